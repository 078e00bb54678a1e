"""What there is to read of a policy, a page each: in words, what it stands on, what differs, and what it would change."""

from PySide6.QtCore import QModelIndex, QObject, Qt, Signal
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from gui import words
from gui.rulebook import Cited, Differing, Page, Rule, Tried
from gui.tones import Tone
from gui.viewmodels.policies import Policies
from gui.widgets.code import Code
from gui.widgets.grid import HEAD, LINE, Grid
from gui.widgets.parts import Banner, Card, Elided, Mark, button, clear, label

STEPS = {"major": "Major", "minor": "Minor", "patch": "Words"}
PROBLEMS, WIDE = ("Severity", "Place", "What is wrong"), (104, 62, 0)
CHANGES, BROAD = ("Version", "Today", "Under it", "Which checks turn"), (132, 118, 142, 0)
VERDICT = 2
DIFFERENCES, BOTH = ("Step", "What", "Before", "After"), (86, 0, 108, 108)
MOST, MOST_TRIED = 5, 12
"""Rows of problems, and of versions, that are in sight at once."""
DECISIONS = {
    "allow": "Allowed",
    "deny": "Denied",
    "needs_person": "A person decides",
    "nothing_checked": "Not checked",
    "not_applicable": "No policy",
    "": "Not judged",
}


def paged(name: str) -> tuple[QScrollArea, QVBoxLayout]:
    """Return a page that scrolls, and what is put on it."""
    page, made = QWidget(), QScrollArea()
    page.setObjectName("page")
    box = QVBoxLayout(page)
    box.setContentsMargins(20, 16, 20, 20)
    box.setSpacing(12)
    made.setWidgetResizable(True)
    made.setFrameShape(QFrame.Shape.NoFrame)
    made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    made.setAccessibleName(name)
    made.setWidget(page)
    return made, box


def show_words(box: QVBoxLayout, page: Page | None) -> None:
    """Show a policy in plain sentences."""
    clear(box)
    for title, sentences in page.parts if page else ():
        card = Card(title)
        for sentence in sentences:
            card.box.addWidget(label(sentence, wrap=True, select=True))
        box.addWidget(card)
    if page is None:
        box.addWidget(label("A policy with errors cannot be put into words.", "body", "muted", wrap=True))
    box.addStretch(1)


def show_citations(box: QVBoxLayout, cited: tuple[Cited, ...]) -> None:
    """Show what its rules stand on, and whether that is in force today."""
    clear(box)
    for one in cited:
        card = Card()
        card.setAccessibleName(one.title)
        row = QHBoxLayout()
        row.setSpacing(9)
        row.addWidget(mark(one.tone, one.status), 0, Qt.AlignmentFlag.AlignTop)
        said = QVBoxLayout()
        said.setSpacing(3)
        said.addWidget(label(one.title, "strong", wrap=True, select=True))
        said.addWidget(label(f"{one.status}.", wrap=True))
        rules = f"Asked for by {', '.join(one.rules)}" if one.rules else "No rule says that it rests on it"
        said.addWidget(label(rules, "small", "muted", wrap=True))
        if one.source:
            said.addWidget(label(f"{one.id} · {one.source}", "small", "muted", wrap=True, select=True))
        row.addLayout(said, 1)
        card.box.addLayout(row)
        box.addWidget(card)
    if not cited:
        text = "It cites nothing. Under references a rule can say which clause it stands on."
        box.addWidget(label(text, "body", "muted", wrap=True))
    box.addStretch(1)


