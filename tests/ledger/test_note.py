import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from govern.errors import GovernError, InvalidInput, Tampered
from govern.ledger import note as notes
from govern.ledger.merkle import EMPTY_ROOT
from govern.ledger.note import (
    Checkpoint,
    KeyType,
    Note,
    Signature,
    VerifierKey,
    open_checkpoint,
    open_note,
    sign_note,
)
from govern.ledger.strict import decode64, encode64

GOLDEN = Path(__file__).parents[1] / "vectors/golden"
LOG = VerifierKey.parse((GOLDEN / "log.vkey").read_text().strip())
WITNESS = VerifierKey.parse((GOLDEN / "witness.vkey").read_text().strip())
COSIGNED = (GOLDEN / "checkpoint").read_bytes()
WITNESS_LINE = COSIGNED.rindex("— ".encode())
OTHER = Ed25519PrivateKey.from_private_bytes(b"\7" * 32)


def other_key(name: str) -> VerifierKey:
    return VerifierKey(name, KeyType.ED25519, OTHER.public_key().public_bytes_raw())


def flips(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield every place and what is there once one of its bits is flipped."""
    for place in range(len(content)):
        for bit in range(8):
            yield place, content[:place] + bytes([content[place] ^ 1 << bit]) + content[place + 1 :]


def opened(content: bytes, *keys: VerifierKey) -> Checkpoint | None:
    try:
        return open_checkpoint(content, keys)
    except GovernError:
        return None


def is_signature_line(line: bytes) -> bool:
    """Say it again, in other words than the product's: a name, a space, and the one base64 of five bytes or more."""
    try:
        dash, name, encoded = line.decode().split(" ")
        signed = decode64(encoded)
    except (ValueError, InvalidInput):
        return False
    return dash == "—" and len(signed) > 4 and bool(name) and not re.search(r"[\x00-\x20\x7f+\s]", name)


def test_the_published_note_opens(shared: Path) -> None:
    (example,) = json.loads((shared / "vectors/signed_note_examples.json").read_text())["valid_notes"]

    note = open_note(example["note"].encode(), [VerifierKey.parse(example["vkey"])])

    assert note.text == "This is an example message.\n"
    assert bytes(note) == example["note"].encode()


def test_the_published_keys_are_read_or_refused_as_published(shared: Path) -> None:
    published = json.loads((shared / "vectors/signed_note_examples.json").read_text())

    assert [str(VerifierKey.parse(key)) for key in published["valid_vkeys"]] == published["valid_vkeys"]
    for key in published["invalid_vkeys"]:
        with pytest.raises(InvalidInput):
            VerifierKey.parse(key)


def test_a_published_key_that_was_mangled_is_refused(shared: Path) -> None:
    for key in json.loads((shared / "vectors/signed_note_examples.json").read_text())["valid_vkeys"]:
        require_every_mangling_refused(key)


@pytest.mark.parametrize("key", [pytest.param(LOG, id="log"), pytest.param(WITNESS, id="witness")])
def test_a_key_that_was_mangled_is_refused(key: VerifierKey) -> None:
    require_every_mangling_refused(str(key))


def require_every_mangling_refused(key: str) -> None:
    substrings = {key[start:end] for start in range(len(key)) for end in range(start, len(key) + 1)} - {key}
    raised = {key[:place] + chr(ord(key[place]) + 1) + key[place + 1 :] for place in range(len(key))}
    for mangled in substrings | raised:
        with pytest.raises(InvalidInput):
            VerifierKey.parse(mangled)


@pytest.mark.parametrize(
    ("key", "message"),
    [
        pytest.param("log.example", "is not a verifier key", id="a name alone"),
        pytest.param(str(LOG) + "\n", "is not base64", id="a newline after it"),
        pytest.param(str(LOG).replace("893f", "893e"), "says its id is 893e80be, it is 893f80be", id="another id"),
        pytest.param(str(LOG).replace(LOG.key_id.hex(), LOG.key_id.hex().upper()), "says its id is", id="an id in capitals"),
        pytest.param("log.example+00000000+Bg==", "of type 0x06, only 0x01 and 0x04 are read here", id="an ML-DSA key"),
        pytest.param("log.example+00000000+", "of type 0x, only", id="no key"),
        pytest.param("log.example+00000000+AQ==", "has 0 bytes, an Ed25519 key has 32", id="a key of no bytes"),
        pytest.param("log example+00000000+" + encode64(b"\1" + bytes(32)), "'log example' is not the name", id="a space"),
        pytest.param("+00000000+" + encode64(b"\1" + bytes(32)), "'' is not the name", id="no name"),
        pytest.param("\ud800+00000000+" + encode64(b"\1" + bytes(32)), "is not the name", id="half a character"),
    ],
)  # fmt: skip
def test_a_key_that_is_not_one_says_why(key: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        VerifierKey.parse(key)


def test_every_bit_flipped_in_a_note_is_refused() -> None:
    content = (GOLDEN / "note").read_bytes()
    assert open_note(content, [LOG]).text.startswith("A note may hold any text.\n\n— even a dash")

    for _, flipped in flips(content):
        with pytest.raises((InvalidInput, Tampered)):
            open_note(flipped, [LOG])


def test_every_truncation_of_a_note_is_refused() -> None:
    content = (GOLDEN / "note").read_bytes()

    for end in range(len(content)):
        with pytest.raises((InvalidInput, Tampered)):
            open_note(content[:end], [LOG])


def test_a_bit_flipped_in_a_checkpoint_matters_nowhere_but_in_the_line_of_an_unknown_witness() -> None:
    harmless = [flipped for place, flipped in flips(COSIGNED) if place >= WITNESS_LINE and flipped.endswith(b"\n")]
    harmless = [flipped for flipped in harmless if is_signature_line(flipped[WITNESS_LINE:-1])]

    assert [flipped for _, flipped in flips(COSIGNED) if opened(flipped, LOG)] == harmless
    assert {opened(flipped, LOG) for flipped in harmless} == {open_checkpoint(COSIGNED, [LOG])}


def test_a_bit_flipped_in_a_checkpoint_with_a_known_witness_at_most_makes_the_witness_unknown() -> None:
    line = f"— {WITNESS.name} ".encode()
    name = range(WITNESS_LINE + 4, WITNESS_LINE + len(line) - 1)
    key_id = range(WITNESS_LINE + len(line), WITNESS_LINE + len(line) + 6)

    harmless = [(place, flipped) for place, flipped in flips(COSIGNED) if opened(flipped, LOG, WITNESS)]

    assert {place for place, _ in harmless} == {*name, *key_id}
    for _, flipped in harmless:
        witness = Note.parse(flipped).signatures[1]
        assert (witness.name, witness.key_id) != (WITNESS.name, WITNESS.key_id)


def test_a_checkpoint_cut_short_is_refused_unless_it_loses_just_the_witness() -> None:
    for keys in ([LOG], [LOG, WITNESS]):
        assert [end for end in range(len(COSIGNED)) if opened(COSIGNED[:end], *keys)] == [WITNESS_LINE]


def test_the_witness_alone_does_not_speak_for_the_log() -> None:
    assert open_note(COSIGNED, [WITNESS]).text.startswith("ledger.example/acme\n260\n")

    with pytest.raises(Tampered, match=r"this is a checkpoint of ledger.example/acme, signed by witness.example/audit"):
        open_checkpoint(COSIGNED, [WITNESS])


def test_a_checkpoint_in_the_name_of_another_log_is_refused() -> None:
    content = sign_note(str(Checkpoint("ledger.example/acme", 0, EMPTY_ROOT)), "ledger.example/other", OTHER)

    with pytest.raises(Tampered, match=r"this is a checkpoint of ledger.example/acme, signed by ledger.example/other"):
        open_checkpoint(content, [other_key("ledger.example/other")])


def test_a_note_that_no_known_key_signed_is_refused() -> None:
    with pytest.raises(Tampered, match=r"no key given has signed this note, its signatures are by .* \(ca47f75c\)"):
        open_note(COSIGNED, [other_key(LOG.name)])
    with pytest.raises(Tampered, match="no key given has signed this note"):
        open_note(COSIGNED, [])


def test_a_known_key_that_fails_rejects_a_note_that_another_signed() -> None:
    note = Note.parse(COSIGNED)
    key = other_key("ledger.example/second")
    copied = replace(note.signatures[0], name=key.name, key_id=key.key_id)
    content = bytes(replace(note, signatures=(*note.signatures, copied)))
    assert opened(content, LOG, WITNESS)

    with pytest.raises(Tampered, match=r"the signature of ledger.example/second .* is not of this text"):
        open_note(content, [LOG, key])


@pytest.mark.parametrize("length", [0, 7, 8, 71, 73])
def test_a_cosignature_of_the_wrong_length_rejects_the_note(length: int) -> None:
    note = Note.parse(COSIGNED)
    value = (note.signatures[1].value + b"!")[:length] or b"!"
    content = bytes(replace(note, signatures=(note.signatures[0], replace(note.signatures[1], value=value))))

    with pytest.raises(Tampered, match=r"the signature of witness.example/audit \(ca47f75c\) is not of this text"):
        open_note(content, [LOG, WITNESS])


def test_two_keys_that_share_name_and_id_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(VerifierKey, "key_id", b"same")

    with pytest.raises(InvalidInput, match=r"two keys share the name ledger.example/acme and the id 73616d65"):
        open_note(COSIGNED, [LOG, other_key(LOG.name)])


def test_the_same_key_given_twice_is_one_key() -> None:
    assert opened(COSIGNED, LOG, LOG)


@pytest.mark.parametrize(
    ("count", "accepted"), [(16, True), (notes.MOST_SIGNATURES, True), (notes.MOST_SIGNATURES + 1, False)]
)
def test_a_note_has_so_many_signatures_and_no_more(count: int, accepted: bool) -> None:
    text, blank, line = (GOLDEN / "note").read_text(encoding="utf-8").rpartition("\n\n")
    unknown = "— witness.example/w{} AAAAAAA=\n"
    content = (text + blank + line + "".join(unknown.format(index) for index in range(count - 1))).encode()

    if accepted:
        assert len(open_note(content, [LOG]).signatures) == count
    else:
        with pytest.raises(InvalidInput, match="a note has 1 to 64 signatures, this has 65"):
            open_note(content, [LOG])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param(lambda c: c[:0], "a text, an empty line and signature lines", id="nothing"),
        pytest.param(lambda c: c[:-1], "a text, an empty line and signature lines", id="the last newline gone"),
        pytest.param(lambda c: c.replace(b"\n\n", b"\n"), "a text, an empty line and signature lines", id="the empty line gone"),
        pytest.param(lambda c: c + b"\n", "a text, an empty line and signature lines", id="an empty line after it"),
        pytest.param(lambda c: c.replace(b"\n", b"\r\n"), "a text, an empty line and signature lines", id="Windows newlines"),
        pytest.param(lambda c: b"\t" + c, "without control characters", id="a tab"),
        pytest.param(lambda c: b"\xff" + c, "a note is UTF-8, this is not", id="not UTF-8"),
        pytest.param(lambda c: c.replace("— ".encode(), b"- "), "is not a signature line", id="a hyphen for the dash"),
        pytest.param(lambda c: c[:-2] + b"\n", "is not base64", id="base64 without padding"),
        pytest.param(lambda c: c[:-3] + b"B=\n", "not the canonical base64", id="base64 with spare bits set"),
        pytest.param(lambda c: c + "— someone AAAAAA==\n".encode(), "has no key id or nothing after it", id="an id alone"),
        pytest.param(lambda c: c + "— some+one AAAAAAA=\n".encode(), "'some.one' is not the name of a key", id="a plus in a name"),
        pytest.param(lambda c: c + "— some\u00a0one AAAAAAA=\n".encode(), "is not the name of a key", id="a hard space in a name"),
        pytest.param(lambda c: c + "—  AAAAAAA=\n".encode(), "'' is not the name of a key", id="no name"),
        pytest.param(lambda c: c + "— someone\n".encode(), "is not a signature line", id="no signature"),
    ],
)  # fmt: skip
def test_what_is_not_a_note_says_why(change: Callable[[bytes], bytes], message: str) -> None:
    content = sign_note("A text.\n", "log.example", OTHER)

    with pytest.raises(InvalidInput, match=message):
        Note.parse(change(content))


