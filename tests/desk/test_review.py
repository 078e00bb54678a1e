"""What people do with models at a desk, on a real database: from a card to production, and what becomes of a signature."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pytest

from govern import artifacts, catalogue, discussion, measuring, review
from govern.catalogue import Made
from govern.desk import Desk
from govern.errors import InvalidInput, NotAllowed, NothingChecked
from govern.inbox import inbox
from govern.ledger.audit import Problem
from govern.ledger.strict import Digest, read_json
from govern.policy.evidence import Columns, Evidence, Measure, Plan, Result
from govern.policy.findings import Decision
from govern.record.card import TEMPLATE
from govern.record.changes import Change
from govern.record.events import Event
from govern.record.inventory import Version
from govern.record.reviews import Comment
from govern.storage import blobs, identities, inspection
from govern.storage.identities import Known
from govern.storage.local import LocalLedger
from govern.storage.store import Store
from tests.people import Actor, enrolment, signed
from tests.storage.bank import ADA, Bank

ROLES = {
    "ana": ("model-owner",),
    "dan": ("developer", "validator"),
    "vic": ("validator",),
    "val": ("validator",),
    "rae": ("risk-officer",),
    "gus": ("auditor",),
}
NOTHING = Made({}, {}, {})

RULES = """\
schema: govern/policy/v1
id: credit
version: 1.0.0
owner: model-risk
applies_to: {use_case: credit-scoring}
checks:
  - {id: auc, metric: roc_auc, min: 0.75, warn_below: 0.8}
approvals:
  validation: {role: validator, quorum: 1}
gates:
  production: {checks: all, approvals: [validation]}
