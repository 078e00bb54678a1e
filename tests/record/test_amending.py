"""Facts of a model are amended by an event, and nobody amends their way out of a policy."""

from typing import Any

import pytest

from govern.errors import InvalidInput, Kind, NotAllowed
from govern.ledger.envelope import Envelope, seal
from govern.ledger.strict import Digest, canonical, read_json
from govern.policy.findings import Decision
from govern.record.dossier import dossier, facts
from govern.record.draft import draft
from govern.record.events import About, Event
from govern.record.judging import judgement
from govern.record.models import VOIDS, Amend, Change, Facts
from tests.people import Actor, PaperLedger, moment, refused
from tests.record.shelf import (
    DAN,
    DORA,
    GUS,
    OLGA,
    RAE,
    ROB,
    RULES,
    VAL,
    VIC,
    amendment,
    measured,
    model,
    move,
    moved,
    now,
    policy,
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

CHOOSING = ["risk_tier", "use_case", "jurisdictions", "tags", "materiality", "complexity", "considered_because"]


@pytest.fixture
def paper() -> PaperLedger:
    """Return a ledger whose version is in production under a policy, signed by Vic and Val."""
    paper = shelf()
    say(paper, policy(paper), RAE)
    say(paper, measured(paper), VIC)
    submit(paper)
    sign(paper, VIC, VAL)
    move(paper, "production")
    return paper


def known(paper: PaperLedger) -> Facts:
    return paper.registry.inventory.models["credit-risk"].facts


def test_a_fact_changes_from_what_it_was_with_a_reason(paper: PaperLedger) -> None:
    refused(paper, said(paper, amendment(paper, "purpose", "Another"), OLGA, reason=""), "no_reason")

    say(paper, amendment(paper, "purpose", "Another"), OLGA)
    say(paper, amendment(paper, "permitted_uses", "cards", "loans"), OLGA)
    say(paper, amendment(paper, "permitted_uses"), OLGA)
    say(paper, amendment(paper, "vendor", "Some Vendor"), OLGA)
    say(paper, amendment(paper, "jurisdictions"), RAE)

    assert (known(paper).purpose, known(paper).permitted_uses) == ("Another", None)
    assert (known(paper).vendor, known(paper).jurisdictions) == ("Some Vendor", ())
    assert paper.registry.inventory.models["credit-risk"].seq == 5


def test_whoever_owns_a_model_hands_it_on(paper: PaperLedger) -> None:
    before = now(paper)
    say(paper, amendment(paper, "owner", DORA.id), OLGA)

    assert known(paper).owner == DORA.id
    assert now(paper) == before
    refused(paper, said(paper, amendment(paper, "purpose", "Mine"), OLGA), "role")
    say(paper, amendment(paper, "purpose", "Mine"), DORA)


@pytest.mark.parametrize("what", CHOOSING)
def test_the_owner_does_not_choose_the_rules(paper: PaperLedger, what: str) -> None:
    error = refused(
        paper, said(paper, amendment(paper, what, "low" if what != "jurisdictions" else "UK"), OLGA), "role"
    )

    assert error.message == f"only a risk officer changes the {what} of a model"


@pytest.mark.parametrize("how", ["owns the model", "made a version"])
def test_a_risk_officer_does_not_choose_the_rules_of_their_own_model(paper: PaperLedger, how: str) -> None:
    roy = paper.enrol("roy", "risk-officer", "developer")
    if how == "owns the model":
        say(paper, amendment(paper, "owner", roy.id), OLGA)
    else:
        say(paper, version(paper, b"better"), roy, "developer")

    error = refused(
        paper,
        said(paper, amendment(paper, "risk_tier", "low"), roy, "risk-officer"),
        "self_approval",
        Kind.SELF_APPROVAL,
    )

    assert error.message == f"{roy.id} owns or made credit-risk and does not choose its rules"


def test_who_amends_what_was_signed_does_not_approve_it(paper: PaperLedger) -> None:
    say(paper, amendment(paper, "risk_tier", "low"), RAE)
    submit(paper)

    refused(paper, signed(paper, RAE), "self_approval", Kind.SELF_APPROVAL)
    sign(paper, ROB)


@pytest.mark.parametrize("what", sorted(VOIDS))
def test_amending_what_was_signed_voids_it(paper: PaperLedger, what: str) -> None:
    before, seq, envelope = now(paper), the(paper).seq, moved(paper, "suspended")
    after = {"jurisdictions": "UK", "considered": "not_a_model"}.get(what, "another")
    say(paper, amendment(paper, what, after), RAE)

    value = dossier(paper.registry.inventory, the(paper), paper.blob).value()
    assert (now(paper) != before, the(paper).seq) == (True, seq + 1)
    assert value["facts"] == str(facts(paper.registry.inventory.models["credit-risk"]))
    refused(paper, envelope, "stale_subject", Kind.REPLAYED)


@pytest.mark.parametrize("what", sorted(set(Facts.model_fields) - VOIDS))
def test_amending_anything_else_voids_nothing(paper: PaperLedger, what: str) -> None:
    before, seq = now(paper), the(paper).seq
    say(paper, model(paper, model="income", use_case="income"), OLGA)
    after = {"owner": DAN.id, "upstream": "income", "tags": "portfolio=retail"}.get(what, "another")
    say(paper, amendment(paper, what, after), RAE)

    assert (now(paper), the(paper).seq) == (before, seq)


def test_a_tag_that_brings_in_another_policy_voids_what_was_signed(paper: PaperLedger) -> None:
    other = RULES.replace("id: credit", "id: retail").replace(
        "{use_case: credit-scoring}", "{tags: {portfolio: [retail]}}"
    )
    say(paper, policy(paper, other), RAE)
    before = now(paper)

    say(paper, amendment(paper, "tags", "portfolio=retail", "portfolio=cards"), RAE)

    assert now(paper) != before
    assert len(read_json(canonical(dossier(paper.registry.inventory, the(paper), paper.blob).value()))["policies"]) == 2


def test_facts_put_back_are_facts_that_were_amended() -> None:
    paper = shelf()
    before = now(paper)

    say(paper, amendment(paper, "purpose", "Another"), OLGA)
    amended = now(paper)
    say(paper, amendment(paper, "purpose", "Probability of default"), OLGA)
    again = now(paper)
    say(paper, amendment(paper, "purpose", "Another"), OLGA)

    assert len({before, amended, again}) == 3
    assert now(paper) == amended


def test_who_takes_a_model_out_of_a_policy_voids_what_was_signed_under_it(paper: PaperLedger) -> None:
    submit(paper)
    say(paper, amendment(paper, "use_case", "churn"), RAE)

    found = judgement(paper.registry, the(paper), paper.now, paper.blob, "production")

    assert (found.decision, found.because) == (Decision.NEEDS_PERSON, ("approvals.second-person.quorum",))


@pytest.mark.parametrize(
    ("body", "actor", "code", "message"),
    [
        pytest.param(
            Amend(model="churn", changes=(Change(what="owner", before=(), after=("x",)),)),
            OLGA,
            "unknown_model",
            "the model churn is not registered",
            id="no model",
        ),
        pytest.param(
            Amend(model="credit-risk", changes=(Change(what="risk_tier", before=("low",), after=("medium",)),)),
            RAE,
            "stale_subject",
            "the risk_tier of credit-risk is high",
            id="from what it is not",
        ),
        pytest.param(
            Amend(model="credit-risk", changes=(Change(what="vendor", before=("Some",), after=("Other",)),)),
            RAE,
            "stale_subject",
            "the vendor of credit-risk is nothing",
            id="from what is not on record",
        ),
        pytest.param(
            Amend(model="credit-risk", changes=(Change(what="risk_tier", before=("high",), after=("high",)),)),
            RAE,
            "no_change",
            "the risk_tier of credit-risk is that already",
            id="to what it is",
        ),
        pytest.param(
            Amend(model="credit-risk", changes=(Change(what="owner", before=(OLGA.id,), after=(Actor("eve").id,)),)),
            OLGA,
            "unknown_person",
            f"the owner {Actor('eve').id} was never enrolled",
            id="to a stranger",
        ),
        pytest.param(
            Amend(model="credit-risk", changes=(Change(what="upstream", before=(), after=("churn",)),)),
            OLGA,
            "unknown_model",
            "credit-risk reads from churn, which is no other model here",
            id="to read from no model",
        ),
        pytest.param(
            Amend(model="credit-risk", changes=(Change(what="upstream", before=(), after=("credit-risk",)),)),
            OLGA,
            "unknown_model",
            "credit-risk reads from credit-risk, which is no other model here",
            id="to read from itself",
        ),
        pytest.param(
            Amend(
                model="credit-risk",
                changes=(
                    Change(what="vendor", before=(), after=("One",)),
                    Change(what="vendor", before=(), after=("Other",)),
                ),
            ),
            OLGA,
            "changed_twice",
            "an amendment changes each fact once",
            id="one fact to two things",
        ),
        pytest.param(
            Amend(model="credit-risk", changes=(Change(what="vendor", before=(), after=("One",)),)),
            GUS,
            "role",
            "only its owner or a risk officer amends credit-risk",
            id="by somebody else",
        ),
    ],
)
def test_an_amendment_is_refused(paper: PaperLedger, body: Amend, actor: Actor, code: str, message: str) -> None:
    if body.model == "churn":
        with pytest.raises(NotAllowed) as caught:
            said(paper, body, actor)
        assert (caught.value.code, caught.value.message) == (code, message)
        body_about = touched(paper, body, actor, About(index=1, leaf_hash=bytes(32)))
        refused(paper, body_about, "other_entry", Kind.REPLAYED)
        return

    assert refused(paper, said(paper, body, actor), code).message == message


def touched(paper: PaperLedger, body: Amend, actor: Actor, about: About | None, seq: int = 0) -> Envelope:
    """Return an amendment as its signer's machine would never have written it."""
    like = amendment(paper, "vendor", "One")
    when = moment(paper.now, f"{paper.registry.size} touched {seq}")
    event = draft(paper.registry, paper.tree.root(), actor.pen.public.keyid, "model-owner", like, when, "because")
    more: dict[str, Any] = {"subject_seq": seq} | ({"about": about} if about else {})
    return seal(bytes(Event(event.govern.model_copy(update=more), body)), actor.pen)


def test_an_amendment_is_of_the_model_it_names_as_its_signer_saw_it(paper: PaperLedger) -> None:
    body, first = amendment(paper, "vendor", "One"), the(paper)
    about = About(index=first.entry, leaf_hash=first.leaf_hash)
    unknown = body.model_copy(update={"model": "churn"})

    refused(paper, touched(paper, unknown, OLGA, None), "unknown_model")
    refused(paper, touched(paper, body, OLGA, about), "other_entry", Kind.REPLAYED)
    error = refused(paper, touched(paper, body, OLGA, None, 1), "stale_subject", Kind.REPLAYED)

    assert error.message == "credit-risk was amended since this was signed"


@pytest.mark.parametrize(
    ("what", "after", "message"),
    [
        pytest.param("purpose", ("one", "two"), "purpose is one thing, not 2", id="two purposes"),
        pytest.param("purpose", (), "purpose", id="no purpose"),
        pytest.param("risk_tier", ("Not a word",), "risk_tier|riskTier", id="a tier that is no word"),
        pytest.param("jurisdictions", ("Europe",), "jurisdictions", id="no jurisdiction"),
        pytest.param("considered", ("perhaps",), "considered", id="perhaps a model"),
        pytest.param("tags", ("retail",), "tags", id="a tag without a value"),
    ],
)
def test_a_fact_stays_a_fact(paper: PaperLedger, what: str, after: tuple[str, ...], message: str) -> None:
    envelope = said(paper, amendment(paper, what, *after), RAE)

    with pytest.raises(InvalidInput, match=message):
        paper.file(envelope)


def test_a_model_reads_from_models_that_are_there() -> None:
    paper = shelf()

    refused(paper, said(paper, model(paper, model="limits", upstream=("income",)), OLGA), "unknown_model")
    say(paper, model(paper, model="limits", upstream=("credit-risk",)), OLGA)

    assert [one.name for one in paper.registry.inventory.dependants("credit-risk")] == ["limits"]


def test_a_version_that_is_in_review_when_facts_change_is_submitted_again(paper: PaperLedger) -> None:
    submit(paper)
    dossier_then = the(paper).dossier
    say(paper, amendment(paper, "prohibited_uses", "collection"), OLGA)

    refused(paper, signed(paper, VIC), "stale_dossier")
    refused(paper, submitted(paper, dossier=dossier_then), "stale_dossier")
    assert isinstance(dossier_then, Digest)
