"""Runs a plan over a file of rows: what a policy wants measured, to evidence.

The same plan over the same rows gives the same bytes, in whatever order the rows stand. What a plan asks for and the
columns cannot give is left out and named, so that the judge finds it not measured; it is never guessed.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

from govern.checks import tables
from govern.checks.answers import Answer, Beside, answers, uncompared
from govern.checks.attribution import attributions
from govern.checks.binding import Binding, bind
from govern.checks.calibration import NUMBERS
from govern.checks.declines import Asked, Declines, declines
from govern.checks.flips import flips
from govern.checks.measures import OVERALL, Measuring
from govern.checks.opinion import FAIRLEARN, Opinion
from govern.checks.population import scored
from govern.checks.sandbox import Limits, ModelFile, loaded
from govern.checks.tables import Data
from govern.errors import NothingChecked
from govern.ledger.strict import Digest
from govern.policy.evidence import Evidence, Plan, Planned, Result
from govern.policy.metrics import COMPARED, METRICS, REASON_COVERAGE, Grouping
from govern.policy.selection import SCORING

Listening: TypeAlias = Callable[[str], object]
"""Hears how far a measurement is, step by step, in words."""


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


@dataclass(frozen=True, slots=True)
class Given:
    """What rows are measured with, beside the plan."""

    policy: Digest | None = None
    model: Digest | None = None
    """What the evidence calls the model: the digest of a version, or else of the file."""
    features: tuple[str, ...] = ()
    """What the model reads, if one was asked."""
    told: Declines | None = None
    baseline: Data | None = None
    """Rows as they were."""
    listening: Listening = str
    answered: Mapping[str, Answer | str] = field(default_factory=dict)
    """By check, what only the model could answer."""


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
    baseline: Path | None = None,
    listening: Listening = str,
) -> Run:
    """Measure what ``plan`` says; with a model, its score of each row is the column ``score``.

    ``model`` is what the evidence calls it: the digest of a version, or else of the file. ``baseline`` is a file of rows
    as they were.
    """
    if any(planned.by for planned in plan.checks):
        FAIRLEARN.begin()
    with ExitStack() as stack:
        data = stack.enter_context(tables.opened(path, threads))
        then = stack.enter_context(tables.opened(baseline, threads)) if baseline else None
        given = Given(policy=policy, model=model, baseline=then, listening=listening)
        listening(f"{data.name}: {data.rows:,} rows")
        if by_model is None:
            return measured(plan, data, given)[1]
        is_asked = any(planned.metric == REASON_COVERAGE for planned in plan.checks)
        with loaded(by_model, limits) as answering:
            data, then = scored(data, answering), scored(then, answering) if then else None
            listening(f"scored by the {answering.kind} model ({answering.limits})")
            told = declines(answering, data, reasons) if reasons and is_asked else None
            if told:
                listening(f"explained {told.explained:,} of {told.declined:,} declined")
            answered = attributions(answering, data, plan.checks) | flips(answering, data, then, plan)
        plan = plan.model_copy(update={"scored_by": answering.digest, "reasoning": told.reasoning if told else None})
        given = Given(policy, model or answering.digest, answering.features, told, then, listening, answered)
        return replace(measured(plan, data, given)[1], kind=answering.kind, sandbox=answering.limits)


def measured(plan: Plan, data: Data, given: Given = Given()) -> tuple[Measuring, Run]:
    """Measure what ``plan`` says of data that is open; return also what was bound and counted, while it is."""
    attributes = [one for planned in plan.checks for some in (planned.by, *planned.intersections) for one in some]
    by = tuple(dict.fromkeys(attribute.column for attribute in attributes))
    wanted = Binding(
        plan.columns.label,
        plan.columns.prediction,
        plan.columns.score,
        by,
        plan.columns.positive,
        has_amounts=any(planned.metric in NUMBERS for planned in plan.checks),
    )
    bound = bind(data, wanted)
    binding = bound.binding
    columns = plan.columns.model_copy(update={"positive": binding.positive})
    plan = plan.model_copy(update={"columns": columns, "baseline": given.baseline.digest if given.baseline else None})
    answered = answers(plan.checks, Beside(bound, given.baseline, given.features, given.told)) | dict(given.answered)
    measuring = Measuring(bound, plan.digits, given.told, given.baseline, given.features, answered)
    unmeasured = tuple(_unmeasured(plan, measuring))
    left_out = {check for check, _ in unmeasured}
    results: list[Result] = []
    for one in plan.checks:
        if one.check not in left_out:
            found = measuring.results(one)
            given.listening(f"{one.check}: {_said(found)}")
            results += found
    if not results:
        why = "; ".join(f"{check}: {why}" for check, why in unmeasured) or "the plan has no checks"
        raise NothingChecked(
            f"nothing could be measured: {why}", hint="name the columns with label, prediction and score"
        )
    tables_kept = measuring.kept.values()
    evidence = Evidence.made(plan, results, rows=data.rows, tables=tables_kept, policy=given.policy, model=given.model)
    library = given.told.library if given.told else None
    return measuring, Run(evidence, data.digest, measuring.opinions(), unmeasured, library)


def _unmeasured(plan: Plan, measuring: Measuring) -> Iterator[tuple[str, str]]:
    """Yield the checks that cannot be served, each with the reason."""
    for one in plan.checks:
        answer = measuring.answers.get(one.check)
        why = "" if isinstance(answer, Answer) else answer or _unservable(one, measuring)
        if why:
            yield one.check, why


def _said(results: Sequence[Result]) -> str:
    """Return the number that was measured, or how far they are apart, in a few words."""
    measures = [measure for result in results for measure in result.measures]
    numbers = sorted(float(one.exact) for one in measures if one.exact is not None)
    if not numbers:
        return measures[0].reason.replace("_", " ") if measures and measures[0].reason else "no number"
    return f"{numbers[0]:.4f}" + (f" to {numbers[-1]:.4f}, {len(numbers)} numbers" if len(numbers) > 1 else "")


def _unservable(planned: Planned, measuring: Measuring) -> str:
    """Return why the check cannot be served; empty if it can."""
    metric, binding = METRICS[planned.metric], measuring.bound.binding
    if metric.grouping is Grouping.COLUMN:
        return _uncompared(planned, measuring)
    if metric.grouping in COMPARED and not (planned.by or planned.intersections):
        return f"{planned.metric} compares groups, and the check names no attribute"
    if wrong := _strange(planned):
        return f"{planned.metric} {wrong}"
    given = {"label": binding.label, "prediction": binding.prediction, "score": binding.score}
    if planned.cutoff is not None:
        given["prediction"] = binding.score
    missing = [what for what in metric.reads if not given[what]]
    return f"{planned.metric} needs a {missing[0]}" if missing else _wrong_label(planned, binding)


def _strange(planned: Planned) -> str:
    """Return what the metric is asked for and cannot be; empty if there is nothing."""
    if planned.against not in {None, OVERALL}:
        return f"is compared with groups or with {OVERALL}, not with {planned.against}"
    if planned.metric not in SCORING:
        is_ranked = planned.small_groups and "score" in METRICS[planned.metric].reads
        return "cannot put small groups together" if is_ranked else ""
    if planned.favourable or planned.cutoff is not None:
        return "is of scores above the median, and takes no favourable decision and no cut-off"
    return ""


def _uncompared(planned: Planned, measuring: Measuring) -> str:
    why = uncompared(planned, measuring.baseline)
    if why or measuring.baseline is None:
        return why
    wanted = measuring.columns(planned)
    missing = [
        f"{data.name} has no column {one}"
        for data in (measuring.bound.whole, measuring.baseline)
        for one in wanted
        if one not in data.columns
    ]
    return missing[0] if missing else "" if wanted else "the two files have no column in common"


def _wrong_label(planned: Planned, binding: Binding) -> str:
    names = {planned.metric, *METRICS[planned.metric].of}
    if binding.has_amounts and not names & NUMBERS and "label" in METRICS[planned.metric].reads:
        return f"{planned.metric} needs a label of two values, and here it is a number"
    return ""
