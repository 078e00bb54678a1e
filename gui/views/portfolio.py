"""All models in numbers; each opens its list. And the answer for whoever comes and asks what was in force on a day."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
)

from gui import words
from gui.lists import Answer, Waiting
from gui.tones import Tone
from gui.viewmodels.portfolio import STAGES, Number, Portfolio
from gui.views.overview import facts
from gui.widgets.parts import Banner, Card, Mark, Page, button, clear, label

ACROSS = 3


class Tile(QPushButton):
    """A number as a button: the mark and what it counts, and the count large."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("tile", True)
        self.setAutoDefault(False)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setMinimumHeight(74)
        self._mark = Mark(Tone.NONE, 15)
        self._count, self._title = label("", "title"), label("", "body", "muted")
        box = QVBoxLayout(self)
        box.setContentsMargins(14, 10, 12, 10)
        box.setSpacing(2)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self._mark)
        row.addWidget(self._title, 1)
        box.addLayout(row)
        box.addWidget(self._count)
        for one in (self._mark, self._count, self._title):
            one.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def show_number(self, title: str, count: str, tone: Tone, *, is_open: bool) -> None:
        self._title.setText(title)
        self._count.setText(count)
        self._mark.show_tone(tone)
        self.setEnabled(is_open)
        self.setAccessibleName(f"{title}: {count}")
        self.setAccessibleDescription("" if is_open else "there is nothing to list")
        self.setToolTip("Show them" if is_open else "There is nothing to list")


