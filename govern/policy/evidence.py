"""What was measured, as bytes: the plan, integer tables and values, and nothing that depends on where or when.

Engines, threads, row order and Python versions give the same bytes; whatever may differ (the digest of the source file,
library versions, seconds, persons) stands in the event that files the evidence. A measure is a value with its number of
rows, or undefined with a reason: undefined is never 0, never 1 and never left out. ``exact`` is the value as a fraction,
wherever counts give one, so that a limit is compared in integers; an interval is decimal only.
"""

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from fractions import Fraction
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import Field, SerializerFunctionWrapHandler, ValidationError, model_serializer, model_validator

from govern.errors import InvalidInput
from govern.ledger.strict import Digest, canonical, read_json
from govern.policy.decimals import rounded
from govern.policy.fields import Count, Day, Exact, Hashed, Line, Name, Number, Part, Word

DIGITS = 12
"""After the point: to what values and intervals are rounded, unless a plan states another number."""

LATER = {
    "Plan": frozenset({"scored_by", "reasoning", "baseline", "imported", "trial"}),
    "Planned": frozenset({"intersections", "small_groups", "cutoff", "against", "of"}),
    "Reasoning": frozenset({"method", "sampling"}),
}
"""Fields that came later are left out where they say nothing, so that older evidence keeps its digest."""

_INTEGER = re.compile("0|-?[1-9][0-9]{0,39}")

Group: TypeAlias = Mapping[Name, str | None]
"""The value of each column; a missing one is null."""


class _Grown(Part):
    """A part that has got fields later."""

    @model_serializer(mode="wrap")
    def _spell(self, spell: SerializerFunctionWrapHandler) -> dict[str, Any]:
        later = LATER[type(self).__name__]
        return {name: part for name, part in spell(self).items() if name not in later or part not in (None, [], ())}


class Attribute(Part):
    """What a check groups by: a name, the column that holds it, the groups declared and the one compared with."""

    name: Name
    column: Name
    groups: tuple[str, ...] | None
    reference: str | None


class Interval(Part):
    """How an interval is made."""

    method: Literal["bootstrap"]
    level: Number
    resamples: Count


class Planned(_Grown):
    """What is to be measured for one check: all of it that can change a number, and no limit."""

    check: Name
    metric: Name
    by: tuple[Attribute, ...]
    favourable: str | None
    """The decision that is good for the person it is about."""
    interval: Interval | None
    min_group_size: Count = 0
    """Smaller groups are listed, and are neither the best group nor an end of a spread."""
    intersections: tuple[tuple[Attribute, ...], ...] = ()
    """Attributes that are looked at together."""
    small_groups: Literal["merge"] | None = None
    """Smaller groups are put together into one."""
    cutoff: Number | None = None
    """The prediction is 1 from this score on, whatever the data says."""
    against: Name | None = None
    """What is compared with: everybody (``overall``), or data of a role; else a reference or the best group."""
    of: tuple[Name, ...] = ()
    """Columns that are compared with those of other data."""


class Columns(Part):
    """Which columns of the data were read as what."""

    label: str | None
    prediction: str | None
    score: str | None
    positive: str | None
    """The value, of label and prediction, that is 1."""


UNREAD = Columns(label=None, prediction=None, score=None, positive=None)
"""Of what was read from no data."""


class Sampling(Part):
    """How a model was asked that is explained from its answers alone."""

    method: Literal["asked.sampled"]
    orders: Literal["govern/walks/v1"]
    """The rule by which the orders of players follow from model, reference, players and case."""
    errors: Count
    """Of which reasons are told there is no doubt by so many standard errors, or none is told."""
    most_asked: Count
    """Rows of one case at most."""


class Reasoning(_Grown):
    """How the reasons of those who were declined were found."""

    approve: Name
    """The rule on the score that approves: ``score < 0.22``."""
    dictionary: Hashed
    reference: Literal["near_cutoff", "approved", "all"]
    population: Hashed
    """The digest of the rows that the declined were compared with."""
    most: Count
    """Of the declined, at most so many were explained."""
    method: Name | None = None
    """The way: ``tree.patterns``; where it is not said, the event's software has what is known."""
    sampling: Sampling | None = None


class Imported(Part):
    """Where numbers are from that nobody measured here."""

    source: Line
    on: Day
    """The day as of which they hold."""


class Trial(Part):
    """How the reasons were tried: how often the reference was drawn anew, from which seed."""

    resamples: Count
    seed: Count


