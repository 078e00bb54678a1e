"""A version measured by its own model, and the reasons it declines people for, through the command line."""

import contextlib
import ctypes
import os
import pickle
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from govern import connection, measuring, review
from govern.checks import landlock
from govern.cli.measured import seconded
from govern.connection import Folder
from govern.desk import Desk
from govern.ledger.strict import Digest
from govern.policy.evidence import Evidence
from tests.cli import thread
from tests.cli.scoring_bank import POLICY, applicants
from tests.cli.terminal import PASSPHRASE, Terminal
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


SIDES = (
    POLICY.replace("1.0.0", "2.0.0").partition("checks:")[0]
    + """\
checks:
  - {id: told, metric: selection_rate, favourable: {outcome: "no"}, min: 0.1}
gates:
  validated: {checks: all}
"""
)


def test_whom_a_version_declines_is_not_measured_as_favoured(scoring: Terminal) -> None:
    (scoring.folder / "sides.yaml").write_text(SIDES)
    scoring.ok("policy", "adopt", "sides.yaml", "--as", "rae")
    for least in ("score < 0.4", "score >= 0.4"):
        scoring.ok(
            "version",
            "register",
            "credit-risk",
            "model.json",
            "--approve",
            least,
            "--param",
            f"a={least}",
            "--as",
            "ana",
        )
    low, high = ([word.replace("@1", version) for word in MEASURE] for version in ("@2", "@3"))
    before = scoring.size

    error = scoring.fails(2, *high, "--json").error

    assert error["code"] == "favours_declined"
    assert error["message"] == (
        "the check told favours 'no', and credit-risk@3 declines them: it approves score >= 0.4, and a high score stands for 'yes'"
    )
    assert scoring.size == before
    share = scoring.ok(*low, "--json").json["findings"][0]["value"]
    other = scoring.ok(*[word.replace("yes", "no") for word in high], "--json").json["findings"][0]["value"]
    assert float(share) + float(other) == pytest.approx(1)


def test_evidence_is_filed_with_the_versions_of_what_measured_it(scoring: Terminal) -> None:
    scoring.ok(*MEASURE)

    (entry,) = scoring.ok("log", "show", "--last", "1", "--json").json["entries"]
    whole = scoring.ok("log", "show", str(entry["entry"]), "--json").out

    assert entry["kind"] == "evidence"
    for name in ("govern", "duckdb", "ibis-framework", "numpy"):
        assert f'"name": "{name}", "version": "{version(name)}"' in " ".join(whole.split())


def test_evidence_says_how_the_declined_were_explained_and_who_agreed(scoring: Terminal) -> None:
    scoring.ok(*MEASURE)

    with at_desk(scoring, "vic") as desk:
        one = review.version(desk, "credit-risk@1")
        kept = Evidence.parse(review.content(desk, one.measured["reasons"].evidence))
        found = review.reason_codes(desk, one)

    assert kept.plan.reasoning
    assert found
    assert kept.plan.reasoning.method == found.method == "tree.patterns"


@pytest.mark.parametrize(
    ("method", "software", "agreed"),
    [
        ("", ("govern 0.1.0", "shap 0.51.0"), True),
        ("", ("sklearn 1.9.0", "shap 0.51.0"), True),
        ("", ("duckdb 1.5.0", "shap 0.51.0"), False),
        ("tree.patterns", ("govern 0.1.0", "shap 0.51.0"), True),
        ("tree.shap", ("govern 0.1.0", "shap 0.51.0"), False),
        ("asked.sampled", ("govern 0.1.0",), False),
    ],
)
def test_shap_agreed_unless_it_was_shap_that_explained(method: str, software: tuple[str, ...], agreed: bool) -> None:
    said = "shap 0.51.0, on some of them, and it agreed" if agreed else ""

    assert seconded(method, software) == said


def test_evidence_of_a_time_when_nobody_said_how_they_were_explained_is_repeated_too(scoring: Terminal) -> None:
    rows = measuring.Rows(scoring.folder / "applicants.csv", label="bad", positive="yes")
    with at_desk(scoring, "vic") as desk:
        _, run = measuring.evaluate(desk, review.version(desk, "credit-risk@1"), rows)
        reasoning = run.evidence.plan.reasoning
        assert reasoning
        plan = run.evidence.plan.model_copy(update={"reasoning": reasoning.model_copy(update={"method": None})})
        old = replace(run, evidence=run.evidence.model_copy(update={"plan": plan}))
        measuring.filed(desk, review.version(desk, "credit-risk@1"), old)

    said = scoring.ok("evaluate", "credit-risk@1", "--data", "applicants.csv", "--repeat", "--as", "ana", "--json").json

    (one,) = said["repeated"]
    assert (one["evidence"], one["differs"]) == (str(Digest.of(bytes(old.evidence))), [])
    assert b"tree.patterns" not in bytes(old.evidence)


