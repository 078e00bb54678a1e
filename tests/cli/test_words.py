"""What the command line says, to whom it says it, and which slips of the pen it stops before they are on record."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import reports
from tests.cli import thread
from tests.cli.terminal import Terminal

VERSION = "credit-risk@2"


def says(bank: Terminal, *words: str) -> dict[str, str]:
    """Return what the log says, the newest entry of each kind."""
    return {one["kind"]: one["says"] for one in bank.ok("log", "show", *words, "--json").json["entries"]}


def test_the_log_shows_decisions_in_the_words_of_the_history(measured: Terminal) -> None:
    condition = ["--condition", "monitor; ana; 2999-01-31", "--reason", "pilot"]
    measured.ok("sign", VERSION, "--meaning", "approved_with_conditions", *condition, "--as", "vic")
    place = measured.ok("condition", "list", "--json").json["conditions"][0]["entry"]
    measured.ok("condition", "met", place, "--reason", "it runs", "--as", "rae")
    measured.ok("comment", VERSION, "Which cut-off?", "--anchor", "evidence:auc", "--as", "gus")
    measured.ok("model", "amend", "credit-risk", "--set", "jurisdictions=GB", "--reason", "launch", "--as", "rae")

    said = says(measured)

    assert said["sign-off"] == f"{VERSION}, approved with conditions; monitor, ana, until 2999-01-31"
    assert said["condition-met"] == f"{VERSION}, condition 1 of {place}"
    assert said["amend"] == "credit-risk: jurisdictions from EU, US to GB"
    assert said["comment"] == f"{VERSION}, about evidence:auc: Which cut-off?"
    history = measured.ok("version", "history", VERSION, "--json").json["entries"]
    assert history[-2]["says"] == "about evidence:auc: Which cut-off?"


def test_who_signs_second_is_shown_which_version_it_is(measured: Terminal) -> None:
    (measured.folder / "credit.yaml").write_text(
        thread.POLICY.replace("1.0.0", "2.0.0")
        + "waivers: {allowed_for: [four-fifths], max_duration: 90d, requires: {role: risk-officer, quorum: 2}}\n"
    )
    measured.ok("policy", "adopt", "credit.yaml", "--as", "rae")
    until = thread.in_days(20)
    words = ["waive", "credit-risk@1", "four-fifths", "--until", until, "--control", "limit", "--reason", "pilot"]
    measured.ok(*words, "--as", "rae", "--to-sign", "w.json")

    said = measured.ok("person", "cosign", "w.json", "--as", "rob").err

    assert f"You sign: waiver credit-risk@1, credit four-fifths until {until}, mitigated: limit" in said


WHYS = {
    "a fact amended": ["model", "amend", "credit-risk", "--set", "jurisdictions=GB", "--as", "rae"],
    "a version sent back": ["request-changes", VERSION, "--as", "vic"],
    "a version taken back": ["withdraw", VERSION, "--reason", " ", "--as", "ana"],
    "a role taken away": ["person", "revoke", "vic", "--role", "validator", "--as", "ada"],
    "a key ended": ["key", "revoke", "vic", "--cause", "lost", "--as", "ada"],
    "a version moved": ["move", VERSION, "--to", "validated", "--as", "rae"],
    "a version rejected": ["reject", VERSION, "--as", "vic"],
    "an approval with conditions": [
        *["sign", VERSION, "--meaning", "approved_with_conditions", "--condition", "monitor; ana; 2999-01-31"],
        *["--as", "vic"],
    ],
}  # fmt: skip


@pytest.mark.parametrize("words", WHYS.values(), ids=WHYS)
def test_a_missing_reason_is_a_slip_and_leaves_no_refusal_on_record(words: list[str], measured: Terminal) -> None:
    before = measured.size

    assert measured.fails(2, *words, "--json").error["code"] == "no_reason"

    assert measured.size == before


SLIPS = {
    "a role": (["person", "grant", "vic", "--role", "dev", "--as", "ada", "--as", "bea"], "developer"),
    "a role of a policy": (["person", "grant", "vic", "--role", "comittee", "--as", "ada", "--as", "bea"], "committee"),
    "a section": (["document", "add", VERSION, "limitatons", "card.yaml", "--as", "ana"], "limitations"),
    "evidence": (["comment", VERSION, "Why?", "--anchor", "evidence:fourfifths", "--as", "gus"], "evidence:four-fifths"),
    "a doubt": (["challenge", VERSION, "Why?", "--anchor", "polcy:credit", "--as", "vic"], "policy:credit"),
}  # fmt: skip


@pytest.mark.parametrize(("words", "meant"), SLIPS.values(), ids=SLIPS)
def test_a_slip_of_the_pen_is_found_before_it_is_for_ever(words: list[str], meant: str, measured: Terminal) -> None:
    named = thread.POLICY.replace("1.0.0", "2.0.0").replace(
        "{role: risk-officer, quorum: 2", "{role: committee, quorum: 2"
    )
    (measured.folder / "credit.yaml").write_text(named)
    measured.ok("policy", "adopt", "credit.yaml", "--as", "rae")
    before = measured.size

    assert f"did you mean {meant}?" in measured.fails(2, *words, "--json").error["hint"]

    assert measured.size == before


def test_a_word_of_the_firms_own_is_said_to_be_one(measured: Terminal) -> None:
    grant = ["person", "grant", "vic", "--as", "ada", "--as", "bea", "--role"]
    assert "--new-role" in measured.fails(2, *grant, "ombudsman", "--json").error["hint"]
    measured.ok(*grant, "ombudsman", "--new-role")
    measured.ok("person", "grant", "rob", "--role", "ombudsman", "--as", "ada", "--as", "bea")

    add = ["document", "add", VERSION, "colophon", "card.yaml", "--as", "ana"]
    assert "--new-section" in measured.fails(2, *add, "--json").error["hint"]
    measured.ok(*add, "--new-section")
    measured.ok(*add)
    measured.ok("comment", VERSION, "Who printed it?", "--anchor", "section:colophon", "--as", "gus")
    assert (
        "it has"
        in measured.fails(2, "comment", VERSION, "x", "--anchor", "nothing", "--as", "gus", "--json").error["hint"]
    )


def test_the_gate_says_whose_signature_is_void_and_by_what(proved: Terminal) -> None:
    proved.ok("model", "amend", "credit-risk", "--set", "jurisdictions=GB", "--reason", "launch", "--as", "rae")
    entry = proved.ok("model", "show", "credit-risk", "--json").json["amended"]

    said = proved.run("gate", VERSION, "--to", "production").out

    assert re.search(rf"vic signed as validator in #\d+: void: facts of the model, amended in {entry}\n", said)
    assert ", limit" in said
    assert " , " not in said
    assert not re.search(r"\d\.\d{5}", said)
    exact = proved.run("gate", VERSION, "--to", "production", "--json").json["findings"][0]["value"]
    assert len(exact) > len("0.12345")
    assert not re.search(r"\d\.\d{5}", proved.run("sign", VERSION, "--meaning", "reviewed", "--as", "vic").err)


def test_a_gate_that_is_none_is_answered_with_those_that_are(measured: Terminal) -> None:
    said = measured.run("gate", VERSION, "--to", "prod")

    assert (said.code, said.err) == (
        5,
        "note: there is no gate prod; did you mean production? there is production, validated\n",
    )


def test_what_reads_another_model_is_named_before_it_moves(proved: Terminal) -> None:
    card = (proved.folder / "card.yaml").read_text()
    limits = card.replace("name: credit-risk", "name: limits").replace("credit-scoring", "limit-setting")
    (proved.folder / "limits.yaml").write_text(f"{limits}upstream: [credit-risk, income]\n")
    income = limits.replace("name: limits", "name: income")
    (proved.folder / "income.yaml").write_text(income)
    for name in ("income", "limits"):
        proved.ok("model", "register", "--card", f"{name}.yaml", "--as", "ana")
    proved.ok("version", "register", "limits", "model.bin", "--as", "ana")
    proved.ok("submit", "limits@1", "--as", "ana")
    proved.ok("sign", "limits@1", "--meaning", "approved", "--as", "rob")
    live = ["move", "limits@1", "--to", "production", "--as-role", "champion", "--reason", "go-live", "--as", "rae"]

    said = proved.ok(*live)

    assert said.err == "note: limits reads income, which has no champion\n"
    assert "limits reads income, which has no champion" in said.out
    away = proved.ok("move", VERSION, "--to", "suspended", "--reason", "drift", "--as", "rae", "--json")
    assert away.json["warnings"] == [f"limits in production reads {VERSION}, and is left without"]
    assert "note: limits in production reads" in away.err


def test_a_draft_is_no_issued_report(measured: Terminal) -> None:
    before = measured.size

    said = measured.ok("report", "credit-risk@1", "-o", "draft.pdf", "--as", "gus")

    assert "this is a draft, and nothing is filed" in said.err
    assert said.out.endswith("a draft, nothing is filed\n")
    assert measured.size == before


ASKED = {
    "no version": ([], "a validation report is of a version"),
    "a version for the inventory": ([VERSION, "--template", "inventory"], "the inventory is of no version"),
    "a model for the inventory": (["--template", "inventory", "--model", "x"], "are of the audit-trail"),
}


@pytest.mark.parametrize(("words", "message"), ASKED.values(), ids=ASKED)
def test_what_a_report_is_about_is_asked_for_in_its_own_words(
    words: list[str], message: str, measured: Terminal
) -> None:
    assert message in measured.fails(2, "report", *words, "-o", "x.pdf", "--as", "gus").err


def test_what_is_written_otherwise_is_shown_how_to_write_it(measured: Terminal) -> None:
    version = ["version", "register", "credit-risk", "model.bin", "--approve", "pd < 0.3", "--as", "ana"]

    assert "'pd < 0.3' is not a rule on the score like 'score < 0.22'" in measured.fails(2, *version).err


def test_an_empty_list_says_what_to_do(alone: Terminal, measured: Terminal) -> None:
    assert "`govern model new` prints a card" in alone.ok("model", "list").out
    assert measured.ok("model", "list", "tier:low").out == "the filter asks for no model that is here\n"


def test_what_was_tampered_with_says_what_to_do(proved: Terminal) -> None:
    for name in ("report.pdf", "bundle.zip"):
        content = bytearray((proved.folder / name).read_bytes())
        content[len(content) // 2] ^= 1
        (proved.folder / name).write_bytes(content)

        said = proved.fails(6, "verify", name)

        assert "hint:  do not rely on it" in said.err
        assert "BadZipFile" not in said.err


def test_a_bundle_counts_its_entries_as_its_verifier_does(proved: Terminal) -> None:
    said = proved.ok("bundle", VERSION, "-o", "again.zip", "--json").json["entries"]

    ours = proved.ok("verify", "again.zip", "--json").json["checked"]
    (proved.folder / "verify.py").write_bytes((Path(reports.__file__).parent / "verify.py").read_bytes())
    own = subprocess.run(
        [sys.executable, "-I", "verify.py", "again.zip"], check=True, capture_output=True, text=True, cwd=proved.folder
    ).stdout

    assert f"{said} entries are in the ledger" in {one["what"] for one in ours}
    assert f"{said} entries signed and in the ledger" in own


def test_what_a_gate_answered_is_on_record_in_its_own_words(measured: Terminal) -> None:
    asked = ["gate", VERSION, "--to", "validated"]
    before = measured.size

    waiting = measured.run(*asked, "--record", "--as", "gus", "--json")

    assert waiting.code == 3
    assert waiting.json["recorded"] == f"#{before}"
    assert set(waiting.json) == {*measured.run(*asked, "--json").json, "recorded"}
    assert measured.size == before + 1
    assert says(measured)["gate"] == f"{VERSION}, to validated: needs person, because approvals.validation.quorum"
    statement = measured.ok("log", "show", str(before), "--json").json["entries"][0]["statement"]
    assert statement["predicate"]["decision"] == "needs_person"
    assert [one["sha256"] for one in waiting.json["policies"]] == [
        one.removeprefix("sha256:") for one in statement["predicate"]["policies"]
    ]
    assert statement["predicate"]["at"] == waiting.json["at"]
    history = measured.ok("version", "history", VERSION, "--json").json["entries"]
    assert history[-1]["says"] == "to validated: needs person, because approvals.validation.quorum"
    measured.ok("sign", VERSION, "--meaning", "approved", "--as", "vic")
    assert f"recorded in #{before + 2}" in measured.ok(*asked, "--record", "--as", "ana").err
    assert says(measured)["gate"] == f"{VERSION}, to validated: allow"
    elsewhere = measured.run("gate", VERSION, "--to", "elsewhere", "--record", "--as", "gus", "--environment", "ci")
    assert elsewhere.code == 5
    assert says(measured)["gate"].startswith(f"{VERSION}, to elsewhere in ci: not applicable")
    assert measured.ok("audit").code == 0


@pytest.mark.parametrize("more", [("--at", "2026-03-31"), ("--approval", "approval.json")])
def test_only_what_holds_now_and_here_is_recorded(more: tuple[str, ...], measured: Terminal) -> None:
    before = measured.size

    version = [] if "--approval" in more else [VERSION]
    said = measured.fails(2, "gate", *version, "--to", "validated", "--record", "--as", "gus", *more)

    assert "--record" in said.err
    assert measured.size == before
