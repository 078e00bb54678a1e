"""The commands of the main window, each registered once."""

from collections.abc import Callable

from gui import words
from gui.actions import Action, Actions
from gui.desktop import Desktop
from gui.viewmodels.dossier import TABS

SCREENS = (
    ("inbox", "Go to the inbox", "I"),
    ("portfolio", "Go to the portfolio", "P"),
    ("models", "Go to the models", "M"),
    ("compare", "Go to compare", "C"),
    ("policies", "Go to the policies", "R"),
    ("trail", "Go to the audit trail", "A"),
    ("people", "Go to people and keys", "K"),
    ("integrity", "Go to integrity", "N"),
)
WORDS = (
    ("comment", "Comment…"),
    ("challenge", "Challenge…"),
    ("finding", "Raise a finding…"),
    ("changes", "Request changes…"),
)


class Commands:
    """What the commands do; those that need a window are handed in by it."""

    def __init__(self, desktop: Desktop) -> None:
        self.desktop = desktop
        self.registry = Actions()
        self.window: dict[str, Callable[[], None]] = {}
        """What only the window can do, by name; it hands them in when it is there."""
        here = self._why_not_here
        for action in (
            *(Action(id_, title, "Go", self._go(id_), (f"G, {key}",), here) for id_, title, key in SCREENS),
            Action("next", "Next version", "Go", self._step(1), ("J",), here),
            Action("previous", "Previous version", "Go", self._step(-1), ("K",), here),
            Action("filter", "Filter the list", "Go", self._of_window("filter"), ("/",), here),
            Action("views", "Saved views of the models", "Go", self._of_window("views"), ("G, V",), here),
            *(
                Action(tab, words.TABS[tab], "Dossier", self._show(tab), (str(at),), self._why_no_tab)
                for at, tab in enumerate(TABS, start=1)
            ),
            Action(
                "sign", "Sign off…", "Dossier", self._of_window("sign"), ("Ctrl+Return",), desktop.deeds.why_not_sign
            ),
            Action(
                "waive",
                "Accept until… (waive)",
                "Dossier",
                self._of_window("waive"),
                ("W",),
                desktop.deeds.why_not_waive,
            ),
            *(
                Action(kind, title, "Dossier", self._of_window(kind), (), self._why_not_say(kind))
                for kind, title in WORDS
            ),
            Action(
                "attach", "Attach a document…", "Dossier", self._of_window("attach"), (), self._why_not_say("attach")
            ),
            Action(
                "differences", "Compare with the version before", "Dossier", desktop.compare, ("D",), self._why_no_tab
            ),
            Action("export", "Export report…", "Dossier", desktop.begin_export, ("Ctrl+E",), desktop.why_not_export),
            Action(
                "rule", "Open the policy at its line", "Dossier", desktop.show_rule, ("Y",), desktop.why_not_show_rule
            ),
            Action("open-policy", "Open a policy file…", "Policies", self._of_window("open-policy"), ("Ctrl+O",), here),
            Action("try-policy", "Try it on the inventory", "Policies", self._try, ("Ctrl+T",), self._why_not_try),
            Action("adopt", "Adopt the policy…", "Policies", self._of_window("adopt"), (), desktop.deeds.why_not_adopt),
            Action("refresh", "Read again", "Ledger", desktop.refresh, ("F5",), here),
            Action("verify", "Verify the chain", "Ledger", self._verify, ("V",), here),
            Action("lock", "Lock", "Ledger", desktop.lock, ("Ctrl+L",), here),
            Action("close", "Close", "Ledger", self._of_window("close"), ("Ctrl+Q",)),
            Action("palette", "All commands", "View", self._of_window("palette"), ("Ctrl+K",)),
            Action("theme", "Light or dark", "View", self._of_window("theme"), ("Ctrl+D",)),
            Action("tables", "Charts or tables", "View", self._swap_charts, ("T",), self._why_no_tables),
            Action(
                "zoom-in", "Larger pages", "View", self._of_window("zoom-in"), ("Ctrl++", "Ctrl+="), self._why_no_pages
            ),
            Action("zoom-out", "Smaller pages", "View", self._of_window("zoom-out"), ("Ctrl+-",), self._why_no_pages),
            Action(
                "fit", "Pages as wide as the window", "View", self._of_window("fit"), ("Ctrl+0",), self._why_no_pages
            ),
            Action("keys", "All keys", "View", self._of_window("keys"), ("?",)),
        ):
            self.registry.add(action)

    def _why_not_here(self) -> str:
        return "" if self.desktop.state.seat else "nobody is signed in"

    def _why_no_tab(self) -> str:
        if self.desktop.state.seat is None:
            return "nobody is signed in"
        return "" if self.desktop.state.screen in {"inbox", "dossier"} else "no dossier is on screen"

    def _why_not_say(self, kind: str) -> Callable[[], str]:
        return lambda: self.desktop.deeds.why_not_say(kind)

    def _why_no_pages(self) -> str:
        return "" if self.desktop.exporting else "no report is open"

    def _why_no_tables(self) -> str:
        if self.desktop.dossier is None:
            return "nobody is signed in"
        here = self.desktop.dossier.state.tab in {"checks", "reasons"}
        return "" if here else "the charts that can be tables are on the pages Checks and Reasons"

    def _why_not_try(self) -> str:
        screens = self.desktop.screens
        return screens.policies.why_not_try() if screens else "nobody is signed in"

    def _try(self) -> None:
        if self.desktop.screens:
            self.desktop.go("policies")
            self.desktop.screens.policies.try_it()

    def _swap_charts(self) -> None:
        dossier = self.desktop.dossier
        if dossier and dossier.state.tab == "checks":
            dossier.swap()
        elif self.desktop.reasons:
            self.desktop.reasons.swap()

    def _go(self, screen: str) -> Callable[[], None]:
        return lambda: self.desktop.go(screen)

    def _step(self, by: int) -> Callable[[], None]:
        return lambda: self.desktop.step(by)

    def _show(self, tab: str) -> Callable[[], None]:
        def show() -> None:
            if self.desktop.dossier:
                self.desktop.dossier.show(tab)

        return show

    def _verify(self) -> None:
        if self.desktop.trail:
            self.desktop.trail.verify()

    def _of_window(self, deed: str) -> Callable[[], None]:
        def do() -> None:
            self.window[deed]()

        return do
