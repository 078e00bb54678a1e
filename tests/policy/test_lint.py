"""Planted mistakes, each found at the first character of the thing to change."""

import time

import pytest

from govern.errors import InvalidInput
from govern.policy.diagnostics import Severity
from govern.policy.resolve import ANY_RELEASE, lint, resolve
from govern.policy.source import LARGEST, MOST_MISTAKES
from tests.policy.rules import FAIRNESS, MINIMAL

CHECK = "  - {id: auc, metric: roc_auc, min: 0.72}"
SIGN_OFF = "  sign-off: {role: model-owner, quorum: 1}"
GATE = "  production: {checks: [auc], approvals: [sign-off]}"


def found(text: str | bytes, version: str = "0.1.0") -> list[str]:
    content = text.encode() if isinstance(text, str) else text
    return [f"{one.line}:{one.column} {one.code}" for one in lint(content, "p.yaml", version).diagnostics]


def errors(text: str) -> list[str]:
    return [
        f"{one.line}:{one.column} {one.code} {one.message}|{one.help}"
        for one in lint(text.encode(), "p.yaml", "0.1.0").diagnostics
        if one.severity is Severity.ERROR
    ]


@pytest.mark.parametrize("text", [MINIMAL, FAIRNESS], ids=["minimal", "fairness"])
def test_a_good_policy_has_no_diagnostics(text: str) -> None:
    assert found(text) == []
    assert found(text.replace("\n", "\r\n")) == []


def test_limits_may_meet_and_a_file_may_be_as_large_as_allowed() -> None:
    text = MINIMAL.replace("min: 0.72", "min: 0.72, max: 0.72")

    assert found(text + "#" * (LARGEST - len(text))) == []


