"""Reasons: what the declined of a version were told, and why one case is decided as it is.

What is shown of a case is personal data: it is asked for, looked at, and dropped with the version, the person or the window.
"""

from dataclasses import dataclass, replace
from typing import Protocol

from gui.cases import Answer, Case, Explained, Recorded
from gui.charts.shares import Part, Shares
from gui.charts.steps import Step, Steps
from gui.children import STOPPED, Errand
from gui.sights import Codes
from gui.viewmodels.signal import Run, Signal, Turn
from gui.words import complaint, counted, grouped, moment, number

DEFAULT_COLUMN = "case"
METHODS = {
    "tree.patterns": "exact Shapley values of the trees, from the patterns of the whole reference",
    "tree.shap": "Shapley values of the trees, each row of the reference in turn",
    "asked.exact": "exact Shapley values, the model asked of every set of columns",
    "asked.sampled": "Shapley values of a model that was asked, sampled, with errors",
    "linear": "exact Shapley values of a weighted sum",
}
KINDS = {
    "near_cutoff": "the approved nearest to the cut-off",
    "approved": "all approved",
    "all": "all of the file",
}


class Explains(Protocol):
    """What this screen asks of programs of their own."""

    def explain(self, version: str, case: Case, errand: Errand) -> Answer: ...


@dataclass(frozen=True, slots=True)
class State:
    version: str = ""
    file: str = ""
    column: str = ""
    case: str = ""
    batch: str = ""
    """The file of decisions in which the case was recorded, if it was."""
    working: bool = False
    error: str = ""
    answer: Answer | None = None
    tables: bool = False
    """Whether charts are shown as tables."""

    @property
    def missing(self) -> str:
        """What has to be given before a case can be explained; empty when nothing has."""
        if not self.file.strip():
            return "Choose the file of cases: CSV or Parquet."
        return (
            ""
            if self.case.strip()
            else f"Type the id of a case, as it stands in the column {self.column or DEFAULT_COLUMN}."
        )


class Reasons:
    """The third page of a dossier."""

    def __init__(self, aside: Run, workshop: Explains) -> None:
        self.state = State()
        self.changed = Signal()
        self._aside = aside
        self._workshop = workshop
        self._turn = Turn()
        self._errand: Errand | None = None

    def about(self, version: str) -> None:
        """Turn to another version; what was found about a case of the one before is dropped."""
        if version != self.state.version:
            self.stop()
            self._set(replace(self.state, version=version, case="", batch="", error="", answer=None))

    def choose(self, file: str) -> None:
        self._set(replace(self.state, file=file, error=""))

    def choose_record(self, file: str) -> None:
        self._set(replace(self.state, batch=file, error=""))

    def name_column(self, column: str) -> None:
        self._set(replace(self.state, column=column.strip()))

    def name_case(self, case: str) -> None:
        self._set(replace(self.state, case=case))

    def swap(self) -> None:
        self._set(replace(self.state, tables=not self.state.tables))

    def explain(self) -> None:
        """Ask why; what was found before stays until the answer is there."""
        state = self.state
        if state.missing or state.working or not state.version:
            return
        errand = self._errand = Errand()
        case = Case(state.file.strip(), state.column, state.case.strip(), state.batch.strip())
        self._set(replace(state, working=True, error=""))
        self._aside(
            lambda: self._workshop.explain(state.version, case, errand),
            self._turn.only(self._answered),
            self._turn.also(self._failed),
        )

    def stop(self) -> None:
        """Call back the program that explains."""
        if self._errand:
            self._errand.call_back()
            self._errand = None
        if self.state.working:
            self._turn.only(self._answered)
            self._set(replace(self.state, working=False))

    def _answered(self, found: Answer) -> None:
        self._errand = None
        self._set(replace(self.state, working=False, answer=found))

    def _failed(self, error: Exception) -> None:
        self._errand = None
        text = "" if getattr(error, "code", "") == STOPPED else complaint(error)
        self._set(replace(self.state, working=False, error=text, answer=None))

    def _set(self, state: State) -> None:
        self.state = state
        self.changed.emit()


def shares(codes: Codes) -> Shares:
    """Return the chart of what the declined were told."""
    parts = tuple(Part(one.code, one.text, one.first, one.given) for one in codes.codes)
    return Shares("How often each reason was given", parts, codes.reasoned)


def steps(found: Explained) -> Steps:
    """Return the chart of one case."""
    high_is_good = ">" in found.approve
    errors = dict(found.errors)
    parts = tuple(
        Step(group, value, (value > 0) != high_is_good, errors.get(group)) for group, value in found.contributions
    )
    return Steps(f"What moved case {found.case}", parts, found.start, found.end, found.space)


def decided(found: Explained, of: str = "") -> str:
    """Return the decision as a person says it; of a model with several classes the score is ``of`` one."""
    what = "Approved" if found.approved else "Declined"
    return f"{what}: the score{f' {of}' if of else ''} is {number(found.score, 4)}, {_rule(found.approve)}"


def recorded(one: Recorded) -> str:
    """Return what is on record of a case, as a person says it."""
    what = "Approved" if one.approved else "Declined"
    told = (
        f" for {', '.join(one.codes)}"
        if one.codes
        else f"; reasons were blocked: {one.blocking}"
        if one.blocking
        else ""
    )
    proof = f"proven by the leaf {grouped(one.place + 1)} of {grouped(one.size)} under the root of entry {one.entry}"
    return f"{what} with the score {one.score}{told}: recorded by {one.who} on {moment(one.at)}, {proof}."


def method(found: Explained) -> str:
    """Return how a case was explained, in words: the program calls it ``tree.patterns``."""
    residual = f"{found.residual:.1E}" if found.residual else "0"
    return f"{way(found.kind)}, by {found.library}, in {found.space}; residual {residual}"


def way(kind: str) -> str:
    return METHODS.get(kind, f"Shapley values ({kind})")


def sampled(found: Explained) -> str:
    """Return how often a model was asked that had to be, and what that is enough for."""
    if not found.errors:
        return ""
    told = "certain" if found.is_certain else "not certain, and so none may be given"
    return f"{counted(found.walks, 'walk')} there and back, each from a row of the reference; which reasons are told is {told}"


def compared(kind: str, rows: int) -> str:
    return f"{counted(rows, 'row')}: {KINDS.get(kind, kind)}"


def _rule(approve: str) -> str:
    sides = {"<": "below {}", "<=": "up to {}", ">": "above {}", ">=": "from {} on"}
    _, sign, limit = approve.split(" ")
    return f"{sides[sign].format(limit)} is approved"
