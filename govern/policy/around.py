"""Mistakes in what a policy asks besides checks and signatures: data, documents, monitoring, waivers, and for whom it is."""

from decimal import Decimal
from typing import Any

from govern.policy.diagnostics import Code, did_you_mean, quoted
from govern.policy.document import ALL, LARGEST_QUORUM, MAKERS
from govern.policy.parts import mapping, report, report_key, require_known, texts
from govern.policy.source import Path, Source

MOST_REASONS = 4
"""More are unlikely to help anybody who reads them."""
STATED = ("reason", "compensating_control")
"""What a waiver says."""
MATCHES = ("name", "alias", "lineage")
FIELDS = ("rows", "date_from", "date_to", "licence", "digest")
"""What is known of a data set."""


def report_around(source: Source, checks: set[str]) -> None:
    """Add every mistake outside checks, approvals and gates to the source's."""
    _check_waivers(source, checks)
    _check_effective(source)
    _check_sensitive(source)
    _check_data(source)
    _check_explainability(source)
    _check_monitoring(source, checks)
    excluded = mapping(mapping(source.value, "applies_to"), "exclude")
    if not excluded and "exclude" in mapping(source.value, "applies_to"):
        path: Path = ("applies_to", "exclude")
        report_key(source, path, Code.ASKS_NOTHING, "exclude names nothing, and would exclude every model", "delete it")


def _check_waivers(source: Source, checks: set[str]) -> None:
    waivers = mapping(source.value, "waivers")
    for key in ("allowed_for", "never_for"):
        for at, check in texts(("waivers", key), waivers):
            require_known(source, at, Code.UNKNOWN_CHECK, check, [*checks, ALL])
    quorum = mapping(waivers, "requires").get("quorum")
    if isinstance(quorum, Decimal) and not 1 <= quorum <= LARGEST_QUORUM:
        message = f"quorum {quorum} asks for nobody" if quorum < 1 else f"quorum {quorum} can never be reached"
        report(source, ("waivers", "requires", "quorum"), Code.UNREACHABLE_QUORUM, message)
    for at, said in texts(("waivers", "must_state"), waivers):
        _require_one(source, at, said, STATED)
    sides: list[tuple[Path, Any]] = [
        (("waivers", "requires"), mapping(waivers, "requires")),
        (("evidence", "measured_by"), mapping(mapping(source.value, "evidence"), "measured_by")),
    ]
    for path, side in sides:
        for at, other in texts((*path, "not_same_as"), side):
            if other != MAKERS:
                report(source, at, Code.UNKNOWN_APPROVAL, f"only {quoted(MAKERS)} can stand here, not {quoted(other)}")


def _check_effective(source: Source) -> None:
    effective = mapping(source.value, "effective")
    first, last = effective.get("from"), effective.get("until")
    if isinstance(first, str) and isinstance(last, str) and last < first:  # dates sort as texts
        message = f"until: {last} lies before from: {first}"
        report(source, ("effective", "until"), Code.CONTRADICTION, message)


def _check_sensitive(source: Source) -> None:
    for name, attribute in mapping(mapping(source.value, "data"), "sensitive").items():
        path: Path = ("data", "sensitive", name)
        groups = [group for _, group in texts((*path, "groups"), attribute)]
        for at, group in texts((*path, "reference"), attribute):
            if groups and group not in groups:
                message = f"the reference {quoted(group)} is none of the groups"
                report(source, at, Code.CONTRADICTION, message, did_you_mean(group, groups))


def _check_data(source: Source) -> None:
    data = mapping(source.value, "data")
    for role in ("training", "evaluation"):
        for at, name in texts(("data", role, "required_fields"), mapping(data, role)):
            _require_one(source, at, name, FIELDS)
        for at, other in texts(("data", role, "disjoint_from"), mapping(data, role)):
            if other == role or other not in {"training", "evaluation"}:
                report(source, at, Code.WRONG_VALUE, f"{role} data cannot be apart from {quoted(other)}")
        _check_idle(source, ("data", role), mapping(data, role))


def _check_idle(source: Source, path: Path, asked: dict[str, Any]) -> None:
    """Report columns that are named for a rule that is not there."""
    kind = asked.get("kind")
    if "disjoint_by" in asked and "disjoint_from" not in asked and kind not in {"holdout", "external"}:
        message = "disjoint_by says nothing without disjoint_from: nothing is compared"
        report_key(source, (*path, "disjoint_by"), Code.ASKS_NOTHING, message, "add disjoint_from:, or delete it")
    if "dated_by" in asked and kind != "out_of_time":
        message = "dated_by says nothing without kind: out_of_time"
        report_key(source, (*path, "dated_by"), Code.ASKS_NOTHING, message, "add it, or delete this")


def _check_explainability(source: Source) -> None:
    asked = mapping(source.value, "explainability")
    for at, how in texts(("explainability", "forbidden_features", "match"), mapping(asked, "forbidden_features")):
        _require_one(source, at, how, MATCHES)
    most, least = (mapping(asked, "reason_codes").get(key) for key in ("max", "min"))
    path: Path = ("explainability", "reason_codes", "max")
    if isinstance(most, Decimal) and not 1 <= most <= MOST_REASONS:
        report(source, path, Code.OUT_OF_RANGE, f"max: {most} is not between 1 and {MOST_REASONS}")
    elif isinstance(most, Decimal) and isinstance(least, Decimal) and least > most:
        report(source, path, Code.CONTRADICTION, f"max: {most} lies below min: {least}")


def _check_monitoring(source: Source, checks: set[str]) -> None:
    monitoring = mapping(source.value, "monitoring")
    for name, watch in monitoring.items():
        for at, check in texts(("monitoring", name, "checks"), watch):
            require_known(source, at, Code.UNKNOWN_CHECK, check, [*checks, ALL])
    if monitoring and not set(monitoring) - {"breach"}:
        report_key(
            source,
            ("monitoring",),
            Code.ASKS_NOTHING,
            "monitoring measures nothing",
            "add a name with every: and checks:",
        )


def _require_one(source: Source, path: Path, name: str, known: tuple[str, ...]) -> None:
    if name not in known:
        hint = did_you_mean(name, known)
        report(source, path, Code.WRONG_VALUE, f"expected {' or '.join(known)}, found the text {quoted(name)}", hint)
