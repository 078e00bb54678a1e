"""Groups against each other: ratios, gaps and spreads of what was found of each, with intervals.

A ratio or a gap is of each group against the reference, against everybody, or against the group that does best. A spread
is of the two groups furthest apart. Groups that are too small are neither that best group nor an end of a spread. A group
whose number is undefined is listed as such and takes no part. An interval is of the pair that is named: both groups are
drawn again, but not which pair it is.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias

from govern.checks.counts import Key
from govern.checks.performance import Found, Resampled, divided

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Groups: TypeAlias = Mapping[Key, Found]
EVERYBODY: Key = ()


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """A group against another, or the word for why there is no number."""

    group: Key | None
    against: Key | None
    n: int
    value: Fraction | float | str
    again: Resampled = None


@dataclass(frozen=True, slots=True)
class Against:
    """What groups are compared with; by default the one that does best."""

    reference: Key | None = None
    everybody: Found | None = None
    is_lowest_best: bool = False
    zero: str = "zero_reference"
    """Why there is no ratio to nothing."""


def ratios(groups: Groups, to: Against, least: int = 0) -> list[Comparison]:
    """Return what was found of each group over what was found of another."""
    return _each(groups, to, least, _over)


def gaps(groups: Groups, to: Against, least: int = 0) -> list[Comparison]:
    """Return what was found of each group, less what was found of another."""
    return _each(groups, to, least, lambda one, other, _: _less(one, other))


def spread(of: Sequence[Groups], least: int = 0) -> list[Comparison]:
    """Return the spread between the two groups furthest apart, in whichever number it is larger, and what is undefined."""
    found = [_spread({group: one for group, one in groups.items() if one.n >= least}) for groups in of]
    compared = [widest for widest, _ in found if widest]
    unknown = {one.group: one for _, undefined in found for one in undefined}
    if len(compared) < len(of):
        # One of them could not be compared at all, so the larger spread is not known.
        n = min((one.n for one in compared), default=sum(one.n for one in of[0].values()))
        return [*unknown.values()] or [Comparison(None, None, n, "one_group")]
    widest = max(compared, key=_value)
    again = _widest([one.again for one in compared])
    kept = [one for one in unknown.values() if one.group != widest.group]
    return [Comparison(widest.group, widest.against, widest.n, widest.value, again), *kept]


def _each(groups: Groups, to: Against, least: int, compare: Callable[..., Any]) -> list[Comparison]:
    reference, other = EVERYBODY if to.everybody else to.reference, to.everybody
    if other is None:
        reference = _best(groups, least, is_lowest=to.is_lowest_best) if reference is None else reference
        other = groups.get(reference) if reference is not None else None
    compared = [_one(group, one, reference, other, compare, to) for group, one in groups.items() if group != reference]
    return compared or [Comparison(None, None, sum(one.n for one in groups.values()), "one_group")]


def _best(groups: Groups, least: int, *, is_lowest: bool) -> Key | None:
    known = {group: one.known for group, one in groups.items() if one.known is not None and one.n >= least}
    sign = 1 if is_lowest else -1
    return min(known, key=lambda group: (sign * (known[group] or 0), group), default=None)


def _one(  # noqa: PLR0913, PLR0917  a comparison has as many sides
    group: Key, one: Found, reference: Key | None, other: Found | None, compare: Callable[..., Any], to: Against
) -> Comparison:
    if isinstance(one.value, str):
        return Comparison(group, reference, one.n, one.value)
    if other is None or isinstance(other.value, str):
        return Comparison(group, reference, one.n, "no_reference")
    value, again = compare(one, other, to)
    return Comparison(group, reference, one.n, value, again)


def _over(one: Found, other: Found, to: Against) -> tuple[Any, Resampled]:
    assert not isinstance(one.value, str)
    assert not isinstance(other.value, str)
    if not other.value:
        return to.zero, None
    return one.value / other.value, None if one.again is None or other.again is None else divided(
        one.again, other.again
    )


def _less(one: Found, other: Found) -> tuple[Any, Resampled]:
    assert not isinstance(one.value, str)
    assert not isinstance(other.value, str)
    return one.value - other.value, None if one.again is None or other.again is None else one.again - other.again


def _spread(groups: Groups) -> tuple[Comparison | None, list[Comparison]]:
    """Return the widest pair, if there is one, and the groups that have no number."""
    known = {group: one.value for group, one in groups.items() if not isinstance(one.value, str)}
    undefined = [Comparison(group, None, one.n, one.value) for group, one in groups.items() if group not in known]
    if len(known) <= 1:
        return None, undefined
    low = min(known, key=lambda group: (known[group], group))
    high = min((group for group in known if group != low), key=lambda group: (-known[group], group))
    value, again = _less(groups[high], groups[low])
    return Comparison(low, high, min(groups[low].n, groups[high].n), value, again), undefined


def _widest(gaps_again: Sequence[Resampled]) -> "NDArray[np.float64] | None":
    import numpy as np  # noqa: PLC0415  who only asks for help compares nothing

    drawn = [one for one in gaps_again if one is not None]
    return np.max(drawn, axis=0) if drawn and len(drawn) == len(gaps_again) else None


def _value(one: Comparison) -> Any:
    return one.value
