"""The signing ceremony: what exactly, with which meaning, why, and the passphrase last; then the receipt."""

from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QButtonGroup, QComboBox, QGridLayout, QHBoxLayout, QRadioButton, QVBoxLayout, QWidget

from gui import style, words
from gui.sights import Dossier, Filed
from gui.tones import BAD, WORST_FIRST, Tone
from gui.viewmodels.measured import worst_of
from gui.viewmodels.signoff import RESTORED, SignOff, still_needed, would_void
from gui.views.ceremony import KEPT, Ceremony, Written, choices, receipt_card, receipt_lines, value
from gui.views.conditions import ConditionsEditor
from gui.views.overview import facts, measured
from gui.widgets.parts import Banner, Card, Mark, label

MOST = 3
"""So many failing checks are named; the page Checks has all of them."""


class SignOffDialog(Ceremony):
    """The ceremony of a sign-off."""

    def __init__(self, model: SignOff, parent: QWidget) -> None:
        told = "You sign exactly this dossier. The signature is permanent and goes to the ledger."
        super().__init__(parent, f"Sign off {model.state.sight.version}", told, "What is signed and what it means")
        self.model = model
        self.radios: dict[str, QRadioButton] = {}
        self.role = QComboBox(self)
        self.role.hide()
        self._written = Written("Reason", model.state.reason, 50)
        self.reason, self.discard = self._written.field, self._written.discard
        self._note = Banner()
        self.conditions = ConditionsEditor(model)
        self._shown: Filed | None = None
        self._fill(self.form)
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
        self.reason.textChanged.connect(self._reason_typed)
        self.passphrase.textChanged.connect(self._passphrase_typed)
        self.discard.clicked.connect(self._discard)
        self.signed.connect(model.sign)
        model.changed.connect(self._render)
        self._render()
        first = next((one for one in self.radios.values() if one.isEnabled()), None)
        chosen = self.radios.get(model.state.meaning)
        (chosen or first or self.cancel).setFocus()

    def _fill(self, box: QVBoxLayout) -> None:
        sight = self.model.state.sight
        box.addWidget(self._covered())
        box.addWidget(label("What your signature means", "strong"))
        box.addLayout(self._meanings())
        if len(sight.roles) > 1:
            box.addLayout(self._roles())
        box.addWidget(self.conditions)
        box.addStretch(1)
        self.above_passphrase(self._note, self._written)

    def _covered(self) -> Card:
        sight, state = self.model.state.sight, self.model.state
        card = Card()
        card.setAccessibleName("What is signed")
        rows = [
            ("Evidence", "\n".join([sight.headline, *against(sight)])),
            ("Policy", ", ".join(sight.policies)),
            ("Still needed", words.sentence(still_needed(sight))),
            ("Void by", would_void(sight, state.role)),
        ]
        grid = facts([("Dossier", words.spaced(sight.digest, 8)), *rows])
        value(grid, 0).setFont(style.font(style.SMALL, mono=True))
        self._void = value(grid, len(rows))
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

    def _meanings(self) -> QGridLayout:
        grid = choices()
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
        self.role.setEnabled(free)
        self.discard.setVisible(state.typed and free)
        self._written.kept.setText("" if not state.typed else state.note if state.note == RESTORED else KEPT)
        self._note.say(state.note if state.note != RESTORED else "", Tone.WARN)
        self._void.setText(would_void(state.sight, state.role))
        was = len(self.conditions.rows) if self.conditions.isVisible() else 0
        self.conditions.render_state()
        self._written.title.setText("Reason" + ("" if state.needs_reason else " (optional)"))
        deed = "Recording the signature" if state.working else state.button
        self.say(deed, state.missing, state.error, working=state.working, has_passphrase=state.has_passphrase)
        if self.isVisible() and state.is_conditional and len(self.conditions.rows) > was:
            self.bring_up(self.conditions)

    def _show_receipt(self, filed: Filed) -> None:
        told = f"{filed.version} has your signature, entry #{filed.entry} of the ledger."
        reason = [("Reason", filed.reason)] if filed.reason else []
        who = f"{filed.who}, {words.role(filed.role)}"
        card = receipt_card(filed, who, reason, [("Dossier", words.spaced(filed.dossier))])
        void = f"Void by: {would_void(self.model.state.sight, filed.role)} Your inbox says so then."
        parts = [card, label(void, "small", "muted", wrap=True)]
        self.show_receipt(f"Signed: {words.MEANINGS[filed.meaning][0].lower()}", told, parts, receipt_text(filed))

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


def against(sight: Dossier) -> list[str]:
    """Return the worst of each check that lets nothing through, a line each."""
    open_ = [(tone, check) for check in sight.checks if (tone := sight.tone_of(check)) in BAD]
    named = [measured(worst_of(sight.of(check), tone)) for tone, check in sorted(open_, key=_weight)]
    left = len(named) - MOST
    return [*named[:MOST], *([f"and {words.counted(left, 'check')} more"] if left > 0 else [])]


def _weight(one: tuple[Tone, str]) -> int:
    return WORST_FIRST.index(one[0])


def receipt_text(filed: Filed) -> str:
    """Return a receipt as plain text."""
    title = f"{filed.version}: {words.MEANINGS[filed.meaning][0].lower()}"
    rows = [f"dossier {filed.dossier}", *([f"reason: {filed.reason}"] if filed.reason else [])]
    return receipt_lines(filed, title, f"{filed.who}, {words.role(filed.role)}", rows)
