"""Policies: what is adopted is read, a file is linted, tried and adopted, and a check leads to its line."""

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from govern import library
from govern.demo.cast import PASSPHRASE
from govern.errors import NotAllowed
from gui.app import App
from gui.rulebook import Tried
from gui.ruling import Rules
from gui.session import Session
from gui.tones import Tone
from gui.viewmodels.policies import FILE, Policies, adopting
from gui.viewmodels.trial import SLICE, Trial
from gui.views.adopt import AdoptDialog
from gui.views.policies import described, second
from tests.gui.bank import CREDIT
from tests.gui.conftest import wait
from tests.gui.instruments import at_once, nameless

KEY = "adopted retail-credit 3.2.0"
TIGHTER = CREDIT.replace(b"version: 3.2.0", b"version: 3.3.0").replace(b"min: 0.84", b"min: 0.88")
LOOSER = CREDIT.replace(b"version: 3.2.0", b"version: 3.3.0").replace(b"min: 0.84", b"min: 0.8")
WRONG = TIGHTER.replace(b"metric: roc_auc", b"metric: roc_acu")
CITES = TIGHTER.replace(
    b"checks:\n", b"references: {ecoa: {cite: us-regb-1002.9}, own: {cite: desk-7, title: Desk rule 7}}\nchecks:\n", 1
).replace(b"metric: roc_auc,", b"metric: roc_auc, covers: [ecoa, own],")
PACK = b"""\
schema: govern/policy/v1
id: high-risk
version: %s
owner: model-risk
pack: {status: %s, regime: EU, source: the regulation, checked_on: 2026-01-05%s}
checks:
  - {id: auc, metric: roc_auc, min: 0.7}
"""


def screen(session: Session, who: str = "rae") -> Policies:
    made = Policies(at_once, session.rules, who)
    made.load()
    return made


def written(folder: Path, content: bytes, name: str = "retail-credit.yaml") -> str:
    path = folder / name
    path.write_bytes(content)
    return str(path)


# Reading


def test_what_is_adopted_says_whether_it_is_in_force_and_for_how_many(session: Session) -> None:
    model = screen(session)

    lines = [(one.name, one.release, one.status, one.tone, one.models) for one in model.state.lines[:2]]
    assert lines == [
        ("marketing", "1.4.0", "In force", Tone.PASS, ("churn-eu",)),
        ("retail-credit", "3.2.0", "In force", Tone.PASS, ("credit-risk", "limit-increase")),
    ]
    assert model.state.summary.startswith("2 policies adopted, ")
    model.select(KEY)
    assert model.state.page
    assert model.state.text == CREDIT.decode()
    assert model.state.page.parts[0][1][0] == "Retail credit decisions, release 3.2.0, kept by model-risk."


def test_packs_say_in_words_that_they_are_superseded(session: Session, tmp_path: Path) -> None:
    folder = tmp_path / "packs" / "core" / "high-risk"
    folder.mkdir(parents=True)
    (folder / "1.0.0.yaml").write_bytes(PACK % (b"1.0.0", b"superseded", b", superseded_by: core/high-risk@2"))
    (folder / "2.0.0.yaml").write_bytes(PACK % (b"2.0.0", b"draft", b""))
    (folder / "3.0.0.yaml").write_bytes(b"schema: govern/policy/v1\n")
    session.rules = Rules(session._desk, session._key, library.library((tmp_path / "packs",)))
    model = screen(session)

    packs = [(one.release, one.status, one.dates) for one in model.state.lines if one.name == "core/high-risk"]
    assert packs[1:] == [("2.0.0", "Draft", ""), ("1.0.0", "Superseded", "see core/high-risk@2")]
    assert packs[0][:2] == ("3.0.0", "Cannot be read")
    model.select("pack core/high-risk 2.0.0")
    assert model.state.against == "pack core/high-risk 3.0.0"
    assert "cannot be read" in model.state.error
    model.compare("pack core/high-risk 1.0.0")
    assert model.state.compared is not None
    assert [one.what for one in model.state.compared] == ["pack.status", "pack.superseded_by"]


def test_what_a_policy_builds_on_is_said_in_its_line_its_header_and_its_words(session: Session, tmp_path: Path) -> None:
    built = TIGHTER.replace(b"3.3.0", b"4.0.0").replace(b"owner:", b"extends: [{pack: core/high-risk@^1}]\nowner:", 1)
    model = screen(session)

    model.open(written(tmp_path, built))
    page, rule = model.state.page, model.state.rule

    assert page
    assert rule
    assert rule.packs == ("core/high-risk 1.0.0",)
    assert page.parts[0][0] == "Packs"
    assert page.parts[0][1][0].startswith("It builds on core/high-risk 1.0.0: all that is asked for")
    assert "on core/high-risk 1.0.0" in described(rule)
    assert "on core/high-risk 1.0.0" in second(rule)
    session.rules.adopt(opened(model), "rae", PASSPHRASE)
    again = screen(session)
    again.select("adopted retail-credit 4.0.0")
    assert again.state.rule
    assert again.state.rule.packs == ("core/high-risk 1.0.0",)
    packs = {one.key: one.packs for one in again.state.lines if one.kind == "pack"}
    assert packs["pack us/model-risk 2.0.0"] == ("core/high-risk 1.0.0",)
    assert packs["pack core/high-risk 1.0.0"] == ()


