"""What the command line says, to whom it says it, and which slips of the pen it stops before they are on record."""

import pytest

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
        thread.POLICY.replace("1.0.0", "1.1.0")
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
    named = thread.POLICY.replace("1.0.0", "1.1.0").replace(
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
