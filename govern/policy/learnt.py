"""Mistakes that Govern learnt to see after policies had been adopted: who writes one is told, what is adopted stands.

A check that nothing can serve would be found not measured, and only once somebody measures. Works on the source, as
`consistency` does; what has the wrong type is passed over.
"""

import re
from difflib import get_close_matches
from typing import Any

from govern.policy.diagnostics import Code, did_you_mean, quoted
from govern.policy.document import MOST, ROLLBACK, Stage
from govern.policy.metrics import METRICS, OTHER_NAMES, REASON_COVERAGE, Grouping, Metric
from govern.policy.parts import listed, mapping, report, report_key, texts
from govern.policy.source import Path, Source

OVERALL = "overall"
"""Everybody, whom groups are compared with."""
ASKED = (Stage.VALIDATED.value, Stage.APPROVED.value, Stage.PRODUCTION.value, ROLLBACK)
"""Gates that are asked when a version is moved."""
ROLES = ("training", "evaluation")
"""Of data, those that a policy can ask something of."""
COLUMNS = ("score", "features")
"""What a check can compare besides columns that it names."""
REFERENCES = ("near_cutoff", "approved", "all")
"""With whom the declined are compared."""
STABLE = ("top_k_jaccard",)
"""By what it is measured how stable reasons are."""
_ROLE = re.compile("[a-z][a-z0-9_]{0,63}")
_ALIKE = 0.85
"""From here on two words differ by a slip: trainning and training do, score and score_2 do not."""


def report_learnt(source: Source) -> None:
    """Add to the source's mistakes every check that says something which its metric cannot serve."""
    roles = {*ROLES, *mapping(source.value, "data")} - {"sensitive"}
    gates = mapping(source.value, "gates")
    for name, gate in gates.items() if len(gates) <= MOST else ():
        _check_gate(source, name)
        for key in ("ratify_within", "to_version"):
            if name != ROLLBACK and isinstance(gate, dict) and key in gate:
                message = f"{key} says nothing here: only the gate {ROLLBACK} has it"
                report_key(source, ("gates", name, key), Code.ASKS_NOTHING, message, "delete it")
    _check_reasons(source, mapping(source.value, "explainability"))
    for place, check in enumerate(listed(source.value, "checks")):
        metric = METRICS.get(str(check.get("metric"))) if isinstance(check, dict) else None
        if isinstance(check, dict) and check.get("kind") == "imported":
            _check_imported(source, ("checks", place), check)
        elif metric:
            _check_against(source, ("checks", place, "against"), metric, check.get("against"), sorted(roles))
            _check_columns(source, ("checks", place), metric, check)
            _check_groups(source, ("checks", place), metric, check)


def _check_gate(source: Source, name: str) -> None:
    """Report a gate that no move goes through: the stage is misspelt, or nothing holds the move back."""
    if name in ASKED:
        return
    near = get_close_matches(name.lower(), ASKED, 1, _ALIKE)
    if near and name not in set(Stage):
        message = f"no version is moved to {quoted(name)}"
        report_key(source, ("gates", name), Code.UNKNOWN_STAGE, message, f'did you mean "{near[0]}"?')
        return
    message = f"no move waits for the gate {quoted(name)}: only `govern gate` asks it"
    hint = f"gates that moves wait for: {', '.join(ASKED)}"
    report_key(source, ("gates", name), Code.UNUSED, message, hint, is_error=False)


def _check_reasons(source: Source, asked: dict[str, Any]) -> None:
    said: list[tuple[Path, str, tuple[str, ...]]] = [
        (("explainability", "reason_codes", "reference"), "reference", REFERENCES),
        (("explainability", "stability", "metric"), "metric", STABLE),
    ]
    for path, key, known in said:
        for at, word in texts(path, mapping(asked, str(path[1]))):
            if word not in known:
                message = f"{key}: expected {' or '.join(known)}, found the text {quoted(word)}"
                report(source, at, Code.WRONG_VALUE, message, did_you_mean(word, known))


