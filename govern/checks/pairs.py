"""What the few leaves contribute that are too deep for a table: each pattern of rows beside each of the reference.

A pair of patterns shares a leaf's value by two counts only, of the players that take the row to the leaf and of those that
take it away; so patterns that were seen, and no others, are multiplied as matrices.
"""

from dataclasses import dataclass
from functools import cache
from math import comb

import numpy as np
from numpy.typing import NDArray

from govern.checks.trees import Cells, Leaf, Numbers, Places

MOST_PLAYERS = 62
"""A pattern is a number of so many bits."""
_ROOM = 1 << 21
"""Pairs at once."""


@dataclass(frozen=True, slots=True)
class Deep:
    """A leaf with the patterns of the reference that were seen, and how often."""

    leaf: Leaf
    places: dict[int, Places]
    """Of each column of its path, where the cells end of which that says which are met."""
    players: list[int]
    whose: list[list[int]]
    """The columns of each of its players."""
    seen: Numbers
    often: Numbers

    @classmethod
    def of(cls, leaf: Leaf, places: dict[int, Places], whose: dict[int, list[int]], background: Cells) -> "Deep":
        """Return the leaf against a background; ``whose`` says which columns of its path are each player's."""
        empty = np.zeros((0, len(whose)))
        alone = cls(leaf, places, list(whose), list(whose.values()), empty, np.zeros(0))
        seen, _, counts = _distinct(alone._met(background))
        return cls(leaf, places, alone.players, alone.whose, seen, counts / background.shape[1])

    @property
    def size(self) -> int:
        """Return how many bytes it keeps."""
        return self.seen.nbytes

    def add(self, codes: Cells, sums: Numbers) -> None:
        """Add what it contributes to each row."""
        met, which, _ = _distinct(self._met(codes))
        found = np.empty_like(met)
        step = max(1, _ROOM // max(1, len(self.seen)))
        for start in range(0, len(met), step):
            found[start : start + step] = self._shares(met[start : start + step])
        for place, player in enumerate(self.players):
            sums[player] += self.leaf.value * found[which, place]

    def _met(self, codes: Cells) -> NDArray[np.bool_]:
        """Return which players' conditions each row meets."""
        met = {
            column: its[np.searchsorted(self.places[column], codes[column])] for column, its in self.leaf.path.items()
        }
        return np.stack([np.all([met[column] for column in columns], axis=0) for columns in self.whose], axis=1)

    def _shares(self, met: Numbers) -> Numbers:
        towards, away = _weights(len(self.players))
        both = met @ self.seen.T
        to, off = met.sum(axis=1)[:, None] - both, self.seen.sum(axis=1) - both
        # Whom neither of the two meets keeps everybody from the leaf.
        reached = self.often * (both + to + off == len(self.players))
        pair = (to * (len(self.players) + 1) + off).astype(np.intp)
        gained = (reached * towards.take(pair)) @ (1 - self.seen)
        lost = (reached * away.take(pair)) @ self.seen
        return np.asarray(met * gained - (1 - met) * lost, np.float64)


def _distinct(met: NDArray[np.bool_]) -> tuple[Numbers, NDArray[np.intp], NDArray[np.intp]]:
    """Return the patterns there are, which of them each row has, and how many rows have each."""
    numbers = met @ (1 << np.arange(met.shape[1], dtype=np.int64))
    _, first, which, counts = np.unique(numbers, return_index=True, return_inverse=True, return_counts=True)
    return met[first].astype(np.float64), which, counts


@cache
def _weights(players: int) -> tuple[Numbers, Numbers]:
    """Return what one of each kind gets of a leaf's value, by how many there are of both."""
    towards, away = np.zeros((2, players + 1, players + 1))
    for to in range(players + 1):
        for off in range(players + 1 - to):
            towards[to, off] = 1 / (to * comb(to + off, to)) if to else 0.0
            away[to, off] = 1 / (off * comb(to + off, off)) if off else 0.0
    return towards, away
