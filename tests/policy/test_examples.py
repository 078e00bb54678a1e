"""The examples of the guide: written as the language was meant, they lint with exit 0 and say what they seem to say."""

from datetime import date
from pathlib import Path

from govern.library import library
from govern.policy.diagnostics import Severity
from govern.policy.document import Policy, Stage
from govern.policy.flat import built_on
from govern.policy.resolve import Resolved, lint
from govern.policy.trials import read_trials
from tests.cli.terminal import Terminal

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
CREDIT = EXAMPLES / "credit.yaml"


def credit() -> Resolved:
    found = lint(CREDIT.read_bytes(), "credit.yaml", "0.1.0", library(), date(2027, 12, 2))
    assert found.resolved, found.rendered()
    assert [one for one in found.diagnostics if one.severity is Severity.ERROR] == []
    return found.resolved


def policy() -> Policy:
    return credit().policy


def test_the_example_of_credit_lints_with_exit_0(tmp_path: Path) -> None:
    said = Terminal.at(tmp_path).ok("policy", "lint", CREDIT)

    assert "1 policy, 0 errors" in said.out


def test_it_passes_its_tests() -> None:
    read = read_trials(CREDIT.with_suffix(".test.yaml").read_bytes(), "credit.test.yaml")

    assert read.diagnostics == ()
    assert [one.run(credit()).wrong for one in read.tests] == [""] * 7


def test_what_its_pack_asks_for_is_asked_for_as_well() -> None:
    found = policy()

    assert built_on(credit().text) == ("core/high-risk 1.0.0",)
    assert found.data.training
    assert "digest" in found.data.training.required_fields
    assert found.documentation
    assert {"intended_purpose", "limitations", "human_oversight", "purpose", "data", "method"} == set(
        found.documentation.required
    )
    assert {one.value for one in found.approvals["committee"].void_on} == {
        "artifact_change",
        "evidence_change",
        "policy_major",
        "waiver_expired",
    }
    assert set(found.approvals_of("production")) == {"validation", "fair-lending", "committee"}
    assert found.gates["validated"].from_ == (Stage.IN_REVIEW,)
    assert found.measured_by
    assert found.measured_by.not_same_as == ("makers",)


def test_it_only_watches_where_no_gate_leads() -> None:
    enforcement = policy().enforcement

    assert [enforcement.in_(name).value for name in ("dev", "ci", "prod-eu", "prod-us")] == [
        "observe",
        "warn",
        "enforce",
        "enforce",
    ]
    assert enforcement.in_(None).value == "enforce"
