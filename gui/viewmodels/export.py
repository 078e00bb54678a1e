"""A report on its way out: made, looked at, put on record, saved, and checked as a stranger would.

What is put on record is the digest of exactly the bytes that were looked at. A passphrase is handed on and never kept.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from gui.children import STOPPED, Errand
from gui.sights import Checked, Issued, Picture, Preview
from gui.viewmodels.signal import Run, Signal, Turn
from gui.words import complaint


class Issues(Protocol):
    """What this screen asks of an open ledger."""

    def gone_on(self, seen: Preview) -> str: ...
    def why_not_issue(self, handle: str) -> str: ...
    def issue(self, seen: Preview, handle: str, passphrase: str) -> Issued: ...


class Makes(Protocol):
    """What it asks of programs of their own."""

    def preview(self, version: str, errand: Errand) -> Preview: ...
    def save(self, file: Path, content: bytes) -> Path: ...
    def bundle(self, version: str, report: Path) -> Path: ...
    def verify(self, file: Path, anchor: str) -> Checked: ...


class Paper(Protocol):
    """The pages of a PDF."""

    sizes: tuple[tuple[float, float], ...]

    def picture(self, page: int, scale: float) -> Picture: ...
    def close(self) -> None: ...


class Step(StrEnum):
    """How far a report is."""

    MAKING = "Making the pages"
    READY = "Ready to issue"
    ISSUING = "Putting it on record"
    SAVING = "Saving"
    BUNDLING = "Writing the evidence bundle"
    VERIFYING = "Verifying"
    DONE = "Done"


BUSY = frozenset({Step.ISSUING, Step.SAVING, Step.BUNDLING, Step.VERIFYING})


@dataclass(frozen=True, slots=True)
class State:
    version: str
    step: Step = Step.MAKING
    preview: Preview | None = None
    sizes: tuple[tuple[float, float], ...] = ()
    changed: str = ""
    """What the ledger has by now that the pages do not show."""
    refused: str = ""
    error: str = ""
    has_passphrase: bool = False
    with_bundle: bool = True
    issued: Issued | None = None
    files: tuple[Path, ...] = ()
    checked: tuple[Checked, ...] = ()

    @property
    def busy(self) -> bool:
        return self.step in BUSY

    @property
    def missing(self) -> str:
        """What is still to be done before the report can be issued; empty when nothing is."""
        if self.step is Step.MAKING:
            return "The pages come first." if not self.error else "There are no pages to issue."
        if self.refused:
            return f"{self.refused[0].upper()}{self.refused[1:]}."
        if self.changed:
            return "Look at the pages as they are now first."
        return "" if self.has_passphrase else "Your passphrase signs that it was issued."

    @property
    def may_issue(self) -> bool:
        return self.step is Step.READY and not self.missing

    @property
    def unsaved(self) -> bool:
        """Whether the report is on record and lies nowhere yet."""
        return self.issued is not None and not self.files and not self.busy

    @property
    def suggested(self) -> str:
        return f"{self.version.replace('@', '-')}.pdf"


@dataclass
class Export:
    """One report, from its draft to the file that was checked."""

    run: Run
    aside: Run
    draw: Run
    session: Issues
    workshop: Makes
    open_pages: Callable[[bytes], Paper]
    handle: str
    anchor: str
    version: str
    state: State = field(init=False)
    changed: Signal = field(default_factory=Signal)
    _pages: Paper | None = None
    _errand: Errand | None = None
    _turn: Turn = field(default_factory=Turn)
    _left: bool = False

    def __post_init__(self) -> None:
        self.state = State(self.version)

    def preview(self) -> None:
        """Make the pages anew, from the ledger as it is now."""
        if self.state.busy or self.state.issued:
            return
        self.stop()
        errand = self._errand = Errand()
        with_bundle, refused = self.state.with_bundle, self.state.refused
        self._set(State(self.version, refused=refused, with_bundle=with_bundle))
        made, failed = self._turn.only(self._made), self._turn.also(self._failed)
        self.aside(lambda: self.workshop.preview(self.version, errand), made, failed)
        self.run(lambda: self.session.why_not_issue(self.handle), self._refused, _ignore)

    def picture(self, page: int, scale: float, done: Callable[[Picture], None]) -> None:
        """Hand the picture of a page to ``done``, if it is still a page of what is shown."""
        pages = self._pages
        if pages is not None:
            self.draw(lambda: pages.picture(page, scale), self._turn.also(done), self._turn.also(self._failed))

    def look_again(self) -> None:
        """See whether the ledger went on since the pages were made."""
        preview = self.state.preview
        if preview and self.state.step is Step.READY and not self.state.changed:
            self.run(lambda: self.session.gone_on(preview), self._turn.also(self._compared), _ignore)

    def passphrase_typed(self, *, there: bool) -> None:
        if there != self.state.has_passphrase:
            self._set(replace(self.state, has_passphrase=there))

    def bundle_wanted(self, *, wanted: bool) -> None:
        if wanted != self.state.with_bundle and not self.state.busy:
            self._set(replace(self.state, with_bundle=wanted))

    def issue(self, file: Path, passphrase: str) -> None:
        """Put the pages on record, save them as ``file``, and check what was saved."""
        preview = self.state.preview
        if preview is None or not passphrase or not replace(self.state, has_passphrase=True).may_issue:
            return
        self._set(replace(self.state, step=Step.ISSUING, has_passphrase=False, error=""))

        def issued(receipt: Issued) -> None:
            self._set(replace(self.state, issued=receipt))
            self.save(file)

        self.run(lambda: self.session.issue(preview, self.handle, passphrase), issued, self._not_issued)

    def save(self, file: Path) -> None:
        """Save what is on record, and what belongs to it."""
        preview = self.state.preview
        if preview is None or self.state.issued is None:
            return
        self._set(replace(self.state, step=Step.SAVING, error=""))
        self.aside(lambda: self.workshop.save(file, preview.content), self._saved, self._not_saved)

    def stop(self) -> None:
        """Call back the program that makes the pages, and let the pages go."""
        self._turn.only(_nothing)  # of what was asked before, nothing is wanted any more
        if self._errand:
            self._errand.call_back()
            self._errand = None
        pages, self._pages = self._pages, None
        if pages is not None:
            self.draw(pages.close, _nothing, _ignore)

    def leave(self) -> None:
        """Stop, and say nothing more: the screen is gone."""
        self.stop()
        self._left = True

    def _made(self, preview: Preview) -> None:
        self._errand = None
        self._set(replace(self.state, preview=preview))
        self.draw(
            lambda: self.open_pages(preview.content), self._turn.also(self._opened), self._turn.also(self._failed)
        )

    def _opened(self, pages: Paper) -> None:
        self._pages = pages
        self._set(replace(self.state, step=Step.READY, sizes=pages.sizes))
        self.look_again()

    def _refused(self, why: str) -> None:
        if why != self.state.refused:
            self._set(replace(self.state, refused=why))

    def _compared(self, changed: str) -> None:
        if changed and self.state.step is Step.READY:
            self._set(replace(self.state, changed=changed))

    def _not_issued(self, error: Exception) -> None:
        stale = getattr(error, "code", "") == "stale_preview"
        changed = f"{getattr(error, 'message', '')}." if stale else self.state.changed
        text = "" if stale else f"Nothing was put on record. {complaint(error)}"
        self._set(replace(self.state, step=Step.READY, changed=changed, error=text))

    def _saved(self, file: Path) -> None:
        self._set(replace(self.state, files=(file,)))
        if self.state.with_bundle:
            self._set(replace(self.state, step=Step.BUNDLING))
            self.aside(lambda: self.workshop.bundle(self.version, file), self._bundled, self._not_bundled)
        else:
            self._verify()

    def _bundled(self, file: Path) -> None:
        self._set(replace(self.state, files=(*self.state.files, file)))
        self._verify()

    def _not_bundled(self, error: Exception) -> None:
        self._set(replace(self.state, error=f"The report is saved, its evidence bundle is not. {complaint(error)}"))
        self._verify()

    def _verify(self) -> None:
        left = self.state.files[len(self.state.checked) :]
        if not left:
            self._set(replace(self.state, step=Step.DONE))
            return
        self._set(replace(self.state, step=Step.VERIFYING))
        self.aside(lambda: self.workshop.verify(left[0], self.anchor), self._checked, self._not_checked)

    def _checked(self, checked: Checked) -> None:
        self._set(replace(self.state, checked=(*self.state.checked, checked)))
        self._verify()

    def _not_checked(self, error: Exception) -> None:
        file = self.state.files[len(self.state.checked)]
        self._checked(Checked(str(file), (), (), complaint(error)))

    def _not_saved(self, error: Exception) -> None:
        issued = self.state.issued
        assert issued
        text = f"The report is on record as #{issued.entry}, and was not saved. {complaint(error)}"
        self._set(replace(self.state, step=Step.DONE, error=text))

    def _failed(self, error: Exception) -> None:
        if getattr(error, "code", "") != STOPPED:
            self._set(replace(self.state, error=complaint(error)))

    def _set(self, state: State) -> None:
        self.state = state
        if not self._left:
            self.changed.emit()


def _ignore(_: Exception) -> None:
    """A look that failed is repeated at the next tick."""


def _nothing(_: object) -> None:
    """Nobody waits for it."""
