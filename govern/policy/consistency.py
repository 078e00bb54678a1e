"""Mistakes between the keys of a policy: what its types cannot say.

Works on the source, not on the typed policy, so that one misspelt key hides no other mistake: whatever has the wrong type
was reported by the types, and is passed over here.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

from govern.policy.around import report_around
from govern.policy.decimals import write_decimal
from govern.policy.diagnostics import Code, Position, did_you_mean, quoted
from govern.policy.document import ALL, CURRENT, LARGEST_QUORUM, MAKERS, MOST, MOST_CHECKS, Stage
from govern.policy.metrics import COMPARED, METRICS, OTHER_NAMES, Grouping, Metric
from govern.policy.parts import listed, mapping, names, report, report_key, require_known, texts
from govern.policy.source import Path, Source

RESAMPLES = (100, 100_000)
_Checks: TypeAlias = list[tuple[Path, dict[str, Any]]]
_LIMITS = ("min", "max", "warn_below", "warn_above")


def report_contradictions(source: Source) -> None:
    """Add every mistake between keys to the source's."""
    _check_repetition(source, (), source.value)
    checks: _Checks = [
        (("checks", place), check)
        for place, check in enumerate(listed(source.value, "checks"))
        if isinstance(check, dict)
    ]
    approvals = mapping(source.value, "approvals")
    gates = mapping(source.value, "gates")
    if len(checks) > MOST_CHECKS or len(approvals) > MOST or len(gates) > MOST:
        return  # reported by the types; what follows grows faster than its input
    _check_ids(source, checks)
    _check_declared(source, checks)
    for path, check in checks:
        _check_metric(source, path, check)
        _check_confidence(source, path, check)
    waits = {name: _before(name, approvals) for name in approvals}
    for name, approval in approvals.items():
        _check_approval(source, name, approval, waits)
    for name, gate in gates.items():
        _check_gate(source, name, gate, {str(check.get("id")) for _, check in checks}, approvals)
    report_around(source, {str(check.get("id")) for _, check in checks})
    if isinstance(source.value, dict) and not {"checks", "approvals"} & set(source.value):
        report(source, (), Code.ASKS_NOTHING, "the policy has no checks and no approvals, it would judge nothing")
    _warn_of_unused(source, checks, approvals, gates)


def _check_repetition(source: Source, path: Path, value: Any) -> None:
    """Report every text that stands in one list twice: there is no list where that means anything."""
    parts = value.items() if isinstance(value, dict) else enumerate(value if isinstance(value, list) else ())
    seen: set[str] = set()
    for step, part in parts:
        _check_repetition(source, (*path, step), part)
        if part is None:
            _check_nothing(source, (*path, step))
        if isinstance(value, list) and isinstance(part, str):
            if part in seen:
                report(source, (*path, step), Code.DUPLICATE, f"{quoted(part)} stands in the list twice", "delete it")
            seen.add(part)


def _check_nothing(source: Source, path: Path) -> None:
    """Report a key with no value: it would read as if the rule were there."""
    at = source.place(path).value
    if path not in source.spoiled and not any(
        (one.line, one.column) == (at.line, at.column) for one in source.mistakes
    ):
        report(source, path, Code.MISSING, f"{path[-1]} has no value", "write one, or leave the key out")


def _check_ids(source: Source, checks: _Checks) -> None:
    seen: dict[str, Position] = {}
    for path, check in checks:
        id_, at = check.get("id"), source.place((*path, "id")).value
        if id_ == ALL:
            report(source, (*path, "id"), Code.MALFORMED, f'"{ALL}" means every check, no check is called that')
        elif isinstance(id_, str) and id_ in seen:
            hint = f"first defined at line {seen[id_].line}; delete one of the two, or name it otherwise"
            report(source, (*path, "id"), Code.DUPLICATE, f"duplicate check {quoted(id_)}", hint)
        elif isinstance(id_, str):
            seen[id_] = at


