"""What a policy asks of data, of explanations and of monitoring; what nobody measured is not measured, never passed."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from govern.ledger.strict import Digest
from govern.policy.clauses import DataSet, Forbidden
from govern.policy.document import ALL, Stage
from govern.policy.findings import Decision, Finding, Verdict, finding
from govern.policy.resolve import Resolved
from govern.policy.validity import Period, is_in_force

_WORDS = re.compile(r"[a-z]+|[0-9]+")
_WATCHED = frozenset({Stage.PRODUCTION})


@dataclass(frozen=True, slots=True)
class Facts:
    """What is on record of the data of one role; what nobody said is None."""

    rows: int | None = None
    date_from: date | None = None
    date_to: date | None = None
    licence: str | None = None
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class About:
    """What is on record of a version besides evidence, documents and signatures."""

    data: Mapping[str, Facts] = field(default_factory=dict)
    """By role."""
    features: frozenset[str] | None = None
    """The names of its inputs, where its files say."""
    has_wordings: bool = False
    wordings: Digest | None = None
    """Of its dictionary, where that is known."""
    measured_at: Mapping[str, datetime] = field(default_factory=dict)
    """By check."""


def judge_asked(rules: Resolved, about: About, stage: str, at: datetime) -> Iterator[Finding]:
    """Yield a finding for everything that is asked besides checks, documents and signatures."""
    for role, asked in rules.policy.data.asked.items():
        yield from _of_data(rules, f"data.{role}", role, asked, about.data.get(role), at)
    explained = rules.policy.explainability
    if explained and explained.reason_codes:
        yield _of_wordings(rules, about)
    if explained and explained.forbidden_features:
        yield from _of_features(rules, explained.forbidden_features, about.features)
    if explained and explained.proxies:
        rule = "explainability.proxies"
        yield _not_measured(rules, rule, "proxies: nothing on record says", "measure it, or leave it out")
    if stage in _WATCHED:
        yield from _of_monitoring(rules, about.measured_at, at)


def _of_data(  # noqa: PLR0913, PLR0917  a rule has as many sides
    rules: Resolved, rule: str, role: str, asked: DataSet, known: Facts | None, at: datetime
) -> Iterator[Finding]:
    if known is None:
        remedy = f"register the version with --data {role}=FILE"
        yield _not_measured(rules, rule, f"no {role} data is on record", remedy, "missing")
        return
    missing = [name for name in asked.required_fields if getattr(known, name) is None]
    if missing:
        message = f"of the {role} data nobody said: {', '.join(missing)}"
        yield _not_measured(rules, rule, message, f"say it: --data {role}=FILE,{missing[0]}=...", "required_fields")
    if asked.min_rows and known.rows is None:
        yield _not_measured(rules, rule, f"how many rows the {role} data has is not on record", reason="min_rows")
    elif asked.min_rows:
        is_enough = known.rows is not None and known.rows >= asked.min_rows
        limit = f"at least {asked.min_rows:,} rows"
        found = finding(
            rules, rule, Verdict.PASS, f"the {role} data has {known.rows:,} rows", limit=limit, n=known.rows
        )
        yield found if is_enough else _failed(found, "min_rows")
    if asked.max_age and known.date_to is None:
        yield _not_measured(rules, rule, f"until when the {role} data goes is not on record", reason="max_age")
    elif asked.max_age and known.date_to:
        is_fresh = is_in_force(Period.lasting(Period.of_days(known.date_to, None).start or at, asked.max_age), at)
        limit = f"no older than {asked.max_age}"
        found = finding(rules, rule, Verdict.PASS, f"the {role} data goes until {known.date_to}", limit=limit)
        yield found if is_fresh else _failed(found, "max_age")
    unknown = {
        "kind": "which rows were held back",
        "min_positives": "how many positives it has",
        "disjoint_from": "that no row is in both",
    }
    for name, what in unknown.items():
        if getattr(asked, name):
            yield _not_measured(rules, rule, f"{role} data: nothing on record says {what}", reason=name)


def _of_wordings(rules: Resolved, about: About) -> Finding:
    rule = "explainability.reason_codes"
    if about.has_wordings:
        return finding(rules, rule, Verdict.PASS, "it has a dictionary of reasons")
    remedy = "register the version with --reasons DICTIONARY"
    return _not_measured(rules, rule, "it has no dictionary of reasons", remedy, "dictionary")


def _of_features(rules: Resolved, asked: Forbidden, features: frozenset[str] | None) -> Iterator[Finding]:
    rule = "explainability.forbidden_features"
    if features is None:
        yield _not_measured(rules, rule, "what goes into it is not on record", "register a file that names its inputs")
        return
    found = {name: sorted(one for one in features if _is_alike(name, one, asked.match)) for name in asked.names}
    for name, inputs in found.items():
        if inputs:
            message = f"{', '.join(inputs)} is forbidden as {name}"
            yield finding(rules, rule, Verdict.FAIL, message, Decision.DENY, "found")
    if not any(found.values()):
        message = f"none of {len(features)} inputs is called what is forbidden"
        yield finding(rules, rule, Verdict.PASS, message)
    if "lineage" in asked.match:
        yield _not_measured(rules, rule, "what its inputs are made from is not on record", reason="lineage")


def _is_alike(name: str, feature: str, match: Sequence[str]) -> bool:
    """Say whether a feature is called a forbidden name, or has it as one of its words."""
    if feature.casefold() == name.casefold():
        return True
    return "alias" in match and set(_WORDS.findall(name.casefold())) <= set(_WORDS.findall(feature.casefold()))


def _of_monitoring(rules: Resolved, measured_at: Mapping[str, datetime], at: datetime) -> Iterator[Finding]:
    monitoring = rules.policy.monitoring
    for name, watch in (monitoring.watches if monitoring else {}).items():
        rule, breach = f"monitoring.{name}", monitoring.breach if monitoring else None
        checks = [one.id for one in rules.policy.checks] if ALL in watch.checks else watch.checks
        for check in checks:
            last = measured_at.get(check)
            if last is not None and is_in_force(Period.lasting(last, watch.every), at):
                yield finding(rules, rule, Verdict.PASS, f"{check} was measured on {last:%Y-%m-%d}")
                continue
            due = watch.every.after(last) if last else None
            ends = breach.grace.after(due) if breach and breach.grace and due else due
            stops = breach is not None and breach.action == "suspend" and (ends is None or at >= ends)
            told = f"was due on {due:%Y-%m-%d}" if due else "was never measured"
            effect = Decision.DENY if stops else Decision.ALLOW
            verdict = Verdict.FAIL if stops else Verdict.WARN
            remedy = "measure it: `govern evaluate`" if not stops else "measure it, or suspend the version"
            yield finding(
                rules, rule, verdict, f"{check} {told}", effect, "due", remedy=remedy, limit=f"every {watch.every}"
            )


def _failed(found: Finding, reason: str) -> Finding:
    return replace(found, verdict=Verdict.FAIL, effect=Decision.DENY, reason=reason)


def _not_measured(
    rules: Resolved, rule: str, message: str, remedy: str = "", reason: str = Verdict.NOT_MEASURED.value
) -> Finding:
    return finding(rules, rule, Verdict.NOT_MEASURED, message, Decision.DENY, reason, remedy=remedy)
