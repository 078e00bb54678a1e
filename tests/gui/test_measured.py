"""What was measured, as people look at it: by attribute and intersection, who is left out, bins, and the champion."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from govern.demo.cast import PASSPHRASE
from govern.policy.bins import Bin, Calibration
from gui.app import App
from gui.charts import curve, parts, ratio
from gui.charts.ratio import Bar, Ratio
from gui.measured import Measured
from gui.session import Session
from gui.sights import Dossier, Finding
from gui.tones import Tone
from gui.viewmodels.measured import Shown, asked_for, shown, worst_of
from gui.views.overview import named
from tests.conftest import Demo
from tests.gui.conftest import wait, window

FIRST = "credit-risk@1"


@pytest.fixture(scope="module")
def bank_of_six(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sample bank, whose models were measured for real."""
    return Path(shutil.copytree(demo.path, tmp_path_factory.mktemp("six") / "bank"))


@pytest.fixture(scope="module")
def sights(bank_of_six: Path) -> Iterator[dict[str, Dossier]]:
    session = Session.open(bank_of_six)
    session.unlock("rae", PASSPHRASE)
    names = (FIRST, "credit-risk@2", "car-loans@1", "small-business@1")
    yield {name: session.dossier(name, "rae") for name in names}
    session.close()


def of(sight: Dossier, check: str, by: str = "", part: str = "") -> Shown:
    found = shown(sight, check, by, part)
    assert found
    return found


def test_what_is_worst_is_looked_at_first_and_the_rest_is_offered(sights: dict[str, Dossier]) -> None:
    found = of(sights[FIRST], "four-fifths")

    assert found.title == "Adverse impact ratio by age"
    assert [one.text for one in found.bys] == ["By sex: 1 of 1 inconclusive", "By age: 1 of 3 fail"]
    assert found.rows[0][:3] == ("Fail", "18-25", "1\u202f040")
    assert of(sights[FIRST], "four-fifths", "sex").title == "Adverse impact ratio by sex"


def test_an_intersection_has_a_row_for_each_of_its_groups(sights: dict[str, Dossier]) -> None:
    found = of(sights[FIRST], "sex-and-age")

    assert found.by == "age and sex"
    assert [row[1] for row in found.rows][:2] == ["18-25, female", "18-25, male"]
    assert {row[5] for row in found.rows} == {"62+, male"}
    assert found.chart
    assert "18-25, female: 0.516, 0.455 to 0.576, n = 542, warn" in found.chart.spoken


def test_small_groups_that_were_put_together_come_last_and_are_named(sights: dict[str, Dossier]) -> None:
    found = of(sights["small-business@1"], "sex-and-age", "age and sex")

    assert found.rows[-1][1] == "small groups together"
    assert found.left == (
        ("62+, female", "28", "put together with other small groups"),
        ("62+, male", "33", "put together with other small groups"),
    )


def test_columns_come_worst_first_with_the_bins_of_the_one_that_is_chosen(sights: dict[str, Dossier]) -> None:
    found, other = (of(sights["car-loans@1"], "drift", part=name) for name in ("", "tenure"))

    assert found.title == "PSI by column"
    assert [row[1] for row in found.rows] == ["utilisation", "income", "tenure", "arrears"]
    assert found.shift
    assert found.shift.title == "utilisation, then and now"
    assert [row[0] for row in found.bins][:2] == ["below 0.12", "0.12 to 0.21"]
    assert sum(one.then for one in found.shift.parts) == sum(one.now for one in found.shift.parts) == 6000
    assert other.shift
    assert other.shift.title == "tenure, then and now"


def test_a_calibration_has_the_bins_that_were_recorded(sights: dict[str, Dossier]) -> None:
    found = of(sights[FIRST], "calibration")

    assert found.curve
    assert sum(one.n for one in found.curve.points) == 6000
    off = sum(abs(one.score * one.n - one.positives) for one in found.curve.points) / 6000
    assert round(off, 6) == round(next(one.value for one in sights[FIRST].of("calibration") if one.value), 6)
    assert all(one.low <= one.share <= one.high for one in found.curve.points)


def test_the_champion_stands_beside_what_was_measured_on_the_same_rows(sights: dict[str, Dossier]) -> None:
    found, asked_nothing = of(sights[FIRST], "auc"), of(sights[FIRST], "brier")

    assert found.champion == "credit-risk@2"
    assert found.beside == (("Pass", "everybody", "0.766", "0.733", "+0.032"),)
    assert found.beside_said == "Asked for: at least the champion minus 0.05."
    assert asked_nothing.beside[0][0] == ""
    assert asked_nothing.beside_said == "No policy asks how far they may be apart."


