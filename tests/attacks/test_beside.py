"""What is kept beside the log: guards, the stored tree, indexes, snapshots, names and blobs."""

import sqlite3
import zlib
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
from sqlalchemy import Connection, event, text

from govern.desk import Desk
from govern.errors import GovernError, Kind, Tampered
from govern.ledger.note import Checkpoint, Signature
from govern.ledger.strict import canonical, read_json
from govern.record.identity import Identity, NewKey, Role
from govern.record.people import ResetKey, key_part
from govern.storage import blobs, identities, snapshots
from govern.storage.identities import Known
from govern.storage.inspection import inspect
from govern.storage.local import LocalLedger
from govern.storage.standing import Edge, Standing, peaks
from govern.storage.turn import Step
from tests.attacks.kit import (
    ADA,
    BEA,
    CYD,
    DAN,
    EVE,
    LARGE,
    MALLORY,
    SIZE,
    SMALL,
    TABLES,
    Bank,
    Intruder,
    enrolled,
    first,
    kinds,
    only,
    problem_of,
)
from tests.people import LOG_KEY, LOG_PEN, ORIGIN, START, Actor

SERVER = "postgresql"


def on_a_server(bank: Bank) -> bool:
    return bank.folder.database.startswith(SERVER)


def bare(bank: Bank, *statements: str) -> None:
    """Do something to the database with the guards as they are."""
    with closing(bank.store()) as store, store.writing() as connection:
        for statement in statements:
            connection.execute(text(statement))


# Guards


@pytest.mark.parametrize("table", TABLES)
def test_a_guard_that_was_dropped_is_named(bank: Bank, table: str) -> None:
    change = "update"
    bare(bank, f"DROP TRIGGER {table}_{change}" + (f" ON {table}" if on_a_server(bank) else ""))

    report = bank.audit()

    assert first(report) == (Kind.GUARDS_DROPPED, None)
    assert f"such as {table}_update" in only(report)


def test_a_guard_that_was_weakened_is_named(bank: Bank) -> None:
    if on_a_server(bank):
        bare(
            bank,
            "CREATE OR REPLACE FUNCTION log_entry_update() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NEW; END$$",
        )
    else:
        bare(
            bank,
            "DROP TRIGGER log_entry_update",
            "CREATE TRIGGER log_entry_update BEFORE UPDATE ON log_entry WHEN false BEGIN SELECT 1; END",
        )

    report = bank.audit()
    assert first(report) == (Kind.GUARDS_DROPPED, None)
    assert "1 of the database's guards" in only(report)


@pytest.mark.parametrize("how", ["DISABLE TRIGGER log_entry_update", "ENABLE TRIGGER log_entry_update"])
def test_a_guard_that_sleeps_is_named(server_bank: Bank, how: str) -> None:
    bare(server_bank, f"ALTER TABLE log_entry {how}")

    assert first(server_bank.audit()) == (Kind.GUARDS_DROPPED, None)


def test_guards_taken_off_and_put_up_again_leave_no_trace_but_what_was_done_meanwhile(
    bank: Bank, administrator: Intruder
) -> None:
    administrator.run("UPDATE log_head SET size = size")
    assert bank.audit().problems == ()

    administrator.run("UPDATE log_entry SET data = data WHERE idx = 3", "DELETE FROM log_entry WHERE idx = 4")
    assert kinds(bank.audit()) == [Kind.DELETED]


def test_a_trigger_that_is_not_ours_is_named(bank: Bank) -> None:
    if on_a_server(bank):
        bare(
            bank,
            "CREATE FUNCTION leak() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NULL; END$$",
            "CREATE TRIGGER quiet BEFORE INSERT ON event_ix FOR EACH ROW EXECUTE FUNCTION leak()",
        )
    else:
        bare(bank, "CREATE TRIGGER quiet BEFORE INSERT ON event_ix BEGIN SELECT RAISE(IGNORE); END")

    report = bank.audit()

    assert first(report) == (Kind.GUARDS_DROPPED, None)
    assert "triggers that are not Govern's, such as quiet" in only(report)


