import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from govern.errors import InvalidInput
from govern.ledger.strict import (
    LARGEST_INTEGER,
    Digest,
    canonical,
    decode64,
    encode64,
    read_json,
    read_number,
    read_time,
    write_time,
)

INTEGERS = st.integers(-LARGEST_INTEGER, LARGEST_INTEGER)
# Keys on both sides of the surrogates, where sorting by UTF-16 code units and by code points differ.
TEXT = st.text(st.characters(exclude_categories=["Cs"])) | st.text(
    'a\x00\x7f"\\\u20ac\ud7ff\ue000\uffff\U00010000\U0010ffff'
)
JSON = st.recursive(
    st.none() | st.booleans() | INTEGERS | TEXT,
    lambda parts: st.lists(parts) | st.dictionaries(TEXT, parts),
    max_leaves=20,
)


@pytest.mark.parametrize("name", ["arrays", "french", "unicode", "weird"])
def test_the_published_canonical_json_is_written_byte_for_byte(shared: Path, name: str) -> None:
    assets = shared / "vectors/jcs/test/assets"
    expected = bytes.fromhex((assets / f"outhex/{name}.txt").read_text())

    written = canonical(json.loads((assets / f"input/{name}.json").read_text(encoding="utf-8")))

    assert written == expected
    assert canonical(read_json(expected)) == expected


@pytest.mark.parametrize("name", ["structures", "values"])
def test_the_published_json_with_floats_is_refused(shared: Path, name: str) -> None:
    content = (shared / f"vectors/jcs/test/assets/input/{name}.json").read_bytes()

    with pytest.raises(InvalidInput, match="is not an integer; decimals are written as text"):
        canonical(json.loads(content))
    with pytest.raises(InvalidInput, match="is not an integer; decimals are written as text"):
        read_json(content)


@given(JSON)
def test_canonical_json_is_what_another_implementation_writes_and_reads_back(value: Any) -> None:
    written = canonical(value)

    assert written == rfc8785.dumps(value)
    assert read_json(written) == value


@given(
    st.recursive(
        st.floats() | st.integers(LARGEST_INTEGER + 1), lambda parts: st.lists(parts, min_size=1), max_leaves=3
    )
)
def test_floats_and_large_integers_are_refused_wherever_they_are(number: Any) -> None:
    for value in (number, [number], {"a": {"b": (0, number)}}):
        with pytest.raises(InvalidInput, match=r"is not an integer; decimals are written as text|is beyond 2\*\*53"):
            canonical(value)


def test_integers_go_as_far_as_doubles_are_exact() -> None:
    for number in (9_007_199_254_740_991, -9_007_199_254_740_991):
        assert read_json(canonical(number)) == number


@pytest.mark.parametrize(
    ("value", "message"),
    [
        pytest.param({1: "a"}, "a key is not text", id="a number as a key"),
        pytest.param({None: "a"}, "a key is not text", id="null as a key"),
        pytest.param("\ud83d", "half a character", id="half a character"),
        pytest.param({"\udc00\U00010000": 1}, "half a character", id="half a character in a key"),
        pytest.param(b"bytes", "this value cannot be written as JSON", id="bytes"),
        pytest.param({"a", "b"}, "this value cannot be written as JSON", id="a set"),
        pytest.param(datetime(2026, 11, 20, tzinfo=UTC), "this value cannot be written as JSON", id="a time"),
    ],
)
def test_what_json_cannot_hold_is_refused(value: Any, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        canonical(value)


def test_json_that_holds_itself_is_refused() -> None:
    value: list[Any] = []
    value.append(value)

    with pytest.raises(InvalidInput, match="this value cannot be written as JSON"):
        canonical(value)
    with pytest.raises(InvalidInput, match="this is not JSON"):
        read_json(b"[" * 100_000)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b'{"a":1,"a":1}', "not in its canonical spelling", id="a key twice"),
        pytest.param(b'{"a":1,"\\u0061":2}', "not in its canonical spelling", id="a key twice in two spellings"),
        pytest.param(b'{"b":1,"a":1}', "not in its canonical spelling", id="unsorted keys"),
        pytest.param('{"\ue000":1,"\U00010000":1}'.encode(), "not in its canonical spelling", id="keys sorted by code points"),
        pytest.param(b'{"a": 1}', "not in its canonical spelling", id="a space"),
        pytest.param(b'{"a":1}\n', "not in its canonical spelling", id="a newline after it"),
        pytest.param(b'"\\u0061"', "not in its canonical spelling", id="a needless escape"),
        pytest.param(b'"\\/"', "not in its canonical spelling", id="an escaped slash"),
        pytest.param(b'"\\u000A"', "not in its canonical spelling", id="an escape in capitals"),
        pytest.param(b"-0", "not in its canonical spelling", id="minus zero"),
        pytest.param(b"01", "this is not JSON", id="a leading zero"),
        pytest.param(b"+1", "this is not JSON", id="a plus sign"),
        pytest.param(b"1.0", "1.0 is not an integer", id="a whole float"),
        pytest.param(b"1e3", "1e3 is not an integer", id="an exponent"),
        pytest.param(b"-0.0", "-0.0 is not an integer", id="minus zero as a float"),
        pytest.param(b"9007199254740992", r"9007199254740992 is beyond 2\*\*53", id="a large integer"),
        pytest.param(b"-9007199254740992", r"-9007199254740992 is beyond 2\*\*53", id="a large negative integer"),
        pytest.param(b"1" * 5000, "this is not JSON", id="an integer of 5,000 digits"),
        pytest.param(b"NaN", "NaN is not an integer", id="not a number"),
        pytest.param(b"-Infinity", "-Infinity is not an integer", id="infinity"),
        pytest.param(b'"\\ud83d"', "this is not JSON", id="half a character escaped"),
        pytest.param(b'"\xed\xa0\xbd"', "this is not JSON", id="half a character in UTF-8"),
        pytest.param(b'"\xff"', "this is not JSON", id="not UTF-8"),
        pytest.param(b'\xef\xbb\xbf"a"', "this is not JSON", id="a byte order mark"),
        pytest.param('"a"'.encode("utf-16"), "this is not JSON", id="UTF-16"),
        pytest.param(b'"\n"', "this is not JSON", id="a bare newline in a text"),
        pytest.param(b"", "this is not JSON", id="nothing"),
        pytest.param(b"1 2", "this is not JSON", id="two values"),
        pytest.param(b"[1,]", "this is not JSON", id="a comma too many"),
    ],
)  # fmt: skip
def test_json_in_another_spelling_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        read_json(content)


