"""May this be said of a model? The rules of registering, measuring, submitting, signing off and moving a version."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import assert_never

from govern.errors import Kind, NotAllowed
from govern.ledger.contents import Blob, Kept
from govern.policy.approvals import APPROVING, Meaning
from govern.policy.approvals import SignOff as PolicySignOff
from govern.policy.evidence import Evidence
from govern.policy.findings import Decision, Judgement
from govern.policy.judge import Case, judge
from govern.policy.two_persons import two_persons
from govern.record.dossier import Dossier, component, components, dictionary, dossier, profile
from govern.record.events import Event
from govern.record.identity import NEVER_SIGN_OFF, Role
from govern.record.inventory import Inventory, Version
from govern.record.models import AdoptPolicy, Amend, RegisterModel, RegisterVersion, TestResult
from govern.record.registering import admit_amend, require_manifest, require_model, require_policy
from govern.record.registry import Person, Registry
from govern.record.reviewing import admit_review, require_day_to_come, require_no_owner, waiver
from govern.record.reviews import (
    MEANINGS,
    AddDocument,
    Challenge,
    CloseFinding,
    Comment,
    IssueReport,
    MeetCondition,
    Move,
    RaiseFinding,
    Recall,
    Recheck,
    RequestChanges,
    Respond,
    SignOff,
    Submit,
    Waive,
)
from govern.record.rules import require_no_subject, require_reason
from govern.record.validity import unsettled

Body = (
    RegisterModel
    | Amend
    | RegisterVersion
    | TestResult
    | AdoptPolicy
    | Submit
    | Comment
    | SignOff
    | Move
    | IssueReport
    | Recall
    | RequestChanges
    | Challenge
    | Respond
    | RaiseFinding
    | CloseFinding
    | MeetCondition
    | Waive
    | AddDocument
    | Recheck
)

JUDGED = frozenset({"validated", "approved", "production"})
"""Stages that are reached only if the judge allows it."""
ROLLBACK = "rollback"
"""The gate that a policy may have for going back."""
_MOVES = {
    "registered": frozenset({"retired"}),
    "in_review": frozenset({"validated", "approved", "production", "retired"}),
    "validated": frozenset({"approved", "production", "retired"}),
    "approved": frozenset({"production", "retired"}),
    "production": frozenset({"suspended", "retired"}),
    "suspended": frozenset({"production", "retired"}),
    "retired": frozenset[str](),
}
_MEASURED = tuple(stage for stage in _MOVES if stage != "retired")
"""Where a version may be measured and submitted: whatever voids its signatures, it can be reviewed anew."""
_REGISTERS = frozenset({Role.DEVELOPER, Role.MODEL_OWNER})
_MEASURES = _REGISTERS | {Role.VALIDATOR}
_GOVERNS = frozenset({Role.RISK_OFFICER, Role.MODEL_OWNER})


def admit_lifecycle(  # noqa: PLR0913, PLR0917  an entry has as many sides
    registry: Registry, body: Body, event: Event, signers: list[Person], at: datetime, kept: Kept
) -> None:
    """Raise `NotAllowed` unless the event, by an enrolled signer in a role they hold, may be said now."""
    inventory = registry.inventory
    match body:
        case RegisterModel():
            require_no_subject(event)
            _require_role(event, _REGISTERS, "registers a model")
            require_model(registry, body)
            kept.check(body.card)
        case Amend():
            admit_amend(registry, body, event)
        case RegisterVersion():
            require_no_subject(event)
            _require_role(event, _REGISTERS, "registers a version")
            require_manifest(inventory, body, kept)
        case TestResult():
            version = version_of(inventory, body, event)
            _require_role(event, _MEASURES, "measures a version")
            _require_stage(version, *_MEASURED)
            _require_evidence(body, kept)
        case AdoptPolicy():
            require_no_subject(event)
            _require_role(event, frozenset({Role.RISK_OFFICER}), "adopts a policy")
            require_policy(inventory, body, kept)
        case Submit():
            version = version_of(inventory, body, event)
            _require_role(event, _REGISTERS, "submits a version")
            _require_stage(version, *_MEASURED)
            now = dossier(inventory, version, kept)
            _require_sections(now)
            _require_dossier(now, event)
        case SignOff():
            _admit_sign_off(registry, version_of(inventory, body, event), event, at, kept)
        case Move():
            _admit_move(registry, version_of(inventory, body, event), body, event, at, kept)
        case Comment() | IssueReport():
            # Their contents may be erased later, and an audit then has to admit them all the same.
            version_of(inventory, body, event)
        case (
            Recall()
            | RequestChanges()
            | Challenge()
            | Respond()
            | RaiseFinding()
            | CloseFinding()
            | MeetCondition()
            | Waive()
            | AddDocument()
            | Recheck()
        ):
            admit_review(registry, version_of(inventory, body, event), body, event, signers, at, kept)
        case _:
            assert_never(body)


def judgement(registry: Registry, version: Version, at: datetime, kept: Kept, gate: str | None = None) -> Judgement:
    """Return what the policies in force say of a version; where none was adopted for it, the two-person rule speaks."""
    now = dossier(registry.inventory, version, kept)
    _require_content(version, kept)
    return judgement_of(registry, now, at, kept, gate)


def judgement_of(registry: Registry, now: Dossier, at: datetime, kept: Kept, gate: str | None = None) -> Judgement:
    """Return what the policies of a dossier say of its version; that its contents are as signed was seen to before."""
    version = now.version
    case = Case(
        model=profile(now.model),
        stage=version.stage,
        makers=version.not_reviewers,
        evidence=_evidence(now, kept),
        sign_offs=tuple(_words(registry, version, now, at)),
        at=at,
        measured_by={
            check: frozenset((who.person, min(who.roles)) for who in one.persons if registry.is_trusted(who))
            for check, one in version.measured.items()
        },
        documents={section: one.words for section, one in version.documents.items()},
        waivers=tuple(waiver(registry, one) for one in version.waivers_in_place),
        subject=version.digest,
    )
    found = judge(now.policies or (two_persons(),), case, gate)
    if gate in JUDGED and found.policies and not any(one.policy.approvals_of(gate) for one in found.policies):
        # No policy takes away that a second person signs: with what asks for nobody, the built-in rule holds as well.
        found = judge((*now.policies, two_persons()), case, gate)
    return found


def _require_content(version: Version, kept: Kept) -> None:
    """Raise if what a dossier rests on is not what was signed: no gate opens for it."""
    for what, digest in components(version):
        with component(f"the {what}"):
            kept.check(digest)
    wordings = dictionary(version, kept)
    if wordings:
        with component("the dictionary of reasons"):
            kept.check(wordings)


def _words(registry: Registry, version: Version, now: Dossier, at: datetime) -> Iterator[PolicySignOff]:
    """Yield what people said of the dossier as it is now; what counts no more still stands in the place of earlier words."""
    # What a thief may have approved counts for nothing; what a thief may have rejected is no reason to open a gate.
    for one in version.signed:
        if one.dossier == now.digest and (one.keyid, one.entry) not in registry.disowned:
            meaning = Meaning(one.meaning)
            is_spent = meaning in APPROVING and unsettled(registry, one, at)
            yield PolicySignOff(one.person, one.role, Meaning.ACKNOWLEDGED if is_spent else meaning, one.at)


def _evidence(now: Dossier, blob: Blob) -> dict[str, Evidence]:
    return {check: Evidence.parse(blob(one.evidence)) for check, one in now.version.measured.items()}


def version_of(inventory: Inventory, body: Body, event: Event) -> Version:
    """Return the version an event is about, if its signer saw what it is now."""
    digest = str(getattr(body, "version", ""))
    version = inventory.versions.get(digest)
    if version is None:
        raise NotAllowed(f"no version {digest} is registered", code="unknown_version")
    about = event.govern.about
    if about is None or (about.index, about.leaf_hash) != (version.entry, version.leaf_hash):
        raise NotAllowed(
            f"the event is not about the registration of {version.name}", code="other_entry", kind=Kind.REPLAYED
        )
    if event.govern.subject_seq != version.seq:
        raise NotAllowed(
            f"{version.name} changed since this was signed: it says {event.govern.subject_seq}, the ledger is at {version.seq}",
            code="stale_subject",
            kind=Kind.REPLAYED,
            hint="read the dossier again and sign anew",
        )
    return version


def _require_evidence(body: TestResult, blob: Blob) -> None:
    evidence = Evidence.parse(blob(body.evidence))
    if sorted(body.checks) != sorted(one.check for one in evidence.plan.checks):
        raise NotAllowed("the event does not list the checks of its evidence, each once", code="evidence_differs")
    if evidence.model not in (None, body.version):
        raise NotAllowed(f"the evidence was measured on {evidence.model}", code="other_version", kind=Kind.REPLAYED)


def _admit_sign_off(registry: Registry, version: Version, event: Event, at: datetime, blob: Blob) -> None:
    common, inventory = event.govern, registry.inventory
    assert isinstance(event.body, SignOff)
    _require_stage(version, "in_review", "validated", "approved", "production")
    if common.meaning not in MEANINGS or common.action != ("reject" if common.meaning == "rejected" else "sign_off"):
        raise NotAllowed(
            f"{common.meaning!r} is no meaning of a signature", code="meaning", hint=f"one of {', '.join(MEANINGS)}"
        )
    _require_dossier(dossier(inventory, version, blob), event)
    if common.dossier != version.dossier:
        raise NotAllowed(
            f"{version.name} changed since it was submitted",
            code="stale_dossier",
            hint=f"`govern submit {version.name}`",
        )
    if Meaning(common.meaning) in APPROVING and common.signer.id in version.not_reviewers:
        raise NotAllowed(
            f"{common.signer.id} made or submitted {version.name} and cannot approve it",
            code="self_approval",
            kind=Kind.SELF_APPROVAL,
            hint="somebody else must sign",
        )
    if Meaning(common.meaning) in APPROVING and common.signer.role in NEVER_SIGN_OFF:
        raise NotAllowed(f"nobody approves as {common.signer.role}", code="role", hint="sign in another role")
    if Meaning(common.meaning) in APPROVING and common.signer.role == Role.VALIDATOR:
        require_no_owner(inventory, version, event)
    if common.meaning in {"rejected", "approved_with_conditions"}:
        require_reason(event)
    _require_conditions(registry, event.body, common.meaning, at)
    last = next((one for one in reversed(version.signed) if one.person == common.signer.id), None)
    counts = last and not unsettled(registry, last, at)
    if (
        last
        and counts
        and (last.role, last.meaning, last.dossier) == (common.signer.role, common.meaning, common.dossier)
    ):
        raise NotAllowed(
            f"{common.signer.id} has said this of {version.name} already, in entry #{last.entry}",
            code="signed_already",
            hint=f"`govern log prove {last.entry}` writes its receipt again",
        )


def _require_conditions(registry: Registry, body: SignOff, meaning: str, at: datetime) -> None:
    if body.conditions and meaning != "approved_with_conditions":
        raise NotAllowed(f"{meaning} has no conditions", code="conditions", hint="approve with conditions")
    if meaning == "approved_with_conditions" and not body.conditions:
        raise NotAllowed(
            "an approval with conditions names none", code="conditions", hint="say what, who and until when"
        )
    for one in body.conditions or ():
        if one.owner not in registry.people:
            raise NotAllowed(f"the condition's owner {one.owner} was never enrolled", code="unknown_person")
        require_day_to_come(one.due, at, "a condition")


def _admit_move(registry: Registry, version: Version, move: Move, event: Event, at: datetime, kept: Kept) -> None:  # noqa: PLR0913, PLR0917  a move has as many sides
    require_reason(event)
    _require_role(event, _GOVERNS, "moves a version")
    if move.before != version.stage:
        raise NotAllowed(f"{version.name} is {version.stage}, not {move.before}", code="stage")
    if move.after not in _MOVES[version.stage]:
        allowed = ", ".join(sorted(_MOVES[version.stage])) or "nowhere"
        raise NotAllowed(f"{version.name} is {version.stage} and goes to {allowed}, not to {move.after}", code="stage")
    if (move.production_role is not None) != (move.after == "production"):
        raise NotAllowed("production is as champion or challenger, and no other stage is", code="production_role")
    if move.after == "retired":
        _require_nobody_left(registry.inventory, version)
    if move.rollback:
        _require_rollback(version, move, event)
        found = judgement(registry, version, at, kept, ROLLBACK)
        if found.decision is Decision.NOT_APPLICABLE:
            # No policy has a gate for it: signatures may be void by now, but nothing that is asked for may fail.
            found = judgement(registry, version, at, kept)
            _require_open(version, move, [one.id for one in found.findings if one.effect is Decision.DENY])
        elif found.decision is not Decision.ALLOW:
            _require_open(version, move, found.because)
    elif move.after in JUDGED:
        found = judgement(registry, version, at, kept, move.after)
        if found.decision is not Decision.ALLOW:
            _require_open(version, move, found.because or [found.decision])


def _require_open(version: Version, move: Move, because: Sequence[str]) -> None:
    if because:
        raise NotAllowed(
            f"the policy does not allow {version.name} to {move.after}: {', '.join(dict.fromkeys(because))}",
            code="gate",
            hint=f"`govern check {version.name}` says what is missing",
        )


def _require_nobody_left(inventory: Inventory, version: Version) -> None:
    """Raise if a model in production reads what this version, the last champion, says or said before it was suspended."""
    champion = inventory.champion(version.model)
    was_read = version.production_role == "champion" or version.stage == "suspended"
    if not was_read or (champion and champion.digest != version.digest):
        return
    using = [one.name for one in inventory.dependants(version.model) if inventory.champion(one.name)]
    if using:
        raise NotAllowed(
            f"{version.name} is read by {', '.join(using)} in production",
            code="dependants",
            hint="retire or suspend them first, or amend what they read from",
        )


def _require_rollback(version: Version, move: Move, event: Event) -> None:
    """Raise unless a risk officer who did not make it takes a version back that another champion displaced."""
    if event.govern.signer.role != Role.RISK_OFFICER or event.govern.signer.id in version.not_reviewers:
        raise NotAllowed(
            "who rolls back is a risk officer who did not make the version",
            code="self_approval" if event.govern.signer.id in version.not_reviewers else "role",
        )
    if version.stage != "approved" or move.production_role != "champion" or not version.was_in_production:
        raise NotAllowed(
            f"{version.name} is no approved version that was in production before",
            code="rollback",
            hint="what was suspended, or is reviewed anew, goes through the gate",
        )


def _require_sections(now: Dossier) -> None:
    """Raise if a section that a policy asks for is empty, and list all that are."""
    asked = {
        section
        for rules in now.policies
        if rules.policy.documentation
        for section in rules.policy.documentation.required
    }
    missing = sorted(asked - now.version.documents.keys())
    if missing:
        raise NotAllowed(
            f"the dossier of {now.version.name} has no {', '.join(missing)}",
            code="documentation",
            hint=f"`govern document add {now.version.name} {missing[0]} FILE`",
        )


def _require_dossier(now: Dossier, event: Event) -> None:
    if event.govern.dossier != now.digest:
        raise NotAllowed(
            f"the signer saw the dossier {event.govern.dossier}, it is {now.digest} now",
            code="stale_dossier",
            hint="read it again and sign anew",
        )


def _require_role(event: Event, roles: frozenset[Role], what: str) -> None:
    if event.govern.signer.role not in roles:
        raise NotAllowed(
            f"a {event.govern.signer.role} does not do this: who {what} is {' or '.join(sorted(roles))}", code="role"
        )


def _require_stage(version: Version, *stages: str) -> None:
    if version.stage not in stages:
        raise NotAllowed(
            f"{version.name} is {version.stage}", code="stage", hint=f"this is done while it is {' or '.join(stages)}"
        )


__all__ = ["Body", "admit_lifecycle", "judgement", "version_of"]
