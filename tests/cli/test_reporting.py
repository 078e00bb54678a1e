"""Reports and bundles, and what is said when a byte of anything flips."""

import re
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from govern.ledger.strict import Digest, canonical
from reports.bundle import packed
from tests.cli.terminal import Terminal

SECOND = "credit-risk@2"
ABOUT = {"file", "bytes", "certificate", "template", "dossier", "size"}
TRIGGERS = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'blob_part'"


def anchor(bank: Terminal) -> str:
    return str(bank.ok("log", "checkpoint", "--json").json["anchor"])


def flip(path: Path, place: int) -> None:
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)


def flip_kept(bank: Terminal, digest: str) -> None:
    """Flip a bit of what the database keeps under a digest, as whoever owns the database can."""
    key = Digest.parse(digest).value
    with sqlite3.connect(bank.ledger / "ledger/ledger.db") as database:
        guards = database.execute(TRIGGERS).fetchall()
        for name, _ in guards:
            database.execute(f'DROP TRIGGER "{name}"')
        ((data,),) = database.execute("SELECT data FROM blob_part WHERE sha256 = ?", (key,)).fetchall()
        touched = bytes([data[0] ^ 1]) + data[1:]
        database.execute("UPDATE blob_part SET data = ? WHERE sha256 = ?", (touched, key))
        for _, sql in guards:
            database.execute(sql)
    database.close()


def repacked(bundle: Path, name: str) -> None:
    """Flip a bit of one file of a bundle, and pack it so that every checksum of the zip fits."""
    with zipfile.ZipFile(bundle) as archive:
        parts = {one: archive.read(one) for one in archive.namelist()}
    content = bytearray(parts[name])
    content[len(content) // 2] ^= 1
    with zipfile.ZipFile(bundle, "w") as archive:
        for one, part in parts.items():
            archive.writestr(one, bytes(content) if one == name else part)


def verifier(bank: Terminal, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the bundle's own verify.py as a stranger does: a bare Python in an empty environment."""
    if not (bank.folder / "verify.py").exists():
        with zipfile.ZipFile(bank.folder / "bundle.zip") as archive:
            archive.extract("verify.py", bank.folder)
    line = [sys.executable, "-I", "verify.py", "bundle.zip", *words]
    return subprocess.run(line, check=False, cwd=bank.folder, env={}, capture_output=True, text=True)


def kinds(bank: Terminal) -> set[str]:
    return {one["kind"] for one in bank.run("audit", "--json").json["problems"]}


def test_a_report_is_sealed_issued_and_leads_to_the_root_in_out(proved: Terminal) -> None:
    root = proved.ledger / "out/reports-root.der"

    said = proved.ok("verify", "report.pdf", "--anchor", anchor(proved), "--root", root, "--json").json

    assert said["problems"] == []
    worth = said["seal"]
    assert (worth["intact"], worth["valid"], worth["trusted"]) == ("intact", "valid", "trusted")
    assert said["what"] == str(Digest.of((proved.folder / "report.pdf").read_bytes()))
    assert said["what"] in proved.ok("log", "show", str(proved.size - 1)).out


def test_the_seal_is_made_once_and_nobody_else_reads_it(proved: Terminal) -> None:
    seal, root = proved.keys / "log.reports.key.json", proved.ledger / "out/reports-root.der"
    before = (seal.read_bytes(), root.read_bytes())

    proved.ok("report", SECOND, "-o", "again.pdf", "--as", "gus")

    assert (seal.read_bytes(), root.read_bytes()) == before
    assert seal.stat().st_mode & 0o777 == 0o600


def test_a_draft_is_written_and_nothing_is_filed(proved: Terminal) -> None:
    size = proved.size

    said = proved.ok("report", SECOND, "-o", "draft.pdf", "--draft", "--json", GOVERN_PASSPHRASE="").json

    assert (set(said), said["entry"]) == ({"schema", "ok", "entry", *ABOUT}, None)
    assert said["size"] == size
    assert said["bytes"] == (proved.folder / "draft.pdf").stat().st_size
    assert proved.size == size


def test_what_is_written_is_said_in_json(proved: Terminal) -> None:
    issued = proved.ok("report", SECOND, "-o", "again.pdf", "--as", "gus", "--json").json
    packed = proved.ok("bundle", SECOND, "-o", "again.zip", "--json").json

    assert set(issued) == {"schema", "ok", "entry", "leafHash", "proof", *ABOUT}
    assert issued["dossier"] == proved.ok("version", "show", SECOND, "--json").json["dossier"]
    assert set(packed) == {"schema", "ok", "file", "entries"}


def test_a_bundle_proves_itself_with_a_bare_python_and_to_the_second_verifier(proved: Terminal) -> None:
    own, ours = verifier(proved, "--anchor", anchor(proved)), proved.ok("verify", "bundle.zip", "--json").json

    assert own.returncode == 0, own.stdout + own.stderr
    assert own.stdout.startswith("PASS  bundle.zip")
    assert re.search(r"report\.pdf: named by #\d+ report", own.stdout)
    assert (ours["ok"], ours["problems"], ours["anchor"]) == (True, [], anchor(proved))


def swapped(bank: Terminal, **others: str) -> None:
    """Put other files into the bundle, with a manifest that fits them."""
    with zipfile.ZipFile(bank.folder / "bundle.zip") as archive:
        parts = {name: archive.read(name) for name in archive.namelist() if name != "manifest.json"}
    for name, other in others.items():
        parts[name.replace("_", ".")] = (bank.folder / other).read_bytes()
    (bank.folder / "bundle.zip").write_bytes(packed(parts))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("dossier.json", None, id="dossier"),
        pytest.param("report.pdf", b"%PDF-1.7 all is well", id="report"),
    ],
)
def test_what_was_filed_as_a_document_is_no_dossier_and_no_report(
    proved: Terminal, name: str, content: bytes | None
) -> None:
    said = proved.ok("version", "show", SECOND, "--json").json
    empty: dict[str, object] = {"documents": {}, "evidence": {}, "findings": [], "policies": [], "waivers": []}
    forged = content or canonical({**empty, "schema": "govern/dossier/v1", "version": said["digest"]})
    (proved.folder / "forged").write_bytes(forged)
    proved.ok("document", "add", SECOND, "notes", "forged", "--new-section", "--as", "vic")
    proved.ok("submit", SECOND, "--as", "ana")
    proved.ok("bundle", SECOND, "-o", "bundle.zip", "--report", "report.pdf")
    assert verifier(proved).returncode == 0

    swapped(proved, **{name.replace(".", "_"): "forged"})

    alone = verifier(proved)
    assert (alone.returncode, alone.stdout.partition(":")[0]) == (6, f"FAIL  {name}")
    assert f"{name}: " in proved.fails(6, "verify", "bundle.zip").err


