"""May this be said in a review? Challenges, findings, conditions, waivers, documents: each by whom, and of what."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import assert_never

from govern.errors import Kind, NotAllowed
from govern.ledger.contents import Blob
from govern.policy.allowances import LIFTED, Waiver, why_no_waiver
from govern.policy.evidence import Evidence
from govern.policy.limits import judge_check
from govern.policy.resolve import Resolved
from govern.policy.validity import is_in_force
from govern.record.dossier import Dossier, dossier
from govern.record.events import Event
from govern.record.identity import Role
from govern.record.inventory import Challenge as Challenged
from govern.record.inventory import Finding, Inventory, Version
from govern.record.inventory import Waiver as Waived
from govern.record.registry import Person, Registry
from govern.record.reviews import (
    AddDocument,
    Challenge,
    CloseFinding,
    MeetCondition,
    RaiseFinding,
    Recall,
    Recheck,
    RequestChanges,
    Respond,
    Reviewing,
    Waive,
    words_in,
)
from govern.record.rules import require_reason, require_role, require_stage

REVIEWERS = frozenset({Role.VALIDATOR, Role.RISK_OFFICER, Role.FAIR_LENDING_OFFICER})
ASKERS = REVIEWERS | {Role.AUDITOR}
ANSWERERS = frozenset({Role.DEVELOPER, Role.MODEL_OWNER})
"""Who answers a challenge, besides who made the version and who owns the model."""
WRITERS = REVIEWERS | ANSWERERS
DOCUMENTED = ("registered", "in_review", "validated", "approved", "production")
"""Stages in which a version takes documents."""


def admit_review(  # noqa: C901, PLR0912, PLR0913, PLR0915, PLR0917  a case a kind; an entry has as many sides
    registry: Registry, version: Version, body: Reviewing, event: Event, signers: list[Person], at: datetime, blob: Blob
) -> None:
    """Raise `NotAllowed` unless this may be said of a version now."""
    signer = event.govern.signer
    match body:
        case Recall():
            require_reason(event)
            require_stage(version, "in_review")
            if signer.id not in {version.requester, registry.inventory.models[version.model].owner}:
                raise NotAllowed(
                    f"only who submitted {version.name}, or owns its model, withdraws it",
                    code="role",
                    hint="request changes",
                )
        case RequestChanges():
            require_reason(event)
            require_stage(version, "in_review")
            _require_reviewer(version, event, REVIEWERS, "requests changes")
        case Challenge():
            _require_reviewer(version, event, ASKERS, "challenges")
        case Respond(challenge=entry):
            found = challenge_of(version, entry)
            if found.answered is not None:
                raise NotAllowed(f"#{entry} was answered in #{found.answered}", code="answered_already")
            if found.person == signer.id:
                raise NotAllowed("nobody answers their own challenge", code="self_approval", kind=Kind.SELF_APPROVAL)
            if signer.id not in version.not_reviewers | {registry.inventory.models[version.model].owner}:
                require_role(event, ANSWERERS, "answers a challenge of what others made")
        case RaiseFinding(owner=owner, due=due):
            require_role(event, ASKERS, "raises a finding")
            require_day_to_come(due, at, "a finding")
            _require_known(registry, owner)
        case CloseFinding(finding=entry):
            require_reason(event)
            _require_reviewer(version, event, frozenset({Role.VALIDATOR}), "closes a finding")
            require_no_owner(registry.inventory, version, event)
            finding = finding_of(version, entry)
            if finding.closed is not None:
                raise NotAllowed(f"#{entry} was closed in #{finding.closed}", code="closed_already")
            if finding.owner == signer.id:
                raise NotAllowed(
                    f"{signer.id} owns the finding #{entry} and cannot close it",
                    code="self_approval",
                    kind=Kind.SELF_APPROVAL,
                    hint="another validator must look",
                )
        case MeetCondition(sign_off=entry, condition=place):
            require_reason(event)
            _require_reviewer(version, event, REVIEWERS, "says that a condition is met")
            _require_condition(version, entry, place, signer.id)
        case Waive():
            require_reason(event)
            _require_waiver(registry, version, body, signers, at, blob)
        case AddDocument():
            require_role(event, WRITERS, "adds a document")
            require_stage(version, *DOCUMENTED)
            _require_document(body, signer.id, blob)
        case Recheck(check=check):
            require_reason(event)
            require_role(event, ASKERS, "asks for a check again")
            known = {
                one.id for rules in dossier(registry.inventory, version, blob).policies for one in rules.policy.checks
            }
            if check not in known | version.measured.keys():
                raise NotAllowed(f"no policy has a check {check} for {version.name}", code="unknown_check")
            if check in version.rechecks:
                raise NotAllowed(f"#{version.rechecks[check]} asks for {check} again already", code="asked_already")
        case _:
            assert_never(body)


def finding_of(version: Version, entry: int) -> Finding:
    for one in version.findings:
        if one.entry == entry:
            return one
    raise NotAllowed(f"#{entry} is no finding about {version.name}", code="unknown_finding")


def challenge_of(version: Version, entry: int) -> Challenged:
    for one in version.challenges:
        if one.entry == entry:
            return one
    raise NotAllowed(f"#{entry} is no challenge of {version.name}", code="unknown_challenge")


def waiver(registry: Registry, version: Version, one: Waived) -> Waiver:
    """Return a waiver as the judge knows it: by those whose signatures are their own."""
    trusted = ((who.person, who.roles) for who in one.persons if registry.is_trusted(who))
    persons = _sponsors(registry, version, trusted)
    return Waiver(one.policy, one.check, one.until, persons, one.at, one.renewals, one.entry)


def why_not_waived(registry: Registry, now: Dossier, one: Waived, at: datetime) -> str:
    """Return why the judge does not count a waiver of a version at an instant; empty if it does."""
    rules = next((found for found in now.policies if found.policy.id == one.policy), None)
    if rules is None or not is_in_force(rules.policy.effective.period, at):
        return f"no policy {one.policy} is in force for {now.version.name}"
    if one.check not in {check.id for check in rules.policy.checks}:
        return f"{one.policy} has no check {one.check} any more"
    if one not in now.version.waivers_in_place:
        return f"{one.check} was measured again, and another number waived"
    return why_no_waiver(rules, waiver(registry, now.version, one), at, now.version.not_reviewers)


def require_no_owner(inventory: Inventory, version: Version, event: Event) -> None:
    """Raise if a reviewer owns the model: who answers for a model does not review it."""
    signer = event.govern.signer
    if signer.role in REVIEWERS and signer.id == inventory.models[version.model].owner:
        raise NotAllowed(
            f"{signer.id} owns {version.model} and does not review it as {signer.role}",
            code="self_approval",
            kind=Kind.SELF_APPROVAL,
            hint=f"another {signer.role} must look",
        )


def require_day_to_come(day: date, at: datetime, what: str) -> None:
    if day < at.date():
        raise NotAllowed(f"{what} is not due on {day}: that is past", code="past_day")


def _sponsors(
    registry: Registry, version: Version, persons: Iterable[tuple[str, frozenset[str]]]
) -> tuple[tuple[str, frozenset[str]], ...]:
    """Return who accepts what fails, each with their roles: the owner of the model in none that reviews it."""
    owner = registry.inventory.models[version.model].owner
    return tuple((id_, roles - REVIEWERS if id_ == owner else roles) for id_, roles in persons)


def _require_waiver(  # noqa: PLR0913, PLR0917  a waiver has as many sides
    registry: Registry, version: Version, body: Waive, signers: list[Person], at: datetime, blob: Blob
) -> None:
    require_stage(version, "registered", "in_review", "validated", "approved", "production", "suspended")
    now = dossier(registry.inventory, version, blob)
    rules = next((one for one in now.policies if one.policy.id == body.policy), None)
    if rules is None:
        raise NotAllowed(f"no policy {body.policy} is in force for {version.name}", code="unknown_policy")
    if body.check not in {one.id for one in rules.policy.checks}:
        raise NotAllowed(f"{body.policy} has no check {body.check}", code="unknown_check")
    if body.check not in version.measured:
        raise NotAllowed(
            f"{body.check} of {version.name} was not measured: there is nothing to accept",
            code="not_measured",
            hint=f"`govern evaluate {version.name}` first; who waives has to see by how much it fails",
        )
    _require_failing(rules, version, body.check, blob)
    asked = Waiver(
        body.policy,
        body.check,
        body.until,
        _sponsors(registry, version, ((one.id, one.roles) for one in signers)),
        at,
        registry.inventory.renewals(version, body.policy, body.check),
        0,
    )
    why = why_no_waiver(rules, asked, at, version.not_reviewers)
    if why:
        code = "four_eyes.quorum" if " signed" in why else "waiver"
        hint = "add `--as` with another of them" if code == "four_eyes.quorum" else ""
        raise NotAllowed(why, code=code, hint=hint)


def _require_failing(rules: Resolved, version: Version, check: str, blob: Blob) -> None:
    """Raise if nothing of a check fails: its waiver would only wait for a limit that it never saw."""
    evidence = Evidence.parse(blob(version.measured[check].evidence))
    asked = next(one for one in rules.policy.checks if one.id == check)
    if not LIFTED & {found.verdict for found in judge_check(rules, asked, evidence, version.digest)}:
        raise NotAllowed(
            f"{check} of {version.name} does not fail: there is nothing to waive",
            code="nothing_fails",
            hint=f"`govern check {version.name}` says what fails",
        )


def _require_condition(version: Version, entry: int, place: int, signer: str) -> None:
    signed = next((one for one in version.signed if one.entry == entry), None)
    if signed is None or place >= len(signed.conditions):
        raise NotAllowed(f"#{entry} has no condition {place}", code="unknown_condition")
    condition = signed.conditions[place]
    if condition.met is not None:
        raise NotAllowed(f"the condition was met in #{condition.met}", code="met_already")
    if condition.owner == signer:
        raise NotAllowed(
            f"{signer} owes the condition and cannot say that it is met", code="self_approval", kind=Kind.SELF_APPROVAL
        )


def _require_document(body: AddDocument, signer: str, blob: Blob) -> None:
    (reference,) = body.references
    if reference.digest.sha256 != body.content.value.hex() or body.attester.id != signer:
        raise NotAllowed("the document is not the one that the event refers to", code="document_differs")
    content = blob(body.content)
    if len(content) != body.size or not body.size:
        raise NotAllowed(
            f"the document {reference.name} has not {body.size} bytes, or is empty", code="document_differs"
        )
    words = words_in(reference.name, content)
    if body.words != words:
        raise NotAllowed(
            f"the document {reference.name} has {'words that cannot be counted' if words is None else f'{words} words'}, "
            f"the event says {'nothing of them' if body.words is None else body.words}",
            code="document_differs",
        )


def _require_known(registry: Registry, person: str) -> None:
    if person not in registry.people:
        raise NotAllowed(f"{person} was never enrolled", code="unknown_person")


def _require_reviewer(version: Version, event: Event, roles: frozenset[Role], what: str) -> None:
    require_role(event, roles, what)
    if event.govern.signer.id in version.not_reviewers:
        raise NotAllowed(
            f"{event.govern.signer.id} made or submitted {version.name}: somebody else {what}",
            code="self_approval",
            kind=Kind.SELF_APPROVAL,
        )
