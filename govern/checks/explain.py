"""Why the model gave a case its score: interventional Shapley values against the whole reference; runs in the child.

What is explained is the production model in the space where it adds up. Linear models have a closed form; trees go to
shap, told to use every row of the reference, since it silently cuts it to 100. Contributions and the mean of the reference
have to add up to the model's own output, not to shap's reading of it, or there is no explanation.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from govern.checks.models import Model, Numbers
from govern.errors import GovernError, InvalidInput

TOLERANCES = {"linear": 1e-9, "tree": 1e-5}
"""How far contributions may miss the model's own output; shap keeps leaves, and XGBoost all, in single precision."""


@dataclass(frozen=True, slots=True)
class Explained:
    """What each column adds to the mean output over the reference, a row a case."""

    contributions: Numbers
    margins: Numbers
    mean: float
    residual: float
    method: str
    library: str
    version: str
    samples: int
    """How many rows of the reference were used: all."""


def explain(model: Model, reference: Any, cases: Any) -> Explained:
    """Explain ``cases`` against ``reference``, two data frames with the model's columns."""
    prepare = model.prepare or (lambda frame: frame[list(model.features)].to_numpy(dtype=np.float64))
    background, rows = (np.asarray(prepare(frame), dtype=np.float64) for frame in (reference, cases))
    method, library, version, found = _contributions(model, background, rows)
    contributions = found @ _sources(model, reference, cases, found.shape[1], is_linear=method == "linear")
    margins, mean = model.margin(cases), float(np.mean(model.margin(reference)))
    residual = np.abs(contributions.sum(axis=1) + mean - margins)
    if not np.all(residual <= TOLERANCES[method] * (1 + np.abs(margins))):
        raise GovernError(
            f"the contributions miss the output of this {model.kind} by {residual.max():.3g}",
            hint="it is not explained by what cannot add it up; nothing was recorded",
            code="not_additive",
        )
    return Explained(contributions, margins, mean, float(residual.max()), method, library, version, len(background))


def _contributions(model: Model, background: Numbers, rows: Numbers) -> tuple[str, str, str, Numbers]:
    sign = -1.0 if model.is_flipped else 1.0
    if hasattr(model.inner, "coef_"):
        import sklearn  # noqa: PLC0415  the model's own library

        weights = np.asarray(model.inner.coef_, dtype=np.float64).reshape(-1)
        return "linear", "sklearn", str(sklearn.__version__), sign * weights * (rows - background.mean(axis=0))
    import shap  # noqa: PLC0415  about a second to load

    try:
        masker = shap.maskers.Independent(background, max_samples=len(background))
        explainer = shap.TreeExplainer(model.inner, masker, feature_perturbation="interventional", model_output="raw")
        used, coded = len(explainer.data), _code(explainer, rows)
        values = np.asarray(explainer.shap_values(coded, check_additivity=False))
    except Exception as error:  # what shap raises at a model that it does not know is of every kind
        raise InvalidInput(f"shap cannot explain this {model.kind}: {error}", code="not_explained") from error
    if used != len(background):
        raise GovernError(f"shap used {used} of {len(background)} rows of the reference", code="reference_cut")
    if values.ndim == 3:  # noqa: PLR2004  a class each
        return "tree", "shap", str(shap.__version__), values[:, :, 0 if model.is_flipped else 1]
    return "tree", "shap", str(shap.__version__), sign * values


def _code(explainer: Any, rows: Numbers) -> Numbers:
    """Put in place of each value how many thresholds of its column lie below it, in rows, reference and trees alike.

    The trees decide as before, and shap cannot get it wrong: it narrows thresholds to single precision, where a value that
    equals one ends on the other side.
    """
    trees = explainer.model
    inner, thresholds = trees.children_left >= 0, trees.thresholds.copy()
    # First as the model itself rounds what it is given.
    background, coded = (np.asarray(one).astype(trees.input_dtype).astype(np.float64) for one in (explainer.data, rows))
    for column in range(coded.shape[1]):
        splits = inner & (trees.features == column)
        steps = np.unique(trees.thresholds[splits])
        thresholds[splits] = np.searchsorted(steps, trees.thresholds[splits]) + 0.5
        for values in (background, coded):
            codes = np.searchsorted(steps, values[:, column], side="left")
            values[:, column] = np.where(np.isnan(values[:, column]), np.nan, codes)
    trees.thresholds, explainer.data = thresholds, background
    return coded


def _sources(model: Model, reference: Any, cases: Any, width: int, *, is_linear: bool) -> Numbers:
    """Return which prepared column comes from which of the model's own, as a matrix of 0 and 1.

    A column is moved, and what moves with it was made of it: what varies as a function of one column alone has to differ
    somewhere when that column is shifted by a row.
    """
    if model.prepare is None:
        return np.eye(width)
    import pandas as pd  # noqa: PLC0415  only for models that prepare their columns

    frame = pd.concat([reference, cases], ignore_index=True)[list(model.features)]
    still = np.asarray(model.prepare(frame), dtype=np.float64)
    made_of = np.zeros((width, len(model.features)))
    for place, name in enumerate(model.features):
        moved = frame.assign(**{name: np.roll(frame[name].to_numpy(), 1)})
        prepared = np.asarray(model.prepare(moved), dtype=np.float64)
        made_of[:, place] = ~np.all((prepared == still) | (np.isnan(prepared) & np.isnan(still)), axis=0)
    mixed = np.flatnonzero(made_of.sum(axis=1) > 1)
    if len(mixed):
        first, second = (model.features[place] for place in np.flatnonzero(made_of[mixed[0]])[:2])
        raise InvalidInput(f"the model mixes {first} and {second} before it adds up", code="not_explained")
    split = np.flatnonzero(made_of.sum(axis=0) > 1)
    if len(split) and not is_linear:
        # Adding up what trees say of the parts of one column is not the Shapley value of that column.
        raise InvalidInput(f"the model's trees read {model.features[split[0]]} in several parts", code="not_explained")
    return made_of
