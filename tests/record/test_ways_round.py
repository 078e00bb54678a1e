"""Ways round what a signature is for, each of which was open once: who counts, for what, and who is told."""

from datetime import timedelta

import pytest

from govern.errors import Kind
from govern.ledger.strict import read_json
from govern.record.changes import changes
from govern.record.dossier import dossier
from govern.record.judging import judgement
from govern.record.models import Amend, Change
from govern.record.people import Deputise, Withdraw
from govern.record.registry import Registry
from govern.record.reviewing import why_not_waived
from govern.record.reviews import RequestChanges
from govern.record.tasks import Task, rejection, tasks
from govern.record.validity import validity
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
    disown,
    document,
    finding,
    measured,
    model,
    move,
    moved,
    policy,
    promoted,
    response,
    revoke,
    said,
    say,
    shelf,
    sign,
    signed,
    submit,
    the,
    version,
    waived,
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


def waits(paper: PaperLedger, actor: Actor) -> list[Task]:
    return tasks(paper.registry, paper.registry.people[actor.id], paper.now, paper.blob)


def what(paper: PaperLedger, actor: Actor) -> list[str]:
    return [one.what for one in waits(paper, actor)]


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


# Keys that were stolen


@pytest.mark.parametrize("stands", [None, False])
def test_a_policy_that_a_stolen_key_adopted_is_not_in_force(stands: bool | None) -> None:
    paper = ruled(RULES)
    stolen = paper.registry.size
    say(paper, policy(paper, ONE.replace("1.0.0", "1.1.0")), RAE)
    revoke(paper, RAE, stolen, stands=stands)
    submit(paper)
    sign(paper, VIC)

    refused(paper, moved(paper, "production", ROB), "gate")

    assert paper.registry.inventory.policies["credit"].release == "1.0.0"
    assert Registry.restore(paper.registry.snapshot()) == paper.registry
    say(paper, policy(paper, ONE.replace("1.0.0", "1.1.0")), ROB)
    assert paper.registry.inventory.policies["credit"].release == "1.1.0"


def test_a_policy_whose_adoption_is_affirmed_is_in_force_again() -> None:
    paper = ruled(RULES)
    stolen = paper.registry.size
    say(paper, policy(paper, ONE.replace("1.0.0", "1.1.0")), RAE)

    revoke(paper, RAE, stolen, stands=True)

    assert paper.registry.inventory.policies["credit"].release == "1.1.0"


def test_of_a_policy_that_was_only_adopted_by_a_stolen_key_nothing_is_left() -> None:
    paper = ruled(RULES)

    revoke(paper, RAE, paper.registry.inventory.policies["credit"].entry, stands=False)

    assert dict(paper.registry.inventory.policies) == {}
    assert judgement(paper.registry, the(paper), paper.now, paper.blob, "production").policies[0].policy.id == (
        "two-persons"
    )


def test_who_answers_is_told_of_moves_amendments_and_policies_that_were_disowned() -> None:
    paper = ruled()
    submit(paper)
    sign(paper, VIC)
    stolen = paper.registry.size
    say(paper, amendment(paper, "purpose", "Another"), RAE)
    say(paper, amendment(paper, "tags", "line=retail"), RAE)
    submit(paper)
    sign(paper, VIC)
    move(paper, "production")
    say(paper, policy(paper, ONE.replace("1.0.0", "1.1.0")), RAE)
    purpose, tags, moved_, adopted = stolen, stolen + 1, stolen + 4, stolen + 5
    revoke(paper, RAE, stolen)

    affirm = "and its key is suspect: `govern key reaffirm {}`"
    assert [(one.version, one.why) for one in waits(paper, RAE) if one.what == "affirm"] == [
        ("credit-risk@1", f"#{moved_} makes it production, {affirm.format(moved_)}"),
        ("credit-risk@1", f"#{purpose} amends the purpose, {affirm.format(purpose)}"),
        ("credit-risk@1", f"#{tags} amends the tags, {affirm.format(tags)}"),
        ("credit", f"#{adopted} adopts credit 1.1.0, {affirm.format(adopted)}"),
    ]
    assert "affirm" not in what(paper, ROB)
    for entry in (purpose, moved_, adopted):
        disown(paper, RAE, entry)

    told = "and was disowned: see whether that is to stay"
    expected = [
        ("credit-risk@1", f"#{moved_} makes it production, {told}"),
        ("credit-risk@1", f"#{purpose} amends the purpose, {told}"),
    ]
    assert [(one.version, one.why) for one in waits(paper, OLGA) if one.what == "look again"] == expected
    assert [(one.version, one.why) for one in waits(paper, ROB) if one.what == "look again"] == [
        *expected,
        ("credit", f"#{adopted} adopts credit 1.1.0, {told}"),
    ]
    assert "look again" not in what(paper, VIC)
    say(paper, amendment(paper, "purpose", "Probability of default"), OLGA)
    paper.file(moved(paper, "suspended", ROB))
    say(paper, policy(paper, ONE.replace("1.0.0", "1.2.0")), ROB)
    assert "look again" not in what(paper, OLGA)
    assert "look again" not in what(paper, ROB)


