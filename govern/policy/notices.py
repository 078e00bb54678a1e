"""What was found, as every format says it: how grave it is, by which rule, about what, and where.

What fails never looks passed: each verdict has a level, and an outcome in reports of tests, of its own; whatever denies is an
error; and how it all ends is said beside, wherever nothing that was found is as grave.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from itertools import takewhile
from typing import Any

from govern.policy.decimals import write_decimal
from govern.policy.diagnostics import Diagnostic, Severity
from govern.policy.findings import Decision, Finding, Judgement, Verdict
from govern.policy.resolve import Lint
from govern.policy.source import Path, Source, read
from govern.policy.trials import Outcome as Trial


class Level(StrEnum):
    """How grave it is, in the words of SARIF, the gravest first."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"
    NONE = "none"


class Outcome(StrEnum):
    """What a report of tests makes of it."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that was found."""

    rule: str
    """``GOV101``, or the policy and its rule: ``credit/checks.auc``."""
    subject: str
    """The rule, and what it found that about: a path in the document, or a group. Stays when lines move."""
    says: str
    """The severity or the verdict."""
    level: Level
    outcome: Outcome
    message: str
    help: str = ""
    about: str = ""
    """What the rule is, in words."""
    file: str = ""
    line: int = 0
    """Counted from 1, as columns are; 0 if it stands nowhere."""
    column: int = 0
    width: int = 0
    """How many characters it is about; 0 if nobody said."""
    measured: str = ""
    limit: str = ""
    n: int | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """Everything that was found about one thing, and how it ends."""

    title: str
    notices: tuple[Notice, ...]
    end: Notice

    def graver(self) -> tuple[Notice, ...]:
        """Return what is worth a word, the gravest first, and how it ends unless something else is as grave."""
        levels = list(Level)
        loud = sorted(
            (one for one in self.notices if one.level is not Level.NONE), key=lambda one: levels.index(one.level)
        )
        least = levels.index(self.end.level)
        is_said = self.end.level is Level.NONE or any(levels.index(one.level) <= least for one in loud)
        return tuple(loud) if is_said else (self.end, *loud)


_VERDICTS = {
    Verdict.PASS: (Level.NONE, Outcome.PASSED),
    Verdict.WARN: (Level.WARNING, Outcome.SKIPPED),
    Verdict.FAIL: (Level.ERROR, Outcome.FAILED),
    Verdict.INCONCLUSIVE: (Level.WARNING, Outcome.FAILED),
    Verdict.NOT_MEASURED: (Level.ERROR, Outcome.FAILED),
    Verdict.WAIVED: (Level.NOTE, Outcome.SKIPPED),
    Verdict.NOT_APPLICABLE: (Level.NONE, Outcome.SKIPPED),
}
_DECISIONS = {
    Decision.ALLOW: (Level.NONE, Outcome.PASSED, "nothing that was asked stands against it"),
    Decision.DENY: (Level.ERROR, Outcome.FAILED, "the policy says no"),
    Decision.NEEDS_PERSON: (Level.WARNING, Outcome.FAILED, "a person is needed"),
    Decision.NOT_APPLICABLE: (Level.ERROR, Outcome.FAILED, "no policy applies, nothing was checked"),
    Decision.NOTHING_CHECKED: (Level.ERROR, Outcome.FAILED, "nothing was checked"),
}


def of_policies(
    found: Sequence[tuple[str, Lint]], title: str = "Policies", what: tuple[str, str] = ("policy", "policies")
) -> Account:
    """Return what is wrong with policies, each with the file it is in; a file without a mistake passes by name."""
    notices = [notice for file, lint in found for notice in _of_lint(file, lint)]
    errors = sum(one.level is Level.ERROR for one in notices)
    warnings = sum(one.level is Level.WARNING for one in notices)
    says, level, outcome = ("error", Level.ERROR, Outcome.FAILED) if errors else ("ok", Level.NONE, Outcome.PASSED)
    message = f"{_counted(len(found), *what)}, {_counted(errors, 'error')}, {_counted(warnings, 'warning')}"
    return Account(title, _numbered(notices), Notice("lint", "lint", says, level, outcome, message))


def of_trials(found: Sequence[tuple[str, Sequence[Trial], Sequence[str]]], *, mutated: bool) -> Account:
    """Return what came of tests, by file, with the mutants that none of them noticed."""
    notices = [notice for file, tests, survivors in found for notice in _of_file(file, tests, survivors)]
    tests, survivors = (sum(one.rule == rule for one in notices) for rule in ("policy-test", "policy-mutant"))
    failed = sum(one.outcome is Outcome.FAILED for one in notices) - survivors
    said = f"{_counted(tests, 'test')}, {failed} failed" + (f", {survivors} mutants not noticed" if mutated else "")
    is_good = tests and not failed and not survivors
    says = "ok" if is_good else "fail" if tests else "nothing_checked"
    level, outcome = (Level.NONE, Outcome.PASSED) if is_good else (Level.ERROR, Outcome.FAILED)
    return Account("Tests of policies", _numbered(notices), Notice("test", "test", says, level, outcome, said))


