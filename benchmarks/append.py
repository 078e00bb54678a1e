"""How quickly a ledger grows: entry by entry, in batches, by many programs at once, and on PostgreSQL."""

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from statistics import median

from pymerkle import SqliteTree

from benchmarks.bank import Bank
from benchmarks.figure import Figure, Sizes, Skipped, beside, rate
from govern.storage import durable
from govern.storage.store import _SQLITE_SETTINGS
from tests import server

HERE = Path(__file__).parents[1]


def singly(sizes: Sizes, folder: Path) -> Iterator[Figure]:
    """Append one by one, beside what the disk takes for one SQLite commit and one replaced file of the same sizes."""
    bank = Bank.founded(folder / "bank")
    ours, bare = [], []
    with bank.open() as ledger, closing(_bare_database(folder / "bare.db")) as database:
        for _ in range(sizes.rounds):
            envelopes = bank.envelopes(ledger, sizes.singles)
            ours.append(rate(ledger.submit, [[one] for one in envelopes], sizes.singles))
            leaves = ledger.entries(ledger.registry.size - sizes.singles)
            commit = partial(_commit, database, folder / "lock", ledger.checkpoint())
            bare.append(rate(commit, list(leaves), sizes.singles))
    yield beside("append one by one", ours, "one SQLite commit, one file replaced", bare, least=0.4)


def batched(sizes: Sizes, folder: Path) -> Iterator[Figure]:
    """Append in batches, beside pymerkle: it keeps leaves and their hashes, verifies, signs and admits nothing."""
    bank = Bank.founded(folder / "bank")
    ours, single, bulk = [], [], []
    with bank.open() as ledger, closing(SqliteTree(str(folder / "pymerkle.db"))) as tree:
        for _ in range(sizes.rounds):
            given = [bank.envelopes(ledger, sizes.batch) for _ in range(sizes.batches)]
            count = sizes.batch * sizes.batches
            ours.append(rate(ledger.submit, given, count))
            leaves = list(ledger.entries(ledger.registry.size - count))
            some = leaves[: sizes.singles]
            single.append(rate(tree.append_entry, some, len(some)))
            chunks = [leaves[at : at + sizes.batch] for at in range(0, count, sizes.batch)]
            bulk.append(rate(tree.append_entries, chunks, count))
    name = f"append in batches of {sizes.batch}"
    yield beside(name, ours, "pymerkle SqliteTree.append_entry", single, least=5)
    yield beside(name, ours, "pymerkle SqliteTree.append_entries", bulk)


def writers(sizes: Sizes, folder: Path) -> Iterator[Figure]:
    yield from _writers(Bank.founded(folder / "bank"), sizes, "SQLite")


def postgresql(sizes: Sizes, folder: Path) -> Iterator[Figure | Skipped]:
    if server.binaries() is None:
        yield Skipped("append on PostgreSQL", server.MISSING)
        return
    with server.running() as superuser, server.fresh(superuser) as url:
        bank = Bank.founded(folder / "bank", url)
        single, batch = [], []
        with bank.open() as ledger:
            for _ in range(sizes.rounds):
                envelopes = bank.envelopes(ledger, sizes.singles)
                single.append(rate(ledger.submit, [[one] for one in envelopes], sizes.singles))
                batch.append(rate(ledger.submit, [bank.envelopes(ledger, sizes.batch)], sizes.batch))
        yield Figure("append one by one, PostgreSQL", median(single), "/s")
        yield Figure(f"append in batches of {sizes.batch}, PostgreSQL", median(batch), "/s")
        yield from _writers(bank, sizes, "PostgreSQL")


def _writers(bank: Bank, sizes: Sizes, where: str) -> Iterator[Figure]:
    """Let programs append one by one to one ledger at once; the fairness is the slowest one's share of the quickest's."""
    command = [sys.executable, "-P", "-m", "benchmarks.child", "write", str(bank.path), bank.url, str(sizes.seconds)]
    children = [
        subprocess.Popen([*command, str(number)], cwd=HERE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for number in range(sizes.writers)
    ]
    counts = []
    for child in children:
        assert child.stdout
        assert child.stdout.readline() == "ready\n"
    for child in children:
        assert child.stdin
        child.stdin.write("go\n")
        child.stdin.flush()
    for child in children:
        printed, _ = child.communicate()
        assert child.returncode == 0
        counts.append(json.loads(printed)["entries"])
    what = f"{sizes.writers} programs at once, {where}"
    yield Figure(what, sum(counts) / sizes.seconds, "/s")
    yield Figure(f"{what}: slowest beside quickest", min(counts), "entries", "", max(counts), min(counts) / max(counts))


def _bare_database(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    for name, value in _SQLITE_SETTINGS.items():
        connection.execute(f"PRAGMA {name} = {value}")
    connection.execute("CREATE TABLE bare (idx INTEGER PRIMARY KEY, data BLOB, note BLOB)")
    return connection


def _commit(database: sqlite3.Connection, lock: Path, note: bytes, leaf: bytes) -> None:
    database.execute("BEGIN IMMEDIATE")
    database.execute("INSERT INTO bare (data, note) VALUES (?, ?)", (leaf, note))
    database.execute("COMMIT")
    durable.replace(lock, note)
