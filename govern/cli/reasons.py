"""``govern reasons``: why a version declines a case, in the words that its dictionary allows, and whether it did so before."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from govern.cli import shell

if TYPE_CHECKING:
    from govern.checks.cases import Case, Explanation
    from govern.checks.population import Reference
    from govern.desk import Desk
    from govern.measuring import Terms
    from govern.record.inventory import Version

_ALONE = ("inputs", "score", "decision", "reference", "method", "illustration")
"""What only the inputs of a case tell."""


@shell.command(
    "reasons",
    "govern reasons credit-risk@1 --case L00042 --data applicants.csv",
    "govern reasons credit-risk@1 --case 42 --column id --data applicants.parquet --batch may.parquet --json",
    help="Say why a version's own model declines one case of a file: at most four reasons, the largest first, by Shapley "
    "values against a whole reference population; and who approved the version. With --batch, prove what was recorded of the "
    "case, also where its inputs are erased, and say what differs. Exits 1 if anything does, or if reasons may not be given: "
    "a prohibited basis, or no words.",
)
@click.argument("name", metavar="MODEL@V")
@click.option("--case", required=True, metavar="ID", help="The case.")
@click.option("--data", required=True, metavar="FILE", help="The file it is a row of, CSV or Parquet.")
@click.option("--batch", default="", metavar="FILE", help="The file of decisions in which it was recorded.")
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
    batch: str,
    column: str,
    reference: str,
    against: str,
    artefact: str,
    trust_pickle: bool,
    where: shell.Place,
    *,
    as_json: bool,
) -> int:
    from govern import measuring, replaying, review  # noqa: PLC0415  --help explains nobody
    from govern.checks.cases import Case  # noqa: PLC0415  the same
    from govern.checks.population import Reference, ReferenceKind  # noqa: PLC0415  the same

    terms = measuring.Terms(Path(artefact) if artefact else None, trust_pickle=trust_pickle)
    people = Reference(Path(reference or data), ReferenceKind(against))
    asked = Case(Path(data), column, case)
    with where.desk(signing=False) as desk:
        one = review.version(desk, name)
        found, erased = _explained(desk, one, asked, people, terms, is_replayed=bool(batch))
        replay = replaying.replay(desk, one, Path(batch), case, found) if batch else None
        value = found.json() if found else _unexplained(case, str(measuring.approving(desk, one)))
        value |= {
            "digest": str(one.digest),
            "approvals": replaying.approvals(desk, one),
            "erased": erased or None,
            "recorded": replay.value() if replay else None,
        }
    is_well = not value["blocking"] and not (replay and replay.differs)
    if as_json:
        shell.print_json("reasons", {"ok": is_well, "version": name, **value})
    else:
        _print(name, value)
    return 0 if is_well else 1


def _explained(
    desk: "Desk", one: "Version", case: "Case", people: "Reference", terms: "Terms", *, is_replayed: bool
) -> "tuple[Explanation | None, str]":
    """Explain a case; where its inputs are gone and a record of it is at hand, return what is said of that."""
    from govern import measuring  # noqa: PLC0415  --help explains nobody
    from govern.checks.cases import no_case  # noqa: PLC0415  the same
    from govern.errors import InvalidInput  # noqa: PLC0415  the same

    try:
        if is_replayed and not case.path.exists():
            raise no_case(str(case.path), case)
        return measuring.reasons(desk, one, case, people, terms), ""
    except InvalidInput as error:
        if error.code != "no_case" or not is_replayed:
            raise
        return None, error.message


def _unexplained(case: str, approve: str) -> dict[str, Any]:
    """Return the JSON of a case that nothing can be found of."""
    known = {"case": case, "cutoff": approve.rpartition(" ")[2], "approve": approve}
    return known | dict.fromkeys(_ALONE) | {"reasons": [], "contributions": {}, "blocking": []}


def _print(name: str, value: dict[str, Any]) -> None:
    if value["erased"]:
        click.echo(value["erased"])
    else:
        _print_reasons(name, value)
    click.echo(f"\n{name} is {value['digest']}")
    for one in value["approvals"]:
        click.echo(
            f"  {one['meaning'].replace('_', ' ')} by {one['person']} ({one['role']}) at {one['at']}: {one['validity']}"
        )
    if not value["approvals"]:
        click.echo("  nobody approved it")
    if value["recorded"]:
        _print_recorded(value["recorded"])


def _print_reasons(name: str, value: dict[str, Any]) -> None:
    click.echo(
        f"{value['case']} is {value['decision']} by {name}: score {value['score']}, approved is {value['approve']}\n"
    )
    for one in value["reasons"]:
        click.echo(f"  {one['rank']}. {one['code']}  {one['text']}")
    for problem in value["blocking"]:
        click.echo(f"  blocked: {problem}")
    if value["decision"] == "approved":
        click.echo("  An approval has no reasons.")
    if value["illustration"]:
        click.echo(f"\nAn illustration, no promise. {value['illustration']['text']}")
    click.echo()
    reference, method, sampled = value["reference"], value["method"], value["method"]["sampled"]
    rows = sorted(value["contributions"].items(), key=lambda item: -abs(float(item[1])))
    heads = ("group", f"contribution ({method['space']})", *(("error",) if sampled else ()))
    shell.table([(group, number, *((sampled["errors"][group],) if sampled else ())) for group, number in rows], heads)
    of = reference["kind"].replace("_", " ")
    click.echo(f"\nagainst {reference['rows']:,} applicants ({of}), sha256:{reference['sha256']}")
    click.echo(f"{method['kind']} by {method['library']}, whole reference; residual {method['residual']}")
    if sampled:
        told = "certain" if sampled["certain"] else "not certain"
        click.echo(f"{sampled['walks']:,} walks there and back, orders by {sampled['orders']}; what is told is {told}")
    click.echo(f"inputs {value['inputs']}")


def _print_recorded(one: dict[str, Any]) -> None:
    told = (
        f" for {', '.join(one['codes'])}"
        if one["codes"]
        else f", blocked: {one['blocking']}"
        if one["blocking"]
        else ""
    )
    click.echo(
        f"\nrecorded in {one['entry']} by {one['person']} at {one['at']}: {one['decision']}, score {one['score']}{told}"
    )
    click.echo(f"  proven: leaf {one['index']:,} of {one['size']:,} under the root {one['batch']}")
    if one["identical"]:
        click.echo("  identical: score, decision and reasons are now what was recorded")
    for differing in one["differs"]:
        click.echo(f"  {differing['what']} differs: {differing['then']} then, {differing['now']} now")
