from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from govern.errors import InvalidInput
from govern.policy.decimals import (
    MOST_DIGITS,
    is_writable,
    read_decimal,
    read_fraction,
    rounded,
    write_decimal,
    write_fraction,
)

DECIMALS = st.decimals(allow_nan=False, allow_infinity=False, places=12, min_value=-(10**20), max_value=10**20)


@given(DECIMALS)
def test_reading_and_writing_a_decimal_are_inverses(number: Decimal) -> None:
    text = write_decimal(number)

    assert read_decimal(text) == number
    assert write_decimal(read_decimal(text)) == text
    assert "e" not in text.lower()


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("0.720", "0.72"),
        ("1.0", "1"),
        ("100", "100"),
        ("1e2", "100"),
        ("-0", "0"),
        ("-0.00", "0"),
        ("1e-3", "0.001"),
        ("-2.50", "-2.5"),
    ],
)
def test_a_decimal_has_one_spelling(number: str, text: str) -> None:
    assert write_decimal(Decimal(number)) == text


@pytest.mark.parametrize(
    "text",
    ["", "01", "1.0", "1.", ".5", "-0", "+1", "1e3", "0x1", "1,5", "\u0661", "nan", "1\n", "1" * (MOST_DIGITS + 1)],
)
def test_every_other_spelling_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="is not a decimal number"):
        read_decimal(text)


@pytest.mark.parametrize("number", ["nan", "inf", "1e40", "1e-41", "1e999999"])
def test_a_number_without_a_short_spelling_is_refused(number: str) -> None:
    assert not is_writable(Decimal(number))
    with pytest.raises(InvalidInput, match="has more than 40 digits, or no end"):
        write_decimal(Decimal(number))


@pytest.mark.parametrize(
    ("number", "digits", "text"),
    [
        (Fraction(4, 5), 12, "0.8"),
        (Fraction(2, 3), 4, "0.6667"),
        (Fraction(-2, 3), 4, "-0.6667"),
        (Fraction(1, 2), 0, "0"),
        (Fraction(3, 2), 0, "2"),
        (Fraction(-1, 10**9), 3, "0"),
        (0.1, 12, "0.1"),
        (1e-13, 12, "0"),
        (123456.5, 3, "123456.5"),
    ],
)
def test_rounding_is_to_the_nearest_and_halves_to_even(number: Fraction | float, digits: int, text: str) -> None:
    assert write_decimal(rounded(number, digits)) == text


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_is_not_finite_cannot_be_recorded(number: float) -> None:
    with pytest.raises(InvalidInput, match="is not a number that can be recorded"):
        rounded(number, 12)


@given(st.fractions())
def test_reading_and_writing_a_fraction_are_inverses(fraction: Fraction) -> None:
    assert read_fraction(write_fraction(fraction)) == fraction


@pytest.mark.parametrize("text", ["8/10", "1", "1/-2", "-0/1", "1/0", "01/2", "0/5", " 1/2"])
def test_a_fraction_is_in_its_lowest_terms(text: str) -> None:
    with pytest.raises(InvalidInput, match="is not a fraction in its lowest terms"):
        read_fraction(text)