PLANTED = [
    # Unknown and missing keys.
    pytest.param("owner:", "ownr:", ["1:1 GOV100 the key owner is missing|", '4:1 GOV101 unknown key "ownr"|did you mean "owner"?'], id="key misspelt"),
    pytest.param("{use_case: churn}", "{use_case: churn, risk_teir: [high]}", ['5:31 GOV101 unknown key "risk_teir"|did you mean "risk_tier"?'], id="key of a flow mapping misspelt"),
    pytest.param("min: 0.72", "min: 0.72, min_grup_size: 3", ['7:43 GOV101 unknown key "min_grup_size"|did you mean "min_group_size"?'], id="key of a check misspelt"),
    pytest.param("quorum: 1", "quorm: 1", ['9:33 GOV101 unknown key "quorm"|did you mean "quorum"?'], id="key of an approval misspelt"),
    pytest.param("{checks: [auc], ", "{chekcs: [auc], ", ['11:16 GOV101 unknown key "chekcs"|did you mean "checks"?'], id="key of a gate misspelt"),
    pytest.param("min: 0.72", "min: 0.72, confidence: {levle: 0.9}", ['7:56 GOV101 unknown key "levle"|did you mean "level"?'], id="key of confidence misspelt"),
    pytest.param(SIGN_OFF, SIGN_OFF.replace("role: model-owner, ", ""), ["9:13 GOV100 the key role is missing|"], id="role missing"),
    pytest.param(CHECK, "  - metric: roc_auc\n    min: 0.7\n", ["7:5 GOV100 the key id is missing|", '13:25 GOV123 gate "production" names an unknown check "auc"|'], id="id missing in a block"),
    # Wrong types and values.
    pytest.param("1.0.0", "1.2", ["3:10 GOV104 expected text, found the number 1.2|put it in quotes"], id="version is a number"),
    pytest.param("owner: ml-platform", "owner:", ["4:7 GOV104 expected text, found nothing|"], id="owner is empty"),
    pytest.param("min: 0.72", 'min: "0.72"', ['7:37 GOV104 expected a number, found the text "0.72"|write it without quotes'], id="limit in quotes"),
    pytest.param("churn}", "true}", ["5:24 GOV104 expected a text or a list of texts, found the truth value true|"], id="truth value"),
    pytest.param("use_case: churn", "use_case: [churn, 3]", ["5:32 GOV104 expected text, found the number 3|put it in quotes"], id="number inside a list"),
    pytest.param("{use_case: churn}", "churn", ['5:13 GOV104 expected a mapping, found the text "churn"|'], id="text where a mapping stands"),
    pytest.param("checks:\n" + CHECK, "checks: {auc: 1}", ["6:9 GOV104 expected a list, found a mapping|", '10:25 GOV123 gate "production" names an unknown check "auc"|'], id="checks as a mapping"),
    pytest.param(SIGN_OFF, "  - sign-off", ["9:3 GOV104 expected a mapping, found a list|", '11:43 GOV124 gate "production" names an unknown approval "sign-off"|'], id="approvals as a list"),
    pytest.param("id: churn-basic", "id: Churn Basic", ['2:5 GOV107 "Churn Basic" is not an id|lower-case letters, digits, - and _, a letter first'], id="id with a space"),
    pytest.param("1.0.0", "1.0", ["3:10 GOV104 expected text, found the number 1.0|put it in quotes"], id="two numbers of a version"),
    pytest.param("roc_auc", "3", ["7:23 GOV104 expected text, found the number 3|put it in quotes"], id="metric is a number"),
    pytest.param("1.0.0", "v1.0.0", ['3:10 GOV107 "v1.0.0" is not a version|write it like 1.0.0'], id="v before a version"),
    pytest.param("model-owner", "Model Owner", ['9:20 GOV107 "Model Owner" is not a role|lower-case letters, digits and -, e.g. risk-officer'], id="role with a space"),
    pytest.param("sign-off:", "Sign-off:", ['9:3 GOV107 "Sign-off" is not an id|lower-case letters, digits, - and _, a letter first', '11:43 GOV124 gate "production" names an unknown approval "sign-off"|did you mean "Sign-off"?'], id="name of an approval"),
    pytest.param("min: 0.72", "min: 0.72, on_fail: blok", ['7:52 GOV105 expected block or warn, found the text "blok"|did you mean "block"?'], id="not one of two words"),
    pytest.param("min: 0.72", "min: 0.72, confidence: {decide_on: 1}", ["7:67 GOV105 expected point or lower or upper or interval, found the number 1|"], id="not one of four words"),
    pytest.param("govern/policy/v1", "govern/policy/v2", ['1:9 GOV105 expected govern/policy/v1, found the text "govern/policy/v2"|did you mean "govern/policy/v1"?'], id="another schema"),
    pytest.param("quorum: 1", "quorum: 1, expires: 1 year", ['9:53 GOV106 "1 year" is not a duration|write a number and a unit: 12h, 30d, 2w, 18mo, 1y'], id="not a duration"),
    pytest.param("owner:", "effective: {from: 2026-02-30}\nowner:", ['4:19 GOV107 "2026-02-30" is not a date|write it like 2026-12-01'], id="no such day"),
    pytest.param("owner:", "effective: {from: 20260220}\nowner:", ["4:19 GOV104 expected text, found the number 20260220|put it in quotes"], id="date without dashes"),
    pytest.param("quorum: 1", "quorum: 1.5", ["9:41 GOV111 1.5 is not a count|write a whole number, 0 or more"], id="half a person"),
    pytest.param("owner: ml-platform", 'owner: " "', ["4:8 GOV107 the text is empty|"], id="owner is a space"),
    pytest.param("owner: ml-platform", "owner: [a, b]", ["4:8 GOV104 expected text, found a list|"], id="two owners"),
    pytest.param("checks:\n" + CHECK, "checks: []", ["6:9 GOV130 the list is empty|name at least one, or leave the key out", '10:25 GOV123 gate "production" names an unknown check "auc"|'], id="no checks"),
    pytest.param("approvals: [sign-off]", "approvals: []", ["11:42 GOV130 the list is empty|name at least one, or leave the key out"], id="no approvers"),
    pytest.param("role: model-owner", "role: []", ["9:20 GOV130 the list is empty|name at least one, or leave the key out"], id="no roles"),
    # Metrics and limits.
    pytest.param("roc_auc", "roc_acu", ['7:23 GOV110 unknown metric "roc_acu"|did you mean "roc_auc"?'], id="metric misspelt"),
    pytest.param("roc_auc", "AUC", ['7:23 GOV110 unknown metric "AUC"|"AUC" is called "roc_auc" here'], id="metric under its other name"),
    pytest.param("roc_auc", "zzz", ['7:23 GOV110 unknown metric "zzz"|'], id="metric that resembles nothing"),
    pytest.param("0.72", "75", ["7:37 GOV111 min: 75 is outside the range of roc_auc (0 to 1)|did you mean 0.75?"], id="limit in percent"),
    pytest.param("0.72", "-0.1", ["7:37 GOV111 min: -0.1 is outside the range of roc_auc (0 to 1)|"], id="limit below the range"),
    pytest.param("roc_auc, min: 0.72", "auc, min: 75", ['7:23 GOV110 unknown metric "auc"|"auc" is called "roc_auc" here', "7:33 GOV111 min: 75 is outside the range of roc_auc (0 to 1)|did you mean 0.75?"], id="both the metric and its limit"),
    pytest.param("min: 0.72", "max: 0.72", ["7:32 GOV112 roc_auc is better when higher; a max alone would reward a worse model|use min:"], id="max of what should be high"),
    pytest.param("roc_auc", "false_positive_rate", ["7:44 GOV112 false_positive_rate is better when lower; a min alone would reward a worse model|use max:"], id="min of what should be low"),
    pytest.param(", min: 0.72", "", ['7:5 GOV113 check "auc" has no limit and can never fail|add min: or max:'], id="no limit"),
    pytest.param(CHECK, "  - id: auc\n    metric: roc_auc", ['7:5 GOV113 check "auc" has no limit and can never fail|add min: or max:'], id="no limit in a block"),
    pytest.param("min: 0.72", "min: 0.8, max: 0.7", ["7:47 GOV115 max: 0.7 lies below min: 0.8|"], id="max below min"),
    pytest.param("min: 0.72", "min: 0.8, warn_below: 0.7", ["7:54 GOV115 warn_below: 0.7 lies below min: 0.8|"], id="warning after the fact"),
    pytest.param("roc_auc", "adverse_impact_ratio", ["7:5 GOV114 adverse_impact_ratio compares groups, and the check has no by|name a sensitive attribute: by: sex"], id="ratio of no groups"),
    pytest.param("roc_auc, min: 0.72", "psi, max: 0.2", ["7:5 GOV114 psi compares columns with those of other data, and the check does not say which|name the role of the data: against: training"], id="columns beside none"),
    pytest.param("roc_auc, min: 0.72", "psi, max: 0.2, against: trainning", ['7:47 GOV128 unknown role of data "trainning"|did you mean "training"?'], id="role of data misspelt"),
    pytest.param("roc_auc, min: 0.72", "psi, max: 0.2, against: Training", ['7:47 GOV128 unknown role of data "Training"|did you mean "training"?'], id="role of data with a capital"),
    pytest.param("roc_auc, min: 0.72", "psi, max: 0.2, against: overall", ['7:47 GOV128 unknown role of data "overall"|name one: evaluation or training'], id="columns against everybody"),
    pytest.param("roc_auc, min: 0.72", "psi, max: 0.2, against: champion", ['7:47 GOV128 unknown role of data "champion"|name one: evaluation or training'], id="columns against the champion"),
    pytest.param("roc_auc, min: 0.72", "psi, max: 0.2, against: last year", ['7:47 GOV128 unknown role of data "last year"|name one: evaluation or training'], id="what is no role"),
    pytest.param("roc_auc, min: 0.72", "adverse_impact_ratio, by: sex, min: 0.8, against: over_all", ['7:73 GOV114 adverse_impact_ratio compares groups with each other or with overall, not with "over_all"|did you mean "overall"?'], id="overall misspelt"),
    pytest.param("roc_auc, min: 0.72", "adverse_impact_ratio, by: sex, min: 0.8, against: M", ['7:73 GOV114 adverse_impact_ratio compares groups with each other or with overall, not with "M"|delete it, or name a reference: under data.sensitive'], id="against a group"),
    pytest.param("min: 0.72", "min: 0.72, against: overall", ["7:43 GOV114 against says nothing here: roc_auc compares no group with others|delete it"], id="against where nothing is compared"),
    pytest.param("roc_auc, min: 0.72", "demographic_parity_difference, by: sex, max: 0.1, against: overall", ["7:73 GOV114 against says nothing here: demographic_parity_difference compares no group with others|delete it"], id="a spread against everybody"),
    pytest.param("min: 0.72", "min: 0.72, of: [score]", ["7:43 GOV114 of says nothing here: roc_auc compares no columns|delete it"], id="columns of what compares none"),
    pytest.param("roc_auc, min: 0.72", "psi, max: 0.2, against: training, by: sex", ["7:57 GOV114 psi takes no attribute and no interval|delete it"], id="columns by group"),
    pytest.param("roc_auc, min: 0.72", "flip_rate_noise, max: 0.2, against: training, by: sex, confidence: {level: 0.9}", ["7:69 GOV114 flip_rate_noise takes no attribute and no interval|delete it", "7:78 GOV114 flip_rate_noise takes no attribute and no interval|delete it"], id="decisions that turn, by group"),
    pytest.param("roc_auc, min: 0.72", "reason_coverage, min: 1, confidence: {level: 0.9}", ["7:48 GOV114 reason_coverage takes no attribute and no interval|delete it"], id="an interval of what has none"),
    pytest.param("min: 0.72", "min: 0.72, by: sex, small_groups: merge", ["7:66 GOV114 roc_auc cannot put small groups together|report them, or let them fail"], id="merged along a score"),
    pytest.param("min: 0.72", "min: 0.72, small_groups: fail", ["7:43 GOV114 small_groups says nothing without by: there are no groups|delete it"], id="small groups of none"),
    pytest.param("min: 0.72", "min: 0.72, confidence: {level: 95}", ["7:63 GOV111 level: 95 is not between 0 and 1|did you mean 0.95?"], id="level in percent"),
    pytest.param("min: 0.72", "min: 0.72, confidence: {level: 0}", ["7:63 GOV111 level: 0 is not between 0 and 1|"], id="no level"),
    pytest.param("min: 0.72", "min: 0.72, confidence: {resamples: 3}", ["7:67 GOV111 resamples: 3 is not between 100 and 100000|"], id="too few resamples"),
    pytest.param("min: 0.72", "min: 0.72, confidence: {decide_on: upper}", ["7:67 GOV115 the upper end of an interval against a min rewards having little data|use interval, or the other end"], id="the flattering end"),
    # References.
    pytest.param(CHECK, CHECK + "\n" + CHECK, ['8:10 GOV010 duplicate check "auc"|first defined at line 7; delete one of the two, or name it otherwise'], id="two checks of one name"),
    pytest.param("id: auc", "id: all", ['7:10 GOV107 "all" means every check, no check is called that|', '11:25 GOV123 gate "production" names an unknown check "auc"|'], id="a check called all"),
    pytest.param("[auc]", "[acu]", ['11:25 GOV123 gate "production" names an unknown check "acu"|did you mean "auc"?'], id="gate names an unknown check"),
    pytest.param("[sign-off]", "[sing-off]", ['11:43 GOV124 gate "production" names an unknown approval "sing-off"|did you mean "sign-off"?'], id="gate names an unknown approval"),
    pytest.param("[sign-off]", "sing-off", ['11:42 GOV124 gate "production" names an unknown approval "sing-off"|did you mean "sign-off"?'], id="the same without a list"),
    pytest.param("{checks: [auc]", "{from: [in_reviev], checks: [auc]", ['11:23 GOV126 gate "production" names an unknown stage "in_reviev"|did you mean "in_review"?'], id="unknown stage"),
    pytest.param("  production:", "  prodution:", ['11:3 GOV126 no version is moved to "prodution"|did you mean "production"?'], id="gate misspelt"),
    pytest.param("quorum: 1", "not_same_as: [maker]", ['9:47 GOV124 approval "sign-off" names an unknown approval "maker"|did you mean "makers"?'], id="not the same as nobody"),
    pytest.param("quorum: 1", "not_same_as: [sign-off]", ['9:47 GOV131 the quorum of "sign-off" can never be reached by persons other than its own|quorum counts distinct persons already'], id="not the same as itself"),
    pytest.param("quorum: 1", "quorum: 0", ["9:41 GOV131 quorum 0 asks for nobody|"], id="quorum of none"),
    pytest.param("quorum: 1", "quorum: 1000", ["9:41 GOV131 quorum 1000 can never be reached|"], id="quorum of a thousand"),
    pytest.param("quorum: 1", "after: [sign-off]", ['9:41 GOV125 circular after: "sign-off" waits for "sign-off", which waits for it|delete one of the two'], id="after itself"),
    pytest.param(SIGN_OFF, SIGN_OFF.replace("quorum: 1", "after: b") + "\n  b: {role: xx, after: c}\n  c: {role: xx, after: [sign-off]}", ['9:40 GOV125 circular after: "sign-off" waits for "b", which waits for it|delete one of the two', '10:24 GOV125 circular after: "b" waits for "c", which waits for it|delete one of the two'], id="a circle of three"),
    pytest.param("{checks: [auc], approvals: [sign-off]}", "{from: in_review}", ['11:15 GOV132 gate "production" asks for nothing and would always open|'], id="gate that asks for nothing"),
    pytest.param("approvals: [sign-off]", "approvals: current", ['11:42 GOV132 gate "production" asks for the approvals of the gates before it, and there are none|name the approvals, or a gate in from:'], id="current approvals of no gate"),
    pytest.param("checks:\n" + CHECK + "\n", "", ['9:25 GOV123 gate "production" names an unknown check "auc"|'], id="gate names a check and there are none"),
    pytest.param("owner:", "effective: {from: 2026-12-01, until: 2026-11-30}\nowner:", ["4:38 GOV115 until: 2026-11-30 lies before from: 2026-12-01|"], id="over before it begins"),
    pytest.param("owner:", "data: {sensitive: {sex: {column: s, groups: [F, M], reference: N}}}\nowner:", ['4:64 GOV115 the reference "N" is none of the groups|'], id="reference is no group"),
    pytest.param("[sign-off]", "[sign-off, sign-off]", ['11:53 GOV010 "sign-off" stands in the list twice|delete it'], id="approval named twice"),
    pytest.param("[sign-off]", "[sign-off, 3]", ["11:53 GOV104 expected text, found the number 3|put it in quotes"], id="number among the approvals"),
    pytest.param(GATE, GATE + "\n  approved: [auc]", ["12:13 GOV104 expected a mapping, found a list|"], id="gate as a list"),
    pytest.param("checks:\n" + CHECK + "\n", "", ['9:25 GOV123 gate "production" names an unknown check "auc"|'], id="check of a policy without checks"),
    # The language.
    pytest.param("owner: ml-platform", "owner: a\nowner: b", ['5:1 GOV010 duplicate key "owner"|first defined at line 4; delete one of the two'], id="duplicate key"),
    pytest.param("min: 0.72", "min: .nan", ["7:37 GOV012 .nan is not a usable number|a limit that is not a number would never fail"], id="NaN limit"),
    pytest.param("min: 0.72", "min: -.INF", ["7:37 GOV012 -.INF is not a usable number|a limit that is not a number would never fail"], id="infinite limit"),
    pytest.param("quorum: 1", "quorum: 01", ['9:41 GOV011 "01" would be read as different numbers|write it in decimal without a leading zero, or in quotes if it is text'], id="leading zero"),
    pytest.param("quorum: 1", "quorum: 0x1", ['9:41 GOV011 "0x1" would be read as different numbers|write it in decimal without a leading zero, or in quotes if it is text'], id="hexadecimal"),
    pytest.param("min: 0.72", "min: 1e999", ['7:37 GOV011 "1e999" has more than 40 digits on one side of the point|a text is put in quotes'], id="a number without end"),
    pytest.param("{use_case: churn}", "&a {use_case: churn}", ["5:13 GOV020 an anchor (&) is not allowed in policies|delete it"], id="anchor"),
    pytest.param("ml-platform", "*a", ["4:8 GOV020 an alias (*) is not allowed in policies|write the value out"], id="alias"),
    pytest.param("min: 0.72", "min: !!float 0.72", ["7:37 GOV020 a tag (!) is not allowed in policies|delete it"], id="tag"),
    pytest.param("{use_case: churn}", "{<<: {}, use_case: churn}", ["5:14 GOV020 a merge key (<<) is not allowed in policies|write the keys out"], id="merge key"),
    pytest.param("{use_case: churn}", "{use_case: churn, 2026: x}", ["5:31 GOV104 expected a key, found the number 2026|put it in quotes"], id="number as a key"),
    pytest.param("{use_case: churn}", "{use_case: churn, 010: x}", ['5:31 GOV011 "010" would be read as different numbers|write it in decimal without a leading zero, or in quotes if it is text'], id="ambiguous number as a key"),
    pytest.param("{use_case: churn}", "{use_case: churn, [a]: x}", ["5:31 GOV104 a key is not a text|"], id="list as a key"),
    pytest.param("ml-platform", '"ml\\u200bplatform"', ["4:8 GOV002 the text hides the character U+200B|delete it"], id="invisible character behind an escape"),
    # What is asked besides checks and signatures.
    pytest.param("use_case: churn}", "use_case: churn, exclude: {}}", ["5:31 GOV132 exclude names nothing, and would exclude every model|delete it"], id="exclude nothing"),
    pytest.param("owner:", "data: {training: {required_fields: [rowz]}}\nowner:", ['4:37 GOV105 expected rows or date_from or date_to or licence or digest, found the text "rowz"|did you mean "rows"?'], id="field of data"),
    pytest.param("owner:", "data: {training: {disjoint_from: training}}\nowner:", ['4:34 GOV105 training data cannot be apart from "training"|'], id="apart from itself"),
    pytest.param("owner:", "data: {evaluation: {kind: out_of_time, disjoint_by: id}}\nowner:", ["4:40 GOV132 disjoint_by says nothing without disjoint_from: nothing is compared|add disjoint_from:, or delete it"], id="columns of nothing"),
    pytest.param("owner:", "data: {evaluation: {kind: holdout, disjoint_by: id, dated_by: on}}\nowner:", ["4:53 GOV132 dated_by says nothing without kind: out_of_time|add it, or delete this"], id="days of nothing"),
    pytest.param("metric: roc_auc, min: 0.72", "metric: shared_rows, max: 0", ["7:5 GOV114 shared_rows compares rows with those of other data, and the check does not say which|name the role of the data: against: training"], id="rows beside nothing"),
    pytest.param("owner:", "data: {training: {max_age: 3}}\nowner:", ["4:28 GOV104 expected text, found the number 3|put it in quotes"], id="age without a unit"),
    pytest.param("owner:", "explainability: {forbidden_features: {names: sex, match: [names]}}\nowner:", ['4:59 GOV105 expected name or alias or lineage, found the text "names"|did you mean "name"?'], id="how features are matched"),
    pytest.param("owner:", "explainability: {proxies: {max_attribution_share: {x: 10}, max_predictability_of: {attribute: sex, auc: 0.4}}}\nowner:", ["4:55 GOV111 x: 10 is not between 0 and 1|did you mean 0.1?", "4:105 GOV111 auc: 0.4 is not between 0.5 and 1|"], id="limits of proxies"),
    pytest.param("owner:", "explainability: {proxies: {}}\nowner:", ["4:18 GOV132 proxies asks nothing|add max_attribution_share: or max_predictability_of:"], id="proxies of nothing"),
    pytest.param("metric: roc_auc, min: 0.72", "metric: attribute_predictability, max: 0.7", ["7:5 GOV114 attribute_predictability is of an attribute, and the check has no by|name a sensitive attribute: by: sex"], id="of no attribute"),
    pytest.param("metric: roc_auc, min: 0.72", "metric: flip_rate_noise, max: 0.1", ["7:5 GOV114 flip_rate_noise compares columns with those of other data, and the check does not say which|name the role of the data: against: training"], id="moved by nothing"),
    pytest.param("metric: roc_auc, min: 0.72", "metric: flip_rate_missing, against: training, min: 0.1", ["7:61 GOV112 flip_rate_missing is better when lower; a min alone would reward a worse model|use max:"], id="decisions that have to turn"),
    pytest.param("owner:", "explainability: {reason_codes: {max: 5}}\nowner:", ["4:38 GOV111 max: 5 is not between 1 and 4|"], id="five reasons"),
    pytest.param("owner:", "explainability: {reason_codes: {min: 3, max: 2}}\nowner:", ["4:46 GOV115 max: 2 lies below min: 3|"], id="fewer reasons than the least"),
    pytest.param("owner:", "explainability: {reasons: {max: 2}}\nowner:", ['4:18 GOV101 unknown key "reasons"|did you mean "reason_codes"?'], id="key of explainability misspelt"),
    pytest.param("owner:", "monitoring: {drift: {every: 1d, checks: [acu]}}\nowner:", ['4:42 GOV123 monitoring "drift" names an unknown check "acu"|did you mean "auc"?'], id="monitoring of an unknown check"),
    pytest.param("owner:", "monitoring: {breach: {action: alert}}\nowner:", ["4:1 GOV132 monitoring measures nothing|add a name with every: and checks:"], id="monitoring of nothing"),
    pytest.param("owner:", "monitoring: {drift: {evry: 1d, checks: all}}\nowner:", ["4:21 GOV100 the key every is missing|", '4:22 GOV101 unknown key "evry"|did you mean "every"?'], id="key of monitoring misspelt"),
    pytest.param("owner:", "waivers: {max_duration: 9d, requires: {role: cro}, must_state: [why]}\nowner:", ['4:65 GOV105 expected reason or compensating_control, found the text "why"|'], id="what a waiver states"),
    pytest.param("owner:", "enforcement: {mode: enforced}\nowner:", ['4:21 GOV105 expected observe or warn or enforce, found the text "enforced"|did you mean "enforce"?'], id="no mode"),
    pytest.param("min: 0.72", "compare: {to: champion}", ["7:41 GOV113 compare says with what, and not how far apart they may be|add delta_min: or delta_max:"], id="compared without a limit"),
    pytest.param("min: 0.72", "compare: {to: best, delta_min: 0}", ['7:46 GOV105 expected champion, found the text "best"|'], id="compared with nobody"),
    pytest.param("min: 0.72", "min: ", ["7:37 GOV100 min has no value|write one, or leave the key out"], id="a limit that is nothing"),
    pytest.param("quorum: 1", "quorum: 3, of: 2", ["9:41 GOV131 quorum 3 of 2 can never be reached|"], id="three of two"),
    pytest.param("quorum: 1", "quorum: 1, void_on: [everything]", ['9:54 GOV105 expected artifact_change or evidence_change or policy_major or waiver_expired, found the text "everything"|'], id="what voids an approval"),
    pytest.param("approvals: [sign-off]", "approvals: [sign-off], documentation: complete", ['11:69 GOV132 gate "production" asks for documents, and the policy names none|add documentation:'], id="documents that nobody names"),
    pytest.param("owner:", "extends: [core/base]\nowner:", ['4:11 GOV104 expected a mapping, found the text "core/base"|'], id="a pack that is a text"),
    pytest.param("owner:", "params: {a: {value: 1, tighten: upwards}}\nowner:", ['4:33 GOV105 expected up or down, found the text "upwards"|'], id="which way to tighten"),
    pytest.param("owner:", "pack: {status: old, regime: x, source: y, checked_on: 2026-01-01}\nowner:", ['4:16 GOV105 expected in_force or superseded or draft or voluntary, found the text "old"|'], id="status of a pack"),
]  # fmt: skip


