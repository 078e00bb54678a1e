"""What the documents say is so: every example runs, every table is the code's."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
import pytest

from govern import connection
from govern.cli import judging
from govern.cli import program as cli
from govern.demo.cast import PASSPHRASE
from govern.errors import Kind
from govern.ledger import envelope, proof
from govern.ledger.envelope import Entry
from govern.ledger.merkle import leaf_hash
from govern.ledger.note import VerifierKey
from govern.ledger.strict import canonical
from govern.record.events import BODIES, Common, EventKind
from govern.record.people import Root
from govern.storage.folder import Folder
from govern.storage.tables import METADATA
from tests.conftest import Demo

ROOT = Path(__file__).parents[2]
DOCS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
CHOICES = {
    "--cause": "CAUSE",
    "--meaning": "MEANING",
    "--to": "STAGE",
    "--as-role": "ROLE",
    "--theme": "THEME",
    "--against": "WHOM",
    "--severity": "SEVERITY",
    "--change": "CHANGE",
    "--category": "CATEGORY",
    "--template": "TEMPLATE",
    "--format": "FORMAT",
}
"""What the guide calls a choice."""
SHARED_OPTIONS = {"WHERE": "[--ledger FOLDER]", "WHO": "[--as NAME]... [--passphrase-file FILE] [--ledger FOLDER]"}


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(name: str, language: str) -> list[str]:
    return re.findall(rf"^```{re.escape(language)}\n(.*?)^```", text(name), re.MULTILINE | re.DOTALL)


def section(name: str, title: str) -> str:
    """Return what stands between a heading and the next one that is as high."""
    level = len(title.partition(" ")[0])
    after = text(name).partition(f"\n{title}\n")[2]
    return re.split(rf"^#{{1,{level}}} ", after, maxsplit=1, flags=re.MULTILINE)[0]


def rows(part: str) -> list[list[str]]:
    """Return the cells of the tables in ``part``, without their heads."""
    lines = [line for line in part.splitlines() if line.startswith("|")]
    heads = {place for index, line in enumerate(lines) if set(line) <= set("|-") for place in (index - 1, index)}
    return [
        [cell.strip() for cell in line.strip("|").split("|")] for index, line in enumerate(lines) if index not in heads
    ]


def spelled(cell: str) -> set[str]:
    return set(re.findall(r"`([^`]+)`", cell))


@pytest.mark.parametrize("document", DOCS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document.read_text(encoding="utf-8"))

    assert [target for target in targets if not (document.parent / target).exists()] == []


# README


def transcript(block: str) -> list[tuple[str, list[str]]]:
    """Return the commands of a console block, each with the lines it is said to print."""
    told: list[tuple[str, list[str]]] = []
    for line in block.splitlines():
        match line[:2], told:
            case "$ ", _:
                told.append((line[2:], []))
            case "> ", [*_, (command, [])]:
                told[-1] = (f"{command}\n{line[2:]}", [])
            case _:
                told[-1][1].append(line)
    return told


def pattern(lines: list[str]) -> str:
    """Return what output has to look like: a line of three dots is any lines, three dots in a line any text."""
    parts = [
        r"(?:.*\n)*?" if line == "..." else ".*?".join(map(re.escape, line.split("..."))) + r"\n" for line in lines
    ]
    return "".join(parts)


def test_the_first_ten_minutes_go_as_the_readme_says(tmp_path: Path) -> None:
    told = [one for block in blocks("README.md", "console") for one in transcript(block)]
    script = "".join(f"{command}\nprintf '\\n@@ %s\\n' $?\n" for command, _ in told)
    environment = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "LC_ALL": "C.UTF-8",
    }

    done = subprocess.run(
        ["bash"],
        check=False,
        input=script,
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )

    printed = re.findall(r"(.*?)\n@@ (\d+)\n", done.stdout, re.DOTALL)
    assert len(printed) == len(told), done.stdout
    for (command, lines), (output, code) in zip(told, printed, strict=True):
        assert code == "0", f"{command}\n{output}"
        assert not lines or re.fullmatch(pattern(lines), output if output.endswith("\n") else f"{output}\n"), (
            f"{command}\n{output}"
        )


def test_the_readme_knows_every_command_of_run_and_run_every_one_of_the_readme() -> None:
    usage = subprocess.run([ROOT / "run", "help"], check=True, capture_output=True, text=True).stderr

    assert set(re.findall(r"\./run (\w+)", text("README.md"))) == set(re.findall(r"^\./run (\w+)", usage, re.MULTILINE))


# The command line


def commands() -> Iterator[tuple[str, click.Command]]:
    """Yield every command and every noun with its verbs."""
    context = click.Context(cli.program)
    for name in cli.COMMANDS:
        command = cli.program.get_command(context, name)
        assert command is not None
        yield f"govern {name}", command
        if isinstance(command, click.Group):
            yield from ((f"govern {name} {verb}", one) for verb, one in command.commands.items())


ALL = dict(commands())
VERBS = {name: command for name, command in ALL.items() if not isinstance(command, click.Group)}


def options(command: click.Command) -> dict[str, click.Option]:
    given = [one for one in command.params if isinstance(one, click.Option)]
    return {name: one for one in given for name in one.opts if name.startswith("--")}


def usage(name: str, command: click.Command) -> set[str]:
    """Return a command's arguments and options as the guide writes them."""
    context = click.Context(command)
    parts = {one.make_metavar(context) for one in command.params if isinstance(one, click.Argument)}
    for option, one in options(command).items():
        value = CHOICES[option] if isinstance(one.type, click.Choice) else one.make_metavar(context)
        part = option if one.is_flag else f"{option} {value}"
        parts.add((part if one.required else f"[{part}]") + ("..." if one.multiple else ""))
    assert "[--json]" in parts, name
    return parts - {"[--json]"}


