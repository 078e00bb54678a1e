"""What travels between registrars: read back as it was written, and refused if it is anything else."""

import pytest

from govern.errors import InvalidInput
from govern.ledger.strict import canonical
from govern.record.pending import Pending
from tests.people import PaperLedger, trail_review
from tests.record.test_admission import ADA


def test_what_waits_is_read_as_it_was_written() -> None:
    paper = PaperLedger.founded("ada", "bea")
    pending = Pending(paper.sign(trail_review(1), ADA))

    assert Pending.parse(bytes(pending)) == pending
    assert pending.brings_in is None


@pytest.mark.parametrize(
    ("value", "message"),
    [
        pytest.param([], "not an event that waits", id="no object"),
        pytest.param({"schema": "govern/pending/v1"}, "not an event that waits", id="no envelope"),
        pytest.param({"schema": "govern/pending/v2", "envelope": {}}, "govern/pending/v2", id="another schema"),
        pytest.param({"schema": "govern/pending/v1", "envelope": {}}, "not a signed envelope", id="no signature"),
    ],
)
def test_what_does_not_wait_for_signatures_is_refused(value: object, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        Pending.parse(canonical(value))
