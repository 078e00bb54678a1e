"""The lock file: the last checkpoint that was signed, kept where a restored database does not reach it.

It is made with the ledger and never again: whoever loses it compares a checkpoint that was printed or remembered, and
says so with `govern log trust`. It only moves to a larger tree that begins with the one it holds.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TypeAlias

from govern.errors import GovernError, InvalidInput, Kind, Tampered, Unavailable
from govern.ledger.merkle import Hash, check_consistency
from govern.ledger.note import Checkpoint, VerifierKey, open_checkpoint
from govern.storage import durable

MISSING = "lock_missing"

_LARGEST = 65_536
_COMPARE = (
    "compare the ledger's checkpoint with one that was printed or remembered, then run `govern log trust CHECKPOINT`"
)
_RESTORE = (
    "restore a newer backup of the database; if there is none, what is missing is lost: "
    "compare a printed checkpoint, then run `govern log trust CHECKPOINT`"
)
_FORKED = "stop; keep database and lock file as they are, and find out which of them is the copy"

Proves: TypeAlias = Callable[[int, int], list[Hash]]
"""Return the consistency proof between two sizes of the database's tree."""


@dataclass(frozen=True, slots=True)
class Lock:
    """The lock file at ``path``, for checkpoints signed with one of ``keys``."""

    path: Path
    keys: tuple[VerifierKey, ...]

    def read(self, known: bytes = b"", checkpoint: Checkpoint | None = None) -> Checkpoint:
        """Return the checkpoint; one whose bytes are ``known`` is not verified again."""
        held = self._content()
        return checkpoint if checkpoint and held == known else self._opened(held)

    def create(self, note: bytes) -> None:
        """Write the first checkpoint of a new ledger."""
        durable.make_folder(self.path.parent)
        durable.create(self.path, note)

    def require_absent(self) -> None:
        if self.path.exists():
            raise InvalidInput(
                f"{self.path} is the lock of another ledger", hint="name a folder that holds no ledger", code="exists"
            )

    def advance(self, note: bytes, proves: Proves, continues: bytes = b"") -> None:
        """Replace the checkpoint by ``note``, if that is newer; raise `Tampered` unless one tree begins with the other.

        An append has just proved that ``note`` continues one checkpoint, ``continues``: that is not proved again.
        """
        # Compare and swap: two processes that committed one after the other may come here the other way round, and the
        # lock stays with the larger; a copy of the database that grew by itself meets here what the original signed.
        with self._held():
            held = self._content()
            if held == note:
                return
            if held != continues:
                locked, ours = self._opened(held), open_checkpoint(note, self.keys)
                compare(locked, ours, proves, self.path)
                if locked.size >= ours.size:
                    return
            durable.replace(self.path, note)

    def trust(self, note: bytes) -> None:
        """Replace whatever is there by ``note``, on the word of a person; what was there is kept beside it."""
        durable.make_folder(self.path.parent)
        with self._held():
            if self.path.exists():
                held = durable.read(self.path, "lock", _LARGEST)
                kept = self.path.with_name(f"{self.path.name}.before-{sha256(held).hexdigest()[:8]}")
                durable.replace(kept, held)
            durable.replace(self.path, note)

    def _held(self) -> AbstractContextManager[None]:
        return durable.exclusive(self.path.with_name(f"{self.path.name}.turn"))

    def _content(self) -> bytes:
        if not self.path.exists():
            raise Unavailable(f"the lock file {self.path} is missing", hint=_COMPARE, code=MISSING)
        return durable.read(self.path, "lock", _LARGEST)

    def _opened(self, held: bytes) -> Checkpoint:
        try:
            return open_checkpoint(held, self.keys)
        except GovernError as error:
            raise Tampered(
                f"the lock file {self.path} is no checkpoint of this ledger: {error}", hint=_COMPARE, kind=Kind.EDITED
            ) from error


def require_reached(locked: Checkpoint, head: Checkpoint, path: Path) -> None:
    """Raise `Tampered` if the database at ``head`` has not all that the lock file has seen."""
    require_size(head.size, locked.size, path)
    if head.size == locked.size and head.root != locked.root:
        raise Tampered(
            f"the database and the lock file {path} have {head.size} entries under different roots, "
            f"{head.root.hex()} and {locked.root.hex()}",
            kind=Kind.FORKED,
            hint=_FORKED,
        )


def require_size(size: int, seen: int, path: Path) -> None:
    if size < seen:
        raise Tampered(
            f"the database has {size} entries, the lock file {path} has seen {seen}",
            kind=Kind.ROLLED_BACK,
            hint=_RESTORE,
        )


def compare(one: Checkpoint, other: Checkpoint, proves: Proves, path: Path) -> None:
    """Raise `Tampered` unless the tree of one checkpoint begins with that of the other."""
    older, newer = sorted((one, other), key=lambda checkpoint: checkpoint.size)
    if older.origin != newer.origin:
        raise Tampered(
            f"the lock file {path} and the database are of {one.origin} and {other.origin}",
            kind=Kind.REPLACED,
            hint=_COMPARE,
        )
    proof = proves(older.size, newer.size)
    try:
        check_consistency(older.size, older.root, newer.size, newer.root, proof)
    except Tampered as error:
        raise Tampered(
            f"the database and the lock file {path} are not of one log: {error}",
            kind=Kind.FORKED,
            hint=_FORKED,
        ) from error
