"""Files that are there whole or not at all, also after a power cut, and a lock between processes.

Content goes to a new file beside its place, is flushed to the disk, moved, and then the folder is flushed: the order that
POSIX needs before a name and its bytes may be relied on. Permissions are those asked for, less the user's umask.
"""

import errno
import os
import secrets
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from govern.errors import InvalidInput, Unavailable

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
_NO_HARD_LINKS = {errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK}


def replace(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Write ``content`` to ``path``, whatever file was there before."""
    require_file(path)
    with _staged(path, mode, os.replace) as file:
        file.write(content)


def create(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Write ``content`` to ``path``, where nothing may be yet."""
    with created(path, mode) as file:
        file.write(content)


@contextmanager
def created(path: Path, mode: int = 0o644) -> Iterator[BinaryIO]:
    """Give a file to write and read that appears at ``path``, where nothing may be yet, if the block ends without error."""
    with _staged(path, mode, _claim) as file:
        yield file


def move(source: Path, target: Path) -> None:
    """Let ``source``, written by this module, take the place of ``target`` in the same folder."""
    try:
        source.replace(target)
        flush_folder(target.parent)
    except OSError as error:
        raise _unwritable(target, error) from error


def remove(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
        flush_folder(path.parent)
    except OSError as error:
        raise _unwritable(path, error) from error


def make_folder(path: Path, mode: int = 0o755) -> None:
    """Make the folder and those above it, where they are missing; ``mode`` is for the last one."""
    try:
        path.mkdir(mode, parents=True, exist_ok=True)
        flush_folder(path.parent)
    except OSError as error:
        raise _unwritable(path, error) from error


def read(path: Path, what: str, most: int) -> bytes:
    """Return what is in ``path``, a file that the user named; it is ``what`` in messages and has ``most`` bytes."""
    require_file(path)
    try:
        with path.open("rb") as file:
            content = file.read(most + 1)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        raise InvalidInput(
            f"there is no {what} {path}", hint="check its name, and the folder you are in", code="not_found"
        ) from None
    except OSError as error:
        raise Unavailable(f"{path} cannot be read: {error.strerror or error}") from error
    if len(content) > most:
        raise InvalidInput(f"{path} is too large to be a {what}: it has more than {most} bytes")
    return content


def require_file(path: Path) -> None:
    """Raise `InvalidInput` for what is there and is no file: a device may never end, and is not to be replaced by a file."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return  # whoever opens it says it better
    if not stat.S_ISREG(mode):
        raise InvalidInput(
            f"{path} is not a file but a {'folder' if stat.S_ISDIR(mode) else 'device or a pipe'}",
            hint="name a file",
            code="not_a_file",
        )


def taken(path: Path) -> InvalidInput:
    return InvalidInput(f"{path} exists already", hint="nothing was written; name another file", code="exists")


def flush_folder(folder: Path) -> None:
    """Flush the names in ``folder`` to the disk; Windows has no such call, and journals them."""
    if sys.platform != "win32":
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold ``path``, a side file that is made and never removed, against every other process and thread; wait for it."""
    descriptor = -1
    try:
        # Never removed: whoever waits for a removed file would hold a lock that nobody else sees.
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        _wait_for(descriptor)
    except OSError as error:
        if descriptor >= 0:
            os.close(descriptor)
        raise _unwritable(path, error) from error
    try:
        yield
    finally:
        os.close(descriptor)


@contextmanager
def _staged(path: Path, mode: int, place: Callable[[Path, Path], None]) -> Iterator[BinaryIO]:
    part = path.with_name(f".{path.name}.{secrets.token_hex(8)}.part")
    try:
        with os.fdopen(os.open(part, _NEW, mode), "w+b") as file:
            yield file
            file.flush()
            _flush(file.fileno())
        place(part, path)
        flush_folder(path.parent)
    except FileExistsError:
        raise taken(path) from None
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _claim(part: Path, path: Path) -> None:
    """Move ``part`` to ``path`` unless that exists; a rename alone would overwrite what another process just made."""
    try:
        path.hardlink_to(part)
    except OSError as error:
        if error.errno not in _NO_HARD_LINKS:
            raise
        # Without hard links the name is taken first; only a crash right here leaves an empty file.
        os.close(os.open(path, _NEW, 0o600))
        part.replace(path)


def _flush(descriptor: int) -> None:
    if sys.platform == "darwin":
        # fsync on macOS leaves the bytes in the drive's own cache.
        fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
    else:
        os.fsync(descriptor)


def _wait_for(descriptor: int) -> None:
    if sys.platform == "win32":
        while True:
            # LK_LOCK gives up after ten seconds.
            with suppress(OSError):
                msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)
                return
    else:
        fcntl.flock(descriptor, fcntl.LOCK_EX)


def _unwritable(path: Path, error: OSError) -> Unavailable:
    return Unavailable(
        f"{path} cannot be written: {error.strerror or error}",
        hint="see that the folder exists, is yours and has space",
    )
