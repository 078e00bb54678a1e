"""The book: formats and mathematics, pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof that an entry was filed: its exact bytes, and a tlog-proof that a signed checkpoint holds them."""

    index: int
    leaf: bytes
    proof: bytes
