"""A ledger to measure on: a real folder, several people who sign, and a clock that goes on with what they do."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Self

from govern.ledger.envelope import Envelope, seal
from govern.ledger.merkle import leaf_hash
from govern.record.draft import Moment, draft
from govern.record.identity import Role
from govern.record.people import TrailReview
from govern.storage.folder import Folder
from govern.storage.local import LocalLedger
from govern.storage.store import Store
from tests.people import LOG_KEY, LOG_PEN, ORIGIN, START, Actor, enrolment, founding, signed

ADA = Actor("ada")
PEOPLE = tuple(Actor(handle) for handle in ("ben", "cleo", "dan", "eve"))
PENS = [one.pen for one in PEOPLE]
TICK = timedelta(milliseconds=1)


@dataclass
class Bank:
    """A ledger in ``path`` with its lock file; the database may be elsewhere."""

    path: Path
    url: str
    name: str = "bank"
    """Goes into every event's id: banks of different names write to one ledger without meeting."""
    now: datetime = field(default=START)

    @classmethod
    def founded(cls, path: Path, url: str = "") -> Self:
        """Return a new ledger of several people."""
        bank = cls(path, url or f"sqlite:///{path}/ledger/ledger.db")
        store = Store.create(bank.url)
        genesis = founding(ADA.handle)
        ledger = LocalLedger.create(store, bank.lock, LOG_PEN, genesis, clock=bank.clock)
        for one in PEOPLE:
            ledger.submit([signed(*ledger.view(), enrolment(one, Role.VALIDATOR), ADA)])
        anchor = leaf_hash(ledger.leaf(0)).hex()
        ledger.close()
        place = "" if url else "ledger/ledger.db"
        Folder(path, ORIGIN, anchor, LOG_KEY, database=place or url, state="state").create()
        return bank

    @property
    def lock(self) -> Path:
        return self.path / "lock" / "checkpoint"

    @property
    def folder(self) -> Folder:
        return Folder.read(self.path)

    def clock(self) -> datetime:
        return self.now

    @contextmanager
    def open(self) -> Iterator[LocalLedger]:
        store = Store.open(self.url)
        ledger = LocalLedger.open(store, self.lock, [LOG_KEY], LOG_PEN, clock=self.clock)
        self.now = max(self.now, ledger.registry.last_recorded)
        try:
            yield ledger
        finally:
            ledger.close()

    def envelopes(self, ledger: LocalLedger, count: int) -> list[Envelope]:
        """Return so many reviews of the trail, signed by several people on what the ledger is now."""
        registry, root = ledger.view()
        body = TrailReview(first=0, last=registry.size - 1)
        written = []
        for pen in PENS[:count]:
            moment = self._moment("draft")
            event = draft(registry, root, pen.public.keyid, Role.VALIDATOR, body, moment)
            written.append((pen, bytes(event), moment.event_id.encode()))
        envelopes = []
        for number in range(count):
            # One statement in four is drafted, its id is each one's own: signing is not what is measured.
            pen, statement, id_ = written[number % len(written)]
            self.now += TICK
            other = self._moment(f"{registry.size} {number}").event_id.encode()
            envelopes.append(seal(statement.replace(id_, other), pen))
        return envelopes

    def grow(self, ledger: LocalLedger, entries: int, batch: int) -> None:
        """Append until the ledger has so many entries."""
        while (missing := entries - ledger.registry.size) > 0:
            ledger.submit(self.envelopes(ledger, min(batch, missing)))

    def _moment(self, word: str) -> Moment:
        return Moment(self.now, sha256(f"{self.name} {word}".encode()).digest())
