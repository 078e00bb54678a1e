"""The same rows in a file, a table of another library or PostgreSQL give the same evidence; nothing is counted twice."""

import random
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from govern.checks import plan as plans
from govern.checks import tables
from govern.errors import InvalidInput
from govern.policy.evidence import Attribute, Columns, Interval, Plan, Planned
from govern.policy.metrics import COMPARED, METRICS, Grouping

BOOTSTRAP = Interval(method="bootstrap", level=Decimal("0.9"), resamples=100)
NUMBERS = {"rmse", "mae", "r2"}


def attribute(name: str, **of: Any) -> Attribute:
    return Attribute(**{"name": name, "column": name, "groups": None, "reference": None, **of})


def planned(metric: str, **of: Any) -> Planned:
    given = {"check": metric, "by": (), "favourable": None, "interval": BOOTSTRAP, **of}
    return Planned(metric=metric, **given)


def everything() -> Plan:
    sex, age = attribute("sex"), attribute("age")
    kinds = {Grouping.EACH, *COMPARED}
    names = [name for name, one in METRICS.items() if one.grouping in kinds and {"model"}.isdisjoint(one.reads)]
    names = [name for name in names if name not in NUMBERS]
    checks = [planned(name, by=(sex, age), intersections=((sex, age),)) for name in names]
    checks += [
        planned("selection_rate", check="everybody's"),
        planned("adverse_impact_ratio", check="at another cut-off", by=(sex,), cutoff=Decimal("0.3")),
        planned("selection_rate_gap", check="to everybody", by=(sex,), against="overall"),
        planned("accuracy", check="small ones together", by=(age,), small_groups="merge", min_group_size=100),
    ]
    columns = Columns(label="label", prediction="score >= 0.4", score="score", positive=None)
    return Plan(digits=12, columns=columns, checks=tuple(checks))


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    rng = random.Random(3)
    return [
        {
            "sex": rng.choice(["F", "M", "M", None]),
            "age": rng.choice([20, 30, 40, 50, 90]) if rng.random() < 0.98 else 101,
            "score": rng.choice([rng.random(), rng.randint(0, 8) / 8, None]),
            "label": rng.choice([0, 1, 1, None]),
        }
        for _ in range(700)
    ]


@pytest.fixture
def connected(rows: list[dict[str, Any]], fresh_postgresql: str) -> Iterator[Any]:
    import ibis
    import pyarrow as pa

    # Ibis speaks to PostgreSQL by an address of its own kind.
    connection = ibis.connect(fresh_postgresql.replace("postgresql+psycopg", "postgres"))
    yield connection.create_table("rows", pa.Table.from_pylist(rows))
    connection.disconnect()


def measured(given: Any) -> bytes:
    with tables.taken(given) as data:
        return bytes(plans.measured(everything(), data)[1].evidence)


def of_file(path: Path, threads: int) -> bytes:
    return bytes(plans.run(everything(), path, threads=threads).evidence)


def test_the_same_rows_give_the_same_bytes_wherever_they_lie(tmp_path: Path, rows: list[dict[str, Any]]) -> None:
    import pandas as pd
    import polars as pl
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.Table.from_pylist(rows)
    shuffled = random.Random(1).sample(rows, len(rows))
    pq.write_table(pa.Table.from_pylist(shuffled), tmp_path / "rows.parquet")
    pd.DataFrame(rows).astype({"label": "Int64"}).to_csv(tmp_path / "rows.csv", index=False)
    expected = measured(table)

    assert measured(pl.from_arrow(table)) == expected
    assert measured(table.to_pandas()) == expected
    assert of_file(tmp_path / "rows.parquet", threads=1) == expected
    assert of_file(tmp_path / "rows.parquet", threads=2) == expected
    assert of_file(tmp_path / "rows.csv", threads=2) == expected


def test_postgresql_gives_the_same_bytes(connected: Any, rows: list[dict[str, Any]]) -> None:
    import pyarrow as pa

    assert measured(connected) == measured(pa.Table.from_pylist(rows))


def test_text_in_postgresql_is_read_as_text_in_a_file(connected: Any, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("score,label,sex\n0.5,1.0,1.0\n1e-3,0,1\n,1,\n0.75,0.0,2\n")
    backend = connected.get_backend()
    text = backend.create_table("text", schema={"score": "string", "label": "string", "sex": "string"})
    backend.raw_sql("INSERT INTO text VALUES ('0.5','1.0','1.0'),('1e-3','0','1'),('','1',''),('0.75','0.0','2')")
    columns = Columns(label="label", prediction=None, score="score", positive=None)
    asked = Plan(digits=12, columns=columns, checks=(planned("roc_auc"), planned("brier", by=(attribute("sex"),))))

    with tables.taken(text) as data:
        there = plans.measured(asked, data)[1].evidence

    assert bytes(there) == bytes(plans.run(asked, path).evidence)


def test_what_is_no_number_in_postgresql_is_said(connected: Any) -> None:
    backend = connected.get_backend()
    text = backend.create_table("wrong", schema={"score": "string", "label": "int64"})
    backend.raw_sql("INSERT INTO wrong VALUES ('high', 1), ('0.5', 0)")
    columns = Columns(label="label", prediction=None, score="score", positive=None)

    with tables.taken(text) as data, pytest.raises(InvalidInput, match="1 values that are no numbers, like 'high'"):
        plans.measured(Plan(digits=12, columns=columns, checks=(planned("roc_auc"),)), data)[1]


@pytest.mark.parametrize("given", [[1, 2], None, (1, 2), {"a": [1]}, 5], ids=lambda one: type(one).__name__)
def test_what_is_no_table_is_refused(given: Any) -> None:
    with pytest.raises(InvalidInput, match=f"a {type(given).__name__} is no table"), tables.taken(given):
        pass
