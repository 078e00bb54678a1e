"""What a policy asks of data, from the command that measures it to the gate: nothing passes that nobody measured."""

from collections.abc import Sequence
from typing import Any

import pytest

from tests.cli.scoring_bank import POLICY, applicants
from tests.cli.terminal import Terminal

REQUIRED = (
    POLICY.replace("1.0.0", "2.0.0")
    + """\
data:
  evaluation:
    kind: holdout
    min_positives: 100
    disjoint_from: training
"""
)
WORDS = ["--label", "bad", "--positive", "yes", "--as", "vic"]


@pytest.fixture
def required(scoring: Terminal) -> Terminal:
    """A version that was trained on 700 applicants, under a policy that asks for others."""
    applicants(scoring.folder / "then.csv", 700)
    fresh(scoring, "fresh.csv", [])
    (scoring.folder / "required.yaml").write_text(REQUIRED)
    scoring.ok("policy", "adopt", "required.yaml", "--as", "rae")
    with_rule = ["--approve", "score < 0.4", "--reasons", "reasons.yaml"]
    data = ["--data", "training=then.csv", "--data", "evaluation=fresh.csv"]
    scoring.ok("version", "register", "credit-risk", "model.json", *with_rule, *data, "--as", "ana")
    return scoring


def fresh(bank: Terminal, name: str, leaked: Sequence[str], moved: float = 0.0005) -> None:
    """Write applicants of whom nobody was trained with, but for those ``leaked``."""
    lines = (bank.folder / "then.csv").read_text().splitlines()
    rows = [line.split(",") for line in lines[1:]]
    others = [",".join([f"N{case}", f"{float(income) + moved:.4f}", *rest]) for case, income, *rest in rows]
    (bank.folder / name).write_text("\n".join([lines[0], *others, *leaked]) + "\n")


def evaluated(bank: Terminal, data: str, *more: str) -> Any:
    return bank.ok("evaluate", "credit-risk@2", "--data", data, *WORDS, *more, "--json").json


def of_data(found: Any) -> dict[str, str]:
    return {one["id"]: one["verdict"] for one in found["findings"] if one["rule"].startswith("data.")}


def test_rows_that_nobody_was_trained_with_pass(required: Terminal) -> None:
    found = evaluated(required, "fresh.csv", "--baseline", "then.csv")

    assert found["unmeasured"] == []
    assert of_data(found) == {"data.evaluation.min_positives": "pass", "data.evaluation.disjoint_from": "pass"}
    told = {one["id"]: one for one in found["findings"]}["data.evaluation.disjoint_from"]
    assert (told["value"], told["n"], told["place"]) == ("0", 700, "policy credit 2.0.0:15:5")
    again = ["evaluate", "credit-risk@2", "--data", "fresh.csv", "--repeat", "--baseline", "then.csv", "--as", "ana"]
    assert required.ok(*again, "--json").json["ok"]


def test_numbers_that_were_measured_are_cut_and_never_rounded(required: Terminal) -> None:
    said = required.ok("evaluate", "credit-risk@2", "--data", "fresh.csv", "--baseline", "then.csv", *WORDS).out
    (auc,) = (line for line in said.splitlines() if "checks.auc" in line)

    assert "data.evaluation.disjoint_from 0, limit at most 0" in said
    value = next(
        one for one in required.run("check", "credit-risk@2", "--json").json["findings"] if one["id"] == "checks.auc"
    )
    assert f"checks.auc {value['value'][:6]}… ({value['low'][:6]}… to {value['high'][:6]}…)" in auc


def test_a_row_that_was_trained_with_fails_the_gate_under_another_number_of_its_own(required: Terminal) -> None:
    lines = (required.folder / "then.csv").read_text().splitlines()
    fresh(required, "leaked.csv", [line.replace("L", "X", 1) for line in lines[1:4]])

    evaluated(required, "leaked.csv", "--baseline", "then.csv")

    gate = required.run("gate", "credit-risk@2", "--to", "validated", "--json").json
    assert "data.evaluation.disjoint_from" in gate["because"]
    said = required.run("check", "credit-risk@2").out
    assert "shared_rows is 3, asked for: at most 0" in said


def test_without_the_training_data_nothing_passes_and_the_command_is_named(required: Terminal) -> None:
    found = evaluated(required, "fresh.csv")

    assert found["unmeasured"] == [
        {"check": "data.evaluation.disjoint_from", "why": "shared_rows needs a baseline: the rows as they were"}
    ]
    told = {one["id"]: one for one in found["findings"]}["data.evaluation.disjoint_from"]
    assert told["verdict"] == "not_measured"
    assert "--baseline FILE" in told["remedy"]


def test_other_data_is_no_training_data(required: Terminal) -> None:
    found = evaluated(required, "fresh.csv", "--baseline", "fresh.csv")

    assert of_data(found)["data.evaluation.disjoint_from"] == "not_measured"
    assert found["unmeasured"][0]["why"] == "fresh.csv is not its training data"


