"""``govern audit``: everything again from the bytes, and the first bad entry by name."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from govern.cli import shell
from govern.cli.progress import Progress
from govern.errors import InvalidInput

if TYPE_CHECKING:
    from govern.examine import Report


@shell.command(
    "audit",
    "govern audit --ledger models",
    "govern audit --export models-2026 --anchor 3f5c...",
    help="Check a ledger again from its bytes: every hash, the tree, every signature, and admission replayed over every "
    "entry. Heads that were kept outside the ledger are compared: the lock file, what this machine remembers, and what "
    "--against names. With --export, check a folder that `govern log export` wrote.",
)
@shell.place()
@click.option(
    "--since", type=click.IntRange(min=0), default=0, metavar="N", help="Verify signatures from entry N on only."
)
@click.option(
    "--against", multiple=True, metavar="FILE", help="A checkpoint that was printed or kept elsewhere; again for more."
)
@click.option(
    "--export",
    "export",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="An exported folder instead of a ledger.",
)
@click.option(
    "--anchor",
    default="",
    envvar="GOVERN_ANCHOR",
    metavar="ANCHOR",
    help="The ledger's anchor, from a source you trust.",
)
def command(
    where: shell.Place, since: int, against: tuple[str, ...], export: Path | None, anchor: str, *, as_json: bool
) -> int:
    from govern import examine  # noqa: PLC0415  --help opens no database

    printed = [(path, shell.read_file(path, "checkpoint")) for path in against]
    total = examine.entries(where.folder()) if export is None else 0
    progress = Progress("checked", total)
    if export is None:
        report = examine.ledger(where.folder(), printed, anchor, since, progress.step)
    else:
        report = examine.export(export, printed, anchor, since)
    progress.finish()
    if since and since >= report.size and not report.problems:
        raise InvalidInput(f"there is no entry #{since}", hint=f"the newest is #{report.size - 1}", code="not_found")
    if as_json:
        shell.print_json("audit", _value(report))
    else:
        _print(report)
    return 6 if report.problems else 0


def _value(report: "Report") -> dict[str, Any]:
    return {
        "ok": not report.problems,
        "size": report.size,
        "root": f"sha256:{report.root.hex()}",
        "origin": report.origin,
        "anchor": report.anchor.hex(),
        "checked": {line.name: line.count for line in report.checked},
        "not_checked": [{"what": what, "why": why} for what, why in report.not_checked],
        "problems": [
            {"kind": one.kind, "entry": one.entry, "message": one.message, "next": one.next} for one in report.problems
        ],
    }


def _print(report: "Report") -> None:
    if report.size:
        click.echo(f"{report.origin}, {report.size:,} entries, root sha256:{report.root.hex()}")
        click.echo(f"anchor {report.anchor.hex()}\n")
    for line in report.checked:
        click.echo(f"  {line.count:>9,}  {line.what}; by the word of {line.word}")
    for what, why in report.not_checked:
        click.echo(f"          -  not checked: {what}, {why}")
    click.echo()
    for one in report.problems:
        where = f" at #{one.entry}" if one.entry is not None else ""
        click.echo(f"{shell.styled('FAIL', 'red')}  {one.kind}{where}: {one.message}")
        click.echo(f"      next: {one.next}")
    if report.stopped:
        held = min(report.size, report.problems[0].entry or 0)
        click.echo(f"\nThe first {held:,} entries hold; what follows does not.")
    if not report.problems:
        click.echo(f"{shell.styled('OK', 'green')}  everything that was checked holds")
