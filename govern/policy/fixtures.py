"""One version as a test of a policy describes it, and the case that it makes for a judge."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from fractions import Fraction
from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from govern.ledger.strict import Digest
from govern.policy.allowances import Waiver
from govern.policy.approvals import Meaning, RolledBack, SignOff
from govern.policy.asked import About, Facts
from govern.policy.clauses import Clause, Profile
from govern.policy.document import Check, Policy
from govern.policy.evidence import UNREAD, Columns, Evidence, Excluded, Imported, Measure, Plan, Reasoning, Result
from govern.policy.explaining import REASONS, Tried, evidence_of
from govern.policy.judge import Case
from govern.policy.metrics import REASON_COVERAGE
from govern.policy.words import Count, Day, Moment, Number, Some, Text, Texts

Kind: TypeAlias = Literal["near_cutoff", "approved", "all"]
PEOPLE = Digest.of(b"the reference")


class Given(Profile):
    """What a model is, and who made the version."""

    makers: Texts = ()


class Signature(Clause):
    name: Text | None = None
    by: Text
    role: Text
    at: Moment
    meaning: Meaning = Meaning.APPROVED


class Lifted(Clause):
    check: Text
    until: Day
    by: Texts
    role: Texts = ("risk-officer",)
    at: Moment | None = None
    renewals: Count = 0


class Displaced(Clause):
    """When a version was rolled back to, and by whom."""

    at: Moment
    by: Texts


class TriedReasons(Clause):
    """What a trial of its reasons found."""

    alike: Number
    told: dict[Text, Count]
    """How many of the declined are told how many reasons."""
    resamples: Count = 20
    reference: Kind = "near_cutoff"


class Known(Clause):
    """What is on record of the data of one role."""

    rows: Count | None = None
    date_from: Day | None = None
    date_to: Day | None = None
    licence: Text | None = None
    digest: Text | None = None


class Group(Clause):
    by: dict[Text, Text]
    value: Number | None = None
    low: Number | None = None
    high: Number | None = None
    n: Count = 10_000
    against: dict[Text, Text] | None = None
    undefined: Text | None = None
    excluded: Text | None = None


class Measured(Clause):
    """What was measured for a check: one number, or one for each group."""

    value: Number | None = None
    low: Number | None = None
    high: Number | None = None
    n: Count = 10_000
    undefined: Text | None = None
    groups: Annotated[tuple[Group, ...], Some] = ()
    at: Moment | None = None
    measured_by: Text | None = None
    role: Text = "validator"
    reference: Kind = "near_cutoff"
    """With whom the declined were compared, where reasons were found."""


class Fixture(Clause):
    """One version as it stands, with everything that a judge sees."""

    model: Given
    stage: Text = "in_review"
    environment: Text | None = None
    evidence: dict[Text, Measured] = Field(default={})
    approvals: tuple[Signature, ...] = ()
    waivers: tuple[Lifted, ...] = ()
    documents: dict[Text, Count] = Field(default={})
    data: dict[Text, Known] = Field(default={})
    features: Texts | None = None
    reasons: Literal["dictionary"] | None = None
    wordings: Text | None = None
    """The digest of its dictionary, where that is asked for."""
    tried_reasons: TriedReasons | None = None
    champion: dict[Text, Measured] | None = None
    rolled_back: Displaced | None = None
    displaces: Text = ""
    """The stage of the version whose place it would take."""


def case_of(policy: Policy, fixture: Fixture, at: datetime) -> Case:
    """Return the case that a fixture describes, measured as the policy asks."""
    words = _wordings(fixture.wordings)
    evidence = _evidence(policy, fixture.evidence, words)
    if fixture.tried_reasons:
        evidence[REASONS] = _tried(fixture.tried_reasons, words)
    champion = None if fixture.champion is None else _evidence(policy, fixture.champion, words)
    measurers = {
        name: frozenset({(one.measured_by, one.role)}) for name, one in fixture.evidence.items() if one.measured_by
    }
    return Case(
        model=fixture.model,
        stage=fixture.stage,
        makers=frozenset(fixture.model.makers),
        evidence=evidence,
        sign_offs=tuple(SignOff(one.by, one.role, one.meaning, one.at) for one in fixture.approvals),
        at=at,
        measured_by=measurers or None,
        documents=fixture.documents,
        waivers=tuple(_waiver(policy, one, at) for one in fixture.waivers),
        about=About(
            data={role: Facts(**dict(one)) for role, one in fixture.data.items()},
            features=None if fixture.features is None else frozenset(fixture.features),
            has_wordings=fixture.reasons is not None,
            wordings=words if fixture.reasons else None,
            measured_at={name: one.at for name, one in fixture.evidence.items() if one.at},
        ),
        champion=champion,
        environment=fixture.environment,
        rolled_back=RolledBack(rolled.at, frozenset(rolled.by)) if (rolled := fixture.rolled_back) else None,
        displaces=fixture.displaces,
    )


def _wordings(digest: str | None) -> Digest:
    """Return the digest of the dictionary, or one of no matter what."""
    return Digest.parse(digest) if digest else Digest.of(b"a dictionary")


def _tried(given: TriedReasons, words: Digest) -> Evidence:
    reasoning = _reasoning(given.reference, words)
    told = {int(count): n for count, n in given.told.items()}
    n = sum(told.values())
    return evidence_of(Tried(float(given.alike), n, told, given.resamples, 7, n, reasoning), PEOPLE, PEOPLE)


def _reasoning(reference: Kind, words: Digest) -> Reasoning:
    return Reasoning(approve="score < 0.5", dictionary=words, reference=reference, population=PEOPLE, most=500)


def _waiver(policy: Policy, one: Lifted, at: datetime) -> Waiver:
    persons = tuple((person, frozenset(one.role)) for person in one.by)
    return Waiver(policy.id, one.check, one.until, persons, one.at or at, one.renewals, 0)


def _evidence(policy: Policy, measured: Mapping[str, Measured], words: Digest) -> dict[str, Evidence]:
    found: dict[str, Evidence] = {}
    for check in policy.checks:
        if check.id in measured:
            planned = policy.planned(check)
            columns = Columns(label="label", prediction="prediction", score="score", positive="1")
            imported = Imported(source="a test", on=date.min) if check.kind == "imported" else None
            columns = UNREAD if imported else columns
            is_explained = check.metric == REASON_COVERAGE
            reasoning = _reasoning(measured[check.id].reference, words) if is_explained else None
            plan = Plan(digits=12, columns=columns, checks=(planned,), imported=imported, reasoning=reasoning)
            found[check.id] = Evidence.made(plan, list(_results(check, measured[check.id])), rows=measured[check.id].n)
    return found


def _results(check: Check, one: Measured) -> Iterator[Result]:
    if not one.groups:
        yield Result.made(check.id, check.metric, [_measure(one, {})])
        return
    for names in dict.fromkeys(tuple(group.by) for group in one.groups):
        of = [group for group in one.groups if tuple(group.by) == names]
        measures = [_measure(group, group.by) for group in of if group.excluded is None]
        excluded = [Excluded(by=group.by, n=group.n, why=group.excluded) for group in of if group.excluded is not None]
        if measures:
            yield Result.made(check.id, check.metric, measures, by=names, excluded=excluded)


def _measure(one: Measured | Group, by: dict[str, str]) -> Measure:
    against = one.against if isinstance(one, Group) else None
    if one.value is None:
        return Measure.undefined(one.undefined or "not_measured", one.n, by=by, against=against)
    interval = (Fraction(one.low), Fraction(one.high)) if one.low is not None and one.high is not None else None
    return Measure.measured(Fraction(one.value), one.n, by=by, against=against, interval=interval)
