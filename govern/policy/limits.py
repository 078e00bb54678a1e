"""A check against its evidence: one finding for every group, and none that passes for want of a number.

Limits are compared with fractions of counts, so that exactly 0.8 passes ``min: 0.8`` and nothing below it does.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from govern.ledger.strict import Digest
from govern.policy.bins import COLUMN
from govern.policy.decimals import write_decimal
from govern.policy.document import Check, Compare, DecideOn
from govern.policy.evidence import Attribute, Evidence, Excluded, Group, Imported, Measure, Planned, Result, Status
from govern.policy.findings import Decision, Finding, Verdict
from govern.policy.metrics import METRICS, Grouping
from govern.policy.resolve import Resolved

SMALL_GROUP = "small_group"
"""Why a group is left out of a spread, in the words of the evidence."""
NO_EVIDENCE = "no evidence"
IMPORT = "say what it is, and where from: `govern metric import`"
NOT_A_FEATURE = "not_a_feature"
"""Why an input has no number: the model does not read it."""
MERGED = "(small groups)"
"""What evidence calls groups that it put together."""
"""By what evidence lists columns that are compared with other data."""

_JUDGED = {Verdict.PASS, Verdict.WARN, Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.NOT_MEASURED}


def judge_check(rules: Resolved, check: Check, evidence: Evidence | None, subject: Digest | None) -> list[Finding]:
    """Return what ``evidence``, of the version ``subject`` if that is given, says of a check."""
    planned = rules.policy.planned(check)
    blank = _blank(rules, check, _limit(check))
    missing = replace(blank, remedy=blank.remedy or IMPORT) if check.kind == "imported" else blank
    if evidence is None or evidence.planned(check.id) is None:
        return [_not_measured(missing, f"{check.metric}: {NO_EVIDENCE}")]
    if (check.kind == "imported") != (evidence.plan.imported is not None):
        why = "was not said to be from anywhere" if check.kind == "imported" else "was not measured, but imported"
        return [_not_measured(missing, f"{check.metric} {why}")]
    if evidence.planned(check.id) != planned:
        return [_not_measured(missing, f"{check.metric} was measured otherwise than this policy asks")]
    if subject is not None and evidence.model != subject:
        return [_not_measured(missing, f"{check.metric} was measured on another version")]
    found = _of_evidence(blank, check, planned, evidence)
    return (
        [_from_outside(rules, check, one, evidence.plan.imported) for one in found] if evidence.plan.imported else found
    )


def _of_evidence(blank: Finding, check: Check, planned: Planned, evidence: Evidence) -> list[Finding]:
    results = {result.by: result for result in evidence.of(check.id)}
    if not planned.by:
        return _of_result(blank, check, None, results.get(() if () in results else COLUMN))
    if check.metric in METRICS and METRICS[check.metric].grouping is Grouping.FEATURE:
        attributes = [one.name for one in planned.by]
        known = {name: results.get((*COLUMN, name)) for name in attributes}
        return [of for name, one in known.items() for of in _of_result(blank, check, None, one, f" of {name}")]
    found = [
        finding
        for attribute in planned.by
        for finding in _of_result(blank, check, attribute, results.get((attribute.name,)))
    ]
    for names in check.intersections:
        found += _of_result(blank, check, None, results.get(tuple(names)), f" by {' and '.join(names)}")
    return found


def _from_outside(rules: Resolved, check: Check, found: Finding, imported: Imported) -> Finding:
    """Return a finding of a number from outside with where it is from; one outside its range is no number of that kind."""
    known = rules.policy.metrics.get(check.metric)
    if known and found.value is not None and (why := known.why_outside(found.value)):
        said = _not_measured(found, f"{check.metric} is {write_decimal(found.value)}, {why}")
        return replace(said, value=None, low=None, high=None)
    return replace(found, message=f"{found.message}; from {imported.source}, as of {imported.on}")


def judge_comparison(
    rules: Resolved, check: Check, evidence: Evidence | None, champion: Mapping[str, Evidence] | None
) -> list[Finding]:
    """Return how far a version is from the champion, measured on the same rows."""
    assert check.compare
    blank = _blank(rules, check, _distance(check.compare), "compare")
    if champion is None:
        return [replace(blank, verdict=Verdict.NOT_APPLICABLE, message=f"{check.metric}: there is no other champion")]
    other = champion.get(check.id)
    mine = {(one.by, _key(measure)): measure for one in _results(evidence, check) for measure in one.measures}
    theirs = {(one.by, _key(measure)): measure for one in _results(other, check) for measure in one.measures}
    if not theirs or not mine:
        return [_not_measured(blank, f"{check.metric} was not measured on the rows that the champion was")]
    return [_compared(blank, check, measure, theirs.get(key)) for key, measure in mine.items()]


def _compared(blank: Finding, check: Check, mine: Measure, theirs: Measure | None) -> Finding:
    assert check.compare
    what = f"{_named(mine)}{check.metric}"
    if mine.value is None or theirs is None or theirs.value is None:
        return _not_measured(blank, f"{what} has no number of the champion to be compared with")
    apart = Fraction(mine.value) - Fraction(theirs.value)
    is_out = _is_below(apart, check.compare.delta_min) or _is_above(apart, check.compare.delta_max)
    found = replace(
        blank,
        value=mine.value,
        n=mine.n,
        group=mine.by or None,
        message=f"{what} is {write_decimal(mine.value)}, the champion's {write_decimal(theirs.value)}; asked for: {blank.limit}",
    )
    return _fails(found, check) if is_out else found


def _fails(found: Finding, check: Check) -> Finding:
    if check.on_fail == "warn":
        return replace(found, verdict=Verdict.WARN)
    return replace(found, verdict=Verdict.FAIL, effect=Decision.DENY)


def _results(evidence: Evidence | None, check: Check) -> tuple[Result, ...]:
    return tuple(evidence.of(check.id)) if evidence else ()


def _key(measure: Measure) -> tuple[tuple[str, str | None], ...]:
    return tuple(sorted(measure.by.items()))


def _distance(compare: Compare) -> str:
    limits = [("at least", compare.delta_min), ("at most", compare.delta_max)]
    return ", ".join(
        f"{words} the champion {'minus' if limit < 0 else 'plus'} {write_decimal(abs(limit))}"
        for words, limit in limits
        if limit is not None
    )


def _blank(rules: Resolved, check: Check, limit: str, reason: str = "") -> Finding:
    return Finding(
        policy=rules.policy.id,
        version=rules.policy.version,
        rule=check.rule,
        place=rules.places[check.rule],
        verdict=Verdict.PASS,
        message="",
        reason=reason,
        limit=limit,
        remedy=check.remedy,
        clauses=tuple(rules.policy.references[name].cite for name in check.covers),
    )


def _of_result(
    blank: Finding, check: Check, attribute: Attribute | None, result: Result | None, by: str = ""
) -> list[Finding]:
    by = f" by {attribute.name}" if attribute else by
    if result is None:
        return [_not_measured(blank, f"{check.metric}{by}: {NO_EVIDENCE}")]
    findings = [_of_measure(blank, check, measure) for measure in result.measures]
    findings += [_of_excluded(blank, check, excluded) for excluded in result.excluded]
    for silent in _silent(attribute, result) if attribute else ():
        message = f"{check.metric}: the group {_written(silent)} is not in the evidence"
        findings.append(_not_measured(replace(blank, group=silent), message))
    if not any(finding.verdict in _JUDGED or finding.reason == NOT_A_FEATURE for finding in findings):
        findings.append(_not_measured(blank, f"{check.metric}{by}: no group has {check.min_group_size} rows"))
    return findings


def _silent(attribute: Attribute, result: Result) -> Iterator[Group]:
    """Yield the declared groups that the evidence says nothing of; a spread only names the two furthest apart."""
    metric = METRICS.get(result.metric)
    if metric and metric.grouping is Grouping.SPREAD:
        return
    listed = [*(one.by for one in result.measures), *(one.against or {} for one in result.measures)]
    seen = {group.get(attribute.name) for group in [*listed, *(one.by for one in result.excluded)]}
    yield from ({attribute.name: group} for group in attribute.groups or () if group not in seen)


def _of_measure(blank: Finding, check: Check, measure: Measure) -> Finding:
    what, verdict = f"{_named(measure)}{check.metric}", _verdict(check, measure)
    if verdict is Verdict.NOT_MEASURED or (measure.by and measure.n < check.min_group_size):
        return _without_number(_numbered(blank, measure), check, measure, what)
    message = f"{what} is {_shown(measure)}, asked for: {blank.limit}"
    if verdict is Verdict.INCONCLUSIVE:
        effect = Decision.DENY if check.on_inconclusive == "block" else Decision.NEEDS_PERSON
        message += "; the interval spans the limit"
        return replace(_numbered(blank, measure), verdict=verdict, message=message, effect=effect, reason=verdict.value)
    finding = _numbered(blank, measure, verdict, message)
    return _fails(finding, check) if verdict is Verdict.FAIL else finding


def _numbered(blank: Finding, measure: Measure, verdict: Verdict = Verdict.PASS, message: str = "") -> Finding:
    """Return a finding with the numbers of a measure; there may be thousands, so each is made once."""
    return replace(
        blank,
        verdict=verdict,
        message=message,
        value=measure.value,
        low=measure.low,
        high=measure.high,
        n=measure.n,
        group=measure.by or None,
        against=measure.against,
    )


def _without_number(finding: Finding, check: Check, measure: Measure, what: str) -> Finding:
    """Return why a measure is judged by no limit."""
    if measure.by and measure.n < check.min_group_size:
        return _small(finding, check, f"{what}: {measure.n} rows are fewer than {check.min_group_size}")
    if measure.reason == NOT_A_FEATURE:
        message = f"{what}: the model has no such input"
        return replace(finding, verdict=Verdict.NOT_APPLICABLE, message=message, reason=NOT_A_FEATURE)
    if measure.status is Status.UNDEFINED:
        return _not_measured(finding, f"{what} is undefined: {str(measure.reason).replace('_', ' ')}")
    return _not_measured(finding, f"{what} has no interval to decide on")


def _of_excluded(blank: Finding, check: Check, excluded: Excluded) -> Finding:
    finding = replace(blank, n=excluded.n, group=excluded.by or None)
    message = f"{f'{_written(excluded.by)}: ' if excluded.by else ''}{excluded.n} rows not counted: {excluded.why.replace('_', ' ')}"
    if excluded.why == SMALL_GROUP:
        return _small(finding, check, message)
    return replace(finding, verdict=Verdict.NOT_APPLICABLE, message=message, reason=excluded.why)


def _small(finding: Finding, check: Check, message: str) -> Finding:
    if check.small_groups == "fail":
        return replace(finding, verdict=Verdict.FAIL, message=message, effect=Decision.DENY, reason=SMALL_GROUP)
    if check.small_groups == "merge" and MERGED not in (finding.group or {}).values():
        return _not_measured(finding, f"{message}; this evidence did not merge it with others")
    return replace(
        finding, verdict=Verdict.NOT_APPLICABLE, message=f"{message}: reported, not judged", reason=SMALL_GROUP
    )


def _not_measured(finding: Finding, message: str) -> Finding:
    remedy = finding.remedy or "measure it: `govern evaluate`"
    verdict = Verdict.NOT_MEASURED
    return replace(finding, verdict=verdict, message=message, effect=Decision.DENY, reason=verdict.value, remedy=remedy)


def _verdict(check: Check, measure: Measure) -> Verdict:
    if measure.value is None:
        return Verdict.NOT_MEASURED
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


_exact = lru_cache(maxsize=1024)(Fraction)
"""A limit is the same for every group that it is held against."""


def _is_below(number: Fraction, limit: Decimal | None) -> bool:
    return limit is not None and number < _exact(limit)


def _is_above(number: Fraction, limit: Decimal | None) -> bool:
    return limit is not None and number > _exact(limit)


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
