"""What `import govern` offers: the guide's examples run, nothing heavy is loaded, and every error is one of ours."""

import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

import govern
from govern import sdk
from govern.demo.cast import PASSPHRASE
from tests.conftest import Demo

GUIDE = (Path(__file__).parents[2] / "docs" / "sdk.md").read_text(encoding="utf-8")
TIMED = "import time; start = time.perf_counter(); import govern; print(time.perf_counter() - start)"
MISUSED = """\
import govern
with govern.connect(3) as ledger:
    ledger.inbox(1)
    ledger.nonsense
govern.nonsense
"""


@pytest.fixture
def bank(demo: Demo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(demo.path, tmp_path / "bank")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    for name in ("GOVERN_LEDGER", "GOVERN_PASSPHRASE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "bank"


@pytest.mark.usefixtures("bank")
def test_the_guides_examples_run(capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, object] = {}

    for block in re.findall(r"^```python\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL):
        exec(compile(block, "docs/sdk.md", "exec"), names)

    printed = capsys.readouterr().out
    assert "credit-risk ana credit-risk@2" in printed
    assert "registered_already" in printed
    assert "\nallow ()\nwhat was filed since " in printed


def test_the_guide_has_every_method_and_no_other() -> None:
    told = set(re.findall(r"^\| `(\w+)\(", GUIDE, re.MULTILINE))

    assert told == {name for name in vars(sdk.Connection) if not name.startswith("_")} - {"desk", "person"}


def test_an_import_takes_less_than_fifty_milliseconds() -> None:
    child = [sys.executable, "-P", "-c", TIMED]

    # The quickest of several: a busy machine is not what is measured.
    taken = [float(subprocess.run(child, check=True, capture_output=True, text=True).stdout) for _ in range(5)]

    assert min(taken) < 0.05


def test_mypy_sees_the_types(tmp_path: Path) -> None:
    (tmp_path / "misused.py").write_text(MISUSED)
    child = [sys.executable, "-m", "mypy", "--strict", "--no-incremental", "--follow-imports=silent"]

    said = subprocess.run(
        [*child, str(tmp_path / "misused.py")],
        check=False,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
    ).stdout

    lines = {int(number) for number in re.findall(r"misused\.py:(\d+): error", said)}
    assert lines == {2, 3, 4, 5}, said


def test_there_is_nothing_else_in_the_package() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        getattr(govern, "nonsense")  # noqa: B009  mypy would say so


def test_what_goes_wrong_is_an_error_of_govern(bank: Path) -> None:
    with pytest.raises(govern.InvalidInput, match="the passphrase of ana is needed"), govern.connect(bank, as_="ana"):
        pass
    with pytest.raises(govern.NotAllowed), govern.connect(bank, as_="ana", passphrase="wrong"):
        pass
    with pytest.raises(govern.InvalidInput), govern.connect(bank / "nowhere"):
        pass
    with (
        pytest.raises(govern.InvalidInput, match="can only be read"),
        govern.connect(bank, as_="ana", passphrase=PASSPHRASE, at=datetime.now(UTC)),
    ):
        pass


def test_a_refusal_names_people_as_they_are_called(bank: Path) -> None:
    with govern.connect(bank, as_="gus", passphrase=PASSPHRASE) as ledger:
        with pytest.raises(govern.NotAllowed, match="gus is none of"):
            ledger.submit("credit-risk@1")
        with pytest.raises(govern.InvalidInput, match="cannot be read"):
            ledger.register_model("nowhere.yaml")
    with govern.connect(bank) as ledger, pytest.raises(govern.InvalidInput, match="whose inbox"):
        ledger.inbox()


def test_what_is_registered_by_reference_is_not_held(bank: Path, tmp_path: Path) -> None:
    (tmp_path / "large.bin").write_bytes(b"large")

    with govern.connect(bank, as_="ana", passphrase=PASSPHRASE) as ledger:
        found = ledger.register("credit-risk", [tmp_path / "large.bin"], by_reference=True)

        assert not found.is_held("large.bin")
        assert ledger.version(found.name).by_reference == frozenset({"large.bin"})