def test_the_dossier_and_the_report_of_another_version_are_not_those_of_this_one(proved: Terminal) -> None:
    proved.ok("submit", "credit-risk@1", "--as", "ana")
    proved.ok("report", "credit-risk@1", "-o", "first.pdf", "--as", "gus")

    refused = proved.fails(2, "bundle", SECOND, "-o", "other.zip", "--report", "first.pdf")

    assert "this report was not issued for credit-risk@2" in refused.err
    assert not (proved.folder / "other.zip").exists()


def test_a_bundle_of_another_ledger_is_refused_by_the_anchor(proved: Terminal) -> None:
    assert verifier(proved, "--anchor", "0" * 64).returncode == 6
    assert proved.run("verify", "bundle.zip", "--anchor", "0" * 64).code == 6


def test_the_same_bundle_again_is_the_same_bytes(proved: Terminal) -> None:
    proved.ok("bundle", SECOND, "-o", "again.zip", "--report", "report.pdf")

    assert (proved.folder / "again.zip").read_bytes() == (proved.folder / "bundle.zip").read_bytes()


# A byte flips


def kept(bank: Terminal, component: str) -> str:
    """Return the digest under which a component of the second version is kept."""
    said = bank.ok("version", "show", SECOND, "--json").json
    if component == "the policy credit 1.0.0":
        return str(Digest.of((bank.folder / "credit.yaml").read_bytes()))
    if component == "the manifest":
        return str(said["digest"])
    if component == "the artefact model.bin":
        return str(said["artefacts"][0]["digest"])
    return str(said["evidence"]["auc"]["digest"])


def outlook(bank: Terminal) -> list[tuple[int, bytes]]:
    """Return what is said of the second version by whoever is asked without a person."""
    lines = [["check", SECOND], ["gate", SECOND, "--to", "production"], ["version", "show", SECOND], ["audit"]]
    found = [bank.run(*words, "--json") for words in lines]
    return [(said.code, re.sub(rb'"at": "[^"]*"', b"", said.raw)) for said in found]


COMPONENTS = ["the artefact model.bin", "the evidence of auc", "the policy credit 1.0.0", "the manifest"]


@pytest.mark.parametrize("component", COMPONENTS)
def test_a_flipped_byte_is_refused_by_its_component_until_it_is_put_back(proved: Terminal, component: str) -> None:
    before, size, digest = outlook(proved), proved.size, kept(proved, component)
    assert [code for code, _ in before] == [0, 0, 0, 0]

    flip_kept(proved, digest)

    signing = ["sign", SECOND, "--meaning", "acknowledged", "--as", "vic"]
    moving = ["move", SECOND, "--to", "suspended", "--reason", "look", "--as", "rae"]
    for words in (
        ["check", SECOND],
        ["gate", SECOND, "--to", "production"],
        signing,
        ["report", SECOND, "-o", "again.pdf", "--as", "gus"],
    ):
        error = proved.fails(6, *words, "--json").error
        assert error["code"] == "blob_differs"
        assert error["message"].startswith(f"{component}: the content kept as {digest} has ")
    assert kinds(proved) == {"blob_differs"}
    assert (proved.size, (proved.folder / "again.pdf").exists()) == (size, False)
    flip_kept(proved, digest)
    assert outlook(proved) == before
    proved.ok(*signing)
    proved.ok(*moving)


