"""A policy as a typed value: what may be written, and nothing else.

The digest is of what was written, as the types read it: no defaults, so that a new release does not change it and void
approvals; numbers in their one spelling, one text and a list of one alike.
"""

from collections.abc import Iterator
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from govern.ledger.strict import Digest, canonical
from govern.policy.clauses import (
    AppliesTo,
    Base,
    Breach,
    Clause,
    Data,
    Declared,
    Documentation,
    Effective,
    Enforcement,
    EvidenceOf,
    Explainability,
    Measured,
    Pack,
    Param,
    Reference,
    Sensitive,
    Waivers,
    Watch,
)
from govern.policy.evidence import Attribute, Interval, Planned
from govern.policy.words import AtLeast, Count, Id, Length, Number, RoleNames, Semver, Some, Text, Texts

ALL = "all"
CURRENT = "current"
MAKERS = "makers"
MOST = 100
"""Of approvals and of gates."""
MOST_CHECKS = 1000
ROLLBACK = "rollback"
"""The gate that a policy may have for going back to a version that was in production before."""
LARGEST_QUORUM = 50
"""More persons than could ever be asked to sign off one version."""


class Stage(StrEnum):
    """Where a version stands; a gate is named after the stage it leads to."""

    REGISTERED = "registered"
    IN_REVIEW = "in_review"
    VALIDATED = "validated"
    APPROVED = "approved"
    PRODUCTION = "production"
    SUSPENDED = "suspended"
    RETIRED = "retired"


class Favourable(Clause):
    """The decision that is good for the person it is about."""

    outcome: Text
    cutoff: Number | None = None


class Compare(Clause):
    """How much worse than another version on the same rows it may be."""

    to: Literal["champion"]
    delta_min: Number | None = None
    delta_max: Number | None = None


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
    kind: Literal["measured", "imported"] = "measured"
    metric: Text
    by: Texts = ()
    intersections: tuple[Texts, ...] = ()
    of: Texts = ()
    """What is compared with ``against``: the score, the features, or some of them."""
    against: Text | None = None
    min: Number | None = None
    max: Number | None = None
    warn_below: Number | None = None
    warn_above: Number | None = None
    compare: Compare | None = None
    favourable: Favourable | None = None
    min_group_size: Count = 0
    small_groups: Literal["fail", "report", "merge"] = "report"
    confidence: Confidence | None = None
    on_fail: Literal["block", "warn"] = "block"
    on_inconclusive: Literal["needs_review", "block"] = "needs_review"
    remedy: Text = ""
    covers: Texts = ()


class Voids(StrEnum):
    """What ends an approval; a change of what was signed always does."""

    ARTIFACT_CHANGE = "artifact_change"
    EVIDENCE_CHANGE = "evidence_change"
    POLICY_MAJOR = "policy_major"
    WAIVER_EXPIRED = "waiver_expired"


class Approval(Clause):
    role: RoleNames
    quorum: Count = 1
    of: Count | None = None
    not_same_as: Texts = ()
    after: Texts = ()
    expires: Length | None = None
    void_on: Annotated[tuple[Voids, ...], Some] = ()
    covers: Texts = ()


class Gate(Clause):
    from_: Texts = Field(default=(), alias="from")
    checks: Texts = ()
    approvals: Texts = ()
    documentation: Literal["complete"] | None = None
    environments: Texts = ()
    to_version: Literal["previously_approved"] | None = None
    ratify_within: Length | None = None

    def is_reached_from(self, stage: str) -> bool:
        """Say whether a version that stands there may come; one in review has passed no gate since it was registered."""
        known = {stage, Stage.REGISTERED} if stage == Stage.IN_REVIEW else {stage}
        return not self.from_ or bool(known & set(self.from_))


class Monitoring(Clause):
    """What is measured again and again in production, each under a name of its own, and what becomes of a breach."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Watch]

    breach: Breach = Breach()

    @property
    def watches(self) -> dict[str, Watch]:
        return self.__pydantic_extra__


class Policy(Clause):
    schema_: Literal["govern/policy/v1"] = Field(alias="schema")
    requires: AtLeast | None = None
    id: Id
    version: Semver
    title: Text = ""
    description: Text = ""
    owner: Text
    pack: Pack | None = None
    effective: Effective = Effective()
    extends: Annotated[tuple[Base, ...], Some] = ()
    """Already built on when there is a policy; what it was made of is no part of what it says."""
    applies_to: AppliesTo = AppliesTo()
    params: dict[Id, Param] = Field(default={})
    references: dict[Id, Reference] = Field(default={})
    data: Data = Data()
    metrics: Annotated[dict[Id, Declared], Field(max_length=MOST, default={})]
    """Numbers from outside that checks name."""
    checks: Annotated[tuple[Check, ...], Some, Field(max_length=MOST_CHECKS)] = ()
    approvals: Annotated[dict[Id, Approval], Field(max_length=MOST, default={})]
    gates: Annotated[dict[Id, Gate], Field(max_length=MOST, default={})]
    evidence: EvidenceOf | None = None
    explainability: Explainability | None = None
    documentation: Documentation | None = None
    monitoring: Monitoring | None = None
    waivers: Waivers | None = None
    enforcement: Enforcement = Enforcement()

    def __bytes__(self) -> bytes:
        """Return what the digest is of."""
        return canonical(self.flat())

    def flat(self) -> dict[str, Any]:
        """Return the policy as one document that stands on nothing else, of texts, lists and mappings."""
        return self.model_dump(by_alias=True, exclude_unset=True, exclude={"extends"})

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

    def asks_documents(self, gate: str) -> bool:
        """Say whether a gate asks for documents; where no gate says so, each of them does."""
        return self.gates[gate].documentation is not None or not any(one.documentation for one in self.gates.values())

    def covers(self) -> dict[str, Texts]:
        """Return the references that each rule covers."""
        found = {f"checks.{one.id}": one.covers for one in self.checks}
        found |= {f"approvals.{name}": one.covers for name, one in self.approvals.items()}
        found |= {f"data.{role}": one.covers for role, one in self.data.asked.items()}
        if self.explainability:
            found |= {f"explainability.{name}": covers for name, covers in self.explainability.rules()}
        if self.monitoring:
            found |= {f"monitoring.{name}": one.covers for name, one in self.monitoring.watches.items()}
        if self.documentation:
            found["documentation"] = self.documentation.covers
        return {rule: covers for rule, covers in found.items() if covers}

    def clauses(self) -> dict[str, tuple[str, ...]]:
        """Return the citations that each rule stands on."""
        return {rule: tuple(self.references[name].cite for name in names) for rule, names in self.covers().items()}

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
            intersections=tuple(tuple(self._attribute(name) for name in names) for names in check.intersections),
            small_groups="merge" if check.small_groups == "merge" else None,
            cutoff=check.favourable.cutoff if check.favourable else None,
            against=check.against,
            of=check.of,
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
