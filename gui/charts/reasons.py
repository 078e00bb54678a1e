"""The two charts of reasons, painted from their layouts."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen, QPolygonF

from gui import style
from gui.charts import shares, steps
from gui.charts.drawn import ELIDE, LEFT, RIGHT, Chart, faint, rect
from gui.charts.shares import Shares
from gui.charts.steps import Steps
from gui.words import signed


class ShareChart(Chart[Shares]):
    """How often each code was given."""

    def draw(self, painter: QPainter, chart: Shares, metrics: QFontMetricsF) -> None:
        placed = shares.layout(chart, float(self.width()) - 2, lambda text: metrics.horizontalAdvance(text) + 2)
        strong = style.font(style.SMALL, strong=True)
        for x, text in placed.ticks:
            painter.setPen(QPen(style.colour("line"), 1))
            painter.drawLine(QPointF(x, placed.plot.bottom - 2), QPointF(x, placed.plot.bottom + 2))
            painter.setPen(style.colour("muted"))
            begins = min(max(x - 20, 0), placed.plot.right - 34) if x else 0
            side = LEFT if not x else Qt.AlignmentFlag.AlignCenter
            painter.drawText(QRectF(begins, placed.plot.bottom + 2, 40, shares.AXIS - 2), side, text)
        for at, row in enumerate(placed.rows):
            if self.chosen(at):
                painter.fillRect(QRectF(0, row.top, self.width(), shares.PITCH - 6), faint(style.colour("accent")))
            painter.setFont(strong)
            painter.setPen(style.colour("text"))
            painter.drawText(rect(row.label), LEFT, row.part.code)
            begins = QFontMetricsF(strong).horizontalAdvance(row.part.code) + 10
            painter.setFont(style.font(style.SMALL))
            room = rect(row.label).adjusted(begins, 0, 0, 0)
            said = row.part.text or "no words in the dictionary"
            painter.drawText(room, LEFT, metrics.elidedText(said, ELIDE, room.width()))
            pale = QColor(style.colour("bar"))
            pale.setAlpha(80)
            painter.setPen(QPen(style.colour("bar"), 1))
            painter.setBrush(pale)
            painter.drawRoundedRect(rect(row.given), 2, 2)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(style.colour("bar"))
            painter.drawRoundedRect(rect(row.first), 2, 2)
            painter.setPen(style.colour("text"))
            painter.drawText(rect(row.figure), LEFT, shares.figure(row.part, chart.of))


class StepChart(Chart[Steps]):
    """What each group adds to one case."""

    def draw(self, painter: QPainter, chart: Steps, metrics: QFontMetricsF) -> None:
        placed = steps.layout(chart, float(self.width()) - 2, lambda text: metrics.horizontalAdvance(text) + 2)
        for x, text, box in placed.marks:
            painter.setPen(QPen(style.colour("border"), 1, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(x, placed.plot.y), QPointF(x, box.y))
            painter.setPen(style.colour("text"))
            painter.drawText(rect(box).adjusted(-4, 0, 4, 0), Qt.AlignmentFlag.AlignCenter, text)
        before: float | None = None
        for at, row in enumerate(placed.rows):
            if self.chosen(at):
                band = QRectF(0, row.centre - steps.PITCH / 2, self.width(), steps.PITCH)
                painter.fillRect(band, faint(style.colour("accent")))
            if before is not None:
                painter.setPen(QPen(style.colour("border"), 1))
                painter.drawLine(QPointF(before, row.centre - steps.PITCH + steps.BAR / 2), QPointF(before, row.fill.y))
            before = row.ends
            painter.setPen(style.colour("text"))
            painter.drawText(rect(row.label), RIGHT, metrics.elidedText(row.step.label, ELIDE, row.label.width))
            ink = style.colour("failed" if row.step.against else "bar")
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(ink)
            painter.drawPolygon(_arrow(rect(row.fill), forward=row.step.value > 0))
            if row.whisker:
                painter.setPen(QPen(style.colour("text"), 1))
                low, high = row.whisker
                painter.drawLine(QPointF(low, row.centre), QPointF(high, row.centre))
                for x in row.whisker:
                    painter.drawLine(QPointF(x, row.centre - 4), QPointF(x, row.centre + 4))
            painter.fillRect(rect(row.figure), style.colour("card"))  # the dashes would go through the digits
            painter.setPen(style.colour("failed" if row.step.against else "text"))
            painter.drawText(rect(row.figure), LEFT, signed(row.step.value))


def _arrow(box: QRectF, *, forward: bool) -> QPolygonF:
    """Return a bar that points to where it goes."""
    tip, middle = min(5.0, box.width()), box.center().y()
    left, right, top, bottom = box.left(), box.right(), box.top(), box.bottom()
    if forward:
        corners = [(left, top), (right - tip, top), (right, middle), (right - tip, bottom), (left, bottom)]
    else:
        corners = [(right, top), (left + tip, top), (left, middle), (left + tip, bottom), (right, bottom)]
    return QPolygonF([QPointF(x, y) for x, y in corners])
