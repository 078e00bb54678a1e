"""From a ledger folder to a window: the only place where everything is put together."""

import faulthandler
import sys
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QUrl
from PySide6.QtGui import QAccessible, QDesktopServices
from PySide6.QtWidgets import QApplication

from gui import style
from gui.bridge import Bridge, Collector
from gui.charts import drawn
from gui.commands import Commands
from gui.desktop import Desktop
from gui.pages import Pages
from gui.viewmodels.screens import Lanes
from gui.viewmodels.unlock import Opened, Unlock
from gui.views.palette import Keys, Palette
from gui.views.shell import Shell
from gui.workshop import Workshop


class App:
    """One window with everything behind it, for as long as it is open."""

    def __init__(
        self,
        application: QApplication,
        place: Path,
        person: str = "",
        *,
        opened: Callable[[], Opened] | None = None,
        workshop: Workshop | None = None,
    ) -> None:
        self.application = application
        self.bridge = Bridge()
        self._place = place
        self._theme = style.tokens().name
        self.unlock = Unlock(self.bridge.run, opened or self._open, person)
        lanes = Lanes(self.bridge.run, self.bridge.aside, self.bridge.draw, self.bridge.keep)
        made = workshop or Workshop(self.bridge.programs, self._where)
        self.workshop = made
        self.desktop = Desktop(lanes, self.unlock, made, Pages.open, _view)
        self.commands = Commands(self.desktop)
        self.shell = Shell(self.desktop, self.commands.registry)
        self.commands.window |= {
            "sign": self.shell.begin_sign_off,
            "waive": self.shell.begin_waive,
            "attach": self.shell.begin_attach,
            "adopt": self.shell.begin_adopt,
            "open-policy": self.shell.open_policy,
            **{kind: self._say(kind) for kind in ("comment", "challenge", "finding", "changes")},
            "close": self._close,
            "palette": self._palette,
            "keys": self._keys,
            "theme": self._swap,
            "filter": self.shell.filter,
            "views": self.shell.show_views,
            "zoom-in": self._zoom(1.25),
            "zoom-out": self._zoom(0.8),
            "fit": self._zoom(0),
        }

    def start(self) -> None:
        self.shell.show()
        self.unlock.open()

    def stop(self) -> None:
        """Keep what is typed, end what runs, then let the ledger go."""
        self.desktop.keep()
        self.bridge.close()
        close = getattr(self.unlock.session, "close", None)
        if close:
            close()
        self.workshop.close()

    def _open(self) -> Opened:
        from gui.session import Session  # noqa: PLC0415  the record is read while the window is on screen already

        return Session.open(self._place)

    def _where(self) -> str:
        ledger = self.unlock.state.ledger
        return ledger.place if ledger else str(self._place)

    def _palette(self) -> None:
        Palette(self.commands.registry, self.shell).open()

    def _keys(self) -> None:
        Keys(self.commands.registry, self.shell).open()

    def _close(self) -> None:
        self.shell.close()

    def _swap(self) -> None:
        self._theme = "light" if self._theme == "dark" else "dark"
        self.shell.wear(self._theme)

    def _say(self, kind: str) -> Callable[[], None]:
        return lambda: self.shell.begin_say(kind, 0, 0)

    def _zoom(self, by: float) -> Callable[[], None]:
        def zoom() -> None:
            if self.shell.export:
                self.shell.export.sheets.zoom(by)

        return zoom


def _view(path: Path) -> None:
    """Hand a file to whatever shows its kind on this machine."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))


def application(theme: str = "") -> QApplication:
    """Return the one QApplication, dressed."""
    found = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(found, QApplication)
    found.setApplicationName("govern")
    found.setApplicationDisplayName("Govern")
    style.load_typefaces()
    style.wear(found, theme or style.follows_system())
    QAccessible.installFactory(drawn.interface)
    return found


def run(place: Path, person: str = "", theme: str = "") -> int:
    """Open the window and return when it is closed."""
    faulthandler.enable()
    app = application(theme)
    collector = Collector(app)
    made = App(app, place, person)
    sys.excepthook = _report(made)
    made.start()
    code = app.exec()
    made.stop()
    del collector
    return code


def _report(app: App) -> Callable[[type[BaseException], BaseException, TracebackType | None], None]:
    """Show what went wrong in the page; nothing is sent anywhere."""

    def report(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        sys.__excepthook__(kind, error, trace)
        app.desktop.tell(
            f"This is a bug in Govern: {kind.__name__}: {error}. What you signed is safe; please report it."
        )

    return report
