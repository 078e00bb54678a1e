"""Numbers from outside at a desk: read, held against what the policies ask for, and filed under the name of who brings them."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from govern import review
from govern.desk import Desk
from govern.ledger import Receipt
from govern.ledger.strict import Digest
from govern.policy.evidence import Evidence
from govern.policy.outside import Outside, evidence_of, read_outside
from govern.record.inventory import Version

NO_SANDBOX = "none"


@dataclass(frozen=True, slots=True)
class Brought:
    """Numbers as somebody brings them, and the digest of what they stand in."""

    numbers: Outside
    digest: Digest

    @classmethod
    def of(cls, source: str, on: date, values: list[tuple[str, str]], n: int) -> "Brought":
        numbers = Outside.of(source, on, values, n)
        return cls(numbers, numbers.digest)

    @classmethod
    def read(cls, path: Path, content: bytes) -> "Brought":
        return cls(read_outside(content, str(path)), Digest.of(content))


def record(desk: Desk, one: Version, brought: Brought) -> tuple[Receipt, Evidence]:
    """File numbers from outside as evidence of a version, signed by whoever brings them."""
    policies = [rules.policy for rules in review.dossier_of(desk, one).policies]
    evidence = evidence_of(policies, brought.numbers, desk.clock().date(), one.digest)
    return review.record_evidence(desk, one, evidence, brought.digest, {}, NO_SANDBOX), evidence
