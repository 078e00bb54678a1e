"""``govern approval``, and the offline half of ``govern gate``: what a pipeline carries to a machine without a ledger."""

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from govern.cli import formats, shell
from govern.errors import InvalidInput, Tampered

if TYPE_CHECKING:
    # Read by mypy alone; --help opens no database.
    from govern.offline import Answer
    from govern.policy.findings import Judgement


@dataclass(frozen=True, slots=True)
class Carried:
    """What was carried to where there is no ledger, as the command line said."""

    approval: str
    artefacts: tuple[str, ...]
    environment: str
    anchor: str

    def is_asked(self, name: str | None) -> bool:
        """Say whether an approval is asked, and not the ledger; raise unless it is exactly one of the two."""
        if bool(name) == bool(self.approval):
            raise InvalidInput("which version, or which approval?", hint="MODEL@V, or --approval FILE", code="usage")
        if name and self.artefacts:
            raise InvalidInput("--artifact goes with an approval", hint="add --approval FILE", code="usage")
        return bool(self.approval)


def offline(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add what the offline gate is asked with; the command gets one `Carried`."""

    @functools.wraps(function)
    def called(
        *args: Any, approval: str, artefacts: tuple[str, ...], environment: str, anchor: str, **given: Any
    ) -> Any:
        return function(*args, carried=Carried(approval, artefacts, environment, anchor), **given)

    options = [
        click.option("--approval", default="", metavar="FILE", help="An approval, instead of a ledger."),
        click.option(
            "--artifact",
            "artefacts",
            multiple=True,
            metavar="FILE",
            help="A file or folder to be used; again for more.",
        ),
        click.option("--environment", default="", metavar="NAME", help="Where it is to be used, as policies name it."),
        click.option(
            "--anchor",
            default="",
            envvar="GOVERN_ANCHOR",
            metavar="ANCHOR",
            help="The anchor of the ledger whose approvals count; default: that of govern.toml.",
        ),
    ]
    return functools.reduce(lambda made, option: option(made), reversed(options), called)


@shell.command(
    "export",
    "govern approval export credit-risk@1 --to production -o approval.json",
    "govern approval export credit-risk@1 --to production -o approval.json --valid 7d --json",
    help="Write what a pipeline carries to a machine without a ledger: that a version is approved for a gate, as of now, "
    "with its proofs and signed by the log. It is written if the gate is open, or if the version stands behind it; and also, "
    "as a no, if it was suspended, displaced, retired or rejected. Exit codes are those of `gate`.",
)
@click.argument("name", metavar="MODEL@V")
@click.option("--to", "gate_name", required=True, metavar="GATE", help="The gate, e.g. production.")
@click.option(
    "-o", "--output", "target", required=True, type=click.Path(path_type=Path), metavar="FILE", help="The file."
)
@click.option("--valid", default="24h", show_default=True, metavar="DURATION", help="How long it holds; at most 30d.")
@shell.place()
def export(name: str, gate_name: str, target: Path, valid: str, where: shell.Place, *, as_json: bool) -> int:
    from govern import approving, review  # noqa: PLC0415  --help opens no database
    from govern.cli.judging import EXITS  # noqa: PLC0415  it takes the options above
    from govern.policy.validity import Duration  # noqa: PLC0415  as above
    from govern.storage import durable  # noqa: PLC0415  as above

    lasts = Duration.parse(valid)
    with where.desk(signing=False) as desk:
        made = approving.export(desk, review.version(desk, name), gate_name, lasts)
    if made.approval:
        durable.replace(target, made.content)
    code = EXITS[made.found.decision.value]
    said = made.approval.model_dump(mode="json", by_alias=True) if made.approval else {}
    if as_json:
        about = {name: said.get(name) for name in ("stage", "gate", "environments", "asOf", "validUntil")}
        file = {"ok": not code, "file": str(target) if said else None, "version": name, **about}
        shell.print_json("approval-export", {**file, "entries": len(said.get("entries", ())), **made.found.as_json()})
        return code
    if said:
        word = "approved" if not code else "not approved"
        click.echo(f"{target}: {name} is {word} for {gate_name}, {said['asOf']} to {said['validUntil']}")
    for line in _why(made.found):
        click.echo(line)
    if not said:
        shell.note(f"nothing was written: `govern gate {name} --to {gate_name}` says what is missing")
    return code


def answer(carried: Carried, gate_name: str, where: shell.Place, asked: formats.Asked) -> int:
    """Answer by an approval alone."""
    from govern.cli.judging import EXITS  # noqa: PLC0415  it takes the options above
    from govern.offline import gate_offline  # noqa: PLC0415  --help reads no formats

    try:
        found = gate_offline(
            carried.approval,
            carried.artefacts,
            gate_name,
            anchor=carried.anchor or _anchor(where),
            environment=carried.environment,
            at=shell.instant(where.at) if where.at else None,
        )
    except Tampered as error:
        if asked.is_plain:
            raise
        refused = _unverifiable(carried, error)
        _say(asked, f"{carried.approval} to {gate_name}", refused, {}, [])
        return 6
    name = f"{found.reading.version.name} to {gate_name} by an approval of {found.reading.registry.origin}"
    checked = [f"  {what}; by the word of {word}" for what, word in found.checked]
    _say(asked, name, found.judgement, _value(found), checked)
    if asked.shown is formats.Format.TEXT:
        for what, why in found.not_checked:
            shell.note(f"not checked: {what}; {why}")
    return EXITS[found.decision.value]


def _say(asked: formats.Asked, name: str, found: "Judgement", value: dict[str, Any], checked: Sequence[str]) -> None:
    from govern.policy import notices  # noqa: PLC0415  --help reads no formats

    text = "\n".join([name, *_why(found), *checked, found.decision.value.upper()])
    colour = "green" if found.decision == "allow" else "red"
    account = notices.of_judgement(name, found)
    asked.say(formats.Answer("gate", {**found.as_json(), **value}, text, account, colour))


def _anchor(where: shell.Place) -> str:
    """Return the anchor that a govern.toml pins, if there is one; the ledger itself is not opened."""
    try:
        return where.folder().anchor
    except InvalidInput as error:
        if error.code != "no_ledger" or where.ledger:
            raise
        return ""


def _value(found: "Answer") -> dict[str, Any]:
    said = found.reading.approval
    return {
        "version": found.reading.version.name,
        "digest": str(said.version),
        "stage": said.stage,
        "gate": said.gate,
        "environments": list(said.environments),
        "anchor": said.anchor,
        **{name: said.model_dump(mode="json", by_alias=True)[name] for name in ("asOf", "validUntil")},
        "checked": [{"what": what, "by_whose_word": word, "result": "ok"} for what, word in found.checked],
        "not_checked": [{"what": what, "why": why} for what, why in found.not_checked],
    }


def _unverifiable(carried: Carried, error: Tampered) -> "Judgement":
    from datetime import UTC, datetime  # noqa: PLC0415  only here

    from govern.policy.findings import Decision, Judgement  # noqa: PLC0415  --help reads no formats
    from govern.record.approval import refusal  # noqa: PLC0415  the same

    finding = refusal("unverifiable", f"{carried.approval}: {error.message}", error.hint)
    return Judgement(Decision.DENY, (finding.id,), (finding,), (), datetime.now(UTC))


def _why(found: "Judgement") -> list[str]:
    return [
        f"  {finding.id}  {finding.message}" + (f"; {finding.remedy}" if finding.remedy else "")
        for finding in found.findings
        if finding.id in found.because
    ]


approval = shell.group(
    "approval",
    "What a pipeline carries to a machine without a ledger; `govern gate --approval` asks it there.",
    "govern approval export credit-risk@1 --to production -o approval.json",
    "govern approval export credit-risk@1 --to production -o approval.json --valid 7d",
    verbs=(export,),
)
