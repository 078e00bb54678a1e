"""People through the command line: enrolment, four eyes, lock-outs, lost keys, holds and erasure."""

import json
import shutil
import sqlite3
from pathlib import Path

import pytest

from govern.ledger import Receipt
from govern.ledger.keys import Pen
from govern.ledger.strict import canonical, read_json
from govern.record.events import Body
from govern.storage import keystore
from govern.storage.local import LocalLedger
from tests.cli.terminal import PASSPHRASE, Terminal, signed
from tests.people import START

BOTH = signed("ada", "bea")


def rows(terminal: Terminal, statement: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(terminal.ledger / "ledger/ledger.db") as database:
        return database.execute(statement).fetchall()


def last(terminal: Terminal) -> tuple[str, str]:
    (entry,) = terminal.ok("log", "show", "--last", "1", "--json").json["entries"]
    return entry["kind"], entry["says"]


def test_a_person_is_enrolled_shown_and_listed(pair: Terminal) -> None:
    request = pair.key("vic", "--name", "Vic Tanaka", "--email", "vic@bank.example")

    said = pair.ok("person", "add", request, "--role", "validator", *BOTH, "--json").json

    assert said["schema"] == "govern/cli/person-add/v1"
    assert (said["ok"], said["entry"]) == (True, "#2")
    shown = pair.ok("person", "show", "vic", "--json").json
    assert (shown["handle"], shown["name"], shown["roles"], shown["status"]) == (
        "vic",
        "Vic Tanaka",
        ["validator"],
        "may sign",
    )
    assert [one["handle"] for one in pair.ok("person", "list", "--json").json["people"]] == ["ada", "bea", "rae", "vic"]
    assert "Vic Tanaka (vic), may sign" in pair.ok("person", "show", shown["id"]).out
    assert "vic" in pair.ok("person", "list").out


def test_one_registrar_alone_is_refused_and_leaves_no_name_behind(pair: Terminal) -> None:
    request = pair.key("vic", "--name", "Victoria Tanaka")

    error = pair.fails(4, "person", "add", request, "--role", "validator", "--as", "ada", "--json").error

    assert (error["code"], error["message"]) == ("four_eyes.quorum", "1 of 2 registrars signed")
    assert last(pair)[0] == "refusal"
    assert b"Victoria" not in (pair.ledger / "ledger/ledger.db").read_bytes()
    assert len(rows(pair, "SELECT person FROM identity")) == 3
    pair.ok("person", "add", request, "--role", "validator", *BOTH)


def test_what_is_malformed_leaves_no_name_behind(pair: Terminal) -> None:
    request = pair.key("vic", "--name", "Victoria Tanaka")

    pair.fails(2, "person", "add", request, "--role", "validator", "--reason", "x" * 2001, *BOTH)

    assert len(rows(pair, "SELECT person FROM identity")) == 3


def test_nobody_approves_what_concerns_themselves(pair: Terminal) -> None:
    error = pair.fails(4, "person", "grant", "ada", "--role", "validator", *BOTH, "--json").error

    assert error["code"] == "self_approval"
    assert error["message"] == "ada cannot approve what concerns themselves: 1 of 2 registrars count"


def test_one_account_cannot_take_the_handle_or_the_key_of_another(alone: Terminal) -> None:
    other = Terminal.at(alone.folder / "elsewhere")
    impostor = other.key("rae", "--name", "Rae Impostor")
    error = alone.fails(2, "person", "add", impostor, "--role", "validator", "--as", "ada", "--json").error
    assert error["code"] == "handle_taken"

    shutil.copy(alone.keys / "rae.key.json", alone.folder / "kept")
    again = json.loads((alone.folder / "rae.request.json").read_bytes())
    said = alone.fails(4, "person", "add", "rae.request.json", "--role", "auditor", "--reason", "x", "--as", "ada")
    assert "rae is enrolled already, in entry #1" in said.err
    assert alone.size == 2
    assert alone.ok("person", "show", "rae", "--json").json["id"] == again["person"]


def test_the_other_registrar_signs_on_another_machine(pair: Terminal, tmp_path: Path) -> None:
    request = pair.key("vic")
    add = ["person", "add", request, "--role", "validator", "--reason", "badge seen"]
    said = pair.ok(*add, "--as", "ada", "--to-sign", "vic.pending.json", "--json").json
    assert (said["entry"], said["toSign"]) == (None, "vic.pending.json")
    assert pair.size == 2

    # bea's machine holds bea's key, and reaches the same ledger.
    (tmp_path / "bea").mkdir()
    shutil.move(pair.keys / "bea.key.json", tmp_path / "bea/bea.key.json")
    twice = pair.fails(4, "person", "cosign", "vic.pending.json", "--as", "ada", "--json").error
    assert twice["code"] == "duplicate_signature"
    assert "ada signed this already" in twice["message"]
    shutil.move(tmp_path / "bea/bea.key.json", pair.keys / "bea.key.json")
    signing = pair.ok("person", "cosign", "vic.pending.json", "--as", "bea")

    assert "You sign: enrol" in signing.err
    assert "who: Vic (vic)" in signing.err
    assert "first signed by ada" in signing.err
    assert "reason: badge seen" in signing.err
    assert pair.ok("person", "show", "vic", "--json").json["status"] == "may sign"
    assert "says something else" not in pair.run("person", "cosign", "vic.pending.json", "--as", "bea").err


def test_who_signs_second_reads_names_and_no_ids(pair: Terminal) -> None:
    pair.ok("person", "grant", "rae", "--role", "validator", "--as", "ada", "--to-sign", "p.json")

    signing = pair.ok("person", "cosign", "p.json", "--as", "bea")

    assert "You sign: grant person rae, roles validator" in signing.err


def test_what_concerns_its_first_signer_waits_for_more_than_the_second(pair: Terminal) -> None:
    pair.enrol("cee", "administrator", "ada", "bea")
    pair.ok("person", "grant", "ada", "--role", "auditor", "--role", "validator", "--as", "ada", "--to-sign", "p.json")

    waits = pair.ok("person", "cosign", "p.json", "--as", "bea", "--json").json

    assert (waits["entry"], "1 of 2 registrars count" in waits["why"]) == (None, True)
    assert pair.ok("person", "cosign", "p.json", "--as", "cee", "--json").json["entry"] == "#3"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        pytest.param(["grant", "rae", "--role", "valdator", *BOTH], "there is no role 'valdator'", id="a role misspelt"),
        pytest.param(["grant", "rae", "--role", "Valid", *BOTH], "'Valid' is not a role", id="no role"),
        pytest.param(["grant", "rae", "--role", "auditor", *signed("ada", "ada")], "ada is named twice", id="one twice"),
        pytest.param(["add", "models/govern.toml", "--role", "auditor", *BOTH], "models/govern.toml: this is not JSON", id="no request"),
        pytest.param(["cosign", "models/govern.toml", *BOTH], "models/govern.toml: this is not JSON", id="nothing to sign"),
    ],
)  # fmt: skip
def test_a_slip_is_named_and_is_no_entry(pair: Terminal, words: list[str], message: str) -> None:
    assert message in pair.fails(2, "person", *words, "--json").error["message"]
    assert pair.size == 2


