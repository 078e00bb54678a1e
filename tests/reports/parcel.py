"""A bundle to test with: a ledger of two registrars and two signers, a version with all it rests on, its sign-off and report."""

from datetime import timedelta
from io import BytesIO
from typing import Any
from zipfile import ZipFile

from govern.ledger import merkle
from govern.ledger.envelope import Entry, seal
from govern.ledger.merkle import leaf_hash
from govern.ledger.note import Checkpoint, sign_note
from govern.ledger.proof import Proof
from govern.ledger.strict import Digest, canonical
from govern.record.events import BASE, STATEMENT
from govern.record.people import RotateKey, key_part
from reports.bundle import Bundle, Opened, Proved, packed
from tests.people import LOG_KEY, LOG_PEN, ORIGIN, Actor, PaperLedger

REPORT = b"%PDF-1.7 of a report"
POLICY = b"schema: govern/policy/v1"
RESOLVED = str(Digest.of(b"the policy as it was resolved"))
WORDS = b"schema: govern/reasons/v1"
CARD = b"schema: govern/model/v1"
EVIDENCE = b"integer tables"
DOCUMENT = b"what it is not for"
SOURCE = str(Digest.of(b"cases"))
MANIFEST = canonical({"model": "credit-risk", "reasons": str(Digest.of(WORDS)), "schema": "govern/manifest/v1"})
VERSION = {"version": str(Digest.of(MANIFEST))}
PREDICATES = {
    "evidence": "https://in-toto.io/attestation/test-result/v0.1",
    "document": "https://in-toto.io/attestation/reference/v0.1",
}
FINDING, WAIVER = 9, 10
"""Where those entries stand that a dossier names by their leaf hash."""
SIGNED, REPORTED, NEXT = 12, 13, 14
"""The sign-off, the report, and the entry after the story."""


def dossier(paper: PaperLedger) -> bytes:
    """Return the dossier that is submitted: it names two entries by their leaves."""
    leaves = [f"sha256:{leaf_hash(paper.leaves[index]).hex()}" for index in (FINDING, WAIVER)]
    value = {
        "schema": "govern/dossier/v1",
        **VERSION,
        "policies": [RESOLVED],
        "evidence": {"auc": {"blob": str(Digest.of(EVIDENCE)), "source": SOURCE}},
        "documents": {"limitations": str(Digest.of(DOCUMENT))},
        "findings": leaves[:1],
        "waivers": leaves[1:],
    }
    return canonical(value)


def statement(actor: Actor, kind: str, body: dict[str, Any] | None = None, /, **govern: Any) -> bytes:
    """Return a statement of a kind that the record of this part may not know yet."""
    common = {
        "eventId": "01936f00-0000-7000-8000-000000000000",
        "logOrigin": ORIGIN,
        "signer": {"id": actor.id, "role": "validator"},
        **govern,
    }
    value = {
        "_type": STATEMENT,
        "predicate": {"govern": common, **(body or {})},
        "predicateType": PREDICATES.get(kind, f"{BASE}{kind}/v1"),
        "subject": [{"name": "credit-risk@7", "digest": {"sha256": Digest.of(kind.encode()).value.hex()}}],
    }
    return canonical(value)


def write(paper: PaperLedger, payload: bytes, *actors: Actor) -> None:
    """Append without asking admission: what a log operator could do, and what events of later parts will be."""
    entry = Entry(len(paper.leaves), paper.now, seal(payload, *(one.pen for one in actors)))
    paper.leaves.append(entry.leaf())
    paper.tree.append(leaf_hash(paper.leaves[-1]))
    paper.now += timedelta(seconds=1)


def told() -> PaperLedger:
    """Return the ledger with its story."""
    paper = PaperLedger.founded("ada", "rob", threshold=2)
    vic = paper.enrol("vic", "validator", by=("ada", "rob"))
    paper.enrol("gus", "auditor", by=("ada", "rob"))
    newer = Actor("vic", "second key")
    paper.do(RotateKey(person=vic.id, key=key_part(newer.new_key)), vic, newer, role="validator")
    story(paper, newer)
    return paper


def story(paper: PaperLedger, by: Actor) -> None:
    """File what a version rests on, and the word on it."""
    model, result = {"model": "credit-risk"}, {"passedTests": ["auc"], "warnedTests": [], "failedTests": []}
    policy = {"policy": "consumer-credit", "source": str(Digest.of(POLICY)), "digest": RESOLVED}
    write(paper, statement(by, "model", model | {"card": str(Digest.of(CARD))}), by)
    write(paper, statement(by, "policy", policy), by)
    write(paper, statement(by, "version", model | VERSION), by)
    measured = {"evidence": str(Digest.of(EVIDENCE)), "source": SOURCE}
    write(paper, statement(by, "evidence", VERSION | result | measured), by)
    document = {"section": "limitations", "content": str(Digest.of(DOCUMENT))}
    write(paper, statement(by, "document", VERSION | document), by)
    write(paper, statement(by, "finding", VERSION | {"title": "drifts"}), by)
    write(paper, statement(by, "waiver", VERSION | {"check": "auc"}), by)
    signed = {"dossier": str(Digest.of(dossier(paper)))}
    write(paper, statement(by, "submit", VERSION, **signed), by)
    word = {"meaning": "validated", "reason": "all figures reproduced"}
    write(paper, statement(by, "sign-off", VERSION, **signed, **word), by)
    write(paper, statement(by, "report", VERSION | {"report": str(Digest.of(REPORT))}), by)


def proved(paper: PaperLedger, index: int, note: bytes) -> Proved:
    path = merkle.inclusion(index, paper.tree.size, paper.tree.node)
    return Proved(paper.leaves[index], bytes(Proof(index, tuple(path), note)))


def bundle(paper: PaperLedger) -> Bundle:
    note = sign_note(str(Checkpoint(ORIGIN, paper.tree.size, paper.tree.root())), ORIGIN, LOG_PEN.private)
    everything = [proved(paper, index, note) for index in range(paper.tree.size)]
    vic = Actor("vic")
    return Bundle(
        dossier=dossier(paper),
        genesis=everything[0],
        vkey=str(LOG_KEY),
        entries=tuple(everything[1:]),
        report=REPORT,
        blobs=(EVIDENCE, DOCUMENT, MANIFEST, WORDS, CARD),
        policies=(("consumer-credit.yaml", POLICY),),
        identities=(Opened(vic.id, vic.salt, bytes(vic.identity)),),
    )


def unpacked(content: bytes) -> dict[str, bytes]:
    with ZipFile(BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def repacked(files: dict[str, bytes]) -> bytes:
    """Return the zip of ``files`` with a manifest that fits them: what a careful forger hands over."""
    return packed({path: content for path, content in files.items() if path != "manifest.json"})
