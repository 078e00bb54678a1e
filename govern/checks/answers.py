"""What is measured of a check by itself, apart from the counts that other checks share: a result, or why there is none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from govern.checks import apart, predictability
from govern.checks.binding import Bound
from govern.checks.declines import Declines
from govern.checks.tables import Data
from govern.policy.bins import COLUMN
from govern.policy.evidence import Attribute, Excluded, Measure, Planned, Result, Table
from govern.policy.metrics import (
    ATTRIBUTION_SHARE,
    BESIDE,
    DAYS_AFTER,
    FLIPS,
    METRICS,
    PREDICTABILITY,
    REASON_COVERAGE,
    SHARED_ROWS,
)


@dataclass(frozen=True, slots=True)
class Answer:
    """Results with the tables that they are made of."""

    results: tuple[Result, ...]
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
    result = Result.made(planned.check, planned.metric, [told.measure], excluded=left_out)
    return Answer((result,), told.tables)


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
    return Answer((Result.made(planned.check, planned.metric, [measure]),), tables)


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
    return Answer((Result.made(planned.check, planned.metric, measures, by=COLUMN),), tuple(tables))


def _attribution(planned: Planned, beside: Beside) -> str:  # noqa: ARG001  whoever has the model has the answer
    return f"{planned.metric} needs the model"


def _flips(planned: Planned, beside: Beside) -> str:  # noqa: ARG001  the same
    return f"{planned.metric} needs the model and its rule"


def _predictability(planned: Planned, beside: Beside) -> Answer | str:
    binding, whole = beside.bound.binding, beside.bound.whole
    special = {binding.label, binding.prediction, binding.score, *binding.by}
    columns = [one for one in planned.of if one != "features"]
    if len(columns) < len(planned.of) or not planned.of:
        columns += beside.features or [one for one in whole.columns if one not in special]
    wrong = [one for one in columns if one not in whole.columns]
    names = [attribute.name for attribute in planned.by]
    if not names or planned.intersections or planned.interval:
        return f"{planned.metric} takes attributes, by, and no interval"
    if COLUMN[0] in names:
        return f"an attribute that is called {COLUMN[0]} cannot be told from the columns"
    if wrong or not columns:
        return f"{whole.name} has no column {wrong[0]}" if wrong else f"{whole.name} has no other column"
    parts = [_of_attribute(planned, one, whole, sorted(set(columns))) for one in planned.by]
    return Answer(tuple(result for result, _ in parts), tuple(table for _, table in parts))


def _of_attribute(planned: Planned, attribute: Attribute, whole: Data, columns: Sequence[str]) -> tuple[Result, Table]:
    found = {one: predictability.told(whole, one, attribute) for one in columns}
    groups = {group: told.rows for group, told in next(iter(found.values())).items()}
    small = {group: n for group, n in groups.items() if n < planned.min_group_size}
    known = sum(groups.values())
    measures = []
    for column, of in found.items():
        areas = {group: told.area for group, told in of.items() if group not in small}
        best = max(sorted(areas), key=lambda group: areas[group] or 0, default=None)
        by, area = {COLUMN[0]: column, attribute.name: best}, areas[best] if best else None
        why = "one_group" if groups else "no_rows"
        measures.append(Measure.undefined(why, known, by=by) if area is None else Measure.measured(area, known, by=by))
    left_out = {"attribute_missing": whole.rows - known, "small_group": sum(small.values())}
    excluded = [Excluded(by={}, n=n, why=why) for why, n in left_out.items() if n]
    rows: dict[tuple[str | None, ...], tuple[int, ...]] = {
        (column, group): told.row for column, of in found.items() for group, told in of.items()
    }
    what = f"{planned.metric} of {attribute.name}"
    result = Result.made(planned.check, planned.metric, measures, by=(*COLUMN, attribute.name), excluded=excluded)
    return result, Table.made(what, ["column", "group"], predictability.SUMS, rows)


_OF = {
    ATTRIBUTION_SHARE: _attribution,
    DAYS_AFTER: _days,
    PREDICTABILITY: _predictability,
    REASON_COVERAGE: _reasons,
    SHARED_ROWS: _shared,
    **dict.fromkeys(FLIPS, _flips),
}
