"""What is read around the version on screen: it comes after the dossier, and its history only when somebody asks for it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from gui.casework import Case as Sight
from gui.casework import Passage
from gui.sights import Dossier
from gui.viewmodels.attach import Attach, Attaches
from gui.viewmodels.signal import Run, Signal, Turn
from gui.viewmodels.waive import Waive, Waives
from gui.words import complaint

OPENS = frozenset({".csv", ".docx", ".md", ".odt", ".pdf", ".txt", ".xlsx"})
"""Documents that a viewer shows; what else is attached may be a program."""


class Read(Attaches, Waives, Protocol):
    """What this screen asks of an open ledger."""

    def case(self, name: str, handle: str) -> Sight: ...
    def history(self, name: str) -> list[Passage]: ...
    def document(self, name: str, section: str) -> tuple[str, bytes]: ...


@dataclass(frozen=True, slots=True)
class State:
    name: str = ""
    sight: Sight | None = None
    history: tuple[Passage, ...] | None = None
    digests: bool = False
    """Whether digests are shown in full."""
    error: str = ""
    opened: str = ""
    """What became of the document that was asked for last."""


@dataclass
class Case:
    """From the name of a version to what is read around it."""

    run: Run
    session: Read
    handle: str
    lay: Callable[[str, bytes], Path]
    """Put a document where a viewer finds it."""
    view: Callable[[Path], None]
    """Start the viewer."""
    state: State = field(default_factory=State)
    changed: Signal = field(default_factory=Signal)
    _turn: Turn = field(default_factory=Turn)
    _wants_history: bool = False

    def about(self, name: str) -> None:
        """Turn to a version that was read just now; what is there stays until its own is."""
        if name:
            if name != self.state.name:
                self._set(State(name, digests=self.state.digests))
            done, failed = self._turn.only(self._read), self._turn.also(self._failed)
            self.run(lambda: self.session.case(name, self.handle), done, failed)
            if self._wants_history:
                self._load_history()
            else:
                self._set(replace(self.state, history=None))

    def want_history(self, *, wanted: bool) -> None:
        self._wants_history = wanted
        if wanted and self.state.history is None and self.state.name:
            self._load_history()

    def attach(self, section: str) -> Attach:
        """Begin to attach a document, to a section if one is known."""
        assert self.state.sight
        return Attach.about(self.run, self.session, self.handle, self.state.sight, section)

    def waive(self, seen: Dossier, check: str) -> Waive:
        """Begin to accept for a while that a check of the dossier that was read fails."""
        of = self.state.sight.acceptance(check) if self.state.sight else None
        assert of
        return Waive(self.run, self.session, self.handle, seen.version, seen.digest, of)

    def swap_digests(self) -> None:
        self._set(replace(self.state, digests=not self.state.digests))

    def open(self, section: str) -> None:
        """Show a document once its bytes are what was signed."""
        name = self.state.name
        found = (
            next((one for one in self.state.sight.documents if one.section == section), None)
            if self.state.sight
            else None
        )
        if found is None:
            return
        if Path(found.name).suffix.lower() not in OPENS:
            why = f"{found.name} is not opened from here: it is none of {', '.join(sorted(OPENS))}."
            self._set(replace(self.state, opened=why))
            return

        def work() -> Path:
            return self.lay(*self.session.document(name, section))

        def done(path: Path) -> None:
            self.view(path)
            self._opened(f"{found.name} is what was attached in #{found.entry}, byte for byte. A copy of it is open.")

        self.run(work, done, lambda error: self._opened(f"It was not opened. {complaint(error)}"))

    def _load_history(self) -> None:
        name = self.state.name

        def done(found: list[Passage]) -> None:
            if name == self.state.name:
                self._set(replace(self.state, history=tuple(found)))

        self.run(lambda: self.session.history(name), done, self._failed)

    def _read(self, sight: Sight) -> None:
        self._set(replace(self.state, name=sight.version, sight=sight, error=""))

    def _opened(self, text: str) -> None:
        self._set(replace(self.state, opened=text))

    def _failed(self, error: Exception) -> None:
        self._set(replace(self.state, error=complaint(error)))

    def _set(self, state: State) -> None:
        self.state = state
        self.changed.emit()
