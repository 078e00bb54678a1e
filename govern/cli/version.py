"""``govern version``: everything that makes up a version, hashed into one digest that never changes."""

from pathlib import Path
from typing import Any

import click

from govern.cli import lineage, said, shell
from govern.cli.model import alike_values, tell_alike
from govern.errors import InvalidInput

_SHOWN = 8
"""How many of a model's inputs are named on a terminal; JSON has all."""


@shell.command(
    "register",
    "govern version register credit-risk model.ubj --data training=train.parquet --param eta=0.1 --as ana",
    "govern version register credit-risk model.json --approve 'score < 0.2' --reasons reasons.yaml --as ana",
    help="Hash and keep the artefacts, and register them with data (by digest), parameters, rules and the rest as one "
    "version. What consists of rules, or runs at a vendor, has no artefacts.",
)
@click.argument("model")
@click.argument("artifacts", nargs=-1, type=click.Path(path_type=Path))
@click.option("--data", multiple=True, metavar="ROLE=FILE", help="A data set, by digest; again for more.")
@click.option(
    "--about",
    multiple=True,
    metavar="ROLE:NAME=VALUE",
    help="Of a data set: rows, first, last, licence; training:rows=50000.",
)
@click.option("--param", multiple=True, metavar="NAME=VALUE", help="A parameter; again for more.")
@click.option("--metric", multiple=True, metavar="NAME=VALUE", help="A metric, as its makers say it; again for more.")
@click.option("--code", default="", metavar="COMMIT", help="The commit of the code.")
@click.option("--environment", type=click.Path(path_type=Path), metavar="FILE", help="A lock file, by digest.")
@click.option("--parent", default="", metavar="MODEL@V", help="The version it was made from.")
@click.option(
    "--change", type=click.Choice(["recalibrate", "retrain", "rebuild"]), help="How it differs from its parent."
)
@click.option("--approve", default="", metavar="RULE", help="Which scores are approved, e.g. 'score < 0.2'.")
@click.option(
    "--score-of", default="", metavar="CLASS", help="Of which class the score is, if there are more than two."
)
@click.option("--reasons", default="", metavar="FILE", help="The dictionary in whose words the declined are told why.")
@click.option("--rule", multiple=True, metavar="TEXT", help="A business rule besides the score; again for more.")
@click.option("--transformation", multiple=True, metavar="NAME=TEXT", help="What is done to an input before scoring.")
@click.option("--coefficient", multiple=True, metavar="NAME=VALUE", help="A coefficient; again for more.")
@click.option("--by-reference", is_flag=True, help="Hash the artefacts and keep none: here they are digests alone.")
@shell.place(people=True)
def register(
    model: str,
    artifacts: tuple[Path, ...],
    data: tuple[str, ...],
    about: tuple[str, ...],
    param: tuple[str, ...],
    metric: tuple[str, ...],
    code: str,
    environment: Path | None,
    parent: str,
    change: str | None,
    approve: str,
    score_of: str,
    reasons: str,
    rule: tuple[str, ...],
    transformation: tuple[str, ...],
    coefficient: tuple[str, ...],
    by_reference: bool,
    where: shell.Place,
    *,
    as_json: bool,
) -> None:
    from govern import catalogue  # noqa: PLC0415  --help opens no database

    made = catalogue.Made(
        data={role: Path(path) for role, path in _pairs(data, "ROLE=FILE").items()},
        parameters=_pairs(param, "NAME=VALUE"),
        metrics=_pairs(metric, "NAME=VALUE"),
        code=code,
        parent=parent,
        approve=approve,
        score_of=score_of,
        reasons=shell.read_file(reasons, "dictionary") if reasons else b"",
        about=_about(about),
        environment=environment,
        rules=rule,
        transformations=_pairs(transformation, "NAME=TEXT"),
        coefficients=_pairs(coefficient, "NAME=VALUE"),
        change=change or "",
    )
    with where.desk() as desk:
        receipt, one = catalogue.register_version(desk, model, artifacts, made, by_reference=by_reference)
        # Of its first version on, a model can be told from others by its data.
        alike, found = catalogue.alike(desk, one.model) if one.number == 1 else [], _files(desk, one)
        if as_json:
            value = {"version": one.name, "digest": str(one.digest), "artefacts": found, "alike": alike_values(alike)}
            shell.print_json("version-register", {**value, **shell.receipt_value(receipt)})
            return
        click.echo(f"{one.name} is {one.digest}: entry #{receipt.index} of {desk.ledger.registry.origin}")
        _print_files(found)
        tell_alike(alike)


