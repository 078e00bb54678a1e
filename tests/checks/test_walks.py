"""Models that can only be asked: against Shapley's formula and shap, with errors that hold, and refused where they leave doubt."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import skops.io

from govern.checks import direct, models, plan, walks
from govern.checks.binding import Rule
from govern.checks.cases import Case, explain
from govern.checks.decided import Cases, Terms, decide
from govern.checks.declines import Asked
from govern.checks.explain import Explainer
from govern.checks.population import Reference, ReferenceKind
from govern.checks.reasons import UNCERTAIN, Dictionary
from govern.checks.sandbox import ModelFile
from govern.checks.walks import Ground, is_certain
from govern.ledger.strict import Digest
from govern.policy.evidence import Columns, Evidence, Plan, Planned, Sampling
from govern.policy.metrics import REASON_COVERAGE
from tests.checks.conftest import FEATURES, Bank
from tests.checks.oracle import shapley

Margin = Callable[[Any], Any]


def load(content: bytes, **terms: Any) -> models.Model:
    return models.load(content, **{"features": None, "positive": None, "trust_pickle": False, **terms})


def opaque(name: str) -> Any:
    """Return an estimator that nobody can look into."""
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.decomposition import PCA
    from sklearn.linear_model import LogisticRegression
    from sklearn.naive_bayes import GaussianNB
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import PolynomialFeatures, StandardScaler
    from sklearn.svm import SVR

    made: dict[str, Callable[[], Any]] = {
        "network": lambda: make_pipeline(StandardScaler(), MLPClassifier((8,), max_iter=300, tol=0.01, random_state=0)),
        "network of numbers": lambda: MLPRegressor(hidden_layer_sizes=(8,), max_iter=300, tol=0.01, random_state=0),
        "support vectors": lambda: make_pipeline(StandardScaler(), SVR()),
        "calibrated": lambda: CalibratedClassifierCV(LogisticRegression(), cv=2),
        "Bayes": GaussianNB,
        "mixed columns": lambda: make_pipeline(PCA(3), PolynomialFeatures(2), LogisticRegression()),
    }
    return made[name]()


SPACES = {"network of numbers": "score", "support vectors": "score", "mixed columns": "log_odds"}
KINDS = ["network", "network of numbers", "support vectors", "calibrated", "Bayes", "mixed columns"]


@pytest.mark.parametrize("name", KINDS)
def test_of_few_players_every_set_is_asked(bank: Bank, name: str) -> None:
    rows = bank.applicants[FEATURES].fillna(0.0).iloc[:300]
    model = load(skops.io.dumps(opaque(name).fit(rows, bank.applicants["repaid"].iloc[:300])))

    explainer = Explainer.of(model, rows.iloc[:50])
    found = explainer.explain(rows.iloc[-3:])

    values = rows.to_numpy()
    expected = shapley(
        lambda mixed: model.margin(pd.DataFrame(mixed, columns=FEATURES)), values[-3:], values[:50], range(4)
    )
    assert (explainer.way.method, explainer.way.library, found.walked) == ("asked.exact", "govern", None)
    assert model.space == SPACES.get(name, "probability")
    assert found.contributions == pytest.approx(expected, abs=1e-12)
    assert found.residual < 1e-12


def test_shap_finds_the_same_where_it_tries_every_set(bank: Bank) -> None:
    import shap

    rows = bank.applicants[FEATURES].fillna(0.0).iloc[:300]
    model = load(skops.io.dumps(opaque("network").fit(rows, bank.applicants["repaid"].iloc[:300])))

    found = Explainer.of(model, rows.iloc[:120]).explain(rows.iloc[-5:])

    theirs = shap.KernelExplainer(
        lambda mixed: model.margin(pd.DataFrame(mixed, columns=FEATURES)), rows.iloc[:120].to_numpy()
    )
    expected = theirs.shap_values(rows.iloc[-5:].to_numpy(), nsamples=1 << 4, silent=True)
    assert found.contributions == pytest.approx(expected, abs=1e-9)


def game(seed: int, players: int = 6) -> Margin:
    """Return a model with interactions of up to three columns."""
    rng = np.random.default_rng(seed)
    first, pairs = rng.normal(size=players), rng.normal(size=(players, players))
    threes = rng.integers(0, players, (4, 3))

    def margin(rows: Any) -> Any:
        values = np.asarray(rows, dtype=np.float64)
        found = values @ first + np.einsum("ij,jk,ik->i", values, pairs, np.tanh(values)) / players
        return found + sum(np.prod(np.sign(values[:, its] - 0.2), axis=1) for its in threes)

    return margin


def people(seed: int, count: int, players: int = 6) -> pd.DataFrame:
    values = np.random.default_rng(seed).normal(size=(count, players))
    return pd.DataFrame(values, columns=[f"x{place}" for place in range(players)])


def ground(margin: Margin, reference: pd.DataFrame, players: list[int] | None = None, adverse: int = 1) -> Ground:
    outputs = margin(reference)
    owners = players or list(range(reference.shape[1]))
    return Ground.of(margin, reference, outputs, float(outputs.mean()), owners, adverse, Digest(bytes(32)))


@pytest.fixture
def _never_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walks, "MOST_EXACT", 0)


@pytest.mark.usefixtures("_never_exact")
def test_the_errors_of_what_is_sampled_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of contributions that are left to chance 95.4 % lie within two errors of the exact ones, and 68.3 % within one.

    An order and its reverse are exact for whatever two columns do together, so three have to.
    """
    monkeypatch.setattr(walks, "CERTAIN", 0)  # whatever is told, nobody asks again
    off = []
    for seed in range(40):
        margin, reference, cases = game(seed), people(100 + seed, 40), people(200 + seed, 10)

        found = ground(margin, reference).explain(cases)

        expected = shapley(margin, cases.to_numpy(), reference.to_numpy(), range(6))
        chance = found.errors > 1e-6
        assert found.contributions[~chance] == pytest.approx(expected[~chance], abs=1e-7)
        off.append(((found.contributions - expected)[chance]) / found.errors[chance])
        assert set(found.walks) == {40 * 13}
    every = np.concatenate(off)
    assert len(every) > 1500
    assert 0.94 < np.mean(np.abs(every) <= 2) < 0.965
    assert 0.66 < np.mean(np.abs(every) <= 1) < 0.71
    assert abs(np.mean(every)) < 0.1


