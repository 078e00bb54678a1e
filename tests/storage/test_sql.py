"""The texts that the database is asked in, against the tables that it is made of."""

import re
import sqlite3
from pathlib import Path
from types import ModuleType

import pytest

from govern.errors import InvalidInput
from govern.storage import blobs, identities, inspection, rows, snapshots, sql, store
from govern.storage.store import Store

ASKING = (blobs, identities, inspection, rows, snapshots, store)
ENDS = {" IN ": "(:one)", " WHERE ": "level = :level"}
"""How a text goes on that is put together when it is known how much is asked for."""


def texts(module: ModuleType) -> list[str]:
    found = [one for one in vars(module).values() if isinstance(one, str)]
    return [one for one in found if one.startswith(("SELECT ", "INSERT ", "UPDATE ", "DELETE "))]


def test_the_tables_understand_every_text(store: Store) -> None:
    asked = [text for module in ASKING for text in texts(module)]

    assert all(texts(module) for module in ASKING)
    for text in asked:
        whole = text + next((more for end, more in ENDS.items() if text.endswith(end)), "")
        with store.writing() as connection:
            assert sql.every(connection, f"EXPLAIN {whole}", dict.fromkeys(re.findall(r":(\w+)", whole))), text


def test_a_column_that_is_not_there_is_noticed(store: Store) -> None:
    with pytest.raises(InvalidInput, match="sighs"), store.reading() as connection:
        sql.every(connection, "EXPLAIN SELECT sighs FROM log_head")


def test_a_text_in_the_place_of_a_number_or_of_bytes_is_read_whatever_bytes_it_has(tmp_path: Path) -> None:
    store = Store.create(f"sqlite:///{tmp_path}/ledger.db")

    with store.reading() as connection:
        read = sql.first(connection, "SELECT CAST(x'41ff' AS TEXT), CAST('ä' AS TEXT)")

    assert read == ("A\\xff", "ä")
    store.close()


def test_readers_at_once_have_a_connection_each_and_leave_none_behind(tmp_path: Path) -> None:
    store = Store.create(f"sqlite:///{tmp_path}/ledger.db")
    with store.reading() as one, store.reading() as other:
        assert one is not other
    with store.reading() as again:
        assert again in {one, other}
        store.close()
        assert sql.value(again, "SELECT size FROM log_head") == 0

    for connection in (one, other):
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            connection.execute("SELECT 1")
