"""Reasons for a decline: against Shapley's own formula, the whole reference, Regulation B's points, and twice the same."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from govern.checks.binding import Rule
from govern.checks.cases import Case, Explanation, explain
from govern.checks.population import Reference, ReferenceKind
from govern.checks.reasons import Dictionary
from govern.checks.sandbox import ModelFile, loaded
from govern.errors import InvalidInput, NothingChecked
from tests.checks.conftest import DICTIONARY, FEATURES, WIDE, Bank
from tests.checks.oracle import shapley

APPROVE = Rule("score", ">=", Decimal("0.5"))


def explained(bank: Bank, model: str, case: str, rows: str = "applicants.csv", **of: Any) -> Explanation:
    reference = Reference(bank[rows], of.get("kind", ReferenceKind.NEAR_CUTOFF))
    return explain(
        ModelFile.read(bank[model], positive=of.get("positive")),
        APPROVE,
        Case(bank[rows], "id", case),
        reference,
        DICTIONARY,
    )


def declined(bank: Bank) -> str:
    """Return an applicant whom both models decline, with every value known."""
    risky = bank.applicants.dropna()
    return str(risky[(risky.late >= 3) & (risky.debt > 0.5) & (risky.income < 0)].iloc[0]["id"])


def test_contributions_are_shapleys_against_the_whole_reference(bank: Bank) -> None:
    import xgboost

    case = declined(bank)
    booster = xgboost.Booster(model_file=bank["model.json"])

    found = explained(bank, "model.json", case, kind=ReferenceKind.ALL)

    def margin(rows: Any) -> Any:
        return booster.predict(xgboost.DMatrix(rows, feature_names=FEATURES), output_margin=True)

    everybody = bank.applicants[FEATURES].to_numpy()
    (expected,) = shapley(margin, everybody[[int(case)]], everybody, range(len(FEATURES)))
    assert found.json()["method"]["kind"] == "tree.patterns"
    assert found.found.samples == len(everybody)
    assert [float(value) for value in found.reasons.contributions.values()] == pytest.approx(expected, abs=2e-5)
    assert sum(found.found.values[0]) == pytest.approx(found.found.margins[0] - found.found.mean, abs=1e-5)


def test_shap_left_to_itself_would_have_cut_the_reference(bank: Bank) -> None:
    import shap
    import xgboost

    case = declined(bank)
    everybody = bank.applicants[FEATURES].to_numpy()

    naive = shap.TreeExplainer(xgboost.Booster(model_file=bank["model.json"]), everybody)
    ours = explained(bank, "model.json", case, kind=ReferenceKind.ALL)

    assert len(naive.data) == 100
    difference = naive.shap_values(everybody[[int(case)]])[0] - ours.found.values[0]
    assert abs(difference).max() > 0.01


def test_a_linear_model_gives_regulation_bs_points_below_the_average(bank: Bank, tmp_path: Path) -> None:
    import joblib

    pipeline = joblib.load(bank["linear.joblib"])
    frame = bank.applicants.dropna()
    frame.to_csv(tmp_path / "known.csv", index=False)
    case = declined(bank)

    found = explain(
        ModelFile.read(bank["linear.skops"]),
        APPROVE,
        Case(tmp_path / "known.csv", "id", case),
        Reference(tmp_path / "known.csv", ReferenceKind.APPROVED),
        DICTIONARY,
    )

    chances = pipeline.predict_proba(frame[FEATURES])[:, 1]
    points = pipeline[:-1].transform(frame[FEATURES]) * pipeline[-1].coef_[0]
    below = points[(frame.id == int(case)).to_numpy()][0] - points[chances >= 0.5].mean(axis=0)
    assert found.found.values[0] == pytest.approx(below, abs=1e-9)
    order = [FEATURES[place] for place in np.argsort(below) if below[place] < 0.02 * below[below < 0].sum()]
    assert [one.group for one in found.reasons.reasons] == order[:4]


def test_the_same_case_gets_the_same_reasons_from_rows_in_another_order(bank: Bank) -> None:
    case = declined(bank)

    first = explained(bank, "model.json", case)
    again = explained(bank, "model.json", case, rows="shuffled.csv")

    assert first.json() == again.json()
    assert first.json()["reference"]["rows"] >= 500
    assert first.json()["reasons"][0]["text"]


def test_trees_whose_thresholds_shap_narrows_add_up_all_the_same(bank: Bank) -> None:
    found = explained(bank, "trees.skops", declined(bank), positive="good")

    assert found.found.residual < 1e-6
    assert {one.group for one in found.reasons.reasons} >= {"debt", "late"}


PAIRED = b"""
schema: govern/reasons/v1
reasons:
  burden: {code: R01, columns: [late, debt], text: Debts and late payments}
  means: {code: R02, columns: [noise, income], text: Income and the rest}
