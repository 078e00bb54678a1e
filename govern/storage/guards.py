"""What the database itself refuses: rows of the log that change, vanish, or come out of order.

A guard is a seat belt: whoever owns the database can take it off, and then the mathematics still tells. It stops
accidents, other programs and stolen passwords of the application; `missing` says which guards are gone.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from govern.storage import sql
from govern.storage.sql import Connection

if TYPE_CHECKING:
    from sqlalchemy import Connection as Writing

APPEND_ONLY = ("log_entry", "tree_node", "log_checkpoint", "event_ix")

_LAWS = {
    ("log_entry", "insert"): "NEW.idx = (SELECT coalesce(max(idx), -1) + 1 FROM log_entry)",
    ("tree_node", "insert"): "NEW.idx = (SELECT coalesce(max(idx), -1) + 1 FROM tree_node WHERE level = NEW.level)",
    ("log_checkpoint", "insert"): "NEW.size > (SELECT coalesce(max(size), 0) FROM log_checkpoint)",
    # Without recursive_triggers, INSERT OR REPLACE deletes unseen by the trigger on DELETE; with this law it never gets there.
    ("event_ix", "insert"): "NOT EXISTS (SELECT 1 FROM event_ix WHERE event_id = NEW.event_id)",
    ("log_head", "insert"): "NOT EXISTS (SELECT 1 FROM log_head)",
    (
        "log_head",
        "update",
    ): "NEW.id = OLD.id AND (NEW.size > OLD.size OR (NEW.size = OLD.size AND NEW.root = OLD.root))",
    ("log_head", "delete"): "false",
    **{(table, change): "false" for table in APPEND_ONLY for change in ("update", "delete")},
}
"""What must be true of a change of a row, in the SQL that both databases speak."""

_ROLES = ("owner", "writer")


@dataclass(frozen=True, slots=True)
class Guard:
    """A trigger and, on PostgreSQL, the function it calls."""

    table: str
    change: str
    law: str

    @property
    def name(self) -> str:
        return f"{self.table}_{self.change}"

    @property
    def refusal(self) -> str:
        return f"{self.table} refuses this {self.change}: the log only grows, in its order"

    @property
    def sqlite(self) -> str:
        return (
            f"CREATE TRIGGER {self.name} BEFORE {self.change.upper()} ON {self.table} WHEN NOT ({self.law}) "
            f"BEGIN SELECT RAISE(ABORT, '{self.refusal}'); END"
        )

    @property
    def body(self) -> str:
        answer = "NEW" if self.change in {"insert", "update"} else "NULL"
        return (
            f"BEGIN IF NOT ({self.law}) THEN RAISE EXCEPTION USING ERRCODE = 'restrict_violation', "
            f"MESSAGE = '{self.refusal}'; END IF; RETURN {answer}; END"
        )

    @property
    def trigger(self) -> str:
        each = "STATEMENT" if self.change == "truncate" else "ROW"
        return (
            f"CREATE TRIGGER {self.name} BEFORE {self.change.upper()} ON {self.table} "
            f"FOR EACH {each} EXECUTE FUNCTION {self.name}()"
        )

    @property
    def postgresql(self) -> tuple[str, ...]:
        return (
            # The function finds the tables of its own schema only, whatever the session's search path.
            f"CREATE FUNCTION {self.name}() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $${self.body}$$",
            self.trigger,
            # ALWAYS: a plain trigger sleeps while session_replication_role is replica.
            f"ALTER TABLE {self.table} ENABLE ALWAYS TRIGGER {self.name}",
        )


GUARDS = tuple(Guard(table, change, law) for (table, change), law in _LAWS.items())
_TRUNCATION = tuple(Guard(table, "truncate", "false") for table in (*APPEND_ONLY, "log_head"))


def put_up(connection: "Writing", tables: Iterable[str]) -> None:
    """Create every guard, and on PostgreSQL the two roles where the creator has the right to."""
    if sql.is_sqlite(connection):
        for guard in GUARDS:
            connection.exec_driver_sql(guard.sqlite)
        return
    for guard in (*GUARDS, *_TRUNCATION):
        for statement in guard.postgresql:
            connection.exec_driver_sql(statement)
    if connection.exec_driver_sql(
        "SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user"
    ).scalar():
        for statement in _separation(str(connection.exec_driver_sql("SELECT current_database()").scalar()), tables):
            connection.exec_driver_sql(statement)


def missing(connection: Connection) -> list[str]:
    """Return the names of the guards that are not there as they were put up, sorted."""
    if sql.is_sqlite(connection):
        found = sql.every(connection, "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        there = {str(name): str(text) for name, text in found}
        return sorted(guard.name for guard in GUARDS if there.get(guard.name) != guard.sqlite)
    found = sql.every(
        connection,
        "SELECT t.tgname, pg_get_triggerdef(t.oid, true), p.prosrc "
        "FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid WHERE t.tgenabled = 'A'",
    )
    written = {str(name): (str(trigger), str(body)) for name, trigger, body in found}
    return sorted(
        guard.name for guard in (*GUARDS, *_TRUNCATION) if written.get(guard.name) != (guard.trigger, guard.body)
    )


def _separation(database: str, tables: Iterable[str]) -> Iterator[str]:
    """Give the tables to a role that cannot sign in, and to those who write what writing takes.

    Whoever runs the ledger is made a member of the writers: ``GRANT "<database>_writer" TO somebody``.
    """
    owner, writer = (f'"{database}_{role}"' for role in _ROLES)
    for role in (owner, writer):
        yield f"CREATE ROLE {role} NOLOGIN"
    yield f"GRANT {owner} TO CURRENT_USER"
    yield f"GRANT CREATE ON SCHEMA public TO {owner}"
    yield f"GRANT USAGE ON SCHEMA public TO {writer}"
    for guard in (*GUARDS, *_TRUNCATION):
        yield f"ALTER FUNCTION {guard.name}() OWNER TO {owner}"
    for table in tables:
        rights = {"log_head": "SELECT, INSERT, UPDATE", "meta": "SELECT"}.get(table, "SELECT, INSERT, UPDATE, DELETE")
        yield f"GRANT {'SELECT, INSERT' if table in APPEND_ONLY else rights} ON {table} TO {writer}"
        yield f"ALTER TABLE {table} OWNER TO {owner}"
    yield f"REVOKE CREATE ON SCHEMA public FROM {owner}"
