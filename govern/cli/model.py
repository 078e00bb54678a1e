"""``govern model``: what models there are, what they are for, and who answers for them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from govern.cli import said, shell
from govern.errors import InvalidInput

if TYPE_CHECKING:
    from govern.catalogue import Alike
    from govern.desk import Desk
    from govern.portfolio import Line
    from govern.record.inventory import Model

_name = click.argument("name", metavar="MODEL")


@shell.command(
    "register",
    "govern model register --card credit-risk.yaml --as ana",
    "govern model register --card credit-risk.yaml --as ana --json",
    help="Register the model that a card describes, and say which models do the same already. `govern model new` prints a "
    "card to begin with.",
)
@click.option("--card", required=True, type=click.Path(path_type=Path), metavar="FILE", help="The card, as YAML.")
@shell.place(people=True)
def register(card: Path, where: shell.Place, *, as_json: bool) -> None:
    from govern import catalogue  # noqa: PLC0415  --help opens no database

    content = shell.read_file(str(card), "card")
    with where.desk() as desk:
        receipt = catalogue.register_model(desk, content, str(card))
        name = next(one.name for one in desk.registry.inventory.models.values() if one.entry == receipt.index)
        alike = catalogue.alike(desk, name)
        if as_json:
            shell.print_json("model-register", {**shell.receipt_value(receipt), "alike": alike_values(alike)})
            return
        where.filed(desk, "model-register", receipt, f"the model of {card} is registered", as_json=False)
        tell_alike(alike)


@shell.command("new", "govern model new", "govern model new > credit-risk.yaml", help="Print a card to begin with.")
def new(*, as_json: bool) -> None:
    from govern.record.card import TEMPLATE  # noqa: PLC0415  --help reads no formats

    if as_json:
        shell.print_json("model-new", {"ok": True, "card": TEMPLATE})
    else:
        click.echo(TEMPLATE, nl=False)


@shell.command(
    "amend",
    'govern model amend credit-risk --set owner=olga --reason "Ana moved to fraud" --as ana',
    'govern model amend credit-risk --add jurisdictions=GB --remove tags=portfolio=retail --reason "launch" --as rae',
    help="Change facts of a model, each with its old and its new value. What versions were signed with (purpose, uses, "
    "tier and the like) voids their signatures; owner, tags, vendor and upstream do not.",
)
@_name
@click.option("--set", "new", multiple=True, metavar="FACT=VALUE", help="The value; again for a list; empty for none.")
@click.option("--add", multiple=True, metavar="FACT=VALUE", help="One more in a list.")
@click.option("--remove", multiple=True, metavar="FACT=VALUE", help="One less.")
@shell.needed_reason
@shell.place(people=True)
def amend(
    name: str,
    new: tuple[str, ...],
    add: tuple[str, ...],
    remove: tuple[str, ...],
    reason: str,
    where: shell.Place,
    *,
    as_json: bool,
) -> None:
    from govern import catalogue, review  # noqa: PLC0415  --help opens no database

    if not (new or add or remove):
        raise InvalidInput("nothing is to change", hint="--set owner=olga")
    with where.desk() as desk:
        changes = _changes(review.model(desk, name), _split(new), _split(add), _split(remove))
        receipt = catalogue.amend(desk, name, changes, reason)
        where.filed(desk, "model-amend", receipt, f"{', '.join(sorted(changes))} of {name} changed", as_json=as_json)


@shell.command(
    "list",
    "govern model list",
    "govern model list 'tier:high stage:production due:<7d' --at 2026-03-31 --json",
    help="List the models that a filter asks for, or all. Keys are tier, stage, check, owner, use, due, tag, in and vendor; "
    "'-' negates, ',' is or, other words are looked for in name and purpose.",
)
@click.argument("asked", metavar="[FILTER]", nargs=-1)
@shell.place(at=True)
def list_(asked: tuple[str, ...], where: shell.Place, *, as_json: bool) -> None:
    from govern.portfolio import lines  # noqa: PLC0415  --help opens no database
    from govern.record.filters import Filter  # noqa: PLC0415  the same

    filter_ = Filter.parse(" ".join(asked))
    with where.desk(signing=False) as desk:
        values = [_line(one) for one in lines(desk, filter_)]
    if as_json:
        shell.print_json("model-list", {"ok": True, "models": values})
        return
    if not values:
        nothing = "`govern model new` prints a card, `govern model register` puts it on record"
        click.echo("the filter asks for no model that is here" if asked else f"no models yet: {nothing}")
        return
    rows = [
        (
            one["name"],
            one["versions"],
            one["stage"] or "-",
            f"@{one['champion']}" if one["champion"] else "-",
            one["owner"],
            one["risk_tier"],
            one["due"] or "-",
        )
        for one in values
    ]
    shell.table(rows, ("MODEL", "VERSIONS", "NEWEST IS", "CHAMPION", "OWNER", "TIER", "DUE"))


@shell.command(
    "show",
    "govern model show credit-risk",
    "govern model show credit-risk --at 2026-03-31 --json",
    help="Show a model: every fact, what it reads and who reads it, its versions and its champion.",
)
@_name
@shell.place(at=True)
def show(name: str, where: shell.Place, *, as_json: bool) -> None:
    from govern import review  # noqa: PLC0415  --help opens no database

    with where.desk(signing=False) as desk:
        value = _value(desk, review.model(desk, name))
    if as_json:
        shell.print_json("model-show", {"ok": True, **value})
        return
    click.echo(f"{value['name']}: {value['purpose']}")
    said.sheet(
        (what.replace("_", " "), ", ".join(text) if isinstance(text, list) else text or "")
        for what, text in value.items()
        if what not in {"name", "purpose", "versions", "champion"}
    )
    for one in value["versions"]:
        champion = ", champion" if one["version"] == value["champion"] else ""
        click.echo(f"  @{one['version']}  {one['stage']}{champion}, {one['digest']}, {one['entry']}")


def alike_values(alike: "Sequence[Alike]") -> list[dict[str, str]]:
    return [{"model": one.model, "why": one.why} for one in alike]


def tell_alike(alike: "Sequence[Alike]") -> None:
    if alike:
        click.echo(f"{len(alike)} {'model does' if len(alike) == 1 else 'models do'} this already:")
        said.sheet((one.model, one.why) for one in alike)


def _line(line: "Line") -> dict[str, Any]:
    newest, champion = line.newest, line.champion
    return {
        "name": line.model.name,
        "stage": newest.stage if newest else None,
        "versions": len(line.versions),
        "champion": champion.number if champion else None,
        "owner": line.owner,
        "use_case": line.model.use_case,
        "risk_tier": line.model.risk_tier,
        "due": str(line.due) if line.due else None,
    }


def _value(desk: "Desk", model: "Model") -> dict[str, Any]:
    inventory, of = desk.registry.inventory, model.facts
    champion = inventory.champion(model.name)
    return {
        "name": model.name,
        "purpose": of.purpose,
        "owner": desk.handle(of.owner),
        "use_case": of.use_case,
        "risk_tier": of.risk_tier,
        "materiality": of.materiality,
        "complexity": of.complexity,
        "jurisdictions": list(of.jurisdictions),
        "permitted_uses": list(of.permitted_uses or ()),
        "prohibited_uses": list(of.prohibited_uses or ()),
        "considered": of.considered,
        "considered_because": of.considered_because,
        "tags": list(of.tags or ()),
        "vendor": of.vendor,
        "upstream": list(of.upstream or ()),
        "downstream": [one.name for one in inventory.dependants(model.name)],
        "card": str(model.card),
        "entry": f"#{model.entry}",
        "amended": None if model.amended is None else f"#{model.amended}",
        "champion": champion.number if champion else None,
        "versions": [
            {"version": one.number, "stage": one.stage, "digest": str(one.digest), "entry": f"#{one.entry}"}
            for one in inventory.of(model.name)
        ],
    }


def _changes(
    model: "Model", new: Sequence[tuple[str, str]], add: Sequence[tuple[str, str]], remove: Sequence[tuple[str, str]]
) -> Mapping[str, Sequence[str]]:
    """Return what each fact that changes is to be."""
    after: dict[str, list[str]] = {}
    for fact, value in new:
        after.setdefault(fact, []).extend([value] if value else [])
    for fact, value in (*add, *remove):
        # Of what no model has, the catalogue says so.
        has = after.setdefault(fact, list(model.facts.texts(fact)) if hasattr(model.facts, fact) else [])
        if (fact, value) in add:
            has.append(value)
        elif value in has:
            has.remove(value)
        else:
            raise InvalidInput(
                f"the {fact} of {model.name} has no {value!r}", hint=f"it has {', '.join(has) or 'none'}"
            )
    return after


def _split(texts: tuple[str, ...]) -> list[tuple[str, str]]:
    for text in texts:
        if not text.partition("=")[0] or "=" not in text:
            raise InvalidInput(f"{text!r} is not FACT=VALUE", hint="write --set owner=olga")
    return [(text.partition("=")[0], text.partition("=")[2]) for text in texts]


command = shell.group(
    "model",
    "Models: what they are for, and who answers for them.",
    "govern model register --card credit-risk.yaml --as ana",
    "govern model list stage:production",
    verbs=(register, new, amend, list_, show),
)
