"""Who was selected, by category, from a table of counts."""

from fractions import Fraction

import pytest

from govern.policy.evidence import Attribute, Columns, Evidence, Measure, Plan, Planned, Result, Table
from govern.policy.selection import Category, categories, ratios

SUMS = (
    "true_positives",
    "false_positives",
    "true_negatives",
    "false_negatives",
    "unlabelled_selected",
    "unlabelled_rejected",
    "undecided_positives",
    "undecided_negatives",
    "undecided_unlabelled",
)
ROWS: dict[tuple[str | None, ...], tuple[int, ...]] = {
    ("f", "white"): (1, 2, 3, 4, 5, 6, 0, 0, 7),
    ("m", "black"): (4, 0, 0, 0, 0, 0, 0, 0, 0),
    ("m", None): (9, 9, 9, 9, 9, 9, 0, 0, 0),
}


def kept(favourable: str | None) -> Evidence:
    by = tuple(Attribute(name=name, column=name, groups=None, reference=None) for name in ("sex", "race"))
    planned = Planned(
        check="air", metric="adverse_impact_ratio", by=by, favourable=favourable, interval=None, intersections=(by,)
    )
    columns = Columns(label="hired", prediction="invited", score=None, positive="yes")
    table = Table.made("counts by sex and race", ["sex", "race"], SUMS, ROWS)
    result = Result.made("air", "adverse_impact_ratio", [Measure.undefined("no_rows", 0)])
    return Evidence.made(Plan(digits=12, columns=columns, checks=(planned,)), [result], rows=99, tables=[table])


@pytest.mark.parametrize(
    ("favourable", "selected"),
    [pytest.param(None, 8, id="the prediction"), pytest.param("yes", 8, id="yes"), pytest.param("no", 13, id="no")],
)
def test_a_selection_is_the_decision_that_is_good_for_the_person(favourable: str | None, selected: int) -> None:
    found = {one.key: one for one in categories(kept(favourable), "air", ("race", "sex"))}

    assert found["white", "f"] == Category(("white", "f"), 21, selected, 7)
    assert not found[None, "m"].is_known


def test_what_was_not_counted_has_no_categories() -> None:
    assert categories(kept(None), "air", ("race",)) == ()
    assert categories(kept(None), "other", ("race", "sex")) == ()


def test_each_rate_is_over_the_highest_of_the_known() -> None:
    people = [
        Category(("a",), 10, 4),
        Category(("b",), 10, 2),
        Category((None,), 10, 10),
        Category(("nobody",), 0, 0),
    ]

    assert ratios(people) == {("a",): Fraction(1), ("b",): Fraction(1, 2), ("nobody",): None}
    assert ratios([Category(("a",), 10, 0)]) == {("a",): None}
