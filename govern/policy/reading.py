"""From what was read to a typed document, with each mistake at the key or value that it is about."""

import re
from types import NoneType
from typing import Any, TypeVar, get_args

from pydantic import ValidationError

from govern.policy.clauses import Clause
from govern.policy.diagnostics import Code, did_you_mean, quoted
from govern.policy.source import MOST_MISTAKES, Path, Source, described

SomeClause = TypeVar("SomeClause", bound=Clause)


def typed(source: Source, kind: type[SomeClause]) -> SomeClause | None:
    """Return what was read as a document of this kind; None, and every mistake reported, if it is none."""
    try:
        return kind.model_validate(source.value)
    except ValidationError as error:
        for one in error.errors(include_url=False)[: MOST_MISTAKES + 1]:
            _report(source, one, kind)
        return None


def _report(source: Source, error: Any, root: type[Clause]) -> None:
    """Report an error of the types, at the key or value it is about."""
    path: Path = tuple(error["loc"])
    if any(path[:depth] in source.spoiled for depth in range(len(path) + 1)):
        return
    place = source.place(path)
    at, width, hint = place.value, place.width, ""
    match error["type"]:
        case "extra_forbidden":
            at, width = place.key or at, len(str(path[-1]))
            code, message = Code.UNKNOWN_KEY, f"unknown key {quoted(str(path[-1]))}"
            hint = did_you_mean(str(path[-1]), _keys(root, path[:-1]))
        case "missing":
            at, width = source.place(path[:-1]).value, 1
            code, message = Code.MISSING, f"the key {path[-1]} is missing"
        case "literal_error" | "enum":
            names = re.findall(r"'([^']*)'", error["ctx"]["expected"])
            code, message = Code.WRONG_VALUE, f"expected {' or '.join(names)}, found {described(error['input'])}"
            hint = did_you_mean(error["input"], names) if isinstance(error["input"], str) else ""
        case "too_long":
            code, message = Code.OUT_OF_RANGE, f"there are more than {error['ctx']['max_length']} of these"
        case custom if custom.startswith("GOV"):
            code, message, hint = Code(custom), error["msg"], error["ctx"]["hint"]
            if path[-1] == "[key]":
                at, width = source.place(path[:-1]).key or at, len(str(path[-2]))
        case kind:
            expected = "a list" if kind == "tuple_type" else "a mapping"
            code, message = Code.WRONG_TYPE, f"expected {expected}, found {described(error['input'])}"
    source.report(at, code, message, hint=hint, width=width)


def _keys(root: type[Clause], path: Path) -> list[str]:
    """Return the keys that may stand in the mapping at ``path``."""
    kind: Any = root
    for step in path:
        if isinstance(kind, type) and issubclass(kind, Clause):
            known = {field.alias or name: field.annotation for name, field in kind.model_fields.items()}
            # What has a name that the policy chose is of one kind.
            kind = known[str(step)] if step in known else get_args(kind.__annotations__["__pydantic_extra__"])[1]
        else:
            kind = get_args(kind)[1 if isinstance(step, str) else 0]
        kind = next((one for one in get_args(kind) if NoneType in get_args(kind) and one is not NoneType), kind)
    return [field.alias or name for name, field in kind.model_fields.items()]
