"""The system calls that a process with a model in it may make; whatever is not here is refused.

What is here works on memory, on time, on what is open already, and on files that are read. Nothing here makes a process, a
socket or a file, changes one, or reaches another process.
"""

from collections.abc import Mapping
from dataclasses import dataclass

CALLS: Mapping[str, tuple[int | None, int | None]] = {
    # What is open already.
    "close": (3, 57),
    "close_range": (436, 436),
    "dup": (32, 23),
    "dup2": (33, None),
    "dup3": (292, 24),
    "fadvise64": (221, 223),
    "fcntl": (72, 25),
    "fstat": (5, 80),
    "fstatfs": (138, 44),
    "getdents64": (217, 61),
    "ioctl": (16, 29),
    "lseek": (8, 62),
    "poll": (7, None),
    "ppoll": (271, 73),
    "pread64": (17, 67),
    "pselect6": (270, 72),
    "read": (0, 63),
    "readv": (19, 65),
    "select": (23, None),
    "write": (1, 64),
    "writev": (20, 66),
    # Files to be read.
    "access": (21, None),
    "faccessat": (269, 48),
    "faccessat2": (439, 439),
    "getcwd": (79, 17),
    "lstat": (6, None),
    "newfstatat": (262, 79),
    "open": (2, None),
    "openat": (257, 56),
    "readlink": (89, None),
    "readlinkat": (267, 78),
    "stat": (4, None),
    "statfs": (137, 43),
    "statx": (332, 291),
    # Memory.
    "brk": (12, 214),
    "get_mempolicy": (239, 236),
    "madvise": (28, 233),
    "membarrier": (324, 283),
    "mmap": (9, 222),
    "mprotect": (10, 226),
    "mremap": (25, 216),
    "msync": (26, 227),
    "munmap": (11, 215),
    # Threads of its own.
    "clone": (56, 220),
    "exit": (60, 93),
    "exit_group": (231, 94),
    "futex": (202, 98),
    "futex_waitv": (449, 449),
    "getcpu": (309, 168),
    "restart_syscall": (219, 128),
    "rseq": (334, 293),
    "sched_getaffinity": (204, 123),
    "sched_yield": (24, 124),
    "set_robust_list": (273, 99),
    "set_tid_address": (218, 96),
    # Signals to itself.
    "alarm": (37, None),
    "getitimer": (36, 102),
    "kill": (62, 129),
    "pause": (34, None),
    "rt_sigaction": (13, 134),
    "rt_sigpending": (127, 136),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "rt_sigsuspend": (130, 133),
    "rt_sigtimedwait": (128, 137),
    "setitimer": (38, 103),
    "sigaltstack": (131, 132),
    "tgkill": (234, 131),
    # Time.
    "clock_getres": (229, 114),
    "clock_gettime": (228, 113),
    "clock_nanosleep": (230, 115),
    "gettimeofday": (96, 169),
    "nanosleep": (35, 101),
    "time": (201, None),
    "times": (100, 153),
    # Who and where it is.
    "getegid": (108, 177),
    "geteuid": (107, 175),
    "getgid": (104, 176),
    "getgroups": (115, 158),
    "getpgrp": (111, None),
    "getpid": (39, 172),
    "getppid": (110, 173),
    "getrandom": (318, 278),
    "getresgid": (120, 150),
    "getresuid": (118, 148),
    "getrlimit": (97, 163),
    "getrusage": (98, 165),
    "gettid": (186, 178),
    "getuid": (102, 174),
    "prctl": (157, 167),
    "prlimit64": (302, 261),
    "sysinfo": (99, 179),
    "uname": (63, 160),
}
"""The number of each on x86_64 and on aarch64, where there is one."""

CLONE3 = 435
"""The same everywhere. Its flags lie in memory, where no filter sees them: it is said not to exist, and clone is used."""

LAST = 451
"""The highest number when this list was made: newer calls are said not to exist, for which C libraries are prepared."""


@dataclass(frozen=True, slots=True)
class Only:
    """What an argument has to be: after ``mask``, one of ``values``."""

    argument: int
    values: tuple[int, ...]
    mask: int = 0xFFFFFFFF
    is_high: bool = False
    """The upper half of an argument of 64 bits."""


_WRITING = 0o3 | 0o100 | 0o1000
"""O_WRONLY, O_RDWR, O_CREAT and O_TRUNC; a file without a name is made with one of the first two."""
_THREAD = 0x00010000
_NAMESPACES = 0x7E020000


def conditions(pid: int) -> Mapping[str, tuple[Only, ...]]:
    """Return what has to hold of the arguments of some calls, made by the process ``pid``."""
    return {
        # A process is cloned without the flag of a thread.
        "clone": (Only(0, (_THREAD,), _THREAD | _NAMESPACES),),
        # Duplicates, flags and locks; never an owner, who would be sent signals, nor the size of a pipe.
        "fcntl": (Only(1, (0, 1, 2, 3, 4, 5, 6, 7, 1030)),),
        # Is it a terminal, how wide, how much waits, and whether it is inherited.
        "ioctl": (Only(1, (0x5401, 0x5413, 0x541B, 0x5450, 0x5451)),),
        "kill": (Only(0, (pid,)),),
        "open": (Only(1, (0,), _WRITING),),
        "openat": (Only(2, (0,), _WRITING),),
        # The name of a thread, and the names of pieces of memory.
        "prctl": (Only(0, (15, 16, 0x53564D41)),),
        # Its own limits are read and not set.
        "prlimit64": (Only(0, (0,)), Only(2, (0,)), Only(2, (0,), is_high=True)),
        "tgkill": (Only(0, (pid,)),),
    }
