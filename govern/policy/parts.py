"""What the readers of a source share: its parts where they have the right type, and mistakes at their place."""

from collections.abc import Iterable, Iterator
from typing import Any

from govern.policy.diagnostics import Code, did_you_mean, quoted
from govern.policy.source import Path, Source

_KINDS = {Code.UNKNOWN_CHECK: "check", Code.UNKNOWN_APPROVAL: "approval", Code.UNKNOWN_STAGE: "stage"}


def report(  # noqa: PLR0913  a mistake has as many parts
    source: Source, path: Path, code: Code, message: str, hint: str = "", *, is_error: bool = True
) -> None:
    """Report a mistake at the value of ``path``."""
    place = source.place(path)
    source.report(place.value, code, message, hint=hint, width=place.width, is_error=is_error)


def report_key(source: Source, path: Path, code: Code, message: str, hint: str = "", *, is_error: bool = True) -> None:  # noqa: PLR0913
    """Report a mistake at the last key of ``path``."""
    place = source.place(path)
    source.report(place.key or place.value, code, message, hint=hint, width=len(str(path[-1])), is_error=is_error)


def require_known(source: Source, path: Path, code: Code, name: str, known: Iterable[str]) -> None:
    known = list(known)
    if name not in known and not source.is_full:
        message = (
            f"{str(path[0]).removesuffix('s')} {quoted(str(path[1]))} names an unknown {_KINDS[code]} {quoted(name)}"
        )
        report(source, path, code, message, did_you_mean(name, known))


def texts(path: Path, mapping: Any) -> Iterator[tuple[Path, str]]:
    """Yield each text under the last key of ``path``, one or a list, with its own path."""
    value = mapping.get(path[-1]) if isinstance(mapping, dict) else None
    if isinstance(value, str):
        yield path, value
    for place, item in enumerate(value if isinstance(value, list) else ()):
        if isinstance(item, str):
            yield (*path, place), item


def names(mapping: Any, key: str) -> list[str]:
    return [name for _, name in texts((key,), mapping)]


def mapping(value: Any, key: str) -> dict[str, Any]:
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


def listed(value: Any, key: str) -> list[Any]:
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, list) else []
