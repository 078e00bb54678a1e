"""How each library keeps its trees: read from XGBoost, LightGBM and scikit-learn as the trees that they decide by.

What is read is what the library itself writes or decides with, bit for bit. What cannot be put exactly is refused, or, of a
model that is not known at all, left to others; whether it was read right is seen on every row, where it has to add up.
"""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from govern.checks.trees import Ensemble, Numbers, Parts, Tree
from govern.errors import InvalidInput

DOUBLE, SINGLE = 1e-9, 1e-5
"""What models that add up in double, and in single precision, may miss."""

_ALONE = ("DecisionTreeClassifier", "DecisionTreeRegressor", "ExtraTreeClassifier", "ExtraTreeRegressor")
_FORESTS = ("ExtraTreesClassifier", "ExtraTreesRegressor", "RandomForestClassifier", "RandomForestRegressor")
_BOOSTED = ("GradientBoostingClassifier", "GradientBoostingRegressor")
_HISTOGRAMS = ("HistGradientBoostingClassifier", "HistGradientBoostingRegressor")

_MISSING = "shap does not read where scikit-learn's trees send what is missing"
_ZERO = float(np.float32(1e-35))
"""What LightGBM takes for zero."""


def read(model: Any, place: int = 1) -> Ensemble | None:
    """Return the trees of a model, with what they add to the class at ``place``; none if it is not of a kind known here."""
    match type(model).__module__.partition(".")[0]:
        case "xgboost":
            return _xgboost(grown(model), place)
        case "lightgbm":
            booster = model if type(model).__name__ == "Booster" else model.booster_
            return _lightgbm(booster.model_to_string(), place)
        case "sklearn":
            return _of_sklearn(model, type(model).__name__, place)
        case _:
            return None


def knows(model: Any) -> bool:
    """Say whether a model is of a kind that is trees, or whose own library says what else it is."""
    kind = type(model).__name__
    own = type(model).__module__.partition(".")[0]
    if kind in _HISTOGRAMS and model.is_categorical_ is not None and np.any(model.is_categorical_):
        return False  # its trees keep sets of codes that it makes of categories itself
    return own in {"xgboost", "lightgbm"} or kind in _ALONE + _FORESTS + _BOOSTED + _HISTOGRAMS


def grown(model: Any) -> Any:
    """Return the rounds that a wrapper of XGBoost answers with; of every other model, the model."""
    if type(model).__module__.partition(".")[0] != "xgboost" or type(model).__name__ == "Booster":
        return model
    if not np.isnan(model.missing):
        raise InvalidInput(f"this model of XGBoost takes {model.missing} for missing", hint="train it with missing=nan")
    booster = model.get_booster()
    try:
        rounds = int(model.best_iteration) + 1
    except AttributeError:  # it was trained for all of them
        return booster
    return booster[:rounds]


def _class(outputs: int, place: int) -> tuple[int, float]:
    """Return which of a model's outputs is that of a class, and its sign: a model of two classes has one for the second."""
    return (place, 1.0) if outputs > 1 else (0, 1.0 if place else -1.0)


# ---- XGBoost


def _xgboost(booster: Any, place: int) -> Ensemble:
    learner = json.loads(booster.save_raw("json"))["learner"]
    kept = learner["gradient_booster"]
    grown = kept.get("gbtree", kept).get("model", {})
    if "trees" not in grown:
        raise InvalidInput("this model of XGBoost has no trees", hint="train it with booster gbtree or dart")
    # Of DART; until 3.3 beside the trees, since then among them.
    weights = [float(one) for one in kept.get("weight_drop") or grown.get("weight_drop") or []]
    if any(int(tree["tree_param"].get("size_leaf_vector", 0)) > 1 for tree in grown["trees"]):
        raise InvalidInput(
            "this model of XGBoost has leaves for several outputs at once",
            hint="train it with multi_strategy one_output_per_tree",
        )
    outputs = max(int(learner["learner_model_param"][name]) for name in ("num_class", "num_target"))
    which, sign = _class(outputs, place)
    trees = tuple(
        _xgboost_tree(tree, sign * (weights[number] if weights else 1.0))
        for number, (tree, one) in enumerate(zip(grown["trees"], grown["tree_info"], strict=True))
        if one == which
    )
    width = int(learner["learner_model_param"]["num_feature"])
    parallel = int(grown["gbtree_model_param"].get("num_parallel_tree", 1))
    why = ""
    if set(weights) - {1.0}:
        why = "shap does not read the weights of DART"
    elif any(tree.parts for tree in trees):
        why = "shap does not explain XGBoost's categories against a reference"
    elif parallel > 1:
        why = "shap does not explain XGBoost's parallel trees against a reference"
    return Ensemble(trees, width, np.float32, SINGLE, why)


