"""The power fails while somebody files: nothing is half there, nothing is lost, and what was signed is found again."""

import re
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from govern.ledger.envelope import Entry
from govern.storage.turn import Step
from tests.cli import thread
from tests.cli.terminal import Terminal
from tests.journeys.killed import seam

ROOT = Path(__file__).parents[2]
FIRST, SECOND = "credit-risk@1", "credit-risk@2"
SIGN = ["sign", SECOND, "--meaning", "validated", "--reason", "complete", "--as", "vic"]
MEASURE = ["evaluate", FIRST, "--data", "scored.csv", *thread.COLUMNS, "--as", "vic"]

TRIGGERS = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'event_ix'"
BROKE_OFF = "; of commands that were refused or broke off"

NOT_YET = [f"before {Step.CHECK}", f"after {Step.SIGN}", f"before {Step.COMMIT}"]
FILED = [f"after {Step.COMMIT}", f"before {Step.LOCK}", f"after {Step.LOCK}", f"after {Step.RECEIPT}"]


def die(bank: Terminal, moment: str, *words: str) -> str:
    """Run a command that is killed at ``moment``, and return what was on its screen by then."""
    line = [sys.executable, "-m", "tests.journeys.killed", moment, *words]
    inside = {**bank.environment, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(line, check=False, cwd=bank.folder, env=inside, capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert done.stdout == ""
    return done.stderr


def event_of(screen: str) -> str:
    (event,) = re.findall(r"^  event    (\S+)$", screen, re.MULTILINE)
    return str(event)


def require_whole(bank: Terminal) -> None:
    """See that the ledger holds, and that its lock file is of its newest entry."""
    bank.ok("audit")
    note = bank.ok("log", "checkpoint").raw
    assert (bank.ledger / "lock/checkpoint").read_bytes() == note


def kept(bank: Terminal) -> str:
    """Return what `govern doctor` says of the content that the ledger keeps."""
    findings = bank.run("doctor", "--json").json["findings"]
    return str(next(one["text"] for one in findings if one["name"] == "content"))


def signers(bank: Terminal) -> list[str]:
    return [one["person"] for one in bank.ok("version", "show", SECOND, "--json").json["signoffs"]]


@pytest.mark.parametrize("moment", NOT_YET)
def test_a_signature_cut_off_before_it_was_committed_is_not_there_and_is_given_again(
    measured: Terminal, moment: str
) -> None:
    size = measured.size

    event = event_of(die(measured, moment, *SIGN))

    error = measured.fails(2, "log", "show", event, "--json").error
    assert (error["code"], error["message"]) == ("not_found", f"no event {event} was filed")
    assert "signed again" in error["hint"]
    assert (signers(measured), measured.size) == ([], size)
    measured.ok(*SIGN)
    assert (signers(measured), measured.size) == (["vic"], size + 1)
    require_whole(measured)


@pytest.mark.parametrize("moment", FILED)
def test_a_signature_cut_off_before_its_receipt_was_printed_is_found_by_its_event(
    measured: Terminal, moment: str
) -> None:
    size = measured.size

    event = event_of(die(measured, moment, *SIGN))

    (found,) = measured.ok("log", "show", event, "--json").json["entries"]
    assert (found["entry"], found["kind"], found["signers"]) == (f"#{size}", "sign-off", ["vic"])
    assert found["statement"]["predicate"]["govern"]["eventId"] == event
    again = measured.fails(4, *SIGN, "--json").error
    assert (again["code"], again["message"]) == (
        "signed_already",
        f"vic has said this of {SECOND} already, in entry #{size}",
    )
    assert again["hint"] == f"`govern log prove {size}` writes its receipt again"
    assert signers(measured) == ["vic"]
    require_whole(measured)


def test_the_receipt_that_was_never_printed_is_written_again(measured: Terminal) -> None:
    event = event_of(die(measured, f"after {Step.COMMIT}", *SIGN))

    said = measured.ok("log", "prove", event, "--into", "proofs", "--json").json

    measured.ok("verify", "proof", said["leaf"], said["proof"], "--vkey", said["vkey"])
    leaf = (measured.folder / said["leaf"]).read_bytes()
    assert event.encode() in Entry.parse(leaf).envelope.payload


def test_evidence_cut_off_before_it_was_filed_is_no_evidence_and_is_measured_again(registered: Terminal) -> None:
    thread.scored(registered.folder / "scored.csv", stricter=0, rows=600)
    size, content = registered.size, kept(registered)

    die(registered, f"before {Step.CHECK}", *MEASURE)

    assert registered.size == size
    assert registered.run("check", FIRST).code == 5
    assert kept(registered).startswith(f"5 kept{BROKE_OFF} 1 that no entry names and 0 unfinished: harmless")
    require_whole(registered)
    registered.ok(*MEASURE)
    assert registered.size == size + 1
    assert (kept(registered), content) == ("5 kept", "4 kept")
    require_whole(registered)


def test_evidence_cut_off_after_it_was_filed_is_there_and_measured_again_changes_nothing(registered: Terminal) -> None:
    thread.scored(registered.folder / "scored.csv", stricter=0, rows=600)

    die(registered, f"after {Step.COMMIT}", *MEASURE)

    before = registered.ok("version", "show", FIRST, "--json").json
    assert set(before["evidence"]) == {"auc", "four-fifths"}
    registered.ok(*MEASURE)
    assert registered.ok("version", "show", FIRST, "--json").json["dossier"] == before["dossier"]
    assert kept(registered) == "5 kept"
    require_whole(registered)


def test_an_artefact_cut_off_while_it_was_written_counts_for_nothing_and_is_finished(registered: Terminal) -> None:
    (registered.folder / "large.bin").write_bytes(bytes(range(256)) * (48 << 12))
    register = ["version", "register", "credit-risk", "large.bin", "--as", "ana"]
    line = [sys.executable, "-c", "from govern.cli import main; main()", *register]
    inside = {**registered.environment, "PYTHONPATH": str(ROOT)}

    with subprocess.Popen(line, cwd=registered.folder, env=inside) as program:
        while not parts_of_unfinished(registered):
            assert program.poll() is None
        program.kill()

    assert kept(registered).startswith(f"4 kept{BROKE_OFF} 0 that no entry names and 1 unfinished")
    require_whole(registered)
    registered.ok(*register)
    assert kept(registered) == "6 kept"
    require_whole(registered)


def parts_of_unfinished(bank: Terminal) -> int:
    """Return how much of a blob is written that does not count yet."""
    which = "SELECT count(*) FROM blob_part WHERE sha256 IN (SELECT sha256 FROM blob WHERE size = -1)"
    database = sqlite3.connect(bank.ledger / "ledger/ledger.db", timeout=20)
    ((count,),) = database.execute(which)
    database.close()
    return int(count)


def test_an_append_that_a_disk_breaks_off_says_how_to_find_out_whether_it_was_filed(
    measured: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(step: str) -> None:
        if step == f"after {Step.COMMIT}":
            raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setitem(seam(), "at", fails)
        error = measured.fails(7, "submit", SECOND, "--as", "ana", "--json").error

    (event,) = re.findall(r"`govern log show (\S+)` says", error["hint"])
    assert measured.ok("log", "show", event, "--json").json["entries"][0]["kind"] == "submit"


def test_an_event_that_was_never_signed_is_not_found(measured: Terminal) -> None:
    event = "0192f0c1-0000-7000-8000-000000000000"

    assert measured.fails(2, "log", "show", event, "--json").error["code"] == "not_found"
    assert measured.fails(2, "log", "prove", event, "--json").error["code"] == "not_found"


def test_an_index_of_events_that_leads_elsewhere_is_not_believed(measured: Terminal) -> None:
    event = event_of(measured.ok(*SIGN).err)
    database = sqlite3.connect(measured.ledger / "ledger/ledger.db")
    with database:
        for (name,) in database.execute(TRIGGERS).fetchall():
            database.execute(f'DROP TRIGGER "{name}"')
        database.execute("UPDATE event_ix SET idx = 3 WHERE event_id = ?", (event,))
    database.close()

    assert measured.fails(6, "log", "show", event, "--json").error["code"] == "projection_differs"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("model register --card card.yaml --as ana", "registered_already"),
        (f"version register credit-risk model.bin --param eta=0.1 --parent {FIRST} --as ana", "registered_already"),
        ("policy adopt credit.yaml --as rae", "not_newer"),
        ("person add rob.request.json --role risk-officer --as ada --as bea", "enrolled_already"),
        ("person grant rob --role risk-officer --as ada --as bea", "granted_already"),
    ],
)
def test_what_was_filed_is_not_filed_again(measured: Terminal, line: str, code: str) -> None:
    assert measured.fails(4, *line.split(), "--json").error["code"] == code


def test_a_version_submitted_or_moved_again_keeps_what_was_signed(measured: Terminal) -> None:
    measured.ok(*SIGN)
    measured.ok("submit", SECOND, "--as", "ana")
    move = ["move", SECOND, "--to", "validated", "--reason", "closed", "--as", "rae"]
    measured.ok(*move)

    assert measured.fails(4, *move, "--json").error["code"] == "stage"
    assert measured.ok("version", "show", SECOND, "--json").json["signoffs"][0]["validity"] == "valid"
