"""A file of rows: what is 1, what is missing, what is refused, and that nothing else is read."""

from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from govern.checks import tables
from govern.checks.binding import Binding, Rule, bind
from govern.checks.counts import Counts, counted
from govern.checks.summary import Question, evaluate
from govern.errors import InvalidInput, NothingChecked, Tampered

ROWS = "y,p,g\n1,1,a\n1,0,a\n0,0,b\n0,1,b\n1,1,b\n"


def write(folder: Path, text: str) -> Path:
    path = folder / "rows.csv"
    path.write_text(text)
    return path


def counts(path: Path, wanted: Binding) -> dict[Any, Counts]:
    with tables.opened(path) as data:
        return {key[0]: found for key, found in counted(bind(data, wanted), (0,)).items()}


def test_rows_become_counts(tmp_path: Path) -> None:
    found = counts(write(tmp_path, ROWS), Binding("y", "p", None, ("g",), None))

    assert found == {"a": Counts(true_positives=1, false_negatives=1), "b": Counts(1, 1, 1)}


@pytest.mark.parametrize(
    "columns",
    [
        pytest.param({"y": [1, 1, 0, 0, 1], "p": [1, 0, 0, 1, 1]}, id="integers"),
        pytest.param({"y": [1.0, 1.0, 0.0, 0.0, 1.0], "p": [1, 0, 0, 1, 1]}, id="doubles and integers"),
        pytest.param({"y": ["1", "1.0", "0", "0.00", "1"], "p": [1, 0, 0, 1, 1]}, id="text"),
    ],
)
def test_one_is_one_however_parquet_spells_it(tmp_path: Path, columns: dict[str, Any]) -> None:
    pq.write_table(pa.table({**columns, "g": list("aabbb")}), tmp_path / "rows.parquet")

    found = counts(tmp_path / "rows.parquet", Binding("y", "p", None, ("g",), "1"))

    assert found == {"a": Counts(true_positives=1, false_negatives=1), "b": Counts(1, 1, 1)}


