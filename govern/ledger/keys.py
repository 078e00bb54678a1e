"""Public keys that may sign, and the pens that hold their private halves.

A key is its DER SubjectPublicKeyInfo in the one encoding we write; its keyid is the SHA-256 of that, for lookup only,
never for trust. ECDSA signatures are raw ``r || s``: the DER form has many spellings.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Self, TypeAlias

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, utils
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key
from nacl.bindings import crypto_core_ed25519_is_valid_point, crypto_sign_open
from nacl.exceptions import BadSignatureError

from govern.errors import InvalidInput, Kind, Tampered


class Scheme(StrEnum):
    """The signature schemes that the format allows."""

    ED25519 = "ed25519"
    P256 = "ecdsa-sha2-nistp256"
    P384 = "ecdsa-sha2-nistp384"


_CURVES = {"secp256r1": Scheme.P256, "secp384r1": Scheme.P384}
_ECDSA = {Scheme.P256: (hashes.SHA256(), 32), Scheme.P384: (hashes.SHA384(), 48)}

ED25519_SIGNATURE_SIZE = 64

_Loaded: TypeAlias = ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key in one of the allowed schemes, as DER SubjectPublicKeyInfo."""

    spki: bytes
    scheme: Scheme = field(init=False, compare=False)
    keyid: str = field(init=False, compare=False)
    _loaded: _Loaded = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        loaded, scheme = _load(self.spki)
        object.__setattr__(self, "_loaded", loaded)
        object.__setattr__(self, "scheme", scheme)
        object.__setattr__(self, "keyid", sha256(self.spki).hexdigest())

    @classmethod
    def of(cls, loaded: _Loaded) -> Self:
        return cls(loaded.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))

    @property
    def raw(self) -> bytes:
        """The 32 bytes of an Ed25519 key."""
        return self.spki[-32:]

    def verify(self, signature: bytes, message: bytes) -> None:
        """Raise `Tampered` unless ``signature`` is this key's over ``message``."""
        try:
            if isinstance(self._loaded, ed25519.Ed25519PublicKey):
                self._verify_ed25519(signature, message)
            else:
                self._verify_ecdsa(self._loaded, signature, message)
        except (BadSignatureError, InvalidSignature):
            raise Tampered(
                f"the signature by key {self.keyid[:16]} does not fit the signed bytes", kind=Kind.EDITED
            ) from None

    def check_strength(self) -> None:
        """Raise `Tampered` for a point that others could sign for, or that has a second spelling.

        OpenSSL accepts low-order, mixed-order and non-canonical Ed25519 points; libsodium's check refuses all three.
        """
        if self.scheme is Scheme.ED25519 and not crypto_core_ed25519_is_valid_point(self.raw):
            raise Tampered(
                f"the public key {self.keyid[:16]} is not a safe Ed25519 point (low order, mixed order or not canonical)",
                kind=Kind.MALLEABLE_KEY,
                hint="make a new key with `govern key new`",
            )

    def _verify_ed25519(self, signature: bytes, message: bytes) -> None:
        """Verify with libsodium: twice as quick as OpenSSL, and it accepts no signature that OpenSSL refuses."""
        if len(signature) != ED25519_SIGNATURE_SIZE:
            raise InvalidSignature
        crypto_sign_open(signature + message, self.raw)

    def _verify_ecdsa(self, loaded: ec.EllipticCurvePublicKey, signature: bytes, message: bytes) -> None:
        digest, size = _ECDSA[self.scheme]
        if len(signature) != 2 * size:
            raise InvalidSignature
        r, s = (int.from_bytes(part) for part in (signature[:size], signature[size:]))
        loaded.verify(utils.encode_dss_signature(r, s), message, ec.ECDSA(digest))


@dataclass(frozen=True, slots=True)
class Pen:
    """A private Ed25519 key, held for as long as a person signs."""

    _private: ed25519.Ed25519PrivateKey = field(repr=False)
    public: PublicKey

    @classmethod
    def from_seed(cls, seed: bytes) -> Self:
        private = ed25519.Ed25519PrivateKey.from_private_bytes(seed)
        return cls(private, PublicKey.of(private.public_key()))

    @classmethod
    def generate(cls) -> Self:
        return cls.from_seed(ed25519.Ed25519PrivateKey.generate().private_bytes_raw())

    @property
    def seed(self) -> bytes:
        return self._private.private_bytes_raw()

    @property
    def private(self) -> ed25519.Ed25519PrivateKey:
        return self._private

    def sign(self, message: bytes) -> bytes:
        return self._private.sign(message)


def _load(spki: bytes) -> tuple[_Loaded, Scheme]:
    try:
        loaded = load_der_public_key(spki)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise InvalidInput("these bytes are not a public key in DER SubjectPublicKeyInfo") from error
    match loaded:
        case ed25519.Ed25519PublicKey():
            scheme = Scheme.ED25519
        case ec.EllipticCurvePublicKey() if loaded.curve.name in _CURVES:
            scheme = _CURVES[loaded.curve.name]
        case _:
            raise InvalidInput("this public key is in none of the schemes Ed25519, ECDSA P-256 and P-384")
    if loaded.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) != spki:
        raise InvalidInput("this public key is not in its canonical DER encoding")
    return loaded, scheme


def spki_of_ed25519(raw: bytes) -> bytes:
    """Return the DER SubjectPublicKeyInfo of an Ed25519 key."""
    return bytes.fromhex("302a300506032b6570032100") + raw  # RFC 8410, 4
