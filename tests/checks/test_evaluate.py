"""``govern evaluate`` on a file: the JSON that others rely on, the table, and its refusals."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROWS = (
    "label,decision,score,sex\n1,yes,0.9,F\n1,yes,0.8,M\n0,no,0.2,M\n0,yes,0.6,M\n1,no,0.4,F\n0,no,0.1,F\n0,no,0.3,\n"
)


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    path = tmp_path / "scored.csv"
    path.write_text(ROWS.replace("yes", "1").replace("no", "0"))
    return path


def govern(*arguments: str) -> subprocess.CompletedProcess[str]:
    # As a person runs it; ten times the same import is the price of a real process.
    child = [sys.executable, "-P", "-m", "govern.cli", "evaluate", *arguments]
    return subprocess.run(child, capture_output=True, text=True, check=False)


def test_the_json_is_as_documented(rows: Path) -> None:
    columns = ["--label", "label", "--prediction", "decision", "--score", "score", "--by", "sex"]

    done = govern("--predictions", str(rows), *columns, "--json")

    value: dict[str, Any] = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    assert list(value) == ["schema", "data", "overall", "groups", "disparities", "excluded"]
    assert value["schema"] == "govern/cli/evaluate/v1"
    assert value["overall"]["selection_rate"]["value"] == "0.428571428571"
    assert value["overall"]["roc_auc"]["value"] == "0.916666666667"
    women = value["groups"][0]
    assert (women["by"], women["n"], women["status"]) == ({"sex": "F"}, 3, "measured")
    assert women["measures"]["selection_rate"]["value"] == "0.333333333333"
    air = value["disparities"][0]
    assert {name: air[name] for name in ("metric", "by", "value", "from", "to")} == {
        "metric": "adverse_impact_ratio",
        "by": "sex",
        "value": "0.5",
        "from": "F",
        "to": "M",
    }
    assert value["excluded"] == [{"by": {"sex": None}, "n": 1, "why": "attribute_missing"}]


def test_the_table_says_who_agrees(rows: Path) -> None:
    done = govern("--predictions", str(rows), "--prediction", "score >= 0.5", "--by", "sex", "--reference", "sex=M")

    assert done.returncode == 0
    assert "adverse_impact_ratio           sex  0.5000" in done.stdout
    assert "left out: 1 rows of sex = missing, attribute missing" in done.stdout
    assert "fairlearn" in done.stdout


def test_a_file_that_is_ambiguous_exits_2(tmp_path: Path) -> None:
    (tmp_path / "scored.csv").write_text("decision\nyes\nno\n")

    done = govern("--predictions", str(tmp_path / "scored.csv"), "--prediction", "decision", "--json")

    error = json.loads(done.stdout)
    assert (done.returncode, error["schema"]) == (2, "govern/cli/evaluate/v1")
    assert error["error"]["hint"] == "say which one is: --positive VALUE"
