"""Two versions, differences first: one after the other, and nothing else."""

from dataclasses import dataclass, field, replace
from typing import Protocol

from gui.lists import Comparison, Difference
from gui.tones import BAD
from gui.viewmodels.signal import Run, Signal, Turn
from gui.words import complaint, counted, grouped


class Compares(Protocol):
    """What this screen asks of an open ledger."""

    def versions(self) -> tuple[str, ...]: ...
    def compare_versions(self, older: str, newer: str) -> Comparison: ...


@dataclass(frozen=True, slots=True)
class State:
    versions: tuple[str, ...] | None = None
    older: str = ""
    newer: str = ""
    found: Comparison | None = None
    at: int = 0
    error: str = ""

    @property
    def current(self) -> Difference | None:
        return self.found.differences[self.at] if self.found and self.found.differences else None

    @property
    def summary(self) -> str:
        """What it comes to, in words."""
        if self.error:
            return ""
        if self.found is None:
            return "Choose two versions." if self.versions else "Reading"
        of = self.found.differences
        if not of:
            return f"{self.older} and {self.newer} differ in nothing that is on record."
        results = sum(one.tones is not None for one in of)
        material = sum(one.is_material and one.tones is None for one in of)
        parts = [(results, "in results"), (material, "material"), (len(of) - results - material, "other")]
        told = ", ".join(f"{grouped(count)} {what}" for count, what in parts if count)
        worse = sum(one.tones is not None and one.tones[1] in BAD and one.tones[0] not in BAD for one in of)
        crossed = f" {counted(worse, 'check')} got worse than its limit." if worse else ""
        return f"{counted(len(of), 'difference')}: {told}.{crossed}"

    @property
    def place(self) -> str:
        return f"{self.at + 1} of {len(self.found.differences)}" if self.current and self.found else ""


@dataclass
class Compare:
    """Which two, and which of their differences is looked at."""

    run: Run
    session: Compares
    state: State = field(default_factory=State)
    changed: Signal = field(default_factory=Signal)
    wanted: str = ""
    """A version to be compared as soon as it is known which there are."""
    _turn: Turn = field(default_factory=Turn)

    @property
    def loaded(self) -> bool:
        return self.state.versions is not None

    def end(self) -> None:
        self.changed.end()

    def load(self) -> None:
        self.run(self.session.versions, self._listed, self._failed)
        self._compare()

    def between(self, older: str, newer: str) -> None:
        if (older, newer) != (self.state.older, self.state.newer):
            self._set(replace(self.state, older=older, newer=newer, found=None, at=0, error=""))
            self._compare()

    def about(self, version: str) -> None:
        """Compare a version with the one before it, where there is one; with the next where there is none."""
        model, _, number = version.partition("@")
        names = self.state.versions or ()
        before = f"{model}@{int(number) - 1}" if number.isdecimal() else ""
        after = f"{model}@{int(number) + 1}" if number.isdecimal() else ""
        if before in names:
            self.between(before, version)
        elif after in names:
            self.between(version, after)

    def swap(self) -> None:
        self.between(self.state.newer, self.state.older)

    def step(self, by: int) -> None:
        """Go to the next or the previous difference, and stay at the ends."""
        if self.state.found and self.state.found.differences:
            self.go_to(max(0, min(self.state.at + by, len(self.state.found.differences) - 1)))

    def go_to(self, at: int) -> None:
        if at != self.state.at:
            self._set(replace(self.state, at=at))

    def _compare(self) -> None:
        older, newer = self.state.older, self.state.newer
        if older and newer:
            done, failed = self._turn.only(self._compared), self._turn.also(self._failed)
            self.run(lambda: self.session.compare_versions(older, newer), done, failed)

    def _listed(self, versions: tuple[str, ...]) -> None:
        self._set(replace(self.state, versions=versions))
        if self.wanted:
            wanted, self.wanted = self.wanted, ""
            self.about(wanted)
        if not self.state.older:
            pair = next(
                (two for two in zip(versions[-2::-1], versions[:0:-1], strict=False) if _same_model(*two)), None
            )
            if pair:
                self.between(*pair)

    def _compared(self, found: Comparison) -> None:
        at = min(self.state.at, max(0, len(found.differences) - 1))
        self._set(replace(self.state, found=found, at=at, error=""))

    def _failed(self, error: Exception) -> None:
        self._set(replace(self.state, error=complaint(error)))

    def _set(self, state: State) -> None:
        self.state = state
        self.changed.emit()


def _same_model(one: str, other: str) -> bool:
    return one.partition("@")[0] == other.partition("@")[0]
