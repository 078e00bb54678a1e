"""What was measured by bin, and the champion beside it, read back from the page by another reader."""

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from govern.errors import InvalidInput
from reports.plots import Beside, Curve, Pair, Part, Section, Shift, Tenth
from reports.render import render
from reports.source import ReportSource
from tests.reports.paper import SOURCE, TABLE

needs_poppler = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler reads the pages")

CURVE = Curve(
    "",
    "2026",
    (
        Tenth("0.0 to 0.1", 1661, 103, "0.061312345678", "0.062010837", "0.0513", "0.0746"),
        Tenth("0.9 to 1", 6, 6, "0.9173", "1", "0.6096", "1"),
    ),
)
SHIFTS = tuple(
    Shift(f"column {at}", "training", (Part("below 2", 60, 20), Part("from 2", 40, 80)), stands_out=at < 2)
    for at in range(4)
)
BESIDE = Beside("auc", "roc auc", "credit-risk@6", "", (Pair("everybody", 6000, "0.7656", "0.7331", "0.0325"),))
FULL = replace(
    SOURCE,
    tables=(
        replace(TABLE, section=Section.PERFORMANCE, by=""),
        TABLE,
        *(replace(TABLE, section=section) for section in (Section.CALIBRATION, Section.STABILITY, Section.REASONS)),
    ),
    curves=(CURVE,),
    shifts=SHIFTS,
    beside=(BESIDE,),
)


def said(source: ReportSource, place: Path) -> list[str]:
    (place / "paper.pdf").write_bytes(render(source))
    read = subprocess.run(
        ["pdftotext", "-layout", "paper.pdf", "-"], check=True, capture_output=True, text=True, cwd=place
    )
    return [" ".join(line.split()) for line in read.stdout.splitlines()]


@needs_poppler
def test_numbers_stand_under_their_sections_in_one_order(tmp_path: Path) -> None:
    lines = said(FULL, tmp_path)

    order = ["Performance", "Fairness", "Calibration", "Stability", "Beside the champion", "Reason codes"]
    assert [lines.index(name) for name in order] == sorted(lines.index(name) for name in order)


@needs_poppler
def test_every_bin_is_printed_and_only_columns_that_stand_out(tmp_path: Path) -> None:
    lines = said(FULL, tmp_path)

    assert any("0.0 to 0.1 1,661 0.0613… 0.0620… 0.0513 to 0.0746" in line for line in lines)
    assert any("0.9 to 1 6 0.9173 1 0.6096 to 1" in line for line in lines)
    assert lines.count("below 2 60 60.0 % 20 20.0 %") == 2
    assert "The bins of 2 more columns are in report.json." in lines


@needs_poppler
def test_the_champion_stands_beside_the_version(tmp_path: Path) -> None:
    lines = said(FULL, tmp_path)

    assert any(line.startswith("auc everybody 6,000 0.7656 0.7331 0.0325") for line in lines)


@needs_poppler
def test_how_reasons_were_found_is_said(tmp_path: Path) -> None:
    told = SOURCE.reasons
    assert told

    told = replace(told, method="sampled, with errors", sampled="1,200 walks there and back")
    lines = said(replace(SOURCE, reasons=replace(told, software="govern 0.1.0", seconded="shap 0.51.0")), tmp_path)

    assert "Second opinion shap 0.51.0" in lines
    assert "Computed with govern 0.1.0" in lines
    assert "Method sampled, with errors" in lines
    assert "Sampled 1,200 walks there and back" in lines


def test_a_bin_refuses_what_was_not_recorded_so() -> None:
    with pytest.raises(InvalidInput):
        replace(CURVE.tenths[0], score="6e-2")
