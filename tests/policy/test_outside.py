"""Numbers from outside: who writes them, what they become, and what passes for none of them."""

from datetime import date

import pytest

from govern.errors import GovernError, InvalidInput, NothingChecked
from govern.ledger.strict import Digest, canonical
from govern.policy.diagnostics import Severity
from govern.policy.document import Policy
from govern.policy.evidence import UNREAD, Evidence, Imported, Measure, Plan, Result, Table
from govern.policy.findings import Decision, Finding, Judgement
from govern.policy.judge import judge
from govern.policy.outside import Outside, evidence_of, read_outside
from govern.policy.resolve import ANY_RELEASE, lint
from tests.policy.rules import MINIMAL, START, case, rules

POLICY = """\
schema: govern/policy/v1
id: figures
version: 1.0.0
owner: retail
applies_to: {use_case: churn}
data:
  sensitive: {region: {column: region, groups: [north, south]}}
metrics:
  eur_per_case: {better: lower, low: 0, high: 100, unit: EUR, title: What a case costs}
  p99_ms: {better: lower}
checks:
  - {id: cost, kind: imported, metric: eur_per_case, max: 5}
  - {id: latency, kind: imported, metric: p99_ms, by: [region], max: 80}
  - {id: own, metric: accuracy, min: 0.5}
gates:
  production: {checks: [cost, latency, own]}
"""
FILE = """\
schema: govern/imported/v1
source: cost ledger
measured_on: 2026-11-19
metrics:
  - {metric: eur_per_case, value: 3.20, n: 5400}
  - metric: p99_ms
    groups:
      - {by: {region: north}, value: 60, low: 55, high: 70, n: 900}
      - {by: {region: south}, value: 81, n: 800}
"""
TODAY = START.date()
SUBJECT = Digest.of(b"a version")


def of(text: str = FILE, policy: str = POLICY, today: date = TODAY) -> Evidence:
    return evidence_of([rules(policy).policy], read_outside(text.encode(), "f.yaml"), today, SUBJECT)


def told(evidence: Evidence | None, policy: str = POLICY) -> Judgement:
    return judge([rules(policy)], case(evidence))


def found(evidence: Evidence | None, rule: str, policy: str = POLICY) -> list[Finding]:
    return [one for one in told(evidence, policy).findings if one.rule == f"checks.{rule}"]


def test_numbers_of_a_file_are_judged_like_the_rest_and_say_where_they_are_from() -> None:
    (cost,), latency = found(of(), "cost"), found(of(), "latency")

    assert cost.message == "eur_per_case is 3.2, asked for: at most 5; from cost ledger, as of 2026-11-19"
    assert [(one.verdict.value, one.message.partition(":")[0]) for one in latency] == [
        ("pass", "region=north"),
        ("fail", "region=south"),
    ]
    assert latency[1].effect is Decision.DENY
    assert latency[1].remedy == "", "to bring it again mends nothing"
    assert found(None, "latency")[0].remedy == "say what it is, and where from: `govern metric import`"


def test_the_evidence_names_its_source_and_reads_no_data() -> None:
    evidence = of()

    assert Evidence.parse(bytes(evidence)) == evidence
    assert evidence.plan.imported == Imported(source="cost ledger", on=date(2026, 11, 19))
    assert (evidence.plan.columns, evidence.tables, evidence.rows) == (UNREAD, (), 5400)
    assert (evidence.model, evidence.policy) == (SUBJECT, rules(POLICY).digest)
    assert [one.check for one in evidence.plan.checks] == ["cost", "latency"]


def test_what_is_written_down_and_what_is_said_are_the_same_evidence() -> None:
    said = Outside.of("cost ledger", date(2026, 11, 19), [("eur_per_case", "3.20")], 5400)
    written = FILE[: FILE.index("  - metric: p99")]

    assert bytes(evidence_of([rules(POLICY).policy], said, TODAY, SUBJECT)) == bytes(of(written))
    assert said.digest == read_outside(written.encode(), "f.yaml").digest


