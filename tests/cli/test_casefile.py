"""What a report says of a finding, from what the judge says."""

from datetime import UTC, datetime

from govern.cli import casefile
from govern.demo.models import POLICY
from govern.policy.findings import Decision, Finding, Judgement, Verdict
from govern.policy.resolve import resolve


def test_a_finding_is_titled_by_what_it_measures_and_not_by_its_remedy() -> None:
    rules = resolve(POLICY, "retail-credit.yaml", "0.1.0")
    judgement = Judgement(Decision.ALLOW, (), (), (rules,), datetime(2026, 11, 20, tzinfo=UTC))

    found = casefile._finding(
        Finding("retail-credit", "1.0.0", "checks.four-fifths", "retail-credit.yaml:9:5", Verdict.PASS, "it is 0.93"),
        judgement,
    )

    assert found.title == "adverse impact ratio"
