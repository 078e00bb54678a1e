"""Everything that can be done, by typing: commands that cannot be done now are listed with the reason."""

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QKeyEvent, QKeySequence, QPainter, QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from gui import style
from gui.actions import Action, Actions
from gui.widgets.parts import label

WIDTH = 600
ASIDE = Qt.ItemDataRole.UserRole + 1
Index = QModelIndex | QPersistentModelIndex


class Palette(QDialog):
    """Opened with ``open()``; it runs what is chosen after it has closed."""

    def __init__(self, actions: Actions, parent: QWidget) -> None:
        super().__init__(parent)
        self._actions = actions
        self.setWindowTitle("Commands")
        self.setObjectName("palette")
        self.setAccessibleName("Commands")
        self.setFixedWidth(WIDTH)
        self.field = QLineEdit()
        self.field.setPlaceholderText("What do you want to do?")
        self.field.setAccessibleName("What do you want to do?")
        self.list = QListWidget()
        self.list.setAccessibleName("Commands")
        self.list.setItemDelegate(_Line(self.list))
        self.list.setMinimumHeight(330)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        box = QVBoxLayout(self)
        box.setContentsMargins(12, 12, 12, 10)
        box.addWidget(self.field)
        box.addWidget(self.list)
        box.addWidget(label("Up and Down move, Return runs, Esc closes", "small", "muted"))
        self.field.textChanged.connect(self._fill)
        self.field.installEventFilter(self)
        self.list.itemActivated.connect(self._run)
        self._fill("")

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802  Qt's name
        super().showEvent(event)
        self.field.setFocus()

    def eventFilter(self, _: QObject, event: QEvent) -> bool:  # noqa: N802  Qt's name
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()), 0)
            if step:
                self.list.setCurrentRow(max(0, min(self.list.currentRow() + step, self.list.count() - 1)))
                return True
            if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
                self._run(self.list.currentItem())
                return True
        return False

    def _fill(self, text: str) -> None:
        self.list.clear()
        for action in self._actions.matching(text):
            refusal = action.why_not()
            item = QListWidgetItem(action.title)
            item.setData(Qt.ItemDataRole.UserRole, action.id)
            item.setData(ASIDE, f"not now: {refusal}" if refusal else spelled(action) if action.keys else "")
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{action.title}, {item.data(ASIDE)}")
            if refusal:
                item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsEnabled)
            self.list.addItem(item)
        first = next(
            (at for at in range(self.list.count()) if self.list.item(at).flags() & Qt.ItemFlag.ItemIsEnabled), 0
        )
        self.list.setCurrentRow(first)

    def _run(self, item: QListWidgetItem | None) -> None:
        if item is None or not item.flags() & Qt.ItemFlag.ItemIsEnabled:
            return
        id_ = str(item.data(Qt.ItemDataRole.UserRole))
        self.accept()
        self._actions.run(id_)


class Keys(QDialog):
    """All keys on one page."""

    def __init__(self, actions: Actions, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keys")
        self.setAccessibleName("Keys")
        self.setFixedWidth(460)
        box = QVBoxLayout(self)
        box.setContentsMargins(22, 18, 22, 18)
        box.setSpacing(5)
        for menu, of in actions.menus().items():
            box.addWidget(label(menu, "strong"))
            for action in (one for one in of if one.keys):
                box.addWidget(label(f"{spelled(action):<16}{action.title}", "mono"))
            box.addSpacing(8)
        box.addWidget(label("No single key ever signs.", "small", "muted"))


def spelled(action: Action) -> str:
    return QKeySequence(action.key).toString(QKeySequence.SequenceFormat.NativeText)


class _Line(QStyledItemDelegate):
    """A command on the left, its key or why not on the right."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: ARG002, N802  Qt's signature
        return QSize(200, 32)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        painter.save()
        box = QRectF(option.rect)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(style.colour("selected"))
            painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), 5, 5)
        enabled = bool(option.state & QStyle.StateFlag.State_Enabled)
        painter.setFont(style.font())
        painter.setPen(style.colour("text" if enabled else "muted"))
        inner = box.adjusted(10, 0, -10, 0)
        middle = Qt.AlignmentFlag.AlignVCenter
        title = str(index.data(Qt.ItemDataRole.DisplayRole))
        painter.drawText(inner, Qt.AlignmentFlag.AlignLeft | middle, title)
        painter.setFont(style.font(style.SMALL))
        painter.setPen(style.colour("muted"))
        room = inner.width() - QFontMetrics(style.font()).horizontalAdvance(title) - 24
        aside = QFontMetrics(style.font(style.SMALL)).elidedText(
            str(index.data(ASIDE) or ""), Qt.TextElideMode.ElideRight, int(room)
        )
        painter.drawText(inner, Qt.AlignmentFlag.AlignRight | middle, aside)
        painter.restore()
