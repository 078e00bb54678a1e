"""From the reference to one case, a step for each group: the description, and where each part of it lies, in numbers.

Steps go from the largest to the smallest, each from where the one before ended, so that their sum can be seen. The two
ends have a lane of their own below, where their names do not meet.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from gui.charts.ratio import Box
from gui.words import number, signed

PITCH, BAR, GAP, LANE = 30.0, 15.0, 12.0, 38.0
LEAST_PLOT = 120.0
LONGEST_LABEL = 170.0


@dataclass(frozen=True, slots=True)
class Step:
    """What one group adds; ``against`` says whether it goes towards a decline."""

    label: str
    value: Decimal
    against: bool
    error: Decimal | None = None
    """The standard error, where the value was sampled."""

    @property
    def spoken(self) -> str:
        sure = f" \u00b1 {number(self.error, 4)}" if self.error is not None else ""
        return f"{self.label}: {signed(self.value)}{sure}, towards {'a decline' if self.against else 'approval'}"


@dataclass(frozen=True, slots=True)
class Steps:
    """What the chart says."""

    title: str
    steps: tuple[Step, ...]
    start: Decimal
    end: Decimal
    unit: str

    @property
    def spoken(self) -> str:
        return f"{self.title}, in {self.unit}. {self.starts}, {self.ends}. " + ". ".join(self.lines)

    @property
    def lines(self) -> tuple[str, ...]:
        return tuple(one.spoken for one in self.steps)

    @property
    def starts(self) -> str:
        return f"reference {signed(self.start)}"

    @property
    def ends(self) -> str:
        return f"this case {signed(self.end)}"

    @property
    def height(self) -> float:
        return PITCH * len(self.steps) + LANE

    def row_at(self, y: float) -> int:
        return int(y // PITCH)


@dataclass(frozen=True, slots=True)
class Row:
    """Where one step lies."""

    step: Step
    label: Box
    fill: Box
    figure: Box
    centre: float
    ends: float
    """Where the next one begins."""
    whisker: tuple[float, float] | None = None
    """From two errors below where it ends to two above."""


@dataclass(frozen=True, slots=True)
class Layout:
    rows: tuple[Row, ...]
    plot: Box
    marks: tuple[tuple[float, str, Box], ...]
    """For the reference and the case: where they stand, what is written below, and where that is."""


def layout(chart: Steps, width: float, measured: Callable[[str], float]) -> Layout:
    """Return where everything lies in ``width``, given how wide a text is."""
    labels = min(max((measured(one.label) for one in chart.steps), default=0.0), LONGEST_LABEL)
    figures = max((measured(signed(one.value)) for one in chart.steps), default=0.0)
    left = labels + GAP
    long = max(LEAST_PLOT, width - left - figures - GAP)
    stops = [float(chart.start)]
    for one in chart.steps:
        stops.append(stops[-1] + float(one.value))
    low, high = min(*stops, float(chart.end)), max(*stops, float(chart.end))
    reach = high - low or 1.0

    def x(value: float) -> float:
        return left + (value - low) / reach * long

    rows = []
    for at, one in enumerate(chart.steps):
        centre, start, end = PITCH * at + PITCH / 2, x(stops[at]), x(stops[at + 1])
        rows.append(
            Row(
                one,
                Box(0, centre - 9, labels, 18),
                Box(min(start, end), centre - BAR / 2, abs(end - start), BAR),
                Box(max(start, end) + GAP / 2, centre - 9, figures, 18),
                centre,
                end,
                (end - 2 * reach_of, end + 2 * reach_of)
                if (reach_of := float(one.error or 0) / reach * long)
                else None,
            )
        )
    bottom = PITCH * len(chart.steps)
    marks = []
    for value, text, lane in ((chart.start, chart.starts, 0), (chart.end, chart.ends, 1)):
        wide = measured(text)
        begins = min(max(x(float(value)) - wide / 2, 0.0), width - wide)
        marks.append((x(float(value)), text, Box(begins, bottom + 4 + 17 * lane, wide, 16)))
    return Layout(tuple(rows), Box(left, 0, long, bottom), tuple(marks))
