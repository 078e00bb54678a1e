"""How many decisions turn when a column is moved: counted as anybody can count, and undefined where nobody knows."""

import math
import random
from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from govern.checks import flips, tables
from govern.checks import plan as plans
from govern.checks.sandbox import ModelFile, loaded
from govern.errors import GovernError
from govern.policy.evidence import Columns, Evidence, Interval, Measure, Plan, Planned, Result
from govern.policy.limits import NOT_A_FEATURE
from govern.policy.metrics import FLIPS, METRICS
from tests.checks.conftest import Bank
from tests.checks.hostile import ROWS, SHORT, answering

NOISE, MISSING, FAR = "flip_rate_noise", "flip_rate_missing", "flip_rate_out_of_range"
COLUMNS = Columns(label="label", prediction="score >= 100", score="score", positive="1")
CARD = b"""
schema: govern/scorecard/v1
base: 50
columns:
  income:
    - {missing: true, points: 20}
    - {below: 10, points: 0}
    - {below: 30, points: 40}
    - {points: 60}
  purpose:
    - {is: [car, house], points: 30}
    - {missing: true, points: 0}
    - {points: 10}
  late:
    - {missing: true, points: 0}
    - {below: 1, points: 5}
    - {points: -5}
"""
Row = tuple[float | None, str | None, int]
pytestmark = pytest.mark.usefixtures("_parted")


def asked(metric: str, *of: str, check: str = "", **more: Any) -> Planned:
    known = {"by": (), "favourable": None, "interval": None, "against": "training", **more}
    return Planned(check=check or metric, metric=metric, of=of, **known)


def drawn(seed: int = 1, count: int = 60) -> list[Row]:
    rng = random.Random(seed)
    return [
        (
            None if rng.random() < 0.1 else round(rng.uniform(0, 40), 2),
            rng.choice(["car", "house", "boat", None]),
            int(rng.random() < 0.2),
        )
        for _ in range(count)
    ]


def write(path: Path, rows: Sequence[Row]) -> Path:
    lines = [",".join("" if one is None else str(one) for one in row) for row in rows]
    path.write_text("\n".join(["income,purpose,late,label", *(f"{line},0" for line in lines)]) + "\n")
    return path


def card(content: bytes = CARD) -> ModelFile:
    return ModelFile("card.yaml", content)


def run(
    path: Path, then: Path | None, *checks: Planned, model: ModelFile | None = None, decided: str = "score >= 100"
) -> plans.Run:
    plan = Plan(digits=12, columns=COLUMNS.model_copy(update={"prediction": decided}), checks=checks)
    return plans.run(plan, path, by_model=model or card(), baseline=then)


def evidence(path: Path, then: Path, *checks: Planned, model: ModelFile | None = None) -> Evidence:
    found = run(path, then, *checks, model=model)
    assert not found.unmeasured, found.unmeasured
    return found.evidence


def measures(found: Evidence, check: str) -> dict[str, Measure]:
    return {str(one.by["column"]): one for result in found.of(check) for one in result.measures}


def left_out(result: Result) -> dict[str | None, tuple[int, str]]:
    return {one.by.get("column"): (one.n, one.why) for one in result.excluded}


# What anybody can count again


def points(row: Row) -> float:
    income, purpose, late = row
    of_income = 20 if income is None else 0 if income < 10 else 40 if income < 30 else 60
    of_purpose = 0 if purpose is None else 30 if purpose in {"car", "house"} else 10
    return 50 + of_income + of_purpose + (5 if late < 1 else -5)


def rate(rows: Sequence[Row], place: int, *changes: Callable[[Any], Any]) -> tuple[Fraction, int]:
    """Return the share of rows with a value that any change decides otherwise, and how many there are."""

    def moved(row: Row, change: Callable[[Any], Any]) -> Row:
        values: list[Any] = list(row)
        values[place] = change(values[place])
        return (values[0], values[1], values[2])

    known = [row for row in rows if row[place] is not None]
    turned = [any((points(moved(row, one)) >= 100) != (points(row) >= 100) for one in changes) for row in known]
    return Fraction(sum(turned), len(known)), len(known)


