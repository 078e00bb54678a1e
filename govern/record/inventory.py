"""What the book says of models: their versions, evidence, documents, findings, policies and sign-offs, as values."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pydantic import TypeAdapter
from rpds import HashTrieMap

from govern.record.kept import Day, Hash32, Hashed, Instant, Names
from govern.record.models import Facts


@dataclass(frozen=True, slots=True)
class Mark:
    """Where something was said, and by which key."""

    entry: int
    keyid: str


@dataclass(frozen=True, slots=True)
class Amended:
    """One fact that was amended: from what, to what."""

    by: Mark
    what: str
    before: tuple[str, ...]
    after: tuple[str, ...]


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
    amendments: tuple[Amended, ...] = ()

    def facts_at(self, entry: int) -> Facts:
        """Return the facts as they were after an entry."""
        facts = self.facts
        for one in reversed(self.amendments):
            facts = facts.amended(one.what, one.before) if one.by.entry > entry else facts
        return facts

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
    at: Instant | None = None
    """When it was last measured, also to the very same."""


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
    moved: Mark | None = None
    """By what it came to this stage, if that was a move."""
    production_role: str = ""
    was_in_production: bool = False
    came_from: str = ""
    """The stage from which it went to production last."""
    rolled_back: Names = frozenset()
    """Who took it back to production, past the gate."""
    measured: Mapping[str, Measured] = field(default_factory=dict)
    documents: Mapping[str, Document] = field(default_factory=dict)
    """By section."""
    findings: tuple[Finding, ...] = ()
    waived: tuple[Waiver, ...] = ()
    """All that ever were."""
    challenges: tuple[Challenge, ...] = ()
    rechecks: Mapping[str, int] = field(default_factory=dict)
    """Checks that somebody wants measured again, by the entry that asks."""
    dossier: Hashed | None = None
    """What the last submit froze."""
    sent_back: int | None = None
    """The entry that requested changes last: what was approved before counts no more."""
    requesters: tuple[str, ...] = ()
    """Whoever submitted it, each time."""
    editors: Names = frozenset()
    """Who changed what the dossier rests on, other than by measuring."""
    signed: tuple[Signed, ...] = ()
    reports: tuple[tuple[int, Hashed], ...] = ()
    comments: tuple[tuple[int, Hashed], ...] = ()
    batches: tuple[tuple[int, Hashed], ...] = ()
    """Decisions that were recorded, each by its entry and the root of its cases."""

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

    def involves(self, person: str) -> bool:
        """Say whether somebody made, edited or ever submitted it."""
        return person in self.makers or person in self.editors or person in self.requesters

    @property
    def requester(self) -> str:
        """Who submitted it last."""
        return self.requesters[-1] if self.requesters else ""

    @property
    def open_findings(self) -> tuple[Finding, ...]:
        return tuple(one for one in self.findings if one.closed is None)

    @property
    def waivers(self) -> dict[str, Waiver]:
        """Return the newest waivers, by policy and check."""
        return {f"{one.policy} {one.check}": one for one in self.waived}

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
    by: Mark
    is_doubted: bool = False
    """Whether the key that adopted it is not trusted: it is not in force."""

    @property
    def entry(self) -> int:
        return self.by.entry


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
    """By id, the newest of each that a trusted key adopted: they are in force."""
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

    def renewals(self, version: Version, policy: str, check: str) -> int:
        """Return how often a check was waived already: of a version, and of those before it."""
        found = 0
        for one in reversed(self.of(version.model)[: version.number]):
            waiver = one.waivers.get(f"{policy} {check}")
            # What reached production without a waiver has mended what was waived before it.
            if waiver is None and one.was_in_production:
                break
            found = max(found, waiver.renewals + 1 if waiver else 0)
        return found

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
            in_force(found.policies),
            HashTrieMap((str(one.digest), one) for one in found.policies),
            found.deputies,
            HashTrieMap(numbered),
            HashTrieMap((str(digest), one.makers) for one in found.versions for _, _, digest in one.artefacts),
        )


def in_force(adopted: Iterable[Policy]) -> "HashTrieMap[str, Policy]":
    """Return of each policy the one that was adopted last by a trusted key, by id."""
    ordered = sorted(adopted, key=lambda one: one.entry)
    return HashTrieMap((one.id, one) for one in ordered if not one.is_doubted)


@dataclass(frozen=True, slots=True)
class _Written:
    models: list[Model]
    versions: list[Version]
    policies: list[Policy]
    deputies: tuple[Deputy, ...]


_ADAPTER = TypeAdapter(_Written)
