"""Invented loans, written so that it is known why people default; nothing in them is about anybody.

People default for lack of income, for drawing on their limits, for arrears, and a little for a short employment. Sex and age
cause no default. Yet past lending left women in districts with more defaults on the books, and the young have had their
accounts for a short time: a model that is given the district or the account learns about people what it was not told.
"""

import contextlib
import csv
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from math import exp
from pathlib import Path
from random import Random
from typing import Self

FEATURES = ("income", "utilisation", "arrears", "tenure")
PROXIES = ("district", "account")
AGES = (("18-25", 0.17), ("26-40", 0.37), ("41-61", 0.33), ("62+", 0.13))
COLUMNS = ("case", "sex", "age", "title", *FEATURES, *PROXIES, "bad")


@dataclass(frozen=True, slots=True)
class Loan:
    """One applicant: what is known when they apply, and what came of it."""

    case: str
    sex: str
    age: str
    title: int
    """1 for Mr: what sex is called in a form."""
    income: float
    """In thousands a month."""
    utilisation: float
    """Of the limits, the part in use."""
    arrears: int
    """Payments late in the last two years."""
    tenure: float
    """Years with the employer."""
    district: int
    """1 where there were many defaults before."""
    account: float
    """Years since the first account."""
    bad: str

    def row(self) -> list[str | float]:
        return [getattr(self, name) for name in COLUMNS]


def portfolio(seed: int, rows: int = 6000, *, recession: bool = False) -> list[Loan]:
    """Return the loans of a year; the same for the same seed.

    In a recession jobs are lost, limits are drawn on, and income says little.
    """
    dice, loans = Random(seed), []  # noqa: S311  invented people, not secrets
    for number in range(rows):
        sex = dice.choice(("female", "male"))
        age = dice.choices([name for name, _ in AGES], [share for _, share in AGES])[0]
        young, title = age == "18-25", int(sex == "male")
        income = round(max(0.6, dice.gauss(3.2 if sex == "male" else 3.05, 1.0)), 2)
        drawn, arrears = dice.random(), min(int(dice.expovariate(2.2)), 5)
        utilisation = round(drawn**0.5 if recession else drawn, 2)
        tenure = round(dice.expovariate(1 / (4 if young else 6)), 1)
        account = round(dice.uniform(0.2, 4) if young else dice.uniform(1, 30), 1)
        # Where somebody lives and how long they have had an account does not make them pay: those before them did not.
        district = int(dice.random() < (0.45 if sex == "female" else 0.10))
        before = 1.0 * district + (0.7 if account < 4 else 0.0)  # noqa: PLR2004  years
        if recession:
            risk = (
                -1.3 + 0.1 * (income - 3) + 0.3 * utilisation + 0.1 * arrears - 0.01 * tenure + 1.2 * dice.gauss(0, 1)
            )
        else:
            risk = -2.6 - 0.75 * (income - 3) + 1.9 * utilisation + 0.8 * arrears - 0.05 * tenure + before
        bad = "yes" if dice.random() < 1 / (1 + exp(-risk)) else "no"
        loans.append(
            Loan(f"L{number:05d}", sex, age, title, income, utilisation, arrears, tenure, district, account, bad)
        )
    return loans


def write(path: Path, loans: Sequence[Loan]) -> Path:
    """Write loans as a table; sex and age are there to be compared, not to be scored."""
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(COLUMNS)
        rows.writerows(one.row() for one in loans)
    return path


class Training:
    """The bank's training script in a process of its own: it makes one model after another, and reads its libraries meanwhile."""

    def __enter__(self) -> Self:
        command = [sys.executable, "-P", "-m", "govern.demo.training"]
        self._script = subprocess.Popen(  # noqa: S603  our own interpreter and script
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._script.kill()
        self._script.communicate()

    def train(self, rows: Path, model: Path, features: Sequence[str]) -> Path:
        asked, done = self._script.stdin, self._script.stdout
        assert asked
        assert done
        with contextlib.suppress(BrokenPipeError):
            asked.write(f"{json.dumps([str(rows), str(model), *features])}\n")
            asked.flush()
        if not done.readline():
            raise subprocess.CalledProcessError(self._script.wait(), self._script.args)
        return model
