"""The leaf of one decided case: what it says, and what is salted in it, so that nobody finds the case who lacks the salt.

A leaf is canonical JSON. The case's id and its inputs stand in it as digests with a salt of the case's own; the salt lies
beside the case in the firm's own file, and with it the link is erased.
"""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Any

import numpy as np

from govern.ledger.strict import canonical

SALT = 16
"""Bytes."""
_MISSING = b"\xff" * 8


def leaf(case: bytes, inputs: bytes, score: str, decision: str, codes: Sequence[str]) -> bytes:
    """Return the canonical JSON of a case; ids and inputs come as salted digests."""
    return canonical(
        {
            "case": f"sha256:{case.hex()}",
            "codes": list(codes),
            "decision": decision,
            "inputs": f"sha256:{inputs.hex()}",
            "score": score,
        }
    )


def salted(salt: bytes, content: bytes) -> bytes:
    return sha256(salt + content).digest()


def written(score: float) -> str:
    """Return a score to nine digits, halves to even, without zeros at the end."""
    text = f"{score:.9f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def inputs(batch: Any, features: Sequence[str], numbers: frozenset[str]) -> Iterator[bytes]:
    """Give of each row what a digest of its inputs is of: the names of the columns, numbers as doubles, then text."""
    its = [name for name in features if name in numbers]
    texts = [name for name in features if name not in numbers]
    head = sha256(canonical({"numbers": its, "text": texts})).digest()
    table = np.empty((batch.num_rows, len(its)), ">f8")
    for place, name in enumerate(its):
        # There is one zero, and one way of being no number.
        values = batch.column(name).to_numpy(zero_copy_only=False) + 0.0
        table[:, place] = np.where(np.isnan(values), np.nan, values)
    content, width = table.tobytes(), 8 * len(its)
    columns = [batch.column(name).to_pylist() for name in texts]
    for row in range(batch.num_rows):
        words = (_word(column[row]) for column in columns)
        yield b"".join((head, content[row * width : row * width + width], *words))


def _word(text: str | None) -> bytes:
    if text is None:
        return _MISSING
    content = text.encode()
    return len(content).to_bytes(8, "big") + content
