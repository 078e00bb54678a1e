"""A bank whose ledger is attacked: real databases, and an intruder with every right to them.

The intruder takes the guards off and puts them up again, and rebuilds what is kept beside the entries; with the log's key
they sign it too. What `govern audit` then prints is what the tests look at.
"""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, Self

from sqlalchemy import Connection, delete, insert, select, text

from govern import examine
from govern.errors import GovernError, Kind
from govern.examine import Report
from govern.ledger.audit import Problem
from govern.ledger.envelope import Entry, Envelope, seal
from govern.ledger.keys import Pen
from govern.ledger.merkle import Tree, leaf_hash
from govern.ledger.note import Checkpoint, VerifierKey, sign_note
from govern.record.draft import draft, log_draft
from govern.record.events import About, Body, Event
from govern.record.identity import NewKey, Role
from govern.record.people import (
    Grant,
    Lockout,
    Reaffirm,
    Refusal,
    ResetKey,
    RevokeKey,
    RotateKey,
    TrailReview,
    Unlock,
    key_part,
)
from govern.record.refolding import refold
from govern.record.registry import Registry
from govern.storage import blobs, heads, identities, snapshots, sql
from govern.storage.folder import Folder
from govern.storage.heads import Head
from govern.storage.identities import Known
from govern.storage.local import LocalLedger
from govern.storage.standing import Edge, Standing, peaks
from govern.storage.store import Store
from govern.storage.tables import event_ix, log_checkpoint, log_entry, log_head, projector, tree_node
from tests.people import LOG_KEY, LOG_PEN, ORIGIN, START, Actor, enrolment, founding, moment, signed

ADA, BEA, CYD, DAN, EVE, FAY = map(Actor, ("ada", "bea", "cyd", "dan", "eve", "fay"))
DAN2, FAY2 = Actor("dan", "second"), Actor("fay", "second")
MALLORY = Actor("mallory")
SMALL, LARGE = b"ninety-one of a hundred", b"\x5a" * (1 << 20) + b"and one more"

MINUTE = timedelta(minutes=1)
TABLES = ("log_entry", "tree_node", "log_checkpoint", "event_ix", "log_head")


@dataclass(frozen=True, slots=True)
class View:
    """What somebody has verified of a log: its entries, and what they add up to."""

    leaves: tuple[bytes, ...]
    registry: Registry
    tree: Tree

    @classmethod
    def of(cls, leaves: Sequence[bytes]) -> Self:
        registry, tree = Registry(), Tree()
        for leaf in leaves:
            registry = refold(registry, leaf)
            tree.append(leaf_hash(leaf))
        return cls(tuple(leaves), registry, tree)

    @property
    def now(self) -> datetime:
        return self.registry.last_recorded + MINUTE

    def sign(self, body: Body, *actors: Actor, **more: Any) -> Envelope:
        fields: dict[str, Any] = {"now": self.now, "reason": "because", **more}
        return signed(self.registry, self.tree.root(), body, *actors, **fields)

    def draft(self, body: Body, actor: Actor, role: str = Role.ADMINISTRATOR, **changes: Any) -> Event:
        """Return an event that is not signed yet, with fields of its common part as ``changes`` have them."""
        about = changes.pop("about", None)
        when = moment(changes.pop("now", self.now), f"{len(self.leaves)} {body!r} {changes!r}")
        event = draft(self.registry, self.tree.root(), actor.pen.public.keyid, role, body, when, "because", about)
        return replace(event, govern=event.govern.model_copy(update=changes))

    def log_sign(self, body: Body, now: datetime | None = None) -> Envelope:
        when = moment(now or self.now, f"{len(self.leaves)} log {body!r}")
        return seal(bytes(log_draft(self.registry, self.tree.root(), body, when)), LOG_PEN)

    def review(self, actor: Actor = ADA, *, offline: bool = False, **more: Any) -> Envelope:
        envelope = self.sign(TrailReview(first=0, last=len(self.leaves) - 1), actor, **more)
        if not offline:
            return envelope
        event = Event.parse(envelope.payload)
        said = event.govern.model_copy(update={"signed_offline": True})
        return seal(bytes(replace(event, govern=said)), actor.pen)

    def key(self, actor: Actor) -> NewKey:
        """Return a new key for somebody who has one already."""
        person = self.registry.people[actor.id]
        return NewKey.made(actor.pen, actor.id, person.commitment, START)


