"""An open ledger, read and signed for one screen at a time: the only module here that calls the desk.

Everything in it runs on the worker thread of the bridge, one call after the other.
"""

import os
import re
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import date, datetime, time
from pathlib import Path

from govern import connection, discussion, review
from govern.connection import Chance, Clock, KeyFile
from govern.desk import Desk
from govern.errors import GovernError, InvalidInput, NotAllowed
from govern.inbox import inbox
from govern.ledger.envelope import Entry as LedgerEntry
from govern.ledger.strict import Digest
from govern.record.identity import Role
from govern.record.inventory import Version
from govern.record.registry import Person
from govern.record.reviews import IssueReport
from govern.record.tasks import Task, rejection
from gui import attaching, differences, keeping, listing, numbers, papers, reading, receipts, saying, trail, waiving
from gui.casework import Case, Paper, Passage, Receipt, Said, Wish, Word
from gui.drafts import Drawer
from gui.lists import Answer, Assessed, Compared, Comparison, Integrity, Models, People, Portfolio, Standing
from gui.ruling import Rules
from gui.sights import Audit, Dossier, Entry, Filed, Issued, Ledger, Line, Meaning, Preview, Seat, Todo
from gui.tones import Tone
from gui.words import MEANINGS, counted

STALE_PREVIEW = "stale_preview"


