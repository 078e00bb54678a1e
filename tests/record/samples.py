"""One event of every kind, from fixed seeds: what the golden statements say."""

from datetime import UTC, date, datetime, timedelta, timezone
from hashlib import sha256

from govern.ledger.strict import Digest
from govern.record.draft import Moment
from govern.record.events import LOG, About, Basis, Body, Common, Enrolment, Event, EventKind, Signer
from govern.record.models import (
    AdoptPolicy,
    Amend,
    Artefact,
    Change,
    Descriptor,
    RegisterModel,
    RegisterVersion,
    Sha256,
    Software,
    TestResult,
)
from govern.record.people import (
    Deputise,
    EndDeputy,
    Enrol,
    Erase,
    Founder,
    Grant,
    Hold,
    Lockout,
    Reaffirm,
    Refusal,
    ResetKey,
    RevokeKey,
    Root,
    RotateKey,
    TrailReview,
    Unlock,
    Withdraw,
    key_part,
)
from govern.record.reviews import (
    AddDocument,
    Attester,
    Challenge,
    CloseFinding,
    Comment,
    IssueReport,
    MeetCondition,
    Move,
    RaiseFinding,
    Recall,
    Recheck,
    RecordDecisions,
    RecordGate,
    RequestChanges,
    Respond,
    SignOff,
    Submit,
    Waive,
)
from tests.people import LOG_KEY, ORIGIN, Actor

ADA, BEA, RAE = Actor("ada"), Actor("bea"), Actor("rae")
RAE_AGAIN = Actor("rae", "again")
SINGAPORE = timezone(timedelta(hours=8))
ENROLMENT = About(index=1, leaf_hash=sha256(b"enrolment of rae").digest())
LATER = About(index=7, leaf_hash=sha256(b"what the thief signed").digest())

BODIES: dict[EventKind, Body] = {
    EventKind.ROOT: Root(
        version=1,
        log_keys=(LOG_KEY,),
        threshold=2,
        registrars=tuple(Founder(person=one.id, key=key_part(one.new_key)) for one in (ADA, BEA)),
        policy="two-person",
    ),
    EventKind.ENROL: Enrol(person=RAE.id, key=key_part(RAE.new_key), roles=("risk-officer", "validator")),
    EventKind.RESET_KEY: ResetKey(person=RAE.id, key=key_part(RAE_AGAIN.new_key)),
    EventKind.ROTATE_KEY: RotateKey(person=RAE.id, key=key_part(RAE_AGAIN.new_key)),
    EventKind.REVOKE_KEY: RevokeKey(person=RAE.id, keyid=RAE.pen.public.keyid, cause="compromised", suspect_since=7),
    EventKind.GRANT: Grant(person=RAE.id, roles=("model-owner",)),
    EventKind.WITHDRAW: Withdraw(person=RAE.id, roles=("validator",)),
    EventKind.LOCKOUT: Lockout(person=RAE.id, failures=5),
    EventKind.UNLOCK: Unlock(person=RAE.id),
    EventKind.HOLD: Hold(person=RAE.id, held=True),
    EventKind.ERASE: Erase(person=RAE.id),
    EventKind.REAFFIRM: Reaffirm(keyid=RAE.pen.public.keyid, stands=False),
    EventKind.TRAIL_REVIEW: TrailReview(first=0, last=8),
    EventKind.REFUSAL: Refusal(
        person=RAE.id, refused="grant", code="four_eyes.quorum", envelope=Digest.of(b"the envelope")
    ),
}

VERSION = Digest.of(b"the manifest")
FILE = Artefact(name="model/weights.ubj", size=4096, digest=Digest.of(b"the weights"))
BODIES |= {
    EventKind.MODEL: RegisterModel(
        model="credit-risk",
        card=Digest.of(b"the card"),
        owner=RAE.id,
        purpose="Probability of default of retail applicants",
        use_case="credit-scoring",
        risk_tier="high",
        jurisdictions=("EU", "US-NY"),
    ),
    EventKind.VERSION: RegisterVersion(
        model="credit-risk", version=VERSION, artefacts=(FILE,), parent=Digest.of(b"the manifest before")
    ),
    EventKind.EVIDENCE: TestResult(
        version=VERSION,
        result="WARNED",
        configuration=(Descriptor(name="evidence", digest=Sha256(sha256=Digest.of(b"evidence").value.hex())),),
        passed_tests=("auc",),
        warned_tests=("air",),
        failed_tests=(),
        evidence=Digest.of(b"evidence"),
        source=Digest.of(b"the rows"),
        software=(Software(name="fairlearn", version="0.13.0"),),
        sandbox="rlimits",
    ),
    EventKind.POLICY: AdoptPolicy(
        policy="credit-basic", release="1.0.0", digest=Digest.of(b"resolved"), source=Digest.of(b"yaml")
    ),
    EventKind.SUBMIT: Submit(version=VERSION),
    EventKind.COMMENT: Comment(version=VERSION, comment=Digest.of(b"salted")),
    EventKind.SIGN_OFF: SignOff(version=VERSION),
    EventKind.MOVE: Move(version=VERSION, before="approved", after="production", production_role="champion"),
    EventKind.REPORT: IssueReport(
        version=VERSION,
        report=Digest.of(b"pdf"),
        certificate=Digest.of(b"der"),
        template="validation-report",
    ),
}

