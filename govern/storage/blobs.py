"""Content that is named by its digest: artefacts, documents, evidence and comments, kept in parts.

No blob has to fit into memory. It is written a few parts at a time, so that the ledger gets its turns in between, and
counts as kept only once all of it has been read back and its digest found right.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from itertools import chain, count, islice
from tempfile import TemporaryFile
from typing import BinaryIO

from govern.errors import InvalidInput, Kind, Tampered, Unavailable
from govern.ledger.contents import Kept
from govern.ledger.strict import Digest
from govern.storage import sql
from govern.storage.erasure import erasing
from govern.storage.store import Store

LARGEST_PART = 1 << 20
"""A blob is kept in parts, so that none has to fit into memory."""

_UNFINISHED = -1
"""The size of a blob that is being written, or whose writer died."""

_PARTS_A_TURN = 16

# Two writers of the same content write the same parts, so whoever is second has nothing to add.
_ADD_BLOB = "INSERT INTO blob (sha256, size) VALUES (:sha256, :size) ON CONFLICT DO NOTHING"
_ADD_PART = "INSERT INTO blob_part (sha256, seq, data) VALUES (:sha256, :seq, :data) ON CONFLICT DO NOTHING"
_FINISH = "UPDATE blob SET size = :size WHERE sha256 = :digest"
_ERASE = "DELETE FROM blob WHERE sha256 = :digest"
_ERASE_PARTS = "DELETE FROM blob_part WHERE sha256 = :digest"

_SIZE = "SELECT size FROM blob WHERE sha256 = :digest AND size >= 0"
_PART = "SELECT data FROM blob_part WHERE sha256 = :digest AND seq = :place"
# Most contents are small: their size and all of them in one go.
_BEGINNING = (
    "SELECT blob.size, blob_part.data FROM blob LEFT JOIN blob_part ON blob_part.sha256 = blob.sha256 AND blob_part.seq = 0"
    " WHERE blob.sha256 = :digest AND blob.size >= 0"
)
_DIGESTS = "SELECT sha256 FROM blob WHERE sha256 > :last AND size >= 0 ORDER BY sha256 LIMIT 1000"
_BEGUN = "SELECT count(*) FROM blob WHERE size < 0"


@dataclass(frozen=True, slots=True)
class Checked:
    """A blob that an audit has read, and what is wrong with it."""

    digest: Digest
    problem: Tampered | None


def put(store: Store, stream: BinaryIO) -> Digest:
    """Keep what ``stream`` gives and return its digest."""
    if stream.seekable():
        return _put(store, stream)
    with TemporaryFile() as copy:
        for part in _read_parts(stream):
            copy.write(part)
        copy.seek(0)
        return _put(store, copy)


def get(store: Store, digest: Digest) -> Iterator[bytes]:
    """Give the content part by part; `Tampered` may come as late as after the last one, so use nothing before the end."""
    with store.reading() as connection:
        kept = sql.first(connection, _BEGINNING, {"digest": digest.value})
    if kept is None:
        raise _not_held(digest)
    expected, first = kept
    found, length = sha256(), 0
    for part in _all_parts(store, digest, bytes(first or b"")):
        found.update(part)
        length += len(part)
        yield part
    if found.digest() != digest.value or length != expected:
        raise Tampered(
            f"the content kept as {digest} has {length} bytes with the digest {Digest(found.digest())}",
            kind=Kind.BLOB_DIFFERS,
            hint="restore it from a backup, or from whoever made it",
        )


def check(store: Store, digest: Digest) -> None:
    """Read the content again, part by part; raise if it is not held or differs."""
    for _ in get(store, digest):
        pass


def kept(store: Store) -> Kept:
    """Return what is kept, as admission and the judge ask for it."""
    return Kept(lambda digest: b"".join(get(store, digest)), partial(check, store))


def reader(store: Store, digest: Digest) -> Callable[[int, int], bytes]:
    """Return a function that gives the bytes at a place: what it gives is not checked against the digest."""
    size(store, digest)
    last: tuple[int, bytes] = (-1, b"")

    def part(seq: int) -> bytes:
        nonlocal last
        if last[0] != seq:
            last = seq, next(_kept_parts(store, digest, seq), b"")
        return last[1]

    def read(at: int, length: int) -> bytes:
        found = bytearray()
        while len(found) < length:
            seq, place = divmod(at + len(found), LARGEST_PART)
            if not (content := part(seq)[place : place + length - len(found)]):
                break
            found += content
        return bytes(found)

    return read


def size(store: Store, digest: Digest) -> int:
    """Return how many bytes are kept as ``digest``."""
    kept = _size(store, digest)
    if kept is None:
        raise _not_held(digest)
    return kept


def has(store: Store, digest: Digest) -> bool:
    return _size(store, digest) is not None


def digests(store: Store) -> Iterator[Digest]:
    """Give what is kept, in the order of the digests; blobs added meanwhile may or may not be among them."""
    last = b""
    while True:
        with store.reading() as connection:
            page = [bytes(digest) for (digest,) in sql.every(connection, _DIGESTS, {"last": last})]
        if not page:
            return
        yield from map(Digest, page)
        last = page[-1]


def unfinished(store: Store) -> int:
    """Return how many blobs are being written, or were when their writer died; the same content again finishes them."""
    with store.reading() as connection:
        return int(sql.value(connection, _BEGUN))


def check_all(store: Store) -> Iterator[Checked]:
    """Read every blob again and say what is wrong with it."""
    for digest in digests(store):
        yield Checked(digest, _problem(store, digest))


def erase(store: Store, digest: Digest) -> None:
    """Remove the content, as a comment with a name in it may have to be."""
    with erasing(store) as connection:
        sql.execute(connection, _ERASE_PARTS, {"digest": digest.value})
        sql.execute(connection, _ERASE, {"digest": digest.value})


def _put(store: Store, stream: BinaryIO) -> Digest:
    # (1) Learn the digest.
    start = stream.tell()
    hashed, length = sha256(), 0
    for part in _read_parts(stream):
        hashed.update(part)
        length += len(part)
    digest = Digest(hashed.digest())
    if has(store, digest):
        return digest
    # (2) Write the parts. A writer that died before has left some of them, and the first of them say so.
    stream.seek(start)
    with store.writing() as connection:
        sql.execute(connection, _ADD_BLOB, {"sha256": digest.value, "size": _UNFINISHED})
    _write_parts(store, digest, stream)
    # (3) Read them back: what the stream gave the second time, and what memory and disk made of it, is what was hashed.
    kept = sha256()
    for part in _kept_parts(store, digest):
        kept.update(part)
    if kept.digest() != digest.value:
        erase(store, digest)
        raise Unavailable(
            f"what was written is not what was read: {digest} became {Digest(kept.digest())}",
            hint="see that nobody writes to the file meanwhile, then try again",
        )
    # (4) Only now is it kept.
    with store.writing() as connection:
        sql.execute(connection, _FINISH, {"digest": digest.value, "size": length})
    return digest


def _write_parts(store: Store, digest: Digest, stream: BinaryIO) -> None:
    parts = enumerate(_read_parts(stream))
    while first := next(parts, None):
        with store.writing() as connection:
            for seq, part in chain([first], islice(parts, _PARTS_A_TURN - 1)):
                sql.execute(connection, _ADD_PART, {"sha256": digest.value, "seq": seq, "data": part})


def _read_parts(stream: BinaryIO) -> Iterator[bytes]:
    """Give what is left of ``stream`` in full parts, however little it returns at a time."""
    while part := stream.read(LARGEST_PART):
        while len(part) < LARGEST_PART and (more := stream.read(LARGEST_PART - len(part))):
            part += more
        yield part


def _all_parts(store: Store, digest: Digest, first: bytes) -> Iterator[bytes]:
    """Give the first part and what follows; after one that is not full nothing does."""
    if first:
        yield first
    if len(first) in {0, LARGEST_PART}:
        yield from _kept_parts(store, digest, 1)


def _kept_parts(store: Store, digest: Digest, first: int = 0) -> Iterator[bytes]:
    # A transaction per part: whoever reads slowly keeps nobody from writing.
    for seq in count(first):
        with store.reading() as connection:
            part = sql.value(connection, _PART, {"digest": digest.value, "place": seq})
        if part is None:
            return
        yield bytes(part)


def _size(store: Store, digest: Digest) -> int | None:
    with store.reading() as connection:
        found: int | None = sql.value(connection, _SIZE, {"digest": digest.value})
    return found


def _not_held(digest: Digest) -> InvalidInput:
    return InvalidInput(f"{digest} is not held here", hint="it was erased, or kept by reference only", code="not_held")


def _problem(store: Store, digest: Digest) -> Tampered | None:
    try:
        check(store, digest)
    except Tampered as error:
        return error
    except InvalidInput:
        return None  # erased meanwhile
    return None