def opened(model: Policies) -> Any:
    assert model.state.opened
    return model.state.opened


def test_a_file_without_tests_is_warned_of_until_there_are_some(session: Session, tmp_path: Path) -> None:
    model, path = screen(session), written(tmp_path, TIGHTER)

    model.open(path)
    before = [(one.code, one.severity, one.place) for one in opened(model).problems]
    status = model.state.lines[0].status
    written(tmp_path, b"schema: govern/policy-test/v1\n", "retail-credit.test.yaml")
    model.read_again()

    assert before == [("GOV142", "Warning", "1:1")]
    assert status == "1 warning"
    assert opened(model).problems == ()


def test_what_rules_stand_on_says_whether_it_is_in_force_today(session: Session, tmp_path: Path) -> None:
    model = screen(session)

    model.open(written(tmp_path, CITES))

    assert model.state.page
    cited = [(one.title, one.tone, one.status, one.rules) for one in model.state.page.cited]
    assert cited == [
        ("12 CFR 1002.9 (Regulation B), notifications", Tone.PASS, "In force", ("checks.auc",)),
        ("Desk rule 7", Tone.NONE, "Not in the catalogue", ("checks.auc",)),
    ]


def test_a_finding_says_the_clauses_that_it_stands_on(session: Session, tmp_path: Path) -> None:
    model = screen(session)
    model.open(written(tmp_path, CITES))
    ceremony = model.adopt()
    assert ceremony
    ceremony.sign(PASSPHRASE)

    (found,) = session.dossier("credit-risk@1", "rae").of("auc")

    assert found.clauses == (
        "12 CFR 1002.9 (Regulation B), notifications (in force)",
        "Desk rule 7 (not in the catalogue)",
    )


# A file


def test_a_file_with_a_mistake_is_shown_at_its_place_and_not_adopted(session: Session, tmp_path: Path) -> None:
    model = screen(session)

    model.open(written(tmp_path, WRONG))

    state = model.state
    assert state.opened
    assert [(one.severity, one.place, one.message) for one in state.opened.problems] == [
        ("Error", "12:23", 'unknown metric "roc_acu"')
    ]
    assert (state.chosen, state.tab, state.problem) == (FILE, "yaml", 0)
    assert state.spot
    assert (state.spot.line, state.spot.column, state.spot.width) == (12, 23, 7)
    assert model.why_not_try() == "retail-credit.yaml has 1 error"
    assert model.adopt() is None


def test_problems_are_gone_through_one_after_the_other(session: Session, tmp_path: Path) -> None:
    model = screen(session)
    model.open(written(tmp_path, WRONG.replace(b"owner: model-risk", b"ownr: model-risk")))

    places = [model.state.spot and model.state.spot.line]
    for by in (1, 1, -1):
        model.step(by)
        places.append(model.state.spot and model.state.spot.line)

    assert model.state.opened
    assert len(model.state.opened.problems) == 3
    assert len(set(places)) > 1
    assert places[1] == places[3]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        pytest.param("gone.yaml", None, "gone.yaml cannot be read: no such file or directory.", id="gone"),
        pytest.param("large.yaml", b"#" * 5_000_000, "large.yaml is too large for a policy.", id="large"),
    ],
)
def test_what_cannot_be_read_says_why(
    session: Session, tmp_path: Path, name: str, content: bytes | None, said: str
) -> None:
    model = screen(session)
    if content is not None:
        written(tmp_path, content, name)

    model.open(str(tmp_path / name))

    assert model.state.error.startswith(said)
    assert model.state.opened is None


def test_a_file_is_put_away_and_the_list_is_as_it_was(session: Session, tmp_path: Path) -> None:
    model = screen(session)
    before = model.state.lines
    model.open(written(tmp_path, TIGHTER))

    model.close()

    assert model.state.lines == before
    assert model.state.chosen == before[0].key
    assert model.why_not_try() == "no file is open"


# Trying


