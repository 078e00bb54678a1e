"""The public summary of a bias audit (NYC Local Law 144, 6 RCNY 5-303), from recorded evidence; it judges nothing.

Every category is printed with its number, also the smallest; who is of no known category is counted and in no ratio.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from reportlab.lib.units import mm
from reportlab.platypus import Flowable, KeepTogether, Spacer

from reports.chart import Share, interval
from reports.layout import BODY, CELL, H1, H2, NUMBER, SMALL, WIDTH, facts, grid, text
from reports.parts import Page
from reports.values import number, require_numbers

NOTHING = "not computable"


@dataclass(frozen=True, slots=True)
class Category:
    name: str
    n: int
    selected: int
    rate: str | None
    low: str | None
    high: str | None
    ratio: str | None
    """The rate over the highest rate of the table; none where nobody was selected."""
    share: str
    """Of all who are of a known category."""
    note: str = ""

    def __post_init__(self) -> None:
        require_numbers(self.rate, self.low, self.high, self.ratio, self.share)


@dataclass(frozen=True, slots=True)
class Breakdown:
    """Everybody by sex, by race/ethnicity, or by both."""

    title: str
    by: str
    """The attributes as the policy names them."""
    categories: tuple[Category, ...]
    unknown: int
    undecided: int
    is_scoring: bool = False
    """Selected is who scored above the median of all, where the tool decides nobody."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What the law wants published, and what of it is not on record."""

    known: tuple[tuple[str, str], ...]
    breakdowns: tuple[Breakdown, ...]
    missing: tuple[str, ...]


def pages(summary: Summary) -> Page:
    return [*_head(summary), *(one for of in summary.breakdowns for one in _breakdown(of)), *_notes()]


def _head(summary: Summary) -> Page:
    page: Page = [text("Summary of results", H1), facts(list(summary.known))]
    if summary.missing:
        said = "What is published has to have it; nothing was put in its place: " + "; ".join(summary.missing) + "."
        page += [text("Not on record", H2), text(said, BODY)]
    return page


def _breakdown(of: Breakdown) -> Iterator[Flowable]:
    what, rate = ("above", "scoring") if of.is_scoring else ("selected", "selection")
    rows: list[list[Flowable]] = [
        [
            [text(one.name, CELL), *([text(one.note, SMALL)] if one.note else [])],
            text(f"{one.n:,}", NUMBER),
            text(f"{one.selected:,}", NUMBER),
            [text(number(one.rate), NUMBER), text(interval(one.low, one.high), _FAINT)],
            text(number(one.ratio) if one.ratio is not None else NOTHING, NUMBER),
            Share(one.selected, one.n, f"{one.name}: {one.selected} of {one.n} {what}"),
        ]
        for one in of.categories
    ]
    widths = [34 * mm, 17 * mm, 15 * mm, 34 * mm, 26 * mm, WIDTH - 126 * mm]
    heads = ["category", "applicants", what, f"{rate} rate", "impact ratio", f"share {what}"]
    unknown = f"{of.unknown:,} more are of no known category; they are in no rate and in no ratio."
    if of.undecided:
        unknown += (
            f" {of.undecided:,} have no score." if of.is_scoring else f" About {of.undecided:,} nothing was decided."
        )
    block = [text(of.title, H2), text(f"By {of.by}, as recorded.", SMALL), Spacer(0, 4)]
    yield KeepTogether([*block, grid(heads, rows, widths, right=(1, 2, 3, 4)), Spacer(0, 3), text(unknown, SMALL)])


def _notes() -> Page:
    said = (
        "Selection rate: those selected over all who applied. Scoring rate: those with a score above the median of the whole "
        "sample, people of no known category included, over all with a score. Impact ratio: the rate of a category over the highest rate "
        "in the same table. Digits beyond those shown (…) are in the attachment; nothing is rounded. The interval "
        "below a rate (Wilson, 95 %) and the remark on small numbers are more than the rule asks for. No category is left out, and no "
        "ratio is judged. Whoever publishes this answers for its being complete; the auditor is who measured, not the software."
    )
    return [text("How to read it", H2), text(said, BODY)]


_FAINT = NUMBER.clone("number faint", fontSize=7, leading=9, textColor=SMALL.textColor)
