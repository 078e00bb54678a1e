"""An entry in words: what was done to what, with old and new values, for people who read a trail."""

from govern import discussion
from govern.desk import Desk
from govern.record.events import Body, Event
from govern.record.models import AdoptPolicy, Amend, Artefact, OfVersion, RegisterModel, RegisterVersion, TestResult
from govern.record.pending import said
from govern.record.people import Deputise, EndDeputy
from govern.record.reviews import (
    AddDocument,
    Challenge,
    CloseFinding,
    Comment,
    IssueReport,
    MeetCondition,
    Move,
    RaiseFinding,
    Recheck,
    RecordDecisions,
    RecordGate,
    Respond,
    SignOff,
    Waive,
)


def whole(desk: Desk, event: Event) -> str:
    """Return what an event says, and what somebody said with it at length, which can be erased."""
    match event.body:
        case Comment(comment=text) | Challenge(challenge=text) | Respond(response=text):
            return f"{told(desk, event)}: {discussion.text(desk, text)}"
        case _:
            return told(desk, event)


def told(desk: Desk, event: Event) -> str:  # noqa: PLR0911  a case a kind
    """Return what an event says, with names in the place of ids and of digests."""
    match event.body:
        case RegisterModel(model=model, purpose=purpose):
            return f"{model}: {purpose}"
        case Amend(model=model) as body:
            return desk.named(f"{model}: {of_version(event, body)}")
        case RegisterVersion(model=model, version=digest) as body:
            return f"{_version(desk, str(digest)) or model}: {of_version(event, body)}"
        case AdoptPolicy(policy=policy, release=release):
            return f"{policy} {release}"
        case Deputise(person=person, role=role, first=first, last=last):
            return f"{desk.handle(person)}, as {role}, from {first} to {last}"
        case EndDeputy(person=person, deputy=entry):
            return f"{desk.handle(person)}, named in #{entry}"
        case OfVersion(version=digest) as body:
            return ", ".join(
                part for part in (_version(desk, str(digest)), desk.named(of_version(event, body))) if part
            )
        case _:
            return desk.named(said(event).partition(" ")[2])


def of_version(event: Event, body: Body) -> str:  # noqa: C901, PLR0911, PLR0912  a case a kind
    """Return what an event says of the one version that it is about; people stand in it by their ids."""
    match body:
        case RegisterVersion(artefacts=artefacts):
            return _files(artefacts)
        case Amend(changes=changes):
            return "; ".join(f"{one.what} from {_listed(one.before)} to {_listed(one.after)}" for one in changes)
        case TestResult() as result:
            parts = (("passed", result.passed_tests), ("warned", result.warned_tests), ("failed", result.failed_tests))
            return "; ".join(f"{word} {', '.join(tests)}" for word, tests in parts if tests)
        case SignOff(conditions=conditions):
            asked = "".join(f"; {one.text}, {one.owner}, until {one.due}" for one in conditions or ())
            return f"{event.govern.meaning or ''}{asked}".replace("_", " ")
        case Move(before=before, after=after, production_role=role, rollback=rollback):
            how = f" as {role}" if role else ""
            return f"{'back ' if rollback else ''}from {before} to {after}{how}".replace("_", " ")
        case RaiseFinding(title=title, severity=severity, owner=owner, due=due):
            return f"{severity}: {title}; {owner} until {due}"
        case CloseFinding(finding=entry):
            return f"finding #{entry}"
        case MeetCondition(sign_off=entry, condition=place):
            return f"condition {place + 1} of #{entry}"
        case Waive(policy=policy, check=check, until=until, category=category, control=control):
            return f"{policy} {check} until {until}, {category}: {control}"
        case AddDocument(section=section, references=references):
            return f"{section}: {references[0].name}"
        case Challenge(anchor=str() as anchor) | Comment(anchor=str() as anchor):
            return f"about {anchor}"
        case Respond(challenge=entry):
            return f"to #{entry}"
        case Recheck(check=check):
            return check
        case RecordGate(gate=gate, environment=environment, decision=decision, because=because):
            where = f" in {environment}" if environment else ""
            why = f", because {', '.join(because)}" if because else ""
            return f"to {gate}{where}: {decision.replace('_', ' ')}{why}"
        case RecordDecisions(rows=rows, declined=declined, blocked=blocked):
            return f"{rows:,} cases, {declined:,} declined" + (f", {blocked:,} of them blocked" if blocked else "")
        case IssueReport(template=template):
            return template.replace("-", " ")
        case _:
            return ""


def _version(desk: Desk, digest: str) -> str:
    found = desk.ledger.registry.inventory.versions.get(digest)
    return found.name if found else ""


def _files(artefacts: tuple[Artefact, ...]) -> str:
    shown = ", ".join(one.name + (" (not held here)" if one.by_reference else "") for one in artefacts[:3])
    return f"{shown} and {len(artefacts) - 3} more" if len(artefacts) > 3 else shown or "no file"  # noqa: PLR2004  three are shown


def _listed(texts: tuple[str, ...]) -> str:
    return ", ".join(texts) or "none"
