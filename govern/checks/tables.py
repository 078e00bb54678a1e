"""Reads a file of rows into what measuring needs: its digest, counts by group, and rank statistics of the score.

What is 1 is never guessed: label and prediction hold two values between them, and one is named unless they are 0 and 1.
A value has one spelling, so that 1, 1.0 and "1" are the same. What is missing is counted, never dropped in silence.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from hashlib import file_digest
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from govern.errors import InvalidInput, Tampered
from govern.ledger.strict import Digest
from govern.policy.decimals import read_decimal

if TYPE_CHECKING:
    import duckdb

MOST_GROUPS = 256
"""An attribute with more values is no grouping."""

_DELIMITERS = (",", ";", "\t", "|")
_RULE = re.compile(r"(?P<column>.+?) (?P<sign>>=|<=|>|<) (?P<limit>-?[0-9.]+)")
_ZERO_AND_ONE = ({"0", "1"}, {"false", "true"}, {"False", "True"})


@dataclass(frozen=True, slots=True)
class Rule:
    """A prediction that is made of a score; written ``score >= 0.5``."""

    column: str
    sign: str
    limit: Decimal

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Return the rule that ``text`` writes, or nothing if it is the name of a column."""
        found = _RULE.fullmatch(text)
        return cls(found["column"], found["sign"], read_decimal(found["limit"])) if found else None

    def __str__(self) -> str:
        return f"{self.column} {self.sign} {self.limit}"


@dataclass(frozen=True, slots=True)
class Binding:
    """Which columns are read as what, and which value of label and prediction is 1."""

    label: str | None
    prediction: str | None
    score: str | None
    by: tuple[str, ...]
    positive: str | None
    """Named by whoever asks, or settled while binding; nothing if there is neither label nor prediction."""
    negative: str | None = None


@dataclass(frozen=True, slots=True)
class Data:
    """A file that is open: what it is, its columns with their types, and the engine that reads it."""

    path: Path
    digest: Digest
    columns: Mapping[str, str]
    rows: int
    engine: "duckdb.DuckDBPyConnection"
    says_types: bool
    """Parquet does; in CSV all is text."""
    relation: str = "source"

    def require(self, column: str, what: str) -> str:
        """Return the column as SQL writes it."""
        if column not in self.columns:
            known = ", ".join(list(self.columns)[:20])
            raise InvalidInput(
                f"{self.path.name} has no column {column!r} for the {what}", hint=f"its columns are {known}"
            )
        return quoted(column)

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        with _readable(self.path):
            return self.engine.execute(sql).fetchall()


@contextmanager
def opened(path: Path, threads: int | None = None) -> Iterator[Data]:
    """Open a CSV or Parquet file; it is hashed before it is read, and must be the same file to the end."""
    import duckdb  # noqa: PLC0415  who only asks for help reads no table

    if any(letter in str(path) for letter in "*?["):
        raise InvalidInput(f"{path} holds one of * ? [", hint="name one file, without these characters in its path")
    path = path.absolute()
    if path.exists() and not path.is_file():
        raise InvalidInput(f"{path} is not a file", hint="name a CSV or Parquet file")
    try:
        with path.open("rb") as file:
            before, digest = path.stat(), Digest(file_digest(file, "sha256").digest())
            file.seek(0)
            is_parquet = file.read(4) == b"PAR1"
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror}", hint="name a CSV or Parquet file") from None
    settings: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
    }
    if threads:
        settings["threads"] = threads
    with duckdb.connect(":memory:", config=settings) as engine:
        # A file of rows can name nothing else that would be read.
        engine.execute(f"SET allowed_paths=[{_text(str(path))}]")
        engine.execute("SET enable_external_access=false")
        engine.execute("SET lock_configuration=true")
        with _readable(path):
            reader = f"read_parquet({_text(str(path))})" if is_parquet else _csv_reader(path)
            engine.execute(f"CREATE VIEW source AS SELECT * FROM {reader}")  # noqa: S608  quoted above
            columns = {name: str(kind) for name, kind, *_ in engine.execute("DESCRIBE source").fetchall()}
            (rows,) = engine.execute("SELECT count(*) FROM source").fetchall()[0]
        yield Data(path, digest, columns, rows, engine, is_parquet)
        after = path.stat()
        if (before.st_ino, before.st_size, before.st_mtime_ns) != (after.st_ino, after.st_size, after.st_mtime_ns):
            raise Tampered(f"{path} was changed while it was read", hint="see that nobody writes to it, then try again")


