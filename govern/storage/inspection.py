"""The audit of a ledger on its store: the log from its bytes, and everything that is kept beside it against the log.

Nothing that is stored is believed, so that a database which can no longer be opened for writing can still be audited.
"""

import os
import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from time import sleep
from typing import Any

from govern.errors import GovernError, Kind, Tampered
from govern.ledger.audit import Book, Problem, Row, TrustedHead
from govern.ledger.signatures import Job, Verifier, first_failure, verify_here
from govern.ledger.strict import encode64
from govern.record.refolding import refold
from govern.record.registry import SNAPSHOT_SCHEMA, Person, Registry
from govern.record.replay import Found, replay, short_id
from govern.storage import blobs, guards, identities, snapshots, sql
from govern.storage.identities import Known
from govern.storage.sql import Connection
from govern.storage.store import Store

CHUNK = 1024
WORTH_A_SECOND_PROCESS = 4096
SETTLING = 0.5  # seconds that an append may take between keeping a name and filing its event
_HEAD, _LARGEST_HEAD = "SELECT size, root FROM log_head", "SELECT max(size) FROM log_head"
_ENTRIES = "SELECT idx, leaf_hash, data FROM log_entry WHERE idx >= :start AND idx < :stop ORDER BY idx LIMIT :most"
_NOTES = "SELECT size, note FROM log_checkpoint WHERE size > :after AND size <= :last ORDER BY size LIMIT :most"
_KEPT_SIZES = "SELECT applied_size FROM projector"
_KEPT = "SELECT name, code_version, applied_size, state FROM projector"
_ENTRIES_BETWEEN = "SELECT min(idx), max(idx) FROM log_entry"
# One end at a time: both at once read every page, also one that is damaged.
_LAST, _NEWEST = "SELECT max(idx) FROM log_entry", "SELECT max(size) FROM log_checkpoint"
_LEVELS = "SELECT level, min(idx), max(idx) FROM tree_node GROUP BY level"
_NODES = "SELECT level, idx, hash FROM tree_node ORDER BY level, idx LIMIT :most"
_LATER_NODES = (
    "SELECT level, idx, hash FROM tree_node WHERE (level, idx) > (:last_0, :last_1) ORDER BY level, idx LIMIT :most"
)
_EVENTS = "SELECT event_id, idx FROM event_ix ORDER BY event_id LIMIT :most"
_LATER_EVENTS = "SELECT event_id, idx FROM event_ix WHERE event_id > :last_0 ORDER BY event_id LIMIT :most"
_CHECKPOINTS = "SELECT size, root, note FROM log_checkpoint ORDER BY size LIMIT :most"
_LATER_CHECKPOINTS = "SELECT size, root, note FROM log_checkpoint WHERE size > :last_0 ORDER BY size LIMIT :most"
_EVENTS_BETWEEN = "SELECT min(idx), max(idx) FROM event_ix"
_CHECKPOINTS_BETWEEN = "SELECT min(size), max(size) FROM log_checkpoint"
_RELEASE = re.compile("govern/registry/v[1-9][0-9]{0,2}")
REBUILD = "the log itself holds: rebuild what is kept beside it with `govern db backup` and `govern db restore`"
RESTORE_NAMES = "restore the identity table from a backup; until then nobody is printed under this name"


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was found, and how much was looked at."""

    found: Found
    problems: tuple[Problem, ...]
    checked: dict[str, int]


@dataclass(frozen=True, slots=True)
class _Extent:
    """How far the database goes, seen in one moment: what is appended later is for the next audit."""

    stop: int
    claimed: int | None
    checkpointed: int


def inspect(  # noqa: PLR0913  an audit is asked for in as many ways
    store: Store,
    trusted: Sequence[TrustedHead],
    anchor: bytes,
    *,
    since: int = 0,
    processes: int | None = None,
    step: Callable[[int], None] = lambda _: None,
) -> Inspection:
    """Return everything that is wrong with a ledger; ``trusted`` must have been read before."""
    extent = _extent(store)
    book = Book(
        lambda start: _stepping(_rows(store, start, extent.stop), step),
        lambda: _notes(store, extent.checkpointed),
        extent.claimed,
        blobs.kept(store),
    )
    with verifier(extent.stop - since, processes) as verify:
        found = replay(book, trusted, anchor, since, verify, sizes=_kept_sizes(store))
    problems = list(found.problems)
    checked = {"entries": found.tree.size, "signatures": found.signatures, "heads": len(trusted)}
    if found.tree.size == extent.stop > 0:
        problems += _beside(store, found, checked)
    problems += _identities(store, found, checked)
    problems += _blobs(store, checked)
    problems += _guards(store)
    return Inspection(found, tuple(problems), checked)


def length(store: Store) -> int:
    """Return how many entries the head row claims."""
    with store.reading() as connection:
        return sql.value(connection, _HEAD) or 0


@contextmanager
def verifier(entries: int, processes: int | None = None) -> Iterator[Verifier]:
    """Give the verifier of signatures that is quickest for so many entries: here, or in processes beside."""
    count = min(os.cpu_count() or 1, 4) if processes is None else processes
    if count < 2 or entries < WORTH_A_SECOND_PROCESS:  # noqa: PLR2004  one process is this one
        yield verify_here
        return
    with ProcessPoolExecutor(count - 1, mp_context=get_context("spawn")) as pool:

        def verify(jobs: list[Job]) -> Callable[[], int | None]:
            return pool.submit(first_failure, jobs).result

        yield verify


def _extent(store: Store) -> _Extent:
    with store.reading() as connection:
        head = sql.value(connection, _HEAD)
        last, newest = sql.value(connection, _LAST), sql.value(connection, _NEWEST)
    # What is no number, `_head` says.
    return _Extent(0 if last is None else last + 1, head if isinstance(head, int) else None, newest or 0)


def _bytes(value: Any) -> bytes:
    """Return the bytes, or none where SQLite keeps something else: it would be no entry's, whatever it says."""
    return value if isinstance(value, bytes) else b""


