"""From the desk's words to the portfolio: all models in numbers, and what was so on a day."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from govern import portfolio, review
from govern.desk import Desk
from govern.errors import GovernError
from govern.inbox import inbox
from govern.policy.approvals import APPROVING
from govern.record.inventory import Version
from govern.record.manifest import Manifest
from govern.record.validity import VALID, validity
from gui import reading, words
from gui.lists import Answer, Approver, Assessed, Portfolio, Waiting
from gui.tones import Tone

SOON, LONGEST = timedelta(days=30), 6
SETTLED = frozenset({"production", "retired"})
"""Stages that a version may stay in for as long as it likes."""


def numbers(desk: Desk, handle: str) -> Portfolio:
    lines, at = portfolio.lines(desk), desk.clock()
    cells = Counter((one.model.risk_tier, stage) for one in lines for stage in one.stages() or {""})
    alive = [(one.model.name, version) for one in lines for version in one.versions if version.stage != "retired"]
    people = desk.registry.people
    owners = {one.model.name: people.get(one.model.owner) for one in lines}
    today = at.date()
    return Portfolio(
        size=desk.registry.size,
        models=tuple(one.model.name for one in lines),
        cells=tuple((tier, stage, count) for (tier, stage), count in sorted(cells.items())),
        late_findings=frozenset(name for name, of in alive if any(one.due < today for one in of.open_findings)),
        late_conditions=frozenset(name for name, of in alive if _owes(of, today)),
        waivers=frozenset(
            name for name, of in alive if any(one.until <= (at + SOON).date() for one in of.waivers.values())
        ),
        unowned=frozenset(name for name, owner in owners.items() if owner is None or not owner.may_sign),
        waiting=_waiting([version for _, version in alive], at),
        mine=len({task.version for task in inbox(desk, handle)}),
    )


def assess(desk: Desk, names: Sequence[str]) -> dict[str, Assessed]:
    """Return how models stand: this judges each of them."""
    return {name: _assessed(desk, name) for name in names}


def answer(desk: Desk, name: str, day: date | None) -> Answer:
    """Return which version decided, and what it rests on; ``desk`` reads as of that day."""
    one = desk.registry.inventory.champion(review.model(desk, name).name)
    if one is None:
        stages = sorted({words.STAGES[of.stage].lower() for of in desk.registry.inventory.of(name)})
        where = f"its versions were {' and '.join(stages)}" if stages else "it had no version"
        return Answer(name, day, why_none=f"No version of {name} was in production as champion; {where}.")
    now = review.dossier_of(desk, one)
    adopted = {str(policy.digest): policy.entry for policy in desk.registry.inventory.policies.values()}
    last = {said.person: said for said in one.signed}
    return Answer(
        model=name,
        day=day,
        champion=one.name,
        since=one.since,
        approvers=tuple(
            Approver(reading.full_name(desk, said.person), said.role, said.meaning, said.at, said.entry)
            for said in last.values()
            if said.meaning in APPROVING
        ),
        policies=tuple(
            (f"{rules.policy.id} {rules.policy.version}", adopted.get(str(rules.digest), 0)) for rules in now.policies
        ),
        approve=Manifest.parse(review.content(desk, one.digest)).approve or "",
    )


def _assessed(desk: Desk, name: str) -> Assessed:
    versions = desk.registry.inventory.of(name)
    if not versions:
        return Assessed(Tone.NONE, has_void=False)
    try:
        tone, _ = reading.verdict(desk, versions[-1])
        return Assessed(tone, any(_has_void(desk, one) for one in versions if one.stage != "retired"))
    except GovernError:
        return Assessed(Tone.FAIL, has_void=True)


def _has_void(desk: Desk, one: Version) -> bool:
    """Say whether somebody's last approval is worth nothing now; what is kept is not hashed again for it."""
    last = {said.person: said for said in one.signed}
    approvals = [said for said in last.values() if said.meaning in APPROVING]
    if not approvals:
        return False
    now = review.dossier_of(desk, one)
    return any(validity(desk.registry, now, said, None, lambda _: None, desk.clock()) != VALID for said in approvals)


def _owes(one: Version, today: date) -> bool:
    return any(of.met is None and of.due < today for said in one.signed for of in said.conditions)


def _waiting(versions: Sequence[Version], at: datetime) -> tuple[Waiting, ...]:
    """Return what is where it is for longest, but for what may stay there."""
    found = [
        Waiting(one.name, one.stage, (at - (one.since or one.registered)).days)
        for one in versions
        if one.stage not in SETTLED
    ]
    return tuple(sorted(found, key=lambda one: (-one.days, one.version))[:LONGEST])
