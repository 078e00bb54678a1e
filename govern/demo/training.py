"""The sample bank's training script: a table of loans and a list of columns in, a model of XGBoost out.

Run as ``python -m govern.demo.training``; each line that it is given is a JSON list of a table, a file for the model and the
columns, and is given back when the model is there. One thread, so that the same rows give the same file.
"""

import csv
import json
import sys
from pathlib import Path

SETTINGS = {"objective": "binary:logistic", "max_depth": 3, "eta": 0.2, "min_child_weight": 20, "nthread": 1, "seed": 7}
ROUNDS = 40


def main() -> None:
    import xgboost  # noqa: F401, PLC0415  while nobody waits for it

    for line in sys.stdin:
        rows, model, *features = json.loads(line)
        train(rows, model, features)
        sys.stdout.write(line)
        sys.stdout.flush()


def train(rows: str, model: str, features: list[str]) -> None:
    import numpy as np  # noqa: PLC0415  whoever only reads the name of this module trains nothing
    import xgboost  # noqa: PLC0415  the same

    with Path(rows).open(encoding="utf-8", newline="") as file:
        loans = list(csv.DictReader(file))
    inputs = np.array([[float(loan[name]) for name in features] for loan in loans])
    label = np.array([loan["bad"] == "yes" for loan in loans], dtype=np.float64)
    given = xgboost.DMatrix(inputs, label=label, feature_names=features, nthread=1)
    xgboost.train(SETTINGS, given, ROUNDS).save_model(model)


if __name__ == "__main__":
    main()