def _check_declared(source: Source, checks: _Checks) -> None:
    """Report what is declared as from outside and is measured here, lies in no range, or is named by no check."""
    used = {check.get("metric") for _, check in checks if check.get("kind") == "imported"}
    for name, declared in mapping(source.value, "metrics").items():
        path: Path = ("metrics", name)
        known = METRICS.get(name) or METRICS.get(OTHER_NAMES.get(name, ""))
        if known:
            message = f"{name} is measured here{f', as {known.name}' if known.name != name else ''}"
            report_key(source, path, Code.DUPLICATE, message, "give what comes from outside another name")
        elif name not in used:
            report_key(source, path, Code.UNUSED, f"no check imports {quoted(name)}", is_error=False)
        low, high = (declared.get(key) if isinstance(declared, dict) else None for key in ("low", "high"))
        if isinstance(low, Decimal) and isinstance(high, Decimal) and low >= high:
            message = f"high: {write_decimal(high)} does not lie above low: {write_decimal(low)}"
            report(source, (*path, "high"), Code.CONTRADICTION, message)


def _check_metric(source: Source, path: Path, check: dict[str, Any]) -> None:
    limits = {key: check[key] for key in _LIMITS if isinstance(check.get(key), Decimal)}
    compared = mapping(check, "compare")
    if "compare" in check and not {"delta_min", "delta_max"} & set(compared):
        message = "compare says with what, and not how far apart they may be"
        report(source, (*path, "compare"), Code.NO_LIMIT, message, "add delta_min: or delta_max:")
    if not any(key in check for key in (*_LIMITS, "compare")):
        message = f"check {quoted(str(check.get('id', '')))} has no limit and can never fail"
        report(source, path, Code.NO_LIMIT, message, "add min: or max:")
    for low, high in [("min", "max"), ("min", "warn_below"), ("warn_above", "max"), ("warn_below", "warn_above")]:
        if low in limits and high in limits and limits[low] > limits[high]:
            message = f"{high}: {write_decimal(limits[high])} lies below {low}: {write_decimal(limits[low])}"
            report(source, (*path, high), Code.CONTRADICTION, message)
    name, declared = check.get("metric"), mapping(source.value, "metrics")
    if not isinstance(name, str):
        return
    if check.get("kind") == "imported":
        known = mapping(declared, name)
        ends = [end if isinstance(end := known.get(key), Decimal) else None for key in ("low", "high")]
        _check_limits(source, path, _Span(name, str(known.get("better")), ends[0], ends[1]), limits)
        return
    metric = METRICS.get(name) or METRICS.get(OTHER_NAMES.get(name.lower(), ""))
    if name not in METRICS:
        hint = f'"{name}" is called "{metric.name}" here' if metric else did_you_mean(name, METRICS)
        hint = "it comes from outside: add kind: imported" if name in declared else hint
        report(source, (*path, "metric"), Code.UNKNOWN_METRIC, f"unknown metric {quoted(name)}", hint)
    if metric:
        _check_limits(source, path, _Span(metric.name, metric.better, metric.low, metric.high), limits)
        _check_grouping(source, path, metric, check)


@dataclass(frozen=True, slots=True)
class _Span:
    """Of a metric, between what its values lie, and which of them are better."""

    name: str
    better: str
    low: Decimal | None
    high: Decimal | None

    def __str__(self) -> str:
        if self.low is None or self.high is None:
            ends = (("at least", self.low), ("at most", self.high))
            return " and ".join(f"{words} {write_decimal(end)}" for words, end in ends if end is not None)
        return f"{write_decimal(self.low)} to {write_decimal(self.high)}"

    def has(self, limit: Decimal) -> bool:
        return not (self.low is not None and limit < self.low) and not (self.high is not None and limit > self.high)


