"""The two charts of bins, painted from their layouts."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from gui import style
from gui.charts import curve, parts
from gui.charts.curve import Curve
from gui.charts.drawn import ELIDE, LEFT, RIGHT, Chart, faint, rect
from gui.charts.parts import Parts


class PartsChart(Chart[Parts]):
    """A column, then and now."""

    def draw(self, painter: QPainter, chart: Parts, metrics: QFontMetricsF) -> None:
        placed = parts.layout(chart, float(self.width()) - 2, lambda text: metrics.horizontalAdvance(text) + 2)
        for at, (sample, word, box) in enumerate(placed.key):
            _bar(painter, rect(sample), filled=bool(at))
            painter.setPen(style.colour("muted"))
            painter.drawText(rect(box), LEFT, word)
        painter.setPen(QPen(style.colour("line"), 1))
        painter.drawLine(QPointF(placed.plot.x, placed.plot.y), QPointF(placed.plot.x, placed.plot.bottom))
        for at, row in enumerate(placed.rows):
            if self.chosen(at):
                painter.fillRect(QRectF(0, row.top, self.width(), parts.PITCH), faint(style.colour("accent")))
            painter.setPen(style.colour("text"))
            painter.drawText(rect(row.label), RIGHT, metrics.elidedText(row.part.label, ELIDE, row.label.width))
            _bar(painter, rect(row.then), filled=False)
            _bar(painter, rect(row.now), filled=True)
            painter.setPen(style.colour("text"))
            painter.drawText(rect(row.figure), LEFT, chart.figure(row.part))


class CurveChart(Chart[Curve]):
    """Scores against what came true."""

    def draw(self, painter: QPainter, chart: Curve, metrics: QFontMetricsF) -> None:
        placed = curve.layout(chart, float(self.width()) - 2, lambda text: metrics.horizontalAdvance(text) + 2)
        plot = placed.plot
        for part, text in placed.ticks:
            x, y = plot.x + part * plot.width, plot.bottom - part * plot.height
            painter.setPen(QPen(style.colour("line"), 1))
            painter.drawLine(QPointF(x, plot.y), QPointF(x, plot.bottom + 3))
            painter.drawLine(QPointF(plot.x - 3, y), QPointF(plot.right, y))
            painter.setPen(style.colour("muted"))
            painter.drawText(QRectF(x - 30, plot.bottom + 3, 60, curve.AXIS - 4), Qt.AlignmentFlag.AlignCenter, text)
            painter.drawText(QRectF(0, y - 9, plot.x - 6, 18), RIGHT, text)
        below, above = placed.names
        painter.drawText(rect(below), Qt.AlignmentFlag.AlignCenter, "Mean score")
        painter.drawText(rect(above), LEFT, "Share of positives")
        painter.setPen(QPen(style.colour("border"), 1.2, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(plot.x, plot.bottom), QPointF(plot.right, plot.y))
        for at, dot in enumerate(placed.dots):
            high, low = dot.whisker
            painter.setPen(QPen(style.colour("text"), 1.4))
            painter.drawLine(QPointF(dot.x, high), QPointF(dot.x, low))
            for y in (high, low):
                painter.drawLine(QPointF(dot.x - 4, y), QPointF(dot.x + 4, y))
            painter.setPen(QPen(style.colour("card"), 1.4))
            painter.setBrush(style.colour("bar"))
            painter.drawEllipse(QPointF(dot.x, dot.y), dot.radius, dot.radius)
            if self.chosen(at):
                painter.setPen(QPen(style.colour("accent"), 2))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawEllipse(QPointF(dot.x, dot.y), dot.radius + 4, dot.radius + 4)


def _bar(painter: QPainter, box: QRectF, *, filled: bool) -> None:
    ink = style.colour("bar")
    pale = QColor(ink)
    pale.setAlpha(50)
    painter.setPen(Qt.PenStyle.NoPen if filled else QPen(ink, 1))
    painter.setBrush(ink if filled else pale)
    painter.drawRoundedRect(box, 2, 2)