@contextlib.contextmanager
def at_desk(bank: Terminal, handle: str) -> Iterator[Desk]:
    with connection.near(Folder.read(bank.folder / "models"), environment=bank.environment) as near:
        desk = Desk(near.ledger, near.store, connection.now, os.urandom)
        key = next(one for one in connection.keys_here(near.folder) if one.handle == handle)
        yield replace(desk, pens=(desk.unlock_pen(key, PASSPHRASE),))


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


def test_a_model_of_lightgbm_declines_for_columns_that_count_as_one(scoring: Terminal) -> None:
    import lightgbm
    import numpy as np

    rows = np.array(applicants(scoring.folder / "applicants.csv"))
    given = lightgbm.Dataset(rows[:, :3], label=rows[:, 3], feature_name=["income", "debt", "noise"])
    terms = {"objective": "binary", "num_threads": 1, "verbose": -1}
    lightgbm.train(terms, given, 10).save_model(scoring.folder / "model.txt")
    group = "means: {code: R01, columns: [income, debt], text: Income beside debts}"
    words = f"schema: govern/reasons/v1\nreasons:\n  {group}\n  noise: {{code: R09, text: x}}\n"
    (scoring.folder / "paired.yaml").write_text(words)
    with_rule = ["--approve", "score < 0.4", "--reasons", "paired.yaml"]
    scoring.ok("version", "register", "credit-risk", "model.txt", *with_rule, "--as", "ana")

    again = [word.replace("@1", "@2") for word in WHY]
    found = (scoring.run(*again, f"L{number:04d}", "--json").json for number in range(900))

    declined = next(one for one in found if one["reasons"])
    assert {one["code"] for one in declined["reasons"]} <= {"R01", "R09"}
    assert declined["method"]["kind"] == "tree.patterns"
    assert set(declined["contributions"]) == {"means", "noise"}


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


class Thief:
    """A model that wants a file when it is read."""

    def __init__(self, wanted: Path) -> None:
        self.wanted = wanted

    def __reduce__(self) -> Any:
        return open, (str(self.wanted),)


class Garbled:
    """A model that is read like any other, and gives scores that are none."""

    def __reduce__(self) -> Any:
        code = """
class Model:
    feature_names_in_ = ["income", "debt", "noise"]
    def get_params(self, deep): return {}
    def set_params(self): return self
    def predict(self, rows): return rows["income"].to_numpy() * float("nan")
"""
        return eval, (f"(names := {{}}, exec({code!r}, names), names['Model']())[2]", {})


def fails_without_evidence(scoring: Terminal, model: object) -> Any:
    (scoring.folder / "hostile.pkl").write_bytes(pickle.dumps(model))
    rule = ["--approve", "score < 0.4", "--reasons", "reasons.yaml"]
    scoring.ok("version", "register", "credit-risk", "hostile.pkl", *rule, "--as", "ana")
    again = [word.replace("@1", "@2") for word in MEASURE]
    before = scoring.size

    said = scoring.fails(2, *again, "--trust-pickle", "--json")

    assert scoring.size == before
    assert scoring.run("check", "credit-risk@2").code == 5
    scoring.ok(*MEASURE)
    assert scoring.size == before + 1
    return said.error


@pytest.mark.skipif(not landlock.version(ctypes.CDLL(None)), reason="this kernel has no Landlock")
def test_a_model_that_wants_a_key_leaves_no_evidence_but_an_error(scoring: Terminal) -> None:
    error = fails_without_evidence(scoring, Thief(scoring.keys / "ana.key.json"))

    assert error["code"] == "model_forbidden"
    assert error["message"].startswith("the model wanted what its process may not: PermissionError: [Errno 13]")
    assert "ana.key.json" in error["message"]


@pytest.mark.skipif(not landlock.version(ctypes.CDLL(None)), reason="without it a pickle is refused")
def test_a_model_whose_scores_are_none_leaves_no_evidence(scoring: Terminal) -> None:
    error = fails_without_evidence(scoring, Garbled())

    assert (error["code"], error["message"][:36]) == ("not_finite", "the model gives nan as a score, of 9")


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


# Measured again


def measured(scoring: Terminal) -> Terminal:
    scoring.ok(
        "evaluate", "credit-risk@1", "--data", "applicants.csv", "--label", "bad", "--positive", "yes", "--as", "vic"
    )
    return scoring


