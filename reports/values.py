"""From the plain values of a paper to JSON, and what every value has to keep to."""

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from govern.errors import InvalidInput
from govern.ledger.strict import Digest

_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")
_LONG = re.compile(r"(?<![\w.])-?(0|[1-9][0-9]*)\.[0-9]{5,}(?![\w.])")
_DECIMALS = 4
REPORT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def value(part: Any) -> Any:  # noqa: PLR0911  a case a kind of value
    match part:
        case Digest():
            return str(part)
        case datetime():
            return part.isoformat(timespec="milliseconds")
        case bytes():
            return str(Digest.of(part))
        case StrEnum():
            return part.value
        case tuple():
            return [value(one) for one in part]
        case _ if is_dataclass(part):
            return {field.name: value(getattr(part, field.name)) for field in fields(part)}
        case _:
            return part


def texts(value: Any, where: str) -> Iterator[tuple[str, str]]:
    match value:
        case str():
            yield where, value
        case dict():
            for name, part in value.items():
                yield from texts(part, f"{where}.{name}".lstrip("."))
        case list():
            for place, part in enumerate(value):
                yield from texts(part, f"{where}[{place}]")
        case _:
            pass


def number(measured: str | None) -> str:
    """Return a measured number as far as a reader is shown it: cut, never rounded, so that 0.79996 does not read as 0.8."""
    if measured is None:
        return "\N{EN DASH}"
    whole, _, decimals = measured.partition(".")
    shown = max(_DECIMALS, len(decimals) - len(decimals.lstrip("0")) + 2) if whole.lstrip("-") == "0" else _DECIMALS
    return measured if len(decimals) <= shown else f"{whole}.{decimals[:shown]}…"


def cut(words: str) -> str:
    """Return ``words`` with every number in them as far as a reader is shown it."""
    return _LONG.sub(lambda found: number(found[0]), words)


def require_numbers(*texts: str | None) -> None:
    for text in texts:
        if text is not None and not _NUMBER.fullmatch(text):
            raise InvalidInput(
                f"{text[:40]!r} is not a measured number", hint="a decimal without exponent, e.g. 0.4485"
            )


def require_offset(instant: datetime) -> None:
    if instant.tzinfo is None:
        raise InvalidInput(f"{instant.isoformat()} has no offset")
