"""A table of many rows: the first column a verdict, one column a name above a muted line; rows paint in their own time."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, Qt
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from gui import style
from gui.tones import Tone
from gui.widgets.parts import INKS, paint_mark

Index = QModelIndex | QPersistentModelIndex
LINE, TALL = 30, 46
SECOND = Qt.ItemDataRole.UserRole + 2
"""The muted line under a name."""
TONE = Qt.ItemDataRole.UserRole + 3


class VerdictCell(QStyledItemDelegate):
    """A verdict: shape, words and colour."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        painter.save()
        _ground(painter, option)
        box, tone = QRectF(option.rect), index.data(TONE)  # an enum of texts arrives as a text
        text = str(index.data(Qt.ItemDataRole.DisplayRole) or "")
        left = 8.0
        if tone:
            paint_mark(painter, QRectF(box.x() + left, box.center().y() - 7, 15, 15), Tone(tone))
            left += 23
            painter.setPen(style.colour(INKS[Tone(tone)]))
        else:
            painter.setPen(style.colour("muted"))
        _write(painter, box.adjusted(left, 0, -6, 0), text)
        painter.restore()


class NameCell(QStyledItemDelegate):
    """A name, and below it what it is."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        painter.save()
        _ground(painter, option)
        box = QRectF(option.rect).adjusted(8, 5, -8, -4)
        half = box.height() / 2
        painter.setPen(style.colour("text"))
        name = str(index.data(Qt.ItemDataRole.DisplayRole) or "")
        _write(painter, QRectF(box.x(), box.y(), box.width(), half), name, strong=True)
        painter.setPen(style.colour("muted"))
        below = str(index.data(SECOND) or "")
        _write(painter, QRectF(box.x(), box.y() + half, box.width(), half), below, small=True)
        painter.restore()


class WarnedCell(QStyledItemDelegate):
    """A text, and below it in a colour why it is not worth what it says, where that is so."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        painter.save()
        _ground(painter, option)
        box = QRectF(option.rect).adjusted(8, 5, -4, -4)
        half, below = box.height() / 2, str(index.data(SECOND) or "")
        painter.setPen(style.colour("text"))
        text = str(index.data(Qt.ItemDataRole.DisplayRole) or "")
        _write(painter, QRectF(box.x(), box.y(), box.width(), half) if below else box, text)
        painter.setPen(style.colour("failed"))
        _write(painter, QRectF(box.x(), box.y() + half, box.width(), half), below, small=True)
        painter.restore()


def prepare(table: QTableView, name: str, widths: tuple[int, ...], line: int = LINE) -> None:
    """Dress a table of many rows; a width of 0 takes what is left."""
    table.setAccessibleName(name)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    table.setShowGrid(False)
    table.setWordWrap(False)
    table.setTabKeyNavigation(False)
    table.setCornerButtonEnabled(False)
    table.setMouseTracking(True)
    table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    rows, head = table.verticalHeader(), table.horizontalHeader()
    rows.hide()
    rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    rows.setDefaultSectionSize(line)
    rows.setMinimumSectionSize(1)
    head.setHighlightSections(False)
    head.setSectionsClickable(False)
    for column, width in enumerate(widths):
        head.setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed if width else QHeaderView.ResizeMode.Stretch)
        if width:
            table.setColumnWidth(column, width)


def _ground(painter: QPainter, option: QStyleOptionViewItem) -> None:
    if option.state & QStyle.StateFlag.State_Selected:
        painter.fillRect(option.rect, style.colour("selected"))


def _write(painter: QPainter, box: QRectF, text: str, *, strong: bool = False, small: bool = False) -> None:
    font = style.font(style.SMALL if small else style.BODY, strong=strong)
    painter.setFont(font)
    short = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, int(box.width()))
    painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, short)
