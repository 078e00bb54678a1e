"""The events of the ledger: in-toto Statements whose predicates are ours, read strictly and written once.

Fields are never renamed or reused: what is here is inside signed bytes. A new field means a new predicate version.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Self, TypeAlias

from pydantic import Field

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
    Offset,
    Part,
    Prose,
    RoleName,
    SignerId,
    Some,
    Word,
    read_part,
)
from govern.record.identity import NewKey
from govern.record.models import (
    AdoptPolicy,
    Amend,
    Descriptor,
    OfVersion,
    RegisterModel,
    RegisterVersion,
    Sha256,
    TestResult,
)
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
    new_key,
)
from govern.record.reviews import (
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
    RecordDecisions,
    RecordGate,
    RequestChanges,
    Respond,
    Reviewing,
    SignOff,
    Submit,
    Waive,
)

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
    MODEL = "model"
    VERSION = "version"
    EVIDENCE = "evidence"
    POLICY = "policy"
    SUBMIT = "submit"
    COMMENT = "comment"
    SIGN_OFF = "sign-off"
    MOVE = "move"
    REPORT = "report"
    AMEND = "amend"
    RECALL = "recall"
    REQUEST_CHANGES = "request-changes"
    CHALLENGE = "challenge"
    RESPONSE = "response"
    FINDING = "finding"
    CLOSE_FINDING = "close-finding"
    CONDITION_MET = "condition-met"
    WAIVER = "waiver"
    DOCUMENT = "document"
    RECHECK = "recheck"
    DEPUTY = "deputy"
    END_DEPUTY = "end-deputy"
    GATE = "gate"
    DECISIONS = "decisions"


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


OfModels: TypeAlias = (
    RegisterModel
    | RegisterVersion
    | TestResult
    | AdoptPolicy
    | Submit
    | Comment
    | SignOff
    | Move
    | IssueReport
    | RecordGate
    | RecordDecisions
    | Amend
    | Reviewing
)
"""What is said of models, their versions and the policies for them."""

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
    | OfModels
    | Deputise
    | EndDeputy
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
    EventKind.MODEL: RegisterModel,
    EventKind.VERSION: RegisterVersion,
    EventKind.EVIDENCE: TestResult,
    EventKind.POLICY: AdoptPolicy,
    EventKind.SUBMIT: Submit,
    EventKind.COMMENT: Comment,
    EventKind.SIGN_OFF: SignOff,
    EventKind.MOVE: Move,
    EventKind.REPORT: IssueReport,
    EventKind.AMEND: Amend,
    EventKind.RECALL: Recall,
    EventKind.REQUEST_CHANGES: RequestChanges,
    EventKind.CHALLENGE: Challenge,
    EventKind.RESPONSE: Respond,
    EventKind.FINDING: RaiseFinding,
    EventKind.CLOSE_FINDING: CloseFinding,
    EventKind.CONDITION_MET: MeetCondition,
    EventKind.WAIVER: Waive,
    EventKind.DOCUMENT: AddDocument,
    EventKind.RECHECK: Recheck,
    EventKind.DEPUTY: Deputise,
    EventKind.END_DEPUTY: EndDeputy,
    EventKind.GATE: RecordGate,
    EventKind.DECISIONS: RecordDecisions,
}
_KINDS = {body: kind for kind, body in BODIES.items()}
_STANDARD = {
    EventKind.EVIDENCE: "https://in-toto.io/attestation/test-result/v0.1",
    EventKind.DOCUMENT: "https://in-toto.io/attestation/reference/v0.1",
}
"""Predicates that others defined; all the rest are ours."""
_PREDICATES = {kind: _STANDARD.get(kind, f"{BASE}{kind}/v1") for kind in EventKind}
BY_PREDICATE = {predicate: kind for kind, predicate in _PREDICATES.items()}


@dataclass(frozen=True, slots=True)
class Event:
    """One event: the fields that all events share, and what this kind adds."""

    govern: Common
    body: Body

    @property
    def kind(self) -> EventKind:
        return _KINDS[type(self.body)]

    @property
    def subjects(self) -> tuple[Descriptor, ...]:
        """What the statement is about: it follows from the rest, and nothing else is accepted."""
        match self.body:
            case RegisterVersion(model=model, version=version, artefacts=artefacts):
                files = (_subject(one.name, one.digest.value.hex()) for one in artefacts)
                return (_subject(f"model:{model}", version.value.hex()), *files)
            case _:
                return (self._subject(),)

    def _subject(self) -> Descriptor:
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
            case Grant() | Withdraw() | Lockout() | Unlock() | Hold() | Erase() | Deputise() | EndDeputy() if about:
                return _subject(self.body.person, about.leaf_hash.hex())
            case RegisterModel(model=model, card=card):
                return _subject(f"model:{model}", card.value.hex())
            case AdoptPolicy(policy=policy, release=release, digest=digest):
                return _subject(f"policy:{policy}@{release}", digest.value.hex())
            case Amend(model=model) if about:
                return _subject(f"model:{model}", about.leaf_hash.hex())
            case OfVersion(version=version) if about:
                return _subject(f"#{about.index}", version.value.hex())
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
        kind = BY_PREDICATE.get(value["predicateType"]) if isinstance(value["predicateType"], str) else None
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
            "predicateType": _PREDICATES[self.kind],
            "subject": [one.model_dump() for one in self.subjects],
        }

    def new_keys(self) -> tuple[NewKey, ...]:
        return new_keys(self.body)


def new_keys(body: Body) -> tuple[NewKey, ...]:
    """Return the keys that an event brings in, each with its proof of possession."""
    match body:
        case Root(registrars=founders) if founders:
            return tuple(new_key(one.person, one.key) for one in founders)
        case Enrol(person=person, key=key) | ResetKey(person=person, key=key) | RotateKey(person=person, key=key):
            return (new_key(person, key),)
        case _:
            return ()


def _subject(name: str, digest: str) -> Descriptor:
    return Descriptor(name=name, digest=Sha256(sha256=digest))


def _cut(value: object) -> str:
    return repr(value)[:120]
