"""Who has to have signed off, and whether they did: quorum, four eyes, order and expiry.

Whoever made a version never counts, whether the policy says so or not. A person counts once; what they said last in a role
is their word in that role.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeVar

from govern.policy.document import ROLLBACK, Approval, Policy, Stage, Voids
from govern.policy.findings import Decision, Finding, Verdict, finding
from govern.policy.resolve import Resolved
from govern.policy.validity import Period, is_in_force


class Meaning(StrEnum):
    """What a person says with a signature."""

    AUTHORED = "authored"
    REVIEWED = "reviewed"
    VALIDATED = "validated"
    APPROVED = "approved"
    APPROVED_WITH_CONDITIONS = "approved_with_conditions"
    REJECTED = "rejected"
    ACKNOWLEDGED = "acknowledged"


APPROVING = frozenset({Meaning.VALIDATED, Meaning.APPROVED, Meaning.APPROVED_WITH_CONDITIONS})


@dataclass(frozen=True, slots=True)
class SignOff:
    """What one person said of one version, in one role; whoever hands it over has checked that it is valid."""

    person: str
    role: str
    meaning: Meaning
    at: datetime


class Word(Protocol):
    """What somebody said in a role."""

    @property
    def person(self) -> str: ...
    @property
    def role(self) -> str: ...


Said = TypeVar("Said", bound=Word)


def last_words(words: Iterable[Said]) -> list[Said]:
    """Return each person's last word in each role, of words in the order in which they were said."""
    # Who rejects in one role and approves in another has rejected: they take it back where they said it.
    return list({(one.person, one.role): one for one in words}.values())


@dataclass(frozen=True, slots=True)
class Signed:
    """Who signed off a version, who made it, and the instant it is asked about."""

    sign_offs: tuple[SignOff, ...]
    makers: frozenset[str]
    at: datetime
    waived: tuple[Period, ...] = ()
    """The periods of waivers that sign-offs may rest on."""

    def last_words(self, approval: Approval) -> list[SignOff]:
        """Return each person's last words in the roles that ``approval`` is of, in order of time."""
        said = sorted(self.sign_offs, key=lambda one: one.at)
        found = last_words(one for one in said if one.role in approval.role and one.at <= self.at)
        return sorted(found, key=lambda one: (one.at, one.person))


@dataclass(frozen=True, slots=True)
class RolledBack:
    """How a version came to be in production without going through its gate: when, and who took it there."""

    at: datetime
    by: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Filled:
    """How far an approval is."""

    rejected: tuple[SignOff, ...]
    counted: tuple[SignOff, ...]
    refused: tuple[tuple[str, str], ...]
    """For each who does not count, why in one word, and in a sentence."""
    taken: frozenset[str]
    """Who may not also count for an approval that must be by other persons."""
    reached: datetime | None
    """When the quorum was there."""


def judge_approvals(rules: Resolved, gate: str, signed: Signed) -> list[Finding]:
    """Return what there is to say of every approval that a gate asks for."""
    policy = rules.policy
    filled: dict[str, _Filled] = {}
    for name in _in_order(policy):
        filled[name] = _fill(policy, name, signed, filled)
    return [
        finding
        for name, approval in policy.approvals_of(gate).items()
        for finding in _findings(rules, name, approval, filled[name])
    ]


def ratifying(policy: Policy) -> set[str]:
    """Return in which roles a rollback is ratified: those that sign for it or for production; none named, any that signs."""
    asked = [one for at in (ROLLBACK, Stage.PRODUCTION) for one in policy.approvals_of(at).values()]
    return {role for one in asked for role in one.role}


def judge_ratification(rules: Resolved, rolled_back: RolledBack, signed: Signed) -> Iterator[Finding]:
    """Yield whether somebody else has approved, since a version was rolled back to, that it is in production."""
    gate, rule = rules.policy.gates.get(ROLLBACK), f"gates.{ROLLBACK}"
    if gate is None or gate.ratify_within is None:
        return
    due, within = gate.ratify_within.after(rolled_back.at), f"within {gate.ratify_within}"
    roles = ratifying(rules.policy)
    said = last_words(sorted((one for one in signed.sign_offs if one.at <= signed.at), key=lambda one: one.at))
    ratified = [
        one
        for one in said
        if one.at > rolled_back.at
        and one.meaning in APPROVING
        and one.person not in signed.makers | rolled_back.by
        and (not roles or one.role in roles)
    ]
    if ratified:
        first = min(ratified, key=lambda one: (one.at, one.person))
        verdict = Verdict.PASS if first.at < due else Verdict.WARN
        message = f"the rollback was ratified by {first.person} on {first.at:%Y-%m-%d}"
        message += "" if verdict is Verdict.PASS else f", and was to be by {due:%Y-%m-%d}"
        yield finding(rules, rule, verdict, message, reason="ratify_within", limit=within)
        return
    who = f"a {' or a '.join(sorted(roles))} who" if roles else "somebody who"
    remedy = f"ask {who} neither made it nor rolled it back to run `govern sign`"
    message = f"it was rolled back to on {rolled_back.at:%Y-%m-%d}, to be ratified by {due:%Y-%m-%d %H:%M} UTC"
    is_late = signed.at >= due
    verdict, effect = (Verdict.FAIL, Decision.DENY) if is_late else (Verdict.WARN, Decision.ALLOW)
    message += ", and nobody else has approved it since" if is_late else ""
    yield finding(rules, rule, verdict, message, effect, "ratify_within", limit=within, remedy=remedy)


