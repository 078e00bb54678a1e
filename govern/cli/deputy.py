"""``govern deputy``: who looks after whose work, in which role and for how long."""

from typing import Any

import click

from govern.cli import shell


@shell.command(
    "name",
    "govern deputy name rob --role risk-officer --from 2026-12-20 --until 2027-01-06 --as rae",
    "govern deputy name val --role validator --from 2026-12-20 --until 2027-01-06 --as vic --json",
    help="Name who looks after your work in a role from a day to a day: somebody who holds the role too. They see your "
    "tasks in their inbox, and sign as themselves.",
)
@click.argument("deputy", metavar="NAME")
@click.option("--role", required=True, metavar="ROLE", help="In which of your roles.")
@click.option("--from", "first", required=True, metavar="DATE", help="The first day.")
@click.option("--until", "last", required=True, metavar="DATE", help="The last day.")
@shell.place(people=True)
def name(deputy: str, role: str, first: str, last: str, where: shell.Place, *, as_json: bool) -> None:
    from govern import discussion  # noqa: PLC0415  --help opens no database

    days = shell.day(first), shell.day(last)
    with where.desk() as desk:
        receipt = discussion.deputise(desk, deputy, role, *days)
        where.filed(desk, "deputy-name", receipt, f"{deputy} is your deputy until {last}", as_json=as_json)


@shell.command(
    "end",
    "govern deputy end 41 --as rae",
    'govern deputy end "#41" --as ada --json',
    help="End early what an entry gave a deputy, from now on: as who named them, as the deputy, or as an administrator.",
)
@click.argument("entry")
@shell.place(people=True)
def end(entry: str, where: shell.Place, *, as_json: bool) -> None:
    from govern import discussion  # noqa: PLC0415  --help opens no database

    index = shell.entry_index(entry)
    with where.desk() as desk:
        receipt = discussion.end_deputy(desk, index)
        where.filed(desk, "deputy-end", receipt, f"#{index} is ended", as_json=as_json)


@shell.command(
    "list",
    "govern deputy list",
    "govern deputy list --at 2026-12-24 --json",
    help="List the deputies, those in force and those whose days are over or to come, or who were ended early.",
)
@shell.place(at=True)
def list_(where: shell.Place, *, as_json: bool) -> None:
    with where.desk(signing=False) as desk:
        today = desk.clock().date()
        values = [
            {
                "entry": f"#{one.entry}",
                "of": desk.handle(one.of),
                "deputy": desk.handle(one.person),
                "role": one.role,
                "first": str(one.first),
                "last": str(one.last),
                "in_force": one.is_in_force(today),
                "ended": None if one.ended is None else f"#{one.ended}",
            }
            for one in desk.registry.inventory.deputies
        ]
    if as_json:
        shell.print_json("deputy-list", {"ok": True, "deputies": values})
    elif values:
        rows = [
            (one["entry"], one["of"], one["deputy"], one["role"], one["first"], one["last"], _now(one))
            for one in values
        ]
        shell.table(rows, ("ENTRY", "OF", "DEPUTY", "ROLE", "FROM", "UNTIL", "NOW"))
    else:
        click.echo("nobody has a deputy")


def _now(one: dict[str, Any]) -> str:
    return f"ended in {one['ended']}" if one["ended"] else "in force" if one["in_force"] else "-"


command = shell.group(
    "deputy",
    "Deputies: who looks after whose work, and for how long.",
    "govern deputy name rob --role risk-officer --from 2026-12-20 --until 2027-01-06 --as rae",
    "govern deputy list",
    verbs=(name, end, list_),
)
