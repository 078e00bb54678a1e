"""``govern metric``: the numbers that a policy may put a limit on."""

from typing import TYPE_CHECKING, Any

import click

from govern.cli import shell
from govern.errors import InvalidInput

if TYPE_CHECKING:
    from govern.policy.metrics import Metric

GROUPINGS = {
    "each": "one number, or with by: one for each group",
    "ratio": "one for each group against the reference; needs by:",
    "gap": "one for each group, less that of the reference; needs by:",
    "spread": "one for the two groups furthest apart; needs by:",
    "column": "one for each column that of: names; needs against:",
    "rows": "one for whole rows; needs against:",
    "feature": "one for each input, or each that of: names",
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
    click.echo(f"  reads     {', '.join(metric.reads) or 'nothing but that they are there'}")
    if metric.aliases:
        click.echo(f"  also      {', '.join(metric.aliases)}")


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
    "Metrics: what a policy may put a limit on.",
    "govern metric list",
    "govern metric show adverse_impact_ratio",
    verbs=(list_, show),
)
