"""Contents that entries name by their digest, wherever they are kept: whoever judges by them is given this to ask.

What is read comes whole into memory; what only has to be intact is hashed part by part, however large it is.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from govern.ledger.strict import Digest

Blob: TypeAlias = Callable[[Digest], bytes]
"""Return the content with a digest; raise `Tampered` if it is not held or differs."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept: a `Blob` that can also tell, without a word of it, that a content is intact."""

    read: Blob
    check: Callable[[Digest], object]
    """Raise as `read` does."""

    def __call__(self, digest: Digest) -> bytes:
        return self.read(digest)
