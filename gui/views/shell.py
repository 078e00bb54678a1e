"""The main window: who is at the desk decides what is in it; what can be done is in `gui.commands`."""

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtGui import QAction, QCloseEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QStackedWidget

from gui import style, words
from gui.actions import Actions
from gui.desktop import Desktop
from gui.views.adopt import AdoptDialog
from gui.views.attach import AttachDialog
from gui.views.dossier import DossierView
from gui.views.export import ExportView
from gui.views.inbox import InboxView
from gui.views.models import ModelsView
from gui.views.policies import PoliciesView
from gui.views.portfolio import PortfolioView
from gui.views.say import SayDialog, done
from gui.views.signoff import SignOffDialog
from gui.views.trail import TrailView
from gui.views.unlock import UnlockView
from gui.views.waive import WaiveDialog
from gui.views.work import Work

IDLE_MS, LOOK_MS, KEEP_MS = 15 * 60_000, 4_000, 700


class Shell(QMainWindow):
    """One window on one ledger."""

    def __init__(self, desktop: Desktop, actions: Actions) -> None:
        super().__init__()
        self.desktop = desktop
        self.actions_ = actions
        self.dialog: SignOffDialog | None = None
        self.saying: SayDialog | None = None
        self.deed: WaiveDialog | AttachDialog | AdoptDialog | None = None
        self.work: Work | None = None
        self.setWindowTitle("Govern")
        self.setMinimumSize(1024, 700)
        self.resize(1440, 900)
        self.screens = QStackedWidget()
        self.unlock = UnlockView(desktop.unlock)
        self.screens.addWidget(self.unlock)
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

    # Screens, where there are any

    @property
    def inbox(self) -> InboxView | None:
        return self.work.inbox if self.work else None

    @property
    def dossier(self) -> DossierView | None:
        return self.work.dossier if self.work else None

    @property
    def export(self) -> ExportView | None:
        return self.work.export if self.work else None

    @property
    def trail(self) -> TrailView | None:
        found = self.work.view("trail") if self.work else None
        return found if isinstance(found, TrailView) else None

    @property
    def models(self) -> ModelsView | None:
        found = self.work.view("models") if self.work else None
        return found if isinstance(found, ModelsView) else None

    @property
    def portfolio(self) -> PortfolioView | None:
        found = self.work.view("portfolio") if self.work else None
        return found if isinstance(found, PortfolioView) else None

    @property
    def policies(self) -> PoliciesView | None:
        found = self.work.view("policies") if self.work else None
        return found if isinstance(found, PoliciesView) else None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  Qt's name
        if event.type() in {QEvent.Type.KeyPress, QEvent.Type.MouseButtonPress, QEvent.Type.Wheel}:
            self._keep_awake()
        return super().eventFilter(watched, event)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802  Qt's name
        """Leave only when nothing is being recorded, and nothing typed would be lost unasked."""
        warning = self.desktop.may_close()
        if warning:
            event.ignore()
            if self.work:
                self.work.warn(warning, "Discard and close" if self.desktop.drafts.in_danger else "")
        else:
            super().closeEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  Qt's name
        super().resizeEvent(event)
        if self.work:
            self.work.fold(self.width())

    def begin_sign_off(self) -> None:
        """Open the ceremony on the version that is read."""
        model = self.desktop.deeds.begin_sign_off()
        if model is None:
            return
        self.dialog = SignOffDialog(model, self)
        self.dialog.finished.connect(self._ended)
        self.dialog.open()

    def begin_say(self, kind: str, entry: int = 0, place: int = 0) -> None:
        """Open the dialog for a word on the version that is read."""
        model = self.desktop.deeds.begin_say(kind, entry, place)
        if model is None:
            return
        self.saying = SayDialog(model, self)
        self.saying.finished.connect(self._said)
        self.saying.open()

    def begin_waive(self) -> None:
        """Open the ceremony that accepts the chosen check for a while."""
        model = self.desktop.deeds.begin_waive()
        if model:
            self._begin(WaiveDialog(model, self))

    def begin_attach(self, section: str = "") -> None:
        """Open the ceremony that attaches a document to the version that is read."""
        model = self.desktop.deeds.begin_attach(section)
        if model:
            self._begin(AttachDialog(model, self))

    def begin_adopt(self) -> None:
        """Open the ceremony that adopts the policy file that is open."""
        model = self.desktop.deeds.begin_adopt()
        if model:
            self._begin(AdoptDialog(model, self))
        else:
            self.desktop.tell(words.sentence(self.desktop.deeds.why_not_adopt()))

    def open_policy(self) -> None:
        """Go to the policies, and ask for a file."""
        self.desktop.go("policies")
        if self.policies:
            self.policies.ask()

    def _begin(self, deed: WaiveDialog | AttachDialog | AdoptDialog) -> None:
        self.deed = deed
        deed.finished.connect(self._done)
        deed.open()

    def _done(self) -> None:
        if self.deed:
            self.deed.deleteLater()
            self.deed = None
        self.desktop.deeds.end_deed()

    def show_views(self) -> None:
        """Go to the models, and open the menu of their saved views."""
        self.desktop.go("models")
        if self.models:
            self.models.views.drop_down()

    def filter(self) -> None:
        if self.work:
            self.work.filter()

    def wear(self, name: str) -> None:
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        style.wear(app, name)
        if self.work:
            self.work.wear()

    def _ended(self) -> None:
        if self.dialog:
            self.dialog.deleteLater()
            self.dialog = None
        self.desktop.deeds.end_sign_off()
        if self.dossier and self.dossier.sign.isEnabled():
            self.dossier.sign.setFocus()

    def _said(self) -> None:
        said = self.saying.model.state.said if self.saying else None
        if self.saying:
            self.saying.deleteLater()
            self.saying = None
        self.desktop.deeds.end_say()
        if said:
            self.desktop.tell(done(said.kind, said.entry))

    def _render(self) -> None:
        state = self.desktop.state
        if state.seat is None:
            self._leave()
            return
        if self.work is None:
            self.work = Work(self.desktop)
            self.work.sign_wanted.connect(self.begin_sign_off)
            self.work.say_wanted.connect(self.begin_say)
            self.work.waive_wanted.connect(self.begin_waive)
            self.work.adopt_wanted.connect(self.begin_adopt)
            self.work.attach_wanted.connect(self.begin_attach)
            self.work.discarded.connect(self._discard)
            self.screens.addWidget(self.work)
            self.work.fold(self.width())
            self.screens.setCurrentWidget(self.work)
            self.work.inbox.list.setFocus()
        self._look.start()
        if not self._keep.isActive():
            self._keep.start()
        self.work.render_state(state)
        self.setWindowTitle(f"{state.title} — Govern" if state.title else "Govern")

    def _leave(self) -> None:
        """Show nothing of the ledger but its name."""
        for dialog in (self.dialog, self.saying, self.deed):
            if dialog:
                dialog.reject()
        self._look.stop()
        self._keep.stop()
        self.screens.setCurrentWidget(self.unlock)
        if self.work:
            self.screens.removeWidget(self.work)
            self.work.deleteLater()
            self.work = None
        self.unlock.first_focus().setFocus()
        self.setWindowTitle("Govern")

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

    def _discard(self) -> None:
        self.desktop.discard()
        self.close()

    def _idled(self) -> None:
        self.desktop.lock()
        self._keep_awake()  # where something had to be finished first, it is locked next time

    def _keep_awake(self) -> None:
        if self.desktop.state.seat is not None:
            self._idle.start()