def _check_imported(source: Source, path: Path, check: dict[str, Any]) -> None:
    name = check.get("metric")
    known = METRICS.get(str(name)) or METRICS.get(OTHER_NAMES.get(str(name).lower(), ""))
    if known:
        message = f"{quoted(str(name))} is measured here, and is never taken from outside"
        report(source, (*path, "metric"), Code.UNKNOWN_METRIC, message, "leave kind: out, or give it another name")
    elif isinstance(name, str) and name not in mapping(source.value, "metrics"):
        message = f"nobody says which way {quoted(name)} is better, and between what it lies"
        hint = f"declare it: metrics: {{{name}: {{better: lower, low: 0}}}}"
        report(source, (*path, "metric"), Code.UNDECLARED, message, hint, is_error=False)
    for key in ("of", "against", "favourable"):
        if key in check:
            report_key(source, (*path, key), Code.GROUPING, f"{key} says nothing of a number from outside", "delete it")


def _check_against(source: Source, path: Path, metric: Metric, against: Any, roles: list[str]) -> None:
    if not isinstance(against, str):
        return
    if metric.grouping is Grouping.COLUMN:
        _check_role(source, path, against, roles)
    elif metric.grouping not in {Grouping.RATIO, Grouping.GAP}:
        message = f"against says nothing here: {metric.name} compares no group with others"
        report_key(source, path, Code.GROUPING, message, "delete it")
    elif against != OVERALL:
        message = f"{metric.name} compares groups with each other or with {OVERALL}, not with {quoted(against)}"
        hint = did_you_mean(against, [OVERALL]) or "delete it, or name a reference: under data.sensitive"
        report(source, path, Code.GROUPING, message, hint)


def _check_role(source: Source, path: Path, role: str, roles: list[str]) -> None:
    if role in roles:
        return
    near = get_close_matches(role.lower(), roles, 1, _ALIKE)
    hint = f'did you mean "{near[0]}"?' if near else ""
    if not _ROLE.fullmatch(role) or (near and role.isalpha()) or role in {OVERALL, "champion"}:
        message = f"unknown role of data {quoted(role)}"
        report(source, path, Code.UNKNOWN_ROLE, message, hint or f"name one: {' or '.join(roles)}")
        return
    message = f"this policy asks nothing of {quoted(role)} data"
    hint = hint or f"each version has to be registered with it: --data {role}=FILE"
    report(source, path, Code.UNKNOWN_ROLE, message, hint, is_error=False)


def _check_columns(source: Source, path: Path, metric: Metric, check: dict[str, Any]) -> None:
    path = (*path, "of")
    if metric.grouping is not Grouping.COLUMN:
        if "of" in check:
            report_key(
                source, path, Code.GROUPING, f"of says nothing here: {metric.name} compares no columns", "delete it"
            )
        return
    for at, name in texts(path, check):
        near = get_close_matches(name.lower(), COLUMNS, 1, _ALIKE)
        if near and name not in COLUMNS:
            message = f"{quoted(name)} is the name of a column"
            report(source, at, Code.UNKNOWN_ROLE, message, f'did you mean "{near[0]}"?', is_error=False)


def _check_groups(source: Source, path: Path, metric: Metric, check: dict[str, Any]) -> None:
    is_alone = metric.grouping is Grouping.COLUMN or metric.name == REASON_COVERAGE
    for key in ("by", "intersections", "confidence"):
        if is_alone and key in check:
            message = f"{metric.name} takes no attribute and no interval"
            report_key(source, (*path, key), Code.GROUPING, message, "delete it")
    if check.get("small_groups") == "merge" and "score" in metric.reads:
        message = f"{metric.name} cannot put small groups together"
        report(source, (*path, "small_groups"), Code.GROUPING, message, "report them, or let them fail")
