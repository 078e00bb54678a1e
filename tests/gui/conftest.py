"""Qt without a display, with its garbage on one thread, and a sample bank to look at."""

import gc
import os
import shutil
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ.pop("QT_SCALE_FACTOR", None)

pytest.importorskip("PySide6", reason="the desktop app is an extra")

from PySide6.QtWidgets import QApplication

from govern import connect, review
from govern.demo import portfolio
from govern.demo.cast import PASSPHRASE, Stage
from govern.desk import Desk
from govern.ledger.strict import Digest
from govern.storage import keystore
from gui.app import App, application
from gui.session import Session

PATIENCE = 20_000


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


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    bank = tmp_path_factory.mktemp("desktop") / "bank"
    portfolio.found(bank, Stage.seeded(7))
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


@pytest.fixture
def app(qapp: QApplication, bank: Path, qtbot: Any) -> Iterator[App]:
    made = App(qapp, bank, "rae")
    made.start()
    qtbot.waitUntil(lambda: not made.unlock.state.opening, timeout=PATIENCE)
    yield made
    made.desktop.discard()
    if made.shell.dialog:
        made.shell.dialog.reject()
    made.stop()
    made.shell.hide()
    qapp.removeEventFilter(made.shell)
    made.shell.deleteLater()


@pytest.fixture
def desk(app: App, qtbot: Any) -> App:
    """Return the app after rae has unlocked it and everything is read."""
    app.unlock.unlock(PASSPHRASE)

    def read() -> bool:
        dossier, trail = app.desktop.dossier, app.desktop.trail
        return bool(dossier and dossier.state.sight and trail and (trail.state.audit or trail.state.audit_error))

    qtbot.waitUntil(read, timeout=PATIENCE)
    return app


@pytest.fixture
def changes(bank: Path) -> Callable[[], None]:
    """Return something that measures credit-risk@1 anew, from another window."""

    def change() -> None:
        with connect.near(connect.ledger_folder(bank)) as near:
            pen = keystore.find(near.folder.keys_path, "ana").open(PASSPHRASE)
            desk = Desk(near.ledger, near.store, connect.now, os.urandom, (pen,))
            one = review.version(desk, "credit-risk@1")
            review.record_evidence(
                desk, one, portfolio.credit_evidence(desk, one, portfolio.AGES_FAIR, Fraction(9, 10)), Digest.of(b"rows"), {}, "none"
            )

    return change
