"""Checks that a policy asks for without calling them so: what it says of data and of proxies, measured as checks are.

Each is named by its rule, ``data.evaluation.min_positives``, and judged at the place where that is written.
"""

from collections.abc import Iterator
from decimal import Decimal

from pydantic import Field

from govern.policy.clauses import DataSet, Proxies
from govern.policy.document import Check, Policy
from govern.policy.evidence import Planned
from govern.policy.metrics import ATTRIBUTION_SHARE, DAYS_AFTER, POSITIVES, PREDICTABILITY, SHARED_ROWS
from govern.policy.words import Number, Text

TRAINING, EVALUATION = "training", "evaluation"
OUT_OF_TIME = "out_of_time"
TOGETHER = (
    "measure it: `govern evaluate MODEL@V --data FILE --baseline FILE`, with the training data it was registered with"
)

MENDED = {
    POSITIVES: "measure it on data with more rows whose label is 1",
    SHARED_ROWS: "take the rows that stand in both out of one of them, and measure again",
    DAYS_AFTER: "measure it on rows of days after those of the training data",
    ATTRIBUTION_SHARE: "train without it, or find out what it stands for",
    PREDICTABILITY: "train without it, or show that it says more than the group",
}
"""What to do where a number that was measured is not within its limit."""


class Implied(Check):
    """A check that stands under another rule."""

    id: Text
    limits: dict[Text, Number] = Field(default={})
    """By column, the most that it may be; else ``min`` and ``max`` hold for everything that is measured."""

    @property
    def rule(self) -> str:
        return self.id

    def by_limit(self) -> Iterator[tuple["Implied", str | None]]:
        """Yield the check with each of its limits, and the column that it is of."""
        for column, most in self.limits.items():
            yield self.model_copy(update={"max": most}), column
        if not self.limits:
            yield self, None


def implied(policy: Policy) -> Iterator[Implied]:
    """Yield the checks that a policy implies, in its order."""
    for role, asked in policy.data.asked.items():
        yield from _of_data(f"data.{role}", role, asked)
    if policy.explainability and policy.explainability.proxies:
        yield from _of_proxies("explainability.proxies", policy.explainability.proxies)


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


def _of_proxies(rule: str, asked: Proxies) -> Iterator[Implied]:
    shares, told = asked.max_attribution_share, asked.max_predictability_of
    if shares:
        yield Implied(
            id=f"{rule}.max_attribution_share",
            metric=ATTRIBUTION_SHARE,
            of=tuple(sorted(shares)),
            limits=shares,
            remedy=f"measure it with the model itself: {_EVALUATE}, without --score and --prediction",
        )
    if told:
        check = Implied(
            id=f"{rule}.max_predictability_of",
            metric=PREDICTABILITY,
            by=told.attribute,
            max=told.auc,
            remedy=f"measure it: {_EVALUATE}, with a column for each attribute",
        )
        yield check.model_copy(update={"min_group_size": told.min_group_size})


_EVALUATE = "`govern evaluate MODEL@V --data FILE`"
