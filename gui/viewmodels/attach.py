"""A document is attached to a section: which file, what is known of it, and the signature that makes it the one."""

import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol, Self

from gui.casework import Case, Paper, Receipt, Section
from gui.viewmodels.deed import TO_COME, Signing
from gui.viewmodels.signal import Run, Signal, Turn
from gui.words import complaint, counted, grouped, section

KINDS = (".pdf", ".docx", ".md", ".markdown", ".txt")
ANOTHER = "another section"
_SECTION = re.compile(r"[a-z][a-z0-9_]{0,63}")


class Attaches(Protocol):
    """What this asks of an open ledger."""

    def paper(self, path: str) -> Paper: ...
    def attach(self, version: str, section: str, seen: Paper, handle: str, passphrase: str) -> Receipt: ...


@dataclass(frozen=True, slots=True)
class State:
    version: str
    sections: tuple[Section, ...]
    is_maker: bool = False
    chosen: str = ""
    """A section, or `ANOTHER`."""
    named: str = ""
    """What another section is called."""
    paper: Paper | None = None
    reading: bool = False
    trouble: str = ""
    """Why the file that was chosen cannot be attached."""
    signing: Signing = TO_COME

    @property
    def working(self) -> bool:
        return self.signing.working

    @property
    def section(self) -> str:
        """The section it is for, as the ledger writes it."""
        return "_".join(self.named.strip().lower().split()) if self.chosen == ANOTHER else self.chosen

    @property
    def of(self) -> Section:
        return next(
            (one for one in self.sections if one.name == self.section), Section(self.section, is_required=False)
        )

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is to be known before it is signed."""
        of, words = self.of, self.paper.words if self.paper else None
        found = []
        if of.document:
            found.append(f"It takes the place of {of.document}, which stays in the ledger.")
        if words is not None and words < of.least:
            asked = counted(of.least, "word")
            found.append(f"The policy asks for at least {asked} here, and this has {grouped(words)}: it will not pass.")
        if self.is_maker or of.is_anothers:
            found.append("By attaching it you count as one of the makers of this version, who do not approve it.")
        return tuple(found)

    @property
    def missing(self) -> str:  # noqa: PLR0911  the steps of the ceremony, one after the other
        """What is still to be done before the button works; empty when nothing is."""
        if not self.signing.is_open:
            return ""
        if self.reading:
            return "The file is being read."
        if self.paper is None:
            return "Choose a file."
        if not self.chosen:
            return "Choose the section that it is for."
        if not self.section:
            return "Say what the section is called."
        if not _SECTION.fullmatch(self.section):
            return "The name of a section has small letters, digits and _, and begins with a letter."
        return self.signing.missing

    @property
    def deed(self) -> str:
        return f"Sign and attach as {section(self.section).lower()}" if self.section else "Sign and attach"


@dataclass
class Attach:
    """From a file to a receipt."""

    run: Run
    session: Attaches
    handle: str
    state: State
    changed: Signal = field(default_factory=Signal)
    _turn: Turn = field(default_factory=Turn)

    @classmethod
    def about(cls, run: Run, session: Attaches, handle: str, case: Case, section: str = "") -> Self:
        return cls(run, session, handle, State(case.version, case.sections, case.is_maker, section))

    def choose(self, path: str) -> None:
        """Read a file, so that it can be looked at before it is signed."""
        if not self.state.signing.is_open:
            return
        if Path(path).suffix.lower() not in KINDS:
            trouble = f"{Path(path).name} is not attached from here: choose a PDF, Word, Markdown or text file."
            self._change(paper=None, trouble=trouble)
            return
        self._change(paper=None, reading=True, trouble="")
        self.run(lambda: self.session.paper(path), self._turn.only(self._looked), self._turn.also(self._not_read))

    def put_in(self, name: str) -> None:
        self._change(chosen=name)

    def call(self, name: str) -> None:
        self._change(named=name)

    def passphrase_typed(self, *, there: bool) -> None:
        self._change(signing=replace(self.state.signing, has_passphrase=there))

    def sign(self, passphrase: str) -> None:
        state = replace(self.state, signing=replace(self.state.signing, has_passphrase=bool(passphrase)))
        paper = state.paper
        if state.missing or not state.signing.is_open or paper is None:
            return
        self._set(replace(self.state, signing=self.state.signing.begun()))
        self.run(
            lambda: self.session.attach(state.version, state.section, paper, self.handle, passphrase),
            self._filed,
            self._failed,
        )

    def _looked(self, paper: Paper) -> None:
        self._set(replace(self.state, paper=paper, reading=False))

    def _not_read(self, error: Exception) -> None:
        self._set(replace(self.state, reading=False, trouble=complaint(error)))

    def _filed(self, receipt: Receipt) -> None:
        self._set(replace(self.state, signing=self.state.signing.filed(receipt)))

    def _failed(self, error: Exception) -> None:
        changed = getattr(error, "code", "") == "file_changed"
        self._set(replace(self.state, signing=self.state.signing.refused(error)))
        if changed and self.state.paper:
            self.choose(self.state.paper.path)

    def _change(self, **changes: Any) -> None:
        after = replace(self.state, **changes)
        if self.state.signing.is_open and after != self.state:
            self._set(after)

    def _set(self, state: State) -> None:
        self.state = state
        self.changed.emit()