@pytest.mark.usefixtures("_never_exact")
def test_what_is_sampled_adds_up_whatever_is_asked() -> None:
    for seed in range(5):
        margin, reference, cases = game(seed), people(seed, 30), people(50 + seed, 4)

        found = ground(margin, reference, [0, 0, 1, 2, 2, 3]).explain(cases)

        whole = margin(cases) - margin(reference).mean()
        assert found.contributions.shape == (4, 4)
        assert found.contributions.sum(axis=1) == pytest.approx(whole, abs=1e-12)
        expected = shapley(margin, cases.to_numpy(), reference.to_numpy(), (0, 0, 1, 2, 2, 3))
        assert np.all(np.abs(found.contributions - expected) <= 5 * found.errors + 1e-7)


@pytest.mark.usefixtures("_never_exact")
def test_what_only_adds_up_has_no_error_and_who_does_nothing_has_nothing() -> None:
    weights = np.array([1.0, -2.0, 0.0, 0.5])
    reference, cases = people(1, 100, 4), people(2, 3, 4)

    found = ground(lambda rows: np.asarray(rows) @ weights, reference).explain(cases)

    expected = (cases.to_numpy() - reference.to_numpy().mean(axis=0)) * weights
    assert found.contributions == pytest.approx(expected, abs=1e-12)
    assert np.all(found.errors < 1e-8)
    assert not found.contributions[:, 2].any()
    assert found.certain.all()


@pytest.mark.usefixtures("_never_exact")
def test_a_case_is_the_same_whatever_else_is_in_its_batch_and_another_model_draws_other_orders() -> None:
    margin, reference, cases = game(3), people(3, 60), people(4, 5)

    together = ground(margin, reference).explain(cases)
    alone = ground(margin, reference).explain(cases.iloc[[3]])
    outputs = margin(reference)
    other = Ground.of(margin, reference, outputs, float(outputs.mean()), range(6), 1, Digest(b"\1" * 32)).explain(cases)

    assert np.array_equal(alone.contributions[0], together.contributions[3])
    assert np.array_equal(alone.errors[0], together.errors[3])
    assert not np.array_equal(other.contributions, together.contributions)
    assert np.all(np.abs(other.contributions - together.contributions) < 6 * np.hypot(other.errors, together.errors))


GOLDEN = "f535e2458ae4c895eaed2e0d5a844e66"


def test_orders_are_the_same_on_every_machine() -> None:
    """Who repeats an explanation years later has to draw the same orders; they follow from SHAKE-256 and nothing else."""
    orders = walks._orders(bytes(range(64)), 3, 50, 17)

    assert sorted(orders[7].tolist()) == list(range(17))
    assert hashlib.sha256(orders.astype(">i8").tobytes()).hexdigest()[:32] == GOLDEN


