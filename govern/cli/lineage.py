"""What a version differs by: from another, from what was last signed, and entry by entry from what it was."""

from typing import TYPE_CHECKING, Any

import click

from govern.cli import shell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from govern.record.changes import Change
    from govern.record.inventory import Version

_version = click.argument("name", metavar="MODEL@V")


@shell.command(
    "diff",
    "govern version diff credit-risk@1 credit-risk@2",
    "govern version diff credit-risk@1 credit-risk@2 --json",
    help="Show what two versions differ by, each with its old and its new value; * marks what can change a decision about "
    "somebody.",
)
@click.argument("older", metavar="MODEL@V")
@click.argument("newer", metavar="MODEL@V")
@shell.place(at=True)
def diff(older: str, newer: str, where: shell.Place, *, as_json: bool) -> None:
    from govern import review  # noqa: PLC0415  --help opens no database

    with where.desk(signing=False) as desk:
        one = review.version(desk, newer)
        found, champion = review.differing(desk, review.version(desk, older), one), review.displaces(desk, one)
    if as_json:
        values = [
            {"what": one.what, "older": one.before, "newer": one.after, "material": one.is_material} for one in found
        ]
        shell.print_json(
            "version-diff",
            {"ok": True, "older": older, "newer": newer, "differences": values, "displaces": displaces(champion)},
        )
    else:
        tell(found)
        tell_displaced(champion)


@shell.command(
    "changes",
    "govern version changes credit-risk@2",
    "govern version changes credit-risk@2 --json",
    help="Show what is not as it was when somebody last approved a version of the model: parts, policies, results, "
    "documents, findings, waivers, facts.",
)
@_version
@shell.place(at=True)
def changes(name: str, where: shell.Place, *, as_json: bool) -> None:
    from govern import review  # noqa: PLC0415  --help opens no database

    with where.desk(signing=False) as desk:
        found = review.changed(desk, review.version(desk, name))
    if as_json:
        value = {
            "version": name,
            "since": found.since or None,
            "entry": None if found.entry is None else f"#{found.entry}",
            "changes": [
                {"what": one.what, "before": one.before, "after": one.after, "material": one.is_material}
                for one in found.changes
            ],
            "displaces": displaces(found.displaces),
        }
        shell.print_json("version-changes", {"ok": True, **value})
        return
    if found.entry is None:
        click.echo("nobody approved a version of this model before")
    else:
        click.echo(f"since {found.since} was approved in #{found.entry}:")
        tell(found.changes)
    tell_displaced(found.displaces)


@shell.command(
    "history",
    "govern version history credit-risk@1",
    "govern version history credit-risk@1 --at 2026-03-31 --json",
    help="Show every entry about a version: its number, when it was recorded, who signed it, and what it says.",
)
@_version
@shell.place(at=True)
def history(name: str, where: shell.Place, *, as_json: bool) -> None:
    from govern import chronicle, review  # noqa: PLC0415  --help opens no database
    from govern.ledger.strict import write_time  # noqa: PLC0415  the same

    with where.desk(signing=False) as desk:
        values: list[dict[str, Any]] = [
            {
                "entry": f"#{one.entry}",
                "recordedAt": write_time(one.recorded),
                "signers": list(one.people),
                "kind": one.kind,
                "says": one.words,
                "reason": one.reason or None,
            }
            for one in chronicle.history(desk, review.version(desk, name))
        ]
    if as_json:
        shell.print_json("version-history", {"ok": True, "version": name, "entries": values})
        return
    rows = [
        (
            one["entry"],
            one["recordedAt"],
            one["kind"],
            ", ".join(one["signers"]),
            one["says"] + (f" “{one['reason']}”" if one["reason"] else ""),
        )
        for one in values
    ]
    shell.table(rows, ("ENTRY", "RECORDED (UTC)", "KIND", "SIGNED BY", "SAYS"))


def displaces(champion: "Version | None") -> dict[str, Any] | None:
    """Return which champion a promotion displaces, as JSON has it."""
    from govern.ledger.strict import write_time  # noqa: PLC0415  --help opens no database

    return {"version": champion.name, "since": write_time(champion.since)} if champion and champion.since else None


def tell_displaced(champion: "Version | None", *, err: bool = False) -> None:
    """Print which champion a promotion displaces, if one does."""
    if champion and champion.since:
        click.echo(f"as champion it displaces {champion.name}, champion since {champion.since:%Y-%m-%d}", err=err)


def tell(found: "Sequence[Change]", *, err: bool = False) -> None:
    """Print differences, one a line."""
    from reports.values import cut  # noqa: PLC0415  --help lays out no pages

    for one in found:
        mark = "*" if one.is_material else " "
        before, after = (cut(text or "(none)") for text in (one.before, one.after))
        if before == after:
            before, after = one.before or "(none)", one.after or "(none)"  # they differ further on
        click.echo(f"  {mark} {one.what}: {before} -> {after}", err=err)
    if not found:
        click.echo("no differences", err=err)
