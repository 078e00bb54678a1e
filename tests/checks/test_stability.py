"""Rows against those of then: with scipy and a plain reading of the formula, the edges of bins, and what is undefined."""

import math
import random
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from govern.checks import plan as plans
from govern.checks import stability, tables
from govern.checks.stability import Shift, found
from govern.errors import InvalidInput
from govern.policy.bins import MISSING, RARE
from govern.policy.bins import NEW as OUTSIDE
from govern.policy.evidence import Columns, Plan, Planned

METRICS = ("psi", "jensen_shannon_divergence", "ks_shift", "chi_square_p", "missing_share_rise", "new_value_share")


def shift(then: list[Any], now: list[Any]) -> Shift:
    import pyarrow as pa

    with tables.taken(pa.table({"x": then})) as before, tables.taken(pa.table({"x": now})) as after:
        return stability.shift(after, before, "x")


def psi(then: list[int], now: list[int]) -> float:
    shares = [[max(one, 0.5) / sum(side) for one in side] for side in (then, now)]
    return math.fsum((b - a) * math.log(b / a) for a, b in zip(*shares, strict=True))


@pytest.mark.parametrize("seed", range(4))
def test_numbers_are_compared_as_scipy_and_the_formula_do(seed: int) -> None:
    rng = np.random.default_rng(seed)
    then, now = rng.normal(0, 1, 1000).round(seed), rng.normal(0.2, 1.1, 700).round(seed)

    compared = shift(then.tolist(), now.tolist())

    counts = list(compared.bins.values())
    assert found("ks_shift", compared) == pytest.approx(stats.ks_2samp(then, now).statistic, abs=1e-12)
    assert float(found("psi", compared)) == pytest.approx(psi(*map(list, zip(*counts, strict=True))), abs=1e-12)
    theirs = stats.chi2_contingency(np.array(counts).T, correction=False).pvalue
    assert float(found("chi_square_p", compared)) == pytest.approx(theirs, rel=1e-9, abs=1e-13)
    assert compared.totals == (1000, 700)
    if seed == 3:
        assert all(98 <= then <= 102 for then, _ in counts)


@pytest.mark.parametrize("freedom", range(1, 51))
@pytest.mark.parametrize("statistic", [0.0, 0.5, 3.0, 40.0, 119.0, 500.0])
def test_the_chance_of_chi_square_is_scipys(freedom: int, statistic: float) -> None:
    ours = stability.upper_gamma(Fraction(freedom, 2), Fraction(statistic) / 2)

    assert float(ours) == pytest.approx(stats.chi2.sf(statistic, freedom), rel=1e-9, abs=1e-13)


def test_values_are_bins_of_their_own() -> None:
    compared = shift(["a"] * 20 + ["b"] * 10 + [None], ["a"] * 2 + ["b"] * 5 + ["c"] * 2 + [None])

    assert compared.bins == {"a": (20, 2), "b": (10, 5), OUTSIDE: (0, 2), MISSING: (1, 1)}
    assert found("new_value_share", compared) == Fraction(2, 10)
    assert found("missing_share_rise", compared) == Fraction(1, 10) - Fraction(1, 31)
    assert found("ks_shift", compared) == "no_number"
    assert found("psi", compared) == pytest.approx(
        Decimal(repr(psi([20, 10, 0, 1], [2, 5, 2, 1]))), abs=Decimal("1e-12")
    )


def test_a_value_that_few_rows_have_is_not_named() -> None:
    people = [f"Person {number}" for number in range(40)]

    compared = shift([*people, *["a clerk"] * 9, *["a cook"] * 10], [*people[:20], "Somebody new", "a cook"])

    assert compared.bins == {"a cook": (10, 1), RARE: (49, 20), OUTSIDE: (0, 1)}


def test_rare_values_stand_together() -> None:
    then = [f"v{number:02}" for number in range(60) for _ in range(71 - number)]

    compared = shift(then, [*then, "v59"])

    assert len(compared.bins) == 51
    assert compared.bins[RARE] == (sum(range(12, 22)), sum(range(12, 22)) + 1)


@pytest.mark.parametrize(
    ("then", "bins"),
    [
        pytest.param([1.0] * 20, {"all": (20, 3)}, id="one value"),
        pytest.param([0.0] * 9 + [1.0], {"below 1.0": (9, 0), "from 1.0": (1, 3)}, id="mostly one"),
        pytest.param([0.0] + [1.0] * 9, {"below 1.0": (1, 0), "from 1.0": (9, 3)}, id="a tenth is enough"),
        pytest.param([float("nan"), 1.0, None], {"all": (1, 3), MISSING: (2, 0)}, id="missing"),
    ],
)
def test_equal_values_stand_in_one_bin(then: list[Any], bins: dict[str, Any]) -> None:
    assert shift(then, [2.0, 3.0, 4.0]).bins == bins


