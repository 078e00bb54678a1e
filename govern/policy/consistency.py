"""Mistakes between the keys of a policy: what its types cannot say.

Works on the source, not on the typed policy, so that one misspelt key hides no other mistake: whatever has the wrong type
was reported by the types, and is passed over here.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any, TypeAlias

from govern.policy.decimals import write_decimal
from govern.policy.diagnostics import Code, Position, did_you_mean, quoted
from govern.policy.document import ALL, CURRENT, MAKERS, MOST, MOST_CHECKS, Stage
from govern.policy.metrics import METRICS, OTHER_NAMES, Better, Grouping, Metric
from govern.policy.source import Path, Source

LARGEST_QUORUM = 50
"""More persons than could ever be asked to sign off one version."""
RESAMPLES = (100, 100_000)
_KINDS = {Code.UNKNOWN_CHECK: "check", Code.UNKNOWN_APPROVAL: "approval", Code.UNKNOWN_STAGE: "stage"}
_Checks: TypeAlias = list[tuple[Path, dict[str, Any]]]
_LIMITS = ("min", "max", "warn_below", "warn_above")


def report_contradictions(source: Source) -> None:
    """Add every mistake between keys to the source's."""
    _check_repetition(source, (), source.value)
    checks: _Checks = [
        (("checks", place), check)
        for place, check in enumerate(_list(source.value, "checks"))
        if isinstance(check, dict)
    ]
    approvals = _mapping(source.value, "approvals")
    gates = _mapping(source.value, "gates")
    if len(checks) > MOST_CHECKS or len(approvals) > MOST or len(gates) > MOST:
        return  # reported by the types; what follows grows faster than its input
    _check_ids(source, checks)
    for path, check in checks:
        _check_metric(source, path, check)
        _check_confidence(source, path, check)
    waits = {name: _before(name, approvals) for name in approvals}
    for name, approval in approvals.items():
        _check_approval(source, name, approval, waits)
    for name, gate in gates.items():
        _check_gate(source, name, gate, {str(check.get("id")) for _, check in checks}, approvals)
    _check_waivers(source, {str(check.get("id")) for _, check in checks})
    _check_effective(source)
    _check_sensitive(source)
    if isinstance(source.value, dict) and not {"checks", "approvals"} & set(source.value):
        _report(source, (), Code.ASKS_NOTHING, "the policy has no checks and no approvals, it would judge nothing")
    _warn_of_unused(source, checks, approvals, gates)


def _check_repetition(source: Source, path: Path, value: Any) -> None:
    """Report every text that stands in one list twice: there is no list where that means anything."""
    parts = value.items() if isinstance(value, dict) else enumerate(value if isinstance(value, list) else ())
    seen: set[str] = set()
    for step, part in parts:
        _check_repetition(source, (*path, step), part)
        if isinstance(value, list) and isinstance(part, str):
            if part in seen:
                _report(source, (*path, step), Code.DUPLICATE, f"{quoted(part)} stands in the list twice", "delete it")
            seen.add(part)


def _check_ids(source: Source, checks: _Checks) -> None:
    seen: dict[str, Position] = {}
    for path, check in checks:
        id_, at = check.get("id"), source.place((*path, "id")).value
        if id_ == ALL:
            _report(source, (*path, "id"), Code.MALFORMED, f'"{ALL}" means every check, no check is called that')
        elif isinstance(id_, str) and id_ in seen:
            hint = f"first defined at line {seen[id_].line}; delete one of the two, or name it otherwise"
            _report(source, (*path, "id"), Code.DUPLICATE, f"duplicate check {quoted(id_)}", hint)
        elif isinstance(id_, str):
            seen[id_] = at


