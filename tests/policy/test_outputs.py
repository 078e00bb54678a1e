"""What was found, in the formats of other programs: nothing breaks out of them, and what fails never looks passed."""

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from govern.policy.diagnostics import Code, Diagnostic, Severity
from govern.policy.findings import Decision, Finding, Judgement, Verdict
from govern.policy.judge import judge
from govern.policy.notices import Account, Level, of_judgement, of_policies, of_trials
from govern.policy.outputs import MOST_ANNOTATIONS, MOST_RESULTS, MOST_ROWS, github, junit, markdown, sarif
from govern.policy.resolve import Lint, lint
from govern.policy.trials import Outcome as Trial
from tests.policy.rules import MINIMAL, START, case, evidence, measured, rules

NASTY = "a%b\r\nc:d,e\x00\x1b[31m]]>\u202e<b>&\"'|`*_x_*`[l](https://x) {0} é\ud800"
"""What no name should hold, and nobody should have to trust that none does."""
JUDGED = Judgement(Decision.ALLOW, (), (), (), START)
BROKEN = MINIMAL.replace("owner:", "ownr:").replace("[auc]", "[acu]").replace("roc_auc, min: 0.72", "roc_acu, min: 75")


def linted(*texts: str, file: str = "p.yaml") -> Account:
    return of_policies([(file, lint(text.encode(), file, "0.1.0")) for text in texts])


def finding(verdict: Verdict = Verdict.FAIL, effect: Decision = Decision.ALLOW, **more: Any) -> Finding:
    known: dict[str, Any] = {
        "policy": "credit",
        "version": "1.0.0",
        "rule": "checks.air",
        "place": "credit.yaml:7:5",
        "message": "so",
    }
    return Finding(**(known | {"verdict": verdict, "effect": effect} | more))


def judged(*findings: Finding, decision: Decision = Decision.DENY, because: tuple[str, ...] = ()) -> Account:
    return of_judgement("m@1", Judgement(decision, because, findings, (), START))


def one_of_each() -> Account:
    return judged(*(finding(verdict, rule=f"checks.{verdict}") for verdict in Verdict))


def nasty() -> Account:
    group = {NASTY: NASTY, "sex": None}
    one = finding(message=NASTY, remedy=NASTY, group=group, place=f"{NASTY}:7:5", limit=NASTY, policy=NASTY)
    return of_judgement(NASTY, Judgement(Decision.DENY, (NASTY,), (one,), (), START))


def annotations(account: Account) -> list[tuple[str, dict[str, str], str]]:
    """Return the commands as the runner reads them: kind, properties, message."""
    *commands, _ = github(account).removesuffix("\n").split("\n")
    found = []
    for line in commands:
        parts = re.fullmatch(r"::(\w+)(?: (.*?))?::(.*)", line)
        assert parts, line
        pairs = [pair.split("=", 1) for pair in (parts[2] or "").split(",") if pair]
        found.append((parts[1], {name: unescaped(value) for name, value in pairs}, unescaped(parts[3])))
    return found


def unescaped(text: str) -> str:
    escapes = {"%3A": ":", "%2C": ",", "%0D": "\r", "%0A": "\n", "%25": "%"}
    return re.sub("%[0-9A-F]{2}", lambda one: escapes[one[0]], text)


def results(account: Account) -> list[dict[str, Any]]:
    log = json.loads(sarif(account, "0.1.0"))
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("/sarif-schema-2.1.0.json")
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    assert (driver["name"], driver["version"]) == ("Govern", "0.1.0")
    ids = [rule["id"] for rule in driver["rules"]]
    assert len(set(ids)) == len(ids)
    for one in run["results"]:
        assert driver["rules"][one["ruleIndex"]]["id"] == one["ruleId"]
        assert one["level"] in {"error", "warning", "note"}
        assert one["message"]["text"]
    found: list[dict[str, Any]] = run["results"]
    return found


def cases(account: Account) -> dict[str, ET.Element]:
    root = ET.fromstring(junit(account))
    found = list(root.iter("testcase"))
    (suite,) = root.findall("testsuite")
    for counts in (root, suite):
        assert int(counts.attrib["tests"]) == len(found)
        assert int(counts.attrib["failures"]) == len(list(root.iter("failure")))
        assert int(counts.attrib["skipped"]) == len(list(root.iter("skipped")))
    named = {one.attrib["name"]: one for one in found}
    assert len(named) == len(found)
    return named


def outcome(one: ET.Element) -> str:
    return next((child.tag for child in one), "passed")


