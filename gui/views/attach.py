"""A document on its way into the dossier: chosen, looked at, given its section, signed, and on record with a receipt."""

from itertools import pairwise
from pathlib import Path

from PySide6.QtCore import QStandardPaths, Qt
from PySide6.QtWidgets import QComboBox, QFileDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from gui import words
from gui.casework import Paper, Receipt, Section
from gui.tones import Tone
from gui.viewmodels.attach import ANOTHER, KINDS, Attach
from gui.views.ceremony import Ceremony, receipt_card, receipt_lines
from gui.views.overview import facts
from gui.widgets.parts import Banner, Card, Elided, button, clear, label

LINES = 3
"""So many lines are shown of how a text begins."""


class AttachDialog(Ceremony):
    """Window-modal; the file is read again when it is signed, and has to be the one that was looked at."""

    def __init__(self, model: Attach, parent: QWidget) -> None:
        told = "It becomes part of the dossier: what was signed of it before is void, and whoever signs next reads it."
        super().__init__(
            parent, f"Attach a document: {model.state.version}", told, "Which document, and what it is for"
        )
        self.model = model
        self.choose = button("Choose a file…")
        self._file = Elided("", "body", "muted", Qt.TextElideMode.ElideMiddle)
        self._trouble = Banner()
        self._preview = Card("Preview")
        self._lines = QVBoxLayout()
        self.section = QComboBox()
        self.named = QLineEdit()
        self._warnings = QVBoxLayout()
        self._warned: tuple[str, ...] = ()
        self._seen: Paper | None = None
        self._shown: Receipt | None = None
        self._fill(self.form)
        self.choose.clicked.connect(self.ask)
        self.section.currentIndexChanged.connect(self._put)
        self.named.textChanged.connect(model.call)
        self.passphrase.textChanged.connect(self._passphrase_typed)
        self.signed.connect(model.sign)
        order = [self.choose, self.section, self.named, self.passphrase, self.cancel, self.sign]
        for before, after in pairwise(order):
            QWidget.setTabOrder(before, after)
        model.changed.connect(self._render)
        self._render()
        self.choose.setFocus()

    def ask(self) -> None:
        """Ask which file."""
        paper = self.model.state.paper
        place = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        start = str(Path(paper.path).parent) if paper else place
        asked = QFileDialog(self, "The document", start, f"Documents ({' '.join(f'*{kind}' for kind in KINDS)})")
        asked.setFileMode(QFileDialog.FileMode.ExistingFile)
        asked.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        asked.fileSelected.connect(self.model.choose)
        asked.open()

    def _fill(self, box: QVBoxLayout) -> None:
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(self.choose)
        row.addWidget(self._file, 1)
        box.addWidget(label("Document", "strong"))
        box.addLayout(row)
        box.addWidget(self._trouble)
        self._preview.box.addLayout(self._lines)
        box.addWidget(self._preview)
        title = label("Section", "strong")
        title.setBuddy(self.section)
        self.section.setAccessibleName("Section")
        self.section.addItem("Choose…", "")
        for one in self.model.state.sections:
            self.section.addItem(_offered(one), one.name)
        self.section.addItem("Another section…", ANOTHER)
        self.section.setCurrentIndex(max(0, self.section.findData(self.model.state.chosen)))
        self.named.setAccessibleName("Name of the section")
        self.named.setPlaceholderText("What the section is called")
        box.addWidget(title)
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self.section, 1)
        line.addWidget(self.named, 1)
        box.addLayout(line)
        empty = [words.section(one.name) for one in self.model.state.sections if one.is_required and one.is_empty]
        text = f"Asked for and still empty: {', '.join(empty)}." if empty else "No section that is asked for is empty."
        box.addWidget(label(text, "small", "muted", wrap=True))
        box.addLayout(self._warnings)
        box.addStretch(1)

    def _render(self) -> None:
        state = self.model.state
        signing = state.signing
        if signing.receipt and signing.receipt != self._shown:
            self._shown = signing.receipt
            self._show_receipt(signing.receipt)
            return
        free = signing.is_open
        for widget in (self.choose, self.section, self.named):
            widget.setEnabled(free)
        self._trouble.say(state.trouble)
        none = "Reading the file" if state.reading else "A PDF, Word, Markdown or text file"
        self._file.say(state.paper.path if state.paper else none)
        self.named.setVisible(state.chosen == ANOTHER)
        self._preview.setVisible(state.paper is not None)
        if state.paper and state.paper is not self._seen:
            self._look(state.paper)
        if state.warnings != self._warned:
            self._warned = state.warnings
            clear(self._warnings)
            for text in state.warnings:
                banner = Banner()
                self._warnings.addWidget(banner)
                banner.say(text, Tone.WARN)
        deed = "Attaching it" if signing.working else state.deed
        self.say(deed, state.missing, signing.error, working=signing.working, has_passphrase=signing.has_passphrase)

    def _look(self, paper: Paper) -> None:
        self._seen = paper
        clear(self._lines)
        long = words.grouped(paper.words) if paper.words is not None else "not counted in this format"
        rows = [("Name", paper.name), ("Size", words.size(paper.size)), ("Words", long)]
        opening = "\n".join([line for line in paper.opening.splitlines() if line.strip()][:LINES])
        rows += [("Begins", opening)] if opening else []
        self._lines.addLayout(facts(rows, [("Digest", words.spaced(paper.digest))]))
        for widget in self._preview.findChildren(QWidget):
            widget.show()  # what is hidden takes no room, and the dialog is measured right now

    def _show_receipt(self, receipt: Receipt) -> None:
        state = self.model.state
        assert state.paper
        title = f"Attached as {words.section(state.section).lower()}"
        told = f"{state.paper.name} is in the dossier of {receipt.version}, entry #{receipt.entry} of the ledger."
        who = f"{receipt.who[0]}, {words.role(receipt.role)}"
        card = receipt_card(receipt, who, [], [("Document", words.spaced(state.paper.digest))])
        lines = [f"document {state.paper.name}, {state.paper.size} bytes, {state.paper.digest}"]
        copied = receipt_lines(receipt, f"{receipt.version}: document for {state.section}", who, lines)
        self.show_receipt(title, told, [card], copied)

    def _put(self, at: int) -> None:
        self.model.put_in(str(self.section.itemData(at)))
        if self.model.state.chosen == ANOTHER:
            self.named.setFocus()

    def _passphrase_typed(self, text: str) -> None:
        self.model.passphrase_typed(there=bool(text))


def _offered(one: Section) -> str:
    """Return a section with what a policy asks of it and what is there."""
    least = f", at least {words.counted(one.least, 'word')}" if one.least else ""
    asked = f"required{least}" if one.is_required else least.removeprefix(", ")
    there = f"has {one.document}" if one.document else "empty" if one.is_required else ""
    return " · ".join(part for part in (words.section(one.name), asked, there) if part)
