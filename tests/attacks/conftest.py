"""One ledger for all attacks, made once on each database; every test attacks a copy of it."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.attacks.kit import Bank, Intruder
from tests.people import LOG_PEN
from tests.server import run_sql


@pytest.fixture(scope="session")
def in_a_file(tmp_path_factory: pytest.TempPathFactory) -> Bank:
    return Bank.at(tmp_path_factory.mktemp("bank") / "models").found()


@pytest.fixture(scope="session")
def on_a_server(postgresql_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Bank, str, str]]:
    """A ledger on PostgreSQL, the URL of the server's superuser, and the name of the database and of its owner."""
    name = f"attacked_{uuid.uuid4().hex[:12]}"
    run_sql(postgresql_url, f"create role {name} login nosuperuser", f"create database {name} owner {name}")
    url = postgresql_url.replace("postgres@/postgres", f"{name}@/{name}")
    yield Bank.at(tmp_path_factory.mktemp("bank") / "models", url).found(), postgresql_url, name
    run_sql(postgresql_url, f"drop database {name} with (force)", f"drop role {name}")


@pytest.fixture
def server_bank(on_a_server: tuple[Bank, str, str], tmp_path: Path) -> Iterator[Bank]:
    """The ledger that is attacked, on PostgreSQL."""
    original, server, owner = on_a_server
    name = f"copy_{uuid.uuid4().hex[:12]}"
    run_sql(server, f"create database {name} template {owner} owner {owner}")
    yield original.copied(tmp_path / "bank", original.folder.database.replace(f"/{owner}?", f"/{name}?"))
    run_sql(server, f"drop database {name} with (force)")


@pytest.fixture(params=["sqlite_bank", "server_bank"], ids=["sqlite", "postgresql"])
def bank(request: pytest.FixtureRequest) -> Bank:
    """The ledger that is attacked, on each database."""
    found: Bank = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def sqlite_bank(in_a_file: Bank, tmp_path: Path) -> Bank:
    """The ledger that is attacked, in a file."""
    return in_a_file.copied(tmp_path / "bank")


@pytest.fixture
def administrator(bank: Bank) -> Intruder:
    """Somebody who may do everything to the database, and has no key."""
    return Intruder(bank)


@pytest.fixture
def operator(bank: Bank) -> Intruder:
    """Somebody who has the log's key as well, and reaches the lock file."""
    return Intruder(bank, LOG_PEN)


@pytest.fixture(params=["sqlite", "postgresql"])
def fresh_database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of a database that holds nothing."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/ledger/ledger.db"
    return str(request.getfixturevalue("fresh_postgresql"))