@pytest.mark.parametrize(("good", "bad", "expected"), PLANTED)
def test_a_planted_mistake_is_found_where_it_stands(good: str, bad: str, expected: list[str]) -> None:
    assert MINIMAL.count(good) >= 1

    reported = errors(MINIMAL.replace(good, bad, 1))

    assert reported == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(b"", ["1:1 GOV001"], id="nothing"),
        pytest.param(b"# only a comment\n", ["1:1 GOV001"], id="only a comment"),
        pytest.param(b"- a\n", ["1:1 GOV104"], id="a list"),
        pytest.param(b"just text", ["1:1 GOV104"], id="a text"),
        pytest.param(b"a: [1, 2\nb: 3\n", ["2:2 GOV001"], id="bracket left open"),
        pytest.param(b"a: b: c\n", ["1:5 GOV001"], id="two colons"),
        pytest.param(b"a: 1\n\tb: 2\n", ["2:1 GOV001"], id="tab"),
        pytest.param(b"a: \xff\n", ["1:4 GOV001"], id="not UTF-8"),
        pytest.param(
            "é: \N{ZERO WIDTH SPACE}x\u202e\n".encode(), ["1:4 GOV002", "1:6 GOV002"], id="invisible characters"
        ),
        pytest.param("\ufeffa: 1\n".encode(), ["1:1 GOV002"], id="byte order mark"),
        pytest.param(b"a: 1\rb: 2\n", ["1:5 GOV002"], id="carriage return alone"),
        pytest.param(b"a: " + b"x" * 256 * 1024, ["1:1 GOV003"], id="too large"),
        pytest.param(b"[" * 5000, ["1:22 GOV004"], id="too deep"),
        pytest.param(b"- " * 5000, ["1:43 GOV004"], id="too deep in a block"),
        pytest.param(b"%YAML 1.1\n---\n" + MINIMAL.encode(), ["1:1 GOV020"], id="directive"),
        pytest.param(MINIMAL.encode() + b"---\na: 1\n", ["12:1 GOV020"], id="second document"),
        pytest.param(
            b"schema: govern/policy/v1\nid: a\nversion: 1.0.0\nowner: x\n", ["1:1 GOV132"], id="asks for nothing"
        ),
    ],
)
def test_what_is_no_policy_is_refused(text: bytes, expected: list[str]) -> None:
    assert found(text) == expected