REFUSED = [
    ("cost ledger", '""', "f.yaml:2:9: error[GOV107]: the text is empty", "imported"),
    ("source: cost ledger\n", "", "f.yaml:1:1: error[GOV100]: the key source is missing", "imported"),
    ("cost ledger", f'"{"x" * 201}"', "f.yaml:2:9: error", "imported"),
    ("measured_on: 2026-11-19\n", "", "f.yaml:1:1: error[GOV100]: the key measured_on is missing", "imported"),
    ("2026-11-19", "2026-11-21", "2026-11-21 is still to come", "future"),
    (", n: 5400", "", "eur_per_case is asked for as one number", "imported"),
    ("n: 5400", "n: 0", "eur_per_case is of nothing: n is 0", "imported"),
    ("3.20", "-0.01", "eur_per_case is -0.01, below 0, the lowest it can be", "out_of_range"),
    ("3.20", "101", "eur_per_case is 101, above 100, the highest it can be", "out_of_range"),
    ("3.20, n", "3.20, low: 3, high: 101, n", "eur_per_case is 101, above 100, the highest it can be", "out_of_range"),
    ("3.20, n", "3.20, low: 3, n", "the interval of eur_per_case has no two ends around its value", "imported"),
    ("3.20, n", "3.20, low: 4, high: 5, n", "the interval of eur_per_case has no two ends around its value", "imported"),
    ("eur_per_case, value", "roc_auc, value", "roc_auc is measured here", "measured_here"),
    ("eur_per_case, value", "AUC, value", "AUC is measured here, as roc_auc", "measured_here"),
    ("eur_per_case, value", "eur_pr_case, value", 'no policy asks for "eur_pr_case" from outside', "unknown_metric"),
    ("eur_per_case, value", "zzz, value", 'no policy asks for "zzz" from outside', "unknown_metric"),
    ("  - metric: p99_ms", "  - {metric: eur_per_case, value: 1, n: 2}\n  - metric: p99_ms", "eur_per_case is given twice", "imported"),
    ("{region: south}", "{region: north}", "p99_ms is given twice for north", "imported"),
    ("{region: south}", "{region: sout}", '"sout" is no group of region', "imported"),
    ("{region: south}", "{region: west}", '"west" is no group of region', "imported"),
    ("{region: south}", "{sex: F}", "p99_ms is not asked for by sex", "imported"),
    ("metric: p99_ms\n    groups:", "metric: p99_ms\n    value: 1\n    n: 1\n    groups:", "p99_ms is not given as it is asked for", "imported"),
    ("value: 3.20, n: 5400", "groups: [{by: {region: north}, value: 3, n: 5}]", "eur_per_case is asked for as one number", "imported"),
    ("    groups:\n      - {by: {region: north}, value: 60, low: 55, high: 70, n: 900}\n      - {by: {region: south}, value: 81, n: 800}\n", "    value: 60\n    n: 900\n", "p99_ms is not given as it is asked for", "imported"),
    ("value: 3.20", "value: high", "f.yaml:5:35: error[GOV104]: expected a number", "imported"),
    ("- {metric", "- {metrc", "f.yaml:5:5: error[GOV100]: the key metric is missing", "imported"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "said", "code"), REFUSED, ids=[said for _, _, said, _ in REFUSED])
def test_a_number_that_is_none_is_refused_with_its_reason(old: str, new: str, said: str, code: str) -> None:
    assert old in FILE

    with pytest.raises(GovernError) as error:
        of(FILE.replace(old, new, 1))

    assert error.value.message.startswith(said)
    assert error.value.code == code
    assert error.value.hint


def test_a_file_that_is_no_mapping_is_refused() -> None:
    with pytest.raises(InvalidInput, match="GOV104"):
        read_outside(b"- a\n", "f.yaml")
    with pytest.raises(InvalidInput, match="GOV001"):
        read_outside(b"", "f.yaml")


@pytest.mark.parametrize(
    ("source", "value", "said"),
    [
        ("", "1", "source: the text is empty"),
        ("a\u202eb", "1", "source: an invisible"),
        ("a\n  pass", "1", "source: an"),
        ("a" * 201, "1", "source: 201 characters are too many"),
        ("x", "75%", 'a is "75%", which is no number'),
        ("x", "1, n: 9", "a is"),
    ],
)
def test_what_is_said_is_held_to_the_same(source: str, value: str, said: str) -> None:
    with pytest.raises(InvalidInput) as error:
        Outside.of(source, TODAY, [("a", value)], 3)

    assert error.value.message.startswith(said)


