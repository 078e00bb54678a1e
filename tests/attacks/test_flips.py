"""One bit, anywhere: in a leaf, in what is stored of it, in the file that holds everything."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random
from typing import Any

import pytest

from govern.errors import GovernError, Kind
from govern.ledger.audit import Book, Row
from govern.ledger.envelope import Entry
from govern.ledger.note import Checkpoint, sign_note
from govern.record.identity import Role
from govern.record.replay import replay
from tests.attacks.kit import SIZE, Bank, Intruder, first, only
from tests.people import LOG_PEN, ORIGIN, Actor, PaperLedger, enrolment, trail_review

PARTS = 4
STRIDE = 7
"""Comes to every byte, and to each of its bits in turn."""


def flipped(content: bytes, bit: int) -> bytes:
    return content[: bit // 8] + bytes([content[bit // 8] ^ 1 << bit % 8]) + content[bit // 8 + 1 :]


def short_log() -> tuple[list[bytes], list[bytes]]:
    """Return the leaves and the checkpoints of a log of three: a root, an enrolment and a review."""
    paper, notes = PaperLedger(), []
    begun = PaperLedger.founded("ada", "bea", threshold=2)
    for leaf in begun.leaves:
        paper.file(Entry.parse(leaf).envelope)
    for step in range(3):
        if step == 1:
            paper.do(enrolment(Actor("dan"), Role.VALIDATOR), Actor("ada"), Actor("bea"))
        if step == 2:
            paper.do(trail_review(2), Actor("dan"), role=Role.VALIDATOR)
        head = Checkpoint(ORIGIN, paper.tree.size, paper.tree.root())
        notes.append(sign_note(str(head), ORIGIN, LOG_PEN.private))
    return paper.leaves, notes


def named(leaves: list[bytes], notes: list[bytes]) -> tuple[Kind, int | None] | None:
    """Return what an audit of bytes alone says first."""

    def rows(start: int) -> Iterator[Row]:
        for index, leaf in enumerate(leaves[start:], start):
            yield Row(index, None, leaf)

    problems = replay(Book(rows, lambda: iter(notes), len(leaves))).problems
    return (problems[0].kind, problems[0].entry) if problems else None


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("index", range(3), ids=["the root", "an enrolment", "a review"])
def test_a_bit_of_every_byte_of_a_leaf_is_missed(index: int, part: int) -> None:
    leaves, notes = short_log()
    bits = range(part * STRIDE, len(leaves[index]) * 8, STRIDE * PARTS)

    for bit in bits:
        touched = [*leaves[:index], flipped(leaves[index], bit), *leaves[index + 1 :]]
        found = named(touched, notes)
        assert found is not None, bit
        assert found[1] == index, (bit, found)

    assert named(leaves, notes) is None


def test_every_bit_of_a_checkpoint_is_missed() -> None:
    leaves, notes = short_log()

    for bit in range(0, len(notes[1]) * 8, 3):
        found = named(leaves, [notes[0], flipped(notes[1], bit), notes[2]])
        assert found == (Kind.EDITED, 1), (bit, found)


def test_bits_of_the_stored_entries_are_missed_and_named(sqlite_bank: Bank) -> None:
    random, leaves = Random(1), sqlite_bank.leaves()
    administrator = Intruder(sqlite_bank)
    for index in range(SIZE):
        for _ in range(2):
            touched = flipped(leaves[index], random.randrange(len(leaves[index]) * 8))
            administrator.run("UPDATE log_entry SET data = :leaf WHERE idx = :index", leaf=touched, index=index)
            report = sqlite_bank.audit()
            assert first(report)[1] == index
            only(report, Kind.BACKDATED)
        administrator.run("UPDATE log_entry SET data = :leaf WHERE idx = :index", leaf=leaves[index], index=index)

    assert sqlite_bank.audit().problems == ()


def test_a_bit_anywhere_in_the_file_is_missed_or_changes_nothing(sqlite_bank: Bank) -> None:
    """Some bytes of a database file belong to nothing; whatever else is hit is a problem or an error of ours, no crash."""
    with sqlite_bank.ledger() as ledger:
        ledger.checkpoint()
    file = Path(sqlite_bank.folder.database_url.removeprefix("sqlite:///"))
    content, before, random = file.read_bytes(), everything(file), Random(2)
    pages = len(content) // 4096
    quiet = 0
    for number in range(100):
        # Pages of blobs are most of the file: every second flip goes into the first ones.
        place = random.randrange(len(content) if number % 2 else min(pages, 40) * 4096)
        file.write_bytes(flipped(content, place * 8 + random.randrange(8)))
        try:
            problems = sqlite_bank.audit().problems
        except GovernError:
            continue
        if not problems:
            quiet += 1
            assert everything(file) == before, place
    file.write_bytes(content)

    assert sqlite_bank.audit().problems == ()
    assert quiet < 60


@pytest.mark.parametrize("index", [0, 7, 16])
def test_a_page_of_the_file_that_is_lost_is_named_by_its_first_entry(sqlite_bank: Bank, index: int) -> None:
    leaves, file = sqlite_bank.leaves(), Path(sqlite_bank.folder.database_url.removeprefix("sqlite:///"))
    content = file.read_bytes()
    pages = [content.index(leaf[:400]) // 4096 for leaf in leaves]
    start = pages[index] * 4096

    file.write_bytes(content[:start] + bytes(8) + content[start + 8 :])

    report = sqlite_bank.audit()
    assert first(report) == (Kind.EDITED, pages.index(pages[index]))
    assert "is not a log entry" in only(report)


def test_a_page_of_the_checkpoints_that_is_lost_is_named(sqlite_bank: Bank) -> None:
    (note,) = Intruder(sqlite_bank).read("SELECT note FROM log_checkpoint WHERE size = 8")
    file = Path(sqlite_bank.folder.database_url.removeprefix("sqlite:///"))
    content = file.read_bytes()
    start = content.index(note) // 4096 * 4096

    file.write_bytes(content[:start] + bytes(8) + content[start + 8 :])

    report = sqlite_bank.audit()
    assert first(report)[0] is Kind.EDITED
    assert "is not readable" in only(report, Kind.PROJECTION_DIFFERS, Kind.EDITED)


def everything(file: Path) -> dict[str, list[Any]]:
    """Return all that an audit answers for."""
    columns = {
        "log_entry": "*",
        "tree_node": "*",
        "log_checkpoint": "*",
        "log_head": "*",
        "event_ix": "*",
        "identity": "*",
        "blob": "*",
        "blob_part": "*",
        "projector": "name, applied_size, state",
    }
    with closing(sqlite3.connect(file)) as connection:
        return {
            table: connection.execute(f"SELECT {names} FROM {table} ORDER BY 1, 2").fetchall()
            for table, names in columns.items()
        }
