"""Models in every format: real ones where the library is here, else bytes written by hand after the published format."""

import io
import json
import pickle
import struct
import zipfile
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import joblib
import numpy as np
import pandas as pd
import skops.io
import xgboost
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from govern.artifacts import Inspection, inspect

COLUMNS = ["income", "Größe €", "年齢"]


def of(content: bytes, name: str = "model") -> Inspection:
    return inspect(lambda at, length: content[at : at + length], len(content), name)


def rows() -> tuple[pd.DataFrame, Any]:
    chance = np.random.default_rng(7)
    frame = pd.DataFrame({name: chance.random(120) for name in COLUMNS})
    return frame, (frame[COLUMNS[0]] > 0.5).astype(int)


@cache
def booster() -> xgboost.XGBClassifier:
    return xgboost.XGBClassifier(n_estimators=3, max_depth=2, n_jobs=1).fit(*rows())


@cache
def pipeline() -> Any:
    return make_pipeline(StandardScaler(), LogisticRegression()).fit(*rows())


@cache
def forest() -> Any:
    return RandomForestClassifier(3, max_depth=3, n_jobs=1).fit(*rows())


@cache
def xgboost_file(ending: str) -> bytes:
    with TemporaryDirectory() as folder:
        booster().save_model(path := Path(folder, f"model.{ending}"))
        return path.read_bytes()


@cache
def skops_file() -> bytes:
    return bytes(skops.io.dumps(pipeline()))


@cache
def joblib_file(compress: Any = 0) -> bytes:
    joblib.dump(forest(), made := io.BytesIO(), compress=compress)
    return made.getvalue()


def pickle_file(value: Any = None, protocol: int = 4) -> bytes:
    return pickle.dumps(pipeline() if value is None else value, protocol)


# ONNX: onnx-ml.proto in the wire format of protocol buffers


def varint(value: int) -> bytes:
    found = bytearray()
    while value >= 0x80:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])


def field(number: int, value: "int | str | bytes") -> bytes:
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    content = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(content)) + content


def value_info(name: str, element: int, *dims: "int | str") -> bytes:
    shape = b"".join(field(1, field(1 if isinstance(dim, int) else 2, dim)) for dim in dims)
    return field(1, name) + field(2, field(1, field(1, element) + field(2, shape)))


def onnx_file(*, weights: int = 64, domain: str = "", external: bool = False) -> bytes:
    weight = field(1, 4) + field(2, 1) + field(8, "w") + field(9, bytes(weights))
    weight += field(13, field(1, "location") + field(2, "weights.bin")) + field(14, 1) if external else b""
    zipmap = field(1, "probabilities") + field(
        2, field(4, field(1, field(5, field(1, 7) + field(2, field(1, field(1, 1))))))
    )
    graph = b"".join(
        [
            field(1, field(1, "x") + field(1, "w") + field(2, "y") + field(4, "MatMul") + field(7, domain)),
            field(2, "credit"),
            field(5, weight),
            field(11, value_info("x", 1, "batch", 4)),
            field(11, value_info("w", 1, 4, 1)),
            field(12, value_info("label", 7, "batch")),
            field(12, zipmap),
        ]
    )
    opsets = field(8, field(2, 21)) + field(8, field(1, domain or "ai.onnx.ml") + field(2, 3))
    return field(1, 10) + field(2, "skl2onnx") + field(3, "1.17") + field(7, graph) + opsets


LIGHTGBM = b"""tree
version=v4
num_class=1
num_tree_per_iteration=1
label_index=0
max_feature_idx=2
objective=binary sigmoid:1
feature_names=income age region
feature_infos=[0:250000] [18:99] 0:1:2
tree_sizes=351 350

Tree=0
num_leaves=2
"""

PMML = """<?xml version="1.0" encoding="UTF-8"?>
<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4">
 <Header><Application name="SkLearn2PMML" version="0.110"/></Header>
 <DataDictionary>
  <DataField name="income" optype="continuous" dataType="double"/>
  <DataField name="région" optype="categorical" dataType="string"><Value value="nord"/></DataField>
  <DataField name="default" optype="categorical" dataType="integer"/>
 </DataDictionary>
 <RegressionModel functionName="classification">
  <MiningSchema>
   <MiningField name="default" usageType="target"/>
   <MiningField name="income"/>
   <MiningField name="région" usageType="active"/>
  </MiningSchema>
  <Output><OutputField name="probability(1)" optype="continuous" dataType="double"/></Output>
  <RegressionTable intercept="0.5"><NumericPredictor name="income" coefficient="1"/></RegressionTable>
 </RegressionModel>
</PMML>
"""


def safetensors_file(header: Any = None, body: int = 24) -> bytes:
    said = header or {
        "__metadata__": {"format": "np"},
        "weight": {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]},
        "bias": {"dtype": "F32", "shape": [2], "data_offsets": [16, 24]},
    }
    written = json.dumps(said).encode()
    return struct.pack("<Q", len(written)) + written + bytes(body)


def zip_file(files: dict[str, bytes], kind: int = zipfile.ZIP_STORED) -> bytes:
    with zipfile.ZipFile(made := io.BytesIO(), "w", kind) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()


def torch_file() -> bytes:
    return zip_file({"model/data.pkl": pickle_file(), "model/version": b"3\n", "model/data/0": bytes(64)})


def keras_file(*layers: str) -> bytes:
    config = {
        "class_name": "Functional",
        "config": {"layers": [{"class_name": layer} for layer in layers], "name": "m"},
    }
    return zip_file(
        {"metadata.json": b"{}", "config.json": json.dumps(config).encode(), "model.weights.h5": b"\x89HDF"}
    )


def numpy_file(value: Any) -> bytes:
    np.save(made := io.BytesIO(), value, allow_pickle=True)
    return made.getvalue()


def everything() -> dict[str, bytes]:
    """Return a file of each format, by its usual name."""
    return {
        "model.onnx": onnx_file(),
        "model.json": xgboost_file("json"),
        "model.ubj": xgboost_file("ubj"),
        "model.txt": LIGHTGBM,
        "model.safetensors": safetensors_file(),
        "model.skops": skops_file(),
        "model.pmml": PMML.encode(),
        "model.pkl": pickle_file(),
        "old.pkl": pickle_file(protocol=0),
        "model.joblib": joblib_file(),
        "small.joblib": joblib_file(("zlib", 3)),
        "gzip.joblib": joblib_file(("gzip", 3)),
        "bz2.joblib": joblib_file(("bz2", 3)),
        "xz.joblib": joblib_file(("xz", 3)),
        "lzma.joblib": joblib_file(("lzma", 3)),
        "model.pt": torch_file(),
        "model.keras": keras_file("Dense"),
        "array.npy": numpy_file(np.ones(3)),
    }
