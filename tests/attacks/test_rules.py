"""What admission refuses, filed past it by whoever holds the log's key: the front door says no, and so does the audit."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from nacl.bindings import crypto_core_ed25519_add

from govern.errors import GovernError, Kind
from govern.ledger.envelope import PAYLOAD_TYPE, Entry, Envelope, Signature, seal
from govern.ledger.keys import Pen, PublicKey, spki_of_ed25519
from govern.ledger.merkle import leaf_hash
from govern.ledger.strict import canonical, read_json
from govern.record.events import About, Basis, Event
from govern.record.identity import NewKey, Role
from govern.record.people import (
    Grant,
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
from tests.attacks.kit import (
    ADA,
    BEA,
    CYD,
    DAN,
    DAN2,
    EVE,
    FAY,
    MALLORY,
    MINUTE,
    SIZE,
    Bank,
    Intruder,
    View,
    enrolled,
    first,
    kinds,
    only,
)
from tests.people import LOG_KEY, LOG_PEN, START, Actor

ADA2, BEA2 = Actor("ada", "second"), Actor("bea", "second")
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Case:
    """An event that may not be: how it is made, what the front door says, and what the audit calls it."""

    name: str
    make: Callable[[View], Envelope]
    code: str
    kind: Kind
    says: str = ""
    before: Callable[[Bank], None] = lambda _: None


def sealed(event: Event, *actors: Actor) -> Envelope:
    return seal(bytes(event), *(actor.pen for actor in actors))


def grant(view: View, *by: Actor, **changes: Any) -> Envelope:
    event = view.draft(Grant(person=DAN.id, roles=("risk-officer",)), by[0], **changes)
    return sealed(event, *by)


def locked(bank: Bank) -> None:
    bank.file(bank.view().log_sign(Lockout(person=BEA.id, failures=5), bank.now))


def rotated(bank: Bank) -> None:
    view = bank.view()
    bank.file(view.sign(RotateKey(person=ADA.id, key=key_part(view.key(ADA2))), ADA, ADA2, now=bank.now))


def in_the_name_of_the_log(view: View, **changes: Any) -> Envelope:
    event = Event.parse(view.log_sign(Grant(person=DAN.id, roles=("risk-officer",))).payload)
    return seal(bytes(replace(event, govern=event.govern.model_copy(update=changes))), LOG_PEN)


def with_proof_of_another(view: View) -> Envelope:
    key = NewKey(MALLORY.id, MALLORY.pen.public, MALLORY.new_key.commitment, START, EVE.new_key.possession)
    return view.sign(enrolled(MALLORY, Role.DEVELOPER, key=key), ADA)


def with_key_of(view: View, actor: Actor) -> Envelope:
    key = NewKey.made(actor.pen, MALLORY.id, MALLORY.new_key.commitment, START)
    return view.sign(enrolled(MALLORY, Role.VALIDATOR, key=key), ADA, CYD)


def with_a_curve_that_persons_do_not_use(view: View) -> Envelope:
    private = ec.derive_private_key(7, ec.SECP256R1())
    public = PublicKey.of(private.public_key())
    key = NewKey(MALLORY.id, public, MALLORY.new_key.commitment, START, bytes(64))
    return view.sign(enrolled(MALLORY, Role.DEVELOPER, key=key), ADA)


def twice(view: View) -> Envelope:
    once = grant(view, ADA)
    return Envelope(once.payload, once.signatures * 2)


def root(view: View, **changes: Any) -> Root:
    registry = view.registry
    fields = {"version": 2, "log_keys": registry.log_keys, "threshold": 2, "policy": registry.policy}
    return Root.model_validate(fields | changes)


def about(view: View, index: int) -> About:
    return About(index=index, leaf_hash=leaf_hash(view.leaves[index]))


def meaning(view: View, about: About) -> Envelope:
    event = view.draft(Grant(person=DAN.id, roles=("risk-officer",)), ADA)
    return sealed(replace(event, govern=event.govern.model_copy(update={"about": about})), ADA, BEA)


def turned(envelope: Envelope) -> Envelope:
    return Envelope(envelope.payload, tuple(reversed(envelope.signatures)))


def malleated(envelope: Envelope) -> Envelope:
    (signature,) = envelope.signatures
    order = 2**252 + 27742317777372353535851937790883648493
    scalar = int.from_bytes(signature.sig[32:], "little") + order
    return Envelope(envelope.payload, (replace(signature, sig=signature.sig[:32] + scalar.to_bytes(32, "little")),))


def said(view: View, old: bytes, new: bytes) -> Envelope:
    payload = view.review(BEA).payload
    assert old in payload
    return seal(canonical(read_json(payload.replace(old, new))), BEA.pen)


OWN = [
    Case(
        "a registrar gives herself a role",
        lambda view: view.sign(Grant(person=BEA.id, roles=("validator",)), ADA, BEA),
        "self_approval",
        Kind.SELF_APPROVAL,
        "cannot approve what concerns themselves",
    ),
    Case(
        "a registrar gives herself a new key",
        lambda view: view.sign(ResetKey(person=BEA.id, key=key_part(view.key(BEA2))), ADA, BEA),
        "self_approval",
        Kind.SELF_APPROVAL,
    ),
    Case(
        "a registrar unlocks herself",
        lambda view: view.sign(Unlock(person=BEA.id), BEA, ADA),
        "locked",
        Kind.SELF_APPROVAL,
        "is locked after too many wrong passphrases",
        before=locked,
    ),
    Case(
        "a registrar who is locked signs for another",
        lambda view: grant(view, ADA, BEA),
        "locked",
        Kind.INSERTED,
        before=locked,
    ),
    Case(
        "a registrar counts twice through a key that she replaced",
        lambda view: grant(view, ADA2, ADA),
        "revoked_key",
        Kind.REVOKED_KEY,
        before=rotated,
    ),
    Case(
        "a second account with the key of the first",
        lambda view: with_key_of(view, BEA),
        "key_reused",
        Kind.DUPLICATE_SIGNATURE,
        "is in the ledger already",
    ),
    Case(
        "a second account with the key of the log",
        lambda view: view.sign(
            enrolled(MALLORY, Role.VALIDATOR, key=NewKey.made(LOG_PEN, MALLORY.id, MALLORY.new_key.commitment, START)),
            ADA,
            BEA,
        ),
        "key_reused",
        Kind.DUPLICATE_SIGNATURE,
    ),
    Case(
        "one registrar where two are needed", lambda view: grant(view, ADA), "four_eyes.quorum", Kind.INSERTED, "1 of 2"
    ),
    Case(
        "a validator where a registrar is needed",
        lambda view: grant(view, ADA, DAN2),
        "four_eyes.quorum",
        Kind.INSERTED,
    ),
    Case(
        "one registrar lowers the threshold",
        lambda view: view.sign(root(view, threshold=1), ADA),
        "four_eyes.quorum",
        Kind.INSERTED,
    ),
    Case(
        "a threshold that nobody can reach",
        lambda view: view.sign(root(view, threshold=9), ADA, BEA),
        "threshold_unreachable",
        Kind.INSERTED,
    ),
    Case(
        "one registrar takes the other's role away",
        lambda view: view.sign(Withdraw(person=BEA.id, roles=("administrator",)), ADA),
        "four_eyes.quorum",
        Kind.INSERTED,
    ),
    Case(
        "somebody else replaces a key",
        lambda view: view.sign(
            RotateKey(person=EVE.id, key=key_part(NewKey.made(MALLORY.pen, EVE.id, view.key(EVE).commitment, START))),
            ADA,
            MALLORY,
        ),
        "not_yours",
        Kind.INSERTED,
    ),
    Case(
        "a stranger's disowned entry is affirmed by a registrar",
        lambda view: view.sign(Reaffirm(keyid=FAY.pen.public.keyid, stands=True), ADA, about=about(view, 9)),
        "not_yours",
        Kind.INSERTED,
    ),
]

KEYS = [
    Case(
        "a key that was revoked",
        lambda view: view.review(FAY, role=Role.RISK_OFFICER),
        "revoked_key",
        Kind.REVOKED_KEY,
        "ended with entry #10",
    ),
    Case(
        "a key that was replaced",
        lambda view: view.review(DAN, role=Role.VALIDATOR),
        "revoked_key",
        Kind.REVOKED_KEY,
        "ended with entry #6",
    ),
    Case(
        "a revoked key beside one in force",
        lambda view: sealed(view.draft(TrailReview(first=0, last=3), ADA), ADA, FAY),
        "revoked_key",
        Kind.REVOKED_KEY,
    ),
    Case(
        "the log's key in the name of the log, for what only persons may",
        in_the_name_of_the_log,
        "log_cannot",
        Kind.STOLEN_KEY,
        "the log's key cannot sign a grant event",
    ),
    Case(
        "the log's key in the name of a person",
        lambda view: seal(bytes(view.draft(TrailReview(first=0, last=3), ADA)), LOG_PEN),
        "unknown_key",
        Kind.STOLEN_KEY,
    ),
    Case(
        "the log's key as the second registrar",
        lambda view: grant(view, ADA).signed_by(LOG_PEN),
        "unknown_key",
        Kind.STOLEN_KEY,
    ),
    Case(
        "a person in the name of the log",
        lambda view: seal(view.log_sign(Lockout(person=EVE.id, failures=5)).payload, ADA.pen),
        "signer",
        Kind.INSERTED,
    ),
    Case(
        "the log and a person together",
        lambda view: view.log_sign(Lockout(person=EVE.id, failures=5)).signed_by(ADA.pen),
        "signer",
        Kind.INSERTED,
    ),
    Case(
        "a lock-out in a person's name",
        lambda view: sealed(view.draft(Lockout(person=EVE.id, failures=5), ADA), ADA),
        "log_only",
        Kind.INSERTED,
    ),
    Case(
        "the same key twice",
        twice,
        "duplicate_signature",
        Kind.DUPLICATE_SIGNATURE,
        "one key signed it twice",
    ),
    Case(
        "a role that its signer has not",
        lambda view: view.review(DAN2),
        "role",
        Kind.INSERTED,
        "does not have the role",
    ),
]

REPLAYS = [
    Case(
        "an event that was signed for another log",
        lambda view: grant(view, ADA, BEA, log_origin="ledger.other.example/models"),
        "other_log",
        Kind.REPLAYED,
        "was signed for the log ledger.other.example/models",
    ),
    Case(
        "an event that was signed over another log of this name",
        lambda view: grant(view, ADA, BEA, basis=Basis(size=5, root=bytes(32))),
        "other_basis",
        Kind.REPLAYED,
        "was signed over another log",
    ),
    Case(
        "an event about another person's enrolment",
        lambda view: meaning(view, about(view, 3)),
        "other_entry",
        Kind.REPLAYED,
    ),
    Case(
        "an event about an entry that is not so here",
        lambda view: meaning(view, About(index=2, leaf_hash=bytes(32))),
        "other_entry",
        Kind.REPLAYED,
    ),
    Case(
        "an event about an entry to come",
        lambda view: meaning(view, About(index=SIZE + 5, leaf_hash=bytes(32))),
        "other_entry",
        Kind.REPLAYED,
    ),
    Case(
        "an event signed when the person was another",
        lambda view: grant(view, ADA, BEA, subject_seq=0),
        "stale_subject",
        Kind.REPLAYED,
        "changed since this was signed",
    ),
    Case(
        "a root of an earlier version",
        lambda view: view.sign(root(view, version=1), ADA, BEA),
        "root_version",
        Kind.REPLAYED,
    ),
]

SIGNATURES = [
    Case(
        "an event that names another signer",
        lambda view: sealed(view.draft(TrailReview(first=0, last=3), ADA), BEA),
        "signer",
        Kind.COPIED_SIGNATURE,
        "names",
    ),
    Case(
        "an event that its signer signed second",
        lambda view: turned(grant(view, ADA, BEA)),
        "signer",
        Kind.INSERTED,
    ),
    Case(
        "a proof of possession that is another's",
        with_proof_of_another,
        "copied_signature",
        Kind.COPIED_SIGNATURE,
        "proof of possession",
    ),
    Case(
        "a signature by a key that is not in the ledger",
        lambda view: Envelope(view.review().payload, ()).signed_by(MALLORY.pen),
        "unverifiable",
        Kind.INSERTED,
        "which nobody enrolled before it; the log signed it so",
    ),
    Case(
        "a signature over something else",
        lambda view: Envelope(view.review(BEA).payload, (Signature(BEA.pen.public.keyid, BEA.pen.sign(b"else")),)),
        "edited",
        Kind.INSERTED,
        "does not fit what it says; the log signed it so",
    ),
    Case(
        "a signature that was made for an earlier entry",
        lambda view: Envelope(view.review(CYD).payload, Entry.parse(view.leaves[15]).envelope.signatures),
        "edited",
        Kind.COPIED_SIGNATURE,
        "was made for #15",
    ),
    Case(
        "a signature in another spelling (S + L)",
        lambda view: malleated(view.review(BEA)),
        "edited",
        Kind.INSERTED,
    ),
    Case(
        "a signature of another length",
        lambda view: Envelope(view.review(BEA).payload, (Signature(BEA.pen.public.keyid, bytes(70)),)),
        "edited",
        Kind.INSERTED,
    ),
]

TIMES = [
    Case(
        "signed long before",
        lambda view: view.review(now=view.now - HOUR),
        "clock",
        Kind.BACKDATED,
        "more than 10 minutes apart",
    ),
    Case("signed long after", lambda view: view.review(now=view.now + HOUR), "clock", Kind.BACKDATED),
]

DOWNGRADES = [
    Case(
        "an earlier version of the predicate",
        lambda view: said(view, b"/trail-review/v1", b"/trail-review/v0"),
        "downgraded",
        Kind.DOWNGRADED,
        "'https://govern.example/attestation/trail-review/v0' is unknown",
    ),
    Case(
        "a predicate that nobody knows",
        lambda view: said(view, b"/trail-review/v1", b"/approve-all/v1"),
        "downgraded",
        Kind.DOWNGRADED,
    ),
    Case(
        "an earlier version of the statement",
        lambda view: said(view, b"in-toto.io/Statement/v1", b"in-toto.io/Statement/v0.1"),
        "downgraded",
        Kind.DOWNGRADED,
        "the statement type",
    ),
    Case(
        "a field that this version has not",
        lambda view: said(view, b'"first":0', b'"extra":1,"first":0'),
        "invalid_input",
        Kind.INSERTED,
    ),
    Case(
        "an enrolment with a key that persons do not use",
        with_a_curve_that_persons_do_not_use,
        "invalid_input",
        Kind.DOWNGRADED,
    ),
]


ALL = [*OWN, *KEYS, *REPLAYS, *SIGNATURES, *TIMES, *DOWNGRADES]


@pytest.mark.parametrize("case", ALL, ids=lambda case: case.name)
def test_the_front_door_refuses_and_the_audit_names(sqlite_bank: Bank, case: Case) -> None:
    _refuse_and_name(sqlite_bank, case)


@pytest.mark.parametrize("case", ALL[::4], ids=lambda case: case.name)
def test_so_they_do_on_a_server(server_bank: Bank, case: Case) -> None:
    _refuse_and_name(server_bank, case)


def _refuse_and_name(bank: Bank, case: Case) -> None:
    operator = Intruder(bank, LOG_PEN)
    case.before(bank)
    envelope = case.make(bank.view())

    assert bank.refusal(envelope) == case.code
    size = bank.view().registry.size
    operator.file(envelope)

    report = bank.audit()
    assert first(report) == (case.kind, size)
    assert case.says in only(report)
    assert "by whoever held the log's key" in only(report)
    assert "who held the log's key" in report.problems[0].next


# The same again


def test_the_same_event_again_gets_its_first_receipt_at_the_front_door(bank: Bank) -> None:
    before = bank.leaves()

    bank.file(Entry.parse(before[15]).envelope)

    assert bank.leaves() == before


@pytest.mark.parametrize("index", [1, 2, 3, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15, 20])
def test_an_event_filed_a_second_time_is_named(bank: Bank, operator: Intruder, index: int) -> None:
    operator.file(Entry.parse(bank.leaves()[index]).envelope)

    report = bank.audit()

    assert first(report) == (Kind.REPLAYED, SIZE)
    assert f"entry #{SIZE} is the event of #{index}, filed a second time" in only(report)


def test_an_event_signed_offline_and_filed_a_second_time_is_named(bank: Bank, operator: Intruder) -> None:
    again = bank.view().review(BEA, offline=True)
    bank.file(again)

    operator.file(again, at=bank.view().now + 3 * HOUR)

    report = bank.audit()
    assert first(report) == (Kind.REPLAYED, SIZE + 1)
    assert f"is the event of #{SIZE}, filed a second time" in only(report)


def test_an_event_filed_a_second_time_is_named_before_what_is_wrong_later(bank: Bank, operator: Intruder) -> None:
    view = bank.view()

    operator.file(Entry.parse(view.leaves[20]).envelope, view.review(DAN2))

    report = bank.audit()
    assert first(report) == (Kind.REPLAYED, SIZE)
    assert [(problem.kind, problem.entry) for problem in report.problems[1:]] == [(Kind.INSERTED, SIZE + 1)]


def test_other_words_under_an_id_that_was_used_are_refused_and_named(bank: Bank, operator: Intruder) -> None:
    used = Event.parse(Entry.parse(bank.leaves()[15]).envelope.payload).govern.event_id
    other = sealed(bank.view().draft(TrailReview(first=0, last=2), BEA, event_id=used), BEA)

    assert bank.refusal(other) == "event_id_reused"
    size = bank.view().registry.size
    operator.file(other)

    report = bank.audit()
    assert first(report) == (Kind.REPLAYED, size)
    assert f"entry #{size} is the event of #15, filed a second time" in only(report)


# Downgrades of what is around an event


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        pytest.param(b'"v":1', b'"v":2', "format 2, only format 1 is known", id="the format of the entry"),
        pytest.param(b'"v":1', b'"v":0', "format 0, only format 1 is known", id="an older format of the entry"),
        pytest.param(
            PAYLOAD_TYPE.encode(),
            b"application/json",
            "the payload type is application/json",
            id="the type of the payload",
        ),
    ],
)
@pytest.mark.parametrize("holds_key", [True, False], ids=["by the operator", "by the administrator"])
def test_a_downgrade_around_an_event_is_named(
    bank: Bank, operator: Intruder, administrator: Intruder, old: bytes, new: bytes, says: str, holds_key: bool
) -> None:
    leaves = bank.leaves()
    if holds_key:
        leaf = Entry(SIZE, bank.view().now, bank.view().review()).leaf()
        operator.file(leaf.replace(old, new))
    else:
        administrator.rewrite([*leaves[:15], leaves[15].replace(old, new), *leaves[16:]])

    report = bank.audit()

    assert first(report) == (Kind.DOWNGRADED, SIZE if holds_key else 15)
    assert says in only(report)
    assert ("by whoever held the log's key" in only(report)) is holds_key


def test_an_envelope_of_another_type_does_not_reach_the_front_door(bank: Bank) -> None:
    envelope = bytes(bank.view().review()).replace(PAYLOAD_TYPE.encode(), b"application/json")

    with pytest.raises(GovernError, match="the payload type is application/json") as refusal:
        bank.refusal(Envelope.parse(envelope))

    assert refusal.value.code == "downgraded"


# Times


def test_an_entry_recorded_before_the_one_it_follows_is_named(bank: Bank, operator: Intruder) -> None:
    view = bank.view()

    operator.file(view.review(now=view.now - 3 * MINUTE), at=view.now - 3 * MINUTE)

    report = bank.audit()
    assert first(report) == (Kind.BACKDATED, SIZE)
    assert "recorded before the one it follows" in only(report)


def test_a_time_set_back_in_the_database_is_named(bank: Bank, administrator: Intruder) -> None:
    leaves = bank.leaves()
    entry = Entry.parse(leaves[15])
    leaves[15] = replace(entry, recorded_at=entry.recorded_at - 5 * MINUTE).leaf()

    administrator.rewrite(leaves)

    report = bank.audit()
    assert first(report) == (Kind.BACKDATED, 15)
    assert "the log never signed it so: it was changed afterwards" in only(report)


def test_the_front_door_does_not_open_while_the_clock_is_far_behind(bank: Bank) -> None:
    bank.now -= 10 * MINUTE

    assert bank.refusal(bank.view().review(now=bank.now)) == "clock"


def test_what_was_signed_offline_has_only_its_signers_word_for_when(bank: Bank, operator: Intruder) -> None:
    """No clock but the log's says when it came, and an honest log recorded it at once: say so, and ask for a time stamp."""
    view = bank.view()

    operator.file(view.review(now=view.now - 1000 * HOUR, offline=True))

    assert bank.audit().problems == ()


