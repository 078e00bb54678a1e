"""What a screen has room for at its smallest: nothing is cut off, nothing stands apart, and the worst is in sight."""

from collections.abc import Callable
from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QLabel, QWidget

from govern.demo.cast import PASSPHRASE
from gui import words
from gui.app import App
from gui.listing import standings
from gui.session import Session
from gui.views.overview import facts
from gui.views.signoff import against
from gui.widgets.parts import Card
from tests.gui.conftest import wait
from tests.gui.instruments import clipped

SMALLEST = (1024, 700)
SCREENS = ("portfolio", "models", "compare", "trail", "people", "integrity", "inbox")


def small(app: App) -> None:
    app.shell.resize(*SMALLEST)
    settle(app)


def settle(app: App) -> None:
    turns = iter(range(6))
    wait(lambda: not app.bridge.busy and next(turns, None) is None)


@pytest.mark.parametrize("screen", [*SCREENS, *words.TABS])
def test_no_text_is_cut_off_at_the_smallest_size(shown: App, screen: str) -> None:
    small(shown)
    if screen in words.TABS:
        shown.commands.registry.run("inbox")
    shown.commands.registry.run(screen)
    settle(shown)

    assert clipped(shown.shell) == []


@pytest.mark.parametrize("tab", words.TABS)
def test_the_tabs_fit_whatever_is_open_on_them(shown: App, tab: str) -> None:
    small(shown)
    view = shown.shell.dossier
    assert view
    shown.commands.registry.run("inbox")
    shown.commands.registry.run(tab)
    settle(shown)
    for name in ("checks", "documents", "discussion", "findings"):
        view._call(name, 12)
    view._spread()
    settle(shown)

    places = [QRect(one.mapTo(view, QPoint(0, 0)), one.size()) for one in view.tabs.values()]
    found = clipped(view)
    for name in view.tabs:
        view._call(name)
    assert found == []
    assert places[0].left() >= 0
    assert places[-1].right() <= view.width()
    assert all(one.right() < other.left() for one, other in pairwise(places))


def test_cards_stand_one_below_the_other_without_a_hole(shown: App) -> None:
    small(shown)
    shown.commands.registry.run("overview")
    settle(shown)
    assert shown.shell.dossier
    page = shown.shell.dossier.overview.widget()
    assert page
    cards = sorted((one.geometry() for one in page.findChildren(Card)), key=QRect.top)

    assert len(cards) > 2
    assert {other.top() - one.bottom() - 1 for one, other in pairwise(cards)} == {14}


def test_the_ceremony_shows_what_is_typed_whole_and_names_what_fails(desk: App) -> None:
    small(desk)
    inbox = desk.desktop.inbox
    assert inbox
    inbox.select("limit-increase@1")
    settle(desk)
    desk.commands.registry.run("sign")
    dialog, signing = desk.shell.dialog, desk.desktop.deeds.signing
    assert dialog
    assert signing
    signing.mean("approved_with_conditions")
    dialog.passphrase.setText(PASSPHRASE)
    settle(desk)
    fields = [dialog.reason, *dialog.conditions.rows[0], dialog.passphrase]
    view = dialog._scroll.viewport()
    row = dialog.conditions.rows[0][0]
    named = against(signing.state.sight)
    texts = "\n".join(one.text() for one in dialog.findChildren(QLabel))

    assert clipped(dialog) == []
    assert all(one.isVisible() for one in fields)
    assert view.rect().contains(QRect(row.mapTo(view, QPoint(0, 0)), row.size()))
    assert named
    assert all(line in texts for line in named)


def test_a_name_and_a_digest_stand_in_one_column(shown: App) -> None:
    holder = QWidget(shown.shell)
    holder.setLayout(facts([("A name that is long", "a value")], [("Digest", "0123")]))
    holder.resize(500, 80)
    layout = holder.layout()
    assert layout
    layout.activate()
    lefts = {one.x() for one in holder.findChildren(QLabel) if one.text() in {"a value", "0123"}}
    holder.deleteLater()

    assert len(lefts) == 1


def test_the_row_of_a_failing_group_is_chosen_first(shown: App) -> None:
    view = shown.shell.dossier
    assert view
    shown.commands.registry.run("inbox")
    assert shown.desktop.dossier
    model = shown.desktop.dossier
    for todo in shown.desktop.inbox.state.todos if shown.desktop.inbox else ():
        model.open(todo.version)
        settle(shown)
        sight = model.state.sight
        assert sight
        row = view.checks.table.currentIndex().row()
        if sight.checks:
            assert sight.checks[row] == model.state.check
            assert view.checks._findings.findings[row].tone is sight.tone_of(model.state.check)


def test_a_void_approval_says_so_and_since_when(session: Session, changes: Callable[[], None]) -> None:
    session.unlock("rae", PASSPHRASE)
    changes()

    found = standings(session._desk, ["credit-risk", "churn-eu"])

    assert found["credit-risk"].void == f"void since {words.day(session.ledger().last)}"
    assert found["churn-eu"].void == ""


@pytest.mark.parametrize(
    ("before", "after", "shown_"),
    [
        pytest.param("a b c d tenure age", "a b c d tenure", ("… tenure age", "… tenure"), id="at the end"),
        pytest.param("a b c d e f g h", "a b c X e f g h", ("… c d e …", "… c X e …"), id="in the middle"),
        pytest.param("", "retrain", ("", "retrain"), id="nothing before"),
        pytest.param("0.678, fail", "0.924, pass", ("0.678, fail", "0.924, pass"), id="all of it"),
    ],
)
def test_what_differs_is_what_is_shown(before: str, after: str, shown_: tuple[str, str]) -> None:
    assert words.differing(before, after) == shown_
