"""What the reasons of a model are tried by: each test is asked of the model in its process, and has a rule to pass.

What is drawn is drawn from a seed. A test that a model does not allow says so, and never passes for that.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from govern.checks import rows, tops
from govern.checks.cases import adverse_sign, players
from govern.checks.contributions import Contributions
from govern.checks.decided import Terms
from govern.checks.population import ReferenceKind
from govern.checks.reasons import grouped
from govern.checks.sandbox import LoadedModel
from govern.checks.walks import CERTAIN

PASS, FAIL, REVIEW, NOT_APPLICABLE = "pass", "fail", "review", "not_applicable"
_EXACT = 1e-9
_SINGLE = 1e-5
"""Of the range of outputs, what models of single precision may miss."""
_NUDGE = 0.01
"""Of its standard deviation, by how much each number is moved to a neighbour."""
_FEW, _MANY = 20, 100
"""Cases of the tests that ask the model of many rows for each."""
_MIXED = 100
"""Rows of the reference that such a case is mixed with."""
JACCARD = "reference stability: top four, Jaccard"
_AGREED = 0.85
"""Of the first reasons, how many have to be the same against both references."""


@dataclass(frozen=True, slots=True)
class Test:
    """One test: what was found of how many, and what was to be found."""

    __test__ = False

    id: str
    name: str
    rule: str
    result: str
    value: str
    n: int
    number: float | None = None
    """The value with all its digits, where it is a share."""

    def json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("id", "name", "rule", "result", "value", "n")}


@dataclass
class Bench:
    """A model, the declined that it is tried on, and whom they are compared with."""

    model: LoadedModel
    terms: Terms
    numbers: frozenset[str]
    everybody: Any
    reference: Any
    cases: Any
    seed: int
    groups: Mapping[str, tuple[str, ...]] = field(init=False)

    def __post_init__(self) -> None:
        self.groups = grouped(self.model.features, self.terms.dictionary)

    @cached_property
    def found(self) -> Contributions:
        return self.explained(self.reference, self.cases)

    @cached_property
    def first(self) -> Any:
        return self.tops(self.found)

    @property
    def chance(self) -> np.random.Generator:
        return np.random.default_rng(self.seed)

    def explained(self, reference: Any, cases: Any, model: LoadedModel | None = None) -> Contributions:
        asked = (reference.to_batches(), cases.to_batches(rows.BATCH), players(self.model.features, self.groups))
        return (model or self.model).contributions(*asked, adverse=adverse_sign(self.terms.approve))

    def tops(self, found: Contributions) -> Any:
        return tops.principal(found.values, adverse_sign(self.terms.approve))

    def margins(self, asked: Any) -> Any:
        """Return the model's output of rows, in the space that is explained."""
        return self.model.scores(asked.to_batches(rows.BATCH), margins=True)

    def mixed(self, few: int) -> tuple[Any, Any]:
        """Return so many cases, and rows of the reference for each: both as long as all pairs of them."""
        its = self.cases.slice(0, few)
        with_ = self.chance.choice(len(self.reference), min(_MIXED, len(self.reference)), replace=False)
        cases = its.take(np.repeat(np.arange(len(its)), len(with_)))
        return cases, self.reference.take(np.tile(with_, len(its)))


def additive(bench: Bench) -> Test:
    """Regulation B: points below the average of the reference, asked of the model by putting the reference's values in."""
    said = "RC-01", "points below average", "equal to 1e-9 where the model is additive"
    if bench.found.method != "linear":
        return Test(*said, NOT_APPLICABLE, f"not additive: {bench.found.method}", 0)
    cases, others = bench.mixed(_FEW)
    count = min(_FEW, len(bench.cases))
    per = len(cases) // count
    of = bench.explained(others.slice(0, per), bench.cases.slice(0, count)).values
    whole = bench.margins(cases)
    worst = 0.0
    for place, columns in enumerate(bench.groups.values()):
        points = (whole - bench.margins(_with(cases, columns, others))).reshape(count, per).mean(axis=1)
        worst = max(worst, float(np.max(np.abs(points - of[:, place]) / (1 + np.abs(points)))))
    return Test(*said, PASS if worst <= _EXACT else FAIL, f"{worst:.2e}", count)


