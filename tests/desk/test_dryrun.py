"""What a policy would change is found out without filing anything: verdicts that turn, and signatures it would void."""

import pytest

from govern import catalogue, dryrun, review
from govern.dryrun import Outcome
from govern.policy.findings import Decision, Verdict
from govern.policy.resolve import Resolved, resolve
from tests.desk.test_review import RULES, Office, office

__all__ = ["office"]
ALLOW, DENY, NONE = Decision.ALLOW, Decision.DENY, Decision.NOTHING_CHECKED
STRICTER = RULES.replace("1.0.0", "2.0.0").replace("min: 0.75, warn_below: 0.8", "min: 0.9")
NEXT_YEAR = STRICTER.replace("owner:", "effective: {from: 2099-01-01}\nowner:")


def rules(text: str) -> Resolved:
    return resolve(text.encode(), "credit.yaml", "0.1.0")


@pytest.fixture
def signed(office: Office) -> Office:
    """Return an office with a version that was measured, submitted and approved under release 1.0.0."""
    catalogue.adopt_policy(office.desk("rae"), RULES.encode(), "credit.yaml", "0.1.0")
    office.measure("0.85")
    review.submit(office.desk("dan"), office.one())
    office.sign("vic")
    return office


def outcomes(office: Office, text: str) -> list[Outcome]:
    desk = office.desk("gus")
    return list(dryrun.tried(desk, dryrun.concerned(desk), rules(text)))


@pytest.mark.parametrize(
    ("text", "after", "turned"),
    [
        pytest.param(RULES.replace("1.0.0", "1.0.1"), ALLOW, [], id="nothing but the release"),
        pytest.param(STRICTER, DENY, [("checks.auc", Verdict.PASS, Verdict.FAIL)], id="a higher limit"),
        pytest.param(NEXT_YEAR, DENY, [("checks.auc", Verdict.PASS, Verdict.FAIL)], id="in force from a day to come"),
        pytest.param(
            STRICTER.replace("id: auc, metric: roc_auc", "id: acc, metric: accuracy"),
            NONE,
            [("checks.acc", None, Verdict.NOT_MEASURED), ("checks.auc", Verdict.PASS, None)],
            id="another check",
        ),
        pytest.param(STRICTER.replace("id: credit", "id: more"), DENY, [("checks.auc", None, Verdict.FAIL)], id="new"),
        pytest.param(
            RULES.replace("1.0.0", "2.0.0").replace("credit-scoring", "churn"),
            NONE,
            [("checks.auc", Verdict.PASS, None)],
            id="for other models",
        ),
    ],
)
def test_a_policy_is_tried_in_the_place_of_its_other_release(
    signed: Office, text: str, after: Decision, turned: list[tuple[str, Verdict | None, Verdict | None]]
) -> None:
    size = signed.ledger.registry.size

    (found,) = outcomes(signed, text)

    assert (found.version.name, found.before, found.after) == ("credit-risk@1", ALLOW, after)
    assert [(one.rule, one.before, one.after) for one in found.turned] == turned
    assert found.differs == bool(turned)
    assert signed.ledger.registry.size == size


def test_a_check_that_is_also_compared_turns_by_its_worst(signed: Office) -> None:
    (found,) = outcomes(signed, STRICTER.replace("min: 0.9", "min: 0.9, compare: {to: champion, delta_min: 0}"))

    assert [(one.rule, one.before, one.after) for one in found.turned] == [("checks.auc", Verdict.PASS, Verdict.FAIL)]


def test_what_decides_is_named_where_no_check_turns(signed: Office) -> None:
    catalogue.adopt_policy(signed.desk("rae"), STRICTER.encode(), "credit.yaml", "0.1.0")
    observing = STRICTER.replace("2.0.0", "3.0.0").replace("owner:", "enforcement: {mode: observe}\nowner:")

    (found,) = outcomes(signed, observing)

    assert (found.before, found.after, found.turned, found.because) == (DENY, ALLOW, (), ("checks.auc",))


def test_what_is_not_decided_on_is_not_tried(office: Office) -> None:
    catalogue.adopt_policy(office.desk("rae"), RULES.encode(), "credit.yaml", "0.1.0")

    assert office.one().stage == "registered"
    assert outcomes(office, STRICTER) == []


def test_a_version_that_cannot_be_judged_says_so_and_stops_nothing(signed: Office) -> None:
    signed.tamper(signed.one().measured["auc"].evidence)

    (found,) = outcomes(signed, STRICTER)

    assert found.differs
    assert "sha256:" in found.trouble


def test_signatures_under_another_release_would_be_void_and_others_not(signed: Office) -> None:
    desk = signed.desk("gus")

    voided = [(one.name, said.meaning) for one, said in dryrun.voided(desk, rules(STRICTER))]

    assert voided == [("credit-risk@1", "approved")]
    assert list(dryrun.voided(desk, rules(RULES))) == []
    catalogue.adopt_policy(signed.desk("rae"), STRICTER.encode(), "credit.yaml", "0.1.0")
    assert list(dryrun.voided(signed.desk("gus"), rules(RULES.replace("1.0.0", "3.0.0")))) == [], "void already"