def table(account: Account) -> list[list[str]]:
    """Return the rows as GitHub cuts them, below the head."""
    lines = [line for line in markdown(account).split("\n") if line.startswith("|")]
    split = [[cell.strip() for cell in re.split(r"(?<!\\)(?:\\\\)*\|", line)[1:-1]] for line in lines]
    assert len({len(row) for row in split}) <= 1
    return split[2:]


# What fails never looks passed


VERDICTS = {
    # verdict: annotation, level of SARIF, outcome in a report of tests
    Verdict.PASS: (None, None, "passed"),
    Verdict.WARN: ("warning", "warning", "skipped"),
    Verdict.FAIL: ("error", "error", "failure"),
    Verdict.INCONCLUSIVE: ("warning", "warning", "failure"),
    Verdict.NOT_MEASURED: ("error", "error", "failure"),
    Verdict.WAIVED: ("notice", "note", "skipped"),
    Verdict.NOT_APPLICABLE: (None, None, "skipped"),
}


@pytest.mark.parametrize("verdict", Verdict)
def test_every_verdict_is_told_apart_in_every_format(verdict: Verdict) -> None:
    account = one_of_each()
    name = f"credit/checks.{verdict}"
    annotation, level, expected = VERDICTS[verdict]

    assert [kind for kind, said, _ in annotations(account) if said["title"] == f"{verdict}: {name}"] == (
        [annotation] if annotation else []
    )
    found = [one for one in results(account) if one["ruleId"] == name]
    assert [one["level"] for one in found] == ([level] if level else [])
    assert all(one["properties"]["verdict"] == verdict for one in found)
    assert [bool(one.get("suppressions")) for one in found] == ([verdict is Verdict.WAIVED] if level else [])
    assert outcome(cases(account)[name]) == expected
    if expected != "passed":
        assert cases(account)[name][0].attrib["message"] == f"{verdict}: so"
    (row,) = (row for row in table(account) if row[1] == name)
    assert row[0].strip("*") == verdict.replace("_", " ")


@pytest.mark.parametrize("verdict", Verdict)
def test_whatever_denies_is_an_error(verdict: Verdict) -> None:
    account = judged(finding(verdict, Decision.DENY))

    assert [kind for kind, _, _ in annotations(account)] == ["error"]
    assert [one["level"] for one in results(account)] == ["error"]
    assert outcome(cases(account)["credit/checks.air"]) == "failure"


@pytest.mark.parametrize("decision", Decision)
def test_every_format_ends_in_the_decision(decision: Decision) -> None:
    account = judged(finding(Verdict.PASS), decision=decision, because=("checks.air",))

    assert github(account).rstrip().split("\n")[-1].startswith(f"{decision}: ")
    assert json.loads(sarif(account, "1"))["runs"][0]["properties"]["decision"] == decision
    assert outcome(cases(account)["decision"]) == ("passed" if decision is Decision.ALLOW else "failure")
    assert markdown(account).rstrip().split("\n")[-1].startswith(f"**{decision.replace('_', ' ')}**: ")
    assert markdown(account).rstrip().endswith(": checks.air")


@pytest.mark.parametrize("decision", [Decision.NOT_APPLICABLE, Decision.NOTHING_CHECKED])
@pytest.mark.parametrize(
    "findings",
    [
        pytest.param((), id="nothing found"),
        pytest.param((finding(Verdict.NOT_APPLICABLE),), id="nothing applies"),
        pytest.param((finding(Verdict.WARN),), id="a warning"),
    ],
)
def test_where_nothing_was_checked_nothing_passes(decision: Decision, findings: tuple[Finding, ...]) -> None:
    account = judged(*findings, decision=decision)

    assert annotations(account)[0][0] == "error"
    assert results(account)[0]["level"] == "error"
    assert results(account)[0]["ruleId"] == "decision"
    assert outcome(cases(account)["decision"]) == "failure"
    assert "nothing was checked" in markdown(account)


def test_how_it_ends_is_said_once() -> None:
    account = judged(finding(Verdict.FAIL), decision=Decision.DENY)

    assert [one["ruleId"] for one in results(account)] == ["credit/checks.air"]
    assert len(annotations(account)) == 1


def test_a_policy_without_a_mistake_passes_by_name() -> None:
    account = linted(MINIMAL)

    assert annotations(account) == []
    assert results(account) == []
    assert {name: outcome(one) for name, one in cases(account).items()} == {"p.yaml": "passed", "lint": "passed"}
    assert markdown(account).endswith("\n**ok**: 1 policy, 0 errors, 0 warnings\n")


