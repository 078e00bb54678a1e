"""Artefacts that are hashed and not held: gates open for them, and nobody strips the mark off or puts it on."""

import pytest

from govern.errors import Kind
from govern.ledger.strict import Digest
from govern.record.dossier import components
from govern.record.models import RegisterVersion
from govern.record.replay import replay
from tests.people import PaperLedger, refused
from tests.record.shelf import (
    DAN,
    DORA,
    RAE,
    VAL,
    VIC,
    measured,
    misfiled,
    move,
    policy,
    said,
    say,
    shelf,
    sign,
    submit,
    the,
    version,
)
from tests.record.test_inventory import book


@pytest.fixture
def paper() -> PaperLedger:
    """Return a ledger with a policy and a version that is kept."""
    paper = shelf()
    say(paper, policy(paper), RAE)
    return paper


def test_gates_open_for_what_is_not_held_and_an_audit_finds_nothing(paper: PaperLedger) -> None:
    say(paper, version(paper, b"large", by_reference=True), DORA)
    say(paper, measured(paper, number=2), VIC)
    submit(paper, DORA, 2)
    sign(paper, VIC, VAL, number=2)

    move(paper, "validated", number=2)

    assert Digest.of(b"large") not in paper.blobs
    assert (the(paper).is_held("weights.ubj"), the(paper, 2).is_held("weights.ubj")) == (True, False)
    assert [what for what, _ in components(the(paper, 2))] == ["manifest", "evidence of auc"]
    assert replay(book(paper)).problems == ()


def test_whoever_registers_the_same_files_by_reference_makes_nobody_else_of_their_makers(paper: PaperLedger) -> None:
    say(paper, version(paper, by_reference=True), DORA)

    assert the(paper, 2).makers == {DAN.id, DORA.id}


@pytest.mark.parametrize(
    ("is_marked", "mark"), [pytest.param(True, None, id="stripped off"), pytest.param(False, True, id="put on")]
)
def test_a_mark_that_is_not_the_manifests_is_refused_and_named_by_an_audit(
    paper: PaperLedger, is_marked: bool, mark: bool | None
) -> None:
    whole = version(paper, b"large", by_reference=is_marked)
    (artefact,) = whole.artefacts
    body: RegisterVersion = whole.model_copy(
        update={"artefacts": (artefact.model_copy(update={"by_reference": mark}),)}
    )

    refused(paper, said(paper, body, DAN), "manifest_differs", Kind.BLOB_DIFFERS)

    misfiled(paper, said(paper, body, DAN))
    (problem,) = replay(book(paper)).problems
    assert (problem.kind, problem.entry) == (Kind.BLOB_DIFFERS, paper.registry.size - 1)
    assert "the manifest is not the one that the event describes" in problem.message
