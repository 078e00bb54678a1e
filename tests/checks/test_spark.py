"""Rows that Spark holds: the same bytes as from this process. It runs where the extra ``spark`` and a Java are installed."""

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from tests.checks.test_engines import everything, measured, rows

pyspark = pytest.importorskip("pyspark", reason="Spark is an extra that nothing installs unasked")

__all__ = ["rows"]


@pytest.fixture
def session() -> Iterator[Any]:
    from pyspark.sql import SparkSession

    if shutil.which("java") is None:
        pytest.skip("Spark needs a Java")
    settings = {"spark.ui.enabled": "false", "spark.sql.shuffle.partitions": "2", "spark.driver.host": "127.0.0.1"}
    builder = SparkSession.builder.master("local[2]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    found = builder.getOrCreate()
    found.sparkContext.setLogLevel("ERROR")
    yield found
    found.stop()


@pytest.mark.filterwarnings("ignore")
def test_spark_gives_the_same_bytes(session: Any, rows: list[dict[str, Any]]) -> None:
    import ibis
    import pyarrow as pa

    columns = "sex string, age bigint, score double, label bigint"
    session.createDataFrame([tuple(row.values()) for row in rows], columns).createOrReplaceTempView("rows")
    there = ibis.pyspark.connect(session).table("rows")

    assert everything().checks
    assert measured(there) == measured(pa.Table.from_pylist(rows))
