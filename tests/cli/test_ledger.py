"""The ledger through the command line: made, read, proven, exported, audited, copied; and what goes wrong with folders."""

import json
import os
import re
import shlex
import shutil
import sqlite3
import stat
from datetime import timedelta
from pathlib import Path

import pytest

from govern import connection
from govern.cli.demo import suggestions
from govern.demo.cast import Stage
from govern.demo.story import TITLES, tell
from tests.cli.terminal import Terminal, signed
from tests.conftest import Demo


def test_a_new_ledger_prints_its_anchor(nowhere: Terminal) -> None:
    said = nowhere.ok("init", "models", "--registrar", "ada=Ada Moreau", "--registrar", "bea", "--json").json

    assert said["schema"] == "govern/cli/init/v1"
    assert (said["registrars"], said["threshold"]) == (["ada", "bea"], 2)
    assert re.fullmatch("[0-9a-f]{64}", said["anchor"])
    assert re.fullmatch(r"ledger\.invalid/models-[0-9a-f]{8}", said["origin"])
    ledger = nowhere.folder / "models"
    assert {path.name for path in ledger.iterdir()} == {"govern.toml", "keys", "ledger", "lock", "out", "policies"}
    assert stat.S_IMODE((ledger / "keys").stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in (ledger / "keys").iterdir()} == {0o600}
    assert nowhere.ok("log", "checkpoint", "--ledger", "models", "--json").json["anchor"] == said["anchor"]
    assert nowhere.ok("person", "list", "--ledger", "models", "--json").json["people"][1]["name"] == "Bea"


def test_a_new_ledger_has_a_policy_to_begin_with(nowhere: Terminal) -> None:
    said = nowhere.ok("init", "models", "--registrar", "ada", "--json").json

    rooms = ["starter.yaml", "starter.test.yaml", "policy.v1.json", "policy-test.v1.json"]
    assert said["files"] == [f"models/policies/{name}" for name in rooms]
    policy, tests, *schemas = (nowhere.folder / file for file in said["files"])
    assert policy.read_text().startswith("# yaml-language-server: $schema=policy.v1.json\nschema: govern/policy/v1\n")
    assert tests.read_text().startswith(
        "# yaml-language-server: $schema=policy-test.v1.json\nschema: govern/policy-test"
    )
    names = ("policy", "policy-test")
    assert [one.read_bytes() for one in schemas] == [nowhere.ok("schema", name).raw for name in names]
    assert nowhere.ok("policy", "lint", policy, "--json").json["diagnostics"] == []
    assert nowhere.ok("policy", "test", policy, "--mutate").out.startswith(f"{tests} of {policy}\n")
    found = nowhere.ok("policy", "resolve", policy, "--json").json
    assert (found["id"], found["version"]) == ("starter", "1.0.0")
    assert "pack:" not in found["text"]
    assert nowhere.ok("policy", "list", "--ledger", "models", "--json").json["policies"] == []


def test_one_registrar_is_warned(nowhere: Terminal) -> None:
    said = nowhere.ok("init", "models", "--registrar", "ada", "--origin", "ledger.bank.example/models")

    assert "anchor  " in said.out
    assert "One registrar alone could invent approvers." in said.out


def test_a_folder_with_something_in_it_is_left_as_it_is(nowhere: Terminal) -> None:
    (nowhere.folder / "models").mkdir()
    (nowhere.folder / "models/thesis.tex").write_text("all of it")

    error = nowhere.fails(2, "init", "models", "--registrar", "ada", "--json").error

    assert (error["code"], error["message"]) == ("not_empty", "models is not empty")
    assert [path.name for path in (nowhere.folder / "models").iterdir()] == ["thesis.tex"]


