"""A report whose policies have references: one covered by a rule of every verdict, one by nothing."""

from dataclasses import replace

from reports.clauses import Clause, Control, Cover, Rules
from reports.source import Finding, Verdict
from tests.reports.paper import FINDINGS, SOURCE, digest

NAME = "consumer-credit 2.1.0"
TEXT = """\
schema: govern/policy/v1
id: consumer-credit
version: "2.1.0"
checks:
  - id: fair-1
    metric: adverse_impact_ratio
    min: 0.8  # min_air, screening/four-fifths/1.0.0.yaml:12
  - id: perf-1
    metric: roc_auc
approvals:
  validation:
    role: validator
"""
CLAUSES = (
    Clause(
        "us-sr-26-2",
        "SR 26-2, model risk management",
        "is in force since 2026-04-17",
        "https://example.org/sr-26-2",
        ("SR 11-7, which is no longer in force, 2026-04-16 was its last day",),
    ),
    Clause("regb-9", "12 CFR 1002.9, notifications", "is in force since 2011-12-30", "https://example.org/b"),
    Clause("house-7", "Rule 7 of the house"),
)
BY_CLAUSE = {"fair-1": ("regb-9",), "perf-1": ("us-sr-26-2",), "perf-2": ("us-sr-26-2",), "fair-2": ("regb-9",)}
JUDGED = tuple(
    replace(one, policy=NAME, clauses=BY_CLAUSE.get(one.rule, ()), place=f"consumer-credit.yaml:{30 + place}")
    for place, one in enumerate(FINDINGS)
)
RULES = Rules(
    name=NAME,
    title="Consumer credit, high tier",
    digest=digest("policy"),
    adopted="adopted in #9",
    meant_for="models for credit-scoring of the tier high",
    in_force="from 2026-01-01, until 2027-12-31; to be reviewed by 2027-06-01",
    mode="enforce, it stops what it denies",
    said=(
        ("Checks", ("fair-1: adverse_impact_ratio has to be at least 0.8. Failing it blocks.", "perf-1: roc_auc.")),
        ("Exceptions", ("No failing check can be waived.",)),
    ),
    controls=(
        Control("mrm", "us-sr-26-2", "testing", tuple(Cover(one.rule, f"check {one.rule}") for one in JUDGED)),
        Control(
            "notices",
            "regb-9",
            "",
            (
                Cover("fair-1", "check fair-1"),
                Cover("approvals.validation", "approval validation", "no gate asks for it"),
                Cover("monitoring.drift", "monitoring drift", "begins in production"),
            ),
        ),
        Control("seven", "house-7", "", ()),
    ),
    text=TEXT,
    places=((1, "consumer-credit.yaml:1"), (5, "consumer-credit.yaml:30"), (8, "consumer-credit.yaml:31")),
)
APPROVALS = (
    Finding("approvals.validation", "validation has 1 of 1 signatures", NAME, Verdict.PASS, "", clauses=("regb-9",)),
)
RULED = replace(SOURCE, rules=(RULES,), clauses=CLAUSES, findings=JUDGED, approvals=APPROVALS)