@dataclass
class Bank:
    """Where a ledger lies: its folder, its lock file, what this machine remembers of it, and its database."""

    folder: Folder
    now: datetime = field(default=START)

    @classmethod
    def at(cls, path: Path, database: str = "ledger/ledger.db") -> Self:
        return cls(Folder(path, ORIGIN, "0" * 64, LOG_KEY, database=database, state="state"))

    # Its people

    def clock(self) -> datetime:
        return self.now

    def store(self) -> Store:
        return Store.open(self.folder.database_url)

    @contextmanager
    def ledger(self, pen: Pen | None = LOG_PEN, keys: Sequence[VerifierKey] = (LOG_KEY,)) -> Iterator[LocalLedger]:
        with closing(LocalLedger.open(self.store(), self.folder.lock_path, keys, pen, clock=self.clock)) as ledger:
            yield ledger

    def file(self, *envelopes: Envelope) -> None:
        """File events as honest people do, and remember the head as an honest machine does."""
        with self.ledger() as ledger:
            ledger.submit(envelopes)
            self._remember(ledger)

    def refusal(self, *envelopes: Envelope) -> str:
        """Return the code that the front door refuses with; of what was refused nothing may be there."""
        before = self.leaves()
        with self.ledger() as ledger:
            try:
                ledger.submit(envelopes)
            except GovernError as error:
                more = [Event.parse(Entry.parse(leaf).envelope.payload).body for leaf in self.leaves()[len(before) :]]
                assert all(isinstance(body, Refusal) for body in more)
                assert self.leaves()[: len(before)] == before
                return error.code
        raise AssertionError("the front door let it in")

    def leaves(self) -> list[bytes]:
        with closing(self.store()) as store, store.reading() as connection:
            return [data for (data,) in sql.every(connection, "SELECT data FROM log_entry ORDER BY idx")]

    def view(self, size: int | None = None) -> View:
        """Return what the first ``size`` entries are, or all."""
        return View.of(self.leaves()[:size])

    def checkpoint(self) -> bytes:
        return self.folder.lock_path.read_bytes()

    # Its auditors

    def audit(self, **more: Any) -> Report:
        return examine.ledger(self.folder, **more)

    def forget(self, *, lock: bool = True, memory: bool = True) -> None:
        """Take away what is kept outside the database."""
        if lock:
            self.folder.lock_path.unlink()
        if memory:
            shutil.rmtree(self.folder.path / "state")

    # How it is made and copied

    def found(self) -> Self:
        """Make the ledger that all attacks begin with."""
        store = Store.create(self.folder.database_url)
        with closing(
            LocalLedger.create(
                store,
                self.folder.lock_path,
                LOG_PEN,
                founding("ada", "bea", threshold=2),
                clock=self.clock,
            )
        ) as ledger:
            _write_story(self, ledger)
            for actor in (ADA, BEA, CYD, DAN, EVE, FAY):
                identities.put(store, Known(actor.id, actor.identity, actor.salt))
            for content in (SMALL, LARGE):
                blobs.put(store, BytesIO(content))
            self.folder = replace(self.folder, anchor=ledger.registry.anchor.hex())
            self._remember(ledger)
        return self

    def copied(self, path: Path, database: str | None = None) -> "Bank":
        """Return a copy of the ledger with all that belongs to it; of a database server, the database is copied already."""
        shutil.copytree(self.folder.path, path, dirs_exist_ok=True)
        return Bank(replace(self.folder, path=path, database=database or self.folder.database), self.now)

    def remember(self) -> None:
        """Meet the ledger as an honest machine does at every opening."""
        with self.ledger() as ledger:
            self._remember(ledger)

    def _remember(self, ledger: LocalLedger) -> None:
        heads.meet(
            self.folder.path / "state",
            str(self.folder.path.resolve()),
            self.folder.anchor,
            lambda: Head(ledger.checkpoint()),
            ledger.consistency,
        )


