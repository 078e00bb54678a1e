"""The judge: policies, what was measured and who signed, to findings and one decision.

Every policy that is in force and meant for the model is judged by, and the strictest wins. Nothing passes in silence: a
check without evidence, a gate that no policy has, a policy that matches nothing are all something other than `ALLOW`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from govern.ledger.strict import Digest
from govern.policy.allowances import Waiver, judge_documents, measured_otherwise, waived
from govern.policy.approvals import RolledBack, Signed, SignOff, judge_approvals, judge_ratification
from govern.policy.asked import About, judge_asked, not_measured
from govern.policy.clauses import Profile
from govern.policy.document import ROLLBACK, Check
from govern.policy.evidence import Evidence
from govern.policy.explaining import REASONS, judge_reasons
from govern.policy.findings import Decision, Finding, Judgement, Verdict, finding
from govern.policy.implied import Implied, implied
from govern.policy.limits import NO_EVIDENCE, judge_check, judge_comparison
from govern.policy.modes import Mode
from govern.policy.requirements import elsewhere, judge_data, under_rule
from govern.policy.resolve import Resolved
from govern.policy.validity import Period, is_in_force


@dataclass(frozen=True, slots=True)
class Case:
    """One version, as it stands at an instant."""

    model: Profile
    stage: str
    makers: frozenset[str]
    evidence: Mapping[str, Evidence]
    """By check."""
    sign_offs: tuple[SignOff, ...]
    at: datetime
    measured_by: Mapping[str, frozenset[tuple[str, str]]] | None = None
    """By check, who measured it and in which role; without it nobody asks."""
    documents: Mapping[str, int | None] = field(default_factory=dict)
    """By section, how many words there are, where that is known."""
    waivers: tuple[Waiver, ...] = ()
    about: About = field(default_factory=About)
    champion: Mapping[str, Evidence] | None = None
    """By check, what the champion was measured as on the same rows; none where the model has no other champion."""
    subject: Digest | None = None
    """The version's digest; evidence of another then counts for nothing."""
    environment: str | None = None
    rolled_back: RolledBack | None = None
    """How it came to be in production, if not through the gate."""
    displaces: str = ""
    """The stage of the version whose place it would take; a rollback begins there."""


def judge(policies: Sequence[Resolved], case: Case, gate: str | None = None) -> Judgement:
    """Return whether ``gate`` opens for a version; without a gate, only what its evidence is worth."""
    silent = [_why_silent(rules, case, gate) for rules in policies]
    speaking = tuple(rules for rules, why in zip(policies, silent, strict=True) if why is None)
    findings = [why for why in silent if why]
    for rules in speaking:
        findings += _enforced(rules, _judge(rules, case, gate), case.environment)
    modes = {rules.policy.enforcement.in_(case.environment) for rules in speaking}
    decision = _decision(speaking, findings, case, gate)
    effect = Decision.DENY if decision is Decision.NOTHING_CHECKED else decision
    because = tuple(dict.fromkeys(one.id for one in findings if one.effect is effect))
    mode = max(modes, key=list(Mode).index, default=Mode.ENFORCE)
    because = () if decision is Decision.ALLOW else because
    return Judgement(decision, because, tuple(findings), speaking, case.at, mode)


def _enforced(rules: Resolved, findings: list[Finding], environment: str | None) -> Iterator[Finding]:
    """Yield findings with what they stand on; a policy that only observes or warns stops nothing."""
    acts, clauses = rules.policy.enforcement.in_(environment) is Mode.ENFORCE, rules.policy.clauses()
    for one in findings:
        stands_on = clauses.get(one.rule) or clauses.get(one.rule.partition(".")[0], ())
        effect = one.effect if acts else Decision.ALLOW
        is_so = stands_on == one.clauses and effect is one.effect
        yield one if is_so else replace(one, effect=effect, clauses=stands_on)


def _why_silent(rules: Resolved, case: Case, gate: str | None) -> Finding | None:
    """Return why a policy has nothing to say, or None if it has."""
    policy = rules.policy
    if not is_in_force(policy.effective.period, case.at):
        rule, message = "effective", f"{policy.id} is not in force on {case.at:%Y-%m-%d}"
    elif not policy.applies_to.covers(case.model):
        rule, message = "applies_to", f"{policy.id} is not for this model"
    elif gate is not None and gate not in policy.gates:
        rule, message = f"gates.{gate}", f"{policy.id} has no gate {gate}"
    else:
        return None
    return finding(rules, rule, Verdict.NOT_APPLICABLE, message, Decision.NOT_APPLICABLE)


