"""Policies: what is adopted, the packs beside it, and a file that is read, tried and adopted."""

from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from gui.rulebook import Differing, Opened, Page, Rule, Rulebook, Spot
from gui.tones import Tone
from gui.viewmodels.adopt import Adopt, Adopts
from gui.viewmodels.signal import Run, Signal, Turn
from gui.viewmodels.trial import Trial, Tries
from gui.words import complaint, counted, sentence

FILE = "file"
TABS = ("words", "yaml", "citations", "compare", "trial")


class Reads(Adopts, Tries, Protocol):
    """What this screen asks of an open ledger."""

    def rulebook(self) -> Rulebook: ...
    def page(self, key: str) -> Page: ...
    def open(self, path: str, handle: str) -> Opened: ...
    def compare(self, older: str, newer: str) -> tuple[Differing, ...]: ...


@dataclass(frozen=True, slots=True)
class PoliciesState:
    book: Rulebook | None = None
    opened: Opened | None = None
    reading: str = ""
    """The file that is being read."""
    chosen: str = ""
    page: Page | None = None
    tab: str = "words"
    spot: Spot | None = None
    """The place in the text that is pointed at."""
    problem: int = -1
    """Which problem that is, if it is one."""
    against: str = ""
    """The release that the chosen one is compared with."""
    compared: tuple[Differing, ...] | None = None
    error: str = ""

    @property
    def lines(self) -> tuple[Rule, ...]:
        """The list: the file that is open, then what is adopted, then packs, then what another release took the place of."""
        book = self.book.of("adopted") + self.book.of("pack") + self.book.of("earlier") if self.book else ()
        return (_line(self.opened), *book) if self.opened else book

    @property
    def rule(self) -> Rule | None:
        return next((one for one in self.lines if one.key == self.chosen), None)

    @property
    def is_file(self) -> bool:
        return self.chosen == FILE and self.opened is not None

    @property
    def tabs(self) -> tuple[str, ...]:
        return TABS if self.is_file else TABS[:-1]

    @property
    def summary(self) -> str:
        if self.book is None:
            return "Reading"
        adopted, packs = len(self.book.of("adopted")), len(self.book.of("pack"))
        return f"{counted(adopted, 'policy', 'policies')} adopted, {counted(packs, 'pack')} to build on"

    @property
    def file(self) -> str:
        """The name of the text on screen."""
        if self.is_file and self.opened:
            return self.spot.file if self.spot and self.opened.text(self.spot.file) else self.opened.name
        return self.page.file if self.page else ""

    @property
    def text(self) -> str:
        if self.is_file and self.opened:
            return self.opened.text(self.file)
        return self.page.text if self.page else ""

    @property
    def releases(self) -> tuple[Rule, ...]:
        """What the chosen one can be compared with: the other releases of the same name."""
        rule = self.rule
        if rule is None or self.book is None:
            return ()
        kinds = ("pack",) if rule.kind == "pack" else ("adopted", "earlier")
        return tuple(one for one in self.book.of(*kinds) if one.name == rule.name and one.key != rule.key)


