"""The rows of a table as a model reads them: its columns only, as numbers or text, in batches or as a chosen few.

A CSV file does not say what is a number: a column is, if every value of it is one. Parquet says it.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from govern.checks.tables import Data, quoted
from govern.errors import InvalidInput

BATCH = 1 << 16


def numeric(data: Data, features: Sequence[str]) -> frozenset[str]:
    """Return the features that are numbers in this table."""
    text = [name for name in features if not _is_number(data, name)]
    if data.says_types or not text:
        return frozenset(features) - set(text)
    tests = ", ".join(f"count(*) FILTER ({_is_no_number(name)})" for name in text)
    (bad,) = data.ask(f"SELECT {tests} FROM {data.relation}")  # noqa: S608  quoted below
    return frozenset(features) - {name for name, count in zip(text, bad, strict=True) if count}


def read(features: Sequence[str], numbers: frozenset[str]) -> str:
    """Return SQL for the model's columns, numbers as doubles and all else as text."""
    kinds = {name: f"TRY_CAST({quoted(name)} AS DOUBLE)" for name in numbers}
    text = {name: f"CAST({quoted(name)} AS VARCHAR)" for name in features}
    return ", ".join(f"{kinds.get(name, text[name])} AS {quoted(name)}" for name in features)


def batches(data: Data, features: Sequence[str], numbers: frozenset[str], rest: str = "") -> Iterator[Any]:
    """Give the model's columns as Arrow batches, in the order of the file unless ``rest`` of the query says another."""
    for name in features:
        if name in numbers and not _is_number(data, name):
            _require_numbers(data, name)
    columns = read(features, numbers)
    found: Any = data.local.connection.sql(f"SELECT {columns} FROM {data.relation} {rest}")  # noqa: S608  quoted above
    yield from found.to_arrow_reader(BATCH)


def _is_number(data: Data, name: str) -> bool:
    kind = data.column(name, "model").type()
    return bool(kind.is_numeric() or kind.is_boolean())


def _is_no_number(name: str) -> str:
    # What is empty says nothing about the rest.
    return f"nullif(CAST({quoted(name)} AS VARCHAR), '') IS NOT NULL AND TRY_CAST({quoted(name)} AS DOUBLE) IS NULL"


def _require_numbers(data: Data, name: str) -> None:
    wrong = f"SELECT {quoted(name)} FROM {data.relation} WHERE {_is_no_number(name)} LIMIT 1"  # noqa: S608  quoted
    for (value,) in data.ask(wrong):
        raise InvalidInput(f"the column {name} of {data.name} holds {value!r}, and the model reads numbers")
