"""What is wrong with a policy, where, and what to write instead.

Lines and columns count from 1, columns in characters. The position is the first character of the thing to change.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum

LONGEST_SHOWN = 60
"""Characters of a line on either side of a caret, and of a text between quotes."""

MOST_CANDIDATES = 200
"""Names that a misspelt one is compared with."""


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


class Code(StrEnum):
    """The mistakes that Govern knows; a code is never renamed or used again."""

    SYNTAX = "GOV001"
    INVISIBLE = "GOV002"
    TOO_LARGE = "GOV003"
    TOO_DEEP = "GOV004"
    TOO_NEW = "GOV005"
    TOO_MANY = "GOV006"
    DUPLICATE = "GOV010"
    NUMBER = "GOV011"
    NOT_FINITE = "GOV012"
    FORBIDDEN = "GOV020"
    MISSING = "GOV100"
    UNKNOWN_KEY = "GOV101"
    WRONG_TYPE = "GOV104"
    WRONG_VALUE = "GOV105"
    NOT_A_DURATION = "GOV106"
    MALFORMED = "GOV107"
    UNKNOWN_METRIC = "GOV110"
    OUT_OF_RANGE = "GOV111"
    WRONG_SIDE = "GOV112"
    NO_LIMIT = "GOV113"
    GROUPING = "GOV114"
    CONTRADICTION = "GOV115"
    UNKNOWN_PARAMETER = "GOV120"
    LOOSENS = "GOV121"
    UNKNOWN_PACK = "GOV122"
    UNKNOWN_CHECK = "GOV123"
    UNKNOWN_APPROVAL = "GOV124"
    CIRCULAR = "GOV125"
    UNKNOWN_STAGE = "GOV126"
    UNKNOWN_REFERENCE = "GOV127"
    UNKNOWN_ROLE = "GOV128"
    EMPTY = "GOV130"
    UNREACHABLE_QUORUM = "GOV131"
    ASKS_NOTHING = "GOV132"
    UNUSED = "GOV140"
    UNCOVERED = "GOV141"
    UNTESTED = "GOV142"
    UNKNOWN_FIXTURE = "GOV143"
    UNKNOWN_CHANGE = "GOV144"
    UNDECLARED = "GOV145"
    SUPERSEDED = "GOV150"
    UNKNOWN_CITATION = "GOV151"


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A character of a file; written ``line:column``."""

    line: int
    column: int
    file: str = ""
    """Which one, where it is not the file that is read."""

    def __str__(self) -> str:
        return f"{self.line}:{self.column}"


@dataclass(frozen=True, slots=True, order=True)
class Diagnostic:
    """One mistake; written ``file:line:column: error[CODE]: message``."""

    file: str
    line: int
    column: int
    severity: Severity
    code: Code
    message: str
    help: str = ""
    width: int = 1
    """How many characters the caret underlines."""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.severity}[{self.code}]: {self.message}"

    def rendered(self, text: str) -> str:
        """Return the diagnostic with the line of ``text`` it is about, a caret, and the help."""
        lines = text.split("\n")
        line = lines[self.line - 1].rstrip("\r") if self.line <= len(lines) else ""
        start = max(0, self.column - LONGEST_SHOWN)
        line = line[start : start + 2 * LONGEST_SHOWN]
        # Shown as what it is: a terminal would hide a character, or turn the line around.
        shown = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in line)
        before = self.column - 1 - start
        caret = " " * before + "^" * max(1, min(self.width, len(line) - before))
        margin = " " * len(str(self.line))
        parts = [str(self), f"{margin} |", f"{self.line} | {shown}", f"{margin} | {caret}"]
        return "\n".join([*parts, f"{margin} = help: {self.help}"] if self.help else parts)

    def as_json(self) -> dict[str, str | int]:
        """Return what ``govern policy lint --json`` says of it."""
        return {
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "severity": self.severity.value,
            "code": self.code.value,
            "message": self.message,
            "help": self.help,
        }


def did_you_mean(word: str, names: Iterable[str]) -> str:
    """Return the help that offers the one of ``names`` nearest to ``word``, or nothing."""
    near = get_close_matches(word.lower()[:60], list(names)[:MOST_CANDIDATES], 1, 0.6)
    return f'did you mean "{near[0]}"?' if near else ""


def quoted(text: str) -> str:
    """Return ``text`` between quotes, cut where it grows long, its invisible characters escaped."""
    short = text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 3] + "..."
    return '"' + "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in short) + '"'
