"""``govern decisions``: what a version decides of a batch of cases, on record without any of them, and how it tells why."""

from pathlib import Path
from typing import Any

import click

from govern.cli import shell

_version = click.argument("name", metavar="MODEL@V")
_data = click.option("--data", required=True, metavar="FILE", help="The cases, CSV or Parquet.")


def _compared(function: shell.Function) -> shell.Function:
    against = click.option(
        "--against",
        type=click.Choice(["near_cutoff", "approved", "all"]),
        default="near_cutoff",
        help="With whom the declined are compared: the approved nearest to the cut-off (default), all approved, or all.",
    )
    return against(function)


def _model(function: shell.Function) -> shell.Function:
    trusting = click.option(
        "--trust-pickle", is_flag=True, help="Load a model that is a pickle, which runs what is in it."
    )
    given = click.option(
        "--artefact", default="", metavar="FILE", help="The model, where it was registered by reference."
    )
    return given(trusting(function))


@shell.command(
    "record",
    "govern decisions record credit-risk@1 --data applicants.csv --as vic",
    "govern decisions record credit-risk@1 --data applicants.parquet --case id --output may.parquet --as vic --json",
    help="Decide every case of a file by a version's own model, rule and words, write what was decided to a file of yours, "
    "and file the batch: counts and one root, no case. Exits 1 if reasons of somebody may not be told.",
)
@_version
@_data
@click.option("--case", "column", default="case", metavar="COLUMN", help="The column of ids; default: case.")
@click.option(
    "-o", "--output", "out", default="", metavar="FILE", help="Where to write them; default: FILE.decisions.parquet."
)
@click.option("--reference", default="", metavar="FILE", help="Whom the declined are compared with; default: the file.")
@_compared
@_model
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


@shell.command(
    "validate",
    "govern decisions validate credit-risk@1 --data applicants.csv --by sex",
    "govern decisions validate credit-risk@1 --data applicants.parquet --resamples 200 --as vic --json",
    help="Try the reasons that a version gives its declined: do they add up, are they the same again, against another "
    "reference, for a neighbour; and who is told what. With --as, a validator's signature puts it into the dossier. Exits 1 if a "
    "test fails, 3 if something is to be looked at.",
)
@_version
@_data
@click.option("--by", multiple=True, metavar="COLUMN", help="An attribute to tell the codes by; again for more.")
@click.option(
    "--resamples", type=click.IntRange(min=0), default=20, metavar="N", help="How often the reference is drawn anew."
)
@_compared
@_model
@shell.place(people=True)
def validate(
    name: str,
    data: str,
    by: tuple[str, ...],
    resamples: int,
    against: str,
    artefact: str,
    trust_pickle: bool,
    where: shell.Place,
    *,
    as_json: bool,
) -> int:
    from govern import deciding, measuring, review  # noqa: PLC0415  --help tries nothing
    from govern.checks.decided import Cases  # noqa: PLC0415  the same
    from govern.checks.population import Reference, ReferenceKind  # noqa: PLC0415  the same

    terms = measuring.Terms(Path(artefact) if artefact else None, trust_pickle=trust_pickle)
    people = Reference(Path(data), ReferenceKind(against))
    with where.desk(signing=bool(where.people)) as desk:
        one = review.version(desk, name)
        found = deciding.validate(desk, one, Cases(Path(data)), people, by, resamples, terms)
        receipt = deciding.record_validation(desk, one, found) if where.people else None
    recorded = f"#{receipt.index}" if receipt else None
    if as_json:
        value = {"ok": not found.has_failed, "version": name, "recorded": recorded, **found.json()}
        shell.print_json("decisions-validate", value)
    else:
        _print_tests(name, found)
        if recorded:
            click.echo(f"\nreason_codes of {name} in {recorded}")
    return 1 if found.has_failed else 3 if found.needs_review else 0


def _print_tests(name: str, found: Any) -> None:
    click.echo(
        f"{name}: {found.explained:,} of {found.declined:,} declined, explained by {found.library} ({found.method})\n"
    )
    rows = [(one.id, one.result.replace("_", " "), one.value, one.name, one.rule) for one in found.tests]
    shell.table(rows, ("test", "result", "found", "what", "rule"))
    click.echo()
    told = [(one["group"], one["code"] or "none", f"{one['first']:,}", f"{one['told']:,}") for one in found.codes]
    shell.table(told, ("group", "code", "first", "told"))
    for one in found.codes:
        for part in one["by"]:
            who = ", ".join(f"{column} = {value}" for column, value in part["by"].items())
            click.echo(
                f"  {one['group']}, {who}: first for {part['first']:,} of {part['n']:,}, told to {part['told']:,}"
            )


command = shell.group(
    "decisions",
    "Decisions of a batch of cases: on record by counts and a root, provable one by one.",
    "govern decisions record credit-risk@1 --data applicants.csv --as vic",
    "govern decisions validate credit-risk@1 --data applicants.csv --by sex",
    verbs=(record, validate),
)