def _in_order(policy: Policy) -> list[str]:
    """Return the approvals, each after those that it must follow or be independent of."""
    ordered: list[str] = []

    def visit(name: str, above: frozenset[str]) -> None:
        approval = policy.approvals[name]
        for other in (*approval.after, *approval.not_same_as):
            if other in policy.approvals and other not in above and other not in ordered:
                visit(other, above | {other})
        ordered.append(name)

    for name in policy.approvals:
        if name not in ordered:
            visit(name, frozenset({name}))
    return ordered


def _fill(policy: Policy, name: str, signed: Signed, filled: Mapping[str, _Filled]) -> _Filled:
    approval = policy.approvals[name]
    others = _others(policy, name)
    words = signed.last_words(approval)
    # A person counts once, in whichever of the roles they approved last.
    asked = list({one.person: one for one in words if one.meaning in APPROVING}.values())
    refusals = {one: _refusal(approval, one, signed, others, filled) for one in asked}
    # Whoever could serve for another approval too is taken last, so that nobody is spent where somebody else would do.
    rivals = [policy.approvals[other] for other in others if set(policy.approvals[other].role) & set(approval.role)]
    counted = sorted(
        (one for one in asked if not refusals[one]),
        key=lambda one: (sum(one.role in rival.role for rival in rivals), one.at, one.person),
    )
    chosen = counted[: approval.quorum]
    return _Filled(
        rejected=tuple(one for one in words if one.meaning is Meaning.REJECTED),
        counted=tuple(counted),
        refused=tuple(refusal for refusal in refusals.values() if refusal),
        taken=frozenset(one.person for one in (chosen if rivals else counted)),
        reached=max(one.at for one in chosen) if len(chosen) == approval.quorum else None,
    )


def _others(policy: Policy, name: str) -> list[str]:
    """Return the approvals that must be by other persons; it holds both ways."""
    named = set(policy.approvals[name].not_same_as)
    return [other for other, one in policy.approvals.items() if other in named or name in one.not_same_as]


def _refusal(
    approval: Approval, one: SignOff, signed: Signed, others: Iterable[str], filled: Mapping[str, _Filled]
) -> tuple[str, str] | None:
    """Return why a sign-off does not count, in one word and in a sentence."""
    if one.person in signed.makers:
        return "not_same_as", f"{one.person} made this version and cannot approve it"
    for other in others:
        if other in filled and one.person in filled[other].taken:
            return "not_same_as", f"{one.person} counts for {other} and cannot count here too"
    if not is_in_force(Period.lasting(one.at, approval.expires), signed.at):
        return "expires", f"{one.person} signed on {one.at:%Y-%m-%d}, which held for {approval.expires}"
    if Voids.WAIVER_EXPIRED in approval.void_on:
        ended = next((of for of in signed.waived if is_in_force(of, one.at) and not is_in_force(of, signed.at)), None)
        if ended and ended.end:
            return "void_on", f"{one.person} signed while a waiver held that ended on {ended.end:%Y-%m-%d}"
    for other in approval.after:
        reached = filled[other].reached
        if reached is None or one.at < reached:
            return "after", f"{one.person} signed before {other} was complete"
    return None


def _findings(rules: Resolved, name: str, approval: Approval, filled: _Filled) -> Iterator[Finding]:
    blank = Finding(
        policy=rules.policy.id,
        version=rules.policy.version,
        rule=f"approvals.{name}",
        place=rules.places[f"approvals.{name}"],
        verdict=Verdict.FAIL,
        message="",
        limit=f"{approval.quorum} of {' or '.join(approval.role)}",
        n=len(filled.counted),
    )
    for one in filled.rejected:
        message = f"{name}: {one.person} rejected it as {one.role}"
        yield replace(blank, message=message, effect=Decision.DENY, reason="rejected")
    who = ", ".join(one.person for one in filled.counted)
    if len(filled.counted) >= approval.quorum:
        yield replace(blank, verdict=Verdict.PASS, message=f"{name}: signed off by {who}")
        return
    for reason, sentence in filled.refused:
        # What was signed too early is only to be signed again; the others are nobody's to repair.
        effect = Decision.NEEDS_PERSON if reason == "after" else Decision.DENY
        yield replace(blank, message=f"{name}: {sentence}", effect=effect, reason=reason)
    yield replace(
        blank,
        verdict=Verdict.INCONCLUSIVE,
        message=f"{name}: {len(filled.counted)} of {approval.quorum} signed" + (f" ({who})" if who else ""),
        effect=Decision.NEEDS_PERSON,
        reason="quorum",
        remedy=f"ask a {' or a '.join(approval.role)} who did not make it to run `govern sign`",
    )