class YamlPage(QWidget):
    """The text as it is written; above it what is wrong with it, if it is a file."""

    def __init__(self, model: Policies) -> None:
        super().__init__()
        self.model = model
        self.setAccessibleName("YAML")
        self._file = Elided("", "small", "muted")
        self.problems = Grid("Problems", PROBLEMS, WIDE, frozenset())
        self.problems.mark(0)
        self._help = Banner()
        self._holder = Card()
        self._holder.setAccessibleName("What is wrong with the file")
        self._holder.box.setContentsMargins(4, 4, 4, 6)
        self._holder.box.addWidget(self.problems)
        self.code = Code("The policy as it is written")
        self._shown: object = None
        box = QVBoxLayout(self)
        box.setContentsMargins(20, 14, 20, 20)
        box.setSpacing(8)
        for one in (self._holder, self._help, self._file):
            box.addWidget(one)
        box.addWidget(self.code, 1)
        self.problems.selectionModel().currentRowChanged.connect(self._chosen)

    def render_state(self) -> None:
        state = self.model.state
        problems = state.opened.problems if state.is_file and state.opened else ()
        self._holder.setVisible(bool(problems))
        self.problems.show_rows(
            tuple((one.severity, one.place, one.message) for one in problems), tuple(one.spot.tone for one in problems)
        )
        low(self.problems, len(problems), MOST)
        chosen = problems[state.problem] if 0 <= state.problem < len(problems) else None
        self._help.say(
            f"{chosen.place}  {words.sentence(chosen.message)} {_helped(chosen.help)}".strip() if chosen else "",
            chosen.spot.tone if chosen else Tone.NONE,
        )
        if chosen and not self.problems.selectionModel().isRowSelected(state.problem):
            self.problems.selectRow(state.problem)
        self._file.say(state.file)
        self.code.show_text(state.text)
        if (state.spot, state.text) == self._shown:
            return
        self._shown = (state.spot, state.text)
        if state.spot:
            self.code.point_at(state.spot.line, state.spot.column, state.spot.width, state.spot.tone)
        else:
            self.code.point_nowhere()

    def _chosen(self, now: QModelIndex, _: QModelIndex) -> None:
        if now.isValid():
            self.model.point_at(now.row())


class ComparePage:
    """What differs from another release, and how large a step that takes."""

    def __init__(self, model: Policies) -> None:
        self.model = model
        self.scroll, box = paged("What differs")
        self.against = QComboBox()
        self.against.setAccessibleName("Compare with")
        self._summary = label("", "strong", wrap=True)
        self.table = Grid("Differences", DIFFERENCES, BOTH, frozenset())
        self.table.mark(0)
        self._holder = Card()
        self._holder.setAccessibleName("All differences")
        self._holder.box.setContentsMargins(4, 4, 4, 6)
        self._holder.box.addWidget(self.table)
        self._offered: tuple[Rule, ...] = ()
        row = QHBoxLayout()
        row.setSpacing(10)
        title = label("Compared with", "body", "muted")
        title.setBuddy(self.against)
        row.addWidget(title)
        row.addWidget(self.against)
        row.addStretch(1)
        box.addLayout(row)
        box.addWidget(self._summary)
        box.addWidget(self._holder)
        box.addStretch(1)
        self.against.activated.connect(self._chosen)

    def render_state(self) -> None:
        state = self.model.state
        if state.releases != self._offered:
            self._offered = state.releases
            self.against.clear()
            for one in state.releases:
                self.against.addItem(f"{one.name} {one.release}", one.key)
        self.against.setEnabled(bool(state.releases))
        self.against.setCurrentIndex(self.against.findData(state.against))
        found = state.compared
        self._holder.setVisible(bool(found))
        self._summary.setText(told(found, has_others=bool(state.releases)))
        self.table.show_rows(rows(found or ()), tones(found or ()))

    def _chosen(self, at: int) -> None:
        self.model.compare(str(self.against.itemData(at)))


def told(found: tuple[Differing, ...] | None, *, has_others: bool) -> str:
    """Return what differs, in a sentence."""
    if not has_others:
        return "There is no other release of it to compare with."
    if found is None:
        return "Comparing"
    if not found:
        return "Nothing differs but the release."
    step = next(step for step in STEPS if step in {one.step for one in found})
    takes = {"major": "a major step", "minor": "a minor step", "patch": "a patch, only words differ"}[step]
    return f"{words.counted(len(found), 'difference')}; together they take {takes}."


def rows(found: tuple[Differing, ...]) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (STEPS.get(one.step, one.step), one.what, one.before or "nothing", one.after or "nothing") for one in found
    )


def tones(found: tuple[Differing, ...]) -> tuple[Tone, ...]:
    return tuple(Tone.WARN if one.is_major else Tone.NONE for one in found)


