"""A fairness and performance table of any scored file, without a ledger: the JSON of ``govern evaluate``."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from govern.checks import plan as plans
from govern.checks import tables
from govern.checks.binding import Binding, Bound, bind
from govern.checks.calibration import NUMBERS
from govern.checks.counts import Key
from govern.checks.opinion import FAIRLEARN
from govern.checks.paired import areas, sides
from govern.checks.plan import Given, Run
from govern.checks.sweep import Sweep, sweep
from govern.checks.tables import Data
from govern.errors import InvalidInput
from govern.policy.decimals import rounded, write_decimal
from govern.policy.evidence import DIGITS, Attribute, Columns, Interval, Measure, Plan, Planned, Result, Status
from govern.policy.metrics import COMPARED, DRIFT, METRICS, POSITIVES, ROWS, Better, Grouping
from govern.policy.selection import SCORING

RESAMPLES = 1000
LEVEL = Decimal("0.95")

_OVERALL, _GROUPS = "overall", "groups"
_SHOWN = tuple(
    name
    for name, metric in METRICS.items()
    if metric.grouping is Grouping.EACH
    and {"label", "prediction", "score"} >= set(metric.reads)
    and name not in NUMBERS | {ROWS, POSITIVES}
)
_STABLE = tuple(name for name in METRICS if name in DRIFT)
_COMPARED = (
    "adverse_impact_ratio",
    "demographic_parity_difference",
    "equal_opportunity_difference",
    "equalized_odds_difference",
    "false_positive_rate_difference",
    "precision_difference",
    "roc_auc_difference",
    "scoring_rate_ratio",
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
    baseline: Any = None
    """A file or a table of rows as they were, to compare columns with."""
    favourable: str | None = None
    """The prediction that is good for the person; else the one that is 1."""
    champion: str | None = None
    """The score of another model for the same rows."""
    with_cutoffs: bool = False
    """Say also what every cut-off of the score would do."""


def evaluate(given: Any, asked: Question) -> tuple[dict[str, Any], Run]:
    """Measure all that the columns allow of a file or a table; return the JSON without its schema, and the run behind it."""
    FAIRLEARN.begin()
    with ExitStack() as stack:
        data = stack.enter_context(tables.either(given))
        then = stack.enter_context(tables.either(asked.baseline)) if asked.baseline is not None else None
        together = [tuple(_together(data.columns, one)) for one in asked.by]
        measuring, run = plans.measured(_plan(asked, together), data, Given(baseline=then))
        beside = _beside(data, asked) if asked.champion else None
        swept = _cutoffs(measuring.bound, asked, together) if asked.with_cutoffs and asked.score else None
    evidence = run.evidence
    by_check = {(result.check, result.by): result for result in evidence.results}
    overall = {
        result.metric: _value(result.measures[0])
        for (check, _), result in by_check.items()
        if check.startswith(_OVERALL)
    }
    value: dict[str, Any] = {
        "data": {"rows": evidence.rows, "sha256": run.source.value.hex() if run.source else None},
        "overall": overall,
        "groups": [group for names in together for group in _groups(names, by_check, asked.least)],
        "disparities": [line for names in together for line in _disparities(names, by_check, asked.least)],
        "excluded": _excluded(evidence.results),
    }
    if then:
        value["stability"] = _stability(evidence.results)
    if swept:
        value["cutoffs"] = swept
    if beside:
        value["champion"] = beside
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
        [
            name
            for name in some
            if all(given[what] for what in METRICS[name].reads) and not (asked.prediction and name in SCORING)
        ]
        for some in (_SHOWN, _COMPARED)
    )
    alone = tuple(attribute(names[0]) for names in together if len(names) == 1)
    others = tuple(tuple(map(attribute, names)) for names in together if len(names) > 1)

    def planned(scope: str, metric: str, by: tuple[Attribute, ...], more: tuple[tuple[Attribute, ...], ...]) -> Planned:
        return Planned(
            check=f"{scope} {metric}",
            metric=metric,
            by=by,
            favourable=None if metric in SCORING else asked.favourable,
            interval=interval,
            min_group_size=asked.least,
            intersections=more,
        )

    # Of everybody half is above the median.
    checks = [planned(_OVERALL, name, (), ()) for name in names if name not in SCORING]
    checks += [planned(_GROUPS, name, alone, others) for name in [*names, *compared] if together]
    if asked.baseline is not None:
        checks += [
            Planned(check=name, metric=name, by=(), favourable=None, interval=None, against="baseline")
            for name in _STABLE
        ]
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


def _stability(results: Sequence[Result]) -> list[dict[str, Any]]:
    """Return what was found of each column against the baseline."""
    found: dict[str, dict[str, Any]] = {}
    for result in results:
        for measure in result.measures if result.metric in _STABLE else ():
            column = found.setdefault(str(measure.by["column"]), {"n": measure.n, "measures": {}})
            column["measures"][result.metric] = _value(measure)
    return [{"column": column, **one} for column, one in found.items()]


def _cutoffs(bound: Bound, asked: Question, together: Sequence[tuple[str, ...]]) -> dict[str, Any] | None:
    """Return what every cut-off of the score would do to everybody and to each group."""
    whole = sweep(bound)
    if whole is None:
        return None
    is_rejection = asked.favourable is not None and asked.favourable == bound.binding.negative
    rates = ["selection_rate", *(["accuracy", "true_positive_rate", "false_positive_rate"] if asked.label else [])]
    value: dict[str, Any] = {
        "at": [write_decimal(one) for one in whole.cutoffs],
        "overall": {name: _rounded(_rate(whole, name, (), is_rejection)) for name in rates},
        "by": [],
    }
    for names in together:
        each = sweep(bound, [bound.binding.by.index(name) for name in names])
        known = [key for key in (each.groups if each else ()) if all(one is not None for one in key)]
        assert each
        large = [key for key in known if each.groups[key][0].n >= asked.least]
        rows = zip(*(_rate(each, "selection_rate", key, is_rejection) for key in large), strict=True)
        value["by"].append(
            {
                "by": " and ".join(names),
                "adverse_impact_ratio": _rounded([_worst(row) for row in rows]),
                "groups": [
                    {
                        "by": dict(zip(names, key, strict=True)),
                        **{
                            name: _rounded(_rate(each, name, key, is_rejection)) for name in rates if name != "accuracy"
                        },
                    }
                    for key in known
                ],
            }
        )
    return value


def _beside(data: Data, asked: Question) -> dict[str, Any]:
    """Return how the score is better than another on the same rows, and who is decided otherwise."""
    if not (asked.score and asked.label):
        raise InvalidInput("a champion is compared by its score and what came true", hint="add --score and --label")
    wanted = Binding(asked.label, asked.prediction, asked.score, (), asked.positive, champion=asked.champion)
    bound = bind(data, wanted)
    found, changed = areas(bound, Fraction(LEVEL)), sides(bound)
    value: dict[str, Any] = {"roc_auc": {"value": None, "why": found}}
    if not isinstance(found, str):
        ends = ("low", found.low), ("high", found.high), ("p", found.chance)
        value["roc_auc"] = {
            "value": write_decimal(rounded(found.difference, DIGITS)),
            **{name: None if one is None else write_decimal(rounded(one, DIGITS)) for name, one in ends},
            "ours": write_decimal(rounded(found.ours, DIGITS)),
            "theirs": write_decimal(rounded(found.theirs, DIGITS)),
            "n": found.positives + found.negatives,
        }
    if changed:
        labels = {1: "positive", 0: "negative", None: "unlabelled"}
        value["changed"] = {
            "n": changed.rows,
            "only_ours": {labels[label]: n for label, n in changed.only_ours.items()},
            "only_theirs": {labels[label]: n for label, n in changed.only_theirs.items()},
            "p": None if changed.chance is None else write_decimal(rounded(changed.chance, DIGITS)),
        }
    return value


def _rate(swept: Sweep, name: str, key: Key, is_rejection: bool) -> list[float | None]:  # noqa: FBT001  it says which rate
    numbers = swept.rate(name, key)
    if name != "selection_rate" or not is_rejection:
        return numbers
    return [None if one is None else 1 - one for one in numbers]


def _worst(rates: Sequence[float | None]) -> float | None:
    known = [one for one in rates if one is not None]
    return min(known) / max(known) if len(known) > 1 and max(known) > 0 else None


def _rounded(numbers: Sequence[float | None]) -> list[str | None]:
    return [None if one is None else write_decimal(rounded(one, 6)) for one in numbers]


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
