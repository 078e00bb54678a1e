"""What a process gives up: the level that it claims is the one that it has, whatever the kernel lacks."""

import ctypes
import os
import signal
import struct
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from govern.checks import confinement, landlock, seccomp
from govern.checks.calls import CALLS, conditions

linux = pytest.mark.skipif(sys.platform != "linux", reason="Linux has Landlock and seccomp")
filtered = pytest.mark.skipif(
    sys.platform != "linux" or os.uname().machine not in seccomp.MACHINES, reason="this machine has no filter"
)
ALLOWED, PERMISSION, UNKNOWN, KILLED = 0x7FFF0000, 0x00050001, 0x00050026, 0x80000000
PID = 77


def verdict(instructions: bytes, call: bytes) -> int:
    """Run a filter as the kernel does, on the number, architecture, place and arguments of a call."""
    held, place = 0, 0
    while True:
        code, then, otherwise, value = struct.unpack_from("=HBBI", instructions, 8 * place)
        place += 1
        match code:
            case 0x20:
                (held,) = struct.unpack_from("=I", call, value)
            case 0x54:
                held &= value
            case 0x15:
                place += then if held == value else otherwise
            case 0x35:
                place += then if held >= value else otherwise
            case 0x06:
                return int(value)
            case _:
                raise AssertionError(code)


def asked(machine: str, number: int, *arguments: int) -> int:
    call = struct.pack("=IIQ6Q", number, seccomp.MACHINES[machine][1], 0, *(*arguments, 0, 0, 0, 0, 0, 0)[:6])
    return verdict(seccomp.program(machine, PID), call)


@pytest.mark.parametrize("machine", seccomp.MACHINES)
def test_every_call_has_the_verdict_of_the_list(machine: str) -> None:
    place, _ = seccomp.MACHINES[machine]
    listed = {numbers[place]: name for name, numbers in CALLS.items()}
    conditional = conditions(PID)

    for number in range(452):
        found = asked(machine, number, 0xBAD, 0xBAD, 0xBAD)
        if number == 435:
            assert found == UNKNOWN
        elif number in listed and listed[number] not in conditional:
            assert found == ALLOWED, listed[number]
        else:
            assert found == PERMISSION, number
    assert {asked(machine, number) for number in (452, 1 << 30, 0xFFFFFFFF)} == {UNKNOWN}


@pytest.mark.parametrize("machine", seccomp.MACHINES)
@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        pytest.param("clone", (0x3D0F00,), ALLOWED, id="a thread"),
        pytest.param("clone", (17,), PERMISSION, id="a process"),
        pytest.param("clone", (0x3D0F00 | 0x40000000,), PERMISSION, id="a thread with a network of its own"),
        pytest.param("kill", (PID, 6), ALLOWED, id="a signal to itself"),
        pytest.param("kill", (PID + 1, 6), PERMISSION, id="a signal to another"),
        pytest.param("kill", (0xFFFFFFFF, 9), PERMISSION, id="a signal to all"),
        pytest.param("openat", (0, 0, 0o2000000), ALLOWED, id="read"),
        pytest.param("openat", (0, 0, 0o1), PERMISSION, id="write"),
        pytest.param("openat", (0, 0, 0o100), PERMISSION, id="make"),
        pytest.param("openat", (0, 0, 0o1000), PERMISSION, id="empty"),
        pytest.param("openat", (0, 0, 0o20200002), PERMISSION, id="without a name"),
        pytest.param("fcntl", (0, 4), ALLOWED, id="set flags"),
        pytest.param("fcntl", (0, 8), PERMISSION, id="set an owner"),
        pytest.param("prlimit64", (0, 7, 0, 1), ALLOWED, id="read a limit"),
        pytest.param("prlimit64", (0, 7, 1, 0), PERMISSION, id="set a limit"),
        pytest.param("prlimit64", (0, 7, 1 << 32, 0), PERMISSION, id="set a limit from high memory"),
        pytest.param("prctl", (15,), ALLOWED, id="name a thread"),
        pytest.param("prctl", (4, 1), PERMISSION, id="be dumped"),
    ],
)
def test_some_calls_depend_on_what_they_are_asked(
    machine: str, name: str, arguments: tuple[int, ...], expected: int
) -> None:
    number = CALLS[name][seccomp.MACHINES[machine][0]]
    assert number is not None

    assert asked(machine, number, *arguments) == expected


def test_a_call_of_another_architecture_ends_the_process() -> None:
    for_another = struct.pack("=IIQ6Q", 0, seccomp.MACHINES["aarch64"][1], 0, *[0] * 6)

    assert verdict(seccomp.program("x86_64", PID), for_another) == KILLED


PROBE = """
import ctypes, os, pickle, sys
from govern.checks import seccomp
from govern.checks.sandbox import ModelFile, loaded
from govern.errors import GovernError

libc = ctypes.CDLL(None)
assert libc.prctl(38, 1, 0, 0, 0) == 0
without = bytes.fromhex(sys.argv[1])
assert not without or seccomp.install(libc, without)

class Probe:
    def __reduce__(self):
        return exec, (sys.argv[3], {})

with loaded(ModelFile("model.json", open(sys.argv[2], "rb").read())) as model:
    print(model.limits)
try:
    with loaded(ModelFile("probe.pkl", pickle.dumps(Probe()), trust_pickle=True)):
        pass
except GovernError as error:
    print(error.code)
    print(error.message.partition("ended: ")[2])
"""
"""Lets the kernel lack something, and a model look from inside what it may do."""


