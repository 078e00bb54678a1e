"""The bundle and its two verifiers, held against each other over everything a forger can hand over."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from govern.errors import InvalidInput, Tampered
from govern.ledger.envelope import Entry, Envelope, Signature, seal
from govern.ledger.keys import Pen
from govern.ledger.merkle import leaf_hash
from govern.ledger.note import Checkpoint, sign_note
from govern.ledger.strict import Digest, canonical, read_json
from govern.record.events import EventKind
from reports import verify
from reports.check import _said, check_bundle
from tests.people import ORIGIN, START, Actor, PaperLedger
from tests.record.samples import sample
from tests.reports import parcel
from tests.reports.parcel import repacked, statement, told, unpacked, write

BUNDLE = parcel.bundle(told())
PACKED = bytes(BUNDLE)
FILES = unpacked(PACKED)
ANCHOR = leaf_hash(FILES["trust/genesis.json"]).hex()
FREE = {"VERIFY.md", "verify.py"}
"""What a forger may change together with the manifest; `check_bundle` says that it is not the release's own."""

Files = dict[str, bytes]


def verdicts(content: bytes, anchor: str = "") -> tuple[str, str]:
    """Return which file each verifier refuses, empty where it passes."""
    try:
        verify.verify(content, anchor)
        alone = ""
    except verify.Fail as fail:
        alone = fail.args[0]
    try:
        check_bundle(content, anchor)
        second = ""
    except Tampered as error:
        second = error.message.partition(": ")[0]
    return alone, second


def test_a_bundle_passes_both_and_is_the_same_each_time() -> None:
    assert bytes(parcel.bundle(told())) == PACKED
    assert verdicts(PACKED) == ("", "")
    assert verdicts(PACKED, ANCHOR) == ("", "")


def test_the_files_are_those_of_the_format() -> None:
    manifest = read_json(FILES["manifest.json"])

    assert manifest["schema"] == "govern/bundle/v1"
    assert manifest["files"] == {
        path: str(Digest.of(content)) for path, content in FILES.items() if path != "manifest.json"
    }
    assert {"dossier.json", "report.pdf", "verify.py", "VERIFY.md", "trust/log.vkey"} <= set(FILES)


def test_the_reading_says_by_whose_word_and_what_it_cannot_say() -> None:
    reading = check_bundle(PACKED)

    assert reading.anchor == ANCHOR
    assert any(f"#{parcel.REPORTED} report" in one.by_whose_word for one in reading.checked)
    assert reading.not_checked[0][0] == "that this is the firm's ledger"
    assert check_bundle(PACKED, ANCHOR).not_checked[0][0] == "what was filed since"


def test_another_anchor_is_refused_by_both() -> None:
    assert verdicts(PACKED, "0" * 64) == ("trust/genesis.json", "trust/genesis.json")


