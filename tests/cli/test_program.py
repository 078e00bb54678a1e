"""What all commands have in common: help, typos, where the ledger is, streams, and every exit code."""

import json
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest

from govern.cli import program, shell
from govern.errors import GovernError, InvalidInput
from tests.cli.terminal import PASSPHRASE, Terminal

COMMANDS = [
    (noun, *verb)
    for noun in program.COMMANDS
    for group in [program.program.get_command(click.Context(program.program), noun)]
    for verb in ([(name,) for name in group.commands] if isinstance(group, click.Group) else [()])
]


def govern(terminal: Terminal, *words: object, **settings: object) -> "subprocess.Popen[bytes]":
    """Start the program in a process of its own."""
    environment = {**terminal.environment, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-m", "govern.cli", *map(str, words)]
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | settings
    return subprocess.Popen(command, cwd=terminal.folder, env=environment, **pipes)  # type: ignore[call-overload, no-any-return]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_the_help_of_every_command_begins_with_two_examples(words: tuple[str, ...], nowhere: Terminal) -> None:
    said = nowhere.ok(*words, "--help")

    lines = said.out.splitlines()
    examples = [line.strip() for line in lines[1 : lines.index("")]]
    assert lines[0] == "Examples:"
    assert len(examples) == 2
    # `govern verify FILE` is how its verb is typed.
    typed = ("verify",) if words == ("verify", "file") else words
    assert all(" ".join(("govern", *typed)) in one for one in examples)
    assert "--json" in said.out


@pytest.mark.parametrize("words", [(), ("person",), ("log",), ("db",)], ids=" ".join)
def test_a_command_left_out_shows_which_there_are(words: tuple[str, ...], nowhere: Terminal) -> None:
    said = nowhere.run(*words)

    assert said.code == 2
    assert said.raw == b""
    assert "Commands:" in said.err
    assert "error:" not in said.err


@pytest.mark.parametrize(
    ("words", "meant"),
    [(("persn", "list"), "person"), (("adit",), "audit"), (("person", "lst"), "list"), (("log", "exprt"), "export")],
)
def test_a_typo_is_met_with_what_was_meant(words: tuple[str, ...], meant: str, nowhere: Terminal) -> None:
    assert f"hint:  did you mean {meant}?" in nowhere.fails(2, *words).err
    assert nowhere.fails(2, *words, "--json").error["code"] == "usage"


def test_a_word_that_is_nothing_like_a_command_is_just_refused(nowhere: Terminal) -> None:
    assert "no such command 'zzz'" in nowhere.fails(2, "zzz").err.lower()


def test_a_name_nobody_has_is_met_with_who_was_meant(alone: Terminal) -> None:
    assert alone.fails(2, "person", "show", "ray", "--json").error["hint"] == "did you mean rae?"
    assert "did you mean ada?" in alone.fails(4, "person", "grant", "rae", "--role", "auditor", "--as", "adda").err


def test_there_is_no_ledger_here(nowhere: Terminal) -> None:
    error = nowhere.fails(2, "person", "list", "--json").error

    assert error["code"] == "no_ledger"
    assert error["hint"] == "make a ledger with `govern init FOLDER`, or name one with --ledger"
    assert "is not a ledger" in nowhere.fails(2, "person", "list", "--ledger", "home").err
    assert "no service yet" in nowhere.fails(2, "person", "list", "--ledger", "https://ledger.example").err


def test_the_ledger_is_named_or_found_upwards(alone: Terminal) -> None:
    bare = Terminal.at(alone.folder)
    inner = Terminal(alone.ledger / "policies", bare.environment)

    listed = alone.ok("person", "list").out
    assert bare.ok("person", "list", "--ledger", "models").out == listed
    assert bare.ok("person", "list", GOVERN_LEDGER=str(alone.ledger)).out == listed
    assert inner.ok("person", "list").out == listed
    assert bare.fails(2, "person", "list", "--json").error["code"] == "no_ledger"


def test_results_are_on_stdout_and_all_else_on_stderr(alone: Terminal) -> None:
    said = alone.ok("log", "prove", "1", "--into", "proofs")
    assert said.out == "proofs/1.json\nproofs/1.tlog-proof\n"
    assert said.err.startswith("note: check them with: govern verify proof")

    failed = alone.fails(2, "log", "show", "99")
    assert failed.raw == b""
    assert failed.err == "error: there is no entry #99\nhint:  the newest is #1\n"


def test_without_a_terminal_the_missing_passphrase_is_named(alone: Terminal) -> None:
    error = alone.fails(2, "log", "review", "0", "1", "--as", "rae", "--json", GOVERN_PASSPHRASE="").error

    assert error["code"] == "no_passphrase"
    assert error["hint"] == "set GOVERN_PASSPHRASE or name a file with --passphrase-file"


def test_a_passphrase_comes_from_a_file(alone: Terminal) -> None:
    (alone.folder / "secret").write_text(f"{PASSPHRASE}\n")
    (alone.folder / "empty").write_text("\n")
    (alone.folder / "bytes").write_bytes(b"\xff\xfe")
    review = ["log", "review", "0", "1", "--as", "rae", "--passphrase-file"]

    alone.ok(*review, "secret", GOVERN_PASSPHRASE="")

    assert "cannot be read: No such file or directory" in alone.fails(2, *review, "missing").err
    assert "is empty" in alone.fails(2, *review, "empty").err
    assert "is not UTF-8" in alone.fails(2, *review, "bytes").err


def test_nobody_signs_without_a_name(alone: Terminal) -> None:
    assert "--as NAME, or GOVERN_PERSON" in alone.fails(4, "log", "review", "0", "1").err
    alone.ok("log", "review", "0", "1", GOVERN_PERSON="rae")


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(("log", "show", "one"), id="an entry in words"),
        pytest.param(("log", "show", "#01"), id="a leading zero"),
        pytest.param(("log", "show", "9" * 40), id="a huge entry"),
        pytest.param(("log", "show", "٣"), id="a digit of another script"),
        pytest.param(("log", "show", "--last", "0"), id="the last none"),
        pytest.param(("log", "show", "--at", "yesterday"), id="a time in words"),
        pytest.param(("log", "show", "--at", "2026-11-20T10:00:00"), id="a time without a zone"),
        pytest.param(("person", "list", "--at", "0001-01-01T00:00:00+14:00"), id="a time before all time"),
        pytest.param(("person", "list", "--at", "2020-01-01"), id="a time before the ledger"),
        pytest.param(("person", "show", "\x1b[2J"), id="a name that is an escape"),
        pytest.param(("person", "show", ""), id="no name"),
        pytest.param(("person", "grant", "rae", "--role", "Validator", "--as", "ada"), id="a role in capitals"),
        pytest.param(("person", "grant", "rae", "--role", "auditor", "--role", "auditor", "--as", "ada"), id="a role twice"),
        pytest.param(("person", "grant", "rae", "--role", "auditor", "--reason", "x" * 2001, "--as", "ada"), id="a reason too long"),
        pytest.param(("person", "grant", "rae", "--as", "ada"), id="no role"),
        pytest.param(("person", "threshold", "17", "--as", "ada"), id="seventeen registrars"),
        pytest.param(("person", "threshold", "none", "--as", "ada"), id="a threshold in words"),
        pytest.param(("person", "add", "missing.json", "--as", "ada"), id="no request"),
        pytest.param(("person", "add", "models/govern.toml", "--as", "ada"), id="a request that is none"),
        pytest.param(("person", "add", "models", "--as", "ada"), id="a folder for a request"),
        pytest.param(("person", "cosign", "missing.json", "--as", "ada"), id="nothing to sign"),
        pytest.param(("person", "cosign", "rae.request.json", "--as", "ada"), id="a request to sign"),
        pytest.param(("key", "revoke", "rae", "--cause", "bored", "--as", "ada"), id="a cause that is none"),
        pytest.param(("key", "revoke", "rae", "--cause", "lost", "--key", "ffff", "--as", "ada"), id="a key nobody has"),
        pytest.param(("key", "revoke", "rae", "--cause", "lost", "--suspect-since", "9" * 30, "--reason", "x", "--as", "ada"), id="suspect for ever"),
        pytest.param(("key", "reaffirm", "1", "--as", "ada"), id="an entry that nobody doubts"),
        pytest.param(("key", "rotate", "--as", "ada", "--as", "rae"), id="two rotate"),
        pytest.param(("key", "new", "Rae"), id="a handle in capitals"),
        pytest.param(("key", "new", "../rae"), id="a handle that is a path"),
        pytest.param(("key", "new", "p-aaaaaaaaaaaaaaaa"), id="a handle that is an id"),
        pytest.param(("key", "new", "log"), id="the handle of the log"),
        pytest.param(("key", "new", "rob", "--name", "Rob\n"), id="a name of two lines"),
        pytest.param(("key", "new", "rae", "--request", "other.json"), id="a key that is there"),
        pytest.param(("key", "new", "rae"), id="a request that is there"),
        pytest.param(("log", "trust", "missing"), id="no checkpoint"),
        pytest.param(("log", "trust", "models/govern.toml"), id="a checkpoint that is none"),
        pytest.param(("log", "export", "models"), id="an export over a ledger"),
        pytest.param(("audit", "--anchor", "xyz"), id="an anchor that is none"),
        pytest.param(("audit", "--since", "-1"), id="since before the beginning"),
        pytest.param(("audit", "--against", "missing"), id="against nothing"),
        pytest.param(("audit", "--export", "missing"), id="no export"),
        pytest.param(("verify", "proof", "a", "b"), id="no key to verify with"),
        pytest.param(("verify", "proof", "missing", "missing", "--vkey", "ledger.example+1234abcd+AQ"), id="no entry"),
        pytest.param(("db", "backup", "models"), id="a backup over a folder"),
        pytest.param(("db", "restore", "missing", "again"), id="no backup"),
        pytest.param(("init", "other"), id="no registrar"),
        pytest.param(("init", "models", "--registrar", "ada"), id="a folder that is not empty"),
        pytest.param(("init", "other", "--registrar", "ada", "--threshold", "2"), id="a threshold too high"),
        pytest.param(("init", "other", "--registrar", "ada", "--registrar", "ada"), id="a registrar twice"),
        pytest.param(("init", "other", "--registrar", "=Ada"), id="a registrar without a handle"),
        pytest.param(("init", "other", "--registrar", "ada", "--origin", "two words"), id="an origin of two words"),
        pytest.param(("init", "other", "--registrar", "ada", "--origin", "x" * 201), id="an origin too long"),
        pytest.param(("init", "other", "--registrar", "ada", "--database", "mysql://x/y"), id="another database"),
        pytest.param(("demo", "--seed", "seven"), id="a seed in words"),
        pytest.param(("demo", "--into", "models"), id="a demo over a ledger"),
        pytest.param(("doctor", "--ledger", "missing"), id="no ledger"),
        pytest.param(("person", "list", "--colour"), id="an option that is none"),
        pytest.param(("person", "list", "more"), id="a word too many"),
    ],
)  # fmt: skip
def test_what_is_written_wrong_is_said_in_one_sentence(words: tuple[str, ...], alone: Terminal) -> None:
    before = alone.size

    error = alone.fails(2, *words, "--json").error

    assert "\x1b" not in error["message"]
    assert alone.size == before
    assert not (alone.folder / "other").exists()


