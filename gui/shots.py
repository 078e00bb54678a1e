"""Every screen on the sample bank, in both themes, small and large and at double scale, as pictures; needs no display."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import (
    QCoreApplication,
    QEvent,
    QEventLoop,
    QMessageLogContext,
    QPoint,
    QTimer,
    QtMsgType,
    qInstallMessageHandler,
)
from PySide6.QtGui import QColor, QPainter, QPixmap
from PySide6.QtWidgets import QApplication, QDialog

from govern import __version__, catalogue, connection
from govern.demo.cast import PASSPHRASE
from govern.demo.models import LIMITATIONS, POLICY
from govern.desk import Desk
from govern.errors import Unavailable
from gui import scenes
from gui.app import App, application
from gui.bridge import Collector
from gui.children import Children
from gui.tokens import THEMES
from gui.viewmodels.export import Step
from gui.viewmodels.signoff import SignOff
from gui.views.attach import AttachDialog
from gui.views.waive import WaiveDialog

SCALES, SIZES = ("1", "2"), ("1024x700", "1440x900")
PATIENCE = 60.0
SCRIM = QColor(10, 14, 22, 110)
REASON = "The youngest band fails by a small margin; within the appetite if it is watched."
CASE = "L00007"
FAILING, OLD = "credit-risk@1", "retail-credit 1.0.0"
CONTROL = "A second underwriter reads each decline in the youngest band before it goes out."
RELEASE = POLICY.replace(b"version: 1.0.0", b"version: 2.0.0").replace(
    b"\napprovals:",
    b"\nwaivers: {allowed_for: [four-fifths], max_duration: 90d, requires: {role: risk-officer, quorum: 2}}"
    b"\ndocumentation: {required: [limitations, method], min_words: {limitations: 60}}\napprovals:",
)
CONDITION = "Test the youngest band again every month"


def take(folder: Path) -> int:
    """Write the pictures, each scale in a process of its own; all of them, or that which QT_SCALE_FACTOR asks for."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="govern-shots-") as place:
        bank = Path(place) / "bank"
        Children().ask("demo", "--into", str(bank), "--seed", "7")
        wanted = os.environ.get("QT_SCALE_FACTOR", "")
        taking = {scale: _begin(folder, bank, scale) for scale in ((wanted,) if wanted in SCALES else SCALES)}
        ended = {scale: one.wait() for scale, one in taking.items()}
        for scale, code in ended.items():
            if code != 0:
                raise Unavailable(f"the pictures at scale {scale} could not be taken: exit {code}")
    return 0


