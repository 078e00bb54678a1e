"""Who may sign with which keys; and the head of the log, beside what is kept of it elsewhere."""

from dataclasses import dataclass, field, replace
from typing import Protocol

from gui.lists import Compared, Person
from gui.lists import Integrity as Head
from gui.lists import People as Everybody
from gui.viewmodels.signal import Run, Signal, Turn
from gui.words import complaint, counted


class Reads(Protocol):
    """What these screens ask of an open ledger."""

    def people(self) -> Everybody: ...
    def integrity(self) -> Head: ...
    def compare(self, text: str) -> Compared: ...


@dataclass(frozen=True, slots=True)
class PeopleState:
    sight: Everybody | None = None
    filter: str = ""
    selected: str = ""
    error: str = ""

    @property
    def shown(self) -> tuple[Person, ...]:
        """Everybody who has every word of the filter."""
        wanted = self.filter.casefold().split()
        people = self.sight.people if self.sight else ()
        return tuple(
            one
            for one in people
            if all(word in f"{one.handle} {one.name} {' '.join(one.roles)} {one.text}".casefold() for word in wanted)
        )

    @property
    def person(self) -> Person | None:
        return next((one for one in self.shown if one.id == self.selected), None)

    @property
    def summary(self) -> str:
        if self.sight is None:
            return "Reading"
        people, registrars = len(self.sight.people), self.sight.registrars
        return f"{counted(people, 'person', 'people')}; {self.sight.threshold} of {counted(registrars, 'registrar')} sign for another"


@dataclass
class People:
    """The list, its filter and who is chosen."""

    run: Run
    session: Reads
    state: PeopleState = field(default_factory=PeopleState)
    changed: Signal = field(default_factory=Signal)
    _turn: Turn = field(default_factory=Turn)

    @property
    def loaded(self) -> bool:
        return self.state.sight is not None

    def end(self) -> None:
        self.changed.end()

    def load(self) -> None:
        self.run(self.session.people, self._turn.only(self._loaded), self._turn.also(self._failed))

    def filter(self, text: str) -> None:
        self._set(replace(self.state, filter=text))

    def select(self, id_: str) -> None:
        if id_ != self.state.selected:
            self._set(replace(self.state, selected=id_))

    def _loaded(self, sight: Everybody) -> None:
        first = sight.people[0].id if sight.people else ""
        self._set(replace(self.state, sight=sight, selected=self.state.selected or first, error=""))

    def _failed(self, error: Exception) -> None:
        self._set(replace(self.state, error=complaint(error)))

    def _set(self, state: PeopleState) -> None:
        self.state = state
        self.changed.emit()


@dataclass(frozen=True, slots=True)
class IntegrityState:
    sight: Head | None = None
    pasted: str = ""
    compared: Compared | None = None
    error: str = ""


@dataclass
class Integrity:
    """The head, and a checkpoint that somebody kept on paper."""

    run: Run
    session: Reads
    state: IntegrityState = field(default_factory=IntegrityState)
    changed: Signal = field(default_factory=Signal)
    _turn: Turn = field(default_factory=Turn)

    @property
    def loaded(self) -> bool:
        return self.state.sight is not None

    def end(self) -> None:
        self.changed.end()

    def load(self) -> None:
        self.run(self.session.integrity, self._turn.only(self._loaded), self._turn.also(self._failed))

    def paste(self, text: str) -> None:
        if text != self.state.pasted:
            self._set(replace(self.state, pasted=text, compared=None))

    def compare(self) -> None:
        """Say whether the ledger goes back to what was printed."""
        text = self.state.pasted
        if text.strip():
            self.run(lambda: self.session.compare(text), self._compared, self._failed)

    def _loaded(self, sight: Head) -> None:
        self._set(replace(self.state, sight=sight, error=""))

    def _compared(self, found: Compared) -> None:
        self._set(replace(self.state, compared=found))

    def _failed(self, error: Exception) -> None:
        self._set(replace(self.state, error=complaint(error)))

    def _set(self, state: IntegrityState) -> None:
        self.state = state
        self.changed.emit()
