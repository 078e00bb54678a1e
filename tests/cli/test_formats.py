"""``--format`` and ``--output``: one answer and one exit code, for people and for programs; metrics and schemas."""

import json
import xml.etree.ElementTree as ET

import pytest

from govern.cli.formats import ENDINGS, Format
from govern.policy.metrics import METRICS, OTHER_NAMES
from govern.policy.schema import evidence_schema, policy_schema, trials_schema
from govern.record.schema import event_schema
from tests.cli.terminal import Terminal
from tests.policy.rules import MINIMAL

BROKEN = MINIMAL.replace("0.72", "75")


@pytest.fixture
def linting(nowhere: Terminal) -> Terminal:
    (nowhere.folder / "good.yaml").write_text(MINIMAL)
    (nowhere.folder / "good.test.yaml").touch()
    (nowhere.folder / "broken.yaml").write_text(BROKEN)
    return nowhere


def starts(form: Format) -> str:
    return {
        Format.TEXT: "broken.yaml:7:37: error[GOV111]: min: 75",
        Format.JSON: '{\n  "schema": "govern/cli/policy-lint/v1"',
        Format.GITHUB: "::error file=broken.yaml,line=7,col=37,endColumn=39,title=",
        Format.JUNIT: "<?xml",
        Format.SARIF: '{\n  "$schema"',
        Format.MD: "### Policies",
    }[form]


@pytest.mark.parametrize("form", Format)
def test_a_format_changes_what_is_said_and_not_what_is_so(form: Format, linting: Terminal) -> None:
    said = linting.run("policy", "lint", "good.yaml", "broken.yaml", "--format", form)

    assert (said.code, said.err) == (2, "")
    assert said.out.startswith(starts(form))
    assert said.out.endswith("\n")
    assert not said.out.endswith("\n\n")
    assert linting.run("policy", "lint", "good.yaml", "--format", form).code == 0


def test_files_are_written_in_the_format_of_their_ending(linting: Terminal) -> None:
    (linting.folder / "out.xml").write_text("what was there before")
    files = [word for ending in ENDINGS for word in ("--output", f"out{ending}")]

    said = linting.run("policy", "lint", "broken.yaml", *files, "--format", "github")

    assert said.code == 2
    assert said.out.startswith(starts(Format.GITHUB))
    for ending, form in ENDINGS.items():
        written = (linting.folder / f"out{ending}").read_bytes()
        assert written == linting.run("policy", "lint", "broken.yaml", "--format", form).raw
    assert len(list(linting.folder.glob("*out*"))) == len(ENDINGS)


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(("policy", "lint", "no-such.yaml"), id="lint"),
        pytest.param(("check", "no-such@1"), id="check"),
        pytest.param(("gate", "no-such@1", "--to", "production"), id="gate"),
    ],
)
@pytest.mark.parametrize("file", ["out.pdf", "out", ".json", "out.JSON"])
def test_an_unknown_ending_is_refused_before_anything_runs(
    words: tuple[str, ...], file: str, nowhere: Terminal
) -> None:
    said = nowhere.fails(2, *words, "--output", "first.json", "--output", file)

    assert f"what is '{file}' to be? its name ends in none of .txt .json .xml .sarif .md" in said.err
    assert list(nowhere.folder.iterdir()) == []


def test_what_cannot_be_written_is_said(linting: Terminal) -> None:
    said = linting.fails(7, "policy", "lint", "good.yaml", "--output", "nowhere/out.md")

    assert "nowhere/out.md cannot be written" in said.err
    assert said.raw == b""


def test_json_is_one_format_by_two_names(linting: Terminal) -> None:
    by_flag = linting.run("policy", "lint", "broken.yaml", "--json")

    assert linting.run("policy", "lint", "broken.yaml", "--format", "json").raw == by_flag.raw
    assert linting.run("policy", "lint", "broken.yaml", "--json", "--format", "json").raw == by_flag.raw
    for words in (["--format", "json"], ["--format=json"]):
        assert linting.run("policy", "lint", "none.yaml", *words).error["message"] == "there is no file none.yaml"


def test_two_formats_for_one_stdout_are_refused(linting: Terminal) -> None:
    said = linting.fails(2, "policy", "lint", "good.yaml", "--json", "--format", "sarif", "--output", "out.md")

    assert said.error["message"] == "--json and --format sarif are two formats for one stdout"
    assert not (linting.folder / "out.md").exists()


