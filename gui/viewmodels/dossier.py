"""One version as it is read before it is signed."""

from dataclasses import dataclass, replace
from typing import Protocol

from gui.casework import Case
from gui.charts.ratio import Ratio
from gui.sights import Dossier as Sight
from gui.sights import Finding
from gui.tones import Tone
from gui.viewmodels.measured import Shown, is_grouped, shown
from gui.viewmodels.signal import Run, Signal, Turn
from gui.words import complaint, counted, is_implied, the_check

TABS = ("overview", "checks", "reasons", "provenance", "documents", "discussion", "findings", "history")
APPROVES = frozenset({"validated", "approved", "approved_with_conditions"})


class Shows(Protocol):
    """What this screen asks of an open ledger."""

    def dossier(self, name: str, handle: str) -> Sight: ...
    def digest(self, name: str) -> str: ...


@dataclass(frozen=True, slots=True)
class State:
    name: str = ""
    sight: Sight | None = None
    tab: str = "overview"
    check: str = ""
    stale: bool = False
    """Whether the ledger holds another dossier by now than the one on screen."""
    error: str = ""
    by: str = ""
    """By what the chosen check is looked at, where there is a choice."""
    part: str = ""
    """Of which column or group the bins are looked at."""
    tables: bool = False
    """Whether the charts of a check are shown as tables."""
    draft: bool = False
    """Whether a sign-off of it was begun and neither signed nor discarded."""

    @property
    def why_not_sign(self) -> str:
        """Why the button is grey, in the words that stand under it."""
        sight = self.sight
        if sight is None:
            return "no version is open"
        if self.stale:
            return f"{sight.version} changed while you were reading it; read what is new first"
        if not sight.may_sign:
            return next((one.why_not for one in sight.meanings if one.why_not), "you may not sign here")
        return ""

    def why_not_waive(self, case: Case) -> str:
        """Why the chosen check cannot be accepted for a while."""
        if self.sight is None or self.sight.version != case.version:
            return "it is being read"
        if self.tab != "checks":
            return "a check is chosen on the page Checks"
        if self.stale:
            return self.why_not_sign
        found = case.acceptance(self.check)
        if found:
            return found.why_not
        if is_implied(self.check):
            return f"{the_check(self.check)} is no check of its own: nothing lifts it"
        missing = self.sight.tone_of(self.check) is Tone.MISSING
        return (
            "it was not measured: there is nothing to accept" if missing else f"{the_check(self.check)} does not fail"
        )

    @property
    def rule(self) -> Finding | None:
        """Where the chosen check stands in its policy."""
        return next(iter(self.sight.of(self.check)), None) if self.sight else None

    @property
    def note(self) -> str:
        """What is to be known about signing although it is possible."""
        approving = [one for one in self.sight.meanings if one.word in APPROVES] if self.sight else []
        closed = bool(approving) and all(one.why_not for one in approving)
        return approving[0].why_not if closed and not self.why_not_sign else ""

    @property
    def shown(self) -> Shown | None:
        """What is to be seen of the chosen check."""
        return shown(self.sight, self.check, self.by, self.part) if self.sight else None

    @property
    def worst_chart(self) -> Ratio | None:
        """The check that a reader should see first, if it was measured by group."""
        found = shown(self.sight, first_to_read(self.sight)) if self.sight else None
        return found.chart if found and found.is_grouped else None


class Dossier:
    """What is on screen of a version, and whether it is still so."""

    def __init__(self, run: Run, session: Shows, handle: str) -> None:
        self.state = State()
        self.changed = Signal()
        self._run = run
        self._session = session
        self._handle = handle
        self._turn = Turn()

    def open(self, name: str) -> None:
        """Show a version; what is on screen stays until the other is there."""
        if not name:
            return
        if name != self.state.name:
            self._set(replace(self.state, name=name, error=""))
        self.reload()

    def reload(self) -> None:
        name = self.state.name
        if name:
            done = self._turn.only(self._read)
            self._run(lambda: self._session.dossier(name, self._handle), done, self._turn.also(self._failed))

    def look_again(self) -> None:
        """Ask whether the dossier on screen is still the ledger's; nothing on screen moves but the banner."""
        sight = self.state.sight
        if sight and not self.state.stale:
            self._run(lambda: self._session.digest(sight.version), self._compared, _ignore)

    def leave(self, text: str) -> None:
        """Show no version, and say why."""
        self._turn.only(self._read)
        self._set(State(tab=self.state.tab, error=text))

    def show(self, tab: str) -> None:
        if tab in TABS and tab != self.state.tab:
            self._set(replace(self.state, tab=tab))

    def choose(self, check: str) -> None:
        if check != self.state.check:
            self._set(replace(self.state, check=check, by="", part=""))

    def look_by(self, by: str) -> None:
        """Look at the chosen check by something else."""
        if by != self.state.by:
            self._set(replace(self.state, by=by))

    def look_at(self, part: str) -> None:
        """Look at the bins of another column or group."""
        if part != self.state.part:
            self._set(replace(self.state, part=part))

    def swap(self) -> None:
        self._set(replace(self.state, tables=not self.state.tables))

    def mark_draft(self, *, there: bool) -> None:
        if there != self.state.draft:
            self._set(replace(self.state, draft=there))

    def became_stale(self) -> None:
        self._set(replace(self.state, stale=True))

    def _compared(self, digest: str) -> None:
        if self.state.sight and digest != self.state.sight.digest and not self.state.stale:
            self.became_stale()

    def _read(self, sight: Sight) -> None:
        same = self.state.sight is not None and self.state.sight.version == sight.version
        check = self.state.check if same and self.state.check in sight.checks else first_to_read(sight)
        self._set(replace(self.state, name=sight.version, sight=sight, check=check, stale=False, error=""))

    def _failed(self, error: Exception) -> None:
        self._set(replace(self.state, error=complaint(error)))

    def _set(self, state: State) -> None:
        self.state = state
        self.changed.emit()


def first_to_read(sight: Sight) -> str:
    """Return the check that a reader should look at first: the worst one that has groups, or the worst."""
    order = (Tone.FAIL, Tone.UNSURE, Tone.MISSING, Tone.WARN, Tone.PASS, Tone.WAIVED, Tone.NONE)
    return min(
        sight.checks, key=lambda check: (order.index(sight.tone_of(check)), not is_grouped(sight.of(check))), default=""
    )


def unread(sight: Sight) -> str:
    """Return what stands against a version, in one line, for whoever is about to sign it."""
    tones = [sight.tone_of(check) for check in sight.checks]
    parts = [
        f"{counted(tones.count(tone), 'check')} {word}"
        for tone, word in ((Tone.FAIL, "failed"), (Tone.MISSING, "not measured"), (Tone.UNSURE, "inconclusive"))
        if tone in tones
    ]
    return ", ".join(parts)


def _ignore(_: Exception) -> None:
    """A look that failed is repeated at the next tick."""
