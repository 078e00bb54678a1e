"""A check against its evidence: one finding for every group, and none that passes for want of a number.

Limits are compared with fractions of counts, so that exactly 0.8 passes ``min: 0.8`` and nothing below it does.
"""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from govern.ledger.strict import Digest
from govern.policy.decimals import write_decimal
from govern.policy.document import Check, DecideOn
from govern.policy.evidence import Attribute, Evidence, Excluded, Group, Measure, Result, Status
from govern.policy.findings import Decision, Finding, Verdict
from govern.policy.metrics import METRICS, Grouping
from govern.policy.resolve import Resolved

SMALL_GROUP = "small_group"
"""Why a group is left out of a spread, in the words of the evidence."""
NO_EVIDENCE = "no evidence"

_JUDGED = {Verdict.PASS, Verdict.WARN, Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.NOT_MEASURED}


def judge_check(rules: Resolved, check: Check, evidence: Evidence | None, subject: Digest | None) -> list[Finding]:
    """Return what ``evidence``, of the version ``subject`` if that is given, says of a check."""
    planned = rules.policy.planned(check)
    blank = Finding(
        policy=rules.policy.id,
        version=rules.policy.version,
        rule=f"checks.{check.id}",
        place=rules.places[f"checks.{check.id}"],
        verdict=Verdict.PASS,
        message="",
        limit=_limit(check),
        remedy=check.remedy,
    )
    if evidence is None or evidence.planned(check.id) is None:
        return [_not_measured(blank, f"{check.metric}: {NO_EVIDENCE}")]
    if evidence.planned(check.id) != planned:
        return [_not_measured(blank, f"{check.metric} was measured otherwise than this policy asks")]
    if subject is not None and evidence.model != subject:
        return [_not_measured(blank, f"{check.metric} was measured on another version")]
    results = {result.by: result for result in evidence.of(check.id)}
    if not planned.by:
        return _of_result(blank, check, None, results.get(()))
    return [
        finding
        for attribute in planned.by
        for finding in _of_result(blank, check, attribute, results.get((attribute.name,)))
    ]


def _of_result(blank: Finding, check: Check, attribute: Attribute | None, result: Result | None) -> list[Finding]:
    by = f" by {attribute.name}" if attribute else ""
    if result is None:
        return [_not_measured(blank, f"{check.metric}{by}: {NO_EVIDENCE}")]
    findings = [_of_measure(blank, check, measure) for measure in result.measures]
    findings += [_of_excluded(blank, check, excluded) for excluded in result.excluded]
    for silent in _silent(attribute, result) if attribute else ():
        message = f"{check.metric}: the group {_written(silent)} is not in the evidence"
        findings.append(_not_measured(replace(blank, group=silent), message))
    if not any(finding.verdict in _JUDGED for finding in findings):
        findings.append(_not_measured(blank, f"{check.metric}{by}: no group has {check.min_group_size} rows"))
    return findings


def _silent(attribute: Attribute, result: Result) -> Iterator[Group]:
    """Yield the declared groups that the evidence says nothing of; a spread only names the two furthest apart."""
    if METRICS[result.metric].grouping is Grouping.SPREAD:
        return
    listed = [*(one.by for one in result.measures), *(one.against or {} for one in result.measures)]
    seen = {group.get(attribute.name) for group in [*listed, *(one.by for one in result.excluded)]}
    yield from ({attribute.name: group} for group in attribute.groups or () if group not in seen)


