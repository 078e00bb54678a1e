"""Mean score against share of positives, a point for each bin: the description, and where each part of it lies, in numbers.

What is well calibrated lies on the diagonal; the larger a point, the more rows, and its whisker is where the share lies
in 95 of 100.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from math import sqrt

from gui.charts.ratio import Box
from gui.words import grouped, number

AXIS, NAME, TOP, SIDE, LEAST_SIDE = 22.0, 20.0, 8.0, 300.0, 160.0
SMALLEST, LARGEST = 3.0, 10.0
STEPS = 5
ENDS = (0.2, 0.5, 1.0)
"""Where the axes may end: their fifths are round."""


@dataclass(frozen=True, slots=True)
class Point:
    """One bin."""

    label: str
    n: int
    positives: int
    score: Decimal
    share: Decimal
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Curve:
    """What the chart says."""

    title: str
    points: tuple[Point, ...]

    @property
    def spoken(self) -> str:
        return f"{self.title}, {grouped(sum(one.n for one in self.points))} rows. " + ". ".join(self.lines)

    @property
    def lines(self) -> tuple[str, ...]:
        return tuple(
            f"scores {one.label}: mean score {number(one.score)}, share of positives {number(one.share)}, "
            f"{number(Decimal(one.low))} to {number(Decimal(one.high))}, n = {grouped(one.n)}"
            for one in self.points
        )

    @property
    def height(self) -> float:
        return TOP + SIDE + AXIS + NAME

    def row_at(self, _: float) -> int:
        return -1


@dataclass(frozen=True, slots=True)
class Dot:
    """Where one bin lies."""

    point: Point
    x: float
    y: float
    radius: float
    whisker: tuple[float, float]
    """From its upper end to its lower."""


@dataclass(frozen=True, slots=True)
class Layout:
    dots: tuple[Dot, ...]
    plot: Box
    ticks: tuple[tuple[float, str], ...]
    """Along both axes: how far from the corner, and what is written there."""
    names: tuple[Box, Box]
    """Where the two axes are named: below, and above on the left."""


def layout(chart: Curve, width: float, measured: Callable[[str], float]) -> Layout:
    """Return where everything lies in ``width``, given how wide a text is."""
    left = measured("0.99") + 8
    across = max(LEAST_SIDE, min(width - left - LARGEST, SIDE * 1.7))
    plot = Box(left, TOP + NAME, across, SIDE - NAME)
    far = max((max(float(one.score), float(one.share)) for one in chart.points), default=1.0)
    most = next((end for end in ENDS if far <= end), 1.0)
    largest = max((one.n for one in chart.points), default=1)

    def x(value: float) -> float:
        return plot.x + min(value, most) / most * plot.width

    def y(value: float) -> float:
        return plot.bottom - min(value, most) / most * plot.height

    dots = tuple(
        Dot(
            one,
            x(float(one.score)),
            y(float(one.share)),
            SMALLEST + (LARGEST - SMALLEST) * sqrt(one.n / largest),
            (y(one.high), y(one.low)),
        )
        for one in chart.points
    )
    ticks = tuple((at / STEPS, f"{most * at / STEPS:g}") for at in range(STEPS + 1))
    below = Box(plot.x, plot.bottom + AXIS - 2, plot.width, NAME - 2)
    return Layout(dots, plot, ticks, (below, Box(0, 0, measured("Share of positives"), NAME)))
