"""Rows that stand in two files, and days that come after others: counted to the row, however the rows are spelled."""

import random
from pathlib import Path
from typing import Any

import pytest

from govern.checks import apart, tables
from govern.checks import plan as plans
from govern.policy.evidence import Columns, Evidence, Measure, Plan, Planned

LABEL = Columns(label="label", prediction=None, score=None, positive="1")


def planned(metric: str = "shared_rows", *of: str, check: str = "apart") -> Planned:
    return Planned(check=check, metric=metric, by=(), favourable=None, interval=None, of=of, against="training")


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n")
    return path


def rows(seed: int, count: int) -> list[str]:
    rng = random.Random(seed)
    return [f"{rng.gauss(0, 1):.4f},{rng.choice('abc')},{rng.randint(0, 40)},{rng.randint(0, 1)}" for _ in range(count)]


def evidence(now: Path, then: Path, *asked: Planned, columns: Columns = LABEL) -> Evidence:
    base = Planned(check="rows", metric="rows", by=(), favourable=None, interval=None)
    run = plans.run(Plan(digits=12, columns=columns, checks=(base, *asked)), now, baseline=then)
    assert not run.unmeasured, run.unmeasured
    return run.evidence


def measure(found: Evidence, check: str = "apart") -> Measure:
    (result,) = found.of(check)
    return result.measures[0]


def count(now: Path, then: Path, *of: str) -> int:
    return int(measure(evidence(now, then, planned("shared_rows", *of))).value or 0)


HEAD = "income,town,age,label"


def test_every_row_that_was_trained_with_is_found_and_no_other(tmp_path: Path) -> None:
    trained, fresh = rows(1, 400), rows(2, 200)
    then = write(tmp_path / "then.csv", HEAD, *trained)

    assert count(write(tmp_path / "fresh.csv", HEAD, *fresh), then) == 0
    leaked = write(tmp_path / "leaked.csv", HEAD, *fresh, *trained[5:8])
    assert count(leaked, then) == 3
    assert count(then, then) == 400


def test_a_row_counts_as_often_as_it_is_measured_and_not_as_it_was_trained_with(tmp_path: Path) -> None:
    trained, fresh = rows(1, 50), rows(2, 50)
    then = write(tmp_path / "then.csv", HEAD, *trained, trained[0], trained[0])

    assert count(write(tmp_path / "now.csv", HEAD, *fresh, trained[0], trained[0]), then) == 2


def test_the_label_makes_no_row_another_one(tmp_path: Path) -> None:
    then = write(tmp_path / "then.csv", HEAD, *rows(1, 60), "1.5,a,7,0")

    assert count(write(tmp_path / "now.csv", HEAD, *rows(2, 60), "1.5,a,7,1"), then) == 1


@pytest.mark.parametrize("same", ["1.5,a,7,0", "1.50,a,7.0,1", "15e-1,a,07,", "+1.5,a, 7,1"])
def test_a_number_is_the_same_however_it_is_spelled(tmp_path: Path, same: str) -> None:
    then = write(tmp_path / "then.csv", HEAD, *rows(1, 60), "1.5,a,7,0")

    assert count(write(tmp_path / "now.csv", HEAD, *rows(2, 60), same), then) == 1


@pytest.mark.parametrize("other", ["1.5,A,7,0", "1.5,,7,0", "-1.5,a,7,0", ",a,7,0"])
def test_what_differs_in_a_value_is_another_row(tmp_path: Path, other: str) -> None:
    then = write(tmp_path / "then.csv", HEAD, *rows(1, 60), "1.5,a,7,0")

    assert count(write(tmp_path / "now.csv", HEAD, *rows(2, 60), other), then) == 0


