"""Splits by category: read as the model has them, asked about, or refused in words; never another number than the model's own."""

from typing import Any

import lightgbm
import numpy as np
import pandas as pd
import pytest
import skops.io
import xgboost
from sklearn.ensemble import HistGradientBoostingClassifier

from govern.checks import models
from govern.checks.explain import Explainer
from govern.errors import InvalidInput
from tests.checks.oracle import shapley

WORDS = np.array(["attic", "boat", "cabin", "den", "estate", "farm", "grange", "hut", "inn", "jail"])
COLUMNS = ["income", "home", "debt"]


def load(content: bytes, **terms: Any) -> models.Model:
    return models.load(content, **{"features": None, "positive": None, "trust_pickle": False, **terms})


def people(count: int = 700) -> tuple[pd.DataFrame, Any]:
    """Return people whose homes are words, a few of them unknown, and who repaid."""
    rng = np.random.default_rng(11)
    codes = rng.integers(0, len(WORDS), count)
    homes = WORDS[codes].astype(object)
    homes[::29] = None
    rows = pd.DataFrame({"income": rng.normal(size=count), "home": homes, "debt": rng.normal(size=count)})
    rows.loc[::31, "debt"] = np.nan
    margin = rows["income"] + 2 * np.isin(codes, [1, 4, 7]) * (rows["debt"].fillna(0) < 0.5) - 0.6
    return rows, (margin + rng.normal(size=count) > 0).astype(int)