LOOK = """
import os, socket, sys
def refused(what, *arguments):
    try: what(*arguments)
    except PermissionError: return True
    except OSError: pass
    return False
raise SystemExit([{}])
"""
SEEN = 'refused(open, "/etc/passwd"), refused(os.listdir, "/"), refused(socket.socket), refused(os.getsid, 0)'


def lacking(*means: str) -> bytes:
    """Return a filter under which the kernel seems not to have Landlock, or seccomp."""
    op, end = seccomp._op, seccomp._end
    prctl = CALLS["prctl"][seccomp.MACHINES[os.uname().machine][0]]
    assert prctl
    landlock = [op(0x15, 444, 0, 1), end(UNKNOWN)] if "landlock" in means else []
    filters = [op(0x15, prctl, 0, 3), op(0x20, 16), op(0x15, 22, 0, 1), end(0x00050016)] if "seccomp" in means else []
    return b"".join([op(0x20, 0), *landlock, *filters, end(ALLOWED)])


def probed(without: bytes, model: Path, look: str = SEEN, **environment: str) -> list[str]:
    started = subprocess.run(
        [sys.executable, "-P", "-c", PROBE, without.hex(), str(model), LOOK.format(look)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )
    assert not started.stderr
    return started.stdout.splitlines()


@filtered
@pytest.mark.parametrize(
    "means",
    [
        pytest.param((), id="lacks nothing"),
        pytest.param(("landlock",), id="lacks Landlock"),
        pytest.param(("seccomp",), id="lacks seccomp"),
        pytest.param(("landlock", "seccomp"), id="lacks both"),
    ],
)
def test_the_level_that_is_claimed_is_true(means: tuple[str, ...], bank: Mapping[str, Path]) -> None:
    level, code, seen = probed(lacking(*means), bank["model.json"], GOVERN_UNCONFINED_PICKLES="1")

    words = level.split(".")
    assert words[:2] == ["process", "rlimits"]
    assert not set(means) & set(words)
    is_read_only, is_filtered = "landlock" in words, "seccomp" in words
    assert (code, seen) == ("model_died", str([is_read_only, is_read_only, is_filtered, is_filtered]))


@filtered
def test_a_pickle_is_refused_where_nothing_holds_it(bank: Mapping[str, Path]) -> None:
    without = lacking("landlock", "seccomp")

    level, code, *_ = probed(without, bank["model.json"])

    assert (level, code) == ("process.rlimits", "pickle_unconfined")
    assert probed(without, bank["model.json"], GOVERN_UNCONFINED_PICKLES="yes")[1] == "pickle_unconfined"


@filtered
@pytest.mark.skipif(
    sys.platform != "linux" or landlock.version(ctypes.CDLL(None)) < 6, reason="this kernel's Landlock closes less"
)
@pytest.mark.parametrize(
    "what",
    [
        pytest.param("socket.create_connection, ('127.0.0.1', 9)", id="connects"),
        pytest.param("socket.create_server, ('127.0.0.1', 0)", id="listens"),
        pytest.param("os.kill, os.getppid(), 0", id="signals"),
        pytest.param("os.execv, '/proc/self/exe', ['python']", id="executes"),
        pytest.param("open, '/dev/null', 'w'", id="writes"),
        pytest.param("os.listdir, '/proc/1'", id="looks at others"),
    ],
)
def test_landlock_alone_closes_files_ports_and_processes(what: str, bank: Mapping[str, Path]) -> None:
    level, _, seen = probed(lacking("seccomp"), bank["model.json"], f"refused({what})")

    assert (level, seen) == ("process.rlimits.landlock", "[True]")


@pytest.mark.parametrize(
    ("level", "holds"),
    [
        ("process", False),
        ("process.rlimits", False),
        ("process.rlimits.landlock", True),
        ("process.rlimits.seccomp", True),
        ("process.rlimits.landlock.seccomp", True),
    ],
)
def test_what_holds_a_pickle(level: str, holds: bool) -> None:
    assert confinement.holds(level) is holds


@linux
@pytest.mark.parametrize(
    ("before", "ended_by"),
    [
        pytest.param("", signal.SIGXCPU, id="who hears"),
        pytest.param("signal.signal(signal.SIGXCPU, signal.SIG_IGN)", signal.SIGKILL, id="who does not"),
    ],
)
def test_computing_has_an_end_without_a_clock_too(before: str, ended_by: int) -> None:
    code = f"import signal\nfrom govern.checks import confinement\nconfinement.confine(4 << 30, 1)\n{before}\nwhile True: 1"

    assert subprocess.run([sys.executable, "-P", "-c", code], check=False).returncode == -ended_by


@linux
def test_a_held_process_has_no_powers() -> None:
    code = """
import ctypes, os
from govern.checks import confinement
status = open("/proc/self/status")
confinement.confine(4 << 30, 60)
print(status.read())
"""
    text = subprocess.run([sys.executable, "-P", "-c", code], check=True, capture_output=True, text=True).stdout

    found = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
    assert found["NoNewPrivs"].strip() == "1"
    # To read is the one power that may be left, and Landlock narrows it.
    assert int(found["CapEff"], 16) | 4 == 4
    assert int(found["CapPrm"], 16) | 4 == 4