def test_what_is_missing_is_the_same_as_what_is_missing(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    then = write(tmp_path / "then.csv", HEAD, *rows(1, 60), ",,7,0", "-0.0,b,8,1")
    columns = {"income": [None, float("nan"), 0.0], "town": [None, None, "b"], "age": [7, 7, 8], "label": [1, 0, 1]}
    pq.write_table(pa.table(columns), tmp_path / "now.parquet")

    assert count(tmp_path / "now.parquet", then) == 3


def test_values_do_not_run_into_each_other(tmp_path: Path) -> None:
    then = write(tmp_path / "then.csv", "a,b,label", "x,yz,1", "x,yz,0", "q,q,1")

    assert count(write(tmp_path / "now.csv", "a,b,label", "xy,z,1", "xy,z,0", "p,p,1"), then) == 0


# The mistake: a number of its own makes every row another one


def test_a_number_of_the_row_hides_nothing(tmp_path: Path) -> None:
    trained = rows(1, 300)
    then = write(tmp_path / "then.csv", f"case,{HEAD}", *(f"{place},{row}" for place, row in enumerate(trained)))
    moved = [f"K{place + 5000},{row}" for place, row in enumerate([*rows(2, 100), *trained[:4]])]
    now = write(tmp_path / "now.csv", f"case,{HEAD}", *moved, moved[0])

    found = evidence(now, then, planned())

    assert measure(found).value == 4
    compared = {table.name: table.read() for table in found.tables}["shared_rows: columns"]
    assert compared == {("age",): (1,), ("case",): (0,), ("income",): (1,), ("town",): (1,)}


def test_who_knows_which_columns_make_a_case_names_them(tmp_path: Path) -> None:
    head = "customer,income,label"
    then = write(tmp_path / "then.csv", head, *(f"C{place},{place}.5,1" for place in range(90)))
    now = write(tmp_path / "now.csv", head, "C7,1e6,0", "C8,2e6,1", *(f"D{place},{place}.5,1" for place in range(90)))

    found = evidence(now, then, planned(), planned("shared_rows", "customer", check="customers"))

    assert [measure(found).value, measure(found, "customers").value] == [90, 2]
    assert {table.name for table in found.tables} >= {"shared_rows", "shared_rows by customer"}


def test_where_every_column_names_the_row_all_of_them_are_compared(tmp_path: Path) -> None:
    then = write(tmp_path / "then.csv", "case,label", *(f"C{place},1" for place in range(40)))

    assert count(write(tmp_path / "now.csv", "case,label", "C7,0", "D1,0"), then) == 1


def test_evidence_has_counts_and_no_row(tmp_path: Path) -> None:
    then = write(tmp_path / "then.csv", HEAD, *rows(1, 60), "1.5,a,7,0")

    found = evidence(write(tmp_path / "now.csv", HEAD, "1.5,a,7,0"), then, planned())

    tables_ = {table.name: table.read() for table in found.tables}
    assert tables_["shared_rows"] == {(): (1, 61, 1)}
    assert found.plan.baseline is not None
    assert "1.5" not in bytes(found).decode()


@pytest.mark.parametrize(
    ("head", "of", "why"),
    [
        ("wealth,label", (), "the two files have no column in common"),
        (HEAD, ("customer",), "now.csv has no column customer"),
    ],
)
def test_what_cannot_be_compared_is_no_pass(tmp_path: Path, head: str, of: tuple[str, ...], why: str) -> None:
    now, then = write(tmp_path / "now.csv", HEAD, "1,a,3,1"), write(tmp_path / "then.csv", head, *["1,0,0,0"][:1])
    if head == "wealth,label":
        write(then, head, "1,0")
    base = Planned(check="rows", metric="rows", by=(), favourable=None, interval=None)

    run = plans.run(Plan(digits=12, columns=LABEL, checks=(base, planned("shared_rows", *of))), now, baseline=then)
    without = plans.run(Plan(digits=12, columns=LABEL, checks=(base, planned("shared_rows", *of))), now)

    assert run.unmeasured == (("apart", why),)
    assert without.unmeasured == (("apart", "shared_rows needs a baseline: the rows as they were"),)


def test_no_rows_share_no_row_and_say_so(tmp_path: Path) -> None:
    then, now = write(tmp_path / "then.csv", HEAD, "1.5,a,7,0"), write(tmp_path / "now.csv", HEAD)

    assert measure(evidence(now, then, planned())).reason == "no_rows"


# Days


def dated(path: Path, *days: str) -> Path:
    return write(path, "on,label", *(f"{day},1" for day in days))


@pytest.mark.parametrize(
    ("then", "now", "days"),
    [
        (("2026-01-01", "2026-03-31"), ("2026-04-01", "2026-12-31"), 1),
        (("2026-03-31",), ("2026-03-31",), 0),
        (("2026-03-31", "2025-01-01"), ("2027-01-01", "2025-01-01"), -454),
        (("2024-02-28T23:59:59",), ("2024-03-01 00:00:00",), 2),
    ],
)
def test_days_are_counted_from_the_last_then_to_the_first_now(
    tmp_path: Path, then: tuple[str, ...], now: tuple[str, ...], days: int
) -> None:
    found = evidence(
        dated(tmp_path / "now.csv", *now), dated(tmp_path / "then.csv", *then), planned("days_after_baseline", "on")
    )

    assert measure(found).value == days
    assert measure(found).by == {"column": "on"}


@pytest.mark.parametrize("place", ["now", "then"])
def test_a_day_that_is_missing_may_be_any_day(tmp_path: Path, place: str) -> None:
    days = {"then": ["2026-01-01"], "now": ["2026-02-01"]}
    days[place].append("")
    files = {name: dated(tmp_path / f"{name}.csv", *lines) for name, lines in days.items()}

    found = evidence(files["now"], files["then"], planned("days_after_baseline", "on"))

    assert measure(found).reason == "day_missing"


@pytest.mark.parametrize("wrong", ["31/01/2026", "2026-02-31", "46053"])
def test_what_is_no_day_is_said(tmp_path: Path, wrong: str) -> None:
    then, now = dated(tmp_path / "then.csv", "2026-01-01"), dated(tmp_path / "now.csv", "2026-02-01", wrong)
    base = Planned(check="rows", metric="rows", by=(), favourable=None, interval=None)
    asked = Plan(digits=12, columns=LABEL, checks=(base, planned("days_after_baseline", "on")))

    ((_, why),) = plans.run(asked, now, baseline=then).unmeasured

    assert wrong in why
    assert why.endswith("which is no day like 2026-01-31")


def test_the_column_of_days_has_to_be_named_and_there(tmp_path: Path) -> None:
    then, now = dated(tmp_path / "then.csv", "2026-01-01"), write(tmp_path / "now.csv", "label", "1")
    base = Planned(check="rows", metric="rows", by=(), favourable=None, interval=None)
    asked = (base, planned("days_after_baseline", "on"), planned("days_after_baseline", check="unnamed"))

    told = plans.run(Plan(digits=12, columns=LABEL, checks=asked), now, baseline=then).unmeasured

    assert told == (
        ("apart", "now.csv has no column on"),
        ("unnamed", "days_after_baseline needs the column of days: of"),
    )


# Sizes


def test_rows_and_positives_are_counts_by_group_too(tmp_path: Path) -> None:
    from govern.policy.evidence import Attribute

    path = write(tmp_path / "now.csv", "sex,label", "F,1", "F,0", "M,1", "M,1", "M,", ",1")
    sex = Attribute(name="sex", column="sex", groups=None, reference=None)
    asked = [
        Planned(check=f"{name}{' by sex' if by else ''}", metric=name, by=by, favourable=None, interval=None)
        for name in ("rows", "positives")
        for by in ((), (sex,))
    ]

    found = plans.run(Plan(digits=12, columns=LABEL, checks=tuple(asked)), path).evidence

    values = {result.check: [int(one.value or 0) for one in result.measures] for result in found.results}
    assert values == {"rows": [6], "positives": [4], "rows by sex": [2, 3], "positives by sex": [1, 2]}


# Wherever the rows are


def test_postgresql_finds_the_same_rows_and_days(tmp_path: Path, fresh_postgresql: str) -> None:
    import ibis
    import pyarrow as pa

    backend = ibis.connect(fresh_postgresql.replace("postgresql+psycopg", "postgres"))
    rng = random.Random(4)
    lines = [
        {
            "case": f"{side}-{place}",
            "income": rng.choice([None, float("nan"), rng.gauss(0, 1), float(rng.randint(0, 3)), -0.0, 1e21, 1e-7]),
            "town": rng.choice(["a", "b", "", None]),
            "age": rng.choice([20, 30, None]),
            "on": f"{2024 + side}-0{rng.randint(1, 9)}-1{rng.randint(0, 9)}",
            "label": rng.randint(0, 1),
        }
        for side in (0, 1)
        for place in range(300)
    ]
    lines[300:340] = [{**line, "case": f"x{place}"} for place, line in enumerate(lines[:40])]
    sides = [pa.Table.from_pylist(lines[:300]), pa.Table.from_pylist(lines[300:])]
    there = [backend.create_table(name, side) for name, side in zip(("then", "now"), sides, strict=True)]
    asked = (
        planned(),
        planned("shared_rows", "income", "town", check="two"),
        planned("days_after_baseline", "on", check="on"),
    )

    def measured(then: Any, now: Any) -> Evidence:
        with tables.taken(then) as before, tables.taken(now) as after:
            return plans.measured(Plan(digits=12, columns=LABEL, checks=asked), after, plans.Given(baseline=before))[
                1
            ].evidence

    here = measured(*sides)

    assert int(measure(here).value or 0) >= 40
    assert bytes(measured(*there)) == bytes(here)
    backend.disconnect()


def test_columns_of_lists_are_left_alone() -> None:
    import pyarrow as pa

    table = pa.table({"a": [1.5, 2.5], "b": [[1], [2]]})
    with tables.taken(table) as now, tables.taken(table) as then:
        assert apart.columns(now, then, (), ()) == {"a": True}
