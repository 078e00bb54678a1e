"""The one chart: every group's value with its interval, drawn in the row of the table that holds its numbers.

It needs no colour: a point within the limit is a filled circle, one beyond it a hollow diamond, and a group without a
number has none and says why.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Table

from reports import source
from reports.layout import ACCENT, CELL, HEAD, INK, LINE, NUMBER, QUIET, SMALL, WIDTH, grid, text
from reports.tagging import Drawing
from reports.values import number

PLOT = 64 * mm
SHARE = 40 * mm
ROW = 12.5
_TICKS = 5


@dataclass(frozen=True, slots=True)
class Scale:
    """From values to points across the plot."""

    low: Decimal
    high: Decimal
    step: Decimal

    @classmethod
    def over(cls, numbers: Sequence[Decimal]) -> "Scale":
        """Return the scale that holds ``numbers`` between round ticks."""
        low, high = min(numbers), max(numbers)
        if Decimal(0) <= low and high <= 1:
            low = Decimal(0)
        span = (high - low) or Decimal(1)
        step = next(
            unit
            for unit in (Decimal(digit).scaleb(span.adjusted() + power) for power in (-2, -1, 0) for digit in (1, 2, 5))
            if unit * _TICKS >= span
        )
        return cls((low / step).__floor__() * step, (high / step).__ceil__() * step, step)

    def __call__(self, number: Decimal, width: float) -> float:
        return float((number - self.low) / ((self.high - self.low) or Decimal(1))) * width

    def ticks(self) -> list[Decimal]:
        count = int((self.high - self.low) / self.step)
        return [self.low + place * self.step for place in range(count + 1)]


class Whisker(Drawing):
    """One row of the plot."""

    def __init__(self, row: source.Row, scale: Scale, table: source.Table) -> None:
        super().__init__()
        self.row, self.scale, self.is_ceiling = row, scale, table.is_ceiling
        self.limit = None if table.limit is None else Decimal(table.limit)
        self.width, self.height = PLOT, ROW
        self.words = f"{row.value}, from {row.low} to {row.high}"

    def wrap(self, *_: Any) -> tuple[float, float]:
        return self.width, self.height

    def paint(self) -> None:
        canvas, middle = self.canv, self.height / 2
        canvas.setLineWidth(0.35)
        canvas.setStrokeColor(LINE)
        for tick in self.scale.ticks():
            at = self.scale(tick, PLOT)
            canvas.line(at, -4.5, at, self.height + 4)
        if self.limit is not None:
            at = self.scale(self.limit, PLOT)
            canvas.setStrokeColor(INK)
            canvas.setLineWidth(0.9)
            canvas.setDash(3, 2)
            canvas.line(at, -4.5, at, self.height + 4)
            canvas.setDash()
        if self.row.value is not None:
            self._point(canvas, Decimal(self.row.value), middle)

    def _point(self, canvas: Any, value: Decimal, middle: float) -> None:
        canvas.setStrokeColor(ACCENT)
        canvas.setLineWidth(1.2)
        if self.row.low is not None and self.row.high is not None:
            low, high = (self.scale(Decimal(end), PLOT) for end in (self.row.low, self.row.high))
            canvas.line(low, middle, high, middle)
            for end in (low, high):
                canvas.line(end, middle - 2.4, end, middle + 2.4)
        at = self.scale(value, PLOT)
        if self.limit is not None and (value > self.limit if self.is_ceiling else value < self.limit):
            path = canvas.beginPath()
            path.moveTo(at - 3.6, middle)
            for across, up in ((at, middle + 3.6), (at + 3.6, middle), (at, middle - 3.6)):
                path.lineTo(across, up)
            path.close()
            canvas.setFillGray(1)
            canvas.drawPath(path, stroke=1, fill=1)
        else:
            canvas.setFillColor(ACCENT)
            canvas.circle(at, middle, 2.4, stroke=0, fill=1)


class Axis(Drawing):
    """The ticks above the plot, and the limit's name."""

    def __init__(self, scale: Scale, limit: str | None) -> None:
        super().__init__()
        self.scale, self.limit = scale, limit
        self.width, self.height = PLOT, 20
        self.words = f"from {scale.low:f} to {scale.high:f}" + (f", limit {number(limit)}" if limit else "")

    def wrap(self, *_: Any) -> tuple[float, float]:
        return self.width, self.height

    def paint(self) -> None:
        canvas = self.canv
        canvas.setFont(HEAD.fontName, 7)
        canvas.setFillColor(QUIET)
        for tick in self.scale.ticks():
            _label(canvas, self.scale(tick, PLOT), 1, f"{tick.normalize():f}")
        if self.limit is not None:
            canvas.setFillColor(INK)
            _label(canvas, self.scale(Decimal(self.limit), PLOT), 12, f"limit {number(self.limit)}")


class Share(Drawing):
    """A bar as long as a part of a whole, with the part in hundredths."""

    def __init__(self, part: int, whole: int, words: str) -> None:
        super().__init__()
        self.part = Decimal(part) / whole if whole else Decimal(0)
        self.width, self.height, self.words = SHARE, ROW, words

    def wrap(self, *_: Any) -> tuple[float, float]:
        return self.width, self.height

    def paint(self) -> None:
        canvas, room = self.canv, SHARE - 30
        canvas.setFillColor(LINE)
        canvas.rect(0, 2.5, room, 6, stroke=0, fill=1)
        canvas.setFillColor(ACCENT)
        canvas.rect(0, 2.5, room * float(self.part), 6, stroke=0, fill=1)
        canvas.setFillColor(INK)
        canvas.setFont(HEAD.fontName, 7.5)
        canvas.drawRightString(SHARE, 3, f"{self.part:.1%}".replace("%", " %"))


def plotted(table: source.Table, alike: Sequence[source.Table]) -> Table:
    """Return the table with its plot beside the numbers, on the one axis of all that measure the same."""
    scale = Scale.over(
        [
            Decimal(text)
            for one in alike
            for row in one.rows
            for text in (row.value, row.low, row.high, one.limit)
            if text is not None
        ]
        or [Decimal(0), Decimal(1)]
    )
    widths = [32 * mm, 14 * mm, 20 * mm, 37 * mm, WIDTH - 103 * mm]
    rows: list[list[Flowable]] = [
        [
            text(row.group, CELL),
            text(f"{row.n:,}", NUMBER),
            text(number(row.value), NUMBER),
            text(interval(row.low, row.high), NUMBER),
            Whisker(row, scale, table) if row.value is not None else text(row.status, SMALL),
        ]
        for row in table.rows
    ]
    return grid(
        [table.by or "group", "n", "value", "interval", Axis(scale, table.limit)], rows, widths, right=(1, 2, 3)
    )


def interval(low: str | None, high: str | None) -> str:
    return "–" if low is None or high is None else f"{number(low)} to {number(high)}"


def _label(canvas: Any, at: float, up: float, words: str) -> None:
    """Write ``words`` centred over ``at``, but never beyond the plot's edges."""
    half = canvas.stringWidth(words, HEAD.fontName, 7) / 2
    canvas.drawCentredString(min(max(at, half), PLOT - half), up, words)
