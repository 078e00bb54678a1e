"""The kinds of value that stand in evidence: each with one spelling, refused otherwise."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Any, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StrictInt,
    WithJsonSchema,
)

from govern.errors import InvalidInput
from govern.ledger.strict import Digest
from govern.policy.decimals import DECIMAL, FRACTION, read_decimal, read_fraction, write_decimal, write_fraction

ONE_LINE = re.compile(
    "[^\\x00-\\x1f\\x7f-\\x9f\\xad\\u061c\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffc\\U000e0000-\\U000e0fff]*"
)
"""What reads as it is written: no line ends, nothing invisible, nothing that changes the direction of what follows."""


class Part(BaseModel):
    """A part of the evidence: frozen, every field present, and nothing in it that is not named here."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


def spelled(pattern: str) -> WithJsonSchema:
    """Let the JSON Schema of a value say its form, which pydantic cannot read off a validator of ours."""
    return WithJsonSchema({"type": "string", "pattern": f"^(?:{pattern})$"})


def _text(kind: type, parse: Callable[[str], Any]) -> BeforeValidator:
    def read(value: object) -> object:
        if isinstance(value, kind):
            return value
        if not isinstance(value, str):
            raise ValueError("expected text")  # noqa: TRY004  pydantic turns a ValueError into the field's mistake
        try:
            return parse(value)
        except InvalidInput as error:
            raise ValueError(error) from None  # the same

    return BeforeValidator(read)


def read_day(text: str) -> date:
    # Not everything that Python takes for a date is spelled like one here.
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise InvalidInput(f"{text[:60]!r} is not a date") from None
    if str(day) != text:
        raise InvalidInput(f"{text[:60]!r} is not spelled like 2026-12-01")
    return day


def _line(text: str) -> str:
    if not ONE_LINE.fullmatch(text):
        raise ValueError("there is a character in it that nobody sees")
    return text


DIGEST = spelled("sha256:[0-9a-f]{64}")

Count: TypeAlias = Annotated[StrictInt, Field(ge=0, lt=2**53)]
Name: TypeAlias = Annotated[str, Field(min_length=1, max_length=200)]
Line: TypeAlias = Annotated[Name, AfterValidator(_line)]
Word: TypeAlias = Annotated[str, Field(pattern="^[a-z][a-z0-9_]{0,63}$")]
Hashed: TypeAlias = Annotated[Digest, _text(Digest, Digest.parse), PlainSerializer(str), DIGEST]
Day: TypeAlias = Annotated[date, _text(date, read_day), PlainSerializer(str), spelled("[0-9]{4}-[0-9]{2}-[0-9]{2}")]
Number: TypeAlias = Annotated[
    Decimal, _text(Decimal, read_decimal), PlainSerializer(write_decimal), spelled(DECIMAL.pattern)
]
Exact: TypeAlias = Annotated[
    Fraction, _text(Fraction, read_fraction), PlainSerializer(write_fraction), spelled(FRACTION.pattern)
]
