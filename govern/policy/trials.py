"""Tests of a policy: a case as it is good, one change, and the decision with its reasons; and mutants that have to be told.

A test never passes in silence: a policy that says nothing of a case is wrong unless the test expects just that.
"""

import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from govern.policy.clauses import Clause
from govern.policy.diagnostics import Code, Diagnostic, Severity, did_you_mean, quoted
from govern.policy.findings import Decision, Judgement
from govern.policy.fixtures import Fixture, case_of
from govern.policy.judge import judge
from govern.policy.parts import listed, mapping, report
from govern.policy.reading import typed
from govern.policy.resolve import Resolved
from govern.policy.source import Path, Source, read
from govern.policy.words import Id, Moment, Text, Texts

SCHEMA = "govern/policy-test/v1"
_STEP = re.compile(r"([A-Za-z0-9_-]+)|\[([^\]]*)\]")


class When(Clause):
    gate: Text | None = None


class Expected(Clause):
    decision: Decision
    because: Texts = ()


class Trial(Clause):
    name: Text
    given: Text
    change: dict[Text, Any] = Field(default={})
    clock: Moment | None = None
    when: When = When()
    expect: Expected | None = None
    """Missing only until it is recorded: a test that expects nothing fails."""


class Trials(Clause):
    """A file of tests."""

    schema_: Literal["govern/policy-test/v1"] = Field(alias="schema")
    policy: Text
    clock: Moment
    fixtures: dict[Id, Fixture] = Field(default={})
    tests: tuple[Trial, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one test."""

    name: str
    place: str
    """``file:line:column``."""
    wrong: str
    """Why it fails; empty if it does not."""
    judgement: Judgement


@dataclass(frozen=True, slots=True)
class Ready:
    """A test that can be run: the case it is about, and what is expected of it."""

    name: str
    place: str
    case: Mapping[str, Any]
    at: datetime
    when: When
    expect: Expected | None

    def run(self, rules: Resolved) -> Outcome:
        """Return what the policy says of the case, held against what is expected."""
        fixture = Fixture.model_validate(self.case)
        found = judge([rules], case_of(rules.policy, fixture, self.at), self.when.gate)
        return Outcome(self.name, self.place, _wrong(self.expect, found), found)


@dataclass(frozen=True, slots=True)
class Read:
    """A file of tests as it was read."""

    text: str
    policy: str
    """The file of the policy, as the tests name it."""
    tests: tuple[Ready, ...]
    diagnostics: tuple[Diagnostic, ...]

    @property
    def is_clean(self) -> bool:
        return not any(one.severity is Severity.ERROR for one in self.diagnostics)


def read_trials(content: bytes, file: str) -> Read:
    """Return the tests of a file, with everything that is wrong with them."""
    source = read(content, file)
    document = typed(source, Trials) if source.value is not None or not source.mistakes else None
    tests = tuple(_ready(source, document)) if document else ()
    policy = document.policy if document else ""
    return Read(source.text, policy, tests, tuple(sorted(set(source.mistakes))))


def _ready(source: Source, document: Trials) -> Iterator[Ready]:
    fixtures = mapping(source.value, "fixtures")
    for place, trial in enumerate(document.tests):
        path: Path = ("tests", place)
        if trial.given not in fixtures:
            hint = did_you_mean(trial.given, fixtures)
            report(source, (*path, "given"), Code.UNKNOWN_FIXTURE, f"unknown fixture {quoted(trial.given)}", hint)
            continue
        case = deepcopy(fixtures[trial.given])
        written = mapping(listed(source.value, "tests")[place], "change")
        was_there = [_changed(source, (*path, "change", key), case, key, value) for key, value in written.items()]
        if all(was_there):
            changed = Source(source.file, source.text, case)
            if typed(changed, Fixture) is None:
                first = changed.mistakes[0]
                report(
                    source, (*path, "change"), first.code, f"what is changed makes no case: {first.message}", first.help
                )
                continue
            at = source.place((*path, "name")).value
            yield Ready(
                trial.name, f"{source.file}:{at}", case, trial.clock or document.clock, trial.when, trial.expect
            )


def _changed(source: Source, path: Path, case: Any, key: str, value: Any) -> bool:
    """Change a case at ``key``; say whether there was something to be changed."""
    steps = [one[1] or one[2] for one in _STEP.finditer(key)]
    target = case
    for depth, step in enumerate(steps):
        is_last = depth == len(steps) - 1
        at = _at(target, step)
        if at is None and not (is_last and isinstance(target, dict) and value is not None):
            known = list(target) if isinstance(target, dict) else []
            message = f"there is no {quoted(step)} in {quoted(key)} to be changed"
            report(source, path, Code.UNKNOWN_CHANGE, message, did_you_mean(step, map(str, known)))
            return False
        if is_last and value is None:
            del target[at]
        elif is_last:
            before = target[at] if at is not None else None
            both = isinstance(before, dict) and isinstance(value, dict)
            target[step if at is None else at] = {**before, **value} if both else value  # type: ignore[dict-item]
        else:
            target = target[at]
    return True


def _at(target: Any, step: str) -> Any:
    """Return the key or place that a step leads to, or None."""
    if isinstance(target, dict):
        return step if step in target else None
    if not isinstance(target, list):
        return None
    if step.isdigit():
        return int(step) if int(step) < len(target) else None
    asked = dict(part.split("=", 1) for part in step.split(",") if "=" in part)
    return next((place for place, one in enumerate(target) if asked and mapping(one, "by") == asked), None)


def _wrong(expect: Expected | None, found: Judgement) -> str:
    said = f"{found.decision.value}{f', because {chr(44).join(found.because)}' if found.because else ''}"
    if expect is None:
        return f"nothing is expected, found {said}: write expect:, or let --record write it"
    if found.decision is not expect.decision:
        return f"expected {expect.decision.value}, found {said}"
    missing = [one for one in expect.because if one not in found.because]
    return f"expected {expect.decision.value} because of {', '.join(missing)}, found {said}" if missing else ""