class Session:
    """A ledger folder, for as long as it is open."""

    def __init__(self, near: connection.Near, stack: ExitStack, clock: Clock, chance: Chance) -> None:
        self._near = near
        self._stack = stack
        self._desk = Desk(near.ledger, near.store, clock, chance)
        self._place = near.folder.path
        self.rules = Rules(self._desk, self._key)
        self._drawer: Drawer | None = None
        self._past: tuple[date | None, Desk] = (None, self._desk)

    @classmethod
    def open(cls, place: Path, clock: Clock = connection.now, chance: Chance = os.urandom) -> "Session":
        stack = ExitStack()
        near = stack.enter_context(connection.near(connection.ledger_folder(place), clock=clock))
        return cls(near, stack, clock, chance)

    def close(self) -> None:
        self._stack.close()

    # Who and where

    def ledger(self) -> Ledger:
        registry, fault = self._desk.registry, self._near.ledger.fault
        read_only = ""
        if fault:
            read_only = fault.message
        elif self._near.ledger.mode != "writable":
            read_only = "this computer does not hold the log's key"
        return Ledger(
            registry.origin,
            str(self._place),
            registry.size,
            registry.last_recorded,
            read_only,
            self._near.warning,
            registry.anchor.hex(),
        )

    def seats(self) -> list[Seat]:
        """Return whose keys lie on this machine, registrars last: they rarely sign for models."""
        found = [self._seat(key) for key in connection.keys_here(self._near.folder)]
        return sorted(found, key=lambda one: (bool(one.why_not), "administrator" in one.roles, one.handle))

    def unlock(self, handle: str, passphrase: str) -> Seat:
        """Return who signed in; the pen is put away again at once, and leaves the key of their drawer."""
        key = self._key(handle)
        pen = self._desk.unlock_pen(key, passphrase)
        seat = self._seat(key)
        if seat.why_not:
            raise NotAllowed(seat.why_not, code="no_seat")
        folder = connection.drafts_folder(self._near.folder)
        self._drawer = Drawer.of(folder, self._near.folder.anchor, key.person, pen)
        return seat

    def drawer(self) -> Drawer:
        """Return the drawer of whoever unlocked last; it opens once."""
        drawer, self._drawer = self._drawer, None
        if drawer is None:
            raise NotAllowed("nobody unlocked this", code="locked")
        return drawer

    # Reading

    def inbox(self, handle: str) -> list[Todo]:
        """Return what waits for a person, what is worst first; and after it what else is in review."""
        tasks: dict[str, list[Task]] = {}
        for task in inbox(self._desk, handle):
            tasks.setdefault(task.version, []).append(task)
        found = [self._todo(name, of) for name, of in tasks.items()]
        others = [one for one in self._desk.registry.inventory.versions.values() if one.name not in tasks]
        found += [self._waiting(one, self._desk.person(handle)) for one in others if one.stage == "in_review"]
        return sorted(
            found, key=lambda one: (not one.mine, one.due or date.max, reading.TIERS.get(one.tier, 9), one.since)
        )

    def dossier(self, name: str, handle: str) -> Dossier:
        desk, one, who = self._desk, review.version(self._desk, name), self._desk.person(handle)
        roles = tuple(role for role in review.SIGNS if role in who.roles)
        found = reading.dossier(desk, one, roles)
        return replace(found, meanings=tuple(self._meaning(one, who, roles, word) for word in MEANINGS))

    def digest(self, name: str) -> str:
        """Return what a signature on a version would cover now."""
        return str(review.dossier_of(self._desk, review.version(self._desk, name)).digest)

    def case(self, name: str, handle: str) -> Case:
        """Return what is read around a version."""
        who = self._desk.person(handle)
        one, read_only = review.version(self._desk, name), self.ledger().read_only
        here = [self._desk.registry.people.get(key.person) for key in connection.keys_here(self._near.folder)]
        found = waiving.acceptances(self._desk, one, who, [other for other in here if other], read_only)
        return replace(papers.case(self._desk, one, who, read_only), acceptances=tuple(found))

    def history(self, name: str) -> list[Passage]:
        return papers.history(self._desk, review.version(self._desk, name))

    def document(self, name: str, section: str) -> tuple[str, bytes]:
        """Return a document, which is what was signed."""
        return papers.document(self._desk, review.version(self._desk, name), section)

    def models(self, text: str, day: date | None) -> Models:
        """Return the models that a filter asks for, now or at the end of a day."""
        return listing.models(self._at(day), text)

    def standings(self, names: tuple[str, ...], day: date | None) -> dict[str, Standing]:
        """Return how the newest versions of models stand."""
        return listing.standings(self._at(day), names)

    def portfolio(self, handle: str) -> Portfolio:
        return numbers.numbers(self._desk, handle)

    def assess(self, names: tuple[str, ...]) -> dict[str, Assessed]:
        """Return how models stand; each of them is judged."""
        return numbers.assess(self._desk, names)

    def answer(self, model: str, day: date | None) -> Answer:
        """Return which version of a model decided at the end of a day, and what that rests on."""
        return numbers.answer(self._at(day), model, day)

    def people(self) -> People:
        return keeping.people(self._desk, self._near)

    def integrity(self) -> Integrity:
        return keeping.integrity(self._desk, self._near, self.ledger().read_only)

    def compare(self, text: str) -> Compared:
        """Say whether the ledger goes back to a checkpoint that somebody kept."""
        return keeping.compare(self._desk, text)

    def versions(self) -> tuple[str, ...]:
        return differences.versions(self._desk)

    def compare_versions(self, older: str, newer: str) -> Comparison:
        return differences.compare(self._desk, older, newer)

    def size(self) -> int:
        return self._desk.registry.size

    def lines(self, start: int, stop: int) -> list[Line]:
        """Return lines of the audit trail."""
        leaves = self._near.ledger.entries(start, stop)
        return [trail.line(self._desk, LedgerEntry.parse(leaf)) for leaf in leaves]

    def entry(self, index: int) -> Entry:
        """Return an entry after checking its signatures and its proof."""
        return trail.entry(self._desk, index)

    # Signing

    def sign(  # noqa: PLR0913, PLR0917  a signature has as many sides
        self,
        seen: Dossier,
        handle: str,
        role: str,
        meaning: str,
        reason: str,
        passphrase: str,
        conditions: Sequence[tuple[str, str, date]] = (),
    ) -> Filed:
        """Sign the very dossier that was read; a later one is refused by the ledger itself."""
        pen = self._desk.unlock_pen(self._key(handle), passphrase)
        desk, one = replace(self._desk, pens=(pen,)), review.version(self._desk, seen.version)
        digest = self._require_read(one, seen.digest)
        try:
            asked = discussion.conditions(desk, conditions)
            receipt = review.sign(desk, one, meaning, reason, role, digest, asked)
        except NotAllowed as refusal:
            raise self._named(refusal) from None
        found = receipts.opened(desk, receipt)
        common = found.event.govern
        if (common.meaning, str(common.dossier)) != (meaning, seen.digest):
            raise receipts.not_signed(receipt.index)
        return Filed(
            receipt.index,
            one.name,
            meaning,
            reason,
            reading.full_name(self._desk, common.signer.id),
            common.signer.role,
            seen.digest,
            common.event_id,
            common.signed_at,
            found.entry.recorded_at,
            found.size,
        )

    def say(self, word: Word, handle: str, passphrase: str) -> Said:
        """Sign something that is said of a version: a comment, a finding, an answer."""
        desk = replace(self._desk, pens=(self._desk.unlock_pen(self._key(handle), passphrase),))
        try:
            return saying.say(desk, review.version(desk, word.version), word)
        except NotAllowed as refusal:
            raise self._named(refusal) from None

    def waive(self, wish: Wish, handle: str, passphrase: str, others: Sequence[tuple[str, str]] = ()) -> Receipt:
        """Sign that a failing check is accepted; with everybody else who signs, each by handle and passphrase."""
        signing = [(handle, passphrase), *others]
        pens = tuple(self._desk.unlock_pen(self._key(who), secret) for who, secret in signing)
        one = review.version(self._desk, wish.version)
        self._require_read(one, wish.dossier)
        try:
            return waiving.waive(replace(self._desk, pens=pens), one, wish)
        except NotAllowed as refusal:
            raise self._named(refusal) from None

    def paper(self, path: str) -> Paper:
        return attaching.paper(path)

    def attach(self, version: str, section: str, seen: Paper, handle: str, passphrase: str) -> Receipt:
        """Attach the very bytes that were looked at."""
        desk = replace(self._desk, pens=(self._desk.unlock_pen(self._key(handle), passphrase),))
        try:
            return attaching.attach(desk, review.version(desk, version), section, seen)
        except NotAllowed as refusal:
            raise self._named(refusal) from None

    # Issuing

    def why_not_issue(self, handle: str) -> str:
        """Return why a person cannot put a report on record, if they cannot."""
        roles = self._desk.person(handle).roles
        if not any(role in roles for role in (*review.SIGNS, Role.AUDITOR)):
            return f"{reading.full_name(self._desk, self._desk.person(handle).id)} holds no role that issues reports"
        return self.ledger().read_only

    def gone_on(self, seen: Preview) -> str:
        """Return what the ledger has now that a preview does not show; empty when nothing."""
        if self.digest(seen.version) != seen.dossier:
            return f"The dossier of {seen.version} changed since these pages were made."
        newer = self._desk.registry.size - seen.size
        return f"{counted(newer, 'entry was', 'entries were')} filed since these pages were made." if newer else ""

    def issue(self, seen: Preview, handle: str, passphrase: str) -> Issued:
        """Put on record the very bytes that were previewed."""
        changed = self.gone_on(seen)
        if changed:
            raise NotAllowed(changed.rstrip("."), code=STALE_PREVIEW, hint="look at them again, and issue those")
        desk = replace(self._desk, pens=(self._desk.unlock_pen(self._key(handle), passphrase),))
        one, certificate = review.version(desk, seen.version), Digest.parse(seen.certificate)
        receipt = review.issue_report(desk, one, seen.content, certificate, seen.template)
        found = receipts.opened(desk, receipt)
        if not isinstance(found.event.body, IssueReport) or str(found.event.body.report) != seen.digest:
            raise InvalidInput(f"entry #{receipt.index} is not what was previewed", hint="run `govern audit`")
        who, at = found.event.govern.signer, found.entry.recorded_at
        name = reading.full_name(self._desk, who.id)
        return Issued(receipt.index, one.name, seen.digest, name, who.role, at, found.size)

    # Private

    def _require_read(self, one: Version, seen: str) -> Digest:
        """Return the digest of a dossier; raise unless it is the one that was read."""
        digest = review.dossier_of(self._desk, one).digest
        if str(digest) != seen:
            text, hint = f"{one.name} changed while you were reading it", "read what is new, and sign that"
            raise NotAllowed(text, code="stale_dossier", hint=hint)
        return digest

    def _at(self, day: date | None) -> Desk:
        """Return a desk that reads what was so at the end of a day; the last one is kept, since to fold takes a while."""
        if day is None or day >= self._desk.clock().date():
            return self._desk
        if self._past[0] != day:
            self._past = (day, self._desk.as_of(datetime.combine(day, time.max).astimezone()))
        return self._past[1]

    def _key(self, handle: str) -> KeyFile:
        for key in connection.keys_here(self._near.folder):
            if key.handle == handle:
                return key
        raise InvalidInput(f"there is no key of {handle} on this machine", hint=f"`govern key new {handle}`")

    def _seat(self, key: KeyFile) -> Seat:
        person = self._desk.registry.people.get(key.person)
        why = ""
        if person is None:
            why = f"{key.handle} is not enrolled yet"
        elif person.locked:
            why = f"{key.handle} is locked after too many wrong passphrases; a registrar can unlock"
        elif (
            self._desk.registry.owners.get(key.public.keyid) != key.person or not person.key(key.public.keyid).in_force
        ):
            why = f"this key of {key.handle} is not in force"
        name = reading.full_name(self._desk, key.person) if person else key.handle
        roles = tuple(sorted(person.roles)) if person else ()
        return Seat(key.handle, name, roles, key.public.keyid, why)

    def _todo(self, name: str, tasks: list[Task]) -> Todo:
        due = min((task.due for task in tasks if task.due), default=None)
        is_late = due is not None and due < self._desk.clock().date()
        if "@" not in name:  # a policy, in force or not
            why, since = tuple(task.why for task in tasks), self._desk.registry.last_recorded
            return Todo(
                name,
                tasks[0].what,
                why,
                Tone.WARN,
                "Review the policy",
                "",
                since,
                due=due,
                is_late=is_late,
                of_policy=True,
            )
        one = review.version(self._desk, name)
        tone, verdict = reading.verdict(self._desk, one)
        what = "sign again" if any(task.what == "sign again" for task in tasks) else tasks[0].what
        because = tuple(reading.why(self._desk, task.why) for task in tasks)
        # One reason is enough where a signature has to be given again: that it is missing is the same said twice.
        kept = tuple(text for text, task in zip(because, tasks, strict=True) if task.what == what)
        tier = self._desk.registry.inventory.models[one.model].risk_tier
        since = reading.since(self._desk, one)
        return Todo(name, what, kept, tone, verdict, tier, since, due=due, is_late=is_late)

    def _waiting(self, one: Version, who: Person) -> Todo:
        tone, verdict = reading.verdict(self._desk, one)
        mine = who.id in one.not_reviewers
        why = "you made or submitted it; others sign" if mine else "you have signed; it waits for others"
        if not mine and not any(said.person == who.id for said in one.signed):
            why = "it waits for others"
        rejected = rejection(self._desk.registry, one)
        if rejected:
            why = f"rejected in #{rejected.entry}; it waits for its owner"
        tier = self._desk.registry.inventory.models[one.model].risk_tier
        return Todo(one.name, "waits", (why,), tone, verdict, tier, reading.since(self._desk, one), mine=False)

    def _meaning(self, one: Version, who: Person, roles: tuple[str, ...], word: str) -> Meaning:
        if not roles:
            return Meaning(word, "you hold no role that signs for models")
        ledger = self.ledger()
        if ledger.read_only:
            return Meaning(word, ledger.read_only)
        refusals = (review.why_not_sign(self._desk, one, who, role, word, "because") for role in roles)
        first: NotAllowed | None = None
        for refusal in refusals:
            if refusal is None:
                return Meaning(word)
            first = first or refusal
        assert first
        return Meaning(word, reading.refusal(self._named(first), one))

    def _named(self, refusal: NotAllowed) -> NotAllowed:
        """Return the refusal with names where the rules, which know nobody by name, say ids."""
        message = re.sub(r"p-[a-z2-7]{16}", lambda id_: reading.full_name(self._desk, id_[0]), refusal.message)
        return NotAllowed(message, hint=refusal.hint, code=refusal.code, kind=refusal.kind)


Auditor = Callable[[], Audit]
__all__ = ["Auditor", "GovernError", "Session"]