def test_mistakes_fail_and_warnings_are_neither() -> None:
    account = linted(MINIMAL.replace("approvals: [sign-off]", "environments: [ci]"), BROKEN)

    said = {name: outcome(one) for name, one in cases(account).items()}
    assert said["GOV140 approvals.sign-off"] == "skipped"
    assert said["GOV101 ownr"] == "failure"
    assert said["lint"] == "failure"
    assert github(account).endswith("\nerror: 2 policies, 4 errors, 2 warnings\n")
    assert {kind for kind, _, _ in annotations(account)} == {"error", "warning"}


def test_a_judgement_names_who_judged_and_what_was_measured() -> None:
    found = rules(MINIMAL)
    judgement = judge([found], case(evidence(found, {"auc": [measured("0.7", interval=(0.6, 0.75))]})))

    account = of_judgement("churn@1", judgement)

    assert markdown(account) == (
        "### churn@1 by churn-basic 1.0.0\n"
        "\n"
        "| Verdict | Rule | Measured | Limit | n | What was found | Where |\n"
        "| --- | --- | --- | --- | --- | --- | --- |\n"
        "| **fail** | churn-basic/checks.auc | 0.7 (0.6 to 0.75) | at least 0.72 | 1,000 "
        "| roc_auc is 0.7 (0.6 to 0.75), asked for: at least 0.72 | policy.yaml:7:5 |\n"
        "\n"
        "**deny**: the policy says no: checks.auc\n"
    )
    assert of_judgement("x", replace(judgement, policies=())).title == "x by no policy"


# Where it is, and what it is known by


def test_an_annotation_is_where_the_mistake_is() -> None:
    assert annotations(linted(MINIMAL.replace("0.72", "75"), file="a,b:c%.yaml")) == [
        (
            "error",
            {
                "file": "a,b:c%.yaml",
                "line": "7",
                "col": "37",
                "endColumn": "39",
                "title": "error: GOV111 checks.auc.min",
            },
            "min: 75 is outside the range of roc_auc (0 to 1); did you mean 0.75?",
        )
    ]