def _write_story(bank: Bank, ledger: LocalLedger) -> None:
    """File what happened at the bank: #1 to #20."""

    def view() -> View:
        return View.of(list(ledger.entries()))

    def do(*bodies: Body, by: Sequence[Actor] = (ADA, BEA), role: str = Role.ADMINISTRATOR, **more: Any) -> None:
        bank.now += MINUTE
        ledger.submit([view().sign(body, *by, role=role, now=bank.now, **more) for body in bodies])

    def review(size: int, actor: Actor = ADA, role: str = Role.ADMINISTRATOR) -> None:
        do(TrailReview(first=0, last=size - 1), by=[actor], role=role)

    do(enrolment(CYD, Role.ADMINISTRATOR))  # 1
    do(enrolment(DAN, Role.VALIDATOR))  # 2
    do(enrolment(EVE, Role.DEVELOPER), by=[ADA])  # 3
    review(4, DAN, Role.VALIDATOR)  # 4
    do(Grant(person=EVE.id, roles=("model-owner",)))  # 5
    do(RotateKey(person=DAN.id, key=key_part(view().key(DAN2))), by=[DAN, DAN2], role=Role.VALIDATOR)  # 6
    review(7, DAN2, Role.VALIDATOR)  # 7
    do(enrolment(FAY, Role.RISK_OFFICER), by=[ADA, CYD])  # 8
    review(9, FAY, Role.RISK_OFFICER)  # 9
    since = {"person": FAY.id, "keyid": FAY.pen.public.keyid, "cause": "compromised", "suspectSince": 9}
    do(RevokeKey.model_validate(since))  # 10
    do(ResetKey(person=FAY.id, key=key_part(view().key(FAY2))))  # 11
    about = About(index=9, leaf_hash=leaf_hash(view().leaves[9]))
    do(Reaffirm(keyid=FAY.pen.public.keyid, stands=True), by=[FAY2], role=Role.RISK_OFFICER, about=about)  # 12
    bank.now += MINUTE
    ledger.submit([view().log_sign(Lockout(person=EVE.id, failures=5), bank.now)])  # 13
    do(Unlock(person=EVE.id))  # 14
    review(15, CYD)  # 15
    do(*(TrailReview(first=0, last=last) for last in (3, 7, 11)), by=[BEA])  # 16, 17, 18 under one checkpoint
    review(19)  # 19
    review(20, DAN2, Role.VALIDATOR)  # 20
    bank.now += MINUTE


SIZE = 21
SIGNED_TOGETHER = range(16, 19)


@dataclass
class Intruder:
    """Somebody with every right to the database, and with the log's key where ``pen`` is given."""

    bank: Bank
    pen: Pen | None = None

    @contextmanager
    def inside(self) -> Iterator[Connection]:
        """Give a connection while the guards are off; they are back when it ends."""
        with closing(self.bank.store()) as store, store.writing() as connection:
            guards = _take_off(connection)
            yield connection
            for statement in guards:
                connection.exec_driver_sql(statement)

    def run(self, *statements: str, **values: Any) -> None:
        with self.inside() as connection:
            for statement in statements:
                connection.execute(text(statement), values)

    def read(self, statement: str, **values: Any) -> list[Any]:
        """Return the first column of what the database says."""
        with closing(self.bank.store()) as store, store.reading() as connection:
            return [value for (value,) in sql.every(connection, statement, values)]

    def rewrite(self, leaves: Sequence[bytes], *, lock: bool = False, resigned_from: int = 0) -> None:
        """Make ``leaves`` the log, and rebuild all that is kept beside them; what was signed stays where no key is held.

        With the log's key every checkpoint of more than ``resigned_from`` entries is signed anew, and the lock file, too,
        if it is in reach.
        """
        tree = Tree()
        for leaf in leaves:
            tree.append(leaf_hash(leaf))
        with self.inside() as connection:
            for table in (log_entry, tree_node, event_ix):
                connection.execute(delete(table))
            _insert(connection, leaves, tree)
            connection.execute(log_head.update().values(size=tree.size, root=tree.root()))
            connection.execute(delete(projector))
            if self.pen:
                self._sign(connection, leaves, tree, resigned_from)
        if lock:
            self.bank.folder.lock_path.write_bytes(self.note(tree))

    def file(self, *entries: Envelope | bytes, at: datetime | None = None, lock: bool = True) -> None:
        """Append past the rules, each under a checkpoint: an envelope, or the bytes of a whole leaf."""
        for entry in entries:
            leaves = self.bank.leaves()
            when = at or Entry.parse(leaves[-1]).recorded_at + MINUTE
            leaf = entry if isinstance(entry, bytes) else Entry(len(leaves), when, entry).leaf()
            self.rewrite([*leaves, leaf], lock=lock, resigned_from=len(leaves))

    def note(self, tree: Tree, size: int | None = None, pen: Pen | None = None) -> bytes:
        head = Checkpoint(ORIGIN, tree.size if size is None else size, tree.root(size))
        return sign_note(str(head), ORIGIN, (pen or self.pen or LOG_PEN).private)

    def _sign(self, connection: Connection, leaves: Sequence[bytes], tree: Tree, since: int) -> None:
        assert self.pen
        kept = connection.execute(select(log_checkpoint.c.size)).scalars()
        sizes = sorted({size for size in kept if since < size <= tree.size} | {tree.size})
        connection.execute(delete(log_checkpoint).where(log_checkpoint.c.size > since))
        rows = [{"size": size, "root": tree.root(size), "note": self.note(tree, size)} for size in sizes]
        connection.execute(insert(log_checkpoint), rows)
        try:
            registry = View.of(leaves).registry
        except (GovernError, LookupError, ValueError):
            return  # what was put in adds up to nothing
        head = Checkpoint(ORIGIN, tree.size, tree.root())
        edge = Edge(tree.size, {place: tree.node(*place) for place in peaks(tree.size)})
        snapshots.save(connection, Standing(head, b"", edge, registry), self.pen)


