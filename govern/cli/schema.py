"""``govern schema``: the documents that people write and programs read, as JSON Schema."""

import json
from typing import Any

import click

from govern.cli import shell


@shell.command(
    "policy",
    "govern schema policy > policy.v1.json",
    "govern schema policy --json",
    help="Print the JSON Schema of a policy, for an editor that completes and checks what is written.",
)
def policy(*, as_json: bool) -> None:
    from govern.policy.schema import policy_schema  # noqa: PLC0415  --help reads no types

    _print("policy", policy_schema(), as_json=as_json)


@shell.command(
    "policy-test",
    "govern schema policy-test > policy-test.v1.json",
    "govern schema policy-test --json",
    help="Print the JSON Schema of a file of tests of a policy, for an editor.",
)
def policy_test(*, as_json: bool) -> None:
    from govern.policy.schema import trials_schema  # noqa: PLC0415  --help reads no types

    _print("policy-test", trials_schema(), as_json=as_json)


@shell.command(
    "evidence",
    "govern schema evidence > evidence.v1.json",
    "govern schema evidence --json",
    help="Print the JSON Schema of evidence: what was measured, by which plan.",
)
def evidence(*, as_json: bool) -> None:
    from govern.policy.schema import evidence_schema  # noqa: PLC0415  --help reads no types

    _print("evidence", evidence_schema(), as_json=as_json)


@shell.command(
    "event",
    "govern schema event > event.v1.json",
    "govern schema event --json",
    help="Print the JSON Schema of an event: the statement that an entry of the ledger carries, of whatever kind.",
)
def event(*, as_json: bool) -> None:
    from govern.record.schema import event_schema  # noqa: PLC0415  --help reads no types

    _print("event", event_schema(), as_json=as_json)


def _print(name: str, schema: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        shell.print_json(f"schema-{name}", {"ok": True, "document": schema})
    else:
        click.echo(json.dumps(schema, ensure_ascii=False, indent=2))


command = shell.group(
    "schema",
    "JSON Schemas: what a document may hold.",
    "govern schema policy",
    "govern schema event",
    verbs=(policy, policy_test, evidence, event),
)
