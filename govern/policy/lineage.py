"""What inputs are made from, as it was registered: the text of a transformation, and of whatever it names, to any depth.

A text is whatever its author wrote, so a name counts wherever it stands: better a finding too many, which its author can mend
by other words, than a column under another name. Capitals, wide letters and characters that nobody sees make no other name.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence

_WORDS = re.compile(r"[^\W\d_]+|\d+")
_NAMES = re.compile(r"\w+")
_HUMPS = re.compile("(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_UNSEEN = re.compile("[\\x00-\\x08\\x0e-\\x1f\\x7f-\\x9f\\xad\\u200b-\\u200f\\u202a-\\u202e\\u2060-\\u206f\\ufeff]")


def is_alike(name: str, other: str, match: Sequence[str]) -> bool:
    """Say whether ``other`` is called a name, or has it as one of its words."""
    if folded(other) == folded(name):
        return True
    words = set(_words(name))
    return "alias" in match and bool(words) and words <= set(_words(other))


def folded(text: str) -> str:
    """Return a text as names are compared."""
    return _seen(text).casefold()


def descent(feature: str, name: str, made_from: Mapping[str, str], match: Sequence[str]) -> tuple[str, ...]:
    """Return the steps by which an input comes from what is called ``name``, from the input on; none if it does not."""
    texts = dict[str, str]()
    for one, text in made_from.items():
        # What is said under the same name in other capitals is said of the same input.
        texts[folded(one)] = f"{texts.get(folded(one), '')}\n{_seen(text)}"
    seen: set[str] = {folded(feature)}
    waiting: list[tuple[str, ...]] = [(feature,)]
    for steps in waiting:
        said_of = texts.get(folded(steps[-1]))
        if said_of is None:
            continue
        said = next(_said(name, said_of, match), None)
        if said:
            return (*steps, said)
        for one in _named(said_of, texts):
            if one not in seen:
                seen.add(one)
                waiting.append((*steps, one))
    return ()


def _said(name: str, text: str, match: Sequence[str]) -> Iterator[str]:
    """Yield what in a text is called a name: a word of it, or the words of a longer name one after the other."""
    yield from (one for one in _NAMES.findall(text) if is_alike(name, one, match))
    phrase, whole = (" ".join(_NAMES.findall(folded(one))) for one in (name, text))
    if " " in phrase and f" {phrase} " in f" {whole} ":
        yield name


def _named(text: str, names: Mapping[str, str]) -> Iterator[str]:
    """Yield the names that a text names, also those that are no single word."""
    words = set(_NAMES.findall(folded(text)))
    yield from (one for one in names if one in words or (not _NAMES.fullmatch(one) and one in folded(text)))


def _words(text: str) -> list[str]:
    """Return the words of a name, also of one that is written sexAtBirth."""
    return _WORDS.findall(_HUMPS.sub(" ", _seen(text)).casefold())


def _seen(text: str) -> str:
    return _UNSEEN.sub("", unicodedata.normalize("NFKC", text))
