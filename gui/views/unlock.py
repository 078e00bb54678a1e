"""Who sits here: the ledger, a person, and the passphrase."""

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QComboBox, QFormLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from gui import words
from gui.tones import Tone
from gui.viewmodels.unlock import Unlock
from gui.widgets.parts import Banner, Card, Elided, button, label

CLEAR_MS = 30_000
"""A passphrase that was typed and not used is taken away after so long."""
WIDTH = 460


class UnlockView(QWidget):
    """A card in the middle of the window."""

    def __init__(self, model: Unlock) -> None:
        super().__init__()
        self.model = model
        self._card = Card()
        self._card.setFixedWidth(WIDTH)
        self._card.setAccessibleName("Unlock")
        self._card.box.setContentsMargins(28, 26, 28, 24)
        self._card.box.setSpacing(10)
        self._build()
        outer = QVBoxLayout(self)
        outer.addStretch(2)
        outer.addWidget(self._card, 0, Qt.AlignmentFlag.AlignHCenter)
        outer.addStretch(3)
        self._forget = QTimer(self)
        self._forget.setSingleShot(True)
        self._forget.setInterval(CLEAR_MS)
        self._forget.timeout.connect(self.passphrase.clear)
        model.changed.connect(self._render)
        self._render()

    def first_focus(self) -> QWidget:
        return self.passphrase if self.passphrase.isEnabled() else self.who

    def _build(self) -> None:
        head = QHBoxLayout()
        self._title = label("Govern", "title")
        head.addWidget(self._title)
        head.addStretch(1)
        self._where = Elided("", "small", "muted", Qt.TextElideMode.ElideMiddle)
        self.who = QComboBox()
        self.who.setAccessibleName("Who you are")
        self.passphrase = QLineEdit()
        self.passphrase.setEchoMode(QLineEdit.EchoMode.Password)
        self.passphrase.setAccessibleName("Passphrase")
        self.passphrase.setPlaceholderText("Passphrase")
        self.unlock = button("Unlock", main=True)
        self._facts = QFormLayout()
        self._facts.setHorizontalSpacing(18)
        self._facts.setVerticalSpacing(5)
        self._roles = Elided("", "body", "")
        self._key = Elided("", "mono", "muted")
        self._entries = Elided("", "body", "")
        for name, widget in (("Roles", self._roles), ("Key", self._key), ("Ledger", self._entries)):
            self._facts.addRow(label(name, ink="muted"), widget)
        self._banner = Banner()
        self._note = label(
            "Each signature asks for your passphrase again. Nothing here keeps it.", "small", "muted", wrap=True
        )
        box = self._card.box
        box.addLayout(head)
        box.addWidget(self._where)
        box.addSpacing(10)
        who = label("Who you are", "strong")
        who.setBuddy(self.who)
        box.addWidget(who)
        box.addWidget(self.who)
        box.addLayout(self._facts)
        box.addSpacing(8)
        secret = label("Passphrase", "strong")
        secret.setBuddy(self.passphrase)
        box.addWidget(secret)
        box.addWidget(self.passphrase)
        box.addWidget(self._banner)
        row = QHBoxLayout()
        row.addWidget(self._note, 1)
        row.addWidget(self.unlock)
        box.addSpacing(4)
        box.addLayout(row)
        self.who.currentIndexChanged.connect(self._chosen)
        self.passphrase.returnPressed.connect(self._unlock)
        self.passphrase.textChanged.connect(self._typed)
        self.unlock.clicked.connect(self._unlock)

    def _render(self) -> None:
        state = self.model.state
        names = [one.handle for one in state.seats]
        if [self.who.itemData(at) for at in range(self.who.count())] != names:
            self.who.blockSignals(True)
            self.who.clear()
            for one in state.seats:
                self.who.addItem(f"{one.name}, {one.handle}", one.handle)
            self.who.blockSignals(False)
        if state.chosen in names and self.who.currentIndex() != names.index(state.chosen):
            self.who.setCurrentIndex(names.index(state.chosen))
        self.who.setEnabled(bool(names) and not state.working)
        ledger, seat = state.ledger, state.seat
        self._where.say(ledger.origin if ledger else "Opening the ledger")
        self._roles.say(words.roles(seat.roles) if seat else "")
        self._key.say(words.short(seat.fingerprint) if seat else "")
        self._key.setToolTip(seat.fingerprint if seat else "")
        self._entries.say(
            f"{words.counted(ledger.size, 'entry', 'entries')}, last {words.moment(ledger.last)}" if ledger else ""
        )
        can = seat is not None and not seat.why_not
        self.passphrase.setEnabled(can and not state.working)
        self.unlock.setEnabled(can and not state.working)
        self.unlock.setText("Unlocking" if state.working else "Unlock")
        blocked = words.sentence(seat.why_not) if seat and seat.why_not else ""
        warning = ledger.warning if ledger else ""
        self._banner.say(state.error or blocked or words.sentence(warning), Tone.FAIL if state.error else Tone.WARN)
        if state.error:
            self.passphrase.setFocus()

    def _chosen(self, at: int) -> None:
        self.passphrase.clear()
        self.model.choose(str(self.who.itemData(at)))

    def _typed(self, text: str) -> None:
        self._forget.start() if text else self._forget.stop()

    def _unlock(self) -> None:
        text = self.passphrase.text()
        if text:
            self.passphrase.clear()
            self.model.unlock(text)
