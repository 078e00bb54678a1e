"""What custom calls a metric of groups that are compared, and what else, before any other name."""

RATIOS = {
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

SPREADS = {
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
