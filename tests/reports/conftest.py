from datetime import UTC, datetime

import pytest

from reports.certificates import Sealer, authority, issued
from reports.pdfa import archive
from reports.render import render
from reports.signing import Act, sealed
from tests.reports.paper import AT, SOURCE


def year(number: int) -> datetime:
    return datetime(number, 1, 1, tzinfo=UTC)


ACT = Act("Rae Okonkwo-Lindqvist", "risk-officer", "Issued as the validation report of credit-risk@7", AT)


@pytest.fixture(scope="session")
def root() -> Sealer:
    return authority(b"r" * 32, "Example Bank", year(2026), year(2036))


@pytest.fixture(scope="session")
def sealer(root: Sealer) -> Sealer:
    return issued(root, b"s" * 32, "Model risk reports", year(2026), year(2029))


@pytest.fixture(scope="session")
def archived() -> bytes:
    return archive(SOURCE, render(SOURCE))


@pytest.fixture(scope="session")
def pdf(archived: bytes, sealer: Sealer) -> bytes:
    return sealed(archived, sealer, ACT)
