"""Five things that somebody with every right on the database might do; each to a copy of the ledger.

Whoever can do this can also take the database's guards down and put them up again, so these do.
"""

import base64
import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from govern.errors import Kind
from govern.ledger.envelope import Entry
from govern.ledger.merkle import Tree, leaf_hash, node_hash
from govern.ledger.note import Checkpoint, sign_note
from govern.storage import logkey
from govern.storage.folder import Folder


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attack: what is done to the copy, and what the audit has to call it."""

    title: str
    act: Callable[[Folder, Path], None]
    kind: Kind


def edit(folder: Folder, earlier: Path) -> None:
    """Make a risk officer a validator in the entry that enrolled them."""
    del earlier
    with _database(folder) as database:
        index, data = _enrolment(database, "risk-officer")
        entry = json.loads(data)
        statement = base64.b64decode(entry["payload"]).replace(b'"risk-officer"', b'"validator"')
        entry["payload"] = base64.b64encode(statement).decode()
        changed = json.dumps(entry, separators=(",", ":")).encode()
        database.execute(
            "UPDATE log_entry SET data = ?, leaf_hash = ? WHERE idx = ?", (changed, leaf_hash(changed), index)
        )


def delete(folder: Folder, earlier: Path) -> None:
    """Take out the entry that says somebody was refused."""
    del earlier
    with _database(folder) as database:
        index = _index_of(database, b"attestation/refusal/")
        database.execute("DELETE FROM log_entry WHERE idx = ?", (index,))


def reorder(folder: Folder, earlier: Path) -> None:
    """Let two entries change places."""
    del earlier
    with _database(folder) as database:
        rows = database.execute(
            "SELECT idx, data, leaf_hash FROM log_entry WHERE idx IN (4, 5) ORDER BY idx"
        ).fetchall()
        for index, (_, data, hashed) in zip((5, 4), rows, strict=True):
            database.execute("UPDATE log_entry SET data = ?, leaf_hash = ? WHERE idx = ?", (data, hashed, index))


def roll_back(folder: Folder, earlier: Path) -> None:
    """Put yesterday's copy of the database in the place of today's."""
    shutil.copyfile(earlier, folder.path / folder.database)


def rewrite(folder: Folder, earlier: Path) -> None:
    """Steal the log's key, take the refusal out, write everything after it again, and sign the new history."""
    del earlier
    with _database(folder) as database:
        gone = _index_of(database, b"attestation/refusal/")
        leaves = [bytes(data) for (data,) in database.execute("SELECT data FROM log_entry ORDER BY idx")]
        kept = [Entry.parse(leaf) for index, leaf in enumerate(leaves) if index != gone]
        again = [Entry(index, entry.recorded_at, entry.envelope).leaf() for index, entry in enumerate(kept)]
        tree = Tree()
        for table in ("log_entry", "tree_node", "log_checkpoint", "event_ix", "projector"):
            database.execute(f"DELETE FROM {table}")  # noqa: S608  names from the line above
        pen, origin = logkey.read(folder.log_key_path).pen, folder.origin
        for index, leaf in enumerate(again):
            tree.append(leaf_hash(leaf))
            database.execute("INSERT INTO log_entry VALUES (?, ?, ?)", (index, leaf_hash(leaf), leaf))
            note = sign_note(str(Checkpoint(origin, index + 1, tree.root())), origin, pen.private)
            database.execute("INSERT INTO log_checkpoint VALUES (?, ?, ?)", (index + 1, tree.root(), note))
        for level, index in _perfect(len(again)):
            left, right = tree.node(level - 1, 2 * index), tree.node(level - 1, 2 * index + 1)
            database.execute("INSERT INTO tree_node VALUES (?, ?, ?)", (level, index, node_hash(left, right)))
        database.execute("UPDATE log_head SET size = ?, root = ?", (len(again), tree.root()))


ATTEMPTS = (
    Attempt("edits an entry: a risk officer becomes a validator", edit, Kind.EDITED),
    Attempt("deletes the entry that says somebody was refused", delete, Kind.DELETED),
    Attempt("lets two entries change places", reorder, Kind.REORDERED),
    Attempt("puts an older copy of the whole database in its place", roll_back, Kind.ROLLED_BACK),
    Attempt("steals the log's key too, and rewrites history with it", rewrite, Kind.DELETED),
)


@contextmanager
def _database(folder: Folder) -> Iterator[sqlite3.Connection]:
    """Open the database behind everybody's back: the guards go before, and come back after."""
    with closing(sqlite3.connect(folder.path / folder.database)) as database:
        guards = database.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in guards:
            database.execute(f'DROP TRIGGER "{name}"')
        yield database
        for _, sql in guards:
            database.execute(sql)
        database.commit()


def _index_of(database: sqlite3.Connection, word: bytes) -> int:
    for index, data in database.execute("SELECT idx, data FROM log_entry ORDER BY idx"):
        if word in Entry.parse(bytes(data)).envelope.payload:
            return int(index)
    raise LookupError(word)


def _enrolment(database: sqlite3.Connection, role: str) -> tuple[int, bytes]:
    for index, data in database.execute("SELECT idx, data FROM log_entry ORDER BY idx"):
        payload = Entry.parse(bytes(data)).envelope.payload
        if b"attestation/enrol/" in payload and role.encode() in payload:
            return int(index), bytes(data)
    raise LookupError(role)


def _perfect(size: int) -> Iterator[tuple[int, int]]:
    """Yield the places of the nodes above the leaves that a tree of ``size`` has."""
    for level in range(1, size.bit_length()):
        for index in range(size >> level):
            yield level, index
