"""From contributions to what an applicant is told."""

import re
from decimal import Decimal
from typing import Any

import pytest

from govern.checks.reasons import Dictionary, Reasons, Side, choose, grouped, side
from govern.errors import InvalidInput

WORDS = b"""
schema: govern/reasons/v1
reasons:
  income: {code: R01, text_low: Income is too low}
  debt: {code: R02, columns: [card_debt, loan_debt], text_high: Too much debt}
  late: {code: R03, text_high: Too many late payments}
  months: {code: R04, text_low: Credit history is too short, text_missing: No credit history}
  home: {code: R05, text: Kind of home}
  age: {code: R06, prohibited: true, text: Age}
"""
DICTIONARY = Dictionary.parse(WORDS)
SIDES = (
    dict.fromkeys(("debt", "late"), Side.HIGH) | dict.fromkeys(("income", "months"), Side.LOW) | {"home": Side.NEITHER}
)


def chosen(**contributions: str) -> Reasons:
    given = {group: Decimal(number) for group, number in contributions.items()}
    return choose(given, -1, {group: SIDES.get(group, Side.NEITHER) for group in given}, DICTIONARY)


def codes(found: Reasons) -> list[str]:
    return [one.code for one in found.reasons]


def test_the_largest_against_the_applicant_come_first_and_four_at_most() -> None:
    found = chosen(income="-0.2", debt="-0.9", late="-0.5", months="-0.3", home="-0.25")

    assert codes(found) == ["R02", "R03", "R04", "R05"]
    assert [one.rank for one in found.reasons] == [1, 2, 3, 4]
    assert found.reasons[0].text == "Too much debt"


def test_what_spoke_for_the_applicant_is_no_reason_however_large() -> None:
    assert codes(chosen(income="5", debt="-0.1", late="0")) == ["R02"]


def test_reasons_are_never_padded_with_trifles() -> None:
    assert codes(chosen(income="-1", debt="-0.019")) == ["R01"]


def test_ties_are_in_the_order_of_the_dictionary() -> None:
    assert codes(chosen(income="-1", debt="-1", late="-1")) == ["R01", "R02", "R03"]


@pytest.mark.parametrize(
    ("contributions", "why"),
    [
        pytest.param({"income": "-1", "age": "-0.5"}, "age .* is a prohibited basis", id="prohibited"),
        pytest.param({"income": "-1", "zip": "-0.5"}, "zip .* has no words for it", id="no wording"),
        pytest.param({"income": "1"}, "the decline has no reason", id="nothing against"),
    ],
)
def test_a_reason_that_may_not_be_given_blocks_them_all(contributions: dict[str, str], why: str) -> None:
    found = chosen(**contributions)

    assert found.reasons == ()
    (problem,) = found.blocking
    assert re.search(why, problem)


def test_a_prohibited_basis_outside_the_reasons_does_not_block() -> None:
    assert chosen(income="-1", age="0.5").blocking == ()


def test_a_side_without_words_blocks() -> None:
    found = choose({"late": Decimal(-1)}, -1, {"late": Side.LOW}, DICTIONARY)

    assert found.blocking == ("late counted against this applicant, and the dictionary has no text_low for it",)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (2.0, Side.LOW),
        (4.0, Side.HIGH),
        (3.0, Side.LOW),
        (None, Side.MISSING),
        (float("nan"), Side.MISSING),
        ("x", Side.NEITHER),
    ],
)
def test_the_side_is_of_the_median_and_on_it_of_the_mean(value: Any, found: Side) -> None:
    assert side(value, 3.0, 3.5) == found


def test_groups_stand_in_the_order_of_the_dictionary_and_unknown_columns_last() -> None:
    assert grouped(("zip", "loan_debt", "income"), DICTIONARY) == {
        "income": ("income",),
        "debt": ("loan_debt",),
        "zip": ("zip",),
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("reasons: {}", "not a dictionary of reasons", id="no schema"),
        pytest.param("schema: govern/reasons/v1\nreasons: {a: {text: x}}", "a has no code", id="no code"),
        pytest.param(
            "schema: govern/reasons/v1\nreasons: {a: {code: A, txt: x}}", "unknown key 'txt'", id="unknown key"
        ),
        pytest.param("schema: govern/reasons/v1\nreasons: {a: {code: A, text: ''}}", "text of a is empty", id="empty"),
        pytest.param("schema: govern/reasons/v1\nreasons: {a: {code: A, columns: a}}", "not a list", id="columns"),
        pytest.param(
            "schema: govern/reasons/v1\nreasons: {a: {code: A}, b: {code: A}}", "code A stands twice", id="twice"
        ),
        pytest.param("schema: govern/reasons/v1\nreasons: {a: &x {code: A}}", "dictionary:2:", id="an anchor"),
    ],
)
def test_a_dictionary_is_read_strictly(text: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        Dictionary.parse(text.encode())
