"""What the book adds up to, the way in, and what is kept of it."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from govern.errors import InvalidInput, NotAllowed, Tampered
from govern.ledger.envelope import Envelope, seal
from govern.ledger.merkle import EMPTY_ROOT, leaf_hash
from govern.ledger.strict import Digest, canonical
from govern.record.draft import Moment, draft, genesis
from govern.record.events import About, Event
from govern.record.filing import open_filing
from govern.record.people import Grant, Hold, Lockout, Reaffirm, Refusal, RevokeKey, TrailReview
from govern.record.refolding import refold
from govern.record.registry import LONG_AGO, Registry
from tests.people import LOG_KEY, LOG_PEN, ORIGIN, START, Actor, PaperLedger, founding, moment

ADA, BEA, RAE, GUS, EVE = (Actor(handle) for handle in ("ada", "bea", "rae", "gus", "eve"))


@pytest.fixture
def lived(bank: PaperLedger) -> PaperLedger:
    """Return a bank in which everything that a registry keeps has happened."""
    bank.file(bank.log_sign(Lockout(person=GUS.id, failures=5)))
    bank.file(bank.log_sign(Refusal(person=RAE.id, refused="grant", code="role", envelope=Digest.of(b""))))
    bank.do(TrailReview(first=0, last=1), RAE, role="risk-officer")
    bank.do(RevokeKey(person=RAE.id, keyid=RAE.pen.public.keyid, cause="compromised", suspect_since=7), ADA, BEA)
    bank.do(Hold(person=RAE.id, held=True), ADA)
    about = About(index=7, leaf_hash=leaf_hash(bank.leaves[7]))
    body = Reaffirm(keyid=RAE.pen.public.keyid, stands=False)
    event = draft(bank.registry, bank.tree.root(), ADA.pen.public.keyid, "administrator", body, moment(bank.now, "x"), "not hers", about)  # fmt: skip
    bank.file(seal(bytes(event), ADA.pen, BEA.pen))
    return bank


def test_the_entries_add_up_to_the_same_registry_again(lived: PaperLedger) -> None:
    again = Registry()
    for size, leaf in enumerate(lived.leaves):
        assert again.size == size
        again = refold(again, leaf)

    assert again == lived.registry


def test_a_snapshot_is_read_back_as_it_was(lived: PaperLedger) -> None:
    content = lived.registry.snapshot()

    again = Registry.restore(content)

    assert again == lived.registry
    assert again.snapshot() == content
    assert canonical(json.loads(content)) == content
    assert Registry.restore(Registry().snapshot()) == Registry()
    assert lived.registry.settled == {(RAE.pen.public.keyid, 7)}


def test_a_snapshot_goes_on_as_the_registry_would(lived: PaperLedger) -> None:
    again = Registry.restore(lived.registry.snapshot())
    entry = lived.do(Grant(person=GUS.id, roles=("developer",)), ADA)

    assert refold(again, entry.leaf()) == lived.registry


def test_an_empty_registry_knows_nobody() -> None:
    empty = Registry()

    assert (empty.size, empty.last_recorded, empty.registrars) == (0, LONG_AGO, ())
    assert empty.public_key("0" * 64) is None
    assert list(empty.suspects()) == []


def test_the_registry_finds_the_keys_of_persons_and_of_the_log(bank: PaperLedger) -> None:
    registry = bank.registry

    assert registry.public_key(RAE.pen.public.keyid) == RAE.pen.public
    assert registry.public_key(LOG_PEN.public.keyid) == LOG_PEN.public
    assert registry.public_key(EVE.pen.public.keyid) is None
    assert registry.is_log_key(LOG_PEN.public.keyid)
    assert not registry.is_log_key(RAE.pen.public.keyid)
    assert [one.id for one in registry.registrars] == [ADA.id, BEA.id]


def test_an_earlier_registry_stays_as_it_was(bank: PaperLedger) -> None:
    before = bank.registry
    people = dict(before.people)

    bank.do(Grant(person=GUS.id, roles=("developer",)), ADA)

    assert dict(before.people) == people
    assert bank.registry.people[GUS.id].seq == 1


# Filing


def test_a_refusal_leaves_the_ledger_as_it_was(bank: PaperLedger) -> None:
    before = bank.registry

    with pytest.raises(NotAllowed):
        bank.do(Grant(person=GUS.id, roles=("validator",)), ADA)

    assert bank.registry is before


def test_an_envelope_without_signatures_is_nothing(bank: PaperLedger) -> None:
    with pytest.raises(InvalidInput, match="the envelope is not signed"):
        open_filing(bank.registry, Envelope(founding("ada").payload, ()))


def test_signatures_are_checked_before_admission_is_asked(bank: PaperLedger) -> None:
    envelope = bank.sign(Grant(person=GUS.id, roles=("developer",)), ADA)
    payload = envelope.payload.replace(b'"developer"', b'"validator"')

    with pytest.raises(Tampered, match="does not fit the signed bytes"):
        open_filing(bank.registry, replace(envelope, payload=payload))


def test_a_clock_five_minutes_behind_is_borne_and_time_never_goes_back(bank: PaperLedger) -> None:
    last = bank.registry.last_recorded
    bank.now = last - timedelta(minutes=5)

    entry = bank.do(TrailReview(first=0, last=1), GUS, role="auditor")

    assert entry.recorded_at == last


def test_a_clock_further_behind_records_nothing(bank: PaperLedger) -> None:
    last = bank.registry.last_recorded
    bank.now = last - timedelta(minutes=5, milliseconds=1)

    with pytest.raises(NotAllowed, match=r"this machine's clock says 2026-11-20T08:55:03\.999Z") as caught:
        bank.do(TrailReview(first=0, last=1), GUS, role="auditor")

    assert (caught.value.code, caught.value.hint) == ("clock", "set the clock right; nothing was recorded")
    assert bank.registry.last_recorded == last


# Drafting


def test_an_event_id_is_a_uuid_of_its_instant() -> None:
    # RFC 9562, A.6.
    at = datetime(2022, 2, 22, 19, 22, 22, tzinfo=UTC)
    entropy = bytes.fromhex("0CC3") + bytes.fromhex("18C4DC0C0C07398F")

    assert Moment(at, entropy).event_id == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"


@given(st.datetimes(datetime(1970, 1, 2), datetime(2200, 1, 1)), st.binary(min_size=10), st.integers(-12 * 4, 14 * 4))  # noqa: DTZ001
def test_every_moment_is_written_as_the_format_has_it(at: datetime, entropy: bytes, quarters: int) -> None:
    now = at.replace(tzinfo=timezone(timedelta(minutes=15 * quarters)))

    event = genesis(ORIGIN, LOG_KEY, (ADA.new_key,), 1, Moment(now, entropy))

    assert Event.parse(bytes(event)) == event
    assert event.govern.signed_at.microsecond % 1000 == 0


def test_a_machine_in_a_time_zone_that_nobody_has_is_told() -> None:
    now = START.astimezone(timezone(timedelta(minutes=7)))

    with pytest.raises(InvalidInput, match=r"signed_at_offset is wrong: '\+00:07'"):
        genesis(ORIGIN, LOG_KEY, (ADA.new_key,), 1, moment(now, "x"))


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(InvalidInput, match="has no time zone"):
        genesis(ORIGIN, LOG_KEY, (ADA.new_key,), 1, moment(START.replace(tzinfo=None), "x"))


def test_a_ledger_needs_a_registrar() -> None:
    with pytest.raises(InvalidInput, match="at least one registrar"):
        genesis(ORIGIN, LOG_KEY, (), 1, moment(START, "x"))


def test_a_ledger_has_at_most_sixteen_founders_and_a_name_that_fits() -> None:
    many = tuple(Actor(f"r{number}").new_key for number in range(17))

    with pytest.raises(InvalidInput, match=r"the root\.registrars is wrong: .* at most 16"):
        genesis(ORIGIN, LOG_KEY, many, 1, moment(START, "x"))
    with pytest.raises(InvalidInput, match=r"the event\.log_origin is wrong"):
        genesis("l" * 201, LOG_KEY, many[:1], 1, moment(START, "x"))


def test_nobody_drafts_with_the_key_of_nobody(bank: PaperLedger) -> None:
    with pytest.raises(NotAllowed, match="belongs to nobody who is enrolled here"):
        bank.sign(TrailReview(first=0, last=1), EVE)


def test_nobody_drafts_about_nobody(bank: PaperLedger) -> None:
    with pytest.raises(NotAllowed, match=f"{EVE.id} was never enrolled"):
        bank.sign(Grant(person=EVE.id, roles=("auditor",)), ADA)


def test_what_is_signed_says_what_its_signer_had_verified(bank: PaperLedger) -> None:
    event = Event.parse(bank.sign(Grant(person=GUS.id, roles=("developer",)), ADA).payload)
    gus = bank.registry.people[GUS.id]

    assert (event.govern.basis.size, event.govern.basis.root) == (5, bank.tree.root())
    assert event.govern.about == About(index=gus.enrolment, leaf_hash=gus.enrolment_leaf)
    assert event.govern.subject_seq == 0
    assert event.govern.reason is None
    assert Event.parse(founding("ada").payload).govern.basis.root == EMPTY_ROOT
