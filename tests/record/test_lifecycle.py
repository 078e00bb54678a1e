"""Every rule of models: what is filed, and what is refused under which name."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from govern.errors import InvalidInput, Kind, NotAllowed
from govern.ledger.envelope import Envelope, seal
from govern.ledger.merkle import leaf_hash
from govern.ledger.strict import Digest
from govern.policy.findings import Decision
from govern.record.draft import draft
from govern.record.events import About, Body, Event
from govern.record.judging import judgement
from govern.record.models import RegisterVersion
from govern.record.reviews import MOST_REASONS, Move, RecordDecisions, RecordGate, SignOff
from tests.people import Actor, PaperLedger, moment, refused
from tests.record.shelf import (
    DAN,
    DORA,
    GUS,
    OLGA,
    RAE,
    ROLES,
    RULES,
    VAL,
    VIC,
    comment,
    manifest,
    measured,
    misfiled,
    model,
    move,
    moved,
    now,
    policy,
    report,
    said,
    say,
    shelf,
    sign,
    signed,
    submit,
    submitted,
    the,
    version,
)

ELSEWHERE = Digest.of(b"nowhere")


@pytest.fixture
def paper() -> PaperLedger:
    """Return a ledger with one model and one version, registered by Dan, and no policy."""
    return shelf()


@pytest.fixture
def ruled(paper: PaperLedger) -> PaperLedger:
    """Return a ledger with a policy that asks for a check and two validators; the version is measured and submitted."""
    say(paper, policy(paper), RAE)
    say(paper, measured(paper), VIC)
    submit(paper)
    return paper


def forged(paper: PaperLedger, body: Body, actor: Actor = DAN, **touched: Any) -> Envelope:
    """Return ``body`` about the first version, with some of the common fields as somebody would like them."""
    when = moment(paper.now, f"{paper.registry.size} {body!r} {touched}")
    root, keyid = paper.tree.root(), actor.pen.public.keyid
    event = draft(paper.registry, root, keyid, ROLES[actor][0], comment(paper), when, "because")
    return seal(bytes(Event(event.govern.model_copy(update=touched), body)), actor.pen)


# Models


def test_a_model_is_registered_with_its_card(paper: PaperLedger) -> None:
    say(paper, model(paper, model="churn"), OLGA)

    found = paper.registry.inventory.models["churn"]
    assert (found.owner, found.use_case, found.entry) == (OLGA.id, "credit-scoring", paper.registry.size - 1)
    assert found.purpose == "Probability of default"


@pytest.mark.parametrize(
    ("changes", "actor", "code"),
    [
        pytest.param({}, DAN, "registered_already", id="a name twice"),
        pytest.param({"model": "churn", "owner": Actor("eve").id}, DAN, "unknown_person", id="an owner nobody knows"),
        pytest.param({"model": "churn", "card": ELSEWHERE}, DAN, "not_held", id="a card that is not there"),
        pytest.param({"model": "churn"}, VIC, "role", id="by a validator"),
    ],
)
def test_a_model_is_refused(paper: PaperLedger, changes: dict[str, Any], actor: Actor, code: str) -> None:
    refused(paper, said(paper, model(paper, **changes), actor), code)


def test_a_model_is_about_no_earlier_entry(paper: PaperLedger) -> None:
    refused(paper, forged(paper, model(paper, model="churn")), "other_entry")


# Versions


def test_versions_are_numbered_in_the_order_they_are_registered(paper: PaperLedger) -> None:
    parent = the(paper).digest
    say(paper, version(paper, b"better", parent), DORA)

    assert [one.name for one in paper.registry.inventory.of("credit-risk")] == ["credit-risk@1", "credit-risk@2"]
    assert the(paper, 2).makers == {DORA.id}


@pytest.mark.parametrize(
    ("changes", "actor", "code", "kind"),
    [
        pytest.param({"model": "churn"}, DAN, "unknown_model", None, id="of no model"),
        pytest.param({"artefacts": ()}, DAN, "manifest_differs", Kind.BLOB_DIFFERS, id="with other artefacts"),
        pytest.param({"parent": ELSEWHERE}, DAN, "manifest_differs", Kind.BLOB_DIFFERS, id="with another parent"),
        pytest.param({"version": ELSEWHERE}, DAN, "not_held", None, id="whose manifest is not there"),
        pytest.param({}, VIC, "role", None, id="by a validator"),
    ],
)
def test_a_version_is_refused(
    paper: PaperLedger, changes: dict[str, Any], actor: Actor, code: str, kind: Kind | None
) -> None:
    body = version(paper, b"better").model_copy(update=changes)

    refused(paper, said(paper, body, actor), code, kind)


def test_a_version_of_a_model_is_not_registered_for_another(paper: PaperLedger) -> None:
    say(paper, model(paper, model="churn"), DAN)
    body = version(paper, b"better").model_copy(update={"model": "churn"})

    refused(paper, said(paper, body, DAN), "manifest_differs", Kind.BLOB_DIFFERS)


def test_the_same_bytes_are_one_version(paper: PaperLedger) -> None:
    error = refused(paper, said(paper, version(paper), DORA), "registered_already")

    assert error.message == "this is credit-risk@1 already, byte for byte"


def test_a_parent_is_registered_first(paper: PaperLedger) -> None:
    refused(paper, said(paper, version(paper, b"better", ELSEWHERE), DAN), "unknown_version")


def test_a_version_is_about_no_earlier_entry(paper: PaperLedger) -> None:
    refused(paper, forged(paper, version(paper, b"better")), "other_entry")


# What every event about a version keeps to


def test_nobody_speaks_of_a_version_that_is_not_registered(paper: PaperLedger) -> None:
    body = comment(paper).model_copy(update={"version": ELSEWHERE})

    refused(paper, forged(paper, body), "unknown_version")
    with pytest.raises(NotAllowed, match="is registered") as caught:
        said(paper, body, DAN)

    assert caught.value.code == "unknown_version"


def test_an_event_about_a_version_names_its_registration(paper: PaperLedger) -> None:
    about = About(index=1, leaf_hash=leaf_hash(paper.leaves[1]))

    refused(paper, forged(paper, comment(paper), about=about), "other_entry", Kind.REPLAYED)


def test_what_was_signed_before_the_version_changed_is_refused(paper: PaperLedger) -> None:
    envelope = said(paper, comment(paper), GUS)
    say(paper, measured(paper), VIC)

    error = refused(paper, envelope, "stale_subject", Kind.REPLAYED)

    assert error.message == "credit-risk@1 changed since this was signed: it says 0, the ledger is at 1"


# Evidence


def test_evidence_is_the_newest_of_its_checks(paper: PaperLedger) -> None:
    say(paper, measured(paper, "0.7"), VIC)
    say(paper, measured(paper, "0.8"), DAN)

    found = the(paper).measured["auc"]
    assert (found.person, found.entry) == (DAN.id, paper.registry.size - 1)
    assert the(paper).seq == 2


def test_evidence_lists_its_checks(paper: PaperLedger) -> None:
    body = measured(paper).model_copy(update={"failed_tests": ("air",)})

    refused(paper, said(paper, body, VIC), "evidence_differs")


def test_evidence_is_of_its_version(paper: PaperLedger) -> None:
    say(paper, version(paper, b"better"), DAN)

    refused(paper, said(paper, measured(paper, of=the(paper, 2).digest), VIC), "other_version", Kind.REPLAYED)


def test_evidence_is_held(paper: PaperLedger) -> None:
    body = measured(paper).model_copy(update={"evidence": ELSEWHERE})

    refused(paper, said(paper, body, VIC), "not_held")


def test_an_auditor_does_not_measure(paper: PaperLedger) -> None:
    error = refused(paper, said(paper, measured(paper), GUS), "role")

    assert error.message.startswith("a auditor does not do this: who measures a version is ")


def test_what_is_retired_is_not_measured(paper: PaperLedger) -> None:
    move(paper, "retired")

    refused(paper, said(paper, measured(paper), VIC), "stage")


# Policies


def test_a_newer_release_of_a_policy_takes_its_place(paper: PaperLedger) -> None:
    say(paper, policy(paper), RAE)
    say(paper, policy(paper, RULES.replace("1.0.0", "1.10.0")), RAE)

    assert paper.registry.inventory.policies["credit"].release == "1.10.0"


@pytest.mark.parametrize("release", ["1.0.0", "0.9.9"])
def test_a_policy_never_goes_back(paper: PaperLedger, release: str) -> None:
    say(paper, policy(paper), RAE)

    refused(paper, said(paper, policy(paper, RULES.replace("1.0.0", release)), RAE), "not_newer")


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"policy": "other"}, id="another name"),
        pytest.param({"release": "2.0.0"}, id="another release"),
        pytest.param({"digest": ELSEWHERE}, id="another digest"),
    ],
)
def test_a_policy_is_what_the_event_says(paper: PaperLedger, changes: dict[str, Any]) -> None:
    body = policy(paper).model_copy(update=changes)

    refused(paper, said(paper, body, RAE), "policy_differs", Kind.BLOB_DIFFERS)


def test_a_policy_is_held_and_adopted_by_a_risk_officer(paper: PaperLedger) -> None:
    refused(paper, said(paper, policy(paper).model_copy(update={"source": ELSEWHERE}), RAE), "not_held")
    refused(paper, said(paper, policy(paper), OLGA), "role")
    refused(paper, forged(paper, policy(paper), RAE), "other_entry")


def test_a_policy_with_a_mistake_is_not_adopted(paper: PaperLedger) -> None:
    source = paper.keep(RULES.replace("metric", "metrik").encode())

    with pytest.raises(InvalidInput, match="the key metric is missing"):
        say(paper, policy(paper).model_copy(update={"source": source}), RAE)


def narrowed(applies_to: str) -> str:
    return RULES.replace("{use_case: credit-scoring}", applies_to)


@pytest.mark.parametrize(
    ("applies_to", "decision"),
    [
        pytest.param("{use_case: credit-scoring}", Decision.NOTHING_CHECKED, id="its use case"),
        pytest.param("{risk_tier: [medium, high]}", Decision.NOTHING_CHECKED, id="its tier"),
        pytest.param("{jurisdictions: [EU]}", Decision.NOTHING_CHECKED, id="one of its jurisdictions"),
        pytest.param("{use_case: churn}", Decision.NEEDS_PERSON, id="another use case"),
        pytest.param("{risk_tier: low}", Decision.NEEDS_PERSON, id="another tier"),
        pytest.param("{jurisdictions: [UK]}", Decision.NEEDS_PERSON, id="another jurisdiction"),
        pytest.param("{use_case: credit-scoring, risk_tier: low}", Decision.NEEDS_PERSON, id="half of what it is for"),
    ],
)
def test_a_policy_speaks_of_the_models_it_is_for(paper: PaperLedger, applies_to: str, decision: Decision) -> None:
    say(paper, policy(paper, narrowed(applies_to)), RAE)

    found = judgement(paper.registry, the(paper), paper.now, paper.blob, "production")

    assert found.decision is decision


# Submitting


def test_a_version_is_submitted_with_the_dossier_it_has(paper: PaperLedger) -> None:
    submit(paper, DORA)

    one = the(paper)
    assert (one.stage, one.requester, one.dossier) == ("in_review", DORA.id, now(paper))


def test_a_version_is_submitted_again_after_new_evidence(ruled: PaperLedger) -> None:
    say(ruled, measured(ruled, "0.9"), VIC)
    submit(ruled)

    assert the(ruled).dossier == now(ruled)


def test_a_dossier_that_the_signer_did_not_see_is_not_submitted(paper: PaperLedger) -> None:
    refused(paper, submitted(paper, dossier=ELSEWHERE), "stale_dossier")


def test_a_policy_adopted_meanwhile_makes_a_submission_stale(paper: PaperLedger) -> None:
    before = now(paper)
    say(paper, policy(paper), RAE)

    refused(paper, submitted(paper, dossier=before), "stale_dossier")


def test_a_validator_does_not_submit_and_nothing_retired_is_submitted(paper: PaperLedger) -> None:
    refused(paper, submitted(paper, VIC), "role")
    move(paper, "retired")

    refused(paper, submitted(paper), "stage")


@pytest.mark.parametrize(
    ("stages", "after"),
    [
        pytest.param(["validated"], "in_review", id="validated"),
        pytest.param(["approved"], "in_review", id="approved"),
        pytest.param(["production"], "production", id="in production, where it stays"),
        pytest.param(["production", "suspended"], "in_review", id="suspended"),
    ],
)
def test_a_version_whose_signatures_are_void_can_be_reviewed_anew(
    ruled: PaperLedger, stages: list[str], after: str
) -> None:
    sign(ruled, VIC, VAL)
    move(ruled, *stages)
    say(ruled, measured(ruled, "0.9"), VIC)

    submit(ruled)
    sign(ruled, VIC, VAL)

    assert the(ruled).stage == after
    assert judgement(ruled.registry, the(ruled), ruled.now, ruled.blob, "production").decision is (Decision.ALLOW)


# Comments and reports


def test_a_comment_and_a_report_change_nothing_of_the_dossier(paper: PaperLedger) -> None:
    before, seq = now(paper), the(paper).seq
    say(paper, comment(paper), GUS)
    say(paper, report(paper), GUS)

    assert (now(paper), the(paper).seq) == (before, seq)
    assert the(paper).reports == ((paper.registry.size - 1, Digest.of(b"pdf")),)


# Answers of a gate


def answer(paper: PaperLedger, gate: str = "production", **changes: Any) -> RecordGate:
    """Return what the judge says at a gate now, with what somebody would like to change of it."""
    found = judgement(paper.registry, the(paper), paper.now, paper.blob, gate)
    told: dict[str, Any] = {
        "version": the(paper).digest,
        "gate": gate,
        "decision": found.decision.value,
        "because": found.because[:MOST_REASONS],
        "policies": tuple(one.digest for one in found.policies),
        "judged": now(paper),
        "at": paper.now,
    }
    return RecordGate(**{name: part for name, part in (told | changes).items() if part != ()})


def test_what_the_judge_says_at_a_gate_is_recorded_and_changes_nothing(ruled: PaperLedger) -> None:
    before = the(ruled)

    say(ruled, answer(ruled), GUS)
    sign(ruled, VIC, VAL)
    say(ruled, answer(ruled), DAN)

    assert replace(the(ruled), signed=()) == before


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        pytest.param({"decision": "allow", "because": ()}, "gate_differs", "as allow, .*: decision and reasons differ", id="another decision"),
        pytest.param({"because": ("checks.auc",)}, "gate_differs", "reasons differ", id="other reasons"),
        pytest.param({"policies": ()}, "gate_differs", "policies differ", id="no policies"),
        pytest.param({"judged": ELSEWHERE}, "gate_differs", "dossier differ", id="another dossier"),
        pytest.param({"environment": "prod-eu"}, "gate_differs", "reasons differ", id="another environment"),
        pytest.param({"at": datetime(2020, 1, 1, tzinfo=UTC)}, "clock", "more than 10 minutes apart", id="long ago"),
        pytest.param({"at": datetime(2099, 1, 1, tzinfo=UTC)}, "clock", "more than 10 minutes apart", id="to come"),
    ],
)  # fmt: skip
def test_an_answer_that_the_judge_does_not_give_is_refused(
    ruled: PaperLedger, changes: dict[str, Any], code: str, words: str
) -> None:
    if "environment" in changes:
        limited = RULES.replace("1.0.0", "1.1.0").replace("production: {", "production: {environments: [prod-us], ")
        say(ruled, policy(ruled, limited), RAE)

    found = refused(ruled, said(ruled, answer(ruled, **changes), GUS), code)

    assert re.search(words, found.message)


# Decisions of a version


WORDS = b"schema: govern/reasons/v1"


@pytest.fixture
def deciding() -> PaperLedger:
    """A shelf whose second version of the model has a rule and a dictionary of reasons."""
    paper = shelf()
    of = manifest(paper, b"other weights").model_copy(update={"approve": "score < 0.22", "reasons": paper.keep(WORDS)})
    kept = paper.keep(bytes(of))
    say(paper, RegisterVersion(model="credit-risk", version=kept, artefacts=of.artefacts), DAN)
    return paper


def decisions(paper: PaperLedger, **changes: Any) -> RecordDecisions:
    one = the(paper, 2)
    told: dict[str, Any] = {
        "version": one.digest,
        "batch": Digest.of(b"the root"),
        "rows": 3,
        "declined": 2,
        "blocked": 1,
        "approve": "score < 0.22",
        "model": Digest.of(b"other weights"),
        "dictionary": Digest.of(WORDS),
        "reference": "near_cutoff",
        "population": Digest.of(b"the approved"),
        "method": "tree.patterns",
        "software": (),
        "sandbox": "process",
    }
    return RecordDecisions(**{name: part for name, part in (told | changes).items() if part is not None})


def test_decisions_are_recorded_once_by_anybody_and_change_nothing_of_the_dossier(deciding: PaperLedger) -> None:
    before = now(deciding, the(deciding, 2))

    say(deciding, decisions(deciding), GUS)

    again = refused(deciding, said(deciding, decisions(deciding), DAN), "recorded_already")
    assert again.message == "these decisions of credit-risk@2 are on record already"
    assert the(deciding, 2).batches == ((deciding.registry.size - 1, Digest.of(b"the root")),)
    assert now(deciding, the(deciding, 2)) == before
    say(deciding, decisions(deciding, batch=ELSEWHERE, declined=0, blocked=0, method=None), DAN)
    assert len(the(deciding, 2).batches) == 2


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param({"approve": "score < 0.4"}, "the rule of these decisions cannot be", id="another rule"),
        pytest.param({"dictionary": ELSEWHERE}, "the dictionary of", id="other words"),
        pytest.param({"model": Digest.of(b"weights")}, "the model of", id="the model of another version"),
        pytest.param({"declined": 4}, "the counts of", id="more declined than there are"),
        pytest.param({"blocked": 3}, "the counts of", id="more blocked than declined"),
        pytest.param({"method": None}, "the counts of", id="declined by no method"),
        pytest.param({"declined": 0, "blocked": 0}, "the counts of", id="a method for nobody"),
        pytest.param({"approve": "score < 1", "model": ELSEWHERE}, "the rule and the model of", id="both"),
    ],
)
def test_decisions_that_the_version_cannot_have_made_are_refused(
    deciding: PaperLedger, changes: dict[str, Any], words: str
) -> None:
    found = refused(deciding, said(deciding, decisions(deciding, **changes), GUS), "decisions_differ")

    assert words in found.message


# Signing off


@pytest.mark.parametrize(
    ("meaning", "actor", "role"),
    [
        pytest.param("authored", DAN, "developer", id="its maker that they made it"),
        pytest.param("reviewed", DAN, "validator", id="its maker that they looked at it"),
        pytest.param("rejected", DAN, "developer", id="its maker that it is no good"),
        pytest.param("validated", VIC, "validator", id="a validator"),
        pytest.param("approved", OLGA, "model-owner", id="its owner"),
        pytest.param("acknowledged", GUS, "auditor", id="an auditor that they know of it"),
    ],
)
def test_a_person_signs(ruled: PaperLedger, meaning: str, actor: Actor, role: str) -> None:
    sign(ruled, actor, meaning=meaning, role=role)

    word = the(ruled).signed[-1]
    assert (word.person, word.role, word.meaning, word.dossier) == (actor.id, role, meaning, now(ruled))


@pytest.mark.parametrize(
    ("action", "meaning"),
    [
        pytest.param("sign_off", "admired", id="a meaning of nobody's"),
        pytest.param("sign_off", None, id="no meaning"),
        pytest.param("sign_off", "rejected", id="a rejection called a sign-off"),
        pytest.param("reject", "approved", id="an approval called a rejection"),
    ],
)
def test_a_signature_means_one_thing(ruled: PaperLedger, action: str, meaning: str | None) -> None:
    body = SignOff(version=the(ruled).digest)

    refused(ruled, forged(ruled, body, VIC, action=action, meaning=meaning, dossier=now(ruled)), "meaning")


def test_a_version_is_signed_in_review(paper: PaperLedger) -> None:
    error = refused(paper, signed(paper, VIC), "stage")

    assert error.hint == "this is done while it is in_review or validated or approved or production"


def test_a_person_signs_the_dossier_they_saw(ruled: PaperLedger) -> None:
    refused(ruled, signed(ruled, VIC, dossier=ELSEWHERE), "stale_dossier")


def test_what_changed_since_it_was_submitted_is_not_signed(ruled: PaperLedger) -> None:
    say(ruled, measured(ruled, "0.9"), VIC)

    error = refused(ruled, signed(ruled, VIC), "stale_dossier")

    assert error.hint == "`govern submit credit-risk@1`"


@pytest.mark.parametrize("meaning", ["validated", "approved", "approved_with_conditions"])
@pytest.mark.parametrize(
    ("actor", "role"),
    [
        pytest.param(DAN, "validator", id="who made it"),
        pytest.param(OLGA, "model-owner", id="who submitted it"),
        pytest.param(OLGA, "validator", id="who submitted it, in another role"),
    ],
)
def test_nobody_approves_their_own(paper: PaperLedger, meaning: str, actor: Actor, role: str) -> None:
    submit(paper, OLGA)

    refused(paper, signed(paper, actor, meaning, role), "self_approval", Kind.SELF_APPROVAL)


@pytest.mark.parametrize(("actor", "role"), [(GUS, "auditor"), (DORA, "developer")])
def test_a_role_that_one_registrar_gives_approves_nothing(ruled: PaperLedger, actor: Actor, role: str) -> None:
    error = refused(ruled, signed(ruled, actor), "role")

    assert error.message == f"nobody approves as {role}"


@pytest.mark.parametrize("meaning", ["rejected", "approved_with_conditions"])
def test_a_rejection_and_a_condition_have_a_reason(ruled: PaperLedger, meaning: str) -> None:
    refused(ruled, signed(ruled, VIC, meaning, reason=""), "no_reason")


def test_an_approval_with_conditions_names_them(ruled: PaperLedger) -> None:
    error = refused(ruled, signed(ruled, VIC, "approved_with_conditions"), "conditions")

    assert error.hint == "say what, who and until when"


def test_nobody_says_the_same_twice(ruled: PaperLedger) -> None:
    sign(ruled, VIC)

    refused(ruled, signed(ruled, VIC), "signed_already")


def test_whoever_rejected_it_can_approve_it_again(ruled: PaperLedger) -> None:
    sign(ruled, VIC, VAL)
    sign(ruled, VIC, meaning="rejected")
    refused(ruled, moved(ruled, "validated"), "gate")

    sign(ruled, VIC)
    move(ruled, "validated")

    assert [one.meaning for one in the(ruled).signed if one.person == VIC.id] == ["approved", "rejected", "approved"]


# Moving


@pytest.mark.parametrize(
    "stages",
    [
        pytest.param(["validated", "approved", "production", "suspended", "production", "retired"], id="all the way"),
        pytest.param(["approved", "retired"], id="straight to approved"),
        pytest.param(["production", "retired"], id="straight to production"),
        pytest.param(["validated", "production", "suspended", "retired"], id="without an approval"),
        pytest.param(["validated", "retired"], id="retired when validated"),
        pytest.param(["retired"], id="retired from review"),
    ],
)
def test_a_version_moves_from_stage_to_stage(ruled: PaperLedger, stages: list[str]) -> None:
    sign(ruled, VIC, VAL)

    for stage in stages:
        move(ruled, stage)
        assert the(ruled).stage == stage
        assert the(ruled).production_role == ("champion" if stage == "production" else "")


def test_a_version_is_retired_before_anybody_reviewed_it(paper: PaperLedger) -> None:
    move(paper, "retired")

    error = refused(paper, moved(paper, "validated"), "stage")

    assert error.message == "credit-risk@1 is retired and goes to nowhere, not to validated"


@pytest.mark.parametrize("after", ["validated", "approved", "production", "suspended", "in_review"])
def test_what_was_not_submitted_moves_nowhere_but_out(paper: PaperLedger, after: str) -> None:
    refused(paper, moved(paper, after), "stage")


def test_a_move_starts_where_the_version_is(ruled: PaperLedger) -> None:
    error = refused(ruled, moved(ruled, "retired", before="approved"), "stage")

    assert error.message == "credit-risk@1 is in_review, not approved"


def test_only_production_has_a_champion_and_a_challenger(ruled: PaperLedger) -> None:
    sign(ruled, VIC, VAL)
    bare = Move(version=the(ruled).digest, before="in_review", after="production")

    refused(ruled, said(ruled, bare, RAE), "production_role")
    refused(ruled, moved(ruled, "validated", production_role="champion"), "production_role")
    ruled.file(moved(ruled, "production", OLGA, production_role="challenger"))

    assert the(ruled).production_role == "challenger"


def test_a_move_has_a_reason_and_is_by_who_governs(ruled: PaperLedger) -> None:
    refused(ruled, moved(ruled, "retired", reason=""), "no_reason")
    refused(ruled, moved(ruled, "retired", VIC), "role")


def test_the_gate_stays_shut_without_evidence(paper: PaperLedger) -> None:
    say(paper, policy(paper), RAE)
    submit(paper)
    sign(paper, VIC, VAL)

    error = refused(paper, moved(paper, "production"), "gate")

    assert error.message == "the policy does not allow credit-risk@1 to production: checks.auc.not_measured"


def test_no_signature_lifts_a_check_that_fails(paper: PaperLedger) -> None:
    say(paper, policy(paper), RAE)
    say(paper, measured(paper, "0.7"), VIC)
    submit(paper)
    sign(paper, VIC, VAL, OLGA, RAE)

    error = refused(paper, moved(paper, "production"), "gate")

    assert error.message == "the policy does not allow credit-risk@1 to production: checks.auc"


def test_the_gate_waits_for_its_quorum(ruled: PaperLedger) -> None:
    sign(ruled, VIC)
    error = refused(ruled, moved(ruled, "validated"), "gate")
    sign(ruled, VAL)
    move(ruled, "validated")

    assert error.message == "the policy does not allow credit-risk@1 to validated: approvals.validation.quorum"


def test_signatures_of_an_earlier_dossier_open_no_gate(ruled: PaperLedger) -> None:
    sign(ruled, VIC, VAL)
    say(ruled, measured(ruled, "0.9"), VIC)

    refused(ruled, moved(ruled, "production"), "gate")


def test_a_policy_that_is_not_in_force_opens_no_gate(paper: PaperLedger) -> None:
    say(paper, policy(paper, RULES + "effective: {from: 2030-01-01}\n"), RAE)
    submit(paper)
    sign(paper, VIC, VAL)

    error = refused(paper, moved(paper, "production"), "gate")

    assert error.message == "the policy does not allow credit-risk@1 to production: effective"


@pytest.mark.parametrize("signer", [VIC, RAE])
def test_two_persons_do_where_no_policy_was_adopted(paper: PaperLedger, signer: Actor) -> None:
    submit(paper)
    refused(paper, moved(paper, "production"), "gate")

    sign(paper, signer)
    move(paper, "production")

    assert the(paper).stage == "production"


def test_the_two_persons_are_two(paper: PaperLedger) -> None:
    submit(paper)
    envelope = signed(paper, DAN, role="validator")
    misfiled(paper, envelope)

    refused(paper, moved(paper, "production"), "gate")


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(submitted, id="submitting"),
        pytest.param(lambda paper: signed(paper, VIC, dossier=the(paper).dossier), id="signing"),
        pytest.param(lambda paper: moved(paper, "validated"), id="moving"),
    ],
)
def test_nothing_is_judged_by_a_policy_that_is_not_held(
    ruled: PaperLedger, make: Callable[[PaperLedger], Envelope]
) -> None:
    envelope = make(ruled)
    del ruled.blobs[ruled.registry.inventory.policies["credit"].source]

    refused(ruled, envelope, "not_held")