def of_judgement(what: str, judgement: Judgement) -> Account:
    """Return what was found about ``what``, e.g. ``credit-risk@1 to production``."""
    policies = ", ".join(f"{one.policy.id} {one.policy.version}" for one in judgement.policies) or "no policy"
    level, outcome, message = _DECISIONS[judgement.decision]
    because = f": {', '.join(judgement.because)}" if judgement.because else ""
    end = Notice("decision", "decision", judgement.decision.value, level, outcome, f"{message}{because}")
    return Account(f"{what} by {policies}", _numbered(map(_of_finding, judgement.findings)), end)


def legible(text: str) -> str:
    """Return ``text`` with a mark for every character that would be hidden, turn it around or break a format."""
    return "".join(char if char.isprintable() or char in "\t\n\r" else "\N{REPLACEMENT CHARACTER}" for char in text)


def _of_lint(file: str, lint: Lint) -> Iterator[Notice]:
    if not lint.diagnostics:
        yield Notice(
            file, file, "pass", Level.NONE, Outcome.PASSED, "nothing is wrong with it", file=file, line=1, column=1
        )
        return
    paths = {name: _Paths(read(text.encode(), name)) for name, text in lint.texts.items()}
    for one in lint.diagnostics:
        is_error = one.severity is Severity.ERROR
        yield Notice(
            rule=one.code.value,
            subject=f"{one.code.value} {paths[one.file].of(one)}".rstrip(),
            says=one.severity.value,
            level=Level.ERROR if is_error else Level.WARNING,
            outcome=Outcome.FAILED if is_error else Outcome.SKIPPED,
            message=one.message,
            help=one.help,
            about=one.code.name.replace("_", " ").capitalize(),
            file=one.file,
            line=one.line,
            column=one.column,
            width=one.width,
        )


def _of_file(file: str, tests: Sequence[Trial], survivors: Sequence[str]) -> Iterator[Notice]:
    for one in tests:
        line, column = (int(number) for number in one.place.rsplit(":", 2)[1:])
        verdict = Verdict.FAIL if one.wrong else Verdict.PASS
        level, outcome = _VERDICTS[verdict]
        about = "A test of a policy"
        said = one.wrong or "as expected"
        yield Notice("policy-test", one.name, verdict.value, level, outcome, said, "", about, file, line, column)
    level, outcome = _VERDICTS[Verdict.FAIL]
    for told in survivors:
        about, said = "A rule that can be taken away or loosened unnoticed", "no test notices it"
        yield Notice("policy-mutant", told, Verdict.FAIL.value, level, outcome, said, "", about, file, 1, 1)


class _Paths:
    """Where in a document a diagnostic is: items of a list by their id, which stays when the list grows."""

    def __init__(self, source: Source) -> None:
        self.keys: dict[tuple[int, int], Path] = {}
        self.values: dict[tuple[int, int], tuple[Path, int]] = {}
        self.document = source.value
        for path, place in source.places.items():
            self.values.setdefault((place.value.line, place.value.column), (path, place.width))
            if place.key:
                self.keys.setdefault((place.key.line, place.key.column), path)

    def of(self, one: Diagnostic) -> str:
        at = one.line, one.column
        path, width = self.values.get(at, ((), 0))
        # A mapping begins where its first key does; a mistake at the key is as wide as that.
        return ".".join(self._steps(path if width == one.width else self.keys.get(at, path)))

    def _steps(self, path: Path) -> Iterator[str]:
        part: Any = self.document
        # Below zero stands what has no path of its own, by a number that any other mistake changes.
        for step in takewhile(lambda step: isinstance(step, str) or step >= 0, path):
            part = None if part is None else part[step]
            named = part.get("id") if isinstance(step, int) and isinstance(part, dict) else None
            yield named if isinstance(named, str) else str(step)


def _of_finding(one: Finding) -> Notice:
    level, outcome = _VERDICTS[one.verdict]
    if one.effect is Decision.DENY:
        level, outcome = Level.ERROR, Outcome.FAILED
    rule = f"{one.policy}/{one.rule}"
    group = " ".join(f"{name}={'(missing)' if value is None else value}" for name, value in (one.group or {}).items())
    file, line, column = (*one.place.rsplit(":", 2), "0", "0")[:3]
    return Notice(
        rule=rule,
        subject=f"{rule} {group}".rstrip(),
        says=one.verdict.value,
        level=level,
        outcome=outcome,
        message=one.message,
        help=one.remedy if outcome is not Outcome.PASSED else "",
        about=f"{one.rule} of the policy {one.policy} {one.version}",
        file=file,
        line=int(line),
        column=int(column),
        measured=_measured(one.value, one.low, one.high),
        limit=one.limit,
        n=one.n,
    )


def _measured(value: Decimal | None, low: Decimal | None, high: Decimal | None) -> str:
    if value is None:
        return ""
    interval = "" if low is None or high is None else f" ({write_decimal(low)} to {write_decimal(high)})"
    return f"{write_decimal(value)}{interval}"


def _numbered(notices: Iterable[Notice]) -> tuple[Notice, ...]:
    """Return the notices, each with a subject of its own in its file."""
    seen: Counter[tuple[str, str]] = Counter()
    told = []
    for one in notices:
        seen[one.file, one.subject] += 1
        number = seen[one.file, one.subject]
        told.append(one if number == 1 else replace(one, subject=f"{one.subject} ({number})"))
    return tuple(told)


def _counted(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or f'{one}s'}"
