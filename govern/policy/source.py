"""YAML as policies are written in it: a strict subset, read with the position of every key and value.

Only YAML 1.2 core scalars, and of numbers only the decimal ones: ``NO``, ``yes`` and ``on`` are text, ``1e-3`` is a number,
``010`` is refused. Anchors, aliases, tags, merge keys, directives, second documents, duplicate keys, invisible characters,
more than 256 KiB and more than 20 levels are refused. No bytes make it crash or hang: libyaml only ever hands over events.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from itertools import islice
from typing import Any, TypeAlias

import yaml

from govern.policy.decimals import MOST_DIGITS, is_writable
from govern.policy.diagnostics import Code, Diagnostic, Position, Severity, quoted

LARGEST = 256 * 1024
DEEPEST = 20
MOST_MISTAKES = 100
"""That are listed; a file with more is not a policy with mistakes, and nobody would read them."""

Path: TypeAlias = tuple[str | int, ...]

# A fixed table, not `unicodedata`: a signed policy reads the same on every Python. Controls, spaces that are no space,
# joiners, direction marks, fillers, variation selectors, private and unassigned planes. Tab and line feed are allowed.
_INVISIBLE = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\xa0\xad\u034f\u061c\u070f\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f"
    r"\u2028-\u202f\u205f-\u206f\u2800\u3000\u3164\ud800-\uf8ff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffc\ufffe\uffff"
    r"\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U0010ffff]|\r(?!\n)"
)
# YAML 1.2.2, 10.3.2, without octal and hexadecimal.
_CONSTANTS = (
    dict.fromkeys(("", "~", "null", "Null", "NULL"))
    | dict.fromkeys(("true", "True", "TRUE"), True)
    | dict.fromkeys(("false", "False", "FALSE"), False)
)
_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_AMBIGUOUS = re.compile(r"[-+]?0[0-9]+(\.[0-9]*)?([eE][-+]?[0-9]+)?|0o[0-7]+|0x[0-9a-fA-F]+")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands, and its key if it has one."""

    value: Position
    key: Position | None
    width: int

    def of(self, file: str) -> "Place":
        """Return the place as one of another file than the one that is read."""
        return Place(_of(self.value, file), _of(self.key, file) if self.key else None, self.width)


@dataclass(slots=True)
class Source:
    """A file as it was read: numbers are decimals as written, and a mistake that was reported leaves None."""

    file: str
    text: str = ""
    value: Any = None
    places: dict[Path, Place] = field(default_factory=dict)
    mistakes: list[Diagnostic] = field(default_factory=list)
    spoiled: set[Path] = field(default_factory=set)
    """The paths of which something was reported already."""
    parameters: dict[Path, str] = field(default_factory=dict)
    """What stood at a path before the value of a parameter took its place."""

    def report(  # noqa: PLR0913  a mistake has as many parts
        self, at: Position, code: Code, message: str, *, hint: str = "", width: int = 1, is_error: bool = True
    ) -> None:
        if self.is_full:
            return
        if len(self.mistakes) == MOST_MISTAKES:
            code, hint, is_error = Code.TOO_MANY, "", True
            message = f"the file has more than {MOST_MISTAKES} mistakes, the rest is not listed"
        severity = Severity.ERROR if is_error else Severity.WARNING
        self.mistakes.append(Diagnostic(at.file or self.file, at.line, at.column, severity, code, message, hint, width))

    @property
    def is_full(self) -> bool:
        return len(self.mistakes) > MOST_MISTAKES

    def place(self, path: Path) -> Place:
        """Return the place of ``path``, or of the nearest that is written above it."""
        while path not in self.places and path:
            path = path[:-1]
        return self.places.get(path, Place(Position(1, 1), None, 1))


def read(content: bytes, file: str) -> Source:
    """Return what stands in ``content``, with every mistake that a reader of YAML can find."""
    source = Source(file)
    if len(content) > LARGEST:
        source.report(
            Position(1, 1), Code.TOO_LARGE, f"the file has {len(content)} bytes, the largest policy has {LARGEST}"
        )
        return source
    try:
        source.text = content.decode()
    except UnicodeDecodeError as error:
        source.text = content.decode(errors="replace")
        at = _position(content[: error.start].decode(), error.start)
        source.report(at, Code.SYNTAX, "the file is not UTF-8 from here on", hint="save it as UTF-8")
        return source
    if _reports_invisible(source):
        return source
    try:
        _Reader(source, yaml.parse(source.text, Loader=yaml.CSafeLoader)).read()
    except _Enough:
        pass
    except yaml.YAMLError as error:
        _report_syntax(source, error)
    return source


