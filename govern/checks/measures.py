"""What a plan's checks say of bound rows: what was counted once serves every check."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import cache
from itertools import product
from typing import Any, TypeAlias

from govern.checks import calibration, fairness, performance, stability
from govern.checks.binding import Bound
from govern.checks.calibration import BIN_SUMS, CALIBRATED, NUMBER_SUMS, NUMBERS, Chances
from govern.checks.counts import CELLS, Counts, Key, counted, pooled
from govern.checks.declines import Declines
from govern.checks.fairness import Against, Comparison
from govern.checks.opinion import FAIRLEARN, Opinion
from govern.checks.performance import RANKED, RATES, REJECTION, Found, Rate
from govern.checks.ranks import Along, Scores
from govern.checks.resample import bounds, deviations, draws
from govern.checks.tables import Data
from govern.errors import InvalidInput
from govern.policy.bins import CALIBRATION, COLUMN, STABILITY, THEN_AND_NOW
from govern.policy.evidence import Attribute, Excluded, Interval, Measure, Planned, Result, Table
from govern.policy.limits import MERGED
from govern.policy.metrics import METRICS, REASON_COVERAGE, Better, Grouping
from govern.policy.selection import SCORING, at, cutoff_of

Attributes: TypeAlias = tuple[Attribute, ...]
Ends: TypeAlias = tuple[float, float] | None

OVERALL = "overall"

_RANK_SUMS = ("positives", "negatives", "doubled_wins", "widest_gap")


@dataclass(frozen=True, slots=True)
class _How:
    """Of a check, what its counts depend on."""

    cutoff: Decimal | str | None
    merged_below: int
    resamples: int
    with_everybody: bool

    @classmethod
    def of(cls, planned: Planned) -> "_How":
        least = planned.min_group_size if planned.small_groups == "merge" else 0
        return cls(cutoff_of(planned), least, _asked(planned.interval)[0], planned.against == OVERALL)

    @property
    def said(self) -> str:
        """What of it changes a count, in words."""
        merged = f", groups under {self.merged_below} together" if self.merged_below else ""
        return f"{at(self.cutoff)}{merged}"


@dataclass(frozen=True, slots=True)
class _Drawn:
    """The counts of groups, and the same drawn again, together."""

    groups: dict[Key, Counts]
    again: dict[Key, Counts]
    """Arrays instead of numbers; empty where no interval is asked for."""
    rest: tuple[Counts, Counts | None] = (Counts(), None)
    """Everybody else."""


@dataclass
class Measuring:
    """One run over bound rows."""

    bound: Bound
    digits: int
    told: Declines | None = None
    baseline: Data | None = None
    features: tuple[str, ...] = ()
    """What a model reads; of a file alone, every column but those with another use."""
    kept: dict[str, Table] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._counts = cache(self._count)
        self._along = cache(self._rank)
        self._bins = cache(self._bin)
        self._sums = cache(self._sum)
        self._drawn = cache(self._draw)
        self._runs = cache(self._draw_runs)
        self._shift = cache(self._compare)
        self._scores, self._chances = Scores(self.bound), Chances(self.bound)
        self._agreed: dict[str, Callable[[], Opinion]] = {}
        """By what was counted, how."""

    def results(self, planned: Planned) -> list[Result]:
        """Return what was measured for a check, a result for each attribute and each intersection."""
        if planned.metric == REASON_COVERAGE and self.told:
            return [self._reasons(planned, self.told)]
        if METRICS[planned.metric].grouping is Grouping.COLUMN and self.baseline:
            return [self._stability(planned)]
        alone: list[Attributes] = [(attribute,) for attribute in planned.by]
        return [self._result(planned, attributes) for attributes in [*alone, *planned.intersections] or [()]]

    def columns(self, planned: Planned) -> list[str]:
        """Return the columns that a check compares with the baseline: those it names, or the score and every feature."""
        assert self.baseline
        binding, then = self.bound.binding, self.baseline.columns
        found: list[str] = []
        special = {binding.label, binding.prediction, binding.score, *binding.by}
        features = self.features or [one for one in self.bound.whole.columns if one in then and one not in special]
        scores = [one for one in (binding.score,) if one is not None and (planned.of or one in then)]
        for name in planned.of or ("score", "features"):
            meant = {"score": scores or ["score"] * bool(planned.of), "features": features}
            found += meant.get(name, [name])
        return sorted(set(found))

    def opinions(self) -> tuple[Opinion, ...]:
        """Return who found the same; raise if somebody did not."""
        seconded = self.told.seconded if self.told else None
        return (*(self._agreed[name]() for name in sorted(self._agreed)), *([seconded] if seconded else []))

    def _result(self, planned: Planned, attributes: Attributes) -> Result:
        metric = METRICS[planned.metric]
        found = [self._found(planned, name, attributes) for name in metric.of or (planned.metric,)]
        if metric.grouping is Grouping.EACH:
            measures = [self._measure(planned, one, _named(attributes, key)) for key, one in found[0].items()]
        else:
            compared = self._comparisons(planned, attributes, found)
            measures = [self._compared(planned, one, attributes) for one in compared]
        excluded = self._left_out(planned, attributes, found)
        return Result.made(
            planned.check, planned.metric, measures, by=[one.name for one in attributes], excluded=excluded
        )

    def _reasons(self, planned: Planned, told: Declines) -> Result:
        self.kept |= {table.name: table for table in told.tables}
        rest = told.declined - told.explained
        left_out = [Excluded(by={}, n=rest, why="not_drawn")] if rest and told.explained else []
        return Result.made(planned.check, planned.metric, [told.measure], excluded=left_out)

    def _stability(self, planned: Planned) -> Result:
        measures = []
        for column in self.columns(planned):
            shift = self._shift(column)
            value = stability.found(planned.metric, shift)
            by, (_, n) = dict.fromkeys(COLUMN, column), shift.totals
            if isinstance(value, str):
                measures.append(Measure.undefined(value, n, by=by))
            else:
                number = float(value) if isinstance(value, Decimal) else value
                measures.append(Measure.measured(number, n, by=by, digits=self.digits))
        return Result.made(planned.check, planned.metric, measures, by=COLUMN)

    # One number of each group

    def _found(self, planned: Planned, name: str, attributes: Attributes) -> dict[Key, Found]:
        if name in RATES:
            drawn, rate = self._drawn(attributes, _How.of(planned)), self._favoured(planned, name)
            return {key: rate.found(counts, drawn.again.get(key)) for key, counts in drawn.groups.items()}
        groups = self._groups(attributes, _How.of(planned))
        if name in RANKED:
            along = self._along(attributes)
            return {key: self._of_ranks(planned, name, along.get(key), attributes, key) for key in groups}
        if name in CALIBRATED:
            bins, (resamples, _) = self._bins(attributes), _asked(planned.interval)
            what = "bins" + _by(attributes)
            return {key: calibration.of_bins(name, bins.get(key), resamples, f"{what}{_is(key)}") for key in groups}
        sums = self._sums(attributes)
        return {key: calibration.of_sums(name, sums.get(key)) for key in groups}

    def _of_ranks(self, planned: Planned, name: str, along: Along | None, attributes: Attributes, key: Key) -> Found:
        resamples, _ = _asked(planned.interval)
        return performance.of_ranks(
            name, along, self._runs(attributes, key, resamples) if along and resamples else None
        )

    def _favoured(self, planned: Planned, name: str) -> Rate:
        """Return the rate of a name; a selection is of the decision that is good for the person."""
        binding = self.bound.binding
        if name != "selection_rate" or planned.favourable in {None, binding.positive}:
            return RATES[name]
        if planned.favourable == binding.negative:
            return REJECTION
        values = " and ".join(repr(one) for one in (binding.positive, binding.negative) if one is not None)
        raise InvalidInput(
            f"the check {planned.check} favours {planned.favourable!r}, and the predictions are {values}",
            hint="name one of the values that stand in the data",
        )

    # Groups against each other

    def _comparisons(self, planned: Planned, attributes: Attributes, found: list[dict[Key, Found]]) -> list[Comparison]:
        metric, least = METRICS[planned.metric], planned.min_group_size
        if metric.grouping is Grouping.SPREAD:
            return fairness.spread(found, least)
        (name,) = metric.of
        references = tuple(one.reference for one in attributes)
        reference = references if all(one is not None for one in references) else None
        to = Against(
            reference=reference,
            everybody=self._everybody(planned, name, attributes) if planned.against == OVERALL else None,
            is_lowest_best=METRICS[name].better is Better.LOWER,
            zero="nobody_selected" if name == "selection_rate" else "zero_reference",
        )
        compare = fairness.ratios if metric.grouping is Grouping.RATIO else fairness.gaps
        return compare(found[0], to, least)

    def _everybody(self, planned: Planned, name: str, attributes: Attributes) -> Found:
        if name not in RATES:
            return self._found(planned, name, ())[()]
        drawn = self._drawn(attributes, _How.of(planned))
        rest, rest_again = drawn.rest
        again = None if rest_again is None else sum(drawn.again.values(), rest_again)
        return self._favoured(planned, name).found(sum(drawn.groups.values(), rest), again)

    # What is written down

    def _measure(self, planned: Planned, one: Found, by: dict[str, str | None]) -> Measure:
        if isinstance(one.value, str):
            return Measure.undefined(one.value, one.n, by=by)
        interval = _interval(one, planned.interval, METRICS[planned.metric].low, METRICS[planned.metric].high)
        return Measure.measured(one.value, one.n, by=by, interval=interval, digits=self.digits)

    def _compared(self, planned: Planned, one: Comparison, attributes: Attributes) -> Measure:
        by = _named(attributes, one.group) if one.group is not None else {}
        against = None if one.against is None else _named(attributes, one.against) if one.against else {}
        if isinstance(one.value, str):
            return Measure.undefined(one.value, one.n, by=by, against=against)
        _, level = _asked(planned.interval)
        interval = bounds(one.again, level) if one.again is not None else None
        return Measure.measured(one.value, one.n, by=by, against=against, interval=interval, digits=self.digits)

    def _left_out(self, planned: Planned, attributes: Attributes, found: list[dict[Key, Found]]) -> list[Excluded]:
        """Return the rows that the check does not count, by group and by what they lack."""
        how = _How.of(planned)
        counts, groups = self._counts(attributes, how.cutoff), set(self._groups(attributes, how))
        merged = self._small(attributes, how)
        left_out = [
            Excluded(by=_named(attributes, key), n=n, why=why)
            for key, of in counts.items()
            for why, n in self._lacking(planned, attributes, key, of, groups, merged)
            if n
        ]
        if METRICS[planned.metric].grouping is Grouping.SPREAD:
            sizes = {key: max(one[key].n for one in found) for key in found[0]}
            small = {key: n for key, n in sizes.items() if 0 < n < planned.min_group_size}
            known = {tuple(one.by.values()) for one in left_out}
            left_out += [
                Excluded(by=_named(attributes, key), n=n, why="small_group")
                for key, n in small.items()
                if key not in known
            ]
        return left_out

    def _lacking(  # noqa: PLR0913, PLR0917  what a row may lack depends on all of these
        self,
        planned: Planned,
        attributes: Attributes,
        key: Key,
        of: Counts,
        groups: set[Key],
        merged: set[Key],
    ) -> Iterable[tuple[str, int]]:
        rows, metric = int(of.n + of.undecided), METRICS[planned.metric]
        if key not in groups:
            missing = "attribute_missing" if any(one is None for one in key) else "not_declared"
            return [("merged" if key in merged else missing, rows)]
        if planned.metric in SCORING:
            return [("score_missing", int(of.undecided))]
        if "score" in metric.reads:
            return [("label_or_score_missing", rows - self._scored(metric.of or (metric.name,), attributes, key))]
        if "prediction" not in metric.reads:
            return [("label_missing", rows - int(of.known))]
        unlabelled = int(of.unlabelled) if "label" in metric.reads else 0
        if metric.grouping is Grouping.SPREAD and 0 < rows - int(of.undecided) - unlabelled < planned.min_group_size:
            return []
        return [("prediction_missing", int(of.undecided)), ("label_missing", unlabelled)]

    def _scored(self, names: Sequence[str], attributes: Attributes, key: Key) -> int:
        if names[0] in NUMBERS:
            return self._sums(attributes).get(key, (0,))[0]
        along = self._along(attributes).get(key)
        return along.ranks.positives + along.ranks.negatives if along else 0

    # Groups

    def _groups(self, attributes: Attributes, how: _How) -> list[Key]:
        """Return the groups that are measured: those declared, or else those found, small ones put together if so asked."""
        small = self._small(attributes, how)
        together = [(MERGED,) * len(attributes)] if small else []
        return [*(key for key in self._separate(attributes, how) if key not in small), *together]

    def _separate(self, attributes: Attributes, how: _How) -> list[Key]:
        if all(one.groups is not None for one in attributes):
            return sorted(product(*(one.groups or () for one in attributes)))
        declared = [one.groups for one in attributes]
        found = (key for key in self._counts(attributes, how.cutoff) if all(one is not None for one in key))
        return sorted(
            key for key in found if all(to is None or one in to for one, to in zip(key, declared, strict=True))
        )

    def _small(self, attributes: Attributes, how: _How) -> set[Key]:
        """Return the groups that are put together, if that is asked for."""
        if not how.merged_below or not attributes:
            return set()
        counts = self._counts(attributes, how.cutoff)
        sizes = {key: int(counts.get(key, Counts()).n) for key in self._separate(attributes, how)}
        return {key for key, n in sizes.items() if n < how.merged_below}

    # What is counted, each once

    def _count(self, attributes: Attributes, cutoff: Any) -> dict[Key, Counts]:
        found = counted(self.bound, self._places(attributes), cutoff)
        self._keep("counts", attributes, at(cutoff), CELLS, {key: counts.row for key, counts in found.items()})
        return found

    def _rank(self, attributes: Attributes) -> dict[Key, Along]:
        found = self._scores.along(self._places(attributes))
        self._keep("ranks", attributes, "", _RANK_SUMS, {key: along.ranks.row for key, along in found.items()})
        return found

    def _bin(self, attributes: Attributes) -> dict[Key, calibration.Bins]:
        found = self._chances.binned(self._places(attributes))
        rows = {(*key, f"{place:02}"): row for key, bins in found.items() for place, row in bins.rows.items()}
        name = CALIBRATION + _by(attributes)
        keys = [*(one.name for one in attributes), "bin"]
        self.kept[name] = Table.made(name, keys, BIN_SUMS, rows)
        return found

    def _sum(self, attributes: Attributes) -> dict[Key, tuple[int, ...]]:
        found = calibration.summed(self.bound, self._places(attributes))
        self._keep("errors", attributes, "", NUMBER_SUMS, found)
        return found

    def _compare(self, column: str) -> stability.Shift:
        assert self.baseline
        shift = stability.shift(self.bound.whole, self.baseline, column)
        name = STABILITY + column
        self.kept[name] = Table.made(name, ["bin"], THEN_AND_NOW, {(one,): pair for one, pair in shift.bins.items()})
        return shift

    def _draw(self, attributes: Attributes, how: _How) -> _Drawn:
        counts, small = self._counts(attributes, how.cutoff), self._small(attributes, how)
        groups = {key: counts.get(key, Counts()) for key in self._groups(attributes, how)}
        if small:
            groups[(MERGED,) * len(attributes)] = pooled(counts.get(key, Counts()) for key in small)
        rest = pooled(one for key, one in counts.items() if key not in groups and key not in small)
        name = " and ".join(one.name for one in attributes) or "everybody"
        if attributes and (what := f"{name}{how.said}") not in self._agreed:
            self._agreed[what] = FAIRLEARN.asked(what, {" | ".join(map(str, key)): one for key, one in groups.items()})
        if not how.resamples:
            return _Drawn(groups, {}, (rest, None))
        # Everybody else is drawn only where everybody is compared with.
        every = [*groups.values(), *([rest] if how.with_everybody else [])]
        drawn = draws([cell for one in every for cell in one.row], how.resamples, f"counts by {name}")
        width = len(CELLS)
        again = [Counts(*drawn[place * width : (place + 1) * width]) for place in range(len(every))]
        rest_again = again.pop() if how.with_everybody else None
        return _Drawn(groups, dict(zip(groups, again, strict=True)), (rest, rest_again))

    def _draw_runs(self, attributes: Attributes, key: Key, resamples: int) -> Any:
        along = self._along(attributes)[key]
        cells = [*along.positives.tolist(), *along.negatives.tolist()]
        return draws(cells, resamples, f"ranks{_by(attributes)}{_is(key)}")

    def _places(self, attributes: Attributes) -> tuple[int, ...]:
        return tuple(self.bound.binding.by.index(one.column) for one in attributes)

    def _keep(
        self, what: str, attributes: Attributes, at: str, sums: Sequence[str], rows: Mapping[Key, Iterable[int]]
    ) -> None:
        name = what + _by(attributes) + at
        self.kept[name] = Table.made(name, [one.name for one in attributes], sums, rows)


def _named(attributes: Attributes, key: Key) -> dict[str, str | None]:
    return {attribute.name: one for attribute, one in zip(attributes, key, strict=True)}


def _by(attributes: Attributes) -> str:
    return f" by {' and '.join(one.name for one in attributes)}" if attributes else ""


def _is(key: Key) -> str:
    return f" = {' and '.join(map(str, key))}" if key else ""


def _asked(interval: Interval | None) -> tuple[int, Fraction]:
    return (interval.resamples, Fraction(interval.level)) if interval else (0, Fraction(0))


def _interval(one: Found, asked: Interval | None, low: Any, high: Any) -> Ends:
    _, level = _asked(asked)
    if one.again is not None:
        return bounds(one.again, level)
    if asked is None or not one.error:
        return None
    far, middle = deviations(level) * one.error, float(one.value)
    return max(middle - far, float(low)), min(middle + far, float(high))
