"""``govern db``: copies of a ledger that verify themselves."""

from pathlib import Path

import click

from govern.cli import shell


@shell.command(
    "backup",
    "govern db backup models-2026-11-20.zip",
    "govern db backup models.zip --ledger models --json",
    help="Write the ledger to one file, and check what was written. It holds entries, checkpoints, names and blobs, and no "
    "private key: keep the folder of keys in another safe.",
)
@click.argument("file", type=click.Path(path_type=Path))
@shell.place()
def backup(file: Path, where: shell.Place, *, as_json: bool) -> None:
    from govern.storage import backup as backups  # noqa: PLC0415  --help opens no database

    with where.near() as near:
        made = backups.backup(near.store, near.folder.vkey, file)
    if as_json:
        shell.print_json("db-backup", {"ok": True, "file": str(file), "counts": made.counts})
        return
    click.echo(
        f"{file}: {', '.join(f'{count} {name}' for name, count in made.counts.items())}; written, read back and verified."
    )
    click.echo("Private keys are not in it: keep the keys folder in another safe.")


@shell.command(
    "restore",
    "govern db restore models-2026-11-20.zip models-again",
    "govern db restore models.zip models-again --database postgresql://localhost/govern",
    help="Make a ledger folder of a backup. It can be read at once; writing waits until you put the log's key into its keys "
    "folder and compared its checkpoint: `govern log trust`.",
)
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--database", default="", metavar="URL", help="An empty PostgreSQL database instead of a file in the folder."
)
def restore(file: Path, folder: Path, database: str, *, as_json: bool) -> None:
    from govern.storage import backup as backups  # noqa: PLC0415  --help opens no database

    made = backups.restore(file, folder, database)
    if as_json:
        shell.print_json(
            "db-restore", {"ok": True, "ledger": str(folder), "origin": made.origin, "anchor": made.anchor}
        )
        return
    click.echo(f"{folder} holds {made.origin}, anchor {made.anchor}. It can be read; before anybody writes:")
    click.echo(f"  1. put log.key.json and the people's key files into {made.keys_path}")
    checkpoint = folder / backups.CHECKPOINT
    click.echo(f"  2. compare {checkpoint} with the newest checkpoint that was printed elsewhere")
    click.echo(f"  3. govern log trust {checkpoint} --ledger {folder}")


command = shell.group(
    "db",
    "Copies of a ledger that verify themselves.",
    "govern db backup models-2026-11-20.zip",
    "govern db restore models-2026-11-20.zip models-again",
    verbs=(backup, restore),
)
