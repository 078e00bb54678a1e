"""Everything that makes up a version, as one canonical document; its digest is the version."""

from typing import Annotated, Literal, Self

from pydantic import Field

from govern.errors import InvalidInput
from govern.ledger.strict import Digest, canonical, read_json
from govern.record.fields import Count, Day, Hashed, Matching, Part, Some, Word, read_part
from govern.record.models import Artefact, FileName, Slug

SCHEMA = "govern/manifest/v1"
Text = Annotated[str, Field(min_length=1, max_length=500)]
CutOff = Annotated[
    str, Matching(r"score (>=|>|<=|<) -?(0|[1-9][0-9]{0,8})(\.[0-9]{1,12})?", "a rule on the score like 'score < 0.22'")
]
"""The rule by which a score approves; what it does not approve, it declines."""


class DataSet(Part):
    """Data that a version was made or measured with: kept by digest only."""

    role: Word
    name: FileName
    size: Count
    digest: Hashed
    rows: Annotated[Count | None, Some] = None
    first: Annotated[Day | None, Some] = None
    last: Annotated[Day | None, Some] = None
    licence: Annotated[Text | None, Some] = None


class Manifest(Part):
    """Artefacts, data, parameters, cut-off, wordings, code and environment of a version; nothing of who or when."""

    schema_: Annotated[str, Field(pattern=f"^{SCHEMA}$", alias="schema")] = SCHEMA
    model: Slug
    artefacts: tuple[Artefact, ...]
    data: tuple[DataSet, ...]
    parameters: dict[str, Text]
    metrics: dict[str, Text]
    code: Annotated[Text | None, Some] = None
    environment: Annotated[Hashed | None, Some] = None
    parent: Annotated[Hashed | None, Some] = None
    approve: Annotated[CutOff | None, Some] = None
    score_of: Annotated[Text | None, Some] = None
    """Of which class the score is that decides, where the model tells several apart."""
    reasons: Annotated[Hashed | None, Some] = None
    """The dictionary in whose words the declined are told why."""
    rules: Annotated[tuple[Text, ...] | None, Some, Field(min_length=1, max_length=64)] = None
    """Business rules besides the score, each in words."""
    transformations: Annotated[dict[str, Text] | None, Some, Field(min_length=1)] = None
    """What is done to an input before it is scored."""
    coefficients: Annotated[dict[str, Text] | None, Some, Field(min_length=1)] = None
    change: Annotated[Literal["recalibrate", "retrain", "rebuild"] | None, Some] = None
    """How it differs from its parent."""

    @classmethod
    def parse(cls, content: bytes) -> Self:
        manifest = read_part(cls, read_json(content), "the manifest")
        if bytes(manifest) != content:
            raise InvalidInput("this manifest is not in its one spelling")
        return manifest

    def __bytes__(self) -> bytes:
        return canonical(self.model_dump(mode="json", by_alias=True, exclude_none=True))

    @property
    def digest(self) -> Digest:
        return Digest.of(bytes(self))
