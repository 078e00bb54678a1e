"""What tests found is written where they expect it: nothing else changes, and what cannot be kept is not written."""

import pytest

from govern.errors import InvalidInput
from govern.policy.recording import recorded
from govern.policy.trials import read_trials
from tests.policy.rules import MINIMAL, rules

HEAD = """\
# what was agreed in June
schema: govern/policy-test/v1
policy: churn.yaml
clock: 2027-01-15T09:00:00Z
fixtures:
  good:   # é, by hand
    model: {use_case: churn, makers: [ana]}
    evidence: {auc: {value: 0.7}}
tests:
"""
DENIED = "{decision: deny, because: [checks.auc]}"


def written(tests: str, head: str = HEAD) -> str:
    """Return the tests after they were recorded, once everything before them was found unchanged and all pass."""
    text = head + tests
    read = read_trials(text.encode(), "t.yaml")
    assert read.is_clean, read.diagnostics

    new, said = recorded(read.text, "t.yaml", [one.run(rules(MINIMAL)) for one in read.tests])

    assert new.startswith(head)
    again = read_trials(new.encode(), "t.yaml")
    assert [one.run(rules(MINIMAL)).wrong for one in again.tests] == [""] * len(read.tests)
    assert recorded(new, "t.yaml", [one.run(rules(MINIMAL)) for one in again.tests]) == (new, ())
    assert said or new == text
    return new.removeprefix(head)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            "  - {name: a, given: good}  # why\n",
            f"  - {{name: a, given: good, expect: {DENIED}}}  # why\n",
            id="missing, on one line",
        ),
        pytest.param(
            "  - {name: a, given: good , }\n",
            f"  - {{name: a, given: good, expect: {DENIED} , }}\n",
            id="missing, after a comma",
        ),
        pytest.param(
            "  - name: a\n    given: good   # why\n\n# the end\n",
            f"  - name: a\n    given: good   # why\n    expect: {DENIED}\n\n# the end\n",
            id="missing, in lines",
        ),
        pytest.param(
            "  -   given: good\n      name: a",
            f"  -   given: good\n      name: a\n      expect: {DENIED}",
            id="missing, where the file ends",
        ),
        pytest.param(
            "  - name: a\n    given: good\n    change:\n      evidence.auc:\n        value: 0.6\n  - {name: b, given: good, expect: {decision: deny}}\n",
            f"  - name: a\n    given: good\n    change:\n      evidence.auc:\n        value: 0.6\n    expect: {DENIED}\n"
            "  - {name: b, given: good, expect: {decision: deny}}\n",
            id="missing, after lines within lines",
        ),
        pytest.param(
            "- name: a\n  expect:\n  given: good\n", f"- name: a\n  expect: {DENIED}\n  given: good\n", id="empty"
        ),
        pytest.param(
            "- {name: a, expect: {decision: allow}, given: good}\n",
            f"- {{name: a, expect: {DENIED}, given: good}}\n",
            id="another decision",
        ),
        pytest.param(
            "- name: a\n  expect:\n    because:\n      - approvals\n      - checks.acu\n    decision: deny\n  given: good\n",
            f"- name: a\n  expect:\n    {DENIED}\n  given: good\n",
            id="other reasons, in lines",
        ),
        pytest.param(
            "- name: a\n  given: good\n  expect:\n    decision: deny\n    because:\n    - nothing\n  # and so on\n",
            f"- name: a\n  given: good\n  expect:\n    {DENIED}\n  # and so on\n",
            id="other reasons, in a list",
        ),
        pytest.param(
            "- {name: a, given: good, change: {evidence.auc.value: 0.8}}\n",
            "- {name: a, given: good, change: {evidence.auc.value: 0.8}, expect: {decision: allow}}\n",
            id="an allowance has no reasons",
        ),
        pytest.param("- {name: a, given: good, expect: {decision: deny}}\n", None, id="as expected"),
    ],
)
def test_what_is_found_is_written_and_every_other_byte_stays(before: str, after: str | None) -> None:
    after = before if after is None else after

    assert written(before) == after
    assert written(before.replace("\n", "\r\n"), HEAD.replace("\n", "\r\n")) == after.replace("\n", "\r\n")


def test_it_is_said_what_was_expected_and_what_is_now() -> None:
    text = f"{HEAD}- {{name: a, given: good}}\n- {{name: b, given: good, expect: {{decision: allow}}}}\n"
    outcomes = [one.run(rules(MINIMAL)) for one in read_trials(text.encode(), "t.yaml").tests]

    _, said = recorded(text, "t.yaml", outcomes)

    assert [(one.name, one.place, one.before, one.after) for one in said] == [
        ("a", "t.yaml:10:10", "", DENIED),
        ("b", "t.yaml:11:10", "{decision: allow}", DENIED),
    ]


def test_a_test_that_expects_nothing_fails() -> None:
    (test,) = read_trials(f"{HEAD}- {{name: a, given: good}}\n".encode(), "t.yaml").tests

    assert test.run(rules(MINIMAL)).wrong == (
        "nothing is expected, found deny, because checks.auc: write expect:, or let --record write it"
    )


@pytest.mark.parametrize(
    ("tests", "message"),
    [
        pytest.param(
            "- name: a\n  given: good\n  expect:\n    # as agreed\n    decision: allow\n    # and not otherwise\n    because: x\n",
            "t.yaml:10:9: a comment stands in what the test expects, and would be lost",
            id="a comment",
        ),
        pytest.param(
            "- given: good\n  name: |+\n    a\n\n", "t.yaml: what was found cannot be written there", id="a text that ends in empty lines"
        ),
    ],
)  # fmt: skip
def test_what_would_be_lost_is_not_written(tests: str, message: str) -> None:
    read = read_trials(f"{HEAD}{tests}".encode(), "t.yaml")
    assert read.is_clean, read.diagnostics

    with pytest.raises(InvalidInput) as refused:
        recorded(read.text, "t.yaml", [one.run(rules(MINIMAL)) for one in read.tests])

    assert refused.value.message == message
    assert refused.value.hint
