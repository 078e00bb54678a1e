"""From entries of the ledger to lines that people read, each verified before its details are shown."""

from govern import review
from govern.desk import Desk
from govern.errors import GovernError
from govern.ledger.envelope import Entry as LedgerEntry
from govern.ledger.proof import check_proof
from govern.ledger.strict import Digest, read_json
from govern.record.events import LOG, Event, EventKind
from govern.record.models import AdoptPolicy, RegisterModel, TestResult
from govern.record.people import Refusal
from govern.record.reviews import Comment, IssueReport, Move, RecordDecisions, RecordGate, SignOff
from gui import words
from gui.reading import full_name
from gui.sights import Entry, Line

THE_LOG = "the log itself"
RESULTS = {"PASSED": "pass", "WARNED": "warn", "FAILED": "fail"}


def line(desk: Desk, entry: LedgerEntry) -> Line:
    event = Event.parse(entry.envelope.payload)
    return Line(entry.index, entry.recorded_at, _who(desk, event), _what(event), _about(desk, event))


def entry(desk: Desk, index: int) -> Entry:
    """Return an entry; whether its signatures and its proof hold is part of what is shown."""
    found = desk.ledger.entry(index)
    event = Event.parse(found.envelope.payload)
    common = event.govern
    try:
        found.envelope.check_signatures(desk.ledger.registry.public_key)
        checkpoint = check_proof(desk.ledger.prove(index), found.leaf(), desk.ledger.registry.log_keys)
        proof, proven = (
            f"Signature and place in the log verified against the checkpoint of {checkpoint.size} entries",
            True,
        )
    except GovernError as error:
        proof, proven = words.sentence(error.message), False
    return Entry(
        line(desk, found),
        common.signer.role,
        common.signed_at,
        common.meaning or "",
        common.reason or "",
        tuple(_facts(desk, event)),
        proof,
        proven,
        found.envelope.signatures[0].keyid,
    )


def _who(desk: Desk, event: Event) -> str:
    return THE_LOG if event.govern.signer.id == LOG else full_name(desk, event.govern.signer.id)


def _what(event: Event) -> str:  # noqa: PLR0911  a case a kind
    said = words.KINDS[event.kind]
    match event.body:
        case SignOff():
            meaning = event.govern.meaning or ""
            return f"{said}: {words.MEANINGS.get(meaning, (meaning,))[0].lower()}"
        case TestResult(result=result):
            return f"{said}: {RESULTS[result]}"
        case Move(before=before, after=after):
            return f"{said}: {words.STAGES[before].lower()} to {words.STAGES[after].lower()}"
        case RecordGate(gate=gate, decision=decision):
            return f"{said}: {gate.replace('_', ' ')}, {decision.replace('_', ' ')}"
        case RecordDecisions(rows=rows, declined=declined):
            return f"{said}: {rows:,} cases, {declined:,} declined"
        case Refusal(refused=refused):
            return (
                f"{said}: {words.KINDS.get(EventKind(refused), refused).lower()}" if refused in set(EventKind) else said
            )
        case _:
            return said


def _about(desk: Desk, event: Event) -> str:
    versions = desk.ledger.registry.inventory.versions
    body = event.body
    match body:
        case RegisterModel(model=model):
            return model
        case AdoptPolicy(policy=policy, release=release):
            return f"{policy} {release}"
        case _:
            pass
    version = str(getattr(body, "version", ""))
    if version in versions:
        return versions[version].name
    person = str(getattr(body, "person", ""))
    return full_name(desk, person) if person in desk.ledger.registry.people else ""


def _facts(desk: Desk, event: Event) -> list[tuple[str, str]]:
    found = [("Event", event.govern.event_id)]
    if event.govern.dossier:
        found.append(("Dossier", str(event.govern.dossier)))
    match event.body:
        case Comment(comment=comment):
            found.insert(0, ("Comment", _comment(desk, comment)))
        case TestResult() as body:
            parts = (("Pass", body.passed_tests), ("Warn", body.warned_tests), ("Fail", body.failed_tests))
            found = [(name, ", ".join(map(words.check, tests))) for name, tests in parts if tests] + found
        case RegisterModel(purpose=purpose):
            found.insert(0, ("Purpose", purpose))
        case IssueReport(template=template):
            found.insert(0, ("Template", template))
        case _:
            pass
    return found


def _comment(desk: Desk, digest: Digest) -> str:
    try:
        return str(read_json(review.content(desk, digest))["text"])
    except GovernError:
        return "(erased)"