class Plan(_Grown):
    digits: Count
    columns: Columns
    checks: tuple[Planned, ...]
    scored_by: Hashed | None = None
    """The file whose scores were measured; without it they stood in the data."""
    reasoning: Reasoning | None = None
    baseline: Hashed | None = None
    """The file that rows are compared with."""
    imported: Imported | None = None
    """Where the numbers of every check are from, if they come from outside."""
    trial: Trial | None = None


class Table(Part):
    """Sums of integers by keys, sorted by the keys; a row is its keys, then its sums in decimal.

    Sums are text because rank statistics outgrow 2**53.
    """

    name: Name
    keys: tuple[Name, ...]
    sums: Annotated[tuple[Name, ...], Field(min_length=1)]
    rows: tuple[tuple[str | None, ...], ...]

    @classmethod
    def made(
        cls, name: str, keys: Iterable[str], sums: Iterable[str], rows: Mapping[tuple[str | None, ...], Iterable[int]]
    ) -> Self:
        """Return the table of ``rows``, each under its keys, in the one order."""
        ordered = sorted(rows.items(), key=lambda row: _order(row[0]))
        written = tuple((*key, *(str(number) for number in numbers)) for key, numbers in ordered)
        return cls(name=name, keys=tuple(keys), sums=tuple(sums), rows=written)

    def read(self) -> dict[tuple[str | None, ...], tuple[int, ...]]:
        split = len(self.keys)
        return {row[:split]: tuple(int(cell or "0") for cell in row[split:]) for row in self.rows}

    @model_validator(mode="after")
    def _check(self) -> Self:
        split, width = len(self.keys), len(self.keys) + len(self.sums)
        for row in self.rows:
            if len(row) != width:
                raise ValueError(f"a row of the table {self.name} has {len(row)} cells, not {width}")
            if not all(_INTEGER.fullmatch(cell or "") for cell in row[split:]):
                raise ValueError(f"a sum of the table {self.name} is not an integer")
        _require_order(f"the rows of the table {self.name}", [_order(row[:split]) for row in self.rows])
        return self


class Status(StrEnum):
    """Whether there is a number."""

    MEASURED = "measured"
    UNDEFINED = "undefined"


class Measure(Part):
    """One number: of everybody, of a group, or of a group against another."""

    by: Group
    against: Group | None
    n: Count
    status: Status
    reason: Word | None
    value: Number | None
    exact: Exact | None
    low: Number | None
    high: Number | None

    @classmethod
    def measured(  # noqa: PLR0913  a measure has as many fields
        cls,
        value: Fraction | float,
        n: int,
        *,
        by: Group | None = None,
        against: Group | None = None,
        interval: tuple[Fraction | float, Fraction | float] | None = None,
        digits: int = DIGITS,
    ) -> Self:
        """Return the measure of ``value``; pass a fraction whenever counts give one."""
        low, high = (rounded(bound, digits) for bound in interval) if interval else (None, None)
        return cls(
            by=by or {},
            against=against,
            n=n,
            status=Status.MEASURED,
            reason=None,
            value=rounded(value, digits),
            exact=None if isinstance(value, float) else Fraction(value),
            low=low,
            high=high,
        )

    @classmethod
    def undefined(cls, reason: str, n: int, *, by: Group | None = None, against: Group | None = None) -> Self:
        """Return that there is no number, and why in one word, e.g. ``no_positives``."""
        return cls(
            by=by or {},
            against=against,
            n=n,
            status=Status.UNDEFINED,
            reason=reason,
            value=None,
            exact=None,
            low=None,
            high=None,
        )

    @model_validator(mode="after")
    def _check(self) -> Self:
        is_measured = self.status is Status.MEASURED
        if (self.value is not None) != is_measured or (self.reason is None) != is_measured:
            raise ValueError("a measure has a value, or is undefined with a reason")
        if self.value is None and (self.exact, self.low, self.high) != (None, None, None):
            raise ValueError("an undefined measure has no fraction and no interval")
        if (self.low is None) != (self.high is None) or (self.low and self.high and self.low > self.high):
            raise ValueError("an interval has a low end and a high end, in this order")
        return self


class Excluded(Part):
    """Rows that were not measured, and why in one word."""

    by: Group
    n: Count
    why: Word


