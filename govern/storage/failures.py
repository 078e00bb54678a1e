"""What a database error means to the reader: one table for SQLite's result codes, one for PostgreSQL's SQLSTATE."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from govern.errors import GovernError, InvalidInput, Kind, NotAllowed, Tampered, Unavailable

_Meaning = Callable[[str, str], GovernError]


@contextmanager
def explained(place: str) -> Iterator[None]:
    """Raise what SQLite says of ``place`` as one of our errors."""
    try:
        yield
    except sqlite3.Error as error:
        raise meaning(place, error) from error


def meaning(place: str, error: Any) -> GovernError:
    """Return what a database's own error means."""
    return _meaning(error)(place, str(error).strip().partition("\n")[0])


def broken(place: str, said: str) -> GovernError:
    return Unavailable(f"{place} does not answer as it should: {said}", hint="see `govern doctor`, then try again")


def _meaning(error: Any) -> _Meaning:
    if isinstance(error, sqlite3.Error):
        # The low byte is the primary code; what stands above it tells apart cases that mean the same here.
        return _SQLITE.get(getattr(error, "sqlite_errorcode", 0) & 0xFF, broken)
    state = getattr(error, "sqlstate", None) or ""
    return _POSTGRESQL.get(state) or _POSTGRESQL.get(state[:2], broken)


def _full(place: str, said: str) -> GovernError:
    return Unavailable(
        f"there is no space left for {place} ({said})", hint="free some space; nothing of this was written", code="full"
    )


def _locked(place: str, said: str) -> GovernError:
    return Unavailable(
        f"{place} is held by another program ({said})", hint="close it, or try again in a moment", code="locked"
    )


def _unwritable(place: str, said: str) -> GovernError:
    return Unavailable(
        f"{place} cannot be written: {said}", hint="see who owns the folder and the file, and their modes"
    )


def _unopenable(place: str, said: str) -> GovernError:
    return Unavailable(f"{place} cannot be opened: {said}", hint="see that its folder exists and is yours")


def _no_database(place: str, said: str) -> GovernError:
    return InvalidInput(f"{place} is not a ledger's database: {said}", hint="name the file that `govern init` made")


def _damaged(place: str, said: str) -> GovernError:
    return Tampered(
        f"{place} is damaged: {said}", hint="keep a copy of it as it is, then restore a backup", kind=Kind.EDITED
    )


def _refused(place: str, said: str) -> GovernError:
    return Tampered(
        f"{place} refused a row: {said}",
        hint="somebody wrote to it past Govern; run `govern audit`",
        kind=Kind.INSERTED,
    )


def _forbidden(place: str, said: str) -> GovernError:
    return NotAllowed(f"{place} does not let this role in: {said}", hint="ask whoever runs the database")


_SQLITE: dict[int, _Meaning] = {
    sqlite3.SQLITE_ERROR: _no_database,
    sqlite3.SQLITE_PERM: _unwritable,
    sqlite3.SQLITE_BUSY: _locked,
    sqlite3.SQLITE_LOCKED: _locked,
    sqlite3.SQLITE_READONLY: _unwritable,
    sqlite3.SQLITE_CORRUPT: _damaged,
    sqlite3.SQLITE_FULL: _full,
    sqlite3.SQLITE_CANTOPEN: _unopenable,
    sqlite3.SQLITE_CONSTRAINT: _refused,
    sqlite3.SQLITE_NOTADB: _no_database,
}

# By the whole SQLSTATE, else by its class.
_POSTGRESQL: dict[str, _Meaning] = {
    "23": _refused,
    "25006": _unwritable,
    "28": _forbidden,
    "40": _locked,
    "42501": _forbidden,
    "42P01": _no_database,
    "42703": _no_database,
    "53": broken,
    "53100": _full,
    "55P03": _locked,
    "XX001": _damaged,
    "XX002": _damaged,
}
