"""What a policy asks of proxies: each input by its own limit, at the line where that is written."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from govern.ledger.strict import Digest
from govern.policy.clauses import Profile
from govern.policy.evidence import Columns, Evidence, Excluded, Measure, Plan, Result
from govern.policy.findings import Finding, Verdict
from govern.policy.implied import plan
from govern.policy.judge import Case, judge
from govern.policy.limits import NOT_A_FEATURE
from govern.policy.overlay import is_looser
from govern.policy.resolve import Resolved
from tests.policy.rules import MINIMAL, case, rules

SHARES = (
    MINIMAL
    + """\
explainability:
  proxies:
    max_attribution_share:
      postcode: 0.10
      branch: 0.05
"""
)
TOLD = (
    MINIMAL
    + """\
data: {sensitive: {sex: {column: applicant_sex}}}
explainability:
  proxies:
    max_predictability_of: {attribute: [sex, age], auc: 0.65, min_group_size: 50}
"""
)
COLUMNS = Columns(label="repaid", prediction=None, score="score", positive="1")


def stands(found: Resolved, results: Mapping[tuple[str, ...], list[Measure]], *excluded: Excluded) -> Case:
    planned = plan(found.policy)[1]
    made = [
        Result.made(planned.check, planned.metric, measures, by=by, excluded=excluded)
        for by, measures in results.items()
    ]
    asked = Plan(digits=12, columns=COLUMNS, checks=(planned,))
    return replace(case(), evidence={planned.check: Evidence.made(asked, made, rows=500)})


def share(column: str, value: str) -> Measure:
    return Measure.measured(Fraction(value), 500, by={"column": column})


def told(found: Resolved, case_: Case) -> list[Finding]:
    return [one for one in judge([found], case_).findings if one.rule == "explainability.proxies"]


def test_each_input_has_its_own_limit_and_line() -> None:
    found = rules(SHARES)

    findings = told(found, stands(found, {("column",): [share("branch", "0.06"), share("postcode", "0.06")]}))

    assert {(one.group or {})["column"]: (one.verdict, one.place, one.limit) for one in findings} == {
        "postcode": (Verdict.PASS, "policy.yaml:15:7", "at most 0.1"),
        "branch": (Verdict.FAIL, "policy.yaml:16:7", "at most 0.05"),
    }
    assert {one.id for one in findings} == {"explainability.proxies.max_attribution_share"}


def test_exactly_the_share_that_is_allowed_is_allowed() -> None:
    found = rules(SHARES)
    exact: dict[tuple[str, ...], list[Measure]] = {("column",): [share("branch", "1/20"), share("postcode", "1/10")]}
    over: dict[tuple[str, ...], list[Measure]] = {
        ("column",): [share("branch", "1/20"), share("postcode", "100000000000001/1000000000000000")]
    }

    assert {one.verdict for one in told(found, stands(found, exact))} == {Verdict.PASS}
    assert [one.verdict for one in told(found, stands(found, over))].count(Verdict.FAIL) == 1


def test_what_the_model_does_not_read_is_not_applicable_and_said() -> None:
    found = rules(SHARES)
    absent = Measure.undefined(NOT_A_FEATURE, 500, by={"column": "postcode"})

    findings = told(found, stands(found, {("column",): [share("branch", "0.01"), absent]}))

    assert [(one.verdict, one.message) for one in findings] == [
        (Verdict.NOT_APPLICABLE, "column=postcode: attribution_share: the model has no such input"),
        (Verdict.PASS, "column=branch: attribution_share is 0.01, asked for: at most 0.05"),
    ]


def test_shares_that_nobody_measured_deny_each() -> None:
    findings = told(rules(SHARES), case())

    assert [(one.verdict, one.reason, one.place) for one in findings] == [
        (Verdict.NOT_MEASURED, "max_attribution_share", "policy.yaml:15:7"),
        (Verdict.NOT_MEASURED, "max_attribution_share", "policy.yaml:16:7"),
    ]
    assert findings[0].message == "column=postcode: attribution_share: no evidence"
    assert "without --score and --prediction" in findings[0].remedy


def test_an_input_that_evidence_passes_over_is_not_passed_over() -> None:
    found = rules(SHARES)

    findings = told(found, stands(found, {("column",): [share("branch", "0.01")]}))

    assert [(one.verdict, one.message) for one in findings] == [
        (Verdict.NOT_MEASURED, "column=postcode: attribution_share: no evidence"),
        (Verdict.PASS, "column=branch: attribution_share is 0.01, asked for: at most 0.05"),
    ]


def best(attribute: str, group: str, value: str, column: str = "income") -> Measure:
    return Measure.measured(Fraction(value), 400, by={"column": column, attribute: group})


def test_each_input_is_judged_by_the_group_that_it_tells_best() -> None:
    found = rules(TOLD)
    measured: dict[tuple[str, ...], list[Measure]] = {
        ("column", "sex"): [best("sex", "F", "0.5"), best("sex", "F", "0.66", "job")],
        ("column", "age"): [best("age", "old", "0.65"), best("age", "young", "0.6", "job")],
    }

    findings = told(found, stands(found, measured, Excluded(by={}, n=7, why="small_group")))

    failed = [one for one in findings if one.verdict is Verdict.FAIL]
    assert [(one.message, one.place) for one in failed] == [
        ("column=job, sex=F: attribute_predictability is 0.66, asked for: at most 0.65", "policy.yaml:15:5")
    ]
    assert [one.verdict for one in findings].count(Verdict.PASS) == 3
    assert [one.message for one in findings if one.verdict is Verdict.NOT_APPLICABLE] == [
        "7 rows not counted: small group: reported, not judged"
    ] * 2


def test_an_attribute_that_was_not_measured_is_not_measured() -> None:
    found = rules(TOLD)

    findings = told(found, stands(found, {("column", "sex"): [best("sex", "F", "0.5")]}))

    assert [(one.verdict, one.message) for one in findings][1:] == [
        (Verdict.NOT_MEASURED, "attribute_predictability of age: no evidence")
    ]


def test_evidence_that_the_maker_measured_does_not_count() -> None:
    found = rules(SHARES)
    mine = replace(
        stands(found, {("column",): [share("branch", "0.01"), share("postcode", "0.01")]}),
        model=Profile(use_case=("churn",), risk_tier=("high",)),
        measured_by={"explainability.proxies.max_attribution_share": frozenset({("ana", "developer")})},
    )

    findings = told(found, mine)
    assert {one.verdict for one in findings} == {Verdict.NOT_MEASURED}
    assert "has to be measured by somebody who did not make the version" in findings[0].message


@pytest.mark.parametrize(
    ("key", "low", "high", "looser"),
    [
        (("max_attribution_share", "postcode"), "0.1", "0.2", True),
        (("max_attribution_share", "postcode"), "0.1", "0.05", False),
        (("max_predictability_of", "min_group_size"), "0", "50", True),
    ],
)
def test_who_builds_on_a_limit_may_only_tighten_it(key: tuple[str, ...], low: str, high: str, looser: bool) -> None:
    assert is_looser(("explainability", "proxies", *key), Decimal(low), Decimal(high)) is looser


def test_a_version_is_known_by_its_own_evidence() -> None:
    found = rules(SHARES)
    other = replace(
        stands(found, {("column",): [share("branch", "0.01"), share("postcode", "0.01")]}), subject=Digest(bytes(32))
    )

    messages = [one.message for one in told(found, other)]
    assert messages[0] == "column=postcode: attribution_share was measured on another version"
