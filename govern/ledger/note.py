"""Signed notes and checkpoints as C2SP writes them (signed-note, tlog-checkpoint, tlog-cosignature).

A note is read before it is verified but used only afterwards: lines of unknown keys are ignored, a known key that fails
rejects the note, and so does a note that no known key signed. Every value has one spelling.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from govern.errors import InvalidInput, Tampered
from govern.ledger.merkle import EMPTY_ROOT, HASH_SIZE, Hash
from govern.ledger.strict import decode64, encode64, read_number

MOST_SIGNATURES = 64

_KEY_SIZE = 32
_ID_SIZE = 4

_NAME = re.compile(r"[^\s+\x00-\x20\x7f-\xa0\ud800-\udfff]+")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\ud800-\udfff]")


class KeyType(IntEnum):
    """What a key signs, and how; the byte before the public key."""

    ED25519 = 1
    COSIGNATURE = 4


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """An Ed25519 public key and the name it signs under; written ``name+1234abcd+<base64>``."""

    name: str
    type: KeyType
    public: bytes

    def __post_init__(self) -> None:
        _require_name(self.name)
        if len(self.public) != _KEY_SIZE:
            raise InvalidInput(f"the key of {self.name} has {len(self.public)} bytes, an Ed25519 key has {_KEY_SIZE}")

    @classmethod
    def parse(cls, text: str) -> Self:
        name, plus, rest = text.partition("+")
        id_, plus, encoded = rest.partition("+")
        if not plus:
            raise InvalidInput(f"{text[:80]!r} is not a verifier key", hint="write it like log.example+1234abcd+AQ...")
        key = decode64(encoded)
        if key[:1] not in (bytes([known]) for known in KeyType):
            raise InvalidInput(f"the key of {name} is of type 0x{key[:1].hex()}, only 0x01 and 0x04 are read here")
        read = cls(name, KeyType(key[0]), key[1:])
        if id_ != read.key_id.hex():
            raise InvalidInput(f"the key of {name} says its id is {id_[:8]}, it is {read.key_id.hex()}")
        return read

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{encode64(bytes([self.type]) + self.public)}"

    @property
    def key_id(self) -> bytes:
        return sha256(self.name.encode() + b"\n" + bytes([self.type]) + self.public).digest()[:_ID_SIZE]


@dataclass(frozen=True, slots=True)
class Signature:
    """One line under a note; written ``— name <base64 of key id and signature>``."""

    name: str
    key_id: bytes
    value: bytes

    def __post_init__(self) -> None:
        _require_name(self.name)
        if len(self.key_id) != _ID_SIZE or not self.value:
            raise InvalidInput(f"the signature of {self.name} has no key id or nothing after it")

    @classmethod
    def parse(cls, text: str) -> Self:
        name, space, encoded = text.removeprefix("— ").partition(" ")
        if not text.startswith("— ") or not space:
            raise InvalidInput(f"{text[:80]!r} is not a signature line", hint="write it like — example.com/log AbC...")
        signed = decode64(encoded)
        return cls(name, signed[:_ID_SIZE], signed[_ID_SIZE:])

    def __str__(self) -> str:
        return f"— {self.name} {encode64(self.key_id + self.value)}"


@dataclass(frozen=True, slots=True)
class Note:
    """A text and the signatures under it; `parse` says nothing about whether they verify."""

    text: str
    signatures: tuple[Signature, ...]

    def __post_init__(self) -> None:
        if not self.text.endswith("\n") or _CONTROL.search(self.text):
            raise InvalidInput("a note is text that ends in a newline, without control characters")
        if not 1 <= len(self.signatures) <= MOST_SIGNATURES:
            raise InvalidInput(f"a note has 1 to {MOST_SIGNATURES} signatures, this has {len(self.signatures)}")

    @classmethod
    def parse(cls, content: bytes) -> Self:
        try:
            text, blank, lines = content.decode().rpartition("\n\n")
        except UnicodeDecodeError:
            raise InvalidInput("a note is UTF-8, this is not") from None
        if not blank or not lines.endswith("\n"):
            raise InvalidInput("a note is a text, an empty line and signature lines, this is not")
        return cls(text + "\n", tuple(Signature.parse(line) for line in lines[:-1].split("\n")))

    def __bytes__(self) -> bytes:
        return "".join([self.text, "\n", *(f"{signature}\n" for signature in self.signatures)]).encode()


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a log signs: its origin, size and root; written as three lines, and extensions where a log has them."""

    origin: str
    size: int
    root: Hash
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for line in (self.origin, *self.extensions):
            if not line or "\n" in line or _CONTROL.search(line):
                raise InvalidInput(f"{line[:80]!r} is not a line of a checkpoint")
        if not 0 <= self.size < 2**63 or len(self.root) != HASH_SIZE:
            raise InvalidInput(f"a checkpoint of size {self.size} with a root of {len(self.root)} bytes is none")
        if self.size == 0 and self.root != EMPTY_ROOT:
            raise InvalidInput(f"an empty log has the root {EMPTY_ROOT.hex()}, this checkpoint says {self.root.hex()}")

    @classmethod
    def parse(cls, text: str) -> Self:
        match text.split("\n"):
            case [origin, size, root, *extensions, ""]:
                return cls(origin, read_number(size), decode64(root), tuple(extensions))
            case _:
                raise InvalidInput("a checkpoint is the lines origin, size and root, this is not")

    def __str__(self) -> str:
        return "".join(f"{line}\n" for line in (self.origin, self.size, encode64(self.root), *self.extensions))


