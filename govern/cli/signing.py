"""The review at the top level: ``submit``, ``comment``, ``sign``, ``reject``, ``move`` and ``inbox``."""

from dataclasses import replace
from typing import Any

import click

from govern.cli import shell

_version = click.argument("name", metavar="MODEL@V")
_reason = click.option("--reason", default="", help="Why; it stays in the ledger for ever, so name nobody.")
_role = click.option(
    "--role", default="", metavar="ROLE", help="In which of your roles; needed only if you have several."
)


@shell.command(
    "submit",
    "govern submit credit-risk@1 --as ana",
    "govern submit credit-risk@1 --as ana --json",
    help="Ask for review: freeze the dossier as it is now. What is measured later is part of the next submit.",
)
@_version
@shell.place(people=True)
def submit(name: str, where: shell.Place, *, as_json: bool) -> None:
    from govern import review  # noqa: PLC0415  --help opens no database

    with where.desk() as desk:
        receipt = review.submit(desk, review.version(desk, name))
        where.filed(desk, "submit", receipt, f"{name} is in review", as_json=as_json)


@shell.command(
    "comment",
    'govern comment credit-risk@1 "Which cut-off was this measured at?" --as vic',
    'govern comment credit-risk@1 "0.5, see the card." --as ana',
    help="Say something about a version. The text can be erased; that you said something stays.",
)
@_version
@click.argument("text")
@shell.place(people=True)
def comment(name: str, text: str, where: shell.Place, *, as_json: bool) -> None:
    from govern import discussion, review  # noqa: PLC0415  --help opens no database

    with where.desk() as desk:
        receipt = discussion.comment(desk, review.version(desk, name), text)
        where.filed(desk, "comment", receipt, f"your comment on {name} is kept", as_json=as_json)


@shell.command(
    "sign",
    'govern sign credit-risk@1 --meaning approved --reason "evidence complete" --as rae',
    "govern sign credit-risk@1 --meaning validated --role validator --as vic",
    help="Sign off a version: shows what is signed, then asks the passphrase. The signature covers the dossier as it is now.",
)
@_version
@click.option(
    "--meaning",
    required=True,
    type=click.Choice(["authored", "reviewed", "validated", "approved", "approved_with_conditions", "acknowledged"]),
    help="What your signature means.",
)
@_role
@_reason
@shell.place(people=True)
def sign(name: str, meaning: str, role: str, reason: str, where: shell.Place, *, as_json: bool) -> None:
    _sign(where, name, meaning, role, reason, as_json=as_json)


@shell.command(
    "reject",
    'govern reject credit-risk@1 --reason "the ratio of women to men is below the limit" --as rae',
    'govern reject credit-risk@1 --role validator --reason "no holdout data" --as vic',
    help="Reject a version, with the reason.",
)
@_version
@_role
@_reason
@shell.place(people=True)
def reject(name: str, role: str, reason: str, where: shell.Place, *, as_json: bool) -> None:
    _sign(where, name, "rejected", role, reason, as_json=as_json)


@shell.command(
    "move",
    'govern move credit-risk@1 --to validated --reason "review closed" --as rae',
    'govern move credit-risk@1 --to production --as-role champion --reason "go-live 2026-12-01" --as rae',
    help="Move a version to another stage. To validated, approved and production the policy has to allow it.",
)
@_version
@click.option(
    "--to",
    required=True,
    type=click.Choice(["validated", "approved", "production", "suspended", "retired"]),
    help="The stage.",
)
@click.option(
    "--as-role", "production_role", type=click.Choice(["champion", "challenger"]), help="As what, in production."
)
@_reason
@shell.place(people=True)
def move(name: str, to: str, production_role: str | None, reason: str, where: shell.Place, *, as_json: bool) -> None:
    from govern import review  # noqa: PLC0415  --help opens no database

    with where.desk() as desk:
        receipt = review.move(desk, review.version(desk, name), to, reason, production_role or "")
        where.filed(
            desk, "move", receipt, f"{name} is in {to}" if to == "production" else f"{name} is {to}", as_json=as_json
        )


@shell.command("inbox", "govern inbox --as rae", "govern inbox --as rae --json", help="What waits for you, and why.")
@shell.place(people=True)
def inbox(where: shell.Place, *, as_json: bool) -> None:
    from govern import review  # noqa: PLC0415  --help opens no database
    from govern.errors import InvalidInput  # noqa: PLC0415  the same

    if not where.people:
        raise InvalidInput("whose inbox?", hint="say who you are: --as NAME, or GOVERN_PERSON")
    with where.desk(signing=False) as desk:
        tasks = review.inbox(desk, where.people[0])
    if as_json:
        values = [{"version": one.version, "what": one.what, "why": one.why} for one in tasks]
        shell.print_json("inbox", {"ok": True, "tasks": values})
    elif tasks:
        shell.table([(one.version, one.what, one.why) for one in tasks], ("VERSION", "TO DO", "WHY"))
    else:
        click.echo("nothing waits for you")


def _sign(where: shell.Place, name: str, meaning: str, role: str, reason: str, *, as_json: bool) -> None:
    from govern import review  # noqa: PLC0415  --help opens no database

    with where.desk(signing=False) as desk:
        seen = _show(desk, review.version(desk, name), meaning, reason)
    with where.desk() as desk:
        telling = replace(desk, told=_say_event)
        receipt = review.sign(telling, review.version(desk, name), meaning, reason, role, seen)
        where.filed(desk, "sign", receipt, f"{name}: {meaning}", as_json=as_json)


def _say_event(event_id: str) -> None:
    """Say on stderr, before it is filed, by what a signature is found again."""
    click.echo(f"  event    {event_id}", err=True)


def _show(desk: Any, one: Any, meaning: str, reason: str) -> Any:
    """Say on stderr exactly what is about to be signed, and return the dossier's digest."""
    from govern import review  # noqa: PLC0415  --help opens no database

    found, seen = review.judged(desk, one), review.dossier_of(desk, one).digest
    click.echo(f"You sign: {meaning} {one.name}, {one.digest}", err=True)
    click.echo(f"  dossier  {seen}", err=True)
    for finding in found.findings:
        click.echo(f"  {finding.verdict:<12} {finding.rule}: {finding.message}", err=True)
    if reason:
        click.echo(f"  reason   {reason}", err=True)
    return seen
