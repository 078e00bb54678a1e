"""What a policy asks of data stands among its checks, under a name that people read."""

from dataclasses import replace
from fractions import Fraction

from govern.policy.bins import STABILITY, THEN_AND_NOW
from govern.policy.evidence import Columns, Evidence, Measure, Plan, Planned, Result, Table
from govern.policy.implied import plan
from govern.policy.judge import judge
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
        ("data.evaluation.min_positives", Tone.FAIL, None),
        ("data.evaluation.disjoint_from", Tone.FAIL, 0),
    ]
    assert words.check(told[1].check) == "Evaluation data: min positives"
    assert words.check("air") == "AIR"
    assert words.check("explainability.proxies.max_attribution_share") == "Proxies: max attribution share"


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