@pytest.mark.parametrize("existed", [True, False])
def test_a_ledger_that_could_not_be_made_leaves_nothing(
    nowhere: Terminal, monkeypatch: pytest.MonkeyPatch, existed: bool
) -> None:
    if existed:
        (nowhere.folder / "models").mkdir()
    with monkeypatch.context() as patch:
        patch.setattr("govern.storage.identities.put", interrupt)
        assert nowhere.run("init", "models", "--registrar", "ada").code == 130

    assert (nowhere.folder / "models").exists() is existed
    assert not existed or not list((nowhere.folder / "models").iterdir())
    nowhere.ok("init", "models", "--registrar", "ada")


def interrupt(*_: object) -> None:
    raise KeyboardInterrupt


# Reading


def test_entries_are_shown_whole_and_raw(alone: Terminal) -> None:
    listed = alone.ok("log", "show", "--json").json
    assert listed["schema"] == "govern/cli/log-show/v1"
    assert [(one["entry"], one["kind"], one["signers"]) for one in listed["entries"]] == [
        ("#0", "root", ["ada"]),
        ("#1", "enrol", ["ada"]),
    ]
    assert len(alone.ok("log", "show", "--last", "1", "--json").json["entries"]) == 1

    (entry,) = alone.ok("log", "show", "#1", "--json").json["entries"]
    assert entry["statement"]["predicateType"] == "https://govern.example/attestation/enrol/v1"
    assert entry["reason"] == "badge seen"
    text = alone.ok("log", "show", "1").out
    assert "by the word of the log" in text
    assert "by their word" in text
    raw = alone.ok("log", "show", "1", "--raw").raw
    assert json.loads(raw)["log"]["index"] == 1
    assert "rae" in alone.ok("log", "show").out
    alone.fails(2, "log", "show", "--raw")


def test_a_proof_verifies_and_that_of_another_entry_does_not(alone: Terminal) -> None:
    proof = alone.ok("log", "prove", "1", "--into", "proofs", "--json").json
    vkey = proof["vkey"]

    said = alone.ok("verify", "proof", proof["leaf"], proof["proof"], "--vkey", vkey, "--json").json
    assert (said["schema"], said["ok"], said["size"]) == ("govern/cli/verify/v1", True, 2)
    assert all(set(one) == {"what", "by_whose_word", "result"} for one in said["checked"])
    assert said["problems"] == []
    assert {"what", "why"} == set(said["not_checked"][0])
    alone.ok("log", "prove", "0", "--into", "proofs")
    (alone.folder / "log.vkey").write_text(f"{vkey}\n")
    assert (
        "OK  proofs/1.json"
        in alone.ok("verify", "proof", "proofs/1.json", "proofs/1.tlog-proof", "--vkey-file", "log.vkey").out
    )

    error = alone.fails(6, "verify", "proof", "proofs/0.json", "proofs/1.tlog-proof", "--vkey", vkey, "--json").error
    assert "leads to the root" in error["message"]
    other = Terminal.at(alone.folder / "other").ok("init", "models", "--registrar", "eve", "--json").json["vkey"]
    alone.fails(6, "verify", "proof", "proofs/1.json", "proofs/1.tlog-proof", "--vkey", other)


def test_an_export_is_written_continued_and_audited(alone: Terminal) -> None:
    anchor = alone.ok("log", "checkpoint", "--json").json["anchor"]
    made = alone.ok("log", "export", "copy", "--json").json
    assert (made["size"], made["folder"]) == (2, "copy")
    alone.ok("log", "review", "0", "1", "--as", "rae")
    assert "3 entries in copy" in alone.ok("log", "export", "copy").out

    said = alone.ok("audit", "--export", "copy", "--anchor", anchor, "--json").json
    assert (said["size"], said["problems"]) == (3, [])
    assert {"what": "printed names", "why": "an export holds none"} in said["not_checked"]
    nowhere = Terminal.at(alone.folder / "elsewhere")
    shutil.copytree(alone.folder / "copy", nowhere.folder / "copy")
    assert nowhere.ok("audit", "--export", "copy").code == 0
    assert nowhere.run("audit", "--export", "copy", "--anchor", "0" * 64).code == 6

    tile = next((nowhere.folder / "copy/tile/entries").rglob("*.p")) / "3"
    tile.write_bytes(tile.read_bytes().replace(b'"v":1', b'"v":2'))
    assert nowhere.run("audit", "--export", "copy", "--json").code == 6


