"""What a report says of the policies that judged, from their text and what the judge found."""

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import pikepdf
import pytest

from govern.cli import rulings
from govern.policy.citations import Citation, read_citations
from govern.policy.findings import Judgement
from govern.policy.judge import judge
from govern.policy.resolve import Resolved
from reports.clauses import Clause, Rules
from tests.cli.terminal import Terminal
from tests.policy.rules import case, evidence, measured, rules

CATALOGUE = b"""\
old-guide: {title: The old guide, until: 2026-03-31, superseded_by: new-guide, source: here, checked_on: 2026-11-01, mark: V}
new-guide: {title: The new guide, from: 2026-04-01, source: there, checked_on: 2026-11-01, mark: V}
notices: {title: The law of notices, from: 2011-12-30, source: law, checked_on: 2026-11-01, mark: V}
planned: {title: A planned law, status: draft, source: law, checked_on: 2026-11-01, mark: R}
"""
POLICY = """\
schema: govern/policy/v1
id: churn
version: 2.1.0
title: Who leaves
owner: ml-platform
effective: {from: 2026-01-01, until: 2027-12-31, review_by: 2027-06-01}
references:
  guide: {cite: old-guide, topic: testing}
  law: {cite: notices}
  house: {cite: house-7, title: Rule 7 of the house}
  bill: {cite: planned}
data:
  training: {required_fields: [rows], covers: [guide]}
checks:
  - {id: auc, metric: roc_auc, min: 0.72, covers: [guide, house], remedy: Retrain}
  - {id: hits, metric: accuracy, min: 0.2}
documentation: {required: [limitations], covers: [law]}
approvals:
  sign-off: {role: model-owner, quorum: 1, covers: [house]}
  spare: {role: validator, quorum: 1, covers: [house]}
gates:
  production: {checks: [auc], approvals: [sign-off]}
monitoring:
  drift: {every: 30d, checks: [auc], covers: [law]}
enforcement: {mode: enforce, modes_by_environment: {dev: observe}}
"""
TODAY = date(2026, 11, 20)


@pytest.fixture(scope="module")
def catalogue() -> Mapping[str, Citation]:
    return read_citations(CATALOGUE, "citations.yaml")


@pytest.fixture(scope="module")
def found() -> Resolved:
    return rules(POLICY, "churn.yaml")


@pytest.fixture(scope="module")
def judgement(found: Resolved) -> Judgement:
    return judge([found], case(evidence(found, {"auc": [measured("0.7")]})))


@pytest.fixture(scope="module")
def told(judgement: Judgement, catalogue: Mapping[str, Citation]) -> Rules:
    (one,) = rulings.rules(judgement, "in_review", {}, catalogue, TODAY)
    return one


def test_a_policy_is_summed_up(told: Rules, found: Resolved) -> None:
    titles = [title for title, _ in told.said]

    assert (told.name, told.title, told.digest) == ("churn 2.1.0", "Who leaves", found.digest)
    assert told.in_force == "from 2026-01-01, until 2027-12-31; to be reviewed by 2027-06-01"
    assert (
        told.mode
        == "enforce, it stops what it denies; in dev: observe, it only writes down what it finds, and stops nothing"
    )
    assert (told.meant_for, titles[0]) == ("every model", "Checks")
    assert told.said[0][1][0].startswith("auc: roc_auc")


def test_each_reference_has_what_covers_it_and_why_nothing_is_said_of_it(told: Rules) -> None:
    covers = {one.name: [(cover.what, cover.unjudged) for cover in one.covers] for one in told.controls}

    assert covers == {
        "guide": [("check auc", ""), ("data training", "all that it asks is on record")],
        "law": [("monitoring drift", "begins in production"), ("documents", "it asks for no section")],
        "house": [
            ("check auc", ""),
            ("approval sign-off", "no gate asks for it"),
            ("approval spare", "no gate asks for it"),
        ],
        "bill": [],
    }
    assert [one.clause for one in told.controls] == ["new-guide", "notices", "house-7", "planned"]
    assert told.controls[0].topic == "testing"


def test_a_clause_is_the_one_in_force_on_the_day_of_the_report(
    judgement: Judgement, catalogue: Mapping[str, Citation]
) -> None:
    before = next(rulings.clauses(judgement, catalogue, date(2026, 3, 31)))

    assert list(rulings.clauses(judgement, catalogue, TODAY)) == [
        Clause(
            "new-guide",
            "The new guide",
            "is in force since 2026-04-01",
            "there",
            ("The old guide, which is no longer in force, 2026-03-31 was its last day",),
        ),
        Clause("notices", "The law of notices", "is in force since 2011-12-30", "law"),
        Clause("house-7", "Rule 7 of the house"),
        Clause("planned", "A planned law", "is a draft", "law"),
    ]
    assert before == Clause("old-guide", "The old guide", "is in force until 2026-03-31", "here")


def test_a_finding_rests_on_clauses_and_says_where_it_is_written(
    judgement: Judgement, catalogue: Mapping[str, Citation]
) -> None:
    auc = next(one for one in judgement.findings if one.rule == "checks.auc")

    assert auc.value == Decimal("0.7")
    assert rulings.rested_on(auc, catalogue, TODAY) == ("new-guide", "house-7")
    assert rulings.written_at(auc.place) == "churn.yaml:15"


def test_a_place_in_the_source_is_found_again_in_the_flat_text(told: Rules) -> None:
    places = dict(told.places)
    where = {place: told.lines[line - 1].strip() for line, place in places.items()}

    assert where["churn.yaml:15"] == "- id: auc"
    assert where["churn.yaml:19"] == "sign-off:"
    assert where["churn.yaml:17"] == "documentation:"
    assert where["churn.yaml:1"] == "schema: govern/policy/v1"
    assert told.text.startswith("schema: govern/policy/v1\nid: churn\n")


def test_a_report_of_a_bank_has_its_clauses_and_a_policy_that_is_not_in_force_is_a_finding(measured: Terminal) -> None:
    cited = POLICY.replace("old-guide", "us-sr-11-7").replace("cite: notices", "cite: us-regb-1002.9")
    cited = cited.replace("cite: planned", "cite: bill-9, title: A bill").replace(
        "from: 2026-01-01, until: 2027-12-31, ", ""
    )
    late = cited.replace("id: churn", "id: late").replace("effective: {", "effective: {from: 2999-01-01, ")
    for name, content in (("churn.yaml", cited), ("late.yaml", late.replace("2027-06-01", "2999-06-01"))):
        (measured.folder / name).write_text(content)
        measured.ok("policy", "adopt", name, "--as", "rae")

    measured.ok("report", "credit-risk@2", "-o", "draft.pdf", "--draft", GOVERN_PASSPHRASE="")

    with pikepdf.open(measured.folder / "draft.pdf") as file:
        said = json.loads(file.attachments["report.json"].get_file().read_bytes())
    assert [one["name"] for one in said["rules"]] == ["churn 2.1.0", "credit 1.0.0"]
    assert said["rules"][0]["adopted"].startswith("adopted in #")
    assert [one["id"] for one in said["clauses"]] == ["us-sr-26-2", "us-regb-1002.9", "house-7", "bill-9"]
    assert [(one["rule"], one["verdict"]) for one in said["approvals"] if one["policy"] == "churn 2.1.0"] == [
        ("approvals.sign-off", "inconclusive")
    ]
    assert [one["verdict"] for one in said["findings"] if one["policy"] == "late 2.1.0"] == ["not_applicable"]
    assert "policy credit 1.0.0:7" in {one["place"] for one in said["findings"]}
