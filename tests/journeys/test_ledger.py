"""From an empty folder to an auditor who trusts nobody: one ledger, several people, each at their own machine."""

import shutil
from pathlib import Path

from tests.cli.terminal import Terminal, signed

BOTH = signed("ada", "bea")


def test_a_bank_founds_a_ledger_loses_a_laptop_and_is_audited(tmp_path: Path) -> None:
    bank = Terminal.at(tmp_path / "bank")
    rae, auditor = Terminal.at(tmp_path / "rae"), Terminal.at(tmp_path / "auditor")

    # Two registrars found the ledger; somebody writes the anchor down.
    founded = bank.ok(
        "init", "models", "--registrar", "ada=Ada Moreau", "--registrar", "bea=Bea Lindqvist", "--json"
    ).json
    bank = bank.told(GOVERN_LEDGER="models")

    # rae makes a key on her own machine; only the request travels.
    rae.ok("key", "new", "rae", "--name", "Rae Okafor", "--keys", "keys")
    shutil.copy(rae.folder / "rae.request.json", bank.folder)
    add = ["person", "add", "rae.request.json", "--role", "risk-officer", "--reason", "badge seen"]
    bank.ok(*add, "--as", "ada", "--to-sign", "rae.pending.json")
    filed = bank.ok("person", "cosign", "rae.pending.json", "--as", "bea", "--json").json
    assert filed["entry"] == "#1"
    shutil.copy(rae.folder / "keys/rae.key.json", bank.keys)

    # She reads the trail; a thief does so too, in her name.
    bank.ok("log", "review", "0", "1", "--as", "rae")
    (bank.folder / "printed").write_bytes(bank.ok("log", "checkpoint").raw)
    bank.ok("log", "review", "0", "2", "--as", "rae")
    bank.ok("key", "revoke", "rae", "--cause", "compromised", "--suspect-since", "3", "--reason", "stolen", *BOTH)
    assert bank.run("audit").code == 6
    (bank.folder / "rae.request.json").unlink()
    bank.ok("key", "new", "rae", "--replace", GOVERN_PASSPHRASE="another one")
    bank.ok("person", "add", "rae.request.json", "--reason", "came in person", *BOTH)
    bank.ok("key", "reaffirm", "3", "--disown", "--reason", "not mine", "--as", "rae", GOVERN_PASSPHRASE="another one")
    bank.ok("audit", "--against", "printed")

    # The auditor has an export, the anchor from paper, and nothing else.
    bank.ok("log", "export", "export")
    bank.ok("log", "prove", "2", "--into", "export")
    shutil.copytree(bank.folder / "export", auditor.folder / "export")
    audit = auditor.ok("audit", "--export", "export", "--anchor", founded["anchor"], "--json").json
    assert (audit["size"], audit["problems"], audit["anchor"]) == (7, [], founded["anchor"])
    proof = ["verify", "proof", "export/2.json", "export/2.tlog-proof", "--vkey", founded["vkey"]]
    assert auditor.ok(*proof, "--json").json["ok"] is True

    # Years later rae asks to be forgotten; what she signed still verifies.
    bank.ok("person", "revoke", "rae", "--reason", "left", *BOTH)
    bank.ok("person", "erase", "rae", "--reason", "asked for it", *BOTH)
    assert b"Okafor" not in (bank.ledger / "ledger/ledger.db").read_bytes()
    bank.ok("audit", "--against", "printed")
    auditor.ok(*proof)