class TrialPage(QObject):
    """Which versions would be judged otherwise, as they are found."""

    wanted = Signal(str)
    """A version that somebody wants to read."""

    def __init__(self, model: Policies) -> None:
        super().__init__()
        self.model = model
        self.scroll, box = paged("Try it on the inventory")
        self.begin, self.stop = button("Try it again", name="Try it on the inventory"), button("Stop")
        self._summary = label("", "strong", wrap=True)
        self._trouble = Banner()
        self.table = Grid("What would change", CHANGES, BROAD, frozenset())
        self.table.mark(VERDICT)
        self._detail, self._said = Card(), QVBoxLayout()
        self._shown: Tried | None = None
        self._holder = Card()
        self._holder.setAccessibleName("Versions that would be judged otherwise")
        self._holder.box.setContentsMargins(4, 4, 4, 6)
        self._holder.box.addWidget(self.table)
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(self._summary, 1)
        row.addWidget(self.stop, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.begin, 0, Qt.AlignmentFlag.AlignTop)
        box.addLayout(row)
        box.addWidget(self._trouble)
        box.addWidget(self._holder)
        self._detail.setAccessibleName("Chosen version")
        self._detail.box.addLayout(self._said)
        box.addWidget(self._detail)
        note = "By what was measured until now. Nothing is filed; signatures are asked for anew under any release."
        box.addWidget(label(note, "small", "muted", wrap=True))
        box.addStretch(1)
        self.begin.clicked.connect(model.try_it)
        self.stop.clicked.connect(model.trial.stop)
        self.table.selectionModel().currentRowChanged.connect(self._chosen)

    def render_state(self) -> None:
        state, why_not = self.model.trial.state, self.model.why_not_try()
        self.begin.setText("Try it again" if state.begun else "Try it on the inventory")
        self.begin.setEnabled(not state.running and not why_not)
        self.begin.setAccessibleDescription("it is being tried" if state.running else why_not)
        self.begin.setToolTip(words.sentence(why_not))
        self.stop.setVisible(state.running)
        self._trouble.say(state.error)
        idle = (
            "Judge every version that is in review, approved or in production by this file, and see what would change."
        )
        self._summary.setText(state.summary or ("" if state.error else idle))
        self._holder.setVisible(bool(state.found))
        self.table.show_rows(tuple(map(_cells, state.found)), tuple(one.tone for one in state.found))
        low(self.table, len(state.found), MOST_TRIED)
        at = self.table.currentIndex().row()
        self._show(state.found[at] if 0 <= at < len(state.found) else None)

    def _chosen(self, now: QModelIndex, _: QModelIndex) -> None:
        found = self.model.trial.state.found
        self._show(found[now.row()] if now.isValid() and now.row() < len(found) else None)

    def _show(self, one: Tried | None) -> None:
        """Say all of one version that has no room in its row."""
        self._detail.setVisible(one is not None)
        if one is self._shown:
            return
        self._shown = one
        clear(self._said)
        if one is None:
            return
        head = QHBoxLayout()
        head.setSpacing(9)
        head.addWidget(mark(one.tone, DECISIONS[one.after]), 0, Qt.AlignmentFlag.AlignVCenter)
        title = f"{one.version}, {words.STAGES[one.stage].lower()}"
        head.addWidget(label(title, "strong"), 1)
        read = button("Read", name=f"Read {one.version}")
        read.clicked.connect(self._read)
        head.addWidget(read)
        self._said.addLayout(head)
        turns = f"{DECISIONS[one.before]} today, {DECISIONS[one.after].lower()} under the file"
        self._said.addWidget(label(turns if one.after else "It could not be judged.", wrap=True))
        for text in one.why.split(", "):
            self._said.addWidget(label(text, "body", "muted", wrap=True))

    def _read(self) -> None:
        if self._shown:
            self.wanted.emit(self._shown.version)


class Opens(QWidget):
    """The buttons over a policy: what can be done with it."""

    wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(0, 0, 0, 0)
        self.row.setSpacing(8)
        self.made = {}
        for id_, text in (("again", "Read again"), ("try", "Try it on the inventory"), ("adopt", "Adopt…")):
            made = button(text, main=id_ == "adopt")
            made.setObjectName(id_)
            made.clicked.connect(self._asked)
            self.row.addWidget(made)
            self.made[id_] = made
        self.row.addStretch(1)

    def _asked(self) -> None:
        self.wanted.emit(self.sender().objectName())


def low(table: Grid, count: int, most: int) -> None:
    """Let a table be no higher than some rows; the others are scrolled to."""
    table.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
    table.setFixedHeight(LINE * min(count, most) + HEAD)


def _helped(text: str) -> str:
    """Return what helps as a sentence; what ends with a key is left as it is written."""
    return f"{text[:1].upper()}{text[1:]}" if text.endswith(":") else words.sentence(text)


def mark(tone: Tone, words_: str) -> Mark:
    """Return a mark that says in words what it stands for here."""
    made = Mark(tone)
    made.setAccessibleName(words_)
    made.setToolTip(words_)
    return made


def _cells(one: Tried) -> tuple[str, ...]:
    return (one.version, DECISIONS[one.before], DECISIONS[one.after], one.why)
