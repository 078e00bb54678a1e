"""What a model file says of itself is found in its own bytes, whatever library wrote it, and nothing in it is run."""

import json
import os
import pickle
import pickletools
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from govern.artifacts import pickles
from govern.artifacts.source import Column, Inspection, of_bytes
from tests.artefacts import samples
from tests.artefacts.samples import COLUMNS, of


def names(columns: tuple[Column, ...]) -> list[str]:
    return [column.name for column in columns]


def test_onnx_tells_its_inputs_outputs_operators_and_producer() -> None:
    found = of(samples.onnx_file(), "model.onnx")

    assert found.format == "ONNX"
    assert found.inputs == (Column("x", "float[batch, 4]"),)
    assert found.outputs == (
        Column("label", "int64[batch]"),
        Column("probabilities", "sequence(map(int64, float))"),
    )
    facts = dict(found.facts)
    assert facts == {
        "ir version": "10",
        "producer": "skl2onnx",
        "producer version": "1.17",
        "opset": "ai.onnx 21, ai.onnx.ml 3",
        "nodes": "1",
    }
    assert found.flags == ()


def test_onnx_that_needs_more_than_the_file_says_so() -> None:
    found = of(samples.onnx_file(domain="acme.ops", external=True), "model.onnx")

    assert found.flags == (
        "it uses operators of 'acme.ops', which are not ONNX's own",
        "1 of its tensors lie in other files, which this digest does not cover",
    )


@pytest.mark.parametrize("ending", ["json", "ubj"])
def test_xgboost_tells_its_columns_and_objective(ending: str) -> None:
    found = of(samples.xgboost_file(ending), f"model.{ending}")

    assert found.format == f"XGBoost {ending.upper()}"
    assert names(found.inputs) == COLUMNS
    assert {column.kind for column in found.inputs} == {"float"}
    assert dict(found.facts) | {"version": ""} == {
        "objective": "binary:logistic",
        "booster": "gbtree",
        "trees": "3",
        "features": "3",
        "version": "",
    }
    assert found.flags == ()


def test_xgboost_without_names_is_counted() -> None:
    model = json.loads(samples.xgboost_file("json"))
    model["learner"]["feature_names"] = []
    model["learner"]["learner_model_param"]["num_class"] = "4"

    found = of(json.dumps(model, indent=1).encode())

    assert names(found.inputs) == ["f0", "f1", "f2"]
    assert found.outputs == (Column("prediction", "float[?, 4]"),)


def test_lightgbm_tells_what_its_header_says() -> None:
    found = of(samples.LIGHTGBM, "model.txt")

    assert found.format == "LightGBM text"
    assert found.inputs == (
        Column("income", "number [0:250000]"),
        Column("age", "number [18:99]"),
        Column("region", "category 0:1:2"),
    )
    assert dict(found.facts) == {"objective": "binary sigmoid:1", "trees": "2", "features": "3", "version": "v4"}


def test_a_header_that_contradicts_itself_is_flagged() -> None:
    found = of(samples.LIGHTGBM.replace(b"max_feature_idx=2", b"max_feature_idx=9"))

    assert found.flags == ("it says 10 features and names 3",)


def test_safetensors_tells_its_tensors_and_metadata() -> None:
    found = of(samples.safetensors_file(), "model.safetensors")

    assert (found.format, found.flags) == ("safetensors", ())
    assert dict(found.facts) == {"tensors": "2", "format": "np", "largest": "weight F32[2, 2], bias F32[2]"}


def test_safetensors_with_bytes_that_its_header_does_not_tell_of_is_flagged() -> None:
    found = of(samples.safetensors_file(body=99))

    assert len(found.flags) == 1
    assert found.flags[0].startswith("its header tells of")


def test_skops_tells_its_columns_and_types() -> None:
    found = of(samples.skops_file(), "model.skops")

    assert (found.format, names(found.inputs), found.flags) == ("skops", COLUMNS, ())
    assert dict(found.facts)["model"] == "sklearn.pipeline.Pipeline"
    assert "sklearn.linear_model._logistic.LogisticRegression" in dict(found.facts)["types"]


