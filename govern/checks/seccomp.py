"""Seccomp: the kernel asks a small program of each system call whether this process may make it.

The program knows two machines. A call of any other architecture ends the process; one that is not listed is refused with
EPERM, which Python tells as a `PermissionError`.
"""

import ctypes
import struct
from collections.abc import Mapping

from govern.checks.calls import CALLS, CLONE3, LAST, Only, conditions

MACHINES: Mapping[str, tuple[int, int]] = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
"""Which number of `CALLS` holds on a machine, and what the kernel calls its architecture."""

_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16
_LOAD, _AND, _IS, _IS_LEAST, _RETURN = 0x20, 0x54, 0x15, 0x35, 0x06
_ALLOW, _KILL, _ERROR = 0x7FFF0000, 0x80000000, 0x00050000
_EPERM, _ENOSYS = 1, 38
_SET_SECCOMP, _FILTER = 22, 2


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def restrict(libc: ctypes.CDLL, machine: str, pid: int) -> bool:
    """Let this process make the listed calls only, for good; say whether this kernel and machine can."""
    if machine not in MACHINES:
        return False
    return install(libc, program(machine, pid))


def install(libc: ctypes.CDLL, instructions: bytes) -> bool:
    """Put a program before each system call of this thread and those it starts."""
    asked = _Program(len(instructions) // 8, instructions)
    return bool(libc.prctl(_SET_SECCOMP, ctypes.c_ulong(_FILTER), ctypes.byref(asked)) == 0)


def program(machine: str, pid: int) -> bytes:
    """Return the instructions that let through what is listed, made by the process ``pid``."""
    place, architecture = MACHINES[machine]
    asked = conditions(pid)
    parts = [_op(_LOAD, _ARCHITECTURE), _op(_IS, architecture, 1, 0), _end(_KILL), _op(_LOAD, _NUMBER)]
    for name, numbers in CALLS.items():
        number = numbers[place]
        if number is None:
            continue
        inner = [instruction for only in asked.get(name, ()) for instruction in _unless(only)]
        parts += [_op(_IS, number, 0, len(inner) + 1), *inner, _end(_ALLOW)]
    # The second numbering of x86_64 begins far above.
    parts += [_op(_IS, CLONE3, 1, 0), _op(_IS_LEAST, LAST + 1, 0, 1), _end(_ERROR | _ENOSYS), _end(_ERROR | _EPERM)]
    return b"".join(parts)


def _unless(only: Only) -> list[bytes]:
    """Return the instructions that end with EPERM unless an argument is as it has to be, and else go on."""
    load = _op(_LOAD, _ARGUMENTS + 8 * only.argument + 4 * only.is_high)
    count = len(only.values)
    found = [_op(_IS, value, count - place, 0) for place, value in enumerate(only.values)]
    return [load, _op(_AND, only.mask), *found, _end(_ERROR | _EPERM)]


def _op(code: int, value: int, then: int = 0, otherwise: int = 0) -> bytes:
    return struct.pack("=HBBI", code, then, otherwise, value)


def _end(verdict: int) -> bytes:
    return _op(_RETURN, verdict)
