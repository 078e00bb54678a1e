"""``govern policy test``: policies are tried on cases, and tests on mutants of the policies."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from govern import __version__
from govern.cli import formats, rules, shell

if TYPE_CHECKING:
    from govern.policy.assembly import Library
    from govern.policy.recording import Recorded
    from govern.policy.trials import Outcome, Read

NOTHING_TRIED = 5
TESTS = ".test.yaml"


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of one file of tests."""

    file: Path
    policy: Path
    outcomes: "Sequence[Outcome]"
    text: str
    """The file, with what was recorded."""
    recorded: "Sequence[Recorded]"
    mutants: int = 0
    survivors: Sequence[str] = field(default=())

    @property
    def failed(self) -> list[str]:
        return [one.name for one in self.outcomes if one.wrong]

    def as_json(self) -> dict[str, Any]:
        return {
            "file": str(self.file),
            "policy": str(self.policy),
            "tests": [{"name": one.name, "place": one.place, "wrong": one.wrong or None} for one in self.outcomes],
            "failed": self.failed,
            "mutants": self.mutants,
            "survivors": list(self.survivors),
            "recorded": [
                {"name": one.name, "place": one.place, "before": one.before or None, "after": one.after}
                for one in self.recorded
            ],
        }

    def lines(self) -> list[str]:
        said = [f"{self.file} of {self.policy}"]
        for one in self.outcomes:
            said.append(f"  {'FAIL' if one.wrong else 'ok':<5}{one.name}")
            said += [f"       {one.wrong} ({one.place})"] if one.wrong else []
        said += [f"  not noticed: {told}" for told in self.survivors]
        return said + [
            f"  recorded: {one.name}: {f'{one.before} -> ' if one.before else ''}{one.after}" for one in self.recorded
        ]


@shell.command(
    "test",
    "govern policy test credit.test.yaml",
    "govern policy test policies --mutate --format junit --output tests.xml",
    help="Run the tests of policies: each a case, one change, and the decision with its reasons. With --mutate every rule is "
    "taken away or loosened in turn, and a test has to notice. With --record what was found is written into the file, where a "
    "test expects nothing or something else. 0 all pass, 1 some fail, 2 a file is wrong, 5 nothing to run.",
)
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--mutate", is_flag=True, help="Also try the tests on mutants of the policy.")
@click.option("--record", is_flag=True, help="Let failing tests expect what was found, and say which; read it after.")
@rules.packs
@formats.options
def test(files: tuple[Path, ...], packs: tuple[Path, ...], asked: formats.Asked, *, mutate: bool, record: bool) -> int:
    from govern.policy import notices  # noqa: PLC0415  --help reads no policy
    from govern.policy.trials import read_trials  # noqa: PLC0415  the same
    from govern.storage import durable  # noqa: PLC0415  the same

    read = [
        (path, read_trials(shell.read_file(str(path), "tests"), str(path)))
        for path in dict.fromkeys(path for file in files for path in _tests_of(file))
    ]
    wrong = [(path, tests) for path, tests in read if not tests.is_clean]
    if wrong:
        return _report_wrong(wrong, asked)
    known = rules.library(packs)
    tried = [_tried(path, tests, known, mutate=mutate, record=record) for path, tests in read]
    for one in tried:
        if one.recorded:
            durable.replace(one.file.resolve(), one.text.encode(), one.file.stat().st_mode & 0o777)
    account = notices.of_trials([(str(one.file), one.outcomes, one.survivors) for one in tried], mutated=mutate)
    ok = account.end.says == "ok"
    bred = f" of {sum(one.mutants for one in tried)}" if mutate else ""
    text = "\n".join([*(line for one in tried for line in one.lines()), f"{account.end.message}{bred}"])
    value = {"ok": ok, "files": [one.as_json() for one in tried]}
    asked.say(formats.Answer("policy-test", value, text, account))
    return 0 if ok else NOTHING_TRIED if account.end.says == "nothing_checked" else 1


def beside(policy: Path) -> Path:
    """Return where the tests of a policy stand."""
    return policy.with_name(policy.name.removesuffix(".yaml") + TESTS)


def _tests_of(file: Path) -> list[Path]:
    """Return the files of tests that a path names: itself, those beside a policy, or all under a folder."""
    if file.is_dir():
        return sorted(file.rglob(f"*{TESTS}"))
    return [file] if file.name.endswith(TESTS) else [beside(file)] if beside(file).exists() else []


def _report_wrong(wrong: "list[tuple[Path, Read]]", asked: formats.Asked) -> int:
    from govern.policy import notices  # noqa: PLC0415  --help reads no policy
    from govern.policy.resolve import Lint  # noqa: PLC0415  the same

    found = [(str(path), Lint({str(path): tests.text}, tests.diagnostics, None)) for path, tests in wrong]
    value = {"ok": False, "diagnostics": [one.as_json() for _, file in found for one in file.diagnostics]}
    account = notices.of_policies(found, "Tests of policies", ("file of tests", "files of tests"))
    asked.say(formats.Answer("policy-test", value, "\n\n".join(file.rendered() for _, file in found), account))
    return 2


def _tried(path: Path, tests: "Read", known: "Library", *, mutate: bool, record: bool) -> Tried:
    from govern.library import beside  # noqa: PLC0415  --help reads no policy
    from govern.policy.mutants import mutants  # noqa: PLC0415  the same
    from govern.policy.recording import recorded  # noqa: PLC0415  the same
    from govern.policy.resolve import resolve  # noqa: PLC0415  the same
    from govern.policy.trials import read_trials  # noqa: PLC0415  the same

    file = path.parent / tests.policy
    policy = resolve(shell.read_file(str(file), "policy"), str(file), __version__, beside(known, file))
    outcomes = [one.run(policy) for one in tests.tests]
    text, said = recorded(tests.text, str(path), outcomes) if record else (tests.text, ())
    if said:
        tests = read_trials(text.encode(), str(path))
        outcomes = [one.run(policy) for one in tests.tests]
    bred = list(mutants(policy)) if mutate and not any(one.wrong for one in outcomes) else []
    survivors = [told for told, mutant in bred if not any(one.run(mutant).wrong for one in tests.tests)]
    return Tried(path, file, outcomes, text, said, len(bred), survivors)
