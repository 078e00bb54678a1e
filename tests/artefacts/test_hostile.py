"""A file that lies is told to, in little time and little memory: cut, flipped, nested, inflated or claiming more than it has."""

import json
import random
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from govern.artifacts import Inspection, inspect
from tests.artefacts import samples
from tests.artefacts.samples import field, of, varint, zip_file

EVERYTHING = samples.everything()
TOO_MUCH = "it is too large or too deep to say what is in it"
BEGINNINGS = [
    *(
        b"\x80\x04",
        b"PK\x03\x04",
        b"{L",
        b'{"learner":',
        b"<?xml",
        b"<PMML version='4'>",
        b"tree\n",
        b"\x93NUMPY\x01\x00",
    ),
    *(b"\x08\x0a\x3a", b"x\x9c", b"\x1f\x8b\x08", b"BZh9", b"\xfd7zXZ\x00", b"\x10\0\0\0\0\0\0\0{", b"(", b""),
]


@pytest.mark.parametrize("name", EVERYTHING)
def test_a_file_that_was_cut_is_inspected_all_the_same(name: str) -> None:
    content = EVERYTHING[name]
    for length in {
        *range(min(64, len(content))),
        *random.Random(name).sample(range(len(content)), min(150, len(content))),
    }:
        assert isinstance(of(content[:length], name), Inspection)


@pytest.mark.parametrize("name", EVERYTHING)
def test_a_file_with_flipped_bytes_is_inspected_all_the_same(name: str) -> None:
    chance, content = random.Random(name), EVERYTHING[name]
    for _ in range(300):
        touched = bytearray(content)
        for _ in range(chance.choice((1, 1, 1, 8))):
            # Headers stand at the beginning, those of zip files at the end.
            at = chance.choice(
                (chance.randrange(min(len(touched), 200)), -chance.randrange(1, min(len(touched), 200)) - 1)
            )
            touched[at if chance.random() < 0.7 else chance.randrange(len(touched))] = chance.randrange(256)
        assert isinstance(of(bytes(touched), name), Inspection)


@settings(max_examples=600)
@given(st.sampled_from(BEGINNINGS), st.binary(max_size=400), st.sampled_from(["m", "m.onnx", "m.pkl", "m.joblib"]))
@example(b"(", b"." * 9, "m.pkl")
def test_no_bytes_are_too_strange(beginning: bytes, rest: bytes, name: str) -> None:
    assert isinstance(of(beginning + rest, name), Inspection)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(struct.pack("<Q", 1 << 63) + b"{}", "", id="safetensors of 2**63 bytes"),
        pytest.param(
            struct.pack("<Q", 90) + b'{"w": {}}' + bytes(81), "begins as safetensors", id="safetensors of nothing"
        ),
        pytest.param(b"{L" + struct.pack(">q", 1 << 62) + b"x", "begins as XGBoost UBJ", id="a key of 2**62 bytes"),
        pytest.param(b"{L" + struct.pack(">q", -1) + b"x", "begins as XGBoost UBJ", id="a key of -1 bytes"),
        pytest.param(b"\x80\x04\x8e" + struct.pack("<Q", 1 << 62), "begins as pickle", id="a pickle of 2**62 bytes"),
        pytest.param(b"\x80\x04\x95" + bytes(8) + b"R.", "begins as pickle", id="a pickle that calls nothing"),
        pytest.param(field(1, 10) + varint(7 << 3 | 2) + varint(1 << 60) + b"x", "", id="a graph of 2**60 bytes"),
        pytest.param(b'{"learner": 1', "begins as JSON", id="JSON without an end"),
        pytest.param(b'{"learner": 1} {}', "begins as JSON", id="JSON with something after it"),
        pytest.param(b'{"a": {"b": [}]}', "begins as JSON", id="brackets that cross"),
        pytest.param(b"PK\x03\x04" + bytes(99), "begins as zip", id="a zip without a list"),
        pytest.param(b"<?xml version='1.0' encoding='x-none'?><PMML/>", "begins as PMML", id="an encoding of nobody's"),
        pytest.param(b"<PMML version='4.4'/>", "begins as PMML", id="PMML without a model"),
        pytest.param(b"tree\n" + b"a=b\n" * 99, "begins as LightGBM text", id="a header without an end"),
        pytest.param(b"\x93NUMPY\x01\x00\x10\x00" + b"{" * 16, "begins as NumPy array", id="an array of braces"),
    ],
)
def test_what_is_not_what_it_began_as_is_said_to_be(content: bytes, said: str) -> None:
    found = of(content)

    assert found.format == "unknown"
    assert not said or said in found.flags[0]


