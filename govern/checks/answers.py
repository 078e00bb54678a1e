"""What is measured of a check by itself, apart from the counts that other checks share: a result, or why there is none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from govern.checks import apart
from govern.checks.binding import Bound
from govern.checks.declines import Declines
from govern.checks.tables import Data
from govern.policy.bins import COLUMN
from govern.policy.evidence import Excluded, Measure, Planned, Result, Table
from govern.policy.metrics import BESIDE, DAYS_AFTER, METRICS, REASON_COVERAGE, SHARED_ROWS


@dataclass(frozen=True, slots=True)
class Answer:
    """A result with the tables that it is made of."""

    result: Result
    tables: tuple[Table, ...] = ()


Answers: TypeAlias = Mapping[str, Answer | str]
"""By check; a text is why it was not measured."""


@dataclass(frozen=True, slots=True)
class Beside:
    """What is at hand beside the rows."""

    bound: Bound
    baseline: Data | None = None
    features: tuple[str, ...] = ()
    """What the model reads, if one was asked."""
    told: Declines | None = None


def answers(checks: Sequence[Planned], beside: Beside) -> dict[str, Answer | str]:
    """Measure the checks that are answered one by one."""
    return {
        one.check: uncompared(one, beside.baseline) or _OF[one.metric](one, beside)
        for one in checks
        if one.metric in _OF
    }


def uncompared(planned: Planned, baseline: Data | None) -> str:
    """Return why a check that compares rows with others cannot; empty if it can, or does not."""
    if METRICS[planned.metric].grouping not in BESIDE:
        return ""
    if baseline is None:
        return f"{planned.metric} needs a baseline: the rows as they were"
    if planned.by or planned.intersections or planned.interval:
        return f"{planned.metric} takes no attribute and no interval"
    return ""


def _reasons(planned: Planned, beside: Beside) -> Answer | str:
    told = beside.told
    if planned.by or planned.interval:
        return f"{planned.metric} takes no attribute and no interval"
    if told is None:
        return f"{planned.metric} needs the model, its rule and its dictionary"
    rest = told.declined - told.explained
    left_out = [Excluded(by={}, n=rest, why="not_drawn")] if rest and told.explained else []
    return Answer(Result.made(planned.check, planned.metric, [told.measure], excluded=left_out), told.tables)


def _shared(planned: Planned, beside: Beside) -> Answer | str:
    baseline = beside.baseline
    assert baseline
    now, named = beside.bound.whole, planned.of
    lacking = [(data, one) for data in (now, baseline) for one in named if one not in data.columns]
    if lacking:
        data, one = lacking[0]
        return f"{data.name} has no column {one}"
    binding = beside.bound.binding
    special = {binding.label, binding.prediction, binding.score, *binding.by}
    columns = apart.columns(now, baseline, named or beside.features, special)
    if not columns:
        return "the two files have no column in common"
    found = apart.shared(now, baseline, [name for name, is_compared in columns.items() if is_compared])
    what = " by ".join([SHARED_ROWS, *([" and ".join(named)] if named else [])])
    tables = (
        Table.made(what, [], apart.SUMS, {(): (now.rows, baseline.rows, found)}),
        Table.made(
            f"{what}: columns", ["column"], ["compared"], {(name,): (int(one),) for name, one in columns.items()}
        ),
    )
    measure = Measure.measured(found, now.rows) if now.rows and baseline.rows else Measure.undefined("no_rows", 0)
    return Answer(Result.made(planned.check, planned.metric, [measure]), tables)


def _days(planned: Planned, beside: Beside) -> Answer | str:
    baseline = beside.baseline
    assert baseline
    if not planned.of:
        return f"{planned.metric} needs the column of days: of"
    measures, tables = [], []
    for name in sorted(set(planned.of)):
        sides = [apart.days(data, name) for data in (beside.bound.whole, baseline)]
        wrong = [side for side in sides if isinstance(side, str)]
        if wrong:
            return wrong[0]
        now, then = (side for side in sides if not isinstance(side, str))
        by = {COLUMN[0]: name}
        rows: dict[tuple[str | None, ...], tuple[int, ...]] = {
            (word,): side.row for word, side in (("now", now), ("then", then)) if side.row
        }
        tables += [Table.made(f"days of {name}", ["side"], apart.DAYS, rows)] if rows else []
        if now.first and then.last and not now.missing and not then.missing:
            measures.append(Measure.measured((now.first - then.last).days, now.rows, by=by))
        else:
            why = "day_missing" if now.missing or then.missing else "no_rows"
            measures.append(Measure.undefined(why, now.rows, by=by))
    return Answer(Result.made(planned.check, planned.metric, measures, by=COLUMN), tuple(tables))


_OF = {REASON_COVERAGE: _reasons, SHARED_ROWS: _shared, DAYS_AFTER: _days}
