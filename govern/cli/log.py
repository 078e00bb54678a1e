"""``govern log``: the entries, the signed heads, the proofs, and the whole as files that other people's tools read."""

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from govern.cli import shell
from govern.errors import InvalidInput

if TYPE_CHECKING:
    from govern.desk import Desk
    from govern.ledger.envelope import Entry
    from govern.storage.local import LocalLedger

_EVENT_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@shell.command(
    "show",
    "govern log show",
    "govern log show 41 --json",
    help="Show the newest entries, or one entry whole: by its number, or by the id of its event, which `sign` says before "
    "it files anything.",
)
@click.argument("entry", required=False)
@click.option(
    "--last", type=click.IntRange(1, 10_000), default=20, show_default=True, metavar="N", help="How many entries."
)
@click.option("--raw", is_flag=True, help="The entry's exact bytes, as the tree hashes them.")
@shell.place(at=True)
def show(entry: str | None, last: int, raw: bool, where: shell.Place, *, as_json: bool) -> None:
    from govern.ledger.envelope import Entry  # noqa: PLC0415  --help reads no formats

    if raw and entry is None:
        raise InvalidInput("--raw is for one entry", hint="name it: `govern log show 41 --raw`")
    with where.desk(signing=False) as desk:
        if entry is not None:
            index = _index(desk.ledger, entry)
            if raw:
                sys.stdout.buffer.write(desk.ledger.leaf(index))
                return
            values = [_value(desk, desk.ledger.entry(index), whole=True)]
        else:
            size = desk.registry.size
            newest = [Entry.parse(leaf) for leaf in desk.ledger.entries(max(0, size - last), size)]
            values = [_value(desk, one, whole=False) for one in newest]
    if as_json:
        shell.print_json("log-show", {"ok": True, "entries": values})
    elif entry is not None:
        _print_entry(values[0])
    else:
        rows = [
            (one["entry"], one["recordedAt"], one["kind"], ", ".join(one["signers"]), one["says"]) for one in values
        ]
        shell.table(rows, ("ENTRY", "RECORDED (UTC)", "KIND", "SIGNED BY", "SAYS"))


@shell.command(
    "checkpoint",
    "govern log checkpoint",
    "govern log checkpoint > checkpoint.txt",
    help="Print the newest signed checkpoint: keep it outside, and `govern audit --against` finds any rewriting since.",
)
@shell.place()
def checkpoint(where: shell.Place, *, as_json: bool) -> None:
    with where.near() as near:
        note, registry = near.ledger.checkpoint().decode(), near.ledger.registry
    if as_json:
        origin, size, root = note.split("\n")[:3]
        value = {"origin": origin, "size": int(size), "root": root, "note": note, "anchor": registry.anchor.hex()}
        shell.print_json("log-checkpoint", {"ok": True, **value})
    else:
        click.echo(note, nl=False)


@shell.command(
    "prove",
    "govern log prove 41",
    "govern log prove 41 --into proofs",
    help="Write an entry's exact bytes and the proof that the ledger holds it: ENTRY.json and ENTRY.tlog-proof.",
)
@click.argument("entry")
@click.option(
    "--into", type=click.Path(path_type=Path), default=".", metavar="FOLDER", help="The folder for the two files."
)
@shell.place()
def prove(entry: str, into: Path, where: shell.Place, *, as_json: bool) -> None:
    from govern.storage import durable  # noqa: PLC0415  --help opens no database

    with where.near() as near:
        index = _index(near.ledger, entry)
        leaf, proof = near.ledger.leaf(index), near.ledger.prove(index)
    files = (into / f"{index}.json", leaf), (into / f"{index}.tlog-proof", bytes(proof))
    durable.make_folder(into)
    for path, content in files:
        durable.replace(path, content)
    vkey = str(near.ledger.registry.log_keys[0])
    if as_json:
        value = {"entry": f"#{index}", "leaf": str(files[0][0]), "proof": str(files[1][0]), "vkey": vkey}
        shell.print_json("log-prove", {"ok": True, **value})
        return
    click.echo(f"{files[0][0]}\n{files[1][0]}")
    shell.note(f"check them with: govern verify proof {files[0][0]} {files[1][0]} --vkey {vkey}")


