"""Policies that build on packs, name parameters and cite: assembled to one flat document that says the same alone."""

from collections.abc import Mapping

import pytest

from govern.policy.assembly import Library, Release
from govern.policy.document import Policy
from govern.policy.resolve import Lint, Resolved, lint

BASE = """\
schema: govern/policy/v1
id: base
version: 1.2.0
owner: risk
params:
  floor: {value: 0.7, tighten: up, why: "board, 2026"}
  held: {value: 365d, tighten: down}
references:
  law: {cite: us-regb-1002.9}
checks:
  - {id: auc, metric: roc_auc, min: $floor, covers: [law]}
  - {id: odds, metric: equalized_odds_difference, by: [sex], max: 0.1, on_fail: block}
approvals:
  validation: {role: [validator, risk-officer], quorum: 1, not_same_as: [makers], expires: $held}
gates:
  production: {checks: all, approvals: [validation]}
waivers: {allowed_for: [odds], max_duration: 90d, requires: {role: risk-officer, quorum: 2}}
"""
OVER = """\
schema: govern/policy/v1
id: ours
version: 3.0.0
owner: retail
extends: [{pack: core/base@^1}]
applies_to: {use_case: credit}
"""


def library(**packs: str) -> Library:
    found: dict[str, tuple[Release, ...]] = {}
    for name, text in packs.items():
        family, _, version = name.partition("__")
        release = Release(tuple(int(part) for part in (version or "1_2_0").split("_")), f"{name}.yaml", text.encode())  # type: ignore[arg-type]
        key = f"core/{family}"
        found[key] = (*found.get(key, ()), release)
    return Library(lambda: found)


def linted(text: str, packs: Mapping[str, str] | None = None) -> Lint:
    return lint(text.encode(), "ours.yaml", "0.1.0", library(**({"base": BASE} if packs is None else packs)))


def clean(text: str, packs: Mapping[str, str] | None = None) -> Resolved:
    found = linted(text, packs)
    assert found.resolved, found.rendered()
    return found.resolved


def told(text: str, packs: Mapping[str, str] | None = None) -> list[str]:
    return [
        f"{one.file}:{one.line}:{one.column} {one.code} {one.message}|{one.help}"
        for one in linted(text, packs).diagnostics
    ]


def test_a_policy_has_what_it_builds_on_and_its_own() -> None:
    policy = clean(OVER + "checks:\n- {id: own, metric: accuracy, min: 0.6}\n").policy

    assert (policy.id, policy.version, policy.owner, policy.title) == ("ours", "3.0.0", "retail", "")
    assert [(one.id, str(one.min)) for one in policy.checks] == [("auc", "0.7"), ("odds", "None"), ("own", "0.6")]
    assert policy.applies_to.use_case == ("credit",)
    assert list(policy.approvals) == ["validation"]


def test_what_it_says_itself_comes_before_what_it_builds_on() -> None:
    text = OVER + "params: {floor: {value: 0.75}}\nchecks:\n- {id: odds, max: 0.05, remedy: look}\n"

    auc, odds = clean(text).policy.checks

    assert str(auc.min) == "0.75"
    assert (odds.metric, str(odds.max), odds.remedy, odds.by) == ("equalized_odds_difference", "0.05", "look", ("sex",))


