"""A small portfolio with a policy on reasons, and the words that its declined are told."""

import random
from pathlib import Path

DICTIONARY = """\
schema: govern/reasons/v1
reasons:
  income: {code: R01, text_low: Income too low for the amount asked for, text_high: Income}
  debt: {code: R02, text_high: Too much debt beside the income, text_low: Debt}
  noise: {code: R09, text: Something else}
"""
POLICY = """\
schema: govern/policy/v1
id: credit
version: 1.0.0
owner: model-risk
applies_to: {use_case: credit-scoring}
checks:
  - {id: auc, metric: roc_auc, min: 0.65, confidence: {resamples: 100, decide_on: lower}}
  - {id: reasons, metric: reason_coverage, min: 1, remedy: give every reason its words}
gates:
  validated: {checks: all}
"""


def applicants(path: Path, rows: int = 900) -> list[tuple[float, float, float, int]]:
    draw, made = random.Random(3), []
    for _ in range(rows):
        income, debt, noise = draw.gauss(0, 1), draw.random(), draw.random()
        made.append((income, debt, noise, int(draw.random() < 1 / (1 + 2.7 ** (1.5 * income - 2 * debt + 1.2)))))
    lines = [
        f"L{place:04d},{a:.3f},{b:.3f},{c:.3f},{'yes' if bad else 'no'}" for place, (a, b, c, bad) in enumerate(made)
    ]
    path.write_text("\n".join(["case,income,debt,noise,bad", *lines]) + "\n")
    return made
