from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest

from govern.ledger.strict import Digest
from govern.policy.clauses import Profile
from govern.policy.evidence import Excluded, Measure, Result
from govern.policy.findings import Decision, Judgement, Verdict
from govern.policy.judge import Case, judge
from tests.policy.rules import FAIRNESS, MINIMAL, START, case, evidence, measured, rules, signed

DAY = timedelta(days=1)
CREDIT = Profile(use_case=("credit-scoring",), risk_tier=("high",), jurisdictions=("EU",))
GOOD_AUC = [measured("0.85", interval=(0.82, 0.88))]
F, M = {"sex": "F"}, {"sex": "M"}


def air(value: str | float, low: float, high: float, n: int = 400) -> list[Measure]:
    return [measured(value, n, by=F, against=M, interval=(low, high))]


def checked(text: str, measures: dict[str, list[Measure]]) -> Judgement:
    found = rules(text)
    return judge([found], case(evidence(found, measures)))


def verdicts(judgement: Judgement) -> list[str]:
    return [f"{one.verdict} {one.id}" for one in judgement.findings]


def test_the_minimal_policy_from_nothing_to_production() -> None:
    found = rules(MINIMAL)
    good = evidence(found, {"auc": [measured("0.8")]})
    owner = signed("mia", "model-owner")

    nothing = judge([found], case(), "production")
    pending = judge([found], case(good), "production")
    own = judge([found], case(good, signed("ana", "model-owner")), "production")
    allowed = judge([found], case(good, owner), "production")

    assert (nothing.decision, nothing.because) == (Decision.NOTHING_CHECKED, ("checks.auc.not_measured",))
    assert (pending.decision, pending.because) == (Decision.NEEDS_PERSON, ("approvals.sign-off.quorum",))
    assert (own.decision, own.because) == (Decision.DENY, ("approvals.sign-off.not_same_as",))
    assert (allowed.decision, allowed.because) == (Decision.ALLOW, ())


@pytest.mark.parametrize(
    ("limits", "value", "verdict"),
    [
        pytest.param("min: 0.8", Fraction(4, 5), "pass", id="exactly the limit"),
        pytest.param(
            "min: 0.8", Fraction(8 * 10**30 - 1, 10**31), "fail", id="below the limit by less than it is rounded"
        ),
        pytest.param("min: 0.8", Fraction(8 * 10**30 + 1, 10**31), "pass", id="above the limit by less"),
        pytest.param("min: 0.1", 0.1, "pass", id="a float on the limit"),
        pytest.param("min: 0.7, max: 0.9", Fraction(19, 20), "fail", id="above the other limit"),
        pytest.param("min: 0.7, warn_below: 0.8", Fraction(3, 4), "warn", id="between limit and warning"),
        pytest.param("min: 0.7, warn_below: 0.8", Fraction(4, 5), "pass", id="exactly the warning"),
        pytest.param("min: 0.1, warn_above: 0.8", Fraction(9, 10), "warn", id="above a warning"),
        pytest.param("min: 0.9, on_fail: warn", Fraction(1, 2), "warn", id="a failure that only warns"),
    ],
)
def test_a_value_is_compared_exactly(limits: str, value: Fraction | float, verdict: str) -> None:
    judgement = checked(MINIMAL.replace("min: 0.72", limits), {"auc": [measured(value)]})

    (finding,) = judgement.findings
    assert finding.verdict == verdict
    assert judgement.decision is (Decision.DENY if verdict == "fail" else Decision.ALLOW)
    assert judgement.because == (("checks.auc",) if verdict == "fail" else ())