LOOSER = [
    ("params: {floor: {value: 0.6}}", "7:25 GOV121 value: the number 0.6 is looser than the number 0.7 in base.yaml"),
    ("params: {held: {value: 2y}}", '7:24 GOV121 value: the text "2y" is looser than the text "365d" in base.yaml'),
    ("params: {floor: {tighten: down}}", '7:27 GOV121 tighten: the text "down" is looser than the text "up" in base.yaml'),
    ("checks: [{id: odds, max: 0.2}]", "7:26 GOV121 max: the number 0.2 is looser than the number 0.1 in base.yaml"),
    ("checks: [{id: auc, min: 0.6}]", "7:25 GOV121 min: the number 0.6 is looser than the number 0.7 in base.yaml"),
    ("checks: [{id: auc, min: $low}]\nparams: {low: {value: 0.6}}", "7:25 GOV121 min: the number 0.6 is looser than the number 0.7 in base.yaml"),
    ("approvals: {validation: {expires: 2y}}", '7:35 GOV121 expires: the text "2y" is looser than the text "365d" in base.yaml'),
    ("checks: [{id: odds, metric: roc_auc}]", '7:29 GOV121 metric: the text "roc_auc" is looser than the text "equalized_odds_difference" in base.yaml'),
    ("checks: [{id: odds, on_fail: warn}]", '7:30 GOV121 on_fail: the text "warn" is looser than the text "block" in base.yaml'),
    ("checks: [{id: auc, on_fail: warn}]", '7:29 GOV121 on_fail: the text "warn" is looser than the text "block" in base.yaml'),
    ("checks: [{id: odds, min_group_size: 30}]", "7:37 GOV121 min_group_size: the number 30 is looser than the number 0 in base.yaml"),
    ("approvals: {validation: {role: [validator, intern]}}", "7:32 GOV121 role: [validator, intern] is looser than [validator, risk-officer] in base.yaml"),
    ("approvals: {validation: {quorum: 0}}", "7:34 GOV121 quorum: the number 0 is looser than the number 1 in base.yaml"),
    ("waivers: {max_duration: 4mo}", '7:25 GOV121 max_duration: the text "4mo" is looser than the text "90d" in base.yaml'),
    ("waivers: {allowed_for: [odds, auc]}", "7:24 GOV121 allowed_for: [odds, auc] is looser than [odds] in base.yaml"),
    ("waivers: {requires: {quorum: 1}}", "7:30 GOV121 quorum: the number 1 is looser than the number 2 in base.yaml"),
    ("enforcement: {mode: observe}", '7:21 GOV121 mode: the text "observe" is looser than the text "enforce" in base.yaml'),
    ("enforcement: {modes_by_environment: {ci: warn}}", '7:42 GOV121 ci: the text "warn" is looser than the text "enforce" in base.yaml'),
]  # fmt: skip


@pytest.mark.parametrize(("line", "said"), LOOSER, ids=[line for line, _ in LOOSER])
def test_what_loosens_what_it_builds_on_is_refused_where_it_is_written(line: str, said: str) -> None:
    first = told(f"{OVER}{line}\n")[0]

    assert first.startswith(f"ours.yaml:{said}|tighten it")


@pytest.mark.parametrize(
    "line",
    [
        "params: {floor: {value: 0.7}, held: {value: 1y}}",
        "params: {floor: {value: 0.8}, own: {value: 0.75}}\nchecks: [{id: auc, min: $own}]\napprovals: {validation: {expires: 30d}}",
        "checks: [{id: odds, max: 0.1, min_group_size: 0, by: [sex, age], on_fail: block}, {id: new, metric: accuracy, min: 0.1, on_fail: warn, min_group_size: 9, by: sex}]",
        "approvals: {validation: {role: validator, quorum: 2, not_same_as: [makers, second]}, second: {role: risk-officer}}",
        "gates: {production: {checks: [all, auc], approvals: [validation], environments: [eu]}, validated: {checks: auc}}",
        "waivers: {allowed_for: [odds, own], never_for: [auc], max_renewals: 0}\nchecks: [{id: own, metric: accuracy, min: 0.5}]",
        "waivers: {allowed_for: []}",
        "enforcement: {mode: enforce}",
    ],
)
def test_what_adds_or_tightens_loosens_nothing(line: str) -> None:
    assert not [one for one in told(f"{OVER}{line}\n") if "GOV121" in one]


LISTED = """\
checks:
  - {id: odds, by: [age, race], covers: mine}
approvals:
  validation: {not_same_as: [second]}
  second: {role: risk-officer}
gates:
  production: {checks: [auc], approvals: [second]}
references: {mine: {cite: us-sr-26-2}}
"""


def test_lists_of_what_is_asked_for_add_up_and_drop_nothing() -> None:
    found = clean(OVER + LISTED, {"base": BASE.replace("max: 0.1", "max: 0.1, covers: [law]")}).policy

    odds, gate = found.checks[1], found.gates["production"]
    assert (odds.by, odds.covers) == (("age", "race", "sex"), ("mine", "law"))
    assert found.approvals["validation"].not_same_as == ("second", "makers")
    assert (gate.checks, gate.approvals) == (("auc", "all"), ("second", "validation"))
    assert found.checks_of("production") == found.checks


def test_the_flat_document_says_how_much_of_a_list_is_from_where() -> None:
    text = clean(OVER + LISTED).text

    assert "    by: [age, race, sex]  # 1 from base.yaml:12\n" in text
    assert "    not_same_as: [second, makers]  # 1 from base.yaml:14\n" in text


def test_what_a_list_names_in_another_order_stays_as_it_is_written() -> None:
    base = BASE.replace("by: [sex]", "by: [sex, age]")

    assert clean(OVER + "checks: [{id: odds, by: [age, sex]}]\n", {"base": base}).policy.checks[1].by == ("age", "sex")


