"""What a group's rows say of the model: rates and the area under the ROC curve, as fractions of integers.

A rate without anything below its line is undefined, and says why. The same tables of what is divided by what serve the
groups, the resamples and the comparison of groups.
"""

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from govern.checks.counts import Counts, Ranks

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Rate:
    """A count over a count, and the word for why there may be none."""

    above: Callable[[Counts], Any]
    below: Callable[[Counts], Any]
    undefined: str

    def of(self, counts: Counts) -> Fraction | None:
        below = self.below(counts)
        return Fraction(int(self.above(counts)), int(below)) if below else None

    def resampled(self, counts: Counts) -> "NDArray[np.float64]":
        """Return the rate of each resample; not a number where it is undefined."""
        import numpy as np  # noqa: PLC0415  who only asks for help counts nothing

        below = self.below(counts)
        found = np.full(below.shape, np.nan)
        np.divide(self.above(counts), below, out=found, where=below > 0)
        return found


RATES = {
    "selection_rate": Rate(lambda c: c.selected_of_all, lambda c: c.n, "no_rows"),
    "true_positive_rate": Rate(lambda c: c.true_positives, lambda c: c.positives, "no_positives"),
    "false_positive_rate": Rate(lambda c: c.false_positives, lambda c: c.negatives, "no_negatives"),
    "true_negative_rate": Rate(lambda c: c.true_negatives, lambda c: c.negatives, "no_negatives"),
    "false_negative_rate": Rate(lambda c: c.false_negatives, lambda c: c.positives, "no_positives"),
    "precision": Rate(lambda c: c.true_positives, lambda c: c.selected, "nobody_selected"),
    "negative_predictive_value": Rate(lambda c: c.true_negatives, lambda c: c.labelled - c.selected, "all_selected"),
    "accuracy": Rate(lambda c: c.true_positives + c.true_negatives, lambda c: c.labelled, "no_labels"),
    "base_rate": Rate(lambda c: c.positives + c.undecided_positives, lambda c: c.known, "no_labels"),
}

ROC_AUC = "roc_auc"


def roc_auc(ranks: Ranks | None) -> Fraction | str:
    """Return the share of pairs in which the positive row has the higher score, a tie counting half, or why not."""
    if not ranks or not ranks.positives:
        return "no_positives"
    if not ranks.negatives:
        return "no_negatives"
    return Fraction(ranks.doubled_wins, 2 * ranks.positives * ranks.negatives)


def resampled_auc(positives: "NDArray[np.int64]", negatives: "NDArray[np.int64]") -> "NDArray[np.float64]":
    """Return the area of each resample from its counts along the score, a row a run of scores, a column a resample."""
    import numpy as np  # noqa: PLC0415  who only asks for help counts nothing

    below = np.cumsum(negatives, axis=0) - negatives
    doubled = (positives * (2 * below + negatives)).sum(axis=0)
    pairs = positives.sum(axis=0) * negatives.sum(axis=0)
    found = np.full(pairs.shape, np.nan)
    np.divide(doubled, 2 * pairs, out=found, where=pairs > 0)
    return found