def test_trying_lists_which_versions_turn_and_by_what(session: Session, tmp_path: Path) -> None:
    model, size = screen(session), session.size()
    model.open(written(tmp_path, TIGHTER))

    model.try_it()

    state = model.trial.state
    assert [(one.version, one.before, one.after, one.why) for one in state.found] == [
        ("credit-risk@1", "deny", "deny", "AUC pass \u2192 fail")
    ]
    assert state.summary == "Of 3 versions, 1 would have checks that turn."
    assert model.state.tab == "trial"
    assert session.size() == size


def test_a_check_that_stops_nothing_any_more_is_named_though_its_verdict_is_the_same(
    session: Session, tmp_path: Path
) -> None:
    observing = CREDIT.replace(b"version: 3.2.0", b"version: 4.0.0") + b"enforcement: {mode: observe}\n"
    model = screen(session)
    model.open(written(tmp_path, observing))

    model.try_it()

    (denied,) = [one for one in model.trial.state.found if one.before == "deny"]
    assert (denied.version, denied.after, denied.why) == (
        "credit-risk@1",
        "allow",
        "Age ratio stops nothing any more, Stability stops nothing any more",
    )


class Many:
    """Versions of which every tenth would be denied."""

    def __init__(self, total: int) -> None:
        self.digests = tuple(str(n) for n in range(total))
        self.asked: list[int] = []

    def concerned(self) -> tuple[str, ...]:
        return self.digests

    def tried(self, _: bytes, digests: Sequence[str]) -> tuple[Tried, ...]:
        self.asked.append(len(digests))
        denied = [one for one in digests if one.endswith("0")]
        return tuple(
            Tried(f"m@{one}", "production", "allow", "deny", Tone.FAIL, "auc pass \u2192 fail") for one in denied
        )


def test_a_trial_comes_in_slices_and_can_be_stopped() -> None:
    many, waiting = Many(2 * SLICE + 5), []

    def later(work: Callable[[], Any], done: Callable[[Any], None], _: Callable[[Exception], None]) -> None:
        waiting.append((work, done))

    def turn() -> str:
        work, done = waiting.pop(0)
        done(work())
        return trial.state.summary

    trial = Trial(later, many)
    trial.begin(b"")
    said = [turn(), turn()]
    trial.stop()
    said.append(turn())

    assert said == [
        "Judged 0 of 205 versions, none would change",
        "Judged 100 of 205 versions, 10 would be decided otherwise",
        "Stopped after 100 of 205 versions, 10 would be decided otherwise",
    ]
    assert waiting == [], "nothing more is asked for"
    trial.begin(b"")
    while waiting:
        turn()
    assert trial.state.summary == "Of 205 versions, 21 would be decided otherwise."
    assert many.asked == [SLICE, SLICE, SLICE, SLICE, 5]


# Adopting


@pytest.mark.parametrize(
    ("content", "who", "why"),
    [
        pytest.param(
            LOOSER,
            "rae",
            "From 3.2.0 to 3.3.0 is too small a step for what differs: it takes a major one, so write version 4.0.0 or a "
            "later one.",
            id="too small a step",
        ),
        pytest.param(
            CREDIT,
            "rae",
            "Retail-credit 3.2.0 is adopted already.",
            id="adopted already",
        ),
        pytest.param(
            TIGHTER.replace(b"3.3.0", b"3.1.0"),
            "rae",
            "Retail-credit 3.2.0 is adopted already, and 3.1.0 is not newer: raise its version.",
            id="not newer",
        ),
        pytest.param(TIGHTER, "vic", "A risk officer adopts a policy, and you are none.", id="nobody's to adopt"),
    ],
)
def test_what_may_not_be_adopted_says_why_before_anybody_signs(
    session: Session, tmp_path: Path, content: bytes, who: str, why: str
) -> None:
    model, size = screen(session, who), session.size()
    model.open(written(tmp_path, content))

    ceremony = model.adopt()

    assert adopting(model.state) == why
    assert ceremony
    assert ceremony.state.missing == why
    ceremony.sign(PASSPHRASE)
    assert session.size() == size


def test_adopting_says_what_differs_and_what_it_voids_and_ends_in_a_receipt(session: Session, tmp_path: Path) -> None:
    model = screen(session)
    model.open(written(tmp_path, TIGHTER))
    assert model.state.opened
    of = model.state.opened.weighed
    ceremony = model.adopt()
    assert ceremony
    missing = ceremony.state.missing

    ceremony.sign(PASSPHRASE)

    assert of
    assert [(one.what, one.before, one.after, one.step) for one in of.differences] == [
        ("checks.auc.min", "0.84", "0.88", "minor")
    ]
    assert (of.before, of.needed, of.taken, of.models) == ("3.2.0", "minor", "minor", ("credit-risk", "limit-increase"))
    assert missing == "Your passphrase signs it."
    receipt = ceremony.state.signing.receipt
    assert receipt
    assert (receipt.version, receipt.role) == ("retail-credit 3.3.0", "risk-officer")
    model.close()
    model.load()
    found = [(one.release, one.status) for one in model.state.lines if one.name == "retail-credit"]
    assert found == [("3.3.0", "In force"), ("3.2.0", "Superseded")]


