"""What waits for a person, computed from the record and the time: no task is ever written down.

Each says in words why it is here. People stand in them by their ids.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from govern.errors import GovernError
from govern.ledger.strict import read_json
from govern.policy.approvals import APPROVING
from govern.policy.validity import Period
from govern.record.dossier import Blob, Dossier, dossier, resolved
from govern.record.identity import Role
from govern.record.inventory import Condition, Signed, Version
from govern.record.registry import Person, Registry
from govern.record.validity import VALID, unsettled, validity

SOON = timedelta(days=30)
SIGNING = frozenset({Role.VALIDATOR, Role.RISK_OFFICER, Role.FAIR_LENDING_OFFICER, Role.MODEL_OWNER})
MEASURING = frozenset({Role.VALIDATOR})


@dataclass(frozen=True, slots=True)
class Task:
    """Something that waits for a person, and why."""

    version: str
    """Or the policy that it is about."""
    what: str
    why: str
    due: date | None = None


def tasks(registry: Registry, person: Person, at: datetime, blob: Blob) -> list[Task]:
    """Return what waits for a person at an instant: what is due first, then by the order of the ledger."""
    found = list(_own(registry, person, at, blob))
    for deputy in registry.inventory.deputies:
        if deputy.person == person.id and deputy.is_in_force(at.date()) and deputy.of in registry.people:
            other = registry.people[deputy.of]
            role = frozenset({deputy.role}) & other.roles
            until = f"for {deputy.of}, whose deputy you are until {deputy.last}"
            theirs = _own(registry, replace(other, roles=role), at, blob)
            found += [replace(task, why=f"{task.why}; {until}") for task in theirs]
    listed = list(dict.fromkeys(found))
    return sorted(listed, key=lambda one: (one.due is None, one.due or date.max))


def _own(registry: Registry, person: Person, at: datetime, blob: Blob) -> Iterator[Task]:
    for version in sorted(registry.inventory.versions.values(), key=lambda one: one.entry):
        if version.stage != "retired":
            yield from _of_version(registry, version, person, at, blob)
    if Role.RISK_OFFICER in person.roles:
        for _, policy in sorted(registry.inventory.policies.items()):
            last = resolved(policy, blob).policy.effective.review_by
            if last and last <= (at + SOON).date():
                yield Task(policy.id, "review policy", f"{policy.id} {policy.release} is to be reviewed", last)


def _of_version(registry: Registry, version: Version, person: Person, at: datetime, blob: Blob) -> Iterator[Task]:
    last = next((one for one in reversed(version.signed) if one.person == person.id), None)
    if version.stage == "in_review" or last or version.dossier:
        now = dossier(registry.inventory, version, blob)
        yield from _to_sign(version, person, now, last)
        if person.id in version.not_reviewers and version.dossier not in {None, now.digest}:
            yield Task(version.name, "submit again", "it changed since it was submitted")
        if last and last.meaning in APPROVING:
            yield from _signed(registry, now, last, at, blob)
    yield from _owed(version, person, at, registry.inventory.models[version.model].owner)


def _signed(registry: Registry, now: Dossier, last: Signed, at: datetime, blob: Blob) -> Iterator[Task]:
    """Yield what becomes of a signature that somebody gave."""
    name, why, end = now.version.name, _lost(registry, now, last, at, blob), _end(now, last)
    if why:
        yield Task(name, "sign again", f"your signature of #{last.entry} is {why}")
    elif end and end <= at + SOON:
        yield Task(name, "sign again", f"your signature of #{last.entry} ends soon", end.date())


def _owed(version: Version, person: Person, at: datetime, owner: str) -> Iterator[Task]:
    """Yield answers, mending and measuring that wait for somebody."""
    answers = person.id in version.not_reviewers or person.id == owner
    for challenge in version.challenges:
        if challenge.answered is None and answers and challenge.person != person.id:
            yield Task(
                version.name, "answer", f"{challenge.person} challenges {challenge.anchor} in #{challenge.entry}"
            )
    for finding in (one for one in version.open_findings if one.owner == person.id):
        yield Task(version.name, "mend", f"{finding.title}: {finding.severity} finding #{finding.entry}", finding.due)
    conditions = [(signed, one) for signed in version.signed for one in signed.conditions if _owes(one, person)]
    for signed, condition in conditions:
        yield Task(version.name, "meet", f"{condition.text}: condition of #{signed.entry}", condition.due)
    for waiver in version.waivers.values():
        concerned = person.id == owner or person.id in {one for one, _ in waiver.persons}
        if concerned and waiver.until <= (at + SOON).date():
            ended = "ended" if waiver.until < at.date() else "ends soon"
            yield Task(version.name, "waiver", f"the waiver of {waiver.check} in #{waiver.entry} {ended}", waiver.until)
    if MEASURING & person.roles:
        for check, entry in sorted(version.rechecks.items()):
            yield Task(version.name, "measure", f"#{entry} asks for {check} again")


def _to_sign(version: Version, person: Person, now: Dossier, last: Signed | None) -> Iterator[Task]:
    waits = version.stage == "in_review" or (version.stage == "production" and version.dossier == now.digest)
    signed = last is not None and last.dossier == now.digest
    if not waits or signed or person.id in version.not_reviewers or not SIGNING & person.roles:
        return
    if version.stage == "in_review" or not any(one.dossier == now.digest for one in version.signed):
        yield Task(version.name, "sign", f"submitted by {version.requester}, and you have not signed")


def _lost(registry: Registry, now: Dossier, last: Signed, at: datetime, blob: Blob) -> str:
    """Return what a signature is worth now, if that is not what it was; what is kept is not hashed again for it."""
    if last.dossier == now.digest and not unsettled(registry, last, at):
        found = validity(registry, now, last, None, lambda _: None, at)
        return "" if found == VALID else found
    try:
        then = read_json(blob(last.dossier))
    except GovernError:
        then = None
    return validity(registry, now, last, then, lambda _: None, at)


def _end(now: Dossier, signed: Signed) -> datetime | None:
    """Return when a signature ends, by the first of the policies that say so."""
    ends = [
        Period.lasting(signed.at, approval.expires).end
        for rules in now.policies
        for approval in rules.policy.approvals.values()
        if signed.role in approval.role and approval.expires
    ]
    return min((one for one in ends if one), default=None)


def _owes(condition: Condition, person: Person) -> bool:
    return condition.met is None and condition.owner == person.id
