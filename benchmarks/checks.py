"""What it costs to say why: rows explained by tables of patterns beside shap, both against every row of the reference."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.figure import Figure, Sizes, beside, seconds

COLUMNS, DEPTH = 30, 6
REFERENCE = 1_000
THEIRS = 4
"""Rows that shap is given; its cost per row is the same for more."""


def shap(sizes: Sizes, folder: Path) -> Iterator[Figure]:  # noqa: ARG001  every benchmark is given one
    from govern.checks import forests, peer  # noqa: PLC0415  only who measures it waits for the libraries
    from govern.checks.models import Model  # noqa: PLC0415  the same
    from govern.checks.patterns import Patterns  # noqa: PLC0415  the same

    booster, rows = _trained(sizes)
    ensemble = forests.read(booster)
    assert ensemble, "XGBoost's trees are known"
    known, few, many = rows[:REFERENCE], rows[-THEIRS:], rows[-sizes.explained :]
    model = Model("xgboost", (), "log_odds", booster.predict, booster.predict, booster)
    tables = {len(one): Patterns.made(ensemble, one, range(COLUMNS)) for one in (known, rows[: 10 * REFERENCE])}
    made, alone, theirs, larger = [], [], [], []
    for _ in range(sizes.rounds):
        making = seconds(partial(Patterns.made, ensemble, known), [range(COLUMNS)])[0]
        explaining = seconds(tables[REFERENCE].contributions, [many])[0]
        alone.append(len(many) / explaining)
        made.append(len(many) / (making + explaining))
        larger.append(seconds(tables[10 * REFERENCE].contributions, [many])[0] / explaining)
        theirs.append(THEIRS / seconds(partial(peer.values, model, known), [few])[0])
    what = f"rows explained against {REFERENCE:,}"
    yield beside(f"{what}, tables made first", made, "shap, its rows scaled", theirs, least=300)
    yield beside(what, alone, "shap, its rows scaled", theirs)
    yield Figure(f"a row against {10 * REFERENCE:,} beside {REFERENCE:,}", median(larger), "times", most=1.25)


def _trained(sizes: Sizes) -> tuple[Any, Any]:
    """Return a booster of many trees, and rows for it."""
    import numpy as np  # noqa: PLC0415  as above
    import xgboost  # noqa: PLC0415  the same

    rng = np.random.default_rng(7)
    rows = rng.normal(size=(max(sizes.explained, 10 * REFERENCE), COLUMNS))
    signal = rows @ rng.normal(size=COLUMNS) / 2 + rows[:, 0] * rows[:, 1] + np.sin(3 * rows[:, 2])
    truth = signal + rng.normal(size=len(rows)) > 0
    terms = {"objective": "binary:logistic", "max_depth": DEPTH, "eta": 0.1, "nthread": 1}
    return xgboost.train(terms, xgboost.DMatrix(rows, label=truth), sizes.trees), rows
