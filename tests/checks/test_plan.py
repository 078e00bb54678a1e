"""A plan over a file: the same bytes whatever the order, the judge's format, and what is left out."""

import random
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from govern.checks.plan import run
from govern.errors import InvalidInput, NothingChecked
from govern.ledger.strict import Digest
from govern.policy.evidence import Attribute, Columns, Evidence, Interval, Plan, Planned, Status

BOOTSTRAP = Interval(method="bootstrap", level=Decimal("0.9"), resamples=200)
# Of every number, written down on Python 3.11 and 3.13.
GOLDEN = "12f53862181c74c4f5f70e6e676b39fdb555949763c87f12e5d181b05dcfdcd8"


def rows(seed: int = 5, n: int = 400) -> list[str]:
    rng = random.Random(seed)
    lines = []
    for number in range(n):
        group = rng.choice(["F", "M", "M", "X", ""])
        score = rng.randint(0, 60) / 64
        label = int(rng.random() < score)
        lines.append(f"{number},{group},{score},{label if rng.random() < 0.9 else ''},{'yes' if score > 0.4 else 'no'}")
    return lines


def write(path: Path, lines: list[str]) -> Path:
    path.write_text("\n".join(["id,sex,score,label,decision", *lines, ""]))
    return path


def plan(*checks: Planned, **columns: Any) -> Plan:
    bound = {"label": "label", "prediction": "score >= 0.4", "score": "score", "positive": None, **columns}
    return Plan(digits=12, columns=Columns(**bound), checks=checks)


def planned(metric: str, **of: Any) -> Planned:
    given = {"check": metric, "by": (), "favourable": None, "interval": BOOTSTRAP, **of}
    return Planned(metric=metric, **given)


def sex(**of: Any) -> Attribute:
    return Attribute(**{"name": "sex", "column": "sex", "groups": None, "reference": None, **of})


EVERYTHING = plan(
    planned("roc_auc"),
    planned("roc_auc", check="auc by sex", by=(sex(),)),
    planned("adverse_impact_ratio", by=(sex(reference="M"),)),
    planned("equalized_odds_difference", by=(sex(),), min_group_size=100),
)


def test_the_same_rows_in_any_order_give_the_same_bytes(tmp_path: Path) -> None:
    lines = rows()
    first = run(EVERYTHING, write(tmp_path / "a.csv", lines), threads=1)
    random.Random(1).shuffle(lines)

    again = run(EVERYTHING, write(tmp_path / "b.csv", lines), threads=2)

    assert bytes(first.evidence) == bytes(again.evidence)
    assert first.source != again.source


def test_evidence_is_the_same_on_every_python(tmp_path: Path) -> None:
    found = run(EVERYTHING, write(tmp_path / "a.csv", rows()), policy=Digest(bytes(32)), model=Digest(bytes(32)))

    assert Evidence.parse(bytes(found.evidence)) == found.evidence
    measures = [measure for result in found.evidence.results for measure in result.measures]
    numbers = " ".join(f"{one.n} {one.exact} {one.value} {one.low} {one.high}" for one in measures)
    assert sha256(numbers.encode()).hexdigest() == GOLDEN


def test_the_tables_are_counts_and_hold_no_score(tmp_path: Path) -> None:
    found = run(EVERYTHING, write(tmp_path / "a.csv", rows()))

    assert [table.name for table in found.evidence.tables] == ["counts", "counts by sex", "ranks", "ranks by sex"]
    assert sum(sum(cells) for cells in found.evidence.tables[1].read().values()) == 400


def test_only_groups_that_are_declared_are_compared_and_all_of_them(tmp_path: Path) -> None:
    attribute = sex(groups=("F", "M", "Z"), reference="M")

    (result,) = run(
        plan(planned("adverse_impact_ratio", by=(attribute,))), write(tmp_path / "a.csv", rows())
    ).evidence.results

    assert {one.by["sex"]: (one.status, one.reason) for one in result.measures} == {
        "F": (Status.MEASURED, None),
        "Z": (Status.UNDEFINED, "no_rows"),
    }
    assert {(one.by["sex"], one.why) for one in result.excluded} == {(None, "attribute_missing"), ("X", "not_declared")}


def test_a_small_group_is_listed_as_such(tmp_path: Path) -> None:
    check = planned("demographic_parity_difference", by=(sex(),), min_group_size=100)

    (result,) = run(plan(check), write(tmp_path / "a.csv", rows())).evidence.results

    small = {one.by["sex"]: one.n for one in result.excluded if one.why == "small_group"}
    assert set(small) == {"F", "X"}
    assert max(small.values()) < 100


@pytest.mark.parametrize(("favourable", "rate"), [("yes", "0.25"), ("no", "0.75"), (None, "0.25")])
def test_a_selection_is_of_the_decision_that_is_good_for_the_person(
    tmp_path: Path, favourable: str | None, rate: str
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("decision\nyes\nno\nno\nno\n")
    columns = {"label": None, "prediction": "decision", "score": None, "positive": "yes"}

    found = run(plan(planned("selection_rate", favourable=favourable), **columns), path)

    assert str(found.evidence.results[0].measures[0].value) == rate


def test_a_favourable_decision_that_nobody_gets_to_see_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="favours 'approve', and the predictions are '1' and '0'"):
        run(plan(planned("selection_rate", favourable="approve")), write(tmp_path / "a.csv", rows()))


def test_what_cannot_be_measured_is_named_and_left_out(tmp_path: Path) -> None:
    asked = plan(planned("psi"), planned("roc_auc"), planned("accuracy"), score=None)

    found = run(asked, write(tmp_path / "a.csv", rows()))

    assert found.unmeasured == (
        ("psi", "psi needs a baseline: the rows as they were"),
        ("roc_auc", "roc_auc needs a score"),
    )
    assert [result.check for result in found.evidence.results] == ["accuracy"]


def test_a_plan_of_which_nothing_can_be_measured_is_no_evidence(tmp_path: Path) -> None:
    with pytest.raises(NothingChecked, match="roc_auc needs a score"):
        run(plan(planned("roc_auc"), score=None), write(tmp_path / "a.csv", rows()))
