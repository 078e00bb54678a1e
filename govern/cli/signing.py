"""What people sign of a version: ``submit``, ``sign``, ``reject``, ``withdraw``, ``request-changes`` and ``waive``."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import click

from govern.cli import lineage, shell
from govern.errors import InvalidInput

Asked = tuple[str, str, date]
"""A condition: what, whose it is, and by when."""

_version = click.argument("name", metavar="MODEL@V")
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
    "sign",
    'govern sign credit-risk@1 --meaning approved --reason "evidence complete" --as rae',
    'govern sign credit-risk@1 --meaning approved_with_conditions --reason "pilot" --condition "monitor; ana; 2027-01-31" --as rae',
    help="Sign off a version: shows exactly what is signed, then asks the passphrase. The signature covers the dossier as "
    "it is now.",
)
@_version
@click.option(
    "--meaning",
    required=True,
    type=click.Choice(["authored", "reviewed", "validated", "approved", "approved_with_conditions", "acknowledged"]),
    help="What your signature means.",
)
@click.option(
    "--condition",
    multiple=True,
    metavar="CONDITION",
    help='What has to be done, by whom and by when: "monitor; ana; 2027-01-31"; again for more.',
)
@_role
@shell.reason
@shell.place(people=True)
def sign(
    name: str, meaning: str, condition: tuple[str, ...], role: str, reason: str, where: shell.Place, *, as_json: bool
) -> None:
    conditions = [_condition(one) for one in condition]
    if bool(conditions) != (meaning == "approved_with_conditions"):
        raise InvalidInput(
            f"{meaning} has no conditions" if conditions else "which conditions?",
            hint='--meaning approved_with_conditions --condition "monitor thin files; ana; 2027-01-31"',
            code="conditions",
        )
    if conditions:
        shell.require_reason(reason)
    _sign(where, name, (meaning, role, reason), conditions, as_json=as_json)


@shell.command(
    "reject",
    'govern reject credit-risk@1 --reason "the ratio of women to men is below the limit" --as rae',
    'govern reject credit-risk@1 --role validator --reason "no holdout data" --as vic',
    help="Reject a version, with the reason.",
)
@_version
@_role
@shell.needed_reason
@shell.place(people=True)
def reject(name: str, role: str, reason: str, where: shell.Place, *, as_json: bool) -> None:
    _sign(where, name, ("rejected", role, reason), (), as_json=as_json)


@shell.command(
    "withdraw",
    'govern withdraw credit-risk@1 --reason "the wrong holdout was measured" --as ana',
    'govern withdraw credit-risk@1 --reason "superseded by @2" --as ana --json',
    help="Take a version back out of review, as who submitted it or owns its model.",
)
@_version
@shell.needed_reason
@shell.place(people=True)
def withdraw(name: str, reason: str, where: shell.Place, *, as_json: bool) -> None:
    from govern import discussion, review  # noqa: PLC0415  --help opens no database

    with where.desk() as desk:
        receipt = discussion.recall(desk, review.version(desk, name), reason)
        where.filed(desk, "withdraw", receipt, f"{name} is out of review", as_json=as_json)


@shell.command(
    "request-changes",
    'govern request-changes credit-risk@1 --reason "the limitations say nothing of thin files" --as vic',
    'govern request-changes credit-risk@1 --reason "see finding 41" --as rae --json',
    help="Send a version in review back to its makers, as somebody who reviews it.",
)
@_version
@shell.needed_reason
@shell.place(people=True)
def request_changes(name: str, reason: str, where: shell.Place, *, as_json: bool) -> None:
    from govern import discussion, review  # noqa: PLC0415  --help opens no database

    with where.desk() as desk:
        receipt = discussion.request_changes(desk, review.version(desk, name), reason)
        where.filed(desk, "request-changes", receipt, f"{name} is sent back", as_json=as_json)


@shell.command(
    "waive",
    'govern waive credit-risk@1 psi --until 2027-01-31 --control "weekly report" --reason "boom" --as rae --as rob',
    'govern waive credit-risk@1 credit/psi --until 2027-01-31 --control "limit 10k" --reason "x" --as rae --to-sign w.json',
    help="Accept a failing check until a day, where the policy allows it, and with as many signatures as it asks for. It "
    "becomes part of the dossier. A rule is CHECK, or POLICY/CHECK.",
)
@_version
@click.argument("rule")
@click.option("--until", required=True, metavar="DATE", help="The last day.")
@click.option("--control", required=True, metavar="TEXT", help="What is done instead.")
@click.option(
    "--category",
    type=click.Choice(["accepted", "mitigated"]),
    default="mitigated",
    show_default=True,
    help="Is the risk borne, or made smaller?",
)
@shell.needed_reason
@shell.place(people=True, to_sign=True)
def waive(
    name: str, rule: str, until: str, control: str, category: str, reason: str, where: shell.Place, *, as_json: bool
) -> None:
    from govern import discussion, review  # noqa: PLC0415  --help opens no database

    day = shell.day(until)
    with where.desk() as desk:
        outcome = discussion.waive(desk, review.version(desk, name), rule, day, category, control, reason)
        where.filed(desk, "waive", outcome, f"{rule} of {name} is waived until {until}", as_json=as_json)


def _sign(
    where: shell.Place, name: str, said: tuple[str, str, str], conditions: Sequence[Asked], *, as_json: bool
) -> None:
    from govern import discussion, review  # noqa: PLC0415  --help opens no database

    meaning, role, reason = said
    with where.desk(signing=False) as desk:
        seen = _show(desk, review.version(desk, name), meaning, reason, conditions)
    with where.desk() as desk:
        asked = discussion.conditions(desk, conditions)
        telling = replace(desk, told=_say_event)
        receipt = review.sign(telling, review.version(desk, name), meaning, reason, role, seen, asked)
        where.filed(desk, "sign", receipt, f"{name}: {meaning}", as_json=as_json)


def _show(desk: Any, one: Any, meaning: str, reason: str, conditions: Sequence[Asked]) -> Any:
    """Say on stderr exactly what is about to be signed, and return the dossier's digest."""
    from govern import review  # noqa: PLC0415  --help opens no database
    from reports.values import cut  # noqa: PLC0415  the same

    found, now = review.judged(desk, one), review.dossier_of(desk, one)
    _say(f"You sign: {meaning} {one.name}")
    _say(f"  dossier  {now.digest}, which is of")
    for what, digest in _components(desk, one, now):
        _say(f"    {what}  {digest}")
    if reason:
        _say(f"  reason   {reason}")
    for text, owner, due in conditions:
        _say(f"  asked    {text}; {owner} by {due}")
    _say(f"What the rules say: {found.decision.value.replace('_', ' ')}")
    for finding in found.findings:
        _say(f"  {finding.verdict:<14} {finding.rule}: {cut(desk.named(finding.message))}")
    open_ = list(_open(desk, one))
    if open_:
        _say("Not settled:")
        for text in open_:
            _say(f"  {text}")
    since = review.changed(desk, one)
    if since.entry is not None:
        _say(f"Since {since.since} was approved in #{since.entry}:")
        lineage.tell(since.changes, err=True)
    lineage.tell_displaced(since.displaces, err=True)
    awaited = review.awaited(desk, one)
    _say("Who still has to sign:" if awaited else "Nobody else has to sign.")
    for finding in awaited:
        _say(f"  {finding.limit}  {desk.named(finding.message)}")
    return now.digest


