"""The audit of a ledger on its store: the log from its bytes, and everything that is kept beside it against the log.

Nothing that is stored is believed, so that a database which can no longer be opened for writing can still be audited.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select, tuple_

from govern.errors import GovernError, Kind
from govern.ledger.audit import Book, Job, Problem, Row, TrustedHead, Verifier, first_failure, verify_here
from govern.record.filing import refold
from govern.record.registry import Registry
from govern.record.replay import Found, replay, short_id
from govern.storage import blobs, guards, identities
from govern.storage.store import Store
from govern.storage.tables import event_ix, log_checkpoint, log_entry, log_head, projector, tree_node

CHUNK = 1024
WORTH_A_SECOND_PROCESS = 4096
REBUILD = "the log itself holds: rebuild what is kept beside it with `govern db backup` and `govern db restore`"


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


def inspect(
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
    )
    with verifier(extent.stop - since, processes) as verify:
        found = replay(book, trusted, anchor, since, verify)
    problems = list(found.problems)
    checked = {"entries": found.tree.size, "signatures": found.signatures, "heads": len(trusted)}
    if found.tree.size == extent.stop:
        problems += _beside(store, found, checked)
    problems += _identities(store, found.registry, checked)
    problems += _blobs(store, checked)
    problems += _guards(store)
    return Inspection(found, tuple(problems), checked)


def length(store: Store) -> int:
    """Return how many entries the head row claims."""
    with store.reading() as connection:
        return connection.execute(select(log_head.c.size)).scalar() or 0


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
        last = connection.execute(select(func.max(log_entry.c.idx))).scalar()
        head = connection.execute(select(log_head.c.size)).scalar()
        newest = connection.execute(select(func.max(log_checkpoint.c.size))).scalar()
    return _Extent(0 if last is None else last + 1, head, newest or 0)


def _rows(store: Store, start: int, stop: int) -> Iterator[Row]:
    query = select(log_entry.c.idx, log_entry.c.leaf_hash, log_entry.c.data).order_by(log_entry.c.idx).limit(CHUNK)
    while start < stop:
        with store.reading() as connection:
            found = connection.execute(query.where(log_entry.c.idx >= start, log_entry.c.idx < stop)).all()
        if not found:
            return
        for index, hashed, data in found:
            yield Row(index, bytes(hashed), bytes(data))
        start = found[-1].idx + 1


def _stepping(rows: Iterator[Row], step: Callable[[int], None]) -> Iterator[Row]:
    for row in rows:
        yield row
        step(row.index)


def _notes(store: Store, last: int) -> Iterator[bytes]:
    size = 0
    while size < last:
        query = select(log_checkpoint.c.size, log_checkpoint.c.note).order_by(log_checkpoint.c.size).limit(CHUNK)
        with store.reading() as connection:
            found = connection.execute(query.where(log_checkpoint.c.size > size, log_checkpoint.c.size <= last)).all()
        if not found:
            return
        yield from (bytes(note) for _, note in found)
        size = found[-1].size


def _beside(store: Store, found: Found, checked: dict[str, int]) -> Iterator[Problem]:
    """Yield where the stored tree, the index of events, the head and the snapshot differ from the log."""
    yield from _head(store, found)
    yield from _nodes(store, found, checked)
    yield from _events(store, found, checked)
    yield from _snapshot(store, found, checked)


def _head(store: Store, found: Found) -> Iterator[Problem]:
    with store.reading() as connection:
        row = connection.execute(select(log_head.c.size, log_head.c.root)).one_or_none()
    if row is None or (row.size <= found.tree.size and bytes(row.root) != found.tree.root(row.size)):
        message = "the head row is missing" if row is None else f"the head row has another root for {row.size} entries"
        yield _differs(message, found.tree.size - 1)


def _nodes(store: Store, found: Found, checked: dict[str, int]) -> Iterator[Problem]:
    count, size = 0, found.tree.size
    key = (tree_node.c.level, tree_node.c.idx)
    query = select(*key, tree_node.c.hash).order_by(*key)
    for level, index, hashed in _all(store, query, lambda last: tuple_(*key) > tuple_(last.level, last.idx)):
        if level < 1 or (index + 1) << level > size:
            continue  # of an append after this audit began, or nothing that a proof would read
        if found.tree.node(level, index) != bytes(hashed):
            yield _differs(
                f"node {index} at level {level} of the stored tree is not what its entries give", index << level
            )
            return
        count += 1
    checked["nodes"] = count
    if count < size - size.bit_count():
        yield _differs(f"the stored tree lacks {size - size.bit_count() - count} of its nodes", 0)


def _events(store: Store, found: Found, checked: dict[str, int]) -> Iterator[Problem]:
    count, size = 0, found.tree.size
    query = select(event_ix.c.event_id, event_ix.c.idx).order_by(event_ix.c.event_id)
    for event_id, index in _all(store, query, lambda last: event_ix.c.event_id > last.event_id):
        if index >= size:
            continue
        if not _is_event_id(event_id) or found.ids[index] != short_id(event_id):
            yield _differs(f"the index of events says that {event_id[:40]} is entry #{index}, it is not", index)
            return
        count += 1
    checked["events"] = count
    if count != size:
        yield _differs(f"the index of events knows {count} of {size} entries", 0)


def _snapshot(store: Store, found: Found, checked: dict[str, int]) -> Iterator[Problem]:
    with store.reading() as connection:
        kept = connection.execute(select(projector.c.name, projector.c.applied_size, projector.c.state)).all()
    for name, applied, state in kept:
        if applied > found.tree.size:
            continue
        try:
            registry = Registry.restore(bytes(state))
            for row in _rows(store, registry.size, found.tree.size):
                registry = refold(registry, row.data)
            same = registry == found.registry
        except (GovernError, LookupError, TypeError, ValueError):
            same = False
        checked["projections"] = checked.get("projections", 0) + 1
        if not same:
            yield _differs(f"the stored {name} is not what the first {applied} entries add up to", max(applied - 1, 0))


def _identities(store: Store, registry: Registry, checked: dict[str, int]) -> Iterator[Problem]:
    try:
        everybody = identities.everybody(store)
    except GovernError as error:
        yield Problem(Kind.EDITED, None, str(error), "restore the identity table from a backup")
        return
    checked["identities"] = len(everybody)
    for known in everybody:
        person = registry.people.get(known.person)
        if person and known.identity.commitment(known.salt) != person.commitment:
            yield Problem(
                Kind.EDITED,
                person.enrolment,
                f"the name kept for {known.person} is not the one that entry #{person.enrolment} or a later one committed to",
                "restore the identity table from a backup; until then nobody is printed under this name",
            )


def _blobs(store: Store, checked: dict[str, int]) -> Iterator[Problem]:
    for blob in blobs.check_all(store):
        checked["blobs"] = checked.get("blobs", 0) + 1
        if blob.problem:
            yield Problem(Kind.BLOB_DIFFERS, None, str(blob.problem), "restore this blob from a backup")


def _guards(store: Store) -> Iterator[Problem]:
    with store.reading() as connection:
        missing = guards.missing(connection)
    if missing:
        yield Problem(
            Kind.GUARDS_DROPPED,
            None,
            f"{len(missing)} of the database's guards against change are gone or altered, such as {missing[0]}",
            "somebody with the rights of an administrator removed them: find out who; a restored backup has them again",
        )


def _all(store: Store, query: Select[Any], after: Callable[[Any], ColumnElement[bool]]) -> Iterator[Any]:
    """Yield every row of an ordered query, a chunk at a time, so that no reader holds the writers up."""
    following = query
    while True:
        with store.reading() as connection:
            found = connection.execute(following.limit(CHUNK)).all()
        yield from found
        if len(found) < CHUNK:
            return
        following = query.where(after(found[-1]))


def _is_event_id(text: str) -> bool:
    return len(text) == 36 and set(text) <= set("0123456789abcdef-")  # noqa: PLR2004  a UUID in words


def _differs(message: str, entry: int) -> Problem:
    return Problem(Kind.PROJECTION_DIFFERS, entry, message, REBUILD)