def test_numbers_of_training_rows_are_not_covered_by_other_rows_that_are_apart(required: Terminal) -> None:
    evaluated(required, "fresh.csv", "--baseline", "then.csv")

    found = evaluated(required, "then.csv", "--baseline", "fresh.csv")

    told = {one["id"]: one for one in found["findings"]}["data.evaluation.disjoint_from"]
    assert (told["verdict"], told["message"]) == ("not_measured", "auc was measured on other rows")


def test_the_report_has_what_was_asked_of_data(required: Terminal) -> None:
    evaluated(required, "fresh.csv", "--baseline", "then.csv")

    required.ok("report", "credit-risk@2", "--draft", "-o", "draft.pdf")


# Proxies

PROXIES = (
    POLICY.replace("1.0.0", "2.0.0")
    + """\
explainability:
  proxies:
    max_attribution_share: {income: 0.05, noise: 0.9, postcode: 0.1}
    max_predictability_of: {attribute: [sex], auc: 0.65}
"""
)


@pytest.fixture
def proxied(scoring: Terminal) -> Terminal:
    """A policy that lets income say little, and nothing that a model reads tell women from men; noise does."""
    lines = (scoring.folder / "applicants.csv").read_text().splitlines()
    rows = [f"{line},{'F' if float(line.split(',')[3]) > 0.45 else 'M'}" for line in lines[1:]]
    (scoring.folder / "with_sex.csv").write_text("\n".join([f"{lines[0]},sex", *rows]) + "\n")
    (scoring.folder / "proxies.yaml").write_text(PROXIES)
    scoring.ok("policy", "adopt", "proxies.yaml", "--as", "rae")
    return scoring


def test_a_proxy_is_found_by_what_it_tells_and_by_what_it_moves(proxied: Terminal) -> None:
    words = ["evaluate", "credit-risk@1", "--data", "with_sex.csv", *WORDS]

    found = proxied.ok(*words, "--json").json

    assert found["unmeasured"] == []
    told = [one for one in found["findings"] if one["rule"] == "explainability.proxies"]
    assert [(one["group"]["column"], one["verdict"], one["place"]) for one in told] == [
        ("income", "fail", "policy credit 2.0.0:13:29"),
        ("noise", "pass", "policy credit 2.0.0:13:43"),
        ("postcode", "not_applicable", "policy credit 2.0.0:13:55"),
        ("debt", "pass", "policy credit 2.0.0:14:5"),
        ("income", "pass", "policy credit 2.0.0:14:5"),
        ("noise", "fail", "policy credit 2.0.0:14:5"),
    ]
    because = proxied.run("gate", "credit-risk@1", "--to", "validated", "--json").json["because"]
    assert {"explainability.proxies.max_attribution_share", "explainability.proxies.max_predictability_of"} <= {
        *because
    }
    assert "column=noise, sex=" in proxied.run("check", "credit-risk@1").out
    again = proxied.ok("evaluate", "credit-risk@1", "--data", "with_sex.csv", "--repeat", "--as", "ana", "--json").json
    assert again["ok"]
    proxied.ok("report", "credit-risk@1", "--draft", "-o", "draft.pdf")


def test_scores_without_their_model_say_nothing_of_its_inputs(proxied: Terminal) -> None:
    words = ["evaluate", "credit-risk@1", "--data", "with_sex.csv", *WORDS]

    found = proxied.ok(*words, "--score", "debt", "--json").json

    left_out = {one["check"]: one["why"] for one in found["unmeasured"]}
    assert left_out["explainability.proxies.max_attribution_share"] == "attribution_share needs the model"
    told = [one for one in found["findings"] if one["rule"] == "explainability.proxies"]
    assert [one["verdict"] for one in told][:3] == ["not_measured"] * 3
    assert "without --score and --prediction" in told[0]["remedy"]


# Lineage

LINEAGE = (
    POLICY.replace("1.0.0", "2.0.0")
    + """\
explainability:
  forbidden_features: {names: [sex], match: [name, alias, lineage]}
"""
)


def test_a_forbidden_column_is_found_under_the_name_that_it_was_given(scoring: Terminal) -> None:
    (scoring.folder / "lineage.yaml").write_text(LINEAGE)
    scoring.ok("policy", "adopt", "lineage.yaml", "--as", "rae")
    register = ["version", "register", "credit-risk", "model.json", "--approve", "score < 0.4", "--as", "ana"]
    as_they_are = [word for name in ("income", "debt") for word in ("--transformation", f"{name}={name}")]
    scoring.ok(*register, *as_they_are, "--transformation", "noise=log(x7)", "--transformation", "x7=sex == 'F'")
    scoring.ok(*register, *as_they_are, "--transformation", "noise=noise", "--coefficient", "income=1")

    renamed, honest = (
        scoring.run("gate", f"credit-risk@{number}", "--to", "validated", "--json").json for number in (2, 3)
    )

    told = {one["message"] for one in renamed["findings"] if one["id"] == "explainability.forbidden_features.lineage"}
    assert "noise is made from x7 is made from sex, which is forbidden as sex" in told
    verdicts = [one["verdict"] for one in honest["findings"] if one["rule"] == "explainability.forbidden_features"]
    assert verdicts == ["pass", "pass"]
