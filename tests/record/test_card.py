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
        pytest.param(
            "name: credit-risk ",
            "name: Credit_Risk ",
            "card.yaml:2:7: name is wrong: 'Credit_Risk' is not a name like credit-risk",
            id="a name that is none",
        ),
        pytest.param("owner: ana", "", "card.yaml:1:1: the key owner is missing", id="no owner"),
        pytest.param(
            "risk_tier: high", "riskTier: high", 'card.yaml:6:1: unknown key "riskTier"', id="another spelling"
        ),
        pytest.param(
            "[EU, US]",
            "[Europe]",
            "card.yaml:7:17: jurisdictions.0 is wrong: 'Europe' is not a country like US",
            id="no jurisdiction",
        ),
        pytest.param("model/v1", "model/v2", "card.yaml:1:9: schema is wrong", id="another schema"),
    ],
)
def test_a_card_with_a_mistake_names_it(old: str, new: str, message: str) -> None:
    assert old in TEMPLATE

    with pytest.raises(InvalidInput) as caught:
        read_card(TEMPLATE.replace(old, new).encode(), "card.yaml")

    assert caught.value.message.startswith(message)


def test_a_key_that_was_mistyped_is_named_with_the_one_that_was_meant() -> None:
    with pytest.raises(InvalidInput) as caught:
        read_card(TEMPLATE.replace("purpose:", "purpos:").encode(), "card.yaml")

    assert caught.value.message == 'card.yaml:4:1: unknown key "purpos"'
    assert caught.value.hint == 'did you mean "purpose"?'


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