def test_amendments_are_told_of_the_newest_version_and_other_versions_have_nothing_to_affirm() -> None:
    paper = ruled()
    say(paper, finding(paper), VIC)
    say(paper, version(paper, b"better"), DORA)
    stolen = paper.registry.size
    say(paper, amendment(paper, "purpose", "Another"), RAE)

    revoke(paper, RAE, stolen, stands=False)

    assert [one.version for one in waits(paper, ROB) if one.what == "look again"] == ["credit-risk@2"]


def test_what_a_stolen_key_retired_is_told_too_and_what_is_reviewed_anew_is_not() -> None:
    paper = ruled()
    stolen = paper.registry.size
    move(paper, "retired")
    revoke(paper, RAE, stolen, stands=False)
    assert "look again" in what(paper, ROB)

    paper = ruled()
    submit(paper)
    sign(paper, VIC)
    stolen = paper.registry.size
    move(paper, "validated")
    revoke(paper, RAE, stolen, stands=False)
    assert "look again" in what(paper, ROB)
    submit(paper)
    assert "look again" not in what(paper, ROB)


def test_differences_are_to_what_somebody_approved_and_not_to_what_a_thief_did() -> None:
    paper = ruled()
    submit(paper)
    sign(paper, VIC)
    honest = the(paper).signed[-1].entry
    say(paper, document(paper), DAN)
    submit(paper)
    sign(paper, VAL)
    revoke(paper, VAL, paper.registry.size - 1, stands=False)
    say(paper, document(paper, text="Quite other words."), DAN)

    found = changes(paper.registry, the(paper), paper.blob)

    assert found.entry == honest
    assert [one.before for one in found.changes] == [None]


# Waivers


def test_a_new_version_renews_the_waiver_of_the_one_before() -> None:
    paper = waiving()
    paper.file(waived(paper, RAE, ROB))
    for number, renewals in ((2, 1), (3, None)):
        better(paper, number, "0.6")
        again = waived(paper, RAE, ROB, version=the(paper, number).digest)
        if renewals is None:
            refused(paper, again, "waiver")
        else:
            paper.file(again)
            assert the(paper, number).waivers["credit auc"].renewals == renewals


def test_what_reached_production_without_a_waiver_needs_none_renewed() -> None:
    paper = waiving()
    paper.file(waived(paper, RAE, ROB))
    paper.file(waived(paper, RAE, ROB))
    better(paper, 2, "0.8")
    submit(paper, DORA, 2)
    sign(paper, VIC, VAL, number=2)
    move(paper, "production", number=2)
    better(paper, 3, "0.6")

    paper.file(waived(paper, RAE, ROB, version=the(paper, 3).digest))

    assert the(paper, 3).waivers["credit auc"].renewals == 0
    refused(paper, waived(paper, RAE, ROB), "waiver")


def waiving() -> PaperLedger:
    """Return a ledger whose first version fails a check that may be waived, and the waiver renewed once."""
    paper = shelf()
    say(paper, policy(paper, WAIVING), RAE)
    say(paper, measured(paper, "0.6"), VIC)
    return paper


def better(paper: PaperLedger, number: int, auc: str) -> None:
    say(paper, version(paper, f"{number}".encode()), DORA)
    say(paper, measured(paper, auc, number=number), VIC)


# Requests for changes