def test_what_is_measured_again_to_the_same_bytes_is_countersigned(scoring: Terminal) -> None:
    measured(scoring)

    said = scoring.ok("evaluate", "credit-risk@1", "--data", "applicants.csv", "--repeat", "--as", "ana", "--json").json

    (one,) = said["repeated"]
    assert (said["ok"], one["checks"], one["differs"]) == (True, ["auc", "reasons"], [])
    shown = scoring.ok("version", "show", "credit-risk@1", "--json").json["evidence"]["auc"]
    assert f"sha256:{shown['digest'].removeprefix('sha256:')}" == one["evidence"]
    again = scoring.ok("evaluate", "credit-risk@1", "--data", "applicants.csv", "--repeat", "--as", "ana")
    assert "auc, reasons" in again.out
    assert "the same, countersigned in #" in again.out


def test_other_rows_are_not_what_was_measured(scoring: Terminal) -> None:
    measured(scoring)
    lines = (scoring.folder / "applicants.csv").read_text().splitlines(keepends=True)
    (scoring.folder / "applicants.csv").write_text("".join(lines[:-1]))

    error = scoring.fails(
        5, "evaluate", "credit-risk@1", "--data", "applicants.csv", "--repeat", "--as", "vic", "--json"
    ).error

    assert "nothing of credit-risk@1 was measured on applicants.csv" in error["message"]


def test_what_is_not_the_same_is_said_and_not_filed(scoring: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    from govern.checks import resample

    measured(scoring)
    size = scoring.ok("log", "show", "--json").raw.count(b'"index"')
    genuine = resample.draws

    # What a faulty library would do: every draw is of other numbers.
    monkeypatch.setattr(
        "govern.checks.measures.draws", lambda cells, count, what: genuine(cells, count, f"{what}, otherwise")
    )
    said = scoring.run("evaluate", "credit-risk@1", "--data", "applicants.csv", "--repeat", "--as", "vic")

    assert said.code == 1
    assert "auc, reasons (sha256:" in said.out
    assert "differs\n  auc: 0." in said.out
    assert scoring.ok("log", "show", "--json").raw.count(b'"index"') == size


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["credit-risk@1", "--data", "applicants.csv", "--repeat", "--label", "bad"],
            "what is repeated is what was recorded",
        ),
        (["--predictions", "applicants.csv", "--repeat"], "nothing of a file alone is on record"),
        (["--predictions", "applicants.csv", "--score", "income", "--artefact", "model.json"], "leave --artefact out"),
    ],
)
def test_forms_are_not_mixed(scoring: Terminal, words: list[str], message: str) -> None:
    error = scoring.fails(2, "evaluate", *words, "--as", "vic", "--json").error

    assert message in error["message"] + error["hint"]


# Against what it was trained on

DRIFTING = POLICY.replace(
    "gates:", "  - {id: drift, metric: psi, of: [score, income], against: training, max: 0.25}\ngates:"
)


def test_drift_is_measured_against_the_data_that_was_registered(scoring: Terminal, tmp_path: Path) -> None:
    applicants(scoring.folder / "then.csv", 700)
    applicants(scoring.folder / "other.csv", 300)
    (scoring.folder / "drifting.yaml").write_text(DRIFTING.replace("1.0.0", "2.0.0"))
    scoring.ok("policy", "adopt", "drifting.yaml", "--as", "rae")
    with_rule = ["--approve", "score < 0.4", "--reasons", "reasons.yaml", "--data", "training=then.csv"]
    scoring.ok("version", "register", "credit-risk", "model.json", *with_rule, "--as", "ana")
    words = [
        "evaluate",
        "credit-risk@2",
        "--data",
        "applicants.csv",
        "--label",
        "bad",
        "--positive",
        "yes",
        "--as",
        "vic",
    ]

    without = scoring.ok(*words, "--json").json
    other = scoring.fails(2, *words, "--baseline", "other.csv", "--json").error
    found = scoring.ok(*words, "--baseline", "then.csv", "--json").json

    assert without["unmeasured"] == [{"check": "drift", "why": "psi needs a baseline: the rows as they were"}]
    assert (other["code"], "then.csv (training)" in other["hint"]) == ("other_data", True)
    drift = [one for one in found["findings"] if one["rule"] == "checks.drift"]
    assert {one["group"]["column"]: one["verdict"] for one in drift} == {"income": "pass", "score": "pass"}
    again = ["evaluate", "credit-risk@2", "--data", "applicants.csv", "--repeat", "--as", "ana", "--json"]
    assert "give that file: --baseline" in scoring.fails(2, *again).error["hint"]
    assert scoring.ok(*again, "--baseline", "then.csv").json["ok"]


