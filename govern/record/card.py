"""A model's card: what it is for and who answers for it, as YAML that people write."""

from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from govern.errors import InvalidInput
from govern.policy.diagnostics import Severity, did_you_mean, quoted
from govern.policy.source import Source, read
from govern.record.fields import Part, Prose, Word
from govern.record.models import Facts, Jurisdiction, Slug

TEMPLATE = """\
schema: govern/model/v1
name: credit-risk                # a-z, 0-9 and -
owner: ana                       # somebody enrolled here
purpose: Probability of default of retail applicants within twelve months
use_case: credit-scoring         # policies match on this,
risk_tier: high                  # on this
jurisdictions: [EU, US]          # and on these
# materiality: high              # how much hangs on it: exposure and purpose
# complexity: low
# permitted_uses: ["consumer loans up to 40,000"]
# prohibited_uses: [collection of debts]
# considered: model              # or not_a_model; whoever registers it signs that
# considered_because: it estimates, and people are declined by what it says
# tags: {portfolio: [retail]}    # policies may match on them
# vendor: Some Vendor Ltd        # without, it was made in this house
# upstream: [income-estimate]    # models whose output it reads
"""


class Card(Part):
    """What a card says; the owner is a handle here, and an id in the ledger."""

    schema_: Literal["govern/model/v1"] = Field(alias="schema")
    name: Slug
    owner: Annotated[str, Field(min_length=1, max_length=40)]
    purpose: Prose
    use_case: Annotated[Word, Field(alias="use_case")]
    risk_tier: Annotated[Word, Field(alias="risk_tier")]
    jurisdictions: tuple[Jurisdiction, ...] = ()
    materiality: Word | None = None
    complexity: Word | None = None
    permitted_uses: Annotated[tuple[Prose, ...], Field(alias="permitted_uses")] = ()
    prohibited_uses: Annotated[tuple[Prose, ...], Field(alias="prohibited_uses")] = ()
    considered: Literal["model", "not_a_model"] | None = None
    considered_because: Annotated[Prose | None, Field(alias="considered_because")] = None
    tags: Annotated[dict[Word, tuple[Word, ...]], Field(default_factory=dict)]
    vendor: Prose | None = None
    upstream: tuple[Slug, ...] = ()

    def facts(self, owner: str) -> dict[str, Any]:
        """Return what the event says, with the owner's id; what the card does not say is left out."""
        said = {name: getattr(self, name) for name in Facts.model_fields if name not in {"owner", "tags"}}
        said["tags"] = tuple(f"{name}={value}" for name, values in sorted(self.tags.items()) for value in values)
        return {"owner": owner, **{name: part for name, part in said.items() if part or name == "jurisdictions"}}


def read_card(content: bytes, file: str) -> Card:
    """Return the card; raise `InvalidInput` with its first mistake and where it is."""
    source = read(content, file)
    errors = [one for one in sorted(source.mistakes) if one.severity is Severity.ERROR]
    if errors:
        raise InvalidInput(str(errors[0]), hint=errors[0].help, code="card")
    try:
        return Card.model_validate(source.value)
    except ValidationError as error:
        raise _mistake(source, error) from None


def _mistake(source: Source, error: ValidationError) -> InvalidInput:
    """Return the first mistake and where it is; a key that was mistyped before the one that so is missing."""
    found = min(error.errors(include_url=False), key=lambda one: one["type"] != "extra_forbidden")
    path, known = tuple(found["loc"]), [field.alias or name for name, field in Card.model_fields.items()]
    place, name = source.place(path), ".".join(map(str, path))
    match found["type"]:
        case "extra_forbidden":
            at, said = place.key or place.value, f"unknown key {quoted(name)}"
            hint = did_you_mean(name, known) or f"a card has {', '.join(known)}"
        case "missing":
            at, said, hint = (
                place.value,
                f"the key {name} is missing",
                "`govern model new` prints a card with all of them",
            )
        case _:
            at, hint = place.value, ""
            said = f"{name} is wrong: {str(found.get('ctx', {}).get('error', '')) or found['msg'].lower()}"
    return InvalidInput(f"{source.file}:{at}: {said}", hint=hint, code="card")
