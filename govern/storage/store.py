"""A ledger's database: how it is opened, read and written, on SQLite or PostgreSQL.

A transaction that reads sees one moment; one that writes holds its turn, is on the disk when it is over, or never was.
SQLite older than 3.51.3 can lose a commit when its write-ahead log is reset, so there it keeps a rollback journal, and
everywhere it flushes before it says that something is written.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, QueuePool, create_engine, event, insert, inspect, make_url, select
from sqlalchemy.exc import ArgumentError

from govern.errors import InvalidInput, Unavailable
from govern.ledger.merkle import EMPTY_ROOT
from govern.storage import durable, guards
from govern.storage.failures import explained
from govern.storage.tables import METADATA, SCHEMA, log_head, meta

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


@dataclass(frozen=True, slots=True)
class _Dialect:
    """What differs between the databases: how a connection is prepared and how a transaction begins."""

    connect: Callable[[URL, bool, bool], Engine]
    turn: Callable[[URL], AbstractContextManager[None]]


class Store:
    """A database, for as long as it is open."""

    def __init__(self, url: URL, *, creating: bool = False) -> None:
        self.url = url
        self.place = str(url.database) if url.drivername == "sqlite" else f"the database {url.database!r}"
        self._dialect = _DIALECTS[url.drivername]
        self._reader = self._dialect.connect(url, False, creating)
        self._writer = self._dialect.connect(url, True, creating)

    @classmethod
    def create(cls, url: str) -> Self:
        """Return a new ledger's database, in a new file or an empty database."""
        where = _parse(url)
        if where.drivername == "sqlite":
            durable.make_folder(Path(str(where.database)).parent)
        store = cls(where, creating=True)
        with store._closed_on_error(), store.writing() as connection:
            tables = inspect(connection).get_table_names()
            if tables:
                raise InvalidInput(
                    f"{store.place} already has tables: {', '.join(tables[:3])}",
                    hint="name an empty one",
                    code="exists",
                )
            METADATA.create_all(connection, checkfirst=False)
            guards.put_up(connection)
            connection.execute(insert(meta), {"name": "schema", "value": str(SCHEMA)})
            connection.execute(insert(log_head), {"id": 1, "size": 0, "root": EMPTY_ROOT})
        return store

    @classmethod
    def open(cls, url: str) -> Self:
        where = _parse(url)
        if where.drivername == "sqlite" and not Path(str(where.database)).exists():
            raise InvalidInput(f"there is no database {where.database}", hint="make a ledger with `govern init`")
        store = cls(where)
        with store._closed_on_error():
            with store.reading() as connection:
                schema = connection.execute(select(meta.c.value).where(meta.c.name == "schema")).scalar()
            if schema is None or int(schema) > SCHEMA:
                raise Unavailable(
                    f"{store.place} has schema {schema}, this release knows up to {SCHEMA}",
                    hint="install a newer Govern",
                )
        return store

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection that sees one moment and can write nothing; hold it briefly, SQLite's writers wait for it."""
        with explained(self.place), self._reader.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection whose work is there, flushed to the disk, once the block ends without an error."""
        with self._dialect.turn(self.url), explained(self.place), self._writer.begin() as connection:
            yield connection

    def close(self) -> None:
        self._reader.dispose()
        self._writer.dispose()

    @contextmanager
    def _closed_on_error(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self.close()
            raise


def _parse(url: str) -> URL:
    try:
        # What follows is a path as it is: a ? in it would begin the options of an address, and the file lie elsewhere.
        is_file = url.startswith(_FILE)
        parsed = URL.create("sqlite", database=url.removeprefix(_FILE)) if is_file else make_url(url)
    except ArgumentError:
        raise InvalidInput(
            f"{url!r} is not the address of a database", hint="write sqlite:///FILE or postgresql://..."
        ) from None
    if parsed.drivername in {"postgres", "postgresql"}:
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername not in _DIALECTS:
        raise InvalidInput(f"{parsed.drivername} databases are not known here", hint="use sqlite or postgresql")
    if not parsed.database or parsed.database == ":memory:":
        raise InvalidInput("this address names no database", hint="write sqlite:///FILE or postgresql://HOST/DATABASE")
    return parsed


def _connect_sqlite(url: URL, writing: bool, creating: bool) -> Engine:  # noqa: FBT001  called through the table
    address = f"file:{quote(str(Path(str(url.database)).absolute()))}?mode={'rwc' if creating else 'rw'}"

    def connect() -> sqlite3.Connection:
        # isolation_level None: the driver begins no transactions of its own, so that ours begin as we say.
        connection = sqlite3.connect(
            address, uri=True, isolation_level=None, check_same_thread=False, timeout=WAITING_SECONDS
        )
        for name, value in (*_SQLITE_SETTINGS.items(), *([] if writing else [("query_only", "ON")])):
            connection.execute(f"PRAGMA {name} = {value}")
        return connection

    engine = create_engine("sqlite://", creator=connect, poolclass=QueuePool)
    begin = "BEGIN IMMEDIATE" if writing else "BEGIN"
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    return engine


def _connect_postgresql(url: URL, writing: bool, creating: bool) -> Engine:  # noqa: ARG001, FBT001  called through the table
    # Under REPEATABLE READ a writer's snapshot is older than its turn, and it would append to a head that is gone.
    isolation = "READ COMMITTED" if writing else "REPEATABLE READ"
    try:
        engine = create_engine(url, isolation_level=isolation, pool_pre_ping=not writing)
    except ModuleNotFoundError as error:
        raise Unavailable(
            "the driver for PostgreSQL is not installed", hint="install it with `pip install 'govern[postgresql]'`"
        ) from error

    def prepare(connection: Any, _: Any) -> None:
        connection.autocommit = True
        for name, value in (
            *_POSTGRESQL_SETTINGS.items(),
            ("default_transaction_read_only", "off" if writing else "on"),
        ):
            connection.execute(f"SET {name} = {value}")
        connection.autocommit = False

    event.listen(engine, "connect", prepare)
    return engine


def _sqlite_turn(url: URL) -> AbstractContextManager[None]:
    # SQLite lets waiting writers poll, and the unlucky give up; a lock on a side file queues them.
    path = Path(str(url.database)).absolute()
    return durable.exclusive(path.with_name(f"{path.name}.turn"))


_DIALECTS = {
    "sqlite": _Dialect(_connect_sqlite, _sqlite_turn),
    "postgresql+psycopg": _Dialect(_connect_postgresql, lambda _: nullcontext()),
}