def test_skops_with_types_of_others_is_flagged() -> None:
    schema = {"__class__": "system", "__module__": "os", "__loader__": "ObjectNode"}

    found = of(samples.zip_file({"schema.json": json.dumps(schema).encode()}))

    assert found.flags == ("it holds types of other libraries: os.system",)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_pmml_tells_its_schema(encoding: str) -> None:
    found = of(samples.PMML.replace("UTF-8", encoding).encode(encoding), "model.pmml")

    assert found == Inspection(
        "PMML",
        inputs=(Column("income", "continuous double"), Column("région", "categorical string")),
        outputs=(Column("probability(1)", "continuous double"),),
        facts=(
            ("model", "RegressionModel"),
            ("version", "4.4"),
            ("producer", "SkLearn2PMML 0.110"),
            ("function", "classification"),
        ),
    )


def test_pmml_without_outputs_tells_its_target() -> None:
    found = of(samples.PMML.replace("Output>", "Extension>").replace("OutputField", "X").encode())

    assert found.outputs == (Column("default", "categorical integer"),)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_is_flagged_with_every_name_that_it_looks_up(protocol: int) -> None:
    content = samples.pickle_file(samples.forest(), protocol)

    found = of(content, "model.pkl")

    assert found.format == "pickle"
    assert found.flags[0] == "a pickle runs what is in it when it is read"
    assert pickles.scan(of_bytes(content)).names.keys() == looked_up(content)


def looked_up(content: bytes) -> set[str]:
    """Return what Python's own reader of instructions says that a pickle names."""
    found: set[str] = set()
    texts: list[str] = []
    memo: dict[Any, str] = {}
    for one, argument, _ in pickletools.genops(content):
        if one.name == "GLOBAL":
            found.add(str(argument).replace(" ", "."))
        elif one.name == "STACK_GLOBAL":
            found.add(".".join(texts[-2:]))
        elif "UNICODE" in one.name:
            texts.append(str(argument))
        elif one.name == "MEMOIZE":
            memo[len(memo)] = texts[-1] if texts else ""
        elif one.name in {"BINGET", "LONG_BINGET"} and argument in memo:
            texts.append(memo[argument])
    return found


