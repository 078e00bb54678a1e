"""An error at every step of an append, before it and after it: nothing acknowledged is lost, nothing is there twice."""

import errno
import os
from dataclasses import dataclass, field

import pytest

from govern.errors import GovernError, Unavailable
from govern.ledger.merkle import check_consistency
from govern.ledger.note import Checkpoint
from govern.storage.local import LocalLedger, Mode
from govern.storage.turn import Step
from tests.storage.bank import Bank, check_receipt, check_whole, released, review

MOMENTS = [f"{side} {step}" for step in Step for side in ("before", "after")]
WRITTEN_FROM = MOMENTS.index(f"after {Step.COMMIT}")


@dataclass
class Fault:
    """A disk that fails once, at one moment."""

    moment: str
    armed: bool = False
    seen: list[str] = field(default_factory=list)

    def __call__(self, moment: str) -> None:
        self.seen.append(moment)
        if self.armed and moment == self.moment:
            self.armed = False
            raise OSError(errno.EIO, os.strerror(errno.EIO))


def test_an_append_passes_its_ten_steps_in_their_order(bank: Bank) -> None:
    watch = Fault("never")
    ledger = bank.create(at=watch)
    watch.seen.clear()

    ledger.submit([review(ledger, "watched")])

    assert watch.seen == MOMENTS


@pytest.mark.parametrize("moment", MOMENTS)
def test_after_an_error_the_ledger_stops_and_opened_again_has_lost_nothing(bank: Bank, moment: str) -> None:
    fault = Fault(moment)
    ledger = bank.create(at=fault)
    receipts = ledger.submit([review(ledger, "first"), review(ledger, "second")])
    seen: list[Checkpoint] = [released(bank.lock)]
    statements = [review(ledger, "third"), review(ledger, "fourth")]

    fault.armed = True
    with pytest.raises((OSError, GovernError), match="Input/output error"):
        ledger.submit(statements)
    seen.append(released(bank.lock))

    if Step.CHECK not in moment:
        with pytest.raises(Unavailable, match="stopped appending after an error") as stop:
            ledger.submit([review(ledger, "fifth")])
        assert "open the ledger again" in stop.value.hint
        assert ledger.mode is Mode.RECOVERY
    reopened = bank.open()
    assert reopened.mode is Mode.WRITABLE
    assert reopened.registry.size == (5 if MOMENTS.index(moment) >= WRITTEN_FROM else 3)
    seen.append(released(bank.lock))
    again = reopened.submit(statements)
    assert [receipt.index for receipt in again] == [3, 4]
    seen.append(released(bank.lock))
    seen.extend(check_receipt(receipt.leaf, receipt.proof) for receipt in (*receipts, *again))
    require_one_history(reopened, seen)
    assert check_whole(bank) == 5


@pytest.mark.parametrize("moment", MOMENTS[2:])
def test_an_error_while_a_ledger_is_made_leaves_one_that_was_or_was_not(bank: Bank, moment: str) -> None:
    fault = Fault(moment, armed=True)
    with pytest.raises(Unavailable, match="Input/output error"):
        bank.create(at=fault)

    locked = bank.lock.exists()
    assert locked == (MOMENTS.index(moment) >= MOMENTS.index(f"after {Step.LOCK}"))
    if locked:
        assert bank.open().mode is Mode.WRITABLE
        assert check_whole(bank) == 1


def require_one_history(ledger: LocalLedger, seen: list[Checkpoint]) -> None:
    for old in seen:
        for new in seen:
            if old.size <= new.size:
                proof = ledger.consistency(old.size, new.size)
                check_consistency(old.size, old.root, new.size, new.root, proof)
