"""Envelopes and entries: one spelling each, and nothing of what was signed can be touched unnoticed."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from govern.errors import GovernError, InvalidInput, Kind, Tampered
from govern.ledger.envelope import LARGEST_LEAF, PAYLOAD_TYPE, Entry, Envelope, Signature, pae, seal
from govern.ledger.keys import Pen, PublicKey
from govern.ledger.strict import encode64

ANA, VIC = Pen.from_seed(b"\2" * 32), Pen.from_seed(b"\4" * 32)
NOON = datetime(2026, 11, 20, 12, 0, 0, 5000, tzinfo=UTC)
STATEMENT = b'{"said":"yes"}'
ENVELOPE = seal(STATEMENT, ANA, VIC)
LEAF = Entry(7, NOON, ENVELOPE).leaf()
LOG_PART = b'{"log":{"index":7,"recordedAt":"2026-11-20T12:00:00.005Z","v":1},'


def keys(keyid: str) -> PublicKey | None:
    return {pen.public.keyid: pen.public for pen in (ANA, VIC)}.get(keyid)


def opened(leaf: bytes) -> Entry:
    """Return the entry that ``leaf`` is, its signatures verified."""
    entry = Entry.parse(leaf)
    entry.envelope.check_signatures(keys)
    return entry


@pytest.mark.parametrize("name", ["entry-0.json", "entry-1.json", "entry-2.json", "entry.json"])
def test_the_worked_example_is_written_again_byte_for_byte(shared: Path, name: str) -> None:
    content = (shared / "vectors/worked_example" / name).read_bytes()

    entry = Entry.parse(content)

    assert entry.leaf() == content
    assert Envelope.parse(bytes(entry.envelope)) == entry.envelope


def test_the_reviewers_entry_is_made_again_from_its_seed(shared: Path) -> None:
    content = (shared / "vectors/worked_example/entry-2.json").read_bytes()
    entry = opened(content)

    again = Entry(2, entry.recorded_at, seal(entry.envelope.payload, ANA))

    assert again.leaf() == content


def test_an_entry_and_an_envelope_have_one_spelling() -> None:
    assert LEAF.startswith(LOG_PART)
    assert opened(LEAF) == Entry(7, NOON, ENVELOPE)
    assert Entry.parse(LEAF).leaf() == LEAF
    assert bytes(Envelope.parse(bytes(ENVELOPE))) == bytes(ENVELOPE)
    # RFC 8785: sorted keys, no spaces.
    assert json.dumps(json.loads(LEAF), sort_keys=True, separators=(",", ":")).encode() == LEAF


def test_what_is_signed_is_the_pae_of_the_payload() -> None:
    assert pae(PAYLOAD_TYPE, STATEMENT) == b'DSSEv1 28 application/vnd.in-toto+json 14 {"said":"yes"}'
    assert pae("é", b"") == b"DSSEv1 2 \xc3\xa9 0 "


def test_every_flipped_bit_is_refused_but_those_of_place_and_time() -> None:
    accepted = set()
    for bit in range(8 * len(LEAF)):
        touched = bytearray(LEAF)
        touched[bit // 8] ^= 1 << bit % 8
        try:
            entry = opened(bytes(touched))
        except GovernError:
            continue
        # By whose word: the signers vouch for the envelope, the log's root for the place and the time around it.
        assert entry.envelope == ENVELOPE
        assert entry.leaf() == bytes(touched)
        accepted.add(bit // 8)

    index, time = LOG_PART.index(b"7"), LOG_PART.index(b"2026")
    digits = {time + offset for offset, char in enumerate("2026-11-20T12:00:00.005Z") if char.isdigit()}
    assert accepted <= {index} | digits
    assert index in accepted


def test_every_flipped_bit_of_an_envelope_is_refused() -> None:
    content = bytes(ENVELOPE)
    for bit in range(8 * len(content)):
        touched = bytearray(content)
        touched[bit // 8] ^= 1 << bit % 8
        with pytest.raises(GovernError):
            Envelope.parse(bytes(touched)).check_signatures(keys)


@pytest.mark.parametrize("content", [LEAF, bytes(ENVELOPE)], ids=["entry", "envelope"])
def test_every_truncation_and_every_added_byte_is_refused(content: bytes) -> None:
    parse: Callable[[bytes], object] = Entry.parse if content is LEAF else Envelope.parse
    for size in range(len(content)):
        with pytest.raises(InvalidInput):
            parse(content[:size])
        with pytest.raises(InvalidInput):
            parse(content[size + 1 :])
    for more in (b" ", b"\n", b"\0", b"}", content):
        for other in (content + more, more + content):
            with pytest.raises(InvalidInput):
                parse(other)


@pytest.mark.parametrize(
    "touch",
    [
        pytest.param(lambda leaf: leaf.replace(b'"index":7', b'"index":07'), id="leading zero"),
        pytest.param(lambda leaf: leaf.replace(b'"index":7', b'"index":-7'), id="negative"),
        pytest.param(lambda leaf: leaf.replace(b'"index":7', b'"index":7.0'), id="float"),
        pytest.param(lambda leaf: leaf.replace(b'"index":7', b'"index":' + b"9" * 17), id="beyond 2**53"),
        pytest.param(lambda leaf: leaf.replace(b"12:00:00", b"24:00:00"), id="an hour that is none"),
        pytest.param(lambda leaf: leaf.replace(b"2026-11-20", b"2026-02-30"), id="a day that is none"),
        pytest.param(lambda leaf: leaf.replace(b".005Z", b".005z"), id="small z"),
        pytest.param(lambda leaf: leaf.replace(b',"v":1', b""), id="no version"),
        pytest.param(lambda leaf: leaf.replace(b'"payload":', b'"payload": '), id="a space"),
        pytest.param(lambda leaf: leaf.replace(b'"payload"', b'"p\\u0061yload"'), id="an escaped letter"),
        pytest.param(lambda leaf: leaf.replace(b"]}", b'],"x":1}'), id="one more field"),
        pytest.param(lambda leaf: leaf.replace(b'"log"', b'"log":{},"log"'), id="a key twice"),
        pytest.param(
            lambda leaf: leaf.replace(ANA.public.keyid.encode(), ANA.public.keyid.upper().encode()),
            id="upper case keyid",
        ),
        pytest.param(lambda leaf: leaf.replace(b'"signatures":[{', b'"signatures":[ {'), id="a space in the list"),
        pytest.param(lambda leaf: leaf[: leaf.index(b"[")] + b"[]}", id="no signature"),
    ],
)
def test_another_spelling_of_an_entry_is_refused(touch: Callable[[bytes], bytes]) -> None:
    assert touch(LEAF) != LEAF
    with pytest.raises(InvalidInput):
        opened(touch(LEAF))


def test_base64_that_spells_the_same_bytes_otherwise_is_refused() -> None:
    payload = encode64(STATEMENT)
    assert payload.endswith("=")
    other = payload[:-2] + chr(ord(payload[-2]) + 1) + "="

    with pytest.raises(InvalidInput, match="is not the canonical base64 of any bytes"):
        Entry.parse(LEAF.replace(payload.encode(), other.encode()))


@pytest.mark.parametrize("version", [0, 2, 10, 999])
def test_another_format_of_entry_is_named(version: int) -> None:
    with pytest.raises(Tampered, match=f"the entry has format {version}, only format 1 is known") as caught:
        Entry.parse(LEAF.replace(b'"v":1', f'"v":{version}'.encode()))

    assert caught.value.kind is Kind.DOWNGRADED


def test_another_payload_type_is_named_and_would_not_verify() -> None:
    with pytest.raises(Tampered, match=r"the payload type is text/plain, only application/vnd.in-toto\+json") as caught:
        Entry.parse(LEAF.replace(PAYLOAD_TYPE.encode(), b"text/plain"))

    assert caught.value.kind is Kind.DOWNGRADED


@pytest.mark.parametrize(
    ("touch", "kind", "message"),
    [
        pytest.param(lambda e: replace(e, payload=e.payload + b" "), Kind.EDITED, "does not fit", id="one space added"),
        pytest.param(
            lambda e: replace(e, signatures=(replace(e.signatures[0], sig=bytes(64)),)), Kind.EDITED, "does not fit", id="signature blanked",
        ),
        pytest.param(
            lambda e: replace(e, signatures=(replace(e.signatures[0], keyid=e.signatures[1].keyid),)), Kind.EDITED, "does not fit", id="another's keyid",
        ),
        pytest.param(
            lambda e: replace(e, signatures=e.signatures[:1] * 2), Kind.DUPLICATE_SIGNATURE, "one key signed this envelope twice", id="twice",
        ),
        pytest.param(
            lambda e: e.signed_by(Pen.from_seed(bytes(32))), Kind.UNVERIFIABLE, "was ever enrolled", id="a key nobody knows",
        ),
        pytest.param(
            lambda e: replace(e, signatures=seal(b"other", ANA).signatures), Kind.EDITED, "does not fit", id="copied from another statement",
        ),
    ],
)  # fmt: skip
def test_an_envelope_that_was_touched_does_not_open(
    touch: Callable[[Envelope], Envelope], kind: Kind, message: str
) -> None:
    with pytest.raises(Tampered, match=message) as caught:
        touch(ENVELOPE).check_signatures(keys)

    assert caught.value.kind is kind


def test_the_order_of_signatures_is_part_of_the_entry() -> None:
    turned = replace(ENVELOPE, signatures=ENVELOPE.signatures[::-1])

    turned.check_signatures(keys)

    assert turned != ENVELOPE
    assert Entry(7, NOON, turned).leaf() != LEAF


def test_the_largest_entry_has_65535_bytes() -> None:
    fixed = len(Entry(7, NOON, seal(b"", ANA)).leaf())
    largest = (LARGEST_LEAF - fixed) // 4 * 3

    leaf = Entry(7, NOON, seal(bytes(largest), ANA)).leaf()

    assert LARGEST_LEAF - 4 < len(leaf) <= LARGEST_LEAF
    assert opened(leaf).leaf() == leaf
    too_large = Entry(7, NOON, seal(bytes(largest + 3), ANA))
    with pytest.raises(InvalidInput, match="the largest has 65535"):
        too_large.leaf()
    with pytest.raises(InvalidInput, match="not a log entry"):
        Entry.parse(LOG_PART + too_large.envelope._body())


def test_an_envelope_has_at_most_32_signatures() -> None:
    many = Envelope(STATEMENT, tuple(Signature(f"{number:064x}", bytes(64)) for number in range(33)))

    assert Envelope.parse(bytes(replace(many, signatures=many.signatures[:32]))).signatures == many.signatures[:32]
    with pytest.raises(InvalidInput):
        Envelope.parse(bytes(many))


@given(payload=st.binary(max_size=200), index=st.integers(0, 2**52), at=st.datetimes(datetime(1970, 1, 1)))  # noqa: DTZ001
def test_parsing_and_writing_are_inverses(payload: bytes, index: int, at: datetime) -> None:
    instant = at.replace(microsecond=at.microsecond // 1000 * 1000, tzinfo=UTC)
    entry = Entry(index, instant, seal(payload, ANA))

    assert Entry.parse(entry.leaf()) == entry
    assert Envelope.parse(bytes(entry.envelope)) == entry.envelope