@shell.command(
    "show",
    "govern version show credit-risk@1",
    "govern version show credit-risk@1 --at 2026-03-31 --json",
    help="Show a version: what it is made of, where it stands, what was found and said, and what each signature is worth.",
)
@click.argument("name", metavar="MODEL@V")
@shell.place(at=True)
def show(name: str, where: shell.Place, *, as_json: bool) -> None:
    with where.desk(signing=False) as desk:
        value = version_value(desk, name)
    if as_json:
        shell.print_json("version-show", {"ok": True, **value})
        return
    role = f" as {value['production_role']}" if value["production_role"] else ""
    click.echo(f"{value['version']} is {value['stage']}{role}")
    said.sheet(_facts(value))
    _print_files(value["artefacts"])
    for check, one in value["evidence"].items():
        if one["imported"]:
            of = f"{one['imported']['source']}, as of {one['imported']['measuredOn']}"
            click.echo(f"  imported {check} from {of}, in {one['entry']} by {one['person']}")
            continue
        click.echo(f"  measured {check} in {one['entry']} by {one['person']}")
    for one in value["documents"]:
        text = f"{one['name']}, {one['digest']}, {one['entry']}" if one["entry"] else "nothing yet, and a policy asks"
        click.echo(f"  document {one['section']}: {text}")
    for one in value["findings"]:
        state = f"closed in {one['closed']}" if one["closed"] else f"{one['owner']} by {one['due']}"
        click.echo(f"  finding  {one['entry']} {one['severity']}: {one['title']}; {state}")
    for one in value["waivers"]:
        state = f"; counts no more: {one['why']}" if one["why"] else ""
        words = f"{one['entry']} {one['policy']}/{one['check']} until {one['until']}: {one['control']}"
        click.echo(f"  waiver   {words}{state}")
    for one in value["talks"]:
        answers = f" to {one['answers']}" if one["answers"] else ""
        anchor = f" ({one['anchor']})" if one["anchor"] else ""
        click.echo(f"  {one['kind']:<9}{one['entry']}{answers} {one['person']}{anchor}: {one['text']}")
    for one in value["signoffs"]:
        words = f"{one['person']} ({one['role']}) {one['meaning']} at {one['at']}"
        click.echo(f"  signed   {words}: {one['validity']}" + (f", “{one['reason']}”" if one["reason"] else ""))
    for one in value["conditions"]:
        state = f"met in {one['met']}" if one["met"] else f"{one['owner']} by {one['due']}"
        click.echo(f"  asked    {one['entry']} {one['text']}; {state}")


def version_value(desk: Any, name: str) -> dict[str, Any]:
    """Return what there is to say of a version."""
    from govern import review  # noqa: PLC0415  --help opens no database
    from govern.ledger.strict import read_json, write_time  # noqa: PLC0415  the same

    one = review.version(desk, name)
    now, manifest = review.dossier_of(desk, one), read_json(review.content(desk, one.digest))
    return {
        "version": one.name,
        "digest": str(one.digest),
        "stage": one.stage,
        "production_role": one.production_role or None,
        "entry": f"#{one.entry}",
        "makers": sorted(desk.handle(maker) for maker in one.makers),
        "artefacts": _files(desk, one),
        "evidence": {
            check: {
                "entry": f"#{found.entry}",
                "digest": str(found.evidence),
                "person": desk.handle(found.person),
                "imported": said.imported(desk, found.evidence),
            }
            for check, found in sorted(one.measured.items())
        },
        "approve": manifest.get("approve"),
        "reasons": manifest.get("reasons"),
        "manifest": manifest,
        "dossier": str(now.digest),
        "submitted": one.dossier == now.digest,
        "documents": said.documents(desk, one),
        "findings": said.findings(desk, one),
        "waivers": said.waivers(desk, one),
        "talks": said.talks(desk, one),
        "signoffs": [
            {
                "person": desk.handle(word.person),
                "role": word.role,
                "meaning": word.meaning,
                "reason": word.reason,
                "at": write_time(word.at),
                "entry": f"#{word.entry}",
                "validity": review.worth(desk, one, word),
            }
            for word in one.signed
        ],
        "conditions": said.conditions(desk, one),
        "rechecks": [{"check": check, "entry": f"#{entry}"} for check, entry in sorted(one.rechecks.items())],
    }


def _files(desk: Any, one: Any) -> list[dict[str, Any]]:
    """Return the artefacts of a version, each with what it is by its own bytes."""
    from govern import artifacts  # noqa: PLC0415  --help opens no database

    files = []
    for name, size, digest in one.artefacts:
        is_held = one.is_held(name)
        found = artifacts.kept(desk.store, name, size, digest) if is_held else artifacts.NOT_HELD
        files.append(
            {
                "name": name,
                "size": size,
                "digest": str(digest),
                "by_reference": not is_held,
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


def _facts(value: dict[str, Any]) -> list[tuple[str, str]]:
    of = value["manifest"]
    pairs = [
        ("digest", f"{value['digest']}, registered in {value['entry']}"),
        ("dossier", value["dossier"] + ("" if value["submitted"] else ", not submitted as it is now")),
        ("makers", ", ".join(value["makers"])),
        ("parent", " ".join(filter(None, (of.get("parent"), of.get("change"))))),
        ("code", of.get("code", "")),
        ("lock", of.get("environment", "")),
        (
            "approves",
            f"{value['approve']}{_of_class(of)}; reasons {value['reasons'] or 'have no dictionary'}"
            if value["approve"]
            else "",
        ),
    ]
    pairs += [(f"data {one['role']}", _data(one)) for one in of["data"]]
    for name in ("parameters", "metrics", "coefficients", "transformations"):
        pairs.append((name, ", ".join(f"{key}={text}" for key, text in of.get(name, {}).items())))
    return [*pairs, *(("rule", rule) for rule in of.get("rules", ()))]


def _of_class(manifest: dict[str, Any]) -> str:
    return f", of the class {manifest['scoreOf']}" if "scoreOf" in manifest else ""


def _data(one: dict[str, Any]) -> str:
    span = f"{one.get('first', '')} to {one.get('last', '')}" if "first" in one or "last" in one else ""
    rows = f"{one['rows']:,} rows" if "rows" in one else ""
    return ", ".join(part for part in (one["name"], one["digest"], rows, span, one.get("licence", "")) if part)


def _about(texts: tuple[str, ...]) -> dict[str, dict[str, str]]:
    form, found = "ROLE:NAME=VALUE", dict[str, dict[str, str]]()
    for key, value in _pairs(texts, form).items():
        role, sign, name = key.partition(":")
        if not sign or not role or not name:
            raise InvalidInput(f"{key!r} is not ROLE:NAME", hint=f"write it as {form}: training:rows=50000")
        found.setdefault(role, {})[name] = value
    return found


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
    verbs=(register, show, lineage.diff, lineage.changes, lineage.history),
)
