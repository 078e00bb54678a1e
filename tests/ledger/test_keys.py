"""Keys: which may sign, which are refused, and what a signature has to look like."""

import base64
import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa, x25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from nacl.bindings import crypto_core_ed25519_add

from govern.errors import InvalidInput, Kind, Tampered
from govern.ledger.envelope import pae
from govern.ledger.keys import Pen, PublicKey, Scheme, spki_of_ed25519

SEED = bytes(range(32))
PEN = Pen.from_seed(SEED)
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493

# The eight points of small order, in every encoding that some library reads ("Taming the many EdDSAs", table 1).
CANONICAL_LOW_ORDER = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
]
OTHER_LOW_ORDER = [
    "0100000000000000000000000000000000000000000000000000000000000080",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
]
PUBLISHED_MIXED_ORDER = "cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d"


def mixed_order() -> Iterator[str]:
    """Yield a sound key with each point of small order but the neutral one added."""
    yield PUBLISHED_MIXED_ORDER
    for low in CANONICAL_LOW_ORDER[1:]:
        yield crypto_core_ed25519_add(PEN.public.raw, bytes.fromhex(low)).hex()


def not_canonical() -> Iterator[str]:
    """Yield every encoding whose y is p or more, with either sign."""
    for y in range(P, 2**255):
        for sign in (0, 2**255):
            yield (y + sign).to_bytes(32, "little").hex()


def spki(public: object) -> bytes:
    return public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[attr-defined, no-any-return]


def ec_key(curve: ec.EllipticCurve) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(0xABCDEF0123456789, curve)


@pytest.mark.parametrize("raw", CANONICAL_LOW_ORDER)
def test_a_point_of_small_order_is_no_key(raw: str) -> None:
    with pytest.raises(Tampered, match="is not a safe Ed25519 point") as caught:
        PublicKey(spki_of_ed25519(bytes.fromhex(raw))).check_strength()

    assert caught.value.kind is Kind.MALLEABLE_KEY


@pytest.mark.parametrize("raw", [*OTHER_LOW_ORDER, *not_canonical()])
def test_a_point_that_is_not_in_its_one_encoding_is_no_key(raw: str) -> None:
    with pytest.raises(Tampered, match="is not a safe Ed25519 point"):
        PublicKey(spki_of_ed25519(bytes.fromhex(raw))).check_strength()


@pytest.mark.parametrize("raw", list(mixed_order()))
def test_a_point_of_mixed_order_is_no_key(raw: str) -> None:
    with pytest.raises(Tampered, match="is not a safe Ed25519 point"):
        PublicKey(spki_of_ed25519(bytes.fromhex(raw))).check_strength()


@given(st.binary(min_size=32, max_size=32))
def test_every_key_that_is_made_of_a_seed_is_strong(seed: bytes) -> None:
    Pen.from_seed(seed).public.check_strength()


@pytest.mark.parametrize(
    ("private", "scheme"),
    [
        pytest.param(ec_key(ec.SECP256R1()), Scheme.P256, id="P-256"),
        pytest.param(ec_key(ec.SECP384R1()), Scheme.P384, id="P-384"),
    ],
)
def test_an_ecdsa_signature_is_raw_r_and_s_of_full_length(private: ec.EllipticCurvePrivateKey, scheme: Scheme) -> None:
    public = PublicKey.of(private.public_key())
    size, hash_ = (32, hashes.SHA256()) if scheme is Scheme.P256 else (48, hashes.SHA384())
    der = private.sign(b"message", ec.ECDSA(hash_))
    raw = b"".join(number.to_bytes(size) for number in decode_dss_signature(der))

    public.check_strength()
    public.verify(raw, b"message")

    assert public.scheme is scheme
    for other in (der, raw[:-1], raw + b"\0", b"\0" + raw, b"", bytes(2 * size), raw[size:] + raw[:size]):
        with pytest.raises(Tampered, match="does not fit the signed bytes"):
            public.verify(other, b"message")


def test_the_published_dsse_example_verifies(shared: Path) -> None:
    vector = json.loads((shared / "vectors/dsse_vector.json").read_text())
    numbers = ec.EllipticCurvePublicNumbers(vector["x"], vector["y"], ec.SECP256R1())
    message = pae(vector["payloadType"], vector["payload"].encode())

    assert message == vector["pae"].encode()
    PublicKey.of(numbers.public_key()).verify(base64.b64decode(vector["sig_b64"]), message)
    with pytest.raises(Tampered):
        PublicKey.of(numbers.public_key()).verify(base64.b64decode(vector["sig_b64"]), message + b" ")


