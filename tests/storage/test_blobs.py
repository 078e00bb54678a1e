"""Content is kept by its digest, whole or not at all, and never has to fit into memory."""

import io
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO, cast

import pytest
from sqlalchemy import delete, update

from govern.errors import InvalidInput, Kind, Tampered, Unavailable
from govern.ledger.strict import Digest
from govern.storage import blobs, sql
from govern.storage.blobs import LARGEST_PART
from govern.storage.store import Store
from govern.storage.tables import blob, blob_part

MIB = 1 << 20


class Stream(io.RawIOBase):
    """A stream of so many pseudo-random bytes, a few at a time, that is nowhere in memory."""

    def __init__(self, length: int, seed: int = 0) -> None:
        self.left, self.random = length, random.Random(seed)

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        count = min(self.left, size, 100_003)
        self.left -= count
        return self.random.randbytes(count)


def count_rows(store: Store, table: str) -> int:
    with store.reading() as connection:
        return int(sql.value(connection, f"SELECT count(*) FROM {table}"))


def content(length: int) -> bytes:
    return random.Random(length).randbytes(length)


@pytest.mark.parametrize("length", [0, 1, LARGEST_PART - 1, LARGEST_PART, LARGEST_PART + 1, 3 * LARGEST_PART])
def test_content_is_kept_by_its_digest(store: Store, length: int) -> None:
    kept = content(length)

    digest = blobs.put(store, io.BytesIO(kept))

    assert digest == Digest.of(kept)
    assert b"".join(blobs.get(store, digest)) == kept
    assert blobs.size(store, digest) == length
    assert blobs.has(store, digest)
    assert count_rows(store, "blob_part") == -(-length // LARGEST_PART)


def test_what_is_put_twice_is_kept_once(store: Store) -> None:
    first = blobs.put(store, io.BytesIO(content(3 * MIB)))
    second = blobs.put(store, io.BytesIO(content(3 * MIB)))

    assert first == second
    assert (count_rows(store, "blob"), count_rows(store, "blob_part")) == (1, 3)


def test_many_writers_of_the_same_content_all_succeed(store: Store) -> None:
    with ThreadPoolExecutor(4) as threads:
        digests = set(threads.map(lambda _: blobs.put(store, io.BytesIO(content(3 * MIB))), range(4)))

    assert digests == {Digest.of(content(3 * MIB))}
    assert b"".join(blobs.get(store, digests.pop())) == content(3 * MIB)


def test_a_stream_that_gives_little_at_a_time_and_cannot_go_back_is_kept(store: Store) -> None:
    digest = blobs.put(store, cast("BinaryIO", Stream(2 * MIB + 5)))

    assert blobs.size(store, digest) == 2 * MIB + 5
    assert [len(part) for part in blobs.get(store, digest)] == [MIB, MIB, 5]


def test_a_file_is_kept_from_where_it_stands(store: Store) -> None:
    file = io.BytesIO(b"header" + b"body")
    file.seek(6)

    assert blobs.put(store, file) == Digest.of(b"body")


def test_what_is_not_held_is_said_not_to_be(store: Store) -> None:
    digest = Digest.of(b"elsewhere")

    assert not blobs.has(store, digest)
    for ask in (lambda: blobs.size(store, digest), lambda: list(blobs.get(store, digest))):
        with pytest.raises(InvalidInput, match=f"{digest} is not held here") as caught:
            ask()
        assert caught.value.code == "not_held"


def swap(store: Store, digest: Digest) -> None:
    with store.writing() as connection:
        connection.execute(update(blob_part).where(blob_part.c.seq == 1).values(data=b"another model"))


def drop(store: Store, digest: Digest) -> None:
    with store.writing() as connection:
        connection.execute(delete(blob_part).where(blob_part.c.seq == 2))


def reorder(store: Store, digest: Digest) -> None:
    with store.writing() as connection:
        for old, new in ((0, 9), (1, 0), (9, 1)):
            connection.execute(update(blob_part).where(blob_part.c.seq == old).values(seq=new))


def resize(store: Store, digest: Digest) -> None:
    with store.writing() as connection:
        connection.execute(update(blob).values(size=7))


def extend(store: Store, digest: Digest) -> None:
    with store.writing() as connection:
        connection.execute(blob_part.insert(), {"sha256": digest.value, "seq": 3, "data": b"\0"})


@pytest.mark.parametrize("attack", [swap, drop, reorder, resize, extend])
def test_content_that_was_touched_is_named(store: Store, attack: Callable[[Store, Digest], None]) -> None:
    digest = blobs.put(store, io.BytesIO(content(3 * MIB)))
    attack(store, digest)

    with pytest.raises(Tampered, match=f"the content kept as {digest} has") as caught:
        list(blobs.get(store, digest))

    assert caught.value.kind is Kind.BLOB_DIFFERS
    problems = [checked.problem for checked in blobs.check_all(store)]
    assert [problem.kind for problem in problems if problem] == [Kind.BLOB_DIFFERS]


def test_an_audit_reads_every_blob(store: Store) -> None:
    kept = {blobs.put(store, io.BytesIO(b"%d" % number)) for number in range(5)}

    checked = list(blobs.check_all(store))

    assert {one.digest for one in checked} == kept
    assert [one.digest for one in checked] == sorted(kept)
    assert not any(one.problem for one in checked)


def test_a_blob_that_is_erased_during_an_audit_is_no_problem(store: Store) -> None:
    digest = blobs.put(store, io.BytesIO(b"comment"))
    erased_meanwhile = blobs.check_all(store)
    blobs.erase(store, digest)

    assert blobs._problem(store, digest) is None
    assert list(erased_meanwhile) == []


def test_erased_content_is_gone_and_may_come_back(store: Store) -> None:
    digest = blobs.put(store, io.BytesIO(b"Perpetua said so" * 100_000))

    blobs.erase(store, digest)

    assert not blobs.has(store, digest)
    assert (count_rows(store, "blob"), count_rows(store, "blob_part")) == (0, 0)
    if store.file:
        assert b"Perpetua" not in store.file.read_bytes()
    assert blobs.put(store, io.BytesIO(b"Perpetua said so" * 100_000)) == digest
    assert blobs.has(store, digest)


class Changing(io.BytesIO):
    """A file that somebody writes to while it is read."""

    def seek(self, offset: int, whence: int = 0, /) -> int:
        self.getbuffer()[:1] = b"\xff"
        return super().seek(offset, whence)


def test_a_file_that_changes_while_it_is_read_is_not_kept(store: Store) -> None:
    with pytest.raises(Unavailable, match="what was written is not what was read"):
        blobs.put(store, Changing(b"model"))

    assert count_rows(store, "blob") == 0


def test_a_put_that_was_killed_leaves_nothing_that_counts_and_can_be_repeated(store: Store, database: str) -> None:
    code = f"""
import io, sys, time
from govern.storage import blobs
from govern.storage.store import Store

class Slow(io.BytesIO):
    passes = 0
    def read(self, size):
        if self.tell() == 0:
            self.passes += 1
        if self.passes == 2 and self.tell() > 40 << 20:
            print("now", flush=True)
            time.sleep(60)
        return super().read(size)

blobs.put(Store.open({database!r}), Slow(b"model" * (10 << 20)))
"""
    writer = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert writer.stdout is not None
    assert writer.stdout.readline() == b"now\n"
    writer.send_signal(signal.SIGKILL)
    writer.communicate()
    digest = Digest.of(b"model" * (10 << 20))
    wait_until_forgotten(store)

    assert count_rows(store, "blob_part") == 32
    assert not blobs.has(store, digest)
    assert list(blobs.digests(store)) == []
    assert blobs.put(store, io.BytesIO(b"model" * (10 << 20))) == digest
    assert [checked.problem for checked in blobs.check_all(store)] == [None]


def wait_until_forgotten(store: Store) -> None:
    """Wait until PostgreSQL has noticed that the writer is dead, and has rolled back what it had begun."""
    others = "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'"
    while not store.file:
        with store.reading() as connection:
            if not sql.value(connection, others):
                return
        time.sleep(0.02)


def memory() -> int:
    """Return the bytes of memory that this process has at the moment."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def test_a_large_model_never_is_in_memory(store: Store, tmp_path: Path) -> None:
    length = 200 * MIB if store.file else 40 * MIB
    blobs.put(store, cast("BinaryIO", Stream(3 * MIB, seed=1)))
    before, highest = memory(), 0

    class Watched(Stream):
        def read(self, size: int = -1) -> bytes:
            nonlocal highest
            highest = max(highest, memory())
            return super().read(size)

    digest = blobs.put(store, cast("BinaryIO", Watched(length)))
    for _ in blobs.get(store, digest):
        highest = max(highest, memory())

    assert blobs.size(store, digest) == length
    assert highest - before < 30 * MIB


def test_a_ledger_gets_its_turns_while_a_large_model_is_written(store: Store) -> None:
    waits = []
    with ThreadPoolExecutor(1) as threads:
        putting = threads.submit(blobs.put, store, io.BytesIO(os.urandom(64 * MIB)))
        while not putting.done():
            started = time.monotonic()
            with store.writing() as connection:
                connection.execute(update(blob).where(blob.c.size == -7).values(size=-7))
            waits.append(time.monotonic() - started)

    assert len(waits) >= 4
    assert max(waits) < 2


@pytest.mark.parametrize("at", [0, 7, LARGEST_PART - 3, LARGEST_PART, 3 * LARGEST_PART - 5, 3 * LARGEST_PART, 1 << 40])
@pytest.mark.parametrize("length", [0, 1, 10, LARGEST_PART + 20, 4 * LARGEST_PART])
def test_any_part_of_what_is_kept_can_be_read(store: Store, at: int, length: int) -> None:
    kept = content(3 * LARGEST_PART)
    read = blobs.reader(store, blobs.put(store, io.BytesIO(kept)))

    assert read(at, length) == kept[at : at + length]


def test_nothing_is_read_of_what_is_not_held(store: Store) -> None:
    with pytest.raises(InvalidInput, match="is not held here"):
        blobs.reader(store, Digest.of(b"nothing"))
