"""What the whole window is about, in plain Python: who sits here, which screen is on, and what must not be lost."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from gui.deeds import Deeds
from gui.viewmodels.case import Case
from gui.viewmodels.dossier import Dossier
from gui.viewmodels.drafts import Drafts
from gui.viewmodels.export import Export, Paper
from gui.viewmodels.inbox import Inbox
from gui.viewmodels.reasons import Reasons
from gui.viewmodels.screens import SCREENS, Lanes, Loads, Screens, State, Works
from gui.viewmodels.signal import Signal
from gui.viewmodels.trail import Trail
from gui.viewmodels.unlock import Unlock
from gui.words import sentence


class Desktop:
    """The composition: view models on one session, made when somebody unlocks and dropped when they leave."""

    def __init__(
        self,
        lanes: Lanes,
        unlock: Unlock,
        workshop: Works,
        open_pages: Callable[[bytes], Paper],
        view: Callable[[Path], None],
    ) -> None:
        self.state = State()
        self.changed = Signal()
        self.unlock = unlock
        self.inbox: Inbox | None = None
        self.dossier: Dossier | None = None
        self.reasons: Reasons | None = None
        self.trail: Trail | None = None
        self.screens: Screens | None = None
        self.case: Case | None = None
        self.drafts = Drafts(lanes.keep)
        self.deeds = Deeds(lanes.run, self)
        self.exporting: Export | None = None
        self._lanes, self._workshop, self._open_pages, self._view = lanes, workshop, open_pages, view
        self._case_of: tuple[str, int] = ("", 0)
        self._wants_export = ""
        unlock.changed.connect(self._unlocked)
        self.drafts.changed.connect(self._drafted)

    @property
    def home(self) -> str:
        """The screen of the sidebar that what is shown belongs to."""
        return self.state.back if self.state.screen in {"dossier", "export"} else self.state.screen

    def go(self, screen: str) -> None:
        if screen not in SCREENS or not self.state.seat or not self._left_export():
            return
        self._set(replace(self.state, screen=screen, back=screen, told=""))
        assert self.inbox
        assert self.trail
        assert self.screens
        screens: dict[str, Loads] = {"inbox": self.inbox, "trail": self.trail, **self.screens.by_name}
        screens[screen].load()
        self._selected()

    def read(self, version: str) -> None:
        """Show the dossier of any version, by itself."""
        if self.state.seat and self.dossier and self._left_export():
            self._set(replace(self.state, screen="dossier", told=""))
            self.dossier.open(version)

    def show_entry(self, index: int) -> None:
        """Show an entry in the trail."""
        self.go("trail")
        if self.trail and self.state.screen == "trail":
            self.trail.look_up(index)

    def export(self, version: str) -> None:
        """Show the report of any version."""
        self.read(version)
        self._wants_export = version

    def compare(self) -> None:
        """Compare the version that is read with the one before it."""
        if self.screens and self.dossier:
            self.screens.compare.wanted = self.dossier.state.name
            self.go("compare")

    def list_models(self, text: str, title: str = "", names: frozenset[str] = frozenset()) -> None:
        """Show the models that a filter asks for; or just those that a number stands for, under its title."""
        if self.screens:
            self.go("models")
            if title:
                self.screens.models.choose(title, names)
            else:
                self.screens.models.show_all()
                self.screens.models.filter(text)

    def why_not_show_rule(self) -> str:
        if self.dossier is None:
            return "nobody is signed in"
        if self.state.screen not in {"inbox", "dossier"} or self.dossier.state.tab != "checks":
            return "a check is chosen on the page Checks"
        return "" if self.dossier.state.rule else "no policy asks for a check of it"

    def show_rule(self) -> None:
        """Show the policy of the check that is chosen, at its line."""
        found = self.dossier.state.rule if self.dossier else None
        if found and self.screens:
            self.go("policies")
            self.screens.policies.show_rule(found.policy, found.place)

    def go_back(self) -> None:
        self.go(self.state.back)

    def step(self, by: int) -> None:
        """Go to the next or the previous of what the screen lists."""
        if self.state.screen == "inbox" and self.inbox:
            self.inbox.step(by)
        elif self.state.screen == "compare" and self.screens:
            self.screens.compare.step(by)
        elif self.state.screen == "policies" and self.screens:
            self.screens.policies.step(by)
        elif self.home == "models" and self.screens:
            self.screens.models.step(by)
            line = self.screens.models.state.line
            if self.state.screen == "dossier" and line and line.newest:
                self.read(line.newest)

    def lock(self) -> None:
        """Leave the desk: everything read is dropped, what was typed is kept."""
        if self.deeds.working or not self._left_export():
            return
        self.deeds.end()
        self.unlock.lock()

    def look_again(self) -> None:
        """See whether the ledger went on without us."""
        if self.dossier and not self.deeds.working:
            self.dossier.look_again()
        if self.trail:
            self.trail.look()
        if self.exporting:
            self.exporting.look_again()

    def why_not_export(self) -> str:
        if self.state.seat is None or self.dossier is None:
            return "nobody is signed in"
        if self.dossier.state.sight is None:
            return "no version is open"
        return "a report is being put on record" if self.exporting and self.exporting.state.busy else ""

    def begin_export(self) -> None:
        """Show the pages of the report of the version that is read."""
        if self.why_not_export():
            return
        self._left_export()
        assert self.dossier
        assert self.dossier.state.sight
        assert self.state.seat
        assert self.state.ledger
        lanes, version = self._lanes, self.dossier.state.sight.version
        seat, anchor = self.state.seat.handle, self.state.ledger.anchor
        self.exporting = Export(
            lanes.run, lanes.aside, lanes.draw, self.session, self._workshop, self._open_pages, seat, anchor, version
        )
        self._set(replace(self.state, screen="export", told=""))
        self.exporting.preview()

    def end_export(self) -> None:
        """Go back to the dossier; what was issued is read there."""
        issued = self.exporting is not None and self.exporting.state.issued is not None
        if self.state.back == "inbox" or not self.dossier:
            self.go("inbox")
        else:
            self.read(self.dossier.state.name)
        if issued and self.exporting is None:
            self.refresh()

    def _left_export(self) -> bool:
        """Leave the pages, unless what is done with them has to be finished."""
        if self.exporting and self.exporting.state.busy:
            self.tell("A report is being put on record; this takes a few seconds.")
            return False
        if self.exporting:
            self.exporting.leave()
            self.exporting = None
        return True

    def keep(self) -> None:
        """Bring what is typed to the disk; the window calls this every moment."""
        self.deeds.keep()

    def refresh(self) -> None:
        if self.inbox and self.dossier and self.trail:
            self.inbox.load()
            self.dossier.reload()
            self.trail.load()
        if self.screens:
            self.screens.refresh()

    def may_close(self) -> str:
        """Return why the window should not close yet."""
        if self.deeds.working:
            return "A signature is being recorded. The window closes when its receipt is here."
        if self.exporting and self.exporting.state.busy:
            return "A report is being put on record. The window closes when it is saved and verified."
        self.keep()
        return self.drafts.in_danger

    def discard(self) -> None:
        self.drafts.discard()

    def tell(self, text: str) -> None:
        self._set(replace(self.state, told=text))

    @property
    def session(self) -> Any:
        """The open ledger."""
        assert self.unlock.session
        return self.unlock.session

    def _unlocked(self) -> None:
        seat = self.unlock.state.unlocked
        if seat == self.state.seat:
            return
        if seat is None:
            if self.reasons:
                self.reasons.stop()
            self._silence()
            self.inbox = self.dossier = self.reasons = self.trail = self.screens = self.case = None
            self.drafts.close()
            self._case_of = ("", 0)
            self._set(State(chain=self.state.chain))
            return
        session, ledger = self.session, self.unlock.state.ledger
        self.inbox = Inbox(self._lanes.run, session, seat.handle)
        self.dossier = Dossier(self._lanes.run, session, seat.handle)
        self.reasons = Reasons(self._lanes.aside, self._workshop)
        self.trail = Trail(self._lanes.run, self._lanes.aside, session, self._workshop.audit)
        self.screens = Screens.made(self._lanes, session, seat.handle)
        self.case = Case(self._lanes.run, session, seat.handle, self._workshop.lay, self._view)
        self.inbox.changed.connect(self._selected)
        self.dossier.changed.connect(self._titled)
        self.trail.changed.connect(self._chained)
        read_only = ledger.read_only if ledger else ""
        self._set(replace(self.state, seat=seat, ledger=ledger, screen="inbox", back="inbox", read_only=read_only))
        self.drafts.open(session.drawer())
        self.inbox.load()
        self.trail.load()
        self.trail.verify()

    def _silence(self) -> None:
        """Let no answer that is still on its way reach a screen that is gone."""
        for model in (self.inbox, self.dossier, self.reasons, self.trail, self.case):
            if model:
                model.changed.end()
        if self.trail:
            self.trail.arrived.end()
        if self.screens:
            self.screens.end()

    def _selected(self) -> None:
        if self.state.screen != "inbox" or not self.inbox or not self.dossier:
            return
        todo = next((one for one in self.inbox.state.todos if one.version == self.inbox.state.selected), None)
        if todo and todo.of_policy:
            text = f"{sentence(todo.why[0])} A risk officer adopts its next release with `govern policy adopt`."
            if self.dossier.state.error != text:
                self.dossier.leave(text)
        elif self.inbox.state.selected != self.dossier.state.name:
            self.dossier.open(self.inbox.state.selected)

    def _drafted(self) -> None:
        self._drafted_here()
        if self.state.seat and self.drafts.trouble:
            self.tell(self.drafts.trouble)

    def _drafted_here(self) -> None:
        if self.dossier:
            self.dossier.mark_draft(there=self.drafts.of(self.dossier.state.name) is not None)

    def _titled(self) -> None:
        self._drafted_here()
        if self.reasons and self.dossier and self.case:
            self.reasons.about(self.dossier.state.name)
            self.case.want_history(wanted=self.dossier.state.tab == "history")
            sight = self.dossier.state.sight
            if sight and self._wants_export:
                wanted, self._wants_export = self._wants_export, ""
                if wanted == sight.version:
                    self.begin_export()
            if sight and (sight.version, sight.seen_size) != self._case_of:
                self._case_of = (sight.version, sight.seen_size)
                self.case.about(sight.version)
        name = self.dossier.state.name if self.dossier else ""
        if name != self.state.title:
            self._set(replace(self.state, title=name, told=""))

    def _chained(self) -> None:
        if self.trail and self.trail.state.chain != self.state.chain:
            self._set(replace(self.state, chain=self.trail.state.chain))

    def _set(self, state: State) -> None:
        self.state = state
        self.changed.emit()
