"""Trees as their libraries have them: against Shapley's formula over the model's own output, and against shap."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import lightgbm
import numpy as np
import pytest
import xgboost
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import ensemble as sk
from sklearn import tree as sk_tree

from govern.checks import forests, peer
from govern.checks.models import Model, load
from govern.checks.patterns import Patterns, fits
from govern.errors import GovernError, InvalidInput
from tests.checks.oracle import shapley

pytestmark = pytest.mark.filterwarnings("ignore:.*is deprecated:UserWarning")  # of DART and lines, in XGBoost itself

WIDTH = 5
Margin = Callable[[Any], Any]
Trained = tuple[Any, Margin]


def rows_of(rng: np.random.Generator, count: int = 300, *, missing: bool = True) -> Any:
    """Return rows on a grid, so that values equal thresholds; one column is constant, one has few values."""
    rows = (rng.normal(size=(count, WIDTH)) * 4).round() / 4
    rows[:, 2] = rng.integers(0, 4, count)
    rows[:, 4] = 0.5
    if missing:
        rows[rng.uniform(size=rows.shape) < 0.1] = np.nan
    return rows


def labels(rng: np.random.Generator, rows: Any, classes: int) -> Any:
    known = np.nan_to_num(rows)
    signal = known[:, 0] * (known[:, 1] > 0) + known[:, 2] * 0.5 - known[:, 3] ** 2 + rng.normal(size=len(rows)) * 0.3
    if not classes:
        return signal
    return np.digitize(signal, np.quantile(signal, np.arange(1, classes) / classes))


def _xgboost(classes: int, **terms: Any) -> Callable[[Any, Any, int], Trained]:
    objective = {0: "reg:squarederror", 2: "binary:logistic"}.get(classes, "multi:softprob")
    more = {"num_class": classes} if classes > 2 else {}

    def train(rows: Any, truth: Any, depth: int) -> Trained:
        terms_ = {"objective": objective, "max_depth": depth, "nthread": 1, "eta": 0.5, **more, **terms}
        booster = xgboost.train(terms_, xgboost.DMatrix(rows, label=truth), 6)
        return booster, lambda rows: booster.predict(xgboost.DMatrix(rows), output_margin=True)

    return train


def _lightgbm(classes: int, categories: tuple[int, ...] = (), **terms: Any) -> Callable[[Any, Any, int], Trained]:
    objective = {0: "regression", 2: "binary"}.get(classes, "multiclass")
    more = {"num_class": classes} if classes > 2 else {}

    def train(rows: Any, truth: Any, depth: int) -> Trained:
        terms_ = {
            "objective": objective,
            "num_leaves": 2**depth,
            "min_data_in_leaf": 3,
            "verbose": -1,
            "num_threads": 1,
        }
        # Rare categories are left out otherwise.
        terms_ |= {"min_data_per_group": 2, "cat_smooth": 1, "max_cat_to_onehot": 1, **more, **terms}
        given = lightgbm.Dataset(rows, label=truth, categorical_feature=list(categories), params={"verbose": -1})
        booster = lightgbm.train(terms_, given, 6)
        return booster, lambda rows: booster.predict(rows, raw_score=True) * forests.share(booster)

    return train


def _sklearn(kind: Any, **terms: Any) -> Callable[[Any, Any, int], Trained]:
    def train(rows: Any, truth: Any, depth: int) -> Trained:
        model = kind(max_depth=depth, random_state=0, **terms).fit(rows, truth)
        for name in ("decision_function", "predict_proba", "predict"):
            if hasattr(model, name):
                return model, getattr(model, name)
        raise AssertionError(kind)

    return train


def _stopped(kind: Any, raw: str, **terms: Any) -> Callable[[Any, Any, int], Trained]:
    def train(rows: Any, truth: Any, depth: int) -> Trained:
        model = kind(max_depth=depth, n_jobs=1, **terms)
        if raw == "raw_score":
            model.fit(rows[50:], truth[50:], eval_X=rows[:50], eval_y=truth[:50])
        else:
            model.fit(rows[50:], truth[50:], eval_set=[(rows[:50], truth[:50])], verbose=False)
        return model, lambda rows: model.predict(rows, **{raw: True})

    return train


def _categories(rows: Any, truth: Any, depth: int) -> Trained:
    def given(rows: Any, truth: Any = None) -> Any:
        return xgboost.DMatrix(rows, label=truth, feature_types=["q", "q", "c", "q", "q"], enable_categorical=True)

    terms = {"max_depth": depth, "nthread": 1, "max_cat_to_onehot": 1, "min_child_weight": 0}
    booster = xgboost.train(terms, given(rows, truth), 6)
    return booster, lambda rows: booster.predict(given(rows), output_margin=True)


FEW = {"n_estimators": 6}
KINDS: dict[str, tuple[int, bool, Callable[[Any, Any, int], Trained]]] = {
    "xgboost": (2, True, _xgboost(2)),
    "xgboost regression": (0, True, _xgboost(0, base_score=7.5)),
    "xgboost counts": (2, True, _xgboost(2, objective="count:poisson")),
    "xgboost of three classes": (3, True, _xgboost(3)),
    "xgboost dart": (2, True, _xgboost(2, booster="dart", rate_drop=0.5)),
    "xgboost parallel": (2, True, _xgboost(2, num_parallel_tree=3, subsample=0.5, colsample_bynode=0.5)),
    "xgboost categories": (2, True, _categories),
    "xgboost exact": (2, True, _xgboost(2, tree_method="exact")),
    "xgboost by loss": (2, True, _xgboost(2, grow_policy="lossguide", max_leaves=9)),
    "xgboost stopped": (
        2,
        True,
        _stopped(xgboost.XGBClassifier, "output_margin", n_estimators=40, early_stopping_rounds=2),
    ),
    "lightgbm": (2, True, _lightgbm(2)),
    "lightgbm regression": (0, True, _lightgbm(0)),
    "lightgbm of three classes": (3, True, _lightgbm(3)),
    "lightgbm, zero is missing": (2, True, _lightgbm(2, zero_as_missing=True)),
    "lightgbm, nothing is missing": (2, True, _lightgbm(2, use_missing=False)),
    "lightgbm categories": (2, True, _lightgbm(2, categories=(2, 4))),
    "lightgbm dart": (2, True, _lightgbm(2, boosting="dart", drop_rate=0.5)),
    "lightgbm forest": (2, True, _lightgbm(2, boosting="rf", bagging_freq=1, bagging_fraction=0.5)),
    "lightgbm stopped": (
        2,
        True,
        _stopped(lightgbm.LGBMClassifier, "raw_score", n_estimators=40, early_stopping_round=2, verbose=-1),
    ),
    "tree": (2, True, _sklearn(sk_tree.DecisionTreeClassifier)),
    "tree regression": (0, True, _sklearn(sk_tree.DecisionTreeRegressor)),
    "forest": (2, True, _sklearn(sk.RandomForestClassifier, **FEW)),
    "forest of three classes": (3, True, _sklearn(sk.RandomForestClassifier, **FEW)),
    "forest regression": (0, True, _sklearn(sk.RandomForestRegressor, **FEW)),
    "extra trees": (2, False, _sklearn(sk.ExtraTreesClassifier, **FEW)),
    "extra trees regression": (0, False, _sklearn(sk.ExtraTreesRegressor, **FEW)),
    "gradient boosting": (2, False, _sklearn(sk.GradientBoostingClassifier, **FEW)),
    "gradient boosting regression": (0, False, _sklearn(sk.GradientBoostingRegressor, **FEW)),
    "gradient boosting of three classes": (3, False, _sklearn(sk.GradientBoostingClassifier, **FEW)),
    "histograms": (2, True, _sklearn(sk.HistGradientBoostingClassifier, max_iter=6, min_samples_leaf=3)),
    "histograms regression": (0, True, _sklearn(sk.HistGradientBoostingRegressor, max_iter=6, min_samples_leaf=3)),
    "histograms of three classes": (3, True, _sklearn(sk.HistGradientBoostingClassifier, max_iter=6)),
}


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=6, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    depth=st.integers(1, 8),
    background=st.sampled_from([1, 7]),
    players=st.sampled_from([(0, 1, 2, 3, 4), (0, 1, 0, 2, 1)]),
)
def test_every_kind_gives_the_shapley_values_of_its_own_output(
    kind: str, seed: int, depth: int, background: int, players: tuple[int, ...]
) -> None:
    classes, missing, train = KINDS[kind]
    rng = np.random.default_rng(seed)
    rows = rows_of(rng, missing=missing)
    model, margin = train(rows, labels(rng, rows, classes), depth)
    reference = rows_of(rng, background, missing=missing)
    cases = np.vstack([rows[:3], reference[:1]])
    place = int(rng.integers(classes)) if classes else 1

    read = forests.read(model, place)
    assert read
    found = Patterns.made(read, reference, players).contributions(cases)

    def output(rows: Any) -> Any:
        told = np.asarray(margin(rows), dtype=np.float64)
        return told[:, place] if told.ndim > 1 else told if place else -told

    # Nothing is rounded by us that the model does not round itself.
    assert found == pytest.approx(shapley(output, cases, reference, players), abs=2e-6 if "xgboost" in kind else 1e-10)


@pytest.mark.parametrize("kind", [name for name, (classes, *_) in KINDS.items() if classes != 3])
def test_shap_says_the_same_or_is_not_asked_and_why_is_said(kind: str) -> None:
    classes, missing, train = KINDS[kind]
    rng = np.random.default_rng(7)
    rows = rows_of(rng, missing=missing)
    inner, margin = train(rows, labels(rng, rows, classes), 4)
    read = forests.read(inner)
    assert read

    found = peer.agreement(_model(inner, margin), read, rows[:40], rows[-8:])

    not_asked = {"dart", "parallel", "categories", "forest", "zero is missing", "tree", "counts"}
    if found.why:
        assert any(word in kind for word in not_asked), found.why
    else:
        assert (found.rows, found.samples) == (8, 40)
        assert found.difference < 1e-6


def _model(inner: Any, margin: Margin) -> Model:
    return Model("a model", tuple("abcde"), "score", margin, margin, inner)


def test_shap_that_finds_something_else_is_the_end_of_it() -> None:
    rng = np.random.default_rng(3)
    rows = rows_of(rng)
    inner, margin = KINDS["lightgbm"][2](rows, labels(rng, rows, 2), 3)
    read = forests.read(inner)
    assert read
    first, *rest = read.trees
    touched = replace(first, values=first.values * 1.001)

    with pytest.raises(GovernError, match=r"differs by .* between its tables and shap") as told:
        peer.agreement(_model(inner, margin), replace(read, trees=(touched, *rest)), rows[:40], rows[-8:])

    assert told.value.code == "second_opinion"


def test_shap_that_can_say_nothing_says_so_and_is_no_disagreement() -> None:
    rng = np.random.default_rng(4)
    rows = rows_of(rng)
    inner, margin = KINDS["lightgbm"][2](rows, labels(rng, rows, 2), 3)
    read = forests.read(inner)
    assert read

    found = peer.agreement(_model(object(), margin), read, rows[:40], rows[-8:])

    assert "shap cannot explain this a model" in found.why


def test_what_cannot_be_read_exactly_is_refused() -> None:
    rng = np.random.default_rng(5)
    rows = rows_of(rng, missing=False)
    truth = labels(rng, rows, 0)
    linear, _ = _lightgbm(0, linear_tree=True)(rows, truth, 3)
    straight = xgboost.train({"booster": "gblinear", "nthread": 1}, xgboost.DMatrix(rows, label=truth), 2)
    both = xgboost.XGBRegressor(n_estimators=3, multi_strategy="multi_output_tree").fit(
        rows, np.stack([truth, -truth]).T
    )
    several = sk.RandomForestRegressor(n_estimators=2).fit(rows, np.stack([truth, truth]).T)
    zero = xgboost.XGBRegressor(n_estimators=2, missing=0.0, n_jobs=1).fit(rows, truth)
    begun = sk.GradientBoostingRegressor(n_estimators=2, init=sk_tree.DecisionTreeRegressor()).fit(rows, truth)
    categories = sk.HistGradientBoostingRegressor(max_iter=2, categorical_features=[2]).fit(rows, truth)

    for model, message in (
        (linear, "leaves of this model of LightGBM are linear"),
        (straight, "has no trees"),
        (both, "several outputs at once"),
        (several, "several outputs"),
        (zero, r"takes 0\.0 for missing"),
        (begun, "begin from a DecisionTreeRegressor"),
        (categories, "splits the column number 2 by category"),
    ):
        with pytest.raises(InvalidInput, match=message):
            forests.read(model)


def test_trees_that_never_split_explain_nothing() -> None:
    rows = rows_of(np.random.default_rng(17), missing=False)
    nothing = np.zeros(len(rows))
    stumps = lightgbm.train({"verbose": -1, "num_threads": 1}, lightgbm.Dataset(rows, label=nothing + 3), 2)
    histograms = sk.HistGradientBoostingRegressor(max_iter=2).fit(rows, nothing + 3)

    for model in (stumps, histograms, sk_tree.DecisionTreeRegressor().fit(rows, nothing)):
        read = forests.read(model)
        assert read
        assert not Patterns.made(read, rows, range(WIDTH)).contributions(rows).any()


def test_a_model_of_another_kind_is_left_to_others() -> None:
    assert forests.read(sk.AdaBoostClassifier()) is None
    assert forests.read(object()) is None


def test_a_forest_of_full_depth_has_no_tables() -> None:
    rng = np.random.default_rng(11)
    rows = rng.normal(size=(2000, 30))
    forest = sk.RandomForestClassifier(n_estimators=20, max_features=1, random_state=0)
    read = forests.read(forest.fit(rows, rng.integers(0, 2, 2000)))

    assert read
    assert not fits(read, range(30))


def test_lightgbms_text_is_a_model() -> None:
    rng = np.random.default_rng(13)
    rows = rows_of(rng)
    booster, _ = _lightgbm(2)(rows, labels(rng, rows, 2), 3)
    import pandas as pd

    model = load(booster.model_to_string().encode(), list("abcde"), None, trust_pickle=False)

    frame = pd.DataFrame(rows, columns=list("abcde"))
    assert (model.kind, model.space, model.features) == ("lightgbm", "log_odds", tuple("abcde"))
    assert np.array_equal(model.score(frame), booster.predict(rows))
    assert np.array_equal(model.margin(frame), booster.predict(rows, raw_score=True))