@dataclass
class Policies:
    """Which policy is read, and what is done with a file."""

    run: Run
    session: Reads
    handle: str
    state: PoliciesState = field(default_factory=PoliciesState)
    changed: Signal = field(default_factory=Signal)
    trial: Trial = field(init=False)
    _turn: Turn = field(default_factory=Turn)
    _reading: Turn = field(default_factory=Turn)
    _comparing: Turn = field(default_factory=Turn)
    _wanted: tuple[str, Spot | None] | None = None
    """A policy to be shown, at a place if there is one, as soon as it is known which there are."""

    def __post_init__(self) -> None:
        self.trial = Trial(self.run, self.session)

    @property
    def loaded(self) -> bool:
        return self.state.book is not None

    def end(self) -> None:
        self.trial.end()
        self.changed.end()

    def load(self) -> None:
        """Read what there is; and the file that is open again, for it may be another by now."""
        self.run(self.session.rulebook, self._listed, self._failed)
        if self.state.opened:
            self.open(self.state.opened.path)

    def select(self, key: str) -> None:
        if key == self.state.chosen:
            return
        tab = self.state.tab if self.state.tab in TABS[:-1] else "words"
        self._set(replace(self.state, chosen=key, tab=tab, spot=None, problem=-1, against="", compared=None))
        self._read()

    def show(self, tab: str) -> None:
        if tab in self.state.tabs and tab != self.state.tab:
            self._set(replace(self.state, tab=tab))

    def show_rule(self, policy: str, place: str) -> None:
        """Show an adopted policy at ``file:line:column``."""
        file, line, column = place.rsplit(":", 2)
        spot = Spot(file, int(line), int(column), 0)
        self._wanted = (policy, spot)
        if self.state.book:
            self._show_wanted()

    def step(self, by: int) -> None:
        """Go to the next or the previous problem of the file; where there is none, of the list."""
        state = self.state
        if state.is_file and state.tab == "yaml" and state.opened and state.opened.problems:
            self.point_at(max(0, min(state.problem + by, len(state.opened.problems) - 1)))
            return
        keys = [one.key for one in state.lines]
        if keys:
            at = keys.index(state.chosen) if state.chosen in keys else 0
            self.select(keys[max(0, min(at + by, len(keys) - 1))])

    # A file

    def open(self, path: str) -> None:
        """Read a policy from a file, and say what is wrong with it."""
        self._set(replace(self.state, reading=path, error=""))
        done, failed = self._reading.only(self._opened), self._reading.also(self._not_opened)
        self.run(lambda: self.session.open(path, self.handle), done, failed)

    def read_again(self) -> None:
        if self.state.opened:
            self.open(self.state.opened.path)

    def close(self) -> None:
        """Put the file away; it is not changed."""
        self.trial.forget()
        self._set(replace(self.state, opened=None))
        self.select(self.state.lines[0].key if self.state.lines else "")

    def point_at(self, problem: int) -> None:
        """Show where a problem is."""
        problems = self.state.opened.problems if self.state.opened else ()
        if 0 <= problem < len(problems):
            self._set(replace(self.state, tab="yaml", problem=problem, spot=problems[problem].spot))

    def compare(self, key: str) -> None:
        """Say what differs from another release to the chosen one."""
        newer = self.state.chosen
        if key and key != self.state.against:
            self._set(replace(self.state, against=key, compared=None))
            done, failed = self._comparing.only(self._compared), self._comparing.also(self._failed)
            self.run(lambda: self.session.compare(key, newer), done, failed)

    def why_not_try(self) -> str:
        opened = self.state.opened
        if opened is None:
            return "no file is open"
        if self.state.reading:
            return "the file is being read"
        return f"{opened.name} has {counted(opened.errors, 'error')}" if opened.errors or not opened.page else ""

    def try_it(self) -> None:
        if not self.why_not_try() and self.state.opened:
            self.select(FILE)
            self._set(replace(self.state, tab="trial"))
            self.trial.begin(self.state.opened.content)

    def adopt(self) -> Adopt | None:
        """Begin to adopt the file that is open."""
        opened = self.state.opened
        if self.why_not_try() or opened is None or opened.weighed is None:
            return None
        return Adopt(self.run, self.session, self.handle, opened)

    def adopted(self, release: str) -> None:
        """Turn from the file to the release that it is on record as; the list has it once it is read again."""
        self.trial.forget()
        self._wanted = (release, None)
        self._set(replace(self.state, opened=None, tab="words", spot=None, problem=-1))

    # Private

    def _listed(self, book: Rulebook) -> None:
        self._set(replace(self.state, book=book, error=""))
        keys = [one.key for one in self.state.lines]
        if self._wanted:
            self._show_wanted()
        elif self.state.chosen not in keys:
            self.select(keys[0] if keys else "")
        elif self.state.chosen != FILE:
            self._read()

    def _show_wanted(self) -> None:
        wanted, self._wanted = self._wanted, None
        key = next((one.key for one in self.state.lines if wanted and one.key == f"adopted {wanted[0]}"), "")
        if wanted and key:
            self.select(key)
            self._set(replace(self.state, tab="yaml" if wanted[1] else "words", spot=wanted[1]))
        elif wanted:
            self._set(replace(self.state, error=f"{wanted[0]} is not among the policies that are adopted."))

    def _read(self) -> None:
        key, opened = self.state.chosen, self.state.opened
        if key == FILE and opened:
            self._turn.only(self._shown)
            self._shown(opened.page)
        elif key:
            self.run(lambda: self.session.page(key), self._turn.only(self._shown), self._turn.also(self._not_shown))

    def _shown(self, page: Page | None) -> None:
        self._set(replace(self.state, page=page, error=""))
        if self.state.releases and not self.state.against:
            self.compare(self.state.releases[0].key)

    def _not_shown(self, error: Exception) -> None:
        self._set(replace(self.state, page=None, error=complaint(error)))

    def _opened(self, opened: Opened) -> None:
        before = self.state.opened
        if before is None or before.content != opened.content:
            self.trial.forget()
        bad = next((at for at, one in enumerate(opened.problems) if one.spot.tone is Tone.FAIL), -1)
        at = bad if bad >= 0 else (0 if opened.problems else -1)
        spot = opened.problems[at].spot if at >= 0 else None
        was_there = before is not None and self.state.chosen == FILE
        tab = "yaml" if bad >= 0 else self.state.tab if was_there else "words"
        changes: dict[str, Any] = {"opened": opened, "reading": "", "chosen": FILE, "page": opened.page}
        self._set(replace(self.state, **changes, tab=tab, spot=spot, problem=at, against="", compared=None, error=""))
        if opened.page:
            self._shown(opened.page)

    def _not_opened(self, error: Exception) -> None:
        self._set(replace(self.state, reading="", error=complaint(error)))

    def _compared(self, found: tuple[Differing, ...]) -> None:
        self._set(replace(self.state, compared=found))

    def _failed(self, error: Exception) -> None:
        self._set(replace(self.state, error=complaint(error)))

    def _set(self, state: PoliciesState) -> None:
        self.state = state
        self.changed.emit()


def adopting(state: PoliciesState) -> str:
    """Return why the file cannot be adopted although it has no error, in a sentence."""
    of = state.opened.weighed if state.is_file and state.opened else None
    return sentence(of.why_not) if of else ""


def _line(opened: Opened) -> Rule:
    """Return the line of a file."""
    warnings = len(opened.problems) - opened.errors
    if opened.errors or opened.page is None:
        return Rule(
            FILE,
            FILE,
            opened.name,
            "",
            "",
            Tone.FAIL,
            counted(opened.errors, "error"),
            "to be mended before it is tried or adopted",
        )
    status = counted(warnings, "warning") if warnings else "No problem"
    rule = opened.page.rule
    return replace(rule, status=status, tone=Tone.WARN if warnings else Tone.PASS, dates=f"{opened.name}, not adopted")