def test_a_champion_stands_beside_nobody(sights: dict[str, Dossier]) -> None:
    found = of(sights["credit-risk@2"], "auc")

    assert (found.champion, found.beside, found.beside_said) == ("", (), "")


def test_two_versions_differ_by_what_was_measured_not_by_how_far_they_are_apart(bank_of_six: Path) -> None:
    session = Session.open(bank_of_six)
    session.unlock("rae", PASSPHRASE)

    found = {one.what: one for one in session.compare_versions(FIRST, "credit-risk@2").differences}
    session.close()

    assert found["result auc"].change == "\u22120.032"
    assert found["result sex-and-age, 18-25, female"].tones == (Tone.WARN, Tone.PASS)


def finding(**more: Any) -> Finding:
    blank = Finding("ratio", "precision gap", "p 1.0.0", "p.yaml:1", Tone.PASS, "", n=10)
    return replace(blank, **more)


def test_what_is_undefined_says_why(sights: dict[str, Dossier]) -> None:
    said = "sex=f: precision_gap is undefined: nobody selected"
    none = finding(tone=Tone.MISSING, message=said, group="f", by=("sex",))
    some = finding(value=Decimal("-0.02"), group="m", by=("sex",), against="everybody", least=Decimal("-0.05"))
    sight = replace(sights[FIRST], findings=(none, some), measured=())

    found = of(sight, "ratio")

    assert found.rows[0] == ("Not measured", "f", "10", "undefined: nobody selected", "", "")
    assert found.rows[1][5] == "everybody"
    assert found.chart
    assert "f: no number, undefined: nobody selected, n = 10, not measured" in found.chart.lines


def test_a_check_without_evidence_has_no_chart_and_says_what_is_missing(sights: dict[str, Dossier]) -> None:
    silent = finding(tone=Tone.MISSING, message="precision_gap: no evidence", n=None)

    found = of(replace(sights[FIRST], findings=(silent,), measured=()), "ratio")

    assert (found.chart, found.rows, found.subtitle) == (None, (), "precision_gap: no evidence.")


def test_a_number_from_outside_says_where_it_is_from_and_who_signed_for_it(sights: dict[str, Dossier]) -> None:
    kept = Measured("ratio", 9, "Vic Tran", 5400, "", origin="cost ledger, as of 31 Oct 2026")

    one = replace(finding(value=Decimal("3.2")), outside=True, unit="EUR", limit="at most 5")
    sight = replace(sights[FIRST], findings=(one,), measured=(kept,))

    found = of(sight, "ratio")

    assert found.measured == "cost ledger, as of 31 Oct 2026; signed for by Vic Tran in #9, not measured here"
    assert found.subtitle == "From outside: cost ledger, as of 31 Oct 2026, at most 5."
    assert found.title.endswith(", in EUR")
    assert named("ratio", one).endswith(", from outside")


def test_an_input_that_the_model_does_not_read_says_so(sights: dict[str, Dossier]) -> None:
    rule = "explainability.proxies.max_attribution_share"
    text = "column=district: attribution_share: the model has no such input"
    none = replace(finding(tone=Tone.NONE, message=text), check=rule, why="max_attribution_share", group="district")

    found = of(replace(sights[FIRST], findings=(none,), measured=()), rule)

    assert found.left == (("district", "10", "the model has no such input"),)


def test_inputs_with_limits_of_their_own_share_no_line_in_the_chart(sights: dict[str, Dossier]) -> None:
    own = [
        replace(
            finding(value=Decimal(value), tone=tone),
            group=group, by=("column",), most=Decimal(most), limit=f"at most {most}", against="",
        )
        for group, value, most, tone in (("district", "0.02", "0.1", Tone.PASS), ("account", "0.15", "0.05", Tone.FAIL))
    ]  # fmt: skip

    found = of(replace(sights[FIRST], findings=tuple(own), measured=()), "ratio")

    assert found.chart
    assert (found.chart.least, found.chart.most) == (None, None)
    assert found.subtitle == "Each input with a limit of its own."
    assert asked_for(tuple(own)) == "district at most 0.1; account at most 0.05"
    assert asked_for(tuple(own[1:])) == "at most 0.05"


def test_the_bins_of_a_group_can_be_chosen(sights: dict[str, Dossier]) -> None:
    bins = (Bin(0, 10, 1, Fraction(1, 20)), Bin(3, 5, 2, Fraction(1, 3)))
    kept = Measured("ratio", 9, "Vic", 15, "", (Calibration({"sex": "f"}, bins), Calibration({"sex": None}, bins[:1])))
    sight = replace(sights[FIRST], findings=(finding(value=Decimal("0.1")),), measured=(kept,))

    first, other = of(sight, "ratio"), of(sight, "ratio", part="not stated")

    assert [one.name for one in first.parts] == ["f", "not stated"]
    assert [row[:3] for row in first.bins] == [("0.0 to 0.1", "10", "0.05"), ("0.3 to 0.4", "5", "0.333")]
    assert len(other.bins) == 1


