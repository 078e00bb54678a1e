"""What the pages say of policies: summed up, by clause, as a matrix, and in full."""

import re
import time
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from pikepdf import Name, Pdf, pdfa

from govern.errors import InvalidInput
from reports.clauses import Clause, Control, Rules
from reports.listing import FEWEST, PLACES, WORDS, Listing, rows
from reports.pdfa import archive
from reports.render import render
from reports.source import ReportSource
from reports.values import number
from tests.reports.paper import SOURCE
from tests.reports.rulebook import CLAUSES, JUDGED, NAME, RULED, RULES, TEXT
from tests.reports.test_render import fonts, needs_poppler, words

HOSTILE = "<b>&amp;</b> <font size=90>x</font> ]]> -- \\n {brace} $param % `tick` <a href='x'>"


@pytest.fixture(scope="module")
def ruled() -> bytes:
    return archive(RULED, render(RULED))


@pytest.fixture
def said(ruled: bytes, tmp_path: Path) -> str:
    return words(ruled, tmp_path, "-layout")


def section(said: str, first: str, last: str) -> str:
    """Return what stands between two headings."""
    begin = re.search(rf"^ *{first}$", said, re.MULTILINE)
    end = re.search(rf"^ *{last}$", said, re.MULTILINE)
    assert begin is not None
    assert end is not None
    return said[begin.end() : end.start()]


def flat(words: str) -> str:
    return re.sub(r"\s+", " ", words)


def test_the_same_policies_give_the_same_archive_file(ruled: bytes) -> None:
    assert archive(RULED, render(RULED)) == ruled
    assert pdfa.validate_written(BytesIO(ruled), "3b").passed
    assert all(Name.FontFile2 in font.FontDescriptor for font in fonts(ruled))


@needs_poppler
def test_a_policy_is_summed_up_in_sentences(said: str) -> None:
    summary = flat(section(said, "Policies", "Findings"))

    for text in (RULES.title, NAME, RULES.adopted, str(RULES.digest), RULES.in_force, RULES.mode, RULES.meant_for):
        assert text in summary
    assert all(sentence in summary for _, sentences in RULES.said for sentence in sentences)


@needs_poppler
def test_what_is_too_much_for_a_summary_is_counted(tmp_path: Path) -> None:
    many = replace(RULES, said=(("Checks", tuple(f"check {place} has a limit." for place in range(40))),))

    said = words(render(replace(RULED, rules=(many,))), tmp_path, "-layout")

    assert "check 11 has a limit." in said
    assert "check 12 has a limit." not in said
    assert "And 28 more, in the appendix." in said


@needs_poppler
def test_findings_stand_under_the_clauses_that_they_rest_on_and_the_rest_comes_last(said: str) -> None:
    told = section(said, "Findings", "Control matrix")
    heads = (CLAUSES[0].title, CLAUSES[1].title, "Rules that rest on no clause")
    places = [told.index(head) for head in heads]

    assert places == sorted(places)
    assert CLAUSES[2].title not in told, "nothing was found under it"
    assert "us-sr-26-2, is in force since 2026-04-17, in the place of SR 11-7" in flat(told)
    for finding in JUDGED:
        under = ("us-sr-26-2", "regb-9").index(finding.clauses[0]) if finding.clauses else 2
        part = flat(told[places[under] : [*places[1:], len(told)][under]])
        for value in (finding.value, finding.low, finding.high, finding.limit, finding.rule, finding.place):
            assert value is None or number(value) in part or value in part
        assert finding.verdict.replace("_", " ") in part


@needs_poppler
def test_what_did_not_pass_says_what_to_do_next(said: str) -> None:
    told = flat(section(said, "Findings", "Control matrix"))

    assert told.count("Next: ") == sum(bool(one.remedy) for one in JUDGED)


@needs_poppler
def test_a_finding_under_two_clauses_is_printed_under_both(tmp_path: Path) -> None:
    both = replace(JUDGED[0], clauses=("us-sr-26-2", "regb-9"))

    said = words(render(replace(RULED, findings=(both,), rules=())), tmp_path, "-layout")

    assert said.count("0.7419") == 1 + 2, "once in the opinion"
    assert "no clause" not in said


