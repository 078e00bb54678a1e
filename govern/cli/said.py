"""What the record says of a version as JSON values, each in one place: findings, conditions, waivers, documents."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    # Read by mypy alone; --help opens no database.
    from govern.desk import Desk
    from govern.ledger.strict import Digest
    from govern.record.inventory import Version

Value = dict[str, Any]


def sheet(pairs: Iterable[tuple[str, str]]) -> None:
    """Print facts under each other, what they are called beside them; what is empty is left out."""
    shown = [(name, text) for name, text in pairs if text]
    width = max((len(name) for name, _ in shown), default=0)
    for name, text in shown:
        click.echo(f"  {name:<{width}}  {text}")


def when(one: Value, settled: str) -> str:
    """Return when something is due, or by what it was settled; and that this does not count, if it does not."""
    if one[settled]:
        return f"{settled} in {one[settled]}"
    doubted = f", {settled} in {one['doubted']} by a suspect key" if one["doubted"] else ""
    return f"{one['due']}{' overdue' if one['overdue'] else ''}{doubted}"


def findings(desk: "Desk", one: "Version") -> list[Value]:
    today = desk.clock().date()
    return [
        {
            "entry": f"#{found.entry}",
            "version": one.name,
            "title": found.title,
            "severity": found.severity,
            "owner": desk.handle(found.owner),
            "due": str(found.due),
            "raised_by": desk.handle(found.person),
            "closed": _entry(found.closed),
            "doubted": _entry(found.doubted),
            "overdue": found.closed is None and found.due < today,
        }
        for found in one.findings
    ]


def conditions(desk: "Desk", one: "Version") -> list[Value]:
    today = desk.clock().date()
    return [
        {
            "entry": f"#{signed.entry}",
            "number": number,
            "version": one.name,
            "text": asked.text,
            "owner": desk.handle(asked.owner),
            "due": str(asked.due),
            "met": _entry(asked.met),
            "doubted": _entry(asked.doubted),
            "overdue": asked.met is None and asked.due < today,
        }
        for signed in one.signed
        for number, asked in enumerate(signed.conditions, start=1)
    ]


def waivers(desk: "Desk", one: "Version") -> list[Value]:
    """Return every waiver, and whether it counts now."""
    from govern import discussion  # noqa: PLC0415  --help opens no database

    return [
        {
            "entry": f"#{waiver.entry}",
            "version": one.name,
            "policy": waiver.policy,
            "check": waiver.check,
            "until": str(waiver.until),
            "category": waiver.category,
            "control": waiver.control,
            "signed_by": sorted(desk.handle(sponsor.person) for sponsor in waiver.persons),
            "renewals": waiver.renewals,
            "counts": not why,
            "why": desk.named(why) or None,
        }
        for waiver, why in discussion.waivers(desk, one)
    ]


def imported(desk: "Desk", digest: "Digest") -> Value | None:
    """Return where the numbers of evidence are from, if they come from outside."""
    from govern import review  # noqa: PLC0415  --help opens no database
    from govern.errors import GovernError  # noqa: PLC0415  the same
    from govern.policy.evidence import Evidence  # noqa: PLC0415  the same

    try:
        found = Evidence.parse(review.content(desk, digest)).plan.imported
    except GovernError:
        return None  # what cannot be read is told by the findings
    return {"source": found.source, "measuredOn": str(found.on)} if found else None


def documents(desk: "Desk", one: "Version") -> list[Value]:
    """Return the document of each section, and each section that a policy asks for and nobody wrote."""
    from govern import discussion  # noqa: PLC0415  --help opens no database

    kept = {
        section: {
            "section": section,
            "entry": f"#{document.entry}",
            "name": document.name,
            "digest": str(document.content),
            "size": document.size,
            "words": document.words,
            "person": desk.handle(document.person),
        }
        for section, document in one.documents.items()
    }
    blank: Value = dict.fromkeys(("entry", "name", "digest", "size", "words", "person"))
    asked = discussion.sections(desk, one)
    return [
        kept.get(section, {"section": section, **blank}) | {"required": section in asked}
        for section in sorted({*kept, *asked})
    ]


def talks(desk: "Desk", one: "Version") -> list[Value]:
    """Return comments, challenges and answers, in the order of the ledger."""
    from govern import discussion  # noqa: PLC0415  --help opens no database

    return [
        {
            "entry": f"#{talk.entry}",
            "person": desk.handle(talk.person),
            "kind": talk.kind,
            "anchor": talk.anchor or None,
            "answers": _entry(talk.answers),
            "text": talk.text,
        }
        for talk in discussion.talks(desk, one)
    ]


def versions(desk: "Desk", word: str) -> "Iterator[Version]":
    """Yield the version, or all of the model, that a word names; without a word every one there is."""
    from govern import review  # noqa: PLC0415  --help opens no database

    if "@" in word:
        yield review.version(desk, word)
    elif word:
        yield from desk.registry.inventory.of(review.model(desk, word).name)
    else:
        yield from sorted(desk.registry.inventory.versions.values(), key=lambda one: one.entry)


def _entry(index: int | None) -> str | None:
    return None if index is None else f"#{index}"