def test_an_approval_before_a_request_for_changes_counts_no_more() -> None:
    paper = ruled()
    submit(paper)
    sign(paper, VIC)
    entry = the(paper).signed[-1].entry
    say(paper, RequestChanges(version=the(paper).digest), VAL)
    back = paper.registry.size - 1
    submit(paper)

    refused(paper, moved(paper, "validated"), "gate")

    why = f"void: request for changes in #{back}"
    assert worth(paper) == why
    assert [one.why for one in waits(paper, VIC)] == [f"your signature of #{entry} is {why}"]
    sign(paper, VIC)
    assert worth(paper) == "valid"
    move(paper, "validated")


def test_a_rejection_before_a_request_for_changes_still_stands() -> None:
    paper = ruled()
    submit(paper)
    sign(paper, VIC, meaning="rejected")
    say(paper, RequestChanges(version=the(paper).digest), VAL)
    submit(paper)
    sign(paper, VAL)

    refused(paper, moved(paper, "validated"), "gate")

    assert worth(paper, 0) == "valid"


def worth(paper: PaperLedger, place: int = -1) -> str:
    one = the(paper)
    now = dossier(paper.registry.inventory, one, paper.blob)
    then = read_json(paper.blob(one.signed[place].dossier))
    return validity(paper.registry, now, one.signed[place], then, lambda _: None, paper.now)


# Champions and challengers


def test_a_challenger_becomes_champion_through_the_gate_and_the_champion_makes_room() -> None:
    paper = ruled(
        RULES.replace("quorum: 2", "quorum: 1, expires: 30d").replace(
            "production: {", "production: {from: [in_review], "
        )
    )
    submit(paper)
    sign(paper, VIC)
    move(paper, "production")
    better(paper, 2, "0.8")
    submit(paper, DORA, 2)
    sign(paper, VAL, number=2)
    paper.file(moved(paper, "production", number=2, production_role="challenger"))
    refused(paper, moved(paper, "production", number=2, production_role="challenger"), "stage")
    since = the(paper, 2).since
    paper.now += timedelta(days=40)
    refused(paper, moved(paper, "production", number=2), "gate")
    sign(paper, VAL, number=2)

    move(paper, "production", number=2)

    one, other = the(paper, 2), the(paper)
    assert (one.stage, one.production_role, one.since) == ("production", "champion", since)
    assert (other.stage, other.production_role) == ("approved", "")


def test_a_champion_becomes_challenger_unless_somebody_reads_it() -> None:
    paper = ruled()
    submit(paper)
    sign(paper, VIC)
    move(paper, "production")
    say(paper, model(paper, model="limits", use_case="limits", upstream=("credit-risk",)), OLGA)
    promoted(paper, "limits")

    refused(paper, moved(paper, "production", production_role="challenger"), "dependants")
    amended = paper.registry.inventory.models["limits"].facts.texts("upstream")
    change = Change(what="upstream", before=amended, after=())
    say(paper, Amend(model="limits", changes=(change,)), OLGA)
    paper.file(moved(paper, "production", production_role="challenger"))

    assert the(paper).production_role == "challenger"


# Owners and makers


@pytest.mark.parametrize("role", ["validator", "risk-officer", "fair-lending-officer"])
def test_the_owner_approves_in_no_role_that_reviews(role: str) -> None:
    paper = ruled()
    olive = paper.enrol("olive", "model-owner", role)
    say(paper, amendment(paper, "owner", olive.id), OLGA)
    submit(paper)

    refused(paper, signed(paper, olive, role=role), "self_approval", Kind.SELF_APPROVAL)
    sign(paper, olive, role="model-owner")
    sign(paper, olive, role=role, meaning="reviewed")


def test_who_owned_the_model_does_not_approve_what_they_answered_for() -> None:
    paper = ruled()
    submit(paper)
    say(paper, amendment(paper, "owner", GUS.id), OLGA)

    refused(paper, signed(paper, OLGA, role="validator"), "self_approval", Kind.SELF_APPROVAL)

    assert OLGA.id in the(paper).editors
    better(paper, 2, "0.8")
    submit(paper, DORA, 2)
    sign(paper, OLGA, role="validator", number=2)


