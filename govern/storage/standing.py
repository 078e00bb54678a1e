"""Where a process knows the log to stand, and how it follows when others append.

A standing is only ever exchanged for a later one whose entries were hashed from the root before to a root that the log
signed: from the moment a ledger is opened, nothing is built on what was not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from govern.errors import Kind, Tampered
from govern.ledger import merkle
from govern.ledger.merkle import EMPTY_ROOT, Growth, Hash
from govern.ledger.note import Checkpoint, VerifierKey, open_checkpoint
from govern.record.refolding import refold
from govern.record.registry import Registry
from govern.storage import rows
from govern.storage.rows import Head, Leaf
from govern.storage.sql import Connection

_CHUNK = 512


@dataclass(frozen=True, slots=True)
class Edge:
    """The right edge of the tree of ``size`` entries: the complete subtrees that its root is made of."""

    size: int
    peaks: Mapping[tuple[int, int], Hash]

    @classmethod
    def stored(cls, connection: Connection, size: int) -> Self:
        places = peaks(size)
        return cls(size, rows.nodes(connection, places) | rows.leaf_hashes(connection, places))

    @property
    def root(self) -> Hash:
        return merkle.root(self.size, self.node)

    def node(self, level: int, index: int) -> Hash:
        hash_ = self.peaks.get((level, index))
        if hash_ is None:
            raise Tampered(f"node {index} at level {level} of the tree is not in the database", kind=Kind.DELETED)
        return hash_

    def growth(self, leaves: Sequence[Leaf]) -> Growth:
        return merkle.append(self.size, [leaf.hash for leaf in leaves], self.node)

    def known(self, leaves: Sequence[Leaf], growth: Growth) -> dict[tuple[int, int], Hash]:
        """Return every node that leads from one of ``leaves`` to the root of ``growth``."""
        grown = {(level, index): hash_ for level, index, hash_ in growth.nodes}
        return {**self.peaks, **grown, **{(0, leaf.index): leaf.hash for leaf in leaves}}

    def moved(self, leaves: Sequence[Leaf], growth: Growth) -> Self:
        known = self.known(leaves, growth)
        return type(self)(growth.size, {place: known[place] for place in peaks(growth.size)})


@dataclass(frozen=True, slots=True)
class Standing:
    """The newest checkpoint that was verified, as it was signed, the edge of its tree, and what the entries add up to."""

    checkpoint: Checkpoint
    note: bytes
    edge: Edge
    registry: Registry

    @classmethod
    def before_genesis(cls, origin: str) -> Self:
        return cls(Checkpoint(origin, 0, EMPTY_ROOT), b"", Edge(0, {}), Registry())

    @property
    def head(self) -> Head:
        return Head(self.checkpoint.size, self.checkpoint.root)


def peaks(size: int) -> list[tuple[int, int]]:
    """Return the places of the complete subtrees that a tree of ``size`` is made of."""
    return [(level, (size >> level) - 1) for level in range(size.bit_length()) if size >> level & 1]


def follow(connection: Connection, standing: Standing, keys: Sequence[VerifierKey], head: Head) -> Standing:
    """Return where the log stands at ``head``, everything since ``standing`` verified."""
    before = standing.head
    if head == before:
        return standing
    if head.size <= before.size:
        raise Tampered(
            f"the database has {head.size} entries under the root {head.root.hex()}, "
            f"this program has seen {before.size} under {before.root.hex()}",
            kind=Kind.ROLLED_BACK if head.size < before.size else Kind.FORKED,
            hint="somebody exchanged the database while it was in use; find out who",
        )
    checkpoint, note = signed_head(connection, head, keys)
    edge = verify(connection, standing.edge, head)
    return Standing(checkpoint, note, edge, folded(connection, standing.registry, head.size))


def folded(connection: Connection, registry: Registry, size: int) -> Registry:
    """Return what ``registry`` becomes with the entries after it, which were verified before."""
    for start in range(registry.size, size, _CHUNK):
        for leaf in rows.leaves(connection, start, min(size, start + _CHUNK)):
            registry = refold(registry, leaf.data)
    return registry


def signed_head(connection: Connection, head: Head, keys: Sequence[VerifierKey]) -> tuple[Checkpoint, bytes]:
    """Return the newest checkpoint, verified, and its bytes; raise `Tampered` unless it is the one of ``head``."""
    signed = rows.newest_checkpoint(connection)
    if signed is None or (signed.size, signed.root) != (head.size, head.root):
        newest = f"of {signed.size} under {signed.root.hex()}" if signed else "none"
        raise Tampered(
            f"the head row says {head.size} entries under the root {head.root.hex()}, the newest checkpoint is {newest}",
            kind=Kind.EDITED,
            hint="run `govern audit` to see where they part",
        )
    checkpoint = open_checkpoint(signed.note, keys)
    if (checkpoint.size, checkpoint.root) != (head.size, head.root):
        raise Tampered(
            f"the newest checkpoint is kept as one of {head.size} entries, the log signed one of {checkpoint.size} "
            f"under the root {checkpoint.root.hex()}",
            kind=Kind.EDITED,
            hint="run `govern audit` to see where they part",
        )
    return checkpoint, signed.note


def verify(connection: Connection, edge: Edge, end: Head) -> Edge:
    """Return the edge at ``end``; raise `Tampered` unless the entries from ``edge`` on, hashed again, lead there."""
    while edge.size < end.size:
        chunk = rows.leaves(connection, edge.size, min(end.size, edge.size + _CHUNK))
        growth = regrown(edge, chunk)
        require_nodes(growth, rows.nodes(connection, [(level, index) for level, index, _ in growth.nodes]))
        edge = edge.moved(chunk, growth)
    if edge.root != end.root:
        raise Tampered(
            f"the first {end.size} entries have the root {edge.root.hex()}, the log signed {end.root.hex()}",
            kind=Kind.EDITED,
            hint="run `govern audit` to see the first entry that is wrong",
        )
    return edge


def regrown(edge: Edge, leaves: Sequence[Leaf]) -> Growth:
    """Return what ``leaves``, each hashed again from its bytes, add to the tree."""
    for leaf in leaves:
        hash_ = merkle.leaf_hash(leaf.data)
        if hash_ != leaf.hash:
            raise Tampered(
                f"entry #{leaf.index} has the hash {hash_.hex()}, stored is {leaf.hash.hex()}",
                kind=Kind.EDITED,
                entry=leaf.index,
                hint="keep the database as it is; restore a backup beside it and compare",
            )
    return edge.growth(leaves)


def require_nodes(growth: Growth, stored: Mapping[tuple[int, int], Hash]) -> None:
    """Raise `Tampered` unless the nodes of ``growth`` are among those stored."""
    for level, index, hash_ in growth.nodes:
        found = stored.get((level, index))
        if found != hash_:
            raise Tampered(
                f"node {index} at level {level} of the stored tree is {found.hex() if found else 'missing'}, "
                f"its entries make it {hash_.hex()}",
                kind=Kind.EDITED if found else Kind.DELETED,
            )
