"""What is read and said around a version: provenance, documents, discussion, findings, history."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel, QPushButton

from govern import catalogue, discussion, review
from govern.demo.cast import PASSPHRASE
from govern.errors import Tampered
from govern.ledger.strict import Digest
from gui import papers
from gui.app import App
from gui.casework import Word
from gui.session import Session
from gui.tones import WORDS, Tone
from gui.viewmodels.case import Case
from gui.viewmodels.say import About, Say
from gui.viewmodels.signoff import Draft, would_void
from gui.views import case, overview, talk
from gui.views.case import CasePage
from gui.widgets.parts import Mark
from tests.gui.conftest import wait
from tests.gui.instruments import at_once, nameless

CREDIT = "credit-risk@1"


def say(session: Session, who: str, **parts: object) -> int:
    word = Word(**({"version": CREDIT} | parts))  # type: ignore[arg-type]
    return session.say(word, who, PASSPHRASE).entry


def read(session: Session, who: str = "vic", lay: Callable[[str, bytes], Path] | None = None) -> Case:
    def nowhere(name: str, _: bytes) -> Path:
        return Path(name)

    made = Case(at_once, session, who, lay or nowhere, lambda _: None)
    made.about(CREDIT)
    return made


def attach(session: Session, tmp_path: Path, name: str = "method.md") -> None:
    file = tmp_path / name
    file.write_text("Six features, one tree.", encoding="utf-8")
    desk = replace(session._desk, pens=(session._desk.unlock_pen(session._key("vic"), PASSPHRASE),))
    discussion.add_document(desk, review.version(desk, CREDIT), "method", file)


def test_provenance_says_what_it_is_made_of(session: Session) -> None:
    sight = read(session).state.sight
    assert sight

    of = sight.provenance
    assert [(one.name, one.format) for one in of.artefacts] == [("credit-risk.json", "JSON")]
    assert [(one.role, one.name, one.rows) for one in of.data] == [("training", "credit-risk-train.csv", None)]
    assert dict(of.values)["Parameters"] == (("eta", "0.1"), ("seed", "7"))
    assert dict(of.facts)["Made by"] == "Ana Prado (DEMO)"
    assert dict(of.digests)["Version"] == session.dossier(CREDIT, "vic").version_digest


@pytest.mark.usefixtures("qapp")
def test_what_was_registered_by_reference_is_said_not_to_be_held_here(session: Session, tmp_path: Path) -> None:
    (tmp_path / "large.bin").write_bytes(b"large")
    desk = replace(session._desk, pens=(session._desk.unlock_pen(session._key("ana"), PASSPHRASE),))
    made = catalogue.Made({}, {}, {})
    _, one = catalogue.register_version(desk, "credit-risk", [tmp_path / "large.bin"], made, by_reference=True)

    (found,) = papers.provenance(desk, one).artefacts
    assert (found.name, found.format, found.is_held) == ("large.bin", "Not held here", False)
    sight = session.dossier(one.name, "vic")
    assert sight.artefacts == (("large.bin", 5, str(Digest.of(b"large")), False),)
    assert would_void(sight, "validator").startswith("Any change of the evidence of ")
    card = case._artefacts(papers.provenance(desk, one).artefacts)
    assert "Not held here · 5 bytes" in [one.text() for one in card.findChildren(QLabel)]
    assert [one.accessibleName() for one in card.findChildren(Mark)] == [WORDS[Tone.NONE]]


def test_a_challenge_is_owed_an_answer_by_somebody_else(session: Session) -> None:
    entry = say(session, "vic", kind="challenge", text="Why this band?", anchor="evidence:age-ratio")
    mine, theirs = (read(session, who).state.sight for who in ("vic", "ana"))
    say(session, "ana", kind="answer", entry=entry, text="The cut-off moved.")

    after = read(session).state.sight

    assert mine
    assert theirs
    assert after
    asked = next(one for one in mine.talks if one.entry == entry)
    assert (asked.is_open, asked.why_no_answer) == (True, "nobody answers their own challenge")
    assert next(one for one in theirs.talks if one.entry == entry).why_no_answer == ""
    answer = after.talks[-1]
    assert (answer.kind, answer.answers, answer.text) == ("answer", entry, "The cut-off moved.")
    assert not any(one.is_open for one in after.talks)


def test_a_finding_is_closed_by_a_validator_who_does_not_own_it(session: Session) -> None:
    due = date(2999, 1, 1)
    entry = say(session, "rae", kind="finding", text="No plan", severity="high", owner="ana", due=due)
    before = read(session).state.sight
    by_maker = read(session, "ana").state.sight
    say(session, "vic", kind="close", entry=entry, text="The plan is there.")

    after = read(session).state.sight

    assert before
    assert by_maker
    assert after
    assert (before.flaws[0].title, before.flaws[0].owner, before.flaws[0].is_late) == (
        "No plan",
        "Ana Prado (DEMO)",
        False,
    )
    assert by_maker.flaws[0].why_not_close == "you own it; another validator looks"
    assert after.flaws[0].closed == entry + 1


@pytest.mark.usefixtures("qapp")
def test_who_signs_sees_which_champion_makes_room(session: Session) -> None:
    sight = session.dossier(CREDIT, "rae")
    moment = datetime(2026, 3, 1, 12, tzinfo=UTC)
    after = replace(sight, changed=replace(sight.changed, displaces="credit-risk@0", champion_since=moment))

    cards = [overview._signing(one) for one in (sight, after)]

    told = [[label.text() for label in card.findChildren(QLabel)] for card in cards]
    assert told[1] == [*told[0], "As champion it displaces credit-risk@0, champion since 1 Mar 2026."]


@pytest.mark.usefixtures("qapp")
def test_what_a_suspect_key_closed_is_open_again_and_says_why(session: Session) -> None:
    due = date(2999, 1, 1)
    finding = say(session, "rae", kind="finding", text="No plan", severity="high", owner="ana", due=due)
    entry = say(session, "vic", kind="close", entry=finding, text="The plan is there.")
    desk = session._desk
    pens = tuple(desk.unlock_pen(session._key(who), PASSPHRASE) for who in ("ada", "bea"))
    keyid = desk.person("vic").keys[0].public.keyid
    replace(desk, pens=pens).revoke_key("vic", keyid, "compromised", "The laptop was stolen.", suspect_since=entry)

    model = read(session, "ana")

    assert model.state.sight
    (flaw,) = (one for one in model.state.sight.flaws if one.entry == finding)
    assert (flaw.closed, flaw.doubted) == (None, entry)
    page = CasePage("Findings", model, talk.findings)
    page.show()
    (told,) = (one.text() for one in page.findChildren(QLabel) if "open again" in one.text())
    assert f"a key that is suspect now said in #{entry} that it was closed" in told


def test_history_has_every_entry_in_words_the_newest_first(session: Session) -> None:
    say(session, "gus", kind="comment", text="Read.")
    case = read(session)

    case.want_history(wanted=True)

    history = case.state.history
    assert history
    assert [one.entry for one in history] == sorted((one.entry for one in history), reverse=True)
    assert (history[0].who, history[0].what) == ("Gus Berg (DEMO)", "Comment")
    assert history[-1].what == "Version registered"
    assert history[-1].words == "credit-risk.json"


def test_a_document_opens_as_a_copy_of_what_was_attached(session: Session, tmp_path: Path) -> None:
    attach(session, tmp_path)
    shown: list[tuple[str, bytes]] = []

    def lay(name: str, content: bytes) -> Path:
        shown.append((name, content))
        return tmp_path / name

    case = read(session, lay=lay)
    case.open("method")

    assert shown == [("method.md", b"Six features, one tree.")]
    assert "byte for byte" in case.state.opened


def test_what_may_be_a_program_is_not_opened(session: Session, tmp_path: Path) -> None:
    attach(session, tmp_path, "method.desktop")
    case = read(session)

    case.open("method")

    assert case.state.opened.startswith("method.desktop is not opened from here")


def test_a_document_that_was_touched_is_not_opened(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    attach(session, tmp_path)
    case = read(session)

    def touched(*_: object) -> bytes:
        raise Tampered("the content is not what its digest says")

    monkeypatch.setattr(review, "content", touched)
    case.open("method")

    assert case.state.opened.startswith("It was not opened. The content is not what its digest says.")


def test_each_step_of_a_finding_is_named_and_nothing_is_lost(session: Session) -> None:
    about = About(CREDIT, "finding", people=(("ana", "Ana"),))
    model = Say(at_once, session, "rae", about)
    said = [model.state.missing]
    model.write("No plan")
    said.append(model.state.missing)
    model.weigh("high")
    said.append(model.state.missing)
    model.hand_to("ana")
    model.ask_by("soon")
    said.append(model.state.missing)
    model.ask_by("2999-01-01")
    said.append(model.state.missing)
    model.sign("wrong")
    kept = Say(at_once, session, "rae", about, model.draft)
    kept.sign(PASSPHRASE)

    assert said == [
        "There is nothing in it yet.",
        "Choose how grave it is.",
        "Choose who mends it.",
        "Say by which day: 2026-12-31.",
        "Your passphrase signs it.",
    ]
    assert model.state.error.startswith("Nothing was signed.")
    assert kept.state.said
    assert kept.draft == Draft()


def test_what_the_ledger_refuses_is_said_by_name(session: Session) -> None:
    model = Say(at_once, session, "vic", About(CREDIT, "changes"))
    model.write("More data")
    entry = say(session, "vic", kind="changes", text="First")

    model.sign(PASSPHRASE)

    assert entry
    assert "Nothing was signed" in model.state.error
    assert "registered" in model.state.error


# The window


def test_a_comment_is_written_kept_and_on_record(desk: App) -> None:
    desk.commands.registry.run("discussion")
    wait(lambda: desk.desktop.deeds.why_not_say("comment") == "")
    desk.commands.registry.run("comment")
    dialog = desk.shell.saying
    assert dialog
    dialog.text.setPlainText("half a thought")
    names = nameless(dialog)
    dialog.reject()
    wait(lambda: desk.shell.saying is None)

    desk.commands.registry.run("comment")
    dialog = desk.shell.saying
    assert dialog
    assert dialog.text.toPlainText() == "half a thought"
    dialog.passphrase.setText(PASSPHRASE)
    dialog.sign.click()
    wait(lambda: desk.shell.saying is None)

    assert names == []
    assert "Your comment is on record as #" in desk.desktop.state.told
    wait(lambda: any("half a thought" in one.text() for one in desk.shell.findChildren(QLabel) if one.isVisible()))
    assert desk.desktop.drafts.of("credit-risk@1 (comment)") is None


def test_every_page_has_names_and_a_button_that_is_off_says_why(desk: App) -> None:
    desk.desktop.read("churn-eu@1")
    found = []
    for tab in ("provenance", "documents", "discussion", "findings", "history"):
        desk.commands.registry.run(tab)
        wait(lambda: not desk.bridge.busy)
        found += nameless(desk.shell)
        off = [one for one in desk.shell.findChildren(QPushButton) if one.isVisible() and not one.isEnabled()]
        found += [one.text() for one in off if not one.accessibleDescription()]

    assert found == []


def test_an_entry_of_the_history_opens_in_the_trail(desk: App) -> None:
    desk.desktop.show_entry(20)
    trail = desk.desktop.trail
    assert trail

    wait(lambda: trail.state.entry and trail.state.entry.line.index == 20)

    assert desk.desktop.state.screen == "trail"
    assert desk.shell.trail
    assert desk.shell.trail.table.currentIndex().row() == trail.row_of(20)
