from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from govern.policy.approvals import APPROVING, Meaning, Signed, SignOff, judge_approvals
from govern.policy.findings import Decision, Judgement
from govern.policy.judge import judge
from govern.policy.two_persons import two_persons
from tests.policy.rules import START, case, rules, signed

HOUR, DAY = timedelta(hours=1), timedelta(days=1)

HEAD = "schema: govern/policy/v1\nid: signatures\nversion: 1.0.0\nowner: risk\n"
COMMITTEE = (
    HEAD
    + """\
approvals:
  committee: {role: risk-officer, quorum: 2, after: [validation], not_same_as: [makers, validation], expires: 30d}
  validation: {role: validator, not_same_as: [makers], expires: 365d}
gates:
  approved: {approvals: [validation, committee]}
"""
)
VIC, RAE, ROB = signed("vic", "validator"), signed("rae", "risk-officer", HOUR), signed("rob", "risk-officer", 2 * HOUR)


def asked(text: str, *sign_offs: SignOff, at: datetime = START + DAY, gate: str = "approved") -> Judgement:
    return judge([rules(text)], case(None, *sign_offs, at=at), gate)


@pytest.mark.parametrize(
    ("sign_offs", "decision", "because"),
    [
        pytest.param([VIC, RAE, ROB], "allow", [], id="all signed"),
        pytest.param([], "needs_person", ["approvals.committee.quorum", "approvals.validation.quorum"], id="nobody signed"),
        pytest.param([VIC, RAE], "needs_person", ["approvals.committee.quorum"], id="one of two signed"),
        pytest.param([VIC, RAE, signed("rae", "risk-officer", 2 * HOUR)], "needs_person", ["approvals.committee.quorum"], id="one person signed twice"),
        pytest.param([signed("ana", "validator"), RAE, ROB], "deny", ["approvals.validation.not_same_as"], id="the maker validated"),
        pytest.param([VIC, RAE, signed("ana", "risk-officer", HOUR)], "deny", ["approvals.committee.not_same_as"], id="the maker sits in the committee"),
        pytest.param([VIC, RAE, signed("vic", "risk-officer", HOUR)], "deny", ["approvals.committee.not_same_as"], id="the validator sits in the committee"),
        pytest.param([VIC, RAE, signed("rob", "risk-officer", -HOUR)], "needs_person", ["approvals.committee.after", "approvals.committee.quorum"], id="one signed too early"),
        pytest.param([RAE, ROB], "needs_person", ["approvals.committee.after", "approvals.committee.quorum", "approvals.validation.quorum"], id="two signed and nobody validated"),
        pytest.param([VIC, RAE, signed("rob", "auditor", HOUR)], "needs_person", ["approvals.committee.quorum"], id="one signed in another role"),
        pytest.param([VIC, RAE, signed("rob", "risk-officer", HOUR, Meaning.REJECTED)], "deny", ["approvals.committee.rejected"], id="one rejected"),
        pytest.param([VIC, RAE, ROB, signed("rob", "risk-officer", 3 * HOUR, Meaning.REJECTED)], "deny", ["approvals.committee.rejected"], id="one changed their mind"),
        pytest.param([VIC, RAE, signed("rob", "risk-officer", HOUR, Meaning.REJECTED), ROB], "allow", [], id="one was persuaded"),
        pytest.param([VIC, RAE, ROB, signed("rex", "risk-officer", HOUR, Meaning.REJECTED)], "deny", ["approvals.committee.rejected"], id="a third rejected"),
        pytest.param([VIC, RAE, signed("rob", "risk-officer", HOUR, Meaning.REVIEWED)], "needs_person", ["approvals.committee.quorum"], id="one only read it"),
        pytest.param([VIC, RAE, signed("rob", "risk-officer", 2 * DAY)], "needs_person", ["approvals.committee.quorum"], id="one signed later than asked"),
        pytest.param([VIC, RAE, ROB, signed("ana", "risk-officer", HOUR)], "allow", [], id="a maker besides a quorum"),
    ],
)  # fmt: skip
def test_an_approval_counts_persons_who_may(sign_offs: list[SignOff], decision: str, because: list[str]) -> None:
    judgement = asked(COMMITTEE, *sign_offs)

    assert (judgement.decision, list(judgement.because)) == (decision, because)


def test_an_approval_holds_until_the_second_it_expires() -> None:
    expiry = RAE.at + 30 * DAY

    before = asked(COMMITTEE, VIC, RAE, ROB, at=expiry - timedelta(seconds=1))
    then = asked(COMMITTEE, VIC, RAE, ROB, at=expiry)

    assert before.decision is Decision.ALLOW
    assert (then.decision, then.because) == (Decision.DENY, ("approvals.committee.expires",))
    assert then.findings[0].message == "committee: rae signed on 2026-11-20, which held for 30d"