@pytest.mark.parametrize(
    ("decide_on", "low", "high", "verdict"),
    [
        ("point", 0.7, 0.9, "pass"),
        ("lower", 0.7, 0.9, "fail"),
        ("lower", 0.8, 0.9, "pass"),
        ("interval", 0.8, 0.9, "pass"),
        ("interval", 0.79, 0.9, "inconclusive"),
        ("interval", 0.5, 0.79, "fail"),
        ("interval", 0.5, 0.8, "inconclusive"),
    ],
)
def test_an_interval_is_judged_by_the_end_the_policy_names(
    decide_on: str, low: float, high: float, verdict: str
) -> None:
    text = MINIMAL.replace("min: 0.72", f"min: 0.8, confidence: {{decide_on: {decide_on}}}")

    judgement = checked(text, {"auc": [measured("0.8", interval=(low, high))]})

    assert [one.verdict for one in judgement.findings] == [verdict]


@pytest.mark.parametrize(
    ("decide_on", "low", "high", "verdict"),
    [
        ("upper", 0.1, 0.3, "fail"),
        ("upper", 0.1, 0.2, "pass"),
        ("interval", 0.1, 0.3, "inconclusive"),
        ("interval", 0.21, 0.3, "fail"),
    ],
)
def test_an_upper_limit_is_judged_the_same_way(decide_on: str, low: float, high: float, verdict: str) -> None:
    text = MINIMAL.replace(
        "roc_auc, min: 0.72", f"false_positive_rate, max: 0.2, confidence: {{decide_on: {decide_on}}}"
    )

    judgement = checked(text, {"auc": [measured("0.15", interval=(low, high))]})

    assert [one.verdict for one in judgement.findings] == [verdict]


@pytest.mark.parametrize(
    ("on_inconclusive", "decision"), [("needs_review", Decision.NEEDS_PERSON), ("block", Decision.DENY)]
)
def test_what_is_inconclusive_waits_for_a_person_or_blocks(on_inconclusive: str, decision: Decision) -> None:
    text = MINIMAL.replace("min: 0.72", f"min: 0.8, on_inconclusive: {on_inconclusive}, confidence: {{level: 0.9}}")

    judgement = checked(text, {"auc": [measured("0.8", interval=(0.7, 0.9))]})

    assert (judgement.decision, judgement.because) == (decision, ("checks.auc.inconclusive",))
    assert (
        judgement.findings[0].message
        == "roc_auc is 0.8 (0.7 to 0.9), asked for: at least 0.8; the interval spans the limit"
    )


def test_no_interval_is_no_measurement_where_the_policy_decides_on_one() -> None:
    text = MINIMAL.replace("min: 0.72", "min: 0.5, confidence: {level: 0.9}")

    judgement = checked(text, {"auc": [measured("0.8")]})

    assert judgement.findings[0].message == "roc_auc has no interval to decide on"
    assert (judgement.decision, judgement.because) == (Decision.DENY, ("checks.auc.not_measured",))


@pytest.mark.parametrize(
    ("measures", "message"),
    [
        pytest.param([Measure.undefined("no_positives", 40)], "roc_auc is undefined: no positives", id="undefined"),
        pytest.param([], "roc_auc: no evidence", id="no evidence"),
    ],
)
def test_what_is_not_measured_never_passes(measures: list[Measure], message: str) -> None:
    text = MINIMAL.replace("  - {", "  - {id: acc, metric: accuracy, min: 0.5}\n  - {", 1).replace("[auc]", "all")

    judgement = checked(text, {"acc": [measured("0.9")]} | ({"auc": measures} if measures else {}))

    assert judgement.findings[1].message == message
    assert judgement.findings[1].remedy == "measure it: `govern evaluate`"
    assert (judgement.decision, judgement.because) == (Decision.DENY, ("checks.auc.not_measured",))


