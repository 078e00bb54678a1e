"""The bank that the rules are tried on."""

import pytest

from tests.people import PaperLedger


@pytest.fixture
def bank() -> PaperLedger:
    """Return a bank with two registrars, both needed: ada and bea; rae is a risk officer, dan a developer, gus an auditor, vic a
    validator. Five entries."""
    paper = PaperLedger.founded("ada", "bea", threshold=2)
    paper.enrol("rae", "risk-officer", by=("ada", "bea"))
    paper.enrol("dan", "developer")
    paper.enrol("gus", "auditor")
    paper.enrol("vic", "validator", by=("bea", "ada"))
    return paper
