"""A version with a large artefact goes through its gates in little memory: what only has to be intact is not read whole."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from govern import catalogue, review
from govern.errors import Tampered
from govern.ledger.strict import Digest
from govern.storage import blobs
from tests.desk.test_review import NOTHING, Office, office

__all__ = ["office"]

LARGE = 200 << 20
MOVE = """
import random, re, sys
from datetime import datetime
from pathlib import Path
from govern import review
from govern.desk import Desk
from tests.people import Actor
from tests.storage.bank import Bank
def most():  # getrusage would tell of whoever started this, too
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
folder, now = Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2])
bank = Bank(f"sqlite:///{folder}/ledger/ledger.db", folder / "lock" / "checkpoint", now)
desk = Desk(bank.open(), bank.store(), bank.clock, random.Random(7).randbytes, (Actor("rae").pen,))
review.judged(desk, review.version(desk, "credit-risk@1"))
before = most()
large = review.version(desk, "credit-risk@2")
print(review.worth(desk, large, large.signed[0]))
review.move(desk, large, "approved", "go")
print(review.version(desk, "credit-risk@2").stage, most() - before >> 10)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no kernel that tells of memory")
def test_a_large_version_is_judged_and_moved_in_little_memory(office: Office, tmp_path: Path) -> None:
    large = office.file("large.bin", "")
    os.truncate(large, LARGE)
    catalogue.register_version(office.desk("dan"), "credit-risk", [large], NOTHING)
    review.submit(office.desk("dan"), office.one("credit-risk@2"))
    review.sign(office.desk("vic"), office.one("credit-risk@2"), "approved", "read")
    office.bank.wait(seconds=1)
    office.ledger.close()

    command = [sys.executable, "-c", MOVE, str(tmp_path), office.bank.now.isoformat()]
    ran = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)

    worth, stage, grown = ran.stdout.split()
    assert (worth, stage) == ("valid", "approved")
    assert int(grown) < 64


def test_what_is_only_checked_is_checked_to_the_last_byte(office: Office) -> None:
    digest = review.keep(office.desk("dan"), bytes(3 << 20))
    kept = blobs.kept(office.store)
    kept.check(digest)
    office.bank.tamper(f"UPDATE blob_part SET data = X'01' WHERE sha256 = X'{digest.value.hex()}' AND seq = 2")

    for ask in (kept, kept.read, kept.check):
        with pytest.raises(Tampered, match=f"the content kept as {digest} has "):
            ask(digest)
    assert kept(review.keep(office.desk("dan"), b"whole")) == b"whole"
    assert blobs.has(office.store, Digest.of(b"whole"))
