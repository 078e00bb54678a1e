"""What the tables of evidence say by bin: how far scores are from what came true, and columns as they were and are.

Whoever measures names the tables and the bins as it is written here; whoever shows them reads them here.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import sqrt

from govern.policy.evidence import Evidence, Group, Table

CALIBRATION, STABILITY = "calibration", "stability of "
"""How the names of the tables begin."""
UNIT = 10**9
"""A score of one, as it is added up."""
TENTHS = 10
NEW, RARE, MISSING = "(new)", "(others)", "(missing)"
ATTRIBUTION = "attribution"
COLUMN = ("column",)
"""By what a result has numbers of columns."""
THEN_AND_NOW = ("then", "now")
"""What a table of a column sums."""
_LAST = (RARE, NEW, MISSING)


@dataclass(frozen=True, slots=True)
class Bin:
    """A tenth of the range of scores: how many rows, how many of them positive, and their mean score."""

    tenth: int
    n: int
    positives: int
    score: Fraction

    @property
    def share(self) -> Fraction:
        return Fraction(self.positives, self.n)

    @property
    def interval(self) -> tuple[float, float]:
        """Return where the share lies in 95 of 100."""
        return wilson(self.positives, self.n)

    @property
    def name(self) -> str:
        return f"0.{self.tenth} to {'1' if self.tenth == TENTHS - 1 else f'0.{self.tenth + 1}'}"


@dataclass(frozen=True, slots=True)
class Calibration:
    """The bins of everybody, or of a group."""

    by: Group
    bins: tuple[Bin, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A bin of a column: how many rows there were then, and are now."""

    name: str
    then: int
    now: int


@dataclass(frozen=True, slots=True)
class Shift:
    """A column, then and now."""

    column: str
    parts: tuple[Part, ...]

    @property
    def totals(self) -> tuple[int, int]:
        return sum(one.then for one in self.parts), sum(one.now for one in self.parts)


def wilson(hits: int, n: int) -> tuple[float, float]:
    """Return where a share lies in 95 of 100 (Wilson 1927)."""
    share, z = hits / n, 1.959963984540054
    middle, far = share + z * z / (2 * n), z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    low, high = (middle - far) / (1 + z * z / n), (middle + far) / (1 + z * z / n)
    return max(low, 0.0) if hits else 0.0, min(high, 1.0) if hits < n else 1.0


def calibrations(evidence: Evidence) -> tuple[Calibration, ...]:
    """Return the calibration of everybody and of each group that was looked at; none where a score was no chance."""
    found = (
        one
        for table in evidence.tables
        if table.name.partition(" by ")[0] == CALIBRATION and table.keys[-1:] == ("bin",)
        for one in _calibrations(table)
    )
    return tuple(found)


def shifts(evidence: Evidence) -> tuple[Shift, ...]:
    """Return the columns that were compared with other data, each with its bins from the lowest on."""
    return tuple(
        Shift(table.name.removeprefix(STABILITY), tuple(sorted(_parts(table), key=_place)))
        for table in evidence.tables
        if table.name.startswith(STABILITY) and table.keys == ("bin",)
    )


def _calibrations(table: Table) -> Iterator[Calibration]:
    places = [table.sums.index(name) for name in ("rows", "positives", "scores")]
    groups: dict[tuple[str | None, ...], list[Bin]] = {}
    for cells, sums in table.read().items():
        key, tenth = cells[:-1], cells[-1]
        n, positives, scores = (sums[place] for place in places)
        if n:
            groups.setdefault(key, []).append(
                Bin(int(tenth or "-1"), n, positives, Fraction(scores, UNIT * n)),
            )
    for key, bins in groups.items():
        if all(0 <= one.tenth < TENTHS for one in bins):
            yield Calibration(dict(zip(table.keys, key, strict=False)), tuple(bins))


def _parts(table: Table) -> Iterator[Part]:
    for (name,), (then, now) in table.read().items():
        yield Part(name or MISSING, then, now)


def named(place: int, edges: Sequence[float]) -> str:
    """Return what a bin of numbers is called: the one behind so many edges."""
    if not edges:
        return "all"
    low, high = (repr(edges[at]) if 0 <= at < len(edges) else "" for at in (place - 1, place))
    return f"below {high}" if not low else f"from {low}" if not high else f"{low} to {high}"


def _place(one: Part) -> tuple[int, float, str]:
    """Return where a bin stands: numbers from the lowest on, then values by name, and last what is no value."""
    if one.name in _LAST:
        return (2, float(_LAST.index(one.name)), "")
    words = one.name.split(" ")
    try:
        match words:
            case ["below", _]:
                return (0, float("-inf"), "")
            case ["from", low] | [low, "to", _]:
                return (0, float(low), "")
            case _:
                pass
    except ValueError:
        pass
    return (1, 0.0, one.name)
