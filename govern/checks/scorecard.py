"""A scorecard as YAML: what the value of each column is worth in points, which add up to the score of a row.

Points are decimals and are added up as whole numbers of their last digit, so a score is exact and so is what explains it.
A value that the card has no points for is an error: nobody is scored by a card that does not know them.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from govern.errors import InvalidInput
from govern.policy import source
from govern.policy.source import Path, Source

SCHEMA = "govern/scorecard/v1"
_BEGINS = re.compile(rb"\A(?:[ \t]*(?:#[^\n]*)?\r?\n)*schema:[ \t]*[\"']?govern/scorecard/")
_ROW = {"below", "is", "missing", "points"}
_LONGEST = 12
_DIGITS = 6
"""After the point of points."""

Units: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Column:
    """The points of one column: of a number below each of the ends, or of a value that is named; of the rest; of nothing."""

    name: str
    ends: tuple[float, ...]
    named: Mapping[Any, int]
    points: Units
    """In the order of the ends, then the rest's and last those of a missing value."""
    has_rest: bool
    has_missing: bool

    def units(self, values: Any) -> Units:
        """Return the points of each value of a column."""
        is_missing = np.asarray(values.isna())
        known, rest = values[~is_missing], len(self.points) - 2
        places = np.full(len(values), rest + 1)
        is_number, is_asked = known.dtype.kind in "fiub", not self.named or not isinstance(next(iter(self.named)), str)
        if len(known) and is_number != is_asked:
            words = ("text", "numbers") if is_asked else ("numbers", "text")
            raise InvalidInput(f"the column {self.name} holds {words[0]}, and this scorecard has points for {words[1]}")
        if self.named:
            places[~is_missing] = [self.named.get(value, rest) for value in known.tolist()]
        else:
            places[~is_missing] = np.searchsorted(self.ends, known.to_numpy(np.float64), side="right")
        for place, has, what in (
            (rest, self.has_rest, "a value that is none of its rows"),
            (rest + 1, self.has_missing, "nothing"),
        ):
            lost = np.flatnonzero(places == place)
            if len(lost) and not has:
                value = "" if place > rest else f", {values.iloc[lost[0]]!r}"
                raise InvalidInput(
                    f"the column {self.name} holds {what}{value}, and this scorecard has no points for it",
                    hint="give it a row of its own: missing: true for what is missing, only points: for the rest",
                )
        return np.asarray(self.points[places])


@dataclass(frozen=True, slots=True)
class Scorecard:
    """The columns of a card and the points that everybody begins with, in units of the last digit that any points have."""

    base: int
    columns: tuple[Column, ...]
    scale: int

    @classmethod
    def parse(cls, content: bytes) -> "Scorecard":
        """Return the card; raise `InvalidInput` with the line of what is wrong in it."""
        read = source.read(content, "scorecard")
        if read.mistakes:
            first = read.mistakes[0]
            raise InvalidInput(f"scorecard:{first.line}:{first.column}: {first.message}", hint=first.help)
        value = read.value
        if not isinstance(value, dict) or value.get("schema") != SCHEMA or not isinstance(value.get("columns"), dict):
            raise InvalidInput("this is not a scorecard", hint=f"begin with schema: {SCHEMA}, then columns:")
        _require_known(read, (), value, {"schema", "base", "columns"})
        base = _points(read, ("base",), value.get("base", Decimal(0)))
        rows = {name: _rows(read, ("columns", name), its) for name, its in value["columns"].items()}
        if not rows:
            raise _wrong(read, ("columns",), "this scorecard has no columns")
        every = [base, *(one for its in rows.values() for one, _ in its)]
        scale = 10 ** max(0, *(-_exponent(one) for one in every))
        columns = tuple(_column(read, name, its, scale) for name, its in rows.items())
        return cls(int(base * scale), columns, scale)

    @property
    def coef_(self) -> NDArray[np.float64]:
        """Return what a point of each column adds to the score: a scorecard is linear in points."""
        return np.ones(len(self.columns))

    def units(self, frame: Any) -> Units:
        """Return the points of each column, a row a row."""
        return np.stack([column.units(frame[column.name]) for column in self.columns], axis=1)

    def points(self, frame: Any) -> NDArray[np.float64]:
        return np.asarray(self.units(frame) / self.scale, np.float64)

    def score(self, frame: Any) -> NDArray[np.float64]:
        return np.asarray((self.base + self.units(frame).sum(axis=1)) / self.scale, np.float64)


def looks_like(content: bytes) -> bool:
    """Say whether a file begins as a scorecard does."""
    return _BEGINS.match(content) is not None


