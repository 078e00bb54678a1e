"""A word on a version: written, then signed with the passphrase; what is typed is kept until it is on record."""

from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from gui import words
from gui.viewmodels.say import SEVERITIES, Say
from gui.views.ceremony import KEPT, Ceremony, Written
from gui.widgets.parts import Card, label

WIDTH = 560


class SayDialog(Ceremony):
    """The ceremony of a word."""

    def __init__(self, model: Say, parent: QWidget) -> None:
        about, kind = model.about, model.state.kind
        told = f"It goes to the ledger under your name. {kind.does}"
        super().__init__(parent, f"{kind.title}: {about.version}", told, kind.title, WIDTH)
        self.model = model
        self._written = Written(kind.field, model.state.text, 120 if kind.long else 64)
        self.text, self.discard = self._written.field, self._written.discard
        self.anchor, self.severity, self.owner = QComboBox(), QComboBox(), QComboBox()
        self.due = QLineEdit()
        self._build(self.form)
        self.text.textChanged.connect(self._typed)
        self.passphrase.textChanged.connect(self._passphrase_typed)
        self.discard.clicked.connect(self._discard)
        self.signed.connect(model.sign)
        model.changed.connect(self._render)
        self._render()
        self.text.setFocus()

    def _build(self, box: QVBoxLayout) -> None:
        about, state = self.model.about, self.model.state
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
        box.addWidget(self._written)
        if about.kind == "finding":
            self._build_finding(box)
        box.addStretch(1)

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
        for widget in (self.anchor, self.severity, self.owner, self.due):
            widget.setEnabled(free)
        self.text.setReadOnly(not free)
        self.discard.setVisible(state.typed and free)
        self._written.kept.setText(KEPT if state.typed else "")
        deed = "Recording it" if state.working else state.kind.button
        self.say(deed, state.missing, state.error, working=state.working, has_passphrase=state.has_passphrase)

    def _typed(self) -> None:
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
