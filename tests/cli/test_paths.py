"""Paths that lead to no file: a device, a pipe, a folder. Each is refused at once, in one sentence, and left as it is."""

import os
import stat
from pathlib import Path

import pytest

from tests.cli.terminal import Terminal

SECOND = "credit-risk@2"
READ = [
    pytest.param(["db", "restore", "HERE", "again"], id="db restore"),
    pytest.param(["verify", "HERE"], id="verify"),
    pytest.param(["verify", "proof", "HERE", "HERE", "--vkey", "x"], id="verify proof"),
    pytest.param(["verify", "bundle.zip", "--root", "HERE"], id="verify --root"),
    pytest.param(["log", "trust", "HERE"], id="log trust"),
    pytest.param(["audit", "--against", "HERE"], id="audit --against"),
    pytest.param(["model", "register", "--card", "HERE", "--as", "ana"], id="model register --card"),
    pytest.param(["policy", "lint", "HERE"], id="policy lint"),
    pytest.param(["policy", "adopt", "HERE", "--as", "rae"], id="policy adopt"),
    pytest.param(["person", "add", "HERE", "--role", "auditor", "--as", "ada"], id="person add"),
    pytest.param(["person", "cosign", "HERE", "--as", "ada"], id="person cosign"),
    pytest.param(["document", "add", SECOND, "notes", "HERE", "--as", "vic"], id="document add"),
    pytest.param(["version", "register", "credit-risk", "HERE", "--as", "ana"], id="version register"),
    pytest.param(["version", "register", "credit-risk", "--reasons", "HERE", "--as", "ana"], id="--reasons"),
    pytest.param(["version", "register", "credit-risk", "--environment", "HERE", "--as", "ana"], id="--environment"),
    pytest.param(
        ["evaluate", SECOND, "--data", "HERE", "--label", "bad", "--score", "pd", "--as", "vic"], id="evaluate --data"
    ),
    pytest.param(["evaluate", "--predictions", "HERE", "--label", "bad", "--score", "pd"], id="evaluate --predictions"),
    pytest.param(["bundle", SECOND, "-o", "again.zip", "--report", "HERE"], id="bundle --report"),
]
WRITTEN = [
    pytest.param(["report", SECOND, "--draft", "-o", "HERE"], id="report"),
    pytest.param(["bundle", SECOND, "-o", "HERE"], id="bundle"),
    pytest.param(["document", "get", SECOND, "notes", "-o", "HERE"], id="document get"),
    pytest.param(["log", "export", "HERE"], id="log export"),
    pytest.param(["db", "backup", "HERE"], id="db backup"),
]


@pytest.fixture(scope="module")
def bank(_proved: Terminal, tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    """A bank that these commands leave as it is."""
    bank = _proved.copied(tmp_path_factory.mktemp("paths") / "bank")
    (bank.folder / "notes.md").write_text("a note")
    bank.ok("document", "add", SECOND, "notes", "notes.md", "--new-section", "--as", "vic")
    os.mkfifo(bank.folder / "pipe")
    (bank.folder / "empty").mkdir()
    (bank.folder / "null").symlink_to("/dev/null")  # whatever goes wrong, only the link is replaced
    return bank


@pytest.mark.parametrize("place", ["/dev/zero", "pipe", "empty"])
@pytest.mark.parametrize("words", READ)
def test_what_is_no_file_is_not_read(bank: Terminal, words: list[str], place: str) -> None:
    said = bank.run(*(place if word == "HERE" else word for word in words))

    # A folder may be an artefact, and is an empty one here.
    assert said.code in {2, 4}, said.err
    assert "this is a bug" not in said.err
    assert place in said.err


@pytest.mark.parametrize("place", ["null", "pipe", "empty"])
@pytest.mark.parametrize("words", WRITTEN)
def test_what_is_no_file_is_not_written_over(bank: Terminal, words: list[str], place: str) -> None:
    before = stat.S_IFMT((bank.folder / place).stat().st_mode)

    said = bank.run(*(place if word == "HERE" else word for word in words))

    if words[:2] == ["log", "export"] and place == "empty":
        return  # that is the place for it
    assert said.code == 2, said.err
    assert "this is a bug" not in said.err
    assert stat.S_IFMT((bank.folder / place).stat().st_mode) == before


def test_a_passphrase_file_that_never_ends_is_not_read_to_its_end(bank: Terminal) -> None:
    said = bank.run("log", "review", "0", "1", "--as", "gus", "--passphrase-file", "/dev/zero")

    assert said.code in {2, 4}
    assert Path("/dev/zero").is_char_device()
