"""Tables of patterns against Shapley's own formula, on trees of every shape: ties, missing values, sets, groups."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from govern.checks import patterns
from govern.checks.patterns import Patterns, fits, shares
from govern.checks.trees import Ensemble, Parts, Tree
from tests.checks.oracle import shapley


def grow(rng: np.random.Generator, width: int, depth: int, *, bushy: float) -> Tree:
    """Return a tree of splits at small whole numbers, so that values equal them; some of its splits are sets."""
    nodes: list[tuple[int, float, int, int, bool, float]] = []
    parts: dict[int, Parts] = {}

    def add(left_of: int) -> int:
        at = len(nodes)
        nodes.append((-1, 0.0, 0, 0, False, float(rng.normal())))
        if left_of and (not at or rng.uniform() < bushy):
            column, end = int(rng.integers(width)), float(rng.integers(-2, 3))
            if rng.uniform() < 0.2:
                ends = np.unique(rng.integers(-2, 3, 3).astype(float))
                parts[at] = Parts(ends, rng.uniform(size=len(ends) + 1) < 0.5)
            left, right = add(left_of - 1), add(left_of - 1)
            nodes[at] = (column, end, left, right, bool(rng.uniform() < 0.5), 0.0)
        return at

    add(depth)
    columns, ends, lefts, rights, missing, values = zip(*nodes, strict=True)
    left, right = (np.array(one, np.int64) for one in (lefts, rights))
    nowhere = np.array(missing, np.bool_)
    return Tree(np.array(columns, np.int64), np.array(ends), left, right, nowhere, np.array(values), parts)


def output(ensemble: Ensemble, rows: Any) -> Any:
    """Return what trees say of rows, walked down one by one."""
    return np.array([sum(_walked(tree, row) for tree in ensemble.trees) for row in rows])


def _walked(tree: Tree, row: Any) -> float:
    node = 0
    while tree.columns[node] >= 0:
        value, parts = row[tree.columns[node]], tree.splits(node)
        is_left = tree.missing_left[node] if np.isnan(value) else parts.left[(parts.ends < value).sum()]
        node = int(tree.lefts[node] if is_left else tree.rights[node])
    return float(tree.values[node])


def rows_of(rng: np.random.Generator, count: int, width: int) -> Any:
    rows = rng.integers(-3, 4, (count, width)).astype(float)
    rows[rng.uniform(size=rows.shape) < 0.15] = np.nan
    rows[:, rng.integers(width)] = 1.0
    return rows


@settings(max_examples=150, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    width=st.integers(1, 6),
    depth=st.integers(0, 8),
    count=st.integers(1, 3),
    bushy=st.sampled_from([0.6, 0.9, 1.0]),
    background=st.sampled_from([1, 2, 9]),
    limits=st.sampled_from([(2, 14), (16, 14), (4096, 14), (2, 1), (2, 2)]),
)
def test_tables_say_what_shapleys_formula_says(
    seed: int, width: int, depth: int, count: int, bushy: float, background: int, limits: tuple[int, int]
) -> None:
    rng = np.random.default_rng(seed)
    trees = tuple(grow(rng, width, min(depth, 5) if bushy == 1.0 else depth, bushy=bushy) for _ in range(count))
    ensemble = Ensemble(trees, width, np.float64, 1e-9)
    players = [int(one) for one in np.unique(rng.integers(0, width, width), return_inverse=True)[1]]
    reference = rows_of(rng, background, width)
    cases = np.vstack([rows_of(rng, 4, width), reference[:1]])

    with pytest.MonkeyPatch.context() as patch:
        for name, limit in zip(("STATES", "MOST_PLAYERS"), limits, strict=True):
            patch.setattr(patterns, name, limit)
        found = Patterns.made(ensemble, reference, players)
        again = Patterns.made(ensemble, reference, players, kept=0)
        patch.setattr(patterns, "_ROOM", 1)
        in_parts = Patterns.made(ensemble, reference, players)

    expected = shapley(lambda rows: output(ensemble, rows), cases, reference, players)
    assert found.contributions(cases) == pytest.approx(expected, abs=1e-11)
    assert in_parts.contributions(cases) == pytest.approx(expected, abs=1e-11)
    assert again.contributions(cases) == pytest.approx(found.contributions(cases), abs=1e-12)


def test_who_is_the_whole_reference_has_nothing_to_explain() -> None:
    rng = np.random.default_rng(1)
    ensemble = Ensemble((grow(rng, 3, 4, bushy=1.0),), 3, np.float64, 1e-9)
    case = rows_of(rng, 1, 3)

    assert np.max(np.abs(Patterns.made(ensemble, case, range(3)).contributions(case))) < 1e-15


def test_a_column_that_no_tree_reads_contributes_nothing_at_all() -> None:
    rng = np.random.default_rng(2)
    trees = tuple(grow(rng, 3, 4, bushy=1.0) for _ in range(5))
    found = Patterns.made(Ensemble(trees, 4, np.float64, 1e-9), rows_of(rng, 50, 4), range(4))

    assert not found.contributions(rows_of(rng, 50, 4))[:, 3].any()


@pytest.mark.parametrize("players", [1, 2, 3, 7, 12])
def test_the_shares_of_a_leaf_add_up_to_it(players: int) -> None:
    rng = np.random.default_rng(players)
    met = rng.uniform(size=(2, 1 << players))

    found = shares(met / met.sum(axis=1, keepdims=True))

    # The leaf is reached by the row if it meets everything, and by as much of the reference as does.
    whole = np.zeros(1 << players)
    whole[-1] = 1
    expected = whole - (met / met.sum(axis=1, keepdims=True))[:, -1:]
    assert found.sum(axis=1) == pytest.approx(expected, abs=1e-12)


def chain(width: int) -> Ensemble:
    """Return a tree whose deepest leaf depends on every column."""
    steps, leaves = np.arange(width), np.zeros(width + 1, np.int64)
    tree = Tree(
        np.append(steps, leaves - 1),
        np.zeros(2 * width + 1),
        np.append(np.append(steps[1:], width), leaves),
        np.append(steps + width + 1, leaves),
        np.zeros(2 * width + 1, np.bool_),
        np.arange(2 * width + 1.0),
    )
    return Ensemble((tree,), width, np.float64, 1e-9)


def test_leaves_too_deep_for_a_table_are_added_up_pair_by_pair() -> None:
    rng, width = np.random.default_rng(5), 20
    ensemble = chain(width)
    # So that deep leaves are reached.
    reference, cases = (rng.normal(-1.5, 1, size=(count, width)) for count in (200, 50))

    found = Patterns.made(ensemble, reference, range(width)).contributions(cases)

    middle = output(ensemble, reference).mean()
    assert fits(ensemble, range(width))
    assert found.sum(axis=1) + middle == pytest.approx(output(ensemble, cases), abs=1e-10)
    in_pairs = Patterns.made(ensemble, reference, [column // 2 for column in range(width)]).contributions(cases)
    expected = shapley(lambda rows: output(ensemble, rows), cases[:2], reference[:20], [c // 2 for c in range(width)])
    again = Patterns.made(ensemble, reference[:20], [column // 2 for column in range(width)]).contributions(cases[:2])
    assert again == pytest.approx(expected, abs=1e-10)
    assert in_pairs.sum(axis=1) == pytest.approx(found.sum(axis=1), abs=1e-10)


def test_a_leaf_has_no_more_players_than_a_pattern_has_bits_unless_they_are_grouped() -> None:
    ensemble = chain(70)

    assert not fits(ensemble, range(70))
    assert fits(ensemble, [column // 2 for column in range(70)])
