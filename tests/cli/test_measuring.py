"""A version measured by its own model, and the reasons it declines people for, through the command line."""

import pytest

from govern.ledger.strict import Digest
from tests.cli import thread
from tests.cli.terminal import Terminal
from tests.cli.test_reporting import flip_kept


def test_a_flipped_byte_of_the_dictionary_of_reasons_is_refused_by_its_name_until_it_is_put_back(
    scoring: Terminal,
) -> None:
    digest = str(Digest.of((scoring.folder / "reasons.yaml").read_bytes()))

    flip_kept(scoring, digest)

    error = scoring.fails(6, "check", "credit-risk@1", "--json").error
    assert error["message"].startswith(f"the dictionary of reasons: the content kept as {digest} has ")
    flip_kept(scoring, digest)
    assert scoring.run("check", "credit-risk@1").code == 5
    assert "no entry names" not in scoring.ok("doctor").out


MEASURE = [
    "evaluate",
    "credit-risk@1",
    "--data",
    "applicants.csv",
    "--label",
    "bad",
    "--positive",
    "yes",
    "--as",
    "vic",
]


WHY = ["reasons", "credit-risk@1", "--data", "applicants.csv", "--case"]


def test_a_version_is_measured_by_its_own_model_and_reasons_are_evidence(scoring: Terminal) -> None:
    said = scoring.ok(*MEASURE, "--json").json
    judged = scoring.ok("check", "credit-risk@1", "--json").json
    shown = scoring.ok("version", "show", "credit-risk@1", "--json").json

    assert said["unmeasured"] == []
    assert judged["decision"] == "allow"
    assert {one["id"]: one["verdict"] for one in judged["findings"]}["checks.reasons"] == "pass"
    assert set(shown["evidence"]) == {"auc", "reasons"}
    assert shown["approve"] == "score < 0.4"


def test_reasons_of_one_case(scoring: Terminal) -> None:
    found = (scoring.run(*WHY, f"L{number:04d}", "--json").json for number in range(900))
    declined = next(one for one in found if one["decision"] == "declined")
    text = scoring.ok(*WHY, declined["case"])

    assert declined["schema"] == "govern/cli/reasons/v1"
    assert float(declined["score"]) >= 0.4
    assert declined["cutoff"] == "0.4"
    assert [one["rank"] for one in declined["reasons"]] == list(range(1, len(declined["reasons"]) + 1))
    assert set(declined["contributions"]) == {"income", "debt", "noise"}
    assert declined["reference"]["kind"] == "near_cutoff"
    assert declined["reasons"][0]["text"] in text.out


def test_words_that_are_missing_stop_the_reasons_and_the_version(scoring: Terminal) -> None:
    (scoring.folder / "short.yaml").write_text("schema: govern/reasons/v1\nreasons:\n  noise: {code: R9, text: x}\n")
    with_rule = ["--approve", "score < 0.4", "--reasons", "short.yaml"]
    scoring.ok("version", "register", "credit-risk", "model.json", *with_rule, "--as", "ana")
    again = [word.replace("@1", "@2") for word in MEASURE]

    scoring.ok(*again)
    judged = scoring.run("check", "credit-risk@2", "--json").json

    assert {one["id"]: one["verdict"] for one in judged["findings"]}["checks.reasons"] == "fail"
    for number in range(20):
        words = ["reasons", "credit-risk@2", "--case", f"L{number:04d}", "--data", "applicants.csv"]
        found = scoring.run(*words, "--json").json
        if found["decision"] == "declined":
            assert scoring.run(*words).code == 1
            assert "no words" in found["blocking"][0]
            assert found["reasons"] == []
            return
    pytest.fail("nobody was declined")


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        pytest.param(
            ["--case", "nobody", "--data", "applicants.csv"], "no_case", "erased, or never there", id="no such case"
        ),
        pytest.param(["--case", "L0001", "--data", "no.csv"], "invalid_input", "cannot be read", id="no such file"),
        pytest.param(
            ["--case", "L0001", "--data", "applicants.csv", "--column", "id"],
            "invalid_input",
            "no column 'id'",
            id="column",
        ),
    ],
)
def test_what_cannot_be_explained_says_so(scoring: Terminal, words: list[str], code: str, message: str) -> None:
    said = scoring.fails(2, "reasons", "credit-risk@1", *words, "--json")

    assert said.error["code"] == code
    assert message in said.error["message"]


@pytest.mark.parametrize(
    ("made", "code"),
    [
        pytest.param(["model.json"], "no_rule", id="no rule"),
        pytest.param(["card.yaml", "--approve", "score < 0.4"], "no_model", id="no model"),
    ],
)
def test_a_version_without_a_rule_or_a_model_is_not_guessed_at(scoring: Terminal, made: list[str], code: str) -> None:
    scoring.ok("version", "register", "credit-risk", *made, "--as", "ana")

    said = scoring.fails(2, *[word.replace("@1", "@2") for word in MEASURE], "--json")

    assert said.error["code"] == code


