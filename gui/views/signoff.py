"""The signing ceremony: what exactly, with which meaning, why, and the passphrase last; then the receipt."""

from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent, QGuiApplication, QKeyEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QRadioButton,
    QScrollArea,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from gui import style, words
from gui.sights import Filed, Tone
from gui.viewmodels.signoff import RESTORED, SignOff, still_needed, would_void
from gui.views.conditions import ConditionsEditor
from gui.views.overview import facts
from gui.widgets.parts import Banner, Card, Mark, button, label

WIDTH, LEAST, BAR = 700, 420, 12
KEPT = "Kept here, encrypted, until you sign"


class SignOffDialog(QDialog):
    """Window-modal, opened with ``open()``; closing it keeps what was typed in the view model."""

    def __init__(self, model: SignOff, parent: QWidget) -> None:
        super().__init__(parent)
        self.model = model
        sight = model.state.sight
        self.setWindowTitle(f"Sign off {sight.version}")
        self.setFixedWidth(WIDTH)
        self._stack = QStackedLayout(self)
        self._stack.setContentsMargins(0, 0, 0, 0)
        self.radios: dict[str, QRadioButton] = {}
        self.role = QComboBox(self)
        self.role.hide()
        self.reason = QPlainTextEdit()
        self.passphrase = QLineEdit()
        self.sign = button("Sign", main=True)
        self.cancel = button("Cancel")
        self.discard = button("Discard", quiet=True, name="Discard what I wrote")
        self._kept = label("", "small", "muted")
        self._note = Banner()
        self._missing = label("", "small", "muted", wrap=True)
        self._error = Banner()
        self._reason_title = label("Reason", "strong")
        self._body, self._end = QWidget(), QWidget()
        self.conditions = ConditionsEditor(model)
        self._shown: Filed | None = None
        self._form_page = self._form()
        self._stack.addWidget(self._form_page)
        order = [
            *self.radios.values(),
            self.role,
            self.conditions.add,
            self.reason,
            self.passphrase,
            self.cancel,
            self.sign,
            self.discard,
        ]
        for before, after in pairwise(order):
            QWidget.setTabOrder(before, after)
        self._receipt = QWidget()
        self._stack.addWidget(self._receipt)
        model.changed.connect(self._render)
        self._render()
        first = next((one for one in self.radios.values() if one.isEnabled()), None)
        chosen = self.radios.get(model.state.meaning)
        (chosen or first or self.cancel).setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  Qt's name
        # Return in a field never signs by accident: only the passphrase field and the button do.
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            return
        super().keyPressEvent(event)

    def reject(self) -> None:
        if not self.model.state.working:
            self.passphrase.clear()
            super().reject()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802  Qt's name
        if self.model.state.working:
            event.ignore()
            return
        super().closeEvent(event)

    def _form(self) -> QWidget:
        sight = self.model.state.sight
        self._body.setObjectName("page")
        box = QVBoxLayout(self._body)
        box.setContentsMargins(26, 18, 26, 8)
        box.setSpacing(7)
        box.addWidget(label(f"Sign off {sight.version}", "title"))
        told = "You sign exactly this dossier. The signature is permanent and goes to the ledger."
        box.addWidget(label(told, "body", "muted"))
        box.addWidget(self._covered())
        box.addWidget(label("What your signature means", "strong"))
        box.addLayout(self._meanings())
        if len(sight.roles) > 1:
            box.addLayout(self._roles())
        box.addWidget(self.conditions)
        self._write(box)
        box.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setAccessibleName("What is signed and what it means")
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(self._body)
        page = QWidget()
        outer = QVBoxLayout(page)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(scroll, 1)
        outer.addWidget(self._end)
        self._confirm(QVBoxLayout(self._end))
        return page

    def _covered(self) -> Card:
        sight, state = self.model.state.sight, self.model.state
        card = Card()
        card.setAccessibleName("What is signed")
        rows = [
            ("Evidence", sight.headline),
            ("Policy", ", ".join(sight.policies)),
            ("Still needed", words.sentence(still_needed(sight))),
            ("Void by", would_void(sight, state.role)),
        ]
        grid = facts([("Dossier", words.spaced(sight.digest, 8)), *rows])
        digest, void = (found.widget() if (found := grid.itemAtPosition(at, 1)) else None for at in (0, len(rows)))
        assert isinstance(digest, QLabel)
        assert isinstance(void, QLabel)
        digest.setFont(style.font(style.SMALL, mono=True))
        self._void = void
        card.box.addLayout(grid)
        return card

    def _roles(self) -> QHBoxLayout:
        row = QHBoxLayout()
        title = label("In the role of", "strong")
        title.setBuddy(self.role)
        self.role.setAccessibleName("In the role of")
        for one in self.model.state.sight.roles:
            self.role.addItem(words.role(one), one)
        self.role.currentIndexChanged.connect(self._role_chosen)
        row.addWidget(title)
        row.addWidget(self.role, 1)
        self.role.show()
        return row

    def _confirm(self, box: QVBoxLayout) -> None:
        """The passphrase and the button: always in sight."""
        box.setContentsMargins(26, 6, 26, 18)
        box.setSpacing(7)
        self.passphrase.setEchoMode(QLineEdit.EchoMode.Password)
        self.passphrase.setAccessibleName("Passphrase")
        self.passphrase.textChanged.connect(self._passphrase_typed)
        self.passphrase.returnPressed.connect(self._sign)
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
        self.discard.clicked.connect(self._discard)
        self.sign.clicked.connect(self._sign)
        self.cancel.clicked.connect(self.reject)

    def _write(self, box: QVBoxLayout) -> None:
        row = QHBoxLayout()
        row.addWidget(self._reason_title)
        row.addStretch(1)
        row.addWidget(self._kept)
        row.addWidget(self.discard)
        box.addLayout(row)
        self._reason_title.setBuddy(self.reason)
        self.reason.setAccessibleName("Reason")
        self.reason.setTabChangesFocus(True)
        self.reason.setFixedHeight(50)
        self.reason.setPlainText(self.model.state.reason)
        self.reason.textChanged.connect(self._reason_typed)
        box.addWidget(self.reason)
        box.addWidget(self._note)

    def _meanings(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(10)
        grid.setVerticalSpacing(0)
        grid.setColumnStretch(1, 1)
        group = QButtonGroup(self)
        refusals: list[str] = []
        for at, one in enumerate(self.model.state.sight.meanings):
            title, text = words.MEANINGS[one.word]
            radio = QRadioButton(title)
            radio.setObjectName(one.word)
            radio.setEnabled(not one.why_not)
            radio.setAccessibleName(title)
            radio.setAccessibleDescription(one.why_not or text)
            radio.setChecked(one.word == self.model.state.meaning)
            radio.clicked.connect(self._meant)
            group.addButton(radio)
            self.radios[one.word] = radio
            grid.addWidget(radio, at, 0)
            grid.addWidget(label("Not open to you" if one.why_not else text, "small", "muted"), at, 1)
            if one.why_not and one.why_not not in refusals:
                refusals.append(one.why_not)
        for text in refusals:
            row = QHBoxLayout()
            row.setSpacing(9)
            row.addWidget(Mark(Tone.WARN, 15), 0, Qt.AlignmentFlag.AlignTop)
            row.addWidget(label(words.sentence(text), "small", wrap=True), 1)
            grid.addLayout(row, grid.rowCount(), 0, 1, 2)
        return grid

    def _render(self) -> None:
        state = self.model.state
        if state.filed and state.filed != self._shown:
            self._shown = state.filed
            self._show_receipt(state.filed)
            return
        free = not state.working
        for one in state.sight.meanings:
            self.radios[one.word].setEnabled(free and not one.why_not)
        self.reason.setReadOnly(not free)
        for widget in (self.role, self.passphrase, self.cancel):
            widget.setEnabled(free)
        self.discard.setVisible(state.typed and free)
        self._kept.setText("" if not state.typed else state.note if state.note == RESTORED else KEPT)
        self._note.say(state.note if state.note != RESTORED else "", Tone.WARN)
        self._void.setText(would_void(state.sight, state.role))
        self.conditions.render_state()
        self._reason_title.setText("Reason" + ("" if state.needs_reason else " (optional)"))
        self.sign.setText("Recording the signature" if state.working else state.button)
        self.sign.setAccessibleName(self.sign.text())
        self.sign.setEnabled(state.ready)
        self.sign.setToolTip(state.missing)
        self.sign.setAccessibleDescription(state.missing)
        self._missing.setText("The ledger sets the recorded time." if state.ready else state.missing)
        self._error.say(state.error)
        self._fit()
        if state.error and free and not state.has_passphrase:
            self.passphrase.setFocus()

    def _show_receipt(self, filed: Filed) -> None:
        box = QVBoxLayout(self._receipt)
        box.setContentsMargins(26, 26, 26, 20)
        box.setSpacing(12)
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(Mark(Tone.PASS, 28), 0, Qt.AlignmentFlag.AlignVCenter)
        head.addWidget(label(f"Signed: {words.MEANINGS[filed.meaning][0].lower()}", "title"), 1)
        box.addLayout(head)
        box.addWidget(
            label(f"{filed.version} has your signature, entry #{filed.entry} of the ledger.", "body", "muted")
        )
        card = Card(
            "Receipt", f"proven against the checkpoint of {words.counted(filed.checkpoint, 'entry', 'entries')}"
        )
        rows = [
            ("Signed by", f"{filed.who}, {words.role(filed.role)}"),
            ("Signed", f"{words.moment(filed.signed_at)}, by this computer's clock"),
            ("Recorded", f"{words.moment(filed.recorded_at)}, by the ledger"),
            *([("Reason", filed.reason)] if filed.reason else []),
        ]
        card.box.addLayout(facts(rows))
        card.box.addLayout(facts([("Dossier", words.spaced(filed.dossier)), ("Event", filed.event)], mono=True))
        box.addWidget(card)
        box.addWidget(
            label(
                f"Void by: {would_void(self.model.state.sight, filed.role)} Your inbox says so then.",
                "small",
                "muted",
                wrap=True,
            )
        )
        box.addStretch(1)
        foot = QHBoxLayout()
        copy = button("Copy the receipt")
        copy.clicked.connect(self._copy)
        done = button("Done", main=True)
        done.clicked.connect(self.accept)
        foot.addWidget(copy)
        foot.addStretch(1)
        foot.addWidget(done)
        box.addLayout(foot)
        self._stack.setCurrentWidget(self._receipt)
        self._fit()
        done.setFocus()

    def _fit(self) -> None:
        """Be as high as what is shown, and no higher than the window; what does not fit is scrolled to."""
        parts = (self._body, self._end) if self._shown is None else (self._receipt,)
        height = 0
        for part in parts:
            layout = part.layout()
            assert layout
            layout.activate()
            wanted = layout.totalHeightForWidth(WIDTH - BAR)
            if part is self._body:
                part.setFixedHeight(wanted)  # what scrolls would be as high as at its narrowest
            height += wanted
        parent = self.parentWidget()
        self.setFixedHeight(min(height, max(LEAST, parent.height() - 16)) if parent else height)

    def _copy(self) -> None:
        filed = self.model.state.filed
        if filed:
            QGuiApplication.clipboard().setText(receipt_text(filed))

    def _meant(self) -> None:
        sender = self.sender()
        if sender is not None:
            self.model.mean(sender.objectName())

    def _discard(self) -> None:
        self.model.clear()
        group = next(iter(self.radios.values())).group()
        group.setExclusive(False)  # or one of them would have to stay on
        for radio in self.radios.values():
            radio.setChecked(False)
        group.setExclusive(True)
        self.reason.clear()
        self.reason.setFocus()

    def _role_chosen(self, at: int) -> None:
        self.model.act_as(str(self.role.itemData(at)))

    def _reason_typed(self) -> None:
        self.model.explain(self.reason.toPlainText())

    def _passphrase_typed(self, text: str) -> None:
        self.model.passphrase_typed(there=bool(text))

    def _sign(self) -> None:
        text = self.passphrase.text()
        if text and self.model.state.ready:
            self.passphrase.clear()
            self.model.sign(text)


def receipt_text(filed: Filed) -> str:
    """Return a receipt as plain text."""
    lines = [
        f"{filed.version}: {words.MEANINGS[filed.meaning][0].lower()}",
        f"signed by {filed.who}, {words.role(filed.role)}",
        f"signed at {words.moment_utc(filed.signed_at)} (signer's clock), recorded at {words.moment_utc(filed.recorded_at)}",
        f"entry #{filed.entry}, event {filed.event}",
        f"dossier {filed.dossier}",
    ]
    return "\n".join([*lines, f"reason: {filed.reason}"] if filed.reason else lines)
