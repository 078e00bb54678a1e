"""The kinds of value that stand in an event's fields: each with one spelling, refused otherwise."""

import re
from datetime import datetime
from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, StrictInt
from pydantic.alias_generators import to_camel

from govern.ledger.keys import PublicKey
from govern.ledger.merkle import HASH_SIZE
from govern.ledger.note import VerifierKey
from govern.ledger.strict import Digest, decode64, encode64, read_time, write_time
from govern.record.identity import check_person_id, check_role


class Part(BaseModel):
    """A part of an event: frozen, and nothing in it that is not named here."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True, arbitrary_types_allowed=True
    )


def matching(pattern: str) -> AfterValidator:
    compiled = re.compile(pattern)

    def check(text: str) -> str:
        if not compiled.fullmatch(text):
            raise ValueError(f"{text[:60]!r} does not have the form {pattern}")
        return text

    return AfterValidator(check)


def _present(value: object) -> object:
    if value is None:
        raise ValueError("an absent field is left out, not null")
    return value


def _bytes32(value: object) -> object:
    content = decode64(value) if isinstance(value, str) else value
    if not isinstance(content, bytes) or len(content) != HASH_SIZE:
        raise ValueError("expected 32 bytes in base64")
    return content


def _frommatching(parse: Any) -> BeforeValidator:
    return BeforeValidator(lambda value: parse(value) if isinstance(value, str) else value)


Count: TypeAlias = Annotated[StrictInt, Field(ge=0, lt=2**53)]
Hash32: TypeAlias = Annotated[bytes, BeforeValidator(_bytes32), PlainSerializer(encode64)]
Hashed: TypeAlias = Annotated[Digest, _frommatching(Digest.parse), PlainSerializer(str)]
Instant: TypeAlias = Annotated[datetime, _frommatching(read_time), PlainSerializer(write_time)]
Public: TypeAlias = Annotated[
    PublicKey, _frommatching(lambda text: PublicKey(decode64(text))), PlainSerializer(lambda key: encode64(key.spki))
]
Vkey: TypeAlias = Annotated[VerifierKey, _frommatching(VerifierKey.parse), PlainSerializer(str)]
Raw: TypeAlias = Annotated[bytes, _frommatching(decode64), PlainSerializer(encode64)]
Person: TypeAlias = Annotated[str, AfterValidator(check_person_id)]
RoleName: TypeAlias = Annotated[str, AfterValidator(check_role)]
KeyId: TypeAlias = Annotated[str, matching("[0-9a-f]{64}")]
EventId: TypeAlias = Annotated[str, matching("[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")]
Word: TypeAlias = Annotated[str, matching("[a-z][a-z0-9_.-]{0,63}")]
Prose: TypeAlias = Annotated[str, Field(min_length=1, max_length=2000)]
Some = BeforeValidator(_present)
