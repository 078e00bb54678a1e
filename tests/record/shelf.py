"""A shelf of models on paper: what tests of the record say of models, each sentence as a body or as something done."""

from collections.abc import Mapping
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from govern.ledger.envelope import Entry, Envelope, seal
from govern.ledger.merkle import leaf_hash
from govern.ledger.strict import Digest, canonical
from govern.policy.evidence import Columns, Evidence, Measure, Plan, Planned, Result
from govern.record.dossier import dossier
from govern.record.draft import NO_WORDS, Words, draft
from govern.record.events import About, Body
from govern.record.identity import NewKey
from govern.record.inventory import Version
from govern.record.known import Known
from govern.record.manifest import Manifest
from govern.record.models import (
    AdoptPolicy,
    Amend,
    Artefact,
    Change,
    Descriptor,
    RegisterModel,
    RegisterVersion,
    Sha256,
    TestResult,
)
from govern.record.people import Reaffirm, ResetKey, RevokeKey, key_part
from govern.record.registry import apply
from govern.record.reviews import (
    AddDocument,
    Attester,
    Challenge,
    CloseFinding,
    Comment,
    Condition,
    IssueReport,
    MeetCondition,
    Move,
    RaiseFinding,
    Respond,
    SignOff,
    Submit,
    Waive,
    words_in,
)
from tests.people import Actor, PaperLedger, moment
from tests.policy.rules import rules

