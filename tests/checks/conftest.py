"""Applicants and models of them, made once: an interaction, a column that no model needs, and missing values."""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from govern.checks import nursery
from govern.checks.reasons import Dictionary
from govern.checks.sandbox import ModelFile, loaded

FEATURES = ["income", "debt", "late", "noise"]
WIDE = [f"w{place}" for place in range(40)]
DICTIONARY = Dictionary.parse(b"""
schema: govern/reasons/v1
reasons:
  income: {code: R01, text_low: Income is too low, text_high: Income, text_missing: Income is not known}
  debt: {code: R02, text_high: Too much debt, text_low: Too little credit in use}
  late: {code: R03, text_high: Too many late payments, text_low: No payments yet}
  noise: {code: R04, text: Noise}
""")


class Deed:
    """A model whose pickle calls something when it is read, as an attacker's would."""

    def __init__(self, call: Any, *arguments: Any) -> None:
        self.deed = (call, arguments)

    def __reduce__(self) -> Any:
        return self.deed


@dataclass(frozen=True)
class Bank:
    folder: Path
    applicants: Any
    """A data frame with ``id``, the features, ``sex`` and ``repaid``."""

    @property
    def rows(self) -> Path:
        return self.folder / "applicants.csv"

    def __getitem__(self, name: str) -> Path:
        return self.folder / name


@pytest.fixture(scope="session")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Bank:
    import joblib
    import lightgbm
    import numpy as np
    import pandas as pd
    import skops.io
    import xgboost
    from sklearn.compose import make_column_transformer
    from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier, RandomForestClassifier
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    folder, rng, n = tmp_path_factory.mktemp("bank"), np.random.default_rng(7), 1500
    frame = pd.DataFrame(rng.normal(size=(n, 4)).round(2), columns=FEATURES)
    frame["late"] = rng.poisson(1.0, n).astype(float)
    margin = 0.4 + frame.income - 0.9 * frame.debt - 0.6 * frame.late + 0.5 * frame.income * (frame.debt > 0)
    repaid = (rng.uniform(size=n) < 1 / (1 + np.exp(-margin))).astype(int)
    frame.loc[::50, "income"] = np.nan
    applicants = frame.assign(id=np.arange(n), sex=rng.choice(["F", "M"], n), repaid=repaid)
    applicants[WIDE] = rng.normal(size=(n, len(WIDE)))
    applicants.to_csv(folder / "applicants.csv", index=False)
    applicants.sample(frac=1, random_state=1).to_csv(folder / "shuffled.csv", index=False)
    applicants.to_parquet(folder / "applicants.parquet")
    rows = xgboost.DMatrix(frame, label=repaid, nthread=1)
    booster = xgboost.train({"objective": "binary:logistic", "max_depth": 3, "eta": 0.3, "nthread": 1}, rows, 20)
    booster.save_model(folder / "model.json")
    booster.save_model(folder / "model.ubj")
    known = frame.fillna(0.0)
    linear = make_pipeline(StandardScaler(), LogisticRegression()).fit(known, repaid)
    skops.io.dump(linear, folder / "linear.skops")
    joblib.dump(linear, folder / "linear.joblib")
    words = np.where(repaid == 1, "good", "bad")
    skops.io.dump(HistGradientBoostingClassifier(max_iter=10).fit(frame, words), folder / "trees.skops")
    one_hot = make_column_transformer((OneHotEncoder(handle_unknown="ignore"), ["late"]), remainder="passthrough")
    few = GradientBoostingClassifier(n_estimators=15, random_state=0)
    skops.io.dump(make_pipeline(one_hot, SimpleImputer(), few).fit(frame, repaid), folder / "words.skops")
    light = lightgbm.LGBMClassifier(n_estimators=15, n_jobs=1, verbose=-1).fit(frame, repaid)
    light.booster_.save_model(folder / "light.txt")
    forest = RandomForestClassifier(n_estimators=12, max_features=1, random_state=0)
    skops.io.dump(forest.fit(applicants[WIDE], repaid), folder / "deep.skops")
    (folder / "broken.json").write_text(json.dumps({"learner": {}}))
    return Bank(folder, applicants)


@pytest.fixture(params=["from nothing", "parted"])
def start(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Let the next process be started in one of the two ways."""
    monkeypatch.setattr(nursery._House, "is_first", request.param == "from nothing")
    if request.param == "parted" and sys.platform != "linux":
        pytest.skip("only Linux parts processes")
    return str(request.param)


@pytest.fixture(scope="session")
def level(bank: Bank) -> str:
    with loaded(ModelFile.read(bank["model.json"])) as model:
        return model.limits


@pytest.fixture
def _the_next_model_works(bank: Bank) -> Iterator[None]:
    yield
    rows = pa.record_batch({name: [0.0] for name in FEATURES})
    with loaded(ModelFile.read(bank["model.json"])) as model:
        assert len(model.scores([rows])) == 1


@pytest.fixture
def _parted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nursery._House, "is_first", False)


@pytest.fixture
def _held(level: str) -> None:
    if "landlock" not in level or "seccomp" not in level:
        pytest.skip(f"this kernel holds a model by {level} only")


@pytest.fixture
def _filtered(level: str) -> None:
    if "seccomp" not in level:
        pytest.skip(f"this kernel holds a model by {level} only")