def test_a_log_that_is_some_minutes_late_is_believed(bank: Bank, operator: Intruder) -> None:
    """Within ten minutes of its signers the time is the log's own word."""
    view = bank.view()

    operator.file(view.review(), at=view.now + 9 * MINUTE)

    assert bank.audit().problems == ()


# Stolen keys


def revoked(view: View, actor: Actor, since: int, *by: Actor) -> Envelope:
    body = {
        "person": actor.id,
        "keyid": actor.pen.public.keyid,
        "cause": "compromised",
        "suspectSince": since,
    }
    return view.sign(RevokeKey.model_validate(body), *by)


def test_what_a_stolen_key_signed_is_flagged_until_its_owner_or_a_registrar_says_what_becomes_of_it(
    bank: Bank,
) -> None:
    def file(make: Callable[[View], Envelope]) -> None:
        bank.now += MINUTE
        bank.file(make(bank.view()))

    file(lambda view: revoked(view, DAN2, 7, ADA))
    report = bank.audit()
    assert first(report) == (Kind.STOLEN_KEY, 7)
    assert "signed #7, #20 after it was no longer safe" in only(report)

    dan3 = Actor("dan", "third")
    file(lambda view: view.sign(ResetKey(person=DAN.id, key=key_part(view.key(dan3))), ADA, BEA))
    keyid = DAN2.pen.public.keyid
    file(lambda view: view.sign(Reaffirm(keyid=keyid, stands=True), dan3, role=Role.VALIDATOR, about=about(view, 7)))
    assert first(bank.audit()) == (Kind.STOLEN_KEY, 20)

    file(lambda view: view.sign(Reaffirm(keyid=keyid, stands=False), ADA, about=about(view, 20)))
    assert bank.audit().problems == ()


