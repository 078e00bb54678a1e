"""What waits for a person, computed from the record and the time: no task is ever written down.

Each says in words why it is here. People stand in them by their ids.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from govern.errors import GovernError
from govern.ledger.contents import Blob
from govern.ledger.strict import Digest, read_json
from govern.policy.approvals import APPROVING, Meaning, last_words, ratifying
from govern.policy.document import ROLLBACK
from govern.policy.resolve import Resolved
from govern.record.dossier import Dossier, adopted, dossier_under
from govern.record.identity import NEVER_SIGN_OFF, Role
from govern.record.inventory import Condition, Finding, Mark, Signed, Version
from govern.record.registry import Person, Registry
from govern.record.rules import GOVERNING
from govern.record.validity import SOON, ends, own_words, standing, validity

SIGNING = frozenset({Role.VALIDATOR, Role.RISK_OFFICER, Role.FAIR_LENDING_OFFICER, Role.MODEL_OWNER})
MEASURING = frozenset({Role.VALIDATOR})
SIGNATURES = frozenset({"sign", "sign again"})
"""What nobody does for another whose work it is."""


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
    policies = adopted(registry.inventory, blob)
    case = _Case(registry, policies, at, blob, any(True for _ in registry.suspects()))
    own = list(_own(case, person))
    found = list(own)
    mine = {one.name for one in registry.inventory.versions.values() if one.involves(person.id)}
    for deputy in registry.inventory.deputies:
        if (
            deputy.person == person.id
            and deputy.is_in_force(at.date())
            and deputy.of in registry.people
            and deputy.role in person.roles
        ):
            other = registry.people[deputy.of]
            role = frozenset({deputy.role}) & other.roles
            until = f"for {deputy.of}, whose deputy you are until {deputy.last}"
            found += [
                replace(task, why=f"{task.why}; {until}")
                for task in _own(case, replace(other, roles=role))
                if task not in own and (task.version not in mine or task.what not in SIGNATURES)
            ]
    listed = list(dict.fromkeys(found))
    return sorted(listed, key=lambda one: (one.due is None, one.due or date.max))


@dataclass(frozen=True, slots=True)
class _Case:
    """What tasks are computed from; the policies are read once for all versions."""

    registry: Registry
    policies: tuple[Resolved, ...]
    at: datetime
    blob: Blob
    has_suspects: bool
    """Whether any key is suspect, so that there may be something to affirm or to look at again."""


def _own(case: _Case, person: Person) -> Iterator[Task]:
    for version in sorted(case.registry.inventory.versions.values(), key=lambda one: one.entry):
        if version.stage != "retired":
            yield from _of_version(case, version, person)
            yield from _owed(version, person, case.at, case.registry.inventory.models[version.model].owner)
        if version.rolled_back and version.since:
            yield from _to_ratify(case, version, person, version.since)
        if case.has_suspects:
            yield from _doubted(case.registry, version, person)
    if case.has_suspects:
        yield from _policies_doubted(case.registry, person)
    if Role.RISK_OFFICER in person.roles:
        for rules in case.policies:
            last = rules.policy.effective.review_by
            if last and last <= (case.at + SOON).date():
                said = f"{rules.policy.id} {rules.policy.version} is to be reviewed"
                yield Task(rules.policy.id, "review policy", said, last)


def _of_version(case: _Case, version: Version, person: Person) -> Iterator[Task]:
    """Yield what is to be signed or submitted; a dossier is computed only where something hangs on it."""
    last = next((one for one in reversed(version.signed) if one.person == person.id), None)
    made, rejected = version.involves(person.id), rejection(case.registry, version)
    if rejected and person.id in {version.requester, case.registry.inventory.models[version.model].owner}:
        said = f"{rejected.person} rejected it in #{rejected.entry}, “{rejected.reason}”"
        yield Task(version.name, "submit again", f"{said}: mend it and submit it, or withdraw it; nobody else is asked")
    sign = Task(version.name, "sign", f"submitted by {version.requester}, and you have not signed")
    reviews = not made and not rejected and bool(SIGNING & person.roles) and _waits(version)
    if reviews and last is None and version.stage == "in_review":
        yield sign
        return
    if not (last or reviews or (made and version.dossier)):
        return
    now = dossier_under(case.policies, case.registry.inventory, version)
    digest = now.digest
    is_due = version.stage == "in_review" or version.dossier == digest
    if reviews and is_due and (last is None or last.dossier != digest):
        yield sign
    if made and version.dossier not in {None, digest}:
        yield Task(version.name, "submit again", "it changed since it was submitted")
    if last and last.meaning in APPROVING and not rejected:
        yield from _signed(case, now, digest, last)


def _to_ratify(case: _Case, version: Version, person: Person, since: datetime) -> Iterator[Task]:
    """Yield that a rollback waits for the word of somebody else, and until when."""
    known = version.not_reviewers | version.rolled_back
    said = [one for one in own_words(case.registry, version) if one.at > since and one.meaning in APPROVING]
    if person.id in known or any(one.person not in known for one in said):
        return
    for rules in dossier_under(case.policies, case.registry.inventory, version).policies:
        gate, roles = rules.policy.gates.get(ROLLBACK), ratifying(rules.policy) or SIGNING
        if gate and gate.ratify_within and roles & person.roles:
            by, due = ", ".join(sorted(version.rolled_back)), gate.ratify_within.after(since)
            yield Task(version.name, "sign", f"{by} rolled it back: to be ratified by somebody else", due.date())


def rejection(registry: Registry, version: Version) -> Signed | None:
    """Return the newest rejection of what is in review now, if it still is its person's word in a role that signs off."""
    if version.stage not in {"in_review", "production"}:
        return None
    words = last_words(own_words(registry, version, version.dossier))
    # What went to production in spite of a rejection is reviewed no more: only what was said since counts there.
    rejected = [
        one
        for one in words
        if one.meaning == Meaning.REJECTED
        and one.role not in NEVER_SIGN_OFF
        and (version.stage == "in_review" or (version.since and one.at > version.since))
    ]
    return max(rejected, key=lambda one: one.entry, default=None)


