"""Programs that write to one ledger: ``python -m tests.storage.writers race|kill URL LOCK FOLDER COUNT SEED``.

Each child writes down what was acknowledged, after it was; what the parent kills had no chance to tidy up.
"""

import os
import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg  # noqa: F401  what is loaded before the fork, no child has to load in its three seconds

from govern.ledger.merkle import leaf_hash
from govern.storage import engines  # noqa: F401  the same
from tests.storage.bank import Bank, review

RACE_SECONDS = 3.0


def main(act: str, url: str, lock: str, folder: str, count: str, seed: str) -> None:
    bank, acknowledged = Bank(url, Path(lock)), Path(folder)
    if act == "race":
        race(bank, acknowledged, int(count))
    else:
        kill(bank, acknowledged, int(count), random.Random(seed))


def race(bank: Bank, folder: Path, writers: int) -> None:
    """Let so many programs write for three seconds, all starting at once."""
    start = time.monotonic() + 1.5

    def run(number: int) -> None:
        ledger = bank.open()
        time.sleep(max(0.0, start - time.monotonic()))
        written = 0
        while time.monotonic() < start + RACE_SECONDS:
            receipts = ledger.submit([review(ledger, f"writer {number}, {written}")])
            acknowledge(folder / f"{number}", [(receipt.index, receipt.leaf) for receipt in receipts])
            written += 1
        ledger.close()

    children = [fork(run, number) for number in range(writers)]
    codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    sys.exit(0 if not any(codes) else f"writers ended with {codes}")


def kill(bank: Bank, folder: Path, kills: int, chance: random.Random) -> None:
    """Start a program that writes and kill it at some moment, so many times."""

    def run(number: int) -> None:
        ledger, written = bank.open(), 0
        while True:
            statements = [review(ledger, f"life {number}, {written}, {part}") for part in range(written % 3 + 1)]
            receipts = ledger.submit(statements)
            acknowledge(folder / f"{number}", [(receipt.index, receipt.leaf) for receipt in receipts])
            written += 1

    for number in range(kills):
        child = fork(run, number)
        while not (folder / f"{number}").exists():
            time.sleep(0.002)
            assert os.waitpid(child, os.WNOHANG) == (0, 0), "the writer ended by itself"
        time.sleep(chance.uniform(0, 0.06))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def acknowledge(file: Path, entries: list[tuple[int, bytes]]) -> None:
    with file.open("a") as lines:
        lines.writelines(f"{index} {leaf_hash(leaf).hex()}\n" for index, leaf in entries)


def fork(run: Callable[[int], None], number: int) -> int:
    child = os.fork()
    if child:
        return child
    try:
        run(number)
    except BaseException as error:  # noqa: BLE001  the child must never return into its parent's code
        print(f"writer {number}: {error!r}", file=sys.stderr, flush=True)  # noqa: T201  read by the test
        os._exit(1)
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
