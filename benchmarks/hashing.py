"""What reading a file to hash it costs, beside the digest of bytes that are in memory already; and what keeping it costs."""

import os
from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from pathlib import Path

from benchmarks.figure import Figure, Sizes, beside, seconds
from govern.artifacts.folder import CHUNK, file_at
from govern.artifacts.keeping import digest_of, keep
from govern.storage.store import Store


def hashing(sizes: Sizes, folder: Path) -> Iterator[Figure]:
    path = folder / "model.bin"
    with path.open("wb") as file:
        for _ in range(sizes.mebibytes):
            file.write(os.urandom(1 << 20))
    one, content = file_at(path), os.urandom(CHUNK)
    digest_of(one)  # so that the disk is measured in no round
    ours, bare = [], []
    for _ in range(sizes.rounds):
        ours.append(sizes.mebibytes / seconds(digest_of, [one])[0])
        bare.append(sizes.mebibytes / seconds(_digest, [(content, sizes.mebibytes)])[0])
    yield beside("hash a file, MiB", ours, "sha256 alone", bare, least=0.8)
    with closing(Store.create(f"sqlite:///{folder}/kept/ledger.db")) as store:
        taken = seconds(lambda found: keep(store, [found]), [path])[0]
    yield Figure("keep a file, MiB", sizes.mebibytes / taken, "/s")


def many(sizes: Sizes, folder: Path) -> Iterator[Figure]:
    """Measure how long a folder of small files takes to keep."""
    for number in range(sizes.files):
        path = folder / "model" / f"{number // 1000:03}" / f"{number:06}.bin"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"%d" % number * 200)
    with closing(Store.create(f"sqlite:///{folder}/kept/ledger.db")) as store:
        taken = seconds(lambda found: keep(store, [found]), [folder / "model"])[0]
    yield Figure(f"keep a folder of {sizes.files:,} files", sizes.files / taken, "/s")


def _digest(given: tuple[bytes, int]) -> bytes:
    content, times = given
    hashed = sha256()
    for _ in range(times):
        hashed.update(content)
    return hashed.digest()
