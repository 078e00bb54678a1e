"""Tests of policies, by tests of policies: what each rule says of a case, and which mistakes of the tests are told."""

from collections.abc import Mapping

import pytest

from govern.policy.findings import Verdict
from govern.policy.mutants import mutants
from govern.policy.resolve import ANY_RELEASE, lint, resolve
from govern.policy.trials import Outcome, Ready, read_trials
from tests.policy.rules import MINIMAL, rules

POLICY = """\
schema: govern/policy/v1
id: all
version: 1.0.0
owner: risk
applies_to: {use_case: credit, exclude: {tags: {purpose: fraud}}}
references: {law: {cite: us-regb-1002.9}, mine: {cite: x, title: Ours}}
data:
  training: {required_fields: [rows, licence], min_rows: 100, max_age: 1y, covers: [law]}
  evaluation: {min_positives: 10, disjoint_from: training}
  sensitive: {sex: {column: sex, groups: [F, M], reference: M}}
checks:
  - {id: auc, metric: roc_auc, min: 0.7, compare: {to: champion, delta_min: -0.01, delta_max: 0.2}, covers: [law, mine]}
  - id: air
    metric: adverse_impact_ratio
    by: [sex]
    intersections: [[sex, age]]
    min: 0.8
    min_group_size: 100
    small_groups: merge
  - {id: cost, kind: imported, metric: eur_per_case, max: 5, on_fail: warn}
explainability:
  reason_codes: {max: 4, covers: [law]}
  forbidden_features: {names: [sex, "marital status"], match: [name, alias, lineage]}
documentation: {required: [limitations], covers: [mine]}
approvals:
  validation: {role: validator, quorum: 1, expires: 1y, void_on: [waiver_expired]}
  risk: {role: risk-officer, quorum: 2}
gates:
  validated: {from: [in_review], checks: [cost], approvals: [validation]}
  production: {from: [validated], checks: all, approvals: [current, risk], documentation: complete}
  rollback: {from: [production], to_version: previously_approved, approvals: [validation], ratify_within: 2d}
monitoring:
  drift: {every: 30d, checks: all}
  breach: {action: suspend, grace: 5d}
waivers: {allowed_for: [air], max_duration: 90d, requires: {role: risk-officer}}
enforcement: {modes_by_environment: {dev: observe, ci: warn}}
"""
CASE = """\
schema: govern/policy-test/v1
policy: all.yaml
clock: 2026-06-01T09:00:00Z
fixtures:
  good:
    model: {use_case: credit, makers: [ana]}
    stage: validated
    evidence:
      auc: {value: 0.72, low: 0.7, high: 0.74, at: 2026-05-20}
      air: {groups: [{by: {sex: F}, value: 0.85, n: 500, against: {sex: M}}, {by: {sex: M}, value: 1, n: 600}, {by: {sex: F, age: old}, value: 0.81, n: 200}], at: 2026-05-20}
      cost: {value: 4, at: 2026-05-20}
    champion: {auc: {value: 0.73}}
    approvals: [{by: vic, role: validator, at: 2026-05-01}, {by: rae, role: risk-officer, at: 2026-05-02}, {by: rob, role: risk-officer, at: 2026-05-02T10:00:00Z}]
    documents: {limitations: 90}
    data: {training: {rows: 100, date_to: 2025-12-31, licence: own}, evaluation: {rows: 50}}
    features: [income, months]
    reasons: dictionary
tests:
"""  # fmt: skip


def ready(
    change: str = "{}", gate: str = "production", clock: str = "", given: str = "good", case: str = CASE
) -> Ready:
    at = f", clock: {clock}" if clock else ""
    text = f"{case}  - {{name: n, given: {given}{at}, change: {change}, when: {{gate: {gate}}}, expect: {{decision: allow}}}}\n"
    found = read_trials(text.encode(), "t.test.yaml")
    assert found.is_clean, found.diagnostics[0]
    return found.tests[0]


def outcome(change: str = "{}", gate: str = "production", clock: str = "", policy: str = POLICY) -> Outcome:
    return ready(change, gate, clock).run(rules(policy))


def said(of: Outcome, rule: str) -> list[str]:
    return [
        f"{one.verdict} {one.effect} {one.reason} {one.message}" for one in of.judgement.findings if one.rule == rule
    ]


def against(of: Outcome) -> set[str]:
    return set(of.judgement.because)


