"""A policy as one flat document: what people read and sign, with where each value that is not its own comes from."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from govern.policy.decimals import write_decimal
from govern.policy.document import Policy
from govern.policy.source import Path, Source, is_text

_FROM = r"([a-z0-9/-]+)/([0-9]+\.[0-9]+\.[0-9]+)\.yaml:[0-9]+"
_COMMENT = re.compile(
    rf"  # (?:\$[A-Za-z0-9_-]+, )?((?:[0-9]+ from )?{_FROM}(?:, [0-9]+ from {_FROM})*)$", re.MULTILINE
)
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*( [A-Za-z0-9_./-]+)*")


def flat(source: Source) -> str:
    """Return what was assembled as YAML that stands on nothing else; it has the same digest."""
    order = [field.alias or name for name, field in Policy.model_fields.items() if name != "extends"]
    value = {key: source.value[key] for key in order if key in source.value}
    return "\n".join(_lines(source, value, (), "")) + "\n"


def built_on(text: str) -> tuple[str, ...]:
    """Return the packs, each with its version, that values of a flat document say they are from."""
    return tuple(
        sorted(
            {f"{pack} {version}" for found in _COMMENT.finditer(text) for pack, version in re.findall(_FROM, found[1])}
        )
    )


def _lines(source: Source, value: dict[str, Any], path: Path, margin: str) -> Iterator[str]:
    for key, part in value.items():
        at = (*path, key)
        match part:
            case dict() if part:
                yield f"{margin}{_text(key)}:"
                yield from _lines(source, part, at, f"{margin}  ")
            case [dict(), *_]:
                yield f"{margin}{_text(key)}:"
                for place, one in enumerate(part):
                    yield from _item(source, one, (*at, place), f"{margin}  ")
            case _:
                yield f"{margin}{_text(key)}: {_inline(part)}{_comment(source, at, part)}"


def _item(source: Source, value: dict[str, Any], path: Path, margin: str) -> Iterator[str]:
    lines = list(_lines(source, value, path, f"{margin}  "))
    yield f"{margin}- {lines[0].lstrip()}"
    yield from lines[1:]


def _inline(value: Any) -> str:
    match value:
        case dict():
            return "{" + ", ".join(f"{_text(key)}: {_inline(part)}" for key, part in value.items()) + "}"
        case list():
            return "[" + ", ".join(_inline(part) for part in value) + "]"
        case Decimal():
            return write_decimal(value)
        case _:
            return _text(str(value))


def _text(text: str) -> str:
    """Return a text as YAML has it, in quotes where it would be read as something else."""
    return text if _PLAIN.fullmatch(text) and is_text(text) else json.dumps(text, ensure_ascii=False)


def _comment(source: Source, path: Path, value: Any) -> str:
    of_items = [_elsewhere(source, (*path, place)) for place, _ in enumerate(value)] if isinstance(value, list) else []
    if len(set(of_items)) > 1:
        counted = Counter(one for one in of_items if one)
        return "  # " + ", ".join(f"{number} from {where}" for where, number in counted.items())
    where = of_items[0] if of_items else _elsewhere(source, path)
    said = ", ".join(part for part in (source.parameters.get(path), where) if part)
    return f"  # {said}" if said else ""


def _elsewhere(source: Source, path: Path) -> str:
    """Return where a value is written, if that is in another file."""
    at = source.place(path).value
    return f"{at.file}:{at.line}" if at.file and at.file != source.file else ""
