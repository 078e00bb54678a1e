"""A report on its way out: what was looked at is what is on record, saved and verified."""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QLabel

from govern import connection, review
from govern.cli import reporting
from govern.demo.cast import PASSPHRASE
from govern.desk import Desk
from govern.errors import Unavailable
from govern.ledger.envelope import Entry
from govern.ledger.strict import Digest
from govern.record.events import Event
from govern.record.reviews import IssueReport
from gui import children
from gui.app import App
from gui.children import Children, Errand
from gui.pages import Pages
from gui.session import Session
from gui.sights import Checked, Preview
from gui.viewmodels.export import Export, Step
from gui.views.export import ExportView, handed_over
from gui.workshop import Workshop, checked_of, free
from tests.gui.conftest import wait
from tests.gui.instruments import Watchdog, at_once, nameless

CREDIT = "credit-risk@1"


class Press(Workshop):
    """A workshop that makes reports in this process, where no interpreter has to start for it."""

    def __init__(self, bank: Path) -> None:
        super().__init__(Children(), lambda: str(bank))
        self.bank = bank

    def preview(self, version: str, errand: Errand) -> Preview:  # noqa: ARG002  as programs are made
        folder = connection.ledger_folder(self.bank)
        with connection.near(folder) as near:
            desk = Desk(near.ledger, near.store, connection.now, os.urandom)
            one = review.version(desk, version)
            dossier, size = str(review.dossier_of(desk, one).digest), desk.registry.size
            pdf, certificate = reporting.made(desk, folder, one)
        return Preview(version, pdf, str(Digest.of(pdf)), str(certificate), reporting.TEMPLATE, dossier, size)

    def verify(self, file: Path, anchor: str) -> Checked:  # noqa: ARG002  as programs are asked
        return Checked(str(file), (("it is there", "the disk"),) if file.exists() else (), ())


@pytest.fixture
def exporting(session: Session, bank: Path) -> Iterator[Callable[[str], Export]]:
    made: list[Export] = []

    def export(who: str) -> Export:
        found = Export(
            at_once, at_once, at_once, session, Press(bank), Pages.open, who, session.ledger().anchor, CREDIT
        )
        found.bundle_wanted(wanted=False)
        found.preview()
        made.append(found)
        return found

    yield export
    for one in made:
        one.leave()


def issued(session: Session, entry: int) -> IssueReport:
    body = Event.parse(Entry.parse(session._desk.ledger.leaf(entry)).envelope.payload).body
    assert isinstance(body, IssueReport)
    return body


def test_what_is_on_record_is_the_digest_of_the_very_bytes_that_were_seen(
    exporting: Callable[[str], Export], session: Session, tmp_path: Path
) -> None:
    export = exporting("rae")
    seen = export.state.preview
    assert seen
    size = session.size()

    export.issue(tmp_path / "report.pdf", PASSPHRASE)

    receipt = export.state.issued
    assert receipt
    assert (export.state.step, export.state.error, receipt.entry) == (Step.DONE, "", size)
    assert (tmp_path / "report.pdf").read_bytes() == seen.content
    on_record = issued(session, receipt.entry)
    assert (str(on_record.report), str(on_record.certificate)) == (seen.digest, seen.certificate)
    assert seen.digest == str(Digest.of(seen.content))
    assert export.state.checked[0].good


def test_pages_can_be_looked_at_and_nothing_is_recorded_by_it(
    exporting: Callable[[str], Export], session: Session
) -> None:
    size = session.size()
    export = exporting("rae")
    pictures: list[Any] = []

    export.picture(0, 1.0, pictures.append)

    assert len(export.state.sizes) >= 3
    assert (pictures[0].width, pictures[0].stride) == (596, 596 * 4)
    assert CREDIT in pictures[0].text
    assert session.size() == size


def test_a_wrong_passphrase_issues_nothing_and_counts(
    exporting: Callable[[str], Export], session: Session, tmp_path: Path
) -> None:
    export, size = exporting("rae"), session.size()

    export.issue(tmp_path / "report.pdf", "wrong")

    assert export.state.step is Step.READY
    assert export.state.error.startswith("Nothing was put on record.")
    assert "4 tries left" in export.state.error
    assert not (tmp_path / "report.pdf").exists()
    assert session.size() == size


def test_pages_that_are_no_longer_so_are_not_issued(
    exporting: Callable[[str], Export], session: Session, tmp_path: Path, changes: Callable[[], None]
) -> None:
    export = exporting("rae")
    changes()
    size = session.size()

    export.issue(tmp_path / "report.pdf", PASSPHRASE)
    said, missing = export.state.changed, replace_typed(export)
    export.preview()
    export.issue(tmp_path / "report.pdf", PASSPHRASE)

    assert said == f"The dossier of {CREDIT} changed since these pages were made."
    assert missing == "Look at the pages as they are now first."
    assert export.state.issued
    assert export.state.issued.entry == size


def replace_typed(export: Export) -> str:
    export.passphrase_typed(there=True)
    return export.state.missing


def test_that_others_filed_something_is_noticed_before_anybody_issues(
    exporting: Callable[[str], Export], changes: Callable[[], None]
) -> None:
    export = exporting("rae")
    export.look_again()
    before = export.state.changed
    changes()

    export.look_again()

    assert (before, bool(export.state.changed), export.state.may_issue) == ("", True, False)


def test_what_is_on_record_and_could_not_be_saved_can_be_saved_again(
    exporting: Callable[[str], Export], session: Session, tmp_path: Path
) -> None:
    export = exporting("rae")

    export.issue(tmp_path / "nowhere" / "report.pdf", PASSPHRASE)
    said, unsaved, size = export.state.error, export.state.unsaved, session.size()
    export.save(tmp_path / "report.pdf")

    assert export.state.issued
    assert said.startswith(f"The report is on record as #{export.state.issued.entry}, and was not saved.")
    assert unsaved
    assert (tmp_path / "report.pdf").exists()
    assert (export.state.error, session.size()) == ("", size)