def test_what_cannot_be_read_or_written_is_said_with_exit_7(alone: Terminal) -> None:
    alone.fails(7, "log", "prove", "1", "--into", "models/govern.toml")
    alone.fails(7, "key", "list", "--keys", "models/govern.toml")
    alone.fails(7, "init", "models/govern.toml", "--registrar", "ada")
    alone.fails(7, "init", "/proc/models", "--registrar", "ada")
    error = alone.fails(
        7, "init", "other", "--registrar", "ada", "--database", "postgresql://127.0.0.1:1/x", "--json"
    ).error
    assert error["code"] == "unavailable"
    assert not (alone.folder / "other").exists()


def test_a_damaged_govern_toml_is_named(alone: Terminal) -> None:
    (alone.ledger / "govern.toml").write_text("origin = ")
    assert "is not TOML" in alone.fails(2, "audit").err
    (alone.ledger / "govern.toml").write_bytes(b"\xff")
    assert "is not UTF-8" in alone.fails(2, "audit").err


def test_a_bug_leaves_a_traceback_in_a_file_and_says_where(nowhere: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("as planned")

    monkeypatch.setattr(shell, "instant", broken)
    monkeypatch.setattr(shell.Place, "folder", broken)

    error = nowhere.fails(70, "person", "list", "--json").error

    assert error["code"] == "bug"
    assert error["message"] == "this is a bug in Govern: ZeroDivisionError: as planned"
    file = Path(error["hint"].rpartition(" ")[2])
    assert "raise ZeroDivisionError" in file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.unlink()


@pytest.mark.parametrize("error", [KeyboardInterrupt(), click.exceptions.Abort()], ids=["at work", "at a prompt"])
def test_an_interrupted_command_leaves_with_130(
    error: BaseException, nowhere: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise error

    monkeypatch.setattr(shell.Place, "folder", interrupted)

    said = nowhere.run("person", "list")

    assert (said.code, said.raw) == (130, b"")
    assert "Traceback" not in said.err


def test_ctrl_c_ends_a_demo_without_a_traceback(nowhere: Terminal) -> None:
    process = govern(nowhere, "demo", "--into", "bank")
    assert process.stdout
    assert process.stdout.readline().startswith(b"DEMO")
    process.stdout.readline()
    process.stdout.readline()

    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)

    assert process.returncode == 130
    assert b"Traceback" not in err


def test_a_reader_who_has_seen_enough_is_no_error(alone: Terminal) -> None:
    read, write = os.pipe()
    os.close(read)
    process = govern(alone, "log", "show", "1", stdout=write)
    os.close(write)

    _, err = process.communicate(timeout=60)

    assert process.returncode == 0
    assert err == b""


def test_a_passphrase_is_asked_on_a_terminal_and_not_shown(alone: Terminal) -> None:
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    quiet = alone.told(GOVERN_PASSPHRASE="")
    process = govern(quiet, "log", "review", "0", "1", "--as", "rae", "--json", stdin=theirs, stderr=theirs, start_new_session=True)  # fmt: skip
    os.close(theirs)
    shown = b""
    while b"passphrase of rae" not in shown:
        shown += os.read(ours, 1024)
    time.sleep(0.2)  # the terminal stops showing what is typed

    os.write(ours, f"{PASSPHRASE}\n".encode())
    out, _ = process.communicate(timeout=60)

    assert json.loads(out)["entry"] == "#2"
    assert PASSPHRASE.encode() not in shown
    os.close(ours)


def test_nothing_is_coloured_where_nobody_sees_it(alone: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\x1b" not in alone.ok("audit").out + alone.fails(2, "log", "show", "x").err

    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    coloured = shell.styled("OK", "green")
    monkeypatch.setenv("NO_COLOR", "1")
    plain = shell.styled("OK", "green")
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")

    assert (plain, shell.styled("OK", "green")) == ("OK", "OK")
    assert coloured == "OK" or "\x1b[32m" in coloured


def test_every_error_has_its_exit_code() -> None:
    found = {one.__name__: code for one, code in program.EXIT_CODES.items()}

    assert found == {"InvalidInput": 2, "NotAllowed": 4, "NothingChecked": 5, "Tampered": 6, "Unavailable": 7}
    assert set(program.EXIT_CODES) == set(GovernError.__subclasses__())
    assert (program.BUG, program.INTERRUPTED) == (70, 130)


def test_a_bare_date_means_its_end_in_utc() -> None:
    assert shell.instant("2026-03-31").isoformat() == "2026-03-31T23:59:59.999000+00:00"
    assert shell.instant("2026-03-31T12:00:00+08:00").isoformat() == "2026-03-31T04:00:00+00:00"
    with pytest.raises(InvalidInput, match="does not say in which time zone"):
        shell.instant("2026-03-31T12:00:00")
