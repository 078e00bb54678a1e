"""The events of the ledger: in-toto Statements whose predicates are ours, read strictly and written once.

Fields are never renamed or reused: what is here is inside signed bytes. A new field means a new predicate version.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import Field, StrictBool, StrictInt

from govern.errors import InvalidInput, Kind, Tampered
from govern.ledger.keys import PublicKey, spki_of_ed25519
from govern.ledger.strict import canonical, read_json
from govern.record.fields import (
    Count,
    EventId,
    Flag,
    Hash32,
    Hashed,
    Instant,
    KeyId,
    Offset,
    Part,
    Person,
    Prose,
    Public,
    Raw,
    RoleName,
    Roles,
    SignerId,
    Some,
    Vkey,
    Word,
    read_part,
)
from govern.record.identity import NewKey

STATEMENT = "https://in-toto.io/Statement/v1"
BASE = "https://govern.example/attestation/"
LOG = "log"
"""The id and the role of the log itself, where it signs an event."""

BUILT_IN_POLICY = "two-person"
"""The name of the rules in admission.py: a root can put no others in force."""


class EventKind(StrEnum):
    """What happened; the last part but one of the predicate type."""

    ROOT = "root"
    ENROL = "enrol"
    RESET_KEY = "reset-key"
    ROTATE_KEY = "rotate-key"
    REVOKE_KEY = "revoke-key"
    GRANT = "grant"
    WITHDRAW = "withdraw"
    LOCKOUT = "lockout"
    UNLOCK = "unlock"
    HOLD = "hold"
    ERASE = "erase"
    REAFFIRM = "reaffirm"
    TRAIL_REVIEW = "trail-review"
    REFUSAL = "refusal"


class Sha256(Part):
    """A digest as in-toto writes it."""

    sha256: KeyId


class Subject(Part):
    """What the statement is about, as in-toto names it."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    digest: Sha256


class Basis(Part):
    """The head that the signer had verified: whoever signs is a witness of everything before."""

    size: Count
    root: Hash32


class About(Part):
    """The entry that is meant, by place and by content."""

    index: Count
    leaf_hash: Hash32


class Enrolment(Part):
    """The entry that brought in the signing key."""

    index: Count


class Signer(Part):
    """Who signs, in which role, with the key from which enrolment."""

    id: SignerId
    role: RoleName
    enrolment: Enrolment
    identity_commitment: Annotated[Hashed | None, Some] = None


class Common(Part):
    """The fields that every event carries under the key ``govern``."""

    event_id: EventId
    log_origin: Annotated[str, Field(min_length=1, max_length=200)]
    basis: Basis
    about: Annotated[About | None, Some] = None
    subject_seq: Annotated[Count | None, Some] = None
    signer: Signer
    signed_at: Instant
    signed_at_offset: Offset
    signed_offline: Annotated[Flag | None, Some] = None
    action: Annotated[Word | None, Some] = None
    meaning: Annotated[Word | None, Some] = None
    reason: Annotated[Prose | None, Some] = None
    dossier: Annotated[Hashed | None, Some] = None


class KeyPart(Part):
    """A new key with the proof that its owner holds it; the commitment is inside what the key signed."""

    public_key: Public
    identity_commitment: Hashed
    requested_at: Instant
    possession: Raw


class Founder(Part):
    """A registrar whom the genesis names."""

    person: Person
    key: KeyPart


class Root(Part):
    """The root of trust: the log's keys, how many registrars must sign, and in version 1 who they are."""

    version: Annotated[StrictInt, Field(ge=1, lt=2**31)]
    log_keys: Annotated[tuple[Vkey, ...], Field(min_length=1, max_length=4)]
    threshold: Annotated[StrictInt, Field(ge=1, le=16)]
    registrars: Annotated[tuple[Founder, ...] | None, Some, Field(min_length=1, max_length=16)] = None
    policy: Word


class Enrol(Part):
    """A new person with a key and roles."""

    person: Person
    key: KeyPart
    roles: Roles


class ResetKey(Part):
    """A new key for a person who lost the old one; all earlier keys end here."""

    person: Person
    key: KeyPart


class RotateKey(Part):
    """A new key from a person who still holds the old one; both sign."""

    person: Person
    key: KeyPart


class RevokeKey(Part):
    """The end of a key; `suspect_since` flags what it signed from that entry on."""

    person: Person
    keyid: KeyId
    cause: Literal["retired", "left", "lost", "compromised"]
    suspect_since: Annotated[Count | None, Some] = None


class Grant(Part):
    """Further roles for a person."""

    person: Person
    roles: Roles


class Withdraw(Part):
    """Roles that a person no longer has."""

    person: Person
    roles: Roles


class Lockout(Part):
    """Too many wrong passphrases for a person's key; said by the log."""

    person: Person
    failures: Annotated[StrictInt, Field(ge=1, lt=2**31)]


class Unlock(Part):
    """A registrar lets a locked person sign again."""

    person: Person


class Hold(Part):
    """A legal hold on a person's identity, placed or lifted: while it stands, nothing of it is erased."""

    person: Person
    held: StrictBool


class Erase(Part):
    """A person's identity record and salt are removed; the id and the signatures stay."""

    person: Person


class Reaffirm(Part):
    """What becomes of an entry that a suspect key signed: it stands, or it is disowned."""

    keyid: KeyId
    stands: StrictBool


class TrailReview(Part):
    """Somebody read the audit trail from `first` to `last`."""

    first: Count
    last: Count


class Refusal(Part):
    """An event that admission refused; said by the log, and rate-limited."""

    person: Person
    refused: Word
    code: Word
    envelope: Hashed


