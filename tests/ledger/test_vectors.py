"""The worked example: three entries made elsewhere with fixed seeds, verified, and made again byte for byte."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from govern.errors import Tampered
from govern.ledger import merkle
from govern.ledger.envelope import Entry, seal
from govern.ledger.keys import Pen
from govern.ledger.merkle import Tree, check_consistency, leaf_hash
from govern.ledger.note import (
    Checkpoint,
    KeyType,
    Note,
    Signature,
    VerifierKey,
    cosignature_text,
    open_checkpoint,
    sign_note,
)
from govern.ledger.proof import Proof, check_proof
from govern.ledger.strict import decode64, encode64, read_json

LOG = Ed25519PrivateKey.from_private_bytes(b"\1" * 32)
WITNESS = Ed25519PrivateKey.from_private_bytes(b"\3" * 32)


@pytest.fixture
def example(shared: Path) -> Path:
    return shared / "vectors/worked_example"


@pytest.fixture
def tree(example: Path) -> Tree:
    tree = Tree()
    for index in range(3):
        tree.append(leaf_hash((example / f"entry-{index}.json").read_bytes()))
    return tree


def key(example: Path, name: str) -> VerifierKey:
    return VerifierKey.parse((example / name).read_text().strip())


def test_the_leaf_hashes_and_roots_are_the_expected_ones(example: Path, tree: Tree) -> None:
    expected = json.loads((example / "expected.json").read_text())

    assert [encode64(tree.node(0, index)) for index in range(3)] == expected["leaf_hashes_b64"]
    assert [encode64(tree.root(size)) for size in range(4)] == expected["roots_b64"]


@pytest.mark.parametrize(("name", "size"), [("checkpoint.old", 2), ("checkpoint", 3)])
def test_the_checkpoint_is_made_again_byte_for_byte(example: Path, tree: Tree, name: str, size: int) -> None:
    content = (example / name).read_bytes()
    log, witness = key(example, "log.vkey"), key(example, "witness.vkey")
    # What is taken from the file: when the witness saw it.
    timestamp = int.from_bytes(Note.parse(content).signatures[1].value[:8])

    checkpoint = Checkpoint(log.name, size, tree.root(size))
    note = Note.parse(sign_note(str(checkpoint), log.name, LOG))
    value = timestamp.to_bytes(8) + WITNESS.sign(cosignature_text(note.text, timestamp))
    line = Signature(witness.name, witness.key_id, value)

    assert bytes(replace(note, signatures=(*note.signatures, line))) == content
    assert open_checkpoint(content, [log, witness]) == checkpoint


def test_the_keys_are_made_again_from_their_seeds(example: Path) -> None:
    log, witness = key(example, "log.vkey"), key(example, "witness.vkey")

    assert log == VerifierKey(log.name, KeyType.ED25519, LOG.public_key().public_bytes_raw())
    assert witness == VerifierKey(witness.name, KeyType.COSIGNATURE, WITNESS.public_key().public_bytes_raw())


def test_the_proof_verifies_and_is_made_again_byte_for_byte(example: Path, tree: Tree) -> None:
    content = (example / "entry.tlog-proof").read_bytes()
    proof = Proof(2, tuple(merkle.inclusion(2, 3, tree.node)), (example / "checkpoint").read_bytes())

    assert bytes(proof) == content
    assert Proof.parse(content) == proof
    assert check_proof(proof, (example / "entry.json").read_bytes(), [key(example, "log.vkey")]).size == 3


def test_the_proof_is_of_no_other_entry(example: Path) -> None:
    proof = Proof.parse((example / "entry.tlog-proof").read_bytes())

    with pytest.raises(Tampered, match="entry 2 leads to the root"):
        check_proof(proof, (example / "entry-1.json").read_bytes(), [key(example, "log.vkey")])


def test_the_two_checkpoints_are_consistent(example: Path, tree: Tree) -> None:
    log = key(example, "log.vkey")
    old, new = (open_checkpoint((example / name).read_bytes(), [log]) for name in ("checkpoint.old", "checkpoint"))
    path = [decode64(line) for line in (example / "consistency.txt").read_text().splitlines()]

    assert path == merkle.consistency(2, 3, tree.node)
    check_consistency(old.size, old.root, new.size, new.root, path)


@pytest.mark.parametrize(("index", "seed"), [(0, 4), (1, 4), (2, 2)])
def test_the_entries_are_made_again_byte_for_byte(example: Path, index: int, seed: int) -> None:
    content = (example / f"entry-{index}.json").read_bytes()
    entry = Entry.parse(content)

    again = seal(entry.envelope.payload, Pen.from_seed(bytes([seed]) * 32))

    assert Entry(index, entry.recorded_at, again).leaf() == content


def test_the_reviewers_basis_is_the_root_before(example: Path, tree: Tree) -> None:
    statement = read_json(Entry.parse((example / "entry-2.json").read_bytes()).envelope.payload)

    assert statement["predicate"]["basis"] == {"root": encode64(tree.root(2)), "size": 2}