def test_evidence_counts_only_for_the_plan_and_the_version_it_is_of() -> None:
    found = rules(MINIMAL)
    good = evidence(found, {"auc": [measured("0.8")]})
    bootstrapped = rules(MINIMAL.replace("min: 0.72", "min: 0.5, confidence: {level: 0.9, decide_on: point}"))
    tighter = rules(MINIMAL.replace("0.72", "0.79"))
    of_a_version = Case(**{**vars_of(case(good)), "subject": Digest.of(b"version 7")})
    filed_under_another_name = Case(**{**vars_of(case(good)), "evidence": {"auc": evidence(found, {}, ())}})

    def said(*asked: Any) -> str:
        return judge(*asked).findings[0].message

    assert said([bootstrapped], case(good)) == "roc_auc was measured otherwise than this policy asks"
    assert said([tighter], case(good)) == "roc_auc is 0.8, asked for: at least 0.79"
    assert said([found], of_a_version) == "roc_auc was measured on another version"
    assert said([found], filed_under_another_name) == "roc_auc: no evidence"


def vars_of(one: Case) -> dict[str, Any]:
    return {name: getattr(one, name) for name in one.__dataclass_fields__}


# Groups.


def fairness(measures: list[Measure], excluded: tuple[Excluded, ...] = (), **changes: str) -> Judgement:
    text = FAIRNESS
    for old, new in changes.items():
        text = text.replace(f"{old}: {TEXTS[old]}", f"{old}: {new}")
    found = rules(text)
    all_evidence = evidence(found, {"auc": GOOD_AUC, "air": measures})
    results = [replaced(one, excluded) for one in all_evidence.results]
    return judge([found], case(all_evidence.made(all_evidence.plan, results, rows=1000), model=CREDIT))


TEXTS = {"small_groups": "report", "groups": "[F, M]"}


def replaced(result: Result, excluded: tuple[Excluded, ...]) -> Result:
    if result.check != "air":
        return result
    return Result.made(result.check, result.metric, result.measures, by=result.by, excluded=excluded)


def test_each_group_is_a_finding_with_all_that_is_known() -> None:
    judgement = fairness(air("0.71", 0.66, 0.76))

    finding = judgement.findings[1]
    assert (
        finding.message == "sex=F against sex=M: adverse_impact_ratio is 0.71 (0.66 to 0.76), asked for: at least 0.8"
    )
    assert finding.as_json() == {
        "id": "checks.air",
        "policy": "credit-retail",
        "version": "2.1.0",
        "rule": "checks.air",
        "place": "policy.yaml:23:5",
        "verdict": "fail",
        "message": finding.message,
        "value": "0.71",
        "low": "0.66",
        "high": "0.76",
        "limit": "at least 0.8",
        "n": 400,
        "group": F,
        "against": M,
        "remedy": None,
        "clauses": [],
    }
    assert (judgement.decision, judgement.because) == (Decision.DENY, ("checks.air",))


def test_a_small_group_is_reported_and_not_judged() -> None:
    judgement = fairness([*air("0.9", 0.85, 0.95), measured("0.1", 99, by={"sex": "X"}, against=M)])

    assert judgement.findings[2].message == (
        "sex=X against sex=M: adverse_impact_ratio: 99 rows are fewer than 100: reported, not judged"
    )
    assert verdicts(judgement)[2] == "not_applicable checks.air.small_group"
    assert judgement.decision is Decision.ALLOW


def test_a_group_of_exactly_the_size_asked_for_is_judged() -> None:
    judgement = fairness(air("0.9", 0.85, 0.95, n=100))

    assert verdicts(judgement)[1] == "pass checks.air"


def test_a_small_group_fails_where_the_policy_says_so() -> None:
    judgement = fairness([measured("0.9", 99, by=F, against=M)], small_groups="fail")

    assert (judgement.decision, judgement.because) == (Decision.DENY, ("checks.air.small_group",))


def test_a_check_of_small_groups_only_is_not_measured() -> None:
    judgement = fairness([measured("0.9", 99, by=F, against=M)])

    assert verdicts(judgement)[1:] == ["not_applicable checks.air.small_group", "not_measured checks.air.not_measured"]
    assert judgement.findings[2].message == "adverse_impact_ratio by sex: no group has 100 rows"
    assert judgement.decision is Decision.DENY


