"""Edit, delete, reorder, insert: what an administrator without any key can do to the entries."""

from dataclasses import replace

import pytest

from govern.errors import Kind
from govern.ledger.envelope import Entry, Envelope, Signature
from govern.ledger.merkle import leaf_hash
from govern.record.people import Refusal, TrailReview
from tests.attacks.kit import (
    ADA,
    BEA,
    EVE,
    MALLORY,
    MINUTE,
    SIGNED_TOGETHER,
    SIZE,
    Bank,
    Intruder,
    first,
    only,
    renumbered,
    rewritten,
)

LATER = 7
"""An entry in the middle of everything."""


def with_payload(leaf: bytes, old: bytes, new: bytes) -> bytes:
    entry = Entry.parse(leaf)
    assert old in entry.envelope.payload
    return replace(entry, envelope=replace(entry.envelope, payload=entry.envelope.payload.replace(old, new))).leaf()


def with_signatures(leaf: bytes, *signatures: Signature) -> bytes:
    entry = Entry.parse(leaf)
    return replace(entry, envelope=Envelope(entry.envelope.payload, signatures)).leaf()


def put(administrator: Intruder, index: int, leaf: bytes) -> None:
    administrator.run("UPDATE log_entry SET data = :leaf WHERE idx = :index", index=index, leaf=leaf)


# Edit


def test_an_edited_payload_is_named(bank: Bank, administrator: Intruder) -> None:
    put(administrator, 5, with_payload(bank.leaves()[5], b"because", b"because of a gift"))

    report = bank.audit()

    assert first(report) == (Kind.EDITED, 5)
    assert "a signature of entry #5 does not fit what it says" in only(report)
    assert "changed afterwards" in only(report)
    assert report.stopped


def test_an_edited_payload_is_named_when_hash_and_tree_are_made_to_fit(bank: Bank, administrator: Intruder) -> None:
    leaves = bank.leaves()
    leaves[5] = with_payload(leaves[5], b"because", b"because of a gift")

    administrator.rewrite(leaves)

    report = bank.audit()
    assert first(report) == (Kind.EDITED, 5)
    assert "never signed it so" in only(report)


def test_a_payload_that_is_no_event_any_more_is_named(bank: Bank, administrator: Intruder) -> None:
    leaf = bank.leaves()[5]

    put(administrator, 5, with_payload(leaf, b'"roles":["model-owner"]', b'"roles":[]'))

    report = bank.audit()
    assert first(report) == (Kind.EDITED, 5)
    assert only(report).startswith("entry #5 cannot be: the grant event's predicate")


def test_a_row_that_is_no_entry_any_more_is_named(bank: Bank, administrator: Intruder) -> None:
    put(administrator, 5, b"approved")

    report = bank.audit()
    assert first(report) == (Kind.EDITED, 5)
    assert "not a log entry as Govern writes them" in only(report)


@pytest.mark.parametrize("index", [0, LATER, SIZE - 1])
def test_an_edited_byte_of_a_signature_is_named(bank: Bank, administrator: Intruder, index: int) -> None:
    leaf = bank.leaves()[index]
    signature = Entry.parse(leaf).envelope.signatures[-1]
    sig = bytes([*signature.sig[:40], signature.sig[40] ^ 1, *signature.sig[41:]])

    put(
        administrator,
        index,
        with_signatures(leaf, *Entry.parse(leaf).envelope.signatures[:-1], replace(signature, sig=sig)),
    )

    report = bank.audit()
    assert first(report) == (Kind.EDITED, index)
    only(report)


def test_a_key_id_that_nobody_has_is_an_edit_where_the_log_signed_another(bank: Bank, administrator: Intruder) -> None:
    leaf = bank.leaves()[LATER]
    (signature,) = Entry.parse(leaf).envelope.signatures

    put(administrator, LATER, with_signatures(leaf, replace(signature, keyid="0" * 64)))

    report = bank.audit()
    assert first(report) == (Kind.EDITED, LATER)
    assert "key 0000000000000000, which nobody enrolled before it" in only(report)


def test_a_key_id_of_somebody_else_is_an_edit(bank: Bank, administrator: Intruder) -> None:
    leaf = bank.leaves()[LATER]
    (signature,) = Entry.parse(leaf).envelope.signatures

    put(administrator, LATER, with_signatures(leaf, replace(signature, keyid=ADA.pen.public.keyid)))

    assert first(bank.audit()) == (Kind.EDITED, LATER)


