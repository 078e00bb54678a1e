"""The list of what waits: one row, three lines, each saying why it is here."""

from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QListView,
    QStackedLayout,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from gui import style, words
from gui.sights import Todo
from gui.tones import WORDS
from gui.viewmodels.inbox import Inbox
from gui.widgets.parts import escaped, label, paint_mark

Index = QModelIndex | QPersistentModelIndex
ROW = 74
NOWHERE = QModelIndex()


class Todos(QAbstractListModel):
    """The rows of the inbox."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.todos: tuple[Todo, ...] = ()

    def show_todos(self, todos: tuple[Todo, ...]) -> None:
        if todos != self.todos:
            self.beginResetModel()
            self.todos = todos
            self.endResetModel()

    def rowCount(self, parent: Index = NOWHERE) -> int:  # noqa: N802  Qt's name
        return 0 if parent.isValid() else len(self.todos)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self.todos):
            return None
        todo = self.todos[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return todo.version
            case Qt.ItemDataRole.AccessibleTextRole:
                return (
                    f"{todo.version}, {WORDS[todo.tone]}: {todo.verdict}. {_why(todo)}. Tier {todo.tier}, {_day(todo)}"
                )
            case Qt.ItemDataRole.ToolTipRole:
                said = [todo.verdict, *(words.sentence(text).rstrip(".") for text in todo.why)]
                return f"<qt>{'<br>'.join(map(escaped, said))}</qt>"
            case Qt.ItemDataRole.UserRole:
                return todo
            case _:
                return None


class Row(QStyledItemDelegate):
    """Paints a row."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: ARG002, N802  Qt's signature
        return QSize(200, ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        todo: Todo = index.data(Qt.ItemDataRole.UserRole)
        box = QRectF(option.rect)
        painter.save()
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        if chosen:
            painter.fillRect(box, style.colour("selected"))
            painter.fillRect(QRectF(box.x(), box.y(), 3, box.height()), style.colour("accent"))
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(box, style.colour("hover"))
        painter.setPen(QPen(style.colour("line"), 1))
        painter.drawLine(box.bottomLeft(), box.bottomRight())
        paint_mark(painter, QRectF(box.x() + 16, box.y() + 13, 15, 15), todo.tone)
        left, right = box.x() + 42, box.right() - 14
        day = _day(todo)
        small = QFontMetrics(style.font(style.SMALL))
        wide = small.horizontalAdvance(day) + 8
        _text(painter, QRectF(left, box.y() + 10, right - left - wide, 20), todo.version, strong=True)
        _text(
            painter,
            QRectF(right - wide, box.y() + 10, wide, 20),
            day,
            ink="failed" if todo.is_late else "muted",
            small=True,
            right=True,
        )
        tier = todo.tier.capitalize()
        beside = small.horizontalAdvance(tier) + 8
        _text(painter, QRectF(left, box.y() + 30, right - left - beside, 19), todo.verdict)
        _text(painter, QRectF(right - beside, box.y() + 30, beside, 19), tier, ink="muted", small=True, right=True)
        _text(
            painter,
            QRectF(left, box.y() + 49, right - left, 18),
            _why(todo),
            ink="muted",
            small=True,
        )
        if chosen and option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(style.colour("accent"), 2))
            painter.drawRect(box.adjusted(1, 1, -1, -1))
        painter.restore()


class InboxView(QWidget):
    """The middle pane."""

    def __init__(self, model: Inbox) -> None:  # noqa: PLR0915  a screen is put together once
        super().__init__()
        self.setObjectName("list")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.model = model
        self._title = label("Inbox", "title")
        self._summary = label("", "small", "muted")
        self.filter = QLineEdit()
        self.filter.setPlaceholderText("Filter: name, verdict, tier:high")
        self.filter.setAccessibleName("Filter the inbox")
        self.filter.setClearButtonEnabled(True)
        self.list = QListView()
        self.list.setAccessibleName("Inbox")
        self.list.setItemDelegate(Row(self.list))
        self.list.setMouseTracking(True)
        self.list.setUniformItemSizes(True)
        self.list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._todos = Todos(self.list)
        self.list.setModel(self._todos)
        self._empty = QWidget()
        self._empty_title = label("", "strong")
        self._empty_text = label("", "body", "muted", wrap=True)
        for one in (self._empty_title, self._empty_text):
            one.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        inner = QVBoxLayout(self._empty)
        inner.setContentsMargins(28, 60, 28, 28)
        inner.addWidget(self._empty_title)
        inner.addWidget(self._empty_text)
        inner.addStretch(1)
        head = QHBoxLayout()
        head.addWidget(self._title)
        head.addStretch(1)
        head.addWidget(self._summary)
        top = QVBoxLayout()
        top.setContentsMargins(16, 14, 14, 12)
        top.setSpacing(10)
        top.addLayout(head)
        top.addWidget(self.filter)
        body = QWidget(self)
        self._stack = QStackedLayout(body)  # without a parent it would show its first widget as a window
        self._stack.addWidget(self.list)
        self._stack.addWidget(self._empty)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addLayout(top)
        box.addWidget(body, 1)
        self.filter.textChanged.connect(model.filter)
        self.filter.returnPressed.connect(self.list.setFocus)
        self.list.selectionModel().currentChanged.connect(self._chosen)
        model.changed.connect(self._render)
        self._render()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  Qt's name
        if event.key() == Qt.Key.Key_Escape and self.filter.text():
            self.filter.clear()
            self.list.setFocus()
        else:
            super().keyPressEvent(event)

    def _render(self) -> None:
        state = self.model.state
        shown = state.shown
        self._todos.show_todos(shown)
        self._summary.setText(state.summary)
        title, text = state.empty
        self._empty_title.setText(title)
        self._empty_text.setText(text.replace(". ", ".\n"))
        self._stack.setCurrentIndex(0 if shown else 1)
        names = [one.version for one in shown]
        if state.selected in names:
            index = self._todos.index(names.index(state.selected), 0)
            chosen = self.list.selectionModel()
            if not chosen.isSelected(index):  # focus alone makes a row current, and selects none
                chosen.setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
                self.list.scrollTo(index)

    def _chosen(self, now: QModelIndex, _: QModelIndex) -> None:
        todo = now.data(Qt.ItemDataRole.UserRole)
        if isinstance(todo, Todo):
            self.model.select(todo.version)


def _day(todo: Todo) -> str:
    """Return by when it is to be done, or since when it is what it is."""
    if todo.due is None:
        return words.day(todo.since)
    return f"overdue {words.date_(todo.due)}" if todo.is_late else f"due {words.date_(todo.due)}"


def _why(todo: Todo) -> str:
    first = todo.why[0] if todo.why else ""
    return words.sentence(first).rstrip(".")


def _text(  # noqa: PLR0913  a line of text has as many sides
    painter: QPainter,
    box: QRectF,
    text: str,
    *,
    ink: str = "text",
    small: bool = False,
    strong: bool = False,
    right: bool = False,
) -> None:
    font = style.font(style.SMALL if small else style.BODY, strong=strong)
    painter.setFont(font)
    painter.setPen(style.colour(ink))
    short = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, int(box.width()))
    side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
    painter.drawText(box, side | Qt.AlignmentFlag.AlignVCenter, short)
