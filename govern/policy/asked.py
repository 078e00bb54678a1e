"""What a policy asks of explanations and of monitoring; what nobody measured is not measured, never passed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from govern.ledger.strict import Digest
from govern.policy.bins import ATTRIBUTION, COLUMN
from govern.policy.clauses import Forbidden
from govern.policy.document import ALL, Stage
from govern.policy.evidence import Evidence
from govern.policy.findings import Decision, Finding, Verdict, finding
from govern.policy.lineage import descent, folded, is_alike
from govern.policy.resolve import Resolved
from govern.policy.validity import Period, is_in_force

MOST_NAMED = 5
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
    made_from: Mapping[str, str] = field(default_factory=dict)
    """By input, the text of what it is made from."""
    has_wordings: bool = False
    wordings: Digest | None = None
    """Of its dictionary, where that is known."""
    measured_at: Mapping[str, datetime] = field(default_factory=dict)
    """By check."""
    sources: Mapping[str, Digest] = field(default_factory=dict)
    """By check, the file that it was measured on; without it nobody asks."""


def judge_asked(
    rules: Resolved, about: About, evidence: Mapping[str, Evidence], stage: str, at: datetime
) -> Iterator[Finding]:
    """Yield a finding for everything that is asked besides checks, data, documents and signatures."""
    explained = rules.policy.explainability
    if explained and explained.reason_codes:
        yield _of_wordings(rules, about)
    if explained and explained.forbidden_features:
        yield from _of_features(rules, explained.forbidden_features, about, evidence)
    if stage in _WATCHED:
        yield from _of_monitoring(rules, about.measured_at, at)


def _of_wordings(rules: Resolved, about: About) -> Finding:
    rule = "explainability.reason_codes"
    if about.has_wordings:
        return finding(rules, rule, Verdict.PASS, "it has a dictionary of reasons")
    remedy = "register the version with --reasons DICTIONARY"
    return not_measured(rules, rule, "it has no dictionary of reasons", remedy, "dictionary")


def _of_features(
    rules: Resolved, asked: Forbidden, about: About, evidence: Mapping[str, Evidence]
) -> Iterator[Finding]:
    rule, read = "explainability.forbidden_features", _read(evidence)
    if about.features is None and not read:
        yield not_measured(rules, rule, "what goes into it is not on record", "register a file that names its inputs")
        return
    features = (about.features or frozenset()) | read
    found = {name: sorted(one for one in features if is_alike(name, one, asked.match)) for name in asked.names}
    for name, inputs in found.items():
        if inputs:
            message = f"{', '.join(inputs)} is forbidden as {name}"
            yield finding(rules, rule, Verdict.FAIL, message, Decision.DENY, "found")
    if not any(found.values()):
        message = f"none of {len(features)} inputs is called what is forbidden"
        yield finding(rules, rule, Verdict.PASS, message)
    if "lineage" in asked.match:
        yield from _of_lineage(rules, asked, features, about.made_from)


def _of_lineage(
    rules: Resolved, asked: Forbidden, features: frozenset[str], made_from: Mapping[str, str]
) -> Iterator[Finding]:
    """Yield what inputs are made from that is forbidden, and which of them nobody said anything of."""
    rule, reason, is_found = "explainability.forbidden_features", "lineage", False
    for feature in sorted(features):
        for name in asked.names:
            steps = descent(feature, name, made_from, asked.match)
            if steps:
                message = f"{' is made from '.join(steps)}, which is forbidden as {name}"
                yield finding(rules, rule, Verdict.FAIL, message, Decision.DENY, reason)
                is_found = True
    said = {folded(one) for one in made_from}
    unsaid = sorted(one for one in features if folded(one) not in said)
    if unsaid:
        more = f" and {len(unsaid) - MOST_NAMED} more" if len(unsaid) > MOST_NAMED else ""
        message = f"what {', '.join(unsaid[:MOST_NAMED])}{more} is made from is not on record"
        remedy = f"register the version with --transformation {unsaid[0]}=TEXT, of what stands in the data {unsaid[0]}={unsaid[0]}"
        yield not_measured(rules, rule, message, remedy, reason)
    elif not is_found:
        message = f"nothing that {len(features)} inputs are said to be made from is called what is forbidden"
        yield finding(rules, rule, Verdict.PASS, message, reason=reason)


def _read(evidence: Mapping[str, Evidence]) -> frozenset[str]:
    """Return what a model was found to read when its inputs were measured, whatever is on record of them."""
    tables = (table for one in evidence.values() for table in one.tables if table.name.startswith(ATTRIBUTION))
    return frozenset(str(row[0]) for table in tables if table.keys == COLUMN for row in table.rows)


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


def failed(found: Finding, reason: str) -> Finding:
    """Return a finding as one that denies, and why in one word."""
    return replace(found, verdict=Verdict.FAIL, effect=Decision.DENY, reason=reason)


def not_measured(
    rules: Resolved, rule: str, message: str, remedy: str = "", reason: str = Verdict.NOT_MEASURED.value
) -> Finding:
    """Return that nobody knows what a rule asks for, which denies."""
    return finding(rules, rule, Verdict.NOT_MEASURED, message, Decision.DENY, reason, remedy=remedy)