@needs_poppler
def test_the_matrix_says_what_covers_each_reference_and_how_it_stands(said: str) -> None:
    matrix = section(said, "Control matrix", "Fairness")
    lines = [flat(line).strip() for line in matrix.splitlines()]

    assert f"{NAME}: 3 references, 1 that nothing covers." in flat(matrix)
    assert any(line.startswith("SR 26-2, model risk management: testing check fair-1") for line in lines)
    for finding in JUDGED:
        line = next(line for line in lines if line.endswith(finding.verdict.replace("_", " ")) and finding.rule in line)
        assert f"check {finding.rule}" in line
    assert any("approval validation ✓ pass" in line for line in lines)
    assert "validation has 1 of 1 signatures" in flat(matrix)
    assert any("monitoring drift begins in production" in line for line in lines)
    assert any("Rule 7 of the house nothing covers it" in line for line in lines)


@needs_poppler
def test_a_rule_with_several_findings_says_each_verdict_and_the_worst_first(tmp_path: Path) -> None:
    groups = tuple(replace(JUDGED[place], rule="fair-1", groups=(f"age={place}",)) for place in (1, 0, 1, 3))

    said = words(render(replace(RULED, findings=groups)), tmp_path, "-layout")

    matrix = flat(section(said, "Control matrix", "Fairness"))
    assert re.search("fail .*1 of 4 .*inconclusive .*1 of 4 .*pass .*2 of 4", matrix)


@needs_poppler
def test_a_policy_without_references_says_so(tmp_path: Path) -> None:
    said = words(render(replace(RULED, rules=(replace(RULES, controls=()),))), tmp_path, "-layout")

    assert f"{NAME} names no reference, so nothing is said to cover one." in said


@needs_poppler
def test_a_place_in_a_finding_is_found_in_the_appendix(said: str) -> None:
    appendix = said[said.index("Appendix: the policies in full") :]
    listed = [flat(line).strip() for line in appendix.splitlines()]

    assert "5 - id: fair-1 consumer-credit.yaml:30" in listed
    assert "8 - id: perf-1 consumer-credit.yaml:31" in listed
    assert "1 schema: govern/policy/v1 consumer-credit.yaml:1" in listed
    for at, line in enumerate(TEXT.splitlines(), 1):
        assert any(text.startswith(f"{at} {flat(line).strip()[:40]}") for text in listed)


def lengthy(count: int, line: str = "min: 0.8") -> Rules:
    text = "".join(f"  key-{place}: {line}\n" for place in range(1, count + 1))
    return replace(RULES, text=text, places=((1, "a.yaml:1"), (count, f"{'long-name-' * 6}.yaml:{count}")))


@needs_poppler
@pytest.mark.parametrize("count", [1, 3, 45, *range(56, 64), 200])
def test_a_long_policy_runs_over_pages_and_none_has_a_line_alone(count: int, tmp_path: Path) -> None:
    pages = words(render(replace(RULED, rules=(lengthy(count),))), tmp_path, "-layout").split("\f")[:-1]

    listed = [[line for line in page.splitlines() if re.match(r" *\d+ +key-\d+: min: 0\.8", line)] for page in pages]
    found = [int(re.findall(r"\d+", line)[0]) for page in listed for line in page]
    assert found == list(range(1, count + 1))
    assert all(len(page) >= min(FEWEST, count) for page in listed if page)


def test_no_row_is_wider_than_the_paper_and_no_letter_is_lost() -> None:
    from reports import fonts as faces
    from reports.listing import SIZE

    faces.register()
    for line in ("x" * 3000, "word " * 700, "Ω Привет ż " * 90, " " * 70 + "deep " * 60, HOSTILE * 9, ""):
        listed = list(rows(replace(RULES, text=f"{line}\n", places=((1, "f" * 200 + ":9"),))))

        assert "".join("".join(row.words for row in listed).split()) == "".join(line.split())
        assert "".join(row.place for row in listed) == "f" * 200 + ":9"
        assert [row.number for row in listed if row.number] == ["1"]
        assert all(faces.width(row.words, row.face, SIZE) <= WORDS for row in listed)
        assert all(faces.width(row.place, faces.MONO, SIZE) <= PLACES for row in listed)


