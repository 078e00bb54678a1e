"""Differences first: exactly what was planted, in a stable order, and whether it can change a decision."""

from dataclasses import replace
from datetime import date

import pytest

from govern.ledger.strict import Digest, canonical
from govern.policy.evidence import Columns, Evidence, Measure, Plan, Result
from govern.record.changes import Change, Changes, changes, manifest_parts
from govern.record.dossier import dossier
from govern.record.draft import Words
from govern.record.manifest import DataSet, Manifest
from govern.record.models import Artefact, RegisterVersion
from govern.record.reviews import Submit
from tests.people import PaperLedger
from tests.record.shelf import (
    AUC,
    DAN,
    DORA,
    OLGA,
    RAE,
    ROB,
    VAL,
    VIC,
    WAIVING,
    amendment,
    document,
    finding,
    measured,
    move,
    policy,
    said,
    say,
    shelf,
    sign,
    submit,
    the,
    version,
    waived,
)

ROWS = DataSet(role="training", name="rows.csv", size=9, digest=Digest.of(b"rows"))


@pytest.fixture
def paper() -> PaperLedger:
    """Return a ledger whose first version was approved by Vic."""
    paper = shelf()
    say(paper, policy(paper, WAIVING), RAE)
    say(paper, measured(paper), VIC)
    submit(paper)
    sign(paper, VIC)
    return paper


def since(paper: PaperLedger, number: int = 1) -> Changes:
    return changes(paper.registry, the(paper, number), paper.blob)


def test_nothing_changed_since_nobody_approved_it() -> None:
    paper = shelf()
    submit(paper)
    sign(paper, VIC, meaning="rejected")

    assert since(paper) == Changes("", None, ())


def test_nothing_changed_since_it_was_approved_as_it_is(paper: PaperLedger) -> None:
    assert since(paper) == Changes("", None, ())


def test_what_was_planted_is_what_is_found(paper: PaperLedger) -> None:
    signed = the(paper).signed[0]
    say(paper, measured(paper, "0.7"), VIC)
    say(paper, document(paper), DAN)
    say(paper, finding(paper), VAL)
    raised = paper.registry.size - 1
    say(paper, policy(paper, WAIVING.replace("1.0.0", "1.2.0")), RAE)
    waiver = paper.registry.size
    paper.file(waived(paper, RAE, ROB))
    say(paper, amendment(paper, "purpose", "Another"), OLGA)

    found = since(paper)

    assert (found.since, found.entry) == ("credit-risk@1", signed.entry)
    assert found.changes == (
        Change("policy credit", "1.0.0", "1.2.0"),
        Change("result auc", "0.8, n 1000", "0.7, n 1000"),
        Change("document limitations", None, str(the(paper).documents["limitations"].content)),
        Change(f"finding #{raised}", None, "high: No test for thin files"),
        Change("waiver credit auc", None, f"until 2026-12-24, #{waiver}"),
        Change("facts of the model: purpose", "Probability of default", "Another"),
    )
    assert [one.is_material for one in found.changes] == [True, True, False, False, True, True]


def test_a_renewed_waiver_is_another_than_the_one_that_was_signed(paper: PaperLedger) -> None:
    say(paper, measured(paper, "0.7"), VIC)
    paper.file(waived(paper, RAE, ROB))
    submit(paper)
    sign(paper, VIC)
    paper.file(waived(paper, RAE, ROB, until=date(2027, 1, 5)))

    before, after = (one.entry for one in the(paper).waived)
    assert since(paper).changes == (
        Change("waiver credit auc", f"until 2026-12-24, #{before}", f"until 2027-01-05, #{after}"),
    )


def test_a_fact_that_was_amended_is_shown_in_words_as_it_was_when_it_was_signed(paper: PaperLedger) -> None:
    say(paper, amendment(paper, "purpose", "Another"), OLGA)
    submit(paper)
    sign(paper, VIC)
    assert since(paper).changes == (Change("facts of the model: purpose", "Probability of default", "Another"),)
    sign(paper, VAL)
    say(paper, amendment(paper, "permitted_uses", "loans", "cards"), OLGA)
    say(paper, amendment(paper, "permitted_uses"), OLGA)
    say(paper, amendment(paper, "jurisdictions", "EU", "JP"), RAE)
    say(paper, amendment(paper, "tags", "line=retail"), RAE)

    found = since(paper).changes

    assert found == (Change("facts of the model: jurisdictions", "EU; US-NY", "EU; JP"),)
    assert found[0].is_material


def test_a_finding_and_a_policy_that_are_known_no_more_are_named_by_their_digests(paper: PaperLedger) -> None:
    then = {**dossier(paper.registry.inventory, the(paper), paper.blob).value()}
    leaf, strange = f"sha256:{'0' * 64}", str(Digest.of(b"strange"))
    kept = paper.keep(canonical({**then, "findings": [leaf], "policies": [strange]}))
    one = the(paper)
    other = replace(one, signed=(replace(one.signed[0], dossier=kept),))
    inventory = paper.registry.inventory
    inventory = replace(inventory, versions=inventory.versions.insert(str(one.digest), other))
    registry = replace(paper.registry, inventory=inventory)

    assert changes(registry, other, paper.blob).changes == (
        Change("policy credit", None, "1.0.0"),
        Change(f"policy {strange}", strange, None),
        Change(f"finding {leaf}", "open", None),
    )


