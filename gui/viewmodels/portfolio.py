"""All models in numbers, each of which opens its list; what has to be judged comes a slice at a time."""

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Protocol

from gui.lists import Answer, Assessed
from gui.lists import Portfolio as Sight
from gui.tones import Tone
from gui.viewmodels.signal import Run, Signal, Turn
from gui.words import complaint, grouped

SLICE = 25
"""So many models are judged before somebody else has a turn on the ledger."""
STAGES = ("registered", "in_review", "validated", "approved", "production", "suspended", "retired")


class Counts(Protocol):
    """What this screen asks of an open ledger."""

    def portfolio(self, handle: str) -> Sight: ...
    def assess(self, names: tuple[str, ...]) -> dict[str, Assessed]: ...
    def answer(self, model: str, day: date | None) -> Answer: ...


@dataclass(frozen=True, slots=True)
class Number:
    """A number, and the models it stands for."""

    id: str
    title: str
    tone: Tone
    names: frozenset[str]
    is_whole: bool = True
    """Whether everything it rests on was judged."""


@dataclass(frozen=True, slots=True)
class State:
    sight: Sight | None = None
    assessed: tuple[tuple[str, Assessed], ...] = ()
    error: str = ""
    model: str = ""
    day_typed: str = ""
    answer: Answer | None = None
    mistake: str = ""

    @property
    def progress(self) -> str:
        """How far judging is; empty when it is done."""
        if self.sight is None:
            return "Reading"
        done, total = len(self.assessed), len(self.sight.models)
        return f"Judged {grouped(done)} of {grouped(total)}" if done < total else ""

    @property
    def numbers(self) -> tuple[Number, ...]:
        sight = self.sight
        if sight is None:
            return ()
        whole = not self.progress

        def judged(tone: Tone) -> frozenset[str]:
            return frozenset(name for name, one in self.assessed if one.tone is tone)

        void = frozenset(name for name, one in self.assessed if one.has_void)
        return (
            Number("failing", "Failing", Tone.FAIL, judged(Tone.FAIL), whole),
            Number("inconclusive", "Inconclusive", Tone.UNSURE, judged(Tone.UNSURE), whole),
            Number("not-measured", "Not measured", Tone.MISSING, judged(Tone.MISSING), whole),
            Number("void", "Signatures void", Tone.WARN, void, whole),
            Number("late-findings", "Findings overdue", Tone.FAIL, sight.late_findings),
            Number("late-conditions", "Conditions overdue", Tone.FAIL, sight.late_conditions),
            Number("waivers", "Waivers ending", Tone.WAIVED, sight.waivers),
            Number("unowned", "Without an owner", Tone.WARN, sight.unowned),
        )

    @property
    def tiers(self) -> tuple[tuple[str, tuple[tuple[str, int], ...]], ...]:
        """For each tier how many models have a version in each stage that any model is in."""
        cells = {(tier, stage): count for tier, stage, count in self.sight.cells} if self.sight else {}
        order = {"critical": 0, "high": 1, "medium": 2, "low": 3}
        tiers = sorted({tier for tier, _ in cells}, key=lambda tier: (order.get(tier, 9), tier))
        return tuple((tier, tuple((stage, cells.get((tier, stage), 0)) for stage in STAGES)) for tier in tiers)


@dataclass
class Portfolio:
    """The numbers, and the question of whoever comes to look."""

    run: Run
    session: Counts
    handle: str
    state: State = field(default_factory=State)
    changed: Signal = field(default_factory=Signal)
    _turn: Turn = field(default_factory=Turn)
    _ended: bool = False

    @property
    def loaded(self) -> bool:
        return self.state.sight is not None

    def end(self) -> None:
        self._ended = True
        self.changed.end()

    def load(self) -> None:
        done, failed = self._turn.only(self._loaded), self._turn.also(self._failed)
        self.run(lambda: self.session.portfolio(self.handle), done, failed)

    def number(self, id_: str) -> Number:
        return next(one for one in self.state.numbers if one.id == id_)

    def ask_about(self, model: str) -> None:
        self._set(replace(self.state, model=model.strip(), mistake=""))

    def ask_when(self, day: str) -> None:
        self._set(replace(self.state, day_typed=day, mistake=""))

    def answer(self) -> None:
        """Say which version of the model decided on that day."""
        state = self.state
        try:
            day = date.fromisoformat(state.day_typed.strip()) if state.day_typed.strip() else None
        except ValueError:
            self._set(replace(state, mistake=f"{state.day_typed.strip()} is no date: write 2026-03-31."))
            return
        if not state.model:
            self._set(replace(state, mistake="Name a model."))
            return
        self.run(lambda: self.session.answer(state.model, day), self._answered, self._unanswered)

    def _loaded(self, sight: Sight) -> None:
        before = self.state
        same = before.sight is not None and before.sight.size == sight.size
        self._set(replace(before, sight=sight, assessed=before.assessed if same else (), error=""))
        if not same:
            self._assess()

    def _assess(self) -> None:
        """Judge the next few models; then the next."""
        sight, begun = self.state.sight, self.state.assessed
        if sight is None or self._ended or len(begun) >= len(sight.models):
            return
        names = sight.models[len(begun) : len(begun) + SLICE]

        def done(found: dict[str, Assessed]) -> None:
            if self.state.sight is sight or (self.state.sight and self.state.sight.size == sight.size):
                self._set(replace(self.state, assessed=(*self.state.assessed, *found.items())))
                self._assess()

        self.run(lambda: self.session.assess(names), done, self._failed)

    def _answered(self, answer: Answer) -> None:
        self._set(replace(self.state, answer=answer, mistake=""))

    def _unanswered(self, error: Exception) -> None:
        self._set(replace(self.state, answer=None, mistake=complaint(error)))

    def _failed(self, error: Exception) -> None:
        self._set(replace(self.state, error=complaint(error)))

    def _set(self, state: State) -> None:
        self.state = state
        self.changed.emit()
