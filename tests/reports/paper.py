"""A report to test with: six groups, one finding of every verdict, two signatures."""

from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256

from govern.ledger.keys import Pen
from govern.ledger.note import Checkpoint, KeyType, VerifierKey, sign_note
from govern.ledger.strict import Digest, canonical
from reports.source import (
    Artefact,
    Change,
    Code,
    Condition,
    Document,
    Excluded,
    Finding,
    Issue,
    Log,
    Model,
    NotTested,
    Person,
    Policy,
    Reasons,
    ReportSource,
    Row,
    Signature,
    Since,
    Status,
    Table,
    Verdict,
    Version,
)
from tests.people import LOG_KEY, LOG_PEN, ORIGIN, Actor

SINGAPORE = timezone(timedelta(hours=8))
AT = datetime(2026, 11, 20, 17, 5, 12, tzinfo=SINGAPORE)


def digest(word: str) -> Digest:
    return Digest.of(word.encode())


DOSSIER = canonical(
    {
        "schema": "govern/dossier/v1",
        "version": str(digest("version")),
        "policy": str(digest("policy")),
        "evidence": {"fairness": {"blob": str(digest("evidence")), "source": str(digest("data"))}},
        "documents": {},
        "findings": [],
        "waivers": [],
    }
)

CHECKPOINT = sign_note(str(Checkpoint(ORIGIN, 42, digest("root").value)), ORIGIN, LOG_PEN.private).decode()

LOG = Log(str(LOG_KEY), sha256(b"genesis").hexdigest(), CHECKPOINT, registrars=2, threshold=2)

FINDINGS = (
    Finding("fair-1", "Selection of each group against the highest", "consumer-credit", Verdict.FAIL, "adverse_impact_ratio", "0.7419", "0.6911", "0.7964", ">= 0.80", 48842, ("age: under 25",), "Look for a less discriminatory cut-off, or file a waiver."),
    Finding("perf-1", "Ranks good above bad", "consumer-credit", Verdict.PASS, "roc_auc", "0.8123", "0.8021", "0.8224", ">= 0.75", 48842),
    Finding("perf-2", "Calibration of the score", "consumer-credit", Verdict.WARN, "expected_calibration_error", "0.0312", "0.0287", "0.0339", "<= 0.03", 48842, (), "Recalibrate before the next period."),
    Finding("fair-2", "Equal opportunity between the sexes", "consumer-credit", Verdict.INCONCLUSIVE, "equal_opportunity_difference", "0.0481", "-0.0102", "0.1063", "<= 0.05", 812, ("sex",), "Gather at least 1,400 cases with an outcome."),
    Finding("rc-9", "Reasons stay under small changes", "consumer-credit", Verdict.NOT_MEASURED, "reason_stability", None, None, None, ">= 0.90", None, (), "Run `govern evaluate` with --reasons."),
    Finding("drift-1", "Population stability of income", "two-person", Verdict.WAIVED, "population_stability_index", "0.1312", None, None, "< 0.10", 48842, (), "Waived until 2027-02-01, #31."),
    Finding("ll-1", "Impact ratio by intersection", "two-person", Verdict.NOT_APPLICABLE, "impact_ratio"),
)  # fmt: skip

TABLE = Table(
    "fairness",
    "Selection rate by age",
    "selection_rate",
    "age",
    "2026-07-01 to 2026-09-30",
    "95 % bootstrap, 2,000 resamples",
    (
        Row("under 25", 6021, "0.460222554393", "0.447635940873", "0.472809167913", "measured"),
        Row("25 to 39", 18211, "0.6013", "0.5941", "0.6085", "measured"),
        Row("40 to 54", 15114, "0.6203", "0.6125", "0.6281", "measured"),
        Row("55 to 69", 8102, "0.5871", "0.5763", "0.5979", "measured"),
        Row("70 and over", 1388, "0.5122", "0.4859", "0.5385", "measured"),
        Row("not stated", 6, None, None, None, "fewer than 30 cases"),
    ),
    (Excluded("negative age", 3, "not a possible value"),),
    limit="0.49624",
    limit_words="0.80 of the highest rate, rule fair-1",
)