# Evaluation data ask for what nothing measures yet, and so does lineage.
ALWAYS = {"data.evaluation.min_positives", "data.evaluation.disjoint_from", "explainability.forbidden_features.lineage"}


def test_a_good_case_is_held_up_only_by_what_nobody_measures() -> None:
    found = outcome()

    assert against(found) == ALWAYS
    assert found.wrong.startswith("expected allow, found deny, because data.evaluation.min_positives,")
    assert said(found, "explainability.reason_codes") == ["pass allow  it has a dictionary of reasons"]
    assert said(found, "data.training")[0] == "pass allow  the training data has 100 rows"
    assert said(found, "gates.production") == []


RATIFIED = [
    ("{}", "2026-06-01T00:00:00Z", []),
    ("{rolled_back: {at: 2026-05-31T12:00:00Z, by: [rob]}}", "2026-06-01T00:00:00Z",
     ["warn allow ratify_within it was rolled back to on 2026-05-31, to be ratified by 2026-06-02 12:00 UTC"]),
    ("{rolled_back: {at: 2026-05-31T12:00:00Z, by: [rob]}}", "2026-06-02T12:00:00Z",
     ["fail deny ratify_within it was rolled back to on 2026-05-31, to be ratified by 2026-06-02 12:00 UTC, and nobody else has approved it since"]),
    ('{rolled_back: {at: 2026-05-31T12:00:00Z, by: [rob]}, "approvals[2].at": 2026-06-01}', "2026-06-03T00:00:00Z",
     ["fail deny ratify_within it was rolled back to on 2026-05-31, to be ratified by 2026-06-02 12:00 UTC, and nobody else has approved it since"]),
    ('{rolled_back: {at: 2026-05-31T12:00:00Z, by: [rob]}, "approvals[0]": {by: ana, at: 2026-06-01}}', "2026-06-03T00:00:00Z",
     ["fail deny ratify_within it was rolled back to on 2026-05-31, to be ratified by 2026-06-02 12:00 UTC, and nobody else has approved it since"]),
    ('{rolled_back: {at: 2026-05-31T12:00:00Z, by: [rob]}, "approvals[1]": {at: 2026-06-01, meaning: rejected}}', "2026-06-03T00:00:00Z",
     ["fail deny ratify_within it was rolled back to on 2026-05-31, to be ratified by 2026-06-02 12:00 UTC, and nobody else has approved it since"]),
    ('{rolled_back: {at: 2026-05-31T12:00:00Z, by: [rob]}, "approvals[1]": {at: 2026-06-01, role: auditor}}', "2026-06-03T00:00:00Z",
     ["fail deny ratify_within it was rolled back to on 2026-05-31, to be ratified by 2026-06-02 12:00 UTC, and nobody else has approved it since"]),
    ('{rolled_back: {at: 2026-05-31T12:00:00Z, by: [rob]}, "approvals[1].at": 2026-06-01}', "2026-06-03T00:00:00Z",
     ["pass allow ratify_within the rollback was ratified by rae on 2026-06-01"]),
    ('{rolled_back: {at: 2026-05-31T12:00:00Z, by: [rob]}, "approvals[1].at": 2026-06-03}', "2026-06-04T00:00:00Z",
     ["warn allow ratify_within the rollback was ratified by rae on 2026-06-03, and was to be by 2026-06-02"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "clock", "expected"), RATIFIED, ids=[f"{change} at {clock}" for change, clock, _ in RATIFIED]
)
def test_a_rollback_is_ratified_in_time_by_somebody_else_or_the_gates_close(
    change: str, clock: str, expected: list[str]
) -> None:
    found = outcome(change, clock=clock)

    assert said(found, "gates.rollback") == expected
    assert ("gates.rollback.ratify_within" in against(found)) is ("fail deny" in "".join(expected))


def test_a_rollback_that_nobody_ratified_is_said_to_whoever_asks_for_no_gate_too() -> None:
    change = "{rolled_back: {at: 2026-05-20, by: [rob]}, stage: production}"
    text = f"{CASE}  - {{name: n, given: good, change: {change}, expect: {{decision: deny}}}}\n"
    (test,) = read_trials(text.encode(), "t.test.yaml").tests

    assert "gates.rollback.ratify_within" in against(test.run(rules(POLICY)))


def test_whoever_the_gates_ask_for_nobody_anybody_else_ratifies() -> None:
    policy = POLICY.replace("approvals: [validation], ratify_within", "documentation: complete, ratify_within")
    policy = policy.replace("checks: all, approvals: [current, risk], documentation", "checks: all, documentation")
    change = '{rolled_back: {at: 2026-05-31, by: [rob]}, "approvals[1]": {at: 2026-06-01, role: auditor}}'

    late = said(outcome(change, clock="2026-06-03", policy=policy), "gates.rollback")
    waiting = outcome("{rolled_back: {at: 2026-05-31, by: [rob]}}", policy=policy).judgement.findings

    assert late == ["pass allow ratify_within the rollback was ratified by rae on 2026-06-01"]
    (one,) = (one for one in waiting if one.rule == "gates.rollback")
    assert one.remedy == "ask somebody who neither made it nor rolled it back to run `govern sign`"


@pytest.mark.parametrize(
    ("change", "because"),
    [
        ("{displaces: production, stage: approved}", False),
        ("{stage: approved}", True),
        ("{displaces: suspended, stage: approved}", True),
        ("{stage: production}", False),
    ],
)
def test_a_rollback_begins_where_the_version_stands_that_it_displaces(change: str, because: bool) -> None:
    found = outcome(change, "rollback")

    assert ("gates.rollback.from" in against(found)) is because
    assert said(found, "gates.rollback")[-1] == (
        "warn allow ratify_within it has to be ratified within 2d, by somebody who does not roll it back"
    )


def test_no_other_gate_is_ratified() -> None:
    text = POLICY.replace("documentation: complete}", "documentation: complete, ratify_within: 2d}", 1)

    assert "GOV132" in [one.code for one in lint(text.encode(), "p.yaml", "0.1.0").diagnostics]
    adopted = resolve(text.encode(), "p.yaml", ANY_RELEASE)
    found = ready().run(adopted)
    assert said(found, "gates.production") == [
        "warn allow ratify_within ratify_within says nothing here: only a rollback is ratified"
    ]


DENIED = [
    ("{data.training.rows: 99}", "data.training.min_rows", "fail deny min_rows the training data has 99 rows"),
    ("{data.training.rows: null}", "data.training.required_fields", "not_measured deny required_fields of the training data nobody said: rows"),
    ("{data.training.licence: null}", "data.training.required_fields", "not_measured deny required_fields of the training data nobody said: licence"),
    ("{data.training: null}", "data.training.missing", "not_measured deny missing no training data is on record"),
    ("{data.training.date_to: 2025-05-31}", "data.training.max_age", "fail deny max_age the training data goes until 2025-05-31"),
    ("{data.training.date_to: null}", "data.training.max_age", "not_measured deny max_age until when the training data goes is not on record"),
    ("{reasons: null}", "explainability.reason_codes.dictionary", "not_measured deny dictionary it has no dictionary of reasons"),
    ("{features: [Sex]}", "explainability.forbidden_features.found", "fail deny found Sex is forbidden as sex"),
    ("{features: [x, status_marital_2]}", "explainability.forbidden_features.found", "fail deny found status_marital_2 is forbidden as marital status"),
    ("{features: null}", "explainability.forbidden_features.not_measured", "not_measured deny not_measured what goes into it is not on record"),
    ("{evidence.auc.value: 0.6}", "checks.auc", "fail deny  roc_auc is 0.6 (0.7 to 0.74), asked for: at least 0.7"),
    ("{champion.auc.value: 0.7301}", "checks.auc.compare", "fail deny compare roc_auc is 0.72, the champion's 0.7301; asked for: at least the champion minus 0.01, at most the champion plus 0.2"),
    ("{champion.auc.value: 0.51}", "checks.auc.compare", "fail deny compare roc_auc is 0.72, the champion's 0.51; asked for: at least the champion minus 0.01, at most the champion plus 0.2"),
    ("{champion.auc: null}", "checks.auc.not_measured", "not_measured deny not_measured roc_auc was not measured on the rows that the champion was"),
    ("{champion.auc.value: null}", "checks.auc.not_measured", "not_measured deny not_measured roc_auc has no number of the champion to be compared with"),
    ('{"evidence.air.groups[sex=F,age=old]": null}', "checks.air.not_measured", "not_measured deny not_measured adverse_impact_ratio by sex and age: no evidence"),
    ('{"evidence.air.groups[sex=F,age=old].value": 0.79}', "checks.air", "fail deny  sex=F, age=old: adverse_impact_ratio is 0.79, asked for: at least 0.8"),
    ('{"evidence.air.groups[sex=F].n": 99}', "checks.air.not_measured", "not_measured deny not_measured sex=F against sex=M: adverse_impact_ratio: 99 rows are fewer than 100; this evidence did not merge it with others"),
    ("{documents.limitations: null}", "documentation.limitations.missing", "not_measured deny missing the section limitations is empty"),
    ('{"approvals[0].by": ana}', "approvals.validation.not_same_as", "fail deny not_same_as validation: ana made this version and cannot approve it"),
    ("{stage: registered}", "gates.production.from", "fail deny from production is reached from validated, this version is registered"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "rule", "message"), DENIED, ids=[f"{rule} {change}" for change, rule, _ in DENIED])
def test_what_stands_against_a_case_is_denied_by_name(change: str, rule: str, message: str) -> None:
    found = outcome(change)

    assert rule in against(found) - ALWAYS
    assert message in [line for one in found.judgement.findings for line in said(found, one.rule)]


def test_names_alone_are_enough_where_nothing_more_is_asked() -> None:
    found = outcome("{features: [sex_at_birth]}", policy=POLICY.replace("match: [name, alias, lineage]", "match: name"))

    assert said(found, "explainability.forbidden_features") == [
        "pass allow  none of 1 inputs is called what is forbidden"
    ]


def test_what_no_evidence_says_is_not_passed_over() -> None:
    held = POLICY.replace("evaluation: {min", "evaluation: {kind: out_of_time, min")

    assert "data.evaluation.kind" in against(outcome(policy=held))


def test_a_number_from_outside_is_judged_like_the_rest() -> None:
    assert said(outcome("{evidence.cost.value: 6}"), "checks.cost") == [
        "warn allow  eur_per_case is 6, asked for: at most 5; from a test, as of 0001-01-01"
    ]
    assert said(outcome(), "checks.cost") == [
        "pass allow  eur_per_case is 4, asked for: at most 5; from a test, as of 0001-01-01"
    ]


def test_without_another_champion_there_is_nothing_to_compare_with() -> None:
    assert "not_applicable allow compare roc_auc: there is no other champion" in said(
        outcome("{champion: null}"), "checks.auc"
    )


def test_worse_than_the_champion_may_only_warn() -> None:
    policy = POLICY.replace("delta_max: 0.2}", "delta_max: 0.2}, on_fail: warn")

    assert said(outcome("{champion.auc.value: 0.8}", policy=policy), "checks.auc")[1].startswith("warn allow compare")


def test_an_approval_ends_with_the_waiver_it_rested_on() -> None:
    waived = "{waivers: [{check: air, until: 2026-05-20, by: rae, at: 2026-04-20}]}"
    before = outcome(waived, clock="2026-05-20T10:00:00Z")

    assert "approvals.validation.void_on" in against(outcome(waived))
    assert "approvals.validation.void_on" not in against(before)
    assert not [one for one in against(outcome(waived.replace("2026-04-20", "2026-05-10"))) if "void_on" in one]


def test_a_gate_that_does_not_ask_for_documents_opens_without_them() -> None:
    asks = outcome("{documents: {}, stage: in_review}", gate="validated")
    every = outcome(
        "{documents: {}, stage: in_review}", gate="validated", policy=POLICY.replace(", documentation: complete", "")
    )

    assert not said(asks, "documentation.limitations")
    assert said(every, "documentation.limitations")


MONITORED = [
    ("2026-06-18T23:59:59Z", "pass allow  auc was measured on 2026-05-20"),
    ("2026-06-19T00:00:00Z", "warn allow due auc was due on 2026-06-19"),
    ("2026-06-23T23:59:59Z", "warn allow due auc was due on 2026-06-19"),
    ("2026-06-24T00:00:00Z", "fail deny due auc was due on 2026-06-19"),
]


@pytest.mark.parametrize(("at", "first"), MONITORED)
def test_what_is_in_production_is_measured_again_and_again(at: str, first: str) -> None:
    found = outcome("{stage: production}", clock=at)

    assert said(found, "monitoring.drift")[0] == first
    assert ("monitoring.drift.due" in against(found)) is first.startswith("fail")


def test_what_was_never_measured_is_overdue_at_once() -> None:
    never = outcome("{stage: production, evidence.auc: null}")
    alerts = outcome(
        "{stage: production, evidence.auc: null}", policy=POLICY.replace("action: suspend, grace: 5d", "grace: 5d")
    )
    without = outcome("{stage: production, evidence.auc.at: 2026-04-01}", policy=POLICY.replace(", grace: 5d", ""))
    named = outcome(
        "{stage: production}", policy=POLICY.replace("every: 30d, checks: all", "every: 30d, checks: [auc]")
    )

    assert said(never, "monitoring.drift")[0] == "fail deny due auc was never measured"
    assert said(alerts, "monitoring.drift")[0] == "warn allow due auc was never measured"
    assert said(without, "monitoring.drift")[0] == "fail deny due auc was due on 2026-05-01"
    assert said(named, "monitoring.drift") == ["pass allow  auc was measured on 2026-05-20"]


@pytest.mark.parametrize(("environment", "mode"), [("dev", "observe"), ("ci", "warn"), ("prod", "enforce")])
def test_only_what_enforces_stops_anything_and_the_mode_is_said(environment: str, mode: str) -> None:
    found = outcome(f"{{environment: {environment}, evidence.auc.value: 0.1}}").judgement

    assert (found.mode.value, found.decision.value) == (mode, "deny" if mode == "enforce" else "allow")
    assert found.as_json()["mode"] == mode
    assert Verdict.FAIL in {one.verdict for one in found.findings if one.rule == "checks.auc"}


def test_nothing_measured_is_not_allowed_by_a_policy_that_only_observes() -> None:
    assert outcome("{environment: dev, evidence: null}").judgement.decision.value == "nothing_checked"


def test_findings_say_what_they_stand_on() -> None:
    clauses: Mapping[str, tuple[str, ...]] = {one.rule: one.clauses for one in outcome().judgement.findings}

    assert clauses["checks.auc"] == ("us-regb-1002.9", "x")
    assert clauses["documentation.limitations"] == ("x",)
    assert clauses["data.training"] == ("us-regb-1002.9",)
    assert clauses["checks.cost"] == ()


def test_what_a_policy_excludes_it_is_not_for() -> None:
    assert outcome("{model.tags: {purpose: [fraud]}}").judgement.decision.value == "not_applicable"


def test_proxies_and_stability_are_not_measured_and_say_so() -> None:
    text = (
        MINIMAL
        + "explainability: {proxies: {max_attribution_share: {x: 0.1}}, stability: {metric: top_k_jaccard, min: 0.9}}\n"
    )
    found = ready("{model.use_case: churn}").run(rules(text))

    assert {"explainability.proxies.not_measured", "explainability.stability.not_measured"} <= against(found)


def test_data_without_rows_or_age_asked_for_are_only_there() -> None:
    text = MINIMAL + "data: {training: {required_fields: [licence]}, evaluation: {min_rows: 60}}\n"
    found = ready("{model.use_case: churn, data.evaluation.rows: null}").run(rules(text))

    assert said(found, "data.training") == []
    assert said(found, "data.evaluation")[0].startswith("not_measured deny min_rows how many rows")


def test_who_measured_counts_where_the_policy_asks() -> None:
    text = POLICY.replace(
        "\nmonitoring:", "\nevidence: {measured_by: {role: validator, not_same_as: [makers]}}\nmonitoring:"
    )

    assert "checks.auc.measured_by" in against(outcome("{evidence.auc.measured_by: ana}", policy=text))
    assert "checks.auc.measured_by" not in against(outcome("{evidence.auc.measured_by: vic}", policy=text))


def test_an_undefined_or_excluded_group_is_one_in_a_case_too() -> None:
    undefined = outcome("{evidence.auc.value: null, evidence.auc.undefined: no_positives}")
    excluded = outcome('{"evidence.air.groups[1]": {excluded: not_declared}}')
    nothing = outcome("{evidence.air.groups: [{by: {sex: F}, excluded: small_group}]}")

    assert said(undefined, "checks.auc")[0].startswith(
        "not_measured deny not_measured roc_auc is undefined: no positives"
    )
    assert "not_applicable allow not_declared sex=M: 600 rows not counted: not declared" in said(excluded, "checks.air")
    assert said(nothing, "checks.air")[0].startswith("not_measured")


# Mistakes of the tests themselves


WRONG = [
    ("given: god", '19:22 GOV143 unknown fixture "god"|did you mean "good"?'),
    ("change: {evidence.acu: null}", '19:51 GOV144 there is no "acu" in "evidence.acu" to be changed|did you mean "auc"?'),
    ('change: {"approvals[7].by": ana}', '19:56 GOV144 there is no "7" in "approvals[7].by" to be changed|'),
    ('change: {"evidence.air.groups[sex=X].n": 1}', '19:69 GOV144 there is no "sex=X" in "evidence.air.groups[sex=X].n" to be changed|'),
    ("change: {stage.x: 1}", '19:46 GOV144 there is no "x" in "stage.x" to be changed|'),
    ("change: {evidence.auc.value: high}", '19:36 GOV104 what is changed makes no case: expected a number, found the text "high"|'),
    ("expect: {decision: yes}", '19:47 GOV105 expected allow or deny or needs_person or not_applicable or nothing_checked, found the text "yes"|'),
    ("exepct: {}", '19:28 GOV101 unknown key "exepct"|did you mean "expect"?'),
    ("clock: noon", '19:35 GOV107 "noon" is not a moment|write it like 2026-12-01T09:00:00Z or 2026-12-01'),
    ("clock: 2026-12-01T09:00:00", '19:35 GOV107 "2026-12-01T09:00:00" is not a moment|write it like 2026-12-01T09:00:00Z or 2026-12-01'),
]  # fmt: skip


@pytest.mark.parametrize(("line", "diagnostic"), WRONG, ids=[line for line, _ in WRONG])
def test_a_mistake_in_a_test_is_told_where_it_is(line: str, diagnostic: str) -> None:
    given = "" if line.startswith("given") else "given: good, "
    more = "" if line.startswith("expect") else ", expect: {decision: allow}"
    found = read_trials(f"{CASE}  - {{name: n, {given}{line}{more}}}\n".encode(), "t.test.yaml")

    told = [f"{one.line}:{one.column} {one.code} {one.message}|{one.help}" for one in found.diagnostics]
    assert diagnostic in told
    assert not found.is_clean


def test_a_file_that_is_no_yaml_has_no_tests() -> None:
    found = read_trials(b"a: [", "t.test.yaml")

    assert (found.tests, found.is_clean, found.policy) == ((), False, "")


def test_an_expected_reason_has_to_be_among_those_found() -> None:
    text = f"{CASE}  - {{name: n, given: good, when: {{gate: production}}, expect: {{decision: deny, because: [checks.auc]}}}}\n"
    (test,) = read_trials(text.encode(), "t.test.yaml").tests

    assert test.run(rules(POLICY)).wrong.startswith("expected deny because of checks.auc, found deny, because data")
    assert test.place == "t.test.yaml:19:12"


def test_a_change_may_add_and_lies_over_what_is_there() -> None:
    added = ready("{evidence.new: {value: 1}, environment: prod, evidence.auc: {value: 0.9}}").case

    assert added["evidence"]["new"] == {"value": 1}
    assert added["environment"] == "prod"
    auc = {key: str(value) for key, value in added["evidence"]["auc"].items()}
    assert auc == {"value": "0.9", "low": "0.7", "high": "0.74", "at": "2026-05-20"}


def test_every_rule_has_its_mutants() -> None:
    told = [what for what, _ in mutants(rules(POLICY))]

    assert told == [
        "without the check auc",
        "auc: min: 0.35",
        "auc: on_fail: warn",
        "without the check air",
        "air: min: 0.4",
        "air: on_fail: warn",
        "without the check cost",
        "cost: max: 5.5",
        "without the approval validation",
        "validation: never expires",
        "without the approval risk",
        "risk: quorum 1",
        "validated: from anywhere",
        "production: from anywhere",
        "rollback: from anywhere",
        "rollback: never ratified",
        "without documentation",
        "without explainability",
        "without monitoring",
        "without training data",
        "without evaluation data",
    ]
    assert "auc: max: 0.85" in [what for what, _ in mutants(rules(MINIMAL.replace("min: 0.72", "min: 0.1, max: 0.7")))]
    lowest = MINIMAL.replace("auc, metric: roc_auc, min: 0.72", "x, kind: imported, metric: y, min: 2").replace(
        "[auc]", "[x]"
    )
    assert "x: min: 1.5" in [what for what, _ in mutants(rules(lowest))]


def test_an_approval_that_others_wait_for_is_taken_from_them_too() -> None:
    text = POLICY.replace("risk: {role: risk-officer, quorum: 2}", "risk: {role: risk-officer, after: validation}")
    without = dict(mutants(rules(text)))["without the approval validation"]

    assert without.policy.approvals["risk"].after == ()
    assert ready().run(without).judgement.decision.value == "deny"