def _begin(folder: Path, bank: Path, scale: str) -> "subprocess.Popen[bytes]":
    """Take the pictures at one scale: Qt reads it once, and what is signed at one is not at the other."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": scale, "TZ": "UTC"}
    own = shutil.copytree(bank, bank.parent / f"at-{scale}")
    command = [sys.executable, "-m", "gui.shots", str(folder.absolute()), str(own), scale, ",".join(THEMES), *SIZES]
    return subprocess.Popen(command, env=environment)  # noqa: S603  our own interpreter


class Photographer:
    """Drives one app through its screens."""

    def __init__(  # noqa: PLR0913, PLR0917  what pictures are of
        self, qt: QApplication, folder: Path, bank: Path, scale: str, themes: list[str], sizes: Sequence[str]
    ) -> None:
        self.qt, self.folder, self.scale, self.sizes = qt, folder, scale, sizes
        self.bank, self.themes = bank, themes
        self.app = App(qt, bank, "rae")

    def shoot(self) -> None:
        app = self.app
        app.start()
        app.shell.activateWindow()
        self.wait(lambda: not app.unlock.state.opening)
        self.each("unlock")
        app.unlock.unlock(PASSPHRASE)
        self.wait(lambda: app.desktop.dossier is not None and app.desktop.dossier.state.sight is not None)
        trail, inbox = app.desktop.trail, app.desktop.inbox
        assert trail
        assert inbox
        self.settle()
        inbox.select(next(one.version for one in inbox.state.todos if one.what == "sign"))
        self.settle()
        self.wait(lambda: trail.state.audit is not None or bool(trail.state.audit_error))
        self.each("overview")
        app.commands.registry.run("checks")
        self.each("checks")
        self.reasons()
        self.around()
        app.commands.registry.run("checks")
        app.commands.registry.run("palette")
        self.each("palette")
        self.close_dialogs()
        signing = self.sign_off()
        assert app.shell.dialog
        app.shell.dialog.sign.click()
        self.wait(lambda: signing.state.filed is not None or bool(signing.state.error))
        self.each("receipt")
        app.shell.dialog.reject()
        self.export()
        app.commands.registry.run("trail")
        self.wait(lambda: trail.state.entry is not None)
        self.each("trail")
        self.lists()
        scenes.policies(self)
        scenes.numbers(self)
        self.deeds()
        app.commands.registry.run("inbox")
        assert app.shell.inbox
        app.shell.inbox.filter.setText("tier:none")
        self.each("no-match")
        app.stop()
        app.shell.close()

    def around(self) -> None:
        """What is read and said around the version."""
        app = self.app
        for tab in ("provenance", "documents", "discussion", "findings", "history"):
            app.commands.registry.run(tab)
            self.settle()
            self.each(tab)
        for kind in ("challenge", "finding"):
            app.commands.registry.run(kind)
            self.each(f"say-{kind}")
            self.close_dialogs()

    def deeds(self) -> None:
        """A failing check that is accepted, and a document: under a release of the policy that allows and asks for them."""
        app = self.app
        app.desktop.read(FAILING)
        self.settle()
        self.release()
        app.desktop.refresh()
        self.settle()
        app.commands.registry.run("checks")
        assert app.desktop.dossier
        assert app.desktop.case
        assert app.desktop.case.state.sight
        app.desktop.dossier.choose(app.desktop.case.state.sight.acceptances[0].check)
        self.settle()
        app.commands.registry.run("waive")
        waive = app.shell.deed
        assert isinstance(waive, WaiveDialog)
        waive.until.text.setText(str(waive.model.of.last))
        waive.radios["mitigated"].click()
        waive.control.setPlainText(CONTROL)
        waive.reason.setPlainText(REASON)
        for at, (who, secret) in enumerate(waive.others, start=1):
            who.setCurrentIndex(at)
            secret.setText(PASSPHRASE)
        self.finish(waive, "waive")
        self.each("checks-waived")
        app.commands.registry.run("documents")
        self.settle()
        app.shell.begin_attach("limitations")
        attach = app.shell.deed
        assert isinstance(attach, AttachDialog)
        with tempfile.TemporaryDirectory(prefix="govern-shots-") as place:
            file = Path(place) / "limitations.md"
            file.write_text(LIMITATIONS, encoding="utf-8")
            attach.model.choose(str(file))
            self.settle()
            self.finish(attach, "attach")

    def finish(self, dialog: WaiveDialog | AttachDialog, name: str) -> None:
        """Sign what is filled in."""
        dialog.passphrase.setText(PASSPHRASE)
        self.each(f"{name}-ready")
        dialog.sign.click()
        self.wait(lambda: not dialog.model.state.signing.working)
        self.each(f"{name}-receipt")
        dialog.accept()
        self.settle()

    def release(self) -> None:
        """Adopt a release of the sample bank's policy that knows waivers and documents, if the one there does not."""
        dossier = self.app.desktop.dossier
        if not dossier or not dossier.state.sight or OLD not in dossier.state.sight.policies:
            return
        with connection.near(connection.ledger_folder(self.bank)) as near:
            desk = Desk(near.ledger, near.store, connection.now, os.urandom)
            key = next(key for key in connection.keys_here(near.folder) if key.handle == "rae")
            desk = replace(desk, pens=(desk.unlock_pen(key, PASSPHRASE),))
            catalogue.adopt_policy(desk, RELEASE, "retail-credit.yaml", __version__)

    def sign_off(self) -> SignOff:
        """The ceremony, left half done and gone on with."""
        app = self.app
        app.commands.registry.run("sign")
        signing = app.desktop.deeds.signing
        if signing is None or app.shell.dialog is None:
            raise Unavailable(f"the ceremony did not begin: {app.desktop.deeds.why_not_sign()}")
        self.each("sign-off")
        signing.mean("approved_with_conditions")
        app.shell.dialog.radios["approved_with_conditions"].setChecked(True)
        text, owner, due = app.shell.dialog.conditions.rows[0]
        text.setText(CONDITION)
        owner.setCurrentIndex(owner.findData("ana"))
        due.setText("2999-01-31")
        app.shell.dialog.reason.setPlainText(REASON)
        app.shell.dialog.passphrase.setText(PASSPHRASE)
        self.each("sign-off-ready")
        return self.come_back()

    def reasons(self) -> None:
        """What the declined were told, and one case; as charts and as tables, and where nothing is measured."""
        app = self.app
        app.commands.registry.run("reasons")
        self.each("reasons")
        assert app.shell.dossier
        assert app.desktop.reasons
        page, model = app.shell.dossier.reasons, app.desktop.reasons
        rows = self.bank / "out" / f"{model.state.version.partition('@')[0]}-held-out.csv"
        if not rows.exists():
            return
        model.choose(str(rows))
        model.name_case(CASE)
        model.explain()
        self.wait(lambda: model.state.answer is not None or bool(model.state.error))
        self.settle()
        self.each("reasons-case")
        app.commands.registry.run("tables")
        page.verticalScrollBar().setValue(0)
        self.each("reasons-tables")
        app.commands.registry.run("tables")

    def lists(self) -> None:
        """Every model, some of them, and one that is read by itself."""
        app = self.app
        app.commands.registry.run("portfolio")
        screens, view = app.desktop.screens, app.shell.portfolio
        assert screens
        assert view
        self.wait(lambda: not screens.portfolio.state.progress)
        self.each("portfolio")
        view.name.setText("credit-risk")
        view.ask.click()
        self.settle()
        bar = view.verticalScrollBar()
        bar.rangeChanged.connect(lambda _, most: bar.setValue(most))
        self.each("portfolio-answer")
        for screen in ("compare", "people", "integrity"):
            app.commands.registry.run(screen)
            self.settle()
            self.each(screen)
        app.commands.registry.run("models")
        self.settle()
        self.each("models")
        assert app.shell.models
        app.shell.models.filter.setText("tier:high check:fail")
        app.shell.models.views.save("Failing, high tier")
        self.settle()
        self.each("models-filtered")
        app.shell.models.open_newest()
        self.settle()
        self.each("dossier-alone")

    def come_back(self) -> SignOff:
        """Leave the ceremony half done, and go on with it."""
        app = self.app
        assert app.shell.dialog
        app.shell.dialog.reject()
        self.each("draft")
        app.commands.registry.run("sign")
        assert app.desktop.deeds.signing
        app.shell.dialog.passphrase.setText(PASSPHRASE)
        self.each("sign-off-restored")
        return app.desktop.deeds.signing

    def export(self) -> None:
        """The pages of a report, and what is on record of it."""
        app = self.app
        app.commands.registry.run("export")
        exporting, view = app.desktop.exporting, app.shell.export
        assert exporting
        assert view
        self.wait(lambda: exporting.state.step is Step.READY or bool(exporting.state.error))
        view.passphrase.setText(PASSPHRASE)
        self.each("export")
        with tempfile.TemporaryDirectory(prefix="govern-shots-") as place:
            exporting.issue(Path(place) / exporting.state.suggested, PASSPHRASE)
            self.wait(lambda: exporting.state.step is Step.DONE)
            self.each("export-issued")
        app.desktop.end_export()

    def each(self, name: str) -> None:
        for theme in self.themes:
            self.app.shell.wear(theme)
            for size in self.sizes:
                self.app.shell.resize(*map(int, size.split("x")))
                self.settle()
                mark = "" if self.scale == "1" else "@2x"
                picture = self.picture()
                path = self.folder / f"{name}-{size}{mark}-{theme}.png"
                if not picture.save(str(path)):
                    raise Unavailable(f"{path} cannot be written")
        # The next screen begins with what is worn: changing clothes takes longest.
        self.themes.reverse()

    def picture(self) -> QPixmap:
        """Return the window, with the dialog that is open where a person would see it."""
        shell = self.app.shell
        base = shell.grab()
        for dialog in self.dialogs():
            painter = QPainter(base)
            painter.fillRect(shell.rect(), SCRIM)
            front = dialog.grab()
            size = front.deviceIndependentSize()
            place = QPoint((shell.width() - int(size.width())) // 2, max(0, (shell.height() - int(size.height())) // 2))
            painter.drawPixmap(place, front)
            painter.end()
        return base

    def dialogs(self) -> list[QDialog]:
        return [one for one in self.app.shell.findChildren(QDialog) if one.isVisible()]

    def close_dialogs(self) -> None:
        for dialog in self.dialogs():
            dialog.reject()
        self.settle()

    def settle(self) -> None:
        """Let everything that was asked for be laid out and painted."""
        self.wait(lambda: not self.app.bridge.busy)
        for _ in range(4):
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
            QCoreApplication.sendPostedEvents()
            self.turn()

    def wait(self, done: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE
        while not done():
            if time.monotonic() > end:
                raise Unavailable("a screen did not come in time")
            self.turn()

    def turn(self) -> None:
        """Run the event loop for a moment."""
        # Not QApplication.quit, which closes every window first.
        loop = QEventLoop()
        QTimer.singleShot(15, loop.quit)
        loop.exec()


def quiet(_: QtMsgType, __: QMessageLogContext, message: str | None) -> None:
    """Pass on what Qt says, but for the one thing that the platform without a display says of any window."""
    if message and not message.startswith("This plugin does not support propagateSizeHints"):
        sys.stderr.write(f"{message}\n")


def main() -> int:
    qInstallMessageHandler(quiet)
    folder, bank, scale, themes, *sizes = sys.argv[1:]
    qt = application("light")
    qt.setCursorFlashTime(0)
    qt.setQuitOnLastWindowClosed(False)
    collector = Collector(qt)
    Photographer(qt, Path(folder), Path(bank), scale, themes.split(","), sizes).shoot()
    del collector
    return 0


if __name__ == "__main__":
    sys.exit(main())
