"""Reading again what was filed: no rule is asked, and none is loaded for it."""

from govern.ledger.envelope import Entry
from govern.ledger.merkle import leaf_hash
from govern.ledger.strict import read_json
from govern.record.known import Known
from govern.record.registry import Registry, apply


def refold(registry: Registry, leaf: bytes) -> Registry:
    """Return the registry after an entry that was admitted before."""
    entry = Entry.parse(leaf)
    return apply(registry, entry, Known.read(entry.envelope.payload), leaf_hash(leaf))


def event_id(leaf: bytes) -> str:
    """Return the event id of an entry, whatever its kind: what the index of events is made of."""
    return str(read_json(Entry.parse(leaf).envelope.payload)["predicate"]["govern"]["eventId"])