def dummy(bench: Bench) -> Test:
    """Groups that move no output wherever their values are put in have no part in any."""
    cases, others = bench.mixed(_FEW)
    ours, theirs = bench.margins(cases), bench.margins(others)
    still = []
    for place, columns in enumerate(bench.groups.values()):
        moved = bench.margins(_with(cases, columns, others)), bench.margins(_with(others, columns, cases))
        if np.array_equal(moved[0], ours) and np.array_equal(moved[1], theirs):
            still.append(place)
    if not still:
        return Test(
            "RC-02", "dummy", "0 where a group moves no output", NOT_APPLICABLE, "every group moves some output", 0
        )
    worst = float(np.abs(bench.found.values[:, still]).max())
    result = PASS if worst <= _EXACT else FAIL
    return Test("RC-02", "dummy", "0 where a group moves no output", result, f"{worst:.2e}", len(still))


def symmetry(bench: Bench) -> Test:
    """Two groups that change places without changing any output change their parts too."""
    sampled = ", or within four errors of what was sampled" if bench.found.sampled else ""
    said = "RC-03", "symmetry", f"equal to 1e-9 where two groups may change places{sampled}"
    cases, _ = bench.mixed(_FEW)
    ours, worst, tried = bench.margins(cases), 0.0, 0
    places = {name: place for place, name in enumerate(bench.groups)}
    alone = [(name, column) for name, (column, *more) in bench.groups.items() if not more and column in bench.numbers]
    used = [one for one in alone if np.any(bench.found.values[:, places[one[0]]] != 0)][:12]
    for number, (one, column) in enumerate(used):
        for other, beside in used[number + 1 :]:
            if np.max(np.abs(bench.margins(_exchanged(cases, column, beside)) - ours)) > _EXACT:
                continue
            swapped = bench.explained(
                _exchanged(bench.reference, column, beside), _exchanged(bench.cases, column, beside)
            )
            apart = np.abs(swapped.values[:, places[other]] - bench.found.values[:, places[one]])
            if bench.found.sampled and swapped.sampled:  # chance may put them apart by its errors
                its = bench.found.sampled.errors[:, places[one]], swapped.sampled.errors[:, places[other]]
                apart = np.maximum(apart - CERTAIN * np.hypot(*its), 0.0)
            worst, tried = max(worst, float(np.max(apart))), tried + 1
    if not tried:
        return Test(*said, NOT_APPLICABLE, "no two groups may change places", 0)
    return Test(*said, PASS if worst <= _EXACT else FAIL, f"{worst:.2e}", tried)


def _exchanged(table: Any, one: str, other: str) -> Any:
    """Return a table in which two columns have changed places."""
    swapped = [{one: other, other: one}.get(name, name) for name in table.column_names]
    return _with(table, (one, other), table.rename_columns(swapped))


def _with(table: Any, columns: Sequence[str], other: Any) -> Any:
    """Return a table with some of its columns as another has them."""
    for name in columns:
        table = table.set_column(table.column_names.index(name), name, other.column(name))
    return table


def efficiency(bench: Bench) -> Test:
    spread = float(np.ptp(bench.found.margins)) or 1.0
    missed = float(np.max(np.abs(bench.found.values.sum(axis=1) + bench.found.mean - bench.found.margins))) / spread
    rule = "parts add up to the output, within 0.00001 of its range"
    return Test("RC-04", "efficiency", rule, PASS if missed <= _SINGLE else FAIL, f"{missed:.2e}", len(bench.cases))


def determinism(bench: Bench, again: LoadedModel) -> Test:
    other = bench.explained(bench.reference, bench.cases, again)
    apart = float(np.max(np.abs(other.values - bench.found.values)))
    is_same = np.array_equal(bench.tops(other), bench.first) and apart <= _EXACT
    rule = "the same reasons from another process, values to 1e-9"
    return Test("RC-05", "determinism", rule, PASS if is_same else FAIL, f"{apart:.2e}", len(bench.cases))


