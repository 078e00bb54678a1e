"""Everything that the ledger has about one version, in its order: who, when, and in which words."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from govern import telling
from govern.desk import Desk
from govern.ledger.envelope import Entry
from govern.record.events import Event
from govern.record.inventory import Version
from govern.record.models import Amend, OfVersion, RegisterVersion


@dataclass(frozen=True, slots=True)
class Passage:
    """One entry about a version."""

    entry: int
    recorded: datetime
    people: tuple[str, ...]
    """The handles of whoever signed it."""
    kind: str
    words: str
    reason: str


def history(desk: Desk, one: Version) -> Iterator[Passage]:
    """Yield the entries about a version, and those that amended its model since."""
    digest, registry = one.digest.value.hex().encode(), desk.registry
    for leaf in desk.ledger.entries(one.entry, registry.size):
        entry = Entry.parse(leaf)
        # Most of the ledger is about something else, and is not read further than this.
        if digest not in entry.envelope.payload and b"/amend/" not in entry.envelope.payload:
            continue
        event = Event.parse(entry.envelope.payload)
        if not _is_about(event, one):
            continue
        owners = [registry.owners.get(signature.keyid) for signature in entry.envelope.signatures]
        people = tuple(desk.handle(owner) if owner else "the log" for owner in owners)
        words = telling.whole(desk, event).removeprefix(one.name).lstrip(",: ")
        yield Passage(entry.index, entry.recorded_at, people, str(event.kind), words, event.govern.reason or "")


def _is_about(event: Event, one: Version) -> bool:
    match event.body:
        case RegisterVersion(version=digest) | OfVersion(version=digest):
            return digest == one.digest
        case Amend(model=model):
            return model == one.model
        case _:
            return False
