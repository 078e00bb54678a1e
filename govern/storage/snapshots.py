"""The registry as it was at some size, so that opening a ledger does not fold it from its first entry.

A cache, never the truth: the log signs it, whoever edits it without the log's key only makes it useless.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, insert, select, update

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

_NAME = "registry"
_LOAD = select(projector).where(projector.c.name == _NAME, projector.c.code_version == SNAPSHOT_SCHEMA)
_THERE = select(projector.c.code_version, projector.c.applied_size).where(projector.c.name == _NAME)
_REPLACE = update(projector).where(projector.c.name == bindparam("held"))


def save(connection: Connection, standing: Standing, pen: Pen) -> None:
    """Keep the registry of ``standing``; the caller holds the head, so that two writers do not meet here."""
    head, there = standing.head, connection.execute(_THERE).one_or_none()
    if there and there.code_version == SNAPSHOT_SCHEMA and there.applied_size >= head.size:
        return
    state = standing.registry.snapshot()
    digest = Digest.of(state)
    row = {
        "name": _NAME,
        "code_version": SNAPSHOT_SCHEMA,
        "applied_size": head.size,
        "digest": digest.value,
        "state": state,
        "signature": sign_note(_text(head.size, head.root, digest), standing.checkpoint.origin, pen.private),
    }
    if there is None:
        connection.execute(insert(projector), row)
    else:
        connection.execute(_REPLACE, {"held": _NAME, **row})


def load(connection: Connection, head: Head, keys: Sequence[VerifierKey]) -> tuple[Edge, Registry] | None:
    """Return the registry that was kept and the edge of its tree; nothing if none is, or it does not verify."""
    row = connection.execute(_LOAD).one_or_none()
    if row is None or not 0 < row.applied_size <= head.size:
        return None
    try:
        # The root is that of the tree as it is now: a registry of another history has another signature.
        edge = Edge.stored(connection, row.applied_size)
        if open_note(row.signature, keys).text != _text(edge.size, edge.root, Digest.of(row.state)):
            return None
        registry = Registry.restore(row.state)
    except (GovernError, KeyError, TypeError, ValueError):
        return None
    return (edge, registry) if registry.size == edge.size else None


def _text(size: int, root: Hash, digest: Digest) -> str:
    # No checkpoint: that has a number in its second line, and the log's origin in its first.
    return f"govern/snapshot/v1\n{_NAME}\n{SNAPSHOT_SCHEMA}\n{size}\n{encode64(root)}\n{digest}\n"
