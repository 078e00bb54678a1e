"""What people say in a review, short of signing: by whom, of what, and what becomes of it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from govern.errors import Kind
from govern.ledger.envelope import Envelope, seal
from govern.ledger.strict import Digest
from govern.policy.findings import Decision, Verdict
from govern.record.dossier import dossier
from govern.record.events import Body, Event
from govern.record.judging import judgement
from govern.record.people import Deputise, EndDeputy
from govern.record.reviewing import why_not_waived
from govern.record.reviews import Recall, Recheck, RequestChanges, SignOff
from tests.people import Actor, PaperLedger, refused
from tests.record.shelf import (
    DAN,
    DORA,
    GUS,
    OLGA,
    RAE,
    ROB,
    RULES,
    SOON,
    VAL,
    VIC,
    WAIVING,
    amendment,
    challenge,
    closing,
    comment,
    condition,
    document,
    finding,
    measured,
    meeting,
    model,
    move,
    moved,
    now,
    policy,
    promoted,
    response,
    revoke,
    said,
    say,
    second,
    shelf,
    sign,
    signed,
    submit,
    submitted,
    the,
    version,
    waived,
)

PAST = date(2026, 11, 19)


@pytest.fixture
def paper() -> PaperLedger:
    """Return a ledger with a policy that allows waivers; the version, made by Dan, is measured and submitted."""
    paper = shelf()
    say(paper, policy(paper, WAIVING), RAE)
    say(paper, measured(paper), VIC)
    submit(paper)
    return paper


@pytest.fixture
def failing() -> PaperLedger:
    """Return the same with a check that fails, before it is submitted."""
    paper = shelf()
    say(paper, policy(paper, WAIVING), RAE)
    say(paper, measured(paper, "0.7"), VIC)
    return paper


def gate(paper: PaperLedger, name: str | None = "production", number: int = 1) -> Decision:
    return judgement(paper.registry, the(paper, number), paper.now, paper.blob, name).decision


def because(paper: PaperLedger, name: str | None = "production") -> tuple[str, ...]:
    return judgement(paper.registry, the(paper), paper.now, paper.blob, name).because


def last(paper: PaperLedger) -> int:
    return paper.registry.size - 1


# One person, one event


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(comment, id="a comment"),
        pytest.param(finding, id="a finding"),
        pytest.param(lambda _: Deputise(person=VAL.id, role="validator", first=SOON, last=SOON), id="a deputy"),
    ],
)
def test_a_second_name_on_an_event_of_one_person_is_refused(
    paper: PaperLedger, make: Callable[[PaperLedger], Body]
) -> None:
    error = refused(paper, paper.sign(make(paper), VIC, VAL, role="validator", reason="both of us"), "one_signer")

    assert error.hint == "each signs an event of their own"


# Challenges and responses


def test_a_challenge_is_answered_once_by_somebody_else(paper: PaperLedger) -> None:
    say(paper, challenge(paper), GUS)
    (asked,) = the(paper).challenges
    refused(paper, said(paper, response(paper), GUS), "self_approval", Kind.SELF_APPROVAL)

    say(paper, response(paper), DAN)

    (answered,) = the(paper).challenges
    assert (asked.person, asked.anchor, asked.answered) == (GUS.id, "evidence:auc", None)
    assert (answered.answered, answered.answer) == (last(paper), response(paper, 0).response)
    error = refused(paper, said(paper, response(paper), DORA), "answered_already")
    assert error.message == f"#{asked.entry} was answered in #{answered.answered}"


@pytest.mark.parametrize(
    ("actor", "role", "code", "kind"),
    [
        pytest.param(DORA, "developer", "role", None, id="a developer"),
        pytest.param(DAN, "validator", "self_approval", Kind.SELF_APPROVAL, id="who made it, as a validator"),
    ],
)
def test_a_challenge_is_a_reviewers(paper: PaperLedger, actor: Actor, role: str, code: str, kind: Kind | None) -> None:
    refused(paper, said(paper, challenge(paper), actor, role), code, kind)


def test_an_answer_is_to_a_challenge_of_the_version(paper: PaperLedger) -> None:
    say(paper, challenge(paper), VIC)
    say(paper, challenge(paper), VAL)

    error = refused(paper, said(paper, response(paper, 1), DAN), "unknown_challenge")
    say(paper, response(paper, the(paper).challenges[1].entry), DAN)

    assert error.message == "#1 is no challenge of credit-risk@1"
    assert [one.answered is not None for one in the(paper).challenges] == [False, True]


def test_talk_changes_nothing_of_what_is_signed(paper: PaperLedger) -> None:
    before, seq = now(paper), the(paper).seq
    say(paper, challenge(paper), VIC)
    say(paper, response(paper), DAN)
    say(paper, Recheck(version=the(paper).digest, check="auc"), GUS)

    assert (now(paper), the(paper).seq) == (before, seq)


# Findings


def test_a_finding_is_in_the_dossier_until_a_validator_closes_it(paper: PaperLedger) -> None:
    before = now(paper)
    say(paper, finding(paper), GUS)
    during = now(paper)
    say(paper, finding(paper, title="And another"), VAL)
    (first, other) = the(paper).findings

    say(paper, closing(paper, first.entry), VIC)

    assert len({before, during, now(paper)}) == 3
    assert [one.entry for one in the(paper).open_findings] == [other.entry]
    say(paper, closing(paper, other.entry), VIC)
    assert now(paper) == before


@pytest.mark.parametrize(
    ("changes", "actor", "code"),
    [
        pytest.param({"due": PAST}, VIC, "past_day", id="due in the past"),
        pytest.param({"owner": Actor("eve").id}, VIC, "unknown_person", id="owned by nobody here"),
        pytest.param({}, DORA, "role", id="by a developer"),
    ],
)
def test_a_finding_is_refused(paper: PaperLedger, changes: dict[str, object], actor: Actor, code: str) -> None:
    refused(paper, said(paper, finding(paper, **changes), actor), code)


@pytest.mark.parametrize(
    ("owner", "actor", "role", "code", "kind"),
    [
        pytest.param(VIC, VIC, "validator", "self_approval", Kind.SELF_APPROVAL, id="who owns it"),
        pytest.param(VIC, DAN, "validator", "self_approval", Kind.SELF_APPROVAL, id="who made the version"),
        pytest.param(VIC, OLGA, "validator", "self_approval", Kind.SELF_APPROVAL, id="who owns the model"),
        pytest.param(VIC, RAE, "risk-officer", "role", None, id="a risk officer"),
    ],
)
def test_a_finding_is_not_closed_by(
    paper: PaperLedger, owner: Actor, actor: Actor, role: str, code: str, kind: Kind | None
) -> None:
    say(paper, finding(paper, owner=owner.id), GUS)

    refused(paper, said(paper, closing(paper), actor, role), code, kind)


def test_a_finding_is_closed_once_and_with_a_reason(paper: PaperLedger) -> None:
    say(paper, finding(paper), VIC)
    refused(paper, said(paper, closing(paper), VIC, reason=""), "no_reason")
    refused(paper, said(paper, closing(paper, 2), VIC), "unknown_finding")

    # Who raised it may say that it is mended: they know best.
    say(paper, closing(paper), VIC)

    error = refused(paper, said(paper, closing(paper), VAL), "closed_already")
    assert error.message == f"#{the(paper).findings[0].entry} was closed in #{last(paper)}"


def test_nobody_signs_over_a_finding_that_came_after_the_submission(paper: PaperLedger) -> None:
    say(paper, finding(paper), GUS)

    refused(paper, signed(paper, VIC), "stale_dossier")


# Conditions


def test_an_approval_with_a_condition_counts_until_the_condition_is_overdue(paper: PaperLedger) -> None:
    sign(paper, VAL)
    paper.file(signed(paper, VIC, "approved_with_conditions", conditions=(condition(), condition(OLGA))))
    move(paper, "production")
    paper.now += timedelta(days=34)  # the day that it is due
    assert gate(paper) is Decision.ALLOW

    paper.now += timedelta(days=1)
    assert because(paper) == ("approvals.validation.quorum",)
    say(paper, meeting(paper), VIC)
    assert because(paper) == ("approvals.validation.quorum",)
    say(paper, meeting(paper, place=1), RAE)

    assert [one.met is not None for one in the(paper).signed[1].conditions] == [True, True]
    assert the(paper).signed[0].conditions == ()
    assert gate(paper) is Decision.ALLOW


def test_an_overdue_condition_does_not_bring_back_what_the_person_said_before(paper: PaperLedger) -> None:
    sign(paper, VIC, VAL)
    paper.file(signed(paper, VIC, "approved_with_conditions", conditions=(condition(),)))
    assert gate(paper) is Decision.ALLOW

    paper.now += timedelta(days=40)

    assert because(paper) == ("approvals.validation.quorum",)
    refused(paper, moved(paper, "production"), "gate")


@pytest.mark.parametrize(
    ("meaning", "owner", "due", "code"),
    [
        pytest.param("approved", DAN, SOON, "conditions", id="on an approval without conditions"),
        pytest.param("approved_with_conditions", Actor("eve"), SOON, "unknown_person", id="owed by nobody here"),
        pytest.param("approved_with_conditions", DAN, PAST, "past_day", id="due in the past"),
    ],
)
def test_a_condition_is_refused(paper: PaperLedger, meaning: str, owner: Actor, due: date, code: str) -> None:
    refused(paper, signed(paper, VIC, meaning, conditions=(condition(owner, due),)), code)


def test_a_condition_is_met_once_by_a_reviewer_who_does_not_owe_it(paper: PaperLedger) -> None:
    conditions = (condition(VAL), condition())
    paper.file(signed(paper, VIC, "approved_with_conditions", conditions=conditions))

    refused(paper, said(paper, meeting(paper), VAL), "self_approval", Kind.SELF_APPROVAL)
    refused(paper, said(paper, meeting(paper), DAN, "validator"), "self_approval", Kind.SELF_APPROVAL)
    refused(paper, said(paper, meeting(paper), GUS), "role")
    refused(paper, said(paper, meeting(paper), RAE, reason=""), "no_reason")
    refused(paper, said(paper, meeting(paper, place=2), RAE), "unknown_condition")
    refused(paper, said(paper, meeting(paper, entry=1), RAE), "unknown_condition")
    say(paper, meeting(paper), RAE)

    error = refused(paper, said(paper, meeting(paper), RAE), "met_already")
    assert error.message == f"the condition was met in #{last(paper)}"


# Waivers


def test_a_waiver_by_as_many_as_the_policy_asks_lifts_a_failing_check(failing: PaperLedger) -> None:
    failing.file(waived(failing, RAE, ROB))
    submit(failing)
    sign(failing, VIC, VAL)

    move(failing, "production")

    (one,) = the(failing).waivers.values()
    assert ([who.person for who in one.persons], one.renewals) == ([RAE.id, ROB.id], 0)


def test_more_than_enough_may_sign_a_waiver(failing: PaperLedger) -> None:
    failing.file(waived(failing, VIC, RAE, ROB))
    submit(failing)
    sign(failing, VIC, VAL)

    assert gate(failing) is Decision.ALLOW


def test_a_waiver_ends_on_its_day(failing: PaperLedger) -> None:
    failing.file(waived(failing, RAE, ROB))
    submit(failing)
    sign(failing, VIC, VAL)
    failing.now += timedelta(days=34)
    assert gate(failing) is Decision.ALLOW

    failing.now += timedelta(days=1)

    assert because(failing) == ("checks.auc",)


@pytest.mark.parametrize(
    ("actors", "changes", "code", "message"),
    [
        pytest.param((RAE,), {}, "four_eyes.quorum", "1 of 2 risk-officer signed", id="one alone"),
        pytest.param((RAE, VIC), {}, "four_eyes.quorum", "1 of 2 risk-officer signed", id="and a validator"),
        pytest.param((RAE, ROB), {"policy": "churn"}, "unknown_policy", "no policy churn is in force", id="no policy"),
        pytest.param((RAE, ROB), {"check": "air"}, "unknown_check", "credit has no check air", id="no check"),
        pytest.param((RAE, ROB), {"until": PAST}, "waiver", "ended on 2026-11-19", id="past"),
        pytest.param(
            (RAE, ROB), {"until": date(2027, 2, 19)}, "waiver", "lasts at most 90d, so until 2027-02-18", id="too long"
        ),
    ],
)
def test_a_waiver_is_refused(
    failing: PaperLedger, actors: tuple[Actor, ...], changes: dict[str, Any], code: str, message: str
) -> None:
    error = refused(failing, waived(failing, *actors, **changes), code)

    assert message in error.message


def test_a_waiver_has_a_reason_and_is_of_what_is_not_retired(failing: PaperLedger) -> None:
    refused(failing, waived(failing, RAE, ROB, reason=""), "no_reason")
    move(failing, "retired")

    refused(failing, waived(failing, RAE, ROB), "stage")


def test_a_policy_that_knows_no_waivers_allows_none() -> None:
    paper = shelf()
    say(paper, policy(paper), RAE)
    say(paper, measured(paper, "0.7"), VIC)

    error = refused(paper, waived(paper, RAE, ROB), "waiver")

    assert error.message == "credit allows no waiver of auc"


def test_what_was_not_measured_cannot_be_waived() -> None:
    paper = shelf()
    say(paper, policy(paper, WAIVING), RAE)

    error = refused(paper, waived(paper, RAE, ROB), "not_measured")

    assert error.message == "auc of credit-risk@1 was not measured: there is nothing to accept"


def test_a_waiver_accepts_what_was_measured_and_nothing_worse(failing: PaperLedger) -> None:
    failing.file(waived(failing, RAE, ROB))
    say(failing, measured(failing, "0.51"), VIC)
    submit(failing)
    sign(failing, VIC, VAL)

    assert because(failing) == ("checks.auc",)
    refused(failing, moved(failing, "production"), "gate")


def test_a_waiver_is_renewed_as_often_as_the_policy_lets_it(failing: PaperLedger) -> None:
    failing.file(waived(failing, RAE, ROB))
    failing.file(waived(failing, RAE, ROB))

    error = refused(failing, waived(failing, RAE, ROB), "waiver")

    assert error.message == "the waiver of credit auc may be renewed 1 times, and was"
    assert the(failing).waivers["credit auc"].renewals == 1


def test_a_policy_that_was_tightened_ends_earlier_waivers(failing: PaperLedger) -> None:
    failing.file(waived(failing, RAE, ROB))
    tighter = WAIVING.replace("1.0.0", "1.1.0").replace("max_duration: 90d", "max_duration: 30d")
    say(failing, policy(failing, tighter), RAE)
    submit(failing)
    sign(failing, VIC, VAL)

    assert because(failing) == ("checks.auc",)


def test_who_makes_a_version_counts_for_no_waiver(failing: PaperLedger) -> None:
    roy = failing.enrol("roy", "risk-officer", "developer")
    say(failing, version(failing, b"better"), roy, "developer")
    say(failing, measured(failing, "0.7", number=2), VIC)
    own = waived(failing, RAE, roy, version=the(failing, 2).digest)
    refused(failing, own, "four_eyes.quorum")

    # Nor does who submits it afterwards.
    failing.file(waived(failing, RAE, roy))
    assert "checks.auc" not in because(failing)
    failing.file(submitted(failing, roy, "developer"))
    sign(failing, VIC, VAL)

    assert because(failing) == ("checks.auc",)


@pytest.mark.parametrize(
    ("stands", "expected"),
    [
        pytest.param(None, ("checks.auc",), id="while nobody says whose it is"),
        pytest.param(False, ("checks.auc",), id="when it is disowned"),
        pytest.param(True, (), id="but when it is affirmed"),
    ],
)
def test_a_waiver_by_a_stolen_key_lifts_nothing(
    failing: PaperLedger, stands: bool | None, expected: tuple[str, ...]
) -> None:
    failing.file(waived(failing, RAE, ROB))
    since = last(failing)
    submit(failing)
    sign(failing, VIC, VAL)

    revoke(failing, ROB, since, stands=stands)

    assert because(failing) == expected


def why(paper: PaperLedger) -> str:
    (one,) = the(paper).waivers.values()
    return why_not_waived(paper.registry, dossier(paper.registry.inventory, the(paper), paper.blob), one, paper.now)


def under(text: str) -> Callable[[PaperLedger], None]:
    """Return what adopts the policy as it is with another text."""
    return lambda paper: say(paper, policy(paper, text.replace("1.0.0", "1.1.0")), RAE)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param(lambda _: None, "", id="nothing"),
        pytest.param(
            lambda paper: say(paper, measured(paper, "0.6"), VIC),
            "auc was measured again, and another number waived",
            id="it is measured again",
        ),
        pytest.param(
            under(WAIVING.replace("credit-scoring", "churn")),
            "no policy credit is in force for credit-risk@1",
            id="the policy is for other models",
        ),
        pytest.param(
            under(WAIVING + "effective: {from: 2027-01-01}\n"),
            "no policy credit is in force for credit-risk@1",
            id="the policy is for later",
        ),
        pytest.param(
            under(WAIVING.replace("id: auc,", "id: air,").replace("[auc]", "[air]")),
            "credit has no check auc any more",
            id="the policy asks for something else",
        ),
        pytest.param(
            lambda paper: revoke(paper, ROB, last(paper)), "1 of 2 risk-officer signed", id="a key was not safe"
        ),
    ],
)
def test_a_waiver_says_why_it_does_not_count(
    failing: PaperLedger, change: Callable[[PaperLedger], None], expected: str
) -> None:
    failing.file(waived(failing, RAE, ROB))

    change(failing)

    assert why(failing) == expected
    found = judgement(failing.registry, the(failing), failing.now, failing.blob).findings
    assert any(one.verdict is Verdict.WAIVED for one in found) is (not expected)


# Documents


def test_a_document_is_in_the_dossier_by_its_section(paper: PaperLedger) -> None:
    before = now(paper)

    say(paper, document(paper), DAN)

    one = the(paper).documents["limitations"]
    assert (one.name, one.words, one.person, one.entry) == ("limits.md", 5, DAN.id, last(paper))
    assert now(paper) != before


def test_a_newer_document_takes_the_place_of_the_one_before(paper: PaperLedger) -> None:
    say(paper, document(paper), DAN)
    say(paper, document(paper, VIC, "It knows few thin files.", "limits.pdf"), VIC)

    assert {name: (one.name, one.words) for name, one in the(paper).documents.items()} == {
        "limitations": ("limits.pdf", None)
    }


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        pytest.param({"content": Digest.of(b"another")}, "is not the one that the event refers to", id="another file"),
        pytest.param({"author": VIC}, "is not the one that the event refers to", id="another attester"),
        pytest.param({"size": 7}, "has not 7 bytes", id="another size"),
        pytest.param({"text": ""}, "has not 0 bytes, or is empty", id="empty"),
        pytest.param({"words": 500}, "has 5 words, the event says 500", id="padded with words"),
        pytest.param({"words": None}, "has 5 words, the event says nothing of them", id="silent about its words"),
        pytest.param(
            {"name": "limits.pdf", "words": 500}, "has words that cannot be counted", id="words of a PDF, as one likes"
        ),
    ],
)
def test_a_document_is_what_the_event_says(paper: PaperLedger, changes: dict[str, Any], message: str) -> None:
    body = document(paper, **changes)

    assert message in refused(paper, said(paper, body, DAN), "document_differs").message


def test_a_document_is_written_by_who_works_on_the_version(paper: PaperLedger) -> None:
    refused(paper, said(paper, document(paper, GUS), GUS), "role")
    move(paper, "retired")

    refused(paper, said(paper, document(paper), DAN), "stage")


@pytest.mark.parametrize(
    ("actor", "role", "is_editor"),
    [
        pytest.param(DORA, "developer", True, id="a developer"),
        pytest.param(OLGA, "validator", True, id="an owner, who speaks as a validator"),
        pytest.param(VIC, "validator", False, id="a validator with a report"),
    ],
)
def test_who_edits_a_dossier_does_not_approve_it(paper: PaperLedger, actor: Actor, role: str, is_editor: bool) -> None:
    say(paper, document(paper, actor), actor, role)
    submit(paper)

    assert (actor.id in the(paper).not_reviewers) is is_editor
    if is_editor:
        refused(paper, signed(paper, actor, role=role), "self_approval", Kind.SELF_APPROVAL)


DOCUMENTED = RULES + "documentation: {required: [limitations, purpose], min_words: {limitations: 4}}\n"


def test_nothing_is_submitted_with_an_empty_section() -> None:
    paper = shelf()
    say(paper, policy(paper, DOCUMENTED), RAE)

    error = refused(paper, submitted(paper), "documentation")
    say(paper, document(paper), DAN)
    half = refused(paper, submitted(paper), "documentation")
    say(paper, document(paper, section="purpose"), DAN)
    submit(paper)

    assert error.message == "the dossier of credit-risk@1 has no limitations, purpose"
    assert half.message == "the dossier of credit-risk@1 has no purpose"


# Asking for more


def test_a_check_is_asked_for_again_until_it_is_measured(paper: PaperLedger) -> None:
    again = Recheck(version=the(paper).digest, check="auc")
    refused(paper, said(paper, again, DORA), "role")
    refused(paper, said(paper, again, GUS, reason=""), "no_reason")
    refused(paper, said(paper, again.model_copy(update={"check": "air"}), GUS), "unknown_check")

    say(paper, again, GUS)
    error = refused(paper, said(paper, again, VIC), "asked_already")
    say(paper, measured(paper), VAL)

    assert error.message.endswith("asks for auc again already")
    assert the(paper).rechecks == {}


def test_a_version_is_taken_back_out_of_review(paper: PaperLedger) -> None:
    body = Recall(version=the(paper).digest)
    refused(paper, said(paper, body, DORA), "role")
    refused(paper, said(paper, body, DAN, reason=""), "no_reason")

    say(paper, body, OLGA)

    assert (the(paper).stage, the(paper).dossier) == ("registered", None)
    refused(paper, said(paper, body, DAN), "stage")
    refused(paper, signed(paper, VIC), "stage")


def test_a_reviewer_sends_a_version_back(paper: PaperLedger) -> None:
    body = RequestChanges(version=the(paper).digest)
    refused(paper, said(paper, body, DAN, "validator"), "self_approval", Kind.SELF_APPROVAL)
    refused(paper, said(paper, body, GUS), "role")
    refused(paper, said(paper, body, VIC, reason=""), "no_reason")

    say(paper, body, VIC)

    assert the(paper).stage == "registered"
    refused(paper, said(paper, body, VIC), "stage")


def test_who_submitted_it_before_it_was_taken_back_does_not_approve_it(paper: PaperLedger) -> None:
    dev = paper.enrol("dev", "developer", "validator")
    say(paper, Recall(version=the(paper).digest), DAN)
    paper.file(submitted(paper, dev, "developer"))
    say(paper, Recall(version=the(paper).digest), OLGA)
    submit(paper)

    refused(paper, signed(paper, dev, role="validator"), "self_approval", Kind.SELF_APPROVAL)


# Who signs


def test_the_owner_of_a_model_does_not_validate_it(paper: PaperLedger) -> None:
    error = refused(paper, signed(paper, OLGA, role="validator"), "self_approval", Kind.SELF_APPROVAL)
    sign(paper, OLGA, role="model-owner")

    assert error.message == f"{OLGA.id} owns credit-risk and does not review it as validator"


def test_two_reviewers_sign_at_once_and_both_count(paper: PaperLedger) -> None:
    both = signed(paper, VIC), signed(paper, VAL)
    for envelope in both:
        paper.file(envelope)

    assert gate(paper) is Decision.ALLOW


def test_a_version_that_changes_while_it_is_read_is_not_signed(paper: PaperLedger) -> None:
    envelope = signed(paper, VIC)
    say(paper, document(paper, VAL), VAL)

    refused(paper, envelope, "stale_subject", Kind.REPLAYED)


def test_a_policy_that_changes_while_it_is_read_is_not_signed_for(paper: PaperLedger) -> None:
    envelope = signed(paper, VIC)
    say(paper, policy(paper, WAIVING.replace("1.0.0", "1.0.1")), RAE)

    refused(paper, envelope, "stale_dossier")


def test_a_signature_for_one_version_is_none_for_another(paper: PaperLedger) -> None:
    say(paper, version(paper, b"better"), DORA)
    say(paper, measured(paper, number=2), VIC)
    submit(paper, DORA, 2)

    refused(paper, signed(paper, VIC, dossier=the(paper).dossier, number=2), "stale_dossier")
    refused(paper, pasted(paper, signed(paper, VIC), the(paper, 2).digest), "other_entry", Kind.REPLAYED)


def test_a_signature_in_one_ledger_is_none_in_another(paper: PaperLedger) -> None:
    other = shelf()
    other.now += timedelta(seconds=1)
    say(other, version(other, b"other"), DORA)

    refused(other, signed(paper, VIC), "other_basis", Kind.FORKED)


def pasted(paper: PaperLedger, envelope: Envelope, version_: Digest) -> Envelope:
    """Return what somebody signed, turned to another version: signed anew, or it would not even open."""
    event = Event.parse(envelope.payload)
    return seal(bytes(replace(event, body=SignOff(version=version_))), VIC.pen)


@pytest.mark.parametrize(
    ("stands", "expected"),
    [
        pytest.param(None, ("approvals.validation.quorum",), id="while nobody says whose it is"),
        pytest.param(False, ("approvals.validation.quorum",), id="when it is disowned"),
        pytest.param(True, (), id="but when it is affirmed"),
    ],
)
def test_a_signature_by_a_stolen_key_opens_no_gate(
    paper: PaperLedger, stands: bool | None, expected: tuple[str, ...]
) -> None:
    sign(paper, VAL, VIC)

    revoke(paper, VIC, last(paper), stands=stands)

    assert because(paper) == expected


@pytest.mark.parametrize(
    ("stands", "expected"),
    [
        pytest.param(None, ("approvals.validation.rejected",), id="shut while it is suspect"),
        pytest.param(False, (), id="open once it is disowned"),
    ],
)
def test_a_rejection_by_a_stolen_key_leaves_the_gate(
    paper: PaperLedger, stands: bool | None, expected: tuple[str, ...]
) -> None:
    sign(paper, VIC, VAL)
    sign(paper, VIC, meaning="rejected")

    revoke(paper, VIC, last(paper), stands=stands)

    assert because(paper) == expected


# Evidence of high tiers


def test_evidence_of_a_high_tier_counts_once_somebody_else_measured_the_same() -> None:
    paper = shelf()
    say(paper, policy(paper), RAE)
    say(paper, measured(paper), DAN)
    submit(paper)
    sign(paper, VIC, VAL)
    assert because(paper) == ("checks.auc.measured_by",)

    seq, before = the(paper).seq, now(paper)
    say(paper, measured(paper), VIC)

    assert (the(paper).seq, now(paper)) == (seq, before)
    assert because(paper) == ()
    move(paper, "production")


def test_evidence_that_a_stolen_key_repeated_counts_for_nobody() -> None:
    paper = shelf()
    say(paper, policy(paper), RAE)
    say(paper, measured(paper), DAN)
    say(paper, measured(paper), VIC)
    since = last(paper)
    submit(paper)
    sign(paper, VAL)

    revoke(paper, VIC, since)

    assert "checks.auc.measured_by" in because(paper)


def test_evidence_of_a_low_tier_counts_whoever_measured_it() -> None:
    paper = shelf()
    say(paper, policy(paper), RAE)
    say(paper, amendment(paper, "risk_tier", "low"), RAE)
    say(paper, measured(paper), DAN)

    assert gate(paper, None) is Decision.ALLOW


# Champions


@pytest.fixture
def displaced(paper: PaperLedger) -> PaperLedger:
    """Return a ledger whose first version was champion until the second took its place."""
    sign(paper, VIC, VAL)
    move(paper, "production")
    second(paper)
    return paper


def test_a_displaced_champion_goes_back_to_approved_and_can_be_rolled_back_to(displaced: PaperLedger) -> None:
    before, after = the(displaced), the(displaced, 2)
    assert (before.stage, before.production_role, after.production_role) == ("approved", "", "champion")

    displaced.file(moved(displaced, "production", rollback=True))

    assert (the(displaced).production_role, the(displaced, 2).stage) == ("champion", "approved")


def test_what_is_read_of_a_champion_is_stale_once_it_was_displaced(paper: PaperLedger) -> None:
    sign(paper, VIC, VAL)
    move(paper, "production")
    envelope = moved(paper, "suspended")

    second(paper)

    refused(paper, envelope, "stale_subject", Kind.REPLAYED)


def test_a_rollback_stands_void_signatures_and_no_failing_check(displaced: PaperLedger) -> None:
    say(displaced, policy(displaced, WAIVING.replace("1.0.0", "1.0.1")), RAE)
    refused(displaced, moved(displaced, "production"), "gate")
    say(displaced, measured(displaced, "0.7"), VIC)
    error = refused(displaced, moved(displaced, "production", rollback=True), "gate")
    say(displaced, measured(displaced, "0.76"), VIC)

    displaced.file(moved(displaced, "production", rollback=True))

    assert error.message == "the policy does not allow credit-risk@1 to production: checks.auc"
    assert the(displaced).stage == "production"


@pytest.mark.parametrize("rollback_gate", ["approvals: [validation]", "checks: all"])
def test_a_rollback_goes_through_the_gate_that_a_policy_has_for_it(displaced: PaperLedger, rollback_gate: str) -> None:
    text = WAIVING.replace("1.0.0", "1.1.0").replace("gates:\n", f"gates:\n  rollback: {{{rollback_gate}}}\n")
    say(displaced, policy(displaced, text), RAE)
    envelope = moved(displaced, "production", rollback=True)

    if "approvals" in rollback_gate:
        error = refused(displaced, envelope, "gate")
        assert error.message.endswith("approvals.validation.quorum")
    else:
        displaced.file(envelope)
        assert the(displaced).stage == "production"


def test_a_rollback_gate_of_one_policy_silences_no_check_of_another(displaced: PaperLedger) -> None:
    emergency = WAIVING[: WAIVING.index("checks:")].replace("id: ", "id: emergency-", 1)
    emergency += "approvals:\n  one: {role: risk-officer}\ngates:\n  rollback: {approvals: [one]}\n"
    say(displaced, policy(displaced, emergency), RAE)
    say(displaced, measured(displaced, "0.7"), VIC)

    error = refused(displaced, moved(displaced, "production", rollback=True), "gate")

    assert error.message == "the policy does not allow credit-risk@1 to production: checks.auc"


@pytest.mark.parametrize(
    ("actor", "role", "code"),
    [
        pytest.param(OLGA, "model-owner", "role", id="a model owner"),
        pytest.param(Actor("roy"), "risk-officer", "self_approval", id="a risk officer who submitted it"),
    ],
)
def test_a_rollback_is_a_risk_officers_who_did_not_make_it(
    paper: PaperLedger, actor: Actor, role: str, code: str
) -> None:
    roy = paper.enrol("roy", "risk-officer", "developer")
    paper.file(submitted(paper, roy, "developer"))
    sign(paper, VIC, VAL)
    move(paper, "production")
    second(paper)

    refused(paper, moved(paper, "production", actor, role, rollback=True), code)


def test_what_was_never_in_production_is_not_rolled_back_to(paper: PaperLedger) -> None:
    sign(paper, VIC, VAL)
    move(paper, "approved")

    error = refused(paper, moved(paper, "production", rollback=True), "rollback")

    assert error.message == "credit-risk@1 is no approved version that was in production before"


@pytest.mark.parametrize("after", ["suspended", "in_review"])
def test_what_was_suspended_or_is_reviewed_anew_comes_back_through_the_gate(displaced: PaperLedger, after: str) -> None:
    if after == "in_review":
        submit(displaced)
    else:
        displaced.file(moved(displaced, "production", rollback=True))
        move(displaced, "suspended")

    refused(displaced, moved(displaced, "production", rollback=True), "rollback")
    refused(displaced, moved(displaced, "production", rollback=True, production_role="challenger"), "rollback")


# Who depends on it


@pytest.fixture
def read_by_churn(paper: PaperLedger) -> PaperLedger:
    """Return a ledger in which the champion of another model reads what the champion of credit-risk says."""
    sign(paper, VIC, VAL)
    move(paper, "production")
    say(paper, model(paper, model="limits", use_case="limits", risk_tier="low", upstream=("credit-risk",)), OLGA)
    return paper


@pytest.mark.parametrize("stage", ["production", "suspended"])
def test_what_another_champion_reads_is_not_retired(read_by_churn: PaperLedger, stage: str) -> None:
    paper = read_by_churn
    promoted(paper, "limits")
    if stage == "suspended":
        move(paper, "suspended")

    error = refused(paper, moved(paper, "retired"), "dependants")

    assert error.message == "credit-risk@1 is read by limits in production"


def test_what_nobody_in_production_reads_is_retired(read_by_churn: PaperLedger) -> None:
    move(read_by_churn, "retired")

    assert the(read_by_churn).stage == "retired"


def test_a_challenger_that_is_left_does_not_take_the_place_of_a_champion(read_by_churn: PaperLedger) -> None:
    paper = read_by_churn
    promoted(paper, "limits")
    say(paper, version(paper, b"better", the(paper).digest), DORA)
    say(paper, measured(paper, number=2), VIC)
    submit(paper, DORA, 2)
    sign(paper, VIC, VAL, number=2)
    paper.file(moved(paper, "production", number=2, production_role="challenger"))

    refused(paper, moved(paper, "retired"), "dependants")
    move(paper, "retired", number=2)


def test_a_displaced_champion_is_retired_whoever_reads_the_model(read_by_churn: PaperLedger) -> None:
    promoted(read_by_churn, "limits")
    second(read_by_churn)

    move(read_by_churn, "retired")

    assert the(read_by_churn).stage == "retired"


# Deputies


@pytest.mark.parametrize(
    ("deputy", "role", "first", "last_day", "code", "kind"),
    [
        pytest.param(VIC, "validator", SOON, SOON, "self_approval", Kind.SELF_APPROVAL, id="oneself"),
        pytest.param(RAE, "validator", SOON, SOON, "role", None, id="somebody without the role"),
        pytest.param(VAL, "risk-officer", SOON, SOON, "role", None, id="in another role"),
        pytest.param(VAL, "validator", SOON, PAST, "past_day", None, id="until before it begins"),
        pytest.param(VAL, "validator", PAST, PAST, "past_day", None, id="in the past"),
        pytest.param(VAL, "validator", SOON, date(2028, 1, 1), "past_day", None, id="for ever"),
    ],
)
def test_a_deputy_is_refused(
    paper: PaperLedger, deputy: Actor, role: str, first: date, last_day: date, code: str, kind: Kind | None
) -> None:
    body = Deputise(person=deputy.id, role=role, first=first, last=last_day)

    refused(paper, said(paper, body, VIC), code, kind)


def test_administrators_have_no_deputies(paper: PaperLedger) -> None:
    paper.enrol("bea", "administrator")

    body = Deputise(person=Actor("bea").id, role="administrator", first=SOON, last=SOON)

    refused(paper, paper.sign(body, Actor("ada"), reason="away"), "role")


def test_a_deputy_signs_only_as_themselves(paper: PaperLedger) -> None:
    say(paper, Deputise(person=DAN.id, role="validator", first=PAST, last=SOON), VIC)

    (deputy,) = paper.registry.inventory.deputies
    assert (deputy.of, deputy.person, deputy.role) == (VIC.id, DAN.id, "validator")
    refused(paper, signed(paper, DAN, role="validator"), "self_approval", Kind.SELF_APPROVAL)


@pytest.fixture
def away(paper: PaperLedger) -> int:
    """Return the entry by which Vic has Val for a deputy."""
    say(paper, Deputise(person=VAL.id, role="validator", first=PAST, last=SOON), VIC)
    return last(paper)


@pytest.mark.parametrize(
    ("by", "role"),
    [
        pytest.param(VIC, "validator", id="who gave it"),
        pytest.param(VAL, "validator", id="the deputy"),
        pytest.param(Actor("ada"), "administrator", id="a registrar"),
    ],
)
def test_a_deputy_is_ended_early_and_once(paper: PaperLedger, away: int, by: Actor, role: str) -> None:
    say(paper, Deputise(person=DAN.id, role="validator", first=PAST, last=SOON), VIC)
    today = paper.now.date()
    assert [one.is_in_force(today) for one in paper.registry.inventory.deputies] == [True, True]

    say(paper, EndDeputy(person=VAL.id, deputy=away), by, role)

    ended, other = paper.registry.inventory.deputies
    assert (ended.ended, ended.is_in_force(today), ended.is_in_force(SOON), other.is_in_force(today)) == (
        last(paper),
        False,
        False,
        True,
    )
    error = refused(paper, said(paper, EndDeputy(person=VAL.id, deputy=away), by, role), "ended_already")
    assert (error.message, error.hint) == (
        f"#{away} was ended in #{ended.ended}",
        "`govern deputy name` names another",
    )


def test_a_deputy_who_is_to_come_can_be_ended_and_one_of_the_past_cannot(paper: PaperLedger, away: int) -> None:
    say(paper, Deputise(person=VAL.id, role="validator", first=SOON, last=SOON), VIC)
    say(paper, EndDeputy(person=VAL.id, deputy=last(paper)), VIC)

    paper.now += timedelta(days=35)

    error = refused(paper, said(paper, EndDeputy(person=VAL.id, deputy=away), VIC), "past_day")
    assert error.message == f"#{away} was until {SOON}: that is past"
    assert error.hint


@pytest.mark.parametrize(
    ("actor", "deputy", "entry", "code"),
    [
        pytest.param(RAE, VAL, 0, "not_yours", id="by somebody else"),
        pytest.param(VIC, DAN, 0, "unknown_deputy", id="of another person"),
        pytest.param(VIC, VAL, -1, "unknown_deputy", id="by another entry"),
        pytest.param(VIC, Actor("eve"), 0, "unknown_person", id="of nobody here"),
    ],
)
def test_the_end_of_a_deputy_is_refused(
    paper: PaperLedger, away: int, actor: Actor, deputy: Actor, entry: int, code: str
) -> None:
    body = EndDeputy(person=VAL.id, deputy=away + entry)
    envelope = said(paper, body, actor) if deputy == VAL else forged(paper, body, actor, deputy)

    error = refused(paper, envelope, code)

    assert code == "unknown_person" or error.hint


def forged(paper: PaperLedger, body: EndDeputy, actor: Actor, deputy: Actor) -> Envelope:
    """Return the event with another person in it, as no draft would write it."""
    event = Event.parse(said(paper, body, actor).payload)
    if deputy.id in paper.registry.people:
        return said(paper, body.model_copy(update={"person": deputy.id}), actor)
    return seal(bytes(replace(event, body=body.model_copy(update={"person": deputy.id}))), actor.pen)


def test_two_do_not_end_a_deputy(paper: PaperLedger, away: int) -> None:
    body = EndDeputy(person=VAL.id, deputy=away)

    refused(paper, paper.sign(body, VIC, VAL, role="validator"), "one_signer")