@pytest.mark.parametrize(
    ("text", "asked", "message"),
    [
        pytest.param("p,g\nyes,a\nno,b\n", Question(prediction="p"), "neither is 1", id="which is 1"),
        pytest.param("p,g\nyes,a\nno,b\n", Question(prediction="p", positive="Yes"), "not 'Yes'", id="misspelled"),
        pytest.param("p,g\n1,a\n0,b\n2,b\n", Question(prediction="p"), "more than two values", id="three values"),
        pytest.param("y,p\n1,yes\n0,no\n", Question("y", "p"), "more than two values", id="two vocabularies"),
        pytest.param("p,g\n1,a\n", Question(prediction="q"), "no column 'q'", id="no such column"),
        pytest.param("p,p\n1,a\n", Question(prediction="p"), "two columns named 'p'", id="one name twice"),
        pytest.param(
            "y,s\n1,high\n0,0.5\n",
            Question("y", score="s"),
            "1 values that are no numbers, like 'high'",
            id="text as score",
        ),
        pytest.param("y,s\n1,inf\n0,0.5\n", Question("y", score="s"), "no numbers, like 'inf'", id="infinite score"),
        pytest.param("p,g\n1,a\n1,b,c\n", Question(prediction="p"), "cannot be read", id="too many cells"),
        pytest.param("", Question(prediction="p"), "no first line", id="empty"),
        pytest.param("p\n1\n", Question(), "neither a prediction nor a score", id="nothing asked"),
        pytest.param("p,g\n1,a\n", Question(prediction="p", by=("g", "g")), "twice", id="attribute twice"),
    ],
)
def test_what_is_ambiguous_is_refused(tmp_path: Path, text: str, asked: Question, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        evaluate(write(tmp_path, text), asked)


def test_a_grouping_of_everything_is_refused(tmp_path: Path) -> None:
    lines = "".join(f"1,{number}\n" for number in range(300))

    with pytest.raises(InvalidInput, match="300 values, more than 256"):
        evaluate(write(tmp_path, "p,g\n" + lines), Question(prediction="p", by=("g",)))


def test_a_score_alone_without_a_label_measures_nothing(tmp_path: Path) -> None:
    with pytest.raises(NothingChecked):
        evaluate(write(tmp_path, "s\n0.5\n"), Question(score="s"))


def test_what_is_missing_is_counted(tmp_path: Path) -> None:
    text = "y,p,s,g\n1,1,0.9,a\n,1,0.8,a\n0,,0.7,a\n0,0,,b\n1,0,0.2,\n0,0,0.1,b\n1,1,0.6,b\n"

    value, _ = evaluate(write(tmp_path, text), Question("y", "p", "s", ("g",)))

    assert {(tuple(line["by"].items()), line["why"]): line["n"] for line in value["excluded"]} == {
        ((), "label_missing"): 1,
        ((), "prediction_missing"): 1,
        ((), "label_or_score_missing"): 2,
        ((("g", None),), "attribute_missing"): 1,
        ((("g", "a"),), "label_missing"): 1,
        ((("g", "a"),), "prediction_missing"): 1,
        ((("g", "a"),), "label_or_score_missing"): 1,
        ((("g", "b"),), "label_or_score_missing"): 1,
    }


def test_a_row_without_a_label_still_tells_who_was_selected(tmp_path: Path) -> None:
    value, _ = evaluate(write(tmp_path, "y,p\n1,1\n0,1\n,0\n,0\n"), Question("y", "p"))

    assert value["overall"]["selection_rate"]["value"] == "0.5"
    assert value["overall"]["accuracy"]["value"] == "0.5"


@pytest.mark.parametrize("mark", [";", "\t", "|"])
def test_other_marks_between_the_columns_and_a_byte_order_mark(tmp_path: Path, mark: str) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("\ufeff" + ROWS.replace(",", mark), encoding="utf-8")

    assert counts(path, Binding("y", "p", None, ("g",), None))["b"] == Counts(1, 1, 1)


def test_the_digest_is_of_the_bytes(tmp_path: Path) -> None:
    value, _ = evaluate(write(tmp_path, ROWS), Question("y", "p"))

    assert value["data"] == {"rows": 5, "sha256": sha256(ROWS.encode()).hexdigest()}


def test_a_file_that_changes_meanwhile_is_no_evidence(tmp_path: Path) -> None:
    path = write(tmp_path, ROWS)

    with pytest.raises(Tampered, match="changed while it was read"), tables.opened(path):
        path.write_text(ROWS + "1,1,a\n")


def test_names_cannot_smuggle_a_query(tmp_path: Path) -> None:
    name = "g\"; DROP TABLE x; --'"
    path = write(tmp_path, 'p,"g""; DROP TABLE x; --\'"\n1,it\'s\n0,b\n')

    value, _ = evaluate(path, Question("p", "p", "p", by=(name,)))

    assert [group["by"][name] for group in value["groups"]] == ["b", "it's"]


def test_nothing_but_the_file_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "other.csv").write_text("secret\n1\n")

    with tables.opened(write(tmp_path, ROWS)) as data, pytest.raises(InvalidInput, match="cannot be read"):
        data.ask(f"SELECT * FROM read_csv('{tmp_path / 'other.csv'}')")


@pytest.mark.parametrize("path", ["rows*.csv", "nowhere.csv"])
def test_a_path_names_one_file_that_is_there(tmp_path: Path, path: str) -> None:
    with pytest.raises(InvalidInput), tables.opened(tmp_path / path):
        pass


def test_a_rule_and_its_text_are_inverses() -> None:
    assert str(Rule.parse("days past due >= 90")) == "days past due >= 90"
    assert Rule.parse("approved") is None


def test_a_rule_is_a_prediction(tmp_path: Path) -> None:
    value, _ = evaluate(write(tmp_path, "y,s\n1,0.5\n0,0.49\n1,\n"), Question("y", "s >= 0.5"))

    assert value["overall"]["accuracy"]["value"] == "1"
    assert {line["why"] for line in value["excluded"]} == {"prediction_missing"}
