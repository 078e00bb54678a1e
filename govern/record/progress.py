"""How the inventory goes on with an admitted event; it cannot fail on one."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from rpds import HashTrieMap

from govern.record.events import Body
from govern.record.identity import Role
from govern.record.inventory import (
    Amended,
    Challenge,
    Condition,
    Deputy,
    Document,
    Finding,
    Inventory,
    Mark,
    Measured,
    Model,
    Policy,
    Signed,
    Signer,
    Version,
    Waiver,
    in_force,
)
from govern.record.known import Gist
from govern.record.models import VOIDS, AdoptPolicy, Amend, Facts, OfVersion, RegisterModel, RegisterVersion, TestResult
from govern.record.people import Deputise, EndDeputy
from govern.record.reviews import (
    AddDocument,
    CloseFinding,
    Comment,
    IssueReport,
    MeetCondition,
    Move,
    RaiseFinding,
    Recall,
    Recheck,
    RecordDecisions,
    RecordGate,
    RequestChanges,
    Respond,
    SignOff,
    Submit,
    Waive,
)
from govern.record.reviews import (
    Challenge as RaiseChallenge,
)

MAKERS_ROLES = frozenset({Role.DEVELOPER.value, Role.MODEL_OWNER.value})
"""Whoever holds one of these roles and edits a dossier makes the version too; a validator who adds a report does not.