def test_two_stolen_keys_are_named_each(bank: Bank) -> None:
    bank.file(revoked(bank.view(), CYD, 15, ADA, BEA))
    bank.now += MINUTE
    bank.file(revoked(bank.view(), DAN2, 8, ADA))

    report = bank.audit()

    assert [(problem.kind, problem.entry) for problem in report.problems] == [
        (Kind.STOLEN_KEY, 15),
        (Kind.STOLEN_KEY, 20),
    ]


def test_a_thief_who_replaced_the_stolen_key_by_one_of_his_own_does_not_save_what_the_first_signed(
    bank: Bank,
) -> None:
    thief = Actor("dan", "the thief's")
    view = bank.view()
    bank.file(view.sign(RotateKey(person=DAN.id, key=key_part(view.key(thief))), DAN2, thief, role=Role.VALIDATOR))
    bank.now += MINUTE
    bank.file(revoked(bank.view(), thief, SIZE, ADA))
    bank.now += MINUTE
    bank.file(revoked(bank.view(), DAN2, 20, ADA))

    report = bank.audit()

    assert kinds(report) == [Kind.STOLEN_KEY, Kind.STOLEN_KEY]
    assert {problem.entry for problem in report.problems} == {20, SIZE}


def test_a_stolen_key_is_that_person_until_somebody_says_so(bank: Bank) -> None:
    """What the thief signs before it is noticed is signed as well as anything."""
    bank.file(bank.view().review(CYD, word="the thief's"))

    assert bank.audit().problems == ()


