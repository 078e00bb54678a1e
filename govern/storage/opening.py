"""What is verified when a ledger is opened: not everything, but all that tells whether this is the log that it was.

The head against the newest signed checkpoint, both against the lock file, the right edge of the tree, the newest entries
with their event ids. The whole log is verified by `govern audit`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from govern.errors import GovernError, InvalidInput, Kind, Tampered
from govern.ledger import merkle
from govern.ledger.merkle import Hash
from govern.ledger.note import Checkpoint, VerifierKey, open_checkpoint
from govern.record.refolding import event_id
from govern.record.registry import Registry
from govern.storage import lock, rows, snapshots
from govern.storage.lock import Lock
from govern.storage.rows import Head
from govern.storage.sql import Connection
from govern.storage.standing import Edge, Standing, folded, signed_head, verify
from govern.storage.store import Store

NEWEST = 256
"""How many entries are hashed again at every opening."""


@dataclass(frozen=True, slots=True)
class Opened:
    """Where the log stands, if that could be verified, and what speaks against writing to it."""

    standing: Standing | None
    fault: GovernError | None = None
    kept: int = 0
    """The size that the registry was last kept at."""


def opened(store: Store, locked: Lock, keys: Sequence[VerifierKey]) -> Opened:
    """Return what the ledger is found to be; raise only if it cannot be read at all."""
    # The lock first: it follows the database, so that read in this order it is never honestly ahead.
    fault: GovernError | None = None
    held: Checkpoint | None = None
    try:
        held = locked.read()
    except GovernError as error:
        fault = error
    with store.reading() as connection:
        try:
            head = rows.head(connection)
            standing, kept = _standing(connection, head, keys) if head.size else (None, 0)
        except Tampered as error:
            return Opened(None, error)
        except (InvalidInput, KeyError, TypeError, ValueError) as error:
            # SQLite keeps a text where bytes belong, and what is not verified yet may be anything.
            message = f"{store.place} holds what Govern never writes: {error}"
            return Opened(None, Tampered(message, kind=Kind.EDITED, hint="run `govern audit` to see where"))
        if standing is None:
            raise InvalidInput(f"{store.place} holds no ledger yet", hint="`govern init` was broken off: begin again")
        try:
            if held:
                lock.require_reached(held, standing.checkpoint, locked.path)
                lock.compare(held, standing.checkpoint, prover(connection), locked.path)
        except Tampered as error:
            fault = error
    return Opened(standing, fault, kept)


def prover(connection: Connection) -> Callable[[int, int], list[Hash]]:
    """Return a prover of consistency on the stored tree."""
    return lambda old, new: merkle.consistency(old, new, rows.node_reader(connection))


def trust(store: Store, path: Path, keys: tuple[VerifierKey, ...], note: bytes) -> Checkpoint:
    """Let ``note``, which a person compared, be the lock file; raise unless the database has all that it covers."""
    checkpoint = open_checkpoint(note, keys)
    with store.reading() as connection:
        head = rows.head(connection)
        if checkpoint.size > head.size:
            raise InvalidInput(
                f"the checkpoint is of {checkpoint.size} entries, the database has {head.size}",
                hint="restore a newer backup, or give a checkpoint that the database still has",
            )
        signed, _ = signed_head(connection, head, keys)
        lock.compare(checkpoint, signed, prover(connection), path)
    Lock(path, keys).trust(note)
    return checkpoint


def _standing(connection: Connection, head: Head, keys: Sequence[VerifierKey]) -> tuple[Standing, int]:
    checkpoint, note = signed_head(connection, head, keys)
    _check_newest(connection, head)
    edge, registry = snapshots.load(connection, head, keys) or (Edge(0, {}), Registry())
    last = verify(connection, edge, head)
    return Standing(checkpoint, note, last, folded(connection, registry, head.size)), registry.size


def _check_newest(connection: Connection, head: Head) -> None:
    start = max(0, head.size - NEWEST)
    verify(connection, Edge.stored(connection, start), head)
    ids = {event_id(leaf.data): leaf.index for leaf in rows.leaves(connection, start, head.size)}
    if rows.events(connection, ids) != ids:
        raise Tampered(
            "the index of event ids does not lead to the newest entries",
            kind=Kind.PROJECTION_DIFFERS,
            hint="somebody edited the table event_ix; restore it from a backup",
        )