def test_a_listing_that_does_not_fit_goes_on_where_there_is_room() -> None:
    listing = Listing(tuple(rows(lengthy(10))))

    assert listing.split(0, 20) == [], "too little room even for a few rows"
    assert [len(part.rows) for part in listing.split(0, 1000)][1] == FEWEST


@needs_poppler
def test_markup_in_a_policy_is_printed_as_it_is(tmp_path: Path) -> None:
    hostile = replace(
        RULES,
        title=HOSTILE,
        meant_for=HOSTILE,
        said=((HOSTILE, (HOSTILE,)),),
        controls=(replace(RULES.controls[0], name=HOSTILE, topic=HOSTILE), Control(HOSTILE, HOSTILE, HOSTILE, ())),
        text=f"title: {HOSTILE}\n",
        places=((1, HOSTILE),),
    )
    clauses = (Clause("us-sr-26-2", HOSTILE, HOSTILE, HOSTILE, (HOSTILE,)),)
    findings = tuple(replace(one, remedy=HOSTILE, place=HOSTILE, limit=HOSTILE) for one in JUDGED)
    source = replace(RULED, rules=(hostile,), clauses=clauses, findings=findings)

    said = re.sub(r"\s", "", words(archive(source, render(source)), tmp_path, "-raw"))

    assert said.count(re.sub(r"\s", "", HOSTILE)) >= 10


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(replace(SOURCE, rules=(RULES,)), id="findings of another policy"),
        pytest.param(replace(RULED, clauses=()), id="clauses that nobody knows"),
        pytest.param(replace(RULED, findings=(), approvals=()), id="nothing judged"),
        pytest.param(replace(RULED, rules=(RULES,) * 6), id="six policies"),
        pytest.param(
            replace(
                RULED,
                rules=(replace(RULES, title="t " * 9000, meant_for="m" * 9000),),
                policies=(replace(SOURCE.policies[0], title="t " * 9000),),
            ),
            id="long words",
        ),
        pytest.param(
            replace(RULED, findings=tuple(replace(one, remedy="do " * 9000) for one in JUDGED)), id="remedies"
        ),
        pytest.param(replace(RULED, rules=(replace(RULES, controls=RULES.controls * 40),)), id="120 references"),
    ],
)
def test_policies_of_any_size_can_be_laid_out(source: ReportSource) -> None:
    assert archive(source, render(source)).startswith(b"%PDF-1.7")


def test_a_policy_of_six_thousand_lines_takes_less_than_ten_seconds() -> None:
    began = time.perf_counter()

    pdf = render(replace(RULED, rules=(lengthy(6000),)))

    assert time.perf_counter() - began < 10
    with Pdf.open(BytesIO(pdf)) as file:
        assert len(file.pages) > 80


def test_the_appendix_is_tagged_a_row_a_part(ruled: bytes) -> None:
    with pikepdf.open(BytesIO(ruled)) as file:
        marks = [len(re.findall(rb"/MCID \d+", page.Contents.read_bytes())) for page in file.pages]
        parents = file.Root.StructTreeRoot.ParentTree.Nums
        assert marks == [len(parents[at]) for at in range(1, len(parents), 2)]


def test_a_rule_begins_on_a_line_that_is_there() -> None:
    with pytest.raises(InvalidInput, match="begins on a line that its text does not have"):
        replace(RULES, places=((13, "consumer-credit.yaml:99"),))


def test_a_character_that_cannot_be_written_fails_by_the_policy_s_text() -> None:
    with pytest.raises(InvalidInput, match="CJK UNIFIED IDEOGRAPH") as failure:
        render(replace(RULED, rules=(replace(RULES, text="title: 信\n", places=()),)))

    assert failure.value.message.startswith("rules[0].text holds")
