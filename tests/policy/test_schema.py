"""The JSON Schemas of policies, tests of them and evidence, as a validator that is not ours reads them."""

import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from jsonschema.protocols import Validator

from govern.policy.evidence import Evidence
from govern.policy.resolve import lint
from govern.policy.schema import evidence_schema, policy_schema, trials_schema
from govern.policy.source import read
from govern.policy.trials import read_trials
from tests.policy import rules, test_lint
from tests.policy.rules import FAIRNESS, MINIMAL, evidence, measured

POLICIES = {
    name: text for name, text in vars(rules).items() if isinstance(text, str) and text.count("govern/policy/v1")
}
SEEN = {
    "key misspelt", "key of a flow mapping misspelt", "key of a check misspelt", "key of an approval misspelt",
    "key of a gate misspelt", "key of confidence misspelt", "role missing", "id missing in a block", "version is a number",
    "owner is empty", "limit in quotes", "truth value", "number inside a list", "text where a mapping stands",
    "checks as a mapping", "approvals as a list", "id with a space", "two numbers of a version", "metric is a number",
    "v before a version", "role with a space", "name of an approval", "not one of two words", "not one of four words",
    "another schema", "not a duration", "date without dashes", "half a person", "owner is a space", "two owners", "no checks",
    "no approvers", "no roles", "metric misspelt", "metric under its other name", "metric that resembles nothing",
    "both the metric and its limit", "approval named twice", "number among the approvals", "gate as a list",
}  # fmt: skip
"""The planted mistakes that lie in one value; the others are between two, or in the YAML."""
PLANTED = {str(one.id): one.values for one in test_lint.PLANTED}


EVERYTHING = """\
schema: govern/policy/v1
requires: ">=0"
id: all_keys
version: 1.0.0
title: Every key there is
description: With every value there is
owner: model-risk
pack: {status: draft, regime: Ours, source: "https://example.com", checked_on: 2026-01-01, superseded_by: b, note: none}
effective: {from: 2026-01-01, until: 2026-12-31, review_by: 2026-06-01}
applies_to: {use_case: a, risk_tier: [high], jurisdictions: EU, tags: {vendor: [x, y], team: z}, exclude: {use_case: b}}
params: {floor: {value: 0.5, tighten: up, why: so}, share: {value: 18mo}}
references: {law: {cite: ours, title: Our rule, topic: rules}}
metrics: {p99_ms: {better: lower, low: 0, high: 60000, unit: ms, title: The slowest answers}}
data:
  training: {kind: holdout, required_fields: [rows], min_rows: 5, min_positives: 2, max_age: $share, disjoint_from: evaluation}
  evaluation: {covers: law}
  sensitive: {sex: {column: s, groups: [F, M], reference: F}}
checks:
  - id: air
    metric: adverse_impact_ratio
    by: sex
    min: 0.8
    max: 1.25
    warn_below: 0.85
    warn_above: 1.2
    compare: {to: champion, delta_min: -0.1, delta_max: 0.1}
    intersections: [[sex, age]]
    covers: [law]
    favourable: {outcome: yes, cutoff: 0.5}
    min_group_size: 30
    small_groups: fail
    confidence: {method: bootstrap, level: 0.9, resamples: 500, decide_on: point}
    on_fail: warn
    on_inconclusive: block
    remedy: "|"
  - {id: other, metric: roc_auc, min: $floor}
  - {id: drift, metric: psi, of: [score], against: training, max: 0.2}
  - {id: latency, kind: imported, metric: p99_ms, max: 50}
approvals:
  one: {role: [validator, auditor], quorum: 1, of: 5, not_same_as: makers, expires: 18mo, void_on: [waiver_expired], covers: law}
  two: {role: risk-officer, after: one}
gates:
  approved: {from: validated, checks: all, approvals: [one, two], environments: ci, documentation: complete}
  rollback: {approvals: [{role: risk-officer, quorum: 1}], to_version: previously_approved, ratify_within: 2d}
evidence: {measured_by: {role: validator, not_same_as: [makers]}}
explainability:
  reason_codes: {dictionary: reasons.yaml, min: 1, max: 4, reference: near_cutoff, covers: law}
  forbidden_features: {names: [sex], match: [name, alias]}
  proxies: {max_attribution_share: {postcode: 0.1}, max_predictability_of: {attribute: sex, auc: 0.65}}
  stability: {metric: top_k_jaccard, resamples: 20, min: 0.9}
documentation: {required: limitations, min_words: {limitations: 80}, covers: [law]}
monitoring:
  drift: {every: 30d, checks: all, covers: law}
  breach: {action: suspend, grace: 5d}
waivers:
  allowed_for: all
  never_for: [other]
  max_duration: 90d
  max_renewals: 1
  requires: {role: risk-officer, quorum: 2, not_same_as: [makers]}
  must_state: reason
enforcement: {mode: enforce, modes_by_environment: {ci: warn}}
"""


def keys(value: Any) -> set[str]:
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return {*(value if isinstance(value, dict) else ()), *(key for item in items for key in keys(item))}


