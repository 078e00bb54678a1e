"""The registry as it was at some sizes, so that opening a ledger, or looking back, does not fold it from its first entry.

One is of late and is replaced; the others are milestones and stay. A cache, never the truth: the log signs each, whoever
edits one without the log's key only makes it useless.
"""

import gc
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from govern.errors import GovernError
from govern.ledger.keys import Pen
from govern.ledger.merkle import Hash
from govern.ledger.note import VerifierKey, open_note, sign_note
from govern.ledger.strict import Digest, encode64
from govern.record.registry import SNAPSHOT_SCHEMA, Registry
from govern.storage import sql
from govern.storage.rows import Head
from govern.storage.sql import Connection
from govern.storage.standing import Edge, Standing

EVERY = 512
"""How many entries are folded again at most when a ledger is opened after a crash."""

MILESTONE = 4096
"""How many entries are folded again at most to look back, and some that were appended at once."""

_LATEST = "registry"
_COMPRESSION = 1
_LARGEST = 1 << 30
_KEPT = (
    "SELECT name, applied_size FROM projector"
    " WHERE code_version = :release AND applied_size <= :most ORDER BY applied_size DESC, name"
)
_STATE = "SELECT state, signature FROM projector WHERE name = :name"
_THERE = "SELECT applied_size FROM projector WHERE name = :latest AND code_version = :release"
_MILESTONE = (
    "SELECT max(applied_size) FROM projector"
    " WHERE code_version = :release AND name <> :latest AND applied_size <= :most"
)
_FORGET = "DELETE FROM projector WHERE name = :latest"
_FORGET_OTHERS = "DELETE FROM projector WHERE name <> :latest AND code_version <> :release"
_ADD = (
    "INSERT INTO projector (name, code_version, applied_size, digest, state, signature)"
    " VALUES (:name, :code_version, :applied_size, :digest, :state, :signature)"
)
_OURS = {"latest": _LATEST, "release": SNAPSHOT_SCHEMA}


def save(connection: Connection, standing: Standing, pen: Pen) -> None:
    """Keep the registry of ``standing``; the caller holds the head, so that two writers do not meet here."""
    size = standing.head.size
    if (sql.value(connection, _THERE, _OURS) or 0) >= size:
        return
    state = zlib.compress(standing.registry.snapshot(), _COMPRESSION)
    sql.execute(connection, _FORGET, {"latest": _LATEST})
    _add(connection, _LATEST, standing, state, pen)
    if size // MILESTONE > (sql.value(connection, _MILESTONE, {**_OURS, "most": size}) or 0) // MILESTONE:
        sql.execute(connection, _FORGET_OTHERS, _OURS)
        _add(connection, f"{_LATEST} of {size}", standing, state, pen)


def load(
    connection: Connection, head: Head, keys: Sequence[VerifierKey], most: int | None = None
) -> tuple[Edge, Registry] | None:
    """Return the newest registry that was kept, of ``most`` entries, and its tree's edge; nothing if none verifies."""
    asked = {"release": SNAPSHOT_SCHEMA, "most": head.size if most is None else most}
    for name, size in sql.every(connection, _KEPT, asked):
        found = _read(connection, name, size, keys)
        if found:
            return found
    return None


def registry(state: bytes) -> Registry:
    """Return the registry that is kept as ``state``."""
    unpacking = zlib.decompressobj()
    found = unpacking.decompress(state, _LARGEST)
    if not unpacking.eof:
        raise ValueError("the registry that is kept does not end")
    with _uncollected():
        return Registry.restore(found)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Let the collector of circles rest: what is restored are many values, all of which stay."""
    ran = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if ran:
            gc.enable()


def _read(connection: Connection, name: str, size: int, keys: Sequence[VerifierKey]) -> tuple[Edge, Registry] | None:
    try:
        state, signature = sql.first(connection, _STATE, {"name": name})
        # The root is that of the tree as it is now: a registry of another history has another signature.
        edge = Edge.stored(connection, size)
        signed = _text(name, edge.size, edge.root, Digest.of(state))
        if open_note(signature, keys).text != signed:
            return None
        found = registry(state)
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
    sql.execute(connection, _ADD, row)


def _text(name: str, size: int, root: Hash, digest: Digest) -> str:
    # No checkpoint: that has a number in its second line, and the log's origin in its first.
    return f"govern/snapshot/v1\n{name}\n{SNAPSHOT_SCHEMA}\n{size}\n{encode64(root)}\n{digest}\n"
