"""A column by its bins, then and now: the description, and where each part of it lies, in numbers.

The outlined bar is the share of rows that a bin had, the filled one below it the share that it has; both begin at zero.
"""

from collections.abc import Callable
from dataclasses import dataclass

from gui.charts.ratio import Box
from gui.words import counted, grouped, share

PITCH, BAR, GAP, LANE = 34.0, 9.0, 12.0, 22.0
LEAST_PLOT = 100.0
LONGEST_LABEL = 170.0


@dataclass(frozen=True, slots=True)
class Part:
    """One bin: how many rows it had, and has."""

    label: str
    then: int
    now: int


@dataclass(frozen=True, slots=True)
class Parts:
    """What the chart says."""

    title: str
    parts: tuple[Part, ...]
    totals: tuple[int, int]

    @property
    def spoken(self) -> str:
        then, now = self.totals
        return f"{self.title}, {counted(then, 'row')} then and {grouped(now)} now. " + ". ".join(self.lines)

    @property
    def lines(self) -> tuple[str, ...]:
        return tuple(f"{one.label}: {self.figure(one)}" for one in self.parts)

    @property
    def height(self) -> float:
        return LANE + PITCH * len(self.parts)

    def figure(self, one: Part) -> str:
        return f"{share(one.then, self.totals[0])} then, {share(one.now, self.totals[1])} now"

    def row_at(self, y: float) -> int:
        return int((y - LANE) // PITCH)


@dataclass(frozen=True, slots=True)
class Row:
    """Where the parts of one bin lie."""

    part: Part
    label: Box
    then: Box
    now: Box
    figure: Box
    top: float


@dataclass(frozen=True, slots=True)
class Layout:
    rows: tuple[Row, ...]
    plot: Box
    key: tuple[tuple[Box, str, Box], ...]
    """What the two bars are: a sample of each, its word, and where that is."""


def layout(chart: Parts, width: float, measured: Callable[[str], float]) -> Layout:
    """Return where everything lies in ``width``, given how wide a text is."""
    labels = min(max((measured(one.label) for one in chart.parts), default=0.0), LONGEST_LABEL)
    figures = max((measured(chart.figure(one)) for one in chart.parts), default=0.0)
    left = labels + GAP
    long = max(LEAST_PLOT, width - left - figures - GAP)
    shares = [(one.then / (chart.totals[0] or 1), one.now / (chart.totals[1] or 1)) for one in chart.parts]
    most = max((part for pair in shares for part in pair), default=1.0) or 1.0
    rows = []
    for at, (one, (then, now)) in enumerate(zip(chart.parts, shares, strict=True)):
        top = LANE + PITCH * at
        middle = top + PITCH / 2
        rows.append(
            Row(
                one,
                Box(0, middle - 9, labels, 18),
                Box(left, middle - BAR - 1, long * then / most, BAR),
                Box(left, middle + 1, long * now / most, BAR),
                Box(left + long + GAP, middle - 9, figures, 18),
                top,
            )
        )
    first = Box(left, 5, 18, BAR)
    then_ = Box(first.right + 6, 0, measured("then"), LANE - 4)
    second = Box(then_.right + 16, 5, 18, BAR)
    now_ = Box(second.right + 6, 0, measured("now"), LANE - 4)
    return Layout(
        tuple(rows),
        Box(left, LANE, long, PITCH * len(chart.parts)),
        ((first, "then", then_), (second, "now", now_)),
    )
