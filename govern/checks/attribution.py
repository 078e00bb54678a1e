"""How much of what moves a score comes from each input: contributions to rows that nobody chose, added up.

Explained are the rows whose digests come first, against one another, by the model's own Shapley values. Of each contribution
six digits of the largest are kept before any is added, so that every machine adds up the same integers.
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import floor, log10

from govern.checks import rows
from govern.checks.answers import Answer
from govern.checks.population import first_rows
from govern.checks.sandbox import LoadedModel
from govern.checks.tables import Data
from govern.errors import GovernError
from govern.policy.bins import ATTRIBUTION, COLUMN
from govern.policy.evidence import Measure, Planned, Result, Table
from govern.policy.limits import NOT_A_FEATURE
from govern.policy.metrics import ATTRIBUTION_SHARE

MOST = 500
"""Rows that are explained."""
_DIGITS = 6
_JOINTS = "_=.:- "
"""What stands between the name of a column and one of the values that it was split into."""
_CANNOT = frozenset({"not_explained", "not_additive"})


def attributions(model: LoadedModel, data: Data, checks: Iterable[Planned]) -> dict[str, Answer | str]:
    """Measure the shares that checks ask for, of rows that ``model`` can read."""
    asked = [one for one in checks if one.metric == ATTRIBUTION_SHARE]
    known: dict[tuple[tuple[str, tuple[str, ...]], ...], tuple[int, dict[str, int]] | str] = {}
    found: dict[str, Answer | str] = {}
    for one in asked:
        if one.by or one.intersections or one.interval:
            found[one.check] = f"{one.metric} takes no attribute and no interval"
            continue
        players = tuple(inputs(model.features, one.of).items())
        if players not in known:
            known[players] = _weights(model, data, dict(players))
        weights = known[players]
        found[one.check] = weights if isinstance(weights, str) else _answer(one, *weights, rows=data.rows)
    return found


def inputs(features: Sequence[str], named: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the columns of each input: those that are called it, or begin so where one was split into several."""
    split = {
        name: tuple(one for one in features if one[:1] and one.startswith(tuple(name + joint for joint in _JOINTS)))
        for name in sorted(named)
        if name not in features
    }
    taken: dict[str, tuple[str, ...]] = {}
    for name, columns in sorted(split.items(), key=lambda one: (-len(one[0]), one[0])):
        free = tuple(one for one in columns if not any(one in others for others in taken.values()))
        taken |= {name: free} if free else {}
    alone = {one: (one,) for one in features if not any(one in others for others in taken.values())}
    return dict(sorted((taken | alone).items()))


def _weights(model: LoadedModel, data: Data, players: dict[str, tuple[str, ...]]) -> tuple[int, dict[str, int]] | str:
    """Return how many rows were explained, and what each input added to them or took away, in integers."""
    import numpy as np  # noqa: PLC0415  who only asks for help explains nothing

    names = list(players)
    numbers = rows.numeric(data, model.features)
    drawn = first_rows(data, model.features, numbers, MOST)
    if not drawn.rows:
        return 0, dict.fromkeys(names, 0)
    whose = [next(place for place, name in enumerate(names) if one in players[name]) for one in model.features]
    reference, cases = (rows.batches(drawn, model.features, numbers) for _ in range(2))
    try:
        found = model.contributions(reference, cases, whose)
    except GovernError as error:
        if error.code not in _CANNOT:
            raise
        return f"{ATTRIBUTION_SHARE}: {error.message}"
    moved = np.abs(found.values)
    most = float(moved.max())
    if not most:
        return len(moved), dict.fromkeys(names, 0)
    whole = np.rint(moved * 10.0 ** (_DIGITS - floor(log10(most)))).astype(np.int64).sum(axis=0)
    return len(moved), {name: int(whole[place]) for place, name in enumerate(names)}


def _answer(planned: Planned, explained: int, weights: dict[str, int], *, rows: int) -> Answer:
    total = sum(weights.values())
    measures = []
    for name in sorted(set(planned.of)) or sorted(weights):
        by = {COLUMN[0]: name}
        if name not in weights:
            measures.append(Measure.undefined(NOT_A_FEATURE, explained, by=by))
        elif not total:
            measures.append(Measure.undefined("no_contribution" if explained else "no_rows", explained, by=by))
        else:
            measures.append(Measure.measured(Fraction(weights[name], total), explained, by=by))
    split = " and ".join(sorted(set(planned.of) & set(weights)))
    what = f"{ATTRIBUTION}{f' of {split}' if split else ''}"
    tables = (
        Table.made(what, ["column"], ["contributions"], {(name,): (weight,) for name, weight in weights.items()}),
        Table.made(f"{what}: rows", [], ["rows", "explained"], {(): (rows, explained)}),
    )
    return Answer((Result.made(planned.check, planned.metric, measures, by=COLUMN),), tables)
