"""Every rule of admission: what is filed, and what is refused under which name."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from govern.errors import GovernError, Kind, NotAllowed, Tampered
from govern.ledger.envelope import Entry, Envelope, seal
from govern.ledger.keys import Pen
from govern.ledger.merkle import leaf_hash
from govern.ledger.note import KeyType, VerifierKey
from govern.ledger.strict import Digest
from govern.record.admission import Past, admit
from govern.record.draft import draft
from govern.record.events import LOG, About, Basis, Body, Enrolment, Event
from govern.record.identity import NewKey, Role
from govern.record.people import (
    Erase,
    Grant,
    Hold,
    Lockout,
    Reaffirm,
    Refusal,
    ResetKey,
    RevokeKey,
    Root,
    RotateKey,
    TrailReview,
    Unlock,
    Withdraw,
    key_part,
)
from govern.record.registry import Key, Registry
from tests.people import LOG_KEY, LOG_PEN, ORIGIN, START, Actor, PaperLedger, enrolment, founding, moment, refused

ADA, BEA, RAE, DAN, GUS = (Actor(handle) for handle in ("ada", "bea", "rae", "dan", "gus"))
EVE = Actor("eve")


def forged(paper: PaperLedger, body: Body, *signers: Actor, reason: str = "because", **touched: Any) -> Envelope:
    """Return ``body`` signed as ever, but with some of the common fields as somebody would like them."""
    event = draft(
        paper.registry, paper.tree.root(), signers[0].pen.public.keyid, min(person(paper, signers[0]).roles),
        body, moment(paper.now, f"{paper.registry.size} {body!r} {touched}"), reason,
    )  # fmt: skip
    return seal(bytes(replace(event, govern=event.govern.model_copy(update=touched))), *(one.pen for one in signers))


def person(paper: PaperLedger, actor: Actor) -> Any:
    return paper.registry.people[actor.id]


def role_of(actor: Actor) -> str:
    return {"rae": "risk-officer", "dan": "developer", "gus": "auditor"}.get(actor.handle, Role.ADMINISTRATOR)


def lock(paper: PaperLedger, actor: Actor) -> None:
    paper.file(paper.log_sign(Lockout(person=actor.id, failures=5)))


def revoke(paper: PaperLedger, actor: Actor, **more: Any) -> None:
    keyid = next(key for key in person(paper, actor).keys if key.in_force).public.keyid
    paper.do(RevokeKey(person=actor.id, keyid=keyid, cause="lost", **more), ADA, BEA)


def rotated(actor: Actor, turn: str = "again", identity: Digest | None = None) -> tuple[Actor, RotateKey]:
    new = Actor(actor.handle, turn)
    key = NewKey.made(new.pen, actor.id, identity or actor.new_key.commitment, START)
    return new, RotateKey(person=actor.id, key=key_part(key))


def reset(actor: Actor, turn: str = "again") -> ResetKey:
    return ResetKey(person=actor.id, key=key_part(Actor(actor.handle, turn).new_key))


# Where an entry stands


def test_an_entry_stands_where_it_is_due(bank: PaperLedger) -> None:
    envelope = bank.sign(TrailReview(first=0, last=1), GUS, role="auditor")
    past = Past(bank.tree.root, lambda index: leaf_hash(bank.leaves[index]))

    with pytest.raises(Tampered, match="entry #9 stands where #5 is due") as caught:
        admit(bank.registry, Entry(9, bank.now, envelope), Event.parse(envelope.payload), past)

    assert caught.value.kind is Kind.REORDERED


def test_an_event_of_another_log_is_refused(bank: PaperLedger) -> None:
    envelope = forged(bank, TrailReview(first=0, last=1), GUS, log_origin="ledger.bank.example/test")

    error = refused(bank, envelope, "other_log", Kind.REPLAYED)

    assert (
        error.message == "the event was signed for the log ledger.bank.example/test, this is ledger.bank.example/models"
    )


def test_an_entry_is_never_recorded_before_the_one_it_follows(bank: PaperLedger) -> None:
    envelope = bank.sign(TrailReview(first=0, last=1), GUS, role="auditor")
    past = Past(bank.tree.root, lambda index: leaf_hash(bank.leaves[index]))
    entry = Entry(5, bank.registry.last_recorded - timedelta(milliseconds=1), envelope)

    with pytest.raises(NotAllowed, match="recorded before the one it follows") as caught:
        admit(bank.registry, entry, Event.parse(envelope.payload), past)

    assert (caught.value.code, caught.value.kind) == ("backdated", Kind.BACKDATED)


@pytest.mark.parametrize("minutes", [-10, 10])
def test_signing_and_recording_may_lie_ten_minutes_apart(bank: PaperLedger, minutes: int) -> None:
    signed_at = bank.now + timedelta(minutes=minutes)

    entry = bank.file(forged(bank, TrailReview(first=0, last=1), GUS, signed_at=signed_at))

    assert entry.recorded_at == bank.registry.last_recorded


@pytest.mark.parametrize("milliseconds", [-600_001, 600_001])
def test_an_event_signed_at_another_time_is_refused(bank: PaperLedger, milliseconds: int) -> None:
    signed_at = bank.now + timedelta(milliseconds=milliseconds)
    envelope = forged(bank, TrailReview(first=0, last=1), GUS, signed_at=signed_at)

    error = refused(bank, envelope, "clock", Kind.BACKDATED)

    assert "more than 10 minutes apart" in error.message


def test_an_event_signed_offline_may_be_late_and_says_so(bank: PaperLedger) -> None:
    signed_at = bank.now - timedelta(days=3)
    entry = bank.file(forged(bank, TrailReview(first=0, last=1), GUS, signed_at=signed_at, signed_offline=True))

    assert Event.parse(entry.envelope.payload).govern.signed_offline is True


@pytest.mark.parametrize(
    "basis",
    [
        pytest.param(lambda paper: Basis(size=3, root=paper.tree.root(4)), id="another root"),
        pytest.param(lambda paper: Basis(size=paper.registry.size + 1, root=paper.tree.root()), id="a head to come"),
    ],
)
def test_a_signer_who_saw_another_log_is_refused(bank: PaperLedger, basis: Callable[[PaperLedger], Basis]) -> None:
    refused(bank, forged(bank, TrailReview(first=0, last=1), GUS, basis=basis(bank)), "other_basis", Kind.FORKED)


def test_an_older_basis_of_the_same_log_is_fine(bank: PaperLedger) -> None:
    basis = Basis(size=2, root=bank.tree.root(2))

    assert bank.file(forged(bank, TrailReview(first=0, last=1), GUS, basis=basis)).index == 5


@pytest.mark.parametrize(
    "about",
    [
        pytest.param(About(index=2, leaf_hash=bytes(32)), id="other bytes"),
        pytest.param(About(index=5, leaf_hash=bytes(32)), id="an entry to come"),
    ],
)
def test_an_event_is_about_an_entry_of_this_log(bank: PaperLedger, about: About) -> None:
    body = Grant(person=DAN.id, roles=("auditor",))

    refused(bank, forged(bank, body, ADA, about=about), "other_entry", Kind.REPLAYED)


@pytest.mark.parametrize(
    "word",
    [
        pytest.param({"action": "approve"}, id="action"),
        pytest.param({"meaning": "approved"}, id="meaning"),
        pytest.param({"dossier": Digest.of(b"a dossier")}, id="dossier"),
    ],
)
def test_an_event_that_decides_nothing_carries_no_word_of_approval(bank: PaperLedger, word: dict[str, Any]) -> None:
    refused(bank, forged(bank, TrailReview(first=0, last=1), GUS, **word), "no_decision")


# Who signs


@pytest.mark.parametrize(
    "touch",
    [
        pytest.param({"id": BEA.id}, id="another's id"),
        pytest.param({"enrolment": Enrolment(index=1)}, id="another enrolment"),
        pytest.param({"identity_commitment": BEA.new_key.commitment}, id="another identity"),
        pytest.param({"identity_commitment": None}, id="no identity"),
    ],
)
def test_the_event_names_whom_its_first_signature_is_by(bank: PaperLedger, touch: dict[str, Any]) -> None:
    body = Grant(person=DAN.id, roles=("auditor",))
    signer = Event.parse(bank.sign(body, ADA).payload).govern.signer.model_copy(update=touch)

    refused(bank, forged(bank, body, ADA, signer=signer), "signer", Kind.COPIED_SIGNATURE)


def test_whoever_signs_first_is_the_signer(bank: PaperLedger) -> None:
    envelope = bank.sign(Grant(person=DAN.id, roles=("validator",)), ADA, BEA)

    refused(bank, replace(envelope, signatures=envelope.signatures[::-1]), "signer", Kind.COPIED_SIGNATURE)


def test_the_key_that_an_event_brings_in_is_not_its_signer(bank: PaperLedger) -> None:
    # Was a traceback: the first signature was looked up among the keys of whoever signed second.
    refused(bank, bank.sign(reset(ADA, ""), ADA, BEA, reason="x"), "signer", Kind.COPIED_SIGNATURE)


def test_nobody_signs_in_a_role_they_do_not_have(bank: PaperLedger) -> None:
    error = refused(bank, bank.sign(TrailReview(first=0, last=1), DAN, role="auditor"), "role")

    assert error.message == f"{DAN.id} does not have the role auditor"
    assert error.hint == "their roles: developer"


def test_a_key_of_nobody_signs_nothing(bank: PaperLedger) -> None:
    envelope = bank.sign(TrailReview(first=0, last=1), GUS, role="auditor").signed_by(LOG_PEN)

    refused(bank, envelope, "unknown_key")
    with pytest.raises(Tampered, match="was ever enrolled"):
        bank.file(bank.sign(TrailReview(first=0, last=1), GUS, role="auditor").signed_by(EVE.pen))


def test_an_ended_key_signs_nothing(bank: PaperLedger) -> None:
    early = bank.sign(TrailReview(first=0, last=1), RAE, role="risk-officer")
    revoke(bank, RAE)

    error = refused(bank, early, "revoked_key", Kind.REVOKED_KEY)

    assert error.message.endswith("ended with entry #5")


def test_who_is_locked_signs_nothing(bank: PaperLedger) -> None:
    early = bank.sign(TrailReview(first=0, last=1), RAE, role="risk-officer")
    lock(bank, RAE)

    refused(bank, early, "locked")


def test_one_person_with_two_keys_is_one_person(bank: PaperLedger) -> None:
    # No event leads to two keys in force; if one ever does, they count once.
    second = Actor("ada", "second")
    both = replace(person(bank, ADA), keys=(*person(bank, ADA).keys, Key(second.pen.public, 0)))
    owners = bank.registry.owners.insert(second.pen.public.keyid, ADA.id)
    bank.registry = replace(bank.registry, people=bank.registry.people.insert(ADA.id, both), owners=owners)

    envelope = bank.sign(Grant(person=DAN.id, roles=("validator",)), ADA, second)

    refused(bank, envelope, "duplicate_signature", Kind.DUPLICATE_SIGNATURE)


def test_one_key_that_signs_twice_is_refused(bank: PaperLedger) -> None:
    with pytest.raises(Tampered, match="one key signed this envelope twice") as caught:
        bank.file(bank.sign(Grant(person=DAN.id, roles=("validator",)), ADA, ADA))

    assert caught.value.kind is Kind.DUPLICATE_SIGNATURE


@pytest.mark.parametrize("body", [Lockout(person=DAN.id, failures=5), Refusal(person=DAN.id, refused="grant", code="role", envelope=Digest.of(b""))])  # fmt: skip
def test_a_person_cannot_say_what_only_the_log_says(bank: PaperLedger, body: Body) -> None:
    refused(bank, bank.sign(body, ADA), "log_only")


# The genesis


def genesis_with(touch: Callable[[Event], Event], *signers: Pen) -> Envelope:
    event = Event.parse(founding("ada", "bea", threshold=2).payload)
    return seal(bytes(touch(event)), *(signers or (ADA.pen, BEA.pen)))


def with_body(**changes: Any) -> Callable[[Event], Event]:
    return lambda event: replace(event, body=event.body.model_copy(update=changes))


def founders(event: Event) -> Any:
    assert isinstance(event.body, Root)
    return event.body.registrars


@pytest.mark.parametrize(
    ("envelope", "code", "kind"),
    [
        pytest.param(genesis_with(with_body(version=2)), "root_version", Kind.REPLAYED, id="version 2"),
        pytest.param(genesis_with(with_body(threshold=3)), "threshold_unreachable", None, id="a threshold too high"),
        pytest.param(genesis_with(lambda event: event, ADA.pen), "genesis", None, id="one signature missing"),
        pytest.param(genesis_with(lambda event: event, BEA.pen, ADA.pen), "genesis", None, id="in another order"),
        pytest.param(
            genesis_with(lambda event: with_body(registrars=founders(event)[::-1])(event), BEA.pen, ADA.pen), "signer", None, id="another signer",
        ),
        pytest.param(
            genesis_with(with_body(log_keys=(VerifierKey("elsewhere.example", KeyType.ED25519, LOG_PEN.public.raw),))), "log_key_name", None, id="a key named otherwise",
        ),
        pytest.param(
            genesis_with(with_body(log_keys=(replace(LOG_KEY, type=KeyType.COSIGNATURE),))), "log_key_name", None, id="a witness' key",
        ),
        pytest.param(
            genesis_with(with_body(log_keys=(LOG_KEY, replace(LOG_KEY, public=BEA.pen.public.raw)))), "key_reused", Kind.DUPLICATE_SIGNATURE, id="a registrar who holds the log's key",
        ),
        pytest.param(
            genesis_with(lambda event: replace(event, govern=event.govern.model_copy(update={"subject_seq": 0}))), "other_entry", None, id="a counter of nothing",
        ),
    ],
)  # fmt: skip
def test_a_genesis_that_is_not_sound_is_refused(envelope: Envelope, code: str, kind: Kind | None) -> None:
    refused(PaperLedger(), envelope, code, kind)


def test_a_genesis_cannot_name_a_person_twice() -> None:
    second = NewKey.made(Actor("ada", "second").pen, ADA.id, ADA.new_key.commitment, START)

    def twice(event: Event) -> Event:
        one = founders(event)[0]
        return with_body(registrars=(one, one.model_copy(update={"key": key_part(second)})))(event)

    refused(
        PaperLedger(), genesis_with(twice, ADA.pen, Actor("ada", "second").pen), "genesis", Kind.DUPLICATE_SIGNATURE
    )


def test_a_genesis_is_signed_by_nobody_else() -> None:
    with pytest.raises(Tampered, match="was ever enrolled"):
        PaperLedger().file(genesis_with(lambda event: with_body(registrars=founders(event)[:1], threshold=1)(event)))


def test_a_genesis_names_its_registrars(bank: PaperLedger) -> None:
    event = Event.parse(founding("ada").payload)
    other = draft(bank.registry, bank.tree.root(), ADA.pen.public.keyid, "administrator", enrolment(EVE, "auditor"), moment(START, "x"))  # fmt: skip
    early = replace(other, govern=other.govern.model_copy(update={"basis": event.govern.basis}))

    with pytest.raises(GovernError):
        PaperLedger().file(genesis_with(with_body(registrars=None)))
    with pytest.raises(NotAllowed, match="a ledger begins with a root that names its registrars") as caught:
        admit(Registry(), Entry(0, START, seal(bytes(early), EVE.pen)), early, PAPER_PAST)

    assert caught.value.code == "genesis"


PAPER_PAST = Past(PaperLedger().tree.root, lambda _: bytes(32))


@pytest.mark.parametrize("low", [b"\1" + bytes(31), bytes(32), b"\xed" + b"\xff" * 30 + b"\x7f"])
def test_a_log_key_is_a_safe_point(low: bytes) -> None:
    with pytest.raises(Tampered, match="not a safe Ed25519 point"):
        PaperLedger().file(genesis_with(with_body(log_keys=(VerifierKey(ORIGIN, KeyType.ED25519, low),))))


# Later roots


def next_root(paper: PaperLedger, **changes: Any) -> Root:
    registry = paper.registry
    root = Root(version=registry.root_version + 1, log_keys=registry.log_keys, threshold=2, policy="two-person")
    return root.model_copy(update=changes)


def test_a_later_root_changes_threshold_and_keys_of_the_log(bank: PaperLedger) -> None:
    new = VerifierKey(ORIGIN, KeyType.ED25519, Pen.from_seed(bytes(32)).public.raw)
    anchor = bank.registry.anchor

    bank.do(next_root(bank, threshold=1, log_keys=(LOG_KEY, new)), ADA, BEA)

    assert (bank.registry.threshold, bank.registry.root_version, bank.registry.root_entry) == (1, 2, 5)
    assert bank.registry.log_keys == (LOG_KEY, new)
    assert bank.registry.anchor == anchor
    assert bank.registry.public_key(Pen.from_seed(bytes(32)).public.keyid) == Pen.from_seed(bytes(32)).public


@pytest.mark.parametrize(
    ("changes", "signers", "code", "kind"),
    [
        pytest.param({"version": 1}, [ADA, BEA], "root_version", Kind.REPLAYED, id="a version that was"),
        pytest.param({"version": 4}, [ADA, BEA], "root_version", Kind.REPLAYED, id="a version left out"),
        pytest.param({"policy": "one-person"}, [ADA, BEA], "unknown_policy", Kind.DOWNGRADED, id="rules that nobody here knows"),
        pytest.param({"threshold": 3}, [ADA, BEA], "threshold_unreachable", None, id="more than there are"),
        pytest.param({"threshold": 1}, [ADA], "four_eyes.quorum", None, id="one lets herself act alone"),
        pytest.param({"registrars": founders(Event.parse(founding("eve").payload))}, [ADA, BEA, EVE], "root_registrars", None, id="with new registrars"),
        pytest.param({"log_keys": (replace(LOG_KEY, public=RAE.pen.public.raw),)}, [ADA, BEA], "key_reused", Kind.DUPLICATE_SIGNATURE, id="a person's key as the log's"),
    ],
)  # fmt: skip
def test_a_later_root_that_is_not_sound_is_refused(
    bank: PaperLedger, changes: dict[str, Any], signers: list[Actor], code: str, kind: Kind | None
) -> None:
    refused(bank, bank.sign(next_root(bank, **changes), *signers), code, kind)


def test_a_stricter_root_needs_as_many_as_it_asks_for() -> None:
    paper = PaperLedger.founded("ada", "bea", threshold=1)

    refused(paper, paper.sign(next_root(paper, threshold=2), ADA), "four_eyes.quorum")
    paper.do(next_root(paper, threshold=2), ADA, BEA)

    assert paper.registry.threshold == 2


def test_a_root_by_those_who_are_no_registrars_is_refused(bank: PaperLedger) -> None:
    refused(bank, bank.sign(next_root(bank), RAE, GUS, role="risk-officer"), "four_eyes.quorum")


# Coming in


@pytest.mark.parametrize("role", ["validator", "risk-officer", "fair-lending-officer", "model-owner", "administrator", "a-role-of-a-policy"])  # fmt: skip
def test_whoever_may_sign_off_is_enrolled_by_as_many_as_the_root_asks(bank: PaperLedger, role: str) -> None:
    error = refused(bank, bank.sign(enrolment(EVE, role), ADA), "four_eyes.quorum")
    assert error.message == "1 of 2 registrars signed"
    refused(bank, bank.sign(enrolment(EVE, role), ADA, GUS), "four_eyes.quorum")
    refused(bank, bank.sign(enrolment(EVE, "developer", role), ADA), "four_eyes.quorum")

    bank.do(enrolment(EVE, role), ADA, BEA)

    assert person(bank, EVE).roles == {role}
    assert person(bank, EVE).may_sign


@pytest.mark.parametrize("role", ["developer", "auditor"])
def test_one_registrar_enrols_who_never_signs_off(bank: PaperLedger, role: str) -> None:
    bank.do(enrolment(EVE, role), BEA)

    assert person(bank, EVE).roles == {role}


def test_nobody_but_a_registrar_enrols(bank: PaperLedger) -> None:
    refused(bank, bank.sign(enrolment(EVE, "developer"), RAE, role="risk-officer"), "four_eyes.quorum")


def test_an_id_is_never_used_again(bank: PaperLedger) -> None:
    again = enrolment(Actor("rae", "again"), "risk-officer")
    error = refused(bank, bank.sign(again, ADA, BEA), "enrolled_already")
    assert "in entry #1" in error.message

    revoke(bank, RAE)
    bank.do(Erase(person=RAE.id), ADA, BEA)

    refused(bank, bank.sign(again, ADA, BEA), "enrolled_already")


def test_a_key_is_never_used_again(bank: PaperLedger) -> None:
    stolen = NewKey.made(RAE.pen, EVE.id, EVE.new_key.commitment, START)
    body = enrolment(EVE, "developer").model_copy(update={"key": key_part(stolen)})

    error = refused(bank, bank.sign(body, ADA), "key_reused", Kind.DUPLICATE_SIGNATURE)
    assert error.message.endswith("is in the ledger already")
    revoke(bank, RAE)

    refused(bank, bank.sign(body, ADA), "key_reused", Kind.DUPLICATE_SIGNATURE)


def test_the_logs_key_is_nobodys(bank: PaperLedger) -> None:
    key = NewKey.made(LOG_PEN, EVE.id, EVE.new_key.commitment, START)
    body = enrolment(EVE, "developer").model_copy(update={"key": key_part(key)})

    refused(bank, bank.sign(body, ADA), "key_reused", Kind.DUPLICATE_SIGNATURE)


def test_a_proof_of_possession_for_somebody_else_is_refused(bank: PaperLedger) -> None:
    body = enrolment(EVE, "developer").model_copy(update={"key": key_part(RAE.new_key)})

    with pytest.raises(Tampered, match="does not verify") as caught:
        bank.file(bank.sign(body, ADA))

    assert caught.value.kind is Kind.COPIED_SIGNATURE


def test_nobody_enrols_themselves(bank: PaperLedger) -> None:
    event = draft(bank.registry, bank.tree.root(), ADA.pen.public.keyid, "administrator", enrolment(EVE, "developer"), moment(bank.now, "x"))  # fmt: skip

    refused(bank, seal(bytes(event), EVE.pen), "unsigned")


def test_an_enrolment_is_about_no_earlier_entry(bank: PaperLedger) -> None:
    about = About(index=0, leaf_hash=leaf_hash(bank.leaves[0]))

    refused(bank, forged(bank, enrolment(EVE, "developer"), ADA, about=about), "other_entry")
    refused(bank, forged(bank, enrolment(EVE, "developer"), ADA, subject_seq=0), "other_entry")


# What all events about a person have in common

ABOUT_RAE: list[Any] = [
    pytest.param(reset(RAE), id="reset"),
    pytest.param(RevokeKey(person=RAE.id, keyid=RAE.pen.public.keyid, cause="lost"), id="revoke"),
    pytest.param(Grant(person=RAE.id, roles=("validator",)), id="grant"),
    pytest.param(Withdraw(person=RAE.id, roles=("risk-officer",)), id="withdraw"),
    pytest.param(Unlock(person=RAE.id), id="unlock"),
    pytest.param(Hold(person=RAE.id, held=True), id="hold"),
    pytest.param(Erase(person=RAE.id), id="erase"),
]


@pytest.mark.parametrize("body", ABOUT_RAE)
def test_what_was_signed_before_a_person_changed_is_stale(bank: PaperLedger, body: Body) -> None:
    error = refused(bank, forged(bank, body, ADA, BEA, subject_seq=7), "stale_subject", Kind.REPLAYED)

    assert error.message == f"{RAE.id} changed since this was signed: it says 7, the ledger is at 0"
    refused(bank, forged(bank, body, ADA, BEA, subject_seq=None), "stale_subject", Kind.REPLAYED)


@pytest.mark.parametrize("body", ABOUT_RAE)
def test_an_event_about_a_person_is_about_their_enrolment(bank: PaperLedger, body: Body) -> None:
    other = About(index=2, leaf_hash=leaf_hash(bank.leaves[2]))

    refused(bank, forged(bank, body, ADA, BEA, about=other), "other_entry", Kind.REPLAYED)


@pytest.mark.parametrize("body", ABOUT_RAE)
def test_an_event_about_nobody_is_refused(bank: PaperLedger, body: Body) -> None:
    with pytest.raises(NotAllowed, match="was never enrolled"):
        bank.sign(body.model_copy(update={"person": EVE.id}), ADA, BEA)
    envelope = forged(bank, body, ADA, BEA)
    event = Event.parse(envelope.payload)
    other = seal(bytes(replace(event, body=body.model_copy(update={"person": EVE.id}))), ADA.pen, BEA.pen)

    try:
        refused(bank, other, "unknown_person")
    except Tampered as error:  # the proof of possession is tied to the person as well
        assert error.kind is Kind.COPIED_SIGNATURE  # noqa: PT017


@pytest.mark.parametrize("body", [one for one in ABOUT_RAE if one.id != "grant"])
def test_what_takes_something_away_needs_a_reason(bank: PaperLedger, body: Body) -> None:
    error = refused(bank, bank.sign(body, ADA, BEA, reason=""), "no_reason")

    assert error.hint == 'add --reason "..."'


# Keys


def test_a_reset_gives_a_new_key_ends_the_old_and_unlocks(bank: PaperLedger) -> None:
    lock(bank, RAE)

    bank.do(reset(RAE), ADA, BEA)

    old, new = person(bank, RAE).keys
    assert (old.revoked, new.revoked) == (6, None)
    assert person(bank, RAE).may_sign
    bank.do(TrailReview(first=0, last=1), Actor("rae", "again"), role="risk-officer")


def test_a_reset_needs_as_many_as_an_enrolment(bank: PaperLedger) -> None:
    refused(bank, bank.sign(reset(RAE), ADA, reason="lost"), "four_eyes.quorum")
    bank.do(reset(DAN), ADA)


def test_a_registrar_does_not_count_for_what_concerns_themselves(bank: PaperLedger) -> None:
    error = refused(bank, bank.sign(reset(ADA), ADA, BEA, reason="lost"), "self_approval", Kind.SELF_APPROVAL)

    assert error.message == f"{ADA.id} cannot approve what concerns themselves: 1 of 2 registrars count"


def test_a_rotation_is_signed_by_both_keys(bank: PaperLedger) -> None:
    new, body = rotated(RAE)

    refused(bank, bank.sign(body, RAE, role="risk-officer"), "unsigned")
    bank.do(body, RAE, new, role="risk-officer")

    assert [key.in_force for key in person(bank, RAE).keys] == [False, True]
    assert person(bank, RAE).commitment == RAE.new_key.commitment


@pytest.mark.parametrize("signers", [[ADA], [ADA, BEA], [RAE, ADA]], ids=["a registrar", "two", "and a registrar"])
def test_nobody_rotates_the_key_of_another(bank: PaperLedger, signers: list[Actor]) -> None:
    new, body = rotated(RAE)

    refused(bank, bank.sign(body, *signers, new, role=role_of(signers[0])), "not_yours")


def test_a_rotation_does_not_change_who_somebody_is(bank: PaperLedger) -> None:
    new, body = rotated(RAE, identity=Digest.of(b"somebody else"))

    refused(bank, bank.sign(body, RAE, new, role="risk-officer"), "identity_changed")


def test_a_locked_person_rotates_nothing(bank: PaperLedger) -> None:
    new, body = rotated(RAE)
    lock(bank, RAE)

    refused(bank, bank.sign(body, RAE, new, role="risk-officer"), "locked")


def test_a_key_is_ended_by_its_owner_or_by_a_registrar(bank: PaperLedger) -> None:
    for signer in (DAN, ADA):
        body = RevokeKey(person=DAN.id, keyid=DAN.pen.public.keyid, cause="left")
        paper = PaperLedger(list(bank.leaves), *fresh(bank))
        paper.do(body, signer, role=role_of(signer))
        assert not person(paper, DAN).may_sign
    refused(bank, bank.sign(RevokeKey(person=DAN.id, keyid=DAN.pen.public.keyid, cause="left"), RAE, role="risk-officer", reason="x"), "four_eyes.quorum")  # fmt: skip


def fresh(bank: PaperLedger) -> Any:
    """Return tree, registry and time of a bank, for a second one that goes on alone."""
    other = PaperLedger()
    for leaf in bank.leaves:
        other.tree.append(leaf_hash(leaf))
    return other.tree, bank.registry, bank.now


def test_the_key_of_a_registrar_is_ended_by_as_many_as_the_root_asks(bank: PaperLedger) -> None:
    body = RevokeKey(person=BEA.id, keyid=BEA.pen.public.keyid, cause="left")

    refused(bank, bank.sign(body, ADA, reason="x"), "four_eyes.quorum")
    bank.enrol("cee", "administrator", by=("ada", "bea"))
    bank.do(body, ADA, Actor("cee"))

    assert [one.id for one in bank.registry.registrars] == [ADA.id, Actor("cee").id]


def test_a_key_that_is_not_in_force_is_not_ended_again(bank: PaperLedger) -> None:
    body = RevokeKey(person=RAE.id, keyid=RAE.pen.public.keyid, cause="lost")
    revoke(bank, RAE)

    refused(bank, bank.sign(body, ADA, reason="x"), "unknown_key")
    refused(bank, bank.sign(body.model_copy(update={"keyid": DAN.pen.public.keyid}), ADA, reason="x"), "unknown_key")


def test_an_ended_key_can_turn_out_to_be_stolen_and_from_earlier_on(bank: PaperLedger) -> None:
    new, body = rotated(RAE)
    bank.do(body, RAE, new, role="risk-officer")
    ended = person(bank, RAE).keys[0].revoked

    def suspect(since: int) -> RevokeKey:
        return RevokeKey(person=RAE.id, keyid=RAE.pen.public.keyid, cause="compromised", suspect_since=since)

    bank.do(suspect(3), ADA)
    bank.do(suspect(2), ADA)

    assert (person(bank, RAE).keys[0].revoked, person(bank, RAE).keys[0].suspect_since) == (ended, 2)
    # Whoever comes later cannot clear what was flagged.
    refused(bank, bank.sign(suspect(4), ADA, reason="x"), "unknown_key")
    assert list(bank.registry.suspects()) == [(RAE.pen.public, 2)]


def test_what_is_suspect_exists(bank: PaperLedger) -> None:
    body = RevokeKey(person=RAE.id, keyid=RAE.pen.public.keyid, cause="compromised", suspect_since=6)

    refused(bank, bank.sign(body, ADA, reason="x"), "not_yet")
    bank.do(body.model_copy(update={"suspect_since": 5}), ADA)


# Roles


def test_a_role_is_given_by_as_many_as_the_root_asks(bank: PaperLedger) -> None:
    refused(bank, bank.sign(Grant(person=DAN.id, roles=("validator",)), ADA), "four_eyes.quorum")
    bank.do(Grant(person=DAN.id, roles=("auditor",)), ADA, reason="")
    bank.do(Grant(person=DAN.id, roles=("validator",)), BEA, ADA)

    assert person(bank, DAN).roles == {"developer", "auditor", "validator"}


def test_no_registrar_gives_themselves_a_role(bank: PaperLedger) -> None:
    refused(bank, bank.sign(Grant(person=ADA.id, roles=("auditor",)), ADA), "self_approval", Kind.SELF_APPROVAL)
    refused(bank, bank.sign(Grant(person=ADA.id, roles=("validator",)), BEA, ADA), "self_approval", Kind.SELF_APPROVAL)


def test_a_role_is_given_once(bank: PaperLedger) -> None:
    refused(bank, bank.sign(Grant(person=DAN.id, roles=("auditor", "developer")), ADA), "granted_already")


def test_who_was_erased_is_given_nothing(bank: PaperLedger) -> None:
    revoke(bank, RAE)
    bank.do(Erase(person=RAE.id), ADA, BEA)

    refused(bank, bank.sign(Grant(person=RAE.id, roles=("auditor",)), ADA), "erased")
    refused(bank, bank.sign(reset(RAE), ADA, BEA, reason="x"), "erased")
    refused(bank, bank.sign(Hold(person=RAE.id, held=True), ADA, reason="x"), "held_already")
    refused(bank, bank.sign(Erase(person=RAE.id), ADA, BEA, reason="x"), "erased")


def test_a_role_is_taken_by_one_registrar_or_laid_down(bank: PaperLedger) -> None:
    bank.do(Grant(person=DAN.id, roles=("auditor",)), ADA)

    bank.do(Withdraw(person=DAN.id, roles=("auditor",)), DAN, role="developer")
    bank.do(Withdraw(person=RAE.id, roles=("risk-officer",)), ADA)

    assert person(bank, DAN).roles == {"developer"}
    assert person(bank, RAE).roles == frozenset()
    refused(bank, bank.sign(Withdraw(person=DAN.id, roles=("auditor",)), ADA, reason="x"), "no_role")
    refused(bank, bank.sign(Withdraw(person=DAN.id, roles=("developer",)), GUS, role="auditor", reason="x"), "four_eyes.quorum")  # fmt: skip


def test_the_role_of_a_registrar_is_taken_by_as_many_as_the_root_asks(bank: PaperLedger) -> None:
    refused(bank, bank.sign(Withdraw(person=BEA.id, roles=("administrator",)), ADA, reason="x"), "four_eyes.quorum")


def test_no_registrar_gives_up_the_role_if_too_few_would_be_left(bank: PaperLedger) -> None:
    refused(
        bank, bank.sign(Withdraw(person=BEA.id, roles=("administrator",)), BEA, reason="x"), "threshold_unreachable"
    )

    cyd = bank.enrol("cyd", "administrator", by=("ada", "bea"))
    bank.do(Withdraw(person=BEA.id, roles=("administrator",)), ADA, cyd)

    assert {one.id for one in bank.registry.registrars} == {ADA.id, cyd.id}


# Locks, holds, erasure


def test_a_locked_person_is_unlocked_as_they_were_enrolled(bank: PaperLedger) -> None:
    lock(bank, RAE)
    assert not person(bank, RAE).may_sign

    refused(bank, bank.sign(Unlock(person=RAE.id), ADA, reason="x"), "four_eyes.quorum")
    bank.do(Unlock(person=RAE.id), ADA, BEA)

    assert person(bank, RAE).may_sign
    refused(bank, bank.sign(Unlock(person=RAE.id), ADA, BEA, reason="x"), "not_locked")


def test_a_locked_registrar_does_not_unlock_themselves(bank: PaperLedger) -> None:
    lock(bank, ADA)

    refused(bank, bank.sign(Unlock(person=ADA.id), ADA, BEA, reason="x"), "locked")


def test_whoever_is_left_of_the_registrars_unlocks_the_others_and_does_nothing_else_alone(bank: PaperLedger) -> None:
    lock(bank, ADA)
    lock(bank, RAE)

    refused(bank, bank.sign(Unlock(person=RAE.id), DAN, role="developer", reason="x"), "four_eyes.quorum")
    refused(bank, bank.sign(Grant(person=DAN.id, roles=("validator",)), BEA), "four_eyes.quorum")
    refused(
        bank,
        bank.sign(ResetKey(person=ADA.id, key=key_part(Actor("ada", "second").new_key)), BEA, reason="x"),
        "four_eyes.quorum",
    )
    bank.do(Unlock(person=RAE.id), BEA)
    bank.do(Unlock(person=ADA.id), BEA)

    assert person(bank, ADA).may_sign
    lock(bank, RAE)
    refused(bank, bank.sign(Unlock(person=RAE.id), BEA, reason="x"), "four_eyes.quorum")


def test_of_three_registrars_the_two_who_are_not_locked_both_unlock(bank: PaperLedger) -> None:
    bank.enrol("cyd", "administrator", by=("ada", "bea"))
    lock(bank, ADA)

    refused(bank, bank.sign(Unlock(person=ADA.id), BEA, reason="x"), "four_eyes.quorum")
    bank.do(Unlock(person=ADA.id), BEA, Actor("cyd"))

    assert person(bank, ADA).may_sign


def test_one_registrar_holds_and_as_many_as_the_root_asks_let_go(bank: PaperLedger) -> None:
    bank.do(Hold(person=RAE.id, held=True), ADA)
    refused(bank, bank.sign(Hold(person=RAE.id, held=True), ADA, reason="x"), "held_already")
    revoke(bank, RAE)

    error = refused(bank, bank.sign(Erase(person=RAE.id), ADA, BEA, reason="x"), "held")
    assert "govern person hold NAME --lift" in error.hint
    refused(bank, bank.sign(Hold(person=RAE.id, held=False), ADA, reason="x"), "four_eyes.quorum")
    bank.do(Hold(person=RAE.id, held=False), ADA, BEA)
    bank.do(Erase(person=RAE.id), ADA, BEA)

    assert person(bank, RAE).erased
    assert not person(bank, RAE).may_sign
    assert bank.registry.public_key(RAE.pen.public.keyid) == RAE.pen.public


def test_a_hold_is_lifted_once(bank: PaperLedger) -> None:
    error = refused(bank, bank.sign(Hold(person=RAE.id, held=False), ADA, BEA, reason="x"), "held_already")

    assert error.message == f"{RAE.id} is not held already"


def test_who_can_still_sign_is_not_erased(bank: PaperLedger) -> None:
    refused(bank, bank.sign(Erase(person=RAE.id), ADA, BEA, reason="x"), "key_in_force")


def test_one_registrar_alone_erases_nobody(bank: PaperLedger) -> None:
    revoke(bank, RAE)

    refused(bank, bank.sign(Erase(person=RAE.id), ADA, reason="x"), "four_eyes.quorum")


# Suspect entries


@pytest.fixture
def stolen(bank: PaperLedger) -> PaperLedger:
    """In entry #5 rae's stolen key signed something; #6 says so, #7 gives rae a new key."""
    bank.do(TrailReview(first=0, last=1), RAE, role="risk-officer")
    revoke(bank, RAE, suspect_since=5)
    bank.do(reset(RAE), ADA, BEA)
    return bank


