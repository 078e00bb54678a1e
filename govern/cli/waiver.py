"""``govern waiver``: which failing checks are accepted, until when, and whether that counts."""

import click

from govern.cli import said, shell


@shell.command(
    "list",
    "govern waiver list",
    "govern waiver list credit-risk@1 --at 2026-03-31 --json",
    help="List the waivers: of a version, of a model, or all; the newest of each check, what ends first at the top, and why "
    "one does not count now.",
)
@click.argument("of", metavar="[MODEL|MODEL@V]", required=False, default="")
@shell.place(at=True)
def list_(of: str, where: shell.Place, *, as_json: bool) -> None:
    with where.desk(signing=False) as desk:
        found = [value for one in said.versions(desk, of) if one.waivers for value in said.waivers(desk, one)]
    values = sorted(found, key=lambda one: one["until"])
    if as_json:
        shell.print_json("waiver-list", {"ok": True, "waivers": values})
    elif values:
        rows = [
            (
                one["entry"],
                one["version"],
                f"{one['policy']}/{one['check']}",
                one["until"],
                one["category"],
                ", ".join(one["signed_by"]),
                one["control"],
                "counts" if one["counts"] else f"no: {one['why']}",
            )
            for one in values
        ]
        shell.table(rows, ("ENTRY", "VERSION", "CHECK", "UNTIL", "CATEGORY", "SIGNED BY", "CONTROL", "NOW"))
    else:
        click.echo("no waivers")


command = shell.group(
    "waiver",
    "Waivers: which failing checks are accepted. One is given by `govern waive`.",
    "govern waiver list",
    "govern waiver list credit-risk@1 --at 2026-03-31 --json",
    verbs=(list_,),
)