def test_what_turns_is_what_the_card_says_of_the_moved_rows(tmp_path: Path) -> None:
    rows, before = drawn(), drawn(2, 81)
    incomes = sorted(row[0] for row in before if row[0] is not None)
    n = len(incomes)
    spread = incomes[-(-3 * n // 4) - 1] - incomes[-(-n // 4) - 1]
    low, high = incomes[0] - spread, incomes[-1] + spread
    share = sum(row[2] for row in before) / len(before)
    deviation = (share * (1 - share)) ** 0.5  # of zeros and ones, most of them zeros, the quartiles are one value
    paths = write(tmp_path / "now.csv", rows), write(tmp_path / "then.csv", before)

    found = evidence(*paths, *(asked(metric) for metric in (NOISE, MISSING, FAR)))

    expected = {
        (NOISE, "income"): rate(rows, 0, lambda x: x - spread / 10, lambda x: x + spread / 10),
        (NOISE, "late"): rate(rows, 2, lambda x: x - deviation / 10, lambda x: x + deviation / 10),
        (MISSING, "income"): rate(rows, 0, lambda _: None),
        (MISSING, "purpose"): rate(rows, 1, lambda _: None),
        (FAR, "income"): rate(rows, 0, lambda _: low, lambda _: high),
        (FAR, "purpose"): rate(rows, 1, lambda _: "boat"),
        (FAR, "late"): rate(rows, 2, lambda _: -deviation, lambda _: 1 + deviation),
    }
    told = {key: measures(found, key[0])[key[1]] for key in expected}
    assert {key: (one.exact, one.n) for key, one in told.items()} == expected
    assert all(0 < expected[key][0] < 1 for key in ((NOISE, "income"), (MISSING, "income"), (FAR, "purpose")))


def test_each_change_is_counted_and_the_rate_is_of_those_that_any_turns(tmp_path: Path) -> None:
    before = write(tmp_path / "then.csv", [(float(place), "car", 0) for place in range(41)])
    rows: list[Row] = [(9.0, "car", 0), (11.0, "car", 0), (20.0, None, 0), (31.0, None, 0), (None, "car", 0)]

    found = evidence(write(tmp_path / "now.csv", rows), before, asked(NOISE, "income"))

    # Quartiles 10 and 30: up by 2 the first reaches 40 points, down by 2 the second loses them and the fourth its 60.
    table = next(one for one in found.tables if one.name == "flip_rate_noise of income")
    assert table.read() == {("any",): (4, 3), ("down",): (4, 2), ("up",): (4, 1)}
    assert measures(found, NOISE)["income"].exact == Fraction(3, 4)
    (result,) = found.of(NOISE)
    assert left_out(result) == {"income": (1, "value_missing")}


def test_far_is_one_spread_beyond_either_end(tmp_path: Path) -> None:
    then = write(tmp_path / "then.csv", [(float(place), "car", 0) for place in range(14, 25)])
    path = write(tmp_path / "now.csv", [(15.0, "car", 0)])

    found = evidence(path, then, asked(FAR, "income"), asked(FAR, "income", check="high", cutoff=Decimal(130)))

    # Quartiles 16 and 22: 125 points become 85 at 8, and 145 at 30.
    tables_ = {table.name: {change: row[1] for (change,), row in table.read().items()} for table in found.tables}
    assert tables_ == {
        "flip_rate_out_of_range of income": {"above": 0, "any": 1, "below": 1},
        "flip_rate_out_of_range of income at 130": {"above": 1, "any": 1, "below": 0},
    }


def test_the_order_of_rows_and_their_spelling_change_no_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    monkeypatch.setattr(flips, "MOST", 40)
    rows, then = drawn(count=90), write(tmp_path / "then.csv", drawn(2))
    checks = [asked(metric) for metric in (NOISE, MISSING, FAR)]
    shuffled = random.Random(5).sample(rows, len(rows))
    columns = dict(zip(("income", "purpose", "late"), map(list, zip(*shuffled, strict=True)), strict=True))
    pq.write_table(pa.table({"label": [0] * 90, **columns}), tmp_path / "b.parquet")

    first = evidence(write(tmp_path / "a.csv", rows), then, *checks)

    assert bytes(evidence(tmp_path / "b.parquet", then, *checks)) == bytes(first)
    assert {result.excluded[0].n for check in (NOISE, MISSING, FAR) for result in first.of(check)} == {50}
    assert {result.excluded[0].why for result in first.of(NOISE)} == {"not_drawn"}
    moved = evidence(tmp_path / "a.csv", write(tmp_path / "other.csv", drawn(2)[::-1]), *checks)
    assert moved.results == first.results


def test_the_formula_says_how_many_rows_are_asked() -> None:
    assert all(f"of the {flips.MOST:,} rows whose digests come first" in METRICS[name].formula for name in FLIPS)


def test_a_check_decides_by_its_own_cutoff(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", [(9.0, "car", 0), (8.0, "car", 0), (20.0, "car", 0)])
    low = asked(MISSING, "income", check="low", cutoff=Decimal(100))
    high = asked(MISSING, "income", check="high", cutoff=Decimal(120))

    found = evidence(path, path, low, high)

    # 85 and 125 points become 105: either passes one of the limits only.
    assert [measures(found, one)["income"].exact for one in ("low", "high")] == [Fraction(2, 3), Fraction(1, 3)]
    assert {"flip_rate_missing of income at 100", "flip_rate_missing of income at 120"} <= {
        table.name for table in found.tables
    }


# Words


def test_words_have_no_noise_and_it_is_said(tmp_path: Path) -> None:
    paths = write(tmp_path / "now.csv", drawn()), write(tmp_path / "then.csv", drawn(2))

    found = evidence(*paths, asked(NOISE), asked(NOISE, "income", "purpose", check="named"))

    (result,) = found.of(NOISE)
    assert left_out(result)["purpose"] == (60, "no_number")
    assert set(measures(found, NOISE)) == {"income", "late"}
    assert measures(found, "named")["purpose"].reason == "no_number"


def test_words_beside_what_the_model_does_not_read_are_no_pass(tmp_path: Path) -> None:
    path, only = (
        write(tmp_path / "now.csv", drawn()),
        CARD.split(b"  income:")[0] + b"  purpose:" + CARD.split(b"  purpose:")[1],
    )
    model = card(only.split(b"  late:")[0])

    found = evidence(path, path, asked(NOISE, "features", "label"), model=model)

    reasons = {name: one.reason for name, one in measures(found, NOISE).items()}
    assert reasons == {"label": NOT_A_FEATURE, "purpose": "no_number"}


def test_a_value_that_nobody_had_is_one_that_the_baseline_does_not_have(tmp_path: Path) -> None:
    then = write(tmp_path / "then.csv", [(1.0, "(new)", 0), (2.0, "((new))", 1)])
    strange = CARD.replace(b"{is: [car, house], points: 30}", b"{is: ['(new)', '((new))'], points: 90}")
    path = write(tmp_path / "now.csv", [(9.0, "(new)", 0)])

    found = evidence(path, then, asked(FAR, "purpose"), model=card(strange))

    assert measures(found, FAR)["purpose"].exact == 1


# What is not known is no rate


def test_a_model_that_refuses_what_is_missing_has_no_rate_and_goes_on(tmp_path: Path) -> None:
    blunt = CARD.replace(b"    - {missing: true, points: 20}\n", b"").replace(b"    - {points: 10}\n", b"")
    rows: list[Row] = [(9.0, "car", 0), (11.0, "house", 1), (35.0, None, 0)]
    path = write(tmp_path / "now.csv", rows)

    found = evidence(path, path, asked(MISSING), asked(FAR), asked(NOISE, "income"), model=card(blunt))

    assert {name: one.reason for name, one in measures(found, MISSING).items()} == {
        "income": "model_refuses",
        "purpose": None,
        "late": None,
    }
    assert measures(found, FAR)["purpose"].reason == "model_refuses"
    assert measures(found, FAR)["income"].exact is not None
    assert measures(found, NOISE)["income"].exact is not None
    assert not [table for table in found.tables if table.name == f"{MISSING} of income"]


def test_a_library_that_refuses_what_is_missing_is_a_model_that_does(bank: Bank, tmp_path: Path) -> None:
    bank.applicants.fillna(0.0).head(50).assign(label=0).to_csv(tmp_path / "known.csv", index=False)
    model = ModelFile.read(bank["linear.skops"])
    shares = Planned(check="share", metric="attribution_share", by=(), favourable=None, interval=None)
    checks = (asked(MISSING, "income"), asked(NOISE, "income"), shares)

    found = run(tmp_path / "known.csv", tmp_path / "known.csv", *checks, model=model, decided="score >= 0.5").evidence

    assert measures(found, MISSING)["income"].reason == "model_refuses"
    assert measures(found, NOISE)["income"].exact is not None
    assert measures(found, "share")["income"].exact is not None


@pytest.mark.parametrize(
    ("then", "metric", "reason"),
    [
        pytest.param([(7.0, "car", 0)] * 3, NOISE, "no_spread", id="one value"),
        pytest.param([(7.0, "car", 0)] * 3, FAR, "no_spread", id="one value, beyond it"),
        pytest.param([(0.1, "car", 0)] * 10, NOISE, "no_spread", id="one value that sums do not hit"),
        pytest.param([(None, "car", 0)] * 3, NOISE, "no_spread", id="no value"),
        pytest.param([(-1.7e308, "car", 0), (0.0, "car", 0), (1.7e308, "car", 0)], FAR, "no_spread", id="too far"),
        pytest.param([(1.0, "car", 0), (2.0, "car", 0)], FAR, None, id="two values"),
        pytest.param([(1.0, "car", 0), (2.0, "car", 0), (math.inf, "car", 0)], FAR, None, id="one without end"),
    ],
)
def test_without_spread_nothing_is_moved(tmp_path: Path, then: list[Row], metric: str, reason: str | None) -> None:
    paths = write(tmp_path / "now.csv", drawn()), write(tmp_path / "then.csv", then)

    found = evidence(*paths, asked(metric, "income"))

    assert measures(found, metric)["income"].reason == reason


def test_a_column_without_a_value_has_no_rows(tmp_path: Path) -> None:
    paths = write(tmp_path / "now.csv", [(None, "car", 0)] * 3), write(tmp_path / "then.csv", drawn(2))

    found = evidence(*paths, asked(MISSING, "income"))

    assert (measures(found, MISSING)["income"].reason, measures(found, MISSING)["income"].n) == ("no_rows", 0)


def test_of_no_rows_there_is_no_rate(tmp_path: Path) -> None:
    write(tmp_path / "now.csv", [])
    count = Planned(check="rows", metric="rows", by=(), favourable=None, interval=None)

    found = evidence(tmp_path / "now.csv", write(tmp_path / "then.csv", drawn()), count, asked(MISSING, "income"))

    assert measures(found, MISSING)["income"].reason == "no_rows"


def test_what_the_model_does_not_read_cannot_turn_it(tmp_path: Path) -> None:
    paths = write(tmp_path / "now.csv", drawn()), write(tmp_path / "then.csv", drawn(2))

    found = evidence(*paths, asked(NOISE, "income", "label", "score"))

    reasons = {name: one.reason for name, one in measures(found, NOISE).items()}
    assert reasons == {"income": None, "label": NOT_A_FEATURE, "score": NOT_A_FEATURE}


@pytest.mark.parametrize(
    ("planned", "decided", "is_alone", "why"),
    [
        pytest.param(
            asked(NOISE), "score >= 100", True, "flip_rate_noise needs a baseline: the rows as they were", id="baseline"
        ),
        pytest.param(asked(NOISE, "incme"), "score >= 100", False, "now.csv has no column incme", id="a slip"),
        pytest.param(
            asked(MISSING, interval=Interval(method="bootstrap", level=Decimal("0.95"), resamples=99)),
            "score >= 100",
            False,
            "flip_rate_missing takes no attribute and no interval",
            id="an interval",
        ),
        pytest.param(
            asked(FAR),
            "label",
            False,
            "flip_rate_out_of_range needs the rule by which the model's score decides",
            id="no rule",
        ),
    ],
)
def test_what_cannot_be_served_is_not_measured(
    tmp_path: Path, planned: Planned, decided: str, is_alone: bool, why: str
) -> None:
    path = write(tmp_path / "now.csv", drawn())
    count = Planned(check="rows", metric="rows", by=(), favourable=None, interval=None)

    found = run(path, None if is_alone else path, count, planned, decided=decided)

    assert found.unmeasured == ((planned.check, why),)


def test_without_the_model_nobody_knows(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("score,label\n0.3,1\n0.6,0\n")
    count = Planned(check="rows", metric="rows", by=(), favourable=None, interval=None)

    found = plans.run(Plan(digits=12, columns=COLUMNS, checks=(count, asked(NOISE))), path, baseline=path)

    assert found.unmeasured == ((NOISE, "flip_rate_noise needs the model and its rule"),)


def test_sums_do_not_depend_on_the_order_of_rows(tmp_path: Path) -> None:
    rng = random.Random(9)
    values = [0.0] * 90 + [rng.lognormvariate(0, 9) for _ in range(10)]
    spans = []
    for place in range(3):
        path = tmp_path / f"{place}.csv"
        path.write_text("\n".join(["x", *map(repr, rng.sample(values, len(values)))]) + "\n")
        with tables.opened(path) as data:
            spans.append(flips._span(data, "x"))

    mean = sum(values) / 100
    assert spans[0] == spans[1] == spans[2]
    assert spans[0].spread == pytest.approx((sum((one - mean) ** 2 for one in values) / 100) ** 0.5)


# A model that is asked of rows that it was not made for


@pytest.mark.parametrize(
    ("scores", "is_known"),
    [
        pytest.param("rows['income'].to_numpy()", True, id="scores"),
        pytest.param("1 / 0", False, id="an error"),
        pytest.param("np.array([0.1, np.nan, 0.2])", False, id="no number"),
        pytest.param("np.full(3, np.inf)", False, id="infinite"),
    ],
)
def test_no_score_is_no_score_and_the_next_rows_are_asked(scores: str, is_known: bool) -> None:
    with loaded(answering(scores), SHORT) as model:
        found = model.tries([ROWS, ROWS])

    assert [one is not None for one in found] == [is_known, is_known]


@pytest.mark.parametrize(
    ("scores", "code"),
    [
        pytest.param("np.zeros(4)", "model_garbled", id="too many"),
        pytest.param("exit()", "model_died", id="one that ends"),
        pytest.param("(_ for _ in ()).throw(MemoryError())", "model_died", id="one that wants too much"),
        pytest.param("open('/etc/passwd')", "model_forbidden", id="a file"),
    ],
)
def test_who_answers_otherwise_than_asked_is_no_model_that_refuses(scores: str, code: str, level: str) -> None:
    if code == "model_forbidden" and "landlock" not in level:
        pytest.skip(f"this kernel holds a model by {level} only")

    with pytest.raises(GovernError) as told, loaded(answering(scores), SHORT) as model:
        model.tries([ROWS])

    assert told.value.code == code
