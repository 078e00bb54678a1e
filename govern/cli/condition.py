"""``govern condition``: what has to be done after an approval, by whom and by when."""

import click

from govern.cli import said, shell


@shell.command(
    "list",
    "govern condition list",
    "govern condition list credit-risk@1 --all --at 2026-03-31",
    help="List the conditions that are not met: of a version, of a model, or all; what is due first comes first.",
)
@click.argument("of", metavar="[MODEL|MODEL@V]", required=False, default="")
@click.option("--all", "met", is_flag=True, help="Those that are met too.")
@shell.place(at=True)
def list_(of: str, met: bool, where: shell.Place, *, as_json: bool) -> None:
    with where.desk(signing=False) as desk:
        found = [value for one in said.versions(desk, of) if one.signed for value in said.conditions(desk, one)]
    values = sorted((one for one in found if met or not one["met"]), key=lambda one: one["due"])
    if as_json:
        shell.print_json("condition-list", {"ok": True, "conditions": values})
    elif values:
        rows = [
            (
                one["entry"],
                one["number"],
                one["version"],
                one["owner"],
                said.when(one, "met"),
                one["text"],
            )
            for one in values
        ]
        shell.table(rows, ("ENTRY", "NO", "VERSION", "OWNER", "DUE", "CONDITION"))
    else:
        click.echo("no conditions" if met else "no conditions that are not met")


@shell.command(
    "met",
    'govern condition met 41 --reason "the monitor runs since 3 December" --as vic',
    'govern condition met 41 --number 2 --reason "see entry 60" --as rae --json',
    help="Say that a condition of an approval, which is named by its entry, is met: as a reviewer who does not owe it.",
)
@click.argument("entry")
@click.option(
    "--number", type=click.IntRange(min=1), default=1, show_default=True, metavar="N", help="Which of its conditions."
)
@shell.needed_reason
@shell.place(people=True)
def met(entry: str, number: int, reason: str, where: shell.Place, *, as_json: bool) -> None:
    from govern import discussion  # noqa: PLC0415  --help opens no database

    index = shell.entry_index(entry)
    with where.desk() as desk:
        receipt = discussion.meet_condition(desk, discussion.about(desk, index), index, number - 1, reason)
        where.filed(desk, "condition-met", receipt, f"condition {number} of #{index} is met", as_json=as_json)


command = shell.group(
    "condition",
    "Conditions: what has to be done after an approval.",
    "govern condition list",
    'govern condition met 41 --reason "the monitor runs since 3 December" --as vic',
    verbs=(list_, met),
)
