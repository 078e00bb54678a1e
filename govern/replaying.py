"""A decision at a desk once more: what is on record of a case, and whether the version says the same of it today."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from govern import review
from govern.checks.batches import Recorded, recorded
from govern.checks.cases import Explanation
from govern.desk import Desk
from govern.errors import Kind, Tampered
from govern.ledger.strict import write_time
from govern.policy.approvals import APPROVING
from govern.policy.decimals import write_decimal
from govern.record.inventory import Version
from govern.record.reviews import RecordDecisions


@dataclass(frozen=True, slots=True)
class Replay:
    """What was recorded of a case, by which entry, and what differs from what is found now."""

    recorded: Recorded
    entry: int
    at: str
    person: str
    event: RecordDecisions
    differs: tuple[tuple[str, str, str], ...] | None
    """What, then and now; none if nothing could be found now."""

    def value(self) -> dict[str, Any]:
        of = self.recorded
        return {
            "entry": f"#{self.entry}",
            "at": self.at,
            "person": self.person,
            "batch": str(of.root),
            "leaf": f"sha256:{of.leaf.hex()}",
            "index": of.index,
            "size": of.size,
            "path": [f"sha256:{one.hex()}" for one in of.path],
            "score": of.score,
            "decision": of.decision,
            "codes": list(of.codes),
            "blocking": of.blocking,
            "identical": None if self.differs is None else not self.differs,
            "differs": [{"what": what, "then": then, "now": now} for what, then, now in self.differs or ()],
        }


def replay(desk: Desk, one: Version, batch: Path, case: str, now: Explanation | None) -> Replay:
    """Find a case in a file of decisions and the file's root in the ledger; compare with what is found now, if anything is."""
    found = recorded(batch, case)
    entry = next((entry for entry, root in one.batches if root == found.root), None)
    if entry is None:
        raise Tampered(
            f"no entry about {one.name} has the root {found.root}, to which the leaves of {batch.name} lead",
            kind=Kind.UNVERIFIABLE,
            hint="give the file as it was written, and the version that decided",
        )
    event, body = desk.event(entry), desk.event(entry).body
    assert isinstance(body, RecordDecisions)
    if body.rows != found.size:
        raise Tampered(f"entry #{entry} has {body.rows} cases, {batch.name} has {found.size}", entry=entry)
    return Replay(
        found,
        entry,
        write_time(desk.ledger.entry(entry).recorded_at),
        desk.handle(event.govern.signer.id),
        body,
        None if now is None else _differs(found, body, now),
    )


def approvals(desk: Desk, one: Version) -> list[dict[str, str]]:
    """Return who approved a version, in which role, when, and what that is worth now."""
    return [
        {
            "person": desk.handle(word.person),
            "role": word.role,
            "meaning": word.meaning,
            "at": write_time(word.at),
            "entry": f"#{word.entry}",
            "validity": review.worth(desk, one, word),
        }
        for word in one.signed
        if word.meaning in APPROVING
    ]


def _differs(then: Recorded, body: RecordDecisions, now: Explanation) -> tuple[tuple[str, str, str], ...]:
    codes = [one.code for one in now.reasons.reasons]
    sides = [
        ("inputs", "as recorded", "as recorded" if then.has_inputs(now.inputs) else "others"),
        ("score", then.score, write_decimal(now.score)),
        ("decision", then.decision, now.decision),
        ("reasons", ", ".join(then.codes) or "none", ", ".join(codes) or "none"),
        ("population", str(body.population), str(now.reference)),
    ]
    return tuple((what, before, after) for what, before, after in sides if before != after)
