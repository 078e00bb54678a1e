"""SQLAlchemy's side of a database: its tables, all that is written, and whatever is asked of PostgreSQL."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, QueuePool, create_engine, event, insert, inspect, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as NoneIsFree

from govern.errors import InvalidInput, Unavailable
from govern.ledger.merkle import EMPTY_ROOT
from govern.storage import failures, guards
from govern.storage.store import SCHEMA
from govern.storage.tables import METADATA, log_head, meta


@dataclass(frozen=True, slots=True)
class Pool:
    """The connections that one kind of transaction takes in turns."""

    engine: Engine
    place: str

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        try:
            with self.engine.begin() as connection:
                yield connection
        except DBAPIError as error:
            raise failures.meaning(self.place, error.orig) from error
        except NoneIsFree as error:
            raise failures.broken(self.place, "all its connections are in use") from error

    def close(self) -> None:
        self.engine.dispose()


def parse(url: str) -> Path | URL:
    """Return what the address of a database names: a file, or a database of PostgreSQL's."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise InvalidInput(
            f"{url!r} is not the address of a database", hint="write sqlite:///FILE or postgresql://..."
        ) from None
    if parsed.drivername in {"postgres", "postgresql"}:
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername not in {"sqlite", "postgresql+psycopg"}:
        raise InvalidInput(f"{parsed.drivername} databases are not known here", hint="use sqlite or postgresql")
    if not parsed.database:
        raise InvalidInput("this address names no database", hint="write sqlite:///FILE or postgresql://HOST/DATABASE")
    return Path(parsed.database) if parsed.drivername == "sqlite" else parsed


def sqlite(connect: Callable[[], sqlite3.Connection], place: str) -> Pool:
    """Return connections to a file that write."""
    engine = create_engine("sqlite://", creator=connect, poolclass=QueuePool)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return Pool(engine, place)


def postgresql(url: URL, settings: dict[str, str], place: str, *, writing: bool) -> Pool:
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
        for name, value in (*settings.items(), ("default_transaction_read_only", "off" if writing else "on")):
            connection.execute(f"SET {name} = {value}")
        connection.autocommit = False

    event.listen(engine, "connect", prepare)
    return Pool(engine, place)


def lay_out(connection: Connection, place: str) -> None:
    """Make the tables of a new ledger; raise `InvalidInput` if there are any."""
    tables = inspect(connection).get_table_names()
    if tables:
        raise InvalidInput(
            f"{place} already has tables: {', '.join(tables[:3])}", hint="name an empty one", code="exists"
        )
    METADATA.create_all(connection, checkfirst=False)
    guards.put_up(connection, METADATA.tables)
    connection.execute(insert(meta), {"name": "schema", "value": str(SCHEMA)})
    connection.execute(insert(log_head), {"id": 1, "size": 0, "root": EMPTY_ROOT})
