"""A small table of texts: what a chart says, in cells."""

from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from gui.tones import Tone
from gui.widgets.listing import TONE, VerdictCell
from gui.widgets.parts import escaped

Index = QModelIndex | QPersistentModelIndex
LINE, HEAD = 30, 34
NOWHERE = QModelIndex()


class Cells(QAbstractTableModel):
    """Rows of texts under heads."""

    def __init__(self, parent: QWidget, heads: tuple[str, ...], numbers: frozenset[int]) -> None:
        super().__init__(parent)
        self._heads, self._numbers = heads, numbers
        self.rows: tuple[tuple[str, ...], ...] = ()
        self.tones: tuple[Tone, ...] = ()
        """How each row stands, where one of its cells is a verdict."""

    def show_rows(self, rows: tuple[tuple[str, ...], ...], tones: tuple[Tone, ...] = ()) -> None:
        if (rows, tones) != (self.rows, self.tones):
            self.beginResetModel()
            self.rows, self.tones = rows, tones
            self.endResetModel()

    def rowCount(self, parent: Index = NOWHERE) -> int:  # noqa: N802  Qt's name
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = NOWHERE) -> int:  # noqa: N802  Qt's name
        return 0 if parent.isValid() else len(self._heads)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: N802
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._heads[section]
        return self._side(section) if role == Qt.ItemDataRole.TextAlignmentRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: PLR0911  a case a role
        if not index.isValid():
            return None
        text = self.rows[index.row()][index.column()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return text
            case Qt.ItemDataRole.ToolTipRole:
                return f"<qt>{escaped(text)}</qt>"  # a tooltip is rich text if it looks like it
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{self._heads[index.column()]}: {text or 'none'}"
            case Qt.ItemDataRole.TextAlignmentRole:
                return self._side(index.column())
            case _ if role == TONE and self.tones:
                return self.tones[index.row()]
            case _:
                return None

    def _side(self, column: int) -> Qt.AlignmentFlag:
        side = Qt.AlignmentFlag.AlignRight if column in self._numbers else Qt.AlignmentFlag.AlignLeft
        return side | Qt.AlignmentFlag.AlignVCenter


class Grid(QTableView):
    """As high as its rows; a width of 0 takes what is left."""

    def __init__(self, name: str, heads: tuple[str, ...], widths: tuple[int, ...], numbers: frozenset[int]) -> None:
        super().__init__()
        self.cells = Cells(self, heads, numbers)
        self.setModel(self.cells)
        self.setAccessibleName(name)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(LINE)
        head = self.horizontalHeader()
        head.setHighlightSections(False)
        head.setSectionsClickable(False)
        for column, width in enumerate(widths):
            mode = QHeaderView.ResizeMode.Fixed if width else QHeaderView.ResizeMode.Stretch
            head.setSectionResizeMode(column, mode)
            if width:
                self.setColumnWidth(column, width)

    def mark(self, column: int) -> None:
        """Paint a column as verdicts."""
        self.setItemDelegateForColumn(column, VerdictCell(self))

    def show_rows(self, rows: tuple[tuple[str, ...], ...], tones: tuple[Tone, ...] = ()) -> None:
        self.cells.show_rows(rows, tones)
        self.setFixedHeight(LINE * len(rows) + HEAD)
