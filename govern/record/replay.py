"""Admission again over a whole log: what `govern audit` does, from the bytes of the entries alone.

One pass reads each row, rebuilds the tree, folds the registry and asks `admit` what it would have said. Signatures are
verified in batches that may run elsewhere; a key is found by its digest, and whether it may sign is admission's word.
"""

from array import array
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import islice, pairwise

from govern.errors import InvalidInput, Kind, NotAllowed, Tampered
from govern.ledger import audit, signatures
from govern.ledger.audit import Book, Problem, Row, TrustedHead
from govern.ledger.envelope import Entry
from govern.ledger.keys import PublicKey
from govern.ledger.merkle import Tree, leaf_hash
from govern.ledger.note import VerifierKey
from govern.ledger.signatures import Job, Verifier
from govern.record.admission import NOTHING, Past, admit
from govern.record.events import LOG, Event
from govern.record.filing import Filing, file, open_filing
from govern.record.known import Known
from govern.record.people import Unlock
from govern.record.refolding import refold
from govern.record.registry import Registry, apply

__all__ = ["Filing", "Found", "Past", "file", "open_filing", "refold", "replay", "short_id"]


@dataclass(frozen=True, slots=True)
class Found:
    """What an audit found: how far the log holds, what it adds up to there, and everything that is wrong."""

    tree: Tree
    registry: Registry
    ids: "array[int]"
    """Each entry's event id, as `short_id` shortens it."""
    signatures: int
    problems: tuple[Problem, ...]
    at: Mapping[int, Registry]
    """What so many entries add up to, for the sizes that were asked for."""


def replay(  # noqa: PLR0913  an audit is asked for in as many ways
    book: Book,
    trusted: Sequence[TrustedHead] = (),
    anchor: bytes | None = None,
    since: int = 0,
    verify: Verifier = signatures.verify_here,
    *,
    sizes: Container[int] = (),
) -> Found:
    """Return what ``book`` holds up to the first bad entry; signatures are verified from ``since`` on."""
    run = _Run(book, anchor, since, sizes)
    problem = run.through(verify)
    outside = audit.open_trusted(trusted, run.log_keys)
    if problem:
        problems = [*run.earlier(problem), problem]
    else:
        problems = audit.check_kept(book, run.tree, run.log_keys, verify, outside)
    signed = audit.signed_size(book, run.tree, run.log_keys) if problems else run.tree.size
    heads = audit.check_trusted(run.tree, outside, signed, run.witnessed)
    # Of a log that was read in part, an outside head can only say where it was forked.
    problems += [one for one in heads if not problem or one.kind is Kind.FORKED]
    if not problem:
        problems += [*run.repeated(), *run.suspect()]
    return Found(run.tree, run.registry, run.ids, run.signatures, tuple(problems), run.at)


