"""A word on a version: written, then signed with the passphrase; what is typed is kept until it is on record."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent, QKeyEvent
from PySide6.QtWidgets import QComboBox, QDialog, QHBoxLayout, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from gui import words
from gui.sights import Tone
from gui.viewmodels.say import SEVERITIES, Say
from gui.widgets.parts import Banner, Card, button, label

WIDTH = 560
KEPT = "Kept here, encrypted, until you sign"


class SayDialog(QDialog):
    """Window-modal, opened with ``open()``; closing it keeps what was typed in the view model."""

    def __init__(self, model: Say, parent: QWidget) -> None:
        super().__init__(parent)
        self.model = model
        about, kind = model.about, model.state.kind
        self.setWindowTitle(f"{kind.title}: {about.version}")
        self.setAccessibleName(kind.title)
        self.setFixedWidth(WIDTH)
        self.text = QPlainTextEdit()
        self.anchor, self.severity, self.owner = QComboBox(), QComboBox(), QComboBox()
        self.due, self.passphrase = QLineEdit(), QLineEdit()
        self.sign, self.cancel = button(kind.button, main=True), button("Cancel")
        self.discard = button("Discard", quiet=True, name="Discard what I wrote")
        self._kept, self._missing = label("", "small", "muted"), label("", "small", "muted", wrap=True)
        self._error = Banner()
        self._build()
        model.changed.connect(self._render)
        self._render()
        self.text.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  Qt's name
        # Return in a field never signs by accident: only the passphrase field and the button do.
        if event.key() not in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            super().keyPressEvent(event)

    def reject(self) -> None:
        if not self.model.state.working:
            self.passphrase.clear()
            super().reject()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802  Qt's name
        if self.model.state.working:
            event.ignore()
        else:
            super().closeEvent(event)

    def _build(self) -> None:
        about, state, kind = self.model.about, self.model.state, self.model.state.kind
        box = QVBoxLayout(self)
        box.setContentsMargins(26, 20, 26, 18)
        box.setSpacing(8)
        box.addWidget(label(f"{kind.title}: {about.version}", "title"))
        box.addWidget(label(f"It goes to the ledger under your name. {kind.does}", "body", "muted", wrap=True))
        if about.quoted:
            quoted = Card()
            quoted.setAccessibleName("What it is about")
            quoted.box.addWidget(label(f"#{about.entry}", "small", "muted"))
            quoted.box.addWidget(label(about.quoted, wrap=True, select=True))
            box.addWidget(quoted)
        if about.anchors:
            none = "Choose…" if about.kind == "challenge" else "The version as a whole"
            self._choice(box, "About", self.anchor, [("", none), *about.anchors], state.anchor)
            self.anchor.currentIndexChanged.connect(self._anchored)
        row = QHBoxLayout()
        title = label(kind.field, "strong")
        title.setBuddy(self.text)
        row.addWidget(title)
        row.addStretch(1)
        row.addWidget(self._kept)
        row.addWidget(self.discard)
        box.addLayout(row)
        self.text.setAccessibleName(kind.field)
        self.text.setTabChangesFocus(True)
        self.text.setFixedHeight(120 if kind.long else 64)
        self.text.setPlainText(state.text)
        box.addWidget(self.text)
        if about.kind == "finding":
            self._build_finding(box)
        self.passphrase.setEchoMode(QLineEdit.EchoMode.Password)
        self.passphrase.setAccessibleName("Passphrase")
        secret = label("Your passphrase", "strong")
        secret.setBuddy(self.passphrase)
        for widget in (secret, self.passphrase, self._error):
            box.addWidget(widget)
        foot = QHBoxLayout()
        foot.addWidget(self._missing, 1)
        foot.addSpacing(8)
        foot.addWidget(self.cancel)
        foot.addWidget(self.sign)
        box.addLayout(foot)
        self.text.textChanged.connect(self._written)
        self.passphrase.textChanged.connect(self._passphrase_typed)
        self.passphrase.returnPressed.connect(self._sign)
        self.discard.clicked.connect(self._discard)
        self.cancel.clicked.connect(self.reject)
        self.sign.clicked.connect(self._sign)

    def _build_finding(self, box: QVBoxLayout) -> None:
        about, state = self.model.about, self.model.state
        row = QHBoxLayout()
        row.setSpacing(12)
        grave = [("", "Choose…"), *((one, one.capitalize()) for one in SEVERITIES)]
        people = [("", "Choose…"), *about.people]
        for title, field, choices, now in (
            ("How grave", self.severity, grave, state.severity),
            ("Who mends it", self.owner, people, state.owner),
        ):
            column = QVBoxLayout()
            self._choice(column, title, field, choices, now)
            row.addLayout(column, 1)
        column = QVBoxLayout()
        title_ = label("Until", "strong")
        title_.setBuddy(self.due)
        self.due.setAccessibleName("Until which day")
        self.due.setPlaceholderText("2026-12-31")
        self.due.setText(state.due_typed)
        column.addWidget(title_)
        column.addWidget(self.due)
        row.addLayout(column, 1)
        box.addLayout(row)
        self.severity.currentIndexChanged.connect(self._weighed)
        self.owner.currentIndexChanged.connect(self._handed)
        self.due.textChanged.connect(self.model.ask_by)

    def _choice(self, box: QVBoxLayout, title: str, field: QComboBox, choices: list[tuple[str, str]], now: str) -> None:
        name = label(title, "strong")
        name.setBuddy(field)
        field.setAccessibleName(title)
        for value, text in choices:
            field.addItem(text, value)
        field.setCurrentIndex(max(0, field.findData(now)))
        box.addWidget(name)
        box.addWidget(field)

    def _render(self) -> None:
        state = self.model.state
        if state.said:
            self.accept()
            return
        free = not state.working
        for widget in (self.anchor, self.severity, self.owner, self.due, self.passphrase, self.cancel):
            widget.setEnabled(free)
        self.text.setReadOnly(not free)
        self.discard.setVisible(state.typed and free)
        self._kept.setText(KEPT if state.typed else "")
        self.sign.setText("Recording it" if state.working else state.kind.button)
        self.sign.setEnabled(state.ready)
        self.sign.setToolTip(state.missing)
        self.sign.setAccessibleDescription(state.missing)
        self._missing.setText(state.missing)
        self._error.say(state.error, Tone.FAIL)
        if state.error and free and not state.has_passphrase:
            self.passphrase.setFocus()

    def _written(self) -> None:
        self.model.write(self.text.toPlainText())

    def _anchored(self, at: int) -> None:
        self.model.choose(str(self.anchor.itemData(at)))

    def _weighed(self, at: int) -> None:
        self.model.weigh(str(self.severity.itemData(at)))

    def _handed(self, at: int) -> None:
        self.model.hand_to(str(self.owner.itemData(at)))

    def _passphrase_typed(self, text: str) -> None:
        self.model.passphrase_typed(there=bool(text))

    def _discard(self) -> None:
        self.model.clear()
        self.text.clear()
        self.due.clear()
        for field in (self.anchor, self.severity, self.owner):
            field.setCurrentIndex(0)
        self.text.setFocus()

    def _sign(self) -> None:
        text = self.passphrase.text()
        if text and self.model.state.ready:
            self.passphrase.clear()
            self.model.sign(text)


def done(kind: str, entry: int) -> str:
    """Return what is told once a word is on record."""
    said = {
        "comment": "Your comment is",
        "challenge": "Your challenge is",
        "answer": "Your answer is",
        "finding": "The finding is",
        "close": "The finding is closed; that is",
        "meet": "The condition is met; that is",
        "changes": "Changes are asked for; that is",
    }
    return f"{said[kind]} on record as #{words.grouped(entry)}."