def test_a_parameter_in_a_list_is_what_it_stands_for() -> None:
    base = BASE.replace("by: [sex]", "by: [$column, region]").replace(
        "params:\n", 'params:\n  column: {value: sex, why: "as the data spells it"}\n'
    )

    assert clean(OVER + "checks: [{id: odds, by: [sex]}]\n", {"base": base}).policy.checks[1].by == ("sex", "region")


@pytest.mark.parametrize("written", ["{a: b}", "7", ""])
def test_what_is_no_list_does_not_add_up_and_is_told_where_it_stands(written: str) -> None:
    said = told(f"{OVER}checks: [{{id: odds, by: {written}}}]\n")

    assert [one for one in said if one.startswith("ours.yaml:7:2")]


FROM = [
    ("[in_review]", "[registered]", ("in_review",)),
    ("[in_review]", "[registered, in_review]", ("in_review",)),
    ("in_review", "registered", ("in_review",)),
    ("[in_review, validated]", "[registered, validated]", ("in_review", "validated")),
    ("[registered]", "[registered]", ("registered",)),
    ("[registered, in_review]", "[registered]", ("registered",)),
]


@pytest.mark.parametrize(("low", "high", "made"), FROM, ids=[f"{high} over {low}" for low, high, _ in FROM])
def test_what_is_reached_from_registered_is_submitted_where_a_pack_wants_that(
    low: str, high: str, made: tuple[str, ...]
) -> None:
    base = BASE + f"gates:\n  validated: {{from: {low}, checks: all}}\n"
    base = base.replace("gates:\n  production", "gates_:\n  production", 1)
    base = base[: base.index("gates_:")] + base[base.index("waivers:") :]

    found = clean(f"{OVER}gates: {{validated: {{from: {high}}}}}\n", {"base": base})

    assert found.policy.gates["validated"].from_ == made


def test_registered_lets_in_nothing_else_that_a_pack_keeps_out() -> None:
    base = BASE.replace("{checks: all,", "{from: in_review, checks: all,")

    said = told(f"{OVER}gates: {{production: {{from: [registered, approved]}}}}\n", {"base": base})

    assert said[0].startswith("ours.yaml:7:28 GOV121 from: [in_review, approved] is looser than")


ELSEWHERE = [
    ("gates: {production: {environments: [eu]}}", "dev: observe, ci: warn", True),
    ("gates: {production: {environments: [eu, dev]}}", "dev: observe", False),
    ("gates: {production: {environments: [eu]}, validated: {checks: all, environments: dev}}", "dev: observe", False),
    ("gates: {production: {environments: [eu]}}", "eu: warn", False),
    ("gates: {validated: {checks: all, environments: [eu]}}", "dev: observe", False),
    ("title: x", "dev: observe", False),
]


@pytest.mark.parametrize(
    ("gates", "modes", "is_free"), ELSEWHERE, ids=[f"{modes}, {gates}" for gates, modes, _ in ELSEWHERE]
)
def test_only_where_no_gate_leads_may_a_policy_watch_and_not_stop(gates: str, modes: str, is_free: bool) -> None:
    said = told(f"{OVER}{gates}\nenforcement: {{modes_by_environment: {{{modes}}}}}\n")

    assert (not any("GOV121" in one for one in said)) is is_free


def test_environments_of_a_pack_count_where_the_policy_names_none() -> None:
    base = BASE.replace("{checks: all,", "{environments: [eu], checks: all,")
    modes = "enforcement: {modes_by_environment: {NAME: observe}}\n"

    assert told(OVER + modes.replace("NAME", "dev"), {"base": base}) == []
    assert "GOV121 eu" in told(OVER + modes.replace("NAME", "eu"), {"base": base})[0]


def test_what_is_no_length_of_time_is_told_once_and_not_compared() -> None:
    said = told(f"{OVER}approvals: {{validation: {{expires: soon}}}}\n")

    assert [one.partition(" ")[2][:6] for one in said] == ["GOV106"]


def test_parameters_may_be_added_to_a_pack_that_has_none() -> None:
    bare = SMALL.replace("params:\n  floor: {value: 0.7}\n  word: {value: x}\n", "")

    policy = clean(
        f"{OVER}params: {{mine: {{value: 0.9, tighten: up}}}}\nchecks: [{{id: auc, min: $mine}}]\n", {"base": bare}
    ).policy

    assert str(policy.checks[0].min) == "0.9"


def test_a_policy_that_allowed_no_waivers_allows_none_of_its_checks_above() -> None:
    silent = BASE[: BASE.index("waivers:")]
    text = f"{OVER}waivers: {{allowed_for: all, max_duration: 9d, requires: {{role: risk-officer}}}}\n"

    assert "GOV121 allowed_for" in told(text, {"base": silent})[0]


