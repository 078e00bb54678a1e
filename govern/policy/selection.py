"""Who was selected, by category: read from the table of counts that a check by the same attributes left in its evidence."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from govern.policy.decimals import write_decimal
from govern.policy.evidence import Evidence, Planned, Table

ABOVE_MEDIAN = "above the median"
"""In place of a cut-off: the score in the middle of the whole sample, which nobody at it is above."""
SCORING = frozenset({"scoring_rate", "scoring_rate_ratio", "scoring_rate_gap", "scoring_rate_difference"})
CHOSEN = ("true_positives", "false_positives", "unlabelled_selected")
"""Columns of the table: rows whose prediction is 1."""
PASSED_OVER = ("true_negatives", "false_negatives", "unlabelled_rejected")
UNDECIDED = ("undecided_positives", "undecided_negatives", "undecided_unlabelled")


@dataclass(frozen=True, slots=True)
class Category:
    """People who are alike in every attribute: how many there are, and how many of them were selected."""

    key: tuple[str | None, ...]
    n: int
    selected: int
    undecided: int = 0
    """About so many more nothing was decided."""

    @property
    def is_known(self) -> bool:
        return None not in self.key

    @property
    def rate(self) -> Fraction | None:
        return Fraction(self.selected, self.n) if self.n else None


def categories(evidence: Evidence, check: str, names: Sequence[str]) -> tuple[Category, ...]:
    """Return every category, the unknown ones too, by these attributes; nothing where they were not counted."""
    planned = evidence.planned(check)
    table = next((one for one in evidence.tables if planned and one.name == _name(planned, one, names)), None)
    return tuple(_categories(evidence, planned, table, names)) if planned and table else ()


def cutoff_of(planned: Planned) -> Decimal | str | None:
    """Return from which score on somebody counts as selected; nothing where a prediction says it."""
    return ABOVE_MEDIAN if planned.metric in SCORING else planned.cutoff


def at(cutoff: Decimal | str | None) -> str:
    """Return how the name of a table says by which cut-off rows were counted."""
    return "" if cutoff is None else f" {cutoff}" if isinstance(cutoff, str) else f" at {write_decimal(cutoff)}"


def ratios(found: Sequence[Category]) -> dict[tuple[str | None, ...], Fraction | None]:
    """Return each rate over the highest of them; nothing where nobody at all was selected."""
    known = [one for one in found if one.is_known]
    highest = max((rate for one in known if (rate := one.rate) is not None), default=None)
    return {one.key: rate / highest if highest and (rate := one.rate) is not None else None for one in known}


def _name(planned: Planned, table: Table, names: Sequence[str]) -> str:
    """Return how the counts by these attributes are called, in the order in which they were counted."""
    return (
        f"counts by {' and '.join(table.keys)}{at(cutoff_of(planned))}" if sorted(table.keys) == sorted(names) else ""
    )


def _categories(evidence: Evidence, planned: Planned, table: Table, names: Sequence[str]) -> Iterator[Category]:
    # A selection is the decision that is good for the person, which may be the prediction 0.
    is_chosen = planned.metric in SCORING or planned.favourable in {None, evidence.plan.columns.positive}
    places = [table.keys.index(name) for name in names]
    for key, sums in table.read().items():
        chosen, passed_over, undecided = (
            sum(sums[table.sums.index(name)] for name in columns) for columns in (CHOSEN, PASSED_OVER, UNDECIDED)
        )
        selected = chosen if is_chosen else passed_over
        yield Category(tuple(key[place] for place in places), chosen + passed_over, selected, undecided)
