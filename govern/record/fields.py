"""The kinds of value that stand in an event's fields: each with one spelling, refused otherwise."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, TypeAlias, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainSerializer,
    StrictBool,
    StrictInt,
    ValidationError,
    WithJsonSchema,
)
from pydantic.alias_generators import to_camel
from pydantic_core.core_schema import CoreSchema, no_info_after_validator_function

from govern.errors import InvalidInput
from govern.ledger.keys import PublicKey
from govern.ledger.merkle import HASH_SIZE
from govern.ledger.note import VerifierKey
from govern.ledger.strict import TIME, Digest, decode64, encode64, read_time, write_time
from govern.policy.fields import DIGEST, spelled
from govern.record.identity import PERSON_ID, ROLE, check_person_id, check_role

# Control characters but the line feed, invisible ones, and those that change the direction of what follows. A list of our
# own: what Unicode calls printable grows, and an entry admitted today has to be admitted again in ten years.
_HIDDEN = "\\x00-\\x09\\x0b-\\x1f\\x7f-\\x9f\\u200b\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff"
_ILLEGIBLE = re.compile(f"[{_HIDDEN}]")


class Part(BaseModel):
    """A part of an event: frozen, and nothing in it that is not named here."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True, arbitrary_types_allowed=True
    )


SomePart = TypeVar("SomePart", bound=Part)


def read_part(kind: type[SomePart], value: object, name: str) -> SomePart:
    """Return ``value`` as a part; raise `InvalidInput` with the field that is wrong."""
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        raise _mistake(name, error) from None


@dataclass(frozen=True, slots=True)
class Matching:
    """Of a text: it has the form of a pattern, all of it."""

    pattern: str
    what: str
    """Reads like an example of it."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        compiled = re.compile(self.pattern)

        def check(text: str) -> str:
            if not compiled.fullmatch(text):
                raise ValueError(f"{text[:60]!r} is not {self.what}")
            return text

        return no_info_after_validator_function(check, handler(source))

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(core), "pattern": f"^(?:{self.pattern})$"}


def _mistake(name: str, error: ValidationError) -> InvalidInput:
    first: Any = error.errors(include_url=False)[0]
    # A name that nobody foresaw may hold anything; it is quoted.
    steps = (str(step) if re.fullmatch(r"\w{1,40}", str(step), re.ASCII) else repr(step)[:60] for step in first["loc"])
    where = ".".join((name, *steps))
    said = first.get("ctx", {}).get("error")
    if not said:
        return InvalidInput(f"{where} is wrong: {first['msg'][:1].lower()}{first['msg'][1:]}")
    return InvalidInput(f"{where} is wrong: {said}", hint=getattr(said.args[0], "hint", ""))


def _present(value: object) -> object:
    if value is None:
        raise ValueError("an absent field is left out, not null")
    return value


def _bytes32(value: object) -> object:
    content = _asked(decode64, value) if isinstance(value, str) else value
    if not isinstance(content, bytes) or len(content) != HASH_SIZE:
        raise ValueError("expected 32 bytes in base64")
    return content


def _asked(parse: Callable[[str], Any], text: str) -> Any:
    try:
        return parse(text)
    except InvalidInput as error:
        raise ValueError(error) from None  # pydantic adds the field


def _checked(check: Callable[[str], str]) -> AfterValidator:
    return AfterValidator(lambda text: _asked(check, text))


def _from_text(kind: type, parse: Callable[[str], Any]) -> BeforeValidator:
    def read(value: object) -> object:
        if isinstance(value, str):
            return _asked(parse, value)
        if not isinstance(value, kind):
            raise ValueError("expected text")  # noqa: TRY004  pydantic turns a ValueError into the field's mistake
        return value

    return BeforeValidator(read)


def _distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(names)) != len(names):
        raise ValueError("a name stands there twice")
    return names


def _true(value: bool) -> bool:  # noqa: FBT001  pydantic calls it
    if not value:
        raise ValueError("what is not so is left out, not false")
    return value


def _legible(text: str) -> str:
    found = _ILLEGIBLE.search(text)
    if found:
        raise ValueError(f"the character U+{ord(found[0]):04X} cannot be seen, or turns the text around")
    return text


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or str(day) != text:
        raise InvalidInput(f"{text[:40]!r} is not a date", hint="write it like 2026-12-31")
    return day


def _public_key(text: str) -> PublicKey:
    return PublicKey(decode64(text))


# What a JSON Schema says of them.
_BASE64 = spelled("([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)")
_VKEY = spelled(r"[^+\s]+\+[0-9a-f]{8}\+[A-Za-z0-9+/]+={0,2}")
_DATE = WithJsonSchema({"type": "string", "format": "date"})
_PROSE = WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 2000, "pattern": f"^[^{_HIDDEN}]*$"})

Flag: TypeAlias = Annotated[StrictBool, AfterValidator(_true), WithJsonSchema({"const": True})]
Count: TypeAlias = Annotated[StrictInt, Field(ge=0, lt=2**53)]
Hash32: TypeAlias = Annotated[
    bytes, BeforeValidator(_bytes32), PlainSerializer(encode64), spelled("[A-Za-z0-9+/]{43}=")
]
Hashed: TypeAlias = Annotated[Digest, _from_text(Digest, Digest.parse), PlainSerializer(str), DIGEST]
Instant: TypeAlias = Annotated[
    datetime, _from_text(datetime, read_time), PlainSerializer(write_time), spelled(TIME.pattern)
]
Public: TypeAlias = Annotated[
    PublicKey, _from_text(PublicKey, _public_key), PlainSerializer(lambda key: encode64(key.spki)), _BASE64
]
Day: TypeAlias = Annotated[date, _from_text(date, _day), PlainSerializer(str), _DATE]
Vkey: TypeAlias = Annotated[VerifierKey, _from_text(VerifierKey, VerifierKey.parse), PlainSerializer(str), _VKEY]
Raw: TypeAlias = Annotated[bytes, _from_text(bytes, decode64), Field(min_length=1), PlainSerializer(encode64), _BASE64]
Person: TypeAlias = Annotated[str, _checked(check_person_id), spelled(PERSON_ID.pattern)]
SignerId: TypeAlias = Annotated[str, Matching("log|p-[a-z2-7]{16}", "log or a person's id")]
RoleName: TypeAlias = Annotated[str, _checked(check_role), spelled(ROLE.pattern)]
Roles: TypeAlias = Annotated[tuple[RoleName, ...], Field(min_length=1, max_length=16), AfterValidator(_distinct)]
KeyId: TypeAlias = Annotated[str, Matching("[0-9a-f]{64}", "64 hex digits")]
EventId: TypeAlias = Annotated[
    str, Matching("[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", "an event's id")
]
Offset: TypeAlias = Annotated[str, Matching("(?!-00:00)[+-](0[0-9]|1[0-4]):(00|15|30|45)", "an offset like +01:00")]
Word: TypeAlias = Annotated[str, Matching("[a-z][a-z0-9_.-]{0,63}", "a word like credit-scoring")]
Prose: TypeAlias = Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(_legible), _PROSE]
Some = BeforeValidator(_present)