def test_a_policy_for_a_later_govern_is_answered_in_one_sentence() -> None:
    text = 'schema: govern/policy/v9\nrequires: ">=0.4"  # the new keys\nid: [x]\nnew_key: 1\n'

    diagnostics = lint(text.encode(), "p.yaml", "0.3.1").diagnostics

    assert [str(one) for one in diagnostics] == [
        "p.yaml:2:11: error[GOV005]: this policy needs govern 0.4, this is 0.3.1"
    ]
    assert found(text, "0.4.0") != ["2:11 GOV005"]


def test_a_check_or_approval_that_no_gate_uses_is_a_warning() -> None:
    unused = MINIMAL.replace(CHECK, CHECK + "\n  - {id: acc, metric: accuracy, min: 0.5}").replace(
        SIGN_OFF, SIGN_OFF + "\n  other: {role: auditor}"
    )

    found = lint(unused.encode(), "p.yaml", "0.1.0")

    assert [str(one) for one in found.diagnostics] == [
        'p.yaml:8:10: warning[GOV140]: no gate uses the check "acc"',
        'p.yaml:11:3: warning[GOV140]: no gate uses the approval "other"',
    ]
    assert found.is_clean


@pytest.mark.parametrize(
    ("check", "said"),
    [
        ("against: training", []),
        ("against: evaluation, of: [score, features, income]", []),
        (
            "against: training_2025",
            ['GOV128 this policy asks nothing of "training_2025" data|each version has to be registered with it: --data training_2025=FILE'],
        ),
        (
            "against: evaluation_2",
            ['GOV128 this policy asks nothing of "evaluation_2" data|did you mean "evaluation"?'],
        ),
        ("against: training, of: [scores]", ['GOV128 "scores" is the name of a column|did you mean "score"?']),
        ("against: training, of: [score_2, feature]", ['GOV128 "feature" is the name of a column|did you mean "features"?']),
    ],
)  # fmt: skip
def test_a_role_or_a_column_of_ones_own_is_a_warning_at_most(check: str, said: list[str]) -> None:
    text = MINIMAL.replace("metric: roc_auc, min: 0.72", f"metric: psi, max: 0.2, {check}")

    found = lint(text.encode(), "p.yaml", "0.1.0")

    assert found.is_clean
    assert [f"{one.code.value} {one.message}|{one.help}" for one in found.diagnostics] == said


