"""How robust a model is, from the policy that asks to the report that says it: nothing passes that nobody asked the model."""

import json
from io import BytesIO
from typing import Any

import pytest
from pikepdf import Pdf

from govern.cli.measured import section
from govern.policy.evidence import Measure, Result
from reports.plots import Section
from tests.cli.scoring_bank import POLICY, applicants
from tests.cli.terminal import Terminal

ROBUST = POLICY.replace("1.0.0", "2.0.0").replace(
    "gates:",
    """\
  - {id: noise, metric: flip_rate_noise, of: [features], against: training, max: 0.3}
  - {id: missing, metric: flip_rate_missing, of: noise, against: training, max: 0.5, on_fail: warn}
  - {id: far, metric: flip_rate_out_of_range, of: [features], against: training, max: 0.1}
  - {id: shifts, metric: psi, of: [features], against: training, max: 0.5}
gates:""",
)
WORDS = ["evaluate", "credit-risk@2", "--data", "applicants.csv", "--label", "bad", "--positive", "yes", "--as", "vic"]


@pytest.fixture
def robust(scoring: Terminal) -> Terminal:
    """A version under a policy that asks how many decisions turn."""
    applicants(scoring.folder / "then.csv", 700)
    (scoring.folder / "robust.yaml").write_text(ROBUST)
    scoring.ok("policy", "adopt", "robust.yaml", "--as", "rae")
    with_rule = ["--approve", "score < 0.4", "--reasons", "reasons.yaml"]
    scoring.ok(
        "version", "register", "credit-risk", "model.json", *with_rule, "--data", "training=then.csv", "--as", "ana"
    )
    return scoring


def of_check(found: Any, name: str) -> dict[str, tuple[str, str]]:
    told = [one for one in found["findings"] if one["rule"] == f"checks.{name}"]
    return {(one["group"] or {}).get("column", ""): (one["verdict"], one["message"]) for one in told}


def test_what_turns_is_measured_judged_repeated_and_reported(robust: Terminal) -> None:
    found = robust.ok(*WORDS, "--baseline", "then.csv", "--json").json

    assert found["unmeasured"] == []
    far = of_check(found, "far")
    assert {column: verdict for column, (verdict, _) in far.items()} == {
        "income": "fail",
        "debt": "fail",
        "noise": "pass",
    }
    assert far["income"][1].startswith("column=income: flip_rate_out_of_range is 1, ")
    assert far["income"][1].endswith("asked for: at most 0.1")
    assert [verdict for verdict, _ in of_check(found, "noise").values()] == ["pass"] * 3
    assert list(of_check(found, "missing")) == ["noise"]
    gate = robust.run("gate", "credit-risk@2", "--to", "validated", "--json").json
    assert "checks.far" in gate["because"]
    assert "checks.noise" not in gate["because"]
    assert "column=income: flip_rate_out_of_range is 1, asked" in robust.run("check", "credit-risk@2").out
    again = [
        "evaluate",
        "credit-risk@2",
        "--data",
        "applicants.csv",
        "--repeat",
        "--baseline",
        "then.csv",
        "--as",
        "ana",
    ]
    assert robust.ok(*again, "--json").json["ok"]
    robust.ok("report", "credit-risk@2", "--draft", "-o", "draft.pdf")
    with Pdf.open(BytesIO((robust.folder / "draft.pdf").read_bytes())) as file:
        said = json.loads(file.attachments["report.json"].get_file().read_bytes())
    assert [one["check"] for one in said["tables"] if one["section"] == "Robustness"] == ["far", "missing", "noise"]
    # What turned is no drift: of the columns then and now the worst by PSI stands out, and no other.
    assert [one["stands_out"] for one in said["shifts"]] == [True, False, False]


def test_without_the_training_data_or_the_model_it_is_not_measured(robust: Terminal) -> None:
    alone = robust.ok(*WORDS, "--json").json
    scored = robust.ok(*WORDS, "--baseline", "then.csv", "--score", "debt", "--json").json

    why = [{one["check"]: one["why"] for one in found["unmeasured"]} for found in (alone, scored)]
    assert why[0]["noise"] == "flip_rate_noise needs a baseline: the rows as they were"
    assert why[1]["noise"] == "flip_rate_noise needs the model and its rule"
    assert of_check(scored, "noise") == {"": ("not_measured", "flip_rate_noise: no evidence")}


def test_a_report_has_them_under_a_heading_of_their_own() -> None:
    measures = [Measure.measured(0, 5, by={"column": "income"})]
    found = {
        metric: section(Result.made("a", metric, measures, by=["column"])) for metric in ("flip_rate_noise", "psi")
    }

    assert found == {"flip_rate_noise": Section.ROBUSTNESS, "psi": Section.STABILITY}


def test_a_flip_rate_says_what_it_is(nowhere: Terminal) -> None:
    said = nowhere.ok("metric", "show", "noise_robustness").out

    assert "flip_rate_noise: of the 5,000 rows whose digests come first" in said
    assert "better    when lower" in said
    assert "reads     baseline, model" in said
