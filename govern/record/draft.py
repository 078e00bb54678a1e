"""An event as its signer writes it: the fields all events share, filled in from what the signer has verified."""

from dataclasses import dataclass
from datetime import datetime

from govern.errors import InvalidInput, NotAllowed
from govern.ledger.merkle import EMPTY_ROOT
from govern.ledger.note import VerifierKey
from govern.ledger.strict import Digest, read_time, write_time
from govern.record.events import BUILT_IN_POLICY, LOG, About, Basis, Body, Common, Enrolment, Event, Signer
from govern.record.fields import read_part
from govern.record.identity import NewKey, Role
from govern.record.models import AdoptPolicy, Amend, OfVersion, RegisterModel, RegisterVersion
from govern.record.people import Enrol, Founder, Reaffirm, Refusal, Root, TrailReview, key_part
from govern.record.registry import Registry


@dataclass(frozen=True, slots=True)
class Moment:
    """When and under which id an event is signed; the shell supplies clock and chance."""

    now: datetime
    entropy: bytes
    offline: bool = False

    @property
    def event_id(self) -> str:
        """The UUIDv7 of this instant (RFC 9562, 5.7)."""
        millis = int(self.now.timestamp() * 1000).to_bytes(6)
        rest = bytearray(self.entropy[:10])
        rest[0] = 0x70 | rest[0] & 0x0F
        rest[2] = 0x80 | rest[2] & 0x3F
        text = (millis + bytes(rest)).hex()
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    @property
    def offset(self) -> str:
        text = self.now.strftime("%z") or "+0000"
        return f"{text[:3]}:{text[3:5]}"


@dataclass(frozen=True, slots=True)
class Words:
    """What a person says of a version by signing."""

    action: str = ""
    meaning: str = ""
    dossier: Digest | None = None


NO_WORDS = Words()


def genesis(origin: str, log_key: VerifierKey, founders: tuple[NewKey, ...], threshold: int, moment: Moment) -> Event:
    """Return entry 0: the root of trust, to be signed by all founders."""
    if not founders:
        raise InvalidInput("a ledger needs at least one registrar")
    said = {
        "version": 1,
        "log_keys": (log_key,),
        "threshold": threshold,
        "registrars": tuple(Founder(person=key.person, key=key_part(key)) for key in founders),
        "policy": BUILT_IN_POLICY,
    }
    body = read_part(Root, said, "the root")
    first = founders[0]
    signer = Signer(
        id=first.person,
        role=Role.ADMINISTRATOR,
        enrolment=Enrolment(index=0),
        identity_commitment=first.commitment,
    )
    common = _common(origin, Basis(size=0, root=EMPTY_ROOT), signer, moment)
    return Event(common, body)


def draft(
    registry: Registry,
    root: bytes,
    keyid: str,
    role: str,
    body: Body,
    moment: Moment,
    reason: str = "",
    about: About | None = None,
    words: Words = NO_WORDS,
) -> Event:
    """Return the event that the owner of key ``keyid`` signs in ``role``, having verified ``registry`` under ``root``.

    ``about`` is for events about an entry; what concerns a person is about the entry that enrolled them.
    """
    owner = registry.owners.get(keyid)
    if owner is None:
        raise NotAllowed(f"key {keyid[:16]} belongs to nobody who is enrolled here", code="unknown_key")
    person = registry.people[owner]
    signer = Signer(
        id=owner,
        role=role,
        enrolment=Enrolment(index=person.key(keyid).entry),
        identity_commitment=person.commitment,
    )
    return _drafted(registry, root, signer, body, moment, reason, about, words)


def log_draft(registry: Registry, root: bytes, body: Body, moment: Moment) -> Event:
    """Return an event that the log itself signs."""
    signer = Signer(id=LOG, role=LOG, enrolment=Enrolment(index=registry.root_entry))
    return _drafted(registry, root, signer, body, moment, "", None, NO_WORDS)


def _drafted(
    registry: Registry,
    root: bytes,
    signer: Signer,
    body: Body,
    moment: Moment,
    reason: str,
    about: About | None,
    words: Words,
) -> Event:
    common = _common(registry.origin, Basis(size=registry.size, root=root), signer, moment)
    seq = None
    match body:
        case (
            Enrol()
            | Root()
            | TrailReview()
            | Refusal()
            | Reaffirm()
            | RegisterModel()
            | RegisterVersion()
            | AdoptPolicy()
        ):
            pass
        case Amend(model=name):
            model = registry.inventory.models.get(name)
            if model is None:
                raise NotAllowed(f"the model {name} is not registered", code="unknown_model")
            about, seq = About(index=model.entry, leaf_hash=model.leaf_hash), model.seq
        case OfVersion():
            version = registry.inventory.versions.get(str(body.version))
            if version is None:
                raise NotAllowed(f"no version {body.version} is registered", code="unknown_version")
            about, seq = About(index=version.entry, leaf_hash=version.leaf_hash), version.seq
        case _:
            subject = registry.people.get(body.person)
            if subject is None:
                raise NotAllowed(f"{body.person} was never enrolled", code="unknown_person")
            about, seq = About(index=subject.enrolment, leaf_hash=subject.enrolment_leaf), subject.seq
    more = {
        "reason": reason or None,
        "about": about,
        "subject_seq": seq,
        "action": words.action or None,
        "meaning": words.meaning or None,
        "dossier": words.dossier,
    }
    return Event(common.model_copy(update=more), body)


def _common(origin: str, basis: Basis, signer: Signer, moment: Moment) -> Common:
    said = {
        "event_id": moment.event_id,
        "log_origin": origin,
        "basis": basis,
        "signer": signer,
        "signed_at": read_time(write_time(moment.now)),
        "signed_at_offset": moment.offset,
    }
    common = read_part(Common, said, "the event")
    return common.model_copy(update={"signed_offline": True}) if moment.offline else common
