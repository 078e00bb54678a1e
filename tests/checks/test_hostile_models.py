"""Models that mean harm: each does none, is told apart, and leaves the next one as it was."""

import contextlib
import os
import sys
import time
from pathlib import Path

import pytest

from govern.checks import nursery
from govern.checks.sandbox import ModelFile, loaded
from tests.checks.conftest import Bank
from tests.checks.hostile import SHORT, harm, hostile

pytestmark = pytest.mark.usefixtures("_the_next_model_works")


@pytest.mark.usefixtures("start", "_held")
@pytest.mark.parametrize(
    "read",
    [
        pytest.param("open(secret)", id="a file beside the ledger"),
        pytest.param("open('/etc/passwd')", id="the accounts of the machine"),
        pytest.param("open('/etc/hosts')", id="the names of the machine"),
        pytest.param("os.listdir(home)", id="the home folder"),
        pytest.param("os.listdir('/')", id="the root folder"),
        pytest.param("os.listdir(beside)", id="the folder beside the package"),
        pytest.param("open(f'/proc/{os.getppid()}/environ')", id="the environment of its parent"),
        pytest.param("open(f'/proc/{us}/environ')", id="our environment"),
        pytest.param("open(f'/proc/{us}/mem', 'rb')", id="our memory"),
        pytest.param("open(f'/proc/{us}/fd/0')", id="our input"),
        pytest.param("os.listdir('/proc')", id="who else there is"),
        pytest.param("open('/proc/self/mem', 'rb')", id="its own memory as a file"),
        pytest.param("os.listdir('/dev')", id="devices"),
    ],
)
def test_nothing_is_read_but_python_and_its_libraries(read: str, tmp_path: Path) -> None:
    secret = tmp_path / "ana.key.json"
    secret.write_text("the passphrase is demo")
    known = {"secret": str(secret), "home": str(Path.home()), "us": os.getpid()}

    said = harm(hostile(f"import os; {read}", beside=str(Path(nursery.__file__).parents[2]), **known))

    assert said.code == "model_forbidden"
    assert "Permission denied" in said.message


