"""Intervals by the bootstrap, on counts: drawing rows again with replacement is drawing counts from a multinomial.

The same counts give the same draws on every machine: the seed is the digest of the counts, the generator is Philox, and
the distribution is the one of NumPy's `RandomState`, whose stream is frozen. Draws are integers, a bound is one of the
resampled values, and nothing is interpolated. No seed can be chosen, so none can be shopped for.
"""

from collections.abc import Sequence
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PI = Decimal("3.141592653589793238462643383279502884197")

_UNDEFINED_AT_MOST = Fraction(1, 100)
"""Where more of the resamples have no value, there is no interval."""


def draws(counts: Sequence[int], resamples: int, what: str) -> "NDArray[np.int64]":
    """Return resampled counts, a row for each count and a column for each resample; ``what`` keeps streams apart."""
    import numpy as np  # noqa: PLC0415  who only asks for help draws nothing

    seed = sha256(f"govern/bootstrap/v1 {what} {','.join(map(str, counts))}".encode()).digest()
    random = np.random.RandomState(np.random.Philox(key=int.from_bytes(seed[:16], "big")))
    left, total = sum(counts), np.full(resamples, sum(counts), dtype=np.int64)
    drawn = np.zeros((len(counts), resamples), dtype=np.int64)
    for place, count in enumerate(counts):
        if count:
            drawn[place] = total if count == left else random.binomial(total, count / left)
        total, left = total - drawn[place], left - count
    return drawn


def bounds(values: "NDArray[np.float64]", level: Fraction) -> tuple[float, float] | None:
    """Return the ends of the middle ``level`` of the values; nothing where they are all one, or too many undefined."""
    import numpy as np  # noqa: PLC0415  as above

    defined = np.sort(values[np.isfinite(values)])
    if not len(defined) or len(values) - len(defined) > _UNDEFINED_AT_MOST * len(values):
        return None
    outside = int((1 - level) / 2 * (len(defined) + 1))
    low, high = defined[max(outside - 1, 0)], defined[min(len(defined) - outside, len(defined) - 1)]
    return None if low == high else (float(low), float(high))


@cache
def deviations(level: Fraction) -> float:
    """Return within how many standard deviations of its mean the middle ``level`` of a normal distribution lies.

    In decimals, whose operations are the same on every machine.
    """
    with localcontext(prec=40):
        wanted = Decimal(level.numerator) / level.denominator
        low, high = Decimal(0), Decimal(10)
        for _ in range(80):
            middle = (low + high) / 2
            low, high = (middle, high) if within(middle) < wanted else (low, middle)
        return float(low)


def within(z: Decimal) -> Decimal:
    """Return the share of a normal distribution within ``z`` standard deviations, by its series."""
    term = total = z
    place = 1
    while abs(term) > Decimal("1e-30"):
        term = -term * z * z / (2 * place)
        total += term / (2 * place + 1)
        place += 1
    return total * (2 / PI).sqrt()
