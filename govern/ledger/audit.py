"""Verify a whole log from bytes: what a row must be, what its failure looks like, and what heads must agree.

Nothing here trusts what is stored beside the entries. Where several attacks explain what is seen, the simplest is named
and the message says so.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from govern.errors import GovernError, InvalidInput, Kind, Tampered
from govern.ledger.envelope import PAYLOAD_TYPE, Entry, pae
from govern.ledger.keys import PublicKey
from govern.ledger.merkle import Tree
from govern.ledger.note import Checkpoint, Note, VerifierKey, open_checkpoint

ASK_LOG = "keep the file as it is, restore a backup beside it, and compare both with `govern log checkpoint`"


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


Job: TypeAlias = tuple[int, bytes, tuple[tuple[bytes, bytes], ...]]
"""An entry's index, the message that was signed, and each signature with the public key it claims."""

Verifier: TypeAlias = Callable[[list[Job]], Callable[[], int | None]]
"""Begin to verify a batch; what is returned waits, and says which entry is the first that fails, if any."""


def first_failure(jobs: Sequence[Job]) -> int | None:
    """Return the first entry with a signature that does not fit; for a worker process, too."""
    for index, message, signatures in jobs:
        try:
            for spki, signature in signatures:
                _public(spki).verify(signature, message)
        except Tampered:
            return index
    return None


def verify_here(jobs: list[Job]) -> Callable[[], int | None]:
    """Verify a batch at once, in this process."""
    found = first_failure(jobs)
    return lambda: found


def job(entry: Entry, publics: Sequence[PublicKey]) -> Job:
    signatures = tuple(
        (public.spki, signature.sig) for public, signature in zip(publics, entry.envelope.signatures, strict=True)
    )
    return entry.index, pae(PAYLOAD_TYPE, entry.envelope.payload), signatures


def read_row(book: Book, row: Row, due: int) -> Entry:
    """Return the entry at ``due``; raise `Tampered` that names the attack if ``row`` is not it."""
    if row.index != due:
        raise Tampered(f"entry #{due} is missing: #{row.index} follows #{due - 1}", kind=Kind.DELETED, entry=due)
    try:
        entry = Entry.parse(row.data)
    except InvalidInput as error:
        raise Tampered(
            f"entry #{due} is not readable: {error}", kind=_edited_or_inserted(book, due), entry=due
        ) from None
    except Tampered as error:
        raise Tampered(f"entry #{due}: {error}", kind=error.kind, entry=due) from None
    if entry.index != due:
        raise _misplaced(book, due, entry.index)
    return entry


def unfit_signature(book: Book, at: int) -> Problem:
    """Return what a signature that does not fit at entry ``at`` looks like."""
    entry = next(_entries(book, at))[1]
    sigs = {signature.sig for signature in entry.envelope.signatures} if entry else set()
    for index, other in _entries(book, 0):
        if other and index != at and sigs & {signature.sig for signature in other.envelope.signatures}:
            return Problem(
                Kind.COPIED_SIGNATURE,
                at,
                f"entry #{at} carries a signature that was made for #{index}",
                ASK_LOG,
            )
    kind = _edited_or_inserted(book, at)
    what = "was not written by the log" if kind is Kind.INSERTED else "was changed after it was signed"
    return Problem(kind, at, f"entry #{at} {what}: its signature does not fit", ASK_LOG)


def unknown_key(book: Book, at: int, keyid: str) -> Problem:
    kind = _edited_or_inserted(book, at)
    return Problem(kind, at, f"entry #{at} is signed by key {keyid[:16]}, which nobody enrolled before it", ASK_LOG)


def moved(book: Book, at: int, basis: int) -> Problem:
    """Return what it looks like when entry ``at`` was signed after more entries than stand before it."""
    following = next(_entries(book, at + 1), None)
    earlier = following[1] if following else None
    text = f"entry #{at} was signed when the log had {basis} entries, and stands before some of them"
    if earlier and f'"size":{at}}}'.encode() in earlier.envelope.payload:
        return Problem(Kind.REORDERED, at, f"{text}: it was moved up", ASK_LOG)
    return Problem(Kind.DELETED, at, f"{text}: an entry before it was taken out, or it was moved up", ASK_LOG)