def test_signatures_gather_in_the_file_until_there_are_enough(pair: Terminal) -> None:
    pair.enrol("cee", "administrator", "ada", "bea")
    pair.ok("person", "threshold", "3", *signed("ada", "bea", "cee"))
    request = pair.key("vic")
    pair.ok("person", "add", request, "--role", "validator", "--as", "ada", "--to-sign", "vic.pending.json")

    waits = pair.ok("person", "cosign", "vic.pending.json", "--as", "bea", "--json").json
    assert (waits["entry"], waits["why"]) == (None, "2 of 3 registrars signed")
    assert pair.ok("person", "cosign", "vic.pending.json", "--as", "cee", "--json").json["entry"] == "#4"


def test_what_would_be_refused_anyway_is_not_handed_on(pair: Terminal) -> None:
    pair.fails(4, "person", "unlock", "rae", "--reason", "x", "--as", "ada", "--to-sign", "x.pending.json")
    pair.fails(4, "person", "hold", "rae", "--as", "ada", "--to-sign", "x.pending.json")
    pair.fails(2, "person", "hold", "rae", "--reason", "x" * 2001, "--as", "ada", "--to-sign", "x.pending.json")

    assert not (pair.folder / "x.pending.json").exists()
    assert pair.size == 2


def test_a_file_to_sign_cannot_overwrite_who_somebody_is(pair: Terminal) -> None:
    pair.ok("person", "grant", "rae", "--role", "auditor", "--as", "ada", "--to-sign", "p.json")
    pending = json.loads((pair.folder / "p.json").read_bytes())
    pending["request"] = json.loads((pair.folder / "rae.request.json").read_bytes())
    (pair.folder / "p.json").write_text(json.dumps(pending, sort_keys=True, separators=(",", ":"), ensure_ascii=False))

    error = pair.fails(2, "person", "cosign", "p.json", "--as", "bea", "--json").error

    assert error["message"] == "the request in this file is not for the key that the signed event brings in"
    assert pair.ok("person", "show", "rae", "--json").json["name"] == "Rae"