def test_a_key_of_the_log_that_was_changed_signs_no_heads_any_more(bank: Bank, operator: Intruder) -> None:
    new = Pen.generate()
    log_keys = (LOG_KEY, replace(LOG_KEY, public=new.public.raw))
    honest = Intruder(bank, new)
    honest.file(bank.view().sign(root(bank.view(), log_keys=log_keys), ADA, BEA))
    honest.file(bank.view().sign(root(bank.view(), version=3, log_keys=log_keys[1:]), ADA, BEA))
    honest.file(bank.view().review())
    assert bank.audit().problems == ()

    operator.file(bank.view().review(BEA), lock=False)

    report = bank.audit()
    assert first(report) == (Kind.REVOKED_KEY, SIZE + 3)
    assert f"the kept checkpoint of {SIZE + 4} entries is signed by a key that was no longer the log's" in only(report)


def test_the_log_does_not_take_the_key_out_of_force_that_it_signs_with(bank: Bank) -> None:
    other = replace(LOG_KEY, public=Pen.generate().public.raw)

    assert bank.refusal(bank.view().sign(root(bank.view(), log_keys=(other,)), ADA, BEA)) == "log_key"
    assert bank.audit().problems == ()


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(Lockout(person=EVE.id, failures=5), id="a lock-out"),
        pytest.param(
            Refusal.model_validate(
                {"person": EVE.id, "refused": "grant", "code": "role", "envelope": "sha256:" + "0" * 64}
            ),
            id="a refusal",
        ),
    ],
)
def test_false_notices_by_the_key_of_the_log_are_its_own_word(bank: Bank, operator: Intruder, body: Any) -> None:
    """Nobody else was there: such an entry says what the log says, and nothing in a person's name."""
    operator.file(bank.view().log_sign(body))

    assert bank.audit().problems == ()