def answer(
    paper: PaperLedger, index: int, signer: Actor, *, stands: bool, keyid: str = "", reason: str = "x"
) -> Envelope:
    about = About(index=index, leaf_hash=leaf_hash(paper.leaves[index]))
    body = Reaffirm(keyid=keyid or RAE.pen.public.keyid, stands=stands)
    return forged(paper, body, signer, about=about, reason=reason)


@pytest.mark.parametrize("stands", [True, False])
def test_the_owner_says_what_becomes_of_a_suspect_entry(stolen: PaperLedger, stands: bool) -> None:
    refused(stolen, answer(stolen, 5, Actor("rae", "again"), stands=stands, reason=None), "no_reason")  # type: ignore[arg-type]

    stolen.file(answer(stolen, 5, Actor("rae", "again"), stands=stands))

    assert stolen.registry.settled == {(RAE.pen.public.keyid, 5)}


def test_a_registrar_disowns_for_somebody_and_never_affirms(stolen: PaperLedger) -> None:
    refused(stolen, answer(stolen, 5, ADA, stands=True), "not_yours")
    refused(stolen, answer(stolen, 5, GUS, stands=False), "four_eyes.quorum")

    stolen.file(answer(stolen, 5, ADA, stands=False))

    assert stolen.registry.settled == {(RAE.pen.public.keyid, 5)}


