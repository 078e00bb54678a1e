"""The portfolio: numbers that open their lists, judged a slice at a time; and what was in force on a day."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from govern.demo.cast import PASSPHRASE
from gui.app import App
from gui.casework import Word
from gui.lists import Answer, Assessed
from gui.lists import Portfolio as Sight
from gui.session import Session
from gui.tones import Tone
from gui.viewmodels.portfolio import SLICE, Portfolio
from tests.gui.conftest import wait
from tests.gui.instruments import at_once, nameless

NONE: frozenset[str] = frozenset()


class Many:
    """A ledger of many models, every tenth of which fails."""

    def __init__(self, total: int) -> None:
        self.names = tuple(f"model-{n}" for n in range(total))
        self.asked: list[int] = []

    def portfolio(self, _: str) -> Sight:
        return Sight(9, self.names, (("high", "production", len(self.names)),), NONE, NONE, NONE, NONE, (), 0)

    def assess(self, names: tuple[str, ...]) -> dict[str, Assessed]:
        self.asked.append(len(names))
        return {name: Assessed(Tone.FAIL if name.endswith("0") else Tone.PASS, has_void=False) for name in names}

    def answer(self, model: str, day: date | None) -> Answer:
        return Answer(model, day, why_none="none")


def counted(session: Any) -> Portfolio:
    made = Portfolio(at_once, session, "rae")
    made.load()
    return made


def test_each_number_is_the_list_of_its_models(session: Session) -> None:
    model = counted(session)

    found = {one.id: one.names for one in model.state.numbers}
    assert model.state.progress == ""
    assert sorted(found["failing"]) == ["credit-risk"]
    assert sorted(found["not-measured"]) == ["limit-increase"]
    assert sorted(found["void"]) == ["credit-risk"]
    assert found["late-findings"] == NONE
    assert model.state.sight
    assert model.state.sight.mine == 3
    assert [tier for tier, _ in model.state.tiers] == ["high", "medium", "low"]
    assert [one.version for one in model.state.sight.waiting][:1] == ["churn-eu@1"]


def test_a_finding_is_overdue_the_day_after_its_day(session: Session) -> None:
    word = Word("finding", "churn-eu@1", "No plan", severity="low", owner="ana", due=date(2999, 1, 1))
    session.say(word, "rae", PASSPHRASE)

    model = counted(session)

    assert model.number("late-findings").names == NONE


def test_models_are_judged_in_slices_and_the_number_says_when_it_is_whole() -> None:
    many, waiting = Many(2 * SLICE + 3), []

    def later(work: Callable[[], Any], done: Callable[[Any], None], _: Callable[[Exception], None]) -> None:
        waiting.append((work, done))

    model = Portfolio(later, many, "rae")
    model.load()
    progress = []
    while waiting:
        work, done = waiting.pop(0)
        done(work())
        progress.append((model.state.progress, model.number("failing").is_whole))

    assert many.asked == [SLICE, SLICE, 3]
    assert progress == [
        ("Judged 0 of 53", False),
        ("Judged 25 of 53", False),
        ("Judged 50 of 53", False),
        ("", True),
    ]
    model.load()
    work, done = waiting.pop(0)
    done(work())
    assert many.asked == [SLICE, SLICE, 3], "nothing changed, and nothing is judged again"


def test_a_regulator_is_told_what_was_not_in_production_either(session: Session) -> None:
    model = counted(session)
    model.ask_about("credit-risk")

    model.answer()

    assert model.state.answer
    assert model.state.answer.why_none == (
        "No version of credit-risk was in production as champion; its versions were in review."
    )


@pytest.mark.parametrize(
    ("name", "day", "mistake"),
    [
        ("", "", "Name a model."),
        ("credit-risk", "soon", "soon is no date: write 2026-03-31."),
        ("credit-rsk", "", "There is no model 'credit-rsk'. Did you mean credit-risk?"),
        ("credit-risk", "2020-01-01", "The ledger did not exist yet"),
    ],
)
def test_a_question_that_cannot_be_answered_says_why(session: Session, name: str, day: str, mistake: str) -> None:
    model = counted(session)
    model.ask_about(name)
    model.ask_when(day)

    model.answer()

    assert model.state.mistake.startswith(mistake)


def test_a_number_opens_its_list_and_a_cell_its_filter(desk: App) -> None:
    desk.commands.registry.run("portfolio")
    view, screens = desk.shell.portfolio, desk.desktop.screens
    assert view
    assert screens
    wait(lambda: screens.portfolio.loaded and not screens.portfolio.state.progress)
    names = nameless(desk.shell)
    off = [one.accessibleDescription() for one in view.tiles.values() if not one.isEnabled()]

    view.tiles["failing"].click()
    wait(lambda: [one.name for one in screens.models.state.lines] == ["credit-risk"])
    title = screens.models.state.chosen
    desk.commands.registry.run("portfolio")
    desk.desktop.list_models("tier:low stage:in_review")
    wait(lambda: [one.name for one in screens.models.state.lines] == ["churn-eu"])

    assert names == []
    assert set(off) == {"there is nothing to list"}
    assert title
    assert title.title.startswith("Failing: 1 model")
    assert desk.shell.models
    assert desk.shell.models.filter.text() == "tier:low stage:in_review"
