"""From a card to a sealed report on one ledger: register, check, review, prove; each by those whose work it is."""

import subprocess
import sys
import zipfile

from tests.cli import thread
from tests.cli.terminal import Terminal

FIRST, SECOND = "credit-risk@1", "credit-risk@2"


def test_a_model_goes_from_registration_to_a_report_that_a_stranger_checks(staffed: Terminal) -> None:
    bank = staffed

    # Register: a policy, a model, and a version of it, whose content gives the digest.
    thread.register(bank)
    first = bank.ok("version", "show", FIRST, "--json").json
    assert (first["stage"], first["makers"]) == ("registered", ["ana"])
    assert bank.run("check", FIRST).code == 5

    # Check: the validator measures it; women are declined more often, and the gate stays shut.
    thread.scored(bank.folder / "unfair.csv", stricter=0.25)
    thread.evaluate(bank, FIRST, "unfair.csv")
    assert bank.run("check", FIRST, "--json").json["because"] == ["checks.four-fifths"]
    bank.ok("submit", FIRST, "--as", "ana")
    bank.ok("sign", FIRST, "--meaning", "validated", "--reason", "as measured", "--as", "vic")
    assert bank.run("gate", FIRST, "--to", "validated").code == 1
    move = ["--to", "validated", "--reason", "anyway", "--as", "rae", "--json"]
    assert bank.fails(4, "move", FIRST, *move).error["code"] == "gate"
    bank.ok("reject", FIRST, "--reason", "fails four fifths", "--as", "rob")

    # It is trained again, and this time passes.
    (bank.folder / "model.bin").write_text("trained without the district")
    bank.ok("version", "register", "credit-risk", "model.bin", "--parent", FIRST, "--as", "ana")
    thread.scored(bank.folder / "fair.csv", stricter=0)
    thread.evaluate(bank, SECOND, "fair.csv")
    assert bank.run("check", SECOND).code == 0

    # Review: ana cannot sign what she made; others do, and the stages open one after the other.
    bank.ok("submit", SECOND, "--as", "ana")
    approve = ["sign", SECOND, "--meaning", "approved", "--reason", "within appetite"]
    assert bank.fails(4, *approve, "--as", "ana", "--json").error["code"] == "self_approval"
    bank.ok("sign", SECOND, "--meaning", "validated", "--reason", "measured again", "--as", "vic")
    bank.ok("move", SECOND, "--to", "validated", "--reason", "review closed", "--as", "rae")
    bank.ok(*approve, "--as", "rae")
    assert bank.run("gate", SECOND, "--to", "production").code == 3
    bank.ok(*approve, "--as", "rob")
    assert bank.run("gate", SECOND, "--to", "production").code == 0
    champion = ["--to", "production", "--as-role", "champion", "--reason", "go-live"]
    bank.ok("move", SECOND, *champion, "--as", "rae")

    # Prove: the PDF leads to the root, the bundle to the anchor, and the audit replays every promotion.
    thread.prove(bank)
    anchor = bank.ok("log", "checkpoint", "--json").json["anchor"]
    root = bank.ledger / "out/reports-root.der"
    bank.ok("verify", "report.pdf", "--anchor", anchor, "--root", root)
    with zipfile.ZipFile(bank.folder / "bundle.zip") as archive:
        archive.extractall(bank.folder / "handed over")
    line = [sys.executable, "-I", "verify.py", "../bundle.zip", "--anchor", anchor]
    own = subprocess.run(line, check=False, cwd=bank.folder / "handed over", env={}, stdout=subprocess.PIPE, text=True)
    assert (own.returncode, own.stdout.splitlines()[0]) == (0, "PASS  ../bundle.zip")
    bank.ok("audit")