def documented() -> dict[str, set[str]]:
    found = {}
    for line in "".join(blocks("docs/cli.md", "usage")).splitlines():
        name = max((name for name in VERBS if f"{line} ".startswith(f"{name} ")), key=len, default=line)
        said, space, last = line.removeprefix(name).rpartition(" ")
        said += space + SHARED_OPTIONS.get(last, last)
        found[name] = set(re.findall(r"\[[^]]+\](?:\.\.\.)?|--\S+ [A-Z]\S*|[A-Z]\S*", said))
    return found


def test_the_guide_has_every_command_and_no_other() -> None:
    assert set(documented()) == set(VERBS)


@pytest.mark.parametrize("name", VERBS)
def test_the_guide_has_a_commands_arguments_and_options_as_they_are(name: str) -> None:
    assert documented()[name] == usage(name, VERBS[name])


def test_the_guide_says_what_its_abbreviations_stand_for() -> None:
    assert [meaning for meaning in SHARED_OPTIONS.values() if f"`{meaning}`" not in text("docs/cli.md")] == []


def examples(name: str) -> list[str]:
    command = ALL[name]
    page = command.get_help(click.Context(command, info_name=name))
    heading, *lines = page.splitlines()
    assert heading == "Examples:"
    return [line.strip() for line in lines[: lines.index("")]]


@pytest.mark.parametrize("name", ALL)
def test_every_help_page_begins_with_two_examples_that_can_be_typed(name: str) -> None:
    found = examples(name)

    assert len(found) == 2
    for example in found:
        called = max((one for one in ALL if f"{example} ".startswith(f"{one} ")), key=len)
        called += f" {otherwise}" if (otherwise := getattr(ALL[called], "otherwise", "")) else ""
        assert called.startswith(name)
        words = shlex.split(re.split(r" && | > ", example)[0])
        assert {word for word in words if word.startswith("--")} <= {*options(ALL[called]), "--help"}


def test_the_table_of_exit_codes_is_the_programs() -> None:
    table = {int(code): meaning for code, meaning in rows(section("docs/cli.md", "## Exit codes"))}

    assert set(table) == {*judging.EXITS.values(), *cli.EXIT_CODES.values(), cli.BUG, cli.INTERRUPTED}


