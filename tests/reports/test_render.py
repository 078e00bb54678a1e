"""The pages: the same bytes, whole, legible, and nothing on them that is not in the record."""

import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from pikepdf import Name, Object, Pdf, pdfa

from govern.errors import InvalidInput
from govern.ledger.strict import Digest, read_json
from reports.certificates import Sealer
from reports.chart import plotted
from reports.pdfa import archive
from reports.render import render
from reports.signing import sealed
from reports.source import ReportSource, Status, Verdict
from reports.values import cut, number
from tests.reports.conftest import ACT
from tests.reports.paper import DOSSIER, FINDINGS, SOURCE, TABLE

needs_poppler = pytest.mark.skipif(not shutil.which("pdftotext"), reason="poppler-utils is not installed")


def words(pdf: bytes, tmp_path: Path, *options: str) -> str:
    path = tmp_path / "report.pdf"
    path.write_bytes(pdf)
    child = ["pdftotext", *options, str(path), "-"]
    return subprocess.run(child, check=True, stdout=subprocess.PIPE, text=True).stdout


def fonts(pdf: bytes) -> Iterator[Object]:
    """Return every font of every page, form and stamp."""
    with Pdf.open(BytesIO(pdf)) as file:
        for one in file.objects:
            if isinstance(one, pikepdf.Dictionary) and one.get(Name.Type) == Name.Font:
                yield one


def test_the_same_source_gives_the_same_bytes(archived: bytes, pdf: bytes, sealer: Sealer) -> None:
    again = archive(SOURCE, render(SOURCE))

    assert again == archived
    assert sealed(again, sealer, ACT) == pdf


def test_the_dates_in_a_sealed_file_are_the_record_s(pdf: bytes) -> None:
    with Pdf.open(BytesIO(pdf)) as file:
        assert str(file.docinfo.ModDate) == str(file.docinfo.CreationDate) == "D:20261120170512+08'00'"
        assert b"<xmp:ModifyDate>2026-11-20T17:05:12+08:00</xmp:ModifyDate>" in file.Root.Metadata.read_bytes()
        assert str(file.docinfo.Producer) == SOURCE.software


def test_a_report_with_everything_in_it_has_seven_pages_at_most(archived: bytes) -> None:
    with Pdf.open(BytesIO(archived)) as file:
        assert 3 <= len(file.pages) <= 7


def test_the_file_is_pdf_a_3b_before_it_is_signed_and_says_1_7_after(archived: bytes, pdf: bytes) -> None:
    assert pdfa.validate_written(BytesIO(archived), "3b").passed
    assert archived.startswith(b"%PDF-1.7\n")
    assert pdf.startswith(b"%PDF-1.7\n")
    assert b"/Version" not in pdf[len(archived) :]
    assert [one for one in pdfa.validate_written(BytesIO(pdf), "3b").findings if one.kind == "violation"] == []


def test_every_font_is_embedded_also_in_the_stamp(pdf: bytes) -> None:
    seen = 0
    for font in fonts(pdf):
        assert Name.FontFile2 in font.FontDescriptor, font.BaseFont
        assert Name.ToUnicode in font
        seen += 1
    assert seen == 6


def test_the_attached_dossier_is_the_canonical_one(archived: bytes) -> None:
    with Pdf.open(BytesIO(archived)) as file:
        attached = {name: one.get_file().read_bytes() for name, one in file.attachments.items()}
        relations = {str(one.UF): str(one.AFRelationship) for one in file.Root.AF}

    assert attached["dossier.json"] == DOSSIER
    assert attached["report.json"] == bytes(SOURCE)
    assert attached["checkpoint.txt"] == SOURCE.log.checkpoint.encode()
    assert relations["dossier.json"] == "/Source"


@needs_poppler
def test_the_pages_print_the_digest_the_checkpoint_and_the_key(pdf: bytes, tmp_path: Path) -> None:
    said = re.sub(r"\s", "", words(pdf, tmp_path))

    for text in (str(Digest.of(DOSSIER)), SOURCE.log.checkpoint, SOURCE.log.keyid, SOURCE.log.anchor, SOURCE.log.vkey):
        assert re.sub(r"\s", "", text) in said


@needs_poppler
def test_every_number_of_a_table_can_be_read_back(archived: bytes, tmp_path: Path) -> None:
    said = words(archived, tmp_path, "-layout")

    for row in TABLE.rows:
        line = next(line for line in said.splitlines() if line.strip().startswith(f"{row.group} "))
        assert f"{row.n:,}" in line.split()
        for value in (row.value, row.low, row.high):
            assert value is None or number(value) in line.split()
    for finding in FINDINGS:
        for value in (finding.value, finding.low, finding.high, finding.limit):
            assert value is None or value in re.sub(r"\s+", " ", said)


def test_report_json_holds_every_number_as_it_was_recorded() -> None:
    value = read_json(bytes(SOURCE))

    assert [one["value"] for one in value["findings"]] == [one.value for one in FINDINGS]
    assert [one["low"] for one in value["tables"][0]["rows"]] == [row.low for row in TABLE.rows]
    assert value["dossier"] == str(Digest.of(DOSSIER))