def test_what_the_log_wrote_around_an_event_is_named_by_its_hash(bank: Bank, administrator: Intruder) -> None:
    leaf = bank.leaves()[LATER]

    put(administrator, LATER, rewritten(leaf, recorded_at=Entry.parse(leaf).recorded_at + MINUTE / 2))

    report = bank.audit()
    assert first(report) == (Kind.EDITED, LATER)
    assert "what the log wrote around it was changed" in only(report)


def test_a_time_moved_beyond_the_next_entry_is_named_before_that_one(bank: Bank, administrator: Intruder) -> None:
    leaves = bank.leaves()
    leaves[LATER] = rewritten(leaves[LATER], recorded_at=Entry.parse(leaves[LATER]).recorded_at + 5 * MINUTE)

    administrator.rewrite(leaves)

    report = bank.audit()
    assert first(report) == (Kind.EDITED, LATER)
    assert "entry #7 is not what it was when the log signed it" in only(report, Kind.BACKDATED)


def test_a_damaged_checkpoint_does_not_hide_what_comes_later(bank: Bank, administrator: Intruder) -> None:
    administrator.run("UPDATE log_checkpoint SET note = :note WHERE size = 3", note=b"nothing")

    put(administrator, LATER, b"approved")

    assert [(one.kind, one.entry) for one in bank.audit().problems] == [(Kind.EDITED, 2), (Kind.EDITED, LATER)]


@pytest.mark.parametrize("index", [LATER, SIZE - 1])
def test_what_the_log_wrote_around_an_event_is_named_when_hash_and_tree_fit(
    bank: Bank, administrator: Intruder, index: int
) -> None:
    leaves = bank.leaves()
    leaves[index] = rewritten(leaves[index], recorded_at=Entry.parse(leaves[index]).recorded_at + MINUTE / 2)

    administrator.rewrite(leaves)

    report = bank.audit()
    assert first(report) == (Kind.EDITED, index)
    assert f"entry #{index} is not what it was when the log signed it" in only(report)


def test_an_edit_among_entries_under_one_checkpoint_is_named_as_a_range(bank: Bank, administrator: Intruder) -> None:
    leaves = bank.leaves()
    leaves[17] = rewritten(leaves[17], recorded_at=Entry.parse(leaves[17]).recorded_at + MINUTE / 2)
    leaves[18] = rewritten(leaves[18], recorded_at=Entry.parse(leaves[18]).recorded_at + MINUTE / 2)

    administrator.rewrite(leaves)

    report = bank.audit()
    assert first(report) == (Kind.EDITED, SIGNED_TOGETHER.start)
    assert "an entry from #16 to #18 is not what it was" in only(report)


def test_an_edit_is_named_when_the_checkpoint_is_forged_to_fit(bank: Bank, administrator: Intruder) -> None:
    last = SIZE - 1
    leaves = bank.leaves()
    leaves[last] = rewritten(leaves[last], recorded_at=Entry.parse(leaves[last]).recorded_at + MINUTE / 2)
    administrator.rewrite(leaves)
    tree = bank.view().tree
    administrator.run(
        "UPDATE log_checkpoint SET root = :root, note = :note WHERE size = :size",
        size=SIZE,
        root=tree.root(),
        note=administrator.note(tree, pen=MALLORY.pen),
    )

    report = bank.audit()

    assert first(report) == (Kind.EDITED, last)
    assert f"the kept checkpoint of {SIZE} entries is not signed by the log" in only(report)


def test_a_checkpoint_with_a_forged_signature_is_named_by_what_it_alone_covers(
    bank: Bank, administrator: Intruder
) -> None:
    (note,) = administrator.read("SELECT note FROM log_checkpoint WHERE size = 8")
    forged = note[:-12] + (b"A" if note[-12:-11] != b"A" else b"B") + note[-11:]

    administrator.run("UPDATE log_checkpoint SET note = :note WHERE size = 8", note=forged)

    report = bank.audit()
    assert first(report) == (Kind.EDITED, LATER)
    assert "the checkpoint that is kept after the first 7 entries is not signed by the log" in only(report)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(b"\n8\n", b"\n3\n", id="a smaller size"),
        pytest.param(b"\n8\n", b"\n80\n", id="a larger size"),
        pytest.param(b"\n8\n", b"\n08\n", id="no size"),
        pytest.param(b"ledger.bank", b"ledger.bonk", id="another origin"),
    ],
)
def test_an_edited_checkpoint_is_named_by_what_it_alone_covers(
    bank: Bank, administrator: Intruder, old: bytes, new: bytes
) -> None:
    (note,) = administrator.read("SELECT note FROM log_checkpoint WHERE size = 8")

    administrator.run("UPDATE log_checkpoint SET note = :note WHERE size = 8", note=bytes(note).replace(old, new, 1))

    report = bank.audit()
    assert first(report) == (Kind.EDITED, LATER)
    assert "checkpoint" in only(report, Kind.PROJECTION_DIFFERS)


