"""Checks that a policy asks for without calling them so: what it says of data and of proxies, measured as checks are.

Each is named by its rule, ``data.evaluation.min_positives``, and judged at the place where that is written.
"""

from collections.abc import Iterator
from decimal import Decimal

from govern.policy.clauses import DataSet
from govern.policy.document import Check, Policy
from govern.policy.evidence import Planned
from govern.policy.metrics import DAYS_AFTER, POSITIVES, SHARED_ROWS
from govern.policy.words import Text

TRAINING, EVALUATION = "training", "evaluation"
OUT_OF_TIME = "out_of_time"
TOGETHER = (
    "measure it: `govern evaluate MODEL@V --data FILE --baseline FILE`, with the training data it was registered with"
)


class Implied(Check):
    """A check that stands under another rule."""

    id: Text

    @property
    def rule(self) -> str:
        return self.id


def implied(policy: Policy) -> Iterator[Implied]:
    """Yield the checks that a policy implies, in its order."""
    for role, asked in policy.data.asked.items():
        yield from _of_data(f"data.{role}", role, asked)


def plan(policy: Policy) -> tuple[Planned, ...]:
    """Return what is to be measured for every check, those implied after those written."""
    return (*policy.plan(), *(policy.planned(one) for one in implied(policy)))


def every(policy: Policy) -> tuple[Check, ...]:
    """Return the checks of a policy, those implied after those written."""
    return (*policy.checks, *implied(policy))


def is_dated(asked: DataSet) -> bool:
    """Say whether the days of rows are read from a column, and not from what is on record."""
    return asked.kind == OUT_OF_TIME and asked.dated_by is not None


def _of_data(rule: str, role: str, asked: DataSet) -> Iterator[Implied]:
    if role == EVALUATION and asked.min_positives:
        least = Decimal(asked.min_positives)
        yield Implied(id=f"{rule}.min_positives", metric=POSITIVES, min=least, remedy=f"measure it: {_EVALUATE}")
    apart = Implied(
        id=f"{rule}.disjoint_from",
        metric=SHARED_ROWS,
        of=asked.disjoint_by,
        against=TRAINING,
        max=Decimal(0),
        remedy=TOGETHER,
    )
    if asked.disjoint_from:
        # Whichever of the two says it: what is measured are the rows of the one that stand in the other.
        yield apart
    if role != EVALUATION or asked.kind is None:
        return
    if is_dated(asked):
        yield Implied(
            id=f"{rule}.kind",
            metric=DAYS_AFTER,
            of=(str(asked.dated_by),),
            against=TRAINING,
            min=Decimal(1),
            remedy=TOGETHER,
        )
    elif asked.kind != OUT_OF_TIME and not asked.disjoint_from:
        yield apart.model_copy(update={"id": f"{rule}.kind"})


_EVALUATE = "`govern evaluate MODEL@V --data FILE`"
