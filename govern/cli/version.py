"""``govern version``: everything that makes up a version, hashed into one digest that never changes."""

from pathlib import Path
from typing import Any

import click

from govern.cli import shell
from govern.errors import InvalidInput

_SHOWN = 8
"""How many of a model's inputs are named on a terminal; JSON has all."""


@shell.command(
    "register",
    "govern version register credit-risk model.ubj --data training=train.parquet --param eta=0.1 --as ana",
    "govern version register credit-risk model.json --approve 'score < 0.2' --reasons reasons.yaml --as ana",
    help="Hash and keep the artefacts, and register them with data (by digest), parameters and metrics as one version.",
)
@click.argument("model")
@click.argument("artifacts", nargs=-1, type=click.Path(path_type=Path))
@click.option("--data", multiple=True, metavar="ROLE=FILE", help="A data set, by digest; again for more.")
@click.option("--param", multiple=True, metavar="NAME=VALUE", help="A parameter; again for more.")
@click.option("--metric", multiple=True, metavar="NAME=VALUE", help="A metric, as its makers say it; again for more.")
@click.option("--code", default="", metavar="COMMIT", help="The commit of the code.")
@click.option("--parent", default="", metavar="MODEL@V", help="The version it was made from.")
@click.option("--approve", default="", metavar="RULE", help="Which scores are approved, e.g. 'score < 0.2'.")
@click.option("--reasons", default="", metavar="FILE", help="The dictionary in whose words the declined are told why.")
@shell.place(people=True)
def register(
    model: str,
    artifacts: tuple[Path, ...],
    data: tuple[str, ...],
    param: tuple[str, ...],
    metric: tuple[str, ...],
    code: str,
    parent: str,
    approve: str,
    reasons: str,
    where: shell.Place,
    *,
    as_json: bool,
) -> None:
    from govern import catalogue  # noqa: PLC0415  --help opens no database

    words = shell.read_file(reasons, "dictionary") if reasons else b""
    files = {role: Path(path) for role, path in _pairs(data, "ROLE=FILE").items()}
    made = catalogue.Made(
        files, _pairs(param, "NAME=VALUE"), _pairs(metric, "NAME=VALUE"), code, parent, approve, words
    )
    with where.desk() as desk:
        receipt, one = catalogue.register_version(desk, model, artifacts, made)
        found = _files(desk, one)
        if as_json:
            value = {"version": one.name, "digest": str(one.digest), "artefacts": found}
            shell.print_json("version-register", {**value, **shell.receipt_value(receipt)})
        else:
            click.echo(f"{one.name} is {one.digest}: entry #{receipt.index} of {desk.ledger.registry.origin}")
            _print_files(found)


@shell.command(
    "show",
    "govern version show credit-risk@1",
    "govern version show credit-risk@1 --json",
    help="Show a version: what it is made of, where it stands, and what each signature is worth now.",
)
@click.argument("name", metavar="MODEL@V")
@shell.place(at=True)
def show(name: str, where: shell.Place, *, as_json: bool) -> None:
    with where.desk(signing=False) as desk:
        value = version_value(desk, name)
    if as_json:
        shell.print_json("version-show", {"ok": True, **value})
        return
    click.echo(f"{value['version']} is {value['stage']}\n  digest   {value['digest']}, registered in {value['entry']}")
    click.echo(f"  makers   {', '.join(value['makers'])}")
    _print_files(value["artefacts"])
    if value["approve"]:
        click.echo(f"  approves {value['approve']}; reasons {value['reasons'] or 'have no dictionary'}")
    for check, one in value["evidence"].items():
        click.echo(f"  measured {check} in {one['entry']} by {one['person']}")
    click.echo(f"  dossier  {value['dossier']}" + ("" if value["submitted"] else ", not submitted as it is now"))
    for one in value["signoffs"]:
        said = f"{one['person']} ({one['role']}) {one['meaning']} at {one['at']}"
        click.echo(f"  signed   {said}: {one['validity']}" + (f", “{one['reason']}”" if one["reason"] else ""))


