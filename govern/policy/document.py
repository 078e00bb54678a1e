"""A policy as a typed value: what may be written, and nothing else.

The digest is of what was written, as the types read it: no defaults, so that a new release does not change it and void
approvals; numbers in their one spelling, one text and a list of one alike.
"""

from collections.abc import Iterator
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from govern.ledger.strict import Digest, canonical
from govern.policy.evidence import Attribute, Interval, Planned
from govern.policy.validity import Period
from govern.policy.words import AtLeast, Count, Day, Id, Length, Number, RoleNames, Semver, Some, Text, Texts

ALL = "all"
CURRENT = "current"
MAKERS = "makers"
MOST = 100
"""Of approvals and of gates."""
MOST_CHECKS = 1000


class Stage(StrEnum):
    """Where a version stands; a gate is named after the stage it leads to."""

    REGISTERED = "registered"
    IN_REVIEW = "in_review"
    VALIDATED = "validated"
    APPROVED = "approved"
    PRODUCTION = "production"
    SUSPENDED = "suspended"
    RETIRED = "retired"


class Clause(BaseModel):
    """A part of a policy: frozen, and nothing in it that is not named here."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class Effective(Clause):
    from_: Day | None = Field(default=None, alias="from")
    until: Day | None = None
    review_by: Day | None = None

    @property
    def period(self) -> Period:
        return Period.of_days(self.from_, self.until)


class Profile(Clause):
    """What a model is; in a policy, which models it is for."""

    use_case: Texts = ()
    risk_tier: Texts = ()
    jurisdictions: Texts = ()
    tags: dict[str, Texts] = {}

    def covers(self, model: "Profile") -> bool:
        """Say whether ``model`` has, for everything named here, one of the values named."""
        asked = [(self.use_case, model.use_case), (self.risk_tier, model.risk_tier)]
        asked += [(self.jurisdictions, model.jurisdictions)]
        asked += [(values, model.tags.get(name, ())) for name, values in self.tags.items()]
        return all(not values or set(values) & set(found) for values, found in asked)


class Sensitive(Clause):
    """A column that nobody may be disadvantaged by."""

    column: Text
    groups: Texts | None = None
    reference: Text | None = None


class Data(Clause):
    sensitive: dict[Id, Sensitive] = {}


class Favourable(Clause):
    """The decision that is good for the person it is about."""

    outcome: Text


class DecideOn(StrEnum):
    POINT = "point"
    LOWER = "lower"
    UPPER = "upper"
    INTERVAL = "interval"


class Confidence(Clause):
    method: Literal["bootstrap"] = "bootstrap"
    level: Number = Decimal("0.95")
    resamples: Count = 1000
    decide_on: DecideOn = DecideOn.INTERVAL


class Check(Clause):
    id: Id
    metric: Text
    by: Texts = ()
    min: Number | None = None
    max: Number | None = None
    warn_below: Number | None = None
    warn_above: Number | None = None
    favourable: Favourable | None = None
    min_group_size: Count = 0
    small_groups: Literal["fail", "report"] = "report"
    confidence: Confidence | None = None
    on_fail: Literal["block", "warn"] = "block"
    on_inconclusive: Literal["needs_review", "block"] = "needs_review"
    remedy: Text = ""


class Approval(Clause):
    role: RoleNames
    quorum: Count = 1
    not_same_as: Texts = ()
    after: Texts = ()
    expires: Length | None = None


class Gate(Clause):
    from_: Texts = Field(default=(), alias="from")
    checks: Texts = ()
    approvals: Texts = ()
    environments: Texts = ()


class Documentation(Clause):
    required: Texts = ()
    min_words: dict[Id, Count] = {}


class Measured(Clause):
    role: RoleNames
    not_same_as: Texts = ()


class EvidenceOf(Clause):
    """Who has to have measured, or measured again to the same digest, for evidence to count."""

    measured_by: Measured


class Sponsors(Clause):
    role: RoleNames
    quorum: Count = 1
    not_same_as: Texts = ()


class Waivers(Clause):
    """Which failing checks may be accepted for a while, for how long, and by whom."""

    allowed_for: Texts = ()
    never_for: Texts = ()
    max_duration: Length
    max_renewals: Count = 0
    requires: Sponsors

    def allow(self, check: str) -> bool:
        named = check in self.allowed_for or ALL in self.allowed_for
        return named and not {check, ALL} & set(self.never_for)


class Policy(Clause):
    schema_: Literal["govern/policy/v1"] = Field(alias="schema")
    requires: AtLeast | None = None
    id: Id
    version: Semver
    title: Text = ""
    owner: Text
    effective: Effective = Effective()
    applies_to: Profile = Profile()
    data: Data = Data()
    checks: Annotated[tuple[Check, ...], Some, Field(max_length=MOST_CHECKS)] = ()
    approvals: Annotated[dict[Id, Approval], Field(max_length=MOST)] = {}
    gates: Annotated[dict[Id, Gate], Field(max_length=MOST)] = {}
    evidence: EvidenceOf | None = None
    documentation: Documentation | None = None
    waivers: Waivers | None = None

    def __bytes__(self) -> bytes:
        """Return what the digest is of."""
        return canonical(self.model_dump(by_alias=True, exclude_unset=True))

    @property
    def digest(self) -> Digest:
        return Digest.of(bytes(self))

    @property
    def measured_by(self) -> Measured | None:
        """Who has to have measured: what the policy says, else for high tiers somebody who did not make the version."""
        return self.evidence.measured_by if self.evidence else None

    def checks_of(self, gate: str | None) -> tuple[Check, ...]:
        """Return the checks that a gate asks for; without a gate, all of them."""
        named = self.gates[gate].checks if gate else (ALL,)
        return self.checks if ALL in named else tuple(check for check in self.checks if check.id in named)

    def approvals_of(self, gate: str) -> dict[str, Approval]:
        """Return the approvals that a gate asks for, in the order of the policy."""
        named = set(self._approvals_named(gate, frozenset()))
        return {name: approval for name, approval in self.approvals.items() if name in named}

    def plan(self) -> tuple[Planned, ...]:
        """Return what is to be measured for each check."""
        return tuple(self.planned(check) for check in self.checks)

    def planned(self, check: Check) -> Planned:
        confidence = check.confidence
        return Planned(
            check=check.id,
            metric=check.metric,
            by=tuple(self._attribute(name) for name in check.by),
            favourable=check.favourable.outcome if check.favourable else None,
            interval=Interval(method=confidence.method, level=confidence.level, resamples=confidence.resamples)
            if confidence
            else None,
            min_group_size=check.min_group_size,
        )

    def _attribute(self, name: str) -> Attribute:
        """Return an attribute of ``data.sensitive``, or else a column of the data."""
        known = self.data.sensitive.get(name, Sensitive(column=name))
        return Attribute(name=name, column=known.column, groups=known.groups, reference=known.reference)

    def _approvals_named(self, gate: str, above: frozenset[str]) -> Iterator[str]:
        """Yield what a gate names; `current` is whatever the gates before it asked for."""
        if gate not in self.gates or gate in above:
            return
        yield from self.gates[gate].approvals
        if CURRENT in self.gates[gate].approvals:
            for before in self.gates[gate].from_:
                yield from self._approvals_named(before, above | {gate})
