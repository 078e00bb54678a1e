"""The look of a report: one grid, one scale of type, few colours, and no meaning that needs them."""

from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.platypus import Flowable, Paragraph, Table, TableStyle

from reports import fonts
from reports.source import Verdict
from reports.tagging import TaggedParagraph, TaggedTable

PAGE = A4
MARGIN = 20 * mm
TOP, BOTTOM = 27 * mm, 22 * mm
WIDTH = PAGE[0] - 2 * MARGIN

INK, QUIET, LINE, WASH = HexColor("#16191d"), HexColor("#59616c"), HexColor("#cfd5dc"), HexColor("#f4f6f8")
ACCENT, GOOD, BAD, CARE = HexColor("#1d4f91"), HexColor("#1a6b42"), HexColor("#a8241b"), HexColor("#7a5200")


def _style(name: str, size: float, leading: float, **more: Any) -> ParagraphStyle:
    font = more.pop("fontName", fonts.REGULAR)
    return ParagraphStyle(
        name,
        fontName=font,
        bulletFontName=font,
        fontSize=size,
        leading=leading,
        textColor=more.pop("textColor", INK),
        **more,
    )


BODY = _style("body", 9.5, 14, spaceAfter=5)
CELL = _style("cell", 8.5, 11.5)
STRONG = _style("strong", 9.5, 13, fontName=fonts.BOLD)
NUMBER = _style("number", 8.5, 11.5, alignment=2)
HEAD = _style("head", 7.5, 10, textColor=QUIET, fontName=fonts.BOLD)
HEAD_RIGHT = _style("head right", 7.5, 10, textColor=QUIET, fontName=fonts.BOLD, alignment=2)
SMALL = _style("small", 8, 11, textColor=QUIET)
CODE = _style("code", 7.6, 11, fontName=fonts.MONO)
EYEBROW = _style("eyebrow", 8.5, 12, textColor=ACCENT, fontName=fonts.BOLD, spaceAfter=3)
TITLE = _style("title", 25, 30, fontName=fonts.BOLD, spaceAfter=4)
LEAD = _style("lead", 12, 17, textColor=QUIET, spaceAfter=12)
VERDICT = _style("verdict", 17, 22, fontName=fonts.BOLD, spaceAfter=6)
H1 = _style("h1", 15, 19, fontName=fonts.BOLD, spaceBefore=20, spaceAfter=8, keepWithNext=1)
H2 = _style("h2", 10.5, 14, fontName=fonts.BOLD, spaceBefore=12, spaceAfter=4, keepWithNext=1)
ITEM = _style("item", 9.5, 14, leftIndent=14, bulletIndent=1, spaceAfter=3)

MARKS = {
    Verdict.PASS: ("✓", GOOD),
    Verdict.WARN: ("▲", CARE),
    Verdict.FAIL: ("✗", BAD),
    Verdict.INCONCLUSIVE: ("◇", CARE),
    Verdict.NOT_MEASURED: ("○", BAD),
    Verdict.WAIVED: ("□", CARE),
    Verdict.NOT_APPLICABLE: ("–", QUIET),
}
"""Each verdict has a shape of its own beside its word and its colour."""


def text(content: str, style: ParagraphStyle = BODY, **more: Any) -> Paragraph:
    """Return ``content`` as it is: nothing in it is markup."""
    return TaggedParagraph(escape(fonts.printed(content)), style, **more)


def short(words: str) -> str:
    """Return words that may be of any length as far as a page shows them; report.json has the rest."""
    return words if len(words) <= _LETTERS else f"{words[:_LETTERS]}…"


_LETTERS = 500


def code(content: str, style: ParagraphStyle = CODE) -> Paragraph:
    """Return ``content`` with its lines kept, in a face that tells 0 from O as far as that face can write it."""
    known = pdfmetrics.getFont(fonts.MONO).face.charToGlyph
    lines = "<br/>".join(escape(line) for line in content.splitlines())
    if all(ord(char) in known for char in content if char != "\n"):
        return TaggedParagraph(lines, style)
    return TaggedParagraph(f'<font name="{fonts.REGULAR}">{lines}</font>', style)


def item(content: str, mark: str = "–") -> Paragraph:
    return TaggedParagraph(escape(fonts.printed(content)), ITEM, bulletText=mark)


def verdict(word: Verdict, style: ParagraphStyle = CELL) -> Paragraph:
    mark, colour = MARKS[word]
    said = word.replace("_", " ")
    return TaggedParagraph(
        f'<font name="{fonts.BOLD}" color="{colour.hexval().replace("0x", "#")}">{mark}\N{NO-BREAK SPACE}{said}</font>',
        style,
    )


def facts(rows: Sequence[tuple[str, Flowable | str]], width: float = WIDTH, name_width: float = 36 * mm) -> Table:
    """Return names and values in two columns."""
    cells = [[text(name, SMALL), text(value, CELL) if isinstance(value, str) else value] for name, value in rows]
    rules = [("LINEBELOW", (0, 0), (-1, -1), 0.4, LINE), ("LINEABOVE", (0, 0), (-1, 0), 0.4, LINE)]
    return table(cells, [name_width, width - name_width], *rules)


def grid(
    heads: Sequence[str | Flowable],
    rows: Sequence[Sequence[Flowable]],
    widths: Sequence[float],
    right: Sequence[int] = (),
    commands: Sequence[tuple[Any, ...]] = (),
) -> Table:
    """Return a table with a heading row that is repeated on every page."""
    head = [
        text(name, HEAD_RIGHT if place in right else HEAD) if isinstance(name, str) else name
        for place, name in enumerate(heads)
    ]
    return table(
        [head, *rows],
        widths,
        ("VALIGN", (0, 0), (-1, 0), "BOTTOM"),
        ("LINEBELOW", (0, 0), (-1, 0), 0.8, INK),
        ("LINEBELOW", (0, 1), (-1, -1), 0.4, LINE),
        *commands,
        repeated=1,
    )


def panel(content: Sequence[Flowable], width: float = WIDTH) -> Table:
    """Return ``content`` on a light ground."""
    ground = ("BACKGROUND", (0, 0), (-1, -1), WASH)
    padding = [(f"{side}PADDING", (0, 0), (-1, -1), 9) for side in ("LEFT", "RIGHT", "TOP", "BOTTOM")]
    return table([[list(content)]], [width], ground, *padding)


def table(
    cells: Sequence[Sequence[Any]], widths: Sequence[float], *commands: tuple[Any, ...], repeated: int = 0
) -> Table:
    """Return ``cells`` without lines; every table names its typeface, or reportlab brings in Helvetica for each cell."""
    return TaggedTable(
        [list(row) for row in cells],
        colWidths=list(widths),
        repeatRows=repeated,
        style=TableStyle(
            [
                ("FONT", (0, 0), (-1, -1), fonts.REGULAR, 8.5),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("RIGHTPADDING", (0, 0), (-2, -1), 9),
                ("RIGHTPADDING", (-1, 0), (-1, -1), 0),
                ("TOPPADDING", (0, 0), (-1, -1), 3.5),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 4.5),
                *commands,
            ]
        ),
        hAlign="LEFT",
    )
