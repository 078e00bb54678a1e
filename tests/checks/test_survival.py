"""Files as they come: any encoding, decimal commas, ten thousand columns, nonsense in numbers; right, or clearly refused."""

import csv
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from govern.checks.summary import Question, evaluate
from govern.errors import InvalidInput, NothingChecked

ROWS = "label,decision,score,group\n1,1,0.9,ä\n0,0,0.2,ä\n1,0,0.4,b\n0,1,0.7,b\n"


def measured(path: Path, **asked: Any) -> dict[str, Any]:
    given: dict[str, Any] = {"label": "label", "prediction": "decision", "by": ("group",), "resamples": 0, **asked}
    return evaluate(path, Question(**given))[0]


def write(folder: Path, content: str | bytes) -> Path:
    path = folder / "rows.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(
    ("encoding", "is_read"),
    [
        ("utf-8", True),
        ("utf-8-sig", True),
        ("latin-1", False),
        ("utf-16", False),
        ("utf-16-le", False),
        ("cp1252", False),
    ],
)
def test_an_encoding_is_read_right_or_refused(tmp_path: Path, encoding: str, is_read: bool) -> None:
    path = write(tmp_path, ROWS.encode(encoding))

    if is_read:
        assert [one["by"] for one in measured(path)["groups"]] == [{"group": "b"}, {"group": "ä"}]
    else:
        with pytest.raises(InvalidInput, match=r"UTF-8|cannot be read|no column"):
            measured(path)


def test_bytes_that_are_no_text_further_down_are_refused_too(tmp_path: Path) -> None:
    lines = ROWS + "1,1,0.5,b\n" * 200_000

    with pytest.raises(InvalidInput, match=r"cannot be read|UTF-8"):
        measured(write(tmp_path, lines.encode() + b"1,1,0.5,\xff\xfe\n"))


@pytest.mark.parametrize("mark", [";", "\t", "|"])
def test_a_decimal_comma_is_no_number_and_says_so(tmp_path: Path, mark: str) -> None:
    text = ROWS.replace(",", mark).replace("0.", "0,")

    with pytest.raises(InvalidInput, match=r"the score score has 4 values that are no numbers, like '0,2'"):
        measured(write(tmp_path, text), score="score")
    assert measured(write(tmp_path, text))["overall"]["accuracy"]["value"] == "0.5"


def test_ten_thousand_columns_are_as_good_as_four(tmp_path: Path) -> None:
    heads = ",".join(f"c{place}" for place in range(10_000))
    rows = ROWS.splitlines()
    text = "\n".join([f"{rows[0]},{heads}", *(f"{row},{','.join(['7'] * 10_000)}" for row in rows[1:]), ""])

    assert measured(write(tmp_path, text), score="score")["overall"]["roc_auc"]["value"] == "0.75"


@pytest.mark.parametrize(
    "names",
    ["label,label,score,group", "label,decision,,group", "label,decision,score,score", ",,,"],
)
def test_names_that_stand_twice_or_nowhere_are_refused(tmp_path: Path, names: str) -> None:
    with pytest.raises(InvalidInput, match=r"two columns named|without a name|no first line"):
        measured(write(tmp_path, ROWS.replace("label,decision,score,group", names)))


@pytest.mark.parametrize("nonsense", ["inf", "-inf", "Infinity", "1e999", "high", "0x1f", "1,5", "--"])
def test_a_score_that_is_no_number_is_refused(tmp_path: Path, nonsense: str) -> None:
    text = ROWS.replace("0.9", f'"{nonsense}"')

    with pytest.raises(InvalidInput, match="1 values that are no numbers"):
        measured(write(tmp_path, text), score="score")


@pytest.mark.parametrize("missing", ["", "nan", "NaN"])
def test_a_missing_score_is_counted(tmp_path: Path, missing: str) -> None:
    value = measured(write(tmp_path, ROWS.replace("0.9", missing)), score="score")

    assert {"by": {"group": "ä"}, "n": 1, "why": "label_or_score_missing"} in value["excluded"]