def plain(value: Any) -> Any:
    """Return what an editor makes of YAML."""
    match value:
        case dict():
            return {key: plain(part) for key, part in value.items()}
        case list():
            return [plain(part) for part in value]
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case _:
            return value


def mistakes(validator: Validator, text: str) -> list[str]:
    value = plain(read(text.encode(), "p.yaml").value)
    return [error.message for error in validator.iter_errors(value)]


@pytest.fixture(scope="module")
def policies() -> Validator:
    return Draft202012Validator(json.loads(json.dumps(policy_schema())))


@pytest.fixture(scope="module")
def of_evidence() -> Validator:
    return Draft202012Validator(json.loads(json.dumps(evidence_schema())))


def parts(schema: Any) -> list[dict[str, Any]]:
    items = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ()
    own = [schema] if isinstance(schema, dict) else []
    return own + [part for item in items for part in parts(item)]


@pytest.mark.parametrize(
    "schema", [policy_schema(), trials_schema(), evidence_schema()], ids=["policy", "policy-test", "evidence"]
)
def test_a_schema_is_one_and_lets_no_unknown_key_pass(schema: dict[str, Any]) -> None:
    Draft202012Validator.check_schema(schema)

    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"].startswith("https://")
    assert schema["title"]
    objects = [part for part in parts(schema) if isinstance(part.get("properties"), dict)]
    assert len(objects) > 5
    documents = [part for part in objects if part.get("type") == "object"]
    # What is watched has names of its own.
    assert all(part["additionalProperties"] is False or part["title"] == "Monitoring" for part in documents)
    assert not [
        part for part in parts(schema) if part.get("type") == "array" and {"minLength", "maxLength"} & set(part)
    ]


@pytest.mark.parametrize("text", POLICIES.values(), ids=POLICIES.keys())
def test_a_good_policy_is_one_to_an_editor(text: str, policies: Validator) -> None:
    assert mistakes(policies, text) == []


@pytest.mark.parametrize("name", sorted(SEEN))
def test_a_planted_mistake_is_seen_in_an_editor(name: str, policies: Validator) -> None:
    good, bad, _ = PLANTED[name]

    assert mistakes(policies, MINIMAL.replace(str(good), str(bad), 1))


def test_whatever_lint_accepts_an_editor_accepts(policies: Validator) -> None:
    value = read(EVERYTHING.encode(), "p.yaml").value
    kinds = {key for part in parts(policy_schema()) for key in part.get("properties", {})}

    assert lint(EVERYTHING.encode(), "p.yaml", "0.1.0").diagnostics == ()
    assert kinds - {"extends", "pack"} <= keys(value)
    assert mistakes(policies, EVERYTHING) == []
    assert mistakes(policies, EVERYTHING.replace("min: 0.8", "min: 1")) == []


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        pytest.param("min: 0.75", "min:", id="a limit that is nothing"),
        pytest.param("365d", "365", id="a length without a unit"),
        pytest.param("2026-01-01", "1 January 2026", id="a date in words"),
        pytest.param("quorum: 2", "quorum: -2", id="fewer than nobody"),
        pytest.param('">=0.1"', '">0.1"', id="a requirement of another kind"),
        pytest.param("[F, M]", "[F, F]", id="a group twice"),
    ],
)
def test_what_has_a_form_is_held_to_it(good: str, bad: str, policies: Validator) -> None:
    assert FAIRNESS.count(good) >= 1

    assert mistakes(policies, FAIRNESS.replace(good, bad, 1))


def test_a_schema_says_what_holds_where_nothing_is_written() -> None:
    schema = policy_schema()
    defaults = {
        name: part["default"]
        for kind in schema["$defs"].values()
        for name, part in kind.get("properties", {}).items()
        if "default" in part
    }

    assert defaults["level"] == 0.95
    assert defaults["on_fail"] == "block"
    assert defaults["min_group_size"] == 0
    assert None not in defaults.values()
    assert schema["properties"]["approvals"]["maxProperties"] == 100
    assert schema["properties"]["checks"]["maxItems"] == 1000


def an_evidence() -> Evidence:
    found = rules.rules(FAIRNESS)
    air = measured(Fraction(9, 10), by={"sex": "F"}, against={"sex": None})
    return evidence(found, {"auc": [measured("0.8", interval=(0.75, 0.85))], "air": [air]})


def test_evidence_is_what_its_schema_says(of_evidence: Validator) -> None:
    assert [one.message for one in of_evidence.iter_errors(json.loads(bytes(an_evidence())))] == []


@pytest.mark.parametrize(
    "touch",
    [
        pytest.param(lambda value: value.pop("policy"), id="a field left out"),
        pytest.param(lambda value: value["plan"]["checks"][0].pop("min_group_size"), id="a default left out"),
        pytest.param(lambda value: value.update(model="sha256:00"), id="half a digest"),
        pytest.param(lambda value: value.update(model=7), id="a number for a digest"),
        pytest.param(lambda value: value.update(extra=1), id="one field more"),
        pytest.param(lambda value: value["results"][0]["measures"][0].update(value=0.8), id="a number that is none"),
        pytest.param(lambda value: value["results"][0]["measures"][0].update(value="0.80"), id="a trailing zero"),
        pytest.param(lambda value: value["results"][0]["measures"][0].update(exact="0.8"), id="no fraction"),
        pytest.param(lambda value: value["results"][0].update(measures=[]), id="no measure"),
    ],
)
def test_evidence_that_was_touched_is_not(touch: Any, of_evidence: Validator) -> None:
    value = json.loads(bytes(an_evidence()))

    touch(value)

    assert not of_evidence.is_valid(value)


