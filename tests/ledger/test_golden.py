"""The frozen files of tests/vectors: read, verified, and written again byte for byte."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from govern.ledger import merkle, tiles
from govern.ledger.merkle import Tree, check_consistency, leaf_hash
from govern.ledger.note import (
    Checkpoint,
    KeyType,
    Note,
    Signature,
    VerifierKey,
    cosignature_text,
    open_checkpoint,
    open_note,
    sign_note,
)
from govern.ledger.proof import Proof, check_proof
from govern.ledger.strict import encode64

GOLDEN = Path(__file__).parents[1] / "vectors/golden"
LOG = Ed25519PrivateKey.from_private_bytes(b"\5" * 32)
WITNESS = Ed25519PrivateKey.from_private_bytes(b"\6" * 32)
LOG_KEY = VerifierKey("ledger.example/acme", KeyType.ED25519, LOG.public_key().public_bytes_raw())
WITNESS_KEY = VerifierKey("witness.example/audit", KeyType.COSIGNATURE, WITNESS.public_key().public_bytes_raw())

TREE = Tree()
for _index in range(260):
    TREE.append(leaf_hash(b"entry %d" % _index))


def golden(name: str) -> bytes:
    return (GOLDEN / name).read_bytes()


def checkpoint(size: int) -> bytes:
    return sign_note(str(Checkpoint(LOG_KEY.name, size, TREE.root(size))), LOG_KEY.name, LOG)


def cosigned(content: bytes) -> bytes:
    note, timestamp = Note.parse(content), 1795165200
    value = timestamp.to_bytes(8) + WITNESS.sign(cosignature_text(note.text, timestamp))
    return bytes(Note(note.text, (*note.signatures, Signature(WITNESS_KEY.name, WITNESS_KEY.key_id, value))))


def test_the_golden_keys_and_notes_are_written_as_ever() -> None:
    assert golden("log.vkey").decode() == f"{LOG_KEY}\n"
    assert golden("witness.vkey").decode() == f"{WITNESS_KEY}\n"
    assert golden("note") == sign_note(open_note(golden("note"), [LOG_KEY]).text, LOG_KEY.name, LOG)
    assert golden("checkpoint.old") == checkpoint(5)
    assert golden("checkpoint") == cosigned(checkpoint(260))


def test_the_golden_checkpoints_verify_and_are_consistent() -> None:
    old = open_checkpoint(golden("checkpoint.old"), [LOG_KEY])
    new = open_checkpoint(golden("checkpoint"), [LOG_KEY, WITNESS_KEY])

    path = merkle.consistency(5, 260, TREE.node)

    assert golden("consistency").decode() == "".join(f"{encode64(hash_)}\n" for hash_ in path)
    check_consistency(old.size, old.root, new.size, new.root, path)


def test_the_golden_proofs_verify_and_are_written_as_ever() -> None:
    path = tuple(merkle.inclusion(257, 260, TREE.node))

    assert golden("entry-257.tlog-proof") == bytes(Proof(257, path, golden("checkpoint")))
    assert golden("entry-257.extra.tlog-proof") == bytes(Proof(257, path, checkpoint(260), b"nobody vouches for this"))
    for name in ("entry-257.tlog-proof", "entry-257.extra.tlog-proof"):
        assert check_proof(Proof.parse(golden(name)), golden("entry-257"), [LOG_KEY]).size == 260


def test_the_golden_export_reads_and_is_written_as_ever() -> None:
    folder = GOLDEN / "export"

    def read(path: str) -> bytes:
        return (folder / path).read_bytes()

    size = open_checkpoint(golden("export/checkpoint"), [LOG_KEY]).size
    entries = list(tiles.entries(size, read))

    assert entries == [b"entry %d" % index for index in range(260)]
    tiles.check_tiles(size, TREE.node, read)
    files = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert files == {
        "checkpoint": checkpoint(260),
        "log.vkey": golden("log.vkey"),
        **dict(tiles.export(260, TREE.node, entries)),
    }
