"""The metrics a policy may name: what each is, which way is better, and what else it is called elsewhere."""

from collections.abc import Iterator
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
    """One number for each group over that of another; a check must say ``by``."""
    GAP = "gap"
    """One number for each group, less that of another; a check must say ``by``."""
    SPREAD = "spread"
    """One number for the two groups furthest apart; a check must say ``by``."""
    COLUMN = "column"
    """One number for each column against a baseline; a check says ``of`` and ``against``."""
    ROWS = "rows"
    """One number for whole rows against a baseline; a check says ``against``, and may say ``of``."""
    FEATURE = "feature"
    """One number for each input of the model, or for those that a check names with ``of``."""


COMPARED = frozenset({Grouping.RATIO, Grouping.GAP, Grouping.SPREAD})
BESIDE = frozenset({Grouping.COLUMN, Grouping.ROWS})
"""Of rows beside others: a check says ``against``."""


@dataclass(frozen=True, slots=True)
class Metric:
    name: str
    formula: str
    reads: tuple[str, ...]
    """Of label, prediction, score, an attribute, a baseline and the model itself, those it is computed from."""
    better: Better = Better.HIGHER
    grouping: Grouping = Grouping.EACH
    aliases: tuple[str, ...] = ()
    low: Decimal = Decimal(0)
    high: Decimal = Decimal(1)
    of: tuple[str, ...] = ()
    """The metrics of each group that are compared."""


_CONFUSION = ("label", "prediction")
_SELECTION = ("prediction",)
_SCORED = ("label", "score")
_ONE, _MANY, _MOST = Decimal(1), Decimal(100), Decimal(10) ** 12
_BINS = "ten bins: tenths of the baseline, or its values where it is no number; an empty bin counts as half a row"

REASON_COVERAGE = "reason_coverage"
ROWS, POSITIVES = "rows", "positives"
ATTRIBUTION_SHARE, PREDICTABILITY = "attribution_share", "attribute_predictability"
SHARED_ROWS, DAYS_AFTER = "shared_rows", "days_after_baseline"

_PERFORMANCE = (
    Metric(
        "roc_auc",
        "the chance that a positive case scores above a negative one, ties counted half",
        _SCORED,
        aliases=("auc", "auroc", "c_statistic", "roc_auc_score"),
    ),
    Metric("gini", "2 x roc_auc - 1", _SCORED, aliases=("gini_coefficient", "somers_d"), low=-_ONE),
    Metric(
        "ks",
        "the largest distance between the shares of positives and of negatives up to a score",
        _SCORED,
        aliases=("ks_statistic", "kolmogorov_smirnov"),
    ),
    Metric("accuracy", "(true positives + true negatives) / all", _CONFUSION, aliases=("acc", "accuracy_score")),
    Metric(
        "balanced_accuracy",
        "(true positive rate + true negative rate) / 2",
        _CONFUSION,
        aliases=("balanced_accuracy_score",),
    ),
    Metric(
        "error_rate", "(false positives + false negatives) / all", _CONFUSION, Better.LOWER, aliases=("zero_one_loss",)
    ),
    Metric(
        "f1",
        "2 x true positives / (2 x true positives + false positives + false negatives)",
        _CONFUSION,
        aliases=("f1_score", "f_measure"),
    ),
    Metric(
        "precision",
        "true positives / predicted positives",
        _CONFUSION,
        aliases=("ppv", "positive_predictive_value", "precision_score"),
    ),
    Metric("negative_predictive_value", "true negatives / predicted negatives", _CONFUSION, aliases=("npv",)),
    Metric("false_discovery_rate", "false positives / predicted positives", _CONFUSION, Better.LOWER, aliases=("fdr",)),
    Metric("false_omission_rate", "false negatives / predicted negatives", _CONFUSION, Better.LOWER, aliases=("fomr",)),
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
    Metric(
        "scoring_rate",
        "rows whose score is above the median of all scores / rows with a score",
        ("score",),
        Better.NEITHER,
    ),
    Metric("base_rate", "positives / all", ("label",), Better.NEITHER, aliases=("prevalence", "default_rate")),
)

_SIZES = (
    Metric(ROWS, "rows, whatever they lack", (), aliases=("row_count", "n_rows", "sample_size"), high=_MOST),
    Metric(POSITIVES, "rows whose label is 1", ("label",), aliases=("n_positives", "bads", "events"), high=_MOST),
)

