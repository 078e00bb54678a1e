"""What a policy asks of data: by what is on record, by what was measured, and of the very rows that its checks are of."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from govern.ledger.strict import Digest
from govern.policy.asked import About, Facts
from govern.policy.evidence import Columns, Evidence, Measure, Plan, Planned, Result
from govern.policy.findings import Finding, Verdict
from govern.policy.implied import every, plan
from govern.policy.judge import judge
from govern.policy.resolve import Resolved
from tests.policy.rules import MINIMAL, case, rules

TRAINED, MEASURED, OTHER = (Digest(bytes([place]) * 32) for place in range(3))
DAYS = {"training": Facts(date_to=date(2026, 3, 31)), "evaluation": Facts(date_from=date(2026, 4, 1))}


def with_data(asked: str) -> str:
    return f"{MINIMAL}data:\n  evaluation:\n    {asked}\n"


def of(asked: Planned, value: int, rows: int = 500, baseline: Digest | None = TRAINED) -> Evidence:
    columns = Columns(label="repaid", prediction=None, score="score", positive="1")
    by = {"column": asked.of[0]} if asked.metric == "days_after_baseline" else {}
    measure = Measure.measured(Fraction(value), rows, by=by)
    result = Result.made(asked.check, asked.metric, [measure], by=tuple(by))
    return Evidence.made(Plan(digits=12, columns=columns, checks=(asked,), baseline=baseline), [result], rows=rows)


def findings(
    found: Resolved, values: Mapping[str, int], about: About, rows: int = 500, baseline: Digest | None = TRAINED
) -> list[Finding]:
    evidence = {
        one.check: of(one, values[one.check], rows, baseline) for one in plan(found.policy) if one.check in values
    }
    stands = replace(case(), evidence=evidence, about=about)
    return [one for one in judge([found], stands).findings if one.rule.startswith("data.")]


def said(found: list[Finding]) -> list[str]:
    return [f"{one.verdict} {one.id} {one.message}" for one in found]


def about(sources: Mapping[str, Digest] | None = None, data: Mapping[str, Facts] | None = None) -> About:
    return About(data={"evaluation": Facts(), **(data or {})}, sources=sources or {})


@pytest.mark.parametrize("word", ["disjoint_from: training", "kind: holdout", "kind: external"])
def test_data_that_is_held_back_shares_no_row_with_what_it_is_held_back_from(word: str) -> None:
    found, name = rules(with_data(word)), word.partition(":")[0]

    (implied,) = plan(found.policy)[1:]
    apart = findings(found, {"auc": 1, implied.check: 0}, about())
    shared = findings(found, {"auc": 1, implied.check: 1}, about())

    assert (implied.metric, implied.against, implied.of) == ("shared_rows", "training", ())
    assert said(apart) == [f"pass data.evaluation.{name} shared_rows is 0, asked for: at most 0"]
    assert said(shared) == [f"fail data.evaluation.{name} shared_rows is 1, asked for: at most 0"]
    assert shared[0].place == "policy.yaml:14:5"


def test_held_back_and_apart_is_measured_once_by_the_columns_that_are_named() -> None:
    found = rules(with_data("kind: holdout\n    disjoint_from: training\n    disjoint_by: [customer, day]"))

    (implied,) = plan(found.policy)[1:]

    assert (implied.check, implied.of) == ("data.evaluation.disjoint_from", ("customer", "day"))


def test_what_nobody_measured_is_named_with_the_command_that_measures_it() -> None:
    found = rules(with_data("disjoint_from: training\n    min_positives: 300"))

    told = findings(found, {"auc": 1}, about())

    assert said(told) == [
        "not_measured data.evaluation.min_positives positives: no evidence",
        "not_measured data.evaluation.disjoint_from shared_rows: no evidence",
    ]
    assert "`govern evaluate MODEL@V --data FILE`" in told[0].remedy
    assert "`govern evaluate MODEL@V --data FILE --baseline FILE`" in told[1].remedy


def test_other_columns_than_are_asked_for_are_not_measured() -> None:
    asked, found = (
        rules(with_data("disjoint_from: training")),
        rules(with_data("disjoint_from: training\n    disjoint_by: customer")),
    )
    evidence = {one.check: of(one, 0) for one in plan(asked.policy)}

    stands = replace(case(), evidence=evidence, about=about())
    told = [one for one in judge([found], stands).findings if one.rule.startswith("data")]

    assert said(told) == [
        "not_measured data.evaluation.disjoint_from shared_rows was measured otherwise than this policy asks"
    ]


# The attacks: a number of other rows


def test_data_that_is_apart_says_nothing_of_numbers_measured_on_other_rows() -> None:
    found = rules(with_data("disjoint_from: training"))
    values, implied = {"auc": 1, "data.evaluation.disjoint_from": 0}, "data.evaluation.disjoint_from"

    same = findings(found, values, about({"auc": MEASURED, implied: MEASURED}))
    moved = findings(found, values, about({"auc": TRAINED, implied: MEASURED}))

    assert [one.verdict for one in same] == [Verdict.PASS]
    assert said(moved) == ["not_measured data.evaluation.disjoint_from auc was measured on other rows"]


def test_only_numbers_that_know_what_came_true_have_to_be_of_the_same_rows() -> None:
    text = with_data("disjoint_from: training").replace(
        "metric: roc_auc, min: 0.72", "metric: selection_rate, min: 0.1"
    )
    found, implied = rules(text), "data.evaluation.disjoint_from"

    told = findings(found, {"auc": 1, implied: 0}, about({"auc": OTHER, implied: MEASURED}))

    assert [one.verdict for one in told] == [Verdict.PASS]


@pytest.mark.parametrize(
    ("digest", "why"),
    [
        (str(OTHER), "it was compared with other data than its training data"),
        (f"{TRAINED}, {OTHER}", "its training data is 2 files, and it was compared with one"),
    ],
)
def test_rows_are_compared_with_all_that_it_was_trained_with(digest: str, why: str) -> None:
    found = rules(with_data("disjoint_from: training"))
    values = {"auc": 1, "data.evaluation.disjoint_from": 0}

    same = findings(found, values, about(data={"training": Facts(digest=str(TRAINED))}))
    told = findings(found, values, about(data={"training": Facts(digest=digest)}))

    assert [one.verdict for one in same] == [Verdict.PASS]
    assert said(told) == [f"not_measured data.evaluation.disjoint_from {why}"]


def test_a_number_of_fewer_rows_than_the_data_has_to_have_fails_whatever_is_on_record() -> None:
    found = rules(with_data("min_rows: 500"))
    known = about(data={"evaluation": Facts(rows=90_000)})

    enough, few = (findings(found, {"auc": 1}, known, rows) for rows in (500, 499))

    assert [one.verdict for one in enough] == [Verdict.PASS]
    assert said(few)[1] == "fail data.evaluation.min_rows auc was measured on 499 rows"
    assert few[1].n == 499


# Out of time


def test_out_of_time_is_every_day_after_the_last_of_training() -> None:
    found = rules(with_data("kind: out_of_time"))

    after = findings(found, {"auc": 1}, about(data=DAYS))
    same_day = findings(found, {"auc": 1}, about(data={**DAYS, "training": Facts(date_to=date(2026, 4, 1))}))

    message = "the evaluation data begins on 2026-04-01, the training data ends on"
    assert said(after) == [f"pass data.evaluation.kind {message} 2026-03-31"]
    assert said(same_day) == [f"fail data.evaluation.kind {message} 2026-04-01"]


@pytest.mark.parametrize(
    ("data", "asked"),
    [
        ({"evaluation": DAYS["evaluation"]}, "--about training:last="),
        ({"training": DAYS["training"]}, "--about evaluation:first="),
    ],
)
def test_days_that_nobody_said_are_asked_for(data: dict[str, Facts], asked: str) -> None:
    (told,) = findings(rules(with_data("kind: out_of_time")), {"auc": 1}, about(data=data))

    assert (told.verdict, told.id) == (Verdict.NOT_MEASURED, "data.evaluation.kind")
    assert asked in told.remedy


def test_days_on_record_are_of_the_rows_on_record_only() -> None:
    found = rules(with_data("kind: out_of_time"))
    known = {**DAYS, "evaluation": replace(DAYS["evaluation"], digest=str(MEASURED))}

    (same,) = findings(found, {"auc": 1}, about({"auc": MEASURED, "drift": OTHER}, known))
    (other,) = findings(found, {"auc": 1}, about({"auc": OTHER}, known))

    assert same.verdict is Verdict.PASS
    assert said([other]) == [
        "not_measured data.evaluation.kind auc was measured on rows that are not the evaluation data on record"
    ]


@pytest.mark.parametrize(("days", "verdict"), [(1, Verdict.PASS), (0, Verdict.FAIL), (-400, Verdict.FAIL)])
def test_a_column_of_days_says_it_by_itself(days: int, verdict: Verdict) -> None:
    found = rules(with_data("kind: out_of_time\n    dated_by: applied_on"))

    (told,) = findings(found, {"auc": 1, "data.evaluation.kind": days}, about())

    assert (told.id, told.verdict, told.group) == ("data.evaluation.kind", verdict, {"column": "applied_on"})


# What nothing measures


def test_of_training_data_it_is_not_known_what_was_held_back() -> None:
    found = rules(MINIMAL + "data: {training: {kind: holdout, min_positives: 5}}\n")

    told = findings(found, {"auc": 1}, about(data={"training": Facts()}))

    assert [one.id for one in told] == ["data.training.kind", "data.training.min_positives"]
    assert {one.verdict for one in told} == {Verdict.NOT_MEASURED}


def test_either_of_two_may_say_that_they_are_apart() -> None:
    found = rules(MINIMAL + "data: {training: {disjoint_from: evaluation}}\n")

    (implied,) = every(found.policy)[1:]

    assert (implied.rule, implied.against) == ("data.training.disjoint_from", "training")


@pytest.mark.parametrize(
    ("asked", "remedy"),
    [
        (
            "required_fields: [rows, date_from, date_to, licence, digest]",
            (
                "register the version with --about evaluation:rows=N --about evaluation:first=2025-01-01 "
                "--about evaluation:last=2025-12-31 --about evaluation:licence=TEXT"
            ),
        ),
        ("required_fields: [digest]", "register the version with --data evaluation=FILE"),
        ("min_rows: 5", "register the version with --about evaluation:rows=N"),
        ("max_age: 1y", "register the version with --about evaluation:last=2025-12-31"),
    ],
)
def test_what_is_not_on_record_of_data_is_asked_for_as_the_command_line_takes_it(asked: str, remedy: str) -> None:
    (found,) = findings(rules(with_data(asked)), {"auc": 1}, about())

    assert (found.verdict, found.remedy) == (Verdict.NOT_MEASURED, remedy)
