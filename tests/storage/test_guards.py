import sqlite3
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, insert, text, update
from sqlalchemy.exc import IntegrityError

from govern.errors import NotAllowed, Tampered
from govern.storage import guards, sql
from govern.storage.store import Store
from govern.storage.tables import event_ix, log_checkpoint, log_entry, log_head, tree_node

HASH = bytes(32)


def fill(store: Store) -> Store:
    with store.writing() as connection:
        connection.execute(insert(log_entry), [{"idx": index, "leaf_hash": HASH, "data": b"{}"} for index in range(4)])
        connection.execute(insert(tree_node), [{"level": 1, "idx": index, "hash": HASH} for index in range(2)])
        connection.execute(insert(log_checkpoint), {"size": 4, "root": HASH, "note": b"note"})
        connection.execute(insert(event_ix), {"event_id": "an event", "idx": 3})
        connection.execute(update(log_head).values(size=4, root=HASH))
    return store


@pytest.fixture
def filled(store: Store) -> Store:
    return fill(store)


@pytest.mark.parametrize(
    "attack",
    [
        pytest.param("UPDATE log_entry SET idx = idx + 1 WHERE idx = 3", id="an entry moved"),
        pytest.param("UPDATE log_entry SET data = leaf_hash WHERE idx = 1", id="an entry edited"),
        pytest.param("DELETE FROM log_entry WHERE idx = 3", id="the last entry deleted"),
        pytest.param(
            "INSERT INTO log_entry SELECT 5, leaf_hash, data FROM log_entry WHERE idx = 0", id="an entry skipped"
        ),
        pytest.param("UPDATE tree_node SET hash = hash WHERE idx = 1", id="a node edited"),
        pytest.param("DELETE FROM tree_node", id="the nodes deleted"),
        pytest.param("INSERT INTO tree_node SELECT 1, 3, hash FROM tree_node WHERE idx = 0", id="a node skipped"),
        pytest.param("UPDATE log_checkpoint SET size = 5", id="a checkpoint edited"),
        pytest.param("DELETE FROM log_checkpoint", id="a checkpoint deleted"),
        pytest.param(
            "INSERT INTO log_checkpoint SELECT 3, root, note FROM log_checkpoint", id="an older checkpoint added"
        ),
        pytest.param("UPDATE event_ix SET idx = 0", id="an event id moved"),
        pytest.param("DELETE FROM event_ix", id="an event id deleted"),
        pytest.param("UPDATE log_head SET size = 3", id="the head set back"),
        pytest.param("DELETE FROM log_head", id="the head deleted"),
        pytest.param("INSERT INTO log_head SELECT 2, size, root FROM log_head", id="a second head"),
    ],
)
def test_the_database_itself_refuses(filled: Store, attack: str) -> None:
    with pytest.raises(Tampered, match=r"refused a row: .* the log only grows"), filled.writing() as connection:
        connection.execute(text(attack))


def test_the_database_itself_refuses_a_head_of_the_same_size_with_another_root(filled: Store) -> None:
    with pytest.raises(Tampered, match="log_head refuses this update"), filled.writing() as connection:
        connection.execute(log_head.update().values(root=b"\1" * 32))


@pytest.mark.parametrize(
    ("replacement", "refusal"),
    [
        pytest.param(
            "INSERT OR REPLACE INTO log_entry SELECT 0, leaf_hash, leaf_hash FROM log_entry WHERE idx = 1",
            "log_entry",
            id="entry",
        ),
        pytest.param(
            "INSERT OR REPLACE INTO tree_node SELECT 1, 0, hash FROM tree_node WHERE idx = 1", "tree_node", id="node"
        ),
        pytest.param(
            "INSERT OR REPLACE INTO log_checkpoint SELECT 4, root, root FROM log_checkpoint",
            "log_checkpoint",
            id="checkpoint",
        ),
        pytest.param("INSERT OR REPLACE INTO event_ix VALUES ('an event', 0)", "event_ix", id="event id"),
        pytest.param("INSERT OR REPLACE INTO log_head SELECT 1, 3, root FROM log_head", "log_head", id="head"),
    ],
)
def test_sqlite_refuses_to_replace_a_row_even_from_a_program_without_our_settings(
    tmp_path: Path, replacement: str, refusal: str
) -> None:
    store = Store.create(f"sqlite:///{tmp_path}/ledger.db")
    fill(store)
    store.close()

    stranger = sqlite3.connect(tmp_path / "ledger.db")
    with pytest.raises(sqlite3.IntegrityError, match=f"{refusal} refuses this"):
        stranger.execute(replacement)
    stranger.close()