def _xgboost_tree(tree: dict[str, Any], weight: float) -> Tree:
    lefts, rights = (np.array(tree[name], np.int64) for name in ("left_children", "right_children"))
    inner = lefts >= 0
    columns = np.where(inner, np.array(tree["split_indices"], np.int64), -1)
    conditions = np.array(tree["split_conditions"], np.float32)
    # Left is what is less, both in single precision: what is not greater than the number before.
    before = np.nextafter(conditions, np.float32(-np.inf)).astype(np.float64)
    parts = _xgboost_parts(tree)
    missing_left = np.array(tree["default_left"], np.int64) != 0
    values = np.where(inner, 0.0, weight * conditions.astype(np.float64))
    return Tree(columns, before, lefts, rights, missing_left, values, parts)


def _xgboost_parts(tree: dict[str, Any]) -> dict[int, Parts]:
    """Return the splits by category: those that are named go right."""
    found = {}
    of_nodes = zip(tree["categories_nodes"], tree["categories_segments"], tree["categories_sizes"], strict=True)
    for node, start, size in of_nodes:
        ends = [
            end for one in sorted(tree["categories"][start : start + size]) for end in (_before(one), _before(one + 1))
        ]
        found[int(node)] = Parts(np.array(ends), np.arange(len(ends) + 1) % 2 == 0)
    return found


# ---- LightGBM


def _lightgbm(text: str, place: int) -> Ensemble:
    head, *written = text.partition("\nend of trees")[0].split("\nTree=")
    said = _lines(head)
    outputs = int(said["num_tree_per_iteration"])
    which, sign = _class(outputs, place)
    weight = sign * _share(said, len(written))
    own = [_lines(one) for number, one in enumerate(written) if number % outputs == which]
    trees = tuple(_lightgbm_tree(one, weight) for one in own)
    zeroed = frozenset(column for one in own for column in _zeroed(one))
    why = ""
    if any(one.get("num_cat", "0") != "0" for one in own):
        why = "shap does not explain LightGBM's categories against a reference"
    elif "average_output" in said:
        why = "shap adds up what this model of LightGBM averages"
    elif any(one.parts for one in trees):
        why = "shap does not know that zero is missing"
    return Ensemble(trees, int(said["max_feature_idx"]) + 1, np.float64, DOUBLE, why, zeroed=zeroed)


def share(booster: Any) -> float:
    """Return by what a booster of LightGBM multiplies what its trees add up to: a forest of it averages."""
    head, *written = booster.model_to_string().partition("\nend of trees")[0].split("\nTree=")
    return _share(_lines(head), len(written))


def _share(said: dict[str, str], trees: int) -> float:
    return int(said["num_tree_per_iteration"]) / trees if "average_output" in said else 1.0


def _lightgbm_tree(said: dict[str, str], weight: float) -> Tree:
    if said.get("is_linear", "0") != "0":
        raise InvalidInput("the leaves of this model of LightGBM are linear", hint="train it without linear_tree")
    values = weight * _floats(said["leaf_value"])
    if int(said["num_leaves"]) == 1:
        nothing = np.zeros(1, np.int64)
        return Tree(nothing - 1, np.zeros(1), nothing, nothing, np.zeros(1, np.bool_), values[:1])
    splits, kinds, lefts, rights = (
        np.array(said[name].split(), np.int64)
        for name in ("split_feature", "decision_type", "left_child", "right_child")
    )
    count = len(splits)
    # Leaves have negative numbers; here they come after the splits.
    lefts, rights = (np.where(one < 0, count - 1 - one, one) for one in (lefts, rights))
    thresholds, defaults = _floats(said["threshold"]), (kinds & 2) > 0
    missing = (kinds >> 2) & 3
    # Where nothing can be missing, what is missing is zero.
    missing_left = np.where(missing == 0, thresholds >= 0, defaults)
    parts = {}
    for node in np.flatnonzero(((kinds & 1) == 0) & (missing == 1)):
        parts[int(node)] = _but_zero(float(thresholds[node]), is_left=bool(defaults[node]))
    for node in np.flatnonzero(kinds & 1):
        parts[int(node)] = _lightgbm_parts(said, int(thresholds[node]))
        missing_left[node] = False
    none = np.zeros(len(values), np.int64)
    return Tree(
        np.append(splits, none - 1),
        np.append(thresholds, none),
        np.append(lefts, none),
        np.append(rights, none),
        np.append(missing_left, none > 0),
        np.append(np.zeros(count), values),
        parts,
    )


