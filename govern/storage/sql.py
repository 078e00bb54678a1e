"""Every statement is a text that both databases read, and goes through here: on whichever connection there is.

Whoever only reads SQLite does so through the standard library: to load SQLAlchemy takes longer than a short command may
run. It has all connections that write, and those to PostgreSQL.
"""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from sqlalchemy import TextClause

_NOTHING: Mapping[str, Any] = {}


class Connection(Protocol):
    """A transaction: a connection of the standard library's, or one of SQLAlchemy's."""

    def execute(self, statement: Any, parameters: Any = ..., /) -> Any: ...


def execute(connection: Connection, statement: str, parameters: Any = _NOTHING) -> Any:
    """Run a text with its named parameters, or with each of a list of them; return the cursor."""
    if isinstance(connection, sqlite3.Connection):
        return connection.execute(statement, parameters)
    return connection.execute(_text(statement), parameters)


def every(connection: Connection, statement: str, parameters: Mapping[str, Any] = _NOTHING) -> Sequence[Any]:
    """Return all rows."""
    found: Sequence[Any] = execute(connection, statement, parameters).fetchall()
    return found


def first(connection: Connection, statement: str, parameters: Mapping[str, Any] = _NOTHING) -> Any:
    """Return the first row, or None if there is none."""
    return execute(connection, statement, parameters).fetchone()


def value(connection: Connection, statement: str, parameters: Mapping[str, Any] = _NOTHING) -> Any:
    """Return what stands first in the first row, or None if there is none."""
    row = first(connection, statement, parameters)
    return None if row is None else row[0]


def among(values: Iterable[Any]) -> tuple[str, dict[str, Any]]:
    """Return the text of a list of parameters, to stand after IN, and the parameters."""
    named = {f"value_{place}": one for place, one in enumerate(values)}
    return f"({', '.join(f':{name}' for name in named)})", named


def is_sqlite(connection: Any) -> bool:
    return isinstance(connection, sqlite3.Connection) or connection.dialect.name == "sqlite"


@lru_cache
def _text(statement: str) -> "TextClause":
    from sqlalchemy import text  # noqa: PLC0415  whoever only reads SQLite does not wait for it

    return text(statement)
