"""A policy tried on the inventory: a slice at a time, so that others have their turn on the ledger, and it can be stopped."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from gui.rulebook import Tried
from gui.viewmodels.signal import Run, Signal
from gui.words import complaint, counted, grouped

SLICE = 100
"""So many versions are judged before somebody else has a turn."""


class Tries(Protocol):
    """What this asks of an open ledger."""

    def concerned(self) -> tuple[str, ...]: ...
    def tried(self, source: bytes, digests: Sequence[str]) -> tuple[Tried, ...]: ...


@dataclass(frozen=True, slots=True)
class TrialState:
    running: bool = False
    stopped: bool = False
    total: int | None = None
    done: int = 0
    found: tuple[Tried, ...] = ()
    error: str = ""

    @property
    def begun(self) -> bool:
        return self.running or self.total is not None or bool(self.error)

    @property
    def turning(self) -> int:
        """How many versions would be decided on otherwise."""
        return sum(one.before != one.after for one in self.found)

    @property
    def summary(self) -> str:
        """What it comes to so far, in words."""
        if not self.begun or self.error:
            return ""
        if self.total is None:
            return "Looking for the versions that it is tried on"
        of = counted(self.total, "version")
        if self.running:
            return f"Judged {grouped(self.done)} of {of}, {self._changes}"
        if self.stopped:
            return f"Stopped after {grouped(self.done)} of {of}, {self._changes}"
        if not self.total:
            return "No version is in review, approved or in production: there is nothing to try it on."
        return f"Of {of}, {self._changes}."

    @property
    def _changes(self) -> str:
        if not self.found:
            return "none would change"
        other = len(self.found) - self.turning
        parts = [f"{grouped(self.turning)} would be decided otherwise"] if self.turning else []
        parts += [f"{grouped(other)} would have checks that turn"] if other else []
        return " and ".join(parts)


@dataclass
class Trial:
    """From a file to the versions that it would judge otherwise."""

    run: Run
    session: Tries
    state: TrialState = field(default_factory=TrialState)
    changed: Signal = field(default_factory=Signal)
    _number: int = 0
    """Counts trials: what an earlier one still finds is dropped."""

    def begin(self, source: bytes) -> None:
        self._number += 1
        number = self._number
        self._set(TrialState(running=True))

        def listed(digests: tuple[str, ...]) -> None:
            if number == self._number:
                self._set(replace(self.state, total=len(digests)))
                self._go_on(number, source, digests)

        self.run(self.session.concerned, listed, self._failed)

    def stop(self) -> None:
        """Judge no more; what was found stays."""
        if self.state.running:
            self._number += 1
            self._set(replace(self.state, running=False, stopped=True))

    def forget(self) -> None:
        self._number += 1
        self._set(TrialState())

    def end(self) -> None:
        self._number += 1
        self.changed.end()

    def _go_on(self, number: int, source: bytes, digests: tuple[str, ...]) -> None:
        """Judge the next few versions; then the next."""
        first = self.state.done
        if first >= len(digests):
            self._set(replace(self.state, running=False))
            return

        def done(found: tuple[Tried, ...]) -> None:
            if number == self._number:
                done_ = min(first + SLICE, len(digests))
                ordered = sorted((*self.state.found, *found), key=lambda one: one.before == one.after)
                self._set(replace(self.state, done=done_, found=tuple(ordered)))
                self._go_on(number, source, digests)

        self.run(lambda: self.session.tried(source, digests[first : first + SLICE]), done, self._failed)

    def _failed(self, error: Exception) -> None:
        self._number += 1
        self._set(replace(self.state, running=False, error=complaint(error)))

    def _set(self, state: TrialState) -> None:
        self.state = state
        self.changed.emit()
