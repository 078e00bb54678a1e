"""A batch of decisions: each as if it were alone, none of its inputs in what is kept, and every case provable."""

import os
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from govern.checks import leaves, tops
from govern.checks.binding import Rule
from govern.checks.cases import Case, explain
from govern.checks.decided import CODES, Cases, Decided, Terms, decide
from govern.checks.population import Reference
from govern.checks.reasons import DIGITS, Dictionary, Side, choose, side
from govern.checks.sandbox import ModelFile
from govern.errors import InvalidInput
from govern.ledger.merkle import Tree, leaf_hash
from govern.ledger.strict import Digest, canonical
from govern.policy.decimals import rounded, write_decimal
from tests.checks.conftest import DICTIONARY, Bank

APPROVE = Rule("score", ">=", Decimal("0.5"))
GROUPS = ["income", "debt", "late", "noise", "unknown"]
PROHIBITING = Dictionary.parse(b"""
schema: govern/reasons/v1
reasons:
  income: {code: R01, text_low: Income is too low}
  debt: {code: R02, text: Debt}
  late: {code: R03, prohibited: true}
  noise: {code: R04, text: Noise}
""")


def decided(bank: Bank, model: str = "model.json", dictionary: Dictionary = DICTIONARY, **more: Any) -> Decided:
    rows = bank[more.pop("rows", "applicants.csv")]
    terms = Terms(more.pop("approve", APPROVE), dictionary, Reference(more.pop("reference", rows)))
    return decide(ModelFile.read(bank[model]), Cases(rows, more.pop("column", "id")), terms, os.urandom, **more)


@pytest.fixture(scope="module")
def batch(bank: Bank) -> Decided:
    return decided(bank)


def told_of(row: dict[str, Any]) -> list[str]:
    return [row[name] for name in CODES if row[name] is not None]


# What many are told is what one is told


@given(
    st.lists(st.lists(st.sampled_from([-3.0, -1.0, -0.5, -0.02, -1e-6, 0.0, 0.7]), min_size=5, max_size=5), min_size=1),
    st.sampled_from([-1, 1]),
    st.integers(0, 3),
    st.sampled_from([DICTIONARY, PROHIBITING]),
)
def test_reasons_of_many_are_those_of_each_alone(
    values: list[list[float]], sign: int, stands: int, dictionary: Dictionary
) -> None:
    places = (np.arange(5) + stands) % len(tops.SIDES) * np.ones((len(values), 1))

    found = tops.told(np.array(values), sign, GROUPS, places.astype(np.int8), dictionary)

    for row, contributions in enumerate(values):
        of = {group: rounded(value, DIGITS) for group, value in zip(GROUPS, contributions, strict=True)}
        sides = {group: tops.SIDES[int(one)] for group, one in zip(GROUPS, places[row], strict=True)}
        alone, answer = choose(of, sign, sides, dictionary), found.of_row[row]
        assert found.codes[answer] == tuple(one.code for one in alone.reasons)
        assert found.blocking[answer] == alone.blocking


@given(st.floats(-1e30, 1e30) | st.integers(-(10**9), 10**9).map(lambda one: (one + 0.5) / 10**DIGITS))
def test_millionths_are_what_is_written(number: float) -> None:
    if abs(number) >= 1e12:
        number /= 1e20

    assert int(tops.millionths(np.array([[number]]))[0, 0]) == rounded(number, DIGITS) * 10**DIGITS


@given(st.floats(-1e9, 1e9))
def test_scores_are_written_as_elsewhere(number: float) -> None:
    assert leaves.written(number) == write_decimal(rounded(Fraction(number), 9))


def test_sides_of_many_are_those_of_each_alone() -> None:
    values = [1.0, 2.0, 3.0, 2.5, None, float("nan")]
    batch = pa.record_batch({"a": pa.array(values, pa.float64()), "b": pa.array(["x", None, "y", "x", "x", "x"])})

    found = tops.sides(batch, ["a", "b"], {"a": (2.0, 2.5)})
    even = tops.sides(batch, ["a"], {"a": (None, None)})

    assert [tops.SIDES[one] for one in found[:, 0]] == [side(value, 2.0, 2.5) for value in values]
    assert [tops.SIDES[one] for one in found[:2, 1]] == [Side.NEITHER, Side.MISSING]
    assert tops.SIDES[even[0, 0]] is Side.NEITHER


