"""Decisions of a batch through the command line: recorded without any case, and proven case by case."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from govern.ledger.merkle import check_inclusion
from govern.ledger.strict import Digest
from tests.cli.scoring_bank import DICTIONARY, POLICY
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


# One case again


@pytest.fixture(scope="session")
def _decided(_scoring: Terminal, tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    bank = _scoring.copied(tmp_path_factory.mktemp("decided") / "bank")
    bank.ok(*RECORD, "-o", "may.parquet")
    return bank


@pytest.fixture
def decided(_decided: Terminal, tmp_path: Path) -> Terminal:
    """A ledger with a batch of decisions on record, and its file may.parquet."""
    return _decided.copied(tmp_path / "decided")


WHY = ["reasons", "credit-risk@1", "--data", "applicants.csv", "--batch", "may.parquet"]


def rewritten(bank: Terminal, change: Callable[[list[dict[str, Any]]], object]) -> None:
    """Change rows of the file of decisions."""
    path = bank.folder / "may.parquet"
    table = pq.read_table(path)
    rows = table.to_pylist()
    change(rows)
    pq.write_table(pa.Table.from_pylist(rows, schema=table.schema), path)


def test_a_case_is_proven_and_found_the_same(decided: Terminal) -> None:
    rows = {row["case"]: row for row in pq.read_table(decided.folder / "may.parquet").to_pylist()}
    declined = next(case for case, row in rows.items() if row["decision"] == "declined")
    approved = next(case for case, row in rows.items() if row["decision"] == "approved")

    for case in (declined, approved):
        said = decided.ok(*WHY, "--case", case, "--json").json
        recorded = said["recorded"]
        assert set(said) in shapes("govern reasons")
        assert recorded["identical"] is True
        assert recorded["differs"] == []
        assert recorded["codes"] == [one["code"] for one in said["reasons"]]
        assert (recorded["decision"], recorded["person"]) == (said["decision"], "vic")
        assert entry(decided, recorded["entry"])["batch"] == recorded["batch"]
        path = [Digest.parse(one).value for one in recorded["path"]]
        check_inclusion(
            Digest.parse(recorded["leaf"]).value, recorded["index"], 900, path, Digest.parse(recorded["batch"]).value
        )
    text = decided.ok(*WHY, "--case", declined)
    assert "identical: score, decision and reasons are now what was recorded" in text.out
    assert "nobody approved it" in text.out


def test_who_approved_the_version_is_said(decided: Terminal) -> None:
    decided.ok("submit", "credit-risk@1", "--as", "ana")
    decided.ok("sign", "credit-risk@1", "--meaning", "validated", "--as", "vic")

    said = decided.ok(*WHY, "--case", "L0001", "--json").json
    text = decided.ok(*WHY, "--case", "L0001")

    (word,) = said["approvals"]
    assert (word["person"], word["role"], word["meaning"], word["validity"]) == (
        "vic",
        "validator",
        "validated",
        "valid",
    )
    assert "validated by vic (validator)" in text.out


@pytest.mark.parametrize("gone", ["the row", "the file"])
def test_after_the_inputs_were_erased_what_was_recorded_is_still_proven(decided: Terminal, gone: str) -> None:
    path = decided.folder / "applicants.csv"
    if gone == "the file":
        path.unlink()
    else:
        path.write_text("".join(line for line in path.read_text().splitlines(True) if not line.startswith("L0001,")))

    said = decided.ok(*WHY, "--case", "L0001", "--json").json
    text = decided.ok(*WHY, "--case", "L0001")

    assert set(said) in shapes("govern reasons")
    assert said["erased"].endswith(
        "applicants.csv has no row with case 'L0001': its inputs were erased, or never there"
    )
    assert said["score"] is None
    assert said["cutoff"] == "0.4"
    assert said["recorded"]["identical"] is None
    assert said["recorded"]["entry"].startswith("#")
    assert "its inputs were erased, or never there" in text.out
    assert "proven: leaf" in text.out


def test_what_differs_now_is_named_and_fails(decided: Terminal) -> None:
    path = decided.folder / "applicants.csv"
    path.write_text(re.sub(r"(?m)^L0001,[^,]*,", "L0001,-9,", path.read_text()))

    said = decided.run(*WHY, "--case", "L0001", "--json")
    text = decided.run(*WHY, "--case", "L0001")

    assert (said.code, text.code) == (1, 1)
    assert said.json["recorded"]["identical"] is False
    assert {"inputs", "score"} <= {one["what"] for one in said.json["recorded"]["differs"]}
    assert "inputs differs: as recorded then, others now" in text.out
    assert said.json["ok"] is False


def test_one_case_is_forgotten_and_the_others_stay_provable(decided: Terminal) -> None:
    def forget(rows: list[dict[str, Any]]) -> None:
        rows[1] = dict.fromkeys(rows[1]) | {"leaf": rows[1]["leaf"]}

    rewritten(decided, forget)

    gone = decided.fails(2, *WHY, "--case", "L0001", "--json")
    assert gone.error["message"] == "may.parquet has no rows of the case 'L0001'"
    assert decided.ok(*WHY, "--case", "L0002", "--json").json["recorded"]["identical"] is True


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        pytest.param("decision", "overruled", "the row of L0001 is not what its leaf says", id="a decision"),
        pytest.param("score", 0.123, "the row of L0001 is not what its leaf says", id="a score"),
        pytest.param("salt", bytes(16), "the row of L0001 is not what its leaf says", id="a salt"),
        pytest.param("leaf", bytes(32), "the row of L0001 is not what its leaf says", id="a leaf"),
    ],
)
def test_a_file_that_was_changed_proves_nothing(decided: Terminal, column: str, value: Any, message: str) -> None:
    rewritten(decided, lambda rows: rows[1].update({column: value}))

    said = decided.fails(6, *WHY, "--case", "L0001", "--json")

    assert said.error["code"] == "edited"
    assert message in said.error["message"]


def test_a_batch_that_is_not_on_record_proves_nothing(decided: Terminal) -> None:
    rewritten(decided, lambda rows: rows.pop())

    said = decided.fails(6, *WHY, "--case", "L0001", "--json")

    assert said.error["code"] == "unverifiable"
    assert said.error["message"].startswith("no entry about credit-risk@1 has the root sha256:")


def test_a_file_of_something_else_is_no_file_of_decisions(decided: Terminal) -> None:
    said = decided.fails(
        2, *[word.replace("may.parquet", "applicants.csv") for word in WHY], "--case", "L0001", "--json"
    )

    assert said.error["message"] == "applicants.csv is no file of decisions: it has no blocking"


# Trying the reasons


TRY = ["decisions", "validate", "credit-risk@1", "--data", "applicants.csv", "--resamples", "2", "--by", "bad"]


def test_reasons_are_tried_and_a_validator_puts_that_into_the_dossier(scoring: Terminal) -> None:
    before = scoring.size
    text = scoring.run(*TRY)
    assert scoring.size == before

    said = scoring.run(*TRY, "--as", "vic", "--json")

    assert set(said.json) in shapes("govern decisions validate")
    assert said.code == text.code
    assert said.json["recorded"] == f"#{before + 1}"
    assert "RC-05" in text.out
    shown = scoring.ok("version", "show", "credit-risk@1", "--json").json["documents"]
    assert [(one["section"], one["name"]) for one in shown] == [("reason_codes", "reason-codes.md")]


STABLE = (
    POLICY.replace("1.0.0", "1.1.0")
    + """\
