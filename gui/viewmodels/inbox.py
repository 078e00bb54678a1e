"""What waits for the person who sits here."""

from dataclasses import dataclass, replace
from typing import Protocol

from gui.sights import Todo
from gui.viewmodels.signal import Run, Signal, Turn
from gui.words import complaint, counted


class Listed(Protocol):
    """What this screen asks of an open ledger."""

    def inbox(self, handle: str) -> list[Todo]: ...


@dataclass(frozen=True, slots=True)
class State:
    todos: tuple[Todo, ...] = ()
    filter: str = ""
    selected: str = ""
    loaded: bool = False
    error: str = ""

    @property
    def shown(self) -> tuple[Todo, ...]:
        """What matches every word of the filter."""
        wanted = self.filter.casefold().split()
        return tuple(one for one in self.todos if all(word in _text(one) for word in wanted))

    @property
    def mine(self) -> int:
        return sum(one.mine for one in self.todos)

    @property
    def summary(self) -> str:
        if not self.loaded:
            return "Reading"
        others = len(self.todos) - self.mine
        return f"{self.mine} for you" + (f", {others} for others" if others else "")

    @property
    def empty(self) -> tuple[str, str]:
        """What to say where nothing is listed: a title and the next step."""
        if self.error:
            return "The ledger cannot be read", self.error
        if not self.loaded:
            return "Reading the ledger", ""
        if self.todos:
            return "Nothing matches", f"{counted(len(self.todos), 'task')} hidden by the filter. Esc clears it."
        return "Nothing waits for you", "New submissions appear here. The audit trail shows what happened: G then A."


class Inbox:
    """The list, its filter and what is selected in it."""

    def __init__(self, run: Run, session: Listed, handle: str) -> None:
        self.state = State()
        self.changed = Signal()
        self._run = run
        self._session = session
        self._handle = handle
        self._turn = Turn()

    def load(self) -> None:
        done = self._turn.only(self._loaded)
        self._run(lambda: self._session.inbox(self._handle), done, self._turn.also(self._failed))

    def filter(self, text: str) -> None:
        self._set(replace(self.state, filter=text))

    def select(self, version: str) -> None:
        if version != self.state.selected:
            self._set(replace(self.state, selected=version))

    def step(self, by: int) -> None:
        """Select the next or the previous one, and stay at the ends."""
        names = [one.version for one in self.state.shown]
        if not names:
            return
        at = names.index(self.state.selected) + by if self.state.selected in names else 0
        self.select(names[max(0, min(at, len(names) - 1))])

    def _loaded(self, todos: list[Todo]) -> None:
        names = [one.version for one in todos]
        selected = self.state.selected if self.state.selected in names else (names[0] if names else "")
        self._set(replace(self.state, todos=tuple(todos), loaded=True, error="", selected=selected))

    def _failed(self, error: Exception) -> None:
        self._set(replace(self.state, error=complaint(error)))

    def _set(self, state: State) -> None:
        self.state = state
        self.changed.emit()


def _text(one: Todo) -> str:
    return " ".join((one.version, one.what, *one.why, one.verdict, f"tier:{one.tier}")).casefold()
