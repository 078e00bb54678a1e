"""Approvals: what a pipeline carries to a machine without a ledger, and every reason for which that machine refuses."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import govern
from govern.ledger.strict import canonical, decode64, encode64, read_json
from tests.cli import thread
from tests.cli.terminal import Said, Terminal, signed

SECOND, THIRD, FOURTH = "credit-risk@2", "credit-risk@3", "credit-risk@4"
RULES = (
    thread.POLICY.replace("1.0.0", "1.1.0")
    .replace("not_same_as: [validation]}", "not_same_as: [validation], expires: 12h}")
    .replace("production: {from", "production: {environments: [prod-eu], from")
)
FILES = ("model/weights.bin", "model/prepare.txt", "rules.txt")
CONTRACT = {"schema", "decision", "because", "findings", "policy", "policies", "at", "mode"}
READ = {"version", "digest", "stage", "gate", "environments", "anchor", "asOf", "validUntil", "checked", "not_checked"}


@dataclass
class Machine:
    """Where a model is to run: an empty folder and an empty home, and what was carried there."""

    terminal: Terminal
    anchor: str

    def gate(self, *words: object, gate: str = "production", place: str = "prod-eu", code: int | None = None) -> Said:
        where = ["--environment", place] if place else []
        line = ["gate", "--to", gate, "--approval", "approval.json", *where, "--anchor", self.anchor, *words]
        said = self.terminal.run(*line)
        assert code is None or said.code == code, (said.out, said.err)
        return said

    def because(self, *words: object, files: tuple[str, ...] = ("model", "rules.txt"), **told: Any) -> list[str]:
        """Return why the answer is no, having seen that people and programs are told the same."""
        named = [word for file in files for word in ("--artifact", file)]
        plain = self.gate(*named, *words, **told)
        said = self.gate(*named, *words, "--json", **told)
        assert plain.code == said.code == (0 if said.json["decision"] == "allow" else 1)
        assert all(one in plain.out for one in said.json["because"])
        assert set(said.json) == CONTRACT | READ
        because: list[str] = said.json["because"]
        assert bool(because) == bool(said.code)
        return because

    def path(self, name: str) -> Path:
        return self.terminal.folder / name


@pytest.fixture(scope="module")
def _open(_measured: Terminal, tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    """A bank whose second version is champion; the third has three files, the fourth is by reference; both may follow."""
    bank = _measured.copied(tmp_path_factory.mktemp("open") / "bank")
    thread.review(bank)
    (bank.folder / "credit.yaml").write_text(RULES)
    bank.ok("policy", "adopt", "credit.yaml", "--as", "rae")
    (bank.folder / "model").mkdir()
    for name in FILES:
        (bank.folder / name).write_text(f"this is {name}")
    files = ["model", "rules.txt", "--parent", SECOND]
    (bank.folder / "far.bin").write_text("kept elsewhere")
    bank.ok("version", "register", "credit-risk", *files, "--as", "ana")
    bank.ok("version", "register", "credit-risk", "far.bin", "--by-reference", "--as", "ana")
    for name in (THIRD, FOURTH):
        thread.evaluate(bank, name, "fair.csv")
        bank.ok("submit", name, "--as", "ana")
        for person, meaning in (("vic", "validated"), ("rae", "approved"), ("rob", "approved")):
            bank.ok("sign", name, "--meaning", meaning, "--reason", "complete", "--as", person)
        bank.ok("move", name, "--to", "validated", "--reason", "review closed", "--as", "rae")
    export(bank, THIRD, 0)
    return bank


@pytest.fixture
def bank(_open: Terminal, tmp_path: Path) -> Terminal:
    return _open.copied(tmp_path / "bank")


@pytest.fixture
def machine(bank: Terminal, tmp_path: Path) -> Machine:
    return carry(bank, tmp_path / "machine")


def export(bank: Terminal, name: str, code: int, *words: object) -> Said:
    said = bank.run("approval", "export", name, "--to", "production", "-o", "approval.json", *words)
    assert said.code == code, (said.out, said.err)
    return said


def carry(bank: Terminal, to: Path) -> Machine:
    """Carry the approval and the files to an empty machine."""
    anchor = bank.ok("log", "checkpoint", "--json").json["anchor"]
    machine = Terminal.at(to)
    for name in ("approval.json", "rules.txt", "far.bin", "model.bin"):
        shutil.copy(bank.folder / name, to)
    shutil.copytree(bank.folder / "model", to / "model")
    del machine.environment["GOVERN_PASSPHRASE"]
    return Machine(machine, anchor)


def later(**length: int) -> list[str]:
    return ["--at", (datetime.now(UTC) + timedelta(**length)).isoformat()]


# Yes


def test_files_are_approved_where_there_is_no_ledger(machine: Machine) -> None:
    before = set(machine.terminal.folder.rglob("*"))

    assert machine.because() == []
    assert machine.because(files=FILES) == []

    said = machine.gate("--artifact", "model", "--artifact", "rules.txt", code=0)
    assert said.out.splitlines()[0] == f"{THIRD} to production by an approval of ledger.bank.example/models"
    assert said.out.endswith("ALLOW\n")
    assert "note: not checked: what was filed since" in said.err
    assert set(machine.terminal.folder.rglob("*")) == before


def test_json_says_what_was_checked_by_whose_word_and_what_cannot_be(machine: Machine) -> None:
    said = machine.gate("--artifact", "model", "--artifact", "rules.txt", "--json", code=0).json

    assert (said["version"], said["stage"], said["environments"]) == (THIRD, "validated", ["prod-eu"])
    assert said["policy"]["id"] == "credit"
    assert {one["by_whose_word"] for one in said["checked"]} >= {"the log", "the persons whose keys they are"}
    assert said["not_checked"][0]["what"] == f"what was filed since {said['asOf']}"
    assert {one["verdict"] for one in said["findings"]} == {"pass"}


def test_a_version_by_reference_is_checked_by_its_digests(bank: Terminal, tmp_path: Path) -> None:
    export(bank, FOURTH, 0)
    machine = carry(bank, tmp_path / "machine")

    assert machine.because(files=("far.bin",)) == []
    machine.path("far.bin").write_text("lost and made again")
    assert machine.because(files=("far.bin",)) == ["approval.artifact"]


def test_what_is_in_production_is_approved_for_it(bank: Terminal, tmp_path: Path) -> None:
    bank.ok("move", THIRD, "--to", "production", "--as-role", "champion", "--reason", "go-live", "--as", "rae")
    assert bank.run("gate", THIRD, "--to", "production", "--json").json["because"] == []

    said = export(bank, THIRD, 0, "--json").json

    assert (said["decision"], said["stage"], said["because"]) == ("allow", "production", [])
    assert carry(bank, tmp_path / "machine").because() == []


def test_the_anchor_may_be_that_of_a_folder_whose_ledger_is_not_opened(bank: Terminal, tmp_path: Path) -> None:
    machine = carry(bank, tmp_path / "machine")
    shutil.rmtree(bank.ledger / "ledger")
    line = ["gate", "--to", "production", "--approval", "approval.json", "--environment", "prod-eu"]
    line += ["--artifact", "model", "--artifact", "rules.txt"]

    assert bank.run(*line).code == 0
    assert machine.terminal.run(*line, GOVERN_ANCHOR=machine.anchor).code == 0
    assert machine.terminal.fails(2, *line, "--ledger", "nowhere", "--json").error["code"] == "no_ledger"


def test_python_asks_the_same(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(machine.terminal.folder)
    monkeypatch.delenv("GOVERN_ANCHOR", raising=False)
    files = ["model", "rules.txt"]

    found = govern.gate_offline(
        "approval.json", files, "production", anchor=machine.anchor, environment="prod-eu", at=datetime.now(UTC)
    )
    assert (found.decision, found.because, len(found.findings)) == ("allow", (), 4)
    with pytest.raises(govern.InvalidInput, match="no anchor says whose approvals count"):
        govern.gate_offline("approval.json", files, "production")
    with pytest.raises(govern.InvalidInput, match="has no time zone"):
        govern.gate_offline("approval.json", files, "production", anchor=machine.anchor, at=datetime(2026, 1, 1))  # noqa: DTZ001
    monkeypatch.setenv("GOVERN_ANCHOR", "00" * 32)
    other = govern.gate_offline("approval.json", files, "production")
    assert (other.because, other.checked) == (("approval.anchor",), [])


# No


def test_an_altered_file_is_named(machine: Machine) -> None:
    content = bytearray(machine.path("model/weights.bin").read_bytes())
    content[3] ^= 1
    machine.path("model/weights.bin").write_bytes(content)

    assert machine.because() == ["approval.artifact"]
    assert "model/weights.bin is sha256:" in machine.gate("--artifact", "model", "--artifact", "rules.txt", code=1).out


@pytest.mark.parametrize(
    ("told", "because"),
    [
        pytest.param({"files": ("model",)}, ["approval.artifact_missing"], id="a file is missing"),
        pytest.param({"files": (*FILES, "far.bin")}, ["approval.artifact_unknown"], id="one too many"),
        pytest.param({"gate": "validated"}, ["approval.gate"], id="another gate"),
        pytest.param({"place": "prod-us"}, ["approval.environment"], id="another environment"),
        pytest.param({"place": ""}, ["approval.environment"], id="nobody says which environment"),
    ],
)
def test_each_reason_has_its_own_word(machine: Machine, told: dict[str, Any], because: list[str]) -> None:
    assert machine.because(**told) == because


@pytest.mark.parametrize(
    ("length", "because"),
    [
        pytest.param({"hours": 11}, [], id="in time"),
        pytest.param({"hours": 13}, ["approval.expired"], id="a sign-off expired"),
        pytest.param({"hours": 25}, ["approval.stale", "approval.expired"], id="the approval ended"),
        pytest.param({"hours": -1}, ["approval.clock"], id="a clock that is behind"),
    ],
)
def test_time_ends_it(machine: Machine, length: dict[str, int], because: list[str]) -> None:
    assert machine.because(*later(**length)) == because


def test_an_approval_of_another_ledger_is_not_taken(machine: Machine) -> None:
    machine.anchor = "ab" * 32

    assert machine.because() == ["approval.anchor"]


def test_what_was_suspended_says_so(bank: Terminal, tmp_path: Path) -> None:
    bank.ok("move", THIRD, "--to", "production", "--as-role", "champion", "--reason", "go-live", "--as", "rae")
    bank.ok("move", THIRD, "--to", "suspended", "--reason", "complaints", "--as", "rae")

    said = export(bank, THIRD, 1)

    assert said.out.splitlines() == [
        said.out.splitlines()[0],
        f"  approval.suspended  {THIRD} was suspended",
    ]
    assert said.out.startswith(f"approval.json: {THIRD} is not approved for production, ")
    assert carry(bank, tmp_path / "machine").because() == ["approval.suspended"]


def test_a_champion_that_was_displaced_says_so(bank: Terminal, tmp_path: Path) -> None:
    bank.ok("move", THIRD, "--to", "production", "--as-role", "champion", "--reason", "go-live", "--as", "rae")

    said = export(bank, SECOND, 1, "--json").json

    assert (said["ok"], said["file"], said["stage"], said["because"]) == (
        False,
        "approval.json",
        "approved",
        ["approval.superseded"],
    )
    assert carry(bank, tmp_path / "machine").because(files=("model.bin",)) == ["approval.superseded"]


def test_what_was_rejected_or_retired_says_so(bank: Terminal, tmp_path: Path) -> None:
    bank.ok("reject", THIRD, "--reason", "a doubt came up", "--as", "rob")
    export(bank, THIRD, 1)
    assert carry(bank, tmp_path / "rejected").because() == ["approval.rejected"]

    bank.ok("move", THIRD, "--to", "retired", "--reason", "never used", "--as", "rae")
    export(bank, THIRD, 1)
    assert carry(bank, tmp_path / "retired").because() == ["approval.retired"]


# What does not verify


def unverifiable(machine: Machine) -> str:
    line = ["--artifact", "model", "--artifact", "rules.txt"]
    assert machine.gate(*line, code=6).out == ""
    said = machine.gate(*line, "--json", code=6).json
    assert (said["decision"], said["because"], set(said)) == ("deny", ["approval.unverifiable"], CONTRACT)
    message: str = said["findings"][0]["message"]
    assert message.startswith("approval.json: ")
    return message


def test_a_byte_that_flipped_anywhere_is_never_an_approval(machine: Machine) -> None:
    content = machine.path("approval.json").read_bytes()

    for place in range(0, len(content), len(content) // 60):
        touched = bytearray(content)
        touched[place] ^= 1
        machine.path("approval.json").write_bytes(touched)
        unverifiable(machine)


@pytest.mark.parametrize(
    "touch",
    [
        pytest.param(lambda _: b"", id="empty"),
        pytest.param(lambda content: content[:-10], id="cut off"),
        pytest.param(lambda content: content + b"\n", id="a line more"),
        pytest.param(lambda _: b"{}", id="another object"),
        pytest.param(lambda _: bytes(range(256)), id="no text"),
    ],
)
def test_a_file_that_is_none_is_refused(machine: Machine, touch: Callable[[bytes], bytes]) -> None:
    machine.path("approval.json").write_bytes(touch(machine.path("approval.json").read_bytes()))

    assert "this is not a signed envelope" in unverifiable(machine)


def test_parts_of_another_version_make_no_approval(bank: Terminal, machine: Machine) -> None:
    """The attack: a sound approval of an unfair version's files, with the entries and proofs of the one that is approved."""
    export(bank, FOURTH, 0)
    mine, other = (
        json.loads(path.read_bytes()) for path in (machine.path("approval.json"), bank.folder / "approval.json")
    )
    said, taken = (read_json(decode64(one["payload"])) for one in (mine, other))

    for names in (("entries",), ("artifacts",), ("version", "artifacts"), ("stage", "validUntil")):
        swapped = {**said, "predicate": {**said["predicate"], **{name: taken["predicate"][name] for name in names}}}
        forged = {**mine, "payload": encode64(canonical(swapped))}
        machine.path("approval.json").write_bytes(canonical(forged))
        assert unverifiable(machine)


