"""Interventional Shapley values of trees from tables: what a row costs does not depend on the size of the reference.

What a leaf contributes to a row depends only on which of its players' conditions the row meets, and that is one of few
patterns. So the frequencies of the patterns in the reference give a table of what each player contributes for each pattern;
the tables of leaves that stand together are added up into one; a row is its places in these tables. Columns that are one
player are one condition, so groups are exact too. Exact and in double precision; arrays only, no library of models.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from govern.checks import pairs
from govern.checks.pairs import Deep
from govern.checks.trees import Cells, Ensemble, Grid, Leaf, Numbers, Places, Tree, cells, children, leaves

MOST_PLAYERS = MOST_COLUMNS = 16
"""Of a leaf with a table, which has a place for each set of them; of deeper ones patterns are compared pair by pair."""
MOST_DEEP = 100
"""So many leaves may be deeper."""
MOST_MADE = 3 << 30
"""Bytes of tables, some ten seconds for each GiB; an ensemble of more is none for tables."""
STATES = 4096
"""Leaves stand in one table as long as it has no more places than this."""
KEPT = 512 << 20
"""Bytes of tables that are kept; the tables of the trees after that are made anew for each call."""
_ROOM = 32 << 20
"""Bytes of tables that are made at once."""
_BLOCK = 1 << 15
"""Rows at a time: what they need stays in the processor's own memory."""


@dataclass(frozen=True, slots=True)
class Steps:
    """How a row finds its place: from ``start`` on, each cell that it is beyond adds something, and overflow takes away."""

    start: int
    columns: list[int]
    beyond: list[int]
    adds: list[np.uint16]

    def places(self, found: Cells) -> NDArray[np.intp]:
        """Return the place of each row."""
        count = found.shape[1]
        at, each = np.full(count, self.start, np.uint16), np.empty(count, np.uint16)
        for column, cell, add in zip(self.columns, self.beyond, self.adds, strict=True):
            np.greater(found[column], cell, out=each)
            np.multiply(each, add, out=each)
            np.add(at, each, out=at)
        return at.astype(np.intp)


@dataclass(frozen=True, slots=True)
class Unit:
    """The leaves of one table: how rows find their place in it, whom it is about, and what is to be added."""

    steps: Steps
    players: list[int]
    table: Numbers

    @property
    def size(self) -> int:
        """Return how many bytes it keeps."""
        return self.table.nbytes

    def add(self, codes: Cells, sums: Numbers) -> None:
        """Add what its leaves contribute to each row."""
        places, each = self.steps.places(codes), np.empty(codes.shape[1])
        for player, its in zip(self.players, self.table, strict=True):
            # Every place is one of the table; "wrap" only spares the question.
            np.take(its, places, out=each, mode="wrap")
            sums[player] += each


@dataclass(frozen=True, slots=True)
class _Pattern:
    """A leaf's players, in the order of their bits, and the pattern of each place."""

    value: float
    players: list[int]
    bits: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class _Digit:
    """Which cells of a column are alike, numbered from 0."""

    of_cell: Places
    a_cell: Places
    """One cell of each number."""

    @classmethod
    def of(cls, alike: Places) -> "_Digit":
        kinds, of_cell = np.unique(alike, return_inverse=True)
        a_cell = np.empty(len(kinds), np.int64)
        a_cell[of_cell] = np.arange(len(of_cell))
        return cls(of_cell, a_cell)

    @property
    def size(self) -> int:
        return len(self.a_cell)


