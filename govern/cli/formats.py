"""``--format`` and ``--output``: what a command found, as people read it and as other programs do."""

import functools
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, assert_never

import click

from govern import __version__
from govern.cli import shell
from govern.cli.shell import Function

if TYPE_CHECKING:
    from govern.policy.notices import Account


class Format(StrEnum):
    TEXT = "text"
    JSON = "json"
    GITHUB = "github"
    JUNIT = "junit"
    SARIF = "sarif"
    MD = "md"


ENDINGS = {
    ".txt": Format.TEXT,
    ".json": Format.JSON,
    ".xml": Format.JUNIT,
    ".sarif": Format.SARIF,
    ".md": Format.MD,
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command found."""

    command: str
    value: dict[str, Any]
    """As ``--json`` has it, without its schema."""
    text: str
    account: "Account"
    colour: str = ""
    """Of the last line of the text, on a terminal."""

    def written(self, form: Format) -> str:
        """Return the answer in a format, with the end of its last line."""
        from govern.policy import outputs  # noqa: PLC0415  --help writes nothing

        match form:
            case Format.TEXT:
                return f"{self.text}\n"
            case Format.JSON:
                return f"{shell.json_text(self.command, self.value)}\n"
            case Format.GITHUB:
                return outputs.github(self.account)
            case Format.JUNIT:
                return outputs.junit(self.account)
            case Format.SARIF:
                return outputs.sarif(self.account, __version__)
            case Format.MD:
                return outputs.markdown(self.account)
        assert_never(form)


@dataclass(frozen=True, slots=True)
class Asked:
    """In which formats an answer is wanted: one on stdout, and any number in files."""

    shown: Format
    files: tuple[tuple[Path, Format], ...]

    @property
    def is_plain(self) -> bool:
        """Say whether nothing but text on stdout is wanted."""
        return self.shown is Format.TEXT and not self.files

    def say(self, answer: Answer) -> None:
        """Write the files, each whole or not at all, and then stdout."""
        from govern.storage import durable  # noqa: PLC0415  --help writes nothing

        for path, form in self.files:
            durable.replace(path, answer.written(form).encode(errors="replace"))
        if self.shown is Format.TEXT and answer.colour:
            before, line, last = answer.text.rpartition("\n")
            click.echo(f"{before}{line}{shell.styled(last, answer.colour)}")
        else:
            click.echo(answer.written(self.shown), nl=False)


def options(function: Function) -> Function:
    """Add ``--format`` and ``--output``; the command gets one `Asked` instead of ``as_json``."""

    @functools.wraps(function)
    def called(*args: Any, shown: str | None, targets: tuple[Path, ...], as_json: bool, **given: Any) -> Any:
        if as_json and shown not in {None, Format.JSON}:
            raise click.UsageError(f"--json and --format {shown} are two formats for one stdout")
        form = Format.JSON if as_json else Format(shown or Format.TEXT)
        return function(*args, asked=Asked(form, tuple((path, ENDINGS[path.suffix]) for path in targets)), **given)

    with_files = click.option(
        "--output",
        "targets",
        multiple=True,
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        callback=_checked,
        help=f"Write it there too, in the format of its ending: {' '.join(ENDINGS)}.",
    )
    with_format = click.option(
        "--format", "shown", type=click.Choice(list(map(str, Format))), help="What goes to stdout; default: text."
    )
    return with_format(with_files(called))  # type: ignore[return-value]  # click's decorators forget the type they are given


def _checked(context: click.Context, option: click.Parameter, files: tuple[Path, ...]) -> tuple[Path, ...]:
    for path in files:
        if path.suffix not in ENDINGS:
            raise click.BadParameter(
                f"what is {str(path)!r} to be? its name ends in none of {' '.join(ENDINGS)}", context, option
            )
    return files
