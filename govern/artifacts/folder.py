"""Which files there are, under which names, and whether they stayed what they were; folders as one stream.

A link that is named is followed, since somebody pointed at it; one that lies in a folder is refused, since nobody did.
"""

import io
import os
import re
import stat
import struct
import tarfile
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO, Self

from govern.errors import InvalidInput, Tampered

CHUNK = 1 << 20
MOST_FILES = 1_000_000
_LONGEST_NAME = 300
_JOINERS = frozenset("\u200c\u200d")  # without them some scripts cannot be written
_RECORD = 10_240  # what tar pads an archive to
_BLOCK = 512
_STAMP = struct.Struct(">QQQqq")


@dataclass(frozen=True, slots=True, order=True)
class File:
    """A file with the name it is recorded under, and what it was when it was found."""

    name: str
    place: str
    size: int
    stamp: bytes

    @classmethod
    def found(cls, name: str, path: Path, state: os.stat_result) -> Self:
        return cls(name, str(path), state.st_size, _stamp(state))

    @property
    def path(self) -> Path:
        return Path(self.place)

    def opened(self, *, follow: bool = True) -> BinaryIO:
        """Return the file, open for reading, and the very one that was found."""
        file = opened(self.path, follow=follow)
        if _stamp(os.fstat(file.fileno())) != self.stamp:
            file.close()
            raise changed(self.path)
        return file


def files(path: Path) -> tuple[File, ...]:
    """Return the file that is named, or every file of the folder, in the order of their names."""
    return tuple(sorted(_under(path)))


def require_apart(names: Iterable[str]) -> None:
    """Raise `InvalidInput` if two names read the same: two spellings of one letter do, and on some file systems are."""
    known: set[str] = set()
    for name in map(partial(unicodedata.normalize, "NFC"), names):
        if name in known:
            raise InvalidInput(f"two artefacts are called {name}", hint="put them into one folder, and name the folder")
        known.add(name)


def is_folder(path: Path) -> bool:
    # Path.is_dir() raises for a name that is too long.
    return os.path.isdir(path)  # noqa: PTH112


def file_at(path: Path) -> File:
    """Return one file that is named; a folder is refused."""
    with opened(path) as file:
        return File.found(_checked(path.absolute().name, path), path, os.fstat(file.fileno()))


def changed(path: Path) -> Tampered:
    return Tampered(f"{path} was changed while it was read", hint="see that nobody writes to it, then try again")


def opened(path: Path, *, follow: bool = True) -> BinaryIO:
    """Return a plain file, open for reading; a pipe or a device would never end, and is refused."""
    flags = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    if not follow:
        flags |= getattr(os, "O_NOFOLLOW", 0)
    try:
        file = open(path, "rb", buffering=0, opener=lambda name, _: os.open(name, flags))  # noqa: SIM115  the caller closes it
    except ValueError:
        raise InvalidInput(f"{str(path)!r} is not the name of a file", code="not_found") from None
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror}", code="not_found") from None
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise InvalidInput(f"{path} is not a file", hint="name a file with the content in it")
    return file


class Packed(io.RawIOBase):
    """Files as one tar archive, made while it is read: sorted, without times, owners and modes, so that it has one digest."""

    def __init__(self, found: Sequence[File]) -> None:
        super().__init__()
        self._files = found
        self.seek(0)

    def seekable(self) -> bool:
        return True

    def seek(self, at: int, whence: int = 0) -> int:
        """Begin again, which is all that is asked of it."""
        assert at == whence == 0
        self._parts, self._left, self._at = self._made(), b"", 0
        return 0

    def tell(self) -> int:
        return self._at

    def read(self, size: int = -1) -> bytes:
        if not self._left:
            gathered = bytearray()
            for part in self._parts:
                gathered += part
                if len(gathered) >= size:
                    break
            self._left = bytes(gathered)
        content, self._left = self._left[:size], self._left[size:]
        self._at += len(content)
        return content

    def _made(self) -> Iterator[bytes]:
        length = 0
        for one in self._files:
            header = tarfile.TarInfo(one.name)
            header.size = one.size
            head = header.tobuf(tarfile.PAX_FORMAT, "utf-8")
            padding = -one.size % _BLOCK
            yield head
            yield from _content(one)
            yield bytes(padding)
            length += len(head) + one.size + padding
        yield bytes(2 * _BLOCK + -(length + 2 * _BLOCK) % _RECORD)


def _content(one: File) -> Iterator[bytes]:
    """Give what is in a file, if it is as long as it was and stays what it was."""
    with one.opened(follow=False) as file:
        length = 0
        while part := file.read(CHUNK):
            length += len(part)
            if length > one.size:
                break
            yield part
        if length != one.size or _stamp(os.fstat(file.fileno())) != one.stamp:
            raise changed(one.path)


def _under(given: Path) -> Iterator[File]:
    if not is_folder(given):
        yield file_at(given)
        return
    top = Path(os.path.abspath(given))  # noqa: PTH100  resolve() would name what a link points to
    count, folders = 0, [(_checked(top.name, given), top)]
    while folders:
        prefix, folder = folders.pop()
        for entry in _entries(folder):
            path, name = Path(entry.path), _checked(f"{prefix}/{entry.name}", Path(entry.path))
            if entry.is_symlink():
                raise InvalidInput(f"{path} is a link", hint="put the file itself into the folder")
            if entry.is_dir(follow_symlinks=False):
                folders.append((name, path))
                continue
            if not entry.is_file(follow_symlinks=False):
                raise InvalidInput(f"{path} is neither a file nor a folder", hint="take it out of the folder")
            count += 1
            yield File.found(name, path, path.lstat())
            if count > MOST_FILES:
                raise InvalidInput(f"{given} holds more than {MOST_FILES:,} files", hint="pack it into one file")
    if not count:
        raise InvalidInput(f"{given} holds no files", hint="name a file, or a folder with files in it")


def _entries(folder: Path) -> list["os.DirEntry[str]"]:
    try:
        with os.scandir(folder) as found:
            return list(found)
    except OSError as error:
        raise InvalidInput(f"{folder} cannot be read: {error.strerror}", code="not_found") from None


def _checked(name: str, path: Path) -> str:
    """Return the name if it can be recorded, read and told from others."""
    hint = "give the file another name"
    if not name or name == "/":
        raise InvalidInput(f"{path} has no name", hint="name a file or a folder below it")
    try:
        name.encode()
    except UnicodeEncodeError:
        raise InvalidInput(f"the name {str(path)!a} is not UTF-8", hint=hint) from None
    if len(name) > _LONGEST_NAME:
        raise InvalidInput(
            f"the name {name[:40]}… has {len(name)} letters, the longest has {_LONGEST_NAME}",
            hint="give it a shorter one, or name the folder that it lies in",
        )
    odd = next((letter for letter in name if letter == "\\" or _is_unseen(letter)), None)
    if odd:
        said = "a backslash" if odd == "\\" else f"the character U+{ord(odd):04X}, which cannot be seen"
        raise InvalidInput(f"the name {re.sub('[^ -~]', '?', name)[:60]!r} holds {said}", hint=hint)
    return name


def _is_unseen(letter: str) -> bool:
    return unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Zl", "Zp"} and letter not in _JOINERS


def _stamp(state: os.stat_result) -> bytes:
    # A hundred thousand of these are held at once.
    return _STAMP.pack(state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns)
