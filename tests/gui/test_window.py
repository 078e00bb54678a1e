"""The window: the journey from the inbox to a receipt with real keys, and what holds for every screen."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QAbstractItemModel, Qt
from PySide6.QtGui import QAction, QImage
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QLabel,
    QWidget,
)

from govern.demo.cast import PASSPHRASE
from govern.errors import Unavailable
from gui import guard
from gui.app import App
from gui.charts.drawn import ChartInterface, interface
from gui.children import Children, Errand
from gui.sights import Dossier
from gui.views.signoff import SignOffDialog
from gui.workshop import Workshop
from tests.gui.conftest import wait
from tests.gui.instruments import Watchdog, nameless

PATIENCE = 20_000


def sight_of(app: App) -> Dossier:
    assert app.desktop.dossier
    assert app.desktop.dossier.state.sight
    return app.desktop.dossier.state.sight


def ceremony(app: App) -> SignOffDialog:
    app.commands.registry.run("sign")
    assert app.shell.dialog is not None
    return app.shell.dialog


def test_from_the_inbox_to_a_receipt_by_keyboard(desk: App, qtbot: Any) -> None:
    shell = desk.shell
    assert shell.inbox
    qtbot.keyClick(shell.inbox.list, Qt.Key.Key_J)
    assert desk.desktop.inbox
    assert desk.desktop.dossier
    qtbot.waitUntil(lambda: sight_of(desk).version == "limit-increase@1", timeout=PATIENCE)
    qtbot.keyClick(shell.inbox.list, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    dialog = shell.dialog
    assert dialog is not None
    assert not dialog.sign.isEnabled()
    assert not any(one.isChecked() for one in dialog.radios.values())

    dialog.radios["rejected"].click()
    qtbot.keyClicks(dialog.reason, "Nothing is measured.")
    qtbot.keyClicks(dialog.passphrase, PASSPHRASE)
    assert dialog.sign.text() == "Sign: Rejected"
    qtbot.keyClick(dialog.passphrase, Qt.Key.Key_Return)
    assert dialog.passphrase.text() == ""
    qtbot.waitUntil(lambda: dialog.model.state.filed is not None, timeout=PATIENCE)

    filed = dialog.model.state.filed
    assert filed
    said = " ".join(one.text() for one in dialog.findChildren(QLabel) if one.isVisible())
    assert "Signed: rejected" in said
    assert f"entry #{filed.entry} of the ledger" in said
    dialog.accept()
    qtbot.waitUntil(lambda: bool(sight_of(desk).signatures), timeout=PATIENCE)
    assert sight_of(desk).signatures[0].reason == "Nothing is measured."
    assert desk.desktop.may_close() == ""


def test_a_wrong_passphrase_leaves_everything_else_as_it_was(desk: App, qtbot: Any) -> None:
    dialog = ceremony(desk)
    dialog.radios["rejected"].click()
    dialog.reason.setPlainText("the youngest band")
    dialog.passphrase.setText("wrong")

    dialog.sign.click()
    assert not dialog.cancel.isEnabled()
    qtbot.waitUntil(lambda: bool(dialog.model.state.error), timeout=PATIENCE)

    assert "Nothing was signed" in dialog._error.accessibleName()
    assert dialog.radios["rejected"].isChecked()
    assert dialog.reason.toPlainText() == "the youngest band"
    assert dialog.passphrase.text() == ""
    assert not dialog.sign.isEnabled()


def test_what_was_typed_outlives_closing_and_locking(desk: App, qtbot: Any) -> None:
    dialog = ceremony(desk)
    dialog.radios["rejected"].click()
    dialog.reason.setPlainText("half a thought")
    desk.desktop.lock()
    assert desk.shell.dialog is None
    assert desk.desktop.may_close() == ""

    desk.unlock.unlock(PASSPHRASE)
    qtbot.waitUntil(lambda: bool(desk.desktop.dossier and desk.desktop.dossier.state.sight), timeout=PATIENCE)

    wait(lambda: desk.desktop.drafts.of("credit-risk@1"))
    assert desk.shell.dossier
    assert desk.shell.dossier.sign.text() == "Continue sign-off…"
    again = ceremony(desk)
    assert again.reason.toPlainText() == "half a thought"
    assert again.radios["rejected"].isChecked()
    again.discard.click()
    assert (again.reason.toPlainText(), any(one.isChecked() for one in again.radios.values())) == ("", False)
    assert not again.sign.isEnabled()
    again.reject()
    assert desk.desktop.drafts.of("credit-risk@1") is None


def test_a_version_that_changed_cannot_be_signed_until_it_is_read_again(
    desk: App, qtbot: Any, changes: Callable[[], None]
) -> None:
    dialog = ceremony(desk)
    changes()
    dialog.radios["rejected"].click()
    dialog.reason.setPlainText("the youngest band")
    dialog.passphrase.setText(PASSPHRASE)
    dialog.sign.click()
    qtbot.waitUntil(lambda: dialog.model.state.stale, timeout=PATIENCE)
    assert not dialog.sign.isEnabled()
    dialog.reject()

    view = desk.shell.dossier
    assert view is not None
    assert view.stale.isVisible()
    assert not view.sign.isEnabled()
    assert view.sign.accessibleDescription().startswith("credit-risk@1 changed while you were reading it")
    view.stale.clicked.emit()
    qtbot.waitUntil(lambda: not view.model.state.stale, timeout=PATIENCE)
    # It was measured anew after it was submitted: its owner has to submit it again.
    assert "has to be submitted again" in view.sign.accessibleDescription()


def test_who_made_it_finds_approval_greyed_with_the_reason(app: App, qtbot: Any) -> None:
    app.unlock.choose("ana")
    app.unlock.unlock(PASSPHRASE)
    qtbot.waitUntil(lambda: bool(app.desktop.dossier and app.desktop.dossier.state.sight), timeout=PATIENCE)

    dialog = ceremony(app)

    assert {word for word, one in dialog.radios.items() if not one.isEnabled()} == {
        "validated",
        "approved",
        "approved_with_conditions",
    }
    reason = "you made or submitted credit-risk@1; whoever did cannot approve it"
    assert dialog.radios["approved"].accessibleDescription() == reason
    assert any(
        one.text() == "You made or submitted credit-risk@1; whoever did cannot approve it."
        for one in dialog.findChildren(QLabel)
    )


def test_the_version_on_screen_is_the_one_that_is_marked_in_the_list(desk: App) -> None:
    assert desk.shell.inbox

    marked = [index.data() for index in desk.shell.inbox.list.selectedIndexes()]

    assert marked == [sight_of(desk).version]


def test_no_single_key_signs(shown: App) -> None:
    shortcuts = [one.shortcuts() for one in shown.shell.findChildren(QAction) if one.objectName() == "sign"]

    assert [key.toString() for keys in shortcuts for key in keys] == ["Ctrl+Return"]


def test_letters_typed_into_the_filter_are_letters(shown: App, qtbot: Any) -> None:
    assert shown.shell.inbox
    assert shown.desktop.inbox
    shown.commands.registry.run("filter")
    before = shown.desktop.inbox.state.selected

    qtbot.keyClicks(shown.shell.inbox.filter, "jk2v?")

    assert shown.shell.inbox.filter.text() == "jk2v?"
    assert shown.desktop.dossier
    assert (shown.desktop.inbox.state.selected, shown.desktop.dossier.state.tab) == (before, "overview")


def test_the_trail_shows_the_newest_first_and_proves_what_is_chosen(shown: App, qtbot: Any) -> None:
    shown.commands.registry.run("trail")
    assert shown.shell.trail
    assert shown.desktop.trail
    trail = shown.desktop.trail
    qtbot.waitUntil(lambda: trail.state.entry is not None, timeout=PATIENCE)

    model = shown.shell.trail.table.model()
    qtbot.waitUntil(lambda: model.index(0, 0).data() == f"#{trail.state.size - 1}", timeout=PATIENCE)

    assert trail.state.chain[1] == "Chain intact"
    assert trail.state.entry
    assert trail.state.entry.proven


def test_item_models_keep_qts_rules(shown: App, qtmodeltester: Any) -> None:
    assert shown.shell.inbox
    assert shown.shell.dossier
    assert shown.shell.trail
    models: list[QAbstractItemModel] = [
        shown.shell.inbox.list.model(),
        shown.shell.dossier.checks.table.model(),
        shown.shell.trail.table.model(),
    ]
    for model in models:
        qtmodeltester.check(model, force_py=False)


@pytest.mark.parametrize("screen", ["overview", "checks", "trail", "palette", "keys"])
def test_every_control_has_a_name(shown: App, qtbot: Any, screen: str) -> None:
    shown.commands.registry.run("inbox")
    shown.commands.registry.run(screen)
    qtbot.wait(30)

    found = nameless(shown.shell)
    for dialog in shown.shell.findChildren(QDialog):
        dialog.reject()

    assert found == []


def test_every_control_of_the_ceremony_and_of_unlocking_has_a_name(desk: App) -> None:
    found = nameless(ceremony(desk))
    desk.desktop.lock()

    assert found + nameless(desk.shell) == []


def test_tab_goes_through_the_ceremony_in_reading_order(desk: App, qtbot: Any) -> None:
    dialog = ceremony(desk)
    qtbot.waitUntil(dialog.isActiveWindow)
    dialog.radios["rejected"].click()
    dialog.radios["rejected"].setFocus()
    dialog.passphrase.setText("something")
    dialog.reason.setPlainText("a reason")

    order: list[QWidget | None] = []
    for _ in range(4):
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        order.append(QApplication.focusWidget())

    assert order == [dialog.reason, dialog.passphrase, dialog.cancel, dialog.sign]


def test_an_audit_runs_as_a_program_of_its_own(bank: Path) -> None:
    audit = Workshop(Children(), lambda: str(bank)).audit(Errand())

    assert (audit.problem, audit.size) == ("", 24)


def test_every_label_shows_plain_text(desk: App) -> None:
    ceremony(desk)

    rich = [one.text() for one in desk.shell.findChildren(QLabel) if one.textFormat() is not Qt.TextFormat.PlainText]

    assert rich == []


def test_a_chart_is_a_chart_to_a_screen_reader(shown: App) -> None:
    shown.commands.registry.run("checks")
    assert shown.shell.dossier
    chart = shown.shell.dossier.checks.chart

    found = interface("", chart)

    assert isinstance(found, ChartInterface)
    assert chart.accessibleName() == "Adverse impact ratio by age"
    assert "18-25: 0.749, 0.718 to 0.781" in chart.accessibleDescription()


def test_the_window_never_stands_still(shown: App, qtbot: Any) -> None:
    with Watchdog() as watchdog:
        for id_ in (
            "checks",
            "reasons",
            "tables",
            "next",
            "next",
            "trail",
            "verify",
            "inbox",
            "previous",
            "overview",
            "refresh",
        ):
            shown.commands.registry.run(id_)
            qtbot.wait(120)

    assert [f"{late:.3f} s\n{where}" for late, where in watchdog.stalls] == []


def test_both_themes_can_be_worn(shown: App) -> None:
    shots = []
    for name in ("dark", "light"):
        shown.shell.wear(name)
        shots.append(shown.shell.grab().toImage())

    dark, light = (shot.pixelColor(500, 300).lightness() for shot in shots)
    assert dark < 60
    assert light > 200


# Start


def test_void_calls_leave_none_alone(app: App) -> None:
    before = sys.getrefcount(None)
    for _ in range(200):
        app.shell.update()

    assert sys.getrefcount(None) > before - 100


def test_a_release_that_loses_none_is_refused_where_that_kills() -> None:
    guard.require_qt("6.11.3", (3, 11))
    guard.require_qt("6.12.0", (3, 13))
    with pytest.raises(Unavailable, match=r"ends the interpreter on Python 3\.11"):
        guard.require_qt("6.12.0", (3, 11))


def test_without_a_display_it_says_so_instead_of_dying(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("QT_QPA_PLATFORM", "xcb")

    with pytest.raises(Unavailable, match="no window can be opened here"):
        guard.require_display()


def test_the_window_loads_neither_the_record_nor_the_numbers() -> None:
    child = "import sys, gui.app; print(sorted({name.partition('.')[0] for name in sys.modules}))"

    loaded = subprocess.run([sys.executable, "-c", child], check=True, capture_output=True, text=True).stdout

    assert (
        set(re.findall(r"'(\w+)'", loaded)) & {"numpy", "pandas", "sqlalchemy", "sqlmodel", "shap", "PySide6Charts"}
        == set()
    )


def test_pictures_of_every_screen_are_taken_and_show_something(tmp_path: Path, bank: Path) -> None:
    command = [sys.executable, "-m", "gui.shots", str(tmp_path), str(bank), "1", "dark", "1024x700"]

    done = subprocess.run(command, check=False, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr
    pictures = sorted(tmp_path.glob("*.png"))
    names = {re.sub(r"-\d+x\d+.*", "", path.name) for path in pictures}
    assert names == {
        "unlock",
        "overview",
        "checks",
        "checks-auc-credit-risk",
        "checks-auc-credit-risk-tables",
        "reasons",
        "palette",
        "sign-off",
        "sign-off-ready",
        "draft",
        "sign-off-restored",
        "receipt",
        "export",
        "export-issued",
        "trail",
        "provenance",
        "documents",
        "discussion",
        "findings",
        "history",
        "say-challenge",
        "say-finding",
        "portfolio",
        "portfolio-answer",
        "compare",
        "people",
        "integrity",
        "models",
        "models-filtered",
        "dossier-alone",
        "waive-ready",
        "waive-receipt",
        "checks-waived",
        "attach-ready",
        "attach-receipt",
        "policies",
        "policies-words",
        "policies-compare",
        "policies-mistake",
        "policies-trial",
        "policies-adopt",
        "no-match",
    }
    for path in pictures:
        image = QImage(str(path))
        colours = {image.pixel(x, y) for x in range(0, image.width(), 9) for y in range(0, image.height(), 9)}
        assert len(colours) > 20, path.name