class Attack:
    """What a pickle that means harm is made of."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, ("echo harm > harm",)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_that_reaches_beyond_a_model_is_named_and_not_run(
    protocol: int, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    found = of(pickle.dumps({"model": [Attack()]}, protocol), "model.bin")

    assert found.format == "pickle"
    assert f"it names {os.system.__module__}.system, which reaches beyond a model" in found.flags
    assert list(tmp_path.iterdir()) == []


def test_names_that_are_computed_are_said_to_be() -> None:
    found = of(b"\x80\x04N\x8c\x01a\x93.")

    assert "it names (computed).a, which reaches beyond a model" in found.flags


@pytest.mark.parametrize("compress", [0, ("zlib", 3), ("gzip", 3), ("bz2", 3), ("xz", 3), ("lzma", 3)], ids=str)
def test_a_joblib_file_is_followed_across_its_arrays(compress: Any) -> None:
    found = of(samples.joblib_file(compress), "model.joblib")

    assert found.format == "joblib"
    assert found.flags[0] == "a pickle runs what is in it when it is read"
    assert "sklearn.tree._tree.Tree" in found.flags[1]
    assert int(dict(found.facts)["arrays"]) > 3
    assert dict(found.facts).get("compressed by", "none") == (
        {"bz2": "bzip2"}.get(compress[0], compress[0]) if compress else "none"
    )


def test_a_torch_file_is_flagged_with_what_is_in_it() -> None:
    found = of(samples.torch_file(), "model.pt")

    assert found.format == "PyTorch"
    assert found.flags[0] == "a pickle runs what is in it when it is read"
    assert "LogisticRegression" in found.flags[1]


def test_keras_is_flagged_if_a_layer_is_code() -> None:
    assert of(samples.keras_file("Dense"), "m.keras").flags == ()
    assert of(samples.keras_file("Dense", "Lambda"), "m.keras").flags == (
        "it holds a Lambda layer, which runs the code in it when it is read",
    )


@pytest.mark.parametrize(
    ("content", "name", "format_"),
    [
        (b'{"schema": "scorecard", "points": {"age": [1, 2]}}', "card.json", "JSON"),
        (b"points:\n  age: 12\n", "card.yaml", "YAML"),
        (b"a,b\n1,2\n", "rows.csv", "CSV"),
        ("ä".encode() * 50_000, "notes.txt", "text"),
        (b"<note/>", "note.xml", "text"),
        (b"<?xml version='1.0'?><note/>", "note.xml", "XML"),
        (b"PAR1....", "rows.parquet", "Parquet"),
        (b"\x89HDF\r\n\x1a\n....", "model.h5", "HDF5"),
        (bytes(range(256)), "model.bin", "unknown"),
        (b"", "nothing", "empty"),
        (samples.numpy_file(np.ones(3)), "a.npy", "NumPy array"),
        (samples.zip_file({"a.npy": b"", "b.npy": b""}), "a.npz", "NumPy arrays"),
        (samples.zip_file({"a.txt": b""}, zipfile.ZIP_DEFLATED), "a.zip", "zip"),
    ],
)
def test_what_is_no_model_is_called_what_it_is(content: bytes, name: str, format_: str) -> None:
    assert of(content, name).format == format_


def test_an_array_of_objects_is_a_pickle_too() -> None:
    assert of(samples.numpy_file(np.array([None, {}], dtype=object))).flags == (
        "a pickle stands in it, and runs what is in it when it is read",
    )


@pytest.mark.parametrize(
    ("name", "says"), [("m.onnx", "ONNX"), ("m.skops", "skops"), ("M.PMML", "PMML"), ("m.ubj", "XGBoost UBJ")]
)
def test_a_name_that_says_something_else_is_flagged(name: str, says: str) -> None:
    found = of(b"hello", name)

    assert (found.format, found.flags) == ("text", (f"its name says {says}, and it is not",))


ROOT = Path(__file__).parents[2]
CALL = b"cposix\nsystem\np0\n(Vid\np1\ntp2\nRp3\n."
MODERN = b"\x80\x04\x95\x1d\0\0\0\0\0\0\0\x8c\x05posix\x94\x8c\x06system\x94\x93\x94\x8c\x02id\x94\x85\x94R\x94."


@pytest.mark.parametrize("attack", [pytest.param(CALL, id="protocol 0"), pytest.param(MODERN, id="protocol 4")])
@pytest.mark.parametrize(
    ("before", "name"),
    [
        pytest.param(b"N0", "model.bin", id="none"),
        pytest.param(b"I1\n0", "weights.safetensors", id="a number"),
        pytest.param(b'S"<PMML version=4.4>"\n0', "model.pmml", id="PMML"),
        pytest.param(b'S"{\\"learner\\": {}}"\n0', "model.json", id="JSON"),
        pytest.param(b"Vtree\n0", "model.txt", id="LightGBM text"),
        pytest.param(b"V" + b"tree " * 50_000 + b"\n0", "model.txt", id="a long line"),
        pytest.param(b"}0", "model.json", id="a dictionary"),
        pytest.param(b"CBM1" + bytes(64) + b"0", "model.cbm", id="CatBoost"),
        pytest.param(b"GGUF" + bytes(5) + b"0", "model.gguf", id="GGUF"),
        pytest.param(b"B\x0f" + bytes(6) + b"{}          0", "weights.safetensors", id="safetensors"),
        pytest.param(b"N0" * 250_000, "model.txt", id="more instructions than are looked at"),
    ],
)
@pytest.mark.parametrize("after", [b"", b"\n# and so on\n", b"\xff" * 9])
def test_a_pickle_behind_something_harmless_is_flagged(attack: bytes, before: bytes, after: bytes, name: str) -> None:
    found = of(before + attack + after, name)

    assert found.format == "pickle"
    assert found.flags[0] == "a pickle runs what is in it when it is read"
    if len(before) < 300_000:
        assert "posix.system" in " ".join(found.flags)


def test_a_pickle_that_never_stops_has_run_all_the_same() -> None:
    assert of(CALL[:-1], "notes.txt").flags[0] == "a pickle runs what is in it when it is read"
    assert of(b"(iposix\nsystem\n", "notes.txt").format == "pickle"
    assert of(b"(cposix\nsystem\nVid\no", "notes.txt").format == "pickle"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("coverage\ndist\n.venv\nbuild\n", id="a list of folders"),
        pytest.param("coverage\ndist\ncache\nout\nbuild\nbin\n", id="another"),
        pytest.param("car\nbus\nVienna\nRome\n", id="a list of words"),
        pytest.param("car\nbus\nLondon\nRome\n", id="more words"),
        pytest.param("(in thousands\nof euros\n)\n", id="a remark"),
        pytest.param("(No one knows)\n.\n", id="another remark"),
        pytest.param("I am a model.\nLook at me.\n", id="a sentence"),
        pytest.param("Variables:\n0.2 age\n", id="a table"),
        pytest.param("No.\n", id="a short word"),
        pytest.param(".\n", id="a full stop"),
        pytest.param("income,age\n1,2\n", id="columns"),
        pytest.param("person: 1\ndefault: 2\n", id="YAML"),
        pytest.param("feature_names\nscore\nGrade\n", id="names of features"),
        pytest.param("{\n}\n", id="JSON"),
    ],
)
def test_text_is_no_pickle(text: str) -> None:
    assert of(text.encode(), "notes.txt").format in {"text", "JSON"}


def test_no_other_sample_is_taken_for_a_pickle() -> None:
    samples_ = {name: content for name, content in samples.everything().items() if content[:1] != b"\x80"}
    taken = {name for name, content in samples_.items() if pickles.hidden(of_bytes(content))}

    assert {name for name in taken if not name.endswith((".pkl", ".joblib"))} == set()


def test_no_text_of_this_repository_is_taken_for_a_pickle() -> None:
    files = [
        path for path in ROOT.rglob("*") if path.suffix in {".py", ".md", ".yaml", ".toml", ".txt", ".json", ".csv"}
    ]
    kept = [path for path in files if not set(path.relative_to(ROOT).parts) & {".venv", ".tools", ".git"}]

    assert len(kept) > 300
    assert [path for path in kept if path.stat().st_size and pickles.hidden(of_bytes(path.read_bytes()))] == []


def test_a_pickle_under_an_innocent_name_is_flagged() -> None:
    found = of(samples.pickle_file(), "model.onnx")

    assert found.format == "pickle"
    assert found.flags[0] == "a pickle runs what is in it when it is read"
    assert found.flags[-1] == "its name says ONNX, and it is not"


def test_names_cannot_write_on_a_terminal() -> None:
    content = samples.LIGHTGBM.replace(b"income age", "\x1b[2J\u202eage ".encode() + b"x" * 1000)

    first, second, *_ = of(content).inputs

    assert first.name == "\ufffd[2J\ufffdage"
    assert len(second.name) == 300


def test_no_library_of_models_is_loaded() -> None:
    code = (
        "import sys; from govern.artifacts import inspection; content = sys.stdin.buffer.read(); "
        "print(inspection.inspect(lambda at, length: content[at:at + length], len(content), 'm').format,"
        "sorted({'joblib', 'numpy', 'sklearn', 'skops', 'xgboost'} & set(sys.modules)))"
    )

    ran = subprocess.run([sys.executable, "-c", code], input=samples.joblib_file(), stdout=subprocess.PIPE, check=True)

    assert ran.stdout.decode().strip() == "joblib []"


def test_the_instructions_are_those_of_python() -> None:
    ends = {None: 0, -1: "line", -2: 1, -3: 4, -4: 4, -5: 8}
    for one in pickletools.opcodes:
        code = ord(one.code)
        length: Any = one.arg.n if one.arg else None
        if one.arg and one.arg.name == "stringnl_noescape_pair":
            assert pickles._LINES[code] == 2
        elif length == -1:
            assert pickles._LINES[code] == 1
        elif length is not None and length < 0:
            assert pickles._COUNTED[code] == ends[length]
        else:
            assert pickles._FIXED[code] == (length or 0)
