"""Groups against each other: published tables, hand-worked cases, what is undefined, and fairlearn on rows."""

import csv
import itertools
import random
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from govern.checks import fairness
from govern.checks.counts import CELLS, Counts, Key
from govern.checks.fairness import Against
from govern.checks.opinion import Beside, fairlearn_agrees
from govern.checks.performance import RATES, Found
from govern.checks.resample import bounds, draws
from govern.checks.summary import Question, evaluate
from govern.errors import GovernError

# Written down once, on Python 3.11 with NumPy 2.4 and 3.13 with NumPy 2.5; evidence that is filed rests on it.
GOLDEN_DRAWS = [
    [412, 417, 373, 364, 428],
    [0, 0, 0, 0, 0],
    [34, 28, 40, 42, 32],
    [999989, 999990, 1000022, 1000029, 999975],
]


def found(groups: dict[str, Counts], rate: str = "selection_rate", resamples: int = 0) -> dict[Key, Found]:
    """What a rate is of each group, drawn again together if there are resamples."""
    cells = [cell for counts in groups.values() for cell in counts.row]
    drawn: Any = draws(cells, resamples, "counts") if resamples else []
    again = [Counts(*drawn[place : place + len(CELLS)]) for place in range(0, len(drawn), len(CELLS))]
    return {
        (name,): RATES[rate].found(counts, again[place] if resamples else None)
        for place, (name, counts) in enumerate(groups.items())
    }


def to(reference: str | None) -> Against:
    return Against((reference,) if reference else None, zero="nobody_selected")


def name(key: Key | None) -> str | None:
    return key[0] if key else None


def selected(chosen: int, of: int) -> Counts:
    return Counts(unlabelled_selected=chosen, unlabelled_rejected=of - chosen)


def write(path: Path, columns: dict[str, Sequence[Any]]) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))
    return path


def measures(value: dict[str, Any], group: str) -> dict[str, float | None]:
    (its,) = [one for one in value["groups"] if group in one["by"].values()]
    return {metric: float(one["value"]) if one["value"] else None for metric, one in its["measures"].items()}


def test_the_four_fifths_of_the_guidelines_questions_and_answers() -> None:
    rates = {"A": selected(60, 100), "B": selected(45, 100), "C": selected(48, 100), "D": selected(51, 100)}

    compared = fairness.ratios(found(rates), to(None))

    assert [(name(one.group), name(one.against), one.value) for one in compared] == [
        ("B", "A", Fraction(3, 4)),
        ("C", "A", Fraction(4, 5)),
        ("D", "A", Fraction(17, 20)),
    ]


def test_exactly_four_fifths_is_four_fifths_where_doubles_say_less() -> None:
    compared = fairness.ratios(found({"F": selected(3, 5), "M": selected(15, 20)}), to("M"))

    assert compared[0].value == Fraction(4, 5)
    assert (3 / 5) / (15 / 20) < 0.8


@pytest.mark.parametrize(
    ("groups", "reference", "why"),
    [
        pytest.param({"F": selected(0, 9), "M": selected(0, 7)}, None, "nobody_selected", id="nobody selected"),
        pytest.param({"F": selected(3, 9), "M": Counts()}, "M", "no_reference", id="empty reference"),
        pytest.param({"F": selected(3, 9), "M": selected(1, 2)}, "X", "no_reference", id="no such reference"),
        pytest.param({"F": Counts(), "M": selected(1, 2)}, None, "no_rows", id="empty declared group"),
        pytest.param({"M": selected(1, 2)}, None, "one_group", id="one group"),
        pytest.param({}, None, "one_group", id="no group"),
    ],
)
def test_a_ratio_that_is_undefined_says_why(groups: dict[str, Counts], reference: str | None, why: str) -> None:
    compared = fairness.ratios(found(groups, resamples=10), to(reference))

    assert compared[0].value == why
    assert compared[0].again is None


def test_a_group_without_positives_is_listed_and_takes_no_part() -> None:
    groups = {"A": Counts(8, 1, 9, 2), "B": Counts(5, 1, 9, 5), "C": Counts(0, 3, 7, 0)}

    widest, unknown = fairness.spread([found(groups, "true_positive_rate")])

    assert (name(widest.group), name(widest.against), widest.value) == ("B", "A", Fraction(3, 10))
    assert (name(unknown.group), unknown.value) == ("C", "no_positives")


