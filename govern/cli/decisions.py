"""``govern decisions``: what a version decides of a batch of cases, on record without any of them."""

from pathlib import Path
from typing import Any

import click

from govern.cli import shell


@shell.command(
    "record",
    "govern decisions record credit-risk@1 --data applicants.csv --as vic",
    "govern decisions record credit-risk@1 --data applicants.parquet --case id --output may.parquet --as vic --json",
    help="Decide every case of a file by a version's own model, rule and words, write what was decided to a file of yours, "
    "and file the batch: counts and one root, no case. Exits 1 if reasons of somebody may not be told.",
)
@click.argument("name", metavar="MODEL@V")
@click.option("--data", required=True, metavar="FILE", help="The cases, CSV or Parquet.")
@click.option("--case", "column", default="case", metavar="COLUMN", help="The column of ids; default: case.")
@click.option(
    "-o", "--output", "out", default="", metavar="FILE", help="Where to write them; default: FILE.decisions.parquet."
)
@click.option("--reference", default="", metavar="FILE", help="Whom the declined are compared with; default: the file.")
@click.option(
    "--against",
    type=click.Choice(["near_cutoff", "approved", "all"]),
    default="near_cutoff",
    help="Which of them: the approved nearest to the cut-off (default), all approved, or all.",
)
@click.option("--artefact", default="", metavar="FILE", help="The model, where it was registered by reference.")
@click.option("--trust-pickle", is_flag=True, help="Load a model that is a pickle, which runs what is in it.")
@shell.place(people=True)
def record(
    name: str,
    data: str,
    column: str,
    out: str,
    reference: str,
    against: str,
    artefact: str,
    trust_pickle: bool,
    where: shell.Place,
    *,
    as_json: bool,
) -> int:
    from govern import deciding, measuring, review  # noqa: PLC0415  --help decides nothing
    from govern.checks.decided import Cases  # noqa: PLC0415  the same
    from govern.checks.population import Reference, ReferenceKind  # noqa: PLC0415  the same

    terms = measuring.Terms(Path(artefact) if artefact else None, trust_pickle=trust_pickle)
    people = Reference(Path(reference or data), ReferenceKind(against))
    into = Path(out) if out else Path(data).with_suffix(".decisions.parquet")
    with where.desk() as desk:
        one = review.version(desk, name)
        receipt, found = deciding.record(desk, one, Cases(Path(data), column), people, into, terms)
    if as_json:
        shell.print_json("decisions-record", {**shell.receipt_value(receipt), "version": name, **_value(found, into)})
    else:
        _print(name, found, into, receipt.index)
    return 1 if found.blocked else 0


def _value(found: Any, out: Path) -> dict[str, Any]:
    reference = found.terms.reference
    return {
        "ok": not found.blocked,
        "batch": str(found.root),
        "rows": found.table.num_rows,
        "declined": found.declined,
        "blocked": found.blocked,
        "approve": str(found.terms.approve),
        "model": str(found.model),
        "dictionary": str(found.terms.dictionary.digest),
        "reference": {
            "sha256": found.population.value.hex(),
            "rows": found.reference_rows,
            "kind": reference.kind.value,
        },
        "method": found.method or None,
        "residual": f"{found.residual:.12f}",
        "codes": [{"code": code, "first": first, "n": n} for code, (first, n) in found.codes.items()],
        "blocking": [{"why": why, "n": n} for why, n in found.blocking.items()],
        "out": str(out),
    }


def _print(name: str, found: Any, out: Path, entry: int) -> None:
    rows, declined = found.table.num_rows, found.declined
    click.echo(
        f"{name} decided {rows:,} cases by {found.terms.approve}: {declined:,} declined, {found.blocked:,} blocked"
    )
    if found.codes:
        click.echo()
        shell.table(
            [(code, f"{first:,}", f"{n:,}") for code, (first, n) in found.codes.items()], ("code", "first", "told")
        )
    for why, n in found.blocking.items():
        click.echo(f"  blocked {n:,}: {why}")
    click.echo(f"\nroot {found.root}: entry #{entry}")
    click.echo(f"{out} holds the salts: keep it, or nobody can prove a case")


command = shell.group(
    "decisions",
    "Decisions of a batch of cases: on record by counts and a root, provable one by one.",
    "govern decisions record credit-risk@1 --data applicants.csv --as vic",
    "govern decisions record credit-risk@1 --data applicants.parquet --case id --output may.parquet --as vic --json",
    verbs=(record,),
)
