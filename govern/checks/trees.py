"""What an ensemble of trees is, whoever grew it: splits of columns into parts, and what the leaves add.

A split sends a value left that is not greater than its end, or that lies in one of several parts; every library's own way
of comparing, rounding and missing is put into these words when its trees are read. Values enter as the cells of a column,
counted by the ends below them, so that a value which equals a threshold is on the side on which the model has it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Numbers: TypeAlias = NDArray[np.float64]
Places: TypeAlias = NDArray[np.int64]
Cells: TypeAlias = NDArray[Any]
"""A column a row: how many ends lie below each value, and one more than there can be where it is missing."""


@dataclass(frozen=True, slots=True)
class Parts:
    """A column in parts: the greatest value of each but the last, and which of them go left."""

    ends: Numbers
    left: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Tree:
    """The nodes of a tree in arrays, the root first; a leaf has the column -1."""

    columns: Places
    ends: Numbers
    lefts: Places
    rights: Places
    missing_left: NDArray[np.bool_]
    values: Numbers
    parts: Mapping[int, Parts] = field(default_factory=dict)
    """Of the splits that are not in two."""

    def splits(self, node: int) -> Parts:
        return self.parts.get(node) or Parts(self.ends[[node]], np.array([True, False]))

    def order(self) -> tuple[list[int], dict[int, int]]:
        """Return the nodes that can be reached, each before what is below it, and where what is below it ends."""
        nodes: list[int] = []
        ends: dict[int, int] = {}
        waiting = [(0, False)]
        while waiting:
            node, is_done = waiting.pop()
            if is_done:
                ends[node] = len(nodes)
                continue
            nodes.append(node)
            waiting.append((node, True))
            if self.columns[node] >= 0:
                waiting += [(int(self.rights[node]), False), (int(self.lefts[node]), False)]
        return nodes, ends


@dataclass(frozen=True, slots=True)
class Ensemble:
    """Trees whose leaves add up to a model's output, but for a constant."""

    trees: tuple[Tree, ...]
    width: int
    """How many columns rows have."""
    rounds: Any
    """As what type the model takes its numbers: a value is rounded to it before it is compared."""
    tolerance: float
    """How far its leaves, added up in double precision, may lie from its own output."""
    unseconded: str = ""
    """Why shap is not asked about it, if it is not."""
    unseconded_missing: str = ""
    """The same where values are missing."""
    zeroed: frozenset[int] = frozenset()
    """The columns in which what is missing is taken for zero."""

    def ends(self) -> tuple[Numbers, ...]:
        """Return the ends of each column, in order."""
        columns = np.concatenate([np.zeros(0, np.int64), *(tree.columns for tree in self.trees)])
        ends = np.concatenate([np.zeros(0), *(tree.ends for tree in self.trees)])
        plain = np.concatenate([np.zeros(0, np.bool_), *(_is_plain(tree) for tree in self.trees)])
        more: dict[int, list[Numbers]] = {}
        for tree in self.trees:
            for node, parts in tree.parts.items():
                more.setdefault(int(tree.columns[node]), []).append(parts.ends)
        return tuple(
            np.unique(np.concatenate([ends[plain & (columns == column)], *more.get(column, [])]))
            for column in range(self.width)
        )


def cells(rows: Numbers, ends: tuple[Numbers, ...], rounds: Any) -> Cells:
    """Return in which cell of its column each value lies."""
    kind = np.uint16 if max(map(len, ends), default=0) < np.iinfo(np.uint16).max - 1 else np.uint32
    found = np.empty((len(ends), len(rows)), kind)
    with np.errstate(over="ignore"):  # what is too large for the model's type is infinite to it
        rounded = rows.astype(rounds).astype(np.float64)
    for column, its in enumerate(ends):
        values = rounded[:, column]
        found[column] = np.where(np.isnan(values), len(its) + 1, np.searchsorted(its, values, side="left"))
    return found


@dataclass(frozen=True, slots=True)
class Grid:
    """One tree's own cells: those that its splits tell apart, column by column, and the missing last."""

    places: Mapping[int, Places]
    """Of each column: in the cells of the whole ensemble, the last that lies in each of its own, but for the missing."""
    left: Mapping[int, NDArray[np.bool_]]
    """Of each split, the cells that it sends left."""

    @classmethod
    def of(cls, tree: Tree, ends: tuple[Numbers, ...]) -> "Grid":
        nodes, _ = tree.order()
        splits: dict[int, dict[int, Parts]] = {}
        for node in nodes:
            if tree.columns[node] >= 0:
                splits.setdefault(int(tree.columns[node]), {})[node] = tree.splits(node)
        places, left = {}, {}
        for column, its in splits.items():
            own = np.unique(np.concatenate([parts.ends for parts in its.values()]))
            places[column] = np.append(np.searchsorted(ends[column], own), len(ends[column]))
            greatest = np.append(own, np.inf)
            for node, parts in its.items():
                where = np.searchsorted(parts.ends, greatest, side="left").clip(max=len(parts.ends))
                where[-1] = len(parts.ends)
                left[node] = np.append(parts.left[where], tree.missing_left[node])
        return cls(places, left)


@dataclass(frozen=True, slots=True)
class Leaf:
    """What a leaf adds, and the cells of each column from which it is reached; a column that does not matter is left out."""

    value: float
    path: Mapping[int, NDArray[np.bool_]]


def leaves(tree: Tree, grid: Grid, node: int = 0, path: Mapping[int, Any] | None = None) -> Iterator[Leaf]:
    """Give the leaves below a node that can be reached, and that add something."""
    waiting = [(node, path or {})]
    while waiting:
        at, above = waiting.pop()
        if tree.columns[at] >= 0:
            waiting += children(tree, grid, at, above)
        elif tree.values[at]:
            yield Leaf(float(tree.values[at]), {column: met for column, met in above.items() if not met.all()})


def children(tree: Tree, grid: Grid, node: int, path: Mapping[int, Any]) -> list[tuple[int, dict[int, Any]]]:
    """Return what is below a split, each with the cells that lead there; where none do, nothing is."""
    column = int(tree.columns[node])
    left = grid.left[node]
    met = path.get(column, np.ones(len(left), np.bool_))
    both = ((int(tree.lefts[node]), met & left), (int(tree.rights[node]), met & ~left))
    return [(child, {**path, column: its}) for child, its in both if its.any()]


def _is_plain(tree: Tree) -> NDArray[np.bool_]:
    plain = tree.columns >= 0
    plain[list(tree.parts)] = False
    return plain
