"""What differs between two releases of a policy, and how large a step of its version that takes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum
from typing import Any

from govern.policy.decimals import is_writable
from govern.policy.document import Policy
from govern.policy.overlay import is_looser, unsaid
from govern.policy.source import Path

_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_WORDS = re.compile(
    r"title|description|owner|requires|pack(\..*)?|.*\.(why|remedy|topic|title)|effective\.review_by", re.DOTALL
)
"""What nobody is judged by."""
_IDENTITY = ("schema", "id", "version")


class Step(IntEnum):
    """Of a version ``major.minor.patch``."""

    NONE = 0
    PATCH = 1
    """Words."""
    MINOR = 2
    """New, or tighter."""
    MAJOR = 3
    """Anything that an approver has to look at again."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that is not as it was."""

    what: str
    before: str | None
    after: str | None
    step: Step


@dataclass(frozen=True, slots=True)
class Stride:
    """From one release to another: the versions, and what differs."""

    before: str
    after: str
    differences: tuple[Difference, ...]

    @property
    def needed(self) -> Step:
        return max((one.step for one in self.differences), default=Step.NONE)

    @property
    def taken(self) -> Step:
        return step_of(self.before, self.after)

    @property
    def least(self) -> str:
        """Return the lowest version that what differs may have."""
        return stepped(self.before, self.needed)

    @property
    def too_short(self) -> str:
        """Return why a newer version is not far enough on; nothing if it is, or is not newer at all."""
        if not Step.NONE < self.taken < self.needed:
            return ""
        return (
            f"from {self.before} to {self.after} is too small a step for what differs: it takes "
            f"{'a major one' if self.needed is Step.MAJOR else 'a minor one'}"
        )


def stride(older: Policy, newer: Policy) -> Stride:
    return Stride(older.version, newer.version, tuple(differences(older, newer)))


def differences(older: Policy, newer: Policy) -> list[Difference]:
    """Return what differs, in a stable order; the version itself is not among it."""
    before, after = dict(_leaves(older.flat(), ())), dict(_leaves(newer.flat(), ()))
    named = {path[:2] for path in before}
    return [
        Difference(
            _told(path), _written(before.get(path)), _written(after.get(path)), _step(path, before, after, named)
        )
        for path in sorted({**before, **after}, key=_told)
        if before.get(path) != after.get(path) and path[0] not in _IDENTITY
    ]


def step_of(older: str, newer: str) -> Step:
    """Return how large a step was taken from one version to another; none if it leads nowhere or back."""
    was, now = (tuple(int(part) for part in version.split(".")) for version in (older, newer))
    if now <= was:
        return Step.NONE
    return next(step for step, place in ((Step.MAJOR, 0), (Step.MINOR, 1), (Step.PATCH, 2)) if now[place] != was[place])


def stepped(version: str, step: Step) -> str:
    """Return the version that is one step on."""
    major, minor, patch = (int(part) for part in version.split("."))
    match step:
        case Step.MAJOR:
            return f"{major + 1}.0.0"
        case Step.MINOR:
            return f"{major}.{minor + 1}.0"
        case Step.PATCH:
            return f"{major}.{minor}.{patch + 1}"
        case _:
            return version


def _leaves(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    if path == ("checks",):
        value = {one["id"]: one for one in value}
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _leaves(part, (*path, key))
    else:
        yield path, value


def _step(path: Path, before: dict[Path, Any], after: dict[Path, Any], named: set[Path]) -> Step:
    if _WORDS.fullmatch(_told(path)):
        return Step.PATCH
    if path not in after or path[0] in {"applies_to", "effective"}:
        return Step.MAJOR
    if path not in before:
        if path[0] == "waivers" and path[1] not in {"never_for", "must_state"}:
            return Step.MAJOR
        if path[:2] not in named and path[0] != "enforcement":
            return Step.MINOR
        return Step.MAJOR if is_looser(path, unsaid(path), _value(after[path])) else Step.MINOR
    if path[0] == "params" and path[2:] == ("value",):
        tighten = before.get((*path[:2], "tighten"))
        looser = is_looser(path, _value(before[path]), _value(after[path]), tighten)
    else:
        looser = is_looser(path, _value(before[path]), _value(after[path]))
    return Step.MINOR if looser is False else Step.MAJOR


def _value(written: Any) -> Any:
    """Return a number as one: a policy's digest is of texts."""
    if isinstance(written, str) and _NUMBER.fullmatch(written) and is_writable(Decimal(written)):
        return Decimal(written)
    return list(written) if isinstance(written, list | tuple) else written


def _told(path: Path) -> str:
    return ".".join(map(str, path))


def _written(value: Any) -> str | None:
    if value is None:
        return None
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
