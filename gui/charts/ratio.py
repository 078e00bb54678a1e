"""A value for each group beside its limit: the description, and where each part of it lies, in numbers.

Bars begin at zero, which is the left end unless something lies below it. The limit has a lane of its own above the rows, labels are measured and never guessed, and the axis ends
below the last row, however high the card is.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from math import ceil, floor, log10

from gui.tones import WORDS, Tone
from gui.words import number

PITCH, LANE, AXIS, BAR = 40.0, 20.0, 22.0, 16.0
GAP, MARK = 12.0, 14.0
LEAST_PLOT = 120.0
LONGEST_LABEL = 150.0


@dataclass(frozen=True, slots=True)
class Bar:
    """One group: its number and interval, if it has one."""

    label: str
    note: str
    value: Decimal | None
    low: Decimal | None
    high: Decimal | None
    tone: Tone
    why: str = ""
    """Why there is no number."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """What the chart says."""

    title: str
    subtitle: str
    bars: tuple[Bar, ...]
    least: Decimal | None
    most: Decimal | None

    @property
    def limit(self) -> str:
        parts = [f"at least {number(self.least)}"] if self.least is not None else []
        parts += [f"at most {number(self.most)}"] if self.most is not None else []
        return ", ".join(parts)

    @property
    def spoken(self) -> str:
        """The chart as a screen reader says it."""
        return f"{self.title}, {self.subtitle}. Limit {self.limit or 'none'}. " + ". ".join(self.lines)

    @property
    def lines(self) -> tuple[str, ...]:
        """Each row as it is said."""
        rows = []
        for bar in self.bars:
            band = f", {number(bar.low)} to {number(bar.high)}" if bar.low is not None else ""
            value = number(bar.value) if bar.value is not None else f"no number{f', {bar.why}' if bar.why else ''}"
            rows.append(f"{bar.label}: {value}{band}, {bar.note}, {WORDS[bar.tone].lower()}")
        return tuple(rows)

    @property
    def height(self) -> float:
        return LANE + PITCH * len(self.bars) + AXIS

    def row_at(self, y: float) -> int:
        return int((y - LANE) // PITCH)


@dataclass(frozen=True, slots=True)
class Box:
    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height

    def meets(self, other: "Box") -> bool:
        return self.x < other.right and other.x < self.right and self.y < other.bottom and other.y < self.bottom


@dataclass(frozen=True, slots=True)
class Row:
    """Where the parts of one group lie."""

    bar: Bar
    label: Box
    note: Box
    fill: Box
    whisker: tuple[float, float] | None
    mark: Box
    figure: Box
    centre: float


@dataclass(frozen=True, slots=True)
class Layout:
    rows: tuple[Row, ...]
    plot: Box
    limits: tuple[tuple[float, str, Box], ...]
    """For each limit: where it stands, what is written above it, and where that is."""
    allowed: Box | None
    ticks: tuple[tuple[float, str], ...]
    height: float


def layout(chart: Ratio, width: float, measured: Callable[[str], float]) -> Layout:
    """Return where everything lies in ``width``, given how wide a text is."""
    wanted = max((max(measured(bar.label), measured(bar.note)) for bar in chart.bars), default=0.0)
    labels = min(wanted, LONGEST_LABEL)
    figures = max((measured(_figure(bar)) for bar in chart.bars), default=0.0)
    left = labels + GAP
    plot_width = max(LEAST_PLOT, width - left - GAP - MARK - 6 - figures)
    top = LANE
    plot = Box(left, top, plot_width, PITCH * len(chart.bars))
    least, most = _ends(chart)

    def x(value: Decimal | float) -> float:
        return left + (min(max(float(value), least), most) - least) / (most - least) * plot_width

    rows = []
    for at, bar in enumerate(chart.bars):
        centre = top + PITCH * at + PITCH / 2
        end = x(bar.value or 0)
        fill = Box(min(x(0), end), centre - BAR / 2, abs(end - x(0)), BAR)
        whisker = (x(bar.low), x(bar.high)) if bar.low is not None and bar.high is not None else None
        rows.append(
            Row(
                bar,
                Box(0, centre - 16, labels, 16),
                Box(0, centre, labels, 15),
                fill,
                whisker,
                Box(plot.right + GAP, centre - MARK / 2, MARK, MARK),
                Box(plot.right + GAP + MARK + 6, centre - 9, figures, 18),
                centre,
            )
        )
    limits = []
    for value, word in ((chart.least, "at least"), (chart.most, "at most")):
        if value is not None:
            text = f"{word} {number(value)}"
            wide = measured(text)
            start = min(max(x(value) - wide / 2, left), plot.right - wide)
            limits.append((x(value), text, Box(start, 0, wide, LANE - 3)))
    from_ = x(chart.least) if chart.least is not None else left
    to = x(chart.most) if chart.most is not None else plot.right
    allowed = Box(from_, top, to - from_, plot.height) if limits else None
    ticks = tuple((x(tick), f"{tick:g}") for tick in _ticks(least, most))
    return Layout(tuple(rows), plot, tuple(limits), allowed, ticks, plot.bottom + AXIS)


def _figure(bar: Bar) -> str:
    return number(bar.value) if bar.value is not None else "no number"


def _ends(chart: Ratio) -> tuple[float, float]:
    """Return where the axis begins and ends, in whole steps around all numbers and zero."""
    numbers = [value for bar in chart.bars for value in (bar.value, bar.low, bar.high) if value is not None]
    numbers += [value for value in (chart.least, chart.most) if value is not None]
    highest, lowest = float(max(numbers, default=Decimal(1))), min(0.0, float(min(numbers, default=Decimal(0))))
    step = _step(max(highest, 0.0) - lowest)
    return step * floor(lowest / step), step * (floor(max(highest, 0.0) / step) + 1)


def _ticks(least: float, most: float) -> list[float]:
    step = _step((most - least) * 0.999)
    return [round(step * at, 9) for at in range(ceil(least / step - 0.01), floor(most / step + 0.01) + 1)]


def _step(span: float) -> float:
    """Return the least of 1, 2 and 5 and their tenths and tens of which six are enough."""
    power = floor(log10(span / 6)) if span > 0 else -1
    sizes = [digit * 10.0**more for more in (power, power + 1) for digit in (1, 2, 5)]
    return next(size for size in sizes if span / size <= 6)
