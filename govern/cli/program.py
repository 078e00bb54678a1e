"""The program: finds the command, runs it, and turns what went wrong into one message and one exit code."""

import contextlib
import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Iterator
from importlib import import_module
from itertools import pairwise
from typing import Any, NoReturn

import click

from govern import __version__
from govern.cli import helping, shell
from govern.errors import GovernError, InvalidInput, NotAllowed, NothingChecked, Tampered, Unavailable

EXIT_CODES: dict[type[GovernError], int] = {
    InvalidInput: 2,
    NotAllowed: 4,
    NothingChecked: 5,
    Tampered: 6,
    Unavailable: 7,
}
BUG, INTERRUPTED = 70, 130
NOUNS = frozenset(
    {
        "person",
        "key",
        "model",
        "version",
        "policy",
        "document",
        "finding",
        "condition",
        "waiver",
        "approval",
        "decisions",
        "deputy",
        "log",
        "db",
        "metric",
        "schema",
    }
)
"""Commands that have verbs, by which their errors are named too."""

COMMANDS = {
    "demo": ("demo", "the whole story in a minute, no questions"),
    "init": ("init", "make a new ledger: keys, trust anchor, govern.toml"),
    "doctor": ("doctor", "what is well here and what is not, each with the command that mends it"),
    "person": ("person", "people: enrol, grant, list, revoke, unlock, hold, erase"),
    "key": ("key", "keys: make, list, rotate, revoke, reaffirm"),
    "model": ("model", "models: register, amend, list, show"),
    "version": ("version", "versions: register, show, diff, changes, history"),
    "document": ("document", "documents: add, list, get"),
    "policy": ("policy", "policies: lint, adopt, list"),
    "metric": ("metric", "metrics that a policy may name: list, show"),
    "schema": ("schema", "the JSON Schema of a policy, of evidence, of an event"),
    "evaluate": ("evaluate", "measure a file of scored rows: performance, fairness, intervals"),
    "reasons": ("reasons", "why a version declines a case, in the words of its dictionary"),
    "decisions": ("decisions", "decisions of a batch of cases: record, validate"),
    "check": ("judging", "judge a version's evidence by the policies adopted for it"),
    "submit": ("signing", "ask for review of a version: freeze its dossier"),
    "comment": ("talking", "say something about a version"),
    "challenge": ("talking", "doubt something: its makers owe an answer"),
    "respond": ("talking", "answer a challenge"),
    "recheck": ("talking", "ask for a check to be measured again"),
    "finding": ("finding", "findings: add, close, list"),
    "request-changes": ("signing", "send a version back to its makers"),
    "withdraw": ("signing", "take a version back out of review"),
    "waive": ("signing", "accept a failing check until a day"),
    "waiver": ("waiver", "waivers: list"),
    "sign": ("signing", "sign off a version: exactly what you see"),
    "reject": ("signing", "reject a version, with the reason"),
    "condition": ("condition", "conditions of an approval: list, met"),
    "move": ("moving", "move a version to another stage, or back to production"),
    "gate": ("judging", "may this version go there? the question of a pipeline"),
    "approval": ("approving", "approvals: export one for a machine without a ledger"),
    "inbox": ("inbox", "what waits for you, and why"),
    "deputy": ("deputy", "deputies: name, end, list"),
    "report": ("reporting", "the validation report of a version, as a sealed PDF"),
    "bundle": ("reporting", "everything that proves a version, for somebody without an account"),
    "log": ("log", "the ledger's entries, checkpoints, proofs and exports"),
    "ui": ("ui", "the desktop app: read, sign, and look at the trail"),
    "audit": ("audit", "check everything again from the bytes, and name the first bad entry"),
    "verify": ("verify", "check what somebody handed you, offline"),
    "db": ("db", "back up and restore a ledger"),
}
"""Each command's module and its line on the first page; modules are read when their command is."""


