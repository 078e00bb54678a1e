"""A policy is adopted: what it would mean was read, a passphrase signs it, and a receipt ends it."""

from dataclasses import dataclass, field, replace
from typing import Protocol

from gui.casework import Receipt
from gui.rulebook import Opened, Weighed
from gui.viewmodels.deed import TO_COME, Signing
from gui.viewmodels.signal import Run, Signal
from gui.words import sentence


class Adopts(Protocol):
    """What this asks of an open ledger."""

    def adopt(self, seen: Opened, handle: str, passphrase: str) -> Receipt: ...


@dataclass(frozen=True, slots=True)
class AdoptState:
    of: Weighed
    signing: Signing = TO_COME

    @property
    def working(self) -> bool:
        return self.signing.working

    @property
    def missing(self) -> str:
        """What is still to be done before the button works; empty when nothing is."""
        if not self.signing.is_open:
            return ""
        if self.signing.stale:
            return "The ledger went on. Read the file again, and sign that."
        return sentence(self.of.why_not) or self.signing.missing

    @property
    def deed(self) -> str:
        return f"Sign and adopt {self.of.id} {self.of.release}"


@dataclass
class Adopt:
    """From a file without an error to a receipt."""

    run: Run
    session: Adopts
    handle: str
    seen: Opened
    state: AdoptState = field(init=False)
    changed: Signal = field(default_factory=Signal)

    def __post_init__(self) -> None:
        assert self.seen.weighed
        self.state = AdoptState(self.seen.weighed)

    def passphrase_typed(self, *, there: bool) -> None:
        signing = replace(self.state.signing, has_passphrase=there)
        if self.state.signing.is_open and signing != self.state.signing:
            self._set(replace(self.state, signing=signing))

    def sign(self, passphrase: str) -> None:
        self.passphrase_typed(there=bool(passphrase))
        if self.state.missing or not self.state.signing.is_open:
            return
        self._set(replace(self.state, signing=self.state.signing.begun()))
        self.run(lambda: self.session.adopt(self.seen, self.handle, passphrase), self._filed, self._failed)

    def _filed(self, receipt: Receipt) -> None:
        self._set(replace(self.state, signing=self.state.signing.filed(receipt)))

    def _failed(self, error: Exception) -> None:
        self._set(replace(self.state, signing=self.state.signing.refused(error)))

    def _set(self, state: AdoptState) -> None:
        self.state = state
        self.changed.emit()