def add_scores(data: Data, name: str, scores: Any) -> Data:
    """Return the data with a column of scores, one for each row in the order of the file."""
    import pyarrow as pa  # noqa: PLC0415  who only asks for help reads no table

    if name in data.columns:
        raise InvalidInput(
            f"{data.path.name} has a column {name!r} already", hint="rename it: the model's scores go there"
        )
    data.engine.register("given", pa.table({name: pa.array(scores, pa.float64())}))
    data.engine.execute("CREATE TABLE scores AS SELECT * FROM given")
    data.engine.unregister("given")
    data.engine.execute("CREATE VIEW scored AS SELECT * FROM source POSITIONAL JOIN scores")
    return replace(data, columns={**data.columns, name: "DOUBLE"}, relation="scored")


def bind(data: Data, wanted: Binding) -> Binding:
    """Make the table ``bound`` (groups, label, prediction, score), and return which value is 1 and which is 0."""
    rule = None if wanted.prediction in data.columns else Rule.parse(wanted.prediction or "")
    data = _narrowed(data, wanted, rule)
    label = spelled(data, wanted.label, "label") if wanted.label else "NULL"
    prediction = spelled(data, wanted.prediction, "prediction") if wanted.prediction and not rule else "NULL"
    positive, negative = _settle(data, wanted, label, prediction)
    one = _text(positive or "")
    decided = _of_rule(data, rule) if rule else f"CAST({prediction} = {one} AS TINYINT)"
    score = number(data, wanted.score, "score") if wanted.score else "CAST(NULL AS DOUBLE)"
    parts = [f"{spelled(data, column, 'attribute')} AS g{place}" for place, column in enumerate(wanted.by)]
    parts += [f"CAST({label} = {one} AS TINYINT) AS y", f"{decided} AS p", f"{score} AS s"]
    data.ask(f"CREATE OR REPLACE TABLE bound AS SELECT {', '.join(parts)} FROM narrow")  # noqa: S608  quoted above
    for place, column in enumerate(wanted.by):
        ((found,),) = data.ask(f"SELECT count(DISTINCT g{place}) FROM bound")  # noqa: S608  a number
        if found > MOST_GROUPS:
            raise InvalidInput(
                f"{column} has {found} values, more than {MOST_GROUPS}", hint="put them into bands first"
            )
    return Binding(wanted.label, wanted.prediction, wanted.score, wanted.by, positive, negative)


def _narrowed(data: Data, wanted: Binding, rule: Rule | None) -> Data:
    """Return the data with only the columns that are used, read once."""
    prediction = rule.column if rule else wanted.prediction
    uses = [(wanted.label, "label"), (prediction, "prediction"), (wanted.score, "score")]
    uses += [(column, "attribute") for column in wanted.by]
    names = dict.fromkeys(data.require(column, what) for column, what in uses if column)
    data.ask(f"CREATE OR REPLACE TABLE narrow AS SELECT {', '.join(names) or '1 AS one'} FROM {data.relation}")  # noqa: S608
    return replace(data, relation="narrow")


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def spelled(data: Data, column: str, what: str) -> str:
    """Return SQL for the one spelling of a column's values; what is missing is NULL."""
    text = f"CAST({data.require(column, what)} AS VARCHAR)"
    whole = f"CASE WHEN regexp_full_match({text}, '-?[0-9]+\\.0+') THEN regexp_replace({text}, '\\.0+$', '') ELSE {text} END"
    nothing = "nan" if data.columns[column] in {"FLOAT", "DOUBLE"} else ""
    return f"nullif({whole}, '{nothing}')"


