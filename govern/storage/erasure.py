"""Erasing for good: what is deleted here leaves no byte in SQLite's files once the block ends.

PostgreSQL keeps a deleted row until it is vacuumed, and in its write-ahead log until that is recycled. Backups and
replicas of either database keep it until they are replaced: docs/threats.md says so to whoever promises erasure.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

from govern.storage.sql import Connection
from govern.storage.store import WAITING_SECONDS, Store


@contextmanager
def erasing(store: Store) -> Iterator[Connection]:
    """Give a connection that writes; the store overwrites what is deleted, and the journal is emptied afterwards."""
    with store.writing() as connection:
        yield connection
    if store.file:
        # A rollback journal is emptied by every commit; a write-ahead log holds the old pages until it is told to let go.
        with closing(sqlite3.connect(store.file, timeout=WAITING_SECONDS)) as file:
            file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
