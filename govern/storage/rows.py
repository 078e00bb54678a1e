"""The log's rows: every statement that reads or writes them.

What is read here is what the database says, nothing of it is verified yet.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from govern.errors import InvalidInput, Kind, Tampered
from govern.ledger.merkle import Growth, Hash, Reader
from govern.storage import sql
from govern.storage.sql import Connection

_HEAD = "SELECT size, root FROM log_head"
_MOVE_HEAD = "UPDATE log_head SET size = :to, root = :hash WHERE id = 1 AND size = :held"
_LEAVES = "SELECT idx, leaf_hash, data FROM log_entry WHERE idx >= :start AND idx < :stop ORDER BY idx"
_LEAF_HASH = "SELECT leaf_hash FROM log_entry WHERE idx = :idx"
_LEAF_HASHES = "SELECT idx, leaf_hash FROM log_entry WHERE idx IN "
_NODE = "SELECT hash FROM tree_node WHERE level = :level AND idx = :idx"
_NODES = "SELECT level, idx, hash FROM tree_node WHERE "
_NEWEST = "SELECT size, root, note FROM log_checkpoint ORDER BY size DESC LIMIT 1"
_EXACTLY = "SELECT size, root, note FROM log_checkpoint WHERE size = :size"
_ONWARDS = "SELECT size, root, note FROM log_checkpoint WHERE size >= :start ORDER BY size LIMIT :most"
_EVENTS = "SELECT event_id, idx FROM event_ix WHERE event_id IN "
_NEW_ENTRY = "INSERT INTO log_entry (idx, leaf_hash, data) VALUES (:idx, :leaf_hash, :data)"
_NEW_NODE = "INSERT INTO tree_node (level, idx, hash) VALUES (:level, :idx, :hash)"
_NEW_EVENT = "INSERT INTO event_ix (event_id, idx) VALUES (:event_id, :idx)"
_NEW_CHECKPOINT = "INSERT INTO log_checkpoint (size, root, note) VALUES (:size, :root, :note)"


@dataclass(frozen=True, slots=True)
class Head:
    """How far the log goes, as the head row has it."""

    size: int
    root: Hash

    def __post_init__(self) -> None:
        _require(int, self.size)
        _require(bytes, self.root)


@dataclass(frozen=True, slots=True)
class Leaf:
    """An entry as it is stored."""

    index: int
    hash: Hash
    data: bytes

    def __post_init__(self) -> None:
        _require(bytes, self.hash, self.data)


@dataclass(frozen=True, slots=True)
class Signed:
    """A checkpoint as it is stored."""

    size: int
    root: Hash
    note: bytes

    def __post_init__(self) -> None:
        _require(bytes, self.root, self.note)


def head(connection: Connection) -> Head:
    return _head(connection, _HEAD)


def take_head(connection: Connection) -> Head:
    """Return the head row and hold it until the transaction ends; PostgreSQL queues the writers here."""
    return _head(connection, _HEAD if sql.is_sqlite(connection) else f"{_HEAD} FOR UPDATE")


def move_head(connection: Connection, held: Head, to: Head) -> None:
    """Move the head row on; raise `Tampered` if somebody moved it although we held it."""
    moved = sql.execute(connection, _MOVE_HEAD, {"held": held.size, "to": to.size, "hash": to.root})
    if moved.rowcount != 1:
        raise Tampered(f"the head is no longer at {held.size}, although this writer holds it", kind=Kind.FORKED)


def leaves(connection: Connection, start: int, stop: int) -> list[Leaf]:
    """Return the entries from ``start`` up to ``stop``; raise `Tampered` if one of them is missing."""
    found = [Leaf(*row) for row in sql.every(connection, _LEAVES, {"start": start, "stop": stop})]
    if [leaf.index for leaf in found] != list(range(start, stop)):
        gap = next(
            (index for index, leaf in zip(range(start, stop), found, strict=False) if leaf.index != index),
            start + len(found),
        )
        raise Tampered(
            f"entry #{gap} is not in the database",
            kind=Kind.DELETED,
            entry=gap,
            hint="run `govern audit` to see what else is wrong, and restore a backup into another folder",
        )
    return found


def node_reader(connection: Connection) -> Reader:
    """Return a reader of the stored tree."""

    def node(level: int, index: int) -> Hash:
        statement, where = (_NODE, {"level": level, "idx": index}) if level else (_LEAF_HASH, {"idx": index})
        found = sql.value(connection, statement, where)
        if found is None:
            raise Tampered(f"node {index} at level {level} is not in the database", kind=Kind.DELETED)
        return _hash(found)

    return node


def nodes(connection: Connection, places: Iterable[tuple[int, int]]) -> dict[tuple[int, int], Hash]:
    """Return those of the nodes above the leaves that are stored."""
    wanted = {place for place in places if place[0]}
    bounds: dict[int, tuple[int, int]] = {}
    for level, index in wanted:
        first, last = bounds.get(level, (index, index))
        bounds[level] = (min(first, index), max(last, index))
    if not bounds:
        return {}
    where = {
        f"{name}_{place}": value
        for place, (level, (first, last)) in enumerate(bounds.items())
        for name, value in (("level", level), ("first", first), ("last", last))
    }
    found = sql.every(connection, _NODES + _ranges(len(bounds)), where)
    return {(level, index): _hash(hash_) for level, index, hash_ in found if (level, index) in wanted}


def leaf_hashes(connection: Connection, places: Iterable[tuple[int, int]]) -> dict[tuple[int, int], Hash]:
    """Return the stored hashes of those of the nodes that are leaves."""
    wanted = [index for level, index in places if not level]
    if not wanted:
        return {}
    listed, parameters = sql.among(wanted)
    return {(0, index): _hash(hash_) for index, hash_ in sql.every(connection, _LEAF_HASHES + listed, parameters)}


def newest_checkpoint(connection: Connection) -> Signed | None:
    row = sql.first(connection, _NEWEST)
    return Signed(*row) if row else None


def checkpoint(connection: Connection, size: int) -> Signed:
    row = sql.first(connection, _EXACTLY, {"size": size})
    if not row:
        raise InvalidInput(
            f"no checkpoint of {size} entries was signed", hint="see `govern log show` for those that were"
        )
    return Signed(*row)


def checkpoints(connection: Connection, start: int, most: int) -> list[Signed]:
    return [Signed(*row) for row in sql.every(connection, _ONWARDS, {"start": start, "most": most})]


def events(connection: Connection, ids: Iterable[str]) -> dict[str, int]:
    """Return where those of the events stand that were filed before."""
    listed, parameters = sql.among(ids)
    if not parameters:
        return {}
    return {str(id_): int(index) for id_, index in sql.every(connection, _EVENTS + listed, parameters)}


def add(connection: Connection, new: Sequence[Leaf], growth: Growth, ids: dict[str, int]) -> None:
    """Insert entries, the nodes they complete, and the ids of their events."""
    entries = [{"idx": leaf.index, "leaf_hash": leaf.hash, "data": leaf.data} for leaf in new]
    sql.execute(connection, _NEW_ENTRY, entries)
    if growth.nodes:
        nodes = [{"level": level, "idx": index, "hash": hash_} for level, index, hash_ in growth.nodes]
        sql.execute(connection, _NEW_NODE, nodes)
    sql.execute(connection, _NEW_EVENT, [{"event_id": id_, "idx": index} for id_, index in ids.items()])


def add_checkpoint(connection: Connection, signed: Signed) -> None:
    sql.execute(connection, _NEW_CHECKPOINT, {"size": signed.size, "root": signed.root, "note": signed.note})


def _require(type_: type, *values: object) -> None:
    """Raise `Tampered` for what only SQLite would keep: a text in place of a number or of bytes."""
    for value in values:
        if not isinstance(value, type_):
            raise Tampered(
                f"the database has {value!r:.40} where {type_.__name__} belong",
                kind=Kind.EDITED,
                hint="run `govern audit` to see where",
            )


def _hash(value: object) -> Hash:
    _require(bytes, value)
    assert isinstance(value, bytes)
    return value


def _head(connection: Connection, statement: str) -> Head:
    row = sql.first(connection, statement)
    if row is None:
        raise Tampered("the head row is not in the database", kind=Kind.DELETED)
    return Head(*row)


@cache
def _ranges(levels: int) -> str:
    """Return a range on each of so many levels; SQLite reads the whole table for a list of pairs."""
    return " OR ".join(
        f"(level = :level_{place} AND idx BETWEEN :first_{place} AND :last_{place})" for place in range(levels)
    )
