"""``govern check`` and ``govern gate``: what the policies say of a version, with every reason."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from govern.cli import approving, formats, shell

if TYPE_CHECKING:
    from govern.policy.findings import Judgement

EXITS = {"allow": 0, "deny": 1, "needs_person": 3, "not_applicable": 5, "nothing_checked": 5}
_version = click.argument("name", metavar="MODEL@V")


@shell.command(
    "check",
    "govern check credit-risk@1",
    "govern check credit-risk@1 --at 2026-03-31 --format md",
    help="Judge the recorded evidence of a version by the policies adopted for it. Nothing is filed.",
)
@_version
@shell.place(at=True)
@formats.options
def check(name: str, where: shell.Place, asked: formats.Asked) -> int:
    return _judge(where, name, None, asked)


@shell.command(
    "gate",
    "govern gate credit-risk@1 --to production",
    "govern gate --to production --artifact model.json --approval approval.json --anchor 3f5c...",
    help="Say whether a version may go to a stage: the question that a pipeline asks. 0 yes, 1 no, 3 a person is needed, "
    "5 nothing was checked. With --approval, files are judged by what `govern approval export` wrote, without a ledger: "
    "0 yes, 1 no, 6 it does not verify.",
)
@click.argument("name", metavar="[MODEL@V]", required=False)
@click.option("--to", "gate_name", required=True, metavar="GATE", help="The gate, e.g. production.")
@approving.offline
@shell.place(at=True)
@formats.options
def gate(name: str | None, gate_name: str, carried: approving.Carried, where: shell.Place, asked: formats.Asked) -> int:
    if carried.is_asked(name):
        return approving.answer(carried, gate_name, where, asked)
    assert name
    return _judge(where, name, gate_name, asked, carried.environment or None)


def _judge(
    where: shell.Place, name: str, gate_name: str | None, asked: formats.Asked, environment: str | None = None
) -> int:
    from govern import review  # noqa: PLC0415  --help opens no database
    from govern.policy import notices  # noqa: PLC0415  the same

    with where.desk(signing=False) as desk:
        found = review.judged(desk, review.version(desk, name), gate_name, environment)
    account = notices.of_judgement(f"{name}{f' to {gate_name}' if gate_name else ''}", found)
    colour = {"allow": "green", "deny": "red"}.get(found.decision.value, "yellow")
    text = "\n".join([account.title, *_lines(found), found.decision.value.replace("_", " ").upper()])
    asked.say(formats.Answer("gate" if gate_name else "check", found.as_json(), text, account, colour))
    return EXITS[found.decision.value]


def _lines(found: "Judgement") -> Iterator[str]:
    for finding in found.findings:
        group = " ".join(f"{column}={value}" for column, value in (finding.group or {}).items())
        measured = "" if finding.value is None else f" {finding.value}"
        interval = "" if finding.low is None else f" ({finding.low} to {finding.high})"
        limit = f", limit {finding.limit}" if finding.limit else ""
        counted = "" if finding.n is None else f", n {finding.n:,}"
        yield f"  {finding.verdict:<14} {finding.id} {group}{measured}{interval}{limit}{counted}".rstrip()
        if finding.verdict not in {"pass", "not_applicable"}:
            yield f"                 {finding.message} ({finding.place})"
        if finding.remedy and finding.verdict not in {"pass", "not_applicable"}:
            yield f"                 next: {finding.remedy}"
