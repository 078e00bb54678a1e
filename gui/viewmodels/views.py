"""Filters of the models under a name: kept with a person's drafts on this machine, encrypted; the ledger hears nothing."""

from dataclasses import dataclass

from gui.viewmodels.drafts import VIEWS, Drafts
from gui.viewmodels.signal import Signal
from gui.viewmodels.signoff import Draft

LONGEST_NAME, MOST = 60, 40


@dataclass(frozen=True, slots=True)
class View:
    """A filter and what its owner calls it."""

    name: str
    filter: str


class Views:
    """The views of whoever sits here, by name."""

    def __init__(self, drafts: Drafts) -> None:
        self._drafts = drafts

    @property
    def changed(self) -> Signal:
        return self._drafts.changed

    @property
    def all(self) -> tuple[View, ...]:
        kept = self._drafts.of(VIEWS)
        return tuple(View(*row) for row in kept.rows) if kept else ()

    def why_not_save(self, filter_: str) -> str:
        if not filter_.strip():
            return "nothing is filtered"
        same = next((one.name for one in self.all if one.filter == filter_.strip()), "")
        if same:
            return f"it is kept as {same}"
        return f"there are {MOST} views; remove one first" if len(self.all) >= MOST else ""

    def save(self, name: str, filter_: str) -> None:
        """Keep a filter under a name, in place of the one that had it."""
        name = " ".join(name.split())[:LONGEST_NAME]
        if name and not self.why_not_save(filter_):
            others = [one for one in self.all if one.name.casefold() != name.casefold()]
            self._keep([*others, View(name, filter_.strip())])

    def remove(self, name: str) -> None:
        self._keep([one for one in self.all if one.name != name])

    def _keep(self, views: list[View]) -> None:
        rows = tuple((one.name, one.filter) for one in sorted(views, key=lambda one: one.name.casefold()))
        self._drafts.put(VIEWS, Draft("views", rows=rows) if rows else Draft())
        self._drafts.flush()
