"""The card of a model, as people write it."""

import re

import pytest

from govern.errors import InvalidInput
from govern.record.card import TEMPLATE, read_card
from govern.record.models import Facts
from tests.people import Actor


def test_the_template_is_a_card() -> None:
    card = read_card(TEMPLATE.encode(), "card.yaml")

    assert (card.name, card.owner, card.use_case, card.risk_tier) == ("credit-risk", "ana", "credit-scoring", "high")
    assert card.jurisdictions == ("EU", "US")


def test_a_card_needs_no_jurisdiction() -> None:
    text = "\n".join(line for line in TEMPLATE.splitlines() if not line.startswith("jurisdictions"))

    assert read_card(text.encode(), "card.yaml").jurisdictions == ()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        pytest.param("owner: ana", "owner: [ana", "card.yaml:", id="not YAML"),
        pytest.param("owner: ana", "owner: ana\nowner: bob", "card.yaml:4:1", id="a key twice"),
        pytest.param("name: credit-risk ", "name: Credit_Risk ", "card.yaml.name is wrong", id="a name that is none"),
        pytest.param("owner: ana", "boss: ana", "card.yaml.owner is wrong", id="no owner"),
        pytest.param("risk_tier: high", "riskTier: high", "card.yaml.risk_tier is wrong", id="another spelling"),
        pytest.param("[EU, US]", "[Europe]", "card.yaml.jurisdictions.0 is wrong", id="no jurisdiction"),
        pytest.param("model/v1", "model/v2", "card.yaml.schema is wrong", id="another schema"),
    ],
)
def test_a_card_with_a_mistake_names_it(old: str, new: str, message: str) -> None:
    assert old in TEMPLATE

    with pytest.raises(InvalidInput) as caught:
        read_card(TEMPLATE.replace(old, new).encode(), "card.yaml")

    assert caught.value.message.startswith(message)


def test_an_empty_file_is_no_card() -> None:
    with pytest.raises(InvalidInput, match="card"):
        read_card(b"", "card.yaml")


def test_a_card_with_everything_in_it_becomes_facts_that_the_event_reads() -> None:
    whole = re.sub(r"^# ", "", TEMPLATE, flags=re.MULTILINE).replace("[retail]", "[retail, cards]")

    card = read_card(whole.encode(), "card.yaml")
    facts = card.facts(Actor("ana").id)

    assert set(facts) == set(Facts.model_fields)
    assert facts["tags"] == ("portfolio=retail", "portfolio=cards")
    assert Facts(**facts).permitted_uses == ("consumer loans up to 40,000",)