def check_kept(book: Book, tree: Tree, keys: Callable[[int], Sequence[VerifierKey]]) -> list[Problem]:
    """Return what is wrong with the head and the checkpoints that the log itself keeps."""
    size, good, newest = tree.size, 0, None
    for note in book.checkpoints():
        newest = note
        try:
            checkpoint = Checkpoint.parse(Note.parse(note).text)
        except GovernError as error:
            return [Problem(Kind.EDITED, good, f"a checkpoint after size {good} is not readable: {error}", ASK_LOG)]
        if checkpoint.size > size:
            return [_truncated(size, checkpoint.size, "a checkpoint of its own")]
        if checkpoint.root != tree.root(checkpoint.size):
            return [_altered(note, checkpoint, good, keys)]
        good = checkpoint.size
    if book.claimed_size is not None and book.claimed_size > size:
        return [_truncated(size, book.claimed_size, "its head")]
    if book.claimed_size is not None and book.claimed_size < size:
        message = f"entry #{book.claimed_size} lies beyond the head, which counts {book.claimed_size} entries"
        return [Problem(Kind.INSERTED, book.claimed_size, message, ASK_LOG)]
    if newest is None or good < size:
        message = f"no checkpoint is signed for the {size} entries; the newest counts {good}"
        return [Problem(Kind.INSERTED if newest else Kind.UNVERIFIABLE, good, message, ASK_LOG)]
    try:
        open_checkpoint(newest, keys(size))
    except GovernError as error:
        message = f"the newest checkpoint is not signed by the log's key: {error}"
        return [Problem(Kind.UNVERIFIABLE, size - 1, message, "ask whoever runs the log which key is in force")]
    return []


def check_trusted(
    tree: Tree, trusted: Iterable[TrustedHead], keys: Callable[[int], Sequence[VerifierKey]]
) -> list[Problem]:
    """Return where the log disagrees with heads that were kept outside it."""
    problems, good, opened = [], 0, []
    for head in trusted:
        try:
            checkpoint = Checkpoint.parse(Note.parse(head.note).text)
            open_checkpoint(head.note, keys(checkpoint.size))
        except GovernError as error:
            message = f"the {head.whence} is not a checkpoint of this log: {error}"
            problems.append(Problem(Kind.UNVERIFIABLE, None, message, "find out who wrote it, and compare by hand"))
            continue
        opened.append((checkpoint, head.whence))
        if checkpoint.size <= tree.size and checkpoint.root == tree.root(checkpoint.size):
            good = max(good, checkpoint.size)
    for checkpoint, whence in opened:
        if checkpoint.size > tree.size:
            problems.append(_rolled_back(tree.size, checkpoint.size, whence))
        elif checkpoint.root != tree.root(checkpoint.size):
            problems.append(_forked(good, checkpoint.size, whence))
    return problems


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


def _altered(note: bytes, checkpoint: Checkpoint, good: int, keys: Callable[[int], Sequence[VerifierKey]]) -> Problem:
    try:
        open_checkpoint(note, keys(checkpoint.size))
    except GovernError:
        message = f"the stored checkpoint of {checkpoint.size} entries was changed: the log's key did not sign it"
        return Problem(Kind.EDITED, checkpoint.size - 1, message, ASK_LOG)
    last = checkpoint.size - 1
    span = f"entry #{good}" if good == last else f"an entry from #{good} to #{last}"
    return Problem(Kind.EDITED, good, f"{span} is not what it was when the log signed it", ASK_LOG)


def _truncated(size: int, claimed: int, what: str) -> Problem:
    return Problem(Kind.TRUNCATED, size, f"the log ends with {size} entries, {what} counts {claimed}", ASK_LOG)


def _misplaced(book: Book, due: int, said: int) -> Tampered:
    elsewhere = next((index for index, entry in _entries(book, due + 1) if entry and entry.index == due), None)
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


def _edited_or_inserted(book: Book, at: int) -> Kind:
    """Return which it is: after an insertion, the row that follows says that it is ``at`` itself."""
    following = next(_entries(book, at + 1), None)
    return Kind.INSERTED if following and following[1] and following[1].index == at else Kind.EDITED


def _entries(book: Book, start: int) -> Iterator[tuple[int, Entry | None]]:
    for row in book.rows(start):
        try:
            yield row.index, Entry.parse(row.data)
        except GovernError:
            yield row.index, None


@lru_cache(maxsize=4096)
def _public(spki: bytes) -> PublicKey:
    return PublicKey(spki)
