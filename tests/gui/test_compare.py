"""Compare: only what differs, what got worse first, one after the other."""

from typing import Any

from gui.app import App
from gui.lists import Comparison, Difference, Side
from gui.session import Session
from gui.tones import Tone
from gui.viewmodels.compare import Compare
from tests.gui.conftest import wait
from tests.gui.instruments import at_once, nameless

ONE, OTHER = Side("a@1", Tone.PASS, "", ""), Side("a@2", Tone.FAIL, "", "")
DIFFERENCES = (
    Difference("result age-ratio, 18-25", "0.91, pass", "0.75, fail", True, (Tone.PASS, Tone.FAIL), "-0.16"),
    Difference("parameter eta", "0.1", "0.2", True),
    Difference("parent", "", "sha256:" + "a" * 64, False),
)


class Two:
    """A ledger with two versions of a model and one of another."""

    def versions(self) -> tuple[str, ...]:
        return ("a@1", "a@2", "b@1")

    def compare_versions(self, older: str, newer: str) -> Comparison:
        return Comparison(ONE, OTHER, DIFFERENCES if older != "b@1" and newer != "b@1" else ())


def loaded(session: Any) -> Compare:
    made = Compare(at_once, session)
    made.load()
    return made


def test_the_newest_two_of_a_model_are_compared_unasked() -> None:
    model = loaded(Two())

    assert (model.state.older, model.state.newer) == ("a@1", "a@2")
    assert model.state.summary == "3 differences: 1 in results, 1 material, 1 other. 1 check got worse than its limit."


def test_next_and_previous_stay_at_the_ends() -> None:
    model = loaded(Two())
    places = [model.state.place]
    for by in (-1, 1, 1, 1):
        model.step(by)
        places.append(model.state.place)

    assert places == ["1 of 3", "1 of 3", "2 of 3", "3 of 3", "3 of 3"]


def test_a_version_is_compared_with_the_one_before_it() -> None:
    model = Compare(at_once, Two(), wanted="a@2")
    model.load()
    forward = (model.state.older, model.state.newer)
    model.swap()

    assert forward == ("a@1", "a@2")
    assert (model.state.older, model.state.newer) == ("a@2", "a@1")


def test_real_versions_differ_by_what_they_are_made_of(session: Session) -> None:
    model = loaded(session)
    model.between("churn-eu@1", "limit-increase@1")

    found = {one.what: (one.before, one.after) for one in model.state.found.differences} if model.state.found else {}
    assert found["parameter depth"] == ("6", "")
    assert found["parameter eta"] == ("", "0.05")
    assert "parameter seed" not in found


def test_the_same_version_twice_is_said(session: Session) -> None:
    model = loaded(session)

    model.between("churn-eu@1", "churn-eu@1")

    assert model.state.error.startswith("churn-eu@1 is churn-eu@1.")


def test_two_versions_side_by_side_by_keyboard(desk: App, qtbot: Any) -> None:
    desk.commands.registry.run("compare")
    assert desk.desktop.screens
    model = desk.desktop.screens.compare
    wait(lambda: model.loaded)
    model.between("credit-risk@1", "limit-increase@1")
    wait(lambda: model.state.found)
    names = nameless(desk.shell)
    first = model.state.current

    desk.commands.registry.run("next")

    assert names == []
    assert model.state.at == 1
    assert model.state.current != first
    qtbot.wait(20)
