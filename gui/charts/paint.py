"""The ratio chart as a widget: painted from its layout, walked with the arrow keys, spoken as a chart."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QAccessible,
    QBrush,
    QColor,
    QFocusEvent,
    QFontMetricsF,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QAccessibleWidget, QSizePolicy, QWidget

from gui import style
from gui.charts.ratio import AXIS, LANE, PITCH, Box, Ratio, Row, layout
from gui.sights import WORDS, Tone
from gui.widgets.parts import INKS, paint_mark
from gui.words import number

LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class RatioChart(QWidget):
    """The chart, its height as high as its rows need and no higher."""

    def __init__(self) -> None:
        super().__init__()
        self._chart: Ratio | None = None
        self._at = -1
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def chart(self) -> Ratio | None:
        return self._chart

    def show_chart(self, chart: Ratio) -> None:
        if chart == self._chart:
            return
        self._chart, self._at = chart, -1
        self.setAccessibleName(chart.title)
        self.setAccessibleDescription(chart.spoken)
        self.setFixedHeight(int(LANE + PITCH * len(chart.bars) + AXIS))
        self.update()

    def minimumSizeHint(self) -> QSize:  # noqa: N802  Qt's name
        return QSize(300, 80)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  Qt's name
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()), 0)
        if self._chart is None or not step:
            super().keyPressEvent(event)
            return
        self._at = max(0, min(self._at + step, len(self._chart.bars) - 1))
        bar = self._chart.bars[self._at]
        band = f" ({number(bar.low)} to {number(bar.high)})" if bar.low is not None else ""
        self.setAccessibleDescription(
            f"{bar.label}: {number(bar.value) or 'no number'}{band}, {bar.note}, {WORDS[bar.tone]}"
        )
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802  Qt's name
        self._at = -1
        super().focusOutEvent(event)

    def paintEvent(self, _: QPaintEvent) -> None:  # noqa: N802  Qt's name
        if self._chart is None:
            return
        small = style.font(style.SMALL)
        metrics = QFontMetricsF(small)
        placed = layout(self._chart, float(self.width()) - 2, lambda text: metrics.horizontalAdvance(text) + 2)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(small)
        if placed.allowed:
            painter.fillRect(_rect(placed.allowed), style.colour("ok_fill"))
        for x, text in placed.ticks:
            painter.setPen(QPen(style.colour("line"), 1))
            painter.drawLine(QPointF(x, placed.plot.y), QPointF(x, placed.plot.bottom + 3))
            painter.setPen(style.colour("muted"))
            painter.drawText(QRectF(x - 30, placed.plot.bottom + 4, 60, AXIS - 4), Qt.AlignmentFlag.AlignCenter, text)
        for at, row in enumerate(placed.rows):
            if at == self._at and self.hasFocus():
                painter.fillRect(QRectF(0, row.centre - PITCH / 2, self.width(), PITCH), _faint(style.colour("accent")))
            _paint_row(painter, row, metrics)
        strong = style.font(style.SMALL, strong=True)
        for x, text, box in placed.limits:
            painter.setPen(QPen(style.colour("failed"), 1.4, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(x, placed.plot.y - 2), QPointF(x, placed.plot.bottom))
            painter.setFont(strong)
            painter.drawText(_rect(box).adjusted(-8, 0, 8, 0), Qt.AlignmentFlag.AlignCenter, text)
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
    if not isinstance(widget, RatioChart):
        return None
    _kept.append(ChartInterface(widget))
    del _kept[:-64]
    return _kept[-1]


def _paint_row(painter: QPainter, row: Row, metrics: QFontMetricsF) -> None:
    bar = row.bar
    painter.setPen(style.colour("text"))
    name = metrics.elidedText(bar.label, Qt.TextElideMode.ElideRight, row.label.width)
    painter.drawText(_rect(row.label), RIGHT, name)
    painter.setPen(style.colour("muted"))
    painter.drawText(_rect(row.note), RIGHT, metrics.elidedText(bar.note, Qt.TextElideMode.ElideRight, row.note.width))
    if bar.value is None:
        painter.drawText(QRectF(row.fill.x + 6, row.fill.y, 300, row.fill.height), LEFT, WORDS[bar.tone])
    else:
        judged = bar.tone is not Tone.NONE
        ink = style.colour("failed" if bar.tone is Tone.FAIL else "bar")
        painter.setPen(QPen(ink, 1) if not judged else Qt.PenStyle.NoPen)
        painter.setBrush(QBrush(ink) if judged else QBrush(ink, Qt.BrushStyle.BDiagPattern))
        painter.drawRoundedRect(_rect(row.fill), 2, 2)
    if row.whisker:
        low, high = row.whisker
        painter.setPen(QPen(style.colour("card"), 3.4))
        painter.drawLine(QPointF(low, row.centre), QPointF(high, row.centre))
        painter.setPen(QPen(style.colour("text"), 1.4))
        painter.drawLine(QPointF(low, row.centre), QPointF(high, row.centre))
        for x in (low, high):
            painter.drawLine(QPointF(x, row.centre - 4), QPointF(x, row.centre + 4))
    paint_mark(painter, _rect(row.mark), bar.tone)
    painter.setPen(style.colour(INKS[bar.tone] if bar.tone is Tone.FAIL else "text"))
    painter.drawText(_rect(row.figure), LEFT, number(bar.value) if bar.value is not None else "no number")


def _rect(box: Box) -> QRectF:
    return QRectF(box.x, box.y, box.width, box.height)


def _faint(colour: QColor) -> QColor:
    faint = QColor(colour)
    faint.setAlpha(28)
    return faint
