"""What it costs to tell a million declined applicants why: a file scored, explained in two processes, and its top reasons."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.append import HERE
from benchmarks.figure import Figure, Sizes

COLUMNS, DEPTH, REFERENCE, TRAINED = 30, 6, 1_000, 50_000
SECONDS, MEGABYTES = 30, 1_500
PROCESSES = 2


def decisions(sizes: Sizes, folder: Path) -> Iterator[Figure]:
    _made(sizes, folder)
    command = [sys.executable, "-P", "-m", "benchmarks.child", "decide", str(folder), str(PROCESSES)]
    done = subprocess.run(command, cwd=HERE, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    what = f"top four reasons of {sizes.decided:,} rows"
    yield Figure(what, found["reasons"], "s", most=SECONDS)
    yield Figure(f"{what}: processor time", found["processor"], "s")
    yield Figure(f"{what}: memory of all processes", found["megabytes"], "MB", most=MEGABYTES)
    yield Figure(f"{what}, salted leaves and root too", found["decided"], "s")


def _made(sizes: Sizes, folder: Path) -> None:
    """Write a model, its words, the cases and whom they are compared with."""
    import numpy as np  # noqa: PLC0415  only who measures it waits for the libraries
    import pyarrow as pa  # noqa: PLC0415  the same
    import pyarrow.parquet as pq  # noqa: PLC0415  the same
    import xgboost  # noqa: PLC0415  the same

    rng, names = np.random.default_rng(7), [f"f{place:02d}" for place in range(COLUMNS)]
    rows = rng.normal(size=(max(sizes.decided, REFERENCE), COLUMNS)).astype(np.float32)
    some = rows[:TRAINED]
    signal = some @ rng.normal(size=COLUMNS).astype(np.float32) / 2 + some[:, 0] * some[:, 1] + np.sin(3 * some[:, 2])
    truth = signal + rng.normal(size=len(some)) > 0
    terms = {"objective": "binary:logistic", "max_depth": DEPTH, "eta": 0.1, "nthread": 1}
    trained = xgboost.train(terms, xgboost.DMatrix(some, label=truth, feature_names=names), sizes.trees)
    trained.save_model(folder / "model.ubj")
    for file, its in (("cases", rows[: sizes.decided]), ("reference", rows[:REFERENCE])):
        columns: dict[str, Any] = {"case": [f"C{place:07d}" for place in range(len(its))]}
        columns |= {name: its[:, place] for place, name in enumerate(names)}
        pq.write_table(pa.table(columns), folder / f"{file}.parquet", row_group_size=1 << 16)
    words = "".join(f"  {name}: {{code: R{place:02d}, text: {name}}}\n" for place, name in enumerate(names))
    (folder / "words.yaml").write_text(f"schema: govern/reasons/v1\nreasons:\n{words}")
