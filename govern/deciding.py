"""Deciding at a desk: a batch of cases by a version's own model, rule and words, filed as its counts and its root.

What was decided of whom stands in a file of the firm's own. It is written first: a file without an entry claims nothing, an
entry without its file could never be shown to anybody.
"""

from importlib.metadata import version
from pathlib import Path

from govern import discussion, measuring, review
from govern.checks import validation
from govern.checks.decided import Cases, Decided, Terms, decide
from govern.checks.population import Reference
from govern.checks.validation import MOST_EXPLAINED, Validation
from govern.desk import Desk
from govern.errors import InvalidInput, NotAllowed
from govern.ledger import Receipt
from govern.policy.evidence import Reasoning
from govern.policy.explaining import Tried, evidence_of
from govern.record.fields import read_part
from govern.record.identity import Role
from govern.record.inventory import Version
from govern.record.models import Software
from govern.record.reviews import RecordDecisions
from govern.storage import durable

SECTION = "reason_codes"
"""Of the dossier, where the validation of its reasons stands."""


def record(  # noqa: PLR0913, PLR0917  a decision has as many sides
    desk: Desk, one: Version, cases: Cases, reference: Reference, out: Path, terms: measuring.Terms = measuring.KEPT
) -> tuple[Receipt, Decided]:
    """Decide every case of a file by a version, write what was decided to ``out``, and file the batch."""
    by = Terms(measuring.approving(desk, one), measuring.dictionary(desk, one), reference)
    desk.signer()  # nobody waits for a batch that nobody will sign
    if out.exists():
        raise durable.taken(out)
    found = decide(measuring.model_of(desk, one, terms), cases, by, desk.chance)
    with durable.created(out, 0o600) as file:
        found.write(file, one.digest)
    try:
        return desk.say(_body(one, found), (*review.SIGNS, Role.AUDITOR)), found
    except (InvalidInput, NotAllowed):
        durable.remove(out)
        raise


def validate(  # noqa: PLR0913, PLR0917  a validation has as many sides
    desk: Desk,
    one: Version,
    cases: Cases,
    reference: Reference,
    by: tuple[str, ...],
    resamples: int,
    terms: measuring.Terms = measuring.KEPT,
) -> Validation:
    """Try the reasons that a version gives on the declined of a file."""
    words = Terms(measuring.approving(desk, one), measuring.dictionary(desk, one), reference)
    return validation.validate(measuring.model_of(desk, one, terms), cases, words, by, resamples=resamples)


def record_validation(desk: Desk, one: Version, found: Validation) -> Receipt:
    """Keep a validation as evidence and as a document of the dossier, signed by a validator."""
    person = desk.signer()
    if Role.VALIDATOR not in person.roles:
        raise NotAllowed(
            f"{desk.handle(person.id)} is no validator", code="role", hint="the process is validated by one: --as NAME"
        )
    if found.alike is not None and found.source:
        evidence = evidence_of(_tried(desk, one, found, found.alike), found.model, one.digest)
        name, _, release = found.library.partition(" ")
        software = {"govern": version("govern"), name: release}
        review.record_evidence(desk, one, evidence, found.source, software, found.sandbox)
        one = review.version(desk, one.name)
    paper = discussion.Paper("reason-codes.md", validation.document(found, one.name, one.digest))
    return discussion.attach(desk, one, SECTION, paper)


def _tried(desk: Desk, one: Version, found: Validation, alike: float) -> Tried:
    """Return what the evidence of a validation says: numbers and digests, no case."""
    how = {
        "approve": str(measuring.approving(desk, one)),
        "dictionary": measuring.dictionary(desk, one).digest,
        "reference": found.kind,
        "population": found.population,
        "most": MOST_EXPLAINED,
        "method": found.method,
    }
    reasoning = Reasoning.model_validate(how)
    return Tried(alike, found.explained, found.told, found.resamples, found.seed, found.rows, reasoning)


def _body(one: Version, found: Decided) -> RecordDecisions:
    by = found.terms
    body = {
        "version": one.digest,
        "batch": found.root,
        "rows": found.table.num_rows,
        "declined": found.declined,
        "blocked": found.blocked,
        "approve": str(by.approve),
        "model": found.model,
        "dictionary": by.dictionary.digest,
        "reference": by.reference.kind.value,
        "population": found.population,
        "software": tuple(Software(name=name, version=text) for name, text in filter(None, [found.library])),
        "sandbox": found.sandbox,
    }
    return read_part(RecordDecisions, body | ({"method": found.method} if found.method else {}), "the decisions")
