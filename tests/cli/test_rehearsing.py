"""Policies that are tried on cases from the command line: told in every format, recorded, and never green for nothing."""

import json
import stat
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from govern.cli.formats import ENDINGS
from tests.cli.terminal import Terminal
from tests.policy.rules import MINIMAL

TESTS = """\
schema: govern/policy-test/v1
policy: churn.yaml
clock: 2027-01-15T09:00:00Z
fixtures:
  good: {model: {use_case: churn, makers: [ana]}, evidence: {auc: {value: 0.72}}, approvals: [{by: mo, role: model-owner, at: 2026-12-01}]}
tests:
  - {name: good, given: good, when: {gate: production}, expect: {decision: allow}}
  - {name: weak, given: good, change: {evidence.auc.value: 0.7199}, when: {gate: production}, expect: {decision: deny, because: [checks.auc]}}
  - {name: unsigned, given: good, change: {"approvals[0]": null}, when: {gate: production}, expect: {decision: needs_person}}
"""
TEST = ("policy", "test", "churn.yaml")


@pytest.fixture
def desk(nowhere: Terminal) -> Terminal:
    (nowhere.folder / "churn.yaml").write_text(MINIMAL)
    return nowhere


def write(desk: Terminal, text: str) -> Path:
    path = desk.folder / "churn.test.yaml"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("text", "more", "code", "end"),
    [
        pytest.param(TESTS, (), 0, "3 tests, 0 failed", id="all pass"),
        pytest.param(TESTS, ("--mutate",), 0, "3 tests, 0 failed, 0 mutants not noticed of 4", id="every mutant is noticed"),
        pytest.param(TESTS.replace("0.7199", "0.1"), ("--mutate",), 1, "3 tests, 0 failed, 1 mutants not noticed of 4", id="a mutant lives"),
        pytest.param(TESTS.replace("[checks.auc]", "[checks.acu]"), (), 1, "3 tests, 1 failed", id="one fails"),
        pytest.param(TESTS.replace(", expect: {decision: needs_person}", ""), (), 1, "3 tests, 1 failed", id="one expects nothing"),
        pytest.param(TESTS.partition("tests:\n")[0], (), 5, "0 tests, 0 failed", id="no tests"),
        pytest.param(TESTS.replace("given: good,", "given: god,"), (), 2, "", id="mistakes"),
    ],
)  # fmt: skip
def test_every_format_says_the_same_and_ends_alike(
    text: str, more: tuple[str, ...], code: int, end: str, desk: Terminal
) -> None:
    write(desk, text)
    files = [word for ending in ENDINGS for word in ("--output", f"out{ending}")]

    said = desk.run(*TEST, *more, "--format", "github", *files)

    assert said.code == code
    assert (desk.folder / "out.txt").read_text() == desk.run(*TEST, *more).out
    assert desk.run(*TEST, *more).out.splitlines()[-1].endswith(end)
    assert json.loads((desk.folder / "out.json").read_text()) == desk.run(*TEST, *more, "--json").json
    assert (ET.fromstring((desk.folder / "out.xml").read_text()).attrib["failures"] == "0") == (code == 0)
    assert bool(json.loads((desk.folder / "out.sarif").read_text())["runs"][0]["results"]) == bool(code)
    assert ("::error" in said.out) == bool(code)
    assert (desk.folder / "out.md").read_text().startswith("### Tests of policies\n")


def test_a_policy_without_a_file_of_tests_is_not_tried(desk: Terminal) -> None:
    assert desk.run(*TEST).code == 5
    assert desk.run("policy", "test", ".", "--format", "junit").code == 5


def test_what_was_found_is_recorded_and_said(desk: Terminal) -> None:
    text = TESTS.replace(", expect: {decision: needs_person}", "").replace("[checks.auc]", "[checks.acu]")
    path = write(desk, text)
    path.chmod(0o640)
    failing = desk.run(*TEST)

    said = desk.ok(*TEST, "--record")

    assert failing.code == 1
    assert path.read_text() == TESTS.replace("needs_person}", "needs_person, because: [approvals.sign-off.quorum]}")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert (
        "recorded: weak: {decision: deny, because: [checks.acu]} -> {decision: deny, because: [checks.auc]}" in said.out
    )
    assert "recorded: unsigned: {decision: needs_person, because: [approvals.sign-off.quorum]}" in said.out
    again = desk.ok(*TEST, "--record", "--json").json
    assert again["files"][0]["recorded"] == []
    assert desk.ok(*TEST, "--mutate").code == 0


def test_nothing_is_recorded_where_something_is_wrong(desk: Terminal) -> None:
    unfinished = TESTS.replace(", expect: {decision: needs_person}", "")
    good, bad = write(desk, unfinished), desk.folder / "other.test.yaml"
    bad.write_text(TESTS.replace("given: good,", "given: god,"))

    assert desk.run("policy", "test", ".", "--record").code == 2
    assert good.read_text() == unfinished
    bad.write_text(unfinished.replace("churn.yaml", "broken.yaml"))
    (desk.folder / "broken.yaml").write_text(MINIMAL.replace("owner:", "ownr:"))
    assert desk.fails(2, "policy", "test", ".", "--record", "--json").error["code"] == "policy"
    assert good.read_text() == unfinished


def test_a_link_to_a_file_of_tests_stays_one(desk: Terminal) -> None:
    write(desk, TESTS.replace(", expect: {decision: needs_person}", "")).rename(desk.folder / "real.yaml")
    link = desk.folder / "churn.test.yaml"
    link.symlink_to("real.yaml")

    desk.ok(*TEST, "--record")

    assert link.is_symlink()
    assert "needs_person" in (desk.folder / "real.yaml").read_text()


def test_a_policy_is_linted_clean_with_and_without_tests(desk: Terminal) -> None:
    alone = desk.ok("policy", "lint", "churn.yaml", "--json").json
    write(desk, TESTS)

    assert [one["code"] for one in alone["diagnostics"]] == ["GOV142"]
    assert alone["ok"] is True
    assert desk.ok("policy", "lint", "churn.yaml", "--json").json["diagnostics"] == []


def test_the_list_of_policies_says_which_packs_they_build_on(alone: Terminal) -> None:
    head = "schema: govern/policy/v1\nid: ours\nversion: 1.0.0\nowner: risk\n"
    (alone.folder / "ours.yaml").write_text(f"{head}extends: [{{pack: core/high-risk@^1}}]\n")
    (alone.folder / "churn.yaml").write_text(MINIMAL)
    for name in ("ours", "churn"):
        alone.ok("policy", "adopt", f"{name}.yaml", "--as", "rae")

    said = alone.ok("policy", "list", "--json").json["policies"]

    assert [(one["id"], one["packs"]) for one in said] == [("churn-basic", []), ("ours", ["core/high-risk 1.0.0"])]
    heads, churn, ours = alone.ok("policy", "list").out.splitlines()
    assert heads.endswith("BUILDS ON")
    assert churn.endswith(" -")
    assert ours.endswith(" core/high-risk 1.0.0")
