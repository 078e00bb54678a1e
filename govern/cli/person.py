"""``govern person``: who may sign in which role, and who let them."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from govern.cli import shell
from govern.errors import InvalidInput, NotAllowed

if TYPE_CHECKING:
    from govern.desk import Desk
    from govern.record.registry import Person

_roles = click.option("--role", "roles", multiple=True, required=True, metavar="ROLE", help="A role; again for more.")
_name = click.argument("name")
_new_role = click.option("--new-role", is_flag=True, help="The role is the firm's own, and nobody has it yet.")


@shell.command(
    "add",
    "govern person add rae.request.json --role risk-officer --as ada --as bea",
    "govern person add rae.request.json --role risk-officer --as ada --to-sign rae.pending.json",
    help="Enrol the person of a request file that `govern key new` wrote. Of somebody enrolled who lost their key, the "
    "request of `govern key new --replace` ends every old key.",
)
@click.argument("request", type=click.Path(path_type=Path))
@click.option("--role", "roles", multiple=True, metavar="ROLE", help="A role; again for more.")
@_new_role
@shell.reason
@shell.place(people=True, to_sign=True)
def add(
    request: Path, roles: tuple[str, ...], new_role: bool, reason: str, where: shell.Place, *, as_json: bool
) -> None:
    from govern.record.identity import KeyRequest, Role  # noqa: PLC0415  --help reads no formats
    from govern.storage import keystore  # noqa: PLC0415  the same

    content = keystore.read_request(request)
    with shell.naming(request):
        asked = KeyRequest.parse(content)
    with where.desk() as desk:
        _require_roles(desk, roles, new=new_role)
        enrolled = desk.registry.people.get(asked.key.person)
        if enrolled and asked.key.public in {key.public for key in enrolled.keys}:
            raise NotAllowed(
                f"{asked.identity.handle} is enrolled already, in entry #{enrolled.enrolment}, and had this key",
                code="enrolled_already",
                hint="for a further role `govern person grant`; for a lost key a request by `govern key new --replace`",
            )
        if enrolled and roles:
            raise InvalidInput(
                f"{asked.identity.handle} keeps the roles they have, and only gets a new key", hint="leave --role out"
            )
        if enrolled:
            shell.require_reason(reason)
            outcome = desk.reset_key(asked, reason)
            text = f"{asked.identity.handle} has a new key, and the old ones have ended"
        elif not roles:
            raise InvalidInput("a person is enrolled in a role", hint=f"add --role with one of {', '.join(Role)}")
        else:
            outcome = desk.enrol(asked, roles, reason)
            text = f"{asked.identity.handle} is enrolled as {', '.join(roles)}"
        where.filed(desk, "person-add", outcome, text, as_json=as_json)


@shell.command(
    "cosign",
    "govern person cosign rae.pending.json --as bea",
    "govern person cosign rae.pending.json --as bea --json",
    help="Sign what another registrar signed with --to-sign. It is filed once enough have signed; until then the "
    "signature is added to the file.",
)
@click.argument("file", type=click.Path(path_type=Path))
@shell.place(people=True)
def cosign(file: Path, where: shell.Place, *, as_json: bool) -> None:
    from govern import telling  # noqa: PLC0415  --help opens no database
    from govern.desk import MORE_MUST_SIGN  # noqa: PLC0415  the same
    from govern.record.events import Event  # noqa: PLC0415  the same
    from govern.record.pending import Pending  # noqa: PLC0415  the same
    from govern.storage import durable  # noqa: PLC0415  the same

    content = shell.read_file(str(file), "file to sign")
    with shell.naming(file):
        pending = Pending.parse(content)
        event = Event.parse(pending.envelope.payload)
    with where.desk(signing=False) as desk:
        click.echo(f"You sign: {event.kind} {telling.told(desk, event)}", err=True)
        if pending.brings_in:
            identity = pending.brings_in.identity
            click.echo(f"  who: {identity.name} ({identity.handle}) {identity.email}".rstrip(), err=True)
        if event.govern.reason:
            click.echo(f"  reason: {event.govern.reason}", err=True)
        click.echo(f"  first signed by {desk.handle(event.govern.signer.id)}", err=True)
    with where.desk() as desk:
        signed = desk.cosign(pending)
        refusal = desk.why_not(signed)
        if refusal and refusal.code in MORE_MUST_SIGN:
            durable.replace(file, bytes(signed))
            if as_json:
                shell.print_json(
                    "person-cosign", {"ok": True, "entry": None, "toSign": str(file), "why": refusal.message}
                )
            else:
                click.echo(f"Signed, not filed yet: {refusal.message}. Hand {file} to the next registrar.")
            return
        where.filed(desk, "person-cosign", desk.file(signed), f"{event.kind} is filed", as_json=as_json)


@shell.command(
    "grant",
    "govern person grant rae --role validator --as ada --as bea",
    "govern person grant gus --role auditor --as ada",
    help="Give a person further roles.",
)
@_name
@_roles
@_new_role
@shell.reason
@shell.place(people=True, to_sign=True)
def grant(name: str, roles: tuple[str, ...], new_role: bool, reason: str, where: shell.Place, *, as_json: bool) -> None:
    with where.desk() as desk:
        _require_roles(desk, roles, new=new_role)
        outcome = desk.grant(name, roles, reason)
        where.filed(desk, "person-grant", outcome, f"{name} is {', '.join(roles)} too", as_json=as_json)


@shell.command(
    "revoke",
    'govern person revoke rae --reason "left the bank" --as ada',
    'govern person revoke rae --role validator --reason "moved to first line" --as ada',
    help="End what a person may do: with --role those roles, without it every key they have. Old signatures stay valid.",
)
@_name
@click.option("--role", "roles", multiple=True, metavar="ROLE", help="Only this role; again for more.")
@shell.needed_reason
@shell.place(people=True, to_sign=True)
def revoke(name: str, roles: tuple[str, ...], reason: str, where: shell.Place, *, as_json: bool) -> None:
    with where.desk() as desk:
        if roles:
            outcome = desk.withdraw(name, roles, reason)
            where.filed(desk, "person-revoke", outcome, f"{name} is no longer {', '.join(roles)}", as_json=as_json)
            return
        # No event leads to two keys in force.
        key = next((key for key in desk.person(name).keys if key.in_force), None)
        if key is None:
            raise NotAllowed(f"{name} has no key in force", code="no_key_in_force", hint="nothing is left to revoke")
        outcome = desk.revoke_key(name, key.public.keyid, "left", reason)
        where.filed(desk, "person-revoke", outcome, f"{name} can no longer sign", as_json=as_json)


@shell.command(
    "unlock",
    'govern person unlock rae --reason "came in person" --as ada --as bea',
    'govern person unlock rae --reason "came in person" --as ada --to-sign rae.pending.json',
    help="Let a person sign again whom wrong passphrases locked out.",
)
@_name
@shell.needed_reason
@shell.place(people=True, to_sign=True)
def unlock(name: str, reason: str, where: shell.Place, *, as_json: bool) -> None:
    with where.desk() as desk:
        where.filed(desk, "person-unlock", desk.unlock(name, reason), f"{name} can sign again", as_json=as_json)


@shell.command(
    "hold",
    'govern person hold rae --reason "litigation 2026-14" --as ada',
    'govern person hold rae --lift --reason "litigation 2026-14 closed" --as ada --as bea',
    help="Put a person's identity under a legal hold, so that it cannot be erased; or lift the hold.",
)
@_name
@click.option("--lift", is_flag=True, help="End the hold.")
@shell.needed_reason
@shell.place(people=True, to_sign=True)
def hold(name: str, lift: bool, reason: str, where: shell.Place, *, as_json: bool) -> None:
    with where.desk() as desk:
        outcome = desk.hold(name, held=not lift, reason=reason)
        text = f"{name} is {'no longer ' if lift else ''}under a legal hold"
        where.filed(desk, "person-hold", outcome, text, as_json=as_json)


@shell.command(
    "erase",
    'govern person erase rae --reason "request of 2026-11-03" --as ada --as bea',
    'govern person erase p-abcdefghij234567 --reason "request" --as ada --as bea',
    help="Remove who a person is: name, handle, e-mail address and salt. Their id and their signatures stay, and stay "
    "valid. Copies in backups and exports are not reached, nor what others wrote, such as a comment that names them; `govern "
    "doctor` finds key files that bear the name still.",
)
@_name
@shell.needed_reason
@shell.place(people=True, to_sign=True)
def erase(name: str, reason: str, where: shell.Place, *, as_json: bool) -> None:
    with where.desk() as desk:
        id_ = desk.person(name).id
        where.filed(desk, "person-erase", desk.erase(name, reason), f"{id_} is erased", as_json=as_json)


@shell.command(
    "threshold",
    "govern person threshold 2 --as ada --as bea",
    "govern person threshold 3 --as ada --as bea --to-sign root.pending.json",
    help="Change how many registrars must sign for people who sign off. As many sign as the stricter of old and new asks.",
)
@click.argument("number", type=click.IntRange(1, 16))
@shell.reason
@shell.place(people=True, to_sign=True)
def threshold(number: int, reason: str, where: shell.Place, *, as_json: bool) -> None:
    with where.desk() as desk:
        outcome = desk.set_threshold(number, reason)
        where.filed(desk, "person-threshold", outcome, f"{number} registrars must sign from now on", as_json=as_json)


@shell.command(
    "list",
    "govern person list",
    "govern person list --at 2026-03-31 --json",
    help="List everybody who was ever enrolled.",
)
@shell.place(at=True)
def list_(where: shell.Place, *, as_json: bool) -> None:
    with where.desk(signing=False) as desk:
        # The founders came in one entry, and their ids are drawn by lot.
        ordered = sorted(desk.registry.everybody, key=lambda one: (one.enrolment, desk.handle(one.id)))
        people = [_value(desk, person) for person in ordered]
    if as_json:
        shell.print_json("person-list", {"ok": True, "people": people})
        return
    rows = [(one["handle"] or "(erased)", one["id"], ", ".join(one["roles"]), one["status"]) for one in people]
    shell.table(rows, ("NAME", "ID", "ROLES", "STATUS"))


@shell.command(
    "show",
    "govern person show rae",
    "govern person show p-abcdefghij234567 --json",
    help="Show a person with all their keys.",
)
@_name
@shell.place(at=True)
def show(name: str, where: shell.Place, *, as_json: bool) -> None:
    with where.desk(signing=False) as desk:
        value = _value(desk, desk.person(name))
    if as_json:
        shell.print_json("person-show", {"ok": True, **value})
        return
    click.echo(f"{value['name'] or 'erased'} ({value['handle'] or value['id']}), {value['status']}")
    click.echo(
        f"  id     {value['id']}, enrolled in {value['enrolment']}\n  roles  {', '.join(value['roles']) or 'none'}"
    )
    for key in value["keys"]:
        ended = f"ended with {key['revoked']}" if key["revoked"] else "in force"
        suspect = f", not trusted from {key['suspectSince']} on" if key["suspectSince"] else ""
        click.echo(f"  key    {key['keyid'][:16]} since {key['entry']}, {ended}{suspect}")


def _require_roles(desk: "Desk", roles: tuple[str, ...], *, new: bool) -> None:
    """Refuse a slip of the pen, before it is a role for ever."""
    from govern import vocabulary  # noqa: PLC0415  --help opens no database

    for role in () if new else roles:
        vocabulary.require_role(desk, role)


def _value(desk: "Desk", person: "Person") -> dict[str, Any]:
    known = desk.known(person.id)
    keys = [
        {
            "keyid": key.public.keyid,
            "entry": f"#{key.entry}",
            "revoked": None if key.revoked is None else f"#{key.revoked}",
            "suspectSince": None if key.suspect_since is None else f"#{key.suspect_since}",
        }
        for key in person.keys
    ]
    return {
        "id": person.id,
        "handle": known.identity.handle if known else None,
        "name": known.identity.name if known else None,
        "roles": sorted(person.roles),
        "status": _status(person),
        "held": person.held,
        "enrolment": f"#{person.enrolment}",
        "keys": keys,
    }


def _status(person: "Person") -> str:
    if person.erased:
        return "erased"
    if person.locked:
        return "locked"
    return "may sign" if person.may_sign else "no key in force"


command = shell.group(
    "person",
    "People: who may sign in which role, and who let them.",
    "govern person add rae.request.json --role risk-officer --as ada --as bea",
    "govern person list",
    verbs=(add, cosign, grant, revoke, unlock, hold, erase, threshold, list_, show),
)
