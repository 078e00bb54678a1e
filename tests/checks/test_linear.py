"""What adds up by itself: linear models against shap's interventional values, and scorecards against points by hand."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import skops.io

from govern.checks import direct, models
from govern.checks.explain import Explainer
from govern.checks.reasons import Dictionary
from govern.checks.sandbox import ModelFile, loaded
from govern.checks.scorecard import Scorecard, looks_like
from govern.errors import InvalidInput
from tests.checks.conftest import FEATURES, Bank
from tests.checks.oracle import shapley


def load(content: bytes, **terms: Any) -> models.Model:
    return models.load(content, **{"features": None, "positive": None, "trust_pickle": False, **terms})


def scaled(model: Any) -> Any:
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), model)


def linear(name: str, **terms: Any) -> Any:
    from sklearn import discriminant_analysis, linear_model

    home = discriminant_analysis if "Discriminant" in name else linear_model
    return getattr(home, name)(**terms)


LINEAR: dict[str, tuple[Callable[[], Any], str, Callable[[Any], Any]]] = {
    "logistic": (lambda: linear("LogisticRegression"), "log_odds", lambda chance: np.log(chance / (1 - chance))),
    "discriminant": (
        lambda: linear("LinearDiscriminantAnalysis"),
        "log_odds",
        lambda chance: np.log(chance / (1 - chance)),
    ),
    "ridge": (lambda: linear("Ridge"), "score", lambda score: score),
    "Poisson": (lambda: linear("PoissonRegressor"), "log", np.log),
    "Tweedie": (lambda: linear("TweedieRegressor", power=1.5), "log", np.log),
    "Tweedie of power 0": (lambda: linear("TweedieRegressor", power=0), "score", lambda score: score),
}


@pytest.mark.parametrize("name", LINEAR)
@pytest.mark.parametrize("wrap", [lambda model: model, scaled], ids=["alone", "after a scaler"])
def test_a_linear_model_is_explained_as_shap_explains_it(bank: Bank, wrap: Callable[[Any], Any], name: str) -> None:
    import shap

    made, space, link = LINEAR[name]
    rows = bank.applicants[FEATURES].fillna(0.0)
    its = wrap(made()).fit(rows, bank.applicants["repaid"])

    model = load(skops.io.dumps(its))
    explainer = Explainer.of(model, rows)
    found = explainer.explain(rows.iloc[:50])

    prepared = its[:-1].transform(rows) if hasattr(its, "steps") else rows.to_numpy()
    last = its[-1] if hasattr(its, "steps") else its
    masker = shap.maskers.Independent(prepared, max_samples=len(prepared))
    expected = shap.LinearExplainer((last.coef_.reshape(-1), 0.0), masker).shap_values(prepared[:50])
    assert (explainer.way.method, explainer.way.library, model.space) == ("linear", "sklearn", space)
    assert found.contributions == pytest.approx(expected, abs=1e-9)
    assert link(model.score(rows.iloc[:50])) == pytest.approx(found.margins, abs=1e-9)


CARD = b"""# Points of the house.
schema: govern/scorecard/v1
base: 500
columns:
  income:
    - {below: 0, points: -20.5}
    - {below: 1.5, points: 10}
    - {points: 30.25}
    - {missing: true, points: -5}
  debt:
    - {below: 0.5, points: 12}
    - {points: -40}
  home:
    - {is: [own, mortgage], points: 25}
    - {is: rent, points: 0}
    - {points: -10}
    - {missing: true, points: 1}
  late:
    - {is: 0, points: 15}
    - {is: [1, 2], points: -15}
    - {points: -60}
