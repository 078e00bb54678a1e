"""A policy to begin with: right as it stands, with tests that pass."""

import json
import re
from pathlib import Path

from govern.errors import InvalidInput
from govern.library import starter
from govern.policy.assembly import Library
from govern.policy.schema import policy_schema, trials_schema
from govern.storage import durable

_HEAD = """\
# yaml-language-server: $schema=https://govern.example/schema/policy/v1
schema: govern/policy/v1
id: {name}
version: 1.0.0
owner: model-risk
applies_to: {{use_case: [{name}]}}
"""
_RULES = """\
checks:
  - {id: auc, metric: roc_auc, min: 0.7, remedy: Retrain or narrow the scope}
approvals:
  validation: {role: validator, quorum: 1, not_same_as: [makers]}
  risk: {role: risk-officer, quorum: 1, after: [validation], not_same_as: [makers, validation]}
gates:
  validated: {from: [in_review], checks: all, approvals: [validation]}
  production: {from: [validated, approved], checks: all, approvals: [validation, risk]}
"""
_TESTS = """\
schema: govern/policy-test/v1
policy: {file}
clock: 2026-06-01T09:00:00Z
fixtures:
  good:
    model: {{use_case: {name}, makers: [ana]}}
    stage: validated
    evidence: {{auc: {{value: 0.7}}}}
    approvals:
      - {{by: vic, role: validator, at: 2026-05-01}}
      - {{by: rae, role: risk-officer, at: 2026-05-02}}
tests:
  - {{name: a good model goes to production, given: good, when: {{gate: production}}, expect: {{decision: allow}}}}
  - name: a weak one does not
    given: good
    change: {{evidence.auc.value: 0.69}}
    when: {{gate: production}}
    expect: {{decision: deny, because: [checks.auc]}}
  - name: nothing measured is no pass
    given: good
    change: {{evidence.auc: null}}
    when: {{gate: production}}
    expect: {{decision: nothing_checked, because: [checks.auc.not_measured]}}
  - name: nobody approves their own model
    given: good
    change: {{"approvals[0].by": ana}}
    when: {{gate: production}}
    expect: {{decision: deny, because: [approvals.validation.not_same_as]}}
  - name: one signature is not two
    given: good
    change: {{"approvals[1]": null}}
    when: {{gate: production}}
    expect: {{decision: needs_person, because: [approvals.risk.quorum]}}
  - name: the order holds
    given: good
    change: {{"approvals[1].at": 2026-04-01}}
    when: {{gate: production}}
    expect: {{decision: needs_person, because: [approvals.risk.after]}}
  - name: what is retired does not come back
    given: good
    change: {{stage: retired}}
    when: {{gate: production}}
    expect: {{decision: deny, because: [gates.production.from]}}
  - name: a version in review is validated
    given: good
    change: {{stage: in_review}}
    when: {{gate: validated}}
    expect: {{decision: allow}}
  - name: what is in production is not validated again
    given: good
    change: {{stage: production}}
    when: {{gate: validated}}
    expect: {{decision: deny, because: [gates.validated.from]}}
  - {{name: other models are none of its business, given: good, change: {{model.use_case: other}}, when: {{gate: production}}, expect: {{decision: not_applicable}}}}
"""


def begun(name: str, base: str | None, library: Library) -> dict[str, str]:
    """Return the files of a new policy, by their endings."""
    head = _HEAD.format(name=name)
    if base is None:
        return {".yaml": head + _RULES, ".test.yaml": _TESTS.format(name=name, file=f"{name}.yaml")}
    releases = library.packs().get(base)
    if not releases:
        raise InvalidInput(f"there is no pack {base}", hint="see `govern policy packs`")
    major = max(one.version for one in releases)[0]
    return {".yaml": head.replace("applies_to", f"extends: [{{pack: {base}@^{major}}}]\napplies_to")}


def started(folder: Path, name: str) -> list[Path]:
    """Write the starter pack as a policy of one's own, with its tests and what an editor checks both by; nothing is written over."""
    policy, tests = starter()
    policy = re.sub(r"\A(#.*\n)+", "", policy)
    policy = re.sub(r"^pack:\n( .*\n)+", "", policy, flags=re.MULTILINE)
    policy = re.sub(r"^id: .*$", f"id: {name}", policy, flags=re.MULTILINE)
    tests = re.sub(r"^policy: .*$", f"policy: {name}.yaml", tests, flags=re.MULTILINE)
    texts = {
        f"{name}.yaml": _in_editors("policy.v1.json") + policy,
        f"{name}.test.yaml": _in_editors("policy-test.v1.json") + tests,
        "policy.v1.json": json.dumps(policy_schema(), ensure_ascii=False, indent=2) + "\n",
        "policy-test.v1.json": json.dumps(trials_schema(), ensure_ascii=False, indent=2) + "\n",
    }
    for file, text in texts.items():
        durable.create(folder / file, text.encode())
    return [folder / file for file in texts]


def _in_editors(schema: str) -> str:
    return f"# yaml-language-server: $schema={schema}\n"


def write(file: Path, files: dict[str, str]) -> list[Path]:
    """Write the files beside each other, unless one of them is there."""
    paths = {file.with_suffix(ending): text for ending, text in files.items()}
    there = next((path for path in paths if path.exists()), None)
    if there:
        raise InvalidInput(f"{there} is there already", hint="choose another name")
    for path, text in paths.items():
        path.write_text(text, encoding="utf-8")
    return list(paths)
