"""Saved views of the models: a name for a filter, each person's own on this machine, and nothing in the ledger."""

from PySide6.QtWidgets import QInputDialog, QMenu

from govern.demo.cast import PASSPHRASE
from gui.app import App
from gui.session import Session
from gui.viewmodels.drafts import Drafts
from gui.viewmodels.views import MOST, View, Views
from tests.gui.conftest import wait
from tests.gui.instruments import at_once, nameless

FAILS, HIGH = "check:fail", "tier:high stage:in_review"


def views(session: Session, who: str) -> tuple[Views, Drafts]:
    drafts = Drafts(at_once)
    session.unlock(who, PASSPHRASE)
    drafts.open(session.drawer())
    return Views(drafts), drafts


def test_views_are_kept_for_one_person_and_outlive_a_discarded_draft(session: Session) -> None:
    mine, drafts = views(session, "rae")
    mine.save("  What   fails ", f" {FAILS} ")
    mine.save("high", HIGH)
    mine.save("HIGH", "tier:high")
    drafts.discard()
    drafts.close()
    size = session.size()

    again, _ = views(session, "rae")
    theirs, _ = views(session, "vic")

    assert again.all == (View("HIGH", "tier:high"), View("What fails", FAILS))
    assert theirs.all == ()
    assert session.size() == size


def test_why_a_view_is_not_saved_is_said_and_one_can_be_removed() -> None:
    mine = Views(Drafts(at_once))
    empty = mine.why_not_save("  ")
    mine.save("fails", FAILS)
    same = mine.why_not_save(FAILS)
    for at in range(MOST):
        mine.save(f"view {at}", f"tier:{at}")
    full = mine.why_not_save(HIGH)
    mine.save("one too many", HIGH)
    mine.remove("fails")

    assert (empty, same) == ("nothing is filtered", "it is kept as fails")
    assert full == f"there are {MOST} views; remove one first"
    assert len(mine.all) == MOST - 1
    assert FAILS not in {one.filter for one in mine.all}


def entries(menu: QMenu) -> dict[str, bool]:
    return {one.text(): one.isEnabled() for one in menu.actions() if not one.isSeparator()}


def test_a_filter_is_saved_shown_and_removed_in_the_window(desk: App) -> None:
    desk.commands.registry.run("models")
    view = desk.shell.models
    assert view
    saved = view.views
    saved.fill()
    before = entries(saved.menu_)
    view.filter.setText(FAILS)
    saved.ask()
    asked = saved.findChild(QInputDialog)
    assert asked
    names = nameless(asked)
    asked.textValueSelected.emit("R&D fails")
    asked.reject()
    view.filter.clear()
    saved.fill()
    during = entries(saved.menu_)
    saved.menu_.actions()[0].trigger()
    wait(lambda: not desk.bridge.busy)
    shown = view.model.state.filter
    saved.fill()
    ticked = saved.menu_.actions()[0].isChecked()
    saved.remove_.actions()[0].trigger()
    saved.fill()

    assert before == {
        "No view is saved yet": False,
        "Save this filter as… (nothing is filtered)": False,
        "Remove": False,
    }
    assert names == []
    assert next(iter(during)) == "R&&D fails"
    assert (shown, ticked) == (FAILS, True)
    assert "No view is saved yet" in entries(saved.menu_)
