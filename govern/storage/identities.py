"""Who the people in the ledger are: names behind the ids and commitments of its leaves, and how often they mistyped.

This is the erasable side of the book: nothing here is hashed or signed, and the log stays valid without it. Handles are
unique among those who are not erased.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches

from govern.errors import InvalidInput, Kind, Tampered
from govern.ledger.strict import read_time, write_time
from govern.record.identity import Identity, check_person_id
from govern.storage import rows, sql
from govern.storage.erasure import erasing
from govern.storage.sql import Connection
from govern.storage.store import Store

_EVERYBODY = "SELECT person, salt, record FROM identity"
_PERSON = "SELECT person, salt, record FROM identity WHERE person = :person"
_NEW = "INSERT INTO identity (person, salt, record) VALUES (:person, :salt, :record)"
_FORGET = "DELETE FROM identity WHERE person = :person"
_ATTEMPTS = "SELECT failures, since FROM attempt WHERE person = :person"
# Counted by the database: two that fail at once are two.
_COUNT_ONE = (
    "INSERT INTO attempt (person, failures, since) VALUES (:person, 1, :since)"
    " ON CONFLICT (person) DO UPDATE SET failures = attempt.failures + 1"
)
_CLEAR = "DELETE FROM attempt WHERE person = :person"


@dataclass(frozen=True, slots=True)
class Known:
    """A person's identity, and the salt that opens its commitment."""

    person: str
    identity: Identity
    salt: bytes


@dataclass(frozen=True, slots=True)
class Attempts:
    """Wrong passphrases since the last right one, or since they were counted anew."""

    failures: int
    since: datetime


def put(store: Store, known: Known) -> None:
    """Keep who a person is; the same again changes nothing, a handle that somebody else has is refused."""
    with store.writing() as connection:
        put_in(connection, known)


def put_in(connection: Connection, known: Known) -> None:
    """Do what `put` does, in a transaction that is under way."""
    person, handle = check_person_id(known.person), known.identity.handle
    # The turn that appends take as well: two who choose one handle at once come one after the other.
    rows.take_head(connection)
    for other in _everybody(connection):
        if other.identity.handle == handle and other.person != person:
            raise InvalidInput(f"the handle {handle} is taken", hint="choose another", code="handle_taken")
    sql.execute(connection, _FORGET, {"person": person})
    sql.execute(connection, _NEW, {"person": person, "salt": known.salt, "record": bytes(known.identity)})


def get(store: Store, person: str) -> Known | None:
    """Return who ``person`` is; None if nobody said, or it was erased."""
    with store.reading() as connection:
        found = sql.first(connection, _PERSON, {"person": person})
    return None if found is None else _read(*found)


def everybody(store: Store) -> list[Known]:
    """Return all who are known, by handle."""
    with store.reading() as connection:
        return sorted(_everybody(connection), key=lambda known: known.identity.handle)


def find(store: Store, handle: str) -> Known:
    """Return who goes by ``handle``."""
    known = {one.identity.handle: one for one in everybody(store)}
    if handle not in known:
        near = get_close_matches(handle, known, n=1)
        hint = f"did you mean {near[0]}?" if near else "`govern person list` shows who is enrolled"
        raise InvalidInput(f"nobody goes by {handle!r}", hint=hint, code="no_person")
    return known[handle]


def erase(store: Store, person: str) -> None:
    """Remove who ``person`` is; the id and the signatures stay, and nobody can say any more whose they are."""
    with erasing(store) as connection:
        sql.execute(connection, _FORGET, {"person": person})
        sql.execute(connection, _CLEAR, {"person": person})


def attempts(store: Store, person: str) -> Attempts | None:
    with store.reading() as connection:
        found = sql.first(connection, _ATTEMPTS, {"person": person})
    return None if found is None else Attempts(found[0], read_time(found[1]))


def failed(store: Store, person: str, now: datetime) -> int:
    """Count one more wrong passphrase and return how many there are."""
    first = {"person": check_person_id(person), "since": write_time(now)}
    with store.writing() as connection:
        sql.execute(connection, _COUNT_ONE, first)
        return int(sql.value(connection, _ATTEMPTS, {"person": person}))


def clear(store: Store, person: str) -> None:
    """Forget the wrong passphrases: a right one was given, or an administrator unlocked the person."""
    with store.writing() as connection:
        sql.execute(connection, _CLEAR, {"person": person})


def _everybody(connection: Connection) -> Iterator[Known]:
    for row in sql.every(connection, _EVERYBODY):
        yield _read(*row)


def _read(person: str, salt: bytes, record: bytes) -> Known:
    try:
        return Known(person, Identity.parse(bytes(record)), bytes(salt))
    except InvalidInput as error:
        raise Tampered(f"the identity kept for {person} is damaged: {error.message}", kind=Kind.EDITED) from None
