"""May this entry be filed? One function says so, called near, far and in offline audits alike.

`check_signatures` proves who signed; `admit` says whether they may. Both only raise or return nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from govern.errors import Kind, NotAllowed, Tampered
from govern.ledger.contents import Kept
from govern.ledger.envelope import Entry, Envelope
from govern.ledger.keys import PublicKey, spki_of_ed25519
from govern.ledger.note import KeyType
from govern.ledger.strict import Digest
from govern.record.deputising import admit_deputy, admit_end
from govern.record.events import BUILT_IN_POLICY, LOG, Event
from govern.record.identity import Role
from govern.record.lifecycle import admit_lifecycle
from govern.record.people import (
    Deputise,
    EndDeputy,
    Enrol,
    Erase,
    Grant,
    Hold,
    Lockout,
    Reaffirm,
    Refusal,
    ResetKey,
    RevokeKey,
    Root,
    RotateKey,
    TrailReview,
    Unlock,
    Withdraw,
)
from govern.record.registry import Person, Registry
from govern.record.reviews import SignOff, Submit, Waive
from govern.record.rules import (
    is_only,
    needed_to_give,
    needed_to_remove,
    require_alone,
    require_new_keys,
    require_no_subject,
    require_reason,
    require_registrars,
    require_registrars_left,
    require_self,
    require_signed_by,
    require_signer,
    signers_of,
    subject_of,
)

SIGNED_WITHIN = timedelta(minutes=10)
REFUSED_AGAIN_AFTER = timedelta(minutes=10)


def no_blob(digest: Digest) -> bytes:
    raise NotAllowed(f"the content {digest} is not held here", code="not_held")


NOTHING = Kept(no_blob, no_blob)


@dataclass(frozen=True, slots=True)
class Past:
    """What admission may ask of the log before an entry."""

    root: Callable[[int], bytes]
    """The root of the first so many entries."""
    leaf_hash: Callable[[int], bytes]
    kept: Kept = NOTHING
    """The contents that entries name, for what judges by them."""


def check_signatures(registry: Registry, envelope: Envelope, event: Event) -> None:
    """Raise `Tampered` unless every signature is by a key the registry or the event itself brings, and fits."""
    new = {key.public.keyid: key.public for key in event.new_keys()}

    def known(keyid: str) -> PublicKey | None:
        return registry.public_key(keyid) or new.get(keyid)

    envelope.check_signatures(known)


def admit(registry: Registry, entry: Entry, event: Event, past: Past) -> None:
    """Raise `NotAllowed` unless the event, its signatures verified, may be entry ``entry.index``."""
    require_place(registry, entry, event, past)
    _require_no_decision(event)
    if not registry.size:
        _admit_genesis(registry, entry, event)
        return
    if event.govern.signer.id == LOG:
        _admit_log(registry, entry, event)
        return
    signers = signers_of(registry, entry.envelope, event)
    require_signer(signers[0], entry.envelope.signatures[0].keyid, event)
    match event.body:
        case Enrol(person=person, roles=roles):
            if person in registry.people:
                raise NotAllowed(
                    f"{person} is enrolled already, in entry #{registry.people[person].enrolment}",
                    code="enrolled_already",
                    hint="ids are never used again; to replace a lost key use `govern key new --replace`",
                )
            require_no_subject(event)
            require_new_keys(registry, event)
            require_registrars(signers, person, needed_to_give(registry, roles))
        case ResetKey(person=person):
            subject = subject_of(registry, event, person)
            require_new_keys(registry, event)
            require_reason(event)
            if subject.erased:
                raise NotAllowed(f"{person} was erased and cannot come back", code="erased", hint="enrol a new person")
            require_registrars(signers, person, needed_to_give(registry, subject.roles))
        case RotateKey(person=person):
            subject = subject_of(registry, event, person)
            require_new_keys(registry, event)
            require_self(signers, person, "rotates a key")
            (key,) = event.new_keys()
            if key.commitment != subject.commitment:
                raise NotAllowed(
                    f"a rotation may not change who {person} is",
                    code="identity_changed",
                    hint="ask a registrar to reset",
                )
            require_signed_by(entry.envelope, key.public)
        case RevokeKey(person=person, keyid=keyid, suspect_since=since):
            subject = subject_of(registry, event, person)
            require_reason(event)
            _require_endable(subject, keyid, since)
            if since is not None and since > entry.index:
                raise NotAllowed(f"entry #{since} does not exist yet, so nothing from it on is suspect", code="not_yet")
            if not is_only(signers, person):
                require_registrars(signers, person, needed_to_remove(registry, subject.roles))
        case Grant(person=person, roles=roles):
            subject = subject_of(registry, event, person)
            if set(roles) & subject.roles:
                raise NotAllowed(
                    f"{person} has the role {min(set(roles) & subject.roles)} already", code="granted_already"
                )
            if subject.erased:
                raise NotAllowed(f"{person} was erased", code="erased", hint="enrol a new person")
            require_registrars(signers, person, needed_to_give(registry, roles))
        case Withdraw(person=person, roles=roles):
            subject = subject_of(registry, event, person)
            require_reason(event)
            if set(roles) - subject.roles:
                raise NotAllowed(f"{person} does not have the role {min(set(roles) - subject.roles)}", code="no_role")
            if not is_only(signers, person):
                require_registrars(signers, person, needed_to_remove(registry, roles))
            if Role.ADMINISTRATOR in roles:
                require_registrars_left(registry, person)
        case Unlock(person=person):
            subject = subject_of(registry, event, person)
            require_reason(event)
            if not subject.locked:
                raise NotAllowed(f"{person} is not locked", code="not_locked")
            # Or a registrar who is locked out could leave too few to unlock anybody, themselves included.
            left = sum(one.id != person for one in registry.registrars)
            require_registrars(signers, person, max(1, min(needed_to_give(registry, subject.roles), left)))
        case Hold(person=person, held=held):
            subject = subject_of(registry, event, person)
            require_reason(event)
            if subject.held is held or subject.erased:
                raise NotAllowed(
                    f"{person} is {'erased' if subject.erased else 'held' if held else 'not held'} already",
                    code="held_already",
                )
            require_registrars(signers, person, 1 if held else registry.threshold)
        case Erase(person=person):
            _admit_erase(registry, signers, event, subject_of(registry, event, person))
        case Reaffirm(keyid=keyid, stands=stands):
            _admit_reaffirm(registry, signers, event, keyid, stands=stands)
        case TrailReview(first=first, last=last):
            require_no_subject(event)
            if not first <= last < event.govern.basis.size:
                raise NotAllowed(
                    f"entries #{first} to #{last} are not all in the {event.govern.basis.size} that the signer had verified",
                    code="not_seen",
                )
        case Root():
            _admit_root(registry, signers, event.body, event)
        case Lockout() | Refusal():
            raise NotAllowed(f"a person cannot file a {event.kind} event", code="log_only")
        case Deputise() as body:
            require_alone(signers, event)
            admit_deputy(registry, event, body, entry.recorded_at)
        case EndDeputy() as body:
            require_alone(signers, event)
            admit_end(registry, event, body, signers[0], entry.recorded_at)
        case body:
            if not isinstance(body, Waive):
                require_alone(signers, event)
            admit_lifecycle(registry, body, event, signers, entry.recorded_at, past.kept)


def _require_endable(subject: Person, keyid: str, since: int | None) -> None:
    """Raise unless the key is in force, or ended and now suspect from an earlier entry on than anybody said before."""
    key = next((key for key in subject.keys if key.public.keyid == keyid), None)
    if key and (key.in_force or (since is not None and (key.suspect_since is None or since < key.suspect_since))):
        return
    raise NotAllowed(f"{subject.id} has no key {keyid[:16]} in force", code="unknown_key")


def require_place(registry: Registry, entry: Entry, event: Event, past: Past) -> None:
    common = event.govern
    if entry.index != registry.size:
        raise Tampered(f"entry #{entry.index} stands where #{registry.size} is due", kind=Kind.REORDERED)
    if entry.index and common.log_origin != registry.origin:
        raise NotAllowed(
            f"the event was signed for the log {common.log_origin}, this is {registry.origin}",
            code="other_log",
            kind=Kind.REPLAYED,
        )
    if entry.recorded_at < registry.last_recorded:
        raise NotAllowed("the entry is recorded before the one it follows", code="backdated", kind=Kind.BACKDATED)
    if abs(entry.recorded_at - common.signed_at) > SIGNED_WITHIN and not common.signed_offline:
        raise NotAllowed(
            f"the event was signed at {common.signed_at:%Y-%m-%d %H:%M:%S} UTC and recorded at "
            f"{entry.recorded_at:%Y-%m-%d %H:%M:%S} UTC, more than 10 minutes apart",
            code="clock",
            kind=Kind.BACKDATED,
            hint="set the clock right and sign again, or sign it as an offline event",
        )
    if common.basis.size > entry.index or past.root(common.basis.size) != common.basis.root:
        raise NotAllowed(
            f"the signer had verified another log: its first {common.basis.size} entries have another root",
            code="other_basis",
            kind=Kind.FORKED,
            hint="run `govern audit`, and compare checkpoints with the signer",
        )
    about = common.about
    if about and (about.index >= entry.index or past.leaf_hash(about.index) != about.leaf_hash):
        raise NotAllowed(
            f"the event is about an entry #{about.index} that is not the one in this log",
            code="other_entry",
            kind=Kind.REPLAYED,
        )


def _require_no_decision(event: Event) -> None:
    """Raise for a word of approval on an event that approves nothing: it would be read as one some day."""
    common = event.govern
    decides = isinstance(event.body, SignOff) or (
        isinstance(event.body, Submit) and not common.action and not common.meaning
    )
    if not decides and (common.action or common.meaning or common.dossier):
        raise NotAllowed(
            f"a {event.kind} event decides nothing about a model, and carries no action, meaning or dossier",
            code="no_decision",
        )


def _admit_genesis(registry: Registry, entry: Entry, event: Event) -> None:
    """Admit entry 0: the root of trust that exactly its registrars signed."""
    root, keys, signer = event.body, event.new_keys(), event.govern.signer
    if not isinstance(root, Root) or not keys:
        raise NotAllowed("a ledger begins with a root that names its registrars", code="genesis")
    _require_root(registry, root, event)
    if root.threshold > len(keys):
        raise NotAllowed(
            f"the genesis names {len(keys)} registrars, {root.threshold} must sign", code="threshold_unreachable"
        )
    require_new_keys(registry, event)
    if [key.public.keyid for key in keys] != [signature.keyid for signature in entry.envelope.signatures]:
        raise NotAllowed("the genesis is not signed by exactly the registrars it names", code="genesis")
    if len({key.person for key in keys}) != len(keys):
        raise NotAllowed("the genesis names a person twice", code="genesis", kind=Kind.DUPLICATE_SIGNATURE)
    named = (keys[0].person, Role.ADMINISTRATOR.value, 0, keys[0].commitment)
    if named != (signer.id, signer.role, signer.enrolment.index, signer.identity_commitment):
        raise NotAllowed("the genesis' signer is not its first registrar", code="signer")


def _admit_root(registry: Registry, signers: list[Person], root: Root, event: Event) -> None:
    """Admit a later root, signed by as many registrars as the stricter of it and the root before it asks."""
    _require_root(registry, root, event)
    if root.registrars is not None:
        raise NotAllowed("only the genesis names registrars", code="root_registrars", hint="enrol and grant instead")
    if root.threshold > len(registry.registrars):
        raise NotAllowed(
            f"{root.threshold} registrars cannot sign: there are {len(registry.registrars)}",
            code="threshold_unreachable",
        )
    require_registrars(signers, "", max(registry.threshold, root.threshold))


def _require_root(registry: Registry, root: Root, event: Event) -> None:
    if root.version != registry.root_version + 1:
        raise NotAllowed(
            f"the root has version {root.version}, the next is {registry.root_version + 1}",
            code="root_version",
            kind=Kind.REPLAYED,
        )
    require_no_subject(event)
    if root.policy != BUILT_IN_POLICY:
        raise NotAllowed(
            f"the root puts the rules {root.policy} in force, only {BUILT_IN_POLICY} is known here",
            code="unknown_policy",
            kind=Kind.DOWNGRADED,
            hint="a newer Govern may know them",
        )
    for vkey in root.log_keys:
        if vkey.name != event.govern.log_origin or vkey.type is not KeyType.ED25519:
            raise NotAllowed(
                f"the log's key {vkey.name} is not an Ed25519 key named after its origin", code="log_key_name"
            )
        public = PublicKey(spki_of_ed25519(vkey.public))
        public.check_strength()
        if public.keyid in registry.owners or public.keyid in {key.public.keyid for key in event.new_keys()}:
            raise NotAllowed(
                f"the log's key {public.keyid[:16]} is a person's",
                code="key_reused",
                kind=Kind.DUPLICATE_SIGNATURE,
                hint="whoever holds it could speak as the log; make a key of its own",
            )


def _admit_log(registry: Registry, entry: Entry, event: Event) -> None:
    """Admit what the log says of its own accord: that somebody was locked out, or refused."""
    signer = event.govern.signer
    if [registry.is_log_key(one.keyid) for one in entry.envelope.signatures] != [True]:
        raise NotAllowed("the event claims to be the log's, and is not signed by the log's key alone", code="signer")
    if signer.role != LOG or signer.identity_commitment or signer.enrolment.index != registry.root_entry:
        raise NotAllowed("the log signs in the role log, with the key of the root in force", code="signer")
    match event.body:
        case Lockout(person=person):
            if subject_of(registry, event, person).locked:
                raise NotAllowed(f"{person} is locked already", code="locked_already")
        case Refusal(person=person, code=code):
            require_no_subject(event)
            if person not in registry.people:
                raise NotAllowed(f"{person} was never enrolled", code="unknown_person")
            last = registry.refusals.get(f"{person} {code}")
            if last and entry.recorded_at - last < REFUSED_AGAIN_AFTER:
                raise NotAllowed("this refusal was recorded less than 10 minutes ago", code="rate")
        case _:
            raise NotAllowed(f"the log's key cannot sign a {event.kind} event", code="log_cannot", kind=Kind.STOLEN_KEY)


def _admit_erase(registry: Registry, signers: list[Person], event: Event, subject: Person) -> None:
    require_reason(event)
    if subject.held:
        raise NotAllowed(
            f"{subject.id} is under a legal hold", code="held", hint="lift it first: `govern person hold NAME --lift`"
        )
    if subject.erased:
        raise NotAllowed(f"{subject.id} was erased already", code="erased")
    if any(key.in_force for key in subject.keys):
        raise NotAllowed(
            f"{subject.id} still has a key in force",
            code="key_in_force",
            hint="revoke it first: `govern person revoke NAME`",
        )
    require_registrars(signers, subject.id, registry.threshold)


def _admit_reaffirm(registry: Registry, signers: list[Person], event: Event, keyid: str, *, stands: bool) -> None:
    about, owner = event.govern.about, registry.owners.get(keyid)
    key = registry.people[owner].key(keyid) if owner else None
    if not about or not key or key.suspect_since is None or about.index < key.suspect_since:
        raise NotAllowed("the entry is not one that a suspect key signed", code="not_suspect")
    require_reason(event)
    if is_only(signers, registry.owners[keyid]):
        return
    if stands:
        raise NotAllowed("only the person whose key it was can say that the entry stands", code="not_yours")
    require_registrars(signers, registry.owners[keyid], 1)