ANA, VIC, RAE = Actor("ana"), Actor("vic"), Actor("rae")

SOURCE = ReportSource(
    report_id="R-2026-0017",
    status=Status.FINAL,
    demo=False,
    software="Govern 0.1.0",
    as_of=AT,
    data_period="2026-07-01 to 2026-09-30",
    decision="Approved with conditions",
    model=Model(
        "credit-risk",
        "Estimates the probability that an applicant for a consumer loan defaults within twelve months.",
        "Retail Credit",
        "1",
        ("consumer loans up to 40,000", "pre-approval of existing customers"),
        ("mortgages", "collection of debts"),
    ),
    version=Version(
        "credit-risk@7",
        digest("version"),
        "approved",
        datetime(2026, 11, 18, 9, 31, 4, tzinfo=UTC),
        12,
        (
            Artefact("model.onnx", "model", 482113, digest("model")),
            Artefact("training/2026q2.parquet", "training data", 91882113, digest("training")),
            Artefact("validation/2026q3.parquet", "validation data", 18211004, digest("data")),
        ),
    ),
    policies=(
        Policy("consumer-credit", "2.1.0", "Consumer credit, high tier", digest("policy")),
        Policy("two-person", "1.0.0", "Two people sign", digest("two")),
    ),
    people=(
        Person("Ana Prado", "ana", ANA.id, ("developer",), True),
        Person("Viktor Šlesarčík", "vic", VIC.id, ("validator",), False),
        Person("Rae Okonkwo-Lindqvist", "rae", RAE.id, ("risk-officer",), False),
    ),
    findings=FINDINGS,
    tables=(TABLE,),
    not_tested=(NotTested("Robustness to missing income", "no rule asks for it in this tier"),),
    signatures=(
        Signature(
            "Viktor Šlesarčík",
            VIC.id,
            "validator",
            "validated",
            "Reproduced all figures from the scored file.",
            AT,
            38,
            VIC.pen.public.keyid,
            "valid",
        ),
        Signature(
            "Rae Okonkwo-Lindqvist",
            RAE.id,
            "risk-officer",
            "approved_with_conditions",
            "The fairness finding is accepted for one quarter under the conditions given.",
            AT + timedelta(minutes=41),
            41,
            RAE.pen.public.keyid,
            "valid",
            ("No use for applicants under 25 before a new cut-off is signed.",),
        ),
    ),
    dossier=DOSSIER,
    log=LOG,
    entries=(0, 1, 2, 12, 30, 38, 41),
    reasons=Reasons(
        "score < 0.22",
        "approved applicants nearest to the cut-off",
        512,
        str(digest("reference")),
        str(digest("dictionary")),
        901,
        200,
        198,
        (
            Code("R01", "Income too low for the amount asked for", 121, 170),
            Code("R02", "Too much of the limits in use", 60, 122),
            Code("R03", "Payments late in the last two years", 17, 40),
        ),
        (("district counted against this applicant, and the dictionary has no words for it", "2"),),
        37,
    ),
    conditions=("No use for applicants under 25 before a new cut-off is signed.", "Recalibrate before 2027-02-01."),
    owed=(Condition("Recalibrate", "ana", "2027-02-01", "open", 41),),
    issues=(
        Issue("finding", 33, "high: no test for thin files", "ana", "2027-01-31", "open"),
        Issue("challenge", 34, "about evidence:auc", "vic", "", "answered, #35"),
        Issue(
            "waiver",
            31,
            "two-person psi, mitigated: a person looks at every decline",
            "rae",
            "2027-02-01",
            "until 2027-02-01",
        ),
    ),
    documents=(Document("limitations", "limits.md", str(digest("limits")), "ana", 29),),
    since=Since(
        "credit-risk@6",
        11,
        (
            Change("artefact model.onnx", str(digest("before")), str(digest("model")), True),
            Change("metric auc", "0.80", "0.81", False),
            Change("parameter depth", None, "3", True),
        ),
    ),
)

__all__ = ["KeyType", "Pen", "VerifierKey"]
