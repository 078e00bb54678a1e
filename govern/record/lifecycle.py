"""May this be said of a model? The rules of registering, measuring, submitting, signing off and moving a version."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from govern.errors import Kind, NotAllowed
from govern.ledger.contents import Blob, Kept
from govern.policy.approvals import APPROVING, Meaning
from govern.policy.document import ROLLBACK
from govern.policy.evidence import Evidence
from govern.policy.findings import Decision
from govern.policy.metrics import METRICS
from govern.record.dossier import Dossier, dossier
from govern.record.events import Event, OfModels
from govern.record.identity import NEVER_SIGN_OFF, Role
from govern.record.inventory import Inventory, Signed, Version
from govern.record.judging import JUDGED, judgement, why_not_approved
from govern.record.manifest import Manifest
from govern.record.models import AdoptPolicy, Amend, RegisterModel, RegisterVersion, TestResult
from govern.record.registering import admit_amend, require_manifest, require_model, require_policy
from govern.record.registry import Person, Registry
from govern.record.reviewing import admit_review, require_day_to_come, require_no_owner
from govern.record.reviews import (
    MOST_REASONS,
    Comment,
    IssueReport,
    Move,
    RecordDecisions,
    RecordGate,
    SignOff,
    Submit,
)
from govern.record.rules import GOVERNING, require_no_subject, require_reason, require_role, require_stage
from govern.record.validity import is_over

_ANSWERED_WITHIN = timedelta(minutes=10)
_MOVES = {
    "registered": frozenset({"retired"}),
    "in_review": frozenset({"validated", "approved", "production", "retired"}),
    "validated": frozenset({"approved", "production", "retired"}),
    "approved": frozenset({"production", "retired"}),
    "production": frozenset({"production", "suspended", "retired"}),
    "suspended": frozenset({"production", "retired"}),
    "retired": frozenset[str](),
}
_MEASURED = tuple(stage for stage in _MOVES if stage != "retired")
"""Where a version may be measured and submitted: whatever voids its signatures, it can be reviewed anew."""
_REGISTERS = frozenset({Role.DEVELOPER, Role.MODEL_OWNER})
_MEASURES = _REGISTERS | {Role.VALIDATOR}


def admit_lifecycle(  # noqa: PLR0913, PLR0917  an entry has as many sides
    registry: Registry, body: OfModels, event: Event, signers: list[Person], at: datetime, kept: Kept
) -> None:
    """Raise `NotAllowed` unless the event, by an enrolled signer in a role they hold, may be said now."""
    inventory = registry.inventory
    match body:
        case RegisterModel():
            require_no_subject(event)
            require_role(event, _REGISTERS, "registers a model")
            require_model(registry, body)
            kept.check(body.card)
        case Amend():
            admit_amend(registry, body, event)
        case RegisterVersion():
            require_no_subject(event)
            require_role(event, _REGISTERS, "registers a version")
            require_manifest(inventory, body, kept)
        case TestResult():
            version = version_of(inventory, body, event)
            require_role(event, _MEASURES, "measures a version")
            require_stage(version, *_MEASURED)
            _require_evidence(body, kept, at)
        case AdoptPolicy():
            require_no_subject(event)
            require_role(event, frozenset({Role.RISK_OFFICER}), "adopts a policy")
            require_policy(inventory, body, kept)
        case Submit():
            version = version_of(inventory, body, event)
            require_role(event, _REGISTERS, "submits a version")
            require_stage(version, *_MEASURED)
            now = dossier(inventory, version, kept)
            _require_sections(now)
            _require_dossier(now, event)
        case SignOff():
            _admit_sign_off(registry, version_of(inventory, body, event), event, at, kept)
        case Move():
            _admit_move(registry, version_of(inventory, body, event), body, event, at, kept)
        case RecordGate():
            _require_answer(registry, version_of(inventory, body, event), body, at, kept)
        case RecordDecisions():
            _require_decisions(version_of(inventory, body, event), body, kept)
        case Comment() | IssueReport():
            # Their contents may be erased later, and an audit then has to admit them all the same.
            version_of(inventory, body, event)
        case _:
            admit_review(registry, version_of(inventory, body, event), body, event, signers, at, kept)


def version_of(inventory: Inventory, body: OfModels, event: Event) -> Version:
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


def _require_evidence(body: TestResult, blob: Blob, at: datetime) -> None:
    evidence = Evidence.parse(blob(body.evidence))
    imported = evidence.plan.imported
    if imported and imported.on > at.date():
        raise NotAllowed(f"what is imported is as of {imported.on}, which is still to come", code="future")
    measured_here = [one.metric for one in evidence.plan.checks if imported and one.metric in METRICS]
    if measured_here:
        raise NotAllowed(f"{measured_here[0]} is measured here, and never imported", code="measured_here")
    if sorted(body.checks) != sorted(one.check for one in evidence.plan.checks):
        raise NotAllowed("the event does not list the checks of its evidence, each once", code="evidence_differs")
    result = "FAILED" if body.failed_tests else "WARNED" if body.warned_tests else "PASSED"
    if body.result != result:
        raise NotAllowed(f"the event says {body.result}, by its checks it is {result}", code="evidence_differs")
    if evidence.model not in (None, body.version):
        raise NotAllowed(f"the evidence was measured on {evidence.model}", code="other_version", kind=Kind.REPLAYED)


def _admit_sign_off(registry: Registry, version: Version, event: Event, at: datetime, blob: Blob) -> None:
    common, inventory = event.govern, registry.inventory
    assert isinstance(event.body, SignOff)
    require_stage(version, "in_review", "validated", "approved", "production")
    if common.meaning not in set(Meaning) or common.action != (
        "reject" if common.meaning == "rejected" else "sign_off"
    ):
        raise NotAllowed(
            f"{common.meaning!r} is no meaning of a signature", code="meaning", hint=f"one of {', '.join(Meaning)}"
        )
    now = dossier(inventory, version, blob)
    _require_dossier(now, event)
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
    if Meaning(common.meaning) in APPROVING:
        require_no_owner(inventory, version, event)
    if common.meaning in {"rejected", "approved_with_conditions"}:
        require_reason(event)
    _require_conditions(registry, event.body, common.meaning, at)
    who = (common.signer.id, common.signer.role)
    last = next((one for one in reversed(version.signed) if (one.person, one.role) == who), None)
    if (
        last
        and not is_over(registry, now, last, at)
        and not _is_before_rollback(version, last)
        and (last.meaning, last.dossier) == (common.meaning, common.dossier)
    ):
        raise NotAllowed(
            f"{common.signer.id} has said this of {version.name} already, in entry #{last.entry}",
            code="signed_already",
            hint=f"`govern log prove {last.entry}` writes its receipt again",
        )


def _is_before_rollback(version: Version, said: Signed) -> bool:
    """Say whether a version was rolled back to since: that is to be ratified by new words."""
    return bool(version.rolled_back) and version.since is not None and said.at <= version.since


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
    require_role(event, GOVERNING, "moves a version")
    if move.before != version.stage:
        raise NotAllowed(f"{version.name} is {version.stage}, not {move.before}", code="stage")
    if move.after not in _MOVES[version.stage]:
        allowed = ", ".join(sorted(_MOVES[version.stage])) or "nowhere"
        raise NotAllowed(f"{version.name} is {version.stage} and goes to {allowed}, not to {move.after}", code="stage")
    if (move.production_role is not None) != (move.after == "production"):
        raise NotAllowed("production is as champion or challenger, and no other stage is", code="production_role")
    if move.production_role and move.production_role == version.production_role:
        raise NotAllowed(f"{version.name} is {version.production_role} already", code="stage")
    if move.after == "retired" or (version.production_role, move.production_role) == ("champion", "challenger"):
        _require_nobody_left(registry.inventory, version)
    if move.rollback:
        _require_rollback(version, move, event)
        # Signatures may be void by now, but nothing that any policy asks for may fail, and somebody has to stand for it.
        found = judgement(registry, version, at, kept)
        _require_open(version, move, [one.id for one in found.findings if one.effect is Decision.DENY])
        why = why_not_approved(registry, version, at)
        _require_open(version, move, [why] if why else [])
        found = judgement(registry, version, at, kept, ROLLBACK)
        if found.decision not in {Decision.ALLOW, Decision.NOT_APPLICABLE}:
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


def _require_answer(registry: Registry, version: Version, said: RecordGate, at: datetime, kept: Kept) -> None:
    """Raise unless the judge says what is recorded, of the dossier as it is, by the policies as they are."""
    if abs(at - said.at) > _ANSWERED_WITHIN:
        raise NotAllowed(
            f"the gate was asked at {said.at:%Y-%m-%d %H:%M:%S} UTC and this is recorded at {at:%Y-%m-%d %H:%M:%S} UTC, "
            "more than 10 minutes apart",
            code="clock",
            hint="ask again",
        )
    found = judgement(registry, version, said.at, kept, said.gate, said.environment)
    sides = {
        "decision": (said.decision, found.decision.value),
        "reasons": (said.because or (), found.because[:MOST_REASONS]),
        "policies": (said.policies or (), tuple(one.digest for one in found.policies)),
        "dossier": (said.judged, dossier(registry.inventory, version, kept).digest),
    }
    differing = [what for what, (one, other) in sides.items() if one != other]
    if differing:
        raise NotAllowed(
            f"{version.name} to {said.gate} is recorded as {said.decision}, the judge says {found.decision}: "
            f"{' and '.join(differing)} differ",
            code="gate_differs",
            hint="ask again: `govern gate ... --record`",
        )


def _require_decisions(version: Version, said: RecordDecisions, kept: Blob) -> None:
    """Raise unless the version's own model decided, by its own rule and in its own words, and the counts can be."""
    if any(batch == said.batch for _, batch in version.batches):
        raise NotAllowed(
            f"these decisions of {version.name} are on record already",
            code="recorded_already",
            hint=f"`govern version history {version.name}`",
        )
    manifest = Manifest.parse(kept(version.digest))
    sides = {
        "rule": said.approve == manifest.approve,
        "dictionary": said.dictionary == manifest.reasons,
        "model": said.model in {digest for _, _, digest in version.artefacts},
        "counts": said.blocked <= said.declined <= said.rows and bool(said.declined) == (said.method is not None),
    }
    wrong = [what for what, fits in sides.items() if not fits]
    if wrong:
        raise NotAllowed(
            f"the {' and the '.join(wrong)} of these decisions cannot be those of {version.name}",
            code="decisions_differ",
            hint="decide again: `govern decisions record`",
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
            hint="let another version take its place, retire or suspend them first, or amend what they read from",
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