def test_a_signature_that_was_cut_out_is_an_edit(bank: Bank, administrator: Intruder) -> None:
    leaf = bank.leaves()[5]

    put(administrator, 5, with_signatures(leaf, Entry.parse(leaf).envelope.signatures[0]))

    report = bank.audit()
    assert first(report) == (Kind.EDITED, 5)
    assert "1 of 2 registrars signed" in only(report)


def test_a_signature_that_was_cut_out_where_one_would_do_is_an_edit(bank: Bank, administrator: Intruder) -> None:
    leaves = bank.leaves()
    leaves[10] = with_signatures(leaves[10], Entry.parse(leaves[10]).envelope.signatures[0])

    administrator.rewrite(leaves)

    report = bank.audit()
    assert first(report) == (Kind.EDITED, 10)
    assert "entry #10 is not what it was when the log signed it" in only(report)


def test_signatures_in_another_order_are_an_edit(bank: Bank, administrator: Intruder) -> None:
    leaves = bank.leaves()
    leaves[14] = with_signatures(leaves[14], *reversed(Entry.parse(leaves[14]).envelope.signatures))

    administrator.rewrite(leaves)

    report = bank.audit()
    assert first(report) == (Kind.EDITED, 14)
    assert "its first signature is by" in only(report)


def test_a_signature_copied_from_another_entry_is_named_with_its_source(bank: Bank, administrator: Intruder) -> None:
    leaves = bank.leaves()

    put(administrator, 20, with_signatures(leaves[20], *Entry.parse(leaves[7]).envelope.signatures))

    report = bank.audit()
    assert first(report) == (Kind.COPIED_SIGNATURE, 20)
    assert "entry #20 carries a signature that was made for #7" in only(report)


def test_rows_that_are_no_entries_any_more_are_named_by_the_first(bank: Bank, administrator: Intruder) -> None:
    for index in (5, 6, 9):
        put(administrator, index, b"approved")

    report = bank.audit()
    assert first(report) == (Kind.EDITED, 5)
    only(report)


# Delete


@pytest.mark.parametrize("index", [0, LATER, SIZE - 2])
def test_a_deleted_row_leaves_a_gap(bank: Bank, administrator: Intruder, index: int) -> None:
    administrator.run("DELETE FROM log_entry WHERE idx = :index", index=index)

    report = bank.audit()
    assert first(report) == (Kind.DELETED, index)
    assert only(report).startswith(f"entry #{index} is missing: ")


def test_several_deleted_rows_are_named_by_the_first(bank: Bank, administrator: Intruder) -> None:
    administrator.run("DELETE FROM log_entry WHERE idx IN (5, 6, 9)")

    report = bank.audit()
    assert first(report) == (Kind.DELETED, 5)
    assert "#7 follows #4" in only(report)


@pytest.mark.parametrize("index", [0, LATER, SIZE - 2])
def test_a_deleted_entry_is_missed_when_the_rows_are_renumbered(
    bank: Bank, administrator: Intruder, index: int
) -> None:
    leaves = bank.leaves()
    del leaves[index]

    administrator.rewrite(leaves)

    report = bank.audit()
    assert first(report) == (Kind.DELETED, index)
    assert f"entry #{index} is missing: its row holds #{index + 1}" in only(report)


@pytest.mark.parametrize("index", [1, 4, LATER, 15, SIZE - 2])
def test_a_deleted_entry_is_missed_when_the_entries_are_renumbered(
    bank: Bank, administrator: Intruder, index: int
) -> None:
    leaves = bank.leaves()
    del leaves[index]

    administrator.rewrite(renumbered(leaves))

    report = bank.audit()
    assert first(report) == (Kind.DELETED, index)
    only(report)


@pytest.mark.parametrize("index", [16, 17, 18])
def test_an_entry_deleted_from_several_under_one_checkpoint_is_named_as_a_range(
    bank: Bank, administrator: Intruder, index: int
) -> None:
    leaves = bank.leaves()
    del leaves[index]

    administrator.rewrite(renumbered(leaves))

    report = bank.audit()
    assert first(report) == (Kind.DELETED, SIGNED_TOGETHER.start)
    assert "one from #16 to #18 was taken out" in only(report)


