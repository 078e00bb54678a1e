"""Models of several classes: the score is of one that is named, explained in what that class adds up to, or not at all."""

from collections.abc import Callable
from typing import Any

import lightgbm
import numpy as np
import pandas as pd
import pytest
import skops.io
import xgboost

from govern.checks import models
from govern.checks.explain import Explainer
from govern.errors import InvalidInput
from tests.checks.conftest import FEATURES, Bank
from tests.checks.oracle import shapley


def load(content: bytes, **terms: Any) -> models.Model:
    return models.load(content, **{"features": None, "positive": None, "trust_pickle": False, **terms})


def known(bank: Bank) -> tuple[Any, Any]:
    rows = bank.applicants[FEATURES].fillna(0.0)
    return rows, np.digitize(rows["income"] - rows["debt"] * (rows["late"] > 1), [-0.7, 0.7])


def sklearn(name: str, **terms: Any) -> Any:
    from sklearn import ensemble, linear_model, naive_bayes, tree

    home = next(one for one in (ensemble, linear_model, naive_bayes, tree) if hasattr(one, name))
    return getattr(home, name)(**terms)


NAMES = np.array(["bad", "fair", "good"])
LIGHT = {"n_estimators": 6, "num_leaves": 7, "n_jobs": 1, "verbose": -1}
WRAPPED: dict[str, Callable[[], Any]] = {
    "XGBClassifier": lambda: xgboost.XGBClassifier(n_estimators=6, max_depth=3, n_jobs=1),
    "LGBMClassifier": lambda: lightgbm.LGBMClassifier(**LIGHT),
    "RandomForestClassifier": lambda: sklearn("RandomForestClassifier", n_estimators=6, max_depth=4, random_state=0),
    "DecisionTreeClassifier": lambda: sklearn("DecisionTreeClassifier", max_depth=4, random_state=0),
    "GradientBoostingClassifier": lambda: sklearn("GradientBoostingClassifier", n_estimators=5, random_state=0),
    "HistGradientBoostingClassifier": lambda: sklearn("HistGradientBoostingClassifier", max_iter=5),
    "LogisticRegression": lambda: sklearn("LogisticRegression"),
    "GaussianNB": lambda: sklearn("GaussianNB"),
}
UNKNOWN_TO_SHAP = {"GradientBoostingClassifier", "GaussianNB", "LogisticRegression"}


@pytest.mark.parametrize("place", range(3))
@pytest.mark.parametrize("name", WRAPPED)
def test_each_class_is_explained_as_shapley_has_it(bank: Bank, name: str, place: int) -> None:
    rows, truth = known(bank)
    words = truth if name == "XGBClassifier" else NAMES[truth]
    its = WRAPPED[name]().fit(rows, words)

    model = load(skops.io.dumps(its), positive=str(its.classes_[place]))
    explainer = Explainer.of(model, rows.iloc[:60])
    found = explainer.explain(rows.iloc[-4:])

    values = rows.to_numpy()
    expected = shapley(
        lambda mixed: model.margin(pd.DataFrame(mixed, columns=FEATURES)), values[-4:], values[:60], range(4)
    )
    single = name == "XGBClassifier"
    assert np.array_equal(model.score(rows), its.predict_proba(rows)[:, place])
    assert found.contributions == pytest.approx(expected, abs=2e-5 if single else 1e-9)
    assert found.residual < (1e-5 if single else 1e-9)
    assert explainer.way.method != "tree.shap"


@pytest.mark.parametrize("name", sorted(set(WRAPPED) - UNKNOWN_TO_SHAP))
def test_shap_finds_the_same_for_each_class(bank: Bank, name: str) -> None:
    rows, truth = known(bank)
    its = WRAPPED[name]().fit(rows, truth)

    for place in range(3):
        model = load(skops.io.dumps(its), positive=str(place))
        explainer = Explainer.of(model, rows.iloc[:80])
        explainer.explain(rows.iloc[-5:])
        agreed = explainer.agreement(rows.iloc[-5:])

        assert agreed
        assert (agreed.why, agreed.rows, agreed.numbers) == ("", 5, 20)


def boosted(rows: Any, truth: Any, objective: str = "multi:softprob") -> bytes:
    terms = {"objective": objective, "num_class": 3, "max_depth": 3, "nthread": 1}
    return bytes(xgboost.train(terms, xgboost.DMatrix(rows, label=truth), 4).save_raw("json"))


def light(rows: Any, truth: Any) -> bytes:
    terms = {"objective": "multiclass", "num_class": 3, "num_leaves": 7, "verbose": -1, "num_threads": 1}
    return str(lightgbm.train(terms, lightgbm.Dataset(rows, label=truth), 4).model_to_string()).encode()


@pytest.mark.parametrize("made", [boosted, light])
def test_a_booster_of_several_classes_counts_them_from_nought(bank: Bank, made: Callable[..., bytes]) -> None:
    rows, truth = known(bank)
    content = made(rows, truth)

    every = [load(content, positive=str(place)) for place in range(3)]
    scores = np.array([model.score(rows) for model in every])
    margins = np.array([model.margin(rows) for model in every])

    assert scores.sum(axis=0) == pytest.approx(1.0, abs=1e-5)
    odds = np.exp(margins - margins.max(axis=0))
    assert odds / odds.sum(axis=0) == pytest.approx(scores, abs=1e-5)
    for model in every:
        assert model.space == "class_margin"
        found = Explainer.of(model, rows.iloc[:100]).explain(rows.iloc[-20:])
        assert np.any(found.contributions)


@pytest.mark.parametrize("made", [boosted, light])
def test_which_class_decides_has_to_be_named(bank: Bank, made: Callable[..., bytes]) -> None:
    rows, truth = known(bank)
    forest = skops.io.dumps(WRAPPED["RandomForestClassifier"]().fit(rows, NAMES[truth]))

    with pytest.raises(InvalidInput, match="tells 3 classes apart: bad, fair, good") as told:
        load(forest)
    with pytest.raises(InvalidInput, match="good; none is best"):
        load(forest, positive="best")
    with pytest.raises(InvalidInput, match="tells 3 classes apart: 0, 1, 2"):
        load(made(rows, truth))
    with pytest.raises(InvalidInput, match="none is 3"):
        load(made(rows, truth), positive="3")
    assert told.value.code == "which_class"
    assert "--score-of" in told.value.hint


def test_a_model_that_answers_with_a_class_has_no_score(bank: Bank) -> None:
    rows, truth = known(bank)

    with pytest.raises(InvalidInput, match="answers with a class and has no scores"):
        load(boosted(rows, truth, "multi:softmax"), positive="1")


def test_a_model_of_one_class_decides_nothing(bank: Bank) -> None:
    rows, truth = known(bank)
    its = skops.io.dumps(WRAPPED["DecisionTreeClassifier"]().fit(rows, truth * 0))

    with pytest.raises(InvalidInput, match="this model knows one class, '0', and decides nothing"):
        load(its)