def test_only_what_is_suspect_is_answered(stolen: PaperLedger) -> None:
    new = Actor("rae", "again")

    refused(stolen, answer(stolen, 4, new, stands=True), "not_suspect")
    refused(stolen, answer(stolen, 5, new, stands=True, keyid=DAN.pen.public.keyid), "not_suspect")
    refused(stolen, answer(stolen, 5, new, stands=True, keyid=EVE.pen.public.keyid), "not_suspect")


# The trail


def test_anybody_may_say_what_they_read_and_nothing_they_did_not_see(bank: PaperLedger) -> None:
    bank.do(TrailReview(first=0, last=4), GUS, role="auditor", reason="")

    refused(bank, bank.sign(TrailReview(first=3, last=2), GUS, role="auditor"), "not_seen")
    refused(bank, bank.sign(TrailReview(first=0, last=6), GUS, role="auditor"), "not_seen")
    old = Basis(size=2, root=bank.tree.root(2))
    refused(bank, forged(bank, TrailReview(first=0, last=2), GUS, basis=old), "not_seen")
    refused(bank, forged(bank, TrailReview(first=0, last=2), GUS, subject_seq=0), "other_entry")


# What the log says


def refusal(actor: Actor, code: str = "role") -> Refusal:
    return Refusal(person=actor.id, refused="grant", code=code, envelope=Digest.of(b"envelope"))


