"""``govern inbox``: what waits for a person, until when, and why."""

import click

from govern.cli import shell
from govern.errors import InvalidInput


@shell.command(
    "inbox",
    "govern inbox --as rae",
    "govern inbox --as rae --at 2026-03-31 --json",
    help="What waits for you, what is due first at the top, and why it is here. Nobody signs.",
)
@shell.place(people=True, at=True)
def command(where: shell.Place, *, as_json: bool) -> None:
    from govern.inbox import inbox  # noqa: PLC0415  --help opens no database

    if not where.people:
        raise InvalidInput("whose inbox?", hint="say who you are: --as NAME, or GOVERN_PERSON")
    with where.desk(signing=False) as desk:
        tasks = inbox(desk, where.people[0])
    if as_json:
        values = [
            {"version": one.version, "what": one.what, "why": one.why, "due": str(one.due) if one.due else None}
            for one in tasks
        ]
        shell.print_json("inbox", {"ok": True, "tasks": values})
    elif tasks:
        shell.table(
            [(one.due or "-", one.version, one.what, one.why) for one in tasks], ("DUE", "VERSION", "TO DO", "WHY")
        )
    else:
        click.echo("nothing waits for you")
