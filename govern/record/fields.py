"""The kinds of value that stand in an event's fields: each with one spelling, refused otherwise."""

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any, TypeAlias, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StrictBool,
    StrictInt,
    ValidationError,
)
from pydantic.alias_generators import to_camel

from govern.errors import InvalidInput
from govern.ledger.keys import PublicKey
from govern.ledger.merkle import HASH_SIZE
from govern.ledger.note import VerifierKey
from govern.ledger.strict import Digest, decode64, encode64, read_time, write_time
from govern.record.identity import check_person_id, check_role

# Control characters but the line feed, invisible ones, and those that change the direction of what follows. A list of our
# own: what Unicode calls printable grows, and an entry admitted today has to be admitted again in ten years.
_ILLEGIBLE = re.compile("[\\x00-\\x09\\x0b-\\x1f\\x7f-\\x9f\\u200b\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff]")


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


def matching(pattern: str, what: str) -> AfterValidator:
    """Return what refuses a text that is not ``what``, which reads like an example of it."""
    compiled = re.compile(pattern)

    def check(text: str) -> str:
        if not compiled.fullmatch(text):
            raise ValueError(f"{text[:60]!r} is not {what}")
        return text

    return AfterValidator(check)


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


Flag: TypeAlias = Annotated[StrictBool, AfterValidator(_true)]
Count: TypeAlias = Annotated[StrictInt, Field(ge=0, lt=2**53)]
Hash32: TypeAlias = Annotated[bytes, BeforeValidator(_bytes32), PlainSerializer(encode64)]
Hashed: TypeAlias = Annotated[Digest, _from_text(Digest, Digest.parse), PlainSerializer(str)]
Instant: TypeAlias = Annotated[datetime, _from_text(datetime, read_time), PlainSerializer(write_time)]
Public: TypeAlias = Annotated[
    PublicKey, _from_text(PublicKey, _public_key), PlainSerializer(lambda key: encode64(key.spki))
]
Day: TypeAlias = Annotated[date, _from_text(date, _day), PlainSerializer(str)]
Vkey: TypeAlias = Annotated[VerifierKey, _from_text(VerifierKey, VerifierKey.parse), PlainSerializer(str)]
Raw: TypeAlias = Annotated[bytes, _from_text(bytes, decode64), Field(min_length=1), PlainSerializer(encode64)]
Person: TypeAlias = Annotated[str, _checked(check_person_id)]
SignerId: TypeAlias = Annotated[str, matching("log|p-[a-z2-7]{16}", "log or a person's id")]
RoleName: TypeAlias = Annotated[str, _checked(check_role)]
Roles: TypeAlias = Annotated[tuple[RoleName, ...], Field(min_length=1, max_length=16), AfterValidator(_distinct)]
KeyId: TypeAlias = Annotated[str, matching("[0-9a-f]{64}", "64 hex digits")]
EventId: TypeAlias = Annotated[
    str, matching("[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", "an event's id")
]
Offset: TypeAlias = Annotated[str, matching("(?!-00:00)[+-](0[0-9]|1[0-4]):(00|15|30|45)", "an offset like +01:00")]
Word: TypeAlias = Annotated[str, matching("[a-z][a-z0-9_.-]{0,63}", "a word like credit-scoring")]
Prose: TypeAlias = Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(_legible)]
Some = BeforeValidator(_present)
