"""What the command line says, to whom it says it, and which slips of the pen it stops before they are on record."""

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
