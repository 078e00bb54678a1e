"""JSON of any size, of which a few places are wanted: everything else is passed over as it comes, without being built.

A place is a tuple of keys; ``*`` in it stands for any key, and for any element of an array. What is found there is a text,
a number, a truth, nothing, or a list of these; what is larger is passed over.
"""

import json
import re
from collections.abc import Iterator, Sequence
from typing import TypeAlias

from govern.artifacts.source import Malformed, Source, TooMuch, seen

Place: TypeAlias = tuple[str, ...]
Plain: TypeAlias = str | int | float | bool | None
Found: TypeAlias = tuple[Place, Plain | list[Plain]]

MOST_ELEMENTS = 100_000
DEEPEST = 200
"""More levels than any model has."""

_CHUNK = 1 << 18
_LONGEST_TEXT = 1 << 16
_BLANK = re.compile(rb"(?:\xef\xbb\xbf)?+[ \t\r\n]*+")
_WORD = re.compile(rb"[-+.0-9A-Za-z]*+")
_INSIDE = re.compile(rb'(?:[^"\\]++|\\.)*+', re.DOTALL)
_STRUCTURE = re.compile(rb'[^"\[\]{}]*+')


def pick(source: Source, wanted: Sequence[Place], at: int = 0) -> Iterator[Found]:
    """Give what stands at the places that are wanted, in the order of the file."""
    text = _Text(source, at)
    yield from _value(text, (), wanted)
    if text.letter():
        raise Malformed(f"something follows the JSON at {text.at:,}")


def below(wanted: Sequence[Place], key: str) -> list[Place]:
    """Return what is still wanted below a key; the empty place is the value itself."""
    return [place[1:] for place in wanted if place and place[0] in ("*", key)]


def _value(text: "_Text", place: Place, wanted: Sequence[Place]) -> Iterator[Found]:
    """Give what is wanted of the value that begins here; recursion ends where the wanted places do."""
    text.count()
    is_wanted, goes_on = () in wanted, any(wanted)
    match text.letter():
        case b"{" if goes_on:
            yield from _members(text, place, wanted)
        case b"[" if goes_on and not is_wanted:
            yield from _elements(text, place, wanted)
        case b"[" if is_wanted:
            if (plain := _list(text)) is not None:
                yield place, plain
        case b"{" | b"[":
            text.pass_over()
        case _:
            plain_one = text.plain()
            if is_wanted:
                yield place, plain_one


def _members(text: "_Text", place: Place, wanted: Sequence[Place]) -> Iterator[Found]:
    text.step(b"{")
    letter = text.letter()
    while letter != b"}":
        text.count()
        key = text.string()
        text.letter()
        text.step(b":")
        yield from _value(text, (*place, key), below(wanted, key))
        letter = text.letter()
        if letter == b",":
            text.step(b",")
            if text.letter() != b'"':
                raise Malformed(f"a key is missing at {text.at:,}")
        elif letter != b"}":
            raise Malformed(f"a comma is missing at {text.at:,}")
    text.step(b"}")


def _elements(text: "_Text", place: Place, wanted: Sequence[Place]) -> Iterator[Found]:
    text.step(b"[")
    number, letter = 0, text.letter()
    while letter != b"]":
        yield from _value(text, (*place, str(number)), below(wanted, str(number)))
        number, letter = number + 1, text.comma()
    text.step(b"]")


def _list(text: "_Text") -> list[Plain] | None:
    """Return a list of plain values, or nothing if there is more than that in it."""
    text.step(b"[")
    found: list[Plain] = []
    is_plain, letter = True, text.letter()
    while letter != b"]":
        if letter in (b"{", b"["):
            text.pass_over()
            is_plain = False
        else:
            found.append(text.plain())
        if len(found) > MOST_ELEMENTS:
            raise TooMuch
        letter = text.comma()
    text.step(b"]")
    return found if is_plain else None