def _rows(store: Store, start: int, stop: int) -> Iterator[Row]:
    while start < stop:
        try:
            found = _chunk(store, start, stop, CHUNK)
        except Tampered:
            # The file is damaged somewhere here: entry by entry up to there.
            found = [_single(store, start)]
        if not found:
            return
        yield from found
        start = found[-1].index + 1


def _chunk(store: Store, start: int, stop: int, most: int) -> list[Row]:
    with store.reading() as connection:
        found = sql.every(connection, _ENTRIES, {"start": start, "stop": stop, "most": most})
    return [Row(index, _bytes(hashed), _bytes(data)) for index, hashed, data in found]


def _single(store: Store, index: int) -> Row:
    try:
        return next(iter(_chunk(store, index, index + 1, 1)), Row(index, b"", b""))
    except Tampered:
        return Row(index, b"", b"")


def _stepping(rows: Iterator[Row], step: Callable[[int], None]) -> Iterator[Row]:
    for row in rows:
        yield row
        step(row.index)


def _notes(store: Store, last: int) -> Iterator[bytes]:
    size = 0
    while size < last:
        try:
            with store.reading() as connection:
                found = sql.every(connection, _NOTES, {"after": size, "last": last, "most": CHUNK})
        except Tampered:
            yield b""  # no note: the file is damaged here
            return
        if not found:
            return
        yield from (_bytes(note) for _, note in found)
        size = found[-1][0]


def _beside(store: Store, found: Found, checked: dict[str, int]) -> Iterator[Problem]:
    """Yield where the stored tree, the index of events, the head, the checkpoints and the snapshot differ from the log."""
    for look in (_head, _nodes, _events, _checkpoints, _snapshots, _strays):
        try:
            yield from look(store, found, checked)
        except (GovernError, AttributeError, TypeError, ValueError) as error:
            # SQLite keeps text where numbers belong, and numbers where bytes do, for whoever puts them there.
            yield _differs(f"what is kept beside the log cannot be read as what it should be: {error}", None)


def _head(store: Store, found: Found, _: dict[str, int]) -> Iterator[Problem]:
    with store.reading() as connection:
        rows = sql.every(connection, _HEAD)
    if len(rows) != 1:
        yield _differs(f"there are {len(rows)} head rows, not one", found.tree.size - 1)
        return
    ((size, root),) = rows
    if not isinstance(size, int) or (size <= found.tree.size and bytes(root) != found.tree.root(max(size, 0))):
        yield _differs(f"the head row has another root for {size} entries", found.tree.size - 1)