EACH = np.eye(5) * 1e-4


@pytest.mark.parametrize(
    ("contributions", "spread", "certain"),
    [
        pytest.param([5.0, 4.0, 3.0, 2.0, 1.0], EACH, True, id="far apart"),
        pytest.param([5.0, 4.0, 3.0, 2.0, 1.95], EACH, False, id="the fourth and the fifth overlap"),
        pytest.param([5.0, 4.0, 3.0, 2.0, 1.95], EACH * 1e-2, True, id="the same with a tenth of the error"),
        pytest.param([5.0, 4.0, 3.0, 2.0, 2.0], EACH * 0, True, id="equal and without error"),
        pytest.param([5.0, 4.98, 3.0, 2.0, 1.0], EACH, True, id="an order that does not matter"),
        pytest.param([5.0, 4.98, 3.0, 2.0, 1.0], EACH * 100, False, id="an order that may be materially wrong"),
        pytest.param([5.0, 4.0, 0.181, -2.0, -1.0], EACH, False, id="the floor lies within the error"),
        pytest.param([5.0, 4.0, 0.4, -2.0, -1.0], EACH, True, id="above the floor"),
        pytest.param([5.0, 4.0, 0.1, -2.0, -1.0], EACH, True, id="below the floor"),
        pytest.param([-5.0, -4.0, -0.02, -2.0, -1.0], EACH, False, id="one may count against them"),
        pytest.param([-5.0, -4.0, 0.0, -2.0, -1.0], EACH * 0, True, id="nothing does"),
    ],
)
def test_what_is_told_is_certain_or_not(contributions: list[float], spread: Any, certain: bool) -> None:
    assert is_certain(np.array(contributions), spread, 1) is certain
    assert is_certain(-np.array(contributions), spread, -1) is certain


def test_errors_that_go_together_do_not_put_two_out_of_order() -> None:
    together = np.full((5, 5), 1e-2)

    assert is_certain(np.array([5.0, 4.0, 3.0, 2.0, 1.95]), together, 1)
    assert not is_certain(np.array([5.0, 4.0, 3.0, 2.0, 1.95]), np.diag(together.diagonal()), 1)


WORDS = b"schema: govern/reasons/v1\nreasons:\n" + b"".join(
    b"  x%d: {code: R%02d, text: Number %d}\n" % (place, place, place) for place in range(10)
)


TIED, TOLD = [-0.5] * 10, [-4.0, -3.0, -2.0, -1.0, *[1.0] * 6]
"""Cases: of the first ten columns count the same, of the second four in a known order."""
RULE = Rule("score", ">=", Decimal(0))


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return a network to which its ten columns are all the same, and people in whom they are too."""
    from sklearn.neural_network import MLPRegressor

    folder = tmp_path_factory.mktemp("network")
    rows = pd.DataFrame(np.repeat(np.linspace(-1, 1, 480)[:, None], 10, axis=1), columns=[f"x{n}" for n in range(10)])
    its = MLPRegressor(hidden_layer_sizes=(1,), activation="tanh", tol=1e9, n_iter_no_change=1, random_state=0)
    its.fit(rows, rows["x0"])
    its.coefs_ = [np.full((10, 1), 0.3), np.ones((1, 1))]
    its.intercepts_ = [np.zeros(1), np.zeros(1)]
    (folder / "network.skops").write_bytes(skops.io.dumps(its))
    every = pd.concat([rows[rows.x0 >= 0], pd.DataFrame([TIED, TOLD], columns=rows.columns)], ignore_index=True)
    every.assign(case=range(len(every))).to_csv(folder / "people.csv", index=False)
    return folder / "network.skops", folder / "people.csv"


def told(network: tuple[Path, Path], case: int) -> dict[str, Any]:
    model, file = network
    reference = Reference(file, ReferenceKind.APPROVED)
    words = Dictionary.parse(WORDS)
    return explain(ModelFile.read(model), RULE, Case(file, "case", str(case)), reference, words).json()


def test_a_decline_is_told_its_reasons_with_errors(network: tuple[Path, Path]) -> None:
    found = told(network, 241)

    sampled = found["method"]["sampled"]
    assert found["method"]["kind"] == "asked.sampled"
    assert [one["code"] for one in found["reasons"]] == ["R00", "R01", "R02", "R03"]
    assert (sampled["certain"], sampled["orders"], found["blocking"]) == (True, "govern/walks/v1", [])
    assert set(sampled["errors"]) == set(found["contributions"])
    assert all(0 < float(error) < 0.01 for error in sampled["errors"].values())
    assert float(found["method"]["residual"]) < 1e-9


def test_reasons_whose_order_nobody_knows_are_not_told(network: tuple[Path, Path]) -> None:
    """Ten columns count the same: whichever four were told, it would be chance that chose them."""
    found = told(network, 240)

    sampled = found["method"]["sampled"]
    assert (sampled["certain"], found["reasons"], found["blocking"]) == (False, [], [UNCERTAIN])
    assert sampled["walks"] * 2 * 18 > walks.MOST_ASKED >= sampled["walks"] * 18
    assert found["illustration"] is None


def test_the_same_case_has_the_same_reasons_from_another_process(network: tuple[Path, Path]) -> None:
    program = f"""
