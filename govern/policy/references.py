"""What rules stand on, between the keys of a policy: references that are named, cited, in force and covered."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from govern.policy.citations import Citation, current
from govern.policy.diagnostics import Code, did_you_mean, quoted
from govern.policy.parts import report
from govern.policy.source import Path, Source

_COVERING = ("data", "checks", "explainability", "documentation", "approvals", "monitoring")


def report_references(source: Source, citations: Mapping[str, Citation], today: date | None) -> None:
    """Report every reference that is unknown, out of force on a day, or covered by nothing."""
    value = source.value if isinstance(source.value, dict) else {}
    references = value.get("references")
    known = references if isinstance(references, dict) else {}
    covered = set[str]()
    path: Path
    for root in _COVERING:
        for path, name in _covers((root,), value.get(root)):
            covered.add(name)
            if name not in known and path not in source.spoiled:
                hint = did_you_mean(name, known) or "declare it in references:"
                report(source, path, Code.UNKNOWN_REFERENCE, f"unknown reference {quoted(name)}", hint)
    for name, reference in known.items():
        path = ("references", name)
        if name not in covered:
            place = source.place(path)
            message = f"nothing covers the reference {quoted(name)}"
            at = place.key or place.value
            source.report(at, Code.UNCOVERED, message, hint="", width=len(name), is_error=False)
        cite = reference.get("cite") if isinstance(reference, dict) else None
        if isinstance(cite, str) and citations and not reference.get("title"):
            _check_citation(source, (*path, "cite"), cite, citations, today)


def _check_citation(
    source: Source, path: Path, cite: str, citations: Mapping[str, Citation], today: date | None
) -> None:
    if cite not in citations:
        hint = did_you_mean(cite, citations) or "give it a title: of its own"
        report(source, path, Code.UNKNOWN_CITATION, f"unknown citation {quoted(cite)}", hint)
        return
    found = citations[cite]
    if today is None or found.in_force(today):
        return
    after = current(citations, cite, today)
    if after != cite:
        since = citations[after].from_
        hint = f"in its place: {after}" + (f", in force since {since}" if since and since > date.min else "")
    else:
        hint = f"see {found.source}"
    report(source, path, Code.SUPERSEDED, f"{found.title} {found.standing(today)}", hint, is_error=False)


def _covers(path: Path, value: Any) -> Iterator[tuple[Path, str]]:
    """Yield every reference that something under ``path`` covers."""
    parts = value.items() if isinstance(value, dict) else enumerate(value if isinstance(value, list) else ())
    for step, part in parts:
        if step == "covers" and isinstance(value, dict):
            listed = [part] if isinstance(part, str) else part if isinstance(part, list) else []
            for place, name in enumerate(listed):
                if isinstance(name, str):
                    yield ((*path, step) if isinstance(part, str) else (*path, step, place)), name
        else:
            yield from _covers((*path, step), part)
