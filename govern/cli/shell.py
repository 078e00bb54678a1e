"""What all commands share: where the ledger is, who acts, how things are printed."""

import functools
import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from govern.cli.helping import GroupWithExamples, WithExamples
from govern.errors import InvalidInput, NotAllowed

if TYPE_CHECKING:
    # Read by mypy alone, which so checks every call that a command makes; --help opens no database.
    from govern.connection import Near
    from govern.desk import Desk, Filed
    from govern.ledger import Receipt
    from govern.ledger.keys import Pen
    from govern.ledger.note import VerifierKey
    from govern.record.registry import Registry
    from govern.storage.folder import Folder

Function = TypeVar("Function", bound=Callable[..., Any])

WHY = "Why; it stays in the ledger for ever, so name nobody."


class _Needed(click.Option):
    """A reason that the ledger asks for: whoever forgot it is told before anything is signed, or refused on record."""

    def process_value(self, ctx: click.Context, value: Any) -> Any:
        if not ctx.resilient_parsing:
            require_reason(value if isinstance(value, str) else "")
        return super().process_value(ctx, value)


reason = click.option("--reason", default="", help=WHY)
needed_reason = click.option("--reason", required=True, cls=_Needed, help=WHY)

COMMAND_SETTINGS: dict[str, Any] = {"help_option_names": ["-h", "--help"], "max_content_width": 110}


@dataclass(frozen=True, slots=True)
class Place:
    """Where and who, as the command line said."""

    ledger: str
    people: tuple[str, ...] = ()
    passphrase_file: str = ""
    to_sign: str = ""
    at: str = ""

    @contextmanager
    def near(self, before: "Sequence[VerifierKey]" = ()) -> "Iterator[Near]":
        """Open the ledger; what the user should know first is said on stderr."""
        from govern import connection  # noqa: PLC0415  --help opens no database

        with connection.near(self.folder(), before=tuple(before)) as near:
            if near.warning:
                note(near.warning)
            if near.ledger.fault:
                note(f"read only: {near.ledger.fault.message}; {near.ledger.fault.hint}")
            yield near

    def folder(self) -> "Folder":
        from govern.storage.folder import Folder  # noqa: PLC0415  --help opens no database

        if "://" in self.ledger:
            raise InvalidInput(
                f"{self.ledger} is a URL, and this release has no service yet", hint="name a ledger folder"
            )
        return Folder.read(Path(self.ledger)) if self.ledger else Folder.find(Path.cwd())

    @contextmanager
    def desk(self, *, signing: bool = True, before: "Sequence[VerifierKey]" = ()) -> "Iterator[Desk]":
        """Open the ledger with the pens of whoever ``--as`` names."""
        from govern.connection import now  # noqa: PLC0415  --help opens no database
        from govern.desk import Desk  # noqa: PLC0415  the same

        with self.near(before) as near:
            desk = Desk(near.ledger, near.store, now, os.urandom)
            if not near.ledger.fault:
                desk.finish_erasures()
            if not signing:
                yield desk.as_of(instant(self.at)) if self.at else desk
                return
            pens = tuple(self._pens(desk, near.folder))
            try:
                yield Desk(near.ledger, near.store, now, os.urandom, pens, bool(self.to_sign))
            except NotAllowed as error:
                raise NotAllowed(desk.named(error.message), hint=error.hint, code=error.code, kind=error.kind) from None

    def keys_folder(self, named: str) -> Path:
        """Return where key files lie: as named, beside the ledger, or in the user's own folder."""
        from govern.storage.folder import Folder  # noqa: PLC0415  --help opens no database

        if named:
            return Path(named)
        try:
            return Folder.read(Path(self.ledger)).keys_path if self.ledger else Folder.find(Path.cwd()).keys_path
        except InvalidInput as error:
            if error.code != "no_ledger" or self.ledger:
                raise
        config = os.environ.get("XDG_CONFIG_HOME", "")
        return (Path(config) if Path(config).is_absolute() else Path.home() / ".config") / "govern" / "keys"

    def registry_or_none(self) -> "Registry | None":
        """Return what the ledger adds up to, or nothing where there is none."""
        try:
            with self.desk(signing=False) as desk:
                return desk.registry
        except InvalidInput as error:
            if error.code != "no_ledger" or self.ledger:
                raise
            return None

    def filed(self, desk: "Desk", command_name: str, outcome: "Filed", text: str, *, as_json: bool) -> None:
        """Print what came of signing: the receipt, or the file that others have to sign."""
        from govern.record.pending import Pending  # noqa: PLC0415  --help opens no database
        from govern.storage import durable  # noqa: PLC0415  the same

        if isinstance(outcome, Pending):
            durable.create(Path(self.to_sign), bytes(outcome))
            if as_json:
                print_json(command_name, {"ok": True, "entry": None, "toSign": self.to_sign})
            else:
                click.echo(
                    f"Signed, not filed. Hand {self.to_sign} to another registrar: `govern person cosign {self.to_sign}`."
                )
            return
        if as_json:
            print_json(command_name, receipt_value(outcome))
        else:
            click.echo(f"{text}: entry #{outcome.index} of {desk.ledger.registry.origin}")

    def _pens(self, desk: "Desk", folder: "Folder") -> "Iterator[Pen]":
        from govern.storage import keystore  # noqa: PLC0415  --help opens no database

        if not self.people:
            raise NotAllowed("nobody signs this", code="no_key", hint="say who you are: --as NAME, or GOVERN_PERSON")
        twice = next((one for one in self.people if self.people.count(one) > 1), None)
        if twice:
            raise InvalidInput(f"{twice} is named twice with --as", hint="each person signs once")
        for person in self.people:
            key = keystore.find(folder.keys_path, person)
            yield desk.unlock_pen(key, passphrase(f"passphrase of {person}", self.passphrase_file))


