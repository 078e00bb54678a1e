"""Categories that a model splits by: coded as the model itself has coded them, or refused.

XGBoost keeps the values of its categories in the model since 3.1, in the order of their codes. Where a file holds codes
alone, whoever scores has to know by heart which is which: what a column says and what the model reads may be two things.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from govern.errors import InvalidInput


def of_xgboost(booster: Any, names: Sequence[str]) -> dict[str, list[Any]]:
    """Return the values of each column of categories, in the order of their codes; none where there are no categories."""
    kinds = booster.feature_types or []
    split = [name for name, kind in zip(names, kinds, strict=False) if kind == "c"]
    if not split:
        return {}
    kept = dict(zip(names, (values for _, values in _kept(booster) or ()), strict=False))
    lost = next((name for name in split if kept.get(name) is None), None)
    if lost is not None:
        raise InvalidInput(
            f"this model splits {lost} by category, and its file does not hold the categories",
            hint="train it with XGBoost 3.1 or newer from a data frame, or code them as numbers before the model",
        )
    return {name: kept[name].to_pylist() for name in split}


def require_none(model: Any) -> None:
    """Raise unless a model that reads tables of pandas codes no categories of its own."""
    booster = getattr(model, "booster_", model)
    words = getattr(booster, "pandas_categorical", None)
    if words:
        raise InvalidInput(
            f"this model codes {len(words)} columns of words itself, by the data it was trained on",
            hint="code them as numbers before the model, in a pipeline",
        )
    if type(model).__module__.startswith("xgboost.sklearn") and any(
        one is not None for _, one in _kept(model.get_booster()) or ()
    ):
        raise InvalidInput(
            "this wrapper of XGBoost codes categories of a data frame itself",
            hint="give its booster, which holds them: get_booster().save_model('model.json')",
        )


def coded(frame: Any, words: Mapping[str, Sequence[Any]]) -> Any:
    """Return rows with the codes of categories in the place of their values."""
    return frame.assign(**{name: _codes(frame[name], values) for name, values in words.items()}) if words else frame


def _codes(column: Any, values: Sequence[Any]) -> Any:
    codes = {value: code for code, value in enumerate(values)}
    found = [
        np.nan if is_missing else codes.get(value, -1) for value, is_missing in zip(column, column.isna(), strict=True)
    ]
    strange = next((value for value, code in zip(column, found, strict=True) if code == -1), None)
    if strange is not None:
        raise InvalidInput(
            f"the column {column.name} holds {strange!r}, a category that this model has never seen",
            hint="XGBoost refuses it too; see where it comes from",
        )
    return np.array(found, np.float64)


def _kept(booster: Any) -> list[tuple[str, Any]] | None:
    """Return the categories that a model of XGBoost keeps, column by column; none of a library that keeps none."""
    if not hasattr(booster, "get_categories"):
        return None
    found: list[tuple[str, Any]] = booster.get_categories(export_to_arrow=True).to_arrow()
    return found
