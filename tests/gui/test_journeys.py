"""One ledger, made at the command line, reviewed and proven in the desktop app, and checked at the command line again."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QWidget

from govern.errors import NotAllowed
from gui.app import App
from gui.session import Session
from gui.sights import Dossier, Issued
from gui.viewmodels.export import Step
from gui.views.dossier import DossierView
from gui.views.signoff import SignOffDialog
from tests.cli.conftest import _pair, _scoring, _staffed
from tests.cli.terminal import PASSPHRASE, Terminal
from tests.cli.test_measuring import MEASURE
from tests.gui.conftest import wait, window

pytest.importorskip("xgboost", reason="a model to measure is an extra")

__all__ = ["_pair", "_scoring", "_staffed"]
CREDIT = "credit-risk@1"
CONTROL = Qt.KeyboardModifier.ControlModifier
POLICY = """\
schema: govern/policy/v1
id: credit
version: 2.0.0
owner: model-risk
applies_to: {use_case: credit-scoring}
checks:
  - {id: auc, metric: roc_auc, min: 0.65, confidence: {resamples: 100, decide_on: lower}}
  - {id: reasons, metric: reason_coverage, min: 1, remedy: give every reason its words}
approvals:
  validation: {role: validator, quorum: 1}
  committee: {role: risk-officer, quorum: 1, not_same_as: [validation]}
gates:
  validated: {checks: all, approvals: [validation, committee]}
