"""A PDF as pictures; PDFium is not made for threads, so everything here is asked by one worker."""

from typing import TYPE_CHECKING, Any

from gui.sights import Picture

if TYPE_CHECKING:
    from typing import Self

MOST_PIXELS = 3600
"""On a side: what a page is enlarged to, and no further."""


class Pages:
    """An open PDF."""

    def __init__(self, document: Any) -> None:
        self._document = document
        self.sizes: tuple[tuple[float, float], ...] = tuple(page.get_size() for page in document)

    @classmethod
    def open(cls, content: bytes) -> "Self":
        import pypdfium2  # noqa: PLC0415  a library of 7 MB that only an export needs

        return cls(pypdfium2.PdfDocument(content))

    def picture(self, page: int, scale: float) -> Picture:
        """Return a page, ``scale`` pixels to a point of paper."""
        width, height = self.sizes[page]
        found = self._document[page]
        drawn = found.render(scale=min(scale, MOST_PIXELS / max(width, height)), prefer_bgrx=True)
        text = found.get_textpage().get_text_bounded()
        return Picture(drawn.width, drawn.height, drawn.stride, bytes(drawn.buffer), text)

    def close(self) -> None:
        self._document.close()
