"""What was rolled back to is ratified in time by somebody else, or gates say no."""

from datetime import timedelta

import pytest

from govern.policy.findings import Decision, Verdict
from govern.record.judging import judgement
from govern.record.tasks import Task, tasks
from tests.people import Actor, PaperLedger, refused
from tests.record.shelf import (
    DAN,
    RAE,
    ROB,
    VAL,
    VIC,
    WAIVING,
    measured,
    move,
    moved,
    policy,
    say,
    second,
    shelf,
    sign,
    signed,
    submit,
    the,
)

TEXT = WAIVING.replace("gates:\n", "gates:\n  rollback: {from: [production], checks: all, ratify_within: 2d}\n")
"""As in the guide: a rollback begins with what is in production."""
DAY = timedelta(days=1)


@pytest.fixture
def rolled() -> PaperLedger:
    """Return a ledger whose first version was displaced, and that rae rolled back to."""
    paper = shelf()
    say(paper, policy(paper, TEXT), RAE)
    say(paper, measured(paper), VIC)
    submit(paper)
    sign(paper, VIC, VAL)
    move(paper, "production")
    second(paper)
    paper.file(moved(paper, "production", RAE, rollback=True))
    return paper


def waits(paper: PaperLedger, actor: Actor) -> list[Task]:
    return tasks(paper.registry, paper.registry.people[actor.id], paper.now, paper.blob)


def late(paper: PaperLedger, name: str | None = "production") -> bool:
    found = judgement(paper.registry, the(paper), paper.now, paper.blob, name)
    return found.decision is Decision.DENY and found.because == ("gates.rollback.ratify_within",)


def test_a_rollback_that_nobody_ratifies_closes_the_gates_when_its_time_is_up(rolled: PaperLedger) -> None:
    assert the(rolled).rolled_back == {RAE.id}
    assert not late(rolled)

    rolled.now += 2 * DAY

    assert late(rolled)
    assert late(rolled, None)
    move(rolled, "suspended")  # out of production it may go whatever nobody ratified


def test_whoever_signed_it_before_ratifies_it_by_signing_again(rolled: PaperLedger) -> None:
    sign(rolled, VIC)
    refused(rolled, signed(rolled, VIC), "signed_already")

    rolled.now += 2 * DAY

    assert not late(rolled)


def test_signatures_from_before_ratify_nothing(rolled: PaperLedger) -> None:
    rolled.now += 2 * DAY

    assert late(rolled)
    sign(rolled, VAL)
    assert not late(rolled)  # late, and said so, but somebody stands for it now
    (one,) = (
        one
        for one in judgement(rolled.registry, the(rolled), rolled.now, rolled.blob).findings
        if one.reason == "ratify_within"
    )
    assert one.verdict is Verdict.WARN


def test_who_rolled_it_back_ratifies_nothing(rolled: PaperLedger) -> None:
    sign(rolled, RAE)
    assert the(rolled).signed[-1].person == RAE.id
    rolled.now += 2 * DAY

    assert late(rolled)


def test_what_leaves_production_has_nothing_to_ratify(rolled: PaperLedger) -> None:
    rolled.now += 2 * DAY
    move(rolled, "suspended")
    move(rolled, "production")

    assert the(rolled).rolled_back == frozenset()
    assert not late(rolled)


def test_what_is_displaced_anew_has_nothing_to_ratify(rolled: PaperLedger) -> None:
    rolled.file(moved(rolled, "production", RAE, number=2, rollback=True))

    assert (the(rolled).rolled_back, the(rolled, 2).rolled_back) == (frozenset(), frozenset({RAE.id}))


def test_whoever_may_ratify_a_rollback_is_asked_to(rolled: PaperLedger) -> None:
    why, due = f"{RAE.id} rolled it back: to be ratified by somebody else", rolled.now.date() + 2 * DAY
    said = Task("credit-risk@1", "sign", why, due)

    assert said in waits(rolled, VIC)
    assert said in waits(rolled, VAL)
    assert said not in waits(rolled, ROB)  # production is signed for by validators
    assert said not in waits(rolled, RAE)
    assert said not in waits(rolled, DAN)
    sign(rolled, VIC)
    assert said not in waits(rolled, VAL)


def test_nobody_is_asked_to_ratify_where_no_policy_wants_it() -> None:
    paper = shelf()
    say(paper, policy(paper, WAIVING), RAE)
    say(paper, measured(paper), VIC)
    submit(paper)
    sign(paper, VIC, VAL)
    move(paper, "production")
    second(paper)
    paper.file(moved(paper, "production", RAE, rollback=True))

    assert waits(paper, VAL) == []
    paper.now += 2 * DAY
    assert not late(paper)


def test_a_rollback_begins_with_what_is_in_production() -> None:
    paper = shelf()
    say(paper, policy(paper, TEXT.replace("from: [production]", "from: [suspended]")), RAE)
    say(paper, measured(paper), VIC)
    submit(paper)
    sign(paper, VIC, VAL)
    move(paper, "production")
    second(paper)

    error = refused(paper, moved(paper, "production", RAE, rollback=True), "gate")

    assert error.message.endswith("to production: gates.rollback.from")
