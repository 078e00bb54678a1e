"""A fairness and performance table of any scored file, without a ledger: the JSON of ``govern evaluate``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from govern.checks import plan as plans
from govern.checks import tables
from govern.checks.opinion import FAIRLEARN
from govern.checks.plan import Run
from govern.errors import InvalidInput
from govern.policy.decimals import write_decimal
from govern.policy.evidence import DIGITS, Attribute, Columns, Interval, Measure, Plan, Planned, Result, Status
from govern.policy.metrics import COMPARED, METRICS, Better, Grouping

RESAMPLES = 1000
LEVEL = Decimal("0.95")

_OVERALL, _GROUPS = "overall", "groups"
_NUMBERS = ("rmse", "mae", "r2")
_SHOWN = tuple(
    name
    for name, metric in METRICS.items()
    if metric.grouping is Grouping.EACH
    and {"label", "prediction", "score"} >= set(metric.reads)
    and name not in _NUMBERS
)
_COMPARED = (
    "adverse_impact_ratio",
    "demographic_parity_difference",
    "equal_opportunity_difference",
    "equalized_odds_difference",
    "false_positive_rate_difference",
    "precision_difference",
    "roc_auc_difference",
)


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody wants to know of a file."""

    label: str | None = None
    prediction: str | None = None
    score: str | None = None
    by: tuple[str, ...] = ()
    """Attributes; columns with commas between them are looked at together."""
    positive: str | None = None
    reference: Mapping[str, str] | None = None
    """For an attribute, the group that the others are compared with; else the one that is selected most."""
    least: int = 0
    """Groups with fewer rows are listed, and are neither the best group nor an end of a spread."""
    resamples: int = RESAMPLES


def evaluate(given: Any, asked: Question) -> tuple[dict[str, Any], Run]:
    """Measure all that the columns allow of a file or a table; return the JSON without its schema, and the run behind it."""
    FAIRLEARN.begin()
    with tables.opened(given) if isinstance(given, Path) else tables.taken(given) as data:
        together = [tuple(_together(data.columns, one)) for one in asked.by]
        run = plans.measure(_plan(asked, together), data)
    evidence = run.evidence
    by_check = {(result.check, result.by): result for result in evidence.results}
    overall = {
        result.metric: _value(result.measures[0])
        for (check, _), result in by_check.items()
        if check.startswith(_OVERALL)
    }
    value = {
        "data": {"rows": evidence.rows, "sha256": run.source.value.hex() if run.source else None},
        "overall": overall,
        "groups": [group for names in together for group in _groups(names, by_check, asked.least)],
        "disparities": [line for names in together for line in _disparities(names, by_check, asked.least)],
        "excluded": _excluded(evidence.results),
    }
    return value, run


def _together(columns: Mapping[str, str], one: str) -> list[str]:
    return [one] if one in columns or "," not in one else [part.strip() for part in one.split(",")]


def _plan(asked: Question, together: Sequence[tuple[str, ...]]) -> Plan:
    given = {"label": asked.label, "prediction": asked.prediction, "score": asked.score}
    if not asked.prediction and not asked.score:
        raise InvalidInput(
            "neither a prediction nor a score is named", hint="add --prediction COLUMN, --score COLUMN, or both"
        )
    if len(set(together)) < len(together) or any(len(set(names)) < len(names) for names in together):
        raise InvalidInput("an attribute is named twice", hint="name each once with --by")
    reference = asked.reference or {}

    def attribute(name: str) -> Attribute:
        return Attribute(name=name, column=name, groups=None, reference=reference.get(name))

    interval = Interval(method="bootstrap", level=LEVEL, resamples=asked.resamples) if asked.resamples else None
    names, compared = (
        [name for name in some if all(given[what] for what in METRICS[name].reads)] for some in (_SHOWN, _COMPARED)
    )
    alone = tuple(attribute(names[0]) for names in together if len(names) == 1)
    others = tuple(tuple(map(attribute, names)) for names in together if len(names) > 1)

    def planned(scope: str, metric: str, by: tuple[Attribute, ...], more: tuple[tuple[Attribute, ...], ...]) -> Planned:
        return Planned(
            check=f"{scope} {metric}",
            metric=metric,
            by=by,
            favourable=None,
            interval=interval,
            min_group_size=asked.least,
            intersections=more,
        )

    checks = [planned(_OVERALL, name, (), ()) for name in names]
    checks += [planned(_GROUPS, name, alone, others) for name in [*names, *compared] if together]
    columns = Columns(label=asked.label, prediction=asked.prediction, score=asked.score, positive=asked.positive)
    return Plan(digits=DIGITS, columns=columns, checks=tuple(checks))


def _groups(
    names: tuple[str, ...], results: Mapping[tuple[str, tuple[str, ...]], Result], least: int
) -> list[dict[str, Any]]:
    """Return what was measured of each group of an attribute, or of attributes together."""
    found: dict[tuple[str | None, ...], dict[str, Measure]] = {}
    for (check, by), result in results.items():
        if by == names and check.startswith(_GROUPS) and METRICS[result.metric].grouping is not Grouping.SPREAD:
            for measure in result.measures:
                if measure.by:
                    found.setdefault(tuple(measure.by[name] for name in names), {})[result.metric] = measure
    lines = []
    for group, measures in sorted(found.items(), key=lambda item: tuple(one or "" for one in item[0])):
        n, has_numbers = (
            max(one.n for one in measures.values()),
            all(one.value is not None for one in measures.values()),
        )
        values = {metric: _value(measure) for metric, measure in measures.items()}
        status = "small" if n < least else "measured" if has_numbers else "undefined"
        lines.append({"by": dict(zip(names, group, strict=True)), "n": n, "measures": values, "status": status})
    return lines


def _disparities(
    names: tuple[str, ...], results: Mapping[tuple[str, tuple[str, ...]], Result], least: int
) -> list[dict[str, Any]]:
    """Return the worst comparison of each metric."""
    lines = []
    for (_, by), result in results.items():
        if by != names or METRICS[result.metric].grouping not in COMPARED:
            continue
        measured = [one for one in result.measures if one.status is Status.MEASURED and one.n >= least]
        worst = min(measured, key=_badness(result.metric)) if measured else result.measures[0]
        unmeasured = [_written(names, one.by) for one in result.measures if one.status is Status.UNDEFINED and one.by]
        line = {"metric": result.metric, "by": " and ".join(names), **_value(worst)}
        line |= {"from": _written(names, worst.by), "to": _written(names, worst.against or {})}
        lines.append(line | ({"undefined_for": unmeasured} if unmeasured else {}))
    return lines


def _written(names: tuple[str, ...], group: Mapping[str, str | None]) -> str | None:
    return " and ".join(str(group[name]) for name in names) if group else None


def _badness(metric: str) -> Any:
    sign = -1 if METRICS[metric].better is Better.LOWER else 1
    return lambda measure: sign * (measure.exact if measure.exact is not None else 0)


def _excluded(results: Sequence[Result]) -> list[dict[str, Any]]:
    """Return what was left out of anything, each once."""
    found = {(tuple(one.by.items()), one.why): one.n for result in results for one in result.excluded}
    lines = [{"by": dict(by), "n": n, "why": why} for (by, why), n in found.items()]
    return sorted(lines, key=lambda line: (len(line["by"]), str(line["by"]), line["why"]))


def _value(measure: Measure) -> dict[str, Any]:
    low, high, value = (
        write_decimal(number) if number is not None else None for number in (measure.low, measure.high, measure.value)
    )
    return {"value": value, "low": low, "high": high} | ({"why": measure.reason} if measure.reason else {})
