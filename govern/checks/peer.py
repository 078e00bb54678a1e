"""shap: a second opinion on trees that tables explain, and the first on trees that are too deep for tables.

It is given every row of the reference, ranks in place of values where it would narrow them, and no model that it is known
to read wrongly; of those it is said why it was not asked.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np

from govern.checks import forests, patterns
from govern.checks.models import Model, Numbers
from govern.checks.trees import Ensemble
from govern.errors import GovernError, InvalidInput

_PAIRS = 1.5e8
"""Nodes times rows of the reference that shap goes through for a sample in about half a second."""
_LEAST = 10
_AGREES = 3e-6
"""How far shap may be off, beside one or its largest number: it keeps leaves in single precision."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """What shap, asked about some rows against some of the reference, finds too; or why it was not asked."""

    library: str
    version: str
    rows: int
    samples: int
    numbers: int
    """How many contributions were compared."""
    difference: float
    """The largest between two of them."""
    why: str = ""


def values(model: Model, background: Numbers, rows: Numbers) -> Numbers:
    """Return what shap says that each prepared column contributes, against every row of the background."""
    import shap  # noqa: PLC0415  about a second to load

    try:
        masker = shap.maskers.Independent(background, max_samples=len(background))
        explainer = shap.TreeExplainer(
            forests.grown(model.inner), masker, feature_perturbation="interventional", model_output="raw"
        )
        used, coded = len(explainer.data), _code(explainer, rows)
        found = np.asarray(explainer.shap_values(coded, check_additivity=False))
    except Exception as error:  # what shap raises at a model that it does not know is of every kind
        raise InvalidInput(f"shap cannot explain this {model.kind}: {error}", code="not_explained") from error
    if used != len(background):
        raise GovernError(f"shap used {used} of {len(background)} rows of the reference", code="reference_cut")
    if found.ndim == 3:  # noqa: PLR2004  a class each
        return np.asarray(found[:, :, model.place], dtype=np.float64)
    return np.asarray(-found if model.is_flipped else found, dtype=np.float64)


def agreement(
    model: Model,
    ensemble: Ensemble,
    background: Numbers,
    rows: Numbers,
    tables: Callable[[Numbers], Numbers] | None = None,
) -> Agreement:
    """Explain rows by tables and by shap, column by column; raise unless both say the same.

    Tables of columns against the whole background are used if they are there; against a part of it they are made.
    """
    nodes = sum(len(tree.columns) for tree in ensemble.trees)
    samples = min(len(background), max(_LEAST, int(_PAIRS / (nodes * max(1, len(rows))))))
    part, alone = background[:samples], range(ensemble.width)
    if why := _unasked(ensemble, np.concatenate([part, rows])):
        return _silence(why)
    if tables is None or samples < len(background):
        tables = patterns.Patterns.made(ensemble, part, alone).contributions
    ours = tables(rows)
    part, rows = (_zeroed(one, ensemble) for one in (part, rows))
    try:
        theirs = values(model, part, rows)
    except InvalidInput as error:  # that it cannot say anything is not that it says something else
        return _silence(error.message)
    difference = float(np.abs(ours - theirs).max(initial=0.0))
    if not difference <= _AGREES * (1 + float(np.abs(theirs).max(initial=0.0))):
        raise GovernError(
            f"a contribution to this {model.kind} differs by {difference:.3g} between its tables and shap {version('shap')}",
            hint="nothing was recorded; report it with the versions of both",
            code="second_opinion",
        )
    return Agreement("shap", version("shap"), len(rows), samples, ours.size, difference)


def _silence(why: str) -> Agreement:
    return Agreement("shap", version("shap"), 0, 0, 0, 0.0, why)


def _unasked(ensemble: Ensemble, rows: Numbers) -> str:
    if ensemble.unseconded:
        return ensemble.unseconded
    if not patterns.fits(ensemble, range(ensemble.width)):
        return "its trees are too deep for tables of columns, and shap knows no groups of them"
    if ensemble.unseconded_missing and np.isnan(rows).any():
        return ensemble.unseconded_missing
    return ""


def _zeroed(rows: Numbers, ensemble: Ensemble) -> Numbers:
    """Put zeros where the model takes what is missing for zero, which shap does not know of."""
    found = rows.copy()
    columns = list(ensemble.zeroed)
    found[:, columns] = np.nan_to_num(found[:, columns], nan=0.0, posinf=np.inf, neginf=-np.inf)
    return found


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
        for found in (background, coded):
            codes = np.searchsorted(steps, found[:, column], side="left")
            found[:, column] = np.where(np.isnan(found[:, column]), np.nan, codes)
    trees.thresholds, explainer.data = thresholds, background
    return coded
