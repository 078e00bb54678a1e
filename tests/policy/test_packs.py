"""The packs that are shipped: clean on a day in force, tested to the last mutant, and as they were released."""

import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from importlib import resources
from pathlib import Path

import pytest

from govern.library import citations, library
from govern.policy.clauses import Status
from govern.policy.comparing import stride
from govern.policy.findings import Decision, Judgement
from govern.policy.fixtures import Fixture, case_of
from govern.policy.flat import built_on
from govern.policy.judge import judge
from govern.policy.mutants import mutants
from govern.policy.reading import typed
from govern.policy.resolve import Lint, Resolved, lint
from govern.policy.source import read
from govern.policy.trials import Read, read_trials

ROOT = Path(__file__).parents[2]
CHECKED = date(2026, 11, 20)
RELEASED = {
    "core/high-risk/1.0.0": "6f7a993bb7dbf6281ef0fd46c399fc5b3a43e9fdd8418c6af3feddf2f86c905b",
    "eu/ai-act-high-risk/1.0.0": "10e261a3a58454a66c397a1d68054c300800609d3d2213c628ba18354a5e3764",
    "eu/ai-act-high-risk/1.1.0": "c029bbce4925c096b8e81b124d2218e8b4c8bf83ada8d2a5264ea132b48d93c8",
    "screening/four-fifths/1.0.0": "992c1b0a2aa4de1ee686819c27951e5624c83bef52320b2721896a3af6406c83",
    "start/minimal/1.0.0": "968ee14cb0ea58f2b96a81da9c840fd70af9f784caddac3ba94db9b561885d35",
    "us/adverse-action/1.0.0": "d7dbf8eaa0461a951028b33cc60731539bb476f0ce572ccf0a77994abe680355",
    "us/adverse-action/2.0.0": "2b44a77e56d28a88381e410ac07234d3289d05b847287cc2c0311df8aa7203ff",
    "us/adverse-action/2.1.0": "83aea8a71c0a120b423ad8751fe64fa17cefbcffa1ea8b9f7eb970ab89b43bcd",
    "us/model-risk/1.0.0": "570d78dc5ebe52b78272881c9e763a1d1e5b747f6d7c05839a95343f92101f54",
    "us/model-risk/2.0.0": "c429b0924c4ff69bfcb55c2fd51b7dbaee36d89de66bd2a921192dc787889ad2",
    "us/model-risk/2.1.0": "6a5a9a6db4ef8d15c2d08d2a95dfa001cea781a30a2073642bc92879bbb11dd8",
    "us/nyc-ll144/1.0.0": "b0afb5103b06f6a87a6b57a990c1c9d6d83d92dd457ebe4c3acbacc4f5f026f9",
    "us/state-fair-lending/1.0.0": "2dff295344c3e4fe8325f57d2921f73ae1960ffc3cfd7951d0b3b06c17f4b2f7",
}
"""The digest of every release. A line is added and never changed: what was signed under a release names its digest."""


def of(name: str, suffix: str = ".yaml") -> bytes:
    return (resources.files("policies") / f"{name}{suffix}").read_bytes()


def linted(name: str, today: date | None = None) -> Lint:
    return lint(of(name), f"{name}.yaml", "0.1.0", library(), today)


@cache
def rules(name: str) -> Resolved:
    found = linted(name)
    assert found.resolved, found.rendered()
    return found.resolved


@cache
def trials(name: str) -> Read:
    return read_trials(of(name, ".test.yaml"), f"{name}.test.yaml")


def day_in_force(found: Resolved) -> date:
    effective = found.policy.effective
    return max(min(CHECKED, effective.until or date.max), effective.from_ or date.min)


packs = pytest.mark.parametrize("name", RELEASED)


def test_every_release_is_in_the_table() -> None:
    found = {f"{name}/{'.'.join(map(str, one.version))}" for name, all_ in library().packs().items() for one in all_}

    assert sorted(found) == sorted(RELEASED)


@packs
def test_a_pack_has_nothing_wrong_on_a_day_in_force(name: str) -> None:
    found = linted(name, day_in_force(rules(name)))

    assert found.diagnostics == (), found.rendered()


@packs
def test_a_pack_passes_its_tests(name: str) -> None:
    read = trials(name)

    assert read.diagnostics == ()
    assert read.policy == f"{name.rpartition('/')[2]}.yaml"
    assert [f"{one.place} {one.name}: {one.wrong}" for test in read.tests if (one := test.run(rules(name))).wrong] == []


