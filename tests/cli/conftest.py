"""Ledgers for the command line, made once and copied for every test."""

from pathlib import Path

import pytest

from tests.cli import scoring_bank, thread
from tests.cli.terminal import Terminal


@pytest.fixture(scope="session")
def _alone(tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    terminal = Terminal.at(tmp_path_factory.mktemp("alone"))
    terminal.ok("init", "models", "--registrar", "ada=Ada Moreau", "--origin", "ledger.bank.example/models")
    terminal = terminal.told(GOVERN_LEDGER="models")
    terminal.enrol("rae", "risk-officer")
    return terminal


@pytest.fixture(scope="session")
def _pair(tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    terminal = Terminal.at(tmp_path_factory.mktemp("pair"))
    registrars = ["--registrar", "ada=Ada Moreau", "--registrar", "bea=Bea Lindqvist"]
    terminal.ok("init", "models", *registrars, "--origin", "ledger.bank.example/models")
    terminal = terminal.told(GOVERN_LEDGER="models")
    terminal.enrol("rae", "risk-officer", "ada", "bea")
    return terminal


@pytest.fixture
def alone(_alone: Terminal, tmp_path: Path) -> Terminal:
    """A ledger with one registrar, ada, and rae, a risk officer in entry #1."""
    return _alone.copied(tmp_path / "alone")


@pytest.fixture
def pair(_pair: Terminal, tmp_path: Path) -> Terminal:
    """A ledger with two registrars, both needed: ada and bea; and rae, a risk officer in entry #1."""
    return _pair.copied(tmp_path / "pair")


@pytest.fixture
def nowhere(tmp_path: Path) -> Terminal:
    """Somebody in an empty folder."""
    return Terminal.at(tmp_path / "nowhere")


@pytest.fixture(scope="session")
def _staffed(_pair: Terminal, tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    bank = _pair.copied(tmp_path_factory.mktemp("staffed") / "bank")
    thread.enrol(bank)
    return bank


@pytest.fixture(scope="session")
def _registered(_staffed: Terminal, tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    bank = _staffed.copied(tmp_path_factory.mktemp("registered") / "bank")
    thread.register(bank)
    return bank


@pytest.fixture(scope="session")
def _measured(_registered: Terminal, tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    bank = _registered.copied(tmp_path_factory.mktemp("measured") / "bank")
    thread.measure(bank)
    return bank


@pytest.fixture(scope="session")
def _proved(_measured: Terminal, tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    bank = _measured.copied(tmp_path_factory.mktemp("proved") / "bank")
    thread.review(bank)
    thread.prove(bank)
    return bank


@pytest.fixture
def staffed(_staffed: Terminal, tmp_path: Path) -> Terminal:
    """A bank where everybody is enrolled, and no model yet."""
    return _staffed.copied(tmp_path / "bank")


@pytest.fixture
def registered(_registered: Terminal, tmp_path: Path) -> Terminal:
    """A bank with a policy, a model and a version of which nothing is measured."""
    return _registered.copied(tmp_path / "bank")


@pytest.fixture
def measured(_measured: Terminal, tmp_path: Path) -> Terminal:
    """A bank with a first version that fails and a second one that is fair, in review, and not signed."""
    return _measured.copied(tmp_path / "bank")


@pytest.fixture
def proved(_proved: Terminal, tmp_path: Path) -> Terminal:
    """A bank with its second version in production, report.pdf and bundle.zip."""
    return _proved.copied(tmp_path / "bank")


@pytest.fixture(scope="session")
def _scoring(_staffed: Terminal, tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    import numpy as np
    import xgboost

    bank = _staffed.copied(tmp_path_factory.mktemp("scoring") / "bank")
    rows = np.array(scoring_bank.applicants(bank.folder / "applicants.csv"))
    given = xgboost.DMatrix(rows[:, :3], label=rows[:, 3], nthread=1, feature_names=["income", "debt", "noise"])
    trained = xgboost.train({"objective": "binary:logistic", "max_depth": 3, "nthread": 1}, given, 15)
    trained.save_model(bank.folder / "model.json")
    (bank.folder / "credit.yaml").write_text(scoring_bank.POLICY)
    (bank.folder / "reasons.yaml").write_text(scoring_bank.DICTIONARY)
    bank.ok("policy", "adopt", "credit.yaml", "--as", "rae")
    (bank.folder / "card.yaml").write_bytes(bank.ok("model", "new").raw)
    bank.ok("model", "register", "--card", "card.yaml", "--as", "ana")
    with_rule = ["--approve", "score < 0.4", "--reasons", "reasons.yaml"]
    bank.ok("version", "register", "credit-risk", "model.json", *with_rule, "--as", "ana")
    return bank


@pytest.fixture
def scoring(_scoring: Terminal, tmp_path: Path) -> Terminal:
    """A ledger with credit-risk@1: an XGBoost model with a rule and a dictionary."""
    return _scoring.copied(tmp_path / "scoring")
