"""What a policy asks of data stands among its checks, under a name that people read."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from govern.policy.bins import STABILITY, THEN_AND_NOW
from govern.policy.evidence import Columns, Evidence, Measure, Plan, Planned, Result, Table
from govern.policy.implied import plan
from govern.policy.judge import judge
from govern.policy.titles import is_named, title
from gui import reading, words
from gui.evidence import drifts
from gui.tones import Tone
from tests.policy.rules import MINIMAL, case, rules

ASKED = MINIMAL + "data: {evaluation: {min_positives: 10, disjoint_from: training}}\n"


def test_what_is_asked_of_data_is_a_row_of_the_checks() -> None:
    found = rules(ASKED)
    columns = Columns(label="repaid", prediction=None, score="score", positive="1")
    evidence = {}
    for one in plan(found.policy):
        result = Result.made(one.check, one.metric, [Measure.measured(Fraction(1), 500)])
        evidence[one.check] = Evidence.made(Plan(digits=12, columns=columns, checks=(one,)), [result], rows=500)

    told = reading.findings(judge([found], replace(case(), evidence=evidence)))

    assert [(one.check, one.tone, one.most) for one in told[1:]] == [
        ("data.evaluation", Tone.MISSING, None),
        ("data.evaluation.min_positives", Tone.FAIL, None),
        ("data.evaluation.disjoint_from", Tone.FAIL, 0),
    ]
    assert told[1].message == "no evaluation data is on record"
    assert told[3].remedy == "take the rows that stand in both out of one of them, and measure again"
    assert words.check(told[2].check) == "Evaluation data: rows whose label is 1"
    assert words.check("air") == "AIR"


def test_columns_then_and_now_stand_beside_drift_and_not_beside_what_turns() -> None:
    metrics = {"drift": "psi", "noise": "flip_rate_noise", "share": "attribution_share"}
    checks = tuple(
        Planned(check=name, metric=metric, by=(), favourable=None, interval=None) for name, metric in metrics.items()
    )
    columns = Columns(label="repaid", prediction=None, score="score", positive="1")
    number = Measure.measured(Fraction(1, 5), 5, by={"column": "income"})
    results = [Result.made(one.check, one.metric, [number], by=["column"]) for one in checks]
    table = Table.made(f"{STABILITY}income", ["bin"], THEN_AND_NOW, {("all",): (5, 5)})
    found = Evidence.made(Plan(digits=12, columns=columns, checks=checks), results, rows=5, tables=[table])

    assert {name: [one.column for one in drifts(found, name)] for name in metrics} == {
        "drift": ["income"],
        "noise": [],
        "share": [],
    }
    assert words.metric("flip rate out of range") == "Flip rate out of range"


def test_an_input_has_the_limit_that_is_its_own() -> None:
    found = rules(MINIMAL + "explainability: {proxies: {max_attribution_share: {account: 0.05, district: 0.1}}}\n")
    (one,) = [of for of in plan(found.policy) if of.metric == "attribution_share"]
    measures = [Measure.measured(Fraction(1, 8), 500, by={"column": name}) for name in ("account", "district")]
    evidence = Evidence.made(
        Plan(digits=12, columns=Columns(label=None, prediction=None, score="score", positive=None), checks=(one,)),
        [Result.made(one.check, one.metric, measures, by=["column"])],
        rows=500,
    )

    told = reading.findings(judge([found], replace(case(), evidence={one.check: evidence})))

    assert [(of.group, of.most) for of in told if of.group] == [
        ("account", Decimal("0.05")),
        ("district", Decimal("0.1")),
    ]
    assert {of.remedy for of in told if of.group} == {"train without it, or find out what it stands for"}


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("data.training", "training data"),
        ("data.out_of_time.max_age", "out of time data: max age"),
        ("data.evaluation.disjoint_from", "evaluation data: rows of the training data in it"),
        ("data.training.disjoint_from", "training data: rows of the evaluation data in it"),
        ("explainability.proxies.max_attribution_share", "proxies: share of what moves the score"),
        ("explainability.reason_codes", "reason codes"),
        ("explainability.reason_codes.min", "reason codes: min"),
        ("explainability.stability", "stability of reasons"),
    ],
)
def test_a_rule_without_a_name_of_its_own_has_a_title(rule: str, said: str) -> None:
    assert is_named(rule)
    assert title(rule) == said
    assert not is_named("checks.auc")