def _check_limits(source: Source, path: Path, span: _Span, limits: dict[str, Decimal]) -> None:
    for key, limit in limits.items():
        if not span.has(limit):
            percent = limit / 100
            hint = f"did you mean {write_decimal(percent)}?" if 0 < percent <= 1 and span.name in METRICS else ""
            message = f"{key}: {write_decimal(limit)} is outside the range of {span.name} ({span})"
            report(source, (*path, key), Code.OUT_OF_RANGE, message, hint)
    wrong, right = {"higher": ("max", "min"), "lower": ("min", "max")}.get(span.better, ("", ""))
    if wrong in limits and right not in limits:
        message = f"{span.name} is better when {span.better}; a {wrong} alone would reward a worse model"
        place = source.place((*path, wrong))
        source.report(place.key or place.value, Code.WRONG_SIDE, message, hint=f"use {right}:", width=len(wrong))


def _check_grouping(source: Source, path: Path, metric: Metric, check: dict[str, Any]) -> None:
    if metric.grouping is Grouping.COLUMN and "against" not in check:
        message = f"{metric.name} compares columns with those of other data, and the check does not say which"
        report(source, path, Code.GROUPING, message, "name the role of the data: against: training")
    if "by" in check:
        return
    if metric.grouping in COMPARED:
        message = f"{metric.name} compares groups, and the check has no by"
        report(source, path, Code.GROUPING, message, "name a sensitive attribute: by: sex")
    for key in ("min_group_size", "small_groups"):
        if key in check:
            place = source.place((*path, key))
            message = f"{key} says nothing without by: there are no groups"
            source.report(place.key or place.value, Code.GROUPING, message, hint="delete it", width=len(key))


def _check_confidence(source: Source, path: Path, check: dict[str, Any]) -> None:
    confidence, path = mapping(check, "confidence"), (*path, "confidence")
    level, resamples = confidence.get("level"), confidence.get("resamples")
    if isinstance(level, Decimal) and not 0 < level < 1:
        hint = f"did you mean {write_decimal(level / 100)}?" if 1 < level < 100 else ""  # noqa: PLR2004  a percentage
        report(source, (*path, "level"), Code.OUT_OF_RANGE, f"level: {level} is not between 0 and 1", hint)
    if isinstance(resamples, Decimal) and not RESAMPLES[0] <= resamples <= RESAMPLES[1]:
        message = f"resamples: {resamples} is not between {RESAMPLES[0]} and {RESAMPLES[1]}"
        report(source, (*path, "resamples"), Code.OUT_OF_RANGE, message)
    flattering = {"lower": ("max", "min"), "upper": ("min", "max")}.get(str(confidence.get("decide_on")))
    if flattering and flattering[0] in check and flattering[1] not in check:
        message = (
            f"the {confidence['decide_on']} end of an interval against a {flattering[0]} rewards having little data"
        )
        report(source, (*path, "decide_on"), Code.CONTRADICTION, message, "use interval, or the other end")


def _check_approval(source: Source, name: str, approval: Any, waits: dict[str, set[str]]) -> None:
    path: Path = ("approvals", name)
    order = list(waits)
    quorum, of = (approval.get(key) if isinstance(approval, dict) else None for key in ("quorum", "of"))
    if isinstance(quorum, Decimal) and isinstance(of, Decimal) and quorum > of:
        message = f"quorum {quorum} of {of} can never be reached"
        report(source, (*path, "quorum"), Code.UNREACHABLE_QUORUM, message)
    elif isinstance(quorum, Decimal) and not 1 <= quorum <= LARGEST_QUORUM:
        message = f"quorum {quorum} asks for nobody" if quorum < 1 else f"quorum {quorum} can never be reached"
        report(source, (*path, "quorum"), Code.UNREACHABLE_QUORUM, message)
    for at, other in texts((*path, "not_same_as"), approval):
        if other == name:
            message = f"the quorum of {quoted(name)} can never be reached by persons other than its own"
            report(source, at, Code.UNREACHABLE_QUORUM, message, "quorum counts distinct persons already")
        elif other != MAKERS:
            require_known(source, at, Code.UNKNOWN_APPROVAL, other, [MAKERS, *waits])
    for at, other in texts((*path, "after"), approval):
        # Every circle has a step forward in the file; the steps back are as they should be.
        if name in waits.get(other, ()) and order.index(other) >= order.index(name):
            message = f"circular after: {quoted(name)} waits for {quoted(other)}, which waits for it"
            report(source, at, Code.CIRCULAR, message, "delete one of the two")
        require_known(source, at, Code.UNKNOWN_APPROVAL, other, waits)