def test_a_trigger_that_keeps_events_out_of_the_index_is_told_by_the_index_too(bank: Bank) -> None:
    test_a_trigger_that_is_not_ours_is_named(bank)
    bank.file(bank.view().review(now=bank.now))

    report = bank.audit()

    assert first(report) == (Kind.PROJECTION_DIFFERS, SIZE)
    assert f"the index of events does not know entry #{SIZE}" in only(report, Kind.GUARDS_DROPPED)


# The stored tree, the index of events, the head, the checkpoints


@pytest.mark.parametrize(
    ("statement", "entry", "says"),
    [
        pytest.param("UPDATE tree_node SET hash = :junk WHERE level = 1 AND idx = 3", 6, "node 3 at level 1 of the stored tree is not", id="a node that says otherwise"),
        pytest.param("UPDATE tree_node SET hash = :junk WHERE level = 4 AND idx = 0", 0, "node 0 at level 4", id="the node at the top"),
        pytest.param("DELETE FROM tree_node WHERE level = 2 AND idx = 1", 4, "lacks node 1 at level 2", id="a node that is missing"),
        pytest.param("DELETE FROM tree_node WHERE level = 4", 0, "lacks node 0 at level 4", id="a level that is missing"),
        pytest.param("DELETE FROM tree_node", 0, "lacks node 0 at level 1", id="no nodes at all"),
        pytest.param("INSERT INTO tree_node (level, idx, hash) VALUES (1, 10, :junk)", None, "the stored tree holds a row that belongs to none", id="a node that waits for its entries"),
        pytest.param("INSERT INTO tree_node (level, idx, hash) VALUES (1, -1, :junk)", None, "the stored tree holds a row", id="a node before the first"),
        pytest.param("INSERT INTO tree_node (level, idx, hash) VALUES (2147483647, 0, :junk)", None, "the stored tree holds a row", id="a node beyond the sky"),
        pytest.param("UPDATE log_entry SET leaf_hash = :junk WHERE idx = 7", 7, "that was changed, not the entry", id="a leaf's hash"),
        pytest.param("UPDATE event_ix SET idx = 3 WHERE idx = 7", 3, "the index of events says", id="an event at another place"),
        pytest.param("UPDATE event_ix SET idx = idx - 21 WHERE idx = 20", 20, "does not know entry #20", id="an event counted from the end"),
        pytest.param("DELETE FROM event_ix WHERE idx = 7", 7, "does not know entry #7", id="an event that is missing"),
        pytest.param("DELETE FROM event_ix", 0, "does not know entry #0", id="no events at all"),
        pytest.param("INSERT INTO event_ix (event_id, idx) VALUES ('0192a000-0000-7000-8000-000000000000', 40)", None, "the index of events holds a row that belongs to none", id="an event to come"),
        pytest.param("INSERT INTO event_ix (event_id, idx) VALUES ('nothing', 4)", 4, "says that nothing is entry #4", id="a second event at one place"),
        pytest.param("UPDATE event_ix SET event_id = '00000000' || substr(event_id, 9) WHERE idx = 7", 7, "is entry #7, it is not", id="the time in an event's id"),
        pytest.param("UPDATE log_head SET root = :junk", SIZE - 1, "the head row has another root", id="the head's root"),
        pytest.param("UPDATE log_head SET size = 5", 5, "the head row counts 5 entries, the log signed 21", id="a smaller head"),
        pytest.param("UPDATE log_head SET size = -5", 0, "the head row counts -5 entries", id="a head below nothing"),
        pytest.param("UPDATE log_head SET size = 40", SIZE, "the head row counts 40 entries, the log signed 21", id="a larger head"),
        pytest.param("DELETE FROM log_head", SIZE - 1, "there are 0 head rows", id="no head"),
        pytest.param("UPDATE log_checkpoint SET root = :junk WHERE size = 8", 7, "kept under 8 entries", id="the root beside a checkpoint"),
        pytest.param("UPDATE log_checkpoint SET size = 17 WHERE size = 8", 16, "kept under 17 entries", id="a checkpoint under another size"),
        pytest.param("UPDATE log_checkpoint SET size = 0 WHERE size = 8", 0, "kept under 0 entries", id="a checkpoint under no size"),
        pytest.param("UPDATE log_checkpoint SET note = (SELECT note FROM log_checkpoint WHERE size = 8) WHERE size = 5", 4, "kept under 5 entries", id="a checkpoint twice"),
    ],
)  # fmt: skip
def test_a_row_beside_the_log_that_says_otherwise_is_named(
    bank: Bank, administrator: Intruder, statement: str, entry: int | None, says: str
) -> None:
    administrator.run(statement, **({"junk": bytes(range(32))} if ":junk" in statement else {}))

    report = bank.audit()

    assert first(report) == (Kind.PROJECTION_DIFFERS, entry)
    assert says in only(report, Kind.PROJECTION_DIFFERS)
    assert report.size == SIZE or "leaf_hash" in statement


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE log_entry SET data = CAST(data AS TEXT) WHERE idx = 7",
        "UPDATE log_entry SET data = 5 WHERE idx = 7",
        "UPDATE log_entry SET leaf_hash = 'abcdefghabcdefghabcdefghabcdefgh' WHERE idx = 7",
        "UPDATE tree_node SET hash = 'abcdefghabcdefghabcdefghabcdefgh' WHERE level = 1 AND idx = 3",
        "UPDATE tree_node SET idx = 'seven' WHERE level = 1 AND idx = 3",
        "UPDATE tree_node SET level = 'one' WHERE level = 1 AND idx = 3",
        "UPDATE event_ix SET idx = 'seven' WHERE idx = 7",
        "UPDATE event_ix SET event_id = CAST(event_id AS BLOB) WHERE idx = 7",
        "UPDATE log_head SET size = 'many'",
        "UPDATE log_head SET size = 21.5",
        "UPDATE log_head SET root = 'abcdefghabcdefghabcdefghabcdefgh'",
        "UPDATE log_checkpoint SET note = CAST(note AS TEXT) WHERE size = 8",
        "UPDATE log_checkpoint SET note = CAST(x'ff41' AS TEXT) WHERE size = 8",
        "UPDATE log_checkpoint SET root = 'abcdefghabcdefghabcdefghabcdefgh' WHERE size = 8",
        "UPDATE projector SET state = CAST(state AS TEXT)",
        "UPDATE projector SET state = '[]'",
        "UPDATE projector SET applied_size = 'many'",
        "UPDATE identity SET record = CAST(record AS TEXT)",
        "UPDATE identity SET salt = 'salt'",
        "UPDATE blob SET size = 'many' WHERE size < 100",
        "UPDATE blob_part SET data = 'text' WHERE seq = 0",
    ],
)  # fmt: skip
def test_a_value_of_another_kind_is_a_problem_and_no_crash(sqlite_bank: Bank, statement: str) -> None:
    """SQLite keeps in a column whatever is put there."""
    path = sqlite_bank.folder.database_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        guards = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in guards:
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute(statement)
        for _, sql in guards:
            connection.execute(sql)

    report = sqlite_bank.audit()

    assert first(report)[0] in {Kind.EDITED, Kind.PROJECTION_DIFFERS, Kind.BLOB_DIFFERS}
    if "idx = 7" in statement and "log_entry" in statement:
        assert report.problems[0].entry == 7


