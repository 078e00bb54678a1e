"""Ways to approve one's own work that are no approvals: by a policy, by a colleague's hand, with a stolen key."""

import pytest

from govern.errors import Kind
from govern.ledger.envelope import Envelope
from govern.ledger.merkle import leaf_hash
from govern.policy.findings import Decision
from govern.record.events import About
from govern.record.judging import judgement
from govern.record.manifest import Manifest
from govern.record.models import RegisterVersion
from govern.record.people import Reaffirm, ResetKey, RevokeKey, key_part
from govern.record.registry import Registry
from tests.people import Actor, PaperLedger, refused
from tests.people import signed as sealed
from tests.record.shelf import (
    DAN,
    DORA,
    OLGA,
    RAE,
    RULES,
    VAL,
    VIC,
    measured,
    move,
    moved,
    policy,
    say,
    shelf,
    sign,
    signed,
    submit,
    submitted,
    the,
    version,
)

ADA, VAL2 = Actor("ada"), Actor("val", "second")
CHECKS_ALONE = RULES.replace("approvals:\n  validation: {role: validator, quorum: 2}\n", "").replace(
    ", approvals: [validation]", ""
)


@pytest.fixture
def paper() -> PaperLedger:
    """Return a ledger with one model and one version, registered by Dan, and no policy."""
    return shelf()


@pytest.fixture
def ruled(paper: PaperLedger) -> PaperLedger:
    """Return a ledger with a policy that asks for two validators; the version is measured and submitted by Dan."""
    return under(paper, RULES)


def under(paper: PaperLedger, *rules: str) -> PaperLedger:
    for text in rules:
        say(paper, policy(paper, text), RAE)
    say(paper, measured(paper), VIC)
    submit(paper)
    return paper


# A policy


@pytest.mark.parametrize("stage", ["validated", "approved", "production"])
def test_a_policy_that_asks_for_nobody_leaves_the_rule_that_two_persons_sign(paper: PaperLedger, stage: str) -> None:
    under(paper, CHECKS_ALONE)

    error = refused(paper, moved(paper, stage), "gate")
    sign(paper, VIC)
    move(paper, stage)

    assert error.message == f"the policy does not allow credit-risk@1 to {stage}: approvals.second-person.quorum"
    assert the(paper).stage == stage


def test_approvals_of_a_policy_that_is_over_are_no_approvals_of_the_one_in_force(paper: PaperLedger) -> None:
    other = CHECKS_ALONE.replace("id: credit", "id: other")
    under(paper, RULES + "effective: {until: 2020-01-01}\n", other)

    error = refused(paper, moved(paper, "production"), "gate")

    assert "approvals.second-person.quorum" in error.message


def test_a_gate_that_no_policy_has_is_not_opened_by_two_persons(paper: PaperLedger) -> None:
    under(paper, CHECKS_ALONE.replace("  approved: {checks: all}\n", ""))
    sign(paper, VIC)

    refused(paper, moved(paper, "approved"), "gate")


def test_what_a_policy_asks_for_is_all_that_is_asked(ruled: PaperLedger) -> None:
    sign(ruled, VIC, VAL)

    found = judgement(ruled.registry, the(ruled), ruled.now, ruled.blob, "production")

    assert found.decision is Decision.ALLOW
    assert {one.policy.id for one in found.policies} == {"credit"}


# A colleague's hand


def test_whoever_asked_for_a_review_stays_its_requester_when_a_colleague_asks_again(ruled: PaperLedger) -> None:
    submit(ruled, OLGA)
    submit(ruled, DORA)

    refused(ruled, signed(ruled, OLGA, role="validator"), "self_approval", Kind.SELF_APPROVAL)
    assert the(ruled).requester == DORA.id


def test_a_word_given_before_one_asked_for_the_review_does_not_count_when_a_colleague_asks_again(
    ruled: PaperLedger,
) -> None:
    zoe = Actor("zoe")
    ruled.enrol("zoe", "developer", "validator")
    ruled.file(signed(ruled, zoe, role="validator"))
    sign(ruled, VIC)
    ruled.file(submitted(ruled, zoe, "developer"))
    submit(ruled, DORA)

    refused(ruled, moved(ruled, "production"), "gate")


def test_what_a_colleague_registers_again_has_its_first_maker_too(ruled: PaperLedger) -> None:
    say(ruled, version(ruled, parent=the(ruled).digest), DORA)
    again = the(ruled, 2)

    assert again.artefacts == the(ruled).artefacts
    assert again.makers == {DAN.id, DORA.id}
    assert Registry.restore(ruled.registry.snapshot()) == ruled.registry