def test_a_version_is_held_against_the_last_one_that_was_approved(paper: PaperLedger) -> None:
    say(paper, version(paper, b"better", the(paper).digest), DORA)
    say(paper, measured(paper, number=2), VAL)

    found = since(paper, 2)

    assert (found.since, found.entry) == ("credit-risk@1", the(paper).signed[0].entry)
    assert found.changes == (
        Change("artefact weights.ubj", str(Digest.of(b"weights")), str(Digest.of(b"better"))),
        Change("parent", None, str(the(paper).digest)),
    )
    submit(paper, DORA, 2)
    sign(paper, VIC, number=2)
    assert since(paper) == Changes("", None, ())  # what came later is nothing that it changed from


def test_every_part_of_a_manifest_has_a_name_of_its_own(paper: PaperLedger) -> None:
    whole = Manifest(
        model="credit-risk",
        artefacts=(
            Artefact(name="weights.ubj", size=7, digest=Digest.of(b"weights")),
            Artefact(name="words.bin", size=7, digest=Digest.of(b"weights"), by_reference=True),
        ),
        data=(ROWS, ROWS.model_copy(update={"role": "test", "rows": 9, "first": date(2026, 1, 1), "licence": "own"})),
        parameters={"depth": "3"},
        metrics={"auc": "0.81"},
        code="9f1c0de",
        environment=Digest.of(b"lock"),
        parent=Digest.of(b"before"),
        approve="score < 0.2",
        reasons=Digest.of(b"words"),
        rules=("no minors", "no staff"),
        transformations={"age": "in bands"},
        coefficients={"age": "0.3"},
        change="retrain",
    )

    found = manifest_parts(paper.blob, paper.keep(bytes(whole)))

    assert found["artefact words.bin"] == f"{found['artefact weights.ubj']}, not held here"
    assert list(found) == [
        "artefact weights.ubj",
        "artefact words.bin",
        "data training rows.csv",
        "data test rows.csv",
        "data test rows.csv: rows",
        "data test rows.csv: first",
        "data test rows.csv: licence",
        "parameter depth",
        "metric auc",
        "coefficient age",
        "transformation age",
        "rules 1",
        "rules 2",
        "code",
        "environment",
        "parent",
        "approve",
        "reasons",
        "change",
    ]
    assert (found["data test rows.csv: first"], found["rules 2"]) == ("2026-01-01", "no staff")
    immaterial = [name for name in found if not Change(name, None, "x").is_material]
    assert immaterial == ["metric auc", "code", "environment", "parent", "change"]


def test_a_number_that_could_not_be_computed_is_a_difference_too(paper: PaperLedger) -> None:
    undefined = Measure.undefined("no_positives", 0)
    plan = Plan(digits=12, columns=Columns(label="y", prediction=None, score="s", positive="1"), checks=AUC)
    found = Evidence.made(plan, [Result.made("auc", "roc_auc", [undefined])], rows=1, model=the(paper).digest)
    kept = paper.keep(bytes(found))
    say(paper, measured(paper).model_copy(update={"evidence": kept}), VAL)

    assert since(paper).changes == (Change("result auc", "0.8, n 1000", "undefined: no_positives, n 0"),)


def test_a_version_of_no_files_is_a_version(paper: PaperLedger) -> None:
    made = Manifest(model="credit-risk", artefacts=(), data=(), parameters={}, metrics={}, rules=("no minors",))
    say(paper, RegisterVersion(model="credit-risk", version=paper.keep(bytes(made)), artefacts=()), DORA)
    one = the(paper, 2)
    kept = dossier(paper.registry.inventory, one, paper.blob).digest
    paper.file(said(paper, Submit(version=one.digest), DORA, words=Words(dossier=kept)))

    assert the(paper, 2).stage == "in_review"


def test_a_promotion_names_the_champion_that_it_displaces(paper: PaperLedger) -> None:
    assert since(paper).displaces is None
    sign(paper, VAL)
    move(paper, "production")
    say(paper, version(paper, b"better"), DORA)

    champion = the(paper)
    assert since(paper).displaces is None  # it is champion itself
    assert since(paper, 2).displaces == champion
    assert champion.since
    # Of a version that nobody approved, too.
    say(paper, version(paper, b"best"), DORA)
    assert since(paper, 3) == Changes("credit-risk@1", the(paper).signed[-1].entry, since(paper, 3).changes, champion)
    move(paper, "retired", number=2)
    assert since(paper, 2).displaces is None


def test_what_it_displaces_is_said_where_nobody_approved_anything() -> None:
    paper = shelf()
    say(paper, version(paper, b"better"), DORA)
    champion = replace(the(paper), stage="production", production_role="champion")
    inventory = paper.registry.inventory
    inventory = replace(inventory, versions=inventory.versions.insert(str(champion.digest), champion))

    registry = replace(paper.registry, inventory=inventory)
    assert changes(registry, the(paper, 2), paper.blob) == Changes("", None, (), champion)