def test_an_audit_says_what_was_checked_and_by_whose_word(alone: Terminal) -> None:
    (alone.folder / "printed").write_bytes(alone.ok("log", "checkpoint").raw)
    alone.ok("log", "review", "0", "1", "--as", "rae")

    said = alone.ok("audit", "--against", "printed", "--json").json

    assert (said["schema"], said["ok"], said["size"], said["problems"]) == ("govern/cli/audit/v1", True, 3, [])
    assert said["checked"]["heads"] == 3
    text = alone.ok("audit", "--since", "2").out
    assert "by the word of the persons whose keys they are" in text
    assert alone.fails(2, "audit", "--since", "3", "--json").error["message"] == "there is no entry #3"
    assert "--since leaves them out" in text
    assert text.endswith("OK  everything that was checked holds\n")


def test_an_edited_entry_is_named_with_exit_6(alone: Terminal) -> None:
    with sqlite3.connect(alone.ledger / "ledger/ledger.db") as database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f'DROP TRIGGER "{name}"')
        database.execute("UPDATE log_entry SET data = replace(data, '\"v\":1', '\"v\":2') WHERE idx = 1")

    said = alone.run("audit", "--json")

    assert said.code == 6
    assert said.json["ok"] is False
    assert said.json["problems"][0]["entry"] == 1
    assert {"kind", "entry", "message", "next"} == set(said.json["problems"][0])
    assert "next: " in alone.run("audit").out
    alone.fails(6, "log", "review", "0", "1", "--as", "rae")


def test_a_backup_is_restored_elsewhere_and_trusted_by_a_person(alone: Terminal) -> None:
    made = alone.ok("db", "backup", "models.zip", "--json").json
    assert made["schema"] == "govern/cli/db-backup/v1"
    alone.fails(2, "db", "backup", "models.zip")

    bank = Terminal.at(alone.folder / "bank").told(GOVERN_LEDGER="again")
    bank.ok("db", "restore", alone.folder / "models.zip", "again")
    assert "rae" in bank.ok("person", "list").out
    shutil.copytree(alone.keys, bank.folder / "again/keys", dirs_exist_ok=True)
    assert bank.fails(7, "log", "review", "0", "1", "--as", "rae", "--json").error["code"] == "lock_missing"
    assert (bank.folder / "again/out/checkpoint").read_bytes() == bank.ok("log", "checkpoint").raw
    bank.ok("log", "trust", "again/out/checkpoint")

    bank.ok("log", "review", "0", "1", "--as", "rae")
    bank.ok("audit")


def test_an_older_backup_is_accepted_by_who_remembers_more_once_a_person_said_so(alone: Terminal) -> None:
    # Was refused for ever on the machine of the ledger itself, whatever `log trust` and the audit said.
    alone.ok("db", "backup", "models.zip")
    alone.ok("log", "review", "0", "1", "--as", "rae")
    alone.ok("db", "restore", "models.zip", "again")
    again = alone.told(GOVERN_LEDGER="again")
    error = again.fails(6, "log", "show", "--json").error
    assert (error["code"], "`govern log trust CHECKPOINT`" in error["hint"]) == ("rolled_back", True)

    again.ok("log", "trust", "again/out/checkpoint")

    shutil.copytree(alone.keys, again.folder / "again/keys", dirs_exist_ok=True)
    again.ok("log", "review", "0", "0", "--as", "rae")
    again.ok("audit")
    (kept,) = (again.folder / "state/govern/heads").glob("*.before-*")
    assert b"\n3\n" in kept.read_bytes()


