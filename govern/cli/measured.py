"""From recorded evidence to what a report prints of it: tables by section, bins, and the champion on the same rows."""

from typing import Any

from govern import review
from govern.cli.composition import days
from govern.desk import Desk
from govern.ledger.strict import Digest
from govern.policy.bins import COLUMN, Calibration, calibrations, shifts
from govern.policy.decimals import rounded, write_decimal
from govern.policy.document import Check
from govern.policy.evidence import DIGITS, Evidence, Group, Measure, Planned, Result
from govern.policy.explaining import JACCARD
from govern.policy.implied import every
from govern.policy.limits import MERGED
from govern.policy.metrics import (
    ATTRIBUTION_SHARE,
    DAYS_AFTER,
    DRIFT,
    FLIPS,
    METRICS,
    POSITIVES,
    REASON_COVERAGE,
    ROWS,
    SHARED_ROWS,
    Grouping,
)
from govern.policy.titles import is_named, title
from govern.record.dossier import Dossier
from govern.record.events import Event
from govern.record.inventory import Version
from govern.record.judging import champion_evidence
from govern.record.manifest import Manifest
from govern.record.models import TestResult
from reports import plots
from reports import source as page
from reports.plots import Section

DATA = frozenset({ROWS, POSITIVES, SHARED_ROWS, DAYS_AFTER})
CHANCES = frozenset({"brier", "log_loss", "expected_calibration_error"})
EXPLAIN = frozenset({"govern", "sklearn"})
"""What explained the declined where shap did not: of evidence that does not say the way, only what explained is listed."""
SHAP = "tree.shap"
"""The way in which shap explains by itself."""
UNKNOWN = "the data set with the digest recorded"
_ORDER = tuple(Section)


class Measured:
    """Everything that was measured of a version, read once."""

    def __init__(self, desk: Desk, one: Version, now: Dossier) -> None:
        self.desk, self.one = desk, one
        self.checks = {check.id: check for rules in now.policies for check in every(rules.policy)}
        self.evidence = {
            name: Evidence.parse(review.content(desk, found.evidence)) for name, found in sorted(one.measured.items())
        }
        manifest = Manifest.parse(review.content(desk, one.digest))
        self.spans = {of.digest: days(of) for of in manifest.data if of.first or of.last}

    def tables(self) -> tuple[page.Table, ...]:
        """Return every result, by section and then as the checks are named."""
        found = (self._table(name, of, result) for name, of in self.evidence.items() for result in of.of(name))
        return tuple(sorted(found, key=lambda table: _ORDER.index(table.section)))

    def curves(self) -> tuple[plots.Curve, ...]:
        """Return each calibration that was recorded, once."""
        found: dict[tuple[Any, ...], plots.Curve] = {}
        for name, of in self.evidence.items():
            planned = of.planned(name)
            for one in calibrations(of) if planned and planned.metric in CHANCES else ():
                found.setdefault((self.one.measured[name].source, *sorted(one.by.items())), self._curve(name, one))
        return tuple(found.values())

    def shifts(self) -> tuple[plots.Shift, ...]:
        """Return each column that was compared with other data, the worst first."""
        found: dict[str, plots.Shift] = {}
        for name, of in self.evidence.items():
            planned, known = of.planned(name), {one.column: one for one in shifts(of)}
            results = of.of(name) if planned and planned.metric in DRIFT else ()
            measures = [one for result in results for one in self._worst_first(result)]
            for place, one in enumerate(measures):
                shift = known.get(str(one.by["column"]))
                if shift and planned:
                    parts = tuple(plots.Part(part.name, part.then, part.now) for part in shift.parts)
                    stands_out = not place or _is_out(self.checks.get(name), one)
                    found.setdefault(
                        shift.column, plots.Shift(shift.column, planned.against or "other", parts, stands_out)
                    )
        return tuple(found.values())

    def beside(self) -> tuple[plots.Beside, ...]:
        """Return what was found of the champion on the same rows, where both were measured."""

        def blob(digest: Digest) -> bytes:
            return review.content(self.desk, digest)

        champion = review.displaces(self.desk, self.one)
        others = champion_evidence(self.desk.registry, self.one, blob)
        if champion is None or not others:
            return ()
        found = (
            self._beside(name, of, others[name], champion.name) for name, of in self.evidence.items() if name in others
        )
        return tuple(one for one in found if one.pairs)

    def software(self, entry: int) -> tuple[str, ...]:
        """Return what evidence was computed with, each with its version."""
        body = Event.parse(self.desk.ledger.entry(entry).envelope.payload).body
        return tuple(f"{one.name} {one.version}" for one in body.software) if isinstance(body, TestResult) else ()

    def _table(self, name: str, of: Evidence, result: Result) -> page.Table:
        planned, check, source = of.planned(name), self.checks.get(name), self.one.measured[name].source
        against = dict.fromkeys(_against(one) for one in result.measures)
        shared = next(iter(against)) if len(against) == 1 else None
        limit = check.min if check and check.min is not None else check.max if check else None
        is_ceiling = bool(check and check.min is None and check.max is not None)
        return page.Table(
            check=name,
            title=title(name) if is_named(name) else name,
            metric=result.metric.replace("_", " "),
            by=" and ".join(result.by),
            data_period=self._origin(name, of) if of.plan.imported else self.spans.get(source, UNKNOWN),
            interval=_interval(planned),
            rows=tuple(_row(one, shared is None) for one in self._worst_first(result)),
            excluded=tuple(
                page.Excluded(group_of(one.by, "everybody"), one.n, one.why.replace("_", " "))
                for one in result.excluded
            ),
            limit=None if limit is None else write_decimal(limit),
            is_ceiling=is_ceiling,
            limit_words="" if limit is None else f"{'at most' if is_ceiling else 'at least'} {limit}, rule {name}",
            section=Section.OUTSIDE if of.plan.imported else section(result),
            against=shared or "",
        )

    def outside(self, check: str) -> str:
        """Return where the number of a check is from, if it was not measured here."""
        told = self.evidence[check].plan.imported if check in self.evidence else None
        return f"from outside: {told.source}, as of {told.on}" if told else ""

    def _origin(self, name: str, of: Evidence) -> str:
        """Return where a number from outside is from, and who signed for it."""
        found, told = self.one.measured[name], of.plan.imported
        assert told
        known = self.desk.known(found.person)
        return f"{told.source}, as of {told.on}, signed by {known.identity.name if known else found.person} in #{found.entry}"

    def _worst_first(self, result: Result) -> tuple[Measure, ...]:
        """Return groups as recorded, what was put together last, and columns with the worst first."""
        if result.by[:1] != COLUMN:
            return tuple(sorted(result.measures, key=lambda one: MERGED in one.by.values()))
        check: Check | None = self.checks.get(result.check)
        sign = 1 if check and check.min is not None else -1
        return tuple(sorted(result.measures, key=lambda one: (one.value is not None, sign * (one.value or 0))))

    def _curve(self, name: str, of: Calibration) -> plots.Curve:
        tenths = tuple(
            plots.Tenth(
                one.name, one.n, one.positives, *(_written(part) for part in (one.score, one.share, *one.interval))
            )
            for one in of.bins
        )
        return plots.Curve(group_of(of.by), self.spans.get(self.one.measured[name].source, UNKNOWN), tenths)

    def _beside(self, name: str, mine: Evidence, theirs: Evidence, champion: str) -> plots.Beside:
        check = self.checks.get(name)
        known = {(result.by, *sorted(one.by.items())): one for result in theirs.of(name) for one in result.measures}
        pairs = tuple(
            _pair(one, other)
            for result in mine.of(name)
            for one in result.measures
            if (other := known.get((result.by, *sorted(one.by.items()))))
        )
        planned = mine.planned(name)
        metric = planned.metric.replace("_", " ") if planned else name
        return plots.Beside(name, metric, champion, _asked(check), pairs)