@pytest.mark.usefixtures("start", "_held")
@pytest.mark.parametrize(
    "write",
    [
        pytest.param("open('left', 'w')", id="in its folder"),
        pytest.param("open('/tmp/govern-left', 'w')", id="in the folder of everybody"),
        pytest.param("open('/dev/shm/govern-left', 'w')", id="in memory that is a folder"),
        pytest.param("open(ledger, 'a')", id="to the end of ours"),
        pytest.param("open(ledger, 'r+')", id="into ours"),
        pytest.param("os.open(folder, os.O_TMPFILE | os.O_RDWR)", id="a file without a name"),
        pytest.param("os.mkdir(folder + '/left')", id="a folder"),
        pytest.param("os.symlink(ledger, folder + '/left')", id="a symbolic link"),
        pytest.param("os.link(ledger, folder + '/left')", id="a link"),
        pytest.param("os.mkfifo(folder + '/left')", id="a pipe with a name"),
        pytest.param("os.rename(ledger, folder + '/left')", id="another name"),
        pytest.param("os.remove(ledger)", id="nothing in place of ours"),
        pytest.param("os.truncate(ledger, 0)", id="ours empty"),
        pytest.param("os.chmod(ledger, 0o777)", id="who may read ours"),
        pytest.param("os.utime(ledger, (0, 0))", id="when ours was written"),
        pytest.param("os.setxattr(ledger, 'user.a', b'b')", id="a note on ours"),
    ],
)
def test_nothing_is_written(write: str, tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.db"
    ledger.write_text("entries")
    before = ledger.stat()

    said = harm(hostile(f"import os; {write}", ledger=str(ledger), folder=str(tmp_path)))

    assert said.code == "model_forbidden"
    assert list(tmp_path.iterdir()) == [ledger]
    assert (ledger.read_text(), ledger.stat().st_mode, ledger.stat().st_mtime) == (
        "entries",
        before.st_mode,
        before.st_mtime,
    )
    assert not Path("/tmp/govern-left").exists()
    assert not Path("/dev/shm/govern-left").exists()


@pytest.mark.usefixtures("start", "_filtered")
@pytest.mark.parametrize(
    "connect",
    [
        pytest.param("socket.create_connection(('127.0.0.1', 80))", id="TCP to this machine"),
        pytest.param("socket.create_connection(('192.0.2.1', 443))", id="TCP"),
        pytest.param("socket.socket(socket.AF_INET6)", id="TCP of IPv6"),
        pytest.param("socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'', ('127.0.0.1', 53))", id="UDP"),
        pytest.param("socket.socket(socket.AF_UNIX).connect('/run/docker.sock')", id="UNIX"),
        pytest.param("socket.socket(socket.AF_UNIX).connect('\\0name')", id="a UNIX name without a file"),
        pytest.param("socket.socket(socket.AF_INET, socket.SOCK_RAW)", id="raw"),
        pytest.param("socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)", id="the kernel's own"),
        pytest.param("socket.socketpair()", id="a pair"),
        pytest.param("socket.getaddrinfo('example.org', 80)", id="a name"),
    ],
)
def test_nobody_is_spoken_to(connect: str) -> None:
    said = harm(hostile(f"import socket; {connect}; raise SystemExit('connected')"))

    assert said.code in {"model_forbidden", "model_died"}
    assert "not permitted" in said.message or "name resolution" in said.message or "not known" in said.message


@pytest.mark.usefixtures("start", "_filtered")
@pytest.mark.parametrize(
    "process",
    [
        pytest.param("os.system(f'touch {left}')", id="a command"),
        pytest.param("subprocess.run(['touch', left])", id="a program"),
        pytest.param("os.posix_spawn('/usr/bin/touch', ['touch', left], {})", id="spawned"),
        pytest.param("os.execv('/usr/bin/touch', ['touch', left])", id="in its own place"),
        pytest.param("os.fork() or open(left, 'w')", id="a copy of itself"),
        pytest.param("[os.fork() for _ in iter(int, 1)]", id="copies without end"),
        pytest.param("os.forkpty()", id="a copy with a terminal"),
        pytest.param("multiprocessing.Process(target=print).start()", id="a worker"),
    ],
)
def test_no_process_is_started(process: str, tmp_path: Path) -> None:
    left = tmp_path / "left"

    said = harm(
        hostile(f"import multiprocessing, os, subprocess; raise SystemExit('it is' + str({process}))", left=str(left))
    )

    # 127 is what a shell says of a command that it cannot start.
    assert said.code == "model_forbidden" or said.message.endswith(str(127 << 8))
    assert not left.exists()


@pytest.mark.usefixtures("start", "_filtered")
@pytest.mark.parametrize(
    "reach",
    [
        pytest.param("os.kill(os.getppid(), 9)", id="kill its parent"),
        pytest.param("os.kill(us, 9)", id="kill us"),
        pytest.param("os.kill(us, 0)", id="ask for us"),
        pytest.param("os.kill(0, 9)", id="kill its group"),
        pytest.param("os.kill(-1, 9)", id="kill everybody"),
        pytest.param("os.killpg(os.getpgrp(), 9)", id="kill a group"),
        pytest.param("signal.pidfd_send_signal(os.pidfd_open(us), 9)", id="kill by handle"),
        pytest.param("fcntl.fcntl(0, fcntl.F_SETOWN, us)", id="let a pipe kill us"),
        pytest.param("fcntl.fcntl(0, 1031, 1 << 20)", id="a larger pipe"),
        pytest.param("os.setpgid(0, os.getppid())", id="leave its group"),
        pytest.param("os.setsid()", id="leave its session"),
        pytest.param("os.setpriority(os.PRIO_PROCESS, us, 19)", id="slow us down"),
        pytest.param("os.sched_setaffinity(us, {0})", id="move us"),
        pytest.param("resource.setrlimit(resource.RLIMIT_FSIZE, (-1, -1))", id="raise its limits"),
        pytest.param("resource.prlimit(us, resource.RLIMIT_CPU, (1, 1))", id="lower ours"),
        pytest.param("os.chroot('/')", id="another root"),
        pytest.param("os.memfd_create('left')", id="a file of memory"),
        pytest.param("os.setuid(0)", id="be root"),
    ],
)
def test_no_other_process_is_reached(reach: str) -> None:
    said = harm(hostile(f"import fcntl, os, resource, signal; {reach}", us=os.getpid()))

    # What Python says of limits is its own.
    assert said.code == "model_forbidden" or "not allowed to raise maximum limit" in said.message


CALLS = """
ptrace 101, process_vm_readv 310, process_vm_writev 311, process_madvise 440, kcmp 312, pidfd_getfd 438, tkill 200,
rt_sigqueueinfo 129, rt_tgsigqueueinfo 297, execveat 322, vfork 58, unshare 272, setns 308, mount 165, init_module 175,
finit_module 313, kexec_load 246, bpf 321, perf_event_open 298, userfaultfd 323, io_uring_setup 425, keyctl 250,
open_by_handle_at 304, inotify_init 253, fanotify_init 300, shmget 29, mq_open 240, splice 275, socket 41, sendmsg 46,
prctl 157, personality 135, seccomp 317, landlock_restrict_self 446
"""


@pytest.mark.usefixtures("start", "_filtered")
@pytest.mark.skipif(os.uname().machine != "x86_64" if hasattr(os, "uname") else True, reason="the numbers of x86_64")
@pytest.mark.parametrize(
    ("number", "error"),
    [
        *(pytest.param(int(one.split()[1]), 1, id=one.split()[0]) for one in CALLS.split(",")),
        pytest.param(435, 38, id="clone3"),
        pytest.param(500, 38, id="a call of tomorrow"),
        pytest.param(0x40000000 | 41, 38, id="the second numbering"),
    ],
)
def test_the_kernel_refuses_what_is_not_listed(number: int, error: int) -> None:
    code = "import ctypes; libc = ctypes.CDLL(None, use_errno=True); libc.syscall(number, 0, 0, 0, 0, 0, 0)"

    assert harm(hostile(f"{code}; raise SystemExit(f'error {{ctypes.get_errno()}}')", number=number)).message == (
        f"the model's process ended: error {error}"
    )


@pytest.mark.parametrize(
    ("lasting", "code"),
    [
        pytest.param("while True: pass", "model_late", id="computes"),
        pytest.param("import time; time.sleep(1e6)", "model_late", id="sleeps"),
        pytest.param("import os, signal; os.kill(os.getpid(), signal.SIGSTOP)", "model_late", id="stops"),
        pytest.param(
            "import signal; [signal.signal(n, signal.SIG_IGN) for n in (1, 2, 15, 24)]\nwhile True: pass",
            "model_late",
            id="computes and will not hear of it",
        ),
        pytest.param("import os\nwhile True: os.write(2, bytes(1 << 16))", "model_late", id="talks"),
        pytest.param("held = []\nwhile True: held.append(bytes(1 << 26))", "model_died", id="eats memory"),
    ],
)
@pytest.mark.usefixtures("_parted")
def test_what_goes_on_for_ever_is_ended(lasting: str, code: str) -> None:
    start = time.monotonic()

    said = harm(hostile(lasting), SHORT)

    assert said.code == code
    assert time.monotonic() - start < 15


@pytest.mark.usefixtures("_parted")
def test_threads_without_end_end_with_the_process() -> None:
    said = harm(
        hostile("import threading, time\nwhile True: threading.Thread(target=time.sleep, args=[99]).start()"), SHORT
    )

    assert said.code in {"model_late", "model_died"}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux parts processes")
@pytest.mark.usefixtures("_parted")
def test_nothing_is_left_for_the_next_model(bank: Bank) -> None:
    with loaded(ModelFile.read(bank["model.json"])):
        before = nursery._House.nursery
    assert before
    shared = set(Path("/dev/shm").iterdir()) if Path("/dev/shm").exists() else set()
    leave = """
import atexit, builtins, os, pickle, sys, threading, time
builtins.left = sys.modules['left'] = os
os.environ['LEFT'] = '1'
sys.path.insert(0, '/tmp')
pickle.loads = print
atexit.register(print)
threading.Thread(target=time.sleep, args=[99], daemon=True).start()
raise SystemExit('it was here')
"""
    look = """
import builtins, os, pickle, sys, threading
found = [hasattr(builtins, 'left'), 'left' in sys.modules, 'LEFT' in os.environ, '/tmp' in sys.path]
raise SystemExit([*found, pickle.loads is print, threading.active_count()])
"""

    assert "it was here" in harm(hostile(leave)).message
    assert harm(hostile(look)).message.endswith("[False, False, False, False, False, 1]")

    assert nursery._House.nursery is before
    assert before._child.poll() is None
    with contextlib.suppress(FileNotFoundError):
        assert shared == set(Path("/dev/shm").iterdir())
    children = Path(f"/proc/{before._child.pid}/task/{before._child.pid}/children")
    assert not children.exists() or children.read_text() == ""
