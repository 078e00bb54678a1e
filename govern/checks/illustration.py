"""What would change a decision: the smallest move of one reason, or else of two, that crosses the cut-off.

A group of columns moves towards the middle of the reference, by ranks: to values that somebody in the reference has. What is
a prohibited basis or has no words never moves, and neither does text. It illustrates; nobody is promised anything.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pyarrow as pa

from govern.checks.binding import Rule
from govern.checks.reasons import Dictionary, Side
from govern.checks.sandbox import LoadedModel
from govern.policy.decimals import rounded, write_decimal

STEPS = 10
PAIRED = 12
"""So many groups, those that counted most, are tried two by two."""
_MIDDLE = 0.5
NONE = "No change of one reason towards the reference would change the decision, nor of two together."


@dataclass(frozen=True, slots=True)
class _Move:
    """A group at other values, and how far that is in ranks."""

    group: str
    values: Mapping[str, float]
    size: float


@dataclass(frozen=True, slots=True)
class Change:
    """A column that would have another value; none is a value that is missing."""

    group: str
    column: str
    before: str | None
    after: str


@dataclass(frozen=True, slots=True)
class Illustration:
    """The smallest change that was found, if any was, and the score with it."""

    changes: tuple[Change, ...]
    score: str | None

    @property
    def text(self) -> str:
        if not self.changes:
            return NONE
        parts = (f"{one.column} {one.after} instead of {one.before or 'nothing'}" for one in self.changes)
        return f"With {' and '.join(parts)}, and all else the same, the score would be {self.score}: approved."

    def json(self) -> dict[str, Any]:
        changes = [
            {"group": one.group, "column": one.column, "from": one.before, "to": one.after} for one in self.changes
        ]
        return {"text": self.text, "changes": changes, "score": self.score}


def movable(
    groups: Mapping[str, Sequence[str]], numbers: frozenset[str], sides: Mapping[str, Side], dictionary: Dictionary
) -> list[str]:
    """Return the groups that may be spoken of and are numbers throughout."""
    wordings = {wording.group: wording for wording in dictionary.wordings}
    return [
        group
        for group, columns in groups.items()
        if group in wordings
        and not wordings[group].is_prohibited
        and wordings[group].text(sides[group])
        and numbers.issuperset(columns)
    ]


def illustrate(
    model: LoadedModel, case: Any, reference: Any, groups: Mapping[str, Sequence[str]], approve: Rule
) -> Illustration:
    """Ask the model what would change its decision; ``groups`` are those that may move, those that counted most first."""
    moves = [list(_moves(case, reference, group, columns)) for group, columns in groups.items()]
    singles = [(move,) for its in moves for move in its]
    pairs = [(one, other) for its, others in combinations(moves[:PAIRED], 2) for one in its for other in others]
    for tried in (singles, pairs):
        scores = model.scores(iter([_with(case, tried)])) if tried else np.zeros(0)
        crossing = [place for place, score in enumerate(scores.tolist()) if approve.meets(score)]
        if crossing:
            best = min(crossing, key=lambda place: (sum(move.size for move in tried[place]), place))
            return Illustration(tuple(_changes(case, tried[best])), write_decimal(rounded(float(scores[best]), 9)))
    return Illustration((), None)


def _moves(case: Any, reference: Any, group: str, columns: Sequence[str]) -> Iterator[_Move]:
    """Yield where a group may move to, the nearest first; all its columns move together."""
    known = {name: np.sort(_present(reference.column(name).to_numpy())) for name in columns}
    if not all(len(values) for values in known.values()):
        return
    now = {name: case.column(name).to_numpy(zero_copy_only=False)[0] for name in columns}
    ranks = {name: _rank(known[name], value) for name, value in now.items()}
    seen = [now]
    for step in range(1, STEPS + 1):
        values, size = {}, 0.0
        for name, rank in ranks.items():
            to = _MIDDLE if rank is None else rank + (_MIDDLE - rank) * step / STEPS
            at = float(np.quantile(known[name], to, method="inverted_cdf"))
            # Towards the middle, and never past where one stands already.
            is_away = rank is not None and (at - now[name]) * (_MIDDLE - rank) <= 0
            values[name] = float(now[name]) if is_away else at
            size = max(size, _MIDDLE if rank is None else abs(to - rank))
        if values not in seen:
            seen.append(values)
            yield _Move(group, values, size)


def _present(values: Any) -> Any:
    return values[~np.isnan(values)]


def _rank(known: Any, value: float) -> float | None:
    """Return which share of the reference lies below, those at the same value counted half; nothing if it is missing."""
    if np.isnan(value):
        return None
    return float(np.searchsorted(known, value) + np.searchsorted(known, value, "right")) / (2 * len(known))


def _with(case: Any, tried: Sequence[tuple[_Move, ...]]) -> Any:
    """Return a row for each change."""
    columns = {name: case.column(name).take(pa.array([0] * len(tried))) for name in case.schema.names}
    changed = {name for moves in tried for move in moves for name in move.values}
    for name in changed:
        values = np.repeat(case.column(name).to_numpy(zero_copy_only=False), len(tried))
        for row, moves in enumerate(tried):
            for move in moves:
                values[row] = move.values.get(name, values[row])
        columns[name] = pa.array(values, from_pandas=True)
    return pa.record_batch(columns)


def _changes(case: Any, moves: tuple[_Move, ...]) -> Iterator[Change]:
    for move in moves:
        for name, value in move.values.items():
            before = case.column(name).to_numpy(zero_copy_only=False)[0]
            if before != value:
                yield Change(move.group, name, None if np.isnan(before) else _written(before), _written(value))


def _written(value: float) -> str:
    return write_decimal(rounded(float(value), 6))