@packs
def test_the_tests_of_a_pack_see_every_mutant(name: str) -> None:
    found = list(mutants(rules(name)))

    assert found
    assert [told for told, mutant in found if not any(test.run(mutant).wrong for test in trials(name).tests)] == []


@packs
def test_the_tests_of_a_pack_open_every_gate_and_fail_every_rule(name: str) -> None:
    policy, tests = rules(name).policy, trials(name).tests
    expected = [(test.when.gate, test.expect) for test in tests if test.expect]
    opened = {gate for gate, expect in expected if expect.decision is Decision.ALLOW}
    because = {one for _, expect in expected if expect.decision is not Decision.ALLOW for one in expect.because}

    assert len(expected) == len(tests)
    assert set(policy.gates) <= opened
    assert [
        rule for rule in rules_of(rules(name)) if not any(f"{one}.".startswith(f"{rule}.") for one in because)
    ] == []


def rules_of(found: Resolved) -> Iterator[str]:
    """Yield every rule that can fail; a check that has no verdict fails where it was not measured."""
    policy = found.policy
    yield from (f"checks.{one.id}" for one in policy.checks)
    yield from (f"approvals.{one}" for one in policy.approvals)
    yield from (f"data.{one}" for one in policy.data.asked)
    yield from (f"explainability.{one}" for one, _ in (policy.explainability.rules() if policy.explainability else ()))
    yield from (f"monitoring.{one}" for one in (policy.monitoring.watches if policy.monitoring else ()))
    yield from (name for name in ("documentation",) if policy.documentation)
    yield from (f"gates.{name}.from" for name, gate in policy.gates.items() if gate.from_)


@packs
def test_a_release_keeps_its_digest(name: str) -> None:
    assert rules(name).digest.value.hex() == RELEASED[name]


def test_a_later_release_takes_a_step_as_large_as_what_differs() -> None:
    for one in RELEASED:
        family, _, version = one.rpartition("/")
        before = [
            other for other in RELEASED if other.rpartition("/")[0] == family and other.rpartition("/")[2] < version
        ]
        if before:
            assert not stride(rules(max(before)).policy, rules(one).policy).too_short, one


def test_no_pack_says_of_what_is_measured_now_that_nothing_measures_it() -> None:
    assert [name for name in RELEASED if b"no release measures" in of(name)] == []


@packs
def test_what_a_pack_cites_is_in_the_catalogue_and_in_force_while_it_is(name: str) -> None:
    policy, known = rules(name).policy, citations()

    for one in policy.references.values():
        assert known[one.cite].in_force(day_in_force(rules(name))), one.cite
    assert set(policy.references) == {covered for names in policy.covers().values() for covered in names}


@packs
def test_a_pack_says_where_it_is_from_and_that_it_is_no_advice(name: str) -> None:
    policy = rules(name).policy

    assert policy.pack
    assert policy.pack.checked_on == CHECKED
    assert policy.pack.note.startswith("Evidence for, never compliant: not legal advice.")
    assert policy.pack.status is Status.VOLUNTARY or policy.pack.source.startswith("https://")
    assert (policy.pack.status is Status.SUPERSEDED) == (policy.pack.superseded_by is not None)
    assert (policy.id, policy.version) == (name.rpartition("/")[0].replace("/", "-"), name.rpartition("/")[2])
    assert all(one.why for one in policy.params.values())
    assert all(one.tighten for one in policy.params.values() if not one.why.endswith(SPELT))
    assert all(one.remedy for one in policy.checks)


SPELT = ("as the data spells it", "never trained on", "never guessed", "where one of them is")
"""Why a parameter is there that only names what stands in the data: it can be moved in no direction that is tighter."""


def test_the_catalogue_says_where_each_entry_is_from_and_how_it_is_known() -> None:
    for id_, one in citations().items():
        assert one.source.startswith("https://"), id_
        assert one.checked_on == CHECKED, id_
        assert one.note or one.mark != "R", id_
        # What was replaced and has no last day would pass as in force.
        assert (one.status is Status.SUPERSEDED) == (one.until is not None), id_