def test_an_older_checkpoint_makes_nobody_forget_what_the_ledger_still_has(alone: Terminal) -> None:
    (alone.folder / "older").write_bytes(alone.ok("log", "checkpoint").raw)
    alone.ok("log", "review", "0", "1", "--as", "rae")

    alone.ok("log", "trust", "older")

    assert not list((alone.folder / "state/govern/heads").glob("*.before-*"))
    alone.ok("audit")


@pytest.mark.parametrize("name", ["a?b", "a#b", "50%20 off", "ü b", "a+b"])
def test_a_ledger_lies_in_its_folder_whatever_that_is_called(nowhere: Terminal, name: str) -> None:
    nowhere.ok("init", name, "--registrar", "ada")

    assert {path.name for path in nowhere.folder.iterdir()} - {"state", "home"} == {name}
    assert (nowhere.folder / name / "ledger/ledger.db").exists()
    nowhere.ok("log", "show", "--ledger", name)


def test_the_doctor_says_what_is_well_and_what_mends_the_rest(alone: Terminal, pair: Terminal) -> None:
    findings = {one["name"]: one for one in alone.run("doctor", "--json").json["findings"]}
    assert findings["ledger"]["ok"]
    assert not findings["registrars"]["ok"]
    assert "govern person threshold 2" in findings["registrars"]["mend"]
    assert alone.run("doctor").code != 0
    assert "FAIL registrars" in alone.run("doctor").out

    assert pair.ok("doctor").code == 0
    (pair.keys / "rae.key.json").chmod(0o644)
    (pair.keys / "log.key.json").unlink()
    (pair.ledger / "lock/checkpoint").unlink()
    text = pair.run("doctor").out
    assert "FAIL log key" in text
    assert "FAIL key: " in text
    assert "FAIL ledger" in text
    assert "Traceback" not in text


def test_who_was_erased_is_named_by_nothing_that_lists_keys(pair: Terminal) -> None:
    id_ = pair.ok("person", "show", "rae", "--json").json["id"]
    pair.ok("key", "revoke", "rae", "--cause", "left", "--reason", "left", *signed("ada", "bea"))
    pair.ok("person", "erase", "rae", "--reason", "asked for it", *signed("ada", "bea"))

    listed, doctor = pair.ok("key", "list"), pair.run("doctor")

    assert "rae" not in listed.out + listed.err + doctor.out
    assert id_ in listed.out
    assert f"{id_} was erased, and a key file that bears their name is here still" in doctor.out
    assert f"grep -l {id_} " in doctor.out
    (pair.keys / "rae.key.json").unlink()
    assert pair.ok("doctor").code == 0


def test_the_doctor_goes_on_where_the_ledger_does_not_open(alone: Terminal) -> None:
    with sqlite3.connect(alone.ledger / "ledger/ledger.db") as database:
        database.execute("DROP TRIGGER log_entry_delete")
        database.execute("DELETE FROM log_entry WHERE idx = 1")

    said = alone.run("doctor")

    assert said.code == 6
    assert "FAIL ledger: entry #1 is not in the database" in said.out
    assert "FAIL guards: 1 are gone, such as log_entry_delete" in said.out
    assert "`govern audit`" in alone.fails(6, "log", "show", "--json").error["hint"]


def test_the_doctor_looks_at_the_machine_alone_where_there_is_no_ledger(nowhere: Terminal) -> None:
    assert "none here" in nowhere.ok("doctor").out


# What goes wrong with folders


def test_without_its_lock_file_a_ledger_is_read_and_not_written(alone: Terminal) -> None:
    (alone.ledger / "lock/checkpoint").unlink()

    said = alone.ok("person", "list")
    assert "rae" in said.out
    assert "note: read only: the lock file" in said.err
    error = alone.fails(7, "log", "review", "0", "1", "--as", "rae", "--json").error
    assert error["code"] == "lock_missing"
    assert "govern log trust CHECKPOINT" in error["hint"]


