"""A document is attached to a section: what is asked for, what is looked at, and what the ledger has then."""

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel, QPushButton

from govern import catalogue, discussion, review
from govern.demo.cast import PASSPHRASE
from gui.app import App
from gui.session import Session
from gui.viewmodels.attach import ANOTHER, Attach
from gui.views.attach import AttachDialog
from tests.gui.bank import CHURN
from tests.gui.conftest import wait
from tests.gui.instruments import at_once, nameless

VERSION = "churn-eu@1"
TEXT = "# Limitations\n\nOnly customers of more than a year are in the data.\n"
ASKS = CHURN.replace(b"version: 1.4.0", b"version: 1.5.0").replace(
    b"\napprovals:", b"\ndocumentation: {required: [method, limitations], min_words: {limitations: 20}}\napprovals:"
)


@pytest.fixture
def asking(bank: Path) -> Path:
    """Return the bank after it adopted a policy that asks for documents."""
    session = Session.open(bank)
    desk = replace(session._desk, pens=(session._desk.unlock_pen(session._key("rae"), PASSPHRASE),))
    catalogue.adopt_policy(desk, ASKS, "marketing.yaml", "0.1.0")
    session.close()
    return bank


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "limitations.md"
    made.write_text(TEXT, encoding="utf-8")
    return made


def ceremony(session: Session, who: str = "vic", section: str = "") -> Attach:
    return Attach.about(at_once, session, who, session.case(VERSION, who), section)


def test_sections_that_are_asked_for_come_first_and_say_what_they_want(asking: Path, session: Session) -> None:
    case = session.case(VERSION, "vic")

    assert [(one.name, one.is_required, one.least) for one in case.sections] == [
        ("limitations", True, 20),
        ("method", True, 0),
        ("data", False, 0),
        ("purpose", False, 0),
    ]
    assert case.missing == ("limitations", "method")


def test_what_is_attached_is_what_was_looked_at(asking: Path, session: Session, file: Path) -> None:
    model = ceremony(session)
    said = [model.state.missing]
    model.choose(str(file))
    said.append(model.state.missing)
    model.put_in(ANOTHER)
    said.append(model.state.missing)
    model.call("Model card!")
    said.append(model.state.missing)
    model.put_in("limitations")
    said.append(model.state.missing)
    paper = model.state.paper
    assert paper
    file.write_text(TEXT + "Thin files are scored by rule.\n", encoding="utf-8")
    model.sign(PASSPHRASE)
    changed, again = model.state.signing.error, model.state.paper

    model.sign(PASSPHRASE)

    assert said == [
        "Choose a file.",
        "Choose the section that it is for.",
        "Say what the section is called.",
        "The name of a section has small letters, digits and _, and begins with a letter.",
        "Your passphrase signs it.",
    ]
    assert (paper.name, paper.size, paper.words) == ("limitations.md", len(TEXT), 13)
    assert "limitations.md changed since you looked at it" in changed
    assert again
    assert again.digest != paper.digest
    assert model.state.signing.receipt
    (one,) = session.case(VERSION, "vic").documents
    assert (one.section, one.digest, one.entry) == ("limitations", again.digest, model.state.signing.receipt.entry)


def test_what_is_short_replaces_or_makes_a_maker_is_said_before(asking: Path, session: Session, file: Path) -> None:
    model = ceremony(session, "ana", "limitations")
    model.choose(str(file))
    by_maker = model.state.warnings
    desk = replace(session._desk, pens=(session._desk.unlock_pen(session._key("vic"), PASSPHRASE),))
    discussion.add_document(desk, review.version(desk, VERSION), "limitations", file)
    after = ceremony(session, "vic", "limitations")

    assert by_maker == ("The policy asks for at least 20 words here, and this has 13: it will not pass.",)
    assert after.state.warnings == ("It takes the place of limitations.md, which stays in the ledger.",)


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        pytest.param("report.exe", b"MZ", "report.exe is not attached from here", id="a program"),
        pytest.param("report.pdf", b"MZ", "report.pdf is called a PDF, and its bytes are none.", id="no PDF"),
        pytest.param("report.docx", b"%PDF-", "report.docx is called a Word document", id="no Word document"),
        pytest.param("report.md", b"", "report.md is empty.", id="nothing"),
    ],
)
def test_what_is_no_document_is_not_attached(
    session: Session, tmp_path: Path, name: str, content: bytes, why: str
) -> None:
    (tmp_path / name).write_bytes(content)
    model = ceremony(session)

    model.choose(str(tmp_path / name))

    assert model.state.trouble.startswith(why)
    assert (model.state.paper, model.state.missing) == (None, "Choose a file.")


def test_who_writes_none_is_told_so(session: Session) -> None:
    assert session.case(VERSION, "gus").refusal("attach") == "auditors and registrars write none"


# The window


def test_a_document_goes_through_the_window_into_its_section(asking: Path, desk: App, file: Path) -> None:
    desk.desktop.read(VERSION)
    wait(lambda: not desk.bridge.busy)
    desk.commands.registry.run("documents")
    assert desk.shell.dossier
    page = desk.shell.dossier.around["documents"]
    wait(lambda: page.findChild(QPushButton, "attach limitations"))
    page.findChild(QPushButton, "attach limitations").click()  # type: ignore[union-attr]
    dialog = desk.shell.deed
    assert isinstance(dialog, AttachDialog)
    dialog.model.choose(str(file))
    wait(lambda: dialog.model.state.paper)
    shown = [one.text() for one in dialog.findChildren(QLabel) if one.isVisible()]
    names = nameless(dialog)
    errors = []
    for secret in ("wrong", PASSPHRASE):
        dialog.passphrase.setText(secret)
        dialog.sign.click()
        wait(lambda: not dialog.model.state.signing.working)
        errors.append(dialog.model.state.signing.error)
    said = " ".join(one.text() for one in dialog.findChildren(QLabel) if one.isVisible())
    dialog.accept()
    wait(lambda: not desk.bridge.busy)
    wait(lambda: desk.desktop.case and desk.desktop.case.state.sight and desk.desktop.case.state.sight.documents)

    assert "limitations.md" in shown
    assert "13" in shown
    assert names == []
    assert errors[0].startswith("Nothing was signed. ")
    assert errors[1] == ""
    assert "limitations.md is in the dossier of churn-eu@1, entry #" in said
    assert page.findChild(QPushButton, "open limitations") is not None