def test_who_may_not_issue_is_told_before_they_type(exporting: Callable[[str], Export]) -> None:
    auditor, registrar = exporting("gus"), exporting("ada")

    assert auditor.state.missing == "Your passphrase signs that it was issued."
    assert registrar.state.missing.endswith("holds no role that issues reports.")


def test_what_was_made_by_a_program_that_dies_is_an_error_in_the_page(
    session: Session, bank: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workshop = Workshop(Children(), lambda: str(bank / "nowhere"))
    export = Export(at_once, at_once, at_once, session, workshop, Pages.open, "rae", "", CREDIT)

    export.preview()

    assert export.state.error
    assert export.state.missing == "There are no pages to issue."
    monkeypatch.setattr(children, "COMMAND", (sys.executable, "-c", "raise SystemExit('no space left')"))
    with pytest.raises(Unavailable, match="`govern audit` ended without an answer; its last words: no space left"):
        Children().ask("audit")


def test_a_program_that_is_called_back_ends_and_one_that_has_not_begun_never_does(bank: Path) -> None:
    errand = Errand()
    errand.call_back()

    begun = time.monotonic()
    with pytest.raises(Unavailable, match="it was stopped"):
        Workshop(Children(), lambda: str(bank)).preview(CREDIT, errand)

    assert time.monotonic() - begun < 1


def test_a_verdict_on_a_file_is_said_in_full(tmp_path: Path) -> None:
    said = {"checked": [], "not_checked": [], "problems": [{"message": "it was edited", "next": "ask for another"}]}

    found = checked_of(tmp_path / "a.pdf", json.loads(json.dumps(said)))

    assert found.problem == "It was edited. Ask for another."


def test_a_bundle_overwrites_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.zip").touch()
    (tmp_path / "a-2.zip").touch()

    assert free(tmp_path / "a.zip").name == "a-3.zip"


def open_view(desk: App, qtbot: Any) -> ExportView:
    assert desk.shell.inbox
    qtbot.keyClick(desk.shell.inbox.list, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    view = desk.shell.export
    assert view
    wait(lambda: view.model.state.step is Step.READY)
    return view


def test_from_a_dossier_to_a_report_that_a_stranger_verifies(desk: App, qtbot: Any, tmp_path: Path) -> None:
    view = open_view(desk, qtbot)
    assert view.sheets.hasFocus()
    wait(lambda: CREDIT in view.sheets.accessibleDescription())

    # Walk through the pages.
    qtbot.keyClick(view.sheets, Qt.Key.Key_End)
    count = view.sheets.count
    assert view._where.text() == f"Page {count} of {count}"
    assert not view.steps[1].isEnabled()
    qtbot.keyClick(view.sheets, Qt.Key.Key_Home)
    view.steps[1].click()
    assert view.sheets.page == 1
    before = view.sheets.percent
    desk.commands.registry.run("zoom-in")
    assert view.sheets.percent == pytest.approx(before * 1.25, abs=1)
    view.fit.click()
    assert view.sheets.percent == before
    assert nameless(desk.shell) == []

    # Issue: first where, then the signature.
    assert not view.issue.isEnabled()
    qtbot.keyClicks(view.passphrase, PASSPHRASE)
    qtbot.keyClick(view.passphrase, Qt.Key.Key_Return)
    asked = view.findChild(QFileDialog)
    assert asked
    asked.selectFile(str(tmp_path / "report.pdf"))
    asked.accept()
    assert view.passphrase.text() == ""
    assert desk.desktop.may_close().startswith("A report is being put on record.")
    desk.desktop.lock()
    assert desk.desktop.state.seat is not None
    wait(lambda: view.model.state.step is Step.DONE)

    state = view.model.state
    assert [path.name for path in state.files] == ["report.pdf", "report.zip"]
    assert [one.problem for one in state.checked] == ["", ""]
    intact = "Not a byte of the file was changed or added."
    wait(lambda: intact in (one.text() for one in view.findChildren(QLabel) if one.isVisible()))
    said = [one.text() for one in view.findChildren(QLabel) if one.isVisible()]
    assert state.issued
    assert any(f"in entry #{state.issued.entry}" in text for text in said)
    assert state.issued.report in handed_over(state, view.model.anchor)
    assert desk.desktop.may_close() == ""
    view.done.click()
    assert desk.shell.export is None
    assert desk.desktop.state.screen == "inbox"


def test_the_window_does_not_stand_still_while_pages_are_made_and_drawn(desk: App, qtbot: Any) -> None:
    with Watchdog() as watchdog:
        view = open_view(desk, qtbot)
        for page in range(view.sheets.count):
            view.sheets.go(page)
            qtbot.wait(60)
        for id_ in ("zoom-in", "zoom-in", "fit"):
            desk.commands.registry.run(id_)
            qtbot.wait(80)

    assert [f"{late:.3f} s\n{where}" for late, where in watchdog.stalls] == []


def test_whoever_cancels_the_name_has_issued_nothing(desk: App, qtbot: Any) -> None:
    view = open_view(desk, qtbot)
    assert desk.desktop.trail
    view.passphrase.setText(PASSPHRASE)
    view.issue.click()
    asked = view.findChild(QFileDialog)
    assert asked
    asked.reject()

    assert view.model.state.step is Step.READY
    assert view.issue.isEnabled()
    view.back.click()
    assert desk.desktop.exporting is None