class PortfolioView(QScrollArea):
    """A page of its own."""

    wanted = Signal(str)
    list_wanted = Signal(str, str, object)
    """A filter; or a title and the names under it."""
    inbox_wanted = Signal()
    export_wanted = Signal(str)

    def __init__(self, model: Portfolio) -> None:
        super().__init__()
        self.model = model
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Portfolio")
        self._progress = label("", "small", "muted")
        self._trouble = Banner()
        self.mine = Tile()
        self.tiles: dict[str, Tile] = {}
        self._tiles = QGridLayout()
        self._stages = Card("By tier and stage", "each opens its list")
        self._cells = QGridLayout()
        self._waiting = Card("Longest where they are")
        self._lines = QVBoxLayout()
        self.name, self.day = QLineEdit(), QLineEdit()
        self.ask = button("Answer", main=True, name="Answer: which version decided on that day")
        self._mistake = Banner()
        self._answer = QVBoxLayout()
        self._shown: tuple[object, object] = (None, None)
        self._build()
        self.mine.clicked.connect(self.inbox_wanted)
        self.name.textChanged.connect(model.ask_about)
        self.day.textChanged.connect(model.ask_when)
        self.ask.clicked.connect(model.answer)
        for one in (self.name, self.day):
            one.returnPressed.connect(model.answer)
        model.changed.connect(self._render)
        self._render()

    def _build(self) -> None:
        page = Page()
        box = QVBoxLayout(page)
        box.setContentsMargins(24, 14, 24, 20)
        box.setSpacing(14)
        head = QHBoxLayout()
        head.addWidget(label("Portfolio", "title"))
        head.addStretch(1)
        head.addWidget(self._progress)
        box.addLayout(head)
        box.addWidget(self._trouble)
        self._tiles.setSpacing(10)
        self._tiles.addWidget(self.mine, 0, 0)
        box.addLayout(self._tiles)
        middle = QHBoxLayout()
        middle.setSpacing(14)
        self._cells.setHorizontalSpacing(4)
        self._cells.setVerticalSpacing(2)
        self._stages.box.addLayout(self._cells)
        self._stages.box.addStretch(1)
        self._lines.setSpacing(4)
        self._waiting.box.addLayout(self._lines)
        self._waiting.box.addStretch(1)
        middle.addWidget(self._stages, 3)
        middle.addWidget(self._waiting, 2)
        box.addLayout(middle)
        box.addWidget(self._regulator())
        box.addStretch(1)
        self.setWidget(page)

    def _regulator(self) -> Card:
        card = Card("A regulator is here", "which version decided, who approved it, by which policy")
        row = QHBoxLayout()
        row.setSpacing(10)
        self.name.setPlaceholderText("Model, e.g. credit-risk")
        self.name.setAccessibleName("Model")
        self.day.setPlaceholderText("On which day, e.g. 2026-03-31; empty is today")
        self.day.setAccessibleName("On which day")
        row.addWidget(self.name, 2)
        row.addWidget(self.day, 3)
        row.addWidget(self.ask)
        card.box.addLayout(row)
        card.box.addWidget(self._mistake)
        card.box.addLayout(self._answer)
        return card

    def _render(self) -> None:
        state = self.model.state
        self._progress.setText(state.progress)
        self._trouble.say(state.error)
        self._mistake.say(state.mistake, Tone.WARN)
        if state.sight is None:
            return
        mine = state.sight.mine
        self.mine.show_number("Waiting for me", words.grouped(mine), Tone.NONE, is_open=bool(mine))
        self._place(state.numbers)
        if self._shown[0] is not state.sight:
            self._show_cells()
            self._show_waiting(state.sight.waiting)
        if self._shown[1] is not state.answer:
            clear(self._answer)
            if state.answer:
                self._show_answer(state.answer)
        self._shown = (state.sight, state.answer)

    def _place(self, numbers: tuple[Number, ...]) -> None:
        for at, one in enumerate(numbers):
            tile = self.tiles.get(one.id)
            if tile is None:
                tile = self.tiles[one.id] = Tile()
                tile.setObjectName(one.id)
                tile.clicked.connect(self._open_number)
                self._tiles.addWidget(tile, (at + 1) // ACROSS, (at + 1) % ACROSS)
            count = words.grouped(len(one.names))
            known = count if one.is_whole else f"{count}…"
            tone = one.tone if one.names else Tone.PASS if one.is_whole else Tone.NONE
            tile.show_number(one.title, known, tone, is_open=bool(one.names))

    def _show_cells(self) -> None:
        clear(self._cells)
        used = [at for at, _ in enumerate(STAGES) if any(row[at][1] for _, row in self.model.state.tiers)]
        for column, at in enumerate(used, start=1):
            head = label(words.STAGES[STAGES[at]], "small", "muted")
            head.setAlignment(Qt.AlignmentFlag.AlignCenter)
            self._cells.addWidget(head, 0, column)
        for row, (tier, stages) in enumerate(self.model.state.tiers, start=1):
            self._cells.addWidget(label(tier.capitalize(), "strong"), row, 0)
            for column, at in enumerate(used, start=1):
                stage, count = stages[at]
                if not count:
                    none = label("0", "body", "muted")
                    none.setAlignment(Qt.AlignmentFlag.AlignCenter)
                    self._cells.addWidget(none, row, column)
                    continue
                name = f"{tier.capitalize()}, {words.STAGES[stage].lower()}: {words.counted(count, 'model')}"
                made = button(words.grouped(count), quiet=True, name=name)
                made.setObjectName(f"tier:{tier} stage:{stage}")
                made.setToolTip(name)
                made.clicked.connect(self._open_cell)
                self._cells.addWidget(made, row, column)
        if not used:
            self._cells.addWidget(label("No model is registered yet.", "body", "muted"), 0, 0)

    def _show_waiting(self, waiting: tuple[Waiting, ...]) -> None:
        clear(self._lines)
        for one in waiting:
            row = QHBoxLayout()
            made = button(one.version, quiet=True, name=f"Read {one.version}")
            made.setObjectName(one.version)
            made.setProperty("flush", True)
            made.clicked.connect(self._open_version)
            row.addWidget(made)
            row.addStretch(1)
            row.addWidget(label(f"{words.STAGES[one.stage].lower()} for {words.counted(one.days, 'day')}", ink="muted"))
            self._lines.addLayout(row)
        if not waiting:
            self._lines.addWidget(label("Nothing is on its way anywhere.", "body", "muted"))

    def _show_answer(self, found: Answer) -> None:
        when = f"at the end of {words.date_(found.day)}" if found.day else "now"
        if found.why_none:
            self._answer.addWidget(label(f"{words.sentence(found.why_none)} That was so {when}.", wrap=True))
            return
        rows = [
            ("Decided", f"{found.champion}, champion" + (f" since {words.moment(found.since)}" if found.since else ""))
        ]
        rows += [("Approves", found.approve)] if found.approve else []
        rows += [
            (
                "Approved by",
                f"{one.who}, {words.role(one.role)}: {words.MEANINGS[one.meaning][0].lower()}, {words.moment(one.at)}, #{one.entry}",
            )
            for one in found.approvers
        ]
        rows += [("Policy", f"{name}, in force by #{entry}") for name, entry in found.policies]
        self._answer.addWidget(label(f"{found.model} {when}", "strong"))
        self._answer.addLayout(facts(rows))
        row = QHBoxLayout()
        read, export = button(f"Read {found.champion}"), button("Report and bundle…")
        for made, slot in ((read, self._open_version), (export, self._export)):
            made.setObjectName(found.champion)
            made.clicked.connect(slot)
            row.addWidget(made)
        row.addWidget(label("Both are of the version as it is on record now.", "small", "muted"))
        row.addStretch(1)
        self._answer.addLayout(row)

    def _open_number(self) -> None:
        one = self.model.number(self.sender().objectName())
        count = words.counted(len(one.names), "model")
        self.list_wanted.emit("", f"{one.title}: {count}, as of the last look at the portfolio.", one.names)

    def _open_cell(self) -> None:
        self.list_wanted.emit(self.sender().objectName(), "", frozenset())

    def _open_version(self) -> None:
        self.wanted.emit(self.sender().objectName())

    def _export(self) -> None:
        self.export_wanted.emit(self.sender().objectName())
