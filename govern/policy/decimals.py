"""Decimal numbers with one spelling: no exponent, no trailing zeros, no minus before a zero, digits without end refused."""

import re
from decimal import Decimal
from fractions import Fraction

from govern.errors import InvalidInput

MOST_DIGITS = 40
"""On either side of the point; a number that needs more is a mistake, and expanding its exponent may never end."""

DECIMAL = re.compile(rf"(?!-0$)-?(0|[1-9][0-9]{{0,{MOST_DIGITS - 1}}})(\.[0-9]{{0,{MOST_DIGITS - 1}}}[1-9])?")
FRACTION = re.compile(r"(0|-?[1-9][0-9]{0,99})/([1-9][0-9]{0,99})")


def read_decimal(text: str) -> Decimal:
    """Return the number that ``text`` is the one spelling of."""
    if not DECIMAL.fullmatch(text):
        raise InvalidInput(
            f"{text[:60]!r} is not a decimal number", hint="no exponent, no leading or trailing zeros: 0.8, -3, 12.25"
        )
    return Decimal(text)


def write_decimal(number: Decimal) -> str:
    if not is_writable(number):
        raise InvalidInput(f"{number} has more than {MOST_DIGITS} digits, or no end")
    text = format(number, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in {"-0", ""} else text


def is_writable(number: Decimal) -> bool:
    """Say whether ``number`` is finite and short enough to be written without an exponent."""
    if not number.is_finite():
        return False
    _, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int)
    return exponent >= -MOST_DIGITS and len(digits) + exponent <= MOST_DIGITS


def rounded(number: Fraction | float, digits: int) -> Decimal:
    """Return ``number`` to so many digits after the point, halves to even; what is not finite is refused."""
    try:
        units = round(Fraction(number) * 10**digits)
    except (OverflowError, ValueError):
        raise InvalidInput(f"{number} is not a number that can be recorded") from None
    sign = "-" if units < 0 else ""
    padded = str(abs(units)).zfill(digits + 1)
    whole, part = padded[: len(padded) - digits], padded[len(padded) - digits :]
    return read_decimal(write_decimal(Decimal(f"{sign}{whole}.{part}")))


def read_fraction(text: str) -> Fraction:
    """Return the fraction that ``text`` writes in its lowest terms, e.g. ``4/5``."""
    found = FRACTION.fullmatch(text)
    if not found or write_fraction(fraction := Fraction(int(found[1]), int(found[2]))) != text:
        raise InvalidInput(f"{text[:60]!r} is not a fraction in its lowest terms", hint="write it like 4/5")
    return fraction


def write_fraction(fraction: Fraction) -> str:
    return f"{fraction.numerator}/{fraction.denominator}"