"""


@pytest.fixture(scope="module")
def _submitted(_scoring: Terminal, tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    bank = _scoring.copied(tmp_path_factory.mktemp("journeys") / "bank")
    (bank.folder / "credit.yaml").write_text(POLICY)
    bank.ok("policy", "adopt", "credit.yaml", "--as", "rae")
    bank.ok(*MEASURE)
    bank.ok("submit", CREDIT, "--as", "ana")
    return bank


@pytest.fixture
def terminal(_submitted: Terminal, tmp_path: Path) -> Terminal:
    """A bank with a version that was registered, measured and submitted at the command line."""
    return _submitted.copied(tmp_path / "bank")


@pytest.fixture
def app(qapp: QApplication, terminal: Terminal) -> Iterator[App]:
    with window(qapp, terminal.ledger) as made:
        yield made


def said(widget: QWidget) -> str:
    return " ".join(one.text() for one in widget.findChildren(QLabel) if one.isVisible())


def unlock(app: App, qtbot: Any, who: str, passphrase: str = PASSPHRASE) -> None:
    """Choose a name and type a passphrase, as people do."""
    view = app.shell.unlock
    view.who.setCurrentIndex(view.who.findData(who))
    qtbot.keyClicks(view.passphrase, passphrase)
    qtbot.keyClick(view.passphrase, Qt.Key.Key_Return)
    assert view.passphrase.text() == ""


def sight_of(app: App) -> Dossier:
    assert app.desktop.dossier
    assert app.desktop.dossier.state.sight
    return app.desktop.dossier.state.sight


def dossier_view(app: App) -> DossierView:
    assert app.shell.dossier
    return app.shell.dossier


def read(app: App) -> None:
    wait(lambda: app.desktop.dossier and app.desktop.dossier.state.sight)
    assert app.desktop.dossier
    assert app.desktop.dossier.state.name == CREDIT
    wait(lambda: app.desktop.trail and app.desktop.trail.state.audit)


def ceremony(app: App, qtbot: Any) -> SignOffDialog:
    assert app.shell.inbox
    qtbot.keyClick(app.shell.inbox.list, Qt.Key.Key_Return, CONTROL)
    dialog = app.shell.dialog
    assert dialog
    return dialog


def sign(app: App, qtbot: Any, meaning: str, reason: str) -> None:
    """Sign with the keyboard alone, and put the receipt away."""
    dialog = ceremony(app, qtbot)
    radio = dialog.radios[meaning]
    radio.setFocus()
    qtbot.keyClick(radio, Qt.Key.Key_Space)
    qtbot.keyClicks(dialog.reason, reason)
    qtbot.keyClicks(dialog.passphrase, PASSPHRASE)
    qtbot.keyClick(dialog.passphrase, Qt.Key.Key_Return)
    wait(lambda: dialog.model.state.filed or dialog.model.state.error)
    assert dialog.model.state.error == ""
    wait(lambda: "Receipt" in said(dialog))
    dialog.accept()
    app.shell.activateWindow()  # what a window manager does, and there is none here
    wait(app.shell.isActiveWindow)
    wait(lambda: reason in [one.reason for one in sight_of(app).signatures])


def lock(app: App, qtbot: Any) -> None:
    assert app.shell.inbox
    qtbot.keyClick(app.shell.inbox.list, Qt.Key.Key_L, CONTROL)
    assert app.desktop.state.seat is None


def export(app: App, qtbot: Any, file: Path) -> Issued:
    """Issue and save the report of what is read."""
    assert app.shell.inbox
    qtbot.keyClick(app.shell.inbox.list, Qt.Key.Key_E, CONTROL)
    view = app.shell.export
    assert view
    wait(lambda: view.model.state.step is Step.READY)
    qtbot.keyClicks(view.passphrase, PASSPHRASE)
    qtbot.keyClick(view.passphrase, Qt.Key.Key_Return)
    asked = view.findChild(QFileDialog)
    assert asked
    asked.selectFile(str(file))
    asked.accept()
    wait(lambda: view.model.state.step is Step.DONE or view.model.state.error)
    assert (view.model.state.error, [one.problem for one in view.model.state.checked]) == ("", ["", ""])
    view.done.click()
    assert view.model.state.issued
    return view.model.state.issued


def test_two_people_review_a_version_and_a_stranger_verifies_what_they_signed(
    app: App, qtbot: Any, terminal: Terminal, tmp_path: Path
) -> None:
    # The validator reads: the dossier, its checks, and the reasons that people are told.
    unlock(app, qtbot, "vic")
    read(app)
    inbox, view = app.shell.inbox, dossier_view(app)
    assert inbox
    assert "1 for you" in said(inbox)
    assert "Both checks pass" in view._headline.accessibleName()
    qtbot.keyClick(inbox.list, Qt.Key.Key_2)
    assert view.checks.isVisible()
    assert view.checks.table.model().rowCount() >= 2
    qtbot.keyClick(inbox.list, Qt.Key.Key_3)
    assert view.reasons.isVisible()
    assert "may be told why" in said(view.reasons)
    sign(app, qtbot, "validated", "Scored again on the hold-out rows.")
    lock(app, qtbot)

    # The risk officer approves, and exports what a regulator gets.
    unlock(app, qtbot, "rae")
    read(app)
    assert "Scored again on the hold-out rows." in said(dossier_view(app).overview)
    sign(app, qtbot, "approved", "Within appetite.")
    issued = export(app, qtbot, tmp_path / "report.pdf")

    # At the command line everything is as it was signed on the screen.
    audit = terminal.ok("audit", "--json").json
    assert audit["problems"] == []
    assert audit["size"] == issued.entry + 1
    shown = terminal.ok("version", "show", CREDIT, "--json").json
    signed = [(one["person"], one["meaning"], one["reason"], one["validity"]) for one in shown["signoffs"]]
    assert signed == [
        ("vic", "validated", "Scored again on the hold-out rows.", "valid"),
        ("rae", "approved", "Within appetite.", "valid"),
    ]
    assert terminal.run("gate", CREDIT, "--to", "validated").code == 0
    anchor = terminal.ok("log", "checkpoint", "--json").json["anchor"]
    trust = ["--anchor", anchor, "--root", terminal.ledger / "out/reports-root.der", "--json"]
    report = terminal.ok("verify", tmp_path / "report.pdf", *trust).json
    bundle = terminal.ok("verify", tmp_path / "report.zip", *trust).json
    assert (report["ok"], report["seal"]["trusted"], report["what"]) == (True, "trusted", issued.report)
    assert bundle["ok"]


def test_the_maker_is_refused_in_words_on_screen_and_by_the_ledger(app: App, qtbot: Any, terminal: Terminal) -> None:
    unlock(app, qtbot, "ana")
    wait(lambda: app.desktop.dossier and app.desktop.dossier.state.sight)
    dialog = ceremony(app, qtbot)

    assert not dialog.radios["approved"].isEnabled()
    assert f"You made or submitted {CREDIT}; whoever did cannot approve it." in said(dialog)
    dialog.reject()

    # Whoever goes round the greyed button meets the same rule.
    session = Session.open(terminal.ledger)
    with pytest.raises(NotAllowed) as refused:
        session.sign(session.dossier(CREDIT, "ana"), "ana", "developer", "approved", "mine", PASSPHRASE)
    session.close()
    assert refused.value.code == "self_approval"
    assert "p-" not in refused.value.message
    shown = terminal.ok("version", "show", CREDIT, "--json").json
    assert shown["signoffs"] == []
    terminal.ok("audit")


def test_a_wrong_passphrase_is_counted_and_the_right_one_comes_in(app: App, qtbot: Any) -> None:
    unlock(app, qtbot, "vic", "not it")
    wait(lambda: app.unlock.state.error)
    told = said(app.shell.unlock)
    assert app.shell.unlock.passphrase.hasFocus()

    unlock(app, qtbot, "vic")
    read(app)

    assert "4 tries left before vic is locked" in told


def test_a_version_that_changes_while_it_is_read_is_shown_anew_before_it_is_signed(
    app: App, qtbot: Any, terminal: Terminal
) -> None:
    unlock(app, qtbot, "rae")
    read(app)
    view = dossier_view(app)
    assert view.sign.isEnabled()

    # Somebody measures it again; the window looks every few seconds.
    lines = (terminal.folder / "applicants.csv").read_text().splitlines()
    (terminal.folder / "fewer.csv").write_text("\n".join(lines[:700]) + "\n")
    terminal.ok(*("fewer.csv" if word == "applicants.csv" else word for word in MEASURE))
    wait(view.stale.isVisible)
    assert not view.sign.isEnabled()
    assert "Signing is off until you have read what is new." in view.stale.accessibleName()
    assert app.shell.inbox
    qtbot.keyClick(app.shell.inbox.list, Qt.Key.Key_Return, CONTROL)
    assert app.shell.dialog is None

    # What is new is shown; the owner submits it again, and it can be signed.
    view.stale._button.click()
    wait(lambda: not view.model.state.stale)
    assert "has to submit it again" in view.trouble.accessibleName()
    terminal.ok("submit", CREDIT, "--as", "ana")
    qtbot.keyClick(app.shell.inbox.list, Qt.Key.Key_F5)
    wait(view.sign.isEnabled)
    sign(app, qtbot, "rejected", "Too few rows this time.")
    shown = terminal.ok("version", "show", CREDIT, "--json").json
    assert [(one["person"], one["meaning"]) for one in shown["signoffs"]] == [("rae", "rejected")]