def without(paper: PaperLedger, rules: tuple[str, ...]) -> RegisterVersion:
    """Return a version that is rules alone."""
    made = Manifest(model="credit-risk", artefacts=(), data=(), parameters={}, metrics={}, rules=rules)
    return RegisterVersion(model="credit-risk", version=paper.keep(bytes(made)), artefacts=())


def test_without_artefacts_all_versions_of_a_model_have_the_makers_of_those_before(paper: PaperLedger) -> None:
    say(paper, without(paper, ("income > 0",)), OLGA)
    say(paper, without(paper, ("income > 0", "age > 17")), DORA)
    paper.file(submitted(paper, DORA, number=3))

    refused(paper, signed(paper, DAN, "approved", "validator", number=3), "self_approval", Kind.SELF_APPROVAL)

    assert the(paper, 2).makers == {DAN.id, OLGA.id}
    assert the(paper, 3).makers == {DAN.id, OLGA.id, DORA.id}
    assert Registry.restore(paper.registry.snapshot()) == paper.registry


def test_a_file_that_is_added_makes_nobody_else_of_who_made_a_version_without_any(paper: PaperLedger) -> None:
    say(paper, without(paper, ("income > 0",)), OLGA)
    say(paper, version(paper, b"a note beside the rules"), DORA)
    say(paper, version(paper, b"other weights"), DORA)

    assert the(paper, 3).makers == {OLGA.id, DORA.id, DAN.id}
    assert the(paper, 4).makers == {OLGA.id, DORA.id, DAN.id}


def test_who_made_something_else_is_no_maker(ruled: PaperLedger) -> None:
    say(ruled, version(ruled, b"other weights", the(ruled).digest), DORA)

    assert the(ruled, 2).makers == {DORA.id}


# A stolen key


def revoke(paper: PaperLedger, since: int) -> None:
    said_of = {"person": VAL.id, "keyid": VAL.pen.public.keyid, "cause": "compromised", "suspectSince": since}
    paper.do(RevokeKey.model_validate(said_of), ADA)
    paper.do(ResetKey(person=VAL.id, key=key_part(VAL2.new_key)), ADA)


def reaffirmed(paper: PaperLedger, index: int, *, stands: bool) -> Envelope:
    about = About(index=index, leaf_hash=leaf_hash(paper.leaves[index]))
    body, role = Reaffirm(keyid=VAL.pen.public.keyid, stands=stands), "validator"
    root = paper.tree.root()
    return sealed(paper.registry, root, body, VAL2, now=paper.now, role=role, reason="because", about=about)


def test_an_approval_by_a_suspect_key_counts_once_its_owner_affirms_it(ruled: PaperLedger) -> None:
    sign(ruled, VIC, VAL)
    index = the(ruled).signed[-1].entry

    revoke(ruled, index)
    refused(ruled, moved(ruled, "production"), "gate")
    ruled.file(reaffirmed(ruled, index, stands=True))
    move(ruled, "production")

    assert the(ruled).stage == "production"


def test_an_approval_that_its_owner_disowns_never_counts_and_can_be_given(ruled: PaperLedger) -> None:
    sign(ruled, VIC, VAL)
    index = the(ruled).signed[-1].entry
    revoke(ruled, index)

    ruled.file(reaffirmed(ruled, index, stands=False))
    refused(ruled, moved(ruled, "production"), "gate")
    ruled.file(signed(ruled, VAL2, role="validator"))
    move(ruled, "production")

    assert [one.person for one in the(ruled).signed] == [VIC.id, VAL.id, VAL.id]
    assert Registry.restore(ruled.registry.snapshot()) == ruled.registry


def test_a_rejection_by_a_suspect_key_still_shuts_the_gate(ruled: PaperLedger) -> None:
    ruled.enrol("zoe", "validator")
    sign(ruled, VIC)
    ruled.file(signed(ruled, Actor("zoe"), role="validator"))
    sign(ruled, VAL, meaning="rejected")

    revoke(ruled, the(ruled).signed[-1].entry)

    refused(ruled, moved(ruled, "production"), "gate")


def test_what_was_signed_before_a_key_was_suspect_counts(ruled: PaperLedger) -> None:
    sign(ruled, VIC, VAL)

    revoke(ruled, the(ruled).signed[-1].entry + 1)
    move(ruled, "production")

    assert the(ruled).stage == "production"


def test_what_was_affirmed_stays_so_when_the_key_is_suspect_from_earlier_on(ruled: PaperLedger) -> None:
    sign(ruled, VIC, VAL)
    index = the(ruled).signed[-1].entry
    revoke(ruled, index)
    ruled.file(reaffirmed(ruled, index, stands=True))

    said_of = {"person": VAL.id, "keyid": VAL.pen.public.keyid, "cause": "compromised", "suspectSince": index - 1}
    ruled.do(RevokeKey.model_validate(said_of), ADA)

    move(ruled, "production")