# The registry that is kept


def forged_snapshot(bank: Bank, change: Callable[[Any], None]) -> bytes:
    value = read_json(bank.view().registry.snapshot())
    change(value)
    return canonical(value)


def crown(value: Any) -> None:
    """Make Dan, a validator, a registrar."""
    for person in value["people"]:
        if person["id"] == DAN.id:
            person["roles"] = ["administrator", "validator"]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(crown, id="somebody is a registrar"),
        pytest.param(lambda value: value["people"].pop(), id="somebody is not there"),
        pytest.param(lambda value: value.update(root=[1, 0, 1, "two-person"]), id="one registrar suffices"),
        pytest.param(lambda value: value.update(refusals=[]), id="it is none"),
        pytest.param(lambda value: value.update(size=3), id="it is of another size"),
        pytest.param(lambda value: value.update(size=99), id="it is of a size to come"),
    ],
)
def test_a_kept_registry_that_says_otherwise_is_named_and_not_used(
    bank: Bank, administrator: Intruder, change: Callable[[Any], None]
) -> None:
    state = zlib.compress(forged_snapshot(bank, change))
    administrator.run("UPDATE projector SET state = :state", state=state)

    report = bank.audit()

    assert first(report) == (Kind.PROJECTION_DIFFERS, SIZE - 1)
    assert "the stored registry is not what the first 21 entries add up to" in only(report)
    with bank.ledger() as ledger:
        assert ledger.registry == bank.view().registry


