"""What a process gives up before it reads a byte of a model, as far as this system has the means.

The limits say what holds it: ``process.rlimits.landlock.seccomp`` is everything, and each word is left out where it is not
so. None of it needs a privilege, none can be taken back, and all of it holds for whatever the process starts. It is done
while there is one thread.
"""

import ctypes
import os
import site
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

from govern.checks import landlock, seccomp

_LINUX = "linux"
_IS_64_BIT = sys.maxsize > 1 << 32
"""A program of 32 bits has other calls than the machine it runs on."""
_FILES = 256
_GRACE = 2
"""Seconds of computing from the signal that it is late to the one that nobody ignores."""
_SET_DEATH_SIGNAL, _SET_DUMPABLE, _SET_NO_NEW_PRIVILEGES = 1, 4, 38
_SIGKILL = 9
_CAPABILITIES = struct.pack("=Ii", 0x20080522, 0)
_READ_ANY = 1 << 2


def confine(memory: int, seconds: int) -> str:
    """Give up what can be given up here, and return what holds this process from now on."""
    levels = ["process"]
    if _limit(memory, seconds):
        levels.append("rlimits")
    if sys.platform == _LINUX:
        levels += _close_doors()
    return ".".join(levels)


def holds(level: str) -> bool:
    """Say whether a stranger's program may run in a process that is held like this."""
    return not {"landlock", "seccomp"}.isdisjoint(level.split("."))


def _limit(memory: int, seconds: int) -> bool:
    try:
        import resource  # noqa: PLC0415  not on Windows
    except ImportError:
        return False
    limits = [
        (resource.RLIMIT_AS, memory, memory),
        (resource.RLIMIT_CPU, seconds, seconds + _GRACE),
        (resource.RLIMIT_FSIZE, 0, 0),
        (resource.RLIMIT_CORE, 0, 0),
        (resource.RLIMIT_NOFILE, _FILES, _FILES),
    ]
    for which, *most in limits:
        _, hard = resource.getrlimit(which)
        soft, hard = (one if hard == resource.RLIM_INFINITY else min(one, hard) for one in most)
        resource.setrlimit(which, (soft, hard))
    return True


def _close_doors() -> Iterator[str]:
    libc = ctypes.CDLL(None, use_errno=True)
    _prctl(libc, _SET_NO_NEW_PRIVILEGES, 1)
    _prctl(libc, _SET_DUMPABLE, 0)
    _drop_capabilities(libc)
    _prctl(libc, _SET_DEATH_SIGNAL, _SIGKILL)
    is_read_only = landlock.restrict(libc, _readable())
    is_sure = landlock.version(libc) >= landlock.SURE
    # Last: it forbids what the rest is done with.
    is_filtered = _IS_64_BIT and seccomp.restrict(libc, os.uname().machine, os.getpid())
    if is_read_only and (is_sure or is_filtered):
        yield "landlock"
    if is_filtered:
        yield "seccomp"


def _prctl(libc: ctypes.CDLL, what: int, value: int) -> None:
    libc.prctl(ctypes.c_int(what), *(ctypes.c_ulong(one) for one in (value, 0, 0, 0)))


def _drop_capabilities(libc: ctypes.CDLL) -> None:
    """Keep of what root may do only to read, which Landlock then narrows: libraries may be another user's."""
    held = ctypes.create_string_buffer(24)
    if libc.capget(_CAPABILITIES, held) == 0:
        _, permitted, *_ = struct.unpack("=6I", held.raw)
        kept = permitted & _READ_ANY
        libc.capset(_CAPABILITIES, struct.pack("=6I", kept, kept, 0, 0, 0, 0))


def _readable() -> Iterator[Path]:
    """Give what Python, its libraries and this package are read from; nothing else is."""
    yield Path(os.__file__).parent
    yield from map(Path, site.getsitepackages())
    for root in {sys.prefix, sys.base_prefix, "/", "/usr", "/usr/local"}:
        yield from (Path(root, name) for name in ("lib", "lib64"))
    yield Path(__file__).parents[1]
    yield from map(Path, ("/etc/ld.so.cache", "/usr/share/zoneinfo", "/dev/null", "/dev/urandom"))