def section(result: Result) -> Section:
    """Return where a result belongs."""
    grouping = METRICS[result.metric].grouping if result.metric in METRICS else Grouping.EACH
    if result.metric in {REASON_COVERAGE, JACCARD}:
        return Section.REASONS
    if result.metric in DATA:
        return Section.DATA
    if grouping is Grouping.FEATURE or result.metric == ATTRIBUTION_SHARE:
        return Section.FAIRNESS
    if grouping is Grouping.COLUMN:
        return Section.ROBUSTNESS if result.metric in FLIPS else Section.STABILITY
    if result.metric in CHANCES:
        return Section.CALIBRATION
    return Section.FAIRNESS if result.by or grouping is not Grouping.EACH else Section.PERFORMANCE


def group_of(group: Group, everybody: str = "") -> str:
    """Return a group as people call it; its columns stand above it."""
    values = [("not stated" if value is None else value) for value in group.values()]
    return "small groups together" if values and set(values) == {MERGED} else ", ".join(values) or everybody


def _against(one: Measure) -> str:
    return "" if one.against is None else f"against {group_of(one.against, 'everybody')}"


def _row(one: Measure, is_alone: bool) -> page.Row:
    group, against = group_of(one.by, "everybody"), _against(one)
    status = "measured" if one.value is not None else str(one.reason).replace("_", " ")
    value, low, high = (None if part is None else write_decimal(part) for part in (one.value, one.low, one.high))
    return page.Row(f"{group} {against}" if is_alone and against else group, one.n, value, low, high, status)


def _interval(planned: Planned | None) -> str:
    interval = planned.interval if planned else None
    return (
        f"{interval.level * 100:.0f} % {interval.method}, {interval.resamples:,} resamples"
        if interval
        else "no interval"
    )


def _pair(mine: Measure, theirs: Measure) -> plots.Pair:
    values = [mine.value, theirs.value, None]
    if mine.value is not None and theirs.value is not None:
        values[2] = mine.value - theirs.value
    return plots.Pair(
        group_of(mine.by, "everybody"), mine.n, *(None if one is None else write_decimal(one) for one in values)
    )


def _asked(check: Check | None) -> str:
    of = check.compare if check else None
    if of is None:
        return ""
    limits = [("at least", of.delta_min), ("at most", of.delta_max)]
    return ", ".join(f"apart {word} {write_decimal(limit)}" for word, limit in limits if limit is not None)


def _is_out(check: Check | None, one: Measure) -> bool:
    """Say whether a number is not within every limit, those of a warning included."""
    if check is None or one.value is None:
        return False
    low = [limit for limit in (check.min, check.warn_below) if limit is not None]
    high = [limit for limit in (check.max, check.warn_above) if limit is not None]
    return any(one.value < limit for limit in low) or any(one.value > limit for limit in high)


def _written(value: Any) -> str:
    return write_decimal(rounded(value, DIGITS))


def seconded(method: str, software: tuple[str, ...]) -> str:
    """Return who explained the declined too, and agreed: shap, unless it was shap that explained them."""
    names = {one.partition(" ")[0]: one for one in software}
    is_ours = method != SHAP if method else bool(names.keys() & EXPLAIN)
    return f"{names['shap']}, on some of them, and it agreed" if "shap" in names and is_ours else ""
