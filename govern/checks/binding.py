"""Which columns are read as what: label and prediction become 0 and 1, groups one spelling each, the score a number.

What is 1 is never guessed: label and prediction hold two values between them, and one is named unless they are 0 and 1.
A value has one spelling, so that 1, 1.0 and "1" are the same. What is missing is counted, never dropped in silence.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Self

from govern.checks.tables import Data, quoted
from govern.errors import InvalidInput
from govern.policy.decimals import read_decimal

MOST_GROUPS = 256
"""An attribute with more values is no grouping."""
MOST_JOINT = 1 << 16
"""Of combinations of values; where there are more, each column is looked at by itself."""

_RULE = re.compile(r"(?P<column>.+?) (?P<sign>>=|<=|>|<) (?P<limit>-?[0-9.]+)")
_ZERO_AND_ONE = ({"0", "1"}, {"false", "true"}, {"False", "True"})
_NUMBER = r"^\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]{1,3})?\s*$"


@dataclass(frozen=True, slots=True)
class Rule:
    """A prediction that is made of a score; written ``score >= 0.5``."""

    column: str
    sign: str
    limit: Decimal

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Return the rule that ``text`` writes, or nothing if it is the name of a column."""
        found = _RULE.fullmatch(text)
        return cls(found["column"], found["sign"], read_decimal(found["limit"])) if found else None

    def __str__(self) -> str:
        return f"{self.column} {self.sign} {self.limit}"

    @property
    def sql(self) -> str:
        """What SQL asks of a row: the same comparison, in doubles."""
        return f"{quoted(self.column)} {self.sign} CAST({self.limit} AS DOUBLE)"

    def meets(self, number: Any) -> Any:
        """Say of a number, or of each of a column, whether it meets the limit; in doubles, everywhere."""
        limit = float(self.limit)
        return {
            ">=": lambda: number >= limit,
            ">": lambda: number > limit,
            "<=": lambda: number <= limit,
            "<": lambda: number < limit,
        }[self.sign]()


@dataclass(frozen=True, slots=True)
class Binding:
    """Which columns are read as what, and which value of label and prediction is 1."""

    label: str | None
    prediction: str | None
    score: str | None
    by: tuple[str, ...]
    positive: str | None
    """Named by whoever asks, or settled while binding; nothing if there is neither label nor prediction."""
    negative: str | None = None
    has_amounts: bool = False
    """The label is a number to be met, not one of two values."""
    champion: str | None = None
    """The score of another model."""


@dataclass(frozen=True)
class Bound:
    """The rows as measuring reads them: groups ``g0``, ``g1`` and so on, label ``y``, prediction ``p``, score ``s``.

    Where the label is a number it is ``t``. The score of another model is ``o``, and what our rule makes of it ``q``.
    """

    data: Data
    binding: Binding
    table: Any
    whole: Data
    """The rows with all their columns."""
    joint: Mapping[tuple[Any, ...], int] | None = None
    """How many rows there are of each combination of groups, prediction and label; none where there are too many."""

    def rows(self, asked: Any) -> list[tuple[Any, ...]]:
        return self.data.engine.rows(asked)


def bind(data: Data, wanted: Binding) -> Bound:
    """Settle which value is 1 and which is 0, and say how the columns are read."""
    import ibis  # noqa: PLC0415  who only asks for help counts nothing

    whole, rule = data, None if wanted.prediction in data.columns else Rule.parse(wanted.prediction or "")
    data = _narrowed(data, wanted, rule)
    score = number(data, wanted.score, "score") if wanted.score else ibis.null("float64")
    decided = None
    if rule:
        decided = rule.meets(score if rule.column == wanted.score else number(data, rule.column, "prediction"))
    two_valued = [None if wanted.has_amounts else wanted.label, None if rule else wanted.prediction]
    joint = _Joint.of(data, [*wanted.by, *(name for name in two_valued if name)], decided)
    label, prediction = (_Values.of(data, name, joint) if name else None for name in two_valued)
    positive, negative = _settle(wanted, label, prediction)
    nothing = ibis.null("int8")
    columns = {f"g{place}": _group(data, column, joint) for place, column in enumerate(wanted.by)}
    columns["y"] = label.is_one(positive) if label else nothing
    columns["p"] = prediction.is_one(positive) if prediction else nothing if decided is None else zero_or_one(decided)
    columns["s"] = score
    if wanted.has_amounts and wanted.label:
        columns["t"] = number(data, wanted.label, "label")
    if wanted.champion:
        columns["o"] = number(data, wanted.champion, "champion")
        if rule and rule.column == wanted.score:
            columns["q"] = zero_or_one(rule.meets(columns["o"]))
    bound = data.engine.keep("bound", data.table.select(**columns), is_read_fast=data.says_types)
    found = replace(wanted, positive=positive, negative=negative)
    return Bound(data, found, bound, whole, joint.counts(wanted.by, two_valued, positive) if joint else None)