class _Text:
    """A place in a long JSON text."""

    def __init__(self, source: Source, at: int) -> None:
        self._source = source
        self._next = at
        self._chunk = b""
        self._place = 0

    @property
    def at(self) -> int:
        return self._next - len(self._chunk) + self._place

    def count(self) -> None:
        """Put something on the account of what is done for a file."""
        self._source.step()

    def letter(self) -> bytes:
        """Return the letter after the blanks, which stays; nothing at the end."""
        while True:
            found = _BLANK.match(self._chunk, self._place)
            self._place = found.end() if found else self._place
            if self._place < len(self._chunk):
                return self._chunk[self._place : self._place + 1]
            if not self._more():
                return b""

    def step(self, letter: bytes) -> None:
        if self._chunk[self._place : self._place + 1] != letter:
            raise Malformed(f"{letter.decode()!r} is missing at {self.at:,}")
        self._place += 1

    def comma(self) -> bytes:
        """Pass the comma between two elements, and return what comes next."""
        letter = self.letter()
        if letter == b",":
            self.step(b",")
            if (letter := self.letter()) == b"]":
                raise Malformed(f"an element is missing at {self.at:,}")
        elif letter != b"]":
            raise Malformed(f"a comma is missing at {self.at:,}")
        return letter

    def plain(self) -> Plain:
        if self.letter() == b'"':
            return self.string()
        written = self._run(_WORD, keep=True)
        try:
            value = json.loads(written)
        except ValueError:
            raise Malformed(f"{seen(written[:20].decode(errors='replace'))!r} at {self.at:,} is no value") from None
        return value if value is None or isinstance(value, (bool, int, float)) else seen(value)

    def string(self) -> str:
        self.step(b'"')
        inside = self._quoted(keep=True)
        try:
            return str(json.loads(b'"' + inside + b'"', strict=False))
        except ValueError:
            raise Malformed(f"the text before {self.at:,} is not JSON") from None

    def pass_over(self) -> None:
        """Pass an object or an array, however long and however deep."""
        open_ = bytearray()
        while True:
            self.count()
            self._run(_STRUCTURE)
            letter = self.letter()
            self.step(letter or b"]")
            if letter == b'"':
                self._quoted()
            elif letter in b"{[":
                open_ += b"}" if letter == b"{" else b"]"
            elif not open_ or open_.pop() != letter[0]:
                raise Malformed(f"{letter.decode()!r} at {self.at - 1:,} closes what was not opened")
            if not open_:
                return
            if len(open_) > DEEPEST:
                raise Malformed(f"it is nested more than {DEEPEST} deep at {self.at:,}")

    def _quoted(self, *, keep: bool = False) -> bytes:
        """Pass what stands in quotation marks, and the second of them; return it if it is to be kept."""
        kept = bytearray()
        while True:
            kept += self._run(_INSIDE, keep=keep)
            if self._chunk[self._place : self._place + 1] == b'"':
                self._place += 1
                return bytes(kept)
            # What is left is half of an escape.
            if not self._more():
                raise Malformed("a text does not end")

    def _run(self, pattern: re.Pattern[bytes], *, keep: bool = False) -> bytes:
        """Pass as much as has the pattern, across chunks."""
        kept = bytearray()
        while True:
            found = pattern.match(self._chunk, self._place)
            end = found.end() if found else self._place
            if keep:
                kept += self._chunk[self._place : end]
            if len(kept) > _LONGEST_TEXT:
                raise TooMuch
            self._place = end
            if end < len(self._chunk) or not self._more():
                return bytes(kept)

    def _more(self) -> bool:
        """Read on, and keep what is left of the chunk before; return whether there was more."""
        left = self._chunk[self._place :]
        content = self._source.some(self._next, _CHUNK) if self._next < self._source.size else b""
        self._chunk, self._place = left + content, 0
        self._next += len(content)
        return bool(content)


def text(written: str) -> str:
    """Return the text that a text in JSON spells, as skops writes them twice."""
    try:
        value = json.loads(written)
    except (ValueError, RecursionError):
        return written
    return value if isinstance(value, str) else written
