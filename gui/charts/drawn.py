"""A chart as a widget: as high as its rows need, walked with the arrow keys, spoken as a chart."""

from collections.abc import Callable
from html import escape
from typing import Generic, Protocol, TypeVar

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import (
    QAccessible,
    QColor,
    QFocusEvent,
    QFontMetricsF,
    QHelpEvent,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QAccessibleWidget, QSizePolicy, QToolTip, QWidget

from gui import style
from gui.charts.ratio import Box

LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
ELIDE = Qt.TextElideMode.ElideRight


class Spec(Protocol):
    """What any chart can say of itself."""

    @property
    def title(self) -> str: ...
    @property
    def spoken(self) -> str: ...
    @property
    def height(self) -> float: ...
    @property
    def lines(self) -> tuple[str, ...]: ...
    def row_at(self, y: float, /) -> int:
        """Return which row is so far down; a number that no row has where there is none."""


Said = TypeVar("Said", bound=Spec)


class Chart(QWidget, Generic[Said]):
    """What all charts have in common; each draws itself."""

    draw: Callable[[QPainter, Said, QFontMetricsF], None]
    """Paints the chart; the font is the small one."""

    def __init__(self) -> None:
        super().__init__()
        self._chart: Said | None = None
        self._at = -1
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def chart(self) -> Said | None:
        return self._chart

    def show_chart(self, chart: Said) -> None:
        if chart == self._chart:
            return
        self._chart, self._at = chart, -1
        self.setAccessibleName(chart.title)
        self.setAccessibleDescription(chart.spoken)
        self.setFixedHeight(int(chart.height))
        self.update()

    def chosen(self, at: int) -> bool:
        """Say whether a row is the one that the arrow keys are on."""
        return at == self._at and self.hasFocus()

    def event(self, event: QEvent) -> bool:
        """Say a row in full where the pointer rests: its name may be cut."""
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip and self._chart:
            at, lines = self._chart.row_at(event.pos().y()), self._chart.lines
            said = lines[at] if 0 <= at < len(lines) else ""
            QToolTip.showText(event.globalPos(), f"<qt>{escape(said, quote=False)}</qt>" if said else "", self)
            return True
        return super().event(event)

    def minimumSizeHint(self) -> QSize:  # noqa: N802  Qt's name
        return QSize(300, 80)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  Qt's name
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()), 0)
        if self._chart is None or not step:
            super().keyPressEvent(event)
            return
        self._at = max(0, min(self._at + step, len(self._chart.lines) - 1))
        self.setAccessibleDescription(self._chart.lines[self._at])
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802  Qt's name
        self._at = -1
        super().focusOutEvent(event)

    def paintEvent(self, _: QPaintEvent) -> None:  # noqa: N802  Qt's name
        if self._chart is None:
            return
        small = style.font(style.SMALL)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(small)
        self.draw(painter, self._chart, QFontMetricsF(small))
        if self.hasFocus():
            painter.setPen(QPen(style.colour("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 4, 4)
        painter.end()


class ChartInterface(QAccessibleWidget):
    """What a screen reader sees of it."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget, QAccessible.Role.Chart)


_kept: list[ChartInterface] = []
"""Qt does not keep what Python made."""


def interface(_: str, widget: object) -> ChartInterface | None:
    """Return the chart's interface for assistive technology; `QAccessible.installFactory` takes this."""
    if not isinstance(widget, Chart):
        return None
    _kept.append(ChartInterface(widget))
    del _kept[:-64]
    return _kept[-1]


def rect(box: Box) -> QRectF:
    return QRectF(box.x, box.y, box.width, box.height)


def faint(colour: QColor) -> QColor:
    made = QColor(colour)
    made.setAlpha(28)
    return made
