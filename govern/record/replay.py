"""Admission again over a whole log: what `govern audit` does, from the bytes of the entries alone.

One pass reads each row, rebuilds the tree, folds the registry and asks `admit` what it would have said. Signatures are
verified in batches that may run elsewhere; a key is found by its digest, and whether it may sign is admission's word.
"""

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from govern.errors import GovernError, InvalidInput, Kind, NotAllowed, Tampered
from govern.ledger import audit
from govern.ledger.audit import Book, Job, Problem, Row, TrustedHead, Verifier
from govern.ledger.envelope import Entry
from govern.ledger.keys import PublicKey
from govern.ledger.merkle import Tree, leaf_hash
from govern.ledger.note import VerifierKey
from govern.record.admission import Past, admit
from govern.record.events import Event, Root
from govern.record.filing import Filing, file, open_filing, refold
from govern.record.registry import Registry, apply

__all__ = ["Filing", "Found", "Past", "file", "open_filing", "refold", "replay", "short_id"]

BATCH = 512
BATCHES_AHEAD = 8


@dataclass(frozen=True, slots=True)
class Found:
    """What an audit found: how far the log holds, what it adds up to there, and everything that is wrong."""

    tree: Tree
    registry: Registry
    ids: "array[int]"
    """Half of each entry's event id, as `short_id` cuts it."""
    signatures: int
    problems: tuple[Problem, ...]


def replay(
    book: Book,
    trusted: Sequence[TrustedHead] = (),
    anchor: bytes | None = None,
    since: int = 0,
    verify: Verifier = audit.verify_here,
) -> Found:
    """Return what ``book`` holds up to the first bad entry; signatures are verified from ``since`` on."""
    run = _Run(book, anchor, since, verify)
    problem = run.through()
    if problem:
        problems = [problem, *run.trusted_problems(trusted, whole=False)]
    else:
        problems = [*audit.check_kept(book, run.tree, run.log_keys), *run.trusted_problems(trusted, whole=True)]
        problems += [*run.repeated(), *run.suspect()]
    return Found(run.tree, run.registry, run.ids, run.signatures, tuple(problems))