def reference_stability(bench: Bench, resamples: int) -> Iterator[Test]:
    """Draw the reference anew, as often as asked."""
    chance, count = bench.chance, len(bench.reference)
    same, alike = [], []
    for _ in range(resamples):
        drawn = bench.reference.take(np.sort(chance.integers(0, count, count)))
        first = bench.tops(bench.explained(drawn, bench.cases))
        same.append(np.mean(first[:, 0] == bench.first[:, 0]))
        alike.append(jaccard(first, bench.first))
    n = len(bench.cases)
    if not resamples:
        yield Test("RC-07", "reference stability", "asked for", NOT_APPLICABLE, "no resamples were asked for", 0)
        return
    yield _at_least("RC-07", "reference stability: first reason", float(np.mean(same)), 0.95, n)
    yield _at_least("RC-07", JACCARD, float(np.mean(alike)), 0.90, n)


def agreement(bench: Bench) -> Test:
    """Compare the two references that Regulation B names."""
    near = bench.terms.reference.kind
    if near is ReferenceKind.ALL:
        return Test(
            "RC-08", "agreement with all applicants", "at least 0.85", NOT_APPLICABLE, "the reference is all", 0
        )
    first = bench.tops(bench.explained(bench.everybody, bench.cases))
    share = float(np.mean(first[:, 0] == bench.first[:, 0]))
    rule = "first reason the same for at least 0.85; below, a reviewer chooses and says why"
    return Test(
        "RC-08", "agreement with all applicants", rule, PASS if share >= _AGREED else REVIEW, f"{share:.4f}", len(first)
    )


def neighbours(bench: Bench) -> Test:
    moved, chance = bench.cases, bench.chance
    for name in sorted(bench.numbers):
        spread = float(np.nanstd(bench.reference.column(name).to_numpy()))
        values = moved.column(name).to_numpy()
        near = values + _NUDGE * spread * chance.choice([-1.0, 1.0], len(values))
        moved = _with(moved, [name], pa.table({name: pa.array(near, from_pandas=True)}))
    alike = jaccard(bench.tops(bench.explained(bench.reference, moved)), bench.first)
    return _at_least(
        "RC-09", "neighbour stability: every number moved by 1 % of its deviation", alike, 0.90, len(moved)
    )


def sufficiency(bench: Bench) -> Test:
    """Put the reference's values in the place of the reasons: a floor, which good and bad methods both pass."""
    cases, others = bench.mixed(_MANY)
    count = min(_MANY, len(bench.cases))
    per = len(cases) // count
    first = np.repeat(bench.first[:count], per, axis=0)
    for place, columns in enumerate(bench.groups.values()):
        replaced = pa.array(np.any(first == place, axis=1))
        for name in columns:
            mixed = pc.if_else(replaced, others.column(name), cases.column(name))
            cases = _with(cases, [name], pa.table({name: mixed}))
    means = bench.model.scores(cases.to_batches(rows.BATCH)).reshape(count, per).mean(axis=1)
    share = float(np.mean(bench.terms.approve.meets(means)))
    return _at_least(
        "RC-10", "sufficiency floor: approved with the reference's values for the reasons", share, 0.90, count
    )


def _at_least(id_: str, name: str, value: float, least: float, n: int) -> Test:
    return Test(id_, name, f"at least {least:.2f}", PASS if value >= least else FAIL, f"{value:.4f}", n, value)


def jaccard(one: Any, other: Any) -> float:
    """Return how alike two sets of top groups are, on the mean of all rows; -1 is no group."""
    shared = np.array([[(left == right) & (left >= 0) for right in other.T] for left in one.T]).sum(axis=(0, 1))
    either = (one >= 0).sum(axis=1) + (other >= 0).sum(axis=1) - shared
    return float(np.mean(np.where(either, shared / np.maximum(either, 1), 1.0)))