LONGEST_PASSPHRASE = 1 << 16


def passphrase(what: str, file: str = "", *, new: bool = False) -> str:
    """Return a passphrase: from the file, the environment, or the terminal."""
    if file:
        try:
            # A pipe may hand it over; what never ends does not.
            with Path(file).open(encoding="utf-8") as open_:
                text = open_.read(LONGEST_PASSPHRASE).rstrip("\r\n")
        except OSError as error:
            raise InvalidInput(f"the passphrase file {file} cannot be read: {error.strerror}") from None
        except UnicodeDecodeError:
            raise InvalidInput(f"the passphrase file {file} is not UTF-8 text") from None
        if not text:
            raise InvalidInput(f"the passphrase file {file} is empty", code="no_passphrase")
    else:
        text = os.environ.get("GOVERN_PASSPHRASE", "")
    if not text:
        if not sys.stdin.isatty():
            raise InvalidInput(
                f"the {what} is needed, and there is no terminal to ask at",
                hint="set GOVERN_PASSPHRASE or name a file with --passphrase-file",
                code="no_passphrase",
            )
        text = click.prompt(f"{what}", hide_input=True, confirmation_prompt=new, err=True)
    return text


def command(name: str, *examples: str, **settings: Any) -> Callable[[Callable[..., Any]], click.Command]:
    """Make a command whose help begins with examples, and that takes ``--json``."""
    settings.setdefault("short_help", settings.get("help", "").partition(". ")[0].rstrip("."))

    def made(function: Callable[..., Any]) -> click.Command:
        with_json = click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")(function)
        return click.command(name, cls=WithExamples, examples=examples, context_settings=COMMAND_SETTINGS, **settings)(
            with_json
        )

    return made


def group(name: str, help_: str, *examples: str, verbs: Sequence[click.Command], otherwise: str = "") -> click.Group:
    """Make a noun of its verbs; what is no verb is an argument of the verb ``otherwise``."""
    made = GroupWithExamples(
        name, examples=examples, otherwise=otherwise, help=help_, context_settings=COMMAND_SETTINGS
    )
    for verb in verbs:
        made.add_command(verb)
    return made


def place(*, people: bool = False, to_sign: bool = False, at: bool = False) -> Callable[[Function], Function]:
    """Add ``--ledger``, and for commands that sign ``--as`` and ``--passphrase-file``; the command gets one `Place`."""

    def decorated(function: Function) -> Function:
        @functools.wraps(function)
        def called(ledger: str, *args: Any, **given: Any) -> Any:
            who = given.pop("people", ()) or tuple(filter(None, [os.environ.get("GOVERN_PERSON", "")]))
            secret = (given.pop("passphrase_file") or "") if people else ""
            to_file, when = given.pop("to_sign", "") or "", given.pop("at", "") or ""
            return function(*args, where=Place(ledger, tuple(who), secret, to_file, when), **given)

        with_ledger = click.option(
            "--ledger", default="", envvar="GOVERN_LEDGER", metavar="FOLDER", help="The ledger; default: found upwards."
        )(called)
        if people:
            with_ledger = click.option(
                "--passphrase-file", metavar="FILE", help="Read the passphrase there instead of asking."
            )(with_ledger)
            with_ledger = click.option(
                "--as",
                "people",
                multiple=True,
                metavar="NAME",
                help="Who signs; where several have to, again for each.",
            )(with_ledger)
        if to_sign:
            with_ledger = click.option(
                "--to-sign", metavar="FILE", help="Do not file it: write it there for another registrar to sign."
            )(with_ledger)
        if at:
            with_ledger = click.option(
                "--at", metavar="TIME", help="As of then: 2026-03-31 (its end, UTC) or 2026-03-31T12:00:00Z."
            )(with_ledger)
        return with_ledger  # type: ignore[return-value]  # click's decorators forget the type they are given

    return decorated


