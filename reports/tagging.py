"""What a reader that speaks the page aloud needs: headings, tables with their heads, and drawings with words.

A canvas that has a `Tree` collects what is drawn, in order; one that has none draws the same without marks. Lines, grounds,
heads and feet of pages are artifacts. Nothing is claimed of PDF/UA: no validator for it was at hand.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from pikepdf import Array, Dictionary, Name, Object, Pdf, String
from reportlab.platypus import Flowable, Paragraph, Table

HEADINGS = {"title": "H1", "h1": "H2", "h2": "H3"}
"""By the name of the paragraph's style."""


@dataclass(slots=True)
class Element:
    """A part of the document: its kind, the parts in it, and where its own marks are."""

    tag: str
    words: str = ""
    parts: list["Element"] = field(default_factory=list)
    mark: tuple[int, int] | None = None
    """The page, from 0, and the number of the mark on it."""


@dataclass(slots=True)
class Tree:
    """The document as it is drawn."""

    document: Element = field(default_factory=lambda: Element("Document"))
    inside: list[Element] = field(default_factory=list)
    marks: dict[int, int] = field(default_factory=dict)

    @contextmanager
    def part(self, tag: str, words: str = "") -> Iterator[Element]:
        element = Element(tag, words)
        (self.inside[-1] if self.inside else self.document).parts.append(element)
        self.inside.append(element)
        yield element
        self.inside.pop()

    def number(self, page: int) -> int:
        number = self.marks.get(page, 0)
        self.marks[page] = number + 1
        return number


class TaggedParagraph(Paragraph):  # type: ignore[misc]  # reportlab ships no types
    def draw(self) -> None:
        with content(self.canv, HEADINGS.get(self.style.name, "P")):
            super().draw()


class TaggedTable(Table):  # type: ignore[misc]  # reportlab ships no types
    """A table whose repeated rows are heads; its lines and grounds are artifacts."""

    def draw(self) -> None:
        tree = _tree(self.canv)
        if tree is None:
            super().draw()
            return
        with tree.part("Table") as element:
            super().draw()
        heads = "TH" if self.repeatRows else "TD"
        for row in element.parts[: self.repeatRows or 0]:
            for cell in row.parts:
                cell.tag = heads

    def _drawCell(self, value: Any, style: Any, at: tuple[float, float], size: tuple[float, float]) -> None:  # noqa: N802  reportlab's name
        tree = _tree(self.canv)
        if tree is None:
            super()._drawCell(value, style, at, size)
            return
        element = tree.inside[-1]
        if not element.parts or element.parts[-1].words != f"{at[1]}":
            element.parts.append(Element("TR", f"{at[1]}"))
        tree.inside.append(element.parts[-1])
        with tree.part("TD"):
            super()._drawCell(value, style, at, size)
        tree.inside.pop()

    def _drawBkgrnd(self) -> None:  # noqa: N802  reportlab's name
        with artifact(self.canv):
            super()._drawBkgrnd()

    def _drawLines(self) -> None:  # noqa: N802  reportlab's name
        with artifact(self.canv):
            super()._drawLines()


class Drawing(Flowable):  # type: ignore[misc]  # reportlab ships no types
    """Something drawn, with the words for whoever does not see it."""

    words = ""

    def draw(self) -> None:
        with content(self.canv, "Figure", self.words):
            self.paint()

    def paint(self) -> None:
        """Draw it on ``canv``; each drawing says how."""
        raise AssertionError(f"{type(self).__name__} does not say how it is drawn")


@contextmanager
def content(canvas: Any, tag: str, words: str = "") -> Iterator[None]:
    """Mark what is drawn meanwhile as a part of the document."""
    tree = _tree(canvas)
    if tree is None:
        yield
        return
    page = canvas.getPageNumber() - 1
    with tree.part(tag, words) as element:
        element.mark = (page, tree.number(page))
        canvas._code.append(f"/{tag} <</MCID {element.mark[1]}>> BDC")  # noqa: SLF001  there is no other way in
        yield
        canvas._code.append("EMC")  # noqa: SLF001  the same


@contextmanager
def artifact(canvas: Any) -> Iterator[None]:
    """Mark what is drawn meanwhile as no part of the document."""
    canvas._code.append("/Artifact BMC")  # noqa: SLF001  there is no other way in
    yield
    canvas._code.append("EMC")  # noqa: SLF001  the same


def tagged(pages: bytes, tree: Tree) -> bytes:
    """Return ``pages`` with the tree that their marks belong to."""
    with Pdf.open(BytesIO(pages)) as pdf:
        root = pdf.make_indirect(Dictionary(Type=Name.StructTreeRoot))
        marked: dict[int, dict[int, Object]] = {}
        root.K = Array([_written(pdf, tree.document, root, marked)])
        numbers = Array()
        for page, elements in sorted(marked.items()):
            pdf.pages[page].StructParents = page
            numbers.extend(Array([page, pdf.make_indirect(Array([one for _, one in sorted(elements.items())]))]))
        root.ParentTree = pdf.make_indirect(Dictionary(Nums=numbers))
        root.ParentTreeNextKey = len(pdf.pages)
        pdf.Root.StructTreeRoot = root
        pdf.Root.MarkInfo = Dictionary(Marked=True)
        out = BytesIO()
        pdf.save(out, deterministic_id=True)
        return out.getvalue()


def _written(pdf: Pdf, element: Element, parent: Object, marked: dict[int, dict[int, Object]]) -> Object:
    written = pdf.make_indirect(Dictionary(Type=Name.StructElem, S=Name(f"/{element.tag}"), P=parent))
    if element.tag == "Figure":
        written.Alt = String(element.words)
    if element.tag == "TH":
        written.A = Dictionary(O=Name.Table, Scope=Name.Column)
    if element.mark is None:
        written.K = Array([_written(pdf, one, written, marked) for one in element.parts])
    else:
        page, number = element.mark
        written.Pg = pdf.pages[page].obj
        written.K = number
        marked.setdefault(page, {})[number] = written
    return written


def _tree(canvas: Any) -> Tree | None:
    tree = getattr(canvas, "tree", None)
    return tree if isinstance(tree, Tree) else None