_APART = (
    Metric(
        SHARED_ROWS,
        "rows that stand in the baseline too, value for value, numbers as numbers and missing as equal: in the columns of, "
        "or in those the model reads, or else in all that both have but label, prediction, score, attributes and what has a "
        "value of its own in nine of ten rows of both",
        ("baseline",),
        Better.LOWER,
        Grouping.ROWS,
        aliases=("leaked_rows", "row_overlap", "train_test_samples_mix"),
        high=_MOST,
    ),
    Metric(
        DAYS_AFTER,
        "the first day of these rows - the last day of the baseline's, in days; undefined where one has no day",
        ("baseline",),
        Better.HIGHER,
        Grouping.COLUMN,
        aliases=("out_of_time_gap",),
        low=-_MOST,
        high=_MOST,
    ),
)

_CALIBRATION = (
    Metric(
        "brier",
        "the mean of (score - label)^2, each to nine digits",
        _SCORED,
        Better.LOWER,
        aliases=("brier_score", "brier_score_loss"),
    ),
    Metric(
        "log_loss",
        "the mean of -ln(the chance that was given to what came true), each to six digits, no chance below 1e-15",
        _SCORED,
        Better.LOWER,
        aliases=("cross_entropy", "logloss"),
        high=_MANY,
    ),
    Metric(
        "expected_calibration_error",
        "over ten bins of equal width: the sum of |scores - positives| / all",
        _SCORED,
        Better.LOWER,
        aliases=("ece", "calibration_error"),
    ),
)

_REGRESSION = (
    Metric(
        "rmse",
        "the root of the mean of (score - label)^2, where the label is a number",
        _SCORED,
        Better.LOWER,
        aliases=("root_mean_squared_error",),
        high=_MOST,
    ),
    Metric(
        "mae",
        "the mean of |score - label|, where the label is a number",
        _SCORED,
        Better.LOWER,
        aliases=("mean_absolute_error",),
        high=_MOST,
    ),
    Metric(
        "r2",
        "1 - the sum of (score - label)^2 / the sum of (label - its mean)^2",
        _SCORED,
        aliases=("r_squared", "r2_score", "coefficient_of_determination"),
        low=-_MOST,
    ),
)

_STABILITY = (
    Metric(
        "psi",
        f"the sum over bins of (share now - share then) x ln(share now / share then); {_BINS}",
        ("baseline",),
        Better.LOWER,
        Grouping.COLUMN,
        aliases=("population_stability_index", "stability_index", "csi", "characteristic_stability_index"),
        high=_MANY,
    ),
    Metric(
        "jensen_shannon_divergence",
        f"the mean distance of both from their middle, in bits; {_BINS}",
        ("baseline",),
        Better.LOWER,
        Grouping.COLUMN,
        aliases=("jensen_shannon", "js_divergence"),
    ),
    Metric(
        "ks_shift",
        "the largest distance between the shares up to a value, now and then; for columns of numbers",
        ("baseline",),
        Better.LOWER,
        Grouping.COLUMN,
        aliases=("ks_2samp", "ks_drift", "two_sample_ks"),
    ),
    Metric(
        "chi_square_p",
        f"the chance of bins at least so different if nothing had changed; {_BINS}",
        ("baseline",),
        Better.HIGHER,
        Grouping.COLUMN,
        aliases=("chi_square", "chi2_p_value"),
    ),
    Metric(
        "missing_share_rise",
        "share of missing values now - share then",
        ("baseline",),
        Better.LOWER,
        Grouping.COLUMN,
        aliases=("missingness_shift",),
        low=-_ONE,
    ),
    Metric(
        "new_value_share",
        "rows whose value the baseline does not have / all; for numbers, those outside its range",
        ("baseline",),
        Better.LOWER,
        Grouping.COLUMN,
        aliases=("new_category_share", "out_of_range_share"),
    ),
)

