"""``govern check`` and ``govern gate``: what the policies say of a version, with every reason."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from govern.cli import approving, formats, shell

if TYPE_CHECKING:
    from govern.desk import Desk
    from govern.policy.findings import Finding, Judgement
    from govern.record.inventory import Version

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
    "5 nothing was checked. With --record the answer is signed and filed. With --approval, files are judged by what `govern approval export` wrote, without a ledger: "
    "0 yes, 1 no, 6 it does not verify.",
)
@click.argument("name", metavar="[MODEL@V]", required=False)
@click.option("--to", "gate_name", required=True, metavar="GATE", help="The gate, e.g. production.")
@click.option("--record", is_flag=True, help="File the answer, signed: the decision, and what it rests on.")
@approving.offline
@shell.place(people=True, at=True)
@formats.options
def gate(
    name: str | None,
    gate_name: str,
    carried: approving.Carried,
    where: shell.Place,
    asked: formats.Asked,
    *,
    record: bool,
) -> int:
    if record and (where.at or carried.is_asked(name)):
        raise click.UsageError("--record files what holds now, in a ledger: without --at, --approval and --artifact")
    if carried.is_asked(name):
        return approving.answer(carried, gate_name, where, asked)
    assert name
    return _judge(where, name, gate_name, asked, carried.environment or None, record=record)


def _judge(
    where: shell.Place,
    name: str,
    gate_name: str | None,
    asked: formats.Asked,
    environment: str | None = None,
    *,
    record: bool = False,
) -> int:
    from govern import review, vocabulary  # noqa: PLC0415  --help opens no database
    from govern.policy import notices  # noqa: PLC0415  the same

    filed: dict[str, Any] = {}
    with where.desk(signing=record) as desk:
        one = review.version(desk, name)
        found, gates = review.judged(desk, one, gate_name, environment), review.gates(desk, one)
        spent = {id(of): list(_spent(desk, one, found, of)) for of in found.findings}
        if record and gate_name:
            receipt = review.record_gate(desk, one, found, gate_name, environment)
            filed = {"recorded": f"#{receipt.index}"}
            shell.note(f"recorded in #{receipt.index}")
    if gate_name and gate_name not in gates:
        near = vocabulary.nearest(gate_name, gates)
        shell.note(
            f"there is no gate {gate_name}; {f'did you mean {near}? ' if near else ''}there is {', '.join(gates)}"
        )
    account = notices.of_judgement(f"{name}{f' to {gate_name}' if gate_name else ''}", found)
    colour = {"allow": "green", "deny": "red"}.get(found.decision.value, "yellow")
    text = "\n".join([account.title, *_lines(one, found, spent), found.decision.value.replace("_", " ").upper()])
    asked.say(formats.Answer("gate" if gate_name else "check", found.as_json() | filed, text, account, colour))
    return EXITS[found.decision.value]


def _spent(desk: "Desk", one: "Version", found: "Judgement", finding: "Finding") -> Iterator[str]:
    """Yield who signed for what is asked for, and why it counts no more."""
    from govern import review  # noqa: PLC0415  --help opens no database

    for signed, why in review.spent(desk, one, found, finding):
        yield f"{desk.handle(signed.person)} signed as {signed.role} in #{signed.entry}: {why}"


def _lines(one: "Version", found: "Judgement", spent: dict[int, list[str]]) -> Iterator[str]:
    from reports.values import cut  # noqa: PLC0415  --help lays out no pages

    for finding in found.findings:
        yield f"  {finding.verdict:<14} {cut(_line(finding))}"
        if finding.verdict in {"pass", "not_applicable"}:
            continue
        is_there = finding.id == f"gates.{one.stage}.from"
        words = f"{one.name} is in {one.stage} already" if is_there else finding.message
        said = [f"{cut(words)} ({finding.place})", *spent[id(finding)]]
        for line in [*said, *([f"next: {finding.remedy}"] if finding.remedy else [])]:
            yield f"                 {line}"


def _line(finding: "Finding") -> str:
    """Return a finding in one line; what it has no number for is left out."""
    group = " ".join(f"{column}={value}" for column, value in (finding.group or {}).items())
    interval = "" if finding.low is None else f"({finding.low:f} to {finding.high:f})"
    value = "" if finding.value is None else f"{finding.value:f}"
    measured = " ".join(part for part in (finding.id, group, value, interval) if part)
    limit, counted = finding.limit and f"limit {finding.limit}", "" if finding.n is None else f"n {finding.n:,}"
    return ", ".join(part for part in (measured, limit, counted) if part)