def _check_metric(source: Source, path: Path, check: dict[str, Any]) -> None:
    limits = {key: check[key] for key in _LIMITS if isinstance(check.get(key), Decimal)}
    if not any(key in check for key in _LIMITS):
        message = f"check {quoted(str(check.get('id', '')))} has no limit and can never fail"
        _report(source, path, Code.NO_LIMIT, message, "add min: or max:")
    for low, high in [("min", "max"), ("min", "warn_below"), ("warn_above", "max"), ("warn_below", "warn_above")]:
        if low in limits and high in limits and limits[low] > limits[high]:
            message = f"{high}: {write_decimal(limits[high])} lies below {low}: {write_decimal(limits[low])}"
            _report(source, (*path, high), Code.CONTRADICTION, message)
    name = check.get("metric")
    if not isinstance(name, str):
        return
    metric = METRICS.get(name) or METRICS.get(OTHER_NAMES.get(name.lower(), ""))
    if name not in METRICS:
        hint = f'"{name}" is called "{metric.name}" here' if metric else did_you_mean(name, METRICS)
        _report(source, (*path, "metric"), Code.UNKNOWN_METRIC, f"unknown metric {quoted(name)}", hint)
    if metric:
        _check_limits(source, path, metric, limits)
        _check_grouping(source, path, metric, check)


def _check_limits(source: Source, path: Path, metric: Metric, limits: dict[str, Decimal]) -> None:
    span = f"{write_decimal(metric.low)} to {write_decimal(metric.high)}"
    for key, limit in limits.items():
        if not metric.low <= limit <= metric.high:
            percent = limit / 100
            hint = f"did you mean {write_decimal(percent)}?" if 0 < percent <= 1 else ""
            message = f"{key}: {write_decimal(limit)} is outside the range of {metric.name} ({span})"
            _report(source, (*path, key), Code.OUT_OF_RANGE, message, hint)
    wrong, right = {Better.HIGHER: ("max", "min"), Better.LOWER: ("min", "max")}.get(metric.better, ("", ""))
    if wrong in limits and right not in limits:
        message = f"{metric.name} is better when {metric.better}; a {wrong} alone would reward a worse model"
        place = source.place((*path, wrong))
        source.report(place.key or place.value, Code.WRONG_SIDE, message, hint=f"use {right}:", width=len(wrong))


def _check_grouping(source: Source, path: Path, metric: Metric, check: dict[str, Any]) -> None:
    if "by" in check:
        return
    if metric.grouping is not Grouping.EACH:
        message = f"{metric.name} compares groups, and the check has no by"
        _report(source, path, Code.GROUPING, message, "name a sensitive attribute: by: sex")
    for key in ("min_group_size", "small_groups"):
        if key in check:
            place = source.place((*path, key))
            message = f"{key} says nothing without by: there are no groups"
            source.report(place.key or place.value, Code.GROUPING, message, hint="delete it", width=len(key))


def _check_confidence(source: Source, path: Path, check: dict[str, Any]) -> None:
    confidence, path = _mapping(check, "confidence"), (*path, "confidence")
    level, resamples = confidence.get("level"), confidence.get("resamples")
    if isinstance(level, Decimal) and not 0 < level < 1:
        hint = f"did you mean {write_decimal(level / 100)}?" if 1 < level < 100 else ""  # noqa: PLR2004  a percentage
        _report(source, (*path, "level"), Code.OUT_OF_RANGE, f"level: {level} is not between 0 and 1", hint)
    if isinstance(resamples, Decimal) and not RESAMPLES[0] <= resamples <= RESAMPLES[1]:
        message = f"resamples: {resamples} is not between {RESAMPLES[0]} and {RESAMPLES[1]}"
        _report(source, (*path, "resamples"), Code.OUT_OF_RANGE, message)
    flattering = {"lower": ("max", "min"), "upper": ("min", "max")}.get(str(confidence.get("decide_on")))
    if flattering and flattering[0] in check and flattering[1] not in check:
        message = (
            f"the {confidence['decide_on']} end of an interval against a {flattering[0]} rewards having little data"
        )
        _report(source, (*path, "decide_on"), Code.CONTRADICTION, message, "use interval, or the other end")


