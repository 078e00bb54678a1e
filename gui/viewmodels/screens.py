"""Screens that list what is on the ledger, made when somebody unlocks and dropped when they leave; and who works for them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, Self

from gui.children import Errand
from gui.sights import Audit, Ledger, Seat
from gui.tones import Tone
from gui.viewmodels.compare import Compare
from gui.viewmodels.export import Makes
from gui.viewmodels.keeping import Integrity, People
from gui.viewmodels.models import Models
from gui.viewmodels.policies import Policies
from gui.viewmodels.portfolio import Portfolio
from gui.viewmodels.reasons import Explains
from gui.viewmodels.signal import Run

SCREENS = ("inbox", "portfolio", "models", "compare", "policies", "trail", "people", "integrity")


@dataclass(frozen=True, slots=True)
class State:
    seat: Seat | None = None
    ledger: Ledger | None = None
    screen: str = "inbox"
    """One of `SCREENS`; or `dossier`, a version by itself; or `export`."""
    back: str = "inbox"
    """Where a dossier by itself, or an export, was opened from."""
    title: str = ""
    chain: tuple[Tone, str, str] = (Tone.NONE, "Not verified yet", "")
    told: str = ""
    read_only: str = ""

    @property
    def broken(self) -> bool:
        return self.chain[0] is Tone.FAIL

    @property
    def notice(self) -> str:
        """What has to be known on every screen."""
        if self.broken:
            return f"{self.chain[1]}. {self.chain[2]} Signing is off."
        if self.read_only:
            return f"This ledger can only be read: {self.read_only}."
        return self.told


class Works(Makes, Explains, Protocol):
    """What is made by programs of their own."""

    def audit(self, errand: Errand, /) -> Audit: ...
    def lay(self, name: str, content: bytes) -> Path: ...


class Loads(Protocol):
    """A screen that reads the ledger when it is gone to."""

    def load(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Lanes:
    """Who works off the UI thread: on the ledger, on child processes, on pages of a PDF, on drafts."""

    run: Run
    aside: Run
    draw: Run
    keep: Run


class Screen(Loads, Protocol):
    """One that can be read again, and ended."""

    @property
    def loaded(self) -> bool: ...
    def end(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Screens:
    """One view model a screen."""

    models: Models
    portfolio: Portfolio
    people: People
    integrity: Integrity
    compare: Compare
    policies: Policies

    @classmethod
    def made(cls, lanes: Lanes, session: Any, handle: str) -> Self:
        run = lanes.run
        return cls(
            Models(run, session),
            Portfolio(run, session, handle),
            People(run, session),
            Integrity(run, session),
            Compare(run, session),
            Policies(run, session.rules, handle),
        )

    @property
    def by_name(self) -> Mapping[str, Screen]:
        return {
            "models": self.models,
            "portfolio": self.portfolio,
            "people": self.people,
            "integrity": self.integrity,
            "compare": self.compare,
            "policies": self.policies,
        }

    def refresh(self) -> None:
        """Read again whatever was read before."""
        for one in self.by_name.values():
            if one.loaded:
                one.load()

    def end(self) -> None:
        """Let no answer that is still on its way reach a screen that is gone."""
        for one in self.by_name.values():
            one.end()
