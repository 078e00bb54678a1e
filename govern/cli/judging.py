"""``govern check`` and ``govern gate``: what the policies say of a version, with every reason."""

from collections.abc import Iterator
from typing import Any

import click

from govern.cli import shell

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
    "govern gate credit-risk@1 --to production --at 2026-03-31 --json",
    help="Say whether a version may go to a stage: the question that a pipeline asks. 0 yes, 1 no, 3 a person is needed, "
    "5 nothing was checked.",
)
@_version
@click.option("--to", "gate_name", required=True, metavar="GATE", help="The gate, e.g. production.")
@shell.place(at=True)
def gate(name: str, gate_name: str, where: shell.Place, *, as_json: bool) -> int:
    return _judge(where, name, gate_name, as_json=as_json)


def _judge(where: shell.Place, name: str, gate_name: str | None, *, as_json: bool) -> int:
    from govern import review, vocabulary  # noqa: PLC0415  --help opens no database

    with where.desk(signing=False) as desk:
        one = review.version(desk, name)
        found, gates = review.judged(desk, one, gate_name), review.gates(desk, one)
        spent = {} if as_json else {id(of): list(_spent(desk, one, found, of)) for of in found.findings}
    if gate_name and gate_name not in gates:
        near = vocabulary.nearest(gate_name, gates)
        shell.note(
            f"there is no gate {gate_name}; {f'did you mean {near}? ' if near else ''}there is {', '.join(gates)}"
        )
    if as_json:
        shell.print_json("gate" if gate_name else "check", found.as_json())
    else:
        _print(one, gate_name, found, spent)
    return EXITS[found.decision.value]


def _spent(desk: Any, one: Any, found: Any, finding: Any) -> Iterator[str]:
    """Yield who signed for what is asked for, and why it counts no more."""
    from govern import review  # noqa: PLC0415  --help opens no database

    for signed, why in review.spent(desk, one, found, finding):
        yield f"{desk.handle(signed.person)} signed as {signed.role} in #{signed.entry}: {why}"


def _print(one: Any, gate_name: str | None, found: Any, spent: dict[int, list[str]]) -> None:
    from reports.values import cut  # noqa: PLC0415  --help lays out no pages

    policies = ", ".join(f"{of.policy.id} {of.policy.version}" for of in found.policies) or "no policy"
    click.echo(f"{one.name}{f' to {gate_name}' if gate_name else ''} by {policies}")
    for finding in found.findings:
        click.echo(f"  {finding.verdict:<14} {cut(_line(finding))}")
        is_there = finding.id == f"gates.{one.stage}.from"
        said = [] if finding.verdict in {"pass", "not_applicable"} else [*spent[id(finding)]]
        if finding.verdict not in {"pass", "not_applicable"}:
            words = f"{one.name} is in {one.stage} already" if is_there else finding.message
            said = [f"{cut(words)} ({finding.place})", *said, *([f"next: {finding.remedy}"] if finding.remedy else [])]
        for words in said:
            click.echo(f"                 {words}")
    colour = {"allow": "green", "deny": "red"}.get(found.decision.value, "yellow")
    click.echo(shell.styled(found.decision.value.replace("_", " ").upper(), colour))


def _line(finding: Any) -> str:
    """Return a finding in one line; what it has no number for is left out."""
    group = " ".join(f"{column}={value}" for column, value in (finding.group or {}).items())
    interval = "" if finding.low is None else f"({finding.low:f} to {finding.high:f})"
    value = "" if finding.value is None else f"{finding.value:f}"
    measured = " ".join(part for part in (finding.id, group, value, interval) if part)
    limit, counted = finding.limit and f"limit {finding.limit}", "" if finding.n is None else f"n {finding.n:,}"
    return ", ".join(part for part in (measured, limit, counted) if part)
