"""A ledger's database: how it is opened, read and written, on SQLite or PostgreSQL.

A transaction that reads sees one moment; one that writes holds its turn, is on the disk when it is over, or never was.
SQLite older than 3.51.3 can lose a commit when its write-ahead log is reset, so there it keeps a rollback journal, and
everywhere it flushes before it says that something is written. Reading SQLite loads no SQLAlchemy (sql.py).
"""

import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from functools import partial
from pathlib import Path
from threading import Lock as Mutex
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote

from govern.errors import InvalidInput, Unavailable
from govern.storage import durable, failures, sql
from govern.storage.sql import Connection

if TYPE_CHECKING:
    from sqlalchemy import URL
    from sqlalchemy import Connection as Writing

    from govern.storage.engines import Pool

SCHEMA = 1
"""Raised by every change of the tables; a database from a newer one is not opened."""

WAITING_SECONDS = 20
"""How long a turn is waited for before another program is said to hold the database."""

SQLITE_VERSION = sqlite3.sqlite_version
_FILE = "sqlite:///"
_SAFE_WAL = (3, 51, 3)

_SQLITE_SETTINGS = {
    "journal_mode": "WAL" if sqlite3.sqlite_version_info >= _SAFE_WAL else "TRUNCATE",
    "synchronous": "FULL",
    "fullfsync": "ON",
    "foreign_keys": "ON",
    "recursive_triggers": "ON",
    "trusted_schema": "OFF",
    "cell_size_check": "ON",
    "mmap_size": "0",
    # An identity that is erased leaves the file.
    "secure_delete": "ON",
}
_POSTGRESQL_SETTINGS = {
    "synchronous_commit": "on",
    "lock_timeout": f"'{WAITING_SECONDS}s'",
    # A writer that hangs gives its turn up.
    "idle_in_transaction_session_timeout": "'60s'",
}
_SCHEMA = "SELECT value FROM meta WHERE name = 'schema'"


class Store:
    """A database, for as long as it is open."""

    def __init__(self, where: "Path | URL", *, creating: bool = False) -> None:
        self.file = where if isinstance(where, Path) else None
        """Where it lies, if it is SQLite's."""
        self.place = str(where) if isinstance(where, Path) else f"the database {where.database!r}"
        self._where = where
        self._creating = creating
        self._reader = _Readers(where) if isinstance(where, Path) else self._pool(writing=False)
        self._pooling = Mutex()
        self._pooled: Pool | None = None

    @classmethod
    def create(cls, url: str) -> Self:
        """Return a new ledger's database, in a new file or an empty database."""
        from govern.storage.engines import lay_out  # noqa: PLC0415  whoever only reads does not wait for it

        where = _parse(url)
        if isinstance(where, Path):
            durable.make_folder(where.parent)
        store = cls(where, creating=True)
        with store._closed_on_error(), store.writing() as connection:
            lay_out(connection, store.place)
        return store

    @classmethod
    def open(cls, url: str) -> Self:
        where = _parse(url)
        if isinstance(where, Path) and not where.exists():
            raise InvalidInput(f"there is no database {where}", hint="make a ledger with `govern init`")
        store = cls(where)
        with store._closed_on_error():
            with store.reading() as connection:
                schema = sql.value(connection, _SCHEMA)
            if schema is None or int(schema) > SCHEMA:
                raise Unavailable(
                    f"{store.place} has schema {schema}, this release knows up to {SCHEMA}",
                    hint="install a newer Govern",
                )
        return store

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection that sees one moment and can write nothing; hold it briefly, SQLite's writers wait for it."""
        with self._reader.transaction() as connection:
            yield connection

    @contextmanager
    def writing(self) -> "Iterator[Writing]":
        """Give a connection whose work is there, flushed to the disk, once the block ends without an error."""
        with self._turn(), self._writer.transaction() as connection:
            yield connection

    def close(self) -> None:
        self._reader.close()
        if self._pooled:
            self._pooled.close()

    @property
    def _writer(self) -> "Pool":
        # Two threads that write first at once have one pool.
        with self._pooling:
            self._pooled = self._pooled or self._pool(writing=True)
            return self._pooled

    def _pool(self, *, writing: bool) -> "Pool":
        from govern.storage import engines  # noqa: PLC0415  whoever only reads SQLite does not wait for it

        if isinstance(self._where, Path):
            return engines.sqlite(partial(_connect, self._where, writing, self._creating), self.place)
        return engines.postgresql(self._where, _POSTGRESQL_SETTINGS, self.place, writing=writing)

    def _turn(self) -> AbstractContextManager[Any]:
        if self.file is None:
            return nullcontext()
        # SQLite lets waiting writers poll, and the unlucky give up; a lock on a side file queues them.
        path = self.file.absolute()
        return durable.exclusive(path.with_name(f"{path.name}.turn"))

    @contextmanager
    def _closed_on_error(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self.close()
            raise


class _Readers:
    """Connections that read a file: each has one thread at a time, and is kept for the next."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._idle: list[sqlite3.Connection] = []
        self._closed = False

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        with failures.explained(str(self._path)):
            try:
                connection = self._idle.pop()
            except IndexError:
                connection = _connect(self._path, False, False)
            try:
                connection.execute("BEGIN")
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                connection.close()
                raise
            self._idle.append(connection)
            if self._closed:
                self.close()

    def close(self) -> None:
        self._closed = True
        with suppress(IndexError):
            while True:
                self._idle.pop().close()


def _parse(url: str) -> "Path | URL":
    if url == f"{_FILE}:memory:":
        raise InvalidInput("this address names no database", hint="write sqlite:///FILE or postgresql://HOST/DATABASE")
    # What follows is a path as it is: a ? in it would begin the options of an address, and the file lie elsewhere.
    if url.startswith(_FILE) and url != _FILE:
        return Path(url.removeprefix(_FILE))
    from govern.storage import engines  # noqa: PLC0415  whoever only reads SQLite does not wait for it

    return engines.parse(url)


def _connect(path: Path, writing: bool, creating: bool) -> sqlite3.Connection:  # noqa: FBT001  called through a partial
    address = f"file:{quote(str(path.absolute()))}?mode={'rwc' if creating else 'rw'}"
    # isolation_level None: the driver begins no transactions of its own, so that ours begin as we say.
    connection = sqlite3.connect(
        address, uri=True, isolation_level=None, check_same_thread=False, timeout=WAITING_SECONDS
    )
    # Somebody may have put any bytes in for text: they are read as a text that is not the one that belongs there.
    connection.text_factory = partial(str, encoding="utf-8", errors="backslashreplace")
    try:
        for name, value in (*_SQLITE_SETTINGS.items(), *([] if writing else [("query_only", "ON")])):
            connection.execute(f"PRAGMA {name} = {value}")
    except BaseException:
        connection.close()
        raise
    return connection
