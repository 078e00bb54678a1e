"""``govern doctor``: what is well here, and what is not."""

import click

from govern.cli import shell
from govern.errors import InvalidInput


@shell.command(
    "doctor",
    "govern doctor",
    "govern doctor --ledger models --json",
    help="Look at Python, disk, keys, clock, database, lock file and guards: each line OK or FAIL, with what mends it.",
)
@shell.place()
def command(where: shell.Place, *, as_json: bool) -> int:
    from govern import health  # noqa: PLC0415  --help opens no database
    from govern.connection import now  # noqa: PLC0415  the same

    try:
        folder = where.folder()
    except InvalidInput as error:
        if error.code != "no_ledger" or where.ledger:
            raise
        folder = None
    findings = list(health.look(folder, now()))
    ok = all(one.ok for one in findings)
    if as_json:
        values = [{"name": one.name, "ok": one.ok, "text": one.text, "mend": one.mend} for one in findings]
        shell.print_json("doctor", {"ok": ok, "findings": values})
    else:
        for one in findings:
            mark = shell.styled("OK  ", "green") if one.ok else shell.styled("FAIL", "red")
            click.echo(f"{mark} {one.name}: {one.text}")
            if not one.ok and one.mend:
                click.echo(f"     mend: {one.mend}")
    if ok:
        return 0
    return 6 if any(one.integrity for one in findings if not one.ok) else 2
