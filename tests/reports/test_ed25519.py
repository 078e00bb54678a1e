"""The one home-made piece of cryptography, held against OpenSSL, RFC 8032 and the published edge cases."""

from collections.abc import Callable

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.verify import ORDER, PRIME, ed25519_point, ed25519_verify

# RFC 8032, 7.1, tests 1 to 3: public key, message, signature.
VECTORS = [
    ("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "", "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"),
    ("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72", "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"),
    ("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82", "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"),
]  # fmt: skip


def library(public: bytes, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True


@pytest.mark.parametrize(("public", "message", "signature"), VECTORS, ids=["1", "2", "3"])
def test_the_vectors_of_the_rfc_verify(public: str, message: str, signature: str) -> None:
    assert ed25519_verify(bytes.fromhex(public), bytes.fromhex(signature), bytes.fromhex(message))


@settings(max_examples=40)
@given(st.binary(min_size=32, max_size=32), st.binary(max_size=200), st.integers(0, 64 * 8 - 1), st.booleans())
def test_it_agrees_with_the_library(seed: bytes, message: bytes, bit: int, touched: bool) -> None:
    private = Ed25519PrivateKey.from_private_bytes(seed)
    public, signature = private.public_key().public_bytes_raw(), bytearray(private.sign(message))
    signature[bit // 8] ^= touched << bit % 8

    assert (
        ed25519_verify(public, bytes(signature), message) is library(public, bytes(signature), message) is not touched
    )


def beyond(signature: bytes) -> bytes:
    scalar = int.from_bytes(signature[32:], "little") + ORDER
    return signature[:32] + scalar.to_bytes(32, "little")


@pytest.mark.parametrize(
    "touch",
    [
        pytest.param(beyond, id="S plus the order, the same S to a careless reader"),
        pytest.param(lambda signature: signature[:-1], id="a byte short"),
        pytest.param(lambda signature: signature + b"\0", id="a byte long"),
        pytest.param(lambda _: bytes(64), id="zeros"),
        pytest.param(lambda signature: signature[:31] + bytes([signature[31] ^ 0x80]) + signature[32:], id="sign of R"),
    ],
)
def test_a_signature_in_another_spelling_does_not_verify(touch: Callable[[bytes], bytes]) -> None:
    public, message, signature = (bytes.fromhex(part) for part in VECTORS[1])

    assert not ed25519_verify(public, touch(signature), message)


@pytest.mark.parametrize(
    "encoding",
    [
        pytest.param((PRIME + 1).to_bytes(32, "little"), id="y = p + 1, another spelling of the identity"),
        pytest.param((PRIME).to_bytes(32, "little"), id="y = p, another spelling of 0"),
        pytest.param((1 | 1 << 255).to_bytes(32, "little"), id="x = -0"),
        pytest.param((2).to_bytes(32, "little"), id="not on the curve"),
        pytest.param(bytes(31), id="31 bytes"),
    ],
)
def test_a_point_in_another_spelling_is_no_point(encoding: bytes) -> None:
    assert ed25519_point(encoding) is None


def test_it_is_without_cofactor() -> None:
    """Chalkias and others, "Taming the many EdDSAs", case 4: valid with the cofactor, invalid without."""
    message = bytes.fromhex("e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec4011eaccd55b53f56c")
    public = bytes.fromhex("cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d")
    signature = bytes.fromhex(
        "160a1cb0dc9c0258cd0a7d23e94d8fa878bcb1925f2c64246b2dee1796bed5125ec6bc982a269b723e0668e540911a9a6a58921d6925e434ab10aa7940551a09"
    )

    assert not ed25519_verify(public, signature, message)
    assert library(public, signature, message) is False
