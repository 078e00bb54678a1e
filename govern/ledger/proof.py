"""The proof that one entry is in one log, as C2SP writes it (tlog-proof): a leaf's path and the checkpoint it leads to.

The entry is not in the proof: its bytes lie beside it, and the proof is only about those very bytes.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from govern.errors import InvalidInput
from govern.ledger.merkle import HASH_SIZE, Hash, check_inclusion, leaf_hash
from govern.ledger.note import Checkpoint, VerifierKey, open_checkpoint
from govern.ledger.strict import decode64, encode64, read_number

LONGEST_PATH = 63
"""A tree of fewer than 2**63 leaves is no deeper."""

_LAYOUT = re.compile(
    rb"c2sp\.org/tlog-proof@v1\n(?:extra ([^\n]+)\n)?index ([^\n]+)\n((?:[^\n]+\n){0,%d})\n(.+\n)" % LONGEST_PATH,
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Proof:
    """Where an entry stands, its path, the signed checkpoint as it came, and what else the log said, unsigned."""

    index: int
    path: tuple[Hash, ...]
    checkpoint: bytes
    extra: bytes | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.index < 2**63:
            raise InvalidInput(f"{self.index} is not the index of an entry")
        if len(self.path) > LONGEST_PATH or any(len(hash_) != HASH_SIZE for hash_ in self.path):
            raise InvalidInput(f"a path is at most {LONGEST_PATH} hashes of {HASH_SIZE} bytes, this is not")
        if not self.checkpoint.endswith(b"\n"):
            raise InvalidInput("a proof ends in a checkpoint, this does not")
        if self.extra == b"":
            raise InvalidInput("an extra line without anything in it is left out")

    @classmethod
    def parse(cls, content: bytes) -> Self:
        layout = _LAYOUT.fullmatch(content)
        if not layout:
            raise InvalidInput("this is not a tlog-proof", hint="it begins with the line c2sp.org/tlog-proof@v1")
        extra, index, path, checkpoint = layout.groups()
        return cls(
            read_number(_text(index)),
            tuple(decode64(line) for line in _text(path).split("\n")[:-1]),
            checkpoint,
            None if extra is None else decode64(_text(extra)),
        )

    def __bytes__(self) -> bytes:
        extra = [] if self.extra is None else [f"extra {encode64(self.extra)}"]
        lines = ["c2sp.org/tlog-proof@v1", *extra, f"index {self.index}", *map(encode64, self.path), "", ""]
        return "\n".join(lines).encode() + self.checkpoint


def check_proof(proof: Proof, entry: bytes, keys: Sequence[VerifierKey], *, foreign: bool = False) -> Checkpoint:
    """Return the checkpoint signed with one of ``keys`` that ``entry``, byte for byte, is in; raise `Tampered` if it is not.

    The extra bytes are vouched for by nobody.
    """
    checkpoint = open_checkpoint(proof.checkpoint, keys, foreign=foreign)
    check_inclusion(leaf_hash(entry), proof.index, checkpoint.size, proof.path, checkpoint.root)
    return checkpoint


def _text(content: bytes) -> str:
    try:
        return content.decode("ascii")
    except UnicodeDecodeError:
        raise InvalidInput("a tlog-proof is ASCII above its checkpoint, this is not") from None
