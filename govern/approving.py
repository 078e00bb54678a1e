"""From a version at a desk to an approval that a machine without a ledger can check."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from govern import review
from govern.desk import Desk
from govern.errors import InvalidInput
from govern.ledger.envelope import Entry
from govern.ledger.strict import read_time, write_time
from govern.policy.findings import Decision, Judgement
from govern.policy.validity import Duration
from govern.record import approval
from govern.record.approval import LONGEST, Approval, Held
from govern.record.dossier import Dossier, dossier
from govern.record.events import Body
from govern.record.excerpt import OF_MODELS
from govern.record.inventory import Version
from govern.record.known import Known
from govern.record.people import Deputise, EndDeputy, Reaffirm, Refusal, TrailReview
from govern.record.registry import Registry
from govern.record.reviews import Move
from govern.storage import blobs

_LEFT_OUT = (Deputise, EndDeputy, Refusal, TrailReview)
"""What is said of people and changes nothing of who may sign."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export found, and what it wrote: nothing for a version that may not go through the gate yet."""

    found: Judgement
    approval: Approval | None = None
    content: bytes = b""


def export(desk: Desk, one: Version, gate: str, valid: Duration) -> Exported:
    """Return the approval of a version for a gate that is open, or the word that it is suspended, displaced or refused."""
    if desk.past:
        raise InvalidInput("what was is not approved now", hint="open the ledger without a time", code="usage")
    # Others may file meanwhile: everything here is of one registry, and of no later moment than it.
    begun, registry, kept = desk.clock(), desk.registry, blobs.kept(desk.store)
    one = registry.inventory.versions[str(one.digest)]
    as_of = read_time(write_time(max(begun, registry.last_recorded)))
    until = valid.after(as_of)
    if not timedelta(0) < until - as_of <= LONGEST:
        raise InvalidInput(f"an approval is valid for up to {LONGEST.days} days, not for {valid}", hint="--valid 24h")
    now = dossier(registry.inventory, one, kept)
    rests_on = dict(_entries(desk, registry, now))
    moves = [body.after for body in rests_on.values() if isinstance(body, Move) and body.version == one.digest]
    found = approval.standing(registry, one, moves[-1] if moves else "", as_of, kept, gate)
    if found.decision is not Decision.ALLOW and not approval.is_ended(found):
        return Exported(found)
    said = Approval(
        anchor=registry.anchor.hex(),
        model=one.model,
        version=one.digest,
        artifacts=approval.artifacts_of(one),
        stage=one.stage,  # type: ignore[arg-type]  # the fold knows no other
        gate=gate,
        environments=approval.environments(found.policies, gate),
        as_of=as_of,
        valid_until=until,
        entries=tuple(_held(desk, index, registry.size) for index in rests_on),
        contents=tuple(_contents(desk, registry, now)),
    )
    content = bytes(desk.ledger.vouch(said))
    # Nothing is handed out that the machine it is for would not take.
    reading = approval.read(content)
    assert reading.standing(as_of).decision is found.decision
    return Exported(found, said, content)


def _entries(desk: Desk, registry: Registry, now: Dossier) -> Iterator[tuple[int, Body]]:
    """Yield every entry that a version rests on: people, its model, who made its files, its policies, what was said of it."""
    inventory, one = registry.inventory, now.version
    files = {digest for _, _, digest in one.artefacts}
    known = [
        of for of in inventory.versions.values() if of.model == one.model or files & {part[2] for part in of.artefacts}
    ]
    digests = {rules.digest for rules in now.policies}
    named = {inventory.models[one.model].entry, *(of.entry for of in known)}
    named |= {policy.entry for policy in inventory.policies.values() if policy.digest in digests}
    about = {inventory.models[one.model].leaf_hash, one.leaf_hash}
    beside = {of.leaf_hash for of in known if of.model == one.model}
    seen: set[int] = set()
    for index, leaf in enumerate(desk.ledger.entries(0, registry.size)):
        event = Known.read(Entry.parse(leaf).envelope.payload)
        body, meant = event.body, event.gist.about
        if isinstance(body, OF_MODELS):
            hashed = meant.leaf_hash if meant else b""
            wanted = index in named or hashed in about or (isinstance(body, Move) and hashed in beside)
        elif isinstance(body, Reaffirm):
            wanted = meant is not None and meant.index in seen
        else:
            wanted = not isinstance(body, _LEFT_OUT)
        if wanted:
            seen.add(index)
            yield index, body


def _held(desk: Desk, index: int, size: int) -> Held:
    return Held(leaf=desk.ledger.leaf(index).decode(), proof=bytes(desk.ledger.prove(index, size)).decode())


def _contents(desk: Desk, registry: Registry, now: Dossier) -> Iterator[bytes]:
    """Yield what the policies judge by: the manifest, themselves, and the newest evidence."""
    digests = {rules.digest for rules in now.policies}
    adopted, one = sorted(registry.inventory.policies.items()), now.version
    wanted = [one.digest, *(policy.source for _, policy in adopted if policy.digest in digests)]
    wanted += [found.evidence for _, found in sorted(one.measured.items())]
    yield from (review.content(desk, digest) for digest in dict.fromkeys(wanted))
