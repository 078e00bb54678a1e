"""The ledger on a database of one's own: it appends in turns, and answers with what it has verified."""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Self

from govern.errors import GovernError, InvalidInput, Kind, NotAllowed, Tampered
from govern.ledger import Receipt, merkle
from govern.ledger.envelope import Entry, Envelope
from govern.ledger.keys import Pen
from govern.ledger.merkle import Hash
from govern.ledger.note import KeyType, VerifierKey
from govern.ledger.proof import Proof
from govern.record.draft import Moment, log_draft
from govern.record.events import Body, Event
from govern.record.people import Root
from govern.record.refolding import event_id as id_of
from govern.record.refolding import refold
from govern.record.registry import Registry
from govern.storage import guards, rows
from govern.storage.lock import Lock
from govern.storage.opening import Opened, opened
from govern.storage.sequencer import Sequencer
from govern.storage.standing import Standing
from govern.storage.store import Store

if TYPE_CHECKING:
    from govern.record.approval import Approval

_CHUNK = 512


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _nothing(step: str) -> None:
    """Let every step of an append pass; tests put a fault here."""


class Mode(StrEnum):
    """What a ledger can be used for."""

    WRITABLE = "writable"
    READING = "reading"
    RECOVERY = "recovery"


class LocalLedger:
    """A ledger, for as long as it is open."""

    def __init__(self, store: Store, sequencer: Sequencer) -> None:
        self._store = store
        self._sequencer = sequencer

    @classmethod
    def create(  # noqa: PLR0913  what a ledger is made of
        cls,
        store: Store,
        lock: Path,
        pen: Pen,
        genesis: Envelope,
        *,
        clock: Callable[[], datetime] = _utc_now,
        at: Callable[[str], None] = _nothing,
    ) -> Self:
        """Return the ledger that ``genesis`` founds, in an empty store and with a lock file that is not there yet."""
        root = Event.parse(genesis.payload)
        if not isinstance(root.body, Root):
            raise InvalidInput(f"a ledger begins with a root, this is a {root.kind} event")
        origin, first = root.govern.log_origin, Lock(lock, root.body.log_keys)
        _require_key(pen, origin, first.keys)
        first.require_absent()
        with store.reading() as connection:
            if rows.head(connection).size:
                raise InvalidInput(f"{store.place} holds a ledger already", hint="name another", code="exists")
        ledger = cls(store, Sequencer(store, first, pen, clock, at, Opened(Standing.before_genesis(origin))))
        ledger.submit([genesis])
        return ledger

    @classmethod
    def open(  # noqa: PLR0913  what a ledger is made of
        cls,
        store: Store,
        lock: Path,
        keys: Sequence[VerifierKey],
        pen: Pen | None = None,
        *,
        clock: Callable[[], datetime] = _utc_now,
        at: Callable[[str], None] = _nothing,
    ) -> Self:
        """Return the ledger in ``store``, to be read only without a pen, or when it is not what it was: see `mode`."""
        held = Lock(lock, tuple(keys))
        found = opened(store, held, keys)
        if pen and found.standing:
            _require_key(pen, found.standing.checkpoint.origin, keys)
        ledger = cls(store, Sequencer(store, held, pen, clock, at, found))
        if ledger.mode is Mode.WRITABLE:
            # The lock file may lack what was committed just before a crash.
            ledger.checkpoint()
        return ledger

    @property
    def mode(self) -> Mode:
        if self.fault:
            return Mode.RECOVERY
        return Mode.WRITABLE if self._sequencer.writable else Mode.READING

    @property
    def fault(self) -> GovernError | None:
        """What was found wrong when the ledger was opened, or stopped it since; `submit` raises it."""
        return self._sequencer.fault

    @property
    def registry(self) -> Registry:
        """What the log adds up to now."""
        return self._sequencer.standing().registry

    def registry_at(self, instant: datetime) -> Registry:
        """Return what the entries added up to that were recorded until ``instant``; now, that needs no second look."""
        live = self.registry
        size = bisect_right(range(live.size), instant, key=lambda index: self.entry(index).recorded_at)
        return live if size == live.size else self._registry_of(size)

    def submit(self, envelopes: Sequence[Envelope]) -> list[Receipt]:
        """File all of ``envelopes`` or none and return their receipts; the same statement again returns its first one."""
        return self._sequencer.submit(envelopes) if envelopes else []

    def say(self, body: Body, entropy: bytes) -> Receipt:
        """File what the log itself has to say, signed with its own key."""
        registry, root = self.view()
        return self._sequencer.say(log_draft(registry, root, body, Moment(self._sequencer.now(), entropy)))

    def vouch(self, approval: "Approval") -> Envelope:
        """Return an approval of a version of this ledger, signed with the log's own key."""
        if approval.anchor != self.registry.anchor.hex():
            raise InvalidInput(f"the approval is of the ledger {approval.anchor}, not of this one")
        return self._sequencer.vouch(bytes(approval))

    def view(self) -> tuple[Registry, Hash]:
        """Return what the log adds up to now, and the root it has there: what somebody signs over."""
        standing = self._sequencer.released()
        return standing.registry, standing.head.root

    def leaf(self, index: int) -> bytes:
        """Return the exact bytes of an entry."""
        found = next(self.entries(index, index + 1), None)
        if found is None:
            raise InvalidInput(
                f"there is no entry #{index}", hint=f"the newest is #{self._size() - 1}", code="not_found"
            )
        return found

    def entry(self, index: int) -> Entry:
        return Entry.parse(self.leaf(index))

    def place(self, event_id: str) -> int:
        """Return the index of the entry that an event is in."""
        with self._store.reading() as connection:
            index = rows.events(connection, [event_id]).get(event_id)
        if index is None:
            hint = "nothing is recorded under this id: what was to be filed can be signed again"
            raise InvalidInput(f"no event {event_id} was filed", hint=hint, code="not_found")
        if id_of(self.leaf(index)) != event_id:
            raise Tampered(
                f"the index of events says that {event_id} is in entry #{index}, which is another event",
                kind=Kind.PROJECTION_DIFFERS,
                entry=index,
                hint="run `govern audit`",
            )
        return index

    def receipt(self, event_id: str) -> Receipt:
        return self._sequencer.receipt(self.place(event_id))

    def entries(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Yield the leaves from ``start`` on, as they are stored."""
        end = self._size() if stop is None else min(stop, self._size())
        for first in range(start, end, _CHUNK):
            # Nothing is yielded while the connection is held: a reader who dawdles would keep SQLite's writers waiting.
            with self._store.reading() as connection:
                chunk = rows.leaves(connection, first, min(end, first + _CHUNK))
            yield from (leaf.data for leaf in chunk)

    def checkpoint(self) -> bytes:
        return self._sequencer.released().note

    def checkpoint_of(self, size: int) -> bytes:
        """Return the first signed head that covers so many entries."""
        return next(self.checkpoints(size))

    def checkpoints(self, start: int = 0) -> Iterator[bytes]:
        """Yield every checkpoint of ``start`` entries or more, as it was signed, oldest first."""
        last = self._size()
        while start <= last:
            with self._store.reading() as connection:
                chunk = rows.checkpoints(connection, start, _CHUNK)
            yield from (signed.note for signed in chunk if signed.size <= last)
            start = chunk[-1].size + 1 if chunk else last + 1

    def root(self, size: int | None = None) -> Hash:
        """Return the root of the first ``size`` entries, or of all."""
        head = self._sequencer.released().head
        if size is None or size == head.size:
            return head.root
        _require_size(size, head.size)
        with self._store.reading() as connection:
            return merkle.root(size, rows.node_reader(connection))

    def prove(self, index: int, size: int | None = None) -> Proof:
        """Return the proof of an entry against the newest checkpoint, or that of ``size`` entries."""
        standing = self._sequencer.released()
        with self._store.reading() as connection:
            signed = rows.checkpoint(connection, standing.head.size if size is None else size)
            path = merkle.inclusion(index, signed.size, rows.node_reader(connection))
        return Proof(index, tuple(path), signed.note)

    def consistency(self, old: int, new: int) -> list[Hash]:
        """Return the proof that the first ``old`` entries are how the first ``new`` begin."""
        _require_size(new, self._size())
        with self._store.reading() as connection:
            return merkle.consistency(old, new, rows.node_reader(connection))

    def missing_guards(self) -> list[str]:
        with self._store.reading() as connection:
            return guards.missing(connection)

    def close(self) -> None:
        """Keep the registry for the next opening, and let the database go."""
        with suppress(GovernError):
            self._sequencer.keep()
        self._store.close()

    def _registry_of(self, size: int) -> Registry:
        """Return what the first ``size`` entries add up to, from the milestone before on."""
        registry = self._sequencer.kept(size)
        for leaf in self.entries(registry.size, size):
            registry = refold(registry, leaf)
        return registry

    def _size(self) -> int:
        with self._store.reading() as connection:
            return rows.head(connection).size


def _require_key(pen: Pen, origin: str, keys: Sequence[VerifierKey]) -> None:
    key = VerifierKey(origin, KeyType.ED25519, pen.public.raw)
    if key not in keys:
        raise NotAllowed(
            f"the key {key} is not the one of this log", hint="see the vkey in govern.toml", code="log_key"
        )


def _require_size(size: int, most: int) -> None:
    if not 0 <= size <= most:
        raise InvalidInput(f"the log has {most} entries, not {size}")
