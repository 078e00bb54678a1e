"""Verify a whole log from bytes: what a row must be, what its failure looks like, and what heads must agree.

Nothing here trusts what is stored beside the entries. Where several attacks explain what is seen, the simplest is named
and the message says so.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import TypeAlias

from govern.errors import GovernError, Kind, Tampered
from govern.ledger import merkle
from govern.ledger.contents import Kept
from govern.ledger.envelope import Entry
from govern.ledger.keys import spki_of_ed25519
from govern.ledger.merkle import Tree, leaf_hash
from govern.ledger.note import Checkpoint, Note, VerifierKey, open_checkpoint
from govern.ledger.signatures import Job, Verifier, first_unfit, verify_here

ASK_LOG = "keep the file as it is, restore a backup beside it, and compare both with `govern log checkpoint`"
ASK_BLOB = "restore this blob from a backup: the log itself holds"
ASK_OPERATOR = "keep this log, it is evidence: find out who held the log's key, and who may file past the rules"


@dataclass(frozen=True, slots=True)
class Row:
    """An entry as it is stored: at which index, under which hash (none in an export), and its bytes."""

    index: int
    leaf_hash: bytes | None
    data: bytes


@dataclass(frozen=True, slots=True)
class Book:
    """A log as it lies somewhere: readers that can be asked again, and the head it claims."""

    rows: Callable[[int], Iterator[Row]]
    """The rows from an index on, in rising order."""
    checkpoints: Callable[[], Iterator[bytes]]
    """Every checkpoint the log kept, in rising order of size; the last one is its head."""
    claimed_size: int | None = None
    """The size that the head row says, where there is one."""
    kept: Kept | None = None
    """The contents that entries name, where they are kept."""


@dataclass(frozen=True, slots=True)
class TrustedHead:
    """A checkpoint from outside the log: whoever kept it, the log cannot change it."""

    whence: str
    note: bytes


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: which attack it looks like, the first bad entry, and what to do."""

    kind: Kind
    entry: int | None
    message: str
    next: str


Keys: TypeAlias = Callable[[int], Sequence[VerifierKey]]
"""The log's keys that were in force when it had so many entries."""


def read_row(book: Book, row: Row, due: int) -> Entry:
    """Return the entry at ``due``; raise `Tampered` that names the attack if another row is in its place."""
    if row.index < due:
        raise Tampered(f"two rows say that they are entry #{row.index}", kind=Kind.INSERTED, entry=row.index)
    if row.index > due:
        seen = f"#{row.index} follows #{due - 1}" if due else f"the log begins with #{row.index}"
        raise Tampered(f"entry #{due} is missing: {seen}", kind=Kind.DELETED, entry=due)
    entry = Entry.parse(row.data)
    if entry.index != due:
        raise _misplaced(book, due, entry.index)
    return entry


@dataclass(frozen=True, slots=True)
class Outside:
    """Heads from outside the log that it signed, and what is wrong with the others."""

    heads: tuple[tuple[Checkpoint, str], ...]
    problems: tuple[Problem, ...]

    def agreed(self, tree: Tree, below: int | None = None) -> int:
        """Return how many entries of ``tree`` they confirm, or those of less than ``below`` entries do."""
        fitting = (head.size for head, _ in self.heads if _fits(tree, head))
        return max((size for size in fitting if below is None or size < below), default=0)

    @property
    def largest(self) -> int:
        return max((head.size for head, _ in self.heads), default=0)


@dataclass(frozen=True, slots=True)
class Making:
    """How an entry that no honest log has came to be in this one, and what to do about it."""

    kind: Kind
    how: str
    next: str


