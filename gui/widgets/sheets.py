"""Pages of paper, one below the other: drawn when they are looked at, as sharp as the screen is."""

from collections import OrderedDict
from collections.abc import Callable
from itertools import accumulate

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QImage, QKeyEvent, QPainter, QPaintEvent, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from gui import style
from gui.sights import Picture

GAP = 16.0
POINT = 96 / 72
"""Pixels of a screen to a point of paper at 100 %."""
KEPT = 6
"""Pictures held in memory, of up to 37 MB each."""
LEAST, MOST = 0.3, 4.0
PAPER = QColor("#ffffff")

Ask = Callable[[int, float, Callable[[Picture], None]], None]


class Sheets(QAbstractScrollArea):
    """A document to look at; zoom 0 is as wide as the window."""

    moved = Signal()

    def __init__(self, ask: Ask, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._ask = ask
        self._sizes: tuple[tuple[float, float], ...] = ()
        self._zoom = 0.0
        self._pictures: OrderedDict[tuple[int, float], QPixmap] = OrderedDict()
        self._texts: dict[int, str] = {}
        self._asked: set[tuple[int, float]] = set()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Pages of the report")
        # Were it to come and go, pages as wide as the window would change their size with it.
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.verticalScrollBar().valueChanged.connect(self._scrolled)
        self.verticalScrollBar().setSingleStep(48)
        self.horizontalScrollBar().setSingleStep(48)

    def show_pages(self, sizes: tuple[tuple[float, float], ...]) -> None:
        self._sizes = sizes
        self._pictures.clear()
        self._texts.clear()
        self._asked.clear()
        self._arrange()
        self._say()
        self.viewport().update()

    @property
    def count(self) -> int:
        return len(self._sizes)

    @property
    def page(self) -> int:
        """The page in the middle of the window."""
        middle = self.verticalScrollBar().value() + self.viewport().height() / 2
        if self.verticalScrollBar().value() >= self.verticalScrollBar().maximum():
            return max(0, self.count - 1)
        return max(0, sum(top <= middle for top in self._tops()) - 1)

    def go(self, page: int) -> None:
        if self._sizes:
            top = self._tops()[max(0, min(page, self.count - 1))]
            self.verticalScrollBar().setValue(int(top - GAP))

    @property
    def percent(self) -> int:
        return round(self._scale() / POINT * 100)

    def zoom(self, by: float) -> None:
        """Enlarge the pages ``by`` so much, or fit them into the width."""
        place, bar = self.page, self.verticalScrollBar()
        within = (bar.value() - self._tops()[place]) / self._scale() if self._sizes else 0.0
        self._zoom = min(MOST, max(LEAST, self._scale() / POINT * by)) if by else 0.0
        self._arrange()
        if self._sizes:
            bar.setValue(int(self._tops()[place] + within * self._scale()))
        self.viewport().update()
        self.moved.emit()

    def sizeHint(self) -> QSize:  # noqa: N802  Qt's name
        return QSize(600, 700)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  Qt's name
        match event.key():
            case Qt.Key.Key_Home:
                self.go(0)
            case Qt.Key.Key_End:
                self.go(self.count - 1)
            case _:
                super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802  Qt's name
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802  Qt's name
        super().focusOutEvent(event)
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  Qt's name
        super().resizeEvent(event)
        self._arrange()
        self.moved.emit()

    def paintEvent(self, _: QPaintEvent) -> None:  # noqa: N802  Qt's name
        painter = QPainter(self.viewport())
        painter.fillRect(self.viewport().rect(), style.colour("hover"))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        scale, tops = self._scale(), self._tops()
        left, top = self.horizontalScrollBar().value(), self.verticalScrollBar().value()
        room = QRectF(self.viewport().rect())
        for page, (width, height) in enumerate(self._sizes):
            start = max(GAP, (room.width() - width * scale) / 2) - left
            box = QRectF(round(start), round(tops[page] - top), round(width * scale), round(height * scale))
            if not box.intersects(room):
                continue
            painter.fillRect(box, PAPER)
            picture = self._picture(page, scale)
            if picture is not None:
                painter.drawPixmap(box, picture, QRectF(picture.rect()))
            painter.setPen(QPen(style.colour("line"), 1))
            painter.drawRect(box)
        if self.hasFocus():
            painter.setPen(QPen(style.colour("accent"), 2))
            painter.drawRect(room.adjusted(1, 1, -1, -1))
        painter.end()

    def _picture(self, page: int, scale: float) -> QPixmap | None:
        """Return the page as it is wanted, or as it was at another size until that comes."""
        key = (page, round(scale * self.devicePixelRatioF(), 4))
        found = self._pictures.get(key)
        if found is not None:
            self._pictures.move_to_end(key)
            return found
        if key not in self._asked:
            self._asked.add(key)
            self._ask(page, key[1], self._arrived_for(key))
        return next((one for (other, _), one in reversed(self._pictures.items()) if other == page), None)

    def _arrived_for(self, key: tuple[int, float]) -> Callable[[Picture], None]:
        def arrived(picture: Picture) -> None:
            self._asked.discard(key)
            image = QImage(picture.pixels, picture.width, picture.height, picture.stride, QImage.Format.Format_RGB32)
            self._pictures[key] = QPixmap.fromImage(image)  # a copy: the bytes may go
            while len(self._pictures) > KEPT:
                self._pictures.popitem(last=False)
            self._texts[key[0]] = picture.text
            self._say()
            self.viewport().update()

        return arrived

    def _scrolled(self) -> None:
        self._say()
        self.moved.emit()

    def _say(self) -> None:
        text = self._texts.get(self.page, "")
        self.setAccessibleDescription(f"Page {self.page + 1} of {self.count}. {text}" if self._sizes else "")

    def _scale(self) -> float:
        if self._zoom:
            return self._zoom * POINT
        widest = max((width for width, _ in self._sizes), default=595.0)
        return max(0.1, (self.viewport().width() - 2 * GAP) / widest)

    def _tops(self) -> list[float]:
        heights = [height * self._scale() + GAP for _, height in self._sizes]
        return list(accumulate(heights, initial=GAP))[:-1] if heights else []

    def _arrange(self) -> None:
        scale, room = self._scale(), self.viewport().size()
        high = sum(height * scale + GAP for _, height in self._sizes) + GAP
        wide = max((width for width, _ in self._sizes), default=0.0) * scale + 2 * GAP
        for bar, whole, part in (
            (self.verticalScrollBar(), high, room.height()),
            (self.horizontalScrollBar(), wide, room.width()),
        ):
            bar.setRange(0, max(0, int(whole - part)))
            bar.setPageStep(part)
