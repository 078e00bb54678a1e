"""What a judge says: findings, one for each rule and group, and the decision they add up to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from govern.ledger.strict import write_time
from govern.policy.decimals import write_decimal
from govern.policy.modes import Mode

if TYPE_CHECKING:
    from govern.policy.resolve import Resolved


class Verdict(StrEnum):
    """What one rule says of one number; only the first two let anything through."""

    PASS = "pass"  # noqa: S105  no password
    WARN = "warn"
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    NOT_MEASURED = "not_measured"
    WAIVED = "waived"
    NOT_APPLICABLE = "not_applicable"


class Decision(StrEnum):
    ALLOW = "allow"
    DENY = "deny"
    NEEDS_PERSON = "needs_person"
    NOT_APPLICABLE = "not_applicable"
    NOTHING_CHECKED = "nothing_checked"


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule, judged."""

    policy: str
    version: str
    rule: str
    """Where in the policy, e.g. ``checks.auc``."""
    place: str
    """``file:line:column`` of the rule."""
    verdict: Verdict
    message: str
    effect: Decision = Decision.ALLOW
    """What it asks of the decision."""
    reason: str = ""
    """Why, in one word, where the rule alone does not say it."""
    value: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    limit: str = ""
    n: int | None = None
    group: Mapping[str, str | None] | None = None
    against: Mapping[str, str | None] | None = None
    remedy: str = ""
    """What to do next."""
    clauses: tuple[str, ...] = ()
    """The citations that the rule stands on."""

    @property
    def id(self) -> str:
        return f"{self.rule}.{self.reason}" if self.reason else self.rule

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "policy": self.policy,
            "version": self.version,
            "rule": self.rule,
            "place": self.place,
            "verdict": self.verdict.value,
            "message": self.message,
            "value": _written(self.value),
            "low": _written(self.low),
            "high": _written(self.high),
            "limit": self.limit or None,
            "n": self.n,
            "group": None if self.group is None else dict(self.group),
            "against": None if self.against is None else dict(self.against),
            "remedy": self.remedy or None,
            "clauses": list(self.clauses),
        }


@dataclass(frozen=True, slots=True)
class Judgement:
    """A decision at an instant, the rules that made it, and everything that was found."""

    decision: Decision
    because: tuple[str, ...]
    findings: tuple[Finding, ...]
    policies: "tuple[Resolved, ...]"
    """Those that were judged by."""
    at: datetime
    mode: Mode = Mode.ENFORCE
    """The strictest of those that were judged by."""

    def as_json(self) -> dict[str, Any]:
        """Return what ``check --json`` and ``gate --json`` say, without their schema."""
        policies = [
            {"id": one.policy.id, "version": one.policy.version, "sha256": one.digest.value.hex()}
            for one in self.policies
        ]
        return {
            "decision": self.decision.value,
            "because": list(self.because),
            "findings": [finding.as_json() for finding in self.findings],
            "policy": policies[0] if policies else None,
            "policies": policies,
            "at": write_time(self.at),
            "mode": self.mode.value,
        }


def finding(  # noqa: PLR0913, PLR0917  a finding has as many fields
    rules: "Resolved",
    rule: str,
    verdict: Verdict,
    message: str,
    effect: Decision = Decision.ALLOW,
    reason: str = "",
    *,
    limit: str = "",
    n: int | None = None,
    remedy: str = "",
    value: Decimal | None = None,
) -> Finding:
    """Return what there is to say of a rule, at its place in the policy."""
    place = rules.places.get(rule, rules.places["policy"])
    return Finding(
        rules.policy.id,
        rules.policy.version,
        rule,
        place,
        verdict,
        message,
        effect,
        reason,
        limit=limit,
        n=n,
        remedy=remedy,
        value=value,
    )


def _written(number: Decimal | None) -> str | None:
    return None if number is None else write_decimal(number)
