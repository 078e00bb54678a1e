"""Counts of rows by label and prediction: integers that every rate is made of.

A row without a label still tells who was selected.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any, Self, TypeAlias

from govern.checks.binding import Bound, zero_or_one

Key: TypeAlias = tuple[str | None, ...]
"""The values of the attributes that rows are grouped by; of no attribute, all rows have the one empty key."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many rows there are of each kind; the same arithmetic serves numbers and arrays of resampled numbers."""

    true_positives: Any = 0
    false_positives: Any = 0
    true_negatives: Any = 0
    false_negatives: Any = 0
    unlabelled_selected: Any = 0
    unlabelled_rejected: Any = 0
    undecided_positives: Any = 0
    """Rows without a prediction; only a base rate counts them."""
    undecided_negatives: Any = 0
    undecided_unlabelled: Any = 0

    @property
    def positives(self) -> Any:
        return self.true_positives + self.false_negatives

    @property
    def negatives(self) -> Any:
        return self.false_positives + self.true_negatives

    @property
    def labelled(self) -> Any:
        return self.positives + self.negatives

    @property
    def unlabelled(self) -> Any:
        return self.unlabelled_selected + self.unlabelled_rejected

    @property
    def selected(self) -> Any:
        """Rows with the prediction 1, of those that are labelled."""
        return self.true_positives + self.false_positives

    @property
    def selected_of_all(self) -> Any:
        return self.selected + self.unlabelled_selected

    @property
    def n(self) -> Any:
        """Rows with a prediction."""
        return self.labelled + self.unlabelled

    @property
    def undecided(self) -> Any:
        return self.undecided_positives + self.undecided_negatives + self.undecided_unlabelled

    @property
    def known(self) -> Any:
        """Rows with a label, predicted or not."""
        return self.labelled + self.undecided_positives + self.undecided_negatives

    def __add__(self, other: Self) -> Self:
        return type(self)(*(ours + theirs for ours, theirs in zip(self.row, other.row, strict=True)))

    @property
    def row(self) -> tuple[Any, ...]:
        return tuple(getattr(self, field.name) for field in fields(self))


CELLS = tuple(field.name for field in fields(Counts))

# By prediction and label, the field that counts it.
FIELDS = {
    (1, 1): "true_positives",
    (1, 0): "false_positives",
    (0, 0): "true_negatives",
    (0, 1): "false_negatives",
    (1, None): "unlabelled_selected",
    (0, None): "unlabelled_rejected",
    (None, 1): "undecided_positives",
    (None, 0): "undecided_negatives",
    (None, None): "undecided_unlabelled",
}


def counted(bound: Bound, places: Sequence[int] = (), cutoff: Decimal | str | None = None) -> dict[Key, Counts]:
    """Return the counts of each combination of the attributes at these places, missing values too.

    With a cut-off the prediction is 1 from this score on, or above the median of all scores.
    """
    if cutoff is None and bound.joint is not None:
        return _gathered(((*(key[place] for place in places), *key[-2:]), n) for key, n in bound.joint.items())
    keys = [f"g{place}" for place in places]
    table = bound.table
    if cutoff is not None:
        is_high = _above_median(bound) if isinstance(cutoff, str) else table.s >= float(cutoff)
        table = table.mutate(p=zero_or_one(is_high))
    asked = table.group_by([*keys, "p", "y"]).aggregate(n=table.count())
    return _gathered((row[:-1], int(row[-1])) for row in bound.rows(asked))


def _above_median(bound: Bound) -> Any:
    """Say of each row whether its score is above the median: above the lower of the two in the middle, where there are two."""
    known = bound.table.filter(bound.table.s.notnull()).select("s")
    ((n,),) = bound.rows(known.aggregate(n=known.count()))
    return bound.table.s > known.order_by("s").limit(1, offset=max(int(n) - 1, 0) // 2).s.as_scalar()


def _gathered(rows: Iterable[tuple[tuple[Any, ...], int]]) -> dict[Key, Counts]:
    """Return the counts of each key, of rows that end with prediction and label."""
    found: dict[Key, Counter[str]] = {}
    for (*key, prediction, label), n in rows:
        found.setdefault(tuple(key), Counter())[FIELDS[prediction, label]] += n
    return {key: Counts(**cells) for key, cells in found.items()}


def pooled(counts: Iterable[Counts]) -> Counts:
    """Return the counts of all groups together."""
    return sum(counts, Counts())
