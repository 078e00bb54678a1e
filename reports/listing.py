"""The appendix: each policy that judged, whole, with numbered lines and where each rule of it is written."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.platypus import CondPageBreak, Flowable, Spacer

from reports import fonts
from reports.clauses import Rules
from reports.layout import ACCENT, H1, H2, INK, QUIET, SMALL, WASH, WIDTH, code, text
from reports.parts import Page
from reports.source import ReportSource
from reports.tagging import artifact, content

SIZE, LEADING = 7.2, 9.6
PADDING = 6.0
NUMBERS = 11 * mm
PLACES = 44 * mm
WORDS = WIDTH - NUMBERS - PLACES - 4 * mm
FEWEST = 4
"""No page has fewer rows of a listing than this, nor leaves fewer to the next."""
_INDENT = 4
"""By so many spaces more than its first row, a line goes on."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of paper: a line, or what did not fit on the row before."""

    number: str
    words: str
    place: str
    face: str = fonts.MONO


def appendix(source: ReportSource) -> Page:
    if not source.rules:
        return []
    said = "What was judged by: parameters filled in, packs laid under. On the right is the line of what was adopted on which each rule begins: findings name it."
    page: Page = [CondPageBreak(60 * mm), text("Appendix: the policies in full", H1), text(said, SMALL)]
    for one in source.rules:
        head = [CondPageBreak(40 * mm), text(one.name, H2), code(str(one.digest))]
        page += [*head, Spacer(0, 4), Listing(tuple(rows(one)))]
    return page


class Listing(Flowable):  # type: ignore[misc]  # reportlab ships no types
    """Rows of one height on a light ground, which go on over as many pages as they need."""

    def __init__(self, listed: tuple[Row, ...]) -> None:
        super().__init__()
        self.rows = listed
        self.width, self.height = WIDTH, len(listed) * LEADING + 2 * PADDING

    def wrap(self, *_: Any) -> tuple[float, float]:
        return self.width, self.height

    def split(self, _: float, height: float) -> list[Flowable]:
        fit = int((height - 2 * PADDING) // LEADING)
        fit = min(fit, len(self.rows) - FEWEST)
        return [] if fit < FEWEST else [Listing(self.rows[:fit]), Listing(self.rows[fit:])]

    def draw(self) -> None:
        canvas = self.canv
        with artifact(canvas):
            canvas.setFillColor(WASH)
            canvas.rect(0, 0, self.width, self.height, stroke=0, fill=1)
        for down, row in enumerate(self.rows, 1):
            up = self.height - PADDING - down * LEADING + LEADING - SIZE
            with content(canvas, "P"):
                canvas.setFillColor(QUIET)
                canvas.setFont(fonts.MONO, SIZE)
                canvas.drawRightString(NUMBERS - 2 * mm, up, row.number)
                canvas.setFillColor(INK)
                canvas.setFont(row.face, SIZE)
                canvas.drawString(NUMBERS, up, row.words)
                canvas.setFillColor(ACCENT)
                canvas.setFont(fonts.MONO, SIZE)
                canvas.drawString(WIDTH - PLACES, up, row.place)


def rows(rules: Rules) -> Iterator[Row]:
    """Yield the rows of a policy's text, none of them wider than the paper."""
    places: dict[int, list[str]] = {}
    for begun, place in rules.places:
        places.setdefault(begun, []).append(place)
    for number, line in enumerate(rules.lines, 1):
        words = unicodedata.normalize("NFC", line).replace("\t", " ")
        face = _face(words)
        beside = [part for place in places.get(number, ()) for part in wrapped(place, PLACES - PADDING, fonts.MONO, "")]
        listed = zip_longest(wrapped(words, WORDS, face, _margin(words)), beside, fillvalue="")
        for at, (part, place) in enumerate(listed):
            yield Row("" if at else str(number), part, place, face)


def wrapped(line: str, room: float, face: str, margin: str) -> list[str]:
    """Return ``line`` in parts of at most ``room`` points, broken at spaces where there are any."""
    parts, rest = [], line.rstrip()
    while len(rest) > _WIDEST or fonts.width(rest, face, SIZE) > room:
        most = _most(rest, face, room)
        space = rest.rfind(" ", len(margin) + 1, most + 1)
        at = space if space > most // 2 else most
        parts.append(rest[:at].rstrip())
        rest = margin + rest[at:].lstrip(" ")
    return [*parts, rest]


_WIDEST = 400
"""More characters than fit on a row in any face."""
_DEEPEST = 40
"""Spaces that a row may begin with that goes on."""


def _margin(line: str) -> str:
    return " " * min(len(line) - len(line.lstrip(" ")) + _INDENT, _DEEPEST)


def _most(rest: str, face: str, room: float) -> int:
    """Return how many characters of ``rest`` fit."""
    low, high = 1, min(len(rest), _WIDEST)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fonts.width(rest[:middle], face, SIZE) <= room else (low, middle - 1)
    return low


def _face(words: str) -> str:
    """Return the face that tells 0 from O, where it can write the words."""
    known = pdfmetrics.getFont(fonts.MONO).face.charToGlyph
    return fonts.MONO if all(ord(char) in known for char in words) else fonts.REGULAR