def test_what_is_no_longer_what_was_approved_can_be_taken_out_of_production(proved: Terminal) -> None:
    flip_kept(proved, kept(proved, "the artefact model.bin"))
    proved.ok("move", SECOND, "--to", "suspended", "--reason", "the file changed", "--as", "rae")

    back = ["--to", "production", "--as-role", "champion", "--reason", "never mind", "--as", "rae", "--json"]

    assert proved.fails(6, "move", SECOND, *back).error["message"].startswith("the artefact model.bin: ")


def test_a_flipped_byte_of_an_artefact_is_named(proved: Terminal) -> None:
    flip_kept(proved, proved.ok("version", "show", SECOND, "--json").json["artefacts"][0]["digest"])

    said = proved.ok("version", "show", SECOND, "--json").json

    assert {one["validity"] for one in said["signoffs"]} == {"void: artefact model.bin"}
    assert "blob_differs" in kinds(proved)


def test_a_flipped_byte_of_evidence_is_named(proved: Terminal) -> None:
    evidence = proved.ok("version", "show", SECOND, "--json").json["evidence"]
    flip_kept(proved, evidence["auc"]["digest"])

    said = proved.ok("version", "show", SECOND, "--json").json

    assert {one["validity"] for one in said["signoffs"]} <= {"void: evidence of auc", "void: evidence of four-fifths"}
    assert proved.fails(6, "check", SECOND, "--json").error["code"] == "blob_differs"
    assert "blob_differs" in kinds(proved)


def test_a_flipped_byte_of_a_policy_is_named(proved: Terminal) -> None:
    flip_kept(proved, str(Digest.of((proved.folder / "credit.yaml").read_bytes())))

    for words in (["check", SECOND], ["gate", SECOND, "--to", "production"], ["bundle", SECOND, "-o", "again.zip"]):
        assert proved.fails(6, *words, "--json").error["code"] == "blob_differs"
    assert "blob_differs" in kinds(proved)


@pytest.mark.parametrize("part", [0.1, 0.3, 0.5])
def test_a_flipped_byte_of_a_report_is_named(proved: Terminal, part: float) -> None:
    report = proved.folder / "report.pdf"
    flip(report, int(report.stat().st_size * part))

    said = proved.run("verify", "report.pdf", "--json")

    assert (said.code, said.json["ok"]) == (6, False)
    assert [one["kind"] for one in said.json["problems"]] == ["edited"]
    flip(report, int(report.stat().st_size * part))
    proved.ok("verify", "report.pdf")


def test_a_byte_that_hides_behind_the_seal_is_named(proved: Terminal) -> None:
    report = proved.folder / "report.pdf"
    flip(report, report.read_bytes().rindex(b"0000>"))

    said = proved.run("verify", "report.pdf", "--json")

    assert [one["kind"] for one in said.json["problems"]] == ["inserted"]


@pytest.mark.parametrize("part", [0.1, 0.5, 0.9])
def test_a_flipped_byte_of_a_bundle_is_noticed_by_both_verifiers(proved: Terminal, part: float) -> None:
    bundle = proved.folder / "bundle.zip"
    stranger = verifier(proved)
    assert stranger.returncode == 0
    flip(bundle, int(bundle.stat().st_size * part))

    assert proved.run("verify", "bundle.zip", "--json").code == 6
    assert verifier(proved).returncode == 6
    flip(bundle, int(bundle.stat().st_size * part))
    proved.ok("verify", "bundle.zip")
    assert verifier(proved).returncode == 0


@pytest.mark.parametrize("name", ["dossier.json", "report.pdf", "policy/credit.yaml", "trust/genesis.json"])
def test_a_file_of_a_bundle_that_was_touched_is_named_by_both_verifiers(proved: Terminal, name: str) -> None:
    verifier(proved)
    repacked(proved.folder / "bundle.zip", name)

    said, own = proved.run("verify", "bundle.zip", "--json"), verifier(proved)

    assert said.code == 6
    assert name in said.json["problems"][0]["message"]
    assert own.returncode == 6
    assert name in own.stdout + own.stderr


def test_what_is_neither_pdf_nor_zip_is_usage(proved: Terminal) -> None:
    shutil.copy(proved.folder / "credit.yaml", proved.folder / "other")

    proved.fails(2, "verify", "other")
