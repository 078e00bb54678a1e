"""A word on a version besides a signature: written, kept as a draft, signed with a passphrase, and on record with a receipt."""

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Protocol

from gui.casework import Said, Word
from gui.viewmodels.signal import Run, Signal
from gui.viewmodels.signoff import LONGEST_REASON, Draft
from gui.words import complaint

SEVERITIES = ("low", "medium", "high", "critical")
LONGEST = {"comment": 20_000, "challenge": 20_000, "answer": 20_000}


@dataclass(frozen=True, slots=True)
class Kind:
    """What a word is called, what is to be written, and what it does."""

    title: str
    field: str
    does: str
    button: str
    long: bool = True


KINDS = {
    "comment": Kind("Comment", "What you want to say", "Everybody who reads the dossier sees it.", "Sign and comment"),
    "challenge": Kind("Challenge", "What you doubt", "Whoever made it owes you an answer.", "Sign and challenge"),
    "answer": Kind("Answer", "Your answer", "It stands beside the challenge for good.", "Sign and answer"),
    "finding": Kind(
        "Raise a finding",
        "What is wrong",
        "The dossier changes: what was signed of it is void, and it is submitted again.",
        "Sign and raise it",
        long=False,
    ),
    "close": Kind("Close a finding", "How it was mended", "The dossier changes with it.", "Sign and close it"),
    "meet": Kind("A condition is met", "How you know", "The approval holds on.", "Sign that it is met"),
    "changes": Kind("Request changes", "What has to change", "The version leaves review.", "Sign and send it back"),
}


class Says(Protocol):
    """What this asks of an open ledger."""

    def say(self, word: Word, handle: str, passphrase: str) -> Said: ...


@dataclass(frozen=True, slots=True)
class About:
    """What a word is about, and what may be chosen for it."""

    version: str
    kind: str
    entry: int = 0
    place: int = 0
    quoted: str = ""
    """The challenge, finding or condition, in its own words."""
    people: tuple[tuple[str, str], ...] = ()
    anchors: tuple[tuple[str, str], ...] = ()

    @property
    def draft(self) -> str:
        """The name that a draft of it is kept under."""
        part = f" #{self.entry}" if self.entry else ""
        return f"{self.version} ({self.kind}{part})"


@dataclass(frozen=True, slots=True)
class State:
    about: About
    text: str = ""
    anchor: str = ""
    severity: str = ""
    owner: str = ""
    due_typed: str = ""
    has_passphrase: bool = False
    working: bool = False
    error: str = ""
    said: Said | None = None

    @property
    def kind(self) -> Kind:
        return KINDS[self.about.kind]

    @property
    def due(self) -> date | None:
        return day(self.due_typed)

    @property
    def typed(self) -> bool:
        return bool(self.text or self.severity or self.due_typed)

    @property
    def missing(self) -> str:  # noqa: PLR0911  the steps, one after the other
        """What is still to be done before the button works; empty when nothing is."""
        longest = LONGEST.get(self.about.kind, LONGEST_REASON)
        if not self.text.strip():
            return "There is nothing in it yet."
        if len(self.text) > longest:
            return f"It has at most {longest} characters, this has {len(self.text)}."
        if self.about.kind == "challenge" and not self.anchor:
            return "Choose what you doubt."
        if self.about.kind == "finding":
            if not self.severity:
                return "Choose how grave it is."
            if not self.owner:
                return "Choose who mends it."
            if self.due is None:
                return "Say by which day: 2026-12-31."
        return "" if self.has_passphrase else "Your passphrase signs it."

    @property
    def ready(self) -> bool:
        return not self.missing and not self.working and self.said is None


@dataclass
class Say:
    """From what was typed to a receipt."""

    run: Run
    session: Says
    handle: str
    about: About
    kept: Draft | None = None
    state: State = field(init=False)
    changed: Signal = field(default_factory=Signal)

    def __post_init__(self) -> None:
        (rest,) = (self.kept and self.kept.rows) or (("", "", "", ""),)
        anchor, severity, owner, due = rest
        self.state = State(self.about, self.kept.reason if self.kept else "", anchor, severity, owner, due)

    @property
    def draft(self) -> Draft:
        state = self.state
        if state.said or not state.typed:
            return Draft()
        rest = (state.anchor, state.severity, state.owner, state.due_typed)
        return Draft(state.about.kind, state.text, "", (rest,))

    def write(self, text: str) -> None:
        self._change(text=text)

    def choose(self, anchor: str) -> None:
        self._change(anchor=anchor)

    def weigh(self, severity: str) -> None:
        self._change(severity=severity)

    def hand_to(self, owner: str) -> None:
        self._change(owner=owner)

    def ask_by(self, due: str) -> None:
        self._change(due_typed=due)

    def passphrase_typed(self, *, there: bool) -> None:
        self._change(has_passphrase=there)

    def clear(self) -> None:
        self._change(text="", anchor="", severity="", owner="", due_typed="", error="")

    def sign(self, passphrase: str) -> None:
        if not passphrase or not replace(self.state, has_passphrase=True).ready:
            return
        state, about = self.state, self.about
        word = Word(
            about.kind,
            about.version,
            state.text.strip(),
            state.anchor,
            about.entry,
            about.place,
            state.severity,
            state.owner,
            state.due,
        )
        self._set(replace(state, working=True, error=""))
        self.run(lambda: self.session.say(word, self.handle, passphrase), self._said, self._failed)

    def _said(self, said: Said) -> None:
        self._set(replace(self.state, working=False, has_passphrase=False, said=said))

    def _failed(self, error: Exception) -> None:
        text = f"Nothing was signed. {complaint(error)}"
        self._set(replace(self.state, working=False, has_passphrase=False, error=text))

    def _change(self, **changes: Any) -> None:
        state = self.state
        if not state.working and state.said is None:
            after = replace(state, **changes)
            if after != state:
                self._set(after)

    def _set(self, state: State) -> None:
        self.state = state
        self.changed.emit()


def day(text: str) -> date | None:
    """Return the day that was typed; nothing while it is none."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None