@dataclass
class Patterns:
    """The tables of an ensemble against one reference."""

    ensemble: Ensemble
    players: Sequence[int]
    """Which player each column belongs to."""
    count: int
    """How many players there are."""
    _ends: tuple[Numbers, ...]
    _background: Cells
    _kept: list[Unit | Deep] = field(default_factory=list)
    _rest: tuple[Tree, ...] = ()

    @classmethod
    def made(
        cls, ensemble: Ensemble, background: Numbers, players: Sequence[int], count: int = 0, kept: int = KEPT
    ) -> "Patterns":
        """Make the tables against a background, as many as ``kept`` bytes of them."""
        ends = ensemble.ends()
        made = cls(ensemble, players, max([count - 1, *players]) + 1, ends, cells(background, ends, ensemble.rounds))
        size = 0
        for number, tree in enumerate(ensemble.trees):
            own: list[Unit | Deep] = []
            for units in made._units(tree):
                own += units
                size += sum(unit.size for unit in units)
                if size > kept:
                    made._rest = ensemble.trees[number:]
                    return made
            made._kept += own
        return made

    def contributions(self, rows: Numbers) -> Numbers:
        """Return what each player adds to the output of each row, a row a row."""
        codes = cells(rows, self._ends, self.ensemble.rounds)
        found = np.zeros((self.count, len(rows)))
        _add(self._kept, codes, found)
        for tree in self._rest:
            for units in self._units(tree):
                _add(units, codes, found)
        return found.T

    def _units(self, tree: Tree) -> Iterator[Sequence[Unit | Deep]]:
        grid = Grid.of(tree, self._ends)
        waiting: list[tuple[Steps, list[_Pattern], int]] = []
        room = 0
        for start, path, digits in _cut(tree, grid):
            below = [leaf for leaf in leaves(tree, grid, start, path) if leaf.path]
            if _is_deep(below[:1], self.players):
                yield [self._deep(below[0], grid)]
                continue
            steps = _steps(digits, grid)
            patterns = [_pattern(leaf, digits, self.players) for leaf in below]
            size = math.prod(digit.size for digit in digits.values())
            if patterns:
                waiting.append((steps, patterns, size))
            room += sum((8 * len(one.players) << len(one.players)) + one.bits.nbytes for one in patterns)
            if room > _ROOM:
                yield self._tables(waiting)
                waiting, room = [], 0
        if waiting:
            yield self._tables(waiting)

    def _deep(self, leaf: Leaf, grid: Grid) -> Deep:
        whose: dict[int, list[int]] = {}
        for column in leaf.path:
            whose.setdefault(self.players[column], []).append(column)
        return Deep.of(leaf, {column: grid.places[column] for column in leaf.path}, whose, self._background)

    def _tables(self, waiting: list[tuple[Steps, list[_Pattern], int]]) -> list[Unit]:
        by_size: dict[int, list[tuple[int, _Pattern, Numbers]]] = {}
        units = []
        for number, (steps, patterns, size) in enumerate(waiting):
            frequencies = _frequencies(steps, self._background, size)
            for one in patterns:
                met = np.bincount(one.bits, weights=frequencies, minlength=1 << len(one.players))
                by_size.setdefault(len(one.players), []).append((number, one, np.asarray(met * one.value, np.float64)))
            players = sorted({player for one in patterns for player in one.players})
            units.append(Unit(steps, players, np.zeros((len(players), size))))
        for found in by_size.values():
            for (number, one, _), share in zip(found, shares(np.stack([met for *_, met in found])), strict=True):
                unit = units[number]
                for player, its in zip(one.players, share, strict=True):
                    unit.table[unit.players.index(player)] += its.take(one.bits)
        return units


def fits(ensemble: Ensemble, players: Sequence[int]) -> bool:
    """Say whether the leaves are few and flat enough for their tables to be made, but for some that are deeper."""
    deep = made = 0
    for tree in ensemble.trees:
        waiting: list[tuple[int, frozenset[int]]] = [(0, frozenset())]
        while waiting:
            node, above = waiting.pop()
            if tree.columns[node] >= 0:
                below = above | {int(tree.columns[node])}
                waiting += [(int(tree.lefts[node]), below), (int(tree.rights[node]), below)]
                continue
            count = len({players[column] for column in above})
            if len(above) > MOST_COLUMNS or count > MOST_PLAYERS:
                deep += 1 if count <= pairs.MOST_PLAYERS else MOST_DEEP + 1
            else:
                made += 8 * count << count
        if deep > MOST_DEEP or made > MOST_MADE:
            return False
    return True


