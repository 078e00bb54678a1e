"""What importing `govern`, and asking it for help, may cost."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

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

REPORT = """
import json, sys
print("\\n" + json.dumps(sorted({name.partition(".")[0] for name in sys.modules})))
"""


@pytest.mark.parametrize("deed", [pytest.param(IMPORT, id="import govern"), pytest.param(HELP, id="govern --help")])
def test_no_heavy_library_is_loaded(deed: str, tmp_path: Path) -> None:
    child = [sys.executable, "-P", "-c", deed + REPORT]

    printed = subprocess.run(child, cwd=tmp_path, check=True, stdout=subprocess.PIPE, text=True).stdout

    loaded = set(json.loads(printed.splitlines()[-1]))
    assert "govern" in loaded
    assert loaded & HEAVY == set()
