"""The list of models: what it says, its filter, its day, and that thousands of them are no burden."""

import time
from datetime import UTC, date, datetime
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester

from govern.demo.cast import PASSPHRASE
from govern.errors import InvalidInput
from gui.app import App
from gui.lists import Model, Standing
from gui.lists import Models as Found
from gui.session import Session
from gui.tones import Tone
from gui.viewmodels.drafts import Drafts
from gui.viewmodels.models import PAGE, Models
from gui.viewmodels.views import Views
from gui.views.models import ModelsView, Rows
from tests.gui.conftest import wait
from tests.gui.instruments import Watchdog, at_once, nameless

THOUSANDS = 5_000
FIRST_PAINT = 0.4
"""Seconds, on a machine that others use too."""


class Many:
    """A ledger of five thousand models, of which only what is looked at is judged."""

    def __init__(self, total: int = THOUSANDS) -> None:
        self.total, self.judged, self.asked = total, 0, 0

    def models(self, text: str, day: date | None) -> Found:
        self.asked += 1
        if "teir" in text:
            raise InvalidInput("models are not filtered by 'teir'", hint="did you mean tier?", code="filter")
        at = datetime(2026, 11, 2, tzinfo=UTC)
        lines = (
            Model(
                f"model-{n:04d}",
                f"What number {n} is for",
                "Ana Prado",
                "high",
                "production",
                f"model-{n:04d}@3",
                "",
                0,
                0,
                at,
            )
            for n in range(self.total)
        )
        return Found(tuple(one for one in lines if text in one.name and not day), self.total, 9)

    def standings(self, names: tuple[str, ...], _: date | None) -> dict[str, Standing]:
        self.judged += len(names)
        return {name: Standing(Tone.PASS, "All 3 checks pass") for name in names}


def loaded(session: Any) -> Models:
    made = Models(at_once, session)
    made.load()
    return made


def test_a_line_says_what_a_model_is_for_who_answers_and_where_it_is(session: Session) -> None:
    models = loaded(session)

    line = models.state.lines[0]
    assert (line.name, line.owner, line.tier, line.stage) == ("credit-risk", "Ana Prado (DEMO)", "high", "in_review")
    assert (line.newest, line.champion, line.open_findings) == ("credit-risk@1", "", 0)
    assert line.approved is not None
    assert models.standing(0) is not None
    assert models.state.summary == "3 models"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("tier:high", ["credit-risk"]),
        ("check:fail", ["credit-risk"]),
        ('-tier:low "credit limit"', ["limit-increase"]),
        ("owner:nobody", []),
    ],
)
def test_the_filter_is_that_of_the_command_line(session: Session, text: str, names: list[str]) -> None:
    models = loaded(session)

    models.filter(text)

    assert [one.name for one in models.state.lines] == names
    assert models.state.empty[0] == "Nothing matches"


def test_a_mistake_in_the_filter_is_named_and_hides_nothing() -> None:
    models = loaded(Many(3))

    models.filter("teir:high")
    mistake, shown = models.state.mistake, len(models.state.lines)
    models.filter("")

    assert (mistake, shown) == ("Models are not filtered by 'teir'. Did you mean tier?", 3)
    assert models.state.mistake == ""


def test_a_day_before_the_ledger_is_said_and_half_a_date_changes_nothing(session: Session) -> None:
    models = loaded(session)

    models.as_of("2026-0")
    half = (models.state.mistake, models.state.day)
    models.as_of("2026-13-99")
    wrong = models.state.mistake
    models.as_of("2025-01-01")

    assert half == ("", None)
    assert wrong == "2026-13-99 is no date: write 2026-03-31."
    assert "did not exist yet" in models.state.mistake


def test_another_day_is_another_list() -> None:
    models = loaded(Many(3))

    models.as_of("2026-03-31")

    assert models.state.as_of == "As it was at the end of 31 Mar 2026. A dossier opens as it is now."
    assert models.state.lines == ()


def test_only_what_is_looked_at_is_judged() -> None:
    many = Many()
    models = loaded(many)

    models.standing(0)
    models.standing(1)
    models.standing(4_000)

    assert many.judged == 2 * PAGE


def test_what_is_typed_while_a_list_is_read_is_read_once() -> None:
    many, waiting = Many(3), []
    models = Models(lambda work, done, failed: waiting.append((work, done, failed)), many)
    models.load()
    for text in ("m", "mo", "mod", "model-0002"):
        models.filter(text)

    for _ in range(2):
        work, done, _ = waiting.pop(0)
        done(work())

    assert many.asked == 2
    assert [one.name for one in models.state.lines] == ["model-0002"]
    assert waiting == []


def test_a_number_shows_just_its_models() -> None:
    models = loaded(Many(9))

    models.choose("Signatures void", frozenset({"model-0003"}))
    shown = [one.name for one in models.state.lines]
    models.show_all()

    assert (shown, len(models.state.lines)) == (["model-0003"], 9)


# The window


def test_five_thousand_models_are_on_screen_at_once(qapp: Any, qtbot: Any) -> None:
    models = loaded(Many())
    view = ModelsView(models, Views(Drafts(at_once)))
    qtbot.addWidget(view)
    view.resize(1024, 700)

    begun = time.perf_counter()
    view.show()
    view.grab()
    took = time.perf_counter() - begun
    with Watchdog() as watchdog:
        for row in range(0, THOUSANDS, 500):
            view.table.scrollTo(view.table.model().index(row, 0))
            qtbot.wait(10)

    print(f"first paint of {THOUSANDS} models: {took * 1000:.0f} ms")  # noqa: T201  a figure
    assert took < FIRST_PAINT
    assert [where for _, where in watchdog.stalls] == []


def test_the_model_of_models_keeps_qts_rules(qapp: Any) -> None:
    view = ModelsView(loaded(Many(50)), Views(Drafts(at_once)))

    QAbstractItemModelTester(Rows(view.model, view), QAbstractItemModelTester.FailureReportingMode.Fatal)


def test_a_model_opens_in_its_dossier_and_back(desk: App, qtbot: Any) -> None:
    desk.commands.registry.run("models")
    wait(lambda: desk.desktop.screens and desk.desktop.screens.models.state.lines)
    view, dossier = desk.shell.models, desk.shell.dossier
    assert view
    assert dossier
    qtbot.keyClicks(view.filter, "limit")
    wait(lambda: view.newest.text() == "Open limit-increase@1")
    names = nameless(desk.shell)

    qtbot.keyClick(view.filter, Qt.Key.Key_Return)
    qtbot.keyClick(view.table, Qt.Key.Key_Return)
    wait(lambda: dossier.isVisible() and dossier.model.state.sight.version == "limit-increase@1")  # type: ignore[union-attr]
    assert desk.desktop.home == "models"
    assert desk.shell.inbox
    assert not desk.shell.inbox.isVisible()
    assert dossier.back.text() == "Models"
    dossier.back.click()

    assert view.isVisible()
    assert view.filter.text() == "limit"
    assert names == []
    desk.desktop.lock()
    desk.unlock.unlock(PASSPHRASE)
    wait(lambda: desk.desktop.dossier and desk.desktop.dossier.state.sight)
    assert desk.desktop.state.screen == "inbox"
