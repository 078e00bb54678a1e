"""What importing `govern`, asking it for help, and looking into a ledger may cost."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.terminal import Terminal

HEAVY = {"PySide6", "fastapi", "mlflow", "pandas", "shap", "sklearn", "sqlalchemy", "sqlmodel"}

IMPORT = "import govern"

HELP = """
import sys
sys.argv = ["govern", "--help"]
from govern.cli import main
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
"""

LIST = HELP.replace('"--help"', '"model", "list", "--ledger", "models"')

REPORT = """
import json, sys
print("\\n" + json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


@pytest.mark.parametrize("deed", [pytest.param(IMPORT, id="import govern"), pytest.param(HELP, id="govern --help")])
def test_no_heavy_library_is_loaded(deed: str, tmp_path: Path) -> None:
    loaded = libraries(deed, tmp_path)

    assert "govern" in loaded
    assert loaded & HEAVY == set()


def test_to_list_models_loads_neither_sqlalchemy_nor_a_rule(registered: Terminal) -> None:
    loaded = libraries(LIST, registered.folder, registered.environment)

    assert {"sqlite3", "pydantic"} <= loaded
    assert loaded & (HEAVY | {"yaml"}) == set()


def libraries(deed: str, folder: Path, environment: dict[str, str] | None = None) -> set[str]:
    """Return the libraries that a program of its own has loaded by its end."""
    child = [sys.executable, "-P", "-c", deed + REPORT]
    printed = subprocess.run(child, cwd=folder, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout
    return set(json.loads(printed.splitlines()[-1]))
