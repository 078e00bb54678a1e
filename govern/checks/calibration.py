"""How far scores are from what came true, as fixed-point sums: calibration of chances, errors of numbers.

Every row adds an integer, so that no sum depends on the order of rows; what a row adds is made of single operations on
doubles, which are the same everywhere. A logarithm is not, so of it six digits are kept, and of all else nine.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import sqrt
from typing import Any

from govern.checks.binding import Bound, zero_or_one
from govern.checks.counts import Key
from govern.checks.engine import together
from govern.checks.performance import Found, Resampled, divided
from govern.checks.resample import draws
from govern.policy.bins import TENTHS as BINS
from govern.policy.bins import UNIT

LOG_UNIT, NUMBER_UNIT = 10**6, 10**6
_UNITS = {"brier": UNIT, "log_loss": LOG_UNIT}
_LEAST_CHANCE = 1e-15
_LARGEST = 9e18

CALIBRATED = frozenset({"brier", "log_loss", "expected_calibration_error"})
NUMBERS = frozenset({"rmse", "mae", "r2"})

BIN_SUMS = ("rows", "positives", "scores", "brier", "brier_squares", "log_loss", "log_loss_squares", "outside")
NUMBER_SUMS = ("rows", "absolute_errors", "squared_errors", "labels", "squared_labels", "too_large")


@dataclass(frozen=True, slots=True)
class Bins:
    """Of each bin of scores its rows, its positives, and sums over them; bins without rows are not there."""

    rows: dict[int, tuple[int, ...]]

    def total(self, name: str) -> int:
        place = BIN_SUMS.index(name)
        return sum(row[place] for row in self.rows.values())


class Chances:
    """The scores of labelled rows as chances, and what each row adds."""

    def __init__(self, bound: Bound) -> None:
        self._bound = bound

    def binned(self, places: Sequence[int] = ()) -> dict[Key, Bins]:
        """Return the bins of each combination of the attributes at these places."""
        keys, each = [f"g{place}" for place in places], self._each
        sums = {name: each[name].sum() for name in BIN_SUMS[1:]}
        asked = each.group_by([*keys, "bin"]).aggregate(rows=each.count(), **sums)
        found: dict[Key, dict[int, tuple[int, ...]]] = {}
        for row in self._bound.rows(asked):
            key, (place, *numbers) = tuple(row[: len(keys)]), row[len(keys) :]
            found.setdefault(key, {})[int(place)] = tuple(int(one or 0) for one in numbers)
        return {key: Bins(dict(sorted(bins.items()))) for key, bins in found.items()}

    @cached_property
    def _each(self) -> Any:
        import ibis  # noqa: PLC0415  who only asks for help counts nothing

        table = self._bound.table
        rows = table.filter(table.s.notnull() & table.y.notnull())
        is_chance = (rows.s >= 0) & (rows.s <= 1)
        score = is_chance.ifelse(rows.s, 0.0)
        chance = (rows.y == 1).ifelse(score, 1.0 - score)
        lost = -ibis.greatest(chance, ibis.literal(_LEAST_CHANCE)).ln()
        far = score - rows.y.cast("float64")
        squared = far * far
        each = rows.select(
            *(f"g{place}" for place in range(len(self._bound.binding.by))),
            bin=is_chance.ifelse(_bin(score), -1),
            positives=rows.y.cast("int64"),
            scores=_fixed(score, UNIT),
            brier=_fixed(squared, UNIT),
            brier_squares=_fixed(squared * squared, UNIT),
            log_loss=_fixed(lost, LOG_UNIT),
            log_loss_squares=_fixed(lost * lost, LOG_UNIT),
            outside=zero_or_one(~is_chance).cast("int64"),
        )
        return self._bound.data.engine.keep("chances", each)


def summed(bound: Bound, places: Sequence[int] = ()) -> dict[Key, tuple[int, ...]]:
    """Return the sums of errors of each combination of the attributes, where the label is a number."""
    keys, table = [f"g{place}" for place in places], bound.table
    rows = table.filter(table.s.notnull() & table.t.notnull())
    far = rows.s - rows.t
    parts = {
        "absolute_errors": far.abs(),
        "squared_errors": far * far,
        "labels": rows.t,
        "squared_labels": rows.t * rows.t,
    }
    is_large = far.abs() > sqrt(_LARGEST / NUMBER_UNIT)
    is_large |= rows.t.abs() > sqrt(_LARGEST / NUMBER_UNIT)
    fixed = {name: _fixed(is_large.ifelse(0.0, part), NUMBER_UNIT) for name, part in parts.items()}
    each = rows.select(*keys, **fixed, too_large=zero_or_one(is_large).cast("int64"))
    sums = {name: each[name].cast("decimal(38, 0)").sum() for name in NUMBER_SUMS[1:]}
    asked = together(each, keys).aggregate(rows=each.count(), **sums)
    width = len(keys)
    return {tuple(row[:width]): tuple(int(one or 0) for one in row[width:]) for row in bound.rows(asked)}


def of_bins(name: str, bins: Bins | None, resamples: int = 0, what: str = "") -> Found:
    """Return what bins say of chances."""
    n = bins.total("rows") if bins else 0
    if not bins or not n:
        return Found(0, "no_labels")
    if bins.total("outside"):
        return Found(n, "score_is_no_chance")
    if name in _UNITS:
        unit, total, squares = _UNITS[name], bins.total(name), bins.total(f"{name}_squares")
        return Found(n, Fraction(total, unit * n), error=_error(n, Fraction(total, unit), Fraction(squares, unit)))
    off = sum(abs(scores - UNIT * positives) for _, positives, scores, *_ in bins.rows.values())
    return Found(n, Fraction(off, UNIT * n), _far_off(bins, resamples, what))


def of_sums(name: str, sums: tuple[int, ...] | None) -> Found:
    """Return what sums say of errors."""
    if not sums or not sums[0]:
        return Found(0, "no_labels")
    n, absolute, squared, labels, labels_squared, too_large = sums
    if too_large:
        return Found(n, "numbers_too_large")
    if name == "mae":
        error = _error(n, Fraction(absolute, NUMBER_UNIT), Fraction(squared, NUMBER_UNIT))
        return Found(n, Fraction(absolute, NUMBER_UNIT * n), error=error)
    if name == "rmse":
        return Found(n, sqrt(Fraction(squared, NUMBER_UNIT * n)))
    about_mean = Fraction(labels_squared, NUMBER_UNIT) - Fraction(labels, NUMBER_UNIT) ** 2 / n
    return Found(n, 1 - Fraction(squared, NUMBER_UNIT) / about_mean if about_mean > 0 else "one_label")


def _bin(score: Any) -> Any:
    """Return in which tenth a score lies, as decimals say it: 0.3 begins the fourth."""
    guess = (score * BINS).floor()
    up = (score >= (guess + 1) / BINS).ifelse(1, 0)
    down = (score < guess / BINS).ifelse(1, 0)
    place = (guess + up - down).cast("int64")
    return (place >= BINS).ifelse(BINS - 1, place)


def _fixed(number: Any, unit: int) -> Any:
    return (number * float(unit) + 0.5).floor().cast("int64")


def _error(n: int, total: Fraction, squares: Fraction) -> float:
    """Return the standard error of a mean."""
    return sqrt(max(squares / n - (total / n) ** 2, Fraction(0)) / n)


def _far_off(bins: Bins, resamples: int, what: str) -> Resampled:
    """Return the calibration error of resamples, in which each bin keeps its mean score."""
    import numpy as np  # noqa: PLC0415  who only asks for help counts nothing

    if not resamples:
        return None
    counts = draws([cell for n, ones, *_ in bins.rows.values() for cell in (ones, n - ones)], resamples, what)
    means = np.array([scores / n / UNIT for n, _, scores, *_ in bins.rows.values()])
    positives, rows = counts[0::2], counts[0::2] + counts[1::2]
    return divided(np.abs(means[:, None] * rows - positives).sum(axis=0), rows.sum(axis=0))