def test_one_address_is_one_person(pair: Terminal) -> None:
    first = pair.key("vic", "--email", "vic@bank.example")
    second = pair.key("max", "--email", "Vic@Bank.Example")
    pair.ok("person", "add", first, "--role", "validator", *BOTH)

    error = pair.fails(4, "person", "add", second, "--role", "validator", *BOTH, "--json").error

    assert (error["code"], error["hint"]) == (
        "enrolled_already",
        "a new key for the same person: `govern key new vic --replace`",
    )
    assert [one["handle"] for one in pair.ok("person", "list", "--json").json["people"]][-1] == "vic"


def test_an_enrolment_without_the_name_is_not_filed(pair: Terminal) -> None:
    request = pair.key("vic")
    pair.ok("person", "add", request, "--role", "validator", "--as", "ada", "--to-sign", "p.json")
    pending = json.loads((pair.folder / "p.json").read_bytes())
    del pending["request"]
    (pair.folder / "p.json").write_text(json.dumps(pending, sort_keys=True, separators=(",", ":")))

    pair.fails(2, "person", "cosign", "p.json", "--as", "bea")

    assert pair.size == 2


def test_five_wrong_passphrases_lock_and_a_registrar_unlocks(alone: Terminal) -> None:
    review = ["log", "review", "0", "1", "--as", "rae", "--json"]
    for left in (4, 3, 2, 1):
        error = alone.fails(4, *review, GOVERN_PASSPHRASE="wrong").error
        assert (error["code"], error["hint"]) == ("wrong_passphrase", f"{left} tries left before rae is locked")
    assert alone.size == 2

    assert alone.fails(4, *review, GOVERN_PASSPHRASE="wrong").error["code"] == "locked"

    assert last(alone) == ("lockout", "person rae, failures 5")
    locked = alone.fails(4, *review).error
    assert (locked["code"], locked["hint"]) == ("locked", "ask a registrar to run `govern person unlock rae`")
    assert alone.ok("person", "show", "rae", "--json").json["status"] == "locked"
    alone.ok("person", "unlock", "rae", "--reason", "came in person", "--as", "ada")
    assert alone.fails(4, *review, GOVERN_PASSPHRASE="wrong").error["hint"] == "4 tries left before rae is locked"
    alone.ok(*review)


