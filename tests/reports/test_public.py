"""The public summary of a bias audit, read back from the page by another reader."""

import json
import shutil
import subprocess
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from pikepdf import Pdf

from govern.errors import InvalidInput
from reports.extracts import Extract
from reports.pdfa import archive
from reports.public import Breakdown, Category, Summary
from reports.render import render
from tests.reports.paper import AT, LOG

needs_poppler = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler reads the pages")

BOTH = Breakdown(
    "Race/ethnicity and sex",
    "race and sex",
    (
        Category("White, female", 812, 402, "0.495073891626", "0.46", "0.53", "0.990147783251", "0.6"),
        Category("Black or African American, male", 412, 206, "0.5", "0.45", "0.55", "1", "0.39"),
        Category(
            "Two or more races, male", 9, 0, "0", "0", "0.3", "0", "0.007", "fewer than 30 people: read with care"
        ),
        Category("Native Hawaiian or Pacific Islander, female", 0, 0, None, None, None, None, "0"),
    ),
    unknown=61,
    undecided=3,
)
SUMMARY = Summary(
    (("Date of the bias audit", "2026-11-02"), ("Distribution date", "2026-11-20")), (BOTH,), ("numbers by sex",)
)
PAPER = Extract(
    "nyc-ll144-screening-1",
    False,
    "Govern 0.1.0",
    AT,
    "Public summary of a bias audit",
    "screening@1",
    "What is published",
    LOG,
    lists="categories",
    summary=SUMMARY,
)


@needs_poppler
def test_every_category_is_printed_with_its_numbers_and_the_unknown_are_counted(tmp_path: Path) -> None:
    (tmp_path / "paper.pdf").write_bytes(render(PAPER))

    read = ["pdftotext", "-layout", "paper.pdf", "-"]
    said = subprocess.run(read, check=True, capture_output=True, text=True, cwd=tmp_path).stdout

    (line,) = [line for line in said.splitlines() if line.strip().startswith("White, female")]
    assert {"812", "402", "0.4950…", "0.9901…"} <= set(line.split())
    assert "61 more are of no known category" in said
    assert "not computable" in said
    assert "fewer than 30 people: read with care" in " ".join(said.split())
    assert "numbers by sex" in said
    assert "0.80" not in said


def test_the_same_record_gives_the_same_bytes_and_carries_every_digit() -> None:
    first, again = archive(PAPER, render(PAPER)), archive(PAPER, render(PAPER))

    with Pdf.open(BytesIO(first)) as file:
        said = json.loads(file.attachments["dossier.json"].get_file().read_bytes())
    assert first == again
    assert said["summary"]["breakdowns"][0]["categories"][0]["rate"] == "0.495073891626"


def test_who_only_scores_is_summed_up_by_scores_above_the_median(tmp_path: Path) -> None:
    scoring = replace(SUMMARY, breakdowns=(replace(BOTH, is_scoring=True, undecided=3),))
    (tmp_path / "paper.pdf").write_bytes(render(replace(PAPER, summary=scoring)))

    read = ["pdftotext", "-layout", "paper.pdf", "-"]
    said = " ".join(subprocess.run(read, check=True, capture_output=True, text=True, cwd=tmp_path).stdout.split())

    assert "scoring rate impact ratio share above" in said
    assert "3 have no score." in said


def test_a_summary_refuses_what_was_not_recorded_so() -> None:
    with pytest.raises(InvalidInput):
        replace(BOTH.categories[0], rate="49 %")