def test_a_check_stands_with_its_worst_number() -> None:
    found = tuple(
        finding(value=Decimal(value), most=Decimal("0.25"), group=value, by=("column",), tone=Tone.FAIL)
        for value in ("0.3", "0.9", "0.4")
    )

    assert worst_of(found, Tone.FAIL).value == Decimal("0.9")


@pytest.mark.parametrize("width", [300.0, 620.0, 1400.0])
def test_nothing_in_the_charts_of_bins_meets_or_leaves(width: float) -> None:
    then_now = parts.Parts("x", tuple(parts.Part(f"{at} to {at + 1}", at, 9 - at) for at in range(10)), (45, 45))
    points = tuple(
        curve.Point("0.1 to 0.2", 100 * at, 10 * at, Decimal(at) / 10, Decimal(at) / 10, at / 10, at / 9)
        for at in range(1, 9)
    )

    placed = parts.layout(then_now, width, lambda text: 6.5 * len(text))
    drawn = curve.layout(curve.Curve("c", points), width, lambda text: 6.5 * len(text))

    for row in placed.rows:
        assert not row.then.meets(row.now)
        assert not row.label.meets(row.then)
        assert max(row.then.right, row.now.right) <= row.figure.x
        assert row.now.bottom <= row.top + parts.PITCH
    assert placed.plot.bottom <= then_now.height
    assert all(drawn.plot.x <= dot.x <= drawn.plot.right for dot in drawn.dots)
    assert all(drawn.plot.y <= dot.whisker[0] <= dot.whisker[1] <= drawn.plot.bottom + 0.01 for dot in drawn.dots)


def test_a_bar_below_zero_goes_to_the_left() -> None:
    bars = tuple(
        Bar(name, "n = 9", Decimal(value), None, None, Tone.PASS) for name, value in (("a", "-0.2"), ("b", "0.1"))
    )
    placed = ratio.layout(Ratio("Gap", "", bars, Decimal("-0.1"), None), 600, lambda text: 6.5 * len(text))

    below, above = (row.fill for row in placed.rows)
    assert below.right == pytest.approx(above.x)
    assert below.x >= placed.plot.x
    assert "0" in [text for _, text in placed.ticks]


@pytest.fixture(scope="module")
def six(qapp: QApplication, bank_of_six: Path) -> Iterator[App]:
    with window(qapp, bank_of_six, "rae") as made:
        yield made


def read(app: App) -> None:
    app.desktop.read(FIRST)
    wait(lambda: app.desktop.dossier and app.desktop.dossier.state.sight)
    wait(lambda: (open_ := app.desktop.dossier) and (sight := open_.state.sight) and sight.version == FIRST)
    app.commands.registry.run("checks")


def test_every_number_is_in_a_table_for_whoever_sees_no_chart(six: App, qtbot: Any) -> None:
    read(six)
    assert six.desktop.dossier
    assert six.shell.dossier
    numbers = six.shell.dossier.checks.numbers
    six.desktop.dossier.choose("sex-and-age")

    assert numbers.chart.isVisible()
    six.commands.registry.run("tables")

    assert not numbers.chart.isVisible()
    assert numbers.table.isVisible()
    cells = numbers.table.cells
    assert cells.data(cells.index(0, 1), Qt.ItemDataRole.AccessibleTextRole) == "Group: 18-25, female"
    assert cells.data(cells.index(0, 3), Qt.ItemDataRole.AccessibleTextRole) == "Value: 0.516"
    six.desktop.dossier.choose("drift")
    assert numbers.shifts.isVisible()
    assert numbers.part.accessibleName() == "Bins of"
    numbers.part.setCurrentIndex(numbers.part.findData("income"))
    numbers.part.activated.emit(numbers.part.currentIndex())
    assert six.desktop.dossier.state.part == "income"
    six.commands.registry.run("tables")
    assert numbers.shift.isVisible()
    assert numbers.shift.accessibleDescription().startswith("income, then and now")


def test_choosing_another_attribute_shows_its_groups(six: App, qtbot: Any) -> None:
    read(six)
    assert six.desktop.dossier
    assert six.shell.dossier
    six.desktop.dossier.choose("four-fifths")
    numbers = six.shell.dossier.checks.numbers

    numbers.by.setFocus()
    qtbot.keyClick(numbers.by, Qt.Key.Key_Up)

    assert six.desktop.dossier.state.by == "sex"
    assert numbers.chart.accessibleName() == "Adverse impact ratio by sex"
