"""Truncate, roll back, replace, rewrite, fork: what becomes of the log as a whole."""

import shutil
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from govern.errors import Kind
from govern.ledger.envelope import Entry, seal
from govern.ledger.keys import Pen
from govern.ledger.merkle import leaf_hash
from govern.record.draft import genesis
from govern.storage.local import LocalLedger, Mode
from govern.storage.store import Store
from tests.attacks.kit import (
    ADA,
    BEA,
    CYD,
    MALLORY,
    MINUTE,
    SIZE,
    Bank,
    Intruder,
    first,
    kinds,
    only,
    renumbered,
    rewritten,
)
from tests.people import LOG_KEY, LOG_PEN, ORIGIN, START, moment


def shortened(administrator: Intruder, size: int) -> None:
    """Cut everything off that speaks of entries from ``size`` on, the head and the checkpoints included."""
    leaves = administrator.bank.leaves()[:size]
    administrator.rewrite(leaves)
    administrator.run("DELETE FROM log_checkpoint WHERE size > :size", size=size)


# Truncate


@pytest.mark.parametrize("kept", [1, 8, 17, SIZE - 1])
def test_a_tail_that_was_cut_off_is_missed_by_the_checkpoints(bank: Bank, administrator: Intruder, kept: int) -> None:
    administrator.run("DELETE FROM log_entry WHERE idx >= :kept", kept=kept)

    report = bank.audit()

    assert first(report) == (Kind.TRUNCATED, kept)
    assert f"the log ends with {kept} entries, a checkpoint of its own counts" in only(report, Kind.ROLLED_BACK)


def test_a_tail_that_was_cut_off_with_its_nodes_is_missed(bank: Bank, administrator: Intruder) -> None:
    administrator.rewrite(bank.leaves()[:13])

    report = bank.audit()

    assert first(report) == (Kind.TRUNCATED, 13)
    only(report, Kind.ROLLED_BACK)


def test_a_tail_that_was_cut_off_with_its_checkpoints_is_missed_by_the_head(
    bank: Bank, administrator: Intruder
) -> None:
    head = administrator.read("SELECT root FROM log_head")
    shortened(administrator, 13)
    administrator.run("UPDATE log_head SET size = :size, root = :root", size=SIZE, root=head[0])
    bank.forget()

    report = bank.audit()

    assert first(report) == (Kind.TRUNCATED, 13)
    assert only(report) == f"the log ends with 13 entries, its head counts {SIZE}"


def test_a_log_that_was_emptied_is_named(bank: Bank, administrator: Intruder) -> None:
    administrator.run("DELETE FROM log_entry")

    report = bank.audit()

    assert first(report) == (Kind.TRUNCATED, 0)
    assert only(report) == "the log is empty: not even its genesis is there"


def test_tables_that_were_all_emptied_are_named(bank: Bank, administrator: Intruder) -> None:
    tables = (
        "log_entry",
        "tree_node",
        "log_checkpoint",
        "event_ix",
        "log_head",
        "projector",
        "identity",
        "blob_part",
        "blob",
    )

    administrator.run(*(f"DELETE FROM {table}" for table in tables))

    assert first(bank.audit()) == (Kind.TRUNCATED, 0)


def test_a_database_that_is_gone_is_named(sqlite_bank: Bank) -> None:
    Path(sqlite_bank.folder.database_url.removeprefix("sqlite:///")).unlink()

    assert first(sqlite_bank.audit()) == (Kind.TRUNCATED, 0)


# Roll back


def test_a_tail_that_was_cut_off_with_every_trace_is_missed_by_the_lock_file(
    bank: Bank, administrator: Intruder
) -> None:
    shortened(administrator, 13)
    bank.forget(lock=False)

    report = bank.audit()

    assert first(report) == (Kind.ROLLED_BACK, 13)
    assert f"the log has 13 entries, the lock file knows {SIZE}" in only(report)
    with bank.ledger() as ledger:
        assert ledger.mode is Mode.RECOVERY


