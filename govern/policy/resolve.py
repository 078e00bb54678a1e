"""From the bytes of a policy to the document that people sign, or to everything that is wrong with it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from govern.errors import InvalidInput
from govern.ledger.strict import Digest
from govern.policy.assembly import NOTHING, Library, assembled
from govern.policy.consistency import report_contradictions
from govern.policy.diagnostics import Code, Diagnostic, Position, Severity
from govern.policy.document import Policy
from govern.policy.flat import flat
from govern.policy.learnt import report_learnt
from govern.policy.reading import typed
from govern.policy.references import report_references
from govern.policy.source import Path, Source, read

SCHEMA = "govern/policy/v1"
ANY_RELEASE = "999999.0.0"
"""What reads policies that are adopted: whichever release they need, and whatever Govern learnt to see since."""
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
    text: str = field(default="", repr=False, compare=False)
    """The policy as one flat document."""


@dataclass(frozen=True, slots=True)
class Lint:
    """What is wrong with a policy, in the order of the file, and the policy if nothing is."""

    texts: Mapping[str, str]
    """By file: the policy, and the packs that it builds on."""
    diagnostics: tuple[Diagnostic, ...]
    resolved: Resolved | None

    @property
    def is_clean(self) -> bool:
        return self.resolved is not None

    def rendered(self) -> str:
        return "\n\n".join(one.rendered(self.texts[one.file]) for one in self.diagnostics)


def lint(  # noqa: PLR0913, PLR0917  it is asked as much
    content: bytes,
    file: str,
    version: str,
    library: Library = NOTHING,
    today: date | None = None,
    untested: str = "",
) -> Lint:
    """Return what Govern ``version`` has to say of the policy ``content``, all of it in one pass.

    What is cited is looked up where the library has citations, and what is out of force said where there is a day;
    ``untested`` is the file that tests of it would stand in, where there is none: said of what is right otherwise.
    """
    source = read(content, file)
    needed = _needed(source.text, version)
    if needed:
        return Lint({file: source.text}, (Diagnostic(file, *needed, help="install a newer Govern"),), None)
    policy, texts = None, {file: source.text}
    if source.value is not None or not source.mistakes:
        begins = source.place(()).value
        source, texts, is_whole = assembled(source, library)
        policy = typed(source, Policy)
        if is_whole:
            report_contradictions(source)
            if version != ANY_RELEASE:
                report_learnt(source)
            report_references(source, library.citations, today)
        if untested and not any(one.severity is Severity.ERROR for one in source.mistakes):
            message = f"the policy has no tests: there is no {untested}"
            hint = "write a case and what you expect of it; `govern policy test --record` fills in what is found"
            source.report(begins, Code.UNTESTED, message, hint=hint, is_error=False)
    diagnostics = tuple(sorted(set(source.mistakes), key=lambda one: (one.file != file, one)))
    if policy is None or any(one.severity is Severity.ERROR for one in diagnostics):
        return Lint(texts, diagnostics, None)
    resolved = Resolved(policy, policy.digest, dict(_places(source, policy)), flat(source))
    return Lint(texts, diagnostics, resolved)


def resolve(content: bytes, file: str, version: str, library: Library = NOTHING) -> Resolved:
    """Return the policy; raise `InvalidInput` with its first mistake."""
    found = lint(content, file, version, library)
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


def _places(source: Source, policy: Policy) -> Iterator[tuple[str, str]]:
    """Yield each rule with where it is written."""
    paths: dict[str, Path] = {f"checks.{one.id}": ("checks", place) for place, one in enumerate(policy.checks)}
    paths |= {f"{kind}.{name}": (kind, name) for kind in ("approvals", "gates") for name in getattr(policy, kind)}
    single = ("documentation", "waivers", "evidence", "enforcement", "effective")
    paths |= {name: (name,) for name in single if name in policy.model_fields_set}
    paths |= {f"data.{role}": ("data", role) for role in policy.data.asked}
    if policy.explainability:
        paths |= {f"explainability.{name}": ("explainability", name) for name, _ in policy.explainability.rules()}
    if policy.monitoring:
        paths |= {f"monitoring.{name}": ("monitoring", name) for name in policy.monitoring.watches}
    for rule, path in paths.items():
        place = source.place(path)
        at = place.key or place.value
        yield rule, f"{at.file or source.file}:{at}"
    yield "policy", f"{source.file}:{Position(1, 1)}"
