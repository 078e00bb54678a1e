"""Numbers from outside on the command line: filed by name, judged, shown with their source, and never taken for measured."""

import json
import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from pikepdf import Pdf

from tests.cli.scoring_bank import POLICY
from tests.cli.terminal import Terminal

FIGURES = (
    POLICY.replace("1.0.0", "1.1.0")
    .replace("checks:\n", "metrics:\n  eur_per_case: {better: lower, low: 0, high: 100, unit: EUR}\nchecks:\n")
    .replace("gates:\n", "  - {id: cost, kind: imported, metric: eur_per_case, max: 5}\ngates:\n")
)
COST = ["metric", "import", "credit-risk@1", "eur_per_case=3.20", "--source", "cost ledger", "--measured-on", "2026-10-31", "--n", "5400"]  # fmt: skip
FILE = """\
schema: govern/imported/v1
source: cost ledger
measured_on: 2026-10-31
metrics:
  - {metric: eur_per_case, value: 3.20, n: 5400}
"""


@pytest.fixture
def bank(scoring: Terminal) -> Terminal:
    """A ledger whose policy asks for a number from outside."""
    (scoring.folder / "figures.yaml").write_text(FIGURES)
    scoring.ok("policy", "adopt", "figures.yaml", "--as", "rae")
    return scoring


def cost(bank: Terminal) -> dict[str, str]:
    found = bank.run("check", "credit-risk@1", "--json").json["findings"]
    (one,) = (one for one in found if one["rule"] == "checks.cost")
    return {key: one[key] for key in ("id", "verdict", "message", "remedy")}


def test_a_number_from_outside_is_signed_for_judged_and_shown_with_its_source(bank: Terminal) -> None:
    before = cost(bank)

    text = bank.ok(*COST, "--as", "vic").out
    shown = bank.ok("version", "show", "credit-risk@1", "--json").json["evidence"]["cost"]

    assert (before["id"], before["verdict"]) == ("checks.cost.not_measured", "not_measured")
    assert before["remedy"] == "say what it is, and where from: `govern metric import`"
    entry = text.partition("entry ")[2].split()[0]
    assert text == (
        f"credit-risk@1 by cost ledger, as of 2026-10-31: entry {entry}\n"
        "  pass           checks.cost eur_per_case is 3.2, asked for: at most 5; from cost ledger, as of 2026-10-31\n"
    )
    assert cost(bank)["verdict"] == "pass"
    assert (shown["entry"], shown["person"]) == (entry, "vic")
    assert shown["imported"] == {"source": "cost ledger", "measuredOn": "2026-10-31"}
    assert (
        f"imported cost from cost ledger, as of 2026-10-31, in {entry} by vic"
        in bank.ok("version", "show", "credit-risk@1").out
    )
    assert bank.ok("audit").out.rstrip().endswith("OK  everything that was checked holds")


def test_a_file_says_the_same_and_two_who_say_it_stand_for_it_together(bank: Terminal) -> None:
    (bank.folder / "cost.yaml").write_text(FILE)

    first = bank.ok(*COST, "--as", "ana", "--json").json
    by_maker = cost(bank)
    second = bank.ok("metric", "import", "credit-risk@1", "--file", "cost.yaml", "--as", "vic", "--json").json

    assert by_maker["id"] == "checks.cost.measured_by"
    assert cost(bank)["verdict"] == "pass"
    assert (first["checks"], first["source"], first["measuredOn"]) == (["cost"], "cost ledger", "2026-10-31")
    assert second["entry"] != first["entry"]
    shown = bank.ok("version", "show", "credit-risk@1", "--json").json["evidence"]["cost"]
    assert shown["entry"] == first["entry"]  # the very same evidence: only who stands for it is added


def test_what_is_evaluated_leaves_numbers_from_outside_alone(bank: Terminal) -> None:
    words = ["evaluate", "credit-risk@1", "--data", "applicants.csv", "--label", "bad", "--positive", "yes"]

    said = bank.ok(*words, "--as", "vic", "--json").json

    assert said["unmeasured"] == []
    assert cost(bank)["verdict"] == "not_measured"
    bank.ok(*COST, "--as", "vic")
    assert bank.ok("check", "credit-risk@1").code == 0


