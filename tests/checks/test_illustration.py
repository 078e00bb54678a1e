"""What would change a decision: asked of the model, the smallest first, and never what may not be spoken of."""

from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from govern.checks.binding import Rule
from govern.checks.cases import Case, Explanation, explain
from govern.checks.illustration import NONE, Illustration
from govern.checks.population import Reference, ReferenceKind
from govern.checks.reasons import Dictionary
from govern.checks.sandbox import ModelFile, loaded
from tests.checks.conftest import DICTIONARY, FEATURES, Bank

APPROVE = Rule("score", ">=", Decimal("0.5"))


def explained(
    bank: Bank, case: int, approve: Rule = APPROVE, dictionary: Dictionary = DICTIONARY, model: str = "model.json"
) -> Explanation:
    people = Reference(bank.rows, ReferenceKind.ALL if approve is not APPROVE else ReferenceKind.NEAR_CUTOFF)
    return explain(ModelFile.read(bank[model]), approve, Case(bank.rows, "id", str(case)), people, dictionary)


@pytest.fixture(scope="module")
def declined(bank: Bank) -> list[int]:
    """The declined, the nearest to the cut-off first."""
    with loaded(ModelFile.read(bank["model.json"])) as model:
        import pyarrow as pa

        scores = model.scores(pa.Table.from_pandas(bank.applicants[FEATURES], preserve_index=False).to_batches())
    ranked = pd.Series(scores)
    return [int(one) for one in ranked[ranked < 0.5].sort_values(ascending=False).index]


def rescored(bank: Bank, case: int, found: Illustration, folder: Path) -> float:
    """Score the case anew with the change written into its row."""
    import pyarrow as pa

    row = bank.applicants.loc[[case], FEATURES].copy()
    for one in found.changes:
        row[one.column] = float(one.after)
    with loaded(ModelFile.read(bank["model.json"])) as model:
        return float(model.scores(pa.Table.from_pandas(row, preserve_index=False).to_batches())[0])


def test_a_small_move_of_one_reason_is_found_and_the_model_agrees(
    bank: Bank, declined: list[int], tmp_path: Path
) -> None:
    found = explained(bank, declined[0]).illustration

    assert found
    assert len({one.group for one in found.changes}) == 1
    assert rescored(bank, declined[0], found, tmp_path) >= 0.5
    (change,) = found.changes
    assert found.text == (
        f"With {change.column} {change.after} instead of {change.before}, and all else the same, "
        f"the score would be {found.score}: approved."
    )
    # Somebody in the reference has it.
    assert float(change.after) in set(bank.applicants[change.column])


def test_where_one_does_not_suffice_two_are_tried_and_else_it_says_so(bank: Bank, declined: list[int]) -> None:
    found = [explained(bank, case).illustration for case in declined[:: len(declined) // 6]]
    hopeless = explained(bank, declined[-1], Rule("score", ">=", Decimal("0.999"))).illustration

    groups = [len({change.group for change in one.changes}) for one in found if one]
    assert {1, 2} <= set(groups)
    assert hopeless == Illustration((), None)
    assert hopeless.text == NONE
    assert hopeless.json() == {"text": NONE, "changes": [], "score": None}


def test_what_may_not_be_spoken_of_never_moves(bank: Bank, declined: list[int]) -> None:
    words = b"""
schema: govern/reasons/v1
reasons:
  income: {code: R01, text: Income}
  debt: {code: R02, text: Debt}
  late: {code: R03, text: Late}
  noise: {code: R04, prohibited: true}
"""
    told = [explained(bank, one, dictionary=Dictionary.parse(words)) for one in declined[:30:6]]

    moved = {change.group for one in told if one.illustration for change in one.illustration.changes}
    assert moved
    assert "noise" not in moved
    assert all(one.illustration is None for one in told if one.reasons.blocking)


def test_an_approval_has_nothing_to_change_and_what_is_missing_may_become_known(
    bank: Bank, declined: list[int]
) -> None:
    approved = next(one for one in bank.applicants.id if one not in declined)
    unknown = [one for one in declined if one % 50 == 0]

    assert explained(bank, approved).illustration is None
    found = [explained(bank, one).illustration for one in unknown[:3]]
    changes = [change for one in found if one for change in one.changes if change.column == "income"]
    assert all(change.before is None for change in changes)
    assert any("instead of nothing" in one.text for one in found if one) == bool(changes)