@needs_poppler
@pytest.mark.parametrize("verdict", [one for one in Verdict if one is not Verdict.PASS])
def test_what_did_not_pass_is_printed(verdict: Verdict, archived: bytes, tmp_path: Path) -> None:
    assert verdict.replace("_", " ") in re.sub(r"\s+", " ", words(archived, tmp_path))


@needs_poppler
def test_demo_and_draft_stand_on_every_page(tmp_path: Path) -> None:
    source = replace(SOURCE, demo=True, status=Status.DRAFT)

    pages = words(render(source), tmp_path, "-layout").split("\f")[:-1]

    assert len(pages) >= 3
    assert all("DRAFT" in page and "DEMO" in page for page in pages)


@needs_poppler
def test_words_that_claim_too_much_are_not_printed(pdf: bytes, tmp_path: Path) -> None:
    said = words(pdf, tmp_path).lower()

    assert "compliant" not in said
    assert "qualified" not in said


@needs_poppler
def test_the_signature_box_is_seen_whole(pdf: bytes, tmp_path: Path) -> None:
    """Extraction finds a line that is clipped out of view; so the box is rendered, and each line's ink is looked for."""
    path = tmp_path / "sealed.pdf"
    path.write_bytes(pdf)
    left, top, width, height = (
        round(part * 144 / 72) for part in (20 * 72 / 25.4, (297 - 50) * 72 / 25.4, 170 * 72 / 25.4, 26 * 72 / 25.4)
    )
    box = ["-x", str(left), "-y", str(top), "-W", str(width), "-H", str(height)]

    subprocess.run(
        ["pdftoppm", "-r", "144", "-f", "1", "-l", "1", *box, "-gray", str(path), str(tmp_path / "box")], check=True
    )
    said = words(pdf, tmp_path, "-f", "1", "-l", "1")
    grey = next(tmp_path.glob("box*.pgm")).read_bytes()
    pixels = grey[-width * height :]
    rows = [pixels[at * width + 40 : (at + 1) * width - 10] for at in range(6, height - 6)]
    inked = [any(pixel < 160 for pixel in row) for row in rows]
    lines = sum(1 for before, after in zip([False, *inked], inked, strict=False) if after and not before)

    assert "2026-11-20 17:05:12 +08:00" in said
    assert ACT.name in said
    assert lines >= 5, "five lines of words, none of them cut off by the box"
    assert all(pixel > 200 for row in rows for pixel in row[-12:]), "nothing runs out on the right"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        pytest.param("山田 太郎", "CJK UNIFIED IDEOGRAPH", id="Japanese"),
        pytest.param("김민준", "HANGUL", id="Korean"),
        pytest.param("ليلى حسن", "ARABIC LETTER", id="Arabic"),
        pytest.param("Rae \u202eobO", "RIGHT-TO-LEFT OVERRIDE", id="reversed by a control character"),
        pytest.param("Ra\u200be", "ZERO WIDTH SPACE", id="invisible character"),
        pytest.param("Kat\u20e3", "COMBINING", id="a mark that must be shaped"),
        pytest.param("Rae 🎉", "PARTY POPPER", id="emoji"),
    ],
)
def test_a_name_that_cannot_be_written_fails_by_its_character(name: str, told: str) -> None:
    signatures = (replace(SOURCE.signatures[0], name=name), *SOURCE.signatures[1:])

    with pytest.raises(InvalidInput, match=told) as failure:
        render(replace(SOURCE, signatures=signatures))

    assert failure.value.message.startswith("signatures[0].name holds")


@needs_poppler
@pytest.mark.parametrize(
    "name",
    [
        pytest.param("Łucja Żółć-Nguyễn Ðặng", id="Latin"),
        pytest.param("Анна Щербакова", id="Cyrillic"),
        pytest.param("Ελένη Παπαδοπούλου", id="Greek"),
        pytest.param("Jose\u0301 Garci\u0301a", id="decomposed"),
        pytest.param("A" * 200, id="200 letters without a space"),
        pytest.param("<b>Bold</b> & <font color='white'>gone</font>", id="markup"),
    ],
)
def test_a_name_is_printed_as_it_is(name: str, tmp_path: Path) -> None:
    import unicodedata

    source = replace(SOURCE, signatures=(replace(SOURCE.signatures[0], name=name),))

    said = re.sub(r"\s", "", words(render(source), tmp_path))

    assert re.sub(r"\s", "", unicodedata.normalize("NFC", name)) in said


def test_two_hundred_findings_take_less_than_ten_seconds() -> None:
    many = tuple(replace(FINDINGS[place % 6], rule=f"rule-{place}") for place in range(200))
    began = time.perf_counter()

    archive(SOURCE, render(replace(SOURCE, findings=many)))

    assert time.perf_counter() - began < 10


