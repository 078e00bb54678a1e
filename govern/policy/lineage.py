"""What inputs are made from, as it was registered: the text of a transformation, and of whatever it names, to any depth.

A text is whatever its author wrote, so a name counts wherever it stands: better a finding too many, which its author can mend
by other words, than a column under another name.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

_WORDS = re.compile(r"[a-z]+|[0-9]+")
_NAMES = re.compile(r"\w+")


def is_alike(name: str, other: str, match: Sequence[str]) -> bool:
    """Say whether ``other`` is called a name, or has it as one of its words."""
    if other.casefold() == name.casefold():
        return True
    return "alias" in match and set(_words(name)) <= set(_words(other))


def descent(feature: str, name: str, made_from: Mapping[str, str], match: Sequence[str]) -> tuple[str, ...]:
    """Return the steps by which an input comes from what is called ``name``, from the input on; none if it does not."""
    texts = {one.casefold(): text for one, text in made_from.items()}
    seen: set[str] = {feature.casefold()}
    waiting: list[tuple[str, ...]] = [(feature,)]
    for steps in waiting:
        text = texts.get(steps[-1].casefold())
        if text is None:
            continue
        said = next(_said(name, text, match), None)
        if said:
            return (*steps, said)
        for one in _named(text, texts):
            if one not in seen:
                seen.add(one)
                waiting.append((*steps, one))
    return ()


def _said(name: str, text: str, match: Sequence[str]) -> Iterator[str]:
    """Yield what in a text is called a name: a word of it, or the words of a longer name one after the other."""
    yield from (one for one in _NAMES.findall(text) if is_alike(name, one, match))
    phrase, whole = (" ".join(_NAMES.findall(one.casefold())) for one in (name, text))
    if " " in phrase and f" {phrase} " in f" {whole} ":
        yield name


def _named(text: str, names: Mapping[str, str]) -> Iterator[str]:
    """Yield the names that a text names, also those that are no single word."""
    words = {one.casefold() for one in _NAMES.findall(text)}
    yield from (one for one in names if one in words or (not _NAMES.fullmatch(one) and one in text.casefold()))


def _words(text: str) -> list[str]:
    return _WORDS.findall(text.casefold())
