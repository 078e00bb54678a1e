"""The drawings of bins: scores against what came true, and a column then and now; neither needs colour.

What is drawn stands in the table beside it.
"""

from collections.abc import Sequence
from math import sqrt
from typing import Any

from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Spacer, Table

from reports.layout import ACCENT, CELL, HEAD, INK, LINE, NUMBER, QUIET, SMALL, WIDTH, grid, table, text
from reports.plots import Curve, Shift
from reports.tagging import Drawing
from reports.values import number

SIDE = 54 * mm
BARS = 62 * mm
_STEPS = 5
_ENDS = (0.2, 0.5, 1.0)
"""Where the axes may end: their fifths are round."""
_ROW = 15.0


class Diagonal(Drawing):
    """Mean score across, share of positives up; a circle for each bin, the larger the more rows, with a whisker."""

    def __init__(self, curve: Curve) -> None:
        super().__init__()
        self.curve = curve
        self.width, self.height = SIDE + 28, SIDE + 30
        said = "; ".join(f"{one.name}: {number(one.score)} and {number(one.share)}" for one in curve.tenths)
        self.words = f"mean score and share of positives by bin: {said}"

    def wrap(self, *_: Any) -> tuple[float, float]:
        return self.width, self.height

    def paint(self) -> None:
        canvas, left, bottom = self.canv, 26.0, 24.0
        far = max(max(float(one.score), float(one.share)) for one in self.curve.tenths)
        most = next((end for end in _ENDS if far <= end), 1.0)
        largest = max(one.n for one in self.curve.tenths)

        def at(value: float) -> float:
            return float(min(value, most) / most * SIDE)

        canvas.setFont(HEAD.fontName, 6.5)
        for step in range(_STEPS + 1):
            here = SIDE * step / _STEPS
            canvas.setStrokeColor(LINE)
            canvas.setLineWidth(0.35)
            canvas.line(left + here, bottom, left + here, bottom + SIDE)
            canvas.line(left, bottom + here, left + SIDE, bottom + here)
            canvas.setFillColor(QUIET)
            canvas.drawCentredString(left + here, bottom - 9, f"{most * step / _STEPS:g}")
            canvas.drawRightString(left - 3, bottom + here - 2, f"{most * step / _STEPS:g}")
        canvas.drawCentredString(left + SIDE / 2, bottom - 20, "mean score")
        canvas.saveState()
        canvas.translate(5, bottom + SIDE / 2)
        canvas.rotate(90)
        canvas.drawCentredString(0, 0, "share of positives")
        canvas.restoreState()
        canvas.setStrokeColor(QUIET)
        canvas.setLineWidth(0.8)
        canvas.setDash(3, 2)
        canvas.line(left, bottom, left + SIDE, bottom + SIDE)
        canvas.setDash()
        for one in self.curve.tenths:
            x, y = left + at(float(one.score)), bottom + at(float(one.share))
            low, high = bottom + at(float(one.low)), bottom + at(float(one.high))
            canvas.setStrokeColor(INK)
            canvas.setLineWidth(0.8)
            canvas.line(x, low, x, high)
            for end in (low, high):
                canvas.line(x - 2, end, x + 2, end)
            canvas.setFillColor(ACCENT)
            canvas.circle(x, y, 1.6 + 3.4 * sqrt(one.n / largest), stroke=0, fill=1)


class ThenNow(Drawing):
    """Two bars from zero: outlined how it was, filled how it is."""

    def __init__(self, then: float, now: float, most: float) -> None:
        super().__init__()
        self.then, self.now = then / most, now / most
        self.width, self.height = BARS, _ROW
        self.words = f"{then:.1%} then, {now:.1%} now"

    def wrap(self, *_: Any) -> tuple[float, float]:
        return self.width, self.height

    def paint(self) -> None:
        canvas = self.canv
        canvas.setStrokeColor(ACCENT)
        canvas.setLineWidth(0.6)
        canvas.rect(0, 7.6, BARS * self.then, 4.6, stroke=1, fill=0)
        canvas.setFillColor(ACCENT)
        canvas.rect(0, 1.6, BARS * self.now, 4.6, stroke=0, fill=1)


def curved(curve: Curve) -> Table:
    """Return the drawing beside the table of its bins."""
    rows: list[list[Flowable]] = [
        [
            text(one.name, CELL),
            text(f"{one.n:,}", NUMBER),
            text(number(one.score), NUMBER),
            text(number(one.share), NUMBER),
            text(f"{number(one.low)} to {number(one.high)}", NUMBER),
        ]
        for one in curve.tenths
    ]
    room = WIDTH - SIDE - 34
    widths = [room * part for part in (0.17, 0.13, 0.17, 0.17, 0.36)]
    listed = grid(["scores", "n", "mean score", "positives", "95 % of such"], rows, widths, right=(1, 2, 3, 4))
    return table([[Diagonal(curve), listed]], [SIDE + 34, room])


def shifted(shift: Shift) -> Table:
    """Return the bins of a column, each with its bars."""
    totals = [sum(counts) or 1 for counts in ([one.then for one in shift.parts], [one.now for one in shift.parts])]
    shares = [(one.then / totals[0], one.now / totals[1]) for one in shift.parts]
    most = max((part for pair in shares for part in pair), default=1.0) or 1.0
    rows: list[list[Flowable]] = [
        [
            text(one.name, CELL),
            text(f"{one.then:,}", NUMBER),
            text(_percent(then), NUMBER),
            text(f"{one.now:,}", NUMBER),
            text(_percent(now), NUMBER),
            ThenNow(then, now, most),
        ]
        for one, (then, now) in zip(shift.parts, shares, strict=True)
    ]
    widths = [46 * mm, 15 * mm, 15 * mm, 15 * mm, 15 * mm, WIDTH - 106 * mm]
    heads = [shift.column, "then", "share", "now", "share", "outlined: then, filled: now"]
    return grid(heads, rows, widths, right=(1, 2, 3, 4))


def spaced(blocks: Sequence[Flowable], caption: str) -> list[Flowable]:
    """Return blocks under a caption."""
    return [text(caption, SMALL), Spacer(0, 4), *blocks]


def _percent(share: float) -> str:
    return f"{share:.1%}".replace("%", " %")