def test_a_finding_says_who_signed_and_what_to_do() -> None:
    judgement = asked(COMMITTEE, VIC, RAE)

    committee, validation = judgement.findings
    assert validation.message == "validation: signed off by vic"
    assert committee.message == "committee: 1 of 2 signed (rae)"
    assert (committee.limit, committee.n, committee.place) == ("2 of risk-officer", 1, "policy.yaml:6:3")
    assert committee.remedy == "ask a risk-officer who did not make it to run `govern sign`"
    assert asked(COMMITTEE).findings[1].message == "validation: 0 of 1 signed"


PAIR = (
    HEAD
    + """\
approvals:
  first: {role: [validator, risk-officer]}
  second: {role: validator, not_same_as: first}
gates:
  approved: {approvals: [first, second]}
"""
)


@pytest.mark.parametrize(
    ("sign_offs", "decision"),
    [
        pytest.param([VIC], "deny", id="one person cannot fill both"),
        pytest.param([VIC, signed("val", "validator", HOUR)], "allow", id="two who could fill either"),
        pytest.param([VIC, RAE], "allow", id="one who can fill only the first"),
        pytest.param([RAE, ROB], "needs_person", id="nobody for the second"),
    ],
)
def test_nobody_is_spent_on_one_approval_where_another_would_do(sign_offs: list[SignOff], decision: str) -> None:
    assert asked(PAIR, *sign_offs).decision == decision


def test_approvals_that_exclude_each_other_both_ways_are_filled_by_two() -> None:
    text = PAIR.replace("risk-officer]}", "risk-officer], not_same_as: second}")

    assert asked(text, VIC, signed("val", "validator")).decision is Decision.ALLOW
    assert asked(text, VIC).decision is Decision.DENY


def test_a_gate_only_judges_the_approvals_it_asks_for() -> None:
    text = COMMITTEE + "  validated: {approvals: validation}\n"

    judgement = asked(text, VIC, gate="validated")

    assert [one.rule for one in judgement.findings] == ["approvals.validation"]
    assert judgement.decision is Decision.ALLOW


@pytest.mark.parametrize("gate", ["validated", "approved", "production"])
def test_until_a_policy_is_adopted_it_takes_two_persons(gate: str) -> None:
    def decision(*sign_offs: SignOff) -> str:
        return judge([two_persons()], case(None, *sign_offs), gate).decision

    assert decision() == "needs_person"
    assert decision(signed("ana", "validator")) == "deny"
    assert decision(signed("vic", "validator")) == "allow"
    assert decision(signed("rae", "risk-officer")) == "allow"
    assert decision(signed("mia", "model-owner")) == "needs_person"


PEOPLE = st.builds(
    SignOff,
    st.sampled_from(["ana", "vic", "val", "rae", "rob", "rex"]),
    st.sampled_from(["validator", "risk-officer", "developer"]),
    st.sampled_from(Meaning),
    st.datetimes(datetime(2026, 11, 1), datetime(2026, 12, 1), timezones=st.just(UTC)),  # noqa: DTZ001  the strategy adds it
)


@given(st.lists(PEOPLE, max_size=12), st.sampled_from([COMMITTEE, PAIR]))
def test_no_gate_opens_without_enough_independent_signatures(sign_offs: list[SignOff], text: str) -> None:
    judgement = asked(text, *sign_offs, at=datetime(2026, 12, 1, tzinfo=UTC))

    good = {one.person: one for one in sign_offs if one.meaning in APPROVING and one.person != "ana"}
    if judgement.decision is Decision.ALLOW:
        assert len(good) >= (3 if text is COMMITTEE else 2)
        assert not {finding.verdict for finding in judgement.findings} - {"pass"}


@given(st.lists(PEOPLE, max_size=8))
def test_the_order_in_which_sign_offs_are_handed_over_changes_nothing(sign_offs: list[SignOff]) -> None:
    def found(some: list[SignOff]) -> list[str]:
        signed = Signed(tuple(some), frozenset({"ana"}), datetime(2026, 12, 1, tzinfo=UTC))
        return [str(one) for one in judge_approvals(rules(COMMITTEE), "approved", signed)]

    by_person = {(one.person, one.role, one.at): one for one in sign_offs}
    distinct = list(by_person.values())

    assert found(distinct) == found(distinct[::-1])