def _waits(version: Version) -> bool:
    """Say whether a version waits for signatures: in review, and in production if nobody signed what was submitted."""
    if version.stage == "production":
        return all(one.dossier != version.dossier for one in version.signed)
    return version.stage == "in_review"


def _signed(case: _Case, now: Dossier, digest: Digest, last: Signed) -> Iterator[Task]:
    """Yield what becomes of a signature that somebody gave; what is kept is not hashed again for it."""
    if last.dossier == digest:
        why = standing(case.registry, now, last, case.at)
    else:
        why = validity(case.registry, now, last, _then(case.blob, last), lambda _: None, case.at)
    end = ends(now, last)
    if why:
        yield Task(now.version.name, "sign again", f"your signature of #{last.entry} is {why}")
    elif end and end <= case.at + SOON:
        yield Task(now.version.name, "sign again", f"your signature of #{last.entry} ends soon", end.date())


def _then(blob: Blob, signed: Signed) -> Any:
    try:
        return read_json(blob(signed.dossier))
    except GovernError:
        return None


def _owed(version: Version, person: Person, at: datetime, owner: str) -> Iterator[Task]:
    """Yield answers, mending and measuring that wait for somebody."""
    answers = version.involves(person.id) or person.id == owner
    for challenge in version.challenges:
        if challenge.answered is None and answers and challenge.person != person.id:
            yield Task(
                version.name, "answer", f"{challenge.person} challenges {challenge.anchor} in #{challenge.entry}"
            )
    for finding in (one for one in version.open_findings if one.owner == person.id):
        said = f"{finding.title}: {finding.severity} finding #{finding.entry}{_again(finding)}"
        yield Task(version.name, "mend", said, finding.due)
    conditions = [(signed, one) for signed in version.signed for one in signed.conditions if _owes(one, person)]
    for signed, condition in conditions:
        said = f"{condition.text}: condition of #{signed.entry}{_again(condition)}"
        yield Task(version.name, "meet", said, condition.due)
    for waiver in version.waivers.values():
        concerned = person.id == owner or person.id in {one.person for one in waiver.persons}
        if concerned and waiver.until <= (at + SOON).date():
            ended = "ended" if waiver.until < at.date() else "ends soon"
            yield Task(version.name, "waiver", f"the waiver of {waiver.check} in #{waiver.entry} {ended}", waiver.until)
    if MEASURING & person.roles:
        for check, entry in sorted(version.rechecks.items()):
            yield Task(version.name, "measure", f"#{entry} asks for {check} again")


def _doubted(registry: Registry, version: Version, person: Person) -> Iterator[Task]:
    """Yield what a person is to affirm, and what somebody disowned that holds all the same."""
    model = registry.inventory.models[version.model]
    said: list[tuple[str, Finding | Condition]] = [("closes a finding", one) for one in version.findings]
    said += [("meets a condition", one) for signed in version.signed for one in signed.conditions]
    for what, settled in said:
        if settled.doubted is not None and version.stage != "retired":
            yield from _to_affirm(registry, person, version.name, what, Mark(settled.doubted, settled.keyid))
    holds = [(f"makes it {version.stage}", version.moved)] if version.moved else []
    if version.number == len(registry.inventory.numbered[version.model]):
        # Of the amendments of each fact, the last is what it is now.
        last = {one.what: one.by for one in model.amendments}
        holds += [(f"amends the {what}", by) for what, by in last.items()]
    for what, by in holds:
        yield from _to_affirm(registry, person, version.name, what, by)
        if GOVERNING & person.roles or person.id == model.owner:
            yield from _to_look_at(registry, version.name, what, by)


def _policies_doubted(registry: Registry, person: Person) -> Iterator[Task]:
    """Yield the same of policies that were adopted, unless a later release is in force."""
    for one in sorted(registry.inventory.adopted.values(), key=lambda one: one.entry):
        now = registry.inventory.policies.get(one.id)
        if one.is_doubted and (now is None or now.entry < one.entry):
            what = f"adopts {one.id} {one.release}"
            yield from _to_affirm(registry, person, one.id, what, one.by)
            if Role.RISK_OFFICER in person.roles:
                yield from _to_look_at(registry, one.id, what, one.by)


def _to_affirm(registry: Registry, person: Person, name: str, what: str, by: Mark) -> Iterator[Task]:
    if registry.owners[by.keyid] == person.id and registry.is_suspect(by.keyid, by.entry):
        why = f"#{by.entry} {what}, and its key is suspect: `govern key reaffirm {by.entry}`"
        yield Task(name, "affirm", why)


def _to_look_at(registry: Registry, name: str, what: str, by: Mark) -> Iterator[Task]:
    if (by.keyid, by.entry) in registry.disowned:
        yield Task(name, "look again", f"#{by.entry} {what}, and was disowned: see whether that is to stay")


def _again(one: Finding | Condition) -> str:
    """Return why something is open that was settled before."""
    return "" if one.doubted is None else f"; what settled it, #{one.doubted}, was signed by a suspect key"


def _owes(condition: Condition, person: Person) -> bool:
    return condition.met is None and condition.owner == person.id