"""


@dataclass
class Office:
    """A ledger and the desks of everybody in it."""

    bank: Bank
    ledger: LocalLedger
    store: Store
    folder: Path

    def desk(self, handle: str) -> Desk:
        self.bank.wait(seconds=1)
        chance = random.Random(self.ledger.registry.size).randbytes
        return Desk(self.ledger, self.store, self.bank.clock, chance, (Actor(handle).pen,))

    def enrol(self, handle: str, *roles: str) -> None:
        actor, (registry, root) = Actor(handle), self.ledger.view()
        self.bank.wait(seconds=1)
        identities.put(self.store, Known(actor.id, actor.identity, actor.salt))
        self.ledger.submit([signed(registry, root, enrolment(actor, *roles), ADA, now=self.bank.now)])

    def one(self, name: str = "credit-risk@1") -> Version:
        return review.version(self.desk("gus"), name)

    def file(self, name: str, content: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        return path

    def register(self, weights: str, made: Made = NOTHING) -> Version:
        return catalogue.register_version(self.desk("dan"), "credit-risk", [self.file("weights.txt", weights)], made)[1]

    def measure(self, auc: str, name: str = "credit-risk@1") -> None:
        one, desk = self.one(name), self.desk("val")
        planned, policy = measuring.asked(desk, one)
        columns = Columns(label="repaid", prediction=None, score="score", positive="1")
        result = Result.made("auc", "roc_auc", [Measure.measured(Fraction(auc), 1000)])
        plan = Plan(digits=12, columns=columns, checks=planned)
        found = Evidence.made(plan, [result], rows=1000, policy=policy, model=one.digest)
        review.record_evidence(desk, one, found, Digest.of(b"rows"), {"scikit-learn": "1.7"}, "rlimits")

    def sign(self, handle: str, meaning: str = "approved", reason: str = "because") -> None:
        review.sign(self.desk(handle), self.one(), meaning, reason)

    def problems(self) -> tuple[Problem, ...]:
        """Return what an audit finds."""
        return inspection.inspect(self.store, (), self.ledger.registry.anchor, processes=1).problems

    def tamper(self, digest: Digest) -> None:
        """Change what is kept under a digest, as the owner of the database can."""
        self.bank.tamper(f"UPDATE blob_part SET data = X'00' WHERE sha256 = X'{digest.value.hex()}'")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """Return a ledger with the model credit-risk and one version, made by Dan, and no policy."""
    bank = Bank(f"sqlite:///{tmp_path}/ledger/ledger.db", tmp_path / "lock" / "checkpoint")
    ledger = bank.create()
    made = Office(bank, ledger, bank.store(), tmp_path / "files")
    for handle, roles in ROLES.items():
        made.enrol(handle, *roles)
    catalogue.register_model(made.desk("ana"), TEMPLATE.encode(), "card.yaml")
    made.register("first")
    yield made
    ledger.close()
    bank.close()


@pytest.fixture
def ruled(office: Office) -> Office:
    """Return a ledger whose version was measured, submitted and is in review."""
    catalogue.adopt_policy(office.desk("rae"), RULES.encode(), "credit.yaml", "0.1.0")
    office.measure("0.81")
    review.submit(office.desk("dan"), office.one())
    return office


# Models and versions


def test_a_card_becomes_a_model(office: Office) -> None:
    desk = office.desk("gus")

    found = review.model(desk, "credit-risk")

    assert (found.owner, found.risk_tier, found.jurisdictions) == (Actor("ana").id, "high", ("EU", "US"))
    assert review.content(desk, found.card) == TEMPLATE.encode()


def test_a_name_almost_right_is_put_right(office: Office) -> None:
    with pytest.raises(InvalidInput, match="there is no model 'credit-rsk'") as caught:
        review.model(office.desk("gus"), "credit-rsk")
    with pytest.raises(InvalidInput) as far:
        review.model(office.desk("gus"), "x")

    assert caught.value.hint == "did you mean credit-risk?"
    assert far.value.hint == "`govern model list` shows them"


@pytest.mark.parametrize(
    "name", ["credit-risk", "credit-risk@0", "credit-risk@2", "credit-risk@01", "credit-risk@\u0661"]
)
def test_a_version_is_written_in_one_way(office: Office, name: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        office.one(name)

    assert caught.value.message == f"credit-risk has the versions @1, not {name!r}"


def test_a_folder_is_kept_file_by_file(office: Office) -> None:
    office.file("model/b/weights.txt", "weights")
    office.file("model/a.txt", "a")

    kept = artifacts.keep(office.store, [office.folder / "model"])

    assert [(one.name, one.size) for one in kept] == [("model/a.txt", 1), ("model/b/weights.txt", 7)]
    assert b"".join(blobs.get(office.store, kept[1].digest)) == b"weights"


def test_files_that_cannot_be_artefacts_are_refused(office: Office) -> None:
    first, second = office.file("one/a.txt", "1"), office.file("two/a.txt", "2")
    (office.folder / "one" / "link").symlink_to(second)

    with pytest.raises(InvalidInput, match=r"two artefacts are called a\.txt"):
        artifacts.keep(office.store, [first, second])
    with pytest.raises(InvalidInput, match="is a link"):
        artifacts.keep(office.store, [office.folder / "one"])
    with pytest.raises(InvalidInput, match="cannot be read: No such file") as caught:
        artifacts.keep(office.store, [office.folder / "none"])

    assert caught.value.code == "not_found"


def test_two_versions_differ_by_what_changed(office: Office) -> None:
    rows = office.file("rows.csv", "a,b\n")
    made = Made({"training": rows}, {"depth": "3"}, {"auc": "0.81"}, "9f1c0de", "credit-risk@1")

    newer = office.register("second", made)

    assert not blobs.has(office.store, Digest.of(b"a,b\n"))
    assert newer.name == "credit-risk@2"
    older = office.one()
    assert review.differing(office.desk("gus"), older, newer) == [
        Change("artefact weights.txt", str(Digest.of(b"first")), str(Digest.of(b"second"))),
        Change("code", None, "9f1c0de"),
        Change("data training rows.csv", None, str(Digest.of(b"a,b\n"))),
        Change("metric auc", None, "0.81"),
        Change("parameter depth", None, "3"),
        Change("parent", None, str(older.digest)),
    ]
    assert review.differing(office.desk("gus"), newer, newer) == []


# Evidence and policies


def test_nothing_is_asked_where_no_policy_was_adopted(office: Office) -> None:
    with pytest.raises(NothingChecked, match="no policy that is adopted asks anything of credit-risk@1"):
        measuring.asked(office.desk("val"), office.one())


def test_two_policies_ask_for_what_both_want_and_never_for_two_things_by_one_name(office: Office) -> None:
    desk = office.desk("rae")
    catalogue.adopt_policy(desk, RULES.encode(), "credit.yaml", "0.1.0")
    catalogue.adopt_policy(desk, RULES.replace("id: credit", "id: other").encode(), "other.yaml", "0.1.0")
    planned, policy = measuring.asked(office.desk("val"), office.one())
    clashing = RULES.replace("id: credit", "id: third").replace("roc_auc", "accuracy")
    catalogue.adopt_policy(office.desk("rae"), clashing.encode(), "third.yaml", "0.1.0")

    assert ([one.check for one in planned], policy) == (["auc"], None)
    with pytest.raises(InvalidInput, match="two policies ask for a check auc, and mean different things"):
        measuring.asked(office.desk("val"), office.one())


@pytest.mark.parametrize("name", ["another", "other"], ids=["imported first", "measured first"])
def test_no_policy_imports_what_another_measures_by_the_same_name(office: Office, name: str) -> None:
    imported = RULES.replace("id: credit", f"id: {name}").replace("roc_auc", "vendor_auc, kind: imported")
    for text in (RULES, imported):
        catalogue.adopt_policy(office.desk("rae"), text.encode(), "policy.yaml", "0.1.0")

    with pytest.raises(InvalidInput, match="two policies ask for a check auc, and mean different things"):
        measuring.asked(office.desk("val"), office.one())


@pytest.mark.parametrize(
    ("auc", "result", "decision"),
    [("0.85", "PASSED", Decision.ALLOW), ("0.78", "WARNED", Decision.ALLOW), ("0.7", "FAILED", Decision.DENY)],
)
def test_evidence_says_what_the_policy_makes_of_it(office: Office, auc: str, result: str, decision: Decision) -> None:
    catalogue.adopt_policy(office.desk("rae"), RULES.encode(), "credit.yaml", "0.1.0")
    office.measure(auc)

    said = Event.parse(office.ledger.entry(office.ledger.registry.size - 1).envelope.payload).body

    assert getattr(said, "result") == result  # noqa: B009  whatever body it is
    assert review.judged(office.desk("gus"), office.one()).decision is decision


# From review to production


def test_a_version_goes_to_production_once_somebody_else_signed(ruled: Office) -> None:
    with pytest.raises(NotAllowed, match=r"approvals\.validation\.quorum"):
        review.move(ruled.desk("rae"), ruled.one(), "production", "go", "champion")
    ruled.sign("vic")

    review.move(ruled.desk("rae"), ruled.one(), "production", "go", "champion")

    one = ruled.one()
    assert (one.stage, one.production_role) == ("production", "champion")
    assert review.worth(ruled.desk("gus"), one, one.signed[0]) == "valid"
    assert ruled.problems() == ()


def test_the_dossier_that_was_submitted_is_kept(ruled: Office) -> None:
    dossier = ruled.one().dossier

    assert dossier
    assert read_json(review.content(ruled.desk("gus"), dossier))["version"] == str(ruled.one().digest)


def test_a_rejection_shuts_the_gate(ruled: Office) -> None:
    ruled.sign("vic")
    ruled.sign("val", "rejected", "drifts")

    with pytest.raises(NotAllowed, match=r"approvals\.validation\.rejected"):
        review.move(ruled.desk("rae"), ruled.one(), "production", "go", "champion")


def test_a_dossier_is_signed_as_it_was_seen(ruled: Office) -> None:
    with pytest.raises(NotAllowed) as caught:
        review.sign(ruled.desk("vic"), ruled.one(), "approved", "because", "validator", Digest.of(b"another"))

    assert caught.value.code == "stale_dossier"


def test_why_somebody_cannot_sign_is_told_before_they_try(ruled: Office) -> None:
    desk, one = ruled.desk("gus"), ruled.one()
    vic, dan = desk.person("vic"), desk.person("dan")

    assert review.why_not_sign(desk, one, vic, "validator", "approved", "") is None
    refusal = review.why_not_sign(desk, one, dan, "validator", "approved", "")
    assert refusal
    assert refusal.code == "self_approval"


def test_a_role_that_nobody_asked_for_says_nothing(office: Office) -> None:
    with pytest.raises(NotAllowed, match="gus is none of developer, model-owner"):
        review.submit(office.desk("gus"), office.one())


def test_a_report_that_was_issued_is_on_record(ruled: Office) -> None:
    review.issue_report(ruled.desk("gus"), ruled.one(), b"%PDF", Digest.of(b"der"), "validation-report")

    ((_, report),) = ruled.one().reports
    assert review.content(ruled.desk("gus"), report) == b"%PDF"


# Comments


def test_a_comment_can_be_erased_and_the_ledger_holds(ruled: Office) -> None:
    receipt = discussion.comment(ruled.desk("gus"), ruled.one(), "Rosa Meier was refused; why?")
    body = Event.parse(ruled.ledger.entry(receipt.index).envelope.payload).body
    assert isinstance(body, Comment)
    assert read_json(review.content(ruled.desk("gus"), body.comment))["text"] == "Rosa Meier was refused; why?"

    blobs.erase(ruled.store, body.comment)

    assert ruled.problems() == ()


# What waits


def what(office: Office, handle: str) -> list[tuple[str, str]]:
    return [(task.what, task.why) for task in inbox(office.desk("gus"), handle)]


def test_an_inbox_is_what_waits_for_a_person(ruled: Office) -> None:
    assert what(ruled, "vic") == [("sign", "submitted by dan, and you have not signed")]
    assert what(ruled, "dan") == what(ruled, "gus") == []

    ruled.sign("vic")
    assert what(ruled, "vic") == []


def test_a_signature_is_asked_for_again_until_it_is_given_again(ruled: Office) -> None:
    ruled.sign("vic")
    entry = ruled.one().signed[0].entry
    ruled.measure("0.9")
    void = ("sign again", f"your signature of #{entry} is void: evidence of auc")

    assert void in what(ruled, "vic")
    review.submit(ruled.desk("dan"), ruled.one())
    assert void in what(ruled, "vic")
    ruled.sign("vic")
    assert what(ruled, "vic") == []


def test_nothing_is_asked_of_what_is_retired(ruled: Office) -> None:
    ruled.sign("vic")
    ruled.measure("0.9")

    review.move(ruled.desk("rae"), ruled.one(), "retired", "superseded")

    assert what(ruled, "vic") == []


# What a signature is worth


def test_a_signature_is_void_once_an_artefact_was_changed(ruled: Office) -> None:
    ruled.sign("vic")
    one = ruled.one()

    ruled.tamper(one.artefacts[0][2])

    assert review.worth(ruled.desk("gus"), one, one.signed[0]) == "void: artefact weights.txt"


def test_a_signature_is_void_once_its_evidence_was_erased(ruled: Office) -> None:
    ruled.sign("vic")
    one = ruled.one()

    blobs.erase(ruled.store, one.measured["auc"].evidence)

    assert review.worth(ruled.desk("gus"), one, one.signed[0]) == "void: evidence of auc"


def test_a_signature_is_void_once_a_newer_policy_holds(ruled: Office) -> None:
    ruled.sign("vic")
    catalogue.adopt_policy(ruled.desk("rae"), RULES.replace("1.0.0", "1.1.0").encode(), "credit.yaml", "0.1.0")
    one = ruled.one()

    assert review.worth(ruled.desk("gus"), one, one.signed[0]) == "void: policy"
    blobs.erase(ruled.store, one.signed[0].dossier)
    assert review.worth(ruled.desk("gus"), one, one.signed[0]) == "void: dossier"
