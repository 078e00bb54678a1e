"""From recorded evidence to what screens show of it beside its findings."""

from collections.abc import Iterator, Mapping

from govern import review
from govern.desk import Desk
from govern.errors import GovernError
from govern.ledger.strict import Digest
from govern.policy.bins import COLUMN, calibrations, shifts
from govern.policy.evidence import Evidence, Group, Measure, Planned
from govern.policy.limits import MERGED
from govern.policy.metrics import compares_columns
from govern.record.inventory import Version
from govern.record.judging import champion_evidence
from gui.measured import Beside, Measured
from gui.words import date_, grouped

CHANCES = frozenset({"brier", "log_loss", "expected_calibration_error"})
"""Metrics that say how far scores are from what came true."""


def measured(desk: Desk, one: Version) -> tuple[Measured, ...]:
    """Return what was measured of each check; what cannot be read is left to the findings, which say so."""

    def blob(digest: Digest) -> bytes:
        return review.content(desk, digest)

    try:
        kept = {check: Evidence.parse(blob(found.evidence)) for check, found in one.measured.items()}
        other = champion_evidence(desk.registry, one, blob)
    except GovernError:
        return ()
    champion = review.displaces(desk, one)
    name = champion.name if champion else ""
    return tuple(_measured(desk, one, check, of, (name, (other or {}).get(check))) for check, of in kept.items())


def _measured(desk: Desk, one: Version, check: str, of: Evidence, other: tuple[str, Evidence | None]) -> Measured:
    found, planned, (champion, theirs) = one.measured[check], of.planned(check), other
    columns = {
        group.get("column")
        for result in of.of(check)
        if result.by == COLUMN and compares_columns(result.metric)
        for group in _groups(result.measures)
    }
    known = desk.known(found.person)
    beside = tuple(_beside(of, theirs, check)) if theirs else ()
    return Measured(
        check=check,
        entry=found.entry,
        who=known.identity.name if known else found.person,
        rows=of.rows,
        interval=interval(planned),
        origin=f"{of.plan.imported.source}, as of {date_(of.plan.imported.on)}" if of.plan.imported else "",
        curves=calibrations(of) if planned and planned.metric in CHANCES else (),
        shifts=tuple(one for one in shifts(of) if one.column in columns),
        champion=champion if beside else "",
        beside=beside,
    )


def interval(planned: Planned | None) -> str:
    """Return how the intervals of a check are made."""
    if planned is None or planned.interval is None:
        return ""
    return f"{planned.interval.level * 100:.0f} % {planned.interval.method}, {grouped(planned.interval.resamples)} resamples"


def group_of(group: Mapping[str, str | None] | None) -> str:
    """Return a group as people call it."""
    values = [("not stated" if value is None else value) for value in (group or {}).values()]
    return "small groups together" if values and set(values) == {MERGED} else ", ".join(values)


def _groups(measures: tuple[Measure, ...]) -> Iterator[Group]:
    return (measure.by for measure in measures)


def _beside(mine: Evidence, theirs: Evidence, check: str) -> Iterator[Beside]:
    """Yield each number that both have."""
    known = {
        (result.by, *sorted(measure.by.items())): measure for result in theirs.of(check) for measure in result.measures
    }
    for result in mine.of(check):
        for measure in result.measures:
            other = known.get((result.by, *sorted(measure.by.items())))
            if other and (measure.value is not None or other.value is not None):
                yield Beside(group_of(measure.by), tuple(measure.by), measure.n, measure.value, other.value)
