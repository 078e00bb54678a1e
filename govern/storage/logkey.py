"""The log's own key: a file that signs checkpoints, and may do so without a passphrase.

A server has to start without a person. What the theft of this file allows, docs/threats.md says: to sign heads and
notices of the log, never to sign for a person.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from govern.errors import InvalidInput, Kind, NotAllowed, Tampered
from govern.ledger.keys import Pen
from govern.ledger.note import KeyType, VerifierKey
from govern.ledger.strict import canonical, decode64, encode64, read_json
from govern.storage import durable, secret

SCHEMA = "govern/log-key/v1"

_HEADER = {"schema", "origin", "vkey"}


@dataclass(frozen=True, slots=True)
class LogKey:
    """The log's pen and the verifier key that everybody checks it with."""

    pen: Pen
    vkey: VerifierKey

    @classmethod
    def of(cls, origin: str, pen: Pen) -> Self:
        return cls(pen, VerifierKey(origin, KeyType.ED25519, pen.public.raw))

    @property
    def origin(self) -> str:
        return self.vkey.name


def create(path: Path, key: LogKey, passphrase: str = "") -> None:
    """Write the key to ``path``, readable by its owner alone; with a passphrase, encrypted too."""
    header = {"schema": SCHEMA, "origin": key.origin, "vkey": str(key.vkey)}
    if passphrase:
        content = secret.encrypt(header, key.pen.seed, passphrase)
    else:
        content = canonical(header | {"seed": encode64(key.pen.seed)})
    durable.make_folder(path.parent, 0o700)
    durable.create(path, content, 0o600)


def vkey(path: Path) -> VerifierKey:
    """Return the key that the file says it holds, which takes no passphrase."""
    with _malformed(path):
        return _require_fields(read_json(secret.read_private(path)))


def read(path: Path, passphrase: str = "") -> LogKey:
    """Return the key; raise `NotAllowed` if it needs a passphrase and none or a wrong one is given."""
    content = secret.read_private(path)
    with _malformed(path):
        value = read_json(content)
        said = _require_fields(value)
        seed = _seed(value, path, passphrase)
    key = LogKey.of(said.name, Pen.from_seed(seed))
    if key.vkey != said:
        raise Tampered(
            f"{path} says it holds the key {said}, it holds another",
            kind=Kind.EDITED,
            hint="restore the file from a copy; if you did not change it, find out who did",
        )
    return key


@contextmanager
def _malformed(path: Path) -> Iterator[None]:
    try:
        yield
    except InvalidInput as error:
        raise InvalidInput(
            f"{path} is not the key of a log: {error.message}", hint="restore it from a copy", code="key_malformed"
        ) from None


def _require_fields(value: Any) -> VerifierKey:
    if not isinstance(value, dict) or value.get("schema") != SCHEMA:
        raise InvalidInput(f"its schema is not {SCHEMA}")
    if set(value) not in (_HEADER | {"seed"}, _HEADER | secret.FIELDS):
        raise InvalidInput("its fields are not origin, vkey and seed")
    if not all(isinstance(value[name], str) for name in _HEADER):
        raise InvalidInput("its origin and vkey are not text")
    key = VerifierKey.parse(value["vkey"])
    if key.name != value["origin"] or key.type is not KeyType.ED25519:
        raise InvalidInput(f"its vkey is not one of a log called {value['origin']}")
    return key


def _seed(value: dict[str, Any], path: Path, passphrase: str) -> bytes:
    if "seed" in value:
        return _plain_seed(value["seed"])
    encrypted = secret.Encrypted(value, str(path))
    if not passphrase:
        raise NotAllowed(
            f"{path} is encrypted", hint="give its passphrase in GOVERN_LOG_PASSPHRASE", code="passphrase_needed"
        )
    return encrypted.decrypt(passphrase)


def _plain_seed(text: object) -> bytes:
    try:
        seed = decode64(text) if isinstance(text, str) else b""
    except InvalidInput:
        seed = b""  # its message would quote the secret
    if len(seed) != 32:  # noqa: PLR2004  an Ed25519 seed
        raise InvalidInput("its seed is not 32 bytes in base64")
    return seed