def receipt_value(receipt: "Receipt") -> dict[str, Any]:
    from govern.ledger.merkle import leaf_hash  # noqa: PLC0415  --help reads no formats

    return {
        "ok": True,
        "entry": f"#{receipt.index}",
        "leafHash": f"sha256:{leaf_hash(receipt.leaf).hex()}",
        "proof": receipt.proof.decode(),
    }


def print_json(command_name: str, value: dict[str, Any]) -> None:
    click.echo(json_text(command_name, value))


def json_text(command_name: str, value: dict[str, Any]) -> str:
    return json.dumps({"schema": f"govern/cli/{command_name}/v1", **value}, ensure_ascii=False, indent=2)


def note(text: str) -> None:
    """Say something beside the point, on stderr."""
    click.echo(f"note: {text}", err=True)


def complain(message: str, hint: str = "") -> None:
    click.echo(f"{styled('error:', 'red', err=True)} {message}", err=True)
    if hint:
        click.echo(f"{styled('hint:', 'cyan', err=True)}  {hint}", err=True)


def styled(text: str, colour: str, *, err: bool = False) -> str:
    """Return ``text`` in a colour where that can be seen; the words alone always suffice."""
    stream = sys.stderr if err else sys.stdout
    plain = "NO_COLOR" in os.environ or os.environ.get("TERM") == "dumb" or not stream.isatty()
    return text if plain else click.style(text, fg=colour, bold=True)


def table(rows: Iterable[Sequence[object]], heads: Sequence[str]) -> None:
    """Print rows in columns as wide as they need."""
    cells = [list(heads), *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(heads))]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells)
    click.echo("\n".join(lines))


def open_streams() -> None:
    """Print what cannot be encoded with a mark in its place instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def instant(text: str) -> datetime:
    """Return the instant that ``text`` names; a bare date means its end in UTC."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput(
            f"{text!r} is not a time", hint="write 2026-03-31, or 2026-03-31T12:00:00Z, or with an offset +01:00"
        ) from None
    if len(text) == len("2026-03-31"):
        return found.replace(tzinfo=UTC) + timedelta(days=1, milliseconds=-1)
    if found.tzinfo is None:
        raise InvalidInput(f"{text!r} does not say in which time zone", hint="add Z for UTC, or an offset like +01:00")
    try:
        return found.astimezone(UTC)
    except OverflowError:
        raise InvalidInput(f"{text!r} is no time in UTC", hint="name a later one") from None


def day(text: str) -> date:
    """Return the day that ``text`` names, as events write it."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or str(found) != text:
        raise InvalidInput(f"{text!r} is not a day", hint="write it like 2026-12-31")
    return found


def entry_index(text: str) -> int:
    """Return the index of an entry written ``#41`` or ``41``."""
    bare = text.removeprefix("#")
    if not bare.isascii() or not bare.isdecimal() or (bare[0] == "0" and bare != "0") or len(bare) > 15:  # noqa: PLR2004
        raise InvalidInput(f"{text!r} is not an entry", hint="write # and its number, e.g. #41")
    return int(bare)


def require_reason(text: str) -> None:
    if not text.strip():
        raise InvalidInput("nobody is told why", hint='add --reason "..."', code="no_reason")


@contextmanager
def naming(file: object) -> Iterator[None]:
    """Name the file in what is said to be wrong with its content."""
    try:
        yield
    except InvalidInput as error:
        raise InvalidInput(f"{file}: {error.message}", hint=error.hint, code=error.code) from None


def read_file(path: str, what: str) -> bytes:
    from govern.storage import durable  # noqa: PLC0415  --help opens no database

    durable.require_file(Path(path))
    try:
        return Path(path).read_bytes()
    except FileNotFoundError:
        raise InvalidInput(f"there is no file {path}", hint=f"name the {what}") from None
    except OSError as error:
        raise InvalidInput(f"the {what} {path} cannot be read: {error.strerror}") from None
