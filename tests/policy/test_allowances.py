"""Who measured, which documents are there, what was waived: what a policy asks besides limits and signatures."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from govern.policy.allowances import Waiver
from govern.policy.clauses import Profile
from govern.policy.findings import Decision, Judgement
from govern.policy.judge import judge
from govern.policy.resolve import lint
from tests.policy.rules import MINIMAL, START, case, evidence, measured, rules, signed

WAIVERS = "waivers: {allowed_for: [auc], max_duration: 90d, requires: {role: risk-officer}}\n"
RISK = frozenset({"risk-officer"})
GIVEN = Waiver("churn-basic", "auc", date(2026, 12, 24), (("rae", RISK),), START, 0, 7)
HIGH = Profile(use_case=("churn",), risk_tier=("high",))


def judged(text: str, auc: str = "0.7", gate: str | None = None, **more: object) -> Judgement:
    found = rules(text)
    made = case(evidence(found, {"auc": [measured(auc)]}), signed("mia", "model-owner"))
    return judge([found], replace(made, **more), gate)  # type: ignore[arg-type]


# Waivers


def test_a_waiver_lifts_a_failure_and_says_so() -> None:
    found = judged(MINIMAL + WAIVERS, waivers=(GIVEN,), gate="production")

    assert found.decision is Decision.ALLOW
    assert found.findings[0].message.endswith("; waived until 2026-12-24 in #7")
    assert found.findings[0].verdict == "waived"


def test_a_waiver_lifts_what_is_inconclusive() -> None:
    text = MINIMAL.replace("min: 0.72", "min: 0.72, confidence: {decide_on: interval}") + WAIVERS
    found = rules(text)
    wide = case(evidence(found, {"auc": [measured("0.73", interval=(0.6, 0.8))]}))

    assert judge([found], wide).decision is Decision.NEEDS_PERSON
    assert judge([found], replace(wide, waivers=(GIVEN,))).decision is Decision.ALLOW


def test_a_waiver_leaves_what_passes_as_it_is() -> None:
    assert judged(MINIMAL + WAIVERS, "0.8", waivers=(GIVEN,)).findings[0].verdict == "pass"


def test_a_waiver_lifts_nothing_that_was_not_measured() -> None:
    found = rules(MINIMAL + WAIVERS)

    assert judge([found], replace(case(), waivers=(GIVEN,))).decision is Decision.NOTHING_CHECKED


@pytest.mark.parametrize(
    ("text", "waiver"),
    [
        pytest.param("", GIVEN, id="no policy allows one"),
        pytest.param(WAIVERS.replace("allowed_for: [auc], ", ""), GIVEN, id="none of this check"),
        pytest.param(WAIVERS.replace("[auc]", "all, never_for: [auc]"), GIVEN, id="all but this check"),
        pytest.param(WAIVERS.replace("[auc]", "[auc], never_for: all"), GIVEN, id="never of any check"),
        pytest.param(WAIVERS, replace(GIVEN, policy="other"), id="of another policy"),
        pytest.param(WAIVERS, replace(GIVEN, check="air"), id="of another check"),
        pytest.param(WAIVERS, replace(GIVEN, until=date(2026, 11, 20)), id="ended"),
        pytest.param(WAIVERS, replace(GIVEN, until=date(2027, 2, 19)), id="longer than allowed"),
        pytest.param(
            WAIVERS, replace(GIVEN, at=START + timedelta(days=90), until=date(2026, 12, 24)), id="given after its end"
        ),
        pytest.param(WAIVERS, replace(GIVEN, renewals=1), id="renewed once too often"),
        pytest.param(WAIVERS.replace("officer}", "officer, quorum: 2}"), GIVEN, id="by too few"),
        pytest.param(WAIVERS, replace(GIVEN, persons=(("rae", frozenset({"auditor"})),)), id="by another role"),
        pytest.param(WAIVERS, replace(GIVEN, persons=(("ana", RISK),)), id="by who made it"),
    ],
)
def test_a_waiver_lifts_nothing(text: str, waiver: Waiver) -> None:
    found = judged(MINIMAL + text, waivers=(waiver,))

    assert (found.decision, found.because) == (Decision.DENY, ("checks.auc",))


@pytest.mark.parametrize("allowed", ["[auc]", "all"])
def test_a_waiver_holds_from_its_first_to_its_last_moment(allowed: str) -> None:
    text = MINIMAL + WAIVERS.replace("[auc]", allowed)

    first = judged(text, waivers=(GIVEN,), at=START)
    last = judged(text, waivers=(GIVEN,), at=START.replace(month=12, day=24, hour=23, minute=59))

    assert (first.decision, last.decision) == (Decision.ALLOW, Decision.ALLOW)


# Who measured


DEFAULT = frozenset({("ana", "developer")})


@pytest.mark.parametrize(
    ("asked", "tier", "persons", "reason"),
    [
        pytest.param("", "low", DEFAULT, "", id="a low tier by its maker"),
        pytest.param("", "high", DEFAULT, "measured_by", id="a high tier by its maker"),
        pytest.param("", "critical", DEFAULT, "measured_by", id="a critical one too"),
        pytest.param("", "high", frozenset[tuple[str, str]](), "measured_by", id="by nobody who counts"),
        pytest.param("", "high", frozenset({("dan", "developer")}), "", id="by somebody else"),
        pytest.param("", "high", DEFAULT | {("vic", "validator")}, "", id="by both"),
        pytest.param("", "medium", DEFAULT, "", id="a medium tier by its maker"),
        pytest.param("", "tier-1", DEFAULT, "measured_by", id="a tier that may be high"),
        pytest.param(
            "{role: validator}",
            "high",
            frozenset({("ana", "validator")}),
            "measured_by",
            id="a high tier by its maker, as validator",
        ),
        pytest.param("{role: validator}", "low", DEFAULT, "measured_by", id="not by a validator"),
        pytest.param(
            "{role: validator}", "low", frozenset({("ana", "validator")}), "", id="by its maker, as validator"
        ),
        pytest.param(
            "{role: validator, not_same_as: [makers]}",
            "low",
            frozenset({("ana", "validator"), ("dan", "developer")}),
            "measured_by",
            id="a validator who made it and somebody else who is none",
        ),
    ],
)
def test_evidence_counts_by_who_measured_it(
    asked: str, tier: str, persons: frozenset[tuple[str, str]], reason: str
) -> None:
    text = MINIMAL + (f"evidence: {{measured_by: {asked}}}\n" if asked else "")

    found = judged(text, "0.8", model=HIGH.model_copy(update={"risk_tier": (tier,)}), measured_by={"auc": persons})

    assert found.findings[0].reason == reason
    assert (found.decision is Decision.ALLOW) is (reason == "")


def test_who_has_to_measure_is_said_in_words() -> None:
    by_role = judged(
        MINIMAL + "evidence: {measured_by: {role: [validator, auditor], not_same_as: [makers]}}\n",
        measured_by={"auc": DEFAULT},
    )
    by_tier = judged(MINIMAL, model=HIGH, measured_by={})

    assert by_role.findings[0].message == (
        "roc_auc has to be measured by a auditor or a validator who did not make the version"
    )
    assert by_tier.findings[0].message == "roc_auc has to be measured by somebody who did not make the version"


def test_a_failing_number_that_counts_for_nobody_cannot_be_waived_either() -> None:
    found = judged(MINIMAL + WAIVERS, model=HIGH, measured_by={"auc": DEFAULT}, waivers=(GIVEN,))

    assert found.because == ("checks.auc.measured_by",)


# Documents


WRITTEN = "documentation: {required: [purpose], min_words: {purpose: 4, limits: 2}}\n"


@pytest.mark.parametrize(
    ("documents", "because"),
    [
        pytest.param({}, ("documentation.purpose.missing", "documentation.limits.missing"), id="none"),
        pytest.param({"purpose": 3, "limits": 2}, ("documentation.purpose.short",), id="a heading"),
        pytest.param({"purpose": 4, "limits": 2}, (), id="enough"),
        pytest.param({"purpose": None, "limits": 9, "other": 1}, (), id="a PDF, whose words nobody counts"),
    ],
)
def test_every_section_that_is_asked_for_has_something_in_it(
    documents: dict[str, int | None], because: tuple[str, ...]
) -> None:
    found = judged(MINIMAL + WRITTEN, "0.8", documents=documents)

    assert found.because == because
    assert [one.rule for one in found.findings] == ["checks.auc", "documentation.purpose", "documentation.limits"]


# Mistakes


@pytest.mark.parametrize(
    ("line", "message"),
    [
        pytest.param(WAIVERS.replace("[auc]", "[air]"), 'names an unknown check "air"', id="waives no check"),
        pytest.param(
            WAIVERS.replace("[auc]", "[auc], never_for: [air]"), 'unknown check "air"', id="never waives none"
        ),
        pytest.param(WAIVERS.replace("officer}", "officer, quorum: 0}"), "quorum 0 asks for nobody", id="by nobody"),
        pytest.param(
            WAIVERS.replace("officer}", "officer, quorum: 51}"), "quorum 51 can never be reached", id="by a crowd"
        ),
        pytest.param(
            WAIVERS.replace("officer}", "officer, not_same_as: [sign-off]}"),
            'only "makers" can stand here, not "sign-off"',
            id="by others than an approval's",
        ),
        pytest.param(
            "evidence: {measured_by: {role: validator, not_same_as: [sign-off]}}\n",
            'only "makers" can stand here, not "sign-off"',
            id="measured by others than an approval's",
        ),
    ],
)
def test_a_mistake_in_what_is_allowed_is_named(line: str, message: str) -> None:
    found = lint((MINIMAL + line).encode(), "p.yaml", "0.1.0")

    assert not found.is_clean
    assert any(message in one.message for one in found.diagnostics)


def test_what_is_allowed_as_it_should_be_has_no_mistake() -> None:
    text = WAIVERS.replace("officer}", "officer, quorum: 50, not_same_as: [makers]}")
    measured_by = "evidence: {measured_by: {role: validator, not_same_as: [makers]}}\n"

    assert lint((MINIMAL + text + measured_by).encode(), "p.yaml", "0.1.0").is_clean
