"""What the rows of a group say of the model, as fractions of integers: rates, rank statistics, calibration.

What has nothing below its line is undefined, and says why. One number of a group comes with how many rows it is of, and
with the same number of every resample, so that comparisons of groups have intervals too.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias

from govern.checks.counts import Counts
from govern.checks.ranks import Along, Ranks

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Resampled: TypeAlias = "NDArray[np.float64] | None"


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """One number of a group, or the word for why there is none."""

    n: int
    value: Fraction | float | str
    again: Resampled = None
    """The number of each resample; none where no interval is asked for."""
    error: float | None = None
    """Of a mean, its standard error."""

    @property
    def known(self) -> Fraction | float | None:
        return None if isinstance(self.value, str) else self.value


@dataclass(frozen=True, slots=True)
class Rate:
    """A count over a count, the word for why there may be none, and the rows that it is of."""

    above: Callable[[Counts], Any]
    below: Callable[[Counts], Any]
    undefined: str
    size: Callable[[Counts], Any] = lambda c: c.labelled

    def of(self, counts: Counts) -> Fraction | None:
        below = self.below(counts)
        return Fraction(int(self.above(counts)), int(below)) if below else None

    def found(self, counts: Counts, again: Counts | None = None) -> Found:
        value = self.of(counts)
        n = int(self.size(counts))
        return Found(n, self.undefined if value is None else value, None if again is None else self.resampled(again))

    def resampled(self, counts: Counts) -> "NDArray[np.float64]":
        """Return the rate of each resample; not a number where it is undefined."""
        return divided(self.above(counts), self.below(counts))


RATES = {
    "selection_rate": Rate(lambda c: c.selected_of_all, lambda c: c.n, "no_rows", lambda c: c.n),
    "scoring_rate": Rate(lambda c: c.selected_of_all, lambda c: c.n, "no_rows", lambda c: c.n),
    "true_positive_rate": Rate(lambda c: c.true_positives, lambda c: c.positives, "no_positives"),
    "false_positive_rate": Rate(lambda c: c.false_positives, lambda c: c.negatives, "no_negatives"),
    "true_negative_rate": Rate(lambda c: c.true_negatives, lambda c: c.negatives, "no_negatives"),
    "false_negative_rate": Rate(lambda c: c.false_negatives, lambda c: c.positives, "no_positives"),
    "precision": Rate(lambda c: c.true_positives, lambda c: c.selected, "nobody_selected"),
    "false_discovery_rate": Rate(lambda c: c.false_positives, lambda c: c.selected, "nobody_selected"),
    "negative_predictive_value": Rate(lambda c: c.true_negatives, lambda c: c.labelled - c.selected, "all_selected"),
    "false_omission_rate": Rate(lambda c: c.false_negatives, lambda c: c.labelled - c.selected, "all_selected"),
    "accuracy": Rate(lambda c: c.true_positives + c.true_negatives, lambda c: c.labelled, "no_labels"),
    "error_rate": Rate(lambda c: c.false_positives + c.false_negatives, lambda c: c.labelled, "no_labels"),
    "f1": Rate(
        lambda c: 2 * c.true_positives,
        lambda c: 2 * c.true_positives + c.false_positives + c.false_negatives,
        "no_positives",
    ),
    "balanced_accuracy": Rate(
        lambda c: c.true_positives * c.negatives + c.true_negatives * c.positives,
        lambda c: 2 * c.positives * c.negatives,
        "one_label",
    ),
    "base_rate": Rate(lambda c: c.positives + c.undecided_positives, lambda c: c.known, "no_labels", lambda c: c.known),
}
REJECTION = Rate(lambda c: c.n - c.selected_of_all, lambda c: c.n, "no_rows", lambda c: c.n)
"""The selection rate where the favourable decision is the prediction 0."""

ROC_AUC = "roc_auc"


def roc_auc(ranks: Ranks | None) -> Fraction | str:
    """Return the share of pairs in which the positive row has the higher score, a tie counting half, or why not."""
    return _of_pairs(ranks, lambda one: Fraction(one.doubled_wins, 2 * one.positives * one.negatives))


def gini(ranks: Ranks | None) -> Fraction | str:
    area = roc_auc(ranks)
    return area if isinstance(area, str) else 2 * area - 1


def ks(ranks: Ranks | None) -> Fraction | str:
    return _of_pairs(ranks, lambda one: Fraction(one.widest_gap, one.positives * one.negatives))


def resampled_auc(positives: "NDArray[np.int64]", negatives: "NDArray[np.int64]") -> "NDArray[np.float64]":
    """Return the area of each resample from its counts along the score, a row a run of scores, a column a resample."""
    import numpy as np  # noqa: PLC0415  who only asks for help counts nothing

    below = np.cumsum(negatives, axis=0) - negatives
    doubled = (positives * (2 * below + negatives)).sum(axis=0)
    return divided(doubled, 2 * positives.sum(axis=0) * negatives.sum(axis=0))


def resampled_ks(positives: "NDArray[np.int64]", negatives: "NDArray[np.int64]") -> "NDArray[np.float64]":
    import numpy as np  # noqa: PLC0415  as above

    up_to, at_most = np.cumsum(positives, axis=0), np.cumsum(negatives, axis=0)
    gaps = np.abs(up_to * at_most[-1] - at_most * up_to[-1]).max(axis=0)
    return divided(gaps, up_to[-1] * at_most[-1])


RANKED: dict[str, tuple[Callable[[Ranks | None], Fraction | str], Callable[..., "NDArray[np.float64]"]]] = {
    ROC_AUC: (roc_auc, resampled_auc),
    "gini": (gini, lambda *runs: 2 * resampled_auc(*runs) - 1),
    "ks": (ks, resampled_ks),
}


def of_ranks(name: str, along: Along | None, drawn: "NDArray[np.int64] | None" = None) -> Found:
    """Return a rank statistic of a group; ``drawn`` are its positives and negatives along the score, drawn again."""
    exact, resampled = RANKED[name]
    value = exact(along.ranks if along else None)
    n = along.ranks.positives + along.ranks.negatives if along else 0
    if along is None or drawn is None or isinstance(value, str):
        return Found(n, value)
    width = len(along.positives)
    # Runs of scores count as ties; what that moves is moved back.
    (whole,) = resampled(along.positives[:, None], along.negatives[:, None])
    low = -1.0 if name == "gini" else 0.0
    again = (resampled(drawn[:width], drawn[width:]) - whole + float(value)).clip(low, 1.0)
    return Found(n, value, again)


def divided(above: Any, below: Any) -> "NDArray[np.float64]":
    """Divide arrays; not a number where there is nothing below the line."""
    import numpy as np  # noqa: PLC0415  as above

    found = np.full(np.shape(below), np.nan)
    np.divide(above, below, out=found, where=np.asarray(below) > 0)
    return found


def _of_pairs(ranks: Ranks | None, value: Callable[[Ranks], Fraction]) -> Fraction | str:
    if not ranks or not ranks.positives:
        return "no_positives"
    if not ranks.negatives:
        return "no_negatives"
    return value(ranks)
