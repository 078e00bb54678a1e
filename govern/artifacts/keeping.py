"""Files of a version: hashed and kept in one pass, never executed."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from govern.errors import InvalidInput
from govern.ledger.strict import Digest
from govern.record.manifest import DataSet
from govern.record.models import Artefact
from govern.storage import blobs
from govern.storage.store import Store


def keep(store: Store, paths: Sequence[Path]) -> tuple[Artefact, ...]:
    """Keep each file, and every file of each folder, and return them by name."""
    found = sorted((name, path) for given in paths for name, path in _files(given))
    names = [name for name, _ in found]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise InvalidInput(f"two artefacts are called {twice}", hint="put them into one folder, and name the folder")
    return tuple(_kept(store, name, path) for name, path in found)


def data_set(role: str, path: Path) -> DataSet:
    """Return a data set by its digest; the data itself stays where it is."""
    counted = _Counted(_opened(path))
    with counted.file:
        digest = Digest.of_stream(counted)
    return DataSet(role=role, name=path.name, size=counted.size, digest=digest)


class _Counted:
    """A file that counts what was read of it."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.size = 0

    def read(self, size: int = -1) -> bytes:
        content = self.file.read(size)
        self.size += len(content)
        return content


def _kept(store: Store, name: str, path: Path) -> Artefact:
    with _opened(path) as file:
        digest = blobs.put(store, file)
    return Artefact(name=name, size=blobs.size(store, digest), digest=digest)


def _files(given: Path) -> Iterator[tuple[str, Path]]:
    if not given.is_dir():
        yield given.name, given
        return
    for path in sorted(given.rglob("*")):
        if path.is_symlink():
            raise InvalidInput(f"{path} is a link", hint="put the file itself into the folder")
        if path.is_file():
            yield path.relative_to(given.parent).as_posix(), path


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror}", code="not_found") from None