def _nodes(store: Store, found: Found, checked: dict[str, int]) -> Iterator[Problem]:
    size = found.tree.size
    due = ((level, index) for level in range(1, size.bit_length()) for index in range(size >> level))
    expected = next(due, None)
    checked["nodes"] = 0
    for level, index, hashed in _all(store, _NODES, _LATER_NODES):
        if not (0 < level < size.bit_length() and 0 <= index < size >> level):
            continue  # of an append after this audit began, or nothing that a proof would read
        if (level, index) != expected:
            break
        if found.tree.node(level, index) != bytes(hashed):
            message = f"node {index} at level {level} of the stored tree is not what its entries give"
            yield _differs(message, index << level)
            return
        checked["nodes"] += 1
        expected = next(due, None)
    if expected:
        level, index = expected
        yield _differs(f"the stored tree lacks node {index} at level {level}", index << level)


def _events(store: Store, found: Found, checked: dict[str, int]) -> Iterator[Problem]:
    size = found.tree.size
    known = bytearray(size)
    for event_id, index in _all(store, _EVENTS, _LATER_EVENTS):
        if not 0 <= index < size:
            continue
        if found.ids[index] != short_id(event_id):
            yield _differs(f"the index of events says that {event_id[:40]} is entry #{index}, it is not", index)
            return
        known[index] = 1
    checked["events"] = sum(known)
    lacking = [index for index in range(size) if not known[index]] if 0 in known else []
    # An event that was filed twice, which is said elsewhere, can stand in the index once.
    there = {found.ids[index] for index in range(size) if known[index]} if lacking else set()
    missing = next((index for index in lacking if found.ids[index] not in there), None)
    if missing is not None:
        yield _differs(f"the index of events does not know entry #{missing}", missing)


def _checkpoints(store: Store, found: Found, checked: dict[str, int]) -> Iterator[Problem]:
    """Yield where a checkpoint is kept under another size or root than its note says."""
    checked["checkpoints"] = 0
    for size, root, note in _all(store, _CHECKPOINTS, _LATER_CHECKPOINTS):
        if _bytes(note).split(b"\n")[1:3] != [b"%d" % size, encode64(_bytes(root)).encode()]:
            message = f"the checkpoint that is kept under {size} entries is of another size or root than its row says"
            yield _differs(message, min(max(size, 1), found.tree.size) - 1)
            return
        checked["checkpoints"] += 1


def _kept_sizes(store: Store) -> set[int]:
    with store.reading() as connection:
        return {size for (size,) in sql.every(connection, _KEPT_SIZES)}


def _snapshots(store: Store, found: Found, checked: dict[str, int]) -> Iterator[Problem]:
    with store.reading() as connection:
        kept = sql.every(connection, _KEPT)
    checked["projections"] = 0
    for name, release, applied, state in kept:
        # What another release kept is read by nobody here, and made anew when the ledger is opened to write.
        if release != SNAPSHOT_SCHEMA and _RELEASE.fullmatch(str(release)):
            continue
        if applied > found.tree.size:
            continue
        checked["projections"] += 1
        try:
            registry = snapshots.registry(bytes(state))
            same = registry.size == applied and _is_that(store, registry, found)
        except (GovernError, LookupError, AttributeError, TypeError, ValueError, zlib.error):
            same = False
        if not same:
            yield _differs(f"the stored {name} is not what the first {applied} entries add up to", max(applied - 1, 0))


def _is_that(store: Store, registry: Registry, found: Found) -> bool:
    replayed = found.at.get(registry.size)
    # What was kept since the audit began has to lead to where it ended.
    return replayed == registry if replayed else _folded(store, registry, found.tree.size) == found.registry


def _folded(store: Store, registry: Registry, size: int) -> Registry:
    for row in _rows(store, registry.size, size):
        registry = refold(registry, row.data)
    return registry


