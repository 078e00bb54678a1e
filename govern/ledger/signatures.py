"""Verify signatures in batches, which may run elsewhere: a key is found by its digest, whether it may sign is not asked here."""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import islice
from typing import TypeAlias

from govern.errors import Tampered
from govern.ledger.envelope import PAYLOAD_TYPE, Entry, pae
from govern.ledger.keys import PublicKey

BATCH = 512
BATCHES_AHEAD = 8

Job: TypeAlias = tuple[int, bytes, tuple[tuple[bytes, bytes], ...]]
"""An entry's index, the message that was signed, and each signature with the public key it claims."""

Verifier: TypeAlias = Callable[[list[Job]], Callable[[], int | None]]
"""Begin to verify a batch; what is returned waits, and says which entry is the first that fails, if any."""


def first_failure(jobs: Sequence[Job]) -> int | None:
    """Return the first entry with a signature that does not fit; for a worker process, too."""
    for index, message, signatures in jobs:
        try:
            for spki, signature in signatures:
                _public(spki).verify(signature, message)
        except Tampered:
            return index
    return None


def verify_here(jobs: list[Job]) -> Callable[[], int | None]:
    """Verify a batch at once, in this process."""
    found = first_failure(jobs)
    return lambda: found


def first_unfit(jobs: Iterable[Job], verify: Verifier) -> int | None:
    """Return the first of ``jobs`` with a signature that does not fit; a few batches are under way at a time."""
    stream = iter(jobs)
    waiting: deque[Callable[[], int | None]] = deque()
    while batch := list(islice(stream, BATCH)):
        waiting.append(verify(batch))
        if len(waiting) >= BATCHES_AHEAD and (failed := waiting.popleft()()) is not None:
            return failed
    return next((failed for wait in waiting if (failed := wait()) is not None), None)


def job(entry: Entry, publics: Sequence[PublicKey]) -> Job:
    signatures = tuple(
        (public.spki, signature.sig) for public, signature in zip(publics, entry.envelope.signatures, strict=True)
    )
    return entry.index, pae(PAYLOAD_TYPE, entry.envelope.payload), signatures


@lru_cache(maxsize=4096)
def _public(spki: bytes) -> PublicKey:
    return PublicKey(spki)
