"""What is asked of a ledger that is there: to open it, to prove an entry, to verify a proof, to export, to say what it can."""

import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks.bank import Bank
from benchmarks.figure import Figure, Sizes, seconds
from govern import connection
from govern.connection import Near
from govern.ledger.proof import Proof, check_proof
from govern.storage.store import Store
from tests.people import LOG_KEY

PROOFS = 200


def reading(sizes: Sizes, folder: Path) -> Iterator[Figure]:
    bank = Bank.founded(folder / "bank")
    with bank.open() as ledger:
        bank.grow(ledger, sizes.entries, sizes.batch)
    yield from of(bank, sizes)
    yield from _export(bank, sizes, folder / "export")


def of(bank: Bank, sizes: Sizes) -> Iterator[Figure]:
    """Measure what takes longer the larger a ledger is, if done wrong."""
    opening = median(seconds(_open, [bank] * sizes.rounds))
    with bank.open() as ledger:
        size = ledger.registry.size
        indexes = random.Random(7).sample(range(size), min(PROOFS, size))
        proving = median(seconds(ledger.prove, indexes))
        proved = [(ledger.prove(index), ledger.leaf(index)) for index in indexes]
    yield Figure(f"open a ledger of {size:,} entries", opening * 1000, "ms", most=1000)
    yield Figure(f"prove one of {size:,} entries", proving * 1000, "ms", most=1)
    yield Figure("verify a proof and its checkpoint", median(seconds(_check, proved)) * 1000, "ms")


def help_(sizes: Sizes, folder: Path) -> Iterator[Figure]:
    installed = Path(sys.executable).with_name("govern")
    govern = [str(installed)] if installed.exists() else [sys.executable, "-P", "-m", "govern.cli"]
    run = partial(subprocess.run, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    ours = median(seconds(run, [[*govern, "--help"]] * sizes.rounds))
    bare = median(seconds(run, [[sys.executable, "-c", ""]] * sizes.rounds))
    yield Figure("govern --help", ours * 1000, "ms", "python -c ''", bare * 1000, most=150)


def _export(bank: Bank, sizes: Sizes, folder: Path) -> Iterator[Figure]:
    with bank.open() as ledger, closing(Store.open(bank.url)) as store:
        export = partial(connection.export, Near(bank.folder, store, ledger))
        taken = median(seconds(export, [folder / str(turn) for turn in range(sizes.rounds)]))
    yield Figure("export as tlog-tiles", sizes.entries / taken, "/s")


def _open(bank: Bank) -> None:
    with bank.open():
        pass


def _check(proved: tuple[Proof, bytes]) -> None:
    proof, leaf = proved
    check_proof(proof, leaf, [LOG_KEY])
