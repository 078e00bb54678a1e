"""A fairness and performance table of any scored file, without a ledger: the JSON of ``govern evaluate``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from govern.checks import plan as plans
from govern.checks.fairness import RATIOS, SPREADS
from govern.checks.performance import RATES, ROC_AUC
from govern.checks.plan import Run
from govern.errors import InvalidInput
from govern.policy.decimals import write_decimal
from govern.policy.evidence import DIGITS, Attribute, Columns, Interval, Measure, Plan, Planned, Result, Status
from govern.policy.metrics import METRICS

RESAMPLES = 1000
LEVEL = Decimal("0.95")

_OVERALL, _GROUPS = "overall", "groups"


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody wants to know of a file."""

    label: str | None = None
    prediction: str | None = None
    score: str | None = None
    by: tuple[str, ...] = ()
    positive: str | None = None
    reference: Mapping[str, str] | None = None
    """For an attribute, the group that the others are compared with; else the one that is selected most."""
    least: int = 0
    """Groups with fewer rows are listed, and are neither the best group nor an end of a spread."""
    resamples: int = RESAMPLES


def evaluate(path: Path, asked: Question) -> tuple[dict[str, Any], Run]:
    """Measure all that the columns allow; return the JSON without its schema, and the run behind it."""
    run = plans.run(_plan(asked), path)
    evidence = run.evidence
    by_check = {(result.check, result.by): result for result in evidence.results}
    overall = {
        result.metric: _value(result.measures[0])
        for (check, _), result in by_check.items()
        if check.startswith(_OVERALL)
    }
    value = {
        "data": {"rows": evidence.rows, "sha256": str(run.source).removeprefix("sha256:")},
        "overall": overall,
        "groups": [group for name in asked.by for group in _groups(name, by_check, asked.least)],
        "disparities": [line for name in asked.by for line in _disparities(name, by_check, asked.least)],
        "excluded": _excluded(evidence.results),
    }
    return value, run


def _plan(asked: Question) -> Plan:
    given = {"label": asked.label, "prediction": asked.prediction, "score": asked.score}
    if not asked.prediction and not asked.score:
        raise InvalidInput(
            "neither a prediction nor a score is named", hint="add --prediction COLUMN, --score COLUMN, or both"
        )
    if len(set(asked.by)) < len(asked.by):
        raise InvalidInput("an attribute is named twice", hint="name each once with --by")
    reference = asked.reference or {}
    attributes = [Attribute(name=name, column=name, groups=None, reference=reference.get(name)) for name in asked.by]
    interval = Interval(method="bootstrap", level=LEVEL, resamples=asked.resamples) if asked.resamples else None
    names = [name for name in METRICS if name in {*RATES, ROC_AUC} and all(given[what] for what in METRICS[name].reads)]
    compared = [name for name in [*RATIOS, *SPREADS] if all(given[what] for what in METRICS[name].reads)]

    def planned(scope: str, metric: str, by: Sequence[Attribute]) -> Planned:
        return Planned(
            check=f"{scope} {metric}",
            metric=metric,
            by=tuple(by),
            favourable=None,
            interval=interval,
            min_group_size=asked.least,
        )

    checks = [planned(_OVERALL, name, ()) for name in names]
    checks += [planned(_GROUPS, name, attributes) for name in [*names, *compared] if attributes]
    columns = Columns(label=asked.label, prediction=asked.prediction, score=asked.score, positive=asked.positive)
    return Plan(digits=DIGITS, columns=columns, checks=tuple(checks))


def _groups(name: str, results: Mapping[tuple[str, tuple[str, ...]], Result], least: int) -> list[dict[str, Any]]:
    """Return what was measured of each group of an attribute."""
    found: dict[str | None, dict[str, Measure]] = {}
    for (_, by), result in results.items():
        if by == (name,) and result.metric not in SPREADS:
            for measure in result.measures:
                if measure.by:
                    found.setdefault(measure.by[name], {})[result.metric] = measure
    lines = []
    for group, measures in sorted(found.items(), key=lambda item: item[0] or ""):
        n, has_numbers = (
            max(one.n for one in measures.values()),
            all(one.value is not None for one in measures.values()),
        )
        values = {metric: _value(measure) for metric, measure in measures.items()}
        status = "small" if n < least else "measured" if has_numbers else "undefined"
        lines.append({"by": {name: group}, "n": n, "measures": values, "status": status})
    return lines


def _disparities(name: str, results: Mapping[tuple[str, tuple[str, ...]], Result], least: int) -> list[dict[str, Any]]:
    """Return the worst comparison of each metric."""
    lines = []
    for (_, by), result in results.items():
        if by != (name,) or result.metric not in RATIOS | SPREADS:
            continue
        measured = [one for one in result.measures if one.status is Status.MEASURED and one.n >= least]
        worst = min(measured, key=_badness(result.metric)) if measured else result.measures[0]
        unmeasured = [one.by.get(name) for one in result.measures if one.status is Status.UNDEFINED and one.by]
        line = {"metric": result.metric, "by": name, **_value(worst)}
        line |= {"from": worst.by.get(name), "to": (worst.against or {}).get(name)}
        lines.append(line | ({"undefined_for": unmeasured} if unmeasured else {}))
    return lines


def _badness(metric: str) -> Any:
    sign = 1 if metric in RATIOS else -1
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