Who replaces what somebody else wrote does, whatever their roles.
"""


@dataclass(frozen=True, slots=True)
class Said:
    """Who said something, where it stands and when: what a fold needs of an entry besides its body."""

    index: int
    gist: Gist
    at: datetime
    leaf_hash: bytes
    keyid: str
    signers: tuple[Signer, ...]
    """Everybody who signed, with the roles they held."""

    @property
    def signer(self) -> str:
        return self.gist.signer

    @property
    def role(self) -> str:
        return self.gist.role

    @property
    def mark(self) -> Mark:
        return Mark(self.index, self.keyid)


def apply(inventory: Inventory, spoken: Body, said: Said) -> Inventory:  # noqa: PLR0911  a case a kind
    """Return the inventory after an admitted event; events about other things change nothing."""
    signer, index, at, leaf_hash = said.signer, said.index, said.at, said.leaf_hash
    match spoken:
        case RegisterModel() as body:
            facts = Facts(**{name: getattr(body, name) for name in body.model_fields_set & Facts.model_fields.keys()})
            model = Model(body.model, index, leaf_hash, body.card, facts)
            return replace(inventory, models=inventory.models.insert(body.model, model))
        case Amend() as body:
            return _amended(inventory, body, said)
        case RegisterVersion() as body:
            digests = inventory.numbered.get(body.model, ())
            artefacts = tuple((one.name, one.size, one.digest) for one in body.artefacts)
            before = (inventory.made.get(str(one.digest), frozenset[str]()) for one in body.artefacts)
            # Where one of two versions has no files, no digest tells whether they are the same work.
            alike = (one.makers for one in inventory.of(body.model) if not (artefacts and one.artefacts))
            # Whoever registers the same again makes nobody else of those who made it.
            makers = frozenset({signer}).union(*before, *alike)
            referred = frozenset(one.name for one in body.artefacts if one.by_reference) or None
            version = Version(
                body.model,
                len(digests) + 1,
                body.version,
                index,
                leaf_hash,
                makers,
                artefacts,
                at,
                body.parent,
                by_reference=referred,
            )
            numbered = inventory.numbered.insert(body.model, (*digests, str(body.version)))
            made = inventory.made.update({str(one.digest): makers for one in body.artefacts})
            return _with(replace(inventory, numbered=numbered, made=made), version)
        case AdoptPolicy() as body:
            policy = Policy(body.policy, body.release, body.digest, body.source, said.mark)
            adopted = inventory.adopted.insert(str(body.digest), policy)
            return replace(inventory, policies=inventory.policies.insert(body.policy, policy), adopted=adopted)
        case Deputise(person=person, role=role, first=first, last=last):
            deputy = Deputy(index, signer, person, role, first, last)
            return replace(inventory, deputies=(*inventory.deputies, deputy))
        case EndDeputy(deputy=entry):
            deputies = tuple(replace(one, ended=index) if one.entry == entry else one for one in inventory.deputies)
            return replace(inventory, deputies=deputies)
        case Move() as body:
            return _moved(inventory, body, said)
        case Waive() as body:
            return _with(inventory, _waived(inventory, body, said))
        case OfVersion(version=digest):
            return _with(inventory, _reviewed(inventory.versions[str(digest)], spoken, said))
        case _:
            return inventory


def weighed(inventory: Inventory, trusts: Callable[[str, int], bool]) -> Inventory:
    """Return the inventory in which only what trusted keys said is in force, closes a finding and meets a condition."""
    adopted = [replace(one, is_doubted=not trusts(one.by.keyid, one.by.entry)) for one in inventory.adopted.values()]
    by_digest = HashTrieMap((str(one.digest), one) for one in adopted)
    inventory = replace(inventory, policies=in_force(adopted), adopted=by_digest)
    for before in tuple(inventory.versions.values()):
        findings = tuple(_closed(one, trusts) for one in before.findings)
        signed = tuple(
            replace(word, conditions=tuple(_done(one, trusts) for one in word.conditions)) for word in before.signed
        )
        if findings != before.findings:
            inventory = _with(inventory, _dossier(before, findings=findings, signed=signed))
        elif signed != before.signed:
            inventory = _with(inventory, replace(before, signed=signed))
    return inventory


def _closed(one: Finding, trusts: Callable[[str, int], bool]) -> Finding:
    closed, doubted = _weighed(one.closed, one.doubted, one.keyid, trusts)
    return replace(one, closed=closed, doubted=doubted)


def _done(one: Condition, trusts: Callable[[str, int], bool]) -> Condition:
    met, doubted = _weighed(one.met, one.doubted, one.keyid, trusts)
    return replace(one, met=met, doubted=doubted)


def _weighed(
    entry: int | None, doubted: int | None, keyid: str, trusts: Callable[[str, int], bool]
) -> tuple[int | None, int | None]:
    """Return which entry settles something, and which only says so."""
    said = doubted if entry is None else entry
    if said is None:
        return None, None
    return (said, None) if trusts(keyid, said) else (None, said)


def _reviewed(before: Version, spoken: Body, said: Said) -> Version:  # noqa: C901, PLR0911, PLR0912  a case a kind
    """Return a version after something was said of it."""
    common = said.gist
    match spoken:
        case TestResult() as body:
            return _measured(before, body, said)
        case Submit():
            # What is in production stays there while it is reviewed anew.
            stage = before.stage if before.stage == "production" else "in_review"
            if stage != before.stage:
                before = replace(before, since=said.at, moved=None)
            requesters = (*before.requesters, said.signer)
            return _dossier(before, dossier=common.dossier, requesters=requesters, stage=stage)
        case Recall() | RequestChanges():
            back = said.index if isinstance(spoken, RequestChanges) else before.sent_back
            return _dossier(before, stage="registered", dossier=None, since=said.at, moved=None, sent_back=back)
        case SignOff(conditions=conditions):
            assert common.dossier
            assert common.meaning
            asked = tuple(Condition(one.text, one.owner, one.due) for one in conditions or ())
            word = Signed(
                said.index,
                said.signer,
                said.role,
                common.meaning,
                common.reason or "",
                common.dossier,
                said.at,
                said.keyid,
                asked,
            )
            return replace(before, signed=(*before.signed, word))
        case MeetCondition(sign_off=entry, condition=place):
            return replace(before, signed=tuple(_met(one, entry, place, said) for one in before.signed))
        case RaiseFinding() as body:
            found = Finding(said.index, said.leaf_hash, body.title, body.severity, body.owner, body.due, said.signer)
            return _dossier(before, findings=(*before.findings, found))
        case CloseFinding(finding=entry):
            findings = tuple(
                replace(one, closed=said.index, keyid=said.keyid, doubted=None) if one.entry == entry else one
                for one in before.findings
            )
            return _dossier(before, findings=findings)
        case RaiseChallenge(challenge=text, anchor=anchor):
            return replace(before, challenges=(*before.challenges, Challenge(said.index, said.signer, anchor, text)))
        case Respond(challenge=entry, response=text):
            challenges = tuple(
                replace(one, answered=said.index, answer=text) if one.entry == entry else one
                for one in before.challenges
            )
            return replace(before, challenges=challenges)
        case AddDocument() as body:
            (reference,) = body.references
            document = Document(said.index, reference.name, body.content, body.size, said.signer, body.words)
            earlier = before.documents.get(body.section)
            replaces = earlier is not None and earlier.person != said.signer
            editors = before.editors | {one.person for one in said.signers if replaces or one.roles & MAKERS_ROLES}
            return _dossier(before, documents={**before.documents, body.section: document}, editors=editors)
        case Recheck(check=check):
            return replace(before, rechecks={**before.rechecks, check: said.index})
        case RecordGate():
            return before
        case RecordDecisions(batch=batch):
            return replace(before, batches=(*before.batches, (said.index, batch)))
        case Comment(comment=text):
            return replace(before, comments=(*before.comments, (said.index, text)))
        case body:
            assert isinstance(body, IssueReport)
            return replace(before, reports=(*before.reports, (said.index, body.report)))


def _measured(before: Version, body: TestResult, said: Said) -> Version:
    """Return a version after it was measured: the very same again only adds who measured it."""
    measured, changed = dict(before.measured), False
    who = Signer(said.signer, frozenset({said.role}), said.keyid, said.index)
    for check in body.checks:
        known = measured.get(check)
        if known and known.evidence == body.evidence:
            measured[check] = replace(known, persons=(*known.persons, who), at=said.at)
        else:
            measured[check] = Measured(said.index, body.evidence, body.source, said.signer, (who,), said.at)
            changed = True
    rechecks = {check: entry for check, entry in before.rechecks.items() if check not in body.checks}
    after = replace(before, measured=measured, rechecks=rechecks)
    return _dossier(after) if changed else after


def _waived(inventory: Inventory, body: Waive, said: Said) -> Version:
    before = inventory.versions[str(body.version)]
    waiver = Waiver(
        said.index,
        said.leaf_hash,
        body.policy,
        body.check,
        body.until,
        body.category,
        body.control,
        said.signers,
        said.at,
        before.measured[body.check].evidence,
        inventory.renewals(before, body.policy, body.check),
    )
    return _dossier(before, waived=(*before.waived, waiver))


def _amended(inventory: Inventory, body: Amend, said: Said) -> Inventory:
    model = inventory.models[body.model]
    facts = model.facts
    for change in body.changes:
        facts = facts.amended(change.what, change.after)
    voids = any(change.what in VOIDS for change in body.changes)
    amended = tuple(Amended(said.mark, change.what, change.before, change.after) for change in body.changes)
    after = replace(model, facts=facts, seq=model.seq + 1, amendments=(*model.amendments, *amended))
    if voids:
        after = replace(after, amended=said.index)
    inventory = replace(inventory, models=inventory.models.insert(body.model, after))
    # Who answered for a model until now does not review it as if they never had.
    hands = frozenset({model.owner} - {facts.owner}) | (frozenset({said.signer}) if voids else frozenset())
    for version in inventory.of(body.model) if hands else ():
        edited = replace(version, editors=version.editors | hands)
        inventory = _with(inventory, _dossier(edited) if voids else edited)
    return inventory


def _moved(inventory: Inventory, body: Move, said: Said) -> Inventory:
    """Return the inventory after a move; whoever was champion before makes room, and can be gone back to."""
    before = inventory.versions[str(body.version)]
    role, to_production = body.production_role or "", body.after == "production"
    champion = inventory.champion(before.model)
    if role == "champion" and champion and champion.digest != before.digest:
        made = {"stage": "approved", "production_role": "", "rolled_back": frozenset()}
        room = _dossier(champion, since=said.at, moved=said.mark, **made)
        inventory = _with(inventory, room)
    after = before
    if body.after != before.stage:
        came_from = before.stage if to_production else before.came_from
        by = frozenset(one.person for one in said.signers) if body.rollback else frozenset[str]()
        after = replace(before, stage=body.after, since=said.at, came_from=came_from, rolled_back=by)
    was = before.was_in_production or to_production
    return _with(inventory, _dossier(after, production_role=role, moved=said.mark, was_in_production=was))


def _met(signed: Signed, entry: int, place: int, said: Said) -> Signed:
    if signed.entry != entry:
        return signed
    conditions = tuple(
        replace(one, met=said.index, keyid=said.keyid, doubted=None) if number == place else one
        for number, one in enumerate(signed.conditions)
    )
    return replace(signed, conditions=conditions)


def _dossier(before: Version, **changes: Any) -> Version:
    """Return a version whose dossier or stage is another one now: whoever read it before has to look again."""
    return replace(before, seq=before.seq + 1, **changes)


def _with(inventory: Inventory, version: Version) -> Inventory:
    return replace(inventory, versions=inventory.versions.insert(str(version.digest), version))