def test_an_entry_that_no_later_signer_saw_is_missed_by_the_checkpoints(bank: Bank, administrator: Intruder) -> None:
    view = bank.view()
    for last in (1, 2):
        bank.file(view.sign(TrailReview(first=0, last=last), BEA, now=bank.now))
    leaves = bank.leaves()
    del leaves[SIZE]

    administrator.rewrite(renumbered(leaves))

    report = bank.audit()
    assert first(report) == (Kind.DELETED, SIZE)
    assert f"the log has {SIZE + 1} entries, it signed {SIZE + 2}" in only(report, Kind.ROLLED_BACK)


def test_a_deleted_first_entry_is_missed_when_the_entries_are_renumbered(bank: Bank, administrator: Intruder) -> None:
    administrator.rewrite(renumbered(bank.leaves()[1:]))

    report = bank.audit()

    assert first(report) == (Kind.EDITED, 0)
    assert "the anchor you trust" in only(report)


# Reorder


@pytest.mark.parametrize(("one", "other"), [(1, 2), (4, 9), (SIZE - 2, SIZE - 1), (16, 17)])
def test_rows_that_changed_places_are_named_by_the_first(
    bank: Bank, administrator: Intruder, one: int, other: int
) -> None:
    leaves = bank.leaves()
    leaves[one], leaves[other] = leaves[other], leaves[one]

    administrator.rewrite(leaves)

    report = bank.audit()
    assert first(report) == (Kind.REORDERED, one)
    assert f"the row at #{one} holds entry #{other}" in only(report)


@pytest.mark.parametrize("keeps_times", [True, False])
@pytest.mark.parametrize(("one", "other"), [(3, 4), (7, 8), (4, 15), (SIZE - 2, SIZE - 1)])
def test_entries_that_changed_places_are_named_when_they_are_renumbered(
    bank: Bank, administrator: Intruder, one: int, other: int, keeps_times: bool
) -> None:
    leaves = bank.leaves()
    moved = [*leaves]
    moved[one], moved[other] = moved[other], moved[one]

    administrator.rewrite(renumbered(moved, () if keeps_times else leaves))

    report = bank.audit()
    assert first(report) == (Kind.REORDERED, one)
    only(report)


def test_entries_whose_signers_saw_neither_are_still_told_to_have_changed_places(sqlite_bank: Bank) -> None:
    view = sqlite_bank.view()
    older = [view.sign(TrailReview(first=0, last=last), BEA) for last in (1, 2)]
    for envelope in older:
        sqlite_bank.file(envelope)
    leaves = sqlite_bank.leaves()
    moved = [*leaves[:-2], leaves[-1], leaves[-2]]

    Intruder(sqlite_bank).rewrite(renumbered(moved, leaves))

    report = sqlite_bank.audit()
    assert first(report) == (Kind.REORDERED, SIZE)
    assert f"what the log signed as entry #{SIZE} now stands at #{SIZE + 1}" in only(report)


def test_entries_under_one_checkpoint_that_changed_places_are_named_as_a_range(
    bank: Bank, administrator: Intruder
) -> None:
    leaves = bank.leaves()
    moved = [*leaves]
    moved[16], moved[17] = moved[17], moved[16]

    administrator.rewrite(renumbered(moved, leaves))

    report = bank.audit()
    assert first(report) == (Kind.EDITED, 16)
    assert "an entry from #16 to #18" in only(report)


# Insert


def test_an_entry_by_an_outsider_is_named(bank: Bank, administrator: Intruder) -> None:
    leaves = bank.leaves()
    envelope = bank.view().review()
    mine = Envelope(envelope.payload, ()).signed_by(MALLORY.pen)
    leaf = Entry(LATER, Entry.parse(leaves[LATER]).recorded_at, mine).leaf()

    administrator.rewrite([*leaves[:LATER], leaf, *leaves[LATER:]])

    report = bank.audit()
    assert first(report) == (Kind.INSERTED, LATER)
    assert "which nobody enrolled before it; the log never signed it: it was put in" in only(report)


def test_a_copy_of_an_old_entry_is_named(bank: Bank, administrator: Intruder) -> None:
    leaves = bank.leaves()

    administrator.rewrite([*leaves[:LATER], leaves[4], *leaves[LATER:]])

    report = bank.audit()
    assert first(report) == (Kind.INSERTED, LATER)
    assert "says it is #4, and #7 follows it: something was put in between" in only(report)


