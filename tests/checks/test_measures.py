"""What checks measure besides rates of one attribute: together, merged, against everybody, at a cut-off, of scores."""

import math
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pytest

from govern.checks.plan import run
from govern.checks.summary import Question, evaluate
from govern.errors import NothingChecked
from govern.policy.evidence import Attribute, Columns, Evidence, Interval, Measure, Plan, Planned, Result

BOOTSTRAP = Interval(method="bootstrap", level=Decimal("0.95"), resamples=400)
ROWS = "sex,age,decision,label\n" + "".join(
    f"{sex},{age},{decision},{label}\n" * times
    for sex, age, decision, label, times in [
        ("F", "young", 1, 1, 6),
        ("F", "young", 0, 0, 14),
        ("F", "old", 1, 0, 5),
        ("F", "old", 0, 1, 5),
        ("M", "young", 1, 1, 9),
        ("M", "young", 0, 0, 11),
        ("M", "old", 1, 1, 30),
        ("M", "old", 0, 0, 20),
        ("X", "old", 1, 1, 2),
        ("X", "young", 0, 1, 1),
    ]
)


def attribute(name: str, **of: Any) -> Attribute:
    return Attribute(**{"name": name, "column": name, "groups": None, "reference": None, **of})


def planned(metric: str, **of: Any) -> Planned:
    return Planned(metric=metric, **{"check": metric, "by": (), "favourable": None, "interval": None, **of})


def measure(path: Path, *checks: Planned, **columns: Any) -> Evidence:
    bound = {"label": "label", "prediction": "decision", "score": None, "positive": "1", **columns}
    return run(Plan(digits=12, columns=Columns(**bound), checks=checks), path).evidence


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    path = tmp_path / "rows.csv"
    path.write_text(ROWS)
    return path


def by_group(result: Result) -> dict[tuple[str | None, ...], Fraction | str | None]:
    return {tuple(one.by.values()): one.reason if one.exact is None else one.exact for one in result.measures}


def test_attributes_are_looked_at_together(rows: Path) -> None:
    both = (attribute("sex"), attribute("age"))
    check = planned("adverse_impact_ratio", by=both, intersections=(both,), interval=BOOTSTRAP)

    *_, together = measure(rows, check).results

    assert together.by == ("sex", "age")
    assert by_group(together) == {
        ("F", "old"): Fraction(1, 2),
        ("F", "young"): Fraction(3, 10),
        ("M", "old"): Fraction(3, 5),
        ("M", "young"): Fraction(9, 20),
        ("X", "young"): Fraction(0),
    }
    assert {tuple((one.against or {}).values()) for one in together.measures} == {("X", "old")}


def test_declared_groups_that_are_not_there_together_are_said_to_be_empty(rows: Path) -> None:
    both = (attribute("sex", groups=("F", "Z")), attribute("age", groups=("old",)))

    *_, together = measure(rows, planned("selection_rate", by=both, intersections=(both,))).results

    assert by_group(together) == {("F", "old"): Fraction(1, 2), ("Z", "old"): "no_rows"}
    assert {one.why for one in together.excluded} == {"not_declared"}


def test_a_reference_of_two_attributes_is_the_group_of_both_references(rows: Path) -> None:
    both = (attribute("sex", reference="M"), attribute("age", reference="young"))

    *_, together = measure(rows, planned("selection_rate_gap", by=both, intersections=(both,))).results

    assert by_group(together)["F", "old"] == Fraction(1, 2) - Fraction(9, 20)


def test_small_groups_are_put_together(rows: Path) -> None:
    check = planned("selection_rate", by=(attribute("sex"),), small_groups="merge", min_group_size=33)

    (result,) = measure(rows, check).results

    assert by_group(result) == {("(small groups)",): Fraction(13, 33), ("M",): Fraction(39, 70)}
    assert {(one.by["sex"], one.n, one.why) for one in result.excluded} == {("F", 30, "merged"), ("X", 3, "merged")}


