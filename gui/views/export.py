"""A report before and after it is issued: its pages on the left, what becomes of it on the right."""

from pathlib import Path

from PySide6.QtCore import QSize, QStandardPaths, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from gui import style, words
from gui.sights import Checked
from gui.tones import Tone
from gui.viewmodels.export import Export, State, Step
from gui.views.overview import facts
from gui.widgets.parts import Banner, Card, Elided, Mark, Page, Rule, button, clear, label
from gui.widgets.sheets import Sheets

SIDE = 352


class ExportView(QWidget):
    """A page of its own."""

    left = Signal()

    def __init__(self, model: Export) -> None:
        super().__init__()
        self.model = model
        self.setAccessibleName("Export")
        self.sheets = Sheets(model.picture)
        self.passphrase = QLineEdit()
        self.bundle = QCheckBox("With the evidence bundle, beside it")
        self.issue = button("Issue and save…", main=True)
        self.again = button("Save again…", main=True)
        self.copy = button("Copy what to hand over with it")
        self.done = button("Done", main=True)
        self.back = button("Back", quiet=True, name="Back to the dossier")
        self._where = label("", "small", "muted")
        self._percent = label("", "small", "muted")
        self._waiting = label("", "body", "muted")
        self._changed, self._error = Banner(), Banner()
        self._facts, self._receipt, self._verified = QVBoxLayout(), QVBoxLayout(), QVBoxLayout()
        self._missing = label("", "small", "muted", wrap=True)
        self._shown: State | None = None
        self._build()
        self._connect()
        self._render()

    def first_focus(self) -> QWidget:
        return self.sheets

    def _build(self) -> None:
        box = QVBoxLayout(self)
        box.setContentsMargins(24, 14, 24, 20)
        box.setSpacing(10)
        head = QHBoxLayout()
        self.back.setIcon(style.icon("back", "accent"))
        head.addWidget(self.back)
        head.addWidget(Elided(f"Validation report of {self.model.version}", "title"), 1)
        head.addWidget(self.done)
        box.addLayout(head)
        box.addWidget(self._changed)
        panes = QHBoxLayout()
        panes.setSpacing(14)
        panes.addWidget(self._paper(), 1)
        panes.addWidget(self._side())
        box.addLayout(panes, 1)

    def _paper(self) -> QWidget:
        holder = Card()
        holder.setAccessibleName("Preview")
        holder.box.setContentsMargins(1, 5, 1, 1)
        holder.box.setSpacing(5)
        bar = QHBoxLayout()
        bar.setContentsMargins(9, 0, 9, 0)
        bar.setSpacing(2)
        self.steps = [
            self._tool("up", "Previous page"),
            self._tool("down", "Next page"),
            self._tool("minus", "Smaller pages"),
            self._tool("plus", "Larger pages"),
        ]
        self.fit = button("Fit width", quiet=True)
        for at, one in enumerate(
            [*self.steps[:2], self._where, None, self.steps[2], self._percent, self.steps[3], self.fit]
        ):
            if one is None:
                bar.addStretch(1)
            else:
                bar.addWidget(one)
            if at in {1, 4, 5}:
                bar.addSpacing(4)
        holder.box.addLayout(bar)
        self._waiting.setAlignment(Qt.AlignmentFlag.AlignCenter)
        holder.box.addWidget(self._waiting, 1)
        holder.box.addWidget(self.sheets, 1)
        return holder

    def _tool(self, icon: str, name: str) -> QPushButton:
        made = button("", quiet=True, name=name)
        made.setToolTip(name)
        made.setIcon(style.icon(icon, "accent"))
        made.setIconSize(QSize(16, 16))
        made.setObjectName(icon)
        return made

    def _side(self) -> QWidget:
        inner = Page()
        box = QVBoxLayout(inner)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(14)
        what = Card("What you see")
        what.box.addLayout(self._facts)
        box.addWidget(what)
        self._form = Card("Issue it")
        told = "Issuing puts the digest of exactly these bytes into the ledger, under your signature. They do not change any more."
        self._form.box.addWidget(label(told, "body", "muted", wrap=True))
        self.bundle.setChecked(self.model.state.with_bundle)
        self.bundle.setAccessibleName("With the evidence bundle, beside it")
        self._form.box.addWidget(self.bundle)
        secret = label("Your passphrase", "strong")
        secret.setBuddy(self.passphrase)
        self.passphrase.setEchoMode(QLineEdit.EchoMode.Password)
        self.passphrase.setAccessibleName("Passphrase")
        for widget in (secret, self.passphrase, self._missing, self.issue):
            self._form.box.addWidget(widget)
        box.addWidget(self._form)
        box.addWidget(self._error)
        self._record = Card("On record")
        self._record.box.addLayout(self._receipt)
        self._record.box.addWidget(self.again)
        box.addWidget(self._record)
        self._checks = Card("Verified at once")
        self._checks.box.addLayout(self._verified)
        self._checks.box.addWidget(self.copy)
        box.addWidget(self._checks)
        box.addStretch(1)
        side = QScrollArea()
        side.setWidgetResizable(True)
        side.setFrameShape(QFrame.Shape.NoFrame)
        side.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        side.setAccessibleName("Issuing")
        side.setWidget(inner)
        side.setFixedWidth(SIDE)
        return side

    def _connect(self) -> None:
        model = self.model
        for one in self.steps:
            one.clicked.connect(self._stepped)
        self.fit.clicked.connect(self._fitted)
        self.sheets.moved.connect(self._moved)
        self._changed.clicked.connect(model.preview)
        self._error.clicked.connect(model.preview)
        self.bundle.toggled.connect(self._bundle_wanted)
        self.passphrase.textChanged.connect(self._typed)
        self.passphrase.returnPressed.connect(self._ask_where)
        self.issue.clicked.connect(self._ask_where)
        self.again.clicked.connect(self._ask_where)
        self.copy.clicked.connect(self._copy)
        for one in (self.back, self.done):
            one.clicked.connect(self.left)
        model.changed.connect(self._render)

    def _render(self) -> None:
        state, shown = self.model.state, self._shown
        self._shown = state
        if shown is None or state.sizes != shown.sizes or state.preview != shown.preview:
            self.sheets.show_pages(state.sizes)
            self._show_facts(state)
        self.sheets.setVisible(bool(state.sizes))
        self._waiting.setVisible(not state.sizes)
        self._waiting.setText("No pages could be made." if state.error else "Making the pages, as they would be issued")
        self._changed.say(state.changed, Tone.WARN, "Show what is new" if not state.busy else "")
        self._error.say(state.error, Tone.FAIL, "" if state.preview else "Try again")
        self._form.setVisible(state.issued is None)
        free = not state.busy
        for widget in (self.passphrase, self.bundle, self.back):
            widget.setEnabled(free)
        self.issue.setText("Issue and save…" if free else f"{state.step}")
        self.issue.setAccessibleName(self.issue.text())
        self.issue.setEnabled(state.may_issue)
        self.issue.setToolTip(state.missing)
        self.issue.setAccessibleDescription(state.missing)
        self._missing.setText(state.missing or "Then you are asked where to save it.")
        self._record.setVisible(state.issued is not None)
        self.again.setVisible(state.unsaved)
        self._checks.setVisible(bool(state.files) and state.issued is not None)
        self.copy.setVisible(state.step is Step.DONE)
        self.done.setVisible(state.step is Step.DONE)
        if shown is None or (state.issued, state.files) != (shown.issued, shown.files):
            self._show_receipt(state)
        if shown is None or (state.files, state.checked, state.step) != (shown.files, shown.checked, shown.step):
            self._show_checks(state)
        if state.step is Step.DONE and shown and shown.step is not Step.DONE:
            (self.again if state.unsaved else self.done).setFocus()
        self._moved()

    def _show_facts(self, state: State) -> None:
        clear(self._facts)
        preview = state.preview
        rows = [("Version", state.version)]
        if preview:
            rows += [("Pages", f"{len(state.sizes)}, {words.size(len(preview.content))}")] if state.sizes else []
            rows += [("As of", f"{words.counted(preview.size, 'entry', 'entries')} in the ledger")]
        self._facts.addLayout(facts(rows, [("Digest", words.spaced(preview.digest, 3))] if preview else []))

    def _show_receipt(self, state: State) -> None:
        clear(self._receipt)
        issued = state.issued
        if issued is None:
            return
        self._receipt.setSpacing(8)
        head = QHBoxLayout()
        head.setSpacing(9)
        head.addWidget(Mark(Tone.PASS), 0, Qt.AlignmentFlag.AlignTop)
        text = f"Issued by {issued.who}, {words.role(issued.role)}, in entry #{issued.entry}"
        head.addWidget(label(text, wrap=True), 1)
        self._receipt.addLayout(head)
        self._receipt.addWidget(label(f"Recorded {words.moment(issued.recorded_at)}", "small", "muted"))
        for file in state.files:
            self._receipt.addWidget(Elided(str(file), "small", "", Qt.TextElideMode.ElideMiddle))

    def _show_checks(self, state: State) -> None:
        clear(self._verified)
        self._verified.setSpacing(8)
        for at, one in enumerate(state.checked):
            if at:
                self._verified.addWidget(Rule())
            self._verified.addLayout(_checked(one))
        if state.busy:
            self._verified.addWidget(label(f"{state.step}", "body", "muted"))

    def _moved(self) -> None:
        count = self.sheets.count
        self._where.setText(f"Page {self.sheets.page + 1} of {count}" if count else "")
        self._percent.setText(f"{self.sheets.percent} %" if count else "")
        for one in (*self.steps, self.fit):
            one.setEnabled(bool(count))
        if count:
            self.steps[0].setEnabled(self.sheets.page > 0)
            self.steps[1].setEnabled(self.sheets.page < count - 1)

    def _stepped(self) -> None:
        match self.sender().objectName():
            case "up":
                self.sheets.go(self.sheets.page - 1)
            case "down":
                self.sheets.go(self.sheets.page + 1)
            case "plus":
                self.sheets.zoom(1.25)
            case _:
                self.sheets.zoom(0.8)

    def _fitted(self) -> None:
        self.sheets.zoom(0)

    def _bundle_wanted(self, wanted: bool) -> None:  # noqa: FBT001  Qt says it so
        self.model.bundle_wanted(wanted=wanted)

    def _typed(self, text: str) -> None:
        self.model.passphrase_typed(there=bool(text))

    def _ask_where(self) -> None:
        """Ask for a name first: whoever cancels has issued nothing."""
        state = self.model.state
        if not (state.may_issue or state.unsaved):
            return
        place = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        asked = QFileDialog(self, "Save the report", str(Path(place or Path.home()) / state.suggested), "PDF (*.pdf)")
        asked.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        asked.setDefaultSuffix("pdf")
        asked.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        asked.fileSelected.connect(self._chosen)
        asked.open()

    def _chosen(self, name: str) -> None:
        if self.model.state.unsaved:
            self.model.save(Path(name))
            return
        text = self.passphrase.text()
        self.passphrase.clear()
        self.model.issue(Path(name), text)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(handed_over(self.model.state, self.model.anchor))


