"""Two versions side by side: only what differs, what is material first."""

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtWidgets import QCompleter, QFrame, QHBoxLayout, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from gui import words
from gui.lists import Comparison, Difference, Side
from gui.tones import WORDS, Tone
from gui.viewmodels.compare import Compare
from gui.widgets.grid import Grid
from gui.widgets.parts import Banner, Card, Elided, Mark, Page, button, clear, label

HEADS, WIDTHS = ("", "What", "Before", "After", "Change"), (108, 0, 0, 0, 76)
TONES = {True: "Material", False: "Other"}


class CompareView(QWidget):
    """A page of its own."""

    wanted = Signal(str)

    def __init__(self, model: Compare) -> None:
        super().__init__()
        self.model = model
        self.setAccessibleName("Compare")
        self.older, self.newer = QLineEdit(), QLineEdit()
        self.swap, self.previous, self.next = button("Swap"), button("Previous"), button("Next")
        self._summary, self._place = Elided("", "strong"), label("", "small", "muted")
        self._trouble = Banner()
        self._sides = QHBoxLayout()
        self.table = Grid("Differences", HEADS, WIDTHS, frozenset({4}))
        self.table.mark(0)
        self._detail = Card()
        self._lines = QVBoxLayout()
        self._shown: tuple[Comparison | None, int] = (None, -1)
        self._build()
        for field in (self.older, self.newer):
            field.editingFinished.connect(self._chosen)
        self.swap.clicked.connect(model.swap)
        self.previous.clicked.connect(self._back)
        self.next.clicked.connect(self._on)
        self.table.selectionModel().currentRowChanged.connect(self._moved)
        model.changed.connect(self._render)
        self._render()

    def _build(self) -> None:
        page = Page()
        box = QVBoxLayout(page)
        box.setContentsMargins(24, 14, 24, 20)
        box.setSpacing(12)
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(label("Compare", "title"))
        head.addSpacing(8)
        for field, name in ((self.older, "Older version"), (self.newer, "Newer version")):
            field.setAccessibleName(name)
            field.setPlaceholderText("model@1")
            field.setMaximumWidth(240)
            head.addWidget(field, 1)
        head.addWidget(self.swap)
        head.addStretch(1)
        head.addWidget(self._place)
        head.addWidget(self.previous)
        head.addWidget(self.next)
        box.addLayout(head)
        box.addWidget(self._trouble)
        self._sides.setSpacing(14)
        box.addLayout(self._sides)
        box.addWidget(self._summary)
        self._detail.setAccessibleName("Chosen difference")
        self._lines.setSpacing(8)
        self._detail.box.addLayout(self._lines)
        holder = Card()
        holder.setAccessibleName("All differences")
        holder.box.setContentsMargins(4, 4, 4, 6)
        holder.box.addWidget(self.table)
        self._holder = holder
        box.addWidget(self._detail)
        box.addWidget(holder)
        box.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setAccessibleName("Comparison")
        scroll.setWidget(page)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroll)

    def _render(self) -> None:
        state = self.model.state
        for field, text in ((self.older, state.older), (self.newer, state.newer)):
            if field.text() != text and not field.hasFocus():
                field.setText(text)
            if state.versions and field.completer() is None:
                completer = QCompleter(list(state.versions), field)
                completer.setFilterMode(Qt.MatchFlag.MatchContains)
                field.setCompleter(completer)
        self._summary.say(state.summary)
        self._place.setText(state.place)
        self._trouble.say(state.error, Tone.WARN)
        found = state.found
        last = len(found.differences) - 1 if found else -1
        for one, off, why in (
            (self.swap, found is None, "two versions have to be chosen"),
            (self.previous, state.at <= 0, "this is the first difference"),
            (self.next, state.at >= last, "this is the last difference"),
        ):
            one.setEnabled(not off)
            one.setAccessibleDescription(why if off else "")
            one.setToolTip(words.sentence(why) if off else "")
        self._detail.setVisible(state.current is not None)
        self._holder.setVisible(state.current is not None)
        if found is not self._shown[0]:
            self._show_sides(found)
        if (found, state.at) != self._shown and state.current:
            self._show(state.current)
        self._shown = (found, state.at)
        if state.current and not self.table.selectionModel().isRowSelected(state.at):
            self.table.selectRow(state.at)

    def _show_sides(self, found: Comparison | None) -> None:
        clear(self._sides)
        of = found.differences if found else ()
        tones = tuple(_tone(one) for one in of)
        self.table.show_rows(
            tuple(
                (
                    WORDS[one.tones[1]] if one.tones else TONES[one.is_material],
                    _title(one),
                    *(
                        text or "nothing"
                        for text in words.differing(words.legible(one.before), words.legible(one.after))
                    ),
                    one.change,
                )
                for one in of
            ),
            tones,
        )
        for side in (found.older, found.newer) if found else ():
            self._sides.addWidget(self._side(side), 1)

    def _side(self, side: Side) -> Card:
        card = Card()
        card.setAccessibleName(side.version)
        row = QHBoxLayout()
        row.setSpacing(9)
        row.addWidget(Mark(side.tone, 18), 0, Qt.AlignmentFlag.AlignTop)
        said = QVBoxLayout()
        said.setSpacing(2)
        said.addWidget(Elided(side.version, "strong"))
        said.addWidget(Elided(side.verdict))
        said.addWidget(Elided(side.text, "small", "muted"))
        row.addLayout(said, 1)
        read = button("Read", name=f"Read {side.version}")
        read.setObjectName(side.version)
        read.clicked.connect(self._read)
        row.addWidget(read, 0, Qt.AlignmentFlag.AlignTop)
        card.box.addLayout(row)
        return card

    def _show(self, one: Difference) -> None:
        clear(self._lines)
        head = QHBoxLayout()
        head.setSpacing(9)
        head.addWidget(Mark(_tone(one), 16))
        head.addWidget(label(_title(one), "large"), 1)
        if one.change:
            head.addWidget(label(one.change, "strong"))
        self._lines.addLayout(head)
        both = QHBoxLayout()
        both.setSpacing(14)
        for name, text in ((self.model.state.older, one.before), (self.model.state.newer, one.after)):
            said = QVBoxLayout()
            said.setSpacing(3)
            said.addWidget(label(name, "small", "muted"))
            mono = text.startswith("sha256:")
            shown = words.spaced(text) if mono else text or "nothing"
            said.addWidget(label(shown, "mono" if mono else "body", wrap=True, select=True))
            said.addStretch(1)
            both.addLayout(said, 1)
        self._lines.addLayout(both)

    def _chosen(self) -> None:
        names = self.model.state.versions or ()
        older, newer = self.older.text().strip(), self.newer.text().strip()
        if older in names and newer in names:
            self.model.between(older, newer)

    def _moved(self, now: QModelIndex, _: QModelIndex) -> None:
        if now.isValid():
            self.model.go_to(now.row())

    def _back(self) -> None:
        self.model.step(-1)

    def _on(self) -> None:
        self.model.step(1)

    def _read(self) -> None:
        self.wanted.emit(self.sender().objectName())


def _tone(one: Difference) -> Tone:
    return one.tones[1] if one.tones else Tone.WARN if one.is_material else Tone.NONE


def _title(one: Difference) -> str:
    if not one.tones:
        return f"{one.what[:1].upper()}{one.what[1:]}"
    name, comma, group = one.what.removeprefix("result ").partition(",")
    return f"{words.check(name)}{comma}{group}"
