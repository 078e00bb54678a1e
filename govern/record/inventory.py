"""What the book says of models: their versions, evidence, policies and sign-offs, folded from admitted events."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from rpds import HashTrieMap

from govern.record.events import Event
from govern.record.fields import Hash32, Hashed, Instant
from govern.record.models import (
    AdoptPolicy,
    IssueReport,
    Move,
    RegisterModel,
    RegisterVersion,
    SignOff,
    Submit,
    TestResult,
)


@dataclass(frozen=True, slots=True)
class Model:
    """A model as it was registered."""

    name: str
    entry: int
    card: Hashed
    owner: str
    purpose: str
    use_case: str
    risk_tier: str
    jurisdictions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Measured:
    """The newest evidence for a check of a version."""

    entry: int
    evidence: Hashed
    source: Hashed
    person: str


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


@dataclass(frozen=True, slots=True)
class Version:
    """A version: nth of its model, by the order in which they were registered."""

    model: str
    number: int
    digest: Hashed
    entry: int
    leaf_hash: Hash32
    makers: frozenset[str]
    artefacts: tuple[tuple[str, int, Hashed], ...]
    registered: Instant
    seq: int = 0
    """Counts the events that change the dossier or the stage."""
    stage: str = "registered"
    production_role: str = ""
    measured: Mapping[str, Measured] = field(default_factory=dict)
    dossier: Hashed | None = None
    """What the last submit froze."""
    requester: str = ""
    signed: tuple[Signed, ...] = ()
    reports: tuple[tuple[int, Hashed], ...] = ()

    @property
    def name(self) -> str:
        return f"{self.model}@{self.number}"

    @property
    def not_reviewers(self) -> frozenset[str]:
        """Whoever made or submitted the version: none of them approves it."""
        return self.makers | ({self.requester} if self.requester else set())


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy as it was last adopted."""

    id: str
    release: str
    digest: Hashed
    source: Hashed
    entry: int


@dataclass(frozen=True, slots=True)
class Inventory:
    """Everything about models; maps that are changed by a copy which shares all but what is new."""

    models: "HashTrieMap[str, Model]" = field(default_factory=HashTrieMap)
    versions: "HashTrieMap[str, Version]" = field(default_factory=HashTrieMap)
    """By digest."""
    policies: "HashTrieMap[str, Policy]" = field(default_factory=HashTrieMap)
    numbered: "HashTrieMap[str, tuple[str, ...]]" = field(default_factory=HashTrieMap)
    """Of each model the digests of its versions, the first first."""

    def of(self, model: str) -> list[Version]:
        """Return the versions of a model, the first first."""
        return [self.versions[digest] for digest in self.numbered.get(model, ())]

    def value(self) -> Any:
        """Return what `read` reads, in an order that does not depend on the process."""
        ordered = _Written(
            sorted(self.models.values(), key=lambda one: one.entry),
            sorted(self.versions.values(), key=lambda one: one.entry),
            sorted(self.policies.values(), key=lambda one: one.id),
        )
        return _ADAPTER.dump_python(ordered, mode="json")

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
            HashTrieMap(numbered),
        )


@dataclass(frozen=True, slots=True)
class _Written:
    models: list[Model]
    versions: list[Version]
    policies: list[Policy]


def apply(inventory: Inventory, event: Event, index: int, at: datetime, leaf_hash: bytes) -> Inventory:
    """Return the inventory after an admitted event; events about other things change nothing."""
    signer, common = event.govern.signer.id, event.govern
    match event.body:
        case RegisterModel() as body:
            model = Model(
                body.model,
                index,
                body.card,
                body.owner,
                body.purpose,
                body.use_case,
                body.risk_tier,
                body.jurisdictions,
            )
            return replace(inventory, models=inventory.models.insert(body.model, model))
        case RegisterVersion() as body:
            version = Version(
                body.model,
                len(inventory.numbered.get(body.model, ())) + 1,
                body.version,
                index,
                leaf_hash,
                frozenset({signer}),
                tuple((one.name, one.size, one.digest) for one in body.artefacts),
                at,
            )
            digests = (*inventory.numbered.get(body.model, ()), str(body.version))
            return _with(replace(inventory, numbered=inventory.numbered.insert(body.model, digests)), version)
        case TestResult() as body:
            before = inventory.versions[str(body.version)]
            new = Measured(index, body.evidence, body.source, signer)
            measured = {**before.measured, **dict.fromkeys(body.checks, new)}
            return _with(inventory, replace(before, measured=measured, seq=before.seq + 1))
        case Submit(version=digest):
            before = inventory.versions[str(digest)]
            # What is in production stays there while it is reviewed anew.
            stage = before.stage if before.stage == "production" else "in_review"
            after = replace(before, dossier=common.dossier, requester=signer, stage=stage, seq=before.seq + 1)
            return _with(inventory, after)
        case SignOff(version=digest):
            before = inventory.versions[str(digest)]
            assert common.dossier
            assert common.meaning
            word = Signed(index, signer, common.signer.role, common.meaning, common.reason or "", common.dossier, at)
            return _with(inventory, replace(before, signed=(*before.signed, word)))
        case Move(version=digest, after=stage, production_role=role):
            before = inventory.versions[str(digest)]
            return _with(inventory, replace(before, stage=stage, production_role=role or "", seq=before.seq + 1))
        case IssueReport(version=digest, report=report):
            before = inventory.versions[str(digest)]
            return _with(inventory, replace(before, reports=(*before.reports, (index, report))))
        case AdoptPolicy() as body:
            policy = Policy(body.policy, body.release, body.digest, body.source, index)
            return replace(inventory, policies=inventory.policies.insert(body.policy, policy))
        case _:
            return inventory


def _with(inventory: Inventory, version: Version) -> Inventory:
    return replace(inventory, versions=inventory.versions.insert(str(version.digest), version))


_ADAPTER = TypeAdapter(_Written)
