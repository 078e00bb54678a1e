"""What every cut-off would do: the counts of each group at a hundred of them, from one table.

Cut-offs are round numbers across the range of the scores, so none of them is anybody's score.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from govern.checks.binding import Bound
from govern.checks.counts import FIELDS, Counts, Key
from govern.checks.performance import RATES

MOST = 100
_STEPS = (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5))


@dataclass(frozen=True, slots=True)
class Sweep:
    """The counts of each group at each cut-off, where the prediction is 1 from the cut-off on."""

    cutoffs: tuple[Decimal, ...]
    groups: dict[Key, tuple[Counts, ...]]

    def rate(self, name: str, key: Key) -> list[float | None]:
        """Return a rate of a group along the cut-offs."""
        found = [RATES[name].of(counts) for counts in self.groups[key]]
        return [None if one is None else float(one) for one in found]


def sweep(bound: Bound, places: Sequence[int] = ()) -> Sweep | None:
    """Return what every cut-off would do, or nothing where there are no two scores."""
    scores = bound.table.filter(bound.table.s.notnull())
    ((low, high),) = bound.rows(scores.aggregate(low=scores.s.min(), high=scores.s.max()))
    cutoffs = between(low, high) if low is not None else ()
    if not cutoffs:
        return None
    keys = [f"g{place}" for place in places]
    table = scores.mutate(step=_steps(scores.s, [float(one) for one in cutoffs]))
    found: dict[Key, dict[tuple[int, Any], int]] = {}
    for *key, step, label, n in bound.rows(table.group_by([*keys, "step", "y"]).aggregate(n=table.count())):
        found.setdefault(tuple(key), {})[int(step), label] = int(n)
    along = {key: tuple(_along(cells, len(cutoffs))) for key, cells in sorted(found.items(), key=_order)}
    # Between two of them that differ in nobody, one is enough.
    kept = [
        place for place in range(len(cutoffs)) if not place or any(of[place] != of[place - 1] for of in along.values())
    ]
    return Sweep(
        tuple(cutoffs[place] for place in kept), {key: tuple(of[place] for place in kept) for key, of in along.items()}
    )


def between(low: float, high: float) -> tuple[Decimal, ...]:
    """Return at most a hundred round numbers above the lowest score and up to the highest."""
    span = Decimal(repr(high)) - Decimal(repr(low))
    if span <= 0:
        return ()
    power = span.adjusted() - 3
    sizes = (size.scaleb(more) for more in range(power, power + 4) for size in _STEPS)
    size = next(one for one in sizes if span / one <= MOST)
    first = (Decimal(repr(low)) / size).__floor__() + 1
    last = (Decimal(repr(high)) / size).__floor__()
    return tuple(place * size for place in range(first, last + 1))


def _steps(score: Any, cutoffs: Sequence[float]) -> Any:
    """Return how many cut-offs a score reaches, found by halves."""
    import ibis  # noqa: PLC0415  who only asks for help counts nothing

    def within(low: int, high: int) -> Any:
        if low == high:
            return ibis.literal(low, "int64")
        middle = (low + high) // 2
        return (score >= cutoffs[middle]).ifelse(within(middle + 1, high), within(low, middle))

    return within(0, len(cutoffs))


def _along(cells: dict[tuple[int, Any], int], cutoffs: int) -> list[Counts]:
    """Return the counts at each cut-off; at the first, who reaches it is selected."""
    labels = (1, 0, None)
    selected = {label: sum(n for (step, of), n in cells.items() if of == label and step > 0) for label in labels}
    rejected = {label: cells.get((0, label), 0) for label in labels}
    found = []
    for place in range(cutoffs):
        given = {FIELDS[1, label]: selected[label] for label in labels}
        found.append(Counts(**given, **{FIELDS[0, label]: rejected[label] for label in labels}))
        for label in labels:
            moved = cells.get((place + 1, label), 0)
            selected[label] -= moved
            rejected[label] += moved
    return found


def _order(item: tuple[Key, Any]) -> tuple[tuple[bool, str], ...]:
    return tuple((one is not None, one or "") for one in item[0])
