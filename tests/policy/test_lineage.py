"""What inputs are made from: a forbidden column is found under other names, at any depth, and silence is no lineage."""

from dataclasses import replace

import pytest

from govern.policy.asked import About
from govern.policy.evidence import Columns, Evidence, Measure, Plan, Planned, Result, Table
from govern.policy.findings import Finding, Verdict
from govern.policy.judge import Case, judge
from govern.policy.lineage import descent, is_alike
from tests.policy.rules import MINIMAL, case, rules

ASKED = (
    MINIMAL + "explainability:\n  forbidden_features: {names: [sex, marital status], match: [name, alias, lineage]}\n"
)
MATCH = ("name", "alias", "lineage")


def told(made_from: dict[str, str], *features: str, text: str = ASKED, measured: Case | None = None) -> list[Finding]:
    about = About(features=frozenset({*features, *made_from}) or None, made_from=made_from)
    found = judge([rules(text)], replace(measured or case(), about=about)).findings
    return [one for one in found if one.rule == "explainability.forbidden_features"]


def said(findings: list[Finding]) -> list[str]:
    return [f"{one.verdict} {one.reason} {one.message}" for one in findings]


def test_a_column_that_was_renamed_is_still_that_column() -> None:
    (by_name, by_lineage) = told({"x7": "sex == 'F'"})

    assert by_name.verdict is Verdict.PASS
    assert (by_lineage.verdict, by_lineage.id) == (Verdict.FAIL, "explainability.forbidden_features.lineage")
    assert by_lineage.message == "x7 is made from sex, which is forbidden as sex"
    assert by_lineage.place == "policy.yaml:13:3"


def test_it_is_found_through_any_number_of_steps() -> None:
    steps = {f"x{place}": f"log(x{place + 1})" for place in range(30)} | {"x30": "(SEX)", "income": "income"}

    findings = told(steps)

    messages = {one.message.partition(" is made from ")[0]: one.message for one in findings if one.reason == "lineage"}
    assert len(messages) == 31
    assert messages["x28"] == "x28 is made from x29 is made from x30 is made from SEX, which is forbidden as sex"


@pytest.mark.parametrize(
    ("text", "name", "way"),
    [
        ("log(sex)", "sex", ("x", "sex")),
        ("log(Sex + 1)", "sex", ("x", "Sex")),
        ("sex_at_birth in bands", "sex", ("x", "sex_at_birth")),
        ("the marital  status, coded", "marital status", ("x", "marital status")),
        ("marital_status_2", "marital status", ("x", "marital_status_2")),
        ("one of: y, z", "sex", ("x", "y", "sex")),
        ("income / months", "sex", ()),
        ("sexton, unisex", "sex", ()),
        ("marital, then status", "marital status", ()),
        ("status, then marital", "marital status", ()),
        ("x", "sex", ()),
        ("home town", "sex", ("x", "home town", "sex")),
    ],
)
def test_a_text_names_what_stands_in_it(text: str, name: str, way: tuple[str, ...]) -> None:
    made_from = {"x": text, "Y": "z", "y": "sex", "z": "x", "home town": "sex"}

    assert descent("x", name, made_from, MATCH) == way


@pytest.mark.parametrize(
    "other", ["sexAtBirth", "applicantSex", "APPLICANTSex", "s\u200bex", "\uff33\uff25\uff38", "se\u00adx"]
)
def test_a_name_is_found_however_it_is_written(other: str) -> None:
    (by_name, *_) = told({"income": "income"}, other)

    assert by_name.message == f"{other} is forbidden as sex"
    assert descent("x", "sex", {"x": f"log({other})"}, MATCH)[0] == "x"


@pytest.mark.parametrize(
    ("name", "other"), [("\u043f\u043e\u043b", "income"), ("--", "income"), ("sex", "Unisex"), ("sex", "Sexton")]
)
def test_a_name_in_another_script_is_not_everything(name: str, other: str) -> None:
    assert is_alike(name, name, MATCH)
    assert is_alike("\u043f\u043e\u043b", "\u043f\u043e\u043b_1", MATCH)
    assert not is_alike(name, other, MATCH)


@pytest.mark.parametrize("names", [("X7", "x7"), ("x7", "X7"), ("x7", "x\u200b7")])
def test_an_input_is_not_hidden_behind_itself_in_other_capitals(names: tuple[str, str]) -> None:
    findings = told({names[0]: "sex == 'F'", names[1]: "x7"})

    assert {one.verdict for one in findings if one.reason == "lineage"} == {Verdict.FAIL}


def test_by_name_alone_only_the_very_name_is_found() -> None:
    assert descent("x", "sex", {"x": "sex_at_birth"}, ("name", "lineage")) == ()
    assert descent("x", "sex", {"x": "Sex"}, ("name", "lineage")) == ("x", "Sex")


def test_what_goes_round_in_circles_ends() -> None:
    assert descent("a", "sex", {"a": "b", "b": "c and a", "c": "b"}, MATCH) == ()


def test_an_input_of_which_nobody_said_anything_is_no_pass() -> None:
    findings = told({"income": "income"}, *(f"x{place}" for place in range(7)))

    assert said(findings)[1:] == [
        "not_measured lineage what x0, x1, x2, x3, x4 and 2 more is made from is not on record"
    ]
    assert "--transformation x0=TEXT" in findings[1].remedy
    assert said(told({"income": "income"}, "age"))[1:] == [
        "not_measured lineage what age is made from is not on record"
    ]


def test_inputs_that_are_all_accounted_for_pass() -> None:
    assert said(told({"income": "income", "debt_share": "debt / income"})) == [
        "pass  none of 2 inputs is called what is forbidden",
        "pass lineage nothing that 2 inputs are said to be made from is called what is forbidden",
    ]


def reads(*features: str) -> Case:
    """Return a case whose model was found to read these."""
    planned = Planned(check="share", metric="attribution_share", by=(), favourable=None, interval=None)
    columns = Columns(label="repaid", prediction=None, score="score", positive="1")
    table = Table.made("attribution", ["column"], ["contributions"], {(name,): (1,) for name in features})
    result = Result.made("share", "attribution_share", [Measure.undefined("no_contribution", 5)])
    plan = Plan(digits=12, columns=columns, checks=(planned,))
    return replace(case(), evidence={"share": Evidence.made(plan, [result], rows=5, tables=[table])})


def test_what_the_model_reads_counts_whatever_was_registered() -> None:
    findings = told({"income": "income"}, measured=reads("income", "sex"))

    assert said(findings) == [
        "fail found sex is forbidden as sex",
        "not_measured lineage what sex is made from is not on record",
    ]
    assert said(told({}, measured=reads("income")))[0] == "pass  none of 1 inputs is called what is forbidden"
