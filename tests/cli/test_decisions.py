"""Decisions of a batch through the command line: recorded without any case, and proven case by case."""

from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.cli.terminal import Terminal
from tests.promises.test_docs import shapes

RECORD = ["decisions", "record", "credit-risk@1", "--data", "applicants.csv", "--as", "vic"]


def entry(bank: Terminal, index: str) -> dict[str, Any]:
    (found,) = bank.ok("log", "show", index, "--json").json["entries"]
    predicate: dict[str, Any] = found["statement"]["predicate"]
    return predicate


def test_a_batch_is_recorded_by_its_counts_and_its_root(scoring: Terminal) -> None:
    said = scoring.ok(*RECORD, "--json").json

    event = entry(scoring, said["entry"])
    rows = pq.read_table(scoring.folder / "applicants.decisions.parquet").to_pylist()
    assert set(said) in shapes("govern decisions record")
    assert (event["rows"], event["declined"], event["blocked"]) == (900, said["declined"], 0)
    assert sum(row["decision"] == "declined" for row in rows) == said["declined"] > 0
    assert event["batch"] == said["batch"]
    assert event["approve"] == "score < 0.4"
    assert event["population"] == f"sha256:{said['reference']['sha256']}"
    assert "L0001" not in str(event)
    assert scoring.ok("audit").code == 0
    history = scoring.ok("version", "history", "credit-risk@1", "--json").json["entries"]
    assert history[-1]["says"] == f"900 cases, {said['declined']} declined"


def test_what_is_decided_goes_where_it_is_told_and_nothing_is_overwritten(scoring: Terminal) -> None:
    text = scoring.ok(*RECORD, "-o", "may.parquet")
    before = scoring.size

    again = scoring.fails(2, *RECORD, "-o", "may.parquet", "--json")

    assert "900 cases by score < 0.4" in text.out
    assert "R01" in text.out
    assert "may.parquet holds the salts" in text.out
    assert again.error["code"] == "exists"
    assert scoring.size == before
    assert (scoring.folder / "may.parquet").stat().st_mode & 0o777 == 0o600


def test_reasons_that_may_not_be_told_fail_the_batch_and_are_on_record(scoring: Terminal) -> None:
    words = "schema: govern/reasons/v1\nreasons:\n  debt: {code: R2, text: x}\n  income: {code: R1, prohibited: true}\n"
    (scoring.folder / "short.yaml").write_text(words)
    with_rule = ["--approve", "score < 0.4", "--reasons", "short.yaml"]
    scoring.ok("version", "register", "credit-risk", "model.json", *with_rule, "--as", "ana")
    again = [word.replace("@1", "@2") for word in RECORD]

    said = scoring.run(*again, "--json")
    text = scoring.run(*again, "-o", "again.parquet")

    assert (said.code, text.code) == (1, 1)
    assert said.json["ok"] is False
    assert said.json["blocked"] == entry(scoring, said.json["entry"])["blocked"] > 0
    assert any(
        "income counted against this applicant, and is a prohibited basis" in one["why"]
        for one in said.json["blocking"]
    )
    assert "is a prohibited basis" in text.out
    history = scoring.ok("version", "history", "credit-risk@2", "--json").json["entries"]
    assert history[-1]["says"].endswith(f"{said.json['blocked']:,} of them blocked")


@pytest.mark.parametrize(
    ("more", "code", "message"),
    [
        pytest.param(["--case", "bad"], "invalid_input", "898 have one that stands before", id="ids that are none"),
        pytest.param(["--reference", "no.csv"], "invalid_input", "cannot be read", id="no reference"),
    ],
)
def test_a_batch_that_cannot_be_decided_leaves_nothing(
    scoring: Terminal, more: list[str], code: str, message: str
) -> None:
    before = scoring.size

    said = scoring.fails(2, *RECORD, *more, "--json")

    assert said.error["code"] == code
    assert message in said.error["message"]
    assert scoring.size == before
    assert not (scoring.folder / "applicants.decisions.parquet").exists()


def test_what_the_ledger_refuses_leaves_no_file(scoring: Terminal) -> None:
    said = scoring.fails(4, *RECORD[:-1], "ada", "--json")

    assert said.error["code"] == "role"
    assert not (scoring.folder / "applicants.decisions.parquet").exists()
