"""A policy in plain sentences."""

from govern.policy.metrics import METRICS
from govern.policy.plain import explained
from tests.policy.rules import FAIRNESS, MINIMAL, rules
from tests.policy.test_trials import POLICY

MORE = """\
schema: govern/policy/v1
id: more
version: 1.0.0
owner: risk
description: "Why it is there. "
effective: {until: 2027-01-01}
applies_to: {jurisdictions: EU, exclude: {tags: {purpose: [a, b]}}}
checks:
  - {id: auc, metric: roc_auc, min: 0.7, max: 0.9, warn_below: 0.75, warn_above: 0.85, on_fail: warn}
  - {id: gap, metric: accuracy, compare: {to: champion, delta_min: -0.1, delta_max: 0.1}, confidence: {decide_on: point}, min: 0.1}
  - {id: rel, metric: accuracy, compare: {to: champion, delta_min: -0.1}}
documentation: {required: [purpose], min_words: {method: 80, purpose: 10}}
approvals:
  first: {role: [validator, auditor]}
gates:
  validated: {checks: [auc, gap], approvals: [first]}
  approved: {documentation: complete}
evidence: {measured_by: {role: validator}}
monitoring: {drift: {every: 1d, checks: [auc]}, breach: {action: alert}}
waivers: {allowed_for: [all], never_for: [gap], max_duration: 9d, max_renewals: 2, requires: {role: cro, quorum: 2}}
enforcement: {mode: warn}
"""


def sentences(text: str) -> dict[str, list[str]]:
    return dict(explained(rules(text).policy))


def test_a_small_policy_is_a_handful_of_sentences() -> None:
    assert sentences(MINIMAL) == {
        "What it is": ["churn-basic, release 1.0.0, kept by ml-platform.", "It is for models for churn."],
        "Checks": [
            f"auc: roc_auc ({METRICS['roc_auc'].formula}) has to be at least 0.72. Failing it blocks.",
        ],
        "Signatures": ["sign-off: one model-owner, nobody who made the version."],
        "Gates": ["production is reached from anywhere with auc passed and the signatures of sign-off."],
        "Exceptions": ["No failing check can be waived."],
    }


def test_every_rule_has_its_sentence() -> None:
    said = sentences(POLICY)

    assert said["What it is"][1] == "It is for models for credit, but not for models with purpose fraud."
    assert said["What it is"][2:] == [
        "It stops what it denies.",
        "In dev it only writes down what it finds, and stops nothing.",
        "In ci it warns, and stops nothing.",
    ]
    assert said["Besides"] == [
        "The training data has at least 100 rows, with its rows, licence, no older than 1y.",
        "The evaluation data is on record.",
        "It has at least 10 rows whose label is 1.",
        "No row of it is in the training data.",
        "Whoever is declined is told at most 4 reasons, in the words of a dictionary.",
        "No input may be sex or marital status, nor be made from it.",
        "It has to be written down: limitations.",
        "drift: in production, every check measured again every 30d.",
        "What is overdue for more than 5d stops the version.",
    ]
    assert "for each sex, and for sex and age together has to be at least 0.8" in said["Checks"][1]
    assert "groups of fewer than 100 are judged together" in said["Checks"][1]
    assert said["Gates"][1] == (
        "production is reached from validated with every check passed and the signatures of risk and the signatures of the "
        "gates before it and every document that is asked for."
    )


def test_what_data_has_to_be_is_said_with_the_columns_that_say_it() -> None:
    data = "data: {training: {disjoint_from: evaluation, disjoint_by: [id, day]}, evaluation: {kind: out_of_time%s}}\n"

    assert sentences(MINIMAL + data % "")["Besides"] == [
        "The training data is on record.",
        "No row of it is in the evaluation data; rows are the same by id and day.",
        "The evaluation data is on record.",
        "It is of days after those of the training data, by the days on record.",
    ]
    assert sentences(MINIMAL + data % ", dated_by: on")["Besides"][-1].endswith("training data, by on.")
    held = MINIMAL + "data: {evaluation: {kind: holdout}}\n"
    assert sentences(held)["Besides"][1] == "No row of it is in the training data."


def test_names_alone_are_names_alone() -> None:
    text = MINIMAL + "explainability: {forbidden_features: {names: [sex]}}\n"

    assert sentences(text)["Besides"] == ["No input may be sex."]


def test_of_proxies_only_what_is_asked_is_said() -> None:
    shares = MINIMAL + "explainability: {proxies: {max_attribution_share: {x: 0.1}}}\n"
    told = MINIMAL + "explainability: {proxies: {max_predictability_of: {attribute: sex, auc: 0.6}}}\n"

    assert sentences(shares)["Besides"] == ["At most 10 % of what moves the score comes from x."]
    assert sentences(told)["Besides"] == ["No input alone tells sex better than 0.6 (AUC)."]


def test_other_policies_have_others() -> None:
    said = sentences(MORE)

    assert said["What it is"] == [
        "more, release 1.0.0, kept by risk.",
        "Why it is there.",
        "It is for models in EU, but not for models with purpose a or b.",
        "It is in force until 2027-01-01.",
        "It warns, and stops nothing.",
    ]
    assert said["Checks"][0].endswith(
        "has to be at least 0.7 and at most 0.9; a warning below 0.75 or above 0.85. Failing it only warns."
    )
    assert "; its distance from the champion at least -0.1 and at most 0.1." in said["Checks"][1]
    assert "is measured; its distance from the champion at least -0.1." in said["Checks"][2]
    assert said["Besides"] == [
        "It has to be written down: purpose (at least 10 words), method (at least 80 words).",
        "What counts is measured by a validator.",
        "drift: in production, auc measured again every 1d.",
    ]
    assert said["Gates"][1] == "approved is reached from anywhere with every document that is asked for."
    assert said["Exceptions"] == [
        "A failure of every check can be accepted by 2 persons, each cro for at most 9d, and may be renewed 2 times.",
        "Never waived: gap.",
    ]


def test_a_policy_says_when_it_is_in_force_and_for_whom() -> None:
    said = sentences(FAIRNESS)

    assert said["What it is"][1:] == [
        "It is for models for credit-scoring of the tier high in EU or US.",
        "It is in force from 2026-01-01 until 2027-12-31.",
        "It has to be reviewed by 2027-06-01.",
    ]
    assert (
        sentences(MINIMAL.replace("applies_to: {use_case: churn}\n", ""))["What it is"][1] == "It is for every model."
    )
    odd = (
        MINIMAL
        + "explainability: {proxies: {max_attribution_share: {x: 0.1}, max_predictability_of: {attribute: [sex, age], auc: 0.65, "
        + "min_group_size: 50}}, stability: {metric: top_k_jaccard, min: 0.9}}\nevidence: {measured_by: {role: v-r, not_same_as: makers}}\n"
    )
    assert sentences(odd)["Besides"] == [
        "At most 10 % of what moves the score comes from x.",
        "No input alone tells sex or age better than 0.65 (AUC); groups of fewer than 50 are not judged.",
        "Reasons stay alike (top_k_jaccard at least 0.9) when the reference is drawn anew 20 times.",
        "What counts is measured by a v-r who did not make the version.",
    ]