DAN, DORA, OLGA, VIC, VAL, RAE, ROB, GUS = (
    Actor(one) for one in ("dan", "dora", "olga", "vic", "val", "rae", "rob", "gus")
)
ROLES = {
    DAN: ("developer", "validator"),
    DORA: ("developer",),
    OLGA: ("model-owner", "validator"),
    VIC: ("validator",),
    VAL: ("validator",),
    RAE: ("risk-officer",),
    ROB: ("risk-officer",),
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
WAIVING = (
    RULES
    + """\
waivers: {allowed_for: [auc], max_duration: 90d, max_renewals: 1, requires: {role: risk-officer, quorum: 2}}
"""
)
AUC = rules(RULES).policy.plan()
SOON = date(2026, 12, 24)
"""A month after everything here begins."""


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


def manifest(
    paper: PaperLedger, weights: bytes = b"weights", parent: Digest | None = None, *, by_reference: bool = False
) -> Manifest:
    file = Artefact(name="weights.ubj", size=len(weights), digest=Digest.of(weights))
    if by_reference:
        file = file.model_copy(update={"by_reference": True})
    else:
        paper.keep(weights)
    more: dict[str, Any] = {"parent": parent} if parent else {}
    return Manifest(model="credit-risk", artefacts=(file,), data=(), parameters={"depth": "3"}, metrics={}, **more)


def version(
    paper: PaperLedger, weights: bytes = b"weights", parent: Digest | None = None, *, by_reference: bool = False
) -> RegisterVersion:
    made = manifest(paper, weights, parent, by_reference=by_reference)
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


def document(
    paper: PaperLedger, author: Actor = DAN, text: str = "It knows no thin files.", name: str = "limits.md", **more: Any
) -> AddDocument:
    content = text.encode()
    kept = paper.keep(content)
    words = words_in(name, content)
    said = {
        "attester": Attester(id=author.id),
        "references": (Descriptor(name=name, digest=Sha256(sha256=kept.value.hex())),),
        "version": the(paper).digest,
        "section": "limitations",
        "content": kept,
        "size": len(content),
        **({} if words is None else {"words": words}),
    }
    return AddDocument(**{name: part for name, part in {**said, **more}.items() if part is not None})


def finding(paper: PaperLedger, **changes: Any) -> RaiseFinding:
    told = {"title": "No test for thin files", "severity": "high", "owner": DAN.id, "due": SOON}
    return RaiseFinding(**{"version": the(paper).digest, **told, **changes})


def closing(paper: PaperLedger, entry: int | None = None) -> CloseFinding:
    last = entry if entry is not None else the(paper).findings[-1].entry
    return CloseFinding(version=the(paper).digest, finding=last)


def challenge(paper: PaperLedger, anchor: str = "evidence:auc") -> Challenge:
    return Challenge(version=the(paper).digest, challenge=paper.keep(b"is it not too good?"), anchor=anchor)


def response(paper: PaperLedger, entry: int | None = None) -> Respond:
    asked = entry if entry is not None else the(paper).challenges[-1].entry
    return Respond(version=the(paper).digest, challenge=asked, response=paper.keep(b"it is held out"))


def condition(owner: Actor = DAN, due: date = SOON) -> Condition:
    return Condition(text="Test it on thin files", owner=owner.id, due=due)


def meeting(paper: PaperLedger, entry: int | None = None, place: int = 0) -> MeetCondition:
    asked = entry if entry is not None else the(paper).signed[-1].entry
    return MeetCondition(version=the(paper).digest, sign_off=asked, condition=place)


def waiver(paper: PaperLedger, **changes: Any) -> Waive:
    told = {"policy": "credit", "check": "auc", "until": SOON, "category": "mitigated", "control": "People look"}
    return Waive(**{"version": the(paper).digest, **told, **changes})


def amendment(paper: PaperLedger, what: Any, *after: str) -> Amend:
    before = paper.registry.inventory.models["credit-risk"].facts.texts(what)
    return Amend(model="credit-risk", changes=(Change(what=what, before=before, after=after),))


def report(paper: PaperLedger) -> IssueReport:
    report, certificate = Digest.of(b"pdf"), Digest.of(b"der")
    return IssueReport(version=the(paper).digest, report=report, certificate=certificate, template="validation-report")


# Envelopes of what needs more than a body


def submitted(
    paper: PaperLedger, actor: Actor = DAN, role: str = "", dossier: Digest | None = None, number: int = 1
) -> Envelope:
    kept = dossier or paper.keep(canonical(_dossier(paper, number)))
    return said(paper, Submit(version=the(paper, number).digest), actor, role, words=Words(dossier=kept))


def signed(
    paper: PaperLedger,
    actor: Actor,
    meaning: str = "approved",
    role: str = "",
    reason: str = "because",
    dossier: Digest | None = None,
    number: int = 1,
    conditions: tuple[Condition, ...] = (),
) -> Envelope:
    one = the(paper, number)
    words = Words("reject" if meaning == "rejected" else "sign_off", meaning, dossier or now(paper, one))
    body = SignOff(version=one.digest, conditions=conditions) if conditions else SignOff(version=one.digest)
    return said(paper, body, actor, role, reason, words)


def moved(
    paper: PaperLedger,
    after: str,
    actor: Actor = RAE,
    role: str = "",
    reason: str = "because",
    number: int = 1,
    **more: Any,
) -> Envelope:
    one = the(paper, number)
    if after == "production":
        more.setdefault("production_role", "champion")
    body = Move(**{"version": one.digest, "before": one.stage, "after": after, **more})
    return said(paper, body, actor, role, reason)


def waived(paper: PaperLedger, *actors: Actor, reason: str = "because", **changes: Any) -> Envelope:
    """Return a waiver that several signed, each as what they are first."""
    return paper.sign(waiver(paper, **changes), *actors, role=ROLES[actors[0]][0], reason=reason)


# What is done


def submit(paper: PaperLedger, actor: Actor = DAN, number: int = 1) -> None:
    paper.file(submitted(paper, actor, number=number))


def sign(paper: PaperLedger, *actors: Actor, meaning: str = "approved", role: str = "", number: int = 1) -> None:
    for actor in actors:
        paper.file(signed(paper, actor, meaning, role, number=number))


def move(paper: PaperLedger, *stages: str, number: int = 1) -> None:
    for stage in stages:
        paper.file(moved(paper, stage, number=number))


def revoke(paper: PaperLedger, actor: Actor, since: int, *, stands: bool | None = None) -> None:
    """End somebody's key as stolen from an entry on; and say of that entry whether it stands, if anybody says."""
    keyid, registry = actor.pen.public.keyid, Actor("ada")
    body = RevokeKey(person=actor.id, keyid=keyid, cause="compromised", suspect_since=since)
    paper.do(body, registry)
    if stands is not None:
        answer(paper, actor, since, stands=stands)


def disown(paper: PaperLedger, actor: Actor, entry: int) -> None:
    answer(paper, actor, entry, stands=False)


def answer(paper: PaperLedger, actor: Actor, since: int, *, stands: bool) -> None:
    """Say of an entry by somebody's suspect key whether it stands."""
    keyid, registry = actor.pen.public.keyid, Actor("ada")
    by, role = registry, "administrator"
    if stands:
        by, role = Actor(actor.handle, "again"), ROLES[actor][0]
        key = NewKey.made(by.pen, actor.id, actor.new_key.commitment, paper.now)
        paper.do(ResetKey(person=actor.id, key=key_part(key)), registry)
    about = About(index=since, leaf_hash=leaf_hash(paper.leaves[since]))
    word = f"{paper.registry.size} reaffirm"
    event = draft(
        paper.registry,
        paper.tree.root(),
        by.pen.public.keyid,
        role,
        Reaffirm(keyid=keyid, stands=stands),
        moment(paper.now, word),
        "asked them",
        about,
    )
    paper.file(seal(bytes(event), by.pen))


def promoted(paper: PaperLedger, name: str) -> None:
    """Register a version of another model, and take it to production under the rule of two persons."""
    made = Manifest(model=name, artefacts=(), data=(), parameters={}, metrics={})
    say(paper, RegisterVersion(model=name, version=paper.keep(bytes(made)), artefacts=()), DORA)
    one = the(paper, 1, name)
    kept = now(paper, one)
    paper.file(said(paper, Submit(version=one.digest), DORA, words=Words(dossier=kept)))
    paper.file(said(paper, SignOff(version=one.digest), VIC, words=Words("sign_off", "approved", kept)))
    body = Move(version=one.digest, before="in_review", after="production", production_role="champion")
    paper.file(said(paper, body, RAE))


def second(paper: PaperLedger) -> None:
    """Register a better version, measure it, and take it to production, in the place of the first."""
    say(paper, version(paper, b"better", the(paper).digest), DORA)
    say(paper, measured(paper, number=2), VIC)
    submit(paper, DORA, 2)
    sign(paper, VIC, VAL, number=2)
    move(paper, "production", number=2)


def misfiled(paper: PaperLedger, envelope: Envelope) -> None:
    """File past the rules, as whoever runs the log can."""
    entry = Entry(len(paper.leaves), paper.now, envelope)
    leaf = entry.leaf()
    paper.registry = apply(paper.registry, entry, Known.read(envelope.payload), leaf_hash(leaf))
    paper.leaves.append(leaf)
    paper.tree.append(leaf_hash(leaf))
    paper.now += timedelta(seconds=1)


def _dossier(paper: PaperLedger, number: int) -> dict[str, Any]:
    return dossier(paper.registry.inventory, the(paper, number), paper.blob).value()
