"""Three models of the sample bank on its ledger: one to be signed, one that fails, and one whose signature lost its worth.

Numbers are made up of counts, so that they are the same on every machine; nothing is measured here.
"""

import json
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType

from govern import catalogue, connection, discussion, review
from govern.connection import Near
from govern.demo import story
from govern.demo.cast import Stage
from govern.desk import Desk
from govern.ledger.keys import Pen
from govern.ledger.strict import Digest
from govern.policy.document import Policy
from govern.policy.evidence import Columns, Evidence, Excluded, Measure, Plan, Planned, Result
from govern.record.inventory import Version
from govern.storage.folder import Folder

AGES = (("18-25", 842, 1404), ("26-40", 3260, 4074), ("41-60", 2931, 3802), ("61+", 498, 671))
"""Each age band: how many were approved, and of how many."""
AGES_FAIR = (("18-25", 1032, 1404), ("26-40", 3260, 4074), ("41-60", 2931, 3802), ("61+", 511, 671))
SEXES = (("female", 3519, 4706), ("male", 4012, 5245))
_SOFTWARE = MappingProxyType({"govern": "0.1.0"})
_REFERENCE = {"age": "26-40", "sex": "male"}

CREDIT = b"""\
schema: govern/policy/v1
id: retail-credit
version: 3.2.0
title: Retail credit decisions
owner: model-risk
applies_to: {use_case: credit-scoring}
data:
  sensitive:
    age: {column: age_band, groups: ["18-25", "26-40", "41-60", "61+"], reference: "26-40"}
    sex: {column: sex, groups: [female, male], reference: male}
checks:
  - {id: auc, metric: roc_auc, min: 0.84}
  - {id: false-alarms, metric: false_positive_rate, max: 0.12, warn_above: 0.1}
  - id: age-ratio
    metric: adverse_impact_ratio
    by: age
    min: 0.8
    favourable: {outcome: "1"}
    min_group_size: 100
    confidence: {level: 0.95, resamples: 1000}
    remedy: look at the cut-off for the youngest band, and measure again
  - id: sex-ratio
    metric: adverse_impact_ratio
    by: sex
    min: 0.8
    favourable: {outcome: "1"}
    min_group_size: 100
    confidence: {level: 0.95, resamples: 1000}
  - {id: stability, metric: accuracy, min: 0.8, remedy: "attach the stability test of the last quarter"}
waivers: {allowed_for: [age-ratio], max_duration: 90d, requires: {role: risk-officer, quorum: 2}}
approvals:
  validation: {role: validator, quorum: 1, not_same_as: [makers]}
  risk: {role: risk-officer, quorum: 2, not_same_as: [makers, validation]}
gates:
  validated: {checks: [all], approvals: [validation]}
  production: {checks: [all], approvals: [validation, risk]}
"""

CHURN = b"""\
schema: govern/policy/v1
id: marketing
version: 1.4.0
title: Models that choose whom we write to
owner: marketing-analytics
applies_to: {use_case: churn}
checks:
  - {id: auc, metric: roc_auc, min: 0.72}
  - {id: accuracy, metric: accuracy, min: 0.7}
approvals:
  second-person: {role: [validator, risk-officer], quorum: 1, not_same_as: [makers]}
gates:
  validated: {checks: [all], approvals: [second-person]}
  production: {checks: [all], approvals: [second-person]}
"""


def found(path: Path, stage: Stage) -> Folder:
    """Make the sample bank's ledger in ``path`` with people, models, evidence and signatures."""
    pens: dict[str, Pen] = {}
    folder = story._found(path, stage, pens, _quiet)
    with connection.near(folder, clock=stage.clock) as near:
        story._enrol(near, stage, pens, _quiet)
        fill(near, stage, pens)
    return folder


def fill(near: Near, stage: Stage, pens: dict[str, Pen]) -> None:
    """Register, measure, submit and sign what the screens show."""

    def desk(who: str) -> Desk:
        return Desk(near.ledger, near.store, stage.clock, stage.chance, (pens[who],))

    ana, rae, vic = desk("ana"), desk("rae"), desk("vic")
    catalogue.adopt_policy(rae, CREDIT, "retail-credit.yaml", "0.1.0")
    catalogue.adopt_policy(rae, CHURN, "marketing.yaml", "0.1.0")
    credit = _version(
        ana,
        near,
        "credit-risk",
        "Probability of default of retail applicants",
        "credit-scoring",
        "high",
        {"eta": "0.1"},
    )
    _measure(vic, credit, credit_evidence(vic, credit, AGES_FAIR, Fraction(871, 1000)))
    review.submit(ana, _now(ana, credit))
    review.sign(vic, _now(vic, credit), "validated", "read in full; reran the age comparison on the hold-out set")
    _measure(vic, credit, credit_evidence(vic, credit, AGES, Fraction(866, 1000)))
    review.submit(ana, _now(ana, credit))
    churn = _version(
        ana, near, "churn-eu", "Who is likely to close their account within 90 days", "churn", "low", {"depth": "6"}
    )
    _measure(
        ana,
        churn,
        _plain_evidence(ana, churn, "marketing", {"auc": Fraction(781, 1000), "accuracy": Fraction(74, 100)}),
    )
    review.submit(ana, _now(ana, churn))
    limit = _version(
        ana, near, "limit-increase", "Whom we offer a higher credit limit", "credit-scoring", "medium", {"eta": "0.05"}
    )
    review.submit(ana, _now(ana, limit))
    discussion.comment(vic, _now(vic, credit), "The 18-25 band moved against the last run. Which filter changed?")