def test_sqlite_reports_a_guard_that_was_dropped_and_one_that_was_hollowed_out(tmp_path: Path) -> None:
    store = Store.create(f"sqlite:///{tmp_path}/ledger.db")
    stranger = sqlite3.connect(tmp_path / "ledger.db")
    stranger.executescript(
        "DROP TRIGGER log_entry_delete; DROP TRIGGER log_head_update;"
        "CREATE TRIGGER log_head_update BEFORE UPDATE ON log_head WHEN false BEGIN SELECT 1; END"
    )
    stranger.close()

    with store.reading() as connection:
        gone = guards.missing(connection)

    assert gone == ["log_entry_delete", "log_head_update"]
    store.close()


def test_no_guard_is_missing_from_a_new_database(store: Store) -> None:
    with store.reading() as connection:
        assert guards.missing(connection) == []


@pytest.fixture
def superuser(postgresql_url: str) -> Iterator[Engine]:
    """The door of a superuser to a ledger's database that he made."""
    name = f"ledger_{uuid.uuid4().hex}"
    hall = create_engine(postgresql_url, isolation_level="AUTOCOMMIT")
    with hall.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        connection.execute(text(f"CREATE ROLE {name}_clerk LOGIN"))
    door = create_engine(postgresql_url.replace("@/postgres", f"@/{name}"))
    made = Store.create(door.url.render_as_string())
    fill(made).close()
    yield door
    door.dispose()
    with hall.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name}"))
        for role in ("clerk", "owner", "writer"):
            connection.execute(text(f"DROP ROLE {name}_{role}"))
    hall.dispose()


@pytest.fixture
def clerk(superuser: Engine) -> Iterator[Store]:
    """The same database for one who may write to the ledger, and nothing else."""
    name = superuser.url.database
    with superuser.begin() as connection:
        connection.execute(text(f"GRANT {name}_writer TO {name}_clerk"))
    opened = Store.open(superuser.url.set(username=f"{name}_clerk").render_as_string())
    yield opened
    opened.close()


@pytest.mark.parametrize("table", [*guards.APPEND_ONLY, "log_head"])
def test_postgresql_refuses_even_a_superuser_to_empty_a_table(superuser: Engine, table: str) -> None:
    with pytest.raises(IntegrityError, match=f"{table} refuses this truncate"), superuser.begin() as connection:
        connection.execute(text(f"TRUNCATE {table}"))


def test_postgresql_guards_stand_also_where_replication_would_switch_triggers_off(superuser: Engine) -> None:
    with superuser.connect() as connection:
        connection.execute(text("SET session_replication_role = replica"))
        with pytest.raises(IntegrityError, match="log_entry refuses this update"):
            connection.execute(text("UPDATE log_entry SET data = leaf_hash WHERE idx = 1"))


def test_postgresql_reports_guards_that_were_dropped_switched_off_or_hollowed_out(superuser: Engine) -> None:
    with superuser.begin() as connection:
        connection.execute(text("DROP TRIGGER log_entry_delete ON log_entry"))
        connection.execute(text("ALTER TABLE event_ix DISABLE TRIGGER event_ix_update"))
        connection.execute(
            text(
                "CREATE OR REPLACE FUNCTION log_head_update() RETURNS trigger LANGUAGE plpgsql AS "
                "$$BEGIN RETURN NEW; END$$"
            )
        )
        gone = guards.missing(connection)

    assert gone == ["event_ix_update", "log_entry_delete", "log_head_update"]


def test_a_writer_on_postgresql_can_do_all_that_an_append_takes(clerk: Store) -> None:
    with clerk.writing() as connection:
        connection.execute(text("SELECT size FROM log_head FOR UPDATE"))
        connection.execute(insert(log_entry), {"idx": 4, "leaf_hash": HASH, "data": b"{}"})
        connection.execute(insert(tree_node), {"level": 2, "idx": 0, "hash": HASH})
        connection.execute(insert(event_ix), {"event_id": "another", "idx": 4})
        connection.execute(insert(log_checkpoint), {"size": 5, "root": HASH, "note": b"note"})
        connection.execute(update(log_head).where(log_head.c.size == 4).values(size=5))
        connection.execute(text("DELETE FROM identity"))

    with clerk.reading() as connection:
        assert sql.value(connection, "SELECT size FROM log_head") == 5
        assert guards.missing(connection) == []


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE log_entry SET idx = 9 WHERE idx = 3",
        "DELETE FROM tree_node",
        "TRUNCATE event_ix",
        "DELETE FROM log_head",
        "DROP TRIGGER log_entry_update ON log_entry",
        "ALTER TABLE log_entry DISABLE TRIGGER ALL",
        "DROP TABLE log_checkpoint",
        "CREATE OR REPLACE FUNCTION log_head_update() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NEW; END$$",
        "UPDATE meta SET value = '9'",
    ],
)
def test_a_writer_on_postgresql_has_no_right_to(clerk: Store, attack: str) -> None:
    with pytest.raises(NotAllowed, match="does not let this role"), clerk.writing() as connection:
        connection.execute(text(attack))
