"""What the repository promises about its own files."""

import itertools
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted(path for room in ("govern", "gui", "reports") for path in (ROOT / room).rglob("*.py"))
LOCKS = sorted((ROOT / "requirements").glob("*.lock"))
COMMANDS = ["demo", "govern", "ui", "serve", "check", "test", "bench"]


def pins(lock: Path) -> set[str]:
    return set(re.findall(r"^\S+==\S+", lock.read_text(), re.MULTILINE))


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_module_is_longer_than_400_lines(module: Path) -> None:
    assert len(module.read_text().splitlines()) <= 400


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_a_lock_holds_names_versions_and_hashes_and_no_address(lock: Path) -> None:
    requirement = r"[a-z0-9.-]+==[\w.]+( ; [^\\]+)? \\"
    digest = r"    --hash=sha256:[0-9a-f]{64}( \\)?"
    origin = r"    # +(via)?( *-c requirements/test\.lock)?( *[\w.-]+( \(pyproject\.toml(:\w+)?\))?)?"

    strange = [
        line for line in lock.read_text().splitlines() if not re.fullmatch(f"{requirement}|{digest}|{origin}", line)
    ]

    assert strange == []


def test_what_runs_is_locked_to_the_versions_that_are_tested() -> None:
    assert pins(ROOT / "requirements" / "run.lock") <= pins(ROOT / "requirements" / "test.lock")


def test_every_dependency_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    chosen = [*project["project"]["optional-dependencies"].values(), *project["dependency-groups"].values()]
    needed = itertools.chain(project["project"]["dependencies"], *chosen)
    names = {re.split(r"[^\w.-]", requirement)[0].lower() for requirement in needed}

    locked = {pin.partition("==")[0] for pin in pins(ROOT / "requirements" / "test.lock")}

    assert names - locked == set()


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_of_run_is_in_the_readme(command: str) -> None:
    assert f"./run {command}" in (ROOT / "README.md").read_text()
