"""The smaller parts of a policy: what it stands on, what it asks besides checks and signatures, and how it is enforced."""

from collections.abc import Iterator
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from govern.policy.decimals import write_decimal
from govern.policy.modes import Mode
from govern.policy.validity import Period
from govern.policy.words import Count, Day, Id, Length, Number, RoleNames, Scalar, Text, Texts


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


class Status(StrEnum):
    """What stands behind a pack."""

    IN_FORCE = "in_force"
    SUPERSEDED = "superseded"
    DRAFT = "draft"
    VOLUNTARY = "voluntary"


class Pack(Clause):
    """What a policy that others build on says of where its rules come from."""

    status: Status
    regime: Text
    source: Text
    checked_on: Day
    superseded_by: Text | None = None
    note: Text = ""


class Base(Clause):
    """A pack that this policy builds on: ``core/high-risk@^1``."""

    pack: Text


class Param(Clause):
    """A value with a name, and which way whoever builds on the policy may move it."""

    value: Scalar
    tighten: Literal["up", "down"] | None = None
    why: Text = ""


class Declared(Clause):
    """A number from outside: which way is better, and between what it lies."""

    better: Literal["higher", "lower", "neither"]
    low: Number | None = None
    high: Number | None = None
    unit: Text = ""
    title: Text = ""

    def why_outside(self, number: Decimal) -> str:
        """Return on which side of its range a number lies; empty if within it."""
        if self.low is not None and number < self.low:
            return f"below {write_decimal(self.low)}, the lowest it can be"
        if self.high is not None and number > self.high:
            return f"above {write_decimal(self.high)}, the highest it can be"
        return ""


class Reference(Clause):
    """What a rule stands on: an entry of the catalogue of citations, or a title of one's own."""

    cite: Text
    title: Text = ""
    topic: Text = ""


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


class AppliesTo(Profile):
    """Which models a policy is for, and which of them it is not for."""

    exclude: Profile | None = None

    def covers(self, model: Profile) -> bool:
        return super().covers(model) and not (self.exclude and self.exclude.covers(model))


class Sensitive(Clause):
    """A column that nobody may be disadvantaged by."""

    column: Text
    groups: Texts | None = None
    reference: Text | None = None


class DataSet(Clause):
    """What has to be known of the data of one role."""

    kind: Literal["holdout", "out_of_time", "external"] | None = None
    required_fields: Texts = ()
    min_rows: Count = 0
    min_positives: Count = 0
    max_age: Length | None = None
    disjoint_from: Text | None = None
    disjoint_by: Texts = ()
    """The columns that say which rows are the same; else those that the model reads, or all."""
    dated_by: Text | None = None
    """The column of days; else what is on record of the data says when it is from."""
    covers: Texts = ()


class Data(Clause):
    training: DataSet | None = None
    evaluation: DataSet | None = None
    sensitive: dict[Id, Sensitive] = {}

    @property
    def asked(self) -> dict[str, DataSet]:
        """Return what is asked of the data, by role."""
        found = {"training": self.training, "evaluation": self.evaluation}
        return {role: one for role, one in found.items() if one is not None}


class ReasonCodes(Clause):
    dictionary: Text | None = None
    min: Count = 0
    max: Count = 4
    reference: Text | None = None
    covers: Texts = ()


class Forbidden(Clause):
    """Features that a model must not have."""

    names: Texts
    match: Texts = ("name",)
    covers: Texts = ()


class Predictability(Clause):
    attribute: Texts
    auc: Number
    min_group_size: Count = 0
    """Smaller groups are listed and not judged: by chance they are told apart by anything."""


class Proxies(Clause):
    max_attribution_share: dict[Text, Number] = {}
    max_predictability_of: Predictability | None = None
    covers: Texts = ()


class Stability(Clause):
    metric: Text
    resamples: Count = 20
    min: Number
    covers: Texts = ()


class Explainability(Clause):
    """What has to be known of why a model decides as it does."""

    reason_codes: ReasonCodes | None = None
    forbidden_features: Forbidden | None = None
    proxies: Proxies | None = None
    stability: Stability | None = None

    def rules(self) -> Iterator[tuple[str, Texts]]:
        """Yield what is asked, each with the references that it covers."""
        for name in type(self).model_fields:
            asked = getattr(self, name)
            if asked is not None:
                yield name, asked.covers


class Documentation(Clause):
    required: Texts = ()
    min_words: dict[Id, Count] = {}
    covers: Texts = ()


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
    must_state: Texts = ()

    def allow(self, check: str) -> bool:
        named = check in self.allowed_for or "all" in self.allowed_for
        return named and not {check, "all"} & set(self.never_for)


class Watch(Clause):
    """Checks that have to be measured again and again while a version is in production."""

    every: Length
    checks: Texts
    covers: Texts = ()


class Breach(Clause):
    """What becomes of a version whose monitoring is overdue or failing for longer than ``grace``."""

    action: Literal["suspend", "alert"] = "alert"
    grace: Length | None = None


class Enforcement(Clause):
    mode: Mode = Mode.ENFORCE
    modes_by_environment: dict[Text, Mode] = {}

    def in_(self, environment: str | None) -> Mode:
        return self.modes_by_environment.get(environment or "", self.mode)


def spoken(kind: str) -> str:
    """Return in words with whom the declined are compared."""
    return {"near_cutoff": "the approved near the cut-off", "approved": "the approved", "all": "all applicants"}.get(
        kind, kind
    )
