"""What rules cost: to say what is wrong with a policy, in a process and as a command, and to judge a version by one."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from fractions import Fraction
from functools import partial
from pathlib import Path
from statistics import median

from benchmarks.figure import Figure, Sizes, seconds
from govern.library import library
from govern.policy.approvals import Meaning, SignOff
from govern.policy.clauses import Profile
from govern.policy.evidence import Columns, Evidence, Measure, Plan, Result
from govern.policy.findings import Decision
from govern.policy.judge import Case, judge
from govern.policy.resolve import Resolved, lint, resolve

TODAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
LINES = 200
GROUPS = 200
_HEAD = """\
schema: govern/policy/v1
requires: ">=0.1"
id: bench
version: 1.0.0
owner: model-risk
applies_to: {use_case: [credit-scoring]}
params:
  floor: {value: 0.80, tighten: up, why: "four fifths"}
references:
  law: {cite: us-regb-1002.9}
data:
  sensitive:
    area: {column: area}
approvals:
  validation: {role: validator, quorum: 1, not_same_as: [makers], expires: 365d}
gates:
  validated: {from: [in_review], checks: all, approvals: [validation]}
  production: {from: [validated], checks: all, approvals: [validation]}
checks:
"""
_CHECK = """\
  - id: ratio-{number}
    metric: adverse_impact_ratio
    by: [area]
    favourable: {{outcome: approve}}
    min: $floor
    warn_below: 0.85
    min_group_size: 100
    covers: [law]
"""


def linting(sizes: Sizes, folder: Path) -> Iterator[Figure]:
    text, known = policy(-(-(LINES - _HEAD.count("\n")) // _CHECK.count("\n"))), library()
    content = text.encode()
    known.packs()

    def once(_: int) -> None:
        assert lint(content, "bench.yaml", "0.1.0", known, TODAY).is_clean

    work = median(seconds(once, range(sizes.rounds * 10)))
    (folder / "bench.yaml").write_bytes(content)
    (folder / "bench.test.yaml").touch()
    installed = Path(sys.executable).with_name("govern")
    govern = [str(installed)] if installed.exists() else [sys.executable, "-P", "-m", "govern.cli"]
    run = partial(subprocess.run, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    command = median(seconds(run, [[*govern, "policy", "lint", "bench.yaml"]] * sizes.rounds))
    bare = median(seconds(run, [[sys.executable, "-c", ""]] * sizes.rounds))
    lines = text.count("\n")
    yield Figure(f"lint a policy of {lines} lines, the work of it", work * 1000, "ms", most=5)
    yield Figure("govern policy lint, of the same", command * 1000, "ms", "python -c ''", bare * 1000, most=300)


def judging(sizes: Sizes, folder: Path) -> Iterator[Figure]:  # noqa: ARG001  nothing is written
    rules = resolve(policy(sizes.checks).encode(), "bench.yaml", "0.1.0", library())
    each = GROUPS // sizes.checks
    given = case(rules, each)

    def once(_: int) -> None:
        found = judge([rules], given, "production")
        assert found.decision is Decision.ALLOW
        assert len(found.findings) >= sizes.checks * each

    took = median(seconds(once, range(sizes.rounds * 10)))
    what = f"judge a version by {sizes.checks} checks of {each * sizes.checks} groups"
    yield Figure(what, took * 1000, "ms", most=10)
    many = case(rules, GROUPS)
    large = median(seconds(lambda _: judge([rules], many, "production"), range(sizes.rounds)))
    yield Figure(f"the same, each of {GROUPS} groups", large * 1000, "ms")


def policy(checks: int) -> str:
    return _HEAD + "".join(_CHECK.format(number=number) for number in range(checks))


def case(rules: Resolved, groups: int) -> Case:
    """Return a version that was measured on so many groups for each check, and signed."""
    columns = Columns(label="label", prediction="prediction", score="score", positive="1")
    found = {}
    for check in rules.policy.checks:
        ratios = (
            Measure.measured(Fraction(9, 10), 500, by={"area": f"a{number}"}, against={"area": "a0"})
            for number in range(groups)
        )
        result = Result.made(check.id, check.metric, list(ratios), by=("area",))
        plan = Plan(digits=12, columns=columns, checks=(rules.policy.planned(check),))
        found[check.id] = Evidence.made(plan, [result], rows=500 * groups)
    signed = (SignOff("vic", "validator", Meaning.APPROVED, NOW),)
    return Case(Profile(use_case=("credit-scoring",)), "validated", frozenset({"ana"}), found, signed, NOW)
