"""A bundle to test with: a ledger of two registrars and three signers, one sign-off, one issued report."""

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
from tests.reports.paper import DOSSIER

REPORT = b"%PDF-1.7 of a report"
POLICY = canonical({"schema": "govern/policy/v1", "id": "consumer-credit"})
DATA = b"integer tables"
EVIDENCE = canonical({"tables": str(Digest.of(DATA))})


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
        "predicateType": f"{BASE}{kind}/v1",
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
    dossier = str(Digest.of(DOSSIER))
    evidence = {"blob": str(Digest.of(EVIDENCE))}
    write(paper, statement(newer, "evidence", evidence=evidence), newer)
    signed = {"dossier": dossier, "meaning": "validated", "reason": "all figures reproduced"}
    write(paper, statement(newer, "sign-off", **signed, policy=str(Digest.of(POLICY))), newer)
    write(paper, statement(newer, "report", report=str(Digest.of(REPORT))), newer)
    return paper


def proved(paper: PaperLedger, index: int, note: bytes) -> Proved:
    path = merkle.inclusion(index, paper.tree.size, paper.tree.node)
    return Proved(paper.leaves[index], bytes(Proof(index, tuple(path), note)))


def bundle(paper: PaperLedger) -> Bundle:
    note = sign_note(str(Checkpoint(ORIGIN, paper.tree.size, paper.tree.root())), ORIGIN, LOG_PEN.private)
    everything = [proved(paper, index, note) for index in range(paper.tree.size)]
    vic = Actor("vic")
    return Bundle(
        dossier=DOSSIER,
        genesis=everything[0],
        vkey=str(LOG_KEY),
        entries=tuple(everything[1:]),
        report=REPORT,
        blobs=(EVIDENCE, DATA),
        policies=(("consumer-credit.json", POLICY),),
        identities=(Opened(vic.id, vic.salt, bytes(vic.identity)),),
    )


def unpacked(content: bytes) -> dict[str, bytes]:
    with ZipFile(BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def repacked(files: dict[str, bytes]) -> bytes:
    """Return the zip of ``files`` with a manifest that fits them: what a careful forger hands over."""
    return packed({path: content for path, content in files.items() if path != "manifest.json"})
