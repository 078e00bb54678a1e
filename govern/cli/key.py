"""``govern key``: the keys that people sign with; private keys never leave the machine they were made on."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from govern.cli import shell
from govern.errors import InvalidInput, NotAllowed

if TYPE_CHECKING:
    from govern.record.identity import Identity
    from govern.record.registry import Registry
    from govern.storage.keystore import KeyFile

_keys = click.option(
    "--keys", default="", envvar="GOVERN_KEYS", metavar="FOLDER", help="Where key files lie, without a ledger."
)
_secret = click.option(
    "--passphrase-file", default="", metavar="FILE", help="Read the new passphrase there instead of asking."
)


@shell.command(
    "new",
    'govern key new rae --name "Rae Okafor"',
    "govern key new rae --replace --ledger models",
    help="Make a key for NAME on this machine, and the request file that a registrar enrols it with. With --replace, for "
    "somebody who is enrolled and lost the old key.",
)
@click.argument("handle", metavar="NAME")
@click.option("--name", default="", help="The printed name, as it stands beside signatures.")
@click.option("--email", default="", help="An e-mail address; like the name, it can be erased.")
@click.option("--replace", is_flag=True, help="The person is enrolled, and lost the key.")
@click.option(
    "--request",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Where the request goes; default: NAME.request.json here.",
)
@_keys
@_secret
@shell.place()
def new(
    handle: str,
    name: str,
    email: str,
    replace: bool,
    request: Path | None,
    keys: str,
    where: shell.Place,
    *,
    passphrase_file: str,
    as_json: bool,
) -> None:
    from govern.connection import now  # noqa: PLC0415  --help opens no database
    from govern.desk import key_request  # noqa: PLC0415  the same
    from govern.ledger.keys import Pen  # noqa: PLC0415  the same
    from govern.record.identity import Identity, person_id  # noqa: PLC0415  the same
    from govern.storage import keystore  # noqa: PLC0415  the same

    path = request or Path(f"{handle}.request.json")
    if path.exists():
        raise InvalidInput(f"{path} exists already", hint="name another with --request, or remove it", code="exists")
    folder = where.keys_folder(keys)
    if replace:
        identity, person, salt = _enrolled(where, handle)
    else:
        identity, person, salt = (
            Identity(handle, name or handle.title(), email),
            person_id(os.urandom(10)),
            os.urandom(32),
        )
    secret = shell.passphrase(f"new passphrase of {handle}", passphrase_file, new=True)
    pen, moment = Pen.generate(), now()
    if replace:
        keystore.retire(folder, handle)
    key = keystore.add(folder, handle, person, pen, secret, now=moment)
    keystore.write_request(path, bytes(key_request(pen, identity, person, salt, moment)))
    if as_json:
        value = {"ok": True, "person": person, "keyid": pen.public.keyid, "key": str(key.path), "request": str(path)}
        shell.print_json("key-new", value)
        return
    click.echo(f"Your key is in {key.path}. It never leaves this machine; nobody can reset its passphrase.")
    needed = "--reason WHY" if replace else "--role ROLE"
    click.echo(f"Give {path} to a registrar: `govern person add {path} {needed} --as REGISTRAR`.")


@shell.command(
    "list",
    "govern key list",
    "govern key list --keys ~/keys --json",
    help="List the key files here, and what the ledger says of them.",
)
@_keys
@shell.place(at=True)
def list_(keys: str, where: shell.Place, *, as_json: bool) -> None:
    from govern.storage import keystore  # noqa: PLC0415  --help opens no database

    found = [(key, str(key.state)) for key in keystore.keys(where.keys_folder(keys))]
    registry = where.registry_or_none()
    values: list[dict[str, Any]] = [
        {
            "handle": key.person if _erased(registry, key) else key.handle,
            "person": key.person,
            "keyid": key.public.keyid,
            "file": str(key.path),
            "state": state,
            "ledger": _standing(registry, key),
        }
        for key, state in found
    ]
    if as_json:
        shell.print_json("key-list", {"ok": True, "keys": values})
        return
    rows = [(one["handle"], one["keyid"][:16], one["state"], one["ledger"] or "no ledger here") for one in values]
    shell.table(rows, ("NAME", "KEY", "FILE", "LEDGER"))
    for person in dict.fromkeys(key.person for key, _ in found if _erased(registry, key)):
        shell.note(f"{person} was erased, and their key files bear their name still: `govern doctor` says what to do")


@shell.command(
    "rotate",
    "govern key rotate --as rae",
    'govern key rotate --as rae --reason "yearly" --new-passphrase-file FILE',
    help="Replace your key by a new one while you still hold the old: both sign. The old file is kept, retired.",
)
@click.option("--new-passphrase-file", default="", metavar="FILE", help="Read the new key's passphrase there.")
@shell.reason
@shell.place(people=True)
def rotate(new_passphrase_file: str, reason: str, where: shell.Place, *, as_json: bool) -> None:
    from govern.connection import now  # noqa: PLC0415  --help opens no database
    from govern.ledger.keys import Pen  # noqa: PLC0415  the same
    from govern.storage import keystore  # noqa: PLC0415  the same

    if len(where.people) != 1:
        raise InvalidInput("one person rotates one key", hint="say whose: --as NAME")
    handle, folder = where.people[0], where.keys_folder("")
    _finish_rotation(where, handle, folder)
    with where.desk() as desk:
        secret = shell.passphrase(
            f"passphrase of {handle}'s new key", new_passphrase_file or where.passphrase_file, new=True
        )
        pen = Pen.generate()
        keystore.stage(folder, handle, pen, secret, now=now())
        try:
            outcome = desk.rotate_key(pen, reason)
        except NotAllowed:
            keystore.discard(folder, handle)
            raise
        keystore.promote(folder, handle)
        where.filed(
            desk, "key-rotate", outcome, f"{handle} signs with key {pen.public.keyid[:16]} from now on", as_json=as_json
        )


@shell.command(
    "rotate-log",
    'govern key rotate-log --reason "yearly" --as ada --as bea',
    'govern key rotate-log --reason "the server was broken into" --as ada --as bea',
    help="Give the log itself a new key: first both keys are its own, then the new one alone. As many registrars sign as "
    "the root asks. The old file is kept, retired. Tell everybody who verifies the new vkey; the anchor stays.",
)
@shell.reason
@shell.place(people=True)
def rotate_log(reason: str, where: shell.Place, *, as_json: bool) -> None:
    from dataclasses import replace  # noqa: PLC0415  only here

    from govern import connection  # noqa: PLC0415  --help opens no database

    with where.desk(before=connection.earlier_log_keys(where.folder())) as desk:
        if len(desk.registry.log_keys) == 1:
            # Both keys are in force before the new one signs: whoever opens the ledger in between finds one it knows.
            new = connection.stage_log_key(where.folder()).vkey
            desk.set_log_keys((*desk.registry.log_keys, new), reason)
        old, new = desk.registry.log_keys
    if connection.log_key_is_staged(where.folder()):
        connection.promote_log_key(where.folder())
    with where.near(before=(old,)) as near:
        desk = replace(desk, ledger=near.ledger, store=near.store)
        where.filed(
            desk, "key-rotate-log", desk.set_log_keys((new,), reason), f"the log signs as {new}", as_json=as_json
        )


@shell.command(
    "revoke",
    'govern key revoke rae --cause lost --reason "laptop stolen" --as ada',
    'govern key revoke rae --cause compromised --suspect-since 41 --reason "laptop stolen" --as rae',
    help="End a key. With --suspect-since, every audit flags what it signed from that entry on until its owner affirms or "
    "disowns it.",
)
@click.argument("name")
@click.option(
    "--cause", type=click.Choice(["retired", "left", "lost", "compromised"]), required=True, help="Why it ends."
)
@click.option(
    "--key",
    "keyid",
    default="",
    metavar="KEYID",
    help="The key's id, or how it begins; needed only if there are several.",
)
@click.option(
    "--suspect-since", type=click.IntRange(min=0), metavar="N", help="The first entry that may not be theirs."
)
@shell.needed_reason
@shell.place(people=True, to_sign=True)
def revoke(
    name: str, cause: str, keyid: str, suspect_since: int | None, reason: str, where: shell.Place, *, as_json: bool
) -> None:
    with where.desk() as desk:
        held = [
            key.public.keyid for key in desk.person(name).keys if key.in_force and key.public.keyid.startswith(keyid)
        ]
        if len(held) != 1:
            raise InvalidInput(
                f"{name} has {len(held)} keys in force" + (f" that begin with {keyid}" if keyid else ""),
                hint=f"`govern person show {name}` lists them",
            )
        outcome = desk.revoke_key(name, held[0], cause, reason, suspect_since)
        where.filed(desk, "key-revoke", outcome, f"key {held[0][:16]} of {name} has ended", as_json=as_json)


@shell.command(
    "reaffirm",
    'govern key reaffirm 42 --reason "I signed this on Monday" --as rae',
    'govern key reaffirm 43 --disown --reason "not mine" --as rae',
    help="Say what becomes of an entry that a suspect key signed: it stands, or with --disown it was not yours.",
)
@click.argument("entry")
@click.option("--disown", is_flag=True, help="The entry is not the owner's.")
@shell.needed_reason
@shell.place(people=True, to_sign=True)
def reaffirm(entry: str, disown: bool, reason: str, where: shell.Place, *, as_json: bool) -> None:
    index = shell.entry_index(entry)
    with where.desk() as desk:
        keyid = desk.suspect_signer(index)
        outcome = desk.reaffirm(index, keyid, reason, stands=not disown)
        text = f"#{index} is disowned" if disown else f"#{index} stands"
        where.filed(desk, "key-reaffirm", outcome, text, as_json=as_json)


def _enrolled(where: shell.Place, handle: str) -> "tuple[Identity, str, bytes]":
    with where.desk(signing=False) as desk:
        person = desk.person(handle)
        known = desk.known(person.id)
        if not known:
            raise InvalidInput(f"who {handle} is cannot be told any more", hint="enrol a new person")
        return known.identity, person.id, known.salt


def _finish_rotation(where: shell.Place, handle: str, folder: Path) -> None:
    """Put the new key in its place if the last rotation was filed and then cut short; else forget it."""
    from govern.storage import keystore  # noqa: PLC0415  --help opens no database

    staged = keystore.staged(folder, handle)
    registry = where.registry_or_none()
    if not staged or registry is None:
        return
    if staged.public.keyid in registry.owners:
        keystore.promote(folder, handle)
        shell.note(f"an earlier rotation of {handle} was filed and is finished now; its new passphrase is in force")
    else:
        keystore.discard(folder, handle)


def _erased(registry: "Registry | None", key: "KeyFile") -> bool:
    person = registry.people.get(key.person) if registry else None
    return bool(person and person.erased)


def _standing(registry: "Registry | None", key: "KeyFile") -> str | None:
    if registry is None:
        return None
    if key.public.keyid not in registry.owners:
        return "not enrolled"
    held = registry.people[key.person].key(key.public.keyid) if key.person in registry.people else None
    return "in force" if held and held.in_force else "ended"


command = shell.group(
    "key",
    "Keys: made here, enrolled by a registrar, never sent anywhere.",
    'govern key new rae --name "Rae Okafor"',
    "govern key rotate --as rae",
    verbs=(new, list_, rotate, rotate_log, revoke, reaffirm),
)
