"""The JSON Schema of events, as a validator that is not ours reads it."""

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from jsonschema.protocols import Validator

from govern.errors import GovernError
from govern.ledger.strict import canonical
from govern.record.events import BY_PREDICATE, Event, EventKind
from govern.record.schema import event_schema
from tests.record.samples import sample

GOLDEN = Path(__file__).parents[1] / "vectors/golden/events"


@pytest.fixture(scope="module")
def events() -> Validator:
    return Draft202012Validator(json.loads(json.dumps(event_schema())))


def test_the_schema_is_one() -> None:
    schema = event_schema()

    Draft202012Validator.check_schema(schema)

    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["properties"]["predicateType"]["enum"] == list(BY_PREDICATE)
    assert all(part["additionalProperties"] is False for part in schema["$defs"].values())
    assert "null" not in json.dumps(schema)


@pytest.mark.parametrize("kind", EventKind)
def test_every_kind_of_event_is_what_the_schema_says(kind: EventKind, events: Validator) -> None:
    for statement in (sample(kind).value(), json.loads((GOLDEN / f"{kind}.json").read_bytes())):
        assert [error.message for error in events.iter_errors(statement)] == []


@pytest.mark.parametrize("kind", EventKind)
def test_what_the_schema_refuses_is_no_event(kind: EventKind, events: Validator) -> None:
    refused = 0
    for touched in mutations(sample(kind).value()):
        if not events.is_valid(touched):
            refused += 1
            with pytest.raises(GovernError):
                Event.parse(canonical(touched))

    assert refused > 10


def mutations(statement: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the statement with each field of its predicate, and of what all share, gone or of another type, and one more."""
    for path in (("predicate",), ("predicate", "govern")):
        for name in inside(statement, path):
            others: list[Any] = [None, "\u00c4\x00", [], {}]
            for value in others:
                touched = copy.deepcopy(statement)
                inside(touched, path)[name] = value
                yield touched
            touched = copy.deepcopy(statement)
            del inside(touched, path)[name]
            yield touched
        touched = copy.deepcopy(statement)
        inside(touched, path)["more"] = "x"
        yield touched
    yield from ({**statement, name: "x"} for name in statement)


def inside(statement: dict[str, Any], path: tuple[str, ...]) -> Any:
    for step in path:
        statement = statement[step]
    return statement
