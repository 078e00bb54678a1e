import json
from pathlib import Path

import pytest

from benchmarks import __main__ as benchmarks
from benchmarks.figure import TINY, Figure, Skipped, beside, table

ALL = benchmarks.BENCHMARKS | benchmarks.LONG


@pytest.mark.parametrize("name", ALL)
def test_every_benchmark_runs(name: str, tmp_path: Path) -> None:
    found = list(ALL[name](TINY, tmp_path))

    assert found
    assert all(isinstance(one, Skipped) or one.ours > 0 for one in found)
    assert all(one.what in table(found) for one in found)


def test_a_ratio_is_the_median_of_the_rounds() -> None:
    figure = beside("appends", [10.0, 30.0, 20.0], "a peer", [20.0, 20.0, 20.0], least=1.0)

    assert (figure.ours, figure.peer, figure.ratio, figure.met) == (20.0, 20.0, 1.0, True)


def test_a_figure_that_is_not_what_was_wanted_is_named_and_fails_the_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    slow = Figure("open a ledger", 1200.0, "ms", most=1000)
    monkeypatch.setitem(benchmarks.BENCHMARKS, "read", lambda *_: iter([slow]))

    assert benchmarks.main(["--only", "read"]) == 1

    assert "at most 1000 ms  NO" in capsys.readouterr().out


def test_what_could_not_be_measured_says_why(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    skipped = Skipped("append on PostgreSQL", "it is not installed")
    monkeypatch.setitem(benchmarks.BENCHMARKS, "postgresql", lambda *_: iter([skipped]))

    assert benchmarks.main(["--only", "postgresql", "--json"]) == 0

    assert json.loads(capsys.readouterr().out) == [{"what": "append on PostgreSQL", "skipped": "it is not installed"}]
