"""A figure: what was measured, beside what, and what was wanted of it."""

import re
import resource
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured; more of it takes longer and tells more."""

    rounds: int = 7
    singles: int = 50
    batch: int = 256
    batches: int = 3
    entries: int = 16_384
    writers: int = 8
    seconds: float = 3.0
    long: int = 1_000_000
    mebibytes: int = 256
    files: int = 100_000
    models: int = 5_000
    checks: int = 50
    events: int = 100_000
    trees: int = 200
    explained: int = 20_000
    rows: int = 1_000_000
    decided: int = 1_000_000


TINY = Sizes(
    rounds=1,
    singles=1,
    batch=8,
    batches=1,
    entries=24,
    writers=2,
    seconds=0.1,
    long=40,
    mebibytes=2,
    files=250,
    models=12,
    checks=5,
    events=60,
    trees=2,
    explained=20,
    rows=2_000,
    decided=300,
)
"""Enough to see that every benchmark runs."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table: wanted is a ratio to the peer if there is one, else a bound on what is ours."""

    what: str
    ours: float
    unit: str
    beside: str = ""
    peer: float | None = None
    ratio: float | None = None
    least: float | None = None
    most: float | None = None

    @property
    def met(self) -> bool | None:
        """Whether it is what was wanted; nothing was, of figures that are only told."""
        if self.least is not None:
            return (self.ours if self.ratio is None else self.ratio) >= self.least
        return None if self.most is None else self.ours <= self.most

    @property
    def wanted(self) -> str:
        if self.least is not None:
            return f"at least {self.least:g}" + ("" if self.ratio is None else " times")
        return "" if self.most is None else f"at most {self.most:g} {self.unit}"

    def value(self) -> dict[str, Any]:
        """Return the figure as JSON has it."""
        names = ("what", "ours", "unit", "beside", "peer", "ratio", "least", "most", "met")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True, slots=True)
class Skipped:
    """What could not be measured here, and why."""

    what: str
    why: str


def rate(deed: Callable[[T], object], given: Iterable[T], count: int) -> float:
    """Return how often a second something is done, of which ``given`` is ``count`` times."""
    return count / sum(seconds(deed, given))


def seconds(deed: Callable[[T], object], given: Iterable[T]) -> list[float]:
    """Return how long each deed takes."""
    taken = []
    for one in given:
        start = time.perf_counter()
        deed(one)
        taken.append(time.perf_counter() - start)
    return taken


def beside(what: str, ours: Sequence[float], name: str, peer: Sequence[float], least: float | None = None) -> Figure:
    """Return the figure of rates that were measured in turns: the ratio is the median of the rounds' own ratios."""
    ratio = median(one / other for one, other in zip(ours, peer, strict=True))
    return Figure(what, median(ours), "/s", name, median(peer), ratio, least)


def table(figures: Sequence[Figure | Skipped]) -> str:
    head = ("what", "ours", "beside", "theirs", "ratio", "wanted", "met")
    lines = [head, *(_cells(figure) for figure in figures)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def _cells(figure: Figure | Skipped) -> tuple[str, ...]:
    if isinstance(figure, Skipped):
        return figure.what, "-", f"skipped: {figure.why}", "", "", "", ""
    met = {None: "", True: "yes", False: "NO"}[figure.met]
    return (
        figure.what,
        _number(figure.ours, figure.unit),
        figure.beside,
        "" if figure.peer is None else _number(figure.peer, figure.unit),
        "" if figure.ratio is None else f"{figure.ratio:.2f}",
        figure.wanted,
        met,
    )


def _number(number: float, unit: str) -> str:
    return f"{number:,.0f} {unit}" if number >= 100 else f"{number:.3g} {unit}"


def most_memory() -> float:
    """Return the most memory in megabytes that this process has had, since its program began."""
    status = Path("/proc/self/status")
    if status.exists():
        # What `getrusage` says begins with the memory of whoever started the program.
        found = re.search(r"^VmHWM:\s+(\d+) kB$", status.read_text(), re.MULTILINE)
        assert found, "Linux says how much it was"
        return int(found[1]) / (1 << 10)
    unit = 1 if sys.platform == "darwin" else 1 << 10  # bytes there, kilobytes elsewhere
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / (1 << 20)
