"""How well a column alone tells the groups of an attribute apart: one group against the rest, pair by pair.

A pair is a row of the group and one of the rest. By order the higher number wins it, or the lower if that wins more. By value
the one whose value has the larger share of the group wins, and neither row counts in these shares: with both left out, what
says nothing of groups wins half of the pairs, however many values it has. What is counted is how many values there are of
each size, never which.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from govern.checks.binding import as_number, spelled
from govern.checks.engine import Local
from govern.checks.rows import numeric
from govern.checks.tables import Data
from govern.policy.evidence import Attribute

SUMS = ("rows", "others", "doubled_wins_by_order", "doubled_wins_by_value")


@dataclass(frozen=True, slots=True)
class Told:
    """How a group is told apart from the rest by a column; what has no order wins half by it."""

    rows: int
    others: int
    by_order: int
    """Over all pairs: 2 where the row of the group has the larger number, 1 for a tie."""
    by_value: int

    @property
    def row(self) -> tuple[int, int, int, int]:
        return self.rows, self.others, self.by_order, self.by_value

    @property
    def area(self) -> Fraction | None:
        """Return the larger of the shares of pairs that are won; none where there are no pairs."""
        pairs = 2 * self.rows * self.others
        return Fraction(max(self.by_order, pairs - self.by_order, self.by_value), pairs) if pairs else None


def told(data: Data, column: str, attribute: Attribute) -> dict[str, Told]:
    """Return how a column tells each group of an attribute apart, of the rows whose group is known."""
    is_number = bool(numeric(data, [column]))
    value = spelled(data, column, "comparison")
    if is_number:
        value = as_number(data, column, "comparison")
        value = (value == 0).ifelse(0.0, value.isnan().ifelse(None, value))
    table = data.table.select(v=value, g=spelled(data, attribute.column, "attribute"))
    known = table.filter(table.g.notnull() if attribute.groups is None else table.g.isin(attribute.groups))
    found = _here(data, known) if isinstance(data.engine, Local) else _elsewhere(data, known, is_number=is_number)
    groups = {group: sum(k * count for (_, k), count in kinds.items()) for group, kinds in found.kinds.items()}
    total = sum(groups.values())
    return {
        group: Told(
            n,
            total - n,
            found.wins[group] if is_number else n * (total - n),
            by_value(_with_others(found.sizes, found.kinds[group])),
        )
        for group, n in groups.items()
    }


def by_value(kinds: Mapping[tuple[int, int], int]) -> int:
    """Return the pairs that values win, doubled; ``kinds`` says how many values stand in n rows, k of them of the group."""
    import numpy as np  # noqa: PLC0415  who only asks for help counts nothing

    n, k, m = (np.array(part, dtype=np.int64) for part in zip(*((*kind, m) for kind, m in kinds.items()), strict=True))
    rows, ones = int((n * m).sum()), int((k * m).sum())
    # What stands in no other row says as much as everybody.
    unknown = (ones - 1) / (rows - 2) if rows > 2 else 0.0  # noqa: PLR2004  the pair
    others = np.maximum(n - 1, 1)
    mine, theirs = np.where(n > 1, (k - 1) / others, unknown), np.where(n > 1, k / others, unknown)
    order = np.argsort(theirs, kind="stable")
    below = np.concatenate(([0], np.cumsum(((n - k) * m)[order])))
    lower, up_to = (below[np.searchsorted(theirs[order], mine, side=side)] for side in ("left", "right"))
    # Rows of one value tie; with one left out of either share they would not.
    return int((k * m * (lower + up_to)).sum() + (m * k * (n - k)).sum())


@dataclass(frozen=True, slots=True)
class _Found:
    """What is counted of a column and groups."""

    sizes: dict[int, int]
    """How many values stand in so many rows."""
    kinds: dict[str, dict[tuple[int, int], int]]
    """For each group, how many values stand in so many rows, and in so many of the group."""
    wins: dict[str, int]
    """The pairs that higher numbers win, doubled; a missing number stands above all."""


def _here(data: Data, known: Any) -> _Found:
    """Count here: values in order, once."""
    import numpy as np  # noqa: PLC0415  as above

    name = data.engine.keep("told", known, is_read_fast=True).get_name()
    found = data.local.connection.sql(f"SELECT v, g FROM {name}").to_arrow_table()  # noqa: S608  our name
    if not found.num_rows:
        return _Found({}, {}, {})
    groups = found["g"].combine_chunks().dictionary_encode()
    names, whose = groups.dictionary.to_pylist(), groups.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    if found["v"].type == "double":
        # What is not a number comes last, and is one value.
        codes = np.unique(found["v"].to_numpy(), return_inverse=True)[1]
    else:
        texts = found["v"].combine_chunks().dictionary_encode()
        codes = texts.indices.fill_null(len(texts.dictionary)).to_numpy(zero_copy_only=False).astype(np.int64)
    size = np.bincount(codes)
    cells, n = np.unique(codes * len(names) + whose, return_counts=True)
    value, group = cells // len(names), cells % len(names)
    order = np.argsort(group, kind="stable")
    starts = np.searchsorted(group[order], np.arange(len(names)))
    own = np.empty_like(n)
    up_to = np.cumsum(n[order])
    own[order] = up_to - n[order] - np.repeat(up_to[starts] - n[order][starts], np.diff([*starts, len(n)]))
    below = (np.cumsum(size) - size)[value]
    won = n * (2 * (below - own) + size[value] - n)
    wins = np.add.reduceat(won[order], starts)
    most = int(np.max(size)) + 1
    kinds: dict[str, dict[tuple[int, int], int]] = {}
    for key, count in zip(*np.unique((group * most + size[value]) * most + n, return_counts=True), strict=True):
        of, rest = divmod(int(key), most * most)
        kinds.setdefault(names[of], {})[divmod(rest, most)] = int(count)
    sizes = {int(of): int(count) for of, count in zip(*np.unique(size[size > 0], return_counts=True), strict=True)}
    return _Found(sizes, kinds, {name: int(wins[place]) for place, name in enumerate(names)})


def _elsewhere(data: Data, known: Any, *, is_number: bool) -> _Found:
    """Count where the rows are."""
    import ibis  # noqa: PLC0415  as above

    counted = data.engine.keep("told", known.group_by(["v", "g"]).aggregate(n=known.count()))
    of_value = ibis.window(group_by="v")
    sized = counted.mutate(s=counted.n.sum().over(of_value).cast("int64"), z=counted.v.isnull().ifelse(1, 0))
    each = sized.group_by("v").aggregate(s=sized.s.max())
    sizes = {int(s): int(m) for s, m in data.engine.rows(each.group_by("s").aggregate(m=each.count()))}
    kinds: dict[str, dict[tuple[int, int], int]] = {}
    for group, size, n, m in data.engine.rows(sized.group_by(["g", "s", "n"]).aggregate(m=sized.count())):
        kinds.setdefault(group, {})[int(size), int(n)] = int(m)
    if not is_number:
        return _Found(sizes, kinds, {})
    order = [sized.z, sized.v, sized.g]
    placed = sized.mutate(
        c=sized.n.sum().over(ibis.window(order_by=order, preceding=None, following=0)).cast("int64"),
        own=sized.n.sum().over(ibis.window(group_by="g", order_by=order, preceding=None, following=0)).cast("int64"),
    )
    # Up to the last row of a value, whichever group comes last.
    sums = placed.mutate(below=placed.c.max().over(of_value) - placed.s)
    won = sums.mutate(w=sums.n * (2 * (sums.below - (sums.own - sums.n)) + sums.s - sums.n))
    found = data.engine.rows(won.group_by("g").aggregate(w=won.w.sum().cast("int64")))
    return _Found(sizes, kinds, {group: int(w) for group, w in found})


def _with_others(sizes: Mapping[int, int], kinds: Mapping[tuple[int, int], int]) -> dict[tuple[int, int], int]:
    """Return the kinds of a group with the values that it does not have."""
    its: Counter[int] = Counter()
    for (size, _), count in kinds.items():
        its[size] += count
    return {**kinds, **{(size, 0): count - its[size] for size, count in sizes.items() if count > its[size]}}
