"""What is written about a version: its sections with what a policy asks of them, and a document on its way into one."""

from collections.abc import Iterator
from pathlib import Path

from govern import discussion, review, vocabulary
from govern.desk import Desk
from govern.errors import InvalidInput
from govern.record.events import EventKind
from govern.record.inventory import Version
from govern.record.registry import Person
from govern.record.reviews import WORDED
from gui import receipts
from gui.casework import Paper, Receipt, Section

SECTIONS = vocabulary.SECTIONS
MAGIC = {".pdf": (b"%PDF-", "a PDF"), ".docx": (b"PK", "a Word document")}
OPENING = 400
"""So many characters of a text are shown of how it begins."""


def sections(desk: Desk, one: Version, who: Person) -> Iterator[Section]:
    """Yield the sections that a policy asks for and those that have a document; what is asked for comes first."""
    least: dict[str, int] = {}
    for rules in review.dossier_of(desk, one).policies:
        if asked := rules.policy.documentation:
            for section, count in asked.min_words.items():
                least[section] = max(count, least.get(section, 0))
    required = set(discussion.sections(desk, one))
    known = {*SECTIONS, *required, *least, *one.documents}
    for section in sorted(known, key=lambda name: (name not in required, name in one.documents, name)):
        kept = one.documents.get(section)
        is_anothers = kept is not None and kept.person != who.id and who.id not in one.not_reviewers
        yield Section(section, section in required, least.get(section, 0), kept.name if kept else "", is_anothers)


def paper(path: str) -> Paper:
    """Return what there is to know of a file before it is attached."""
    found = discussion.paper(Path(path))
    if not found.content:
        raise InvalidInput(f"{found.name} is empty", hint="choose a file with something in it")
    begins, kind = MAGIC.get(Path(path).suffix.lower(), (b"", ""))
    if not found.content.startswith(begins):
        raise InvalidInput(f"{found.name} is called {kind}, and its bytes are none", hint="save it again as one")
    is_text = found.name.lower().endswith(WORDED)
    opening = found.content[: 4 * OPENING].decode(errors="replace")[:OPENING].strip() if is_text else ""
    return Paper(path, found.name, len(found.content), str(found.digest), found.words, opening)


def attach(desk: Desk, one: Version, section: str, seen: Paper) -> Receipt:
    """Attach a file, unless it is no longer what was looked at."""
    found = discussion.paper(Path(seen.path))
    if str(found.digest) != seen.digest:
        hint = "look at it again, and attach that"
        raise InvalidInput(f"{seen.name} changed since you looked at it", hint=hint, code="file_changed")
    return receipts.receipt(desk, discussion.attach(desk, one, section, found), EventKind.DOCUMENT, one)
