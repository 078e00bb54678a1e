"""What a ledger promises, on every database it can be kept in."""

import sqlite3
from dataclasses import replace
from typing import Any

import pytest

from govern.errors import InvalidInput, Kind, NotAllowed, Tampered
from govern.ledger.envelope import Entry, Envelope, seal
from govern.ledger.keys import Pen
from govern.ledger.merkle import check_consistency, leaf_hash
from govern.ledger.note import KeyType, VerifierKey, open_checkpoint
from govern.record.events import Event
from govern.record.identity import Role
from govern.record.people import Refusal, Root
from govern.record.refolding import refold
from govern.record.registry import SNAPSHOT_SCHEMA, Registry
from govern.storage import local, snapshots, sql, standing
from govern.storage.local import LocalLedger, Mode
from govern.storage.sql import Connection
from govern.storage.store import Store
from tests.people import LOG_KEY, LOG_PEN, ORIGIN, Actor, enrolment, founding, signed, trail_review
from tests.storage.bank import ADA, Bank, check_receipt, check_whole, released, review


def event_of(leaf: bytes) -> Event:
    return Event.parse(Entry.parse(leaf).envelope.payload)


def test_a_new_ledger_holds_its_genesis_signed_and_locked(bank: Bank, ledger: LocalLedger) -> None:
    (genesis,) = ledger.entries()

    assert ledger.mode is Mode.WRITABLE
    assert Entry.parse(genesis).envelope == founding("ada")
    assert ledger.registry.anchor == leaf_hash(genesis)
    assert bank.lock.read_bytes() == ledger.checkpoint()
    assert ledger.missing_guards() == []


def test_every_receipt_verifies_with_the_key_of_the_log_alone(bank: Bank, ledger: LocalLedger) -> None:
    for number in range(1, 70):
        statement = review(ledger, f"{number}")
        (receipt,) = ledger.submit([statement])

        assert receipt.index == number
        assert check_receipt(receipt.leaf, receipt.proof).size == number + 1
        assert Entry.parse(receipt.leaf).envelope == statement
        assert released(bank.lock).size == number + 1

    assert check_whole(bank) == 70


@pytest.mark.parametrize("size", [2, 3, 100, 256])
def test_one_call_is_filed_as_a_whole_under_one_checkpoint(bank: Bank, ledger: LocalLedger, size: int) -> None:
    ledger.submit([review(ledger, "before")])

    receipts = ledger.submit([review(ledger, f"{number}") for number in range(size)])

    assert [receipt.index for receipt in receipts] == list(range(2, size + 2))
    assert {check_receipt(receipt.leaf, receipt.proof).size for receipt in receipts} == {size + 2}
    assert [open_checkpoint(note, [LOG_KEY]).size for note in ledger.checkpoints()] == [1, 2, size + 2]
    assert check_whole(bank) == size + 2


def test_a_call_of_no_envelopes_files_nothing_and_one_of_too_many_is_refused(ledger: LocalLedger) -> None:
    statement = review(ledger, "once")

    with pytest.raises(InvalidInput, match="257 envelopes are too many"):
        ledger.submit([statement] * 257)

    assert ledger.submit([]) == []
    assert ledger.registry.size == 1


def test_the_same_statement_again_returns_its_first_receipt(bank: Bank, ledger: LocalLedger) -> None:
    statement = review(ledger, "again")
    first = ledger.submit([statement])
    ledger.submit([review(ledger, "something else")])

    ((again,), twice) = ledger.submit([statement]), ledger.submit([statement, review(ledger, "third"), statement])

    assert (again.index, again.leaf) == (first[0].index, first[0].leaf)
    assert check_receipt(again.leaf, again.proof).size == 3
    assert [receipt.index for receipt in twice] == [1, 3, 1]
    assert check_receipt(twice[2].leaf, twice[2].proof).size == 4
    ledger.close()
    reopened = bank.open()
    assert reopened.submit([statement])[0].leaf == first[0].leaf
    assert reopened.receipt(event_of(first[0].leaf).govern.event_id).leaf == first[0].leaf
    assert check_whole(bank) == 4


