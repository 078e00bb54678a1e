"""Reasons as a policy asks for them: in which words, against whom, how many, and how stable; never passed for want of a trial."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from govern.ledger.strict import Digest
from govern.policy.asked import About
from govern.policy.clauses import Profile
from govern.policy.diagnostics import Severity
from govern.policy.evidence import Evidence, Measure, Reasoning, Result, Table
from govern.policy.explaining import JACCARD, REASONS, TOLD, Tried, evidence_of
from govern.policy.findings import Finding
from govern.policy.judge import Case, judge
from govern.policy.plain import explained
from govern.policy.resolve import lint
from govern.policy.trials import read_trials
from tests.policy.rules import MINIMAL, case, rules

WORDS, OTHER = Digest.of(b"our words"), Digest.of(b"other words")
POLICY = (
    MINIMAL
    + f"""\
explainability:
  reason_codes: {{dictionary: "{WORDS}", min: 1, max: 3, reference: near_cutoff}}
  stability: {{metric: top_k_jaccard, resamples: 20, min: 0.90}}
"""
)
TESTS = f"""\
schema: govern/policy-test/v1
policy: p.yaml
clock: 2027-01-15T09:00:00Z
fixtures:
  good:
    model: {{use_case: churn, makers: [ana]}}
    evidence: {{auc: {{value: 0.8}}}}
    reasons: dictionary
    wordings: "{WORDS}"
    tried_reasons: {{alike: 0.90, told: {{"1": 20, "3": 180}}}}
tests:
  - {{name: n, given: good, change: CHANGE, expect: {{decision: allow}}}}