@shell.command(
    "trust",
    "govern log trust checkpoint.txt",
    "govern log trust checkpoint.txt --ledger models",
    help="Make a checkpoint the one that the lock file holds, on your word that you compared it with one that was printed "
    "or remembered. Needed after a lock file was lost or a ledger restored; the old lock file is kept beside it.",
)
@click.argument("file")
@shell.place()
def trust(file: str, where: shell.Place, *, as_json: bool) -> None:
    from govern import connection  # noqa: PLC0415  --help opens no database

    folder, note = where.folder(), shell.read_file(file, "checkpoint")
    with shell.naming(file):
        checkpoint = connection.trust(folder, note)
    if as_json:
        value = {"size": checkpoint.size, "root": f"sha256:{checkpoint.root.hex()}"}
        shell.print_json("log-trust", {"ok": True, **value})
    else:
        click.echo(f"The lock file holds {checkpoint.size} entries, root sha256:{checkpoint.root.hex()}, on your word.")


@shell.command(
    "export",
    "govern log export models-2026",
    "govern log export models-2026 --ledger models && govern audit --export models-2026 --anchor ANCHOR",
    help="Write the whole ledger as a folder of files (tlog-tiles): checkpoint, tiles, entries and log.vkey. Further calls "
    "add what is new. Names of people are not in it.",
)
@click.argument("folder", type=click.Path(path_type=Path))
@shell.place()
def export(folder: Path, where: shell.Place, *, as_json: bool) -> None:
    from govern import connection  # noqa: PLC0415  --help opens no database

    with where.near() as near:
        made = connection.export(near, folder)
    if as_json:
        shell.print_json("log-export", {"ok": True, "folder": str(folder), "size": made.size, "files": made.files})
    else:
        click.echo(
            f"{made.size} entries in {folder}, {made.files} files written; checkpoint and log.vkey are beside them."
        )


@shell.command(
    "review",
    'govern log review 0 41 --reason "monthly review" --as gus',
    "govern log review 40 41 --as gus",
    help="Record that you read the audit trail from one entry to another: the review of the trail is itself an entry.",
)
@click.argument("first")
@click.argument("last")
@shell.reason
@shell.place(people=True)
def review(first: str, last: str, reason: str, where: shell.Place, *, as_json: bool) -> None:
    span = shell.entry_index(first), shell.entry_index(last)
    with where.desk() as desk:
        outcome = desk.review_trail(*span, reason)
        where.filed(desk, "log-review", outcome, f"entries #{span[0]} to #{span[1]} are reviewed", as_json=as_json)


def _index(ledger: "LocalLedger", text: str) -> int:
    """Return the index of an entry that is written ``#41``, ``41`` or as the id of its event."""
    return ledger.place(text) if _EVENT_ID.fullmatch(text) else shell.entry_index(text)


def _value(desk: "Desk", entry: "Entry", *, whole: bool) -> dict[str, Any]:
    from govern import telling  # noqa: PLC0415  --help opens no database
    from govern.ledger.strict import read_json, write_time  # noqa: PLC0415  the same
    from govern.record.events import Event  # noqa: PLC0415  the same

    event, registry = Event.parse(entry.envelope.payload), desk.ledger.registry
    owners = [registry.owners.get(signature.keyid) for signature in entry.envelope.signatures]
    signers = [desk.handle(owner) if owner else "the log" for owner in owners]
    value: dict[str, Any] = {
        "entry": f"#{entry.index}",
        "recordedAt": write_time(entry.recorded_at),
        "kind": str(event.kind),
        "signers": signers,
        "says": telling.whole(desk, event),
    }
    if whole:
        value |= {
            "signedAt": write_time(event.govern.signed_at),
            "signedAtOffset": event.govern.signed_at_offset,
            "reason": event.govern.reason,
            "keyids": [signature.keyid for signature in entry.envelope.signatures],
            "statement": read_json(entry.envelope.payload),
        }
    return value


def _print_entry(value: dict[str, Any]) -> None:
    import json  # noqa: PLC0415  only here

    click.echo(f"{value['entry']}  {value['kind']}: {value['says']}")
    click.echo(f"  recorded  {value['recordedAt']}, by the word of the log")
    click.echo(
        f"  signed    {value['signedAt']} (offset {value['signedAtOffset']}) by {', '.join(value['signers'])}, by their word"
    )
    if value["reason"]:
        click.echo(f"  reason    {value['reason']}")
    click.echo(json.dumps(value["statement"], indent=2, ensure_ascii=False))


command = shell.group(
    "log",
    "The ledger itself: entries, signed heads, proofs, exports.",
    "govern log show",
    "govern log prove 41 --into proofs",
    verbs=(show, checkpoint, prove, trust, export, review),
)
