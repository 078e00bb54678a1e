"""The audit trail and the inventory as sealed papers, from a ledger where things happened."""

import json
import shutil
import subprocess
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pikepdf import Pdf

from tests.cli.terminal import Terminal
from tests.conftest import Demo


@pytest.fixture
def bank(demo: Demo, tmp_path: Path) -> Terminal:
    """A terminal at a copy of the sample bank."""
    shutil.copytree(demo.path, tmp_path / "bank")
    return Terminal.at(tmp_path).told(GOVERN_LEDGER="bank")


def listed(bank: Terminal, *words: str) -> Any:
    bank.ok("report", *words, "-o", "paper.pdf")
    with Pdf.open(BytesIO((bank.folder / "paper.pdf").read_bytes())) as file:
        return json.loads(file.attachments["dossier.json"].get_file().read_bytes())


def test_the_trail_of_a_model_has_every_entry_about_it_and_no_other(bank: Terminal) -> None:
    lines = listed(bank, "--template", "audit-trail", "--model", "car-loans")["lines"]

    kinds = [one["kind"] for one in lines]
    assert kinds == ["model", "version", "evidence", "submit", *["sign off"] * 3, "move", "move", "evidence"]
    assert all(one["what"].startswith("car-loans") for one in lines)
    assert "car-loans@1, from in review to validated" in [one["what"] for one in lines]
    assert lines[1]["who"] == "Ana Prado (DEMO), developer"


def test_the_trail_of_a_period_ends_where_it_was_asked_to(bank: Terminal) -> None:
    everything = listed(bank, "--template", "audit-trail")["lines"]
    until = everything[9]["at"]

    some = listed(bank, "--template", "audit-trail", "--from", "2026-11-02", "--until", until)["lines"]

    assert [one["index"] for one in some] == list(range(10))
    assert listed(bank, "--template", "audit-trail", "--until", "2026-11-01")["lines"] == []


def test_the_inventory_has_every_model_with_its_verdict(bank: Terminal) -> None:
    items = {one["name"]: one for one in listed(bank, "--template", "inventory")["items"]}

    assert {name: one["verdict"] for name, one in items.items()} == {
        "car-loans": "deny",
        "credit-card": "allow",
        "credit-risk": "allow",
        "overdraft": "deny",
        "small-business": "needs person",
        "store-card": "deny",
    }
    assert items["credit-risk"]["champion"] == "credit-risk@2"
    assert "void: evidence of auc" in items["car-loans"]["signed"]


def test_an_extract_verifies_like_a_report(bank: Terminal, demo: Demo) -> None:
    bank.ok("report", "--template", "inventory", "-o", "paper.pdf")
    root = demo.path / "out" / "reports-root.der"

    said = bank.ok("verify", "paper.pdf", "--root", root, "--json").json
    touched = bytearray((bank.folder / "paper.pdf").read_bytes())
    touched[len(touched) // 2] ^= 1
    (bank.folder / "touched.pdf").write_bytes(touched)

    assert said["ok"]
    bank.fails(6, "verify", "touched.pdf", "--root", root)


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(["credit-risk@2", "--template", "inventory"], id="a version for an inventory"),
        pytest.param([], id="nothing to report about"),
        pytest.param(["--template", "nyc-ll144"], id="a summary of nothing"),
        pytest.param(["--template", "inventory", "--model", "credit-risk"], id="a model for an inventory"),
        pytest.param(["--template", "audit-trail", "--model", "no-such"], id="a model nobody knows"),
        pytest.param(["--template", "audit-trail", "--from", "soon"], id="no time"),
    ],
)
def test_what_is_not_said_clearly_is_asked_for(bank: Terminal, words: list[str]) -> None:
    bank.fails(2, "report", *words, "-o", "paper.pdf")

    assert not (bank.folder / "paper.pdf").exists()


def test_what_an_approval_asks_for_stands_in_the_opinion_until_it_is_met(bank: Terminal) -> None:
    bank.ok("report", "credit-risk@2", "--draft", "-o", "draft.pdf")

    with Pdf.open(BytesIO((bank.folder / "draft.pdf").read_bytes())) as file:
        said = json.loads(file.attachments["report.json"].get_file().read_bytes())
    assert said["conditions"] == [f"{one['text']}: {one['owner']}, until {one['due']}" for one in said["owed"]]
    assert len(said["conditions"]) == 1
    assert said["data_period"] == "training 2025-01-01 to 2025-12-31; other measured data not stated"