def handed_over(state: State, anchor: str) -> str:
    """Return what the reader of a report needs by another way, as plain text."""
    issued = state.issued
    assert issued
    lines = [
        f"validation report of {issued.version}, entry #{issued.entry}",
        f"report {issued.report}",
        f"anchor of the ledger {anchor}",
        "root certificate: out/reports-root.der in the ledger's folder",
    ]
    return "\n".join(lines)


def _checked(one: Checked) -> QVBoxLayout:
    """Return what was found out about a file: what holds, and what only the reader can know."""
    box = QVBoxLayout()
    box.setSpacing(6)
    box.addWidget(Elided(Path(one.file).name, "strong", "", Qt.TextElideMode.ElideMiddle))
    if one.problem:
        box.addLayout(_line(Tone.FAIL, one.problem, ""))
    for what, word in one.good:
        box.addLayout(_line(Tone.PASS, words.sentence(what), f"by the word of {word}"))
    if one.left:
        box.addSpacing(2)
        box.addWidget(label("What a file cannot show by itself", "small", "muted"))
    for what, why in one.left:
        box.addLayout(_line(Tone.NONE, words.sentence(what), why))
    return box


def _line(tone: Tone, text: str, aside: str) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(8)
    row.addWidget(Mark(tone, 14), 0, Qt.AlignmentFlag.AlignTop)
    said = QVBoxLayout()
    said.setSpacing(1)
    spoken = label(words.legible(text), "small", wrap=True)
    spoken.setAccessibleName(text)
    said.addWidget(spoken)
    if aside:
        said.addWidget(label(words.legible(aside), "small", "muted", wrap=True))
    row.addLayout(said, 1)
    return row
