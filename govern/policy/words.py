"""The kinds of value that stand in a policy, each with its own message when something else stands there.

An error's type is the `Code` of the diagnostic it becomes.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any, TypeAlias

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

from govern.errors import InvalidInput
from govern.policy.decimals import write_decimal
from govern.policy.diagnostics import Code, quoted
from govern.policy.fields import spelled
from govern.policy.source import described
from govern.policy.validity import DURATION, Duration

LARGEST_COUNT = 10**9
ID = "[a-z][a-z0-9_-]{0,63}"
SEMVER = r"(0|[1-9][0-9]{0,5})(\.(0|[1-9][0-9]{0,5})){2}"
AT_LEAST = r">=(0|[1-9][0-9]{0,5})(\.(0|[1-9][0-9]{0,5})){0,2}"
ROLE = "[a-z][a-z0-9-]{1,39}"


def mistake(code: Code, message: str, hint: str = "") -> PydanticCustomError:
    # The message goes through a formatter that would take braces for fields.
    return PydanticCustomError(code.value, "{message}", {"message": message, "hint": hint})


def _text(value: object) -> str:
    if not isinstance(value, str):
        hint = "put it in quotes" if isinstance(value, bool | Decimal) else ""
        raise mistake(Code.WRONG_TYPE, f"expected text, found {described(value)}", hint)
    if not value.strip():
        raise mistake(Code.MALFORMED, "the text is empty")
    return value


def _number(value: object) -> Decimal:
    if not isinstance(value, Decimal):
        is_number = isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,20}(\.[0-9]{1,20})?", value)
        hint = "write it without quotes" if is_number else ""
        raise mistake(Code.WRONG_TYPE, f"expected a number, found {described(value)}", hint)
    return value


def _scalar(value: object) -> Decimal | str:
    return value if isinstance(value, Decimal) else _text(value)


def _count(value: object) -> int:
    number = _number(value)
    if number != number.to_integral_value() or not 0 <= number <= LARGEST_COUNT:
        raise mistake(Code.OUT_OF_RANGE, f"{write_decimal(number)} is not a count", "write a whole number, 0 or more")
    return int(number)


def _written(value: Decimal | str) -> str:
    return write_decimal(value) if isinstance(value, Decimal) else value


def _some(value: object) -> object:
    if isinstance(value, list) and not value:
        raise mistake(Code.EMPTY, "the list is empty", "name at least one, or leave the key out")
    return value


def _list(value: object) -> object:
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, list | tuple):
        raise mistake(Code.WRONG_TYPE, f"expected a text or a list of texts, found {described(value)}")
    return _some(value)


def _matching(pattern: str, what: str, hint: str) -> BeforeValidator:
    compiled = re.compile(pattern)

    def check(value: object) -> str:
        text = _text(value)
        if not compiled.fullmatch(text):
            raise mistake(Code.MALFORMED, f"{quoted(text)} is not {what}", hint)
        return text

    return BeforeValidator(check)


def _parsed(parse: Callable[[str], Any], code: Code) -> BeforeValidator:
    def read(value: object) -> object:
        try:
            return parse(_text(value))
        except InvalidInput as error:
            raise mistake(code, error.message, error.hint) from None

    return BeforeValidator(read)


def _moment(text: str) -> datetime:
    """Return an instant, or the one at which a day begins in UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or (moment.tzinfo is None and len(text) > len("2026-12-01")):
        raise InvalidInput(f"{quoted(text)} is not a moment", hint="write it like 2026-12-01T09:00:00Z or 2026-12-01")
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or str(day) != text:
        raise InvalidInput(f"{quoted(text)} is not a date", hint="write it like 2026-12-01")
    return day


def _one_or_some(one: WithJsonSchema) -> WithJsonSchema:
    some = {"type": "array", "items": one.json_schema, "minItems": 1, "uniqueItems": True}
    return WithJsonSchema({"anyOf": [one.json_schema, some]})


# What a JSON Schema says of them: numbers as YAML writes them, and a text that is more than spaces.
_TEXT, _ROLE = WithJsonSchema({"type": "string", "pattern": r"\S"}), spelled(ROLE)
_NUMBER = WithJsonSchema({"type": "number"})
_COUNT = WithJsonSchema({"type": "integer", "minimum": 0, "maximum": LARGEST_COUNT})
_SCALAR = WithJsonSchema({"anyOf": [{"type": "number"}, {"type": "string", "pattern": r"\S"}]})
_MOMENT = WithJsonSchema({"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}(T.*)?$"})
_DATE = WithJsonSchema({"type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"})

Some = BeforeValidator(_some)
"""Of a list: not an empty one."""
Text: TypeAlias = Annotated[str, BeforeValidator(_text), _TEXT]
Texts: TypeAlias = Annotated[tuple[Text, ...], BeforeValidator(_list), _one_or_some(_TEXT)]
"""One text or a list of them; they mean the same, and have the same digest."""
Id: TypeAlias = Annotated[
    str, _matching(ID, "an id", "lower-case letters, digits, - and _, a letter first"), spelled(ID)
]
CiteId: TypeAlias = Annotated[
    str, _matching("[a-z][a-z0-9.-]{0,63}", "a citation", "lower-case letters, digits, - and ., e.g. us-regb-1002.9")
]
Semver: TypeAlias = Annotated[str, _matching(SEMVER, "a version", "write it like 1.0.0"), spelled(SEMVER)]
AtLeast: TypeAlias = Annotated[str, _matching(AT_LEAST, "a requirement", 'write it like ">=0.1"'), spelled(AT_LEAST)]
RoleName: TypeAlias = Annotated[
    str, _matching(ROLE, "a role", "lower-case letters, digits and -, e.g. risk-officer"), _ROLE
]
RoleNames: TypeAlias = Annotated[tuple[RoleName, ...], BeforeValidator(_list), _one_or_some(_ROLE)]
"""Any one of these roles will do."""
Number: TypeAlias = Annotated[Decimal, BeforeValidator(_number), PlainSerializer(write_decimal), _NUMBER]
Count: TypeAlias = Annotated[int, BeforeValidator(_count), Field(strict=True), PlainSerializer(str), _COUNT]
Length: TypeAlias = Annotated[
    Duration, _parsed(Duration.parse, Code.NOT_A_DURATION), PlainSerializer(str), spelled(DURATION.pattern)
]
Day: TypeAlias = Annotated[date, _parsed(_day, Code.MALFORMED), PlainSerializer(str), _DATE]
Scalar: TypeAlias = Annotated[Any, BeforeValidator(_scalar), PlainSerializer(_written), _SCALAR]
"""A number or a text."""
Moment: TypeAlias = Annotated[datetime, _parsed(_moment, Code.MALFORMED), PlainSerializer(str), _MOMENT]