def test_a_period_in_which_nothing_happened_says_so(bank: Terminal) -> None:
    bank.ok("report", "--template", "audit-trail", "--from", "2020-01-01", "--until", "2020-01-31", "-o", "empty.pdf")

    said = subprocess.run(["pdftotext", "empty.pdf", "-"], check=True, capture_output=True, text=True, cwd=bank.folder)

    assert "0 entries of" in said.stdout
    assert "from 2020-01-01 00:00:00 +00:00 until 2020-01-31 23:59:59 +00:00" in " ".join(said.stdout.split())
    assert "Nothing happened" in said.stdout
    assert "Audit-trail extract sha256:" in said.stdout


def test_the_inventory_has_the_word_of_the_gate(proved: Terminal) -> None:
    def verdict() -> str:
        proved.ok("report", "--template", "inventory", "-o", "stock.pdf")
        with Pdf.open(proved.folder / "stock.pdf") as file:
            (item,) = json.loads(file.attachments["dossier.json"].get_file().read_bytes())["items"]
        return str(item["verdict"])

    assert verdict() == "allow"
    proved.ok("model", "amend", "credit-risk", "--set", "jurisdictions=GB", "--reason", "launch", "--as", "rae")

    assert verdict() == "needs person"


def test_a_public_summary_has_what_is_on_record_and_names_what_is_not(bank: Terminal) -> None:
    summary = _summary(bank, "credit-risk@2")

    (sex,) = summary["breakdowns"]
    assert sex["title"] == "Sex"
    assert {one["name"]: (one["n"], one["selected"]) for one in sex["categories"]} == {
        "female": (2973, 1821),
        "male": (3027, 1964),
    }
    assert [one["ratio"] for one in sex["categories"]] == ["0.944030387541", "1"]
    assert summary["missing"][:2] == ["numbers by race/ethnicity", "numbers by race/ethnicity and sex"]
    known = dict(summary["known"])
    assert known["Measured by"] == "Vic Tanaka (DEMO), validator"
    assert known["Distribution date"].startswith("2026-11-02")
    assert _known(bank, "overdraft@1")["Distribution date"] == "not on record: it never went to production"
    said = bank.ok("report", "credit-risk@2", "--template", "nyc-ll144", "-o", "again.pdf", "--json").json
    assert (said["entry"], said["template"]) == (None, "nyc-ll144")


def _summary(bank: Terminal, version: str) -> Any:
    bank.ok("report", version, "--template", "nyc-ll144", "-o", "paper.pdf")
    with Pdf.open(BytesIO((bank.folder / "paper.pdf").read_bytes())) as file:
        return json.loads(file.attachments["dossier.json"].get_file().read_bytes())["summary"]


def _known(bank: Terminal, version: str) -> dict[str, str]:
    return dict(_summary(bank, version)["known"])


def test_a_report_has_its_numbers_by_section_and_the_champion_beside_them(bank: Terminal) -> None:
    bank.ok("report", "credit-risk@1", "--draft", "-o", "draft.pdf")
    with Pdf.open(BytesIO((bank.folder / "draft.pdf").read_bytes())) as file:
        said = json.loads(file.attachments["report.json"].get_file().read_bytes())
    read = ["pdftotext", "-layout", "draft.pdf", "-"]
    words = subprocess.run(read, check=True, capture_output=True, text=True, cwd=bank.folder).stdout

    sections = [one["section"] for one in said["tables"]]
    assert list(dict.fromkeys(sections)) == ["Performance", "Fairness", "Calibration", "Stability", "Reason codes"]
    lines = [line.strip() for line in words.splitlines()]
    assert [lines.index(name) for name in dict.fromkeys(sections)] == sorted(map(lines.index, dict.fromkeys(sections)))
    both = next(one for one in said["tables"] if one["by"] == "sex and age")
    assert (both["against"], both["rows"][0]["group"]) == ("against 62+, male", "18-25, female")
    assert sum(one["n"] for one in said["curves"][0]["tenths"]) == 6000
    assert [one["stands_out"] for one in said["shifts"]] == [True, False, False, False]
    (auc,) = [one for one in said["beside"] if one["check"] == "auc"]
    assert (auc["champion"], auc["asked"]) == ("credit-risk@2", "apart at least -0.05")
    assert "Second opinion" in words
    assert said["reasons"]["seconded"].startswith("shap ")


def test_what_drifted_stands_out_and_is_printed_first(bank: Terminal) -> None:
    bank.ok("report", "car-loans@1", "--draft", "-o", "draft.pdf")

    said = subprocess.run(["pdftotext", "draft.pdf", "-"], check=True, capture_output=True, text=True, cwd=bank.folder)

    assert "utilisation, then and now" in said.stdout
    assert "tenure, then and now" not in said.stdout
    assert "The bins of 3 more columns are in report.json." in said.stdout
