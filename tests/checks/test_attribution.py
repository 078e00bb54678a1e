"""How much of a score comes from each input: of rows that nobody chose, in integers, with columns put together exactly."""

import random
from pathlib import Path

import pytest

from govern.checks import plan as plans
from govern.checks.attribution import inputs
from govern.checks.sandbox import ModelFile
from govern.policy.evidence import Columns, Evidence, Measure, Plan, Planned
from govern.policy.limits import NOT_A_FEATURE

WEIGHTS = {"income": -2.0, "postcode_a": 1.0, "postcode_b": 0.5, "months": 0.0}
pytestmark = pytest.mark.usefixtures("_parted")

COLUMNS = Columns(label="label", prediction="score >= 0.5", score="score", positive="1")


def asked(*of: str, check: str = "share") -> Planned:
    return Planned(check=check, metric="attribution_share", by=(), favourable=None, interval=None, of=of)


@pytest.fixture(scope="module")
def logistic(tmp_path_factory: pytest.TempPathFactory) -> ModelFile:
    """A logistic regression whose weights are known."""
    import numpy as np
    import pandas as pd
    import skops.io
    from sklearn.linear_model import LogisticRegression

    frame = pd.DataFrame(np.eye(4), columns=list(WEIGHTS))
    model = LogisticRegression().fit(frame, [0, 1, 0, 1])
    model.coef_, model.intercept_ = np.array([list(WEIGHTS.values())]), np.array([0.1])
    path = tmp_path_factory.mktemp("logistic") / "model.skops"
    skops.io.dump(model, path)
    return ModelFile.read(path)


def rows(seed: int = 1, count: int = 60) -> list[tuple[float, int, int, int, int]]:
    rng = random.Random(seed)
    return [
        (round(rng.gauss(0, 1), 3), rng.randint(0, 1), rng.randint(0, 1), place, place % 2) for place in range(count)
    ]


def write(path: Path, lines: list[tuple[float, int, int, int, int]]) -> Path:
    text = [",".join(map(str, line)) for line in lines]
    path.write_text("\n".join(["income,postcode_a,postcode_b,months,label", *text]) + "\n")
    return path


def evidence(path: Path, model: ModelFile, *checks: Planned) -> Evidence:
    run = plans.run(Plan(digits=12, columns=COLUMNS, checks=checks), path, by_model=model)
    assert not run.unmeasured, run.unmeasured
    return run.evidence


def shares(found: Evidence, check: str = "share") -> dict[str, Measure]:
    return {str(one.by["column"]): one for result in found.of(check) for one in result.measures}


def test_shares_are_of_the_mean_absolute_contributions(tmp_path: Path, logistic: ModelFile) -> None:
    lines = rows()
    found = shares(evidence(write(tmp_path / "a.csv", lines), logistic, asked()))

    # Of a linear model a contribution is the weight times the distance from the mean.
    columns = dict(zip(WEIGHTS, zip(*lines, strict=True), strict=False))
    moved = {
        name: abs(weight) * sum(abs(x - sum(columns[name]) / len(lines)) for x in columns[name])
        for name, weight in WEIGHTS.items()
    }
    for name, one in found.items():
        assert float(one.value or 0) == pytest.approx(moved[name] / sum(moved.values()), abs=1e-5)
    assert {one.n for one in found.values()} == {60}
    assert found["months"].value == 0
    assert sum(one.exact or 0 for one in found.values()) == 1


def test_columns_that_one_was_split_into_are_one_input_and_not_their_sum(tmp_path: Path, logistic: ModelFile) -> None:
    lines = [(income, b, 1 - b, months, label) for income, b, _, months, label in rows()]
    path = write(tmp_path / "a.csv", lines)

    found = evidence(path, logistic, asked(check="each"), asked("postcode", "wealth", check="one"))

    each, one = shares(found, "each"), shares(found, "one")
    apart = float(each["postcode_a"].value or 0) + float(each["postcode_b"].value or 0)
    # One takes back what the other gives: together they move half of a third as much.
    assert float(one["postcode"].value or 0) < apart / 2
    assert one["wealth"].reason == NOT_A_FEATURE
    assert [table.name for table in found.tables][:2] == ["attribution", "attribution of postcode"]


def test_the_order_of_rows_and_their_spelling_change_no_byte(tmp_path: Path, logistic: ModelFile) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    lines = rows(count=700)
    shuffled = random.Random(2).sample(lines, len(lines))
    first = evidence(write(tmp_path / "a.csv", lines), logistic, asked())
    names = ["income", "postcode_a", "postcode_b", "months", "label"]
    pq.write_table(
        pa.table(dict(zip(names, map(list, zip(*shuffled, strict=True)), strict=True))), tmp_path / "b.parquet"
    )

    again = evidence(tmp_path / "b.parquet", logistic, asked())

    assert bytes(again) == bytes(first)
    rows_ = next(table for table in first.tables if table.name == "attribution: rows")
    assert rows_.read() == {(): (700, 500)}


def test_without_the_model_nobody_knows(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("score,label\n0.3,1\n0.6,0\n")
    base = Planned(check="rows", metric="rows", by=(), favourable=None, interval=None)

    run = plans.run(Plan(digits=12, columns=COLUMNS, checks=(base, asked())), path)

    assert run.unmeasured == (("share", "attribution_share needs the model"),)


def test_what_contributes_nothing_is_no_share(tmp_path: Path, logistic: ModelFile) -> None:
    found = evidence(write(tmp_path / "a.csv", [(1.5, 1, 0, 3, 0)] * 4), logistic, asked())

    assert {one.reason for one in shares(found).values()} == {"no_contribution"}


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        ((), {"a": ("a",), "a_1": ("a_1",), "b=x": ("b=x",), "b=y": ("b=y",)}),
        (("a",), {"a": ("a",), "a_1": ("a_1",), "b=x": ("b=x",), "b=y": ("b=y",)}),
        (("b",), {"a": ("a",), "a_1": ("a_1",), "b": ("b=x", "b=y")}),
        (("c", "b"), {"a": ("a",), "a_1": ("a_1",), "b": ("b=x", "b=y")}),
    ],
)
def test_a_name_is_the_column_that_is_called_it_or_those_that_begin_with_it(
    named: tuple[str, ...], expected: dict[str, tuple[str, ...]]
) -> None:
    assert inputs(["a", "a_1", "b=x", "b=y"], named) == expected


def test_the_longer_name_has_its_columns_first() -> None:
    assert inputs(["home_town_a", "home_b"], ["home", "home_town"]) == {
        "home": ("home_b",),
        "home_town": ("home_town_a",),
    }