def _strays(store: Store, found: Found, _: dict[str, int]) -> Iterator[Problem]:
    """Yield rows that belong to no entry: whoever put them there waits for the log to grow up to them."""
    with store.reading() as connection:
        (first, last), (_, signed) = (sql.first(connection, text) for text in (_ENTRIES_BETWEEN, _CHECKPOINTS_BETWEEN))
        size = max(found.tree.size, last + 1, sql.value(connection, _LARGEST_HEAD) or 0, signed or 0)
        outside = {
            "log": first < 0,
            "index of events": _outside(connection, _EVENTS_BETWEEN, 0, size),
            "checkpoints": _outside(connection, _CHECKPOINTS_BETWEEN, 1, size + 1),
            "stored tree": any(
                not 0 < level < size.bit_length() or low < 0 or high >= size >> level
                for level, low, high in sql.every(connection, _LEVELS)
            ),
        }
    for name, there in outside.items():
        if there:
            yield _differs(f"the {name} holds a row that belongs to none of the {size} entries", None)


def _outside(connection: Connection, between: str, low: int, high: int) -> bool:
    lowest, highest = sql.first(connection, between)
    return lowest is not None and (lowest < low or highest >= high)


def _identities(store: Store, found: Found, checked: dict[str, int]) -> Iterator[Problem]:
    try:
        everybody = identities.everybody(store)
    except (GovernError, TypeError, ValueError) as error:
        yield Problem(Kind.EDITED, None, f"the table of identities is not readable: {error}", RESTORE_NAMES)
        return
    checked["identities"] = len(everybody)
    if not _unnamed(everybody, found.registry):
        return
    # A new name is kept just before its event is filed: look again, at the log as it is by now.
    sleep(SETTLING)
    registry = _folded(store, found.registry, _extent(store).stop) if not found.problems else found.registry
    for person in _unnamed(identities.everybody(store), registry):
        yield Problem(
            Kind.EDITED,
            person.enrolment,
            f"the name kept for {person.id} is not the one that entry #{person.enrolment} or a later one committed to",
            RESTORE_NAMES,
        )


def _unnamed(everybody: Sequence[Known], registry: Registry) -> list[Person]:
    """Return those whose name is not the one they are enrolled under."""
    known = ((one, registry.people.get(one.person)) for one in everybody)
    return [person for one, person in known if person and one.identity.commitment(one.salt) != person.commitment]


def _blobs(store: Store, checked: dict[str, int]) -> Iterator[Problem]:
    checked["blobs"] = 0
    try:
        for blob in blobs.check_all(store):
            checked["blobs"] += 1
            # One that was erased while it was read is no longer held.
            if blob.problem and blobs.has(store, blob.digest):
                yield Problem(Kind.BLOB_DIFFERS, None, str(blob.problem), "restore this blob from a backup")
    except (GovernError, TypeError, ValueError) as error:
        yield Problem(
            Kind.BLOB_DIFFERS, None, f"the table of blobs is not readable: {error}", "restore it from a backup"
        )


def _guards(store: Store) -> Iterator[Problem]:
    with store.reading() as connection:
        missing, foreign = guards.missing(connection), _foreign(connection)
    if missing:
        yield Problem(
            Kind.GUARDS_DROPPED,
            None,
            f"{len(missing)} of the database's guards against change are gone or altered, such as {missing[0]}",
            "somebody with the rights of an administrator removed them: find out who; a restored backup has them again",
        )
    if foreign:
        yield Problem(
            Kind.GUARDS_DROPPED,
            None,
            f"the database has triggers that are not Govern's, such as {foreign[0]}: they can change what is written",
            "find out who put them there and what they did; a restored backup has none",
        )


def _foreign(connection: Connection) -> list[str]:
    """Return the triggers that are none of the guards."""
    ours = {guard.name for guard in guards.GUARDS}
    query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    if not sql.is_sqlite(connection):
        ours |= {f"{guard.table}_truncate" for guard in guards.GUARDS}
        query = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    return sorted({str(name) for (name,) in sql.every(connection, query)} - ours)


def _all(store: Store, beginning: str, following: str) -> Iterator[Any]:
    """Yield every row in order, a chunk at a time, so that no reader holds the writers up."""
    last: dict[str, Any] = {}
    while True:
        with store.reading() as connection:
            found = sql.every(connection, following if last else beginning, {**last, "most": CHUNK})
        yield from found
        if len(found) < CHUNK:
            return
        last = {f"last_{place}": one for place, one in enumerate(found[-1])}


def _differs(message: str, entry: int | None) -> Problem:
    return Problem(Kind.PROJECTION_DIFFERS, entry, message, REBUILD)