@dataclass
class _Run:
    """One pass over a log: everything before ``tree.size`` holds."""

    book: Book
    anchor: bytes | None
    since: int
    verify: Verifier
    tree: Tree = field(default_factory=Tree)
    registry: Registry = field(default_factory=Registry)
    roots: list[tuple[int, tuple[VerifierKey, ...]]] = field(default_factory=list)
    ids: "array[int]" = field(default_factory=lambda: array("Q"))
    signatures: int = 0
    witnessed: int = 0
    """The largest head that a signer had verified, and that is this log's."""

    def through(self) -> Problem | None:
        """Take every row in turn; return the first problem."""
        batch: list[Job] = []
        waiting = []
        problem = None
        for row in self.book.rows(0):
            problem = self._take(row, batch)
            if problem:
                break
            if len(batch) >= BATCH:
                waiting.append(self.verify(batch))
                batch = []
            if len(waiting) >= BATCHES_AHEAD and (failed := waiting.pop(0)()) is not None:
                return audit.unfit_signature(self.book, failed)
        for wait in (*waiting, self.verify(batch)):
            if (failed := wait()) is not None:
                # What was signed and then changed fails in many ways; the signature says it best.
                if problem and problem.entry is not None and problem.entry < failed:
                    return problem
                return audit.unfit_signature(self.book, failed)
        if problem is None and self.tree.size == 0:
            return Problem(Kind.TRUNCATED, 0, "the log is empty: not even its genesis is there", audit.ASK_LOG)
        return problem

    def _take(self, row: Row, batch: list[Job]) -> Problem | None:
        due = self.tree.size
        try:
            entry = audit.read_row(self.book, row, due)
            hashed = leaf_hash(row.data)
            if due == 0 and self.anchor and hashed != self.anchor:
                return Problem(
                    Kind.REPLACED,
                    0,
                    f"entry #0 has the hash {hashed.hex()}, the anchor you trust is {self.anchor.hex()}: this is another ledger",
                    "find out who put it there; the ledger you knew may be in a backup",
                )
            event = Event.parse(entry.envelope.payload)
            publics = self._publics(entry, event)
        except Tampered as error:
            return self._problem(error, due)
        except InvalidInput as error:
            return Problem(Kind.EDITED, due, f"entry #{due} is not an event: {error}", audit.ASK_LOG)
        if isinstance(publics, Problem):
            return publics
        if due >= self.since:
            batch.append(audit.job(entry, publics))
            self.signatures += len(publics)
        return self._admit(row, entry, event, hashed)

    def _publics(self, entry: Entry, event: Event) -> list[PublicKey] | Problem:
        new = {key.public.keyid: key.public for key in event.new_keys()}
        publics = []
        for signature in entry.envelope.signatures:
            public = self.registry.public_key(signature.keyid) or new.get(signature.keyid)
            if public is None:
                return audit.unknown_key(self.book, entry.index, signature.keyid)
            publics.append(public)
        if len({public.keyid for public in publics}) != len(publics):
            raise Tampered("one key signed this entry twice", kind=Kind.DUPLICATE_SIGNATURE)
        return publics

    def _admit(self, row: Row, entry: Entry, event: Event, hashed: bytes) -> Problem | None:
        try:
            admit(self.registry, entry, event, Past(self.tree.root, lambda index: self.tree.node(0, index)))
        except NotAllowed as error:
            return self._refused(error, entry, event)
        except (Tampered, InvalidInput) as error:
            return self._problem(error, entry.index)
        if row.leaf_hash is not None and row.leaf_hash != hashed:
            message = f"entry #{entry.index} does not have the hash that is stored with it: what the log wrote around it was changed"
            return Problem(Kind.EDITED, entry.index, message, audit.ASK_LOG)
        self.registry = apply(self.registry, event, entry.index, entry.recorded_at, hashed)
        self.tree.append(hashed)
        self.ids.append(short_id(event.govern.event_id))
        self.witnessed = max(self.witnessed, event.govern.basis.size)
        if isinstance(event.body, Root):
            self.roots.append((entry.index, event.body.log_keys))
        return None

    def _refused(self, error: NotAllowed, entry: Entry, event: Event) -> Problem:
        basis = event.govern.basis.size
        if error.code == "other_basis" and basis > entry.index:
            return audit.moved(self.book, entry.index, basis)
        if error.code == "other_basis":
            message = (
                f"entry #{entry.index} was signed over another history: its signer had verified the first {basis} entries, "
                f"and one from #{self.witnessed} to #{basis - 1} is not what they saw; whoever rewrote it held the log's key"
            )
            return Problem(
                Kind.FORKED, self.witnessed, message, "keep this log: the signature in it proves the rewriting"
            )
        kind = error.kind or Kind.INSERTED
        message = f"entry #{entry.index} should have been refused: {error}"
        return Problem(kind, entry.index, message, "somebody filed it past the rules; find out who held the log's key")

    def _problem(self, error: GovernError, due: int) -> Problem:
        kind = error.kind if isinstance(error, Tampered) else Kind.EDITED
        text = str(error) if f"#{due}" in str(error) else f"entry #{due}: {error}"
        return Problem(kind, due, text, error.hint or audit.ASK_LOG)

    def log_keys(self, size: int) -> Sequence[VerifierKey]:
        """Return the log's keys that were in force when the log had ``size`` entries."""
        keys = [keys for index, keys in self.roots if index < size]
        return keys[-1] if keys else ()

    def trusted_problems(self, trusted: Iterable[TrustedHead], *, whole: bool) -> list[Problem]:
        """Return where outside heads disagree; of a log that was read in part, only what that part can say."""
        problems = audit.check_trusted(self.tree, trusted, self.log_keys)
        return [one for one in problems if whole or one.kind is Kind.FORKED]

    def repeated(self) -> list[Problem]:
        """Return the first entry whose event id was used before, if any."""
        ordered = sorted(self.ids)
        doubtful = {one for one, other in zip(ordered, ordered[1:], strict=False) if one == other}
        seen: set[str] = set()
        for row in self.book.rows(0) if doubtful else ():
            event = Event.parse(Entry.parse(row.data).envelope.payload)
            if event.govern.event_id in seen:
                message = f"entry #{row.index} repeats an event that was filed before, {event.govern.event_id}"
                return [Problem(Kind.REPLAYED, row.index, message, "somebody filed it past the rules")]
            if short_id(event.govern.event_id) in doubtful:
                seen.add(event.govern.event_id)
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


def short_id(event_id: str) -> int:
    """Return the random half of an event id: equal ids are told from equal halves by a second look."""
    return int(event_id[-17:].replace("-", ""), 16)


def _several(indexes: list[int]) -> str:
    shown = ", ".join(f"#{index}" for index in indexes[:3])
    return shown if len(indexes) <= 3 else f"{shown} and {len(indexes) - 3} more"  # noqa: PLR2004  three are shown