@dataclass
class _Run:
    """One pass over a log: everything before ``tree.size`` holds."""

    book: Book
    anchor: bytes | None
    since: int
    sizes: Container[int]
    tree: Tree = field(default_factory=Tree)
    registry: Registry = field(default_factory=Registry)
    ids: "array[int]" = field(default_factory=lambda: array("Q"))
    signatures: int = 0
    at: dict[int, Registry] = field(default_factory=dict)
    witnessed: int = 0
    """The largest head that a signer had verified, and that is this log's."""
    problem: Problem | None = None

    def through(self, verify: Verifier) -> Problem | None:
        """Take every row in turn; return the first problem."""
        failed = signatures.first_unfit(self._jobs(), verify)
        weak = self.problem is not None and self.problem.kind is Kind.MALLEABLE_KEY and self.problem.entry == failed
        if failed is not None and not weak:
            # What was signed and then changed fails in many ways; the signature says it best.
            return audit.unfit_signature(self.book, self.tree, failed, self.log_keys)
        if self.problem is None and self.tree.size == 0:
            return Problem(Kind.TRUNCATED, 0, "the log is empty: not even its genesis is there", audit.ASK_LOG)
        return self.problem

    def log_keys(self, size: int) -> Sequence[VerifierKey]:
        return self.registry.log_keys_at(size)

    def earlier(self, problem: Problem) -> list[Problem]:
        """Return what is wrong before the entry at which the log stops to hold."""
        kept, _ = audit.compare_kept(self.book, self.tree, self.log_keys, until=problem.entry)
        found = [*self.repeated(problem.entry), *([kept] if kept else [])]
        return sorted((one for one in found if one != problem), key=lambda one: one.entry or 0)

    def repeated(self, before: int | None = None) -> list[Problem]:
        """Return the first entry whose event id was used before, if any; or any ``before`` an entry."""
        ordered = sorted(self.ids[:before])
        doubtful = {one for one, other in pairwise(ordered) if one == other}
        seen: dict[str, int] = {}
        for row in islice(self.book.rows(0), len(ordered)) if doubtful else ():
            id_ = Event.parse(Entry.parse(row.data).envelope.payload).govern.event_id
            if seen.setdefault(id_, row.index) != row.index:
                return [self._repeats(row.index, seen[id_])]
        return []

    def suspect(self) -> list[Problem]:
        """Return the entries that suspect keys signed, and that nobody affirmed or disowned since."""
        since = {public.keyid: first for public, first in self.registry.suspects()}
        flagged: dict[str, list[int]] = {}
        for row in self.book.rows(min(since.values())) if since else ():
            for signature in Entry.parse(row.data).envelope.signatures:
                if row.index >= since.get(signature.keyid, self.tree.size) and (
                    (signature.keyid, row.index) not in self.registry.settled
                ):
                    flagged.setdefault(signature.keyid, []).append(row.index)
        return [
            Problem(
                Kind.STOLEN_KEY,
                indexes[0],
                f"key {keyid[:16]} of {self.registry.owners.get(keyid)} signed {_several(indexes)} after it was no longer safe",
                "its owner affirms or disowns each with `govern key reaffirm ENTRY`",
            )
            for keyid, indexes in flagged.items()
        ]

    def _jobs(self) -> Iterator[Job]:
        """Yield what is to be verified of each row, until there is a problem."""
        for row in self.book.rows(0):
            try:
                entry = audit.read_row(self.book, row, self.tree.size)
                hashed = leaf_hash(row.data)
                self.problem = self._genesis(hashed)
                if self.problem:
                    return
                event = Event.parse(entry.envelope.payload)
                publics = self._publics(entry, event)
            except (Tampered, InvalidInput) as error:
                self.problem = self._unreadable(error)
                return
            if entry.index >= self.since:
                self.signatures += len(publics)
                yield signatures.job(entry, publics)
            self.problem = self._admit(row, entry, event, hashed)
            if self.problem:
                return

    def _genesis(self, hashed: bytes) -> Problem | None:
        if self.tree.size or not self.anchor or hashed == self.anchor:
            return None
        message = f"entry #0 has the hash {hashed.hex()}, the anchor you trust is {self.anchor.hex()}"
        if not audit.signed_as_it_is(self.book, self.tree, 0):
            return Problem(Kind.EDITED, 0, f"{message}: it was changed, its checkpoints are of another", audit.ASK_LOG)
        ask = "find out who put it there; the ledger you knew may be in a backup"
        return Problem(Kind.REPLACED, 0, f"{message}: this is another ledger", ask)

    def _publics(self, entry: Entry, event: Event) -> list[PublicKey]:
        new = {key.public.keyid: key.public for key in event.new_keys()}
        publics = []
        for signature in entry.envelope.signatures:
            public = self.registry.public_key(signature.keyid) or new.get(signature.keyid)
            if public is None:
                raise InvalidInput(f"it is signed by key {signature.keyid[:16]}, which nobody enrolled before it")
            publics.append(public)
        if len({public.keyid for public in publics}) != len(publics):
            raise Tampered("one key signed it twice", kind=Kind.DUPLICATE_SIGNATURE)
        return publics

    def _admit(self, row: Row, entry: Entry, event: Event, hashed: bytes) -> Problem | None:
        try:
            admit(
                self.registry,
                entry,
                event,
                Past(self.tree.root, lambda index: self.tree.node(0, index), self.book.kept or NOTHING),
            )
        except NotAllowed as error:
            return self._refused(error, entry, event)
        except Tampered as error:
            return self._unreadable(error)
        except InvalidInput as error:
            # What can be read and still is no input: a key in a scheme that persons do not sign with.
            return self._unreadable(Tampered(str(error), kind=Kind.DOWNGRADED))
        if row.leaf_hash is not None and row.leaf_hash != hashed:
            return self._other_hash(entry.index)
        self.registry = apply(self.registry, entry, Known.of(event), hashed)
        self.tree.append(hashed)
        self.ids.append(short_id(event.govern.event_id))
        self.witnessed = max(self.witnessed, event.govern.basis.size)
        if self.registry.size in self.sizes:
            self.at[self.registry.size] = self.registry
        return None

    def _unreadable(self, error: Tampered | InvalidInput) -> Problem:
        """Return what it looks like when the next row is not an entry, or not the one that is due."""
        if isinstance(error, Tampered) and error.entry is not None:
            return Problem(error.kind, error.entry, str(error), audit.ASK_LOG)
        due = self.tree.size
        if error.code == Kind.BLOB_DIFFERS:
            return Problem(Kind.BLOB_DIFFERS, due, f"entry #{due} cannot be judged again: {error}", audit.ASK_BLOB)
        made = audit.making(self.book, self.tree, due, self.log_keys)
        kind = error.kind if isinstance(error, Tampered) else made.kind
        return Problem(kind, due, f"entry #{due} cannot be: {error}; {made.how}", made.next)

    def _refused(self, error: NotAllowed, entry: Entry, event: Event) -> Problem:
        """Return what it looks like when an entry is in the log that admission refuses."""
        at, id_, basis = entry.index, event.govern.event_id, event.govern.basis.size
        if basis > at:
            return self._moved(at, basis)
        if error.code == "other_basis":
            return self._other_basis(at, basis)
        if short_id(id_) in self.ids:
            return self._repeats(at, self.ids.index(short_id(id_)))
        made = audit.making(self.book, self.tree, at, self.log_keys)
        text = f"entry #{at} should have been refused: {error}; {made.how}"
        return Problem(self._kind(error, entry, event) or made.kind, at, text, made.next)

    def _kind(self, error: NotAllowed, entry: Entry, event: Event) -> Kind | None:
        """Return which attack breaks this rule in this way; None if it has no name of its own."""
        keyids = [signature.keyid for signature in entry.envelope.signatures]
        signers, signer = {self.registry.owners.get(keyid) for keyid in keyids}, event.govern.signer.id
        if signer != LOG and any(self.registry.is_log_key(keyid) for keyid in keyids):
            return Kind.STOLEN_KEY
        if isinstance(event.body, Unlock) and event.body.person in signers:
            return Kind.SELF_APPROVAL
        # Whoever signed, only not first, had nothing copied.
        return None if error.code == "signer" and signer in signers else error.kind

    def _repeats(self, at: int, first: int) -> Problem:
        made = audit.making(self.book, self.tree, at, self.log_keys)
        return Problem(
            Kind.REPLAYED, at, f"entry #{at} is the event of #{first}, filed a second time; {made.how}", made.next
        )

    def _other_basis(self, at: int, basis: int) -> Problem:
        """Return what it looks like when an entry's signer had verified other entries than stand before it."""
        wrong, _ = audit.compare_kept(self.book, self.tree, self.log_keys, until=at)
        if wrong:
            return wrong
        made = audit.making(self.book, self.tree, at, self.log_keys)
        if basis <= self.witnessed:
            message = (
                f"entry #{at} was signed over another log: the {basis} entries that its signer had verified are not "
                f"the first {basis} of this one; {made.how}"
            )
            return Problem(Kind.REPLAYED, at, message, made.next)
        first, last = self.witnessed, basis - 1
        saw = f"the signer of #{at} had verified {basis} entries, and {_span(first, last)} is not what they saw"
        if not audit.signed_as_it_is(self.book, self.tree, at, self.log_keys):
            kind, entry = (Kind.INSERTED, at) if made.kind is Kind.INSERTED else (Kind.EDITED, first)
            return Problem(kind, entry, f"{saw}; {made.how}", made.next)
        message = (
            f"the log signed two histories: {saw}; whoever rewrote it held the log's key, unless #{at} itself was signed "
            "for another log of this name"
        )
        return Problem(Kind.FORKED, first, message, "keep this log: the signature in it proves the rewriting")

    def _moved(self, at: int, basis: int) -> Problem:
        """Return what it looks like when an entry was signed after more entries than stand before it."""
        _, good = audit.compare_kept(self.book, self.tree, self.log_keys, until=at)
        first = good if good >= self.witnessed else at
        text = f"entry #{at} was signed when the log had {basis} entries, and stands before some of them"
        # What belongs here was signed when the log ended here: if it is still in the log, it stands further down.
        for _, later in audit.entries(self.book, at + 1):
            if later and f'"size":{at}}}'.encode() in later.envelope.payload:
                return Problem(Kind.REORDERED, first, f"{text}: it was moved up", audit.ASK_LOG)
        message = f"{text}: {_span(max(good, self.witnessed), at)} was taken out, or this one was moved up"
        return Problem(Kind.DELETED, first, message, audit.ASK_LOG)

    def _other_hash(self, at: int) -> Problem:
        message = f"entry #{at} does not have the hash that is stored with it"
        if audit.signed_as_it_is(self.book, self.tree, at, self.log_keys):
            return Problem(Kind.PROJECTION_DIFFERS, at, f"{message}: that was changed, not the entry", audit.ASK_LOG)
        return Problem(Kind.EDITED, at, f"{message}: what the log wrote around it was changed", audit.ASK_LOG)


def short_id(event_id: str) -> int:
    """Return 64 bits that stand for an event id: equal ids are told from equal numbers by a second look."""
    return int.from_bytes(sha256(event_id.encode()).digest()[:8])


def _several(indexes: list[int]) -> str:
    shown = ", ".join(f"#{index}" for index in indexes[:3])
    return shown if len(indexes) <= 3 else f"{shown} and {len(indexes) - 3} more"  # noqa: PLR2004  three are shown


def _span(first: int, last: int) -> str:
    return f"#{first}" if first >= last else f"one from #{first} to #{last}"