def test_one_human_being_with_two_accounts_is_for_the_registrars_to_see(bank: Bank) -> None:
    """Another id, another key, another name: only whoever checks a badge can tell."""
    bank.file(bank.view().sign(enrolled(MALLORY, Role.VALIDATOR), ADA, BEA, now=bank.now))

    assert bank.audit().problems == ()


# Keys that anybody could sign for


SMALL_ORDER = {
    "order 1": "01" + "00" * 31,
    "order 2": "ec" + "ff" * 30 + "7f",
    "order 4, even": "00" * 32,
    "order 4, odd": "00" * 31 + "80",
    "order 8, first": "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "order 8, second": "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "order 8, third": "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "order 8, fourth": "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
}
NOT_CANONICAL = {
    "order 1, sign bit set": "01" + "00" * 30 + "80",
    "order 2, sign bit set": "ec" + "ff" * 31,
    "p for 0": "ed" + "ff" * 30 + "7f",
    "p for 0, odd": "ed" + "ff" * 31,
    "p + 1 for 1": "ee" + "ff" * 30 + "7f",
    "p + 1 for 1, odd": "ee" + "ff" * 31,
}
MIXED_ORDER = {
    f"a key and a point of {name}": crypto_core_ed25519_add(MALLORY.pen.public.raw, bytes.fromhex(point)).hex()
    for name, point in SMALL_ORDER.items()
    if name != "order 1"
}
UNSAFE = SMALL_ORDER | NOT_CANONICAL | MIXED_ORDER