def of_frames(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(home=pd.Categorical(rows["home"], categories=WORDS))


def boosted(frame: pd.DataFrame, truth: Any, to_one_hot: int) -> Any:
    terms = {"objective": "binary:logistic", "max_depth": 4, "nthread": 1, "max_cat_to_onehot": to_one_hot}
    return xgboost.train(terms, xgboost.DMatrix(frame, label=truth, enable_categorical=True), 8)


keeps = pytest.mark.skipif(not hasattr(xgboost.Booster, "get_categories"), reason="this XGBoost keeps no categories")


@keeps
@pytest.mark.parametrize("ending", ["json", "ubj"])
@pytest.mark.parametrize("to_one_hot", [1, 100], ids=["sets of categories", "one category each"])
def test_xgboosts_categories_are_those_that_the_model_keeps(to_one_hot: int, ending: str) -> None:
    rows, truth = people()
    booster = boosted(of_frames(rows), truth, to_one_hot)
    shuffled = of_frames(rows).assign(home=pd.Categorical(rows["home"], categories=WORDS[::-1]))

    model = load(bytes(booster.save_raw(ending)))
    explainer = Explainer.of(model, rows.iloc[:60])
    found = explainer.explain(rows)

    theirs = booster.predict(xgboost.DMatrix(shuffled, enable_categorical=True), output_margin=True)
    assert np.array_equal(model.margin(rows), theirs.astype(float))
    values = rows.to_numpy(dtype=object)
    expected = shapley(
        lambda mixed: model.margin(pd.DataFrame(mixed, columns=COLUMNS).astype({"income": float, "debt": float})),
        values[-4:],
        values[:60],
        range(3),
    )
    assert explainer.way.method == "tree.patterns"
    assert found.contributions[-4:] == pytest.approx(expected, abs=2e-5)
    assert found.residual < 1e-5
    assert np.any(found.contributions[:, 1])


@keeps
def test_categories_that_are_numbers_are_values_and_not_codes() -> None:
    rows, truth = people()
    numbers = rows.assign(
        home=rows["home"].fillna("den").map({word: 10 * (9 - place) for place, word in enumerate(WORDS)})
    )
    booster = boosted(numbers.assign(home=numbers["home"].astype("category")), truth, 1)

    model = load(bytes(booster.save_raw("json")))

    known = numbers.assign(home=numbers["home"].astype("category"))
    theirs = booster.predict(xgboost.DMatrix(known, enable_categorical=True), output_margin=True)
    assert np.array_equal(model.margin(numbers), theirs.astype(float))
    assert Explainer.of(model, numbers.iloc[:60]).explain(numbers).residual < 1e-5


@keeps
def test_a_category_that_the_model_has_never_seen_is_refused() -> None:
    rows, truth = people()
    model = load(bytes(boosted(of_frames(rows), truth, 1).save_raw("json")))

    with pytest.raises(InvalidInput, match="the column home holds 'zoo', a category that this model has never seen"):
        model.score(rows.assign(home="zoo"))


def test_codes_without_their_categories_are_refused() -> None:
    rows, truth = people()
    codes = rows.assign(home=of_frames(rows)["home"].cat.codes.astype(float).replace(-1.0, np.nan)).to_numpy(float)
    given = xgboost.DMatrix(codes, label=truth, feature_names=COLUMNS, feature_types=["q", "c", "q"])

    with pytest.raises(InvalidInput, match="splits home by category, and its file does not hold the categories"):
        load(bytes(xgboost.train({"max_depth": 3}, given, 3).save_raw("json")))


def test_a_wrapper_that_was_told_of_codes_reads_the_codes_of_the_data() -> None:
    rows, truth = people()
    codes = rows.assign(home=of_frames(rows)["home"].cat.codes.astype(float).replace(-1.0, np.nan))
    terms = {"n_estimators": 6, "max_depth": 4, "n_jobs": 1, "max_cat_to_onehot": 1, "enable_categorical": True}
    its = xgboost.XGBClassifier(feature_types=["q", "c", "q"], **terms).fit(codes, truth)

    model = load(skops.io.dumps(its))
    found = Explainer.of(model, codes.iloc[:60]).explain(codes)

    assert np.array_equal(model.score(codes), its.predict_proba(codes)[:, 1].astype(float))
    assert found.residual < 1e-5
    assert np.any(found.contributions[:, 1])


@keeps
def test_wrappers_that_code_words_themselves_say_what_to_give_instead() -> None:
    rows, truth = people()
    boost = xgboost.XGBClassifier(n_estimators=3, n_jobs=1, enable_categorical=True).fit(of_frames(rows), truth)
    light = lightgbm.LGBMClassifier(n_estimators=3, n_jobs=1, verbose=-1).fit(of_frames(rows), truth)

    with pytest.raises(InvalidInput, match="codes categories of a data frame itself") as told:
        load(skops.io.dumps(boost))
    with pytest.raises(InvalidInput, match="codes 1 columns of words itself"):
        load(skops.io.dumps(light))
    assert "save_model" in told.value.hint


@pytest.mark.parametrize("wrap", [False, True], ids=["text", "wrapper"])
def test_lightgbms_categories_that_are_numbers_in_the_data_are_read(*, wrap: bool) -> None:
    rows, truth = people()
    codes = rows.assign(home=of_frames(rows)["home"].cat.codes.astype(float).replace(-1.0, np.nan))
    terms = {"n_estimators": 6, "num_leaves": 9, "min_data_per_group": 5, "cat_smooth": 1.0, "n_jobs": 1, "verbose": -1}
    its = lightgbm.LGBMClassifier(**terms).fit(codes, truth, categorical_feature=["home"])

    model = load(skops.io.dumps(its) if wrap else its.booster_.model_to_string().encode())
    found = Explainer.of(model, codes.iloc[:60]).explain(codes)

    values = codes.to_numpy()
    expected = shapley(
        lambda mixed: model.margin(pd.DataFrame(mixed, columns=COLUMNS)), values[-4:], values[:60], range(3)
    )
    assert found.contributions[-4:] == pytest.approx(expected, abs=1e-9)
    assert found.residual < 1e-9


def test_histogram_boosting_with_categories_is_asked() -> None:
    rows, truth = people()
    codes = rows.assign(home=of_frames(rows)["home"].cat.codes.astype(float).replace(-1.0, np.nan))
    its = HistGradientBoostingClassifier(max_iter=6, categorical_features=["home"]).fit(codes, truth)

    model = load(skops.io.dumps(its))
    explainer = Explainer.of(model, codes.iloc[:60])
    found = explainer.explain(codes.iloc[-4:])

    values = codes.to_numpy()
    expected = shapley(
        lambda mixed: its.predict_proba(pd.DataFrame(mixed, columns=COLUMNS))[:, 1], values[-4:], values[:60], range(3)
    )
    assert (explainer.way.method, model.space) == ("asked.exact", "probability")
    assert found.contributions == pytest.approx(expected, abs=1e-12)
