"""From Python: tables of every library, models as files and as objects, and what is refused."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import govern
from tests.checks.conftest import DICTIONARY, FEATURES, Bank


@pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning")  # what Ibis asks of DuckDB
def test_every_kind_of_table_gives_the_same(bank: Bank, tmp_path: Path) -> None:
    import ibis
    import polars as pl
    import pyarrow as pa
    import pyarrow.parquet as pq

    frame = bank.applicants.assign(pd=lambda one: 1 / (1 + np.exp(-one.debt.round(2))))
    terms: dict[str, Any] = {
        "label": "repaid",
        "prediction": "pd >= 0.5",
        "score": "pd",
        "by": ["sex"],
        "resamples": 50,
    }
    table = pa.Table.from_pandas(frame, preserve_index=False)
    pq.write_table(table, tmp_path / "rows.parquet")
    connection = ibis.duckdb.connect()

    expected = govern.evaluate(table, **terms)

    for given in (frame, pl.from_arrow(table), connection.read_parquet(tmp_path / "rows.parquet")):
        found = govern.evaluate(given, **terms)
        assert bytes(found.evidence) == bytes(expected.evidence)
        assert found.value == expected.value
    assert expected.overall["roc_auc"]["value"]
    assert [one["by"] for one in expected.groups] == [{"sex": "F"}, {"sex": "M"}]
    assert expected.disparities[0]["metric"] == "adverse_impact_ratio"
    assert expected.agreed[0].startswith("fairlearn ")
    connection.disconnect()


def test_one_attribute_may_be_named_by_itself(bank: Bank) -> None:
    found = govern.evaluate(str(bank.rows), prediction="debt >= 0", by="sex", resamples=0, baseline=bank.rows)

    assert {one["column"] for one in found.value["stability"]} >= set(FEATURES) - {"debt"}


def models(bank: Bank) -> dict[str, Any]:
    import lightgbm
    import xgboost
    from sklearn.linear_model import LogisticRegression

    known = bank.applicants.fillna(0.0)
    rows, label = known[FEATURES], known.repaid
    data = xgboost.DMatrix(rows, label=label, nthread=1)
    return {
        "a file": str(bank["model.json"]),
        "xgboost.Booster": xgboost.train({"objective": "binary:logistic", "nthread": 1}, data, 5),
        "xgboost.XGBClassifier": xgboost.XGBClassifier(n_estimators=5, n_jobs=1).fit(rows, label),
        "lightgbm.Booster": lightgbm.LGBMClassifier(n_estimators=5, n_jobs=1, verbose=-1).fit(rows, label).booster_,
        "sklearn": LogisticRegression().fit(rows, label),
    }


@pytest.mark.parametrize("kind", ["a file", "xgboost.Booster", "xgboost.XGBClassifier", "lightgbm.Booster", "sklearn"])
def test_models_are_explained_as_files_and_as_objects(bank: Bank, kind: str) -> None:
    known = bank.applicants.fillna(0.0)

    why = govern.reasons(models(bank)[kind], known.head(6), reference=known.head(300))

    assert why.groups == tuple(FEATURES)
    assert np.allclose(why.values.sum(axis=1) + why.mean, why.margins, atol=1e-5)
    assert list(why.to_pandas().columns) == ["score", *FEATURES]
    assert why.told == ()


def test_the_declined_are_told_why(bank: Bank) -> None:
    why = govern.reasons(
        bank["model.json"], bank.rows, reference=bank.applicants, approve="score >= 0.5", dictionary=DICTIONARY
    )

    assert [told is None for told in why.told] == (why.scores >= 0.5).tolist()
    told = next(one for one in why.told if one)
    assert told.reasons[0].rank == 1


@pytest.mark.parametrize(
    ("more", "message"),
    [
        pytest.param({"approve": "score < 0.5"}, "need a rule and a dictionary", id="no dictionary"),
        pytest.param({"dictionary": DICTIONARY}, "need a rule and a dictionary", id="no rule"),
        pytest.param({"approve": "income > 3", "dictionary": DICTIONARY}, "no rule on the score", id="another column"),
        pytest.param({"model": lambda rows: rows}, "a function is no model", id="a function"),
    ],
)
def test_what_makes_no_sense_is_refused(bank: Bank, more: dict[str, Any], message: str) -> None:
    terms = {"model": bank["model.json"], "cases": bank.rows, "reference": bank.rows, **more}

    with pytest.raises(govern.InvalidInput, match=message):
        govern.reasons(terms.pop("model"), terms.pop("cases"), **terms)


def test_a_dictionary_is_a_file_or_its_bytes(bank: Bank, tmp_path: Path) -> None:
    text = b"schema: govern/reasons/v1\nreasons:\n  debt: {code: R1, text: Debt}\n"
    (tmp_path / "words.yaml").write_bytes(text)
    terms: dict[str, Any] = {"reference": bank.rows, "approve": "score >= 0.5"}
    cases = bank.applicants.head(5)

    found = [
        govern.reasons(bank["model.json"], cases, dictionary=given, **terms).told
        for given in (text, tmp_path / "words.yaml")
    ]

    assert found[0] == found[1]