def test_a_kept_registry_that_the_key_of_the_log_signed_is_named_and_so_is_what_was_filed_by_it(
    bank: Bank, operator: Intruder
) -> None:
    """Only the log's key makes such a cache believed; what gets in by it is an entry, and every audit refuses it again."""
    view = bank.view()
    state = forged_snapshot(bank, crown)
    forged = type(view.registry).restore(state)
    head = Checkpoint(ORIGIN, SIZE, view.tree.root())
    edge = Edge(SIZE, {place: view.tree.node(*place) for place in peaks(SIZE)})
    with operator.inside() as connection:
        connection.execute(text("DELETE FROM projector"))
        snapshots.save(connection, Standing(head, b"", edge, forged), LOG_PEN)

    dan2 = Actor("dan", "second")
    bank.file(replace(view, registry=forged).sign(enrolled(MALLORY, Role.DEVELOPER), dan2, now=bank.now))

    report = bank.audit()
    assert first(report) == (Kind.INSERTED, SIZE)
    assert f"{DAN.id} does not have the role administrator" in only(report)


def test_a_kept_registry_of_an_earlier_release_is_no_alarm_and_not_used(bank: Bank, administrator: Intruder) -> None:
    administrator.run("UPDATE projector SET code_version = 'govern/registry/v1', state = '{}'")

    assert bank.audit().problems == ()


def test_a_kept_registry_that_is_gone_is_folded_again(bank: Bank, administrator: Intruder) -> None:
    administrator.run("DELETE FROM projector")

    assert bank.audit().problems == ()


# Names


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda known: Known(known.person, Identity("cyd", "Cyd Promoted"), known.salt), id="another name"),
        pytest.param(lambda known: Known(known.person, known.identity, bytes(32)), id="another salt"),
    ],
)
def test_a_name_that_was_changed_is_named_by_the_enrolment(bank: Bank, change: Callable[[Known], Known]) -> None:
    with closing(bank.store()) as store:
        identities.put(store, change(Known(CYD.id, CYD.identity, CYD.salt)))

    report = bank.audit()

    assert first(report) == (Kind.EDITED, 1)
    assert f"the name kept for {CYD.id} is not the one that entry #1" in only(report)


def test_names_that_changed_places_are_named_both(bank: Bank, administrator: Intruder) -> None:
    administrator.run(
        f"UPDATE identity SET person = 'p-x' WHERE person = '{CYD.id}'",
        f"UPDATE identity SET person = '{CYD.id}' WHERE person = '{DAN.id}'",
        f"UPDATE identity SET person = '{DAN.id}' WHERE person = 'p-x'",
    )

    assert {problem_of(problem) for problem in bank.audit().problems} == {(Kind.EDITED, 1), (Kind.EDITED, 2)}


def test_a_name_that_is_no_name_is_named(bank: Bank, administrator: Intruder) -> None:
    administrator.run(f"UPDATE identity SET record = :junk WHERE person = '{CYD.id}'", junk=b"{}")

    assert first(bank.audit()) == (Kind.EDITED, None)


