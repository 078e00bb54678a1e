"""A bank with a model on its way from registration to a sealed report, a stage at a time."""

import csv
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.cli.terminal import Terminal, signed

POLICY = """\
schema: govern/policy/v1
id: credit
version: 1.0.0
owner: model-risk
applies_to: {use_case: credit-scoring}
checks:
  - {id: auc, metric: roc_auc, min: 0.65, confidence: {resamples: 100, decide_on: lower}}
  - id: four-fifths
    metric: adverse_impact_ratio
    by: [sex]
    min: 0.80
    favourable: {outcome: "no"}
    confidence: {resamples: 100, decide_on: interval}
approvals:
  validation: {role: validator, quorum: 1}
  committee: {role: risk-officer, quorum: 2, not_same_as: [validation]}
gates:
  validated: {from: [in_review], checks: all, approvals: [validation]}
  production: {from: [validated], checks: all, approvals: [validation, committee]}
"""
COLUMNS = ["--label", "bad", "--prediction", "declined", "--score", "pd", "--positive", "yes"]
PEOPLE = {"ana": "developer", "olga": "model-owner", "vic": "validator", "rob": "risk-officer", "gus": "auditor"}


def enrol(bank: Terminal) -> None:
    """Enrol everybody; olga owns models, and may validate what is not hers."""
    for name, role in PEOPLE.items():
        bank.enrol(name, role, "ada", "bea")
    bank.ok("person", "grant", "olga", "--role", "validator", *signed("ada", "bea"))


def register(bank: Terminal) -> None:
    """Adopt a policy, and register a model and a first version."""
    (bank.folder / "credit.yaml").write_text(POLICY)
    bank.ok("policy", "adopt", "credit.yaml", "--as", "rae")
    (bank.folder / "card.yaml").write_bytes(bank.ok("model", "new").raw)
    bank.ok("model", "register", "--card", "card.yaml", "--as", "ana")
    (bank.folder / "model.bin").write_text("trained with the district")
    bank.ok("version", "register", "credit-risk", "model.bin", "--param", "eta=0.1", "--as", "ana")


def measure(bank: Terminal) -> None:
    """Measure a version that fails, and another that is fair; ask for its review."""
    scored(bank.folder / "unfair.csv", stricter=0.25)
    evaluate(bank, "credit-risk@1", "unfair.csv")
    (bank.folder / "model.bin").write_text("trained without the district")
    more = ["--param", "eta=0.1", "--parent", "credit-risk@1"]
    bank.ok("version", "register", "credit-risk", "model.bin", *more, "--as", "ana")
    scored(bank.folder / "fair.csv", stricter=0)
    evaluate(bank, "credit-risk@2", "fair.csv")
    bank.ok("submit", "credit-risk@2", "--as", "ana")


def review(bank: Terminal) -> None:
    """Let others sign the second version, and take it to production."""
    for name, meaning in (("vic", "validated"), ("rae", "approved"), ("rob", "approved")):
        bank.ok("sign", "credit-risk@2", "--meaning", meaning, "--reason", "evidence complete", "--as", name)
    bank.ok("move", "credit-risk@2", "--to", "validated", "--reason", "review closed", "--as", "rae")
    champion = ["--to", "production", "--as-role", "champion"]
    bank.ok("move", "credit-risk@2", *champion, "--reason", "go-live", "--as", "rae")


def prove(bank: Terminal) -> None:
    """Write the report and the bundle."""
    bank.ok("report", "credit-risk@2", "-o", "report.pdf", "--as", "gus")
    bank.ok("bundle", "credit-risk@2", "-o", "bundle.zip", "--report", "report.pdf")


def evaluate(bank: Terminal, version: str, data: str) -> None:
    bank.ok("evaluate", version, "--data", data, *COLUMNS, "--as", "vic")


def scored(path: Path, *, stricter: float, rows: int = 2000) -> None:
    """Write scored cases; women are declined from a risk on that is lower by ``stricter``."""
    draw = random.Random(1)
    with path.open("w", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(["sex", "pd", "declined", "bad"])
        for _ in range(rows):
            sex, risk = draw.choice("FM"), draw.betavariate(2, 4)
            limit = 0.55 - (stricter if sex == "F" else 0)
            bad = "yes" if draw.random() < risk else "no"
            lines.writerow([sex, f"{risk:.4f}", "yes" if risk > limit else "no", bad])


def in_days(number: int) -> str:
    return str((datetime.now(UTC) + timedelta(days=number)).date())