def shares(met: Numbers) -> Numbers:
    """Return what each player contributes to each pattern of a row, from how often the reference has each pattern.

    With a row that meets what the players in A demand and the reference does not, and the other way round B, a leaf's
    value is shared as (a-1)! b! / (a+b)! to each of A and -a! (b-1)! / (a+b)! to each of B: integrals over t of t^(a-1)
    (1-t)^b and t^a (1-t)^(b-1), in which each player is a factor of its own. So players are taken in one by one, for as
    many t as make the integral exact; divided by t is what A has, and by 1-t what B has, and who is in neither has none.
    """
    count, size = met.shape
    players = size.bit_length() - 1
    gained, lost = np.zeros((2, count, size))
    points, weights = np.polynomial.legendre.leggauss((players + 1) // 2)
    for t, weight in zip((points + 1) / 2, weights / 2, strict=True):
        product = met.copy()
        for player in range(players):
            halves = product.reshape(count, -1, 2, 1 << player)
            reached = t * halves[:, :, 0] + halves[:, :, 1]
            np.multiply(halves[:, :, 1], 1 - t, out=halves[:, :, 0])
            halves[:, :, 1] = reached
        gained += product * (weight / t)
        lost += product * (weight / (1 - t))
    found = np.empty((count, players, size))
    for player in range(players):
        has, misses = (one.reshape(count, -1, 2, 1 << player) for one in (gained, lost))
        out = found[:, player].reshape(count, -1, 2, 1 << player)
        # Where the reference has what the player demands too, it is in neither.
        out[:, :, 1] = has[:, :, 1] - has[:, :, 0] - misses[:, :, 0]
        np.negative(misses[:, :, 0], out=out[:, :, 0])
    return found


def _add(units: Sequence[Unit | Deep], codes: Cells, found: Numbers) -> None:
    for start in range(0, codes.shape[1], _BLOCK):
        block, sums = codes[:, start : start + _BLOCK], found[:, start : start + _BLOCK]
        for unit in units:
            unit.add(block, sums)


def _is_deep(alone: Sequence[Leaf], players: Sequence[int]) -> bool:
    """Say whether a leaf is too deep for a table; what is not alone in its table never is."""
    return any(
        len(leaf.path) > MOST_COLUMNS or len({players[column] for column in leaf.path}) > MOST_PLAYERS for leaf in alone
    )


def _frequencies(steps: Steps, background: Cells, size: int) -> Numbers:
    count = background.shape[1]
    found = np.zeros(size, np.int64)
    for start in range(0, count, _BLOCK):
        found += np.bincount(steps.places(background[:, start : start + _BLOCK]), minlength=size)
    return np.asarray(found / count, np.float64)


def _cut(tree: Tree, grid: Grid) -> Iterator[tuple[int, Mapping[int, Any], dict[int, _Digit]]]:
    """Cut a tree into the largest subtrees whose tables are small enough; give each with the digits of its columns."""
    nodes, ends = tree.order()
    at = {node: place for place, node in enumerate(nodes)}
    waiting: list[tuple[int, Mapping[int, Any]]] = [(0, {})]
    while waiting:
        node, path = waiting.pop()
        splits = [one for one in nodes[at[node] : ends[node]] if tree.columns[one] >= 0]
        digits = _digits(tree, grid, splits, path)
        if digits is None:
            waiting += children(tree, grid, node, path)
        else:
            yield node, path, digits


def _digits(tree: Tree, grid: Grid, splits: list[int], path: Mapping[int, Any]) -> dict[int, _Digit] | None:
    """Return for each column which cells are alike to a subtree: the digits of a row's place in its table.

    None if the table would have too many places; that of one leaf never has.
    """
    by_column: dict[int, list[NDArray[np.bool_]]] = {column: [] for column in path}
    for node in splits:
        by_column.setdefault(int(tree.columns[node]), []).append(grid.left[node])
    if splits and (len(splits) >= STATES or 1 << len(by_column) > STATES):
        return None
    found, states = {}, 1
    for column, masks in by_column.items():
        alike = np.zeros(len(grid.places[column]) + 1, np.int64)
        for number, left in enumerate(masks, start=1):
            alike += alike + left
            if number % 48 == 0:
                alike = np.unique(alike, return_inverse=True)[1]
        if column in path:
            # To who never gets here, all is one.
            alike = (alike + 1) * path[column]
        digit = _Digit.of(alike)
        states *= digit.size
        if states > STATES and splits:
            return None
        if digit.size > 1:
            found[column] = digit
    return found


def _steps(digits: Mapping[int, _Digit], grid: Grid) -> Steps:
    """Return how rows find their place; the first column is the leading digit."""
    steps, start, stride = Steps(0, [], [], []), 0, 1
    for column, digit in reversed(list(digits.items())):
        weighted = digit.of_cell * stride
        start += int(weighted[0])
        grows = np.diff(weighted)
        for cell in np.flatnonzero(grows).tolist():
            steps.columns.append(column)
            steps.beyond.append(int(grid.places[column][cell]))
            steps.adds.append(np.uint16(int(grows[cell]) % (1 << 16)))
        stride *= digit.size
    return Steps(start, steps.columns, steps.beyond, steps.adds)


def _pattern(leaf: Leaf, digits: Mapping[int, _Digit], players: Sequence[int]) -> _Pattern:
    """Return which of a leaf's players' conditions are met at each place; a player's is met if those of its columns are."""
    own = sorted({players[column] for column in leaf.path})
    bits, alike = np.full(1, (1 << len(own)) - 1, np.int32), 1
    for column, digit in digits.items():
        if column not in leaf.path:
            alike *= digit.size
            continue
        met = leaf.path[column][digit.a_cell]
        kept = np.where(met, np.int32(-1), np.int32(~(1 << own.index(players[column]))))
        bits = (bits.repeat(alike)[:, None] & kept).reshape(-1)
        alike = 1
    return _Pattern(leaf.value, own, bits.repeat(alike))