class Program(helping.GroupWithExamples):
    """The first page, and the way from a name to a command."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  click's signature
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"govern.cli.{COMMANDS[cmd_name][0]}")
        # A module with several top-level verbs has each under its own name; one with a noun has it as `command`.
        command: click.Command = getattr(
            module, cmd_name.replace("-", "_") if COMMANDS[cmd_name][0] != cmd_name else "command"
        )
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  click's
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.group(
    cls=Program,
    examples=("govern demo", 'govern init models --registrar "ada=Ada Moreau" --registrar "bea=Bea Lindqvist"'),
    help="The signed record of every model decision.",
    epilog="Every command takes --json and --help. `govern COMMAND --help` explains one.",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.version_option(__version__, prog_name="govern", message="%(prog)s %(version)s")
def program() -> None:
    """Nothing to do before the command: what the group is, its help says."""


def run() -> NoReturn:
    """Run what the command line says; every way out has its exit code."""
    arguments = sys.argv[1:]
    shell.open_streams()
    code = BUG
    with _listening() as interrupts:
        try:
            if "_GOVERN_COMPLETE" in os.environ:
                program.main(prog_name="govern")  # a shell asks for completions; click answers and leaves
            # Not `main`, which leaves with 1, which here means "no", when nobody reads what is printed.
            with program.make_context("govern", list(arguments)) as context:
                result = program.invoke(context)
            code = result if isinstance(result, int) else 0
            sys.stdout.flush()
        except click.exceptions.Exit as left:
            code = left.exit_code
        except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001  the one place where a bug becomes a message
            # A library that is interrupted says so in an error of its own.
            code = _ended(KeyboardInterrupt() if interrupts else error, arguments)
    sys.exit(code)


@contextlib.contextmanager
def _listening() -> Iterator[list[int]]:
    """Give a list of how often we were interrupted from the keyboard; whoever told us not to listen, is heeded."""
    interrupts: list[int] = []

    def interrupt(number: int, _: object) -> None:
        interrupts.append(number)
        raise KeyboardInterrupt

    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield interrupts
        return
    signal.signal(signal.SIGINT, interrupt)
    try:
        yield interrupts
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _ended(error: BaseException, arguments: list[str]) -> int:
    """Say why a command ended before it was done; return the exit code."""
    match error:
        case GovernError():
            codes = (code for kind, code in EXIT_CODES.items() if isinstance(error, kind))
            return _said(error, next(codes, BUG), arguments)
        case KeyboardInterrupt() | click.exceptions.Abort():
            click.echo("\ninterrupted", err=True)
            return INTERRUPTED
        case click.exceptions.NoArgsIsHelpError():
            click.echo(error.format_message(), err=True)
            return 2
        case click.ClickException():
            hint = f"see `{error.ctx.command_path} --help`" if isinstance(error, click.UsageError) and error.ctx else ""
            message = error.format_message().rstrip(".")
            return _said(InvalidInput(message[:1].lower() + message[1:], hint=hint, code="usage"), 2, arguments)
        case BrokenPipeError():
            # Whoever read our output has seen enough; do not fail again while flushing.
            with contextlib.suppress(OSError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
        case _:
            return _said(_bug(error), BUG, arguments)


def _said(error: GovernError, code: int, arguments: list[str]) -> int:
    if "--json" in arguments or "--format=json" in arguments or ("--format", "json") in pairwise(arguments):
        said: dict[str, Any] = {"code": error.code, "message": error.message, "hint": error.hint}
        words = [one for one in arguments[:2] if not one.startswith("-")]
        known = words if words[:1] and words[0] in NOUNS else words[:1]
        shell.print_json("-".join(known) or "error", {"ok": False, "error": said})
    else:
        shell.complain(error.message, error.hint)
    return code


def _bug(error: BaseException) -> GovernError:
    descriptor, path = tempfile.mkstemp(prefix="govern-bug-", suffix=".txt")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        traceback.print_exception(error, file=file)
    return GovernError(
        f"this is a bug in Govern: {type(error).__name__}: {error}",
        hint=f"nothing is lost; report it with the file {path}",
        code="bug",
    )