def _reports_invisible(source: Source) -> bool:
    # Where each stands is counted from the first character: of those that are not listed nobody asks.
    for found in islice(_INVISIBLE.finditer(source.text), MOST_MISTAKES + 1):
        source.report(
            _position(source.text, found.start()),
            Code.INVISIBLE,
            f"invisible or direction-changing character U+{ord(found[0]):04X}",
            hint="delete it; reviewers cannot see it",
        )
    return bool(source.mistakes)


def _report_syntax(source: Source, error: yaml.YAMLError) -> None:
    assert isinstance(error, yaml.MarkedYAMLError)  # characters that no YAML may hold were refused before
    mark, began = error.problem_mark, error.context_mark
    assert mark is not None
    source.report(
        Position(mark.line + 1, mark.column + 1),
        Code.SYNTAX,
        f"this is not YAML: {error.problem}",
        hint=f"{error.context} that began at {began.line + 1}:{began.column + 1}" if began else "",
    )


def _position(text: str, index: int) -> Position:
    return Position(text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index))


class _Reader:
    """One walk over the events of one document."""

    def __init__(self, source: Source, events: Iterator[yaml.Event]) -> None:
        self.source = source
        self.events = events
        self.aside = 0
        """How many values stand under no path of the document: those of duplicate and unusable keys."""

    def read(self) -> None:
        next(self.events)  # the stream starts
        document = next(self.events)
        if isinstance(document, yaml.StreamEndEvent):
            self.source.report(Position(1, 1), Code.SYNTAX, "the file is empty")
            return
        assert isinstance(document, yaml.DocumentStartEvent)
        if document.version or document.tags:
            self._forbid(document, "a directive (%) is", "delete the line")
        self.source.value = self._node(next(self.events), (), None)
        next(self.events)  # the document ends
        if not isinstance(second := next(self.events), yaml.StreamEndEvent):
            self._forbid(second, "a second document is", "write one policy in one file")

    def _node(self, event: yaml.Event, path: Path, key: Position | None) -> Any:
        at = _start(event)
        self.source.places[path] = Place(at, key, _width(event))
        if len(path) > DEEPEST:
            self.source.report(at, Code.TOO_DEEP, f"a policy is at most {DEEPEST} levels deep")
        if len(path) > DEEPEST or self.source.is_full:
            raise _Enough
        self._refuse_features(event, path)
        match event:
            case yaml.MappingStartEvent():
                return self._mapping(path)
            case yaml.SequenceStartEvent():
                return self._sequence(path)
            case yaml.ScalarEvent():
                return self._scalar(event, path)
            case _:
                return None

    def _mapping(self, path: Path) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key = self._key(event, path)
            before = self.source.places.get((*path, key)) if key is not None else None
            if key is None or before:
                if before and before.key:
                    self.source.report(
                        _start(event),
                        Code.DUPLICATE,
                        f"duplicate key {quoted(str(key))}",
                        hint=f"first defined at line {before.key.line}; delete one of the two",
                        width=_width(event),
                    )
                # Read for its own mistakes, under a path that no reader of the document asks for.
                self._node(next(self.events), self._aside(path), _start(event))
            else:
                mapping[key] = self._node(next(self.events), (*path, key), _start(event))
        return mapping

    def _sequence(self, path: Path) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            items.append(self._node(event, (*path, len(items)), None))
        return items

    def _key(self, event: yaml.Event, path: Path) -> str | None:
        """Return the text of a key, or None, reported, for what is none."""
        if not isinstance(event, yaml.ScalarEvent):
            self.source.report(_start(event), Code.WRONG_TYPE, "a key is not a text")
            self._node(event, self._aside(path), None)
            return None
        if event.value == "<<" and not event.style:
            self._forbid(event, "a merge key (<<) is", "write the keys out")
            return None
        mistakes = len(self.source.mistakes)
        self._refuse_features(event, path)
        value = self._scalar(event, self._aside(path))
        if isinstance(value, str):
            return value
        if len(self.source.mistakes) == mistakes:
            self.source.report(
                _start(event),
                Code.WRONG_TYPE,
                f"expected a key, found {described(value)}",
                hint="put it in quotes",
                width=_width(event),
            )
        return None

    def _scalar(self, event: yaml.ScalarEvent, path: Path) -> Any:
        text = event.value
        hidden = _INVISIBLE.search(text)
        if hidden:
            self._spoil(
                path, event, Code.INVISIBLE, f"the text hides the character U+{ord(hidden[0]):04X}", "delete it"
            )
            return None
        if event.style:
            return text
        if text in _CONSTANTS:
            return _CONSTANTS[text]
        if _NOT_FINITE.fullmatch(text):
            hint = "a limit that is not a number would never fail"
            self._spoil(path, event, Code.NOT_FINITE, f"{text} is not a usable number", hint)
            return None
        if _AMBIGUOUS.fullmatch(text):
            hint = "write it in decimal without a leading zero, or in quotes if it is text"
            self._spoil(path, event, Code.NUMBER, f"{quoted(text)} would be read as different numbers", hint)
            return None
        return self._number(event, path) if _NUMBER.fullmatch(text) else text

    def _number(self, event: yaml.ScalarEvent, path: Path) -> Decimal | None:
        try:
            number = Decimal(event.value)
        except InvalidOperation:  # an exponent that no decimal has
            number = Decimal("inf")
        if is_writable(number):
            return number
        message = f"{quoted(event.value)} has more than {MOST_DIGITS} digits on one side of the point"
        self._spoil(path, event, Code.NUMBER, message, "a text is put in quotes")
        return None

    def _aside(self, path: Path) -> Path:
        self.aside -= 1
        return (*path, self.aside)

    def _refuse_features(self, event: yaml.Event, path: Path) -> None:
        if isinstance(event, yaml.AliasEvent):
            self.source.spoiled.add(path)
            self._forbid(event, "an alias (*) is", "write the value out")
        elif getattr(event, "anchor", None) is not None and self.source.text[_mark(event).index] == "&":
            self._forbid(event, "an anchor (&) is", "delete it")
        elif getattr(event, "tag", None) is not None:
            self.source.spoiled.add(path)
            self.source.report(_start(event), Code.FORBIDDEN, "a tag (!) is not allowed in policies", hint="delete it")

    def _forbid(self, event: yaml.Event, what: str, hint: str) -> None:
        self.source.report(_start(event), Code.FORBIDDEN, f"{what} not allowed in policies", hint=hint)

    def _spoil(self, path: Path, event: yaml.Event, code: Code, message: str, hint: str) -> None:
        self.source.spoiled.add(path)
        self.source.report(_start(event), code, message, hint=hint, width=_width(event))


