"""A shelf of models on paper: what tests of the record say of models, each sentence as a body or as something done."""

from collections.abc import Mapping
from datetime import timedelta
from fractions import Fraction
from typing import Any

from govern.ledger.envelope import Entry, Envelope
from govern.ledger.merkle import leaf_hash
from govern.ledger.strict import Digest, canonical
from govern.policy.evidence import Columns, Evidence, Measure, Plan, Planned, Result
from govern.record.dossier import dossier
from govern.record.draft import NO_WORDS, Words
from govern.record.events import Body, Event
from govern.record.inventory import Version
from govern.record.manifest import Manifest
from govern.record.models import AdoptPolicy, Artefact, Descriptor, RegisterModel, RegisterVersion, Sha256, TestResult
from govern.record.registry import apply
from govern.record.reviews import Comment, IssueReport, Move, SignOff, Submit
from tests.people import Actor, PaperLedger
from tests.policy.rules import rules

DAN, DORA, OLGA, VIC, VAL, RAE, GUS = (Actor(one) for one in ("dan", "dora", "olga", "vic", "val", "rae", "gus"))
ROLES = {
    DAN: ("developer", "validator"),
    DORA: ("developer",),
    OLGA: ("model-owner", "validator"),
    VIC: ("validator",),
    VAL: ("validator",),
    RAE: ("risk-officer",),
    GUS: ("auditor",),
}

RULES = """\
schema: govern/policy/v1
id: credit
version: 1.0.0
owner: model-risk
applies_to: {use_case: credit-scoring}
checks:
  - {id: auc, metric: roc_auc, min: 0.75}
approvals:
  validation: {role: validator, quorum: 2}
gates:
  validated: {checks: all, approvals: [validation]}
  approved: {checks: all, approvals: [validation]}
  production: {checks: all, approvals: [validation]}
"""
AUC = rules(RULES).policy.plan()


def shelf() -> PaperLedger:
    """Return a ledger with everybody enrolled, the model credit-risk, and its first version, which Dan made."""
    paper = PaperLedger.founded("ada")
    for actor, roles in ROLES.items():
        paper.enrol(actor.handle, *roles)
    say(paper, model(paper), DAN)
    say(paper, version(paper), DAN)
    return paper


def said(
    paper: PaperLedger, body: Body, actor: Actor, role: str = "", reason: str = "because", words: Words = NO_WORDS
) -> Envelope:
    return paper.sign(body, actor, role=role or ROLES[actor][0], reason=reason, words=words)


def say(paper: PaperLedger, body: Body, actor: Actor, role: str = "") -> None:
    paper.file(said(paper, body, actor, role))


def the(paper: PaperLedger, number: int = 1, name: str = "credit-risk") -> Version:
    return paper.registry.inventory.of(name)[number - 1]


def now(paper: PaperLedger, one: Version | None = None) -> Digest:
    """Return the digest of the dossier as it is now."""
    return dossier(paper.registry.inventory, one or the(paper), paper.blob).digest


# Bodies


def model(paper: PaperLedger, **changes: Any) -> RegisterModel:
    told = {
        "model": "credit-risk",
        "card": paper.keep(b"the card"),
        "owner": OLGA.id,
        "purpose": "Probability of default",
        "use_case": "credit-scoring",
        "risk_tier": "high",
        "jurisdictions": ("EU", "US-NY"),
    }
    return RegisterModel(**{**told, **changes})


def manifest(paper: PaperLedger, weights: bytes = b"weights", parent: Digest | None = None) -> Manifest:
    file = Artefact(name="weights.ubj", size=len(weights), digest=paper.keep(weights))
    more: dict[str, Any] = {"parent": parent} if parent else {}
    return Manifest(model="credit-risk", artefacts=(file,), data=(), parameters={"depth": "3"}, metrics={}, **more)


def version(paper: PaperLedger, weights: bytes = b"weights", parent: Digest | None = None) -> RegisterVersion:
    made = manifest(paper, weights, parent)
    more: dict[str, Any] = {"parent": parent} if parent else {}
    kept = paper.keep(bytes(made))
    return RegisterVersion(model="credit-risk", version=kept, artefacts=made.artefacts, **more)


