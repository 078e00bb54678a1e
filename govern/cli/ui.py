"""``govern ui``: starts the desktop app as a program of its own, and imports nothing of it."""

import subprocess
import sys
from pathlib import Path

import click

from govern.cli import shell
from govern.errors import InvalidInput


@shell.command(
    "ui",
    "govern ui --ledger models",
    "govern ui --shots pictures",
    help="Open the desktop app on a ledger: inbox, dossier, signing and the audit trail. It needs the extra `desktop`. "
    "With --shots, write a picture of every screen on a sample bank instead; that needs no display.",
)
@shell.place()
@click.option("--as", "person", default="", metavar="NAME", help="Whom to offer first for unlocking.")
@click.option("--theme", type=click.Choice(["light", "dark"]), help="Instead of the desktop's own.")
@click.option(
    "--shots", type=click.Path(path_type=Path), metavar="FOLDER", help="Write pictures of all screens there and end."
)
def command(where: shell.Place, person: str, theme: str | None, shots: Path | None, *, as_json: bool) -> int:
    if as_json and shots is None:
        raise InvalidInput("a window is not JSON", hint="leave --json out", code="usage")
    asked = [sys.executable, "-m", "gui"]
    if shots is not None:
        asked += ["--shots", str(shots)]
    else:
        asked += ["--ledger", str(where.folder().path.absolute())]
        asked += ["--as", person] if person else []
        asked += ["--theme", theme] if theme else []
    code = subprocess.run(asked, check=False).returncode  # noqa: S603  our own interpreter and program
    if code == 0 and shots is not None:
        pictures = sorted(path.name for path in shots.glob("*.png"))
        if as_json:
            shell.print_json("ui", {"ok": True, "folder": str(shots), "pictures": pictures})
        else:
            click.echo(f"{len(pictures)} pictures in {shots}")
    return code
