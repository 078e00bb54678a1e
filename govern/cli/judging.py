"""``govern check`` and ``govern gate``: what the policies say of a version, with every reason."""

from typing import Any

import click

from govern.cli import approving, shell

EXITS = {"allow": 0, "deny": 1, "needs_person": 3, "not_applicable": 5, "nothing_checked": 5}
_version = click.argument("name", metavar="MODEL@V")


@shell.command(
    "check",
    "govern check credit-risk@1",
    "govern check credit-risk@1 --at 2026-03-31 --json",
    help="Judge the recorded evidence of a version by the policies adopted for it. Nothing is filed.",
)
@_version
@shell.place(at=True)
def check(name: str, where: shell.Place, *, as_json: bool) -> int:
    return _judge(where, name, None, as_json=as_json)


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
def gate(name: str | None, gate_name: str, carried: approving.Carried, where: shell.Place, *, as_json: bool) -> int:
    if carried.is_asked(name):
        return approving.answer(carried, gate_name, where, as_json=as_json)
    assert name
    return _judge(where, name, gate_name, as_json=as_json)


def _judge(where: shell.Place, name: str, gate_name: str | None, *, as_json: bool) -> int:
    from govern import review  # noqa: PLC0415  --help opens no database

    with where.desk(signing=False) as desk:
        found = review.judged(desk, review.version(desk, name), gate_name)
    if as_json:
        shell.print_json("gate" if gate_name else "check", found.as_json())
    else:
        _print(name, gate_name, found)
    return EXITS[found.decision.value]


def _print(name: str, gate_name: str | None, found: Any) -> None:
    policies = ", ".join(f"{one.policy.id} {one.policy.version}" for one in found.policies) or "no policy"
    click.echo(f"{name}{f' to {gate_name}' if gate_name else ''} by {policies}")
    for finding in found.findings:
        group = " ".join(f"{column}={value}" for column, value in (finding.group or {}).items())
        measured = "" if finding.value is None else f" {finding.value}"
        interval = "" if finding.low is None else f" ({finding.low} to {finding.high})"
        limit = f", limit {finding.limit}" if finding.limit else ""
        counted = "" if finding.n is None else f", n {finding.n:,}"
        click.echo(f"  {finding.verdict:<14} {finding.id} {group}{measured}{interval}{limit}{counted}".rstrip())
        if finding.verdict not in {"pass", "not_applicable"}:
            click.echo(f"                 {finding.message} ({finding.place})")
        if finding.remedy and finding.verdict not in {"pass", "not_applicable"}:
            click.echo(f"                 next: {finding.remedy}")
    colour = {"allow": "green", "deny": "red"}.get(found.decision.value, "yellow")
    click.echo(shell.styled(found.decision.value.replace("_", " ").upper(), colour))
