"""The registry as it was at some sizes, so that opening a ledger, or looking back, does not fold it from its first entry.

One is of late and is replaced; the others are milestones and stay. A cache, never the truth: the log signs each, whoever
edits one without the log's key only makes it useless.
"""

import zlib
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select

from govern.errors import GovernError
from govern.ledger.keys import Pen
from govern.ledger.merkle import Hash
from govern.ledger.note import VerifierKey, open_note, sign_note
from govern.ledger.strict import Digest, encode64
from govern.record.registry import SNAPSHOT_SCHEMA, Registry
from govern.storage.rows import Head
from govern.storage.standing import Edge, Standing
from govern.storage.tables import projector

EVERY = 512
"""How many entries are folded again at most when a ledger is opened after a crash."""

MILESTONE = 4096
"""How many entries are folded again at most to look back, and some that were appended at once."""

_LATEST = "registry"
_COMPRESSION = 1
_LARGEST = 1 << 30
_KEPT = (
    select(projector)
    .where(projector.c.code_version == SNAPSHOT_SCHEMA, projector.c.applied_size <= bindparam("most"))
    .order_by(projector.c.applied_size.desc(), projector.c.name)
)
_THERE = select(projector.c.code_version, projector.c.applied_size).where(projector.c.name == _LATEST)
_MILESTONE = select(func.max(projector.c.applied_size)).where(
    projector.c.code_version == SNAPSHOT_SCHEMA,
    projector.c.name != _LATEST,
    projector.c.applied_size <= bindparam("most"),
)
_FORGET = delete(projector).where(projector.c.name == bindparam("old"))
_FORGET_OTHERS = delete(projector).where(projector.c.name != _LATEST, projector.c.code_version != SNAPSHOT_SCHEMA)


def save(connection: Connection, standing: Standing, pen: Pen) -> None:
    """Keep the registry of ``standing``; the caller holds the head, so that two writers do not meet here."""
    size = standing.head.size
    there = connection.execute(_THERE).one_or_none()
    if there and there.code_version == SNAPSHOT_SCHEMA and there.applied_size >= size:
        return
    state = zlib.compress(standing.registry.snapshot(), _COMPRESSION)
    connection.execute(_FORGET, {"old": _LATEST})
    _add(connection, _LATEST, standing, state, pen)
    if size // MILESTONE > (connection.execute(_MILESTONE, {"most": size}).scalar() or 0) // MILESTONE:
        connection.execute(_FORGET_OTHERS)
        _add(connection, f"{_LATEST} of {size}", standing, state, pen)


def load(
    connection: Connection, head: Head, keys: Sequence[VerifierKey], most: int | None = None
) -> tuple[Edge, Registry] | None:
    """Return the newest registry that was kept, of ``most`` entries, and its tree's edge; nothing if none verifies."""
    for row in connection.execute(_KEPT, {"most": head.size if most is None else most}):
        found = _read(connection, row, keys)
        if found:
            return found
    return None


def registry(state: bytes) -> Registry:
    """Return the registry that is kept as ``state``."""
    unpacking = zlib.decompressobj()
    found = unpacking.decompress(state, _LARGEST)
    if not unpacking.eof:
        raise ValueError("the registry that is kept does not end")
    return Registry.restore(found)


def _read(connection: Connection, row: Row[Any], keys: Sequence[VerifierKey]) -> tuple[Edge, Registry] | None:
    try:
        # The root is that of the tree as it is now: a registry of another history has another signature.
        edge = Edge.stored(connection, row.applied_size)
        signed = _text(row.name, edge.size, edge.root, Digest.of(row.state))
        if open_note(row.signature, keys).text != signed:
            return None
        found = registry(row.state)
    except (GovernError, KeyError, TypeError, ValueError, zlib.error):
        return None
    return (edge, found) if found.size == edge.size else None


def _add(connection: Connection, name: str, standing: Standing, state: bytes, pen: Pen) -> None:
    head, digest = standing.head, Digest.of(state)
    row = {
        "name": name,
        "code_version": SNAPSHOT_SCHEMA,
        "applied_size": head.size,
        "digest": digest.value,
        "state": state,
        "signature": sign_note(_text(name, head.size, head.root, digest), standing.checkpoint.origin, pen.private),
    }
    connection.execute(insert(projector), row)


def _text(name: str, size: int, root: Hash, digest: Digest) -> str:
    # No checkpoint: that has a number in its second line, and the log's origin in its first.
    return f"govern/snapshot/v1\n{name}\n{SNAPSHOT_SCHEMA}\n{size}\n{encode64(root)}\n{digest}\n"
