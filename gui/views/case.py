"""Pages of a dossier that are read around what is signed: one class for all of them, and what stands on each."""

from collections.abc import Callable

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from gui import words
from gui.casework import Artefact, Case, DataSet, Passage
from gui.tones import Tone
from gui.viewmodels.case import Case as Model
from gui.viewmodels.case import State
from gui.views.overview import facts
from gui.widgets.grid import Grid
from gui.widgets.parts import Banner, Card, Mark, Page, Rule, button, clear, label


class CasePage(QScrollArea):
    """One page; it is filled anew when what is read around the version changes."""

    wanted = Signal(str)
    """What a button asks for: ``answer 31``."""

    def __init__(self, name: str, model: Model, fill: "Callable[[CasePage], list[QWidget]]") -> None:
        super().__init__()
        self.model, self._fill = model, fill
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(name)
        self._shown: State | None = None
        page = Page()
        self._box = QVBoxLayout(page)
        self._box.setContentsMargins(24, 18, 24, 20)
        self._box.setSpacing(14)
        self.setWidget(page)
        model.changed.connect(self.render_state)

    def render_state(self) -> None:
        """Show what is known, if anybody looks."""
        state = self.model.state
        if state == self._shown or not self.isVisible():
            return
        self._shown = state
        clear(self._box)
        if state.error:
            trouble = Banner()
            self._box.addWidget(trouble)
            trouble.say(state.error)
        for one in self._fill(self) if state.sight else [waiting("Reading")]:
            self._box.addWidget(one)
        self._box.addStretch(1)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802  Qt's name
        super().showEvent(event)
        self.render_state()

    def button(self, text: str, deed: str, why_not: str = "", *, quiet: bool = False, name: str = "") -> QPushButton:
        made = button(text, quiet=quiet, name=name)
        made.setObjectName(deed)
        made.setEnabled(not why_not)
        made.setAccessibleDescription(why_not)
        made.setToolTip(words.sentence(why_not))
        made.clicked.connect(self._clicked)
        return made

    def open_row(self, index: QModelIndex) -> None:
        """Ask for the entry that the first cell of a row names."""
        self.wanted.emit(f"entry {index.siblingAtColumn(0).data()[1:]}")

    def _clicked(self) -> None:
        self.wanted.emit(self.sender().objectName())


def provenance(page: CasePage) -> list[QWidget]:
    sight = page.model.state.sight
    assert sight
    of = sight.provenance
    made = Card("Where it comes from")
    made.box.addLayout(facts(list(of.facts)))
    cards: list[QWidget] = [made, _artefacts(of.artefacts), _data(of.data)]
    for title, values in of.values:
        card = Card(title, words.counted(len(values), "value"))
        card.box.addLayout(facts(list(values)))
        cards.append(card)
    cards.append(_digests(page, sight))
    return cards


def documents(page: CasePage) -> list[QWidget]:
    state, sight = page.model.state, page.model.state.sight
    assert sight
    asked = f"{words.counted(len(sight.missing), 'section')} asked for and empty" if sight.missing else ""
    card = Card("Documents", asked or words.counted(len(sight.documents), "document"))
    if state.opened:
        told = Banner()
        card.box.addWidget(told)
        told.say(state.opened, Tone.PASS if state.opened.endswith("is open.") else Tone.WARN)
    for one in sight.documents:
        long = f", {words.counted(one.words, 'word')}" if one.words is not None else ""
        below = f"{one.name} · {words.size(one.size)}{long} · {one.who}, {words.moment(one.at)} · #{one.entry}"
        least = next((of.least for of in sight.sections if of.name == one.section), 0)
        short = one.words is not None and one.words < least
        below += f" · a policy asks for at least {words.counted(least, 'word')}" if short else ""
        show = page.button("Open", f"open {one.section}", name=f"Open the document {words.section(one.section)}")
        card.box.addLayout(line(Tone.FAIL if short else Tone.PASS, words.section(one.section), below, show))
    why = sight.refusal("attach")
    for section in sight.missing:
        name = words.section(section)
        write = page.button("Attach…", f"attach {section}", why, name=f"Attach a document for {name.lower()}")
        card.box.addLayout(line(Tone.MISSING, name, "A policy asks for it; there is none yet.", write))
    if not sight.documents and not sight.missing:
        card.box.addWidget(label("No document is attached, and no policy asks for one.", "body", "muted", wrap=True))
    card.box.addWidget(Rule())
    row = QHBoxLayout()
    row.setSpacing(8)
    row.addWidget(page.button("Attach a document…", "attach", why))
    if why:
        row.addWidget(label(words.sentence(why), "small", "muted", wrap=True), 1)
    row.addStretch(1)
    card.box.addLayout(row)
    return [card]


