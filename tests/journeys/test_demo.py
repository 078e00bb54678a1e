"""The sample bank: six models, each really at the end that the story tells of it."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from govern.demo.cast import PASSPHRASE
from tests.cli.terminal import Terminal
from tests.conftest import Demo

MODELS = {
    "car-loans": "production",
    "credit-card": "in_review",
    "credit-risk": "production",
    "overdraft": "in_review",
    "small-business": "in_review",
    "store-card": "in_review",
}


@pytest.fixture
def bank(demo: Demo, tmp_path: Path) -> Terminal:
    """A terminal at a copy of the sample bank."""
    shutil.copytree(demo.path, tmp_path / "bank")
    return Terminal.at(tmp_path).told(GOVERN_LEDGER="bank", GOVERN_PASSPHRASE=PASSPHRASE)


def checked(bank: Terminal, version: str, code: int) -> dict[str, list[str]]:
    """Return the rules by verdict."""
    said = bank.run("check", version, "--json")
    assert said.code == code, said.out
    found: dict[str, list[str]] = {}
    for one in said.json["findings"]:
        found.setdefault(one["verdict"], []).append(one["id"])
    return found


def validities(bank: Terminal, version: str) -> set[str]:
    shown: Any = bank.ok(
        "version", "show", version, "--at", "2026-11-03", "--json"
    ).json  # before its conditions are due
    return {one["validity"] for one in shown["signoffs"]}


def test_six_models_stand_where_the_story_left_them(bank: Terminal) -> None:
    listed = {one["name"]: one["stage"] for one in bank.ok("model", "list", "--json").json["models"]}

    assert listed == MODELS


def test_the_champion_is_sound_and_its_first_version_was_not(bank: Terminal) -> None:
    assert set(checked(bank, "credit-risk@2", 0)) == {"pass", "not_applicable"}
    assert validities(bank, "credit-risk@2") == {"valid"}
    first = checked(bank, "credit-risk@1", 1)
    assert set(first["fail"]) == {"checks.four-fifths", "checks.reasons"}


def test_the_drifted_model_lost_its_signatures(bank: Terminal) -> None:
    assert checked(bank, "car-loans@1", 1)["fail"] == ["checks.auc"]
    assert validities(bank, "car-loans@1") == {"void: evidence of auc"}
    assert [one["version"] for one in bank.ok("inbox", "--as", "vic", "--json").json["tasks"]].count("car-loans@1") == 1


def test_the_unfair_the_small_and_the_rejected(bank: Terminal) -> None:
    assert checked(bank, "overdraft@1", 1)["fail"] == ["checks.four-fifths"]
    small = checked(bank, "small-business@1", 3)
    assert set(small["inconclusive"]) == {"checks.four-fifths.inconclusive"}
    assert "fail" not in small
    assert checked(bank, "store-card@1", 1)["fail"] == ["checks.reasons"]
    (said,) = bank.ok("version", "show", "store-card@1", "--json").json["signoffs"]
    assert said["meaning"] == "rejected"


def test_the_model_that_waits_goes_on_with_a_second_signature(bank: Terminal) -> None:
    assert "credit-card@1" in [one["version"] for one in bank.ok("inbox", "--as", "rob", "--json").json["tasks"]]
    bank.fails(
        4, "move", "credit-card@1", "--to", "production", "--reason", "x", "--as", "rae", "--as-role", "champion"
    )

    bank.ok("sign", "credit-card@1", "--meaning", "approved", "--reason", "agreed", "--as", "rob")
    bank.ok("move", "credit-card@1", "--to", "validated", "--reason", "complete", "--as", "rae")
    bank.ok("move", "credit-card@1", "--to", "production", "--as-role", "champion", "--reason", "live", "--as", "rae")

    bank.ok("audit")


def test_the_reasons_of_the_story_are_those_of_the_command(bank: Terminal, demo: Demo) -> None:
    rows = "bank/out/credit-risk-held-out.csv"

    said = bank.ok("reasons", "credit-risk@2", "--case", "L00002", "--data", rows, "--json").json

    assert said["decision"] == "declined"
    for one in said["reasons"]:
        assert f"{one['rank']}. {one['code']}  {one['text']}" in demo.story