def test_a_model_without_a_dictionary_leaves_the_reasons_not_measured(scoring: Terminal) -> None:
    scoring.ok("version", "register", "credit-risk", "model.json", "--approve", "score < 0.4", "--as", "ana")

    said = scoring.ok(*[word.replace("@1", "@2") for word in MEASURE], "--json").json

    assert [one["check"] for one in said["unmeasured"]] == ["reasons"]
    assert scoring.run("check", "credit-risk@2").code == 1
    said = scoring.fails(2, "reasons", "credit-risk@2", "--case", "L0001", "--data", "applicants.csv", "--json")
    assert said.error["code"] == "no_dictionary"


@pytest.mark.parametrize(
    ("option", "value"),
    [
        pytest.param("--approve", "pd < 0.4", id="another column"),
        pytest.param("--approve", "score < 0.40000000000001", id="too many digits"),
        pytest.param("--approve", "score = 0.4", id="no order"),
    ],
)
def test_a_rule_has_one_form(scoring: Terminal, option: str, value: str) -> None:
    said = scoring.fails(2, "version", "register", "credit-risk", "model.json", option, value, "--as", "ana", "--json")

    assert "approve" in said.error["message"]


def test_a_dictionary_is_read_before_it_is_kept(scoring: Terminal) -> None:
    (scoring.folder / "bad.yaml").write_text("schema: govern/reasons/v1\nreasons: {income: {text: x}}\n")
    words = ["version", "register", "credit-risk", "model.json", "--reasons", "bad.yaml", "--as", "ana"]

    assert "income has no code" in scoring.fails(2, *words, "--json").error["message"]


def test_a_pickle_is_loaded_only_when_somebody_says_so(scoring: Terminal) -> None:
    import joblib
    import pandas as pd
    from sklearn.linear_model import LogisticRegression

    frame = pd.read_csv(scoring.folder / "applicants.csv")
    features = frame[["income", "debt", "noise"]]
    joblib.dump(LogisticRegression().fit(features, frame.bad == "yes"), scoring.folder / "linear.joblib")
    rule = ["--approve", "score < 0.4", "--reasons", "reasons.yaml"]
    scoring.ok("version", "register", "credit-risk", "linear.joblib", *rule, "--as", "ana")
    again = [word.replace("@1", "@2") for word in MEASURE]

    assert scoring.fails(4, *again, "--json").error["code"] == "pickle"
    scoring.ok(*again, "--trust-pickle")
    assert scoring.run("check", "credit-risk@2").code == 0


def test_scores_that_stand_in_the_file_are_still_read(scoring: Terminal) -> None:
    thread.scored(scoring.folder / "scored.csv", stricter=0)

    said = scoring.ok(
        "evaluate", "credit-risk@1", "--data", "scored.csv", *thread.COLUMNS, "--as", "vic", "--json"
    ).json

    assert [one["check"] for one in said["unmeasured"]] == ["reasons"]


def test_a_model_by_reference_is_given_by_whoever_measures_and_is_the_registered_one(scoring: Terminal) -> None:
    rule = ["--approve", "score < 0.4", "--reasons", "reasons.yaml", "--param", "eta=0.1"]
    scoring.ok("version", "register", "credit-risk", "model.json", *rule, "--by-reference", "--as", "ana")
    (scoring.folder / "model.json").rename(scoring.folder / "elsewhere.json")
    (scoring.folder / "other.json").write_text("{}")
    again = [word.replace("@1", "@2") for word in MEASURE]
    why = [word.replace("@1", "@2") for word in WHY]

    without = scoring.fails(2, *again, "--json").error
    other = scoring.fails(2, *again, "--artefact", "other.json", "--json").error
    scored = scoring.fails(2, *again, "--score", "pd", "--artefact", "elsewhere.json", "--json").error
    assert (without["code"], other["code"]) == ("not_held", "other_artefact")
    assert without["message"] == "credit-risk@2 was registered by reference, and model.json is not held here"
    assert "--artefact FILE" in without["hint"]
    assert "`govern version show credit-risk@2` has its digest" in other["hint"]
    assert scored["message"] == "the rows have scores already, and no model is asked"
    assert scoring.fails(2, *why, "L0001", "--json").error["code"] == "not_held"

    assert scoring.ok(*again, "--artefact", "elsewhere.json", "--json").json["decision"] == "allow"
    assert scoring.run(*why, "L0001", "--artefact", "elsewhere.json", "--json").json["case"] == "L0001"


def test_reasons_are_given_of_what_there_was_then(scoring: Terminal) -> None:
    entry = scoring.ok("version", "show", "credit-risk@1", "--json").json["entry"]
    before = scoring.ok("log", "show", str(int(entry[1:]) - 1), "--json").json["entries"][0]["recordedAt"]

    assert scoring.fails(2, *WHY, "L0001", "--at", before, "--json").error["code"] in {
        "unknown_version",
        "unknown_model",
    }
