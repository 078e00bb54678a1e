"""What evidently takes for the same columns; run by a Python that has it: ``python drifting.py THEN NOW``."""

import sys
import time

import pandas as pd
from evidently import DataDefinition, Dataset, Report
from evidently.metrics import ValueDrift


def main(then: str, now: str) -> None:
    before, after = pd.read_parquet(then), pd.read_parquet(now)
    numbers = [name for name in before.columns if before[name].dtype.kind == "f"]
    words = [name for name in before.columns if name not in numbers]
    kinds = DataDefinition(numerical_columns=numbers, categorical_columns=words)
    sides = [Dataset.from_pandas(one, data_definition=kinds) for one in (after, before)]
    start = time.perf_counter()
    tests = [(name, "psi") for name in before.columns]
    tests += [(name, "ks" if name in numbers else "chisquare") for name in before.columns]
    for name, method in tests:
        report = Report([ValueDrift(column=name, method=method)])
        report.run(sides[0], sides[1]).dict()
    print(time.perf_counter() - start)


if __name__ == "__main__":
    main(*sys.argv[1:])
