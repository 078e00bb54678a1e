"""A small cast for tests: a ledger's founders and people, with real keys from fixed seeds and no passphrases."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from govern.errors import Kind, NotAllowed
from govern.ledger.contents import Kept
from govern.ledger.envelope import Entry, Envelope, seal
from govern.ledger.keys import Pen
from govern.ledger.merkle import Tree, leaf_hash
from govern.ledger.note import KeyType, VerifierKey
from govern.ledger.strict import Digest
from govern.record.admission import no_blob
from govern.record.draft import NO_WORDS, Moment, Words, draft, genesis, log_draft
from govern.record.events import About, Body
from govern.record.identity import Identity, NewKey, Role, person_id
from govern.record.people import Enrol, TrailReview, key_part
from govern.record.registry import Registry
from govern.record.replay import Past, file, open_filing

ORIGIN = "ledger.bank.example/models"
START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
LOG_PEN = Pen.from_seed(sha256(b"log").digest())
LOG_KEY = VerifierKey(ORIGIN, KeyType.ED25519, LOG_PEN.public.raw)


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody with a pen: id, identity and salt all follow from the handle."""

    handle: str
    turn: str = ""
    """Names another key of the same person."""

    @property
    def pen(self) -> Pen:
        return Pen.from_seed(sha256(f"{self.handle}{self.turn}".encode()).digest())

    @property
    def id(self) -> str:
        return person_id(sha256(self.handle.encode()).digest())

    @property
    def identity(self) -> Identity:
        return Identity(self.handle, self.handle.title() + " Example")

    @property
    def salt(self) -> bytes:
        return sha256(b"salt" + self.handle.encode()).digest()

    @property
    def new_key(self) -> NewKey:
        return NewKey.made(self.pen, self.id, self.identity.commitment(self.salt), START)


def moment(now: datetime, word: str) -> Moment:
    return Moment(now, sha256(word.encode()).digest())


def founding(*founders: str, threshold: int = 1, now: datetime = START) -> Envelope:
    """Return the genesis envelope of a ledger founded by ``founders`` (``ada`` if none is named)."""
    actors = [Actor(handle) for handle in founders or ("ada",)]
    event = genesis(ORIGIN, LOG_KEY, tuple(one.new_key for one in actors), threshold, moment(now, "genesis"))
    return seal(bytes(event), *(one.pen for one in actors))


def enrolment(actor: Actor, *roles: str) -> Enrol:
    return Enrol(person=actor.id, key=key_part(actor.new_key), roles=roles)


def signed(
    registry: Registry,
    root: bytes,
    body: Body,
    *signers: Actor,
    now: datetime = START,
    word: str = "",
    role: str = Role.ADMINISTRATOR,
    reason: str = "",
    about: About | None = None,
    words: Words = NO_WORDS,
) -> Envelope:
    """Return ``body`` as an event signed by ``signers``, the first of them named as its signer."""
    when = moment(now, word or f"{registry.size} {signers[0].handle} {body!r}")
    event = draft(registry, root, signers[0].pen.public.keyid, role, body, when, reason, about, words)
    return seal(bytes(event), *(one.pen for one in signers))


@dataclass
class PaperLedger:
    """A ledger in memory: what the pure core does without any storage."""

    leaves: list[bytes] = field(default_factory=list)
    tree: Tree = field(default_factory=Tree)
    registry: Registry = field(default_factory=Registry)
    now: datetime = START
    blobs: dict[Digest, bytes] = field(default_factory=dict)

    @classmethod
    def founded(cls, *founders: str, threshold: int = 1) -> "PaperLedger":
        paper = cls()
        paper.file(founding(*founders, threshold=threshold))
        return paper

    def file(self, envelope: Envelope) -> Entry:
        filing = open_filing(self.registry, envelope)
        past = Past(self.tree.root, lambda index: leaf_hash(self.leaves[index]), self.blob)
        self.registry, entry, leaf = file(self.registry, filing, self.now, past)
        self.leaves.append(leaf)
        self.tree.append(leaf_hash(leaf))
        self.now += timedelta(seconds=1)
        return entry

    def keep(self, content: bytes) -> Digest:
        digest = Digest.of(content)
        self.blobs[digest] = content
        return digest

    @property
    def blob(self) -> Kept:
        return Kept(self._content, self._content)

    def _content(self, digest: Digest) -> bytes:
        return self.blobs[digest] if digest in self.blobs else no_blob(digest)

    def sign(
        self,
        body: Body,
        *signers: Actor,
        role: str = Role.ADMINISTRATOR,
        reason: str = "",
        words: Words = NO_WORDS,
    ) -> Envelope:
        return signed(
            self.registry, self.tree.root(), body, *signers, now=self.now, role=role, reason=reason, words=words
        )

    def log_sign(self, body: Body) -> Envelope:
        event = log_draft(self.registry, self.tree.root(), body, moment(self.now, f"{self.registry.size} log"))
        return seal(bytes(event), LOG_PEN)

    def do(self, body: Body, *signers: Actor, role: str = Role.ADMINISTRATOR, reason: str = "because") -> Entry:
        return self.file(self.sign(body, *signers, role=role, reason=reason))

    def enrol(self, handle: str, *roles: str, by: tuple[str, ...] = ("ada",)) -> Actor:
        actor = Actor(handle)
        self.do(enrolment(actor, *roles), *(Actor(one) for one in by))
        return actor


def refused(paper: PaperLedger, envelope: Envelope, code: str, kind: Kind | None = None) -> NotAllowed:
    """File what has to be refused, see that nothing came of it, and return the refusal."""
    before = (paper.registry, paper.tree.root())
    with pytest.raises(NotAllowed) as caught:
        paper.file(envelope)
    assert (caught.value.code, caught.value.kind) == (code, kind)
    assert (paper.registry, paper.tree.root()) == before
    assert not caught.value.message.endswith(".")
    return caught.value


def trail_review(size: int) -> TrailReview:
    return TrailReview(first=0, last=size - 1)


Clock = Callable[[], datetime]
