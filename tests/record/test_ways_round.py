"""Ways round what a signature is for, each of which was open once: who counts, for what, and who is told."""

import pytest

from govern.record.judging import judgement
from govern.record.tasks import rejection, tasks
from tests.people import Actor, PaperLedger, refused
from tests.record.shelf import (
    DAN,
    DORA,
    RAE,
    RULES,
    VAL,
    VIC,
    measured,
    move,
    moved,
    policy,
    revoke,
    say,
    shelf,
    sign,
    signed,
    submit,
    the,
    version,
)

ONE = RULES.replace("quorum: 2", "quorum: 1")
"""One validator signs."""
EITHER = ONE.replace("role: validator", "role: [validator, risk-officer]")


def ruled(text: str = ONE) -> PaperLedger:
    """Return a ledger with a policy, whose first version was measured by Vic."""
    paper = shelf()
    say(paper, policy(paper, text), RAE)
    say(paper, measured(paper), VIC)
    return paper


def what(paper: PaperLedger, actor: Actor) -> list[str]:
    found = tasks(paper.registry, paper.registry.people[actor.id], paper.now, paper.blob)
    return [one.what for one in found]


# One person in two roles


@pytest.mark.parametrize("text", [ONE, EITHER])
@pytest.mark.parametrize("meanings", [("rejected", "approved"), ("approved", "rejected")])
def test_who_rejects_in_one_role_and_approves_in_another_has_rejected(text: str, meanings: tuple[str, str]) -> None:
    paper = ruled(text)
    both = paper.enrol("bo", "validator", "risk-officer")
    submit(paper)
    roles = ("validator", "risk-officer") if meanings[0] == "rejected" else ("risk-officer", "validator")
    for meaning, role in zip(meanings, roles, strict=True):
        sign(paper, both, meaning=meaning, role=role)
    sign(paper, VAL)

    found = judgement(paper.registry, the(paper), paper.now, paper.blob, "production")

    assert found.because == ("approvals.validation.rejected",)
    assert rejection(paper.registry, the(paper)) is not None
    assert "submit again" in what(paper, DAN)


def test_who_signs_in_two_roles_counts_once() -> None:
    paper = ruled(EITHER.replace("quorum: 1", "quorum: 2"))
    both = paper.enrol("bo", "validator", "risk-officer")
    submit(paper)
    for role in ("validator", "risk-officer"):
        sign(paper, both, role=role)

    refused(paper, moved(paper, "production"), "gate")
    sign(paper, VAL)
    move(paper, "production")


def test_nobody_says_the_same_twice_with_another_role_between() -> None:
    paper = ruled(EITHER)
    both = paper.enrol("bo", "validator", "risk-officer")
    submit(paper)
    for role in ("validator", "risk-officer"):
        sign(paper, both, role=role)

    refused(paper, signed(paper, both, role="validator"), "signed_already")


# Rollback


@pytest.fixture
def displaced() -> PaperLedger:
    """Return a ledger whose first version, approved by Vic in the entry before its promotion, was champion before."""
    paper = ruled()
    submit(paper)
    sign(paper, VIC)
    move(paper, "production")
    say(paper, version(paper, b"better", the(paper).digest), DORA)
    say(paper, measured(paper, number=2), VAL)
    submit(paper, DORA, 2)
    sign(paper, VAL, number=2)
    move(paper, "production", number=2)
    return paper


def test_what_somebody_approved_can_be_gone_back_to_under_another_policy(displaced: PaperLedger) -> None:
    say(displaced, policy(displaced, ONE.replace("1.0.0", "1.1.0")), RAE)

    displaced.file(moved(displaced, "production", rollback=True))

    assert the(displaced).production_role == "champion"


@pytest.mark.parametrize("stands", [None, False])
def test_what_nobody_approves_any_more_is_not_gone_back_to(displaced: PaperLedger, stands: bool | None) -> None:
    revoke(displaced, VIC, the(displaced).signed[0].entry, stands=stands)

    error = refused(displaced, moved(displaced, "production", rollback=True), "gate")

    assert error.message.endswith("nobody's approval of it stands")


def test_what_was_rejected_since_is_not_gone_back_to(displaced: PaperLedger) -> None:
    sign(displaced, VAL, meaning="rejected")
    entry = displaced.registry.size - 1

    error = refused(displaced, moved(displaced, "production", rollback=True), "gate")
    sign(displaced, VAL)
    displaced.file(moved(displaced, "production", rollback=True))

    assert error.message.endswith(f"rejected in #{entry}")