@pytest.mark.parametrize(
    "bare",
    [
        pytest.param(lambda: replace(SOURCE, signatures=(), people=()), id="nobody signed"),
        pytest.param(lambda: replace(SOURCE, tables=(), findings=(), policies=(), not_tested=()), id="nothing judged"),
        pytest.param(
            lambda: replace(SOURCE, tables=tuple(replace(TABLE, check=f"c{place}") for place in range(9))),
            id="nine tables",
        ),
        pytest.param(
            lambda: replace(SOURCE, tables=(replace(TABLE, limit=None, rows=TABLE.rows[-1:]),)), id="no number at all"
        ),
        pytest.param(lambda: replace(SOURCE, tables=(replace(TABLE, rows=TABLE.rows * 30),)), id="180 groups"),
        pytest.param(lambda: replace(SOURCE, conditions=("as long as " * 200,) * 5), id="a page of conditions"),
    ],
)
def test_a_report_of_any_size_can_be_laid_out(bare: Callable[[], ReportSource]) -> None:
    source = bare()

    assert archive(source, render(source)).startswith(b"%PDF-1.7")


def test_a_source_refuses_what_was_not_recorded_so() -> None:
    mistakes: list[tuple[Any, dict[str, Any]]] = [
        (FINDINGS[0], {"value": "4.5e-1"}),
        (FINDINGS[0], {"low": "NaN"}),
        (SOURCE, {"as_of": SOURCE.as_of.replace(tzinfo=None)}),
        (SOURCE, {"report_id": "a b"}),
        (SOURCE, {"dossier": DOSSIER + b" "}),
        (TABLE, {"rows": ()}),
        (SOURCE.log, {"anchor": "x"}),
    ]
    for value, change in mistakes:
        with pytest.raises(InvalidInput):
            replace(value, **change)


def test_the_pages_are_tagged_with_headings_and_tables_whose_heads_are_known(archived: bytes) -> None:
    kinds: list[str] = []
    with Pdf.open(BytesIO(archived)) as file:
        for one in file.objects:
            if isinstance(one, pikepdf.Dictionary) and one.get(Name.Type) == Name.StructElem:
                kinds.append(str(one.S))
                assert one.S != Name.TH or one.A.Scope == Name.Column
                assert Name.Figure != one.S or str(one.Alt)
        marks = [len(re.findall(rb"/MCID \d+", page.Contents.read_bytes())) for page in file.pages]
        parents = file.Root.StructTreeRoot.ParentTree.Nums
        listed = [len(parents[at]) for at in range(1, len(parents), 2)]
        assert bool(file.Root.MarkInfo.Marked)
        assert str(file.Root.Lang) == "en-GB"

    assert marks == listed
    assert kinds.count("/H1") == 1
    assert kinds.count("/H2") == 11
    assert kinds.count("/Figure") == 10, "six groups of which one has no number, an axis, three codes, a QR code"
    assert kinds.count("/TH") == 5 + 4 + 4 + 6 + 5 + 5 + 2 + 5 + 5 + 4 + 5


@pytest.mark.parametrize(
    ("measured", "shown"),
    [
        ("0.7419", "0.7419"),
        ("0.799960000001", "0.7999…"),
        ("-0.010234567891", "-0.0102…"),
        ("0.000012345678", "0.000012…"),
        ("12.345678", "12.3456…"),
        ("-3", "-3"),
        (None, "\N{EN DASH}"),
    ],
)
def test_a_number_is_cut_on_paper_and_never_rounded(measured: str | None, shown: str) -> None:
    assert number(measured) == shown


@needs_poppler
def test_the_cover_names_who_approved_with_role_and_date(tmp_path: Path) -> None:
    cover = words(render(SOURCE), tmp_path, "-l", "1", "-layout")
    nobody = words(render(replace(SOURCE, signatures=())), tmp_path, "-l", "1")
    many = words(render(replace(SOURCE, signatures=SOURCE.signatures[:1] * 9)), tmp_path, "-l", "1")

    lines = [" ".join(line.split()) for line in cover.splitlines()]
    assert "Viktor Šlesarčík validator validated 2026-11-20 17:05:12 +08:00 valid" in lines
    assert "Nobody has approved this version." in nobody
    assert "And 1 before them" in many


def test_charts_of_one_metric_have_one_axis() -> None:
    other = replace(TABLE, by="sex", rows=(replace(TABLE.rows[0], value="1.4", low="1.3", high="1.5"),))

    first, second = (plotted(one, [TABLE, other])._cellvalues[0][-1].scale for one in (TABLE, other))

    assert first == second


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("roc_auc is 0.733123456789 (0.7 to 0.75)", "roc_auc is 0.7331… (0.7 to 0.75)"),
        ("policy credit 1.0.0:15:3", "policy credit 1.0.0:15:3"),
        ("sha256:0.123456x", "sha256:0.123456x"),
    ],
)
def test_long_numbers_in_words_are_cut_and_nothing_else_is(said: str, shown: str) -> None:
    assert cut(said) == shown