BODIES |= {
    EventKind.AMEND: Amend(
        model="credit-risk",
        changes=(
            Change(what="risk_tier", before=("medium",), after=("high",)),
            Change(what="permitted_uses", before=(), after=("loans up to 40,000 €", "pre-approval")),
        ),
    ),
    EventKind.RECALL: Recall(version=VERSION),
    EventKind.REQUEST_CHANGES: RequestChanges(version=VERSION),
    EventKind.CHALLENGE: Challenge(version=VERSION, challenge=Digest.of(b"salted doubt"), anchor="evidence:auc"),
    EventKind.RESPONSE: Respond(version=VERSION, challenge=8, response=Digest.of(b"salted answer")),
    EventKind.FINDING: RaiseFinding(
        version=VERSION, title="No test for thin files", severity="high", owner=RAE.id, due=date(2027, 1, 31)
    ),
    EventKind.CLOSE_FINDING: CloseFinding(version=VERSION, finding=8),
    EventKind.CONDITION_MET: MeetCondition(version=VERSION, sign_off=8, condition=0),
    EventKind.WAIVER: Waive(
        version=VERSION,
        policy="credit-basic",
        check="psi",
        until=date(2027, 1, 31),
        category="mitigated",
        control="A person looks at every decline",
    ),
    EventKind.DOCUMENT: AddDocument(
        attester=Attester(id=ADA.id),
        references=(Descriptor(name="limits.md", digest=Sha256(sha256=Digest.of(b"# Limits").value.hex())),),
        version=VERSION,
        section="limitations",
        content=Digest.of(b"# Limits"),
        size=8,
        words=1,
    ),
    EventKind.RECHECK: Recheck(version=VERSION, check="auc"),
    EventKind.DEPUTY: Deputise(person=RAE.id, role="risk-officer", first=date(2026, 12, 20), last=date(2027, 1, 6)),
    EventKind.END_DEPUTY: EndDeputy(person=RAE.id, deputy=8),
    EventKind.GATE: RecordGate(
        version=VERSION,
        gate="production",
        environment="prod-eu",
        decision="needs_person",
        because=("approvals.committee.quorum",),
        policies=(Digest.of(b"the policy"),),
        judged=Digest.of(b"the dossier"),
        at=datetime(2026, 11, 20, 9, 5, 12, 345_000, tzinfo=UTC),
    ),
    EventKind.DECISIONS: RecordDecisions(
        version=VERSION,
        batch=Digest.of(b"the root"),
        rows=1200,
        declined=310,
        blocked=2,
        approve="score < 0.22",
        model=Digest.of(b"model.ubj"),
        dictionary=Digest.of(b"the dictionary"),
        reference="near_cutoff",
        population=Digest.of(b"the approved"),
        method="tree.patterns",
        software=(Software(name="govern", version="1.0.0"),),
        sandbox="process.rlimits",
    ),
}

WORDS: dict[EventKind, dict[str, object]] = {
    EventKind.SUBMIT: {"dossier": Digest.of(b"the dossier")},
    EventKind.SIGN_OFF: {"action": "sign_off", "meaning": "approved", "dossier": Digest.of(b"the dossier")},
}
NO_ENTRY = {EventKind.ROOT, EventKind.ENROL, EventKind.TRAIL_REVIEW, EventKind.REFUSAL}
NO_ENTRY |= {EventKind.MODEL, EventKind.VERSION, EventKind.POLICY}


def sample(kind: EventKind) -> Event:
    """Return the event whose statement lies in ``tests/vectors/golden/events``."""
    moment = Moment(datetime(2026, 11, 20, 17, 5, 12, 345_000, tzinfo=SINGAPORE), sha256(kind.encode()).digest())
    own = kind in {EventKind.LOCKOUT, EventKind.REFUSAL}
    about = None if kind in NO_ENTRY else LATER if kind is EventKind.REAFFIRM else ENROLMENT
    common = Common(
        event_id=moment.event_id,
        log_origin=ORIGIN,
        basis=Basis(size=9, root=sha256(b"root").digest()),
        signer=Signer(id=LOG, role=LOG, enrolment=Enrolment(index=0))
        if own
        else Signer(
            id=ADA.id, role="administrator", enrolment=Enrolment(index=0), identity_commitment=ADA.new_key.commitment
        ),
        signed_at=moment.now.astimezone(UTC),
        signed_at_offset=moment.offset,
    )
    more: dict[str, object] = {}
    if about:
        more["about"] = about
    if about is ENROLMENT:
        more["subject_seq"] = 3
    if not own:
        more["reason"] = "badge seen; „Prüfung“ 𝄞"
    if kind is EventKind.ROOT:
        # Every field that no kind of this release needs has its place in the format, too.
        more |= {
            "signed_offline": True,
            "action": "found",
            "meaning": "approved",
            "dossier": Digest.of(b"a dossier"),
        }
    return Event(common.model_copy(update=more | WORDS.get(kind, {})), BODIES[kind])


__all__ = ["ADA", "BEA", "BODIES", "RAE", "RAE_AGAIN", "sample"]