def test_one_statement_twice_in_one_call_is_one_entry(bank: Bank, ledger: LocalLedger) -> None:
    statement = review(ledger, "twice")

    first, second = ledger.submit([statement, statement])

    assert first == second
    assert check_whole(bank) == 2


def test_other_bytes_under_an_id_that_was_filed_are_refused(ledger: LocalLedger) -> None:
    statement = review(ledger, "one id")
    ledger.submit([statement])
    body = Event.parse(statement.payload)
    other = seal(bytes(replace(body, govern=body.govern.model_copy(update={"reason": "another reason"}))), ADA.pen)

    with pytest.raises(NotAllowed, match="is that of entry #1, which says something else") as refusal:
        ledger.submit([other])

    assert (refusal.value.code, refusal.value.kind) == ("event_id_reused", Kind.REPLAYED)


def test_other_signatures_under_an_id_that_was_filed_are_refused(ledger: LocalLedger) -> None:
    statement = review(ledger, "one id")
    ledger.submit([statement, signed(ledger.registry, ledger.root(), enrolment(Actor("bob"), Role.VALIDATOR), ADA)])

    with pytest.raises(NotAllowed, match="is that of entry #1, which says something else"):
        ledger.submit([statement.signed_by(Actor("bob").pen)])


def test_a_call_with_one_event_that_is_refused_files_none(bank: Bank, ledger: LocalLedger) -> None:
    good, good_too = review(ledger, "good"), review(ledger, "good too")
    bad = signed(ledger.registry, ledger.root(), trail_review(1), ADA, role=Role.VALIDATOR, word="bad")

    with pytest.raises(NotAllowed, match="does not have the role validator"):
        ledger.submit([good, bad, good_too])

    (refusal,) = list(ledger.entries(1))
    assert isinstance(event_of(refusal).body, Refusal)
    assert [receipt.index for receipt in ledger.submit([good, good_too])] == [2, 3]
    assert check_whole(bank) == 4


def test_a_refusal_is_recorded_by_the_log_but_not_again_within_ten_minutes(bank: Bank, ledger: LocalLedger) -> None:
    def refused(word: str) -> None:
        with pytest.raises(NotAllowed, match="does not have the role validator"):
            ledger.submit(
                [
                    signed(
                        ledger.registry,
                        ledger.root(),
                        trail_review(1),
                        ADA,
                        role=Role.VALIDATOR,
                        word=word,
                        now=bank.now,
                    )
                ]
            )

    refused("first")
    bank.wait(minutes=9)
    refused("second")
    bank.wait(minutes=2)
    refused("third")

    bodies = [event_of(leaf).body for leaf in ledger.entries(1)]
    assert [(body.person, body.refused, body.code) for body in bodies if isinstance(body, Refusal)] == [
        (ADA.id, "trail-review", "role"),
        (ADA.id, "trail-review", "role"),
    ]
    assert check_whole(bank) == 3


def test_what_nobody_who_is_enrolled_signed_leaves_no_trace(ledger: LocalLedger) -> None:
    stranger = seal(review(ledger, "a stranger's").payload, Pen.generate())

    with pytest.raises(Tampered, match=r"no key .* was ever enrolled"):
        ledger.submit([stranger])

    assert ledger.registry.size == 1


def test_a_person_whom_another_program_enrolled_can_sign_at_once(bank: Bank, ledger: LocalLedger) -> None:
    elsewhere = bank.open()
    bob = Actor("bob")
    elsewhere.submit([signed(elsewhere.registry, elsewhere.root(), enrolment(bob, Role.VALIDATOR), ADA)])
    statement = signed(elsewhere.registry, elsewhere.root(), trail_review(2), bob, role=Role.VALIDATOR)
    elsewhere.close()

    (receipt,) = ledger.submit([statement])

    assert receipt.index == 2
    assert check_whole(bank) == 3


def test_two_programs_follow_each_other(bank: Bank, ledger: LocalLedger) -> None:
    other = bank.open()
    for number in range(6):
        mine, theirs = (ledger, other) if number % 2 else (other, ledger)
        mine.submit([review(theirs, f"{number}")])
        assert theirs.registry.size == number + 2
        assert theirs.checkpoint() == mine.checkpoint()
    other.close()

    assert check_whole(bank) == 7


