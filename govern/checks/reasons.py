"""From what each column contributed to the reasons that an applicant is told: pure, and the same every time.

Only what counted against the applicant is a reason, beyond a floor of materiality; the largest first, ties in the order of
the dictionary; at most four and never padded. The words come from a dictionary, by the side of the reference on which
the applicant stands. A reason that may not be given blocks: a prohibited basis, or one without words.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from govern.errors import InvalidInput
from govern.ledger.strict import Digest
from govern.policy import source

DIGITS = 6
"""Of contributions; models of single precision carry no more."""

MOST = 4
FLOOR = Decimal("0.02")
"""Of all that counted against the applicant, the share that a reason has to have."""

UNCERTAIN = "the model was asked as often as it may be, and which reasons count most is still within the error"

SCHEMA = "govern/reasons/v1"
_ENTRY = {"code", "columns", "prohibited", "text", "text_high", "text_low", "text_missing"}


class Side(StrEnum):
    """Where the applicant stands, beside the reference."""

    HIGH = "high"
    LOW = "low"
    MISSING = "missing"
    NEITHER = "neither"
    """The column holds text, or is the same for everybody."""


@dataclass(frozen=True, slots=True)
class Wording:
    """What may be said of one group of columns."""

    group: str
    code: str
    columns: tuple[str, ...]
    texts: Mapping[Side, str]
    is_prohibited: bool = False

    def text(self, side: Side) -> str | None:
        return self.texts.get(side) or self.texts.get(Side.NEITHER)


@dataclass(frozen=True, slots=True)
class Dictionary:
    """The wordings, in the order that breaks ties, and the digest of the file they stand in."""

    wordings: tuple[Wording, ...]
    digest: Digest

    @classmethod
    def parse(cls, content: bytes, file: str = "dictionary") -> "Dictionary":
        read = source.read(content, file)
        if read.mistakes:
            first = read.mistakes[0]
            raise InvalidInput(f"{file}:{first.line}:{first.column}: {first.message}", hint=first.help)
        value = read.value
        if not isinstance(value, dict) or value.get("schema") != SCHEMA or not isinstance(value.get("reasons"), dict):
            raise InvalidInput(
                f"{file} is not a dictionary of reasons", hint=f"begin with schema: {SCHEMA}, then reasons:"
            )
        wordings = tuple(_wording(file, group, entry) for group, entry in value["reasons"].items())
        _require_once(file, "column", [column for wording in wordings for column in wording.columns])
        _require_once(file, "code", [wording.code for wording in wordings])
        return cls(wordings, Digest.of(content))


@dataclass(frozen=True, slots=True)
class Reason:
    rank: int
    code: str
    text: str
    group: str
    contribution: Decimal


@dataclass(frozen=True, slots=True)
class Reasons:
    """What is told, what every group contributed, and why nothing may be told."""

    reasons: tuple[Reason, ...]
    contributions: Mapping[str, Decimal]
    blocking: tuple[str, ...]


def grouped(columns: Sequence[str], dictionary: Dictionary) -> dict[str, tuple[str, ...]]:
    """Return the groups in the one order: those of the dictionary, then the columns that it does not know."""
    read = set(columns)
    groups = {wording.group: tuple(c for c in wording.columns if c in read) for wording in dictionary.wordings}
    known = {column for members in groups.values() for column in members}
    return {group: members for group, members in groups.items() if members} | {
        column: (column,) for column in columns if column not in known
    }


def choose(
    contributions: Mapping[str, Decimal],
    adverse_sign: int,
    sides: Mapping[str, Side],
    dictionary: Dictionary,
    *,
    is_certain: bool = True,
) -> Reasons:
    """Return the reasons for a decline; ``contributions`` stand in the order that breaks ties.

    Nothing is told where errors leave it open which contributions are the largest.
    """
    wordings = {wording.group: wording for wording in dictionary.wordings}
    against = {group: adverse_sign * value for group, value in contributions.items() if adverse_sign * value > 0}
    floor = FLOOR * sum(against.values())
    order = list(contributions)
    kept = [group for group in against if against[group] >= floor]
    principal = sorted(kept, key=lambda group: (-against[group], order.index(group)))[:MOST]
    blocking = blocks([(group, sides[group]) for group in principal], wordings)
    blocking += () if is_certain else (UNCERTAIN,)
    reasons = tuple(
        Reason(rank, wordings[group].code, wordings[group].text(sides[group]) or "", group, contributions[group])
        for rank, group in enumerate(principal, start=1)
        if group in wordings
    )
    return Reasons(reasons if not blocking else (), contributions, blocking)


def blocks(principal: Sequence[tuple[str, Side]], wordings: Mapping[str, Wording]) -> tuple[str, ...]:
    """Return why the principal reasons of a decline may not be told; nothing if they may."""
    if not principal:
        return ("nothing counted against this applicant, so the decline has no reason",)
    problems = (_problem(group, wordings.get(group), side_) for group, side_ in principal)
    return tuple(problem for problem in problems if problem)


def side(value: float | str | None, median: float | None, mean: float | None) -> Side:
    """Return where a value stands beside the reference's median, or its mean where it is the median."""
    if value is None or value != value:  # noqa: PLR0124  not a number
        return Side.MISSING
    if isinstance(value, str) or median is None or mean is None:
        return Side.NEITHER
    other = median if value != median else mean
    if value == other:
        return Side.NEITHER
    return Side.HIGH if value > other else Side.LOW


def _problem(group: str, wording: Wording | None, side_: Side) -> str:
    if wording is None:
        return f"{group} counted against this applicant, and the dictionary has no words for it"
    if wording.is_prohibited:
        return f"{group} counted against this applicant, and is a prohibited basis"
    if not wording.text(side_):
        return f"{group} counted against this applicant, and the dictionary has no text_{side_} for it"
    return ""


def _wording(file: str, group: str, entry: Any) -> Wording:
    if not isinstance(entry, dict) or not isinstance(entry.get("code"), str):
        raise InvalidInput(f"{file}: {group} has no code")
    unknown = sorted(set(entry) - _ENTRY)
    if unknown:
        raise InvalidInput(
            f"{file}: {group} has an unknown key {unknown[0]!r}", hint=f"known: {', '.join(sorted(_ENTRY))}"
        )
    keys = {Side.NEITHER: "text", Side.HIGH: "text_high", Side.LOW: "text_low", Side.MISSING: "text_missing"}
    texts = {side_: entry[key] for side_, key in keys.items() if key in entry}
    columns = entry.get("columns", [group])
    if not all(isinstance(text, str) and text.strip() for text in texts.values()):
        raise InvalidInput(f"{file}: a text of {group} is empty")
    if not isinstance(columns, list) or not columns or not all(isinstance(one, str) for one in columns):
        raise InvalidInput(f"{file}: the columns of {group} are not a list of names")
    return Wording(group, entry["code"], tuple(columns), texts, entry.get("prohibited", False) is True)


def _require_once(file: str, what: str, names: Sequence[str]) -> None:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InvalidInput(f"{file}: the {what} {twice[0]} stands twice")