class _Enough(Exception):
    """Ends the walk through a document that is nested too deep, or wrong everywhere."""


@lru_cache(maxsize=4096)
def is_text(text: str) -> bool:
    """Say whether ``text`` without quotes is read as itself."""
    other = (_NOT_FINITE, _AMBIGUOUS, _NUMBER)
    return text not in _CONSTANTS and not any(one.fullmatch(text) for one in other)


def described(value: object) -> str:
    """Return a value in the words of a message: ``the number 1.2``, ``nothing``."""
    match value:
        case None:
            return "nothing"
        case bool():
            return f"the truth value {str(value).lower()}"
        case Decimal():
            return f"the number {value}"
        case str():
            return f"the text {quoted(value)}"
        case dict():
            return "a mapping"
        case _:
            return "a list"


def _of(at: Position, file: str) -> Position:
    return at if at.file else Position(at.line, at.column, file)


def _start(event: yaml.Event) -> Position:
    mark = _mark(event)
    return Position(mark.line + 1, mark.column + 1)


def _width(event: yaml.Event) -> int:
    first, last = _mark(event), event.end_mark
    is_one_line = isinstance(event, yaml.ScalarEvent) and last and first.line == last.line
    return max(1, last.column - first.column) if last and is_one_line else 1


def _mark(event: yaml.Event) -> Any:
    """Return where an event starts; the events of a parser always know, whatever their type says."""
    return event.start_mark