def _judge(rules: Resolved, case: Case, gate: str | None) -> list[Finding]:
    policy = rules.policy
    findings = [one for check in policy.checks_of(gate) for one in _judge_check(rules, check, case)]
    findings += judge_data(rules, case.about, case.evidence, case.at)
    findings += [one for check in implied(policy) for one in _judge_implied(rules, check, case)]
    findings += judge_asked(rules, case.about, case.evidence, case.stage, case.at)
    counting, tried = list(_counting(rules, case)), case.evidence.get(REASONS)
    tried = next((one for one in counting if one is tried), None)
    findings += judge_reasons(rules, counting, tried, case.about.wordings)
    if gate is None or policy.asks_documents(gate):
        findings += judge_documents(rules, case.documents)
    review_by = policy.effective.review_by
    if review_by and not is_in_force(Period.of_days(None, review_by), case.at):
        message = f"{policy.id} was to be reviewed by {review_by}"
        findings.append(finding(rules, "effective", Verdict.WARN, message, reason="review_by"))
    ended = tuple(Period.of_days(one.at.date(), one.until) for one in case.waivers if one.policy == policy.id)
    signed = Signed(case.sign_offs, case.makers, case.at, ended)
    if case.rolled_back:
        findings += judge_ratification(rules, case.rolled_back, signed)
    if gate is not None:
        findings += judge_approvals(rules, gate, signed)
        findings += _at_the_gate(rules, case, gate)
    return findings


def _judge_check(rules: Resolved, check: Check, case: Case) -> list[Finding]:
    """Return what there is to say of a check, by evidence that counts and with what was waived."""
    found = judge_check(rules, check, case.evidence.get(check.id), case.subject)
    if check.compare:
        found += judge_comparison(rules, check, case.evidence.get(check.id), case.champion)
    if case.measured_by is not None and check.id in case.evidence:
        why = measured_otherwise(rules, case.model, case.measured_by.get(check.id, frozenset()), case.makers)
        if why:
            said = f"{check.metric} {why}"
            return [
                replace(
                    found[0],
                    verdict=Verdict.NOT_MEASURED,
                    effect=Decision.DENY,
                    reason="measured_by",
                    message=said,
                    value=None,
                    low=None,
                    high=None,
                    group=None,
                    remedy="let somebody else run `govern evaluate`, to the same digest or anew",
                )
            ]
    return waived(rules, check.id, found, case.waivers, case.at, case.makers)


def _counting(rules: Resolved, case: Case) -> Iterator[Evidence]:
    """Yield all evidence of the version that somebody measured who may, each once."""
    seen = set[int]()
    for check, one in case.evidence.items():
        known = None if case.measured_by is None else case.measured_by.get(check, frozenset())
        is_own = case.subject is None or one.model == case.subject
        counts = known is None or not measured_otherwise(rules, case.model, known, case.makers)
        if is_own and counts and id(one) not in seen:
            seen.add(id(one))
            yield one


def _judge_implied(rules: Resolved, check: Implied, case: Case) -> Iterator[Finding]:
    """Yield what there is to say of a check that stands under another rule."""
    why = elsewhere(rules, check, case.about, case.evidence)
    if why:
        rule, _, reason = check.id.rpartition(".")
        yield under_rule(rules, check, not_measured(rules, rule, why, check.remedy, reason))
        return
    for one, column in check.by_limit():
        found = _judge_check(rules, one, case)
        of_column = [of for of in found if column is None or (of.group or {}).get("column") == column]
        if column is None or of_column:
            yield from (under_rule(rules, check, of, column) for of in of_column)
            continue
        message = (
            f"column={column}: {next((of.message for of in found if not of.group), f'{one.metric}: {NO_EVIDENCE}')}"
        )
        rule, _, reason = check.id.rpartition(".")
        said = not_measured(rules, rule, message, check.remedy, reason)
        yield under_rule(rules, check, said, column)


def _at_the_gate(rules: Resolved, case: Case, gate: str) -> Iterator[Finding]:
    asked, rule = rules.policy.gates[gate], f"gates.{gate}"
    begins = {case.stage, case.displaces} - {""} if gate == ROLLBACK else {case.stage}
    if not any(asked.is_reached_from(stage) for stage in begins):
        message = f"{gate} is reached from {' or '.join(asked.from_)}, this version is {case.stage}"
        yield finding(rules, rule, Verdict.FAIL, message, Decision.DENY, reason="from")
    if asked.environments and case.environment and case.environment not in asked.environments:
        message = f"{gate} is for {' and '.join(asked.environments)}, not for {case.environment}"
        yield finding(rules, rule, Verdict.FAIL, message, Decision.DENY, "environments")
    if asked.ratify_within:
        says = f"it has to be ratified within {asked.ratify_within}, by somebody who does not roll it back"
        message = says if gate == ROLLBACK else f"ratify_within says nothing here: only a {ROLLBACK} is ratified"
        yield finding(rules, rule, Verdict.WARN, message, reason="ratify_within")


def _decision(speaking: Sequence[Resolved], findings: list[Finding], case: Case, gate: str | None) -> Decision:
    if not speaking:
        return Decision.NOT_APPLICABLE
    asked = {check.id for rules in speaking for check in rules.policy.checks_of(gate)}
    denying = [one for one in findings if one.effect is Decision.DENY]
    is_unmeasured = asked and not asked & set(case.evidence)
    if is_unmeasured and all(one.verdict is Verdict.NOT_MEASURED for one in denying):
        return Decision.NOTHING_CHECKED
    if not asked and gate is None:
        return Decision.NOTHING_CHECKED
    if denying:
        return Decision.DENY
    needs_person = any(one.effect is Decision.NEEDS_PERSON for one in findings)
    return Decision.NEEDS_PERSON if needs_person else Decision.ALLOW
