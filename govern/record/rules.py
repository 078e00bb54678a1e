"""What events of several kinds have to keep to: who counts as a signer, how many registrars, which person is meant."""

from collections.abc import Iterable

from govern.errors import Kind, NotAllowed
from govern.ledger.envelope import Envelope
from govern.ledger.keys import PublicKey
from govern.record.events import Event
from govern.record.identity import NEVER_SIGN_OFF, Role
from govern.record.inventory import Version
from govern.record.registry import Person, Registry

GOVERNING = frozenset({Role.RISK_OFFICER, Role.MODEL_OWNER})
"""Who moves versions, and is told of moves and amendments that were disowned."""


def signers_of(registry: Registry, envelope: Envelope, event: Event) -> list[Person]:
    """Return the persons who signed, each once; the keys that the event itself brings in do not count."""
    new = {key.public.keyid for key in event.new_keys()}
    signers = [_signer(registry, signature.keyid) for signature in envelope.signatures if signature.keyid not in new]
    if not signers:
        raise NotAllowed("nobody who is enrolled signed this event", code="unsigned")
    if len({one.id for one in signers}) != len(signers):
        raise NotAllowed(
            "one person signed twice, with two keys", code="duplicate_signature", kind=Kind.DUPLICATE_SIGNATURE
        )
    return signers


def _signer(registry: Registry, keyid: str) -> Person:
    if keyid not in registry.owners:
        raise NotAllowed(f"key {keyid[:16]} belongs to nobody who is enrolled", code="unknown_key")
    person = registry.people[registry.owners[keyid]]
    key = person.key(keyid)
    if not key.in_force:
        raise NotAllowed(
            f"key {keyid[:16]} of {person.id} ended with entry #{key.revoked}",
            code="revoked_key",
            kind=Kind.REVOKED_KEY,
            hint="sign with the key that replaced it",
        )
    if person.locked:
        raise NotAllowed(
            f"{person.id} is locked after too many wrong passphrases",
            code="locked",
            hint="ask a registrar to run `govern person unlock`",
        )
    return person


def require_signer(person: Person, keyid: str, event: Event) -> None:
    """Raise unless the event's ``signer`` is the person of its first signature, in a role that they hold."""
    signer = event.govern.signer
    # The first signature may also be by a key that the event itself brings in: then it is not this person's.
    entry = next((key.entry for key in person.keys if key.public.keyid == keyid), None)
    if (signer.id, signer.enrolment.index, signer.identity_commitment) != (person.id, entry, person.commitment):
        raise NotAllowed(
            f"the event names {signer.id} as its signer, its first signature is by {person.id}",
            code="signer",
            kind=Kind.COPIED_SIGNATURE,
        )
    if signer.role not in person.roles:
        raise NotAllowed(
            f"{person.id} does not have the role {signer.role}",
            code="role",
            hint=f"their roles: {', '.join(sorted(person.roles))}",
        )


def subject_of(registry: Registry, event: Event, id_: str) -> Person:
    """Return the person an event is about, if its signer saw what they are now."""
    person = registry.people.get(id_)
    if person is None:
        raise NotAllowed(f"{id_} was never enrolled", code="unknown_person")
    about = event.govern.about
    if about is None or (about.index, about.leaf_hash) != (person.enrolment, person.enrolment_leaf):
        raise NotAllowed(f"the event is not about the enrolment of {id_}", code="other_entry", kind=Kind.REPLAYED)
    if event.govern.subject_seq != person.seq:
        raise NotAllowed(
            f"{id_} changed since this was signed: it says {event.govern.subject_seq}, the ledger is at {person.seq}",
            code="stale_subject",
            kind=Kind.REPLAYED,
            hint="look at the person again and sign anew",
        )
    return person


def require_no_subject(event: Event) -> None:
    if event.govern.about or event.govern.subject_seq is not None:
        raise NotAllowed(f"{event.kind} events are about no earlier entry", code="other_entry")


def require_new_keys(registry: Registry, event: Event) -> None:
    for key in event.new_keys():
        key.check()
        if key.public.keyid in registry.owners or registry.is_log_key(key.public.keyid):
            raise NotAllowed(
                f"key {key.public.keyid[:16]} is in the ledger already",
                code="key_reused",
                kind=Kind.DUPLICATE_SIGNATURE,
                hint="one key is one person's, once; make a new one with `govern key new`",
            )


def require_registrars(signers: list[Person], about: str, needed: int) -> None:
    """Raise unless enough registrars signed; whom it is about does not count."""
    registrars = [one for one in signers if Role.ADMINISTRATOR in one.roles]
    counted = [one for one in registrars if one.id != about]
    if len(counted) >= needed:
        return
    if len(counted) < len(registrars):
        raise NotAllowed(
            f"{about} cannot approve what concerns themselves: {len(counted)} of {needed} registrars count",
            code="self_approval",
            kind=Kind.SELF_APPROVAL,
            hint="another registrar must sign",
        )
    raise NotAllowed(
        f"{len(counted)} of {needed} registrars signed",
        code="four_eyes.quorum",
        hint="add `--as` with another administrator, or write a file for them to sign with `--to-sign`",
    )


def require_registrars_left(registry: Registry, without: str) -> None:
    """Raise if too few registrars would be left to enrol anybody who signs off; a key may end all the same."""
    left = len([one for one in registry.registrars if one.id != without])
    if left < registry.threshold:
        raise NotAllowed(
            f"{left} registrars would be left, {registry.threshold} must sign",
            code="threshold_unreachable",
            hint="enrol another administrator first, or lower the threshold: `govern person threshold`",
        )


def needed_to_give(registry: Registry, roles: Iterable[str]) -> int:
    """Return how many registrars must sign for somebody with these roles to be able to sign."""
    return registry.threshold if set(roles) - NEVER_SIGN_OFF else 1


def needed_to_remove(registry: Registry, roles: Iterable[str]) -> int:
    return registry.threshold if Role.ADMINISTRATOR in roles else 1


def require_alone(signers: list[Person], event: Event) -> None:
    """Raise unless one person signed: a name beside theirs would look like a second word, and counts for none."""
    if len(signers) > 1:
        raise NotAllowed(
            f"{len(signers)} persons signed this {event.kind} event, it is one person's",
            code="one_signer",
            hint="each signs an event of their own",
        )


def require_self(signers: list[Person], person: str, what: str) -> None:
    if not is_only(signers, person):
        raise NotAllowed(f"only {person} {what} of their own", code="not_yours")


def is_only(signers: list[Person], person: str) -> bool:
    return [one.id for one in signers] == [person]


def require_signed_by(envelope: Envelope, public: PublicKey) -> None:
    if public.keyid not in {signature.keyid for signature in envelope.signatures}:
        raise NotAllowed("the new key did not sign its own rotation", code="unsigned")


def require_reason(event: Event) -> None:
    if not event.govern.reason:
        raise NotAllowed(f"{event.kind} events need a reason", code="no_reason", hint='add --reason "..."')


def require_role(event: Event, roles: frozenset[Role], what: str) -> None:
    if event.govern.signer.role not in roles:
        raise NotAllowed(
            f"a {event.govern.signer.role} does not do this: who {what} is {' or '.join(sorted(roles))}", code="role"
        )


def require_stage(version: Version, *stages: str) -> None:
    if version.stage not in stages:
        raise NotAllowed(
            f"{version.name} is {version.stage}", code="stage", hint=f"this is done while it is {' or '.join(stages)}"
        )
