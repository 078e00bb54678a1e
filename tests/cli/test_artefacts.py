"""What a user is told of the files of a version."""

import pytest

from govern.artifacts import keeping
from tests.artefacts import samples
from tests.cli.terminal import Terminal


@pytest.fixture
def registering(registered: Terminal) -> Terminal:
    (registered.folder / "model").mkdir()
    for name, content in (("credit.onnx", samples.onnx_file()), ("prepare.pkl", samples.pickle_file())):
        (registered.folder / "model" / name).write_bytes(content)
    return registered


def test_registering_says_what_each_file_is_and_what_to_know_of_it(registering: Terminal) -> None:
    said = registering.ok("version", "register", "credit-risk", "model", "--as", "ana")

    first, *lines = said.out.splitlines()
    assert first.startswith("credit-risk@2 is sha256:")
    assert lines[0].startswith("  file     model/credit.onnx, ")
    assert lines[0].endswith(
        "producer skl2onnx; producer version 1.17; opset ai.onnx 21, ai.onnx.ml 3; nodes 1; 1 input: x"
    )
    assert lines[1].startswith("  file     model/prepare.pkl, ")
    assert lines[2] == "           note: a pickle runs what is in it when it is read"
    assert "\n".join(lines) in registering.ok("version", "show", "credit-risk@2").out


def test_json_says_the_same_when_a_version_is_registered_and_when_it_is_shown(registering: Terminal) -> None:
    made = registering.ok("version", "register", "credit-risk", "model", "--as", "ana", "--json").json

    onnx, pickle = made["artefacts"]
    assert set(made) == {"schema", "ok", "version", "digest", "artefacts", "alike", "entry", "leafHash", "proof"}
    assert set(onnx) == {"name", "size", "digest", "by_reference", "format", "inputs", "outputs", "facts", "flags"}
    assert (onnx["format"], onnx["inputs"], onnx["flags"]) == ("ONNX", [{"name": "x", "kind": "float[batch, 4]"}], [])
    assert pickle["format"] == "pickle"
    assert pickle["flags"][0] == "a pickle runs what is in it when it is read"
    assert registering.ok("version", "show", "credit-risk@2", "--json").json["artefacts"] == made["artefacts"]


@pytest.mark.parametrize("length", [5, 60, 120])
def test_as_many_files_as_are_named_one_by_one_fit_into_one_entry(registered: Terminal, length: int) -> None:
    names = [f"m/{number:03}".ljust(length, "я") for number in range(keeping.MOST_NAMED)]
    while not keeping._fits([(name, 10**12) for name in names]):
        names.pop()
    (registered.folder / "m").mkdir()
    for name in names:
        (registered.folder / name).write_text(name)

    made = registered.ok("version", "register", "credit-risk", "m", "--as", "ana", "--json").json

    assert [one["name"] for one in made["artefacts"]] == names


def test_a_folder_of_more_files_goes_through_review_as_one(registered: Terminal) -> None:
    (registered.folder / "m").mkdir()
    for number in range(300):
        (registered.folder / "m" / f"{number}.bin").write_text(str(number))

    (one,) = registered.ok("version", "register", "credit-risk", "m", "--as", "ana", "--json").json["artefacts"]

    assert (one["name"], one["format"], one["facts"]["files"]) == ("m.tar", "tar", "300")
    assert registered.ok("audit", "--json").json["ok"]


def test_an_artefact_by_reference_reads_not_held_here_everywhere(registering: Terminal) -> None:
    made = registering.ok("version", "register", "credit-risk", "model", "--by-reference", "--as", "ana", "--json").json

    shown = registering.ok("version", "show", "credit-risk@2", "--json").json
    assert shown["artefacts"] == made["artefacts"]
    assert [(one["name"], one["by_reference"], one["format"], one["flags"]) for one in made["artefacts"]] == [
        ("model/credit.onnx", True, "not held here", []),
        ("model/prepare.pkl", True, "not held here", []),
    ]
    assert registering.ok("version", "show", "credit-risk@2").out.count(", not held here\n") == 2
    assert "prepare.pkl (not held here)" in registering.ok("version", "history", "credit-risk@2").out
    assert ", not held here" in registering.ok("version", "diff", "credit-risk@1", "credit-risk@2").out
    registering.ok("submit", "credit-risk@2", "--as", "ana")
    registering.ok("db", "backup", "bank.zip")
    registering.ok("bundle", "credit-risk@2", "-o", "bundle.zip")
    assert b'"byReference":true' in (registering.folder / "bundle.zip").read_bytes()
    registering.ok("verify", "bundle.zip")
    registering.ok("audit")


@pytest.mark.parametrize(
    ("names", "message", "hint"),
    [
        pytest.param([], "there is no artefact to register by reference", "name the files", id="nothing"),
        pytest.param(["many"], "201 files are too many", "pack them into one file", id="a large folder"),
    ],
)
def test_what_cannot_be_registered_by_reference_is_refused(
    registered: Terminal, names: list[str], message: str, hint: str
) -> None:
    (registered.folder / "many").mkdir()
    for number in range(201):
        (registered.folder / "many" / f"{number}.bin").write_text(str(number))

    words = ["version", "register", "credit-risk", *names, "--by-reference", "--as", "ana", "--json"]

    error = registered.fails(2, *words).error
    assert message in error["message"]
    assert hint in error["hint"]
