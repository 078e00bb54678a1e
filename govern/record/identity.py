"""Who people are: ids that say nothing, identities behind salted commitments, and requests to be enrolled.

Nothing here but the id and the commitment ever enters a leaf; the rest lives in an erasable table.
"""

import base64
import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from govern.errors import InvalidInput, Kind, Tampered
from govern.ledger.envelope import pae
from govern.ledger.keys import Pen, PublicKey, Scheme
from govern.ledger.strict import Digest, canonical, decode64, encode64, read_json, read_time, write_time

SALT_SIZE = 32
LONGEST_NAME = 200
REQUEST_TYPE = "application/vnd.govern.key-request+json"

PERSON_ID = re.compile(r"p-[a-z2-7]{16}")
ROLE = re.compile(r"[a-z][a-z0-9-]{1,39}")
_HANDLE = re.compile(r"[a-z][a-z0-9._-]{0,31}")


class Role(StrEnum):
    """The roles that Govern knows; policies may name others."""

    DEVELOPER = "developer"
    VALIDATOR = "validator"
    RISK_OFFICER = "risk-officer"
    FAIR_LENDING_OFFICER = "fair-lending-officer"
    MODEL_OWNER = "model-owner"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


NEVER_SIGN_OFF = frozenset({Role.DEVELOPER.value, Role.AUDITOR.value})
"""Roles that no approval can be made of; one registrar suffices to give them."""


def check_person_id(text: str) -> str:
    if not PERSON_ID.fullmatch(text):
        raise InvalidInput(f"{text[:40]!r} is not a person's id", hint="p- and 16 characters of a-z and 2-7")
    return text


def check_role(text: str) -> str:
    if not ROLE.fullmatch(text):
        raise InvalidInput(
            f"{text[:60]!r} is not a role", hint=f"one of {', '.join(Role)}, or a policy's own: a-z, 0-9 and -"
        )
    return text


def check_handle(text: str) -> str:
    if not _HANDLE.fullmatch(text) or PERSON_ID.fullmatch(text):  # or somebody could pass for another's id
        raise InvalidInput(f"{text[:60]!r} is not a handle", hint="a-z, then a-z, 0-9, dot, dash; at most 32; e.g. ana")
    return text


def person_id(entropy: bytes) -> str:
    """Return the id that ten random bytes spell."""
    return "p-" + base64.b32encode(entropy[:10]).decode().lower()


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a person is: what is printed beside signatures, and erased on request."""

    handle: str
    name: str
    email: str = ""

    def __post_init__(self) -> None:
        check_handle(self.handle)
        for word, text in (("name", self.name), ("e-mail address", self.email)):
            if len(text) > LONGEST_NAME or any(not char.isprintable() for char in text):
                raise InvalidInput(f"the {word} {text[:60]!r} is too long or not printable")
        if not self.name.strip():
            raise InvalidInput("a person without a name cannot sign", hint='add --name "Ana Prado"')

    @classmethod
    def parse(cls, content: bytes) -> Self:
        value = read_json(content)
        if (
            not isinstance(value, dict)
            or set(value) - {"handle", "name", "email"}
            or not {"handle", "name"} <= set(value)
        ):
            raise InvalidInput("this is not an identity record", hint="it has handle, name and perhaps email")
        if not all(isinstance(part, str) for part in value.values()) or value.get("email") == "":
            raise InvalidInput("this is not an identity record", hint="every field is a text that is not empty")
        return cls(**value)

    def __bytes__(self) -> bytes:
        email = {"email": self.email} if self.email else {}
        return canonical({"handle": self.handle, "name": self.name} | email)

    def commitment(self, salt: bytes) -> Digest:
        """Return what a leaf says of this identity: nothing, to whoever lacks the salt."""
        if len(salt) != SALT_SIZE:
            raise InvalidInput(f"a salt has {SALT_SIZE} bytes")
        return Digest.of(salt + bytes(self))


@dataclass(frozen=True, slots=True)
class NewKey:
    """A public key that asks to be enrolled for a person, with the proof that its owner holds it."""

    person: str
    public: PublicKey
    commitment: Digest
    requested_at: datetime
    possession: bytes

    @classmethod
    def made(cls, pen: Pen, person: str, commitment: Digest, now: datetime) -> Self:
        unsigned = cls(person, pen.public, commitment, read_time(write_time(now)), b"")
        return cls(person, pen.public, commitment, unsigned.requested_at, pen.sign(unsigned.statement()))

    def statement(self) -> bytes:
        """Return the bytes that prove possession when the new key signs them."""
        body = {
            "identityCommitment": str(self.commitment),
            "person": self.person,
            "publicKey": encode64(self.public.spki),
            "requestedAt": write_time(self.requested_at),
        }
        return pae(REQUEST_TYPE, canonical(body))

    def check(self) -> None:
        """Raise unless the key is one that persons may sign with, and its owner holds it."""
        check_person_id(self.person)
        if self.public.scheme is not Scheme.ED25519:
            raise InvalidInput(
                f"the key is {self.public.scheme}, persons sign with Ed25519 keys",
                hint="make one with `govern key new`",
            )
        self.public.check_strength()
        try:
            self.public.verify(self.possession, self.statement())
        except Tampered:
            raise Tampered(
                f"the proof of possession of key {self.public.keyid[:16]} does not verify",
                kind=Kind.COPIED_SIGNATURE,
                hint="ask for a new request file: somebody changed this one, or the key is not theirs",
            ) from None


@dataclass(frozen=True, slots=True)
class KeyRequest:
    """What ``NAME.request.json`` holds: a new key, and the identity behind its commitment."""

    key: NewKey
    identity: Identity
    salt: bytes

    SCHEMA = "govern/key-request/v1"

    @classmethod
    def parse(cls, content: bytes) -> Self:
        """Return the request, its proof of possession and its commitment checked."""
        value = read_json(content)
        fields = {
            "schema",
            "person",
            "publicKey",
            "identityCommitment",
            "requestedAt",
            "possession",
            "identity",
            "salt",
        }
        if not isinstance(value, dict) or set(value) != fields or value["schema"] != cls.SCHEMA:
            raise InvalidInput("this is not a key request", hint="`govern key new NAME` writes NAME.request.json")
        if not all(isinstance(value[name], str) for name in fields - {"identity"}):
            raise InvalidInput("this is not a key request: every field but identity is text")
        key = NewKey(
            check_person_id(value["person"]),
            PublicKey(decode64(value["publicKey"])),
            Digest.parse(value["identityCommitment"]),
            read_time(value["requestedAt"]),
            decode64(value["possession"]),
        )
        key.check()
        request = cls(key, Identity.parse(canonical(value["identity"])), decode64(value["salt"]))
        if request.identity.commitment(request.salt) != key.commitment:
            raise Tampered(
                "the identity in this request is not the one its key committed to",
                kind=Kind.EDITED,
                hint="ask for a new request file",
            )
        return request

    def __bytes__(self) -> bytes:
        value: dict[str, Any] = {
            "schema": self.SCHEMA,
            "person": self.key.person,
            "publicKey": encode64(self.key.public.spki),
            "identityCommitment": str(self.key.commitment),
            "requestedAt": write_time(self.key.requested_at),
            "possession": encode64(self.key.possession),
            "identity": read_json(bytes(self.identity)),
            "salt": encode64(self.salt),
        }
        return canonical(value)