def test_a_database_that_was_put_back_is_noticed_by_the_lock_file(alone: Terminal) -> None:
    shutil.copy(alone.ledger / "ledger/ledger.db", alone.folder / "yesterday")
    alone.ok("log", "review", "0", "1", "--as", "rae")
    shutil.copy(alone.folder / "yesterday", alone.ledger / "ledger/ledger.db")

    newcomer = alone.told(XDG_STATE_HOME=str(alone.folder / "newcomer"))
    error = newcomer.fails(6, "log", "review", "0", "1", "--as", "rae", "--json").error

    assert error["code"] == "rolled_back"
    assert "the database has 2 entries, the lock file" in error["message"]
    assert alone.run("audit", "--json").json["problems"][0]["kind"] == "rolled_back"


def test_a_folder_that_was_put_back_whole_is_noticed_by_who_saw_it(alone: Terminal) -> None:
    shutil.copytree(alone.ledger, alone.folder / "yesterday")
    alone.ok("log", "review", "0", "1", "--as", "rae")
    shutil.rmtree(alone.ledger)
    shutil.move(alone.folder / "yesterday", alone.ledger)

    error = alone.fails(6, "person", "list", "--json").error

    assert (error["code"], error["message"]) == ("rolled_back", "the ledger has 2 entries, 3 were seen here before")


def test_a_copy_of_a_folder_that_grew_by_itself_is_noticed(alone: Terminal) -> None:
    shutil.copytree(alone.ledger, alone.folder / "copy")
    alone.ok("log", "review", "0", "1", "--as", "rae")

    alone.ok("log", "review", "0", "0", "--as", "ada", "--ledger", "copy", XDG_STATE_HOME=str(alone.folder / "another"))
    error = alone.fails(6, "person", "list", "--ledger", "copy", "--json").error

    assert error["code"] == "forked"


def test_another_ledger_in_the_same_place_is_noticed(alone: Terminal) -> None:
    alone.ok("person", "list")
    shutil.move(alone.ledger, alone.folder / "gone")
    alone.ok("init", "models", "--registrar", "ada=Ada Moreau")

    error = alone.fails(6, "person", "list", "--json").error

    assert error["code"] == "replaced"
    assert "it had one with the anchor" in error["message"]


def test_a_database_of_another_ledger_is_noticed(alone: Terminal) -> None:
    alone.ok("init", "other", "--registrar", "eve", "--origin", "ledger.bank.example/models")
    shutil.copy(alone.folder / "other/ledger/ledger.db", alone.ledger / "ledger/ledger.db")

    alone.fails(6, "log", "review", "0", "1", "--as", "rae")
    assert alone.run("audit").code == 6


def test_a_newer_database_is_left_alone(alone: Terminal) -> None:
    with sqlite3.connect(alone.ledger / "ledger/ledger.db") as database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f'DROP TRIGGER "{name}"')
        database.execute("UPDATE meta SET value = '99' WHERE name = 'schema'")

    error = alone.fails(7, "person", "list", "--json").error

    assert "has schema 99, this release knows up to" in error["message"]
    assert error["hint"] == "install a newer Govern"


@pytest.mark.parametrize(
    "content", [b"", b"not a database at all, but long enough to be one" * 40], ids=["empty", "text"]
)
def test_what_is_no_database_is_said_to_be_none(alone: Terminal, content: bytes) -> None:
    (alone.ledger / "ledger/ledger.db").write_bytes(content)

    said = alone.run("person", "list", "--json")

    assert said.code == 6
    assert "whose database is gone or no database any more" in said.error["message"]


def test_a_missing_database_is_said_to_be_missing(alone: Terminal) -> None:
    (alone.ledger / "ledger/ledger.db").unlink()

    assert "there is no database" in alone.fails(6, "person", "list").err


