"""Numbers from outside, as somebody writes them, and the evidence that they become: business figures, latency, cost.

Whoever files them signs for them. What is measured here is never taken from outside, and no number without a source, a day
and how many it is of.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, ValidationError

from govern.errors import InvalidInput, NothingChecked
from govern.ledger.strict import Digest, canonical
from govern.policy.clauses import Clause, Declared
from govern.policy.decimals import write_decimal
from govern.policy.diagnostics import Code, did_you_mean, quoted
from govern.policy.document import Check, Policy
from govern.policy.evidence import DIGITS, UNREAD, Attribute, Evidence, Imported, Measure, Plan, Planned, Result
from govern.policy.fields import ONE_LINE
from govern.policy.metrics import METRICS, OTHER_NAMES
from govern.policy.reading import typed
from govern.policy.source import read
from govern.policy.words import Count, Day, Number, Some, Text, mistake

SCHEMA = "govern/imported/v1"
LONGEST_SOURCE = 200
_NUMBER = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,12})?")


def _legible(source: str) -> str:
    """Return a source that reads as it is written: on one line, and nothing in it that nobody sees."""
    if len(source) > LONGEST_SOURCE:
        raise mistake(Code.MALFORMED, f"{len(source):,} characters are too many", f"at most {LONGEST_SOURCE}")
    if not ONE_LINE.fullmatch(source):
        raise mistake(
            Code.INVISIBLE, "an invisible or direction-changing character", "delete it; reviewers cannot see it"
        )
    return source


class Group(Clause):
    """The number of one group."""

    by: dict[Text, Text]
    value: Number
    low: Number | None = None
    high: Number | None = None
    n: Count


class Given(Clause):
    """A number of everybody, or of groups."""

    metric: Text
    value: Number | None = None
    low: Number | None = None
    high: Number | None = None
    n: Count | None = None
    groups: Annotated[tuple[Group, ...], Some] = ()


class Outside(Clause):
    """A file of numbers from outside."""

    schema_: Literal["govern/imported/v1"] = Field(alias="schema")
    source: Annotated[Text, AfterValidator(_legible)]
    measured_on: Day
    metrics: Annotated[tuple[Given, ...], Some]

    @classmethod
    def of(cls, source: str, on: date, values: Iterable[tuple[str, str]], n: int) -> Self:
        """Return what could as well stand in a file."""
        given = [{"metric": name, "value": _number(name, value), "n": Decimal(n)} for name, value in values]
        value = {"schema": SCHEMA, "source": source, "measured_on": str(on), "metrics": given}
        try:
            return cls.model_validate(value)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            raise InvalidInput(f"{first['loc'][0]}: {first['msg']}", code="imported") from None

    @property
    def digest(self) -> Digest:
        return Digest.of(canonical(self.model_dump(by_alias=True, exclude_unset=True)))


def read_outside(content: bytes, file: str) -> Outside:
    """Return the numbers of a file; raise `InvalidInput` with its first mistake."""
    source = read(content, file)
    found = typed(source, Outside) if source.value is not None or not source.mistakes else None
    if found is None or source.mistakes:
        first = min(source.mistakes)
        raise InvalidInput(str(first), hint=first.help or "`govern metric import --help` shows one", code="imported")
    return found


def evidence_of(policies: Sequence[Policy], given: Outside, today: date, subject: Digest) -> Evidence:
    """Return the evidence that numbers from outside are, for every check that asks for one of them."""
    if given.measured_on > today:
        raise InvalidInput(
            f"{given.measured_on} is still to come", hint="say of which day the numbers are", code="future"
        )
    asked = [(policy, check) for policy in policies for check in policy.checks if check.kind == "imported"]
    if not asked:
        raise NothingChecked(
            "no policy that is adopted asks for a number from outside", hint="a check of it says kind: imported"
        )
    _require_foreign([one.metric for one in given.metrics], {check.metric: None for _, check in asked})
    planned, results = dict[str, Planned](), dict[str, list[Result]]()
    numbers = {one.metric: one for one in given.metrics}
    for policy, check in asked:
        if check.metric not in numbers:
            continue
        mine = policy.planned(check)
        if planned.setdefault(check.id, mine) != mine:
            raise InvalidInput(
                f"two policies ask for a check {check.id}, and mean different things", hint="give one another id"
            )
        results[check.id] = list(_results(policy, check, numbers[check.metric]))
    every = [result for found in results.values() for result in found]
    plan = Plan(
        digits=DIGITS,
        columns=UNREAD,
        checks=tuple(planned.values()),
        imported=Imported(source=given.source, on=given.measured_on),
    )
    return Evidence.made(
        plan,
        every,
        rows=max(measure.n for result in every for measure in result.measures),
        policy=policies[0].digest if len(policies) == 1 else None,
        model=subject,
    )


def _require_foreign(metrics: Sequence[str], asked: Iterable[str]) -> None:
    """Raise unless each is asked for, given once, and none of those that are measured here."""
    asked = list(asked)
    for place, metric in enumerate(metrics):
        known = METRICS.get(metric) or METRICS.get(OTHER_NAMES.get(metric.lower(), ""))
        if known:
            raise InvalidInput(
                f"{metric} is measured here{f', as {known.name}' if known.name != metric else ''}",
                hint="`govern evaluate`; what somebody else measured has a name of its own",
                code="measured_here",
            )
        if metric not in asked:
            raise InvalidInput(
                f"no policy asks for {quoted(metric)} from outside",
                hint=did_you_mean(metric, asked) or f"asked for: {', '.join(asked)}",
                code="unknown_metric",
            )
        if metric in metrics[:place]:
            raise InvalidInput(f"{metric} is given twice", hint="delete one of the two", code="imported")


def _results(policy: Policy, check: Check, given: Given) -> Iterator[Result]:
    declared, planned = policy.metrics.get(check.metric), policy.planned(check)
    wanted = [(one,) for one in planned.by] + list(planned.intersections)
    if not wanted:
        if given.value is None or given.n is None or given.groups:
            raise InvalidInput(f"{check.metric} is asked for as one number", hint="give value: and n:", code="imported")
        measure = _measure(check.metric, declared, given.value, given.n, {}, (given.low, given.high))
        yield Result.made(check.id, check.metric, [measure])
        return
    known = {frozenset(one.name for one in attributes): attributes for attributes in wanted}
    of: dict[frozenset[str], dict[tuple[str, ...], Measure]] = {names: {} for names in known}
    for group in given.groups:
        names = frozenset(group.by)
        if names not in known:
            by = " and ".join(sorted(names))
            raise InvalidInput(f"{check.metric} is not asked for by {by}", hint=_asked(wanted), code="imported")
        key = tuple(_group(one, group.by[one.name]) for one in known[names])
        if key in of[names]:
            raise InvalidInput(
                f"{check.metric} is given twice for {', '.join(key)}", hint="delete one", code="imported"
            )
        of[names][key] = _measure(check.metric, declared, group.value, group.n, group.by, (group.low, group.high))
    missing = next((attributes for names, attributes in known.items() if not of[names]), None)
    if missing or given.value is not None:
        raise InvalidInput(f"{check.metric} is not given as it is asked for", hint=_asked(wanted), code="imported")
    for names, attributes in known.items():
        yield Result.made(check.id, check.metric, of[names].values(), by=[one.name for one in attributes])


def _asked(wanted: Iterable[tuple[Attribute, ...]]) -> str:
    return "give groups: by " + ", and by ".join(" and ".join(one.name for one in some) for some in wanted)


def _group(attribute: Attribute, group: str) -> str:
    if attribute.groups is not None and group not in attribute.groups:
        raise InvalidInput(
            f"{quoted(group)} is no group of {attribute.name}",
            hint=did_you_mean(group, attribute.groups) or f"they are {', '.join(attribute.groups)}",
            code="imported",
        )
    return group


def _measure(  # noqa: PLR0913, PLR0917  a number has as many sides
    metric: str,
    declared: Declared | None,
    value: Decimal,
    n: int,
    by: Mapping[str, str],
    ends: tuple[Decimal | None, Decimal | None],
) -> Measure:
    low, high = ends
    for number in (value, low, high):
        why = declared.why_outside(number) if declared and number is not None else ""
        if why:
            said = f"{metric} is {write_decimal(number)}, {why}" if number is not None else ""
            raise InvalidInput(said, hint="see the range that the policy declares", code="out_of_range")
    if (low is None) != (high is None) or (low is not None and high is not None and not low <= value <= high):
        hint = "give both ends, with the value between them"
        raise InvalidInput(f"the interval of {metric} has no two ends around its value", hint=hint, code="imported")
    if not n:
        raise InvalidInput(f"{metric} is of nothing: n is 0", hint="say of how many cases it is", code="imported")
    interval = None if low is None or high is None else (Fraction(low), Fraction(high))
    return Measure.measured(Fraction(value), n, by=dict(by), interval=interval)


def _number(name: str, text: str) -> Decimal:
    if not _NUMBER.fullmatch(text):
        raise InvalidInput(f"{name} is {quoted(text)}, which is no number", hint="write it like 3.25", code="imported")
    return Decimal(text)