class Result(Part):
    """What was measured for one check by one attribute, or by none."""

    check: Name
    metric: Name
    by: tuple[Name, ...]
    """Names of attributes; two are an intersection."""
    measures: Annotated[tuple[Measure, ...], Field(min_length=1)]
    excluded: tuple[Excluded, ...]

    @classmethod
    def made(
        cls,
        check: str,
        metric: str,
        measures: Iterable[Measure],
        *,
        by: Iterable[str] = (),
        excluded: Iterable[Excluded] = (),
    ) -> Self:
        """Return the result with its measures and exclusions in the one order."""
        return cls(
            check=check,
            metric=metric,
            by=tuple(by),
            measures=tuple(sorted(measures, key=lambda one: _place(one.by))),
            excluded=tuple(sorted(excluded, key=lambda one: (_place(one.by), one.why))),
        )

    @model_validator(mode="after")
    def _check(self) -> Self:
        _require_order(f"the measures of {self.check}", [_place(one.by) for one in self.measures])
        _require_order(f"the exclusions of {self.check}", [(_place(one.by), one.why) for one in self.excluded])
        for group in [one.by for one in self.measures] + [one.by for one in self.excluded]:
            if group and set(group) != set(self.by):
                raise ValueError(f"a group of {self.check} is not by {' and '.join(self.by) or 'nothing'}")
        return self


class Evidence(Part):
    """The evidence of one run; `parse` and `bytes` are inverses, with one spelling."""

    schema_: Literal["govern/evidence/v1"] = Field(default="govern/evidence/v1", alias="schema")
    plan: Plan
    policy: Hashed | None
    model: Hashed | None
    rows: Count
    tables: tuple[Table, ...]
    results: tuple[Result, ...]

    @classmethod
    def made(  # noqa: PLR0913  evidence has as many fields
        cls,
        plan: Plan,
        results: Iterable[Result],
        *,
        rows: int,
        tables: Iterable[Table] = (),
        policy: Digest | None = None,
        model: Digest | None = None,
    ) -> Self:
        """Return the evidence with its tables and results in the one order."""
        order = [one.check for one in plan.checks]
        return cls(
            plan=plan,
            policy=policy,
            model=model,
            rows=rows,
            tables=tuple(sorted(tables, key=lambda table: table.name)),
            results=tuple(sorted(results, key=lambda one: (order.index(one.check), one.by))),
        )

    @classmethod
    def parse(cls, content: bytes) -> Self:
        try:
            evidence = cls.model_validate(read_json(content))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(str(step)[:60] for step in first["loc"])
            raise InvalidInput(f"this is not evidence: {where or 'it'}: {first['msg']}") from None
        if bytes(evidence) != content:
            raise InvalidInput("this evidence is not in its one spelling", hint="every field is there, null if absent")
        return evidence

    def __bytes__(self) -> bytes:
        return canonical(self.model_dump(by_alias=True))

    def planned(self, check: str) -> Planned | None:
        return next((one for one in self.plan.checks if one.check == check), None)

    def of(self, check: str) -> tuple[Result, ...]:
        return tuple(result for result in self.results if result.check == check)

    @model_validator(mode="after")
    def _check(self) -> Self:
        order = [one.check for one in self.plan.checks]
        if len(set(order)) != len(order):
            raise ValueError("a check is planned twice")
        if self.plan.imported and (self.tables or self.plan.columns != UNREAD):
            raise ValueError("what comes from outside was counted in no table and read from no column")
        for result in self.results:
            planned = self.planned(result.check)
            if not planned or planned.metric != result.metric:
                raise ValueError(f"the result of {result.check} by {result.metric} was not planned")
            _require_rounding(result, self.plan.digits)
        _require_order("the tables", [table.name for table in self.tables])
        _require_order("the results", [(order.index(one.check), one.by) for one in self.results])
        return self


def _require_rounding(result: Result, digits: int) -> None:
    for measure in result.measures:
        if measure.exact is not None and rounded(measure.exact, digits) != measure.value:
            raise ValueError(f"a value of {result.check} is {measure.value}, its fraction is {measure.exact}")


def _require_order(what: str, names: list[Any]) -> None:
    if names != sorted(set(names)):
        raise ValueError(f"{what} are not in order, each once")


def _place(group: Group) -> tuple[tuple[bool, str], ...]:
    return _order(tuple(group[name] for name in sorted(group)))


def _order(key: tuple[str | None, ...]) -> tuple[tuple[bool, str], ...]:
    return tuple((cell is not None, cell or "") for cell in key)