IN_FORCE = [
    ("us-sr-11-7", date(2026, 4, 16), True),
    ("us-sr-11-7", date(2026, 4, 17), False),
    ("us-sr-26-2", date(2026, 4, 16), False),
    ("us-sr-26-2", date(2026, 4, 17), True),
    ("us-occ-2026-13", date(2026, 4, 17), True),
    ("us-regb-1002.6-effects-test", date(2026, 7, 20), True),
    ("us-regb-1002.6-effects-test", date(2026, 7, 21), False),
    ("us-regb-1002.9", date(2026, 7, 21), True),
    ("us-regb-1002.6b", date(2026, 7, 21), True),
    ("us-cfpb-circular-2022-03", date(2025, 5, 12), False),
    ("us-nj-effects", date(2026, 7, 21), True),
    ("us-nyc-ll144", CHECKED, True),
    ("us-eeoc-four-fifths", CHECKED, True),
    ("us-co-sb-26-189", date(2026, 12, 31), False),
    ("us-co-sb-26-189", date(2027, 1, 1), True),
    *((f"eu-ai-act-art-{one}", date(2027, 12, 1), False) for one in (9, 10, 11, 12, 13, 14, 15, 26, 27, 72, 86)),
    *((f"eu-ai-act-art-{one}", date(2027, 12, 2), True) for one in (9, 10, 11, 12, 13, 14, 15, 26, 27, 72, 86)),
    *((one, CHECKED, True) for one in ("iso-42001", "us-nist-ai-rmf", "uk-ss1-23", "us-21-cfr-11")),
]


@pytest.mark.parametrize(("id_", "day", "in_force"), IN_FORCE, ids=[f"{id_} on {day}" for id_, day, _ in IN_FORCE])
def test_a_citation_is_in_force_from_its_first_to_its_last_day(id_: str, day: date, in_force: bool) -> None:
    assert citations()[id_].in_force(day) is in_force


def test_whoever_still_builds_on_the_old_guidance_is_told_what_is_in_its_place() -> None:
    said = [one for one in linted("us/model-risk/1.0.0", date(2026, 4, 17)).diagnostics if one.code == "GOV150"]

    assert [one.message for one in said] == [
        "Federal Reserve SR 11-7, guidance on model risk management is no longer in force, 2026-04-16 was its last day",
        "OCC 2011-12, guidance on model risk management is no longer in force, 2026-04-16 was its last day",
    ]
    assert said[0].help == "in its place: us-sr-26-2, in force since 2026-04-17"


CREDIT = """\
model: {use_case: credit-scoring, risk_tier: high, jurisdictions: [US, US-NJ], makers: [ana]}
stage: validated
evidence:
  outcomes: {value: 0.78, low: 0.76, high: 0.80}
  reason-coverage: {value: 1}
  effects-test: {groups: [{by: {sex: F}, value: 0.70, low: 0.66, high: 0.74}, {by: {race_ethnicity: B}, value: 0.9, low: 0.85, high: 0.95}]}
  state-effects-test: {groups: [{by: {sex: F}, value: 0.70, low: 0.66, high: 0.74}, {by: {race_ethnicity: B}, value: 0.9, low: 0.85, high: 0.95}]}
approvals:
  - {by: vic, role: validator, at: 2026-02-01}
  - {by: rae, role: risk-officer, at: 2026-02-02}
  - {by: rob, role: risk-officer, at: 2026-02-03}
  - {by: flo, role: fair-lending-officer, at: 2026-02-04}
documents:
  {purpose: 60, data: 60, method: 60, limitations: 60, human_oversight: 60, conceptual_soundness: 60, outcomes_analysis: 60,
   monitoring_plan: 60, materiality: 60, uses: 60, reason_code_method: 60, less_discriminatory_alternatives: 60}
features: [income]
reasons: dictionary
data:
  training: {rows: 9000, date_from: 2023-01-01, date_to: 2024-12-31, licence: internal, digest: "sha256:aa"}
  evaluation: {rows: 9000, date_from: 2025-01-01, date_to: 2025-06-30, digest: "sha256:bb"}
"""


def judged(day: date, *names: str) -> Judgement:
    """Return what packs say of one credit model at noon of a day."""
    source = read(CREDIT.encode(), "case.yaml")
    at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    fixture = typed(source, Fixture)
    assert fixture, source.mistakes
    found = [rules(name) for name in names]
    cases = [case_of(one.policy, fixture, at) for one in found]
    evidence = {check: value for case in cases for check, value in case.evidence.items()}
    return judge(found, replace(cases[0], evidence=evidence), "approved")


@pytest.mark.parametrize(
    ("day", "release", "cited"),
    [
        (date(2026, 4, 16), "1.0.0", {"us-sr-11-7", "us-occ-2011-12"}),
        (date(2026, 4, 18), "2.0.0", {"us-sr-26-2", "us-occ-2026-13", "us-fil-15-2026"}),
    ],
)
def test_one_model_stands_on_the_guidance_of_the_day_that_it_is_judged_as_of(
    day: date, release: str, cited: set[str]
) -> None:
    found = judged(day, "us/model-risk/1.0.0", "us/model-risk/2.0.0")

    assert [one.policy.version for one in found.policies] == [release]
    assert {clause for one in found.findings for clause in one.clauses} == cited
    assert found.decision is Decision.ALLOW, found.because


