"""What events about models, versions, evidence, policies and sign-offs add to the fields that all events share.

Facts that policies match on stand in the event itself; what is long (a card, a manifest, evidence, a comment) is a blob that
the event names by its digest.
"""

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from govern.record.fields import Count, Hashed, KeyId, Part, Person, Prose, Some, Word, matching

Slug: TypeAlias = Annotated[str, matching("[a-z][a-z0-9-]{0,62}")]
Semver: TypeAlias = Annotated[str, matching(r"(0|[1-9][0-9]{0,5})(\.(0|[1-9][0-9]{0,5})){2}")]
FileName: TypeAlias = Annotated[
    str, Field(min_length=1, max_length=300), matching(r"(?!/)(?!(.*/)?\.\.(/|$))[^\x00-\x1f\x7f\\]+")
]
Jurisdiction: TypeAlias = Annotated[str, matching("[A-Z]{2}(-[A-Z0-9]{1,3})?")]
Stage: TypeAlias = Literal["registered", "in_review", "validated", "approved", "production", "suspended", "retired"]

MEANINGS = ("authored", "reviewed", "validated", "approved", "approved_with_conditions", "rejected", "acknowledged")


class Sha256(Part):
    """A digest as in-toto writes it."""

    sha256: KeyId


class Descriptor(Part):
    """A resource as in-toto describes it."""

    name: Annotated[str, Field(min_length=1, max_length=300)]
    digest: Sha256


class Artefact(Part):
    """A file of a version."""

    name: FileName
    size: Count
    digest: Hashed


class RegisterModel(Part):
    """A model: what it is for, and who answers for it."""

    model: Slug
    card: Hashed
    owner: Person
    purpose: Prose
    use_case: Word
    risk_tier: Word
    jurisdictions: Annotated[tuple[Jurisdiction, ...], Field(max_length=32)]


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


class TestResult(Part):
    """What was measured on a version: in-toto's test result, with our evidence beside it."""

    __test__ = False

    version: Hashed
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


class Submit(Part):
    """A version goes to review; its dossier is what `dossier` names from here on."""

    version: Hashed


class Comment(Part):
    """Something said about a version; the text is a salted blob, and can be erased."""

    version: Hashed
    comment: Hashed


class SignOff(Part):
    """A person's word on a version: the dossier, the meaning and the reason are in what all events share."""

    version: Hashed


class Move(Part):
    """A version changes its stage."""

    version: Hashed
    before: Stage
    after: Stage
    production_role: Annotated[Literal["champion", "challenger"] | None, Some] = None


class IssueReport(Part):
    """A report about a version was made, with this digest, and sealed with this certificate."""

    version: Hashed
    report: Hashed
    certificate: Hashed
    template: Word
