"""What makes up a version, in its one spelling."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from govern.errors import InvalidInput
from govern.ledger.strict import Digest, canonical
from govern.record.manifest import DataSet, Manifest
from govern.record.models import Artefact

FILE = Artefact(name="model/weights.ubj", size=7, digest=Digest.of(b"weights"))
ROWS = DataSet(role="training", name="rows.parquet", size=9, digest=Digest.of(b"rows"))
WHOLE = Manifest(
    model="credit-risk",
    artefacts=(FILE,),
    data=(ROWS,),
    parameters={"depth": "3"},
    metrics={"auc": "0.81"},
    code="9f1c0de",
    environment=Digest.of(b"lock"),
    parent=Digest.of(b"before"),
)


def test_a_version_is_the_digest_of_its_manifest() -> None:
    assert WHOLE.digest == Digest.of(bytes(WHOLE))
    assert WHOLE.digest != WHOLE.model_copy(update={"parameters": {"depth": "4"}}).digest


@given(
    texts=st.dictionaries(st.text(max_size=9), st.text(min_size=1, max_size=9), max_size=3),
    has_code=st.booleans(),
    has_parent=st.booleans(),
)
def test_a_manifest_is_read_back_as_it_was_written(texts: dict[str, str], has_code: bool, has_parent: bool) -> None:
    more = {"parameters": texts, "code": "9f1c0de" if has_code else None}
    made = WHOLE.model_copy(update=more | ({} if has_parent else {"parent": None}))

    assert Manifest.parse(bytes(made)) == made


@pytest.mark.parametrize(
    "respell",
    [
        pytest.param(lambda value: {**value, "schema_": value["schema"]}, id="a field under another name"),
        pytest.param(lambda value: value, id="what goes without saying left out"),
    ],
)
def test_a_manifest_has_one_spelling(respell: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    value = respell(json.loads(bytes(WHOLE)))
    del value["schema"]

    with pytest.raises(InvalidInput, match="not in its one spelling"):
        Manifest.parse(canonical(value))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        pytest.param("schema", "govern/manifest/v2", id="another schema"),
        pytest.param("model", "Credit Risk", id="a model that is no slug"),
        pytest.param("when", "today", id="a field of nobody's"),
        pytest.param("code", None, id="null for what is absent"),
        pytest.param("parameters", {"depth": 3}, id="a number"),
    ],
)
def test_a_manifest_with_a_mistake_is_none(field: str, value: object) -> None:
    content = canonical({**json.loads(bytes(WHOLE)), field: value})

    with pytest.raises(InvalidInput, match=f"the manifest.{field}"):
        Manifest.parse(content)


def test_an_artefact_by_reference_makes_another_version_and_one_that_is_kept_is_written_as_ever() -> None:
    marked = WHOLE.model_copy(update={"artefacts": (FILE.model_copy(update={"by_reference": True}),)})

    assert Manifest.parse(bytes(marked)) == marked
    assert bytes(marked) == bytes(WHOLE).replace(b'"artefacts":[{', b'"artefacts":[{"byReference":true,')
    assert marked.digest != WHOLE.digest


@pytest.mark.parametrize("mark", [False, None, 1, "true"])
def test_the_mark_of_an_artefact_is_true_or_absent(mark: object) -> None:
    value = json.loads(bytes(WHOLE))
    value["artefacts"][0]["byReference"] = mark

    with pytest.raises(InvalidInput, match=r"the manifest\.artefacts\.0\.byReference"):
        Manifest.parse(canonical(value))


@pytest.mark.parametrize("name", ["/etc/passwd", "../secret", "a/../b", "a\\b", "a\nb", ""])
def test_an_artefact_stays_in_its_folder(name: str) -> None:
    value = json.loads(bytes(WHOLE))
    value["artefacts"][0]["name"] = name

    with pytest.raises(InvalidInput, match=r"the manifest\.artefacts\.0\.name"):
        Manifest.parse(canonical(value))