def test_a_copy_of_an_old_entry_at_the_end_is_named(bank: Bank, administrator: Intruder) -> None:
    administrator.rewrite([*bank.leaves(), bank.leaves()[4]])

    report = bank.audit()
    assert first(report) == (Kind.INSERTED, SIZE)
    assert f"the row at #{SIZE} is a copy of entry #4" in only(report)


def test_an_honest_event_put_in_without_the_log_is_named(bank: Bank, administrator: Intruder) -> None:
    leaves = bank.leaves()
    envelope = bank.view(LATER).review(BEA)
    leaf = Entry(LATER, Entry.parse(leaves[LATER - 1]).recorded_at + MINUTE, envelope).leaf()

    administrator.rewrite(renumbered([*leaves[:LATER], leaf, *leaves[LATER:]]))

    report = bank.audit()
    assert first(report) == (Kind.INSERTED, LATER)
    assert f"the log has {SIZE + 1} entries, it signed {SIZE}" in only(report)


@pytest.mark.parametrize("whole", [True, False], ids=["with tree and index", "the row alone"])
def test_an_honest_event_beyond_the_head_is_named(bank: Bank, administrator: Intruder, whole: bool) -> None:
    leaf = Entry(SIZE, bank.view().now, bank.view().review(BEA)).leaf()
    if whole:
        administrator.rewrite([*bank.leaves(), leaf])
    else:
        administrator.run(
            "INSERT INTO log_entry (idx, leaf_hash, data) VALUES (:index, :hash, :leaf)",
            index=SIZE,
            hash=leaf_hash(leaf),
            leaf=leaf,
        )

    report = bank.audit()

    assert first(report) == (Kind.INSERTED, SIZE)
    assert f"#{SIZE}" in only(report, Kind.PROJECTION_DIFFERS)


def test_rubbish_beyond_the_head_is_named(bank: Bank, administrator: Intruder) -> None:
    administrator.run(
        "INSERT INTO log_entry (idx, leaf_hash, data) VALUES (:index, :hash, :leaf)",
        index=SIZE,
        hash=bytes(32),
        leaf=b"not an entry",
    )

    report = bank.audit()
    assert first(report) == (Kind.INSERTED, SIZE)
    assert "the log never signed it: it was put in" in only(report)


def test_a_row_before_the_first_is_named(bank: Bank, administrator: Intruder) -> None:
    administrator.run(
        "INSERT INTO log_entry (idx, leaf_hash, data) VALUES (-1, :hash, :leaf)", hash=bytes(32), leaf=b"hidden"
    )

    report = bank.audit()

    assert first(report) == (Kind.PROJECTION_DIFFERS, None)
    assert only(report) == f"the log holds a row that belongs to none of the {SIZE} entries"


def test_a_notice_put_in_with_the_key_of_the_log_breaks_what_the_next_signer_saw(
    bank: Bank, operator: Intruder
) -> None:
    leaves = bank.leaves()
    body = Refusal.model_validate(
        {"person": EVE.id, "refused": "grant", "code": "role", "envelope": "sha256:" + "0" * 64}
    )
    view = bank.view(LATER)
    leaf = Entry(LATER, view.now, view.log_sign(body, Entry.parse(leaves[LATER - 1]).recorded_at)).leaf()

    operator.rewrite(renumbered([*leaves[:LATER], leaf, *leaves[LATER:]]), lock=True)

    report = bank.audit()
    assert first(report) == (Kind.FORKED, LATER)
    assert f"#{LATER} is not what they saw; whoever rewrote it held the log's key" in only(report)


# Twice


def test_two_rows_with_one_number_are_named(bank: Bank, administrator: Intruder) -> None:
    if bank.folder.database.startswith("postgresql"):
        administrator.run(
            "ALTER TABLE log_entry DROP CONSTRAINT log_entry_pkey",
            "INSERT INTO log_entry SELECT idx, leaf_hash, data FROM log_entry WHERE idx = 7",
        )
    else:
        administrator.run(
            "ALTER TABLE log_entry RENAME TO before",
            "CREATE TABLE log_entry (idx BIGINT, leaf_hash BLOB, data BLOB)",
            "INSERT INTO log_entry SELECT * FROM before UNION ALL SELECT * FROM before WHERE idx = 7",
        )

    report = bank.audit()
    assert first(report) == (Kind.INSERTED, LATER)
    assert "two rows say that they are entry #7" in only(report, Kind.GUARDS_DROPPED)
