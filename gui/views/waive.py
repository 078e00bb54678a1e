"""The ceremony of a waiver: what fails and by how much, until when that is accepted, what is done instead, and by whom."""

from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from gui import style, words
from gui.casework import Receipt
from gui.tones import WORDS, Tone
from gui.viewmodels.waive import CATEGORIES, Other, Waive
from gui.views.ceremony import KEPT, Ceremony, Written, choices, receipt_card, receipt_lines, value
from gui.views.overview import facts, measured
from gui.widgets.days import DayField
from gui.widgets.parts import Banner, Card, Mark, button, label

MOST = 4
"""So many groups are listed; the page has all of them."""


class WaiveDialog(Ceremony):
    """Window-modal; closing it keeps what was typed in the view model."""

    def __init__(self, model: Waive, parent: QWidget) -> None:
        told = (
            "You accept exactly this result. It becomes part of the dossier, so what was signed of it before is void."
        )
        super().__init__(
            parent, f"Waive {words.the_check(model.of.check)} of {model.version}", told, "What is accepted, and why"
        )
        self.model = model
        state = model.state
        self.until = DayField("Until which day", model.of.first, model.of.last)
        self.until.text.setText(state.until_typed)
        self.radios: dict[str, QRadioButton] = {}
        self._control = Written("What is done instead", state.control, 44)
        self._reason = Written("Reason", state.reason, 44)
        self.control, self.reason, self.discard = self._control.field, self._reason.field, self._control.discard
        self._note = Banner()
        self.others: list[tuple[QComboBox, QLineEdit]] = []
        self.copy = button("Copy the command", quiet=True)
        self._shown: Receipt | None = None
        self._fill(self.form)
        self._connect()
        secrets = [widget for row in self.others for widget in row]
        order = [self.until.text, self.until.open, *self.radios.values(), self.control, self.reason, self.copy]
        for before, after in pairwise([*order, *secrets, self.passphrase, self.cancel, self.sign, self.discard]):
            QWidget.setTabOrder(before, after)
        self._render()
        self.until.text.setFocus()

    def _fill(self, box: QVBoxLayout) -> None:
        box.addWidget(self._note)
        box.addWidget(self._covered())
        row = QHBoxLayout()
        row.setSpacing(10)
        title = label("Until", "strong")
        title.setBuddy(self.until.text)
        row.addWidget(title)
        row.addWidget(self.until)
        row.addWidget(label(self.model.state.bounds, "small", "muted", wrap=True), 1)
        box.addLayout(row)
        box.addLayout(self._categories())
        box.addWidget(self._control)
        box.addWidget(self._reason)
        if self.model.of.quorum > 1:
            box.addWidget(self._apart())
        box.addStretch(1)
        rows = [self._other(place) for place in range(len(self.model.state.others))]
        self.above_passphrase(*rows)

    def _covered(self) -> Card:
        of = self.model.of
        card = Card()
        card.setAccessibleName("What is accepted")
        worst = [one for one in of.findings if one.tone in {Tone.FAIL, Tone.UNSURE, Tone.WAIVED}]
        for one in worst[:MOST]:
            row = QHBoxLayout()
            row.setSpacing(9)
            row.addWidget(Mark(one.tone), 0, Qt.AlignmentFlag.AlignTop)
            row.addWidget(label(f"{WORDS[one.tone]}: {measured(one)}", wrap=True, select=True), 1)
            card.box.addLayout(row)
        if len(worst) > MOST:
            card.box.addWidget(label(f"and {words.counted(len(worst) - MOST, 'group')} more", "small", "muted"))
        renews = [("Renews", f"#{of.renews}")] if of.renews is not None else []
        evidence = f"#{of.measured} · {words.short(of.evidence)}; what is measured later is not accepted by it"
        rows = [("Policy", f"{of.release}, checks.{of.check} ({of.place})"), ("Evidence", evidence), *renews]
        rows += [("Asked for", f"{words.people_of(of.quorum, of.roles)}; makers do not count")]
        grid = facts([("Dossier", words.spaced(self.model.dossier, 8)), *rows])
        value(grid, 0).setFont(style.font(style.SMALL, mono=True))
        card.box.addLayout(grid)
        return card

    def _categories(self) -> QVBoxLayout:
        box, grid, group = QVBoxLayout(), choices(), QButtonGroup(self)
        box.addWidget(label("The risk until then", "strong"))
        for at, (word, (title, text)) in enumerate(CATEGORIES.items()):
            radio = QRadioButton(title)
            radio.setObjectName(word)
            radio.setAccessibleName(title)
            radio.setAccessibleDescription(text)
            radio.setChecked(word == self.model.state.category)
            group.addButton(radio)
            self.radios[word] = radio
            grid.addWidget(radio, at, 0)
            grid.addWidget(label(text, "small", "muted"), at, 1)
        box.addLayout(grid)
        return box

    def _other(self, place: int) -> QWidget:
        made, row = QWidget(), QHBoxLayout()
        made.setLayout(row)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        who, secret = QComboBox(), QLineEdit()
        who.setAccessibleName(f"Who signs with you, {place + 1}")
        secret.setAccessibleName(f"Their passphrase, {place + 1}")
        secret.setPlaceholderText("Their own passphrase")
        secret.setEchoMode(QLineEdit.EchoMode.Password)
        who.addItem("Choose…", "")
        for handle, name in self.model.of.others:
            who.addItem(name, handle)
        title = label("Signs with you", "strong")
        title.setBuddy(who)
        for widget, stretch in ((title, 0), (who, 1), (secret, 1)):
            row.addWidget(widget, stretch)
        self.others.append((who, secret))
        return made

    def _apart(self) -> QWidget:
        """Say what to do where the others sit at machines of their own."""
        made, row = QWidget(), QHBoxLayout()
        made.setLayout(row)
        row.setContentsMargins(0, 0, 0, 0)
        few = self.model.state.too_few
        how = "the copied command signs it into a file, and `govern person cosign FILE` files it."
        text = f"{few} On machines of their own, {how}" if few else f"With somebody elsewhere, {how}"
        row.addWidget(label(text, "small", "" if few else "muted", wrap=True), 1)
        row.addWidget(self.copy, 0, Qt.AlignmentFlag.AlignVCenter)
        return made

    def _connect(self) -> None:
        model = self.model
        self.until.typed.connect(model.last_until)
        for radio in self.radios.values():
            radio.clicked.connect(self._weighed)
        self.control.textChanged.connect(self._control_typed)
        self.reason.textChanged.connect(self._reason_typed)
        for who, secret in self.others:
            who.currentIndexChanged.connect(self._others_typed)
            secret.textChanged.connect(self._others_typed)
        self.copy.clicked.connect(self._copy_command)
        self.passphrase.textChanged.connect(self._passphrase_typed)
        self.discard.clicked.connect(self._discard)
        self.signed.connect(self._signed)
        model.changed.connect(self._render)

    def _render(self) -> None:
        state = self.model.state
        signing = state.signing
        if signing.receipt and signing.receipt != self._shown:
            self._shown = signing.receipt
            self._show_receipt(signing.receipt)
            return
        free = signing.is_open
        for widget in (self.until, *self.radios.values(), *(one for row in self.others for one in row)):
            widget.setEnabled(free)
        for field in (self.control, self.reason):
            field.setReadOnly(not free)
        self.discard.setVisible(state.typed and free)
        self._control.kept.setText(KEPT if state.typed else "")
        self._note.say(state.note, Tone.WARN)
        until = f" until {words.date_(state.until)}" if state.until else ""
        deed = "Recording the waiver" if signing.working else f"Sign: accept it{until}"
        self.say(deed, state.missing, signing.error, working=signing.working, has_passphrase=signing.has_passphrase)

    def _show_receipt(self, receipt: Receipt) -> None:
        state, of = self.model.state, self.model.of
        assert state.until
        title = f"Waived until {words.date_(state.until)}"
        told = f"{words.check(of.check)} of {receipt.version} is accepted, entry #{receipt.entry} of the ledger."
        with_ = f"; with {' and '.join(receipt.who[1:])}" if receipt.who[1:] else ""
        who = f"{receipt.who[0]}, {words.role(receipt.role)}{with_}"
        rows = [
            ("Category", state.category.capitalize()),
            ("Instead", state.control.strip()),
            ("Reason", state.reason.strip()),
        ]
        card = receipt_card(receipt, who, rows, [("Evidence", words.spaced(of.evidence))])
        lines = [f"evidence {of.evidence}", *(f"{name.lower()}: {text}" for name, text in rows)]
        copied = receipt_lines(
            receipt, f"{receipt.version}: {of.rule} waived until {words.date_(state.until)}", who, lines
        )
        after = "It ends by itself that day, and with any new measurement of the check."
        self.show_receipt(title, told, [card, label(after, "small", "muted", wrap=True)], copied)

    def _weighed(self) -> None:
        self.model.weigh(self.sender().objectName())

    def _control_typed(self) -> None:
        self.model.do_instead(self.control.toPlainText())

    def _reason_typed(self) -> None:
        self.model.explain(self.reason.toPlainText())

    def _others_typed(self) -> None:
        for place, (who, secret) in enumerate(self.others):
            self.model.sign_with(place, Other(str(who.currentData()), bool(secret.text())))

    def _passphrase_typed(self, text: str) -> None:
        self.model.passphrase_typed(there=bool(text))

    def _copy_command(self) -> None:
        QGuiApplication.clipboard().setText(self.model.state.command)

    def _discard(self) -> None:
        self.model.clear()
        self.until.text.clear()
        group = next(iter(self.radios.values())).group()
        group.setExclusive(False)  # or one of them would have to stay on
        for radio in self.radios.values():
            radio.setChecked(False)
        group.setExclusive(True)
        self.control.clear()
        self.reason.clear()
        self.until.text.setFocus()

    def _signed(self, passphrase: str) -> None:
        texts = [secret.text() for _, secret in self.others]
        for _, secret in self.others:
            secret.clear()
        self.model.sign(passphrase, texts)

    def reject(self) -> None:
        if not self.model.state.signing.working:
            for _, secret in self.others:
                secret.clear()
        super().reject()
