"""Who people are: ids, handles, names, commitments, and the requests that new keys come in."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from govern.errors import GovernError, InvalidInput, Kind, Tampered
from govern.ledger.keys import PublicKey, spki_of_ed25519
from govern.ledger.strict import Digest, canonical, encode64
from govern.record.identity import (
    Identity,
    KeyRequest,
    NewKey,
    Role,
    check_handle,
    check_person_id,
    check_role,
    person_id,
)
from tests.people import START, Actor

RAE = Actor("rae")
REQUEST = KeyRequest(RAE.new_key, Identity("rae", "Räe Okafor", "rae@bank.example"), RAE.salt)
REQUEST = replace(REQUEST, key=NewKey.made(RAE.pen, RAE.id, REQUEST.identity.commitment(RAE.salt), START))
CONTENT = bytes(REQUEST)


def test_ten_random_bytes_make_an_id_that_says_nothing() -> None:
    assert person_id(bytes(10)) == "p-aaaaaaaaaaaaaaaa"
    assert person_id(b"\xff" * 32) == "p-7777777777777777"
    assert check_person_id(person_id(bytes(range(10)))) == "p-aaaqeayeaudaocaj"


@pytest.mark.parametrize("text", ["", "p-", "rae", "p-aaaaaaaaaaaaaaa", "p-aaaaaaaaaaaaaaaaa", "p-aaaaaaaaaaaaaaa1", "P-AAAAAAAAAAAAAAAA", "p-aaaaaaaaaaaaaaaa\n"])  # fmt: skip
def test_other_ids_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="is not a person's id"):
        check_person_id(text)


@pytest.mark.parametrize("text", ["ana", "a", "ana.prado", "ana_2", "a" * 32])
def test_a_handle_is_short_and_plain(text: str) -> None:
    assert check_handle(text) == text


@pytest.mark.parametrize("text", ["", "Ana", "2ana", "ana prado", "ana/..", "../ana", "-ana", "a" * 33, "ana\n", "änä", "ana\x00", "ana="])  # fmt: skip
def test_other_handles_are_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="is not a handle"):
        check_handle(text)


def test_nobody_takes_the_id_of_another_as_their_handle() -> None:
    with pytest.raises(InvalidInput, match="is not a handle"):
        Identity(RAE.id, "Rae Okafor")


@pytest.mark.parametrize("role", list(Role))
def test_every_role_we_know_is_a_role(role: Role) -> None:
    assert check_role(role) == role


@pytest.mark.parametrize("text", ["", "x", "Risk", "risk officer", "risk_officer", "1st-line", "r" * 41, "rolé"])
def test_other_roles_are_refused_and_the_known_ones_named(text: str) -> None:
    with pytest.raises(InvalidInput, match="is not a role") as caught:
        check_role(text)

    assert "risk-officer" in caught.value.hint


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("", id="nothing"),
        pytest.param("   ", id="only spaces"),
        pytest.param("Rae\nOK  verified", id="a second line"),
        pytest.param("Rae\x1b[2J", id="an escape"),
        pytest.param("Rae\x00", id="NUL"),
        pytest.param("eaR\u202e", id="right to left"),
        pytest.param("Rae\u200b", id="a space without width"),
        pytest.param("Rae\u2028", id="a line separator"),
        pytest.param("Rae\ud800", id="half a character"),
        pytest.param("R" * 201, id="too long"),
    ],
)
def test_a_name_is_printable_and_not_empty(name: str) -> None:
    with pytest.raises(InvalidInput, match=r"not printable|without a name"):
        Identity("rae", name)


def test_an_address_is_printable() -> None:
    with pytest.raises(InvalidInput, match=r"e-mail address .rae@bank\.example"):
        Identity("rae", "Rae", "rae@bank.example\n")


@given(
    st.from_regex(r"[a-z][a-z0-9._]{0,20}", fullmatch=True),
    st.text(min_size=1, max_size=200).filter(lambda text: text.isprintable() and text.strip()),
    st.sampled_from(["", "a@b.example"]),
)
def test_reading_and_writing_an_identity_are_inverses(handle: str, name: str, email: str) -> None:
    identity = Identity(handle, name, email)

    assert Identity.parse(bytes(identity)) == identity


@pytest.mark.parametrize(
    "value",
    [
        [],
        {"handle": "rae"},
        {"name": "Rae"},
        {"handle": "rae", "name": "Rae", "email": ""},
        {"handle": "rae", "name": "Rae", "born": "1990"},
        {"handle": "rae", "name": 1},
        {"handle": "rae", "name": None},
        {"handle": ["rae"], "name": "Rae"},
    ],
    ids=str,
)
def test_another_record_is_no_identity(value: Any) -> None:
    with pytest.raises(InvalidInput, match="this is not an identity record"):
        Identity.parse(canonical(value))


def test_a_commitment_says_nothing_without_its_salt_and_binds_every_field() -> None:
    identity = Identity("rae", "Rae Okafor", "rae@bank.example")
    others = [replace(identity, handle="rob"), replace(identity, name="Rae"), replace(identity, email="")]

    assert identity.commitment(RAE.salt) == Digest.of(RAE.salt + bytes(identity))
    assert len({one.commitment(RAE.salt) for one in (identity, *others)}) == 4
    assert identity.commitment(bytes(32)) != identity.commitment(RAE.salt)


@pytest.mark.parametrize("size", [0, 16, 31, 33])
def test_a_salt_has_32_bytes(size: int) -> None:
    with pytest.raises(InvalidInput, match="a salt has 32 bytes"):
        Identity("rae", "Rae").commitment(bytes(size))


def test_reading_and_writing_a_request_are_inverses() -> None:
    assert KeyRequest.parse(CONTENT) == REQUEST
    assert bytes(KeyRequest.parse(CONTENT)) == CONTENT
    assert RAE.pen.seed.hex() not in CONTENT.decode()
    assert encode64(RAE.pen.seed) not in CONTENT.decode()


def test_every_flipped_bit_of_a_request_is_refused() -> None:
    for bit in range(8 * len(CONTENT)):
        touched = bytearray(CONTENT)
        touched[bit // 8] ^= 1 << bit % 8
        with pytest.raises(GovernError) as caught:
            KeyRequest.parse(bytes(touched))
        assert "\n" not in caught.value.message


def test_every_truncation_of_a_request_is_refused() -> None:
    for size in range(len(CONTENT)):
        with pytest.raises(InvalidInput):
            KeyRequest.parse(CONTENT[:size])


@pytest.mark.parametrize("field", sorted(json.loads(CONTENT)))
@pytest.mark.parametrize("other", [None, 1, [], {}, "", "x"], ids=repr)
def test_another_value_in_a_request_is_refused(field: str, other: Any) -> None:
    value = json.loads(CONTENT)

    with pytest.raises(GovernError):
        KeyRequest.parse(canonical(value | {field: other}))
    with pytest.raises(InvalidInput, match="not a key request"):
        KeyRequest.parse(canonical({name: part for name, part in value.items() if name != field}))
    with pytest.raises(InvalidInput, match="not a key request"):
        KeyRequest.parse(canonical(value | {"more": other}))


def test_a_request_with_another_name_in_it_is_refused() -> None:
    forged = replace(REQUEST, identity=replace(REQUEST.identity, name="Rae Impostor"))

    with pytest.raises(Tampered, match="the identity in this request is not the one its key committed to") as caught:
        KeyRequest.parse(bytes(forged))

    assert caught.value.kind is Kind.EDITED


@pytest.mark.parametrize(
    "forge",
    [
        pytest.param(lambda key: replace(key, person=Actor("rob").id), id="for another person"),
        pytest.param(lambda key: replace(key, public=Actor("rob").pen.public), id="with another key"),
        pytest.param(lambda key: replace(key, commitment=Digest.of(b"x")), id="with another identity"),
        pytest.param(lambda key: replace(key, requested_at=datetime(2027, 1, 1, tzinfo=UTC)), id="with another time"),
        pytest.param(lambda key: replace(key, possession=Actor("rob").new_key.possession), id="with another's proof"),
    ],
)
def test_a_proof_of_possession_is_of_one_key_for_one_person(forge: Any) -> None:
    with pytest.raises(Tampered, match=r"the proof of possession of key .* does not verify") as caught:
        forge(RAE.new_key).check()

    assert caught.value.kind is Kind.COPIED_SIGNATURE


def test_persons_sign_with_ed25519_only() -> None:
    public = PublicKey.of(ec.derive_private_key(7, ec.SECP256R1()).public_key())

    with pytest.raises(InvalidInput, match="the key is ecdsa-sha2-nistp256, persons sign with Ed25519 keys"):
        replace(RAE.new_key, public=public).check()


def test_a_malleable_key_cannot_ask_for_anything() -> None:
    # Of this point the whole world knows a signature over everything.
    public = PublicKey(spki_of_ed25519(b"\1" + bytes(31)))

    with pytest.raises(Tampered, match="is not a safe Ed25519 point") as caught:
        replace(RAE.new_key, public=public).check()

    assert caught.value.kind is Kind.MALLEABLE_KEY


def test_a_request_says_when_it_was_made_to_the_millisecond() -> None:
    made = NewKey.made(RAE.pen, RAE.id, Digest.of(b"x"), datetime(2026, 11, 20, 9, 0, 0, 123_999, tzinfo=UTC))

    made.check()

    assert made.requested_at.microsecond == 123_000