def test_a_declared_group_that_the_evidence_is_silent_about_is_not_measured() -> None:
    judgement = fairness(air("0.9", 0.85, 0.95), groups="[F, M, X]")

    assert judgement.findings[2].message == "adverse_impact_ratio: the group sex=X is not in the evidence"
    assert judgement.findings[2].group == {"sex": "X"}
    assert judgement.decision is Decision.DENY


def test_rows_that_were_not_counted_are_listed() -> None:
    excluded = (Excluded(by={"sex": None}, n=12, why="attribute_missing"), Excluded(by={}, n=3, why="label_missing"))
    small = (Excluded(by={"sex": "X"}, n=9, why="small_group"),)

    listed, left_out = fairness(air("0.9", 0.85, 0.95), excluded), fairness(air("0.9", 0.85, 0.95), small)

    assert [one.message for one in listed.findings[2:]] == [
        "3 rows not counted: label missing",
        "sex=(missing): 12 rows not counted: attribute missing",
    ]
    assert left_out.findings[2].message == "sex=X: 9 rows not counted: small group: reported, not judged"
    assert {listed.decision, left_out.decision} == {Decision.ALLOW}


def test_a_spread_names_two_groups_and_is_silent_about_the_rest() -> None:
    text = FAIRNESS.replace("adverse_impact_ratio", "demographic_parity_difference").replace("min: 0.8\n", "max: 0.1\n")
    found = rules(text.replace("[F, M]", "[F, M, X]"))
    measures = {"auc": GOOD_AUC, "air": [measured("0.05", by=F, against=M, interval=(0.01, 0.09))]}

    assert judge([found], case(evidence(found, measures), model=CREDIT)).decision is Decision.ALLOW


def test_an_attribute_without_a_result_is_not_measured() -> None:
    found = rules(FAIRNESS.replace("by: [sex]", "by: [sex, region]"))
    measures = {"auc": GOOD_AUC}
    by_sex = Result.made("air", "adverse_impact_ratio", air("0.9", 0.85, 0.95), by=["sex"])
    without = evidence(found, measures)
    with_sex = without.made(without.plan, [*without.results, by_sex], rows=1000)

    judgement = judge([found], case(with_sex, model=CREDIT))

    assert judgement.findings[-1].message == "adverse_impact_ratio by region: no evidence"
    assert judgement.decision is Decision.DENY


# Policies, gates, time.


def through(text: str = FAIRNESS, gate: str = "production", **more: Any) -> Judgement:
    found = rules(text)
    good = evidence(found, {"auc": GOOD_AUC, "air": air("0.9", 0.85, 0.95)})
    signatures = [signed("vic", "validator"), signed("rae", "risk-officer", DAY), signed("rob", "risk-officer", DAY)]
    given = {"stage": "approved", "model": CREDIT, "at": START + 2 * DAY, **more}
    return judge([found], case(good, *signatures, **given), gate)


def test_a_gate_opens_when_everything_is_there() -> None:
    judgement = through()

    assert judgement.decision is Decision.ALLOW
    assert verdicts(judgement) == [
        "pass checks.auc",
        "pass checks.air",
        "pass approvals.validation",
        "pass approvals.committee",
    ]
    assert judgement.as_json() == {
        "decision": "allow",
        "because": [],
        "findings": [one.as_json() for one in judgement.findings],
        "policy": {"id": "credit-retail", "version": "2.1.0", "sha256": rules(FAIRNESS).digest.value.hex()},
        "policies": [{"id": "credit-retail", "version": "2.1.0", "sha256": rules(FAIRNESS).digest.value.hex()}],
        "at": "2026-11-22T09:00:00.000Z",
        "mode": "enforce",
    }


