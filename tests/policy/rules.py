"""Policies and evidence that tests of the policy room share."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from fractions import Fraction

from govern.policy.approvals import Meaning, SignOff
from govern.policy.clauses import Profile
from govern.policy.evidence import Columns, Evidence, Measure, Plan, Planned, Result
from govern.policy.judge import Case
from govern.policy.resolve import Resolved, resolve

START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)

MINIMAL = """\
schema: govern/policy/v1
id: churn-basic
version: 1.0.0
owner: ml-platform
applies_to: {use_case: churn}
checks:
  - {id: auc, metric: roc_auc, min: 0.72}
approvals:
  sign-off: {role: model-owner, quorum: 1}
gates:
  production: {checks: [auc], approvals: [sign-off]}
"""

FAIRNESS = """\
# yaml-language-server: $schema=policy.v1.json
schema: govern/policy/v1
requires: ">=0.1"
id: credit-retail
version: 2.1.0
title: Retail credit scoring
owner: model-risk
effective: {from: 2026-01-01, until: 2027-12-31, review_by: 2027-06-01}
applies_to:
  use_case: [credit-scoring]
  risk_tier: high
  jurisdictions: [EU, US]
data:
  sensitive:
    sex: {column: applicant_sex, groups: [F, M], reference: M}
checks:
  - id: auc
    metric: roc_auc
    min: 0.75
    warn_below: 0.8
    confidence: {method: bootstrap, level: 0.95, resamples: 1000, decide_on: lower}
    remedy: Retrain or narrow the scope
  - id: air
    metric: adverse_impact_ratio
    favourable: {outcome: approve}
    by: [sex]
    min: 0.8
    min_group_size: 100
    small_groups: report
    confidence: {level: 0.95, decide_on: interval}
    on_inconclusive: needs_review
approvals:
  validation: {role: validator, quorum: 1, not_same_as: [makers], expires: 365d}
  committee: {role: risk-officer, quorum: 2, after: validation, not_same_as: [makers, validation], expires: 1y}
gates:
  validated: {from: [in_review], checks: all}
  approved: {from: validated, checks: all, approvals: [validation, committee]}
  production: {from: [approved], checks: all, approvals: current, environments: [prod-eu]}
"""


def rules(text: str, file: str = "policy.yaml") -> Resolved:
    return resolve(text.encode(), file, "0.1.0")


def evidence(
    found: Resolved, measures: Mapping[str, list[Measure]], planned: tuple[Planned, ...] | None = None
) -> Evidence:
    """Return evidence of the plan of a policy, each check by its first attribute if it has one."""
    plan = planned if planned is not None else found.policy.plan()
    columns = Columns(label="repaid", prediction="decision", score="score", positive="1")
    results = [
        Result.made(one.check, one.metric, measures[one.check], by=[attribute.name for attribute in one.by])
        for one in plan
        if one.check in measures
    ]
    return Evidence.made(Plan(digits=12, columns=columns, checks=plan), results, rows=1000)


def measured(value: Fraction | float | str, n: int = 1000, **more: object) -> Measure:
    return Measure.measured(Fraction(value) if isinstance(value, str) else value, n, **more)  # type: ignore[arg-type]


def signed(person: str, role: str, after: timedelta = timedelta(), meaning: Meaning = Meaning.APPROVED) -> SignOff:
    return SignOff(person, role, meaning, START + after)


def case(
    all_evidence: Evidence | None = None,
    *sign_offs: SignOff,
    stage: str = "in_review",
    at: datetime = START + timedelta(days=1),
    model: Profile | None = None,
    makers: frozenset[str] = frozenset({"ana"}),
    environment: str | None = None,
) -> Case:
    found = {one.check: all_evidence for one in all_evidence.plan.checks} if all_evidence else {}
    return Case(model or Profile(use_case=("churn",)), stage, makers, found, sign_offs, at, environment=environment)
