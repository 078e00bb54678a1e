"""What rules without a name of their own are called by people: a policy has them under ``data`` and ``explainability``."""

_ASKED = {
    "min_positives": "rows whose label is 1",
    "disjoint_from": "rows of the training data in it",
    "kind": "rows apart from the training data",
}
_TITLES = {
    "data.training.disjoint_from": "training data: rows of the evaluation data in it",
    "explainability.proxies.max_attribution_share": "proxies: share of what moves the score",
    "explainability.proxies.max_predictability_of": "proxies: how well an input tells groups apart",
    "explainability.proxies": "proxies",
    "explainability.forbidden_features": "forbidden inputs",
    "explainability.reason_codes": "reason codes",
    "explainability.stability": "stability of reasons",
}


def is_named(rule: str) -> bool:
    """Say whether a rule stands under another, and has a title here."""
    return rule.startswith(("data.", "explainability."))


def title(rule: str) -> str:
    """Return a rule of data or explainability as people call it: ``evaluation data: rows whose label is 1``."""
    if rule in _TITLES:
        return _TITLES[rule]
    kind, _, rest = rule.partition(".")
    of, _, what = rest.replace("_", " ").partition(".")
    whose = f"{of} data" if kind == "data" else of
    asked = _ASKED.get(rule.rpartition(".")[2], what)
    return f"{whose}: {asked}" if what else whose
