"""Where the processes of models come from: the first from nothing, every later one from a process that has the libraries.

To read the libraries takes two seconds, each time; a process that parts from one which has them begins at once. The
nursery never sees a model or a row: what it passes on are the ends of pipes. It ends with whoever started it.

Run as ``python -I -m govern.checks.nursery``, with a socket as stdin. Linux only: elsewhere the libraries do not bear it.
"""

import atexit
import contextlib
import importlib
import os
import signal
import socket
import subprocess
import sys
import time
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any, BinaryIO, Protocol

_LIBRARIES = (
    *("pyarrow", "pandas", "xgboost", "sklearn.ensemble", "skops.io", "shap"),
    *("govern.checks.explain", "govern.checks.confinement"),
)
_LONGEST = 64
_KILLED = -9
_PATIENCE = 2.0
_READING = 60.0
"""Seconds within which the libraries are read, on a slow disk too."""


class Child(Protocol):
    """The process of a model, as whoever started it holds it."""

    def kill(self) -> None:
        """End it and whatever it started, if it is still there."""
        ...

    def wait(self, timeout: float | None = None) -> int:
        """Return its exit code; raise `subprocess.TimeoutExpired` if it takes longer."""
        ...


class Fresh:
    """A process that was started from nothing."""

    def __init__(self, ends: Sequence[BinaryIO], environment: Mapping[str, str]) -> None:
        stdin, stdout, stderr = ends
        self._child = _python("govern.checks.worker", environment, stdin, stdout, stderr)

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            if hasattr(os, "killpg"):
                os.killpg(self._child.pid, signal.SIGKILL)
            else:
                self._child.kill()

    def wait(self, timeout: float | None = None) -> int:
        return self._child.wait(timeout)


@dataclass
class Parted:
    """A process that parted from the nursery; until its end was asked for, its number is no other's."""

    pid: int
    _nursery: "Nursery" = field(repr=False)
    _code: int | None = None

    def kill(self) -> None:
        if self._code is None:
            # Itself first: where nothing closes that to it, it may have left its group.
            for end in (os.kill, os.killpg):
                with contextlib.suppress(ProcessLookupError):
                    end(self.pid, signal.SIGKILL)

    def wait(self, timeout: float | None = None) -> int:
        if self._code is None:
            asked = -1 if timeout is None else timeout
            said = self._nursery.ask(f"wait {self.pid} {asked}", None if timeout is None else timeout + _READING)
            if said == "late":
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
            self._code = int(said) if said else _KILLED
        return self._code


class Nursery:
    """The process to part from, as whoever started it holds it."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            nothing = subprocess.DEVNULL
            self._child = _python("govern.checks.nursery", environment, theirs, nothing, nothing)
        self._asking = Lock()

    def part(self, ends: Sequence[BinaryIO]) -> Parted | None:
        """Return a new process with these ends of pipes as its stdin, stdout and stderr; none if the nursery is gone."""
        said = self.ask("part", _READING, [end.fileno() for end in ends])
        return Parted(int(said), self) if said else None

    def ask(self, what: str, seconds: float | None, ends: Sequence[int] = ()) -> str:
        """Return the answer; none if there is nobody any more to give one.

        One that takes longer than ``seconds`` is ended: it must not come back to pipes that somebody else has by then.
        """
        with self._asking:
            try:
                self._control.settimeout(seconds)
                socket.send_fds(self._control, [what.encode()], ends)
                return self._control.recv(_LONGEST).decode()
            except OSError:
                if self._child.poll() is None:
                    os.killpg(self._child.pid, signal.SIGKILL)
                return ""

    def close(self) -> None:
        """Let it end, with all that parted from it."""
        self._control.close()
        try:
            self._child.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()


class _House:
    """What this program has started so far."""

    lock = Lock()
    is_first = True
    nursery: Nursery | None = None


def start(ends: Sequence[BinaryIO], environment: Mapping[str, str]) -> Child:
    """Start the process of a model, with these ends of pipes as its stdin, stdout and stderr."""
    with _House.lock:
        # Who wants one model may never want another: a nursery would only keep them waiting.
        if _House.is_first or sys.platform != "linux":
            _House.is_first = False
            return Fresh(ends, environment)
        parted = _House.nursery.part(ends) if _House.nursery else None
        if parted is None:
            end()
            _House.nursery = Nursery(environment)
            parted = _House.nursery.part(ends)
        return parted or Fresh(ends, environment)


@atexit.register
def end() -> None:
    """Let the nursery end, if there is one."""
    if _House.nursery:
        _House.nursery.close()
        _House.nursery = None


def _python(module: str, environment: Mapping[str, str], *ends: Any) -> "subprocess.Popen[bytes]":
    stdin, stdout, stderr = ends
    return subprocess.Popen(  # noqa: S603  our own interpreter and module
        [sys.executable, "-I", "-m", module],
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        env=environment,
        cwd=Path(sys.executable).anchor,
        start_new_session=True,
    )


def main() -> None:
    control = socket.socket(fileno=os.dup(0))
    given = set(os.environ)
    for name in _LIBRARIES:
        # What is not installed, the model's own process will miss and say.
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    for name in set(os.environ) - given:  # some say more than they were asked
        del os.environ[name]
    children: set[int] = set()
    while True:
        what, ends, _, _ = socket.recv_fds(control, _LONGEST, 3)
        match what.decode().split():
            case ["part"]:
                child = os.fork() or _become(control, ends)
                # Before anybody hears of it, it has a group of its own to be killed in.
                os.setpgid(child, child)
                children.add(child)
                for end in ends:
                    os.close(end)
                control.send(str(child).encode())
            case ["wait", child_id, seconds]:
                code = _waited(int(child_id), float(seconds))
                if code is not None:
                    children.discard(int(child_id))
                control.send(b"late" if code is None else str(code).encode())
            case _:
                break
    for child in children:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)


def _waited(child: int, seconds: float) -> int | None:
    end = time.monotonic() + seconds
    while True:
        done, status = os.waitpid(child, 0 if seconds < 0 else os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() > end:
            return None
        time.sleep(0.005)


def _become(control: socket.socket, ends: list[int]) -> int:
    """Be the process of one model from here on, and never return."""
    code = 1
    try:
        control.close()
        for place, end in enumerate(ends):
            os.dup2(end, place)
            os.close(end)
        from govern.checks import worker  # noqa: PLC0415  it reads stdin, which is the pipe only now

        worker.main()
        code = 0
    except SystemExit as error:
        sys.stderr.write(f"{error.code}\n")
    except BaseException:  # noqa: BLE001  whatever it is: the last words of a process that ends here
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
