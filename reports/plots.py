"""What a report says under its headings, by bin and of the champion: plain values, numbers as decimal text."""

from dataclasses import dataclass
from enum import StrEnum

from reports.values import require_numbers


class Section(StrEnum):
    """Under which heading a table is printed, in the order of the report."""

    DATA = "Data"
    PERFORMANCE = "Performance"
    FAIRNESS = "Fairness"
    CALIBRATION = "Calibration"
    STABILITY = "Stability"
    ROBUSTNESS = "Robustness"
    REASONS = "Reason codes"
    OUTSIDE = "From outside"


@dataclass(frozen=True, slots=True)
class Tenth:
    """A bin of scores: its rows, its positives, the mean score, the share of positives and where 95 in 100 of such lie."""

    name: str
    n: int
    positives: int
    score: str
    share: str
    low: str
    high: str

    def __post_init__(self) -> None:
        require_numbers(self.score, self.share, self.low, self.high)


@dataclass(frozen=True, slots=True)
class Curve:
    """How scores stand to what came true, of everybody or of a group."""

    group: str
    data_period: str
    tenths: tuple[Tenth, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A bin of a column: its rows then, and now."""

    name: str
    then: int
    now: int


@dataclass(frozen=True, slots=True)
class Shift:
    """A column as it was in the data that a check compares with, and as it is in that which was measured."""

    column: str
    against: str
    parts: tuple[Part, ...]
    stands_out: bool = True
    """Whether it is the worst of its check, or not within every limit."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A number of the version and of the champion."""

    group: str
    n: int
    mine: str | None
    theirs: str | None
    apart: str | None

    def __post_init__(self) -> None:
        require_numbers(self.mine, self.theirs, self.apart)


@dataclass(frozen=True, slots=True)
class Beside:
    """What a check found of the version and of the champion, on the same rows."""

    check: str
    metric: str
    champion: str
    asked: str
    """How far they may be apart; empty where no policy says."""
    pairs: tuple[Pair, ...]