@shell.command(
    "diff",
    "govern version diff credit-risk@1 credit-risk@2",
    "govern version diff credit-risk@1 credit-risk@2 --json",
    help="Show what two versions differ by: artefacts, data, parameters, metrics, code.",
)
@click.argument("older", metavar="MODEL@V")
@click.argument("newer", metavar="MODEL@V")
@shell.place()
def diff(older: str, newer: str, where: shell.Place, *, as_json: bool) -> None:
    from govern import review  # noqa: PLC0415  --help opens no database

    with where.desk(signing=False) as desk:
        found = review.differences(desk, review.version(desk, older), review.version(desk, newer))
    if as_json:
        shell.print_json("version-diff", {"ok": True, "older": older, "newer": newer, "differences": found})
        return
    for one in found:
        click.echo(f"  {one['what']}: {one['older'] or '(none)'} -> {one['newer'] or '(none)'}")
    if not found:
        click.echo("no differences")


def version_value(desk: Any, name: str) -> dict[str, Any]:
    """Return what there is to say of a version."""
    from govern import review  # noqa: PLC0415  --help opens no database
    from govern.ledger.strict import write_time  # noqa: PLC0415  the same
    from govern.record.manifest import Manifest  # noqa: PLC0415  the same

    one = review.version(desk, name)
    now, manifest = review.dossier_of(desk, one), Manifest.parse(review.content(desk, one.digest))
    return {
        "version": one.name,
        "digest": str(one.digest),
        "stage": one.stage,
        "production_role": one.production_role or None,
        "entry": f"#{one.entry}",
        "makers": sorted(desk.handle(maker) for maker in one.makers),
        "artefacts": _files(desk, one),
        "evidence": {
            check: {"entry": f"#{found.entry}", "digest": str(found.evidence), "person": desk.handle(found.person)}
            for check, found in one.measured.items()
        },
        "approve": manifest.approve,
        "reasons": str(manifest.reasons) if manifest.reasons else None,
        "dossier": str(now.digest),
        "submitted": one.dossier == now.digest,
        "signoffs": [
            {
                "person": desk.handle(said.person),
                "role": said.role,
                "meaning": said.meaning,
                "reason": said.reason,
                "at": write_time(said.at),
                "entry": f"#{said.entry}",
                "validity": review.worth(desk, one, said),
            }
            for said in one.signed
        ],
    }


def _files(desk: Any, one: Any) -> list[dict[str, Any]]:
    """Return the artefacts of a version, each with what it is by its own bytes."""
    from govern import artifacts  # noqa: PLC0415  --help opens no database

    files = []
    for name, size, digest in one.artefacts:
        found = artifacts.kept(desk.store, name, size, digest)
        files.append(
            {
                "name": name,
                "size": size,
                "digest": str(digest),
                "format": found.format,
                "inputs": [{"name": column.name, "kind": column.kind} for column in found.inputs],
                "outputs": [{"name": column.name, "kind": column.kind} for column in found.outputs],
                "facts": dict(found.facts),
                "flags": list(found.flags),
            }
        )
    return files


def _print_files(files: list[dict[str, Any]]) -> None:
    for one in files:
        inputs = [column["name"] for column in one["inputs"]]
        said = [one["format"], *(f"{name} {text}" for name, text in one["facts"].items())]
        if inputs:
            more = ", …" if len(inputs) > _SHOWN else ""
            said.append(f"{len(inputs):,} input{'s' if len(inputs) > 1 else ''}: {', '.join(inputs[:_SHOWN])}{more}")
        click.echo(f"  file     {one['name']}, {one['size']:,} bytes, {one['digest']}, {'; '.join(said)}")
        for flag in one["flags"]:
            click.echo(f"           {shell.styled('note:', 'yellow')} {flag}")


def _pairs(texts: tuple[str, ...], form: str) -> dict[str, str]:
    pairs = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not sign or not name or not value:
            raise InvalidInput(f"{text!r} is not {form}", hint=f"write it as {form}")
        if name in pairs:
            raise InvalidInput(f"{name} is given twice", hint="each name once")
        pairs[name] = value
    return pairs


command = shell.group(
    "version",
    "Versions: everything that makes one up, as one digest.",
    "govern version register credit-risk model.ubj --data training=train.parquet --as ana",
    "govern version show credit-risk@1",
    verbs=(register, show, diff),
)
