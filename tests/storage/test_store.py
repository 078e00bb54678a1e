"""A database that is missing, full, locked, write-protected, damaged or from the future, and what is said about it."""

import os
import sqlite3
import stat
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import NoReturn

import pytest
from sqlalchemy import Connection, create_engine, delete, event, insert, make_url, text

from govern.errors import InvalidInput, NotAllowed, Tampered, Unavailable
from govern.storage import sql
from govern.storage import store as stores
from govern.storage.local import LocalLedger, Mode
from govern.storage.store import Store
from govern.storage.tables import identity, meta
from tests.storage.bank import Bank, check_whole, released, review

NOBODY = 65_534


def write_and_fail(connection: Connection) -> None:
    connection.execute(insert(meta), {"name": "dropped", "value": "1"})
    raise RuntimeError("changed my mind")


def test_what_is_written_is_there_and_what_failed_is_not(store: Store) -> None:
    with store.writing() as connection:
        connection.execute(insert(meta), {"name": "kept", "value": "1"})
    with pytest.raises(RuntimeError, match="changed my mind"), store.writing() as connection:
        write_and_fail(connection)

    with store.reading() as connection:
        names = {name for (name,) in sql.every(connection, "SELECT name FROM meta")}
    assert names == {"schema", "kept"}


def test_who_reads_sees_one_moment(store: Store) -> None:
    with store.reading() as connection:
        before = sql.every(connection, "SELECT name FROM meta")
        if not sql.is_sqlite(connection):
            with store.writing() as other:
                other.execute(insert(meta), {"name": "meanwhile", "value": "1"})
        assert sql.every(connection, "SELECT name FROM meta") == before


def test_who_reads_cannot_write(store: Store) -> None:
    with pytest.raises(Unavailable, match="cannot be written"), store.reading() as connection:
        sql.execute(connection, "INSERT INTO meta (name, value) VALUES ('sneaked in', '1')")


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("not an address", "is not the address of a database"),
        ("mysql://host/ledger", "mysql databases are not known here"),
        ("sqlite://", "names no database"),
        ("sqlite:///:memory:", "names no database"),
    ],
)
def test_an_address_that_is_none_is_refused(url: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        Store.open(url)


def test_a_database_that_is_missing_is_not_made_by_opening_it(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"there is no database .*/ledger\.db"):
        Store.open(f"sqlite:///{tmp_path}/ledger.db")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"these are minutes of a meeting\n" * 200, "file is not a database", id="a text"),
        pytest.param(b"", "no such table: meta", id="an empty file"),
    ],
)
def test_a_file_that_is_no_ledger_s_database_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "ledger.db").write_bytes(content)

    with pytest.raises(InvalidInput, match=f"is not a ledger's database: {message}"):
        Store.open(f"sqlite:///{tmp_path}/ledger.db")


def test_a_database_of_another_program_is_not_made_into_a_ledger(tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "other.db")
    other.execute("CREATE TABLE invoices (id)")
    other.close()

    with pytest.raises(InvalidInput, match="already has tables: invoices"):
        Store.create(f"sqlite:///{tmp_path}/other.db")


def test_a_database_from_a_newer_release_is_not_opened(database: str) -> None:
    store = Store.create(database)
    with store.writing() as connection:
        connection.execute(text("UPDATE meta SET value = '2' WHERE name = 'schema'"))
    store.close()

    with pytest.raises(Unavailable, match="has schema 2, this release knows up to 1") as refusal:
        Store.open(database)

    assert refusal.value.hint == "install a newer Govern"


def test_a_damaged_database_is_said_to_be_damaged(sqlite_bank: Bank) -> None:
    ledger = sqlite_bank.create()
    ledger.submit([review(ledger, f"{number}") for number in range(100)])
    ledger.close()
    path = Path(sqlite_bank.url.removeprefix("sqlite:///"))
    content = bytearray(path.read_bytes())
    # The headers of all pages but the first, which holds the schema.
    for page in range(4096, len(content), 4096):
        content[page : page + 8] = b"\xff" * 8
    path.write_bytes(content)

    with pytest.raises(Tampered, match="is damaged: database disk image is malformed") as refusal:
        sqlite_bank.open()

    assert "restore a backup" in refusal.value.hint