def history(page: CasePage) -> list[QWidget]:
    state = page.model.state
    if state.history is None:
        return [waiting("Reading the ledger from its registration on")]
    card = Card("Everything on record about it", words.counted(len(state.history), "entry", "entries"))
    # The moment to the second is in the trail, where the row leads: what was said has the room.
    heads, widths = ("Entry", "Recorded", "Who", "What"), (54, 104, 136, 0)
    grid = Grid("History", heads, widths, frozenset())
    grid.activated.connect(page.open_row)
    grid.show_rows(tuple((f"#{one.entry}", words.day(one.at), one.who, _told(one)) for one in state.history))
    card.box.addWidget(grid)
    card.box.addWidget(label("Return opens an entry in the audit trail, with its proof.", "small", "muted"))
    return [card]


def line(tone: Tone, title: str, below: str, *deeds: QPushButton, text: str = "") -> QHBoxLayout:
    """Return a mark, a title, what is said below it, and buttons."""
    row = QHBoxLayout()
    row.setSpacing(10)
    row.addWidget(Mark(tone), 0, Qt.AlignmentFlag.AlignTop)
    said = QVBoxLayout()
    said.setSpacing(3)
    said.addWidget(label(title, "strong", wrap=True))
    if text:
        said.addWidget(label(text, wrap=True, select=True))
    said.addWidget(label(below, "small", "muted", wrap=True))
    row.addLayout(said, 1)
    for one in deeds:
        row.addWidget(one, 0, Qt.AlignmentFlag.AlignTop)
    return row


def waiting(text: str) -> QWidget:
    made = label(text, "body", "muted")
    made.setAlignment(Qt.AlignmentFlag.AlignCenter)
    return made


def _artefacts(artefacts: tuple[Artefact, ...]) -> Card:
    card = Card("Artefacts", words.counted(len(artefacts), "file"))
    for one in artefacts:
        parts = [one.format, words.size(one.size), *([one.columns] if one.columns else [])]
        tone = Tone.WARN if one.flags else Tone.PASS if one.is_held else Tone.NONE
        card.box.addLayout(line(tone, one.name, " · ".join([*parts, *map(words.sentence, one.flags)])))
    if not artefacts:
        card.box.addWidget(label("No file: rules, or a vendor's service.", "body", "muted"))
    return card


def _data(data: tuple[DataSet, ...]) -> Card:
    card = Card("Data", words.counted(len(data), "set"))
    grid = Grid(
        "Data sets",
        ("Role", "Name", "Rows", "From", "To", "Licence"),
        (76, 0, 70, 94, 94, 110),
        frozenset({2}),
    )
    grid.show_rows(
        tuple(
            (
                one.role.capitalize(),
                one.name,
                words.grouped(one.rows) if one.rows is not None else "not said",
                words.date_(one.first) if one.first else "",
                words.date_(one.last) if one.last else "",
                one.licence or "not said",
            )
            for one in data
        )
    )
    card.box.addWidget(grid)
    return card


def _digests(page: CasePage, sight: Case) -> Card:
    of, state = sight.provenance, page.model.state
    card = Card("Digests", "" if state.digests else "what a stranger compares")
    if state.digests:
        rows = [(name, words.spaced(digest)) for name, digest in of.digests]
        rows += [(one.name, words.spaced(one.digest)) for one in of.artefacts]
        rows += [(f"{one.role} {one.name}", words.spaced(one.digest)) for one in of.data]
        card.box.addLayout(facts([], rows))
    row = QHBoxLayout()
    row.addWidget(page.button("Hide the digests" if state.digests else "Show the digests", "digests", quiet=True))
    row.addStretch(1)
    card.box.addLayout(row)
    return card


def _told(one: Passage) -> str:
    said = f"{one.what}: {one.words}" if one.words else one.what
    return f"{said} “{one.reason}”" if one.reason else said
