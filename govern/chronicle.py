"""Everything that the ledger has about one version, in its order: who, when, and in which words."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from govern import discussion
from govern.desk import Desk
from govern.ledger.envelope import Entry
from govern.record.events import Event
from govern.record.inventory import Version
from govern.record.models import Amend, OfVersion, RegisterVersion, TestResult
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
    Respond,
    SignOff,
    Waive,
)


@dataclass(frozen=True, slots=True)
class Passage:
    """One entry about a version."""

    entry: int
    recorded: datetime
    people: tuple[str, ...]
    """The handles of whoever signed it."""
    kind: str
    words: str
    reason: str


def history(desk: Desk, one: Version) -> Iterator[Passage]:
    """Yield the entries about a version, and those that amended its model since."""
    digest, registry = one.digest.value.hex().encode(), desk.registry
    for leaf in desk.ledger.entries(one.entry, registry.size):
        entry = Entry.parse(leaf)
        # Most of the ledger is about something else, and is not read further than this.
        if digest not in entry.envelope.payload and b"/amend/" not in entry.envelope.payload:
            continue
        event = Event.parse(entry.envelope.payload)
        if not _is_about(event, one):
            continue
        owners = [registry.owners.get(signature.keyid) for signature in entry.envelope.signatures]
        people = tuple(desk.handle(owner) if owner else "the log" for owner in owners)
        words = desk.named(_words(desk, event))
        yield Passage(entry.index, entry.recorded_at, people, str(event.kind), words, event.govern.reason or "")


def _is_about(event: Event, one: Version) -> bool:
    match event.body:
        case RegisterVersion(version=digest) | OfVersion(version=digest):
            return digest == one.digest
        case Amend(model=model):
            return model == one.model
        case _:
            return False


def _words(desk: Desk, event: Event) -> str:  # noqa: C901, PLR0911, PLR0912  a case a kind
    match event.body:
        case RegisterVersion(artefacts=artefacts):
            return ", ".join(one.name for one in artefacts) or "without artefacts"
        case TestResult(result=result) as body:
            return f"{result.lower()}: {', '.join(body.checks)}"
        case SignOff(conditions=conditions):
            asked = "".join(f"; {one.text}, {one.owner} by {one.due}" for one in conditions or ())
            return f"{event.govern.meaning} as {event.govern.signer.role}{asked}"
        case Move() as body:
            role = f" as {body.production_role}" if body.production_role else ""
            return f"{'back ' if body.rollback else ''}from {body.before} to {body.after}{role}"
        case Comment(comment=text):
            return discussion.text(desk, text)
        case Challenge(challenge=text, anchor=anchor):
            return f"{anchor}: {discussion.text(desk, text)}"
        case Respond(challenge=entry, response=text):
            return f"answers #{entry}: {discussion.text(desk, text)}"
        case RaiseFinding() as body:
            return f"{body.severity}: {body.title}; {body.owner} by {body.due}"
        case CloseFinding(finding=entry):
            return f"closes #{entry}"
        case MeetCondition(sign_off=entry, condition=place):
            return f"condition {place + 1} of #{entry} is met"
        case Waive() as body:
            return f"{body.policy}/{body.check} until {body.until}, {body.category}: {body.control}"
        case AddDocument(section=section, references=references):
            return f"{section}: {references[0].name}"
        case Recheck(check=check):
            return check
        case IssueReport(template=template):
            return template
        case Amend(changes=changes):
            return "; ".join(
                f"{one.what} from {', '.join(one.before) or 'none'} to {', '.join(one.after) or 'none'}"
                for one in changes
            )
        case _:
            return ""