def _check_gate(source: Source, name: str, gate: Any, checks: set[str], approvals: dict[str, Any]) -> None:
    if not isinstance(gate, dict):
        return
    path: Path = ("gates", name)
    _check_purpose(source, path, gate)
    for at, check in texts((*path, "checks"), gate):
        if check == ALL and not checks:
            report(source, at, Code.ASKS_NOTHING, f"gate {quoted(name)} asks for all checks, and there are none")
        elif check != ALL:
            require_known(source, at, Code.UNKNOWN_CHECK, check, [*checks, ALL])
    for at, approval in texts((*path, "approvals"), gate):
        if approval == CURRENT and not _approvals_before(name, mapping(source.value, "gates")):
            message = f"gate {quoted(name)} asks for the approvals of the gates before it, and there are none"
            report(source, at, Code.ASKS_NOTHING, message, "name the approvals, or a gate in from:")
        elif approval != CURRENT:
            require_known(source, at, Code.UNKNOWN_APPROVAL, approval, [*approvals, CURRENT])
    for at, stage in texts((*path, "from"), gate):
        require_known(source, at, Code.UNKNOWN_STAGE, stage, list(Stage))


def _check_purpose(source: Source, path: Path, gate: dict[str, Any]) -> None:
    """Report a gate that asks for nothing, or for what nobody says."""
    name = quoted(str(path[-1]))
    if not {"checks", "approvals", "documentation"} & set(gate):
        report(source, path, Code.ASKS_NOTHING, f"gate {name} asks for nothing and would always open")
    if "documentation" in gate and not mapping(source.value, "documentation"):
        message = f"gate {name} asks for documents, and the policy names none"
        report(source, (*path, "documentation"), Code.ASKS_NOTHING, message, "add documentation:")


def _warn_of_unused(source: Source, checks: _Checks, approvals: dict[str, Any], gates: dict[str, Any]) -> None:
    used = {name for gate in gates.values() for name in names(gate, "checks")}
    for path, check in checks:
        id_, place = check.get("id"), source.place((*path, "id"))
        if isinstance(id_, str) and not {id_, ALL} & used:
            message = f"no gate uses the check {quoted(id_)}"
            source.report(place.value, Code.UNUSED, message, width=place.width, is_error=False)
    asked = {name for gate in gates.values() for name in names(gate, "approvals")}
    asked |= {name for one in approvals.values() for key in ("after", "not_same_as") for name in names(one, key)}
    for name in approvals:
        if name not in asked:
            place = source.place(("approvals", name))
            message = f"no gate uses the approval {quoted(name)}"
            source.report(place.key or place.value, Code.UNUSED, message, width=len(name), is_error=False)


def _before(name: str, approvals: dict[str, Any]) -> set[str]:
    """Return ``name`` and every approval that has to come before it."""
    found, waiting = set[str](), [name]
    while waiting:
        current = waiting.pop()
        if current not in found:
            found.add(current)
            waiting += names(approvals.get(current), "after")
    return found


def _approvals_before(gate: str, gates: dict[str, Any]) -> set[str]:
    """Return the approvals that the gates before ``gate`` name."""
    found, seen, waiting = set[str](), {gate}, [*names(gates[gate], "from")]
    while waiting:
        current = waiting.pop()
        if current not in seen:
            seen.add(current)
            found |= {*names(gates.get(current), "approvals")} - {CURRENT}
            waiting += names(gates.get(current), "from")
    return found