@pytest.mark.parametrize("source", ["a\u200bb", "a\n  pass", "\x1b[2J"])
def test_evidence_from_a_source_that_nobody_sees_is_none(source: str) -> None:
    with pytest.raises(InvalidInput, match=r"plan\.imported\.source: .* nobody sees"):
        Evidence.parse(bytes(of()).replace(b'"cost ledger"', canonical(source)))


def test_where_nothing_is_asked_for_from_outside_nothing_is_taken() -> None:
    with pytest.raises(NothingChecked):
        of(policy=MINIMAL)


def test_what_no_policy_asks_for_now_is_left_where_it_was() -> None:
    only_cost = FILE[: FILE.index("  - metric: p99")]

    assert [one.check for one in of(only_cost).plan.checks] == ["cost"]
    assert found(of(only_cost), "latency")[0].verdict.value == "not_measured"


def test_two_policies_that_mean_different_things_by_one_check_are_told() -> None:
    other = POLICY.replace("by: [region], max: 80", "max: 80").replace("id: figures", "id: other")
    asked = [rules(POLICY).policy, rules(other).policy]
    agreed = [rules(POLICY).policy, rules(POLICY.replace("id: figures", "id: other")).policy]

    with pytest.raises(InvalidInput, match="two policies ask for a check latency"):
        evidence_of(asked, read_outside(FILE.encode(), "f.yaml"), TODAY, SUBJECT)
    assert evidence_of(agreed, read_outside(FILE.encode(), "f.yaml"), TODAY, SUBJECT).policy is None


def test_intersections_come_from_outside_too() -> None:
    both = POLICY.replace("by: [region]", "by: [region], intersections: [[region, shift]]")
    text = FILE + "      - {by: {shift: night, region: north}, value: 70, n: 100}\n"

    (one,) = (one for one in found(of(text, both), "latency", both) if one.group and "shift" in one.group)

    assert (one.verdict.value, one.group) == ("pass", {"region": "north", "shift": "night"})


# What it never passes for


def test_an_imported_number_is_no_measured_one() -> None:
    measured_here = MINIMAL.replace("kind: imported, ", "")
    plan = Plan(
        digits=12,
        columns=UNREAD,
        checks=rules(measured_here).policy.plan(),
        imported=Imported(source="a slide", on=TODAY),
    )
    claimed = Evidence.made(plan, [Result.made("auc", "roc_auc", [Measure.measured(0.99, 1000)])], rows=1000)

    (one,) = judge([rules(measured_here)], case(claimed)).findings

    assert (one.verdict.value, one.message) == ("not_measured", "roc_auc was not measured, but imported")
    assert one.effect is Decision.DENY


def test_a_number_without_a_source_is_not_measured() -> None:
    evidence = of()
    without = evidence.model_copy(update={"plan": evidence.plan.model_copy(update={"imported": None})})

    (one,) = found(without, "cost")

    assert (one.verdict.value, one.message) == ("not_measured", "eur_per_case was not said to be from anywhere")


def test_a_number_outside_the_range_that_the_policy_declares_now_is_none() -> None:
    narrow = POLICY.replace("high: 100", "high: 3")

    (one,) = found(of(policy=POLICY), "cost", narrow.replace("max: 5", "max: 3"))

    assert (one.verdict.value, one.value) == ("not_measured", None)
    assert one.message == "eur_per_case is 3.2, above 3, the highest it can be"


def test_evidence_from_outside_has_no_tables_and_no_columns() -> None:
    table = Table.made("counts", ["a"], ["n"], {("x",): (1,)})

    with pytest.raises(InvalidInput, match="what comes from outside was counted in no table"):
        Evidence.parse(bytes(of().model_copy(update={"tables": (table,)})))


@pytest.mark.parametrize("day", ["2026-13-01", "20261101", "2026-W01-1"])
def test_a_day_has_one_spelling(day: str) -> None:
    with pytest.raises(InvalidInput, match="this is not evidence"):
        Evidence.parse(bytes(of()).replace(b"2026-11-19", day.encode()))


