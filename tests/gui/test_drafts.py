"""What was typed and not signed: it survives the end of the program, and nobody else reads it."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from govern import connection
from govern.demo.cast import PASSPHRASE
from govern.errors import Unavailable
from govern.ledger.keys import Pen
from gui.drafts import SCHEMA, Drawer
from gui.session import Session
from gui.viewmodels.drafts import Drafts
from gui.viewmodels.signoff import OLD, Draft, SignOff
from tests.gui.conftest import wait, window
from tests.gui.instruments import at_once

CREDIT = "credit-risk@1"
THOUGHT = "The youngest band moved; ask for the filter before approving."
DRAFT = Draft("rejected", THOUGHT, "sha256:" + "a" * 64)
PEN, ANCHOR, PERSON = Pen.from_seed(bytes(range(32))), "ab" * 32, "p-aaaaaaaaaaaaaaaa"

TYPES = """
import sys
from pathlib import Path
from PySide6.QtTest import QTest
from gui.app import App, application
from gui.children import Children
from tests.gui.conftest import Nearby, wait
qt = application("light")
app = App(qt, Path(sys.argv[1]), "rae", workshop=Nearby(Children(), lambda: sys.argv[1]))
app.start()
wait(lambda: not app.unlock.state.opening)
app.unlock.unlock(sys.argv[2])
wait(lambda: app.desktop.dossier and app.desktop.dossier.state.sight)
app.commands.registry.run("sign")
app.shell.dialog.radios["rejected"].click()
QTest.keyClicks(app.shell.dialog.reason, sys.argv[3])
print("typed", flush=True)
wait(lambda: False)
"""


@pytest.fixture
def drawer(tmp_path: Path) -> Drawer:
    return Drawer.of(tmp_path / "drafts", ANCHOR, PERSON, PEN)


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.draft"))


def test_what_was_typed_survives_the_killing_of_the_program(qapp: QApplication, bank: Path) -> None:
    folder = bank / "state" / "drafts"
    line = [sys.executable, "-c", TYPES, str(bank), PASSPHRASE, THOUGHT]
    child = subprocess.Popen(line, stdout=subprocess.PIPE, text=True)
    assert child.stdout
    assert child.stdout.readline() == "typed\n"

    begun = time.monotonic()
    while not files(folder) and time.monotonic() - begun < 10:
        time.sleep(0.02)
    took = time.monotonic() - begun
    time.sleep(1)  # the last word typed is one tick behind at most
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()

    assert took < 2 * max(1.0, 2 * os.getloadavg()[0] / (os.cpu_count() or 1))
    (file,) = files(folder)
    assert (file.stat().st_mode & 0o777, folder.stat().st_mode & 0o777) == (0o600, 0o700)
    content = file.read_bytes()
    for word in (THOUGHT.encode(), b"youngest", b"rejected", b"credit-risk"):
        assert word not in content
        assert word.decode() not in file.name
    with window(qapp, bank, "rae") as app:
        wait(lambda: app.desktop.drafts.of(CREDIT))
        app.commands.registry.run("sign")
        assert app.shell.dialog
        assert app.shell.dialog.reason.toPlainText() == THOUGHT
        assert app.shell.dialog.radios["rejected"].isChecked()
        app.shell.dialog.passphrase.setText(PASSPHRASE)
        app.shell.dialog.sign.click()
        dialog = app.shell.dialog
        wait(lambda: dialog.model.state.filed)
        wait(lambda: not files(folder))


def test_a_draft_comes_back_as_it_was_and_goes_when_it_is_dropped(drawer: Drawer) -> None:
    drawer.put(CREDIT, DRAFT)
    drawer.put("churn-eu@1", Draft("", "half a", ""))

    kept, troubles = drawer.drafts()
    drawer.drop(CREDIT)
    drawer.drop(CREDIT)

    assert (kept, troubles) == ({CREDIT: DRAFT, "churn-eu@1": Draft("", "half a", "")}, ())
    assert list(drawer.drafts()[0]) == ["churn-eu@1"]


def flipped(content: bytes, at: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


@pytest.mark.parametrize(
    "touch",
    [
        pytest.param(lambda _: b"", id="emptied"),
        pytest.param(lambda content: content[:-1], id="cut short"),
        pytest.param(lambda content: content[: len(SCHEMA) + 5], id="cut in the nonce"),
        pytest.param(lambda content: flipped(content, 0), id="another kind of file"),
        pytest.param(lambda content: flipped(content, len(SCHEMA)), id="nonce changed"),
        pytest.param(lambda content: flipped(content, len(content) - 20), id="text changed"),
        pytest.param(lambda content: content + b"x", id="one byte more"),
    ],
)
def test_a_file_that_was_touched_is_left_out_with_one_line(drawer: Drawer, touch: Callable[[bytes], bytes]) -> None:
    drawer.put(CREDIT, DRAFT)
    drawer.put("churn-eu@1", DRAFT)
    file = drawer._path(CREDIT)
    file.write_bytes(touch(file.read_bytes()))

    kept, troubles = drawer.drafts()

    assert list(kept) == ["churn-eu@1"]
    assert len(troubles) == 1
    assert troubles[0].startswith("A draft that is kept here cannot be read and is left where it is")
    assert file.exists()


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(lambda drawer: Drawer.of(drawer.folder, "cd" * 32, PERSON, PEN), id="another ledger"),
        pytest.param(lambda drawer: Drawer.of(drawer.folder, ANCHOR, "p-bbbbbbbbbbbbbbbb", PEN), id="another person"),
        pytest.param(lambda drawer: Drawer.of(drawer.folder, ANCHOR, PERSON, Pen.generate()), id="another key"),
    ],
)
def test_a_draft_of_somebody_else_or_another_ledger_does_not_open(
    drawer: Drawer, other: Callable[[Drawer], Drawer]
) -> None:
    theirs = other(drawer)
    theirs.put(CREDIT, DRAFT)
    own = drawer.drafts()
    if theirs._path(CREDIT) != drawer._path(CREDIT):
        shutil.copy(theirs._path(CREDIT), drawer._path(CREDIT))

    kept, troubles = drawer.drafts()

    assert own[0] == {}
    assert (kept, len(troubles)) == ({}, 1)


def test_a_draft_under_the_name_of_another_version_does_not_open(drawer: Drawer) -> None:
    drawer.put(CREDIT, DRAFT)
    drawer._path(CREDIT).rename(drawer._path("churn-eu@1"))

    kept, troubles = drawer.drafts()

    assert (kept, len(troubles)) == ({}, 1)


def test_equal_drafts_have_unequal_bytes(drawer: Drawer) -> None:
    drawer.put(CREDIT, DRAFT)
    first = drawer._path(CREDIT).read_bytes()
    drawer.put(CREDIT, DRAFT)

    assert drawer._path(CREDIT).read_bytes() != first


def test_where_drafts_lie_is_in_the_state_of_the_user_or_the_ledger(bank: Path) -> None:
    own = connection.ledger_folder(bank)
    users = type(own)(own.path, own.origin, own.anchor, own.vkey)

    assert connection.drafts_folder(own) == bank / "state" / "drafts"
    assert connection.drafts_folder(users, {"XDG_STATE_HOME": "/var/x"}) == Path("/var/x/govern/drafts")


# The view model


class Full:
    """A drawer on a disk that is full until somebody makes room."""

    person = PERSON

    def __init__(self) -> None:
        self.full = True
        self.kept: dict[str, Draft] = {}

    def put(self, version: str, draft: Draft) -> None:
        if self.full:
            raise Unavailable("the disk is full")
        self.kept[version] = draft

    def drop(self, version: str) -> None:
        self.kept.pop(version, None)

    def drafts(self) -> tuple[dict[str, Draft], tuple[str, ...]]:
        return dict(self.kept), ()


def test_what_the_disk_does_not_take_is_said_outlives_a_lock_and_is_tried_again() -> None:
    disk, drafts = Full(), Drafts(at_once)
    drafts.open(disk)
    drafts.put(CREDIT, DRAFT)
    drafts.flush()
    said = drafts.in_danger

    drafts.close()
    closed = drafts.of(CREDIT)
    drafts.open(disk)
    again = drafts.of(CREDIT)
    disk.full = False
    drafts.flush()

    assert said.startswith(f"What you wrote about {CREDIT} would be lost (1 draft).")
    assert "The disk is full." in said
    assert (closed, again, disk.kept) == (None, DRAFT, {CREDIT: DRAFT})
    assert drafts.in_danger == ""


def test_only_what_changed_is_written() -> None:
    disk, drafts = Full(), Drafts(at_once)
    disk.full = False
    drafts.open(disk)
    drafts.put(CREDIT, DRAFT)
    drafts.flush()
    disk.kept = {}
    drafts.flush()
    unchanged = dict(disk.kept)
    drafts.put(CREDIT, Draft())
    drafts.flush()

    assert (unchanged, disk.kept, drafts.of(CREDIT)) == ({}, {}, None)


def test_what_was_meant_of_an_earlier_dossier_has_to_be_chosen_again(session: Session) -> None:
    sight = session.dossier(CREDIT, "rae")

    old = SignOff(at_once, session, "rae", sight, DRAFT)
    same = SignOff(at_once, session, "rae", sight, Draft("rejected", THOUGHT, sight.digest))

    assert (old.state.meaning, old.state.reason, old.state.note) == ("", THOUGHT, OLD)
    assert (same.state.meaning, same.state.reason) == ("rejected", THOUGHT)


def test_the_key_of_a_drawer_is_handed_out_once(session: Session) -> None:
    session.unlock("rae", PASSPHRASE)

    first = session.drawer()

    assert "key=" not in repr(first)
    with pytest.raises(Exception, match="nobody unlocked this"):
        session.drawer()
