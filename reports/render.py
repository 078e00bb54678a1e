"""A report as PDF bytes: the same source gives the same bytes, on every machine.

Dates are the record's; no clock is read. What comes out is laid out and nothing more: `pdfa` makes an archive file of it
and `signing` signs that.
"""

from io import BytesIO
from typing import Any

from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate

from reports import extracts, fonts
from reports.extracts import Extract
from reports.layout import BAD, BOTTOM, INK, LINE, MARGIN, PAGE, QUIET, TOP, WIDTH
from reports.pages import SEAL_BOX, pages
from reports.source import ReportSource, Status
from reports.tagging import Tree, artifact, tagged


def render(source: ReportSource | Extract) -> bytes:
    """Return the pages of ``source``; raise `InvalidInput` for what the typefaces cannot write."""
    fonts.register()
    fonts.require_writable(source.texts())
    out = BytesIO()
    document = BaseDocTemplate(
        out, pagesize=PAGE, invariant=1, initialFontName=fonts.REGULAR, title=f"{source.title}, {source.ref}"
    )
    document.addPageTemplates(
        [
            PageTemplate("first", [_frame(SEAL_BOX[3] + 4 * mm)], autoNextPageTemplate="rest"),
            PageTemplate("rest", [_frame(BOTTOM)]),
        ]
    )
    tree = Tree()
    story = extracts.pages(source) if isinstance(source, Extract) else pages(source)
    document.build(story, canvasmaker=lambda *args, **kwargs: _Pages(source, tree, *args, **kwargs))
    return tagged(out.getvalue(), tree)


def _frame(bottom: float) -> Frame:
    height = PAGE[1] - TOP - bottom
    return Frame(MARGIN, bottom, WIDTH, height, leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0)


class _Pages(Canvas):  # type: ignore[misc]  # reportlab ships no types
    """Holds every page until their number is known, then writes head and foot on each."""

    def __init__(self, source: ReportSource | Extract, tree: Tree, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._source, self.tree = source, tree
        self._held: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802  reportlab's name
        self._held.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        for place, held in enumerate(self._held, 1):
            self.__dict__.update(held)
            with artifact(self):
                self._furnish(place, len(self._held))
            super().showPage()
        super().save()

    def _furnish(self, place: int, count: int) -> None:
        source, right = self._source, MARGIN + WIDTH
        head, foot = PAGE[1] - 15 * mm, 13 * mm
        self.setStrokeColor(LINE)
        self.setLineWidth(0.5)
        self.line(MARGIN, head - 6, right, head - 6)
        self.line(MARGIN, foot + 11, right, foot + 11)
        self._say(MARGIN, head, f"{source.ref}  ·  {source.report_id}", fonts.REGULAR)
        marks = [source.status.value.upper(), *(["DEMO"] if source.demo else [])]
        self.setFillColor(INK if source.status is Status.FINAL and not source.demo else BAD)
        self.setFont(fonts.BOLD, 8)
        self.drawRightString(right, head, "  ·  ".join(marks))
        self._say(MARGIN, foot, f"{source.digested} {source.dossier_digest}", fonts.MONO, 6.6)
        self.setFont(fonts.REGULAR, 8)
        self.drawRightString(right, foot, f"{place} of {count}")

    def _say(self, at: float, up: float, words: str, font: str, size: float = 8) -> None:
        self.setFillColor(QUIET)
        self.setFont(font, size)
        self.drawString(at, up, words)
