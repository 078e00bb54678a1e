"""Runs a plan over a file of rows: what a policy wants measured, to evidence.

The same plan over the same rows gives the same bytes, in whatever order the rows stand. What a plan asks for and the
columns cannot give is left out and named, so that the judge finds it not measured; it is never guessed.
"""

from dataclasses import dataclass, replace
from pathlib import Path

from govern.checks import tables
from govern.checks.binding import Binding, bind
from govern.checks.calibration import NUMBERS
from govern.checks.declines import Asked, Declines, declines
from govern.checks.measures import OVERALL, Measuring
from govern.checks.opinion import FAIRLEARN, Opinion
from govern.checks.population import scored
from govern.checks.sandbox import Limits, ModelFile, loaded
from govern.checks.tables import Data
from govern.errors import NothingChecked
from govern.ledger.strict import Digest
from govern.policy.evidence import Evidence, Plan, Planned
from govern.policy.metrics import COMPARED, METRICS, REASON_COVERAGE, Grouping


@dataclass(frozen=True, slots=True)
class Run:
    """What came of a plan: the evidence, and what stands in the event that files it."""

    evidence: Evidence
    source: Digest | None
    """Of the file; a table has none."""
    opinions: tuple[Opinion, ...]
    unmeasured: tuple[tuple[str, str], ...]
    """Checks that the columns could not serve, each with the reason."""
    explained: tuple[str, str] | None = None
    """The library that explained the declined, and its version."""
    kind: str = ""
    """Of the model, if one was asked."""
    sandbox: str = ""
    """What held it."""


def run(  # noqa: PLR0913  what a measurement depends on is all of these
    plan: Plan,
    path: Path,
    *,
    by_model: ModelFile | None = None,
    reasons: Asked | None = None,
    limits: Limits | None = None,
    policy: Digest | None = None,
    model: Digest | None = None,
    threads: int | None = None,
) -> Run:
    """Measure what ``plan`` says; with a model, its score of each row is the column ``score``.

    ``model`` is what the evidence calls it: the digest of a version, or else of the file.
    """
    if any(planned.by for planned in plan.checks):
        FAIRLEARN.begin()
    with tables.opened(path, threads) as data:
        if by_model is None:
            return measure(plan, data, policy=policy, model=model)
        is_asked = any(planned.metric == REASON_COVERAGE for planned in plan.checks)
        with loaded(by_model, limits) as answering:
            whole = scored(data, answering)
            told = declines(answering, whole, reasons) if reasons and is_asked else None
        plan = plan.model_copy(update={"scored_by": answering.digest, "reasoning": told.reasoning if told else None})
        found = measure(plan, whole, policy=policy, model=model or answering.digest, told=told)
        return replace(found, kind=answering.kind, sandbox=answering.limits)


def measure(
    plan: Plan, data: Data, *, policy: Digest | None = None, model: Digest | None = None, told: Declines | None = None
) -> Run:
    """Measure what ``plan`` says of data that is open."""
    attributes = [one for planned in plan.checks for some in (planned.by, *planned.intersections) for one in some]
    columns = tuple(dict.fromkeys(attribute.column for attribute in attributes))
    wanted = Binding(
        plan.columns.label,
        plan.columns.prediction,
        plan.columns.score,
        columns,
        plan.columns.positive,
        has_amounts=any(planned.metric in NUMBERS for planned in plan.checks),
    )
    bound = bind(data, wanted)
    binding = bound.binding
    plan = plan.model_copy(update={"columns": plan.columns.model_copy(update={"positive": binding.positive})})
    measuring = Measuring(bound, plan.digits, told)
    unmeasured = tuple((one.check, why) for one in plan.checks if (why := _unservable(one, binding, told)))
    left_out = {check for check, _ in unmeasured}
    results = [result for one in plan.checks if one.check not in left_out for result in measuring.results(one)]
    if not results:
        why = "; ".join(f"{check}: {why}" for check, why in unmeasured) or "the plan has no checks"
        raise NothingChecked(
            f"nothing could be measured: {why}", hint="name the columns with label, prediction and score"
        )
    evidence = Evidence.made(plan, results, rows=data.rows, tables=measuring.kept.values(), policy=policy, model=model)
    return Run(evidence, data.digest, measuring.opinions(), unmeasured, told.library if told else None)


def _unservable(planned: Planned, binding: Binding, told: Declines | None) -> str:
    """Return why the check cannot be served; empty if it can."""
    metric = METRICS[planned.metric]
    if planned.metric == REASON_COVERAGE:
        wrong = "takes no attribute and no interval" if planned.by or planned.interval else ""
        return (
            f"{planned.metric} {wrong or 'needs the model, its rule and its dictionary'}" if wrong or not told else ""
        )
    if metric.grouping is Grouping.COLUMN:
        return f"this release does not measure {planned.metric}"
    if metric.grouping in COMPARED and not (planned.by or planned.intersections):
        return f"{planned.metric} compares groups, and the check names no attribute"
    if planned.against not in {None, OVERALL}:
        return f"{planned.metric} is compared with groups or with {OVERALL}, not with {planned.against}"
    if planned.small_groups and "score" in metric.reads:
        return f"{planned.metric} cannot put small groups together"
    given = {"label": binding.label, "prediction": binding.prediction, "score": binding.score}
    if planned.cutoff is not None:
        given["prediction"] = binding.score
    missing = [what for what in metric.reads if not given[what]]
    return f"{planned.metric} needs a {missing[0]}" if missing else _wrong_label(planned, binding)


def _wrong_label(planned: Planned, binding: Binding) -> str:
    names = {planned.metric, *METRICS[planned.metric].of}
    if binding.has_amounts and not names & NUMBERS and "label" in METRICS[planned.metric].reads:
        return f"{planned.metric} needs a label of two values, and here it is a number"
    return ""
