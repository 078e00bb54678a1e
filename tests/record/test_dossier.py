"""What people sign, and what their signatures are worth when something changed."""

import pytest

from govern.errors import GovernError, Tampered
from govern.ledger.strict import Digest, read_json
from govern.record.dossier import Dossier, dossier
from govern.record.validity import validity
from tests.people import PaperLedger
from tests.record.shelf import (
    DORA,
    GUS,
    OLGA,
    RAE,
    RULES,
    VAL,
    VIC,
    comment,
    measured,
    now,
    policy,
    report,
    say,
    shelf,
    sign,
    submit,
    the,
    version,
)


@pytest.fixture
def paper() -> PaperLedger:
    """Return a ledger with a policy and a version that was measured, submitted and approved by Vic."""
    paper = shelf()
    say(paper, policy(paper), RAE)
    say(paper, measured(paper), VIC)
    submit(paper)
    sign(paper, VIC)
    return paper


def current(paper: PaperLedger) -> Dossier:
    return dossier(paper.registry.inventory, the(paper), paper.blob)


def worth(paper: PaperLedger, lost: Digest | None = None, *, is_kept: bool = True) -> str:
    """Return what the first signature is worth, with one blob lost, and the dossier that was signed kept or not."""

    def held(digest: Digest) -> GovernError | None:
        return Tampered(f"{digest} differs") if digest == lost else None

    signed = the(paper).signed[0]
    then = read_json(paper.blob(signed.dossier)) if is_kept else None
    return validity(paper.registry, current(paper), signed, then, held, paper.now)


def test_a_dossier_names_what_was_judged_by_its_digest(paper: PaperLedger) -> None:
    value = read_json(bytes(current(paper)))

    evidence = the(paper).measured["auc"]
    adopted = paper.registry.inventory.policies["credit"]
    assert value == {
        "schema": "govern/dossier/v1",
        "version": str(the(paper).digest),
        "policies": [str(adopted.digest)],
        "evidence": {"auc": {"blob": str(evidence.evidence), "source": str(evidence.source)}},
        "documents": {},
        "findings": [],
        "waivers": [],
    }


def test_what_comes_later_changes_nothing_of_what_was_signed(paper: PaperLedger) -> None:
    before = now(paper)

    sign(paper, VAL, OLGA)
    sign(paper, VAL, meaning="rejected")
    say(paper, comment(paper), GUS)
    say(paper, report(paper), GUS)
    say(paper, version(paper, b"better"), DORA)
    say(paper, policy(paper, RULES.replace("id: credit", "id: churn").replace("credit-scoring", "churn")), RAE)

    assert now(paper) == before
    assert worth(paper) == "valid"


def test_a_dossier_is_the_same_whichever_policy_was_adopted_first(paper: PaperLedger) -> None:
    other = RULES.replace("id: credit", "id: another")
    say(paper, policy(paper, other), RAE)
    turned = shelf()
    say(turned, policy(turned, other), RAE)
    say(turned, policy(turned), RAE)
    say(turned, measured(turned), VIC)

    assert [one.policy.id for one in current(paper).policies] == ["another", "credit"]
    assert bytes(current(paper)) == bytes(current(turned))


def test_new_evidence_for_the_same_check_voids_what_was_signed(paper: PaperLedger) -> None:
    say(paper, measured(paper, "0.9"), VIC)

    assert worth(paper) == "void: evidence of auc"


def test_a_newer_policy_voids_what_was_signed(paper: PaperLedger) -> None:
    say(paper, policy(paper, RULES.replace("1.0.0", "1.0.1")), RAE)

    assert worth(paper) == "void: policy"


def test_a_signature_on_another_version_is_void(paper: PaperLedger) -> None:
    signed, then = the(paper).signed[0], read_json(paper.blob(the(paper).signed[0].dossier))
    say(paper, version(paper, b"better"), DORA)
    other = dossier(paper.registry.inventory, the(paper, 2), paper.blob)

    held = dict[Digest, GovernError]().get
    assert validity(paper.registry, other, signed, then, held, paper.now) == "void: version"


def test_a_dossier_that_is_gone_is_all_that_can_be_named(paper: PaperLedger) -> None:
    say(paper, measured(paper, "0.9"), VIC)

    assert worth(paper, is_kept=False) == "void: dossier"


def test_evidence_and_artefacts_that_differ_void_what_was_signed(paper: PaperLedger) -> None:
    one = the(paper)

    assert worth(paper) == "valid"
    assert worth(paper, one.measured["auc"].evidence) == "void: evidence of auc"
    assert worth(paper, one.artefacts[0][2]) == "void: artefact weights.ubj"
