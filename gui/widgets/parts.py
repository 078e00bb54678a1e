"""Labels, cards, banners and marks; every text is plain text, whoever wrote it."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from gui import style
from gui.tones import WORDS, Tone

INKS = {
    Tone.PASS: "passed",
    Tone.WARN: "warned",
    Tone.FAIL: "failed",
    Tone.UNSURE: "warned",
    Tone.MISSING: "warned",
    Tone.WAIVED: "muted",
    Tone.NONE: "muted",
}
_FONTS = {
    "body": (style.BODY, False, False),
    "strong": (style.BODY, True, False),
    "small": (style.SMALL, False, False),
    "title": (style.TITLE, True, False),
    "large": (style.LARGE, True, False),
    "mono": (style.SMALL, False, True),
}


def label(text: str = "", kind: str = "body", ink: str = "", *, wrap: bool = False, select: bool = False) -> QLabel:
    made = QLabel()
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setText(text)
    size, strong, mono = _FONTS[kind]
    made.setFont(style.font(size, strong=strong, mono=mono))
    made.setWordWrap(wrap)
    grows = QSizePolicy.Policy.Minimum if wrap else QSizePolicy.Policy.Fixed
    made.setSizePolicy(QSizePolicy.Policy.Preferred, grows)
    if ink:
        made.setProperty("ink", ink)
    if select:
        made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return made


def set_ink(widget: QWidget, name: str, value: str) -> None:
    """Change a property that the rules look at."""
    if widget.property(name) != value:
        widget.setProperty(name, value)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def button(text: str, *, main: bool = False, quiet: bool = False, name: str = "") -> QPushButton:
    made = QPushButton(text)
    made.setAutoDefault(False)
    made.setProperty("main", main)
    made.setProperty("quiet", quiet)
    made.setAccessibleName(name or text)
    made.setCursor(Qt.CursorShape.PointingHandCursor)
    return made


class Elided(QLabel):
    """One line that ends in dots where there is no room, and says all of it in its tooltip."""

    def __init__(
        self, text: str = "", kind: str = "body", ink: str = "", where: Qt.TextElideMode | None = None
    ) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        size, strong, mono = _FONTS[kind]
        self.setFont(style.font(size, strong=strong, mono=mono))
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._where = where or Qt.TextElideMode.ElideRight
        self._full = ""
        if ink:
            self.setProperty("ink", ink)
        self.say(text)

    def say(self, text: str) -> None:
        self._full = text
        self.setAccessibleName(text)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  Qt's name
        super().resizeEvent(event)
        self._fit()

    def sizeHint(self) -> QSize:  # noqa: N802  Qt's name
        metrics = QFontMetrics(self.font())
        return QSize(metrics.horizontalAdvance(self._full) + 2, metrics.height() + 2)

    def _fit(self) -> None:
        short = QFontMetrics(self.font()).elidedText(self._full, self._where, max(self.width(), 10))
        self.setText(short)
        # A tooltip is rich text if it looks like it; what people wrote never is.
        self.setToolTip("" if short == self._full else f"<qt>{escaped(self._full)}</qt>")


class Mark(QWidget):
    """A verdict as a shape in a colour; the word stands beside it, or is its accessible name."""

    def __init__(self, tone: Tone = Tone.NONE, size: int = 16) -> None:
        super().__init__()
        self.setFixedSize(size, size)
        self._tone = tone
        self.show_tone(tone)

    def show_tone(self, tone: Tone) -> None:
        self._tone = tone
        self.setAccessibleName(WORDS[tone])
        self.setToolTip(WORDS[tone])
        self.update()

    def paintEvent(self, _: QPaintEvent) -> None:  # noqa: N802  Qt's name
        painter = QPainter(self)
        paint_mark(painter, QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), self._tone)
        painter.end()


def paint_mark(painter: QPainter, box: QRectF, tone: Tone) -> None:
    """Draw a verdict: no two have the same outline."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(box.topLeft())
    unit = box.width() / 16
    painter.scale(unit, unit)
    ink, ground = style.colour(INKS[tone]), style.colour("card")
    line = QPen(ink, 1.7, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
    inner = QPen(ground, 1.9, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
    painter.setPen(line)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    match tone:
        case Tone.PASS:
            painter.setBrush(ink)
            painter.drawEllipse(QRectF(1.6, 1.6, 12.8, 12.8))
            painter.setPen(inner)
            painter.drawPolyline(_points((4.9, 8.3), (7.1, 10.5), (11.2, 5.9)))
        case Tone.FAIL:
            painter.setBrush(ink)
            painter.drawPolygon(
                _points(
                    (5.2, 1.4),
                    (10.8, 1.4),
                    (14.6, 5.2),
                    (14.6, 10.8),
                    (10.8, 14.6),
                    (5.2, 14.6),
                    (1.4, 10.8),
                    (1.4, 5.2),
                )
            )
            painter.setPen(inner)
            painter.drawLine(QPointF(5.6, 5.6), QPointF(10.4, 10.4))
            painter.drawLine(QPointF(10.4, 5.6), QPointF(5.6, 10.4))
        case Tone.WARN:
            painter.drawPolygon(_points((8, 1.6), (14.4, 8), (8, 14.4), (1.6, 8)))
        case Tone.UNSURE:
            painter.drawEllipse(QRectF(1.8, 1.8, 12.4, 12.4))
            painter.setBrush(ink)
            painter.drawPie(QRectF(1.8, 1.8, 12.4, 12.4), 90 * 16, 180 * 16)
        case Tone.MISSING:
            line.setDashPattern([1.6, 2.0])
            painter.setPen(line)
            painter.drawEllipse(QRectF(1.8, 1.8, 12.4, 12.4))
        case Tone.WAIVED:
            painter.drawEllipse(QRectF(1.8, 1.8, 12.4, 12.4))
            painter.drawLine(QPointF(4, 12), QPointF(12, 4))
        case Tone.NONE:
            painter.drawLine(QPointF(3.5, 8), QPointF(12.5, 8))
    painter.restore()


class Card(QFrame):
    """A titled box."""

    def __init__(self, title: str = "", aside: str = "") -> None:
        super().__init__()
        self.setProperty("card", True)
        self.setAccessibleName(title)
        self.box = QVBoxLayout(self)
        self.box.setContentsMargins(16, 13, 16, 14)
        self.box.setSpacing(8)
        if title:
            head = QHBoxLayout()
            head.addWidget(label(title, "strong"))
            head.addSpacing(12)
            self.aside = Elided(aside, "small", "muted")
            self.aside.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            head.addWidget(self.aside, 1)
            self.box.addLayout(head)
            self.box.addSpacing(2)


class Page(QWidget):
    """What is scrolled: as high as what is on it at the width there is."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("page")

    def minimumSizeHint(self) -> QSize:  # noqa: N802  Qt's name
        # Qt would make it as high as it is where every text wraps at its narrowest, and leave a hole.
        least, layout = super().minimumSizeHint(), self.layout()
        return QSize(least.width(), 0) if layout and layout.hasHeightForWidth() else least


class Banner(QFrame):
    """Something that has to be known, in the page; it stays until it is no longer so."""

    clicked = Signal()

    def __init__(self) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 9, 12, 9)
        row.setSpacing(10)
        self._mark = Mark(Tone.FAIL)
        self._text = label("", wrap=True)
        self._button = button("")
        self._button.clicked.connect(self.clicked)
        row.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self._text, 1)
        row.addWidget(self._button)
        self.hide()

    def say(self, text: str, tone: Tone = Tone.FAIL, deed: str = "") -> None:
        """Show ``text``, or nothing where there is none."""
        ink = INKS[tone] if INKS[tone] != "muted" else "warned"
        set_ink(self, "banner", ink)
        self._mark.show_tone(tone)
        self._text.setText(text)
        self.setAccessibleName(text)
        self._button.setText(deed)
        self._button.setAccessibleName(deed or "no action")
        self._button.setVisible(bool(deed))
        self.setVisible(bool(text))


class Rule(QFrame):
    """A hairline."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("rule", True)
        self.setFixedHeight(1)


def clear(layout: QLayout) -> None:
    """Remove everything from a layout; widgets go when Qt is ready."""
    while layout.count():
        item = layout.takeAt(0)
        widget, inner = (item.widget(), item.layout()) if item else (None, None)
        if widget is not None:
            widget.hide()
            widget.deleteLater()
        elif inner is not None:
            clear(inner)


def _points(*places: tuple[float, float]) -> QPolygonF:
    return QPolygonF([QPointF(x, y) for x, y in places])


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