def test_a_gate_is_reached_from_its_stages_and_for_its_environments() -> None:
    elsewhere, abroad = through(stage="registered"), through(environment="prod-us")

    assert (elsewhere.decision, elsewhere.because) == (Decision.DENY, ("gates.production.from",))
    assert elsewhere.findings[-1].message == "production is reached from approved, this version is registered"
    assert (abroad.decision, abroad.because) == (Decision.DENY, ("gates.production.environments",))
    assert abroad.findings[-1].message == "production is for prod-eu, not for prod-us"
    assert through(environment="prod-eu").decision is Decision.ALLOW


@pytest.mark.parametrize(
    ("begin", "stage", "is_reached"),
    [
        ("registered", "registered", True),
        ("registered", "in_review", True),
        ("registered", "validated", False),
        ("in_review", "registered", False),
        ("in_review", "in_review", True),
    ],
)
def test_what_is_in_review_has_passed_no_gate_since_it_was_registered(begin: str, stage: str, is_reached: bool) -> None:
    found = through(FAIRNESS.replace("{from: validated", f"{{from: {begin}"), "approved", stage=stage)

    assert ("gates.approved.from" in found.because) is not is_reached


@pytest.mark.parametrize(
    ("change", "because", "message"),
    [
        pytest.param({"at": datetime(2025, 12, 31, 23, 59, 59, tzinfo=UTC)}, "effective", "credit-retail is not in force on 2025-12-31", id="before it is in force"),
        pytest.param({"at": datetime(2028, 1, 1, tzinfo=UTC)}, "effective", "credit-retail is not in force on 2028-01-01", id="after"),
        pytest.param({"model": Profile(use_case=("churn",))}, "applies_to", "credit-retail is not for this model", id="another model"),
        pytest.param({"gate": "retired"}, "gates.retired", "credit-retail has no gate retired", id="another gate"),
    ],
)  # fmt: skip
def test_a_policy_that_says_nothing_lets_nothing_through(change: dict[str, Any], because: str, message: str) -> None:
    judgement = through(**change)

    assert (judgement.decision, judgement.because) == (Decision.NOT_APPLICABLE, (because,))
    assert [one.message for one in judgement.findings] == [message]
    assert judgement.as_json()["policy"] is None


def test_without_policies_nothing_applies() -> None:
    judgement = judge([], case(), "production")

    assert (judgement.decision, judgement.findings, judgement.policies) == (Decision.NOT_APPLICABLE, (), ())


def test_without_checks_nothing_was_checked() -> None:
    text = MINIMAL.replace("checks:\n  - {id: auc, metric: roc_auc, min: 0.72}\n", "").replace("checks: [auc], ", "")

    assert judge([rules(text)], case()).decision is Decision.NOTHING_CHECKED
    assert judge([rules(text)], case(None, signed("mia", "model-owner")), "production").decision is Decision.ALLOW


def test_a_policy_that_was_to_be_reviewed_warns() -> None:
    late = through(at=datetime(2027, 6, 2, tzinfo=UTC))

    assert verdicts(late)[2] == "warn effective.review_by"
    assert "warn" not in " ".join(verdicts(through(at=datetime(2027, 6, 1, 23, 59, tzinfo=UTC))))


def test_all_policies_that_match_are_judged_by_and_the_strictest_wins() -> None:
    lenient, strict = rules(MINIMAL), rules(MINIMAL.replace("0.72", "0.9").replace("churn-basic", "strict"))
    other = rules(MINIMAL.replace("churn}", "fraud}").replace("churn-basic", "other"))
    good = case(evidence(lenient, {"auc": [measured("0.8")]}), signed("mia", "model-owner"))

    judgement = judge([lenient, other, strict], good, "production")

    assert (judgement.decision, judgement.because) == (Decision.DENY, ("checks.auc",))
    assert [(one.policy, one.verdict) for one in judgement.findings if one.rule != "approvals.sign-off"] == [
        ("other", Verdict.NOT_APPLICABLE),
        ("churn-basic", Verdict.PASS),
        ("strict", Verdict.FAIL),
    ]
    assert [one.policy.id for one in judgement.policies] == ["churn-basic", "strict"]