"""


def found(change: str = "{}", policy: str = POLICY) -> dict[str, Finding]:
    (test,) = read_trials(TESTS.replace("CHANGE", change).encode(), "t.yaml").tests
    findings = test.run(rules(policy)).judgement.findings
    return {one.id: one for one in findings if one.rule.startswith("explainability")}


def test_reasons_that_are_as_they_are_asked_for_pass_each_with_its_own_finding() -> None:
    assert {id_: (one.verdict.value, one.message) for id_, one in found().items()} == {
        "explainability.reason_codes": ("pass", "it has a dictionary of reasons"),
        "explainability.reason_codes.dictionary": ("pass", f"its reasons are worded by {WORDS}"),
        "explainability.reason_codes.reference": (
            "pass",
            "the declined were compared with the approved near the cut-off",
        ),
        "explainability.reason_codes.min": ("pass", "all of 200 declined are told at least 1 reasons"),
        "explainability.reason_codes.max": ("pass", "all of 200 declined are told at most 3 reasons"),
        "explainability.stability": ("pass", "top_k_jaccard is 0.9, asked for: at least 0.9"),
    }


DENIED = [
    (f'{{wordings: "{OTHER}"}}', "reason_codes.dictionary", "fail", f"its reasons are worded by {OTHER}, asked for: {WORDS}"),
    ("{reasons: null}", "reason_codes.dictionary", "not_measured", "it has no dictionary of reasons"),
    ("{tried_reasons.reference: all}", "reason_codes.reference", "fail", "the declined were compared with all applicants, asked for: the approved near the cut-off"),
    ("{tried_reasons: null}", "reason_codes.reference", "not_measured", "with whom the declined were compared is not on record"),
    ('{tried_reasons.told: {"0": 3, "2": 7}}', "reason_codes.min", "fail", "3 of 210 declined are told fewer than 1 reasons"),
    ("{tried_reasons: null}", "reason_codes.min", "not_measured", "how many reasons the declined are told is not on record"),
    ('{tried_reasons.told: {"3": 3, "4": 7}}', "reason_codes.max", "fail", "7 of 30 declined are told more than 3 reasons"),
    ("{tried_reasons: null}", "reason_codes.max", "not_measured", "how many reasons the declined are told is not on record"),
    ("{tried_reasons.alike: 0.8999}", "stability", "fail", "top_k_jaccard is 0.8999, asked for: at least 0.9"),
    ("{tried_reasons: null}", "stability.not_measured", "not_measured", "top_k_jaccard: no evidence"),
    ("{tried_reasons.resamples: 19}", "stability.not_measured", "not_measured", "the reference was drawn anew 19 times, asked for: 20"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "id_", "verdict", "message"), DENIED, ids=[f"{id_} {verdict}" for _, id_, verdict, _ in DENIED]
)
def test_reasons_that_are_not_as_they_are_asked_for_deny(change: str, id_: str, verdict: str, message: str) -> None:
    one = found(change)[f"explainability.{id_}"]

    assert (one.verdict.value, one.message, one.effect.value) == (verdict, message, "deny")
    assert verdict == "fail" or "govern decisions validate" in one.remedy or "--reasons" in one.remedy


def test_an_evaluation_that_explained_the_declined_says_with_whom_they_were_compared() -> None:
    policy = MINIMAL.replace("approvals:", "  - {id: told, metric: reason_coverage, min: 1}\napprovals:", 1)
    policy += "explainability: {reason_codes: {reference: near_cutoff}}\n"
    change = "{tried_reasons: null, evidence: {told: {value: 1}}}"

    told = found(change, policy)["explainability.reason_codes.reference"]
    other = found(change.replace("value: 1", "value: 1, reference: all"), policy)

    assert told.verdict.value == "pass"
    assert other["explainability.reason_codes.reference"].verdict.value == "fail"


def test_a_path_that_nobody_pinned_says_no_words() -> None:
    one = found(policy=POLICY.replace(f'"{WORDS}"', "reasons/credit.yaml"))["explainability.reason_codes.dictionary"]

    assert (one.verdict.value, one.effect.value) == ("not_measured", "deny")
    assert one.message == "which words reasons/credit.yaml has is not on record: a policy is judged without its folder"


def test_more_than_four_reasons_nobody_is_told_and_nobody_asks_how_many() -> None:
    policy = MINIMAL + "explainability: {reason_codes: {max: 4}}\n"

    assert list(found("{tried_reasons: null}", policy)) == ["explainability.reason_codes"]


def test_another_measure_of_stability_is_measured_by_nothing() -> None:
    policy = POLICY.replace("top_k_jaccard", "kendall_tau")

    adopted = lint(policy.encode(), "p.yaml", "999999.0.0").resolved
    assert adopted
    (test,) = read_trials(TESTS.replace("CHANGE", "{}").encode(), "t.yaml").tests
    (one,) = (one for one in test.run(adopted).judgement.findings if one.rule == "explainability.stability")
    assert (one.verdict.value, one.message) == ("not_measured", "nothing here measures kendall_tau")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("near_cutoff", "near_cutof", '14:153 GOV105 reference: expected near_cutoff or approved or all, found the text "near_cutof"|did you mean "near_cutoff"?'),
        ("top_k_jaccard", "jaccard", '15:23 GOV105 metric: expected top_k_jaccard, found the text "jaccard"|did you mean "top_k_jaccard"?'),
    ],
)  # fmt: skip
def test_what_nothing_measures_is_found_where_it_stands(old: str, new: str, said: str) -> None:
    text = POLICY.replace(old, new)

    (one,) = (one for one in lint(text.encode(), "p.yaml", "0.1.0").diagnostics if one.severity is Severity.ERROR)

    assert text.splitlines()[one.line - 1][one.column - 1 :].startswith(new)
    assert f"{one.code} {one.message}|{one.help}" == said.partition(" ")[2]


# Whose word it is


def tried(by: str, subject: Digest) -> tuple[Evidence, dict[str, frozenset[tuple[str, str]]]]:
    reasoning = Reasoning(approve="score < 1", dictionary=WORDS, reference="near_cutoff", population=OTHER, most=9)
    evidence = evidence_of(Tried(0.95, 9, {1: 9}, 20, 7, 90, reasoning), OTHER, subject)
    return evidence, {REASONS: frozenset({(by, "validator")})}


@pytest.mark.parametrize(
    ("by", "subject", "verdict"),
    [("vic", "a", "pass"), ("ana", "a", "not_measured"), ("vic", "b", "not_measured")],
    ids=["a validator", "who made it", "another version"],
)
def test_a_trial_counts_of_this_version_by_somebody_who_did_not_make_it(by: str, subject: str, verdict: str) -> None:
    evidence, persons = tried(by, Digest.of(subject.encode()))
    blank = case()
    mine = Case(
        Profile(use_case=("churn",), risk_tier=("high",)), "in_review", frozenset({"ana"}), {REASONS: evidence}, (), blank.at,
        measured_by=persons, subject=Digest.of(b"a"),
    )  # fmt: skip

    findings = judge([rules(POLICY)], mine).findings

    (one,) = (one for one in findings if one.rule == "explainability.stability")
    assert one.verdict.value == verdict


def _of_another_metric(one: Evidence) -> Evidence:
    planned, result = one.plan.checks[0], one.results[0]
    plan = one.plan.model_copy(update={"checks": (planned.model_copy(update={"metric": "roc_auc"}),)})
    return one.model_copy(update={"plan": plan, "results": (result.model_copy(update={"metric": "roc_auc"}),)})


def _told(one: Evidence, rows: dict[tuple[str | None, ...], tuple[int]], name: str = TOLD) -> Evidence:
    return one.model_copy(update={"tables": (Table.made(name, ["reasons"], ["n"], rows),)})


CRAFTED: list[Any] = [
    pytest.param(_of_another_metric, id="of another metric"),
    pytest.param(lambda one: one.model_copy(update={"results": ()}), id="without a result"),
    pytest.param(
        lambda one: one.model_copy(
            update={"results": (Result.made(REASONS, JACCARD, [Measure.undefined("no_rows", 0)]),)}
        ),
        id="without a number",
    ),
    pytest.param(
        lambda one: one.model_copy(update={"plan": one.plan.model_copy(update={"trial": None})}), id="without a trial"
    ),
    pytest.param(lambda one: _told(one, {("many",): (9,)}), id="told a word"),
    pytest.param(lambda one: _told(one, {("3",): (9,), ("0",): (-9,)}), id="told fewer than none"),
    pytest.param(lambda one: _told(one, {("3",): (9,)}, "told"), id="without a table"),
]


@pytest.mark.parametrize("craft", CRAFTED)
def test_a_trial_that_is_not_written_as_a_trial_says_nothing_and_breaks_nothing(
    craft: Callable[[Evidence], Evidence],
) -> None:
    evidence, persons = tried("vic", Digest.of(b"a"))
    crafted = Evidence.parse(bytes(craft(evidence)))
    mine = replace(case(), evidence={REASONS: crafted}, measured_by=persons)

    findings = {one.id: one for one in judge([rules(POLICY)], mine).findings}

    assert findings["explainability.stability.not_measured"].verdict.value == "not_measured"
    assert findings["explainability.reason_codes.min"].verdict.value == "not_measured"


def test_evidence_of_another_check_does_not_say_how_many_reasons_are_told() -> None:
    evidence, persons = tried("vic", Digest.of(b"a"))
    nobody = _told(evidence, {("0",): (9,)})

    for order in ({"auc": evidence, REASONS: nobody}, {REASONS: nobody, "auc": evidence}):
        mine = replace(case(), evidence=order, measured_by=persons | {"auc": persons[REASONS]})
        findings = {one.id: one for one in judge([rules(POLICY)], mine).findings}

        assert findings["explainability.reason_codes.min"].message == "9 of 9 declined are told fewer than 1 reasons"
        assert findings["explainability.stability"].verdict.value == "pass"


def test_reasons_that_were_found_in_other_words_are_told() -> None:
    evidence, persons = tried("vic", Digest.of(b"a"))
    mine = replace(
        case(),
        evidence={REASONS: evidence},
        measured_by=persons,
        about=About(has_wordings=True, wordings=OTHER),
    )

    policy = POLICY.replace(str(WORDS), str(OTHER))

    findings = {one.id: one for one in judge([rules(policy)], mine).findings}
    assert findings["explainability.reason_codes.dictionary"].message == (
        f"its reasons are worded by {WORDS}, asked for: {OTHER}"
    )


def test_evidence_of_a_trial_has_one_spelling() -> None:
    evidence, _ = tried("vic", Digest.of(b"a"))

    assert Evidence.parse(bytes(evidence)) == evidence


def test_a_policy_says_in_words_how_stable_reasons_have_to_be() -> None:
    said = dict(explained(rules(POLICY).policy))["Besides"]

    assert "Reasons stay alike (top_k_jaccard at least 0.9) when the reference is drawn anew 20 times." in said
    assert (
        "Whoever is declined is told at least 1 and at most 3 reasons, in the words of a dictionary, and compared with the "
        "approved near the cut-off."
    ) in said


def test_what_to_run_is_one_command_that_can_be_copied() -> None:
    untried = found("{tried_reasons: null}")

    assert untried["explainability.reason_codes.reference"].remedy.endswith("--as WHO --against near_cutoff`")
    assert untried["explainability.stability.not_measured"].remedy.endswith("--as WHO --resamples 20`")