def test_a_text_without_a_last_newline_is_not_signed() -> None:
    with pytest.raises(InvalidInput, match="a note is text that ends in a newline"):
        sign_note("no newline", "log.example", OTHER)


CONTROL = [chr(code) for code in range(32) if code != ord("\n")]


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters=CONTROL)))
def test_a_text_that_was_signed_opens_to_itself(text: str) -> None:
    content = sign_note(text + "\n", "log.example", OTHER)

    note = open_note(content, [other_key("log.example")])

    assert note.text == text + "\n"
    assert bytes(note) == content


@given(st.integers(1, 2**63 - 1), st.binary(min_size=32, max_size=32), st.lists(st.from_regex(r"\A[!-~]{1,9}\Z")))
def test_a_checkpoint_reads_as_it_was_written(size: int, root: bytes, extensions: list[str]) -> None:
    checkpoint = Checkpoint("ledger.example/acme", size, root, tuple(extensions))

    assert Checkpoint.parse(str(checkpoint)) == checkpoint


ROOT = encode64(b"r" * 32)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("", "the lines origin, size and root", id="nothing"),
        pytest.param("log\n1\n", "the lines origin, size and root", id="no root"),
        pytest.param(f"log\n1\n{ROOT}", "the lines origin, size and root", id="no last newline"),
        pytest.param(f"\n1\n{ROOT}\n", "'' is not a line of a checkpoint", id="no origin"),
        pytest.param(f"log\n01\n{ROOT}\n", "'01' is not a number without leading zeros", id="a leading zero"),
        pytest.param(f"log\n+1\n{ROOT}\n", "is not a number", id="a sign"),
        pytest.param(f"log\n-1\n{ROOT}\n", "is not a number", id="less than nothing"),
        pytest.param(f"log\n\u0661\n{ROOT}\n", "is not a number", id="a digit of another script"),
        pytest.param(f"log\n{2**63}\n{ROOT}\n", "is not a number", id="a size too large"),
        pytest.param(f"log\n1\n{encode64(b'r' * 31)}\n", "with a root of 31 bytes is none", id="a short root"),
        pytest.param(f"log\n1\n{ROOT.rstrip('=')}\n", "is not base64", id="a root without padding"),
        pytest.param(f"log\n1\n{ROOT}\n\n", "'' is not a line of a checkpoint", id="an empty extension"),
        pytest.param(f"log\n1\n{ROOT}\nx\0\n", "is not a line of a checkpoint", id="a control character"),
        pytest.param(f"log\n0\n{ROOT}\n", "an empty log has the root e3b0c442.*, this checkpoint says", id="an empty log with a root"),
    ],
)  # fmt: skip
def test_what_is_not_a_checkpoint_says_why(text: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        Checkpoint.parse(text)


def test_a_checkpoint_that_could_not_be_read_again_cannot_be_made() -> None:
    with pytest.raises(InvalidInput, match="is not a line of a checkpoint"):
        Checkpoint("log\n7", 1, bytes(32))
    with pytest.raises(InvalidInput, match="a checkpoint of size -1"):
        Checkpoint("log", -1, bytes(32))
    with pytest.raises(InvalidInput, match="a checkpoint of size 9223372036854775808"):
        Checkpoint("log", 2**63, bytes(32))


def test_extension_lines_are_read_of_foreign_logs_only() -> None:
    checkpoint = Checkpoint("log.example", 3, bytes(32), ("tree 1", "later"))
    content = sign_note(str(checkpoint), "log.example", OTHER)

    assert open_checkpoint(content, [other_key("log.example")], foreign=True) == checkpoint
    with pytest.raises(Tampered, match=r"the checkpoint of log.example has extension lines, a Govern log writes none"):
        open_checkpoint(content, [other_key("log.example")])


@given(st.binary(min_size=4, max_size=4), st.binary(min_size=1))
def test_a_signature_line_reads_as_it_was_written(key_id: bytes, value: bytes) -> None:
    signature = Signature("log.example/\u00e9", key_id, value)

    assert Signature.parse(str(signature)) == signature
