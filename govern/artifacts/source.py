"""What is inspected: bytes by place, whether of a file or of kept content, and what came of it.

Whatever a file claims, no more than a few MiB of it are held at once, and no more is done than a few seconds' work.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Self, TypeAlias

from govern.errors import InvalidInput

Read: TypeAlias = Callable[[int, int], bytes]
"""Gives the bytes at a place, as many as asked for or as there are."""

MOST_AT_ONCE = 4 << 20
MOST_COLUMNS = 2000
MOST_STEPS = 1_000_000
_MOST_READ = 1 << 30
_WINDOW = 1 << 16
_LINE = 1 << 12
_LONGEST_TEXT = 300
# Control characters and what turns text around would say something else on a terminal.
_UNSEEN = re.compile("[\\x00-\\x1f\\x7f-\\x9f\\u200b\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff]")


class Malformed(InvalidInput):
    """The file is not what it began as; the message says where."""


class TooMuch(InvalidInput):
    """To say what is in the file would take more than is done for it."""

    def __init__(self) -> None:
        super().__init__("to say what is in it would take more than is done for a file")


@dataclass(frozen=True, slots=True)
class Column:
    """Something that goes into a model or comes out of it."""

    name: str
    kind: str

    @classmethod
    def of(cls, name: object, kind: object) -> Self:
        return cls(seen(name), seen(kind))

    def __str__(self) -> str:
        return f"{self.name} ({self.kind})" if self.kind else self.name


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a file is by its own words: derived from its bytes at any time, never recorded."""

    format: str
    inputs: tuple[Column, ...] = ()
    outputs: tuple[Column, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    flags: tuple[str, ...] = ()

    def flagged(self, *flags: str) -> Self:
        return replace(self, flags=(*self.flags, *flags))


def inspection(
    format_: str,
    *,
    inputs: list[Column] | None = None,
    outputs: list[Column] | None = None,
    facts: dict[str, object] | None = None,
    flags: tuple[str, ...] = (),
) -> Inspection:
    """Return what was found, with no more columns than somebody would read."""
    inputs, outputs = inputs or [], outputs or []
    said = [
        f"only the first {MOST_COLUMNS:,} of {len(columns):,} {what} are listed"
        for columns, what in ((inputs, "inputs"), (outputs, "outputs"))
        if len(columns) > MOST_COLUMNS
    ]
    return Inspection(
        format=format_,
        inputs=tuple(inputs[:MOST_COLUMNS]),
        outputs=tuple(outputs[:MOST_COLUMNS]),
        facts=tuple((name, seen(value)) for name, value in (facts or {}).items() if value not in (None, "", 0)),
        flags=(*flags, *said),
    )


def seen(value: object) -> str:
    """Return the text as it can be shown: nothing invisible in it, and no longer than somebody reads."""
    text = _UNSEEN.sub("\ufffd", str(value).encode(errors="replace").decode())
    return text if len(text) <= _LONGEST_TEXT else f"{text[: _LONGEST_TEXT - 1]}…"


class Source:
    """A file that is inspected; every read is bounded, and so is their sum."""

    def __init__(self, read: Read, size: int) -> None:
        self.size = size
        self._read = read
        self._left = _MOST_READ
        self._steps = MOST_STEPS
        self._window = b""
        self._from = 0

    def read(self, at: int, length: int) -> bytes:
        """Return exactly so many bytes."""
        self.step()
        place = at - self._from
        if place >= 0 and length >= 0 and place + length <= len(self._window):
            return self._window[place : place + length]
        if length < 0 or at < 0 or at + length > self.size:
            raise Malformed(f"it claims {length:,} bytes at {at:,}, and has {self.size:,} in all")
        if length > MOST_AT_ONCE:
            raise TooMuch
        if length <= _WINDOW:
            self._from, self._window = at, self.some(at, _WINDOW)
            content = self._window[:length]
        else:
            content = self.some(at, length)
        if len(content) != length:
            raise Malformed(f"it ends at {at + len(content):,}, before its {self.size:,} bytes")
        return content

    def some(self, at: int, length: int) -> bytes:
        """Return what there is of so many bytes."""
        self._left -= length
        self.step()
        if self._left < 0:
            raise TooMuch
        return self._read(at, min(length, max(self.size - at, 0)))

    def part(self, start: int, end: int) -> "Source":
        """Return a part of it as a file of its own, on the same account."""
        if not 0 <= start <= end <= self.size:
            raise Malformed(f"it claims the bytes {start:,} to {end:,}, and has {self.size:,}")
        return Source(lambda at, length: self.some(start + at, length), end - start)

    def step(self) -> None:
        self._steps -= 1
        if self._steps < 0:
            raise TooMuch


def of_bytes(content: bytes) -> Source:
    return Source(lambda at, length: content[at : at + length], len(content))


class Cursor:
    """A place in a file that moves on; what is skipped is not read."""

    def __init__(self, source: Source, at: int = 0, end: int | None = None) -> None:
        self.at = at
        self.end = source.size if end is None else end
        self._source = source
        if not 0 <= at <= self.end <= source.size:
            raise Malformed(f"it claims the bytes {at:,} to {self.end:,}, and has {source.size:,}")

    @property
    def is_over(self) -> bool:
        return self.at >= self.end

    def take(self, length: int) -> bytes:
        self._within(length)
        content = self._source.read(self.at, length)
        self.at += length
        return content

    def byte(self) -> int:
        return self.take(1)[0]

    def peek(self) -> int:
        found = self.byte()
        self.at -= 1
        return found

    def skip(self, length: int) -> None:
        self._source.step()
        self._within(length)
        self.at += length

    def number(self, length: int, *, big: bool = False, signed: bool = False) -> int:
        return int.from_bytes(self.take(length), "big" if big else "little", signed=signed)

    def text(self, length: int) -> str:
        """Return so many bytes as text; a long one is cut, and skipped to its end."""
        kept = self.take(min(length, 4 * _LONGEST_TEXT))
        self.skip(length - len(kept))
        return kept.decode(errors="replace")

    def line(self, longest: int | None = _WINDOW) -> bytes:
        """Return what stands before the next line feed, which is passed; without a limit, of a long one the beginning."""
        found = bytearray()
        while True:
            part = self._source.read(self.at, min(_LINE, self.end - self.at))
            line, feed, _ = part.partition(b"\n")
            self.at += len(line) + len(feed)
            if longest is not None or len(found) < _WINDOW:
                found += line
            if feed:
                return bytes(found)
            if not part or (longest is not None and len(found) > longest):
                raise Malformed(f"the line before {self.at:,} does not end")

    def _within(self, length: int) -> None:
        if length < 0 or self.at + length > self.end:
            raise Malformed(f"it claims {length:,} bytes at {self.at:,}, and ends at {self.end:,}")
