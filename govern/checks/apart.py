"""Whether rows are apart from others: none stands in both, and all are of later days.

Rows are the same if all that is compared is: numbers as numbers however they are spelled, anything else as it is spelled,
missing as missing. Only how many there are leaves this module.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from govern.checks.binding import as_number, spelled
from govern.checks.engine import Local
from govern.checks.population import row_digest
from govern.checks.ranks import numbers
from govern.checks.rows import numeric
from govern.checks.stability import require_one_place
from govern.checks.tables import Data

SUMS = ("rows", "baseline_rows", "shared")
DAYS = ("rows", "missing", "first", "last")
"""Days are counted from 1970-01-01."""

_OWN, _OF = 9, 10
"""What has a value of its own in nine of ten rows is a name of the row, not what it says."""
_BEGIN = date(1970, 1, 1)
_DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([ T].*)?$"


@dataclass(frozen=True, slots=True)
class Days:
    """The days of a column."""

    rows: int
    missing: int
    first: date | None
    last: date | None

    @property
    def row(self) -> tuple[int, ...]:
        """Return what evidence keeps; nothing where no row has a day."""
        if self.first is None or self.last is None:
            return ()
        return (self.rows, self.missing, (self.first - _BEGIN).days, (self.last - _BEGIN).days)


def columns(now: Data, then: Data, named: Sequence[str], special: Collection[str | None]) -> dict[str, bool]:
    """Return the columns that both have, each with whether it is compared: those named, or all that say something."""
    both = [one for one in now.columns if one in then.columns and not now.table[one].type().is_nested()]
    if named:
        return {one: True for one in named if one in both}
    usual = [one for one in both if one not in special]
    names = _names(now, usual) & _names(then, usual)
    # Where every column names its row, nothing but names can be compared.
    return {one: one not in names or len(names) == len(usual) for one in usual}


def shared(now: Data, then: Data, names: Sequence[str]) -> int:
    """Return how many rows of ``now`` stand in ``then`` too, each as often as it does."""
    require_one_place(now, then)
    alike = frozenset(name for name in names if all(numeric(data, [name]) for data in (now, then)))
    sides = [data.table.select(**_values(data, names, alike)) for data in (now, then)]
    if isinstance(now.engine, Local) and isinstance(then.engine, Local):
        return _shared_here(now, then, sides, tuple(f"c{place}" for place, _ in enumerate(names)))
    known, others = (side.select(k=_key(side)) for side in sides)
    ((count,),) = now.engine.rows(known.semi_join(others, "k").aggregate(n=lambda one: one.count()))
    return int(count)


def days(data: Data, column: str) -> Days | str:
    """Return the first and the last day of a column, or why it has none."""
    if column not in data.columns:
        return f"{data.name} has no column {column}"
    text = data.column(column, "day").cast("string")
    table = data.table.select(t=text.nullif(""))
    bad = ~table.t.re_search(_DAY)
    asked = {"n": table.count(), "known": table.t.count(), "wrong": table.t.min(where=bad)}
    day = table.t.substr(0, 10)
    ((n, known, wrong, first, last),) = data.engine.rows(table.aggregate(**asked, first=day.min(), last=day.max()))
    try:
        ends = None if wrong is not None else [date.fromisoformat(one) if one else None for one in (first, last)]
    except ValueError:
        wrong, ends = f"{first} to {last}", None
    if ends is None:
        return f"{column} of {data.name} holds {wrong!r}, which is no day like 2026-01-31"
    return Days(int(n), int(n - known), *ends)


def _names(data: Data, columns: Sequence[str]) -> set[str]:
    """Return the columns that name rows: whole numbers or text, nearly each with a value of its own."""
    kinds = {one: data.table[one].type() for one in columns}
    whole = [one for one, kind in kinds.items() if not (kind.is_floating() or kind.is_decimal())]
    if not whole:
        return set()
    fractions = [] if data.says_types else [one for one in whole if numeric(data, [one])]
    asked = {f"d{place}": data.table[one].nunique() for place, one in enumerate(whole)}
    for place, one in enumerate(fractions):
        value = as_number(data, one, "comparison")
        asked[f"f{place}"] = (value != value.floor()).sum()
    (found,) = data.engine.rows(data.table.aggregate(**asked))
    broken = {one for one, count in zip(fractions, found[len(whole) :], strict=True) if count}
    counts = zip(whole, found, strict=False)
    return {one for one, distinct in counts if one not in broken and distinct * _OF >= data.rows * _OWN}


def _values(data: Data, names: Sequence[str], alike: Collection[str]) -> Mapping[str, Any]:
    found = {}
    for place, name in enumerate(names):
        value = spelled(data, name, "comparison")
        if name in alike:
            value = as_number(data, name, "comparison")
            # 0 and -0 are one number, and what is no number is missing.
            value = (value == 0).ifelse(0.0, value.isnan().ifelse(None, value))
        found[f"c{place}"] = value
    return found


def _shared_here(now: Data, then: Data, sides: Sequence[Any], names: tuple[str, ...]) -> int:
    """Compare here: first short hashes of all rows, and then the digests of those that may be the same."""
    import numpy as np  # noqa: PLC0415  who only asks for help counts nothing
    import pyarrow as pa  # noqa: PLC0415  the same

    short, kept = f"hash({', '.join(names)})", []
    for data, side in zip((now, then), sides, strict=True):
        kept.append(data.engine.keep("apart", side, is_read_fast=data.says_types).get_name())
    hashes = []
    for data, name in zip((now, then), kept, strict=True):
        found = data.local.connection.sql(f"SELECT {short} AS h FROM {name}").to_arrow_table()  # noqa: S608  our names
        hashes.append(np.unique(numbers(found["h"].combine_chunks(), np.uint64)))
    both = pa.table({"h": np.intersect1d(hashes[0], hashes[1], assume_unique=True)})
    if not both.num_rows:
        return 0
    # Short hashes may meet by chance, digests do not.
    mine, theirs = (
        f"SELECT {row_digest(names)} AS k FROM {name} WHERE {short} IN (SELECT h FROM maybe)"  # noqa: S608  the same
        for name in kept
    )
    for data in (now, then):
        data.local.connection.register("maybe", both)
    others = then.local.connection.sql(f"SELECT DISTINCT k FROM ({theirs})").to_arrow_table()  # noqa: S608  the same
    now.local.connection.register("others", others)
    ((count,),) = now.ask(f"SELECT count(*) FROM ({mine}) SEMI JOIN others USING (k)")  # noqa: S608  the same
    return int(count)


def _key(side: Any) -> Any:
    """Return what is the same of two rows if they are: each value with its length."""
    import ibis  # noqa: PLC0415  as above

    texts = [side[name].cast("string") for name in side.columns]
    parts = [ibis.coalesce(text.length().cast("string") + ":" + text, "-") for text in texts]
    return ibis.literal("").join(parts)
