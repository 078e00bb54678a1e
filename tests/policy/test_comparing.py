"""What differs between two releases, and how large a step of the version it takes."""

import pytest

from govern.policy.comparing import Step, differences, step_of, stepped, stride
from tests.policy.rules import rules

OLDER = """\
schema: govern/policy/v1
id: a
version: 1.2.3
owner: risk
effective: {from: 2026-01-01}
applies_to: {use_case: credit}
params: {floor: {value: 0.7, tighten: up, why: so}, free: {value: 3}}
data: {sensitive: {sex: {column: s}}}
checks:
  - {id: auc, metric: roc_auc, min: $floor, remedy: look}
  - {id: odds, metric: equalized_odds_difference, by: [sex], max: 0.1}
approvals:
  validation: {role: validator, quorum: 1, expires: 1y}
gates:
  production: {from: [approved], checks: all, approvals: [validation]}
waivers: {allowed_for: [odds], max_duration: 90d, requires: {role: risk-officer}}
"""


def found(old: str, new: str) -> list[tuple[str, str | None, str | None, Step]]:
    assert old in OLDER
    newer = rules(OLDER.replace(old, new)).policy
    return [(one.what, one.before, one.after, one.step) for one in differences(rules(OLDER).policy, newer)]


def test_the_same_rules_under_another_version_do_not_differ() -> None:
    assert found("1.2.3", "2.0.0") == []


STEPS = [
    ("owner: risk", "title: A\nowner: risk", ("title", None, "A"), Step.PATCH),
    ("remedy: look", "remedy: look twice", ("checks.auc.remedy", "look", "look twice"), Step.PATCH),
    ("why: so", "why: thus", ("params.floor.why", "so", "thus"), Step.PATCH),
    ("2026-01-01}", "2026-01-01, review_by: 2026-06-01}", ("effective.review_by", None, "2026-06-01"), Step.PATCH),
    ("max: 0.1}", "max: 0.05}", ("checks.odds.max", "0.1", "0.05"), Step.MINOR),
    ("max: 0.1}", "max: 0.1, warn_above: 0.05}", ("checks.odds.warn_above", None, "0.05"), Step.MINOR),
    ("quorum: 1", "quorum: 2", ("approvals.validation.quorum", "1", "2"), Step.MINOR),
    ("expires: 1y", "expires: 365d", ("approvals.validation.expires", "1y", "365d"), Step.MINOR),
    ("max_duration: 90d", "max_duration: 30d", ("waivers.max_duration", "90d", "30d"), Step.MINOR),
    ("role: risk-officer}", "role: risk-officer}, never_for: [auc]", ("waivers.never_for", None, "auc"), Step.MINOR),
    ("max: 0.1}", "max: 0.2}", ("checks.odds.max", "0.1", "0.2"), Step.MAJOR),
    ("max: 0.1}", "max: 0.1, on_fail: warn}", ("checks.odds.on_fail", None, "warn"), Step.MAJOR),
    ("max: 0.1}", "max: 0.1, favourable: {outcome: x}}", ("checks.odds.favourable.outcome", None, "x"), Step.MAJOR),
    (", expires: 1y", "", ("approvals.validation.expires", "1y", None), Step.MAJOR),
    ("role: validator", "role: [validator, intern]", ("approvals.validation.role", "validator", "validator, intern"), Step.MAJOR),
    ("use_case: credit", "use_case: [credit, fraud]", ("applies_to.use_case", "credit", "credit, fraud"), Step.MAJOR),
    ("from: 2026-01-01", "from: 2026-02-01", ("effective.from", "2026-01-01", "2026-02-01"), Step.MAJOR),
    ("free: {value: 3}", "free: {value: 4}", ("params.free.value", "3", "4"), Step.MAJOR),
    ("column: s", "column: gender", ("data.sensitive.sex.column", "s", "gender"), Step.MAJOR),
    ("allowed_for: [odds]", "max_renewals: 1, allowed_for: [odds]", ("waivers.max_renewals", None, "1"), Step.MAJOR),
    ("waivers:", "enforcement: {mode: observe}\nwaivers:", ("enforcement.mode", None, "observe"), Step.MAJOR),
    ("waivers:", "enforcement: {mode: enforce}\nwaivers:", ("enforcement.mode", None, "enforce"), Step.MINOR),
    ("gates:\n", "gates:\n  validated: {checks: [auc]}\n", ("gates.validated.checks", None, "auc"), Step.MINOR),
]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "what", "step"), STEPS, ids=[f"{step.name} {what[0]}" for _, _, what, step in STEPS]
)
def test_a_difference_says_what_step_it_takes(old: str, new: str, what: tuple[str, str, str], step: Step) -> None:
    assert (*what, step) in found(old, new)
    assert max(one[3] for one in found(old, new)) is step