# The policy


PLANTED = [
    ("max: 5}", "min: 5}", ["12:54 GOV112 eur_per_case is better when lower; a min alone would reward a worse model|use max:"]),
    ("max: 5}", "max: 500}", ["12:59 GOV111 max: 500 is outside the range of eur_per_case (0 to 100)|"]),
    ("  p99_ms: {better: lower}", "  p99_ms: {better: lower, low: 100}", ["13:70 GOV111 max: 80 is outside the range of p99_ms (at least 100)|"]),
    ("  p99_ms: {better: lower}", "  p99_ms: {better: lower, high: 50}", ["13:70 GOV111 max: 80 is outside the range of p99_ms (at most 50)|"]),
    ("low: 0, high: 100", "low: 100, high: 100", ["9:49 GOV115 high: 100 does not lie above low: 100|", "12:59 GOV111 max: 5 is outside the range of eur_per_case (100 to 100)|"]),
    ("better: lower, low", "low", ["9:17 GOV100 the key better is missing|"]),
    ("better: lower, low", "better: less, low", ['9:26 GOV105 expected higher or lower or neither, found the text "less"|']),
    ("  p99_ms: {better: lower}", "  p99_ms: {better: lower}\n  precision: {better: higher}", ["11:3 GOV010 precision is measured here|give what comes from outside another name"]),
    ("  p99_ms: {better: lower}", "  p99_ms: {better: lower}\n  recall: {better: higher}", ["11:3 GOV010 recall is measured here, as true_positive_rate|give what comes from outside another name"]),
    ("cost, kind: imported", "cost", ['12:24 GOV110 unknown metric "eur_per_case"|it comes from outside: add kind: imported']),
    ("imported, metric: eur_per_case", "imported, metric: roc_auc", ['12:40 GOV110 "roc_auc" is measured here, and is never taken from outside|leave kind: out, or give it another name']),
    ("imported, metric: eur_per_case", "imported, metric: Recall", ['12:40 GOV110 "Recall" is measured here, and is never taken from outside|leave kind: out, or give it another name']),
    ("max: 5}", "max: 5, favourable: {outcome: yes}}", ["12:62 GOV114 favourable says nothing of a number from outside|delete it"]),
    ("max: 5}", "max: 5, of: [score], against: training}", ["12:62 GOV114 of says nothing of a number from outside|delete it", "12:75 GOV114 against says nothing of a number from outside|delete it"]),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "expected"), PLANTED, ids=[one[0] for _, _, one in PLANTED])
def test_a_mistake_in_what_comes_from_outside_is_found_where_it_stands(old: str, new: str, expected: list[str]) -> None:
    assert old in POLICY

    said = lint(POLICY.replace(old, new, 1).encode(), "p.yaml", "0.1.0").diagnostics

    assert [
        f"{one.line}:{one.column} {one.code} {one.message}|{one.help}" for one in said if one.severity is Severity.ERROR
    ] == expected


def test_what_nobody_declares_is_a_warning_and_so_is_what_nobody_imports() -> None:
    undeclared = POLICY.replace("  p99_ms: {better: lower}\n", "")
    unused = POLICY.replace("  p99_ms: {better: lower}\n", "  p99_ms: {better: lower}\n  spare: {better: neither}\n")

    assert [one.code.value for one in lint(undeclared.encode(), "p.yaml", "0.1.0").diagnostics] == ["GOV145"]
    assert [str(one) for one in lint(unused.encode(), "p.yaml", "0.1.0").diagnostics] == [
        'p.yaml:11:3: warning[GOV140]: no check imports "spare"'
    ]
    assert lint(undeclared.encode(), "p.yaml", ANY_RELEASE).diagnostics == ()


def test_a_policy_says_in_words_what_comes_from_outside() -> None:
    from govern.policy.plain import explained

    policy: Policy = rules(POLICY).policy

    said = dict(explained(policy))["Checks"]

    assert said[0] == (
        "cost: eur_per_case (What a case costs, in EUR, brought from outside) has to be at most 5. Failing it blocks."
    )
    assert said[1].startswith("latency: p99_ms (brought from outside) for each region has to be at most 80.")
