"""Two models on the same rows: DeLong from its definition, McNemar as scipy has it, and who changes sides."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from govern.checks import tables
from govern.checks.binding import Binding, bind
from govern.checks.paired import Areas, areas, sides
from govern.checks.summary import Question, evaluate
from govern.errors import InvalidInput


def rows(folder: Path, seed: int = 1, n: int = 400, decimals: int = 2) -> tuple[Path, Any, Any, Any]:
    rng = np.random.default_rng(seed)
    label = (rng.random(n) < 0.4).astype(int)
    ours = (rng.normal(size=n) + label * 1.2).round(decimals)
    theirs = (0.6 * ours + rng.normal(size=n) + label * 0.3).round(decimals)
    lines = [f"{a!r},{b!r},{y}" for a, b, y in zip(ours.tolist(), theirs.tolist(), label.tolist(), strict=True)]
    (folder / "s.csv").write_text("\n".join(["ours,theirs,label", *lines, "0.5,,1", ",0.5,0", "0.5,0.5,", ""]))
    return folder / "s.csv", ours, theirs, label


def compared(path: Path) -> Areas:
    with tables.opened(path) as data:
        found = areas(bind(data, Binding("label", None, "ours", (), None, champion="theirs")), Fraction("0.95"))
    assert isinstance(found, Areas)
    return found


@pytest.mark.parametrize(("seed", "decimals"), [(1, 2), (2, 0), (3, 6)])
def test_the_difference_of_areas_is_delongs(tmp_path: Path, seed: int, decimals: int) -> None:
    path, *scores, label = rows(tmp_path, seed, decimals=decimals)
    psi = []
    for score in scores:
        above, below = score[label == 1], score[label == 0]
        psi.append((above[:, None] > below[None, :]) + 0.5 * (above[:, None] == below[None, :]))
    ours, theirs = (one.mean() for one in psi)
    apart = psi[0] - psi[1]
    variance = apart.mean(axis=1).var(ddof=1) / apart.shape[0] + apart.mean(axis=0).var(ddof=1) / apart.shape[1]

    found = compared(path)

    assert float(found.ours) == pytest.approx(ours, abs=1e-12)
    assert float(found.theirs) == pytest.approx(theirs, abs=1e-12)
    assert found.high is not None
    assert found.high - float(found.difference) == pytest.approx(1.959964 * variance**0.5, rel=1e-6)
    z = abs(ours - theirs) / variance**0.5
    assert found.chance == pytest.approx(2 * stats.norm.sf(z), rel=1e-6)


def test_the_same_score_is_no_better(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("ours,theirs,label\n0.1,0.1,0\n0.7,0.7,1\n0.4,0.4,0\n0.2,0.2,1\n")

    found = compared(tmp_path / "s.csv")

    assert (found.difference, found.low, found.chance) == (Fraction(0), None, None)


@pytest.mark.parametrize(("labels", "why"), [("11", "no_negatives"), ("00", "no_positives")])
def test_one_kind_of_rows_compares_nothing(tmp_path: Path, labels: str, why: str) -> None:
    (tmp_path / "s.csv").write_text(f"ours,theirs,label\n0.1,0.1,{labels[0]}\n0.7,0.7,{labels[1]}\n")

    value, _ = evaluate(tmp_path / "s.csv", Question("label", score="ours", champion="theirs"))

    assert value["champion"]["roc_auc"] == {"value": None, "why": why}


def test_who_changes_sides(tmp_path: Path) -> None:
    path, ours, theirs, label = rows(tmp_path)
    with tables.opened(path) as data:
        found = sides(bind(data, Binding("label", "ours >= 0.5", "ours", (), None, champion="theirs")))

    assert found
    assert found.only_ours[1] == int(((ours >= 0.5) & (theirs < 0.5) & (label == 1)).sum())
    assert found.only_theirs[0] == int(((ours < 0.5) & (theirs >= 0.5) & (label == 0)).sum())
    better = found.only_ours[1] + found.only_theirs[0]
    worse = found.only_ours[0] + found.only_theirs[1]
    statistic = (abs(better - worse) - 1) ** 2 / (better + worse)
    assert found.chance == pytest.approx(stats.chi2.sf(statistic, 1), rel=1e-9)


def test_the_champion_in_the_table_of_a_file(tmp_path: Path) -> None:
    path, *_ = rows(tmp_path)

    value, _ = evaluate(path, Question("label", "ours >= 0.5", "ours", champion="theirs", resamples=0))

    said = value["champion"]
    assert said["roc_auc"]["n"] == 400
    assert float(said["roc_auc"]["low"]) < float(said["roc_auc"]["value"]) < float(said["roc_auc"]["high"])
    assert said["changed"]["n"] == 401
    assert set(said["changed"]["only_ours"]) == {"positive", "negative", "unlabelled"}


def test_the_champion_stands_beside_cut_offs_and_groups(tmp_path: Path) -> None:
    path, *_ = rows(tmp_path)
    head, *lines = path.read_text().splitlines()
    path.write_text("\n".join([f"{head},sex", *(f"{line},{'FM'[place % 2]}" for place, line in enumerate(lines)), ""]))
    asked = Question("label", "ours >= 0.5", "ours", ("sex",), champion="theirs", resamples=0)

    alone, together = (evaluate(path, replace(asked, with_cutoffs=swept))[0] for swept in (False, True))

    cutoffs = together.pop("cutoffs")
    assert [one["by"] for one in cutoffs["by"]] == ["sex"]
    assert together == alone


def test_a_champion_without_a_label_is_refused(tmp_path: Path) -> None:
    path, *_ = rows(tmp_path)

    with pytest.raises(InvalidInput, match="by its score and what came true"):
        evaluate(path, Question(prediction="ours >= 0.5", score="ours", champion="theirs"))