def test_an_entry_is_proved_against_any_size_that_was_signed(ledger: LocalLedger) -> None:
    for number in range(12):
        ledger.submit([review(ledger, f"{number}")])
    leaves = list(ledger.entries())

    for size in range(1, 14):
        for index in range(size):
            proof = ledger.prove(index, size)
            assert check_receipt(leaves[index], bytes(proof)).size == size
    assert ledger.prove(3).checkpoint == ledger.checkpoint()
    with pytest.raises(InvalidInput, match="a tree of 5 has no leaf 5"):
        ledger.prove(5, 5)
    with pytest.raises(InvalidInput, match="no checkpoint of 99 entries was signed"):
        ledger.prove(0, 99)


def test_every_checkpoint_is_consistent_with_every_later_one_across_reopening(bank: Bank) -> None:
    ledger = bank.create()
    for number in range(10):
        ledger.submit([review(ledger, f"{number} {part}") for part in range(number % 3 + 1)])
        ledger.close()
        ledger = bank.open()

    heads = [open_checkpoint(note, [LOG_KEY]) for note in ledger.checkpoints()]
    for at, old in enumerate(heads):
        assert ledger.root(old.size) == old.root
        for new in heads[at:]:
            check_consistency(old.size, old.root, new.size, new.root, ledger.consistency(old.size, new.size))
    with pytest.raises(InvalidInput, match="the log has 20 entries, not 21"):
        ledger.consistency(1, 21)
    with pytest.raises(InvalidInput, match="the log has 20 entries, not 21"):
        ledger.root(21)
    ledger.close()


def test_entries_are_streamed_while_others_are_appended(bank: Bank, ledger: LocalLedger) -> None:
    for part in range(5):
        ledger.submit([review(ledger, f"{part} {number}") for number in range(250)])

    seen: list[bytes] = []
    for leaf in ledger.entries():
        if len(seen) % 300 == 0:
            ledger.submit([review(ledger, f"while reading {len(seen)}")])
        seen.append(leaf)

    assert len(seen) == 1251
    assert [Entry.parse(leaf).index for leaf in ledger.entries(600, 603)] == [600, 601, 602]
    assert list(ledger.entries(9000)) == []
    assert check_whole(bank) == 1251 + 5


def test_a_receipt_of_an_event_that_was_never_filed_is_not_found(ledger: LocalLedger) -> None:
    with pytest.raises(InvalidInput, match="no event 0192-nobody was filed"):
        ledger.receipt("0192-nobody")


def test_without_the_log_s_key_a_ledger_is_for_reading(bank: Bank, ledger: LocalLedger) -> None:
    statement = review(ledger, "unfiled")
    reader = bank.open(pen=None)

    with pytest.raises(NotAllowed, match="open for reading only"):
        reader.submit([statement])

    assert reader.mode is Mode.READING
    assert reader.registry == ledger.registry
    reader.close()


def test_the_key_of_another_log_opens_nothing(bank: Bank, ledger: LocalLedger) -> None:
    with pytest.raises(NotAllowed, match="is not the one of this log"):
        bank.open(pen=Pen.generate())


def test_a_ledger_is_not_made_where_one_is(bank: Bank, ledger: LocalLedger) -> None:
    with pytest.raises(InvalidInput, match="already has tables"):
        Store.create(bank.url)
    store = Store.open(bank.url)
    with pytest.raises(InvalidInput, match="is the lock of another ledger"):
        LocalLedger.create(store, bank.lock, LOG_PEN, founding("ada"))
    with pytest.raises(InvalidInput, match="holds a ledger already"):
        LocalLedger.create(store, bank.lock.with_name("other"), LOG_PEN, founding("ada"))
    store.close()


def test_a_ledger_begins_with_a_root_of_its_own_key(store: Store, bank: Bank) -> None:
    with pytest.raises(NotAllowed, match="is not the one of this log"):
        LocalLedger.create(store, bank.lock, Pen.generate(), founding("ada"))
    assert not bank.lock.exists()


