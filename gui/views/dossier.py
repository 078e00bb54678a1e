"""One version: the verdict in words first, then what it rests on, and the button that begins the ceremony."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from gui import style, words
from gui.sights import Dossier as Sight
from gui.tones import Tone
from gui.viewmodels.case import Case
from gui.viewmodels.dossier import TABS, Dossier
from gui.viewmodels.reasons import Reasons
from gui.views.case import CasePage, documents, history, provenance
from gui.views.checks import ChecksPage
from gui.views.overview import OverviewPage
from gui.views.reasons import ReasonsPage
from gui.views.talk import discussion, findings
from gui.widgets.parts import INKS, Banner, Elided, Mark, Rule, button, label, set_ink

FILLS = {
    "provenance": provenance,
    "documents": documents,
    "discussion": discussion,
    "findings": findings,
    "history": history,
}

TAB, AIRY, LEFT, RIGHT = 11, 10, 19, 8
"""What a tab is wider than its name, the air between two of them, and beside them."""


class DossierView(QWidget):
    """The right pane."""

    sign_wanted = Signal()
    export_wanted = Signal()
    left = Signal()
    wanted = Signal(str)
    """What a page asks for: ``answer 31``, ``open limitations``, ``entry 40``."""

    def __init__(self, model: Dossier, reasons: Reasons, case: Case) -> None:
        super().__init__()
        self.model, self.case = model, case
        self.setAccessibleName("Dossier")
        self._mark = Mark(Tone.NONE, 18)
        self._name = Elided("", "title")
        self._headline = Elided("", "strong")
        self._facts = Elided("", "body", "muted")
        self._note = Elided("", "small", "muted")
        self._note.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.sign = button("Sign off…", main=True)
        self.export = button("Export report…")
        self.export.setToolTip("Export report (Ctrl+E)")
        self.changes = button("Request changes…")
        self.changes.setObjectName("changes")
        self.back = button("", quiet=True, name="Back")
        self.back.setIcon(style.icon("back", "accent"))
        self.back.hide()
        self.stale = Banner()
        self.stale.clicked.connect(model.reload)
        self.trouble = Banner()
        self.tabs: dict[str, QPushButton] = {}
        self._bar = QHBoxLayout()
        self.pages = QStackedWidget()
        self.overview = OverviewPage(model)
        self.checks = ChecksPage(model, case)
        self.checks.wanted.connect(self.wanted)
        self.reasons = ReasonsPage(model, reasons)
        self.around = {name: CasePage(words.TABS[name], case, fill) for name, fill in FILLS.items()}
        for page in (self.overview, self.checks, self.reasons, *self.around.values()):
            self.pages.addWidget(page)
        for one in self.around.values():
            one.wanted.connect(self.wanted)
        self._nothing = label("Choose a version on the left: J and K go through them.", "body", "muted")
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._body = QWidget()
        self._build()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._nothing, 1)
        outer.addWidget(self._body, 1)
        self.back.clicked.connect(self.left)
        self.sign.clicked.connect(self.sign_wanted)
        self.export.clicked.connect(self.export_wanted)
        self.changes.clicked.connect(self._ask_for_changes)
        model.changed.connect(self._render)
        case.changed.connect(self._count)
        self._render()

    def say_back(self, where: str) -> None:
        """Offer the way back to where the version was opened from; nothing where it is read beside its list."""
        self.back.setText(where)
        self.back.setAccessibleName(f"Back to {where}")
        self.back.setVisible(bool(where))

    def wear(self) -> None:
        self.back.setIcon(style.icon("back", "accent"))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  Qt's name
        super().resizeEvent(event)
        self._spread()

    def _spread(self) -> None:
        """Leave as much air between the tabs as there is room for."""
        tight = sum(one.minimumWidth() for one in self.tabs.values()) + LEFT + RIGHT
        self._bar.setSpacing(max(0, min(AIRY, (self.width() - tight) // len(self.tabs))))

    def _build(self) -> None:
        box = QVBoxLayout(self._body)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        head = QVBoxLayout()
        head.setContentsMargins(24, 16, 24, 8)
        head.setSpacing(6)
        first = QHBoxLayout()
        first.addWidget(self.back)
        first.addWidget(self._name, 1)
        first.addSpacing(12)
        first.addWidget(self.export)
        first.addWidget(self.changes)
        first.addWidget(self.sign)
        second = QHBoxLayout()
        second.setSpacing(8)
        second.addWidget(self._mark)
        second.addWidget(self._headline, 1)
        head.addLayout(first)
        head.addLayout(second)
        third = QHBoxLayout()
        third.addWidget(self._facts, 1)
        head.addLayout(third)
        head.addWidget(self._note)
        head.addWidget(self.stale)
        head.addWidget(self.trouble)
        box.addLayout(head)
        bar = self._bar
        bar.setContentsMargins(LEFT, 0, RIGHT, 0)
        group = QButtonGroup(self)
        for name in TABS:
            tab = button("")
            tab.setProperty("tab", True)
            tab.setCheckable(True)
            tab.clicked.connect(self._tab_clicked)
            tab.setObjectName(name)
            group.addButton(tab)
            self.tabs[name] = tab
            self._call(name)
            bar.addWidget(tab)
        bar.addStretch(1)
        box.addLayout(bar)
        box.addWidget(Rule())
        box.addWidget(self.pages, 1)

    def _tab_clicked(self) -> None:
        sender = self.sender()
        if sender is not None:
            self.model.show(sender.objectName())

    def _render(self) -> None:
        state = self.model.state
        sight = state.sight
        self._nothing.setVisible(sight is None)
        self._body.setVisible(sight is not None)
        if state.error and sight is None:
            self._nothing.setText(state.error)
        if sight is None:
            return
        self._name.say(sight.version)
        self._mark.show_tone(sight.tone)
        set_ink(self._headline, "ink", INKS[sight.tone] if sight.tone in {Tone.FAIL, Tone.PASS} else "")
        self._headline.say(sight.headline)
        self._facts.say(_facts(sight))
        why = state.why_not_sign
        self.sign.setEnabled(not why)
        self.sign.setText("Continue sign-off…" if state.draft else "Sign off…")
        self.sign.setAccessibleName(self.sign.text())
        tip = f"Sign off cannot be done: {why}" if why else "Sign off (Ctrl+Return)"
        self.sign.setToolTip(tip)
        self.sign.setAccessibleDescription(why)
        note = why or state.note
        self._note.say(words.sentence(note).rstrip("."))
        self._note.setVisible(bool(note) and not sight.changed_since_submit)  # the banner below says that
        changed = f"{sight.version} changed while you were reading it. Signing is off until you have read what is new."
        self.stale.say(changed if state.stale else "", Tone.WARN, "Show what is new")
        trouble = f"What is shown may be old. {state.error}" if state.error else ""
        if not trouble and sight.changed_since_submit:
            trouble = f"{sight.version} changed after it was submitted; its owner has to submit it again before anybody can sign."
        self.trouble.say(trouble, Tone.WARN)
        open_ = sum(sight.tone_of(check) in {Tone.FAIL, Tone.MISSING, Tone.UNSURE} for check in sight.checks)
        for name, tab in self.tabs.items():
            tab.setChecked(name == state.tab)
        self._call("checks", open_)
        self.pages.setCurrentIndex(TABS.index(state.tab))
        self._count()

    def _ask_for_changes(self) -> None:
        self.wanted.emit("changes")

    def _count(self) -> None:
        """Say on the tabs what is open there, and whether it can be sent back."""
        sight = self.case.state.sight
        why = sight.refusal("changes") if sight else "it is being read"
        self.changes.setVisible(self.model.state.sight is not None and self.model.state.sight.stage == "in_review")
        self.changes.setEnabled(not why)
        self.changes.setToolTip(words.sentence(why))
        self.changes.setAccessibleDescription(why)
        open_ = {
            "documents": len(sight.missing) if sight else 0,
            "discussion": sum(one.is_open for one in sight.talks) if sight else 0,
            "findings": sum(one.closed is None for one in sight.flaws) if sight else 0,
        }
        for name, count in open_.items():
            self._call(name, count)
        self._spread()

    def _call(self, name: str, open_: int = 0) -> None:
        """Name a tab, with what is open there; it has room for its name in strong letters, so that none moves."""
        tab, title = self.tabs[name], words.TABS[name]
        text = f"{title} {open_}" if open_ else title
        tab.setText(text)
        tab.setAccessibleName(f"{title}, {open_} open" if open_ else title)
        tab.setMinimumWidth(QFontMetrics(style.font(strong=True)).horizontalAdvance(text) + TAB)


def _facts(sight: Sight) -> str:
    parts = [words.STAGES[sight.stage], f"Tier {sight.tier}", f"Owner {sight.owner}"]
    if sight.submitted_by and sight.submitted_at:
        parts.append(f"Submitted {words.day(sight.submitted_at)} by {sight.submitted_by}")
    return "  ·  ".join(parts)