def test_a_registrar_who_is_locked_is_unlocked_by_the_other_although_two_must_sign(pair: Terminal) -> None:
    for _ in range(5):
        pair.fails(4, "log", "review", "0", "1", "--as", "ada", GOVERN_PASSPHRASE="wrong")

    sick = {one["name"]: one for one in pair.run("doctor", "--json").json["findings"]}["registrars"]
    pair.ok("person", "unlock", "ada", "--reason", "came in person", "--as", "bea")

    assert (sick["ok"], sick["text"]) == (False, "1 of the 2 registrars who must sign can sign: ada is locked")
    assert "govern person unlock" in sick["mend"]
    pair.ok("log", "review", "0", "1", "--as", "ada")
    assert pair.ok("doctor").code == 0


def altered(bank: Terminal, name: str, **header: str) -> None:
    """Change what a key file says of itself, as whoever has the file can."""
    path = bank.keys / f"{name}.key.json"
    path.write_bytes(canonical({**read_json(path.read_bytes()), **header}))


def test_a_key_file_that_names_somebody_else_locks_nobody_out(pair: Terminal) -> None:
    bea = pair.ok("person", "show", "bea", "--json").json["id"]
    altered(pair, "ada", person=bea)

    review = ["log", "review", "0", "1", "--as", "ada", "--json"]
    errors = [pair.fails(4, *review, GOVERN_PASSPHRASE="wrong").error for _ in range(6)]

    assert {one["code"] for one in errors} == {"unknown_key"}
    assert "none that the ledger knows of bea" in errors[0]["message"]
    assert pair.ok("person", "show", "bea", "--json").json["status"] == "may sign"


def test_a_key_file_that_somebody_made_does_not_forget_the_wrong_passphrases_of_another(alone: Terminal) -> None:
    review = ["log", "review", "0", "1", "--as", "rae", "--json"]
    for _ in range(4):
        alone.fails(4, *review, GOVERN_PASSPHRASE="wrong")
    real, rae = (alone.keys / "rae.key.json").read_bytes(), alone.ok("person", "show", "rae", "--json").json["id"]
    (alone.keys / "rae.key.json").unlink()
    keystore.add(alone.keys, "rae", rae, Pen.from_seed(b"m" * 32), "mine", now=START)

    assert alone.fails(4, *review, GOVERN_PASSPHRASE="mine").error["code"] == "unknown_key"

    (alone.keys / "rae.key.json").write_bytes(real)
    assert alone.fails(4, *review, GOVERN_PASSPHRASE="wrong").error["code"] == "locked"


def test_a_key_that_ended_neither_locks_nor_forgets(alone: Terminal) -> None:
    review = ["log", "review", "0", "1", "--as", "rae", "--json"]
    alone.ok("key", "rotate", "--as", "rae")
    old = next(alone.keys.glob("rae.retired-*"))
    for _ in range(4):
        alone.fails(4, *review, GOVERN_PASSPHRASE="wrong")
    new = (alone.keys / "rae.key.json").read_bytes()
    (alone.keys / "rae.key.json").write_bytes(old.read_bytes())

    assert alone.fails(4, *review, GOVERN_PASSPHRASE="wrong").error["code"] == "wrong_passphrase"
    assert alone.fails(4, *review).error["code"] == "revoked_key"

    (alone.keys / "rae.key.json").write_bytes(new)
    assert alone.fails(4, *review, GOVERN_PASSPHRASE="wrong").error["code"] == "locked"