@pytest.mark.parametrize(
    ("asked", "version"),
    [("@^1", "1.10.0"), ("@1.2", "1.2.9"), ("@^1.3", "1.10.0"), ("@1.2.0", "1.2.0"), ("@^2", "2.0.0"), ("", "2.0.0")],
)
def test_the_newest_release_that_fits_is_built_on(asked: str, version: str) -> None:
    packs = {
        f"base__{one.replace('.', '_')}": BASE.replace("auc,", f"auc, remedy: {one},", 1).replace("1.2.0", one)
        for one in ("1.2.0", "1.2.9", "1.10.0", "2.0.0")
    }

    assert clean(OVER.replace("@^1", asked), packs).policy.checks[0].remedy == version


CANNOT = [
    ("core/bse@^1", 'GOV122 there is no pack "core/bse"|did you mean "core/base"?'),
    ("core/base@^3", "GOV122 no release of core/base is ^3|there is 1.2.0"),
    ("base", 'GOV107 "base" is not a pack|write it like core/high-risk@^1'),
    ("core/base@latest", 'GOV107 "core/base@latest" is not a pack|write it like core/high-risk@^1'),
]


@pytest.mark.parametrize(("asked", "said"), CANNOT, ids=[asked for asked, _ in CANNOT])
def test_a_pack_that_cannot_be_had_is_said_where_it_is_asked_for(asked: str, said: str) -> None:
    assert told(OVER.replace("core/base@^1", asked) + "checks: [{id: a, metric: accuracy, min: 0.5}]\n")[0] == (
        f"ours.yaml:5:18 {said}"
    )


def test_a_pack_with_mistakes_is_not_built_on() -> None:
    said = told(OVER, {"base": BASE.replace("checks:", "checks: &x", 1)})[0]

    assert said.startswith(
        'ours.yaml:5:18 GOV122 the pack "core/base@^1" cannot be built on: base.yaml:10:9: error[GOV020]'
    )
    assert "cannot be built on: it is no policy" in told(OVER, {"base": "- a"})[0]


def test_what_was_told_of_a_value_is_not_told_again_of_the_whole() -> None:
    said = told(OVER + "checks: [{id: odds, max: !float 0.05}]\n")

    assert [one.partition(" ")[2][:6] for one in said] == ["GOV020"]


def test_packs_that_build_on_each_other_are_a_circle() -> None:
    said = told(OVER, {"base": BASE.replace("params:", "extends: [{pack: core/base}]\nparams:", 1)})[0]

    assert said.startswith(
        'ours.yaml:5:18 GOV122 the pack "core/base@^1" cannot be built on: base.yaml:5:18: error[GOV125]'
    )


def test_a_tower_of_packs_ends() -> None:
    packs = {f"p{n}": BASE.replace("params:", f"extends: [{{pack: core/p{n + 1}}}]\nparams:", 1) for n in range(12)}

    assert "packs are more than 8 deep" in told(OVER.replace("core/base@^1", "core/p0"), packs)[0]


def test_later_packs_lie_over_earlier_ones() -> None:
    second = BASE.replace("value: 0.7,", "value: 0.8,").replace("id: base", "id: second")
    packs = {"base": BASE, "second": second}
    both = OVER.replace("[{pack: core/base@^1}]", "[{pack: core/base}, {pack: core/second}]")
    back = OVER.replace("[{pack: core/base@^1}]", "[{pack: core/second}, {pack: core/base}]")

    assert str(clean(both, packs).policy.checks[0].min) == "0.8"
    assert 'GOV121 "core/base": value: the number 0.7 is looser' in told(back, packs)[0]


def test_packs_beside_each_other_ask_together_for_what_both_list() -> None:
    second = BASE.replace("checks: all, approvals: [validation]", "checks: [auc], approvals: committee")
    second = second.replace("approvals:\n", "approvals:\n  committee: {role: cro}\n", 1).replace(
        "covers: [law]", "covers: rule"
    )
    second = second.replace("references:\n", "references:\n  rule: {cite: us-sr-26-2}\n", 1)
    both = OVER.replace("[{pack: core/base@^1}]", "[{pack: core/base}, {pack: core/second}]")

    found = clean(both, {"base": BASE, "second": second})

    gate = found.policy.gates["production"]
    assert (gate.checks, gate.approvals) == (("all", "auc"), ("validation", "committee"))
    assert found.policy.checks[0].covers == ("law", "rule")


