"""``govern model``: what models there are, what they are for, and who answers for them."""

from pathlib import Path

import click

from govern.cli import shell


@shell.command(
    "register",
    "govern model register --card credit-risk.yaml --as ana",
    "govern model register --card credit-risk.yaml --as ana --json",
    help="Register the model that a card describes. `govern model new` prints a card to begin with.",
)
@click.option("--card", required=True, type=click.Path(path_type=Path), metavar="FILE", help="The card, as YAML.")
@shell.place(people=True)
def register(card: Path, where: shell.Place, *, as_json: bool) -> None:
    from govern import catalogue  # noqa: PLC0415  --help opens no database

    content = shell.read_file(str(card), "card")
    with where.desk() as desk:
        receipt = catalogue.register_model(desk, content, str(card))
        where.filed(desk, "model-register", receipt, f"the model of {card} is registered", as_json=as_json)


@shell.command("new", "govern model new", "govern model new > credit-risk.yaml", help="Print a card to begin with.")
def new(*, as_json: bool) -> None:
    from govern.record.card import TEMPLATE  # noqa: PLC0415  --help reads no formats

    if as_json:
        shell.print_json("model-new", {"ok": True, "card": TEMPLATE})
    else:
        click.echo(TEMPLATE, nl=False)


@shell.command("list", "govern model list", "govern model list --at 2026-03-31 --json", help="List every model.")
@shell.place(at=True)
def list_(where: shell.Place, *, as_json: bool) -> None:
    with where.desk(signing=False) as desk:
        found = desk.registry.inventory
        values = []
        for model in sorted(found.models.values(), key=lambda one: one.entry):
            versions = found.of(model.name)
            newest = versions[-1] if versions else None
            values.append(
                {
                    "name": model.name,
                    "stage": newest.stage if newest else None,
                    "versions": len(versions),
                    "owner": desk.handle(model.owner),
                    "use_case": model.use_case,
                    "risk_tier": model.risk_tier,
                }
            )
    if as_json:
        shell.print_json("model-list", {"ok": True, "models": values})
        return
    rows = [(one["name"], one["versions"], one["stage"] or "-", one["owner"], one["risk_tier"]) for one in values]
    shell.table(rows, ("MODEL", "VERSIONS", "NEWEST IS", "OWNER", "TIER"))


@shell.command("show", "govern model show credit-risk", "govern model show credit-risk --json", help="Show a model.")
@click.argument("name", metavar="MODEL")
@shell.place(at=True)
def show(name: str, where: shell.Place, *, as_json: bool) -> None:
    from govern import review  # noqa: PLC0415  --help opens no database

    with where.desk(signing=False) as desk:
        model = review.model(desk, name)
        versions = [
            {"version": one.number, "stage": one.stage, "digest": str(one.digest), "entry": f"#{one.entry}"}
            for one in desk.registry.inventory.of(name)
        ]
        value = {
            "name": model.name,
            "purpose": model.purpose,
            "owner": desk.handle(model.owner),
            "use_case": model.use_case,
            "risk_tier": model.risk_tier,
            "jurisdictions": list(model.jurisdictions),
            "card": str(model.card),
            "entry": f"#{model.entry}",
            "versions": versions,
        }
    if as_json:
        shell.print_json("model-show", {"ok": True, **value})
        return
    click.echo(f"{model.name}: {model.purpose}")
    click.echo(f"  owner  {value['owner']}, use case {model.use_case}, tier {model.risk_tier}")
    click.echo(f"  in     {', '.join(model.jurisdictions) or 'no jurisdiction named'}, registered in #{model.entry}")
    for one in versions:
        click.echo(f"  @{one['version']}     {one['stage']}, {one['digest']}, {one['entry']}")


command = shell.group(
    "model",
    "Models: what they are for, and who answers for them.",
    "govern model register --card credit-risk.yaml --as ana",
    "govern model list",
    verbs=(register, new, list_, show),
)