def test_where_one_of_two_rates_cannot_be_compared_the_larger_spread_is_not_known() -> None:
    groups = {"A": Counts(8, 0, 0, 2), "B": Counts(5, 0, 0, 5)}

    compared = fairness.spread([found(groups, "true_positive_rate"), found(groups, "false_positive_rate")])

    assert [(name(one.group), one.value) for one in compared] == [("A", "no_negatives"), ("B", "no_negatives")]


def test_a_small_group_is_neither_the_best_nor_an_end_of_a_spread() -> None:
    groups = {"A": selected(50, 100), "B": selected(40, 100), "C": selected(3, 3)}

    ratios = fairness.ratios(found(groups), to(None), least=30)
    (spread,) = fairness.spread([found(groups)], least=30)

    assert {name(one.group): name(one.against) for one in ratios} == {"B": "A", "C": "A"}
    assert (name(spread.group), name(spread.against), spread.value) == ("B", "A", Fraction(1, 10))


def test_fairlearns_own_example(tmp_path: Path) -> None:
    guide: dict[str, Sequence[Any]] = {
        "y": [0, 1, 1, 1, 1, 0, 1, 0, 1, 0, 0, 0, 1, 1, 1, 1, 1, 1],
        "p": [0, 0, 1, 0, 1, 1, 1, 0, 0, 1, 1, 1, 1, 0, 0, 1, 1, 0],
        "g": list("bbabbcccaacabccbcc"),
    }

    value, _ = evaluate(write(tmp_path / "guide.csv", guide), Question("y", "p", None, ("g",)))

    said = {line["metric"]: line["value"] for line in value["disparities"]}
    assert said["demographic_parity_difference"] == "0.25"
    assert said["adverse_impact_ratio"] == "0.666666666667"
    assert said["equalized_odds_difference"] == "1"


@pytest.mark.parametrize("seed", range(4))
def test_counts_say_bit_for_bit_what_fairlearn_says_of_rows(seed: int) -> None:
    from fairlearn import metrics

    rng = random.Random(seed)
    rows = [(rng.randint(0, 1), int(rng.random() < 0.4), rng.choice("abcde")) for _ in range(rng.choice([60, 700]))]
    rows += [(y, p, g) for y, p in itertools.product((0, 1), repeat=2) for g in "abcde"]
    cells = [(1, 1), (0, 1), (0, 0), (1, 0)]
    groups = {g: Counts(*(sum(row == (y, p, g) for row in rows) for y, p in cells)) for g in "abcde"}
    y, p, g = zip(*rows, strict=True)

    frame = metrics.MetricFrame(
        metrics={"tpr": metrics.true_positive_rate, "selected": metrics.selection_rate},
        y_true=y,
        y_pred=p,
        sensitive_features=g,
    )
    odds = metrics.equalized_odds_difference(y, p, sensitive_features=g)

    for group, counts in groups.items():
        assert float(RATES["true_positive_rate"].of(counts) or 0) == frame.by_group["tpr"][group]
        assert float(RATES["selection_rate"].of(counts) or 0) == frame.by_group["selected"][group]
    widest = fairness.spread([found(groups, "true_positive_rate"), found(groups, "false_positive_rate")])[0].value
    assert float(widest) == pytest.approx(odds, abs=1e-15)
    assert fairlearn_agrees("group", groups).numbers == 5 * 5 + 3


def test_a_second_opinion_that_differs_fails_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    from fairlearn import metrics

    monkeypatch.setattr(metrics, "demographic_parity_difference", lambda *_, **__: 0.25)

    with pytest.raises(
        GovernError, match=r"demographic_parity_difference by group is 0\.5 here and 0\.25 in fairlearn"
    ):
        fairlearn_agrees("group", {"F": selected(1, 4), "M": selected(3, 4)})


def test_ninety_five_percent_intervals_hold_the_truth_about_as_often() -> None:
    import numpy as np

    rng, held, runs = np.random.default_rng(11), 0, 300
    for _ in range(runs):
        groups = {"F": selected(int(rng.binomial(400, 0.3)), 400), "M": selected(int(rng.binomial(600, 0.45)), 600)}
        (compared,) = fairness.ratios(found(groups, resamples=400), to("M"))
        assert compared.again is not None
        ends = bounds(compared.again, Fraction("0.95"))
        assert ends
        held += ends[0] <= 0.3 / 0.45 <= ends[1]

    assert 0.92 <= held / runs <= 0.98