def test_the_federal_effects_test_ends_and_that_of_the_states_stays() -> None:
    names = ("us/adverse-action/1.0.0", "us/adverse-action/2.0.0", "us/state-fair-lending/1.0.0")
    before, after = judged(date(2026, 7, 20), *names), judged(date(2026, 7, 21), *names)

    assert before.because == ("checks.effects-test", "checks.state-effects-test")
    assert after.because == ("checks.state-effects-test",)
    federal = {clause for one in before.findings if one.rule == "checks.effects-test" for clause in one.clauses}
    assert federal == {"us-regb-1002.6-effects-test"}
    for one in (before, after):
        state = {
            clause for found in one.findings if found.rule == "checks.state-effects-test" for clause in found.clauses
        }
        assert state == {f"us-{code}-effects" for code in ("nj", "ma", "ca", "ny", "il")}
        assert any("us-regb-1002.9" in found.clauses for found in one.findings)


OURS = """\
schema: govern/policy/v1
id: ours
version: 1.0.0
owner: retail
extends: [PACKS]
applies_to: {use_case: credit-scoring}
params: {favourable_decision: {value: "0"}, sex_column: {value: applicant_sex}, min_group_n: {value: 30}}
checks:
  - {id: own, metric: precision, min: 0.5}
waivers: {allowed_for: [own]}
"""
NEWEST = sorted({name.rpartition("/")[0] for name in RELEASED} - {"start/minimal"})


@pytest.mark.parametrize("names", [NEWEST, NEWEST[::-1]], ids=["in order", "turned round"])
def test_all_packs_together_can_be_built_on(names: list[str]) -> None:
    text = OURS.replace("PACKS", ", ".join(f"{{pack: {name}}}" for name in names))

    found = lint(text.encode(), "ours.yaml", "0.1.0", library(), date(2028, 1, 1))

    assert found.resolved, found.rendered()
    assert found.diagnostics == (), found.rendered()
    policy, parts = (
        found.resolved.policy,
        [rules(max(one for one in RELEASED if one.startswith(name))) for name in names],
    )
    assert {one.id for one in policy.checks} == {one.id for part in parts for one in part.policy.checks} | {"own"}
    assert policy.documentation
    assert set(policy.documentation.required) == {
        section for part in parts if part.policy.documentation for section in part.policy.documentation.required
    }
    assert set(policy.approvals_of("approved")) == {
        name for part in parts for name in part.policy.approvals_of("approved")
    }
    assert policy.data.sensitive["sex"].column == "applicant_sex"


def test_a_waiver_is_bounded_by_the_core_and_never_of_what_a_pack_checks() -> None:
    text = OURS.replace("PACKS", "{pack: core/high-risk@^1}, {pack: us/state-fair-lending@^1}")

    over = [
        text.replace("[own]", "[own, state-effects-test]"),
        text.replace("[own]", "all"),
        f"{text.rstrip()[:-1]}, max_duration: 91d}}",
        f"{text.rstrip()[:-1]}, requires: {{quorum: 1}}}}",
    ]

    assert lint(text.encode(), "ours.yaml", "0.1.0", library()).is_clean
    for one in over:
        assert "GOV121" in [found.code for found in lint(one.encode(), "ours.yaml", "0.1.0", library()).diagnostics], (
            one
        )


def test_a_wheel_has_the_packs_their_tests_and_the_catalogue(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path], cwd=ROOT, check=True)

    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as content:
        inside = set(content.namelist())
    assert {f"policies/{name}{suffix}" for name in RELEASED for suffix in (".yaml", ".test.yaml")} <= inside
    assert "policies/citations.yaml" in inside


def test_a_flat_document_says_which_packs_it_was_built_on() -> None:
    text = b"schema: govern/policy/v1\nid: a\nversion: 1.0.0\nowner: b\nextends: [{pack: core/high-risk}, {pack: us/model-risk@2}]\n"
    found = lint(text, "a.yaml", "0.1.0", library()).resolved
    assert found

    assert {"core/high-risk 1.0.0", "us/model-risk 2.1.0"} <= set(built_on(found.text))
    assert built_on(rules("core/high-risk/1.0.0").text) == ()
    assert built_on('title: "x  # core/high-risk/1.0.0.yaml:3"\n') == ()