def test_a_signature_that_an_adoption_voids_is_named(session: Session, tmp_path: Path) -> None:
    sight = session.dossier("churn-eu@1", "vic")
    session.sign(sight, "vic", "validator", "validated", "read", PASSPHRASE)
    model = screen(session)
    text = session.rules.page("adopted marketing 1.4.0").text

    model.open(written(tmp_path, text.replace("1.4.0", "1.5.0").replace("0.72", "0.73").encode()))

    assert model.state.opened
    assert model.state.opened.weighed
    (void,) = model.state.opened.weighed.void
    assert (void.version, void.meaning) == ("churn-eu@1", "validated")


def test_what_changed_since_it_was_read_is_not_signed(session: Session, tmp_path: Path) -> None:
    model = screen(session)
    model.open(written(tmp_path, TIGHTER))
    assert model.state.opened
    assert model.state.opened.weighed
    seen = dataclasses.replace(
        model.state.opened, weighed=dataclasses.replace(model.state.opened.weighed, models=("another",))
    )

    with pytest.raises(NotAllowed, match="the ledger went on while you read this"):
        session.rules.adopt(seen, "rae", PASSPHRASE)


# The window


def test_a_mistake_is_mended_tried_and_adopted_through_the_window(desk: App, tmp_path: Path) -> None:
    path = written(tmp_path, WRONG)
    desk.commands.registry.run("policies")
    view, screens = desk.shell.policies, desk.desktop.screens
    assert view
    assert screens
    model = screens.policies
    wait(lambda: model.loaded and model.state.page)
    names = nameless(desk.shell)
    model.open(path)
    wait(lambda: model.state.opened)
    off = view.deeds.made["adopt"].accessibleDescription()
    refused = desk.commands.registry.run("adopt")
    pointed, shown = view.yaml.code.line, view.yaml.problems.cells.rows
    names += nameless(desk.shell)

    written(tmp_path, TIGHTER)
    view.deeds.made["again"].click()
    wait(lambda: model.state.opened and model.state.opened.page)
    view.deeds.made["try"].click()
    wait(lambda: model.trial.state.begun and not model.trial.state.running)
    view.trial.table.selectRow(0)
    names += nameless(desk.shell)
    tried = view.trial.table.cells.rows
    view.deeds.made["adopt"].click()
    dialog = desk.shell.deed
    assert isinstance(dialog, AdoptDialog)
    names += nameless(dialog)
    errors = []
    for secret in ("wrong", PASSPHRASE):
        dialog.passphrase.setText(secret)
        dialog.sign.click()
        wait(lambda: not dialog.model.state.signing.working)
        errors.append(dialog.model.state.signing.error)
    said = " ".join(one.text() for one in dialog.findChildren(QLabel) if one.isVisible())
    dialog.accept()
    wait(lambda: any(one.kind == "earlier" for one in model.state.lines) and not desk.bridge.busy)

    assert names == []
    assert (model.state.chosen, model.state.opened) == ("adopted retail-credit 3.3.0", None)
    assert refused == off == "retail-credit.yaml has 1 error"
    assert pointed == 12
    assert shown == (("Error", "12:23", 'unknown metric "roc_acu"'),)
    assert tried == (("credit-risk@1", "Denied", "Denied", "AUC pass \u2192 fail"),)
    assert errors[0].startswith("Nothing was signed. ")
    assert errors[1] == ""
    assert "Adopted retail-credit 3.3.0" in said
    assert "proven against the checkpoint of " in said


def test_a_check_leads_to_its_line_by_a_key_and_by_its_button(desk: App) -> None:
    desk.desktop.read("credit-risk@1")
    wait(lambda: not desk.bridge.busy)
    refused = desk.commands.registry.run("rule")
    desk.commands.registry.run("checks")
    assert desk.desktop.dossier
    desk.desktop.dossier.choose("age-ratio")
    QTest.keyClick(desk.shell, Qt.Key.Key_Y)
    wait(lambda: desk.desktop.state.screen == "policies")
    screens = desk.desktop.screens
    assert screens
    wait(lambda: screens.policies.state.spot and screens.policies.state.page)

    assert refused == "a check is chosen on the page Checks"
    assert (screens.policies.state.chosen, screens.policies.state.tab) == (KEY, "yaml")
    view = desk.shell.policies
    assert view
    assert view.yaml.code.textCursor().block().text() == "  - id: age-ratio"