@dataclass(frozen=True)
class _Joint:
    """How often every combination of values stands in some columns: each value as it is, and as it is spelled."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    @classmethod
    def of(cls, data: Data, columns: Sequence[str], decided: Any) -> Self | None:
        """Count in one pass; return nothing where there are too many to be worth it."""
        import ibis  # noqa: PLC0415  as above

        names = tuple(dict.fromkeys(columns))
        table = data.table.select(
            **{f"c{place}": data.column(name, "attribute") for place, name in enumerate(names)},
            d=ibis.null("int8") if decided is None else zero_or_one(decided),
        )
        each = table.group_by(table.columns).aggregate(n=table.count()).limit(MOST_JOINT + 1)
        asked = each.mutate(**{f"t{place}": spelling(each[f"c{place}"]) for place, _ in enumerate(names)})
        rows = data.engine.rows(asked)
        return None if len(rows) > MOST_JOINT else cls(names, tuple(rows))

    def spellings(self, column: str) -> tuple[tuple[Any, str], ...]:
        place, width = self.columns.index(column), len(self.columns)
        found = {(row[place], row[width + 2 + place]) for row in self.rows}
        return tuple(sorted(((raw, text) for raw, text in found if text is not None), key=lambda one: one[1]))

    def counts(
        self, by: Sequence[str], two_valued: Sequence[str | None], positive: str | None
    ) -> dict[tuple[Any, ...], int]:
        """Return the rows of each combination of groups, prediction and label."""
        width, found = len(self.columns), Counter[tuple[Any, ...]]()
        places = [width + 2 + self.columns.index(name) for name in by]
        label, prediction = (None if name is None else width + 2 + self.columns.index(name) for name in two_valued)

        def one(row: tuple[Any, ...], place: int) -> int | None:
            return None if row[place] is None else int(row[place] == positive)

        for row in self.rows:
            decided = one(row, prediction) if prediction is not None else row[width]
            known = one(row, label) if label is not None else None
            found[*(row[place] for place in places), decided, known] += int(row[width + 1])
        return dict(found)


@dataclass(frozen=True)
class _Values:
    """A column and the values that stand in it, the first few of them, each with its spelling."""

    column: Any
    spellings: tuple[tuple[Any, str], ...]

    @classmethod
    def of(cls, data: Data, column: str, joint: _Joint | None, most: int = 10) -> Self:
        known = data.column(column, "label")
        if joint:
            return cls(known, joint.spellings(column))
        each = data.table.select(v=known).distinct()
        both = each.mutate(t=spelling(each.v)).filter(lambda one: one.t.notnull())
        return cls(known, tuple(data.engine.rows(both.order_by("t", "v").limit(most + 1))))

    def is_one(self, positive: str | None) -> Any:
        """Return 1 where the column is this value, however it stands there, 0 where it is another."""
        kind, is_nothing = self.column.type(), self.column.isnull()
        if kind.is_string():
            is_nothing |= self.column == ""
        elif kind.is_floating():
            is_nothing |= self.column.isnan()
        ones = [value for value, spelling in self.spellings if spelling == positive]
        is_it = self.column.isin(ones) if ones else is_nothing
        return zero_or_one(is_nothing.ifelse(None, is_it))


def _group(data: Data, column: str, joint: _Joint | None) -> Any:
    """Return the one spelling of an attribute's values; rewrite only where that changes one."""
    values = _Values.of(data, column, joint, MOST_GROUPS)
    if len({spelling for _, spelling in values.spellings}) > MOST_GROUPS:
        count = data.table.aggregate(n=spelled(data, column, "attribute").nunique())
        ((found,),) = data.engine.rows(count)
        raise InvalidInput(f"{column} has {found} values, more than {MOST_GROUPS}", hint="put them into bands first")
    if values.column.type().is_string() and all(value == spelling for value, spelling in values.spellings):
        return values.column.nullif("")
    return spelled(data, column, "attribute")


