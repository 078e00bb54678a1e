"""How often each reason is given: the description, and where each part of it lies, in numbers.

A wording is a sentence, so it stands above its bar and has the whole width. The filled bar is the share of those who
were told it first, the outlined one behind it of those who were told it at all; both begin at zero and end at all of them.
"""

from collections.abc import Callable
from dataclasses import dataclass

from gui.charts.ratio import Box
from gui.words import counted, share

PITCH, TEXT, BAR, GAP, AXIS = 46.0, 20.0, 12.0, 10.0, 20.0
LEAST_PLOT = 100.0


@dataclass(frozen=True, slots=True)
class Part:
    """One code: to how many it was told first, and at all."""

    code: str
    text: str
    first: int
    given: int


@dataclass(frozen=True, slots=True)
class Shares:
    """What the chart says."""

    title: str
    parts: tuple[Part, ...]
    of: int
    """All who were told a reason."""

    @property
    def spoken(self) -> str:
        return f"{self.title}, of {counted(self.of, 'person', 'people')}. " + ". ".join(self.lines)

    @property
    def lines(self) -> tuple[str, ...]:
        return tuple(f"{one.code}, {one.text or 'no words'}: {figure(one, self.of)}" for one in self.parts)

    @property
    def height(self) -> float:
        return PITCH * len(self.parts) + AXIS

    def row_at(self, y: float) -> int:
        return int(y // PITCH)


@dataclass(frozen=True, slots=True)
class Row:
    """Where the parts of one code lie."""

    part: Part
    label: Box
    first: Box
    given: Box
    figure: Box
    top: float


@dataclass(frozen=True, slots=True)
class Layout:
    rows: tuple[Row, ...]
    plot: Box
    ticks: tuple[tuple[float, str], ...]


def layout(chart: Shares, width: float, measured: Callable[[str], float]) -> Layout:
    """Return where everything lies in ``width``, given how wide a text is."""
    figures = max((measured(figure(one, chart.of)) for one in chart.parts), default=0.0)
    long = max(LEAST_PLOT, width - figures - GAP)
    whole = max(chart.of, 1)
    rows = []
    for at, one in enumerate(chart.parts):
        top = PITCH * at
        rows.append(
            Row(
                one,
                Box(0, top, width, TEXT),
                Box(0, top + TEXT, long * one.first / whole, BAR),
                Box(0, top + TEXT, long * one.given / whole, BAR),
                Box(long + GAP, top + TEXT - 3, figures, BAR + 6),
                top,
            )
        )
    plot = Box(0, 0, long, PITCH * len(chart.parts))
    return Layout(tuple(rows), plot, tuple((long * at / 4, f"{25 * at} %") for at in range(5)))


def figure(one: Part, of: int) -> str:
    return f"{share(one.first, of)} first, {share(one.given, of)} in all"
