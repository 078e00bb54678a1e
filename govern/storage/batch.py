"""What one turn adds to the log: calls admitted in their order, each whole or not at all."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache

from govern.errors import GovernError, Kind, NotAllowed
from govern.ledger import merkle
from govern.ledger.envelope import Entry, seal
from govern.ledger.keys import Pen
from govern.ledger.merkle import Hash
from govern.ledger.note import KeyType, VerifierKey
from govern.ledger.strict import Digest
from govern.record.admission import Past
from govern.record.draft import Moment, log_draft
from govern.record.filing import Filing, file, open_filing
from govern.record.people import Refusal
from govern.storage import blobs, rows
from govern.storage.rows import Leaf
from govern.storage.sql import Connection
from govern.storage.standing import Edge, Standing
from govern.storage.store import Store

_ORDINARY = frozenset({"clock", "event_id_reused", "stale_subject"})
"""Refusals that say nothing of rights: a wrong clock, a second try, a race."""


class Batch:
    """The entries of one turn, until they are written."""

    def __init__(
        self, store: Store, connection: Connection, standing: Standing, pen: Pen, filings: Iterable[Filing]
    ) -> None:
        self.registry = standing.registry
        self.leaves: list[Leaf] = []
        self.ids: dict[str, int] = {}
        self._store = store
        self._connection = connection
        self._standing = standing
        self._pen = pen
        self._key = VerifierKey(standing.checkpoint.origin, KeyType.ED25519, pen.public.raw)
        # What admission will ask of the past is asked for once, not once for every event.
        commons = [filing.event.govern for filing in filings]
        self._filed = rows.events(connection, {common.event_id for common in commons})
        abouts = {(0, common.about.index) for common in commons if common.about}
        self._hashes = rows.leaf_hashes(connection, {place for place in abouts if place[1] < standing.head.size})
        self._past = Past(cache(self._root), self._leaf_hash, blobs.kept(self._store))

    def admit(self, filings: Sequence[Filing], now: datetime) -> list[int]:
        """Return where ``filings`` stand; if one of them is refused, none is filed."""
        before, registry = len(self.leaves), self.registry
        places = []
        for filing in filings:
            try:
                places.append(self._place(filing, now))
                self._require_key()
            except GovernError as refusal:
                self._withdraw(before)
                self.registry = registry
                self._record_refusal(filing, refusal, now)
                raise
        return places

    def leaf(self, index: int) -> bytes:
        base = self._standing.head.size
        return (
            self.leaves[index - base].data if index >= base else rows.leaves(self._connection, index, index + 1)[0].data
        )

    def _place(self, filing: Filing, now: datetime) -> int:
        """Return the index of an event that was filed before, or file it."""
        id_ = filing.event.govern.event_id
        filed = self._filed.get(id_, self.ids.get(id_))
        if filed is None:
            return self._file(filing, now)
        if Entry.parse(self.leaf(filed)).envelope != filing.envelope:
            raise NotAllowed(
                f"the event id {id_} is that of entry #{filed}, which says something else",
                code="event_id_reused",
                kind=Kind.REPLAYED,
                hint="sign it anew: every statement has an id of its own",
            )
        return filed

    def _file(self, filing: Filing, now: datetime) -> int:
        self.registry, entry, data = file(self.registry, filing, now, self._past)
        self.leaves.append(Leaf(entry.index, merkle.leaf_hash(data), data))
        self.ids[filing.event.govern.event_id] = entry.index
        return entry.index

    def _require_key(self) -> None:
        """Raise unless the checkpoint of what is filed so far may be signed with this key."""
        if self._key not in self.registry.log_keys:
            raise NotAllowed(
                f"the log's key {self._key} would not be in force any more for what it signs",
                hint="sign with the new key first, while both are in force: `govern key rotate-log`",
                code="log_key",
            )

    def _withdraw(self, kept: int) -> None:
        del self.leaves[kept:]
        last = self._standing.head.size + kept
        self.ids = {id_: index for id_, index in self.ids.items() if index < last}
        self._past = Past(cache(self._root), self._leaf_hash, blobs.kept(self._store))

    def _record_refusal(self, filing: Filing, refusal: GovernError, now: datetime) -> None:
        """File, in the log's own name, that somebody who is enrolled was refused; admission limits how often."""
        owner = self.registry.owners.get(filing.envelope.signatures[0].keyid)
        if owner is None or not isinstance(refusal, NotAllowed) or refusal.code in _ORDINARY:
            return
        refused = Digest.of(bytes(filing.envelope))
        body = Refusal(person=owner, refused=filing.event.kind.value, code=refusal.code, envelope=refused)
        root = self._past.root(self.registry.size)
        # The id is the moment's and the refused envelope's: what is refused twice in a moment is recorded once.
        event = log_draft(self.registry, root, body, Moment(now, refused.value))
        try:
            self._file(open_filing(self.registry, seal(bytes(event), self._pen)), now)
        except NotAllowed:
            return  # it was recorded less than ten minutes ago, or the clock is wrong

    def _root(self, size: int) -> Hash:
        base = self._standing.head
        if size == base.size:
            return base.root
        if size < base.size:
            return Edge.stored(self._connection, size).root
        return self._standing.edge.growth(self.leaves[: size - base.size]).root

    def _leaf_hash(self, index: int) -> Hash:
        base = self._standing.head.size
        return self.leaves[index - base].hash if index >= base else self._hashes[0, index]
