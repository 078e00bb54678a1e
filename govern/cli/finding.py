"""``govern finding``: what is wrong with a version, how badly, and who mends it by when."""

import click

from govern.cli import said, shell


@shell.command(
    "add",
    'govern finding add credit-risk@1 "No test on thin files" --severity high --owner ana --due 2026-12-31 --as vic',
    'govern finding add credit-risk@1 "Typing slip in table 3" --severity low --owner ana --due 2027-02-01 --as gus',
    help="Put on record that something is wrong. It is part of the dossier until it is closed, so what was signed before is "
    "void.",
)
@click.argument("name", metavar="MODEL@V")
@click.argument("title")
@click.option("--severity", required=True, type=click.Choice(["low", "medium", "high", "critical"]), help="How badly.")
@click.option("--owner", required=True, metavar="NAME", help="Who mends it.")
@click.option("--due", required=True, metavar="DATE", help="By when, like 2026-12-31.")
@shell.place(people=True)
def add(name: str, title: str, severity: str, owner: str, due: str, where: shell.Place, *, as_json: bool) -> None:
    from govern import discussion, review  # noqa: PLC0415  --help opens no database

    day = shell.day(due)
    with where.desk() as desk:
        receipt = discussion.raise_finding(desk, review.version(desk, name), title, severity, owner, day)
        where.filed(desk, "finding-add", receipt, f"{name} has a {severity} finding", as_json=as_json)


@shell.command(
    "close",
    'govern finding close 41 --reason "tested on thin files, see entry 55" --as vic',
    'govern finding close "#41" --reason "slip corrected" --as val --json',
    help="Say that a finding, which is named by its entry, is mended: as a validator who neither owns it nor made the "
    "version.",
)
@click.argument("entry")
@shell.needed_reason
@shell.place(people=True)
def close(entry: str, reason: str, where: shell.Place, *, as_json: bool) -> None:
    from govern import discussion  # noqa: PLC0415  --help opens no database

    index = shell.entry_index(entry)
    with where.desk() as desk:
        receipt = discussion.close_finding(desk, discussion.about(desk, index), index, reason)
        where.filed(desk, "finding-close", receipt, f"#{index} is closed", as_json=as_json)


@shell.command(
    "list",
    "govern finding list",
    "govern finding list credit-risk@1 --all --at 2026-03-31",
    help="List the open findings: of a version, of a model, or all; what is due first comes first.",
)
@click.argument("of", metavar="[MODEL|MODEL@V]", required=False, default="")
@click.option("--all", "closed", is_flag=True, help="Those that are closed too.")
@shell.place(at=True)
def list_(of: str, closed: bool, where: shell.Place, *, as_json: bool) -> None:
    with where.desk(signing=False) as desk:
        found = [value for one in said.versions(desk, of) if one.findings for value in said.findings(desk, one)]
    values = sorted((one for one in found if closed or not one["closed"]), key=lambda one: one["due"])
    if as_json:
        shell.print_json("finding-list", {"ok": True, "findings": values})
    elif values:
        rows = [
            (
                one["entry"],
                one["version"],
                one["severity"],
                one["owner"],
                said.when(one, "closed"),
                one["title"],
            )
            for one in values
        ]
        shell.table(rows, ("ENTRY", "VERSION", "SEVERITY", "OWNER", "DUE", "FINDING"))
    else:
        click.echo("no findings" if closed else "no open findings")


command = shell.group(
    "finding",
    "Findings: what is wrong with a version, and who mends it by when.",
    'govern finding add credit-risk@1 "No test on thin files" --severity high --owner ana --due 2026-12-31 --as vic',
    "govern finding list",
    verbs=(add, close, list_),
)
