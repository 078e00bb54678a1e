"""``govern init``: a new ledger in a folder, with a policy to begin with."""

import re
import secrets
from pathlib import Path

import click

from govern.cli import shell
from govern.errors import InvalidInput


@shell.command(
    "init",
    'govern init models --registrar "ada=Ada Moreau" --registrar "bea=Bea Lindqvist"',
    'govern init models --registrar "ada=Ada Moreau" --origin ledger.bank.example/models --passphrase-file FILE',
    help="Make a new ledger in FOLDER: keys, trust anchor, govern.toml, a policy and its tests to begin with.\n\n"
    "A registrar enrols people. With two, as many must sign before anybody else can sign: "
    "one alone could invent the second pair of eyes.",
)
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--registrar", "registrars", multiple=True, metavar='"NAME=Full Name"', help="Who enrols people; twice or more."
)
@click.option(
    "--threshold",
    type=click.IntRange(1, 16),
    metavar="N",
    help="How many registrars must sign; default: two if there are two.",
)
@click.option(
    "--origin", default="", metavar="ORIGIN", help="The ledger's name for ever, like ledger.bank.example/models."
)
@click.option("--database", default="", metavar="URL", help="A PostgreSQL address instead of a file in the folder.")
@click.option(
    "--passphrase-file", default="", metavar="FILE", help="Read the registrars' passphrase there instead of asking."
)
def command(
    folder: Path,
    registrars: tuple[str, ...],
    threshold: int | None,
    origin: str,
    database: str,
    passphrase_file: str,
    *,
    as_json: bool,
) -> None:
    from govern import beginning, connection  # noqa: PLC0415  --help opens no database
    from govern.record.identity import Identity  # noqa: PLC0415  the same

    if not registrars:
        raise InvalidInput(
            "a ledger needs a registrar, and is better with two",
            hint='--registrar "ada=Ada Moreau" --registrar "bea=Bea Lindqvist"',
        )
    founders = []
    for text in registrars:
        handle, _, name = text.partition("=")
        identity = Identity(handle.strip(), name.strip() or handle.strip().title())
        secret = shell.passphrase(f"new passphrase of {identity.handle}", passphrase_file, new=True)
        founders.append(connection.Founder(identity, secret))
    needed = min(2, len(founders)) if threshold is None else threshold
    plain = re.sub("[^a-z0-9.-]+", "-", folder.absolute().name.lower())
    name = origin or f"ledger.invalid/{plain}-{secrets.token_hex(4)}"
    made = connection.found(folder, name, founders, needed, database=database)
    written = [str(path) for path in beginning.started(made.policies_path, "starter")]
    if as_json:
        shell.print_json(
            "init",
            {
                "ok": True,
                "ledger": str(folder),
                "origin": made.origin,
                "anchor": made.anchor,
                "vkey": str(made.vkey),
                "registrars": [one.identity.handle for one in founders],
                "threshold": needed,
                "files": written,
            },
        )
        return
    click.echo(f"A new ledger in {folder}.\n")
    click.echo(f"  origin  {made.origin}\n  anchor  {made.anchor}\n  vkey    {made.vkey}\n")
    click.echo(
        "Write the anchor and the vkey down outside this machine: whoever checks the ledger needs them from you."
    )
    click.echo(
        f"Registrars: {', '.join(one.identity.handle for one in founders)}; {needed} must sign for people who sign off."
    )
    if needed < 2:  # noqa: PLR2004  two pairs of eyes
        click.echo(
            "One registrar alone could invent approvers. Enrol a second one as administrator, then run "
            "`govern person threshold 2`."
        )
    click.echo(f"A policy to begin with is {written[0]}, its tests stand beside it; nothing is adopted yet.")
    click.echo(
        "\nNext: `govern key new NAME` on each person's machine, then `govern person add NAME.request.json --role ROLE`."
    )
