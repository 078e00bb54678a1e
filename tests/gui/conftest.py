"""Qt without a display, with its garbage on one thread, and a sample bank to look at."""

import gc
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import pytest

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ.pop("QT_SCALE_FACTOR", None)

pytest.importorskip("PySide6", reason="the desktop app is an extra")

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication, QDialog

from govern import connection, examine, review
from govern.demo.cast import PASSPHRASE, Stage
from govern.desk import Desk
from govern.ledger.strict import Digest
from govern.storage import keystore
from gui.app import App, application
from gui.children import Children, Errand
from gui.session import Session
from gui.sights import Audit
from gui.workshop import Workshop
from tests.gui import bank as small

PATIENCE = 60.0


@pytest.fixture(scope="session")
def qapp() -> QApplication:
    found = application("light")
    found.setCursorFlashTime(0)
    found.setQuitOnLastWindowClosed(False)
    return found


@pytest.fixture(autouse=True)
def _garbage_on_this_thread() -> Iterator[None]:
    gc.disable()
    yield
    gc.collect()


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody's own memory of ledgers be read or written."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home" / "state"))


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    bank = tmp_path_factory.mktemp("desktop") / "bank"
    small.found(bank, Stage.seeded(7))
    return bank


@pytest.fixture
def bank(pristine: Path, tmp_path: Path) -> Path:
    """Return a bank of the test's own."""
    return Path(shutil.copytree(pristine, tmp_path / "bank"))


@pytest.fixture
def session(bank: Path) -> Iterator[Session]:
    found = Session.open(bank)
    yield found
    found.close()


def wait(done: Callable[[], object]) -> None:
    """Run the event loop until something is so."""
    end = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < end, "it did not happen in time"
        loop = QEventLoop()
        QTimer.singleShot(10, loop.quit)
        loop.exec()


class Nearby(Workshop):
    """A workshop that audits here, where no interpreter has to start for it."""

    def audit(self, _: Errand) -> Audit:
        report = examine.ledger(connection.ledger_folder(Path(self._place())))
        return Audit(report.size, connection.now(), report.problems[0].message if report.problems else "")


@contextmanager
def window(qapp: QApplication, bank: Path, who: str = "", passphrase: str = PASSPHRASE) -> Iterator[App]:
    """Open a window on a bank, unlocked by ``who`` if that is given, and close it again."""

    made = App(qapp, bank, who or "rae", workshop=Nearby(Children(), lambda: str(bank)))
    made.start()
    made.shell.activateWindow()
    wait(lambda: made.shell.isActiveWindow() and not made.unlock.state.opening)
    if who:
        made.unlock.unlock(passphrase)
        wait(lambda: made.unlock.state.error or (made.desktop.dossier and made.desktop.dossier.state.sight))
        assert made.unlock.state.error == ""
        wait(lambda: made.desktop.trail and made.desktop.trail.state.audit)
        assert made.shell.isActiveWindow(), "another window was opened, if only for a moment"
    try:
        yield made
    finally:
        for dialog in made.shell.findChildren(QDialog):
            dialog.reject()
        made.stop()
        made.shell.hide()
        qapp.removeEventFilter(made.shell)
        made.shell.deleteLater()


@pytest.fixture
def app(qapp: QApplication, bank: Path) -> Iterator[App]:
    """Return an app that nobody has unlocked yet."""
    with window(qapp, bank) as made:
        yield made


@pytest.fixture
def desk(qapp: QApplication, bank: Path) -> Iterator[App]:
    """Return the app after rae has unlocked it and everything is read."""
    with window(qapp, bank, "rae") as made:
        yield made


@pytest.fixture(scope="module")
def shown(qapp: QApplication, pristine: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """Return such an app for tests that only look."""
    bank = Path(shutil.copytree(pristine, tmp_path_factory.mktemp("shown") / "bank"))
    with window(qapp, bank, "rae") as made:
        yield made


@pytest.fixture
def changes(bank: Path) -> Callable[[], None]:
    """Return something that measures credit-risk@1 anew, from another window."""

    def change() -> None:
        with connection.near(connection.ledger_folder(bank)) as near:
            pen = keystore.find(near.folder.keys_path, "vic").open(PASSPHRASE)
            desk = Desk(near.ledger, near.store, connection.now, os.urandom, (pen,))
            one = review.version(desk, "credit-risk@1")
            review.record_evidence(
                desk,
                one,
                small.credit_evidence(desk, one, small.AGES_FAIR, Fraction(9, 10)),
                Digest.of(b"rows"),
                {},
                "none",
            )

    return change
