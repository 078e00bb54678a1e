"""Where rows lie and what counts them: DuckDB in this process, or whatever a table of Ibis is connected to.

What is counted is written once, as an expression of Ibis; an engine computes it where the rows are, and gives back the few
rows of integers that came of it.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, Any, Protocol
from uuid import uuid4

from govern.errors import InvalidInput

if TYPE_CHECKING:
    import duckdb


class Engine(Protocol):
    """What computes expressions."""

    @property
    def can_try(self) -> bool:
        """Whether it reads text as a number, or says that it is none, without failing."""
        ...

    def table(self, name: str, kinds: Mapping[str, str]) -> Any:
        """Return a table that is there, as expressions name it."""
        ...

    def rows(self, asked: Any) -> list[tuple[Any, ...]]:
        """Return the rows of an expression."""
        ...

    def keep(self, name: str, asked: Any, *, is_read_fast: bool = False) -> Any:
        """Return the rows of an expression as a table of its own; unless they are read as fast again, they are computed once."""
        ...


@dataclass(frozen=True, slots=True)
class Local:
    """DuckDB in this process, reading the one file or table that it was given."""

    connection: "duckdb.DuckDBPyConnection"
    source: str
    """What it reads, as messages call it."""
    _kept: Iterator[int] = field(default_factory=count, repr=False)

    @property
    def can_try(self) -> bool:
        return True

    def table(self, name: str, kinds: Mapping[str, str]) -> Any:
        import ibis  # noqa: PLC0415  who only asks for help counts nothing
        from ibis.backends.sql.datatypes import DuckDBType  # noqa: PLC0415  the same

        # Of ten thousand columns most are of one kind, and to read a kind takes a while.
        known = {kind: DuckDBType.from_string(kind) for kind in set(kinds.values())}
        return ibis.table({column: known[kind] for column, kind in kinds.items()}, name=name)

    def rows(self, asked: Any) -> list[tuple[Any, ...]]:
        return self.ask(_written(asked))

    def keep(self, name: str, asked: Any, *, is_read_fast: bool = False) -> Any:
        name = f"{name}_{next(self._kept)}"
        self.ask(f"CREATE {'VIEW' if is_read_fast else 'TABLE'} {name} AS {_written(asked)}")
        return self.table(name, {column: kind for column, kind, *_ in self.ask(f"DESCRIBE {name}")})

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        with readable(self.source):
            return self.connection.execute(sql).fetchall()


@dataclass(frozen=True, slots=True)
class Connected:
    """A database that Ibis speaks to: rows stay where they are."""

    backend: Any
    given: Any = field(repr=False)
    """The table of Ibis."""

    @property
    def can_try(self) -> bool:
        return self.backend.name not in {"postgres", "sqlite", "mysql"}

    @classmethod
    def of(cls, table: Any) -> "Connected":
        return cls(table.get_backend(), table)

    def table(self, name: str, kinds: Mapping[str, str]) -> Any:  # noqa: ARG002  there is one
        return self.given

    def rows(self, asked: Any) -> list[tuple[Any, ...]]:
        return [tuple(row.values()) for row in asked.to_pyarrow().to_pylist()]

    def keep(self, name: str, asked: Any, *, is_read_fast: bool = False) -> Any:  # noqa: ARG002  others write meanwhile
        if self.backend.name == "pyspark":  # it has no tables that go away by themselves
            return asked.cache()
        return self.backend.create_table(f"govern_{name}_{uuid4().hex[:12]}", asked, temp=True)


def _written(asked: Any) -> str:
    import ibis  # noqa: PLC0415  who only asks for help counts nothing

    return str(ibis.to_sql(asked, dialect="duckdb"))


def together(table: Any, keys: Sequence[str]) -> Any:
    """Return the table in groups of equal keys, or as it is where there are none."""
    return table.group_by(keys) if keys else table


@contextmanager
def readable(source: str) -> Iterator[None]:
    """Say of a file that cannot be read what DuckDB says of it."""
    import duckdb  # noqa: PLC0415  who only asks for help reads no table

    try:
        yield
    except duckdb.Error as error:
        first = str(error).strip().splitlines()[0]
        raise InvalidInput(f"{source} cannot be read: {first}") from None
