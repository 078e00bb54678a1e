"""One version as a test of a policy describes it, and the case that it makes for a judge."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import Field

from govern.policy.allowances import Waiver
from govern.policy.approvals import Meaning, SignOff
from govern.policy.asked import About, Facts
from govern.policy.clauses import Clause, Profile
from govern.policy.document import Check, Policy
from govern.policy.evidence import Columns, Evidence, Excluded, Measure, Plan, Result
from govern.policy.implied import every
from govern.policy.judge import Case
from govern.policy.words import Count, Day, Moment, Number, Some, Text, Texts


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
    transformations: dict[Text, Text] = Field(default={})
    reasons: Literal["dictionary"] | None = None
    champion: dict[Text, Measured] | None = None


def case_of(policy: Policy, fixture: Fixture, at: datetime) -> Case:
    """Return the case that a fixture describes, measured as the policy asks."""
    evidence = _evidence(policy, fixture.evidence)
    champion = None if fixture.champion is None else _evidence(policy, fixture.champion)
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
            made_from=fixture.transformations,
            has_wordings=fixture.reasons is not None,
            measured_at={name: one.at for name, one in fixture.evidence.items() if one.at},
        ),
        champion=champion,
        environment=fixture.environment,
    )


def _waiver(policy: Policy, one: Lifted, at: datetime) -> Waiver:
    persons = tuple((person, frozenset(one.role)) for person in one.by)
    return Waiver(policy.id, one.check, one.until, persons, one.at or at, one.renewals, 0)


def _evidence(policy: Policy, measured: Mapping[str, Measured]) -> dict[str, Evidence]:
    found: dict[str, Evidence] = {}
    for check in every(policy):
        if check.id in measured:
            planned = policy.planned(check)
            columns = Columns(label="label", prediction="prediction", score="score", positive="1")
            plan = Plan(digits=12, columns=columns, checks=(planned,))
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