def _check_approval(source: Source, name: str, approval: Any, waits: dict[str, set[str]]) -> None:
    path: Path = ("approvals", name)
    order = list(waits)
    quorum = approval.get("quorum") if isinstance(approval, dict) else None
    if isinstance(quorum, Decimal) and not 1 <= quorum <= LARGEST_QUORUM:
        message = f"quorum {quorum} asks for nobody" if quorum < 1 else f"quorum {quorum} can never be reached"
        _report(source, (*path, "quorum"), Code.UNREACHABLE_QUORUM, message)
    for at, other in _texts((*path, "not_same_as"), approval):
        if other == name:
            message = f"the quorum of {quoted(name)} can never be reached by persons other than its own"
            _report(source, at, Code.UNREACHABLE_QUORUM, message, "quorum counts distinct persons already")
        elif other != MAKERS:
            _require_known(source, at, Code.UNKNOWN_APPROVAL, other, [MAKERS, *waits])
    for at, other in _texts((*path, "after"), approval):
        # Every circle has a step forward in the file; the steps back are as they should be.
        if name in waits.get(other, ()) and order.index(other) >= order.index(name):
            message = f"circular after: {quoted(name)} waits for {quoted(other)}, which waits for it"
            _report(source, at, Code.CIRCULAR, message, "delete one of the two")
        _require_known(source, at, Code.UNKNOWN_APPROVAL, other, waits)


def _check_gate(source: Source, name: str, gate: Any, checks: set[str], approvals: dict[str, Any]) -> None:
    if not isinstance(gate, dict):
        return
    path: Path = ("gates", name)
    if not {"checks", "approvals"} & set(gate):
        _report(source, path, Code.ASKS_NOTHING, f"gate {quoted(name)} asks for nothing and would always open")
    for at, check in _texts((*path, "checks"), gate):
        if check == ALL and not checks:
            _report(source, at, Code.ASKS_NOTHING, f"gate {quoted(name)} asks for all checks, and there are none")
        elif check != ALL:
            _require_known(source, at, Code.UNKNOWN_CHECK, check, [*checks, ALL])
    for at, approval in _texts((*path, "approvals"), gate):
        if approval == CURRENT and not _approvals_before(name, _mapping(source.value, "gates")):
            message = f"gate {quoted(name)} asks for the approvals of the gates before it, and there are none"
            _report(source, at, Code.ASKS_NOTHING, message, "name the approvals, or a gate in from:")
        elif approval != CURRENT:
            _require_known(source, at, Code.UNKNOWN_APPROVAL, approval, [*approvals, CURRENT])
    for at, stage in _texts((*path, "from"), gate):
        _require_known(source, at, Code.UNKNOWN_STAGE, stage, list(Stage))


def _check_waivers(source: Source, checks: set[str]) -> None:
    waivers = _mapping(source.value, "waivers")
    for key in ("allowed_for", "never_for"):
        for at, check in _texts(("waivers", key), waivers):
            _require_known(source, at, Code.UNKNOWN_CHECK, check, [*checks, ALL])
    quorum = _mapping(waivers, "requires").get("quorum")
    if isinstance(quorum, Decimal) and not 1 <= quorum <= LARGEST_QUORUM:
        message = f"quorum {quorum} asks for nobody" if quorum < 1 else f"quorum {quorum} can never be reached"
        _report(source, ("waivers", "requires", "quorum"), Code.UNREACHABLE_QUORUM, message)
    sides: list[tuple[Path, Any]] = [
        (("waivers", "requires"), _mapping(waivers, "requires")),
        (("evidence", "measured_by"), _mapping(_mapping(source.value, "evidence"), "measured_by")),
    ]
    for path, side in sides:
        for at, other in _texts((*path, "not_same_as"), side):
            if other != MAKERS:
                _report(source, at, Code.UNKNOWN_APPROVAL, f"only {quoted(MAKERS)} can stand here, not {quoted(other)}")


