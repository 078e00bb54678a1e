"""How many decisions turn when one column is moved a little, is missing, or lies where no value ever lay.

Asked are the rows whose digests come first, and of each column those that have a value in it; what a column is moved by is set
by the baseline. Nothing is drawn by chance: the same rows beside the same baseline are moved alike on every machine. A model
that gives no decision about rows that were moved has no rate: that is undefined, and never a decision that stood.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import fsum, isfinite, sqrt
from typing import Any

from govern.checks import rows
from govern.checks.answers import Answer, uncompared
from govern.checks.binding import Rule
from govern.checks.population import SCORE, first_rows
from govern.checks.sandbox import LoadedModel
from govern.checks.stability import ordered
from govern.checks.tables import Data, quoted
from govern.policy.bins import COLUMN, NEW
from govern.policy.evidence import Excluded, Measure, Plan, Planned, Result, Table
from govern.policy.limits import NOT_A_FEATURE
from govern.policy.metrics import FLIPS, FLIPS_BY_NOISE, FLIPS_IF_MISSING
from govern.policy.selection import at

MOST = 5000
"""Rows that are asked."""
SUMS = ("rows", "turned")
ANY = "any"
"""Turned by one of the changes at least: what the rate counts."""
_PART = 10
"""Noise is a tenth of the spread."""
_FEATURES = "features"


@dataclass(frozen=True, slots=True)
class _Span:
    """Between what the numbers of a baseline lie, and how far most of them are apart."""

    low: float
    high: float
    spread: float


@dataclass(frozen=True, slots=True)
class _Asked:
    """The rows that the model is asked of: as it reads them, all at once."""

    table: Any
    numbers: frozenset[str]
    every: int
    """Of so many."""

    def known(self, column: str) -> Any:
        """Say of each row whether it has a value in a column."""
        values = self.values(column)
        return values == values if column in self.numbers else (values != None) & (values != "")  # noqa: E711, PLR0124

    def values(self, column: str) -> Any:
        return self.table.column(column).to_numpy(zero_copy_only=False)

    def with_column(self, column: str, values: Any) -> Any:
        """Return the rows with other values in a column, or with one and the same."""
        import pyarrow as pa  # noqa: PLC0415  who only asks for help asks no model

        place, kind = self.table.schema.get_field_index(column), self.table.schema.field(column)
        every = values if hasattr(values, "shape") else [values] * self.table.num_rows
        return self.table.set_column(place, kind, pa.array(every, kind.type, from_pandas=True))


@dataclass(frozen=True, slots=True)
class _Told:
    """What the model said of the rows as they are, and of each column as it was moved; or why that is not known."""

    asked: _Asked
    scores: Any
    moved: Mapping[tuple[str, str], Mapping[str, Any] | str]
    """By metric and column: the scores by change, or the word for why there are none."""

    def turned(self, metric: str, column: str, rule: Rule) -> dict[str, int] | str:
        """Return how many rows each change decides otherwise, and how many any of them."""
        moved = self.moved[metric, column]
        if isinstance(moved, str):
            return moved
        known, decided = self.asked.known(column), rule.meets(self.scores)
        found = {change: known & (rule.meets(scores) != decided) for change, scores in moved.items()}
        found[ANY] = sum(found.values()) > 0
        return {change: int(rows.sum()) for change, rows in found.items()}


def flips(model: LoadedModel, data: Data, baseline: Data | None, plan: Plan) -> dict[str, Answer | str]:
    """Measure the rates that a plan asks for, of rows that ``model`` has scored."""
    found: dict[str, Answer | str] = {}
    rules: dict[str, Rule] = {}
    served = [one for one in plan.checks if one.metric in FLIPS]
    for one in served:
        rule, lacking = _rule(one, plan), [name for name in one.of if name != _FEATURES and name not in data.columns]
        if why := uncompared(one, baseline):
            found[one.check] = why
        elif lacking:
            found[one.check] = f"{data.name} has no column {lacking[0]}"
        elif rule is None:
            found[one.check] = f"{one.metric} needs the rule by which the model's score decides"
        else:
            rules[one.check] = rule
    asked = [one for one in served if one.check in rules]
    if asked and baseline:
        wanted = dict.fromkeys(
            (one.metric, column) for one in asked for column in _columns(one, model) if column in model.features
        )
        told = _told(model, _asked(data, model), baseline, list(wanted))
        found |= {one.check: _answer(one, model, told, rules[one.check]) for one in asked}
    return found


def _rule(planned: Planned, plan: Plan) -> Rule | None:
    if planned.cutoff is not None:
        return Rule(SCORE, ">=", planned.cutoff)
    rule = Rule.parse(plan.columns.prediction or "")
    return rule if rule and rule.column == SCORE else None


def _columns(planned: Planned, model: LoadedModel) -> list[str]:
    """Return the columns that a check names, or all that the model reads."""
    named = planned.of or (_FEATURES,)
    return sorted({column for name in named for column in (model.features if name == _FEATURES else (name,))})


def _asked(data: Data, model: LoadedModel) -> _Asked:
    import pyarrow as pa  # noqa: PLC0415  who only asks for help asks no model

    numbers = rows.numeric(data, model.features)
    drawn = first_rows(data, model.features, numbers, MOST)
    found = pa.Table.from_batches(
        rows.batches(drawn, model.features, numbers),
        pa.schema([(name, pa.float64() if name in numbers else pa.string()) for name in model.features]),
    )
    return _Asked(found.combine_chunks(), numbers, data.rows)


def _told(model: LoadedModel, asked: _Asked, baseline: Data, wanted: Sequence[tuple[str, str]]) -> _Told:
    """Ask the model of the rows as they are, and of every change, one after the other."""
    spans = {column: _span(baseline, column) for _, column in wanted if column in asked.numbers}
    changes = {one: _changes(*one, asked, spans, baseline) for one in wanted}
    moves = [(one, change) for one, found in changes.items() if not isinstance(found, str) for change in found]

    def batches() -> Any:
        yield asked.table.to_batches()[0]
        for one, change in moves:
            found = changes[one]
            assert not isinstance(found, str)
            yield asked.with_column(one[1], found[change]).to_batches()[0]

    scores, *others = model.tries(batches()) if asked.table.num_rows else [None]
    said = dict(zip(moves, others, strict=True))
    moved: dict[tuple[str, str], Mapping[str, Any] | str] = {}
    for one, found in changes.items():
        of = {} if isinstance(found, str) else {change: said[one, change] for change in found}
        is_refused = scores is None or any(scores_ is None for scores_ in of.values())
        moved[one] = found if isinstance(found, str) else "model_refuses" if is_refused else of
    return _Told(asked, scores, moved)


def _changes(
    metric: str, column: str, asked: _Asked, spans: Mapping[str, _Span], baseline: Data
) -> dict[str, Any] | str:
    """Return what a column is changed to, by the name of the change; or the word for why it cannot be."""
    if not asked.known(column).any():
        return "no_rows"
    if metric == FLIPS_IF_MISSING:
        return {"missing": None}
    if column not in asked.numbers:
        return "no_number" if metric == FLIPS_BY_NOISE else {"new": _unseen(baseline, column)}
    span = spans[column]
    if not span.spread:
        return "no_spread"
    if metric == FLIPS_BY_NOISE:
        step, values = span.spread / _PART, asked.values(column)
        return {"down": values - step, "up": values + step}
    return {"below": span.low - span.spread, "above": span.high + span.spread}


def _span(baseline: Data, column: str) -> _Span:
    """Return between what a column of the baseline lies; without spread where all is one value, or too far apart."""
    import numpy as np  # noqa: PLC0415  as above

    values = ordered(baseline, column)
    values = values[np.isfinite(values)]
    n = len(values)
    if not n:
        return _Span(0.0, 0.0, 0.0)
    # The first values that a quarter, and three quarters, of all are not above.
    low, first, third, high = (float(values[place]) for place in (0, -(-n // 4) - 1, -(-3 * n // 4) - 1, n - 1))
    if first < third or low == high or not isfinite(high - low):
        spread = third - first
    else:
        # Sums that are rounded once are the same on every machine.
        shares = (values - low) / (high - low)
        spread = (high - low) * sqrt(fsum(((shares - fsum(shares) / n) ** 2).tolist()) / n)
    return _Span(low, high, spread if isfinite(high + spread - (low - spread)) else 0.0)


def _unseen(baseline: Data, column: str) -> str:
    """Return a text that the baseline does not have in a column."""
    name, value = f"CAST({quoted(column)} AS VARCHAR)", NEW
    # Whoever has it already gets it in as many more brackets as nobody has.
    while baseline.ask(f"SELECT 1 FROM {baseline.relation} WHERE {name} = '{value}' LIMIT 1"):  # noqa: S608  ours
        value = f"({value})"
    return value


def _answer(planned: Planned, model: LoadedModel, told: _Told, rule: Rule) -> Answer:
    measures, excluded, tables = [], list[Excluded](), list[Table]()
    n = told.asked.table.num_rows
    columns = _columns(planned, model)
    texts = {one for one in columns if one in model.features and one not in told.asked.numbers}
    # Words have no noise: that is said, and is no fault of a check that has columns of numbers too.
    is_mixed = planned.metric == FLIPS_BY_NOISE and any(one in told.asked.numbers for one in columns)
    words = texts - set(planned.of) if is_mixed else set()
    for column in columns:
        by = {COLUMN[0]: column}
        if column not in model.features:
            measures.append(Measure.undefined(NOT_A_FEATURE, n, by=by))
            continue
        if column in words:
            excluded.append(Excluded(by=by, n=n, why="no_number"))
            continue
        known, turned = int(told.asked.known(column).sum()), told.turned(planned.metric, column, rule)
        if known < n:
            excluded.append(Excluded(by=by, n=n - known, why="value_missing"))
        if isinstance(turned, str):
            measures.append(Measure.undefined(turned, known, by=by))
            continue
        measures.append(Measure.measured(Fraction(turned[ANY], known), known, by=by))
        sums: dict[tuple[str | None, ...], tuple[int, ...]] = {(one,): (known, rows) for one, rows in turned.items()}
        tables.append(Table.made(f"{planned.metric} of {column}{at(planned.cutoff)}", ["change"], SUMS, sums))
    if told.asked.every > n:
        excluded.append(Excluded(by={}, n=told.asked.every - n, why="not_drawn"))
    result = Result.made(planned.check, planned.metric, measures, by=COLUMN, excluded=excluded)
    return Answer((result,), tuple(tables))
