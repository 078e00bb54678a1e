"""Trying reasons: each test finds what it is for, and says where it cannot."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from govern.checks.binding import Rule
from govern.checks.decided import Cases, Terms
from govern.checks.population import Reference, ReferenceKind
from govern.checks.reasons import Dictionary
from govern.checks.sandbox import ModelFile
from govern.checks.trials import NOT_APPLICABLE, PASS, REVIEW, jaccard
from govern.checks.validation import SCHEMA, Validation, document, validate
from govern.errors import InvalidInput, NothingChecked
from govern.ledger.strict import Digest, read_json
from tests.checks.conftest import DICTIONARY, Bank

APPROVE = Rule("score", ">=", Decimal("0.5"))


def tried(
    model: Path, rows: Path, by: tuple[str, ...] = (), dictionary: Dictionary = DICTIONARY, **more: Any
) -> Validation:
    against = more.pop("against", ReferenceKind.NEAR_CUTOFF)
    terms = Terms(more.pop("approve", APPROVE), dictionary, Reference(rows, against))
    return validate(ModelFile.read(model), Cases(rows), terms, by, **{"resamples": 2, "most": 60, **more})


def result(found: Validation, id_: str) -> tuple[str, str]:
    return next((one.result, one.value) for one in found.tests if one.id == id_)


@pytest.fixture(scope="module")
def known(bank: Bank) -> Path:
    bank.applicants.fillna(0.0).to_csv(bank["whole.csv"], index=False)
    return bank["whole.csv"]


def test_an_additive_model_gives_the_points_below_the_average(bank: Bank, known: Path) -> None:
    found = tried(bank["linear.skops"], known)

    assert result(found, "RC-01")[0] == PASS
    assert float(result(found, "RC-01")[1]) < 1e-12
    assert {one.id: one.result for one in found.tests} | {"RC-15": ""} == {
        **dict.fromkeys(("RC-01", "RC-04", "RC-05", "RC-07", "RC-08", "RC-09", "RC-10"), PASS),
        **dict.fromkeys(("RC-02", "RC-03"), NOT_APPLICABLE),
        "RC-15": "",
    }
    assert not found.has_failed


def test_trees_are_not_additive_and_say_so(bank: Bank) -> None:
    found = tried(bank["model.json"], bank.rows)

    assert result(found, "RC-01") == (NOT_APPLICABLE, "not additive: tree.patterns")
    assert result(found, "RC-04")[0] == PASS
    assert result(found, "RC-05") == (PASS, "0.00e+00")


def test_columns_that_move_nothing_and_columns_that_may_change_places(bank: Bank, tmp_path: Path) -> None:
    import skops.io
    from sklearn.linear_model import LogisticRegression

    frame = bank.applicants.fillna(0.0)
    linear = LogisticRegression().fit(frame[["income", "debt", "late", "noise"]], frame.repaid)
    linear.coef_ = np.array([[1.0, -1.0, -1.0, 0.0]])
    linear.intercept_ = np.array([0.5])
    skops.io.dump(linear, tmp_path / "even.skops")
    frame.to_csv(tmp_path / "rows.csv", index=False)

    found = tried(tmp_path / "even.skops", tmp_path / "rows.csv")

    assert result(found, "RC-02") == (PASS, "0.00e+00")
    assert result(found, "RC-03")[0] == PASS
    assert result(found, "RC-15")[0] == REVIEW
    assert found.needs_review
    assert next(one["told"] for one in found.codes if one["group"] == "noise") == 0


def test_a_reference_that_is_drawn_from_few_tells_another_story_each_time(bank: Bank) -> None:
    steady, drawn = (tried(bank["model.json"], bank.rows, resamples=count) for count in (0, 3))

    assert result(steady, "RC-07") == (NOT_APPLICABLE, "no resamples were asked for")
    assert [one.value for one in drawn.tests if one.id == "RC-07"] != ["1.0000", "1.0000"]
    assert [one.json() for one in tried(bank["model.json"], bank.rows, resamples=3).tests] == [
        one.json() for one in drawn.tests
    ]


def test_who_is_told_what_is_counted_by_group(bank: Bank) -> None:
    found = tried(bank["model.json"], bank.rows, ("sex",))

    assert sum(one["first"] for one in found.codes) == found.explained == 60
    for one in found.codes:
        assert [part["by"]["sex"] for part in one["by"]] == ["F", "M"]
        assert sum(part["n"] for part in one["by"]) == 60
        assert sum(part["told"] for part in one["by"]) == one["told"]
    assert {one["code"] for one in found.codes} == {"R01", "R02", "R03", "R04"}


def test_a_reference_of_all_has_nothing_to_agree_with(bank: Bank) -> None:
    found = tried(bank["model.json"], bank.rows, against=ReferenceKind.ALL)

    assert result(found, "RC-08") == (NOT_APPLICABLE, "the reference is all")


def test_the_document_holds_what_was_found(bank: Bank) -> None:
    found = tried(bank["model.json"], bank.rows)

    text = document(found, "credit-risk@1", Digest.of(b"the version")).decode()

    (kept,) = [line for line in text.splitlines() if line.startswith("{")]
    assert read_json(kept.encode()) == {"schema": SCHEMA, "version": str(Digest.of(b"the version")), **found.json()}
    assert "| RC-05 determinism | pass | 0.00e+00 | 60 |" in text


def test_nobody_declined_is_nothing_tried(bank: Bank) -> None:
    with pytest.raises(NothingChecked, match="nobody who is declined"):
        tried(bank["model.json"], bank.rows, approve=Rule("score", ">=", Decimal(0)))
    with pytest.raises(InvalidInput, match="no column 'age' for the attribute"):
        tried(bank["model.json"], bank.rows, ("age",))


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ([[0, 1, 2, 3]], [[3, 2, 1, 0]], 1.0),
        ([[0, 1, -1, -1]], [[0, 2, -1, -1]], 1 / 3),
        ([[-1, -1, -1, -1]], [[-1, -1, -1, -1]], 1.0),
        ([[0, -1, -1, -1], [0, 1, -1, -1]], [[1, -1, -1, -1], [1, 0, -1, -1]], 0.5),
    ],
)
def test_how_alike_two_sets_of_reasons_are(one: list[list[int]], other: list[list[int]], alike: float) -> None:
    assert jaccard(np.array(one), np.array(other)) == pytest.approx(alike)
