"""What every ceremony shares: what is read scrolls, the passphrase and the button stay in sight, and a receipt ends it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication, QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QScrollArea,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from gui import words
from gui.tones import Tone
from gui.views.overview import facts
from gui.widgets.parts import Banner, Card, Mark, Rule, button, label

WIDTH, LEAST, BAR, EDGE = 760, 420, 12, 1
KEPT = "Kept here, encrypted, until you sign"


class Proven(Protocol):
    """A receipt of any kind."""

    @property
    def entry(self) -> int: ...
    @property
    def event(self) -> str: ...
    @property
    def signed_at(self) -> datetime: ...
    @property
    def recorded_at(self) -> datetime: ...
    @property
    def checkpoint(self) -> int: ...


class Ceremony(QDialog):
    """Window-modal, opened with ``open()``; closing it keeps what was typed in the view model."""

    signed = Signal(str)
    """The passphrase, which is no longer in its field by then."""

    def __init__(self, parent: QWidget, title: str, told: str, scrolled: str, width: int = WIDTH) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.setFixedWidth(width)
        self.passphrase = QLineEdit()
        self.sign = button("Sign", main=True)
        self.cancel = button("Cancel")
        self._missing = label("", "small", "muted", wrap=True)
        self._error = Banner()
        self._working = self._ready = False
        self._body, self._end, self._receipt = QWidget(), QWidget(), QWidget()
        self._scroll = QScrollArea()
        self._edge = Rule()
        """Where what scrolls is cut off."""
        self._ended = False
        self.form = QVBoxLayout(self._body)
        """What is read and filled in."""
        outer, inner = QVBoxLayout(self), QWidget()
        outer.setContentsMargins(EDGE, EDGE, EDGE, EDGE)  # a stack has none, and would cover the border
        outer.addWidget(inner)
        self._stack = QStackedLayout(inner)
        self._stack.addWidget(self._page(title, told, scrolled))
        self._stack.addWidget(self._receipt)
        parent.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  Qt's name
        if watched is self.parent() and event.type() is QEvent.Type.Resize:
            self.fit()
        return super().eventFilter(watched, event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  Qt's name
        # Return in a field never signs by accident: only the passphrase field and the button do.
        if event.key() not in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            super().keyPressEvent(event)

    def reject(self) -> None:
        if not self._working:
            self.passphrase.clear()
            super().reject()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802  Qt's name
        if self._working:
            event.ignore()
        else:
            super().closeEvent(event)

    def say(self, deed: str, missing: str, error: str, *, working: bool, has_passphrase: bool) -> None:
        """Show how far it is; ``missing`` is what is still to be done before the button, named after the deed, works."""
        self._working, self._ready = working, not working and not missing
        for widget in (self.passphrase, self.cancel):
            widget.setEnabled(not working)
        self.sign.setText(deed)
        self.sign.setAccessibleName(deed)
        self.sign.setEnabled(self._ready)
        self.sign.setToolTip(missing)
        self.sign.setAccessibleDescription(missing)
        self._missing.setText("The ledger sets the recorded time." if self._ready else missing)
        self._error.say(error)
        self.fit()
        if error and not working and not has_passphrase:
            self.passphrase.setFocus()

    def show_receipt(self, title: str, text: str, parts: Sequence[QWidget], copied: str) -> None:
        """End with what is on record, and offer it as plain text."""
        self._ended, self._working = True, False
        box = QVBoxLayout(self._receipt)
        box.setContentsMargins(26, 26, 26, 20)
        box.setSpacing(12)
        head = QHBoxLayout()
        head.setSpacing(12)
        head.addWidget(Mark(Tone.PASS, 28), 0, Qt.AlignmentFlag.AlignVCenter)
        head.addWidget(label(title, "title"), 1)
        box.addLayout(head)
        box.addWidget(label(text, "body", "muted", wrap=True))
        for part in parts:
            box.addWidget(part)
        box.addStretch(1)
        foot = QHBoxLayout()
        copy = button("Copy the receipt")
        copy.clicked.connect(self._copy)
        self._copied = copied
        done = button("Done", main=True)
        done.clicked.connect(self.accept)
        foot.addWidget(copy)
        foot.addStretch(1)
        foot.addWidget(done)
        box.addLayout(foot)
        self._stack.setCurrentWidget(self._receipt)
        self.fit()
        done.setFocus()

    def fit(self) -> None:
        """Be as high as what is shown, and no higher than the window; what does not fit is scrolled to."""
        height = 2 * EDGE
        for part in (self._receipt,) if self._ended else (self._body, self._end):
            layout = part.layout()
            assert layout
            layout.activate()
            wanted = layout.totalHeightForWidth(self.width() - BAR - 2 * EDGE)
            if part is self._body:
                part.setFixedHeight(wanted)  # what scrolls would be as high as at its narrowest
            height += wanted
        parent = self.parentWidget()
        most = max(LEAST, parent.height() - 16) if parent else height
        self._edge.setVisible(height > most)
        self.setFixedHeight(min(height, most))

    def bring_up(self, part: QWidget) -> None:
        """Scroll to a part of what is filled in."""
        self._scroll.ensureWidgetVisible(part, 0, 8)

    def above_passphrase(self, *widgets: QWidget) -> None:
        """Put what belongs to the signature, and so has to stay in sight, before the passphrase."""
        box = self._end.layout()
        assert isinstance(box, QVBoxLayout)
        for at, widget in enumerate(widgets):
            box.insertWidget(at, widget)

    def _page(self, title: str, told: str, scrolled: str) -> QWidget:
        self._body.setObjectName("page")
        self.form.setContentsMargins(26, 16, 26, 8)
        self.form.setSpacing(6)
        self.form.addWidget(label(title, "title"))
        self.form.addWidget(label(told, "body", "muted", wrap=True))
        scroll = self._scroll
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setAccessibleName(scrolled)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(self._body)
        page = QWidget()
        outer = QVBoxLayout(page)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        outer.addWidget(scroll, 1)
        outer.addWidget(self._edge)
        outer.addWidget(self._end)
        self._confirm(QVBoxLayout(self._end))
        return page

    def _confirm(self, box: QVBoxLayout) -> None:
        """The passphrase and the button: always in sight."""
        box.setContentsMargins(26, 8, 26, 16)
        box.setSpacing(7)
        self.passphrase.setEchoMode(QLineEdit.EchoMode.Password)
        self.passphrase.setAccessibleName("Passphrase")
        self.passphrase.returnPressed.connect(self._sign)
        secret = label("Your passphrase", "strong")
        secret.setBuddy(self.passphrase)
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(secret)
        row.addWidget(self.passphrase, 1)
        box.addLayout(row)
        box.addWidget(self._error)
        foot = QHBoxLayout()
        foot.addWidget(self._missing, 1)
        foot.addSpacing(8)
        foot.addWidget(self.cancel)
        foot.addWidget(self.sign)
        box.addLayout(foot)
        self.sign.clicked.connect(self._sign)
        self.cancel.clicked.connect(self.reject)

    def _sign(self) -> None:
        text = self.passphrase.text()
        if text and self._ready:
            self.passphrase.clear()
            self.signed.emit(text)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._copied)


class Written(QWidget):
    """A text to be written, under its title, with what becomes of a draft beside it."""

    def __init__(self, title: str, text: str, height: int) -> None:
        super().__init__()
        self.field = QPlainTextEdit()
        self.title = label(title, "strong")
        self.kept = label("", "small", "muted")
        self.discard = button("Discard", quiet=True, name="Discard what I wrote")
        self.discard.hide()
        self.title.setBuddy(self.field)
        self.field.setAccessibleName(title)
        self.field.setTabChangesFocus(True)
        self.field.setFixedHeight(height)
        self.field.setPlainText(text)
        box, row = QVBoxLayout(self), QHBoxLayout()
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(5)
        row.addWidget(self.title)
        row.addStretch(1)
        row.addWidget(self.kept)
        row.addWidget(self.discard)
        box.addLayout(row)
        box.addWidget(self.field)


def choices() -> QGridLayout:
    """Return where radio buttons stand, each with what it means beside it."""
    grid = QGridLayout()
    grid.setHorizontalSpacing(10)
    grid.setVerticalSpacing(0)
    grid.setColumnStretch(1, 1)
    return grid


def value(grid: QGridLayout, row: int) -> QLabel:
    """Return the value that stands in a row of facts."""
    found = grid.itemAtPosition(row, 1)
    widget = found.widget() if found else None
    assert isinstance(widget, QLabel)
    return widget


def receipt_card(filed: Proven, who: str, rows: list[tuple[str, str]], spelled: list[tuple[str, str]]) -> Card:
    """Return who signed what and when, by both clocks, and what it is found again by."""
    card = Card("Receipt", f"proven against the checkpoint of {words.counted(filed.checkpoint, 'entry', 'entries')}")
    times = [
        ("Signed by", who),
        ("Signed", f"{words.moment(filed.signed_at)}, by this computer's clock"),
        ("Recorded", f"{words.moment(filed.recorded_at)}, by the ledger"),
    ]
    card.box.addLayout(facts([*times, *rows], [*spelled, ("Event", filed.event)]))
    return card


def receipt_lines(filed: Proven, title: str, who: str, rows: list[str]) -> str:
    """Return a receipt as plain text."""
    lines = [
        title,
        f"signed by {who}",
        f"signed at {words.moment(filed.signed_at)} (signer's clock), recorded at {words.moment(filed.recorded_at)}",
        f"entry #{filed.entry}, event {filed.event}",
        *rows,
    ]
    return "\n".join(lines)
