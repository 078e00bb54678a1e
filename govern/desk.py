"""A person, a pen and a ledger: one method for each thing that a user can do.

Every method files one event, and nothing else is kept of it: what a method writes beside the ledger (an identity, a count
of wrong passphrases) is written so that a crash in between leaves something that the next call mends.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeAlias

from govern import passphrases
from govern.errors import InvalidInput, Kind, NotAllowed, Tampered, Unavailable
from govern.ledger import Receipt
from govern.ledger.envelope import Envelope, seal
from govern.ledger.keys import Pen
from govern.ledger.merkle import leaf_hash
from govern.ledger.note import VerifierKey
from govern.ledger.strict import write_time
from govern.record.draft import NO_WORDS, Moment, Words, draft
from govern.record.events import About, Body, Event
from govern.record.fields import read_part
from govern.record.identity import PERSON_ID, Identity, KeyRequest, NewKey, Role
from govern.record.pending import Pending
from govern.record.people import (
    Enrol,
    Erase,
    Grant,
    Hold,
    Reaffirm,
    ResetKey,
    RevokeKey,
    Root,
    RotateKey,
    TrailReview,
    Unlock,
    Withdraw,
    key_part,
)
from govern.record.registry import Person, Registry
from govern.storage import blobs, identities
from govern.storage.identities import Known
from govern.storage.keystore import KeyFile
from govern.storage.local import LocalLedger
from govern.storage.store import Store

MORE_MUST_SIGN = frozenset({"four_eyes.quorum", "self_approval"})
"""Refusals that a further registrar's signature mends."""


def _unheard(event_id: str) -> None:
    """Let an event be filed without saying so before."""