def test_a_store_without_genesis_is_no_ledger(store: Store, bank: Bank) -> None:
    with pytest.raises(InvalidInput, match="holds no ledger yet"):
        LocalLedger.open(store, bank.lock, [LOG_KEY])


def test_a_clock_that_jumps_back_a_little_does_not_turn_time_back(bank: Bank, ledger: LocalLedger) -> None:
    ledger.submit([review(ledger, "before", bank.now)])
    bank.wait(minutes=-4)

    (receipt,) = ledger.submit([review(ledger, "after", bank.now)])

    before, after = (Entry.parse(leaf).recorded_at for leaf in (next(ledger.entries(1)), receipt.leaf))
    assert before == after


def test_a_clock_that_jumps_back_far_stops_appends_until_it_is_right(bank: Bank, ledger: LocalLedger) -> None:
    ledger.submit([review(ledger, "before", bank.now)])
    bank.wait(minutes=-6)

    with pytest.raises(NotAllowed, match=r"this machine's clock says 2026-11-20T08:54:00\.000Z"):
        ledger.submit([review(ledger, "after", bank.now)])

    bank.wait(minutes=6)
    assert ledger.submit([review(ledger, "after", bank.now)])[0].index == 2
    assert check_whole(bank) == 3


def test_opening_continues_from_the_registry_that_was_kept(
    bank: Bank, ledger: LocalLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.submit([review(ledger, f"{number}") for number in range(40)])
    ledger.close()

    def refold(registry: Registry, leaf: bytes) -> Registry:
        pytest.fail(f"entry {registry.size} is folded again")

    monkeypatch.setattr(standing, "refold", refold)
    reopened = bank.open()

    assert reopened.registry.size == 41
    reopened.close()


def test_the_registry_is_kept_while_a_ledger_stays_open(
    bank: Bank, ledger: LocalLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "EVERY", 8)
    for number in range(30):
        ledger.submit([review(ledger, f"{number}")])

    store = Store.open(bank.url)
    with store.reading() as connection:
        assert sql.value(connection, "SELECT applied_size FROM projector") == 24
    store.close()


@pytest.fixture
def milestones(ledger: LocalLedger, monkeypatch: pytest.MonkeyPatch) -> list[Registry]:
    """Keep a milestone every eight entries of thirty; return what the registry was at each size."""
    monkeypatch.setattr(snapshots, "EVERY", 2)
    monkeypatch.setattr(snapshots, "MILESTONE", 8)
    was = [Registry(), ledger.registry]
    for number in range(30):
        ledger.submit([review(ledger, f"{number}")])
        was.append(ledger.registry)
    return was


def test_looking_back_begins_at_the_milestone_before(
    bank: Bank, ledger: LocalLedger, milestones: list[Registry], monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.close()
    folded = []

    def counted(registry: Registry, leaf: bytes) -> Registry:
        folded.append(registry.size)
        return refold(registry, leaf)

    monkeypatch.setattr(local, "refold", counted)
    reopened = bank.open()
    for size in (3, 8, 9, 15, 16, 17, 30):
        folded.clear()
        # The clock of the tests stands still; what was recorded last is what was asked for.
        assert reopened._registry_of(size) == milestones[size]
        assert len(folded) < 10
    reopened.close()


@pytest.mark.parametrize(
    "edit",
    [
        "UPDATE projector SET state = '{}' WHERE name <> 'registry'",
        "UPDATE projector SET signature = state WHERE name <> 'registry'",
        "UPDATE projector SET state = (SELECT state FROM projector WHERE name = 'registry')",
        "UPDATE projector SET code_version = 'govern/registry/v0'",
    ],
)
def test_a_milestone_that_was_edited_is_passed_over(
    bank: Bank, ledger: LocalLedger, milestones: list[Registry], edit: str
) -> None:
    ledger.close()
    bank.tamper(edit)

    reopened = bank.open()
    assert reopened._registry_of(20) == milestones[20]
    reopened.close()


def test_milestones_of_another_release_make_room(bank: Bank, ledger: LocalLedger, milestones: list[Registry]) -> None:
    bank.tamper("UPDATE projector SET code_version = 'govern/registry/v0'")
    for number in range(8):
        ledger.submit([review(ledger, f"more {number}")])

    store = Store.open(bank.url)
    with store.reading() as connection:
        kept = sql.every(connection, "SELECT name, code_version FROM projector ORDER BY name")
    store.close()
    assert [tuple(one) for one in kept] == [
        ("registry", SNAPSHOT_SCHEMA),
        (f"registry of {len(milestones)}", SNAPSHOT_SCHEMA),
    ]


@pytest.mark.parametrize(
    "edit",
    [
        "UPDATE projector SET state = '{}'",
        "UPDATE projector SET applied_size = 1",
        "UPDATE projector SET applied_size = 4000",
        "UPDATE projector SET signature = state",
        "UPDATE projector SET code_version = 'govern/registry/v0'",
        "DELETE FROM projector",
    ],
)
def test_a_kept_registry_that_was_edited_is_folded_again(bank: Bank, ledger: LocalLedger, edit: str) -> None:
    ledger.submit([signed(ledger.registry, ledger.root(), enrolment(Actor("bob"), Role.VALIDATOR), ADA)])
    before = ledger.registry
    ledger.close()
    bank.tamper(edit)

    reopened = bank.open()

    assert reopened.registry == before
    assert reopened.mode is Mode.WRITABLE
    reopened.close()


def test_the_log_s_key_changes_while_both_keys_are_in_force(bank: Bank, ledger: LocalLedger) -> None:
    new_pen = Pen.from_seed(bytes(32))
    new_key = VerifierKey(ORIGIN, KeyType.ED25519, new_pen.public.raw)

    def root(*keys: VerifierKey) -> Envelope:
        registry = ledger.registry
        body = Root(version=registry.root_version + 1, log_keys=keys, threshold=1, policy=registry.policy)
        return signed(registry, ledger.root(), body, ADA, reason="yearly", word=f"{keys}")

    with pytest.raises(NotAllowed, match="would not be in force any more for what it signs") as refusal:
        ledger.submit([root(new_key)])
    assert refusal.value.code == "log_key"
    ledger.submit([root(LOG_KEY, new_key)])
    ledger.close()
    store = bank.store()
    ledger = LocalLedger.open(store, bank.lock, [LOG_KEY, new_key], new_pen, clock=bank.clock)
    ledger.submit([root(new_key)])

    assert open_checkpoint(ledger.checkpoint(), [new_key]).size == ledger.registry.size


def test_no_statement_of_an_append_or_a_proof_reads_a_table_from_end_to_end(
    sqlite_bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    sqlite_bank.create().close()
    ledger, other = sqlite_bank.open(), sqlite_bank.open()
    statements: dict[str, Any] = {}
    execute = sql.execute

    def noting(connection: Connection, statement: str, parameters: Any = ()) -> Any:
        statements[statement] = parameters
        return execute(connection, statement, parameters)

    monkeypatch.setattr(sql, "execute", noting)
    ledger.submit([review(ledger, f"{number}") for number in range(9)])
    ledger.receipt(event_of(next(ledger.entries(3))).govern.event_id)
    ledger.prove(3)
    other.submit([review(other, "elsewhere")])
    ledger.submit([review(ledger, "and here")])

    plans = sqlite3.connect(sqlite_bank.url.removeprefix("sqlite:///"))
    for statement, parameters in statements.items():
        if statement.startswith(("SELECT", "UPDATE")):
            first = parameters[0] if isinstance(parameters, list) else parameters
            steps = [row[3] for row in plans.execute(f"EXPLAIN QUERY PLAN {statement}", first)]
            # A table of one row is read whole, and the newest checkpoint is the first of all in falling order.
            whole = [step for step in steps if step.startswith("SCAN") and step not in {"SCAN log_head", "SCAN meta"}]
            assert not whole or "LIMIT" in statement, statement
    assert any("tree_node" in statement for statement in statements)
    plans.close()
