"""What tests found, written into their file: nothing else of it changes, not a byte.

What a test expects is replaced only where it is wrong, and added where it is missing.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import yaml

from govern.errors import InvalidInput
from govern.policy.findings import Judgement
from govern.policy.source import read
from govern.policy.trials import Outcome

_COMMENT = re.compile(r"(^|[ \t])#", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Recorded:
    """One expectation that was written."""

    name: str
    place: str
    before: str
    """As it stood there; empty if nothing did."""
    after: str


def recorded(text: str, file: str, outcomes: Sequence[Outcome]) -> tuple[str, tuple[Recorded, ...]]:
    """Return a file of tests, in which nothing is wrong, with what each of its failing tests found."""
    failing = {place: one for place, one in enumerate(outcomes) if one.wrong}
    if not failing:
        return text, ()
    nodes = _tests(text)
    edits = [(one, _edit(text, nodes[place], one)) for place, one in failing.items()]
    said = tuple(Recorded(one.name, one.place, text[at.start : at.end], _written(one.judgement)) for one, at in edits)
    new = text
    for _, at in reversed(edits):
        new = new[: at.start] + at.text + new[at.end :]
    _require_nothing_else(text, new, file, failing)
    return new, said


def _written(found: Judgement) -> str:
    """Return a decision and its reasons as a test expects them."""
    because = ", ".join(found.because)
    return f"{{decision: {found.decision.value}{f', because: [{because}]' if because else ''}}}"


@dataclass(frozen=True, slots=True)
class _Edit:
    start: int
    end: int
    text: str


def _tests(text: str) -> list[yaml.MappingNode]:
    root = yaml.compose(text, Loader=yaml.CSafeLoader)
    assert isinstance(root, yaml.MappingNode)
    return next(list(value.value) for key, value in root.value if key.value == "tests")


def _edit(text: str, node: yaml.MappingNode, one: Outcome) -> _Edit:
    after = _written(one.judgement)
    value = next((value for key, value in node.value if key.value == "expect"), None)
    if value is not None:
        start, end = value.start_mark.index, _end(text, value)
        if _COMMENT.search(text, start, end):
            raise InvalidInput(
                f"{one.place}: a comment stands in what the test expects, and would be lost",
                hint=f"move the comment, or write by hand: expect: {after}",
            )
        return _Edit(start, end, after if end > start else f" {after}")
    end = _end(text, node.value[-1][1])
    if node.flow_style:
        return _Edit(end, end, f", expect: {after}")
    line = re.compile(r"\r?$", re.MULTILINE).search(text, end)
    assert line
    margin = " " * node.value[0][0].start_mark.column
    newline = "\r\n" if "\r\n" in text else "\n"
    return _Edit(line.start(), line.start(), f"{newline}{margin}expect: {after}")


def _end(text: str, node: yaml.Node) -> int:
    """Return where a value ends; what is written in lines is said to end where the next thing begins."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style:
        last = node.value[-1]
        return _end(text, last[1] if isinstance(last, tuple) else last)
    start, end = node.start_mark.index, node.end_mark.index
    return start + len(text[start:end].rstrip())


def _require_nothing_else(text: str, new: str, file: str, failing: Mapping[int, Outcome]) -> None:
    """Raise unless the two files say the same but for what failing tests expect, which is what they found."""
    was, now = (read(one.encode(), file) for one in (text, new))
    for place, one in failing.items():
        because = list(one.judgement.because)
        was.value["tests"][place]["expect"] = {"decision": one.judgement.decision.value} | (
            {"because": because} if because else {}
        )
    if now.mistakes or was.value != now.value:
        raise InvalidInput(
            f"{file}: what was found cannot be written there", hint="write expect: by hand, where it is missing"
        )
