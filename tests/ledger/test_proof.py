import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from govern.errors import GovernError, InvalidInput, Tampered
from govern.ledger import merkle
from govern.ledger.note import Checkpoint, KeyType, VerifierKey, sign_note
from govern.ledger.proof import Proof, check_proof
from govern.ledger.strict import decode64, encode64

GOLDEN = Path(__file__).parents[1] / "vectors/golden"
LOG = VerifierKey.parse((GOLDEN / "log.vkey").read_text().strip())
WITNESS = VerifierKey.parse((GOLDEN / "witness.vkey").read_text().strip())
ENTRY = (GOLDEN / "entry-257").read_bytes()
PROOF = (GOLDEN / "entry-257.tlog-proof").read_bytes()
WITH_EXTRA = (GOLDEN / "entry-257.extra.tlog-proof").read_bytes()


def flips(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield every place and what is there once one of its bits is flipped."""
    for place in range(len(content)):
        for bit in range(8):
            yield place, content[:place] + bytes([content[place] ^ 1 << bit]) + content[place + 1 :]


def proven(content: bytes, *keys: VerifierKey) -> bool:
    try:
        check_proof(Proof.parse(content), ENTRY, keys)
    except GovernError:
        return False
    return True


def test_the_published_layouts_are_read_or_refused_as_published(shared: Path) -> None:
    published = json.loads((shared / "vectors/tlog_proof_parse_cases.json").read_text())

    for layout in published["accept_layout"]:
        assert bytes(Proof.parse(layout.encode())) == layout.encode()
    for layout in published["reject"] + published["reject_added_here_from_spec"]:
        with pytest.raises(InvalidInput):
            Proof.parse(layout.encode())


def test_a_proof_binds_the_entry_to_the_checkpoint() -> None:
    for content in (PROOF, WITH_EXTRA):
        assert check_proof(Proof.parse(content), ENTRY, [LOG]).size == 260

    with pytest.raises(Tampered, match=r"entry 257 leads to the root .*, the tree of 260 has d76acb58"):
        check_proof(Proof.parse(PROOF), ENTRY + b" ", [LOG])
    with pytest.raises(Tampered, match="no key given has signed this note"):
        check_proof(Proof.parse(WITH_EXTRA), ENTRY, [WITNESS])


def test_every_bit_flipped_in_a_proof_is_refused_but_for_what_nobody_vouches_for() -> None:
    start = WITH_EXTRA.index(b"extra ") + len("extra ")
    end = WITH_EXTRA.index(b"\n", start)

    harmless = [flipped for place, flipped in flips(WITH_EXTRA) if start <= place < end]
    harmless = [flipped for flipped in harmless if is_base64_line(flipped[start:end])]

    assert [flipped for _, flipped in flips(WITH_EXTRA) if proven(flipped, LOG)] == harmless
    for flipped in harmless:
        proof = Proof.parse(flipped)
        assert replace(proof, extra=None) == replace(Proof.parse(WITH_EXTRA), extra=None)


def is_base64_line(line: bytes) -> bool:
    return bool(re.fullmatch(rb"([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)", line))


def test_a_bit_flipped_in_a_cosigned_proof_at_most_makes_the_witness_unknown() -> None:
    line = f"— {WITNESS.name} ".encode()
    start = PROOF.rindex("— ".encode())

    harmless = {place for place, flipped in flips(PROOF) if proven(flipped, LOG, WITNESS)}

    assert harmless == {*range(start + 4, start + len(line) - 1), *range(start + len(line), start + len(line) + 6)}


def test_a_proof_cut_short_is_refused_unless_it_loses_just_the_witness() -> None:
    assert [end for end in range(len(PROOF)) if proven(PROOF[:end], LOG)] == [PROOF.rindex("— ".encode())]
    assert [end for end in range(len(WITH_EXTRA)) if proven(WITH_EXTRA[:end], LOG)] == []


def test_two_lines_of_a_proof_that_changed_places_are_refused() -> None:
    lines = PROOF.splitlines(keepends=True)

    for place in range(len(lines) - 2):  # but the last two, the signatures, whose order says nothing
        swapped = [*lines[:place], lines[place + 1], lines[place], *lines[place + 2 :]]
        assert not proven(b"".join(swapped), LOG)


HEADER = "c2sp.org/tlog-proof@v1\n"
HASH = encode64(b"h" * 32) + "\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(HEADER + "index 0\n\n", "this is not a tlog-proof", id="no checkpoint"),
        pytest.param(HEADER + "index 0\n\nlog", "this is not a tlog-proof", id="no last newline"),
        pytest.param(HEADER + "\nindex 0\n\nlog\n", "this is not a tlog-proof", id="an empty line"),
        pytest.param(HEADER + "extra \nindex 0\n\nlog\n", "this is not a tlog-proof", id="an empty extra line"),
        pytest.param(HEADER + "extra AAAA\nextra AAAA\nindex 0\n\nlog\n", "this is not a tlog-proof", id="two extra lines"),
        pytest.param(HEADER + "index 0\nextra AAAA\n\nlog\n", "is not base64", id="extra after the index"),
        pytest.param(HEADER + "extra AAB=\nindex 0\n\nlog\n", "is not the canonical base64", id="extra with spare bits"),
        pytest.param(HEADER + f"index {2**63}\n\nlog\n", "is not a number", id="an index too large"),
        pytest.param(HEADER + "index 1 \n\nlog\n", "is not a number", id="a space after the index"),
        pytest.param(HEADER + "index \u0661\n\nlog\n", "a tlog-proof is ASCII above its checkpoint", id="a digit of another script"),
        pytest.param(HEADER + "index 0\nAAAA\n\nlog\n", "at most 63 hashes of 32 bytes", id="a short hash"),
        pytest.param(HEADER + "index 0\n" + HASH * 64 + "\nlog\n", "this is not a tlog-proof", id="a path too long"),
        pytest.param((HEADER + "index 0\n\nlog\n").replace("\n", "\r\n"), "this is not a tlog-proof", id="Windows newlines"),
        pytest.param(HEADER.replace("v1", "v2") + "index 0\n\nlog\n", "this is not a tlog-proof", id="another version"),
    ],
)  # fmt: skip
def test_what_is_not_a_proof_says_why(text: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        Proof.parse(text.encode())


def test_a_proof_that_could_not_be_read_again_cannot_be_made() -> None:
    proof = Proof(0, (), b"log\n")

    with pytest.raises(InvalidInput, match="-1 is not the index of an entry"):
        replace(proof, index=-1)
    with pytest.raises(InvalidInput, match="9223372036854775808 is not the index of an entry"):
        replace(proof, index=2**63)
    with pytest.raises(InvalidInput, match="at most 63 hashes"):
        replace(proof, path=(b"h" * 32,) * 64)
    with pytest.raises(InvalidInput, match="ends in a checkpoint, this does not"):
        replace(proof, checkpoint=b"log")
    with pytest.raises(InvalidInput, match="an extra line without anything in it is left out"):
        replace(proof, extra=b"")


@given(
    st.integers(0, 2**63 - 1) | st.just(2**63 - 1),
    st.lists(st.binary(min_size=32, max_size=32), max_size=63) | st.just([b"h" * 32] * 63),
    st.binary(),
    st.none() | st.binary(min_size=1),
)
def test_a_proof_reads_as_it_was_written(index: int, path: list[bytes], checkpoint: bytes, extra: bytes | None) -> None:
    proof = Proof(index, tuple(path), b"log" + checkpoint + b"\n", extra)

    assert Proof.parse(bytes(proof)) == proof


def test_an_entry_of_a_foreign_log_with_extension_lines_is_proven_when_asked_for() -> None:
    private = Ed25519PrivateKey.from_private_bytes(b"\7" * 32)
    key = VerifierKey("log.example", KeyType.ED25519, private.public_key().public_bytes_raw())
    checkpoint = Checkpoint("log.example", 1, merkle.leaf_hash(b"entry"), ("tree 1",))
    proof = Proof(0, (), sign_note(str(checkpoint), "log.example", private))

    assert check_proof(proof, b"entry", [key], foreign=True) == checkpoint
    with pytest.raises(Tampered, match="has extension lines"):
        check_proof(proof, b"entry", [key])


def test_the_extra_bytes_are_kept_as_they_came() -> None:
    assert Proof.parse(WITH_EXTRA).extra == b"nobody vouches for this"
    assert Proof.parse(PROOF).extra is None
    assert decode64(WITH_EXTRA.splitlines()[1].removeprefix(b"extra ").decode()) == b"nobody vouches for this"