def making(book: Book, tree: Tree, at: int, keys: Keys) -> Making:
    """Return how entry ``at`` came to be as it is; ``tree`` is the log before it, and perhaps more."""
    if signed_as_it_is(book, tree, at, keys):
        how = "the log signed it so: it was filed past the rules, by whoever held the log's key"
        return Making(Kind.INSERTED, how, ASK_OPERATOR)
    following = next(entries(book, at + 1), (0, None))[1]
    if (following and following.index == at) or (book.claimed_size is not None and at >= book.claimed_size):
        return Making(Kind.INSERTED, "the log never signed it: it was put in", ASK_LOG)
    return Making(Kind.EDITED, "the log never signed it so: it was changed afterwards", ASK_LOG)


def signed_as_it_is(book: Book, tree: Tree, at: int, keys: Keys | None = None) -> bool:
    """Return whether the log's next checkpoint is of the rows from ``at`` on as they are, and signed with ``keys`` if given."""
    for note, head in _checkpoints(book):
        if head.size > at and (keys is None or _is_signed(note, keys(head.size))):
            rows = islice(book.rows(at), head.size - at)
            return merkle.append(at, [leaf_hash(row.data) for row in rows], tree.node).root == head.root
    return False


def entries(book: Book, start: int) -> Iterator[tuple[int, Entry | None]]:
    """Yield the index of every row, and its entry if it can be read."""
    for row in book.rows(start):
        try:
            yield row.index, Entry.parse(row.data)
        except GovernError:
            yield row.index, None


def unfit_signature(book: Book, tree: Tree, at: int, keys: Keys) -> Problem:
    """Return what a signature that does not fit at entry ``at`` looks like."""
    made = making(book, tree, at, keys)
    entry = next(entries(book, at))[1]
    sigs = {signature.sig for signature in entry.envelope.signatures} if entry else set()
    for index, other in entries(book, 0):
        if other and index != at and sigs & {signature.sig for signature in other.envelope.signatures}:
            message = f"entry #{at} carries a signature that was made for #{index}; {made.how}"
            return Problem(Kind.COPIED_SIGNATURE, at, message, made.next)
    return Problem(made.kind, at, f"a signature of entry #{at} does not fit what it says; {made.how}", made.next)


def check_kept(book: Book, tree: Tree, keys: Keys, verify: Verifier, outside: Outside) -> list[Problem]:
    """Return what is wrong with the head and the checkpoints that the log itself keeps."""
    wrong, good = compare_kept(book, tree, keys, verify)
    wrong = wrong or _newest(book.claimed_size, tree, good, outside)
    return [wrong] if wrong else []


def compare_kept(
    book: Book, tree: Tree, keys: Keys, verify: Verifier = verify_here, *, until: int | None = None
) -> tuple[Problem | None, int]:
    """Return the first kept checkpoint that is not of ``tree`` or not the log's, and how many entries those before have.

    Those of more than ``until`` entries are left out.
    """
    good, wrong = 0, None

    def jobs() -> Iterator[Job]:
        nonlocal good, wrong
        for content in book.checkpoints():
            try:
                note = Note.parse(content)
                head = Checkpoint.parse(note.text)
            except GovernError as error:
                wrong = Problem(Kind.EDITED, good, f"a checkpoint after size {good} is not readable: {error}", ASK_LOG)
                return
            if until is not None and head.size > until:
                return
            signatures = tuple(_by_log(note, head, keys(head.size)))
            if not _fits(tree, head) or not signatures:
                wrong = _contradicted(book, tree, content, good, keys)
                return
            yield good, note.text.encode(), signatures
            good = max(good, head.size)

    failed = first_unfit(jobs(), verify)
    if failed is None:
        return wrong, good
    return _unsigned(f"the checkpoint that is kept after the first {failed} entries", failed), failed


def signed_size(book: Book, tree: Tree, keys: Keys) -> int:
    """Return how many entries of ``tree`` the checkpoints in the log vouch for, whatever else is wrong with them."""
    fitting = [(note, head) for note, head in _checkpoints(book) if _fits(tree, head)]
    return next((head.size for note, head in reversed(fitting) if _is_signed(note, keys(head.size))), 0)


