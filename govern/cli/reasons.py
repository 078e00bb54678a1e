"""``govern reasons``: why a version declines a case, in the words that its dictionary allows."""

from pathlib import Path
from typing import Any

import click

from govern.cli import shell


@shell.command(
    "reasons",
    "govern reasons credit-risk@1 --case L00042 --data applicants.csv",
    "govern reasons credit-risk@1 --case 42 --column id --data applicants.parquet --against all --json",
    help="Say why a version's own model declines one case of a file: at most four reasons, the largest first, by Shapley "
    "values against a whole reference population. Exits 1 if reasons may not be given: a prohibited basis, or no words.",
)
@click.argument("name", metavar="MODEL@V")
@click.option("--case", required=True, metavar="ID", help="The case.")
@click.option("--data", required=True, metavar="FILE", help="The file it is a row of, CSV or Parquet.")
@click.option("--column", default="case", metavar="COLUMN", help="The column of ids; default: case.")
@click.option("--reference", default="", metavar="FILE", help="Whom the case is compared with; default: the same file.")
@click.option(
    "--against",
    type=click.Choice(["near_cutoff", "approved", "all"]),
    default="near_cutoff",
    help="Which of them: the approved nearest to the cut-off (default), all approved, or all.",
)
@click.option("--artefact", default="", metavar="FILE", help="The model, where it was registered by reference.")
@click.option("--trust-pickle", is_flag=True, help="Load a model that is a pickle, which runs what is in it.")
@shell.place(at=True)
def command(
    name: str,
    case: str,
    data: str,
    column: str,
    reference: str,
    against: str,
    artefact: str,
    trust_pickle: bool,
    where: shell.Place,
    *,
    as_json: bool,
) -> int:
    from govern import measuring, review  # noqa: PLC0415  --help explains nobody
    from govern.checks.cases import Case  # noqa: PLC0415  the same
    from govern.checks.population import Reference, ReferenceKind  # noqa: PLC0415  the same

    terms = measuring.Terms(Path(artefact) if artefact else None, trust_pickle=trust_pickle)
    people = Reference(Path(reference or data), ReferenceKind(against))
    with where.desk(signing=False) as desk:
        one = review.version(desk, name)
        found = measuring.reasons(desk, one, Case(Path(data), column, case), people, terms)
    value = found.json()
    if as_json:
        shell.print_json("reasons", {"ok": not value["blocking"], "version": name, **value})
    else:
        _print(name, value)
    return 1 if value["blocking"] else 0


def _print(name: str, value: dict[str, Any]) -> None:
    click.echo(
        f"{value['case']} is {value['decision']} by {name}: score {value['score']}, approved is {value['approve']}\n"
    )
    for one in value["reasons"]:
        click.echo(f"  {one['rank']}. {one['code']}  {one['text']}")
    for problem in value["blocking"]:
        click.echo(f"  blocked: {problem}")
    if value["decision"] == "approved":
        click.echo("  An approval has no reasons.")
    click.echo()
    rows = sorted(value["contributions"].items(), key=lambda item: -abs(float(item[1])))
    shell.table([(group, number) for group, number in rows], ("group", f"contribution ({value['method']['space']})"))
    reference, method = value["reference"], value["method"]
    of = reference["kind"].replace("_", " ")
    click.echo(f"\nagainst {reference['rows']:,} applicants ({of}), sha256:{reference['sha256']}")
    click.echo(f"{method['kind']} by {method['library']}, whole reference; residual {method['residual']}")