def spelled(data: Data, column: str, what: str) -> Any:
    """Return the one spelling of a column's values; what is missing is null."""
    return spelling(data.column(column, what))


def spelling(known: Any) -> Any:
    """Return the one spelling of values; what is missing is null."""
    kind, text = known.type(), known.cast("string")
    if kind.is_integer() or kind.is_boolean():
        return text
    whole = text.re_search(r"^-?[0-9]+\.0+$").ifelse(text.re_replace(r"\.0+$", ""), text)
    return whole.nullif("nan").nullif("NaN") if kind.is_floating() else whole.nullif("")


def number(data: Data, column: str, what: str) -> Any:
    """Return a column of numbers; raise `InvalidInput` if it holds anything else."""
    known, read = data.column(column, what), as_number(data, column, what)
    is_bad = read.isinf()
    if not known.type().is_numeric():
        text = known.cast("string")
        is_bad = text.notnull() & (text != "") & (read.isnull() | read.isinf())
    bad = data.table.filter(is_bad).select(value=known.cast("string"))
    ((count, first),) = data.engine.rows(bad.aggregate(n=bad.count(), first=bad.value.min()))
    if count:
        raise InvalidInput(f"the {what} {column} has {count} values that are no numbers, like {first!r}")
    return read.isnan().ifelse(None, read)


def zero_or_one(condition: Any) -> Any:
    """Return 1 where a condition holds, 0 where it does not, and nothing where neither is known."""
    import ibis  # noqa: PLC0415  who only asks for help counts nothing

    return ibis.cases((condition, 1), (~condition, 0)).cast("int8")


def as_number(data: Data, column: str, what: str) -> Any:
    """Return a column as doubles; null where it holds something else."""
    known = data.column(column, what)
    if data.engine.can_try:
        return known.try_cast("float64")
    if known.type().is_string():
        return known.re_search(_NUMBER).ifelse(known, None).cast("float64")
    return known.cast("float64")


def _narrowed(data: Data, wanted: Binding, rule: Rule | None) -> Data:
    """Return the data with only the columns that are used, read once."""
    prediction = rule.column if rule else wanted.prediction
    uses = [(wanted.label, "label"), (prediction, "prediction"), (wanted.score, "score"), (wanted.champion, "champion")]
    uses += [(column, "attribute") for column in wanted.by]
    names = dict.fromkeys(column for column, what in uses if column and data.column(column, what) is not None)
    # Of a table every pass is as fast; of text, it would be parsed anew.
    if not names or data.says_types:
        return data
    kept = data.engine.keep("narrow", data.table.select(*names))
    return replace(data, columns={name: data.columns[name] for name in names}, relation=kept.get_name())


def _settle(wanted: Binding, label: _Values | None, prediction: _Values | None) -> tuple[str | None, str | None]:
    """Return which value is 1 and which is 0."""
    given = [(str(name), one) for name, one in ((wanted.label, label), (wanted.prediction, prediction)) if one]
    if not given:
        return wanted.positive, None
    values = sorted({spelling for _, one in given for _, spelling in one.spellings})
    names = [name for name, _ in given]
    held = f"{' and '.join(names)} hold{'s' if len(names) == 1 else ''} {', '.join(map(repr, values[:10]))}"
    if len(values) > 2:  # noqa: PLR2004  0 and 1
        raise InvalidInput(
            f"{held}: more than two values", hint="make it two, or write a rule: --prediction 'score >= 0.5'"
        )
    usual = next((pair for pair in _ZERO_AND_ONE if set(values) <= pair), None)
    positive = wanted.positive or (max(usual) if usual and values else None)
    if positive is None:
        raise InvalidInput(f"{held or 'nothing'}, and neither is 1", hint="say which one is: --positive VALUE")
    if positive not in (usual or values):
        raise InvalidInput(f"{held}, not {positive!r}", hint="say which of these is 1: --positive VALUE")
    return positive, next((value for value in sorted(usual or values) if value != positive), None)
