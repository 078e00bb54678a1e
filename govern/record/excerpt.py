"""Some entries of a ledger with the proof that it holds them, and what they add up to without the rest of it.

What is said of people is admitted again by the ledger's own rules, and so is every sign-off that can be: who may sign for
what is the word of persons, from the registrars of entry 0 on. Everything else about models is taken as its signers said it,
without a gap in what is said of the version in question. That nothing was left out at the end is the log's word.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import cast, get_args

from govern.errors import GovernError, InvalidInput, Kind, NotAllowed, Tampered
from govern.ledger.contents import Kept
from govern.ledger.envelope import Entry
from govern.ledger.merkle import check_inclusion, leaf_hash
from govern.ledger.note import Checkpoint, Note, open_checkpoint
from govern.ledger.proof import Proof
from govern.ledger.strict import Digest
from govern.record.admission import Past, admit, check_signatures, require_place
from govern.record.events import Event, OfModels
from govern.record.known import Known
from govern.record.lifecycle import version_of
from govern.record.registry import Registry, apply
from govern.record.reviews import Move, SignOff
from govern.record.rules import require_signer, signers_of

OF_MODELS: tuple[type, ...] = get_args(OfModels)
"""Events about models; all others are about people, keys and the root of trust."""


@dataclass(frozen=True, slots=True)
class Proved:
    """An entry's exact bytes, and its tlog-proof."""

    leaf: bytes
    proof: bytes


@dataclass(frozen=True, slots=True)
class Excerpt:
    """What some entries add up to."""

    registry: Registry
    checkpoint: Checkpoint
    went: Mapping[str, str]
    """By version, the stage that its last move took it to."""
    refused: Mapping[int, NotAllowed]
    """The sign-offs that these entries do not justify: they must count for nothing."""


def read(proved: Sequence[Proved], version: Digest, kept: Kept) -> Excerpt:
    """Return what entries of a ledger add up to for one of its versions; raise `Tampered` for the first that is wrong."""
    run = _Run(version, kept)
    # (1) From the root of trust on, each entry is signed by whoever could sign it then.
    for one in proved:
        with blaming(f"entry {run.registry.size} or later"):
            entry = Entry.parse(one.leaf)
        with blaming(f"entry #{entry.index}"):
            run.take(entry, one.leaf)
    # (2) The log's own key signed one checkpoint, and every entry is in its tree.
    with blaming("the proofs"):
        checkpoint = _check_proofs(proved, run.registry)
    return Excerpt(run.registry, checkpoint, run.went, run.refused)


@contextmanager
def blaming(what: str) -> Iterator[None]:
    """Raise what goes wrong with something that somebody handed over as `Tampered`, with its name before the colon."""
    try:
        yield
    except Tampered as error:
        raise Tampered(f"{what}: {error.message}", kind=error.kind, entry=error.entry, hint=error.hint) from error
    except NotAllowed as error:
        raise Tampered(f"{what}: {error.message}", kind=error.kind or Kind.UNVERIFIABLE) from error
    except GovernError as error:
        raise Tampered(f"{what}: {error.message}") from error
    except (AssertionError, LookupError) as error:
        # The fold cannot fail on what was admitted; here it may be given what never was.
        raise Tampered(f"{what}: it does not follow from the entries before it") from error


@dataclass
class _Run:
    """The entries taken so far."""

    version: Digest
    kept: Kept
    registry: Registry = field(default_factory=Registry)
    leaves: dict[int, bytes] = field(default_factory=dict)
    went: dict[str, str] = field(default_factory=dict)
    refused: dict[int, NotAllowed] = field(default_factory=dict)

    def take(self, entry: Entry, leaf: bytes) -> None:
        if entry.index < self.registry.size or (entry.index and not self.leaves):
            raise Tampered(f"it stands where #{self.registry.size} or a later one is due", kind=Kind.REORDERED)
        event = Event.parse(entry.envelope.payload)
        check_signatures(self.registry, entry.envelope, event)
        # What lies between two entries of an excerpt is not there to be compared with what a signer had verified.
        past = Past(lambda _: event.govern.basis.root, self._leaf_hash, self.kept)
        before = replace(self.registry, size=entry.index)
        if isinstance(event.body, OF_MODELS):
            self._require_signed(before, entry, event, past)
        else:
            admit(before, entry, event, past)
        if isinstance(event.body, SignOff):
            self._judge(before, entry, event, past)
        if isinstance(event.body, Move):
            self.went[str(event.body.version)] = event.body.after
        hashed = leaf_hash(leaf)
        self.registry = apply(before, entry, Known.of(event), hashed)
        self.leaves[entry.index] = hashed

    def _require_signed(self, registry: Registry, entry: Entry, event: Event, past: Past) -> None:
        """Raise unless the event's signer could sign it, and of our version nothing is missing before it."""
        require_place(registry, entry, event, past)
        require_signer(signers_of(registry, entry.envelope, event)[0], entry.envelope.signatures[0].keyid, event)
        about, ours = event.govern.about, registry.inventory.versions.get(str(self.version))
        if ours and about and about.leaf_hash == ours.leaf_hash:
            version_of(registry.inventory, cast("OfModels", event.body), event)

    def _judge(self, registry: Registry, entry: Entry, event: Event, past: Past) -> None:
        """Remember a sign-off that cannot be admitted: of a dossier of then, which this excerpt may not know."""
        try:
            admit(registry, entry, event, past)
        except NotAllowed as refusal:
            self.refused[entry.index] = refusal

    def _leaf_hash(self, index: int) -> bytes:
        if index not in self.leaves:
            raise InvalidInput(f"it is about entry #{index}, which is not among those given")
        return self.leaves[index]


def _check_proofs(proved: Sequence[Proved], registry: Registry) -> Checkpoint:
    proofs = [Proof.parse(one.proof) for one in proved]
    if not proofs:
        raise Tampered("there are none", kind=Kind.TRUNCATED)
    note = proofs[0].checkpoint
    size = Checkpoint.parse(Note.parse(note).text).size
    checkpoint = open_checkpoint(note, registry.log_keys_at(size))
    for one, proof in zip(proved, proofs, strict=True):
        index = Entry.parse(one.leaf).index
        if proof.index != index or proof.extra is not None or proof.checkpoint != note:
            raise Tampered(f"that of #{index} is of another entry, or of another checkpoint than the rest")
        check_inclusion(leaf_hash(one.leaf), index, checkpoint.size, proof.path, checkpoint.root)
    return checkpoint