def later() -> str:
    return str((datetime.now(UTC) + timedelta(days=2)).date())


REFUSED = [
    (["eur_per_case=-1"], "eur_per_case is -1, below 0, the lowest it can be", "out_of_range"),
    (["eur_per_case=101"], "eur_per_case is 101, above 100, the highest it can be", "out_of_range"),
    (["roc_auc=0.99"], "roc_auc is measured here", "measured_here"),
    (["auc=0.99"], "auc is measured here, as roc_auc", "measured_here"),
    (["eur_per_cas=3"], 'no policy asks for "eur_per_cas" from outside', "unknown_metric"),
    (["eur_per_case=a lot"], 'eur_per_case is "a lot", which is no number', "imported"),
    (["eur_per_case"], "'eur_per_case' is not a metric and its value", "invalid_input"),
    ([], "no number is given", "invalid_input"),
]


@pytest.mark.parametrize(("values", "message", "code"), REFUSED, ids=[message for _, message, _ in REFUSED])
def test_what_is_no_number_from_outside_is_refused(bank: Terminal, values: list[str], message: str, code: str) -> None:
    size = bank.size

    error = bank.fails(2, *COST[:3], *values, *COST[4:], "--as", "vic", "--json").error

    assert (error["message"], error["code"]) == (message, code)
    assert error["hint"]
    assert bank.size == size


@pytest.mark.parametrize("option", ["--source", "--measured-on", "--n"])
def test_a_number_without_source_day_or_size_is_refused(bank: Terminal, option: str) -> None:
    at = COST.index(option)

    error = bank.fails(2, *COST[:at], *COST[at + 2 :], "--as", "vic", "--json").error

    assert error["message"] == f"{option} is missing"


def test_a_day_to_come_a_blank_source_and_a_file_beside_words_are_refused(bank: Terminal) -> None:
    (bank.folder / "cost.yaml").write_text(FILE)
    day, source = COST.index("--measured-on") + 1, COST.index("--source") + 1

    tomorrow = bank.fails(2, *COST[:day], later(), *COST[day + 1 :], "--as", "vic", "--json").error
    blank = bank.fails(2, *COST[:source], " ", *COST[source + 1 :], "--as", "vic", "--json").error
    no_day = bank.fails(2, *COST[:day], "October", *COST[day + 1 :], "--as", "vic", "--json").error
    both = bank.fails(2, *COST, "--file", "cost.yaml", "--as", "vic", "--json").error

    assert (tomorrow["message"], tomorrow["code"]) == (f"{later()} is still to come", "future")
    assert blank["message"] == "--source is missing"
    assert no_day["message"] == "'October' is not a date"
    assert both["message"] == "a file says all of it"


def test_where_no_policy_asks_for_one_none_is_taken(scoring: Terminal) -> None:
    said = scoring.fails(5, *COST, "--as", "vic", "--json").error

    assert said["message"] == "no policy that is adopted asks for a number from outside"


def test_whoever_may_not_measure_brings_no_numbers(bank: Terminal) -> None:
    assert bank.fails(4, *COST, "--as", "rae", "--json").error["code"] == "role"


def test_the_report_says_that_it_was_not_measured_here(bank: Terminal) -> None:
    cost = [one.replace("cost ledger", "cost ledger; from the vendor") for one in COST]
    bank.ok(*cost, "--as", "vic")

    bank.ok("report", "credit-risk@1", "-o", "report.pdf", "--as", "rae")

    said = subprocess.run(["pdftotext", "report.pdf", "-"], check=True, capture_output=True, text=True, cwd=bank.folder)
    text = " ".join(said.stdout.split())
    assert "From outside" in text
    assert "not measured here: from cost ledger; from the vendor, as of 2026-10-31, signed by Vic in #" in text
    with Pdf.open(bank.folder / "report.pdf") as file:
        report = json.loads(file.attachments["report.json"].get_file().read_bytes())
    (finding,) = [one for one in report["findings"] if one["metric"] == "eur_per_case"]
    assert finding["said"] == "from outside: cost ledger; from the vendor, as of 2026-10-31"
