"""From a policy as it is written to one that stands alone: packs laid under it, parameters filled in.

What is asked for and cannot be had is reported where it is asked for.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from govern.ledger.strict import Digest
from govern.policy.citations import Citation
from govern.policy.diagnostics import Code, Severity, did_you_mean, quoted
from govern.policy.overlay import laid_over
from govern.policy.parts import listed, mapping, report
from govern.policy.source import Path, Source, read

_PACK = re.compile(r"([a-z][a-z0-9-]*(?:/[a-z0-9][a-z0-9-]*)+)(?:@(\^?)([0-9]{1,6}(?:\.[0-9]{1,6}){0,2}))?")
_PARAMETER = re.compile(r"\$[A-Za-z_][A-Za-z0-9_-]*")
_FILE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./-]{0,199}\.ya?ml")
DICTIONARY: Path = ("explainability", "reason_codes", "dictionary")
_DEEPEST = 8
"""Packs on packs; more is a knot that nobody would untangle."""


@dataclass(frozen=True, slots=True)
class Release:
    """One version of a pack, as its file is."""

    version: tuple[int, int, int]
    file: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Library:
    """What policies can build on and cite, read when it is asked for."""

    packs: Callable[[], Mapping[str, tuple[Release, ...]]] = dict
    citations: Mapping[str, Citation] = field(default_factory=dict)
    beside: Callable[[str], bytes | None] = lambda _: None
    """Files beside the policy, by their path from its folder."""


NOTHING = Library()


def assembled(source: Source, library: Library) -> tuple[Source, dict[str, str], bool]:
    """Return the policy that ``source`` is with all that it builds on, the text of every file, and whether all was had."""
    texts, is_whole = {source.file: source.text}, True
    if isinstance(source.value, dict):
        built = _built(source, library, texts, ())
        source, is_whole = built or source, built is not None
        _fill_in(source)
        _pin_dictionary(source, library)
        _name_approvals(source)
    return source, texts, is_whole


def _built(source: Source, library: Library, texts: dict[str, str], above: tuple[str, ...]) -> Source | None:
    """Return ``source`` laid over its packs, the later ones over the earlier; None, reported, if one cannot be had."""
    under: Source | None = None
    for place, one in enumerate(listed(source.value, "extends")):
        name, at = one.get("pack") if isinstance(one, dict) else None, ("extends", place, "pack")
        if not isinstance(name, str):
            return None  # reported by the types
        pack = _pack(source, at, name, library, texts, above)
        if pack is None:
            return None
        under = laid_over(under, pack, beside=True) if under else pack
        if under.mistakes:
            report(source, at, Code.LOOSENS, f"{quoted(name)}: {under.mistakes[0].message}")
            return None
    return laid_over(under, source) if under else source


def _pack(  # noqa: PLR0913, PLR0917  who asks for it, for what, and from where
    source: Source, at: Path, name: str, library: Library, texts: dict[str, str], above: tuple[str, ...]
) -> Source | None:
    found = _release(source, at, name, library)
    if found is None:
        return None
    if found.file in above or len(above) == _DEEPEST:
        message = f"{quoted(name)} builds on itself" if found.file in above else f"packs are more than {_DEEPEST} deep"
        report(source, at, Code.CIRCULAR, message)
        return None
    pack = read(found.content, found.file)
    texts[found.file] = pack.text
    if not pack.mistakes and isinstance(pack.value, dict):
        pack = _built(pack, library, texts, (*above, found.file)) or pack
    errors = [one for one in pack.mistakes if one.severity is Severity.ERROR]
    if errors or not isinstance(pack.value, dict):
        told = errors[0] if errors else "it is no policy"
        report(source, at, Code.UNKNOWN_PACK, f"the pack {quoted(name)} cannot be built on: {told}")
        return None
    return pack


def _release(source: Source, at: Path, name: str, library: Library) -> Release | None:
    asked = _PACK.fullmatch(name)
    if not asked:
        report(source, at, Code.MALFORMED, f"{quoted(name)} is not a pack", "write it like core/high-risk@^1")
        return None
    packs = library.packs()
    releases = packs.get(asked[1], ())
    if not releases:
        report(source, at, Code.UNKNOWN_PACK, f"there is no pack {quoted(asked[1])}", did_you_mean(asked[1], packs))
        return None
    least = tuple(int(part) for part in (asked[3] or "0").split("."))
    fixed = 0 if asked[3] is None else 1 if asked[2] else len(least)
    fit = [one for one in releases if one.version >= least and one.version[:fixed] == least[:fixed]]
    if not fit:
        have = ", ".join(".".join(map(str, one.version)) for one in releases)
        report(source, at, Code.UNKNOWN_PACK, f"no release of {asked[1]} is {asked[2]}{asked[3]}", f"there is {have}")
        return None
    return max(fit, key=lambda one: one.version)


def _fill_in(source: Source) -> None:
    """Put the value of its parameter in the place of every ``$name``."""
    params = source.value.get("params")
    known = params if isinstance(params, dict) else {}

    def filled(value: Any, path: Path) -> Any:
        match value:
            case dict():
                return {key: filled(part, (*path, key)) for key, part in value.items()}
            case list():
                return [filled(part, (*path, place)) for place, part in enumerate(value)]
            case str() if _PARAMETER.fullmatch(value):
                return parameter(value, path)
            case _:
                return value

    def parameter(text: str, path: Path) -> Any:
        declared = known.get(text[1:])
        if text[1:] not in known:
            near = did_you_mean(text[1:], known).replace('"', '"$', 1)
            report(source, path, Code.UNKNOWN_PARAMETER, f"undefined parameter {quoted(text)}", near)
        if not isinstance(declared, dict) or isinstance(declared.get("value"), dict | list | None):
            source.spoiled.add(path)  # said where the parameter is declared, or just now
            return None
        source.parameters[path] = text
        return declared["value"]

    source.value = {key: part if key == "params" else filled(part, (key,)) for key, part in source.value.items()}


def _pin_dictionary(source: Source, library: Library) -> None:
    """Put the digest of a dictionary in the place of its path: what is signed says which words are meant."""
    asked, path = mapping(mapping(source.value, "explainability"), "reason_codes"), DICTIONARY
    name = asked.get("dictionary")
    if isinstance(name, str) and _FILE.fullmatch(name) and ".." not in name:
        content = library.beside(name)
        if content is not None:
            asked["dictionary"] = str(Digest.of(content))
            source.parameters[path] = name


def _name_approvals(source: Source) -> None:
    """Give every approval that is written inside a gate a name, after the gate."""
    for gate, asked in mapping(source.value, "gates").items():
        written = listed(asked, "approvals")
        for place, one in enumerate(written):
            if isinstance(one, dict) and isinstance(source.value.setdefault("approvals", {}), dict):
                approvals = source.value["approvals"]
                name = gate if place == 0 else f"{gate}-{place + 1}"
                while name in approvals:
                    name += "-approval"
                approvals[name], written[place] = one, name
                for path, found in list(source.places.items()):
                    if path[:4] == ("gates", gate, "approvals", place):
                        source.places["approvals", name, *path[4:]] = found
