"""Events as JSON Schema (2020-12): the statement, and for each kind what its predicate holds."""

from typing import Any, Literal

from pydantic.json_schema import models_json_schema

from govern.policy.schema import BASE, DIALECT, Schema, counted
from govern.record.events import BODIES, BY_PREDICATE, STATEMENT, Common
from govern.record.fields import Part
from govern.record.models import Descriptor


def event_schema() -> dict[str, Any]:
    """Return the JSON Schema of the statement that people sign, of whatever kind."""
    kinds = {predicate: BODIES[kind] for predicate, kind in BY_PREDICATE.items()}
    models: list[tuple[type[Part], Literal["validation"]]] = [
        (kind, "validation") for kind in (Common, Descriptor, *kinds.values())
    ]
    refs, made = models_json_schema(models, schema_generator=Schema)
    parts = counted(made["$defs"])
    for kind in kinds.values():
        part = parts[_name(refs[kind, "validation"])]
        part["properties"] = {"govern": refs[Common, "validation"], **part["properties"]}
        part["required"] = ["govern", *part.get("required", ())]
    return {
        "$schema": DIALECT,
        "$id": f"{BASE}event/v1",
        "title": "An event of Govern",
        "description": "An in-toto statement: the payload of an envelope, in its one canonical spelling.",
        "type": "object",
        "properties": {
            "_type": {"const": STATEMENT},
            "predicate": {"type": "object"},
            "predicateType": {"enum": list(kinds)},
            "subject": {"type": "array", "minItems": 1, "items": refs[Descriptor, "validation"]},
        },
        "required": ["_type", "predicate", "predicateType", "subject"],
        "additionalProperties": False,
        "allOf": [
            {
                "if": {"properties": {"predicateType": {"const": predicate}}},
                "then": {"properties": {"predicate": refs[kind, "validation"]}},
            }
            for predicate, kind in kinds.items()
        ],
        "$defs": parts,
    }


def _name(ref: dict[str, Any]) -> str:
    return str(ref["$ref"]).rpartition("/")[2]
