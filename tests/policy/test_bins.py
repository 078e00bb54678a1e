"""What tables of evidence say by bin."""

from fractions import Fraction

import pytest

from govern.policy.bins import UNIT, Bin, calibrations, shifts
from govern.policy.evidence import Columns, Evidence, Plan, Table

PLAN = Plan(digits=12, columns=Columns(label=None, prediction=None, score=None, positive=None), checks=())


def kept(*tables: Table) -> Evidence:
    return Evidence.made(PLAN, (), rows=6, tables=tables)


def test_bins_of_a_column_go_from_the_lowest_to_what_is_no_value() -> None:
    names = ["(missing)", "(new)", "0.5 to 2.0", "below 0.5", "from 10.0", "2.0 to 10.0", "(others)"]
    table = Table.made("stability of c", ["bin"], ["then", "now"], {(name,): (1, 2) for name in names})

    (found,) = shifts(kept(table))

    assert [one.name for one in found.parts] == [
        "below 0.5",
        "0.5 to 2.0",
        "2.0 to 10.0",
        "from 10.0",
        "(others)",
        "(new)",
        "(missing)",
    ]
    assert (found.column, found.totals) == ("c", (7, 14))


def test_values_that_look_like_spans_but_are_none_are_in_order_of_their_names() -> None:
    names = ["from afar", "b", "nine to five", "a"]
    table = Table.made("stability of c", ["bin"], ["then", "now"], {(name,): (1, 1) for name in names})

    (found,) = shifts(kept(table))

    assert [one.name for one in found.parts] == sorted(names)


def test_calibration_is_read_of_everybody_and_of_each_group() -> None:
    sums = ["rows", "positives", "scores", "outside"]
    every = Table.made("calibration", ["bin"], sums, {("00",): (10, 1, UNIT // 2, 0), ("09",): (2, 2, 2 * UNIT, 0)})
    groups = Table.made(
        "calibration by sex", ["sex", "bin"], sums, {("f", "03"): (4, 1, UNIT, 0), (None, "01"): (0, 0, 0, 0)}
    )

    first, second = calibrations(kept(every, groups))

    assert (first.by, [(one.name, one.score, one.share) for one in first.bins]) == (
        {},
        [("0.0 to 0.1", Fraction(1, 20), Fraction(1, 10)), ("0.9 to 1", Fraction(1), Fraction(1))],
    )
    assert (second.by, second.bins) == ({"sex": "f"}, (Bin(3, 4, 1, Fraction(1, 4)),))


def test_scores_that_are_no_chances_have_no_calibration() -> None:
    table = Table.made(
        "calibration", ["bin"], ["rows", "positives", "scores"], {("-1",): (1, 1, 0), ("02",): (1, 1, 0)}
    )

    assert calibrations(kept(table)) == ()


def test_the_interval_of_a_share_is_wilsons() -> None:
    # Agresti and Coull 1998: 0 of 10.
    assert Bin(0, 10, 0, Fraction(0)).interval == pytest.approx((0, 0.2775), abs=1e-4)
    assert Bin(0, 10, 5, Fraction(0)).interval == pytest.approx((0.2366, 0.7634), abs=1e-4)
