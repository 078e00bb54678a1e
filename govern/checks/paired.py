"""Two models on the same rows: how much better one is, whether chance explains it, and who changes sides.

The areas are compared as DeLong does: a row's placement is how many rows of the other label it beats, doubled so that a tie
counts a half, and the variance of the difference follows from sums over placements. They are integers, so nothing depends on
the order of rows.
"""

from dataclasses import dataclass
from fractions import Fraction
from math import sqrt
from typing import TYPE_CHECKING, Any

from govern.checks.binding import Bound
from govern.checks.ranks import numbers
from govern.checks.resample import deviations
from govern.checks.stability import upper_gamma

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_CHUNK = 1 << 16
"""Of squares of placements so many are added before they outgrow 64 bits."""


@dataclass(frozen=True, slots=True)
class Areas:
    """The areas of two scores, their difference with its interval, and the chance of one so large if they were alike."""

    positives: int
    negatives: int
    ours: Fraction
    theirs: Fraction
    difference: Fraction
    low: float | None
    high: float | None
    chance: float | None


@dataclass(frozen=True, slots=True)
class Sides:
    """How many rows are decided otherwise: by label, those only we select and those only the other does."""

    only_ours: dict[int | None, int]
    only_theirs: dict[int | None, int]
    rows: int
    chance: float | None
    """Of so uneven a change in who is decided rightly, if both were alike (McNemar)."""


def areas(bound: Bound, level: Fraction) -> Areas | str:
    """Compare the scores of two models, on the rows that have a label and both."""
    import numpy as np  # noqa: PLC0415  who only asks for help compares nothing

    columns = "CAST(s AS DOUBLE) AS s, CAST(o AS DOUBLE) AS o, CAST(y AS TINYINT) AS y"
    known = "s IS NOT NULL AND o IS NOT NULL AND y IS NOT NULL"
    ask = f"SELECT {columns} FROM {bound.table.get_name()} WHERE {known}"  # noqa: S608  a name of ours
    found: Any = bound.data.local.connection.sql(ask).to_arrow_table()
    is_positive = numbers(found["y"].combine_chunks(), np.int8) == 1
    positives, negatives = int(is_positive.sum()), int((~is_positive).sum())
    if not positives or not negatives:
        return "no_positives" if not positives else "no_negatives"
    placed = [_placements(numbers(found[name].combine_chunks(), np.float64), is_positive) for name in "so"]
    pairs = 2 * positives * negatives
    ours, theirs = (Fraction(total(above), pairs) for above, _ in placed)
    variance = sum(_variance([one[side] for one in placed], width) for side, width in ((0, negatives), (1, positives)))
    difference = ours - theirs
    if not variance:
        return Areas(positives, negatives, ours, theirs, difference, None, None, None)
    error = sqrt(variance)
    far = deviations(level) * error
    chance = float(upper_gamma(Fraction(1, 2), Fraction(difference) ** 2 / variance / 2))
    return Areas(
        positives, negatives, ours, theirs, difference, float(difference) - far, float(difference) + far, chance
    )


def sides(bound: Bound) -> Sides | None:
    """Return who is decided otherwise by the other model, where one rule decides by both scores."""
    if "q" not in bound.table.columns:
        return None
    known = bound.table.filter(bound.table.p.notnull() & bound.table.q.notnull())
    each = known.group_by(["y", "p", "q"]).aggregate(n=known.count())
    counts = {(y, p, q): int(n) for y, p, q, n in bound.rows(each)}
    only_ours = {label: counts.get((label, 1, 0), 0) for label in (1, 0, None)}
    only_theirs = {label: counts.get((label, 0, 1), 0) for label in (1, 0, None)}
    # Right where the other is wrong, and the other way round.
    better, worse = only_ours[1] + only_theirs[0], only_ours[0] + only_theirs[1]
    chance = None
    if better + worse:
        # With the correction for continuity.
        statistic = Fraction(max(abs(better - worse) - 1, 0) ** 2, better + worse)
        chance = float(upper_gamma(Fraction(1, 2), statistic / 2))
    return Sides(only_ours, only_theirs, sum(counts.values()), chance)


def total(placements: "NDArray[np.int64]") -> int:
    return sum(int(placements[at : at + _CHUNK].sum()) for at in range(0, len(placements), _CHUNK))


def _placements(
    scores: "NDArray[np.float64]", is_positive: "NDArray[np.bool_]"
) -> "tuple[NDArray[np.int64], NDArray[np.int64]]":
    """Return of each positive row how many negative ones it beats, and of each negative one how many beat it, doubled."""
    import numpy as np  # noqa: PLC0415  as above

    above, below = scores[is_positive], scores[~is_positive]
    ordered_above, ordered_below = np.sort(above), np.sort(below)
    beaten = np.searchsorted(ordered_below, above, "left") + np.searchsorted(ordered_below, above, "right")
    beating = (
        2 * len(above) - np.searchsorted(ordered_above, below, "left") - np.searchsorted(ordered_above, below, "right")
    )
    return beaten.astype(np.int64), beating.astype(np.int64)


def _variance(placed: "list[NDArray[np.int64]]", width: int) -> Fraction:
    """Return what the rows of one label add to the variance of the difference; ``width`` is how many others there are."""
    apart = placed[0] - placed[1]
    n = len(apart)
    if n < 2:  # noqa: PLR2004  one row does not vary
        return Fraction(0)
    squares = sum(int((apart[at : at + _CHUNK] ** 2).sum()) for at in range(0, n, _CHUNK))
    return Fraction(n * squares - total(apart) ** 2, n * (n - 1)) / (2 * width) ** 2 / n