def _of_measure(blank: Finding, check: Check, measure: Measure) -> Finding:
    finding = replace(
        blank,
        value=measure.value,
        low=measure.low,
        high=measure.high,
        n=measure.n,
        group=measure.by or None,
        against=measure.against,
    )
    what = f"{_named(measure)}{check.metric}"
    if measure.by and measure.n < check.min_group_size:
        return _small(finding, check, f"{what}: {measure.n} rows are fewer than {check.min_group_size}")
    if measure.status is Status.UNDEFINED:
        return _not_measured(finding, f"{what} is undefined: {str(measure.reason).replace('_', ' ')}")
    verdict = _verdict(check, measure)
    if verdict is Verdict.NOT_MEASURED:
        return _not_measured(finding, f"{what} has no interval to decide on")
    message = f"{what} is {_shown(measure)}, asked for: {finding.limit}"
    if verdict is Verdict.INCONCLUSIVE:
        effect = Decision.DENY if check.on_inconclusive == "block" else Decision.NEEDS_PERSON
        message += "; the interval spans the limit"
        return replace(finding, verdict=verdict, message=message, effect=effect, reason=verdict.value)
    if verdict is Verdict.FAIL and check.on_fail == "warn":
        verdict = Verdict.WARN
    effect = Decision.DENY if verdict is Verdict.FAIL else Decision.ALLOW
    return replace(finding, verdict=verdict, message=message, effect=effect)


def _of_excluded(blank: Finding, check: Check, excluded: Excluded) -> Finding:
    finding = replace(blank, n=excluded.n, group=excluded.by or None)
    message = f"{f'{_written(excluded.by)}: ' if excluded.by else ''}{excluded.n} rows not counted: {excluded.why.replace('_', ' ')}"
    if excluded.why == SMALL_GROUP:
        return _small(finding, check, message)
    return replace(finding, verdict=Verdict.NOT_APPLICABLE, message=message, reason=excluded.why)


def _small(finding: Finding, check: Check, message: str) -> Finding:
    if check.small_groups == "fail":
        return replace(finding, verdict=Verdict.FAIL, message=message, effect=Decision.DENY, reason=SMALL_GROUP)
    return replace(
        finding, verdict=Verdict.NOT_APPLICABLE, message=f"{message}: reported, not judged", reason=SMALL_GROUP
    )


def _not_measured(finding: Finding, message: str) -> Finding:
    remedy = finding.remedy or "measure it: `govern evaluate`"
    verdict = Verdict.NOT_MEASURED
    return replace(finding, verdict=verdict, message=message, effect=Decision.DENY, reason=verdict.value, remedy=remedy)


def _verdict(check: Check, measure: Measure) -> Verdict:
    assert measure.value is not None
    point = measure.exact if measure.exact is not None else Fraction(measure.value)
    decide_on = check.confidence.decide_on if check.confidence else DecideOn.POINT
    if decide_on is DecideOn.POINT:
        ends = (point, point)
    elif measure.low is None or measure.high is None:
        return Verdict.NOT_MEASURED
    else:
        low, high = Fraction(measure.low), Fraction(measure.high)
        ends = {DecideOn.LOWER: (low, low), DecideOn.UPPER: (high, high)}.get(decide_on, (low, high))
    if _is_below(ends[1], check.min) or _is_above(ends[0], check.max):
        return Verdict.FAIL
    if _is_below(ends[0], check.min) or _is_above(ends[1], check.max):
        return Verdict.INCONCLUSIVE
    if _is_below(point, check.warn_below) or _is_above(point, check.warn_above):
        return Verdict.WARN
    return Verdict.PASS


def _is_below(number: Fraction, limit: Decimal | None) -> bool:
    return limit is not None and number < Fraction(limit)


def _is_above(number: Fraction, limit: Decimal | None) -> bool:
    return limit is not None and number > Fraction(limit)


def _limit(check: Check) -> str:
    limits = [("at least", check.min), ("at most", check.max)]
    limits += [("warn below", check.warn_below), ("warn above", check.warn_above)]
    return ", ".join(f"{words} {write_decimal(limit)}" for words, limit in limits if limit is not None)


def _shown(measure: Measure) -> str:
    assert measure.value is not None
    if measure.low is None or measure.high is None:
        return write_decimal(measure.value)
    return f"{write_decimal(measure.value)} ({write_decimal(measure.low)} to {write_decimal(measure.high)})"


def _named(measure: Measure) -> str:
    against = f" against {_written(measure.against)}" if measure.against else ""
    return f"{_written(measure.by)}{against}: " if measure.by else ""


def _written(group: Group) -> str:
    return ", ".join(f"{name}={'(missing)' if value is None else value}" for name, value in group.items())