def _zeroed(said: dict[str, str]) -> list[int]:
    """Return the columns in which a tree takes what is missing for zero."""
    splits, kinds = ([int(one) for one in said.get(name, "").split()] for name in ("split_feature", "decision_type"))
    return [column for column, kind in zip(splits, kinds, strict=True) if not kind & 1 and (kind >> 2) & 3 == 0]


def _but_zero(threshold: float, *, is_left: bool) -> Parts:
    """Return a split that takes zero for missing."""
    ends = np.unique([_before(-_ZERO), _ZERO, threshold])
    greatest = np.append(ends, np.inf)
    is_zero = (greatest >= -_ZERO) & (greatest <= _ZERO)
    return Parts(ends, np.where(is_zero, is_left, greatest <= threshold))


def _lightgbm_parts(said: dict[str, str], number: int) -> Parts:
    """Return a split by category: those that are named go left; a value is of the category that is its whole part."""
    first, last = (int(one) for one in said["cat_boundaries"].split()[number : number + 2])
    words = [int(one) for one in said["cat_threshold"].split()[first:last]]
    named = [32 * place + bit for place, word in enumerate(words) for bit in range(32) if word >> bit & 1]
    ends = [end for one in named for end in (_before(one) if one else -1.0, _before(one + 1))]
    return Parts(np.array(ends), np.arange(len(ends) + 1) % 2 == 1)


def _lines(text: str) -> dict[str, str]:
    return {name: value for name, _, value in (line.partition("=") for line in text.splitlines())}


def _floats(text: str) -> Numbers:
    return np.array([float(one) for one in text.split()])


def _before(number: float) -> float:
    return float(np.nextafter(number, -np.inf))


# ---- scikit-learn


def _of_sklearn(model: Any, kind: str, place: int) -> Ensemble | None:
    if kind in _ALONE:
        return _single([_sklearn(model.tree_, place, 1.0)], model)
    if kind in _FORESTS:
        share = 1 / len(model.estimators_)
        return _single([_sklearn(one.tree_, place, share) for one in model.estimators_], model)
    if kind in _BOOSTED:
        return _boosted(model, place)
    return _histograms(model, place) if kind in _HISTOGRAMS else None


def _sklearn(tree: Any, place: int, weight: float) -> Tree:
    _, outputs, classes = tree.value.shape
    if outputs > 1:
        raise InvalidInput("the trees of this model have several outputs", hint="use a model of one")
    values = tree.value[:, 0, place if classes > 1 else 0] * weight
    columns = np.where(tree.children_left >= 0, tree.feature, -1).astype(np.int64)
    lefts, rights = (side.astype(np.int64) for side in (tree.children_left, tree.children_right))
    missing_left = np.asarray(tree.missing_go_to_left, np.bool_)
    return Tree(columns, tree.threshold.astype(np.float64), lefts, rights, missing_left, values.astype(np.float64))


def _single(trees: Sequence[Tree], model: Any, why: str = "") -> Ensemble:
    """Return trees whose inputs are of single precision, and all else of double."""
    return Ensemble(tuple(trees), model.n_features_in_, np.float32, DOUBLE, why, _MISSING)


def _boosted(model: Any, place: int) -> Ensemble:
    if not (model.init_ == "zero" or type(model.init_).__name__.startswith("Dummy")):
        raise InvalidInput(
            f"the trees of this model begin from a {type(model.init_).__name__}", hint="train it without init"
        )
    which, sign = _class(model.estimators_.shape[1], place)
    weight = sign * float(model.learning_rate)
    trees = [_sklearn(one.tree_, 0, weight) for one in model.estimators_[:, which]]
    several = model.estimators_.shape[1] > 1
    return _single(trees, model, "shap does not explain gradient boosting of several classes" if several else "")


def _histograms(model: Any, place: int) -> Ensemble:
    if model.is_categorical_ is not None and np.any(model.is_categorical_):
        column = int(np.flatnonzero(model.is_categorical_)[0])
        name = getattr(model, "feature_names_in_", {column: f"number {column}"})[column]
        raise InvalidInput(
            f"the model splits the column {name} by category",
            hint="code it as a number before the model, in a pipeline",
        )
    which, sign = _class(model.n_trees_per_iteration_, place)
    trees = tuple(_histogram(grown[which].nodes, sign) for grown in model._predictors)  # noqa: SLF001  nothing public has them
    return Ensemble(trees, model.n_features_in_, np.float64, DOUBLE)


def _histogram(nodes: Any, sign: float) -> Tree:
    is_leaf = nodes["is_leaf"] > 0
    columns = np.where(is_leaf, -1, nodes["feature_idx"].astype(np.int64))
    lefts, rights = (nodes[name].astype(np.int64) for name in ("left", "right"))
    return Tree(columns, nodes["num_threshold"], lefts, rights, nodes["missing_go_to_left"] > 0, sign * nodes["value"])
