"""Every entry of the ledger, a window at a time, and what is known of the chain."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from gui.children import STOPPED, Errand
from gui.sights import Audit, Entry, Line
from gui.tones import Tone
from gui.viewmodels.signal import Run, Signal, Turn
from gui.words import complaint, grouped, moment

PAGE = 200
KEPT = 40
"""Pages held in memory; the least recently shown goes first."""


class Read(Protocol):
    """What this screen asks of an open ledger."""

    def size(self) -> int: ...
    def lines(self, start: int, stop: int) -> list[Line]: ...
    def entry(self, index: int) -> Entry: ...


@dataclass(frozen=True, slots=True)
class State:
    size: int = 0
    selected: int | None = None
    entry: Entry | None = None
    error: str = ""
    auditing: bool = False
    audit: Audit | None = None
    audit_error: str = ""
    progress: str = ""
    """How far the audit that runs is, in its own words."""

    @property
    def chain(self) -> tuple[Tone, str, str]:
        """Return how the chain stands: a mark, three words at most, and the rest."""
        if self.audit_error:
            return Tone.UNSURE, "Not verified", self.audit_error
        if self.audit is None:
            text = "Every hash, signature and rule is being checked." if self.auditing else "Verify it with V."
            return Tone.NONE, "Verifying" if self.auditing else "Not verified yet", text
        audit = self.audit
        if audit.problem:
            where = f" at #{audit.entry}" if audit.entry is not None else ""
            return Tone.FAIL, f"Chain broken{where}", f"{audit.problem} {audit.hint}".strip()
        newer = max(0, self.size - audit.size)
        more = f", {grouped(newer)} newer since then" if newer else ""
        return (
            Tone.PASS,
            "Chain intact",
            f"{grouped(audit.size)} entries verified from their bytes, {moment(audit.at)}{more}",
        )


class Trail:
    """The newest entry is row 0; pages come when they are looked at."""

    def __init__(self, run: Run, aside: Run, session: Read, audit: Callable[[Errand], Audit]) -> None:
        self.state = State()
        self.changed = Signal()
        self.arrived = Signal()
        """Rows were loaded; `fresh` says which."""
        self.fresh: range = range(0)
        self._run = run
        self._aside = aside
        self._session = session
        self._audit = audit
        self._pages: OrderedDict[int, list[Line]] = OrderedDict()
        self._asked: set[int] = set()
        self._turn = Turn()
        self._errand: Errand | None = None

    def load(self) -> None:
        self._run(self._session.size, self._sized, self._failed)

    def line(self, row: int) -> Line | None:
        """Return a row if it is here, and ask for its page if it is not."""
        index = self.state.size - 1 - row
        page = index // PAGE
        lines = self._pages.get(page)
        if lines is None:
            self._ask(page)
            return None
        self._pages.move_to_end(page)
        at = index - page * PAGE
        if at >= len(lines):  # entries were appended to a page that was read before
            self._ask(page)
            return None
        return lines[at]

    def select(self, row: int) -> None:
        index = self.state.size - 1 - row
        if index == self.state.selected or not 0 <= index < self.state.size:
            return
        self._set(replace(self.state, selected=index))
        self._run(lambda: self._session.entry(index), self._turn.only(self._opened), self._turn.also(self._failed))

    def look_up(self, index: int) -> None:
        """Choose an entry by its number, as soon as the ledger is known to be that long."""
        if index < self.state.size:
            self.select(self.row_of(index))

    def row_of(self, index: int) -> int:
        return self.state.size - 1 - index

    def verify(self) -> None:
        """Audit the whole ledger in a child process; one at a time."""
        if not self.state.auditing:
            errand = self._errand = Errand()
            self._set(replace(self.state, auditing=True, audit_error="", progress=""))
            self._aside(lambda: self._audit(errand), self._audited, self._not_audited)

    def stop(self) -> None:
        """Call the audit back; what was known of the chain before stays."""
        if self._errand:
            self._errand.call_back()

    def look(self) -> None:
        """See how far the audit is."""
        said = self._errand.said if self._errand else ""
        progress = f"{said[:1].upper()}{said[1:]}." if said.startswith("checked: ") else ""
        if self.state.auditing and progress != self.state.progress:
            self._set(replace(self.state, progress=progress))

    def _ask(self, page: int) -> None:
        if page in self._asked:
            return
        self._asked.add(page)
        start, stop = page * PAGE, min((page + 1) * PAGE, self.state.size)

        def done(lines: list[Line]) -> None:
            self._asked.discard(page)
            self._pages[page] = lines
            while len(self._pages) > KEPT:
                self._pages.popitem(last=False)
            self.fresh = range(self.state.size - stop, self.state.size - start)
            self.arrived.emit()

        def failed(error: Exception) -> None:
            self._asked.discard(page)
            self._failed(error)

        self._run(lambda: self._session.lines(start, stop), done, failed)

    def _sized(self, size: int) -> None:
        if size != self.state.size:
            self._set(replace(self.state, size=size, error=""))

    def _opened(self, entry: Entry) -> None:
        self._set(replace(self.state, entry=entry, error=""))

    def _audited(self, audit: Audit) -> None:
        self._set(replace(self.state, auditing=False, audit=audit))

    def _not_audited(self, error: Exception) -> None:
        stopped = getattr(error, "code", "") == STOPPED
        self._set(replace(self.state, auditing=False, audit_error="" if stopped else complaint(error)))

    def _failed(self, error: Exception) -> None:
        self._set(replace(self.state, error=complaint(error)))

    def _set(self, state: State) -> None:
        self.state = state
        self.changed.emit()