@pytest.mark.parametrize("point", UNSAFE.values(), ids=UNSAFE)
def test_a_key_that_others_could_sign_for_is_refused_and_named(sqlite_bank: Bank, point: str) -> None:
    public = PublicKey(spki_of_ed25519(bytes.fromhex(point)))
    key = NewKey(MALLORY.id, public, MALLORY.new_key.commitment, START, bytes([1, *bytes(63)]))
    envelope = sqlite_bank.view().sign(enrolled(MALLORY, Role.DEVELOPER, key=key), ADA)

    assert sqlite_bank.refusal(envelope) == "malleable_key"
    Intruder(sqlite_bank, LOG_PEN).file(envelope)

    report = sqlite_bank.audit()
    assert first(report) == (Kind.MALLEABLE_KEY, SIZE)
    assert f"the public key {public.keyid[:16]} is not a safe Ed25519 point" in only(report)


def test_a_rotation_to_a_key_of_small_order_is_named_by_the_key(bank: Bank, operator: Intruder) -> None:
    """OpenSSL verifies one signature by this key over any message at all; libsodium and the check of the point do not."""
    weak = bytes.fromhex(SMALL_ORDER["order 1"])
    anything = bytes([1, *bytes(63)])
    Ed25519PublicKey.from_public_bytes(weak).verify(anything, b"whatever")
    public = PublicKey(spki_of_ed25519(weak))
    key = NewKey(DAN.id, public, DAN.new_key.commitment, START, anything)
    own = sealed(bank.view().draft(RotateKey(person=DAN.id, key=key_part(key)), DAN2, Role.VALIDATOR), DAN2)
    envelope = Envelope(own.payload, (*own.signatures, Signature(public.keyid, anything)))

    assert bank.refusal(envelope) in {"edited", "malleable_key"}
    operator.file(envelope)

    assert first(bank.audit()) == (Kind.MALLEABLE_KEY, SIZE)


@pytest.mark.parametrize("point", SMALL_ORDER.values(), ids=SMALL_ORDER)
def test_a_log_key_that_others_could_sign_for_is_refused_and_named(sqlite_bank: Bank, point: str) -> None:
    weak = replace(LOG_KEY, public=bytes.fromhex(point))
    envelope = sqlite_bank.view().sign(root(sqlite_bank.view(), log_keys=(LOG_KEY, weak)), ADA, BEA)

    assert sqlite_bank.refusal(envelope) == "malleable_key"
    Intruder(sqlite_bank, LOG_PEN).file(envelope)

    assert first(sqlite_bank.audit()) == (Kind.MALLEABLE_KEY, SIZE)


def test_a_signature_in_another_spelling_is_an_edit(bank: Bank, administrator: Intruder) -> None:
    leaves = bank.leaves()
    entry = Entry.parse(leaves[15])

    administrator.rewrite([*leaves[:15], replace(entry, envelope=malleated(entry.envelope)).leaf(), *leaves[16:]])

    assert first(bank.audit()) == (Kind.EDITED, 15)