def test_groups_are_compared_with_everybody() -> None:
    text = MINIMAL.replace("roc_auc, min: 0.72", "adverse_impact_ratio, by: sex, min: 0.8, against: overall")

    assert errors(text) == []


@pytest.mark.parametrize("name", ["retired", "deploy"])
def test_a_gate_that_no_move_waits_for_is_a_warning(name: str) -> None:
    found = lint(f"{MINIMAL}  {name}: {{approvals: [sign-off]}}\n".encode(), "p.yaml", "0.1.0")

    assert found.is_clean
    assert [str(one) for one in found.diagnostics] == [
        f'p.yaml:12:3: warning[GOV140]: no move waits for the gate "{name}": only `govern gate` asks it'
    ]


def test_what_is_adopted_is_judged_by_whatever_govern_learnt_to_see_since() -> None:
    text = MINIMAL.replace("metric: roc_auc, min: 0.72", "metric: psi, max: 0.2, against: trainning").encode()

    assert resolve(text, "p.yaml", ANY_RELEASE).policy.checks[0].against == "trainning"
    with pytest.raises(InvalidInput, match="GOV128"):
        resolve(text, "p.yaml", "0.1.0")


def test_all_mistakes_are_reported_in_one_pass_in_the_order_of_the_file() -> None:
    text = (
        MINIMAL.replace("owner: ml-platform", "owner: &x 3\nowner: b")
        .replace("roc_auc, min: 0.72", "rocauc")
        .replace("[sign-off]", "[x]")
    )

    assert found(text) == [
        "4:8 GOV020",
        "4:8 GOV104",
        "5:1 GOV010",
        "8:5 GOV113",
        "8:23 GOV110",
        "10:3 GOV140",
        "12:43 GOV124",
    ]


