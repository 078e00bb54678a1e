"""A failing check is accepted until a day: by whom, how long, and what the screens say of it then."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QDate, Qt
from PySide6.QtWidgets import QLabel

from govern import catalogue, connection
from govern.demo.cast import PASSPHRASE
from gui.app import App
from gui.casework import Acceptance, Case
from gui.session import Session
from gui.tones import Tone
from gui.viewmodels.signoff import Draft
from gui.viewmodels.waive import OLD, Other, Waive
from gui.views.waive import WaiveDialog
from tests.gui.bank import CREDIT
from tests.gui.conftest import wait
from tests.gui.instruments import at_once, nameless

VERSION, CHECK = "credit-risk@1", "age-ratio"
CONTROL, REASON = "a second underwriter reads each decline", "the cut-off moves in the next release"


def accepted(session: Session, who: str = "rae") -> Acceptance:
    found = session.case(VERSION, who).acceptance(CHECK)
    assert found
    return found


def ceremony(session: Session, who: str = "rae", kept: Draft | None = None) -> Waive:
    made = Waive(at_once, session, who, VERSION, session.digest(VERSION), accepted(session, who))
    made.restore(kept)
    return made


def filled(session: Session) -> Waive:
    made = ceremony(session)
    made.last_until(str(made.of.last))
    made.weigh("mitigated")
    made.do_instead(CONTROL)
    made.explain(REASON)
    if made.state.others:
        made.sign_with(0, Other("rob"))
    return made


def signed(session: Session) -> Waive:
    made = filled(session)
    made.sign(PASSPHRASE, [PASSPHRASE] * len(made.state.others))
    assert made.state.signing.receipt, made.state.signing.error
    return made


def adopt(session: Session, source: bytes) -> None:
    desk = replace(session._desk, pens=(session._desk.unlock_pen(session._key("rae"), PASSPHRASE),))
    catalogue.adopt_policy(desk, source.replace(b"version: 3.2.0", b"version: 4.0.0"), "retail-credit.yaml", "0.1.0")


def tone(session: Session) -> Tone:
    return session.dossier(VERSION, "rae").tone_of(CHECK)


def test_a_waiver_of_two_is_on_record_with_both_and_lifts_the_check(session: Session) -> None:
    before = tone(session)

    model = signed(session)

    receipt, case = model.state.signing.receipt, session.case(VERSION, "rae")
    assert receipt
    assert (before, tone(session)) == (Tone.FAIL, Tone.WAIVED)
    assert receipt.who == ("Rae Okafor (DEMO)", "Rob Nowak (DEMO)")
    (one,) = case.waivers_of(CHECK)
    assert (one.entry, one.until, one.category, one.control) == (receipt.entry, model.of.last, "mitigated", CONTROL)
    assert one.holds
    assert session.entry(receipt.entry).reason == REASON
    assert model.draft == Draft()


def test_each_step_of_a_waiver_is_named_and_its_bounds_are_the_policys(session: Session) -> None:
    model = ceremony(session)
    today = session._desk.clock().date()
    said = [model.state.missing]
    for until in (today + timedelta(days=91), today - timedelta(days=1)):
        model.last_until(str(until))
        said.append(model.state.missing)
    model.last_until(str(today))
    steps: tuple[Callable[[], None], ...] = (
        lambda: model.weigh("accepted"),
        lambda: model.do_instead(CONTROL),
        lambda: model.explain(REASON),
        lambda: model.sign_with(0, Other("rob")),
        lambda: model.sign_with(0, Other("rob", has_passphrase=True)),
    )
    for step in steps:
        said.append(model.state.missing)
        step()
    said.append(model.state.missing)
    model.sign("")

    assert model.of.last == today + timedelta(days=90)
    assert model.state.bounds.startswith("retail-credit 3.2.0 allows 90 days: until ")
    assert said[1] == said[2]
    assert said[1].startswith("Choose a day from ")
    assert [said[0].partition(",")[0], *said[3:]] == [
        "Say until which day",
        "Choose whether the risk is mitigated or accepted.",
        "Write what is done instead.",
        "Write why.",
        "Choose who signs it with you.",
        "Whoever signs with you types their own passphrase.",
        "Your passphrase signs it.",
    ]
    assert session.case(VERSION, "rae").waivers == ()


def test_a_wrong_passphrase_of_either_signs_nothing_and_keeps_what_was_typed(session: Session) -> None:
    model = filled(session)
    kept = model.draft

    model.sign(PASSPHRASE, ["wrong"])
    error = model.state.signing.error
    again = ceremony(session, kept=kept)
    old = ceremony(session, kept=replace(kept, about="sha256:of something else"))

    assert error.startswith("Nothing was signed.")
    assert "rob.key.json" in error
    assert session.case(VERSION, "rae").waivers == ()
    assert (again.state.until, again.state.category, again.state.control) == (again.of.last, "mitigated", CONTROL)
    assert (again.state.note, old.state.note) == ("", OLD)


@pytest.mark.parametrize(
    ("who", "why"),
    [
        pytest.param("vic", "a risk officer accepts it, and you are none", id="another role"),
        pytest.param("ana", "you made, changed or submitted it; others accept what fails", id="a maker"),
    ],
)
def test_who_may_not_accept_what_fails_is_told_why(session: Session, who: str, why: str) -> None:
    assert accepted(session, who).why_not == why


def test_a_policy_that_allows_none_is_named_and_one_signature_can_be_enough(session: Session) -> None:
    clause = next(line for line in CREDIT.split(b"\n") if line.startswith(b"waivers"))
    adopt(session, CREDIT.replace(clause + b"\n", b""))
    none = accepted(session)
    adopt(session, CREDIT.replace(clause, clause.replace(b"quorum: 2", b"quorum: 1")).replace(b"3.2.0", b"5.0.0"))

    model = signed(session)

    assert none.why_not == "retail-credit allows no waiver of age-ratio"
    assert (model.of.release, model.state.others) == ("retail-credit 5.0.0", ())


def test_what_was_not_measured_or_passes_has_nothing_to_be_accepted(session: Session) -> None:
    case = session.case(VERSION, "rae")

    assert [one.check for one in case.acceptances] == [CHECK]


def test_where_no_other_key_lies_here_a_command_is_offered(session: Session) -> None:
    (connection.keys_here(session._near.folder)[0].path.parent / "rob.key.json").unlink()
    model = filled(session)

    model.sign(PASSPHRASE)

    assert model.state.signing.receipt is None
    assert model.state.too_few.startswith("retail-credit 3.2.0 asks for 2 risk officers to sign, and 1 key of theirs")
    assert model.state.missing == "Sign it in a terminal, and hand it on."
    assert model.state.command.startswith("govern waive credit-risk@1 retail-credit/age-ratio --until ")
    assert model.state.command.endswith(f"--reason '{REASON}' --category mitigated --to-sign waiver.json")


def test_a_waiver_that_ended_lifts_nothing_and_says_so(session: Session, bank: Path) -> None:
    until = signed(session).of.last
    session.close()
    later = connection.now() + timedelta(days=91)
    after = Session.open(bank, clock=lambda: later)
    try:
        (one,) = after.case(VERSION, "rae").waivers_of(CHECK)
        found, why = tone(after), accepted(after).why_not
    finally:
        after.close()

    assert (one.until, one.has_ended, one.holds) == (until, True, False)
    assert found is Tone.FAIL
    assert why == "the waiver of retail-credit age-ratio may not be renewed"


def test_what_is_measured_anew_is_not_accepted_by_an_earlier_waiver(
    session: Session, changes: Callable[[], None]
) -> None:
    model = filled(session)
    signed(session)
    changes()
    (one,) = session.case(VERSION, "rae").waivers

    model.sign(PASSPHRASE, [PASSPHRASE])

    assert (one.why_not, one.holds) == ("age-ratio was measured again, and another number waived", False)
    assert model.state.signing.stale
    assert model.state.missing == "The dossier changed. Read it again, and sign that."


# The window


def seen(desk: App) -> Case:
    assert desk.desktop.case
    assert desk.desktop.case.state.sight
    return desk.desktop.case.state.sight


def test_a_failing_check_is_accepted_through_the_window(desk: App, qtbot: Any) -> None:
    desk.desktop.read(VERSION)
    wait(lambda: not desk.bridge.busy)
    elsewhere = desk.commands.registry.run("waive")
    desk.commands.registry.run("checks")
    assert desk.shell.dossier
    page = desk.shell.dossier.checks
    page.model.choose("auc")
    passes = desk.commands.registry.run("waive")
    page.model.choose(CHECK)
    page.waive.click()
    dialog = desk.shell.deed
    assert isinstance(dialog, WaiveDialog)
    last = dialog.model.of.last
    popup = dialog.until.popup
    bounds = (popup.calendar.minimumDate(), popup.calendar.maximumDate())
    popup.calendar.activated.emit(QDate(last.year, last.month, last.day))
    for field, text in ((dialog.control, CONTROL), (dialog.reason, REASON)):
        qtbot.keyClicks(field, text)
    dialog.radios["accepted"].click()
    ((who, secret),) = dialog.others
    who.setCurrentIndex(who.findData("rob"))
    names = nameless(dialog)
    for theirs in ("wrong", PASSPHRASE):
        secret.setText(theirs)
        dialog.passphrase.setText(PASSPHRASE)
        qtbot.keyClick(dialog.passphrase, Qt.Key.Key_Return)
        wait(lambda: not dialog.model.state.signing.working)
    said = " ".join(one.text() for one in dialog.findChildren(QLabel) if one.isVisible())
    dialog.accept()
    wait(lambda: not desk.bridge.busy)
    wait(lambda: seen(desk).waivers)

    assert elsewhere == "a check is chosen on the page Checks"
    assert passes == "AUC does not fail"
    assert names == []
    assert bounds == tuple(QDate(day.year, day.month, day.day) for day in (dialog.model.of.first, last))
    assert "Rae Okafor (DEMO), risk officer; with Rob Nowak (DEMO)" in said
    assert page.waive.text() == "Accept for longer… (waive)"
    assert page.waive.accessibleDescription() == "the waiver of retail-credit age-ratio may not be renewed"
    labels = page.findChildren
    wait(lambda: "Waived: Age ratio, retail-credit" in [one.text() for one in labels(QLabel) if one.isVisibleTo(page)])
    assert desk.desktop.drafts.of(f"{VERSION} (waive retail-credit/age-ratio)") is None
