"""Every model, now or as of a day; what its newest version is worth comes for the rows that are looked at."""

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Protocol

from gui.lists import Model, Standing
from gui.lists import Models as Found
from gui.viewmodels.signal import Run, Signal
from gui.words import complaint, counted, date_, grouped

PAGE = 40
"""So many models are judged at a time."""


class Listed(Protocol):
    """What this screen asks of an open ledger."""

    def models(self, text: str, day: date | None) -> Found: ...
    def standings(self, names: tuple[str, ...], day: date | None) -> dict[str, Standing]: ...


@dataclass(frozen=True, slots=True)
class Chosen:
    """Models that a number stands for, where no filter says the same."""

    title: str
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class State:
    lines: tuple[Model, ...] = ()
    total: int = 0
    filter: str = ""
    day_typed: str = ""
    day: date | None = None
    """What is shown is as it was at the end of this day."""
    chosen: Chosen | None = None
    selected: str = ""
    loaded: bool = False
    error: str = ""
    mistake: str = ""
    """What cannot be read of the filter or the day; the list is still the one before."""

    @property
    def line(self) -> Model | None:
        return next((one for one in self.lines if one.name == self.selected), None)

    @property
    def summary(self) -> str:
        if not self.loaded:
            return "Reading"
        shown = len(self.lines)
        return counted(self.total, "model") if shown == self.total else f"{grouped(shown)} of {grouped(self.total)}"

    @property
    def as_of(self) -> str:
        """What has to be said where another day than today is shown; empty today."""
        return f"As it was at the end of {date_(self.day)}. A dossier opens as it is now." if self.day else ""

    @property
    def empty(self) -> tuple[str, str]:
        """What to say where nothing is listed: a title and the next step."""
        if self.error:
            return "The ledger cannot be read", self.error
        if not self.loaded:
            return "Reading the ledger", ""
        if self.total:
            hidden = counted(self.total, "model is", "models are")
            return "Nothing matches", f"{hidden} hidden by the filter. Esc clears it."
        if self.day:
            return "No models yet", "On that day none was registered. Esc in the date shows today."
        return "No models yet", "`govern model add` registers one; it appears here at once."


@dataclass
class Models:
    """The list, its filter, its day, and what is selected in it."""

    run: Run
    session: Listed
    state: State = field(default_factory=State)
    changed: Signal = field(default_factory=Signal)
    judged: Signal = field(default_factory=Signal)
    """Rows were judged; `fresh` says which."""
    fresh: range = range(0)
    _standings: dict[str, Standing] = field(default_factory=dict)
    _asked: set[int] = field(default_factory=set)
    _size: int = -1
    _reading: bool = False
    _again: bool = False

    def load(self) -> None:
        """Read the list; while it is being read, whatever is typed is read once, after it."""
        if self._reading:
            self._again = True
            return
        self._reading, state = True, self.state
        self.run(lambda: self.session.models(state.filter, state.day), self._loaded, self._failed)

    @property
    def loaded(self) -> bool:
        return self.state.loaded

    def end(self) -> None:
        self.changed.end()
        self.judged.end()

    def filter(self, text: str) -> None:
        if text != self.state.filter:
            self._set(replace(self.state, filter=text, chosen=None))
            self.load()

    def choose(self, title: str, names: frozenset[str]) -> None:
        """Show just these models, under a title that says what they have in common."""
        self._set(replace(self.state, filter="", day=None, day_typed="", chosen=Chosen(title, names), mistake=""))
        self.load()

    def show_all(self) -> None:
        if self.state.chosen:
            self._set(replace(self.state, chosen=None))
            self.load()

    def as_of(self, text: str) -> None:
        """Go to the end of a day, or back to today where nothing is typed; half a date changes nothing."""
        try:
            day = date.fromisoformat(text.strip()) if text.strip() else None
        except ValueError:
            mistake = "" if len(text.strip()) < len("2026-03-31") else f"{text.strip()} is no date: write 2026-03-31."
            self._set(replace(self.state, day_typed=text, mistake=mistake))
            return
        if day != self.state.day:
            self._forget()
            self._set(replace(self.state, day=day, day_typed=text, mistake=""))
            self.load()
        else:
            self._set(replace(self.state, day_typed=text, mistake=""))

    def select(self, row: int) -> None:
        if 0 <= row < len(self.state.lines) and self.state.lines[row].name != self.state.selected:
            self._set(replace(self.state, selected=self.state.lines[row].name))

    def step(self, by: int) -> None:
        """Select the next or the previous one, and stay at the ends."""
        if self.state.lines:
            self.select(max(0, min(self.row + by, len(self.state.lines) - 1)))

    @property
    def row(self) -> int:
        """Where the selected model stands; -1 where it does not."""
        names = (at for at, one in enumerate(self.state.lines) if one.name == self.state.selected)
        return next(names, -1)

    def standing(self, row: int) -> Standing | None:
        """Return how a model stands if that is known, and ask for its page if it is not."""
        name = self.state.lines[row].name
        if name not in self._standings:
            self._ask(row // PAGE)
        return self._standings.get(name)

    def _ask(self, page: int) -> None:
        if page in self._asked:
            return
        self._asked.add(page)
        lines, day = self.state.lines, self.state.day
        rows = range(page * PAGE, min((page + 1) * PAGE, len(lines)))
        names = tuple(lines[row].name for row in rows if lines[row].name not in self._standings)

        def done(found: dict[str, Standing]) -> None:
            if day != self.state.day:
                return
            self._standings |= found
            if lines is self.state.lines:
                self._asked.discard(page)
                self.fresh = rows
                self.judged.emit()

        # A page that failed is not asked for again until the list is read anew.
        self.run(lambda: self.session.standings(names, day), done, self._complain)

    def _loaded(self, found: Found) -> None:
        self._reading = False
        if self._repeat():
            return
        chosen = self.state.chosen
        lines = tuple(one for one in found.lines if one.name in chosen.names) if chosen else found.lines
        if found.size != self._size:
            self._forget()
            self._size = found.size
        self._asked.clear()
        names = {one.name for one in lines}
        selected = self.state.selected if self.state.selected in names else (lines[0].name if lines else "")
        self._set(
            replace(self.state, lines=lines, total=found.total, selected=selected, loaded=True, error="", mistake="")
        )

    def _failed(self, error: Exception) -> None:
        self._reading = False
        if self._repeat():
            return
        if getattr(error, "code", "") == "filter" or self.state.day:
            self._set(replace(self.state, mistake=complaint(error)))
        else:
            self._complain(error)

    def _repeat(self) -> bool:
        again, self._again = self._again, False
        if again:
            self.load()
        return again

    def _complain(self, error: Exception) -> None:
        self._set(replace(self.state, error=complaint(error)))

    def _forget(self) -> None:
        self._standings.clear()
        self._asked.clear()

    def _set(self, state: State) -> None:
        self.state = state
        self.changed.emit()