from pathlib import Path
from tests.checks import test_walks as its
print(its.told((Path({str(network[0])!r}), Path({str(network[1])!r})), 241))
"""
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout

    assert said.strip() == str(told(network, 241))


def test_evidence_says_how_the_declined_were_asked_about_and_how_many_are_in_doubt(network: tuple[Path, Path]) -> None:
    check = Planned(check="reasons", metric=REASON_COVERAGE, by=(), favourable=None, interval=None)
    columns = Columns(label=None, prediction="score >= 0", score="score", positive=None)
    asked = Asked(RULE, Dictionary.parse(WORDS), ReferenceKind.APPROVED)

    run = plan.run(
        Plan(digits=12, columns=columns, checks=(check,)),
        network[1],
        by_model=ModelFile.read(network[0]),
        reasons=asked,
    )

    evidence = Evidence.parse(bytes(run.evidence))
    assert evidence.plan.reasoning
    assert evidence.plan.reasoning.sampling == Sampling(
        method="asked.sampled", orders="govern/walks/v1", errors=4, most_asked=1 << 20
    )
    tables = {table.name: table.read() for table in evidence.tables}
    assert {certain: n for (certain,), (n, _) in tables["reasons sampled"].items()} == {"yes": 1, "no": 1}
    assert tables["reasons blocked"] == {(UNCERTAIN,): (1,)}
    assert run.evidence.of("reasons")[0].measures[0].value == Decimal("0.5")


def test_a_batch_blocks_whom_it_cannot_tell(network: tuple[Path, Path]) -> None:
    terms = Terms(RULE, Dictionary.parse(WORDS), Reference(network[1], ReferenceKind.APPROVED))

    found = decide(ModelFile.read(network[0]), Cases(network[1]), terms, os.urandom)

    assert (found.method, found.declined, found.blocked, found.blocking) == ("asked.sampled", 2, 1, {UNCERTAIN: 1})
    assert found.codes == {f"R0{place}": (int(not place), 1) for place in range(4)}


def test_words_are_columns_of_what_is_asked_too(bank: Bank) -> None:
    from sklearn.compose import make_column_transformer
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder

    rows = bank.applicants[[*FEATURES[:3], "sex"]].fillna(0.0).iloc[:400]
    one_hot = make_column_transformer((OneHotEncoder(), ["sex"]), remainder="passthrough")
    its = make_pipeline(one_hot, MLPClassifier((6,), max_iter=300, tol=0.01, random_state=1))
    model = load(skops.io.dumps(its.fit(rows, bank.applicants["repaid"].iloc[:400])))

    found = Explainer.of(model, rows.iloc[:60]).explain(rows.iloc[-2:])

    values = rows.to_numpy(dtype=object)
    names = list(rows.columns)

    def margin(mixed: Any) -> Any:
        return model.margin(pd.DataFrame(mixed, columns=names).astype(rows.dtypes.to_dict()))

    expected = shapley(margin, values[-2:], values[:60], range(4))
    assert found.contributions == pytest.approx(expected, abs=1e-12)
    assert found.contributions[:, 3].any()


def test_in_python_errors_come_with_contributions_and_doubt_blocks(network: tuple[Path, Path]) -> None:
    rows = pd.read_csv(network[1]).drop(columns="case")

    found = direct.reasons(
        network[0], rows.iloc[-2:], reference=rows.iloc[:240], approve="score >= 0", dictionary=Dictionary.parse(WORDS)
    )

    doubtful, told_ = found.told
    assert doubtful
    assert told_
    assert (doubtful.reasons, doubtful.blocking) == ((), (UNCERTAIN,))
    assert [one.group for one in told_.reasons] == ["x0", "x1", "x2", "x3"]
    assert found.errors is not None
    assert found.errors.shape == (2, 10)
    assert np.all(found.errors > 0)
