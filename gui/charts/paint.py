"""The ratio chart, painted from its layout."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QFontMetricsF, QPainter, QPen

from gui import style
from gui.charts.drawn import ELIDE, LEFT, RIGHT, Chart, faint, rect
from gui.charts.ratio import AXIS, PITCH, Ratio, Row, layout
from gui.tones import WORDS, Tone
from gui.widgets.parts import INKS, paint_mark
from gui.words import number


class RatioChart(Chart[Ratio]):
    """Bars from zero, their intervals, and the limit."""

    def draw(self, painter: QPainter, chart: Ratio, metrics: QFontMetricsF) -> None:
        placed = layout(chart, float(self.width()) - 2, lambda text: metrics.horizontalAdvance(text) + 2)
        if placed.allowed:
            painter.fillRect(rect(placed.allowed), style.colour("ok_fill"))
        for x, text in placed.ticks:
            painter.setPen(QPen(style.colour("line"), 1))
            painter.drawLine(QPointF(x, placed.plot.y), QPointF(x, placed.plot.bottom + 3))
            painter.setPen(style.colour("muted"))
            painter.drawText(QRectF(x - 30, placed.plot.bottom + 4, 60, AXIS - 4), Qt.AlignmentFlag.AlignCenter, text)
        for at, row in enumerate(placed.rows):
            if self.chosen(at):
                painter.fillRect(QRectF(0, row.centre - PITCH / 2, self.width(), PITCH), faint(style.colour("accent")))
            _paint_row(painter, row, metrics)
        strong = style.font(style.SMALL, strong=True)
        for x, text, box in placed.limits:
            painter.setPen(QPen(style.colour("failed"), 1.4, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(x, placed.plot.y - 2), QPointF(x, placed.plot.bottom))
            painter.setFont(strong)
            painter.drawText(rect(box).adjusted(-8, 0, 8, 0), Qt.AlignmentFlag.AlignCenter, text)


def _paint_row(painter: QPainter, row: Row, metrics: QFontMetricsF) -> None:
    bar = row.bar
    painter.setPen(style.colour("text"))
    painter.drawText(rect(row.label), RIGHT, metrics.elidedText(bar.label, ELIDE, row.label.width))
    painter.setPen(style.colour("muted"))
    painter.drawText(rect(row.note), RIGHT, metrics.elidedText(bar.note, ELIDE, row.note.width))
    if bar.value is None:
        why = bar.why or WORDS[bar.tone].lower()
        room = row.mark.x - row.fill.x - 12
        painter.drawText(
            QRectF(row.fill.x + 6, row.fill.y, room, row.fill.height), LEFT, metrics.elidedText(why, ELIDE, room)
        )
    else:
        judged = bar.tone is not Tone.NONE
        ink = style.colour("failed" if bar.tone is Tone.FAIL else "bar")
        painter.setPen(QPen(ink, 1) if not judged else Qt.PenStyle.NoPen)
        painter.setBrush(QBrush(ink) if judged else QBrush(ink, Qt.BrushStyle.BDiagPattern))
        painter.drawRoundedRect(rect(row.fill), 2, 2)
    if row.whisker:
        low, high = row.whisker
        painter.setPen(QPen(style.colour("card"), 3.4))
        painter.drawLine(QPointF(low, row.centre), QPointF(high, row.centre))
        painter.setPen(QPen(style.colour("text"), 1.4))
        painter.drawLine(QPointF(low, row.centre), QPointF(high, row.centre))
        for x in (low, high):
            painter.drawLine(QPointF(x, row.centre - 4), QPointF(x, row.centre + 4))
    paint_mark(painter, rect(row.mark), bar.tone)
    painter.setPen(style.colour(INKS[bar.tone] if bar.tone is Tone.FAIL else "text"))
    painter.drawText(rect(row.figure), LEFT, number(bar.value) if bar.value is not None else "no number")
