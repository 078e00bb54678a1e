"""Models of trees as files: each loads, scores as its library does, adds up, and is explained by tables; or says why not."""

from collections.abc import Callable
from typing import Any

import lightgbm
import numpy as np
import pandas as pd
import pytest
import skops.io
import xgboost
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from govern.checks import models
from govern.checks.explain import Explainer
from govern.errors import GovernError, InvalidInput, NotAllowed
from tests.checks.conftest import FEATURES, Bank
from tests.checks.oracle import shapley


def load(content: bytes, **terms: Any) -> models.Model:
    given = {"features": None, "positive": None, "trust_pickle": False, **terms}
    return models.load(content, **given)


def known(bank: Bank) -> tuple[Any, Any]:
    return bank.applicants[FEATURES].fillna(0.0), bank.applicants["repaid"]


WRAPPED: dict[str, Callable[[], Any]] = {
    "XGBClassifier": lambda: xgboost.XGBClassifier(n_estimators=9, max_depth=3, n_jobs=1),
    "XGBRegressor": lambda: xgboost.XGBRegressor(n_estimators=9, max_depth=3, n_jobs=1, objective="count:poisson"),
    "LGBMClassifier": lambda: lightgbm.LGBMClassifier(n_estimators=9, n_jobs=1, verbose=-1),
    "LGBMRegressor": lambda: lightgbm.LGBMRegressor(n_estimators=9, n_jobs=1, verbose=-1, objective="poisson"),
    "LGBMClassifier, a forest": lambda: lightgbm.LGBMClassifier(
        n_estimators=9, n_jobs=1, verbose=-1, boosting_type="rf", subsample=0.5, subsample_freq=1
    ),
}


@pytest.mark.parametrize("positive", ["0", "1"])
@pytest.mark.parametrize("name", WRAPPED)
def test_a_wrapper_in_a_pipeline_is_explained_where_its_trees_add_up(bank: Bank, name: str, positive: str) -> None:
    rows, truth = known(bank)
    its = make_pipeline(StandardScaler().set_output(transform="pandas"), WRAPPED[name]()).fit(rows, truth)

    model = load(skops.io.dumps(its), positive=positive)
    found = Explainer.of(model, rows.iloc[:400]).explain(rows.iloc[-50:])

    place = int(positive) if hasattr(its, "predict_proba") else 1
    answer = its.predict_proba(rows)[:, place] if hasattr(its, "predict_proba") else its.predict(rows)
    assert np.array_equal(model.score(rows), answer)
    link = np.log if "Regressor" in name else lambda chance: np.log(chance / (1 - chance))
    assert model.margin(rows) == pytest.approx(link(answer), abs=1e-4)
    assert found.residual < 1e-5
    assert np.any(found.contributions)


def test_lightgbms_text_loads_and_what_is_none_says_so(bank: Bank) -> None:
    frame = bank.applicants[FEATURES]
    model = load(bank["light.txt"].read_bytes())

    found = Explainer.of(model, frame)
    explained = found.explain(frame.iloc[:100])

    assert (model.kind, model.features, model.space) == ("lightgbm", tuple(FEATURES), "log_odds")
    assert (found.way.method, found.way.library) == ("tree.patterns", "govern")
    assert explained.residual < 1e-12
    windows = load(bank["light.txt"].read_bytes().replace(b"\n", b"\r\n"))
    assert np.array_equal(windows.margin(frame), model.margin(frame))
    with pytest.raises(InvalidInput, match="not a model of LightGBM"):
        load(b"tree\nnothing else\n")


def test_a_model_that_codes_words_itself_is_refused(bank: Bank) -> None:
    rows, truth = known(bank)
    words = rows.assign(late=pd.Categorical(np.where(rows["late"] > 1, "often", "seldom")))
    coded = lightgbm.train({"verbose": -1, "objective": "binary"}, lightgbm.Dataset(words, label=truth), 2)

    with pytest.raises(InvalidInput, match="codes 1 columns of words itself"):
        load(coded.model_to_string().encode())


def test_what_does_not_add_up_to_the_models_own_output_is_not_explained(bank: Bank) -> None:
    frame = bank.applicants[FEATURES]
    model = load(bank["light.txt"].read_bytes())
    other = models.Model(
        model.kind, model.features, model.space, model.score, lambda rows: model.margin(rows) * 1.00001, model.inner
    )

    with pytest.raises(GovernError, match="the contributions miss the output of this lightgbm by") as told:
        Explainer.of(other, frame).explain(frame)

    assert told.value.code == "not_additive"


def test_a_category_that_no_row_had_before_is_explained_too(bank: Bank) -> None:
    """What never moved while the tables were made belongs to somebody as soon as it moves."""
    model = load(bank["words.skops"].read_bytes())
    frame = bank.applicants[FEATURES]
    calm = frame[frame["late"] == 0]

    explainer = Explainer.of(model, calm.iloc[:200])
    first = explainer.explain(calm.iloc[200:210])
    second = explainer.explain(frame[frame["late"] == 3].iloc[:10])

    late = FEATURES.index("late")
    assert not first.contributions[:, late].any()
    assert second.contributions[:, late].any()


def test_columns_that_are_mixed_before_the_trees_are_asked_unless_they_have_one_reason(bank: Bank) -> None:
    from sklearn.decomposition import PCA
    from sklearn.ensemble import GradientBoostingRegressor

    rows, truth = known(bank)
    few = rows.iloc[:100]
    pipeline = make_pipeline(PCA(2), GradientBoostingRegressor(n_estimators=5)).fit(rows, truth)
    model = load(skops.io.dumps(pipeline))

    apart, together = Explainer.of(model, few), Explainer.of(model, few, [0] * 4)
    alone = apart.explain(rows.iloc[-3:])
    one = together.explain(rows.iloc[-3:])

    values = rows.to_numpy()
    expected = shapley(
        lambda mixed: model.margin(pd.DataFrame(mixed, columns=FEATURES)), values[-3:], values[:100], range(4)
    )
    assert (apart.way.method, together.way.method) == ("asked.exact", "tree.patterns")
    assert alone.contributions == pytest.approx(expected, abs=1e-12)
    assert one.contributions.reshape(-1) == pytest.approx(alone.contributions.sum(axis=1), abs=1e-12)


def test_a_type_that_nobody_reviewed_is_still_refused(bank: Bank) -> None:
    rows, truth = known(bank)
    ranker = lightgbm.LGBMRanker(n_estimators=2, n_jobs=1, verbose=-1).fit(rows, truth, group=[len(rows)])

    with pytest.raises(NotAllowed, match="LGBMRanker, which nobody has reviewed"):
        load(skops.io.dumps(ranker))
