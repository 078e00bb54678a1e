"""What events about models, versions, evidence and policies add to the fields that all events share.

Facts that policies match on stand in the event itself; what is long (a card, a manifest, evidence, a comment) is a blob that
the event names by its digest.
"""

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from govern.errors import InvalidInput
from govern.record.fields import Count, Flag, Hashed, KeyId, Matching, Part, Person, Prose, Some, Word, read_part

Slug: TypeAlias = Annotated[str, Matching("[a-z][a-z0-9-]{0,62}", "a name like credit-risk")]
Semver: TypeAlias = Annotated[str, Matching(r"(0|[1-9][0-9]{0,5})(\.(0|[1-9][0-9]{0,5})){2}", "a release like 1.0.0")]
FileName: TypeAlias = Annotated[
    str,
    Field(min_length=1, max_length=300),
    Matching(r"(?!/)(?!(.*/)?\.\.(/|$))[^\x00-\x1f\x7f\\]+", "a file's name like model.json"),
]
Jurisdiction: TypeAlias = Annotated[
    str, Matching("[A-Z]{2}(-[A-Z0-9]{1,3})?", "a country like US, or part of one like US-CA")
]
Tag: TypeAlias = Annotated[
    str, Matching("[a-z][a-z0-9_.-]{0,63}=[a-z][a-z0-9_.-]{0,63}", "a tag like portfolio=retail")
]
Proses: TypeAlias = Annotated[tuple[Prose, ...], Field(min_length=1, max_length=32)]


class Sha256(Part):
    """A digest as in-toto writes it."""

    sha256: KeyId


class Descriptor(Part):
    """A resource as in-toto describes it."""

    name: Annotated[str, Field(min_length=1, max_length=300)]
    digest: Sha256


class OfVersion(Part):
    """An event about one version, which it names."""

    version: Hashed


class Artefact(Part):
    """A file of a version."""

    name: FileName
    size: Count
    digest: Hashed
    by_reference: Annotated[Flag | None, Some] = None
    """Its bytes were hashed and are not held here."""


class Facts(Part):
    """What is on record of a model: each can be amended, with its old and its new value."""

    owner: Person
    purpose: Prose
    use_case: Word
    risk_tier: Word
    jurisdictions: Annotated[tuple[Jurisdiction, ...], Field(max_length=32)]
    permitted_uses: Annotated[Proses | None, Some] = None
    prohibited_uses: Annotated[Proses | None, Some] = None
    materiality: Annotated[Word | None, Some] = None
    """How much hangs on it: exposure and purpose."""
    complexity: Annotated[Word | None, Some] = None
    considered: Annotated[Literal["model", "not_a_model"] | None, Some] = None
    """Whether it is held to be a model at all; who registers it signs that."""
    considered_because: Annotated[Prose | None, Some] = None
    tags: Annotated[tuple[Tag, ...] | None, Some, Field(min_length=1, max_length=32)] = None
    """Policies may match on them."""
    vendor: Annotated[Prose | None, Some] = None
    """Who made it; without, it was made in this house."""
    upstream: Annotated[tuple[Slug, ...] | None, Some, Field(min_length=1, max_length=32)] = None
    """Models whose output it reads."""

    def texts(self, what: str) -> tuple[str, ...]:
        """Return a fact as texts, as an amendment writes it; none if it is not on record."""
        value = getattr(self, what)
        return value if isinstance(value, tuple) else () if value is None else (value,)

    def amended(self, what: str, after: tuple[str, ...]) -> "Facts":
        """Return the facts with another value for one of them; raise `InvalidInput` if it cannot be that."""
        # What may be missing at all has None for it; the one list that may be empty stays one.
        many = what in {"permitted_uses", "prohibited_uses", "tags", "upstream"}
        value: object = after if what == "jurisdictions" else (after or None) if many else after[0] if after else None
        said = {name: getattr(self, name) for name in Facts.model_fields} | {what: value}
        if not many and what != "jurisdictions" and len(after) > 1:
            raise InvalidInput(f"{what} is one thing, not {len(after)}")
        return read_part(Facts, {name: part for name, part in said.items() if part is not None}, "the model")


VOIDS = frozenset(
    {
        "complexity",
        "considered",
        "jurisdictions",
        "materiality",
        "permitted_uses",
        "prohibited_uses",
        "purpose",
        "risk_tier",
        "use_case",
    }
)
"""Facts that were signed with every version: to amend one voids what was signed."""


class RegisterModel(Facts):
    """A model: what it is for, and who answers for it."""

    model: Slug
    card: Hashed


class Change(Part):
    """One fact that changes; each value a list of texts, none if there is none."""

    what: Literal[
        "owner",
        "purpose",
        "use_case",
        "risk_tier",
        "jurisdictions",
        "permitted_uses",
        "prohibited_uses",
        "materiality",
        "complexity",
        "considered",
        "considered_because",
        "tags",
        "vendor",
        "upstream",
    ]
    before: tuple[Prose, ...]
    after: tuple[Prose, ...]


class Amend(Part):
    """Facts of a model change: from what, to what, and (in what all events share) why."""

    model: Slug
    changes: Annotated[tuple[Change, ...], Field(min_length=1, max_length=16)]


class RegisterVersion(Part):
    """A version: the digest of its manifest, and every artefact that the manifest names."""

    model: Slug
    version: Hashed
    artefacts: Annotated[tuple[Artefact, ...], Field(max_length=200)]
    parent: Annotated[Hashed | None, Some] = None


class Software(Part):
    """What measured: a library and its version."""

    name: Word
    version: Annotated[str, Field(min_length=1, max_length=60)]


class TestResult(OfVersion):
    """What was measured on a version: in-toto's test result, with our evidence beside it."""

    __test__ = False

    result: Literal["PASSED", "WARNED", "FAILED"]
    configuration: Annotated[tuple[Descriptor, ...], Field(min_length=1, max_length=8)]
    passed_tests: tuple[Word, ...]
    warned_tests: tuple[Word, ...]
    failed_tests: tuple[Word, ...]
    evidence: Hashed
    source: Hashed
    software: Annotated[tuple[Software, ...], Field(max_length=16)]
    sandbox: Word

    @property
    def checks(self) -> tuple[str, ...]:
        return (*self.passed_tests, *self.warned_tests, *self.failed_tests)


class AdoptPolicy(Part):
    """A policy that is judged by from here on; the digest is of the resolved document, the source a blob."""

    policy: Slug
    release: Semver
    digest: Hashed
    source: Hashed
