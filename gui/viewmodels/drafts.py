"""What was typed and not signed: at hand in memory, and soon after on the disk."""

from typing import Protocol

from gui.viewmodels.signal import Run, Signal
from gui.viewmodels.signoff import Draft
from gui.words import complaint, counted

NOTHING = Draft()
VIEWS = "(views of the models)"
"""What a person's saved views are kept under: they are nothing to be signed, and are not discarded with what is."""


class Keeps(Protocol):
    """What this asks of a person's drawer; it is their own, and open."""

    @property
    def person(self) -> str: ...

    def put(self, version: str, draft: Draft) -> None: ...
    def drop(self, version: str) -> None: ...
    def drafts(self) -> tuple[dict[str, Draft], tuple[str, ...]]: ...


class Drafts:
    """The drafts of whoever sits here; what the disk did not take stays in memory, also while it is locked."""

    def __init__(self, keep: Run) -> None:
        self.changed = Signal()
        self.trouble = ""
        """What could not be restored, or why what is typed is not safe from a crash."""
        self._keep = keep
        self._drawer: Keeps | None = None
        self._drafts: dict[str, Draft] = {}
        self._written: dict[str, Draft] = {}
        self._refused: dict[tuple[str, str], Draft] = {}
        """What the disk did not take, by person and version."""

    def open(self, drawer: Keeps) -> None:
        self._drawer, self._written, self.trouble = drawer, {}, ""
        self._drafts = {version: draft for (person, version), draft in self._refused.items() if person == drawer.person}
        self._keep(drawer.drafts, lambda found: self._restored(drawer, found), self._failed)

    def close(self) -> None:
        """Put everything away; whoever comes back finds it again."""
        self.flush()
        self._drawer, self._drafts, self._written = None, {}, {}

    def of(self, version: str) -> Draft | None:
        return self._drafts.get(version)

    def put(self, version: str, draft: Draft) -> None:
        """Keep a draft, or let go of it where nothing is typed."""
        if draft == self._drafts.get(version, NOTHING):
            return
        self._drafts.pop(version, None)
        if draft != NOTHING:
            self._drafts[version] = draft
        self.changed.emit()

    def flush(self) -> None:
        """Write what is newer than the disk."""
        if self._drawer:
            for version in sorted({*self._drafts, *self._written}):
                if self._drafts.get(version) != self._written.get(version):
                    self._write(self._drawer, version, self._drafts.get(version))

    def discard(self) -> None:
        self._drafts = {name: kept for name, kept in self._drafts.items() if name == VIEWS}
        self._refused.clear()
        self.changed.emit()

    @property
    def in_danger(self) -> str:
        """What would be lost with the window; empty where the disk has it."""
        if not self._refused:
            return ""
        about = " and ".join(sorted(version for _, version in self._refused))
        return f"What you wrote about {about} would be lost ({counted(len(self._refused), 'draft')}). {self.trouble}"

    def _write(self, drawer: Keeps, version: str, draft: Draft | None) -> None:
        key = (drawer.person, version)

        def work() -> None:
            if draft is None:
                drawer.drop(version)
            else:
                drawer.put(version, draft)

        def done(_: None) -> None:
            if self._refused.pop(key, None):
                self.trouble = ""
                self.changed.emit()

        def failed(error: Exception) -> None:
            if draft is not None:
                self._refused[key] = draft
            self._written.pop(version, None)  # so that it is tried again
            self._failed(error)

        self._written.pop(version, None)
        if draft is not None:
            self._written[version] = draft
        self._keep(work, done, failed)

    def _restored(self, drawer: Keeps, found: tuple[dict[str, Draft], tuple[str, ...]]) -> None:
        if drawer is not self._drawer:
            return
        drafts, troubles = found
        self._written = drafts | self._written
        self._drafts = drafts | self._drafts
        self.trouble = " ".join(troubles)
        self.changed.emit()

    def _failed(self, error: Exception) -> None:
        trouble = f"What you type cannot be kept on the disk. {complaint(error)}"
        if trouble != self.trouble:
            self.trouble = trouble
            self.changed.emit()
