"""How quickly a whole log is verified, beside the bare verification of its signatures."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from benchmarks.bank import PENS, Bank
from benchmarks.figure import Figure, Sizes, beside, rate
from govern.ledger import audit, signatures
from govern.ledger.audit import Book, Row
from govern.ledger.merkle import Tree, leaf_hash
from govern.ledger.signatures import Job
from govern.storage.inspection import inspect
from govern.storage.local import LocalLedger
from govern.storage.store import Store

SAMPLE = 2000
PUBLICS = {pen.public.keyid: pen.public for pen in PENS}


def audits(sizes: Sizes, folder: Path) -> Iterator[Figure]:
    """Audit in one process, without and with admission replayed, then in two."""
    bank = Bank.founded(folder / "bank")
    with bank.open() as ledger:
        bank.grow(ledger, sizes.entries, sizes.batch)
        jobs = _jobs(ledger, sizes.entries)[-SAMPLE:]
        messages = [
            (Ed25519PublicKey.from_public_bytes(spki[-32:]), signature, message)
            for _, message, ((spki, signature),) in jobs
        ]
        bare, plain, replayed, doubled = [], [], [], []
        for _ in range(max(2, sizes.rounds // 2)):
            bare.append(rate(_verify, messages, len(messages)))
            plain.append(rate(partial(_read, ledger), [sizes.entries], sizes.entries))
            replayed.append(rate(partial(_inspect, bank), [1], sizes.entries))
            doubled.append(rate(partial(_inspect, bank), [2], sizes.entries))
    peer = "bare Ed25519 verification (cryptography)"
    yield beside("audit of bytes, tree and signatures", plain, peer, bare, least=0.7)
    yield beside("audit with admission replayed", replayed, peer, bare, least=0.4)
    yield beside("the same in two processes", doubled, "in one process", replayed, least=1.0)


def _read(ledger: LocalLedger, size: int) -> None:
    assert signatures.first_failure(_jobs(ledger, size)) is None


def _jobs(ledger: LocalLedger, size: int) -> list[Job]:
    """Read every entry and rebuild the tree; return what was signed after the ledger was founded."""
    tree, jobs = Tree(), []
    rows = (Row(index, None, leaf) for index, leaf in enumerate(ledger.entries()))
    book = Book(lambda _: rows, lambda: iter(()), None)
    for row in rows:
        entry = audit.read_row(book, row, tree.size)
        tree.append(leaf_hash(row.data))
        if entry.envelope.signatures[0].keyid in PUBLICS:
            jobs.append(signatures.job(entry, [PUBLICS[one.keyid] for one in entry.envelope.signatures]))
    assert tree.root() == ledger.root(size)
    return jobs


def _verify(signed: tuple[Ed25519PublicKey, bytes, bytes]) -> None:
    public, signature, message = signed
    public.verify(signature, message)


def _inspect(bank: Bank, processes: int) -> None:
    store = Store.open(bank.url)
    found = inspect(store, [], bytes.fromhex(bank.folder.anchor), processes=processes)
    store.close()
    assert not found.problems, found.problems
