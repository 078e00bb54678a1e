"""What a model file is and how it answers; read only inside the child process that `worker` is.

The score is what production sees, a probability where there is one. The margin is the space in which the model adds up
and in which it is explained: log-odds for logistic models, else the score itself.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from govern.checks import categories, forests, scorecard
from govern.errors import InvalidInput, NotAllowed
from govern.ledger.strict import Digest

Numbers: TypeAlias = NDArray[np.float64]


_REVIEWED = (
    "collections.OrderedDict",
    "functools.partial",
    "lightgbm.basic.Booster",
    "lightgbm.sklearn.LGBMClassifier",
    "lightgbm.sklearn.LGBMRegressor",
    "numpy.dtype",
    "numpy.random._pickle.__generator_ctor",
    "sklearn._loss.link.Interval",
    "sklearn._loss.link.LogitLink",
    "sklearn._loss.loss.HalfBinomialLoss",
    "sklearn._loss.loss.HalfTweedieLoss",
    "sklearn._loss.loss.HalfTweedieLossIdentity",
    "sklearn._loss._loss.CyHalfBinomialLoss",
    "sklearn.calibration._CalibratedClassifier",
    "sklearn.calibration._SigmoidCalibration",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.ensemble._hist_gradient_boosting.binning._BinMapper",
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
    "sklearn.neural_network._stochastic_optimizers.SGDOptimizer",
    "sklearn.tree._tree.Tree",
    "sklearn.utils._bunch.Bunch",
    "sklearn.utils.validation.check_array",
    "xgboost.core.Booster",
    "xgboost.sklearn.XGBClassifier",
    "xgboost.sklearn.XGBRegressor",
)
"""Types that skops does not know, that are plain state, and that models of these libraries are made of."""


_RAW = {"lightgbm": "raw_score", "xgboost": "output_margin"}
"""How the wrappers of these libraries are asked for what their trees add up to."""


CLASS_MARGIN = "class_margin"
"""The space of what one of several classes adds up to; its probability depends on the margins of the others too."""


@dataclass(frozen=True, slots=True)
class Model:
    """A model that answers, and what its explanation has to know of it."""

    kind: str
    features: tuple[str, ...]
    space: str
    score: Callable[[Any], Numbers]
    margin: Callable[[Any], Numbers]
    inner: Any
    """What adds up, without what prepares its columns."""
    prepare: Callable[[Any], Any] | None = None
    place: int = 1
    """Which of the classes that the model tells apart the score is of."""
    of_several: bool = False
    """They are more than two, and each has a margin of its own."""
    is_opaque: bool = False
    """Nobody knows here what adds up in it: its score is explained, from its answers."""
    digest: Digest = field(default_factory=lambda: Digest(bytes(32)))
    """Of the file that it was read from."""

    @property
    def is_flipped(self) -> bool:
        """Say whether the score is of the first of two classes, of which the model adds up the second."""
        return self.place == 0 and not self.of_several


def load(
    content: bytes, features: list[str] | None, positive: str | None, *, trust_pickle: bool, is_held: bool = False
) -> Model:
    """Return the model that ``content`` is; what is in a pickle runs when it is read."""
    model = _read(content, features, positive, trust_pickle=trust_pickle, is_held=is_held)
    return replace(model, digest=Digest.of(content))


def _read(
    content: bytes, features: list[str] | None, positive: str | None, *, trust_pickle: bool, is_held: bool
) -> Model:
    if content[:1] == b"{":
        return _booster(content, features, positive)
    if content.startswith((b"tree\n", b"tree\r\n")):
        return _lightgbm(content, features, positive)
    if content[:4] == b"PK\x03\x04":
        return _estimator(_from_skops(content), features, positive)
    if scorecard.looks_like(content):
        return _card(content)
    if not trust_pickle:
        raise NotAllowed(
            "this model is a pickle, and a pickle runs whatever code is in it",
            hint="export it as XGBoost JSON, LightGBM text or skops, or allow it with --trust-pickle",
            code="pickle",
        )
    if not is_held:
        raise NotAllowed(
            "this model is a pickle, and nothing on this system holds the code in it: neither Landlock nor seccomp",
            hint="load it on Linux 5.13 or newer, export it as XGBoost JSON, LightGBM text or skops, or run it unheld "
            "with GOVERN_UNCONFINED_PICKLES=1",
            code="pickle_unconfined",
        )
    import joblib  # noqa: PLC0415  as rarely as possible

    return _estimator(joblib.load(io.BytesIO(content)), features, positive)


def _card(content: bytes) -> Model:
    card = scorecard.Scorecard.parse(content)
    names = tuple(column.name for column in card.columns)
    return Model("scorecard", names, "points", card.score, card.score, card, card.points)


def _from_skops(content: bytes) -> Any:
    import skops.io  # noqa: PLC0415  only for this format

    strange = sorted(set(skops.io.get_untrusted_types(data=content)) - set(_REVIEWED))
    if strange:
        raise NotAllowed(f"this model holds {strange[0]}, which nobody has reviewed", code="unreviewed_type")
    return skops.io.loads(content, trusted=list(_REVIEWED))


def _booster(content: bytes, features: list[str] | None, positive: str | None) -> Model:
    import json  # noqa: PLC0415  only for this format

    import xgboost  # noqa: PLC0415  the same

    try:
        booster = xgboost.Booster({"nthread": 1}, model_file=bytearray(content))
    except xgboost.core.XGBoostError as error:
        raise InvalidInput(f"this is not a model of XGBoost: {str(error).splitlines()[0]}") from None
    learner = json.loads(booster.save_config())["learner"]
    objective = str(learner["learner_train_param"]["objective"])
    several = int(learner["learner_model_param"]["num_class"])
    if several and objective == "multi:softmax":
        raise InvalidInput("this model answers with a class and has no scores", hint="train it with multi:softprob")
    place = _class([str(one) for one in range(several)], positive) if several else 1
    names = _names(list(booster.feature_names or []), features)
    words = categories.of_xgboost(booster, names)

    def prepare(frame: Any) -> Numbers:
        return _numbers(categories.coded(frame[list(names)], words))

    def ask(frame: Any, *, is_margin: bool) -> Numbers:
        known = {"feature_names": booster.feature_names, "feature_types": booster.feature_types if words else None}
        rows = xgboost.DMatrix(prepare(frame), nthread=1, **known)
        found = booster.predict(rows, output_margin=is_margin)
        return _column(found, place) if several else np.asarray(found, dtype=np.float64)

    return Model(
        kind="xgboost",
        features=names,
        space=CLASS_MARGIN if several else "log_odds" if "logi" in objective else "score",
        score=lambda frame: ask(frame, is_margin=False),
        margin=lambda frame: ask(frame, is_margin=True),
        inner=booster,
        prepare=prepare if words else None,
        place=place,
        of_several=several > 0,
    )


def _lightgbm(content: bytes, features: list[str] | None, positive: str | None) -> Model:
    try:
        import lightgbm  # noqa: PLC0415  only for this format
    except ModuleNotFoundError:
        raise InvalidInput(
            "this model is LightGBM's, which is not installed", hint="install govern[lightgbm]"
        ) from None

    try:
        booster = lightgbm.Booster(model_str=content.decode().replace("\r\n", "\n"))
    except (lightgbm.basic.LightGBMError, UnicodeDecodeError) as error:
        raise InvalidInput(f"this is not a model of LightGBM: {str(error).splitlines()[0]}") from None
    several = booster.num_model_per_iteration() > 1
    place = _class([str(one) for one in range(booster.num_model_per_iteration())], positive) if several else 1
    categories.require_none(booster)
    known = booster.feature_name()
    is_nameless = known == [f"Column_{place}" for place in range(len(known))] and features
    names = _names([] if is_nameless else known, features)

    def ask(frame: Any, *, is_margin: bool) -> Numbers:
        found = booster.predict(_numbers(frame[list(names)]), raw_score=is_margin, num_threads=1)
        found = _column(found, place) if several else np.asarray(found, dtype=np.float64)
        return found * (share if is_margin else 1.0)

    share = forests.share(booster)

    said = next((line for line in content.decode().splitlines() if line.startswith("objective=")), "")
    return Model(
        kind="lightgbm",
        features=names,
        space=CLASS_MARGIN if several else "log_odds" if _is_logistic(said) else "score",
        score=lambda frame: ask(frame, is_margin=False),
        margin=lambda frame: ask(frame, is_margin=True),
        inner=booster,
        place=place,
        of_several=several,
    )


def _is_logistic(objective: str) -> bool:
    """Say whether what LightGBM adds up for an objective are log-odds."""
    return "sigmoid:1" in objective.split() or "cross_entropy" in objective


def _estimator(estimator: Any, features: list[str] | None, positive: str | None) -> Model:
    if not hasattr(estimator, "predict"):
        raise InvalidInput(f"this file holds a {type(estimator).__name__}, which is no model")
    # Threads add up in another order each time.
    single = {name: 1 for name in estimator.get_params(deep=True) if name.endswith("n_jobs")}
    estimator.set_params(**single)
    has_names = hasattr(estimator, "feature_names_in_")
    names = _names(list(estimator.feature_names_in_) if has_names else [], features)
    steps = [step for _, step in getattr(estimator, "steps", [("", estimator)])]
    inner = steps[-1]
    categories.require_none(inner)

    def ready(frame: Any) -> Any:
        return frame[list(names)] if has_names else _numbers(frame[list(names)])

    def prepare(frame: Any) -> Any:
        found = estimator[:-1].transform(ready(frame))
        return found.toarray() if hasattr(found, "toarray") else found

    place = _place(estimator, positive)
    of_several = len(getattr(estimator, "classes_", ())) > 2  # noqa: PLR2004  0 and 1
    is_opaque = not hasattr(inner, "coef_") and not forests.knows(inner)
    space, margin = (_margin_of_class if of_several else _margin)(estimator, inner, place)
    if is_opaque:
        space = "probability" if hasattr(estimator, "predict_proba") else "score"
        margin = lambda rows: _score(estimator, rows, place)  # noqa: E731  as `_margin` returns them
    return Model(
        kind=f"sklearn {type(inner).__name__}",
        features=names,
        space=space,
        score=lambda frame: _score(estimator, ready(frame), place),
        margin=lambda frame: margin(ready(frame)),
        inner=inner,
        prepare=prepare if len(steps) > 1 else None,
        place=place,
        of_several=of_several,
        is_opaque=is_opaque,
    )


def _margin(estimator: Any, inner: Any, place: int) -> tuple[str, Callable[[Any], Numbers]]:
    """Return the space in which the model adds up, and its output there."""
    sign = 1.0 if place else -1.0
    raw = _RAW.get(type(inner).__module__.partition(".")[0])
    if raw:
        space = "log_odds" if hasattr(estimator, "predict_proba") else "score"
        weight = sign * (forests.share(inner.booster_) if raw == "raw_score" else 1.0)
        return space, lambda rows: weight * np.asarray(estimator.predict(rows, **{raw: True}), dtype=np.float64)
    if _has_logs(inner):
        return "log", lambda rows: np.log(estimator.predict(rows))
    if hasattr(estimator, "decision_function"):
        space = "log_odds" if hasattr(estimator, "predict_proba") else "score"
        return space, lambda rows: sign * np.asarray(estimator.decision_function(rows), dtype=np.float64)
    if hasattr(estimator, "predict_proba"):
        return "probability", lambda rows: _column(estimator.predict_proba(rows), place)
    return "score", lambda rows: np.asarray(estimator.predict(rows), dtype=np.float64)


def _margin_of_class(estimator: Any, inner: Any, place: int) -> tuple[str, Callable[[Any], Numbers]]:
    """Return the same of one of several classes."""
    raw = _RAW.get(type(inner).__module__.partition(".")[0])
    if raw:
        share = forests.share(inner.booster_) if raw == "raw_score" else 1.0
        return CLASS_MARGIN, lambda rows: share * _column(estimator.predict(rows, **{raw: True}), place)
    if hasattr(estimator, "decision_function"):
        return CLASS_MARGIN, lambda rows: _column(estimator.decision_function(rows), place)
    return "probability", lambda rows: _column(estimator.predict_proba(rows), place)


def _has_logs(inner: Any) -> bool:
    """Say whether a generalised linear model predicts the exponential of what it adds up to."""
    if type(inner).__name__ == "TweedieRegressor":
        return bool(inner.link == "log" or (inner.link == "auto" and inner.power > 0))
    return type(inner).__name__ in {"GammaRegressor", "PoissonRegressor"}


def _score(estimator: Any, rows: Any, place: int) -> Numbers:
    if hasattr(estimator, "predict_proba"):
        return _column(estimator.predict_proba(rows), place)
    if hasattr(estimator, "decision_function"):
        found = np.asarray(estimator.decision_function(rows), dtype=np.float64)
        return found[:, place] if found.ndim > 1 else (1.0 if place else -1.0) * found
    return np.asarray(estimator.predict(rows), dtype=np.float64)


def _place(estimator: Any, positive: str | None) -> int:
    """Return which of the model's classes the score is of: of two the positive one, of several the one that is named."""
    if not hasattr(estimator, "classes_"):
        return 1  # it tells no classes apart
    classes = [str(one) for one in estimator.classes_]
    if len(classes) == 1:
        raise InvalidInput(
            f"this model knows one class, {classes[0]!r}, and decides nothing", hint="use a model of two"
        )
    if len(classes) > 2:  # noqa: PLR2004  0 and 1
        return _class(classes, positive)
    if positive is None:
        return 1
    if positive not in classes and classes in (["0", "1"], ["False", "True"]):
        return 1  # whatever the data calls it
    if positive not in classes:
        raise InvalidInput(f"this model tells {classes[0]!r} from {classes[1]!r}, and knows no {positive!r}")
    return classes.index(positive)


def _class(classes: list[str], wanted: str | None) -> int:
    """Return the place of one of several classes, which has to be named."""
    if wanted not in classes:
        known = ", ".join(classes[:8]) + (" and more" if len(classes) > 8 else "")  # noqa: PLR2004  a line of them
        raise InvalidInput(
            f"this model tells {len(classes)} classes apart: {known}" + (f"; none is {wanted}" if wanted else ""),
            hint="say of which the score is that decides: `version register --score-of CLASS`, or positive= in Python",
            code="which_class",
        )
    return classes.index(wanted)


def _names(known: list[str], given: list[str] | None) -> tuple[str, ...]:
    names = known or given
    if not names:
        raise InvalidInput("this model does not say which columns it reads", hint="name them, in their order")
    return tuple(str(name) for name in names)


def _numbers(frame: Any) -> Numbers:
    text = [name for name in frame.columns if frame[name].dtype.kind not in "fiub"]
    if text:
        raise InvalidInput(f"the column {text[0]} holds text, and this model reads numbers")
    return np.asarray(frame.to_numpy(dtype=np.float64))


def _column(chances: Any, place: int) -> Numbers:
    return np.asarray(chances[:, place], dtype=np.float64)
