"""What is honest is never an alarm: random histories, and audits while somebody writes."""

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from random import Random
from threading import Thread

import pytest

from govern import examine
from govern.errors import Kind
from govern.ledger import signatures
from govern.ledger.audit import Problem, TrustedHead
from govern.ledger.envelope import Entry, Envelope
from govern.ledger.strict import encode64
from govern.record.events import Event
from govern.record.replay import replay
from govern.storage import inspection
from govern.storage.folder import Folder
from govern.storage.inspection import inspect
from govern.storage.local import LocalLedger
from govern.storage.store import Store
from tests.attacks.histories import History
from tests.attacks.kit import BEA, SIZE, Bank, Intruder, first
from tests.people import LOG_KEY, LOG_PEN, ORIGIN, START, founding

HISTORIES, AUDITS_EACH, ENTRIES = 125, 8, 28


@pytest.mark.parametrize("part", range(5))
def test_1000_audits_of_honest_logs_give_no_alarm(part: int) -> None:
    audits = 0
    for seed in range(part, HISTORIES, 5):
        history, random = History.grown(seed, ENTRIES), Random(seed)
        anchor = history.paper.registry.anchor
        for size in random.choices(history.sizes, k=AUDITS_EACH):
            older = [TrustedHead("older head", note) for of, note in history.notes if of <= size]
            found = replay(
                history.book(size, exported=random.random() < 0.3),
                random.sample(older, random.randrange(min(4, len(older)))),
                random.choice((anchor, None)),
                random.choice((0, 0, 5, size)),
            )
            assert found.problems == (), (seed, size)
            assert found.tree.size == size
            audits += 1

    assert audits == HISTORIES // 5 * AUDITS_EACH


def test_random_histories_have_everything_in_them() -> None:
    histories = [History.grown(seed, ENTRIES) for seed in range(0, HISTORIES, 4)]

    kinds = {event.kind for history in histories for event in history.events()}

    assert len(kinds) == 13
    assert any(len(history.paper.registry.log_keys) == 2 for history in histories)
    assert any(LOG_KEY not in history.paper.registry.log_keys for history in histories)
    assert any(len(envelopes) > 1 for history in histories for _, envelopes in history.batches)


@pytest.mark.parametrize("seed", range(4))
def test_a_random_history_on_a_database_gives_no_alarm(seed: int, fresh_database: str, tmp_path: Path) -> None:
    history = History.grown(1000 + seed, 2 * ENTRIES, changes_log_key=False)
    lock, now = tmp_path / "lock" / "checkpoint", [START]
    store = Store.create(fresh_database)
    genesis = founding("ada", "bea", "cyd", threshold=2)
    with closing(LocalLedger.create(store, lock, LOG_PEN, genesis, clock=lambda: now[0])) as ledger:
        anchor = ledger.registry.anchor
        for at, envelopes in history.batches:
            now[0] = at
            for together in [envelopes] if _stands_alone(envelopes) else [[one] for one in envelopes]:
                ledger.submit(together)
            if ledger.registry.size % 3 == 0:
                seen = inspect(store, [TrustedHead("lock file", lock.read_bytes())], anchor)
                assert seen.problems == ()
        assert list(ledger.entries()) == history.paper.leaves

    place = fresh_database if "postgresql" in fresh_database else "ledger/ledger.db"
    folder = Folder(tmp_path, ORIGIN, anchor.hex(), LOG_KEY, database=place, state="state")
    assert examine.ledger(folder).problems == ()


def _stands_alone(envelopes: list[Envelope]) -> bool:
    """Return whether no event needs a key that one before it brings in."""
    return not any(Event.parse(envelope.payload).new_keys() for envelope in envelopes[:-1])


@pytest.mark.parametrize("most", [1, 4, 7])
def test_a_log_that_is_read_a_few_rows_at_a_time_is_the_same(
    bank: Bank, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(inspection, "CHUNK", most)
    monkeypatch.setattr(signatures, "BATCH", most)
    monkeypatch.setattr(signatures, "BATCHES_AHEAD", 2)
    assert bank.audit().problems == ()

    bank.forget()
    Intruder(bank).run("UPDATE event_ix SET idx = 3 WHERE idx = 7")
    assert first(bank.audit()) == (Kind.PROJECTION_DIFFERS, 3)

    leaves = bank.leaves()
    leaf = Entry.parse(leaves[5])
    touched = replace(leaf, envelope=replace(leaf.envelope, payload=leaf.envelope.payload.replace(b"cause", b"curse")))
    Intruder(bank).rewrite([*leaves[:5], touched.leaf(), *leaves[6:]])
    assert first(bank.audit()) == (Kind.EDITED, 5)


@pytest.mark.parametrize("table", ["log_entry WHERE idx", "log_checkpoint WHERE size"])
def test_what_vanishes_while_the_audit_runs_is_missed(
    sqlite_bank: Bank, monkeypatch: pytest.MonkeyPatch, table: str
) -> None:
    monkeypatch.setattr(inspection, "CHUNK", 4)

    def step(index: int) -> None:
        if index == 5:
            Intruder(sqlite_bank).run(f"DELETE FROM {table} >= 13")

    with closing(sqlite_bank.store()) as store:
        seen = inspect(store, [], bytes.fromhex(sqlite_bank.folder.anchor), step=step)

    kind = Kind.TRUNCATED if "log_entry" in table else Kind.INSERTED
    assert (seen.problems[0].kind, seen.problems[0].entry) == (kind, 13 if kind is Kind.TRUNCATED else 12)


def test_a_log_that_is_verified_in_two_processes_is_the_same(
    sqlite_bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inspection, "WORTH_A_SECOND_PROCESS", 1)
    anchor = bytes.fromhex(sqlite_bank.folder.anchor)
    with closing(sqlite_bank.store()) as store:
        assert inspect(store, [], anchor, processes=2).problems == ()

        (good,) = Entry.parse(sqlite_bank.leaves()[7]).envelope.signatures
        other = sqlite_bank.leaves()[7].replace(encode64(good.sig).encode(), encode64(bytes(64)).encode())
        Intruder(sqlite_bank).run("UPDATE log_entry SET data = :leaf WHERE idx = 7", leaf=other)
        seen = inspect(store, [], anchor, processes=2)

    assert [(one.kind, one.entry) for one in seen.problems] == [(Kind.EDITED, 7)]


def test_audits_while_somebody_appends_give_no_alarm(bank: Bank) -> None:
    envelopes = [bank.view().review(BEA, word=f"{number}", now=bank.now) for number in range(15)]
    reports = []

    def work() -> None:
        for envelope in envelopes:
            bank.file(envelope)

    writer = Thread(target=work)
    writer.start()
    while writer.is_alive():
        reports.append(bank.audit())
    writer.join()
    reports.append(bank.audit())

    assert [problem for report in reports for problem in report.problems] == []
    assert reports[-1].size == SIZE + len(envelopes)
    assert len({report.size for report in reports}) > 2


def test_audits_while_somebody_keeps_snapshots_and_names_give_no_alarm(bank: Bank) -> None:
    """Every opening and closing writes the registry that is kept, and every audit compares it."""
    seen: list[int] = []

    def work() -> None:
        for number in range(8):
            with bank.ledger() as ledger:
                ledger.submit([bank.view().review(BEA, word=f"{number}", now=bank.now)])
            seen.append(number)

    writer = Thread(target=work)
    writer.start()
    problems: list[Problem] = []
    while writer.is_alive():
        problems += bank.audit().problems
    writer.join()

    assert problems == []
    assert len(seen) == 8