def test_all_checks_of_none_is_nothing() -> None:
    text = MINIMAL.replace("checks:\n" + CHECK + "\n", "").replace("[auc]", "all")

    assert errors(text) == ['9:24 GOV132 gate "production" asks for all checks, and there are none|']


def test_more_gates_than_anybody_has_are_refused() -> None:
    gates = "\n".join(f"  g{number}: {{checks: [auc]}}" for number in range(101))

    assert found(MINIMAL.replace(GATE, GATE + "\n" + gates)) == ["11:3 GOV111"]


HOSTILE = {
    "unknown keys": MINIMAL + "".join(f"k{number}: 1\n" for number in range(20_000)),
    "unknown names": MINIMAL.replace("[auc]", str([f"auc{number}" for number in range(20_000)]).replace("'", "")),
    "checks": MINIMAL.replace(CHECK, "\n".join(f"  - {{id: c{number}}}" for number in range(15_000))),
    "a chain of approvals": MINIMAL.replace(SIGN_OFF, "\n".join(f"  a{n}: {{after: a{n + 1}}}" for n in range(10_000))),
    "approvals that all wait for all": MINIMAL.replace(
        SIGN_OFF,
        "\n".join(f"  a{n}: {{role: xx, after: [{', '.join(f'a{m}' for m in range(100))}]}}" for n in range(100)),
    ),
    "mistakes": MINIMAL + "".join(f"k{number}: .nan\n" for number in range(15_000)),
    "duplicate keys": MINIMAL + "id: a\n" * 30_000,
    "an endless line": MINIMAL + "meta: {" + "a: 1, " * 40_000 + "}\n",
    "one long key": MINIMAL + "k" * 250_000 + ": 1\n",
    "one long number": MINIMAL.replace("0.72", "0." + "7" * 250_000),
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_no_file_takes_long_or_floods_the_reader(text: str) -> None:
    assert len(text) < LARGEST

    start = time.perf_counter()
    found = lint(text.encode(), "p.yaml", "0.1.0")
    rendered = found.rendered()

    assert time.perf_counter() - start < 10
    assert not found.is_clean
    assert len(found.diagnostics) <= MOST_MISTAKES + 1
    assert len(rendered) < 100_000


def test_a_list_of_mistakes_that_was_cut_short_says_so() -> None:
    diagnostics = lint(HOSTILE["mistakes"].encode(), "p.yaml", "0.1.0").diagnostics

    assert str(diagnostics[-1]) == (
        "p.yaml:112:7: error[GOV006]: the file has more than 100 mistakes, the rest is not listed"
    )


def test_a_diagnostic_shows_its_line_and_points_at_the_mistake() -> None:
    text = MINIMAL.replace("use_case: churn}", 'use_case: "é", risk_teir: [high]}')

    assert lint(text.encode(), "policies/broken.yaml", "0.1.0").rendered() == (
        'policies/broken.yaml:5:29: error[GOV101]: unknown key "risk_teir"\n'
        "  |\n"
        '5 | applies_to: {use_case: "é", risk_teir: [high]}\n'
        "  |                             ^^^^^^^^^\n"
        '  = help: did you mean "risk_tier"?'
    )


def test_a_diagnostic_on_a_long_line_shows_the_part_around_it() -> None:
    text = MINIMAL.replace("owner: ml-platform", "owner: [" + "a" * 300 + ", \u202eb]")

    rendered = lint(text.encode(), "p.yaml", "0.1.0").rendered().splitlines()

    assert max(map(len, rendered)) < 140
    assert rendered[2][rendered[3].index("^")] == "\N{REPLACEMENT CHARACTER}"
    assert "\u202e" not in "".join(rendered)


def test_the_json_of_a_diagnostic_is_what_the_command_line_promises() -> None:
    (diagnostic,) = lint(MINIMAL.replace("0.72", "75").encode(), "p.yaml", "0.1.0").diagnostics

    assert diagnostic.as_json() == {
        "file": "p.yaml",
        "line": 7,
        "column": 37,
        "severity": "error",
        "code": "GOV111",
        "message": "min: 75 is outside the range of roc_auc (0 to 1)",
        "help": "did you mean 0.75?",
    }


def test_a_policy_with_mistakes_does_not_resolve() -> None:
    with pytest.raises(InvalidInput, match=r"p.yaml:7:37: error\[GOV111\]: min: 75 .* \(0 to 1\)$") as one:
        resolve(MINIMAL.replace("0.72", "75").encode(), "p.yaml", "0.1.0")
    with pytest.raises(
        InvalidInput, match=r"p.yaml:1:1: error\[GOV100\]: the key owner is missing, and 2 more$"
    ) as two:
        resolve(MINIMAL.replace("owner:", "X:").replace("1.0.0", "1").encode(), "p.yaml", "0.1.0")

    assert one.value.hint == "did you mean 0.75?"
    assert two.value.hint == "run `govern policy lint`"


def test_linting_a_long_policy_takes_milliseconds() -> None:
    check = "  - {id: c%d, metric: roc_auc, min: 0.7, confidence: {decide_on: lower}, remedy: look at the data}\n"
    text = FAIRNESS.replace("approvals:\n", "".join(check % number for number in range(100)) + "approvals:\n", 1)
    assert found(text) == []

    def seconds() -> float:
        start = time.perf_counter()
        lint(text.encode(), "p.yaml", "0.1.0")
        return time.perf_counter() - start

    # Typically 8 ms; the bound leaves room for a loaded machine, not for another way of reading.
    assert min(seconds() for _ in range(5)) < 0.1


def test_a_policy_without_tests_is_told_so_and_is_no_worse_for_it() -> None:
    said = lint(MINIMAL.encode(), "p.yaml", "0.1.0", untested="p.test.yaml")

    (one,) = said.diagnostics
    assert str(one) == "p.yaml:1:1: warning[GOV142]: the policy has no tests: there is no p.test.yaml"
    assert one.help
    assert said.is_clean


@pytest.mark.parametrize("text", ["a: [", "", MINIMAL.replace("owner:", "ownr:")])
def test_what_is_wrong_is_mended_before_it_is_tested(text: str) -> None:
    assert "GOV142" not in [
        one.code for one in lint(text.encode(), "p.yaml", "0.1.0", untested="p.test.yaml").diagnostics
    ]
