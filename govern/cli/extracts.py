"""From the ledger at a desk to the papers beside the report: the audit trail, the inventory, a public summary."""

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

from govern import __version__, review, telling
from govern.cli import public
from govern.desk import Desk
from govern.ledger.envelope import Entry
from govern.policy.approvals import APPROVING
from govern.record.events import LOG, Event
from govern.record.inventory import Model, Version
from govern.record.models import Amend, OfVersion, RegisterModel, RegisterVersion
from reports.extracts import Extract, Item, Line
from reports.parts import when
from reports.public import Summary
from reports.source import Log


def trail(
    desk: Desk, *, demo: bool, model: str = "", first: datetime | None = None, last: datetime | None = None
) -> Extract:
    """Return the entries about a model, or all of them, recorded from one instant to another, both included."""
    if model:
        review.model(desk, model)
    lines = tuple(_lines(desk, model, first, last))
    span = " ".join(
        part for part in (f"from {when(first)}" if first else "", f"until {when(last)}" if last else "") if part
    )
    asked = f"{f'Entries about {model}' if model else 'All entries'}{f', {span}' if span else ''}"
    name = f"trail-{model}" if model else "trail"
    return _extract(desk, name, "Audit-trail extract", model or desk.registry.origin, asked, demo=demo, lines=lines)


def inventory(desk: Desk, *, demo: bool) -> Extract:
    """Return every model as it stands."""
    models = sorted(desk.registry.inventory.models.values(), key=lambda one: one.name)
    items = tuple(_item(desk, model) for model in models)
    title, asked = "Model inventory", "Every model that is on record"
    return _extract(desk, "inventory", title, desk.registry.origin, asked, demo=demo, items=items, lists="models")


def bias_audit(desk: Desk, one: Version, *, demo: bool) -> Extract:
    """Return the public summary of a bias audit (NYC Local Law 144)."""
    title, asked = "Public summary of a bias audit", "What NYC Local Law 144 wants published, from recorded evidence"
    name = f"nyc-ll144-{one.model}-{one.number}"
    found = public.summary(desk, one)
    return _extract(desk, name, title, one.name, asked, demo=demo, lists="categories", summary=found)


def _extract(
    desk: Desk,
    name: str,
    title: str,
    ref: str,
    asked: str,
    *,
    demo: bool,
    lines: tuple[Line, ...] = (),
    items: tuple[Item, ...] = (),
    lists: Literal["entries", "models", "categories"] = "entries",
    summary: Summary | None = None,
) -> Extract:
    registry = desk.registry
    note = desk.ledger.checkpoint_of(registry.size).decode()
    return Extract(
        report_id=f"{name}-{registry.size}",
        demo=demo,
        software=f"Govern {__version__}",
        as_of=registry.last_recorded,
        title=title,
        ref=ref,
        asked=asked,
        log=Log(str(registry.log_keys[0]), registry.anchor.hex(), note, len(registry.registrars), registry.threshold),
        lines=lines,
        items=items,
        total=registry.size if lists == "entries" else len(items),
        lists=lists,
        summary=summary,
    )


def _lines(desk: Desk, model: str, first: datetime | None, last: datetime | None) -> Iterator[Line]:
    for leaf in desk.ledger.entries(0, desk.registry.size):
        entry = Entry.parse(leaf)
        event = Event.parse(entry.envelope.payload)
        if (first and entry.recorded_at < first) or (last and entry.recorded_at > last):
            continue
        if model and _model_of(desk, event) != model:
            continue
        signer = event.govern.signer.id
        who = "the log" if signer == LOG else f"{_name(desk, signer)}, {event.govern.signer.role}"
        kind, reason = str(event.kind).replace("-", " "), event.govern.reason or ""
        yield Line(entry.index, entry.recorded_at, who, kind, telling.whole(desk, event), reason)


def _model_of(desk: Desk, event: Event) -> str:
    match event.body:
        case RegisterModel(model=model) | RegisterVersion(model=model) | Amend(model=model):
            return model
        case OfVersion(version=version):
            return desk.registry.inventory.versions[str(version)].model
        case _:
            return ""


def _item(desk: Desk, model: Model) -> Item:
    versions = desk.registry.inventory.of(model.name)
    champion = desk.registry.inventory.champion(model.name)
    shown = champion or (versions[-1] if versions else None)
    return Item(
        name=model.name,
        purpose=model.purpose,
        owner=desk.handle(model.owner),
        tier=model.risk_tier,
        stage=shown.stage if shown else "no version",
        champion=champion.name if champion else shown.name if shown else "",
        verdict=str(review.standing(desk, shown)).replace("_", " ") if shown else "nothing to judge",
        signed=_signed(desk, shown) if shown else "",
        open=_open(shown) if shown else "",
    )


def _signed(desk: Desk, one: Version) -> str:
    last = next((said for said in reversed(one.signed) if said.meaning in APPROVING), None)
    if last is None:
        return ""
    return f"{_name(desk, last.person)}, {last.at:%Y-%m-%d}, {review.worth(desk, one, last)}"


def _open(one: Version) -> str:
    conditions = sum(asked.met is None for said in one.signed for asked in said.conditions)
    challenges = sum(asked.answered is None for asked in one.challenges)
    counts = {"finding": len(one.open_findings), "condition": conditions, "waiver": len(one.waivers)}
    counts["challenge"] = challenges
    return ", ".join(f"{n} {name}{'s' if n > 1 else ''}" for name, n in counts.items() if n)


def _name(desk: Desk, person: str) -> str:
    known = desk.known(person)
    return known.identity.name if known else person
