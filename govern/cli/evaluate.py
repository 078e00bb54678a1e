"""``govern evaluate``: a fairness and performance table of any scored file."""

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from govern.cli import shell
from govern.cli.progress import Steps


@shell.command(
    "evaluate",
    "govern evaluate --predictions scored.csv --label default --prediction approved --by sex --positive yes",
    "govern evaluate credit-risk@1 --data applicants.parquet --label bad --positive yes --as vic",
    help="Measure a file of scored rows: performance, selection rates and what separates the groups, with 95 % intervals. "
    "Needs no ledger and no model. A prediction is a column, or a rule on a column like 'pd >= 0.2'. With MODEL@V, measure "
    "what the policies ask of a version, and record it; without --score and --prediction the version's own model scores "
    "the rows, in a process of its own, and its rule decides.",
)
@click.argument("version", required=False, metavar="[MODEL@V]")
@click.option("--predictions", default="", metavar="FILE", help="CSV or Parquet, a row for each case.")
@click.option("--data", default="", metavar="FILE", help="The same, for a version: what is measured is recorded.")
@click.option("--label", metavar="COLUMN", help="What came true.")
@click.option("--prediction", metavar="COLUMN|RULE", help="What the model decided.")
@click.option("--score", metavar="COLUMN", help="What it decided by; higher is more like the positive value.")
@click.option("--by", multiple=True, metavar="COLUMN", help="An attribute to compare groups by; again for more.")
@click.option("--positive", metavar="VALUE", help="Which value of label and prediction is 1.")
@click.option("--reference", multiple=True, metavar="COLUMN=GROUP", help="The group that others are compared with.")
@click.option(
    "--min-group", type=click.IntRange(min=0), default=0, metavar="N", help="Compare no group with fewer rows."
)
@click.option(
    "--favourable", metavar="VALUE", help="The prediction that is good for the person; else the one that is 1."
)
@click.option("--baseline", default="", metavar="FILE", help="Rows as they were, to compare every column with.")
@click.option("--champion", metavar="COLUMN", help="The score of another model for the same rows: is this one better?")
@click.option("--cutoffs", is_flag=True, help="Say also what every cut-off of the score would do; JSON and page.")
@click.option("--page", default="", metavar="FILE", help="Write it as a page of HTML too, which stands alone.")
@click.option(
    "--repeat",
    is_flag=True,
    help="Measure again what was recorded on this file: the same is countersigned, else it says why.",
)
@click.option("--artefact", default="", metavar="FILE", help="The model, where it was registered by reference.")
@click.option("--trust-pickle", is_flag=True, help="Load a model that is a pickle, which runs what is in it.")
@shell.place(people=True)
def command(  # click passes what its options are
    version: str | None,
    predictions: str,
    data: str,
    label: str | None,
    prediction: str | None,
    score: str | None,
    by: tuple[str, ...],
    positive: str | None,
    reference: tuple[str, ...],
    min_group: int,
    favourable: str | None,
    baseline: str,
    champion: str | None,
    cutoffs: bool,
    page: str,
    repeat: bool,
    artefact: str,
    trust_pickle: bool,
    where: shell.Place,
    *,
    as_json: bool,
) -> int:
    from govern.checks.summary import Question, evaluate  # noqa: PLC0415  --help measures nothing

    _require_one_form(click.get_current_context().params)
    if version:
        from govern.measuring import Rows, Terms  # noqa: PLC0415  the same

        rows = Rows(Path(data), label, prediction, score, positive)
        terms = Terms(
            Path(artefact) if artefact else None,
            trust_pickle=trust_pickle,
            baseline=Path(baseline) if baseline else None,
        )
        if repeat:
            return _repeat(where, version, rows, terms, as_json=as_json)
        _record(where, version, rows, terms, as_json=as_json)
        return 0

    references = dict(_split(one, by) for one in reference)
    asked = Question(
        label,
        prediction,
        score,
        by,
        positive,
        references,
        min_group,
        baseline=Path(baseline) if baseline else None,
        favourable=favourable,
        champion=champion,
        with_cutoffs=cutoffs or bool(page),
    )
    value, run = evaluate(Path(predictions), asked)
    agreed = [_agreed(opinion) for opinion in run.opinions]
    if page:
        _write_page(Path(page), value, Path(predictions).name, agreed)
    if as_json:
        shell.print_json("evaluate", value)
        return 0
    _print(value)
    for line in agreed:
        click.echo(line)
    if page:
        click.echo(f"{page} shows it")
    return 0