def test_an_older_copy_is_missed_by_what_this_machine_remembers(bank: Bank, administrator: Intruder) -> None:
    shortened(administrator, 13)
    bank.forget(memory=False)

    report = bank.audit()

    assert first(report) == (Kind.ROLLED_BACK, 13)
    assert f"the head that this machine remembers knows {SIZE}" in only(report)


def test_an_older_copy_is_missed_by_a_checkpoint_that_was_printed(bank: Bank, administrator: Intruder) -> None:
    printed = bank.checkpoint()
    shortened(administrator, 13)
    bank.forget()

    report = bank.audit(printed=[("report.pdf", printed)])

    assert first(report) == (Kind.ROLLED_BACK, 13)
    assert f"the checkpoint in report.pdf knows {SIZE}" in only(report)


def test_an_older_copy_of_folder_lock_and_memory_is_not_noticed_unless_somebody_outside_kept_a_head(
    bank: Bank, administrator: Intruder
) -> None:
    """No system detects this: the log was once exactly so. Whoever kept a newer head sees it at once."""
    newer = bank.checkpoint()
    (older,) = administrator.read("SELECT note FROM log_checkpoint WHERE size = 13")
    shortened(administrator, 13)
    bank.forget(lock=False)
    bank.folder.lock_path.write_bytes(older)

    assert bank.audit().problems == ()
    assert ("what this machine saw before", "it meets this ledger for the first time") in bank.audit().not_checked
    assert kinds(bank.audit(printed=[("a receipt", newer)])) == [Kind.ROLLED_BACK]


def test_an_older_file_put_back_stops_writing(sqlite_bank: Bank, tmp_path: Path) -> None:
    file = Path(sqlite_bank.folder.database_url.removeprefix("sqlite:///"))
    shutil.copy(file, tmp_path / "yesterday")
    sqlite_bank.file(sqlite_bank.view().review())

    shutil.copy(tmp_path / "yesterday", file)

    report = sqlite_bank.audit()
    assert first(report) == (Kind.ROLLED_BACK, SIZE)
    only(report, Kind.ROLLED_BACK)
    assert sqlite_bank.refusal(sqlite_bank.view().review(BEA)) == "rolled_back"


def test_a_missing_lock_file_is_said_and_stops_writing(bank: Bank) -> None:
    bank.forget(memory=False)

    report = bank.audit()

    assert report.problems == ()
    assert report.not_checked[0][0] == "that nothing was cut off since the last append"
    assert bank.refusal(bank.view().review()) == "lock_missing"


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"nothing\n", id="nothing"),
        pytest.param(b"a note\n\n\xe2\x80\x94 somebody AAAAAAAA\n", id="another note"),
        pytest.param(b"\xff\xff", id="no text"),
    ],
)
def test_a_lock_file_that_is_none_is_unverifiable(bank: Bank, content: bytes) -> None:
    bank.folder.lock_path.write_bytes(content)

    report = bank.audit()

    assert first(report) == (Kind.UNVERIFIABLE, None)
    assert "the lock file is not a checkpoint of this log" in only(report)


def test_a_lock_file_signed_by_somebody_else_is_unverifiable(bank: Bank) -> None:
    tree = bank.view().tree
    bank.folder.lock_path.write_bytes(Intruder(bank).note(tree, pen=MALLORY.pen))

    report = bank.audit()
    assert first(report) == (Kind.UNVERIFIABLE, None)
    only(report)


def test_the_newest_checkpoint_taken_out_is_told_by_the_lock_file(bank: Bank, administrator: Intruder) -> None:
    administrator.run("DELETE FROM log_checkpoint WHERE size = :size", size=SIZE)

    report = bank.audit()

    assert first(report) == (Kind.DELETED, SIZE - 1)
    assert f"the checkpoint of {SIZE} entries was taken out" in only(report)


