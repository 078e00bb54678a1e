"""People with their keys, and the integrity of the log: what can be read by anybody who sits here."""

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from gui import style, words
from gui.lists import Integrity as Head
from gui.lists import Person
from gui.tones import Tone
from gui.viewmodels.keeping import Integrity, People
from gui.viewmodels.trail import Trail
from gui.views.overview import facts
from gui.widgets.grid import Grid
from gui.widgets.parts import INKS, Banner, Card, Elided, Mark, Page, button, clear, label, set_ink

TWO_PANES = 1000
HEADS, WIDTHS = ("Who", "Handle", "Roles", "State"), (158, 62, 0, 150)


class PeopleView(QWidget):
    """Everybody on the left, the chosen one with their keys on the right."""

    def __init__(self, model: People) -> None:
        super().__init__()
        self.model = model
        self.setAccessibleName("People and keys")
        self._summary = Elided("", "small", "muted")
        self._summary.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.filter = QLineEdit()
        self.filter.setPlaceholderText("Filter: name, role, locked")
        self.filter.setAccessibleName("Filter the people")
        self.filter.setClearButtonEnabled(True)
        self._trouble = Banner()
        self.table = Grid("People", HEADS, WIDTHS, frozenset())
        self.table.mark(len(HEADS) - 1)
        self._detail = Card()
        self._detail.setAccessibleName("Chosen person")
        self._lines = QVBoxLayout()
        self._shown: object = None
        box = QVBoxLayout(self)
        box.setContentsMargins(24, 14, 24, 20)
        box.setSpacing(12)
        head = QHBoxLayout()
        head.addWidget(label("People and keys", "title"))
        head.addWidget(self._summary, 1)
        box.addLayout(head)
        box.addWidget(self.filter)
        box.addWidget(self._trouble)
        holder = Card()
        holder.setAccessibleName("Everybody")
        holder.box.setContentsMargins(4, 4, 4, 6)
        holder.box.addWidget(self.table)
        holder.box.addStretch(1)
        self._lines.setSpacing(8)
        self._detail.box.addLayout(self._lines)
        self._detail.box.addStretch(1)
        self._panes = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._panes.setSpacing(14)
        self._panes.addWidget(scrolled(holder, "All people"), 11)
        self._panes.addWidget(scrolled(self._detail, "Keys of the chosen person"), 8)
        box.addLayout(self._panes, 1)
        self.filter.textChanged.connect(model.filter)
        self.table.selectionModel().currentRowChanged.connect(self._chosen)
        model.changed.connect(self._render)
        self._render()

    def _render(self) -> None:
        state = self.model.state
        self._summary.say(state.summary)
        self._trouble.say(state.error)
        shown = state.shown
        self.table.show_rows(
            tuple((one.name, one.handle, words.roles(one.roles), one.text) for one in shown),
            tuple(one.tone for one in shown),
        )
        ids = [one.id for one in shown]
        if state.selected in ids and not self.table.selectionModel().isRowSelected(ids.index(state.selected)):
            self.table.selectRow(ids.index(state.selected))
        person = state.person
        if person is self._shown:
            return
        self._shown = person
        clear(self._lines)
        if person:
            self._show(person)
        elif state.sight:
            self._lines.addWidget(label("Nobody matches. Esc clears the filter.", "body", "muted"))

    def _show(self, one: Person) -> None:
        head = QHBoxLayout()
        head.setSpacing(9)
        head.addWidget(Mark(one.tone, 18))
        head.addWidget(label(one.name, "large"), 1)
        self._lines.addLayout(head)
        self._lines.addWidget(label(one.text, "body", INKS[one.tone] if one.tone is not Tone.PASS else "", wrap=True))
        rows = [("Id", one.id), ("Enrolled", f"#{one.entry}"), ("Roles", words.roles(one.roles))]
        rows += [("Deputies" if at == 0 else "", text) for at, text in enumerate(one.deputies)]
        self._lines.addLayout(facts(rows))
        self._lines.addWidget(label("Keys", "strong"))
        for key in one.keys:
            row = QHBoxLayout()
            row.setSpacing(9)
            row.addWidget(Mark(key.tone), 0, Qt.AlignmentFlag.AlignTop)
            said = QVBoxLayout()
            said.setSpacing(2)
            said.addWidget(label(key.text + (", on this machine" if key.is_here else ""), wrap=True))
            said.addWidget(label(words.spaced(key.keyid), "mono", "muted", select=True))
            row.addLayout(said, 1)
            self._lines.addLayout(row)
        told = "Registrars change these in a terminal: govern person, govern key."
        self._lines.addWidget(label(told, "small", "muted", wrap=True))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  Qt's name
        side = self.width() >= TWO_PANES - 100
        self._panes.setDirection(QBoxLayout.Direction.LeftToRight if side else QBoxLayout.Direction.TopToBottom)
        super().resizeEvent(event)

    def _chosen(self, now: QModelIndex, _: QModelIndex) -> None:
        shown = self.model.state.shown
        if now.isValid() and now.row() < len(shown):
            self.model.select(shown[now.row()].id)