def test_the_log_says_that_somebody_was_refused_at_most_every_ten_minutes(bank: PaperLedger) -> None:
    bank.file(bank.log_sign(refusal(DAN)))
    bank.file(bank.log_sign(refusal(GUS)))
    bank.file(bank.log_sign(refusal(DAN, "locked")))

    refused(bank, bank.log_sign(refusal(DAN)), "rate")
    bank.now = bank.registry.refusals[f"{DAN.id} role"] + timedelta(minutes=10)
    bank.file(bank.log_sign(refusal(DAN)))

    assert bank.registry.size == 9


def test_the_log_speaks_of_those_who_are_enrolled(bank: PaperLedger) -> None:
    refused(bank, bank.log_sign(refusal(EVE)), "unknown_person")


def test_the_log_locks_once(bank: PaperLedger) -> None:
    lock(bank, RAE)

    refused(bank, bank.log_sign(Lockout(person=RAE.id, failures=5)), "locked_already")


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(enrolment(EVE, "developer"), id="enrol"),
        pytest.param(Grant(person=DAN.id, roles=("validator",)), id="grant"),
        pytest.param(TrailReview(first=0, last=1), id="review"),
        pytest.param(Unlock(person=DAN.id), id="unlock"),
    ],
)
def test_the_stolen_key_of_the_log_signs_for_no_person(bank: PaperLedger, body: Body) -> None:
    error = refused(bank, bank.log_sign(body), "log_cannot", Kind.STOLEN_KEY)

    assert error.message.startswith("the log's key cannot sign")


def as_log(paper: PaperLedger, *pens: Pen, **touch: Any) -> Envelope:
    event = Event.parse(paper.log_sign(refusal(DAN)).payload)
    signer = event.govern.signer.model_copy(update=touch)
    return seal(bytes(replace(event, govern=event.govern.model_copy(update={"signer": signer}))), *pens)


def test_nobody_speaks_in_the_name_of_the_log(bank: PaperLedger) -> None:
    refused(bank, as_log(bank, ADA.pen), "signer")
    refused(bank, as_log(bank, LOG_PEN, ADA.pen), "signer")
    refused(bank, as_log(bank, LOG_PEN, role="administrator"), "signer")
    refused(bank, as_log(bank, LOG_PEN, enrolment=Enrolment(index=1)), "signer")
    refused(bank, as_log(bank, LOG_PEN, identity_commitment=DAN.new_key.commitment), "signer")
    refused(bank, as_log(bank, LOG_PEN, id=DAN.id), "unknown_key")


def test_the_id_of_the_log_is_no_persons(bank: PaperLedger) -> None:
    assert LOG not in bank.registry.people
    assert bank.registry.is_log_key(LOG_PEN.public.keyid)