"""


def applicants(bank: Bank) -> pd.DataFrame:
    known = np.array(["own", "mortgage", "rent", "boat", None], dtype=object)
    homes = known[np.random.default_rng(3).integers(0, len(known), len(bank.applicants))]
    return bank.applicants[["income", "debt", "late"]].assign(home=homes)


def by_hand(income: float, debt: float, late: float, home: str | None) -> list[float]:
    return [
        -5 if np.isnan(income) else -20.5 if income < 0 else 10 if income < 1.5 else 30.25,
        12 if debt < 0.5 else -40,
        1 if pd.isna(home) else 25 if home in {"own", "mortgage"} else 0 if home == "rent" else -10,
        15 if late == 0 else -15 if late <= 2 else -60,
    ]


def test_a_scorecard_adds_up_its_points_and_is_explained_by_them(bank: Bank, tmp_path: Path) -> None:
    people = applicants(bank)
    points = np.array([by_hand(*row) for row in people.to_numpy(dtype=object)])
    (tmp_path / "card.yaml").write_bytes(CARD)

    found = direct.reasons(tmp_path / "card.yaml", people.iloc[:100], reference=people)

    assert np.array_equal(found.scores, 500 + points.sum(axis=1)[:100])
    assert found.groups == ("income", "debt", "home", "late")
    assert found.to_pandas().iloc[:, 1:].to_numpy() == pytest.approx(points[:100] - points.mean(axis=0), abs=1e-9)
    assert (found.method, found.space) == ("linear", "points")


def test_a_scorecards_columns_share_a_reason_as_shapley_has_it(bank: Bank) -> None:
    people = applicants(bank).iloc[:60]
    model = load(CARD)

    found = Explainer.of(model, people, [0, 1, 1, 0]).explain(people.iloc[:5])

    codes = people[list(model.features)].to_numpy(dtype=object)
    (expected,) = shapley(
        lambda rows: model.margin(pd.DataFrame(rows, columns=list(model.features)).infer_objects()),
        codes[[4]],
        codes,
        (0, 1, 1, 0),
    )
    assert found.contributions[4] == pytest.approx(expected, abs=1e-9)


def test_a_scorecard_tells_the_declined_points_below_the_average(bank: Bank, tmp_path: Path) -> None:
    people = applicants(bank)
    (tmp_path / "card.yaml").write_bytes(CARD)
    words = b"schema: govern/reasons/v1\nreasons:\n" + b"".join(
        b"  %s: {code: R%d, text: Points of %s}\n" % (name, place, name)
        for place, name in enumerate((b"income", b"debt", b"home", b"late"))
    )

    found = direct.reasons(
        tmp_path / "card.yaml", people, reference=people, approve="score >= 500", dictionary=Dictionary.parse(words)
    )

    points = np.array([by_hand(*row) for row in people.to_numpy(dtype=object)])
    below = points - points.mean(axis=0)
    for place, told in enumerate(found.told):
        assert (told is None) == (points[place].sum() >= 0)
        if told and told.reasons:
            assert told.reasons[0].group == found.groups[int(np.argmin(below[place]))]


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("debt", np.nan, "the column debt holds nothing, and this scorecard has no points for it"),
        ("late", np.nan, "the column late holds nothing"),
        ("debt", "much", "the column debt holds text, and this scorecard has points for numbers"),
        ("home", 4.0, "the column home holds numbers, and this scorecard has points for text"),
    ],
)
def test_a_scorecard_refuses_what_it_has_no_points_for(bank: Bank, column: str, value: Any, message: str) -> None:
    people = applicants(bank).assign(**{column: value})

    with pytest.raises(InvalidInput, match=message):
        load(CARD).score(people)


def test_a_value_without_a_row_is_named() -> None:
    card = load(b"schema: govern/scorecard/v1\ncolumns:\n  home:\n    - {is: own, points: 3}\n")

    with pytest.raises(InvalidInput, match="holds a value that is none of its rows, 'tent', and this scorecard has no"):
        card.score(pd.DataFrame({"home": ["own", "tent"]}))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (b"v1", b"v2", "this is not a scorecard"),
        (b"base: 500", b"base: many", 'scorecard:3:7: points are a number, not the text "many"'),
        (b"base: 500", b"bias: 500", "scorecard:3:7: unknown key 'bias'"),
        (b"points: 30.25", b"points: 30.1234567", "scorecard:8:16: 30.1234567 has too many digits"),
        (b"points: 30.25", b"points: 1e9", "1E\\+9 has too many digits"),
        (b"below: 1.5", b"below: 0", "the numbers below: of income do not rise"),
        (b"below: 1.5", b"below: high", "the numbers below: of income do not rise"),
        (b"    - {points: -40}\n", b"", "debt has no points from 0.5 on"),
        (b"{points: -40}", b"{points: -40, above: 3}", "unknown key 'above'"),
        (b"{points: -40}", b"{point: -40}", "scorecard:12:7: a row of debt has no points"),
        (b"{points: -40}", b"{is: 3, points: -40}", "debt has rows of numbers and rows of values"),
        (b"{points: -40}", b"{points: -40}\n    - {points: 1}", "debt has two rows for the rest"),
        (b"missing: true, points: 1", b"missing: false, points: 1", "missing can only be true"),
        (b"is: rent", b"is: own", 'names the text "own" twice'),
        (b"is: rent", b"is: 4", "is: of home names numbers and text"),
        (b"is: 0, ", b"is: 0, below: 4, ", "more than one of below, is and missing"),
        (CARD[CARD.index(b"  income") :], b"  income: []\n", "income has no list of rows"),
        (CARD[CARD.index(b"\n  income") :], b" {}\n", "this scorecard has no columns"),
        (b"base: 500", b"base: 500\nbase: 400", "scorecard:4:1: "),
        (
            b"below: 1.5,",
            b"below: 1.5, points: 1}\n    - {below: 1.50000000000000000001,",
            "the numbers below: of income do not rise",
        ),
        (b"is: 0, ", b"is: [9007199254740992, 9007199254740993], ", "names the number 9007199254740993 twice"),
        (
            b"    - {points: -40}\n",
            b"    - {points: -40}\n    - {below: 9, points: 1}\n",
            "stands after the one for the rest",
        ),
    ],
)
def test_what_is_wrong_in_a_scorecard_is_named_with_its_line(old: bytes, new: bytes, message: str) -> None:
    assert old in CARD

    with pytest.raises(InvalidInput, match=message):
        Scorecard.parse(CARD.replace(old, new, 1))


def test_a_scorecard_is_known_by_its_first_key_and_is_no_pickle(tmp_path: Path) -> None:
    assert looks_like(CARD)
    assert looks_like(b'\r\n # of 2026\r\nschema: "govern/scorecard/v1"\r\n')
    assert not looks_like(b"schema: govern/reasons/v1\n")
    assert not looks_like(b"columns: {}\nschema: govern/scorecard/v1\n")
    (tmp_path / "card.yaml").write_bytes(CARD)
    with loaded(ModelFile.read(tmp_path / "card.yaml")) as model:
        assert (model.kind, model.features, model.space) == ("scorecard", ("income", "debt", "home", "late"), "points")