def number(data: Data, column: str, what: str) -> str:
    """Return SQL for a column of numbers; raise `InvalidInput` if it holds anything else."""
    name = data.require(column, what)
    read = f"TRY_CAST({name} AS DOUBLE)"
    is_bad = f"{name} IS NOT NULL AND CAST({name} AS VARCHAR) <> '' AND ({read} IS NULL OR isinf({read}))"
    bad = data.ask(f"SELECT CAST({name} AS VARCHAR), count(*) OVER () FROM {data.relation} WHERE {is_bad} LIMIT 1")  # noqa: S608
    if bad:
        ((value, count),) = bad
        raise InvalidInput(f"the {what} {column} has {count} values that are no numbers, like {value!r}")
    return f"CASE WHEN isnan({read}) THEN NULL ELSE {read} END"


def _settle(data: Data, wanted: Binding, label: str, prediction: str) -> tuple[str | None, str | None]:
    """Return which value is 1 and which is 0."""
    columns = [name for name, sql in ((wanted.label, label), (wanted.prediction, prediction)) if sql != "NULL"]
    if not columns:
        return wanted.positive, None
    both = f"SELECT {label} AS v FROM narrow UNION SELECT {prediction} FROM narrow"  # noqa: S608  quoted above
    values = [value for (value,) in data.ask(f"SELECT v FROM ({both}) WHERE v IS NOT NULL ORDER BY v LIMIT 10")]  # noqa: S608
    held = f"{' and '.join(map(str, columns))} hold{'s' if len(columns) == 1 else ''} {', '.join(map(repr, values))}"
    if len(values) > 2:  # noqa: PLR2004  0 and 1
        raise InvalidInput(
            f"{held}: more than two values", hint="make it two, or write a rule: --prediction 'score >= 0.5'"
        )
    usual = next((pair for pair in _ZERO_AND_ONE if set(values) <= pair), None)
    positive = wanted.positive or (max(usual) if usual and values else None)
    if positive is None:
        raise InvalidInput(f"{held or 'nothing'}, and neither is 1", hint="say which one is: --positive VALUE")
    if positive not in (usual or values):
        raise InvalidInput(f"{held}, not {positive!r}", hint="say which of these is 1: --positive VALUE")
    return positive, next((value for value in sorted(usual or values) if value != positive), None)


def _of_rule(data: Data, rule: Rule) -> str:
    return f"CAST({number(data, rule.column, 'prediction')} {rule.sign} CAST({rule.limit} AS DOUBLE) AS TINYINT)"


def _csv_reader(path: Path) -> str:
    """Return SQL that reads a CSV file with every value as the text that stands there."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            line = file.readline(1 << 20)
    except UnicodeDecodeError:
        raise InvalidInput(f"{path} is neither Parquet nor CSV in UTF-8") from None
    heads = {mark: next(csv.reader([line], delimiter=mark), []) for mark in _DELIMITERS}
    mark = next((mark for mark in _DELIMITERS if len(heads[mark]) > 1), _DELIMITERS[0])
    names = heads[mark]
    if not any(names):
        raise InvalidInput(f"{path} has no first line with the names of its columns")
    twice = sorted({name for name in names if names.count(name) > 1 or not name})
    if twice:
        raise InvalidInput(f"{path} has two columns named {twice[0]!r}, or one without a name")
    columns = ", ".join(f"{_text(name)}: 'VARCHAR'" for name in names)
    return (
        f"read_csv({_text(str(path))}, auto_detect=false, header=true, strict_mode=true, delim={_text(mark)}, "
        f"quote='\"', escape='\"', columns={{{columns}}})"
    )


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    import duckdb  # noqa: PLC0415  who only asks for help reads no table

    try:
        yield
    except duckdb.Error as error:
        first = str(error).strip().splitlines()[0]
        raise InvalidInput(f"{path.name} cannot be read: {first}") from None