def _require_one_form(given: Mapping[str, Any]) -> None:
    """Raise unless what is asked is of a file alone, or of a version on a file."""
    from govern.errors import InvalidInput  # noqa: PLC0415  --help measures nothing

    version, columns = given["version"], [name for name in ("label", "prediction", "score", "positive") if given[name]]
    if bool(version) == bool(given["predictions"]) or bool(version) != bool(given["data"]):
        raise InvalidInput(
            "say what is measured: a file alone, or a version on a file",
            hint="--predictions FILE, or MODEL@V --data FILE --as NAME",
        )
    if given["artefact"] and (given["predictions"] or given["prediction"] or given["score"]):
        raise InvalidInput("the rows have scores already, and no model is asked", hint="leave --artefact out")
    if given["repeat"] and not version:
        raise InvalidInput(
            "nothing of a file alone is on record", hint="name the version: MODEL@V --data FILE --repeat"
        )
    if given["repeat"] and columns:
        raise InvalidInput(
            "what is repeated is what was recorded", hint=f"leave --{columns[0]} out: the evidence says it"
        )
    alone = next((name for name in ("page", "cutoffs", "favourable", "champion") if given[name]), None)
    if version and alone:
        raise InvalidInput(f"--{alone} is for a file alone", hint="of a version the policy says what is asked")


def _agreed(opinion: Any) -> str:
    found = f"finds the same: {opinion.what}, {opinion.numbers} numbers"
    return f"{opinion.library} {opinion.version} {f'was not asked: {opinion.why}' if opinion.why else found}"


def _write_page(path: Path, value: dict[str, Any], name: str, agreed: list[str]) -> None:
    from govern.storage import durable  # noqa: PLC0415  --help writes nothing
    from reports.scored import page  # noqa: PLC0415  --help lays out no pages

    context = click.get_current_context()
    durable.replace(path, page(value, name, agreed, _said(context)).encode())


def _said(context: click.Context) -> str:
    """Return the command as it could be given again."""
    words = ["govern evaluate"]
    for parameter in context.command.params:
        given = context.params.get(parameter.name or "")
        if (
            isinstance(parameter, click.Option)
            and parameter.name not in {"page", "as_json"}
            and given != parameter.default
        ):
            for one in given if isinstance(given, tuple) else (given,):
                words += (
                    []
                    if one in {None, "", False}
                    else [parameter.opts[0], *([] if one is True else [shlex.quote(str(one))])]
                )
    return " ".join(words)


def _record(where: shell.Place, name: str, rows: Any, terms: Any, *, as_json: bool) -> None:
    """Measure what the policies ask of a version, and file it."""
    from govern import measuring, review  # noqa: PLC0415  --help opens no database

    with where.desk() as desk:
        receipt, run = measuring.evaluate(desk, review.version(desk, name), rows, terms, listening=Steps().say)
        found = review.judged(desk, review.version(desk, name))
        if as_json:
            value = {
                **shell.receipt_value(receipt),
                "data": {"rows": run.evidence.rows, "sha256": run.source.value.hex() if run.source else None},
                "unmeasured": [{"check": check, "why": why} for check, why in run.unmeasured],
                **found.as_json(),
            }
            shell.print_json("evaluate", value)
            return
        by = f", scored by the {run.kind} model ({run.sandbox})" if run.kind else ""
        click.echo(f"{name} on {rows.path}, {run.evidence.rows:,} rows{by}: entry #{receipt.index}")
        for finding in found.findings:
            click.echo(f"  {finding.verdict:<14} {_found(finding)}")
    for check, why in run.unmeasured:
        click.echo(f"  left out       {check}: {why}")


def _repeat(where: shell.Place, name: str, rows: Any, terms: Any, *, as_json: bool) -> int:
    """Measure what is on record again."""
    from govern import repeating, review  # noqa: PLC0415  --help opens no database

    with where.desk() as desk:
        found = repeating.repeat(desk, review.version(desk, name), rows.path, terms)
    lines = [
        {
            "evidence": str(one.evidence),
            "checks": list(one.checks),
            "differs": list(one.differs),
            "entry": one.receipt.index if one.receipt else None,
        }
        for one in found
    ]
    is_same = not any(one.differs for one in found)
    if as_json:
        shell.print_json("evaluate", {"ok": is_same, "repeated": lines})
    for one in () if as_json else found:
        said = f"the same, countersigned in #{one.receipt.index}" if one.receipt else "differs"
        click.echo(f"{', '.join(one.checks)} ({str(one.evidence)[:18]}…): {said}")
        for line in one.differs:
            click.echo(f"  {line}")
    return 0 if is_same else 1


