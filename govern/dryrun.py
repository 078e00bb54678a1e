"""What a policy would change if it were adopted: versions judged by it, and signatures it would void; nothing is filed.

Its release takes the place of the adopted one of the same id, all else is as it is. A policy that is not in force yet is
tried as of its first day, on both sides, so that only the policy differs. Signatures are no part of it: whatever release
is adopted next, versions are signed anew under it.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from functools import cache

from govern.desk import Desk
from govern.errors import GovernError
from govern.ledger.contents import Kept
from govern.policy.findings import Decision, Finding, Judgement, Verdict
from govern.policy.resolve import Resolved
from govern.record.dossier import adopted, dossier_under
from govern.record.inventory import Signed, Version
from govern.record.judging import judgement_of
from govern.record.registry import Registry
from govern.record.validity import standing
from govern.storage import blobs

TRIED = frozenset({"in_review", "validated", "approved", "production"})
"""Stages whose versions somebody decides on, or that decide themselves."""
WORST_FIRST = (
    Verdict.FAIL,
    Verdict.NOT_MEASURED,
    Verdict.INCONCLUSIVE,
    Verdict.WARN,
    Verdict.WAIVED,
    Verdict.PASS,
    Verdict.NOT_APPLICABLE,
)


@dataclass(frozen=True, slots=True)
class Turned:
    """A rule that says something else; None where it says nothing."""

    rule: str
    before: Verdict | None
    after: Verdict | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """One version, judged by what is adopted and by what is tried."""

    version: Version
    before: Decision
    after: Decision
    turned: tuple[Turned, ...] = ()
    because: tuple[str, ...] = ()
    """What stops it under what is tried; if nothing does, what stops it now."""
    trouble: str = ""
    """Why it could not be judged, if it could not."""

    @property
    def differs(self) -> bool:
        return self.before is not self.after or bool(self.turned or self.trouble)


def concerned(desk: Desk) -> list[Version]:
    """Return the versions that a policy is tried on, by model and number."""
    inventory = desk.registry.inventory
    return [one for name in sorted(inventory.models) for one in inventory.of(name) if one.stage in TRIED]


def tried(desk: Desk, versions: Sequence[Version], then: Resolved) -> Iterator[Outcome]:
    """Yield how each version would be judged."""
    kept, registry = _kept(desk), desk.registry  # asked for once: each time the head of the ledger is looked at
    now = adopted(registry.inventory, kept)
    at, after = instant(desk, then), replaced(now, then)
    return (_outcome(registry, one, (now, after), then.policy.id, at, kept) for one in versions)


def voided(desk: Desk, then: Resolved) -> Iterator[tuple[Version, Signed]]:
    """Yield every sign-off that holds now, and was given under another release than the one that would be adopted."""
    registry, kept, at = desk.registry, _kept(desk), desk.clock()
    inventory = registry.inventory
    now = adopted(inventory, kept)
    after = replaced(now, then)
    for one in sorted(inventory.versions.values(), key=lambda one: one.entry):
        if not one.signed or one.stage == "retired":
            continue
        seen = dossier_under(now, inventory, one)
        if seen.digest == dossier_under(after, inventory, one).digest:
            continue
        last = {said.person: said for said in one.signed if said.dossier == seen.digest}
        yield from ((one, said) for said in last.values() if not standing(registry, seen, said, at))


def replaced(policies: Sequence[Resolved], then: Resolved) -> tuple[Resolved, ...]:
    """Return policies with one in the place of its other release."""
    others = [one for one in policies if one.policy.id != then.policy.id]
    return tuple(sorted([*others, then], key=lambda one: one.policy.id))


def instant(desk: Desk, then: Resolved) -> datetime:
    """Return when a policy is tried: now, or on its first day if that is to come."""
    now, first = desk.clock(), then.policy.effective.from_
    return max(now, datetime.combine(first, time.min, UTC)) if first else now


def _kept(desk: Desk) -> Kept:
    """Return what is kept, each read once."""
    kept = blobs.kept(desk.store)
    return replace(kept, read=cache(kept.read))


def _outcome(  # noqa: PLR0913, PLR0917  a trial has as many sides
    registry: Registry,
    one: Version,
    sides: tuple[tuple[Resolved, ...], tuple[Resolved, ...]],
    id_: str,
    at: datetime,
    kept: Kept,
) -> Outcome:
    try:
        was, now = (judgement_of(registry, dossier_under(of, registry.inventory, one), at, kept) for of in sides)
    except GovernError as error:
        return Outcome(one, Decision.NOTHING_CHECKED, Decision.NOTHING_CHECKED, trouble=error.message)
    turned = tuple(_turned(_of(was, id_), _of(now, id_)))
    return Outcome(one, was.decision, now.decision, turned, now.because or was.because)


Said = dict[tuple[str, str], Verdict]
"""By rule and group."""


def _of(found: Judgement, id_: str) -> Said:
    """Return what one policy says, at its worst: a check that is also compared has two findings of a group."""
    said: dict[tuple[str, str], list[Verdict]] = defaultdict(list)
    for one in found.findings:
        if one.policy == id_:
            said[one.rule, _group(one)].append(one.verdict)
    return {key: min(verdicts, key=WORST_FIRST.index) for key, verdicts in said.items()}


def _turned(was: Said, now: Said) -> Iterator[Turned]:
    """Yield each rule that says something else, at its worst among the groups where it does."""
    differing: dict[str, list[tuple[Verdict | None, Verdict | None]]] = defaultdict(list)
    for key in sorted({**was, **now}):
        if was.get(key) is not now.get(key):
            differing[key[0]].append((was.get(key), now.get(key)))
    for rule, pairs in differing.items():
        yield Turned(rule, _worst([before for before, _ in pairs]), _worst([after for _, after in pairs]))


def _worst(verdicts: Sequence[Verdict | None]) -> Verdict | None:
    return min((one for one in verdicts if one), key=WORST_FIRST.index, default=None)


def _group(one: Finding) -> str:
    return "" if one.group is None else repr(sorted(one.group.items(), key=str))