@pytest.mark.parametrize("path", sorted(FILES))
@pytest.mark.parametrize(
    "touch",
    [
        pytest.param(lambda content: content[:-1] + bytes([content[-1] ^ 1]), id="last byte flipped"),
        pytest.param(lambda content: bytes([content[0] ^ 1]) + content[1:], id="first byte flipped"),
        pytest.param(lambda content: content[: len(content) // 2], id="cut in half"),
        pytest.param(lambda content: content + b"\n", id="a line added"),
        pytest.param(lambda _: b"", id="emptied"),
    ],
)
def test_a_file_that_was_touched_is_named_by_both(path: str, touch: Callable[[bytes], bytes]) -> None:
    touched = {**FILES, path: touch(FILES[path])}
    with_old_manifest = BytesIO()
    with ZipFile(with_old_manifest, "w") as archive:
        for name, content in touched.items():
            archive.writestr(name, content)

    assert verdicts(with_old_manifest.getvalue()) == (path, path)
    if path != "manifest.json":
        alone, second = verdicts(repacked(touched))
        assert alone == second
        assert (alone == "") == (path in FREE), "a manifest that fits is no excuse"


@pytest.mark.parametrize("path", sorted(FILES))
def test_a_file_that_was_taken_out_is_missed_by_both(path: str) -> None:
    less = {name: content for name, content in FILES.items() if name != path}
    with_old_manifest = BytesIO()
    with ZipFile(with_old_manifest, "w") as archive:
        for name, content in less.items():
            archive.writestr(name, content)
    needed = f"blobs/sha256/{Digest.of(parcel.MANIFEST).value.hex()}"  # it names the dictionary
    optional = (
        FREE
        | {"report.pdf", "manifest.json"}
        | {name for name in FILES if name.startswith(("blobs", "policy", "identity"))}
    )

    assert verdicts(with_old_manifest.getvalue()) == (path, path)
    alone, second = verdicts(repacked(less))
    assert alone == second
    assert (alone == "") == (path in optional - {needed})


@pytest.mark.parametrize(
    ("path", "content"),
    [
        pytest.param("blobs/sha256/" + "0" * 64, b"other", id="a blob under a wrong name"),
        pytest.param(f"blobs/sha256/{Digest.of(b'other').value.hex()}", b"other", id="a blob that nothing names"),
        pytest.param("policy/other.json", b"{}", id="a policy that nothing names"),
        pytest.param("entries/99.json", FILES["entries/3.json"], id="an entry under another number"),
        pytest.param("entries/99.tlog-proof", FILES["entries/3.tlog-proof"], id="a proof of nothing"),
        pytest.param(
            "identity/p-aaaaaaaaaaaaaaaa.json", FILES[f"identity/{Actor('vic').id}.json"], id="a name of another"
        ),
        pytest.param("README", b"read me", id="a file without a place"),
        pytest.param("../verify.py", b"import this", id="a path that leads out"),
        pytest.param("trust/other.vkey", b"x", id="another key"),
    ],
)
def test_a_file_that_was_added_is_refused_by_both(path: str, content: bytes) -> None:
    assert verdicts(repacked({**FILES, path: content})) == (path, path)


def test_every_truncation_is_refused_by_both() -> None:
    for end in range(0, len(PACKED), len(PACKED) // 60):
        alone, second = verdicts(PACKED[:end])
        assert alone, end
        assert second, end


def test_a_flipped_byte_of_the_zip_passes_only_where_it_changes_no_file() -> None:
    for at in range(0, len(PACKED), len(PACKED) // 150):
        flipped = PACKED[:at] + bytes([PACKED[at] ^ 0x40]) + PACKED[at + 1 :]

        alone, second = verdicts(flipped)

        assert bool(alone) == bool(second), at
        assert alone or unpacked(flipped) == FILES


def test_packed_otherwise_it_is_the_same_bundle() -> None:
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as archive:
        archive.mkdir("entries")
        for name, content in reversed(FILES.items()):
            archive.writestr(name, content)

    assert verdicts(out.getvalue()) == ("", "")


def test_a_file_that_is_there_twice_is_refused() -> None:
    out = BytesIO(PACKED)
    with pytest.warns(UserWarning, match="Duplicate"), ZipFile(out, "a") as archive:
        archive.writestr("dossier.json", FILES["dossier.json"])

    assert verdicts(out.getvalue()) == ("dossier.json", "dossier.json")


def forged(change: Callable[[PaperLedger], None]) -> bytes:
    """Return the bundle of a ledger whose operator filed what admission would refuse."""
    paper = told()
    change(paper)
    return bytes(parcel.bundle(paper))


def by(actor: Actor, *signers: Actor, **govern: object) -> Callable[[PaperLedger], None]:
    def change(paper: PaperLedger) -> None:
        write(paper, statement(actor, "comment", **govern), *signers)

    return change


VIC, GUS, SECOND = Actor("vic"), Actor("gus"), Actor("vic", "second key")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(by(VIC, VIC), id="signed with a key that was replaced"),
        pytest.param(by(Actor("eve"), Actor("eve")), id="signed by nobody who was enrolled"),
        pytest.param(by(VIC, GUS), id="named another as its signer"),
        pytest.param(by(GUS, GUS, logOrigin="ledger.other.example"), id="of another ledger"),
        pytest.param(lambda paper: write(paper, b"{}", GUS), id="not a statement"),
        pytest.param(lambda paper: write(paper, b'{"a":1.5}', GUS), id="with a float"),
    ],
)
def test_what_the_log_should_not_have_taken_is_refused_by_both(change: Callable[[PaperLedger], None]) -> None:
    assert verdicts(forged(change)) == (f"entries/{parcel.NEXT}.json",) * 2


def test_an_entry_after_its_key_was_revoked_is_refused_by_both() -> None:
    def change(paper: PaperLedger) -> None:
        gone = {"person": GUS.id, "keyid": GUS.pen.public.keyid, "cause": "lost"}
        write(paper, statement(Actor("ada"), "revoke-key", gone), Actor("ada"), Actor("rob"))
        by(GUS, GUS)(paper)

    assert verdicts(forged(change)) == (f"entries/{parcel.NEXT + 1}.json",) * 2


@pytest.mark.parametrize(
    "touch",
    [
        pytest.param(
            lambda envelope: replace(envelope, payload=envelope.payload.replace(b"validated", b"approved!")),
            id="meaning",
        ),
        pytest.param(lambda envelope: replace(envelope, signatures=envelope.signatures * 2), id="signed twice"),
        pytest.param(
            lambda envelope: replace(envelope, signatures=(Signature(envelope.signatures[0].keyid, bytes(64)),)),
            id="blank",
        ),
        pytest.param(lambda envelope: seal(envelope.payload, Pen.from_seed(b"z" * 32)), id="by a stranger"),
    ],
)
def test_an_entry_made_anew_is_refused_by_both_although_the_log_signed_it(
    touch: Callable[[Envelope], Envelope],
) -> None:
    paper = told()
    entry = Entry.parse(paper.leaves[parcel.SIGNED])
    fresh = PaperLedger(now=START)
    for leaf in paper.leaves[: parcel.SIGNED]:
        fresh.leaves.append(leaf)
        fresh.tree.append(leaf_hash(leaf))
    fresh.leaves.append(Entry(parcel.SIGNED, entry.recorded_at + timedelta(0), touch(entry.envelope)).leaf())
    fresh.tree.append(leaf_hash(fresh.leaves[-1]))
    fresh.leaves.append(paper.leaves[parcel.REPORTED])
    fresh.tree.append(leaf_hash(fresh.leaves[-1]))

    assert verdicts(bytes(parcel.bundle(fresh))) == (f"entries/{parcel.SIGNED}.json",) * 2


def test_a_checkpoint_by_another_key_is_refused_by_both() -> None:
    paper = told()
    other = Pen.from_seed(b"o" * 32)
    note = sign_note(str(Checkpoint(ORIGIN, paper.tree.size, paper.tree.root())), ORIGIN, other.private)
    entries = [parcel.proved(paper, index, note) for index in range(paper.tree.size)]
    forged_ = replace(BUNDLE, genesis=entries[0], entries=tuple(entries[1:]))

    assert verdicts(bytes(forged_)) == ("trust/genesis.tlog-proof", "trust/genesis.tlog-proof")


def test_a_dossier_that_nobody_signed_is_refused_by_both() -> None:
    other = canonical({"schema": "govern/dossier/v1", "version": str(Digest.of(b"version"))})

    assert verdicts(bytes(replace(BUNDLE, dossier=other))) == ("dossier.json", "dossier.json")
    assert verdicts(bytes(replace(BUNDLE, report=b"%PDF-1.7 of another"))) == ("report.pdf", "report.pdf")


HEX = {content: str(Digest.of(content)) for content in (parcel.POLICY, parcel.EVIDENCE, parcel.WORDS, parcel.DOCUMENT)}
OTHER = {"version": str(Digest.of(b"the manifest of another version"))}


def beside(*statements: tuple[str, dict[str, Any]], **parts: Any) -> bytes:
    """Return the bundle of a ledger where something else was filed too, with other parts in the place of its own."""
    paper = told()
    for kind, body in statements:
        write(paper, statement(SECOND, kind, body, **{"dossier": body["dossier"]} if "dossier" in body else {}), SECOND)
    return bytes(replace(parcel.bundle(paper), **parts))


def as_document(content: bytes) -> tuple[str, dict[str, Any]]:
    return "document", {**parcel.VERSION, "section": "notes", "content": str(Digest.of(content))}


def rewritten(**parts: object) -> tuple[bytes, tuple[str, dict[str, Any]]]:
    """Return a dossier that says something else of what it rests on, and the entry of a person who submits that."""
    value = canonical({**read_json(FILES["dossier.json"]), **parts})
    return value, ("submit", {**parcel.VERSION, "dossier": str(Digest.of(value))})


FORGED = canonical({**read_json(FILES["dossier.json"]), "findings": []})
PDF = b"%PDF-1.7 all is well"
RULES = b"checks: []"


@pytest.mark.parametrize(
    ("content", "path"),
    [
        pytest.param(beside(as_document(FORGED), dossier=FORGED), "dossier.json", id="a document for the dossier"),
        pytest.param(beside(as_document(PDF), report=PDF), "report.pdf", id="a document for the report"),
        pytest.param(
            beside(("report", {**parcel.VERSION, "report": str(Digest.of(FORGED))}), dossier=FORGED),
            "dossier.json",
            id="a report for the dossier",
        ),
        pytest.param(
            beside(("submit", {**OTHER, "dossier": str(Digest.of(FORGED))}), dossier=FORGED),
            "dossier.json",
            id="what was submitted of another version",
        ),
        pytest.param(
            beside(("comment", {**parcel.VERSION, "dossier": str(Digest.of(FORGED))}), dossier=FORGED),
            "dossier.json",
            id="what a comment names as the dossier",
        ),
        pytest.param(
            beside(("report", {**OTHER, "report": str(Digest.of(PDF))}), report=PDF),
            "report.pdf",
            id="the report of another version",
        ),
        pytest.param(
            beside(as_document(RULES), policies=(("consumer-credit.yaml", RULES),)),
            "policy/consumer-credit.yaml",
            id="a document for the policy",
        ),
        pytest.param(
            beside(
                ("policy", {"policy": "consumer-credit", "source": str(Digest.of(RULES)), "digest": str(OTHER)}),
                policies=(("consumer-credit.yaml", RULES),),
            ),
            "policy/consumer-credit.yaml",
            id="another release of the policy",
        ),
        pytest.param(
            beside(policies=(("fair-lending.yaml", parcel.POLICY),)),
            "policy/fair-lending.yaml",
            id="the policy under another name",
        ),
        pytest.param(
            beside(("evidence", {**OTHER, "evidence": str(Digest.of(RULES)), "source": "", "passedTests": [], "warnedTests": [], "failedTests": []}), blobs=(RULES,)),
            f"blobs/sha256/{Digest.of(RULES).value.hex()}",
            id="evidence of another version",
        ),
        pytest.param(
            beside(("model", {"model": "other", "card": str(Digest.of(RULES))}), blobs=(RULES,)),
            f"blobs/sha256/{Digest.of(RULES).value.hex()}",
            id="the card of another model",
        ),
        pytest.param(
            beside(("comment", {**parcel.VERSION, "anchor": str(Digest.of(RULES))}), blobs=(RULES,)),
            f"blobs/sha256/{Digest.of(RULES).value.hex()}",
            id="what is only mentioned",
        ),
    ],
)  # fmt: skip
def test_what_was_filed_as_one_thing_is_no_other(content: bytes, path: str) -> None:
    assert verdicts(content) == (path, path)


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param({"version": OTHER["version"]}, id="another version"),
        pytest.param(
            {"evidence": {"auc": {"blob": HEX[parcel.WORDS], "source": parcel.SOURCE}}}, id="words as evidence"
        ),
        pytest.param({"evidence": {"auc": {"blob": HEX[parcel.EVIDENCE], "source": ""}}}, id="other cases"),
        pytest.param(
            {"evidence": {"gini": {"blob": HEX[parcel.EVIDENCE], "source": parcel.SOURCE}}}, id="another check"
        ),
        pytest.param({"documents": {"purpose": HEX[parcel.DOCUMENT]}}, id="a document of another section"),
        pytest.param({"documents": {"limitations": HEX[parcel.POLICY]}}, id="a policy as a document"),
        pytest.param({"policies": [HEX[parcel.DOCUMENT]]}, id="a document as a policy"),
        pytest.param({"findings": [read_json(FILES["dossier.json"])["waivers"][0]]}, id="a waiver as a finding"),
        pytest.param({"waivers": [parcel.SOURCE]}, id="a waiver that nobody signed"),
        pytest.param({"documents": {"limitations": ["a list"]}}, id="no digest"),
        pytest.param({"documents": None}, id="not a dossier"),
    ],
)
def test_a_dossier_rests_only_on_what_was_filed_as_that(parts: dict[str, object]) -> None:
    forged, submitted = rewritten(**parts)

    assert verdicts(beside(submitted, dossier=forged, policies=(), blobs=())) == ("dossier.json",) * 2


