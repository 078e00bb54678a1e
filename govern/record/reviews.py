"""What events of a review add to the fields that all events share: from submitting a version to retiring it.

All but a deputy are about one version. What people say at length (a comment, a challenge, an answer) is a salted blob, so
that it can be erased; what is judged or signed (a finding, a condition, a waiver) stands in the event itself.
"""

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from govern.record.fields import Count, Day, Flag, Hashed, Instant, Matching, Part, Person, Prose, SignerId, Some, Word
from govern.record.models import Descriptor, OfVersion, Slug, Software

Stage: TypeAlias = Literal["registered", "in_review", "validated", "approved", "production", "suspended", "retired"]
Severity: TypeAlias = Literal["low", "medium", "high", "critical"]
Section: TypeAlias = Annotated[str, Matching("[a-z][a-z0-9_]{0,63}", "a section like limitations")]
Anchor: TypeAlias = Annotated[
    str,
    Matching(
        "(section|evidence|document|finding|policy):[A-Za-z0-9_.#-]{1,80}", "like evidence:auc or section:limitations"
    ),
]
"""What something is said about: ``evidence:auc``, ``section:limitations``."""

WORDED = (".md", ".txt", ".markdown")
"""Documents whose words can be counted."""


class Submit(OfVersion):
    """A version goes to review; its dossier is what `dossier` names from here on."""


class Recall(OfVersion):
    """Whoever submitted a version, or owns its model, takes it back out of review."""


class RequestChanges(OfVersion):
    """A reviewer sends a version back."""


class Comment(OfVersion):
    """Something said about a version; the text is a salted blob, and can be erased."""

    comment: Hashed
    anchor: Annotated[Anchor | None, Some] = None


class Challenge(OfVersion):
    """A reviewer doubts something, and is owed an answer."""

    challenge: Hashed
    anchor: Anchor


class Respond(OfVersion):
    """An answer to a challenge, which is named by its entry."""

    challenge: Count
    response: Hashed


class RaiseFinding(OfVersion):
    """Something is wrong with a version: how badly, and who mends it by when."""

    title: Prose
    severity: Severity
    owner: Person
    due: Day


class CloseFinding(OfVersion):
    """A finding, named by its entry, is mended: a validator who is not its owner says so."""

    finding: Count


class Condition(Part):
    """What has to be done after an approval, by whom and by when."""

    text: Prose
    owner: Person
    due: Day


class SignOff(OfVersion):
    """A person's word on a version: the dossier, the meaning and the reason are in what all events share."""

    conditions: Annotated[tuple[Condition, ...] | None, Some, Field(min_length=1, max_length=16)] = None


class MeetCondition(OfVersion):
    """A condition, named by the entry of its approval and its place there, is met."""

    sign_off: Count
    condition: Count


class Waive(OfVersion):
    """A failing check is accepted until a day, by as many as the policy asks for."""

    policy: Slug
    check: Word
    until: Day
    category: Literal["accepted", "mitigated"]
    control: Prose
    """What is done instead."""


class Move(OfVersion):
    """A version changes its stage; a rollback takes one that was in production before back to it."""

    before: Stage
    after: Stage
    production_role: Annotated[Literal["champion", "challenger"] | None, Some] = None
    rollback: Annotated[Flag | None, Some] = None


class Attester(Part):
    """Who refers to something, as in-toto writes it."""

    id: SignerId


class AddDocument(OfVersion):
    """A document for one section of the dossier, in place of the one before: in-toto's reference, with our fields beside."""

    attester: Attester
    references: Annotated[tuple[Descriptor, ...], Field(min_length=1, max_length=1)]
    section: Section
    content: Hashed
    size: Count
    words: Annotated[Count | None, Some] = None
    """How many words there are, where the format says it (Markdown and plain text)."""


def words_in(name: str, content: bytes) -> int | None:
    """Return how many words a document has; none where that is not to be counted."""
    # Bytes are parted at ASCII spaces only: what Unicode calls a space changes.
    return len(content.split()) if name.lower().endswith(WORDED) else None


class Recheck(OfVersion):
    """Somebody wants a check measured again."""

    check: Word


class IssueReport(OfVersion):
    """A report about a version was made, with this digest, and sealed with this certificate."""

    report: Hashed
    certificate: Hashed
    template: Word


MOST_REASONS = 32


class RecordGate(OfVersion):
    """What the policies said when somebody asked whether a version may go to a stage."""

    gate: Word
    environment: Annotated[Word | None, Some] = None
    decision: Literal["allow", "deny", "needs_person", "not_applicable", "nothing_checked"]
    because: Annotated[tuple[Prose, ...] | None, Some, Field(min_length=1, max_length=MOST_REASONS)] = None
    """The first so many of its reasons."""
    policies: Annotated[tuple[Hashed, ...] | None, Some, Field(min_length=1, max_length=64)] = None
    """What it was judged by."""
    judged: Hashed
    """The dossier."""
    at: Instant


class RecordDecisions(OfVersion):
    """What a version decided of a batch of cases: how many, by what, and the root of one salted leaf for each case."""

    batch: Hashed
    """Root of the tree of RFC 6962 whose leaves are the cases in the order of their ids."""
    rows: Annotated[Count, Field(ge=1)]
    declined: Count
    blocked: Count
    """Declined, and no reason may be told."""
    approve: Prose
    """The rule."""
    model: Hashed
    """The artefact that scored."""
    dictionary: Hashed
    reference: Literal["near_cutoff", "approved", "all"]
    population: Hashed
    """Whom the declined are compared with."""
    method: Annotated[Word | None, Some] = None
    """How they were explained, if anybody was declined."""
    software: Annotated[tuple[Software, ...], Field(max_length=16)]
    sandbox: Word


Reviewing: TypeAlias = (
    Recall
    | RequestChanges
    | Challenge
    | Respond
    | RaiseFinding
    | CloseFinding
    | MeetCondition
    | Waive
    | AddDocument
    | Recheck
)
"""What is said between submitting a version and signing it off."""