"""


@pytest.mark.parametrize("model", ["model.json", "trees.skops", "words.skops", "light.txt"])
def test_columns_of_one_reason_share_one_contribution(bank: Bank, model: str) -> None:
    """What a pipeline makes of one column, one-hot, is that column again."""
    everybody, case = bank.applicants[FEATURES].iloc[:300], int(declined(bank))
    everybody.assign(id=everybody.index).to_csv(bank["few.csv"], index=False)
    bank.applicants.iloc[[case]].to_csv(bank["case.csv"], index=False)
    file = ModelFile.read(bank[model], positive="good" if model == "trees.skops" else None)

    found = explain(
        file,
        APPROVE,
        Case(bank["case.csv"], "id", str(case)),
        Reference(bank["few.csv"], ReferenceKind.ALL),
        Dictionary.parse(PAIRED),
    )

    def margin(rows: Any) -> Any:
        import pandas as pd

        frame = pd.DataFrame(rows, columns=FEATURES)
        with loaded(file) as answering:
            return answering.contributions(batch(frame.iloc[:1]), batch(frame)).margins

    (expected,) = shapley(
        margin, bank.applicants[FEATURES].to_numpy()[[case]], everybody.to_numpy()[:300], (1, 0, 0, 1)
    )
    assert found.found.method == "tree.patterns"
    assert found.found.values[0] == pytest.approx(expected, abs=2e-5 if model == "model.json" else 1e-9)
    assert list(found.reasons.contributions) == ["burden", "means"]


def batch(frame: Any) -> Any:
    import pyarrow as pa

    return pa.Table.from_pandas(frame, preserve_index=False).to_batches()


def test_cases_in_batches_are_the_same_cases(bank: Bank) -> None:
    frame = bank.applicants[FEATURES]
    parts = [one for start in range(0, 600, 200) for one in batch(frame.iloc[start : start + 200])]

    with loaded(ModelFile.read(bank["model.json"])) as model:
        whole = model.contributions(batch(frame), batch(frame.iloc[:600]))
        streamed = list(model.explanations(batch(frame), parts))
        first = next(model.explanations(batch(frame), parts))
        again = model.contributions(batch(frame), parts)

    assert [len(one.values) for one in streamed] == [200, 200, 200]
    assert np.array_equal(np.concatenate([one.values for one in streamed]), whole.values)
    assert np.array_equal(first.values, streamed[0].values)
    assert np.array_equal(again.values, whole.values)
    assert again.residual == max(one.residual for one in streamed)


def test_trees_too_deep_for_tables_go_to_shap_with_the_whole_reference(bank: Bank) -> None:
    frame = bank.applicants[WIDE].fillna(0.0).iloc[:300]

    with loaded(ModelFile.read(bank["deep.skops"])) as model:
        found = model.contributions(batch(frame), batch(frame.iloc[:2]), seconded=2)
        together = model.contributions(batch(frame), batch(frame.iloc[:2]), [place % 3 for place in range(len(WIDE))])

    assert (found.method, found.library, found.samples, found.seconded) == ("tree.shap", "shap", 300, None)
    assert found.residual < 1e-5
    assert (together.method, together.sampled) == ("asked.exact", None)
    assert together.residual < 1e-12


def test_who_was_approved_gets_no_reasons(bank: Bank) -> None:
    lucky = bank.applicants.dropna().sort_values(["late", "debt"]).iloc[0]

    value = explained(bank, "model.json", str(lucky["id"])).json()

    assert (value["decision"], value["reasons"], value["blocking"]) == ("approved", [], [])


def test_a_case_that_is_not_there_and_a_reference_too_small_are_refused(bank: Bank, tmp_path: Path) -> None:
    bank.applicants.head(50).to_csv(tmp_path / "few.csv", index=False)
    model, few = ModelFile.read(bank["model.json"]), tmp_path / "few.csv"

    with pytest.raises(InvalidInput, match="no row with id 'nobody': its inputs were erased, or never there"):
        explain(model, APPROVE, Case(bank.rows, "id", "nobody"), Reference(bank.rows), DICTIONARY)
    with pytest.raises(NothingChecked, match="rows, fewer than 200"):
        explain(model, APPROVE, Case(bank.rows, "id", "1"), Reference(few), DICTIONARY)
