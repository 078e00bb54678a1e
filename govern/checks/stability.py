"""Whether rows are still like those of then: columns against a baseline, in bins that the baseline sets.

Ten bins of a column of numbers hold a tenth of the baseline each, as far as equal values let them; values of a column that
is no number are bins of their own, the rarer ones together: a name that one person has stands in no evidence. A missing
value is a bin. What is compared are counts, so anyone can compare again; logarithms are taken in decimals, which are the
same on every machine.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import partial
from typing import Any, TypeVar

from govern.checks.binding import as_number, spelling
from govern.checks.engine import Local
from govern.checks.ranks import numbers
from govern.checks.resample import PI, within
from govern.checks.rows import numeric
from govern.checks.tables import Data, quoted
from govern.errors import InvalidInput
from govern.policy.bins import MISSING, NEW, RARE, named

T = TypeVar("T")

BINS = 10
MOST_VALUES = 50
LEAST_ROWS = 10
"""Of a column that is no number, so many values are bins, and each in so many rows of then; the others stand together."""

_BLOCKS = 2048
_HALF, _FAR, _FAR_OFF = Decimal("0.5"), Decimal(60), Decimal(0)


@dataclass(frozen=True, slots=True)
class Shift:
    """A column, then and now."""

    column: str
    bins: dict[str, tuple[int, int]]
    """By bin, how many rows there were then and are now; what is new is in its bin too, and counted once more apart."""
    new: int
    """Rows whose value the baseline does not have, or that lie outside its range."""
    gap: Fraction | None
    """The largest distance between the shares up to a value; numbers only."""

    @property
    def totals(self) -> tuple[int, int]:
        then, now = (sum(counts[place] for counts in self.bins.values()) for place in (0, 1))
        return then, now


def shift(now: Data, then: Data, column: str) -> Shift:
    """Compare a column of two files, or of two tables in one place."""
    require_one_place(now, then)
    is_number = all(numeric(data, [column]) for data in (now, then))
    return _of_numbers(now, then, column) if is_number else _of_values(now, then, column)


def require_one_place(now: Data, then: Data) -> None:
    """Raise `InvalidInput` unless both are files, or both tables of a database."""
    if isinstance(now.engine, Local) is not isinstance(then.engine, Local):
        raise InvalidInput(
            f"{now.name} and {then.name} are not in one place",
            hint="give both as files, or both as tables of one database",
        )


def found(name: str, shift: Shift) -> Fraction | Decimal | str:
    """Return what a metric says of a column, or the word for why it says nothing."""
    then, now = shift.totals
    if not then or not now:
        return "no_rows"
    if name == "missing_share_rise":
        missing = shift.bins.get(MISSING, (0, 0))
        return Fraction(missing[1], now) - Fraction(missing[0], then)
    if name == "new_value_share":
        return Fraction(shift.new, now)
    if name == "ks_shift":
        return "no_number" if shift.gap is None else shift.gap
    with localcontext(prec=60):
        return {"psi": _psi, "jensen_shannon_divergence": _jensen_shannon, "chi_square_p": _chi_square}[name](shift)


def _of_numbers(now: Data, then: Data, column: str) -> Shift:
    if isinstance(now.engine, Local) and isinstance(then.engine, Local):
        return _in_order(now, then, column)
    return _elsewhere(now, then, column)


def _in_order(now: Data, then: Data, column: str) -> Shift:
    """Compare numbers here: both in order, once."""
    import numpy as np  # noqa: PLC0415  who only asks for help counts nothing

    before, after = _both(then, now, partial(_ordered, column=column))
    n = len(before)
    edges = []
    for tenth in range(1, BINS if n else 0):
        # The first value that a tenth of the rows lies below.
        place = -(-tenth * n // BINS)
        first = np.searchsorted(before, before[place], side="left") if place < n else n
        place = first if first * BINS >= tenth * n else np.searchsorted(before, before[place], side="right")
        if 0 < place < n:
            edges.append(float(before[place]))
    edges = sorted(set(edges))
    counts = [np.diff([0, *np.searchsorted(one, edges, side="left"), len(one)]).tolist() for one in (before, after)]
    pairs = dict(enumerate(zip(*counts, strict=True)))
    new, gap = 0, None
    if n and len(after):
        new = (
            int(np.searchsorted(after, before[0], side="left"))
            + len(after)
            - int(np.searchsorted(after, before[-1], side="right"))
        )
        gap = _widest(before, after)
    return _shift(column, edges, pairs, (then.rows - n, now.rows - len(after)), new, gap)


def _both(then: Data, now: Data, read: Callable[[Data], T]) -> tuple[T, T]:
    """Read the same of both, at once where each has an engine of its own here."""
    if then.engine is now.engine or not isinstance(then.engine, Local):
        return read(then), read(now)
    with ThreadPoolExecutor(1) as other:
        after = other.submit(read, now)
        return read(then), after.result()


def _ordered(data: Data, column: str) -> Any:
    import numpy as np  # noqa: PLC0415  as above

    name = f"TRY_CAST({quoted(column)} AS DOUBLE)"
    ask = f"SELECT {name} AS v FROM {data.relation} WHERE {name} IS NOT NULL AND NOT isnan({name})"  # noqa: S608  quoted
    return np.sort(numbers(data.local.connection.sql(ask).to_arrow_table()["v"].combine_chunks(), np.float64))


def _widest(before: Any, after: Any) -> Fraction:
    """Return the largest distance between the shares of two ordered columns up to a value.

    First at the ends of blocks of values; then at every value of those blocks within which it may be larger.
    """
    import numpy as np  # noqa: PLC0415  as above

    n, m = len(before), len(after)
    values = np.unique(before[:: max(n // _BLOCKS, 1)])
    ends = np.append(np.searchsorted(before, values, side="left"), n), np.append(np.searchsorted(after, values), m)
    starts = tuple(np.append(0, one[:-1]) for one in ends)
    widest = int(np.abs(ends[0] * m - ends[1] * n).max())
    # From the start of a block to its end either share only grows.
    most = np.maximum(ends[0] * m - starts[1] * n, ends[1] * n - starts[0] * m)
    for block in np.flatnonzero(most > widest):
        one, other = before[starts[0][block] : ends[0][block]], after[starts[1][block] : ends[1][block]]
        each = np.unique(np.concatenate((one, other)))
        up_to = starts[0][block] + np.searchsorted(one, each, side="right")
        other_up_to = starts[1][block] + np.searchsorted(other, each, side="right")
        widest = max(widest, int(np.abs(up_to * m - other_up_to * n).max(initial=0)))
    return Fraction(widest, n * m)


def _elsewhere(now: Data, then: Data, column: str) -> Shift:
    """Compare numbers where the rows are."""
    import ibis  # noqa: PLC0415  as above

    sides = []
    for data, which in ((then, 0), (now, 1)):
        value = as_number(data, column, "comparison")
        known = data.table.select(v=value).filter(lambda one: one.v.notnull() & ~one.v.isnan())
        sides.append(known.group_by("v").aggregate(a=known.count() * (1 - which), b=known.count() * which))
    both = sides[0].union(sides[1])
    each = both.group_by("v").aggregate(a=both.a.sum().cast("int64"), b=both.b.sum().cast("int64"))
    up_to, whole = ibis.window(order_by="v", preceding=None, following=0), ibis.window()
    placed = each.mutate(
        **{f"c{name}": each[name].sum().over(up_to).cast("int64") for name in "ab"},
        **{f"n{name}": each[name].sum().over(whole).cast("int64") for name in "ab"},
    )
    gap = (placed.ca * placed.nb - placed.cb * placed.na).abs().max()
    ends = {"low": placed.v.min(where=placed.a > 0), "high": placed.v.max(where=placed.a > 0)}
    ((widest, n, m, low, high),) = now.engine.rows(
        placed.aggregate(gap=gap, n=placed.na.max(), m=placed.nb.max(), **ends)
    )
    n, m = int(n or 0), int(m or 0)
    known = placed.filter(placed.a > 0)
    tenth = ((known.ca - known.a) * BINS / known.na).floor().cast("int64")
    begins = known.mutate(tenth=tenth)
    first = begins.group_by("tenth").aggregate(v=begins.v.min())
    edges = sorted(float(value) for place, value in now.engine.rows(first) if 0 < place < BINS)
    place: Any = ibis.literal(0)
    if edges:
        place = ibis.cases(*((placed.v >= edge, number) for number, edge in reversed([*enumerate(edges, 1)])), else_=0)
    binned = placed.mutate(place=place)
    counts = binned.group_by("place").aggregate(a=binned.a.sum(), b=binned.b.sum())
    pairs = {int(place): (int(a), int(b)) for place, a, b in now.engine.rows(counts)}
    outside = placed.filter((placed.v < low) | (placed.v > high)) if n else placed.limit(0)
    ((new,),) = now.engine.rows(outside.aggregate(n=outside.b.sum()))
    far = Fraction(int(widest), n * m) if n and m else None
    return _shift(column, edges, pairs, (then.rows - n, now.rows - m), int(new or 0) if m else 0, far)


def _shift(  # noqa: PLR0913, PLR0917  a shift is made of as much
    column: str,
    edges: Sequence[float],
    pairs: Mapping[int, tuple[int, int]],
    missing: tuple[int, int],
    new: int,
    gap: Fraction | None,
) -> Shift:
    bins = {named(place, edges): pair for place, pair in sorted(pairs.items())} | {MISSING: missing}
    return Shift(column, {name: pair for name, pair in bins.items() if any(pair)}, new, gap)


def _of_values(now: Data, then: Data, column: str) -> Shift:
    before, after = _both(then, now, partial(_counted, column=column))
    known = sorted((v for v in before if v is not None), key=lambda v: (-before[v], v))
    own = [v for v in known[:MOST_VALUES] if before[v] >= LEAST_ROWS]
    rare = known[len(own) :]
    bins = {v: (before[v], after[v]) for v in own}
    bins[RARE] = (sum(before[v] for v in rare), sum(after[v] for v in rare))
    new = sum(n for v, n in after.items() if v is not None and v not in before)
    bins[NEW] = (0, new)
    bins[MISSING] = (before[None], after[None])
    return Shift(column, {name: pair for name, pair in bins.items() if any(pair)}, new, None)


def _counted(data: Data, column: str) -> Counter[str | None]:
    """Count the values of a column, each by its one spelling."""
    table = data.table.select(raw=data.column(column, "comparison"))
    # To spell a value takes a while, and there are fewer of them than rows.
    each = table.group_by("raw").aggregate(n=table.count())
    found = Counter[str | None]()
    for value, n in data.engine.rows(each.select(v=spelling(each.raw), n=each.n)):
        found[value] += int(n)
    return found


def _shares(shift: Shift) -> list[tuple[Decimal, Decimal]]:
    """Return the shares of each bin, then and now; an empty bin counts as half a row."""
    totals = [Decimal(one) for one in shift.totals]
    return [
        (max(Decimal(then), _HALF) / totals[0], max(Decimal(now), _HALF) / totals[1])
        for then, now in shift.bins.values()
    ]


def _psi(shift: Shift) -> Decimal:
    return sum(((now - then) * (now / then).ln() for then, now in _shares(shift)), Decimal(0))


def _jensen_shannon(shift: Shift) -> Decimal:
    total = Decimal(0)
    for then, now in _shares(shift):
        middle = (then + now) / 2
        total += (then * (then / middle).ln() + now * (now / middle).ln()) / 2
    # An empty bin is half a row more than there are.
    return min(max(total / Decimal(2).ln(), Decimal(0)), Decimal(1))


def _chi_square(shift: Shift) -> Decimal | str:
    """Return the chance of a difference at least so large, were then and now drawn from the same rows."""
    totals = shift.totals
    if len(shift.bins) == 1:
        return Decimal(1)
    statistic = Fraction(0)
    for pair in shift.bins.values():
        for observed, total in zip(pair, totals, strict=True):
            expected = Fraction(sum(pair) * total, sum(totals))
            statistic += (observed - expected) ** 2 / expected
    return upper_gamma(Fraction(len(shift.bins) - 1, 2), statistic / 2)


def upper_gamma(a: Fraction, x: Fraction) -> Decimal:
    """Return the regularised upper incomplete gamma function of a whole or half number, in its finite form."""
    with localcontext(prec=60):
        return _upper_gamma(a, x)


def _upper_gamma(a: Fraction, x: Fraction) -> Decimal:
    if not x:
        return Decimal(1)
    at = Decimal(x.numerator) / x.denominator
    small = (-at).exp()
    if a.denominator == 1:
        term = total = small
        for k in range(1, int(a)):
            term *= at / k
            total += term
        return total
    root = at.sqrt()
    # Of one half it is the chance of a normal number outside.
    total = 1 - within((2 * at).sqrt()) if at < _FAR else _FAR_OFF
    term = 2 * small * root / PI.sqrt()
    step = Fraction(1, 2)
    while step < a:
        total += term
        step += 1
        term *= at / (Decimal(step.numerator) / step.denominator)
    return min(max(total, Decimal(0)), Decimal(1))