def test_the_newest_checkpoint_taken_out_looks_like_an_insertion_where_nobody_kept_it(
    bank: Bank, administrator: Intruder
) -> None:
    administrator.run("DELETE FROM log_checkpoint WHERE size = :size", size=SIZE)
    bank.forget()

    report = bank.audit()

    assert first(report) == (Kind.INSERTED, SIZE - 1)
    assert f"#{SIZE - 1} was put in past the log, or it was taken out" in only(report)


def test_all_checkpoints_taken_out_are_missed(bank: Bank, administrator: Intruder) -> None:
    administrator.run("DELETE FROM log_checkpoint")
    bank.forget()

    report = bank.audit()
    assert first(report) == (Kind.UNVERIFIABLE, 0)
    only(report)


def test_an_older_checkpoint_taken_out_is_not_noticed_and_takes_nothing_away(
    bank: Bank, administrator: Intruder
) -> None:
    """Which sizes were signed is written nowhere; whoever kept that checkpoint can still compare it."""
    (older,) = administrator.read("SELECT note FROM log_checkpoint WHERE size = 13")

    administrator.run("DELETE FROM log_checkpoint WHERE size = 13")

    assert bank.audit(printed=[("kept", older)]).problems == ()


# Replace


def other_ledger(bank: Bank, path: Path, *, same_log_key: bool) -> Bank:
    """Found another ledger under the same origin, and put its entries in the place of the first."""
    pen = LOG_PEN if same_log_key else Pen.generate()
    key = replace(LOG_KEY, public=pen.public.raw)
    event = genesis(ORIGIN, key, (MALLORY.new_key,), 1, moment(START, "another"))
    other = Bank.at(path)
    lock = path / "lock" / "checkpoint"
    store = Store.create(other.folder.database_url)
    with closing(LocalLedger.create(store, lock, pen, seal(bytes(event), MALLORY.pen), clock=other.clock)) as ledger:
        leaves = list(ledger.entries())
        Intruder(bank, pen).rewrite(leaves)
    return other


@pytest.mark.parametrize("same_log_key", [True, False])
def test_another_ledger_in_its_place_is_named_by_the_anchor(bank: Bank, tmp_path: Path, same_log_key: bool) -> None:
    other_ledger(bank, tmp_path / "other", same_log_key=same_log_key)

    report = bank.audit()

    assert first(report) == (Kind.REPLACED, 0)
    assert f"the anchor you trust is {bank.folder.anchor}: this is another ledger" in only(report)


def test_another_ledger_passes_only_where_nobody_names_an_anchor_and_that_is_said(
    sqlite_bank: Bank, tmp_path: Path
) -> None:
    other_ledger(sqlite_bank, tmp_path / "other", same_log_key=False)
    forged = Bank(replace(sqlite_bank.folder, anchor=leaf_hash(sqlite_bank.leaves()[0]).hex()))
    forged.forget()

    report = forged.audit()

    assert report.problems == ()
    assert ("what this machine saw before", "it meets this ledger for the first time") in report.not_checked
    assert first(forged.audit(anchor=sqlite_bank.folder.anchor)) == (Kind.REPLACED, 0)


def test_another_ledger_with_another_anchor_in_a_place_that_this_machine_knows_is_named(
    sqlite_bank: Bank, tmp_path: Path
) -> None:
    sqlite_bank.remember()
    other = other_ledger(sqlite_bank, tmp_path / "other", same_log_key=False)
    forged = Bank(replace(sqlite_bank.folder, anchor=leaf_hash(sqlite_bank.leaves()[0]).hex()))
    shutil.copy(other.folder.lock_path, forged.folder.lock_path)

    assert first(forged.audit()) == (Kind.REPLACED, 0)


# Rewrite and sign again


def test_an_entry_rewritten_with_the_key_of_the_log_breaks_what_the_next_signer_saw(
    bank: Bank, operator: Intruder
) -> None:
    leaves = bank.leaves()
    leaves[9] = Entry(9, Entry.parse(leaves[9]).recorded_at, bank.view(9).review(CYD)).leaf()

    operator.rewrite(leaves, lock=True)

    report = bank.audit()
    assert first(report) == (Kind.FORKED, 9)
    assert "the signer of #10 had verified 10 entries, and #9 is not what they saw" in only(report)


