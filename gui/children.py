"""Programs that the desktop app starts and waits for: heavy work is done by `govern` itself, in a process of its own.

Whoever waits here is a worker thread. What a program says on stdout is one JSON object; an error in it is raised here.
"""

import json
import subprocess
import sys
from dataclasses import dataclass, field
from threading import Lock, Thread
from typing import Any

from govern.errors import GovernError, Unavailable

COMMAND = (sys.executable, "-P", "-m", "govern.cli")
LAST_WORDS = 200
STOPPED = "stopped"
"""The code of what somebody here ended on purpose."""


@dataclass
class Errand:
    """One program that may be called back, before or after it has begun."""

    said: str = ""
    """The last line that the program complained with, or said how far it is with."""
    _child: "subprocess.Popen[str] | None" = None
    _called_back: bool = False
    _lock: Lock = field(default_factory=Lock)

    def call_back(self) -> None:
        with self._lock:
            self._called_back = True
            if self._child:
                self._child.kill()

    def run(self, words: tuple[str, ...]) -> tuple[str, str]:
        """Return what the program printed and what it complained of."""
        # Against being called back between the question and the start.
        with self._lock:
            self._require_wanted()
            self._child = subprocess.Popen(  # noqa: S603  our own interpreter and program
                words,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                errors="replace",
            )
        complaints: list[str] = []
        child = self._child

        def listen() -> None:
            for line in child.stderr or ():
                complaints.append(line)
                self.said = line.strip()

        listener = Thread(target=listen, daemon=True)
        listener.start()
        printed = child.stdout.read() if child.stdout else ""
        child.wait()
        listener.join()
        for stream in (child.stdout, child.stderr):
            if stream:
                stream.close()
        self._require_wanted()
        return printed, "".join(complaints)

    def _require_wanted(self) -> None:
        if self._called_back:
            raise _stopped()


class Children:
    """All programs that run, so that none outlives the window."""

    def __init__(self) -> None:
        self._running: list[Errand] = []
        self._closed = False

    def ask(self, *words: str, errand: Errand | None = None) -> dict[str, Any]:
        """Return what ``govern WORDS --json`` says; that it refuses or finds fault is part of that."""
        errand = errand or Errand()
        if self._closed:
            raise _stopped()
        self._running.append(errand)
        try:
            printed, complained = errand.run((*COMMAND, *words, "--json"))
        finally:
            self._running.remove(errand)
        try:
            said = json.loads(printed)
        except ValueError:
            last = complained.strip()[-LAST_WORDS:] or "nothing"
            raise Unavailable(f"`govern {words[0]}` ended without an answer; its last words: {last}") from None
        assert isinstance(said, dict)
        if "error" in said:
            error = said["error"]
            raise GovernError(error["message"], hint=error["hint"], code=error["code"])
        return said

    def close(self) -> None:
        self._closed = True
        for errand in list(self._running):
            errand.call_back()


def _stopped() -> Unavailable:
    return Unavailable("it was stopped", code=STOPPED)