def test_a_mistake_of_the_whole_is_said_in_the_file_it_is_in() -> None:
    found = linted(OVER + "gates: {validated: {checks: [acu]}}\n")
    base = linted(OVER, {"base": BASE.replace("max: 0.1", "min: 0.1")})

    assert [one.file for one in found.diagnostics] == ["ours.yaml"]
    assert [(one.file, one.line, one.code.value) for one in base.diagnostics] == [("base.yaml", 12, "GOV112")]
    assert "equalized_odds_difference, by" in base.rendered()


PARAMETERS = [
    ("min: 0.72", "min: $flor", '9:37 GOV120 undefined parameter "$flor"|did you mean "$floor"?'),
    ("min: 0.72", "min: $word", '9:37 GOV104 expected a number, found the text "x"|'),
    ("quorum: 1", "quorum: $floor", "11:41 GOV111 0.7 is not a count|write a whole number, 0 or more"),
    ("role: model-owner", "role: [$floor]", "11:21 GOV104 expected text, found the number 0.7|put it in quotes"),
    ("floor: {value: 0.7}", "floor: {value: [1]}", "6:18 GOV104 expected text, found a list|"),
    ("floor: {value: 0.7}", "floor: {valu: 0.7}", "6:10 GOV100 the key value is missing|"),
]  # fmt: skip
SMALL = """\
schema: govern/policy/v1
id: small
version: 1.0.0
owner: risk
params:
  floor: {value: 0.7}
  word: {value: x}
checks:
  - {id: auc, metric: roc_auc, min: 0.72}
approvals:
  sign-off: {role: model-owner, quorum: 1}
gates:
  production: {checks: [auc], approvals: [sign-off]}
"""


@pytest.mark.parametrize(("old", "new", "said"), PARAMETERS, ids=[said for _, _, said in PARAMETERS])
def test_a_parameter_stands_for_its_value_and_mistakes_where_it_stands(old: str, new: str, said: str) -> None:
    text = SMALL.replace("min: 0.72", "min: $floor") if "value" in old else SMALL

    assert told(text.replace(old, new))[0] == f"ours.yaml:{said}"


def test_parameters_and_what_they_stand_for_have_the_same_digest() -> None:
    assert clean(SMALL.replace("0.72", "$floor")).digest == clean(SMALL.replace("0.72", "0.7")).digest


def test_an_approval_inside_a_gate_is_named_after_it() -> None:
    inside = (
        SMALL + "  rollback: {from: production, approvals: [{role: risk-officer, quorum: 1}, sign-off, {role: cro}]}\n"
    )
    taken = inside.replace("sign-off:", "rollback:").replace("sign-off", "rollback")

    assert list(clean(inside).policy.approvals_of("rollback")) == ["sign-off", "rollback", "rollback-3"]
    assert "rollback-approval" in clean(taken).policy.approvals
    assert told(inside.replace("cro}", "cro, qorum: 2}"))[0].startswith("ours.yaml:14:99 GOV101")


@pytest.mark.parametrize(
    "text",
    [
        OVER,
        OVER + "params: {floor: {value: 0.75}}\nchecks:\n- {id: odds, max: 0.05, remedy: 'a: b # c'}\n",
        SMALL.replace("0.72", "$floor").replace("owner: risk", 'title: "010"\ndescription: "yes, it\'s «ö» \\"x\\""\nowner: risk'),
        SMALL + "  rollback: {from: production, approvals: [{role: risk-officer, quorum: 1}]}\n",
        SMALL.replace("owner: risk", "owner: risk\napplies_to: {tags: {}}"),
        SMALL.replace("id: auc,", "id: auc, by: [sex], intersections: [[sex, age], [age]],"),
    ],
)  # fmt: skip
def test_the_flat_document_stands_alone_and_has_the_same_digest(text: str) -> None:
    first = clean(text)

    again = lint(first.text.encode(), "flat.yaml", "0.1.0")

    assert again.resolved, f"{first.text}\n{again.rendered()}"
    assert again.resolved.digest == first.digest
    assert again.resolved.text.splitlines() == [
        line.partition("  # ")[0] if "base" in line else line for line in again.resolved.text.splitlines()
    ]
    assert isinstance(again.resolved.policy, Policy)
    assert "extends" not in first.text


def test_a_list_of_one_says_where_it_is_from() -> None:
    assert "    not_same_as: [makers]  # base.yaml:14" in clean(OVER).text.splitlines()


def test_the_flat_document_says_where_each_value_is_from() -> None:
    lines = clean(OVER + "checks: [{id: odds, max: 0.05}]\n").text.splitlines()

    assert lines[0] == "schema: govern/policy/v1"
    assert "    min: 0.7  # $floor, base.yaml:11" in lines
    assert "    max: 0.05" in lines
    assert "    metric: equalized_odds_difference  # base.yaml:12" in lines
