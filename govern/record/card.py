"""A model's card: what it is for and who answers for it, as YAML that people write."""

from typing import Annotated, Literal

from pydantic import Field

from govern.errors import InvalidInput
from govern.policy.diagnostics import Severity
from govern.policy.source import read
from govern.record.fields import Part, Prose, Word, read_part
from govern.record.models import Jurisdiction, Slug

TEMPLATE = """\
schema: govern/model/v1
name: credit-risk                # a-z, 0-9 and -
owner: ana                       # somebody enrolled here
purpose: Probability of default of retail applicants within twelve months
use_case: credit-scoring         # policies match on this,
risk_tier: high                  # on this
jurisdictions: [EU, US]          # and on these
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


def read_card(content: bytes, file: str) -> Card:
    """Return the card; raise `InvalidInput` with its first mistake and where it is."""
    source = read(content, file)
    errors = [one for one in sorted(source.mistakes) if one.severity is Severity.ERROR]
    if errors:
        raise InvalidInput(str(errors[0]), hint=errors[0].help, code="card")
    return read_part(Card, source.value, file)