@pytest.mark.parametrize(
    "column",
    [
        pytest.param(pa.array([datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2, 3, 4)]), id="timestamps"),
        pytest.param(pa.array([3.5, 7.25, 1.5, 2.5]), id="amounts"),
        pytest.param(pa.array([[1], [0], [1], [0]]), id="lists"),
        pytest.param(pa.array([b"\x00", b"\xff", b"\x00", b"\xff"]), id="bytes"),
    ],
)
def test_labels_that_are_none_are_refused(tmp_path: Path, column: Any) -> None:
    pq.write_table(
        pa.table({"label": column, "decision": [1, 0, 0, 1], "group": list("aabb")}), tmp_path / "rows.parquet"
    )

    with pytest.raises(InvalidInput):
        measured(tmp_path / "rows.parquet")


@pytest.mark.parametrize(
    "column",
    [
        pytest.param(pa.array([True, False, True, False]), id="booleans"),
        pytest.param(pa.array([1, 0, 1, 0], pa.int8()), id="small integers"),
        pytest.param(pa.array([1, 0, 1, 0], pa.uint64()), id="large integers"),
        pytest.param(pa.array([1.0, 0.0, 1.0, 0.0], pa.float32()), id="floats"),
        pytest.param(pa.array(["1", "0", "1", "0"]).dictionary_encode(), id="categories"),
        pytest.param(pa.array(["1", "0", "1", "0"], pa.large_string()), id="long text"),
    ],
)
def test_labels_are_zero_and_one_in_any_type(tmp_path: Path, column: Any) -> None:
    decision = pa.array([True, False, False, True]) if pa.types.is_boolean(column.type) else pa.array([1, 0, 0, 1])
    pq.write_table(pa.table({"label": column, "decision": decision, "group": list("aabb")}), tmp_path / "rows.parquet")

    assert measured(tmp_path / "rows.parquet")["overall"]["accuracy"]["value"] == "0.5"


def test_a_decimal_label_is_one_too(tmp_path: Path) -> None:
    label = pa.array([Decimal("1.00"), Decimal("0.00")] * 2, pa.decimal128(5, 2))
    pq.write_table(
        pa.table({"label": label, "decision": [1, 0, 0, 1], "group": list("aabb")}), tmp_path / "rows.parquet"
    )

    assert measured(tmp_path / "rows.parquet")["overall"]["accuracy"]["value"] == "0.5"


@pytest.mark.parametrize("name", ["label", "__index__", "p", "y", "s", "g0", "n", "v", "govern: row", 'a"b', "c;--"])
def test_columns_may_be_called_what_they_like(tmp_path: Path, name: str) -> None:
    pq.write_table(
        pa.table({name: [1, 0, 1, 0], "decision": [1, 0, 0, 1], "group": list("aabb"), "score": [0.9, 0.2, 0.4, 0.7]}),
        tmp_path / "rows.parquet",
    )

    value = measured(tmp_path / "rows.parquet", label=name, score="score", with_cutoffs=True)

    assert value["overall"]["accuracy"]["value"] == "0.5"
    assert value["overall"]["roc_auc"]["value"] == "0.75"


# The traps


def test_text_labels_are_never_taken_for_nobody_selected(tmp_path: Path) -> None:
    text = (
        ROWS.replace("1,1,", "yes,yes,").replace("0,0,", "no,no,").replace("1,0,", "yes,no,").replace("0,1,", "no,yes,")
    )

    with pytest.raises(InvalidInput, match="neither is 1"):
        measured(write(tmp_path, text))
    assert measured(write(tmp_path, text), positive="yes")["overall"]["selection_rate"]["value"] == "0.5"


