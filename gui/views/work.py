"""What is on screen while somebody is at their desk: sidebar, the screen they chose, and the line at the bottom.

A screen is put together when it is first looked at, and taken apart with everything else when they leave.
"""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from gui import style, words
from gui.desktop import Desktop
from gui.tones import Tone
from gui.viewmodels.screens import State
from gui.viewmodels.views import Views
from gui.views.compare import CompareView
from gui.views.dossier import DossierView
from gui.views.export import ExportView
from gui.views.inbox import InboxView
from gui.views.keeping import IntegrityView, PeopleView
from gui.views.models import ModelsView
from gui.views.policies import PoliciesView
from gui.views.portfolio import PortfolioView
from gui.views.trail import TrailView
from gui.widgets.parts import Banner, Elided, Mark, button, label

NARROW = 1200
SIDE, SIDE_NARROW = 196, 60
NAVIGATION = tuple(words.SCREENS.items())


class Work(QWidget):
    """Everything that needs somebody at the desk."""

    sign_wanted = Signal()
    discarded = Signal()
    say_wanted = Signal(str, int, int)
    """A word that somebody begins: its kind, and the entry and place it is about."""
    waive_wanted = Signal()
    adopt_wanted = Signal()
    attach_wanted = Signal(str)
    """A document that somebody attaches, and to which section if that is known."""

    def __init__(self, desktop: Desktop) -> None:
        super().__init__()
        self.desktop = desktop
        assert desktop.inbox
        assert desktop.dossier
        assert desktop.reasons
        assert desktop.case
        self.nav: dict[str, QPushButton] = {}
        self.export: ExportView | None = None
        self._made: dict[str, QWidget] = {}
        self._narrow: bool | None = None
        self._pages = QStackedWidget()
        self.inbox = InboxView(desktop.inbox)
        self.dossier = DossierView(desktop.dossier, desktop.reasons, desktop.case)
        self.dossier.wanted.connect(self._asked)
        self.dossier.sign_wanted.connect(self.sign_wanted)
        self.dossier.export_wanted.connect(desktop.begin_export)
        self.dossier.left.connect(desktop.go_back)
        self._split = self._make_split()
        self._notice = Banner()
        self._notice.clicked.connect(self.discarded)
        self._chain_mark = Mark(Tone.NONE, 14)
        self._chain = Elided("", "small", "muted")
        self._side = self._make_side()
        self._build()

    def view(self, screen: str) -> QWidget:
        """Return a screen, which is made now if nobody looked at it yet."""
        if screen in {"inbox", "dossier"}:
            return self._split
        if screen not in self._made:
            made = self._makers()[screen]()
            self._made[screen] = made
            self._pages.addWidget(made)
        return self._made[screen]

    def render_state(self, state: State) -> None:
        self._show_export()
        for id_, one in self.nav.items():
            one.setChecked(id_ == self.desktop.home)
        if state.screen != "export":
            view = self.view(state.screen)
            changed = self._pages.currentWidget() is not view
            self.inbox.setVisible(state.screen == "inbox")
            self.dossier.say_back(words.SCREENS[state.back] if state.screen == "dossier" else "")
            self._pages.setCurrentWidget(view)
            if changed:
                self._focus(state.screen)
        tone, title, text = state.chain
        self._chain_mark.show_tone(tone)
        self._chain.say(f"{title}. {text}")
        self._notice.say(state.notice, Tone.FAIL if state.broken else Tone.WARN)

    def warn(self, text: str, deed: str) -> None:
        self._notice.say(text, Tone.WARN, deed)

    def filter(self) -> None:
        """Let whoever sits here type into the filter of the screen that is on."""
        view = self._pages.currentWidget()
        (view.filter if isinstance(view, (ModelsView, PeopleView)) else self.inbox.filter).setFocus()

    def wear(self) -> None:
        for id_, one in self.nav.items():
            one.setIcon(style.icon(id_, "text"))
        self.lock.setIcon(style.icon("lock", "text"))
        self.dossier.wear()
        policies = self._made.get("policies")
        if isinstance(policies, PoliciesView):
            policies.wear()

    def fold(self, width: int) -> None:
        """Keep only the icons of the sidebar where the window is narrow."""
        narrow = width < NARROW
        if narrow != self._narrow:
            self._split.setSizes([290 if narrow else 330, width])
        self._narrow = narrow
        self._side.setFixedWidth(SIDE_NARROW if narrow else SIDE)
        for one in self._full:
            one.setVisible(not narrow)
        for id_, title in NAVIGATION:
            self.nav[id_].setText("" if narrow else title)
            self.nav[id_].setToolTip(title)
        self.lock.setText("" if narrow else "Lock")
        self.lock.setToolTip("Lock")

    def _makers(self) -> dict[str, Callable[[], QWidget]]:
        return {
            "models": self._models,
            "portfolio": self._portfolio,
            "compare": self._compare,
            "policies": self._policies,
            "trail": self._trail,
            "people": self._people,
            "integrity": self._integrity,
        }

    def _models(self) -> QWidget:
        assert self.desktop.screens
        made = ModelsView(self.desktop.screens.models, Views(self.desktop.drafts))
        made.wanted.connect(self.desktop.read)
        return made

    def _portfolio(self) -> QWidget:
        assert self.desktop.screens
        made = PortfolioView(self.desktop.screens.portfolio)
        made.wanted.connect(self.desktop.read)
        made.list_wanted.connect(self.desktop.list_models)
        made.inbox_wanted.connect(self._to_inbox)
        made.export_wanted.connect(self.desktop.export)
        return made

    def _compare(self) -> QWidget:
        assert self.desktop.screens
        made = CompareView(self.desktop.screens.compare)
        made.wanted.connect(self.desktop.read)
        return made

    def _policies(self) -> QWidget:
        assert self.desktop.screens
        made = PoliciesView(self.desktop.screens.policies)
        made.list_wanted.connect(self.desktop.list_models)
        made.adopt_wanted.connect(self.adopt_wanted)
        made.wanted.connect(self.desktop.read)
        return made

    def _people(self) -> QWidget:
        assert self.desktop.screens
        return PeopleView(self.desktop.screens.people)

    def _integrity(self) -> QWidget:
        assert self.desktop.screens
        assert self.desktop.trail
        return IntegrityView(self.desktop.screens.integrity, self.desktop.trail)

    def _to_inbox(self) -> None:
        self.desktop.go("inbox")

    def _trail(self) -> QWidget:
        assert self.desktop.trail
        return TrailView(self.desktop.trail)

    def _focus(self, screen: str) -> None:
        view = self._pages.currentWidget()
        if screen == "inbox":
            self.inbox.list.setFocus()
        elif isinstance(view, (ModelsView, TrailView, PeopleView, CompareView, PoliciesView)):
            view.table.setFocus()
        elif screen == "dossier":
            self.dossier.back.setFocus()

    def _show_export(self) -> None:
        """Show the pages of a report for as long as there is one."""
        model = self.desktop.exporting
        if self.export and self.export.model is not model:
            self._pages.removeWidget(self.export)
            self.export.deleteLater()
            self.export = None
            self.dossier.export.setFocus()
        if model and self.export is None:
            self.export = ExportView(model)
            self.export.left.connect(self.desktop.end_export)
            self._pages.addWidget(self.export)
            self._pages.setCurrentWidget(self.export)
            self.export.first_focus().setFocus()

    def _make_split(self) -> QSplitter:
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setHandleWidth(1)
        split.setChildrenCollapsible(False)
        self.inbox.setMinimumWidth(290)
        split.addWidget(self.inbox)
        split.addWidget(self.dossier)
        split.setStretchFactor(0, 0)
        split.setStretchFactor(1, 1)
        split.setSizes([330, 900])
        self._pages.addWidget(split)
        return split

    def _build(self) -> None:
        main = QVBoxLayout()
        main.setContentsMargins(0, 0, 0, 0)
        main.setSpacing(0)
        main.addWidget(self._notice)
        main.addWidget(self._pages, 1)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._side)
        row.addLayout(main, 1)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addLayout(row, 1)
        box.addWidget(self._make_foot())

    def _make_side(self) -> QWidget:
        side = QWidget()
        side.setObjectName("side")
        side.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        box = QVBoxLayout(side)
        box.setContentsMargins(10, 14, 10, 12)
        box.setSpacing(3)
        ledger, seat = self.desktop.state.ledger, self.desktop.state.seat
        assert ledger
        assert seat
        name = Elided(ledger.origin.partition("/")[0], "strong")
        place = Elided(ledger.origin.partition("/")[2] or "this computer", "small", "muted")
        place.setToolTip(ledger.place)
        who = Elided(seat.name, "strong")
        roles = Elided(words.roles(seat.roles), "small", "muted")
        self._full = [name, place, who, roles]
        for one in self._full:
            one.setContentsMargins(9, 0, 0, 0)
        box.addWidget(name)
        box.addWidget(place)
        box.addSpacing(12)
        for id_, title in NAVIGATION:
            made = button(title)
            made.setCheckable(True)
            made.setAutoExclusive(True)
            made.setObjectName(id_)
            made.clicked.connect(self._go)
            self.nav[id_] = made
            box.addWidget(made)
        box.addStretch(1)
        self.lock = button("Lock")
        self.lock.clicked.connect(self.desktop.lock)
        for one_ in (*self.nav.values(), self.lock):
            one_.setProperty("nav", True)
            one_.setIcon(style.icon(one_.objectName() or "lock", "text"))
        box.addWidget(who)
        box.addWidget(roles)
        box.addSpacing(4)
        box.addWidget(self.lock)
        return side

    def _make_foot(self) -> QWidget:
        foot = QWidget()
        foot.setObjectName("foot")
        foot.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        foot.setFixedHeight(30)
        row = QHBoxLayout(foot)
        row.setContentsMargins(14, 0, 16, 0)
        row.setSpacing(8)
        row.addWidget(self._chain_mark)
        row.addWidget(self._chain, 1)
        row.addSpacing(20)
        row.addWidget(label("Ctrl+K for commands, ? for keys", "small", "muted"))
        return foot

    def _asked(self, what: str) -> None:
        """Do what a page of the dossier asks for."""
        assert self.desktop.case
        deed, *rest = what.split(" ")
        match deed:
            case "open":
                self.desktop.case.open(rest[0])
            case "digests":
                self.desktop.case.swap_digests()
            case "rule":
                self.desktop.show_rule()
            case "waive":
                self.waive_wanted.emit()
            case "attach":
                self.attach_wanted.emit(rest[0] if rest else "")
            case "entry":
                self.desktop.show_entry(int(rest[0]))
            case kind:
                entry, place = (*map(int, rest), 0, 0)[:2]
                self.say_wanted.emit(kind, entry, place)

    def _go(self) -> None:
        self.desktop.go(self.sender().objectName())