Body: TypeAlias = (
    Root
    | Enrol
    | ResetKey
    | RotateKey
    | RevokeKey
    | Grant
    | Withdraw
    | Lockout
    | Unlock
    | Hold
    | Erase
    | Reaffirm
    | TrailReview
    | Refusal
)

BODIES: dict[EventKind, type[Body]] = {
    EventKind.ROOT: Root,
    EventKind.ENROL: Enrol,
    EventKind.RESET_KEY: ResetKey,
    EventKind.ROTATE_KEY: RotateKey,
    EventKind.REVOKE_KEY: RevokeKey,
    EventKind.GRANT: Grant,
    EventKind.WITHDRAW: Withdraw,
    EventKind.LOCKOUT: Lockout,
    EventKind.UNLOCK: Unlock,
    EventKind.HOLD: Hold,
    EventKind.ERASE: Erase,
    EventKind.REAFFIRM: Reaffirm,
    EventKind.TRAIL_REVIEW: TrailReview,
    EventKind.REFUSAL: Refusal,
}
_KINDS = {body: kind for kind, body in BODIES.items()}
_BY_PREDICATE = {f"{BASE}{kind}/v1": kind for kind in EventKind}


@dataclass(frozen=True, slots=True)
class Event:
    """One event: the fields that all events share, and what this kind adds."""

    govern: Common
    body: Body

    @property
    def kind(self) -> EventKind:
        return _KINDS[type(self.body)]

    @property
    def subject(self) -> Subject:
        """What the statement is about: it follows from the rest, and no other is accepted."""
        common, about = self.govern, self.govern.about
        match self.body:
            case Root(log_keys=log_keys):
                return _subject(common.log_origin, PublicKey(spki_of_ed25519(log_keys[0].public)).keyid)
            case TrailReview():
                return _subject(common.log_origin, common.basis.root.hex())
            case Reaffirm() if about:
                return _subject(f"#{about.index}", about.leaf_hash.hex())
            case Refusal(person=person, envelope=envelope):
                return _subject(person, envelope.value.hex())
            case Enrol(person=person, key=key) | ResetKey(person=person, key=key) | RotateKey(person=person, key=key):
                return _subject(person, key.public_key.keyid)
            case RevokeKey(person=person, keyid=keyid):
                return _subject(person, keyid)
            case Grant() | Withdraw() | Lockout() | Unlock() | Hold() | Erase() if about:
                return _subject(self.body.person, about.leaf_hash.hex())
            case _:
                raise InvalidInput(f"the {self.kind} event does not say which entry it is about")

    @classmethod
    def parse(cls, statement: bytes) -> Self:
        """Return the event that ``statement`` is the one spelling of."""
        value = read_json(statement)
        if not isinstance(value, dict) or set(value) != {"_type", "predicate", "predicateType", "subject"}:
            raise InvalidInput("this is no in-toto statement with _type, predicate, predicateType and subject")
        if value["_type"] != STATEMENT:
            raise Tampered(f"the statement type is {_cut(value['_type'])}, not {STATEMENT}", kind=Kind.DOWNGRADED)
        kind = _BY_PREDICATE.get(value["predicateType"]) if isinstance(value["predicateType"], str) else None
        if kind is None:
            raise Tampered(
                f"the predicate type {_cut(value['predicateType'])} is unknown",
                kind=Kind.DOWNGRADED,
                hint="a newer Govern may know it; an older spelling is never accepted",
            )
        predicate = value["predicate"]
        if not isinstance(predicate, dict) or "govern" not in predicate:
            raise InvalidInput(f"the {kind} event lacks its predicate or what is under govern in it")
        common = read_part(Common, predicate["govern"], f"the {kind} event's govern")
        own = {name: part for name, part in predicate.items() if name != "govern"}
        event = cls(common, read_part(BODIES[kind], own, f"the {kind} event's predicate"))
        if event.value() != value:
            if value["subject"] != event.value()["subject"]:
                raise InvalidInput(f"the {kind} event's subject is not what the event is about")
            raise InvalidInput(f"the {kind} event has a field under another name than its own")
        return event

    def __bytes__(self) -> bytes:
        return canonical(self.value())

    def value(self) -> dict[str, Any]:
        """Return the statement as JSON has it."""
        predicate = self.body.model_dump(mode="json", by_alias=True, exclude_none=True)
        predicate["govern"] = self.govern.model_dump(mode="json", by_alias=True, exclude_none=True)
        return {
            "_type": STATEMENT,
            "predicate": predicate,
            "predicateType": f"{BASE}{self.kind}/v1",
            "subject": [self.subject.model_dump()],
        }

    def new_keys(self) -> tuple[NewKey, ...]:
        """Return the keys that this event brings in, each with its proof of possession."""
        match self.body:
            case Root(registrars=founders) if founders:
                return tuple(_new_key(one.person, one.key) for one in founders)
            case Enrol(person=person, key=key) | ResetKey(person=person, key=key) | RotateKey(person=person, key=key):
                return (_new_key(person, key),)
            case _:
                return ()


def key_part(key: NewKey) -> KeyPart:
    return KeyPart(
        public_key=key.public,
        identity_commitment=key.commitment,
        requested_at=key.requested_at,
        possession=key.possession,
    )


def _subject(name: str, digest: str) -> Subject:
    return Subject(name=name, digest=Sha256(sha256=digest))


def _new_key(person: str, part: KeyPart) -> NewKey:
    return NewKey(person, part.public_key, part.identity_commitment, part.requested_at, part.possession)


def _cut(value: object) -> str:
    return repr(value)[:120]
