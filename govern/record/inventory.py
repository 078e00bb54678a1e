"""What the book says of models: their versions, evidence, documents, findings, policies and sign-offs, as values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any, TypeAlias

from pydantic import PlainSerializer, TypeAdapter
from rpds import HashTrieMap

from govern.record.fields import Day, Hash32, Hashed, Instant
from govern.record.models import Facts

Names: TypeAlias = Annotated[frozenset[str], PlainSerializer(sorted)]
"""A set of texts, written in one order."""


@dataclass(frozen=True, slots=True)
class Model:
    """A model, with the facts that are on record of it now."""

    name: str
    entry: int
    leaf_hash: Hash32
    card: Hashed
    facts: Facts
    seq: int = 0
    """Counts its amendments."""
    amended: int | None = None
    """The entry that last changed something that versions were signed with."""

    @property
    def owner(self) -> str:
        return self.facts.owner

    @property
    def purpose(self) -> str:
        return self.facts.purpose

    @property
    def use_case(self) -> str:
        return self.facts.use_case

    @property
    def risk_tier(self) -> str:
        return self.facts.risk_tier

    @property
    def jurisdictions(self) -> tuple[str, ...]:
        return self.facts.jurisdictions


@dataclass(frozen=True, slots=True)
class Signer:
    """Somebody who signed an entry: in which roles, and with which key."""

    person: str
    roles: Names
    keyid: str
    entry: int


@dataclass(frozen=True, slots=True)
class Measured:
    """The newest evidence for a check of a version, and everybody who measured the very same."""

    entry: int
    evidence: Hashed
    source: Hashed
    person: str
    persons: tuple[Signer, ...] = ()
    """Each in the role in which they measured."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What has to be done after an approval."""

    text: str
    owner: str
    due: Day
    met: int | None = None
    """The entry that says it is done."""
    keyid: str = ""
    """The key by which that was said."""
    doubted: int | None = None
    """The entry that said so by a key that is not trusted: it counts for nothing."""


@dataclass(frozen=True, slots=True)
class Signed:
    """One person's word on a version."""

    entry: int
    person: str
    role: str
    meaning: str
    reason: str
    dossier: Hashed
    at: Instant
    keyid: str = ""
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """The newest document of a section."""

    entry: int
    name: str
    content: Hashed
    size: int
    person: str
    words: int | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong with a version."""

    entry: int
    leaf_hash: Hash32
    title: str
    severity: str
    owner: str
    due: Day
    person: str
    closed: int | None = None
    keyid: str = ""
    """The key by which it was closed."""
    doubted: int | None = None
    """The entry that closed it by a key that is not trusted: it is open."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """A doubt, and the entry that answers it."""

    entry: int
    person: str
    anchor: str
    challenge: Hashed
    answered: int | None = None
    answer: Hashed | None = None


@dataclass(frozen=True, slots=True)
class Waiver:
    """A failing check that is accepted until a day."""

    entry: int
    leaf_hash: Hash32
    policy: str
    check: str
    until: Day
    category: str
    control: str
    persons: tuple[Signer, ...]
    """Who signed it, with the roles they held."""
    at: Instant
    evidence: Hashed
    """What it accepts: it lifts nothing of what is measured later."""
    renewals: int = 0


@dataclass(frozen=True, slots=True)
class Version:
    """A version: nth of its model, by the order in which they were registered."""

    model: str
    number: int
    digest: Hashed
    entry: int
    leaf_hash: Hash32
    makers: Names
    artefacts: tuple[tuple[str, int, Hashed], ...]
    registered: Instant
    parent: Hashed | None = None
    seq: int = 0
    """Counts the events that change the dossier or the stage."""
    stage: str = "registered"
    since: Instant | None = None
    """When it came to this stage; none while it is registered."""
    production_role: str = ""
    was_in_production: bool = False
    measured: Mapping[str, Measured] = field(default_factory=dict)
    documents: Mapping[str, Document] = field(default_factory=dict)
    """By section."""
    findings: tuple[Finding, ...] = ()
    waivers: Mapping[str, Waiver] = field(default_factory=dict)
    """The newest by policy and check."""
    challenges: tuple[Challenge, ...] = ()
    rechecks: Mapping[str, int] = field(default_factory=dict)
    """Checks that somebody wants measured again, by the entry that asks."""
    dossier: Hashed | None = None
    """What the last submit froze."""
    requesters: tuple[str, ...] = ()
    """Whoever submitted it, each time."""
    editors: Names = frozenset()
    """Who changed what the dossier rests on, other than by measuring."""
    signed: tuple[Signed, ...] = ()
    reports: tuple[tuple[int, Hashed], ...] = ()
    comments: tuple[tuple[int, Hashed], ...] = ()

    by_reference: Names | None = None
    """Which artefacts are not held here, if any is not."""

    @property
    def name(self) -> str:
        return f"{self.model}@{self.number}"

    def is_held(self, artefact: str) -> bool:
        """Say whether an artefact is kept here; what was registered by reference is known by its digest alone."""
        return artefact not in (self.by_reference or ())

    @property
    def not_reviewers(self) -> frozenset[str]:
        """Whoever made, edited or ever submitted the version: none of them approves it."""
        return self.makers | self.editors | set(self.requesters)

    @property
    def requester(self) -> str:
        """Who submitted it last."""
        return self.requesters[-1] if self.requesters else ""

    @property
    def open_findings(self) -> tuple[Finding, ...]:
        return tuple(one for one in self.findings if one.closed is None)

    @property
    def waivers_in_place(self) -> tuple[Waiver, ...]:
        """Return the waivers of what was measured last: what is measured later has to be waived anew."""
        return tuple(one for one in self.waivers.values() if one.evidence == self.measured[one.check].evidence)


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy as it was adopted."""

    id: str
    release: str
    digest: Hashed
    source: Hashed
    entry: int


