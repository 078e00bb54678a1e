"""A failing check is accepted until a day: what exactly, how long, what is done instead, why, and by how many."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Protocol

from gui.casework import Acceptance, Receipt, Wish
from gui.viewmodels.deed import TO_COME, Signing
from gui.viewmodels.say import day
from gui.viewmodels.signal import Run, Signal
from gui.viewmodels.signoff import LONGEST_REASON, Draft
from gui.words import counted, date_, length, people_of

CATEGORIES = {
    "mitigated": ("Mitigated", "Something is done until then that makes the risk smaller."),
    "accepted": ("Accepted", "The risk is borne as it is, and watched."),
}
OLD = "The check was measured again after you wrote this: read what it says now."


class Waives(Protocol):
    """What this asks of an open ledger."""

    def waive(self, wish: Wish, handle: str, passphrase: str, others: Sequence[tuple[str, str]]) -> Receipt: ...


@dataclass(frozen=True, slots=True)
class Other:
    """A further signature: whose, and whether their passphrase is there."""

    handle: str = ""
    has_passphrase: bool = False


@dataclass(frozen=True, slots=True)
class State:
    version: str
    of: Acceptance
    until_typed: str = ""
    category: str = ""
    control: str = ""
    reason: str = ""
    others: tuple[Other, ...] = ()
    signing: Signing = TO_COME
    note: str = ""

    @property
    def until(self) -> date | None:
        return day(self.until_typed)

    @property
    def typed(self) -> bool:
        return bool(self.until_typed or self.category or self.control or self.reason)

    @property
    def working(self) -> bool:
        return self.signing.working

    @property
    def bounds(self) -> str:
        """How long it may be, in words."""
        return f"{self.of.release} allows {length(self.of.longest)}: until {date_(self.of.last)} at the latest."

    @property
    def too_few(self) -> str:
        """Why it cannot be signed here, if too few of those who have to sign have a key on this machine."""
        lacking = self.of.quorum - 1 - len(self.of.others)
        if lacking <= 0:
            return ""
        asked, more = people_of(self.of.quorum, self.of.roles), counted(lacking, "key")
        return (
            f"{self.of.release} asks for {asked} to sign, and {more} of theirs would have to lie on this machine too."
        )

    @property
    def missing(self) -> str:
        """What is still to be done before the button works; empty when nothing is."""
        if not self.signing.is_open:
            return ""
        if self.signing.stale:
            return self.signing.missing
        if self.too_few:
            return "Sign it in a terminal, and hand it on."
        return self._unsaid or self._unsigned or self.signing.missing

    @property
    def _unsaid(self) -> str:
        if self.until is None:
            return f"Say until which day, {date_(self.of.last)} at the latest."
        if not self.of.first <= self.until <= self.of.last:
            return f"Choose a day from {date_(self.of.first)} to {date_(self.of.last)}."
        if not self.category:
            return "Choose whether the risk is mitigated or accepted."
        for text, what in ((self.control, "what is done instead"), (self.reason, "why")):
            if not text.strip():
                return f"Write {what}."
            if len(text) > LONGEST_REASON:
                return f"{what.capitalize()} has at most {LONGEST_REASON} characters, this has {len(text)}."
        return ""

    @property
    def _unsigned(self) -> str:
        if any(not one.handle for one in self.others):
            return "Choose who signs it with you."
        if len({one.handle for one in self.others}) < len(self.others):
            return "Each person signs once."
        if any(not one.has_passphrase for one in self.others):
            return "Whoever signs with you types their own passphrase."
        return ""

    @property
    def command(self) -> str:
        """What does the same where the others sit at machines of their own."""
        until = str(self.until or self.of.last)
        said = ["govern", "waive", self.version, self.of.rule, "--until", until]
        said += ["--control", self.control.strip() or "WHAT IS DONE INSTEAD", "--reason", self.reason.strip() or "WHY"]
        return shlex.join([*said, "--category", self.category or "mitigated", "--to-sign", "waiver.json"])


@dataclass
class Waive:
    """From a failing check to a receipt."""

    run: Run
    session: Waives
    handle: str
    version: str
    dossier: str
    of: Acceptance
    state: State = field(init=False)
    changed: Signal = field(default_factory=Signal)

    def __post_init__(self) -> None:
        others = (Other(),) * min(self.of.quorum - 1, len(self.of.others))
        self.state = State(self.version, self.of, others=others)

    def restore(self, kept: Draft | None) -> None:
        """Go on with what was typed before."""
        if kept and kept.rows:
            until, category, control = kept.rows[0]
            note = OLD if kept.about != self.of.evidence else ""
            self._change(until_typed=until, category=category, control=control, reason=kept.reason, note=note)

    @property
    def name(self) -> str:
        """The name that a draft of it is kept under."""
        return f"{self.version} (waive {self.of.rule})"

    @property
    def draft(self) -> Draft:
        state = self.state
        if state.signing.receipt or not state.typed:
            return Draft()
        return Draft("waive", state.reason, self.of.evidence, ((state.until_typed, state.category, state.control),))

    def last_until(self, until: str) -> None:
        self._change(until_typed=until)

    def weigh(self, category: str) -> None:
        self._change(category=category)

    def do_instead(self, control: str) -> None:
        self._change(control=control)

    def explain(self, reason: str) -> None:
        self._change(reason=reason)

    def sign_with(self, place: int, other: Other) -> None:
        """Change who gives a further signature, or whether their passphrase is there."""
        others = tuple(other if at == place else one for at, one in enumerate(self.state.others))
        self._change(others=others)

    def passphrase_typed(self, *, there: bool) -> None:
        self._change(signing=replace(self.state.signing, has_passphrase=there))

    def clear(self) -> None:
        self._change(until_typed="", category="", control="", reason="", note="")

    def sign(self, passphrase: str, others: Sequence[str] = ()) -> None:
        """Sign it; ``others`` are the passphrases of whoever signs with them, in their order."""
        texts = (*others, *("" for _ in self.state.others))[: len(self.state.others)]
        there = tuple(
            replace(one, has_passphrase=bool(text)) for one, text in zip(self.state.others, texts, strict=True)
        )
        state = replace(self.state, others=there, signing=replace(self.state.signing, has_passphrase=bool(passphrase)))
        if state.missing or not state.signing.is_open or state.until is None:
            return
        control, reason = state.control.strip(), state.reason.strip()
        wish = Wish(self.version, self.dossier, self.of.rule, state.until, state.category, control, reason)
        signing = tuple((one.handle, text) for one, text in zip(there, texts, strict=True))
        self._set(replace(self.state, signing=self.state.signing.begun()))
        self.run(lambda: self.session.waive(wish, self.handle, passphrase, signing), self._filed, self._failed)

    def _filed(self, receipt: Receipt) -> None:
        self._set(replace(self.state, signing=self.state.signing.filed(receipt)))

    def _failed(self, error: Exception) -> None:
        self._set(replace(self.state, signing=self.state.signing.refused(error)))

    def _change(self, **changes: Any) -> None:
        after = replace(self.state, **changes)
        if self.state.signing.is_open and after != self.state:
            self._set(after)

    def _set(self, state: State) -> None:
        self.state = state
        self.changed.emit()
