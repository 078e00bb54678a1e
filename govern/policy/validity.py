"""When something is in force: the one place where an instant is compared with a period."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Self

from govern.errors import InvalidInput
from govern.policy.diagnostics import quoted

DURATION = re.compile(r"([1-9][0-9]{0,4})(h|d|w|mo|y)")
_FIXED = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_MONTHS = {"mo": 1, "y": 12}


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time; written ``12h``, ``30d``, ``2w``, ``18mo`` or ``1y``."""

    count: int
    unit: str

    @classmethod
    def parse(cls, text: str) -> Self:
        found = DURATION.fullmatch(text)
        if not found:
            raise InvalidInput(
                f"{quoted(text)} is not a duration", hint="write a number and a unit: 12h, 30d, 2w, 18mo, 1y"
            )
        return cls(int(found[1]), found[2])

    def __str__(self) -> str:
        return f"{self.count}{self.unit}"

    def after(self, start: datetime) -> datetime:
        """Return the instant this long after ``start``: in months and years the same day, or the last of a short month."""
        try:
            if self.unit in _FIXED:
                return start + self.count * _FIXED[self.unit]
            years, month = divmod(start.month - 1 + self.count * _MONTHS[self.unit], 12)
            day = min(start.day, monthrange(start.year + years, month + 1)[1])
            return start.replace(year=start.year + years, month=month + 1, day=day)
        except (OverflowError, ValueError):
            return datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Period:
    """From an instant, inclusive, to another, exclusive; None has no end on that side."""

    start: datetime | None = None
    end: datetime | None = None

    @classmethod
    def of_days(cls, first: date | None, last: date | None) -> Self:
        """Return the period of whole days in UTC, both inclusive."""
        start = datetime.combine(first, time(), UTC) if first else None
        try:
            end = datetime.combine(last, time(), UTC) + timedelta(days=1) if last else None
        except OverflowError:
            end = None
        return cls(start, end)

    @classmethod
    def lasting(cls, start: datetime, length: Duration | None) -> Self:
        return cls(start, length.after(start) if length else None)


def is_in_force(period: Period, at: datetime) -> bool:
    """Say whether what holds for ``period`` holds at ``at``."""
    return not (period.start and at < period.start) and not (period.end and at >= period.end)