def test_a_registrar_does_not_grant_to_whom_an_administrator_has_given_another_s_name(
    bank: Bank, administrator: Intruder
) -> None:
    with closing(bank.store()) as store:
        identities.erase(store, CYD.id)
        identities.put(store, Known(EVE.id, CYD.identity, CYD.salt))

    with closing(bank.store()) as store, bank.ledger() as ledger:
        desk = Desk(ledger, store, bank.clock, lambda size: bytes(range(size)), (ADA.pen, BEA.pen))
        with pytest.raises(GovernError):
            desk.grant("cyd", ["validator"])


def test_a_kept_registry_whose_signature_is_gone_is_not_used_and_no_alarm(bank: Bank, administrator: Intruder) -> None:
    """It is a cache: unsigned it is useless, and what it says is compared all the same."""
    administrator.run("UPDATE projector SET signature = :junk, digest = :junk", junk=bytes(32))

    assert bank.audit().problems == ()
    with bank.ledger() as ledger:
        assert ledger.registry == bank.view().registry


def test_a_line_that_somebody_signed_under_a_checkpoint_is_ignored_as_all_witnesses_are(
    bank: Bank, administrator: Intruder
) -> None:
    (note,) = administrator.read("SELECT note FROM log_checkpoint WHERE size = 8")

    line = Signature("witness.example", b"1234", bytes(64))
    administrator.run("UPDATE log_checkpoint SET note = :note WHERE size = 8", note=bytes(note) + f"{line}\n".encode())

    assert bank.audit().problems == ()


def test_a_name_that_was_deleted_is_not_noticed_for_names_can_be_erased(bank: Bank, administrator: Intruder) -> None:
    """Whether an erasure was ordered, the log says; whether the row is there for any other reason, nothing does."""
    administrator.run(f"DELETE FROM identity WHERE person = '{CYD.id}'")

    assert bank.audit().problems == ()


# Blobs


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param(
            "UPDATE blob_part SET data = :junk WHERE sha256 = :digest AND seq = 0", id="a part that was exchanged"
        ),
        pytest.param("DELETE FROM blob_part WHERE sha256 = :digest AND seq = 1", id="a last part that is missing"),
        pytest.param("DELETE FROM blob_part WHERE sha256 = :digest AND seq = 0", id="a first part that is missing"),
        pytest.param("DELETE FROM blob_part WHERE sha256 = :digest", id="no parts"),
        pytest.param("UPDATE blob_part SET seq = 7 WHERE sha256 = :digest AND seq = 1", id="a part at another place"),
        pytest.param("INSERT INTO blob_part (sha256, seq, data) VALUES (:digest, 2, :junk)", id="a part too many"),
        pytest.param("UPDATE blob SET size = size + 1 WHERE sha256 = :digest", id="another size"),
    ],
)
def test_a_blob_that_is_not_what_its_name_says_is_named(bank: Bank, administrator: Intruder, statement: str) -> None:
    digest = sha256(LARGE).digest()
    junk = {"junk": b"a better model"} if ":junk" in statement else {}

    administrator.run(statement, digest=digest, **junk)

    report = bank.audit()
    assert first(report) == (Kind.BLOB_DIFFERS, None)
    assert f"the content kept as sha256:{digest.hex()}" in only(report)


def test_two_blobs_that_changed_places_are_named_both(bank: Bank, administrator: Intruder) -> None:
    one, other = sha256(SMALL).digest(), sha256(LARGE).digest()
    administrator.run("UPDATE blob_part SET data = :large WHERE sha256 = :one", large=LARGE[: 1 << 20], one=one)
    administrator.run("UPDATE blob_part SET data = :small WHERE sha256 = :other AND seq = 0", small=SMALL, other=other)

    assert kinds(bank.audit()) == [Kind.BLOB_DIFFERS, Kind.BLOB_DIFFERS]


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM blob_part WHERE sha256 = :digest; DELETE FROM blob WHERE sha256 = :digest",
        "UPDATE blob SET size = -1 WHERE sha256 = :digest",
    ],
)
def test_a_blob_that_is_gone_is_not_held_and_not_noticed_while_no_event_names_it(
    bank: Bank, administrator: Intruder, statement: str
) -> None:
    """Blobs may be erased: that one is missed is said by the event that names it."""
    for one in statement.split("; "):
        administrator.run(one, digest=sha256(SMALL).digest())

    assert bank.audit().problems == ()


