"""What rules stand on: laws and guidance with the days from and to which they are in force."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

from govern.errors import InvalidInput
from govern.policy.clauses import Clause, Status
from govern.policy.source import read
from govern.policy.words import CiteId, Day, Text


class Citation(Clause):
    """One entry of the catalogue. A draft is in force nowhere; what is voluntary binds whoever chose it."""

    title: Text
    status: Status = Status.IN_FORCE
    from_: Day | None = Field(default=None, alias="from")
    until: Day | None = None
    superseded_by: CiteId | None = None
    source: Text
    checked_on: Day
    mark: Annotated[Text, Field(pattern="^(V|V2|R)$")]
    """Whether its text was read (V), read about (V2), or recalled (R)."""
    note: Text = ""

    def in_force(self, day: date) -> bool:
        begun = self.from_ is None or self.from_ <= day
        return begun and (self.until is None or day <= self.until) and self.status is not Status.DRAFT

    def standing(self, day: date) -> str:
        """Return how it stands on a day, in words that follow its name."""
        if self.in_force(day):
            since = f" since {self.from_}" if self.from_ else ""
            return ("is voluntary" if self.status is Status.VOLUNTARY else f"is in force{since}") + (
                f" until {self.until}" if self.until else ""
            )
        if self.status is Status.DRAFT:
            return "is a draft"
        if self.from_ and self.from_ > day:
            return f"is not in force before {self.from_}"
        return "is no longer in force" + (f", {self.until} was its last day" if self.until else "")


_CATALOGUE = TypeAdapter(dict[CiteId, Citation])


def read_citations(content: bytes, file: str) -> dict[str, Citation]:
    """Return a catalogue; raise `InvalidInput` with its first mistake."""
    source = read(content, file)
    if source.mistakes:
        raise InvalidInput(str(source.mistakes[0]), hint=source.mistakes[0].help)
    try:
        found = _CATALOGUE.validate_python(source.value)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        at = source.place(tuple(first["loc"])).value
        raise InvalidInput(f"{file}:{at}: {first['msg']}") from None
    for id_, one in found.items():
        if one.superseded_by is not None and one.superseded_by not in found:
            at = source.place((id_, "superseded_by")).value
            raise InvalidInput(f"{file}:{at}: {one.superseded_by} is not in the catalogue")
    return found


def current(citations: Mapping[str, Citation], id_: str, day: date) -> str:
    """Return what stands in the place of a citation on a day: itself, what came before or after it, or itself if nothing."""
    return next((one for one in _chain(citations, id_) if citations[one].in_force(day)), id_)


def _chain(citations: Mapping[str, Citation], id_: str) -> Iterator[str]:
    seen, waiting = set[str](), [id_]
    while waiting:
        one = waiting.pop(0)
        if one in citations and one not in seen:
            seen.add(one)
            yield one
            after = citations[one].superseded_by
            waiting += [after] if after else []
            waiting += [before for before, other in citations.items() if other.superseded_by == one]
