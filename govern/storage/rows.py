"""The log's rows: every statement that reads or writes them, each compiled once.

What is read here is what the database says, nothing of it is verified yet.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, insert, or_, select, update

from govern.errors import InvalidInput, Kind, Tampered
from govern.ledger.merkle import Growth, Hash, Reader
from govern.storage.tables import event_ix, log_checkpoint, log_entry, log_head, tree_node

_HEAD = select(log_head.c.size, log_head.c.root)
_TAKE_HEAD = _HEAD.with_for_update()
_MOVE_HEAD = (
    update(log_head)
    .where(log_head.c.id == 1, log_head.c.size == bindparam("held"))
    .values(size=bindparam("to"), root=bindparam("hash"))
)
_LEAVES = (
    select(log_entry.c.idx, log_entry.c.leaf_hash, log_entry.c.data)
    .where(log_entry.c.idx >= bindparam("start"), log_entry.c.idx < bindparam("stop"))
    .order_by(log_entry.c.idx)
)
_LEAF_HASH = select(log_entry.c.leaf_hash).where(log_entry.c.idx == bindparam("idx"))
_LEAF_HASHES = select(log_entry.c.idx, log_entry.c.leaf_hash).where(
    log_entry.c.idx.in_(bindparam("places", expanding=True))
)
_NODE = select(tree_node.c.hash).where(tree_node.c.level == bindparam("level"), tree_node.c.idx == bindparam("idx"))
_CHECKPOINT = select(log_checkpoint.c.size, log_checkpoint.c.root, log_checkpoint.c.note)
_NEWEST = _CHECKPOINT.order_by(log_checkpoint.c.size.desc()).limit(1)
_EXACTLY = _CHECKPOINT.where(log_checkpoint.c.size == bindparam("size"))
_ONWARDS = (
    _CHECKPOINT.where(log_checkpoint.c.size >= bindparam("start"))
    .order_by(log_checkpoint.c.size)
    .limit(bindparam("most"))
)
_EVENTS = select(event_ix.c.event_id, event_ix.c.idx).where(event_ix.c.event_id.in_(bindparam("ids", expanding=True)))
_NEW_ENTRY, _NEW_NODE, _NEW_EVENT, _NEW_CHECKPOINT = map(insert, (log_entry, tree_node, event_ix, log_checkpoint))


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
    return _head(connection, _TAKE_HEAD)


def move_head(connection: Connection, held: Head, to: Head) -> None:
    """Move the head row on; raise `Tampered` if somebody moved it although we held it."""
    moved = connection.execute(_MOVE_HEAD, {"held": held.size, "to": to.size, "hash": to.root})
    if moved.rowcount != 1:
        raise Tampered(f"the head is no longer at {held.size}, although this writer holds it", kind=Kind.FORKED)


def leaves(connection: Connection, start: int, stop: int) -> list[Leaf]:
    """Return the entries from ``start`` up to ``stop``; raise `Tampered` if one of them is missing."""
    found = [Leaf(*row) for row in connection.execute(_LEAVES, {"start": start, "stop": stop})]
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
        found = connection.execute(statement, where).scalar()
        if found is None:
            raise Tampered(f"node {index} at level {level} is not in the database", kind=Kind.DELETED)
        return bytes(found)

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
    found = connection.execute(_nodes(len(bounds)), where)
    return {(level, index): bytes(hash_) for level, index, hash_ in found if (level, index) in wanted}


def leaf_hashes(connection: Connection, places: Iterable[tuple[int, int]]) -> dict[tuple[int, int], Hash]:
    """Return the stored hashes of those of the nodes that are leaves."""
    wanted = [index for level, index in places if not level]
    if not wanted:
        return {}
    return {(0, index): bytes(hash_) for index, hash_ in connection.execute(_LEAF_HASHES, {"places": wanted})}


def newest_checkpoint(connection: Connection) -> Signed | None:
    row = connection.execute(_NEWEST).one_or_none()
    return Signed(*row) if row else None


def checkpoint(connection: Connection, size: int) -> Signed:
    row = connection.execute(_EXACTLY, {"size": size}).one_or_none()
    if not row:
        raise InvalidInput(
            f"no checkpoint of {size} entries was signed", hint="see `govern log show` for those that were"
        )
    return Signed(*row)


def checkpoints(connection: Connection, start: int, most: int) -> list[Signed]:
    return [Signed(*row) for row in connection.execute(_ONWARDS, {"start": start, "most": most})]


def events(connection: Connection, ids: Iterable[str]) -> dict[str, int]:
    """Return where those of the events stand that were filed before."""
    wanted = list(ids)
    if not wanted:
        return {}
    return {str(id_): int(index) for id_, index in connection.execute(_EVENTS, {"ids": wanted})}


def add(connection: Connection, new: Sequence[Leaf], growth: Growth, ids: dict[str, int]) -> None:
    """Insert entries, the nodes they complete, and the ids of their events."""
    connection.execute(_NEW_ENTRY, [{"idx": leaf.index, "leaf_hash": leaf.hash, "data": leaf.data} for leaf in new])
    if growth.nodes:
        connection.execute(
            _NEW_NODE, [{"level": level, "idx": index, "hash": hash_} for level, index, hash_ in growth.nodes]
        )
    connection.execute(_NEW_EVENT, [{"event_id": id_, "idx": index} for id_, index in ids.items()])


def add_checkpoint(connection: Connection, signed: Signed) -> None:
    connection.execute(_NEW_CHECKPOINT, {"size": signed.size, "root": signed.root, "note": signed.note})


def _require(type_: type, *values: object) -> None:
    """Raise `Tampered` for what only SQLite would keep: a text in place of a number or of bytes."""
    for value in values:
        if not isinstance(value, type_):
            raise Tampered(
                f"the database has {value!r:.40} where {type_.__name__} belong",
                kind=Kind.EDITED,
                hint="run `govern audit` to see where",
            )


def _head(connection: Connection, statement: Any) -> Head:
    row = connection.execute(statement).one_or_none()
    if row is None:
        raise Tampered("the head row is not in the database", kind=Kind.DELETED)
    return Head(*row)


@cache
def _nodes(levels: int) -> Select[Any]:
    """Return the statement for a range on each of so many levels; SQLite reads the whole table for a list of pairs."""
    return select(tree_node.c.level, tree_node.c.idx, tree_node.c.hash).where(
        or_(
            *(
                and_(
                    tree_node.c.level == bindparam(f"level_{place}"),
                    tree_node.c.idx.between(bindparam(f"first_{place}"), bindparam(f"last_{place}")),
                )
                for place in range(levels)
            )
        )
    )