def _version(
    desk: Desk, near: Near, name: str, purpose: str, use_case: str, tier: str, parameters: dict[str, str]
) -> Version:
    card = {"schema": "govern/model/v1", "name": name, "owner": "ana", "purpose": purpose}
    card |= {"use_case": use_case, "risk_tier": tier}
    text = "".join(f"{key}: {value}\n" for key, value in card.items()) + "jurisdictions: [GB, DE]\n"
    catalogue.register_model(desk, text.encode(), f"{name}.yaml")
    file = near.folder.path / "out" / f"{name}.json"
    file.write_text(json.dumps({"model": name, **parameters}), encoding="utf-8")
    data = near.folder.path / "out" / f"{name}-train.csv"
    data.write_text("case,label\n" + "".join(f"{case},{case % 2}\n" for case in range(50)), encoding="utf-8")
    made = catalogue.Made({"training": data}, parameters | {"seed": "7"}, {"auc": "0.87"}, "git:9f2c41d7")
    return catalogue.register_version(desk, name, [file], made)[1]


def _now(desk: Desk, one: Version) -> Version:
    return review.version(desk, one.name)


def _measure(desk: Desk, one: Version, evidence: Evidence) -> None:
    source = Digest.of(f"the scored rows of {one.name}".encode())
    review.record_evidence(desk, _now(desk, one), evidence, source, _SOFTWARE, "none")


def _policy(desk: Desk, one: Version, name: str) -> Policy:
    return next(found.policy for found in review.dossier_of(desk, one).policies if found.policy.id == name)


def credit_evidence(desk: Desk, one: Version, ages: Sequence[tuple[str, int, int]], auc: Fraction) -> Evidence:
    plans = {plan.check: plan for plan in _policy(desk, one, "retail-credit").plan()}
    rows = sum(n for _, _, n in ages)
    missing = Excluded(by={"age": None}, n=61, why="small_group")
    results = [
        _result(plans["auc"], [Measure.measured(auc, rows)]),
        _result(plans["false-alarms"], [Measure.measured(Fraction(104, 1000), rows)]),
        _result(plans["age-ratio"], _ratios("age", ages), (missing,)),
        _result(plans["sex-ratio"], _ratios("sex", SEXES)),
    ]
    return _evidence(one, [plans[result.check] for result in results], results, rows)


def _plain_evidence(desk: Desk, one: Version, policy: str, values: dict[str, Fraction]) -> Evidence:
    plans = [plan for plan in _policy(desk, one, policy).plan() if plan.check in values]
    results = [_result(plan, [Measure.measured(values[plan.check], 8200)]) for plan in plans]
    return _evidence(one, plans, results, 8200)


def _evidence(one: Version, plans: Sequence[Planned], results: Sequence[Result], rows: int) -> Evidence:
    columns = Columns(label="default", prediction="approved", score="score", positive="1")
    return Evidence.made(Plan(digits=12, columns=columns, checks=tuple(plans)), results, rows=rows, model=one.digest)


def _result(plan: Planned, measures: Sequence[Measure], excluded: Sequence[Excluded] = ()) -> Result:
    return Result.made(
        plan.check, plan.metric, measures, by=[attribute.name for attribute in plan.by], excluded=excluded
    )


def _ratios(by: str, groups: Sequence[tuple[str, int, int]]) -> list[Measure]:
    """Return the selection-rate ratio of each group against the reference, with a band that narrows with its size."""
    reference = next((Fraction(chosen, n) for name, chosen, n in groups if name == _REFERENCE[by]), Fraction(1))
    found = []
    for name, chosen, n in groups:
        if name == _REFERENCE[by]:
            continue
        ratio, half = Fraction(chosen, n) / reference, Fraction(1, max(1, round(n**0.5 * 0.85)))
        found.append(
            Measure.measured(
                ratio, n, by={by: name}, against={by: _REFERENCE[by]}, interval=(ratio - half, ratio + half)
            )
        )
    return found


def _quiet(_: str) -> None:
    """Tell nothing: the screens tell it."""
