"""Documents as JSON Schema (2020-12), for editors and for whoever reads them with other tools.

What the types say, and what their own validators say by `spelled`. A schema sees one value at a time: it refuses nothing that
is right, and what stands between two keys only `lint` knows.
"""

import re
from decimal import Decimal
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from govern.policy.document import Policy
from govern.policy.evidence import LATER, Evidence
from govern.policy.metrics import METRICS
from govern.policy.trials import Trials

DIALECT = "https://json-schema.org/draft/2020-12/schema"
BASE = "https://govern.example/schema/"


class Schema(GenerateJsonSchema):
    """Keys in the order of the types, names of a mapping checked like any text, numbers as numbers, and nothing for null."""

    def sort(self, value: JsonSchemaValue, parent_key: str | None = None) -> JsonSchemaValue:  # noqa: ARG002  pydantic's
        return value

    def get_title_from_name(self, name: str) -> str:
        return re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", name).strip().capitalize()

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        names, values = (self.generate_inner(schema[part]) for part in ("keys_schema", "values_schema"))
        made = {"type": "object", "propertyNames": names, "additionalProperties": values}
        self.update_with_validations(made, schema, self.ValidationsMapping.object)
        return made

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """Return the schema with a default that is worth a word: what is absent is no value."""
        made = super().default_schema(schema)
        if isinstance(made.get("default"), dict) or made.get("default") in (None, "", []):
            made.pop("default", None)
        return made

    def encode_default(self, dft: Any) -> Any:
        return float(dft) if isinstance(dft, Decimal) else super().encode_default(dft)


class WithNulls(Schema):
    """The same, where what is absent is written as null."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return super(Schema, self).nullable_schema(schema)


def policy_schema() -> dict[str, Any]:
    """Return the JSON Schema of a policy; one that builds on packs may say a part of a check or an approval."""
    schema = document(Policy, "policy/v1", "A policy of Govern")
    parts = schema["$defs"]
    for name, part in parts.items():
        if name != "Param":
            part["properties"] = {key: _or_parameter(one) for key, one in part.get("properties", {}).items()}
    # A text to the types: a metric that nobody knows is told from one under another name elsewhere.
    known = {"properties": {"metric": {"enum": [*METRICS]}}}
    parts["Check"] |= {"if": {"properties": {"kind": {"const": "imported"}}, "required": ["kind"]}, "else": known}
    parts["Gate"]["properties"]["approvals"] = _with_approvals(parts["Gate"]["properties"]["approvals"])
    needed = {
        name: parts[name].pop("required", []) for name in ("Approval", "Declared", "Param", "Sponsors", "Waivers")
    }
    needed["Check"], parts["Check"]["required"] = parts["Check"]["required"], ["id"]
    whole = {
        "checks": {"items": {"required": needed["Check"]}},
        "approvals": {"additionalProperties": {"required": needed["Approval"]}},
        "metrics": {"additionalProperties": {"required": needed["Declared"]}},
        "params": {"additionalProperties": {"required": needed["Param"]}},
        "waivers": {"required": needed["Waivers"], "properties": {"requires": {"required": needed["Sponsors"]}}},
    }
    schema["properties"]["checks"]["minItems"] = 1
    return schema | {"if": {"not": {"required": ["extends"]}}, "then": {"properties": whole}}


_PARAMETER = {"type": "string", "pattern": "^\\$[A-Za-z_][A-Za-z0-9_-]*$"}
_SIMPLE = frozenset({"number", "integer", "string", "boolean"})


def _or_parameter(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a value in whose place a parameter may stand."""
    match schema:
        case {"type": kind} if kind in _SIMPLE:
            kept = {key: schema[key] for key in ("title", "default", "description") if key in schema}
            return kept | {"anyOf": [{key: part for key, part in schema.items() if key not in kept}, _PARAMETER]}
        case {"additionalProperties": dict() as values}:
            return schema | {"additionalProperties": _or_parameter(values)}
        case _:
            return schema


def _with_approvals(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a list of names in which an approval may be written out."""
    return schema | {
        "anyOf": [
            one | {"items": {"anyOf": [one["items"], {"$ref": "#/$defs/Approval"}]}}
            if one.get("type") == "array"
            else one
            for one in schema["anyOf"]
        ]
    }


def trials_schema() -> dict[str, Any]:
    """Return the JSON Schema of a file of tests; what a change leaves of a case only the tests themselves know."""
    return document(Trials, "policy-test/v1", "Tests of a policy of Govern")


def evidence_schema() -> dict[str, Any]:
    """Return the JSON Schema of evidence: every field stands there, null if absent, but for those that came later."""
    schema = document(Evidence, "evidence/v1", "Evidence of Govern", WithNulls)
    for part in (schema, *schema["$defs"].values()):
        if "properties" in part:
            part["required"] = list(part["properties"])
    for name, later in LATER.items():
        part = schema["$defs"][name]
        part["required"] = [field for field in part["properties"] if field not in later]
    return schema


def document(kind: type[BaseModel], name: str, title: str, generator: type[Schema] = Schema) -> dict[str, Any]:
    """Return the JSON Schema of a document that is a ``kind``."""
    made = kind.model_json_schema(schema_generator=generator)
    return {"$schema": DIALECT, "$id": f"{BASE}{name}", **counted(made), "title": title}


def counted(schema: Any) -> Any:
    """Return ``schema`` with how long a list may be: behind a validator of ours, pydantic takes it for a text."""
    if isinstance(schema, list):
        return [counted(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    items = {"minLength": "minItems", "maxLength": "maxItems"} if schema.get("type") == "array" else {}
    return {items.get(key, key): counted(part) for key, part in schema.items()}
