"""Which words mean something here: roles, sections of a dossier, and what is said something about.

The ledger admits words of a firm's own. A slip of the pen is found before it is one of them for ever.
"""

from collections.abc import Collection, Iterator
from difflib import get_close_matches
from typing import Any

from govern import discussion, review
from govern.desk import Desk
from govern.errors import InvalidInput
from govern.record.dossier import adopted
from govern.record.identity import Role, check_role
from govern.record.inventory import Version

SECTIONS = ("purpose", "data", "method", "limitations")
"""What is written of most models, also where no policy asks for it."""


def require_role(desk: Desk, role: str) -> None:
    """Raise unless a role is one of ours, somebody holds it, or an adopted policy names it."""
    held = {one for person in desk.registry.everybody for one in person.roles}
    if check_role(role) in held | set(Role):
        return
    policies = adopted(desk.registry.inventory, lambda digest: review.content(desk, digest))
    named = {one for rules in policies for one in _roles(rules.policy.model_dump())}
    if role not in named:
        more = "a role of your own takes --new-role"
        raise InvalidInput(
            f"there is no role {role!r}", hint=_nearest(role, {*Role, *held, *named}, more), code="unknown_role"
        )


def require_section(desk: Desk, one: Version, section: str) -> None:
    """Raise unless a section is a usual one, has a document, or a policy asks for it."""
    known = _sections(desk, one)
    if section not in known:
        more = f"usual are {', '.join(SECTIONS)}; a section of your own takes --new-section"
        raise InvalidInput(
            f"there is no section {section!r}", hint=_nearest(section, known, more), code="unknown_section"
        )


def require_anchor(desk: Desk, one: Version, anchor: str) -> None:
    """Raise unless there is what something is to be said about."""
    known = list(_anchors(desk, one))
    if anchor and anchor.replace("#", "") not in known:
        listed = ", ".join(known)
        raise InvalidInput(
            f"{one.name} has no {anchor!r}", hint=_nearest(anchor, known, f"it has {listed}"), code="unknown_anchor"
        )


def nearest(word: str, known: Collection[str]) -> str:
    """Return the known word that was meant, mistyped or only begun; nothing if none is near."""
    begun = [one for one in sorted(known) if word and one.startswith(word)]
    return next(iter([*get_close_matches(word, sorted(known), n=1), *begun]), "")


def _anchors(desk: Desk, one: Version) -> Iterator[str]:
    policies = [rules.policy for rules in review.dossier_of(desk, one).policies]
    checks = {check.id for policy in policies for check in policy.checks}
    yield from (f"evidence:{check}" for check in sorted(checks | one.measured.keys()))
    yield from (f"document:{section}" for section in sorted(one.documents))
    yield from (f"section:{section}" for section in sorted(_sections(desk, one)))
    yield from (f"finding:{finding.entry}" for finding in one.findings)
    yield from (f"policy:{policy.id}" for policy in policies)


def _sections(desk: Desk, one: Version) -> set[str]:
    return {*SECTIONS, *discussion.sections(desk, one), *one.documents}


def _roles(part: Any) -> Iterator[str]:
    """Yield every role that a policy names, wherever it does."""
    match part:
        case dict():
            for name, value in part.items():
                yield from value if name == "role" else _roles(value)
        case list() | tuple():
            for value in part:
                yield from _roles(value)
        case _:
            pass


def _nearest(word: str, known: Collection[str], otherwise: str) -> str:
    near = nearest(word, known)
    return f"did you mean {near}? {otherwise}" if near else otherwise
