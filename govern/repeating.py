"""Measuring recorded evidence again: by its own plan, on the same rows, to the same bytes or to what differs.

Whoever finds the same countersigns it: evidence is known by its digest, and who measured it is added. What differs is said
and not filed.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from govern import measuring, review
from govern.checks import plan, tables
from govern.checks.declines import Asked
from govern.checks.plan import Run
from govern.checks.population import ReferenceKind
from govern.desk import Desk
from govern.errors import InvalidInput, NothingChecked
from govern.ledger import Receipt
from govern.ledger.strict import Digest
from govern.measuring import KEPT, Terms
from govern.policy.evidence import Evidence, Measure, Result
from govern.record.inventory import Version

MOST_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Repeated:
    """Recorded evidence, measured again."""

    evidence: Digest
    checks: tuple[str, ...]
    differs: tuple[str, ...]
    """Empty if it is the very same."""
    receipt: Receipt | None = None


def repeat(desk: Desk, one: Version, path: Path, terms: Terms = KEPT) -> list[Repeated]:
    """Measure again what was measured of a version on this file; file what is the same."""
    with tables.opened(path) as data:
        source = data.digest
    recorded: dict[Digest, list[str]] = {}
    for check, measured in one.measured.items():
        if measured.source == source:
            recorded.setdefault(measured.evidence, []).append(check)
    tried = [digest for digest in recorded if Evidence.parse(review.content(desk, digest)).plan.trial]
    for digest in tried:
        del recorded[digest]
    if tried and not recorded:
        raise NothingChecked(
            f"of {one.name} only its reasons were tried on {path.name}",
            hint="try them again: `govern decisions validate`",
        )
    if not recorded:
        known = ", ".join(sorted({str(measured.source) for measured in one.measured.values()})) or "nothing"
        raise NothingChecked(
            f"nothing of {one.name} was measured on {path.name}, which is {source}", hint=f"it was measured on {known}"
        )
    return [_again(desk, one, path, terms, digest, tuple(checks)) for digest, checks in recorded.items()]


def _again(  # noqa: PLR0913, PLR0917  what a measurement depends on is all of these
    desk: Desk,
    one: Version,
    path: Path,
    terms: Terms,
    digest: Digest,
    checks: tuple[str, ...],
) -> Repeated:
    before = Evidence.parse(review.content(desk, digest))
    run = _as_before(_run(desk, one, path, terms, before), before)
    differs = tuple(differences(before, run.evidence))
    if bytes(run.evidence) == bytes(before):
        return Repeated(digest, checks, (), measuring.filed(desk, one, run))
    return Repeated(digest, checks, differs or ("the bytes differ",))


def _run(desk: Desk, one: Version, path: Path, terms: Terms, before: Evidence) -> Run:
    planned, reasoning = before.plan, before.plan.reasoning
    if planned.baseline and terms.baseline is None:
        raise InvalidInput(f"it was compared with {planned.baseline}", hint="give that file: --baseline FILE")
    model = measuring.model_of(desk, one, terms, planned.columns.positive) if planned.scored_by else None
    reasons = None
    if reasoning:
        words = measuring.dictionary(desk, one)
        reasons = Asked(measuring.approving(desk, one), words, ReferenceKind(reasoning.reference), reasoning.most)
    return plan.run(
        planned,
        path,
        by_model=model,
        reasons=reasons,
        policy=before.policy,
        model=before.model,
        baseline=terms.baseline,
    )


def _as_before(run: Run, before: Evidence) -> Run:
    """Return the run, with the way of its reasons left out if the evidence is of a time when nobody said it."""
    then, now = before.plan.reasoning, run.evidence.plan.reasoning
    if not then or not now or then.method:
        return run
    plan_then = run.evidence.plan.model_copy(update={"reasoning": now.model_copy(update={"method": None})})
    return replace(run, evidence=run.evidence.model_copy(update={"plan": plan_then}))


def differences(before: Evidence, now: Evidence) -> Iterator[str]:
    """Yield what is not the same, in words, most telling first."""
    lines = [*_of_plans(before, now), *_of_results(before, now), *_of_tables(before, now)]
    yield from lines[:MOST_SHOWN]
    if len(lines) > MOST_SHOWN:
        yield f"and {len(lines) - MOST_SHOWN} more"


def _of_plans(before: Evidence, now: Evidence) -> Iterator[str]:
    if before.rows != now.rows:
        yield f"{before.rows:,} rows then, {now.rows:,} now"
    for name, was in before.plan:
        value = getattr(now.plan, name)
        if value != was:
            yield f"{name.replace('_', ' ')}: {was} then, {value} now"


def _of_results(before: Evidence, now: Evidence) -> Iterator[str]:
    results = {(one.check, one.by): one for one in now.results}
    for was in before.results:
        is_now = results.pop((was.check, was.by), None)
        by = f" by {' and '.join(was.by)}" if was.by else ""
        if is_now is None:
            yield f"{was.check}{by} was measured then and is not now"
        elif is_now != was:
            yield from _of_measures(f"{was.check}{by}", was, is_now)
    for check, names in results:
        by = f" by {' and '.join(names)}" if names else ""
        yield f"{check}{by} is measured now and was not then"


def _of_measures(what: str, was: Result, is_now: Result) -> Iterator[str]:
    measures = {tuple(sorted(one.by.items(), key=str)): one for one in is_now.measures}
    for one in was.measures:
        other = measures.get(tuple(sorted(one.by.items(), key=str)))
        if other != one:
            group = "".join(f" {name}={value}" for name, value in one.by.items())
            yield f"{what}{group}: {_said(one)} then, {_said(other)} now"
    if was.excluded != is_now.excluded:
        yield f"{what}: other rows are left out"


def _said(measure: Measure | None) -> str:
    if measure is None:
        return "nothing"
    interval = "" if measure.low is None else f" ({measure.low} to {measure.high})"
    return f"{measure.value if measure.value is not None else measure.reason}{interval} of {measure.n:,}"


def _of_tables(before: Evidence, now: Evidence) -> Iterator[str]:
    tables_now = {table.name: table for table in now.tables}
    for table in before.tables:
        if tables_now.get(table.name) != table:
            yield f"the table {table.name!r} has other counts"