Filed: TypeAlias = Receipt | Pending
"""What signing leads to: the receipt of the ledger, or what others have to sign first."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Where persons sit with their pens; without pens it only reads."""

    ledger: LocalLedger
    store: Store
    clock: Callable[[], datetime]
    chance: Callable[[int], bytes]
    pens: tuple[Pen, ...] = ()
    later: bool = False
    """Return what is signed for others to sign too, instead of filing it."""
    past: Registry | None = None
    """What the ledger added up to at an earlier instant, for whoever reads as of then."""
    told: Callable[[str], None] = _unheard
    """Hears an event's id just before it is filed: by it the entry is found again if the receipt never comes."""

    # Reading

    @property
    def registry(self) -> Registry:
        return self.past or self.ledger.registry

    def as_of(self, instant: datetime) -> "Desk":
        """Return a desk that reads what the ledger said at ``instant``, by the time at which entries were recorded."""
        registry = self.ledger.registry_at(instant)
        if not registry.size:
            raise InvalidInput(f"the ledger did not exist yet at {write_time(instant)}", hint="name a later time")
        return replace(self, past=registry, clock=lambda: instant)

    def person(self, word: str) -> Person:
        """Return the person with this id, or with this handle, if the ledger committed to it."""
        registry = self.registry
        id_ = word if word in registry.people else identities.find(self.store, word).person
        if id_ not in registry.people:
            raise InvalidInput(f"{word} was never enrolled here", hint="`govern person list` shows who is")
        if id_ != word and not self.past and self.known(id_) is None:
            raise Tampered(
                f"the name {word} is kept for {id_}, and is not the one that their enrolment committed to",
                kind=Kind.EDITED,
                entry=registry.people[id_].enrolment,
                hint="somebody changed the table of names: run `govern audit`; until then use ids",
            )
        return registry.people[id_]

    def known(self, id_: str) -> Known | None:
        """Return who a person is, if that was not erased, and if it is what the ledger committed to."""
        known, person = identities.get(self.store, id_), self.registry.people.get(id_)
        if known and person and known.identity.commitment(known.salt) == person.commitment:
            return known
        return None

    def handle(self, id_: str) -> str:
        """Return the handle of a person, or the id where the identity was erased or is not to be trusted."""
        known = self.known(id_)
        return known.identity.handle if known else id_

    def named(self, text: str) -> str:
        """Return ``text`` with handles in the place of ids: events and rules know nobody by name."""
        return PERSON_ID.sub(lambda id_: self.handle(id_[0]), text)

    # People

    def enrol(self, request: KeyRequest, roles: Sequence[str], reason: str = "") -> Filed:
        said = {"person": request.key.person, "key": key_part(request.key), "roles": tuple(roles)}
        body = read_part(Enrol, said, "the enrolment")
        return self._sign(body, reason, request=bytes(request))

    def reset_key(self, request: KeyRequest, reason: str) -> Filed:
        """Give a person who lost their key the new one of their request; all their old keys end."""
        body = ResetKey(person=request.key.person, key=key_part(request.key))
        return self._sign(body, reason, request=bytes(request))

    def grant(self, word: str, roles: Sequence[str], reason: str = "") -> Filed:
        said = {"person": self.person(word).id, "roles": tuple(roles)}
        return self._sign(read_part(Grant, said, "the grant"), reason)

    def withdraw(self, word: str, roles: Sequence[str], reason: str) -> Filed:
        said = {"person": self.person(word).id, "roles": tuple(roles)}
        return self._sign(read_part(Withdraw, said, "the withdrawal"), reason)

    def unlock(self, word: str, reason: str) -> Filed:
        return self._sign(Unlock(person=self.person(word).id), reason)

    def hold(self, word: str, *, held: bool, reason: str) -> Filed:
        return self._sign(Hold(person=self.person(word).id, held=held), reason)

    def erase(self, word: str, reason: str) -> Filed:
        """Record that a person is erased, and then remove who they are."""
        return self._sign(Erase(person=self.person(word).id), reason)

    def set_threshold(self, threshold: int, reason: str = "") -> Filed:
        """Change how many registrars must sign for somebody to be able to sign."""
        return self._sign(self._next_root(threshold=threshold), reason)

    def set_log_keys(self, log_keys: Sequence[VerifierKey], reason: str) -> Filed:
        """Change the keys that the log signs with: to the old and the new one first, and then to the new one alone."""
        return self._sign(self._next_root(log_keys=tuple(log_keys)), reason)

    def finish_erasures(self) -> None:
        """Remove the identity of everybody whom the ledger says is erased; mends a crash right after saying so."""
        for person in self.ledger.registry.everybody:
            if person.erased and identities.get(self.store, person.id):
                identities.erase(self.store, person.id)

    # Keys

    def rotate_key(self, new: Pen, reason: str = "") -> Filed:
        """Replace the key of the person whose pen this is; both keys sign."""
        person = self._owner(self.ledger.registry)
        key = NewKey.made(new, person.id, person.commitment, self.clock())
        return self._sign(RotateKey(person=person.id, key=key_part(key)), reason, also=(new,))

    def revoke_key(self, word: str, keyid: str, cause: str, reason: str, suspect_since: int | None = None) -> Filed:
        since = {} if suspect_since is None else {"suspect_since": suspect_since}
        said = {"person": self.person(word).id, "keyid": keyid, "cause": cause, **since}
        return self._sign(read_part(RevokeKey, said, "the revocation"), reason)

    def reaffirm(self, index: int, keyid: str, reason: str, *, stands: bool) -> Filed:
        """Say what becomes of an entry that a suspect key signed."""
        about = About(index=index, leaf_hash=leaf_hash(self.ledger.leaf(index)))
        return self._sign(Reaffirm(keyid=keyid, stands=stands), reason, about=about)

    def suspect_signer(self, index: int) -> str:
        """Return the suspect key that signed an entry."""
        since = {public.keyid: first for public, first in self.ledger.registry.suspects()}
        for signature in self.ledger.entry(index).envelope.signatures:
            if index >= since.get(signature.keyid, index + 1):
                return signature.keyid
        raise InvalidInput(
            f"no suspect key signed entry #{index}", hint="`govern audit` lists what waits for an answer"
        )

    # The trail

    def review_trail(self, first: int, last: int, reason: str = "") -> Filed:
        """Record that the person whose pen this is read the trail between two entries."""
        return self._sign(read_part(TrailReview, {"first": first, "last": last}, "the review"), reason)

    # What waits for others

    def cosign(self, pending: Pending) -> Pending:
        """Return the event with the signatures of the pens at this desk added."""
        signed = {signature.keyid for signature in pending.envelope.signatures}
        again = next((pen for pen in self.pens if pen.public.keyid in signed), None)
        if again:
            owner = self.ledger.registry.owners.get(again.public.keyid, "")
            raise NotAllowed(f"{self.handle(owner)} signed this already", code="duplicate_signature")
        return Pending(pending.envelope.signed_by(*self.pens), pending.request)

    def file(self, pending: Pending) -> Receipt:
        """File an event that has all its signatures."""
        asked = pending.brings_in
        if asked is None:
            return self._submit(pending.envelope)
        return self._bring_in(Known(asked.key.person, asked.identity, asked.salt), pending.envelope)

    def why_not(self, pending: Pending) -> NotAllowed | None:
        """Return why the event would be refused now, if it would be; nothing is filed or recorded."""
        from govern.record.admission import Past  # noqa: PLC0415  whoever only reads loads no rules
        from govern.record.filing import file, open_filing  # noqa: PLC0415  the same

        registry, _ = self.ledger.view()
        past = Past(
            self.ledger.root,
            lambda index: leaf_hash(self.ledger.leaf(index)),
            blobs.kept(self.store),
        )
        try:
            file(registry, open_filing(registry, pending.envelope), self.clock(), past)
        except NotAllowed as refusal:
            return refusal
        return None

    # Passphrases

    def unlock_pen(self, key: KeyFile, passphrase: str) -> Pen:
        """Return the pen in a key file; too many wrong passphrases in a row lock the person out, on record."""
        return passphrases.opened(self.ledger, self.store, key, passphrase, Moment(self.clock(), self.chance(10)))

    # What all of them do

    def say(self, body: Body, roles: Sequence[str], reason: str = "", words: Words = NO_WORDS) -> Receipt:
        """File what the person whose pen this is says of a model, in the first of ``roles`` that they hold."""
        filed = self._sign(body, reason, role=self._role(roles), words=words)
        if not isinstance(filed, Receipt):
            raise InvalidInput("what is said of a model is signed by one person, and filed at once")
        return filed

    def say_together(self, body: Body, roles: Sequence[str], reason: str = "") -> Filed:
        """The same for what several people sign: with every pen here, to be filed or handed on."""
        return self._sign(body, reason, role=self._role(roles))

    def signer(self) -> Person:
        """Return whose pen this is."""
        return self._owner(self.ledger.registry)

    def event(self, index: int) -> Event:
        return Event.parse(self.ledger.entry(index).envelope.payload)

    def _role(self, roles: Sequence[str]) -> str:
        person = self._owner(self.ledger.registry)
        role = next((one for one in roles if one in person.roles), "")
        if not role:
            raise NotAllowed(
                f"{self.handle(person.id)} is none of {', '.join(roles)}",
                code="role",
                hint=f"their roles: {', '.join(sorted(person.roles)) or 'none'}",
            )
        return role

    def _sign(  # noqa: PLR0913  an event has as many sides
        self,
        body: Body,
        reason: str,
        *,
        about: About | None = None,
        also: tuple[Pen, ...] = (),
        request: bytes = b"",
        role: str = "",
        words: Words = NO_WORDS,
    ) -> Filed:
        registry, root = self.ledger.view()
        person = self._owner(registry)
        if not role:
            role = Role.ADMINISTRATOR.value if Role.ADMINISTRATOR in person.roles else min(person.roles, default="")
        if not role:
            raise NotAllowed(f"{self.handle(person.id)} has no role", code="role", hint="ask a registrar to grant one")
        moment = Moment(self.clock(), self.chance(10), offline=self.later)
        event = draft(registry, root, self.pens[0].public.keyid, role, body, moment, reason, about, words)
        pending = Pending(seal(bytes(event), *self.pens, *also), request)
        if not self.later:
            return self.file(pending)
        refusal = self.why_not(pending)
        if refusal and refusal.code not in MORE_MUST_SIGN:
            raise refusal
        return pending

    def _next_root(self, **changes: Any) -> Root:
        registry = self.ledger.registry
        root = Root(
            version=registry.root_version + 1,
            log_keys=registry.log_keys,
            threshold=registry.threshold,
            policy=registry.policy,
        )
        return root.model_copy(update=changes)

    def _bring_in(self, known: Known, envelope: Envelope) -> Receipt:
        """File an event that brings in an identity; the identity is written first, and taken back if it is refused."""
        registry = self.ledger.registry
        for other in identities.everybody(self.store):
            self._require_another(known, other)
            if other.identity.handle == known.identity.handle and other.person not in registry.people:
                identities.erase(self.store, other.person)  # left by an enrolment that a crash cut short
        before = identities.get(self.store, known.person)
        identities.put(self.store, known)
        try:
            return self._submit(envelope)
        except (InvalidInput, NotAllowed):
            if before:
                identities.put(self.store, before)
            else:
                identities.erase(self.store, known.person)
            raise

    def _require_another(self, known: Known, other: Known) -> None:
        """Raise if somebody who is enrolled has the e-mail address of whoever is to be: one human being is one person."""
        address, person = known.identity.email.casefold(), self.ledger.registry.people.get(other.person)
        if address and person and known.person != person.id and other.identity.email.casefold() == address:
            raise NotAllowed(
                f"{known.identity.handle} has the e-mail address of {other.identity.handle}, who is enrolled already",
                code="enrolled_already",
                hint=f"a new key for the same person: `govern key new {other.identity.handle} --replace`",
            )

    def _submit(self, envelope: Envelope) -> Receipt:
        event = Event.parse(envelope.payload)
        self.told(event.govern.event_id)
        stopped = self.ledger.fault
        try:
            (receipt,) = self.ledger.submit([envelope])
        except Unavailable as error:
            if stopped or not self.ledger.fault:
                raise  # nothing was begun
            hint = f"whether it was filed all the same, `govern log show {event.govern.event_id}` says"
            raise Unavailable(error.message, hint=hint, code=error.code) from error
        match event.body:
            case Erase():
                self.finish_erasures()
            case Unlock(person=person):
                identities.clear(self.store, person)
            case _:
                pass
        return receipt

    def _owner(self, registry: Registry) -> Person:
        if not self.pens:
            raise NotAllowed("nobody signs this", code="no_key", hint="say who you are: --as NAME")
        keyid = self.pens[0].public.keyid
        if keyid not in registry.owners:
            raise NotAllowed(
                f"key {keyid[:16]} belongs to nobody who is enrolled here",
                code="unknown_key",
                hint="a registrar enrols it: `govern person add NAME.request.json --role ROLE`",
            )
        return registry.people[registry.owners[keyid]]


def key_request(pen: Pen, identity: Identity, person: str, salt: bytes, now: datetime) -> KeyRequest:
    """Return the request to enrol the key of ``pen``."""
    return KeyRequest(NewKey.made(pen, person, identity.commitment(salt), now), identity, salt)
