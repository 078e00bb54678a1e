"""How the scores of positive rows stand to those of negative rows: integers over pairs and shares, never the scores.

Rank statistics are sums over all pairs of a positive and a negative row, doubled so that a tie counts a half and stays an
integer. Equal scores stand together. In this process rows are put in order once and serve every grouping; elsewhere the
database counts the same in a window. Both give the same integers.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from govern.checks.binding import Bound
from govern.checks.counts import Key
from govern.checks.engine import Local, together

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BINS = 128
"""Into how many runs of scores, of like size, rows are put for resampling a rank statistic."""

_MANY = 1 << 15


@dataclass(frozen=True, slots=True)
class Ranks:
    """How the scores of positive rows stand to those of negative rows."""

    positives: int
    negatives: int
    doubled_wins: int
    """Over all pairs: 2 where the positive row has the higher score, 1 for a tie."""
    widest_gap: int = 0
    """The largest distance between the shares of positives and negatives up to a score, times both their numbers."""

    @property
    def row(self) -> tuple[int, int, int, int]:
        return self.positives, self.negatives, self.doubled_wins, self.widest_gap


@dataclass(frozen=True, slots=True)
class Along:
    """Rank statistics of a group, and its positives and negatives along the score, in runs."""

    ranks: Ranks
    positives: "NDArray[np.int64]"
    negatives: "NDArray[np.int64]"


class Scores:
    """The scores of labelled rows in order."""

    def __init__(self, bound: Bound) -> None:
        self._bound = bound

    def along(self, places: Sequence[int]) -> dict[Key, Along]:
        """Return what there is of each combination of the attributes at these places, missing values too."""
        if isinstance(self._bound.data.engine, Local):
            return {key: _along(*arrays) for key, arrays in self._groups(places)}
        return _elsewhere(self._bound, places)

    def _groups(self, places: Sequence[int]) -> "Iterator[tuple[Key, tuple[NDArray[np.float64], NDArray[np.bool_]]]]":
        """Yield the scores and labels of each group, in the order of the scores."""
        import numpy as np  # noqa: PLC0415  who only asks for help counts nothing

        scores, labels, codes, values = self._ordered
        whole: Any = np.zeros(len(scores), dtype=np.int64)
        for place in places:
            whole = whole * len(values[place]) + codes[place]
        known, whole = _renumbered(whole)
        # Stable, so that the order of the scores stays.
        order = np.argsort(whole, kind="stable")
        ends = np.cumsum(np.bincount(whole, minlength=len(known)))
        for code, end, start in zip(known.tolist(), ends, [0, *ends[:-1]], strict=True):
            key: list[str | None] = []
            for place in reversed(places):
                code, rest = divmod(code, len(values[place]))  # noqa: PLW2901  the places are its digits
                key.insert(0, values[place][rest])
            rows = order[start:end]
            yield tuple(key), (scores[rows], labels[rows])

    @cached_property
    def _ordered(self) -> tuple[Any, Any, list[Any], list[list[str | None]]]:
        import numpy as np  # noqa: PLC0415  as above

        local, by = self._bound.data.local, range(len(self._bound.binding.by))
        groups = "".join(f", g{place}" for place in by)
        ask = f"SELECT CAST(s AS DOUBLE) AS s, CAST(y AS TINYINT) AS y{groups} FROM {self._bound.table.get_name()} WHERE s IS NOT NULL AND y IS NOT NULL"  # noqa: S608  numbers and a name of ours
        found: Any = local.connection.sql(ask).to_arrow_table()
        scores, labels = (
            numbers(found["s"].combine_chunks(), np.float64),
            numbers(found["y"].combine_chunks(), np.int8),
        )
        order = np.argsort(scores)
        codes, values = [], []
        for place in by:
            coded = found[f"g{place}"].combine_chunks().dictionary_encode(null_encoding="encode")
            codes.append(numbers(coded.indices, np.int32)[order])
            values.append(coded.dictionary.to_pylist())
        return scores[order], labels[order] == 1, codes, values


def numbers(column: Any, kind: Any) -> Any:
    """Return a column of Arrow without nulls as an array; its own way of saying so reads pandas."""
    import numpy as np  # noqa: PLC0415  as above

    return np.frombuffer(column.buffers()[1], dtype=kind, count=len(column), offset=column.offset * kind().itemsize)


def _renumbered(codes: Any) -> tuple[Any, Any]:
    """Return the codes that occur, and in place of each its place among them, as small as can be sorted fast."""
    import numpy as np  # noqa: PLC0415  as above

    most = int(codes.max(initial=0)) + 1
    if most >= _MANY:
        return np.unique(codes, return_inverse=True)
    known = np.flatnonzero(np.bincount(codes, minlength=most))
    places = np.zeros(most, dtype=np.int16)
    places[known] = np.arange(len(known))
    return known, places[codes]


def _along(scores: "NDArray[np.float64]", labels: "NDArray[np.bool_]") -> Along:
    import numpy as np  # noqa: PLC0415  as above

    ends = np.append(np.flatnonzero(scores[1:] != scores[:-1]), len(scores) - 1)
    up_to = np.cumsum(labels)[ends].astype(np.int64)
    below_or_at = ends + 1 - up_to
    positives, negatives = np.diff(up_to, prepend=0), np.diff(below_or_at, prepend=0)
    all_positives, all_negatives = int(up_to[-1]), int(below_or_at[-1])
    wins = int((positives * (2 * (below_or_at - negatives) + negatives)).sum())
    gap = int(np.abs(up_to * all_negatives - below_or_at * all_positives).max())
    runs = (ends * BINS) // len(scores)
    found, inverse = np.unique(runs, return_inverse=True)
    counts = []
    for cells in (positives, negatives):
        summed = np.zeros(len(found), dtype=np.int64)
        np.add.at(summed, inverse, cells)
        counts.append(summed)
    return Along(Ranks(all_positives, all_negatives, wins, gap), *counts)


def _elsewhere(bound: Bound, places: Sequence[int]) -> dict[Key, Along]:
    """Count where the rows are."""
    import ibis  # noqa: PLC0415  who only asks for help counts nothing
    import numpy as np  # noqa: PLC0415  the same

    keys, table = [f"g{place}" for place in places], bound.table
    rows = table.filter(table.s.notnull() & table.y.notnull())
    scores = rows.group_by([*keys, "s"]).aggregate(p=rows.count(where=rows.y == 1), n=rows.count(where=rows.y == 0))
    up_to = ibis.window(group_by=keys, order_by="s", preceding=None, following=0)
    within = ibis.window(group_by=keys) if keys else ibis.window()
    placed = scores.mutate(
        cp=scores.p.sum().over(up_to).cast("int64"),
        cn=scores.n.sum().over(up_to).cast("int64"),
        ap=scores.p.sum().over(within).cast("int64"),
        an=scores.n.sum().over(within).cast("int64"),
    )
    wins = (placed.p * (2 * (placed.cn - placed.n) + placed.n)).cast("decimal(38, 0)").sum()
    gap = (placed.cp * placed.an - placed.cn * placed.ap).abs().max()
    ranks = together(placed, keys).aggregate(p=placed.p.sum(), n=placed.n.sum(), wins=wins, gap=gap)
    run = ((placed.cp + placed.cn - 1) * BINS / (placed.ap + placed.an)).floor().cast("int64")
    binned = placed.mutate(run=run)
    runs = binned.group_by([*keys, "run"]).aggregate(p=binned.p.sum(), n=binned.n.sum()).order_by([*keys, "run"])
    found: dict[Key, list[tuple[int, int]]] = {}
    for *key, _, positives, negatives in bound.rows(runs):
        found.setdefault(tuple(key), []).append((int(positives), int(negatives)))
    width = len(keys)
    return {
        tuple(row[:width]): Along(Ranks(*map(int, row[width:])), *np.array(found[tuple(row[:width])], dtype=np.int64).T)
        for row in bound.rows(ranks)
        if tuple(row[:width]) in found
    }
