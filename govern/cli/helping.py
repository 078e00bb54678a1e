"""Help pages that begin with examples, and commands that nearly exist."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Any

import click

from govern.errors import InvalidInput


@contextmanager
def did_you_mean(word: str, names: Iterable[str]) -> Iterator[None]:
    try:
        yield
    except click.UsageError as error:
        near = get_close_matches(word, list(names), n=1)
        if near and word not in near:
            raise InvalidInput(f"there is no command {word!r}", hint=f"did you mean {near[0]}?", code="usage") from None
        raise error from None


class WithExamples(click.Command):
    """A command whose help page begins with how it is used."""

    def __init__(self, *args: Any, examples: Sequence[str], **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.examples = examples

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        _write_examples(formatter, self.examples)
        super().format_help(ctx, formatter)


class GroupWithExamples(click.Group):
    """The same for a noun with its verbs."""

    def __init__(self, *args: Any, examples: Sequence[str], otherwise: str = "", **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.examples = examples
        self.otherwise = otherwise

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        _write_examples(formatter, self.examples)
        super().format_help(ctx, formatter)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if self.otherwise and args and args[0] not in self.commands:
            return self.otherwise, self.commands[self.otherwise], args
        with did_you_mean(args[0] if args else "", self.list_commands(ctx)):
            return super().resolve_command(ctx, args)


def _write_examples(formatter: click.HelpFormatter, examples: Sequence[str]) -> None:
    with formatter.section("Examples"):
        for example in examples:
            # Not wrapped: an example is there to be copied.
            formatter.write(f"{'':>{formatter.current_indent}}{example}\n")
    formatter.write_paragraph()
