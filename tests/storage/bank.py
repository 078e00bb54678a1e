"""A ledger on a real database for tests: opened and closed at will, its clock set by hand, and checked as a whole."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import text

from govern.ledger.envelope import Entry, Envelope
from govern.ledger.keys import Pen
from govern.ledger.merkle import Tree, leaf_hash
from govern.ledger.note import Checkpoint, open_checkpoint
from govern.ledger.proof import Proof, check_proof
from govern.record.registry import Registry
from govern.storage.local import LocalLedger
from govern.storage.lock import Lock
from govern.storage.store import Store
from tests.people import LOG_KEY, LOG_PEN, START, Actor, founding, signed, trail_review

ADA = Actor("ada")


def nothing(step: str) -> None:
    """Let every step pass."""


@dataclass
class Bank:
    """Where a ledger lies."""

    url: str
    lock: Path
    now: datetime = field(default=START)
    opened: list[Store] = field(default_factory=list)

    def clock(self) -> datetime:
        return self.now

    def wait(self, **period: float) -> None:
        self.now += timedelta(**period)

    def create(self, at: Callable[[str], None] = nothing) -> LocalLedger:
        store = self._kept(Store.create(self.url))
        return LocalLedger.create(store, self.lock, LOG_PEN, founding("ada"), clock=self.clock, at=at)

    def open(self, pen: Pen | None = LOG_PEN, at: Callable[[str], None] = nothing) -> LocalLedger:
        return LocalLedger.open(self.store(), self.lock, [LOG_KEY], pen, clock=self.clock, at=at)

    def store(self) -> Store:
        return self._kept(Store.open(self.url))

    def close(self) -> None:
        for store in self.opened:
            store.close()

    def _kept(self, store: Store) -> Store:
        self.opened.append(store)
        return store

    def tamper(self, *statements: str) -> None:
        """Do to the database what its owner can, the guards taken off for the while."""
        store = Store.open(self.url)
        with store.writing() as connection:
            is_sqlite = connection.dialect.name == "sqlite"
            if is_sqlite:
                triggers = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
                down = [f"DROP TRIGGER {name}" for name, _ in triggers]
                up = [sql for _, sql in triggers]
            else:
                names = connection.execute(
                    text("SELECT tgrelid::regclass, tgname FROM pg_trigger WHERE tgenabled = 'A'")
                )
                triggers = names.all()
                down = [f"ALTER TABLE {table} DISABLE TRIGGER {name}" for table, name in triggers]
                up = [f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}" for table, name in triggers]
            for statement in (*down, *statements, *up):
                connection.exec_driver_sql(statement)
        store.close()


def review(ledger: LocalLedger, word: str, now: datetime = START) -> Envelope:
    """Return a statement of Ada's, signed on what the ledger is now; another word makes it another statement."""
    registry = ledger.registry
    return restate(registry, ledger.root(registry.size), word, now)


def restate(registry: Registry, root: bytes, word: str, now: datetime = START) -> Envelope:
    return signed(registry, root, trail_review(registry.size), ADA, now=now, word=word)


def released(lock: Path) -> Checkpoint:
    return Lock(lock, (LOG_KEY,)).read()


def check_receipt(leaf: bytes, proof: bytes) -> Checkpoint:
    """Return the checkpoint that a receipt leads to, verified by nothing but the log's key."""
    return check_proof(Proof.parse(proof), leaf, [LOG_KEY])


def check_whole(bank: Bank) -> int:
    """Verify everything there is, from the bytes; return how many entries that is."""
    ledger = bank.open(pen=None)
    leaves = list(ledger.entries())
    tree, ids = Tree(), set()
    for index, leaf in enumerate(leaves):
        entry = Entry.parse(leaf)
        assert entry.index == index
        tree.append(leaf_hash(leaf))
        ids.add(entry.envelope.payload)
    assert len(ids) == len(leaves)
    checkpoints = [open_checkpoint(note, [LOG_KEY]) for note in ledger.checkpoints()]
    for checkpoint in checkpoints:
        assert checkpoint.root == tree.root(checkpoint.size)
    assert checkpoints[-1].size == len(leaves) == ledger.registry.size
    locked = released(bank.lock)
    assert locked.root == tree.root(locked.size)
    ledger.close()
    return len(leaves)