SHIPPED = sorted((Path(__file__).parents[2] / "policies").rglob("*.test.yaml"))
TRIALS = """\
# yaml-language-server: $schema=policy-test.v1.json
schema: govern/policy-test/v1
policy: all.yaml
clock: 2027-01-15T09:00:00Z
fixtures:
  good:
    model: {use_case: credit, risk_tier: [high], jurisdictions: EU, tags: {a: b}, makers: [ana]}
    stage: validated
    environment: prod
    evidence:
      auc: {value: 0.75, low: 0.7, high: 0.8, n: 500, at: 2026-12-01, measured_by: vic, role: validator}
      air: {groups: [{by: {sex: F}, value: 0.9, low: 0.8, high: 1, n: 400, against: {sex: M}}, {by: {sex: X}, n: 3, excluded: few}]}
      gap: {undefined: no positives}
    approvals: [{name: validation, by: vic, role: validator, at: 2026-12-20, meaning: approved}]
    waivers: [{check: air, until: 2027-02-01, by: [rae, rob], role: risk-officer, at: 2026-12-01, renewals: 1}]
    documents: {limitations: 80}
    data: {training: {rows: 5, date_from: 2025-01-01, date_to: 2025-12-31, licence: own, digest: "sha256:00"}}
    features: [income]
    reasons: dictionary
    champion: {auc: {value: 0.74}}
    displaces: production
    rolled_back: {at: 2026-12-20T10:00:00Z, by: [rae]}
    wordings: "sha256:00"
    tried_reasons: {alike: 0.93, told: {"4": 200}, resamples: 20, reference: all}
tests:
  - {name: good, given: good, when: {gate: production}, expect: {decision: allow}}
  - name: later
    given: good
    clock: 2028-01-01
    change: {"approvals[0].by": ana, evidence.auc: null, evidence.air.groups: [], stage: approved}
    expect: {decision: deny, because: [approvals.validation.not_same_as, checks.auc]}
  - {name: to be recorded, given: good}
"""


@pytest.fixture(scope="module")
def of_trials() -> Validator:
    return Draft202012Validator(json.loads(json.dumps(trials_schema())))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: "/".join(path.parts[-3:]))
def test_tests_that_are_shipped_are_some_to_an_editor(path: Path, of_trials: Validator) -> None:
    assert mistakes(of_trials, path.read_text(encoding="utf-8")) == []


def test_whatever_a_test_may_hold_an_editor_accepts(of_trials: Validator) -> None:
    kinds = {key for part in parts(trials_schema()) for key in part.get("properties", {})}

    assert SHIPPED
    assert kinds <= keys(read(TRIALS.encode(), "t.yaml").value)
    assert read_trials(TRIALS.replace(", evidence.air.groups: []", "").encode(), "t.yaml").is_clean
    assert mistakes(of_trials, TRIALS) == []


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        pytest.param("policy-test/v1", "policy-test/v2", id="another schema"),
        pytest.param("policy: all.yaml", "polcy: all.yaml", id="key misspelt"),
        pytest.param("policy: all.yaml\n", "", id="no policy"),
        pytest.param("clock: 2027-01-15T09:00:00Z", "clock: noon", id="a clock in words"),
        pytest.param("  good:\n", "  Good One:\n", id="a name that is none"),
        pytest.param("value: 0.75", "value: high", id="a number in words"),
        pytest.param("n: 500", "n: 1.5", id="half a row"),
        pytest.param("by: {sex: F}", "of: {sex: F}", id="a group of nothing"),
        pytest.param("meaning: approved", "meaning: fine", id="no meaning"),
        pytest.param("by: vic, role: validator, at", "role: validator, at", id="signed by nobody"),
        pytest.param("until: 2027-02-01", "until: spring", id="no day"),
        pytest.param("reasons: dictionary", "reasons: yes", id="no dictionary"),
        pytest.param("given: good, when: {gate", "when: {gate", id="of no fixture"),
        pytest.param("when: {gate: production}", "when: {stage: production}", id="no such question"),
        pytest.param("decision: allow", "decision: yes", id="no decision"),
        pytest.param("expect: {decision: allow}", "expect: {because: [x]}", id="reasons for nothing"),
        pytest.param("because: [approvals.validation.not_same_as, checks.auc]", "because: []", id="an empty list"),
        pytest.param("expect: {decision: allow}", "exepct: {decision: allow}", id="an expectation misspelt"),
    ],
)
def test_a_mistake_in_tests_is_seen_in_an_editor(good: str, bad: str, of_trials: Validator) -> None:
    assert good in TRIALS

    assert mistakes(of_trials, TRIALS.replace(good, bad, 1))