def rewritten(leaf: bytes, **changes: Any) -> bytes:
    """Return a leaf with other words of the log around it: ``index`` or ``recorded_at``."""
    return replace(Entry.parse(leaf), **changes).leaf()


def renumbered(leaves: Sequence[bytes], times: Sequence[bytes] = ()) -> list[bytes]:
    """Return leaves with the index of where they stand, recorded at the times of those that stood there if given."""
    found = [rewritten(leaf, index=index) for index, leaf in enumerate(leaves)]
    at = [Entry.parse(leaf).recorded_at for leaf in times]
    return [rewritten(leaf, recorded_at=time) for leaf, time in zip(found, at, strict=True)] if at else found


def enrolled(actor: Actor, *roles: str, key: NewKey | None = None) -> Body:
    """Return an enrolment, with somebody else's key if one is given."""
    body = enrolment(actor, *roles)
    return body if key is None else body.model_copy(update={"key": key_part(key)})


def first(report: Report) -> tuple[Kind, int | None]:
    """Return what the report says first, every problem of it with a sentence and a next step."""
    assert report.problems, "the audit saw nothing"
    for problem in report.problems:
        assert problem.message
        assert problem.next
        assert not problem.message.endswith(".")
    return problem_of(report.problems[0])


def problem_of(problem: Problem) -> tuple[Kind, int | None]:
    return problem.kind, problem.entry


def kinds(report: Report) -> list[Kind]:
    return [problem.kind for problem in report.problems]


def only(report: Report, *also: Kind) -> str:
    """Return the first message; nothing but the first problem is there, and its consequences of the kinds ``also``."""
    assert set(kinds(report)[1:]) <= set(also), report.problems
    return report.problems[0].message


def _insert(connection: Connection, leaves: Sequence[bytes], tree: Tree) -> None:
    connection.execute(
        insert(log_entry),
        [{"idx": index, "leaf_hash": leaf_hash(leaf), "data": leaf} for index, leaf in enumerate(leaves)],
    )
    nodes = [(level, index) for level in range(1, tree.size.bit_length()) for index in range(tree.size >> level)]
    rows = [{"level": level, "idx": index, "hash": tree.node(level, index)} for level, index in nodes]
    if rows:
        connection.execute(insert(tree_node), rows)
    ids: Mapping[str, int] = {}
    for index, leaf in reversed(list(enumerate(leaves))):
        ids = {**ids, event_id(leaf) or f"none {index}": index}
    connection.execute(insert(event_ix), [{"event_id": id_, "idx": index} for id_, index in ids.items()])


def event_id(leaf: bytes) -> str:
    try:
        return Event.parse(Entry.parse(leaf).envelope.payload).govern.event_id
    except GovernError:
        return ""


def _take_off(connection: Connection) -> list[str]:
    """Take the guards off and return what puts them up again."""
    if connection.dialect.name == "sqlite":
        found = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
        for name, _ in found:
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        return [str(sql) for _, sql in found]
    for table in TABLES:
        connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    names = connection.execute(
        text("SELECT tgname, tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal")
    ).all()
    return [f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}" for name, table in names]
