"""Hashes files and keeps them, a part at a time: memory stays flat however large a file is and however many there are.

An event has to fit into one entry of the ledger. As long as it does, a folder is kept file by file; where there are too
many names, it is kept as one tar archive, which the ledger, its gates and its backups treat like any other file.
"""

import os
from collections.abc import Container, Sequence
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, cast

from govern.artifacts.folder import CHUNK, File, Packed, changed, file_at, files, is_folder, opened, require_apart
from govern.artifacts.inspection import inspect
from govern.artifacts.source import Inspection
from govern.errors import InvalidInput
from govern.ledger.strict import Digest, canonical
from govern.record.manifest import DataSet
from govern.record.models import Artefact
from govern.storage import blobs
from govern.storage.store import Store

MOST_NAMED = 200
ROOM = 45_000
"""How many bytes of an event its artefacts may take, so that its entry stays below 65,535."""
NOT_HELD = Inspection("not held here")
"""What there is to say of an artefact that was registered by reference."""

_LARGE, _STEP = 1 << 30, 1 << 24
_ANY = "sha256:" + "0" * 64


def keep(store: Store, paths: Sequence[Path]) -> tuple[Artefact, ...]:
    """Keep each file, and every file of each folder, and return them by name."""
    given = [(path, files(path)) for path in paths]
    require_apart(one.name for _, found in given for one in found)
    if _fits([(one.name, one.size) for _, found in given for one in found]):
        kept = [_kept(store, one) for _, found in given for one in found]
        return tuple(sorted(kept, key=lambda one: one.name))
    names = [f"{found[0].name.partition('/')[0]}.tar" if is_folder(path) else found[0].name for path, found in given]
    require_apart(names)
    if not _fits([(name, 0) for name in names]):
        raise InvalidInput(
            f"{len(names):,} names are too many or too long for one entry of the ledger",
            hint="put the files into one folder, and name the folder",
        )
    kept = [
        _packed(store, name, path, found) if is_folder(path) else _kept(store, *found)
        for name, (path, found) in zip(names, given, strict=True)
    ]
    return tuple(sorted(kept, key=lambda one: one.name))


def refer(paths: Sequence[Path]) -> tuple[Artefact, ...]:
    """Hash each file, and every file of each folder, and return them by name; they stay where they are."""
    found = [one for path in paths for one in files(path)]
    require_apart(one.name for one in found)
    if not _fits([(one.name, one.size) for one in found], by_reference=True):
        raise InvalidInput(
            f"{len(found):,} files are too many, or their names too long, to be named in one entry of the ledger",
            hint="pack them into one file, and register that; without --by-reference a folder is kept as one archive",
        )
    named = (Artefact(name=one.name, size=one.size, digest=digest_of(one), by_reference=True) for one in found)
    return tuple(sorted(named, key=lambda one: one.name))


def data_set(role: str, path: Path) -> DataSet:
    """Return a data set by its digest; the data itself stays where it is."""
    one = file_at(path)
    return DataSet(role=role, name=one.name, size=one.size, digest=digest_of(one))


def digests(paths: Sequence[Path], archives: Container[str] = ()) -> list[tuple[str, Digest]]:
    """Return the files under their names, with their digests; a folder whose archive is among ``archives`` as that one."""
    found: list[tuple[str, Digest]] = []
    for path in paths:
        under = files(path)
        archive = f"{under[0].name.partition('/')[0]}.tar"
        if is_folder(path) and archive in archives:
            found.append((archive, _digest_packed(under)))
        else:
            found += [(one.name, digest_of(one)) for one in under]
    return found


def kept(store: Store, name: str, size: int, digest: Digest) -> Inspection:
    """Return what a kept file is; only what that takes of it is read."""
    if not blobs.has(store, digest):
        return Inspection("missing", flags=("it was kept, and is gone",))
    return inspect(blobs.reader(store, digest), size, name)


def digest_of(one: File) -> Digest:
    """Return the digest of a file, if it stays what it was while it is read."""
    hashed, buffer = sha256(), memoryview(bytearray(CHUNK))
    with one.opened() as file:
        while count := file.readinto(buffer):  # type: ignore[attr-defined]  # a file without a buffer of its own
            hashed.update(buffer[:count])
            if one.size > _LARGE:
                _let_go(file.fileno(), file.tell())
        _require_unchanged(one, file.fileno())
    return Digest(hashed.digest())


def _let_go(descriptor: int, read: int) -> None:
    """Let the system forget what was read: a large file that is read once would push everything else out of memory."""
    if hasattr(os, "posix_fadvise") and read % _STEP == 0:
        os.posix_fadvise(descriptor, read - _STEP, _STEP, os.POSIX_FADV_DONTNEED)


def _kept(store: Store, one: File) -> Artefact:
    with one.opened() as file:
        digest = blobs.put(store, file)
        _require_unchanged(one, file.fileno())
    return Artefact(name=one.name, size=one.size, digest=digest)


def _packed(store: Store, name: str, path: Path, found: Sequence[File]) -> Artefact:
    """Keep a folder as one archive; a file that comes, goes or changes meanwhile is a refusal."""
    digest = blobs.put(store, cast("BinaryIO", Packed(found)))
    if files(path) != found:
        raise changed(path)
    return Artefact(name=name, size=blobs.size(store, digest), digest=digest)


def _digest_packed(found: Sequence[File]) -> Digest:
    hashed, packed = sha256(), Packed(found)
    while part := packed.read(CHUNK):
        hashed.update(part)
    return Digest(hashed.digest())


def _require_unchanged(one: File, descriptor: int) -> None:
    """Raise `Tampered` if the file that was read, or the one that its name now leads to, is not the one that was found."""
    with opened(one.path) as again:
        found = {File.found(one.name, one.path, state) for state in (os.fstat(descriptor), os.fstat(again.fileno()))}
    if found != {one}:
        raise changed(one.path)


def _fits(found: Sequence[tuple[str, int]], *, by_reference: bool = False) -> bool:
    """Return whether one event can name the files; it does so twice, as its own and as in-toto's subjects."""
    mark = {"byReference": True} if by_reference else {}
    if len(found) > MOST_NAMED:
        return False
    room = sum(
        len(canonical({"digest": _ANY, "name": name, "size": size, **mark}))
        + len(canonical({"digest": {"sha256": _ANY[7:]}, "name": name}))
        + 2
        for name, size in found
    )
    return room <= ROOM