def test_a_locked_database_is_waited_for_then_named_and_the_ledger_goes_on(
    sqlite_bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    sqlite_bank.create().close()
    monkeypatch.setattr(stores, "WAITING_SECONDS", 0.1)
    ledger = sqlite_bank.open()
    statement = review(ledger, "patient")
    stranger = sqlite3.connect(sqlite_bank.url.removeprefix("sqlite:///"), isolation_level=None)
    stranger.execute("BEGIN IMMEDIATE")

    with pytest.raises(Unavailable, match="is held by another program") as refusal:
        ledger.submit([statement])
    assert refusal.value.code == "locked"
    stranger.execute("ROLLBACK")
    stranger.close()

    assert ledger.mode is Mode.WRITABLE
    assert ledger.submit([statement])[0].index == 1


def test_writers_queue_for_their_turn_longer_than_sqlite_would_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "WAITING_SECONDS", 0.05)
    store = Store.create(f"sqlite:///{tmp_path}/ledger.db")

    def write(number: int) -> None:
        with store.writing() as connection:
            connection.execute(insert(meta), {"name": f"{number}", "value": "1"})
            time.sleep(0.1)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(8)))

    store.close()


def test_a_full_disk_stops_the_ledger_and_loses_nothing(sqlite_bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    sqlite_bank.create().close()
    ledger = sqlite_bank.open()
    store = sqlite_bank.opened[-1]
    event.listen(
        store._writer.engine, "connect", lambda connection, _: connection.execute("PRAGMA max_page_count = 60")
    )

    with pytest.raises(Unavailable, match=r"there is no space left for .*ledger\.db") as refusal:
        file_without_end(ledger)

    assert "free some space" in refusal.value.hint
    assert ledger.mode is Mode.RECOVERY
    filed = check_whole(sqlite_bank)
    assert filed == released(sqlite_bank.lock).size
    again = sqlite_bank.open()
    assert again.submit([review(again, "with space again")])[0].index == filed


@contextmanager
def small_disk(megabytes: float) -> Iterator[Path]:
    """Give the folder of a disk of its own, if this user may mount one."""
    with tempfile.TemporaryDirectory() as folder:
        size = f"size={int(megabytes * 1024)}k"
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", size, "tmpfs", folder], capture_output=True, check=False
        )
        if mounted.returncode:
            pytest.skip("needs the right to mount a small disk")
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", "-l", folder], check=True)


def test_a_disk_that_is_full_for_the_lock_file_stops_the_ledger_and_loses_nothing(tmp_path: Path) -> None:
    with small_disk(0.1) as disk:
        bank = Bank(f"sqlite:///{tmp_path}/ledger.db", disk / "lock" / "checkpoint")
        ledger = bank.create()
        statement = review(ledger, "no room for its checkpoint")
        filler = disk / "filler"
        with pytest.raises(OSError, match="No space left"):
            write_without_end(filler)

        with pytest.raises(Unavailable, match="checkpoint cannot be written: No space left on device"):
            ledger.submit([statement])

        assert ledger.mode is Mode.RECOVERY
        filler.unlink()
        again = bank.open()
        assert again.mode is Mode.WRITABLE
        assert again.submit([statement])[0].index == 1
        assert check_whole(bank) == 2
        bank.close()


def test_a_disk_that_is_really_full_stops_the_ledger_and_loses_nothing(tmp_path: Path) -> None:
    with small_disk(0.4) as disk:
        bank = Bank(f"sqlite:///{disk}/ledger.db", tmp_path / "lock" / "checkpoint")
        ledger = bank.create()

        with pytest.raises(Unavailable, match="there is no space left"):
            file_without_end(ledger)

        bank.close()
        assert check_whole(bank) == released(bank.lock).size > 20
        bank.close()


def file_without_end(ledger: LocalLedger) -> NoReturn:
    for number in count():
        ledger.submit([review(ledger, f"{number}")])
    raise AssertionError


def write_without_end(path: Path) -> NoReturn:
    with path.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))