def _check_effective(source: Source) -> None:
    effective = _mapping(source.value, "effective")
    first, last = effective.get("from"), effective.get("until")
    if isinstance(first, str) and isinstance(last, str) and last < first:  # dates sort as texts
        message = f"until: {last} lies before from: {first}"
        _report(source, ("effective", "until"), Code.CONTRADICTION, message)


def _check_sensitive(source: Source) -> None:
    for name, attribute in _mapping(_mapping(source.value, "data"), "sensitive").items():
        path: Path = ("data", "sensitive", name)
        groups = [group for _, group in _texts((*path, "groups"), attribute)]
        for at, group in _texts((*path, "reference"), attribute):
            if groups and group not in groups:
                message = f"the reference {quoted(group)} is none of the groups"
                _report(source, at, Code.CONTRADICTION, message, did_you_mean(group, groups))


def _warn_of_unused(source: Source, checks: _Checks, approvals: dict[str, Any], gates: dict[str, Any]) -> None:
    used = {name for gate in gates.values() for name in _names(gate, "checks")}
    for path, check in checks:
        id_, place = check.get("id"), source.place((*path, "id"))
        if isinstance(id_, str) and not {id_, ALL} & used:
            message = f"no gate uses the check {quoted(id_)}"
            source.report(place.value, Code.UNUSED, message, width=place.width, is_error=False)
    asked = {name for gate in gates.values() for name in _names(gate, "approvals")}
    asked |= {name for one in approvals.values() for key in ("after", "not_same_as") for name in _names(one, key)}
    for name in approvals:
        if name not in asked:
            place = source.place(("approvals", name))
            message = f"no gate uses the approval {quoted(name)}"
            source.report(place.key or place.value, Code.UNUSED, message, width=len(name), is_error=False)


def _report(source: Source, path: Path, code: Code, message: str, hint: str = "") -> None:
    place = source.place(path)
    source.report(place.value, code, message, hint=hint, width=place.width)


def _require_known(source: Source, path: Path, code: Code, name: str, known: Iterable[str]) -> None:
    known = list(known)
    if name not in known and not source.is_full:
        message = f"{str(path[0])[:-1]} {quoted(str(path[1]))} names an unknown {_KINDS[code]} {quoted(name)}"
        _report(source, path, code, message, did_you_mean(name, known))


def _before(name: str, approvals: dict[str, Any]) -> set[str]:
    """Return ``name`` and every approval that has to come before it."""
    found, waiting = set[str](), [name]
    while waiting:
        current = waiting.pop()
        if current not in found:
            found.add(current)
            waiting += _names(approvals.get(current), "after")
    return found


def _approvals_before(gate: str, gates: dict[str, Any]) -> set[str]:
    """Return the approvals that the gates before ``gate`` name."""
    found, seen, waiting = set[str](), {gate}, [*_names(gates[gate], "from")]
    while waiting:
        current = waiting.pop()
        if current not in seen:
            seen.add(current)
            found |= {*_names(gates.get(current), "approvals")} - {CURRENT}
            waiting += _names(gates.get(current), "from")
    return found


def _texts(path: Path, mapping: Any) -> Iterator[tuple[Path, str]]:
    """Yield each text under the last key of ``path``, one or a list, with its own path."""
    value = mapping.get(path[-1]) if isinstance(mapping, dict) else None
    if isinstance(value, str):
        yield path, value
    for place, item in enumerate(value if isinstance(value, list) else ()):
        if isinstance(item, str):
            yield (*path, place), item


def _names(mapping: Any, key: str) -> list[str]:
    return [name for _, name in _texts((key,), mapping)]


def _mapping(value: Any, key: str) -> dict[str, Any]:
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


def _list(value: Any, key: str) -> list[Any]:
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, list) else []
