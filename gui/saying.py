"""What is said of a version besides signing it: one word, one entry, and its receipt verified before it is shown."""

from collections.abc import Callable

from govern import discussion
from govern.desk import Desk
from govern.errors import InvalidInput
from govern.ledger import Receipt
from govern.record.events import EventKind
from govern.record.inventory import Version
from gui import receipts
from gui.casework import Said, Word

KINDS = {
    "comment": EventKind.COMMENT,
    "challenge": EventKind.CHALLENGE,
    "answer": EventKind.RESPONSE,
    "finding": EventKind.FINDING,
    "close": EventKind.CLOSE_FINDING,
    "meet": EventKind.CONDITION_MET,
    "changes": EventKind.REQUEST_CHANGES,
}


def say(desk: Desk, one: Version, word: Word) -> Said:
    found = receipts.receipt(desk, _filed(desk, one, word), KINDS[word.kind], one)
    return Said(found.entry, word.kind, one.name, found.recorded_at)


def _filed(desk: Desk, one: Version, word: Word) -> Receipt:
    says: dict[str, Callable[[], Receipt]] = {
        "comment": lambda: discussion.comment(desk, one, word.text, word.anchor),
        "challenge": lambda: discussion.challenge(desk, one, word.text, word.anchor),
        "answer": lambda: discussion.respond(desk, one, word.entry, word.text),
        "close": lambda: discussion.close_finding(desk, one, word.entry, word.text),
        "meet": lambda: discussion.meet_condition(desk, one, word.entry, word.place, word.text),
        "changes": lambda: discussion.request_changes(desk, one, word.text),
    }
    if word.kind != "finding":
        return says[word.kind]()
    if word.due is None:
        raise InvalidInput("a finding has a day on which it is due")
    return discussion.raise_finding(desk, one, word.text, word.severity, word.owner, word.due)
