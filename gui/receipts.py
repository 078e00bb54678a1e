"""From what the ledger hands back to a receipt: verified before anybody is told that something is on record."""

from dataclasses import dataclass

from govern.desk import Desk
from govern.errors import InvalidInput
from govern.ledger import Receipt as Filed
from govern.ledger.envelope import Entry
from govern.ledger.proof import Proof, check_proof
from govern.ledger.strict import Digest
from govern.record.events import Event, EventKind
from govern.record.inventory import Version
from govern.record.models import AdoptPolicy
from gui.casework import Receipt
from gui.reading import full_name


@dataclass(frozen=True, slots=True)
class Opened:
    """An entry whose proof holds."""

    entry: Entry
    event: Event
    size: int
    """Of the checkpoint that it is proven against."""


def opened(desk: Desk, filed: Filed) -> Opened:
    """Return what was filed; success is what a proof says, not that nothing was raised."""
    checkpoint = check_proof(Proof.parse(filed.proof), filed.leaf, desk.registry.log_keys)
    entry = Entry.parse(filed.leaf)
    return Opened(entry, Event.parse(entry.envelope.payload), checkpoint.size)


def not_signed(index: int) -> InvalidInput:
    return InvalidInput(f"entry #{index} is not what was signed", hint="run `govern audit`")


def receipt(desk: Desk, filed: Filed, kind: EventKind, one: Version) -> Receipt:
    """Return the receipt of an event of this kind about a version; raise if another one was filed."""
    found = opened(desk, filed)
    if found.event.kind is not kind or getattr(found.event.body, "version", None) != one.digest:
        raise not_signed(filed.index)
    return _receipt(desk, filed.index, found, one.name)


def adopted(desk: Desk, filed: Filed, digest: Digest) -> Receipt:
    """Return the receipt of the adoption of a policy; raise if another one was filed."""
    found = opened(desk, filed)
    body = found.event.body
    if not isinstance(body, AdoptPolicy) or body.digest != digest:
        raise not_signed(filed.index)
    return _receipt(desk, filed.index, found, f"{body.policy} {body.release}")


def _receipt(desk: Desk, index: int, found: Opened, what: str) -> Receipt:
    said, owners = found.event.govern, desk.registry.owners
    return Receipt(
        entry=index,
        version=what,
        who=tuple(full_name(desk, owners[by.keyid]) for by in found.entry.envelope.signatures),
        role=said.signer.role,
        event=said.event_id,
        signed_at=said.signed_at,
        recorded_at=found.entry.recorded_at,
        checkpoint=found.size,
    )
