"""Filing an event: the one path through signature check, admission and fold, which is what an append does."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from govern.errors import InvalidInput, NotAllowed
from govern.ledger.envelope import Entry, Envelope
from govern.ledger.merkle import leaf_hash
from govern.ledger.strict import read_time, write_time
from govern.record.admission import Past, admit, check_signatures
from govern.record.events import Event
from govern.record.known import Known
from govern.record.registry import Registry, apply

CLOCK_MAY_LAG = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Filing:
    """An envelope whose shape and signatures were verified, waiting for admission."""

    envelope: Envelope
    event: Event


def open_filing(registry: Registry, envelope: Envelope) -> Filing:
    """Return the event in ``envelope``, its signatures verified against the keys of ``registry`` and its own."""
    if not envelope.signatures:
        raise InvalidInput("the envelope is not signed")
    event = Event.parse(envelope.payload)
    check_signatures(registry, envelope, event)
    return Filing(envelope, event)


def file(registry: Registry, filing: Filing, now: datetime, past: Past) -> tuple[Registry, Entry, bytes]:
    """Return the registry with the event as its next entry, that entry and its leaf; raise `NotAllowed` if it may not be."""
    now = read_time(write_time(now))
    if now < registry.last_recorded - CLOCK_MAY_LAG:
        raise NotAllowed(
            f"this machine's clock says {write_time(now)}, the ledger's last entry is from "
            f"{write_time(registry.last_recorded)}",
            code="clock",
            hint="set the clock right; nothing was recorded",
        )
    entry = Entry(registry.size, max(now, registry.last_recorded), filing.envelope)
    leaf = entry.leaf()
    admit(registry, entry, filing.event, past)
    return apply(registry, entry, Known.of(filing.event), leaf_hash(leaf)), entry, leaf