@pytest.mark.parametrize(
    ("rows", "metric", "why"),
    [
        pytest.param(
            "0,0,0.1,a\n0,1,0.9,a\n1,1,0.8,b\n0,0,0.2,b\n", "true_positive_rate", "no_positives", id="no positives"
        ),
        pytest.param(
            "1,1,0.1,a\n1,1,0.9,a\n1,1,0.8,b\n0,0,0.2,b\n", "false_positive_rate", "no_negatives", id="no negatives"
        ),
        pytest.param(
            "1,0,0.1,a\n0,0,0.9,a\n1,1,0.8,b\n0,0,0.2,b\n", "precision", "nobody_selected", id="nobody selected"
        ),
        pytest.param("1,1,0.1,a\n1,1,0.9,b\n1,1,0.8,b\n0,0,0.2,b\n", "roc_auc", "no_negatives", id="one member"),
        pytest.param("1,1,0.1,a\n1,1,0.9,b\n1,1,0.8,b\n0,0,0.2,b\n", "balanced_accuracy", "one_label", id="one label"),
        pytest.param(",1,0.1,a\n,1,0.9,a\n1,1,0.8,b\n0,0,0.2,b\n", "accuracy", "no_labels", id="labels missing"),
    ],
)
def test_what_cannot_be_known_of_a_group_is_undefined(tmp_path: Path, rows: str, metric: str, why: str) -> None:
    value = measured(write(tmp_path, "label,decision,score,group\n" + rows), score="score")

    (group,) = [one for one in value["groups"] if one["by"] == {"group": "a"}]
    assert group["measures"][metric] == {"value": None, "low": None, "high": None, "why": why}
    assert group["status"] == "undefined"


def test_nobody_selected_anywhere_is_no_equality(tmp_path: Path) -> None:
    value = measured(write(tmp_path, "label,decision,score,group\n1,0,0.1,a\n0,0,0.9,a\n1,0,0.8,b\n0,0,0.2,b\n"))

    air = next(one for one in value["disparities"] if one["metric"] == "adverse_impact_ratio")
    assert (air["value"], air["why"]) == (None, "nobody_selected")


def test_a_continuous_attribute_is_no_group(tmp_path: Path) -> None:
    lines = "".join(f"1,{n % 2},{n / 1000},{n / 7}\n" for n in range(1000))

    with pytest.raises(InvalidInput, match="group has 1000 values, more than 256"):
        measured(write(tmp_path, "label,decision,score,group\n" + lines))


@pytest.mark.parametrize("content", ["", "\n", "label,decision,score,group\n", "label,decision,score,group"])
def test_nothing_is_measured_of_nothing(tmp_path: Path, content: str) -> None:
    with pytest.raises((InvalidInput, NothingChecked)):
        measured(write(tmp_path, content))


def test_four_fifths_exactly_passes_wherever_doubles_say_less(tmp_path: Path) -> None:
    wrong = 0
    for a in range(1, 30):
        for b in range(a, 30):
            for d in range(1, 12):
                # a of b against c of d, where 5 * a * d = 4 * b * c.
                c, rest = divmod(5 * a * d, 4 * b)
                wrong += not rest and 0 < c <= d and (a / b) / (c / d) < 0.8
    assert wrong > 30

    lines = "".join(f"{int(n < 3)},a\n" for n in range(5)) + "".join(f"{int(n < 15)},b\n" for n in range(20))
    value = evaluate(write(tmp_path, "p,g\n" + lines), Question(prediction="p", by=("g",), resamples=0))[0]
    assert value["disparities"][0]["value"] == "0.8"


@pytest.mark.parametrize("table", ["sex", "race", "intersectional"])
def test_the_rules_own_example_of_new_york(shared: Path, tmp_path: Path, table: str) -> None:
    with (shared / "data/nyc-ll144-rule-example.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["table"] == table]
    lines = [
        f"{int(number < int(row['selected']))},{row['category']}"
        for row in rows
        for number in range(int(row["applicants"]))
    ]

    value = measured(write(tmp_path, "\n".join(["decision,group", *lines, ""])), label=None)

    found = {one["by"]["group"]: one["measures"] for one in value["groups"]}
    for row in rows:
        rate = Decimal(found[row["category"]]["selection_rate"]["value"])
        ratio = found[row["category"]].get("adverse_impact_ratio", {"value": "1"})["value"]
        said, places = row["published_selection_rate"].rstrip("%"), row["published_impact_ratio"]
        assert (100 * rate).quantize(Decimal(said), ROUND_HALF_UP) == Decimal(said)
        assert Decimal(ratio).quantize(Decimal(places), ROUND_HALF_UP) == Decimal(places)