def test_elements_without_bytes_are_not_counted_for_ever() -> None:
    found = of(b"{L" + struct.pack(">q", 7) + b"learner[$Z#L" + struct.pack(">q", 1 << 62) + b"}")

    assert (found.format, found.flags) == ("XGBoost UBJ", (TOO_MUCH,))


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE PMML [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE PMML SYSTEM "file:///etc/passwd">',
        '<!DOCTYPE PMML [<!ENTITY % x SYSTEM "http://bank.example/x"> %x;]>',
    ],
)
def test_xml_with_a_document_type_is_refused_before_it_is_read(doctype: str) -> None:
    found = of(samples.PMML.replace("<PMML ", f"{doctype}<PMML ").encode(), "m.pmml")

    assert "it declares a document type or entities" in found.flags[0]


def test_a_sparse_file_of_many_gib_is_inspected_by_its_beginning() -> None:
    read = []

    def zeros(at: int, length: int) -> bytes:
        read.append(length)
        return bytes(length)

    assert inspect(zeros, 5 << 30, "model.bin").format == "unknown"
    assert sum(read) < 1 << 20


def test_a_large_model_is_read_only_where_it_has_to_be() -> None:
    weights = 64 << 20
    content, read = samples.onnx_file(weights=weights), []

    def counted(at: int, length: int) -> bytes:
        read.append(length)
        return content[at : at + length]

    assert [str(one) for one in inspect(counted, len(content), "m.onnx").inputs] == ["x (float[batch, 4])"]
    assert sum(read) < 1 << 20


def bombs() -> dict[str, bytes]:
    """Return small files that would be large or deep, by what they are."""
    deep, wide = 3_000_000, 24_000_000
    model = json.loads(samples.xgboost_file("json"))
    model["learner"]["gradient_booster"]["model"]["trees"] *= 4000
    return {
        "a zip of 200 MB of blanks": zip_file({"schema.json": b" " * (200 << 20)}, zipfile.ZIP_DEFLATED),
        "a torch file of a large pickle": zip_file({"a/data.pkl": b"\x80\x04" + b"(" * deep}, zipfile.ZIP_DEFLATED),
        "a zip of 60,000 files": zip_file(dict.fromkeys(map(str, range(60_000)), b"")),
        "deep JSON": b'{"learner":' + b"[" * deep,
        "deep objects": b'{"learner":' * 20_000,
        "deep UBJSON": b"{L" + struct.pack(">q", 1) + b"x" + b"[" * deep,
        "deep XML": b"<PMML version='4.4'>" + b"<a>" * deep,
        "an attribute without an end": b"<PMML version='" + b"4" * wide,
        "a text without an end": b'{"learner": "' + b"4" * wide,
        "a text of escapes": b'{"x": "' + b"\\n" * wide + b'"}',
        "a pickle of marks": b"\x80\x04" + b"(" * wide,
        "a pickle of texts": b"\x80\x04" + b"\x8c\x64" + b"x" * 100 + (b"\x8c\x64" + b"y" * 100 + b"\x94") * 100_000,
        "nodes without number": field(1, 10) + field(7, b"\x0a\x00" * (wide // 2)),
        "columns without number": field(1, 10) + field(7, b"\x5a\x00" * (wide // 8)),
        "a name of 20 MB": samples.LIGHTGBM.replace(b"income", b"i" * wide),
        "a line without an end": b"tree\n" + b"x" * wide,
        "gzip of zeros": samples.joblib_file(("gzip", 9))[:20] + bytes(wide),
        "a header of 90 MB": struct.pack("<Q", wide) + b"{" + b'"a":{},' * (wide // 8) + bytes(wide),
        "a model of 12,000 trees": json.dumps(model).encode(),
    }


BOMBS = """
import re, sys, time
from pathlib import Path
from govern.artifacts import inspect
def most():  # getrusage would tell of whoever started this, too
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
for path in sorted(Path(sys.argv[1]).iterdir()):
    before, start = most(), time.process_time()
    with path.open("rb") as file:
        def read(at, length):
            file.seek(at)
            return file.read(length)
        found = inspect(read, path.stat().st_size, "model")
    grown = most() - before >> 10
    print(path.name, grown, round(time.process_time() - start, 1), found.format, found.flags[:1], sep="; ")
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no kernel that tells of memory")
def test_no_file_takes_much_memory_or_time(tmp_path: Path) -> None:
    for name, content in bombs().items():
        (tmp_path / name).write_bytes(content)

    ran = subprocess.run([sys.executable, "-c", BOMBS, tmp_path], stdout=subprocess.PIPE, check=True, text=True)

    found = {name: rest for name, *rest in (line.split("; ") for line in ran.stdout.splitlines())}
    assert {name for name, (grown, taken, *_) in found.items() if int(grown) > 100 or float(taken) > 20} == set()
    assert sum(int(grown) for grown, *_ in found.values()) < 150
    assert found["a model of 12,000 trees"][2] == "XGBoost JSON"
