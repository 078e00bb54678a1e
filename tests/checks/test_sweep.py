"""Every cut-off from one table: the same as deciding anew at each, and round numbers that are nobody's score."""

from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from govern.checks import tables
from govern.checks.binding import Binding, bind
from govern.checks.counts import counted
from govern.checks.summary import Question, evaluate
from govern.checks.sweep import MOST, between, sweep


def write(folder: Path) -> Path:
    rng = np.random.default_rng(2)
    lines = [
        f"{rng.choice([rng.random(), rng.integers(0, 11) / 10]):.4f},{rng.choice(['0', '1', ''])},{rng.choice(['a', 'b', ''])}"
        for _ in range(500)
    ]
    path = folder / "s.csv"
    path.write_text("\n".join(["s,y,g", *lines, ",1,a", ""]))
    return path


def test_each_cut_off_counts_as_if_it_decided(tmp_path: Path) -> None:
    with tables.opened(write(tmp_path)) as data:
        bound = bind(data, Binding("y", None, "s", ("g",), None))
        swept = sweep(bound, (0,))
        assert swept
        for place, cutoff in enumerate(swept.cutoffs):
            scored = counted(bound, (0,), cutoff)
            for key, along in swept.groups.items():
                of = scored[key]
                assert along[place].row[:6] == of.row[:6]


def test_a_cut_off_that_changes_nobody_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("s,y\n1,0\n5,1\n10,1\n")

    with tables.opened(tmp_path / "s.csv") as data:
        swept = sweep(bind(data, Binding("y", None, "s", (), None)))

    assert swept
    assert [along.selected for along in swept.groups[()]] == [2, 1]


@pytest.mark.parametrize(
    ("low", "high"), [(0.0, 1.0), (0.013, 0.99), (300.0, 850.0), (-3.2, 4.1), (0.0, 1e-7), (5.0, 1e9)]
)
def test_cut_offs_are_round_and_between_the_scores(low: float, high: float) -> None:
    found = between(low, high)

    assert MOST / 3 < len(found) <= MOST
    assert all(low < float(one) <= high for one in found)
    assert {len(one.normalize().as_tuple().digits) <= 10 for one in found} == {True}
    assert len({b - a for a, b in pairwise(found)}) == 1


def test_one_score_has_no_cut_offs(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("s,y\n0.5,0\n0.5,1\n")

    value, _ = evaluate(tmp_path / "s.csv", Question("y", score="s", with_cutoffs=True))

    assert between(0.5, 0.5) == ()
    assert "cutoffs" not in value


@pytest.mark.parametrize(("favourable", "rate"), [("1", 1), ("0", 0)])
def test_a_selection_is_of_the_favourable_prediction(tmp_path: Path, favourable: str, rate: int) -> None:
    asked = Question("y", "s >= 0.5", "s", ("g",), favourable=favourable, with_cutoffs=True, least=20)

    value, _ = evaluate(write(tmp_path), asked)

    place = value["cutoffs"]["at"].index("0.5")
    there = Decimal(value["cutoffs"]["overall"]["selection_rate"][place])
    assert abs(there - Decimal(value["overall"]["selection_rate"]["value"])) < Decimal("0.000001")
    first = Decimal(value["cutoffs"]["overall"]["selection_rate"][0])
    assert abs(first - rate) < Decimal("0.1")
    by = value["cutoffs"]["by"][0]
    assert [one["by"] for one in by["groups"]] == [{"g": "a"}, {"g": "b"}]
    rates = sorted(Decimal(one["selection_rate"][place]) for one in by["groups"])
    assert float(by["adverse_impact_ratio"][place]) == pytest.approx(float(rates[0] / rates[1]), abs=1e-5)
