"""Numbers from outside in the record: what admission refuses of them, and how old they are."""

from datetime import date, timedelta

import pytest

from govern.ledger.strict import Digest
from govern.policy.evidence import UNREAD, Evidence, Imported, Measure, Plan, Result
from govern.policy.findings import Finding
from govern.policy.outside import Outside, evidence_of
from govern.record.judging import judgement
from govern.record.models import Descriptor, Sha256, TestResult
from tests.people import PaperLedger, refused
from tests.policy.rules import rules
from tests.record.shelf import DAN, RAE, RULES, VAL, VIC, measured, move, policy, said, say, shelf, sign, submit, the

FIGURES = (
    RULES.replace("approvals:\n", "  - {id: cost, kind: imported, metric: eur_per_case, max: 5}\napprovals:\n", 1)
    + "monitoring: {cost: {every: 30d, checks: [cost]}}\n"
)


def brought(paper: PaperLedger, on: date, value: str = "3.2") -> TestResult:
    numbers = Outside.of("cost ledger", on, [("eur_per_case", value)], 5400)
    found = evidence_of([rules(FIGURES).policy], numbers, date.max, the(paper).digest)
    return filed(paper, found)


def filed(paper: PaperLedger, evidence: Evidence) -> TestResult:
    kept = paper.keep(bytes(evidence))
    return TestResult(
        version=the(paper).digest,
        result="PASSED",
        configuration=(Descriptor(name="evidence", digest=Sha256(sha256=kept.value.hex())),),
        passed_tests=tuple(planned.check for planned in evidence.plan.checks),
        warned_tests=(),
        failed_tests=(),
        evidence=kept,
        source=Digest.of(b"a file"),
        software=(),
        sandbox="none",
    )


@pytest.fixture
def paper() -> PaperLedger:
    paper = shelf()
    say(paper, policy(paper, FIGURES), RAE)
    say(paper, measured(paper), VIC)
    return paper


def found(paper: PaperLedger, rule: str) -> Finding:
    (one,) = (one for one in judgement(paper.registry, the(paper), paper.now, paper.blob).findings if one.rule == rule)
    return one


def test_a_day_that_is_still_to_come_is_refused(paper: PaperLedger) -> None:
    today = paper.now.date()

    refused(paper, said(paper, brought(paper, today + timedelta(days=1)), VIC), "future")
    say(paper, brought(paper, today), VIC)

    assert found(paper, "checks.cost").verdict.value == "pass"


def test_what_is_measured_here_is_never_filed_as_imported(paper: PaperLedger) -> None:
    plan = Plan(
        digits=12,
        columns=UNREAD,
        checks=rules(RULES).policy.plan(),
        imported=Imported(source="a slide", on=date(2026, 1, 1)),
    )
    claimed = Evidence.made(
        plan, [Result.made("auc", "roc_auc", [Measure.measured(0.99, 9)])], rows=9, model=the(paper).digest
    )

    error = refused(paper, said(paper, filed(paper, claimed), VIC), "measured_here")

    assert error.message == "roc_auc is measured here, and never imported"


def test_who_made_the_version_brings_numbers_that_somebody_else_has_to_stand_for(paper: PaperLedger) -> None:
    say(paper, brought(paper, date(2026, 10, 31)), DAN)
    before = found(paper, "checks.cost")

    say(paper, brought(paper, date(2026, 10, 31)), VIC)

    assert (before.id, before.verdict.value) == ("checks.cost.measured_by", "not_measured")
    assert found(paper, "checks.cost").verdict.value == "pass"


def test_an_old_number_is_not_new_because_it_is_filed_late(paper: PaperLedger) -> None:
    say(paper, brought(paper, paper.now.date() - timedelta(days=31)), VIC)
    submit(paper)
    sign(paper, VIC, VAL)
    move(paper, "production")

    assert found(paper, "monitoring.cost").verdict.value == "warn"
    say(paper, brought(paper, paper.now.date() - timedelta(days=2)), VIC)
    assert found(paper, "monitoring.cost").verdict.value == "pass"