@pytest.mark.parametrize(
    "signature",
    [
        pytest.param(PEN.sign(b"message")[:-1], id="a byte less"),
        pytest.param(PEN.sign(b"message") + b"\0", id="a byte more"),
        pytest.param(b"", id="nothing"),
        pytest.param(bytes(64), id="zeros"),
        pytest.param(
            PEN.sign(b"message")[:32]
            + (int.from_bytes(PEN.sign(b"message")[32:], "little") + L).to_bytes(32, "little"),
            id="the order of the group added to S",
        ),
    ],
)
def test_an_ed25519_signature_has_one_form(signature: bytes) -> None:
    with pytest.raises(Tampered, match="does not fit the signed bytes"):
        PEN.public.verify(signature, b"message")


def test_every_bit_of_a_signature_and_of_its_message_counts() -> None:
    signature = PEN.sign(b"message")

    for bit in range(8 * len(signature)):
        with pytest.raises(Tampered):
            PEN.public.verify(flipped(signature, bit), b"message")
    for bit in range(8 * len(b"message")):
        with pytest.raises(Tampered):
            PEN.public.verify(signature, flipped(b"message", bit))


@pytest.mark.parametrize(
    "public",
    [
        pytest.param(rsa.generate_private_key(65537, 2048).public_key(), id="RSA"),
        pytest.param(ec_key(ec.SECP256K1()).public_key(), id="secp256k1"),
        pytest.param(ec_key(ec.SECP521R1()).public_key(), id="P-521"),
        pytest.param(ed448.Ed448PrivateKey.from_private_bytes(bytes(57)).public_key(), id="Ed448"),
        pytest.param(x25519.X25519PrivateKey.from_private_bytes(SEED).public_key(), id="X25519"),
    ],
)
def test_other_schemes_are_refused(public: object) -> None:
    with pytest.raises(InvalidInput, match=r"in none of the schemes Ed25519, ECDSA P-256 and P-384"):
        PublicKey(spki(public))


def compressed(private: ec.EllipticCurvePrivateKey) -> bytes:
    point = private.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    return bytes.fromhex("3039301306072a8648ce3d020106082a8648ce3d030107032200") + point


DER = PEN.public.spki
"""``30 2a  30 05  06 03 2b6570  03 21 00  key``."""


@pytest.mark.parametrize(
    "encoded",
    [
        pytest.param(DER + b"\0", id="a byte after it"),
        pytest.param(DER[:-1], id="a byte missing"),
        pytest.param(b"\x30\x81\x2a" + DER[2:], id="a length in two bytes"),
        pytest.param(b"\x30\x80" + DER[2:] + b"\0\0", id="a length that is not said"),
        pytest.param(DER[:2] + b"\x30\x81\x05" + DER[4:], id="an inner length in two bytes"),
        pytest.param(b"\x30\x2c\x30\x07" + DER[4:9] + b"\x05\0" + DER[9:], id="parameters that are NULL"),
        pytest.param(DER.replace(b"\x03\x21\x00", b"\x03\x21\x01"), id="unused bits"),
        pytest.param(compressed(ec_key(ec.SECP256R1())), id="a compressed point"),
        pytest.param(PEN.public.raw, id="the bare key"),
        pytest.param(b"", id="nothing"),
        pytest.param(base64.b64encode(DER), id="base64"),
    ],
)
def test_a_key_has_one_encoding(encoded: bytes) -> None:
    with pytest.raises(InvalidInput, match=r"this public key is not in its|these bytes are not a public key"):
        PublicKey(encoded)


def test_a_flipped_bit_makes_another_key_or_none() -> None:
    for bit in range(8 * len(DER)):
        try:
            other = PublicKey(flipped(DER, bit))
        except InvalidInput:
            continue
        assert other != PEN.public
        assert other.keyid != PEN.public.keyid
        with pytest.raises(Tampered):
            other.verify(PEN.sign(b"message"), b"message")


@given(st.binary(max_size=120))
def test_no_bytes_are_a_key_by_accident(content: bytes) -> None:
    with pytest.raises(InvalidInput):
        PublicKey(content)


def test_the_keyid_is_the_digest_of_the_encoding() -> None:
    raw = ed25519.Ed25519PrivateKey.from_private_bytes(SEED).public_key()

    assert PublicKey.of(raw).spki == spki(raw) == spki_of_ed25519(PEN.public.raw)
    assert PEN.public.keyid == sha256(PEN.public.spki).hexdigest()
    assert PublicKey.of(raw) == PEN.public


def test_a_pen_never_shows_its_private_key() -> None:
    shown = f"{PEN!r} {PEN} {PEN.private!r}"

    assert SEED.hex() not in shown
    assert repr(SEED) not in shown
    assert base64.b64encode(SEED).decode() not in shown
    assert PEN.seed == SEED


def test_two_pens_are_never_the_same() -> None:
    assert Pen.generate().public != Pen.generate().public


def flipped(content: bytes, bit: int) -> bytes:
    return content[: bit // 8] + bytes([content[bit // 8] ^ 1 << bit % 8]) + content[bit // 8 + 1 :]
