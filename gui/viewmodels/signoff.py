"""The ceremony: exactly what is signed, with which meaning and why, and nothing that was typed is lost.

Success is only what a verified receipt says. A passphrase is handed on and never kept.
"""

from dataclasses import dataclass, replace
from typing import Protocol

from gui.sights import Dossier, Filed, Tone
from gui.viewmodels.dossier import APPROVES, unread
from gui.viewmodels.signal import Run, Signal
from gui.words import MEANINGS, complaint

LONGEST_REASON = 2000
RESTORED = "As you left it"
OLD = "The dossier changed after you wrote this: read it again, and choose again what your signature means."
NEEDS_REASON = frozenset({"rejected", "approved_with_conditions"})


class Signs(Protocol):
    """What this screen asks of an open ledger."""

    def sign(  # noqa: PLR0913, PLR0917  a signature has as many sides
        self, seen: Dossier, handle: str, role: str, meaning: str, reason: str, passphrase: str
    ) -> Filed: ...


@dataclass(frozen=True, slots=True)
class Draft:
    """What was typed and not yet signed."""

    meaning: str = ""
    reason: str = ""
    about: str = ""
    """The digest of the dossier it was written about."""


@dataclass(frozen=True, slots=True)
class State:
    sight: Dossier
    role: str
    meaning: str = ""
    reason: str = ""
    has_passphrase: bool = False
    working: bool = False
    stale: bool = False
    error: str = ""
    filed: Filed | None = None
    note: str = ""
    """Where what is in the fields already comes from."""

    @property
    def typed(self) -> bool:
        return bool(self.meaning or self.reason)

    @property
    def against(self) -> str:
        """What stands against the version, in one line."""
        return unread(self.sight)

    @property
    def needs_reason(self) -> bool:
        over = self.meaning in APPROVES and self.sight.tone in {Tone.FAIL, Tone.MISSING, Tone.UNSURE}
        return self.meaning in NEEDS_REASON or over

    @property
    def reason_title(self) -> str:
        return "Conditions and reason" if self.meaning == "approved_with_conditions" else "Reason"

    @property
    def button(self) -> str:
        return f"Sign: {MEANINGS[self.meaning][0]}" if self.meaning else "Sign"

    @property
    def missing(self) -> str:  # noqa: PLR0911  the steps of the ceremony, one after the other
        """What is still to be done before the button works; empty when nothing is."""
        if self.working or self.filed:
            return ""
        if self.stale:
            return "The dossier changed. Read it again, and sign that."
        if not self.meaning:
            return "Choose what your signature means."
        refused = next((one.why_not for one in self.sight.meanings if one.word == self.meaning), "")
        if refused:
            return f"{refused[0].upper()}{refused[1:]}."
        if self.needs_reason and not self.reason.strip():
            return "This meaning needs a written reason; it is printed with the signature."
        if len(self.reason) > LONGEST_REASON:
            return f"A reason has at most {LONGEST_REASON} characters, this has {len(self.reason)}."
        return "" if self.has_passphrase else "Your passphrase signs it."

    @property
    def ready(self) -> bool:
        return not self.missing and not self.working and self.filed is None


class SignOff:
    """From a dossier that was read to a receipt."""

    def __init__(self, run: Run, session: Signs, handle: str, sight: Dossier, draft: Draft | None = None) -> None:
        kept = draft or Draft()
        old = bool(kept.about) and kept.about != sight.digest
        note = OLD if old else RESTORED if draft else ""
        # What is meant of another dossier has to be chosen again; what was written can be read again.
        meaning = "" if old else kept.meaning
        self.state = State(sight, sight.roles[0] if sight.roles else "", meaning, kept.reason, note=note)
        self.changed = Signal()
        self._run = run
        self._session = session
        self._handle = handle

    @property
    def draft(self) -> Draft:
        state = self.state
        return Draft() if state.filed or not state.typed else Draft(state.meaning, state.reason, state.sight.digest)

    def clear(self) -> None:
        """Throw away what was typed."""
        if not self.state.working and not self.state.filed:
            self._set(replace(self.state, meaning="", reason="", note="", error=""))

    def mean(self, meaning: str) -> None:
        if not self.state.working and not self.state.filed:
            self._set(replace(self.state, meaning=meaning, error=""))

    def act_as(self, role: str) -> None:
        if role in self.state.sight.roles and not self.state.working:
            self._set(replace(self.state, role=role, error=""))

    def explain(self, reason: str) -> None:
        if reason != self.state.reason:
            self._set(replace(self.state, reason=reason))

    def passphrase_typed(self, *, there: bool) -> None:
        if there != self.state.has_passphrase:
            self._set(replace(self.state, has_passphrase=there))

    def sign(self, passphrase: str) -> None:
        if not passphrase or not replace(self.state, has_passphrase=True).ready:
            return
        state = self.state
        self._set(replace(state, working=True, error=""))
        self._run(
            lambda: self._session.sign(
                state.sight, self._handle, state.role, state.meaning, state.reason.strip(), passphrase
            ),
            self._filed,
            self._failed,
        )

    def _filed(self, filed: Filed) -> None:
        self._set(replace(self.state, working=False, has_passphrase=False, filed=filed))

    def _failed(self, error: Exception) -> None:
        stale = getattr(error, "code", "") in {"stale_dossier", "stale_subject"}
        text = f"Nothing was signed. {complaint(error)}"
        self._set(replace(self.state, working=False, has_passphrase=False, stale=stale or self.state.stale, error=text))

    def _set(self, state: State) -> None:
        self.state = state
        self.changed.emit()