def test_a_parameter_is_moved_the_way_it_says() -> None:
    assert max(one[3] for one in found("value: 0.7", "value: 0.8")) is Step.MINOR
    assert max(one[3] for one in found("value: 0.7", "value: 0.6")) is Step.MAJOR


def test_a_new_check_is_minor_and_one_that_is_gone_is_major() -> None:
    more = found("approvals:\n", "  - {id: acc, metric: accuracy, min: 0.5, on_fail: warn}\napprovals:\n")
    fewer = found("  - {id: auc, metric: roc_auc, min: $floor, remedy: look}\n", "")

    assert {one[3] for one in more} == {Step.MINOR}
    assert {one[3] for one in fewer} == {Step.MAJOR, Step.PATCH}


@pytest.mark.parametrize(
    ("older", "newer", "step"),
    [
        ("1.2.3", "1.2.4", Step.PATCH),
        ("1.2.3", "1.3.0", Step.MINOR),
        ("1.2.3", "2.0.0", Step.MAJOR),
        ("1.2.3", "1.2.3", Step.NONE),
        ("1.2.3", "1.1.9", Step.NONE),
    ],
)
def test_the_step_that_was_taken(older: str, newer: str, step: Step) -> None:
    assert step_of(older, newer) is step


def test_a_step_leads_to_the_next_version() -> None:
    assert [stepped("1.2.3", step) for step in Step] == ["1.2.3", "1.2.4", "1.3.0", "2.0.0"]


TOO_SMALL = "is too small a step for what differs: it takes a"


@pytest.mark.parametrize(
    ("old", "new", "version", "told"),
    [
        pytest.param(
            "{value: 0.7,", "{value: 0.6,", "1.3.0", f"from 1.2.3 to 1.3.0 {TOO_SMALL} major one", id="looser"
        ),
        pytest.param(
            "{value: 0.7,", "{value: 0.8,", "1.2.4", f"from 1.2.3 to 1.2.4 {TOO_SMALL} minor one", id="tighter"
        ),
        pytest.param("{value: 0.7,", "{value: 0.6,", "2.0.0", "", id="far enough"),
        pytest.param("{value: 0.7,", "{value: 0.6,", "1.2.3", "", id="not newer"),
        pytest.param("owner: risk", "owner: our-risk", "1.2.4", "", id="words"),
        pytest.param("owner: risk", "owner: risk", "1.2.4", "", id="nothing"),
    ],
)
def test_a_step_that_is_too_small_says_what_it_takes(old: str, new: str, version: str, told: str) -> None:
    newer = rules(OLDER.replace(old, new).replace("1.2.3", version)).policy

    assert stride(rules(OLDER).policy, newer).too_short == told


def test_the_least_version_is_one_step_on() -> None:
    newer = rules(OLDER.replace("{value: 0.7,", "{value: 0.6,").replace("1.2.3", "1.3.0")).policy

    assert stride(rules(OLDER).policy, newer).least == "2.0.0"
