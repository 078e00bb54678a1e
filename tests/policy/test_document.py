from decimal import Decimal

import pytest

from govern.policy.clauses import Profile
from govern.policy.document import Policy
from govern.policy.metrics import METRICS, OTHER_NAMES
from govern.policy.two_persons import two_persons
from tests.policy.rules import FAIRNESS, MINIMAL, rules

# Written by version 1 of the format and never to be changed: approvals bind to these digests.
MINIMAL_BYTES = (
    b'{"applies_to":{"use_case":["churn"]},"approvals":{"sign-off":{"quorum":"1","role":["model-owner"]}},"checks":[{"id":'
    b'"auc","metric":"roc_auc","min":"0.72"}],"gates":{"production":{"approvals":["sign-off"],"checks":["auc"]}},"id":'
    b'"churn-basic","owner":"ml-platform","schema":"govern/policy/v1","version":"1.0.0"}'
)
MINIMAL_DIGEST = "sha256:8dc035bec67aeaa9c15c88f3476486e3552ad0df52b7b538935316818cc2f160"
FAIRNESS_DIGEST = "sha256:04d9765c9c01ed6fb9a82c6dae8dc8f2612d2d68232e55473e4b97a17dc2794f"


def test_the_digest_of_a_policy_is_frozen() -> None:
    minimal, fairness = rules(MINIMAL), rules(FAIRNESS)

    assert bytes(minimal.policy) == MINIMAL_BYTES
    assert str(minimal.digest) == MINIMAL_DIGEST
    assert str(fairness.digest) == FAIRNESS_DIGEST


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("owner: ml-platform", "owner: ml-platform  # who to ask", id="a comment"),
        pytest.param("0.72", "0.7200", id="trailing zeros"),
        pytest.param("0.72", "72e-2", id="an exponent"),
        pytest.param("quorum: 1", "quorum: 1.0", id="a count with a point"),
        pytest.param("{use_case: churn}", "\n  use_case:\n  - 'churn'", id="another style"),
        pytest.param("checks: [auc]", "checks: auc", id="one text for a list of one"),
        pytest.param("{role: model-owner, quorum: 1}", "{quorum: 1, role: model-owner}", id="another order of keys"),
    ],
)
def test_what_means_the_same_has_the_same_digest(old: str, new: str) -> None:
    assert rules(MINIMAL.replace(old, new)).digest == rules(MINIMAL).digest


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param("0.72", "0.7200001", id="a limit"),
        pytest.param("quorum: 1", "quorum: 2", id="a quorum"),
        pytest.param(", quorum: 1", "", id="a default that was written"),
        pytest.param("1.0.0", "1.0.1", id="the version"),
        pytest.param("owner:", "title: x\nowner:", id="a title"),
    ],
)
def test_whatever_is_written_is_in_the_digest(old: str, new: str) -> None:
    assert rules(MINIMAL.replace(old, new)).digest != rules(MINIMAL).digest


def test_a_resolved_policy_knows_where_each_rule_is_written() -> None:
    assert rules(MINIMAL, "policies/churn.yaml").places == {
        "policy": "policies/churn.yaml:1:1",
        "checks.auc": "policies/churn.yaml:7:5",
        "approvals.sign-off": "policies/churn.yaml:9:3",
        "gates.production": "policies/churn.yaml:11:3",
    }


def test_the_plan_holds_what_changes_a_number_and_no_limit() -> None:
    auc, air = rules(FAIRNESS).policy.plan()

    assert (auc.check, auc.metric, auc.by) == ("auc", "roc_auc", ())
    assert auc.interval is not None
    assert (auc.interval.level, auc.interval.resamples) == (Decimal("0.95"), 1000)
    assert [(one.name, one.column, one.groups, one.reference) for one in air.by] == [
        ("sex", "applicant_sex", ("F", "M"), "M")
    ]
    assert (air.favourable, air.min_group_size) == ("approve", 100)
    assert rules(FAIRNESS.replace("min: 0.8\n", "min: 0.9\n")).policy.plan() == (auc, air)


def test_a_column_without_a_declaration_stands_for_itself() -> None:
    text = MINIMAL.replace("min: 0.72", "min: 0.72, by: region")

    (planned,) = rules(text).policy.plan()

    assert [(one.name, one.column, one.groups, one.reference) for one in planned.by] == [
        ("region", "region", None, None)
    ]
    assert planned.interval is None


def approvals(policy: Policy, gate: str) -> list[str]:
    return list(policy.approvals_of(gate))


def test_current_approvals_are_those_of_the_gates_before() -> None:
    policy = rules(FAIRNESS).policy

    assert approvals(policy, "validated") == []
    assert approvals(policy, "approved") == ["validation", "committee"]
    assert approvals(policy, "production") == ["validation", "committee"]


def test_a_stage_without_a_gate_adds_no_approvals() -> None:
    text = FAIRNESS.replace("{from: [approved], checks: all", "{from: [approved, suspended], checks: all")

    assert approvals(rules(text).policy, "production") == ["validation", "committee"]


def test_gates_that_lead_to_one_another_end() -> None:
    text = FAIRNESS.replace("[in_review], checks: all", "[in_review], checks: all, approvals: validation").replace(
        "{from: validated, checks: all, approvals: [validation,",
        "{from: [validated, production], checks: all, approvals: [current,",
    )

    assert approvals(rules(text).policy, "production") == ["validation", "committee"]


@pytest.mark.parametrize(
    ("asked", "model", "is_covered"),
    [
        (Profile(), Profile(), True),
        (Profile(use_case=("a", "b")), Profile(use_case=("b",)), True),
        (Profile(use_case=("a",)), Profile(), False),
        (Profile(jurisdictions=("EU", "US")), Profile(jurisdictions=("US", "UK")), True),
        (
            Profile(jurisdictions=("EU",), risk_tier=("high",)),
            Profile(jurisdictions=("EU",), risk_tier=("low",)),
            False,
        ),
        (Profile(tags={"product": ("card",)}), Profile(tags={"product": ("card", "loan")}), True),
        (Profile(tags={"product": ("card",)}), Profile(), False),
    ],
)
def test_a_policy_is_for_models_that_have_one_value_of_everything_it_names(
    asked: Profile, model: Profile, is_covered: bool
) -> None:
    assert asked.covers(model) is is_covered


def test_the_rule_of_two_persons_is_a_policy() -> None:
    policy = two_persons().policy

    assert two_persons() is two_persons()
    assert policy.checks_of("production") == ()
    for gate in ("validated", "approved", "production"):
        (approval,) = policy.approvals_of(gate).values()
        assert (approval.role, approval.quorum, approval.not_same_as) == (("validator", "risk-officer"), 1, ("makers",))


def test_no_metric_has_two_meanings() -> None:
    aliases = [alias for metric in METRICS.values() for alias in metric.aliases]

    assert len(set(aliases)) == len(aliases)
    assert not set(aliases) & set(METRICS)
    assert set(OTHER_NAMES.values()) <= set(METRICS)
    assert all(metric.low < metric.high and metric.formula for metric in METRICS.values())
    assert [metric.name for metric in METRICS.values() if not metric.reads] == ["rows"]
