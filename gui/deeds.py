"""What is begun to be signed at a desk, one at a time; what is typed on the way is kept until it is on record."""

from typing import Any, Protocol

from gui.viewmodels.adopt import Adopt
from gui.viewmodels.attach import Attach
from gui.viewmodels.case import Case
from gui.viewmodels.dossier import Dossier
from gui.viewmodels.drafts import Drafts
from gui.viewmodels.say import About, Say
from gui.viewmodels.screens import Screens, State
from gui.viewmodels.signal import Run
from gui.viewmodels.signoff import SignOff
from gui.viewmodels.waive import Waive


class Here(Protocol):
    """Where it is signed: what is on screen, and the ledger behind it."""

    state: State
    dossier: Dossier | None
    case: Case | None
    screens: Screens | None
    drafts: Drafts

    @property
    def session(self) -> Any: ...
    def refresh(self) -> None: ...


class Deeds:
    """A sign-off, a word, a waiver, a document or a policy, from its first letter to its receipt."""

    def __init__(self, run: Run, here: Here) -> None:
        self.signing: SignOff | None = None
        self.saying: Say | None = None
        self.deed: Waive | Attach | Adopt | None = None
        self._run, self._here = run, here

    @property
    def working(self) -> bool:
        """Say whether a signature is being recorded."""
        return any(one.state.working for one in (self.signing, self.saying, self.deed) if one)

    @property
    def is_at_it(self) -> bool:
        """Say whether something that is signed was begun already: one at a time."""
        return any((self.signing, self.saying, self.deed))

    def why_not_sign(self) -> str:
        if self._here.state.seat is None or self._here.dossier is None:
            return "nobody is signed in"
        if self._here.state.broken:
            return "the chain is broken; nothing is signed on it"
        return self._here.dossier.state.why_not_sign

    def begin_sign_off(self) -> SignOff | None:
        sight, seat = self._here.dossier.state.sight if self._here.dossier else None, self._here.state.seat
        if self.why_not_sign() or self.is_at_it or not (sight and seat):
            return None
        kept = self._here.drafts.of(sight.version)
        self.signing = SignOff(self._run, self._here.session, seat.handle, sight, kept)
        return self.signing

    def end_sign_off(self, *, reload: bool = True) -> None:
        """Keep what was typed, unless it was signed; then everything is read again."""
        self.keep()
        signing, self.signing = self.signing, None
        if signing is None:
            return
        if signing.state.stale and self._here.dossier:
            self._here.dossier.became_stale()
        elif reload and signing.state.filed:
            self._here.refresh()

    def why_not_say(self, kind: str) -> str:
        if self._here.state.seat is None or self._here.dossier is None or self._here.case is None:
            return "nobody is signed in"
        if self._here.state.broken:
            return "the chain is broken; nothing is signed on it"
        if self._here.case.state.sight is None or self._here.state.screen not in {"inbox", "dossier"}:
            return "no version is open"
        return self._here.case.state.sight.refusal(kind)

    def begin_say(self, kind: str, entry: int = 0, place: int = 0) -> Say | None:
        """Begin a word on the version that is read: about it, or about one of its challenges, findings, conditions."""
        if self.why_not_say(kind) or self.is_at_it:
            return None
        assert self._here.case
        assert self._here.case.state.sight
        assert self._here.state.seat
        sight = self._here.case.state.sight
        people = sight.people if kind == "finding" else ()
        anchors = sight.anchors if kind in {"comment", "challenge"} else ()
        about = About(sight.version, kind, entry, place, sight.quoted(kind, entry, place), people, anchors)
        kept = self._here.drafts.of(about.draft)
        self.saying = Say(self._run, self._here.session, self._here.state.seat.handle, about, kept)
        return self.saying

    def end_say(self, *, reload: bool = True) -> None:
        """Keep what was typed, unless it is on record; then everything is read again."""
        self.keep()
        saying, self.saying = self.saying, None
        if saying and saying.state.said and reload:
            self._here.refresh()

    def why_not_waive(self) -> str:
        why, seen = self.why_not_say("waive"), self._here.case.state.sight if self._here.case else None
        if why or self._here.dossier is None or seen is None:
            return why or "no version is open"
        return self._here.dossier.state.why_not_waive(seen)

    def begin_waive(self) -> Waive | None:
        """Begin to accept the check that is chosen for a while."""
        seen = self._here.dossier.state if self._here.dossier else None
        if self.why_not_waive() or self.is_at_it or not (self._here.case and seen and seen.sight):
            return None
        made = self._here.case.waive(seen.sight, seen.check)
        made.restore(self._here.drafts.of(made.name))
        self.deed = made
        return made

    def begin_attach(self, section: str = "") -> Attach | None:
        """Begin to attach a document, to a section if one is known."""
        if self.why_not_say("attach") or self.is_at_it or not self._here.case:
            return None
        made = self._here.case.attach(section)
        self.deed = made
        return made

    def why_not_adopt(self) -> str:
        if self._here.state.seat is None or self._here.screens is None:
            return "nobody is signed in"
        if self._here.state.broken:
            return "the chain is broken; nothing is signed on it"
        return self._here.state.read_only or self._here.screens.policies.why_not_try()

    def begin_adopt(self) -> Adopt | None:
        """Begin to adopt the policy file that is open."""
        if self.why_not_adopt() or self.is_at_it or not self._here.screens:
            return None
        made = self._here.screens.policies.adopt()
        self.deed = made
        return made

    def end_deed(self, *, reload: bool = True) -> None:
        """Keep what was typed, unless it is on record; then everything is read again."""
        self.keep()
        deed, self.deed = self.deed, None
        if isinstance(deed, Adopt) and deed.state.signing.receipt and self._here.screens:
            self._here.screens.policies.adopted(deed.state.signing.receipt.version)
        if isinstance(deed, Waive | Attach) and deed.state.signing.stale and self._here.dossier:
            self._here.dossier.became_stale()
        elif deed and reload and (deed.state.signing.receipt or deed.state.signing.stale):
            self._here.refresh()

    def keep(self) -> None:
        """Bring what is typed to the disk; the window calls this every moment."""
        if isinstance(self.deed, Waive):
            self._here.drafts.put(self.deed.name, self.deed.draft)
        if self.saying:
            self._here.drafts.put(self.saying.about.draft, self.saying.draft)
        if self.signing:
            self._here.drafts.put(self.signing.state.sight.version, self.signing.draft)
        self._here.drafts.flush()

    def end(self) -> None:
        """Leave whatever was begun; nothing is read again."""
        self.end_sign_off(reload=False)
        self.end_say(reload=False)
        self.end_deed(reload=False)
