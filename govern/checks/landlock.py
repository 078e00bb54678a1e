"""Landlock: this process reads what it was given to read, and reaches no other file, port or process.

It needs no privilege, and cannot be taken back. Each version of the kernel's interface closes more; all that this kernel
knows of is closed.
"""

import ctypes
import os
import struct
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

SURE = 3
"""From this version on a file cannot be cut off either."""

_CREATE, _ADD, _RESTRICT = 444, 445, 446
_VERSION_ASKED = 1
_BENEATH = 1
_READ_FILE, _READ_FOLDER = 1 << 2, 1 << 3
_FILES = ((1, 13), (2, 14), (3, 15), (5, 16))
"""From which version on, how many rights to files there are; all of them are taken away."""
_PORTS = (4, 0b11)
_SCOPES = (6, 0b11)


def version(libc: ctypes.CDLL) -> int:
    """Return the version of the interface that this kernel has; none is 0."""
    return max(0, int(libc.syscall(ctypes.c_long(_CREATE), None, ctypes.c_size_t(0), ctypes.c_uint(_VERSION_ASKED))))


def restrict(libc: ctypes.CDLL, readable: Iterable[Path]) -> bool:
    """Leave this thread, and those it starts, only ``readable`` to read, for good; say whether this kernel can."""
    known = version(libc)
    if not known:
        return False
    files = max(count for since, count in _FILES if since <= known)
    asked = struct.pack(
        "=QQQ", (1 << files) - 1, *(rights if since <= known else 0 for since, rights in (_PORTS, _SCOPES))
    )
    # A kernel refuses what it does not know, zeros excepted.
    rules = libc.syscall(ctypes.c_long(_CREATE), asked, ctypes.c_size_t(len(asked)), ctypes.c_uint(0))
    if rules < 0:
        return False
    try:
        for path in readable:
            with suppress(FileNotFoundError, NotADirectoryError, PermissionError):
                _allow(libc, rules, path)
        return bool(libc.syscall(ctypes.c_long(_RESTRICT), ctypes.c_int(rules), ctypes.c_uint(0)) == 0)
    finally:
        os.close(rules)


def _allow(libc: ctypes.CDLL, rules: int, path: Path) -> None:
    opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rights = _READ_FILE | (_READ_FOLDER if path.is_dir() else 0)
        rule = struct.pack("=Qi", rights, opened)
        libc.syscall(ctypes.c_long(_ADD), ctypes.c_int(rules), ctypes.c_int(_BENEATH), rule, ctypes.c_uint(0))
    finally:
        os.close(opened)
