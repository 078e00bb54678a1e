"""Reads a file of rows, or takes a table that is there already: its digest, its columns, and what counts them.

A file is hashed before it is read, and nothing else can be read by what stands in it.
"""

import csv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import file_digest
from pathlib import Path
from typing import TYPE_CHECKING, Any

from govern.checks.engine import Connected, Engine, Local, readable
from govern.errors import InvalidInput, Tampered
from govern.ledger.strict import Digest

if TYPE_CHECKING:
    import duckdb

_DELIMITERS = (",", ";", "\t", "|")


@dataclass(frozen=True)
class Data:
    """Rows that are open: what they are, their columns with their types, and the engine that reads them."""

    name: str
    """What messages call it: the name of the file."""
    digest: Digest | None
    """Of the bytes of a file; a table has none."""
    columns: Mapping[str, str]
    rows: int
    engine: Engine
    says_types: bool
    """Parquet does; in CSV all is text."""
    relation: str = "source"

    @cached_property
    def table(self) -> Any:
        """The rows as expressions name them."""
        return self.engine.table(self.relation, self.columns)

    @property
    def local(self) -> Local:
        """DuckDB, for what is done row by row."""
        if not isinstance(self.engine, Local):
            raise InvalidInput(f"{self.name} lies elsewhere, and a model reads rows here", hint="give it as a file")
        return self.engine

    def require(self, column: str, what: str) -> str:
        """Return the column as SQL writes it."""
        self.column(column, what)
        return quoted(column)

    def column(self, column: str, what: str) -> Any:
        """Return the column as expressions name it."""
        if column not in self.columns:
            known = ", ".join(list(self.columns)[:20])
            raise InvalidInput(f"{self.name} has no column {column!r} for the {what}", hint=f"its columns are {known}")
        found = self.table[column]
        if found.type().is_nested():
            raise InvalidInput(f"the {what} {column} holds lists or structures", hint="name a column of single values")
        return found

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        return self.local.ask(sql)


@contextmanager
def opened(path: Path, threads: int | None = None) -> Iterator[Data]:
    """Open a CSV or Parquet file; it is hashed before it is read, and must be the same file to the end."""
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
    with _duckdb(threads) as engine:
        # A file of rows can name nothing else that would be read.
        engine.execute(f"SET allowed_paths=[{_text(str(path))}]")
        _close(engine)
        with readable(path.name):
            reader = f"read_parquet({_text(str(path))})" if is_parquet else _csv_reader(path)
            engine.execute(f"CREATE VIEW source AS SELECT * FROM {reader}")  # noqa: S608  quoted above
        yield _described(engine, path.name, digest, says_types=is_parquet)
        after = path.stat()
        if (before.st_ino, before.st_size, before.st_mtime_ns) != (after.st_ino, after.st_size, after.st_mtime_ns):
            raise Tampered(f"{path} was changed while it was read", hint="see that nobody writes to it, then try again")


@contextmanager
def taken(table: Any, threads: int | None = None) -> Iterator[Data]:
    """Open a table of pandas, Polars, Arrow or Ibis; the last is counted where it lies."""
    if hasattr(table, "get_backend"):
        engine = Connected.of(table)
        columns = {name: str(kind) for name, kind in table.schema().items()}
        ((rows,),) = engine.rows(table.aggregate(n=table.count()))
        yield Data("the table", None, columns, int(rows), engine, says_types=True)
        return
    import duckdb  # noqa: PLC0415  who only asks for help reads no table

    with _duckdb(threads) as duck:
        _close(duck)
        try:
            duck.register("source", table)
        except (duckdb.Error, TypeError, RuntimeError) as error:  # of a list, of nothing and of a tuple
            raise InvalidInput(
                f"a {type(table).__name__} is no table", hint="give a table of pandas, Polars, Arrow or Ibis, or a file"
            ) from error
        yield _described(duck, "the table", None, says_types=True)


@contextmanager
def either(given: Any, threads: int | None = None) -> Iterator[Data]:
    """Open a file, or a table."""
    with opened(given, threads) if isinstance(given, Path) else taken(given, threads) as data:
        yield data


def add_scores(data: Data, name: str, scores: Any) -> Data:
    """Return the data with a column of scores, one for each row in the order of the file."""
    import pyarrow as pa  # noqa: PLC0415  who only asks for help reads no table

    if name in data.columns:
        raise InvalidInput(f"{data.name} has a column {name!r} already", hint="rename it: the model's scores go there")
    engine = data.local.connection
    engine.register("given", pa.table({name: pa.array(scores, pa.float64())}))
    engine.execute("CREATE TABLE scores AS SELECT * FROM given")
    engine.unregister("given")
    engine.execute("CREATE VIEW scored AS SELECT * FROM source POSITIONAL JOIN scores")
    return replace(data, columns={**data.columns, name: "DOUBLE"}, relation="scored")


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


@contextmanager
def _duckdb(threads: int | None) -> "Iterator[duckdb.DuckDBPyConnection]":
    import duckdb  # noqa: PLC0415  who only asks for help reads no table

    settings: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
    }
    if threads:
        settings["threads"] = threads
    with duckdb.connect(":memory:", config=settings) as engine:
        yield engine


def _close(engine: "duckdb.DuckDBPyConnection") -> None:
    engine.execute("SET enable_external_access=false")
    engine.execute("SET lock_configuration=true")


def _described(engine: "duckdb.DuckDBPyConnection", name: str, digest: Digest | None, *, says_types: bool) -> Data:
    local = Local(engine, name)
    columns = {column: str(kind) for column, kind, *_ in local.ask("DESCRIBE source")}
    ((rows,),) = local.ask("SELECT count(*) FROM source")
    return Data(name, digest, columns, rows, local, says_types)


def _csv_reader(path: Path) -> str:
    """Return SQL that reads a CSV file with every value as the text that stands there."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            line = file.readline(1 << 20)
    except UnicodeDecodeError:
        raise InvalidInput(
            f"{path} is neither Parquet nor CSV in UTF-8", hint="save it as UTF-8, or as Parquet"
        ) from None
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
