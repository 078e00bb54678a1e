"""What opening a ledger finds, and what it then allows: reading always, writing only where nothing speaks against it."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from govern.errors import GovernError, InvalidInput, Kind, Tampered, Unavailable
from govern.ledger.keys import Pen
from govern.ledger.merkle import EMPTY_ROOT, Growth
from govern.ledger.note import Checkpoint, sign_note
from govern.storage import rows
from govern.storage.local import Mode
from govern.storage.opening import trust
from govern.storage.rows import Leaf
from tests.people import LOG_KEY, LOG_PEN, ORIGIN, founding
from tests.storage.bank import Bank, check_whole, released, review


@pytest.fixture
def notes(bank: Bank) -> list[bytes]:
    """The checkpoints of a ledger that was closed at five entries."""
    ledger = bank.create()
    for number in range(4):
        ledger.submit([review(ledger, f"{number}")])
    notes = list(ledger.checkpoints())
    ledger.close()
    return notes


def require_recovery(bank: Bank, message: str, hint: str = "") -> GovernError:
    """Return what opening finds wrong; the entries can be read all the same, and nothing can be written."""
    ledger = bank.open()
    with pytest.raises(GovernError, match=message) as refusal:
        ledger.submit([founding("ada")])
    assert ledger.mode is Mode.RECOVERY
    assert ledger.fault is refusal.value
    assert hint in refusal.value.hint
    return refusal.value


def test_a_lock_that_is_behind_is_advanced(bank: Bank, notes: list[bytes]) -> None:
    bank.lock.write_bytes(notes[1])

    reader = bank.open(pen=None)
    assert (reader.mode, bank.lock.read_bytes()) == (Mode.READING, notes[1])
    writer = bank.open()

    assert (writer.mode, bank.lock.read_bytes()) == (Mode.WRITABLE, notes[4])


def test_a_missing_lock_stops_writing_until_a_person_compared_a_checkpoint(bank: Bank, notes: list[bytes]) -> None:
    bank.lock.unlink()

    fault = require_recovery(bank, r"the lock file .*/lock/checkpoint is missing", "govern log trust CHECKPOINT")

    assert isinstance(fault, Unavailable)
    assert not bank.lock.exists()
    reader = bank.open()
    assert reader.registry.size == 5
    assert reader.checkpoint() == notes[4]
    trust(bank.store(), bank.lock, (LOG_KEY,), notes[2])
    assert bank.open().mode is Mode.WRITABLE
    assert released(bank.lock).size == 5


@pytest.mark.parametrize(
    ("garble", "message"),
    [
        pytest.param(lambda _: b"", "a note is a text", id="empty"),
        pytest.param(lambda note: note[:-1], "a note is a text", id="cut"),
        pytest.param(lambda note: note.replace(b"\n5\n", b"\n4\n"), "is not of this text", id="another size"),
        pytest.param(
            lambda note: note.replace(ORIGIN.encode(), b"elsewhere"), "no key given has signed", id="another log"
        ),
        pytest.param(
            lambda _: sign_note(str(Checkpoint(ORIGIN, 0, EMPTY_ROOT)), ORIGIN, Pen.generate().private),
            "no key given has signed",
            id="another key",
        ),
    ],
)
def test_a_garbled_lock_stops_writing(
    bank: Bank, notes: list[bytes], garble: Callable[[bytes], bytes], message: str
) -> None:
    bank.lock.write_bytes(garble(notes[4]))

    fault = require_recovery(bank, rf"is no checkpoint of this ledger: .*{message}", "govern log trust")

    assert isinstance(fault, Tampered)


def test_a_database_that_was_set_back_is_read_only_and_both_sizes_are_named(sqlite_bank: Bank) -> None:
    bank = sqlite_bank
    ledger = bank.create()
    ledger.submit([review(ledger, "kept")])
    ledger.close()
    database = Path(bank.url.removeprefix("sqlite:///"))
    backup = shutil.copy(database, database.with_name("backup"))
    old = bank.lock.read_bytes()
    ledger = bank.open()
    ledger.submit([review(ledger, "lost")])
    ledger.close()
    shutil.copy(backup, database)

    fault = require_recovery(
        bank, "the database has 2 entries, the lock file .* has seen 3", "restore a newer backup of the database"
    )

    assert isinstance(fault, Tampered)
    assert fault.kind is Kind.ROLLED_BACK
    trust(bank.store(), bank.lock, (LOG_KEY,), old)
    assert bank.open().mode is Mode.WRITABLE
    assert [path.name for path in bank.lock.parent.glob("checkpoint.before-*")]


def test_a_copy_of_the_database_that_went_its_own_way_is_not_continued(sqlite_bank: Bank, tmp_path: Path) -> None:
    bank = sqlite_bank
    ledger = bank.create()
    ledger.close()
    copied = Bank(f"sqlite:///{tmp_path}/copy.db", tmp_path / "copied" / "checkpoint")
    shutil.copy(bank.url.removeprefix("sqlite:///"), tmp_path / "copy.db")
    shutil.copytree(bank.lock.parent, copied.lock.parent)
    copy = copied.open()
    copy.submit([review(copy, "in the copy"), review(copy, "and more")])
    copy.close()
    ledger = bank.open()
    ledger.submit([review(ledger, "in the original")])
    ledger.close()
    copied.lock.write_bytes(bank.lock.read_bytes())

    fault = require_recovery(copied, "are not of one log", "find out which of them is the copy")

    assert isinstance(fault, Tampered)
    assert fault.kind is Kind.FORKED
    copied.close()


def test_two_copies_of_a_database_with_one_lock_cannot_both_go_on(sqlite_bank: Bank, tmp_path: Path) -> None:
    bank = sqlite_bank
    bank.create().close()
    shutil.copy(bank.url.removeprefix("sqlite:///"), tmp_path / "copy.db")
    copied = Bank(f"sqlite:///{tmp_path}/copy.db", bank.lock)
    original, copy = bank.open(), copied.open()
    statement = review(copy, "in the copy")
    original.submit([review(original, "in the original")])

    with pytest.raises(Tampered, match=r"the database has 1 entries, the lock file .* has seen 2") as refusal:
        copy.submit([statement])

    assert refusal.value.kind is Kind.ROLLED_BACK
    assert copy.mode is Mode.RECOVERY
    copied.close()


def test_a_lock_that_saw_another_history_of_the_same_size_stops_the_next_append(bank: Bank, notes: list[bytes]) -> None:
    ledger = bank.open()
    statement = review(ledger, "on which of the two")
    bank.lock.write_bytes(sign_note(str(Checkpoint(ORIGIN, 5, b"\1" * 32)), ORIGIN, LOG_PEN.private))

    with pytest.raises(Tampered, match="have 5 entries under different roots") as refusal:
        ledger.submit([statement])

    assert refusal.value.kind is Kind.FORKED
    assert len(list(bank.open().checkpoints())) == len(notes)


def test_a_database_set_back_while_it_is_open_is_noticed(bank: Bank, notes: list[bytes]) -> None:
    ledger = bank.open()
    statement = review(ledger, "too late")
    bank.tamper(
        "DELETE FROM log_entry WHERE idx = 4",
        "DELETE FROM log_checkpoint WHERE size = 5",
        "DELETE FROM event_ix WHERE idx = 4",
        "UPDATE log_head SET size = 4, root = (SELECT root FROM log_checkpoint WHERE size = 4)",
    )

    with pytest.raises(Tampered, match=r"the database has 4 entries .* this program has seen 5") as refusal:
        ledger.submit([statement])

    assert refusal.value.kind is Kind.ROLLED_BACK
    assert ledger.mode is Mode.RECOVERY


@pytest.mark.parametrize(
    ("edits", "message", "kind"),
    [
        pytest.param(
            ["UPDATE log_head SET size = 4"],
            "the head row says 4 entries .* newest checkpoint is of 5",
            Kind.EDITED,
            id="head",
        ),
        pytest.param(["DELETE FROM log_head"], "the head row is not in the database", Kind.DELETED, id="no head"),
        pytest.param(["DELETE FROM log_checkpoint"], "the newest checkpoint is none", Kind.EDITED, id="no checkpoint"),
        pytest.param(
            ["UPDATE log_checkpoint SET note = (SELECT note FROM log_checkpoint WHERE size = 4) WHERE size = 5"],
            "kept as one of 5 entries, the log signed one of 4",
            Kind.EDITED,
            id="note of another size",
        ),
        pytest.param(
            [
                "UPDATE log_head SET root = (SELECT root FROM log_checkpoint WHERE size = 4)",
                "UPDATE log_checkpoint SET root = (SELECT root FROM log_head) WHERE size = 5",
            ],
            "kept as one of 5 entries, the log signed one of 5",
            Kind.EDITED,
            id="root",
        ),
        pytest.param(
            ["UPDATE log_entry SET data = leaf_hash WHERE idx = 2"], "entry #2 has the hash", Kind.EDITED, id="entry"
        ),
        pytest.param(
            [
                "UPDATE log_entry SET data = (SELECT data FROM log_entry WHERE idx = 3) WHERE idx = 4",
                "UPDATE log_entry SET leaf_hash = (SELECT leaf_hash FROM log_entry WHERE idx = 3) WHERE idx = 4",
            ],
            "the first 5 entries have the root",
            Kind.EDITED,
            id="entry with its hash",
        ),
        pytest.param(["DELETE FROM log_entry WHERE idx = 2"], "entry #2 is not in", Kind.DELETED, id="entry gone"),
        pytest.param(["DELETE FROM log_entry WHERE idx = 4"], "entry #4 is not in", Kind.DELETED, id="last entry gone"),
        pytest.param(
            ["UPDATE tree_node SET hash = (SELECT hash FROM tree_node WHERE level = 2) WHERE level = 1 AND idx = 0"],
            "node 0 at level 1 of the stored tree is",
            Kind.EDITED,
            id="node",
        ),
        pytest.param(
            ["DELETE FROM tree_node WHERE level = 2"], "node 0 at level 2 .* missing", Kind.DELETED, id="no node"
        ),
        pytest.param(
            ["UPDATE event_ix SET idx = 1 WHERE idx = 3"], "index of event ids", Kind.PROJECTION_DIFFERS, id="event id"
        ),
        pytest.param(["DELETE FROM event_ix"], "index of event ids", Kind.PROJECTION_DIFFERS, id="no event ids"),
    ],
)
def test_a_database_that_was_edited_is_not_written_to(
    bank: Bank, notes: list[bytes], edits: list[str], message: str, kind: Kind
) -> None:
    bank.tamper(*edits)

    fault = require_recovery(bank, message)

    assert isinstance(fault, Tampered)
    assert fault.kind is kind


@pytest.mark.parametrize(
    "edit",
    [
        "UPDATE log_head SET size = 'five'",
        "UPDATE log_head SET root = 'a root of thirty-two characters.'",
        "UPDATE log_entry SET data = 'a text' WHERE idx = 4",
        "UPDATE log_entry SET leaf_hash = 'a hash of thirty-two characters.' WHERE idx = 4",
        "UPDATE log_checkpoint SET note = 'a text' WHERE size = 5",
        "UPDATE event_ix SET idx = 'four' WHERE idx = 4",
    ],
)
def test_what_sqlite_keeps_in_place_of_bytes_and_numbers_is_noticed(sqlite_bank: Bank, edit: str) -> None:
    ledger = sqlite_bank.create()
    for number in range(4):
        ledger.submit([review(ledger, f"{number}")])
    sqlite_bank.tamper(edit)

    fault = require_recovery(
        sqlite_bank, r"the database has '.*' where (int|bytes) belong|holds what Govern never writes"
    )

    assert isinstance(fault, Tampered)
    assert fault.kind in {Kind.EDITED, Kind.PROJECTION_DIFFERS}


def test_rot_in_the_tree_is_found_before_the_next_entry_is_signed(bank: Bank, notes: list[bytes]) -> None:
    ledger = bank.open()
    statement = review(ledger, "not signed")
    bank.tamper("UPDATE tree_node SET hash = (SELECT hash FROM tree_node WHERE level = 1 AND idx = 1) WHERE level = 2")

    with pytest.raises(Tampered, match="the stored tree of 5 entries has the root"):
        ledger.submit([statement])

    assert released(bank.lock).size == 5


@pytest.mark.parametrize(
    ("flip", "message"),
    [
        pytest.param(
            lambda new, growth: ([replace(new[0], data=new[0].data + b" ")], growth), "entry #5 reads back", id="entry"
        ),
        pytest.param(
            lambda new, growth: ([replace(new[0], hash=bytes(32))], growth), "entry #5 reads back", id="leaf hash"
        ),
        pytest.param(
            lambda new, growth: (new, replace(growth, nodes=[(1, 2, bytes(32))])), "node 2 at level 1", id="node"
        ),
    ],
)
def test_a_bit_that_flips_on_the_way_to_the_disk_is_not_signed(
    bank: Bank,
    notes: list[bytes],
    monkeypatch: pytest.MonkeyPatch,
    flip: Callable[[Sequence[Leaf], Growth], tuple[Sequence[Leaf], Growth]],
    message: str,
) -> None:
    ledger = bank.open()
    statement = review(ledger, "flipped")
    add = rows.add
    with monkeypatch.context() as broken:
        broken.setattr(rows, "add", lambda connection, new, growth, ids: add(connection, *flip(new, growth), ids))
        with pytest.raises(Tampered, match=message):
            ledger.submit([statement])

    assert check_whole(bank) == 5
    assert bank.open().submit([statement])[0].index == 5


def test_a_forged_entry_that_nobody_signed_for_is_not_built_upon(bank: Bank, notes: list[bytes]) -> None:
    ledger = bank.open()
    statement = review(ledger, "after the forgery")
    bank.tamper(
        "INSERT INTO log_entry SELECT 5, leaf_hash, data FROM log_entry WHERE idx = 4",
        "UPDATE log_head SET size = 6",
    )

    with pytest.raises(Tampered, match=r"the head row says 6 entries .* the newest checkpoint is of 5"):
        ledger.submit([statement])


def test_trust_takes_only_a_signed_checkpoint_that_the_database_still_has(bank: Bank, notes: list[bytes]) -> None:
    kept = bank.store()
    with pytest.raises(Tampered, match="no key given has signed"):
        trust(
            kept,
            bank.lock,
            (LOG_KEY,),
            sign_note(str(Checkpoint(ORIGIN, 1, b"\1" * 32)), ORIGIN, Pen.generate().private),
        )
    with pytest.raises(Tampered, match="are not of one log"):
        trust(kept, bank.lock, (LOG_KEY,), sign_note(str(Checkpoint(ORIGIN, 3, b"\1" * 32)), ORIGIN, LOG_PEN.private))
    with pytest.raises(InvalidInput, match="the checkpoint is of 6 entries, the database has 5"):
        trust(kept, bank.lock, (LOG_KEY,), sign_note(str(Checkpoint(ORIGIN, 6, b"\1" * 32)), ORIGIN, LOG_PEN.private))

    assert bank.lock.read_bytes() == notes[4]