def test_who_mistypes_as_somebody_else_does_is_told_so(alone: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    review = ["log", "review", "0", "1", "--as", "rae", "--json"]
    for _ in range(4):
        alone.fails(4, *review, GOVERN_PASSPHRASE="wrong")
    said = LocalLedger.say

    def say(ledger: LocalLedger, body: Body, entropy: bytes) -> Receipt:
        """Let somebody else say it first."""
        said(ledger, body, bytes(reversed(entropy)))
        return said(ledger, body, entropy)

    monkeypatch.setattr(LocalLedger, "say", say)
    error = alone.fails(4, *review, GOVERN_PASSPHRASE="wrong").error

    assert (error["code"], error["message"]) == (
        "locked",
        "the passphrase is wrong, and rae is locked now: 5 wrong ones in a row were counted",
    )
    assert alone.size == 3


def test_the_right_passphrase_forgets_the_wrong_ones(alone: Terminal) -> None:
    review = ["log", "review", "0", "1", "--as", "rae", "--json"]
    for _ in range(4):
        alone.fails(4, *review, GOVERN_PASSPHRASE="wrong")
    alone.ok(*review)

    assert alone.fails(4, *review, GOVERN_PASSPHRASE="wrong").error["hint"] == "4 tries left before rae is locked"


def test_a_lost_passphrase_is_replaced_in_person_and_old_signatures_stay(pair: Terminal) -> None:
    pair.ok("log", "review", "0", "1", "--as", "rae")
    (pair.folder / "rae.request.json").unlink()
    told = pair.ok("key", "new", "rae", "--replace", GOVERN_PASSPHRASE="a new one").out
    assert "`govern person add rae.request.json --reason WHY --as REGISTRAR`" in told
    pair.fails(2, "person", "add", "rae.request.json", "--role", "auditor", "--reason", "x", *BOTH)
    said = pair.ok("person", "add", "rae.request.json", "--reason", "identity checked", *BOTH)

    assert "rae has a new key, and the old ones have ended" in said.out
    shown = pair.ok("person", "show", "rae", "--json").json
    assert [key["revoked"] for key in shown["keys"]] == ["#3", None]
    assert (shown["name"], shown["roles"]) == ("Rae", ["risk-officer"])
    pair.ok("log", "review", "0", "2", "--as", "rae", GOVERN_PASSPHRASE="a new one")
    assert [one["state"] for one in pair.ok("key", "list", "--json").json["keys"]][2:] == ["active", "retired"]
    pair.ok("audit")


def test_a_person_is_given_and_loses_roles_and_keys(alone: Terminal) -> None:
    alone.ok("person", "grant", "rae", "--role", "validator", "--as", "ada")
    alone.ok("person", "revoke", "rae", "--role", "risk-officer", "--reason", "moved", "--as", "ada")
    assert alone.ok("person", "show", "rae", "--json").json["roles"] == ["validator"]
    assert alone.fails(4, "person", "revoke", "rae", "--as", "ada", "--json").error["code"] == "no_reason"

    alone.ok("person", "revoke", "rae", "--reason", "left", "--as", "ada")

    assert alone.ok("person", "show", "rae", "--json").json["status"] == "no key in force"
    assert alone.fails(4, "log", "review", "0", "1", "--as", "rae", "--json").error["code"] == "revoked_key"
    assert (
        alone.fails(4, "person", "revoke", "rae", "--reason", "x", "--as", "ada", "--json").error["code"]
        == "no_key_in_force"
    )
    then = ["--at", alone.ok("log", "show", "1", "--json").json["entries"][0]["recordedAt"], "--json"]
    assert alone.ok("person", "list", *then).json["people"][1]["roles"] == ["risk-officer"]
    (now,) = (one["ledger"] for one in alone.ok("key", "list", "--json").json["keys"] if one["handle"] == "rae")
    (past,) = (one["ledger"] for one in alone.ok("key", "list", *then).json["keys"] if one["handle"] == "rae")
    assert (now, past) == ("ended", "in force")


def test_who_is_erased_is_gone_from_the_file_and_their_signatures_stay(pair: Terminal) -> None:
    pair.ok("key", "new", "vic", "--name", "Victoria Unforgettable", "--email", "vic@unforgettable.example")
    pair.ok("person", "add", "vic.request.json", "--role", "validator", *BOTH)
    pair.ok("log", "review", "0", "1", "--as", "vic")
    id_ = pair.ok("person", "show", "vic", "--json").json["id"]
    erase = ["person", "erase", "vic", "--reason", "asked for it", *BOTH, "--json"]
    pair.ok("person", "hold", "vic", "--reason", "litigation", "--as", "ada")
    pair.ok("person", "revoke", "vic", "--reason", "left", "--as", "ada")

    held = pair.fails(4, *erase).error
    assert (held["code"], held["message"]) == ("held", "vic is under a legal hold")
    pair.ok("person", "hold", "vic", "--lift", "--reason", "closed", *BOTH)
    pair.ok(*erase)

    for file in (pair.ledger / "ledger").iterdir():
        content = file.read_bytes()
        assert b"Unforgettable" not in content
        assert b"unforgettable" not in content
    shown = pair.ok("person", "show", id_, "--json").json
    assert (shown["handle"], shown["name"], shown["status"]) == (None, None, "erased")
    assert "(erased)" in pair.ok("person", "list").out
    assert id_ in pair.ok("log", "show", "3").out
    pair.fails(2, "person", "show", "vic")
    pair.ok("audit")
    # The handle is free again; the id is not.
    pair.ok("key", "new", "vic", "--request", "other.json", "--keys", "other-keys")
    pair.ok("person", "add", "other.json", "--role", "auditor", "--as", "ada")
    assert pair.ok("person", "show", "vic", "--json").json["id"] != id_


def test_the_threshold_is_changed_by_the_stricter_of_old_and_new(alone: Terminal) -> None:
    error = alone.fails(4, "person", "threshold", "2", "--as", "ada", "--json").error
    assert error["code"] == "threshold_unreachable"
    alone.enrol("bea", "administrator")
    assert alone.fails(4, "person", "threshold", "2", "--as", "ada", "--json").error["code"] == "four_eyes.quorum"

    alone.ok("person", "threshold", "2", *BOTH)

    alone.fails(4, "person", "grant", "rae", "--role", "validator", "--as", "ada")
    alone.fails(4, "person", "threshold", "1", "--as", "ada")
    alone.ok("person", "grant", "rae", "--role", "validator", *BOTH)


# Keys


def test_a_key_is_rotated_and_the_old_one_kept(alone: Terminal) -> None:
    (alone.folder / "new").write_text("another secret")

    said = alone.ok("key", "rotate", "--as", "rae", "--new-passphrase-file", "new", "--reason", "yearly", "--json").json

    assert said["entry"] == "#2"
    keys = alone.ok("key", "list", "--json").json["keys"]
    assert [(one["handle"], one["state"], one["ledger"]) for one in keys] == [
        ("ada", "active", "in force"),
        ("rae", "active", "in force"),
        ("rae", "retired", "ended"),
    ]
    alone.fails(4, "log", "review", "0", "1", "--as", "rae")
    alone.ok("log", "review", "0", "1", "--as", "rae", GOVERN_PASSPHRASE="another secret")


def test_a_rotation_that_was_cut_short_before_filing_begins_again(
    alone: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("govern.desk.Desk.rotate_key", crash)
        assert alone.run("key", "rotate", "--as", "rae").code == 130
    assert (alone.keys / "rae.next.key.json").exists()
    assert alone.size == 2

    alone.ok("log", "review", "0", "1", "--as", "rae")
    alone.ok("key", "rotate", "--as", "rae")

    assert not (alone.keys / "rae.next.key.json").exists()
    alone.ok("log", "review", "0", "1", "--as", "rae")


def test_a_rotation_that_was_cut_short_after_filing_is_finished(
    alone: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(keystore, "promote", crash)
        assert alone.run("key", "rotate", "--as", "rae").code == 130
    assert alone.size == 3
    assert alone.fails(4, "log", "review", "0", "1", "--as", "rae", "--json").error["code"] == "revoked_key"

    said = alone.ok("key", "rotate", "--as", "rae")

    assert "an earlier rotation of rae was filed and is finished now" in said.err
    alone.ok("log", "review", "0", "1", "--as", "rae")


def test_a_refused_rotation_leaves_the_old_key_in_its_place(alone: Terminal) -> None:
    alone.ok("person", "revoke", "rae", "--role", "risk-officer", "--reason", "x", "--as", "ada")

    assert alone.fails(4, "key", "rotate", "--as", "rae", "--json").error["code"] == "role"

    assert not (alone.keys / "rae.next.key.json").exists()
    assert (alone.keys / "rae.key.json").exists()


@pytest.mark.parametrize("stands", [True, False], ids=["stands", "disowned"])
def test_what_a_stolen_key_signed_waits_for_its_owners_word(alone: Terminal, stands: bool) -> None:
    alone.ok("log", "review", "0", "1", "--as", "rae")
    revoke = ["key", "revoke", "rae", "--cause", "compromised", "--suspect-since", "2", "--reason", "stolen"]
    alone.ok(*revoke, "--as", "ada")
    (alone.folder / "rae.request.json").unlink()
    alone.ok("key", "new", "rae", "--replace")
    alone.ok("person", "add", "rae.request.json", "--reason", "in person", "--as", "ada")

    said = alone.run("audit", "--json")
    assert said.code == 6
    assert [(one["kind"], one["entry"]) for one in said.json["problems"]] == [("stolen_key", 2)]
    assert "what follows does not" not in alone.run("audit").out
    alone.ok("key", "reaffirm", "2", "--reason", "I know", "--as", "rae", *([] if stands else ["--disown"]))

    assert alone.ok("audit", "--json").json["problems"] == []
    assert last(alone)[1].endswith("stands yes" if stands else "stands no")


def test_keys_are_made_and_listed_without_a_ledger(nowhere: Terminal) -> None:
    said = nowhere.ok("key", "new", "rae", "--json").json

    assert Path(said["key"]) == nowhere.folder / "home/.config/govern/keys/rae.key.json"
    assert nowhere.ok("key", "list", "--json").json["keys"][0]["ledger"] is None
    assert "no ledger here" in nowhere.ok("key", "list").out
    assert nowhere.ok("key", "list", "--keys", "empty", "--json").json["keys"] == []


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_a_key_file_that_others_may_read_is_refused(alone: Terminal, mode: int) -> None:
    (alone.keys / "rae.key.json").chmod(mode)

    said = alone.fails(4, "log", "review", "0", "1", "--as", "rae")

    assert f"has mode {mode:04o}: others than its owner may use it" in said.err
    assert "chmod 600" in said.err
    (alone.keys / "rae.key.json").chmod(0o600)
    alone.ok("log", "review", "0", "1", "--as", "rae")


def test_a_damaged_or_exchanged_key_file_is_named(alone: Terminal) -> None:
    review = ["log", "review", "0", "1", "--as", "rae", "--json"]
    path = alone.keys / "rae.key.json"
    content = path.read_bytes()
    path.write_bytes(content[:-9])
    assert alone.fails(2, *review).error["code"] == "key_malformed"

    value = json.loads(content)
    value["created"] = "2020-01-01T00:00:00.000Z"
    path.write_text(json.dumps(value, sort_keys=True, separators=(",", ":")))
    assert "is not as it was written" in alone.fails(6, *review).error["message"]

    shutil.copy(alone.keys / "ada.key.json", path)
    assert alone.fails(4, *review).error["code"] == "no_key"
    path.unlink()
    assert alone.fails(4, *review).error["hint"] == "make one with `govern key new rae`"


def crash(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_no_passphrase_is_ever_printed(alone: Terminal) -> None:
    said = alone.run("log", "review", "0", "1", "--as", "rae", GOVERN_PASSPHRASE="a wrong secret")

    assert "a wrong secret" not in said.err + said.out
    assert PASSPHRASE not in alone.ok("key", "list", "--json").out
