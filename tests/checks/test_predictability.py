"""How well a column tells groups apart, against every pair counted one by one; and noise that tells nothing."""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from govern.checks import plan as plans
from govern.checks import tables
from govern.checks.predictability import Told, by_value, told
from govern.policy.evidence import Attribute, Columns, Evidence, Plan, Planned

SEX = Attribute(name="sex", column="applicant_sex", groups=None, reference=None)


def asked(*of: str, by: tuple[Attribute, ...] = (SEX,), least: int = 0) -> Planned:
    return Planned(
        check="told",
        metric="attribute_predictability",
        by=by,
        favourable=None,
        interval=None,
        of=of,
        min_group_size=least,
    )


def of_rows(columns: Mapping[str, Sequence[Any]], column: str = "x", attribute: Attribute = SEX) -> dict[str, Told]:
    import pyarrow as pa

    with tables.taken(pa.table(dict(columns))) as data:
        return told(data, column, attribute)


def pairs_won(rows: Sequence[tuple[Any, bool]]) -> int:
    """Return what `by_value` counts, pair by pair, with the shares of all other rows."""
    won = 0
    for i, (mine, is_one) in enumerate(rows):
        for j, (theirs, is_other) in enumerate(rows):
            if not is_one or is_other:
                continue
            rest = [row for place, row in enumerate(rows) if place not in {i, j}]
            shares = [_share(value, rest) for value in (mine, theirs)]
            won += 1 if mine == theirs else 2 * (shares[0] > shares[1]) + (shares[0] == shares[1])
    return won


def _share(value: Any, rest: Sequence[tuple[Any, bool]]) -> Fraction:
    same = [row for row in rest if row[0] == value] or rest
    return Fraction(sum(row[1] for row in same), len(same)) if same else Fraction(0)


@pytest.mark.parametrize("seed", range(40))
def test_values_win_the_pairs_that_every_pair_says(seed: int) -> None:
    rng = random.Random(seed)
    rows = [(rng.randint(0, 5), rng.random() < 0.4) for _ in range(rng.randint(2, 14))]
    size, ones = Counter(value for value, _ in rows), Counter(value for value, is_one in rows if is_one)

    assert by_value(Counter((size[value], ones[value]) for value in size)) == pairs_won(rows)


@pytest.mark.parametrize("seed", range(20))
def test_higher_numbers_win_the_pairs_that_every_pair_says(seed: int) -> None:
    rng = random.Random(seed)
    x = [rng.choice([None, 1.5, 2.0, -3.0, rng.random()]) for _ in range(30)]
    g = [rng.choice("FMX") for _ in range(30)]
    pairs = list(zip([float("inf") if one is None else one for one in x], g, strict=True))

    found = of_rows({"x": x, "applicant_sex": g})

    for group, one in found.items():
        won = sum(2 * (a > b) + (a == b) for a, p in pairs for b, q in pairs if p == group != q)
        assert one.by_order == won
        assert one.by_value == pairs_won(list(zip(x, [other == group for other in g], strict=True)))
        assert one.area == Fraction(max(won, 2 * one.rows * one.others - won, one.by_value), 2 * one.rows * one.others)


def area(columns: Mapping[str, Sequence[Any]], group: str = "F") -> float:
    return float(of_rows(columns)[group].area or -1)


def test_a_column_that_says_it_all_says_it_all_whatever_it_is_called() -> None:
    sexes = ["F", "M"] * 100

    assert area({"x": [f"{one.lower()}_{place % 7}" for place, one in enumerate(sexes)], "applicant_sex": sexes}) == 1
    assert area({"x": [1.0 if one == "M" else 0.0 for one in sexes], "applicant_sex": sexes}) == 1


def test_a_code_that_is_a_number_is_looked_at_value_by_value_too() -> None:
    # Even codes are lived in by women: their order says nothing.
    codes = [place % 40 for place in range(4000)]

    assert area({"x": codes, "applicant_sex": ["F" if code % 2 else "M" for code in codes]}) == 1


def test_it_does_not_flatter_itself_with_many_values() -> None:
    # The share of a value among its own rows would tell a value of two rows apart in three of four.
    rng = random.Random(5)
    shares = []
    for _ in range(40):
        rows = {"x": [f"v{rng.randint(0, 200)}" for _ in range(400)], "applicant_sex": rng.choices("FM", k=400)}
        one = of_rows(rows)["F"]
        shares.append(one.by_value / (2 * one.rows * one.others))

    assert abs(sum(shares) / len(shares) - 0.5) < 0.01
    assert max(shares) < 0.6


def test_what_names_each_row_tells_nothing() -> None:
    rng = random.Random(5)

    assert area({"x": [f"id{place}" for place in range(300)], "applicant_sex": rng.choices("FM", k=300)}) == 0.5


