"""Flip one byte of anything that a dossier rests on: what was signed is void by its name, and no gate opens."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction

import pytest

from govern import catalogue, chronicle, discussion, measuring, review
from govern.catalogue import Made
from govern.cli import signing
from govern.cli.casefile import casefile
from govern.desk import Desk
from govern.errors import GovernError, Kind, NotAllowed, Tampered
from govern.ledger.strict import Digest
from govern.policy.evidence import Columns, Evidence, Measure, Plan, Result
from govern.policy.findings import Decision
from govern.record.dossier import components, dictionary
from govern.storage import blobs
from tests.desk.test_review import RULES, Office, office

__all__ = ["office"]

CREDIT = RULES.replace("\napprovals:", "\n  - {id: share, metric: accuracy, min: 0.5}\napprovals:")
RETAIL = RULES.replace("id: credit", "id: retail").replace("{use_case: credit-scoring}", "{risk_tier: high}")
WORDS = b"""\
schema: govern/reasons/v1
reasons:
  income: {code: R1, columns: [income], text: Income too low for the amount asked}
"""
SECTIONS = ("purpose", "limitations", "oversight")


@pytest.fixture
def signed(office: Office) -> Office:
    """Return a ledger whose second version rests on twelve kept contents and one that is not kept, signed by Vic."""
    return reviewed(office)


def reviewed(office: Office, *, by_reference: bool = False) -> Office:
    for name, rules in (("credit", CREDIT), ("retail", RETAIL)):
        catalogue.adopt_policy(office.desk("rae"), rules.encode(), f"{name}.yaml", "0.1.0")
    files = [office.file(f"model/{name}.txt", f"{name} of the model") for name in ("weights", "bins", "scaler")]
    rows = office.file("rows.csv", "income,repaid\n1,1\n")
    made = Made({"training": rows}, {}, {}, approve="score < 0.2", reasons=WORDS)
    catalogue.register_version(office.desk("dan"), "credit-risk", [files[0].parent], made, by_reference=by_reference)
    one = office.one("credit-risk@2")
    planned, _ = measuring.asked(office.desk("val"), one)
    for check in planned:
        columns = Columns(label="repaid", prediction=None, score="score", positive="1")
        result = Result.made(check.check, check.metric, [Measure.measured(Fraction("0.9"), 1000)])
        plan = Plan(digits=12, columns=columns, checks=(check,))
        found = Evidence.made(plan, [result], rows=1000, model=one.digest)
        review.record_evidence(office.desk("val"), one, found, Digest.of(b"rows"), {}, "none")
    for section in SECTIONS:
        path = office.file(f"{section}.md", f"What there is to say of {section}")
        discussion.add_document(office.desk("dan"), one, section, path)
    review.submit(office.desk("dan"), office.one("credit-risk@2"))
    review.sign(office.desk("vic"), office.one("credit-risk@2"), "validated", "because")
    return office


def sitting(office: Office, handle: str) -> Desk:
    """Return the desk of somebody who sits there while others write."""
    return replace(office.desk(handle), chance=random.Random(handle).randbytes)


def worth(office: Office) -> str:
    one = office.one("credit-risk@2")
    return review.worth(office.desk("gus"), one, one.signed[0])


def kept(office: Office) -> dict[str, Digest]:
    """Return every kept content that the dossier rests on, by what it is called."""
    one, desk = office.one("credit-risk@2"), office.desk("gus")
    words = dictionary(one, lambda digest: review.content(desk, digest))
    assert words
    policies = {f"policy {id_}": found.source for id_, found in desk.registry.inventory.policies.items()}
    return dict(components(one)) | policies | {"dictionary of reasons": words}


@contextmanager
def flipped(office: Office, digest: Digest) -> Iterator[None]:
    """Turn one bit in the middle of a kept content, as the owner of the database can, and turn it back."""
    content = b"".join(blobs.get(office.store, digest))
    other = bytearray(content)
    other[len(other) // 2] ^= 1
    where = f"WHERE sha256 = X'{digest.value.hex()}' AND seq = 0"
    office.bank.tamper(f"UPDATE blob_part SET data = X'{other.hex()}' {where}")
    yield
    office.bank.tamper(f"UPDATE blob_part SET data = X'{content.hex()}' {where}")


def test_one_flipped_byte_voids_what_was_signed_by_name_and_put_back_it_is_valid(signed: Office) -> None:
    found = kept(signed)
    assert sorted(found) == [
        "artefact model/bins.txt",
        "artefact model/scaler.txt",
        "artefact model/weights.txt",
        "dictionary of reasons",
        "document limitations",
        "document oversight",
        "document purpose",
        "evidence of auc",
        "evidence of share",
        "manifest",
        "policy credit",
        "policy retail",
    ]

    for what, digest in found.items():
        with flipped(signed, digest):
            assert worth(signed) == f"void: {what}"
            with pytest.raises(Tampered) as caught:
                review.move(signed.desk("rae"), signed.one("credit-risk@2"), "production", "go", "champion")
            assert caught.value.kind is Kind.BLOB_DIFFERS
        assert worth(signed) == "valid"

    review.move(signed.desk("rae"), signed.one("credit-risk@2"), "production", "go", "champion")


def test_a_thousand_clean_checks_void_nothing(signed: Office) -> None:
    one, desk = signed.one("credit-risk@2"), signed.desk("gus")

    assert {review.worth(desk, one, one.signed[0]) for _ in range(1000)} == {"valid"}


def test_the_kept_copy_of_a_dossier_is_no_part_of_it(signed: Office) -> None:
    """What was signed follows from the ledger; the copy only says, once it is another, what it was."""
    with flipped(signed, signed.one("credit-risk@2").signed[0].dossier):
        assert worth(signed) == "valid"
        path = signed.file("purpose.md", "Another purpose")
        discussion.add_document(signed.desk("dan"), signed.one("credit-risk@2"), "purpose", path)
        assert worth(signed) == "void: dossier"

    assert worth(signed) == "void: document purpose"


def test_data_is_known_by_its_digest_alone(signed: Office) -> None:
    assert not blobs.has(signed.store, Digest.of(b"income,repaid\n1,1\n"))
    assert worth(signed) == "valid"
    assert review.judged(signed.desk("gus"), signed.one("credit-risk@2"), "production").decision is Decision.ALLOW


def test_what_was_registered_by_reference_is_not_held_here_and_voids_nothing(office: Office) -> None:
    before = set(blobs.digests(office.store))
    reviewed(office, by_reference=True)
    one, desk = office.one("credit-risk@2"), office.desk("gus")
    (registered, *_) = (passage.words for passage in chronicle.history(desk, one))

    assert {digest for _, _, digest in one.artefacts} & (set(blobs.digests(office.store)) - before) == set()
    assert [what for what in kept(office) if what.startswith("artefact")] == []
    assert registered == ", ".join(f"model/{name}.txt (not held here)" for name in ("bins", "scaler", "weights"))
    told = [what for what, _ in signing._components(desk, one, review.dossier_of(desk, one)) if "artefact" in what]
    assert told == [f"  artefact model/{name}.txt, not held here" for name in ("bins", "scaler", "weights")]
    report = casefile(desk, one, demo=True)
    assert {file.role for file in report.version.artefacts} == {"artefact, not held here"}
    (office.folder / "model" / "weights.txt").write_text("another, or none at all")
    assert worth(office) == "valid"
    with flipped(office, kept(office)["evidence of auc"]):
        assert worth(office) == "void: evidence of auc"
    review.move(office.desk("rae"), one, "production", "go", "champion")
    assert office.problems() == ()


def test_what_was_erased_voids_like_what_was_flipped(signed: Office) -> None:
    blobs.erase(signed.store, kept(signed)["document purpose"])

    assert worth(signed) == "void: document purpose"
    with pytest.raises(GovernError):
        review.move(signed.desk("rae"), signed.one("credit-risk@2"), "production", "go", "champion")


def test_two_reviewers_sign_at_once_and_both_stand(signed: Office) -> None:
    first, second = (sitting(signed, handle) for handle in ("val", "rae"))
    one = signed.one("credit-risk@2")

    review.sign(first, one, "approved", "read", "validator")
    review.sign(second, one, "approved", "read", "risk-officer")

    assert [word.meaning for word in signed.one("credit-risk@2").signed] == ["validated", "approved", "approved"]


def test_a_version_that_changed_while_it_was_read_is_not_signed(signed: Office) -> None:
    desk = sitting(signed, "val")
    one = signed.one("credit-risk@2")
    seen = review.dossier_of(desk, one).digest
    discussion.raise_finding(signed.desk("gus"), one, "No thin files", "high", "dan", signed.bank.now.date())

    with pytest.raises(NotAllowed) as caught:
        review.sign(desk, one, "approved", "read", "validator", seen)

    assert caught.value.code == "stale_dossier"
    assert caught.value.hint == "read it again and sign anew"