def test_a_result_is_where_the_mistake_is() -> None:
    (one,) = results(linted(MINIMAL.replace("0.72", "75"), file="rules of é/a b.yaml"))

    assert one["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "rules%20of%20%C3%A9/a%20b.yaml"},
                "region": {"startLine": 7, "startColumn": 37, "endColumn": 39},
            }
        }
    ]
    log = json.loads(sarif(linted(MINIMAL.replace("0.72", "75"), file="/tmp/a:b.yaml"), "1"))["runs"][0]
    assert log["columnKind"] == "unicodeCodePoints"
    assert log["tool"]["driver"]["rules"] == [{"id": "GOV111", "shortDescription": {"text": "Out of range"}}]
    assert log["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "file:///tmp/a%3Ab.yaml"


def test_a_result_of_a_judgement_is_where_its_rule_is() -> None:
    (one,) = results(judged(finding(group={"sex": None, "age": "62+"})))

    assert one["locations"][0]["physicalLocation"]["region"] == {"startLine": 7, "startColumn": 5}
    assert one["properties"]["subject"] == "credit/checks.air sex=(missing) age=62+"


def prints(account: Account) -> list[str]:
    return [one["partialFingerprints"]["primaryLocationLineHash"] for one in results(account)]


@pytest.mark.parametrize(
    "move",
    [
        pytest.param(lambda text: f"# one\n# more\n{text}", id="lines above"),
        pytest.param(lambda text: text.replace("- {id: auc", "-   {id: auc"), id="columns"),
        pytest.param(
            lambda text: text.replace("checks:\n", "checks:\n  - {id: zero, metric: precision, min: 0.1}\n").replace(
                "{checks: [acu]", "{checks: [acu, zero]"
            ),
            id="another check before it",
        ),
        pytest.param(lambda text: text.replace("75", "99"), id="another wrong number"),
    ],
)
def test_an_alert_survives_what_moves_it(move: Callable[[str], str]) -> None:
    text = BROKEN.replace("roc_acu", "roc_auc")

    assert move(text) != text
    assert prints(linted(move(text))) == prints(linted(text))


def test_alerts_are_told_apart() -> None:
    many = linted(MINIMAL.replace("owner: ml-platform\n", "").replace("version: 1.0.0\n", ""), BROKEN)
    groups = judged(*(finding(group={"sex": sex}) for sex in ("F", "M", "M")), finding(policy="other"))

    for account in (many, groups):
        assert len(set(prints(account))) == len(prints(account))
    missing = [one.subject for one in many.notices if one.rule == "GOV100"]
    assert missing == ["GOV100", "GOV100 (2)", "GOV100 (3)"]


@pytest.mark.parametrize(
    ("text", "subjects"),
    [
        pytest.param(MINIMAL.replace("1.0.0", "1.2"), ["GOV104 version"], id="a value"),
        pytest.param(MINIMAL.replace("[auc]", "[auc, 3]"), ["GOV104 gates.production.checks.1"], id="in a list"),
        pytest.param(MINIMAL + "id: b\n", ["GOV010"], id="a key again"),
        pytest.param(MINIMAL.replace("use_case: churn", "2026: churn"), ["GOV104 applies_to"], id="no key"),
        pytest.param(MINIMAL.replace("id: auc", "id: 7"), ["GOV104 checks.0.id"], id="a check without an id"),
        pytest.param(MINIMAL.replace("min: 0.72", "min: .nan"), ["GOV012 checks.auc.min"], id="a value that is none"),
        pytest.param("checks: [{id: a}]\n" + "x: " + "[" * 30, ["GOV004 x" + ".0" * 20], id="too deep"),
        pytest.param("a: [1", ["GOV001"], id="no YAML"),
        pytest.param("x" * 300_000, ["GOV003"], id="too large"),
    ],
)
def test_a_mistake_is_known_by_its_path_in_the_document(text: str, subjects: list[str]) -> None:
    found = [one.subject for one in linted(text).notices]

    assert found[: len(subjects)] == subjects


# Nothing breaks out


def test_no_text_ends_a_command_or_a_property() -> None:
    (kind, said, message), *more = annotations(nasty())
    lines = github(nasty()).splitlines()

    assert (kind, more) == ("error", [])
    assert set(said) == {"file", "line", "col", "title"}
    assert (said["line"], said["col"]) == ("7", "5")
    shown = "a%b\r\nc:d,e"
    assert said["file"].startswith(shown)
    assert message.startswith(shown)
    assert len(lines) == 2
    assert "\x1b" not in github(nasty())
    assert not lines[1].startswith("::")


def test_no_text_makes_the_report_of_tests_unreadable() -> None:
    found = cases(nasty())

    one = next(one for name, one in found.items() if name != "decision")
    assert "]]>" in one.attrib["name"]
    assert one[0].attrib["message"].startswith("fail: a%b\r\nc:d,e\N{REPLACEMENT CHARACTER}")
    assert "<b>&\"'|" in (one[0].text or "")
    assert "\x00" not in junit(nasty())
    junit(nasty()).encode()


def test_no_text_is_a_link_or_a_placeholder_in_a_result() -> None:
    (one,) = results(nasty())

    assert "[l] (https://x)" in one["message"]["text"]
    assert "{{0}}" in one["message"]["text"]
    uri = one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert re.fullmatch(r"(?:[\w.~/-]|%[0-9A-F]{2})+", uri, re.ASCII)
    sarif(nasty(), "1").encode()


def test_no_text_ends_a_cell_or_is_markup() -> None:
    (row,) = table(nasty())
    text = markdown(nasty())

    assert row[-1].endswith("7:5")
    assert r"\|\`\*\_x\_\*\`\[l\](https://x)" in row[-1]
    assert r"\<b\>\&" in text
    assert "\r" not in text
    assert text.split("\n")[0].startswith("### a%b c:d,e")
    assert text.split("\n")[-2].startswith("**deny**: ")


@given(st.text(max_size=60))
def test_any_text_comes_through(text: str) -> None:
    account = judged(finding(message=text or "x", group={"g": text}, place=f"{text}:1:2"))

    assert len(annotations(account)) == 1
    assert len(results(account)) == 1
    assert len(cases(account)) == 2
    assert len(table(account)) == 1
    assert len(github(account).splitlines()) <= 2 or not text.isprintable()


@given(st.text(alphabet="%:,\r\n\t aé🙂0DA", max_size=30))
def test_what_is_escaped_for_the_runner_is_what_it_reads(text: str) -> None:
    one = Diagnostic(text or "p", 3, 4, Severity.ERROR, Code.SYNTAX, text or "m", width=2)

    ((_, said, message),) = annotations(of_policies([(text, Lint({one.file: ""}, (one,), None))]))

    assert said["file"] == (text or "p")
    assert message == (text or "m")


# How much there is


def many(number: int, verdict: Verdict = Verdict.FAIL) -> list[Finding]:
    return [finding(verdict, group={"g": str(place)}) for place in range(number)]


@pytest.mark.parametrize(
    ("fails", "warns", "kinds"),
    [
        pytest.param(9, 9, {"error": 9, "warning": 9}, id="as many as there is room for"),
        pytest.param(10, 0, {"error": 10}, id="one error too many"),
        pytest.param(30, 30, {"error": 10, "warning": 9}, id="of both"),
        pytest.param(2, 12, {"error": 2, "warning": 10}, id="warnings"),
    ],
)
def test_annotations_beyond_what_is_shown_are_counted(fails: int, warns: int, kinds: dict[str, int]) -> None:
    found = annotations(judged(*many(warns, Verdict.WARN), *many(fails)))

    assert {kind: sum(one == kind for one, _, _ in found) for kind, _, _ in found} == kinds
    left = max(0, fails - MOST_ANNOTATIONS) + max(0, warns - MOST_ANNOTATIONS)
    assert [message for _, said, message in found if not said] == (
        [f"+{left} more that are not shown here"] if left else []
    )


def test_results_that_are_left_out_are_counted_and_none_is_graver() -> None:
    run = json.loads(sarif(judged(*many(7, Verdict.WARN), *many(MOST_RESULTS - 2)), "1"))["runs"][0]

    assert len(run["results"]) == MOST_RESULTS
    assert [one["level"] for one in run["results"]].count("error") == MOST_RESULTS - 2
    assert run["properties"]["leftOut"] == 5
    (said,) = run["invocations"][0]["toolExecutionNotifications"]
    assert said["message"]["text"] == f"5 more results are left out: a file has at most {MOST_RESULTS}"


def test_rows_that_are_left_out_are_counted_and_the_graver_come_first() -> None:
    account = judged(*many(MOST_ROWS, Verdict.PASS), *many(3))

    assert [row[0] for row in table(account)] == ["**fail**"] * 3 + ["pass"] * (MOST_ROWS - 3)
    assert "\n3 more rows are left out, none graver than the last.\n" in markdown(account)
    assert len(table(judged(finding(message="x" * 1000)))[0][-2]) == 300


def test_levels_stand_in_the_order_of_their_gravity() -> None:
    assert [one.level for one in one_of_each().graver()] == [
        Level.ERROR,
        Level.ERROR,
        Level.WARNING,
        Level.WARNING,
        Level.NOTE,
    ]


TRIED = [Trial("good", "t.yaml:9:5", "", JUDGED), Trial("bad", "t.yaml:10:5", "expected deny, found allow", JUDGED)]


@pytest.mark.parametrize(
    ("tests", "survivors", "end", "failures"),
    [
        pytest.param(TRIED[:1], [], "ok: 1 test, 0 failed, 0 mutants not noticed", 0, id="all pass"),
        pytest.param(TRIED, [], "fail: 2 tests, 1 failed, 0 mutants not noticed", 2, id="one fails"),
        pytest.param(
            TRIED[:1], ["without auc"], "fail: 1 test, 0 failed, 1 mutants not noticed", 2, id="a mutant lives"
        ),
        pytest.param([], [], "nothing_checked: 0 tests, 0 failed, 0 mutants not noticed", 1, id="no tests"),
    ],
)
def test_tests_of_policies_fail_in_every_format(
    tests: list[Trial], survivors: list[str], end: str, failures: int
) -> None:
    account = of_trials([("t.yaml", tests, survivors)], mutated=True)

    report = ET.fromstring(junit(account))
    assert report.attrib["failures"] == str(failures)
    assert report.attrib["tests"] == str(len(tests) + len(survivors) + 1)
    assert github(account).endswith(f"\n{end}\n") or github(account) == f"{end}\n"
    assert github(account).count("::error ") == max(failures - (1 if len(tests) else 0), 1 if failures else 0)
    assert len(json.loads(sarif(account, "0.1.0"))["runs"][0]["results"]) == github(account).count("::error ")
    assert end.partition(": ")[2] in markdown(account)


def test_a_failed_test_is_where_it_is_written() -> None:
    account = of_trials([("t.yaml", TRIED, ())], mutated=False)

    (kind, properties, message), *_ = annotations(account)
    assert (kind, properties["file"], properties["line"], properties["col"]) == ("error", "t.yaml", "10", "5")
    assert message == "expected deny, found allow"
    assert account.end.message == "2 tests, 1 failed"