def test_that_a_value_is_missing_tells_too() -> None:
    sexes = ["F", "M"] * 50

    assert area({"x": [None if one == "F" else "x" for one in sexes], "applicant_sex": sexes}) == 1
    assert area({"x": [None if one == "F" else 3.5 for one in sexes], "applicant_sex": sexes}) == 1


# In evidence


def write(path: Path, n: int = 300) -> Path:
    rng = random.Random(2)
    lines = ["height,town,noise,applicant_sex,age,label"]
    for _ in range(n):
        sex = rng.choice(["F", "M", "", "X"] if rng.random() < 0.1 else ["F", "M"])
        height = rng.gauss(180 if sex == "M" else 165, 7)
        lines.append(f"{height:.1f},{rng.choice('abc')},{rng.random():.3f},{sex},{rng.choice(['young', 'old'])},1")
    path.write_text("\n".join(lines) + "\n")
    return path


COLUMNS = Columns(label="label", prediction=None, score=None, positive="1")


def evidence(path: Path, *checks: Planned) -> Evidence:
    return plans.run(Plan(digits=12, columns=COLUMNS, checks=checks), path).evidence


def test_every_input_has_a_number_for_the_group_it_tells_best(tmp_path: Path) -> None:
    age = Attribute(name="age", column="age", groups=None, reference=None)

    found = evidence(write(tmp_path / "a.csv"), asked(by=(SEX, age), least=20))

    by_sex, by_age = sorted(found.results, key=lambda one: one.by[1], reverse=True)
    assert (by_sex.by, by_age.by) == (("column", "sex"), ("column", "age"))
    assert [one.by["column"] for one in by_sex.measures] == ["height", "noise", "town"]
    values = {one.by["column"]: float(one.value or 0) for one in by_sex.measures}
    assert values["height"] > 0.9
    assert max(values["noise"], values["town"]) < 0.6
    assert {one.why for one in by_sex.excluded} == {"attribute_missing", "small_group"}
    table = next(one for one in found.tables if one.name == "attribute_predictability of sex")
    assert {key[1] for key in table.read()} == {"F", "M", "X"}


def test_only_declared_groups_are_told_apart(tmp_path: Path) -> None:
    declared = SEX.model_copy(update={"groups": ("F", "M")})

    found = evidence(write(tmp_path / "a.csv"), asked("height", by=(declared,)))

    table = next(one for one in found.tables if one.name.startswith("attribute_predictability"))
    assert {key[1] for key in table.read()} == {"F", "M"}


@pytest.mark.parametrize(
    ("check", "why"),
    [
        (asked("wealth"), "a.csv has no column wealth"),
        (asked(by=()), "attribute_predictability takes attributes, by, and no interval"),
        (
            asked(by=(SEX.model_copy(update={"name": "column"}),)),
            "an attribute that is called column cannot be told from the columns",
        ),
    ],
)
def test_what_cannot_be_told_is_said(tmp_path: Path, check: Planned, why: str) -> None:
    base = Planned(check="rows", metric="rows", by=(), favourable=None, interval=None)
    plan = Plan(digits=12, columns=COLUMNS, checks=(base, check))

    assert plans.run(plan, write(tmp_path / "a.csv")).unmeasured == (("told", why),)


@pytest.mark.parametrize(("lines", "why"), [(["1,F,1", "2,F,1"], "one_group"), (["1,,1"], "no_rows")])
def test_one_group_is_told_from_nobody(tmp_path: Path, lines: list[str], why: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text("\n".join(["x,applicant_sex,label", *lines]) + "\n")

    (result,) = evidence(path, asked()).results

    assert [one.reason for one in result.measures] == [why]


def test_postgresql_tells_the_same(fresh_postgresql: str) -> None:
    import ibis
    import pyarrow as pa

    backend = ibis.connect(fresh_postgresql.replace("postgresql+psycopg", "postgres"))
    rng = random.Random(4)
    rows = [
        {
            "x": rng.choice([None, float("nan"), rng.gauss(0, 1), -0.0, 0.0, 3.0]),
            "town": rng.choice(["a", "b", "", None, str(rng.random())]),
            "code": rng.randint(0, 9),
            "applicant_sex": rng.choice(["F", "M", "X", None]),
            "label": 1,
        }
        for _ in range(500)
    ]
    here = pa.Table.from_pylist(rows)
    there = backend.create_table("rows", here)
    plan = Plan(digits=12, columns=COLUMNS, checks=(asked(),))

    def measured(given: Any) -> bytes:
        with tables.taken(given) as data:
            return bytes(plans.measured(plan, data)[1].evidence)

    assert measured(there) == measured(here)
    backend.disconnect()
