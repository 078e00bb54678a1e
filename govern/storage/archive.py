"""The file of a backup: a zip of parts, and a manifest that names each of them with its size and digest.

The same parts give the same bytes. Nothing is compressed, so that no part is larger than the file; a part is asked for by
the name it has to have, and none is ever unpacked to the path it claims.
"""

import re
import struct
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import IO, Any, BinaryIO, Self
from zipfile import ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from govern.errors import InvalidInput, Kind, Tampered
from govern.ledger.note import VerifierKey
from govern.ledger.strict import Digest, canonical, read_json

SCHEMA = "govern/backup/v1"
MANIFEST = "manifest.json"

_LARGEST = 1 << 28
"""What is read into memory at once: a bundle of entries, the identities, the manifest."""
_CHUNK = 1 << 20
_EPOCH = (1980, 1, 1, 0, 0, 0)
_TILE = r"tile/(?:entries|[0-9]{1,2})/(?:x[0-9]{3}/)*[0-9]{3}(?:\.p/[0-9]{1,3})?"
_NAME = re.compile(rf"log/(?:checkpoint|log\.vkey|{_TILE})|checkpoints|identities\.json|blobs/[0-9a-f]{{64}}")
_NO_ZIP = (BadZipFile, EOFError, NotImplementedError, OSError, RuntimeError, ValueError, struct.error)
"""What `zipfile` raises for files that are not, or no longer, what it would write."""


@dataclass(frozen=True, slots=True)
class Part:
    """How long a part is, and what it hashes to."""

    size: int
    digest: Digest


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says it holds."""

    vkey: VerifierKey
    anchor: str
    checkpoint: str
    """The signed note of the head that was backed up."""
    counts: dict[str, int]
    parts: dict[str, Part]

    @classmethod
    def parse(cls, content: bytes) -> Self:
        value = read_json(content)
        try:
            parts = {name: Part(int(one["size"]), Digest.parse(one["digest"])) for name, one in value["parts"].items()}
            read = cls(VerifierKey.parse(value["vkey"]), value["anchor"], value["checkpoint"], value["counts"], parts)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise InvalidInput(f"it lacks or misspells a field: {error}") from None
        if bytes(read) != content:
            raise InvalidInput(f"it is not one of the form {SCHEMA}")
        return read

    def __bytes__(self) -> bytes:
        value: dict[str, Any] = {
            "schema": SCHEMA,
            "origin": self.vkey.name,
            "vkey": str(self.vkey),
            "anchor": self.anchor,
            "checkpoint": self.checkpoint,
            "counts": self.counts,
            "parts": {name: {"size": part.size, "digest": str(part.digest)} for name, part in self.parts.items()},
        }
        return canonical(value)


class Writer:
    """A backup that is being written; `parts` says what is in it so far."""

    def __init__(self, file: BinaryIO) -> None:
        self.parts: dict[str, Part] = {}
        self._zip = ZipFile(file, "w", ZIP_STORED)

    def add(self, name: str, chunks: Iterable[bytes]) -> None:
        hashed, size = sha256(), 0
        # Every part could be a large one: its header has the same form whatever its size.
        with self._zip.open(ZipInfo(name, _EPOCH), "w", force_zip64=True) as part:
            for chunk in chunks:
                hashed.update(chunk)
                size += len(chunk)
                part.write(chunk)
        self.parts[name] = Part(size, Digest(hashed.digest()))

    def close(self) -> None:
        self._zip.close()


class Archive:
    """A backup that is being read: each part is what the manifest says, or `Tampered` is raised by its end."""

    def __init__(self, file: BinaryIO) -> None:
        try:
            self._zip = ZipFile(file)
        except _NO_ZIP as error:
            raise Tampered(
                f"the backup is cut short, or is none: {error}", kind=Kind.TRUNCATED, hint="take another copy of it"
            ) from None
        infos = self._zip.infolist()
        self._infos = {info.filename: info for info in infos}
        if len(self._infos) != len(infos):
            raise _edited("it holds two parts of one name")
        for info in infos:
            _require_plain(info)
        self.manifest = self._manifest()

    def chunks(self, name: str) -> Iterator[bytes]:
        """Give a part piece by piece; use nothing of it before the end."""
        hashed = sha256()
        with self.open(name) as part:
            while chunk := part.read(_CHUNK):
                hashed.update(chunk)
                yield chunk
        self.require(name, Digest(hashed.digest()))

    def read(self, name: str) -> bytes:
        """Return a part that fits into memory; raise `FileNotFoundError` if there is none of that name."""
        part = self.manifest.parts.get(name)
        if part is None:
            raise FileNotFoundError(name)
        if part.size > _LARGEST:
            raise _edited(f"{name} has {part.size} bytes, more than {_LARGEST}")
        return b"".join(self.chunks(name))

    def require(self, name: str, found: Digest) -> None:
        """Raise `Tampered` unless ``found`` is the digest that the manifest has for a part."""
        if found != self.manifest.parts[name].digest:
            raise _edited(f"{name} is {found}, the manifest says {self.manifest.parts[name].digest}")

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        try:
            with self._zip.open(self._infos[name]) as part:
                yield part
        except _NO_ZIP as error:
            raise _edited(f"{name} cannot be read: {error}") from None

    def _manifest(self) -> Manifest:
        info = self._infos.get(MANIFEST)
        if info is None or info.file_size > _LARGEST:
            raise _edited("it has no manifest")
        try:
            with self.open(MANIFEST) as file:
                manifest = Manifest.parse(file.read())
        except InvalidInput as error:
            raise _edited(f"its manifest is not readable: {error.message}") from None
        named, held = set(manifest.parts), set(self._infos) - {MANIFEST}
        for name in sorted(named ^ held):
            raise _edited(f"{name} is " + ("missing" if name in named else "not in the manifest"))
        for name, part in manifest.parts.items():
            if part.size != self._infos[name].file_size:
                raise _edited(f"{name} has {self._infos[name].file_size} bytes, the manifest says {part.size}")
        return manifest


def _require_plain(info: ZipInfo) -> None:
    """Raise `Tampered` for a part that we would not have written so: another name, compressed, encrypted."""
    if info.filename != MANIFEST and not _NAME.fullmatch(info.filename):
        raise _edited(f"it holds {info.filename[:80]!r}, which no backup does")
    if info.compress_type != ZIP_STORED or info.compress_size != info.file_size or info.flag_bits & 1:
        raise _edited(f"{info.filename} is compressed or encrypted, which no backup is")


def _edited(what: str) -> Tampered:
    return Tampered(
        f"the backup was edited: {what}", kind=Kind.EDITED, hint="take another copy of it, or an older backup"
    )
