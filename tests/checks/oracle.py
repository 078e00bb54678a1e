"""Shapley values by the formula: every set of players, every row of the reference, the model's own output."""

from collections.abc import Callable, Sequence
from math import factorial
from typing import Any

import numpy as np


def shapley(margin: Callable[[Any], Any], cases: Any, reference: Any, players: Sequence[int]) -> Any:
    """Return what each player adds, a row a case; ``players`` says of each column whose it is."""
    count = max(players) + 1
    worth = {}
    for coalition in range(1 << count):
        taken = [column for column, player in enumerate(players) if coalition >> player & 1]
        mixed = np.tile(reference, (len(cases), 1))
        mixed[:, taken] = np.repeat(cases, len(reference), axis=0)[:, taken]
        worth[coalition] = margin(mixed).reshape(len(cases), len(reference)).mean(axis=1)
    found = np.zeros((len(cases), count))
    for coalition, without in worth.items():
        size = coalition.bit_count()
        weight = factorial(size) * factorial(max(count - size - 1, 0)) / factorial(count)
        for player in range(count):
            if not coalition >> player & 1:
                found[:, player] += weight * (worth[coalition | 1 << player] - without)
    return found
