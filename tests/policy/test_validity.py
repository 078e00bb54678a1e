from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from govern.errors import InvalidInput
from govern.policy.validity import Duration, Period, is_in_force

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@given(
    st.builds(lambda count, unit: f"{count}{unit}", st.integers(1, 99999), st.sampled_from(["h", "d", "w", "mo", "y"]))
)
def test_reading_and_writing_a_duration_are_inverses(text: str) -> None:
    assert str(Duration.parse(text)) == text


@pytest.mark.parametrize("text", ["", "1", "0d", "01d", "1 d", "1m", "-1d", "1.5y", "1D", "100000d", "1y6mo"])
def test_anything_else_is_no_duration(text: str) -> None:
    with pytest.raises(InvalidInput, match="is not a duration"):
        Duration.parse(text)


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("36h", "2026-02-02T00:00:00+00:00"),
        ("1d", "2026-02-01T12:00:00+00:00"),
        ("2w", "2026-02-14T12:00:00+00:00"),
        ("1mo", "2026-02-28T12:00:00+00:00"),
        ("25mo", "2028-02-29T12:00:00+00:00"),
        ("1y", "2027-01-31T12:00:00+00:00"),
        ("99999y", "9999-12-31T23:59:59.999999+00:00"),
        ("99999w", "3942-08-08T12:00:00+00:00"),
    ],
)
def test_months_and_years_end_on_the_same_day_or_the_last_of_a_short_month(text: str, end: str) -> None:
    assert Duration.parse(text).after(NOON).isoformat() == end


def test_a_period_begins_with_its_first_instant_and_ends_before_its_last() -> None:
    period = Period.lasting(NOON, Duration.parse("1d"))

    assert [
        is_in_force(period, NOON + shift)
        for shift in (-SECOND, 0 * SECOND, timedelta(days=1) - SECOND, timedelta(days=1))
    ] == [
        False,
        True,
        True,
        False,
    ]
    assert is_in_force(Period.lasting(NOON, None), datetime.max.replace(tzinfo=UTC))


def test_days_are_whole_days_in_utc_both_inclusive() -> None:
    period = Period.of_days(date(2026, 1, 31), date(2026, 1, 31))

    assert period == Period(datetime(2026, 1, 31, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC))
    assert is_in_force(Period.of_days(None, None), NOON)
    assert Period.of_days(None, date.max).end is None
