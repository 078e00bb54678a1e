"""Runs a plan over a file of rows: what a policy wants measured, to evidence.

The same plan over the same rows gives the same bytes, in whatever order the rows stand. What a plan asks for and the
columns cannot give is left out and named, so that the judge finds it not measured; it is never guessed.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

from govern.checks import fairness, opinion, tables
from govern.checks.counts import CELLS, Counts, Ranks, binned, counted, ranked
from govern.checks.declines import Asked, Declines, declines
from govern.checks.fairness import RATIOS, SPREADS, Bounds, Comparison
from govern.checks.opinion import Opinion
from govern.checks.performance import RATES, ROC_AUC, Rate, resampled_auc, roc_auc
from govern.checks.population import scored
from govern.checks.resample import bounds, draws
from govern.checks.sandbox import Limits, ModelFile, loaded
from govern.checks.tables import Binding, Data
from govern.errors import InvalidInput, NothingChecked
from govern.ledger.strict import Digest
from govern.policy.evidence import Attribute, Evidence, Excluded, Interval, Measure, Plan, Planned, Result, Table
from govern.policy.metrics import METRICS, REASON_COVERAGE

_RANK_SUMS = ("positives", "negatives", "doubled_wins")
_REJECTION = Rate(lambda c: c.n - c.selected_of_all, lambda c: c.n, "no_rows")


@dataclass(frozen=True, slots=True)
class Run:
    """What came of a plan: the evidence, and what stands in the event that files it."""

    evidence: Evidence
    source: Digest
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
    columns = tuple(dict.fromkeys(attribute.column for planned in plan.checks for attribute in planned.by))
    wanted = Binding(plan.columns.label, plan.columns.prediction, plan.columns.score, columns, plan.columns.positive)
    binding = tables.bind(data, wanted)
    plan = plan.model_copy(update={"columns": plan.columns.model_copy(update={"positive": binding.positive})})
    measuring = _Measuring(data, binding, plan.digits, told)
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


@dataclass
class _Measuring:
    """One run: what was counted once serves every check."""

    data: Data
    binding: Binding
    digits: int
    told: Declines | None = None
    kept: dict[str, Table] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.counts = cache(self._counts)
        self.ranks = cache(self._ranks)
        self.drawn = cache(self._drawn)
        self.agreed: dict[str, Opinion] = {}

    def results(self, planned: Planned) -> list[Result]:
        """Return what was measured for a check, a result for each attribute."""
        if planned.metric == REASON_COVERAGE and self.told:
            return [self._reasons(planned, self.told)]
        if not planned.by:
            return [
                Result.made(planned.check, planned.metric, [self._overall(planned)], excluded=self._left_out(planned))
            ]
        return [self._by(planned, attribute) for attribute in planned.by]

    def opinions(self) -> tuple[Opinion, ...]:
        seconded = self.told.seconded if self.told else None
        return (*(self.agreed[name] for name in sorted(self.agreed)), *([seconded] if seconded else []))

    def _overall(self, planned: Planned) -> Measure:
        if planned.metric == ROC_AUC:
            return self._area(planned, self.ranks(None).get((), None), None)
        of = self.drawn(None, *_asked(planned.interval))
        return self._rate(planned, of, "", {})

    def _reasons(self, planned: Planned, told: Declines) -> Result:
        self.kept |= {table.name: table for table in told.tables}
        rest = told.declined - told.explained
        left_out = [Excluded(by={}, n=rest, why="not_drawn")] if rest and told.explained else []
        return Result.made(planned.check, planned.metric, [told.measure], excluded=left_out)

    def _by(self, planned: Planned, attribute: Attribute) -> Result:
        groups = self._groups(attribute)
        excluded = self._left_out(planned, attribute)
        if planned.metric == ROC_AUC:
            ranks = self.ranks(attribute)
            measures = [self._area(planned, ranks.get((group,)), attribute, group) for group in groups]
        elif planned.metric in RATES:
            of = self.drawn(attribute, *_asked(planned.interval))
            measures = [self._rate(planned, of, group, {attribute.name: group}) for group in groups]
        else:
            measures = [self._compared(one, attribute) for one in self._comparisons(planned, attribute)]
        return Result.made(planned.check, planned.metric, measures, by=(attribute.name,), excluded=excluded)

    def _comparisons(self, planned: Planned, attribute: Attribute) -> list[Comparison]:
        of, least = self.drawn(attribute, *_asked(planned.interval)), planned.min_group_size
        if planned.metric in RATIOS:
            return fairness.ratios(of, self._favoured(planned, RATIOS[planned.metric]), attribute.reference, least)
        return fairness.spread(of, SPREADS[planned.metric], least)

    def _compared(self, one: Comparison, attribute: Attribute) -> Measure:
        by = {attribute.name: one.group} if one.group is not None else {}
        against = {attribute.name: one.against} if one.against is not None else None
        if isinstance(one.value, str):
            return Measure.undefined(one.value, one.n, by=by, against=against)
        return Measure.measured(one.value, one.n, by=by, against=against, interval=one.interval, digits=self.digits)

    def _rate(self, planned: Planned, of: fairness.Attribute, group: str, by: dict[str, str | None]) -> Measure:
        rate, counts = self._favoured(planned, planned.metric), of.groups[group]
        reads = METRICS[planned.metric].reads
        n = counts.known if "prediction" not in reads else counts.labelled if "label" in reads else counts.n
        value = rate.of(counts)
        if value is None:
            return Measure.undefined(rate.undefined, n, by=by)
        return Measure.measured(value, n, by=by, interval=of.interval(rate, group), digits=self.digits)

    def _area(self, planned: Planned, ranks: Ranks | None, attribute: Attribute | None, group: str = "") -> Measure:
        by = {attribute.name: group} if attribute else {}
        n = ranks.positives + ranks.negatives if ranks else 0
        value = roc_auc(ranks)
        if isinstance(value, str):
            return Measure.undefined(value, n, by=by)
        interval = self._area_interval(planned, value, attribute, group) if planned.interval else None
        return Measure.measured(value, n, by=by, interval=interval, digits=self.digits)

    def _area_interval(self, planned: Planned, value: Fraction, attribute: Attribute | None, group: str) -> Bounds:
        resamples, level = _asked(planned.interval)
        place = self._place(attribute) if attribute else None
        positives, negatives = binned(self.data, place, group)
        what = f"ranks by {attribute.name} = {group}" if attribute else "ranks"
        drawn = draws([*positives.tolist(), *negatives.tolist()], resamples, what)
        areas = resampled_auc(drawn[: len(positives)], drawn[len(positives) :])
        # Runs of scores count as ties; what that moves is moved back.
        (whole,) = resampled_auc(positives[:, None], negatives[:, None])
        ends = bounds(areas, level)
        return (max(ends[0] - whole + float(value), 0.0), min(ends[1] - whole + float(value), 1.0)) if ends else None

    def _favoured(self, planned: Planned, name: str) -> Rate:
        """Return the rate of a name; a selection is of the decision that is good for the person."""
        if name != "selection_rate" or planned.favourable in {None, self.binding.positive}:
            return RATES[name]
        if planned.favourable == self.binding.negative:
            return _REJECTION
        values = " and ".join(repr(one) for one in (self.binding.positive, self.binding.negative) if one is not None)
        raise InvalidInput(
            f"the check {planned.check} favours {planned.favourable!r}, and the predictions are {values}",
            hint="name one of the values that stand in the data",
        )

    def _groups(self, attribute: Attribute) -> list[str]:
        """Return the groups that are measured: those declared, or else those found."""
        found = {key[0] for key in self.counts(attribute) if key[0] is not None}
        return sorted(attribute.groups if attribute.groups is not None else found)

    def _place(self, attribute: Attribute) -> int:
        return self.binding.by.index(attribute.column)

    def _counts(self, attribute: Attribute | None) -> dict[tuple[str | None, ...], Counts]:
        found = counted(self.data, self._place(attribute) if attribute else None)
        rows = {key: counts.row for key, counts in found.items()}
        self._keep("counts", attribute, CELLS, rows)
        return found

    def _ranks(self, attribute: Attribute | None) -> dict[tuple[str | None, ...], Ranks]:
        found = ranked(self.data, self._place(attribute) if attribute else None)
        self._keep("ranks", attribute, _RANK_SUMS, {key: ranks.row for key, ranks in found.items()})
        return found

    def _keep(self, what: str, attribute: Attribute | None, sums: Iterable[str], rows: dict[Any, Any]) -> None:
        name = f"{what} by {attribute.name}" if attribute else what
        self.kept[name] = Table.made(name, [attribute.name] if attribute else [], sums, rows)

    def _drawn(self, attribute: Attribute | None, resamples: int, level: Fraction) -> fairness.Attribute:
        counts = self.counts(attribute)
        if attribute is None:
            return fairness.Attribute.drawn("everybody", {"": counts.get((), Counts())}, resamples, level)
        groups = {group: counts.get((group,), Counts()) for group in self._groups(attribute)}
        if attribute.name not in self.agreed:
            self.agreed[attribute.name] = opinion.fairlearn_agrees(attribute.name, groups)
        return fairness.Attribute.drawn(attribute.name, groups, resamples, level)

    def _left_out(self, planned: Planned, attribute: Attribute | None = None) -> list[Excluded]:
        """Return the rows that the check does not count, by group and by what they lack."""
        counts = self.counts(attribute)
        groups = set(self._groups(attribute)) if attribute else set()
        return [
            Excluded(by=_named(attribute, key), n=n, why=why)
            for key, of in counts.items()
            for why, n in _reasons(planned, attribute, key, of, groups, self.ranks)
            if n
        ]


def _reasons(  # noqa: PLR0913, PLR0917  what a row may lack depends on all of these
    planned: Planned,
    attribute: Attribute | None,
    key: tuple[str | None, ...],
    of: Counts,
    groups: set[str],
    ranks: Callable[[Attribute | None], dict[tuple[str | None, ...], Ranks]],
) -> Iterable[tuple[str, int]]:
    rows = int(of.n + of.undecided)
    if attribute and key[0] is None:
        return [("attribute_missing", rows)]
    if attribute and key[0] not in groups:
        return [("not_declared", rows)]
    if planned.metric == ROC_AUC:
        found = ranks(attribute).get(key)
        return [("label_or_score_missing", rows - (found.positives + found.negatives if found else 0))]
    reads = METRICS[planned.metric].reads
    if "prediction" not in reads:
        return [("label_missing", rows - int(of.known))]
    if planned.metric in SPREADS and (n := fairness.size(of, SPREADS[planned.metric])) < planned.min_group_size:
        return [("small_group", n)]
    return [("prediction_missing", int(of.undecided)), ("label_missing", int(of.unlabelled) if "label" in reads else 0)]


def _named(attribute: Attribute | None, key: tuple[str | None, ...]) -> dict[str, str | None]:
    return {attribute.name: key[0]} if attribute else {}


def _asked(interval: Interval | None) -> tuple[int, Fraction]:
    return (interval.resamples, Fraction(interval.level)) if interval else (0, Fraction(0))


def _unservable(planned: Planned, binding: Binding, told: Declines | None) -> str:
    """Return why the check cannot be served; empty if it can."""
    if planned.metric == REASON_COVERAGE:
        wrong = "takes no attribute and no interval" if planned.by or planned.interval else ""
        return (
            f"{planned.metric} {wrong or 'needs the model, its rule and its dictionary'}" if wrong or not told else ""
        )
    if planned.metric not in RATES | RATIOS | SPREADS and planned.metric != ROC_AUC:
        return f"this release does not measure {planned.metric}"
    if planned.metric in RATIOS | SPREADS and not planned.by:
        return f"{planned.metric} compares groups, and the check names no attribute"
    given = {"label": binding.label, "prediction": binding.prediction, "score": binding.score}
    missing = [what for what in METRICS[planned.metric].reads if not given[what]]
    return f"{planned.metric} needs a {missing[0]}" if missing else ""
