"""The metrics a policy may name: what each is, which way is better, and what else it is called elsewhere."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Better(StrEnum):
    HIGHER = "higher"
    LOWER = "lower"
    NEITHER = "neither"


class Grouping(StrEnum):
    """What a metric makes of groups."""

    EACH = "each"
    """One number for everybody, or one for each group where a check says ``by``."""
    RATIO = "ratio"
    """One number for each group against the reference; a check must say ``by``."""
    SPREAD = "spread"
    """One number for the two groups furthest apart; a check must say ``by``."""


@dataclass(frozen=True, slots=True)
class Metric:
    name: str
    formula: str
    reads: tuple[str, ...]
    """Of label, prediction, score, a baseline and the model itself, those it is computed from."""
    better: Better = Better.HIGHER
    grouping: Grouping = Grouping.EACH
    aliases: tuple[str, ...] = ()
    low: Decimal = Decimal(0)
    high: Decimal = Decimal(1)


_CONFUSION = ("label", "prediction")
_SELECTION = ("prediction",)

REASON_COVERAGE = "reason_coverage"

METRICS = {
    metric.name: metric
    for metric in (
        Metric(
            "roc_auc",
            "the chance that a positive case scores above a negative one, ties counted half",
            ("label", "score"),
            aliases=("auc", "auroc", "c_statistic", "roc_auc_score"),
        ),
        Metric(
            "accuracy",
            "(true positives + true negatives) / all",
            _CONFUSION,
            aliases=("acc", "accuracy_score"),
        ),
        Metric(
            "precision",
            "true positives / predicted positives",
            _CONFUSION,
            aliases=("ppv", "positive_predictive_value", "precision_score"),
        ),
        Metric("negative_predictive_value", "true negatives / predicted negatives", _CONFUSION, aliases=("npv",)),
        Metric(
            "true_positive_rate",
            "true positives / positives",
            _CONFUSION,
            aliases=("tpr", "recall", "sensitivity", "recall_score"),
        ),
        Metric("true_negative_rate", "true negatives / negatives", _CONFUSION, aliases=("tnr", "specificity")),
        Metric("false_positive_rate", "false positives / negatives", _CONFUSION, Better.LOWER, aliases=("fpr",)),
        Metric("false_negative_rate", "false negatives / positives", _CONFUSION, Better.LOWER, aliases=("fnr",)),
        Metric(
            "selection_rate",
            "favourable decisions / all",
            _SELECTION,
            Better.NEITHER,
            aliases=("acceptance_rate", "approval_rate", "positive_rate"),
        ),
        Metric("base_rate", "positives / all", ("label",), Better.NEITHER, aliases=("prevalence", "default_rate")),
        Metric(
            "adverse_impact_ratio",
            "selection rate of the group / selection rate of the reference group, or of the best",
            _SELECTION,
            grouping=Grouping.RATIO,
            aliases=(
                "air",
                "disparate_impact",
                "disparate_impact_ratio",
                "demographic_parity_ratio",
                "four_fifths",
                "impact_ratio",
                "selection_rate_ratio",
            ),
            # Against a fixed reference a group may be ahead; what lies above ten is a percentage.
            high=Decimal(10),
        ),
        Metric(
            "demographic_parity_difference",
            "largest selection rate - smallest",
            _SELECTION,
            Better.LOWER,
            Grouping.SPREAD,
            aliases=("dpd", "demographic_parity", "statistical_parity_difference"),
        ),
        Metric(
            "equal_opportunity_difference",
            "largest true positive rate - smallest",
            _CONFUSION,
            Better.LOWER,
            Grouping.SPREAD,
            aliases=("eopd", "equal_opportunity", "tpr_difference"),
        ),
        Metric(
            "equalized_odds_difference",
            "the larger of the spreads of true and false positive rates",
            _CONFUSION,
            Better.LOWER,
            Grouping.SPREAD,
            aliases=("eod", "equalized_odds", "equalised_odds_difference"),
        ),
        Metric(
            "psi",
            "the sum over bins of (share now - share then) x ln(share now / share then)",
            ("baseline",),
            Better.LOWER,
            aliases=("population_stability_index", "stability_index"),
            high=Decimal(100),
        ),
        Metric(
            REASON_COVERAGE,
            "declined applicants whose reasons may be given / declined applicants explained",
            ("model",),
            aliases=("reason_codes", "adverse_action_coverage"),
        ),
    )
}

OTHER_NAMES = {alias: metric.name for metric in METRICS.values() for alias in metric.aliases}
