"""Approval with conditions: each whole, kept as a draft, signed and listed; and what an inbox says of every kind of task."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from PySide6.QtCore import Qt

from govern.demo.cast import PASSPHRASE
from gui.app import App
from gui.casework import Word
from gui.session import Session
from gui.viewmodels.inbox import Inbox
from gui.viewmodels.signoff import Condition, Draft, SignOff, still_needed, would_void
from tests.gui.conftest import wait
from tests.gui.instruments import at_once, nameless

LIMIT, CREDIT = "limit-increase@1", "credit-risk@1"
WHOLE = Condition("Attach a plan", "ana", "2999-01-31")


def ceremony(session: Session, draft: Draft | None = None) -> SignOff:
    return SignOff(at_once, session, "rae", session.dossier(LIMIT, "rae"), draft)


def test_each_part_of_a_condition_is_asked_for(session: Session) -> None:
    signing = ceremony(session)
    signing.mean("approved_with_conditions")
    said = [signing.state.missing]
    for condition in (
        replace(WHOLE, text="", owner="ana"),
        replace(WHOLE, owner=""),
        replace(WHOLE, due_typed="soon"),
        WHOLE,
    ):
        signing.ask(0, condition)
        said.append(signing.state.missing)

    assert said == [
        "Add at least one condition: what, who owes it, and by when.",
        "A condition needs what has to be done.",
        "A condition needs who owes it.",
        "A condition needs the day it is due: 2026-12-31.",
        "This meaning needs a written reason; it is printed with the signature.",
    ]


def test_conditions_are_signed_and_listed_with_who_owes_them(session: Session) -> None:
    signing = ceremony(session)
    signing.mean("approved_with_conditions")
    signing.ask(0, WHOLE)
    signing.add_condition()
    signing.explain("if it is watched")

    signing.sign(PASSPHRASE)

    filed = signing.state.filed
    assert filed, signing.state.error
    (condition,) = session.case(LIMIT, "vic").conditions
    assert (condition.entry, condition.text, condition.owner, condition.due) == (
        filed.entry,
        "Attach a plan",
        "Ana Prado (DEMO)",
        date(2999, 1, 31),
    )
    assert (condition.met, condition.why_not_meet) == (None, "")


def test_conditions_are_kept_with_the_draft_and_dropped_with_another_meaning(session: Session) -> None:
    signing = ceremony(session)
    signing.mean("approved_with_conditions")
    signing.ask(0, WHOLE)

    again = ceremony(session, signing.draft)
    again.mean("rejected")

    assert signing.draft.rows == (("Attach a plan", "ana", "2999-01-31"),)
    assert again.state.conditions == (WHOLE,)
    assert again.state.asked == ()


def test_who_else_must_sign_and_what_voids_is_said_in_words(session: Session) -> None:
    sight = session.dossier(CREDIT, "rae")

    assert still_needed(sight) == "validation asks for 1 validator, 0 of 1 signed"
    assert would_void(sight, "risk-officer") == (
        "Any change of 1 artefact, the evidence of 5 checks, the policy retail-credit 3.2.0, a document, "
        "a finding or waiver, new or ended, the model's purpose, uses or tier."
    )
    ends = replace(sight, ends=(("risk-officer", "1y"),))
    assert would_void(ends, "risk-officer").endswith("It ends after 1y.")


def test_an_inbox_has_what_is_owed_by_its_day(session: Session) -> None:
    day = date.today() + timedelta(days=3)  # noqa: DTZ011  the ledger's clock is this machine's here
    word = Word("finding", "churn-eu@1", "No plan", severity="low", owner="ana", due=day)
    session.say(word, "rae", PASSPHRASE)
    session.say(Word("challenge", CREDIT, "Why?", anchor="section:data"), "vic", PASSPHRASE)
    inbox = Inbox(at_once, session, "ana")

    inbox.load()

    mend, answer = inbox.state.todos[0], next(one for one in inbox.state.todos if one.version == CREDIT)
    assert (mend.version, mend.what, mend.due, mend.is_late) == ("churn-eu@1", "mend", day, False)
    assert any("No plan: low finding" in text for text in mend.why)
    assert answer.what == "answer"
    assert answer.why[0].startswith("vic challenges section:data")


def test_the_ceremony_takes_conditions_by_keyboard(desk: App, qtbot: Any) -> None:
    desk.desktop.read(LIMIT)
    wait(lambda: desk.desktop.dossier and desk.desktop.dossier.state.sight.version == LIMIT)  # type: ignore[union-attr]
    wait(lambda: not desk.bridge.busy)
    desk.commands.registry.run("sign")
    dialog = desk.shell.dialog
    assert dialog
    assert not dialog.conditions.isVisible()
    dialog.radios["approved_with_conditions"].click()
    ((text, owner, due),) = dialog.conditions.rows
    qtbot.keyClicks(text, "Attach a plan")
    owner.setCurrentIndex(owner.findData("ana"))
    qtbot.keyClicks(due, "2999-01-31")
    names = nameless(dialog)
    dialog.conditions.add.click()
    dialog.conditions.drops[1].click()
    kept = dialog.conditions.rows[0][0].text()
    qtbot.keyClicks(dialog.reason, "if it is watched")
    qtbot.keyClicks(dialog.passphrase, PASSPHRASE)
    assert dialog.sign.isEnabled(), dialog.model.state.missing
    qtbot.keyClick(dialog.passphrase, Qt.Key.Key_Return)
    wait(lambda: dialog.model.state.filed or dialog.model.state.error)

    assert (names, kept, dialog.model.state.error) == ([], "Attach a plan", "")