# What is asked wrongly


@pytest.mark.parametrize(
    ("line", "code"),
    [
        pytest.param(["--approval", "approval.json"], "no_anchor", id="no anchor"),
        pytest.param(["--approval", "approval.json", "--anchor", "12"], "invalid_input", id="no such anchor"),
        pytest.param(["--approval", "nowhere.json", "--anchor", "ab" * 32], "not_found", id="no such file"),
        pytest.param([THIRD, "--approval", "approval.json"], "usage", id="a version and an approval"),
        pytest.param([], "usage", id="neither"),
        pytest.param([THIRD, "--artifact", "model"], "usage", id="files without an approval"),
    ],
)
def test_what_is_asked_wrongly_is_said(machine: Machine, line: list[str], code: str) -> None:
    said = machine.terminal.fails(2, "gate", "--to", "production", *line, "--json")

    assert said.error["code"] == code
    assert said.error["hint"]


# Export


def test_what_is_not_approved_yet_is_not_exported(measured: Terminal) -> None:
    said = measured.run("approval", "export", SECOND, "--to", "production", "-o", "approval.json", "--json")
    assert (said.code, said.json["decision"], said.json["file"]) == (1, "deny", None)
    assert said.json["because"] == ["gates.production.from"]
    assert set(said.json) == CONTRACT | {"ok", "file", "version", "entries"} | READ - {
        *("digest", "anchor", "checked", "not_checked")
    }
    validated = measured.run("approval", "export", SECOND, "--to", "validated", "-o", "approval.json")
    assert validated.code == measured.run("gate", SECOND, "--to", "validated").code == 3
    assert "approvals.validation.quorum" in validated.out
    assert "nothing was written" in validated.err
    assert not (measured.folder / "approval.json").exists()
    assert measured.run("approval", "export", SECOND, "--to", "nowhere", "-o", "other.json").code == 5


