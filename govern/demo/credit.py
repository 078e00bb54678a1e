"""A small portfolio of loans, and a scorecard trained on it; every cause of a default is written here.

Applicants differ in income, in how much of their limits they use, and in arrears. Who lives in which district follows from
who they are, not from how they pay; income follows a little from sex. A model that is given the district therefore learns
about people what it was not told.
"""

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log
from pathlib import Path
from random import Random

ROWS = 6000
FEATURES = ("income", "utilisation", "arrears")
PROXY = "district"
CUT_OFF = 0.22
_STEPS = 8


@dataclass(frozen=True, slots=True)
class Loan:
    """One applicant: what is known when they apply, and what came of it."""

    case: str
    sex: str
    income: float
    utilisation: float
    arrears: float
    district: float
    bad: bool

    def inputs(self, features: Sequence[str]) -> list[float]:
        return [1.0, *(float(getattr(self, name)) for name in features)]


def portfolio(seed: int) -> list[Loan]:
    """Return the loans of a year; the same for the same seed."""
    dice = Random(seed)  # noqa: S311  invented people, not secrets
    loans = []
    for number in range(ROWS):
        sex = dice.choice(("female", "male"))
        income = dice.gauss(0.0 if sex == "female" else 0.15, 1.0)
        utilisation, arrears = dice.random(), float(dice.random() < 0.12)  # noqa: PLR2004  one in eight
        # Past lending left women in other districts, and those districts with more defaults on the books.
        district = float(dice.random() < (0.45 if sex == "female" else 0.12))
        risk = -2.1 - 0.55 * income + 1.1 * utilisation + 1.3 * arrears + 0.9 * district
        loans.append(
            Loan(f"L{number:05d}", sex, income, utilisation, arrears, district, dice.random() < _logistic(risk))
        )
    return loans


@dataclass(frozen=True, slots=True)
class Scorecard:
    """A logistic regression: an intercept and a weight for each feature."""

    features: tuple[str, ...]
    weights: tuple[float, ...]

    @classmethod
    def trained(cls, loans: Sequence[Loan], features: tuple[str, ...]) -> "Scorecard":
        """Return the scorecard that fits best, by Newton's method."""
        weights = [log(sum(one.bad for one in loans) / len(loans)), *(0.0 for _ in features)]
        rows = [(one.inputs(features), float(one.bad)) for one in loans]
        for _ in range(_STEPS):
            size = len(weights)
            slope, bend = [0.0] * size, [[0.0] * size for _ in range(size)]
            for inputs, bad in rows:
                chance = _logistic(sum(weight * value for weight, value in zip(weights, inputs, strict=True)))
                for row in range(size):
                    slope[row] += (bad - chance) * inputs[row]
                    for column in range(size):
                        bend[row][column] += chance * (1 - chance) * inputs[row] * inputs[column]
            weights = [weight + step for weight, step in zip(weights, _solved(bend, slope), strict=True)]
        return cls(features, tuple(round(weight, 6) for weight in weights))

    def score(self, loan: Loan) -> float:
        """Return the probability of default."""
        return _logistic(sum(w * v for w, v in zip(self.weights, loan.inputs(self.features), strict=True)))

    def write(self, path: Path) -> None:
        weights = dict(zip(("intercept", *self.features), (str(weight) for weight in self.weights), strict=True))
        path.write_text(json.dumps({"kind": "scorecard", "weights": weights}, indent=2) + "\n", encoding="utf-8")


def write_scored(path: Path, loans: Sequence[Loan], card: Scorecard) -> None:
    """Write what the model says of each loan beside what came of it; sex is there to be compared, not to be scored."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("case", "sex", "bad", "pd", "declined"))
        for one in loans:
            chance = round(card.score(one), 6)
            rows.writerow((one.case, one.sex, _word(one.bad), f"{chance:.6f}", _word(chance >= CUT_OFF)))


def _word(said: bool) -> str:  # noqa: FBT001  a yes or a no
    return "yes" if said else "no"


def _logistic(value: float) -> float:
    return 1 / (1 + exp(-value))


def _solved(matrix: list[list[float]], right: list[float]) -> list[float]:
    """Return the solution of a small system of equations, by elimination."""
    size = len(right)
    rows = [[*matrix[row], right[row]] for row in range(size)]
    for pivot in range(size):
        for row in range(pivot + 1, size):
            factor = rows[row][pivot] / rows[pivot][pivot]
            rows[row] = [one - factor * other for one, other in zip(rows[row], rows[pivot], strict=True)]
    found = [0.0] * size
    for row in reversed(range(size)):
        rest = sum(rows[row][column] * found[column] for column in range(row + 1, size))
        found[row] = (rows[row][size] - rest) / rows[row][row]
    return found