def _rows(read: Source, path: Path, rows: Any) -> list[tuple[Decimal, dict[str, Any]]]:
    if not isinstance(rows, list) or not rows:
        raise _wrong(read, path, f"{path[-1]} has no list of rows", "write rows like {below: 20000, points: 10}")
    found = []
    for place, row in enumerate(rows):
        its = (*path, place)
        if not isinstance(row, dict) or "points" not in row:
            raise _wrong(read, its, f"a row of {path[-1]} has no points", "write it like {below: 20000, points: 10}")
        _require_known(read, its, row, _ROW)
        if len(row) > 2:  # noqa: PLR2004  the points, and whose
            raise _wrong(read, its, f"a row of {path[-1]} has more than one of below, is and missing")
        if row.get("missing", True) is not True:
            raise _wrong(read, its, "missing can only be true", "leave the row out where nothing is ever missing")
        found.append((_points(read, (*its, "points"), row["points"]), row))
    return found


def _column(read: Source, name: str, rows: Sequence[tuple[Decimal, dict[str, Any]]], scale: int) -> Column:
    path = ("columns", name)
    by_kind: dict[str, list[tuple[int, Any]]] = {"below": [], "is": [], "missing": [], "points": []}
    for place, (points, row) in enumerate(rows):
        kind = next((one for one in ("below", "is", "missing") if one in row), "points")
        if by_kind["points"] and kind in {"below", "is"}:
            hint = "write the row of points only after those of below: and is:"
            raise _wrong(read, (*path, place), f"a row of {name} stands after the one for the rest", hint)
        by_kind[kind].append((int(points * scale), row.get(kind)))
    if by_kind["below"] and by_kind["is"]:
        raise _wrong(read, path, f"{name} has rows of numbers and rows of values", "use below: or is:, not both")
    for kind, what in (("missing", "for what is missing"), ("points", "for the rest")):
        if len(by_kind[kind]) > 1:
            raise _wrong(read, path, f"{name} has two rows {what}")
    ends = [end for _, end in by_kind["below"]]
    if not all(isinstance(end, Decimal) for end in ends) or [float(end) for end in ends] != sorted(
        set(map(float, ends))
    ):
        raise _wrong(
            read, path, f"the numbers below: of {name} do not rise", "write them from the lowest to the highest"
        )
    if by_kind["below"] and not by_kind["points"]:
        raise _wrong(read, path, f"{name} has no points from {ends[-1]} on", "end its rows with one of points only")
    named = _named(read, name, [given for _, given in by_kind["is"]])
    every = [points for kind in ("below", "is", "points") for points, _ in by_kind[kind]]
    return Column(
        name,
        tuple(float(end) for end in ends),
        named,
        np.array(
            [*every, *([] if by_kind["points"] else [0]), *([points for points, _ in by_kind["missing"]] or [0])],
            np.int64,
        ),
        bool(by_kind["points"]),
        bool(by_kind["missing"]),
    )


def _named(read: Source, name: str, rows: Sequence[Any]) -> dict[Any, int]:
    """Return which row each value is of that the rows of a column name."""
    path = ("columns", name)
    named: dict[Any, int] = {}
    for place, given in enumerate(rows):
        for value in given if isinstance(given, list) else [given]:
            # Data holds numbers as doubles, so two that are one there are one here.
            key = float(value) if isinstance(value, Decimal) else value
            if not isinstance(key, str | float) or key in named:
                raise _wrong(read, path, f"is: of {name} names {source.described(value)} twice, or is no value")
            named[key] = place
    if len({type(value) for value in named}) > 1:
        raise _wrong(read, path, f"is: of {name} names numbers and text", "write all in quotes, or none")
    return named


def _points(read: Source, path: Path, value: Any) -> Decimal:
    if not isinstance(value, Decimal):
        raise _wrong(read, path, f"points are a number, not {source.described(value)}")
    if _exponent(value) < -_DIGITS or value.adjusted() >= _LONGEST - _DIGITS:
        raise _wrong(
            read, path, f"{value} has too many digits for points", f"at most {_DIGITS} before and after the point"
        )
    return value


def _exponent(value: Decimal) -> int:
    return int(value.as_tuple().exponent)


def _require_known(read: Source, path: Path, value: Mapping[str, Any], known: set[str]) -> None:
    for key in value:
        if key not in known:
            raise _wrong(read, (*path, key), f"unknown key {key!r}", f"known: {', '.join(sorted(known))}")


def _wrong(read: Source, path: Path, message: str, hint: str = "") -> InvalidInput:
    at = read.place(path).value
    return InvalidInput(f"scorecard:{at.line}:{at.column}: {message}", hint=hint)
