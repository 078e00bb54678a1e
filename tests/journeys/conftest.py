"""Journeys use the terminal of the tests of the command line, its staff, and its bank at several stages."""

from pathlib import Path

import pytest

from tests.cli import thread
from tests.cli.conftest import (
    _measured,
    _pair,
    _proved,
    _registered,
    _staffed,
    measured,
    proved,
    registered,
    staffed,
)
from tests.cli.terminal import Terminal, signed

__all__ = [
    "_measured",
    "_pair",
    "_proved",
    "_registered",
    "_staffed",
    "measured",
    "proved",
    "registered",
    "staffed",
]

EVERY_ROLE = (
    *("developer", "model-owner", "validator", "risk-officer", "fair-lending-officer", "auditor", "administrator"),
    "credit-committee",
)
"""All that Govern knows, and one that only a policy knows."""


@pytest.fixture(scope="session")
def _makers(_measured: Terminal, tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    bank = _measured.copied(tmp_path_factory.mktemp("makers") / "bank")
    bank.enrol("dora", "developer", "ada", "bea")
    held = {"ana": ["developer"], "dora": ["developer"], "olga": ["model-owner", "validator"]}
    for name, roles in held.items():
        more = [word for role in EVERY_ROLE if role not in roles for word in ("--role", role)]
        bank.ok("person", "grant", name, *more, "--new-role", *signed("ada", "bea"))
    bank.ok("submit", "credit-risk@2", "--as", "olga")
    bank.ok("submit", "credit-risk@2", "--as", "dora")
    again = ["version", "register", "credit-risk", "model.bin", "--param", "eta=0.2", "--as", "dora"]
    bank.ok(*again)
    thread.evaluate(bank, "credit-risk@3", "fair.csv")
    bank.ok("submit", "credit-risk@3", "--as", "dora")
    return bank


@pytest.fixture
def makers(_makers: Terminal, tmp_path: Path) -> Terminal:
    """A bank where ana, olga and dora hold every role there is.

    ana registered credit-risk@2; she, olga and last dora submitted it. dora registered and submitted credit-risk@3, with
    the artefact that ana had registered before.
    """
    return _makers.copied(tmp_path / "bank")
