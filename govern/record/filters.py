"""One syntax for every list of models: ``tier:high stage:production check:failed due:<7d -tag:retail "free text"``.

A term is a key, a colon and values with commas between them, of which one has to be so; text without a key is looked for
in names and purposes. All terms have to hold; ``-`` in front of one says that it must not.
"""

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from difflib import get_close_matches
from typing import Self, get_args

from govern.errors import InvalidInput
from govern.policy.findings import Verdict
from govern.policy.validity import Duration
from govern.record.reviews import Stage

TEXT = ""
"""The key of what is said without one."""
KEYS = {
    "tier": "its risk tier",
    "stage": "a stage that a version of it is in; retired only if all are",
    "check": "what a rule says of its newest version: fail, inconclusive, not_measured, ...",
    "owner": "who answers for it",
    "use": "its use case",
    "due": "a finding, condition or waiver: <7d, >30d, <2026-12-31, overdue",
    "tag": "a tag, its name or its value",
    "in": "a jurisdiction",
    "vendor": "who made it",
}
"""Every key, and what it asks of a model."""

_AKA = {"failed": "fail", "passed": "pass", "warned": "warn", "not-measured": "not_measured", "in-review": "in_review"}
_CLOSED: dict[str, tuple[str, ...]] = {"stage": get_args(Stage), "check": tuple(Verdict)}
"""Keys whose values are known beforehand."""
_VALUE = r'(?:"[^"]*"|[^\s",]+)'
_TERM = re.compile(rf'(?P<no>-)?(?:(?P<key>[^\s":,]+):)?(?P<values>{_VALUE}(?:,{_VALUE})*)(?=\s|$)')
_SOMEWHEN = datetime(2000, 1, 1, tzinfo=UTC)
_BARE = re.compile(r'[^\s",]+')

Values = Callable[[str], Collection[str]]
"""Return what a model has for a key; days as ``2026-12-31``."""


@dataclass(frozen=True, slots=True)
class Term:
    """One thing that a filter asks for."""

    key: str
    values: tuple[str, ...]
    negated: bool = False

    def __str__(self) -> str:
        key = f"{self.key}:" if self.key else ""
        return f"{'-' if self.negated else ''}{key}{','.join(_written(self.key, one) for one in self.values)}"

    def holds(self, values: Values, at: datetime) -> bool:
        return any(_holds(self.key, one, values(self.key), at) for one in self.values) is not self.negated


@dataclass(frozen=True, slots=True)
class Filter:
    """What is asked of models; `parse` and `str` are inverses."""

    terms: tuple[Term, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        return cls(tuple(_terms(text)))

    def __str__(self) -> str:
        return " ".join(map(str, self.terms))

    def matches(self, values: Values, at: datetime) -> bool:
        """Say whether all terms hold of a model that has ``values``."""
        return all(term.holds(values, at) for term in self.terms)


def _terms(text: str) -> Iterator[Term]:
    rest = text.strip()
    while rest:
        found = _TERM.match(rest)
        if found is None or (not found["key"] and ":" in re.sub(r'"[^"]*"', "", found["values"])):
            hint = "close the quotes" if rest.count('"') % 2 else 'write key:value or "free text", with spaces between'
            raise InvalidInput(f"{rest[:40]!r} cannot be read as a filter", hint=hint, code="filter")
        key = found["key"] or TEXT
        if key not in {TEXT, *KEYS}:
            near = get_close_matches(key.casefold(), KEYS, n=1)
            hint = f"did you mean {near[0]}?" if near else f"one of {', '.join(KEYS)}; or put it into quotes"
            raise InvalidInput(f"models are not filtered by {key[:40]!r}", hint=hint, code="filter")
        yield Term(key, tuple(_checked(key, one) for one in re.findall(_VALUE, found["values"])), bool(found["no"]))
        rest = rest[found.end() :].lstrip()


def _checked(key: str, written: str) -> str:
    """Return a value as it is compared; raise if nothing could ever be it."""
    value = written.strip('"').casefold()
    if not value.strip():
        raise InvalidInput("there is nothing between the quotes", hint="leave it out", code="filter")
    if key in _CLOSED:
        value = _AKA.get(value, value)
        if value not in _CLOSED[key]:
            near = get_close_matches(value, _CLOSED[key], n=1)
            hint = f"did you mean {near[0]}?" if near else f"one of {', '.join(_CLOSED[key])}"
            raise InvalidInput(f"{value[:40]!r} is no {key}", hint=hint, code="filter")
    if key == "due" and value != "overdue":
        _limit(value, _SOMEWHEN)
    return value


def _holds(key: str, value: str, has: Collection[str], at: datetime) -> bool:
    if key == TEXT:
        return any(value in one.casefold() for one in has)
    if key != "due":
        return any(value == one.casefold() for one in has)
    days = [date.fromisoformat(one) for one in has]
    if value == "overdue":
        return any(day < at.date() for day in days)
    limit = _limit(value, at)
    return any(day < limit if value[0] == "<" else day > limit for day in days)


def _limit(value: str, at: datetime) -> date:
    """Return the day that ``<7d`` or ``<2026-12-31`` is compared with."""
    length = value[1:] if value[0] in "<>" else ""
    try:
        return date.fromisoformat(length) if "-" in length else Duration.parse(length).after(at).date()
    except (ValueError, InvalidInput):
        hint = "write due:<7d, due:>1mo, due:<2026-12-31 or due:overdue"
        raise InvalidInput(f"{value[:40]!r} is not when something is due", hint=hint, code="filter") from None


def _written(key: str, value: str) -> str:
    is_bare = _BARE.fullmatch(value) and (key or not (value.startswith("-") or ":" in value))
    return value if is_bare else f'"{value}"'