def test_how_long_it_holds_is_bounded(bank: Terminal) -> None:
    for valid in ("31d", "2mo", "9999y"):
        said = bank.fails(2, "approval", "export", THIRD, "--to", "production", "-o", "x.json", "--valid", valid)
        assert "valid for up to 30 days" in said.err
    bank.fails(2, "approval", "export", THIRD, "--to", "production", "-o", "x.json", "--valid", "a day")
    said = export(bank, THIRD, 0, "--valid", "30d", "--json").json
    span = datetime.fromisoformat(said["validUntil"]) - datetime.fromisoformat(said["asOf"])
    assert span == timedelta(days=30)


def test_python_exports_what_is_and_never_what_was(bank: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(bank.folder / "state"))

    with govern.connect(bank.ledger) as ledger:
        assert ledger.approval(THIRD, "production", valid="1h").startswith(b'{"payload":"')
        with pytest.raises(govern.NotAllowed, match=f"{SECOND} is not approved for validated: ") as refused:
            ledger.approval(SECOND, "validated")
        assert refused.value.code == "gate"
    with (
        govern.connect(bank.ledger, at=datetime.now(UTC) - timedelta(milliseconds=1)) as before,
        pytest.raises(govern.InvalidInput, match="what was is not approved now"),
    ):
        before.approval(THIRD, "production")