def test_a_bundle_without_a_report_or_names_passes() -> None:
    assert verdicts(bytes(replace(BUNDLE, report=None, identities=(), blobs=(), policies=()))) == ("", "")


def test_a_verifier_of_another_release_is_said_not_to_be_ours() -> None:
    reading = check_bundle(repacked({**FILES, "verify.py": b"print('PASS')\n"}))

    assert ("verify.py", "it is not the one that comes with this release") in reading.not_checked


def test_two_parts_of_one_name_are_no_bundle() -> None:
    with pytest.raises(InvalidInput, match="the same name"):
        bytes(replace(BUNDLE, policies=(("a.json", b"{}"), ("a.json", b"[]"))))


# ---- the stand-alone verifier itself


def test_verify_py_is_one_file_of_the_standard_library_that_can_be_read_in_one_sitting() -> None:
    source = Path(str(verify.__file__)).read_text(encoding="utf-8")

    imported = set(re.findall(r"^(?:import|from) (\w+)", source, re.MULTILINE))
    assert imported - {"__future__"} <= sys.stdlib_module_names
    assert len(source.splitlines()) <= 400


def test_verify_py_runs_alone(tmp_path: Path) -> None:
    (tmp_path / "b.zip").write_bytes(PACKED)
    (tmp_path / "cut.zip").write_bytes(repacked({**FILES, "dossier.json": b"{}"}))
    (tmp_path / "verify.py").write_bytes(FILES["verify.py"])

    def run(*arguments: str) -> tuple[int, str]:
        child = [sys.executable, "-I", "-S", "verify.py", *arguments]
        done = subprocess.run(
            child, cwd=tmp_path, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        return done.returncode, done.stdout

    code, said = run("b.zip", "--anchor", ANCHOR)
    assert (code, said.splitlines()[:2]) == (0, ["PASS  b.zip", f"  anchor {ANCHOR}, as given"])
    code, said = run("b.zip")
    assert code == 0
    assert "not checked: that this is the firm's ledger" in said
    code, said = run("cut.zip")
    assert (code, said.partition(":")[0]) == (6, "FAIL  dossier.json")
    assert run("b.zip", "--anchor", "0" * 64)[0] == 6
    assert run("--help", "me")[0] == 1


@pytest.mark.parametrize("name", ["nothing.zip", "folder", "/dev/zero", "pipe"])
def test_verify_py_says_in_one_line_what_is_no_file(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    child = [sys.executable, "-I", "-S", str(verify.__file__), name]

    done = subprocess.run(child, cwd=tmp_path, check=False, capture_output=True, text=True, timeout=30)

    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"ERROR  {name} is no file that can be read\n"


@pytest.mark.parametrize(
    "break_",
    [
        pytest.param(lambda value: value["signatures"][0].update(keyid=[1]), id="keyid is a list"),
        pytest.param(lambda value: value["signatures"][0].update(keyid={}), id="keyid is an object"),
        pytest.param(lambda value: value["signatures"][0].update(keyid=None), id="keyid is nothing"),
        pytest.param(lambda value: value["signatures"][0].update(sig=1), id="sig is a number"),
        pytest.param(lambda value: value.update(signatures={}), id="signatures is an object"),
        pytest.param(lambda value: value.update(log=[]), id="log is a list"),
        pytest.param(lambda value: value["log"].update(index="5"), id="index is a text"),
        pytest.param(lambda value: value.update(payload=7), id="payload is a number"),
    ],
)
def test_an_entry_with_values_of_another_type_is_refused_by_both(break_: Callable[[Any], None]) -> None:
    value = read_json(FILES["entries/5.json"])
    break_(value)

    assert verdicts(repacked({**FILES, "entries/5.json": canonical(value)})) == ("entries/5.json",) * 2


def test_a_revocation_of_what_is_no_key_ends_none() -> None:
    def change(paper: PaperLedger) -> None:
        gone = {"person": GUS.id, "keyid": [GUS.pen.public.keyid], "cause": "lost"}
        write(paper, statement(Actor("ada"), "revoke-key", gone), Actor("ada"), Actor("rob"))

    assert verdicts(forged(change)) == ("", "")


@pytest.mark.parametrize("kind", list(EventKind))
def test_both_read_every_kind_of_event_alike(kind: EventKind) -> None:
    event = sample(kind)
    leaf = Entry(5, START, seal(bytes(event), GUS.pen)).leaf()
    parts = {"entries/5.json": leaf}

    alone, second = verify.Entry("entries/5.json", parts), _said("entries/5.json", parts)

    assert (alone.kind, alone.signer, alone.origin) == (second.kind, second.signer, second.origin)
    assert alone.hash == leaf_hash(leaf)
    assert alone.signer == event.govern.signer.id
    assert kind in {EventKind.EVIDENCE, EventKind.DOCUMENT} or alone.kind == kind
