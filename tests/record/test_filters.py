"""What a list of models is filtered by."""

from collections.abc import Collection
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from govern.errors import InvalidInput
from govern.record.filters import KEYS, Filter, Term

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
MODEL: dict[str, list[str]] = {
    "": ["credit-risk", "Probability of default of retail applicants"],
    "tier": ["high"],
    "stage": ["production", "in_review"],
    "check": ["pass", "fail"],
    "owner": ["Ana"],
    "use": ["credit-scoring"],
    "due": ["2026-11-27", "2027-03-01"],
    "tag": ["portfolio=retail", "portfolio", "retail"],
    "in": ["EU", "US"],
    "vendor": [],
}


def has(key: str) -> Collection[str]:
    return MODEL[key]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tier:high stage:production check:failed owner:ana use:credit-scoring",
        "tier:low,high",
        "stage:in-review",
        'tag:retail "of default"',
        "tag:portfolio=retail in:eu",
        "RETAIL",
        "-tier:low -vendor:acme",
        "due:<7d",
        "due:>90d",
        "due:<2026-11-28",
        "-due:overdue",
        '"credit-risk",fraud',
    ],
)
def test_a_model_is_found_by_what_is_so(text: str) -> None:
    assert Filter.parse(text).matches(has, NOON)


@pytest.mark.parametrize(
    "text", ["tier:low", "-tier:high", "due:<6d", "due:overdue", "fraud", "-credit", "tier:high stage:retired"]
)
def test_a_model_is_left_out_by_what_is_not_so(text: str) -> None:
    assert not Filter.parse(text).matches(has, NOON)


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("teir:high", "models are not filtered by 'teir'", "did you mean tier?"),
        ("Owner:ana", "models are not filtered by 'Owner'", "did you mean owner?"),
        ("stage:prodution", "'prodution' is no stage", "did you mean production?"),
        (
            "check:bad",
            "'bad' is no check",
            "one of pass, warn, fail, inconclusive, not_measured, waived, not_applicable",
        ),
        ('"free text', "'\"free text' cannot be read as a filter", "close the quotes"),
        ("tier:", "'tier:' cannot be read as a filter", 'write key:value or "free text", with spaces between'),
        ('tier:""', "there is nothing between the quotes", "leave it out"),
        ("due:7d", "'7d' is not when something is due", "write due:<7d, due:>1mo, due:<2026-12-31 or due:overdue"),
        ("due:<2026-13-01", "'<2026-13-01' is not when something is due", None),
        ("due:<7", "'<7' is not when something is due", None),
    ],
)
def test_what_cannot_be_meant_is_told(text: str, message: str, hint: str | None) -> None:
    with pytest.raises(InvalidInput) as caught:
        Filter.parse(text)

    assert caught.value.message == message
    assert hint is None or caught.value.hint == hint


def test_what_follows_a_colon_that_no_key_stands_before_is_searched_for_in_quotes() -> None:
    assert Filter.parse('"ratio: 0.8"').terms == (Term("", ("ratio: 0.8",)),)


@given(st.text(max_size=60) | st.lists(st.sampled_from([*KEYS, ":", "-", '"', ",", " ", "<7d", "high"])).map("".join))
def test_whatever_is_typed_is_a_filter_or_an_error_with_a_hint(text: str) -> None:
    try:
        found = Filter.parse(text)
    except InvalidInput as error:
        assert error.hint  # noqa: PT017  whether it is one is what is drawn
        return

    found.matches(has, NOON)
    assert Filter.parse(str(found)) == found