def open_trusted(trusted: Iterable[TrustedHead], keys: Keys) -> Outside:
    heads, problems = [], []
    for head in trusted:
        try:
            size = Checkpoint.parse(Note.parse(head.note).text).size
            heads.append((open_checkpoint(head.note, keys(size)), head.whence))
        except GovernError as error:
            message = f"the {head.whence} is not a checkpoint of this log: {error}"
            problems.append(Problem(Kind.UNVERIFIABLE, None, message, "find out who wrote it, and compare by hand"))
    return Outside(tuple(heads), tuple(problems))


def check_trusted(tree: Tree, outside: Outside, signed: int, witnessed: int) -> list[Problem]:
    """Return where the log disagrees with heads that were kept outside it.

    Its own checkpoints vouch for ``signed`` of its entries, and those who signed it for ``witnessed``.
    """
    problems = list(outside.problems)
    for head, whence in outside.heads:
        if head.size > tree.size:
            problems.append(_rolled_back(tree.size, head.size, whence))
        elif head.size <= signed and not _fits(tree, head):
            seen = witnessed if witnessed < head.size else 0
            problems.append(_forked(max(seen, outside.agreed(tree, head.size)), head.size, whence))
    return problems


def _newest(claimed: int | None, tree: Tree, good: int, outside: Outside) -> Problem | None:
    """Return what is wrong where the newest checkpoint is of ``good`` entries and the head row counts ``claimed``."""
    size, agreed = tree.size, outside.agreed(tree)
    if claimed is not None and claimed > size and not good == size == agreed == outside.largest:
        return _truncated(size, claimed, "its head")
    if good < size <= agreed:
        message = f"the checkpoint of {size} entries was taken out: it was kept outside, the newest here is of {good}"
        return Problem(Kind.DELETED, good, message, ASK_LOG)
    if claimed is not None and good < size and claimed < size:
        first = max(claimed, good)
        message = f"entry #{first} lies beyond the head, which counts {claimed} entries: it was put in past the log"
        return Problem(Kind.INSERTED, first, message, ASK_LOG)
    if good < size:
        message = f"no checkpoint is kept for the {size} entries: #{good} was put in past the log, or it was taken out"
        return Problem(Kind.INSERTED if good else Kind.UNVERIFIABLE, good, message, ASK_LOG)
    if claimed not in {None, size}:
        message = f"the head row counts {claimed} entries, the log signed {size}: the row was changed"
        return Problem(Kind.PROJECTION_DIFFERS, min(size, max(claimed or 0, 0)), message, ASK_LOG)
    return None


def _contradicted(book: Book, tree: Tree, note: bytes, good: int, keys: Keys) -> Problem:
    """Return what it looks like when a kept checkpoint is not of this tree; those of up to ``good`` entries are."""
    head = Checkpoint.parse(Note.parse(note).text)
    if _is_signed(note, [key for size in range(good + 1) for key in set(keys(size)) - set(keys(head.size))]):
        message = f"the kept checkpoint of {head.size} entries is signed by a key that was no longer the log's"
        return Problem(Kind.REVOKED_KEY, good, message, ASK_OPERATOR)
    if not _is_signed(note, keys(head.size)):
        return _unsigned(f"the kept checkpoint of {head.size} entries", good)
    if head.size > tree.size:
        return _truncated(tree.size, head.size, "a checkpoint of its own")
    return _altered(book, tree, head, good, keys)


def _altered(book: Book, tree: Tree, head: Checkpoint, good: int, keys: Keys) -> Problem:
    """Return what was done to the entries from ``good`` on that the log signed as ``head``."""
    signed = max(one.size for note, one in _checkpoints(book) if one == head or _is_signed(note, keys(one.size)))
    count, last = sum(1 for _ in book.rows(0)), head.size - 1
    span = f"entry #{good}" if good == last else f"an entry from #{good} to #{last}"
    if count < signed:
        message = f"{span} was taken out, or changed: the log has {count} entries, it signed {signed}"
        return Problem(Kind.DELETED, good, message, ASK_LOG)
    if count > signed:
        message = f"{span} was put in, or changed: the log has {count} entries, it signed {signed}"
        return Problem(Kind.INSERTED, good, message, ASK_LOG)
    place = _place(book, tree, head) if good == last else None
    if place is not None:
        return Problem(Kind.REORDERED, good, f"what the log signed as entry #{good} now stands at #{place}", ASK_LOG)
    return Problem(Kind.EDITED, good, f"{span} is not what it was when the log signed it", ASK_LOG)