def test_a_clock_that_was_put_back_records_nothing(alone: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    early = connection.now() - timedelta(hours=1)
    with monkeypatch.context() as patch:
        patch.setattr(connection, "now", lambda: early)
        patch.setattr("govern.storage.local._utc_now", lambda: early)
        patch.setattr(connection.near.__wrapped__, "__kwdefaults__", {"clock": lambda: early, "environment": None})  # type: ignore[attr-defined]

        error = alone.fails(4, "log", "review", "0", "1", "--as", "rae", "--json").error

    assert (error["code"], error["hint"]) == ("clock", "set the clock right; nothing was recorded")
    assert alone.size == 2


def test_without_the_logs_key_a_ledger_is_read_and_not_written(alone: Terminal) -> None:
    (alone.keys / "log.key.json").unlink()

    assert "rae" in alone.ok("person", "list").out
    error = alone.fails(4, "log", "review", "0", "1", "--as", "rae", "--json").error
    assert error["code"] == "no_pen"


def test_the_key_of_another_log_signs_nothing_here(alone: Terminal) -> None:
    alone.ok("init", "other", "--registrar", "eve")
    shutil.copy(alone.folder / "other/keys/log.key.json", alone.keys / "log.key.json")

    assert alone.fails(4, "person", "list", "--json").error["code"] == "log_key"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_read(alone: Terminal) -> None:
    for path in (alone.ledger, *alone.ledger.rglob("*")):
        path.chmod(path.stat().st_mode & ~0o222)

    said = alone.run("log", "review", "0", "1", "--as", "rae")

    assert said.code in {4, 7}
    for path in (alone.ledger, *alone.ledger.rglob("*")):
        path.chmod(path.stat().st_mode | 0o200)


def test_a_head_that_cannot_be_remembered_is_a_note_and_no_failure(alone: Terminal) -> None:
    (alone.folder / "blocked").write_text("")

    said = alone.ok("person", "list", XDG_STATE_HOME=str(alone.folder / "blocked"))

    assert "a rollback would not be noticed here" in said.err


# The demo


def test_the_demo_tells_its_story_and_what_it_suggests_works(tmp_path: Path, demo: Demo) -> None:
    told = demo.told
    assert set(told) == {"schema", "ledger", "models", "report", "bundle"}
    assert (told["schema"], told["ledger"]) == ("govern/cli/demo/v1", "bank")
    assert len(told["models"]) == 6
    assert "caught: rolled_back" in demo.story
    assert demo.story.count("caught:") == 5
    shutil.copytree(demo.path, tmp_path / "one" / "bank")
    one = Terminal.at(tmp_path / "one")
    people = one.ok("person", "list", "--ledger", "bank", "--json").json["people"]
    assert all("DEMO" in person["name"] for person in people)
    for line in suggestions(Path("bank"), Path(told["report"])):
        typed = shlex.split(line.partition("govern ")[2])
        # A window needs a display, which a bare machine has not.
        one.ok(*(["ui", "--help"] if typed[0] == "ui" else typed), GOVERN_PASSPHRASE="demo")
    one.fails(
        4, "person", "grant", "ada", "--role", "validator", "--as", "ada", "--ledger", "bank", GOVERN_PASSPHRASE="demo"
    )


def test_the_demo_is_the_same_for_the_same_seed(tmp_path: Path, demo: Demo) -> None:
    """As far as the first model, trained, measured, signed and in production; the others are made in the same way."""

    class Enough(Exception):
        pass

    def say(line: str) -> None:
        if TITLES["others"] in line:
            raise Enough

    with pytest.raises(Enough):
        tell(tmp_path / "again", Stage.seeded(7), say, lambda *_: pytest.fail("there is no report yet"))

    leaves, again = (
        sqlite3.connect(folder / "ledger/ledger.db").execute("SELECT data FROM log_entry ORDER BY idx").fetchall()
        for folder in (demo.path, tmp_path / "again")
    )
    assert len(again) > 20
    assert leaves[: len(again)] == again