@contextmanager
def unprivileged() -> Iterator[None]:
    """Be somebody whom the modes of files concern."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that the unprivileged can get to, and own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "bank"
        folder.mkdir()
        Path(name).chmod(0o755)
        if os.geteuid() == 0:
            os.chown(folder, NOBODY, NOBODY)
        yield folder


def test_a_write_protected_ledger_can_be_read_and_says_why_it_cannot_be_written(open_folder: Path) -> None:
    bank = Bank(f"sqlite:///{open_folder}/ledger/ledger.db", open_folder / "lock" / "checkpoint")
    with unprivileged():
        bank.create().close()
        folder = open_folder / "ledger"
        for path in (*folder.iterdir(), folder):
            path.chmod(stat.S_IMODE(path.stat().st_mode) & ~0o222)

        ledger = bank.open()
        assert ledger.registry.size == 1
        with pytest.raises(Unavailable, match=r"cannot be (written|opened)"):
            ledger.submit([review(ledger, "refused")])
        bank.close()
        folder.chmod(0o755)


def test_a_folder_that_may_not_be_written_to_says_so_when_a_ledger_is_made_in_it(open_folder: Path) -> None:
    with unprivileged():
        open_folder.chmod(0o555)
        with pytest.raises(Unavailable, match=r"cannot be (written|opened|made)"):
            Store.create(f"sqlite:///{open_folder}/ledger.db")
        with pytest.raises(Unavailable, match=r"cannot be (written|opened|made)"):
            Store.create(f"sqlite:///{open_folder}/ledger/ledger.db")
        open_folder.chmod(0o755)


def test_a_lock_folder_that_may_not_be_written_to_stops_the_ledger(open_folder: Path) -> None:
    bank = Bank(f"sqlite:///{open_folder}/ledger/ledger.db", open_folder / "lock" / "checkpoint")
    with unprivileged():
        ledger = bank.create()
        statement = review(ledger, "filed, but not acknowledged")
        (open_folder / "lock").chmod(0o555)

        with pytest.raises(Unavailable, match="checkpoint cannot be written: Permission denied"):
            ledger.submit([statement])

        (open_folder / "lock").chmod(0o755)
        assert bank.open().submit([statement])[0].index == 1
        bank.close()


def test_an_identity_that_is_erased_leaves_the_file(tmp_path: Path) -> None:
    store = Store.create(f"sqlite:///{tmp_path}/ledger.db")
    with store.writing() as connection:
        connection.execute(insert(identity), {"person": "p-1", "salt": b"SALT" * 8, "record": b"Erika Mustermann"})
    assert b"Erika Mustermann" in (tmp_path / "ledger.db").read_bytes()

    with store.writing() as connection:
        connection.execute(delete(identity))

    store.close()
    assert not [path for path in tmp_path.iterdir() if b"Mustermann" in path.read_bytes()]


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("journal_mode", "truncate" if sqlite3.sqlite_version_info < (3, 51, 3) else "wal"),
        ("synchronous", 2),
        ("foreign_keys", 1),
        ("recursive_triggers", 1),
        ("trusted_schema", 0),
        ("cell_size_check", 1),
        ("mmap_size", 0),
        ("secure_delete", 1),
    ],
)
def test_every_connection_to_sqlite_is_set_to_lose_nothing(tmp_path: Path, setting: str, value: object) -> None:
    store = Store.create(f"sqlite:///{tmp_path}/ledger.db")
    for door in (store.reading, store.writing):
        with door() as connection:
            assert sql.value(connection, f"PRAGMA {setting}") == value
    store.close()


def test_every_connection_to_postgresql_is_set_to_lose_nothing(fresh_postgresql: str) -> None:
    store = Store.create(fresh_postgresql)
    with store.writing() as connection:
        assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"
        assert connection.exec_driver_sql("SHOW transaction_isolation").scalar() == "read committed"
    with store.reading() as connection:
        assert sql.value(connection, "SHOW transaction_read_only") == "on"
        assert sql.value(connection, "SHOW transaction_isolation") == "repeatable read"
    store.close()


def test_a_server_that_does_not_answer_is_named_without_its_password(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="the database 'ledger' does not answer") as refusal:
        Store.open(f"postgresql://clerk:hunter2@/ledger?host={tmp_path}")

    assert "hunter2" not in str(refusal.value)


def test_a_role_without_rights_is_told_so(postgresql_url: str, fresh_postgresql: str) -> None:
    Store.create(fresh_postgresql).close()
    stranger = f"stranger_{uuid.uuid4().hex}"
    hall = create_engine(postgresql_url, isolation_level="AUTOCOMMIT")
    with hall.connect() as connection:
        connection.execute(text(f"CREATE ROLE {stranger} LOGIN"))

    with pytest.raises(NotAllowed, match="does not let this role in: permission denied for table meta"):
        Store.open(make_url(fresh_postgresql).set(username=stranger).render_as_string())

    with hall.connect() as connection:
        connection.execute(text(f"DROP ROLE {stranger}"))
    hall.dispose()
