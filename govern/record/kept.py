"""The kinds of value that a snapshot keeps.

What is read was written here, and the log signed it: how it is spelled is not asked again.
"""

from binascii import a2b_base64
from datetime import date, datetime
from typing import Annotated, TypeAlias

from pydantic import BeforeValidator, PlainSerializer

from govern.ledger.strict import Digest, encode64, write_time


def _digest(value: object) -> object:
    return Digest(bytes.fromhex(value[7:])) if isinstance(value, str) else value


def _bytes(value: object) -> object:
    return a2b_base64(value) if isinstance(value, str) else value


def _instant(value: object) -> object:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


Hash32: TypeAlias = Annotated[bytes, BeforeValidator(_bytes), PlainSerializer(encode64)]
Hashed: TypeAlias = Annotated[Digest, BeforeValidator(_digest), PlainSerializer(str)]
Instant: TypeAlias = Annotated[datetime, BeforeValidator(_instant), PlainSerializer(write_time)]
Day: TypeAlias = Annotated[date, PlainSerializer(str)]
Names: TypeAlias = Annotated[frozenset[str], PlainSerializer(sorted)]
"""A set of texts, written in one order."""