@pytest.fixture(scope="module")
def bank(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the sample bank: some of the examples sign."""
    copy = tmp_path_factory.mktemp("docs") / "bank"
    shutil.copytree(demo.path, copy)
    return copy


READING = {
    "doctor": "govern doctor",
    "person list": "govern person list",
    "person show rae": "govern person show",
    "key list": "govern key list",
    "log show": "govern log show",
    "log checkpoint": "govern log checkpoint",
    "log prove 3 --into proofs": "govern log prove",
    "log export export": "govern log export",
    "log review 0 12 --as gus": "govern log review",
    "audit": "govern audit",
    "model new": "govern model new",
    "model list": "govern model list",
    "policy list": "govern policy list",
    "metric list": "govern metric list",
    "metric show auc": "govern metric show",
    "schema policy": "govern schema policy",
    "schema policy-test": "govern schema policy-test",
    "schema evidence": "govern schema evidence",
    "schema event": "govern schema event",
    "model show credit-risk": "govern model show",
    "finding list": "govern finding list",
    "condition list --all": "govern condition list",
    "waiver list": "govern waiver list",
    "deputy list": "govern deputy list",
    "inbox --as rae": "govern inbox",
    "db backup bank.zip": "govern db backup",
}


@pytest.mark.parametrize("line", READING)
def test_json_has_the_fields_that_the_guide_says(
    line: str, bank: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GOVERN_PASSPHRASE", PASSPHRASE)

    where = [] if line == "model new" or line.startswith(("metric", "schema")) else ["--ledger", str(bank)]
    cli.program.main([*line.split(), *where, "--json"], standalone_mode=False)

    said = json.loads(capsys.readouterr().out)
    assert set(said) in shapes(READING[line])


def shapes(name: str) -> list[set[str]]:
    """Return the field names, at the first level, of every object that the guide shows under a command."""
    guide = text("docs/cli.md")
    after = re.split(rf"^{name}\b.*$", guide, maxsplit=1, flags=re.MULTILINE)[1]
    said = re.split(r"^```usage|^## ", after, maxsplit=1, flags=re.MULTILINE)[0]
    if "JSON: a receipt" in said:
        said = guide
    found = []
    for shape in re.findall(r"`(\{\"schema\".*?\})`", said, re.DOTALL):
        flat = shape[1:-1]
        while flat != (flat := re.sub(r"\{[^{}]*\}|\[[^][]*\]", "", flat)):
            pass
        found.append(set(re.findall(r'"(\w+)"', flat)))
    return found


# The format


@pytest.fixture(scope="module")
def example() -> SimpleNamespace:
    (statement,), (entry,), (path,), (vkey,) = (
        blocks("docs/format.md", language) for language in ("json", "entry", "tlog-proof", "vkey")
    )
    leaf = entry.removesuffix("\n").encode()
    return SimpleNamespace(statement=statement, leaf=leaf, proof=path.encode(), vkey=vkey.strip())


def test_the_example_is_an_entry_of_the_seeded_demo(example: SimpleNamespace, bank: Path) -> None:
    with connection.near(Folder.read(bank)) as near:
        made = near.ledger.leaf(1), bytes(near.ledger.prove(1, 7)), str(near.folder.vkey)
        anchor = near.folder.anchor

    assert (example.leaf, example.proof, example.vkey) == made
    assert f"`{anchor}`" in text("docs/format.md")
    assert f"`{leaf_hash(example.leaf).hex()}`" in text("docs/format.md")


def test_the_example_verifies_with_what_stands_beside_it(example: SimpleNamespace) -> None:
    entry = Entry.parse(example.leaf)

    assert canonical(json.loads(example.statement)) == entry.envelope.payload
    proof.check_proof(proof.Proof.parse(example.proof), example.leaf, [VerifierKey.parse(example.vkey)])


def test_the_regular_expression_of_an_entry_is_the_codes() -> None:
    (said,) = blocks("docs/format.md", "regex")

    assert said.replace("\n", "").encode() == envelope._ENTRY.pattern


def test_the_table_of_common_fields_is_the_codes() -> None:
    table = rows(section("docs/format.md", "### Fields under `govern`"))

    assert [name for row in table for name in re.findall(r"`(\w+)`", row[0])] == aliases(Common)


def test_the_table_of_kinds_is_the_codes() -> None:
    table = {row[0].strip("`"): row[1] for row in rows(section("docs/format.md", "### Kinds"))}

    assert set(table) == set(map(str, EventKind))
    for kind, fields in table.items():
        names = [re.match(r"`(\w+)`", part.strip()) for part in fields.split("·")]
        assert [name[1] for name in names if name] == aliases(BODIES[EventKind(kind)])


def aliases(kind: Any) -> list[str]:
    return [str(one.alias) for one in kind.model_fields.values()]


def test_every_code_of_admission_is_in_the_format_and_no_other() -> None:
    modules = ("admission", "lifecycle", "reviewing", "registering", "deputising", "rules", "filing")
    sources = "".join(text(f"govern/{name}.py") for name in (*(f"record/{one}" for one in modules), "storage/batch"))
    raised = set(re.findall(r'code="([a-z_.]+)"', sources))
    said = section("docs/format.md", "## 5. What may be filed")
    words = {word for word in spelled(said) if re.fullmatch(r"[a-z_.]+", word)}

    assert raised - words == set()
    codes = {word for row in rows(said) for cell in row[1:] for word in spelled(cell) if "_" in word}
    assert codes - raised - set(map(str, Kind)) == set()


def test_the_table_of_tables_is_the_databases() -> None:
    table = {
        name: re.findall(r"`(\w+)`", columns) for name, columns, _ in rows(section("docs/format.md", "## 8. Database"))
    }

    assert {f"`{name}`": list(one.columns.keys()) for name, one in METADATA.tables.items()} == table


def test_a_root_of_the_genesis_says_which_rules_are_in_force() -> None:
    assert "policy" in aliases(Root)
    assert "`two-person`" in section("docs/format.md", "### Kinds")


# Threats


ATTACKS = [row for title in ("## Attacks", "## A hostile model") for row in rows(section("docs/threats.md", title))]


def attack_tests() -> set[str]:
    files = (ROOT / "tests").rglob("test_*.py")
    return {name for file in files for name in re.findall(r"^def (test_\w+)", file.read_text(), re.MULTILINE)}


@pytest.mark.parametrize("row", ATTACKS, ids=lambda row: re.sub(r"\W+", " ", row[0])[:40].strip())
def test_every_attack_is_carried_out_by_a_test(row: list[str]) -> None:
    named = {word for word in spelled(row[-1]) if word.startswith("test_")}

    assert named
    assert named - attack_tests() == set()


def test_every_kind_of_attack_is_explained() -> None:
    assert {str(kind) for kind in Kind} - spelled(section("docs/threats.md", "## Attacks")) == set()