@dataclass(frozen=True, slots=True)
class Deputy:
    """Somebody who looks after another's work in a role, from a day to a day."""

    entry: int
    of: str
    person: str
    role: str
    first: Day
    last: Day
    ended: int | None = None
    """The entry that ended it early."""

    def is_in_force(self, day: date) -> bool:
        return self.ended is None and self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class Inventory:
    """Everything about models; maps that are changed by a copy which shares all but what is new."""

    models: "HashTrieMap[str, Model]" = field(default_factory=HashTrieMap)
    versions: "HashTrieMap[str, Version]" = field(default_factory=HashTrieMap)
    """By digest."""
    policies: "HashTrieMap[str, Policy]" = field(default_factory=HashTrieMap)
    """By id, the newest of each."""
    adopted: "HashTrieMap[str, Policy]" = field(default_factory=HashTrieMap)
    """By digest, all that ever were."""
    deputies: tuple[Deputy, ...] = ()
    numbered: "HashTrieMap[str, tuple[str, ...]]" = field(default_factory=HashTrieMap)
    """Of each model the digests of its versions, the first first."""
    made: "HashTrieMap[str, frozenset[str]]" = field(default_factory=HashTrieMap)
    """Of each artefact the makers of the last version that has it."""

    def of(self, model: str) -> list[Version]:
        """Return the versions of a model, the first first."""
        return [self.versions[digest] for digest in self.numbered.get(model, ())]

    def champion(self, model: str) -> Version | None:
        return next((one for one in self.of(model) if one.production_role == "champion"), None)

    def dependants(self, model: str) -> list[Model]:
        """Return the models that read what a model says, by name."""
        return [one for _, one in sorted(self.models.items()) if model in (one.facts.upstream or ())]

    def value(self) -> Any:
        """Return what `read` reads, in an order that does not depend on the process."""
        ordered = _Written(
            sorted(self.models.values(), key=lambda one: one.entry),
            sorted(self.versions.values(), key=lambda one: one.entry),
            sorted(self.adopted.values(), key=lambda one: one.entry),
            self.deputies,
        )
        return _ADAPTER.dump_python(ordered, mode="json", exclude_none=True)

    @classmethod
    def read(cls, value: Any) -> "Inventory":
        found = _ADAPTER.validate_python(value)
        numbered: dict[str, tuple[str, ...]] = {}
        for one in found.versions:
            numbered[one.model] = (*numbered.get(one.model, ()), str(one.digest))
        return cls(
            HashTrieMap((one.name, one) for one in found.models),
            HashTrieMap((str(one.digest), one) for one in found.versions),
            HashTrieMap((one.id, one) for one in found.policies),
            HashTrieMap((str(one.digest), one) for one in found.policies),
            found.deputies,
            HashTrieMap(numbered),
            HashTrieMap((str(digest), one.makers) for one in found.versions for _, _, digest in one.artefacts),
        )


@dataclass(frozen=True, slots=True)
class _Written:
    models: list[Model]
    versions: list[Version]
    policies: list[Policy]
    deputies: tuple[Deputy, ...]


_ADAPTER = TypeAdapter(_Written)
