"""The review as people carry it out at the command line, and the same record read as of every moment of it."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from govern import connection, telling
from govern.desk import Desk
from govern.storage.folder import Folder
from tests.cli import thread
from tests.cli.terminal import Terminal, signed

FIRST, SECOND = "credit-risk@1", "credit-risk@2"
SOON = str((datetime.now(UTC) + timedelta(days=20)).date())
LATER = str((datetime.now(UTC) + timedelta(days=80)).date())
RULES = thread.POLICY.replace("1.0.0", "2.0.0") + (
    "documentation: {required: [limitations]}\n"
    "waivers: {allowed_for: [four-fifths], max_duration: 90d, requires: {role: risk-officer, quorum: 2}}\n"
)


@dataclass
class Review:
    """A bank, and how to do the next thing there."""

    bank: Terminal
    entries: dict[str, str] = field(default_factory=dict)

    def do(self, called: str, *words: str) -> None:
        """Run a command that files something, and remember its entry."""
        self.entries[called] = self.bank.ok(*words, "--json").json["entry"]

    def version(self, name: str = SECOND) -> Any:
        return self.bank.ok("version", "show", name, "--json").json


@pytest.fixture(scope="module")
def ruled(_measured: Terminal, tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    bank = _measured.copied(tmp_path_factory.mktemp("ruled") / "bank")
    (bank.folder / "credit.yaml").write_text(RULES)
    bank.ok("policy", "adopt", "credit.yaml", "--as", "rae")
    return bank


@pytest.fixture
def review(ruled: Terminal, tmp_path: Any) -> Review:
    """A bank whose policy asks for limitations and allows one waiver; the second version is in review, and void."""
    return Review(ruled.copied(tmp_path / "bank"))


def test_a_doubt_is_answered_and_a_finding_closed_by_somebody_else(review: Review) -> None:
    bank = review.bank
    review.do("comment", "comment", SECOND, "Which cut-off?", "--anchor", "evidence:auc", "--as", "gus")
    review.do("doubt", "challenge", SECOND, "Boom years.", "--anchor", "evidence:auc", "--as", "vic")
    assert "answer" in {one["what"] for one in bank.ok("inbox", "--as", "ana", "--json").json["tasks"]}
    assert bank.fails(4, "respond", review.entries["doubt"], "Mine", "--as", "vic", "--json").error["code"] == (
        "self_approval"
    )
    review.do("answer", "respond", review.entries["doubt"], "2019 to 2023.", "--as", "ana")
    add = ["finding", "add", SECOND, "No thin files", "--severity", "high", "--owner", "ana", "--due", SOON]
    review.do("finding", *add, "--as", "vic")
    assert bank.ok("inbox", "--as", "ana", "--json").json["tasks"][0]["due"] == SOON

    said = review.version()
    assert [(one["kind"], one["text"], one["answers"]) for one in said["talks"]] == [
        ("comment", "Which cut-off?", None),
        ("challenge", "Boom years.", None),
        ("answer", "2019 to 2023.", review.entries["doubt"]),
    ]
    assert [(one["title"], one["closed"]) for one in said["findings"]] == [("No thin files", None)]
    assert "No thin files" in bank.ok("finding", "list").out
    close = ["finding", "close", review.entries["finding"], "--reason", "tested now"]
    assert bank.fails(4, *close, "--as", "ana", "--json").error["code"] in {"role", "self_approval"}
    review.do("closed", *close, "--as", "vic")
    assert bank.ok("finding", "list").out == "no open findings\n"
    (found,) = bank.ok("finding", "list", "credit-risk", "--all", "--json").json["findings"]
    assert (found["closed"], found["doubted"]) == (review.entries["closed"], None)
    assert f"closed in {found['closed']}" in bank.ok("finding", "list", "--all").out

    revoke = ["--cause", "compromised", "--suspect-since", review.entries["closed"].removeprefix("#")]
    bank.ok("key", "revoke", "vic", *revoke, "--reason", "stolen", *signed("ada", "bea"))

    (found,) = bank.ok("finding", "list", "--json").json["findings"]
    assert (found["closed"], found["doubted"]) == (None, review.entries["closed"])
    assert f"{SOON}, closed in {found['doubted']} by a suspect key" in bank.ok("finding", "list").out


def test_what_is_named_by_an_entry_has_to_be_there(review: Review) -> None:
    assert review.bank.fails(2, "respond", "9999", "x", "--as", "ana", "--json").error["code"] == "unknown_entry"
    assert "not about a version" in review.bank.fails(2, "respond", "#0", "x", "--as", "ana").err
    no_finding = review.bank.fails(4, "finding", "close", review.version()["entry"], "--reason", "x", "--as", "vic")
    assert "no finding" in no_finding.err


def test_an_empty_section_blocks_a_submit_until_it_is_written(review: Review) -> None:
    bank = review.bank
    assert bank.fails(4, "submit", SECOND, "--as", "ana", "--json").error["code"] == "documentation"
    assert "(empty)" in bank.ok("document", "list", SECOND).out
    (bank.folder / "limits.md").write_text("Not for thin files.\n")

    review.do("document", "document", "add", SECOND, "limitations", "limits.md", "--as", "ana")

    bank.ok("submit", SECOND, "--as", "ana")
    (document,) = review.version()["documents"]
    assert (document["section"], document["words"], document["required"]) == ("limitations", 4, True)
    said = bank.ok("document", "get", SECOND, "limitations", "-o", "copy.md", "--json").json
    assert (bank.folder / "copy.md").read_text() == "Not for thin files.\n"
    assert said["digest"] == document["digest"]
    assert bank.fails(2, "document", "get", SECOND, "scope", "-o", "x", "--json").error["code"] == "no_document"


def test_a_version_is_sent_back_and_taken_back_with_a_reason(review: Review) -> None:
    bank = review.bank
    assert bank.fails(2, "request-changes", SECOND, "--as", "vic", "--json").error["code"] == "no_reason"
    bank.ok("request-changes", SECOND, "--reason", "no limitations", "--as", "vic")
    assert review.version()["stage"] == "registered"
    (bank.folder / "limits.md").write_text("none\n")
    bank.ok("document", "add", SECOND, "limitations", "limits.md", "--as", "ana")
    bank.ok("submit", SECOND, "--as", "ana")

    bank.ok("withdraw", SECOND, "--reason", "another holdout", "--as", "ana")

    assert review.version()["stage"] == "registered"


def test_a_waiver_is_signed_by_as_many_as_the_policy_asks_for(review: Review) -> None:
    bank = review.bank
    words = ["waive", FIRST, "four-fifths", "--until", SOON, "--control", "limit 10k", "--reason", "pilot"]
    assert bank.fails(4, *words, "--as", "rae", "--json").error["code"] == "four_eyes.quorum"
    assert bank.run("check", FIRST).code == 1

    assert bank.ok(*words, "--as", "rae", "--to-sign", "w.json", "--json").json["toSign"] == "w.json"
    bank.ok("person", "cosign", "w.json", "--as", "rob")

    (waiver,) = review.version(FIRST)["waivers"]
    assert (waiver["check"], waiver["until"], waiver["signed_by"]) == ("four-fifths", SOON, ["rae", "rob"])
    found = bank.run("check", FIRST, "--json").json["findings"]
    assert {one["verdict"] for one in found if one["rule"] == "checks.four-fifths"} == {"waived"}
    assert bank.ok("waiver", "list", FIRST, "--json").json["waivers"] == [waiver]
    assert (waiver["version"], waiver["counts"], waiver["why"]) == (FIRST, True, None)
    assert bank.ok("waiver", "list").out.splitlines()[1].split()[-1] == "counts"
    assert bank.ok("waiver", "list", SECOND).out == "no waivers\n"
    thread.evaluate(bank, FIRST, "fair.csv")
    assert "no: four-fifths was measured again" in bank.ok("waiver", "list", FIRST).out
    assert "counts no more: four-fifths was measured again" in bank.ok("version", "show", FIRST).out


def test_a_check_is_asked_for_again_until_it_is_measured(review: Review) -> None:
    bank = review.bank
    bank.ok("recheck", SECOND, "auc", "--reason", "labels corrected", "--as", "gus")
    assert "measure" in bank.ok("inbox", "--as", "vic").out

    bank.ok("waive", FIRST, "four-fifths", "--until", SOON, "--control", "x", "--reason", "y", *signed("rae", "rob"))
    thread.evaluate(bank, SECOND, "unfair.csv")

    assert review.version()["rechecks"] == []


def test_conditions_are_said_with_the_approval_and_met_by_another(measured: Terminal) -> None:
    review, sign = Review(measured), ["sign", SECOND, "--reason", "pilot", "--as", "vic"]
    with_conditions = [*sign, "--meaning", "approved_with_conditions"]
    assert measured.fails(2, *with_conditions, "--json").error["code"] == "conditions"
    one = ["--condition", f"monitor; thin files; ana; {SOON}"]
    assert measured.fails(2, *sign, "--meaning", "validated", *one, "--json").error["code"] == "conditions"
    assert "is not a condition" in measured.fails(2, *with_conditions, "--condition", "monitor").err

    review.do("signed", *with_conditions, *one)

    (asked,) = measured.ok("condition", "list", "--json").json["conditions"]
    assert (asked["text"], asked["owner"], asked["due"]) == ("monitor; thin files", "ana", SOON)
    assert [one["what"] for one in measured.ok("inbox", "--as", "ana", "--json").json["tasks"]] == ["meet"]
    met = ["condition", "met", review.entries["signed"], "--reason", "runs since Monday"]
    assert measured.fails(4, *met, "--number", "2", "--as", "rae", "--json").error["code"] == "unknown_condition"
    measured.ok(*met, "--as", "rae")
    assert measured.ok("condition", "list").out == "no conditions that are not met\n"
    assert "met in" in measured.ok("condition", "list", SECOND, "--all").out


def test_a_deputy_finds_the_tasks_of_who_is_away(measured: Terminal) -> None:
    today = str(datetime.now(UTC).date())
    words = ["deputy", "name", "vic", "--role", "validator", "--from", today, "--until", SOON]
    measured.ok("person", "grant", "rae", "--role", "validator", *signed("ada", "bea"))
    measured.ok(*words, "--as", "rae")

    assert measured.ok("inbox", "--as", "vic").out.count("submitted by ana") == 1  # it waits for the deputy as well
    (deputy,) = measured.ok("deputy", "list", "--json").json["deputies"]
    assert (deputy["of"], deputy["deputy"], deputy["in_force"]) == ("rae", "vic", True)
    assert "in force" in measured.ok("deputy", "list").out
    assert measured.fails(4, "deputy", "end", deputy["entry"], "--as", "ana", "--json").error["code"] == "not_yours"
    assert measured.fails(2, "deputy", "end", "0", "--as", "rae", "--json").error["code"] == "unknown_deputy"

    ended = measured.ok("deputy", "end", deputy["entry"], "--as", "rae", "--json").json["entry"]

    assert "whose deputy you are" not in measured.ok("inbox", "--as", "vic").out
    assert measured.ok("deputy", "list", "--json").json["deputies"][0]["ended"] == ended
    assert f"ended in {ended}" in measured.ok("deputy", "list").out
    with connection.near(Folder.read(measured.folder / "models")) as near:
        desk = Desk(near.ledger, near.store, connection.now, os.urandom)
        assert telling.told(desk, desk.event(int(ended[1:]))) == f"vic, named in {deputy['entry']}"
    assert "is not a day" in measured.fails(2, *words[:-1], "soon", "--as", "rae").err


def test_who_signs_sees_everything_that_is_signed_and_who_else_has_to(proved: Terminal) -> None:
    (proved.folder / "credit.yaml").write_text(RULES)
    proved.ok("policy", "adopt", "credit.yaml", "--as", "rae")
    (proved.folder / "limits.md").write_text("Not for thin files.\n")
    proved.ok("document", "add", SECOND, "limitations", "limits.md", "--as", "ana")
    proved.ok("challenge", SECOND, "Why?", "--anchor", "section:limitations", "--as", "vic")
    proved.ok("submit", SECOND, "--as", "ana")
    said = proved.ok("version", "show", SECOND, "--json").json

    shown = proved.ok("sign", SECOND, "--meaning", "validated", "--as", "vic").err

    digests = [said["digest"], said["dossier"], *(one["digest"] for one in (*said["artefacts"], *said["documents"]))]
    digests += [one["digest"] for one in said["evidence"].values()]
    assert [digest for digest in digests if digest not in shown] == []
    for words in (
        "policy credit 2.0.0  sha256:",
        "What the rules say: allow",
        "by vic, of section:limitations: not answered",
        f"Since {SECOND} was approved in #",
        "* policy credit: 1.0.0 -> 2.0.0",
        "document limitations: (none) -> sha256:",
        "Who still has to sign:\n",
        "2 of risk-officer  committee: 0 of 2 signed",
    ):
        assert words in shown, shown


def test_a_version_goes_back_to_production_by_a_signed_rollback(proved: Terminal) -> None:
    (proved.folder / "model.bin").write_text("third")
    proved.ok(
        "version",
        "register",
        "credit-risk",
        "model.bin",
        "--param",
        "eta=0.1",
        "--parent",
        SECOND,
        "--change",
        "retrain",
        "--as",
        "ana",
    )
    third = "credit-risk@3"
    thread.evaluate(proved, third, "fair.csv")
    proved.ok("submit", third, "--as", "ana")
    for name, meaning in (("vic", "validated"), ("rae", "approved"), ("rob", "approved")):
        proved.ok("sign", third, "--meaning", meaning, "--as", name)
    for words in (["--to", "validated"], ["--to", "production", "--as-role", "champion"]):
        proved.ok("move", third, *words, "--reason", "newer", "--as", "rae")
    assert proved.ok("model", "show", "credit-risk", "--json").json["champion"] == 3
    assert "to which stage" in proved.fails(2, "move", SECOND, "--reason", "x", "--as", "rae").err
    assert (
        "leave --to"
        in proved.fails(2, "move", SECOND, "--rollback", "--to", "retired", "--reason", "x", "--as", "rae").err
    )

    told = proved.ok("move", SECOND, "--rollback", "--reason", "declines too many", "--as", "rob").err

    assert re.search(rf"as champion it displaces {third}, champion since \d{{4}}-\d\d-\d\d\n", told)
    assert proved.ok("model", "show", "credit-risk", "--json").json["champion"] == 2
    said = proved.ok("version", "history", SECOND, "--json").json["entries"]
    assert said[-1]["says"] == "back from approved to production as champion"
    changes = proved.ok("version", "changes", third, "--json").json
    assert changes["displaces"]["version"] == SECOND
    assert f"as champion it displaces {SECOND}" in proved.ok("version", "changes", third).out
    assert proved.ok("version", "diff", SECOND, third, "--json").json["displaces"] == changes["displaces"]
    assert f"as champion it displaces {SECOND}" in proved.ok("version", "diff", SECOND, third).out
    assert (changes["since"], {one["what"] for one in changes["changes"]}) == (
        SECOND,
        {"artefact model.bin", "change", "parent"},
    )
    material = {one["what"]: one["material"] for one in changes["changes"]}
    assert (material["artefact model.bin"], material["parent"]) == (True, False)


# The time machine

PEOPLE = ("ana", "vic", "rae", "gus")
READS = [
    "model list",
    "model list stage:production,in_review check:passed due:<40d",
    "model show credit-risk",
    f"version show {FIRST}",
    f"version show {SECOND}",
    f"version diff {FIRST} {SECOND}",
    f"version changes {SECOND}",
    f"version history {SECOND}",
    f"check {SECOND}",
    f"gate {SECOND} --to production",
    "policy list",
    "finding list --all",
    "condition list --all",
    "deputy list",
    "waiver list",
    f"document list {SECOND}",
    "person list",
    f"report {SECOND} --draft -o draft.pdf",
    *(f"inbox --as {name}" for name in PEOPLE),
]


def steps(bank: Terminal) -> Iterator[None]:
    """Carry out a review, a step at a time."""
    yield
    (bank.folder / "credit.yaml").write_text(RULES)
    bank.ok("policy", "adopt", "credit.yaml", "--as", "rae")
    (bank.folder / "limits.md").write_text("Not for thin files.\n")
    bank.ok("document", "add", SECOND, "limitations", "limits.md", "--as", "ana")
    add = ["finding", "add", SECOND, "Thin", "--severity", "low", "--owner", "ana", "--due", SOON, "--as", "vic"]
    finding = bank.ok(*add, "--json").json["entry"]
    yield
    bank.ok("finding", "close", finding, "--reason", "mended", "--as", "vic")
    bank.ok("submit", SECOND, "--as", "ana")
    asked = ["--condition", f"monitor; ana; {LATER}", "--reason", "pilot"]
    bank.ok("sign", SECOND, "--meaning", "approved_with_conditions", *asked, "--as", "vic")
    bank.ok("comment", SECOND, "seen", "--as", "gus")
    yield
    for name in ("rae", "rob"):
        bank.ok("sign", SECOND, "--meaning", "approved", "--as", name)
    bank.ok("move", SECOND, "--to", "validated", "--reason", "closed", "--as", "rae")
    bank.ok("move", SECOND, "--to", "production", "--as-role", "champion", "--reason", "live", "--as", "rae")
    yield
    bank.ok("model", "amend", "credit-risk", "--set", "risk_tier=medium", "--reason", "smaller", "--as", "rae")
    bank.ok("person", "grant", "rae", "--role", "validator", *signed("ada", "bea"))
    yield


def test_every_read_as_of_a_moment_says_what_it_said_then(measured: Terminal) -> None:
    told: list[tuple[str, str, Any]] = []
    for _ in steps(measured):
        for line in READS:
            value = answer(measured, line)
            told.append((line, datetime.now(UTC).isoformat(), value))

    again = [(line, moment, answer(measured, f"{line} --at {moment}")) for line, moment, _ in told]

    assert [now for then, now in zip(told, again, strict=True) if then != now] == []
    assert len({str(value) for line, _, value in told if line == f"version show {SECOND}"}) == 5


def answer(bank: Terminal, line: str) -> Any:
    """Return what a read says, besides the moment it is of; of a report, its pages."""
    value = bank.run(*line.split(), "--json").json
    assert value.get("ok", True), value
    pages = (bank.folder / value["file"]).read_bytes() if "file" in value else b""
    return {name: part for name, part in value.items() if name != "at"} | {"pages": pages}


def test_only_a_draft_is_as_of_then(proved: Terminal) -> None:
    words = ["report", SECOND, "-o", "then.pdf", "--at", "2026-01-01", "--as", "gus"]

    assert "add --draft" in proved.fails(2, *words).err
    assert "did not exist yet" in proved.fails(2, *words[:-2], "--draft").err


def test_a_gate_names_people_as_they_are_called(measured: Terminal) -> None:
    measured.ok("reject", "credit-risk@2", "--reason", "too few cases", "--as", "vic")

    for words in (["gate", "credit-risk@2", "--to", "validated"], ["check", "credit-risk@2"]):
        said, written = measured.run(*words), measured.run(*words, "--json")
        assert not re.search("p-[a-z2-7]{16}", said.out)
        assert not re.search("p-[a-z2-7]{16}", written.out)
    assert "vic" in measured.run("gate", "credit-risk@2", "--to", "validated").out


def test_a_document_whose_words_nobody_counts_leaves_an_audit_as_it_is(measured: Terminal) -> None:
    (measured.folder / "limits.pdf").write_bytes(b"%PDF-1.7")
    measured.ok("document", "add", "credit-risk@2", "limitations", "limits.pdf", "--as", "vic")

    assert measured.ok("audit", "--json").json["problems"] == []
