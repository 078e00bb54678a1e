"""A policy is adopted: what differs from the release in force, which signatures it voids, a passphrase, and a receipt."""

from itertools import pairwise

from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui import words
from gui.casework import Receipt
from gui.rulebook import Weighed
from gui.tones import Tone
from gui.viewmodels.adopt import Adopt
from gui.views.ceremony import Ceremony, receipt_card, receipt_lines
from gui.views.overview import facts
from gui.views.rules import BOTH, DIFFERENCES, rows, tones
from gui.widgets.grid import Grid
from gui.widgets.parts import Banner, Card, label

MOST = 5
"""Signatures that are named; the rest is counted."""


class AdoptDialog(Ceremony):
    """Window-modal; what is adopted are the very bytes that were read."""

    def __init__(self, model: Adopt, parent: QWidget) -> None:
        of = model.state.of
        starts = f"From {of.starts} on" if of.starts else "From its entry on"
        told = f"{starts} it judges every model it is for. Its text is kept in the ledger with its digest."
        super().__init__(parent, f"Adopt {of.id} {of.release}", told, "What adopting it means")
        self.model = model
        self._refused = Banner()
        self.table = Grid("What differs", DIFFERENCES, BOTH, frozenset())
        self.table.mark(0)
        self._shown: Receipt | None = None
        self._fill(self.form, of)
        self.passphrase.textChanged.connect(self._passphrase_typed)
        self.signed.connect(model.sign)
        for before, after in pairwise([self.table, self.passphrase, self.cancel, self.sign]):
            QWidget.setTabOrder(before, after)
        model.changed.connect(self._render)
        self._render()
        self.passphrase.setFocus()

    def _fill(self, box: QVBoxLayout, of: Weighed) -> None:
        box.addWidget(self._refused)
        takes = f"{of.id} {of.before}" if of.before else "nothing: no release of it is adopted yet"
        many = words.counted(len(of.models), "model")
        table = [("Policy", of.title or of.id), ("Release", of.release), ("Replaces", takes), ("Is for", many)]
        box.addLayout(facts([*table, ("Digest", words.spaced(of.digest, 8))]))
        if of.before:
            card = Card("What differs", _steps(of))
            if of.differences:
                self.table.show_rows(rows(of.differences), tones(of.differences))
                card.box.addWidget(self.table)
            else:
                card.box.addWidget(label("Nothing but the release.", "body", "muted"))
            box.addWidget(card)
        void = Card("Signatures that it voids", words.counted(len(of.void), "signature") if of.void else "none")
        for one in of.void[:MOST]:
            meaning = words.MEANINGS[one.meaning][0].lower()
            void.box.addWidget(label(f"{one.version}: {one.who}, {meaning} in #{one.entry}", wrap=True))
        if len(of.void) > MOST:
            void.box.addWidget(label(f"and {words.counted(len(of.void) - MOST, 'other')}", "body", "muted"))
        if not of.void:
            void.box.addWidget(label("None: nothing that holds now was signed under another release.", "body", "muted"))
        box.addWidget(void)
        box.addStretch(1)

    def _render(self) -> None:
        state = self.model.state
        signing = state.signing
        if signing.receipt and signing.receipt != self._shown:
            self._shown = signing.receipt
            self._show_receipt(signing.receipt)
            return
        why_not = words.sentence(state.of.why_not)
        self._refused.say(why_not, Tone.FAIL)
        deed = "Adopting it" if signing.working else state.deed
        missing = "It cannot be adopted as it is." if why_not else state.missing
        self.say(deed, missing, signing.error, working=signing.working, has_passphrase=signing.has_passphrase)

    def _show_receipt(self, receipt: Receipt) -> None:
        of = self.model.state.of
        who = f"{receipt.who[0]}, {words.role(receipt.role)}"
        told = f"It is entry #{receipt.entry} of the ledger, and judges {words.counted(len(of.models), 'model')}."
        void = words.counted(len(of.void), "signature") if of.void else "No signature"
        card = receipt_card(receipt, who, [("Voided", void)], [("Policy", words.spaced(of.digest))])
        lines = [f"policy {of.id} {of.release}, {of.digest}", f"{void} voided"]
        copied = receipt_lines(receipt, f"adopted {receipt.version}", who, lines)
        self.show_receipt(f"Adopted {receipt.version}", told, [card], copied)

    def _passphrase_typed(self, text: str) -> None:
        self.model.passphrase_typed(there=bool(text))


def _steps(of: Weighed) -> str:
    if of.needed == "none":
        return f"{of.before} to {of.release}"
    return f"{of.before} to {of.release}: {of.needed} is needed, {of.taken} is taken"
