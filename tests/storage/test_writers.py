"""Many writers at once, and writers that are killed: every acknowledged entry is there, once, where its receipt says."""

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from govern.errors import NotAllowed
from govern.ledger.merkle import leaf_hash
from govern.record.identity import Role
from govern.storage.local import LocalLedger, Mode
from tests.people import signed, trail_review
from tests.storage.bank import ADA, Bank, check_receipt, check_whole, review

WRITERS = 8
KILLS = 20


def run_writers(act: str, bank: Bank, folder: Path, count: int) -> dict[str, list[tuple[int, str]]]:
    """Return what each of the programs was acknowledged: index and leaf hash."""
    folder.mkdir()
    command = [
        sys.executable,
        "-m",
        "tests.storage.writers",
        act,
        bank.url,
        str(bank.lock),
        str(folder),
        str(count),
        "7",
    ]
    done = subprocess.run(
        command, cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return {
        file.name: [(int(index), hash_) for index, hash_ in map(str.split, file.read_text().splitlines())]
        for file in folder.iterdir()
    }


def require_acknowledged(bank: Bank, acknowledged: dict[str, list[tuple[int, str]]]) -> None:
    ledger = bank.open(pen=None)
    hashes = [leaf_hash(leaf).hex() for leaf in ledger.entries()]
    for index, hash_ in (entry for entries in acknowledged.values() for entry in entries):
        assert hashes[index] == hash_


def test_programs_that_write_at_once_all_get_their_turns(
    bank: Bank, ledger: LocalLedger, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    acknowledged = run_writers("race", bank, tmp_path / "acknowledged", WRITERS)

    counts = sorted(len(entries) for entries in acknowledged.values())
    record_property("entries per writer", counts)
    assert len(counts) == WRITERS
    assert check_whole(bank) == 1 + sum(counts)
    require_acknowledged(bank, acknowledged)
    assert bank.open().mode is Mode.WRITABLE
    assert counts[0] > 0
    # On a machine that is busy with something else the race is over after a few turns, which tell nothing of fairness.
    assert sum(counts) < 10 * WRITERS or counts[0] * 4 >= counts[-1]


def test_threads_that_write_at_once_share_turns(bank: Bank, ledger: LocalLedger) -> None:
    def write(number: int) -> list[int]:
        return [ledger.submit([review(ledger, f"{number} {count}")])[0].index for count in range(25)]

    with ThreadPoolExecutor(WRITERS) as pool:
        indexes = [index for mine in pool.map(write, range(WRITERS)) for index in mine]

    assert sorted(indexes) == list(range(1, WRITERS * 25 + 1))
    assert check_whole(bank) == WRITERS * 25 + 1
    assert len(list(ledger.checkpoints())) < WRITERS * 25


def test_a_refusal_reaches_only_the_thread_it_concerns(bank: Bank, ledger: LocalLedger) -> None:
    registry, root = ledger.registry, ledger.root()

    def write(number: int) -> bool:
        role = Role.VALIDATOR if number % 4 == 0 else Role.ADMINISTRATOR
        statement = signed(registry, root, trail_review(1), ADA, role=role, word=f"{number}")
        try:
            (receipt,) = ledger.submit([statement])
        except NotAllowed:
            return False
        check_receipt(receipt.leaf, receipt.proof)
        return True

    with ThreadPoolExecutor(WRITERS) as pool:
        filed = list(pool.map(write, range(64)))

    assert filed == [number % 4 != 0 for number in range(64)]
    assert check_whole(bank) == 1 + 48 + 1


def test_a_program_killed_at_any_moment_loses_nothing_that_it_acknowledged(
    bank: Bank, ledger: LocalLedger, tmp_path: Path
) -> None:
    acknowledged = run_writers("kill", bank, tmp_path / "acknowledged", KILLS)

    assert bank.open().mode is Mode.WRITABLE
    entries = check_whole(bank)
    require_acknowledged(bank, acknowledged)
    assert len(acknowledged) == KILLS
    assert sum(len(entries) for entries in acknowledged.values()) < entries