@given(st.binary())
def test_base64_reads_as_it_was_written(content: bytes) -> None:
    assert decode64(encode64(content)) == content


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("AAA", "'AAA' is not base64", id="no padding"),
        pytest.param("AAB=", "not the canonical base64", id="spare bits set"),
        pytest.param("AAA=AAA=", "base64", id="padding inside"),
        pytest.param("AAA==", "base64", id="padding too long"),
        pytest.param("-_-_", "is not base64", id="the URL alphabet"),
        pytest.param("AAAA\n", "is not base64", id="a newline"),
        pytest.param(" AAAA", "is not base64", id="a space"),
        pytest.param("AAA\u00e9", "is not base64", id="a letter beyond ASCII"),
    ],
)
def test_base64_in_another_spelling_is_refused(text: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        decode64(text)


@given(st.integers(0, 2**63 - 1))
def test_a_number_reads_as_it_was_written(number: int) -> None:
    assert read_number(str(number)) == number


@pytest.mark.parametrize(
    "text", ["", "01", "00", "+1", "-1", "1 ", "1\n", "1_0", "0x1", "1.0", "\u0661", str(2**63), "9" * 5000]
)
def test_a_number_in_another_spelling_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="is not a number without leading zeros"):
        read_number(text)


@given(st.datetimes(min_value=datetime(1000, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001  # Hypothesis adds the zone
def test_a_time_is_cut_to_milliseconds_and_reads_as_it_was_written(instant: datetime) -> None:
    cut = instant.replace(microsecond=instant.microsecond // 1000 * 1000)

    assert read_time(write_time(instant)) == cut
    assert write_time(cut) == write_time(instant)


def test_a_time_without_a_zone_is_not_written() -> None:
    with pytest.raises(InvalidInput, match="2026-11-20T09:05:12 has no time zone"):
        write_time(datetime(2026, 11, 20, 9, 5, 12))  # noqa: DTZ001  # what is refused


def test_a_time_is_written_in_utc() -> None:
    there = datetime(2026, 11, 20, 17, 5, 12, 345_999, tzinfo=timezone(timedelta(hours=8)))

    assert write_time(there) == "2026-11-20T09:05:12.345Z"
    assert read_time("2026-11-20T09:05:12.345Z").tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("2026-11-20T09:05:12Z", "is not a time"),
        ("2026-11-20T09:05:12.345+00:00", "is not a time"),
        ("2026-11-20 09:05:12.345Z", "is not a time"),
        ("2026-11-20T09:05:12.345z", "is not a time"),
        ("2026-11-20T09:05:12.345Z\n", "is not a time"),
        ("2026-02-29T09:05:12.345Z", "is not a time that exists"),
        ("2026-11-20T24:00:00.000Z", "is not a time"),
        ("2026-11-20T09:05:60.000Z", "is not a time that exists"),
        ("0000-01-01T00:00:00.000Z", "is not a time that exists"),
    ],
)
def test_a_time_in_another_spelling_is_refused(text: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        read_time(text)


@given(st.binary(min_size=32, max_size=32))
def test_a_digest_reads_as_it_was_written(value: bytes) -> None:
    assert Digest.parse(str(Digest(value))) == Digest(value)


@pytest.mark.parametrize(
    "text", ["", "sha256:", "sha256:" + "A" * 64, "sha256:" + "a" * 63, "sha1:" + "a" * 64, "a" * 64]
)
def test_a_digest_in_another_spelling_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="is not a digest"):
        Digest.parse(text)


def test_a_digest_has_32_bytes() -> None:
    assert str(Digest.of(b"")) == "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    with pytest.raises(InvalidInput, match="a SHA-256 digest has 32 bytes, this has 31"):
        Digest(bytes(31))
