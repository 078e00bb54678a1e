"""What rules stand on: references that are known, in force and covered; a catalogue with mistakes is refused."""

from datetime import date

import pytest

from govern.errors import InvalidInput
from govern.policy.assembly import Library
from govern.policy.citations import Citation, current, read_citations
from govern.policy.diagnostics import Severity
from govern.policy.resolve import lint
from tests.policy.rules import MINIMAL

CATALOGUE = """\
sr-11-7: {title: SR 11-7, until: 2026-04-16, superseded_by: sr-26-2, source: "https://a", checked_on: 2026-11-20, mark: V}
sr-26-2: {title: SR 26-2, from: 2026-04-17, source: "https://a", checked_on: 2026-11-20, mark: V}
circular: {title: Circular 2022-03, until: 2025-05-12, source: "https://c", checked_on: 2026-11-20, mark: V2}
annex: {title: Annex 11, status: draft, source: "https://d", checked_on: 2026-11-20, mark: R}
iso: {title: ISO 42001, status: voluntary, source: "https://e", checked_on: 2026-11-20, mark: R}
"""
TODAY = date(2026, 11, 21)


def catalogue(text: str = CATALOGUE) -> dict[str, Citation]:
    return read_citations(text.encode(), "citations.yaml")


def told(references: str, covers: str = "[law]", today: date | None = TODAY) -> list[str]:
    text = MINIMAL.replace("min: 0.72", f"min: 0.72, covers: {covers}") + f"references: {references}\n"
    found = lint(text.encode(), "p.yaml", "0.1.0", Library(citations=catalogue()), today)
    return [f"{one.line}:{one.column} {one.severity} {one.code} {one.message}|{one.help}" for one in found.diagnostics]


@pytest.mark.parametrize("cite", ["sr-26-2", "iso"])
def test_what_is_in_force_needs_no_word(cite: str) -> None:
    assert told(f"{{law: {{cite: {cite}}}}}") == []


def test_a_reference_with_a_title_is_ones_own() -> None:
    assert told("{law: {cite: FL-4, title: Our standard}}") == []


@pytest.mark.parametrize(
    ("cite", "said"),
    [
        (
            "sr-11-7",
            "SR 11-7 is no longer in force, 2026-04-16 was its last day|in its place: sr-26-2, in force since 2026-04-17",
        ),
        ("circular", "Circular 2022-03 is no longer in force, 2025-05-12 was its last day|see https://c"),
        ("annex", "Annex 11 is a draft|see https://d"),
    ],
)
def test_what_is_not_in_force_is_a_warning(cite: str, said: str) -> None:
    assert told(f"{{law: {{cite: {cite}}}}}") == [f"12:26 warning GOV150 {said}"]
    assert told(f"{{law: {{cite: {cite}}}}}", today=None) == []


def test_what_comes_later_is_a_warning_too() -> None:
    said = told("{law: {cite: sr-26-2}}", today=date(2026, 4, 16))

    assert said == ["12:26 warning GOV150 SR 26-2 is not in force before 2026-04-17|in its place: sr-11-7"]


def test_an_unknown_citation_is_an_error_with_the_nearest() -> None:
    assert told("{law: {cite: sr-26-3}}") == ['12:26 error GOV151 unknown citation "sr-26-3"|did you mean "sr-26-2"?']
    assert told("{law: {cite: xyz}}") == ['12:26 error GOV151 unknown citation "xyz"|give it a title: of its own']


def test_without_a_catalogue_nothing_is_looked_up() -> None:
    text = MINIMAL.replace("min: 0.72", "min: 0.72, covers: law") + "references: {law: {cite: xyz}}\n"

    assert lint(text.encode(), "p.yaml", "0.1.0", today=TODAY).diagnostics == ()


def test_a_rule_covers_only_what_is_declared_and_everything_declared_is_covered() -> None:
    assert told("{law: {cite: iso}}", "[lwa]") == [
        '7:52 error GOV127 unknown reference "lwa"|did you mean "law"?',
        '12:14 warning GOV141 nothing covers the reference "law"|',
    ]
    assert told("{law: {cite: iso}}", "[law, other]") == [
        '7:57 error GOV127 unknown reference "other"|declare it in references:'
    ]
    assert told("{law: {cite: iso}}", "[law, 3]") == [
        "7:57 error GOV104 expected text, found the number 3|put it in quotes"
    ]
    assert (
        told("[law]", "law")
        == [
            "12:13 error GOV104 expected a mapping, found a list|",
            '7:51 error GOV127 unknown reference "law"|declare it in references:',
        ][::-1]
    )


def test_covers_of_every_kind_count() -> None:
    text = MINIMAL + (
        "references: {a: {cite: iso}, b: {cite: iso}, c: {cite: iso}}\n"
        "documentation: {required: [x], covers: a}\n"
        "monitoring: {drift: {every: 1d, checks: all, covers: [b]}}\n"
        "data: {training: {covers: c}}\n"
    )
    found = lint(text.encode(), "p.yaml", "0.1.0", Library(citations=catalogue()), TODAY)

    assert not [one for one in found.diagnostics if one.severity is Severity.ERROR]
    assert found.diagnostics == ()


@pytest.mark.parametrize(
    ("cite", "day", "stands"),
    [
        ("sr-11-7", date(2026, 4, 16), "sr-11-7"),
        ("sr-11-7", date(2026, 4, 17), "sr-26-2"),
        ("sr-26-2", date(2026, 4, 16), "sr-11-7"),
        ("sr-26-2", date(2026, 4, 18), "sr-26-2"),
        ("circular", date(2026, 1, 1), "circular"),
        ("nowhere", date(2026, 1, 1), "nowhere"),
    ],
)
def test_what_stands_in_the_place_of_a_citation_depends_on_the_day(cite: str, day: date, stands: str) -> None:
    assert current(catalogue(), cite, day) == stands


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("mark: V}", "mark: X}", "citations.yaml:1:"),
        ("superseded_by: sr-26-2", "superseded_by: sr-27-1", "sr-27-1 is not in the catalogue"),
        ("sr-26-2:", "sr-11-7:", "duplicate key"),
        ("title: SR 11-7", "titel: SR 11-7", "citations.yaml:1:"),
    ],
)
def test_a_catalogue_with_a_mistake_is_refused_where_it_is(old: str, new: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        catalogue(CATALOGUE.replace(old, new, 1))