def test_draws_are_the_same_on_every_machine() -> None:
    drawn = draws([400, 0, 35, 1_000_000], 5, "golden")

    assert drawn.sum(axis=0).tolist() == [1_000_435] * 5
    assert drawn.tolist() == GOLDEN_DRAWS


def test_what_cannot_vary_has_no_interval() -> None:
    import numpy as np

    assert bounds(np.zeros(100), Fraction("0.95")) is None
    assert bounds(np.array([np.nan] * 5 + [0.1, 0.2] * 40), Fraction("0.95")) is None


def test_compas_as_propublica_published_it(shared: Path) -> None:
    asked = Question("two_year_recid", "decile_score >= 5", "decile_score", ("race",))

    value, _ = evaluate(shared / "data/compas-two-years.csv", asked)

    overall = {name: float(one["value"]) for name, one in value["overall"].items() if one["value"]}
    black, white = measures(value, "African-American"), measures(value, "Caucasian")
    assert (round(overall["false_positive_rate"], 4), round(overall["false_negative_rate"], 4)) == (0.3235, 0.3740)
    published = [("false_positive_rate", 0.4485), ("false_negative_rate", 0.2799), ("precision", 0.63)]
    assert value["overall"]["brier"]["why"] == "score_is_no_chance"
    for name, figure in [*published, ("negative_predictive_value", 0.65)]:
        assert round(black[name] or 0, len(str(figure)) - 2) == figure
    published = [("false_positive_rate", 0.2345), ("false_negative_rate", 0.4772), ("precision", 0.59)]
    for name, figure in [*published, ("negative_predictive_value", 0.71)]:
        assert round(white[name] or 0, len(str(figure)) - 2) == figure


def test_ricci_as_the_court_counted(shared: Path, tmp_path: Path) -> None:
    with (shared / "data/ricci.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["Position"] == "Captain"]
    captains = write(tmp_path / "c.csv", {name: [row[name] for row in rows] for name in ("Race", "Combine")})

    value, _ = evaluate(captains, Question(prediction="Combine >= 70", by=("Race",), reference={"Race": "W"}))

    assert [measures(value, race)["selection_rate"] for race in "WBH"] == [0.64, 0.375, 0.375]
    assert measures(value, "B")["adverse_impact_ratio"] == 0.5859375


def test_german_credit_and_adult(shared: Path, tmp_path: Path) -> None:
    with (shared / "data/german-credit.csv").open() as file:
        rows = [("young" if int(row["age"]) < 25 else "old", row["credit"]) for row in csv.DictReader(file)]
    german = write(tmp_path / "g.csv", {"age": [age for age, _ in rows], "credit": [credit for _, credit in rows]})

    by_age, _ = evaluate(german, Question(prediction="credit", by=("age",), positive="1"))
    asked = Question(prediction="income-per-year", by=("sex",), positive=">50K")
    by_sex, _ = evaluate(shared / "data/adult.csv", asked)

    said = {line["metric"]: round(float(line["value"]), 6) for line in by_age["disparities"]}
    assert (said["adverse_impact_ratio"], said["demographic_parity_difference"]) == (0.821248, 0.12855)
    assert (by_age["disparities"][0]["from"], by_age["disparities"][0]["to"]) == ("young", "old")
    assert by_sex["overall"]["selection_rate"]["value"].startswith("0.2408")
    assert by_sex["disparities"][0]["value"].startswith("0.358")


@pytest.mark.parametrize("again", [False, True], ids=["nobody asks again", "somebody asks another one"])
def test_a_second_opinion_that_died_is_missed(*, again: bool) -> None:
    beside = Beside()
    answer = beside.asked("sex", {"F": Counts(1, 2, 3, 4)})
    child = beside._child
    assert child
    child.kill()
    child.wait()
    if again:
        beside.asked("sex", {"F": Counts(1, 2, 3, 4)})

    with pytest.raises(GovernError, match="fairlearn's process ended before it answered"):
        answer()
    beside.end()