@pytest.mark.parametrize("index", [4, 7, 15])
def test_a_time_rewritten_with_the_key_of_the_log_breaks_what_the_next_signer_saw(
    bank: Bank, operator: Intruder, index: int
) -> None:
    leaves = bank.leaves()
    leaves[index] = rewritten(leaves[index], recorded_at=Entry.parse(leaves[index]).recorded_at + MINUTE / 2)

    operator.rewrite(leaves, lock=True)

    report = bank.audit()
    assert first(report) == (Kind.FORKED, index)
    assert f"#{index} is not what they saw; whoever rewrote it held the log's key" in only(report)


def test_an_entry_deleted_with_the_key_of_the_log_is_missed_by_the_next_signer(bank: Bank, operator: Intruder) -> None:
    leaves = bank.leaves()
    del leaves[7]

    operator.rewrite(renumbered(leaves), lock=True)

    report = bank.audit()
    assert first(report) == (Kind.DELETED, 7)
    only(report)


def test_entries_reordered_with_the_key_of_the_log_are_told_by_their_signers(bank: Bank, operator: Intruder) -> None:
    leaves = bank.leaves()
    moved = [*leaves]
    moved[7], moved[8] = moved[8], moved[7]

    operator.rewrite(renumbered(moved, leaves), lock=True)

    report = bank.audit()
    assert first(report) == (Kind.REORDERED, 7)
    only(report)


@pytest.mark.parametrize("kept", ["lock", "memory", "printed"])
def test_a_last_entry_rewritten_with_the_key_of_the_log_is_told_by_any_head_that_was_kept(
    bank: Bank, operator: Intruder, kept: str
) -> None:
    printed = bank.checkpoint()
    leaves = bank.leaves()
    leaves[-1] = rewritten(leaves[-1], recorded_at=Entry.parse(leaves[-1]).recorded_at + MINUTE / 2)
    bank.forget(lock=kept != "lock", memory=kept != "memory")

    operator.rewrite(leaves)

    report = bank.audit(printed=[("report.pdf", printed)] if kept == "printed" else ())
    assert first(report) == (Kind.FORKED, SIZE - 1)
    assert f"has another root for the first {SIZE} entries" in only(report)


def test_the_entry_from_which_two_histories_part_is_narrowed_by_every_head_that_was_kept(
    bank: Bank, operator: Intruder
) -> None:
    bank.file(bank.view(5).review(BEA, now=bank.now))
    (older,) = operator.read("SELECT note FROM log_checkpoint WHERE size = :size", size=SIZE)
    leaves = bank.leaves()
    leaves[-1] = rewritten(leaves[-1], recorded_at=Entry.parse(leaves[-1]).recorded_at + MINUTE / 2)

    operator.rewrite(leaves)

    assert first(bank.audit()) == (Kind.FORKED, SIZE - 1)
    assert first(bank.audit(printed=[("older", older)])) == (Kind.FORKED, SIZE)
    assert f"they part at #{SIZE} or later" in only(bank.audit(printed=[("older", older)]), Kind.FORKED)


def test_a_head_that_contradicts_what_signers_have_seen_since_is_named_from_the_start(
    bank: Bank, operator: Intruder
) -> None:
    tree = bank.view(14).tree
    tree.append(bytes(32))
    shown = operator.note(tree)

    report = bank.audit(printed=[("what a customer was shown", shown)])

    assert first(report) == (Kind.FORKED, 0)
    assert "has another root for the first 15 entries" in only(report)


