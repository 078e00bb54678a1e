"""The lock file only ever moves on, whoever moves it, and is there whole or not at all."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from govern.errors import InvalidInput, Kind, Tampered, Unavailable
from govern.ledger import merkle
from govern.ledger.merkle import Hash, Tree, leaf_hash
from govern.ledger.note import Checkpoint, sign_note
from govern.storage.lock import Lock
from tests.people import LOG_KEY, LOG_PEN, ORIGIN


class Log:
    """A tree of twenty leaves and the checkpoints of all its sizes."""

    def __init__(self, word: str = "", origin: str = ORIGIN) -> None:
        self.tree = Tree()
        self.notes = [b""]
        for number in range(20):
            self.tree.append(leaf_hash(f"{number} {word if number > 9 else ''}".encode()))
            checkpoint = Checkpoint(origin, self.tree.size, self.tree.root())
            self.notes.append(sign_note(str(checkpoint), origin, LOG_PEN.private))

    def proves(self, old: int, new: int) -> list[Hash]:
        return merkle.consistency(old, new, self.tree.node)


@pytest.fixture
def log() -> Log:
    return Log()


@pytest.fixture
def lock(tmp_path: Path, log: Log) -> Lock:
    made = Lock(tmp_path / "lock" / "checkpoint", (LOG_KEY,))
    made.create(log.notes[10])
    return made


def test_a_lock_is_made_once(lock: Lock, log: Log) -> None:
    with pytest.raises(InvalidInput, match="exists already"):
        lock.create(log.notes[1])
    with pytest.raises(InvalidInput, match="is the lock of another ledger"):
        lock.require_absent()


def test_a_lock_moves_on(lock: Lock, log: Log) -> None:
    lock.advance(log.notes[13], log.proves)
    assert lock.path.read_bytes() == log.notes[13]


@pytest.mark.parametrize("size", [1, 9, 10])
def test_a_lock_does_not_move_back(lock: Lock, log: Log, size: int) -> None:
    lock.advance(log.notes[size], log.proves)
    assert lock.path.read_bytes() == log.notes[10]


def test_a_lock_does_not_move_to_another_history(lock: Lock, log: Log) -> None:
    other = Log("otherwise")
    lock.advance(log.notes[12], log.proves)

    for size in (11, 12, 15):
        with pytest.raises(Tampered, match="are not of one log") as refusal:
            lock.advance(other.notes[size], other.proves)
        assert refusal.value.kind is Kind.FORKED
    assert lock.path.read_bytes() == log.notes[12]


def test_a_lock_is_not_made_anew_by_moving_it(lock: Lock, log: Log) -> None:
    lock.path.unlink()

    with pytest.raises(Unavailable, match="is missing") as refusal:
        lock.advance(log.notes[11], log.proves, continues=log.notes[10])

    assert refusal.value.code == "lock_missing"
    assert not lock.path.exists()


def test_trusting_another_checkpoint_keeps_the_one_before(lock: Lock, log: Log) -> None:
    lock.trust(log.notes[4])

    assert lock.read().size == 4
    (kept,) = lock.path.parent.glob("checkpoint.before-*")
    assert kept.read_bytes() == log.notes[10]


def test_who_comes_later_waits_until_the_lock_has_moved(lock: Lock, log: Log) -> None:
    with ThreadPoolExecutor(1) as pool:

        def proves(old: int, new: int) -> list[Hash]:
            later = pool.submit(lock.advance, log.notes[20], log.proves)
            with pytest.raises(TimeoutError):
                later.result(timeout=0.2)
            return log.proves(old, new)

        lock.advance(log.notes[12], proves)

    assert lock.read().size == 20


def test_many_who_move_a_lock_at_once_never_move_it_back(lock: Lock, log: Log) -> None:
    stop = Event()

    def watched() -> Iterator[int]:
        while not stop.is_set():
            yield lock.read().size

    def move(seed: int) -> None:
        for size in random.Random(seed).choices(range(1, 21), k=30):
            lock.advance(log.notes[size], log.proves)

    with ThreadPoolExecutor(9) as pool:
        watcher = pool.submit(lambda: list(watched()))
        list(pool.map(move, range(8)))
        stop.set()
        sizes = watcher.result()

    assert sizes == sorted(sizes)
    assert lock.read().size == 20