def test_what_lies_outside_the_range_is_new() -> None:
    compared = shift([1.0, 2.0, 3.0], [0.5, 1.0, 3.0, 3.5, None])

    assert found("new_value_share", compared) == Fraction(2, 5)
    assert found("missing_share_rise", compared) == Fraction(1, 5)


def test_nothing_is_as_it_was_where_nothing_was() -> None:
    assert {name: found(name, shift([], [1.0])) for name in METRICS} == dict.fromkeys(METRICS, "no_rows")
    assert found("ks_shift", shift([None, None], [1.0])) == "no_number"


def test_the_same_rows_have_not_changed() -> None:
    rows = [float(number % 37) for number in range(1000)]

    said = {name: found(name, shift(rows, rows[::-1])) for name in METRICS}

    assert said == {**dict.fromkeys(METRICS, 0), "chi_square_p": 1}


def plan(*checks: Planned) -> Plan:
    return Plan(digits=12, columns=Columns(label="label", prediction=None, score="score", positive=None), checks=checks)


def planned(metric: str, *of: str) -> Planned:
    return Planned(check=metric, metric=metric, by=(), favourable=None, interval=None, of=of, against="training")


def write(path: Path, seed: int, n: int = 300) -> Path:
    rng = random.Random(seed)
    lines = [f"{rng.gauss(seed, 1):.3f},{rng.choice('abc')},{rng.random():.4f},{rng.randint(0, 1)}" for _ in range(n)]
    path.write_text("\n".join(["income,town,score,label", *lines, ""]))
    return path


def test_a_check_compares_the_score_and_every_feature(tmp_path: Path) -> None:
    then, now = write(tmp_path / "then.csv", 1), write(tmp_path / "now.csv", 2)

    every = plans.run(plan(planned("psi"), planned("ks_shift", "income")), now, baseline=then)

    psi_, ks = every.evidence.results
    assert [one.by["column"] for one in psi_.measures] == ["income", "score", "town"]
    assert [one.by["column"] for one in ks.measures] == ["income"]
    assert every.evidence.plan.baseline is not None
    assert [table.name for table in every.evidence.tables] == [
        "stability of income",
        "stability of score",
        "stability of town",
    ]
    assert float(psi_.measures[0].value or 0) > 0.25 > float(psi_.measures[1].value or 0)


@pytest.mark.parametrize(
    ("of", "why"), [("wealth", "now.csv has no column wealth"), ("income", "psi needs a baseline")]
)
def test_what_cannot_be_compared_says_why(tmp_path: Path, of: str, why: str) -> None:
    now = write(tmp_path / "now.csv", 2)
    baseline = write(tmp_path / "then.csv", 1) if of == "wealth" else None

    run = plans.run(plan(planned("psi", of), _auc()), now, baseline=baseline)

    assert dict(run.unmeasured)["psi"].startswith(why)


def _auc() -> Planned:
    return Planned(check="auc", metric="roc_auc", by=(), favourable=None, interval=None)


def test_postgresql_compares_as_a_file_does(tmp_path: Path, fresh_postgresql: str) -> None:
    import ibis
    import pyarrow as pa

    backend = ibis.connect(fresh_postgresql.replace("postgresql+psycopg", "postgres"))
    rng = random.Random(4)
    sides = [
        pa.table(
            {
                "income": [rng.choice([None, rng.gauss(side, 1), float(rng.randint(0, 3))]) for _ in range(400)],
                "town": [rng.choice(["a", "b", "c", None]) for _ in range(400)],
                "score": [rng.random() for _ in range(400)],
                "label": [rng.randint(0, 1) for _ in range(400)],
            }
        )
        for side in (0, 1)
    ]
    there = [backend.create_table(name, side) for name, side in zip(("then", "now"), sides, strict=True)]
    asked = plan(*(planned(metric) for metric in METRICS))

    def measured(then: Any, now: Any) -> bytes:
        with tables.taken(then) as before, tables.taken(now) as after:
            return bytes(plans.measured(asked, after, plans.Given(baseline=before))[1].evidence)

    assert measured(*there) == measured(*sides)
    with pytest.raises(InvalidInput, match="are not in one place"):
        measured(there[0], sides[1])
    backend.disconnect()