def watched(bank: Terminal, *words: str) -> tuple[subprocess.Popen[bytes], int]:
    """Start a command whose complaints go to a terminal; return it, and the terminal's other end."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-P", "-m", "govern.cli", *words]
    child = subprocess.Popen(
        command, cwd=bank.folder, stdout=subprocess.PIPE, stderr=theirs, env=bank.environment, start_new_session=True
    )
    os.close(theirs)
    return child, ours


def heard(terminal: int, until: str = "") -> str:
    """Return what the terminal shows until it says this, or to its end."""
    said = b""
    with contextlib.suppress(OSError):  # Linux says so that the other end is closed
        while not until or until.encode() not in said:
            if not (more := os.read(terminal, 4096)):
                break
            said += more
    return said.decode().replace("\r\n", "\n")


def test_every_step_is_told_as_it_is_done(scoring: Terminal) -> None:
    child, terminal = watched(scoring, *MEASURE)

    said = heard(terminal)

    assert child.communicate()[0]
    assert child.returncode == 0
    told = [line.strip() for line in said.splitlines()]
    assert told[0] == "applicants.csv: 900 rows"
    assert told[1].startswith("scored by the xgboost model (")
    assert re.fullmatch(r"explained 200 of 4\d\d declined", told[2])
    assert [line.partition(":")[0] for line in told[3:]] == ["auc", "reasons"]
    assert told[4] == "reasons: 1.0000"


def test_an_evaluation_that_is_interrupted_records_nothing(scoring: Terminal) -> None:
    before = scoring.ok("log", "show", "--json").json
    child, terminal = watched(scoring, *MEASURE)

    heard(terminal, "scored by")
    os.killpg(child.pid, signal.SIGINT)
    rest = heard(terminal)

    assert child.communicate()[0] == b""
    assert child.returncode == 130, rest
    assert rest.rstrip().endswith("interrupted")
    assert scoring.ok("log", "show", "--json").json == before
    with pytest.raises(ProcessLookupError):
        os.killpg(child.pid, 0)


def declined(scoring: Terminal, version: str) -> dict[str, Any]:
    """Return the first of the declined, as a version has them."""
    again = [word.replace("credit-risk@1", version) for word in WHY]
    found = (scoring.run(*again, f"L{number:04d}", "--json").json for number in range(900))
    return next(one for one in found if one["decision"] == "declined")


def test_a_model_of_several_classes_decides_by_the_one_that_is_registered(scoring: Terminal) -> None:
    import numpy as np
    import pandas as pd
    import skops.io
    from sklearn.ensemble import RandomForestClassifier

    rows = np.array(applicants(scoring.folder / "applicants.csv"))
    its = RandomForestClassifier(n_estimators=5, max_depth=4, random_state=0)
    its.fit(
        pd.DataFrame(rows[:, :3], columns=["income", "debt", "noise"]),
        np.array(["paid", "late", "lost"])[(rows[:, 3] * (1 + (rows[:, 1] > 0.3))).astype(int)],
    )
    skops.io.dump(its, scoring.folder / "classes.skops")
    named = [["--coefficient", "columns=income"], ["--score-of", "lost"]]
    with_rule = ["--approve", "score < 0.3", "--reasons", "reasons.yaml"]
    for more in named:
        scoring.ok("version", "register", "credit-risk", "classes.skops", *with_rule, *more, "--as", "ana")

    error = scoring.fails(2, *[word.replace("@1", "@2") for word in WHY], "L0001", "--json").error

    assert error["message"] == "this model tells 3 classes apart: late, lost, paid"
    assert "of the class lost" in scoring.ok("version", "show", "credit-risk@3").out
    found = declined(scoring, "credit-risk@3")
    assert float(found["score"]) >= 0.3
    assert (found["method"]["kind"], found["method"]["space"]) == ("tree.patterns", "probability")
    assert found["reasons"]


def test_a_scorecard_is_a_model_of_a_version(scoring: Terminal) -> None:
    (scoring.folder / "card.yaml").write_text("""# Points.
schema: govern/scorecard/v1
base: 600
columns:
  income: [{below: 0, points: -40}, {points: 20}]
  debt: [{below: 0.2, points: 15.5}, {points: -30}]
""")
    with_rule = ["--approve", "score >= 580", "--reasons", "reasons.yaml"]
    scoring.ok("version", "register", "credit-risk", "card.yaml", *with_rule, "--as", "ana")

    found = declined(scoring, "credit-risk@2")

    assert float(found["score"]) in {530, 575.5}
    assert (found["method"]["kind"], found["method"]["space"]) == ("linear", "points")
    assert found["method"]["library"].startswith("govern ")
    assert found["reasons"]