explainability:
  reason_codes: {dictionary: reasons.yaml, min: 1, max: 3, reference: near_cutoff}
  stability: {metric: top_k_jaccard, resamples: 2, min: 0.5}
"""
)


def explained(bank: Terminal) -> dict[str, str]:
    said = bank.run("check", "credit-risk@1", "--json").json["findings"]
    return {one["id"].removeprefix("explainability."): one["verdict"] for one in said if one["rule"].startswith("expl")}


def test_what_a_policy_asks_of_reasons_is_judged_by_what_their_trial_left(scoring: Terminal) -> None:
    (scoring.folder / "stable.yaml").write_text(STABLE)
    scoring.ok("policy", "adopt", "stable.yaml", "--as", "rae")
    before = explained(scoring)

    scoring.run(*TRY, "--as", "vic")
    after = explained(scoring)
    few = scoring.run(*TRY[:5], "--resamples", "1", "--as", "vic")
    # What tried the reasons is no evidence of what the declined are told: the report says that there is none.
    drafted = scoring.ok("report", "credit-risk@1", "--draft", "-o", "draft.pdf")

    assert "nothing is filed" in drafted.out
    assert before == {
        "reason_codes": "pass",
        "reason_codes.dictionary": "pass",
        "reason_codes.reference": "not_measured",
        "reason_codes.min": "not_measured",
        "reason_codes.max": "not_measured",
        "stability.not_measured": "not_measured",
    }
    assert after == {**{id_: "pass" for id_ in before if "stability" not in id_}, "stability": "pass"}
    assert few.code in {0, 1, 3}
    assert explained(scoring)["stability.not_measured"] == "not_measured"
    scoring.ok("audit")


def test_a_version_whose_reasons_were_tried_is_reported_and_measured_again(scoring: Terminal) -> None:
    again = ["evaluate", "credit-risk@1", "--data", "applicants.csv", "--repeat", "--as", "vic", "--json"]
    scoring.run(*TRY, "--as", "vic")

    scoring.ok("report", "credit-risk@1", "--draft", "-o", "draft.pdf")
    alone = scoring.fails(5, *again)
    scoring.ok(
        "evaluate", "credit-risk@1", "--data", "applicants.csv", "--label", "bad", "--positive", "yes", "--as", "vic"
    )
    beside = scoring.ok(*again).json["repeated"]

    assert "`govern decisions validate`" in alone.error["hint"]
    assert [one["differs"] for one in beside] == [[]]
    assert "explainability.reason_codes" not in beside[0]["checks"]


def test_the_dictionary_beside_a_policy_is_pinned_by_its_digest(scoring: Terminal) -> None:
    (scoring.folder / "stable.yaml").write_text(STABLE)
    digest = str(Digest.of((scoring.folder / "reasons.yaml").read_bytes()))
    text = scoring.ok("policy", "resolve", "stable.yaml").out
    (scoring.folder / "other.yaml").write_text(DICTIONARY.replace("Too much debt", "Debt is high"))
    (scoring.folder / "newer.yaml").write_text(STABLE.replace("1.1.0", "2.0.0").replace("reasons.yaml", "other.yaml"))

    assert f'dictionary: "{digest}"  # reasons.yaml' in text
    scoring.ok("policy", "adopt", "newer.yaml", "--as", "rae")
    assert explained(scoring)["reason_codes.dictionary"] == "fail"


@pytest.mark.parametrize("name", ["nowhere.yaml", "../outside.yaml", "/etc/hostname"])
def test_a_dictionary_that_is_not_beside_its_policy_is_not_pinned(scoring: Terminal, name: str) -> None:
    (scoring.folder.parent / "outside.yaml").write_text(DICTIONARY)
    (scoring.folder / "stable.yaml").write_text(STABLE.replace("reasons.yaml", name))

    assert f"dictionary: {name}" in scoring.ok("policy", "resolve", "stable.yaml").out.replace('"', "")
    scoring.ok("policy", "adopt", "stable.yaml", "--as", "rae")
    assert explained(scoring)["reason_codes.dictionary"] == "not_measured"


def test_an_evaluation_compares_with_whom_the_policy_names(scoring: Terminal) -> None:
    text = STABLE.replace("reference: near_cutoff", "reference: all").replace("min: 1, max: 3, ", "")
    (scoring.folder / "stable.yaml").write_text(text)
    scoring.ok("policy", "adopt", "stable.yaml", "--as", "rae")

    scoring.ok(
        "evaluate", "credit-risk@1", "--data", "applicants.csv", "--label", "bad", "--positive", "yes", "--as", "vic"
    )

    assert explained(scoring)["reason_codes.reference"] == "pass"


def test_nobody_but_a_validator_signs_a_validation(scoring: Terminal) -> None:
    said = scoring.fails(4, *TRY, "--as", "ana", "--json")

    assert (said.error["code"], said.error["message"]) == ("role", "ana is no validator")