def _components(desk: Any, one: Any, now: Any) -> Iterator[tuple[str, str]]:
    """Yield everything that the signature covers, each with its digest."""
    yield "version", str(one.digest)
    for name, _, digest in one.artefacts:
        yield f"  artefact {name}{'' if one.is_held(name) else ', not held here'}", str(digest)
    for rules in now.policies:
        yield f"policy {rules.policy.id} {rules.policy.version}", str(rules.digest)
    for check, measured in sorted(one.measured.items()):
        yield f"evidence {check}, #{measured.entry}", str(measured.evidence)
    for section, document in sorted(one.documents.items()):
        yield f"document {section}, #{document.entry}", str(document.content)
    for finding in one.open_findings:
        yield f"finding #{finding.entry}", f"sha256:{finding.leaf_hash.hex()}"
    for _, waiver in sorted(one.waivers.items()):
        yield f"waiver {waiver.policy}/{waiver.check}, #{waiver.entry}", f"sha256:{waiver.leaf_hash.hex()}"
    if now.model.amended is not None:
        yield f"facts of {desk.handle(now.model.owner)}'s model, #{now.model.amended}", now.value()["facts"]


def _open(desk: Any, one: Any) -> Iterator[str]:
    """Yield what somebody waits for, and a signature does not settle."""
    for finding in one.open_findings:
        yield f"{finding.severity} finding #{finding.entry}: {finding.title}; {desk.handle(finding.owner)} by {finding.due}"
    for asked in (challenge for challenge in one.challenges if challenge.answered is None):
        yield f"challenge #{asked.entry} by {desk.handle(asked.person)}, of {asked.anchor}: not answered"
    for check, entry in sorted(one.rechecks.items()):
        yield f"#{entry} asks for {check} to be measured again"


def _say_event(event_id: str) -> None:
    """Say on stderr, before it is filed, by what a signature is found again."""
    _say(f"  event    {event_id}")


def _condition(text: str) -> Asked:
    parts = [part.strip() for part in text.rsplit(";", 2)]
    if len(parts) != 3 or not all(parts):  # noqa: PLR2004  what, who, when
        raise InvalidInput(f"{text!r} is not a condition", hint='write "monitor thin files; ana; 2027-01-31"')
    return parts[0], parts[1], shell.day(parts[2])


def _say(text: str) -> None:
    click.echo(text, err=True)