def test_groups_are_compared_with_everybody(rows: Path) -> None:
    check = planned(
        "selection_rate_gap", by=(attribute("sex", groups=("F", "M")),), against="overall", interval=BOOTSTRAP
    )

    (result,) = measure(rows, check).results

    assert by_group(result) == {
        ("F",): Fraction(11, 30) - Fraction(52, 103),
        ("M",): Fraction(39, 70) - Fraction(52, 103),
    }
    assert [one.against for one in result.measures] == [{}, {}]
    assert all(one.low is not None and one.low < (one.value or 0) < (one.high or 0) for one in result.measures)


def test_of_what_is_better_when_lower_the_best_is_the_lowest(rows: Path) -> None:
    (result,) = measure(rows, planned("false_positive_rate_ratio", by=(attribute("sex", groups=("F", "M")),))).results

    assert by_group(result) == {("F",): "zero_reference"}
    assert result.measures[0].against == {"sex": "M"}


def test_a_cut_off_decides_instead_of_the_data(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("score,label,sex\n0.29,1,F\n0.3,0,F\n0.5,1,M\n,1,M\n")

    evidence = measure(path, planned("selection_rate", cutoff=Decimal("0.3")), prediction="score >= 0.5", score="score")

    (found,) = evidence.results[0].measures
    assert (found.exact, found.n) == (Fraction(2, 3), 3)
    assert [table.name for table in evidence.tables] == ["counts at 0.3"]


def test_fairlearn_is_asked_again_at_every_cut_off_and_of_groups_together(rows: Path) -> None:
    text = rows.read_text().replace("decision", "score")
    rows.write_text(text)
    sex = (attribute("sex"),)
    checks = (
        planned("selection_rate", by=sex),
        planned("selection_rate", check="at 1", by=sex, cutoff=Decimal(1)),
        planned("selection_rate", check="together", by=sex, small_groups="merge", min_group_size=10),
        planned("selection_rate", check="the same", by=sex),
    )
    columns = Columns(label="label", prediction="score >= 0.5", score="score", positive="1")

    opinions = run(Plan(digits=12, columns=columns, checks=checks), rows).opinions

    assert [one.what for one in opinions] == [
        "rates and spreads by sex",
        "rates and spreads by sex at 1",
        "rates and spreads by sex, groups under 10 together",
    ]


SCORES = {
    "an even number": ([0.1, 0.2, 0.3, 0.4], [0, 0, 1, 1]),
    "an odd number": ([0.1, 0.2, 0.3], [0, 0, 1]),
    "the middle is shared": ([0.1, 0.2, 0.2, 0.2, 0.9], [0, 0, 0, 0, 1]),
    "all alike": ([0.5, 0.5, 0.5, 0.5], [0, 0, 0, 0]),
    "neighbours among doubles": ([0.1 + 0.2, 0.3, 0.1 + 0.2, 0.3], [1, 0, 1, 0]),
    "one": ([0.7], [0]),
}


@pytest.mark.parametrize(("scores", "above"), SCORES.values(), ids=SCORES)
def test_a_scoring_rate_is_of_scores_strictly_above_the_median(
    tmp_path: Path, scores: list[float], above: list[int]
) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("score,sex\n" + "".join(f"{score!r},F\n" for score in scores))

    evidence = measure(path, planned("scoring_rate"), label=None, prediction=None, score="score")

    (found,) = evidence.results[0].measures
    assert above == [int(Fraction(score) > median(map(Fraction, scores))) for score in scores]
    assert (found.exact, found.n) == (Fraction(sum(above), len(above)), len(scores))
    assert [table.name for table in evidence.tables] == ["counts above the median"]


def test_the_median_is_of_the_whole_sample_and_who_has_no_score_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    lines = [f"0.{score},{sex}" for score, sex in [(1, "F"), (2, "F"), (3, "F"), (7, "F"), (5, "M"), (8, "M"), (9, "")]]
    path.write_text("\n".join(["score,sex", *lines, ",M", ""]))
    sex = (attribute("sex"),)

    ratio, merged = measure(
        path,
        planned("scoring_rate_ratio", by=sex),
        planned("scoring_rate", check="together", by=sex, small_groups="merge", min_group_size=3),
        label=None,
        prediction=None,
        score="score",
    ).results

    # The median is 0.5: of four women one is above it, of two men one.
    assert by_group(ratio) == {("F",): Fraction(1, 2)}
    assert {(tuple(one.by.values()), one.why): one.n for one in ratio.excluded} == {
        ((None,), "attribute_missing"): 1,
        (("M",), "score_missing"): 1,
    }
    assert by_group(merged)[("F",)] == Fraction(1, 4)


@pytest.mark.parametrize("of", [{"favourable": "1"}, {"cutoff": Decimal("0.5")}], ids=["favourable", "cutoff"])
def test_a_scoring_rate_takes_nothing_else_to_select_by(tmp_path: Path, of: dict[str, Any]) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("score,label\n0.5,1\n0.6,0\n")
    checks = (planned("roc_auc"), planned("scoring_rate", **of))
    columns = Columns(label="label", prediction=None, score="score", positive="1")

    found = run(Plan(digits=12, columns=columns, checks=checks), path)

    assert dict(found.unmeasured)["scoring_rate"].endswith("takes no favourable decision and no cut-off")


def test_a_file_of_scores_alone_is_told_its_scoring_rates(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(
        "score,sex,label\n" + "".join(f"0.{place},{'FM'[place % 2]},{place % 2}\n" for place in range(1, 9))
    )

    scored, _ = evaluate(path, Question(score="score", by=("sex",), resamples=0))
    decided, _ = evaluate(path, Question(score="score", prediction="score >= 0.5", by=("sex",), resamples=0))

    assert scored["overall"]["scoring_rate"]["value"] == "0.5"
    assert [one["metric"] for one in scored["disparities"]] == ["scoring_rate_ratio"]
    assert "scoring_rate" not in decided["overall"]


def chances(folder: Path, n: int = 3000, seed: int = 1) -> tuple[Path, Any, Any, Any]:
    rng = np.random.default_rng(seed)
    score = np.concatenate([rng.random(n - 40), rng.integers(0, 11, 40) / 10])
    label = (rng.random(n) < score**1.3).astype(int)
    sex = rng.choice(list("FM"), n)
    lines = [f"{s!r},{y},{g}" for s, y, g in zip(score.tolist(), label.tolist(), sex.tolist(), strict=True)]
    (folder / "scores.csv").write_text("\n".join(["score,label,sex", *lines, ""]))
    return folder / "scores.csv", score, label, sex


def scored(path: Path, *names: str, **of: Any) -> dict[str, Measure]:
    checks = [planned(name, interval=BOOTSTRAP, **of) for name in names]
    return {one.metric: one.measures[0] for one in measure(path, *checks, prediction=None, score="score").results}


def test_scores_as_chances_are_measured_as_sklearn_does(tmp_path: Path) -> None:
    from sklearn.metrics import brier_score_loss, log_loss

    path, score, label, _ = chances(tmp_path)

    found = scored(path, "brier", "log_loss", "expected_calibration_error")

    assert float(found["brier"].value or 0) == pytest.approx(brier_score_loss(label, score), abs=1e-9)
    assert float(found["log_loss"].value or 0) == pytest.approx(log_loss(label, score), abs=1e-6)
    bins = np.minimum((score * 10 + 1e-12).astype(int), 9)
    off = sum(abs(score[bins == one].sum() - label[bins == one].sum()) for one in range(10)) / len(score)
    assert float(found["expected_calibration_error"].value or 0) == pytest.approx(off, abs=1e-9)
    far = ((score - label) ** 2).std() / math.sqrt(len(score)) * 1.959964
    assert float((found["brier"].high or 0) - (found["brier"].value or 0)) == pytest.approx(far, rel=1e-5)
    assert all(one.low is not None for one in found.values())


@pytest.mark.parametrize("tenth", range(11))
def test_a_score_on_the_edge_of_a_bin_belongs_above_it(tmp_path: Path, tenth: int) -> None:
    path = tmp_path / "edge.csv"
    path.write_text(f"score,label\n{tenth / 10},1\n{tenth / 10},0\n")

    evidence = measure(path, planned("brier"), prediction=None, score="score")

    assert [row[0] for row in evidence.tables[0].rows] == [f"{min(tenth, 9):02}"]


def test_scores_that_are_no_chances_are_not_measured_as_such(tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    path.write_text("score,label\n612,1\n433,0\n")

    found = scored(path, "brier", "roc_auc")

    assert (found["brier"].reason, found["roc_auc"].exact) == ("score_is_no_chance", Fraction(1))


@pytest.mark.parametrize("seed", range(3))
def test_ks_and_gini_are_what_scipy_and_sklearn_say(tmp_path: Path, seed: int) -> None:
    from scipy.stats import ks_2samp
    from sklearn.metrics import roc_auc_score

    path, score, label, _ = chances(tmp_path, seed=seed)

    found = scored(path, "ks", "gini")

    theirs = ks_2samp(score[label == 1], score[label == 0]).statistic
    assert float(found["ks"].value or 0) == pytest.approx(theirs, abs=1e-12)
    assert float(found["gini"].value or 0) == pytest.approx(2 * roc_auc_score(label, score) - 1, abs=1e-12)
    for one in found.values():
        assert (one.low or 0) < (one.value or 0) < (one.high or 0)


def test_numbers_that_are_met_more_or_less(tmp_path: Path) -> None:
    from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

    rng = np.random.default_rng(5)
    label = rng.normal(100, 40, 500).round(3)
    score = (label + rng.normal(0, 10, 500)).round(3)
    lines = [f"{s!r},{y!r}" for s, y in zip(score.tolist(), label.tolist(), strict=True)]
    (tmp_path / "n.csv").write_text("\n".join(["score,label", *lines, ""]))

    checks = [planned(name, interval=BOOTSTRAP) for name in ("rmse", "mae", "r2")]
    evidence = measure(tmp_path / "n.csv", *checks, prediction=None, score="score", positive=None)

    found = {one.metric: one.measures[0] for one in evidence.results}
    theirs = {"rmse": root_mean_squared_error, "mae": mean_absolute_error, "r2": r2_score}
    for name, measured in found.items():
        assert float(measured.value or 0) == pytest.approx(theirs[name](label, score), abs=1e-6)
    assert (found["mae"].low or 0) < (found["mae"].value or 0) < (found["mae"].high or 0)


def test_a_label_that_is_a_number_has_no_area(tmp_path: Path) -> None:
    (tmp_path / "n.csv").write_text("score,label\n1,2\n3,4\n5,7\n")

    found = run(
        Plan(
            digits=12,
            columns=Columns(label="label", prediction=None, score="score", positive=None),
            checks=(planned("mae"), planned("roc_auc")),
        ),
        tmp_path / "n.csv",
    )

    assert found.unmeasured == (("roc_auc", "roc_auc needs a label of two values, and here it is a number"),)
    assert found.evidence.results[0].measures[0].exact == Fraction(4, 3)


@pytest.mark.parametrize(
    ("check", "why"),
    [
        pytest.param(planned("accuracy_ratio"), "compares groups, and the check names no attribute", id="no attribute"),
        pytest.param(planned("accuracy", against="training"), "is compared with groups or with overall", id="no role"),
        pytest.param(planned("roc_auc"), "roc_auc needs a score", id="no score"),
        pytest.param(planned("selection_rate", cutoff=Decimal(1)), "needs a prediction", id="cut-off without a score"),
        pytest.param(
            planned("brier", by=(attribute("sex"),), small_groups="merge"), "cannot put small groups", id="no merging"
        ),
    ],
)
def test_what_cannot_be_served_says_why(rows: Path, check: Planned, why: str) -> None:
    with pytest.raises(NothingChecked, match=why):
        measure(rows, check)


def test_groups_together_in_the_table_of_a_file(rows: Path) -> None:
    value, _ = evaluate(rows, Question("label", "decision", by=("sex", "sex,age"), positive="1", least=15))

    assert [one["by"] for one in value["groups"][3:5]] == [{"sex": "F", "age": "old"}, {"sex": "F", "age": "young"}]
    assert value["groups"][3]["status"] == "small"
    air = next(one for one in value["disparities"] if one["by"] == "sex and age")
    assert (air["metric"], air["value"], air["from"], air["to"]) == (
        "adverse_impact_ratio",
        "0.5",
        "F and young",
        "M and old",
    )
