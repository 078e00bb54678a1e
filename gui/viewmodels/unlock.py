"""Opening a ledger and saying who sits here."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from gui.sights import Ledger, Seat
from gui.viewmodels.signal import Run, Signal
from gui.words import complaint


class Opened(Protocol):
    """What this screen asks of an open ledger."""

    def ledger(self) -> Ledger: ...
    def seats(self) -> list[Seat]: ...
    def unlock(self, handle: str, passphrase: str) -> Seat: ...


@dataclass(frozen=True, slots=True)
class State:
    opening: bool = True
    ledger: Ledger | None = None
    seats: tuple[Seat, ...] = ()
    chosen: str = ""
    working: bool = False
    error: str = ""
    unlocked: Seat | None = None

    @property
    def seat(self) -> Seat | None:
        return next((one for one in self.seats if one.handle == self.chosen), None)


class Unlock:
    """Who is here, and the passphrase that proves it."""

    def __init__(self, run: Run, open_: Callable[[], Opened], wanted: str = "") -> None:
        self.state = State()
        self.changed = Signal()
        self.session: Opened | None = None
        self._run = run
        self._open = open_
        self._wanted = wanted

    def open(self) -> None:
        self._set(replace(self.state, opening=True, error=""))
        self._run(self._opened, self._seated, self._failed)

    def choose(self, handle: str) -> None:
        if handle != self.state.chosen:
            self._set(replace(self.state, chosen=handle, error=""))

    def unlock(self, passphrase: str) -> None:
        """Sign in as whoever is chosen; what was typed is kept by nobody."""
        session, seat = self.session, self.state.seat
        if session is None or seat is None or self.state.working:
            return
        if seat.why_not:
            self._set(replace(self.state, error=complaint(ValueError(seat.why_not))))
            return
        self._set(replace(self.state, working=True, error=""))
        self._run(lambda: session.unlock(seat.handle, passphrase), self._unlocked, self._failed)

    def lock(self) -> None:
        self._set(replace(self.state, unlocked=None, working=False, error=""))

    def _opened(self) -> tuple[Opened, Ledger, list[Seat]]:
        session = self.session or self._open()
        return session, session.ledger(), session.seats()

    def _seated(self, found: tuple[Opened, Ledger, list[Seat]]) -> None:
        self.session, ledger, seats = found
        names = [one.handle for one in seats]
        chosen = self._wanted if self._wanted in names else (names[0] if names else "")
        error = "" if names else "No key of anybody lies here. `govern key new NAME` makes one."
        self._set(replace(self.state, opening=False, ledger=ledger, seats=tuple(seats), chosen=chosen, error=error))

    def _unlocked(self, seat: Seat) -> None:
        self._set(replace(self.state, working=False, unlocked=seat, error=""))

    def _failed(self, error: Exception) -> None:
        self._set(replace(self.state, opening=False, working=False, error=complaint(error)))

    def _set(self, state: State) -> None:
        self.state = state
        self.changed.emit()
