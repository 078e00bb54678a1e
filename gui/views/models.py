"""Every model in one table: what it is for, who answers for it, where it is, and how its newest version stands."""

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QStackedLayout, QTableView, QVBoxLayout, QWidget

from gui import words
from gui.tones import WORDS, Tone
from gui.viewmodels.models import Models
from gui.viewmodels.views import Views
from gui.views.saved import SavedViews
from gui.widgets.listing import SECOND, TALL, TONE, NameCell, VerdictCell, WarnedCell, prepare
from gui.widgets.parts import Banner, Card, Elided, button, escaped, label

Index = QModelIndex | QPersistentModelIndex
HEADS = ("Model", "Newest", "Owner", "Tier", "Stage", "Champion", "Findings", "Approved")
WIDTHS = (0, 120, 134, 74, 104, 74, 72, 146)
VERDICT, FINDINGS, APPROVED = 1, 6, 7
NOWHERE = QModelIndex()
TO_COME = "…"


class Rows(QAbstractTableModel):
    """A row for each model; what is not judged yet is asked for when it is painted."""

    def __init__(self, models: Models, parent: QWidget) -> None:
        super().__init__(parent)
        self._models = models
        self._lines = models.state.lines
        models.changed.connect(self._reload)
        models.judged.connect(self._judged)

    def rowCount(self, parent: Index = NOWHERE) -> int:  # noqa: N802  Qt's name
        return 0 if parent.isValid() else len(self._lines)

    def columnCount(self, parent: Index = NOWHERE) -> int:  # noqa: N802  Qt's name
        return 0 if parent.isValid() else len(HEADS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: N802
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return HEADS[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: PLR0911  a case a role
        if not index.isValid():
            return None
        row, column = index.row(), index.column()
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._cell(row, column)
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{HEADS[column]}: {self._cell(row, column) or 'none'}{self._more(row, column)}"
            case Qt.ItemDataRole.ToolTipRole if column == VERDICT:
                found = self._models.standing(row)
                return f"<qt>{escaped(found.text)}</qt>" if found else None
            case _ if role == SECOND and column == 0:
                return self._lines[row].purpose
            case _ if role == SECOND and column in {FINDINGS, APPROVED}:
                return self._below(row, column)
            case _ if role == TONE and column == VERDICT:
                found = self._models.standing(row)
                return found.tone if found else None
            case _:
                return None

    def _cell(self, row: int, column: int) -> str:
        one = self._lines[row]
        if column == VERDICT:
            found = self._models.standing(row)
            return WORDS[found.tone] if found else TO_COME
        number = f"{one.open_findings}" if one.open_findings else ""
        return (
            one.name,
            "",
            one.owner,
            one.tier.capitalize(),
            words.STAGES.get(one.stage, "No version"),
            one.champion.rpartition("@")[2] and f"@{one.champion.rpartition('@')[2]}",
            number,
            words.day(one.approved) if one.approved else "",
        )[column]

    def _more(self, row: int, column: int) -> str:
        """Return what is painted below a cell, or stands in its tooltip, for whoever listens."""
        if column == 0:
            return f", {self._lines[row].purpose}"
        found = self._models.standing(row) if column == VERDICT else None
        text = found.text if found else self._below(row, column)
        return f", {text}" if text else ""

    def _below(self, row: int, column: int) -> str:
        """Return what is wrong with a number or a day, if anything is."""
        overdue = self._lines[row].overdue
        if column == FINDINGS:
            return f"{overdue} overdue" if overdue else ""
        found = self._models.standing(row) if column == APPROVED else None
        return found.void if found else ""

    def _reload(self) -> None:
        if self._lines is not self._models.state.lines:
            self.beginResetModel()
            self._lines = self._models.state.lines
            self.endResetModel()

    def _judged(self) -> None:
        rows = self._models.fresh
        if rows and rows.stop <= len(self._lines):
            self.dataChanged.emit(self.index(rows.start, VERDICT), self.index(rows.stop - 1, APPROVED))


class ModelsView(QWidget):
    """A page of its own."""

    wanted = Signal(str)
    """A version to be read."""

    def __init__(self, model: Models, views: Views) -> None:
        super().__init__()
        self.model = model
        self.setAccessibleName("Models")
        self._summary = label("", "small", "muted")
        self.filter = QLineEdit()
        self.filter.setPlaceholderText('Filter: name, tier:high stage:production check:fail due:<7d -in:US "free text"')
        self.filter.setAccessibleName("Filter the models")
        self.views = SavedViews(views, self.filter, self)
        self.day = QLineEdit()
        self.day.setPlaceholderText("As of, e.g. 2026-03-31")
        self.day.setAccessibleName("As of which day")
        self.day.setFixedWidth(196)
        self._mistake = Banner()
        self._as_of = Banner()
        self._as_of.clicked.connect(self.day.clear)
        self._chosen = Banner()
        self._chosen.clicked.connect(model.show_all)
        self.table = QTableView()
        self._rows = Rows(model, self.table)
        self.newest = button("Open newest", main=True)
        self.champion = button("Open champion")
        self._about = Elided("", "body", "muted")
        self._empty_title = label("", "strong")
        self._empty_text = label("", "body", "muted", wrap=True)
        self._build()
        self.filter.textChanged.connect(model.filter)
        self.day.textChanged.connect(model.as_of)
        for field in (self.filter, self.day):
            field.setClearButtonEnabled(True)
            field.returnPressed.connect(self.table.setFocus)
        self.table.selectionModel().currentRowChanged.connect(self._moved)
        self.table.activated.connect(self.open_newest)
        self.newest.clicked.connect(self.open_newest)
        self.champion.clicked.connect(self.open_champion)
        model.changed.connect(self._render)
        self._render()

    def open_newest(self) -> None:
        line = self.model.state.line
        if line and line.newest:
            self.wanted.emit(line.newest)

    def open_champion(self) -> None:
        line = self.model.state.line
        if line and line.champion:
            self.wanted.emit(line.champion)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  Qt's name
        field = next((one for one in (self.filter, self.day) if one.hasFocus() and one.text()), None)
        if event.key() == Qt.Key.Key_Escape:
            (field or self.filter).clear()
            self.table.setFocus()
        else:
            super().keyPressEvent(event)

    def _build(self) -> None:
        box = QVBoxLayout(self)
        box.setContentsMargins(24, 14, 24, 16)
        box.setSpacing(10)
        head = QHBoxLayout()
        head.addWidget(label("Models", "title"))
        head.addStretch(1)
        head.addWidget(self._summary)
        box.addLayout(head)
        fields = QHBoxLayout()
        fields.setSpacing(10)
        fields.addWidget(self.filter, 1)
        fields.addWidget(self.views)
        fields.addWidget(self.day)
        box.addLayout(fields)
        for banner in (self._mistake, self._as_of, self._chosen):
            box.addWidget(banner)
        self.table.setModel(self._rows)
        prepare(self.table, "Models", WIDTHS, TALL)
        self.table.setItemDelegateForColumn(VERDICT, VerdictCell(self.table))
        self.table.setItemDelegateForColumn(0, NameCell(self.table))
        for column in (FINDINGS, APPROVED):
            self.table.setItemDelegateForColumn(column, WarnedCell(self.table))
        holder = Card()
        holder.setAccessibleName("All models")
        holder.box.setContentsMargins(4, 4, 4, 6)
        body = QWidget(holder)
        self._stack = QStackedLayout(body)
        self._stack.addWidget(self.table)
        self._stack.addWidget(self._empty())
        holder.box.addWidget(body)
        box.addWidget(holder, 1)
        foot = QHBoxLayout()
        foot.addWidget(self._about, 1)
        foot.addSpacing(12)
        foot.addWidget(self.champion)
        foot.addWidget(self.newest)
        box.addLayout(foot)

    def _empty(self) -> QWidget:
        made = QWidget(self)
        inner = QVBoxLayout(made)
        inner.setContentsMargins(28, 90, 28, 28)
        for one in (self._empty_title, self._empty_text):
            one.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            inner.addWidget(one)
        inner.addStretch(1)
        return made

    def _render(self) -> None:
        state = self.model.state
        self._summary.setText(state.summary)
        for field, text in ((self.filter, state.filter), (self.day, state.day_typed)):
            if field.text() != text:
                field.setText(text)
        self._mistake.say(state.mistake or (state.error if state.lines else ""), Tone.WARN)
        self._as_of.say(state.as_of, Tone.WARN, "Show today")
        self._chosen.say(state.chosen.title if state.chosen else "", Tone.WARN, "Show all models")
        title, text = state.empty
        self._empty_title.setText(title)
        self._empty_text.setText(text)
        self._stack.setCurrentIndex(0 if state.lines else 1)
        line, row = state.line, self.model.row
        if row >= 0 and not self.table.selectionModel().isRowSelected(row):  # focus alone makes a row current
            self.table.selectRow(row)
        self._about.say(f"{line.name}: {line.purpose}" if line else "")
        self.newest.setVisible(bool(line))
        self.champion.setVisible(bool(line and line.champion))
        if line:
            self.newest.setEnabled(bool(line.newest))
            self.newest.setText(f"Open {line.newest}" if line.newest else "No version yet")
            self.newest.setAccessibleName(self.newest.text())
            same = line.champion == line.newest
            self.champion.setVisible(bool(line.champion) and not same)
            self.champion.setText(f"Open the champion {line.champion}")
            self.champion.setAccessibleName(self.champion.text())

    def _moved(self, now: QModelIndex, _: QModelIndex) -> None:
        if now.isValid():
            self.model.select(now.row())
