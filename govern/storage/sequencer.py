"""The append: one turn at a time, in ten steps, which are numbered here.

An entry is acknowledged when it is on the disk and the lock file holds its checkpoint, never before. After an error in
between nothing more is appended: whether it was written is found out by opening the ledger again.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock as Mutex
from typing import TYPE_CHECKING

from govern.errors import GovernError, InvalidInput, NotAllowed, Tampered, Unavailable
from govern.ledger import Receipt
from govern.ledger.envelope import Envelope, seal
from govern.ledger.keys import Pen
from govern.record.registry import Registry
from govern.storage import rows, snapshots
from govern.storage.lock import Lock, require_reached, require_size
from govern.storage.opening import Opened, prover
from govern.storage.rows import Signed
from govern.storage.sql import Connection
from govern.storage.standing import Standing, follow
from govern.storage.store import Store
from govern.storage.turn import Step, read_back, receipt, signed

if TYPE_CHECKING:
    from govern.record.events import Event
    from govern.record.filing import Filing
    from govern.storage.batch import Batch

MOST = 256
"""How many envelopes one turn files, and so one call."""

_REOPEN = "open the ledger again, it verifies itself first; what is then submitted again is filed once"


@dataclass(eq=False, slots=True)
class _Call:
    """One call of `submit`, waiting for its turn."""

    filings: "list[Filing]"
    places: list[int] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)
    error: GovernError | None = None
    settled: bool = False


class Sequencer:
    """What appends to one log, and knows where that stands."""

    def __init__(  # noqa: PLR0913, PLR0917  what an append needs, named once by `LocalLedger`
        self,
        store: Store,
        lock: Lock,
        pen: Pen | None,
        clock: Callable[[], datetime],
        at: Callable[[str], None],
        found: Opened,
    ) -> None:
        self.fault = found.fault
        self._store = store
        self._lock = lock
        self._pen = pen
        self._clock = clock
        self._at = at
        self._standing = found.standing
        self._kept = found.kept
        self._waiting: deque[_Call] = deque()
        self._turn = Mutex()
        self._moving = Mutex()
        self._writing = False

    @property
    def writable(self) -> bool:
        return self._pen is not None and self.fault is None

    def standing(self) -> Standing:
        """Return where the log stands now, appends by other programs included."""
        known = self._known()
        with self._noticing(), self._store.reading() as connection:
            return self._move(follow(connection, known, self._lock.keys, rows.head(connection)))

    def released(self) -> Standing:
        """Return where the log stands, once the lock file holds it: a checkpoint is not shown to anybody before."""
        standing = self.standing()
        if self.writable:
            with self._noticing():
                self._lock.advance(standing.note, self._proves)
        return standing

    def submit(self, envelopes: Sequence[Envelope]) -> list[Receipt]:
        if len(envelopes) > MOST:
            raise InvalidInput(f"{len(envelopes)} envelopes are too many for one call", hint=f"file {MOST} at a time")
        self._require_writable()
        # (1) Shape and signatures, outside the transaction and in the thread that asks.
        with self._step(Step.CHECK):
            call = _Call(self._opened(envelopes))
        self._waiting.append(call)
        # One thread of this process has the turn and files what is waiting, its own call or not; the others find theirs done.
        while not call.settled:
            with self._turn:
                if not call.settled:
                    self._file_waiting()
        if call.error:
            raise call.error
        return call.receipts

    def say(self, event: "Event") -> Receipt:
        """File an event of the log's own, signed with its key."""
        self._require_writable()
        assert self._pen
        (receipt,) = self.submit([seal(bytes(event), self._pen)])
        return receipt

    def vouch(self, statement: bytes) -> Envelope:
        """Sign what is no entry with the log's key, once the lock file holds what it is said of."""
        self._require_writable()
        self.released()
        assert self._pen
        return seal(statement, self._pen)

    def now(self) -> datetime:
        return self._clock()

    def receipt(self, index: int) -> Receipt:
        standing = self.released()
        with self._store.reading() as connection:
            (leaf,) = rows.leaves(connection, index, index + 1)
            return receipt(leaf, standing, rows.node_reader(connection))

    def kept(self, most: int) -> Registry:
        """Return the newest registry that was kept, of ``most`` entries; an empty one if there is none."""
        with self._store.reading() as connection:
            found = snapshots.load(connection, self._known().head, self._lock.keys, most)
        return found[1] if found else Registry()

    def keep(self) -> None:
        """Keep the registry for the next opening."""
        if self.writable and self._known().head.size > self._kept:
            with self._store.writing() as connection:
                rows.take_head(connection)
                self._keep(connection, self._known())

    def _opened(self, envelopes: Sequence[Envelope]) -> "list[Filing]":
        from govern.record.filing import open_filing  # noqa: PLC0415  whoever only reads loads no rules

        try:
            return [open_filing(self._known().registry, envelope) for envelope in envelopes]
        except GovernError:
            # Another program may have enrolled the signer since.
            registry = self.standing().registry
            return [open_filing(registry, envelope) for envelope in envelopes]

    def _file_waiting(self) -> None:
        calls: list[_Call] = []
        try:
            # (2) Up to 256 envelopes, in the order in which they came.
            with self._step(Step.GATHER):
                self._gather(calls)
            self._require_writable()
            self._take_turn(calls)
        except BaseException as error:
            self._stop(error, calls)
            if not isinstance(error, Exception):
                raise
        finally:
            for call in calls:
                call.settled = True

    def _gather(self, calls: list[_Call]) -> None:
        room = MOST
        while self._waiting and len(self._waiting[0].filings) <= room:
            calls.append(self._waiting.popleft())
            room -= len(calls[-1].filings)

    def _take_turn(self, calls: list[_Call]) -> None:
        from govern.storage.batch import Batch  # noqa: PLC0415  whoever only reads loads no rules

        pen = self._pen
        assert pen
        with self._store.writing() as connection:
            # (3) The transaction has begun; the head row is ours until it ends.
            with self._step(Step.HEAD):
                before = self._hold_head(connection)
            # (4) Admission against the registry as it is now. A refusal goes to whom it concerns, the others go on.
            with self._step(Step.ADMIT):
                batch = Batch(
                    self._store, connection, before, pen, [filing for call in calls for filing in call.filings]
                )
                self._admit(batch, calls)
            after, known = before, dict(before.edge.peaks)
            if batch.leaves:
                # (5) Entries, nodes and event ids.
                self._writing = True
                with self._step(Step.INSERT):
                    growth = before.edge.growth(batch.leaves)
                    rows.add(connection, batch.leaves, growth, batch.ids)
                # (6) A bit that flipped in memory or on the disk must not get under a signature: it could never be mended.
                with self._step(Step.READ_BACK):
                    known = read_back(connection, before, batch.leaves, growth)
                # (7) The checkpoint, and the head row: a compare-and-swap, although nobody else should have moved it.
                with self._step(Step.SIGN):
                    after = signed(before, batch.registry, growth, known, pen)
                    rows.add_checkpoint(connection, Signed(growth.size, growth.root, after.note))
                    rows.move_head(connection, before.head, after.head)
                    if before.head.size - self._kept >= snapshots.EVERY:
                        self._keep(connection, before)
            # (8) The commit, at the end of this block.
            self._at(f"before {Step.COMMIT}")
        self._at(f"after {Step.COMMIT}")
        # (9) The lock file; from here on a database that was set back is noticed.
        with self._step(Step.LOCK):
            self._replace_lock(before, after)
        self._writing = False
        self._move(after)
        # (10) Only now the receipts.
        with self._step(Step.RECEIPT):
            new = {leaf.index: leaf for leaf in batch.leaves}
            for call in calls:
                call.receipts = [
                    receipt(new[place], after, lambda level, index: known[level, index])
                    if place in new
                    else self.receipt(place)
                    for place in call.places
                ]

    def _hold_head(self, connection: Connection) -> Standing:
        head = rows.take_head(connection)
        standing = self._move(follow(connection, self._known(), self._lock.keys, head))
        if standing.note:
            # Two copies of one database may share a lock file: the one that has not seen its checkpoint signs nothing.
            locked = self._lock.read(standing.note, standing.checkpoint)
            require_reached(locked, standing.checkpoint, self._lock.path)
        return standing

    def _admit(self, batch: "Batch", calls: list[_Call]) -> None:
        now = self._clock()
        for call in calls:
            try:
                call.places = batch.admit(call.filings, now)
            except GovernError as refusal:
                call.error = refusal

    def _replace_lock(self, before: Standing, after: Standing) -> None:
        if after is before:
            return
        if before.note:
            self._lock.advance(after.note, self._proves, continues=before.note)
        else:
            self._lock.create(after.note)

    def _proves(self, old: int, new: int) -> list[bytes]:
        with self._store.reading() as connection:
            require_size(rows.head(connection).size, new, self._lock.path)
            return prover(connection)(old, new)

    def _keep(self, connection: Connection, standing: Standing) -> None:
        assert self._pen
        snapshots.save(connection, standing, self._pen)
        self._kept = standing.head.size

    def _known(self) -> Standing:
        if self._standing is None:
            raise self.fault or Unavailable("this ledger could not be verified", hint=_REOPEN)
        return self._standing

    def _move(self, standing: Standing) -> Standing:
        # A thread that only reads may come with what it found before another one appended: the later one stays.
        with self._moving:
            if self._standing is None or standing.head.size > self._standing.head.size:
                self._standing = standing
        return standing

    def _require_writable(self) -> None:
        if self.fault:
            raise self.fault
        if self._pen is None:
            raise NotAllowed(
                "this ledger is open for reading only",
                hint="writing takes the log's key, and GOVERN_LOG_PASSPHRASE if it is encrypted; see `govern doctor`",
                code="no_pen",
            )

    def _stop(self, error: BaseException, calls: list[_Call]) -> None:
        """Give the error to all who wait; unless nothing was begun, take no more appends."""
        told = (
            error if isinstance(error, GovernError) else Unavailable(f"the append broke off: {error!r}", hint=_REOPEN)
        )
        told.__cause__ = told.__cause__ or (None if told is error else error)
        for call in calls:
            call.error = call.error or told
        if not self.fault and (self._writing or told.code != "locked"):
            message = f"this ledger stopped appending after an error: {told}"
            self.fault = told if isinstance(told, Tampered) else Unavailable(message, hint=_REOPEN, code="stopped")

    @contextmanager
    def _noticing(self) -> Iterator[None]:
        """Append nothing any more to a log that was seen not to verify."""
        try:
            yield
        except Tampered as error:
            self.fault = self.fault or error
            raise

    @contextmanager
    def _step(self, step: Step) -> Iterator[None]:
        self._at(f"before {step}")
        yield
        self._at(f"after {step}")
