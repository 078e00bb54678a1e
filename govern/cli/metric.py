"""``govern metric``: the numbers that a policy may put a limit on, and those that somebody brings from outside."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from govern.cli import shell
from govern.errors import InvalidInput

if TYPE_CHECKING:
    from govern.importing import Brought
    from govern.policy.metrics import Metric

GROUPINGS = {
    "each": "one number, or with by: one for each group",
    "ratio": "one for each group against the reference; needs by:",
    "gap": "one for each group, less that of the reference; needs by:",
    "spread": "one for the two groups furthest apart; needs by:",
    "column": "one for each column that of: names; needs against:",
}


@shell.command(
    "list", "govern metric list", "govern metric list --json", help="List the metrics that a policy may name."
)
def list_(*, as_json: bool) -> None:
    from govern.policy.metrics import METRICS  # noqa: PLC0415  --help reads no policy

    values = [_value(one) for one in METRICS.values()]
    if as_json:
        shell.print_json("metric-list", {"ok": True, "metrics": values})
        return
    rows = [(one["name"], one["better"], f"{one['low']} to {one['high']}", one["grouping"]) for one in values]
    shell.table(rows, ("METRIC", "BETTER", "RANGE", "GROUPS"))


@shell.command(
    "show",
    "govern metric show roc_auc",
    "govern metric show recall --json",
    help="Say what a metric is: its formula, which way is better, what it reads, and what else it is called.",
)
@click.argument("name")
def show(name: str, *, as_json: bool) -> None:
    from govern.policy.diagnostics import did_you_mean, quoted  # noqa: PLC0415  --help reads no policy
    from govern.policy.metrics import METRICS, OTHER_NAMES  # noqa: PLC0415  the same

    metric = METRICS.get(name) or METRICS.get(OTHER_NAMES.get(name.lower(), ""))
    if metric is None:
        hint = did_you_mean(name, [*METRICS, *OTHER_NAMES]) or "`govern metric list` shows all of them"
        raise InvalidInput(f"unknown metric {quoted(name)}", hint=hint, code="unknown_metric")
    value = _value(metric)
    alias = name if name != metric.name else None
    if as_json:
        shell.print_json("metric-show", {"ok": True, **value, "alias": alias})
        return
    if alias:
        click.echo(f"{quoted(alias)} is called {metric.name} here")
    click.echo(f"{metric.name}: {metric.formula}")
    click.echo(f"  better    when {metric.better}" if metric.better != "neither" else "  better    neither way")
    click.echo(f"  range     {value['low']} to {value['high']}")
    click.echo(f"  groups    {GROUPINGS[metric.grouping]}")
    click.echo(f"  reads     {', '.join(metric.reads)}")
    if metric.aliases:
        click.echo(f"  also      {', '.join(metric.aliases)}")


@shell.command(
    "import",
    "govern metric import credit-risk@1 eur_per_case=3.20 --source 'cost ledger, October' --measured-on 2026-10-31 --n 5400 --as vic",
    "govern metric import credit-risk@1 --file figures.yaml --as vic",
    help="Record numbers that were measured elsewhere, for the checks of a policy that say `kind: imported`: with where "
    "they are from, the day as of which they hold, and how many cases they are of. Whoever brings them signs for them. A "
    "file can hold groups and intervals too.",
)
@click.argument("version", metavar="MODEL@V")
@click.argument("values", nargs=-1, metavar="[METRIC=VALUE]...")
@click.option("--source", default="", metavar="TEXT", help="Where they are from: a system, a report.")
@click.option("--measured-on", default="", metavar="DAY", help="The day as of which they hold, like 2026-10-31.")
@click.option("--n", type=click.IntRange(min=1), metavar="N", help="How many cases they are of.")
@click.option("--file", default="", metavar="FILE", help="All of that as YAML, schema: govern/imported/v1.")
@shell.place(people=True)
def import_(  # click passes what its options are
    version: str,
    values: tuple[str, ...],
    source: str,
    measured_on: str,
    n: int | None,
    file: str,
    where: shell.Place,
    *,
    as_json: bool,
) -> None:
    from govern import importing, review  # noqa: PLC0415  --help opens no database

    brought = _brought(values, source, measured_on, n, file)
    with where.desk() as desk:
        receipt, evidence = importing.record(desk, review.version(desk, version), brought)
        found = review.judged(desk, review.version(desk, version))
    rules = {f"checks.{one.check}" for one in evidence.plan.checks}
    if as_json:
        numbers = {"source": brought.numbers.source, "measuredOn": str(brought.numbers.measured_on)}
        checks = [one.check for one in evidence.plan.checks]
        shell.print_json(
            "metric-import", {**shell.receipt_value(receipt), **numbers, "checks": checks, **found.as_json()}
        )
        return
    click.echo(f"{version} by {brought.numbers.source}, as of {brought.numbers.measured_on}: entry #{receipt.index}")
    for one in found.findings:
        if one.rule in rules:
            click.echo(f"  {one.verdict:<14} {one.id} {one.message}")


def _brought(values: tuple[str, ...], source: str, measured_on: str, n: int | None, file: str) -> "Brought":
    """Return what was given, as a file or in words."""
    from govern.importing import Brought  # noqa: PLC0415  --help reads no files
    from govern.policy.fields import read_day  # noqa: PLC0415  the same

    if file:
        if values or source or measured_on or n:
            raise InvalidInput("a file says all of it", hint="give --file alone, or METRIC=VALUE without it")
        return Brought.read(Path(file), shell.read_file(file, "file of numbers"))
    missing = [
        name for name, given in (("--source", source.strip()), ("--measured-on", measured_on), ("--n", n)) if not given
    ]
    if not values or missing:
        what = f"{missing[0]} is missing" if values else "no number is given"
        raise InvalidInput(what, hint="METRIC=VALUE --source TEXT --measured-on DAY --n N, or --file FILE")
    pairs = [one.partition("=") for one in values]
    wrong = next((name for name, sign, _ in pairs if not sign), None)
    if wrong is not None:
        raise InvalidInput(f"{wrong!r} is not a metric and its value", hint="write it like eur_per_case=3.20")
    assert n is not None
    return Brought.of(source, read_day(measured_on), [(name, value) for name, _, value in pairs], n)


def _value(metric: "Metric") -> dict[str, Any]:
    from govern.policy.decimals import write_decimal  # noqa: PLC0415  --help reads no policy

    return {
        "name": metric.name,
        "formula": metric.formula,
        "better": metric.better.value,
        "low": write_decimal(metric.low),
        "high": write_decimal(metric.high),
        "grouping": metric.grouping.value,
        "reads": list(metric.reads),
        "aliases": list(metric.aliases),
    }


command = shell.group(
    "metric",
    "Metrics: what a policy may put a limit on, and numbers from outside.",
    "govern metric list",
    "govern metric show adverse_impact_ratio",
    verbs=(list_, show, import_),
)