class IntegrityView(QWidget):
    """How the chain stands, the head as the log signed it, and what is kept of it elsewhere."""

    def __init__(self, model: Integrity, trail: Trail) -> None:
        super().__init__()
        self.model, self.trail = model, trail
        self.setAccessibleName("Integrity")
        self._mark, self._chain = Mark(Tone.NONE, 20), label("", "large")
        self._said = label("", "body", "muted", wrap=True)
        self.audit, self.stop = button("Audit now", main=True), button("Stop")
        self._counts = label("", "small", "muted", wrap=True)
        self._trouble = Banner()
        self._head, self._outside = QVBoxLayout(), QVBoxLayout()
        self.paste = QPlainTextEdit()
        self.compare = button("Compare")
        self._compared = Banner()
        self._shown: Head | None = None
        box = QVBoxLayout()
        box.setContentsMargins(24, 14, 24, 20)
        box.setSpacing(14)
        box.addWidget(label("Integrity", "title"))
        box.addWidget(self._trouble)
        box.addWidget(self._make_chain())
        head = Card("Checkpoint", "print it, and keep it where nobody who runs the log can reach it")
        head.box.addLayout(self._head)
        outside = Card("Kept outside the database")
        outside.box.addLayout(self._outside)
        for card in (head, outside, self._make_paste()):
            box.addWidget(card)
        box.addStretch(1)
        page = Page()
        page.setLayout(box)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scrolled(page, "Integrity of the log"))
        self.audit.clicked.connect(trail.verify)
        self.stop.clicked.connect(trail.stop)
        self.compare.clicked.connect(model.compare)
        self.paste.textChanged.connect(self._pasted)
        model.changed.connect(self._render)
        trail.changed.connect(self._render_chain)
        self._render()
        self._render_chain()

    def _make_chain(self) -> Card:
        card = Card()
        card.setAccessibleName("Last full audit")
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        said = QVBoxLayout()
        said.setSpacing(3)
        for one in (self._chain, self._said, self._counts):
            said.addWidget(one)
        row.addLayout(said, 1)
        row.addWidget(self.stop, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.audit, 0, Qt.AlignmentFlag.AlignTop)
        card.box.addLayout(row)
        return card

    def _make_paste(self) -> Card:
        card = Card("Compare with a printed checkpoint")
        told = "Type or paste all its lines. The ledger has to begin with exactly the entries that it was signed over."
        card.box.addWidget(label(told, "body", "muted", wrap=True))
        self.paste.setAccessibleName("Printed checkpoint")
        self.paste.setTabChangesFocus(True)
        self.paste.setFixedHeight(96)
        self.paste.setFont(style.font(style.SMALL, mono=True))
        card.box.addWidget(self.paste)
        row = QHBoxLayout()
        row.addWidget(self.compare)
        row.addStretch(1)
        card.box.addLayout(row)
        card.box.addWidget(self._compared)
        return card

    def _render(self) -> None:
        state = self.model.state
        self._trouble.say(state.error or (state.sight.warning if state.sight else ""), Tone.WARN)
        self.compare.setEnabled(bool(state.pasted.strip()))
        self.compare.setAccessibleDescription("" if state.pasted.strip() else "nothing is pasted yet")
        self._compared.say(
            state.compared.text if state.compared else "", state.compared.tone if state.compared else Tone.NONE
        )
        if state.sight is None or state.sight is self._shown:
            return
        self._shown = sight = state.sight
        clear(self._head)
        rows = [("Log", sight.origin), ("Entries", words.grouped(sight.size)), ("Newest", words.moment(sight.last))]
        rows += [("Filing", sight.read_only)] if sight.read_only else []
        spelled = [("Root", words.spaced(sight.root, 8)), ("Anchor", words.spaced(sight.anchor, 8))]
        self._head.addLayout(facts(rows, spelled))
        note = label(sight.note.rstrip(), "mono", select=True)
        note.setAccessibleName("The checkpoint as the log signed it")
        self._head.addWidget(note)
        row = QHBoxLayout()
        copy = button("Copy the checkpoint")
        copy.clicked.connect(self._copy)
        row.addWidget(copy)
        row.addStretch(1)
        self._head.addLayout(row)
        clear(self._outside)
        for one in sight.heads:
            line = QHBoxLayout()
            line.setSpacing(9)
            line.addWidget(Mark(Tone.PASS if one.agrees else Tone.FAIL), 0, Qt.AlignmentFlag.AlignTop)
            line.addWidget(label(f"{one.where}: {one.text}", wrap=True, select=True), 1)
            self._outside.addLayout(line)

    def _render_chain(self) -> None:
        state = self.trail.state
        tone, title, text = state.chain
        self._mark.show_tone(tone)
        self._chain.setText(title)
        set_ink(self._chain, "ink", INKS[tone] if tone in {Tone.PASS, Tone.FAIL} else "")
        self._said.setText(f"{text} {state.progress}".strip() if state.auditing else text)
        counts = state.audit.counts if state.audit and not state.auditing else ()
        self._counts.setText(", ".join(words.counted(count, name, name) for count, name in counts))
        self._counts.setVisible(bool(counts))
        self.audit.setEnabled(not state.auditing)
        self.audit.setText("Auditing" if state.auditing else "Audit now")
        self.audit.setAccessibleDescription("an audit is under way" if state.auditing else "")
        self.stop.setVisible(state.auditing)

    def _pasted(self) -> None:
        self.model.paste(self.paste.toPlainText())

    def _copy(self) -> None:
        if self.model.state.sight:
            QGuiApplication.clipboard().setText(self.model.state.sight.note)


def scrolled(inner: QWidget, name: str) -> QScrollArea:
    made = QScrollArea()
    made.setWidgetResizable(True)
    made.setFrameShape(QFrame.Shape.NoFrame)
    made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    made.setAccessibleName(name)
    made.setWidget(inner)
    return made