def sign_note(text: str, name: str, private: Ed25519PrivateKey) -> bytes:
    """Return the note of ``text`` with one signature, under ``name``."""
    key = VerifierKey(name, KeyType.ED25519, private.public_key().public_bytes_raw())
    return bytes(Note(text, (Signature(name, key.key_id, private.sign(text.encode())),)))


def open_note(content: bytes, keys: Sequence[VerifierKey]) -> Note:
    """Return the note once a key of ``keys`` has signed it and none of them has failed."""
    return _verified(content, keys)[0]


def open_checkpoint(content: bytes, keys: Sequence[VerifierKey], *, foreign: bool = False) -> Checkpoint:
    """Return the checkpoint that a log key named as its origin signed; only a ``foreign`` log may add extension lines."""
    note, signers = _verified(content, keys)
    checkpoint = Checkpoint.parse(note.text)
    if not any(key.type is KeyType.ED25519 and key.name == checkpoint.origin for key in signers):
        names = ", ".join(key.name for key in signers)
        raise Tampered(f"this is a checkpoint of {checkpoint.origin}, signed by {names}")
    if checkpoint.extensions and not foreign:
        raise Tampered(f"the checkpoint of {checkpoint.origin} has extension lines, a Govern log writes none")
    return checkpoint


def cosignature_text(text: str, timestamp: int) -> bytes:
    """Return what a witness signs when it has seen the checkpoint ``text`` at ``timestamp``, in seconds."""
    return f"cosignature/v1\ntime {timestamp}\n{text}".encode()


def _verified(content: bytes, keys: Sequence[VerifierKey]) -> tuple[Note, list[VerifierKey]]:
    known: dict[tuple[str, bytes], VerifierKey] = {}
    for key in keys:
        if known.setdefault((key.name, key.key_id), key) != key:
            raise InvalidInput(f"two keys share the name {key.name} and the id {key.key_id.hex()}")
    note = Note.parse(content)
    signers = []
    for signature in note.signatures:
        signer = known.get((signature.name, signature.key_id))
        if signer is not None:
            _require_valid(note.text, signature, signer)
            signers.append(signer)
    if not signers:
        names = ", ".join(f"{signature.name} ({signature.key_id.hex()})" for signature in note.signatures)
        raise Tampered(
            f"no key given has signed this note, its signatures are by {names}",
            hint="give the verifier key that you got from the log's owner, not one that came with the note",
        )
    return note, signers


def _require_valid(text: str, signature: Signature, key: VerifierKey) -> None:
    message, value = text.encode(), signature.value
    if key.type is KeyType.COSIGNATURE:
        message, value = cosignature_text(text, int.from_bytes(value[:8])), value[8:]
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(value, message)
    except InvalidSignature:
        raise Tampered(f"the signature of {key.name} ({key.key_id.hex()}) is not of this text") from None


def _require_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise InvalidInput(f"{name[:80]!r} is not the name of a key", hint="a name has no spaces and no +")