def _unsigned(what: str, good: int) -> Problem:
    message = f"{what} is not signed by the log: it was changed, and perhaps entry #{good} or a later one with it"
    return Problem(Kind.EDITED, good, message, ASK_LOG)


def _place(book: Book, tree: Tree, head: Checkpoint) -> int | None:
    """Return where the entry stands that made ``head`` of the tree before it, its index and perhaps its time rewritten."""
    due = head.size - 1
    there = [entry.recorded_at for _, entry in islice(entries(book, due), 1) if entry]
    for index, entry in entries(book, due + 1):
        moved = [Entry(due, time, entry.envelope) for time in (*there, entry.recorded_at)] if entry else []
        if head.root in (merkle.append(due, [leaf_hash(one.leaf())], tree.node).root for one in moved):
            return index
    return None


def _checkpoints(book: Book) -> Iterator[tuple[bytes, Checkpoint]]:
    for note in book.checkpoints():
        with suppress(GovernError):
            yield note, Checkpoint.parse(Note.parse(note).text)


def _is_signed(note: bytes, keys: Sequence[VerifierKey]) -> bool:
    with suppress(GovernError):
        return bool(open_checkpoint(note, keys))
    return False


def _by_log(note: Note, head: Checkpoint, keys: Sequence[VerifierKey]) -> Iterator[tuple[bytes, bytes]]:
    """Yield what the log's keys signed of a checkpoint: key and signature."""
    known = {(key.name, key.key_id): spki_of_ed25519(key.public) for key in keys if key.name == head.origin}
    for signature in note.signatures if not head.extensions else ():
        if (signature.name, signature.key_id) in known:
            yield known[signature.name, signature.key_id], signature.value


def _fits(tree: Tree, head: Checkpoint) -> bool:
    return head.size <= tree.size and head.root == tree.root(head.size)


def _rolled_back(size: int, kept: int, whence: str) -> Problem:
    return Problem(
        Kind.ROLLED_BACK,
        size,
        f"the log has {size} entries, the {whence} knows {kept}: an older copy was put in its place, or its end cut off "
        "together with every trace",
        "restore the newest backup; if the entries are lost, `govern log trust` accepts the shorter log, by a person's word",
    )


def _forked(good: int, size: int, whence: str) -> Problem:
    return Problem(
        Kind.FORKED,
        good,
        f"the log signed two histories: the {whence} has another root for the first {size} entries; they part at #{good} "
        "or later",
        "both checkpoints together prove it: keep them, and compare with everybody who holds a report or an export",
    )


def _truncated(size: int, claimed: int, what: str) -> Problem:
    return Problem(Kind.TRUNCATED, size, f"the log ends with {size} entries, {what} counts {claimed}", ASK_LOG)


def _misplaced(book: Book, due: int, said: int) -> Tampered:
    elsewhere = next((index for index, entry in entries(book, due + 1) if entry and entry.index == due), None)
    if elsewhere == due + 1 and said != elsewhere:
        return Tampered(
            f"the row at #{due} says it is #{said}, and #{due} follows it: something was put in between",
            kind=Kind.INSERTED,
            entry=due,
        )
    if elsewhere is not None:
        return Tampered(
            f"the row at #{due} holds entry #{said}, and #{due} stands at #{elsewhere}", kind=Kind.REORDERED, entry=due
        )
    if said < due:
        return Tampered(f"the row at #{due} is a copy of entry #{said}", kind=Kind.INSERTED, entry=due)
    return Tampered(f"entry #{due} is missing: its row holds #{said}", kind=Kind.DELETED, entry=due)
