"""The area under the curve from integers: against sklearn, against all pairs, with ties, and its interval."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from govern.checks import tables
from govern.checks.binding import Binding, bind
from govern.checks.performance import roc_auc
from govern.checks.ranks import Scores
from govern.checks.summary import Question, evaluate


def write(path: Path, labels: list[int], scores: list[float], groups: list[str] | None = None) -> Path:
    groups = groups or ["all"] * len(labels)
    lines = [f"{y},{s!r},{g}" for y, s, g in zip(labels, scores, groups, strict=True)]
    path.write_text("\n".join(["y,s,g", *lines, ""]))
    return path


def areas(path: Path) -> dict[str | None, Fraction | str]:
    with tables.opened(path) as data:
        bound = bind(data, Binding("y", None, "s", ("g",), None))
        return {key[0]: roc_auc(found.ranks) for key, found in Scores(bound).along((0,)).items()}


@pytest.mark.parametrize("distinct", [3, 40, 10_000])
def test_the_area_is_the_share_of_pairs_in_the_right_order(tmp_path: Path, distinct: int) -> None:
    from sklearn.metrics import roc_auc_score

    rng = np.random.default_rng(distinct)
    labels, groups = rng.integers(0, 2, 300).tolist(), rng.choice(list("ab"), 300).tolist()
    scores = (rng.integers(0, distinct, 300) / distinct + np.array(labels) * 0.1).tolist()

    found = areas(write(tmp_path / "s.csv", labels, scores, groups))

    for group in "ab":
        rows = [(y, s) for y, s, g in zip(labels, scores, groups, strict=True) if g == group]
        wins = [2 * (a > b) + (a == b) for y, a in rows if y for z, b in rows if not z]
        assert found[group] == Fraction(sum(wins), 2 * len(wins))
        theirs = roc_auc_score([y for y, _ in rows], [s for _, s in rows])
        assert float(Fraction(found[group])) == pytest.approx(theirs, abs=1e-12)


def test_an_area_without_both_kinds_of_rows_is_undefined(tmp_path: Path) -> None:
    path = write(tmp_path / "s.csv", [1, 1, 0, 0], [0.1, 0.2, 0.3, 0.4], ["a", "a", "b", "b"])

    assert areas(path) == {"a": "no_negatives", "b": "no_positives"}


def test_the_interval_is_as_wide_as_delong_says(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    labels = rng.integers(0, 2, 2000)
    scores = rng.normal(size=2000) + labels

    value, _ = evaluate(write(tmp_path / "s.csv", labels.tolist(), scores.tolist()), Question("y", score="s"))

    wins, losses = scores[labels == 1], scores[labels == 0]
    order = (wins[:, None] > losses[None, :]).astype(float)
    variance = order.mean(axis=1).var(ddof=1) / len(wins) + order.mean(axis=0).var(ddof=1) / len(losses)
    found = {name: float(text) for name, text in value["overall"]["roc_auc"].items()}
    assert found["value"] == pytest.approx(order.mean(), abs=1e-12)
    assert found["high"] - found["low"] == pytest.approx(2 * 1.96 * variance**0.5, rel=0.1)
    assert found["low"] < found["value"] < found["high"]


def test_a_perfect_order_has_no_interval(tmp_path: Path) -> None:
    value, _ = evaluate(write(tmp_path / "s.csv", [0, 0, 1, 1], [0.1, 0.2, 0.3, 0.4]), Question("y", score="s"))

    assert value["overall"]["roc_auc"] == {"value": "1", "low": None, "high": None}