def test_who_comes_to_own_the_model_has_not_reviewed_it() -> None:
    paper = ruled()
    submit(paper)
    sign(paper, VIC)
    say(paper, amendment(paper, "owner", VIC.id), OLGA)

    refused(paper, moved(paper, "production"), "gate")


def test_the_owner_lifts_no_check_of_their_own_model() -> None:
    paper = waiving()
    say(paper, amendment(paper, "owner", ROB.id), OLGA)
    refused(paper, waived(paper, RAE, ROB), "four_eyes.quorum")

    say(paper, amendment(paper, "owner", OLGA.id), RAE)
    refused(paper, waived(paper, RAE, ROB), "four_eyes.quorum")
    say(paper, version(paper, b"second"), DORA)
    say(paper, measured(paper, "0.6", number=2), VIC)
    paper.file(waived(paper, RAE, ROB, version=the(paper, 2).digest))
    say(paper, amendment(paper, "owner", ROB.id), OLGA)

    one = the(paper, 2)
    why = why_not_waived(paper.registry, dossier(paper.registry.inventory, one, paper.blob), one.waived[0], paper.now)
    assert why == "1 of 2 risk-officer signed"


def test_the_owner_accepts_what_fails_where_the_policy_says_a_model_owner_does() -> None:
    paper = shelf()
    say(paper, policy(paper, WAIVING.replace("{role: risk-officer, quorum: 2}", "{role: model-owner}")), RAE)
    say(paper, measured(paper, "0.6"), VIC)

    paper.file(waived(paper, OLGA))


# Challenges, evidence, documents


def test_a_challenge_is_answered_by_who_answers_for_the_version() -> None:
    paper = ruled()
    say(paper, challenge(paper), VIC)

    for actor in (GUS, VAL, RAE):
        refused(paper, said(paper, response(paper), actor), "role")
    say(paper, response(paper), DORA)  # a developer
    say(paper, challenge(paper), VIC)
    say(paper, response(paper), OLGA, "validator")  # the owner
    say(paper, challenge(paper), VIC)
    say(paper, response(paper), DAN, "validator")  # who made it


@pytest.mark.parametrize(
    ("result", "passed", "warned", "failed"),
    [
        pytest.param("PASSED", (), (), ("auc",), id="passed, and one failed"),
        pytest.param("PASSED", (), ("auc",), (), id="passed, and one warned"),
        pytest.param("WARNED", ("auc",), (), (), id="warned, and all passed"),
        pytest.param("FAILED", (), ("auc",), (), id="failed, and one warned"),
    ],
)
def test_evidence_does_not_contradict_itself(
    result: str, passed: tuple[str, ...], warned: tuple[str, ...], failed: tuple[str, ...]
) -> None:
    paper = ruled()
    lists = {"result": result, "passed_tests": passed, "warned_tests": warned, "failed_tests": failed}
    body = measured(paper).model_copy(update=lists)

    refused(paper, said(paper, body, VIC), "evidence_differs")


def test_who_replaces_what_somebody_else_wrote_approves_it_no_more() -> None:
    paper = ruled()
    say(paper, document(paper), DAN)
    say(paper, document(paper, VAL, section="report"), VAL)
    say(paper, document(paper, VAL, text="Its report, again.", section="report"), VAL)
    say(paper, document(paper, VIC, text="It knows thin files."), VIC)
    submit(paper)

    refused(paper, signed(paper, VIC), "self_approval", Kind.SELF_APPROVAL)
    sign(paper, VAL)


# Deputies


def test_a_deputy_who_holds_the_role_no_more_sees_nothing_of_the_other() -> None:
    paper = ruled()
    say(paper, finding(paper, owner=RAE.id), GUS)
    say(paper, Deputise(person=ROB.id, role="risk-officer", first=paper.now.date(), last=SOON), RAE)
    assert "mend" in what(paper, ROB)

    paper.do(Withdraw(person=ROB.id, roles=("risk-officer",)), Actor("ada"))

    assert what(paper, ROB) == []


def test_a_deputy_is_asked_once_for_what_is_theirs_too() -> None:
    paper = ruled()
    say(paper, Deputise(person=VAL.id, role="validator", first=paper.now.date(), last=SOON), VIC)
    submit(paper)

    assert what(paper, VAL) == ["sign"]