# What custom calls the comparisons of these, before any other name.
_RATIOS = {
    "selection_rate": (
        "adverse_impact_ratio",
        (
            "air",
            "disparate_impact",
            "disparate_impact_ratio",
            "demographic_parity_ratio",
            "four_fifths",
            "impact_ratio",
            "selection_rate_ratio",
        ),
    ),
    "scoring_rate": ("scoring_rate_ratio", ("scoring_impact_ratio",)),
    "true_positive_rate": ("true_positive_rate_ratio", ("equal_opportunity_ratio", "tpr_ratio")),
    "false_positive_rate": ("false_positive_rate_ratio", ("fpr_ratio",)),
    "false_negative_rate": ("false_negative_rate_ratio", ("fnr_ratio",)),
}
_SPREADS = {
    "selection_rate": (
        "demographic_parity_difference",
        ("dpd", "demographic_parity", "statistical_parity_difference", "selection_rate_difference"),
    ),
    "true_positive_rate": (
        "equal_opportunity_difference",
        ("eopd", "equal_opportunity", "tpr_difference", "true_positive_rate_difference"),
    ),
    "false_positive_rate": (
        "false_positive_rate_difference",
        ("predictive_equality", "predictive_equality_difference", "fpr_difference"),
    ),
    "precision": ("precision_difference", ("predictive_parity", "predictive_parity_difference")),
}
_WORDS = {"roc_auc": "roc_auc", "f1": "f1"}


def _compared(one: Metric) -> Iterator[Metric]:
    """Yield what is made of a metric of each group: a ratio, a gap and a spread."""
    words = _WORDS.get(one.name, one.name.replace("_", " "))
    is_lower = one.better is Better.LOWER
    best = "lowest" if is_lower else "best"
    name, aliases = _RATIOS.get(one.name, (f"{one.name}_ratio", ()))
    # Against a fixed reference a group may be ahead; what lies above ten is a percentage, where higher is better.
    yield Metric(
        name,
        f"{words} of the group / {words} of the reference group, or of the {best}",
        one.reads,
        Better.LOWER if is_lower else Better.HIGHER,
        Grouping.RATIO,
        aliases,
        high=_MANY if is_lower else Decimal(10),
        of=(one.name,),
    )
    yield Metric(
        f"{one.name}_gap",
        f"{words} of the group - {words} of the reference group, or of the {best}",
        one.reads,
        Better.NEITHER,
        Grouping.GAP,
        low=-_ONE,
        of=(one.name,),
    )
    name, aliases = _SPREADS.get(one.name, (f"{one.name}_difference", ()))
    yield Metric(name, f"largest {words} - smallest", one.reads, Better.LOWER, Grouping.SPREAD, aliases, of=(one.name,))


_ODDS = (
    Metric(
        "equalized_odds_difference",
        "the larger of the spreads of true and false positive rates",
        _CONFUSION,
        Better.LOWER,
        Grouping.SPREAD,
        aliases=("eod", "equalized_odds", "equalised_odds_difference"),
        of=("true_positive_rate", "false_positive_rate"),
    ),
)

_MODEL = (
    Metric(
        REASON_COVERAGE,
        "declined applicants whose reasons may be given / declined applicants explained",
        ("model",),
        aliases=("reason_codes", "adverse_action_coverage"),
    ),
)

_PROXIES = (
    Metric(
        ATTRIBUTION_SHARE,
        "the sum of |contribution| of an input / that of all inputs, to six digits of the largest: Shapley values of the 500 "
        "rows whose digests come first, against one another; columns that begin with the name of an input and one of _=.:- "
        "are one input",
        ("model",),
        Better.LOWER,
        Grouping.FEATURE,
        aliases=("shap_share", "importance_share"),
    ),
    Metric(
        PREDICTABILITY,
        "the largest, over groups, of the chances that a row of the group is told from one of the rest by this column alone: "
        "by a higher number, or a lower, missing ones above all; or by a value that has a larger share of the group, both rows "
        "left out (leave-pair-out); alike is half",
        ("attribute",),
        Better.LOWER,
        Grouping.FEATURE,
        aliases=("proxy_auc", "proxy_strength"),
    ),
)

_OF_GROUPS = tuple(one for one in _PERFORMANCE if one.name not in {"gini", "ks"})

METRICS = {
    metric.name: metric
    for metric in (
        *_PERFORMANCE,
        *_SIZES,
        *_CALIBRATION,
        *_REGRESSION,
        *(compared for one in _OF_GROUPS for compared in _compared(one)),
        *_ODDS,
        *_STABILITY,
        *_APART,
        *_MODEL,
        *_PROXIES,
    )
}

OTHER_NAMES = {alias: metric.name for metric in METRICS.values() for alias in metric.aliases}


def compares_columns(name: str) -> bool:
    """Say whether a metric sets columns beside those of other data."""
    return name in METRICS and METRICS[name].grouping is Grouping.COLUMN