@pytest.mark.parametrize(
    ("words", "code", "decision", "verdict"),
    [
        pytest.param(("check", "credit-risk@1"), 1, "deny", "fail", id="unfair"),
        pytest.param(("check", "credit-risk@2"), 0, "allow", "pass", id="fair"),
        pytest.param(("gate", "credit-risk@2", "--to", "validated"), 3, "needs_person", "inconclusive", id="unsigned"),
        pytest.param(("gate", "credit-risk@2", "--to", "retired"), 5, "not_applicable", "not_applicable", id="no gate"),
    ],
)
def test_a_judgement_is_the_same_in_every_format(
    words: tuple[str, ...], code: int, decision: str, verdict: str, measured: Terminal
) -> None:
    files = [word for ending in ENDINGS for word in ("--output", f"out{ending}")]

    said = measured.run(*words, "--format", "github", *files)

    assert said.code == code
    assert said.out.splitlines()[-1].startswith(f"{decision}: ")
    text, judged, tests, log, summary = ((measured.folder / f"out{ending}").read_text() for ending in ENDINGS)
    assert text == measured.run(*words).out
    assert text.endswith(f"\n{decision.replace('_', ' ').upper()}\n")
    assert json.loads(judged) | {"at": 0} == measured.run(*words, "--json").json | {"at": 0}
    assert json.loads(judged)["decision"] == decision
    assert summary.rstrip().splitlines()[-1].startswith(f"**{decision.replace('_', ' ')}**: ")
    root = ET.fromstring(tests)
    assert (root.attrib["failures"] == "0") == (code == 0)
    assert len(list(root.iter("testcase"))) == len(json.loads(judged)["findings"]) + 1
    found = json.loads(log)["runs"][0]["results"]
    assert bool(found) == bool(code)
    assert ("::error" in said.out or "::warning" in said.out) == bool(code)
    assert verdict in {one["verdict"] for one in json.loads(judged)["findings"]}


def test_a_model_that_no_policy_is_for_passes_in_no_format(registered: Terminal) -> None:
    card = (registered.folder / "card.yaml").read_text()
    other = card.replace("name: credit-risk", "name: churn-risk").replace("use_case: credit-scoring", "use_case: churn")
    (registered.folder / "other.yaml").write_text(other)
    registered.ok("model", "register", "--card", "other.yaml", "--as", "ana")
    registered.ok("version", "register", "churn-risk", "model.bin", "--param", "a=b", "--as", "ana")

    said = registered.run("check", "churn-risk@1", "--format", "github", "--output", "o.xml", "--output", "o.sarif")

    assert said.code == 5
    assert said.out.startswith("::error title=nothing_checked%3A decision::nothing was checked\n")
    assert ET.fromstring((registered.folder / "o.xml").read_text()).attrib["failures"] == "1"
    assert [one["level"] for one in json.loads((registered.folder / "o.sarif").read_text())["runs"][0]["results"]] == [
        "error"
    ]


# Metrics


def test_every_metric_is_listed(nowhere: Terminal) -> None:
    listed = nowhere.ok("metric", "list", "--json").json["metrics"]

    assert [one["name"] for one in listed] == list(METRICS)
    lines = nowhere.ok("metric", "list").out.splitlines()
    assert [line.split()[0] for line in lines[1:]] == list(METRICS)
    assert ["demographic_parity_difference", "lower", "0", "to", "1", "spread"] in [line.split() for line in lines]


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_is_explained(name: str, nowhere: Terminal) -> None:
    metric, said = METRICS[name], nowhere.ok("metric", "show", name)

    assert said.out.startswith(f"{name}: {metric.formula}\n")
    for words in filter(None, (metric.reads, metric.aliases)):
        assert f" {', '.join(words)}\n" in said.out
    assert nowhere.ok("metric", "show", name, "--json").json["alias"] is None


@pytest.mark.parametrize("alias", [*OTHER_NAMES, "AUC"])
def test_a_metric_is_found_by_what_it_is_called_elsewhere(alias: str, nowhere: Terminal) -> None:
    name = OTHER_NAMES[alias.lower()]

    assert nowhere.ok("metric", "show", alias).out.startswith(f'"{alias}" is called {name} here\n{name}: ')
    said = nowhere.ok("metric", "show", alias, "--json").json
    assert (said["name"], said["alias"]) == (name, alias)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        pytest.param("roc_acu", 'did you mean "roc_auc"?', id="misspelt"),
        pytest.param("recal", 'did you mean "recall"?', id="another name misspelt"),
        pytest.param("zzz", "`govern metric list` shows all of them", id="like nothing"),
    ],
)
def test_an_unknown_metric_is_refused_with_what_was_meant(name: str, hint: str, nowhere: Terminal) -> None:
    assert nowhere.fails(2, "metric", "show", name, "--json").error == {
        "code": "unknown_metric",
        "message": f'unknown metric "{name}"',
        "hint": hint,
    }


# Schemas


@pytest.mark.parametrize(
    ("name", "schema"),
    [
        ("policy", policy_schema()),
        ("policy-test", trials_schema()),
        ("evidence", evidence_schema()),
        ("event", event_schema()),
    ],
)
def test_a_schema_is_printed_as_it_is(name: str, schema: object, nowhere: Terminal) -> None:
    assert json.loads(nowhere.ok("schema", name).raw) == schema
    assert nowhere.ok("schema", name, "--json").json == {
        "schema": f"govern/cli/schema-{name}/v1",
        "ok": True,
        "document": schema,
    }
