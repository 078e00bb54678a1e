"""A new database of each kind, for every suite that runs on both."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from govern.storage.local import LocalLedger
from govern.storage.store import Store
from tests.storage.bank import Bank


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the URL of a database that does not hold a ledger yet."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/ledger/ledger.db"
    return str(request.getfixturevalue("fresh_postgresql"))


@pytest.fixture
def store(database: str) -> Iterator[Store]:
    made = Store.create(database)
    yield made
    made.close()


@pytest.fixture
def bank(database: str, tmp_path: Path) -> Iterator[Bank]:
    """A place for a ledger that is not there yet."""
    place = Bank(database, tmp_path / "lock" / "checkpoint")
    yield place
    place.close()


@pytest.fixture
def sqlite_bank(tmp_path: Path) -> Iterator[Bank]:
    place = Bank(f"sqlite:///{tmp_path}/ledger/ledger.db", tmp_path / "lock" / "checkpoint")
    yield place
    place.close()


@pytest.fixture
def ledger(bank: Bank) -> Iterator[LocalLedger]:
    """A ledger of one entry, its genesis."""
    made = bank.create()
    yield made
    made.close()