# Bit rot before signing


def rot(statement: str, **values: Any) -> Callable[[Connection], None]:
    def spoil(connection: Connection) -> None:
        for table in TABLES:
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql(f"DROP TRIGGER {table}_update")
                connection.exec_driver_sql(f"DROP TRIGGER {table}_delete")
            else:
                connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        assert connection.execute(text(statement), values).rowcount == 1

    return spoil


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        pytest.param(rot("UPDATE log_entry SET data = :junk WHERE idx = 21", junk=b"{rotten}"), "entry #21 reads back from the database as something else", id="an entry"),
        pytest.param(rot("UPDATE log_entry SET leaf_hash = :junk WHERE idx = 21", junk=bytes(32)), "entry #21 reads back", id="the hash of an entry"),
        pytest.param(rot("DELETE FROM log_entry WHERE idx = 21"), "entry #21 is not in the database", id="an entry that is lost"),
        pytest.param(rot("UPDATE tree_node SET hash = :junk WHERE level = 1 AND idx = 10", junk=bytes(32)), "node 10 at level 1 of the stored tree is 0000", id="a node"),
        pytest.param(rot("DELETE FROM tree_node WHERE level = 1 AND idx = 10"), "node 10 at level 1 of the stored tree is missing", id="a node that is lost"),
        pytest.param(rot("UPDATE tree_node SET hash = :junk WHERE level = 4 AND idx = 0", junk=bytes(32)), "the stored tree of 21 entries has the root", id="an older node"),
    ],
)  # fmt: skip
def test_a_bit_that_rots_between_writing_and_signing_is_never_signed(
    bank: Bank, spoil: Callable[[Connection], None], says: str
) -> None:
    view, before = bank.view(), bank.checkpoint()
    store = bank.store()
    connections: list[Connection] = []
    event.listen(store._writer.engine, "begin", connections.append)

    def at(moment: str) -> None:
        if moment == f"after {Step.INSERT}":
            spoil(connections[-1])

    with (
        closing(LocalLedger.open(store, bank.folder.lock_path, [LOG_KEY], LOG_PEN, clock=bank.clock, at=at)) as ledger,
        pytest.raises(Tampered, match=says),
    ):
        ledger.submit([view.review()])

    assert bank.leaves() == list(view.leaves)
    assert bank.checkpoint() == before
    assert bank.audit().problems == ()
    bank.file(view.review())
    assert bank.audit().problems == ()


# While somebody is at work


def test_a_name_that_changes_while_the_audit_runs_is_no_alarm(bank: Bank) -> None:
    """A reset keeps the new name first and files its event then; the audit has read the log as it was."""
    renamed, salt = Identity("dan", "Dan Newname"), bytes(range(32))
    dan3 = Actor("dan", "third")
    key = NewKey.made(dan3.pen, DAN.id, renamed.commitment(salt), START)
    store = bank.store()
    done: list[int] = []

    def step(index: int) -> None:
        if index == SIZE - 1 and not done:
            done.append(index)
            identities.put(store, Known(DAN.id, renamed, salt))
            bank.file(bank.view().sign(ResetKey(person=DAN.id, key=key_part(key)), ADA, BEA, now=bank.now))

    with closing(store):
        seen = inspect(store, [], bytes.fromhex(bank.folder.anchor), step=step)

    assert seen.problems == ()
    assert seen.found.tree.size == SIZE
    assert bank.audit().problems == ()


def test_a_blob_that_is_erased_while_the_audit_reads_it_is_no_alarm(
    bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_all = blobs.check_all

    def erasing(store: Any) -> Any:
        for checked in check_all(store):
            problem = Tampered("its parts went while it was read", kind=Kind.BLOB_DIFFERS)
            blobs.erase(store, checked.digest)
            yield replace(checked, problem=problem)

    monkeypatch.setattr(blobs, "check_all", erasing)

    assert bank.audit().problems == ()
