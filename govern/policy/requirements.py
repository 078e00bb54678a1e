"""What a policy asks of the data of a version: what is on record of it, and on which rows its checks were measured.

What is asked of data and of checks has to be of the same rows: data that nobody could object to, and a number from elsewhere,
are neither.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from govern.policy.asked import About, Facts, failed, not_measured
from govern.policy.clauses import DataSet
from govern.policy.evidence import Evidence
from govern.policy.findings import Finding, Verdict, finding
from govern.policy.implied import EVALUATION, MENDED, OUT_OF_TIME, TOGETHER, TRAINING, Implied, is_dated
from govern.policy.metrics import METRICS
from govern.policy.resolve import Resolved
from govern.policy.validity import Period, is_in_force

_SAID = {"rows": "rows=N", "date_from": "first=2025-01-01", "date_to": "last=2025-12-31", "licence": "licence=TEXT"}
"""What the command line calls what a policy asks to be on record."""


def judge_data(rules: Resolved, about: About, evidence: Mapping[str, Evidence], at: datetime) -> Iterator[Finding]:
    """Yield a finding for everything that is asked of data and is on record, or is not."""
    for role, asked in rules.policy.data.asked.items():
        known = about.data.get(role)
        if known is None:
            remedy = f"register the version with --data {role}=FILE"
            yield not_measured(rules, f"data.{role}", f"no {role} data is on record", remedy, "missing")
            continue
        yield from _of_fields(rules, role, asked, known)
        yield from _of_rows(rules, role, asked, known)
        yield from _of_age(rules, role, asked, known, at)
        if role == EVALUATION and asked.kind == OUT_OF_TIME and not is_dated(asked):
            yield _of_days(rules, known, about)
        yield from _unmeasurable(rules, role, asked)
    asked_of = rules.policy.data.evaluation
    if asked_of and asked_of.min_rows:
        yield from _of_measured_rows(rules, asked_of.min_rows, evidence)


def elsewhere(rules: Resolved, check: Implied, about: About, evidence: Mapping[str, Evidence]) -> str:
    """Return why what was measured of data says nothing of the checks, or of the data on record; empty if it does."""
    if check.id not in evidence or not evidence[check.id].of(check.id):
        return ""
    on, other = about.sources.get(check.id), ""
    for one in _labelled(rules, evidence):
        other = other or (one if about.sources.get(one) != on else "")
    if other:
        return f"{other} was measured on other rows"
    registered = _digests(about.data.get(check.against or ""))
    if registered and str(evidence[check.id].plan.baseline) not in registered:
        return f"it was compared with other data than its {check.against} data"
    if len(registered) > 1:
        return f"its {check.against} data is {len(registered)} files, and it was compared with one"
    return ""


def _say(role: str, fields: Iterable[str]) -> str:
    """Return how somebody says what is to be known of data."""
    about = " ".join(f"--about {role}:{_SAID[one]}" for one in fields if one in _SAID)
    return f"register the version with {about}" if about else f"register the version with --data {role}=FILE"


def _of_fields(rules: Resolved, role: str, asked: DataSet, known: Facts) -> Iterator[Finding]:
    missing = [name for name in asked.required_fields if getattr(known, name) is None]
    if missing:
        message = f"of the {role} data nobody said: {', '.join(missing)}"
        yield not_measured(rules, f"data.{role}", message, _say(role, missing), "required_fields")


def _of_rows(rules: Resolved, role: str, asked: DataSet, known: Facts) -> Iterator[Finding]:
    rule = f"data.{role}"
    if asked.min_rows and known.rows is None:
        yield not_measured(
            rules, rule, f"how many rows the {role} data has is not on record", _say(role, ["rows"]), "min_rows"
        )
    elif asked.min_rows:
        is_enough = known.rows is not None and known.rows >= asked.min_rows
        message, limit = f"the {role} data has {known.rows:,} rows", f"at least {asked.min_rows:,} rows"
        found = finding(rules, rule, Verdict.PASS, message, limit=limit, n=known.rows)
        yield found if is_enough else failed(found, "min_rows")


def _of_measured_rows(rules: Resolved, least: int, evidence: Mapping[str, Evidence]) -> Iterator[Finding]:
    """Yield that a check was measured on fewer rows than evaluation data has to have, whatever it is said to have."""
    small = {check: evidence[check].rows for check in _labelled(rules, evidence) if evidence[check].rows < least}
    for check, rows in small.items():
        message, limit = f"{check} was measured on {rows:,} rows", f"at least {least:,} rows"
        yield failed(finding(rules, "data.evaluation", Verdict.FAIL, message, limit=limit, n=rows), "min_rows")


def _of_age(rules: Resolved, role: str, asked: DataSet, known: Facts, at: datetime) -> Iterator[Finding]:
    rule = f"data.{role}"
    if asked.max_age and known.date_to is None:
        said = f"until when the {role} data goes is not on record"
        yield not_measured(rules, rule, said, _say(role, ["date_to"]), "max_age")
    elif asked.max_age and known.date_to:
        is_fresh = is_in_force(Period.lasting(Period.of_days(known.date_to, None).start or at, asked.max_age), at)
        limit = f"no older than {asked.max_age}"
        found = finding(rules, rule, Verdict.PASS, f"the {role} data goes until {known.date_to}", limit=limit)
        yield found if is_fresh else failed(found, "max_age")


def _of_days(rules: Resolved, known: Facts, about: About) -> Finding:
    """Return whether evaluation data begins after training data ends, by the days on record."""
    rule, training = "data.evaluation", about.data.get(TRAINING, Facts())
    ends = {"training:last": training.date_to, "evaluation:first": known.date_from}
    unsaid = [name for name, day in ends.items() if day is None]
    if known.date_from is None or training.date_to is None:
        remedy = f"say it: --about {unsaid[0]}=2026-01-31, or name the column of days: dated_by"
        return not_measured(rules, rule, "from when to when the data goes is not on record", remedy, "kind")
    registered = _digests(known)
    strange = [check for check, source in about.sources.items() if registered and str(source) not in registered]
    asked = {one.id for one in rules.policy.checks if _reads_label(one.metric)}
    for check in strange:
        if check in asked:
            message = f"{check} was measured on rows that are not the evaluation data on record"
            return not_measured(rules, rule, message, TOGETHER, "kind")
    message = f"the evaluation data begins on {known.date_from}, the training data ends on {training.date_to}"
    found = finding(rules, rule, Verdict.PASS, message, reason="kind", limit="every day after those of training")
    return found if known.date_from > training.date_to else failed(found, "kind")


def _unmeasurable(rules: Resolved, role: str, asked: DataSet) -> Iterator[Finding]:
    unknown = {"kind": "which rows were held back", "min_positives": "how many positives it has"}
    for name, what in unknown.items():
        if role != EVALUATION and getattr(asked, name):
            yield not_measured(rules, f"data.{role}", f"{role} data: nothing on record says {what}", reason=name)


def _labelled(rules: Resolved, evidence: Mapping[str, Evidence]) -> list[str]:
    """Return the checks that say how well a version does: those that were measured against what came true."""
    return [one.id for one in rules.policy.checks if one.id in evidence and _reads_label(one.metric)]


def _reads_label(metric: str) -> bool:
    return metric in METRICS and "label" in METRICS[metric].reads


def _digests(known: Facts | None) -> list[str]:
    return known.digest.split(", ") if known and known.digest else []


def under_rule(rules: Resolved, check: Implied, found: Finding, column: str | None = None) -> Finding:
    """Return a finding of a check as one of the rule that implies it, at the limit of the column."""
    rule, _, reason = check.id.rpartition(".")
    place = rules.places.get(f"{check.rule}.{column}", rules.places[check.rule])
    remedy = found.remedy if found.verdict is Verdict.NOT_MEASURED else MENDED[check.metric]
    return replace(found, rule=rule, reason=reason, place=place, remedy=remedy)
