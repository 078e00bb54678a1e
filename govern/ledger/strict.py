"""One spelling per value: JSON, base64, numbers, times and digests, read strictly and written once.

Everything here refuses what it would not itself have written, so that no two byte strings mean the same thing.
"""

import binascii
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Never, Self

from govern.errors import InvalidInput

LARGEST_INTEGER = 2**53 - 1
"""RFC 8785 numbers are IEEE doubles; beyond this two integers may share one spelling."""

_DIGEST_SIZE = 32
_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")
TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}\.[0-9]{3}Z")


@dataclass(frozen=True, slots=True, order=True)
class Digest:
    """A SHA-256 digest; written ``sha256:<64 lower-case hex digits>``."""

    value: bytes

    def __post_init__(self) -> None:
        if len(self.value) != _DIGEST_SIZE:
            raise InvalidInput(f"a SHA-256 digest has 32 bytes, this has {len(self.value)}")

    @classmethod
    def of(cls, content: bytes) -> Self:
        return cls(sha256(content).digest())

    @classmethod
    def parse(cls, text: str) -> Self:
        if not re.fullmatch(r"sha256:[0-9a-f]{64}", text):
            raise InvalidInput(f"{text!r} is not a digest", hint="write sha256: and 64 lower-case hex digits")
        return cls(bytes.fromhex(text[7:]))

    def __str__(self) -> str:
        return f"sha256:{self.value.hex()}"


def canonical(value: Any) -> bytes:
    """Return ``value`` as RFC 8785 writes it; floats, large integers and lone surrogates are refused."""
    try:
        _refuse_numbers(value)
        return _written(value)
    except UnicodeEncodeError:
        raise InvalidInput("a text holds half a character (a lone surrogate)") from None
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidInput(f"this value cannot be written as JSON: {error}") from None


def read_json(content: bytes) -> Any:
    """Return the value that ``content`` is the one canonical spelling of."""
    try:
        value = _READER.decode(content.decode())
        again = _written(value)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"this is not JSON: {error}") from None
    if again != content:
        raise InvalidInput("this JSON is not in its canonical spelling", hint="no spaces, sorted keys, each key once")
    return value


def read_anchor(text: str) -> bytes:
    """Return the leaf hash of entry 0, which is written as 64 hex digits."""
    if not re.fullmatch(r"[0-9a-f]{64}", text):
        raise InvalidInput(f"{text[:80]!r} is not an anchor", hint="64 lower-case hex digits, as `govern init` printed")
    return bytes.fromhex(text)


def encode64(content: bytes) -> str:
    return binascii.b2a_base64(content, newline=False).decode()


def decode64(text: str) -> bytes:
    """Return the bytes that ``text`` is the one standard base64 spelling of."""
    try:
        content = binascii.a2b_base64(text, strict_mode=True)
    except ValueError:
        raise InvalidInput(f"{text[:40]!r} is not base64") from None
    if encode64(content) != text:
        raise InvalidInput(f"{text[:40]!r} is not the canonical base64 of any bytes")
    return content


def read_number(text: str) -> int:
    """Return the number that ``text`` spells in decimal without leading zeros, below 2**63."""
    if not _NUMBER.fullmatch(text) or int(text) >= 2**63:
        raise InvalidInput(f"{text[:40]!r} is not a number without leading zeros")
    return int(text)


def read_time(text: str) -> datetime:
    """Return the instant written ``YYYY-MM-DDTHH:MM:SS.mmmZ``."""
    if not TIME.fullmatch(text):
        raise InvalidInput(f"{text[:40]!r} is not a time", hint="write it like 2026-11-20T09:05:12.345Z")
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput(f"{text!r} is not a time that exists") from None


def write_time(instant: datetime) -> str:
    """Return ``instant`` in UTC, cut to milliseconds."""
    if instant.tzinfo is None:
        raise InvalidInput(f"{instant.isoformat()} has no time zone")
    # Not strftime, which writes the year 26 without its zeros.
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def _written(value: Any) -> bytes:
    text = _WRITER.encode(value)
    if not text.isascii() and max(text) > "\uffff":
        # RFC 8785, 3.2.3: keys are sorted by UTF-16 code units, which only differs above the first plane.
        text = json.dumps(_sorted(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode()


def _integer(text: str) -> int:
    number = int(text)
    if abs(number) > LARGEST_INTEGER:
        raise ValueError(f"the integer {text} is beyond 2**53")
    return number


def _no_float(text: str) -> Never:
    raise ValueError(f"{text} is not an integer; decimals are written as text")


def _refuse_numbers(value: Any) -> None:
    match value:
        case float():
            _no_float(repr(value))
        case int() if abs(value) > LARGEST_INTEGER:
            raise ValueError(f"the integer {value} is beyond 2**53")
        case dict():
            if not all(isinstance(key, str) for key in value):
                raise ValueError("a key is not text")
            for part in value.values():
                _refuse_numbers(part)
        case list() | tuple():
            for part in value:
                _refuse_numbers(part)
        case _:
            pass


def _sorted(value: Any) -> Any:
    match value:
        case dict():
            return {key: _sorted(value[key]) for key in sorted(value, key=lambda key: key.encode("utf-16-be"))}
        case list() | tuple():
            return [_sorted(part) for part in value]
        case _:
            return value


# Made once: `json.loads` and `json.dumps` make one for every call.
_READER = json.JSONDecoder(parse_float=_no_float, parse_constant=_no_float, parse_int=_integer)
_WRITER = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
