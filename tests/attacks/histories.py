"""Honest histories, made up at random: whatever the rules let pass, from many hands, at odd times, in batches of any size."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random

from govern.errors import GovernError
from govern.ledger.audit import Book, Row
from govern.ledger.envelope import Entry, Envelope, seal
from govern.ledger.keys import Pen
from govern.ledger.merkle import leaf_hash
from govern.ledger.note import Checkpoint, KeyType, VerifierKey, sign_note
from govern.record.draft import Moment, draft, log_draft
from govern.record.events import Basis, Body, Event
from govern.record.identity import NewKey, Role
from govern.record.people import (
    Erase,
    Grant,
    Hold,
    Lockout,
    Refusal,
    ResetKey,
    RevokeKey,
    Root,
    RotateKey,
    TrailReview,
    Unlock,
    Withdraw,
    key_part,
)
from tests.people import LOG_PEN, ORIGIN, START, Actor, PaperLedger, enrolment

FOUNDERS = ("ada", "bea", "cyd")
HANDLES = (*FOUNDERS, "dan", "eve", "fay", "gus")
ROLES = tuple(Role)
OTHER_PEN = Pen.from_seed(bytes(reversed(LOG_PEN.seed)))


@dataclass
class History:
    """A log as it grew: its ledger on paper, its checkpoints, and what was filed under each."""

    random: Random
    changes_log_key: bool = True
    paper: PaperLedger = field(default_factory=lambda: PaperLedger.founded(*FOUNDERS, threshold=2))
    pen: Pen = LOG_PEN
    hands: dict[str, Actor] = field(default_factory=lambda: {handle: Actor(handle) for handle in HANDLES})
    """Everybody with the newest key of theirs."""
    seen: list[Basis] = field(default_factory=list)
    """Heads that somebody may be looking at when they sign."""
    notes: list[tuple[int, bytes]] = field(default_factory=list)
    batches: list[tuple[datetime, list[Envelope]]] = field(default_factory=list)

    @classmethod
    def grown(cls, seed: int, size: int, *, changes_log_key: bool = True) -> "History":
        history = cls(Random(seed), changes_log_key)
        history._sign()
        while len(history.paper.leaves) < size:
            history._turn()
        return history

    @property
    def sizes(self) -> list[int]:
        """The sizes at which the log was signed, the genesis alone left out."""
        return [size for size, _ in self.notes[1:]]

    def book(self, size: int, *, exported: bool = False) -> Book:
        """Return the log as it was when it had ``size`` entries, which was signed; or as an export has it."""
        leaves = self.paper.leaves[:size]
        notes = [note for of, note in self.notes if of <= size]

        def rows(start: int) -> Iterator[Row]:
            for index, leaf in enumerate(leaves[start:], start):
                yield Row(index, None if exported else leaf_hash(leaf), leaf)

        return Book(rows, lambda: iter(notes[-1:] if exported else notes), size)

    def events(self) -> list[Event]:
        return [Event.parse(Entry.parse(leaf).envelope.payload) for leaf in self.paper.leaves]

    def _turn(self) -> None:
        """File one to four events under one checkpoint."""
        self.paper.now += timedelta(milliseconds=self.random.choice((0, 1, 999, 60_000, 86_400_000)))
        now = self.paper.now
        filed = []
        for _ in range(self.random.choice((1, 1, 1, 2, 4))):
            envelope, hand = self._event()
            try:
                self.paper.file(envelope)
            except GovernError:
                continue  # the rules say no
            finally:
                self.paper.now = now
            self.hands[hand.handle] = hand
            filed.append(envelope)
        if filed:
            self.batches.append((now, filed))
            self._sign()

    def _sign(self) -> None:
        tree = self.paper.tree
        note = sign_note(str(Checkpoint(ORIGIN, tree.size, tree.root())), ORIGIN, self.pen.private)
        self.notes.append((tree.size, note))
        self.seen = [*self.seen[-3:], Basis(size=tree.size, root=tree.root())]
        # The log signs with its new key as soon as a root names it.
        keys = {key.public for key in self.paper.registry.log_keys}
        self.pen = OTHER_PEN if OTHER_PEN.public.raw in keys else LOG_PEN

    def _event(self) -> tuple[Envelope, Actor]:
        """Return something that somebody signs, and the subject with the key that they have after it."""
        people, subject = self.paper.registry.people, self.hands[self.random.choice(HANDLES)]
        registrars = [
            one for one in self.hands.values() if one.id in {each.id for each in self.paper.registry.registrars}
        ]
        by = self.random.sample(registrars, min(2, len(registrars)))
        choice = self.random.random()
        if choice < 0.1:
            return self._said_by_log(self.random.choice(list(people))), subject
        if subject.id not in people:
            return self._signed(enrolment(subject, self.random.choice(ROLES)), *by), subject
        if choice < 0.4:
            return self._signed(TrailReview(first=0, last=self.random.randrange(self.seen[0].size)), subject), subject
        new = Actor(subject.handle, str(self.paper.registry.size))
        body = self._change(subject, new)
        match body:
            case RotateKey():
                return self._signed(body, subject, new), new
            case ResetKey():
                return self._signed(body, *by), new
            case _:
                return self._signed(body, *by), subject

    def _change(self, subject: Actor, new: Actor) -> Body:
        registry, id_ = self.paper.registry, subject.id
        key = key_part(NewKey.made(new.pen, id_, registry.people[id_].commitment, START))
        ended = {"person": id_, "keyid": subject.pen.public.keyid, "cause": "compromised"}
        suspect = {"suspectSince": registry.size} if self.random.random() < 0.5 else {}
        roles = tuple(self.random.sample(ROLES, 2))
        bodies = (
            Grant(person=id_, roles=roles),
            Withdraw(person=id_, roles=roles[:1]),
            RevokeKey.model_validate(ended | suspect),
            ResetKey(person=id_, key=key),
            RotateKey(person=id_, key=key),
            Unlock(person=id_),
            Hold(person=id_, held=self.random.random() < 0.5),
            Erase(person=id_),
            self._root(),
        )
        return self.random.choice(bodies)

    def _root(self) -> Root:
        """Return a new root: as it was, or the next step of changing the log's key."""
        registry = self.paper.registry
        one, other = (VerifierKey(ORIGIN, KeyType.ED25519, pen.public.raw) for pen in (LOG_PEN, OTHER_PEN))
        # An old key leaves when the log signs with the new one.
        following: dict[tuple[VerifierKey, ...], tuple[VerifierKey, ...]]
        following = {(one,): (one, other)} if self.pen is LOG_PEN else {(one, other): (other,)}
        if not self.changes_log_key:
            following = {}
        keys = following.get(registry.log_keys, registry.log_keys)
        return Root(version=registry.root_version + 1, log_keys=keys, threshold=2, policy=registry.policy)

    def _signed(self, body: Body, *by: Actor) -> Envelope:
        registry, root = self.paper.registry, self.paper.tree.root()
        person = registry.people[registry.owners[by[0].pen.public.keyid]]
        role = Role.ADMINISTRATOR.value if Role.ADMINISTRATOR in person.roles else min(person.roles, default="auditor")
        offline = self.random.random() < 0.2
        then = self.paper.now - timedelta(days=self.random.randrange(30) if offline else 0)
        when = Moment(then, self.random.randbytes(10), offline=offline)
        event = draft(registry, root, by[0].pen.public.keyid, role, body, when, "because")
        if self.random.random() < 0.3:
            seen = event.govern.model_copy(update={"basis": self.random.choice(self.seen)})
            event = replace(event, govern=seen)
        return seal(bytes(event), *(one.pen for one in by))

    def _said_by_log(self, person: str) -> Envelope:
        registry = self.paper.registry
        said = {"person": person, "refused": "grant", "code": "role", "envelope": "sha256:" + "0" * 64}
        # Registrars are left alone, or soon nobody could sign any more.
        lockable = Role.ADMINISTRATOR not in registry.people[person].roles
        body = Lockout(person=person, failures=5) if lockable else Refusal.model_validate(said)
        when = Moment(self.paper.now, self.random.randbytes(10))
        return seal(bytes(log_draft(registry, self.paper.tree.root(), body, when)), self.pen)
