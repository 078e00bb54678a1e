"""A text as it is written, to read: its lines are numbered, and one place in it can be pointed at."""

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import (
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
    QTextCharFormat,
    QTextCursor,
    QWheelEvent,
)
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit, QWidget

from gui import style
from gui.tones import Tone
from gui.widgets.parts import INKS

GAP = 10
FILLS = {Tone.FAIL: "bad_fill", Tone.WARN: "warn_fill"}


class Code(QPlainTextEdit):
    """Read-only, and walked through with the keys like any text; Tab leaves it."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setReadOnly(True)
        self.setAccessibleName(name)
        self.setTabChangesFocus(True)
        self.setFont(style.font(style.SMALL, mono=True))
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.numbers = _Numbers(self)
        self._spot: tuple[int, int, int, Tone] | None = None
        self._is_new = False
        """Whether nobody has seen yet what is pointed at."""
        self.blockCountChanged.connect(self._widen)
        self.updateRequest.connect(self._scrolled)
        self._widen()

    def show_text(self, text: str) -> None:
        if text != self.toPlainText():
            self._spot = None
            self.setPlainText(text)
            self.setExtraSelections([])

    def point_at(self, line: int, column: int, width: int, tone: Tone) -> None:
        """Go to a place and underline it; a width of 0 is the rest of the line."""
        self._spot = (line, column, width, tone)
        cursor = self._cursor(line, column, 0)
        self.setTextCursor(cursor)
        self._is_new = True
        self._centre()
        self.dress()

    def point_nowhere(self) -> None:
        self._spot = None
        self.setExtraSelections([])

    def dress(self) -> None:
        """Mark what is pointed at in the colours of the theme."""
        if self._spot is None:
            return
        line, column, width, tone = self._spot
        row, place = QTextEdit.ExtraSelection(), QTextEdit.ExtraSelection()
        fill, under = QTextCharFormat(), QTextCharFormat()
        fill.setBackground(style.colour(FILLS.get(tone, "selected")))
        fill.setProperty(QTextCharFormat.Property.FullWidthSelection, True)
        under.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
        under.setUnderlineColor(style.colour(INKS[tone] if tone in FILLS else "accent"))
        row.cursor, row.format = self._cursor(line, 1, 0), fill
        place.cursor, place.format = self._cursor(line, column, width or self._rest(line, column)), under
        self.setExtraSelections([row, place])
        self.numbers.update()

    @property
    def line(self) -> int:
        """The line that is pointed at, or 0."""
        return self._spot[0] if self._spot else 0

    def margin(self) -> int:
        digits = len(str(max(1, self.blockCount())))
        return self.fontMetrics().horizontalAdvance("9") * max(2, digits) + 2 * GAP

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  Qt's name
        super().resizeEvent(event)
        inner = self.contentsRect()
        self.numbers.setGeometry(QRect(inner.left(), inner.top(), self.margin(), inner.height()))
        self._centre()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802  Qt's name
        super().showEvent(event)
        self._centre()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802  Qt's name
        self._is_new = False
        super().wheelEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  Qt's name
        self._is_new = False
        super().keyPressEvent(event)

    def _centre(self) -> None:
        """Bring what is pointed at to the middle, until somebody moves."""
        if self._is_new and self.isVisible():
            self.centerCursor()

    def paint_numbers(self, event: QPaintEvent) -> None:
        """Paint the numbers of the lines in sight; that of the line pointed at is bold, beside an arrow."""
        painter = QPainter(self.numbers)
        painter.fillRect(event.rect(), style.colour("window"))
        block, offset = self.firstVisibleBlock(), self.contentOffset()
        while block.isValid():
            box = self.blockBoundingGeometry(block).translated(offset)
            if box.top() > event.rect().bottom():
                break
            number = block.blockNumber() + 1
            here = number == self.line
            painter.setFont(style.font(style.SMALL, strong=here, mono=True))
            painter.setPen(style.colour("text" if here else "muted"))
            area = QRect(0, int(box.top()), self.margin() - GAP, int(box.height()))
            painter.drawText(area, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, str(number))
            block = block.next()
        painter.end()

    def _cursor(self, line: int, column: int, width: int) -> QTextCursor:
        """Return a cursor over a place: columns count characters, and Qt counts halves of some."""
        block = self.document().findBlockByNumber(max(0, min(line, self.blockCount()) - 1))
        text, cursor = block.text(), QTextCursor(block)
        first, last = _halves(text[: column - 1]), _halves(text[: column - 1 + width])
        cursor.setPosition(block.position() + first)
        cursor.setPosition(block.position() + last, QTextCursor.MoveMode.KeepAnchor)
        return cursor

    def _rest(self, line: int, column: int) -> int:
        block = self.document().findBlockByNumber(max(0, line - 1))
        return max(1, len(block.text()) - column + 1)

    def _widen(self) -> None:
        self.setViewportMargins(self.margin() + 4, 0, 0, 0)

    def _scrolled(self, area: QRect, by: int) -> None:
        if by:
            self.numbers.scroll(0, by)
        else:
            self.numbers.update(0, area.y(), self.numbers.width(), area.height())


class _Numbers(QWidget):
    """The margin."""

    def __init__(self, code: Code) -> None:
        super().__init__(code)
        self._code = code

    def sizeHint(self) -> QSize:  # noqa: N802  Qt's name
        return QSize(self._code.margin(), 0)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802  Qt's name
        self._code.paint_numbers(event)


def _halves(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