def evidence(subject: Digest | None, values: Mapping[str, str], plan: tuple[Planned, ...] = AUC) -> Evidence:
    columns = Columns(label="repaid", prediction=None, score="score", positive="1")
    results = [
        Result.made(one.check, one.metric, [Measure.measured(Fraction(values[one.check]), 1000)])
        for one in plan
        if one.check in values
    ]
    return Evidence.made(Plan(digits=12, columns=columns, checks=plan), results, rows=1000, model=subject)


def measured(paper: PaperLedger, auc: str = "0.8", *, of: Digest | None = None, number: int = 1) -> TestResult:
    subject = the(paper, number).digest
    kept = paper.keep(bytes(evidence(of or subject, {"auc": auc})))
    return TestResult(
        version=subject,
        result="PASSED",
        configuration=(Descriptor(name="evidence", digest=Sha256(sha256=kept.value.hex())),),
        passed_tests=("auc",),
        warned_tests=(),
        failed_tests=(),
        evidence=kept,
        source=Digest.of(b"the rows"),
        software=(),
        sandbox="none",
    )


def policy(paper: PaperLedger, text: str = RULES) -> AdoptPolicy:
    found = rules(text)
    source = paper.keep(text.encode())
    return AdoptPolicy(policy=found.policy.id, release=found.policy.version, digest=found.digest, source=source)


def comment(paper: PaperLedger) -> Comment:
    return Comment(version=the(paper).digest, comment=paper.keep(b"why so deep?"))


def report(paper: PaperLedger) -> IssueReport:
    report, certificate = Digest.of(b"pdf"), Digest.of(b"der")
    return IssueReport(version=the(paper).digest, report=report, certificate=certificate, template="validation-report")


# Envelopes of what needs more than a body


def submitted(paper: PaperLedger, actor: Actor = DAN, role: str = "", dossier: Digest | None = None) -> Envelope:
    kept = dossier or paper.keep(canonical(_dossier(paper)))
    return said(paper, Submit(version=the(paper).digest), actor, role, words=Words(dossier=kept))


def signed(
    paper: PaperLedger,
    actor: Actor,
    meaning: str = "approved",
    role: str = "",
    reason: str = "because",
    dossier: Digest | None = None,
) -> Envelope:
    words = Words("reject" if meaning == "rejected" else "sign_off", meaning, dossier or now(paper))
    return said(paper, SignOff(version=the(paper).digest), actor, role, reason, words)


def moved(
    paper: PaperLedger, after: str, actor: Actor = RAE, role: str = "", reason: str = "because", **more: Any
) -> Envelope:
    before = the(paper).stage
    if after == "production":
        more.setdefault("production_role", "champion")
    body = Move(**{"version": the(paper).digest, "before": before, "after": after, **more})
    return said(paper, body, actor, role, reason)


# What is done


def submit(paper: PaperLedger, actor: Actor = DAN) -> None:
    paper.file(submitted(paper, actor))


def sign(paper: PaperLedger, *actors: Actor, meaning: str = "approved", role: str = "") -> None:
    for actor in actors:
        paper.file(signed(paper, actor, meaning, role))


def move(paper: PaperLedger, *stages: str) -> None:
    for stage in stages:
        paper.file(moved(paper, stage))


def misfiled(paper: PaperLedger, envelope: Envelope) -> None:
    """File past the rules, as whoever runs the log can."""
    entry = Entry(len(paper.leaves), paper.now, envelope)
    leaf = entry.leaf()
    paper.registry = apply(paper.registry, entry, Event.parse(envelope.payload), leaf_hash(leaf))
    paper.leaves.append(leaf)
    paper.tree.append(leaf_hash(leaf))
    paper.now += timedelta(seconds=1)


def _dossier(paper: PaperLedger) -> dict[str, Any]:
    return dossier(paper.registry.inventory, the(paper), paper.blob).value()
