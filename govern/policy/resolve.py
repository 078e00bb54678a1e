"""From the bytes of a policy to the document that people sign, or to everything that is wrong with it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import NoneType
from typing import Any, get_args

from pydantic import ValidationError

from govern.errors import InvalidInput
from govern.ledger.strict import Digest
from govern.policy.consistency import report_contradictions
from govern.policy.diagnostics import Code, Diagnostic, Position, Severity, did_you_mean, quoted
from govern.policy.document import Clause, Policy
from govern.policy.source import MOST_MISTAKES, Path, Source, described, read

SCHEMA = "govern/policy/v1"
_REQUIRES = re.compile(
    r"""^requires:[ \t]*(["']?>=([0-9]{1,6}(?:\.[0-9]{1,6}){0,2}))["']?[ \t]*(?:#.*)?\r?$""", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Resolved:
    """A policy that may be judged by, its digest, and where each of its rules is written."""

    policy: Policy
    digest: Digest
    places: Mapping[str, str]
    """``file:line:column`` by rule, e.g. ``checks.auc``."""


@dataclass(frozen=True, slots=True)
class Lint:
    """What is wrong with a policy, in the order of the file, and the policy if nothing is."""

    text: str
    diagnostics: tuple[Diagnostic, ...]
    resolved: Resolved | None

    @property
    def is_clean(self) -> bool:
        return self.resolved is not None

    def rendered(self) -> str:
        return "\n\n".join(one.rendered(self.text) for one in self.diagnostics)


def lint(content: bytes, file: str, version: str) -> Lint:
    """Return what Govern ``version`` has to say of the policy ``content``, all of it in one pass."""
    source = read(content, file)
    needed = _needed(source.text, version)
    if needed:
        return Lint(source.text, (Diagnostic(file, *needed, help="install a newer Govern"),), None)
    policy = None
    if source.value is not None or not source.mistakes:
        policy = _typed(source)
        report_contradictions(source)
    diagnostics = tuple(sorted(set(source.mistakes)))
    if policy is None or any(one.severity is Severity.ERROR for one in diagnostics):
        return Lint(source.text, diagnostics, None)
    return Lint(source.text, diagnostics, Resolved(policy, policy.digest, dict(_places(source, policy))))


def resolve(content: bytes, file: str, version: str) -> Resolved:
    """Return the policy; raise `InvalidInput` with its first mistake."""
    found = lint(content, file, version)
    if found.resolved is None:
        errors = [one for one in found.diagnostics if one.severity is Severity.ERROR]
        more = f", and {len(errors) - 1} more" if len(errors) > 1 else ""
        raise InvalidInput(f"{errors[0]}{more}", hint=errors[0].help or "run `govern policy lint`", code="policy")
    return found.resolved


def _needed(text: str, version: str) -> tuple[int, int, Severity, Code, str] | None:
    """Return the diagnostic of a policy for a later Govern, whatever else is in it that this one cannot know."""
    found = _REQUIRES.search(text)
    if not found or _release(found[2]) <= _release(version):
        return None
    message = f"this policy needs govern {found[2]}, this is {version}"
    column = found.start(1) - text.rfind("\n", 0, found.start(1))
    return text.count("\n", 0, found.start(1)) + 1, column, Severity.ERROR, Code.TOO_NEW, message


def _release(version: str) -> tuple[int, ...]:
    numbers = tuple(int(part) for part in re.findall(r"\d+", version)[:3])
    return numbers + (0,) * (3 - len(numbers))


def _typed(source: Source) -> Policy | None:
    try:
        return Policy.model_validate(source.value)
    except ValidationError as error:
        for one in error.errors(include_url=False)[: MOST_MISTAKES + 1]:
            _report(source, one)
        return None


def _report(source: Source, error: Any) -> None:
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
            hint = did_you_mean(str(path[-1]), _keys(path[:-1]))
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


def _keys(path: Path) -> list[str]:
    """Return the keys that may stand in the mapping at ``path``."""
    kind: Any = Policy
    for step in path:
        if isinstance(kind, type) and issubclass(kind, Clause):
            kind = {field.alias or name: field.annotation for name, field in kind.model_fields.items()}[str(step)]
        else:
            kind = get_args(kind)[1 if isinstance(step, str) else 0]
        kind = next((one for one in get_args(kind) if NoneType in get_args(kind) and one is not NoneType), kind)
    return [field.alias or name for name, field in kind.model_fields.items()]


def _places(source: Source, policy: Policy) -> Iterator[tuple[str, str]]:
    """Yield each rule with where it is written."""
    paths: dict[str, Path] = {f"checks.{one.id}": ("checks", place) for place, one in enumerate(policy.checks)}
    paths |= {f"{kind}.{name}": (kind, name) for kind in ("approvals", "gates") for name in getattr(policy, kind)}
    paths |= {name: (name,) for name in ("documentation", "waivers", "evidence") if getattr(policy, name)}
    for rule, path in paths.items():
        place = source.place(path)
        yield rule, f"{source.file}:{place.key or place.value}"
    yield "policy", f"{source.file}:{Position(1, 1)}"
