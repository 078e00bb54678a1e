"""Secrets on the disk: behind a passphrase, and readable by their owner alone.

The cipher's key comes from scrypt, and everything in the file but the ciphertext is bound as associated data. The nonce
comes from scrypt too: every salt is drawn anew, so it never repeats, and it tells a wrong passphrase from a file that
was altered. No passphrase and no secret is ever part of a message.
"""

import os
import secrets
import stat
import sys
import unicodedata
from dataclasses import dataclass, field
from hmac import compare_digest
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from govern.errors import InvalidInput, Kind, NotAllowed, Tampered, Unavailable
from govern.ledger.strict import canonical, decode64, encode64

FIELDS = frozenset({"kdf", "cipher", "ciphertext"})
"""What `encrypt` adds to a header."""

LARGEST_FILE = 65_536

_KDF, _CIPHER = "scrypt", "chacha20-poly1305"
_N, _R, _P = 2**17, 8, 1
_MOST_N, _MOST_P = 2**19, 4  # half a gigabyte, and some ten seconds
_SALT_SIZE, _KEY_SIZE, _NONCE_SIZE = 16, 32, 12


@dataclass(frozen=True, slots=True)
class Encrypted:
    """A document whose secret needs a passphrase; its parameters are neither weak nor ruinous."""

    document: dict[str, Any]
    name: str
    """How messages call it."""
    _salt: bytes = field(init=False, repr=False)
    _nonce: bytes = field(init=False, repr=False)
    _ciphertext: bytes = field(init=False, repr=False)

    def __post_init__(self) -> None:
        kdf, cipher, ciphertext = (self.document[name] for name in ("kdf", "cipher", "ciphertext"))
        self._require_fields("kdf", kdf, {"name": str, "n": int, "r": int, "p": int, "salt": str})
        self._require_fields("cipher", cipher, {"name": str, "nonce": str})
        if kdf["name"] != _KDF or cipher["name"] != _CIPHER or not isinstance(ciphertext, str):
            raise InvalidInput(f"it is not encrypted with {_KDF} and {_CIPHER}, the only ones read here")
        self._require_cost(kdf["n"], kdf["r"], kdf["p"])
        object.__setattr__(self, "_salt", _read64(kdf["salt"], _SALT_SIZE))
        object.__setattr__(self, "_nonce", _read64(cipher["nonce"], _NONCE_SIZE))
        object.__setattr__(self, "_ciphertext", decode64(ciphertext))

    def decrypt(self, passphrase: str) -> bytes:
        """Return the secret; raise `NotAllowed` for a wrong passphrase and `Tampered` for a file that was altered."""
        kdf = self.document["kdf"]
        key, nonce = _derived(passphrase, self._salt, kdf["n"], kdf["r"], kdf["p"])
        if not compare_digest(nonce, self._nonce):
            raise NotAllowed(
                f"the passphrase does not open {self.name}",
                hint="try again; a file with a damaged salt or nonce looks the same",
                code="wrong_passphrase",
            )
        bound = {name: value for name, value in self.document.items() if name != "ciphertext"}
        try:
            return ChaCha20Poly1305(key).decrypt(nonce, self._ciphertext, canonical(bound))
        except InvalidTag:
            raise Tampered(
                f"the passphrase fits {self.name}, but the file is not as it was written",
                kind=Kind.EDITED,
                hint="restore the file from a copy; if you did not change it, find out who did",
            ) from None

    def _require_fields(self, part: str, value: object, fields: dict[str, type]) -> None:
        # A type is compared, not asked with isinstance: true is an int in Python.
        if not isinstance(value, dict) or {name: type(one) for name, one in value.items()} != fields:
            raise InvalidInput(f"its {part} does not have the fields {', '.join(fields)}")

    def _require_cost(self, n: int, r: int, p: int) -> None:
        if n < _N or r < _R or p < _P:
            raise Tampered(
                f"{self.name} asks for scrypt with n={n}, r={r}, p={p}, the least allowed is n={_N}, r={_R}, p={_P}",
                kind=Kind.DOWNGRADED,
                hint="restore the file from a copy; if you did not change it, find out who did",
            )
        if n > _MOST_N or n & (n - 1) or r != _R or p > _MOST_P:
            raise InvalidInput(
                f"it asks for scrypt with n={n}, r={r}, p={p}; n is a power of two up to {_MOST_N}, r is {_R}, p is 1 to {_MOST_P}"
            )


def encrypt(header: dict[str, Any], secret: bytes, passphrase: str) -> bytes:
    """Return a file of ``header`` and ``secret``, the one bound to the other."""
    if not passphrase:
        raise InvalidInput("an empty passphrase protects nothing", hint="choose several words")
    salt = _salt()
    key, nonce = _derived(passphrase, salt, _N, _R, _P)
    bound = header | {
        "kdf": {"name": _KDF, "n": _N, "r": _R, "p": _P, "salt": encode64(salt)},
        "cipher": {"name": _CIPHER, "nonce": encode64(nonce)},
    }
    ciphertext = ChaCha20Poly1305(key).encrypt(nonce, secret, canonical(bound))
    return canonical(bound | {"ciphertext": encode64(ciphertext)})


def read_private(path: Path) -> bytes:
    """Return what is in ``path``; raise `NotAllowed` if others than its owner may read or write it.

    Who the owner is does not matter: only root reads another user's private file, and a planted file opens with no
    passphrase but the planter's.
    """
    try:
        with path.open("rb") as file:
            _require_private(path, os.fstat(file.fileno()))
            content = file.read(LARGEST_FILE + 1)
    except FileNotFoundError:
        raise NotAllowed(f"there is no key file {path}", code="no_key") from None
    except OSError as error:
        raise Unavailable(f"{path} cannot be read: {error.strerror or error}") from error
    if len(content) > LARGEST_FILE:
        raise InvalidInput(f"{path} is too large to be a key file")
    return content


def _require_private(path: Path, status: os.stat_result) -> None:
    if sys.platform != "win32" and status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise NotAllowed(
            f"{path} has mode {stat.S_IMODE(status.st_mode):04o}: others than its owner may use it",
            hint=f"chmod 600 {path}; if others had access, make a new key with `govern key rotate`",
            code="key_exposed",
        )


def _read64(text: str, size: int) -> bytes:
    content = decode64(text)
    if len(content) != size:
        raise InvalidInput(f"its salt or nonce has {len(content)} bytes, it needs {size}")
    return content


def _salt() -> bytes:
    return secrets.token_bytes(_SALT_SIZE)


def _derived(passphrase: str, salt: bytes, n: int, r: int, p: int) -> tuple[bytes, bytes]:
    """Return the cipher's key and nonce."""
    # The same word typed on another system may arrive composed differently; half characters must not raise: the
    # exception would carry the passphrase.
    word = unicodedata.normalize("NFC", passphrase).encode("utf-8", "surrogatepass")
    try:
        derived = Scrypt(salt, _KEY_SIZE + _NONCE_SIZE, n, r, p).derive(word)
    except MemoryError:
        raise Unavailable(f"scrypt needs {128 * n * r >> 20} MiB of memory, there is not as much") from None
    return derived[:_KEY_SIZE], derived[_KEY_SIZE:]