def test_only_a_sound_ledger_with_its_key_exports(bank: Terminal, tmp_path: Path) -> None:
    line = ["approval", "export", THIRD, "--to", "production", "-o", "x.json", "--json"]
    older = bank.copied(tmp_path / "older")
    (bank.keys / "log.key.json").rename(tmp_path / "log.key.json")
    assert bank.fails(4, *line).error["code"] == "no_pen"
    (older.ledger / "lock" / "checkpoint").unlink()
    assert older.fails(7, *line).error["code"] == "lock_missing"
    assert not (older.folder / "x.json").exists()


def test_a_log_that_changed_its_key_is_still_the_anchors(bank: Terminal, tmp_path: Path) -> None:
    machine = carry(bank, tmp_path / "before")
    bank.ok("key", "rotate-log", "--reason", "yearly", *signed("ada", "bea"))
    export(bank, THIRD, 0)

    assert machine.because() == []
    assert carry(bank, tmp_path / "after").because() == []


def test_a_folder_that_was_kept_as_an_archive_is_given_as_a_folder(staffed: Terminal, tmp_path: Path) -> None:
    (staffed.folder / "card.yaml").write_bytes(staffed.ok("model", "new").raw)
    staffed.ok("model", "register", "--card", "card.yaml", "--as", "ana")
    (staffed.folder / "model").mkdir()
    for number in range(201):
        (staffed.folder / "model" / f"{number}.txt").write_text(str(number))
    staffed.ok("version", "register", "credit-risk", "model", "--as", "ana")
    staffed.ok("submit", "credit-risk@1", "--as", "ana")
    staffed.ok("sign", "credit-risk@1", "--meaning", "approved", "--reason", "rules", "--as", "vic")
    staffed.ok("approval", "export", "credit-risk@1", "--to", "approved", "-o", "approval.json")
    for name in ("rules.txt", "far.bin", "model.bin"):
        (staffed.folder / name).touch()

    machine = carry(staffed, tmp_path / "machine")

    assert machine.because(files=("model",), gate="approved", place="") == []
    machine.path("model/77.txt").write_text("78")
    assert machine.because(files=("model",), gate="approved", place="") == ["approval.artifact"]
