"""People and keys, and the integrity of the log: what is shown, what is compared, and that an audit can be stopped."""

import sys
from collections.abc import Callable
from typing import Any

import pytest

from govern.demo.cast import PASSPHRASE
from govern.errors import NotAllowed
from gui.app import App
from gui.children import STOPPED, Errand
from gui.lists import Integrity as Head
from gui.session import Session
from gui.sights import Audit
from gui.tones import Tone
from gui.viewmodels.keeping import Integrity, People
from gui.viewmodels.trail import Trail
from tests.gui.conftest import wait
from tests.gui.instruments import at_once, nameless


def everybody(session: Session) -> People:
    made = People(at_once, session)
    made.load()
    return made


def head(session: Session) -> tuple[Integrity, Head]:
    made = Integrity(at_once, session)
    made.load()
    assert made.state.sight
    return made, made.state.sight


def test_everybody_stands_there_with_roles_and_keys(session: Session) -> None:
    model = everybody(session)

    vic = next(one for one in model.state.shown if one.handle == "vic")
    assert model.state.summary == "8 people; 2 of 2 registrars sign for another"
    assert (vic.name, vic.roles, vic.text, vic.tone) == ("Vic Tanaka (DEMO)", ("validator",), "Can sign", Tone.PASS)
    (key,) = vic.keys
    assert (key.tone, key.is_here) == (Tone.PASS, True)
    assert key.text == f"In force since #{vic.entry}"


def test_somebody_who_is_locked_is_found_by_that_word(session: Session) -> None:
    for _ in range(5):
        with pytest.raises(NotAllowed):
            session.unlock("vic", "wrong")
    model = everybody(session)

    model.filter("validator locked")

    assert [(one.handle, one.tone) for one in model.state.shown] == [("vic", Tone.FAIL)]


def test_the_head_agrees_with_what_is_kept_outside(session: Session) -> None:
    _, sight = head(session)

    assert sight.size == session.size()
    assert [(one.where, one.size, one.agrees) for one in sight.heads] == [
        ("The lock file", sight.size, True),
        ("What this user saw last", sight.size, True),
    ]
    assert sight.note.startswith(f"{sight.origin}\n{sight.size}\n")


def test_a_printed_checkpoint_is_one_that_the_ledger_goes_back_to(session: Session) -> None:
    model, sight = head(session)
    size = sight.size
    session.sign(session.dossier("churn-eu@1", "rae"), "rae", "risk-officer", "reviewed", "", PASSPHRASE)

    model.paste(f"  {sight.note}\r\n")
    model.compare()

    assert model.state.compared
    assert model.state.compared.tone is Tone.PASS
    assert model.state.compared.text == f"The first {size} entries are what was printed. 1 entry was added since."


@pytest.mark.parametrize(
    ("touch", "tone"),
    [
        pytest.param(lambda note: note.replace("\n2", "\n3", 1), Tone.UNSURE, id="another size"),
        pytest.param(lambda _: "not a checkpoint", Tone.UNSURE, id="something else"),
        pytest.param(lambda note: note.partition("\n\n")[0], Tone.UNSURE, id="without its signature"),
    ],
)
def test_what_the_log_did_not_sign_proves_nothing(session: Session, touch: Callable[[str], str], tone: Tone) -> None:
    model, sight = head(session)

    model.paste(touch(sight.note))
    model.compare()

    assert model.state.compared
    assert model.state.compared.tone is tone


def test_an_audit_says_how_far_it_is_and_can_be_stopped(session: Session) -> None:
    errands: list[Errand] = []

    def later(work: Callable[[], Any], done: Callable[[Any], None], failed: Callable[[Exception], None]) -> None:
        waiting.append((work, failed))

    def audit(errand: Errand) -> Audit:
        errands.append(errand)
        errand.run((sys.executable, "-c", "import time; time.sleep(60)"))
        raise AssertionError

    waiting: list[tuple[Callable[[], Any], Callable[[Exception], None]]] = []
    trail = Trail(at_once, later, session, audit)
    trail.verify()
    assert trail._errand
    trail._errand.said = "checked: 256 of 1,000"
    trail.look()
    progress = trail.state.progress
    trail.stop()
    ((work, failed),) = waiting
    code = ""
    try:
        work()
    except Exception as error:  # noqa: BLE001  as the bridge does
        failed(error)
        code = getattr(error, "code", "")

    assert progress == "Checked: 256 of 1,000."
    assert code == STOPPED
    assert (trail.state.auditing, trail.state.audit_error) == (False, "")


def test_what_a_program_complains_of_is_heard_while_it_runs() -> None:
    errand = Errand()
    child = "import sys; print('checked: 1 of 2', file=sys.stderr); print('done')"

    printed, complained = errand.run((sys.executable, "-c", child))

    assert (printed.strip(), complained.strip(), errand.said) == ("done", "checked: 1 of 2", "checked: 1 of 2")


@pytest.mark.parametrize("screen", ["people", "integrity"])
def test_every_control_of_these_screens_has_a_name(shown: App, screen: str) -> None:
    shown.commands.registry.run(screen)
    assert shown.desktop.screens
    made = shown.desktop.screens.by_name[screen]
    wait(lambda: made.loaded)

    assert nameless(shown.shell) == []
    assert shown.desktop.home == screen
