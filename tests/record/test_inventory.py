"""What the book adds up to about models: the same live, again, from a snapshot and in an audit."""

from dataclasses import fields, is_dataclass
from types import NoneType
from typing import get_args, get_type_hints

import pytest

from govern.errors import Kind
from govern.ledger.audit import Book, Row
from govern.ledger.merkle import leaf_hash
from govern.ledger.note import Checkpoint, sign_note
from govern.ledger.strict import read_json
from govern.record import inventory
from govern.record.models import TestResult
from govern.record.refolding import refold
from govern.record.registry import Registry
from govern.record.replay import replay
from tests.people import LOG_PEN, ORIGIN, PaperLedger
from tests.record.shelf import (
    DAN,
    DORA,
    GUS,
    OLGA,
    RAE,
    RULES,
    VAL,
    VIC,
    comment,
    document,
    measured,
    misfiled,
    model,
    move,
    moved,
    now,
    policy,
    report,
    say,
    shelf,
    sign,
    signed,
    submit,
    the,
    version,
)


@pytest.fixture
def lived() -> PaperLedger:
    """Return a ledger in which everything that an inventory keeps has happened."""
    paper = shelf()
    say(paper, policy(paper), RAE)
    say(paper, policy(paper, RULES.replace("id: credit", "id: another")), RAE)
    say(paper, measured(paper), VIC)
    submit(paper)
    say(paper, comment(paper), GUS)
    sign(paper, VIC, VAL)
    move(paper, "validated", "production")
    say(paper, report(paper), GUS)
    say(paper, model(paper, model="churn", jurisdictions=()), OLGA)
    say(paper, version(paper, b"better", the(paper).digest, by_reference=True), DORA)
    return paper


def book(paper: PaperLedger) -> Book:
    """Return the log as its operator hands it out."""
    rows = [Row(index, leaf_hash(leaf), leaf) for index, leaf in enumerate(paper.leaves)]
    head = sign_note(str(Checkpoint(ORIGIN, paper.tree.size, paper.tree.root())), ORIGIN, LOG_PEN.private)
    return Book(lambda start: iter(rows[start:]), lambda: iter([head]), len(rows), paper.blob)


def test_the_entries_add_up_to_the_same_inventory_again(lived: PaperLedger) -> None:
    again = Registry()
    for leaf in lived.leaves:
        again = refold(again, leaf)

    assert again == lived.registry


def test_a_document_whose_words_nobody_counts_is_read_back_as_it_was(lived: PaperLedger) -> None:
    say(lived, document(lived, VIC, "%PDF-1.7", name="report.pdf"), VIC)

    content = lived.registry.snapshot()

    assert the(lived).documents["limitations"].words is None
    assert Registry.restore(content) == lived.registry


def test_what_may_be_missing_of_an_inventory_is_left_out_and_read_back_as_missing() -> None:
    """A snapshot leaves out what is None, so whatever may be None has to say so when it is not there."""
    values = [one for one in vars(inventory).values() if isinstance(one, type) and is_dataclass(one)]
    values.remove(inventory.Inventory)  # its maps are written as lists, by their own code
    hints = [(one, part, get_type_hints(one, include_extras=True)[part.name]) for one in values for part in fields(one)]
    missing = [(one.__name__, part.name, part.default) for one, part, hint in hints if NoneType in get_args(hint)]

    assert ("Document", "words", None) in missing
    assert [name for *name, default in missing if default is not None] == []


def test_a_snapshot_with_models_is_read_back_as_it_was(lived: PaperLedger) -> None:
    content = lived.registry.snapshot()

    assert Registry.restore(content) == lived.registry
    assert Registry.restore(content).snapshot() == content


def test_a_snapshot_has_one_order_whatever_the_process_hashes_by(lived: PaperLedger) -> None:
    for author in (DAN, DORA, OLGA):
        say(lived, document(lived, author), author)

    versions = read_json(lived.registry.snapshot())["inventory"]["versions"]

    assert versions[0]["editors"] == sorted([DAN.id, DORA.id, OLGA.id])


def test_a_restored_ledger_goes_on_as_the_live_one(lived: PaperLedger) -> None:
    before = now(lived)
    lived.registry = Registry.restore(lived.registry.snapshot())

    assert now(lived) == before
    move(lived, "suspended", "production")


def test_an_audit_of_models_is_clean(lived: PaperLedger) -> None:
    found = replay(book(lived))

    assert found.problems == ()
    assert found.registry == lived.registry


def test_an_audit_stays_clean_when_a_comment_was_erased(lived: PaperLedger) -> None:
    del lived.blobs[comment(lived).comment]

    assert replay(book(lived)).problems == ()


def test_an_audit_names_the_move_that_was_filed_past_the_judge() -> None:
    paper = shelf()
    say(paper, policy(paper), RAE)
    submit(paper)
    sign(paper, VIC, VAL)
    misfiled(paper, moved(paper, "production"))
    say(paper, comment(paper), GUS)

    (problem,) = replay(book(paper)).problems

    assert problem.entry == paper.registry.size - 2
    assert "should have been refused: the policy does not allow credit-risk@1 to production" in problem.message


def test_an_audit_names_whoever_approved_their_own() -> None:
    paper = shelf()
    submit(paper, OLGA)

    misfiled(paper, signed(paper, OLGA, role="validator"))

    (problem,) = replay(book(paper)).problems

    assert (problem.kind, problem.entry) == (Kind.SELF_APPROVAL, paper.registry.size - 1)


def test_the_checks_of_a_result_are_those_that_passed_warned_and_failed() -> None:
    body: TestResult = measured(shelf()).model_copy(update={"warned_tests": ("air",), "failed_tests": ("eod",)})

    assert body.checks == ("auc", "air", "eod")
