"""What it costs to measure: groups beside fairlearn on rows, columns beside evidently and scipy, the command from a file."""

import subprocess
import sys
import time
import venv
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.append import HERE
from benchmarks.figure import Figure, Sizes, beside, most_memory, seconds

GROUPS = {"sex": list("FMX"), "race": list("abcdefg"), "age": list("123456")}
METRICS = ("selection_rate", "true_positive_rate", "false_positive_rate", "accuracy")
NUMBERS, WORDS = 35, 15
DRIFT = ("psi", "ks_shift", "chi_square_p")


def fairness(sizes: Sizes, folder: Path) -> Iterator[Figure]:
    """Every metric of 126 groups, and 1,000 resamples of their counts."""
    from govern.checks.resample import draws  # noqa: PLC0415  only who measures it waits for the libraries

    path = folder / "scored.parquet"
    _scored(path, sizes.rows)
    theirs = [1 / seconds(_fairlearn, [path])[0]]
    ours = [1 / _table(path) for _ in range(sizes.rounds)]
    yield beside(f"fairness of 126 groups, {sizes.rows:,} rows", [median(ours)], "fairlearn on rows", theirs, least=300)
    cells = [sizes.rows // 504] * 504
    drawing = median(seconds(lambda _: draws(cells, 1000, "benchmark"), range(sizes.rounds)))
    yield Figure("1,000 resamples of 504 counts", 1000 * drawing, "ms", most=50)
    many = folder / "many.parquet"
    _scored(many, 10 * sizes.rows)
    child = [sys.executable, "-P", "-m", "benchmarks.measuring", str(many)]
    said = subprocess.run(child, capture_output=True, text=True, check=True).stdout.split()
    yield Figure(f"fairness of 126 groups, {10 * sizes.rows:,} rows of a file", float(said[0]), "s", most=1)
    yield Figure("memory of the process that did, in all", float(said[1]), "MB", most=200)


def stability(sizes: Sizes, folder: Path) -> Iterator[Figure]:
    """PSI, KS and chi-square of 50 columns."""
    sides = [folder / f"{name}.parquet" for name in ("then", "now")]
    for seed, path in enumerate(sides):
        _wide(path, sizes.rows, seed)
    ours = [1 / seconds(partial(_shifts, sides[0]), [sides[1]])[0] for _ in range(min(sizes.rounds, 3))]
    what = f"psi, KS and chi-square of 50 columns, {sizes.rows:,} rows"
    theirs = [1 / seconds(partial(_scipy, sides[0]), [sides[1]])[0]]
    yield beside(what, [median(ours)], "pandas and scipy", theirs)
    taken = _evidently(folder / "evidently", sides) if sizes.has_peers else None
    if taken:
        yield beside(what, [median(ours)], "evidently", [1 / taken], least=50)


def command(sizes: Sizes, folder: Path) -> Iterator[Figure]:
    """The command on a file, from its start to its end."""
    path = folder / "scored.parquet"
    _scored(path, sizes.rows)
    words = ["--label", "label", "--prediction", "decision", "--score", "score", "--by", "sex", "--by", "race"]
    child = [sys.executable, "-P", "-m", "govern.cli", "evaluate", "--predictions", str(path), *words]
    run = partial(subprocess.run, capture_output=True, check=True)
    taken = min(seconds(lambda _: run(child), range(sizes.rounds)))
    yield Figure(f"govern evaluate, {sizes.rows:,} rows of Parquet", taken, "s", most=2)


def _scored(path: Path, rows: int) -> None:
    import numpy as np  # noqa: PLC0415  as above
    import pyarrow as pa  # noqa: PLC0415  the same
    import pyarrow.parquet as pq  # noqa: PLC0415  the same

    rng = np.random.default_rng(1)

    def words(values: list[str]) -> Any:
        return pa.DictionaryArray.from_arrays(
            pa.array(rng.integers(0, len(values), rows, dtype=np.int8)), pa.array(values)
        )

    score = rng.random(rows).round(6)
    label = (rng.random(rows) < score).astype(np.int8)
    columns = {name: words(values) for name, values in GROUPS.items()}
    decision = (score > 0.6).astype(np.int8)
    pq.write_table(pa.table({**columns, "score": score, "label": label, "decision": decision}), path)


def _wide(path: Path, rows: int, seed: int) -> None:
    import numpy as np  # noqa: PLC0415  as above
    import pyarrow as pa  # noqa: PLC0415  the same
    import pyarrow.parquet as pq  # noqa: PLC0415  the same

    rng = np.random.default_rng(seed)
    columns: dict[str, Any] = {f"n{place}": rng.normal(seed / 10, 1, rows) for place in range(NUMBERS)}
    columns |= {f"w{place}": rng.choice(list("abcdefgh"), rows) for place in range(WORDS)}
    pq.write_table(pa.table(columns), path)


def _table(path: Path) -> float:
    """Return the seconds from an open file to every number."""
    from govern.checks import fairness as comparing  # noqa: PLC0415  as above
    from govern.checks import tables  # noqa: PLC0415  the same
    from govern.checks.binding import Binding, bind  # noqa: PLC0415  the same
    from govern.checks.counts import counted  # noqa: PLC0415  the same
    from govern.checks.performance import RATES  # noqa: PLC0415  the same

    with tables.opened(path) as data:
        start = time.perf_counter()
        counts = counted(bind(data, Binding("label", "decision", None, tuple(GROUPS), None)), range(len(GROUPS)))
        found = {name: {key: RATES[name].found(one) for key, one in counts.items()} for name in METRICS}
        comparing.ratios(found["selection_rate"], comparing.Against())
        comparing.spread([found["selection_rate"]])
        comparing.spread([found["true_positive_rate"], found["false_positive_rate"]])
        return time.perf_counter() - start


def _fairlearn(path: Path) -> None:
    import pandas as pd  # noqa: PLC0415  as above
    from fairlearn import metrics  # noqa: PLC0415  the same
    from sklearn.metrics import accuracy_score  # noqa: PLC0415  the same

    frame = pd.read_parquet(path)
    groups, label, decision = frame[list(GROUPS)], frame["label"], frame["decision"]
    wanted = {name: getattr(metrics, name) for name in METRICS[:3]} | {"accuracy": accuracy_score}
    metrics.MetricFrame(metrics=wanted, y_true=label, y_pred=decision, sensitive_features=groups).by_group  # noqa: B018
    for compared in (metrics.demographic_parity_ratio, metrics.equalized_odds_difference):
        compared(label, decision, sensitive_features=groups)


def _shifts(then: Path, now: Path) -> None:
    from govern.checks import stability as shifting  # noqa: PLC0415  as above
    from govern.checks import tables  # noqa: PLC0415  the same

    with tables.opened(now) as after, tables.opened(then) as before:
        for column in after.columns:
            shift = shifting.shift(after, before, column)
            for name in DRIFT:
                shifting.found(name, shift)


def _evidently(folder: Path, sides: list[Path]) -> float | None:
    """Return the seconds that evidently takes, if it can be had: in an environment of its own, as it does not go with pandas 3."""
    python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    venv.create(folder, with_pip=True)
    lock, script = HERE / "requirements" / "evidently.lock", HERE / "benchmarks" / "drifting.py"
    install = [str(python), "-m", "pip", "install", "-q", "--no-deps", "--require-hashes", "-r", str(lock)]
    if subprocess.run(install, check=False, stdout=subprocess.DEVNULL).returncode:
        print("evidently could not be installed, so nothing stands beside it", file=sys.stderr)
        return None
    asked = [str(python), "-P", str(script), *map(str, sides)]
    return float(subprocess.run(asked, capture_output=True, text=True, check=True).stdout)


def _scipy(then: Path, now: Path) -> None:
    """Do the same in the usual way: tenths by pandas, tests by scipy."""
    import numpy as np  # noqa: PLC0415  as above
    import pandas as pd  # noqa: PLC0415  the same
    from scipy import stats  # noqa: PLC0415  the same

    before, after = pd.read_parquet(then), pd.read_parquet(now)
    for column in before.columns:
        if before[column].dtype.kind == "f":
            edges = [-np.inf, *before[column].quantile([tenth / 10 for tenth in range(1, 10)]), np.inf]
            counts = [pd.cut(one[column], edges).value_counts(sort=False) for one in (before, after)]
            stats.ks_2samp(before[column], after[column])
        else:
            counts = [one[column].value_counts().sort_index() for one in (before, after)]
        shares = [one.to_numpy() / one.sum() for one in counts]
        ((shares[1] - shares[0]) * np.log(shares[1] / shares[0])).sum()
        stats.chi2_contingency(np.array([one.to_numpy() for one in counts]))


def main(path: str) -> None:
    """Print the seconds that the table of a file takes, and the megabytes."""
    import ibis.backends.sql.compilers  # noqa: F401, PLC0415  what is read once, is not measured
    import numpy as np  # noqa: F401, PLC0415  the same

    import govern.checks.fairness  # noqa: F401, PLC0415  the same

    taken = _table(Path(path))
    print(taken, most_memory())


if __name__ == "__main__":
    main(sys.argv[1])
