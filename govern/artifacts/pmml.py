"""PMML: its dictionary of data and the schema of its first model, read by a parser that knows no entities.

A document type is refused before anything in it is read; the file is left as soon as the model itself begins.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from govern.artifacts.source import Column, Inspection, Malformed, Source, TooMuch, inspection

_CHUNK = 1 << 16
_MOST_READ = 16 << 20
_DEEPEST = 200
_MOST_FIELDS = 100_000
_TARGETS = frozenset({"target", "predicted"})
_BEFORE_MODELS = frozenset({"Header", "MiningBuildTask", "DataDictionary", "TransformationDictionary", "Extension"})
_BEFORE_THE_MODEL = frozenset({"Extension", "MiningSchema", "Output"})
"""What the standard puts first in a model; after them comes what it is made of."""


@dataclass(slots=True)
class _Seen:
    """What was seen so far."""

    open: list[str] = field(default_factory=list)
    version: str = ""
    model: str = ""
    facts: dict[str, object] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    schema: list[tuple[str, str]] = field(default_factory=list)
    outputs: list[tuple[str, str]] = field(default_factory=list)
    is_done: bool = False


def read(source: Source) -> Inspection:
    """Return what a PMML file says; XML that is something else is called XML."""
    found = _Seen()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    parser.StartElementHandler = lambda name, attributes: _start(found, name.rpartition(" ")[2], attributes)
    parser.EndElementHandler = lambda _: found.open.pop()
    at = 0
    try:
        while at < source.size and not found.is_done:
            if at >= _MOST_READ:
                raise TooMuch
            part = source.some(at, _CHUNK)
            at += len(part)
            parser.Parse(part, at >= source.size)
    except expat.ExpatError as error:
        raise Malformed(f"it is not XML in line {error.lineno}: {expat.errors.messages[error.code]}") from None
    except (LookupError, ValueError):
        raise Malformed("it is written in an encoding that is not known here") from None
    if not found.version:
        return inspection("XML")
    if not found.model:
        raise Malformed("it has no model")
    roles = found.schema or [(name, "") for name in found.kinds]
    targets = [Column.of(name, found.kinds.get(name, "")) for name, role in roles if role in _TARGETS]
    return inspection(
        "PMML",
        inputs=[Column.of(name, found.kinds.get(name, "")) for name, role in roles if role in {"", "active"}],
        outputs=[Column.of(*one) for one in found.outputs] or targets,
        facts={"model": found.model, "version": found.version, **found.facts},
    )


def _start(found: _Seen, name: str, attributes: Mapping[str, str]) -> None:
    parents = found.open
    match parents, name:
        case [], "PMML":
            found.version = attributes.get("version", "?")
        case [], _:
            found.is_done = True
        case ["PMML", "Header"], "Application":
            found.facts["producer"] = " ".join(filter(None, (attributes.get("name"), attributes.get("version"))))
        case ["PMML", "DataDictionary"], "DataField":
            found.kinds[attributes.get("name", "")] = _kind(attributes)
        case ["PMML"], _ if name not in _BEFORE_MODELS and not found.model:
            found.model = name
            found.facts["function"] = attributes.get("functionName")
        case ["PMML", model, "MiningSchema"], "MiningField" if model == found.model:
            found.schema.append((attributes.get("name", ""), attributes.get("usageType", "")))
        case ["PMML", model, "Output"], "OutputField" if model == found.model:
            found.outputs.append((attributes.get("name", ""), _kind(attributes)))
        case ["PMML", model], _ if model == found.model and name not in _BEFORE_THE_MODEL:
            # A model that ends its schema with something of a later version may still have outputs: the first part tells.
            found.is_done = name not in {"ModelStats", "ModelExplanation", "Targets", "LocalTransformations"}
        case _:
            pass
    parents.append(name)
    if len(parents) > _DEEPEST:
        raise Malformed(f"it is nested more than {_DEEPEST} deep")
    if len(found.kinds) + len(found.schema) + len(found.outputs) > _MOST_FIELDS:
        raise TooMuch


def _kind(attributes: Mapping[str, str]) -> str:
    return " ".join(filter(None, (attributes.get("optype"), attributes.get("dataType"))))


def _refuse(*_: object) -> None:
    raise Malformed("it declares a document type or entities, which PMML does not need")