def _found(finding: Any) -> str:
    from govern.policy.decimals import write_decimal  # noqa: PLC0415  --help reads no policy
    from reports.values import number  # noqa: PLC0415  --help lays out no pages

    if finding.value is None:
        return f"{finding.id} {finding.message}"
    value, low, high = (
        number(None if one is None else write_decimal(one)) for one in (finding.value, finding.low, finding.high)
    )
    group = "".join(f" {column}={value}" for column, value in (finding.group or {}).items())
    interval = "" if finding.low is None else f" ({low} to {high})"
    return f"{finding.id}{group} {value}{interval}, limit {finding.limit}"


def _split(text: str, by: tuple[str, ...]) -> tuple[str, str]:
    from govern.errors import InvalidInput  # noqa: PLC0415  --help measures nothing

    column, sign, group = text.partition("=")
    if not sign or column not in by:
        raise InvalidInput(f"{text!r} is not an attribute and a group", hint="write --by sex --reference sex=M")
    return column, group


def _print(value: dict[str, Any]) -> None:
    click.echo(f"{value['data']['rows']:,} rows, sha256:{value['data']['sha256']}\n")
    shell.table([(name, *_cells(one)) for name, one in value["overall"].items()], ("measure", "value", "95 %"))
    for group in value["groups"]:
        click.echo(f"\n{', '.join(f'{name} = {one}' for name, one in group['by'].items())}, n = {group['n']:,}")
        shell.table([(name, *_cells(one)) for name, one in group["measures"].items()], ("measure", "value", "95 %"))
    if value["disparities"]:
        click.echo()
        rows = [
            (line["metric"], line["by"], *_cells(line), f"{line['from']} against {line['to']}" if line["to"] else "")
            for line in value["disparities"]
        ]
        shell.table(rows, ("metric", "by", "value", "95 %", "groups"))
    if value.get("champion"):
        click.echo()
        _print_champion(value["champion"])
    if value.get("stability"):
        click.echo()
        names = list(dict.fromkeys(name for one in value["stability"] for name in one["measures"]))
        rows = [
            (one["column"], *(_cells(one["measures"][name])[0] if name in one["measures"] else "" for name in names))
            for one in value["stability"]
        ]
        shell.table(rows, ("column", *names))
    for line in value["excluded"]:
        of = ", ".join(f"{name} = {one if one is not None else 'missing'}" for name, one in line["by"].items())
        click.echo(f"left out: {line['n']:,} rows{f' of {of}' if of else ''}, {line['why'].replace('_', ' ')}")


def _print_champion(beside: dict[str, Any]) -> None:
    area = beside["roc_auc"]
    if area["value"] is None:
        click.echo(f"beside the champion: undefined, {area['why'].replace('_', ' ')}")
        return
    interval = (
        f", 95 % {float(area['low']):.4f} to {float(area['high']):.4f}, p = {float(area['p']):.2g}"
        if area["low"]
        else ""
    )
    click.echo(
        f"beside the champion: roc_auc {float(area['ours']):.4f} against {float(area['theirs']):.4f}, "
        f"{float(area['value']):+.4f}{interval} (DeLong, {area['n']:,} rows)"
    )
    if "changed" in beside:
        changed = beside["changed"]
        ours, theirs = (sum(changed[name].values()) for name in ("only_ours", "only_theirs"))
        chance = f", p = {float(changed['p']):.2g} (McNemar)" if changed["p"] else ""
        click.echo(
            f"  changes sides: {ours:,} are selected here only, {theirs:,} there only, of {changed['n']:,}{chance}"
        )


def _cells(one: dict[str, Any]) -> tuple[str, str]:
    if one["value"] is None:
        return "undefined", one["why"].replace("_", " ")
    interval = f"{float(one['low']):.4f} to {float(one['high']):.4f}" if one["low"] else ""
    return f"{float(one['value']):.4f}", interval
