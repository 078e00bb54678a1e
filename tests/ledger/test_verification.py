"""What counts as an Ed25519 signature: the product verifies with libsodium, others with OpenSSL, and they must not differ."""

from collections.abc import Callable, Iterator
from hashlib import sha512

import pytest
from cryptography.exceptions import InvalidSignature
from nacl.bindings import crypto_core_ed25519_add, crypto_scalarmult_ed25519_base_noclamp

from govern.errors import Tampered
from govern.ledger import signatures
from govern.ledger.keys import Pen, PublicKey
from tests.ledger.test_keys import CANONICAL_LOW_ORDER, L, flipped

SEED = bytes(range(32))
MESSAGE = b"message"
NEUTRAL, *LOW_ORDER = map(bytes.fromhex, CANONICAL_LOW_ORDER)


def signature(point: bytes, logarithm: int) -> bytes:
    """Return what somebody who holds the key can make of any ``point`` that takes the place of R."""
    digest = bytearray(sha512(SEED).digest()[:32])
    digest[0] &= 248
    digest[31] = digest[31] & 63 | 64
    secret = int.from_bytes(digest, "little")
    challenge = int.from_bytes(sha512(point + Pen.from_seed(SEED).public.raw + MESSAGE).digest(), "little")
    return point + ((logarithm + challenge * secret) % L).to_bytes(32, "little")


def accepted_by_openssl(public: PublicKey, given: bytes) -> bool:
    try:
        public._loaded.verify(given, MESSAGE)  # type: ignore[call-arg]  # an Ed25519 key takes two
    except InvalidSignature:
        return False
    return True


def test_what_the_key_signs_both_accept() -> None:
    pen, point = Pen.from_seed(SEED), crypto_scalarmult_ed25519_base_noclamp((5).to_bytes(32, "little"))

    for given in (pen.sign(MESSAGE), signature(point, 5)):
        pen.public.verify(given, MESSAGE)
        assert accepted_by_openssl(pen.public, given)


@pytest.mark.parametrize("low", LOW_ORDER, ids=bytes.hex)
def test_a_point_of_small_order_added_to_r_makes_it_no_signature(low: bytes) -> None:
    """A verifier that multiplies by the cofactor would accept it, and others would not."""
    public, point = Pen.from_seed(SEED).public, crypto_scalarmult_ed25519_base_noclamp((5).to_bytes(32, "little"))

    for given in (signature(crypto_core_ed25519_add(point, low), 5), signature(low, 0)):
        assert not accepted_by_openssl(public, given)
        with pytest.raises(Tampered):
            public.verify(given, MESSAGE)


def test_only_the_neutral_r_is_refused_here_and_accepted_there() -> None:
    """Whoever signs so gives their key away: it never gets into a log."""
    public, given = Pen.from_seed(SEED).public, signature(NEUTRAL, 0)

    assert accepted_by_openssl(public, given)
    with pytest.raises(Tampered):
        public.verify(given, MESSAGE)


def test_what_openssl_refuses_is_refused_here() -> None:
    pen = Pen.from_seed(SEED)
    good = pen.sign(MESSAGE)

    for bit in range(8 * len(good)):
        assert not accepted_by_openssl(pen.public, flipped(good, bit))
        with pytest.raises(Tampered):
            pen.public.verify(flipped(good, bit), MESSAGE)


def test_a_signature_that_does_not_fit_is_said_before_all_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signatures, "BATCH", 1)
    monkeypatch.setattr(signatures, "BATCHES_AHEAD", 2)
    read = []

    def jobs() -> Iterator[signatures.Job]:
        for index in range(9):
            read.append(index)
            yield index, b"", ()

    def verify(batch: list[signatures.Job]) -> Callable[[], int | None]:
        return lambda: 2 if batch[0][0] == 2 else None

    assert signatures.first_unfit(jobs(), verify) == 2
    assert read == [0, 1, 2, 3]