def test_a_tail_rewritten_with_the_key_of_the_log_is_not_noticed_where_nobody_kept_a_head(
    bank: Bank, operator: Intruder
) -> None:
    """What no signer has seen and nobody kept outside is the log's own word: print checkpoints."""
    printed = bank.checkpoint()
    leaves = bank.leaves()
    leaves[-1] = rewritten(leaves[-1], recorded_at=Entry.parse(leaves[-1]).recorded_at + MINUTE / 2)
    bank.forget(lock=False)

    operator.rewrite(leaves, lock=True)

    assert bank.audit().problems == ()
    assert kinds(bank.audit(printed=[("report.pdf", printed)])) == [Kind.FORKED]


def test_a_rewriting_is_not_hidden_by_damaging_an_old_checkpoint(bank: Bank, operator: Intruder) -> None:
    leaves = bank.leaves()
    leaves[-1] = rewritten(leaves[-1], recorded_at=Entry.parse(leaves[-1]).recorded_at + MINUTE / 2)
    operator.rewrite(leaves)

    operator.run("UPDATE log_checkpoint SET note = :note WHERE size = 3", note=b"nothing")

    report = bank.audit()
    assert first(report) == (Kind.EDITED, 2)
    assert Kind.FORKED in kinds(report)


# Two heads


def test_two_heads_for_two_audiences_are_each_sound_and_contradict_each_other(bank: Bank, operator: Intruder) -> None:
    ours = bank.view().review(ADA)
    bank.file(ours)
    shown_here = bank.checkpoint()
    leaves = bank.leaves()[:SIZE]
    view = bank.view(SIZE)
    bank.forget(lock=False)

    operator.rewrite([*leaves, Entry(SIZE, view.now, view.review(BEA)).leaf()], lock=True)

    assert bank.audit().problems == ()
    report = bank.audit(printed=[("what the others were shown", shown_here)])
    assert first(report) == (Kind.FORKED, SIZE)
    assert "the log signed two histories: the checkpoint in what the others were shown" in only(report)


def test_two_heads_part_at_the_last_size_that_both_confirm(bank: Bank, operator: Intruder) -> None:
    before = bank.checkpoint()
    bank.file(bank.view().review(ADA))
    shown_here = bank.checkpoint()
    view = bank.view(SIZE)
    bank.forget(lock=False)

    operator.rewrite([*view.leaves, Entry(SIZE, view.now, view.review(BEA)).leaf()], lock=True)

    report = bank.audit(printed=[("before", before), ("theirs", shown_here)])
    assert first(report) == (Kind.FORKED, SIZE)
    only(report)


def test_a_copy_that_goes_on_by_itself_meets_the_lock_of_the_original(sqlite_bank: Bank, tmp_path: Path) -> None:
    copy = sqlite_bank.copied(tmp_path / "copy")
    copy.folder = replace(copy.folder, lock=str(sqlite_bank.folder.lock_path))
    sqlite_bank.file(sqlite_bank.view().review())

    assert copy.refusal(copy.view().review(BEA)) == "rolled_back"
    assert first(copy.audit()) == (Kind.ROLLED_BACK, SIZE)


def test_an_event_signed_on_the_other_history_is_told_by_its_basis(bank: Bank, operator: Intruder) -> None:
    there = bank.view().review(CYD)
    bank.file(there)
    signed_there = bank.view().review(ADA)
    view = bank.view(SIZE)
    operator.rewrite([*view.leaves, Entry(SIZE, view.now, view.review(BEA)).leaf()], lock=True)
    bank.forget(lock=False)

    operator.file(signed_there)

    report = bank.audit()
    assert first(report) == (Kind.FORKED, SIZE)
    assert f"the signer of #{SIZE + 1} had verified {SIZE + 1} entries" in only(report)
    assert bank.view().registry.size == SIZE + 2


def test_outside_heads_are_not_blamed_on_the_key_of_the_log_where_it_did_not_sign(
    bank: Bank, administrator: Intruder
) -> None:
    leaves = bank.leaves()
    leaves[4] = rewritten(leaves[4], recorded_at=Entry.parse(leaves[4]).recorded_at + MINUTE / 2)

    administrator.rewrite(leaves)

    assert kinds(bank.audit(printed=[("report.pdf", bank.checkpoint())])) == [Kind.EDITED]