def test_every_case_is_decided_and_explained_as_if_it_were_alone(bank: Bank, batch: Decided) -> None:
    found = {row["case"]: row for row in batch.table.to_pylist()}
    assert sorted(found) == sorted(map(str, bank.applicants.id))
    declined = [case for case, row in found.items() if row["decision"] == "declined"]
    assert len(declined) == batch.declined

    for case in [*declined[:3], next(case for case in found if case not in declined)]:
        alone = explain(
            ModelFile.read(bank["model.json"]), APPROVE, Case(bank.rows, "id", case), Reference(bank.rows), DICTIONARY
        )
        assert told_of(found[case]) == [one.code for one in alone.reasons.reasons]
        assert leaves.written(found[case]["score"]) == write_decimal(alone.score)
        assert (found[case]["decision"] == "approved") == alone.is_approved
        assert batch.population == alone.reference
        if not alone.is_approved:
            assert found[case]["margin"] == pytest.approx(float(alone.found.margins[0]), abs=1e-9)
            assert found[case]["residual"] < 1e-4


@pytest.mark.parametrize("model", ["linear.skops", "words.skops"])
def test_models_of_any_kind_decide(bank: Bank, model: str) -> None:
    bank.applicants.fillna(0.0).to_csv(bank["known.csv"], index=False)

    found = decided(bank, model, rows="known.csv")

    assert found.declined > 0
    assert found.blocked == 0
    assert found.library


def test_two_processes_find_what_one_finds(bank: Bank, batch: Decided) -> None:
    other = decided(bank, processes=2)

    same = ["case", "score", "decision", *CODES, "margin"]
    assert other.table.select(same).equals(batch.table.select(same))
    assert other.codes == batch.codes


# What is kept


def test_the_root_is_that_of_one_canonical_leaf_for_each_case_in_the_order_of_ids(batch: Decided) -> None:
    rows, tree = batch.table.to_pylist(), Tree()
    assert [row["case"] for row in rows] == sorted(row["case"] for row in rows)

    for row in rows:
        value = {
            "case": str(Digest.of(row["salt"] + row["case"].encode())),
            "codes": told_of(row),
            "decision": row["decision"],
            "inputs": f"sha256:{row['inputs'].hex()}",
            "score": leaves.written(row["score"]),
        }
        tree.append(leaf_hash(canonical(value)))
        assert row["leaf"] == leaf_hash(canonical(value))
    assert batch.root == Digest(tree.root())


def test_each_case_has_a_salt_of_its_own_and_no_column_has_its_inputs(bank: Bank, batch: Decided) -> None:
    assert len(set(batch.table.column("salt").to_pylist())) == batch.table.num_rows
    assert set(batch.table.column_names) & {"income", "debt", "late", "noise", "sex"} == set()
    assert decided(bank).root != batch.root


def test_inputs_are_the_same_however_they_are_written(bank: Bank) -> None:
    batches = [
        pa.record_batch({"a": pa.array([0.0, float("nan")]), "b": pa.array(["x", None])}),
        pa.record_batch({"a": pa.array([-0.0, None], pa.float64()), "b": pa.array(["x", None])}),
    ]
    one, other = (list(leaves.inputs(batch, ("a", "b"), frozenset("a"))) for batch in batches)

    assert one == other
    assert len(set(one)) == 2


def test_the_file_can_be_read_by_anybody(bank: Bank, batch: Decided) -> None:
    with bank["out.parquet"].open("wb") as file:
        batch.write(file, Digest.of(b"the version"))

    read = pq.read_table(bank["out.parquet"])
    assert read.drop_columns([]).equals(batch.table)
    assert str(batch.root).encode() in read.schema.metadata[b"govern"]


# What may not be told, and what cannot be decided


def test_a_prohibited_basis_among_the_reasons_is_blocked_and_counted(bank: Bank) -> None:
    found = decided(bank, dictionary=PROHIBITING)

    rows = [row for row in found.table.to_pylist() if row["blocking"]]
    assert found.blocked == len(rows) > 0
    assert all(told_of(row) == [] and row["decision"] == "declined" for row in rows)
    assert any("late counted against this applicant, and is a prohibited basis" in row["blocking"] for row in rows)
    assert sum(found.blocking.values()) >= found.blocked


def test_nobody_declined_is_nobody_explained(bank: Bank) -> None:
    found = decided(bank, approve=Rule("score", ">=", Decimal(0)))

    assert (found.declined, found.blocked, found.method, found.library) == (0, 0, "", None)


@pytest.mark.parametrize(
    ("column", "message"),
    [
        pytest.param("sex", "0 have no id and 1498 have one that stands before", id="the same id"),
        pytest.param("income", "30 have no id", id="no id"),
        pytest.param("nothing", "no column 'nothing' for the case", id="no column"),
    ],
)
def test_every_case_has_an_id_of_its_own(bank: Bank, column: str, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        decided(bank, column=column)
