"""Counts of rows by label and prediction, and rank statistics of a score: integers that everything else is made of.

A row without a label still tells who was selected. Rank statistics are sums over all pairs of a positive and a negative
row, doubled so that a tie counts a half and stays an integer; the scores themselves are rows in disguise and never leave.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Self, TypeAlias

from govern.checks.tables import Data

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BINS = 1024
"""Into how many runs of scores rows are put for resampling a rank statistic."""

Groups: TypeAlias = Mapping[tuple[str | None, ...], "Counts"]


@dataclass(frozen=True, slots=True)
class Counts:
    """How many rows there are of each kind; the same arithmetic serves numbers and arrays of resampled numbers."""

    true_positives: Any = 0
    false_positives: Any = 0
    true_negatives: Any = 0
    false_negatives: Any = 0
    unlabelled_selected: Any = 0
    unlabelled_rejected: Any = 0
    undecided_positives: Any = 0
    """Rows without a prediction; only a base rate counts them."""
    undecided_negatives: Any = 0
    undecided_unlabelled: Any = 0

    @property
    def positives(self) -> Any:
        return self.true_positives + self.false_negatives

    @property
    def negatives(self) -> Any:
        return self.false_positives + self.true_negatives

    @property
    def labelled(self) -> Any:
        return self.positives + self.negatives

    @property
    def unlabelled(self) -> Any:
        return self.unlabelled_selected + self.unlabelled_rejected

    @property
    def selected(self) -> Any:
        """Rows with the prediction 1, of those that are labelled."""
        return self.true_positives + self.false_positives

    @property
    def selected_of_all(self) -> Any:
        return self.selected + self.unlabelled_selected

    @property
    def n(self) -> Any:
        """Rows with a prediction."""
        return self.labelled + self.unlabelled

    @property
    def undecided(self) -> Any:
        return self.undecided_positives + self.undecided_negatives + self.undecided_unlabelled

    @property
    def known(self) -> Any:
        """Rows with a label, predicted or not."""
        return self.labelled + self.undecided_positives + self.undecided_negatives

    def __add__(self, other: Self) -> Self:
        return type(self)(*(ours + theirs for ours, theirs in zip(self.row, other.row, strict=True)))

    @property
    def row(self) -> tuple[Any, ...]:
        return tuple(getattr(self, field.name) for field in fields(self))


CELLS = tuple(field.name for field in fields(Counts))

# In the order of the fields: prediction and label.
_KINDS = (
    "p = 1 AND y = 1",
    "p = 1 AND y = 0",
    "p = 0 AND y = 0",
    "p = 0 AND y = 1",
    "p = 1 AND y IS NULL",
    "p = 0 AND y IS NULL",
    "p IS NULL AND y = 1",
    "p IS NULL AND y = 0",
    "p IS NULL AND y IS NULL",
)


@dataclass(frozen=True, slots=True)
class Ranks:
    """How the scores of positive rows stand to those of negative rows."""

    positives: int
    negatives: int
    doubled_wins: int
    """Over all pairs: 2 where the positive row has the higher score, 1 for a tie."""

    @property
    def row(self) -> tuple[int, int, int]:
        return self.positives, self.negatives, self.doubled_wins


def counted(data: Data, group: int | None) -> dict[tuple[str | None, ...], Counts]:
    """Return the counts of each value of the attribute, the missing one too; of all rows without an attribute."""
    key, grouping = _grouping(group)
    sums = ", ".join(f"count(*) FILTER ({kind})" for kind in _KINDS)
    rows = data.ask(f"SELECT {key}{sums} FROM bound {grouping}")  # noqa: S608  numbers only
    width = len(rows[0]) - len(_KINDS) if rows else 0
    return {tuple(row[:width]): Counts(*row[width:]) for row in rows}


def ranked(data: Data, group: int | None) -> dict[tuple[str | None, ...], Ranks]:
    """Return the rank statistics of each value of the attribute; of all rows without one."""
    key, grouping = _grouping(group)
    within = f"PARTITION BY {key.rstrip(', ')}" if key else ""
    rows = data.ask(f"""
        WITH scores AS ({_by_score(key)}),
             placed AS (SELECT *, sum(n) OVER ({within} ORDER BY s) - n AS below FROM scores)
        SELECT {key}sum(p), sum(n), sum(CAST(p AS HUGEINT) * (2 * below + n)) FROM placed {grouping}""")  # noqa: S608
    width = 1 if key else 0
    return {tuple(row[:width]): Ranks(*(int(cell or 0) for cell in row[width:])) for row in rows}


def binned(data: Data, group: int | None, value: str | None) -> "tuple[NDArray[np.int64], NDArray[np.int64]]":
    """Return positives and negatives along the score, equal scores together, in at most `BINS` runs of like size."""
    import numpy as np  # noqa: PLC0415  who only asks for help counts nothing

    where = f"AND g{group} = {_quoted_text(value)}" if group is not None and value is not None else ""
    rows = data.ask(f"""
        WITH scores AS ({_by_score("", where)}),
             placed AS (SELECT p, n, (sum(p + n) OVER (ORDER BY s) - 1) * {BINS} // sum(p + n) OVER () AS bin FROM scores)
        SELECT sum(p), sum(n) FROM placed GROUP BY bin ORDER BY bin""")  # noqa: S608
    table = np.array([[int(p), int(n)] for p, n in rows], dtype=np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def _by_score(key: str, where: str = "") -> str:
    return f"""SELECT {key}s, count(*) FILTER (y=1) AS p, count(*) FILTER (y=0) AS n FROM bound
        WHERE s IS NOT NULL AND y IS NOT NULL {where} GROUP BY {key}s"""  # noqa: S608  numbers only


def _grouping(group: int | None) -> tuple[str, str]:
    return ("", "") if group is None else (f"g{group}, ", f"GROUP BY g{group}")


def _quoted_text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
