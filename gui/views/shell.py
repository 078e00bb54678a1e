"""The main window: sidebar, screens and the line at the bottom; what can be done is in `gui.commands`."""

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QAction, QCloseEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QMainWindow,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from gui import style, words
from gui.actions import Actions
from gui.desktop import Desktop
from gui.sights import Tone
from gui.views.dossier import DossierView
from gui.views.export import ExportView
from gui.views.inbox import InboxView
from gui.views.signoff import SignOffDialog
from gui.views.trail import TrailView
from gui.views.unlock import UnlockView
from gui.widgets.parts import Banner, Elided, Mark, button, label

IDLE_MS, LOOK_MS, KEEP_MS = 15 * 60_000, 4_000, 700
NARROW = 1200
SIDE, SIDE_NARROW = 196, 60
NAVIGATION = (("inbox", "Inbox", "inbox"), ("trail", "Audit trail", "trail"))


class Shell(QMainWindow):
    """One window on one ledger."""

    def __init__(self, desktop: Desktop, actions: Actions) -> None:
        super().__init__()
        self.desktop = desktop
        self.actions_ = actions
        self.dialog: SignOffDialog | None = None
        self.setWindowTitle("Govern")
        self.setMinimumSize(1024, 700)
        self.resize(1440, 900)
        self.screens = QStackedWidget()
        self.unlock = UnlockView(desktop.unlock)
        self.screens.addWidget(self.unlock)
        self._work: QWidget | None = None
        self.inbox: InboxView | None = None
        self.dossier: DossierView | None = None
        self.trail: TrailView | None = None
        self.export: ExportView | None = None
        self._narrow: bool | None = None
        self.nav: dict[str, QPushButton] = {}
        self.setCentralWidget(self.screens)
        self._make_menus()
        desktop.changed.connect(self._render)
        desktop.unlock.changed.connect(self._keep_awake)
        self._idle = QTimer(self)
        self._idle.setSingleShot(True)
        self._idle.setInterval(IDLE_MS)
        self._idle.timeout.connect(self._idled)
        self._look = QTimer(self)
        self._look.setInterval(LOOK_MS)
        self._look.timeout.connect(desktop.look_again)
        self._keep = QTimer(self)
        self._keep.setInterval(KEEP_MS)
        self._keep.timeout.connect(desktop.keep)
        application = QApplication.instance()
        assert application
        application.installEventFilter(self)
        self._render()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  Qt's name
        if event.type() in {QEvent.Type.KeyPress, QEvent.Type.MouseButtonPress, QEvent.Type.Wheel}:
            self._keep_awake()
        return super().eventFilter(watched, event)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802  Qt's name
        """Leave only when nothing is being recorded, and nothing typed would be lost unasked."""
        warning = self.desktop.may_close()
        if warning:
            event.ignore()
            if self._work:
                self._notice.say(warning, Tone.WARN, "Discard and close" if self.desktop.drafts.in_danger else "")
        else:
            super().closeEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  Qt's name
        super().resizeEvent(event)
        self._fold()

    def begin_sign_off(self) -> None:
        """Open the ceremony on the version that is read."""
        model = self.desktop.begin_sign_off()
        if model is None:
            return
        self.dialog = SignOffDialog(model, self)
        self.dialog.finished.connect(self._ended)
        self.dialog.open()

    def wear(self, name: str) -> None:
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        style.wear(app, name)
        for id_, one in self.nav.items():
            one.setIcon(style.icon({key: icon for key, _, icon in NAVIGATION}[id_], "text"))
        if self._work:
            self.lock.setIcon(style.icon("lock", "text"))

    def _ended(self) -> None:
        if self.dialog:
            self.dialog.deleteLater()
            self.dialog = None
        self.desktop.end_sign_off()
        if self.dossier and self.dossier.sign.isEnabled():
            self.dossier.sign.setFocus()

    def _render(self) -> None:
        state = self.desktop.state
        if state.seat is None:
            if self.dialog:
                self.dialog.reject()
            self._look.stop()
            self._keep.stop()
            self.screens.setCurrentWidget(self.unlock)
            self._drop_work()
            self.unlock.first_focus().setFocus()
            self.setWindowTitle("Govern")
            return
        if self._work is None:
            self._make_work()
        assert self._work
        self.screens.setCurrentWidget(self._work)
        self._look.start()
        if not self._keep.isActive():
            self._keep.start()
        for id_, one in self.nav.items():
            one.setChecked(id_ == ("inbox" if state.screen == "export" else state.screen))
        self._show_export()
        at = [id_ for id_, _, _ in NAVIGATION].index(state.screen) if state.screen != "export" else -1
        if at >= 0:
            self._pages.setCurrentIndex(at)
        tone, title, text = state.chain
        self._chain_mark.show_tone(tone)
        self._chain.say(f"{title}. {text}")
        self._notice.say(state.notice, Tone.FAIL if state.broken else Tone.WARN)
        self.setWindowTitle(f"{state.title} — Govern" if state.title else "Govern")

    def _show_export(self) -> None:
        """Show the pages of a report for as long as there is one."""
        model = self.desktop.exporting
        if self.export and self.export.model is not model:
            self._pages.removeWidget(self.export)
            self.export.deleteLater()
            self.export = None
            if self.dossier:
                self.dossier.export.setFocus()
        if model and self.export is None:
            self.export = ExportView(model)
            self.export.left.connect(self.desktop.end_export)
            self._pages.addWidget(self.export)
            self._pages.setCurrentWidget(self.export)
            self.export.first_focus().setFocus()

    def _make_work(self) -> None:
        desktop = self.desktop
        assert desktop.inbox
        assert desktop.dossier
        assert desktop.reasons
        assert desktop.trail
        self._work = QWidget()
        self.inbox, self.dossier = InboxView(desktop.inbox), DossierView(desktop.dossier, desktop.reasons)
        self.trail = TrailView(desktop.trail)
        self.dossier.sign_wanted.connect(self.begin_sign_off)
        self.dossier.export_wanted.connect(desktop.begin_export)
        self._pages = QStackedWidget()
        self._split = split = QSplitter(Qt.Orientation.Horizontal)
        split.setHandleWidth(1)
        split.setChildrenCollapsible(False)
        self.inbox.setMinimumWidth(290)
        split.addWidget(self.inbox)
        split.addWidget(self.dossier)
        split.setStretchFactor(0, 0)
        split.setStretchFactor(1, 1)
        split.setSizes([330, 900])
        self._pages.addWidget(split)
        self._pages.addWidget(self.trail)
        self._notice = Banner()
        self._notice.clicked.connect(self._discard)
        main = QVBoxLayout()
        main.setContentsMargins(0, 0, 0, 0)
        main.setSpacing(0)
        main.addWidget(self._notice)
        main.addWidget(self._pages, 1)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        self._side = self._make_side()
        row.addWidget(self._side)
        row.addLayout(main, 1)
        box = QVBoxLayout(self._work)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addLayout(row, 1)
        box.addWidget(self._make_foot())
        self.screens.addWidget(self._work)
        self._fold()
        self.inbox.list.setFocus()

    def _drop_work(self) -> None:
        if self._work:
            self.screens.removeWidget(self._work)
            self._work.deleteLater()
            self._work = self.inbox = self.dossier = self.trail = self.export = None
            self.nav.clear()
            self._narrow = None

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
        name.setContentsMargins(9, 0, 0, 0)
        place = Elided(ledger.origin.partition("/")[2] or "this computer", "small", "muted")
        place.setContentsMargins(9, 0, 0, 0)
        place.setToolTip(ledger.place)
        box.addWidget(name)
        box.addWidget(place)
        box.addSpacing(12)
        for id_, title, icon in NAVIGATION:
            one = button(title)
            one.setProperty("nav", True)
            one.setCheckable(True)
            one.setAutoExclusive(True)
            one.setObjectName(id_)
            one.setIcon(style.icon(icon, "text"))
            one.clicked.connect(self._go)
            self.nav[id_] = one
            box.addWidget(one)
        box.addStretch(1)
        who = Elided(seat.name, "strong")
        roles = Elided(words.roles(seat.roles), "small", "muted")
        lock = button("Lock")
        lock.setProperty("nav", True)
        lock.setIcon(style.icon("lock", "text"))
        self.lock = lock
        lock.clicked.connect(self.desktop.lock)
        for one_ in (who, roles):
            one_.setContentsMargins(9, 0, 0, 0)
            box.addWidget(one_)
        self._full = [name, place, who, roles]
        box.addSpacing(4)
        box.addWidget(lock)
        return side

    def _make_foot(self) -> QWidget:
        foot = QWidget()
        foot.setObjectName("foot")
        foot.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        foot.setFixedHeight(30)
        row = QHBoxLayout(foot)
        row.setContentsMargins(14, 0, 16, 0)
        row.setSpacing(8)
        self._chain_mark = Mark(Tone.NONE, 14)
        self._chain = Elided("", "small", "muted")
        row.addWidget(self._chain_mark)
        row.addWidget(self._chain, 1)
        row.addSpacing(20)
        row.addWidget(label("Ctrl+K for commands, ? for keys", "small", "muted"))
        return foot

    def _fold(self) -> None:
        """Keep only the icons of the sidebar where the window is narrow."""
        if not self._work:
            return
        narrow = self.width() < NARROW
        if narrow != self._narrow:
            self._split.setSizes([290 if narrow else 330, self.width()])
        self._narrow = narrow
        self._side.setFixedWidth(SIDE_NARROW if narrow else SIDE)
        for one in self._full:
            one.setVisible(not narrow)
        for id_, title, _ in NAVIGATION:
            self.nav[id_].setText("" if narrow else title)
            self.nav[id_].setToolTip(title)
        self.lock.setText("" if narrow else "Lock")
        self.lock.setToolTip("Lock")

    def _make_menus(self) -> None:
        for menu, of in self.actions_.menus().items():
            made = self.menuBar().addMenu(menu)
            for action in of:
                item = QAction(action.title, self)
                item.setObjectName(action.id)
                item.setShortcuts([QKeySequence(key) for key in action.keys])
                item.triggered.connect(self._do)
                made.addAction(item)
            made.aboutToShow.connect(self._grey)

    def _grey(self) -> None:
        for item in self.findChildren(QAction):
            if item.objectName() in self.actions_.all:
                refusal = self.actions_.all[item.objectName()].why_not()
                item.setToolTip(refusal)
                item.setStatusTip(refusal)

    def _do(self) -> None:
        refusal = self.actions_.run(self.sender().objectName())
        if refusal:
            self.desktop.tell(words.sentence(refusal))

    def _go(self) -> None:
        self.desktop.go(self.sender().objectName())

    def _discard(self) -> None:
        self.desktop.discard()
        self.close()

    def _idled(self) -> None:
        self.desktop.lock()
        self._keep_awake()  # where something had to be finished first, it is locked next time

    def _keep_awake(self) -> None:
        if self.desktop.state.seat is not None:
            self._idle.start()
