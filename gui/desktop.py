"""What the whole window is about, in plain Python: who sits here, which screen is on, and what must not be lost."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from gui.sights import Audit, Ledger, Seat, Tone
from gui.viewmodels.dossier import Dossier
from gui.viewmodels.inbox import Inbox
from gui.viewmodels.signal import Run, Signal
from gui.viewmodels.signoff import Draft, SignOff
from gui.viewmodels.trail import Trail
from gui.viewmodels.unlock import Unlock
from gui.words import counted

SCREENS = ("inbox", "trail")


@dataclass(frozen=True, slots=True)
class State:
    seat: Seat | None = None
    ledger: Ledger | None = None
    screen: str = "inbox"
    title: str = ""
    chain: tuple[Tone, str, str] = (Tone.NONE, "Not verified yet", "")
    told: str = ""
    read_only: str = ""

    @property
    def broken(self) -> bool:
        return self.chain[0] is Tone.FAIL

    @property
    def notice(self) -> str:
        """What has to be known on every screen."""
        if self.broken:
            return f"{self.chain[1]}. {self.chain[2]} Signing is off."
        if self.read_only:
            return f"This ledger can only be read: {self.read_only}."
        return self.told


class Desktop:
    """The composition: view models on one session, made when somebody unlocks and dropped when they leave."""

    def __init__(self, run: Run, aside: Run, unlock: Unlock, audit: Callable[[], Audit]) -> None:
        self.state = State()
        self.changed = Signal()
        self.unlock = unlock
        self.inbox: Inbox | None = None
        self.dossier: Dossier | None = None
        self.trail: Trail | None = None
        self.signing: SignOff | None = None
        self.drafts: dict[tuple[str, str], Draft] = {}
        """What was typed and not signed, by person and version; outlives a lock."""
        self._run, self._aside, self._audit = run, aside, audit
        unlock.changed.connect(self._unlocked)

    def go(self, screen: str) -> None:
        if screen in SCREENS and self.state.seat:
            self._set(replace(self.state, screen=screen, told=""))
            if screen == "trail" and self.trail:
                self.trail.load()
            elif self.inbox:
                self.inbox.load()

    def lock(self) -> None:
        """Leave the desk: everything read is dropped, what was typed is kept."""
        if self.signing and self.signing.state.working:
            return
        self.end_sign_off(reload=False)
        self.unlock.lock()

    def look_again(self) -> None:
        """See whether the ledger went on without us."""
        if self.dossier and not (self.signing and self.signing.state.working):
            self.dossier.look_again()

    def why_not_sign(self) -> str:
        if self.state.seat is None or self.dossier is None:
            return "nobody is signed in"
        if self.state.broken:
            return "the chain is broken; nothing is signed on it"
        return self.dossier.state.why_not_sign

    def begin_sign_off(self) -> SignOff | None:
        if self.why_not_sign() or self.signing:
            return None
        assert self.dossier
        assert self.state.seat
        sight, session = self.dossier.state.sight, self._session()
        assert sight
        draft = self.drafts.get((self.state.seat.handle, sight.version))
        self.signing = SignOff(self._run, session, self.state.seat.handle, sight, draft)
        return self.signing

    def end_sign_off(self, *, reload: bool = True) -> None:
        """Keep what was typed, unless it was signed; then everything is read again."""
        signing, seat = self.signing, self.state.seat
        self.signing = None
        if signing is None or seat is None:
            return
        key = (seat.handle, signing.state.sight.version)
        self.drafts.pop(key, None)
        if signing.draft != Draft():
            self.drafts[key] = signing.draft
        if signing.state.stale and self.dossier:
            self.dossier.became_stale()
        elif reload and signing.state.filed:
            self.refresh()

    def refresh(self) -> None:
        if self.inbox and self.dossier and self.trail:
            self.inbox.load()
            self.dossier.reload()
            self.trail.load()

    def may_close(self) -> str:
        """Return why the window should not close yet."""
        if self.signing and self.signing.state.working:
            return "A signature is being recorded. The window closes when its receipt is here."
        typed = [version for (_, version), draft in self.drafts.items() if draft.reason.strip()]
        if self.signing and self.signing.draft.reason.strip():
            typed.append(self.signing.state.sight.version)
        if not typed:
            return ""
        return f"What you wrote about {' and '.join(typed)} is not signed and would be lost ({counted(len(typed), 'draft')})."

    def discard(self) -> None:
        self.drafts.clear()

    def tell(self, text: str) -> None:
        self._set(replace(self.state, told=text))

    def _session(self) -> Any:
        assert self.unlock.session
        return self.unlock.session

    def _unlocked(self) -> None:
        seat = self.unlock.state.unlocked
        if seat == self.state.seat:
            return
        if seat is None:
            self.inbox = self.dossier = self.trail = None
            self._set(State(chain=self.state.chain))
            return
        session, ledger = self._session(), self.unlock.state.ledger
        self.inbox = Inbox(self._run, session, seat.handle)
        self.dossier = Dossier(self._run, session, seat.handle)
        self.trail = Trail(self._run, self._aside, session, self._audit)
        self.inbox.changed.connect(self._selected)
        self.dossier.changed.connect(self._titled)
        self.trail.changed.connect(self._chained)
        read_only = ledger.read_only if ledger else ""
        self._set(replace(self.state, seat=seat, ledger=ledger, screen="inbox", read_only=read_only))
        self.inbox.load()
        self.trail.load()
        self.trail.verify()

    def _selected(self) -> None:
        if self.inbox and self.dossier and self.inbox.state.selected != self.dossier.state.name:
            self.dossier.open(self.inbox.state.selected)

    def _titled(self) -> None:
        name = self.dossier.state.name if self.dossier else ""
        if name != self.state.title:
            self._set(replace(self.state, title=name, told=""))

    def _chained(self) -> None:
        if self.trail and self.trail.state.chain != self.state.chain:
            self._set(replace(self.state, chain=self.trail.state.chain))

    def _set(self, state: State) -> None:
        self.state = state
        self.changed.emit()
