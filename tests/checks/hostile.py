"""Models that mean harm, and what is said of them."""

import pickle

import pyarrow as pa
import pytest

from govern.checks.sandbox import Limits, ModelFile, loaded
from govern.errors import GovernError
from tests.checks.conftest import FEATURES, Deed

SHORT = Limits(seconds=3, memory=3 << 30)
ROWS = pa.record_batch({name: [0.0, 1.0, 2.0] for name in FEATURES})


def hostile(code: str, **known: object) -> ModelFile:
    """Return a model that runs ``code`` when it is read."""
    return ModelFile("hostile.pkl", pickle.dumps(Deed(exec, code, known)), trust_pickle=True)


def answering(scores: str) -> ModelFile:
    """Return a model that is read like any other, and gives ``scores`` for ``rows``."""
    code = f"""
import numpy as np
class Model:
    feature_names_in_ = {FEATURES}
    def get_params(self, deep): return {{}}
    def set_params(self): return self
    def predict(self, rows): return {scores}
"""
    made = f"(names := {{}}, exec({code!r}, names), names['Model']())[2]"
    return ModelFile("answering.pkl", pickle.dumps(Deed(eval, made, {})), trust_pickle=True)


def harm(file: ModelFile, limits: Limits | None = None) -> GovernError:
    """Return what is said of a model that is loaded and asked."""
    with pytest.raises(GovernError) as told, loaded(file, limits) as model:
        model.scores([ROWS])
    return told.value
