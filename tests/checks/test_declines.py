"""Reasons of all who are declined: counted, the same in any order of rows, and nobody's own in the evidence."""

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from govern.checks import plan
from govern.checks.binding import Rule
from govern.checks.cases import Case, explain
from govern.checks.declines import Asked
from govern.checks.population import Reference, ReferenceKind
from govern.checks.reasons import Dictionary
from govern.checks.sandbox import ModelFile
from govern.ledger.strict import Digest
from govern.policy.evidence import Columns, Evidence, Plan, Planned
from govern.policy.metrics import REASON_COVERAGE
from tests.checks.conftest import DICTIONARY, Bank

APPROVE = Rule("score", ">=", Decimal("0.5"))
CHECK = Planned(check="reasons", metric=REASON_COVERAGE, by=(), favourable=None, interval=None)
PLAN = Plan(
    digits=12,
    columns=Columns(label="repaid", prediction="score >= 0.5", score="score", positive="1"),
    checks=(CHECK,),
)


def measured(bank: Bank, rows: str = "applicants.csv", **asked: Any) -> plan.Run:
    terms = Asked(**{"approve": APPROVE, "dictionary": DICTIONARY, **asked})
    return plan.run(PLAN, bank[rows], by_model=ModelFile.read(bank["model.json"]), reasons=terms)


def kept(evidence: Evidence, name: str) -> dict[tuple[str | None, ...], tuple[int, ...]]:
    return next(table.read() for table in evidence.tables if table.name == name)


def test_every_declined_case_counts_the_reasons_it_would_be_told(bank: Bank) -> None:
    run = measured(bank, most=12)

    declined, explained, reasoned, _ = kept(run.evidence, "declines")[()]
    ids = [str(one) for one in bank.applicants.id]
    alone: list[tuple[str, ...]] = []
    for case in ids:
        if len(alone) == 3:
            break
        found = explain(
            ModelFile.read(bank["model.json"]), APPROVE, Case(bank.rows, "id", case), Reference(bank.rows), DICTIONARY
        )
        if not found.is_approved:
            alone.append(tuple(one.code for one in found.reasons.reasons))
    given = kept(run.evidence, "reasons given")
    assert (explained, reasoned) == (12, 12)
    assert declined > explained
    assert sum(first for first, _ in given.values()) == reasoned
    assert {code for codes in alone for code in codes} <= {str(code) for (code,) in given} | {"R04"}
    (result,) = run.evidence.of("reasons")
    assert result.measures[0].value == 1
    assert [(one.why, one.n) for one in result.excluded] == [("not_drawn", declined - explained)]
    assert run.explained
    assert run.explained[0] == "govern"
    (second,) = [one for one in run.opinions if one.library == "shap"]
    assert (second.numbers, second.why) == (32, "")
    assert second.what.startswith("contributions to 8 cases against ")
    assert second.difference < 1e-6


def test_the_population_of_one_case_is_that_of_all(bank: Bank) -> None:
    run = measured(bank, most=1)
    found = explain(
        ModelFile.read(bank["model.json"]), APPROVE, Case(bank.rows, "id", "3"), Reference(bank.rows), DICTIONARY
    )

    assert run.evidence.plan.reasoning
    assert run.evidence.plan.reasoning.population == found.reference
    assert run.evidence.plan.scored_by == Digest.of(bank["model.json"].read_bytes())


def test_rows_in_another_order_give_the_same_evidence(bank: Bank) -> None:
    assert bytes(measured(bank, most=20).evidence) == bytes(measured(bank, "shuffled.csv", most=20).evidence)


def test_the_evidence_names_no_case(bank: Bank) -> None:
    evidence = measured(bank, most=20).evidence

    assert {table.name for table in evidence.tables} == {"declines", "reasons blocked", "reasons given"}
    assert {len(row) for table in evidence.tables for row in table.rows} <= {2, 3, 4}
    assert Evidence.parse(bytes(evidence)) == evidence


@pytest.mark.parametrize(
    ("dictionary", "why"),
    [
        pytest.param(
            "income: {code: R1, text: x, prohibited: true}", "income .* is a prohibited basis", id="prohibited"
        ),
        pytest.param("income: {code: R1, text_high: x}", "income .* has no text_low", id="no words"),
    ],
)
def test_reasons_that_may_not_be_given_are_no_reasons(bank: Bank, dictionary: str, why: str) -> None:
    rest = "debt: {code: R2, text: x}\n  late: {code: R3, text: x}\n  noise: {code: R4, text: x}"
    words = Dictionary.parse(f"schema: govern/reasons/v1\nreasons:\n  {dictionary}\n  {rest}\n".encode())

    evidence = measured(bank, dictionary=words, most=30).evidence

    _, explained, reasoned, _ = kept(evidence, "declines")[()]
    blocked = {str(text): n for (text,), (n,) in kept(evidence, "reasons blocked").items()}
    assert reasoned < explained
    assert any(re.search(why, text) for text in blocked)
    (measure,) = evidence.of("reasons")[0].measures
    assert measure.exact is not None
    assert measure.exact < 1


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        pytest.param({"approve": Rule("score", ">=", Decimal(0))}, "nobody_declined", id="nobody is declined"),
        pytest.param({"least_reference": 10_000}, "small_reference", id="too few are approved"),
    ],
)
def test_what_cannot_be_explained_is_undefined(bank: Bank, asked: dict[str, Any], reason: str) -> None:
    (measure,) = measured(bank, **asked).evidence.of("reasons")[0].measures

    assert (measure.value, measure.reason) == (None, reason)


def test_without_a_model_it_is_not_measured(bank: Bank, tmp_path: Path) -> None:
    auc = CHECK.model_copy(update={"check": "rate", "metric": "base_rate"})
    columns = Columns(label="repaid", prediction=None, score=None, positive="1")

    run = plan.run(Plan(digits=12, columns=columns, checks=(auc, CHECK)), bank.rows)

    assert dict(run.unmeasured)["reasons"] == "reason_coverage needs the model, its rule and its dictionary"


def test_another_reference_is_another_plan(bank: Bank) -> None:
    near, everybody = measured(bank, most=5), measured(bank, reference=ReferenceKind.ALL, most=5)

    assert near.evidence.plan.reasoning != everybody.evidence.plan.reasoning
    assert kept(everybody.evidence, "declines")[()][3] == len(bank.applicants)
