"""Groups of one attribute against each other: ratios and spreads of rates, as fractions of integers, with intervals.

A ratio is of each group against the reference, or against the group with the highest rate. A spread is of the two groups
furthest apart. Groups that are too small are neither that best group nor an end of a spread. A group whose rate is
undefined is listed as such and takes no part. An interval is of the pair that is named: both groups are drawn again, but
not which pair it is.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

from govern.checks.counts import CELLS, Counts
from govern.checks.performance import RATES, Rate
from govern.checks.resample import bounds, draws

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Bounds: TypeAlias = tuple[float, float] | None

RATIOS = {"adverse_impact_ratio": "selection_rate"}
SPREADS = {
    "demographic_parity_difference": ("selection_rate",),
    "equal_opportunity_difference": ("true_positive_rate",),
    "equalized_odds_difference": ("true_positive_rate", "false_positive_rate"),
}


@dataclass(frozen=True, slots=True)
class Comparison:
    """A group against another, or the word for why there is no number."""

    group: str | None
    against: str | None
    n: int
    value: Fraction | str
    interval: Bounds = None


@dataclass(frozen=True, slots=True)
class Attribute:
    """The counts of the groups of one attribute, and the same drawn again."""

    name: str
    groups: Mapping[str, Counts]
    again: Mapping[str, Counts]
    """Arrays instead of numbers; empty where no interval is asked for."""
    level: Fraction

    @classmethod
    def drawn(cls, name: str, groups: Mapping[str, Counts], resamples: int, level: Fraction) -> "Attribute":
        """Return the attribute with its groups, in order, drawn again together."""
        ordered = dict(sorted(groups.items()))
        if not resamples:
            return cls(name, ordered, {}, level)
        drawn = draws([cell for counts in ordered.values() for cell in counts.row], resamples, f"counts by {name}")
        width = len(CELLS)
        again = {group: Counts(*drawn[place * width : (place + 1) * width]) for place, group in enumerate(ordered)}
        return cls(name, ordered, again, level)

    def interval(self, rate: Rate, group: str) -> Bounds:
        return bounds(rate.resampled(self.again[group]), self.level) if self.again else None


def size(counts: Counts, names: Iterable[str]) -> int:
    """Return how many rows these rates are of."""
    return int(counts.n if set(names) == {"selection_rate"} else counts.labelled)


def ratios(of: Attribute, rate: Rate, reference: str | None, least: int = 0) -> list[Comparison]:
    """Return the rate of each group over that of the reference, or of the group where it is highest."""
    rates = {group: rate.of(counts) for group, counts in of.groups.items()}
    known = {group: found for group, found in rates.items() if found is not None}
    large = [group for group in known if of.groups[group].n >= least]
    if reference is None and large:
        reference = min(large, key=lambda group: (-known[group], group))
    compared = [_ratio(of, rate, group, reference, known) for group in rates if group != reference]
    return compared or [Comparison(None, None, sum(counts.n for counts in of.groups.values()), "one_group")]


def spread(of: Attribute, names: tuple[str, ...], least: int = 0) -> list[Comparison]:
    """Return the spread between the two groups furthest apart, in whichever rate it is larger, and what is undefined."""
    large = {group: counts for group, counts in of.groups.items() if size(counts, names) >= least}
    found = [_spread(large, RATES[name], names) for name in names]
    compared = [widest for widest, _ in found if widest]
    unknown = {one.group: one for _, undefined in found for one in undefined}
    if not compared:
        return [*unknown.values()] or [Comparison(None, None, sum(c.n for c in of.groups.values()), "one_group")]
    if len(compared) < len(names):
        # One of the rates could not be compared at all, so the larger spread is not known.
        n = min(one.n for one in compared)
        return [*unknown.values()] or [Comparison(None, None, n, "one_group")]
    widest = max(compared, key=lambda one: one.value if isinstance(one.value, Fraction) else 0)
    interval = bounds(_widest_again(of, names, compared), of.level) if of.again else None
    kept = [one for one in unknown.values() if one.group != widest.group]
    return [Comparison(widest.group, widest.against, widest.n, widest.value, interval), *kept]


def _ratio(of: Attribute, rate: Rate, group: str, reference: str | None, known: Mapping[str, Fraction]) -> Comparison:
    n = of.groups[group].n
    if group not in known:
        return Comparison(group, reference, n, rate.undefined)
    if reference is None or reference not in known:
        return Comparison(group, reference, n, "no_reference")
    if not known[reference]:
        return Comparison(group, reference, n, "nobody_selected")
    return Comparison(group, reference, n, known[group] / known[reference], _ratio_interval(of, rate, group, reference))


def _ratio_interval(of: Attribute, rate: Rate, group: str, reference: str) -> Bounds:
    import numpy as np  # noqa: PLC0415  who only asks for help compares nothing

    if not of.again:
        return None
    above, below = rate.resampled(of.again[group]), rate.resampled(of.again[reference])
    found = np.full(above.shape, np.nan)
    np.divide(above, below, out=found, where=below > 0)
    return bounds(found, of.level)


def _spread(
    groups: Mapping[str, Counts], rate: Rate, names: tuple[str, ...]
) -> tuple[Comparison | None, list[Comparison]]:
    """Return the widest pair, if there is one, and the groups that have no rate."""
    sizes = {group: size(counts, names) for group, counts in groups.items()}
    rates = {group: rate.of(counts) for group, counts in groups.items()}
    known = {group: found for group, found in rates.items() if found is not None}
    undefined = [Comparison(group, None, sizes[group], rate.undefined) for group in rates if group not in known]
    if len(known) <= 1:
        return None, undefined
    low = min(known, key=lambda group: (known[group], group))
    high = min((group for group in known if group != low), key=lambda group: (-known[group], group))
    return Comparison(low, high, min(sizes[low], sizes[high]), known[high] - known[low]), undefined


def _widest_again(of: Attribute, names: tuple[str, ...], pairs: list[Comparison]) -> "NDArray[np.float64]":
    import numpy as np  # noqa: PLC0415  as above

    gaps = [
        RATES[name].resampled(of.again[pair.against or ""]) - RATES[name].resampled(of.again[pair.group or ""])
        for name, pair in zip(names, pairs, strict=True)
    ]
    widest: NDArray[np.float64] = np.maximum.reduce(gaps)
    return widest
