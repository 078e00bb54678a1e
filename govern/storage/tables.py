"""The tables of a ledger's database, the same for SQLite and PostgreSQL.

What is hashed or signed is kept as the bytes it was, never as JSON or a date. ``log_entry``, ``tree_node``,
``log_checkpoint`` and ``event_ix`` only ever grow, and the database itself sees to that (guards.py); ``log_head`` is the
one row of the log that changes. The rest is outside the log: blobs and identities can be erased, snapshots and failed
attempts are forgotten without loss.
"""

from typing import Any, ClassVar

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Integer, LargeBinary, MetaData, Table, Text
from sqlmodel import Field, SQLModel

from govern.ledger.envelope import LARGEST_LEAF
from govern.storage.blobs import LARGEST_PART

# INTEGER PRIMARY KEY is SQLite's own row number: entries lie in the file in their order, without a second index.
_COUNT = BigInteger().with_variant(Integer(), "sqlite")
_ORDERED: dict[str, Any] = {"sqlite_with_rowid": False}


def _key(type_: Any, *constraints: Any) -> Any:
    return Field(sa_column=Column(type_, *constraints, primary_key=True, autoincrement=False))


def _column(type_: Any) -> Any:
    return Field(sa_column=Column(type_, nullable=False))


class _Row(SQLModel):
    metadata: ClassVar[MetaData] = MetaData()


class LogEntry(_Row, table=True):
    """A leaf, byte for byte; two entries may have the same bytes."""

    __tablename__ = "log_entry"
    __table_args__ = (
        CheckConstraint("length(leaf_hash) = 32"),
        CheckConstraint(f"length(data) BETWEEN 1 AND {LARGEST_LEAF}"),
    )
    idx: int = _key(_COUNT)
    leaf_hash: bytes = _column(LargeBinary)
    data: bytes = _column(LargeBinary)


class TreeNode(_Row, table=True):
    """The hash over a complete subtree of ``2**level`` leaves; level 0 is in `LogEntry`."""

    __tablename__ = "tree_node"
    __table_args__ = (CheckConstraint("level >= 1"), CheckConstraint("length(hash) = 32"), _ORDERED)
    level: int = _key(Integer)
    idx: int = _key(BigInteger)
    hash: bytes = _column(LargeBinary)


class LogCheckpoint(_Row, table=True):
    """A checkpoint as it was signed."""

    __tablename__ = "log_checkpoint"
    __table_args__ = (CheckConstraint("length(root) = 32"),)
    size: int = _key(_COUNT)
    root: bytes = _column(LargeBinary)
    note: bytes = _column(LargeBinary)


class LogHead(_Row, table=True):
    """The one row that every append takes its turn at."""

    __tablename__ = "log_head"
    __table_args__ = (CheckConstraint("id = 1"), CheckConstraint("length(root) = 32"))
    id: int = _key(Integer)
    size: int = _column(BigInteger)
    root: bytes = _column(LargeBinary)


class EventIx(_Row, table=True):
    """Where an event stands, by its id."""

    __tablename__ = "event_ix"
    __table_args__ = (_ORDERED,)
    event_id: str = _key(Text)
    idx: int = _column(BigInteger)


class Identity(_Row, table=True):
    """Who a person is: what opens the commitment in the log. Erasable."""

    __tablename__ = "identity"
    person: str = _key(Text)
    salt: bytes = _column(LargeBinary)
    record: bytes = _column(LargeBinary)


class Blob(_Row, table=True):
    """Content by its digest."""

    __tablename__ = "blob"
    __table_args__ = (CheckConstraint("length(sha256) = 32"),)
    sha256: bytes = _key(LargeBinary)
    size: int = _column(BigInteger)


class BlobPart(_Row, table=True):
    """One part of a blob, in order from 0; erased with it."""

    __tablename__ = "blob_part"
    __table_args__ = (CheckConstraint(f"length(data) BETWEEN 1 AND {LARGEST_PART}"),)
    sha256: bytes = _key(LargeBinary, ForeignKey("blob.sha256", ondelete="CASCADE"))
    seq: int = _key(Integer)
    data: bytes = _column(LargeBinary)


class Projector(_Row, table=True):
    """The state of a fold at a size, signed by the log: a cache, never the truth."""

    __tablename__ = "projector"
    name: str = _key(Text)
    code_version: str = _column(Text)
    applied_size: int = _column(BigInteger)
    digest: bytes = _column(LargeBinary)
    state: bytes = _column(LargeBinary)
    signature: bytes = _column(LargeBinary)


class Attempt(_Row, table=True):
    """Wrong passphrases of a person, counted until one is right."""

    __tablename__ = "attempt"
    person: str = _key(Text)
    failures: int = _column(Integer)
    since: str = _column(Text)


class Meta(_Row, table=True):
    """What the database says about itself."""

    __tablename__ = "meta"
    name: str = _key(Text)
    value: str = _column(Text)


METADATA = _Row.metadata


def _table(name: str) -> Table:
    return METADATA.tables[name]


log_entry, tree_node, log_checkpoint = _table("log_entry"), _table("tree_node"), _table("log_checkpoint")
log_head, event_ix, meta = _table("log_head"), _table("event_ix"), _table("meta")
identity, attempt, projector = _table("identity"), _table("attempt"), _table("projector")
blob, blob_part = _table("blob"), _table("blob_part")
