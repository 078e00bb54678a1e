"""The ceremony: exactly what is signed, with which meaning and why, and nothing that was typed is lost.

Success is only what a verified receipt says. A passphrase is handed on and never kept.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol

from gui.sights import Dossier, Filed
from gui.tones import Tone
from gui.viewmodels.dossier import APPROVES, unread
from gui.viewmodels.signal import Run, Signal
from gui.words import MEANINGS, complaint, counted

LONGEST_REASON = 2000
RESTORED = "As you left it"
OLD = "The dossier changed after you wrote this: read it again, and choose again what your signature means."
CONDITIONAL = "approved_with_conditions"
NEEDS_REASON = frozenset({"rejected", CONDITIONAL})
MOST_CONDITIONS = 16


class Signs(Protocol):
    """What this screen asks of an open ledger."""

    def sign(  # noqa: PLR0913, PLR0917  a signature has as many sides
        self,
        seen: Dossier,
        handle: str,
        role: str,
        meaning: str,
        reason: str,
        passphrase: str,
        conditions: Sequence[tuple[str, str, date]],
    ) -> Filed: ...


@dataclass(frozen=True, slots=True)
class Draft:
    """What was typed and not yet signed."""

    meaning: str = ""
    reason: str = ""
    about: str = ""
    """The digest of the dossier it was written about."""
    rows: tuple[tuple[str, ...], ...] = ()
    """Conditions of an approval, each a text, an owner and a day; of another word what it says besides its text."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition as it is typed: half of it may be missing yet."""

    text: str = ""
    owner: str = ""
    due_typed: str = ""

    @property
    def due(self) -> date | None:
        try:
            return date.fromisoformat(self.due_typed.strip())
        except ValueError:
            return None

    @property
    def missing(self) -> str:
        """What it still needs; empty where it is whole."""
        if not self.text.strip():
            return "what has to be done"
        if not self.owner:
            return "who owes it"
        return "" if self.due else "the day it is due: 2026-12-31"


@dataclass(frozen=True, slots=True)
class State:
    sight: Dossier
    role: str
    meaning: str = ""
    reason: str = ""
    conditions: tuple[Condition, ...] = ()
    has_passphrase: bool = False
    working: bool = False
    stale: bool = False
    error: str = ""
    filed: Filed | None = None
    note: str = ""
    """Where what is in the fields already comes from."""

    @property
    def typed(self) -> bool:
        return bool(self.meaning or self.reason or any(one != Condition() for one in self.conditions))

    @property
    def is_conditional(self) -> bool:
        return self.meaning == CONDITIONAL

    @property
    def asked(self) -> tuple[Condition, ...]:
        """The conditions that the signature would have."""
        return tuple(one for one in self.conditions if one != Condition()) if self.is_conditional else ()

    @property
    def against(self) -> str:
        """What stands against the version, in one line."""
        return unread(self.sight)

    @property
    def needs_reason(self) -> bool:
        over = self.meaning in APPROVES and self.sight.tone in {Tone.FAIL, Tone.MISSING, Tone.UNSURE}
        return self.meaning in NEEDS_REASON or over

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
        if self.is_conditional and not self.asked:
            return "Add at least one condition: what, who owes it, and by when."
        half = next((one.missing for one in self.asked if one.missing), "")
        if half:
            return f"A condition needs {half}."
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
        conditions = tuple(Condition(*row) for row in kept.rows)
        self.state = State(sight, sight.roles[0] if sight.roles else "", meaning, kept.reason, conditions, note=note)
        self.changed = Signal()
        self._run = run
        self._session = session
        self._handle = handle

    @property
    def draft(self) -> Draft:
        state = self.state
        if state.filed or not state.typed:
            return Draft()
        rows = tuple((one.text, one.owner, one.due_typed) for one in state.conditions if one != Condition())
        return Draft(state.meaning, state.reason, state.sight.digest, rows)

    def clear(self) -> None:
        """Throw away what was typed."""
        if not self.state.working and not self.state.filed:
            self._set(replace(self.state, meaning="", reason="", conditions=(), note="", error=""))

    def mean(self, meaning: str) -> None:
        if not self.state.working and not self.state.filed:
            conditions = self.state.conditions or ((Condition(),) if meaning == CONDITIONAL else ())
            self._set(replace(self.state, meaning=meaning, conditions=conditions, error=""))

    def add_condition(self) -> None:
        if len(self.state.conditions) < MOST_CONDITIONS and not self.state.working:
            self._set(replace(self.state, conditions=(*self.state.conditions, Condition())))

    def drop_condition(self, place: int) -> None:
        if not self.state.working:
            kept = tuple(one for at, one in enumerate(self.state.conditions) if at != place)
            self._set(replace(self.state, conditions=kept or (Condition(),)))

    def ask(self, place: int, condition: Condition) -> None:
        """Change what is typed of one condition."""
        if self.state.conditions[place] != condition:
            kept = tuple(condition if at == place else one for at, one in enumerate(self.state.conditions))
            self._set(replace(self.state, conditions=kept))

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
        asked = [(one.text.strip(), one.owner, one.due) for one in state.asked if one.due]
        self._run(
            lambda: self._session.sign(
                state.sight, self._handle, state.role, state.meaning, state.reason.strip(), passphrase, asked
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


def still_needed(sight: Dossier) -> str:
    """Return who else must sign, in words."""
    waiting = [one for one in sight.approvals if one.tone is not Tone.PASS]
    if not waiting:
        return "Nobody: whoever the policy asks for has signed" if sight.approvals else "Nobody"
    return "; ".join(f"{one.name} asks for {one.asked}, {one.text}" for one in waiting)


def would_void(sight: Dossier, role: str) -> str:
    """Return what would take the worth from a signature in a role, in words."""
    held = sum(is_held for *_, is_held in sight.artefacts)
    parts = [counted(held, "artefact")] if held else []
    parts += [f"the evidence of {counted(len(sight.checks), 'check')}"] if sight.checks else []
    parts += [f"the policy {' or '.join(sight.policies)}", "a document", "a finding or waiver, new or ended"]
    parts += ["the model's purpose, uses or tier"]
    ends = min((length for of, length in sight.ends if of == role), default="")
    return f"Any change of {', '.join(parts)}." + (f" It ends after {ends}." if ends else "")
